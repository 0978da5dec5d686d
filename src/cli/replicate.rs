//! `counterpart replicate`: averages with intervals, and what a scenario changes.

use std::path::PathBuf;

use clap::Args;

use super::progress::with_progress;
use super::run::duration;
use super::{Failure, print};
use crate::live;
use crate::quantity::{Quantity, SimDuration};

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
    /// Number of replications of each; the fewest with `--half-width` (10 where not given) and
    /// those before the first comparison with `--select` (20 where not given).
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..))]
    members: Option<u32>,
    /// Replicate until the half-width of every interval is at most this part of its mean, such as
    /// `0.5%`.
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    half_width: Option<f64>,
    /// Find the best of the twin as it is and these scenarios, by the variable given with `--of`.
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        requires = "worthwhile",
        conflicts_with_all = ["scenario", "half_width"]
    )]
    select: Vec<String>,
    /// A difference that is worth finding among those to select from, such as `0.5 1/h`. Where the
    /// best is better than all others by this, it is found with the probability that
    /// `--confidence` gives.
    #[arg(long, value_name = "QUANTITY", requires = "select", value_parser = quantity)]
    worthwhile: Option<Quantity>,
    /// The lowest value is the best, as of waiting times; else the highest is.
    #[arg(long, requires = "select")]
    lowest: bool,
    /// Most replications of each, for `--half-width` and `--select`.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..))]
    most: u32,
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
        if let Some(worthwhile) = &self.worthwhile {
            return self.select(worthwhile);
        }
        let precision = (self.half_width).map(|relative_half_width| live::WantedPrecision {
            relative_half_width,
            most: self.most,
        });
        let request = live::ReplicateRequest {
            twin: self.twin.clone(),
            variables: self.variables.clone(),
            scenario: self.scenario.clone(),
            members: (self.members).unwrap_or(if precision.is_some() { 10 } else { 30 }),
            precision,
            confidence: self.confidence / 100.0,
            seed: self.seed,
            until: self.until,
        };
        let outcome = with_progress("replicating", self.threads, |progress| {
            live::replicate(&request, progress)
        })??;
        print(&outcome.to_text())
    }
    fn select(&self, worthwhile: &Quantity) -> Result<(), Failure> {
        let [variable] = self.variables.as_slice() else {
            return Err(Failure::from(live::LiveError::Request(
                "`--select` goes by one variable: name it with `--of`, such as \
                 `--of shipped.mean_throughput`"
                    .to_owned(),
            )));
        };
        let request = live::SelectRequest {
            twin: self.twin.clone(),
            variable: variable.clone(),
            scenarios: self.select.clone(),
            worthwhile: worthwhile.clone(),
            lowest: self.lowest,
            confidence: self.confidence / 100.0,
            first: self.members.unwrap_or(20),
            most: self.most,
            seed: self.seed,
            until: self.until,
        };
        let outcome = with_progress("selecting", self.threads, |progress| {
            live::select(&request, progress)
        })??;
        print(&outcome.to_text())
    }
}

/// A part above zero and below one, given in per cent or as a number.
fn share(text: &str) -> Result<f64, String> {
    let part = quantity(text)?;
    if part.unit().is_dimensionless() && part.si() > 0.0 && part.si() < 1.0 {
        Ok(part.si())
    } else {
        Err("expected a part of the mean above zero, such as `0.5%`".to_owned())
    }
}

fn quantity(text: &str) -> Result<Quantity, String> {
    Quantity::parse_lenient(text).map_err(|error| error.to_string())
}
