//! The workbench in a window.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::{Monitor, PrimaryWindow, RequestRedraw, WindowCloseRequested};
use bevy::winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent};
use bevy_egui::{EguiContexts, EguiInputSet, EguiPreUpdateSet};

use super::desk::{Desk, WindowRequest};
use super::files::Done;
use super::picture::Picture;
use super::stage::{self, Face};
use super::{WorkbenchPlugin, bundled, modifiers};
use crate::live::{ListenRequest, Severity, store_beside};
use crate::workbench::scene::{Preset, SceneSettings};
use crate::workbench::view::command::AppCommand;
use crate::workbench::view::{export, settings};

/// Time between two frames while egui waits for something: a tooltip, a blinking cursor.
const SOON: Duration = Duration::from_millis(250);

/// Longest time between two frames of an idle window: nothing needs it, it only
/// lets a lost wake-up heal.
const IDLE: Duration = Duration::from_secs(5);

/// What the window begins with.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// The twin to open; the first of the bundled ones when absent.
    pub twin: Option<PathBuf>,
    /// How much the renderer is asked to do; chosen by the adapter when absent.
    pub preset: Option<Preset>,
    /// How to listen to live sources; the twin runs beside a recorded file when absent.
    pub live: Option<ListenRequest>,
    /// Opens the twin on a telemetry store rather than on a recorded file: the one in this folder,
    /// or the one beside the document.
    pub store: Option<Option<PathBuf>>,
    /// Holds the twin against an event log: this one, or the one that the document names.
    pub beside: Option<Option<PathBuf>>,
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// In words, when the program cannot show a window here.
pub fn open_window(options: &WindowOptions) -> Result<(), String> {
    stage::check_display()?;
    stage::check_adapter()?;
    let unpacked = tempfile::tempdir()
        .map_err(|error| format!("there is no room for temporary files: {error}"))?;
    let mut desk = Desk::new(settings::folder());
    match bundled::folders(unpacked.path()) {
        Ok(folders) => desk.offer(folders),
        Err(problem) => desk
            .workbench
            .log
            .say(Severity::Warning, "Program", &problem, false),
    }
    let first = match &options.live {
        Some(_) => bundled::FIRST_LIVE,
        None => bundled::FIRST,
    };
    match options
        .twin
        .clone()
        .map_or_else(|| bundled::find(first, unpacked.path()), Ok)
    {
        Ok(path) => {
            let mut live = options.live.clone();
            if let Some(plant) = live.as_mut().and_then(|live| live.plant.as_mut()) {
                // The plant is that of the twin on show, whoever named it.
                plant.twin.clone_from(&path);
            }
            let beside = |folder: Option<PathBuf>| folder.unwrap_or_else(|| store_beside(&path));
            let telemetry = options.store.clone().map(beside);
            desk.start_with(path, telemetry, live);
            if let Some(log) = options.beside.clone() {
                desk.begin_beside(log);
            }
        }
        Err(problem) => desk
            .workbench
            .log
            .say(Severity::Error, "Program", &problem, true),
    }
    let repaint = Repaint::default();
    let face = Face::Window {
        width: 1440,
        height: 900,
    };
    let mut app = stage::build(&face, options.preset);
    app.add_plugins(WorkbenchPlugin)
        .insert_resource(desk)
        .insert_resource(repaint)
        .insert_resource(WinitSettings::desktop_app())
        .add_systems(Startup, wake_for_news)
        .add_systems(
            PreUpdate,
            (
                ask_before_closing,
                modifiers::sharpen
                    .after(EguiInputSet::ReadBevyMessages)
                    .before(EguiInputSet::WriteEguiEvents),
                modifiers::drop_repeated
                    .after(EguiPreUpdateSet::ProcessInput)
                    .before(EguiPreUpdateSet::BeginPass),
            ),
        )
        .add_systems(
            Update,
            (name_window, measure_frames, listen_to_egui, fit_screen),
        )
        .add_systems(
            Last,
            (carry_out_requests, pace)
                .chain()
                .after(super::apply_commands),
        );
    match app.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(code) => Err(format!("the window ended with code {code}")),
    }
}

/// Lets errands and the running twin wake an idle window, and starts what waits for that.
fn wake_for_news(mut desk: ResMut<Desk>, proxy: Res<EventLoopProxyWrapper>) {
    let proxy = std::sync::Mutex::new((**proxy).clone());
    desk.errands.set_waker(Arc::new(move || {
        if let Ok(proxy) = proxy.lock() {
            // The loop is gone when the window is closed; nobody is left to wake.
            let _ = proxy.send_event(WinitUserEvent::WakeUp);
        }
    }));
    desk.begin();
}

/// Closing the window is a command like any other: unsaved edits are asked about.
fn ask_before_closing(mut desk: ResMut<Desk>, mut requests: MessageReader<WindowCloseRequested>) {
    if requests.read().count() > 0 {
        desk.apply(AppCommand::Quit.into());
    }
}

/// Names the window after the twin.
fn name_window(desk: Res<Desk>, mut window: Single<&mut Window, With<PrimaryWindow>>) {
    let title = match &desk.workbench.document {
        Some(document) => {
            let mark = if document.is_changed() { "• " } else { "" };
            format!("{mark}{} – Counterpart", document.twin().name)
        }
        None => "Counterpart".to_owned(),
    };
    if window.title != title {
        window.title = title;
    }
}

/// Makes the window no larger than the screen, once: where no window manager
/// does, its edges would lie outside.
fn fit_screen(
    mut window: Single<&mut Window, With<PrimaryWindow>>,
    screens: Query<&Monitor>,
    mut done: Local<bool>,
) {
    let Some(screen) = screens.iter().next().filter(|_| !*done) else {
        return;
    };
    *done = true;
    let size = window.physical_size();
    let fitted = size.min(screen.physical_size());
    if fitted != size {
        window
            .resolution
            .set_physical_resolution(fitted.x, fitted.y);
    }
}

/// Counts frames while something moves.
fn measure_frames(mut desk: ResMut<Desk>, time: Res<Time<Real>>, mut smooth: Local<f64>) {
    let seconds = time.delta_secs_f64();
    if !desk.is_moving() || seconds <= 0.0 {
        *smooth = 0.0;
        desk.workbench.performance.frames_per_second = 0.0;
        return;
    }
    let rate = 1.0 / seconds;
    *smooth = if *smooth > 0.0 {
        *smooth * 0.92 + rate * 0.08
    } else {
        rate
    };
    // Whole numbers that do not flicker.
    let shown = desk.workbench.performance.frames_per_second;
    if (shown - *smooth).abs() > 1.0 {
        desk.workbench.performance.frames_per_second = smooth.round();
    }
}

/// Carries out what commands ask of the window.
fn carry_out_requests(
    mut commands: Commands,
    mut desk: ResMut<Desk>,
    mut contexts: EguiContexts,
    mut exit: MessageWriter<AppExit>,
    window: Single<&Window, With<PrimaryWindow>>,
) {
    for request in std::mem::take(&mut desk.requests) {
        match request {
            WindowRequest::Quit => {
                desk.store_everything();
                exit.write(AppExit::Success);
            }
            WindowRequest::Copy(text) => {
                if let Ok(context) = contexts.ctx_mut() {
                    context.copy_text(text);
                }
            }
            WindowRequest::Picture { path, part } => {
                let scale = window.scale_factor();
                let part = part.map(|part| part.map(|one| (one * scale).round().max(0.0) as u32));
                let lines = export::provenance(&desk.workbench);
                let reporter = desk.errands.reporter();
                commands.spawn(Screenshot::primary_window()).observe(
                    move |captured: On<ScreenshotCaptured>| {
                        let written =
                            Picture::from_image(captured.image.clone()).and_then(|whole| {
                                let picture = part.map_or(whole.clone(), |part| whole.part(part));
                                picture.write(&path, &lines)
                            });
                        let done = match written {
                            Ok(()) => Done::Written(path.clone()),
                            Err(message) => Done::Failed(message),
                        };
                        // A full queue means that nobody has looked for a long time; the file is there all the same.
                        let _ = reporter.try_send(done);
                    },
                );
            }
        }
    }
}

/// What egui asked for since the last frame: to be drawn again at once or soon.
#[derive(Resource, Clone, Default)]
struct Repaint {
    at_once: Arc<AtomicBool>,
    soon: Arc<AtomicBool>,
}

/// Has egui tell this window, and not only that it wants a frame but when.
fn listen_to_egui(
    mut contexts: EguiContexts,
    repaint: Res<Repaint>,
    proxy: Res<EventLoopProxyWrapper>,
    mut done: Local<bool>,
) {
    if *done {
        return;
    }
    let Ok(context) = contexts.ctx_mut() else {
        return;
    };
    let (repaint, proxy) = (repaint.clone(), std::sync::Mutex::new((**proxy).clone()));
    context.set_request_repaint_callback(move |wish| {
        if wish.delay.is_zero() {
            repaint.at_once.store(true, Ordering::Relaxed);
            if let Ok(proxy) = proxy.lock() {
                // The loop is gone when the window is closed; nobody is left to wake.
                let _ = proxy.send_event(WinitUserEvent::WakeUp);
            }
        } else {
            repaint.soon.store(true, Ordering::Relaxed);
        }
    });
    *done = true;
}

/// Frames come when something moves; an idle window waits to be touched.
fn pace(
    desk: Res<Desk>,
    settings: Res<SceneSettings>,
    repaint: Res<Repaint>,
    mut redraws: ResMut<Messages<RequestRedraw>>,
    mut winit: ResMut<WinitSettings>,
) {
    let rate = match (settings.preset, settings.software) {
        (Preset::Full, false) => 60.0,
        _ => 30.0,
    };
    let soon = repaint.soon.swap(false, Ordering::Relaxed);
    let at_once = repaint.at_once.swap(false, Ordering::Relaxed);
    let mode = UpdateMode::reactive_low_power(if desk.is_moving() {
        Duration::from_secs_f64(1.0 / rate)
    } else if soon {
        SOON
    } else {
        IDLE
    });
    if winit.focused_mode != mode {
        winit.focused_mode = mode;
        winit.unfocused_mode = mode;
    }
    // A redraw is also asked for where egui only waits for a tooltip to be due;
    // that would make an idle window spin.
    if !at_once && !desk.wants_redraw {
        redraws.clear();
    }
}
