//! What a run shows, and what may be changed between its steps.

use super::constants::ZERO_FLOW;
use super::hydraulics::Hydraulics;
use super::network::{Action, Element, LinkIndex, Network, NodeIndex};
use super::outlet::{Outlet, OutletKind};
use super::solve::Balance;
use super::state::Status;
use super::tank::TankShape;
use super::trial::Frame;

impl Hydraulics {
    /// The network as it was given.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Time since the start of the run, s.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.time
    }

    /// How the last solution was found.
    #[must_use]
    pub fn balance(&self) -> Balance {
        self.balance
    }

    /// Head of a node, m.
    #[must_use]
    pub fn head(&self, node: NodeIndex) -> f64 {
        self.state.head[self.plan.row[node] as usize]
    }

    /// Pressure of a junction or level of a tank, m of water.
    #[must_use]
    pub fn pressure(&self, node: NodeIndex) -> f64 {
        let row = self.plan.row[node] as usize;
        self.state.head[row] - self.plan.elevation[row]
    }

    /// Flow of a link in the last solution, m³/s from start to end; zero where it
    /// is closed.
    #[must_use]
    pub fn flow(&self, link: LinkIndex) -> f64 {
        self.shown_flow[link]
    }

    /// Flows of all links in the last solution, m³/s.
    #[must_use]
    pub fn flows(&self) -> &[f64] {
        &self.shown_flow
    }

    /// Head at a link's start less that at its end, m.
    #[must_use]
    pub fn head_loss(&self, link: LinkIndex) -> f64 {
        let ends = self.plan.ends[link];
        self.state.head[ends.start as usize] - self.state.head[ends.end as usize]
    }

    /// Status of a link.
    #[must_use]
    pub fn status(&self, link: LinkIndex) -> Status {
        self.state.links.status[link]
    }

    /// Speed of a pump or setting of a valve; `None` where it is fixed open or
    /// closed.
    #[must_use]
    pub fn setting(&self, link: LinkIndex) -> Option<f64> {
        self.state.links.setting[link]
    }

    /// Net inflow of a source, m³/s, by its place among the sources.
    #[must_use]
    pub fn inflow(&self, source: usize) -> f64 {
        self.state.inflow[source]
    }

    /// Volume in a tank, m³, by its place among the sources; zero for a reservoir.
    #[must_use]
    pub fn volume(&self, source: usize) -> f64 {
        self.state.volume[source]
    }

    /// Largest volume of a tank, m³, by its place among the sources; zero for a
    /// reservoir.
    #[must_use]
    pub fn most_volume(&self, source: usize) -> f64 {
        let tank = self.plan.tanks[source].as_ref();
        tank.map_or(0.0, |tank| tank.most_volume)
    }

    /// Whether a tank that held `before` m³ at the start of the last step has
    /// spilled over it.
    pub(super) fn spills(&self, source: usize, before: f64) -> bool {
        let spilling = |tank: &TankShape| {
            tank.overflow && before >= tank.most_volume && self.state.inflow[source] > 0.0
        };
        self.plan.tanks[source].as_ref().is_some_and(spilling)
    }

    /// Flow over the rim of a full tank that may overflow, m³/s.
    #[must_use]
    pub fn overflow(&self, source: usize) -> f64 {
        match &self.plan.tanks[source] {
            Some(tank) if tank.overflow && self.state.volume[source] >= tank.most_volume => {
                self.state.inflow[source].max(0.0)
            }
            _ => 0.0,
        }
    }

    /// Time until a tank is full and until it is empty at its present inflow, s;
    /// zero where it does not go there.
    #[must_use]
    pub fn fill_and_drain_times(&self, source: usize) -> (f64, f64) {
        let (inflow, volume) = (self.state.inflow[source], self.state.volume[source]);
        match &self.plan.tanks[source] {
            Some(tank) if inflow > ZERO_FLOW => ((tank.most_volume - volume) / inflow, 0.0),
            Some(tank) if inflow < -ZERO_FLOW => (0.0, (tank.least_volume - volume) / inflow),
            _ => (0.0, 0.0),
        }
    }

    /// Outflows of all junctions in the last solution: what was drawn, let out by
    /// emitters and lost by leaks.
    #[must_use]
    pub fn outflows(&self) -> Outflows {
        let junctions = self.network.junctions.len();
        let mut outflows = Outflows {
            demand: vec![0.0; junctions],
            emitter: vec![0.0; junctions],
            leakage: vec![0.0; junctions],
        };
        self.write_outflows(&mut outflows);
        outflows
    }

    /// As [`outflows`](Self::outflows), into what it returned before.
    pub fn write_outflows(&self, outflows: &mut Outflows) {
        for (node, demand) in outflows.demand.iter_mut().enumerate() {
            *demand = self.state.fixed_demand(self.plan.row[node] as usize);
        }
        outflows.emitter.fill(0.0);
        outflows.leakage.fill(0.0);
        for outlet in &self.state.outlets {
            let node = self.plan.node[outlet.row as usize] as usize;
            match outlet.kind {
                OutletKind::Emitter => outflows.emitter[node] += outlet.flow,
                OutletKind::Demand => outflows.demand[node] += outlet.flow,
                OutletKind::LeakOfFixedArea | OutletKind::LeakOfGrowingArea => {
                    outflows.leakage[node] += outlet.flow;
                }
            }
        }
    }

    /// Writes all that left each junction in the last solution, m³/s; below zero
    /// where water entered.
    pub(super) fn write_outflow(&self, outflow: &mut [f64]) {
        for (node, total) in outflow.iter_mut().enumerate() {
            *total = self.state.fixed_demand(self.plan.row[node] as usize);
        }
        for outlet in &self.state.outlets {
            outflow[self.plan.node[outlet.row as usize] as usize] += outlet.flow;
        }
    }

    /// The demand of a junction if pressure were no matter, m³/s.
    #[must_use]
    pub fn full_demand(&self, junction: NodeIndex) -> f64 {
        self.state.demand[self.plan.row[junction] as usize]
    }

    /// Largest power that all pumps drew together, W.
    #[must_use]
    pub fn largest_power(&self) -> f64 {
        self.largest_power
    }

    /// Factor on all prices of energy from here on.
    pub fn set_price_factor(&mut self, factor: f64) {
        self.price_factor = factor;
    }

    /// Says that the state held now belongs to another time, s since the start.
    pub fn place_at(&mut self, time: i64) {
        if self.time != time {
            self.time = time;
            self.solved = false;
        }
    }

    /// Takes time, levels, statuses, settings and flows from a run on a network of
    /// the same parts: where to go on after the network was changed.
    pub fn go_on_from(&mut self, other: &Self) {
        self.time = other.time;
        self.solved = false;
        self.state.links.flow.clone_from(&other.state.links.flow);
        self.state
            .links
            .status
            .clone_from(&other.state.links.status);
        for (link, setting) in other.state.links.setting.iter().enumerate() {
            let stated = |network: &Network| match &network.links[link].element {
                Element::Pipe(_) => 0.0,
                Element::Pump(pump) => pump.speed,
                Element::Valve(valve) => valve.setting,
            };
            // What was changed in the network itself counts from here on.
            let (now, before) = (stated(&self.network), stated(&other.network));
            self.state.links.setting[link] = match setting {
                Some(_) if now.to_bits() != before.to_bits() => Some(now),
                held => *held,
            };
        }
        self.commanded.clone_from(&other.commanded);
        self.energy.clone_from(&other.energy);
        self.largest_power = other.largest_power;
        self.short_steps = other.short_steps;
        for source in 0..self.network.sources.len() {
            self.set_head(
                source,
                other.state.head[other.network.junctions.len() + source],
            );
        }
    }

    /// Water level of a tank as a head, m, by its place among the sources; nothing
    /// for a reservoir. Held within the tank's limits.
    pub fn set_head(&mut self, source: usize, head: f64) {
        if let Some(tank) = &self.plan.tanks[source] {
            let volume = tank.volume(head);
            self.set_volume(source, volume);
        }
    }

    /// Factor on all demands.
    pub fn set_demand_multiplier(&mut self, multiplier: f64) {
        if self.state.demand_multiplier.to_bits() != multiplier.to_bits() {
            self.state.demand_multiplier = multiplier;
            self.solved = false;
        }
    }

    /// Factor on the demands of one junction, besides its patterns.
    pub fn set_demand_factor(&mut self, junction: NodeIndex, factor: f64) {
        let held = &mut self.state.demand_factor[self.plan.row[junction] as usize];
        if held.to_bits() != factor.to_bits() {
            *held = factor;
            self.solved = false;
        }
    }

    /// A demand of one junction besides its categories, m³/s.
    pub fn set_extra_demand(&mut self, junction: NodeIndex, demand: f64) {
        let held = &mut self.state.extra_demand[self.plan.row[junction] as usize];
        if held.to_bits() != demand.to_bits() {
            *held = demand;
            self.solved = false;
        }
    }

    /// Outflow of a junction's emitter at 1 m of pressure, m³/s; a burst is one.
    pub fn set_emitter(&mut self, junction: NodeIndex, outflow: f64) {
        let row = self.plan.row[junction];
        let outlets = &mut self.state.outlets;
        let place = (outlets.iter())
            .position(|outlet| outlet.row == row && outlet.kind == OutletKind::Emitter);
        self.solved = false;
        let Some(place) = place else {
            if outflow > 0.0 {
                // Before the demands, which stand last.
                outlets.insert(0, Outlet::emitter(row, outflow, &self.network.options));
            }
            return;
        };
        if outflow > 0.0 {
            let flow = outlets[place].flow;
            outlets[place] = Outlet::emitter(row, outflow, &self.network.options);
            outlets[place].flow = flow;
        } else {
            outlets.remove(place);
        }
    }

    /// Roughness of a pipe, as in [`Pipe::roughness`](super::Pipe::roughness);
    /// nothing where the link is no pipe.
    pub fn set_roughness(&mut self, link: LinkIndex, roughness: f64) {
        let definition = &self.network.links[link];
        if let Element::Pipe(pipe) = &definition.element {
            let formula = self.network.options.formula;
            let diameter = definition.diameter;
            self.state
                .set_roughness(formula, link, pipe, diameter, roughness);
            self.solved = false;
        }
    }

    /// Opens or closes a link or gives it a setting, once; controls may change it
    /// again.
    pub fn act(&mut self, link: LinkIndex, action: Action) {
        let frame = Frame {
            network: &self.network,
            plan: &self.plan,
        };
        let (status, setting) = frame.outcome(&self.state, link, action);
        let state = &self.state.links;
        if state.setting[link] == setting && state.status[link].is_closed() == status.is_closed() {
            return;
        }
        match action {
            Action::Set(value) => frame.set(&mut self.state, link, value),
            Action::Open | Action::Close => {
                frame.act(&mut self.state, link, action);
            }
        }
        self.solved = false;
    }

    /// Whether a link follows commands only, instead of its controls and rules.
    pub fn set_commanded(&mut self, link: LinkIndex, commanded: bool) {
        if self.commanded[link] != commanded {
            self.commanded[link] = commanded;
            self.solved = false;
        }
    }

    /// Volume of a tank, m³, by its place among the sources; nothing for a
    /// reservoir. Held within the tank's limits.
    pub fn set_volume(&mut self, source: usize, volume: f64) {
        if let Some(tank) = &self.plan.tanks[source] {
            let volume = volume.clamp(tank.least_volume, tank.most_volume);
            self.state.volume[source] = volume;
            self.state.head[self.network.junctions.len() + source] = tank.head(volume);
            self.solved = false;
        }
    }
}

/// Outflows of all junctions, m³/s, by [`NodeIndex`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outflows {
    /// What was drawn.
    pub demand: Vec<f64>,
    /// What emitters let out.
    pub emitter: Vec<f64>,
    /// What leaks lost.
    pub leakage: Vec<f64>,
}
