//! How heads and flows of a solution depend on what the network is made of.
//!
//! The adjoint method: for one weighted sum of heads and flows, one solution with
//! the matrix of the last trial gives its derivatives by every roughness, demand,
//! emitter and setting at once.
//!
//! Where a valve holds the head of a node, the balance of that node says how much
//! flows through the valve, and it is the node on the valve's other side that
//! feels a change there. That coupling is not in the symmetric matrix; it is
//! taken in by repetition, which ends after as many rounds as such valves follow
//! each other.

use super::constants::HELD_HEAD_WEIGHT;
use super::hydraulics::Hydraulics;
use super::network::{Element, LinkIndex, NodeIndex, ValveKind};
use super::options::Formula;
use super::outlet::OutletKind;
use super::state::State;
use super::trial::Frame;

/// Relative step of the difference quotients that stand for the derivatives of
/// the laws of pumps, valves and rough walls.
const STEP: f64 = 1e-6;

/// A weighted sum of heads and flows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Nodes, each with the weight of its head.
    pub heads: Vec<(NodeIndex, f64)>,
    /// Links, each with the weight of its flow.
    pub flows: Vec<(LinkIndex, f64)>,
}

/// Derivatives of a [`Target`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradient {
    /// By the demand of each junction \[per m³/s].
    pub demand: Vec<f64>,
    /// By the emitter coefficient of each junction, also where it has none
    /// \[per m³/s at 1 m]: where a leak would show.
    pub emitter: Vec<f64>,
    /// By the roughness of each pipe \[per its unit]; zero for other links.
    pub roughness: Vec<f64>,
    /// By the speed of each pump and the setting of each valve \[per its unit];
    /// zero for pipes and for valves fixed open or closed.
    pub setting: Vec<f64>,
}

/// The solution of the adjoint equations.
struct Adjoint {
    /// What one more m³/s into a row adds to the target.
    inflow: Vec<f64>,
    /// What one m more at a held row adds to the target.
    held: Vec<f64>,
    /// Weight of each link's flow, after those of holding valves were passed on.
    flow: Vec<f64>,
    /// What one more m³/s drawn at a held row adds to the flows through valves.
    drawn: Vec<f64>,
}

impl Hydraulics {
    /// Derivatives of a weighted sum of heads and flows at the last solution.
    ///
    /// They hold while statuses stay; the better it converged, the closer they are.
    #[must_use]
    pub fn gradient(&self, target: &Target) -> Gradient {
        let frame = self.frame();
        let mut state = self.state.clone();
        frame.assemble(&mut state);
        state.right.fill(0.0);
        // Factorises; the right side plays no part.
        if frame
            .plan
            .symbolic
            .solve(&mut state.matrix, &mut state.right)
            .is_err()
        {
            return frame.no_gradient();
        }
        let adjoint = frame.adjoint(&state, target);
        frame.derivatives(&state, &adjoint)
    }
}

impl Frame<'_> {
    fn no_gradient(&self) -> Gradient {
        let (junctions, links) = (self.network.junctions.len(), self.network.links.len());
        Gradient {
            demand: vec![f64::NAN; junctions],
            emitter: vec![f64::NAN; junctions],
            roughness: vec![f64::NAN; links],
            setting: vec![f64::NAN; links],
        }
    }

    /// The holding pressure valves: link, held row, row on the other side, and the
    /// sign with which an inflow at the held row changes the valve's flow.
    fn holders(&self, state: &State) -> Vec<(LinkIndex, usize, usize, f64)> {
        let mut found = Vec::new();
        for &link in &self.plan.regulators {
            let link = link as usize;
            let Element::Valve(valve) = &self.network.links[link].element else {
                continue;
            };
            if !self.valve(state, link, valve.kind).is_holding() {
                continue;
            }
            let ends = self.plan.ends[link];
            let (start, end) = (ends.start as usize, ends.end as usize);
            match valve.kind {
                ValveKind::PressureReducing => found.push((link, end, start, -1.0)),
                ValveKind::PressureSustaining => found.push((link, start, end, 1.0)),
                _ => {}
            }
        }
        found
    }

    fn adjoint(&self, state: &State, target: &Target) -> Adjoint {
        let rows = self.plan.row.len();
        let junctions = self.network.junctions.len();
        let holders = self.holders(state);
        let mut flow = vec![0.0; self.network.links.len()];
        for &(link, weight) in &target.flows {
            flow[link] += weight;
        }
        // The flow of a holding valve is that of the other links at its node.
        let mut drawn = vec![0.0; rows];
        for _ in 0..=holders.len() {
            let mut passed = false;
            for &(link, row, _, sign) in &holders {
                let weight = std::mem::take(&mut flow[link]);
                if weight.abs() > 0.0
                    && let Some(held) = &self.plan.held[link]
                {
                    for &(other, inflow) in &held.links {
                        flow[other as usize] += weight * sign * inflow;
                    }
                    drawn[row] -= weight * sign;
                    passed = true;
                }
            }
            if !passed {
                break;
            }
        }
        let mut direct = vec![0.0; rows];
        for &(node, weight) in &target.heads {
            direct[self.plan.row[node] as usize] += weight;
        }
        for (link, ends) in self.plan.ends.iter().enumerate() {
            let weight = flow[link] * state.links.conductance[link];
            direct[ends.start as usize] += weight;
            direct[ends.end as usize] -= weight;
        }
        for outlet in &state.outlets {
            let row = outlet.row as usize;
            direct[row] += drawn[row] * outlet.conductance;
        }
        let mut inflow = vec![0.0; rows];
        let mut held = vec![0.0; rows];
        for _ in 0..=holders.len() {
            let mut right = direct.clone();
            for &(link, row, other, _) in &holders {
                self.pass_balance(state, link, row, inflow[other], &mut right);
            }
            self.plan.symbolic.solve_again(&state.matrix, &mut right);
            right[junctions..].fill(0.0);
            for &(_, row, _, _) in &holders {
                held[row] = HELD_HEAD_WEIGHT * right[row];
            }
            // What enters at a held node leaves through the valve.
            inflow = right;
            for _ in 0..holders.len() {
                for &(_, row, other, _) in &holders {
                    inflow[row] = inflow[other];
                }
            }
        }
        Adjoint {
            inflow,
            held,
            flow,
            drawn,
        }
    }

    /// Adds what the heads do to the balance of a held node, which counts `worth`
    /// for each m³/s.
    fn pass_balance(&self, state: &State, link: LinkIndex, row: usize, worth: f64, to: &mut [f64]) {
        let Some(held) = &self.plan.held[link] else {
            return;
        };
        for &(other, sign) in &held.links {
            let ends = self.plan.ends[other as usize];
            let change = worth * sign * state.links.conductance[other as usize];
            to[ends.start as usize] += change;
            to[ends.end as usize] -= change;
        }
        for outlet in state
            .outlets
            .iter()
            .filter(|outlet| outlet.row as usize == row)
        {
            to[row] -= worth * outlet.conductance;
        }
    }

    fn derivatives(&self, state: &State, adjoint: &Adjoint) -> Gradient {
        let (junctions, links) = (self.network.junctions.len(), self.network.links.len());
        let mut gradient = Gradient {
            demand: vec![0.0; junctions],
            emitter: vec![0.0; junctions],
            roughness: vec![0.0; links],
            setting: vec![0.0; links],
        };
        // One more m³/s drawn at a row.
        let draw = |row: usize| adjoint.drawn[row] - adjoint.inflow[row];
        for (node, (demand, emitter)) in
            (gradient.demand.iter_mut().zip(&mut gradient.emitter)).enumerate()
        {
            let row = self.plan.row[node] as usize;
            let pressure = state.head[row] - self.plan.elevation[row];
            *demand = draw(row);
            *emitter =
                draw(row) * libm::pow(pressure.max(0.0), self.network.options.emitter_exponent);
        }
        for outlet in &state.outlets {
            let row = outlet.row as usize;
            if outlet.kind == OutletKind::Demand && state.demand[row] > 0.0 {
                gradient.demand[self.plan.node[row] as usize] *= outlet.flow / state.demand[row];
            }
        }
        // One more m³/s through a link, heads held.
        let through = |link: usize| {
            let ends = self.plan.ends[link];
            adjoint.inflow[ends.end as usize] - adjoint.inflow[ends.start as usize]
                + adjoint.flow[link]
        };
        for link in 0..links {
            let conductance = state.links.conductance[link];
            match &self.network.links[link].element {
                Element::Pipe(_) if !state.links.status[link].is_closed() => {
                    let slope = self.loss_by_roughness(state, link);
                    gradient.roughness[link] = -through(link) * conductance * slope;
                }
                Element::Pump(_) if !state.links.status[link].is_closed() => {
                    let slope = self.loss_by_setting(state, link);
                    gradient.setting[link] = -through(link) * conductance * slope;
                }
                Element::Valve(valve) if state.links.setting[link].is_some() => {
                    let ends = self.plan.ends[link];
                    let holding = self.valve(state, link, valve.kind).is_holding();
                    gradient.setting[link] = match valve.kind {
                        ValveKind::GeneralPurpose { .. } => 0.0,
                        ValveKind::PressureReducing if holding => adjoint.held[ends.end as usize],
                        ValveKind::PressureSustaining if holding => {
                            adjoint.held[ends.start as usize]
                        }
                        ValveKind::FlowControl if holding => through(link),
                        _ => -through(link) * conductance * self.loss_by_setting(state, link),
                    };
                }
                _ => {}
            }
        }
        gradient
    }

    /// Derivative of a pipe's head loss by its roughness, at a held flow.
    fn loss_by_roughness(&self, state: &State, link: LinkIndex) -> f64 {
        let Element::Pipe(pipe) = &self.network.links[link].element else {
            return 0.0;
        };
        let diameter = self.network.links[link].diameter;
        let (friction, formula) = (self.friction(), self.network.options.formula);
        let flow = state.links.flow[link];
        let roughness = state.links.roughness[link];
        let at = |roughness: f64| {
            let changed = super::network::Pipe { roughness, ..*pipe };
            let resistance = super::pipe::resistance(formula, &changed, diameter);
            let relative = match formula {
                Formula::DarcyWeisbach => roughness / diameter,
                _ => 0.0,
            };
            friction
                .loss(
                    flow,
                    resistance,
                    state.links.minor[link],
                    relative,
                    diameter,
                )
                .head
        };
        let step = STEP * roughness;
        (at(roughness + step) - at(roughness - step)) / (2.0 * step)
    }

    /// Derivative of a pump's or valve's head loss by its setting, at a held flow.
    fn loss_by_setting(&self, state: &State, link: LinkIndex) -> f64 {
        let Some(setting) = state.links.setting[link] else {
            return 0.0;
        };
        let flow = state.links.flow[link];
        let at = |setting: f64| match &self.network.links[link].element {
            Element::Pipe(_) => 0.0,
            Element::Pump(_) => {
                let place = self
                    .plan
                    .pumps
                    .partition_point(|pump| (pump.link as usize) < link);
                self.plan.pumps[place].law.loss(flow, setting).head
            }
            Element::Valve(valve) => {
                let mut valve = self.valve(state, link, valve.kind);
                valve.setting = Some(setting);
                valve.loss(flow).head
            }
        };
        let step = STEP * setting.abs().max(STEP);
        (at(setting + step) - at(setting - step)) / (2.0 * step)
    }
}
