//! From a twin document to its network.

use std::collections::BTreeMap;

use super::{LinkForm, Network, NetworkLink, Node, NodeForm};
use crate::twin::{
    Asset, ChannelRole, KindRegistry, Medium, Shape, Twin, VariableIndex, VariableTable,
};
use crate::workbench::view::geometry::{Extent, Vector, add, length, scale, subtract};

/// Rounds in which nodes without a place move between their neighbours.
const SETTLING: usize = 40;

impl Network {
    /// The network of `twin` in metres; empty when no asset of it carries water.
    ///
    /// Nodes without a place are set between those they are joined to, and the
    /// rest in a row to the south, so that nothing is missing from the picture.
    #[must_use]
    pub fn new(twin: &Twin, registry: &KindRegistry, variables: &VariableTable) -> Self {
        let roles: Vec<Role> = twin
            .assets
            .iter()
            .map(|asset| role_of(asset, registry))
            .collect();
        if roles.iter().all(|role| !matches!(role, Role::Node(_))) {
            return Self::default();
        }
        let mut node_of = vec![None; twin.assets.len()];
        let mut nodes = Vec::new();
        let mut placed = Vec::new();
        for (index, (asset, role)) in twin.assets.iter().zip(&roles).enumerate() {
            let Role::Node(form) = *role else { continue };
            node_of[index] = Some(nodes.len());
            let place = asset.place.as_ref().map(|place| place.position);
            let place = place.filter(|point| point.iter().all(|part| part.is_finite()));
            placed.push(place.is_some());
            nodes.push(node(variables, index, form, place.unwrap_or_default()));
        }
        let links = links(twin, registry, variables, &roles, &node_of);
        place_the_rest(&mut nodes, &mut placed, &links);
        for node in &mut nodes {
            node.elevation = node.position[1];
        }
        let links = links
            .into_iter()
            .map(|link| {
                let between = twin.assets[link.asset].path.clone();
                (link, between)
            })
            .collect();
        Self::from_parts(nodes, links, twin.assets.len())
    }
}

/// What an asset would be in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Other,
    Node(NodeForm),
    Link(LinkForm),
}

fn role_of(asset: &Asset, registry: &KindRegistry) -> Role {
    let Some(kind) = registry.get(&asset.kind) else {
        return Role::Other;
    };
    if !kind.ports.iter().any(|port| port.medium == Medium::Water) {
        return Role::Other;
    }
    match kind.shape {
        Shape::Junction => Role::Node(NodeForm::Junction),
        Shape::Reservoir => Role::Node(NodeForm::Reservoir),
        Shape::Tank => Role::Node(NodeForm::Tank),
        Shape::Pump => Role::Link(LinkForm::Pump),
        Shape::Valve => Role::Link(
            if ["PressureReducing", "PressureSustaining", "PressureBreaker"]
                .iter()
                .any(|name| kind.name.contains(name))
            {
                LinkForm::PressureValve
            } else {
                LinkForm::Valve
            },
        ),
        Shape::Connection => Role::Link(LinkForm::Pipe),
        _ => Role::Other,
    }
}

fn node(variables: &VariableTable, asset: usize, form: NodeForm, position: Vector) -> Node {
    let find = |quantity: &str| variables.of_asset(asset, quantity);
    let initial = |quantity: &str| find(quantity).map_or(0.0, |one| variables.get(one).initial);
    Node {
        asset,
        form,
        position,
        elevation: position[1],
        level_range: (initial("minimum_level"), initial("maximum_level")),
        head: find("head"),
        level: find("level"),
        demand: find("demand"),
    }
}

/// The links whose two ends are nodes of the network, from the first port to the second.
fn links(
    twin: &Twin,
    registry: &KindRegistry,
    variables: &VariableTable,
    roles: &[Role],
    node_of: &[Option<usize>],
) -> Vec<NetworkLink> {
    let by_id: BTreeMap<&str, usize> = twin
        .assets
        .iter()
        .enumerate()
        .map(|(index, asset)| (asset.id.as_str(), index))
        .collect();
    // Port and node of up to two ends of each link asset.
    let mut ends: Vec<Vec<(&str, usize)>> = vec![Vec::new(); twin.assets.len()];
    for link in &twin.links {
        let (Some((a, a_port)), Some((b, b_port))) = (link.from.parts(), link.to.parts()) else {
            continue;
        };
        let (Some(&a), Some(&b)) = (by_id.get(a), by_id.get(b)) else {
            continue;
        };
        for (link, port, node) in [(a, a_port, b), (b, b_port, a)] {
            if let (Role::Link(_), Some(node)) = (roles[link], node_of[node]) {
                ends[link].push((port, node));
            }
        }
    }
    let mut metered = vec![false; twin.assets.len()];
    for channel in &twin.channels {
        if channel.role == ChannelRole::Measurement
            && let Some(variable) = variables.find(&channel.variable)
        {
            let variable = variables.get(variable);
            metered[variable.asset] |= variable.quantity == "flow";
        }
    }
    let mut found = Vec::new();
    for (asset, ends) in ends.iter_mut().enumerate() {
        let Role::Link(form) = roles[asset] else {
            continue;
        };
        // A flow counts from the first port to the second, in the kind's order.
        let order = |port: &str| {
            registry
                .get(&twin.assets[asset].kind)
                .and_then(|kind| kind.ports.iter().position(|one| one.name == port))
        };
        ends.sort_by_key(|(port, _)| order(port));
        let [(_, from), (_, to), ..] = ends.as_slice() else {
            continue;
        };
        let find = |quantity: &str| variables.of_asset(asset, quantity);
        let value = |variable: Option<VariableIndex>| {
            variable.map_or(0.0, |variable| variables.get(variable).initial)
        };
        found.push(NetworkLink {
            asset,
            form,
            from: *from,
            to: *to,
            diameter: value(find("diameter")),
            length: value(find("length")),
            metered: metered[asset],
            flow: find("flow"),
            velocity: find("velocity"),
            status: find("status"),
        });
    }
    found
}

/// Gives a place to every node that has none.
fn place_the_rest(nodes: &mut [Node], placed: &mut [bool], links: &[NetworkLink]) {
    if placed.iter().all(|placed| *placed) {
        return;
    }
    let given = placed.to_vec();
    for _ in 0..SETTLING {
        let mut sums: BTreeMap<usize, (Vector, f64)> = BTreeMap::new();
        for link in links {
            for (node, other) in [(link.from, link.to), (link.to, link.from)] {
                if !given[node] && placed[other] && node != other {
                    let (sum, count) = sums.entry(node).or_default();
                    *sum = add(*sum, nodes[other].position);
                    *count += 1.0;
                }
            }
        }
        for (node, (sum, count)) in sums {
            nodes[node].position = scale(sum, 1.0 / count);
            placed[node] = true;
        }
    }
    let known = Extent::around(
        nodes
            .iter()
            .zip(placed.iter())
            .filter(|(_, placed)| **placed)
            .map(|(node, _)| node.position),
    );
    let missing = placed.iter().filter(|placed| !**placed).count();
    let across = (missing as f64).sqrt().ceil().max(1.0);
    let (origin, cell) = match known {
        Some(extent) => (
            [extent.low[0], extent.centre()[1], extent.high[2]],
            (length(subtract(extent.high, extent.low)) * 0.03).max(1.0),
        ),
        None => ([0.0; 3], 100.0),
    };
    let mut set_out = 0.0f64;
    for (node, placed) in nodes.iter_mut().zip(placed) {
        if *placed {
            continue;
        }
        let (column, row) = (set_out % across, (set_out / across).floor() + 1.0);
        set_out += 1.0;
        node.position = add(origin, [column * cell, 0.0, row * cell]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{document, link, node, registry};
    use super::*;

    #[test]
    fn a_document_becomes_a_network_from_first_port_to_second() {
        let document = document();
        let network = Network::new(document.twin(), &registry(), document.variables());
        let name = |asset: usize| document.asset_name(asset).to_owned();
        let nodes: Vec<String> = network.nodes.iter().map(|node| name(node.asset)).collect();
        assert_eq!(nodes, ["Lake", "A", "B", "C", "Tower"]);
        let links: Vec<(String, LinkForm, String, String)> = network
            .links
            .iter()
            .map(|link| {
                let [from, to] = link.ends().map(|node| name(network.nodes[node].asset));
                (name(link.asset), link.form, from, to)
            })
            .collect();
        let link = |name: &str, form, from: &str, to: &str| {
            (name.to_owned(), form, from.to_owned(), to.to_owned())
        };
        assert_eq!(
            links,
            [
                link("Pump", LinkForm::Pump, "Lake", "A"),
                link("Main", LinkForm::Pipe, "A", "B"),
                link("Reducer", LinkForm::PressureValve, "B", "C"),
                link("Riser", LinkForm::Pipe, "C", "Tower"),
            ]
        );
        assert_eq!(network.points(3).len(), 3, "the bend is kept");
        assert!(network.links[1].metered && !network.links[3].metered);
        assert_eq!(
            (network.links[1].diameter, network.links[3].length),
            (0.3, 150.0)
        );
        assert_eq!(network.nodes[4].level_range, (1.0, 5.0));
        assert!(network.nodes[1].head.is_some() && network.nodes[4].level.is_some());
    }

    #[test]
    fn a_node_without_a_place_stands_between_its_neighbours() {
        let mut nodes = vec![
            node(0, [0.0, 10.0, 0.0]),
            node(1, [0.0; 3]),
            node(2, [100.0, 30.0, 0.0]),
            node(3, [0.0; 3]),
        ];
        let links = [link(4, 0, 1), link(5, 1, 2)];
        place_the_rest(&mut nodes, &mut [true, false, true, false], &links);
        assert_eq!(nodes[1].position, [50.0, 20.0, 0.0]);
        assert!(
            nodes[3].position[2] > 0.0,
            "the lone one stands to the south"
        );
    }

    #[test]
    fn without_any_place_nodes_are_set_out_and_do_not_cover_each_other() {
        let mut nodes: Vec<Node> = (0..9).map(|index| node(index, [0.0; 3])).collect();
        place_the_rest(&mut nodes, &mut [false; 9], &[link(9, 0, 1)]);
        for one in 0..9 {
            for other in 0..one {
                let way = subtract(nodes[one].position, nodes[other].position);
                assert!(length(way) >= 1.0, "{one} and {other}");
            }
        }
    }
}
