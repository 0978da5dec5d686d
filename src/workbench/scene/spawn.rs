//! From the asset graph to entities.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::MeshTag;
use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;

use super::materials::{
    Ground, GroundMaterial, Light, OutlineMaterial, SolidMaterial, TubeLook, TubeMaterial, linear,
};
use super::meshes::{self, Fineness};
use super::model_file::PendingModels;
use super::{SceneInput, SceneSettings};
use crate::twin::Shape;
use crate::workbench::view::colour::round_step;
use crate::workbench::view::geometry::OrientedBox;
use crate::workbench::view::painting::ScenePalette;
use crate::workbench::view::scene::SceneView;

/// Above this number, solids share unit meshes that are stretched, instead of bevelled ones of their own size.
const OWN_MESHES_UP_TO: usize = 256;

/// Above this number, soft shadows would cost more than they show.
const SHADOWS_UP_TO: usize = 400;

/// Width of the outline [pixels].
const OUTLINE_WIDTH: f32 = 2.5;

/// What stands in the world for the present scene.
#[derive(Resource, Default)]
pub(super) struct Built {
    /// The scene that was built, compared by address.
    pub scene: Option<Arc<SceneView>>,
    pub settings: Option<SceneSettings>,
    pub palette: Option<ScenePalette>,
    /// Counts rebuilds, so that others notice.
    pub generation: u64,
    pub looks: Handle<ShaderBuffer>,
    pub tubes: Handle<ShaderBuffer>,
    pub solid: Handle<SolidMaterial>,
    pub glass: Handle<SolidMaterial>,
    pub fineness: Option<Fineness>,
    /// Phase of the marks of each tube [marks].
    pub phases: Vec<f32>,
    outlined: Option<usize>,
}

/// Marks every entity made from the scene, so that all go when it goes.
#[derive(Component)]
pub(super) struct OfScene;

/// The ground grid.
#[derive(Component)]
pub(super) struct Grid;

/// The entity of the solid at this index.
#[derive(Component)]
pub(super) struct SolidEntity(pub usize);

/// The rim around what is selected.
#[derive(Component)]
pub(super) struct Outline;

/// Rebuilds everything when another scene is shown, another theme or another preset.
#[allow(
    clippy::too_many_arguments,
    reason = "a Bevy system asks for what it needs"
)]
pub(super) fn build(
    mut commands: Commands,
    input: Res<SceneInput>,
    settings: Res<SceneSettings>,
    mut built: ResMut<Built>,
    mut models: ResMut<PendingModels>,
    old: Query<Entity, With<OfScene>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut solids: ResMut<Assets<SolidMaterial>>,
    mut tubes: ResMut<Assets<TubeMaterial>>,
    mut grounds: ResMut<Assets<GroundMaterial>>,
) {
    let same_scene = match (&built.scene, &input.scene) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    if same_scene && built.settings == Some(*settings) && built.palette == Some(input.palette) {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    models.clear();
    built.generation += 1;
    built.scene.clone_from(&input.scene);
    built.settings = Some(*settings);
    built.palette = Some(input.palette);
    built.outlined = None;
    let Some(scene) = input.scene.clone() else {
        return;
    };
    let fineness = settings.preset.fineness(scene.solids.len());
    built.fineness = Some(fineness);
    let light = Light::over(scene.ground as f32);
    // A buffer may not be empty; one spare entry also serves a scene without tubes.
    built.looks = buffers.add(ShaderBuffer::from(vec![
        Vec4::ONE;
        scene.solids.len().max(1)
    ]));
    built.tubes = buffers.add(ShaderBuffer::from(vec![
        TubeLook::default();
        scene.tubes.len().max(1)
    ]));
    built.solid = solids.add(SolidMaterial {
        light,
        looks: built.looks.clone(),
        translucent: false,
    });
    built.glass = solids.add(SolidMaterial {
        light: light.through(0.30),
        looks: built.looks.clone(),
        translucent: true,
    });
    if built.phases.len() != scene.tubes.len() {
        built.phases = vec![0.0; scene.tubes.len()];
    }

    let mut cache: BTreeMap<(Shape, [i32; 3]), Handle<Mesh>> = BTreeMap::new();
    for (index, solid) in scene.solids.iter().enumerate() {
        let half = half_of(&solid.place);
        let own = scene.solids.len() <= OWN_MESHES_UP_TO || solid.shape == Shape::Frame;
        let (mesh_half, stretch) = if own {
            (half, Vec3::ONE)
        } else {
            (Vec3::splat(0.5), half * 2.0)
        };
        let key = (
            solid.shape,
            mesh_half.to_array().map(|part| (part * 1e4).round() as i32),
        );
        let mesh = cache
            .entry(key)
            .or_insert_with(|| {
                meshes.add(meshes::silhouette(solid.shape, mesh_half, fineness).into_mesh())
            })
            .clone();
        let material = if solid.shape == Shape::Sphere {
            &built.glass
        } else {
            &built.solid
        };
        commands.spawn((
            OfScene,
            SolidEntity(index),
            Mesh3d(mesh),
            MeshMaterial3d(material.clone()),
            MeshTag(index as u32),
            pose(&solid.place).with_scale(stretch),
        ));
        if let (Some(path), Some(folder)) = (&solid.gltf, &input.folder) {
            models.ask(index, folder.join(path));
        }
    }

    if !scene.tubes.is_empty() {
        let tube = meshes.add(tube_surface(fineness).into_mesh());
        let material = tubes.add(TubeMaterial {
            light,
            tubes: built.tubes.clone(),
        });
        for index in 0..scene.tubes.len() {
            // The mesh is bent by the shader, so its own box says nothing.
            commands.spawn((
                OfScene,
                Mesh3d(tube.clone()),
                MeshMaterial3d(material.clone()),
                MeshTag(index as u32),
                NoFrustumCulling,
                Transform::IDENTITY,
            ));
        }
    }
    spawn_ground(
        &mut commands,
        &scene,
        &input.palette,
        &mut meshes,
        &mut grounds,
    );
}

/// The mesh of every tube: fewer pieces where there are many.
pub(super) fn tube_surface(fineness: Fineness) -> meshes::Surface {
    let pieces = if fineness.bevels { 14 } else { 6 };
    let sides = if fineness.bevels {
        fineness.sides.clamp(8, 12)
    } else {
        5
    };
    meshes::tube(sides, pieces)
}

/// The grid, and the soft shadows of what stands on it or on something else.
fn spawn_ground(
    commands: &mut Commands,
    scene: &SceneView,
    palette: &ScenePalette,
    meshes: &mut Assets<Mesh>,
    grounds: &mut Assets<GroundMaterial>,
) {
    // Fine lines stand a round number of metres apart, ten to a main line.
    let fine = round_step(0.2 * scene.metres_per_unit) / scene.metres_per_unit;
    let look = Ground {
        grid: linear(palette.grid).extend(0.5),
        measure: Vec4::new(fine as f32, 5.0, 3.6, 0.0),
        shadow: linear(palette.shadow).extend(0.0),
    };
    commands.spawn((
        OfScene,
        Grid,
        Mesh3d(meshes.add(meshes::ground(3.6).into_mesh())),
        MeshMaterial3d(grounds.add(GroundMaterial { ground: look })),
        Transform::from_xyz(0.0, scene.ground as f32, 0.0),
    ));
    if scene.solids.len() > SHADOWS_UP_TO {
        return;
    }
    let shadow = |opacity: f32| Ground {
        measure: Vec4::new(1.0, 1.0, 1.0, 1.0),
        shadow: linear(palette.shadow).extend(opacity),
        ..look
    };
    let near = grounds.add(GroundMaterial {
        ground: shadow(0.34),
    });
    let far = grounds.add(GroundMaterial {
        ground: shadow(0.16),
    });
    for (index, solid) in scene.solids.iter().enumerate() {
        if solid.shape == Shape::Frame {
            continue;
        }
        let support = support_below(scene, index);
        let bottom = lowest(&solid.place);
        let gap = (bottom - support).max(0.0);
        if gap > 0.6 {
            continue;
        }
        let half = half_of(&solid.place);
        let rim = (0.05 + half.min_element() * 0.5 + gap as f32 * 0.5).min(0.35);
        let mesh = meshes.add(meshes::soft_shadow(Vec2::new(half.x, half.z), rim).into_mesh());
        let mut pose = pose(&solid.place);
        pose.translation.y = support as f32 + 0.002;
        // Only the turn about the upright axis shows in a shadow.
        let (yaw, ..) = pose.rotation.to_euler(EulerRot::YXZ);
        pose.rotation = Quat::from_rotation_y(yaw);
        let material = if gap < 0.12 { &near } else { &far };
        commands.spawn((
            OfScene,
            Mesh3d(mesh),
            MeshMaterial3d(material.clone()),
            pose,
        ));
    }
}

/// Shows or hides the grid; a change counts as a rebuild, so that the picture is drawn.
pub(super) fn show_grid(
    input: Res<SceneInput>,
    mut built: ResMut<Built>,
    mut grids: Query<&mut Visibility, With<Grid>>,
) {
    let wanted = if input.grid {
        Visibility::Inherited
    } else {
        Visibility::Hidden
    };
    for mut visibility in &mut grids {
        if *visibility != wanted {
            *visibility = wanted;
            built.generation += 1;
        }
    }
}

/// Puts the rim around the solid that the painting outlines.
pub(super) fn place_outline(
    mut commands: Commands,
    input: Res<SceneInput>,
    mut built: ResMut<Built>,
    old: Query<Entity, With<Outline>>,
    solids: Query<(&SolidEntity, &Transform)>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut outlines: ResMut<Assets<OutlineMaterial>>,
) {
    let wanted = input.painting.outlined;
    if wanted == built.outlined && (wanted.is_none() || !old.is_empty()) {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    built.outlined = None;
    let (Some(index), Some(scene), Some(fineness)) = (wanted, &built.scene, built.fineness) else {
        return;
    };
    let Some(solid) = scene.solids.get(index) else {
        return;
    };
    let Some((_, pose)) = solids.iter().find(|(entity, _)| entity.0 == index) else {
        return;
    };
    let hull = meshes::silhouette(solid.shape, half_of(&solid.place), fineness).into_hull();
    commands.spawn((
        OfScene,
        Outline,
        Mesh3d(meshes.add(hull.into_mesh())),
        MeshMaterial3d(outlines.add(OutlineMaterial {
            colour: linear(input.palette.accent).extend(OUTLINE_WIDTH),
        })),
        pose.with_scale(Vec3::ONE),
    ));
    built.outlined = Some(index);
}

fn half_of(place: &OrientedBox) -> Vec3 {
    Vec3::from_array(place.half_size.map(|part| part as f32))
}

/// Where a box stands and how it is turned.
pub(super) fn pose(place: &OrientedBox) -> Transform {
    let column = |axis: usize| Vec3::from_array(place.axes[axis].map(|part| part as f32));
    let turn = Mat3::from_cols(column(0), column(1), column(2));
    Transform::from_translation(Vec3::from_array(place.centre.map(|part| part as f32)))
        .with_rotation(Quat::from_mat3(&turn).normalize())
}

fn lowest(place: &OrientedBox) -> f64 {
    place
        .corners()
        .into_iter()
        .map(|corner| corner[1])
        .fold(f64::INFINITY, f64::min)
}

/// Height of what a solid stands over: the top of the highest solid under its middle, or the ground.
fn support_below(scene: &SceneView, index: usize) -> f64 {
    let place = &scene.solids[index].place;
    let bottom = lowest(place);
    scene
        .solids
        .iter()
        .enumerate()
        .filter(|(other, solid)| *other != index && solid.shape != Shape::Frame)
        .filter_map(|(_, solid)| {
            let corners = solid.place.corners();
            let inside = [0, 2].into_iter().all(|axis| {
                let low = corners
                    .iter()
                    .map(|corner| corner[axis])
                    .fold(f64::INFINITY, f64::min);
                let high = corners
                    .iter()
                    .map(|corner| corner[axis])
                    .fold(f64::NEG_INFINITY, f64::max);
                (low..=high).contains(&place.centre[axis])
            });
            let top = corners
                .iter()
                .map(|corner| corner[1])
                .fold(f64::NEG_INFINITY, f64::max);
            (inside && top <= bottom + 0.02).then_some(top)
        })
        .fold(scene.ground, f64::max)
}
