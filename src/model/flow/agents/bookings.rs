//! Who is where and when: times at waypoints and in aisles that vehicles have
//! booked.
//!
//! A time is booked from its first moment up to, and without, its last. A vehicle
//! that leaves keeps its place for the time in which it gets clear of it.

use serde::{Deserialize, Serialize};

use super::roads::{Passage, Roads};

/// A stay at a waypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stay {
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) vehicle: u32,
}

/// A passage through an aisle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Going {
    pub(super) enters: i64,
    pub(super) leaves: i64,
    /// How long after entering, and after leaving, the end of the aisle is clear.
    pub(super) clearance: i64,
    pub(super) forward: bool,
    pub(super) vehicle: u32,
}

impl Going {
    pub(super) const fn until(&self) -> i64 {
        self.leaves + self.clearance
    }
}

/// A time in which a waypoint has room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    pub(super) from: i64,
    pub(super) until: i64,
}

/// What a vehicle had booked: waypoints and aisles with the times.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    stays: Vec<(u32, Stay)>,
    goings: Vec<(u32, Going)>,
}

/// All times booked from now on, by waypoint and by aisle, each in order of their
/// beginning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::model::flow) struct Bookings {
    waypoints: Vec<Vec<Stay>>,
    aisles: Vec<Vec<Going>>,
}

impl Bookings {
    pub(in crate::model::flow) fn new(roads: &Roads) -> Self {
        Self {
            waypoints: vec![Vec::new(); roads.waypoints.len()],
            aisles: vec![Vec::new(); roads.aisles.len()],
        }
    }

    /// Books a stay; forgets those that were over by `now`.
    pub(super) fn stay(&mut self, waypoint: u32, stay: Stay, now: i64) {
        let stays = &mut self.waypoints[waypoint as usize];
        stays.retain(|other| other.until > now);
        let place = stays.partition_point(|other| other.from <= stay.from);
        stays.insert(place, stay);
    }

    /// Books a passage; forgets those that were over by `now`.
    pub(super) fn go(&mut self, aisle: u32, going: Going, now: i64) {
        let goings = &mut self.aisles[aisle as usize];
        goings.retain(|other| other.until() > now);
        let place = goings.partition_point(|other| other.enters <= going.enters);
        goings.insert(place, going);
    }

    /// Gives up what a vehicle has booked from `cut` on, and says what that was.
    pub(super) fn give_up(&mut self, vehicle: u32, cut: i64) -> GivenUp {
        let mut given_up = GivenUp::default();
        for (waypoint, stays) in (0..).zip(&mut self.waypoints) {
            let gone = stays.extract_if(.., |stay| stay.vehicle == vehicle && stay.from >= cut);
            given_up.stays.extend(gone.map(|stay| (waypoint, stay)));
        }
        for (aisle, goings) in (0..).zip(&mut self.aisles) {
            let gone =
                goings.extract_if(.., |going| going.vehicle == vehicle && going.enters >= cut);
            given_up.goings.extend(gone.map(|going| (aisle, going)));
        }
        given_up
    }

    /// Books again what was given up.
    pub(super) fn take_back(&mut self, given_up: &GivenUp, now: i64) {
        for &(waypoint, stay) in &given_up.stays {
            self.stay(waypoint, stay, now);
        }
        for &(aisle, going) in &given_up.goings {
            self.go(aisle, going, now);
        }
    }

    /// The times from `from` on in which fewer than `capacity` vehicles are at a
    /// waypoint, in order. The last one has no end, unless some stay has none.
    pub(super) fn windows(&self, waypoint: u32, capacity: u32, from: i64, into: &mut Vec<Window>) {
        into.clear();
        if capacity == 0 {
            return;
        }
        let stays = &self.waypoints[waypoint as usize];
        let present = |time: i64| {
            stays
                .iter()
                .filter(|stay| stay.from <= time && time < stay.until)
                .count()
        };
        let full = |time: i64| present(time) >= capacity as usize;
        let mut opened = (!full(from)).then_some(from);
        // What is free changes only where a stay begins or ends.
        let mut turns: Vec<i64> = (stays.iter())
            .flat_map(|stay| [stay.from, stay.until])
            // What ends at the end of time does not end.
            .filter(|&turn| turn > from && turn < i64::MAX)
            .collect();
        turns.sort_unstable();
        turns.dedup();
        for turn in turns {
            match (opened, full(turn)) {
                (Some(from), true) => {
                    into.push(Window { from, until: turn });
                    opened = None;
                }
                (None, false) => opened = Some(turn),
                _ => {}
            }
        }
        // Where every stay ends there is a last window.
        into.extend(opened.map(|from| Window {
            from,
            until: i64::MAX,
        }));
    }

    /// The first time from `earliest` on at which a vehicle can enter an aisle of
    /// some capacity that it needs `travel` for.
    pub(super) fn entry(
        &self,
        way: Passage,
        capacity: u32,
        earliest: i64,
        travel: i64,
        clearance: i64,
    ) -> i64 {
        let goings = &self.aisles[way.aisle as usize];
        let mut enters = earliest;
        // Each round moves on past one booking at least, and never back.
        'again: loop {
            let until = enters + travel + clearance;
            for other in goings {
                if other.until() <= enters || until <= other.enters {
                    continue;
                }
                if other.forward != way.forward {
                    enters = other.until();
                    continue 'again;
                }
                let before = enters + clearance <= other.enters
                    && enters + travel + clearance <= other.leaves;
                let behind = other.enters + other.clearance <= enters
                    && other.leaves + other.clearance <= enters + travel;
                if !before && !behind {
                    let after = other.leaves + other.clearance - travel;
                    enters = after.max(other.enters + other.clearance);
                    continue 'again;
                }
            }
            // The most that are in it at one time are there when one of them enters.
            let inside = |time: i64| {
                goings
                    .iter()
                    .filter(move |other| other.enters <= time && time < other.until())
            };
            let starts = (goings.iter().map(|other| other.enters))
                .filter(|&start| start > enters && start < until);
            for time in std::iter::once(enters).chain(starts) {
                if inside(time).count() >= capacity.max(1) as usize {
                    enters = (inside(time).map(Going::until).min())
                        .unwrap_or(enters)
                        .max(enters + 1);
                    continue 'again;
                }
            }
            return enters;
        }
    }

    /// Whether no time is booked that others had booked. One that turns round in a
    /// dead end gets clear of its own way.
    #[cfg(test)]
    pub(in crate::model::flow) fn is_sound(&self, roads: &Roads) -> bool {
        let stays_fit = (0_u32..).zip(&self.waypoints).all(|(waypoint, stays)| {
            stays.iter().all(|stay| {
                let others = stays.iter().filter(|other| {
                    other.vehicle != stay.vehicle
                        && other.from <= stay.from
                        && stay.from < other.until
                });
                stay.from < stay.until && others.count() < roads.passable(waypoint) as usize
            })
        });
        let goings_fit = (roads.aisles.iter().zip(&self.aisles)).all(|(aisle, goings)| {
            goings.iter().all(|going| {
                let others: Vec<_> = (goings.iter())
                    .filter(|other| {
                        other.vehicle != going.vehicle
                            && other.enters <= going.enters
                            && going.enters < other.until()
                    })
                    .collect();
                others.len() < aisle.capacity as usize
                    && others
                        .iter()
                        .all(|other| other.forward == going.forward && other.leaves <= going.leaves)
            })
        });
        stays_fit && goings_fit
    }
}
