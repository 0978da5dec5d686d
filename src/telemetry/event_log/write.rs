//! Writing an event log, in the format that its name ends in.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;

use super::event_word::EventWord;
use super::problem::EventLogError;
use super::read::LogFormat;
use super::{EventLog, Record, parquet, xes};
use crate::twin::{FileError, Twin, What, write_atomically};

/// A record as a line of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'log> {
    pub(super) time: Timestamp,
    pub(super) item: Option<&'log str>,
    pub(super) asset: &'log str,
    pub(super) event: &'static str,
    pub(super) server: Option<u16>,
    pub(super) class: Option<u16>,
    pub(super) end: Option<Timestamp>,
    pub(super) from: Option<&'log str>,
    pub(super) to: Option<&'log str>,
}

/// Why an event log could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteLogError {
    /// The name says nothing of the format.
    #[error("{path}: {source}")]
    Format {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: EventLogError,
    },
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl EventLog {
    /// Writes the log to a file, which holds the old content or the new, never a
    /// part. What is written is read again as it was.
    ///
    /// # Errors
    /// When the name ends in none of the formats, or the file cannot be written.
    pub fn write(&self, path: &Path, twin: &Twin) -> Result<(), WriteLogError> {
        let format = LogFormat::of(path).map_err(|source| WriteLogError::Format {
            path: path.display().to_string(),
            source,
        })?;
        Ok(write_atomically(path, |out| {
            self.write_to(out, format, twin)
        })?)
    }

    /// As [`EventLog::write`], to anything that takes bytes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_to(
        &self,
        out: &mut (dyn Write + Send),
        format: LogFormat,
        twin: &Twin,
    ) -> io::Result<()> {
        match format {
            LogFormat::Csv => write_csv(out, self.lines(twin)),
            LogFormat::Parquet => parquet::write(out, self.lines(twin)),
            LogFormat::Xes => xes::write(out, self, twin),
        }
    }

    /// The records as lines of a table; without those of assets that the twin does
    /// not have.
    pub(super) fn lines<'log>(
        &'log self,
        twin: &'log Twin,
    ) -> impl Iterator<Item = Line<'log>> + 'log {
        self.records
            .iter()
            .filter_map(move |record| self.line(record, twin))
    }

    pub(super) fn line<'log>(&'log self, record: &Record, twin: &'log Twin) -> Option<Line<'log>> {
        let happening = record.happening;
        let id = |place: u32| Some(twin.assets.get(place as usize)?.id.as_str());
        let asset = id(happening.asset)?;
        let name = |item: u64| Some(self.items.get(item as usize)?.as_str());
        let (item, event, server, class) = match happening.what {
            What::Entered { item, class } => {
                (Some(name(item)?), EventWord::Enter, None, Some(class))
            }
            What::Left { item } => (Some(name(item)?), EventWord::Leave, None, None),
            What::State { server, state } => (None, EventWord::State(state), Some(server), None),
            What::Travels { agent, .. } => (None, EventWord::Travel, Some(agent), None),
            What::Loaded { item, agent } => {
                (Some(name(item)?), EventWord::Loaded, Some(agent), None)
            }
            What::Unloaded { item } => (Some(name(item)?), EventWord::Unloaded, None, None),
            What::Carries { .. } => return None,
            What::Request { item, step } => {
                (Some(name(item)?), EventWord::Request(step), None, None)
            }
        };
        let (from, to, end) = match happening.what {
            What::Travels {
                from, to, arrives, ..
            } => (Some(id(from)?), Some(id(to)?), Some(arrives)),
            _ => (None, None, record.until),
        };
        Some(Line {
            time: twin.epoch.instant(happening.time),
            item,
            asset,
            event: event.word(),
            server,
            class,
            end: end.map(|end| twin.epoch.instant(end)),
            from,
            to,
        })
    }
}

fn write_csv<'log>(
    out: &mut (dyn Write + Send),
    lines: impl Iterator<Item = Line<'log>>,
) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(super::ColumnRole::ALL.map(super::ColumnRole::name))?;
    for line in lines {
        let number = |value: Option<u16>| value.map_or_else(String::new, |one| one.to_string());
        writer.write_record([
            line.time.to_string().as_str(),
            line.item.unwrap_or_default(),
            line.asset,
            line.event,
            number(line.server).as_str(),
            number(line.class).as_str(),
            line.end
                .map_or_else(String::new, |end| end.to_string())
                .as_str(),
            line.from.unwrap_or_default(),
            line.to.unwrap_or_default(),
        ])?;
    }
    writer.flush()
}
