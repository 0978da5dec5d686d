//! The 3D scene: Bevy only.
//!
//! The scene knows nothing of windows, panels or models. It draws what
//! [`SceneInput`] says into one offscreen picture, [`SceneTarget`], and only
//! when something in it has changed. The same path serves the window and
//! `counterpart render`.
//!
//! The work of a frame is done in three sets of [`Update`], in this order:
//! - [`SceneSet::Build`] makes entities when another twin is shown;
//! - [`SceneSet::Colour`] uploads colours and flows;
//! - [`SceneSet::View`] places the camera, sizes the picture and decides whether it is drawn.

mod bodies;
mod colouring;
mod flow_meshes;
mod materials;
mod meshes;
mod model_file;
mod network;
mod preset;
mod spawn;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bevy::prelude::*;
use bevy::render::extract_resource::ExtractResource;
use bevy::render::render_resource::{CachedPipelineState, PipelineCache};
use bevy::render::{Render, RenderApp, RenderSystems};

pub use network::{ContourLines, NetworkInput};
pub use preset::{Preset, is_software};
pub use target::{SceneCamera, SceneTarget};

use crate::workbench::view::camera::{CameraLimits, OrbitCamera};
use crate::workbench::view::geometry::Extent;
use crate::workbench::view::painting::{BodyPaint, Painting, ScenePalette};
use crate::workbench::view::scene::SceneView;

/// Draws a twin's scene into an offscreen picture.
pub struct ScenePlugin {
    /// The preset, or `None` to let the adapter decide.
    pub preset: Option<Preset>,
}

/// The order of the scene's work in a frame; all in [`Update`].
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SceneSet {
    /// Asset graph to entities.
    Build,
    /// Colours and flows to the renderer.
    Colour,
    /// Camera, picture, and whether it is drawn.
    View,
}

/// What the scene shows. Written by whoever owns the scene, before [`SceneSet::Build`].
#[derive(Resource, Clone, Debug)]
pub struct SceneInput {
    /// The scene; another `Arc` is another scene.
    pub scene: Option<Arc<SceneView>>,
    /// Folder of the twin document, where its glTF files are looked for.
    pub folder: Option<PathBuf>,
    /// Where it is looked at from.
    pub camera: OrbitCamera,
    /// Width and height of the tile that shows it [physical pixels].
    pub size: UVec2,
    /// Its colours and flows.
    pub painting: Painting,
    /// Its items and agents.
    pub bodies: Vec<BodyPaint>,
    /// What it shows of a network of pipes.
    pub network: NetworkInput,
    /// Pixels of the tile in a point.
    pub pixels_per_point: f32,
    /// Colours that stand for no value.
    pub palette: ScenePalette,
    /// Whether the ground has a grid.
    pub grid: bool,
    /// Whether the marks on tubes move.
    pub moving: bool,
    /// Whether the picture has to have every pixel of its tile.
    pub sharp: bool,
    /// Whether the picture is drawn in every frame, changed or not. A screenshot
    /// holds what is drawn in its own frame, and nothing otherwise.
    pub every_frame: bool,
}

impl SceneInput {
    /// An empty scene.
    #[must_use]
    pub fn new(palette: ScenePalette) -> Self {
        let extent = Extent {
            low: [-1.0, -0.5, -1.0],
            high: [1.0, 0.5, 1.0],
        };
        Self {
            scene: None,
            folder: None,
            camera: OrbitCamera::framing(&extent, 1.6),
            size: UVec2::new(640, 400),
            painting: Painting::default(),
            bodies: Vec::new(),
            network: NetworkInput::default(),
            pixels_per_point: 1.0,
            palette,
            grid: true,
            moving: false,
            sharp: false,
            every_frame: false,
        }
    }

    /// The limits of the camera in the present scene.
    #[must_use]
    pub fn limits(&self) -> CameraLimits {
        let nothing = Extent {
            low: [-1.0; 3],
            high: [1.0; 3],
        };
        self.scene.as_ref().map_or_else(
            || CameraLimits::new(&nothing),
            |scene| scene.camera_limits(),
        )
    }
}

/// The preset in use; changing it changes the scene.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SceneSettings {
    /// How much a picture may cost.
    pub preset: Preset,
    /// Whether the adapter is a software renderer.
    pub software: bool,
}

/// Something the scene has to tell: a glTF file that could not be shown, for one.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct SceneNotice(pub String);

/// The meshes of a block and of a tube as a scene of so many solids has them, for comparison
/// with a scene that is nothing but meshes.
#[must_use]
pub fn plain_meshes(preset: Preset, solids: usize, half: Vec3) -> [Mesh; 2] {
    let fineness = preset.fineness(solids);
    [
        meshes::silhouette(crate::twin::Shape::Block, half, fineness).into_mesh(),
        spawn::tube_surface(fineness).into_mesh(),
    ]
}

/// Number of pipelines that the renderer has not finished compiling.
#[derive(Resource, Clone, Debug, Default, ExtractResource)]
pub struct PendingPipelines(Arc<AtomicUsize>);

impl PendingPipelines {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Plugin for ScenePlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            materials::SceneMaterialsPlugin,
            network::NetworkPlugin,
            bodies::BodiesPlugin,
        ))
        .add_message::<SceneNotice>()
        .init_resource::<spawn::Built>()
        .init_resource::<model_file::PendingModels>()
        .configure_sets(
            Update,
            (SceneSet::Build, SceneSet::Colour, SceneSet::View).chain(),
        )
        .add_systems(Startup, target::make_camera)
        .add_systems(
            Update,
            (
                spawn::build,
                spawn::show_grid,
                spawn::place_outline,
                model_file::place_models,
            )
                .chain()
                .in_set(SceneSet::Build),
        )
        .add_systems(Update, colouring::upload.in_set(SceneSet::Colour))
        .add_systems(
            Update,
            (target::resize, target::aim, target::draw_when_changed)
                .chain()
                .in_set(SceneSet::View),
        );
    }

    fn finish(&self, app: &mut App) {
        let info = app
            .world()
            .get_resource::<bevy::render::renderer::RenderAdapterInfo>();
        let software = info.is_some_and(is_software);
        let preset = self
            .preset
            .or_else(|| info.map(Preset::for_adapter))
            .unwrap_or(Preset::Light);
        app.insert_resource(SceneSettings { preset, software });
        let pending = PendingPipelines::default();
        app.insert_resource(pending.clone());
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            render_app.insert_resource(pending).add_systems(
                Render,
                count_pending_pipelines.in_set(RenderSystems::Cleanup),
            );
        }
    }
}

/// Counts pipelines still being compiled: the picture is not complete before there are none.
fn count_pending_pipelines(cache: Res<PipelineCache>, pending: Res<PendingPipelines>) {
    let count = cache
        .pipelines()
        .filter(|pipeline| {
            matches!(
                pipeline.state,
                CachedPipelineState::Queued | CachedPipelineState::Creating(_)
            )
        })
        .count();
    pending.0.store(count, Ordering::Relaxed);
}
