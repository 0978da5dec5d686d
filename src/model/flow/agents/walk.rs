//! Operators on foot: units of a pool that walk to where they are needed.
//!
//! People make way for each other and for vehicles: they book nothing, walk
//! through one-way aisles both ways, and take the shortest way at their own speed.

use serde::{Deserialize, Serialize};

use super::position::Whereabouts;
use super::roads::Roads;
use crate::model::flow::journal::Crowd;
use crate::model::flow::network::Network;
use crate::model::flow::run::FlowRun;
use crate::model::flow::state::{Event, Request};
use crate::quantity::SimTime;

/// One unit of a pool whose units walk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::model::flow) struct Walker {
    /// The waypoints of its last way, with the time at each; at least one. It stays
    /// at the last.
    way: Vec<(u32, i64)>,
    /// What it is needed for: a station, its server, and whether for a repair.
    serves: Option<(u32, u16, bool)>,
}

impl Walker {
    fn new(home: u32) -> Self {
        Self {
            way: vec![(home, i64::MIN)],
            serves: None,
        }
    }

    fn last(&self) -> u32 {
        self.way[self.way.len() - 1].0
    }

    /// Where it is at `time`, ns.
    fn whereabouts(&self, roads: &Roads, time: i64) -> Whereabouts {
        let gone = self.way.partition_point(|&(_, there)| there <= time);
        let (Some(&(from, left)), Some(&(to, arrives))) =
            (self.way.get(gone.saturating_sub(1)), self.way.get(gone))
        else {
            return Whereabouts::At {
                waypoint: self.last(),
                at_home: false,
            };
        };
        if gone == 0 {
            return Whereabouts::At {
                waypoint: from,
                at_home: false,
            };
        }
        let way = roads.ways_on_foot(from).find(|way| way.to == to);
        Whereabouts::Between {
            from,
            to,
            aisle: way.map_or(0, |way| way.aisle),
            share: (time - left) as f64 / (arrives - left) as f64,
        }
    }
}

impl FlowRun {
    /// Puts a unit of a pool where it stands, or on its way from one waypoint to the
    /// next. Whether there is such a unit.
    pub(super) fn put_walker(
        &mut self,
        pool: u32,
        number: u16,
        (from, left): (u32, i64),
        (to, arrives): (u32, i64),
    ) -> bool {
        let walkers = &mut self.pools[pool as usize].walkers;
        let Some(walker) = walkers.get_mut(usize::from(number)) else {
            return false;
        };
        walker.way = if arrives > self.now && left < arrives {
            vec![(from, left), (to, arrives)]
        } else {
            vec![(to, arrives)]
        };
        true
    }

    /// Puts the units of all pools that walk where they belong; those that are there
    /// already stay where they are.
    pub(in crate::model::flow) fn add_walkers(&mut self, network: &Network) {
        for walk in &network.roads.walks {
            let units = network.pools[walk.pool as usize].units as usize;
            let walkers = &mut self.pools[walk.pool as usize].walkers;
            while walkers.len() < units {
                walkers.push(Walker::new(walk.home));
            }
        }
    }

    /// Whether units of a pool are on their way to a request already, or there.
    pub(in crate::model::flow) fn is_served(&self, pool: u32, request: Request) -> bool {
        let who = Some((request.station, request.server, request.repair));
        self.pools[pool as usize]
            .walkers
            .iter()
            .any(|walker| walker.serves == who)
    }

    /// Sends the nearest free units of a pool to who has got them. Whether they are
    /// on their way from now on; otherwise they are there.
    pub(in crate::model::flow) fn walk(
        &mut self,
        network: &Network,
        pool: u32,
        request: Request,
    ) -> bool {
        let roads = &network.roads;
        let Some(walk) = roads.walks.iter().find(|walk| walk.pool == pool) else {
            return false;
        };
        let Some(goal) = network.stations[request.station as usize].waypoint else {
            return false;
        };
        // From where they are needed backwards: on foot the way back is as long.
        let times = roads.times_on_foot(goal, walk.speed);
        let mut there = self.now;
        for _ in 0..request.count {
            let walkers = self.pools[pool as usize].walkers.iter().enumerate();
            let nearest = walkers
                .filter(|(_, walker)| walker.serves.is_none())
                .min_by_key(|(number, walker)| (times[walker.last() as usize], *number));
            // Units are fewer than were granted only after their number was lowered.
            let Some(number) = nearest.map(|(number, _)| number) else {
                break;
            };
            let walker = &self.pools[pool as usize].walkers[number];
            let (last, comes) = walker.way[walker.way.len() - 1];
            let is_going = comes > self.now;
            if !is_going {
                self.note_walk(pool, number);
            }
            let begins = self.now.max(comes);
            let walker = &mut self.pools[pool as usize].walkers[number];
            walker.serves = Some((request.station, request.server, request.repair));
            // One that is still under way comes to where it goes first; that way is put
            // down with the rest of it.
            let before = if is_going {
                std::mem::take(&mut walker.way)
            } else {
                Vec::new()
            };
            roads.way_on_foot(last, &times, walk.speed, begins, &mut walker.way);
            if let [rest @ .., _] = &before[..] {
                walker.way.splice(0..0, rest.iter().copied());
            }
            there = there.max(walker.way[walker.way.len() - 1].1);
        }
        if there <= self.now {
            return false;
        }
        if self.counting {
            self.pools[pool as usize]
                .walking
                .add(self.now, f64::from(request.count));
        }
        let (station, server) = (request.station, request.server);
        let event = if request.repair {
            Event::CrewThere { station, server }
        } else {
            Event::OperatorsThere { station, server }
        };
        self.schedule(there - self.now, event);
        true
    }

    /// Units that were on their way are there.
    pub(in crate::model::flow) fn end_walk(&mut self, pool: u32, count: u32) {
        if self.counting {
            self.pools[pool as usize]
                .walking
                .add(self.now, -f64::from(count));
        }
    }

    /// Units are free again, and stay where they are.
    pub(in crate::model::flow) fn release_walkers(&mut self, pool: u32, request: Request) {
        let who = Some((request.station, request.server, request.repair));
        for walker in &mut self.pools[pool as usize].walkers {
            if walker.serves == who {
                walker.serves = None;
            }
        }
    }

    /// Where the units of a pool are at `time`, in order; none where they do not
    /// walk. Before now, as far back as the last way of each.
    pub fn operators_at(&self, pool: u32, time: SimTime) -> impl Iterator<Item = Whereabouts> {
        let walkers = self.pools[pool as usize].walkers.iter();
        walkers.map(move |walker| walker.whereabouts(&self.network.roads, time.nanoseconds()))
    }

    /// Units of a pool that walk, now and on average since counting began.
    #[must_use]
    pub fn walking(&self, pool: u32) -> (f64, f64) {
        let walking = &self.pools[pool as usize].walking;
        (walking.value(), walking.mean(self.now))
    }

    /// Puts down what of the last way of a unit has not been put down.
    fn note_walk(&mut self, pool: u32, number: usize) {
        let Some(told) = self.told_of_walks() else {
            return;
        };
        let way = self.pools[pool as usize].walkers[number].way.clone();
        for pair in way.windows(2) {
            let ((from, left), (to, arrives)) = (pair[0], pair[1]);
            if (told..self.now).contains(&left) {
                self.note_departure_at(left, Crowd::Pool(pool), number as u32, (from, to, arrives));
            }
        }
    }

    /// Puts down what of the ways of all units has not been put down.
    pub(in crate::model::flow) fn note_walks(&mut self) {
        for pool in 0..self.pools.len() as u32 {
            for number in 0..self.pools[pool as usize].walkers.len() {
                self.note_walk(pool, number);
            }
        }
        self.walks_are_told();
    }

    /// Puts down where the units of all pools are now.
    pub(super) fn note_walkers(&mut self) {
        let mut all = Vec::new();
        for (pool, state) in (0_u32..).zip(&self.pools) {
            for (number, walker) in (0_u32..).zip(&state.walkers) {
                let gone = walker.way.partition_point(|&(_, there)| there <= self.now);
                let (from, left) = walker.way[gone.saturating_sub(1)];
                // One that sets out now is told of with all that do.
                let next = walker.way.get(gone).copied().filter(|_| left < self.now);
                let next = next.unwrap_or((from, self.now));
                all.push((pool, number, (from, next.0, next.1)));
            }
        }
        for (pool, number, way) in all {
            self.note_departure_at(self.now, Crowd::Pool(pool), number, way);
        }
        self.walks_are_told();
    }
}
