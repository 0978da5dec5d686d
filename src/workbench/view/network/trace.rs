//! Where the water of a place comes from, and where it goes.

use std::collections::VecDeque;

use super::{Network, Part};

/// Which way a trace goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Against the flow: what feeds the place.
    Upstream,
    /// With the flow: what the place feeds.
    Downstream,
}

/// What a trace met.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Whether each node was met.
    pub nodes: Vec<bool>,
    /// Whether each link was met.
    pub links: Vec<bool>,
    /// Number of nodes met.
    pub node_count: usize,
    /// Number of links met.
    pub link_count: usize,
    /// Length of the links met [m].
    pub length: f64,
}

/// Follows the flow from `asset`. `flows` holds the flow of every link [SI],
/// start to end positive; a link without flow, or one slower than `least`,
/// leads nowhere.
///
/// Every link that carries flow is followed in the direction in which the
/// water moves now, once, so that loops end.
#[must_use]
pub fn trace(
    network: &Network,
    asset: usize,
    direction: Direction,
    flows: &[Option<f64>],
    least: f64,
) -> Trace {
    let mut found = Trace {
        nodes: vec![false; network.nodes.len()],
        links: vec![false; network.links.len()],
        ..Trace::default()
    };
    // The node that water in a link comes from (upstream) or goes to.
    let next_of = |link: usize| -> Option<usize> {
        let flow = flows.get(link).copied().flatten()?;
        if flow.is_nan() || flow.abs() <= least {
            return None;
        }
        let one = &network.links[link];
        let forwards = (flow > 0.0) == (direction == Direction::Downstream);
        Some(if forwards { one.to } else { one.from })
    };
    let mut waiting = VecDeque::new();
    match network.part(asset) {
        Part::None => return found,
        Part::Node(node) => {
            found.nodes[node] = true;
            waiting.push_back(node);
        }
        Part::Link(link) => {
            found.links[link] = true;
            if let Some(node) = next_of(link) {
                found.nodes[node] = true;
                waiting.push_back(node);
            }
        }
    }
    while let Some(node) = waiting.pop_front() {
        for &link in network.links_at(node) {
            let Some(next) = next_of(link) else { continue };
            // The water has to run through the link away from this node.
            let leads_on = next != node;
            if !leads_on || found.links[link] {
                continue;
            }
            found.links[link] = true;
            if !found.nodes[next] {
                found.nodes[next] = true;
                waiting.push_back(next);
            }
        }
    }
    found.node_count = found.nodes.iter().filter(|met| **met).count();
    for (link, met) in found.links.iter().enumerate() {
        if *met {
            found.link_count += 1;
            found.length += network.links[link].length;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{grid, link, node};
    use super::*;

    /// Source 0 feeds 1, which feeds 2 and 3; 3 feeds 2 as well. Links 4.. in this order.
    fn small() -> (Network, Vec<Option<f64>>) {
        let nodes = (0..4)
            .map(|index| node(index, [index as f64, 0.0, 0.0]))
            .collect();
        let links = [(0, 1), (1, 2), (3, 1), (3, 2)]
            .into_iter()
            .enumerate()
            .map(|(position, (from, to))| (link(4 + position, from, to), Vec::new()))
            .collect();
        let network = Network::from_parts(nodes, links, 8);
        // The third link is drawn against its flow.
        (network, vec![Some(3.0), Some(1.0), Some(-2.0), Some(2.0)])
    }

    fn met(flags: &[bool]) -> Vec<usize> {
        (0..flags.len()).filter(|index| flags[*index]).collect()
    }

    #[test]
    fn downstream_of_the_source_is_everything_and_upstream_nothing_else() {
        let (network, flows) = small();
        let down = trace(&network, 0, Direction::Downstream, &flows, 0.0);
        assert_eq!(met(&down.nodes), vec![0, 1, 2, 3]);
        assert_eq!(met(&down.links), vec![0, 1, 2, 3]);
        assert_eq!((down.node_count, down.link_count), (4, 4));
        assert_eq!(down.length, 400.0);
        let up = trace(&network, 0, Direction::Upstream, &flows, 0.0);
        assert_eq!(met(&up.nodes), vec![0]);
        assert!(met(&up.links).is_empty());
    }

    #[test]
    fn upstream_follows_the_flow_and_not_the_drawing() {
        let (network, flows) = small();
        let up = trace(&network, 3, Direction::Upstream, &flows, 0.0);
        assert_eq!(met(&up.nodes), vec![0, 1, 3]);
        assert_eq!(met(&up.links), vec![0, 2]);
        let of_link = trace(&network, 7, Direction::Downstream, &flows, 0.0);
        assert_eq!(met(&of_link.nodes), vec![2]);
        assert_eq!(met(&of_link.links), vec![3]);
    }

    #[test]
    fn water_at_rest_and_values_that_are_none_lead_nowhere() {
        let (network, _) = small();
        let still = vec![Some(0.0), None, Some(f64::NAN), Some(1e-9)];
        let down = trace(&network, 0, Direction::Downstream, &still, 1e-6);
        assert_eq!(met(&down.nodes), vec![0]);
        assert_eq!(down.length, 0.0);
        let of_nothing = trace(&network, 99, Direction::Downstream, &still, 0.0);
        assert_eq!(of_nothing.node_count, 0);
    }

    #[test]
    fn a_circle_of_flow_comes_to_an_end() {
        let network = grid(3, 3);
        let flows = vec![Some(1.0); network.links.len()];
        let down = trace(&network, 0, Direction::Downstream, &flows, 0.0);
        assert_eq!(down.node_count, 9);
        assert_eq!(down.link_count, 12);
    }
}
