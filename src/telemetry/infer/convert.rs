//! Writing a file that the reader of telemetry reads out of one that it does not.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::number_style::Cell;
use super::table::{InferError, Inference, header_rows, rows_of, zone_of};
use super::time_column::TimeReader;
use crate::quantity::SimTime;
use crate::telemetry::header::column_name;
use crate::twin::{Channel, Twin};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converted {
    /// Rows of data.
    pub rows: u64,
    /// Rows whose time could not be read; they are written as they stood, for
    /// the reader to keep aside.
    pub without_time: u64,
    /// Cells that hold text and no number; written as they stood.
    pub texts: u64,
}

/// Writes the accepted columns of `source` as UTF-8 with a point in its numbers,
/// `t` in seconds since the twin's epoch, and the channels' column names with
/// their units.
///
/// `channels` are those that [`channels`](super::channels) gave for the accepted
/// columns, in that order. The whole file is read, however long it is, a row at a
/// time.
///
/// # Errors
/// When the file cannot be read or the sink fails.
pub fn convert(
    source: &Path,
    inference: &Inference,
    twin: &Twin,
    channels: &[Channel],
    sink: impl Write,
) -> Result<Converted, InferError> {
    let read_failed = |source| InferError::File {
        name: inference.name.clone(),
        source,
    };
    let write_failed = |source: io::Error| InferError::Write {
        name: inference.name.clone(),
        source,
    };
    let file = File::open(source).map_err(read_failed)?;
    let mut text = io::BufReader::new(inference.encoding.value.reader(file));
    for _ in 0..inference.layout.value.preamble {
        skip_line(&mut text).map_err(read_failed)?;
    }
    let time = &inference.time.value;
    let zone = zone_of(time.zone.as_deref())?;
    let numbers = inference.layout.value.numbers;
    let mut reader = TimeReader::new(time.format.clone(), numbers, zone);
    let fields: Vec<usize> = inference
        .columns
        .iter()
        .filter(|column| column.is_accepted && column.target.is_some())
        .map(|column| column.position)
        .collect();
    let mut writer = csv::Writer::from_writer(BufWriter::new(sink));
    let mut converted = Converted::default();
    let mut record = vec!["t [s]".to_owned()];
    record.extend(
        channels
            .iter()
            .map(|channel| format!("{} [{}]", column_name(channel), channel.unit.code())),
    );
    writer
        .write_record(&record)
        .map_err(|error| write_failed(error.into()))?;
    let zero = match time.format.is_calendar() {
        true => twin.epoch.start().as_nanosecond(),
        false => 0,
    };
    for row in rows_of(text, &inference.layout.value)
        .into_byte_records()
        .skip(header_rows(&inference.layout.value))
    {
        let row = row.map_err(|error| read_failed(error.into()))?;
        let cell = |field: usize| String::from_utf8_lossy(row.get(field).unwrap_or(b""));
        record.clear();
        let time_text = cell(time.position);
        let seconds = reader.read(&time_text).and_then(|time| {
            let since = i64::try_from(i128::from(time) - zero).ok()?;
            Some(SimTime::from_nanoseconds(since))
        });
        match seconds {
            Some(time) => record.push(seconds_text(time)),
            None => {
                converted.without_time += 1;
                record.push(time_text.into_owned());
            }
        }
        for field in &fields {
            let text = cell(*field);
            record.push(match numbers.read(&text) {
                Cell::Missing => String::new(),
                Cell::Number(value) => value.to_string(),
                Cell::Text => {
                    converted.texts += 1;
                    text.into_owned()
                }
            });
        }
        converted.rows += 1;
        writer
            .write_record(&record)
            .map_err(|error| write_failed(error.into()))?;
    }
    writer.flush().map_err(write_failed)?;
    Ok(converted)
}

/// Seconds with as many digits as there are, all of them exact.
fn seconds_text(time: SimTime) -> String {
    let nanoseconds = time.nanoseconds();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let whole = nanoseconds.unsigned_abs() / 1_000_000_000;
    let rest = nanoseconds.unsigned_abs() % 1_000_000_000;
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{rest:09}")
        .trim_end_matches('0')
        .to_owned()
}

/// Reads up to and with the next end of a line.
fn skip_line(text: &mut impl io::BufRead) -> io::Result<()> {
    // By parts: a line without an end does not fill the memory.
    loop {
        let part = text.fill_buf()?;
        if part.is_empty() {
            return Ok(());
        }
        match part.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                text.consume(at + 1);
                return Ok(());
            }
            None => {
                let length = part.len();
                text.consume(length);
            }
        }
    }
}
