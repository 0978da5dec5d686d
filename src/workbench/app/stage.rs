//! The Bevy app under the workbench: the same for the window and for a picture without one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bevy::asset::UnapprovedPathMode;
use bevy::camera::{ClearColorConfig, ImageRenderTarget, RenderTarget};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::TextureFormat;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::shader::Shader;
use bevy::time::TimeUpdateStrategy;
use bevy::window::{ExitCondition, PresentMode, WindowResolution};
use bevy::winit::WinitPlugin;
use bevy_egui::render::EGUI_SHADER_HANDLE;
use bevy_egui::{EguiGlobalSettings, EguiPlugin, PrimaryEguiContext};

use crate::workbench::scene::{Preset, ScenePlugin, is_software};

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

/// Whether an app of this process has set up the log already.
static LOGGING: AtomicBool = AtomicBool::new(false);

/// Time between two frames of a picture: only counted, never waited for.
const PICTURE_FRAME: Duration = Duration::from_millis(16);

/// Whether a window can be shown: a program without a display should say so, not panic.
///
/// # Errors
/// In words, with what to do instead.
pub fn check_display() -> Result<(), String> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux")
        && !set("DISPLAY")
        && !set("WAYLAND_DISPLAY")
        && !set("WAYLAND_SOCKET")
    {
        return Err("there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set); \
             `counterpart render` draws the same picture without one"
            .to_owned());
    }
    Ok(())
}

/// Whether there is a graphics adapter, be it a software one: a program without one should say so, not panic.
///
/// # Errors
/// In words, with what to install.
pub fn check_adapter() -> Result<(), String> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    descriptor.backends &= wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(descriptor);
    let adapters = bevy::tasks::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    if adapters.is_empty() {
        let advice = if cfg!(target_os = "linux") {
            "install a Vulkan driver, for example Mesa's (package `mesa-vulkan-drivers`), which also draws without a graphics card"
        } else {
            "install the driver of the graphics card"
        };
        return Err(format!("no graphics adapter was found: {advice}"));
    }
    Ok(())
}

/// Makes the app with renderer, egui and scene, but without the workbench.
pub fn build(face: &Face, preset: Option<Preset>) -> App {
    let mut app = with_plugins(face);
    app.add_plugins(ScenePlugin { preset });
    add_panels_camera(&mut app, face);
    app
}

/// The app of a picture with renderer and egui but nothing to draw, to compare with.
pub fn build_bare() -> App {
    with_plugins(&Face::Picture {
        width: 64,
        height: 64,
    })
}

fn with_plugins(face: &Face) -> App {
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
            // The workbench asks about unsaved edits first.
            close_when_requested: false,
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
            filter: "warn,wgpu=error,naga=error,bevy_winit=error,winit=error,bevy_render=error,bevy_egui=error".to_owned(),
            ..default()
        })
        .set(AssetPlugin {
            // glTF files lie beside the twin document, wherever that is.
            unapproved_path_mode: UnapprovedPathMode::Allow,
            ..default()
        });
    // The log of the process is set up by the first app in it.
    let plugins = if LOGGING.swap(true, Ordering::Relaxed) {
        plugins.disable::<LogPlugin>()
    } else {
        plugins
    };
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
    app.add_plugins((
        EguiPlugin {
            // One texture at a time is all that the panels' shader below can take.
            bindless_mode_array_size: None,
        },
        LighterPanels,
    ));
    app.world_mut()
        .resource_mut::<EguiGlobalSettings>()
        .auto_create_primary_context = false;
    app
}

/// Where the processor draws, gives the panels a shader that asks less of it.
struct LighterPanels;

impl Plugin for LighterPanels {
    fn build(&self, _app: &mut App) {}

    fn finish(&self, app: &mut App) {
        let software = app
            .world()
            .get_resource::<RenderAdapterInfo>()
            .is_some_and(is_software);
        if software {
            let shader = Shader::from_wgsl(
                include_str!("panels_in_software.wgsl"),
                "workbench/app/panels_in_software.wgsl",
            );
            // The handle is egui's own, which stands whether or not it is filled.
            let _ = app
                .world_mut()
                .resource_mut::<Assets<Shader>>()
                .insert(EGUI_SHADER_HANDLE.id(), shader);
        }
    }
}

/// The camera that shows the panels, in the window or on the canvas.
fn add_panels_camera(app: &mut App, face: &Face) {
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
}
