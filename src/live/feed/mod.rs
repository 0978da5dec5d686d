//! Live sources, kept and judged, brought to a running session.
//!
//! A [`Feed`] is a thread between sources and session. It takes what sources
//! hand on, commits it to the store, tells the source that it is safe, puts the
//! samples in order, judges and aligns them, and delivers observations and what
//! is known of the telemetry to the session, a few times a second.

mod source_report;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam::channel::{Receiver, Sender};

use super::error::LiveError;
use super::live_command::{FeedCommand, LiveCommand};
use super::publish::Publisher;
use crate::quantity::SimDuration;
use crate::telemetry::source::ReceiveClock;
use crate::twin::{LoadedTwin, SourceSettings};

/// How a feed is to be run.
pub struct FeedOptions {
    /// The sources; those of the document, or others.
    pub sources: Vec<SourceSettings>,
    /// Folder of the store; nothing is kept without one.
    pub store: Option<PathBuf>,
    /// The receiver's clock.
    pub clock: ReceiveClock,
    /// How far ahead of that clock an event time may be and still be believed;
    /// `None` where the clock is no clock, as in tests.
    pub ahead: Option<SimDuration>,
    /// Those that are told of alarms, and whose reports go along.
    pub publishers: Vec<Publisher>,
}

/// A running feed. Dropped, it stops its sources and closes its store.
#[derive(Debug)]
pub struct Feed {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feed {
    /// Starts the sources and the thread that listens to them.
    ///
    /// # Errors
    /// When there is no source, the store cannot be opened, or a source's
    /// settings cannot be used. A source that cannot be reached is no error: it
    /// is tried again and says so.
    pub fn start(
        loaded: &LoadedTwin,
        options: FeedOptions,
        inlet: Sender<LiveCommand>,
        commands: Receiver<FeedCommand>,
    ) -> Result<Self, LiveError> {
        let mut work = work::Work::new(loaded, options, inlet, commands)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("telemetry feed".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    if !work.turn() {
                        break;
                    }
                }
                work.close();
            })
            .map_err(|error| LiveError::Request(format!("no thread for the sources: {error}")))?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked was reported by the panic hook already.
            let _ = thread.join();
        }
    }
}
