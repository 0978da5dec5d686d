//! The way of a vehicle through what others have left free.
//!
//! Kim and Tanchoco, "Conflict-free shortest-time bidirectional AGV routeing",
//! International Journal of Production Research 29, 1991: the nodes of the search
//! are not the waypoints but their free windows. Whoever is in a window early can
//! wait in it, so the earliest arrival in each window is all there is to know, and
//! Dijkstra's algorithm finds it. Here a node also holds how many of its visits a
//! vehicle has made, so that a way over several places is searched as one.
//!
//! Every way ends at the home of the vehicle, where a place is its own for ever.
//! So there always is a way: at the latest when all others are back at theirs.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use serde::{Deserialize, Serialize};

use super::bookings::{Bookings, Window};
use super::roads::{Fleet, Passage, Roads, is_closed};

/// A waypoint that a vehicle has to come to, and how long it is busy there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Visit {
    pub(super) waypoint: u32,
    /// ns.
    pub(super) time: i64,
}

/// One waypoint of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stop {
    pub(super) waypoint: u32,
    /// Whether the vehicle stands in its own place at home, and not on the way of
    /// others.
    pub(super) at_home: bool,
    pub(super) arrives: i64,
    /// `i64::MAX` for the last.
    pub(super) leaves: i64,
    /// The aisle by which it leaves; `None` for the last.
    pub(super) way: Option<Passage>,
    /// How many visits have been made when it leaves.
    pub(super) visits: u32,
}

/// Where a search begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) waypoint: u32,
    pub(super) at_home: bool,
    /// When the vehicle came or comes there; `time` is no earlier.
    pub(super) arrives: i64,
    /// From when it can go on.
    pub(super) time: i64,
}

/// The earliest presence of the vehicle in a window, with some visits made.
#[derive(Clone, Copy, Debug)]
struct Label {
    waypoint: u32,
    at_home: bool,
    window: Window,
    visits: u32,
    time: i64,
    /// The label it was reached from, and by which aisle, entered when.
    parent: Option<u32>,
    way: Option<(Passage, i64)>,
}

/// What a place at home is: free for ever.
const HOME: Window = Window {
    from: i64::MIN,
    until: i64::MAX,
};

pub(super) struct Search<'a> {
    pub(super) roads: &'a Roads,
    pub(super) fleet: &'a Fleet,
    /// Speed of the vehicle, m/s.
    pub(super) speed: f64,
    /// Which aisles are closed.
    pub(super) closed: &'a [bool],
    pub(super) bookings: &'a Bookings,
}

impl Search<'_> {
    /// The way from `start` over all of `visits`, in order, and home, on which the
    /// last visit ends as early as can be, and of those the one that is home
    /// first. `None` where the aisles lead to none.
    pub(super) fn find(&self, start: Start, visits: &[Visit]) -> Option<Vec<Stop>> {
        let mut labels = vec![self.first_label(start)?];
        let mut open = BinaryHeap::from([Reverse((labels[0].time, 0_u32))]);
        let mut settled = BTreeSet::new();
        while let Some(Reverse((_, number))) = open.pop() {
            let label = labels[number as usize];
            if !settled.insert((
                label.visits,
                label.waypoint,
                label.at_home,
                label.window.until,
            )) {
                continue;
            }
            if label.visits as usize == visits.len() {
                if let Some(home) = self.way_home(label) {
                    return Some(stops(start, &[chain(&labels, number), home].concat()));
                }
                // No way leads out of this window in time: it has to come later.
                continue;
            }
            self.visit(label, number, visits, &mut labels, &mut open);
            self.leave(label, number, &mut labels, &mut open);
        }
        None
    }

    fn first_label(&self, start: Start) -> Option<Label> {
        let window = if start.at_home {
            HOME
        } else {
            let mut windows = Vec::new();
            let capacity = self.roads.passable(start.waypoint);
            self.bookings
                .windows(start.waypoint, capacity, start.arrives, &mut windows);
            // It is there, or booked to be: the first window is that of its stay.
            *windows.first()?
        };
        Some(Label {
            waypoint: start.waypoint,
            at_home: start.at_home,
            window,
            visits: 0,
            time: start.time,
            parent: None,
            way: None,
        })
    }

    /// The labels from the end of the last visit to the place at home, without the
    /// first.
    fn way_home(&self, from: Label) -> Option<Vec<Label>> {
        let mut labels = vec![Label {
            parent: None,
            way: None,
            ..from
        }];
        let mut open = BinaryHeap::from([Reverse((from.time, 0_u32))]);
        let mut settled = BTreeSet::new();
        while let Some(Reverse((_, number))) = open.pop() {
            let label = labels[number as usize];
            if label.at_home {
                return Some(chain(&labels, number).split_off(1));
            }
            if settled.insert((label.waypoint, label.window.until)) {
                self.leave(label, number, &mut labels, &mut open);
            }
        }
        None
    }

    /// Makes the next visit, where this is its waypoint and the window is long
    /// enough.
    fn visit(
        &self,
        label: Label,
        number: u32,
        visits: &[Visit],
        labels: &mut Vec<Label>,
        open: &mut BinaryHeap<Reverse<(i64, u32)>>,
    ) {
        let next = visits[label.visits as usize];
        let done = label.time.saturating_add(next.time);
        if next.waypoint == label.waypoint && self.can_stay(label, done) {
            let made = Label {
                visits: label.visits + 1,
                time: done,
                parent: Some(number),
                way: None,
                ..label
            };
            push(made, labels, open);
        }
    }

    fn clearance(&self) -> i64 {
        self.fleet.clearance(self.speed)
    }

    /// Whether a vehicle can be in a window up to `time` and get clear of it.
    fn can_stay(&self, label: Label, time: i64) -> bool {
        label.at_home || time.saturating_add(self.clearance()) <= label.window.until
    }

    /// Goes on by every aisle into every window it can be in time for.
    fn leave(
        &self,
        label: Label,
        number: u32,
        labels: &mut Vec<Label>,
        open: &mut BinaryHeap<Reverse<(i64, u32)>>,
    ) {
        let clearance = self.clearance();
        let mut windows = Vec::new();
        for way in self.roads.ways_from(label.waypoint) {
            if is_closed(self.closed, way.aisle) {
                continue;
            }
            let travel = self.roads.travel(way.aisle, self.speed);
            let capacity = self.roads.aisles[way.aisle as usize].capacity;
            let mut try_window = |window: Window, at_home: bool| {
                let earliest = label.time.max(window.from.saturating_sub(travel));
                let enters = self
                    .bookings
                    .entry(way, capacity, earliest, travel, clearance);
                let arrives = enters + travel;
                let reached = Label {
                    waypoint: way.to,
                    at_home,
                    window,
                    visits: label.visits,
                    time: arrives,
                    parent: Some(number),
                    way: Some((way, enters)),
                };
                if self.can_stay(label, enters) && self.can_stay(reached, arrives) {
                    push(reached, labels, open);
                }
            };
            if way.to == self.fleet.home {
                try_window(HOME, true);
            }
            self.bookings.windows(
                way.to,
                self.roads.passable(way.to),
                label.time + travel,
                &mut windows,
            );
            for &window in &windows {
                try_window(window, false);
            }
        }
    }
}

fn push(label: Label, labels: &mut Vec<Label>, open: &mut BinaryHeap<Reverse<(i64, u32)>>) {
    // A search over four billion windows would not end in anybody's lifetime.
    open.push(Reverse((label.time, labels.len() as u32)));
    labels.push(label);
}

/// The labels from the first to this one.
fn chain(labels: &[Label], last: u32) -> Vec<Label> {
    let mut way = Vec::new();
    let mut next = Some(last);
    while let Some(number) = next {
        let label = labels[number as usize];
        way.push(label);
        next = label.parent;
    }
    way.reverse();
    way
}

/// A chain of labels as stops.
fn stops(start: Start, labels: &[Label]) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    for label in labels {
        match (label.way, stops.last_mut()) {
            (Some((way, enters)), Some(before)) => {
                before.leaves = enters;
                before.way = Some(way);
                stops.push(stop(label, label.time));
            }
            (None, Some(same)) => same.visits = label.visits,
            (_, None) => stops.push(stop(label, start.arrives)),
        }
    }
    stops
}

const fn stop(label: &Label, arrives: i64) -> Stop {
    Stop {
        waypoint: label.waypoint,
        at_home: label.at_home,
        arrives,
        leaves: i64::MAX,
        way: None,
        visits: label.visits,
    }
}
