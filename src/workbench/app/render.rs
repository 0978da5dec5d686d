//! A picture of the workbench without a window: the same scene, the same panels.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};

use super::opening::Staged;
use super::picture::Picture;
use super::stage::{self, Canvas, Face};
use super::{Desk, WorkbenchPlugin, files};
use crate::inference::ParameterSet;
use crate::live::{
    ChangeSet, ForecastState, LiveCommand, LiveError, Session, SessionOptions, Worker,
    WorkerOptions,
};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::Occurrence;
use crate::workbench::scene::{PendingPipelines, Preset, SceneInput, SceneTarget};
use crate::workbench::view::command::{SelectCommand, TimeCommand, ViewCommand, WhatIfCommand};
use crate::workbench::view::export;
use crate::workbench::view::settings::Theme;

/// Frames in which nothing may change before the picture is taken: egui settles its layout in a few.
const CALM_FRAMES: u32 = 4;

/// Frames after which something must be wrong.
const MOST_FRAMES: u32 = 2_000;

/// Longest time without any news from the running twin.
const PATIENCE: Duration = Duration::from_secs(120);

/// What to draw.
#[derive(Clone, Debug)]
pub struct RenderRequest {
    /// The twin document, or its folder.
    pub twin: PathBuf,
    /// The instant that is now, as time since the epoch; when absent the end of
    /// the telemetry less the forecast's horizon, or the beginning where there is none.
    pub at: Option<SimTime>,
    /// Width and height [pixels].
    pub size: (u32, u32),
    /// Where the picture goes.
    pub out: PathBuf,
    /// Light or dark.
    pub theme: Theme,
    /// A prepared what-if, begun at now and shown beside the base.
    pub scenario: Option<String>,
    /// What befalls assets besides, at times counted from now.
    pub what_if: Vec<Occurrence>,
    /// Telemetry in place of the document's.
    pub telemetry: Option<PathBuf>,
    /// Fitted parameters in place of the document's.
    pub parameters: Option<PathBuf>,
    /// Id of an asset to select.
    pub select: Option<String>,
    /// Time from now to the instant shown; now when absent.
    pub ahead: Option<SimDuration>,
    /// What the scene is coloured by, or the beginning of its name; its first quantity when absent.
    pub colour_by: Option<String>,
    /// Whether only the scene is drawn, without panels, labels and legend.
    pub scene_only: bool,
    /// How much the renderer is asked to do; everything when absent.
    pub preset: Option<Preset>,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The twin, its telemetry or its parameters are wrong.
    #[error(transparent)]
    Twin(Box<LiveError>),
    /// Something asked for does not exist.
    #[error("{0}")]
    Request(String),
    /// This machine cannot draw.
    #[error("{0}")]
    Machine(String),
}

impl From<LiveError> for RenderError {
    fn from(error: LiveError) -> Self {
        Self::Twin(Box::new(error))
    }
}

/// Draws the picture and writes it.
///
/// # Errors
/// When the twin is wrong, something asked for does not exist, or this machine
/// has no graphics adapter, not even a software one.
pub fn render(request: &RenderRequest) -> Result<(), RenderError> {
    let (picture, lines) = draw(request)?;
    picture
        .write(&request.out, &lines)
        .map_err(RenderError::Machine)
}

/// Draws the picture; gives it with the lines that say where it comes from.
///
/// # Errors
/// As [`render`].
pub fn draw(request: &RenderRequest) -> Result<(Picture, Vec<String>), RenderError> {
    let mut app = app(request)?;
    app.world_mut().resource_mut::<Desk>().always_sharp = true;
    settle(&mut app)?;
    let lines = export::provenance(&app.world().resource::<Desk>().workbench);
    let picture = if request.scene_only {
        app.world().resource::<SceneTarget>().image.clone()
    } else {
        app.world().resource::<Canvas>().0.clone()
    };
    Ok((photograph(&mut app, picture)?, lines))
}

/// The app behind a picture, ready for its first frame.
///
/// # Errors
/// As [`render`].
pub fn app(request: &RenderRequest) -> Result<App, RenderError> {
    stage::check_adapter().map_err(RenderError::Machine)?;
    let desk = prepare(request)?;
    let (width, height) = request.size;
    // A still picture has the time to be a good one, whoever draws it.
    let preset = request.preset.unwrap_or(Preset::Full);
    let mut app = stage::build(&Face::Picture { width, height }, Some(preset));
    app.add_plugins(WorkbenchPlugin).insert_resource(desk);
    app.finish();
    app.cleanup();
    Ok(app)
}

/// The workbench at the instant asked for, with forecasts, as the window would show it.
fn prepare(request: &RenderRequest) -> Result<Desk, RenderError> {
    let read = files::open(&request.twin, request.telemetry.as_deref())?;
    let mut options = SessionOptions::default();
    if let Some(path) = &request.parameters {
        options.parameters = Some(ParameterSet::read(path).map_err(LiveError::from)?);
    }
    let mut desk = Desk::new(None);
    if request.scene_only {
        desk.scene_alone([f64::from(request.size.0), f64::from(request.size.1)]);
    }
    desk.workbench.settings.theme = request.theme;
    let twin = Arc::clone(&read.twin.twin);
    let mut session = Session::open(&read.twin, read.telemetry, options)?;
    let at = request.at.unwrap_or_else(|| match session.end() {
        Some(end) => (end - twin.forecast.horizon).max(session.begin()),
        None => session.begin(),
    });
    if at < session.begin() || session.end().is_some_and(|end| at > end) {
        return Err(RenderError::Request(format!(
            "--at {at} lies outside the run, which goes from {} to {}",
            session.begin(),
            session
                .end()
                .map_or_else(|| "no end".to_owned(), |end| end.to_string())
        )));
    }
    session.record_happenings(true);
    session.advance_to(at)?;
    let (happenings, dropped) = session.take_happenings();
    let registry = Arc::clone(desk.registry());
    desk.put_on_show(Staged::new(read.twin, read.path, read.data, &registry));
    let generation = session.generation();
    (desk.workbench.flow).recall(generation, &happenings, dropped, at);
    desk.workbench.busy = None;
    if let Some(scenario) = &request.scenario {
        if !twin.scenarios.iter().any(|one| one.id == *scenario) {
            let known: Vec<&str> = twin.scenarios.iter().map(|one| one.id.as_str()).collect();
            return Err(RenderError::Request(format!(
                "there is no scenario `{scenario}`; the twin has {}",
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            )));
        }
        desk.apply(WhatIfCommand::Scenario(Some(scenario.clone())).into());
    }
    let change_set = ChangeSet {
        scenario: request.scenario.clone(),
        contingencies: request.what_if.clone(),
        ..ChangeSet::default()
    };
    session.set_change_set(change_set)?;
    for occurrence in &request.what_if {
        desk.apply(WhatIfCommand::Befall(occurrence.clone()).into());
    }
    if let Some(id) = &request.select {
        let asset = twin
            .assets
            .iter()
            .position(|asset| asset.id == *id)
            .ok_or_else(|| RenderError::Request(format!("there is no asset `{id}` to select")))?;
        desk.apply(SelectCommand::Asset(asset).into());
    }
    if let Some(name) = &request.colour_by {
        let position = desk.colour_called(name).map_err(RenderError::Request)?;
        desk.apply(ViewCommand::ColourBy(position).into());
    }
    let shows_forecast =
        request.scenario.is_some() || request.ahead.is_some() || desk.shows_plots();
    follow(&mut desk, session, shows_forecast)?;
    if let Some(ahead) = request.ahead {
        let instant = desk
            .workbench
            .time
            .now()
            .checked_add(ahead)
            .unwrap_or(SimTime::MAX);
        desk.apply(TimeCommand::MoveCursor(instant).into());
    }
    Ok(desk)
}

/// Has the workbench told everything that the session knows, and its forecasts
/// where something on the picture shows them: that of a large network takes long.
fn follow(desk: &mut Desk, session: Session, with_forecast: bool) -> Result<(), RenderError> {
    let options = WorkerOptions {
        refresh_forecast: None,
        ..WorkerOptions::default()
    };
    let worker = Worker::spawn_with(session, options)?;
    if with_forecast {
        worker
            .send(LiveCommand::Forecast)
            .map_err(|busy| RenderError::Machine(busy.to_string()))?;
    }
    loop {
        let Some(snapshot) = worker.wait(PATIENCE) else {
            return Err(RenderError::Machine(
                "the forecast does not come; try again when the machine is less busy".to_owned(),
            ));
        };
        desk.workbench.receive(&snapshot);
        if !with_forecast {
            return Ok(());
        }
        match &snapshot.forecast_state {
            ForecastState::Fresh if snapshot.forecast.is_some() => return Ok(()),
            // The picture is still worth having; it says itself what is missing.
            ForecastState::Failed(_) => return Ok(()),
            _ => {}
        }
    }
}

/// Draws frames until nothing changes any more.
///
/// # Errors
/// When that does not come to an end.
pub fn settle(app: &mut App) -> Result<(), RenderError> {
    let mut calm = 0;
    let mut before: Option<SceneInput> = None;
    for _ in 0..MOST_FRAMES {
        app.update();
        let world = app.world();
        let input = world.resource::<SceneInput>();
        let still = world.resource::<SceneTarget>().complete
            && world.resource::<PendingPipelines>().count() == 0
            && before.as_ref().is_some_and(|old| {
                old.size == input.size
                    && old.camera == input.camera
                    && old.painting == input.painting
                    && old.network == input.network
            });
        before = Some(input.clone());
        calm = if still { calm + 1 } else { 0 };
        if calm >= CALM_FRAMES {
            return Ok(());
        }
    }
    Err(RenderError::Machine(
        "the picture does not come to rest; a glTF file may not finish loading".to_owned(),
    ))
}

/// Reads a picture back from the renderer, which draws it once more for that.
///
/// # Errors
/// When the renderer does not give it.
pub fn photograph(app: &mut App, picture: Handle<Image>) -> Result<Picture, RenderError> {
    app.world_mut().resource_mut::<SceneInput>().every_frame = true;
    let taken: Arc<Mutex<Option<Image>>> = Arc::default();
    let into = Arc::clone(&taken);
    app.world_mut().spawn(Screenshot::image(picture)).observe(
        move |captured: On<ScreenshotCaptured>| {
            *into.lock().unwrap_or_else(PoisonError::into_inner) = Some(captured.image.clone());
        },
    );
    for _ in 0..MOST_FRAMES {
        app.update();
        let image = taken.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(image) = image {
            app.world_mut().resource_mut::<SceneInput>().every_frame = false;
            return Picture::from_image(image).map_err(RenderError::Machine);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err(RenderError::Machine(
        "the picture cannot be read back from the renderer".to_owned(),
    ))
}
