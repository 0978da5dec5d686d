//! `counterpart run`: what does the twin do, and how far is it from its measurements?

use std::path::PathBuf;

use clap::Args;

use super::{Failure, print, with_progress};
use crate::inference::FitScope;
use crate::live::{self, Moment, StoreRequest};
use crate::quantity::SimDuration;
use crate::twin::Occurrence;

/// Run a twin over telemetry or a scenario, print how far it was from its measurements, and
/// write what it did.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// Measurements (CSV) that drive and judge the run; the first file that comes with the
    /// document where neither this nor a scenario nor a what-if is given.
    #[arg(long, value_name = "FILE", conflicts_with = "no_telemetry")]
    telemetry: Option<PathBuf>,
    /// Measurements of a telemetry store: the one beside the document, or the one in FOLDER. What
    /// the run sees of it is recorded, so that it can be repeated whatever comes in later.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["telemetry", "no_telemetry", "map"])]
    store: Option<Option<PathBuf>>,
    /// Begin of the measurements taken from the store: an instant such as `2024-01-01T02:00:00Z`,
    /// or the time since the twin's epoch, such as `2 h`.
    #[arg(long, value_name = "T", requires = "store", value_parser = Moment::parse)]
    from: Option<Moment>,
    /// End of the measurements taken from the store, as `--from`.
    #[arg(long, value_name = "T", requires = "store", value_parser = Moment::parse)]
    to: Option<Moment>,
    /// Run without measurements, even if the document brings some.
    #[arg(long)]
    no_telemetry: bool,
    /// Assign a column of the telemetry to a channel, with a unit where the channel's is not
    /// meant. Can be given several times.
    #[arg(long, value_name = "COLUMN=CHANNEL[:UNIT]")]
    map: Vec<String>,
    /// Scenario that starts with the run.
    #[arg(long, value_name = "ID")]
    scenario: Option<String>,
    /// What befalls an asset during the run, such as `main_3 burst 6 cm2 from 2 h to 8 h`: an
    /// asset, a contingency of its kind, a size where it has one, and times since the start of
    /// the run. Can be given several times.
    #[arg(long, value_name = "TEXT", value_parser = Occurrence::parse)]
    what_if: Vec<Occurrence>,
    /// Fitted parameters (`parameters.ron` of another run) in place of the document's.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Fit the uncertain values to the telemetry first: `all` of them, or the
    /// `initial-states` only.
    #[arg(long, value_name = "SCOPE", num_args = 0..=1, default_missing_value = "all", value_parser = scope)]
    fit: Option<FitScope>,
    /// Run seed; the scenario's or the document's where it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Repeat the run with this many draws from the stated uncertainties and write the bands.
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..))]
    members: Option<u32>,
    /// Length of the run, such as `2 h`.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    until: Option<SimDuration>,
    /// Folder for the results; nothing is written where it is not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Event log to write: what happened to items and machines, as `.csv`, `.parquet` or `.xes`.
    #[arg(long, value_name = "FILE")]
    event_log: Option<PathBuf>,
    /// Hold the run against an event log of the real line, over the time that both cover: the file
    /// LOG (`.csv`, `.parquet` or `.xes`), or the one that comes with the document. Without
    /// measurements and another length the run begins and ends with it.
    #[arg(long, value_name = "LOG")]
    beside: Option<Option<PathBuf>>,
    /// Save the state at the end of the run in FILE, so that a longer run can go on from there.
    #[arg(long, value_name = "FILE")]
    save_state: Option<PathBuf>,
    /// Go on from a state that the same run saved with `--save-state`, in place of the beginning.
    /// `--until` is the length of the whole run; what comes out is what it would have given in
    /// one go, bit for bit. A state of another document, scenario, seed or telemetry is refused.
    #[arg(long, value_name = "FILE")]
    from_state: Option<PathBuf>,
    /// Number of threads; all processors where it is not given. The results do not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl Run {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let request = live::RunRequest {
            twin: self.twin.clone(),
            telemetry: self.telemetry.clone(),
            store: self.store.as_ref().map(|folder| StoreRequest {
                folder: folder.clone(),
                from: self.from,
                to: self.to,
                as_of: None,
            }),
            without_telemetry: self.no_telemetry,
            column_map: self.map.clone(),
            scenario: self.scenario.clone(),
            what_if: self.what_if.clone(),
            parameters: self.parameters.clone(),
            fit: self.fit,
            seed: self.seed,
            members: self.members,
            until: self.until,
            out: self.out.clone(),
            event_log: self.event_log.clone(),
            beside: self.beside.clone(),
            begin: None,
            from_state: self.from_state.clone(),
            save_state: self.save_state.clone(),
        };
        let outcome = with_progress("running", self.threads, |progress| {
            live::run(&request, progress)
        })??;
        print(&outcome.to_text())
    }
}

fn scope(text: &str) -> Result<FitScope, String> {
    FitScope::from_name(text).ok_or_else(|| "expected `all` or `initial-states`".to_owned())
}

/// A duration above zero.
pub(super) fn duration(text: &str) -> Result<SimDuration, String> {
    let duration = SimDuration::parse(text).map_err(|error| error.to_string())?;
    if duration.is_positive() {
        Ok(duration)
    } else {
        Err("expected a duration above zero, such as `2 h`".to_owned())
    }
}
