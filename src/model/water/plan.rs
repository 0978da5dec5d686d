//! What follows from the structure of a network alone and is shared by all runs
//! on it: the order of elimination, where each link's number goes, and the lists
//! of what needs looking at.

use super::constants::{DAY, FOOT};
use super::factor::{Numeric, Symbolic};
use super::network::{Characteristic, Element, Network, Source, ValveKind};
use super::pump::PumpLaw;
use super::tank::TankShape;
use crate::model::power::Powers;

/// The structure of a network. Rows are nodes in elimination order, the sources
/// after all junctions.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) symbolic: Symbolic,
    /// Row of each node.
    pub(super) row: Vec<u32>,
    /// Node of each row.
    pub(super) node: Vec<u32>,
    /// Per link: rows of its ends and its place in the matrix.
    pub(super) ends: Vec<Ends>,
    /// Elevation of each row, m.
    pub(super) elevation: Vec<f64>,
    pub(super) pipes: Vec<u32>,
    pub(super) pumps: Vec<PumpPlan>,
    /// Whether a pump gives the same power at any flow.
    pub(super) has_power_pumps: bool,
    pub(super) valves: Vec<ValvePlan>,
    /// Those of them that can hold a head or a flow.
    pub(super) regulators: Vec<u32>,
    /// Links whose status follows from the solution: check valves, pumps, flow
    /// control valves and what is joined to a tank.
    pub(super) watched: Vec<u32>,
    /// Links at a source, with the source and the sign of the inflow.
    pub(super) source_links: Vec<SourceLink>,
    /// Links at the ends of pressure valves, by valve: `None` for others.
    pub(super) held: Vec<Option<HeldNode>>,
    /// Every demand category: row, base, pattern.
    pub(super) demands: Vec<DemandPlan>,
    /// Shape of each tank; `None` for a reservoir.
    pub(super) tanks: Vec<Option<TankShape>>,
    pub(super) powers: Powers,
}

/// Rows of a link's ends and its place in the matrix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) slot: u32,
}

/// A pump: its link and law.
#[derive(Clone, Debug)]
pub(super) struct PumpPlan {
    pub(super) link: u32,
    pub(super) law: PumpLaw,
}

/// A valve: its link and what it controls.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValvePlan {
    pub(super) link: u32,
    pub(super) kind: ValveKind,
}

/// A link at a source.
#[derive(Clone, Copy, Debug)]
pub(super) struct SourceLink {
    pub(super) link: u32,
    pub(super) source: u32,
    /// One where a positive flow enters the source, minus one where it leaves.
    pub(super) sign: f64,
}

/// The node whose head a pressure valve holds, and what else meets there.
#[derive(Clone, Debug)]
pub(super) struct HeldNode {
    /// Its row.
    pub(super) row: u32,
    /// The other links there, with the sign of an inflow.
    pub(super) links: Vec<(u32, f64)>,
}

/// One demand category.
#[derive(Clone, Copy, Debug)]
pub(super) struct DemandPlan {
    pub(super) row: u32,
    pub(super) pattern: u32,
    pub(super) base: f64,
}

/// Stands for no pattern: the multiplier is one.
pub(super) const CONSTANT: u32 = u32::MAX;

impl Plan {
    /// Analyses a network that [`check`](super::check::check) has passed.
    pub(super) fn new(network: &Network) -> Self {
        let junctions = network.junctions.len();
        let nodes = network.node_count();
        let pairs: Vec<(usize, usize)> = (network.links.iter())
            .map(|link| (link.start, link.end))
            .filter(|&(start, end)| start < junctions && end < junctions)
            .collect();
        let (symbolic, mut row) = Symbolic::new(junctions, &pairs);
        row.extend((junctions..nodes).map(|node| node as u32));
        let mut node = vec![0; nodes];
        for (index, &row) in row.iter().enumerate() {
            node[row as usize] = index as u32;
        }
        let outside = symbolic.entry_count() as u32;
        let ends: Vec<Ends> = (network.links.iter())
            .map(|link| {
                let (start, end) = (row[link.start], row[link.end]);
                let inside = link.start < junctions && link.end < junctions;
                let slot = if inside {
                    symbolic.slot(start, end)
                } else {
                    outside
                };
                Ends { start, end, slot }
            })
            .collect();
        let elevation = node
            .iter()
            .map(|&node| network.elevation(node as usize))
            .collect();
        let mut plan = Self {
            symbolic,
            row,
            node,
            ends,
            elevation,
            pipes: Vec::new(),
            pumps: Vec::new(),
            has_power_pumps: false,
            valves: Vec::new(),
            regulators: Vec::new(),
            watched: Vec::new(),
            source_links: Vec::new(),
            held: vec![None; network.links.len()],
            demands: Vec::new(),
            tanks: (network.sources.iter())
                .map(|source| match source {
                    Source::Reservoir(_) => None,
                    Source::Tank(tank) => Some(TankShape::new(tank, &network.curves)),
                })
                .collect(),
            powers: Powers::new(),
        };
        plan.sort_links(network);
        plan.list_demands(network);
        plan
    }

    fn sort_links(&mut self, network: &Network) {
        let junctions = network.junctions.len();
        for (index, link) in network.links.iter().enumerate() {
            let number = index as u32;
            let mut watched;
            match &link.element {
                Element::Pipe(pipe) => {
                    self.pipes.push(number);
                    watched = pipe.check_valve;
                }
                Element::Pump(pump) => {
                    let law = match pump.characteristic {
                        Characteristic::Power(power) => {
                            self.has_power_pumps = true;
                            PumpLaw::of_power(power)
                        }
                        Characteristic::Curve(curve) => PumpLaw::of_curve(&network.curves[curve]),
                    };
                    self.pumps.push(PumpPlan { link: number, law });
                    watched = true;
                }
                Element::Valve(valve) => {
                    self.valves.push(ValvePlan {
                        link: number,
                        kind: valve.kind,
                    });
                    if valve.kind.regulates() {
                        self.regulators.push(number);
                    }
                    watched = valve.kind == ValveKind::FlowControl;
                    let held = match valve.kind {
                        ValveKind::PressureReducing => Some(link.end),
                        ValveKind::PressureSustaining => Some(link.start),
                        _ => None,
                    };
                    self.held[index] = held.map(|node| HeldNode {
                        row: self.row[node],
                        links: links_at(network, node, index),
                    });
                }
            }
            for (node, sign) in [(link.start, -1.0), (link.end, 1.0)] {
                if let Some(source) = node.checked_sub(junctions) {
                    self.source_links.push(SourceLink {
                        link: number,
                        source: source as u32,
                        sign,
                    });
                    watched |= matches!(network.sources[source], Source::Tank(_));
                }
            }
            if watched {
                self.watched.push(number);
            }
        }
    }

    fn list_demands(&mut self, network: &Network) {
        for (index, junction) in network.junctions.iter().enumerate() {
            for demand in &junction.demands {
                self.demands.push(DemandPlan {
                    row: self.row[index],
                    pattern: demand.pattern.map_or(CONSTANT, |pattern| pattern as u32),
                    base: demand.base,
                });
            }
        }
    }

    /// Room for the matrix of this network.
    pub(super) fn numeric(&self) -> Numeric {
        self.symbolic.numeric(self.row.len())
    }
}

/// The links other than `except` that meet at `node`, with the sign of an inflow.
fn links_at(network: &Network, node: usize, except: usize) -> Vec<(u32, f64)> {
    let mut found = Vec::new();
    for (index, link) in network.links.iter().enumerate() {
        if index != except && link.start == node {
            found.push((index as u32, -1.0));
        }
        if index != except && link.end == node {
            found.push((index as u32, 1.0));
        }
    }
    found
}

/// Time of day at a time since the start, s since midnight.
pub(super) fn clock(network: &Network, time: i64) -> i64 {
    (time + network.options.start_clock).rem_euclid(DAY)
}

/// Flow of 1 ft/s through a diameter, m³/s: where a trial starts.
pub(super) fn starting_flow(diameter: f64) -> f64 {
    std::f64::consts::PI * diameter * diameter / 4.0 * FOOT
}
