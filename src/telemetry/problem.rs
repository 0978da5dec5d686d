//! What can be wrong with telemetry, said for the person who has the file.

use std::fmt;
use std::io;

use super::sample::Rules;
use crate::quantity::SimTime;

/// Why a sample or a row was kept aside.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The row has another number of fields than the header.
    FieldCount {
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
        /// Whether the row runs over several lines, as after a quotation mark
        /// that is not closed.
        several_lines: bool,
    },
    /// The row's time cannot be read.
    Time {
        /// What is wrong, as the end of a sentence that begins with the text.
        problem: &'static str,
    },
    /// The row lies before the twin's epoch.
    BeforeEpoch,
    /// The cell is no number.
    NotANumber,
    /// The cell is NaN or infinite.
    NotFinite,
    /// The value is outside the channel's range.
    OutOfRange {
        /// Lower end, in the channel's unit.
        low: f64,
        /// Upper end, in the channel's unit.
        high: f64,
        /// The channel's unit as a UCUM code.
        unit: String,
    },
    /// The channel has a sample of the same time already.
    Duplicate,
    /// The channel has a later sample already.
    OutOfOrder,
    /// The channel's contract is broken in another way.
    Contract {
        /// The rules it breaks.
        rules: Rules,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldCount {
                expected,
                found,
                several_lines,
            } => {
                write!(f, "{found} fields where the header has {expected}")?;
                if *several_lines {
                    f.write_str(", over several lines: a quotation mark is probably not closed")?;
                }
                Ok(())
            }
            Self::Time { problem } => write!(f, "the time {problem}"),
            Self::BeforeEpoch => f.write_str("before the twin's epoch"),
            Self::NotANumber => f.write_str("not a number"),
            Self::NotFinite => f.write_str("not a finite number"),
            Self::OutOfRange { low, high, unit } => {
                write!(f, "outside the channel's range of {low} to {high} {unit}")
            }
            Self::Duplicate => f.write_str("the channel has a sample of this time already"),
            Self::OutOfOrder => f.write_str("earlier than the sample before it"),
            Self::Contract { rules } => write!(f, "it breaks the channel's contract: {rules}"),
        }
    }
}

/// A sample or a row that was kept aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// Position of the channel in the document; `None` for a whole row.
    pub channel: Option<usize>,
    /// Line in the file, from 1.
    pub line: u64,
    /// The row's time, where it could be read.
    pub time: Option<SimTime>,
    /// The text that was read, cut short.
    pub value: String,
    /// Why.
    pub reason: Reason,
}

/// Why a telemetry file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryProblem {
    /// The file system failed.
    #[error("it cannot be read: {0}")]
    File(#[from] io::Error),
    /// The file is in another encoding.
    #[error("it is UTF-16 text; save it as UTF-8")]
    Encoding,
    /// There is no header.
    #[error("it is empty; expected a header of column names, then rows")]
    Empty,
    /// No column holds the time.
    #[error(
        "it has no time column; expected one named `t`, `time` or `timestamp`, found {columns}"
    )]
    NoTimeColumn {
        /// The columns found.
        columns: String,
    },
    /// No column belongs to a channel.
    #[error("none of its columns is a channel of the twin: found {columns}; expected {expected}")]
    NoChannel {
        /// The columns found.
        columns: String,
        /// The columns that the twin's channels name.
        expected: String,
    },
    /// Two columns belong to one channel, or to the time.
    #[error("columns `{first}` and `{second}` both hold {what}; remove one of them")]
    TwoColumns {
        /// The one further left.
        first: String,
        /// The one further right.
        second: String,
        /// What both hold: ``channel `T1` ``.
        what: String,
    },
    /// A unit does not fit.
    #[error("column `{column}`: {problem}")]
    Unit {
        /// Header of the column.
        column: String,
        /// What is wrong and what is expected.
        problem: String,
    },
    /// A column assignment given beside the file does not fit.
    #[error("the assignment `{mapping}` cannot be used: {problem}")]
    Mapping {
        /// The assignment.
        mapping: String,
        /// What is wrong and what is expected.
        problem: String,
    },
    /// A channel of the twin does not fit its variables.
    #[error("channel `{channel}` drives or measures `{variable}`, which the twin does not have")]
    Channel {
        /// Id of the channel.
        channel: String,
        /// The variable it names.
        variable: String,
    },
    /// The file holds more samples than are taken into memory at once.
    #[error(
        "it holds more than {most} usable samples (row {row} is beyond that), which is more than is \
         read into memory at once; read it as a live source of the twin, `File(path: …)` under \
         `sources`, which stores it piece by piece, or split it"
    )]
    TooManySamples {
        /// Most samples that are read.
        most: u64,
        /// The row at which there were more, counted from the first after the header.
        row: u64,
    },
    /// A record is too long to be one.
    #[error("{0}")]
    RecordTooLong(String),
    /// Everything lies before the twin's epoch.
    #[error(
        "it is older than the twin's epoch: its last row is of {last}, the epoch is {epoch}; set \
         the twin's epoch to the start of the measurements"
    )]
    BeforeEpoch {
        /// Instant of the last row that was read.
        last: String,
        /// The twin's epoch.
        epoch: String,
    },
    /// No row holds a usable sample.
    #[error("none of its {rows} rows can be used; {first}")]
    NoUsableRow {
        /// Rows read.
        rows: u64,
        /// The first that was kept aside, as a sentence.
        first: String,
    },
    /// A channel that drives the model has no usable sample.
    #[error(
        "input channel `{channel}` has no usable sample, so nothing would drive `{variable}`; \
         {first}"
    )]
    NoUsableInput {
        /// Id of the channel.
        channel: String,
        /// The driven variable.
        variable: String,
        /// The first sample that was kept aside, as a sentence.
        first: String,
    },
}

/// A telemetry file that cannot be used, with what else was noticed.
#[derive(Debug)]
pub struct TelemetryReport {
    /// The file.
    pub name: String,
    /// Why it cannot be used. Boxed: it is large and rare.
    pub problem: Box<TelemetryProblem>,
    /// What was noticed before.
    pub warnings: Vec<String>,
}

impl fmt::Display for TelemetryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "telemetry `{}`: {}", self.name, self.problem)?;
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        Ok(())
    }
}

impl std::error::Error for TelemetryReport {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.problem.as_ref())
    }
}

/// `text` for a message: control characters as escapes, cut after 40 characters.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut short = String::new();
    for character in text.chars().take(LONGEST) {
        if character.is_control() {
            short.extend(character.escape_default());
        } else {
            short.push(character);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// `` `a`, `b`, `c` ``; the first twenty.
pub(super) fn list<'text>(names: impl IntoIterator<Item = &'text str>) -> String {
    const MOST: usize = 20;
    let names: Vec<_> = names.into_iter().collect();
    let mut text = names
        .iter()
        .take(MOST)
        .map(|name| format!("`{}`", shortened(name)))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    if text.is_empty() {
        text.push_str("nothing");
    }
    text
}
