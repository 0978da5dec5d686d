//! What waits to be published.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::telemetry::sink::{Publication, PublishedAlarm};

/// Publications that may wait; more push out the oldest values.
pub(super) const MOST_WAITING: usize = 10_000;

/// Where a publisher stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Publications that have arrived where they last.
    pub delivered: u64,
    /// Publications that never will: pushed out, or refused for good.
    pub dropped: u64,
    /// Publications that wait here, or are on their way.
    pub waiting: u64,
    /// What is wrong at present.
    pub trouble: Option<String>,
    /// What was wrong the last time.
    pub last_trouble: String,
    /// Connections after the first.
    pub reconnects: u64,
    /// Whether anything has arrived since the last trouble.
    pub is_through: bool,
}

#[derive(Debug, Default)]
struct Inside {
    waiting: VecDeque<Publication>,
    /// Taken out, and not known to have arrived.
    on_the_way: usize,
    standing: Standing,
    /// Alarms that are active, by id: a broker that has lost its memory is told
    /// again.
    active: BTreeMap<String, PublishedAlarm>,
    closed: bool,
}

/// A bounded queue whose one side never waits.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    inside: Mutex<Inside>,
    changed: Condvar,
}

impl Outbox {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        // What is inside is changed by steps that do not fail half way.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds publications. Where there is no room the oldest value gives way, and
    /// an alarm only where nothing but alarms waits: a value is followed by
    /// another one, the end of an alarm is not.
    pub fn put(&self, publications: impl IntoIterator<Item = Publication>) {
        let mut inside = self.inside();
        for publication in publications {
            if let Publication::Alarm(alarm) = &publication {
                if alarm.active {
                    inside.active.insert(alarm.id.clone(), alarm.clone());
                } else {
                    inside.active.remove(&alarm.id);
                }
            }
            if inside.waiting.len() >= MOST_WAITING {
                let value = |one: &Publication| matches!(one, Publication::Sample(_));
                let oldest = inside.waiting.iter().position(value).unwrap_or(0);
                inside.waiting.remove(oldest);
                inside.standing.dropped += 1;
            }
            inside.waiting.push_back(publication);
        }
        drop(inside);
        self.changed.notify_all();
    }

    /// Puts the active alarms in front again.
    pub fn repeat_alarms(&self) {
        let mut inside = self.inside();
        let active: Vec<_> = inside.active.values().cloned().collect();
        for alarm in active.into_iter().rev() {
            inside.waiting.push_front(Publication::Alarm(alarm));
        }
    }

    /// Takes the oldest publications out, at most `most`; waits for the first.
    /// `None` when the outbox is closed and empty.
    pub fn take(&self, most: usize) -> Option<Vec<Publication>> {
        let mut inside = self
            .changed
            .wait_while(self.inside(), |inside| {
                inside.waiting.is_empty() && !inside.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        if inside.waiting.is_empty() {
            return None;
        }
        let count = inside.waiting.len().min(most);
        inside.on_the_way = count;
        Some(inside.waiting.drain(..count).collect())
    }

    /// Notes that all that was on the way has arrived, but for `dropped`.
    pub fn arrived(&self, dropped: usize) {
        let mut inside = self.inside();
        let arrived = inside.on_the_way.saturating_sub(dropped) as u64;
        inside.on_the_way = 0;
        inside.standing.delivered += arrived;
        inside.standing.dropped += dropped as u64;
        if dropped == 0 {
            inside.standing.trouble = None;
            inside.standing.is_through = true;
        }
    }

    /// Counts what will never leave.
    pub fn give_up(&self) {
        let mut inside = self.inside();
        let left = inside.waiting.len() as u64;
        inside.waiting.clear();
        inside.standing.dropped += left;
    }

    /// Notes what is wrong.
    pub fn trouble(&self, what: String) {
        let mut inside = self.inside();
        inside.standing.last_trouble.clone_from(&what);
        inside.standing.trouble = Some(what);
        inside.standing.is_through = false;
    }

    /// Notes how often the sink has connected again; says whether that is new.
    pub fn reconnects(&self, count: u64) -> bool {
        let mut inside = self.inside();
        let is_new = count > inside.standing.reconnects;
        inside.standing.reconnects = count;
        is_new
    }

    /// Nothing more is put in.
    pub fn close(&self) {
        self.inside().closed = true;
        self.changed.notify_all();
    }

    /// Waits, at most `time`, and says whether the outbox was closed.
    pub fn pause(&self, time: Duration) -> bool {
        let (inside, _) = self
            .changed
            .wait_timeout_while(self.inside(), time, |inside| !inside.closed)
            .unwrap_or_else(PoisonError::into_inner);
        inside.closed
    }

    /// Where the publisher stands.
    pub fn standing(&self) -> Standing {
        let inside = self.inside();
        Standing {
            waiting: (inside.waiting.len() + inside.on_the_way) as u64,
            ..inside.standing.clone()
        }
    }
}
