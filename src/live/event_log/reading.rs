//! A log held against the twin that is open, for those who look at both.

use std::path::PathBuf;
use std::sync::Arc;

use super::beside::{BesideOutcome, beside_opened};
use super::files::{OpenedLog, log_beside};
use crate::live::error::LiveError;
use crate::telemetry::event_log::Timeline;
use crate::twin::{LoadedTwin, Report, Twin, VariableTable};

/// A log to be read and held against a twin in memory, as it is now.
#[derive(Clone, Debug)]
pub struct ReadingRequest {
    /// The twin.
    pub twin: Arc<Twin>,
    /// Its variables.
    pub variables: Arc<VariableTable>,
    /// The folder that the document's relative paths start from.
    pub folder: PathBuf,
    /// The log; the one that the document names where it is absent.
    pub log: Option<PathBuf>,
}

/// A log and what the twin did in its time.
#[derive(Clone, Debug)]
pub struct LogReading {
    /// The log with its problems, beside the twin that it was held against.
    pub opened: OpenedLog,
    /// What the log says of every asset.
    pub logged: Timeline,
    /// What the twin did.
    pub simulated: Timeline,
    /// How far the two are apart.
    pub outcome: BesideOutcome,
}

impl ReadingRequest {
    /// Reads the log and simulates the twin beside it, from empty.
    ///
    /// # Errors
    /// When the twin has no flow, the log cannot be read, or the simulation cannot go on.
    pub fn run(&self) -> Result<LogReading, LiveError> {
        let loaded = LoadedTwin {
            twin: Arc::clone(&self.twin),
            variables: Arc::clone(&self.variables),
            source: Arc::from(""),
            path: self.folder.join("twin.ron"),
            digest: String::new(),
            warnings: Report::new("twin.ron", Arc::from("")),
        };
        let log = log_beside(&loaded, self.log.as_deref())?;
        let opened = OpenedLog { loaded, log };
        let outcome = beside_opened(&opened)?;
        let (begin, end) = (outcome.begin, outcome.end);
        Ok(LogReading {
            logged: Timeline::between(&opened.log, begin, end),
            simulated: Timeline::between(&outcome.simulated, begin, end),
            opened,
            outcome,
        })
    }
}
