//! A water network as the desktop shows it: where nodes and pipes lie, what
//! hangs together with what, and which variables say how they do.
//!
//! A network may have a hundred thousand parts, so nothing here is a map from
//! one asset to a set of others: nodes and links are rows of plain arrays, the
//! links at a node one slice of a shared list. Everything that asks a question
//! of the network stands in a file of its own: [`trace`], [`zones`],
//! [`section`], [`terrain`], [`contour`], [`pick`]; how it is laid out stands
//! in [`layout`], how it is coloured in [`paint`], what is written over it in
//! [`labels`] and [`map`].

pub mod answers;
mod build;
pub mod contour;
pub mod labels;
pub mod layout;
pub mod map;
pub mod paint;
pub mod pick;
pub mod profile;
pub mod scene;
pub mod section;
pub mod state;
pub mod terrain;
#[cfg(test)]
pub mod test_support;
pub mod trace;
pub mod values;
pub mod zones;

use super::geometry::{Extent, Vector, length, mix, subtract};
use crate::twin::VariableIndex;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeForm {
    /// A knot of pipes.
    Junction,
    /// Water that does not run out.
    Reservoir,
    /// A tank that fills and empties.
    Tank,
}

/// What a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkForm {
    /// A pipe.
    Pipe,
    /// A pump.
    Pump,
    /// A valve that only throttles or limits the flow.
    Valve,
    /// A valve that sets a pressure on one of its sides, which parts pressure zones.
    PressureValve,
}

/// A place where pipes meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Position of the asset in the document.
    pub asset: usize,
    /// What it is.
    pub form: NodeForm,
    /// Where it is, heights not exaggerated [scene units].
    pub position: Vector,
    /// Height above the datum of the document [m].
    pub elevation: f64,
    /// Water level at which a tank is empty and at which it is full [m].
    pub level_range: (f64, f64),
    /// The variable of its hydraulic head.
    pub head: Option<VariableIndex>,
    /// The variable of its water level, for tanks.
    pub level: Option<VariableIndex>,
    /// The variable of what is taken from it.
    pub demand: Option<VariableIndex>,
}

/// A pipe, pump or valve between two nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkLink {
    /// Position of the asset in the document.
    pub asset: usize,
    /// What it is.
    pub form: LinkForm,
    /// Index of the node at its start.
    pub from: usize,
    /// Index of the node at its end.
    pub to: usize,
    /// Inner diameter [m]; zero where it has none.
    pub diameter: f64,
    /// Length of the real thing, which the drawing may not match [m].
    pub length: f64,
    /// Whether a channel measures what flows through.
    pub metered: bool,
    /// The variable of its flow, start to end positive.
    pub flow: Option<VariableIndex>,
    /// The variable of its flow velocity.
    pub velocity: Option<VariableIndex>,
    /// The variable that is zero while it is closed.
    pub status: Option<VariableIndex>,
}

/// What an asset is in the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Not a part of it.
    #[default]
    None,
    /// The node at this index.
    Node(usize),
    /// The link at this index.
    Link(usize),
}

/// The network of a twin.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Where pipes meet, in document order.
    pub nodes: Vec<Node>,
    /// What joins them, in document order.
    pub links: Vec<NetworkLink>,
    /// Points of all links, one after another, from start to end [scene units].
    points: Vec<Vector>,
    /// Where the points of each link begin; one more at the end.
    first_point: Vec<usize>,
    /// Links at all nodes, one node after another.
    incident: Vec<usize>,
    /// Where the links at each node begin; one more at the end.
    first_incident: Vec<usize>,
    of_asset: Vec<Part>,
    /// Length of one scene unit [m].
    metres_per_unit: f64,
}

impl Network {
    /// Joins nodes and links; `between` holds the points between the ends of
    /// each link, `assets` is the number of assets in the document.
    ///
    /// A link whose ends are not nodes is left out.
    #[must_use]
    pub fn from_parts(
        nodes: Vec<Node>,
        links: Vec<(NetworkLink, Vec<Vector>)>,
        assets: usize,
    ) -> Self {
        let mut network = Self {
            of_asset: vec![Part::None; assets],
            first_point: vec![0],
            metres_per_unit: 1.0,
            ..Self::default()
        };
        for (index, node) in nodes.iter().enumerate() {
            if let Some(part) = network.of_asset.get_mut(node.asset) {
                *part = Part::Node(index);
            }
        }
        for (link, between) in links {
            let (Some(from), Some(to)) = (nodes.get(link.from), nodes.get(link.to)) else {
                continue;
            };
            if let Some(part) = network.of_asset.get_mut(link.asset) {
                *part = Part::Link(network.links.len());
            }
            network.points.push(from.position);
            network.points.extend(between);
            network.points.push(to.position);
            network.first_point.push(network.points.len());
            network.links.push(link);
        }
        let mut count = vec![0usize; nodes.len() + 1];
        for link in &network.links {
            for end in link.ends() {
                count[end + 1] += 1;
            }
        }
        for node in 0..nodes.len() {
            count[node + 1] += count[node];
        }
        network.first_incident = count.clone();
        network.incident = vec![0; network.links.len() * 2];
        for (index, link) in network.links.iter().enumerate() {
            for end in link.ends() {
                network.incident[count[end]] = index;
                count[end] += 1;
            }
        }
        network.nodes = nodes;
        network
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What an asset is in it.
    #[must_use]
    pub fn part(&self, asset: usize) -> Part {
        self.of_asset.get(asset).copied().unwrap_or_default()
    }

    /// Length of one scene unit [m].
    #[must_use]
    pub fn metres_per_unit(&self) -> f64 {
        self.metres_per_unit
    }

    /// The points of a link from its start to its end, heights not exaggerated [scene units].
    #[must_use]
    pub fn points(&self, link: usize) -> &[Vector] {
        &self.points[self.first_point[link]..self.first_point[link + 1]]
    }

    /// Number of straight pieces of all links.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.points.len() - self.links.len()
    }

    /// Indices of the links at a node, in document order; a link from a node to itself stands twice.
    #[must_use]
    pub fn links_at(&self, node: usize) -> &[usize] {
        &self.incident[self.first_incident[node]..self.first_incident[node + 1]]
    }

    /// The assets joined to `asset`: the links at a node with what they lead to, or the two ends of a link.
    pub fn neighbours(&self, asset: usize) -> Vec<usize> {
        let mut found = match self.part(asset) {
            Part::None => Vec::new(),
            Part::Node(node) => self
                .links_at(node)
                .iter()
                .flat_map(|link| {
                    let link = &self.links[*link];
                    [link.asset, self.nodes[link.other_end(node)].asset]
                })
                .collect(),
            Part::Link(link) => self.links[link]
                .ends()
                .map(|node| self.nodes[node].asset)
                .to_vec(),
        };
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The point half way along a link as drawn, and the direction there [scene units].
    #[must_use]
    pub fn middle(&self, link: usize) -> (Vector, Vector) {
        let points = self.points(link);
        let mut left = drawn_length(points) / 2.0;
        for pair in points.windows(2) {
            let way = subtract(pair[1], pair[0]);
            let reach = length(way);
            if left <= reach {
                let fraction = if reach > 0.0 { left / reach } else { 0.0 };
                return (mix(pair[0], pair[1], fraction), way);
            }
            left -= reach;
        }
        (self.nodes[self.links[link].from].position, [1.0, 0.0, 0.0])
    }

    /// The box around it, heights not exaggerated [scene units].
    #[must_use]
    pub fn extent(&self) -> Option<Extent> {
        Extent::around(
            self.points
                .iter()
                .copied()
                .chain(self.nodes.iter().map(|node| node.position)),
        )
    }

    /// Every point of it, heights not exaggerated [scene units].
    pub fn all_points(&self) -> impl Iterator<Item = Vector> + '_ {
        self.points
            .iter()
            .copied()
            .chain(self.nodes.iter().map(|node| node.position))
    }

    /// Moves `centre` [m] to the origin and makes `metres_per_unit` one scene unit.
    pub(in crate::workbench::view) fn rescale(&mut self, centre: Vector, metres_per_unit: f64) {
        let moved = |point: Vector| subtract(point, centre).map(|part| part / metres_per_unit);
        for point in &mut self.points {
            *point = moved(*point);
        }
        for node in &mut self.nodes {
            node.position = moved(node.position);
        }
        self.metres_per_unit = metres_per_unit;
    }
}

impl NetworkLink {
    /// The indices of its two nodes, start first.
    #[must_use]
    pub const fn ends(&self) -> [usize; 2] {
        [self.from, self.to]
    }

    /// The node at the other end.
    #[must_use]
    pub const fn other_end(&self, node: usize) -> usize {
        if self.from == node {
            self.to
        } else {
            self.from
        }
    }
}

/// Length of a line through `points`.
#[must_use]
pub fn drawn_length(points: &[Vector]) -> f64 {
    points
        .windows(2)
        .map(|pair| length(subtract(pair[1], pair[0])))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::test_support::{grid, link, node};
    use super::*;

    #[test]
    fn the_links_at_a_node_are_found_and_lead_on() {
        let network = grid(3, 3);
        assert_eq!(network.nodes.len(), 9);
        assert_eq!(network.links.len(), 12);
        assert_eq!(network.links_at(4).len(), 4, "the middle of the grid");
        assert_eq!(network.links_at(0).len(), 2, "a corner");
        for node in 0..network.nodes.len() {
            for link in network.links_at(node) {
                assert!(network.links[*link].ends().contains(&node));
            }
        }
        // A corner sees two pipes and the nodes at their ends.
        assert_eq!(network.neighbours(network.nodes[0].asset).len(), 4);
    }

    #[test]
    fn a_link_to_nowhere_is_left_out() {
        let network = Network::from_parts(
            vec![node(0, [0.0; 3]), node(1, [1.0, 0.0, 0.0])],
            vec![
                (link(2, 0, 9), Vec::new()),
                (link(3, 0, 1), vec![[0.0, 0.0, 1.0], [1.0, 0.0, 1.0]]),
            ],
            4,
        );
        assert_eq!(network.links.len(), 1);
        assert_eq!(network.part(2), Part::None);
        assert_eq!(network.part(3), Part::Link(0));
        assert_eq!(network.points(0).len(), 4);
        assert_eq!(network.pieces(), 3);
        let (middle, way) = network.middle(0);
        assert_eq!(middle, [0.5, 0.0, 1.0]);
        assert_eq!(way, [1.0, 0.0, 0.0]);
    }
}
