//! The table as a whole: what is proposed for the file and for each column.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::encoding::{self, Encoding};
use super::header_unit;
use super::layout::{self, TableLayout};
use super::matching::Target;
use super::number_style::Cell;
use super::proposed::Proposed;
use super::statistics::{self, Facts, Series};
use super::time_column::{self, TimeColumn, TimeReader};
use crate::quantity::{SimDuration, Unit};

/// Bytes that the encoding is told from.
const PREFIX: u64 = 1 << 16;
/// Rows that layout and time are told from.
const SAMPLED_ROWS: usize = 1000;
/// Most columns that are looked at.
const MOST_COLUMNS: usize = 4096;

/// What to know beforehand, and how much to read.
#[derive(Clone, Debug, PartialEq)]
pub struct InferOptions {
    /// Zone of a clock that says none, by its IANA name: `Europe/Berlin`. UTC
    /// where it is not given.
    pub zone: Option<String>,
    /// Most bytes that are read; a longer file is judged by its beginning.
    pub most_bytes: u64,
}

impl Default for InferOptions {
    fn default() -> Self {
        Self {
            zone: None,
            most_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Why nothing can be said of a file.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// The file system failed.
    #[error("{name}: it cannot be read: {source}; check the path and the disk")]
    File {
        /// The file.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no table in it.
    #[error(
        "{name}: it does not look like a table: no comma, semicolon, tab or bar makes columns \
         of its lines; export it as CSV"
    )]
    NoTable {
        /// The file.
        name: String,
    },
    /// No column is a time.
    #[error(
        "{name}: none of its columns looks like a time: found {columns}; expected rising \
         numbers or dates, best in a column named `time`"
    )]
    NoTime {
        /// The file.
        name: String,
        /// What there is.
        columns: String,
    },
    /// There is no such zone.
    #[error("there is no time zone `{zone}`; give an IANA name such as `Europe/Berlin` or `UTC`")]
    Zone {
        /// What was asked for.
        zone: String,
    },
    /// No row has a time that can be read.
    #[error("{name}: none of its {rows} rows has a time and a number")]
    NoRows {
        /// The file.
        name: String,
        /// Rows read.
        rows: u64,
    },
    /// The converted file cannot be written.
    #[error("{name}: it cannot be written: {source}; choose another place")]
    Write {
        /// The file.
        name: String,
        /// What the system said.
        source: io::Error,
    },
}

/// What is proposed for a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// Name of the file.
    pub name: String,
    /// Its encoding.
    pub encoding: Proposed<Encoding>,
    /// How the table is laid out.
    pub layout: Proposed<TableLayout>,
    /// The time column.
    pub time: Proposed<TimeColumn>,
    /// Header of the time column.
    pub time_header: String,
    /// First and last time \[ns]: since 1970, or since the twin's epoch where the
    /// times count from there.
    pub span: (i64, i64),
    /// Number of fields in a row.
    pub fields: usize,
    /// Rows read.
    pub rows: u64,
    /// Whether the file goes on behind what was read.
    pub is_part: bool,
    /// Every column but the time, in order.
    pub columns: Vec<ColumnProposal>,
    /// What was noticed, one sentence each.
    pub warnings: Vec<String>,
}

/// What is proposed for a column. Numbers are in the column's own unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnProposal {
    /// Position among the fields.
    pub position: usize,
    /// Its header as it stands in the file.
    pub header: String,
    /// The header without the unit.
    pub name: String,
    /// Number of samples.
    pub samples: u64,
    /// Cells that hold text.
    pub texts: u64,
    /// The unit that the header says.
    pub unit: Option<Proposed<Unit>>,
    /// Time between samples.
    pub period: Option<Proposed<SimDuration>>,
    /// How far from the period samples may be.
    pub jitter: Option<Proposed<SimDuration>>,
    /// Smallest and largest sample, wild ones left out.
    pub seen: Option<(f64, f64)>,
    /// Range of normal operation.
    pub operational: Option<Proposed<(f64, f64)>>,
    /// Samples far outside of it.
    pub outliers: u64,
    /// Smallest step.
    pub resolution: Option<Proposed<f64>>,
    /// Longest time at one value.
    pub longest_still: SimDuration,
    /// How long it may stand still.
    pub stuck: Option<Proposed<SimDuration>>,
    /// Largest change per second.
    pub rate: Option<Proposed<f64>>,
    /// Whether it moves in steps, as a command does.
    pub is_stepwise: bool,
    /// Whether it counts; with the value it starts again at, if it did.
    pub counter: Option<Proposed<Option<f64>>>,
    /// Pauses in it.
    pub gaps: u64,
    /// What of the twin it is.
    pub target: Option<Proposed<Target>>,
    /// What else it could be, the likelier first.
    pub alternatives: Vec<Proposed<Target>>,
    /// Whether it is to become a channel. Set where the target is likely; for a
    /// person to change.
    pub is_accepted: bool,
    /// The samples, for those who compare them with something.
    #[serde(skip)]
    pub(super) series: Series,
}

impl ColumnProposal {
    /// Times of the samples \[ns], rising; of the same zero as
    /// [`Inference::span`]. Empty in an inference that was read from a file.
    #[must_use]
    pub fn times(&self) -> &[i64] {
        &self.series.times
    }

    /// The samples, in the column's own unit.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.series.values
    }
}

/// Looks at a file.
///
/// # Errors
/// When it cannot be read, or is no table with a time column.
pub fn infer(path: &Path, options: &InferOptions) -> Result<Inference, InferError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| InferError::File {
        name: name.clone(),
        source,
    })?;
    infer_from(file, &name, options)
}

/// The zone to take for a clock that says none.
pub(super) fn zone_of(name: Option<&str>) -> Result<TimeZone, InferError> {
    let name = name.unwrap_or("UTC");
    TimeZone::get(name).map_err(|_| InferError::Zone {
        zone: name.to_owned(),
    })
}

/// The CSV reader of a table, behind its preamble.
pub(super) fn rows_of<R: Read>(text: R, layout: &TableLayout) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(layout.delimiter).unwrap_or(b','))
        .from_reader(text)
}

/// As [`infer`], from anything that gives bytes; `name` is for messages.
///
/// # Errors
/// As [`infer`].
pub fn infer_from(
    source: impl Read,
    name: &str,
    options: &InferOptions,
) -> Result<Inference, InferError> {
    let failed = |source| InferError::File {
        name: name.to_owned(),
        source,
    };
    let zone = zone_of(options.zone.as_deref())?;
    // One byte more tells that the file goes on.
    let mut bytes = Vec::new();
    source
        .take(options.most_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let is_part = bytes.len() as u64 > options.most_bytes;
    if is_part {
        bytes.pop();
    }
    let prefix = &bytes[..bytes
        .len()
        .min(usize::try_from(PREFIX).unwrap_or(usize::MAX))];
    let mut found = encoding::detect(prefix, prefix.len() == bytes.len());
    // A character beyond ASCII may come late.
    if found.value == Encoding::Utf8 && prefix.len() < bytes.len() {
        found = encoding::detect(&bytes, !is_part);
    }
    let mut text = String::new();
    found
        .value
        .reader(bytes.as_slice())
        .read_to_string(&mut text)
        .map_err(failed)?;
    drop(bytes);
    if is_part {
        // The last line is cut off.
        text.truncate(text.rfind('\n').map_or(0, |at| at + 1));
    }
    let Some(layout) = layout::detect(&text) else {
        return Err(InferError::NoTable {
            name: name.to_owned(),
        });
    };
    read_table(&text, name, found, layout, is_part, options, zone)
}

fn read_table(
    text: &str,
    name: &str,
    encoding: Proposed<Encoding>,
    layout: Proposed<TableLayout>,
    is_part: bool,
    options: &InferOptions,
    zone: TimeZone,
) -> Result<Inference, InferError> {
    let mut warnings = Vec::new();
    let numbers = layout.value.numbers;
    let table = behind_preamble(text, layout.value.preamble);
    let mut sample: Vec<csv::StringRecord> = rows_of(table.as_bytes(), &layout.value)
        .into_records()
        .filter_map(Result::ok)
        .take(SAMPLED_ROWS)
        .collect();
    let header_rows = header_rows(&layout.value);
    let head: Vec<csv::StringRecord> = sample.drain(..header_rows.min(sample.len())).collect();
    let fields = head
        .first()
        .or(sample.first())
        .map_or(0, csv::StringRecord::len)
        .min(MOST_COLUMNS);
    let headers = headers(&head, &layout.value, fields);
    let (names, mut units) = names_and_units(&headers, &mut warnings);
    if layout.value.has_unit_row
        && let Some(row) = head.get(1)
    {
        for (position, unit) in units.iter_mut().enumerate() {
            let cell = layout::bare(row.get(position).unwrap_or(""));
            if unit.is_none()
                && !cell.is_empty()
                && let Ok(read) = Unit::parse_lenient(cell)
            {
                *unit = Some(Proposed::new(
                    read,
                    0.9,
                    format!("`{cell}` stands in the row below the header"),
                ));
            }
        }
    }
    let cells: Vec<Vec<&str>> = (0..fields)
        .map(|field| {
            sample
                .iter()
                .map(|row| row.get(field).unwrap_or("").trim())
                .collect()
        })
        .collect();
    let said: Vec<Option<Unit>> = units
        .iter()
        .map(|unit| unit.as_ref().map(|unit| unit.value.clone()))
        .collect();
    let Some(mut time) = time_column::detect(&names, &said, &cells, numbers) else {
        return Err(InferError::NoTime {
            name: name.to_owned(),
            columns: crate::telemetry::problem::list(headers.iter().map(String::as_str)),
        });
    };
    if time.value.format.is_local() {
        settle_zone(&mut time, options, &names, &mut warnings);
    }
    let mut reader = TimeReader::new(time.value.format.clone(), numbers, zone);
    let mut columns = Columns::new(fields, time.value.position);
    for row in rows_of(table.as_bytes(), &layout.value)
        .into_byte_records()
        .skip(header_rows)
        .filter_map(Result::ok)
    {
        columns.take(&row, &mut reader, numbers);
    }
    columns.warn(&reader, &mut warnings);
    let Some(span) = columns.span else {
        return Err(InferError::NoRows {
            name: name.to_owned(),
            rows: columns.rows,
        });
    };
    if is_part {
        warnings.push(format!(
            "the file is judged by its first {} MiB, {} rows",
            options.most_bytes / (1024 * 1024),
            columns.rows
        ));
    }
    let rows = columns.rows;
    let time_header = headers[time.value.position].clone();
    let columns = columns
        .columns
        .into_iter()
        .zip(headers.into_iter().zip(names).zip(units))
        .enumerate()
        .filter(|(position, _)| *position != time.value.position)
        .map(|(position, (column, ((header, name), unit)))| {
            column.proposal(position, header, name, unit)
        })
        .collect();
    Ok(Inference {
        name: name.to_owned(),
        encoding,
        layout,
        time,
        time_header,
        span,
        fields,
        rows,
        is_part,
        columns,
        warnings,
    })
}

/// Rows of a table that are not data.
pub(super) fn header_rows(layout: &TableLayout) -> usize {
    usize::from(layout.has_header) + usize::from(layout.has_unit_row)
}

/// The text behind so many lines.
fn behind_preamble(text: &str, lines: usize) -> &str {
    let mut rest = text;
    for _ in 0..lines {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

fn headers(head: &[csv::StringRecord], layout: &TableLayout, fields: usize) -> Vec<String> {
    (0..fields)
        .map(|field| {
            let cell = head
                .first()
                .filter(|_| layout.has_header)
                .and_then(|row| row.get(field))
                .map(str::trim)
                .unwrap_or("");
            if cell.is_empty() {
                format!("column {}", field + 1)
            } else {
                cell.to_owned()
            }
        })
        .collect()
}

type Units = Vec<Option<Proposed<Unit>>>;

fn names_and_units(headers: &[String], warnings: &mut Vec<String>) -> (Vec<String>, Units) {
    headers
        .iter()
        .map(|header| {
            let parts = header_unit::parts(header);
            if let Some(text) = &parts.not_understood {
                warnings.push(format!(
                    "column `{}`: `{}` in its header is no unit that is known",
                    crate::telemetry::problem::shortened(header),
                    crate::telemetry::problem::shortened(text)
                ));
            }
            (parts.name, parts.unit)
        })
        .unzip()
}

/// The zone of a local clock: the one given, else UTC, with a word about it.
fn settle_zone(
    time: &mut Proposed<TimeColumn>,
    options: &InferOptions,
    names: &[String],
    warnings: &mut Vec<String>,
) {
    let name = names.get(time.value.position).map_or("", String::as_str);
    if let Some(zone) = &options.zone {
        time.value.zone = Some(zone.clone());
        time.reason.push_str(&format!(", on the clock of {zone}"));
    } else if name.to_lowercase().contains("utc") || name.to_lowercase().contains("gmt") {
        time.reason.push_str(", in UTC as the header says");
    } else {
        time.confidence = time.confidence.min(0.5);
        time.reason.push_str(", taken for UTC");
        warnings.push(
            "the times have no offset from UTC and are taken for UTC; give the zone of the \
             clock where that is wrong"
                .to_owned(),
        );
    }
}

/// The columns of a table as they come in.
struct Columns {
    time: usize,
    columns: Vec<Column>,
    span: Option<(i64, i64)>,
    rows: u64,
    without_time: u64,
    out_of_order: u64,
    repeated: u64,
    last: Option<i64>,
}

#[derive(Default)]
struct Column {
    series: Series,
    is_sorted: bool,
    decimals: u32,
    texts: u64,
}

impl Columns {
    fn new(fields: usize, time: usize) -> Self {
        Self {
            time,
            columns: (0..fields)
                .map(|_| Column {
                    is_sorted: true,
                    ..Column::default()
                })
                .collect(),
            span: None,
            rows: 0,
            without_time: 0,
            out_of_order: 0,
            repeated: 0,
            last: None,
        }
    }

    fn take(
        &mut self,
        row: &csv::ByteRecord,
        reader: &mut TimeReader,
        numbers: super::number_style::NumberStyle,
    ) {
        self.rows += 1;
        let text = |field: usize| std::str::from_utf8(row.get(field).unwrap_or(b"")).unwrap_or("");
        let Some(time) = reader.read(text(self.time)) else {
            self.without_time += 1;
            return;
        };
        match self.last {
            Some(last) if time < last => self.out_of_order += 1,
            Some(last) if time == last => self.repeated += 1,
            _ => {}
        }
        self.last = Some(time);
        self.span = Some(match self.span {
            None => (time, time),
            Some((first, last)) => (first.min(time), last.max(time)),
        });
        for (field, column) in self.columns.iter_mut().enumerate() {
            if field == self.time {
                continue;
            }
            let cell = text(field);
            match numbers.read(cell) {
                Cell::Missing => {}
                Cell::Text => column.texts += 1,
                Cell::Number(value) => {
                    column.decimals = column.decimals.max(numbers.decimals(cell));
                    column.is_sorted &= column.series.times.last().is_none_or(|last| *last < time);
                    column.series.times.push(time);
                    column.series.values.push(value);
                }
            }
        }
    }

    fn warn(&self, reader: &TimeReader, warnings: &mut Vec<String>) {
        let counts = [
            (self.without_time, "rows have no time that can be read"),
            (self.out_of_order, "rows are earlier than the row before"),
            (self.repeated, "rows have the time of the row before"),
            (
                reader.repeated,
                "rows are of an hour that the clock went through twice; they are told apart \
                 by their order",
            ),
            (
                reader.left_out,
                "rows are of an hour that the clock of this zone left out: the zone is \
                 probably another",
            ),
        ];
        for (count, text) in counts {
            if count > 0 {
                warnings.push(format!("{count} {text}"));
            }
        }
    }
}

impl Column {
    fn proposal(
        mut self,
        position: usize,
        header: String,
        name: String,
        unit: Option<Proposed<Unit>>,
    ) -> ColumnProposal {
        if !self.is_sorted {
            let mut samples: Vec<(i64, f64)> = self
                .series
                .times
                .iter()
                .copied()
                .zip(self.series.values.iter().copied())
                .collect();
            samples.sort_by_key(|(time, _)| *time);
            samples.dedup_by_key(|(time, _)| *time);
            (self.series.times, self.series.values) = samples.into_iter().unzip();
        }
        let Facts {
            period,
            jitter,
            seen,
            operational,
            outliers,
            resolution,
            longest_still,
            stuck,
            rate,
            is_stepwise,
            counter,
            gaps,
        } = statistics::facts(&self.series, self.decimals);
        ColumnProposal {
            position,
            header,
            name,
            samples: self.series.values.len() as u64,
            texts: self.texts,
            unit,
            period,
            jitter,
            seen,
            operational,
            outliers,
            resolution,
            longest_still,
            stuck,
            rate,
            is_stepwise,
            counter,
            gaps,
            target: None,
            alternatives: Vec::new(),
            is_accepted: false,
            series: self.series,
        }
    }
}
