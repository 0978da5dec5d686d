//! Networks for tests: small ones by hand, large ones as a grid of streets.

use super::{LinkForm, Network, NetworkLink, Node, NodeForm};
use crate::workbench::view::geometry::{Vector, length, subtract};

/// A junction.
#[must_use]
pub fn node(asset: usize, position: Vector) -> Node {
    Node {
        asset,
        form: NodeForm::Junction,
        position,
        elevation: position[1],
        level_range: (0.0, 0.0),
        head: None,
        level: None,
        demand: None,
    }
}

/// A pipe 200 mm wide.
#[must_use]
pub fn link(asset: usize, from: usize, to: usize) -> NetworkLink {
    NetworkLink {
        asset,
        form: LinkForm::Pipe,
        from,
        to,
        diameter: 0.2,
        length: 100.0,
        metered: false,
        flow: None,
        velocity: None,
        status: None,
    }
}

/// Streets 100 m apart over gentle hills; nodes first, then pipes, in document order.
#[must_use]
pub fn grid(columns: usize, rows: usize) -> Network {
    let count = columns * rows;
    let nodes: Vec<Node> = (0..count)
        .map(|index| {
            let (x, z) = (
                (index % columns) as f64 * 100.0,
                (index / columns) as f64 * 100.0,
            );
            node(
                index,
                [x, 20.0 * (x / 700.0).sin() * (z / 900.0).cos(), z],
            )
        })
        .collect();
    let mut ends = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let index = row * columns + column;
            if column + 1 < columns {
                ends.push((index, index + 1));
            }
            if row + 1 < rows {
                ends.push((index, index + columns));
            }
        }
    }
    let links = ends
        .into_iter()
        .enumerate()
        .map(|(position, (from, to))| {
            let mut one = link(count + position, from, to);
            one.length = length(subtract(nodes[to].position, nodes[from].position));
            (one, Vec::new())
        })
        .collect::<Vec<_>>();
    let assets = count + links.len();
    Network::from_parts(nodes, links, assets)
}
