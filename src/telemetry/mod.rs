//! What the sensors said: telemetry files read, checked and aligned in time.
//!
//! [`read_csv`] reads samples of a twin's channels; what it cannot use it keeps
//! aside with line and reason and goes on. [`Telemetry::align`] puts the
//! samples on the simulation's time grid as [`Observations`]; a gap in the data
//! stays a gap.

mod csv;
pub mod decode;
mod header;
pub mod infer;
pub mod mqtt;
mod number;
mod observation;
pub mod odcs;
mod problem;
mod record_limit;
mod sample;
pub mod sink;
pub mod source;
pub mod store;
#[cfg(test)]
mod tests;
pub mod tls;

pub use self::csv::{
    ChannelSamples, ReadOptions, Telemetry, read_csv, read_csv_from, read_csv_with,
};
pub use self::header::ColumnMapping;
pub use self::observation::{Observations, ObservedChannel};
pub use self::problem::{Reason, Rejected, TelemetryProblem, TelemetryReport};
pub use self::sample::{Disposition, Flag, Judged, Rule, Rules, Sample, SourceQuality, Verdict};
