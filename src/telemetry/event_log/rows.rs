//! From rows of texts to records, whatever the rows come from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::event_word::EventWord;
use super::options::LogOptions;
use super::problem::{EventLogError, LogProblemKind};
use super::{EventLog, Record};
use crate::quantity::SimTime;
use crate::telemetry::problem::shortened;
use crate::twin::{Happening, Twin, What, nearest_names};

/// One row of a log, cell by cell; what it does not have is empty.
#[derive(Debug)]
pub(super) struct Row<'row> {
    pub(super) line: u64,
    /// The time, or the text that is none and why.
    pub(super) time: Result<SimTime, (String, String)>,
    pub(super) end: Option<Result<SimTime, (String, String)>>,
    pub(super) item: Cow<'row, str>,
    pub(super) asset: Cow<'row, str>,
    pub(super) event: Cow<'row, str>,
    pub(super) server: Cow<'row, str>,
    pub(super) class: Cow<'row, str>,
    pub(super) from: Cow<'row, str>,
    pub(super) to: Cow<'row, str>,
}

/// Makes a log of rows.
pub(super) struct Rows<'log> {
    log: EventLog,
    twin: &'log Twin,
    options: &'log LogOptions,
    assets: BTreeMap<&'log str, u32>,
    items: BTreeMap<String, u64>,
    /// Time of the row before, where order between rows means something.
    before: Option<SimTime>,
}

impl<'log> Rows<'log> {
    pub(super) fn new(name: &str, twin: &'log Twin, options: &'log LogOptions) -> Self {
        let ids = (0..)
            .zip(&twin.assets)
            .map(|(place, asset)| (asset.id.as_str(), place));
        Self {
            log: EventLog {
                name: name.to_owned(),
                ..EventLog::default()
            },
            assets: ids.collect(),
            items: BTreeMap::new(),
            before: None,
            twin,
            options,
        }
    }

    /// The asset that a name of the log means.
    pub(super) fn asset(&self, name: &str) -> Option<u32> {
        let name = name.trim();
        let id = self.options.assets.get(name).map_or(name, String::as_str);
        self.assets.get(id).copied()
    }

    pub(super) fn twin(&self) -> &'log Twin {
        self.twin
    }

    pub(super) fn options(&self) -> &'log LogOptions {
        self.options
    }

    /// Rows from here on need not come after those before.
    pub(super) fn begin_again(&mut self) {
        self.before = None;
    }

    /// A row that is kept aside.
    pub(super) fn refuse(&mut self, line: u64, kind: LogProblemKind) {
        self.log.rows += 1;
        self.log.note(line, kind);
    }

    /// Takes a row in, or keeps it aside.
    pub(super) fn push(&mut self, row: &Row<'_>) {
        if let Err(kind) = self.take(row) {
            self.log.note(row.line, kind);
        }
        self.log.rows += 1;
    }

    fn take(&mut self, row: &Row<'_>) -> Result<(), LogProblemKind> {
        let time = row
            .time
            .clone()
            .map_err(|(text, reason)| cell("time", &text, reason))?;
        let end = row.end.clone().transpose();
        let end = end.map_err(|(text, reason)| cell("end", &text, reason))?;
        if let Some(end) = end.filter(|end| *end < time) {
            let reason = "is before the beginning of its row";
            return Err(cell("end", &end.to_string(), reason));
        }
        let asset = self
            .asset(&row.asset)
            .ok_or_else(|| self.unknown(&row.asset))?;
        let server = self.number("server", &row.server)?;
        let class = self.number("class", &row.class)?;
        let event = match row.event.trim() {
            // A stretch of an item in an asset needs no word.
            "" if end.is_some() && !row.item.trim().is_empty() => EventWord::Enter,
            text => self.options.word(text).ok_or_else(|| {
                let reason = "is not known; say what it means with `--word \"WORD=working\"`, \
                              or under `words` of the document's `event_log`";
                cell("event", text, reason)
            })?,
        };
        let what = match event {
            EventWord::Travel => Some(self.way(row, server, end)?),
            _ => None,
        };
        if let Some(before) = self.before.filter(|before| time < *before) {
            self.log
                .note(row.line, LogProblemKind::OutOfOrder { time, before });
        }
        self.before = Some(time);
        match event {
            EventWord::Loaded | EventWord::Unloaded => {
                let item = self.item_of(row)?;
                let what = match event {
                    EventWord::Loaded => What::Loaded {
                        item,
                        agent: server,
                    },
                    _ => What::Unloaded { item },
                };
                self.add(row.line, time, asset, what, None);
            }
            EventWord::Request(step) => {
                let item = self.item_of(row)?;
                self.add(row.line, time, asset, What::Request { item, step }, None);
            }
            EventWord::Travel => {
                if let Some(what) = what {
                    self.add(row.line, time, asset, what, None);
                }
            }
            EventWord::Enter | EventWord::Leave => {
                let item = self.item_of(row)?;
                if event == EventWord::Enter {
                    self.add(row.line, time, asset, What::Entered { item, class }, None);
                } else {
                    self.add(row.line, time, asset, What::Left { item }, None);
                }
                if let Some(end) = end.filter(|_| event == EventWord::Enter) {
                    self.add(row.line, end, asset, What::Left { item }, None);
                }
            }
            EventWord::State(state) => {
                self.add(row.line, time, asset, What::State { server, state }, end);
            }
        }
        Ok(())
    }

    /// The item of a row that needs one.
    fn item_of(&mut self, row: &Row<'_>) -> Result<u64, LogProblemKind> {
        match row.item.trim() {
            "" => {
                let reason = "needs an item, and the row has none";
                Err(cell("event", &row.event, reason))
            }
            name => Ok(self.item(name)),
        }
    }

    /// The way of a vehicle or an operator.
    fn way(&self, row: &Row<'_>, agent: u16, end: Option<SimTime>) -> Result<What, LogProblemKind> {
        let waypoint = |name: &str| self.asset(name).ok_or_else(|| self.unknown(name));
        let arrives = end.ok_or_else(|| {
            let reason = "needs an end, the time of arrival, and the row has none";
            cell("event", &row.event, reason)
        })?;
        Ok(What::Travels {
            agent,
            from: waypoint(&row.from)?,
            to: waypoint(&row.to)?,
            arrives,
        })
    }

    fn add(&mut self, line: u64, time: SimTime, asset: u32, what: What, until: Option<SimTime>) {
        self.log.records.push(Record {
            line,
            happening: Happening { time, asset, what },
            until,
        });
    }

    fn item(&mut self, name: &str) -> u64 {
        if let Some(number) = self.items.get(name) {
            return *number;
        }
        let number = self.log.items.len() as u64;
        self.log.items.push(name.to_owned());
        self.items.insert(name.to_owned(), number);
        number
    }

    fn number(&self, column: &'static str, text: &str) -> Result<u16, LogProblemKind> {
        match text.trim() {
            "" => Ok(0),
            text => text
                .parse()
                .map_err(|_| cell(column, text, "is no whole number from 0 to 65535")),
        }
    }

    fn unknown(&self, name: &str) -> LogProblemKind {
        let ids = self.twin.assets.iter().map(|asset| asset.id.as_str());
        LogProblemKind::UnknownAsset {
            nearest: nearest_names(name, ids)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            name: shortened(name),
        }
    }

    /// The log, in order of time.
    ///
    /// # Errors
    /// When no row could be used.
    pub(super) fn finish(mut self) -> Result<EventLog, EventLogError> {
        if self.log.records.is_empty() {
            let first = self.log.problems.first().map(ToString::to_string);
            return Err(match first {
                Some(first) => EventLogError::Nothing {
                    rows: self.log.rows,
                    first,
                },
                None => EventLogError::Empty,
            });
        }
        self.log.records.sort_by_key(|record| record.happening.time);
        Ok(self.log)
    }
}

fn cell(column: &'static str, text: &str, reason: impl Into<String>) -> LogProblemKind {
    LogProblemKind::Cell {
        column,
        text: shortened(text),
        reason: reason.into(),
    }
}
