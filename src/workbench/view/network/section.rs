//! The long section: ground, pipe and hydraulic grade line along the shortest
//! way between two places.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Network, Part};

/// A way through the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    /// Indices of its nodes, from the first to the last.
    pub nodes: Vec<usize>,
    /// Indices of its links: one fewer than nodes.
    pub links: Vec<usize>,
    /// Distance of each node from the first, along the links [m].
    pub distances: Vec<f64>,
}

impl Way {
    /// Length of the whole way [m].
    #[must_use]
    pub fn length(&self) -> f64 {
        self.distances.last().copied().unwrap_or(0.0)
    }
}

/// Order of distances in the queue; they are finite and not negative, so that
/// their bits are in the order of the numbers.
fn key(distance: f64) -> u64 {
    distance.to_bits()
}

/// The shortest way from one asset to another over links that are not closed;
/// `None` when there is none. A link stands for the node at its start, as the
/// beginning, or at its end, as the goal. Of two equally short ways the one
/// over the nodes that come first in the document is taken.
///
/// Dijkstra, "A note on two problems in connexion with graphs", 1959.
#[must_use]
pub fn shortest_way(network: &Network, from: usize, to: usize, closed: &[bool]) -> Option<Way> {
    let node_of = |asset: usize, at_start: bool| match network.part(asset) {
        Part::None => None,
        Part::Node(node) => Some(node),
        Part::Link(link) => {
            let link = &network.links[link];
            Some(if at_start { link.from } else { link.to })
        }
    };
    let (start, goal) = (node_of(from, true)?, node_of(to, false)?);
    let mut best = vec![f64::INFINITY; network.nodes.len()];
    let mut came_by = vec![usize::MAX; network.nodes.len()];
    let mut queue = BinaryHeap::new();
    best[start] = 0.0;
    queue.push(Reverse((key(0.0), start)));
    while let Some(Reverse((distance, node))) = queue.pop() {
        if distance != key(best[node]) {
            continue;
        }
        if node == goal {
            break;
        }
        for &link in network.links_at(node) {
            if closed.get(link).copied().unwrap_or(false) {
                continue;
            }
            let length = network.links[link].length;
            let step = if length.is_finite() {
                length.max(0.0)
            } else {
                0.0
            };
            let next = network.links[link].other_end(node);
            let reached = best[node] + step;
            if reached < best[next] {
                best[next] = reached;
                came_by[next] = link;
                queue.push(Reverse((key(reached), next)));
            }
        }
    }
    if !best[goal].is_finite() {
        return None;
    }
    let mut way = Way {
        nodes: vec![goal],
        ..Way::default()
    };
    let mut node = goal;
    while node != start {
        let link = came_by[node];
        way.links.push(link);
        node = network.links[link].other_end(node);
        way.nodes.push(node);
    }
    way.nodes.reverse();
    way.links.reverse();
    way.distances = way.nodes.iter().map(|node| best[*node]).collect();
    Some(way)
}

/// The lowest and the highest of the finite `values`.
#[must_use]
pub fn band(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold(None, |range, value| {
            let (low, high) = range.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        })
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{grid, link, node};
    use super::*;

    #[test]
    fn the_shortest_way_is_measured_in_metres_and_not_in_pipes() {
        let nodes = (0..4)
            .map(|index| node(index, [index as f64, 0.0, 0.0]))
            .collect();
        let mut links: Vec<_> = [(0, 3), (0, 1), (2, 1), (2, 3)]
            .into_iter()
            .enumerate()
            .map(|(position, (from, to))| (link(4 + position, from, to), Vec::new()))
            .collect();
        links[0].0.length = 500.0;
        let network = Network::from_parts(nodes, links, 8);
        let way = shortest_way(&network, 0, 3, &[]).unwrap();
        assert_eq!(way.nodes, vec![0, 1, 2, 3]);
        assert_eq!(way.links, vec![1, 2, 3]);
        assert_eq!(way.distances, vec![0.0, 100.0, 200.0, 300.0]);
        let round = shortest_way(&network, 0, 3, &[false, false, true, false]).unwrap();
        assert_eq!(round.links, vec![0]);
        assert_eq!(round.length(), 500.0);
    }

    #[test]
    fn a_way_to_itself_is_a_point_and_one_over_closed_pipes_is_none() {
        let network = grid(3, 2);
        let still = shortest_way(&network, 4, 4, &[]).unwrap();
        assert_eq!((still.nodes.len(), still.length()), (1, 0.0));
        let closed = vec![true; network.links.len()];
        assert_eq!(shortest_way(&network, 0, 5, &closed), None);
        assert_eq!(shortest_way(&network, 0, 9_999, &[]), None);
    }

    #[test]
    fn no_step_of_the_way_can_be_cut_short() {
        let network = grid(9, 7);
        let way = shortest_way(&network, 0, 62, &[]).unwrap();
        assert_eq!(way.links.len(), 8 + 6);
        for (index, link) in way.links.iter().enumerate() {
            let ends = network.links[*link].ends();
            assert!(ends.contains(&way.nodes[index]) && ends.contains(&way.nodes[index + 1]));
            let step = way.distances[index + 1] - way.distances[index];
            assert!((step - network.links[*link].length).abs() < 1e-9);
        }
    }

    #[test]
    fn a_band_passes_over_what_is_no_number() {
        assert_eq!(band([2.0, f64::NAN, -1.0]), Some((-1.0, 2.0)));
        assert_eq!(band([f64::INFINITY]), None);
    }
}
