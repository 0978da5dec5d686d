//! Where everything stands, and how large the system is in scene units.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Solid;
use crate::twin::{Asset, KindRegistry, Shape, Twin};
use crate::workbench::view::geometry::{Extent, OrientedBox, Vector, scale, subtract};
use crate::workbench::view::network::{Network, Part};

/// How an asset is drawn: as its look says, or as its kind does.
pub(super) fn shape_of(asset: &Asset, registry: &KindRegistry) -> Shape {
    asset
        .look
        .as_ref()
        .and_then(|look| look.shape)
        .or_else(|| registry.get(&asset.kind).map(|kind| kind.shape))
        .unwrap_or(Shape::Block)
}

/// The solids in metres, those without a place set in a row in front of the others.
///
/// Beside a network nothing is set in a row: what has no place there is a
/// setting or a demand, and no thing that stands somewhere.
pub(super) fn placed_solids(
    twin: &Twin,
    shapes: &[Shape],
    network: &Network,
    set_out: &BTreeMap<usize, OrientedBox>,
) -> Vec<Solid> {
    let stated = |asset: &Asset| {
        asset
            .place
            .as_ref()
            .map(|place| OrientedBox::new(place.position, place.size, place.rotation))
            .filter(|place| {
                place
                    .centre
                    .iter()
                    .chain(&place.half_size)
                    .all(|part| part.is_finite())
            })
    };
    let place_of = |index: usize| stated(&twin.assets[index]).or(set_out.get(&index).copied());
    let all = 0..twin.assets.len();
    let known = Extent::around(
        all.clone()
            .filter_map(place_of)
            .flat_map(|one| one.corners()),
    );
    // Beside a flow, what has no place there is a setting, a calendar, a pool or a group.
    let of_flow = |asset: &Asset| asset.kind.starts_with("flow.");
    let has_flow = twin.assets.iter().any(of_flow);
    let is_setting = |index: usize| {
        let asset = &twin.assets[index];
        has_flow && (of_flow(asset) || shapes[index] == Shape::Frame)
    };
    let is_left_out = |index: usize| {
        let joins = shapes[index] == Shape::Connection || network.part(index) != Part::None;
        let is_placed = place_of(index).is_some();
        joins || !is_placed && (!network.is_empty() || is_setting(index))
    };
    let missing = all
        .filter(|index| !is_left_out(*index) && place_of(*index).is_none())
        .count();
    let across = (missing as f64).sqrt().ceil().max(1.0);
    let (cell, origin) = match known {
        Some(extent) => (
            (extent.radius() * 0.25).max(1e-6),
            [extent.centre()[0], extent.low[1], extent.high[2]],
        ),
        None => (1.0, [0.0; 3]),
    };
    let mut placed = 0.0f64;
    let mut solids = Vec::new();
    for (index, (asset, shape)) in twin.assets.iter().zip(shapes).enumerate() {
        if is_left_out(index) {
            continue;
        }
        let place = place_of(index).unwrap_or_else(|| {
            let (column, row) = (placed % across, (placed / across).floor() + 1.0);
            placed += 1.0;
            let half = cell * 0.3;
            OrientedBox::new(
                [
                    origin[0] + (column - (across - 1.0) / 2.0) * cell,
                    origin[1] + half,
                    origin[2] + row * cell,
                ],
                [half * 2.0; 3],
                [0.0; 3],
            )
        });
        solids.push(Solid {
            asset: index,
            shape: *shape,
            gltf: asset
                .look
                .as_ref()
                .and_then(|look| look.gltf.as_ref())
                .map(PathBuf::from),
            place,
        });
    }
    solids
}

/// Moves and scales the solids to scene units; gives their extent, where its middle was
/// in metres, and the metres in one unit.
pub(super) fn to_scene_units(solids: &mut [Solid], network: &mut Network) -> (Extent, Vector, f64) {
    let around = |solids: &[Solid], network: &Network| {
        Extent::around(
            solids
                .iter()
                .flat_map(|solid| solid.place.corners())
                .chain(network.all_points()),
        )
        .unwrap_or(Extent {
            low: [-0.5; 3],
            high: [0.5; 3],
        })
    };
    let metric = around(solids, network);
    let centre = metric.centre();
    let radius = metric.radius();
    let metres_per_unit = if radius > 0.0 && radius.is_finite() {
        radius
    } else {
        1.0
    };
    for solid in solids.iter_mut() {
        let place = &mut solid.place;
        place.centre = scale(subtract(place.centre, centre), 1.0 / metres_per_unit);
        // A thing without thickness would vanish; give it a hair.
        place.half_size = place
            .half_size
            .map(|half| (half / metres_per_unit).max(1e-4));
    }
    network.rescale(centre, metres_per_unit);
    (around(solids, network), centre, metres_per_unit)
}
