//! Where samples come from while a twin runs live.
//!
//! [`spawn`] starts a thread for one source of the document. It reaches the
//! source, decodes what comes and hands it on as [`Batch`]es over a bounded
//! channel; a full channel makes it wait, and what it reads from waits with it.
//! Whoever takes a batch commits it once it is safe; only then does a source
//! that can repeat itself forget it. A connection that is lost is tried again
//! after growing waits. [`SourceHandle::health`] says at any time how it goes.
//!
//! | connection | read by | repeats what was not committed |
//! |---|---|---|
//! | `File`, `Folder` | following files as they grow and appear | goes on after the last row that was stored |
//! | `Mqtt` | a persistent session, quality of service 1 | yes, as long as the broker lives |
//! | `HttpPush` | a server | the sender, which is told 204 only after the commit |
//! | `Process` | its standard output | no |

mod backoff;
mod batch;
pub mod capture;
mod file;
mod folder;
mod health;
mod http;
mod link;
mod mqtt;
mod process;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam::channel::{Receiver, bounded};

pub use self::backoff::BackoffSettings;
pub use self::batch::{AcknowledgeError, Acknowledgement, Batch};
pub use self::health::{SourceHealth, SourceState};
pub use self::link::{ReceiveClock, Secrets, SourceContext, SourceLimits};

use self::backoff::Backoff;
use self::health::HealthCell;
use self::link::{Control, Link, Wish};
use super::decode::BindingProblem;
use super::mqtt::MqttProblem;
use super::tls::TlsProblem;
use crate::twin::{Connection, SourceSettings};

/// Something that gives samples.
///
/// [`spawn`] makes the thread, the waits and the health around it; a source
/// only has to read.
trait Source: Send {
    /// Reaches the source and reads it until it ends, is lost, or is to stop.
    fn run(&mut self, link: &Link) -> Ending;
}

/// Why a source does not read any more.
#[derive(Debug)]
enum Ending {
    /// There is nothing left to read.
    Done,
    /// Somebody wants it to stop, or to pause.
    Interrupted,
    /// It may be there again after a while.
    Lost(SourceError),
    /// Somebody has to change something first.
    Failed(SourceError),
}

/// What can go wrong with a source.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A binding of the document cannot be used.
    #[error("{0}")]
    Binding(#[from] BindingProblem),
    /// A secret is not there.
    #[error(
        "the environment variable `{variable}` is not set, and the source needs what it holds; set \
         it before the program is started"
    )]
    Secret {
        /// Name of the variable.
        variable: String,
    },
    /// A file or folder cannot be read.
    #[error("`{path}` cannot be read: {problem}")]
    File {
        /// The file or folder.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// A setting of the document is none.
    #[error("`{setting}` cannot be used: {problem}")]
    Setting {
        /// What the document says.
        setting: String,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// The connection to a broker.
    #[error("{0}")]
    Mqtt(#[from] MqttProblem),
    /// The set-up of encryption.
    #[error("{0}")]
    Tls(#[from] TlsProblem),
    /// An address that cannot be listened on.
    #[error("cannot listen on `{address}`: {problem}; is another program using it?")]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        problem: String,
    },
    /// A program that cannot be started, or has ended badly.
    #[error("`{command}` {problem}")]
    Process {
        /// The program.
        command: String,
        /// What went wrong.
        problem: String,
    },
    /// The system gives no thread or no event loop.
    #[error("the system gives no {what}: {problem}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What it says.
        problem: String,
    },
    /// The source's own code has failed.
    #[error("reading failed inside the program ({problem}); please report it with what was sent")]
    Panic {
        /// What it said.
        problem: String,
    },
}

/// A running source.
///
/// Dropped, it stops the source and waits until its thread has ended.
#[derive(Debug)]
pub struct SourceHandle {
    id: String,
    batches: Receiver<Batch>,
    control: Arc<Control>,
    health: Arc<HealthCell>,
    thread: Option<JoinHandle<()>>,
}

impl SourceHandle {
    /// The source's id in the document.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the source hands on. The channel ends when the source has ended.
    #[must_use]
    pub fn batches(&self) -> &Receiver<Batch> {
        &self.batches
    }

    /// How the source is doing.
    #[must_use]
    pub fn health(&self) -> SourceHealth {
        self.health.read()
    }

    /// Stops reading until [`resume`](Self::resume). What a source cannot keep
    /// back meanwhile it refuses, and says so to whoever sent it.
    pub fn pause(&self) {
        self.control.set(Wish::Pause);
    }

    /// Reads on.
    pub fn resume(&self) {
        self.control.set(Wish::Run);
    }

    /// Stops the source for good and waits until its thread has ended; what it
    /// has handed on already stays in the channel.
    pub fn stop(&mut self) {
        self.control.set(Wish::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic inside has been caught and is in the health.
            let _ = thread.join();
        }
    }
}

impl Drop for SourceHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts reading a source of the document in a thread of its own.
///
/// # Errors
/// When its settings cannot be used, or the system gives no thread. What goes
/// wrong later is in the handle's health.
pub fn spawn(
    settings: &SourceSettings,
    context: SourceContext,
) -> Result<SourceHandle, SourceError> {
    let source: Box<dyn Source> = match &settings.connection {
        Connection::File { path } => Box::new(file::FileSource::new(path, settings, &context)?),
        Connection::Folder { path } => {
            Box::new(folder::FolderSource::new(path, settings, &context)?)
        }
        Connection::Mqtt { .. } => Box::new(mqtt::MqttSource::new(settings, &context)?),
        Connection::HttpPush { .. } => Box::new(http::HttpSource::new(settings, &context)?),
        Connection::Process { .. } => Box::new(process::ProcessSource::new(settings, &context)?),
    };
    let (sender, batches) = bounded(context.limits.batches.max(1));
    let control = Arc::new(Control::default());
    let health = Arc::new(HealthCell::default());
    let link = Link {
        context,
        control: Arc::clone(&control),
        health: Arc::clone(&health),
        batches: sender,
    };
    let thread = std::thread::Builder::new()
        .name(format!("source {}", settings.id))
        .spawn(move || supervise(source, &link))
        .map_err(|error| SourceError::System {
            what: "thread",
            problem: error.to_string(),
        })?;
    Ok(SourceHandle {
        id: settings.id.clone(),
        batches,
        control,
        health,
        thread: Some(thread),
    })
}

/// An event loop on the thread of a source.
fn event_loop() -> Result<tokio::runtime::Runtime, SourceError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| SourceError::System {
            what: "event loop",
            problem: error.to_string(),
        })
}

/// Runs a source until it ends, and again when it is lost.
fn supervise(mut source: Box<dyn Source>, link: &Link) {
    let mut backoff = Backoff::new(link.context.backoff, link.context.seed);
    loop {
        if link.rest().is_err() {
            break;
        }
        link.health
            .change(|health| health.state = SourceState::Connecting);
        let before = link.health.read().received;
        let began = link.now();
        let ending = catch_unwind(AssertUnwindSafe(|| source.run(link))).unwrap_or_else(|panic| {
            Ending::Failed(SourceError::Panic {
                problem: panic_text(panic.as_ref()),
            })
        });
        match ending {
            Ending::Done => break,
            Ending::Interrupted => {}
            Ending::Failed(error) => {
                let why = error.to_string();
                link.health
                    .change(|health| health.state = SourceState::Failed { why });
                return;
            }
            Ending::Lost(error) => {
                let held = link.now().checked_since(began).unwrap_or_default();
                let read = link.health.read().received > before;
                if read || held > link.context.backoff.longest {
                    backoff.reset();
                }
                let retry_in = backoff.next();
                let why = error.to_string();
                link.health.change(|health| {
                    health.state = SourceState::Waiting { retry_in, why };
                    health.reconnects += 1;
                });
                if link.sleep(retry_in).is_err() {
                    break;
                }
            }
        }
    }
    link.health
        .change(|health| health.state = SourceState::Ended);
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "no more is known".to_owned()
    }
}
