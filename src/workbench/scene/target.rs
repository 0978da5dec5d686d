//! The picture of the scene: its size, its camera, and when it is drawn.

use bevy::camera::{ClearColorConfig, PerspectiveProjection, RenderTarget};
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::image::ImageSampler;
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;

use super::materials::linear;
use super::model_file::PendingModels;
use super::spawn::Built;
use super::{NetworkInput, PendingPipelines, SceneInput, SceneSettings};
use crate::workbench::view::camera::{FIELD_OF_VIEW, OrbitCamera};
use crate::workbench::view::painting::{BodyPaint, Painting};

/// Marks the camera of the scene.
#[derive(Component)]
pub struct SceneCamera;

/// The picture the scene is drawn into.
#[derive(Resource, Clone, Debug, Default)]
pub struct SceneTarget {
    /// The picture.
    pub image: Handle<Image>,
    /// Its width and height in pixels.
    pub size: UVec2,
    /// Whether the picture shows the present state of everything.
    pub complete: bool,
    /// Number of times it was drawn.
    pub drawn: u64,
}

/// Makes the camera and a first, small picture.
pub(super) fn make_camera(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    settings: Res<SceneSettings>,
) {
    let size = UVec2::new(64, 40);
    let image = images.add(picture(size));
    commands.spawn((
        SceneCamera,
        Camera3d::default(),
        Camera {
            order: -1,
            is_active: false,
            ..default()
        },
        RenderTarget::Image(image.clone().into()),
        settings.preset.samples(),
        // Colours stand for values: nothing may bend them.
        Tonemapping::None,
        DebandDither::Disabled,
    ));
    commands.insert_resource(SceneTarget {
        image,
        size,
        complete: false,
        drawn: 0,
    });
}

fn picture(size: UVec2) -> Image {
    let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
    // It may be shown larger than it is.
    image.sampler = ImageSampler::linear();
    image
}

/// Gives the picture the size of its tile, scaled by the preset.
pub(super) fn resize(
    input: Res<SceneInput>,
    settings: Res<SceneSettings>,
    mut target: ResMut<SceneTarget>,
    mut images: ResMut<Assets<Image>>,
    mut camera: Single<(&mut RenderTarget, &mut Msaa), With<SceneCamera>>,
) {
    let scale = if input.sharp {
        1.0
    } else {
        settings.preset.resolution_scale()
    };
    let wanted = (input.size.as_vec2() * scale)
        .round()
        .as_uvec2()
        .clamp(UVec2::splat(16), UVec2::splat(8192));
    if *camera.1 != settings.preset.samples() {
        *camera.1 = settings.preset.samples();
    }
    if wanted == target.size {
        return;
    }
    // A new picture rather than a resized one: whoever shows the old one keeps it until the new one is drawn.
    target.image = images.add(picture(wanted));
    target.size = wanted;
    target.complete = false;
    *camera.0 = RenderTarget::Image(target.image.clone().into());
}

/// Places the camera.
pub(super) fn aim(
    input: Res<SceneInput>,
    mut camera: Single<(&mut Transform, &mut Projection, &mut Camera), With<SceneCamera>>,
) {
    let eye = input.camera.eye().map(|part| part as f32);
    let target = input.camera.target.map(|part| part as f32);
    let pose = Transform::from_translation(Vec3::from_array(eye))
        .looking_at(Vec3::from_array(target), Vec3::Y);
    let (near, far) = input.camera.depth_range(&input.limits());
    let background = linear(input.palette.background);
    let (transform, projection, settings) = &mut *camera;
    transform.set_if_neq(pose);
    let size = input.size.as_vec2().max(Vec2::ONE);
    // Bit for bit: any change at all is to be drawn.
    let same = |a: f32, b: f32| a.to_bits() == b.to_bits();
    let unchanged = matches!(&**projection, Projection::Perspective(one)
        if same(one.near, near as f32)
            && same(one.far, far as f32)
            && same(one.aspect_ratio, size.x / size.y));
    if !unchanged {
        **projection = Projection::Perspective(PerspectiveProjection {
            fov: FIELD_OF_VIEW as f32,
            near: near as f32,
            far: far as f32,
            aspect_ratio: size.x / size.y,
            ..default()
        });
    }
    settings.clear_color =
        ClearColorConfig::Custom(Color::linear_rgb(background.x, background.y, background.z));
}

/// What the picture showed when it was drawn last.
#[derive(Default)]
pub(super) struct Drawn {
    generation: u64,
    camera: Option<OrbitCamera>,
    size: UVec2,
    painting: Painting,
    bodies: Vec<BodyPaint>,
    network: NetworkInput,
    models: u64,
    /// Frames still to be drawn until everything has reached the renderer.
    settling: u32,
    /// When the marks were drawn last [s].
    at: f32,
}

/// Switches the camera on for the frames in which the picture would differ.
pub(super) fn draw_when_changed(
    input: Res<SceneInput>,
    built: Res<Built>,
    settings: Res<SceneSettings>,
    models: Res<PendingModels>,
    pending: Res<PendingPipelines>,
    time: Res<Time<Real>>,
    mut target: ResMut<SceneTarget>,
    mut drawn: Local<Drawn>,
    mut camera: Single<&mut Camera, With<SceneCamera>>,
) {
    let rebuilt = drawn.generation != built.generation
        || drawn.size != target.size
        || drawn.models != models.placed();
    let now = time.elapsed_secs();
    let is_time = now - drawn.at >= 1.0 / settings.preset.animation_rate();
    let moved = drawn.bodies != input.bodies;
    let changed = rebuilt
        || drawn.camera != Some(input.camera)
        || drawn.painting != input.painting
        || drawn.network != input.network
        || moved && (is_time || !input.moving);
    let moves = input.moving
        && is_time
        && (input.painting.tubes.iter().any(|tube| tube.speed != 0.0)
            || input
                .network
                .painting
                .links
                .iter()
                .any(|link| link.rate != 0.0));
    if rebuilt {
        drawn.settling = 3;
    }
    let unfinished = pending.count() > 0 || models.waiting() || drawn.settling > 0;
    let draw = changed || moves || unfinished || input.every_frame;
    if camera.is_active != draw {
        camera.is_active = draw;
    }
    if draw {
        target.drawn += 1;
        drawn.at = now;
        drawn.settling = drawn.settling.saturating_sub(1);
        drawn.generation = built.generation;
        drawn.size = target.size;
        drawn.camera = Some(input.camera);
        drawn.models = models.placed();
        if drawn.painting != input.painting {
            drawn.painting.clone_from(&input.painting);
        }
        if moved {
            drawn.bodies.clone_from(&input.bodies);
        }
        if drawn.network != input.network {
            drawn.network.clone_from(&input.network);
        }
    }
    let complete = !unfinished && !changed;
    if target.complete != complete {
        target.complete = complete;
    }
}
