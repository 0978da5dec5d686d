//! The silhouettes of the scene, made of few triangles.
//!
//! Every mesh is made at its real proportions, so that a bevel is a bevel
//! whatever the size, and shared between assets of the same shape and size.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, Mesh, PrimitiveTopology};
use bevy::prelude::{Vec2, Vec3};

use super::flow_meshes::flow_silhouette;
use crate::twin::Shape;

/// Triangles under construction: flat faces by default.
#[derive(Clone, Debug, Default)]
pub(super) struct Surface {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    indices: Vec<u32>,
}

impl Surface {
    fn point(&mut self, position: Vec3, normal: Vec3) -> u32 {
        let index = self.positions.len() as u32;
        self.positions.push(position.to_array());
        self.normals.push(normal.to_array());
        index
    }

    /// A flat face around four corners, counter-clockwise as seen from outside.
    pub(super) fn quad(&mut self, corners: [Vec3; 4]) {
        let normal = (corners[1] - corners[0])
            .cross(corners[2] - corners[0])
            .normalize_or(Vec3::Y);
        let first = self.point(corners[0], normal);
        for corner in &corners[1..] {
            self.point(*corner, normal);
        }
        self.indices
            .extend([first, first + 1, first + 2, first, first + 2, first + 3]);
    }

    fn triangle(&mut self, corners: [Vec3; 3]) {
        let normal = (corners[1] - corners[0])
            .cross(corners[2] - corners[0])
            .normalize_or(Vec3::Y);
        for corner in corners {
            let index = self.point(corner, normal);
            self.indices.push(index);
        }
    }

    /// A box with plain edges: twelve triangles.
    fn cuboid(&mut self, centre: Vec3, half: Vec3) {
        self.bevelled(centre, half, 0.0);
    }

    /// A box whose edges are cut at 45 degrees by `bevel`.
    pub(super) fn bevelled(&mut self, centre: Vec3, half: Vec3, bevel: f32) {
        let bevel = bevel.min(half.min_element() * 0.9).max(0.0);
        let axes = [Vec3::X, Vec3::Y, Vec3::Z];
        for axis in 0..3 {
            let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
            for side in [-1.0f32, 1.0] {
                let out = axes[axis] * half[axis] * side;
                let across = axes[u] * (half[u] - bevel);
                // Turned over on the negative side to keep facing outwards.
                let up = axes[v] * (half[v] - bevel) * side;
                let middle = centre + out;
                self.quad([
                    middle - across - up,
                    middle + across - up,
                    middle + across + up,
                    middle - across + up,
                ]);
            }
        }
        if bevel <= 0.0 {
            return;
        }
        for axis in 0..3 {
            let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
            for (su, sv) in [(1.0f32, 1.0f32), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)] {
                let along = axes[axis] * (half[axis] - bevel) * (su * sv);
                let one = centre + axes[u] * half[u] * su + axes[v] * (half[v] - bevel) * sv;
                let other = centre + axes[u] * (half[u] - bevel) * su + axes[v] * half[v] * sv;
                self.quad([one - along, other - along, other + along, one + along]);
            }
        }
        for corner in 0..8 {
            let sign = Vec3::new(
                if corner & 1 == 1 { 1.0 } else { -1.0 },
                if corner & 2 == 2 { 1.0 } else { -1.0 },
                if corner & 4 == 4 { 1.0 } else { -1.0 },
            );
            let inner = half - Vec3::splat(bevel);
            let points: [Vec3; 3] = std::array::from_fn(|axis| {
                let mut point = inner;
                point[axis] = half[axis];
                centre + point * sign
            });
            if sign.x * sign.y * sign.z > 0.0 {
                self.triangle(points);
            } else {
                self.triangle([points[0], points[2], points[1]]);
            }
        }
    }

    /// Rings of (height, radius) joined by smooth walls; `radii` stretches them along x and z.
    pub(super) fn lathe(&mut self, centre: Vec3, radii: Vec2, rings: &[(f32, f32)], sides: u32) {
        let first = self.positions.len() as u32;
        for (index, (height, radius)) in rings.iter().enumerate() {
            let before = rings[index.saturating_sub(1)];
            let after = rings[(index + 1).min(rings.len() - 1)];
            // The wall's normal leans up where the radius shrinks upwards.
            let slope = (after.1 - before.1) * radii.x.max(radii.y);
            let rise = after.0 - before.0;
            for side in 0..=sides {
                let angle = std::f32::consts::TAU * side as f32 / sides as f32;
                let (sin, cos) = angle.sin_cos();
                let normal = Vec3::new(cos * rise, -slope, sin * rise).normalize_or(Vec3::Y);
                let position = Vec3::new(cos * radius * radii.x, *height, sin * radius * radii.y);
                self.point(centre + position, normal);
            }
        }
        let around = sides + 1;
        for ring in 0..rings.len().saturating_sub(1) as u32 {
            for side in 0..sides {
                let low = first + ring * around + side;
                let high = low + around;
                self.indices
                    .extend([low, high, high + 1, low, high + 1, low + 1]);
            }
        }
    }

    /// An ellipsoid.
    fn ball(&mut self, half: Vec3, sides: u32) {
        let steps = (sides / 2).max(4);
        let rings: Vec<(f32, f32)> = (0..=steps)
            .map(|step| {
                let angle = std::f32::consts::PI * (step as f32 / steps as f32 - 0.5);
                (angle.sin() * half.y, angle.cos().max(1e-4))
            })
            .collect();
        self.lathe(Vec3::ZERO, Vec2::new(half.x, half.z), &rings, sides);
    }

    /// Positions, normals and indices, three to a triangle.
    pub(super) fn into_parts(self) -> (Vec<[f32; 3]>, Vec<[f32; 3]>, Vec<u32>) {
        (self.positions, self.normals, self.indices)
    }

    /// The finished mesh.
    pub(super) fn into_mesh(self) -> Mesh {
        Mesh::new(
            PrimitiveTopology::TriangleList,
            RenderAssetUsages::RENDER_WORLD,
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
        .with_inserted_indices(Indices::U32(self.indices))
    }

    /// The same surface with one normal for each place, so that its hull can be
    /// pushed outwards without gaps at the edges.
    pub(super) fn into_hull(mut self) -> Self {
        let key = |position: &[f32; 3]| position.map(|part| (part * 1e5).round() as i32);
        let mut sums: std::collections::BTreeMap<[i32; 3], Vec3> =
            std::collections::BTreeMap::new();
        for (position, normal) in self.positions.iter().zip(&self.normals) {
            *sums.entry(key(position)).or_default() += Vec3::from_array(*normal);
        }
        for (position, normal) in self.positions.iter().zip(&mut self.normals) {
            if let Some(sum) = sums.get(&key(position)) {
                *normal = sum.normalize_or(Vec3::from_array(*normal)).to_array();
            }
        }
        self
    }
}

/// How fine the meshes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fineness {
    /// Sides of what is round.
    pub sides: u32,
    /// Whether edges are bevelled.
    pub bevels: bool,
}

/// The silhouette of a shape with these half extents.
pub(super) fn silhouette(shape: Shape, half: Vec3, fineness: Fineness) -> Surface {
    let mut surface = Surface::default();
    let sides = fineness.sides;
    let bevel = if fineness.bevels {
        half.min_element().min(0.25) * 0.16
    } else {
        0.0
    };
    match shape {
        Shape::Block | Shape::Slab | Shape::Connection => {
            surface.bevelled(Vec3::ZERO, half, bevel);
        }
        Shape::Heater => finned(&mut surface, half, bevel),
        Shape::Probe => probe(&mut surface, half, sides),
        Shape::Sphere => surface.ball(half, sides * 2),
        Shape::Controller => {
            surface.bevelled(Vec3::ZERO, half * Vec3::new(1.0, 1.0, 0.86), bevel);
            // A raised face plate and two lamps.
            let front = half.z * 0.86;
            let plate = Vec3::new(half.x * 0.82, half.y * 0.74, half.z * 0.06);
            surface.cuboid(Vec3::new(0.0, half.y * 0.06, front + plate.z), plate);
            for side in [-0.5f32, 0.5] {
                let lamp = Vec3::new(half.x * 0.14, half.y * 0.12, half.z * 0.04);
                surface.cuboid(
                    Vec3::new(half.x * side, half.y * 0.30, front + plate.z * 2.0 + lamp.z),
                    lamp,
                );
            }
        }
        Shape::Frame => frame(&mut surface, half),
        Shape::Junction => surface.ball(half, sides),
        Shape::Reservoir => basin(&mut surface, half),
        Shape::Tank => drum(&mut surface, Vec3::ZERO, half, sides),
        Shape::Pump => {
            // A round volute at the foot, the motor upright on it.
            let foot = half.y * 0.45;
            drum(
                &mut surface,
                Vec3::new(0.0, foot - half.y, 0.0),
                half.with_y(foot),
                sides,
            );
            let motor = half.y - foot;
            drum(
                &mut surface,
                Vec3::new(0.0, foot, 0.0),
                Vec3::new(half.x * 0.55, motor, half.z * 0.55),
                sides,
            );
        }
        Shape::Valve => valve(&mut surface, half, sides),
        Shape::Rack
        | Shape::Machine
        | Shape::Stalls
        | Shape::Gate
        | Shape::Belt
        | Shape::Hopper
        | Shape::Vehicle
        | Shape::Person => flow_silhouette(&mut surface, shape, half, bevel, sides),
    }
    surface
}

/// An upright closed cylinder.
fn drum(surface: &mut Surface, centre: Vec3, half: Vec3, sides: u32) {
    let rings = [
        (-half.y, 1e-4),
        (-half.y, 1.0),
        (-half.y, 1.0),
        (half.y, 1.0),
        (half.y, 1.0),
        (half.y, 1e-4),
    ];
    surface.lathe(centre, Vec2::new(half.x, half.z), &rings, sides.max(6));
}

/// A floor with four walls.
fn basin(surface: &mut Surface, half: Vec3) {
    let wall = half.x.min(half.z) * 0.12;
    let floor = half.y * 0.2;
    surface.cuboid(Vec3::new(0.0, floor - half.y, 0.0), half.with_y(floor));
    for side in [-1.0, 1.0] {
        let rise = Vec3::new(0.0, floor, 0.0);
        let height = half.y - floor;
        surface.cuboid(
            rise + Vec3::new(side * (half.x - wall), 0.0, 0.0),
            Vec3::new(wall, height, half.z),
        );
        surface.cuboid(
            rise + Vec3::new(0.0, 0.0, side * (half.z - wall)),
            Vec3::new(half.x - wall * 2.0, height, wall),
        );
    }
}

/// Two wedges that meet at the stem, and the handwheel on it.
fn valve(surface: &mut Surface, half: Vec3, sides: u32) {
    let body = half.y * 0.6;
    let low = body - half.y;
    for side in [-1.0, 1.0] {
        surface.cuboid(
            Vec3::new(side * half.x * 0.7, low, 0.0),
            Vec3::new(half.x * 0.3, body, half.z),
        );
    }
    surface.cuboid(
        Vec3::new(0.0, low, 0.0),
        Vec3::new(half.x * 0.4, body * 0.5, half.z * 0.5),
    );
    let stem = half.y - body;
    drum(
        surface,
        Vec3::new(0.0, half.y - stem, 0.0),
        Vec3::new(half.x * 0.12, stem, half.z * 0.12),
        sides,
    );
    drum(
        surface,
        Vec3::new(0.0, half.y - stem * 0.2, 0.0),
        Vec3::new(half.x * 0.6, stem * 0.2, half.z * 0.6),
        sides,
    );
}

/// A plate with upright fins.
fn finned(surface: &mut Surface, half: Vec3, bevel: f32) {
    let base = half.y * 0.28;
    surface.bevelled(
        Vec3::new(0.0, base - half.y, 0.0),
        Vec3::new(half.x, base, half.z),
        bevel.min(base * 0.3),
    );
    let fins = 5;
    let thickness = half.x / (fins as f32 * 2.0 - 1.0);
    for fin in 0..fins {
        let x = -half.x + thickness * (1.0 + 4.0 * fin as f32);
        let (from, to) = (base * 2.0 - half.y, half.y);
        surface.cuboid(
            Vec3::new(x, f32::midpoint(from, to), 0.0),
            Vec3::new(thickness, (to - from) / 2.0, half.z),
        );
    }
}

/// A slim body with a rounded head on a thinner stem.
fn probe(surface: &mut Surface, half: Vec3, sides: u32) {
    let radius = half.x.min(half.z);
    let dome = (radius / half.y).min(0.5);
    let mut rings = vec![
        (-half.y, 1e-4),
        (-half.y, 0.42),
        (-half.y * 0.35, 0.42),
        (-half.y * 0.35, 0.98),
        (-half.y * 0.30, 1.0),
    ];
    let steps = 4;
    for step in 0..=steps {
        let angle = std::f32::consts::FRAC_PI_2 * step as f32 / steps as f32;
        let height = half.y * (1.0 - dome + dome * angle.sin());
        rings.push((height, angle.cos().max(1e-4)));
    }
    surface.lathe(Vec3::ZERO, Vec2::new(half.x, half.z), &rings, sides.max(6));
}

/// Twelve thin bars.
fn frame(surface: &mut Surface, half: Vec3) {
    let thickness = 0.004;
    for axis in 0..3 {
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        for (su, sv) in [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)] {
            let mut centre = Vec3::ZERO;
            centre[u] = half[u] * su;
            centre[v] = half[v] * sv;
            let mut bar = Vec3::splat(thickness);
            bar[axis] = half[axis] + thickness;
            surface.cuboid(centre, bar);
        }
    }
}

/// A straight tube of radius one along z from 0 to 1, which the shader bends.
pub(super) fn tube(sides: u32, pieces: u32) -> Surface {
    let mut surface = Surface::default();
    for piece in 0..=pieces {
        let z = piece as f32 / pieces as f32;
        for side in 0..=sides {
            let angle = std::f32::consts::TAU * side as f32 / sides as f32;
            let normal = Vec3::new(angle.cos(), angle.sin(), 0.0);
            surface.point(normal.with_z(z), normal);
        }
    }
    let around = sides + 1;
    for piece in 0..pieces {
        for side in 0..sides {
            let near = piece * around + side;
            let far = near + around;
            surface
                .indices
                .extend([near, near + 1, far + 1, near, far + 1, far]);
        }
    }
    surface
}

/// So many copies of a surface, each vertex with the number of its copy.
pub(super) fn copies(surface: &Surface, count: usize) -> Mesh {
    let repeat = |all: &[[f32; 3]]| (0..count).flat_map(|_| all.to_vec()).collect::<Vec<_>>();
    let vertices = surface.positions.len();
    let numbers: Vec<[f32; 2]> = (0..count * vertices)
        .map(|vertex| [(vertex / vertices.max(1)) as f32, 0.0])
        .collect();
    let indices = (0..count)
        .flat_map(|copy| {
            let first = (copy * vertices) as u32;
            surface.indices.iter().map(move |index| first + index)
        })
        .collect();
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, repeat(&surface.positions))
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, repeat(&surface.normals))
    .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, numbers)
    .with_inserted_indices(Indices::U32(indices))
}

/// A flat square of half extent `reach` in the ground plane.
pub(super) fn ground(reach: f32) -> Surface {
    let mut surface = Surface::default();
    surface.quad([
        Vec3::new(-reach, 0.0, reach),
        Vec3::new(reach, 0.0, reach),
        Vec3::new(reach, 0.0, -reach),
        Vec3::new(-reach, 0.0, -reach),
    ]);
    surface
}

/// A rectangle of shadow with a soft rim of width `rim`; opacity is carried in the normals.
pub(super) fn soft_shadow(half: Vec2, rim: f32) -> Surface {
    let mut surface = Surface::default();
    let corner_steps = 4;
    let inner = (half - Vec2::splat(rim * 0.35)).max(Vec2::splat(1e-4));
    let centre = surface.point(Vec3::ZERO, Vec3::Y);
    let mut rims: Vec<(u32, u32)> = Vec::new();
    for corner in 0..4 {
        let sign = [
            Vec2::new(1.0, 1.0),
            Vec2::new(-1.0, 1.0),
            Vec2::new(-1.0, -1.0),
            Vec2::new(1.0, -1.0),
        ][corner];
        for step in 0..=corner_steps {
            let angle =
                std::f32::consts::FRAC_PI_2 * (corner as f32 + step as f32 / corner_steps as f32);
            let place = inner * sign;
            let outer = place + Vec2::new(angle.cos(), angle.sin()) * rim;
            let near = surface.point(Vec3::new(place.x, 0.0, place.y), Vec3::Y);
            let far = surface.point(Vec3::new(outer.x, 0.0, outer.y), Vec3::ZERO);
            rims.push((near, far));
        }
    }
    for index in 0..rims.len() {
        let (near, far) = rims[index];
        let (next_near, next_far) = rims[(index + 1) % rims.len()];
        surface
            .indices
            .extend([near, far, next_far, near, next_far, next_near]);
        surface.indices.extend([centre, near, next_near]);
    }
    surface
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [Shape; 20] = [
        Shape::Block,
        Shape::Slab,
        Shape::Heater,
        Shape::Probe,
        Shape::Sphere,
        Shape::Controller,
        Shape::Frame,
        Shape::Junction,
        Shape::Reservoir,
        Shape::Tank,
        Shape::Pump,
        Shape::Valve,
        Shape::Rack,
        Shape::Machine,
        Shape::Stalls,
        Shape::Gate,
        Shape::Belt,
        Shape::Hopper,
        Shape::Vehicle,
        Shape::Person,
    ];

    fn fineness(bevels: bool) -> Fineness {
        Fineness { sides: 8, bevels }
    }

    #[test]
    fn every_silhouette_fills_its_place_and_no_more() {
        let half = Vec3::new(0.3, 0.2, 0.1);
        for shape in SHAPES {
            for bevels in [false, true] {
                let surface = silhouette(shape, half, fineness(bevels));
                let mut reach = Vec3::ZERO;
                for position in &surface.positions {
                    reach = reach.max(Vec3::from_array(*position).abs());
                }
                assert!(
                    (reach - half).abs().max_element() < 0.01,
                    "{shape:?}: {reach}"
                );
            }
        }
    }

    #[test]
    fn faces_look_outwards_and_normals_have_length_one() {
        for shape in [Shape::Block, Shape::Slab, Shape::Sphere] {
            let surface = silhouette(shape, Vec3::new(0.3, 0.2, 0.4), fineness(true));
            for corners in surface.indices.chunks(3) {
                let [a, b, c] =
                    [0, 1, 2].map(|one| Vec3::from_array(surface.positions[corners[one] as usize]));
                let face = (b - a).cross(c - a);
                // Slivers at the poles of a ball have no direction.
                if face.length() > 1e-7 {
                    assert!(face.dot(a + b + c) > 0.0, "{shape:?} has a face inside out");
                    let normal = Vec3::from_array(surface.normals[corners[0] as usize]);
                    assert!(
                        face.dot(normal) > 0.0,
                        "{shape:?} is lit from the wrong side"
                    );
                }
            }
            for normal in &surface.normals {
                assert!((Vec3::from_array(*normal).length() - 1.0).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn a_hull_has_one_normal_for_each_place() {
        let hull = silhouette(Shape::Block, Vec3::ONE, fineness(false)).into_hull();
        for (position, normal) in hull.positions.iter().zip(&hull.normals) {
            let outwards = Vec3::from_array(*position).normalize_or(Vec3::Y);
            assert!((outwards - Vec3::from_array(*normal)).length() < 1e-5);
        }
    }

    #[test]
    fn meshes_stay_small() {
        let block = silhouette(Shape::Block, Vec3::ONE, fineness(false));
        assert_eq!(block.indices.len() / 3, 12);
        assert!(tube(6, 8).indices.len() / 3 <= 96);
    }
}
