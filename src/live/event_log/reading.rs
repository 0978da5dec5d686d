//! A log held against the twin that is open, for those who look at both.

use std::path::PathBuf;
use std::sync::Arc;

use super::beside::{BesideOutcome, beside_opened};
use super::files::{OpenedLog, log_beside};
use crate::live::error::LiveError;
use crate::simulation::Progress;
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
    /// What the twin did in its time, and how far the two are apart.
    pub outcome: BesideOutcome,
}

impl ReadingRequest {
    /// Reads the log and simulates the twin beside it, from empty.
    ///
    /// # Errors
    /// When the twin has no flow, the log cannot be read, the simulation cannot go on, or
    /// it was cancelled.
    pub fn run(&self, progress: &Progress) -> Result<LogReading, LiveError> {
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
        let outcome = beside_opened(&opened, progress)?;
        Ok(LogReading { opened, outcome })
    }
}
