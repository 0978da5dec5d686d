//! Event logs: which item was where, and what each machine did, at instants.
//!
//! A log is a list of [`Record`]s: what happened to an asset, when, and on which
//! line that stood. [`read_event_log`] reads one from CSV, Parquet or XES (IEEE
//! 1849), [`EventLog::write`] writes one, and [`EventLog::from_happenings`] makes
//! one of what a simulation tells. Rows that cannot be used are kept aside with
//! their lines and reasons, and [`check`](EventLog::check) names what contradicts
//! itself: items in two places, items that vanish, machines in two states;
//! [`check_ways`](EventLog::check_ways) does so for the ways of vehicles and operators.
//! A [`Timeline`] is a log as functions of time, to be read off and compared.
//!
//! The columns of a table are `time`, `item`, `asset`, `event`, and where they
//! help `server`, `class`, `end`, `from` and `to`; `docs/event-logs.md` says what stands in them.

mod check;
mod durations;
mod event_word;
mod history;
mod options;
mod parquet;
mod problem;
mod read;
mod rows;
mod standing;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod ways;
mod write;
mod xes;
mod xml;

use std::collections::BTreeMap;

pub use self::check::ItemEnds;
pub use self::durations::{CountedTime, Durations, Observed};
pub use self::event_word::EventWord;
pub use self::history::{ItemHistory, Visit};
pub use self::options::{ColumnRole, LogOptions, OptionProblem};
pub use self::problem::{EventLogError, LogProblem, LogProblemKind};
pub use self::read::{LogFormat, read_event_log, read_event_log_from};
pub use self::timeline::{AssetTimeline, Span, Timeline};
pub use self::write::WriteLogError;

use crate::quantity::SimTime;
use crate::twin::{Happening, What};

/// Most problems that are kept with their details; all are counted.
pub const MOST_PROBLEMS: usize = 1_000;

/// One thing that happened, and where in the file it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Line of a text, or row of a Parquet file, from 1; 0 where it was not read
    /// from a file.
    pub line: u64,
    /// What happened. Items are numbered by their place in [`EventLog::items`].
    pub happening: Happening,
    /// Until when a state held, where the log says so and not only when the next
    /// began.
    pub until: Option<SimTime>,
}

/// An event log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventLog {
    /// Name of the file; empty where it is none.
    pub name: String,
    /// The items by the names that the log gives them.
    pub items: Vec<String>,
    /// What happened, in order of time; what happened at the same time in the order
    /// of the file.
    pub records: Vec<Record>,
    /// Number of rows or events that were read.
    pub rows: u64,
    /// What was wrong: the first [`MOST_PROBLEMS`].
    pub problems: Vec<LogProblem>,
    /// Number of everything that was wrong.
    pub problem_count: u64,
}

impl EventLog {
    /// A log of what a simulation told, its items called by their serial numbers.
    #[must_use]
    pub fn from_happenings(happenings: &[Happening]) -> Self {
        let mut log = Self::default();
        let mut numbers = BTreeMap::new();
        for happening in happenings {
            let mut number = |serial: u64| {
                *numbers.entry(serial).or_insert_with(|| {
                    log.items.push(serial.to_string());
                    log.items.len() as u64 - 1
                })
            };
            let what = match happening.what {
                What::Entered { item, class } => What::Entered {
                    item: number(item),
                    class,
                },
                What::Left { item } => What::Left { item: number(item) },
                What::Loaded { item, agent } => What::Loaded {
                    item: number(item),
                    agent,
                },
                What::Unloaded { item } => What::Unloaded { item: number(item) },
                What::Request { item, step } => What::Request {
                    item: number(item),
                    step,
                },
                other @ (What::State { .. } | What::Travels { .. }) => other,
                // Logs have no word for it.
                What::Carries { .. } => continue,
            };
            log.records.push(Record {
                line: 0,
                happening: Happening { what, ..*happening },
                until: None,
            });
        }
        log.rows = log.records.len() as u64;
        log
    }

    /// What happened, without where it stood.
    pub fn happenings(&self) -> impl Iterator<Item = Happening> + '_ {
        self.records.iter().map(|record| record.happening)
    }

    /// The first and the last instant; `None` of an empty log.
    #[must_use]
    pub fn span(&self) -> Option<(SimTime, SimTime)> {
        let first = self.records.first()?.happening.time;
        let end = |record: &Record| record.until.unwrap_or(record.happening.time);
        let last = self.records.iter().map(end).max()?;
        Some((first, last))
    }

    /// The item of this name.
    #[must_use]
    pub fn item(&self, name: &str) -> Option<u64> {
        let place = self.items.iter().position(|item| item == name);
        place.map(|place| place as u64)
    }

    /// Takes note of something that is wrong.
    fn note(&mut self, line: u64, kind: LogProblemKind) {
        self.problem_count += 1;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(LogProblem { line, kind });
        }
    }
}
