//! The glue: the one place where workbench, running twin, panels and scene meet.
//!
//! A frame goes like this:
//! 1. `PreUpdate`: what the running twin and finished errands have to tell is taken in.
//! 2. `FixedUpdate`: the clock moves on and asks the running twin to follow. No frame waits for it.
//! 3. `Update`: the scene is brought up to date; see [`super::scene::SceneSet`].
//! 4. egui's pass: the panels are drawn and push commands.
//! 5. `Last`: the commands are applied and their effects carried out.

mod bundled;
pub mod camera_flight;
pub mod colour_range;
mod comparing;
pub mod desk;
mod event_log;
pub mod files;
mod flow_link;
mod latest;
mod modifiers;
mod network_link;
mod opening;
pub mod picture;
pub mod render;
mod scene_link;
mod scene_palette;
pub mod stage;
mod window;

use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, EguiTextureHandle};

pub use desk::Desk;
pub use scene_link::update as update_scene;
pub use scene_palette::scene_palette;
pub use window::{WindowOptions, open_window};

use super::scene::{SceneInput, SceneNotice, SceneSet, SceneSettings, SceneTarget};
use super::view::settings::Theme;
use crate::live::Severity;

/// Steps of the clock [Hz]: finer than the eye, coarser than the work they cause.
const CLOCK_RATE: f64 = 30.0;

/// The workbench on a stage: everything that window and picture have in common.
pub struct WorkbenchPlugin;

impl Plugin for WorkbenchPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(SceneInput::new(scene_palette(Theme::default())))
            .insert_resource(Time::<Fixed>::from_hz(CLOCK_RATE))
            .add_systems(PreUpdate, listen)
            .add_systems(FixedUpdate, advance_clock)
            .add_systems(Update, link_scene.before(SceneSet::Build))
            .add_systems(EguiPrimaryContextPass, draw_panels)
            .add_systems(Last, apply_commands);
    }
}

/// Takes in what the running twin, the errands and the scene have to tell.
fn listen(mut desk: ResMut<Desk>, mut notices: MessageReader<SceneNotice>) {
    desk.listen();
    for notice in notices.read() {
        desk.workbench
            .log
            .say(Severity::Warning, "Scene", &notice.0, true);
    }
}

/// Lets the clock move on by one of its steps.
fn advance_clock(mut desk: ResMut<Desk>, time: Res<Time<Fixed>>) {
    desk.tick(time.delta_secs_f64());
}

/// Brings the scene up to date with the workbench.
fn link_scene(
    mut desk: ResMut<Desk>,
    mut input: ResMut<SceneInput>,
    settings: Res<SceneSettings>,
    time: Res<Time>,
) {
    desk.fly(time.delta_secs_f64());
    desk.watch_camera(time.delta_secs_f64());
    input.palette = scene_palette(desk.workbench.settings.theme);
    scene_link::update(&mut desk, &mut input);
    flow_link::put_bodies(&mut desk, &mut input, time.delta_secs_f64());
    let preset = match (settings.software, settings.preset) {
        (true, preset) => format!("{} preset (software renderer)", preset.name()),
        (false, preset) => format!("{} preset", preset.name()),
    };
    if desk.workbench.performance.preset != preset {
        desk.workbench.performance.preset = preset;
    }
}

/// Draws the panels around the picture of the scene.
fn draw_panels(
    mut contexts: EguiContexts,
    mut desk: ResMut<Desk>,
    target: Res<SceneTarget>,
    mut shown: Local<Option<Handle<Image>>>,
) -> Result {
    if desk.without_panels {
        return Ok(());
    }
    let texture = contexts.add_image(EguiTextureHandle::Strong(target.image.clone()));
    if shown.as_ref() != Some(&target.image)
        && let Some(old) = shown.replace(target.image.clone())
    {
        contexts.remove_image(&old);
    }
    let texture = desk.scene.is_some().then_some(texture);
    let context = contexts.ctx_mut()?;
    let mut commands = Vec::new();
    // egui hands its events to the first pass of a frame only, so commands of
    // a pass that it throws away count as well.
    super::panels::workbench_ui(context, &desk.workbench, texture, &mut commands);
    desk.commands.extend(commands);
    Ok(())
}

/// Applies the commands that the panels pushed.
fn apply_commands(mut desk: ResMut<Desk>, mut redraw: MessageWriter<bevy::window::RequestRedraw>) {
    desk.wants_redraw = desk.apply_commands();
    if desk.wants_redraw {
        redraw.write(bevy::window::RequestRedraw);
    }
}
