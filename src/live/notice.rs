//! Something a person should know, with the place it belongs to.

use crate::quantity::SimTime;
use crate::twin::VariableIndex;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For the log.
    Information,
    /// The result is still there, but not as asked.
    Warning,
    /// What was asked for did not happen.
    Error,
}

/// Where a notice is shown: beside what caused it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The running simulation, at the time controls.
    Simulation,
    /// The forecast.
    Forecast,
    /// The what-if panel.
    WhatIf,
    /// The telemetry as a whole.
    Telemetry,
    /// One channel, by its position in the document.
    Channel(usize),
    /// One variable's field in the inspector.
    Variable(VariableIndex),
}

/// Something a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub severity: Severity,
    /// Where it belongs.
    pub place: Place,
    /// What happened and what to do, in words.
    pub message: String,
    /// Simulation time at which it happened.
    pub at: SimTime,
}
