//! What changes about vehicles and transports while a flow runs.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::results::VehicleMode;
use super::route::{Stop, Visit};
use crate::model::event::EventHandle;
use crate::model::flow::item::ItemIndex;
use crate::model::flow::state::Waiters;
use crate::model::flow::statistics::{Observations, TimeWeighted};
use crate::quantity::Stream;

/// What a vehicle does between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Stands at its stop until its way is free, or for good.
    Standing,
    /// Is between its stop and the next.
    Going,
    /// Makes a visit at its stop.
    Busy,
}

/// What a vehicle is under way for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Errand {
    /// For nothing: it goes home, or is there.
    None,
    /// To carry items of a transport.
    Carry(u32),
    /// To charge.
    Charge,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::model::flow) struct Vehicle {
    pub(super) fleet: u32,
    /// Its number in the fleet.
    pub(super) number: u32,
    pub(super) phase: Phase,
    pub(super) errand: Errand,
    /// The places it has to come to, and how many it has dealt with.
    pub(super) visits: Vec<Visit>,
    pub(super) visited: u32,
    /// Its whole way, home included, and which stop it is at or has left last.
    pub(super) stops: Vec<Stop>,
    pub(super) at: usize,
    /// What it does next.
    pub(super) timer: Option<EventHandle>,
    /// Items it carries, or takes up; and how many it may bring at most.
    pub(super) load: Vec<ItemIndex>,
    pub(super) promised: u32,
    /// Driving time left, ns; of no meaning without a battery.
    pub(super) charge: i64,
    /// Way gone since counting began, m.
    pub(super) distance: f64,
    /// What it does, since when, and for how long it did what, ns.
    pub(super) mode: VehicleMode,
    pub(super) since: i64,
    pub(super) times: [i64; VehicleMode::ALL.len()],
    /// Time for which it stood with a task until its way was free, ns.
    pub(super) held_up: i64,
    /// Since when it could go on, ns.
    pub(super) ready: i64,
    /// How long the charger had been out of order when it came to it, ns.
    pub(super) charger_had_been_out: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::model::flow) struct FleetState {
    /// Tasks done.
    pub(super) trips: u64,
    /// Time from the coming of an item to the start of its loading, s.
    pub(super) wait: Observations,
    /// The least that was left in a battery, ns.
    pub(super) least_charge: Option<i64>,
    /// Vehicles that take no task at present.
    pub(super) out: u32,
    /// What their speed is multiplied by.
    pub(super) pace: f64,
    /// Since when the charger is out of order, ns, and for how long it was before.
    pub(super) charger_out_since: Option<i64>,
    pub(super) charger_was_out: i64,
}

impl Default for FleetState {
    fn default() -> Self {
        Self {
            trips: 0,
            wait: Observations::default(),
            least_charge: None,
            out: 0,
            pace: 1.0,
            charger_out_since: None,
            charger_was_out: 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::model::flow) struct TransportState {
    pub(super) stream: Stream,
    /// Items at the pick-up that no vehicle has taken up, the first first.
    pub(super) waiting: VecDeque<ItemIndex>,
    /// Items at the pick-up that are being loaded.
    pub(super) in_loading: u32,
    /// Items at the pick-up that a vehicle is on its way for.
    pub(super) fetched: u32,
    /// Items in vehicles.
    pub(super) carried: u32,
    /// Places at the drop-off kept for items that are to come.
    pub(super) kept: u32,
    /// Items at the drop-off, the first first.
    pub(super) brought: VecDeque<ItemIndex>,
    /// Places at the pick-up kept by stations before it.
    pub(in crate::model::flow) reserved: u32,
    pub(in crate::model::flow) waiters: Waiters,
    pub(in crate::model::flow) content: TimeWeighted,
    pub(in crate::model::flow) stay: Observations,
    pub(in crate::model::flow) passed: u64,
    /// Time from the coming of an item to the start of its loading, s.
    pub(super) wait: Observations,
}

impl TransportState {
    pub(in crate::model::flow) fn new(stream: Stream) -> Self {
        Self {
            stream,
            waiting: VecDeque::new(),
            in_loading: 0,
            fetched: 0,
            carried: 0,
            kept: 0,
            brought: VecDeque::new(),
            reserved: 0,
            waiters: Waiters::default(),
            content: TimeWeighted::default(),
            stay: Observations::default(),
            passed: 0,
            wait: Observations::default(),
        }
    }

    /// Items at the pick-up.
    pub(super) fn at_pick_up(&self) -> usize {
        self.waiting.len() + self.in_loading as usize
    }

    /// Items in it: waiting, on their way, and brought.
    pub(in crate::model::flow) fn len(&self) -> usize {
        self.at_pick_up() + self.carried as usize + self.brought.len()
    }
}

impl Vehicle {
    pub(in crate::model::flow) fn new(fleet: u32, number: u32, home: u32, charge: i64) -> Self {
        Self {
            fleet,
            number,
            phase: Phase::Standing,
            errand: Errand::None,
            visits: Vec::new(),
            visited: 0,
            stops: vec![Stop {
                waypoint: home,
                at_home: true,
                arrives: 0,
                leaves: i64::MAX,
                way: None,
                visits: 0,
            }],
            at: 0,
            timer: None,
            load: Vec::new(),
            promised: 0,
            charge,
            distance: 0.0,
            mode: VehicleMode::Idle,
            since: 0,
            times: [0; VehicleMode::ALL.len()],
            held_up: 0,
            ready: 0,
            charger_had_been_out: 0,
        }
    }

    pub(super) fn stop(&self) -> &Stop {
        &self.stops[self.at]
    }
}
