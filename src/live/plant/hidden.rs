//! What was hidden in a plant, and the file that says so.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::live::error::LiveError;
use crate::quantity::{Quantity, SimDuration, SimTime};
use crate::twin::write_atomically;

/// What was hidden in synthetic telemetry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// What this is, for who finds the file.
    pub note: String,
    /// Id and version of the twin.
    pub twin: String,
    /// Seed.
    pub seed: u64,
    /// Length.
    pub duration: SimDuration,
    /// The system's true parameters.
    pub parameters: BTreeMap<String, Quantity>,
    /// Its true states at the beginning.
    pub initial_states: BTreeMap<String, Quantity>,
    /// Inputs without a channel: standard deviation of their drift about the
    /// document's value, an Ornstein–Uhlenbeck process.
    pub drifts: BTreeMap<String, Quantity>,
    /// Correlation time of the drifts.
    pub drift_time: SimDuration,
    /// Beginning of the sensors' outage, and how long it lasts.
    pub outage: (SimTime, SimDuration),
}

/// The file that tells what was hidden in the telemetry at `path`.
pub(in crate::live) fn hidden_path(path: &Path) -> PathBuf {
    path.with_extension("hidden.ron")
}

/// Writes what was hidden beside the telemetry at `path`.
///
/// # Errors
/// When the file cannot be written.
pub(in crate::live) fn write_hidden(hidden: &Hidden, path: &Path) -> Result<(), LiveError> {
    write_ron(hidden, &hidden_path(path), "what was hidden")
}

/// Writes `content` as RON, all or nothing; `what` is for the message.
///
/// # Errors
/// When it has no text or the file cannot be written.
pub(super) fn write_ron(
    content: &impl Serialize,
    path: &Path,
    what: &str,
) -> Result<(), LiveError> {
    let pretty = ron::ser::PrettyConfig::new().new_line("\n");
    let text = ron::ser::to_string_pretty(content, pretty)
        .map_err(|error| LiveError::Request(format!("{what} cannot be written as RON: {error}")))?;
    write_atomically(path, |out| {
        out.write_all(text.as_bytes())?;
        out.write_all(b"\n")
    })?;
    Ok(())
}
