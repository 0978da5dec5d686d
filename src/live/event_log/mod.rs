//! Event logs beside a twin: read and checked, written, and what comes of them.

mod ahead;
mod beside;
mod files;
mod fitting;
mod hindrance;
mod reading;
#[cfg(test)]
mod tests;
mod watched;
mod way;

pub use ahead::{Expected, LogForecast, LogForecastRequest, forecast_opened, resumed, standing};
pub use beside::{BesideOutcome, beside, beside_log, beside_opened, beside_run};
pub use files::{LogRequest, OpenedLog, log_beside, open_log};
pub(super) use files::{refuse_without_flow, write_happenings};
pub use fitting::{StationTimes, TimesFitOutcome, TimesFitRequest, fit_log};
pub use hindrance::{Hindering, Hindrance};
pub use reading::{LogReading, ReadingRequest};
pub use watched::Watched;
pub use way::{way_of, way_text};
