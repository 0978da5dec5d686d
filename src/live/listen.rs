//! A twin beside its live sources: session, worker and feed started together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crossbeam::channel::bounded;

use super::clock::{Clock, PacedClock};
use super::error::LiveError;
use super::feed::{Feed, FeedOptions};
use super::forecast::ForecastInputs;
use super::publish;
use super::session::{Session, SessionOptions};
use super::stored::store_beside;
use super::worker::{Worker, WorkerHandle, WorkerOptions};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::source::{ReceiveClock, Secrets};
use crate::twin::{Connection, LoadedTwin, Payload, PublishTarget, SourceSettings, topic_matches};

/// What may wait to be told to the sources.
const COMMANDS: usize = 256;

/// How far an event time may be ahead of the receiver's clock at real time.
const AHEAD: SimDuration = SimDuration::from_whole_seconds(300);

/// How a twin is to be run beside live sources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListenRequest {
    /// Seconds of the twin's time in one of the wall clock; real time when absent.
    pub speed: Option<f64>,
    /// Folder of the store; `telemetry.store` beside the document when absent.
    pub store: Option<PathBuf>,
    /// Keep nothing.
    pub without_store: bool,
    /// A plant to listen to in place of the document's sources.
    pub plant: Option<PlantToPlay>,
    /// Whether to publish what the document says. Where nothing is said it is
    /// done, unless a plant is played: others would take its troubles for real.
    pub publish: Option<bool>,
    /// Has every happening told in a snapshot, however many come in at once: for an
    /// account of the whole of it.
    pub all_happenings: bool,
}

impl ListenRequest {
    /// Seconds of the twin's time in one of the wall clock: real time where none
    /// was asked for, or none that time can have.
    #[must_use]
    pub fn pace(&self) -> f64 {
        self.speed
            .filter(|speed| speed.is_finite() && *speed > 0.0)
            .unwrap_or(1.0)
    }

    fn publishes(&self) -> bool {
        self.publish.unwrap_or(self.plant.is_none())
    }
}

/// A plant that is played by a program of its own and listened to.
#[derive(Clone, Debug, PartialEq)]
pub struct PlantToPlay {
    /// This program.
    pub program: PathBuf,
    /// The document, or its folder.
    pub twin: PathBuf,
    /// Seed of everything drawn.
    pub seed: u64,
    /// What goes wrong.
    pub faults: Option<PathBuf>,
    /// Broker to send through, `mqtt://host:port`; the plant's standard output
    /// when absent.
    pub broker: Option<String>,
}

/// A twin beside its live sources.
#[derive(Debug)]
pub struct Listening {
    /// The running session.
    pub worker: WorkerHandle,
    /// What it listens to.
    pub sources: LiveSources,
}

/// The sources of a running session. Dropped, they end.
#[derive(Debug)]
pub struct LiveSources {
    _feed: Feed,
    _plant: Option<PlantProcess>,
}

/// A plant that sends through a broker; ended with the twin that listens.
#[derive(Debug)]
struct PlantProcess(std::process::Child);

impl Drop for PlantProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl PlantToPlay {
    /// Refuses a plant that would be drowned by what the twin publishes: on one
    /// broker, below the same topic.
    fn check_topics(&self, loaded: &LoadedTwin) -> Result<(), LiveError> {
        let filter = plant_topics(&loaded.twin.id);
        for settings in &loaded.twin.publish {
            if let PublishTarget::Mqtt { url, topic, .. } = &settings.to
                && self.broker.as_ref() == Some(url)
                && topic_matches(&filter, &format!("{}/value", topic.trim_end_matches('/')))
            {
                return Err(LiveError::Request(format!(
                    "publisher `{}` and the plant send below the same topic of `{url}`, so that the \
                     twin would take its own values for measurements; publish below another topic",
                    settings.id
                )));
            }
        }
        Ok(())
    }

    fn arguments(&self, speed: f64, begin: SimTime) -> Vec<String> {
        // The program is started in another folder.
        let whole = |path: &Path| {
            let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            whole.display().to_string()
        };
        let mut arguments = vec![
            "plant".to_owned(),
            whole(&self.twin),
            "--speed".to_owned(),
            speed.to_string(),
            "--begin".to_owned(),
            format!("{} s", begin.as_seconds()),
            "--seed".to_owned(),
            self.seed.to_string(),
        ];
        if let Some(faults) = &self.faults {
            arguments.extend(["--faults".to_owned(), whole(faults)]);
        }
        if let Some(broker) = &self.broker {
            arguments.extend(["--mqtt".to_owned(), broker.clone()]);
        }
        arguments
    }

    /// The source that hears it.
    fn source(&self, speed: f64, begin: SimTime, twin: &str) -> SourceSettings {
        let connection = match &self.broker {
            Some(url) => Connection::Mqtt {
                url: url.clone(),
                topics: vec![plant_topics(twin)],
                payload: Payload::Json,
                version_5: false,
                user: None,
                password_variable: None,
                authority: None,
            },
            None => Connection::Process {
                command: std::iter::once(self.program.display().to_string())
                    .chain(self.arguments(speed, begin))
                    .collect(),
                payload: Payload::Csv,
            },
        };
        SourceSettings {
            id: "plant".to_owned(),
            connection,
            bindings: Vec::new(),
        }
    }
}

/// Starts a twin beside its live sources.
///
/// # Errors
/// When the twin names no source, the store cannot be opened, a source's
/// settings cannot be used, or the plant cannot be started.
pub fn listen(
    loaded: &LoadedTwin,
    request: &ListenRequest,
    options: SessionOptions,
) -> Result<Listening, LiveError> {
    let speed = request.pace();
    let begin = present(loaded);
    let clock = receive_clock(begin, speed);
    let sources = match &request.plant {
        Some(plant) => vec![plant.source(speed, begin, &loaded.twin.id)],
        None => loaded.twin.sources.clone(),
    };
    let options = SessionOptions {
        // Nobody has recorded what comes.
        forecast_inputs: ForecastInputs::Held,
        ..options
    };
    let session = Session::open_live(loaded, begin, options)?;
    let (outlets, publishers) = if request.publishes() {
        if let Some(plant) = &request.plant {
            plant.check_topics(loaded)?;
        }
        let secrets: Secrets = Arc::new(|name: &str| std::env::var(name).ok());
        publish::start(loaded, &secrets)?
    } else {
        Default::default()
    };
    let (told, commands) = bounded(COMMANDS);
    let worker = Worker::spawn_with(
        session,
        WorkerOptions {
            feed: Some(told),
            outlets,
            all_happenings: request.all_happenings,
            ..WorkerOptions::default()
        },
    )?;
    let store = (!request.without_store).then(|| match &request.store {
        Some(folder) => folder.clone(),
        None => store_of(loaded, request.plant.is_some()),
    });
    let inlet = worker
        .inlet()
        .ok_or_else(|| LiveError::Request("the session ended at once; try again".to_owned()))?;
    let feed = Feed::start(
        loaded,
        FeedOptions {
            sources,
            store,
            clock,
            // A clock that runs faster than the world's gives no hold on what is too early.
            ahead: Some(AHEAD),
            publishers,
        },
        inlet,
        commands,
    )?;
    let plant = match &request.plant {
        Some(plant) if plant.broker.is_some() => Some(PlantProcess(
            std::process::Command::new(&plant.program)
                .args(plant.arguments(speed, begin))
                .stdin(std::process::Stdio::null())
                .stdout(std::process::Stdio::null())
                .spawn()
                .map_err(|error| {
                    LiveError::Request(format!(
                        "the plant `{}` cannot be started: {error}",
                        plant.program.display()
                    ))
                })?,
        )),
        _ => None,
    };
    Ok(Listening {
        worker,
        sources: LiveSources {
            _feed: feed,
            _plant: plant,
        },
    })
}

/// The topics of a plant that is played for a twin.
fn plant_topics(twin: &str) -> String {
    format!("counterpart/{twin}/+")
}

/// Where samples of a twin are kept, where nobody says otherwise: beside the
/// document, and those of a plant that is played apart from those of the real one.
fn store_of(loaded: &LoadedTwin, played: bool) -> PathBuf {
    if played {
        loaded.folder().join("telemetry.plant.store")
    } else {
        store_beside(&loaded.path)
    }
}

/// The present in simulation time, on a step of the twin.
#[expect(
    clippy::disallowed_methods,
    reason = "a twin beside live sources begins at the present; a replay of what it stored does not read the clock"
)]
fn present(loaded: &LoadedTwin) -> SimTime {
    let now = loaded
        .twin
        .epoch
        .sim_time_of(jiff::Timestamp::now())
        .unwrap_or(SimTime::ZERO);
    now.floor_to(loaded.twin.timestep).unwrap_or(now)
}

/// A clock that goes on from `begin` at `speed`.
#[expect(
    clippy::disallowed_methods,
    reason = "times of reception are those of the wall clock"
)]
fn receive_clock(begin: SimTime, speed: f64) -> ReceiveClock {
    let started = Instant::now();
    let clock = PacedClock {
        origin: begin,
        speed,
    };
    Arc::new(move || clock.asked(started.elapsed()))
}
