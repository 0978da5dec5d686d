//! Where agents are at any time.

use super::state::{Phase, Vehicle};
use crate::model::flow::journal::Crowd;
use crate::model::flow::run::FlowRun;
use crate::quantity::SimTime;

/// Where an agent is: at a waypoint, or between two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Whereabouts {
    /// Stands at a waypoint.
    At {
        /// The waypoint.
        waypoint: u32,
        /// Whether in its own place there, out of the way of others.
        at_home: bool,
    },
    /// Is in an aisle.
    Between {
        /// The waypoint it left.
        from: u32,
        /// The waypoint it goes to.
        to: u32,
        /// The aisle.
        aisle: u32,
        /// How much of the way is behind it, from 0 to 1.
        share: f64,
    },
}

/// Where one vehicle is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgentPosition {
    /// Its fleet.
    pub fleet: u32,
    /// Its number in the fleet.
    pub number: u32,
    /// How many items it has on it.
    pub load: usize,
    /// Where it is.
    pub whereabouts: Whereabouts,
}

impl FlowRun {
    /// Where every vehicle is at `time`, in the order of fleets and numbers.
    ///
    /// From now on it is where the vehicle will be unless it gets another task on
    /// its way home; before now, as far back as its present way and the stop it
    /// has left last. What happened earlier is not kept.
    pub fn positions_at(&self, time: SimTime) -> impl Iterator<Item = AgentPosition> {
        let time = time.nanoseconds();
        self.vehicles.iter().map(move |vehicle| AgentPosition {
            fleet: vehicle.fleet,
            number: vehicle.number,
            load: vehicle.load.len(),
            whereabouts: vehicle.whereabouts(time),
        })
    }
}

impl FlowRun {
    /// Puts down where every agent is now.
    pub(in crate::model::flow) fn note_whereabouts(&mut self) {
        let vehicles: Vec<_> = (self.vehicles.iter())
            .map(|vehicle| {
                let here = vehicle.stop();
                let next = vehicle.stops.get(vehicle.at + 1);
                let next = next.filter(|_| vehicle.phase == Phase::Going);
                let way = next.map_or((here.waypoint, self.now), |next| {
                    (next.waypoint, next.arrives)
                });
                (
                    Crowd::Fleet(vehicle.fleet),
                    vehicle.number,
                    (here.waypoint, way.0, way.1),
                )
            })
            .collect();
        for (crowd, number, way) in vehicles {
            self.note_departure(crowd, number, way);
        }
        self.note_walkers();
    }
}

impl Vehicle {
    fn whereabouts(&self, time: i64) -> Whereabouts {
        for pair in self.stops.windows(2) {
            let (stop, next) = (&pair[0], &pair[1]);
            if time < stop.leaves {
                return at(stop);
            }
            if let Some(way) = stop.way.filter(|_| time < next.arrives) {
                return Whereabouts::Between {
                    from: stop.waypoint,
                    to: next.waypoint,
                    aisle: way.aisle,
                    share: (time - stop.leaves) as f64 / (next.arrives - stop.leaves) as f64,
                };
            }
        }
        at(&self.stops[self.stops.len() - 1])
    }
}

const fn at(stop: &super::route::Stop) -> Whereabouts {
    Whereabouts::At {
        waypoint: stop.waypoint,
        at_home: stop.at_home,
    }
}
