//! What a flow is made of, in numbers: parts, what they do, and what follows on
//! what. Nothing here changes while it runs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::agents::{Roads, Transport};
use super::service::{Dependency, Service};
use super::times::Times;
use crate::quantity::SimDuration;

/// A part of the flow: its sort, and its position among those of its sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Part {
    /// Where items come from.
    Source(u32),
    /// Where items wait.
    Buffer(u32),
    /// Where items are worked on.
    Station(u32),
    /// Chooses a way.
    Router(u32),
    /// Carries items.
    Conveyor(u32),
    /// Where items leave.
    Sink(u32),
    /// Has items carried by vehicles.
    Transport(u32),
    /// Answers requests.
    Service(u32),
}

/// Where items go next: a part, and which of its inlets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outlet {
    /// The part that takes them.
    pub part: Part,
    /// Which of its inlets, for a station that joins several.
    pub inlet: u16,
}

impl Outlet {
    /// The first inlet of a part.
    #[must_use]
    pub const fn to(part: Part) -> Self {
        Self { part, inlet: 0 }
    }
}

/// When items arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Arrivals {
    /// At random or regular intervals. With a mean of zero there is always a
    /// next item ready: a source that never starves its line.
    Intervals(Times),
    /// At given times since the start of the run, ns, in order: a trace, or a
    /// schedule.
    At(Arc<[i64]>),
}

/// What a source does with an item that the part behind it does not take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhenFull {
    /// Holds it, and makes no other until it is gone.
    #[default]
    Wait,
    /// Loses it: a customer who turns away.
    Lose,
}

/// Where items come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// When they arrive.
    pub arrivals: Arrivals,
    /// How many arrive at a time; at least one.
    pub batch: u32,
    /// Most items it makes.
    pub limit: Option<u64>,
    /// What becomes of those that find no place.
    pub when_full: WhenFull,
    /// Class of its items; what set-ups and routers go by.
    pub class: u16,
    /// Priority of its items; the higher goes first.
    pub priority: i32,
    /// Time after its arrival at which an item is due, ns.
    pub due_after: Option<i64>,
    /// Where they go.
    pub outlet: Outlet,
}

/// Which item leaves a buffer first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Discipline {
    /// The one that came first.
    #[default]
    FirstInFirstOut,
    /// The one that came last.
    LastInFirstOut,
    /// That of the highest priority; of equal ones the first.
    Priority,
    /// The one that is due first; of equal ones the first.
    DueDate,
}

/// Where items wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buffer {
    /// Places; `u32::MAX` where there is no limit.
    pub capacity: u32,
    /// Which leaves first.
    pub discipline: Discipline,
    /// Where they go.
    pub outlet: Outlet,
}

/// What a time to failure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureClock {
    /// Only the time it works: wear of tools, jams.
    Operating,
    /// All time but that of repairs, whether it works or not: electronics,
    /// power.
    Calendar,
}

/// How a station fails and is repaired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What the time to failure counts.
    pub clock: FailureClock,
    /// From the end of a repair to the next failure.
    pub time_to_failure: Times,
    /// From the start of a repair to its end.
    pub repair: Times,
    /// Pool that one unit is taken from while it is repaired.
    pub crew: Option<u32>,
}

/// When a station waits for room behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Blocking {
    /// After the work: a finished item stays until there is room.
    #[default]
    AfterService,
    /// Before it: work begins only once a place behind is free and kept for it.
    BeforeService,
}

/// What comes out of a station for what went in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Yield {
    /// The items that went in.
    #[default]
    Same,
    /// One: the first item of the first inlet, with the others joined to it.
    Joined,
    /// So many pieces of each item; the first is the item itself.
    Pieces(u32),
}

/// A station that tells good items from bad ones. Good ones leave by the first
/// outlet, those to be reworked by the second, and those that were reworked too
/// often by the third.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// Share of items found bad.
    pub defective: f64,
    /// How often an item may be reworked.
    pub reworks: u16,
}

/// Units of a pool that a station needs while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operators {
    /// The pool.
    pub pool: u32,
    /// Units for each server.
    pub count: u32,
}

/// The working hours of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    /// The calendar.
    pub calendar: u32,
    /// Whether work is interrupted at the end of a shift. Otherwise what was
    /// begun is finished.
    pub interrupts: bool,
}

/// Most servers of a station.
pub const MOST_SERVERS: u32 = 60_000;

/// Where items are worked on: a machine, a pool of servers, an assembly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Station {
    /// How many items, or sets of items, it works on at the same time; from one to
    /// [`MOST_SERVERS`].
    pub servers: u32,
    /// How many items of each inlet make the set that it works on; at least one
    /// inlet, at least one item each.
    pub needs: Vec<u32>,
    /// What comes out.
    pub output: Yield,
    /// Time of the work on a set.
    pub service: Times,
    /// Time of the set-up before an item of another class than the last.
    pub set_up: Option<Times>,
    /// Failures.
    pub failure: Option<Failure>,
    /// When it waits for room.
    pub blocking: Blocking,
    /// Whom it needs to set up and work.
    pub operators: Option<Operators>,
    /// When it works.
    pub hours: Option<WorkingHours>,
    /// Whether it sorts what it works on.
    pub inspection: Option<Inspection>,
    /// The waypoint that operators and crews walk to; none where they are there at
    /// once.
    pub waypoint: Option<u32>,
    /// Where items go; one, or three where it inspects.
    pub outlets: Vec<Outlet>,
}

impl Source {
    /// A source whose items come at these intervals, one at a time and without end,
    /// and wait where there is no room.
    #[must_use]
    pub const fn new(intervals: Times, outlet: Outlet) -> Self {
        Self {
            arrivals: Arrivals::Intervals(intervals),
            batch: 1,
            limit: None,
            when_full: WhenFull::Wait,
            class: 0,
            priority: 0,
            due_after: None,
            outlet,
        }
    }
}

impl Station {
    /// A station of one server that works on single items, never fails and blocks
    /// after service.
    #[must_use]
    pub fn new(service: Times, outlet: Outlet) -> Self {
        Self {
            servers: 1,
            needs: vec![1],
            output: Yield::Same,
            service,
            set_up: None,
            failure: None,
            blocking: Blocking::AfterService,
            operators: None,
            hours: None,
            inspection: None,
            waypoint: None,
            outlets: vec![outlet],
        }
    }
}

/// How a router chooses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    /// At random, with these chances of each outlet, adding to one. The choice
    /// stands, even where the chosen way is blocked.
    Chance(Vec<f64>),
    /// One outlet after the other. The choice stands.
    Turns,
    /// The outlet of the item's class; the last for classes beyond. The choice
    /// stands.
    Class,
    /// The outlet whose number the timetable gives when the item comes. The
    /// choice stands.
    Timetable(Timetable),
    /// The outlet with the fewest items that has room; of equal ones the first.
    Shortest,
    /// The first outlet that has room.
    FirstFree,
}

/// Chooses a way. It holds nothing: an item stays where it is until the part
/// behind the router takes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Router {
    /// How it chooses.
    pub rule: Rule,
    /// The ways; at least one.
    pub outlets: Vec<Outlet>,
}

/// What a conveyor does while the item at its end cannot leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accumulation {
    /// Items close up behind it.
    #[default]
    Accumulating,
    /// It stands still, with all items on it.
    Stopping,
}

/// Carries items in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conveyor {
    /// Time from its start to its end, ns.
    pub travel: i64,
    /// Time in which an item moves on by the room that one takes, ns.
    pub spacing: i64,
    /// Most items on it.
    pub capacity: u32,
    /// What it does when its end is blocked.
    pub accumulation: Accumulation,
    /// Where they go.
    pub outlet: Outlet,
}

/// Interchangeable units that stations and repairs need: operators, crews, tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// How many there are.
    pub units: u32,
}

fn greatest_common_divisor(one: i64, other: i64) -> i64 {
    if other == 0 {
        one
    } else {
        greatest_common_divisor(other, one % other)
    }
}

/// Values that follow each other in time and begin again after the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timetable {
    /// How long each holds, ns; above zero.
    pub step: i64,
    /// How far into it time zero is, ns.
    pub start: i64,
    /// The values; at least one.
    pub values: Vec<f64>,
}

impl Timetable {
    /// The value that holds at a time, ns.
    #[must_use]
    pub fn at(&self, time: i64) -> f64 {
        let count = self.values.len() as i64;
        let place =
            (time.saturating_add(self.start).div_euclid(self.step.max(1))).rem_euclid(count.max(1));
        self.values.get(place as usize).copied().unwrap_or(0.0)
    }

    /// Working hours each stretch of which ends `later` by so much, ns; earlier where it is
    /// below zero. To whole minutes, or to whole steps where those are shorter; those of a
    /// timetable that would get too long by that stay as they are.
    #[must_use]
    pub fn with_longer_stretches(&self, later: i64) -> Self {
        const MOST_VALUES: usize = 1_000_000;
        let step = self.step.max(1);
        let grain = step.min(60_000_000_000);
        let shift = (later as f64 / grain as f64).round() as i64 * grain;
        if shift == 0 || self.values.is_empty() {
            return self.clone();
        }
        let fine = greatest_common_divisor(step, shift.abs());
        let count = self.values.len().saturating_mul((step / fine) as usize);
        if count > MOST_VALUES {
            return self.clone();
        }
        // Open where it was open at some time within the overtime before, or closed where it
        // is closed at some time within what is cut off after.
        let parts = (shift.abs() / fine).min(count as i64);
        let is_open = |place: i64| {
            let old = place.rem_euclid(count as i64) / (step / fine);
            self.values[old as usize] >= 0.5
        };
        let value = |place: i64| {
            let open = if shift > 0 {
                (0..=parts).any(|back| is_open(place - back))
            } else {
                (0..=parts).all(|ahead| is_open(place + ahead))
            };
            f64::from(u8::from(open))
        };
        Self {
            step: fine,
            start: self.start,
            values: (0..count as i64).map(value).collect(),
        }
    }

    /// The first time after `time` at which another value begins to hold, ns;
    /// `None` where all are alike.
    #[must_use]
    pub fn next_change(&self, time: i64) -> Option<i64> {
        let step = self.step.max(1);
        let now = self.at(time);
        let into = time.saturating_add(self.start).rem_euclid(step);
        let mut boundary = time.checked_add(step - into)?;
        for _ in 0..self.values.len() {
            if (self.at(boundary) >= 0.5) != (now >= 0.5) {
                return Some(boundary);
            }
            boundary = boundary.checked_add(step)?;
        }
        None
    }
}

/// All parts of a flow, and the names that messages and random streams use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Where items come from.
    pub sources: Vec<Source>,
    /// Where items wait.
    pub buffers: Vec<Buffer>,
    /// Where items are worked on.
    pub stations: Vec<Station>,
    /// What chooses a way.
    pub routers: Vec<Router>,
    /// What carries items.
    pub conveyors: Vec<Conveyor>,
    /// Where items leave: how many sinks there are.
    pub sinks: u32,
    /// What has items carried by vehicles.
    pub transports: Vec<Transport>,
    /// Where vehicles and operators go, and the vehicles.
    pub roads: Roads,
    /// What answers requests.
    pub services: Vec<Service>,
    /// The calls between services, those of each in their order.
    pub dependencies: Vec<Dependency>,
    /// Units that stations share.
    pub pools: Vec<Pool>,
    /// Working hours: above one half is work.
    pub calendars: Vec<Timetable>,
    /// Names of the parts; a part without one is called by its sort and number.
    pub names: Names,
    /// How many events a stretch of simulated time may hold.
    pub budget: Budget,
}

/// Names of the parts of each sort, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Of the sources.
    pub sources: Vec<String>,
    /// Of the buffers.
    pub buffers: Vec<String>,
    /// Of the stations.
    pub stations: Vec<String>,
    /// Of the routers.
    pub routers: Vec<String>,
    /// Of the conveyors.
    pub conveyors: Vec<String>,
    /// Of the sinks.
    pub sinks: Vec<String>,
    /// Of the transports.
    pub transports: Vec<String>,
    /// Of the waypoints.
    pub waypoints: Vec<String>,
    /// Of the services.
    pub services: Vec<String>,
    /// Of the dependencies.
    pub dependencies: Vec<String>,
}

/// See [`EventBudget`](crate::model::event::EventBudget).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Most events in a stretch.
    pub most: u64,
    /// The stretch.
    pub stretch: SimDuration,
}

impl Default for Budget {
    /// Ten million events in a second of simulated time: more than any real
    /// line, network or service has on a screen, and over in a second or two.
    fn default() -> Self {
        Self {
            most: 10_000_000,
            stretch: SimDuration::from_whole_seconds(1),
        }
    }
}

impl Network {
    /// The name of a part.
    #[must_use]
    pub fn name(&self, part: Part) -> String {
        let (names, index, sort) = match part {
            Part::Source(index) => (&self.names.sources, index, "source"),
            Part::Buffer(index) => (&self.names.buffers, index, "buffer"),
            Part::Station(index) => (&self.names.stations, index, "station"),
            Part::Router(index) => (&self.names.routers, index, "router"),
            Part::Conveyor(index) => (&self.names.conveyors, index, "conveyor"),
            Part::Sink(index) => (&self.names.sinks, index, "sink"),
            Part::Transport(index) => (&self.names.transports, index, "transport"),
            Part::Service(index) => (&self.names.services, index, "service"),
        };
        named(names, index, sort)
    }

    /// The name of a waypoint.
    #[must_use]
    pub fn waypoint_name(&self, waypoint: u32) -> String {
        named(&self.names.waypoints, waypoint, "waypoint")
    }

    /// The name of a dependency.
    #[must_use]
    pub fn dependency_name(&self, dependency: u32) -> String {
        named(&self.names.dependencies, dependency, "dependency")
    }

    /// All parts, sort by sort.
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        (0..count(self.sources.len()))
            .map(Part::Source)
            .chain((0..count(self.buffers.len())).map(Part::Buffer))
            .chain((0..count(self.stations.len())).map(Part::Station))
            .chain((0..count(self.routers.len())).map(Part::Router))
            .chain((0..count(self.conveyors.len())).map(Part::Conveyor))
            .chain((0..self.sinks).map(Part::Sink))
            .chain((0..count(self.transports.len())).map(Part::Transport))
            .chain((0..count(self.services.len())).map(Part::Service))
    }

    /// Where items of a part go next.
    #[must_use]
    pub fn outlets(&self, part: Part) -> &[Outlet] {
        match part {
            Part::Source(index) => std::slice::from_ref(&self.sources[index as usize].outlet),
            Part::Buffer(index) => std::slice::from_ref(&self.buffers[index as usize].outlet),
            Part::Station(index) => &self.stations[index as usize].outlets,
            Part::Router(index) => &self.routers[index as usize].outlets,
            Part::Conveyor(index) => std::slice::from_ref(&self.conveyors[index as usize].outlet),
            Part::Sink(_) => &[],
            Part::Transport(index) => std::slice::from_ref(&self.transports[index as usize].outlet),
            Part::Service(index) => &self.services[index as usize].outlets,
        }
    }
}

fn named(names: &[String], index: u32, sort: &str) -> String {
    let name = names.get(index as usize).cloned();
    name.unwrap_or_else(|| format!("{sort} {index}"))
}
