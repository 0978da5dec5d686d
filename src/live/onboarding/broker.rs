//! From a broker that nobody has described to a twin that listens to it.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Onboarding, examine, temporary_folder};
use crate::live::clock::{Clock, PacedClock};
use crate::live::error::LiveError;
use crate::live::open::load;
use crate::quantity::{Epoch, SimTime};
use crate::simulation::Progress;
use crate::telemetry::source::ReceiveClock;
use crate::telemetry::source::capture::{Capture, CaptureRequest, Heard, Place, capture};
use crate::twin::{Binding, Connection, LoadedTwin, Payload, SourceSettings, Twin};

/// Name of what was heard, beside the document.
const CAPTURE: &str = "heard.csv";
/// Parts of the time of listening that progress is told in.
const PARTS: u64 = 1000;
/// Longest that is listened [s].
const LONGEST: f64 = 24.0 * 3600.0;

/// What to listen to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerRequest {
    /// The broker: `mqtt://host:1883`, or `mqtts://host:8883`.
    pub url: String,
    /// Topic filters: `plant/#`.
    pub topics: Vec<String>,
    /// Seconds to listen.
    pub seconds: f64,
    /// Whether to speak MQTT 5.
    pub version_5: bool,
    /// User, where the broker asks for one.
    pub user: Option<String>,
    /// Environment variable that holds the password.
    pub password_variable: Option<String>,
    /// Certificate of the authority that vouches for the broker.
    pub authority: Option<PathBuf>,
    /// The document it belongs to, or its folder.
    pub twin: Option<PathBuf>,
}

/// What was heard from a broker.
#[derive(Clone, Debug)]
pub struct Overheard {
    /// What was listened to.
    pub request: BrokerRequest,
    /// What came.
    pub capture: Capture,
    epoch: Epoch,
}

/// Listens to a broker for as long as the request says; cancelled, it ends with
/// what has come. `told` is given what has come so far, a few times a second.
///
/// # Errors
/// When the request cannot be used, the document has errors, the broker cannot
/// be reached, or no number came.
pub fn overhear(
    request: &BrokerRequest,
    progress: &Progress,
    told: &mut dyn FnMut(&Heard),
) -> Result<Overheard, LiveError> {
    if !(request.seconds > 0.0 && request.seconds <= LONGEST) {
        return Err(LiveError::Request(format!(
            "it cannot be listened for {} s; give a time from a second to a day",
            request.seconds
        )));
    }
    let epoch = match &request.twin {
        Some(twin) => load(twin)?.twin.epoch,
        None => Epoch::from_instant(jiff::Timestamp::UNIX_EPOCH),
    };
    let password = request
        .password_variable
        .as_deref()
        .map(|variable| {
            std::env::var(variable).map_err(|_| {
                LiveError::Request(format!(
                    "the environment variable `{variable}` is not set, and the broker's password \
                     is looked for in it"
                ))
            })
        })
        .transpose()?;
    let duration = Duration::from_secs_f64(request.seconds);
    let capture_request = CaptureRequest {
        url: request.url.clone(),
        topics: request.topics.clone(),
        version_5: request.version_5,
        user: request.user.clone(),
        password,
        authority: request.authority.clone(),
        duration,
    };
    progress.start(PARTS);
    let (clock, began) = clock_from(epoch);
    let mut parts = 0;
    let mut heard = |heard: &Heard| {
        let part = began.elapsed().as_secs_f64() / duration.as_secs_f64();
        let now = ((part * PARTS as f64) as u64).min(PARTS);
        progress.advance(now.saturating_sub(parts));
        parts = now;
        told(heard);
        !progress.is_cancelled()
    };
    let capture = capture(&capture_request, epoch, &clock, &mut heard)
        .map_err(|error| LiveError::Request(error.to_string()))?;
    if capture.is_empty() {
        return Err(LiveError::Request(nothing_came(request, &capture.heard)));
    }
    Ok(Overheard {
        request: request.clone(),
        capture,
        epoch,
    })
}

fn nothing_came(request: &BrokerRequest, heard: &Heard) -> String {
    let topics = request.topics.join(", ");
    if heard.messages == 0 {
        format!(
            "no message came on {topics} within {} s; check the topic, or listen longer",
            request.seconds
        )
    } else {
        format!(
            "{} messages came on {topics} and none holds a number: payloads are read as JSON or \
             a number; `{}` is neither",
            heard.messages, heard.not_understood_topic
        )
    }
}

/// A clock that counts from the epoch on, and when it was started.
#[expect(
    clippy::disallowed_methods,
    reason = "times of reception are those of the wall clock"
)]
fn clock_from(epoch: Epoch) -> (ReceiveClock, Instant) {
    let began = Instant::now();
    let origin = epoch
        .sim_time_of(jiff::Timestamp::now())
        .unwrap_or(SimTime::ZERO);
    let clock = PacedClock { origin, speed: 1.0 };
    (Arc::new(move || clock.asked(began.elapsed())), began)
}

impl Overheard {
    /// Proposes channels for what was heard at the places that are not left out.
    ///
    /// # Errors
    /// When nothing is left, or the document has errors.
    pub fn examine(
        self: &Arc<Self>,
        left_out: &BTreeSet<usize>,
        progress: &Progress,
    ) -> Result<Onboarding, LiveError> {
        let loaded: Option<LoadedTwin> = self.request.twin.as_deref().map(load).transpose()?;
        let folder = temporary_folder()?;
        let table = folder.path().join(CAPTURE);
        let failed = |source| LiveError::File {
            path: table.clone(),
            source,
            advice: "make room for temporary files",
        };
        let file = File::create(&table).map_err(failed)?;
        self.capture
            .write_csv(left_out, self.epoch, std::io::BufWriter::new(file))
            .map_err(failed)?;
        let mut onboarding = examine(&table, loaded, None, progress)?;
        onboarding.inference.name =
            format!("{} at {}", self.request.topics.join(", "), self.request.url);
        Ok(Onboarding {
            broker: Some(Arc::clone(self)),
            _written: Some(Arc::new(folder)),
            ..onboarding
        })
    }

    /// The place that a column holds.
    fn place(&self, column: &str) -> Option<&Place> {
        let names = self.capture.heard.names();
        let position = names.iter().position(|name| name == column)?;
        self.capture.heard.places.get(position)
    }

    /// Makes the broker a source of the twin, bound to the accepted channels.
    pub(super) fn bind(&self, onboarding: &Onboarding, twin: &mut Twin) {
        let request = &self.request;
        let accepted = onboarding
            .inference
            .columns
            .iter()
            .filter(|column| column.is_accepted && column.target.is_some());
        let bindings: Vec<Binding> = accepted
            .zip(onboarding.channels())
            .filter_map(|(column, channel)| {
                let place = self.place(&column.name).or(self.place(&column.header))?;
                Some(Binding {
                    channel: channel.id,
                    topic: place.topic.clone(),
                    value: place.value.clone(),
                    time: place.time.clone(),
                    sequence: place.sequence.clone(),
                    quality: String::new(),
                    unit: None,
                })
            })
            .collect();
        let connection = Connection::Mqtt {
            url: request.url.clone(),
            topics: request.topics.clone(),
            payload: Payload::Json,
            version_5: request.version_5,
            user: request.user.clone(),
            password_variable: request.password_variable.clone(),
            authority: request
                .authority
                .as_ref()
                .map(|path| path.display().to_string()),
        };
        let known = twin
            .sources
            .iter_mut()
            .find(|source| source.connection == connection);
        match known {
            Some(source) => {
                source
                    .bindings
                    .retain(|one| bindings.iter().all(|other| other.channel != one.channel));
                source.bindings.extend(bindings);
            }
            None => {
                let id = free_id(twin);
                twin.sources.push(SourceSettings {
                    id,
                    connection,
                    bindings,
                });
            }
        }
    }
}

/// An id that no source has.
fn free_id(twin: &Twin) -> String {
    let is_taken = |id: &str| twin.sources.iter().any(|source| source.id == id);
    std::iter::once("broker".to_owned())
        .chain((2..).map(|number| format!("broker_{number}")))
        .find(|id| !is_taken(id))
        .unwrap_or_default()
}
