//! Items and agents: one draw call for all items, one for all vehicles, one for all
//! people, however many there are.
//!
//! A mesh holds copies of a silhouette, as many as there is room for, and a storage
//! buffer says where each copy is; a frame in which something moved is one upload.

use bevy::camera::visibility::NoFrustumCulling;
use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;

use super::materials::{BodyLook, BodyMaterial, Light, linear};
use super::meshes::{self, Fineness};
use super::spawn::Built;
use super::{SceneInput, SceneSet, SceneSettings};
use crate::twin::Shape;
use crate::workbench::view::flow::bodies::Look;
use crate::workbench::view::painting::BodyPaint;

/// Least copies in a mesh, so that it is not made again for each body.
const LEAST: usize = 16;

/// Copies from which on bodies have plain edges.
const PLAIN_FROM: usize = 256;

/// The silhouettes, in the order of their meshes.
const SHAPES: [Shape; 3] = [Shape::Block, Shape::Vehicle, Shape::Person];

const fn kind(look: Look) -> usize {
    match look {
        Look::Item(_) => 0,
        Look::Vehicle => 1,
        Look::Person => 2,
    }
}

/// Draws items and agents.
pub(super) struct BodiesPlugin;

impl Plugin for BodiesPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Crowds>().add_systems(
            Update,
            (make_room, upload)
                .chain()
                .after(super::spawn::build)
                .in_set(SceneSet::Build),
        );
    }
}

/// The copies of one silhouette.
#[derive(Component)]
struct Crowd;

/// What was made of the copies.
#[derive(Resource, Default)]
struct Crowds {
    /// Copies of each silhouette.
    rooms: [usize; SHAPES.len()],
    looks: [Handle<ShaderBuffer>; SHAPES.len()],
    made: Option<(SceneSettings, u32)>,
    uploaded: Option<Vec<BodyPaint>>,
    buffers: [Vec<BodyLook>; SHAPES.len()],
}

/// Makes meshes with more copies where there are more bodies, and others for another
/// preset or another ground.
#[allow(
    clippy::too_many_arguments,
    reason = "a Bevy system asks for what it needs"
)]
fn make_room(
    mut commands: Commands,
    input: Res<SceneInput>,
    settings: Res<SceneSettings>,
    mut crowds: ResMut<Crowds>,
    old: Query<Entity, With<Crowd>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut materials: ResMut<Assets<BodyMaterial>>,
) {
    let mut counts = [0; SHAPES.len()];
    for paint in &input.bodies {
        counts[kind(paint.body.look)] += 1;
    }
    let ground = input
        .scene
        .as_ref()
        .map_or(0.0, |scene| scene.ground as f32);
    let made = Some((*settings, ground.to_bits()));
    let fits = (counts.iter().zip(&crowds.rooms)).all(|(count, room)| count <= room);
    if fits && (crowds.made == made || input.bodies.is_empty()) {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    crowds.made = made;
    crowds.uploaded = None;
    for (number, shape) in SHAPES.into_iter().enumerate() {
        let room = match counts[number] {
            0 => 0,
            count => count
                .next_power_of_two()
                .max(LEAST)
                .max(crowds.rooms[number]),
        };
        crowds.rooms[number] = room;
        if room == 0 {
            continue;
        }
        let fineness = Fineness {
            bevels: room < PLAIN_FROM,
            ..settings.preset.fineness(room)
        };
        let surface = meshes::silhouette(shape, Vec3::ONE, fineness);
        crowds.looks[number] = buffers.add(ShaderBuffer::from(vec![BodyLook::default(); room]));
        let material = materials.add(BodyMaterial {
            light: Light::over(ground),
            bodies: crowds.looks[number].clone(),
        });
        // Copies are put into place by the shader, so the mesh's own box says nothing.
        commands.spawn((
            Crowd,
            Mesh3d(meshes.add(meshes::copies(&surface, room))),
            MeshMaterial3d(material),
            NoFrustumCulling,
            Transform::IDENTITY,
        ));
    }
}

/// Says where the bodies are.
fn upload(
    input: Res<SceneInput>,
    mut crowds: ResMut<Crowds>,
    mut built: ResMut<Built>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    let crowds = &mut *crowds;
    if crowds.uploaded.as_ref() == Some(&input.bodies) {
        return;
    }
    if crowds.uploaded.is_none() {
        // New meshes take a few frames to reach the renderer.
        built.generation += 1;
    }
    for (looks, room) in crowds.buffers.iter_mut().zip(crowds.rooms) {
        looks.clear();
        looks.resize(room, BodyLook::default());
    }
    let mut next = [0; SHAPES.len()];
    for BodyPaint { body, colour } in &input.bodies {
        let number = kind(body.look);
        if let Some(look) = crowds.buffers[number].get_mut(next[number]) {
            let single = |point: [f64; 3]| Vec3::from_array(point.map(|part| part as f32));
            *look = BodyLook {
                centre: single(body.centre).extend(body.turn as f32),
                half: single(body.half).extend(0.0),
                colour: linear(*colour).extend(1.0),
            };
        }
        next[number] += 1;
    }
    for (looks, handle) in crowds.buffers.iter().zip(&crowds.looks) {
        if let Some(mut buffer) = buffers.get_mut(handle)
            && !looks.is_empty()
        {
            buffer.set_data(looks.clone());
        }
    }
    match &mut crowds.uploaded {
        Some(uploaded) => uploaded.clone_from(&input.bodies),
        None => crowds.uploaded = Some(input.bodies.clone()),
    }
}
