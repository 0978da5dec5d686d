//! What joins a source to its surroundings: settings, clock, channel, health,
//! and the word to go on, to pause or to stop.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crossbeam::channel::{SendTimeoutError, Sender, TrySendError};

use super::super::decode::{Decoded, Directory};
use super::super::position::ReadPosition;
use super::backoff::BackoffSettings;
use super::batch::{Acknowledgement, Batch};
use super::health::{HealthCell, SourceState};
use crate::quantity::{SimDuration, SimTime};

/// The receiver's clock: time since the twin's epoch.
pub type ReceiveClock = Arc<dyn Fn() -> SimTime + Send + Sync>;

/// Gives the value of an environment variable, or whatever else keeps secrets.
pub type Secrets = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// How much a source may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLimits {
    /// Batches in the channel, at least one; a full channel makes the source wait.
    pub batches: usize,
    /// Messages in one batch, beyond which no further payload is added to it.
    pub messages: usize,
    /// Largest payload of a message or a line \[byte].
    pub payload: usize,
    /// Largest body of an HTTP request, unpacked \[byte].
    pub body: usize,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self {
            batches: 64,
            messages: 4096,
            payload: 1 << 20,
            body: 4 << 20,
        }
    }
}

/// What a source needs to know of its surroundings.
#[derive(Clone)]
pub struct SourceContext {
    /// The channels of the twin.
    pub directory: Arc<Directory>,
    /// The receiver's clock.
    pub clock: ReceiveClock,
    /// Folder that relative paths start from: the document's.
    pub folder: PathBuf,
    /// Where secrets are kept; the environment, if nothing else is said.
    pub secrets: Secrets,
    /// What the source calls itself to a broker. It has to be the same from run
    /// to run, so that the broker keeps what comes meanwhile, and no other
    /// client may have it.
    pub client_name: String,
    /// How long to wait between attempts.
    pub backoff: BackoffSettings,
    /// Seed of the waits' jitter.
    pub seed: u64,
    /// How often a file or folder is looked at.
    pub poll: SimDuration,
    /// How much may be held.
    pub limits: SourceLimits,
    /// How far the files have been read whose samples are stored, of this source
    /// and of others; reading goes on there.
    pub positions: Vec<ReadPosition>,
}

impl SourceContext {
    /// Surroundings with the usual limits.
    #[must_use]
    pub fn new(directory: Arc<Directory>, clock: ReceiveClock, folder: PathBuf) -> Self {
        let client_name = format!("counterpart-{}", directory.twin().id);
        Self {
            directory,
            clock,
            folder,
            secrets: Arc::new(|name| std::env::var(name).ok()),
            client_name,
            backoff: BackoffSettings::default(),
            seed: 0,
            poll: SimDuration::from_nanoseconds(200_000_000),
            limits: SourceLimits::default(),
            positions: Vec::new(),
        }
    }

    /// How far the files of a source have been read, by their names.
    pub(super) fn positions_of(&self, source: &str) -> BTreeMap<String, ReadPosition> {
        self.positions
            .iter()
            .filter(|position| position.source == source)
            .map(|position| (position.file.clone(), position.clone()))
            .collect()
    }

    /// The secret that a variable holds.
    pub(super) fn secret(&self, variable: &str) -> Result<String, super::SourceError> {
        (self.secrets)(variable)
            .filter(|secret| !secret.is_empty())
            .ok_or_else(|| super::SourceError::Secret {
                variable: variable.to_owned(),
            })
    }
}

/// What a source is told to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wish {
    #[default]
    Run,
    Pause,
    Stop,
}

/// The word to go on, to pause or to stop, for threads and for tasks.
#[derive(Debug, Default)]
pub(super) struct Control {
    wish: Mutex<Wish>,
    changed: Condvar,
    notify: tokio::sync::Notify,
}

impl Control {
    pub(super) fn wish(&self) -> Wish {
        *self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wish to stop is final.
    pub(super) fn set(&self, wish: Wish) {
        let mut current = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
        if *current != Wish::Stop {
            *current = wish;
        }
        self.changed.notify_all();
        self.notify.notify_waiters();
    }

    /// Waits for a time, or until the wish is another than `from`.
    pub(super) fn wait(&self, from: Wish, longest: Duration) -> Wish {
        let guard = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
        let (guard, _) = self
            .changed
            .wait_timeout_while(guard, longest, |wish| *wish == from)
            .unwrap_or_else(PoisonError::into_inner);
        *guard
    }

    /// Waits until the wish is another than `from`.
    pub(super) async fn changed(&self, from: Wish) -> Wish {
        loop {
            let notified = self.notify.notified();
            let wish = self.wish();
            if wish != from {
                return wish;
            }
            notified.await;
        }
    }
}

/// Somebody wants the source to stop, or nobody takes its batches any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped;

/// What a running source is joined by.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) context: SourceContext,
    pub(super) control: Arc<Control>,
    pub(super) health: Arc<HealthCell>,
    pub(super) batches: Sender<Batch>,
}

/// How often a source that cannot hand on looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(100);

impl Link {
    /// The receiver's time.
    pub(super) fn now(&self) -> SimTime {
        (self.context.clock)()
    }

    /// Says that the source is being read.
    pub(super) fn connected(&self) {
        self.health
            .change(|health| health.state = SourceState::Connected);
    }

    /// Counts what was decoded and makes it a batch.
    pub(super) fn batch(&self, decoded: Decoded, acknowledge: Option<Acknowledgement>) -> Batch {
        self.health.change(|health| health.count(&decoded));
        Batch {
            messages: decoded.messages,
            position: None,
            acknowledge,
        }
    }

    /// Hands a batch on, waiting while the channel is full or the source is
    /// paused. An empty batch that nobody waits for is not handed on.
    pub(super) fn deliver(&self, batch: Batch) -> Result<(), Stopped> {
        if batch.messages.is_empty() && batch.acknowledge.is_none() {
            return Ok(());
        }
        let mut batch = batch;
        loop {
            match self.control.wish() {
                Wish::Stop => return Err(Stopped),
                Wish::Pause => {
                    self.rest()?;
                    continue;
                }
                Wish::Run => {}
            }
            match self.batches.send_timeout(batch, PATIENCE) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(back)) => batch = back,
                Err(SendTimeoutError::Disconnected(_)) => return Err(Stopped),
            }
        }
    }

    /// Hands a batch on if there is room; else gives it back.
    pub(super) fn offer(&self, batch: Batch) -> Result<Option<Batch>, Stopped> {
        if batch.messages.is_empty() && batch.acknowledge.is_none() {
            return Ok(None);
        }
        match self.batches.try_send(batch) {
            Ok(()) => Ok(None),
            Err(TrySendError::Full(back)) => Ok(Some(back)),
            Err(TrySendError::Disconnected(_)) => Err(Stopped),
        }
    }

    /// Waits while the source is paused, and shows it.
    pub(super) fn rest(&self) -> Result<(), Stopped> {
        let mut before = None;
        loop {
            match self.control.wish() {
                Wish::Stop => return Err(Stopped),
                Wish::Run => {
                    if let Some(state) = before {
                        self.health.change(|health| health.state = state);
                    }
                    return Ok(());
                }
                Wish::Pause => {
                    before.get_or_insert_with(|| {
                        self.health.change(|health| {
                            std::mem::replace(&mut health.state, SourceState::Paused)
                        })
                    });
                    self.control.wait(Wish::Pause, Duration::from_secs(60));
                }
            }
        }
    }

    /// Waits for a time; ends early when the source is to stop.
    pub(super) fn sleep(&self, time: SimDuration) -> Result<(), Stopped> {
        let nanoseconds = u64::try_from(time.nanoseconds()).unwrap_or(0);
        match self
            .control
            .wait(Wish::Run, Duration::from_nanos(nanoseconds))
        {
            Wish::Run => Ok(()),
            Wish::Pause => self.rest(),
            Wish::Stop => Err(Stopped),
        }
    }
}
