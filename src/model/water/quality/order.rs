//! In which order the nodes pass their water on: with the flow, so that what
//! enters a node in a step is known before what leaves it.

use serde::{Deserialize, Serialize};

use super::super::network::Network;

/// Which links meet at which node.
#[derive(Clone, Debug)]
pub(super) struct Topology {
    /// Start and end of each link.
    pub(super) ends: Vec<[u32; 2]>,
    /// Where the links of each node begin in `links`, and the end of the last.
    first: Vec<u32>,
    links: Vec<u32>,
}

/// Which way the water of a link goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Way {
    /// Whether it goes, or went last, from the link's end to its start.
    pub(super) turned: bool,
    /// Whether next to nothing flows: the link puts no order between its ends.
    pub(super) stands: bool,
}

/// Room for the sorting of nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorting {
    inflows: Vec<u32>,
    waiting: Vec<u32>,
}

impl Topology {
    pub(super) fn new(network: &Network) -> Self {
        let nodes = network.node_count();
        let ends: Vec<[u32; 2]> = (network.links.iter())
            .map(|link| [link.start as u32, link.end as u32])
            .collect();
        let mut first = vec![0_u32; nodes + 1];
        for node in ends.iter().flatten() {
            first[*node as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut links = vec![0; 2 * ends.len()];
        // The last link first, as in EPANET: where nodes pass water round in a
        // circle, the order decides which of them begins.
        for (link, nodes) in ends.iter().enumerate().rev() {
            for node in nodes {
                links[next[*node as usize] as usize] = link as u32;
                next[*node as usize] += 1;
            }
        }
        Self { ends, first, links }
    }

    /// The links that meet at a node.
    pub(super) fn links_at(&self, node: usize) -> &[u32] {
        &self.links[self.first[node] as usize..self.first[node + 1] as usize]
    }

    /// The node that a link's water goes to.
    pub(super) fn downstream(&self, link: usize, turned: bool) -> usize {
        self.ends[link][usize::from(!turned)] as usize
    }

    /// The node that a link's water comes from.
    pub(super) fn upstream(&self, link: usize, turned: bool) -> usize {
        self.ends[link][usize::from(turned)] as usize
    }

    /// Writes all nodes to `order`, those upstream first. Of nodes in a circle the one next to the node sorted last
    /// begins (EPANET 2.3, `sortnodes`).
    pub(super) fn sort(&self, ways: &[Way], order: &mut Vec<u32>, room: &mut Sorting) {
        let nodes = self.first.len() - 1;
        let Sorting { inflows, waiting } = room;
        inflows.clear();
        inflows.resize(nodes, 0);
        for (link, way) in ways.iter().enumerate() {
            if !way.stands {
                inflows[self.downstream(link, way.turned)] += 1;
            }
        }
        waiting.clear();
        waiting.extend((0..nodes as u32).filter(|&node| inflows[node as usize] == 0));
        order.clear();
        while order.len() < nodes {
            let node = match waiting.pop() {
                Some(node) => node,
                None => {
                    let Some(node) = self.in_a_circle(order, inflows) else {
                        break;
                    };
                    inflows[node as usize] = 0;
                    node
                }
            };
            order.push(node);
            for &link in self.links_at(node as usize) {
                let way = ways[link as usize];
                if way.stands {
                    continue;
                }
                let next = self.downstream(link as usize, way.turned);
                if next != node as usize && inflows[next] > 0 {
                    inflows[next] -= 1;
                    if inflows[next] == 0 {
                        waiting.push(next as u32);
                    }
                }
            }
        }
    }

    /// The node that begins where all that are left wait for each other.
    fn in_a_circle(&self, order: &[u32], inflows: &[u32]) -> Option<u32> {
        for &sorted in order.iter().rev() {
            for &link in self.links_at(sorted as usize) {
                let [start, end] = self.ends[link as usize];
                let opposite = if start == sorted { end } else { start };
                if inflows[opposite as usize] > 0 {
                    return Some(opposite);
                }
            }
        }
        let first = inflows.iter().position(|&inflows| inflows > 0)?;
        Some(first as u32)
    }
}
