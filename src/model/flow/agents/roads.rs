//! What agents go about on, in numbers: waypoints, aisles, fleets, and the
//! transports that ask for them. Nothing here changes while it runs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use crate::model::flow::network::Outlet;
use crate::model::flow::times::Times;

/// A place where vehicles pass and stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waypoint {
    /// Most vehicles at one time, those included that have their home here.
    pub capacity: u32,
}

/// A way between two waypoints.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aisle {
    /// The waypoint at its one end.
    pub from: u32,
    /// The waypoint at its other end.
    pub to: u32,
    /// Length, m.
    pub length: f64,
    /// Whether it is gone from `from` to `to` only.
    pub one_way: bool,
    /// Highest speed in it, m/s.
    pub speed_limit: Option<f64>,
    /// Most vehicles in it at one time, all going the same way.
    pub capacity: u32,
}

/// Which of the tasks that wait a free vehicle takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskRule {
    /// That of the item that came to its pick-up first.
    #[default]
    LongestWaiting,
    /// The one whose pick-up is reached in the least time; of equal ones the one
    /// that has waited longest. One that is far off may wait for ever.
    Nearest,
    /// That of the item of the highest priority; of equal ones the one that has
    /// waited longest.
    Priority,
}

/// What a vehicle drives on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Battery {
    /// Driving time on a full battery, ns. Standing and handling take nothing.
    pub running: i64,
    /// Time to charge an empty battery, ns; a half-full one takes half of it.
    pub charging: i64,
    /// Share left at or below which a vehicle without a task goes to charge.
    pub threshold: f64,
    /// The waypoint where it charges.
    pub charger: u32,
}

/// Vehicles alike that carry items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    /// How many there are.
    pub vehicles: u32,
    /// Speed, m/s, where no limit holds.
    pub speed: f64,
    /// Length of a vehicle with the gap to the next, m: how far it has to be gone
    /// before another may follow.
    pub length: f64,
    /// Most items that it carries at a time.
    pub capacity: u32,
    /// Time to load a vehicle.
    pub loading: Times,
    /// Time to unload it.
    pub unloading: Times,
    /// Which task is taken.
    pub rule: TaskRule,
    /// The waypoint where each vehicle has a place of its own.
    pub home: u32,
    /// Its battery; none where it never has to charge.
    pub battery: Option<Battery>,
}

/// A part of the flow that has its items carried by a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transport {
    /// The fleet.
    pub fleet: u32,
    /// The waypoint where items wait to be fetched.
    pub pick_up: u32,
    /// The waypoint that they are brought to.
    pub drop_off: u32,
    /// Places for items that wait to be fetched, those being loaded included.
    pub pick_up_places: u32,
    /// Places for items that were brought. A vehicle is sent only once a place is
    /// kept for what it brings, so that it never waits with its load.
    pub drop_off_places: u32,
    /// Where items go from there.
    pub outlet: Outlet,
}

/// A pool whose units walk to where they are needed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    /// The pool.
    pub pool: u32,
    /// The waypoint where its units are at first.
    pub home: u32,
    /// Speed at which they walk, m/s.
    pub speed: f64,
}

/// Where agents can go, and the fleets that do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Roads {
    /// Places.
    pub waypoints: Vec<Waypoint>,
    /// Ways between them.
    pub aisles: Vec<Aisle>,
    /// Vehicles.
    pub fleets: Vec<Fleet>,
    /// Pools whose units walk.
    pub walks: Vec<Walk>,
}

/// A step from one waypoint to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Passage {
    /// The aisle.
    pub(super) aisle: u32,
    /// Whether it is gone from its first end to its second.
    pub(super) forward: bool,
    /// The waypoint at its end.
    pub(super) to: u32,
}

/// Time for a way at a speed, ns; at least one, so that nothing is in two places
/// at once.
pub(super) fn duration(length: f64, speed: f64) -> i64 {
    ((length / speed * 1e9).round() as i64).max(1)
}

/// Whether an aisle is closed; those that nothing is said of are open.
pub(super) fn is_closed(closed: &[bool], aisle: u32) -> bool {
    closed.get(aisle as usize).copied().unwrap_or(false)
}

impl Roads {
    /// The ways that lead away from a waypoint, in the order of the aisles.
    pub(super) fn ways_from(&self, waypoint: u32) -> impl Iterator<Item = Passage> {
        (0_u32..).zip(&self.aisles).filter_map(move |(aisle, one)| {
            if one.from == waypoint {
                Some(Passage {
                    aisle,
                    forward: true,
                    to: one.to,
                })
            } else if one.to == waypoint && !one.one_way {
                Some(Passage {
                    aisle,
                    forward: false,
                    to: one.from,
                })
            } else {
                None
            }
        })
    }

    /// Time that one who goes at `speed` \[m/s] needs for an aisle, ns.
    pub(super) fn travel(&self, aisle: u32, speed: f64) -> i64 {
        let aisle = &self.aisles[aisle as usize];
        duration(
            aisle.length,
            aisle.speed_limit.map_or(speed, |limit| limit.min(speed)),
        )
    }

    /// Places at a waypoint that vehicles without a home there can pass over.
    pub(super) fn passable(&self, waypoint: u32) -> u32 {
        let homes = (self.fleets.iter())
            .filter(|fleet| fleet.home == waypoint)
            .map(|fleet| fleet.vehicles);
        self.waypoints[waypoint as usize]
            .capacity
            .saturating_sub(homes.sum())
    }

    /// Least time to go from `start` to every waypoint at `speed`, were nobody else
    /// there, ns; `i64::MAX` where no way leads. Only waypoints that `may_pass` are
    /// gone over on the way, and only aisles that are not `closed`.
    pub(super) fn least_times(
        &self,
        start: u32,
        speed: f64,
        may_pass: impl Fn(u32) -> bool,
        closed: &[bool],
    ) -> Vec<i64> {
        self.spread(start, |here| {
            let ways = (here == start || may_pass(here)).then(|| self.ways_from(here));
            ways.into_iter()
                .flatten()
                .filter(|way| !is_closed(closed, way.aisle))
                .map(|way| (way.to, self.travel(way.aisle, speed)))
        })
    }

    /// The least time to every waypoint, by what each leads to and in what time.
    fn spread<I: Iterator<Item = (u32, i64)>>(
        &self,
        start: u32,
        ways: impl Fn(u32) -> I,
    ) -> Vec<i64> {
        let mut times = vec![i64::MAX; self.waypoints.len()];
        times[start as usize] = 0;
        let mut open = BinaryHeap::from([Reverse((0_i64, start))]);
        while let Some(Reverse((time, here))) = open.pop() {
            if time > times[here as usize] {
                continue;
            }
            for (next, travel) in ways(here) {
                let there = time + travel;
                if there < times[next as usize] {
                    times[next as usize] = there;
                    open.push(Reverse((there, next)));
                }
            }
        }
        times
    }

    /// The ways that lead away from a waypoint for one who walks: aisles are gone
    /// both ways.
    pub(super) fn ways_on_foot(&self, waypoint: u32) -> impl Iterator<Item = Passage> {
        (0_u32..).zip(&self.aisles).filter_map(move |(aisle, one)| {
            let forward = one.from == waypoint;
            let to = if forward { one.to } else { one.from };
            (forward || one.to == waypoint).then_some(Passage { aisle, forward, to })
        })
    }

    /// Least time to walk between `start` and every waypoint, ns; `i64::MAX` where no
    /// way leads.
    pub(super) fn times_on_foot(&self, start: u32, speed: f64) -> Vec<i64> {
        self.spread(start, |here| {
            self.ways_on_foot(here)
                .map(|way| (way.to, self.travel(way.aisle, speed)))
        })
    }

    /// The shortest way on foot from `start`, begun at `now`, to the waypoint that
    /// `times` are counted from, with the time at each waypoint.
    pub(super) fn way_on_foot(
        &self,
        start: u32,
        times: &[i64],
        speed: f64,
        now: i64,
        into: &mut Vec<(u32, i64)>,
    ) {
        into.clear();
        into.push((start, now));
        let (mut here, mut time) = (start, now);
        while times[here as usize] > 0 {
            let next = self.ways_on_foot(here).find(|way| {
                let rest = times[way.to as usize];
                rest < times[here as usize]
                    && rest + self.travel(way.aisle, speed) == times[here as usize]
            });
            // One who can get nowhere is found before the run.
            let Some(way) = next else { break };
            time += self.travel(way.aisle, speed);
            here = way.to;
            into.push((here, time));
        }
    }
}

impl Fleet {
    /// How long after its last moment a place is still taken by a vehicle that
    /// leaves it at `speed` \[m/s], ns.
    pub(super) fn clearance(&self, speed: f64) -> i64 {
        duration(self.length, speed)
    }
}

impl Battery {
    /// Driving time on a battery with `charge` \[ns] after it was charged for
    /// `time` \[ns].
    pub(super) fn charged(&self, charge: i64, time: i64) -> i64 {
        let gained = time as f64 * self.running as f64 / self.charging.max(1) as f64;
        charge
            .saturating_add(gained.round() as i64)
            .min(self.running)
    }

    /// Time that charging to the full takes from `charge` \[ns] on, ns.
    pub(super) fn time_to_full(&self, charge: i64) -> i64 {
        let missing = (self.running - charge).max(0);
        (missing as f64 * self.charging as f64 / self.running.max(1) as f64).ceil() as i64
    }
}
