//! `counterpart synthesize`: telemetry of a system like the twin's.

use std::path::PathBuf;

use clap::Args;

use super::run::duration;
use super::{Failure, print};
use crate::live;
use crate::quantity::SimDuration;

/// Make telemetry of a system like the twin's, with parameters hidden from it, steps in its
/// commands, disturbances, sensor noise and an outage. The same seed makes the same file.
#[derive(Debug, Args)]
pub(super) struct Synthesize {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// The CSV file to write. What was hidden goes beside it, to a file that ends in
    /// `.hidden.ron`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Event log to write besides: what happened to items and machines, as `.csv`, `.parquet` or
    /// `.xes`.
    #[arg(long, value_name = "FILE")]
    event_log: Option<PathBuf>,
    /// Seed of everything drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Length of the telemetry.
    #[arg(long, default_value = "4 h", value_parser = duration)]
    duration: SimDuration,
}

impl Synthesize {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let files = live::synthesize(&live::SynthesizeRequest {
            twin: self.twin.clone(),
            out: self.out.clone(),
            seed: self.seed,
            duration: self.duration,
            event_log: self.event_log.clone(),
        })?;
        let lines: Vec<String> = files
            .iter()
            .map(|file| format!("wrote {}\n", file.display()))
            .collect();
        print(&lines.concat())
    }
}
