//! `counterpart live`: a twin beside its live sources, and the options that the
//! window has of it.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::run::duration;
use super::{Failure, print, print_error};
use crate::live::event_log::{Watched, log_beside};
use crate::live::{
    ListenRequest, PlantToPlay, SessionOptions, Severity, Snapshot, document_path, listen,
    load_twin,
};
use crate::quantity::SimDuration;

/// What a twin beside live sources is told.
#[derive(Clone, Debug, Default, Args)]
pub struct LiveArguments {
    /// Seconds of the twin's time in one of the wall clock.
    #[arg(long, value_name = "X")]
    pub speed: Option<f64>,
    /// Folder of the telemetry store; `telemetry.store` beside the document where none is named.
    /// Beside live sources samples are kept in it; the window without live sources opens the twin
    /// on what is in it.
    #[arg(long, value_name = "FOLDER")]
    pub store: Option<Option<PathBuf>>,
    /// Play a plant and listen to it, in place of the document's sources.
    #[arg(long)]
    pub plant: bool,
    /// What goes wrong in the plant, a RON file of faults.
    #[arg(long, value_name = "FILE", requires = "plant")]
    pub faults: Option<PathBuf>,
    /// Broker between plant and twin, `mqtt://host:1883`; a pipe where it is not given.
    #[arg(long, value_name = "URL", requires = "plant")]
    pub mqtt: Option<String>,
    /// Publish what the document's `publish` section says also while a plant is played.
    #[arg(long, conflicts_with = "no_publish")]
    pub publish: bool,
    /// Publish nothing.
    #[arg(long)]
    pub no_publish: bool,
    /// Seed of the plant.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub plant_seed: u64,
}

impl LiveArguments {
    /// The request that these arguments make of the twin at `twin`.
    ///
    /// # Errors
    /// When this program does not know where it is, and is to play a plant.
    pub fn request(&self, twin: &std::path::Path) -> Result<ListenRequest, Failure> {
        let plant = if self.plant {
            let program = std::env::current_exe().map_err(|error| {
                Failure::Environment(format!(
                    "the program does not know where it is and cannot start a plant: {error}"
                ))
            })?;
            Some(PlantToPlay {
                program,
                twin: twin.to_owned(),
                seed: self.plant_seed,
                faults: self.faults.clone(),
                broker: self.mqtt.clone(),
            })
        } else {
            None
        };
        Ok(ListenRequest {
            speed: self.speed,
            store: self.store.clone().flatten(),
            without_store: false,
            plant,
            publish: match (self.publish, self.no_publish) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            all_happenings: false,
        })
    }
}

/// Run a twin beside its live sources without a window: what happens to its telemetry is told as
/// it happens, and summed up at the end.
#[derive(Debug, Args)]
pub(super) struct Live {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    #[command(flatten)]
    live: LiveArguments,
    /// How long to run, in the twin's time, such as `10 min`; until it is stopped where it is not
    /// given.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    length: Option<SimDuration>,
    /// Hold the twin at the end against an event log of the real line, over the time that both
    /// cover: the file LOG (`.csv`, `.parquet` or `.xes`), or the one that comes with the document.
    /// It may grow meanwhile.
    #[arg(long, value_name = "LOG", requires = "length")]
    beside: Option<Option<PathBuf>>,
}

impl Live {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let loaded = load_twin(&self.twin)?;
        let mut request = self.live.request(&document_path(&self.twin))?;
        let logged = || {
            let log = self.beside.as_ref();
            log.map(|log| log_beside(&loaded, log.as_deref()))
        };
        // What is wrong with it is said now, not at the end.
        logged().transpose()?;
        request.all_happenings = self.beside.is_some();
        let mut watched = Watched::default();
        let listening = listen(&loaded, &request, SessionOptions::default())?;
        let end = self.length.map(|length| {
            let seconds = (length.as_seconds() / request.pace()).max(0.0);
            // A length beyond all durations is one without an end.
            Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
        });
        let started = wall_clock();
        let mut last: Option<Snapshot> = None;
        while end.is_none_or(|end| started.elapsed() < end) {
            let Some(snapshot) = listening.worker.wait(Duration::from_millis(200)) else {
                continue;
            };
            for notice in &snapshot.notices {
                let mark = match notice.severity {
                    Severity::Information => "",
                    Severity::Warning => "warning: ",
                    Severity::Error => "error: ",
                };
                print_error(&format!("{mark}{}", notice.message));
            }
            if self.beside.is_some() {
                watched.take_in(&snapshot);
            }
            last = Some(snapshot);
        }
        let Some(snapshot) = last else {
            return Err(Failure::Wrong("nothing was received".to_owned()));
        };
        print(&summary(&snapshot, &loaded))?;
        if let Some(log) = logged() {
            print(&watched.beside(&loaded.twin, &log?)?.to_text())?;
        }
        Ok(())
    }
}

/// Channels by health, with their residuals, and the sources.
fn summary(snapshot: &Snapshot, loaded: &crate::twin::LoadedTwin) -> String {
    let mut text = String::new();
    let Some(state) = &snapshot.telemetry else {
        return "nothing was received\n".to_owned();
    };
    // Writing into a string does not fail.
    let _ = writeln!(
        text,
        "{:<16} {:<9} {:>9} {:>9} {:>8} {:>8} {:>8} {:>12}",
        "channel", "health", "good", "suspect", "fail", "missing", "passed", "rms residual"
    );
    for quality in &state.channels {
        let Some(channel) = loaded.twin.channels.get(quality.channel) else {
            continue;
        };
        let statistics = snapshot
            .channels
            .iter()
            .find(|news| news.channel == quality.channel)
            .map(|news| news.statistics)
            .filter(|statistics| statistics.count() > 0);
        let residual = statistics.map_or_else(
            || "-".to_owned(),
            |statistics| {
                let unit = match loaded.variables.find(&channel.variable) {
                    Some(variable) => {
                        channel.observation_unit(&loaded.variables.get(variable).unit)
                    }
                    None => &channel.unit,
                };
                let shown = unit.difference_from_si(statistics.root_mean_square());
                format!("{shown:.3} {}", unit.difference_symbol())
            },
        );
        let [good, not_evaluated, suspect, fail, missing] = quality.by_flag;
        let passed = quality
            .pass_rate
            .map_or_else(|| "-".to_owned(), |part| format!("{:.1} %", part * 100.0));
        let _ = writeln!(
            text,
            "{:<16} {:<9} {:>9} {:>9} {:>8} {:>8} {:>8} {:>12}",
            channel.id,
            quality.health.word(),
            good + not_evaluated,
            suspect,
            fail,
            missing,
            passed,
            residual
        );
        if !quality.why.is_empty() {
            let _ = writeln!(text, "  {}", quality.why);
        }
    }
    text.push('\n');
    for source in &state.sources {
        let _ = writeln!(
            text,
            "source {} ({}): {}, {} messages, {} not understood, {} reconnects",
            source.id,
            source.kind,
            source.doing,
            source.received,
            source.undecodable,
            source.reconnects
        );
    }
    for publisher in &state.publishers {
        let _ = writeln!(
            text,
            "publisher {} ({}): {}, {} published, {} waiting, {} dropped, {} reconnects",
            publisher.id,
            publisher.kind,
            publisher.doing,
            publisher.published,
            publisher.waiting,
            publisher.dropped,
            publisher.reconnects
        );
    }
    if let Some(store) = &state.store {
        let _ = writeln!(text, "store {}: {} samples", store.folder, store.samples);
    }
    text
}

#[expect(
    clippy::disallowed_methods,
    reason = "a face runs for as long as a person asked; no result depends on it"
)]
fn wall_clock() -> Instant {
    Instant::now()
}
