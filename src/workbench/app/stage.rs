//! The Bevy app under the workbench: the same for the window and for a picture without one.

use std::time::Duration;

use bevy::asset::UnapprovedPathMode;
use bevy::camera::{ClearColorConfig, ImageRenderTarget, RenderTarget};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::TextureFormat;
use bevy::time::TimeUpdateStrategy;
use bevy::window::{ExitCondition, PresentMode, WindowResolution};
use bevy::winit::WinitPlugin;
use bevy_egui::{EguiGlobalSettings, EguiPlugin, PrimaryEguiContext};

use crate::workbench::scene::{Preset, ScenePlugin};

/// Where the workbench is shown.
#[derive(Clone, Debug)]
pub enum Face {
    /// In a window of this size [points].
    Window {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// In a picture of this size [pixels], without any window.
    Picture {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
}

/// The picture that stands in for the window.
#[derive(Resource, Clone, Debug)]
pub struct Canvas(pub Handle<Image>);

/// Time between two frames of a picture: only counted, never waited for.
const PICTURE_FRAME: Duration = Duration::from_millis(16);

/// Makes the app with renderer, egui and scene, but without the workbench.
///
/// # Errors
/// When there is no graphics adapter that could draw, not even in software.
pub fn build(face: &Face, preset: Option<Preset>) -> App {
    let mut app = App::new();
    let window = match *face {
        Face::Window { width, height } => WindowPlugin {
            primary_window: Some(Window {
                title: "Counterpart".to_owned(),
                name: Some("counterpart".to_owned()),
                resolution: WindowResolution::new(width, height),
                present_mode: PresentMode::AutoVsync,
                ..default()
            }),
            ..default()
        },
        Face::Picture { .. } => WindowPlugin {
            primary_window: None,
            exit_condition: ExitCondition::DontExit,
            ..default()
        },
    };
    let plugins = DefaultPlugins
        .set(window)
        .set(LogPlugin {
            filter: "warn,wgpu=error,naga=error,bevy_winit=error,winit=error".to_owned(),
            ..default()
        })
        .set(AssetPlugin {
            // glTF files lie beside the twin document, wherever that is.
            unapproved_path_mode: UnapprovedPathMode::Allow,
            ..default()
        });
    match face {
        Face::Window { .. } => app.add_plugins(plugins),
        Face::Picture { .. } => app
            .add_plugins(
                plugins
                    .set(RenderPlugin {
                        // A picture is taken when everything is there.
                        synchronous_pipeline_compilation: true,
                        ..default()
                    })
                    .disable::<WinitPlugin>()
                    .disable::<PipelinedRenderingPlugin>(),
            )
            .insert_resource(TimeUpdateStrategy::ManualDuration(PICTURE_FRAME)),
    };
    app.add_plugins(EguiPlugin::default());
    app.world_mut()
        .resource_mut::<EguiGlobalSettings>()
        .auto_create_primary_context = false;
    app.add_plugins(ScenePlugin { preset });
    let target = match *face {
        Face::Window { .. } => RenderTarget::default(),
        Face::Picture { width, height } => {
            let image =
                Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
            let handle = app.world_mut().resource_mut::<Assets<Image>>().add(image);
            app.insert_resource(Canvas(handle.clone()));
            RenderTarget::Image(ImageRenderTarget {
                handle,
                scale_factor: 1.0,
            })
        }
    };
    app.world_mut().spawn((
        Camera2d,
        Camera {
            order: 1,
            clear_color: ClearColorConfig::Custom(Color::BLACK),
            ..default()
        },
        Msaa::Off,
        target,
        PrimaryEguiContext,
    ));
    app
}
