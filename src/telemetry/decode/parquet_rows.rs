//! Readings in a Parquet file, wide or long as CSV has them.

use std::fs::File;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};

use super::csv_rows::Received;
use super::directory::{Directory, Instant, Units, unix};
use super::message::{Decoded, Reading};
use super::quality;
use crate::quantity::{Epoch, SimTime, Unit};
use crate::telemetry::header::{ColumnMapping, Header};
use crate::telemetry::problem::TelemetryProblem;
use crate::twin::parquet_file::ParquetFile;

/// Cells read at a time.
const CELLS: usize = 1 << 16;
/// Most columns of a file.
const MOST_COLUMNS: usize = 20_000;

/// Reads the samples of a Parquet file and hands them on in pieces; `each` says
/// whether to go on.
///
/// A file with columns `channel` and `value` has a row for each sample, as the
/// store and CSV's long form; another has a time and a column for each channel,
/// whose unit is the field's metadata `unit` or stands in its name. Times are
/// timestamps, whole or decimal numbers, or ISO 8601 text.
///
/// # Errors
/// When the file is no Parquet file, is cut off or damaged, or no column of it
/// can be used. What was handed on before stays.
pub fn read_parquet(
    file: File,
    place: &str,
    directory: &Directory,
    mappings: &[ColumnMapping],
    received: Received,
    each: &mut dyn FnMut(Decoded) -> bool,
) -> Result<(), TelemetryProblem> {
    let damaged = |error: &dyn std::fmt::Display| {
        TelemetryProblem::File(std::io::Error::other(format!(
            "it is no Parquet file, or it is cut off or damaged: {error}"
        )))
    };
    let file = ParquetFile::open(file).map_err(|error| damaged(&error))?;
    let columns = file.schema().fields().len();
    if columns > MOST_COLUMNS {
        return Err(damaged(&format!(
            "{columns} columns, more than {MOST_COLUMNS}"
        )));
    }
    let layout = Layout::new(file.schema(), directory, mappings)?;
    let rows = (CELLS / columns.max(1)).max(1);
    let batches = file.batches(rows).map_err(|error| damaged(&error))?;
    let mut units = Units::default();
    let mut first = 0;
    for batch in batches {
        let batch = batch.map_err(|error| damaged(&error))?;
        let mut decoded = Decoded::default();
        let rows = Rows {
            batch: &batch,
            place,
            first,
            received,
            directory,
        };
        match &layout {
            Layout::Long(long) => rows.long(long, &mut units, &mut decoded),
            Layout::Wide(header) => rows.wide(header, &mut decoded),
        }
        first += batch.num_rows();
        if !each(decoded) {
            break;
        }
    }
    Ok(())
}

enum Layout {
    Long(Long),
    Wide(Header),
}

struct Long {
    channel: usize,
    value: usize,
    time: Option<usize>,
    received: Option<usize>,
    unit: Option<usize>,
    sequence: Option<usize>,
    quality: Option<usize>,
}

impl Layout {
    fn new(
        schema: &Schema,
        directory: &Directory,
        mappings: &[ColumnMapping],
    ) -> Result<Self, TelemetryProblem> {
        let find = |names: &[&str]| {
            names.iter().find_map(|name| {
                schema
                    .fields()
                    .iter()
                    .position(|field| field.name().eq_ignore_ascii_case(name))
            })
        };
        if let (Some(channel), Some(value)) = (find(&["channel"]), find(&["value"])) {
            return Ok(Self::Long(Long {
                channel,
                value,
                time: find(&["time", "timestamp", "t"]),
                received: find(&["received"]),
                unit: find(&["unit"]),
                // A store's own sequence is not the source's.
                sequence: find(&["source_sequence"])
                    .or_else(|| find(&["sequence"]).filter(|_| find(&["received"]).is_none())),
                quality: find(&["quality"]),
            }));
        }
        let cells: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| match field.metadata().get("unit") {
                Some(unit) if !field.name().contains(['[', '(']) => {
                    format!("{} [{unit}]", field.name())
                }
                _ => field.name().clone(),
            })
            .collect();
        Header::new(&cells, directory.twin(), directory.variables(), mappings).map(Self::Wide)
    }
}

struct Rows<'rows> {
    batch: &'rows RecordBatch,
    place: &'rows str,
    /// Rows of the file before this batch.
    first: usize,
    received: Received,
    directory: &'rows Directory,
}

impl Rows<'_> {
    fn refuse(&self, row: usize, text: &str, reason: impl Into<String>, into: &mut Decoded) {
        let place = format!("{}, row {}", self.place, self.first + row + 1);
        let received = match self.received {
            Received::WhenMeasured => SimTime::ZERO,
            Received::At(time) => time,
        };
        into.undecodable(&place, received, text, reason);
    }

    fn received(&self, measured: SimTime) -> SimTime {
        match self.received {
            Received::WhenMeasured => measured,
            Received::At(time) => time,
        }
    }

    fn wide(&self, header: &Header, into: &mut Decoded) {
        let times = Column::new(self.batch.column(header.time_field));
        let columns: Vec<_> = header
            .columns
            .iter()
            .map(|column| (column, Column::new(self.batch.column(column.field))))
            .collect();
        for row in 0..self.batch.num_rows() {
            let time = match times.time(row, &header.time_unit, self.directory.epoch()) {
                Ok(time) => time,
                Err(reason) => {
                    self.refuse(row, "time", reason, into);
                    continue;
                }
            };
            for (column, values) in &columns {
                let name = || &self.directory.twin().channels[column.channel].id;
                match values.number(row) {
                    None => {}
                    Some(number) if number.is_finite() => into.reading(Reading {
                        channel: column.channel as u32,
                        time: Some(time),
                        received: self.received(time),
                        value: column.unit.to_si(number),
                        source_sequence: None,
                        quality: Default::default(),
                        redelivered: false,
                    }),
                    Some(_) => self.refuse(row, name(), "has no finite number", into),
                }
            }
        }
    }

    fn long(&self, long: &Long, units: &mut Units, into: &mut Decoded) {
        let column = |position: usize| Column::new(self.batch.column(position));
        let optional = |position: Option<usize>| position.map(column);
        let channels = column(long.channel);
        let values = column(long.value);
        let times = optional(long.time);
        let receptions = optional(long.received);
        let unit_texts = optional(long.unit);
        let sequences = optional(long.sequence);
        let qualities = optional(long.quality);
        let seconds = Unit::known("s");
        for row in 0..self.batch.num_rows() {
            let Some(name) = channels.text(row) else {
                self.refuse(row, "channel", "is empty", into);
                continue;
            };
            let Some(channel) = self.directory.find(&name) else {
                into.unmatched(&name);
                continue;
            };
            let Some(number) = values.number(row).filter(|number| number.is_finite()) else {
                self.refuse(row, &name, "has no finite number", into);
                continue;
            };
            let unit = unit_texts.as_ref().and_then(|texts| texts.text(row));
            let value = match units.convert(number, unit.as_deref(), None, channel, self.directory)
            {
                Ok(value) => value,
                Err(reason) => {
                    self.refuse(row, &name, reason, into);
                    continue;
                }
            };
            let read = |times: &Option<Column<'_>>| {
                times
                    .as_ref()
                    .filter(|times| !times.is_null(row))
                    .map(|times| times.time(row, &seconds, self.directory.epoch()))
                    .transpose()
            };
            let (time, received) = match (read(&times), read(&receptions)) {
                (Ok(time), Ok(received)) => (time, received),
                (Err(reason), _) | (_, Err(reason)) => {
                    self.refuse(row, &name, reason, into);
                    continue;
                }
            };
            let Some(received) = received.or(match self.received {
                Received::WhenMeasured => time,
                Received::At(now) => Some(now),
            }) else {
                let reason = "has neither a time nor a time of reception";
                self.refuse(row, &name, reason, into);
                continue;
            };
            let code = qualities.as_ref().and_then(|codes| codes.text(row));
            let quality = quality::read_or_note(
                code.as_deref().unwrap_or(""),
                channel,
                self.directory,
                self.place,
                received,
                into,
            );
            into.reading(Reading {
                channel,
                time,
                received,
                value,
                source_sequence: sequences.as_ref().and_then(|numbers| numbers.whole(row)),
                quality,
                redelivered: false,
            });
        }
    }
}

/// A column of whatever type, read cell by cell.
pub(in crate::telemetry) struct Column<'column> {
    array: &'column ArrayRef,
    /// The values and keys of a dictionary.
    dictionary: Option<(ArrayRef, Vec<usize>)>,
}

macro_rules! as_number {
    ($array:expr, $row:expr, $($kind:ty),+) => {
        $(if let Some(values) = $array.as_primitive_opt::<$kind>() {
            return Some(values.value($row) as f64);
        })+
    };
}

macro_rules! as_whole {
    ($array:expr, $row:expr, $($kind:ty),+) => {
        $(if let Some(values) = $array.as_primitive_opt::<$kind>() {
            return i128::try_from(values.value($row)).ok();
        })+
    };
}

impl<'column> Column<'column> {
    pub(in crate::telemetry) fn new(array: &'column ArrayRef) -> Self {
        let dictionary = array
            .as_any_dictionary_opt()
            .filter(|dictionary| !dictionary.values().is_empty())
            .map(|dictionary| (dictionary.values().clone(), dictionary.normalized_keys()));
        Self { array, dictionary }
    }

    pub(in crate::telemetry) fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row)
    }

    /// The array and row that hold a cell, behind a dictionary or not.
    fn cell(&self, row: usize) -> Option<(&ArrayRef, usize)> {
        if self.is_null(row) {
            return None;
        }
        match &self.dictionary {
            None => Some((self.array, row)),
            Some((values, keys)) => {
                let key = *keys.get(row)?;
                (key < values.len() && !values.is_null(key)).then_some((values, key))
            }
        }
    }

    fn number(&self, row: usize) -> Option<f64> {
        let (array, row) = self.cell(row)?;
        as_number!(
            array,
            row,
            Float64Type,
            Float32Type,
            Int64Type,
            Int32Type,
            Int16Type,
            Int8Type,
            UInt64Type,
            UInt32Type,
            UInt16Type,
            UInt8Type
        );
        if let Some(values) = array.as_boolean_opt() {
            return Some(f64::from(u8::from(values.value(row))));
        }
        let text = text_of(array, row)?;
        // A text that is no number is not finite, so that it is refused.
        Some(text.trim().parse().unwrap_or(f64::NAN))
    }

    fn whole(&self, row: usize) -> Option<u64> {
        self.integer(row).and_then(|whole| whole.try_into().ok())
    }

    fn integer(&self, row: usize) -> Option<i128> {
        let (array, row) = self.cell(row)?;
        as_whole!(
            array, row, Int64Type, Int32Type, Int16Type, Int8Type, UInt64Type, UInt32Type,
            UInt16Type, UInt8Type
        );
        None
    }

    pub(in crate::telemetry) fn text(&self, row: usize) -> Option<String> {
        if let Some(whole) = self.integer(row) {
            return Some(whole.to_string());
        }
        let (array, row) = self.cell(row)?;
        text_of(array, row).map(str::to_owned)
    }

    /// The time of a cell; a decimal number counts `unit`s since the epoch.
    pub(in crate::telemetry) fn time(
        &self,
        row: usize,
        unit: &Unit,
        epoch: Epoch,
    ) -> Result<SimTime, String> {
        const BEYOND: &str = "has a time more than 292 years from the epoch";
        let Some((array, inner)) = self.cell(row) else {
            return Err("has no time".to_owned());
        };
        if let DataType::Timestamp(precision, _) = array.data_type() {
            let (count, scale) = match precision {
                TimeUnit::Second => (
                    array
                        .as_primitive_opt::<TimestampSecondType>()
                        .map(|values| values.value(inner)),
                    1_000_000_000,
                ),
                TimeUnit::Millisecond => (
                    array
                        .as_primitive_opt::<TimestampMillisecondType>()
                        .map(|values| values.value(inner)),
                    1_000_000,
                ),
                TimeUnit::Microsecond => (
                    array
                        .as_primitive_opt::<TimestampMicrosecondType>()
                        .map(|values| values.value(inner)),
                    1_000,
                ),
                TimeUnit::Nanosecond => (
                    array
                        .as_primitive_opt::<TimestampNanosecondType>()
                        .map(|values| values.value(inner)),
                    1,
                ),
            };
            return count
                .and_then(|count| unix(i128::from(count) * scale, epoch))
                .ok_or_else(|| BEYOND.to_owned());
        }
        if let Some(text) = text_of(array, inner) {
            return Instant::Text(text).resolve(epoch);
        }
        if unit.code() == "s" {
            if let Some(whole) = self.integer(row) {
                return Instant::Whole(whole).resolve(epoch);
            }
            if let Some(number) = self.number(row) {
                return Instant::Number(number).resolve(epoch);
            }
        } else if let Some(number) = self.number(row) {
            return SimTime::from_seconds(unit.to_si(number)).ok_or_else(|| BEYOND.to_owned());
        }
        Err(format!(
            "has a time of a type that is not read, {}",
            array.data_type()
        ))
    }
}

fn text_of(array: &ArrayRef, row: usize) -> Option<&str> {
    if let Some(texts) = array.as_string_opt::<i32>() {
        return Some(texts.value(row));
    }
    if let Some(texts) = array.as_string_opt::<i64>() {
        return Some(texts.value(row));
    }
    array.as_string_view_opt().map(|texts| texts.value(row))
}
