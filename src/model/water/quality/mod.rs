//! Water quality: how old the water is, where it comes from, or how much of a
//! constituent it carries.
//!
//! A Lagrangian, time-driven method (Rossman and Boulos 1996) with the meaning of
//! EPANET 2.3: parcels of water move through pipes and tanks with the flows that
//! the [`Hydraulics`] found. In every step what is in pipes and tanks reacts;
//! then every node, those upstream first, mixes what arrives in the step and
//! sends it on. [`QualityDefinition`] says what is followed, [`Quality`] is a run
//! of it beside a run of the hydraulics. What differs from EPANET, and why, is in
//! `docs/adr/0016-water-quality.md`.

mod balance;
mod definition;
mod mixing;
mod order;
mod parcels;
mod reaction;
mod transport;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use balance::MassBalance;
pub use definition::{
    Followed, Injection, Mixing, NodeQuality, Oversights, PipeReaction, QualityDefinition,
    Reactions, TankQuality, WallOrder,
};

use super::constants::CUBIC_FOOT;
use super::hydraulics::{Hydraulics, Interval};
use super::network::{Element, LinkIndex, NodeIndex, Source};
use mixing::Vessel;
use order::{Sorting, Topology, Way};
use parcels::{Parcel, Parcels};
pub(super) use reaction::CHLORINE_DIFFUSIVITY;
use reaction::Wall;

use crate::model::{ModelError, saved};

/// Flows below this have no direction: 0.005 gallons a minute, m³/s.
const STAGNANT: f64 = 0.005 / 448.831 * CUBIC_FOOT;
/// Flows below this are rounding and move nothing, m³/s.
const NEGLIGIBLE: f64 = 1e-13;
/// Share of the water at the node that is traced.
const WHOLE: f64 = 1.0;

/// What follows from the network and the definition, shared by all clones.
#[derive(Debug)]
struct Plan {
    definition: QualityDefinition,
    /// Whether the quality of water that stands changes.
    reacts: bool,
    topology: Topology,
    junctions: usize,
    /// Water in each link, m³; zero for pumps and valves.
    volume: Vec<f64>,
    /// Each tank; `None` for a reservoir.
    vessels: Vec<Option<Vessel>>,
}

/// A run of the quality of the water, beside a run of the hydraulics.
///
/// A clone goes its own way.
#[derive(Clone, Debug)]
pub struct Quality {
    plan: Arc<Plan>,
    /// Of the links, then of the tanks.
    parcels: Parcels,
    /// By node.
    node: Vec<f64>,
    /// Which way the water of each link goes.
    way: Vec<Way>,
    /// How much goes that way, m³/s.
    flow: Vec<f64>,
    /// The nodes, those upstream first.
    order: Vec<u32>,
    sorting: Sorting,
    /// What the present flow makes of each pipe's wall coefficient.
    at_wall: Vec<f64>,
    /// Outflow of each junction over the step, m³/s.
    outflow: Vec<f64>,
    /// Volume of each tank at the end of the last step, m³.
    tank_volume: Vec<f64>,
    /// What is put in at each node: a concentration kg/m³ and a mass kg/s.
    injected: Vec<(f64, f64)>,
    balance: MassBalance,
}

/// Everything a run holds but what follows from the network and the definition.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct QualityState {
    parcels: Parcels,
    node: Vec<f64>,
    way: Vec<Way>,
    flow: Vec<f64>,
    order: Vec<u32>,
    at_wall: Vec<f64>,
    outflow: Vec<f64>,
    tank_volume: Vec<f64>,
    injected: Vec<(f64, f64)>,
    balance: MassBalance,
}

impl Plan {
    fn new(run: &Hydraulics, definition: QualityDefinition) -> Self {
        let network = run.network();
        let links = network.links.len();
        let kept = definition.oversights == Oversights::Kept;
        let volume = (network.links.iter())
            .map(|link| match &link.element {
                Element::Pipe(pipe) if !(kept && pipe.check_valve) => {
                    std::f64::consts::PI * link.diameter * link.diameter / 4.0 * pipe.length
                }
                _ => 0.0,
            })
            .collect();
        let vessels = (network.sources.iter().enumerate())
            .map(|(source, definition_of)| match definition_of {
                Source::Reservoir(_) => None,
                Source::Tank(_) => Some(Vessel {
                    chain: links + source,
                    mixing: definition.tanks[source].mixing,
                    most: run.most_volume(source),
                    tolerance: definition.tolerance,
                }),
            })
            .collect();
        Self {
            topology: Topology::new(network),
            junctions: network.junctions.len(),
            volume,
            vessels,
            reacts: definition.reacts(),
            definition,
        }
    }

    /// Quality of a node where nothing flows in and nothing is put in.
    fn resting(&self, node: NodeIndex) -> f64 {
        match self.definition.followed {
            Followed::Trace(traced) if traced == node => WHOLE,
            Followed::Trace(_) => 0.0,
            _ => self.definition.nodes[node].initial,
        }
    }

    /// The tank that a node is.
    fn vessel(&self, node: NodeIndex) -> Option<(usize, Vessel)> {
        let source = node.checked_sub(self.junctions)?;
        self.vessels[source].map(|vessel| (source, vessel))
    }
}

impl Quality {
    /// Prepares a run beside one of the hydraulics, at the start of which all
    /// water has the quality of the node it flows to.
    ///
    /// The lists of the definition have as many entries as the network has nodes,
    /// links and sources; entries that are missing count as without reaction and
    /// without quality.
    #[must_use]
    pub fn new(run: &Hydraulics, mut definition: QualityDefinition) -> Self {
        let network = run.network();
        let (nodes, links) = (network.node_count(), network.links.len());
        let nothing = NodeQuality {
            initial: 0.0,
            injection: Injection::Concentration,
            pattern: None,
        };
        definition.nodes.resize(nodes, nothing);
        definition.pipes.resize(links, PipeReaction::default());
        let sources = network.sources.len();
        definition.tanks.resize(sources, TankQuality::default());
        definition.step = definition.step.max(1);
        let plan = Plan::new(run, definition);
        let mut quality = Self {
            parcels: Parcels::new(links + sources),
            node: (0..nodes).map(|node| plan.resting(node)).collect(),
            way: vec![
                Way {
                    turned: false,
                    stands: true,
                };
                links
            ],
            flow: vec![0.0; links],
            order: Vec::with_capacity(nodes),
            sorting: Sorting::default(),
            at_wall: vec![0.0; links],
            outflow: vec![0.0; network.junctions.len()],
            tank_volume: (0..sources).map(|source| run.volume(source)).collect(),
            injected: vec![(0.0, 0.0); nodes],
            balance: MassBalance::default(),
            plan: Arc::new(plan),
        };
        quality.fill();
        quality.balance.initial = quality.stored();
        quality
    }

    /// Fills pipes and tanks with water of the quality at the start.
    fn fill(&mut self) {
        let plan = Arc::clone(&self.plan);
        for (link, &volume) in plan.volume.iter().enumerate() {
            if volume > 0.0 {
                let quality = self.node[plan.topology.downstream(link, false)];
                self.parcels.push(link, Parcel { volume, quality });
            }
        }
        for (source, vessel) in plan.vessels.iter().enumerate() {
            if let Some(vessel) = vessel {
                // The water in a tank that is traced is that of the tank only as
                // it leaves: what it held before is nobody's.
                let quality = match plan.definition.followed {
                    Followed::Trace(_) => 0.0,
                    _ => self.node[plan.junctions + source],
                };
                vessel.fill(&mut self.parcels, self.tank_volume[source], quality);
            }
        }
    }

    /// What is followed.
    #[must_use]
    pub fn followed(&self) -> Followed {
        self.plan.definition.followed
    }

    /// Quality of a node: concentration kg/m³, age s or share of traced water.
    #[must_use]
    pub fn node(&self, node: NodeIndex) -> f64 {
        self.node[node]
    }

    /// Quality of a link, averaged over the water in it; where it holds none, the
    /// mean of its ends.
    #[must_use]
    pub fn link(&self, link: LinkIndex) -> f64 {
        let [start, end] = self.plan.topology.ends[link];
        let ends = 0.5 * (self.node[start as usize] + self.node[end as usize]);
        self.parcels.load(link).quality_or(ends)
    }

    /// Number of parcels that the water is divided in.
    #[must_use]
    pub fn parcels(&self) -> usize {
        self.parcels.count()
    }

    /// Where what is followed came from and went.
    #[must_use]
    pub fn balance(&self) -> MassBalance {
        MassBalance {
            stored: self.stored(),
            ..self.balance
        }
    }

    fn stored(&self) -> f64 {
        let chains = 0..self.plan.volume.len() + self.plan.vessels.len();
        chains.map(|chain| self.parcels.load(chain).mass).sum()
    }

    /// What is put in at a node from here on, before its pattern: a concentration
    /// kg/m³, which acts as the node's [`Injection`] says, and a mass kg/s, which
    /// acts at any node that water leaves.
    pub fn inject(&mut self, node: NodeIndex, concentration: f64, mass: f64) {
        self.injected[node] = (concentration, mass);
    }

    /// Takes note of a tank's level that was set from outside: the water in it
    /// becomes more or less, and stays as it is.
    pub fn correct_volume(&mut self, source: usize, volume: f64) {
        if let Some(vessel) = self.plan.vessels[source] {
            self.resize(vessel.chain, volume);
            self.tank_volume[source] = volume;
        }
    }

    /// Takes the water from a run of the same parts: where to go on after the
    /// network or the definition was changed.
    pub fn go_on_from(&mut self, other: &Self) {
        self.parcels.clone_from(&other.parcels);
        self.way.clone_from(&other.way);
        self.order.clone_from(&other.order);
        self.tank_volume.clone_from(&other.tank_volume);
        self.injected.clone_from(&other.injected);
        self.balance = other.balance;
        // A reservoir has the quality that it is said to have.
        for node in 0..self.node.len() {
            let is_reservoir = node >= self.plan.junctions && self.plan.vessel(node).is_none();
            if !is_reservoir {
                self.node[node] = other.node[node];
            }
        }
        for link in 0..self.plan.volume.len() {
            let (now, before) = (self.plan.volume[link], other.plan.volume[link]);
            if now.to_bits() != before.to_bits() {
                self.resize(link, now);
            }
        }
    }

    /// Everything this run holds.
    pub(super) fn state(&self) -> QualityState {
        QualityState {
            parcels: self.parcels.clone(),
            node: self.node.clone(),
            way: self.way.clone(),
            flow: self.flow.clone(),
            order: self.order.clone(),
            at_wall: self.at_wall.clone(),
            outflow: self.outflow.clone(),
            tank_volume: self.tank_volume.clone(),
            injected: self.injected.clone(),
            balance: self.balance,
        }
    }

    /// Goes on from what a run of the same network and definition held.
    ///
    /// # Errors
    /// When it can be of no such run.
    pub(super) fn load_state(&mut self, state: QualityState) -> Result<(), ModelError> {
        let chains = (self.parcels.chains(), state.parcels.chains());
        saved::check_length("pipes and tanks", chains.0, chains.1)?;
        self.parcels = state.parcels;
        saved::take("nodes", &mut self.node, state.node)?;
        saved::take("links", &mut self.way, state.way)?;
        saved::take("links", &mut self.flow, state.flow)?;
        self.order = state.order;
        saved::take("links", &mut self.at_wall, state.at_wall)?;
        saved::take("junctions", &mut self.outflow, state.outflow)?;
        saved::take("sources", &mut self.tank_volume, state.tank_volume)?;
        saved::take("nodes", &mut self.injected, state.injected)?;
        self.balance = state.balance;
        Ok(())
    }

    /// Gives the water of a chain another volume and keeps its quality.
    fn resize(&mut self, chain: usize, volume: f64) {
        let before = self.parcels.load(chain);
        if before.volume > 0.0 {
            let factor = volume / before.volume;
            self.parcels.change(chain, |parcel| parcel.volume *= factor);
            self.balance.corrected += before.mass * (factor - 1.0);
        }
    }

    /// Moves the water on over a step of the hydraulics that is done, with the
    /// flows that held over it. Mass balances as far as flows do: see
    /// [`Hydraulics::balance_every_solution`].
    pub fn advance(&mut self, run: &Hydraulics, interval: Interval) {
        self.take_flows(run);
        let mut left = interval.seconds;
        while left > 0 {
            let seconds = left.min(self.plan.definition.step);
            self.transport(run, interval.from, seconds as f64);
            left -= seconds;
        }
        for (source, volume) in self.tank_volume.iter_mut().enumerate() {
            *volume = run.volume(source);
        }
    }

    /// Takes note of the flows of a step: which way they go, what they make of
    /// reactions at walls, what leaves at junctions.
    fn take_flows(&mut self, run: &Hydraulics) {
        let plan = Arc::clone(&self.plan);
        run.write_outflow(&mut self.outflow);
        let mut changed = self.order.is_empty();
        let kept = plan.definition.oversights == Oversights::Kept;
        let least = if kept { STAGNANT } else { NEGLIGIBLE };
        for (link, (held, &flow)) in self.way.iter_mut().zip(run.flows()).enumerate() {
            let stands = flow.abs() < least;
            let way = Way {
                turned: match flow {
                    _ if kept => flow < 0.0 && !stands,
                    0.0 => held.turned,
                    _ => flow < 0.0,
                },
                stands,
            };
            let forgotten = kept && (stands || held.stands);
            if way.turned != held.turned && !forgotten {
                self.parcels.reverse(link);
            }
            changed |= way != *held;
            *held = way;
        }
        for (held, flow) in self.flow.iter_mut().zip(run.flows()) {
            let flow = flow.abs();
            *held = if flow < NEGLIGIBLE { 0.0 } else { flow };
        }
        if changed {
            plan.topology
                .sort(&self.way, &mut self.order, &mut self.sorting);
        }
        if plan.definition.followed != Followed::Constituent {
            return;
        }
        let network = run.network();
        let viscosity = network.options.viscosity;
        for (link, definition) in network.links.iter().enumerate() {
            let coefficient = plan.definition.pipes[link].wall;
            if let Element::Pipe(pipe) = &definition.element
                && coefficient.abs() > 0.0
            {
                let wall = Wall {
                    diameter: definition.diameter,
                    length: pipe.length,
                    flow: run.flow(link),
                    viscosity,
                };
                self.at_wall[link] = plan.definition.reactions.at_wall(coefficient, &wall);
            }
        }
    }
}
