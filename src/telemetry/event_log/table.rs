//! Event logs as tables of text: CSV, and the choice of columns that Parquet shares.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use ::csv::{ByteRecord, ReaderBuilder};

use super::event_word::plain;
use super::options::{ColumnRole, LogOptions};
use super::problem::{EventLogError, LogProblemKind};
use super::rows::{Row, Rows};
use crate::quantity::{Epoch, SimTime};
use crate::telemetry::decode::Instant;
use crate::telemetry::record_limit::RecordLimit;

/// Bytes looked at to tell the delimiter.
const PREFIX: u64 = 1 << 16;

/// Which column holds what.
#[derive(Clone, Debug)]
pub(super) struct Columns([Option<usize>; ColumnRole::ALL.len()]);

impl Columns {
    /// Finds the columns of a header: those that the options name, then the usual names
    /// in their order.
    pub(super) fn new(header: &[String], options: &LogOptions) -> Result<Self, EventLogError> {
        let place = |name: &str| header.iter().position(|cell| plain(cell) == plain(name));
        let mut found = [None; ColumnRole::ALL.len()];
        for role in ColumnRole::ALL {
            let own = options.columns.get(&role);
            found[role as usize] = match own {
                Some(name) => Some(place(name).ok_or_else(|| missing(role, header, Some(name)))?),
                None => {
                    let offered = options.columns_if_there.get(&role);
                    let offered = offered.and_then(|name| place(name));
                    offered.or_else(|| role.usual().iter().find_map(|name| place(name)))
                }
            };
        }
        let columns = Self(found);
        for role in [ColumnRole::Time, ColumnRole::Asset] {
            if columns.get(role).is_none() {
                return Err(missing(role, header, None));
            }
        }
        if columns.get(ColumnRole::Event).is_none() && columns.get(ColumnRole::End).is_none() {
            return Err(missing(ColumnRole::Event, header, None));
        }
        Ok(columns)
    }

    pub(super) const fn get(&self, role: ColumnRole) -> Option<usize> {
        self.0[role as usize]
    }
}

fn missing(role: ColumnRole, header: &[String], name: Option<&str>) -> EventLogError {
    let quoted = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let cells: Vec<&str> = header.iter().map(String::as_str).collect();
    EventLogError::Column {
        role: role.name(),
        expected: match name {
            Some(name) => format!("`{name}`"),
            None => quoted(role.usual()),
        },
        found: quoted(&cells),
    }
}

/// The time that a cell says.
pub(super) fn instant(text: &str, epoch: Epoch) -> Result<SimTime, (String, String)> {
    (Instant::Text(text).resolve(epoch)).map_err(|reason| (text.to_owned(), reason))
}

/// Reads a log from CSV: a header, then a row for each event. Comma, semicolon and
/// tab separate.
pub(super) fn read_csv(mut source: impl Read, rows: &mut Rows<'_>) -> Result<(), EventLogError> {
    let mut prefix = Vec::new();
    source.by_ref().take(PREFIX).read_to_end(&mut prefix)?;
    let start = if prefix.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let header_line = prefix[start..].split(|byte| *byte == b'\n').next();
    let delimiter = delimiter(header_line.unwrap_or_default());
    let body = Cursor::new(prefix.split_off(start)).chain(source);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(RecordLimit::new(body, delimiter));
    let mut record = ByteRecord::new();
    let stopped = |error: ::csv::Error| EventLogError::Table(error.to_string());
    if !reader.read_byte_record(&mut record).map_err(stopped)? {
        return Err(EventLogError::Empty);
    }
    let header: Vec<String> = (record.iter())
        .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
        .collect();
    let columns = Columns::new(&header, rows.options())?;
    let epoch = rows.twin().epoch;
    loop {
        let line = reader.position().line();
        if !reader.read_byte_record(&mut record).map_err(stopped)? {
            return Ok(());
        }
        let line = record.position().map_or(line, ::csv::Position::line);
        if record.len() != header.len() {
            let kind = LogProblemKind::FieldCount {
                expected: header.len(),
                found: record.len(),
            };
            rows.refuse(line, kind);
            continue;
        }
        let text = |role| -> Cow<'_, str> {
            let cell = columns.get(role).and_then(|place| record.get(place));
            String::from_utf8_lossy(cell.unwrap_or_default())
        };
        let end = text(ColumnRole::End);
        rows.push(&Row {
            line,
            time: instant(&text(ColumnRole::Time), epoch),
            end: (!end.trim().is_empty()).then(|| instant(&end, epoch)),
            item: text(ColumnRole::Item),
            asset: text(ColumnRole::Asset),
            event: text(ColumnRole::Event),
            server: text(ColumnRole::Server),
            class: text(ColumnRole::Class),
            from: text(ColumnRole::From),
            to: text(ColumnRole::To),
        });
    }
}

/// What separates the most cells of a header.
fn delimiter(header: &[u8]) -> u8 {
    let count = |sign: u8| header.iter().filter(|byte| **byte == sign).count();
    let signs = [b',', b';', b'\t'];
    // The first of equal ones: `max_by_key` gives the last.
    (signs.into_iter().rev())
        .max_by_key(|sign| count(*sign))
        .unwrap_or(b',')
}
