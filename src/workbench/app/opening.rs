//! From a path to a twin that runs: read in the background, seen as soon as it
//! was read, running as soon as it was compiled. A network of thousands takes a
//! moment for either; nobody has to look at nothing meanwhile.

use std::path::PathBuf;
use std::sync::Arc;

use super::Desk;
use super::colour_range::ColourRange;
use super::files::{Errand, Opened};
use super::network_link::{NetworkDesk, ground};
use crate::live::{ListenRequest, PlantToPlay, Session, Severity, Worker, WorkerHandle, listen};
use crate::twin::{KindRegistry, LoadedTwin};
use crate::workbench::view::command::{EventLogCommand, LayoutCommand, TimeCommand};
use crate::workbench::view::dock::Pane;
use crate::workbench::view::network::state::NetworkState;
use crate::workbench::view::network::terrain::Field;
use crate::workbench::view::scene::SceneView;
use crate::workbench::view::start::title_of;
use crate::workbench::view::time_control::Speed;
use crate::workbench::view::{DataSource, Document};

/// What a twin looks like, worked out away from the frame.
#[derive(Debug)]
pub struct Staged {
    /// The checked document.
    pub twin: LoadedTwin,
    /// Where it is stored.
    pub path: Option<PathBuf>,
    /// Its telemetry in words.
    pub data: Option<DataSource>,
    scene: SceneView,
    network: NetworkState,
    ground: Option<Field>,
}

impl Staged {
    /// Lays out the scene of a twin.
    #[must_use]
    pub fn new(
        twin: LoadedTwin,
        path: Option<PathBuf>,
        data: Option<DataSource>,
        registry: &KindRegistry,
    ) -> Self {
        let scene = SceneView::new(&twin.twin, registry, &twin.variables);
        let network = NetworkState::of(scene.network.clone());
        Self {
            scene: scene.with_exaggeration(network.exaggeration()),
            ground: scene.network.as_deref().and_then(ground),
            network,
            twin,
            path,
            data,
        }
    }
}

impl Desk {
    /// Opens what was to be opened as soon as the window is there.
    pub fn begin(&mut self) {
        let offered = self.workbench.start.folders.clone();
        self.errands.start(Errand::LookAtBundled(offered));
        match self.begin_with.take() {
            Some((path, _, Some(live))) => self.open_live(path, live),
            Some((path, telemetry, None)) => self.open(path, telemetry),
            None => {}
        }
    }

    /// Opens a twin in the background; it begins to run when it is there.
    pub fn open(&mut self, path: PathBuf, telemetry: Option<PathBuf>) {
        self.begin_playing = true;
        let number = self.announce(&path);
        self.errands.start(Errand::Open {
            number,
            path,
            telemetry,
        });
    }

    /// Opens a twin beside live sources in the background.
    pub fn open_live(&mut self, path: PathBuf, live: ListenRequest) {
        self.begin_playing = false;
        let number = self.announce(&path);
        self.errands.start(Errand::OpenLive { number, path, live });
    }

    /// Says what is being opened; gives the number of the attempt, by which
    /// news of an earlier one are known.
    fn announce(&mut self, path: &std::path::Path) -> u64 {
        self.workbench.busy = Some(format!("Opening {}", title_of(path)));
        self.opening += 1;
        self.opening
    }

    /// Whether news are of the twin that was asked for last.
    pub(super) fn is_awaited(&self, number: u64) -> bool {
        number == self.opening
    }

    /// Runs the open twin beside its live sources, or beside a plant that is played.
    pub(super) fn go_live(&mut self, with_plant: bool) {
        let path = self
            .workbench
            .document
            .as_ref()
            .and_then(|one| one.path())
            .map(PathBuf::from);
        let Some(path) = path else { return };
        let plant = if with_plant {
            match std::env::current_exe() {
                Ok(program) => Some(PlantToPlay {
                    program,
                    twin: path.clone(),
                    seed: 1,
                    faults: None,
                    broker: None,
                }),
                Err(error) => {
                    let text = format!("The program does not know where it is: {error}");
                    self.workbench
                        .log
                        .say(Severity::Error, "Sources", &text, true);
                    return;
                }
            }
        } else {
            None
        };
        let live = ListenRequest {
            plant,
            ..ListenRequest::default()
        };
        self.open_live(path, live);
    }

    /// Shows a twin that was read and will run in a moment, in the place of the
    /// one before.
    pub fn put_on_show(&mut self, staged: Staged) {
        self.let_go();
        let Staged {
            twin,
            path,
            data,
            scene,
            network,
            ground,
        } = staged;
        let document = self.document(&twin, path, data);
        let title = document.origin().map(title_of);
        let flow = scene.flow.clone();
        self.network = NetworkDesk::on(ground);
        self.scene = Some(Arc::new(scene));
        self.folder = Some(twin.folder().to_owned());
        // A twin that was imported has no text whose layout could be kept.
        self.source = Some(Arc::clone(&twin.source)).filter(|source| !source.is_empty());
        self.range = ColourRange::default();
        self.flow_range = ColourRange::default();
        let effects = self.workbench.open(document);
        self.workbench.network = network;
        self.workbench.show_flow(flow);
        self.workbench.plot_network();
        self.workbench.plot_flow();
        self.carry_out_all(effects);
        if let Some(log) = self.begin_beside.take() {
            self.apply(
                log.map_or(EventLogCommand::OpenOwn, EventLogCommand::OpenAt)
                    .into(),
            );
        }
        for warning in twin.warnings.diagnostics() {
            let text = format!("{}: {}", warning.place(), warning.message);
            self.workbench
                .log
                .say(Severity::Warning, "Document", &text, false);
        }
        if let Some(title) = title {
            self.workbench.busy = Some(format!("Compiling {title}"));
        }
    }

    /// Runs the twin on show on a thread of its own.
    pub fn run(&mut self, opened: Opened) {
        if self.scene.is_none() {
            // It was closed before it was compiled.
            return;
        }
        let Opened {
            twin,
            session,
            mut options,
            live,
        } = opened;
        options.forecast_inputs = self.workbench.settings.forecast_inputs;
        let started = match (session, live) {
            (_, Some(live)) => listen(&twin, &live, options)
                .map(|listening| (listening.worker, Some(listening.sources))),
            (Some(mut session), None) => {
                session.set_forecast_inputs(options.forecast_inputs);
                Worker::spawn(*session).map(|worker| (worker, None))
            }
            (None, None) => Session::open(&twin, None, options)
                .and_then(Worker::spawn)
                .map(|worker| (worker, None)),
        };
        self.workbench.busy = None;
        match started {
            Ok((worker, sources)) => {
                self.attach(worker);
                self.sources = sources;
                if std::mem::take(&mut self.begin_playing) {
                    let speed = Speed::to_watch(twin.twin.timestep);
                    self.apply(TimeCommand::SetSpeed(speed).into());
                    self.apply(TimeCommand::PlayPause.into());
                }
            }
            Err(error) => self.refuse("Simulation", &error.to_string()),
        }
    }

    fn attach(&mut self, worker: WorkerHandle) {
        self.errands.wake_on_news(&worker);
        self.worker = Some(worker);
        self.waiting.clear();
    }

    /// The document of a loaded twin as the workbench keeps it.
    fn document(
        &self,
        loaded: &LoadedTwin,
        path: Option<PathBuf>,
        data: Option<DataSource>,
    ) -> Document {
        let is_stored = path.is_some();
        let mut document = Document::new(
            Arc::clone(&loaded.twin),
            Arc::clone(&loaded.variables),
            Arc::clone(&self.registry),
            path,
        );
        document.set_data(data);
        // The list of recent documents has to be good from any folder.
        if is_stored && let Ok(origin) = std::path::absolute(&loaded.path) {
            document.set_origin(origin);
        }
        document
    }

    /// Says that something could not be opened or run. What is open stays.
    pub(super) fn refuse(&mut self, source: &str, message: &str) {
        self.workbench.busy = None;
        self.begin_playing = false;
        self.workbench
            .log
            .say(Severity::Error, source, message, true);
        // Without a twin the start page tells what is wrong.
        if self.workbench.document.is_some() {
            self.apply(LayoutCommand::Reveal(Pane::Log).into());
        }
    }

    /// Lets the running twin and its scene go.
    pub(super) fn let_go(&mut self) {
        self.cancel_comparison();
        self.let_log_go();
        self.worker = None;
        self.sources = None;
        self.waiting.clear();
        self.source = None;
        self.scene = None;
        self.folder = None;
        self.network = NetworkDesk::default();
    }
}
