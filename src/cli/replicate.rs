//! `counterpart replicate`: averages with intervals, and what a scenario changes.

use std::path::PathBuf;

use clap::Args;

use super::progress::with_progress;
use super::run::duration;
use super::{Failure, print};
use crate::live;
use crate::quantity::SimDuration;

/// Repeat a twin with chance in it, such as a line or a service, and print averages with
/// confidence intervals, the difference that a scenario makes, and the bottleneck.
///
/// Each replication runs from the start with random numbers of its own; the scenario gets the
/// same ones, so that the difference shows what was changed and not what chance did.
#[derive(Debug, Args)]
pub(super) struct Replicate {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// A variable whose value at the end counts, such as `shipped.mean_throughput`; can be given
    /// more than once.
    #[arg(long = "of", value_name = "ASSET.QUANTITY")]
    variables: Vec<String>,
    /// Scenario to compare with the twin as it is.
    #[arg(long, value_name = "ID")]
    scenario: Option<String>,
    /// Number of replications of each.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..))]
    members: u32,
    /// Confidence of the intervals, in per cent.
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0)]
    confidence: f64,
    /// Run seed; the scenario's or the document's where it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Length of each replication, such as `1 d`.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    until: Option<SimDuration>,
    /// Number of threads; all processors where it is not given. The results do not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl Replicate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let request = live::ReplicateRequest {
            twin: self.twin.clone(),
            variables: self.variables.clone(),
            scenario: self.scenario.clone(),
            members: self.members,
            confidence: self.confidence / 100.0,
            seed: self.seed,
            until: self.until,
        };
        let outcome = with_progress("replicating", self.threads, |progress| {
            live::replicate(&request, progress)
        })??;
        print(&outcome.to_text())
    }
}
