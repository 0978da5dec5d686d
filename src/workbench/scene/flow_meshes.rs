//! The silhouettes of what items pass and of what moves: tables, belts, arches,
//! trucks, people. Items stand on the decks that
//! [`deck`](crate::workbench::view::flow::floor::deck) tells.

use bevy::prelude::{Vec2, Vec3};

use super::meshes::Surface;
use crate::twin::Shape;
use crate::workbench::view::flow::bodies::{DECK, DECK_END};
use crate::workbench::view::flow::floor::deck;

/// Adds the silhouette of a shape of a flow with these half extents; nothing for other
/// shapes.
pub(super) fn flow_silhouette(
    surface: &mut Surface,
    shape: Shape,
    half: Vec3,
    bevel: f32,
    sides: u32,
) {
    let [height, back, _] = deck(shape).map(|part| part as f32);
    match shape {
        Shape::Rack => rack(surface, half),
        Shape::Machine => {
            table(surface, half, height, bevel);
            let housing = piece([-1.0, 1.0], [height, 1.0], [-1.0, back]);
            housing.add(surface, half, bevel);
        }
        Shape::Stalls => {
            table(surface, half, height, bevel);
            piece([-1.0, 1.0], [height, 1.0], [-1.0, back]).add(surface, half, bevel);
            for x in [[-1.0, -0.94], [0.94, 1.0]] {
                piece(x, [height, 1.0], [back, 1.0]).add(surface, half, 0.0);
            }
        }
        Shape::Gate => {
            table(surface, half, height, bevel);
            for x in [[-1.0, -0.76], [0.76, 1.0]] {
                piece(x, [height, 1.0], [-0.4, 0.4]).add(surface, half, bevel);
            }
            piece([-0.76, 0.76], [0.7, 1.0], [-0.4, 0.4]).add(surface, half, 0.0);
        }
        Shape::Belt => belt(surface, half, height),
        Shape::Hopper => hopper(surface, half),
        Shape::Vehicle => vehicle(surface, half, bevel),
        Shape::Person => person(surface, half, sides),
        _ => {}
    }
}

/// A box from side to side, all from -1 to 1.
struct Piece {
    low: Vec3,
    high: Vec3,
}

const fn piece(x: [f32; 2], y: [f32; 2], z: [f32; 2]) -> Piece {
    Piece {
        low: Vec3::new(x[0], y[0], z[0]),
        high: Vec3::new(x[1], y[1], z[1]),
    }
}

impl Piece {
    fn add(&self, surface: &mut Surface, half: Vec3, bevel: f32) {
        let centre = (self.low + self.high) / 2.0 * half;
        surface.bevelled(centre, (self.high - self.low) / 2.0 * half, bevel);
    }
}

/// A block as high as a deck.
fn table(surface: &mut Surface, half: Vec3, deck: f32, bevel: f32) {
    piece([-1.0, 1.0], [-1.0, deck], [-1.0, 1.0]).add(surface, half, bevel);
}

/// Widths of legs along and across, as parts of the half extents, so that they are
/// square.
fn legs(half: Vec3, part: f32) -> Vec2 {
    let wide = half.x.min(half.z) * part;
    Vec2::new(wide / half.x.max(1e-9), wide / half.z.max(1e-9))
}

/// A plate and a shelf on four legs.
fn rack(surface: &mut Surface, half: Vec3) {
    let wide = legs(half, 0.16);
    for x in [[-1.0, -1.0 + wide.x], [1.0 - wide.x, 1.0]] {
        for z in [[-1.0, -1.0 + wide.y], [1.0 - wide.y, 1.0]] {
            piece(x, [-1.0, 0.6], z).add(surface, half, 0.0);
        }
    }
    piece([-1.0, 1.0], [0.6, 1.0], [-1.0, 1.0]).add(surface, half, 0.0);
    piece([-0.92, 0.92], [-0.45, -0.2], [-0.92, 0.92]).add(surface, half, 0.0);
}

/// A plate between two rails on pairs of legs, along the longer side.
fn belt(surface: &mut Surface, half: Vec3, deck: f32) {
    let lies_long = half.x >= half.z;
    let put = |surface: &mut Surface, along: [f32; 2], y: [f32; 2], across: [f32; 2]| {
        if lies_long {
            piece(along, y, across).add(surface, half, 0.0);
        } else {
            piece(across, y, along).add(surface, half, 0.0);
        }
    };
    let whole = [-1.0, 1.0];
    put(surface, whole, [0.45, deck], [-0.86, 0.86]);
    for across in [[-1.0, -0.86], [0.86, 1.0]] {
        put(surface, whole, [0.35, 1.0], across);
    }
    let wide = legs(half, 0.22);
    let wide = if lies_long { wide.x } else { wide.y };
    let reach = 1.0 - wide * 2.0;
    for at in [-reach, 0.0, reach] {
        put(
            surface,
            [at - wide / 2.0, at + wide / 2.0],
            [-1.0, 0.45],
            [-0.7, 0.7],
        );
    }
}

/// A foot, four slanted walls, and a box on them.
fn hopper(surface: &mut Surface, half: Vec3) {
    let (waist, neck, rim) = (0.5, -0.45, 0.25);
    piece([-waist, waist], [-1.0, neck], [-waist, waist]).add(surface, half, 0.0);
    piece([-1.0, 1.0], [rim, 1.0], [-1.0, 1.0]).add(surface, half, 0.0);
    let corner = |turn: usize, out: f32, height: f32| {
        let (x, z) = [(1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0)][turn % 4];
        Vec3::new(x * out, height, z * out) * half
    };
    for turn in 0..4 {
        surface.quad([
            corner(turn, waist, neck),
            corner(turn + 1, waist, neck),
            corner(turn + 1, 1.0, rim),
            corner(turn, 1.0, rim),
        ]);
    }
}

/// A deck on four wheels, with a mast at its front.
fn vehicle(surface: &mut Surface, half: Vec3, bevel: f32) {
    let (deck, end) = (DECK as f32, DECK_END as f32);
    piece([-1.0, 1.0], [-0.7, deck], [-1.0, 1.0]).add(surface, half, bevel);
    for x in [[-0.85, -0.5], [0.5, 0.85]] {
        for z in [[-0.95, -0.6], [0.6, 0.95]] {
            piece(x, [-1.0, -0.7], z).add(surface, half, 0.0);
        }
    }
    piece([end, 1.0], [deck, 1.0], [-0.9, 0.9]).add(surface, half, bevel);
}

/// Shoulders that narrow to the feet, and a head.
fn person(surface: &mut Surface, half: Vec3, sides: u32) {
    let rings = [
        (-1.0, 1e-4),
        (-1.0, 0.55),
        (-0.1, 0.6),
        (0.28, 1.0),
        (0.42, 0.8),
        (0.48, 0.3),
        (0.56, 0.42),
        (0.72, 0.56),
        (0.88, 0.46),
        (1.0, 1e-4),
    ]
    .map(|(height, radius)| (height * half.y, radius));
    surface.lathe(Vec3::ZERO, Vec2::new(half.x, half.z), &rings, sides.max(6));
}
