//! What the sensors said: telemetry files read, checked and aligned in time.
//!
//! All samples take one way, whether they come from a file or live: an
//! [`Intake`] puts those of each channel into the [order of their event
//! times](event_time), [judges](quality) them by the channel's
//! [`ChannelContract`], and [aligns](mod@align) those that take part with the
//! simulation's time grid. A gap in the data stays a gap; what is kept aside is
//! counted and keeps its reason.
//!
//! [`read_csv`] reads the samples of a twin's channels from a file this way;
//! [`Telemetry::align`] makes [`Observations`] of them. [`read_store`] reads what
//! a [`store`] holds, by the verdicts that were given when it came in.

pub mod align;
mod contract;
#[cfg(test)]
mod contract_tests;
mod csv;
pub mod decode;
pub mod event_log;
pub mod event_time;
mod header;
pub mod infer;
mod intake;
pub mod mqtt;
mod number;
mod observation;
pub mod odcs;
mod position;
mod problem;
pub mod quality;
mod record_limit;
mod recording;
mod sample;
pub mod sink;
pub mod source;
pub mod store;
mod stored;
#[cfg(test)]
mod tests;
pub mod tls;

pub use self::align::{Aligned, ChannelAligner};
pub use self::contract::{Aggregating, ChannelContract, QualityCodes};
pub use self::csv::{
    ChannelSamples, ReadOptions, Telemetry, read_csv, read_csv_from, read_csv_with,
};
pub use self::header::ColumnMapping;
pub use self::intake::{Intake, IntakeSettings};
pub use self::observation::{Observations, ObservedChannel};
pub use self::position::{FileMark, ReadPosition};
pub use self::problem::{Reason, Rejected, TelemetryProblem, TelemetryReport};
pub use self::recording::Recording;
pub use self::sample::{Disposition, Flag, Judged, Rule, Rules, Sample, SourceQuality, Verdict};
pub use self::stored::{StoredProblem, StoredWindow, read_store, stored_span};
