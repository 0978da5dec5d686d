//! Telemetry from a CSV file.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::header::{ChannelColumn, ColumnMapping, Header};
use super::number::{self, Cell};
use super::problem::{Reason, Rejected, TelemetryProblem, TelemetryReport, shortened};
use super::record_limit::{RecordLimit, RecordTooLong};
use crate::quantity::{SimTime, Unit};
use crate::twin::{ChannelRole, Twin, VariableIndex, VariableTable};

/// Bytes looked at to tell the delimiter.
const PREFIX: u64 = 1 << 16;

/// Rejected samples kept with their details; all are counted.
const MOST_KEPT: usize = 100_000;

/// How to read a file, beyond what the document says.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Column assignments; they go before the document's.
    pub mappings: Vec<ColumnMapping>,
}

/// The usable samples of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelSamples {
    /// Position of the channel in the document.
    pub channel: usize,
    /// The variable that it drives or measures.
    pub variable: VariableIndex,
    /// Whether it drives or measures.
    pub role: ChannelRole,
    /// Times of the samples, rising.
    pub times: Vec<SimTime>,
    /// Values \[SI], one per time.
    pub values: Vec<f64>,
    /// Number of samples that were kept aside.
    pub rejected: u64,
}

/// What a telemetry file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Telemetry {
    /// Name of the file.
    pub name: String,
    /// BLAKE3 digest of the file's bytes, 64 hexadecimal digits.
    pub digest: String,
    /// Samples by channel, in order of column. Channels without a column are missing.
    pub channels: Vec<ChannelSamples>,
    /// Samples and rows that were kept aside, in order of line: the first hundred thousand.
    pub rejected: Vec<Rejected>,
    /// Number of all samples and rows that were kept aside.
    pub rejected_count: u64,
    /// Number of rows, header not counted.
    pub rows: u64,
    /// Headers of columns that belong to no channel.
    pub ignored_columns: Vec<String>,
    /// What was noticed, one sentence each.
    pub warnings: Vec<String>,
}

/// Reads the samples of a twin's channels from a CSV file.
///
/// The first line names the columns: `t`, `time` or `timestamp` (seconds since
/// the twin's epoch, or ISO 8601 instants with an offset from UTC), and the
/// channels by column name, id or variable. A unit in brackets after a name
/// (`T1 [degC]`, `T1 (°C)`) goes before the channel's. Comma, semicolon and tab
/// separate; which one is seen from the header. An empty cell is a gap.
///
/// A sample that is no finite number, out of its channel's range, a duplicate
/// or out of order is kept aside with line and reason, and reading goes on.
///
/// # Errors
/// When nothing of the file can be used; see [`TelemetryProblem`].
pub fn read_csv(
    path: &Path,
    twin: &Twin,
    variables: &VariableTable,
) -> Result<Telemetry, TelemetryReport> {
    read_csv_with(path, twin, variables, &ReadOptions::default())
}

/// As [`read_csv`], with options.
///
/// # Errors
/// As [`read_csv`].
pub fn read_csv_with(
    path: &Path,
    twin: &Twin,
    variables: &VariableTable,
    options: &ReadOptions,
) -> Result<Telemetry, TelemetryReport> {
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => read_csv_from(file, &name, twin, variables, options),
        Err(error) => Err(TelemetryReport {
            name,
            problem: Box::new(error.into()),
            warnings: Vec::new(),
        }),
    }
}

/// As [`read_csv_with`], from anything that gives bytes; `name` is for messages.
///
/// # Errors
/// As [`read_csv`].
pub fn read_csv_from(
    source: impl Read,
    name: &str,
    twin: &Twin,
    variables: &VariableTable,
    options: &ReadOptions,
) -> Result<Telemetry, TelemetryReport> {
    let mut warnings = Vec::new();
    read(source, name, twin, variables, options, &mut warnings).map_err(|problem| TelemetryReport {
        name: name.to_owned(),
        problem: Box::new(problem),
        warnings,
    })
}

/// Hashes what passes through.
struct Hashing<'hasher, R> {
    inner: R,
    hasher: &'hasher mut blake3::Hasher,
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

fn read(
    source: impl Read,
    name: &str,
    twin: &Twin,
    variables: &VariableTable,
    options: &ReadOptions,
    warnings: &mut Vec<String>,
) -> Result<Telemetry, TelemetryProblem> {
    let mut hasher = blake3::Hasher::new();
    let mut source = Hashing {
        inner: source,
        hasher: &mut hasher,
    };
    let mut prefix = Vec::new();
    source.by_ref().take(PREFIX).read_to_end(&mut prefix)?;
    if prefix.starts_with(&[0xff, 0xfe]) || prefix.starts_with(&[0xfe, 0xff]) {
        return Err(TelemetryProblem::Encoding);
    }
    let byte_order_mark = prefix.starts_with(b"\xef\xbb\xbf");
    let start = if byte_order_mark { 3 } else { 0 };
    let delimiter = delimiter_of(&prefix[start..]);
    let mut text = Cursor::new(&prefix);
    text.set_position(start as u64);
    let limited = RecordLimit::new(text.chain(&mut source), delimiter);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(limited);

    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(problem_of)? {
        return Err(TelemetryProblem::Empty);
    }
    let cells: Vec<String> = record
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).into_owned())
        .collect();
    let mut header = Header::new(&cells, twin, variables, &options.mappings)?;
    warnings.append(&mut header.warnings);
    let mut rows = Rows::new(&header, twin, variables, delimiter != b',');
    while reader.read_byte_record(&mut record).map_err(problem_of)? {
        rows.take(&record);
    }
    drop(reader);
    rows.check(twin)?;
    for (column, samples) in header.columns.iter().zip(&rows.channels) {
        if samples.times.is_empty() {
            warnings.push(format!(
                "channel `{}` has no usable sample",
                twin.channels[column.channel].id
            ));
        }
    }
    Ok(Telemetry {
        name: name.to_owned(),
        digest: hasher.finalize().to_hex().to_string(),
        channels: rows.channels,
        rejected: rows.rejected,
        rejected_count: rows.rejected_count,
        rows: rows.count,
        ignored_columns: header.ignored,
        warnings: std::mem::take(warnings),
    })
}

/// The delimiter that the first line has most of, outside quotes; a comma
/// where it has none.
pub(super) fn delimiter_of(text: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            byte => {
                for (delimiter, count) in &mut counts {
                    *count += usize::from(delimiter == byte);
                }
            }
        }
    }
    // The first of equals is the comma.
    let mut best = counts[0];
    for candidate in counts {
        if candidate.1 > best.1 {
            best = candidate;
        }
    }
    best.0
}

fn problem_of(error: csv::Error) -> TelemetryProblem {
    match error.into_kind() {
        ErrorKind::Io(error) => match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<RecordTooLong>())
        {
            Some(too_long) => TelemetryProblem::RecordTooLong(too_long.to_string()),
            None => TelemetryProblem::File(error),
        },
        // Byte records of any length give no other kind; should a later
        // version of the reader have one, its own words serve.
        other => TelemetryProblem::File(io::Error::other(format!("{other:?}"))),
    }
}

/// The rows of one file, as they come in.
struct Rows<'header> {
    header: &'header Header,
    epoch: crate::quantity::Epoch,
    decimal_comma: bool,
    limits: Vec<Limits>,
    channels: Vec<ChannelSamples>,
    rejected: Vec<Rejected>,
    rejected_count: u64,
    before_epoch: u64,
    last_before_epoch: Option<SimTime>,
    count: u64,
}

/// The range of a channel.
struct Limits {
    low: f64,
    high: f64,
    unit: Unit,
}

impl Limits {
    fn new(column: &ChannelColumn, twin: &Twin, variables: &VariableTable) -> Self {
        let channel = &twin.channels[column.channel];
        let (mut low, mut high) = channel
            .range
            .as_ref()
            .map_or((f64::NEG_INFINITY, f64::INFINITY), |(low, high)| {
                (low.si(), high.si())
            });
        if channel.role == ChannelRole::Input {
            // What the model cannot be given is no sample either.
            let bounds = variables.get(column.variable).bounds;
            low = low.max(bounds.low);
            high = high.min(bounds.high);
        }
        Self {
            low,
            high,
            unit: channel.unit.clone(),
        }
    }
}

impl<'header> Rows<'header> {
    fn new(
        header: &'header Header,
        twin: &Twin,
        variables: &VariableTable,
        decimal_comma: bool,
    ) -> Self {
        Self {
            header,
            epoch: twin.epoch,
            decimal_comma,
            limits: header
                .columns
                .iter()
                .map(|column| Limits::new(column, twin, variables))
                .collect(),
            channels: header
                .columns
                .iter()
                .map(|column| ChannelSamples {
                    channel: column.channel,
                    variable: column.variable,
                    role: twin.channels[column.channel].role,
                    times: Vec::new(),
                    values: Vec::new(),
                    rejected: 0,
                })
                .collect(),
            rejected: Vec::new(),
            rejected_count: 0,
            before_epoch: 0,
            last_before_epoch: None,
            count: 0,
        }
    }

    fn reject(&mut self, rejected: Rejected) {
        self.rejected_count += 1;
        if self.rejected.len() < MOST_KEPT {
            self.rejected.push(rejected);
        }
    }

    fn take(&mut self, record: &ByteRecord) {
        self.count += 1;
        let line = record.position().map_or(0, csv::Position::line);
        let whole_row = |time, value: String, reason| Rejected {
            channel: None,
            line,
            time,
            value,
            reason,
        };
        let text = |field: usize| String::from_utf8_lossy(record.get(field).unwrap_or(b""));
        if record.len() != self.header.fields {
            self.reject(whole_row(
                None,
                shortened(&String::from_utf8_lossy(record.as_slice())),
                Reason::FieldCount {
                    expected: self.header.fields,
                    found: record.len(),
                    several_lines: record.as_slice().contains(&b'\n'),
                },
            ));
            return;
        }
        let time_text = text(self.header.time_field);
        let time = match number::time(
            &time_text,
            &self.header.time_unit,
            self.epoch,
            self.decimal_comma,
        ) {
            Ok(time) => time,
            Err(problem) => {
                let value = shortened(&time_text);
                self.reject(whole_row(None, value, Reason::Time { problem }));
                return;
            }
        };
        if time < SimTime::ZERO {
            self.before_epoch += 1;
            self.last_before_epoch = self.last_before_epoch.max(Some(time));
            let value = shortened(&time_text);
            self.reject(whole_row(Some(time), value, Reason::BeforeEpoch));
            return;
        }
        for column in 0..self.header.columns.len() {
            self.take_sample(column, time, line, &text(self.header.columns[column].field));
        }
    }

    fn take_sample(&mut self, column: usize, time: SimTime, line: u64, text: &str) {
        let reason = match number::cell(text, self.decimal_comma) {
            Cell::Empty => return,
            Cell::NotANumber => Reason::NotANumber,
            Cell::NotFinite => Reason::NotFinite,
            Cell::Number(number) => {
                let value = self.header.columns[column].unit.to_si(number);
                let limits = &self.limits[column];
                let samples = &mut self.channels[column];
                let last = samples.times.last();
                if !(limits.low..=limits.high).contains(&value) {
                    Reason::OutOfRange {
                        low: limits.unit.from_si(limits.low),
                        high: limits.unit.from_si(limits.high),
                        unit: limits.unit.code().to_owned(),
                    }
                } else if last == Some(&time) {
                    Reason::Duplicate
                } else if last > Some(&time) {
                    Reason::OutOfOrder
                } else {
                    samples.times.push(time);
                    samples.values.push(value);
                    return;
                }
            }
        };
        self.channels[column].rejected += 1;
        self.reject(Rejected {
            channel: Some(self.header.columns[column].channel),
            line,
            time: Some(time),
            value: shortened(text),
            reason,
        });
    }

    /// Whether what was read can be used at all.
    fn check(&self, twin: &Twin) -> Result<(), TelemetryProblem> {
        if let Some(last) = self.last_before_epoch
            && self.before_epoch == self.count
        {
            return Err(TelemetryProblem::BeforeEpoch {
                last: self.epoch.instant(last).to_string(),
                epoch: self.epoch.to_string(),
            });
        }
        let told = |rejected: Option<&Rejected>| match rejected {
            Some(one) => format!("line {}: `{}`: {}", one.line, one.value, one.reason),
            None => "all its cells are empty".to_owned(),
        };
        if self.channels.iter().all(|one| one.times.is_empty()) {
            return Err(TelemetryProblem::NoUsableRow {
                rows: self.count,
                first: match self.count {
                    0 => "there is only the header".to_owned(),
                    _ => told(self.rejected.first()),
                },
            });
        }
        let unusable = self
            .channels
            .iter()
            .find(|one| one.role == ChannelRole::Input && one.times.is_empty());
        match unusable {
            None => Ok(()),
            Some(samples) => {
                let channel = &twin.channels[samples.channel];
                let first = self
                    .rejected
                    .iter()
                    .find(|one| one.channel == Some(samples.channel));
                Err(TelemetryProblem::NoUsableInput {
                    channel: channel.id.clone(),
                    variable: channel.variable.clone(),
                    first: told(first),
                })
            }
        }
    }
}
