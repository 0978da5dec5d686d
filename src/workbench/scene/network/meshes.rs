//! The meshes of a network: a few large ones in place of a hundred thousand
//! small ones. Pieces that are near each other share a mesh, so that what lies
//! outside the picture is left out by the renderer.

use std::collections::BTreeMap;
use std::f32::consts::TAU;

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, Mesh, PrimitiveTopology};
use bevy::prelude::{Quat, Vec3};

use super::super::materials::linear;
use super::super::meshes::{Fineness, silhouette};
use crate::twin::Shape;
use crate::workbench::view::colour::Srgb;
use crate::workbench::view::geometry::{Vector, length, subtract};
use crate::workbench::view::network::terrain::Field;
use crate::workbench::view::network::{LinkForm, Network, NodeForm};
use crate::workbench::view::painting::{ScenePalette, blend};

/// Pieces from which on a network is cut into tiles.
const TILED_FROM: usize = 6_000;

/// Tiles along each side of the map.
const TILES: f64 = 6.0;

/// Share of the ground's width over which it fades out towards each edge.
const RIM: f64 = 0.06;

/// Support of the ground below which it is not drawn.
const LEAST_SUPPORT: f64 = 0.02;

/// Vertices under construction, with the attributes that the shaders of a network read.
#[derive(Default)]
struct Parts {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    places: Vec<[f32; 2]>,
    corners: Vec<[f32; 2]>,
    indices: Vec<u32>,
}

impl Parts {
    fn vertex(&mut self, position: Vector, normal: [f32; 3], place: [f32; 2], corner: [f32; 2]) {
        self.positions.push(single(position));
        self.normals.push(normal);
        self.places.push(place);
        self.corners.push(corner);
    }

    /// Two triangles over the last four vertices.
    fn square(&mut self) {
        let first = self.positions.len() as u32 - 4;
        self.indices
            .extend([0, 1, 2, 2, 1, 3].map(|one| first + one));
    }

    fn into_mesh(self) -> Mesh {
        Mesh::new(
            PrimitiveTopology::TriangleList,
            RenderAssetUsages::RENDER_WORLD,
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, self.places)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_1, self.corners)
        .with_inserted_indices(Indices::U32(self.indices))
    }
}

fn single(point: Vector) -> [f32; 3] {
    point.map(|part| part as f32)
}

/// The tile of a point, when there are tiles.
fn tile(point: Vector, tiled: bool) -> [i32; 2] {
    if tiled {
        // The map reaches from -1 to 1.
        [point[0], point[2]].map(|part| (part * TILES / 2.0).floor() as i32)
    } else {
        [0; 2]
    }
}

/// The ribbons of all links.
pub(super) fn pipes(network: &Network) -> Vec<Mesh> {
    let tiled = network.pieces() > TILED_FROM;
    let mut tiles: BTreeMap<[i32; 2], Parts> = BTreeMap::new();
    for link in 0..network.links.len() {
        let points = network.points(link);
        let parts = tiles.entry(tile(points[0], tiled)).or_default();
        ribbon(parts, points, link);
    }
    tiles.into_values().map(Parts::into_mesh).collect()
}

/// The ribbons along pieces that do not hang together, each with the look of its own index.
pub(super) fn lines(pieces: &[([Vector; 2], usize)]) -> Mesh {
    let mut parts = Parts::default();
    for (piece, look) in pieces {
        ribbon(&mut parts, piece, *look);
    }
    parts.into_mesh()
}

fn ribbon(parts: &mut Parts, points: &[Vector], look: usize) {
    let mut passed = 0.0;
    for pair in points.windows(2) {
        let way = subtract(pair[1], pair[0]);
        let reach = length(way);
        if reach <= 0.0 {
            continue;
        }
        let along = single(way.map(|part| part / reach));
        for (point, place, end) in [(pair[0], passed, -1.0), (pair[1], passed + reach, 1.0)] {
            for side in [-1.0, 1.0] {
                parts.vertex(point, along, [look as f32, place as f32], [side, end]);
            }
        }
        parts.square();
        passed += reach;
    }
}

/// The squares of all nodes.
pub(super) fn nodes(network: &Network) -> Vec<Mesh> {
    let tiled = network.nodes.len() > TILED_FROM;
    let mut tiles: BTreeMap<[i32; 2], Parts> = BTreeMap::new();
    for (index, node) in network.nodes.iter().enumerate() {
        let parts = tiles.entry(tile(node.position, tiled)).or_default();
        for corner in [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]] {
            parts.vertex(node.position, [0.0, 1.0, 0.0], [index as f32, 0.0], corner);
        }
        parts.square();
    }
    tiles.into_values().map(Parts::into_mesh).collect()
}

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SymbolOf {
    /// The node at this index.
    Node(usize),
    /// The link at this index.
    Link(usize),
}

/// Height of a symbol and half its width across and along, where 1 is the usual height.
fn proportions(shape: Shape) -> Vec3 {
    match shape {
        Shape::Tank => Vec3::new(0.46, 0.5, 0.46),
        Shape::Reservoir => Vec3::new(0.72, 0.26, 0.56),
        Shape::Pump => Vec3::new(0.36, 0.42, 0.36),
        _ => Vec3::new(0.48, 0.46, 0.24),
    }
}

/// All symbols in one mesh, with what each stands for.
pub(super) fn symbols(network: &Network, sides: u32) -> (Option<Mesh>, Vec<SymbolOf>) {
    let mut parts = Parts::default();
    let mut meaning = Vec::new();
    let mut shapes: BTreeMap<Shape, (Vec<[f32; 3]>, Vec<[f32; 3]>, Vec<u32>)> = BTreeMap::new();
    let mut put = |of: SymbolOf, shape: Shape, foot: Vector, turn: f32| {
        let half = proportions(shape);
        let (positions, normals, indices) = shapes.entry(shape).or_insert_with(|| {
            let fineness = Fineness {
                sides,
                bevels: false,
            };
            silhouette(shape, half, fineness).into_parts()
        });
        let turn = Quat::from_rotation_y(turn);
        let first = parts.positions.len() as u32;
        for (position, normal) in positions.iter().zip(normals.iter()) {
            // Silhouettes are made about their middle; a symbol stands on its foot.
            let local = turn * (Vec3::from_array(*position) + Vec3::Y * half.y);
            let normal = turn * Vec3::from_array(*normal);
            parts.vertex(
                foot,
                normal.to_array(),
                [local.x, local.y],
                [local.z, meaning.len() as f32],
            );
        }
        parts
            .indices
            .extend(indices.iter().map(|index| first + index));
        meaning.push(of);
    };
    for (index, node) in network.nodes.iter().enumerate() {
        let shape = match node.form {
            NodeForm::Junction => continue,
            NodeForm::Tank => Shape::Tank,
            NodeForm::Reservoir => Shape::Reservoir,
        };
        put(SymbolOf::Node(index), shape, node.position, 0.0);
    }
    for (index, link) in network.links.iter().enumerate() {
        let shape = match link.form {
            LinkForm::Pipe => continue,
            LinkForm::Pump => Shape::Pump,
            LinkForm::Valve | LinkForm::PressureValve => Shape::Valve,
        };
        let (foot, way) = network.middle(index);
        // The long side of a symbol lies along x before it is turned.
        let turn = (-way[2]).atan2(way[0]) as f32;
        put(SymbolOf::Link(index), shape, foot, turn.rem_euclid(TAU));
    }
    let mesh = (!meaning.is_empty()).then(|| parts.into_mesh());
    (mesh, meaning)
}

/// How much of the ground is seen at a row or column: it fades out before its
/// edge, which would be a straight cut.
fn rim(at: usize, count: usize) -> f64 {
    let inside = at.min(count.saturating_sub(1 + at)) as f64;
    (inside / (RIM * count as f64).max(1.0)).min(1.0)
}

/// The ground, hill-shaded for heights stretched by `exaggeration`, fading
/// into the background where nothing is known of it.
pub(super) fn terrain(field: &Field, exaggeration: f64, palette: &ScenePalette) -> Mesh {
    let (low, high) = field
        .values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    let is_dark = palette
        .background
        .iter()
        .map(|one| u32::from(*one))
        .sum::<u32>()
        < 384;
    let (shadow, light): (Srgb, Srgb) = if is_dark {
        (blend(palette.background, [0; 3], 0.6), palette.neutral)
    } else {
        (palette.neutral, [255; 3])
    };
    let mut positions = Vec::with_capacity(field.values.len());
    let mut colours = Vec::with_capacity(field.values.len());
    for (index, shade) in field.hill_shade(exaggeration).into_iter().enumerate() {
        let (column, row) = (index % field.columns, index / field.columns);
        let [x, z] = field.place(column, row);
        positions.push(single([x, field.values[index], z]));
        let height = if high > low {
            (field.values[index] - low) / (high - low)
        } else {
            0.5
        };
        // Quiet: the ground may never be louder than what lies in it.
        let base = blend(palette.background, palette.neutral, 0.22 + 0.18 * height);
        let lit = if shade >= 0.5 {
            blend(base, light, (shade - 0.5) * 0.60)
        } else {
            blend(base, shadow, (0.5 - shade) * 0.70)
        };
        let edge = rim(column, field.columns) * rim(row, field.rows);
        let shown = blend(palette.background, lit, field.support[index] * edge);
        colours.push(linear(shown).to_array());
    }
    let mut indices = Vec::new();
    for row in 0..field.rows.saturating_sub(1) {
        for column in 0..field.columns.saturating_sub(1) {
            let first = row * field.columns + column;
            let corners = [
                first,
                first + field.columns,
                first + 1,
                first + 1 + field.columns,
            ];
            if corners
                .iter()
                .all(|one| field.support[*one] < LEAST_SUPPORT)
            {
                continue;
            }
            let [a, b, c, d] = corners.map(|one| one as u32);
            indices.extend([a, b, c, c, b, d]);
        }
    }
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, colours)
    .with_inserted_indices(Indices::U32(indices))
}
