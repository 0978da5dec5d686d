//! Which parts of a network have a label at the present zoom: never all of
//! them, always those by which one finds one's way.

use super::super::camera::OrbitCamera;
use super::layout::points_per_unit;
use super::{LinkForm, Network, NodeForm};
use crate::workbench::view::geometry::Vector;

/// Most labels offered when one is near enough to see the single pipe.
const AT_MOST: usize = 60;

/// Most labels offered in a picture of the whole: more would cover the network.
const AT_MOST_FAR: usize = 11;

/// Usual length of a pipe on the picture from which on every junction may have a label [points].
const JUNCTIONS_FROM: f64 = 90.0;

/// Usual length of a pipe on the picture from which on pumps and valves have one [points].
const FITTINGS_FROM: f64 = 9.0;

/// Usual length of a pipe on the picture from which on every measured place may have a label [points].
const MEASURED_FROM: f64 = 48.0;

/// Number of measured places that have labels in a picture of the whole.
const FEW_MEASURED: usize = 3;

/// Number of pumps and valves that have labels however far away one is.
const FEW: usize = 12;

/// Rank of what is only measured.
const MEASURED: u8 = 3;

/// A part that would like a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Labelled {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Where the label points, heights exaggerated [scene units].
    pub anchor: Vector,
    /// Lower ranks are set first.
    pub rank: u8,
}

/// What may have a label as `camera` sees the network in a picture of `size`
/// points. `measured` tells whether a channel measures an asset, `pinned` are
/// assets that have one in any case.
#[must_use]
pub fn labelled(
    network: &Network,
    camera: &OrbitCamera,
    size: [f64; 2],
    exaggeration: f64,
    usual_length: f64,
    measured: impl Fn(usize) -> bool,
    pinned: &[usize],
) -> Vec<Labelled> {
    let street = points_per_unit(camera, size[1]) * usual_length;
    let fittings = network
        .links
        .iter()
        .filter(|link| link.form != LinkForm::Pipe)
        .count();
    let mut found: Vec<(f64, Labelled)> = Vec::new();
    let mut offer = |asset: usize, place: Vector, rank: u8| {
        let anchor = [place[0], place[1] * exaggeration, place[2]];
        let Some((pixel, _)) = camera.project(anchor, size) else {
            return;
        };
        let on_picture = (0..2).all(|axis| (0.0..=size[axis]).contains(&pixel[axis]));
        if on_picture {
            // Of one rank those nearest to the middle come first.
            let off = (pixel[0] - size[0] / 2.0).hypot(pixel[1] - size[1] / 2.0);
            found.push((
                off,
                Labelled {
                    asset,
                    anchor,
                    rank,
                },
            ));
        }
    };
    for node in &network.nodes {
        let rank = if pinned.contains(&node.asset) {
            0
        } else if node.form != NodeForm::Junction {
            1
        } else if measured(node.asset) {
            MEASURED
        } else if street >= JUNCTIONS_FROM {
            4
        } else {
            continue;
        };
        offer(node.asset, node.position, rank);
    }
    for (index, link) in network.links.iter().enumerate() {
        let rank = if pinned.contains(&link.asset) {
            0
        } else if link.form != LinkForm::Pipe && (fittings <= FEW || street >= FITTINGS_FROM) {
            2
        } else if measured(link.asset) {
            MEASURED
        } else {
            continue;
        };
        offer(link.asset, network.middle(index).0, rank);
    }
    found.sort_by(|one, other| {
        (one.1.rank, one.0)
            .partial_cmp(&(other.1.rank, other.0))
            .unwrap_or(std::cmp::Ordering::Equal)
            .then(one.1.asset.cmp(&other.1.asset))
    });
    if street < MEASURED_FROM {
        let mut room = FEW_MEASURED;
        found.retain(|(_, one)| {
            let stays = one.rank != MEASURED || room > 0;
            room -= usize::from(stays && one.rank == MEASURED);
            stays
        });
    }
    found.truncate(if street >= JUNCTIONS_FROM {
        AT_MOST
    } else {
        AT_MOST_FAR
    });
    found.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_support::grid;
    use super::*;

    fn town() -> Network {
        let mut network = grid(40, 40);
        network.nodes[100].form = NodeForm::Tank;
        network.links[7].form = LinkForm::Pump;
        network.rescale([1_950.0, 0.0, 1_950.0], 2_800.0);
        network
    }

    fn camera(distance: f64) -> OrbitCamera {
        OrbitCamera {
            target: [0.0; 3],
            yaw: 0.0,
            pitch: 1.2,
            distance,
        }
    }

    fn assets(network: &Network, distance: f64, measured: usize) -> Vec<usize> {
        let length = network.usual_length();
        labelled(
            network,
            &camera(distance),
            [900.0, 600.0],
            3.0,
            length,
            |asset| asset == measured,
            &[3],
        )
        .into_iter()
        .map(|one| one.asset)
        .collect()
    }

    #[test]
    fn from_afar_tanks_pumps_and_measured_places_have_labels() {
        let network = town();
        let pump = network.links[7].asset;
        assert_eq!(assets(&network, 4.0, 55), vec![3, 100, pump, 55]);
    }

    #[test]
    fn near_by_junctions_have_labels_too_but_not_too_many() {
        let network = town();
        let near = assets(&network, 0.3, usize::MAX);
        assert!(near.len() > 8 && near.len() <= AT_MOST, "{}", near.len());
    }
}
