//! How a line stands at an instant: what a simulation needs to go on from there.

use super::happening::UnitState;
use crate::quantity::{SimDuration, SimTime};

/// How a line stands at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When.
    pub time: SimTime,
    /// The items inside, in the order in which they came into their assets.
    pub items: Vec<StandingItem>,
    /// The servers that are known, by asset and number.
    pub servers: Vec<StandingServer>,
    /// When an item last came up in an asset, for each in which one did; once it has
    /// left, when it left.
    pub arrivals: Vec<(u32, SimTime)>,
    /// The agents that are known, by asset and number.
    pub agents: Vec<StandingAgent>,
    /// When a vehicle last unloaded something of a transport, by the position of the
    /// transport and the number of the vehicle in its fleet.
    pub unloadings: Vec<(u32, u16, SimTime)>,
}

/// An item and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingItem {
    /// Position of its asset in the document.
    pub asset: u32,
    /// Position of the asset that it was in before; `None` where it was in none, or the
    /// record begins with it inside.
    pub from: Option<u32>,
    /// Its class.
    pub class: u16,
    /// When it came into the line.
    pub born: SimTime,
    /// When it came into the asset.
    pub entered: SimTime,
    /// How far a vehicle is with it; `None` where none has taken it yet, or nothing is
    /// known.
    pub carried: Option<Carried>,
}

/// How far a vehicle is with an item that is inside a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It is on a vehicle.
    Loaded {
        /// Which of the fleet.
        agent: u16,
        /// When the vehicle went off with it.
        since: SimTime,
    },
    /// It was brought.
    Unloaded,
}

/// An agent and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingAgent {
    /// Position of its asset, a fleet or a pool, in the document.
    pub asset: u32,
    /// Which agent of the asset.
    pub agent: u16,
    /// Position of the waypoint that it left last.
    pub from: u32,
    /// Position of the waypoint that it goes to, or stands at.
    pub to: u32,
    /// When it left.
    pub left: SimTime,
    /// When it is at the second.
    pub arrives: SimTime,
}

/// A server and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingServer {
    /// Position of its asset in the document.
    pub asset: u32,
    /// Which of the asset's servers.
    pub server: u16,
    /// What it does.
    pub state: UnitState,
    /// What it did when it was interrupted, where it is down or out of its hours: one that
    /// was blocked has its set done. Else what it does.
    pub doing: UnitState,
    /// Since when, or since the record begins.
    pub since: SimTime,
    /// How long it has worked on its present set, without what interrupted it; `None`
    /// where it has not begun one.
    pub work: Option<SimDuration>,
    /// Time since the last repair, or since the record begins, as far as it counts
    /// towards the next failure.
    pub age: SimDuration,
}
