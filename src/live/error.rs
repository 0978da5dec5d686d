//! Why something in operation failed.

use std::path::PathBuf;

use crate::inference::{FitError, ParameterSetError};
use crate::quantity::{QuantityError, SimTime};
use crate::simulation::{
    ColumnError, CompileError, EnsembleError, RecordError, ScenarioError, SimulationError,
    UncertaintyError,
};
use crate::telemetry::TelemetryReport;
use crate::telemetry::event_log::{EventLogError, WriteLogError};
use crate::telemetry::store::StoreError;
use crate::twin::FileError;

/// Why something in operation failed. Says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The twin document has errors; the report lists them.
    #[error("{0}")]
    Document(crate::twin::Report),
    /// The twin does not make a simulation.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The simulation cannot go on.
    #[error("the simulation stopped at {at}: {source}")]
    Simulation {
        /// The last time it reached.
        at: SimTime,
        /// Why.
        source: SimulationError,
    },
    /// There is no such scenario, or it cannot be run.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// An uncertainty of the document cannot be used.
    #[error(transparent)]
    Uncertainty(#[from] UncertaintyError),
    /// The forecast or ensemble failed.
    #[error(transparent)]
    Ensemble(#[from] EnsembleError),
    /// A change set cannot be applied.
    #[error("the what-if cannot be done: {0}")]
    ChangeSet(String),
    /// Telemetry cannot be read.
    #[error("{0}")]
    Telemetry(TelemetryReport),
    /// An event log cannot be read.
    #[error("{path}: {source}", path = path.display())]
    EventLog {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: EventLogError,
    },
    /// An event log cannot be written.
    #[error(transparent)]
    WriteLog(#[from] WriteLogError),
    /// The telemetry store cannot be opened, read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A parameter set cannot be read or does not fit the twin.
    #[error(transparent)]
    Parameters(#[from] ParameterSetError),
    /// The fit failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// Something asked for cannot be done; says what to do instead.
    #[error("{0}")]
    Request(String),
    /// A value cannot be written down.
    #[error(transparent)]
    Value(#[from] QuantityError),
    /// A file cannot be read or written.
    #[error("{path}: {source}; {advice}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// A result file could not be written.
    #[error(transparent)]
    Output(#[from] FileError),
    /// A table could not be written or read.
    #[error(transparent)]
    Columns(#[from] ColumnError),
    /// A saved state cannot be written, or is not one that this run can go on from.
    #[error("{path}: {problem}", path = path.display())]
    SavedState {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A run record cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
}
