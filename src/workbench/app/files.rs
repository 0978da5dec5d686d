//! Errands that take time or ask the user: opening, saving, file dialogs. Each
//! runs on a thread of its own and reports when it is done; no frame waits.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender, bounded};

use super::bundled;
use super::opening::Staged;
use crate::live::event_log::{
    LogForecast, LogForecastRequest, LogReading, ReadingRequest, forecast_opened,
};
use crate::live::{
    ListenRequest, LiveError, Session, SessionOptions, Severity, Trial, TrialRequest, WorkerHandle,
    load_twin, open_document, saving_path,
};
use crate::simulation::Progress;
use crate::telemetry::Telemetry;
use crate::twin::{LoadedTwin, Twin, write_atomically};
use crate::workbench::view::onboarding::{OnboardingErrand, OnboardingNews};
use crate::workbench::view::start::{BundledTwin, title_of};
use crate::workbench::view::{DataSource, RejectedSample};

/// Reports that may wait to be looked at.
const REPORTS: usize = 64;

/// Most rejected samples that are shown one by one.
const MOST_REJECTED: usize = 20_000;

/// Why a path is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// A twin document to open.
    OpenTwin,
    /// An EPANET file to open.
    OpenEpanet,
    /// A telemetry file to run the twin beside.
    OpenTelemetry,
    /// The folder of a telemetry store to run the twin beside.
    OpenStore,
    /// An event log to hold the twin against.
    OpenEventLog,
    /// A file of unknown telemetry for the wizard.
    UnknownTelemetry,
    /// The twin that unknown telemetry belongs to.
    TwinOfTelemetry,
    /// Where to save the document.
    SaveTwin,
    /// Where to save this text.
    SaveText(String),
    /// Where to save a picture of the window, or of a part of it [points].
    SavePicture(Option<[f32; 4]>),
}

/// Something to be done away from the frame.
#[derive(Debug)]
pub enum Errand {
    /// Read and check a twin and its telemetry.
    Open {
        /// Number of the attempt.
        number: u64,
        /// The document or its folder.
        path: PathBuf,
        /// A telemetry file in place of the document's own.
        telemetry: Option<PathBuf>,
    },
    /// Read and check a twin that is to run beside live sources.
    OpenLive {
        /// Number of the attempt.
        number: u64,
        /// The document or its folder.
        path: PathBuf,
        /// How it is to listen.
        live: ListenRequest,
    },
    /// Look at the twins that come with the program.
    LookAtBundled(Vec<PathBuf>),
    /// Ask for a file that exists.
    Choose(Purpose),
    /// Ask for a file to write.
    ChooseSave {
        /// What for.
        purpose: Purpose,
        /// The name to begin with.
        name: String,
    },
    /// Work of the wizard.
    Onboarding(OnboardingErrand),
    /// Compare a twin as it is with a what-if by replications.
    Compare {
        /// Number of the comparison.
        number: u64,
        /// What to replicate.
        request: TrialRequest,
        /// How far it is.
        progress: Arc<[Progress; 2]>,
    },
    /// Read an event log and simulate the twin beside it.
    ReadLog {
        /// Number of the attempt.
        number: u64,
        /// What to read.
        request: ReadingRequest,
        /// Whether the file may be telemetry instead.
        or_telemetry: bool,
        /// How far it is.
        progress: Arc<Progress>,
    },
    /// Simulate from the end of a log.
    GoOnFromLog {
        /// Number of the attempt.
        number: u64,
        /// The log.
        reading: Arc<LogReading>,
        /// How many simulations.
        request: LogForecastRequest,
        /// How far they are.
        progress: Arc<Progress>,
    },
    /// Write the document.
    Save {
        /// The twin as it is now.
        twin: Arc<Twin>,
        /// The text it was read from, whose comments and layout are kept.
        source: Option<Arc<str>>,
        /// Where.
        path: PathBuf,
    },
    /// Write text.
    Write {
        /// Where.
        path: PathBuf,
        /// What.
        text: String,
    },
}

/// A twin that is ready to run.
#[derive(Debug)]
pub struct Opened {
    /// The checked document.
    pub twin: LoadedTwin,
    /// The compiled twin beside its telemetry; none where it is to listen.
    pub session: Option<Box<Session>>,
    /// How to run it.
    pub options: SessionOptions,
    /// How it listens to live sources; beside a recorded file when absent.
    pub live: Option<ListenRequest>,
}

/// A twin that was read.
#[derive(Debug)]
pub struct Read {
    /// The checked document.
    pub twin: LoadedTwin,
    /// Its telemetry.
    pub telemetry: Option<Telemetry>,
    /// Where it is stored.
    pub path: Option<PathBuf>,
    /// The telemetry in words.
    pub data: Option<DataSource>,
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What, where, and what to do.
    pub text: String,
}

/// Why an event log was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogRefusal {
    /// The file is not one, and may be telemetry.
    NoLog(PathBuf),
    /// In words.
    Unreadable(String),
}

/// How an errand ended.
#[derive(Debug)]
pub enum Done {
    /// A twin can be seen; it will run in a moment.
    Loaded {
        /// Number of the attempt.
        number: u64,
        /// What it looks like.
        staged: Box<Staged>,
    },
    /// The twin that can be seen is ready to run.
    Opened {
        /// Number of the attempt.
        number: u64,
        /// What runs.
        opened: Box<Opened>,
    },
    /// The twin that can be seen cannot be run.
    NotRunnable {
        /// Number of the attempt.
        number: u64,
        /// Why, in words.
        why: String,
    },
    /// The twins that come with the program were looked at.
    Bundled(Vec<BundledTwin>),
    /// A twin could not be opened.
    Refused {
        /// Where it was looked for.
        path: PathBuf,
        /// Everything that is wrong.
        problems: Vec<Problem>,
    },
    /// The twin cannot read this telemetry; the wizard may.
    UnknownTelemetry {
        /// The file.
        path: PathBuf,
        /// Why it cannot be read.
        why: String,
    },
    /// The user chose a path.
    Chosen {
        /// What for.
        purpose: Purpose,
        /// Which.
        path: PathBuf,
    },
    /// The wizard has news.
    Onboarding {
        /// Number of the errand.
        number: u64,
        /// What came of it.
        news: OnboardingNews,
    },
    /// A comparison by replications ended.
    Compared {
        /// Its number.
        number: u64,
        /// What it came to, or why it came to nothing.
        outcome: Result<Trial, String>,
    },
    /// An event log was read, or not.
    LogRead {
        /// Number of the attempt.
        number: u64,
        /// The log beside the twin.
        outcome: Result<Box<LogReading>, LogRefusal>,
    },
    /// The simulations from the end of a log ended.
    GoneOn {
        /// Number of the attempt.
        number: u64,
        /// What they came to, or why they came to nothing.
        outcome: Result<LogForecast, String>,
    },
    /// The document was written.
    Saved {
        /// Where.
        path: PathBuf,
        /// The text written.
        source: Arc<str>,
    },
    /// A file was written.
    Written(PathBuf),
    /// Something failed, in words.
    Failed(String),
    /// There is no file dialog on this system; says what to do instead.
    NoDialog(String),
}

/// Wakes the window.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// The errands under way.
pub struct Errands {
    sender: Sender<Done>,
    receiver: Receiver<Done>,
    waker: Option<Waker>,
}

impl Default for Errands {
    fn default() -> Self {
        let (sender, receiver) = bounded(REPORTS);
        Self {
            sender,
            receiver,
            waker: None,
        }
    }
}

impl Errands {
    /// Has `waker` called whenever an errand is done or a running twin has news.
    pub fn set_waker(&mut self, waker: Waker) {
        self.waker = Some(waker);
    }

    /// Has the window woken when a running twin has news.
    pub fn wake_on_news(&self, worker: &WorkerHandle) {
        if let Some(waker) = self.waker.clone() {
            worker.on_news(Box::new(move || waker()));
        }
    }

    /// Starts an errand.
    pub fn start(&self, errand: Errand) {
        let (sender, waker) = (self.sender.clone(), self.waker.clone());
        let started = std::thread::Builder::new()
            .name("errand".to_owned())
            .spawn(move || {
                let tell = |done| {
                    // Nobody listens any more when the window has been closed.
                    let _ = sender.send(done);
                    if let Some(waker) = &waker {
                        waker();
                    }
                };
                if let Some(done) = run(errand, &tell) {
                    tell(done);
                }
            });
        if let Err(error) = started {
            let message =
                format!("the system has no thread to give: {error}; close other programs");
            let _ = self.sender.try_send(Done::Failed(message));
        }
    }

    /// Errands that ended since the last call.
    #[must_use]
    pub fn finished(&self) -> Vec<Done> {
        self.receiver.try_iter().collect()
    }

    /// Reports something that was done elsewhere.
    #[must_use]
    pub fn reporter(&self) -> Sender<Done> {
        self.sender.clone()
    }
}

/// Does an errand; what it has to tell on its way goes to `tell`.
fn run(errand: Errand, tell: &dyn Fn(Done)) -> Option<Done> {
    match errand {
        Errand::Compare {
            number,
            request,
            progress,
        } => Some(Done::Compared {
            number,
            outcome: request.run(&progress).map_err(|error| error.to_string()),
        }),
        Errand::ReadLog {
            number,
            request,
            or_telemetry,
            progress,
        } => Some(Done::LogRead {
            number,
            outcome: request
                .run(&progress)
                .map(Box::new)
                .map_err(|error| match error {
                    LiveError::EventLog { path, source } if or_telemetry && source.is_no_log() => {
                        LogRefusal::NoLog(path)
                    }
                    other => LogRefusal::Unreadable(other.to_string()),
                }),
        }),
        Errand::GoOnFromLog {
            number,
            reading,
            request,
            progress,
        } => {
            let outcome = forecast_opened(&reading.opened, &request, &progress);
            Some(Done::GoneOn {
                number,
                outcome: outcome.map_err(|error| error.to_string()),
            })
        }
        Errand::Onboarding(errand) => {
            let number = errand.number;
            let news = |news| Done::Onboarding { number, news };
            Some(news(errand.run(&|heard| tell(news(heard)))))
        }
        Errand::Open {
            number,
            path,
            telemetry,
        } => Some(match open(&path, telemetry.as_deref()) {
            Ok(read) => {
                let Read {
                    twin,
                    telemetry,
                    path,
                    data,
                } = read;
                tell(loaded(number, twin.clone(), path, data));
                match Session::open(&twin, telemetry, SessionOptions::default()) {
                    Ok(session) => Done::Opened {
                        number,
                        opened: Box::new(Opened {
                            twin,
                            session: Some(Box::new(session)),
                            options: SessionOptions::default(),
                            live: None,
                        }),
                    },
                    Err(error) => Done::NotRunnable {
                        number,
                        why: error.to_string(),
                    },
                }
            }
            Err(error @ LiveError::Telemetry(_)) if telemetry.is_some() => Done::UnknownTelemetry {
                path: telemetry.unwrap_or_default(),
                why: error.to_string(),
            },
            Err(error) => Done::Refused {
                path,
                problems: problems(&error),
            },
        }),
        Errand::OpenLive { number, path, live } => Some(match load_twin(&path) {
            Ok(twin) => {
                tell(loaded(number, twin.clone(), Some(saving_path(&path)), None));
                Done::Opened {
                    number,
                    opened: Box::new(Opened {
                        twin,
                        session: None,
                        options: SessionOptions::default(),
                        live: Some(live),
                    }),
                }
            }
            Err(error) => Done::Refused {
                path,
                problems: problems(&error),
            },
        }),
        Errand::LookAtBundled(folders) => Some(Done::Bundled(bundled::cards(&folders))),
        Errand::Choose(purpose) => {
            if !has_dialogs() {
                return Some(Done::NoDialog(
                    "This system shows no file dialog: drop the file on the window, or type its path in the palette (Ctrl+K)"
                        .to_owned(),
                ));
            }
            let dialog = rfd::FileDialog::new();
            let dialog = match purpose {
                Purpose::OpenStore => dialog.set_title("Open telemetry store"),
                Purpose::OpenEventLog => dialog
                    .set_title("Open event log")
                    .add_filter("Event logs", &["csv", "parquet", "xes"]),
                Purpose::OpenTelemetry => dialog
                    .set_title("Open telemetry")
                    .add_filter("Tables", &["csv", "tsv", "txt"]),
                Purpose::UnknownTelemetry => dialog
                    .set_title("Add telemetry")
                    .add_filter("Tables", &["csv", "tsv", "txt", "parquet"]),
                Purpose::OpenEpanet => dialog
                    .set_title("Import EPANET")
                    .add_filter("EPANET networks", &["inp", "INP"]),
                _ => dialog
                    .set_title("Open twin")
                    .add_filter("Twins and EPANET networks", &["ron", "inp", "INP"]),
            };
            let chosen = match purpose {
                Purpose::OpenStore => dialog.pick_folder(),
                _ => dialog.pick_file(),
            };
            chosen.map(|path| Done::Chosen { purpose, path })
        }
        Errand::ChooseSave { purpose, name } => {
            if !has_dialogs() {
                // Better in a known place than not at all.
                let path = std::env::current_dir().unwrap_or_default().join(&name);
                return Some(if path.exists() {
                    Done::NoDialog(format!(
                        "This system shows no file dialog, and {} is there already: move it away and save again",
                        path.display()
                    ))
                } else {
                    Done::Chosen { purpose, path }
                });
            }
            rfd::FileDialog::new()
                .set_title("Save")
                .set_file_name(&name)
                .save_file()
                .map(|path| Done::Chosen { purpose, path })
        }
        Errand::Save { twin, source, path } => {
            Some(match crate::twin::save(&twin, source.as_deref(), &path) {
                Ok(saved) => Done::Saved {
                    path,
                    source: Arc::from(saved.text),
                },
                Err(error) => Done::Failed(error.to_string()),
            })
        }
        Errand::Write { path, text } => {
            let written = write_atomically(&path, |out| out.write_all(text.as_bytes()));
            Some(match written {
                Ok(()) => Done::Written(path),
                Err(error) => Done::Failed(error.to_string()),
            })
        }
    }
}

/// A twin that was read, as it is shown.
fn loaded(number: u64, twin: LoadedTwin, path: Option<PathBuf>, data: Option<DataSource>) -> Done {
    let staged = Staged::new(twin, path, data, &crate::model::registry());
    Done::Loaded {
        number,
        staged: Box::new(staged),
    }
}

/// Reads a twin with its telemetry.
///
/// # Errors
/// When the document has errors or the telemetry cannot be read.
pub fn open(path: &Path, telemetry: Option<&Path>) -> Result<Read, LiveError> {
    let document = open_document(path, telemetry)?;
    let title = match telemetry {
        Some(file) => title_of(file),
        None => document
            .twin
            .twin
            .telemetry
            .first()
            .map(|file| {
                if file.title.is_empty() {
                    file.path.clone()
                } else {
                    file.title.clone()
                }
            })
            .unwrap_or_default(),
    };
    let data = document
        .telemetry
        .as_ref()
        .map(|telemetry| data_source(title, telemetry));
    Ok(Read {
        telemetry: document.telemetry,
        twin: document.twin,
        path: Some(saving_path(path)),
        data,
    })
}

/// Telemetry in words, with the samples that were not believed.
#[must_use]
pub fn data_source(title: String, telemetry: &Telemetry) -> DataSource {
    let rejected = telemetry
        .rejected
        .iter()
        .filter_map(|sample| {
            Some(RejectedSample {
                channel: sample.channel?,
                time: sample.time?.as_seconds(),
                value: sample.value.trim().parse().ok(),
                reason: sample.reason.to_string(),
            })
        })
        .take(MOST_REJECTED)
        .collect();
    DataSource { title, rejected }
}

/// Everything that is wrong, one by one where it is known so.
fn problems(error: &LiveError) -> Vec<Problem> {
    match error {
        LiveError::Document(report) => report
            .diagnostics()
            .iter()
            .map(|one| Problem {
                severity: match one.severity {
                    crate::twin::Severity::Error => Severity::Error,
                    crate::twin::Severity::Warning => Severity::Warning,
                },
                text: match &one.hint {
                    Some(hint) => format!("{}: {} ({hint})", one.place(), one.message),
                    None => format!("{}: {}", one.place(), one.message),
                },
            })
            .collect(),
        other => vec![Problem {
            severity: Severity::Error,
            text: other.to_string(),
        }],
    }
}

/// Whether this system can show file dialogs: on Linux they are asked for over the session bus.
fn has_dialogs() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let named = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|one| !one.is_empty());
    let usual = std::env::var_os("XDG_RUNTIME_DIR")
        .is_some_and(|folder| Path::new(&folder).join("bus").exists());
    named || usual
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_a_broken_document_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("twin.ron");
        std::fs::write(&path, "(format: 1, id: \"x\"").unwrap();
        let errand = Errand::Open {
            number: 1,
            path,
            telemetry: None,
        };
        let Some(Done::Refused { problems, .. }) = run(errand, &|_| {}) else {
            panic!("a broken document was opened");
        };
        assert!(!problems.is_empty());
        assert!(problems.iter().any(|one| one.severity == Severity::Error));
    }
}
