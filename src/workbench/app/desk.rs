//! One open workbench with everything that stands around it: the running twin,
//! the scene, the camera. Commands come in, effects are carried out.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::*;

use super::camera_flight::CameraFlight;
use super::colour_range::ColourRange;
use super::event_log::LogErrands;
use super::files::{self, Errand};
use super::latest::Latest;
use super::network_link::{self, NetworkDesk};
use crate::live::{ListenRequest, LiveCommand, LiveSources, Severity, WorkerHandle};
use crate::simulation::Progress;
use crate::twin::KindRegistry;
use crate::workbench::view::camera::{CameraLimits, OrbitCamera};
use crate::workbench::view::command::{
    AppCommand, EventLogCommand, OnboardingCommand, SelectCommand, ViewCommand,
};
use crate::workbench::view::dock::Pane;
use crate::workbench::view::geometry::{Extent, Vector};
use crate::workbench::view::onboarding::FormField;
use crate::workbench::view::scene::SceneView;
use crate::workbench::view::start::{Refusal, title_of};
use crate::workbench::view::{Command, Effect, Workbench, store};

/// Share of the picture's width within which a tube counts as under the pointer.
const PICK_TOLERANCE: f64 = 0.025;

/// Time after which a camera that has not moved is at rest [s].
const REST: f64 = 0.35;

/// Commands to the running twin that wait because it is busy; older ones give way to newer.
const MOST_WAITING: usize = 256;

/// The tile that shows the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile {
    /// Width and height [points].
    pub size: [f64; 2],
    /// Pixels in a point.
    pub pixels_per_point: f64,
}

impl Tile {
    /// Width over height.
    #[must_use]
    pub fn aspect(&self) -> f64 {
        self.size[0] / self.size[1].max(1.0)
    }
}

/// What an effect asks of the window; carried out by the systems that can.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowRequest {
    /// A picture of the window, or of a part of it [points], written to a file.
    Picture {
        /// Where.
        path: PathBuf,
        /// The part; all of it when absent.
        part: Option<[f32; 4]>,
    },
    /// Text on the clipboard.
    Copy(String),
    /// The end.
    Quit,
}

/// The open workbench and what stands around it.
#[derive(Resource)]
pub struct Desk {
    /// What is shown.
    pub workbench: Workbench,
    /// Commands given since they were applied last.
    pub commands: Vec<Command>,
    /// The scene of the open twin.
    pub scene: Option<Arc<SceneView>>,
    /// Folder of the open document, for its glTF files.
    pub folder: Option<PathBuf>,
    /// Where the scene is looked at from.
    pub camera: OrbitCamera,
    /// A movement of the camera under way.
    pub flight: Option<CameraFlight>,
    /// The tile that shows the scene.
    pub tile: Tile,
    /// Range of the colours.
    pub range: ColourRange,
    /// Range of what flows through the tubes.
    pub flow_range: ColourRange,
    /// What was worked out for a network of pipes.
    pub network: NetworkDesk,
    /// Whether the scene is drawn with every pixel even while it moves.
    pub always_sharp: bool,
    /// Whether the scene is drawn without panels around it.
    pub without_panels: bool,
    /// Whether the last frame changed something that the next one has to show.
    pub wants_redraw: bool,
    /// Requests to the window.
    pub requests: Vec<WindowRequest>,
    /// Errands done on threads of their own.
    pub errands: files::Errands,
    pub(super) worker: Option<WorkerHandle>,
    /// What the running twin listens to.
    pub(super) sources: Option<LiveSources>,
    pub(super) waiting: VecDeque<LiveCommand>,
    pub(super) source: Option<Arc<str>>,
    settings_folder: Option<PathBuf>,
    pub(super) registry: Arc<KindRegistry>,
    pub(super) begin_playing: bool,
    /// Number of the twin that was asked for last.
    pub(super) opening: u64,
    pub(super) begin_with: Option<(PathBuf, Option<PathBuf>, Option<ListenRequest>)>,
    /// The comparison by replications.
    pub(super) comparison: Latest<[Progress; 2]>,
    pub(super) log: LogErrands,
    /// The event log to read as soon as the first twin is there; its own where it is absent.
    pub(super) begin_beside: Option<Option<PathBuf>>,
    rested: f64,
    rested_camera: Option<OrbitCamera>,
}

impl Desk {
    /// A workbench without a twin. Settings and layout are read from
    /// `settings_folder` and written there; without one nothing is kept.
    #[must_use]
    pub fn new(settings_folder: Option<PathBuf>) -> Self {
        let (settings, layout, problems) = match &settings_folder {
            Some(folder) => store::load(folder),
            None => Default::default(),
        };
        let mut workbench = Workbench::with(settings, layout);
        for problem in problems {
            workbench
                .log
                .say(Severity::Warning, "Settings", &problem, true);
        }
        Self {
            workbench,
            commands: Vec::new(),
            scene: None,
            folder: None,
            camera: OrbitCamera::framing(&nothing(), 1.6),
            flight: None,
            tile: Tile {
                size: [640.0, 400.0],
                pixels_per_point: 1.0,
            },
            range: ColourRange::default(),
            flow_range: ColourRange::default(),
            network: NetworkDesk::default(),
            always_sharp: false,
            without_panels: false,
            wants_redraw: false,
            requests: Vec::new(),
            errands: files::Errands::default(),
            worker: None,
            sources: None,
            waiting: VecDeque::new(),
            source: None,
            settings_folder,
            registry: Arc::new(crate::model::registry()),
            begin_playing: false,
            opening: 0,
            begin_with: None,
            comparison: Latest::default(),
            log: LogErrands::default(),
            begin_beside: None,
            rested: 0.0,
            rested_camera: None,
        }
    }

    /// Draws the scene alone, in a picture of this size [pixels].
    pub fn scene_alone(&mut self, size: [f64; 2]) {
        self.without_panels = true;
        self.tile = Tile {
            size,
            pixels_per_point: 1.0,
        };
    }

    /// Whether something is plotted where it can be seen.
    #[must_use]
    pub fn shows_plots(&self) -> bool {
        !self.without_panels
            && self.workbench.layout.shows(Pane::Plots)
            && !self.workbench.plots.shown().is_empty()
    }

    /// Opens this twin as soon as the window is there.
    pub fn start_with(
        &mut self,
        path: PathBuf,
        telemetry: Option<PathBuf>,
        live: Option<ListenRequest>,
    ) {
        self.begin_with = Some((path, telemetry, live));
    }

    /// Holds the first twin against this event log, or against the one that its document
    /// names.
    pub fn begin_beside(&mut self, log: Option<PathBuf>) {
        self.begin_beside = Some(log);
    }

    /// Says where the twins are that come with the program. They are looked at
    /// when the window is there.
    pub fn offer(&mut self, folders: Vec<PathBuf>) {
        let folders: Vec<PathBuf> = folders
            .into_iter()
            .map(|folder| std::path::absolute(&folder).unwrap_or(folder))
            .collect();
        self.workbench.start.folders = folders;
    }

    /// Writes settings and layout.
    pub fn store_everything(&mut self) {
        self.store(|folder, one| store::save_settings(folder, &one.settings));
        self.store(|folder, one| store::save_layout(folder, &one.layout));
    }

    /// Takes in what the running twin and the errands have to tell.
    pub fn listen(&mut self) {
        let snapshots: Vec<_> = self
            .worker
            .iter()
            .flat_map(|worker| worker.receive())
            .collect();
        for snapshot in &snapshots {
            self.workbench.receive(snapshot);
        }
        self.watch_comparison();
        self.watch_log();
        for done in self.errands.finished() {
            self.finish_errand(done);
        }
        while let (Some(worker), Some(command)) = (&self.worker, self.waiting.front()) {
            if worker.send(command.clone()).is_err() {
                break;
            }
            self.waiting.pop_front();
        }
    }

    fn finish_errand(&mut self, done: files::Done) {
        match done {
            files::Done::Loaded { number, staged } => {
                if self.is_awaited(number) {
                    self.put_on_show(*staged);
                }
            }
            files::Done::Opened { number, opened } => {
                if self.is_awaited(number) {
                    self.run(*opened);
                }
            }
            files::Done::NotRunnable { number, why } => {
                if self.is_awaited(number) {
                    self.refuse("Simulation", &why);
                }
            }
            files::Done::Bundled(twins) => self.workbench.start.twins = twins,
            files::Done::Refused { path, problems } => {
                let name = title_of(&path);
                for problem in &problems {
                    self.workbench
                        .log
                        .say(problem.severity, "Document", &problem.text, false);
                }
                let count = problems.len();
                let what = if count == 1 {
                    "1 problem"
                } else {
                    &format!("{count} problems")
                };
                let title = format!("{name} was not opened: {what}");
                self.refuse("Document", &format!("{title}, listed in the log"));
                self.workbench.start.refusal = Some(Refusal {
                    title,
                    problems: problems
                        .into_iter()
                        .map(|problem| (problem.severity, problem.text))
                        .collect(),
                });
                self.apply(AppCommand::ForgetRecent(path).into());
            }
            files::Done::UnknownTelemetry { path, why } => {
                self.workbench.busy = None;
                self.begin_playing = false;
                self.workbench
                    .log
                    .say(Severity::Warning, "Telemetry", &why, false);
                self.apply(OnboardingCommand::FileAt(path).into());
            }
            files::Done::Chosen { purpose, path } => self.chosen(purpose, path),
            files::Done::Onboarding { number, news } => {
                let effects = self.workbench.onboarding_told(number, news);
                self.carry_out_all(effects);
            }
            files::Done::Compared { number, outcome } => self.compared(number, outcome),
            files::Done::LogRead { number, outcome } => self.log_read(number, outcome),
            files::Done::GoneOn { number, outcome } => self.gone_on(number, outcome),
            files::Done::Saved { path, source } => {
                self.source = Some(source);
                let effects = self.workbench.saved(path);
                self.carry_out_all(effects);
            }
            files::Done::Written(path) => self.workbench.log.say(
                Severity::Information,
                "Files",
                &format!("Saved {}", path.display()),
                true,
            ),
            files::Done::Failed(message) => {
                self.workbench.busy = None;
                self.workbench
                    .log
                    .say(Severity::Error, "Files", &message, true);
            }
            files::Done::NoDialog(hint) => {
                self.workbench
                    .log
                    .say(Severity::Warning, "Files", &hint, true);
            }
        }
    }

    fn chosen(&mut self, purpose: files::Purpose, path: PathBuf) {
        match purpose {
            files::Purpose::OpenTwin | files::Purpose::OpenEpanet => {
                self.apply(AppCommand::OpenPath(path).into())
            }
            files::Purpose::OpenTelemetry | files::Purpose::OpenStore => {
                self.open_telemetry(path);
            }
            files::Purpose::OpenEventLog => self.apply(EventLogCommand::OpenAt(path).into()),
            files::Purpose::UnknownTelemetry => {
                self.apply(OnboardingCommand::FileAt(path).into());
            }
            files::Purpose::TwinOfTelemetry => {
                let text = path.display().to_string();
                let field = FormField::Twin;
                self.apply(OnboardingCommand::Fill { field, text }.into());
            }
            files::Purpose::SaveTwin => self.apply(AppCommand::SaveTo(path).into()),
            files::Purpose::SaveText(text) => self.errands.start(Errand::Write { path, text }),
            files::Purpose::SavePicture(part) => {
                self.requests.push(WindowRequest::Picture { path, part });
            }
        }
    }

    /// Runs the open twin beside another telemetry file.
    pub fn open_telemetry(&mut self, telemetry: PathBuf) {
        let path = self
            .workbench
            .document
            .as_ref()
            .and_then(|one| one.path())
            .map(PathBuf::from);
        match path {
            Some(path) => self.open(path, Some(telemetry)),
            None => self.workbench.log.say(
                Severity::Warning,
                "Telemetry",
                "Open a twin first: telemetry is read with the channels of a twin",
                true,
            ),
        }
    }

    /// Applies a command and carries out what follows from it.
    pub fn apply(&mut self, command: Command) {
        let effects = self.workbench.apply(command);
        self.carry_out_all(effects);
    }

    /// Applies the commands given since the last time; says whether there were any.
    pub fn apply_commands(&mut self) -> bool {
        let commands = std::mem::take(&mut self.commands);
        let any = !commands.is_empty();
        for command in commands {
            self.apply(command);
        }
        any
    }

    /// Lets wall time pass.
    pub fn tick(&mut self, seconds: f64) {
        let effects = self.workbench.tick(seconds);
        self.carry_out_all(effects);
    }

    pub(super) fn carry_out_all(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Live(command) => self.tell(command),
            Effect::ChooseTwin => self.errands.start(Errand::Choose(files::Purpose::OpenTwin)),
            Effect::ChooseEpanet => {
                self.errands
                    .start(Errand::Choose(files::Purpose::OpenEpanet));
            }
            Effect::Closed => self.let_go(),
            Effect::ChooseStore => self
                .errands
                .start(Errand::Choose(files::Purpose::OpenStore)),
            Effect::ChooseEventLog => {
                self.errands
                    .start(Errand::Choose(files::Purpose::OpenEventLog));
            }
            Effect::ReadEventLog { path, or_telemetry } => self.read_event_log(path, or_telemetry),
            Effect::CancelReading => self.give_up_reading(),
            Effect::GoOnFromLog => self.go_on_from_log(),
            Effect::CancelGoOn => self.give_up_going_on(),
            Effect::ChooseTelemetry => {
                self.errands
                    .start(Errand::Choose(files::Purpose::OpenTelemetry));
            }
            Effect::ChooseUnknownTelemetry => {
                self.errands
                    .start(Errand::Choose(files::Purpose::UnknownTelemetry));
            }
            Effect::ChooseTwinOfTelemetry => {
                self.errands
                    .start(Errand::Choose(files::Purpose::TwinOfTelemetry));
            }
            Effect::Onboarding(errand) => self.errands.start(Errand::Onboarding(errand)),
            Effect::ChooseSavePath => {
                self.errands.start(Errand::ChooseSave {
                    purpose: files::Purpose::SaveTwin,
                    name: "twin.ron".to_owned(),
                });
            }
            Effect::Open(path) => self.open(path, None),
            Effect::OpenTelemetry(path) => self.open_telemetry(path),
            Effect::GoLive { with_plant } => self.go_live(with_plant),
            Effect::Save(path) => {
                if let Some(document) = &self.workbench.document {
                    self.errands.start(Errand::Save {
                        twin: Arc::clone(document.twin()),
                        source: self.source.clone(),
                        path,
                    });
                }
            }
            Effect::SaveText { name, text } => self.errands.start(Errand::ChooseSave {
                purpose: files::Purpose::SaveText(text),
                name,
            }),
            Effect::SavePicture { name, part } => self.errands.start(Errand::ChooseSave {
                purpose: files::Purpose::SavePicture(part),
                name,
            }),
            Effect::View(command) => self.look(&command),
            Effect::StoreSettings => {
                self.store(|folder, one| store::save_settings(folder, &one.settings));
            }
            Effect::StoreLayout => {
                self.store(|folder, one| store::save_layout(folder, &one.layout));
            }
            Effect::Copy(text) => self.requests.push(WindowRequest::Copy(text)),
            Effect::Compare => self.compare(),
            Effect::CancelCompare => self.cancel_comparison(),
            Effect::Quit => self.requests.push(WindowRequest::Quit),
        }
    }

    fn store(&mut self, write: impl FnOnce(&std::path::Path, &Workbench) -> Result<(), String>) {
        let Some(folder) = &self.settings_folder else {
            return;
        };
        if let Err(problem) = write(folder, &self.workbench) {
            self.workbench
                .log
                .say(Severity::Warning, "Settings", &problem, false);
        }
    }

    fn tell(&mut self, command: LiveCommand) {
        let Some(worker) = &self.worker else {
            return;
        };
        // What is asked later must not overtake what waits.
        if self.waiting.is_empty() && worker.send(command.clone()).is_ok() {
            return;
        }
        // Only the last of several times to reach matters.
        if matches!(command, LiveCommand::AdvanceTo(_))
            && matches!(self.waiting.back(), Some(LiveCommand::AdvanceTo(_)))
        {
            self.waiting.pop_back();
        }
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(command);
        }
    }

    /// The limits of the camera.
    #[must_use]
    pub fn limits(&self) -> CameraLimits {
        self.scene.as_ref().map_or_else(
            || CameraLimits::new(&nothing()),
            |scene| scene.camera_limits(),
        )
    }

    fn extent(&self) -> Extent {
        self.scene
            .as_ref()
            .map_or_else(nothing, |scene| scene.extent)
    }

    /// Moves the camera, or finds what is at a point of the picture.
    fn look(&mut self, command: &ViewCommand) {
        let limits = self.limits();
        let (size, height) = (self.tile.size, self.tile.size[1]);
        let wide = |point: &[f32; 2]| point.map(f64::from);
        match command {
            ViewCommand::Orbit { dx, dy } => {
                self.flight = None;
                self.camera.orbit(f64::from(*dx), f64::from(*dy), height);
            }
            ViewCommand::Pan { dx, dy } => {
                self.flight = None;
                self.camera
                    .pan(f64::from(*dx), f64::from(*dy), height, &limits);
            }
            ViewCommand::Zoom { notches, at } => {
                self.flight = None;
                self.camera
                    .zoom(f64::from(*notches), wide(at), size, &limits);
            }
            ViewCommand::Pointer(point) => {
                let hovered = point.as_ref().and_then(|point| self.asset_at(wide(point)));
                if hovered != self.workbench.selection.hovered() {
                    self.apply(SelectCommand::Hover(hovered).into());
                }
            }
            ViewCommand::Pick(point) => match self.asset_at(wide(point)) {
                Some(asset) => self.apply(SelectCommand::Asset(asset).into()),
                None => self.apply(SelectCommand::Clear.into()),
            },
            ViewCommand::FrameAt(point) => match self.asset_at(wide(point)) {
                Some(asset) => self.frame_asset(asset),
                None => self.fly_to_all(),
            },
            ViewCommand::FrameAll => self.fly_to_all(),
            ViewCommand::FrameSelection => match self.workbench.selection.selected().asset() {
                Some(asset) => self.frame_asset(asset),
                None => self.fly_to_all(),
            },
            ViewCommand::ViewHome => {
                let home = self.home();
                // A twin that has just been opened is simply there.
                if self.workbench.record.times().is_empty() {
                    self.flight = None;
                    self.camera = home;
                } else {
                    self.fly_to(home);
                }
            }
            ViewCommand::ViewFront => self.fly_to_side(0.0, 0.08),
            ViewCommand::ViewSide => self.fly_to_side(std::f64::consts::FRAC_PI_2, 0.08),
            ViewCommand::ViewTop => self.fly_to_side(0.0, 1.54),
            ViewCommand::Resize {
                width,
                height,
                pixels_per_point,
            } => {
                let tile = Tile {
                    size: [f64::from(*width).max(1.0), f64::from(*height).max(1.0)],
                    pixels_per_point: f64::from(*pixels_per_point),
                };
                let untouched = match &self.scene {
                    Some(scene) if scene.network.is_some() => self.camera == self.home(),
                    _ => self.camera == OrbitCamera::framing(&self.extent(), self.tile.aspect()),
                };
                self.tile = tile;
                // Who has not moved the camera yet goes on seeing everything.
                if untouched {
                    self.camera = self.home();
                }
            }
            _ => {}
        }
    }

    fn asset_at(&self, point: [f64; 2]) -> Option<usize> {
        let scene = self.scene.as_ref()?;
        if scene.network.is_some() {
            return network_link::asset_at(self, scene, point);
        }
        let ray = self.camera.ray(point, self.tile.size);
        scene.pick(&ray, PICK_TOLERANCE)
    }

    fn frame_asset(&mut self, asset: usize) {
        let Some(extent) = self.scene.as_ref().and_then(|scene| scene.extent_of(asset)) else {
            return;
        };
        // Some of what is around it stays in the picture.
        let centre = extent.centre();
        let least = match &self.scene {
            Some(scene) if scene.network.is_some() => scene.usual_length * 2.5,
            _ => 0.12,
        };
        let reach = (extent.radius() * 2.2).max(least);
        let around = Extent {
            low: centre.map(|part| part - reach),
            high: centre.map(|part| part + reach),
        };
        self.fly_to_extent(&around);
    }

    /// The camera as it stands when a twin is opened.
    fn home(&self) -> OrbitCamera {
        let (points, aspect) = (self.points(), self.tile.aspect());
        match &self.scene {
            Some(scene) if scene.network.is_some() => OrbitCamera::over_map(&points, aspect),
            _ => OrbitCamera::home(&points, aspect),
        }
    }

    /// What a picture of the whole has to hold.
    fn points(&self) -> Vec<Vector> {
        match &self.scene {
            Some(scene) => scene.corners(),
            None => vec![[-1.0, -0.5, -1.0], [1.0, 0.5, 1.0]],
        }
    }

    fn fly_to_all(&mut self) {
        let mut goal = self.camera;
        goal.frame_points(&self.points(), self.tile.aspect());
        self.fly_to(goal);
    }

    fn fly_to_extent(&mut self, extent: &Extent) {
        let mut goal = self.camera;
        goal.frame(extent, self.tile.aspect());
        self.fly_to(goal);
    }

    fn fly_to_side(&mut self, yaw: f64, pitch: f64) {
        let mut goal = OrbitCamera {
            yaw,
            pitch,
            ..self.camera
        };
        goal.frame_points(&self.points(), self.tile.aspect());
        self.fly_to(goal);
    }

    fn fly_to(&mut self, mut goal: OrbitCamera) {
        goal.limit(&self.limits());
        self.flight = Some(CameraFlight::new(self.camera, goal));
    }

    /// Moves the camera along its flight; says whether it goes on.
    pub fn fly(&mut self, seconds: f64) -> bool {
        let Some(flight) = &mut self.flight else {
            return false;
        };
        self.camera = flight.advance(seconds);
        if flight.has_arrived() {
            self.flight = None;
        }
        true
    }

    /// Whether the window has to be drawn again without being touched.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.workbench.is_moving()
            || self.flight.is_some()
            || self.is_coming_to_rest()
            || !self.waiting.is_empty()
    }

    /// Lets the picture rest: says how long the camera has not moved.
    pub fn watch_camera(&mut self, seconds: f64) {
        if self.rested_camera == Some(self.camera) {
            self.rested += seconds;
        } else {
            self.rested = 0.0;
            self.rested_camera = Some(self.camera);
        }
    }

    /// Whether the camera stands still long enough for a picture with every pixel.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.always_sharp || (self.rested > REST && !self.workbench.time.is_running())
    }

    /// Whether the picture is about to be drawn with every pixel.
    fn is_coming_to_rest(&self) -> bool {
        self.rested <= REST && !self.workbench.time.is_running()
    }

    /// The kinds that this program knows.
    #[must_use]
    pub fn registry(&self) -> &Arc<KindRegistry> {
        &self.registry
    }
}

/// What the camera looks at when there is no twin.
fn nothing() -> Extent {
    Extent {
        low: [-1.0, -0.5, -1.0],
        high: [1.0, 0.5, 1.0],
    }
}
