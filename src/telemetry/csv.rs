//! Telemetry from a CSV file.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::contract::ChannelContract;
use super::header::{ColumnMapping, Header};
use super::intake::{Intake, IntakeSettings};
use super::number::{self, Cell};
use super::problem::{Reason, Rejected, TelemetryProblem, TelemetryReport, shortened};
use super::quality::Incident;
use super::quality::statistics::ChannelStatistics;
use super::record_limit::{RecordLimit, RecordTooLong};
use super::recording::Recording;
use super::sample::{Disposition, Flag, Judged, Rule, Sample, SourceQuality, Verdict};
use crate::quantity::SimTime;
use crate::twin::{ChannelRole, Twin, VariableIndex, VariableTable};

/// Bytes looked at to tell the delimiter.
const PREFIX: u64 = 1 << 16;

/// Rejected samples kept with their details; all are counted.
pub(super) const MOST_KEPT: usize = 100_000;

/// Incidents kept with their details.
const MOST_INCIDENTS: usize = 10_000;

/// How to read a file, beyond what the document says.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Column assignments; they go before the document's.
    pub mappings: Vec<ColumnMapping>,
    /// Most usable samples that are taken into memory, 17 bytes each.
    pub most_samples: u64,
}

impl Default for ReadOptions {
    /// No assignments; a hundred million samples.
    fn default() -> Self {
        Self {
            mappings: Vec::new(),
            most_samples: 100_000_000,
        }
    }
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
    /// Flags of the samples, one per time.
    pub flags: Vec<Flag>,
    /// Number of samples that were kept aside.
    pub rejected: u64,
    /// The contract that they were judged by.
    pub contract: ChannelContract,
    /// What was counted; cells that are no number are no samples.
    pub statistics: ChannelStatistics,
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
    /// What went wrong from when to when, in order of finding: the first ten
    /// thousand.
    pub incidents: Vec<Incident>,
    /// The samples in the order of the file, for a replay that hears them one
    /// after the other.
    pub recording: Arc<Recording>,
}

/// Reads the samples of a twin's channels from a CSV file.
///
/// The first line names the columns: `t`, `time` or `timestamp` (seconds since
/// the twin's epoch, or ISO 8601 instants with an offset from UTC), and the
/// channels by column name, id or variable. A unit in brackets after a name
/// (`T1 [degC]`, `T1 (°C)`) goes before the channel's. Comma, semicolon and tab
/// separate; which one is seen from the header. An empty cell is a gap.
///
/// Times without an offset are read in the zone that stands in brackets after
/// the name of their column, `time [Europe/Berlin]`, daylight saving included.
/// Columns that the document says to be renamed, or in another unit, are read so.
///
/// A sample that is no finite number, a duplicate, later than its channel's
/// contract allows or failing it in another way is kept aside with line and
/// reason, and reading goes on. The order of the file is the order of reception.
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
    let ignored_columns = std::mem::take(&mut header.ignored);
    let mut rows = Rows::new(&header, twin, variables, delimiter != b',')?;
    while reader.read_byte_record(&mut record).map_err(problem_of)? {
        rows.take(&record);
        if rows.accepted > options.most_samples {
            return Err(TelemetryProblem::TooManySamples {
                most: options.most_samples,
                row: rows.count,
            });
        }
    }
    drop(reader);
    rows.finish();
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
        ignored_columns,
        warnings: std::mem::take(warnings),
        incidents: rows.incidents,
        recording: Arc::new(rows.recording),
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
    intake: Intake,
    judged: Vec<Judged>,
    /// By position of the channel in the document, its position among `channels`.
    columns: Vec<usize>,
    channels: Vec<ChannelSamples>,
    /// Samples of all channels that take part.
    accepted: u64,
    rejected: Vec<Rejected>,
    rejected_count: u64,
    incidents: Vec<Incident>,
    recording: Recording,
    before_epoch: u64,
    last_before_epoch: Option<SimTime>,
    count: u64,
    zone: number::Zoned,
}

/// The cell that is being read.
struct Place<'text> {
    sequence: u64,
    text: &'text str,
}

impl<'header> Rows<'header> {
    fn new(
        header: &'header Header,
        twin: &Twin,
        variables: &VariableTable,
        decimal_comma: bool,
    ) -> Result<Self, TelemetryProblem> {
        let settings = IntakeSettings {
            align: !twin.balances.is_empty(),
            ..IntakeSettings::default()
        };
        let mut columns = vec![usize::MAX; twin.channels.len()];
        let mut channels = Vec::with_capacity(header.columns.len());
        for (position, column) in header.columns.iter().enumerate() {
            columns[column.channel] = position;
            channels.push(ChannelSamples {
                channel: column.channel,
                variable: column.variable,
                role: twin.channels[column.channel].role,
                times: Vec::new(),
                values: Vec::new(),
                flags: Vec::new(),
                rejected: 0,
                contract: ChannelContract::new(twin, variables, column.channel)?,
                statistics: ChannelStatistics::default(),
            });
        }
        Ok(Self {
            header,
            epoch: twin.epoch,
            decimal_comma,
            intake: Intake::new(twin, variables, &settings)?,
            judged: Vec::new(),
            columns,
            channels,
            accepted: 0,
            rejected: Vec::new(),
            rejected_count: 0,
            incidents: Vec::new(),
            recording: Recording::default(),
            before_epoch: 0,
            last_before_epoch: None,
            count: 0,
            zone: number::Zoned::new(header.zone.clone()),
        })
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
            &mut self.zone,
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
            self.take_cell(column, time, line, &text(self.header.columns[column].field));
        }
    }

    fn take_cell(&mut self, position: usize, time: SimTime, line: u64, text: &str) {
        let column = &self.header.columns[position];
        let reason = match number::cell(text, self.decimal_comma) {
            Cell::Empty => return,
            Cell::NotANumber => Reason::NotANumber,
            Cell::NotFinite => Reason::NotFinite,
            Cell::Number(number) => {
                // The line can be told from it, so that a sample that waits for its
                // turn needs no more than this.
                let fields = self.header.fields.max(1) as u64;
                let sequence = line * fields + column.field as u64 + 1;
                let sample = Sample {
                    channel: column.channel as u32,
                    time,
                    received: time,
                    sequence,
                    source_sequence: None,
                    value: column.unit.to_si(number),
                    quality: SourceQuality::None,
                };
                self.recording.push(&sample);
                self.intake.push(sample);
                self.take_judged(Some(&Place { sequence, text }));
                return;
            }
        };
        self.channels[position].rejected += 1;
        let channel = Some(column.channel);
        self.reject(Rejected {
            channel,
            line,
            time: Some(time),
            value: shortened(text),
            reason,
        });
    }

    /// Takes what the intake has judged; `place` is where the reader is.
    fn take_judged(&mut self, place: Option<&Place<'_>>) {
        let mut judged = std::mem::take(&mut self.judged);
        judged.extend(self.intake.drain_judged());
        for one in judged.drain(..) {
            self.take_one(&one, place);
        }
        // Its memory serves again.
        self.judged = judged;
    }

    fn take_one(&mut self, judged: &Judged, place: Option<&Place<'_>>) {
        let Judged { sample, verdict } = judged;
        let position = self.columns[sample.channel as usize];
        let channel = &mut self.channels[position];
        match verdict.disposition {
            Disposition::Accepted => {
                self.accepted += 1;
                channel.times.push(sample.time);
                channel.values.push(sample.value);
                channel.flags.push(verdict.flag);
                return;
            }
            Disposition::Held => {
                if let Some(held) = channel.values.last().copied() {
                    channel.times.push(sample.time);
                    channel.values.push(held);
                    channel.flags.push(verdict.flag);
                }
            }
            Disposition::KeptAside | Disposition::Quarantined => {}
        }
        channel.rejected += 1;
        let column = &self.header.columns[position];
        let fields = self.header.fields.max(1) as u64;
        let value = match place {
            Some(place) if place.sequence == sample.sequence => shortened(place.text),
            _ => format!("{}", rounded(column.unit.from_si(sample.value))),
        };
        let rejected = Rejected {
            channel: Some(column.channel),
            line: (sample.sequence - 1) / fields,
            time: Some(sample.time),
            value,
            reason: reason_of(sample, *verdict, &channel.contract),
        };
        self.reject(rejected);
    }

    fn finish(&mut self) {
        self.intake.finish();
        self.take_judged(None);
        // What waited for its turn was judged after later lines.
        self.rejected.sort_by_key(|one| one.line);
        for channel in &mut self.channels {
            if let Ok(position) = u32::try_from(channel.channel)
                && let Some(statistics) = self.intake.statistics(position)
            {
                channel.statistics = statistics.clone();
            }
        }
        // The last word on each incident.
        let mut latest = std::collections::BTreeMap::new();
        for incident in self.intake.incidents() {
            latest.insert(incident.number, incident);
        }
        self.incidents = latest.into_values().take(MOST_INCIDENTS).collect();
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

/// Twelve significant digits, so that no rounding of a conversion shows.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// Why a sample was kept aside, in the words of a file's reader.
pub(super) fn reason_of(sample: &Sample, verdict: Verdict, contract: &ChannelContract) -> Reason {
    let (low, high) = contract.physical;
    let rules = verdict.rules;
    if rules.contains(Rule::GrossRange) && !(low..=high).contains(&sample.value) {
        Reason::OutOfRange {
            low: contract.unit.from_si(low),
            high: contract.unit.from_si(high),
            unit: contract.unit.code().to_owned(),
        }
    } else if rules.contains(Rule::Late) && contract.lateness.is_zero() {
        Reason::OutOfOrder
    } else if rules.contains(Rule::Duplicate) {
        Reason::Duplicate
    } else {
        Reason::Contract { rules }
    }
}
