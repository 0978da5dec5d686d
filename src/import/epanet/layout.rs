//! Places for nodes that the map does not show.
//!
//! Nodes between others that have a place settle in their middle. Where nothing
//! has a place, the network is spread out as a tree from its sources, each
//! branch in a sector of its own and as far out as its pipes are long. Both
//! take time in proportion to the network.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use super::inp::{Inp, LinkKind, NodeKind};
use super::units::METRES_PER_FOOT;

/// Rounds in which nodes move to the middle of their neighbours.
const ROUNDS: usize = 40;

/// Length of a link that has none \[m].
const SHORT: f64 = 10.0;

/// Longest that a single link is drawn \[m].
const LONGEST: f64 = 50_000.0;

/// The places of all nodes \[m east, m north], given those of some.
pub(super) fn places(inp: &Inp, given: Vec<Option<(f64, f64)>>) -> Vec<(f64, f64)> {
    if given.iter().all(Option::is_some) {
        return given.into_iter().flatten().collect();
    }
    let neighbours = neighbours(inp);
    if given.iter().all(Option::is_none) {
        return tree(inp, &neighbours);
    }
    between(&neighbours, given)
}

/// For each node its neighbours with the lengths of the links to them \[m].
type Neighbours = Vec<Vec<(usize, f64)>>;

fn neighbours(inp: &Inp) -> Neighbours {
    let metres = if inp.options.flow_unit.is_metric() {
        1.0
    } else {
        METRES_PER_FOOT
    };
    let mut neighbours: Neighbours = vec![Vec::new(); inp.nodes.len()];
    for link in &inp.links {
        let length = match &link.kind {
            LinkKind::Pipe(pipe) => (pipe.length * metres).clamp(1.0, LONGEST),
            LinkKind::Pump(_) | LinkKind::Valve(_) => SHORT,
        };
        if link.from < inp.nodes.len() && link.to < inp.nodes.len() {
            neighbours[link.from].push((link.to, length));
            neighbours[link.to].push((link.from, length));
        }
    }
    neighbours
}

/// Every missing node beside or between those that have a place.
fn between(neighbours: &Neighbours, given: Vec<Option<(f64, f64)>>) -> Vec<(f64, f64)> {
    let count = given.len();
    let is_given: Vec<bool> = given.iter().map(Option::is_some).collect();
    let mut places: Vec<(f64, f64)> = given.iter().map(|one| one.unwrap_or_default()).collect();
    let mut placed = is_given.clone();
    let mut queue: VecDeque<usize> = (0..count).filter(|one| placed[*one]).collect();
    let mut order: Vec<usize> = Vec::new();
    // Turning by the golden angle, no two of a few directions are close.
    let golden = TAU * 0.381_966_011_25;
    while let Some(node) = queue.pop_front() {
        for &(next, length) in &neighbours[node] {
            if !placed[next] {
                placed[next] = true;
                let angle = golden * order.len() as f64;
                places[next] = (
                    places[node].0 + length * angle.cos(),
                    places[node].1 + length * angle.sin(),
                );
                order.push(next);
                queue.push_back(next);
            }
        }
    }
    for _ in 0..ROUNDS {
        for &node in &order {
            let around = &neighbours[node];
            if around.len() >= 2 {
                let sum = around.iter().fold((0.0, 0.0), |sum, (next, _)| {
                    (sum.0 + places[*next].0, sum.1 + places[*next].1)
                });
                places[node] = (sum.0 / around.len() as f64, sum.1 / around.len() as f64);
            }
        }
    }
    // A dead end hangs on its neighbour, wherever that went; what is connected to nothing that
    // has a place stands in a row beside the others.
    let mut lonely = 0.0;
    for (node, around) in neighbours.iter().enumerate() {
        if is_given[node] {
            continue;
        }
        if !placed[node] {
            lonely += 1.0;
            places[node] = (lonely * SHORT, -SHORT);
        } else if let [(next, length)] = around.as_slice() {
            let angle = golden * node as f64;
            places[node] = (
                places[*next].0 + length * angle.cos(),
                places[*next].1 + length * angle.sin(),
            );
        }
    }
    places
}

/// The whole network as a tree that spreads from its sources.
fn tree(inp: &Inp, neighbours: &Neighbours) -> Vec<(f64, f64)> {
    let count = neighbours.len();
    let mut parent: Vec<Option<(usize, f64)>> = vec![None; count];
    let mut seen = vec![false; count];
    let mut order: Vec<usize> = Vec::with_capacity(count);
    let is_source = |node: &usize| !matches!(inp.nodes[*node].kind, NodeKind::Junction { .. });
    let mut roots: Vec<usize> = Vec::new();
    let starts = (0..count).filter(is_source).chain(0..count);
    for start in starts {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        roots.push(start);
        let begin = order.len();
        order.push(start);
        let mut next = begin;
        while next < order.len() {
            let node = order[next];
            next += 1;
            for &(other, length) in &neighbours[node] {
                if !seen[other] {
                    seen[other] = true;
                    parent[other] = Some((node, length));
                    order.push(other);
                }
            }
        }
    }
    // How many ends a branch has decides how wide its sector is.
    let mut ends = vec![0.0_f64; count];
    for &node in order.iter().rev() {
        if ends[node] == 0.0 {
            ends[node] = 1.0;
        }
        if let Some((above, _)) = parent[node] {
            ends[above] += ends[node];
        }
    }
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &node in &order {
        if let Some((above, _)) = parent[node] {
            children[above].push(node);
        }
    }
    let mut places = vec![(0.0, 0.0); count];
    let mut sector = vec![(0.0, TAU); count];
    let mut offset = 0.0;
    for root in roots {
        places[root] = (offset, 0.0);
        let mut members = vec![root];
        let mut next = 0;
        let mut reach = 0.0_f64;
        while next < members.len() {
            let node = members[next];
            next += 1;
            let (mut from, width) = sector[node];
            let total: f64 = children[node].iter().map(|child| ends[*child]).sum();
            for &child in &children[node] {
                let share = width * ends[child] / total;
                sector[child] = (from, share);
                let angle = from + share / 2.0;
                from += share;
                let length = parent[child].map_or(SHORT, |(_, length)| length);
                places[child] = (
                    places[node].0 + length * angle.cos(),
                    places[node].1 + length * angle.sin(),
                );
                reach = reach.max(places[child].0 - offset);
                members.push(child);
            }
        }
        // Parts that are not connected stand beside each other.
        offset += 2.0 * reach + 100.0;
    }
    places
}
