//! Vehicles on aisles: times counted on paper, queueing theory where it holds, and
//! what must never happen, whatever the aisles look like.

mod anywhere;
mod vehicles;
mod walking;

use super::*;
use crate::model::flow::agents::*;

pub(super) fn waypoints(count: usize, capacity: u32) -> Vec<Waypoint> {
    vec![Waypoint { capacity }; count]
}

fn aisle(from: u32, to: u32, length: f64) -> Aisle {
    Aisle {
        from,
        to,
        length,
        one_way: false,
        speed_limit: None,
        capacity: 1,
    }
}

/// One vehicle that goes at 1 m/s, is half a metre long and carries one item.
pub(super) fn fleet(home: u32) -> Fleet {
    Fleet {
        vehicles: 1,
        speed: 1.0,
        length: 0.5,
        capacity: 1,
        loading: Times::constant(2.0),
        unloading: Times::constant(3.0),
        rule: TaskRule::LongestWaiting,
        home,
        battery: None,
    }
}

pub(super) fn transport(fleet: u32, pick_up: u32, drop_off: u32) -> Transport {
    Transport {
        fleet,
        pick_up,
        drop_off,
        pick_up_places: 3,
        drop_off_places: 1,
        outlet: Outlet::to(Part::Sink(0)),
    }
}

/// A row of three waypoints, 10 m and 20 m apart, and items that come every
/// `interval` seconds to be carried from the second to the third.
pub(super) fn row(interval: f64) -> Network {
    Network {
        sources: vec![every(interval, Part::Transport(0))],
        transports: vec![transport(0, 1, 2)],
        roads: Roads {
            waypoints: waypoints(3, 1),
            aisles: vec![aisle(0, 1, 10.0), aisle(1, 2, 20.0)],
            fleets: vec![fleet(0)],
            ..Roads::default()
        },
        sinks: 1,
        ..Network::default()
    }
}

fn sound(network: Network) -> FlowRun {
    assert_eq!(check_roads(&network), []);
    started(network)
}

fn whereabouts(run: &FlowRun, seconds: f64) -> Vec<Whereabouts> {
    run.positions_at(at(seconds))
        .map(|agent| agent.whereabouts)
        .collect()
}
