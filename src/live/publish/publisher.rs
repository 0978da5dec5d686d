//! The thread that brings what a twin publishes to where it is to go.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::outbox::Outbox;
use crate::live::telemetry_state::{Health, PublisherReport};
use crate::telemetry::sink::{
    CsvSink, HttpSink, HttpSinkSettings, MqttSink, MqttSinkSettings, Publication, PublishedAlarm,
    Sink, SinkError,
};
use crate::telemetry::source::Secrets;
use crate::twin::{LoadedTwin, PublishSettings, PublishTarget};

/// Publications brought to the sink at a time: those that an outage finds on
/// their way, in order, before what the outbox has kept.
const MOST_AT_ONCE: usize = 256;
/// How long a sink is waited for before its trouble is told; it goes on trying.
const PATIENCE: Duration = Duration::from_secs(1);
/// Wait after a failure, doubled from one to the next up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Why a publisher cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum PublishProblem {
    /// The sink cannot be set up.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A secret is not there.
    #[error(
        "the environment variable `{variable}`, which is to hold a secret, is not set or empty; \
         set it before the program is started"
    )]
    Secret {
        /// Its name.
        variable: String,
    },
    /// The system gives no thread.
    #[error("no thread to publish on: {0}")]
    Thread(std::io::Error),
}

/// A place that a twin publishes to. Dropped, it sends what is left, as far as
/// that is taken at once, and ends.
#[derive(Debug)]
pub struct Publisher {
    id: String,
    kind: String,
    alarms: bool,
    outbox: Arc<Outbox>,
    thread: Option<JoinHandle<()>>,
}

impl Publisher {
    /// Starts publishing.
    ///
    /// # Errors
    /// When the settings cannot be used, or the system gives no thread.
    pub(super) fn start(
        settings: &PublishSettings,
        loaded: &LoadedTwin,
        secrets: &Secrets,
    ) -> Result<Self, PublishProblem> {
        let sink = sink(settings, loaded, secrets)?;
        Self::start_with(settings, sink)
    }

    /// As [`start`](Self::start), into any sink.
    pub(super) fn start_with(
        settings: &PublishSettings,
        mut sink: Box<dyn Sink>,
    ) -> Result<Self, PublishProblem> {
        let outbox = Arc::new(Outbox::default());
        let theirs = Arc::clone(&outbox);
        let thread = std::thread::Builder::new()
            .name(format!("publish {}", settings.id))
            .spawn(move || {
                while let Some(batch) = theirs.take(MOST_AT_ONCE) {
                    bring(&batch, sink.as_mut(), &theirs);
                    if theirs.reconnects(sink.reconnects()) {
                        theirs.repeat_alarms();
                    }
                }
            })
            .map_err(PublishProblem::Thread)?;
        Ok(Self {
            id: settings.id.clone(),
            kind: kind(&settings.to),
            alarms: settings.alarms,
            outbox,
            thread: Some(thread),
        })
    }

    pub(super) fn outbox(&self) -> Arc<Outbox> {
        Arc::clone(&self.outbox)
    }

    /// Publishes an alarm, where alarms are asked for. Never waits.
    pub(in crate::live) fn alarm(&self, alarm: &PublishedAlarm) {
        if self.alarms {
            self.outbox.put([Publication::Alarm(alarm.clone())]);
        }
    }

    /// How it is doing.
    #[must_use]
    pub fn report(&self) -> PublisherReport {
        let standing = self.outbox.standing();
        let (health, doing) = match &standing.trouble {
            Some(trouble) => (Health::Suspect, format!("trying again: {trouble}")),
            None if standing.is_through => (Health::Good, "publishing".to_owned()),
            None => (Health::Unknown, "nothing published yet".to_owned()),
        };
        PublisherReport {
            id: self.id.clone(),
            kind: self.kind.clone(),
            health,
            doing,
            published: standing.delivered,
            waiting: standing.waiting,
            dropped: standing.dropped,
            last_problem: standing.last_trouble,
            reconnects: standing.reconnects,
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.outbox.close();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked was reported by the panic hook already.
            let _ = thread.join();
        }
    }
}

/// Brings a batch to its sink, however long that takes; not when the outbox is
/// closed meanwhile, which gives everything up that is not taken at once.
fn bring(batch: &[Publication], sink: &mut dyn Sink, outbox: &Outbox) {
    if let Err(error) = sink.publish(batch) {
        outbox.trouble(error.to_string());
        if sink.waiting() == 0 {
            outbox.arrived(batch.len());
            outbox.pause(FIRST_WAIT);
            return;
        }
    }
    let mut wait = FIRST_WAIT;
    loop {
        let Err(error) = sink.flush() else {
            outbox.arrived(0);
            return;
        };
        outbox.trouble(error.to_string());
        if sink.waiting() == 0 {
            // Refused for good.
            outbox.arrived(batch.len());
            outbox.pause(FIRST_WAIT);
            return;
        }
        if outbox.pause(wait) {
            outbox.arrived(sink.waiting().min(batch.len()));
            outbox.give_up();
            return;
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// What a target is, in words.
fn kind(target: &PublishTarget) -> String {
    match target {
        PublishTarget::Mqtt { url, topic, .. } => format!("MQTT broker {url}, topic {topic}"),
        PublishTarget::Http { url, .. } => format!("HTTP {url}"),
        PublishTarget::File { path } => format!("file {path}"),
    }
}

fn sink(
    settings: &PublishSettings,
    loaded: &LoadedTwin,
    secrets: &Secrets,
) -> Result<Box<dyn Sink>, PublishProblem> {
    let folder: &Path = loaded.folder();
    let epoch = loaded.twin.epoch;
    let secret = |variable: Option<&str>| match variable {
        None => Ok(None),
        Some(variable) => match secrets(variable).filter(|secret| !secret.is_empty()) {
            Some(secret) => Ok(Some(secret)),
            None => Err(PublishProblem::Secret {
                variable: variable.to_owned(),
            }),
        },
    };
    Ok(match &settings.to {
        PublishTarget::Mqtt {
            url,
            topic,
            retain,
            version_5,
            user,
            password_variable,
            authority,
        } => {
            let client = format!("counterpart-publish-{}-{}", loaded.twin.id, settings.id);
            let settings = MqttSinkSettings {
                version_5: *version_5,
                retain: *retain,
                user: user.clone(),
                password: secret(password_variable.as_deref())?,
                authority: authority.as_ref().map(|path| folder.join(path)),
                patience: PATIENCE,
                ..MqttSinkSettings::new(url, topic, &client)
            };
            Box::new(MqttSink::connect(settings, epoch)?)
        }
        PublishTarget::Http {
            url,
            measurement,
            token_variable,
            authority,
        } => {
            let settings = HttpSinkSettings {
                token: secret(token_variable.as_deref())?,
                authority: authority.as_ref().map(|path| folder.join(path)),
                attempts: 1,
                patience: PATIENCE * 5,
                ..HttpSinkSettings::new(url, measurement)
            };
            Box::new(HttpSink::new(settings, epoch)?)
        }
        PublishTarget::File { path } => Box::new(CsvSink::create(&folder.join(path), epoch)?),
    })
}
