//! What changes while a flow runs, part by part. Everything can be cloned and
//! saved.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use serde::{Deserialize, Serialize};

use super::agents::Walker;
use super::item::{Item, ItemIndex};
use super::network::{Discipline, Outlet, Part};
use super::statistics::{Activity, Observations, StationTally, TimeWeighted};
use super::stream_ahead::StreamAhead;
use crate::model::event::{EventHandle, Priority};
use crate::quantity::Stream;

/// What is on the agenda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Event {
    /// A source makes its next items.
    Arrival(u32),
    /// A server finishes its set-up or its work.
    Finish { station: u32, server: u16 },
    /// A server fails.
    Failure { station: u32, server: u16 },
    /// A repair ends.
    Repaired { station: u32, server: u16 },
    /// The first item of a conveyor comes to its end.
    AtEnd(u32),
    /// The start of a conveyor is free again.
    EntryFree(u32),
    /// A calendar changes.
    Shift(u32),
    /// A vehicle comes to a stop, leaves it or has done what it was to do there.
    Vehicle(u32),
    /// The work on a request ends, or its wait before another attempt.
    Call(u32),
    /// Who asked waits no longer.
    Deadline(u32),
    /// Operators that walked to a server are there.
    OperatorsThere { station: u32, server: u16 },
    /// A crew that walked to a failed server is there.
    CrewThere { station: u32, server: u16 },
}

impl Event {
    /// At the same instant, working hours come first, then repairs, so that what
    /// can work does; then what makes room, then failures, then what needs room.
    pub(super) const fn priority(self) -> Priority {
        Priority(match self {
            Self::Shift(_) => 0,
            Self::Repaired { .. } | Self::OperatorsThere { .. } | Self::CrewThere { .. } => 10,
            Self::Finish { .. } | Self::Call(_) => 20,
            Self::AtEnd(_) | Self::EntryFree(_) | Self::Vehicle(_) => 30,
            Self::Failure { .. } | Self::Deadline(_) => 40,
            Self::Arrival(_) => 50,
        })
    }
}

/// Who waits for room in a part, in order. A part stands in it once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiters(VecDeque<Part>);

impl Waiters {
    #[inline]
    pub(super) fn add(&mut self, part: Part) {
        if !self.0.contains(&part) {
            self.0.push_back(part);
        }
    }

    #[inline]
    pub(super) fn take(&mut self) -> Option<Part> {
        self.0.pop_front()
    }

    /// Who is asked next.
    #[inline(always)]
    pub(super) fn first(&self) -> Option<Part> {
        self.0.front().copied()
    }

    /// The first got something through, and goes to the end where it has more.
    #[inline]
    pub(super) fn served(&mut self, has_more: bool) {
        if self.0.len() > 1 || !has_more {
            let first = self.0.pop_front();
            self.0.extend(first.filter(|_| has_more));
        }
    }

    /// Puts back who was just taken, at the end.
    #[inline]
    pub(super) fn put_back(&mut self, part: Part) {
        self.0.push_back(part);
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SourceState {
    pub(super) stream: StreamAhead,
    /// Items made so far.
    pub(super) made: u64,
    /// Items that found no place.
    pub(super) lost: u64,
    /// The item that waits for room.
    pub(super) held: Option<ItemIndex>,
    /// Items of the present batch that are still to come.
    pub(super) left_of_batch: u32,
    /// Multiplies the rate of arrivals.
    pub(super) rate: f64,
    /// The arrival on the agenda.
    pub(super) next: Option<EventHandle>,
}

/// The items of a buffer, in the order in which they leave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Store {
    First(VecDeque<ItemIndex>),
    Last(Vec<ItemIndex>),
    Ranked {
        by_due: bool,
        /// Rank, then number of the entry; the lowest leaves first.
        heap: BinaryHeap<Reverse<(i64, u64, ItemIndex)>>,
        entries: u64,
    },
}

impl Store {
    pub(super) fn new(discipline: Discipline) -> Self {
        let ranked = |by_due| Self::Ranked {
            by_due,
            heap: BinaryHeap::new(),
            entries: 0,
        };
        match discipline {
            Discipline::FirstInFirstOut => Self::First(VecDeque::new()),
            Discipline::LastInFirstOut => Self::Last(Vec::new()),
            Discipline::Priority => ranked(false),
            Discipline::DueDate => ranked(true),
        }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::First(items) => items.len(),
            Self::Last(items) => items.len(),
            Self::Ranked { heap, .. } => heap.len(),
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, index: ItemIndex, item: &Item) {
        match self {
            Self::First(items) => items.push_back(index),
            Self::Last(items) => items.push(index),
            Self::Ranked {
                by_due,
                heap,
                entries,
            } => {
                let rank = if *by_due {
                    item.due
                } else {
                    -i64::from(item.priority)
                };
                heap.push(Reverse((rank, *entries, index)));
                *entries += 1;
            }
        }
    }

    /// What is in it, in no particular order.
    pub(super) fn indices(&self) -> Vec<ItemIndex> {
        match self {
            Self::First(items) => items.iter().copied().collect(),
            Self::Last(items) => items.clone(),
            Self::Ranked { heap, .. } => heap.iter().map(|entry| entry.0.2).collect(),
        }
    }

    /// The item that leaves next.
    #[inline(always)]
    pub(super) fn first(&self) -> Option<ItemIndex> {
        match self {
            Self::First(items) => items.front().copied(),
            Self::Last(items) => items.last().copied(),
            Self::Ranked { heap, .. } => heap.peek().map(|entry| entry.0.2),
        }
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) {
        match self {
            Self::First(items) => {
                items.pop_front();
            }
            Self::Last(items) => {
                items.pop();
            }
            Self::Ranked { heap, .. } => {
                heap.pop();
            }
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct BufferState {
    pub(super) store: Store,
    /// Places kept for items that are still worked on.
    pub(super) reserved: u32,
    /// Whether it waits for room behind it.
    pub(super) waiting: bool,
    pub(super) waiters: Waiters,
    pub(super) content: TimeWeighted,
    /// Time from in to out, s.
    pub(super) stay: Observations,
    pub(super) passed: u64,
}

/// How far a server is with its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Has none.
    Idle,
    /// Has some of the items of a set.
    Gathering,
    /// Has a set, and waits until a place behind it is kept.
    AwaitingRoom,
    /// Waits for operators.
    AwaitingOperators,
    /// Is being set up.
    SettingUp,
    /// Works.
    Working,
    /// Is done; items wait to leave.
    Leaving,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Server {
    pub(super) stage: Stage,
    pub(super) down: bool,
    /// What it shows, and since when, ns.
    pub(super) activity: Activity,
    pub(super) since: i64,
    /// When it became active, ns.
    pub(super) active_since: i64,
    /// When it was active last, ns; of no meaning while it is.
    pub(super) active_until: i64,
    /// The items it has. Once they are done, the last leaves first.
    pub(super) items: Vec<ItemIndex>,
    /// What is left of the present set-up or work at speed one, ns.
    pub(super) left: i64,
    /// When the timer was started, ns.
    pub(super) started: i64,
    /// The end or failure on the agenda while it runs.
    pub(super) timer: Option<EventHandle>,
    /// Working time to the next failure, where failures count that, ns.
    pub(super) to_failure: i64,
    /// The failure on the agenda, where failures count all time.
    pub(super) next_failure: Option<EventHandle>,
    /// Class it is set up for.
    pub(super) class: Option<u16>,
    /// Whether it has its operators.
    pub(super) has_operators: bool,
    /// Whether it stands in the line of a pool.
    pub(super) queued: bool,
    /// The place that is kept for its item.
    pub(super) reserved: Option<Outlet>,
    /// Which outlet its items leave by.
    pub(super) outlet: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StationState {
    pub(super) servers: Vec<Server>,
    /// Servers that can take an item; the last is taken first.
    pub(super) idle: Vec<u16>,
    /// The server that gathers a set, and what it has of each inlet.
    pub(super) gathering: Option<u16>,
    pub(super) gathered: Vec<u32>,
    /// Servers that wait for room, in order.
    pub(super) blocked: VecDeque<u16>,
    /// Servers that are promised to items that are still worked on.
    pub(super) promised: u32,
    pub(super) waiters: Waiters,
    /// Out of working hours.
    pub(super) off: bool,
    /// Held from outside.
    pub(super) held: bool,
    /// Held because it is broken, which counts as down and not as off.
    pub(super) broken: bool,
    /// Speed of set-up and work.
    pub(super) speed: f64,
    pub(super) service: StreamAhead,
    /// Streams of what happens less often, out of the way of the rest.
    pub(super) rare: Box<RareStreams>,
    pub(super) tally: StationTally,
    pub(super) content: TimeWeighted,
    /// Time from in to out, s.
    pub(super) stay: Observations,
    /// Items that came out, and how many of them were found bad.
    pub(super) finished: u64,
    pub(super) bad: u64,
    pub(super) failures: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RareStreams {
    pub(super) set_up: Stream,
    pub(super) failure: Stream,
    pub(super) repair: Stream,
    pub(super) inspection: Stream,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RouterState {
    pub(super) stream: Stream,
    /// The outlet whose turn it is.
    pub(super) turn: u32,
    pub(super) passed: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ConveyorState {
    /// Items from the end to the start, with the belt's own time at which each is
    /// at the end, ns.
    pub(super) items: VecDeque<(ItemIndex, i64)>,
    /// Belt time at which the start is free again, ns.
    pub(super) entry_free: i64,
    /// How far belt time is behind: the time for which it stood, ns.
    pub(super) stood: i64,
    /// Since when the first item cannot leave, ns.
    pub(super) blocked_since: Option<i64>,
    /// Whether the event of a free entry is on the agenda.
    pub(super) entry_announced: bool,
    pub(super) reserved: u32,
    pub(super) waiters: Waiters,
    pub(super) content: TimeWeighted,
    pub(super) stay: Observations,
    pub(super) passed: u64,
    /// Time for which its end was blocked, ns.
    pub(super) blocked: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SinkState {
    /// Whether it takes nothing at present.
    pub(super) shut: bool,
    pub(super) waiters: Waiters,
    pub(super) count: u64,
    pub(super) late: u64,
    /// Time from making to leaving, s.
    pub(super) stay: Observations,
}

/// What a server waits for in the line of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) station: u32,
    pub(super) server: u16,
    pub(super) count: u32,
    /// For a repair and not for work.
    pub(super) repair: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct PoolState {
    /// Units in use; can be above the number there is, after that was lowered.
    pub(super) busy: u32,
    /// Units that are not there at present.
    pub(super) absent: u32,
    pub(super) line: VecDeque<Request>,
    pub(super) use_of: TimeWeighted,
    /// The units, where they walk; those on their way.
    pub(super) walkers: Vec<Walker>,
    pub(super) walking: TimeWeighted,
}
