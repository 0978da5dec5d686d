//! Zones: the parts that remain connected when certain links are cut.
//!
//! A pressure zone is cut off by closed links, by valves that set a pressure
//! and by pumps; a metered area by closed links and by links whose flow is
//! measured. What is left in one piece is a zone.

use super::values::Present;
use super::{LinkForm, Network, NodeForm};

/// What parts the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZoneRule {
    /// Closed links, valves that set a pressure, pumps.
    #[default]
    Pressure,
    /// Closed links and those whose flow is measured.
    Metered,
}

impl ZoneRule {
    /// Both, in the order menus list them.
    pub const ALL: [Self; 2] = [Self::Pressure, Self::Metered];

    /// Name on the screen.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Pressure => "Pressure zones",
            Self::Metered => "Metered areas",
        }
    }
}

/// One zone with its totals.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Number of its nodes.
    pub nodes: usize,
    /// Number of the links inside.
    pub links: usize,
    /// Length of the links inside [m].
    pub length: f64,
    /// What its nodes take [SI]; `None` where nothing is known.
    pub demand: Option<f64>,
    /// What flows in over its edge less what flows out [SI]; `None` where nothing is known.
    pub net_inflow: Option<f64>,
    /// Number of links that cross its edge and are open.
    pub crossings: usize,
    /// Number of tanks in it.
    pub tanks: usize,
    /// Number of reservoirs in it.
    pub reservoirs: usize,
    /// Asset of a node of it, to go to.
    pub member: usize,
}

/// The zones of a network, the largest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zones {
    /// Zone of each node.
    pub of_node: Vec<usize>,
    /// Zone of each link; `None` for those that were cut.
    pub of_link: Vec<Option<usize>>,
    /// The zones.
    pub zones: Vec<Zone>,
}

/// Finds the zones. Lone reservoirs behind a pump or a valve are zones of one node.
#[must_use]
pub fn zones(network: &Network, rule: ZoneRule, present: &Present) -> Zones {
    let closed = |link: usize| present.closed.get(link).copied().unwrap_or(false);
    let is_cut = |link: usize| {
        let one = &network.links[link];
        closed(link)
            || match rule {
                ZoneRule::Pressure => {
                    matches!(one.form, LinkForm::PressureValve | LinkForm::Pump)
                }
                ZoneRule::Metered => one.metered,
            }
    };
    let mut label = vec![usize::MAX; network.nodes.len()];
    let mut count = 0;
    let mut stack = Vec::new();
    for start in 0..network.nodes.len() {
        if label[start] != usize::MAX {
            continue;
        }
        label[start] = count;
        stack.push(start);
        while let Some(node) = stack.pop() {
            for &link in network.links_at(node) {
                let next = network.links[link].other_end(node);
                if label[next] == usize::MAX && !is_cut(link) {
                    label[next] = count;
                    stack.push(next);
                }
            }
        }
        count += 1;
    }
    let mut sizes = vec![0usize; count];
    for zone in &label {
        sizes[*zone] += 1;
    }
    // The largest first; of equals, the one that comes first in the document.
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|zone| (std::cmp::Reverse(sizes[*zone]), *zone));
    let mut rank = vec![0; count];
    for (position, zone) in order.iter().enumerate() {
        rank[*zone] = position;
    }
    let of_node: Vec<usize> = label.into_iter().map(|zone| rank[zone]).collect();
    let mut zones = vec![
        Zone {
            nodes: 0,
            links: 0,
            length: 0.0,
            demand: None,
            net_inflow: None,
            crossings: 0,
            tanks: 0,
            reservoirs: 0,
            member: usize::MAX,
        };
        count
    ];
    for (node, zone) in of_node.iter().enumerate() {
        let zone = &mut zones[*zone];
        zone.nodes += 1;
        let description = &network.nodes[node];
        zone.member = zone.member.min(description.asset);
        match description.form {
            NodeForm::Junction => {}
            NodeForm::Tank => zone.tanks += 1,
            NodeForm::Reservoir => zone.reservoirs += 1,
        }
        if let Some(demand) = finite(&present.demands, node) {
            *zone.demand.get_or_insert(0.0) += demand;
        }
    }
    let of_link: Vec<Option<usize>> = network
        .links
        .iter()
        .enumerate()
        .map(|(index, link)| {
            let (from, to) = (of_node[link.from], of_node[link.to]);
            if from == to {
                zones[from].links += 1;
                zones[from].length += link.length;
                return Some(from);
            }
            if !closed(index) {
                zones[from].crossings += 1;
                zones[to].crossings += 1;
            }
            if let Some(flow) = finite(&present.flows, index) {
                *zones[from].net_inflow.get_or_insert(0.0) -= flow;
                *zones[to].net_inflow.get_or_insert(0.0) += flow;
            }
            None
        })
        .collect();
    Zones {
        of_node,
        of_link,
        zones,
    }
}

fn finite(values: &[Option<f64>], index: usize) -> Option<f64> {
    values
        .get(index)
        .copied()
        .flatten()
        .filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{link, node};
    use super::*;

    /// Reservoir 0 – pump – 1 – 2 – valve – 3 – 4, and a closed pipe from 1 to 4.
    fn network() -> Network {
        let mut nodes: Vec<_> = (0..5)
            .map(|index| node(index, [index as f64, 0.0, 0.0]))
            .collect();
        nodes[0].form = NodeForm::Reservoir;
        let mut links: Vec<_> = [(0, 1), (1, 2), (2, 3), (3, 4), (1, 4)]
            .into_iter()
            .enumerate()
            .map(|(position, (from, to))| (link(5 + position, from, to), Vec::new()))
            .collect();
        links[0].0.form = LinkForm::Pump;
        links[2].0.form = LinkForm::PressureValve;
        links[1].0.metered = true;
        Network::from_parts(nodes, links, 10)
    }

    fn shut() -> Vec<bool> {
        vec![false, false, false, false, true]
    }

    #[test]
    fn pumps_pressure_valves_and_closed_pipes_part_pressure_zones() {
        let found = zones(
            &network(),
            ZoneRule::Pressure,
            &Present {
                closed: shut(),
                flows: vec![Some(5.0), Some(4.0), Some(3.0), Some(1.0), Some(0.0)],
                demands: vec![None, Some(1.0), Some(1.0), Some(2.0), Some(1.0)],
                ..Present::default()
            },
        );
        assert_eq!(found.of_node, vec![2, 0, 0, 1, 1]);
        assert_eq!(found.zones.len(), 3);
        assert_eq!(found.of_link, vec![None, Some(0), None, Some(1), None]);
        // Continuity: what flows in is what is taken.
        for zone in &found.zones[..2] {
            assert_eq!(zone.net_inflow, zone.demand);
        }
        assert_eq!(found.zones[0].crossings, 2, "the closed pipe is none");
        assert_eq!(found.zones[2].reservoirs, 1);
        assert_eq!(found.zones[1].length, 100.0);
        assert_eq!(found.zones[1].member, 3);
    }

    #[test]
    fn meters_part_metered_areas_and_valves_do_not() {
        let found = zones(
            &network(),
            ZoneRule::Metered,
            &Present {
                closed: shut(),
                ..Present::default()
            },
        );
        assert_eq!(found.of_node, vec![1, 1, 0, 0, 0]);
        assert_eq!(found.zones[0].demand, None, "nothing is known of it");
        let open = zones(&network(), ZoneRule::Metered, &Present::default());
        assert_eq!(open.zones.len(), 1, "the open pipe goes round the meter");
    }

    #[test]
    fn every_node_is_in_one_zone_and_the_totals_are_those_of_the_network() {
        let network = super::super::test_support::grid(20, 20);
        let closed: Vec<bool> = (0..network.links.len()).map(|link| link % 3 != 0).collect();
        let found = zones(
            &network,
            ZoneRule::Pressure,
            &Present {
                closed: closed.clone(),
                ..Present::default()
            },
        );
        let nodes: usize = found.zones.iter().map(|zone| zone.nodes).sum();
        assert_eq!(nodes, network.nodes.len());
        assert!(
            found
                .zones
                .windows(2)
                .all(|pair| pair[0].nodes >= pair[1].nodes)
        );
        for (index, link) in network.links.iter().enumerate() {
            if !closed[index] {
                assert_eq!(found.of_node[link.from], found.of_node[link.to]);
            }
        }
    }
}
