//! One trial of the global gradient algorithm (Todini and Pilati 1988).
//!
//! The equations are solved for the change of the heads, not for the heads: what
//! a link's flow misses at the present heads goes to the right side. The steps
//! are the same as those of the usual form, but rounding scales with the change,
//! which vanishes, and not with the head; that is what lets nodes balance to the
//! last digits where resistances differ by fifteen orders of magnitude.

use super::constants::{CLOSED_RESISTANCE, CUBIC_FOOT, HELD_HEAD_WEIGHT};
use super::factor::NotDefinite;
use super::network::{Element, LinkIndex, Network, ValveKind};
use super::options::Formula;
use super::outlet::OutletKind;
use super::pipe::{Friction, PipeFlow};
use super::plan::Plan;
use super::pump::{Loss, PumpLaw};
use super::state::State;
use super::valve::ValveState;
use crate::model::power::BLOCK;

/// What one trial changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Sum of the flows' changes over the sum of the flows.
    pub(super) relative_change: f64,
    /// Largest change of a flow, m³/s.
    pub(super) largest_change: f64,
}

/// A network with its structure: what stays the same from trial to trial.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) network: &'a Network,
    pub(super) plan: &'a Plan,
}

impl<'a> Frame<'a> {
    pub(super) fn friction(&self) -> Friction {
        Friction {
            formula: self.network.options.formula,
            powers: self.plan.powers,
            viscosity: self.network.options.viscosity,
        }
    }

    pub(super) fn valve(&self, state: &State, link: LinkIndex, kind: ValveKind) -> ValveState<'a> {
        ValveState {
            kind,
            status: state.links.status[link],
            setting: state.links.setting[link],
            diameter: state.links.diameter[link],
            minor: state.links.minor[link],
            curves: &self.network.curves,
        }
    }

    /// Head loss of a link at its present flow, or `None` where a valve holds a
    /// head or a flow and has no law of its own.
    pub(super) fn loss(&self, state: &State, link: LinkIndex) -> Option<Loss> {
        let element = &self.network.links[link].element;
        let flow = state.links.flow[link];
        match element {
            Element::Pipe(_) => Some(Self::pipe_loss(&self.friction(), state, link)),
            Element::Pump(_) => {
                let place = self
                    .plan
                    .pumps
                    .partition_point(|pump| (pump.link as usize) < link);
                Some(pump_loss(state, link, &self.plan.pumps[place].law))
            }
            Element::Valve(valve) => {
                let valve = self.valve(state, link, valve.kind);
                (!valve.is_holding()).then(|| valve.loss(flow))
            }
        }
    }

    #[inline]
    fn pipe_loss(friction: &Friction, state: &State, link: LinkIndex) -> Loss {
        let links = &state.links;
        let flow = links.flow[link];
        if links.status[link].is_closed() {
            return Loss::linear(CLOSED_RESISTANCE, flow);
        }
        let (diameter, relative) = match friction.formula {
            Formula::DarcyWeisbach => {
                let diameter = links.diameter[link];
                (diameter, links.roughness[link] / diameter)
            }
            _ => (0.0, 0.0),
        };
        friction.loss(
            flow,
            links.resistance[link],
            links.minor[link],
            relative,
            diameter,
        )
    }

    /// Head losses of up to [`BLOCK`] pipes.
    #[inline]
    fn block_losses(friction: &Friction, state: &State, block: &[u32]) -> [Loss; BLOCK] {
        let links = &state.links;
        // Places without a pipe hold one that gives no trouble.
        let mut pipes = [PipeFlow {
            flow: 1.0,
            diameter: 1.0,
            ..PipeFlow::default()
        }; BLOCK];
        let rough = friction.formula == Formula::DarcyWeisbach;
        for (pipe, &link) in pipes.iter_mut().zip(block) {
            let link = link as usize;
            pipe.flow = links.flow[link];
            pipe.resistance = links.resistance[link];
            pipe.minor = links.minor[link];
            if rough {
                pipe.diameter = links.diameter[link];
                pipe.roughness = links.roughness[link] / pipe.diameter;
            }
        }
        let mut losses = friction.losses(&pipes);
        for ((loss, pipe), &link) in losses.iter_mut().zip(&pipes).zip(block) {
            if links.status[link as usize].is_closed() {
                *loss = Loss::linear(CLOSED_RESISTANCE, pipe.flow);
            }
        }
        losses
    }

    /// Sets up the linear equations, solves them and takes their heads and flows.
    /// `relaxation` shortens the change of the flows.
    pub(super) fn trial(
        &self,
        state: &mut State,
        relaxation: f64,
    ) -> Result<Progress, NotDefinite> {
        self.assemble(state);
        self.plan
            .symbolic
            .solve(&mut state.matrix, &mut state.right)?;
        let junctions = self.network.junctions.len();
        state.right[junctions..].fill(0.0);
        for (head, change) in state.head.iter_mut().zip(&state.right) {
            *head += change;
        }
        Ok(self.update_flows(state, relaxation))
    }

    /// Sets up the linear equations of the present state.
    pub(super) fn assemble(&self, state: &mut State) {
        state.matrix.diagonal.fill(0.0);
        state.matrix.entries.fill(0.0);
        state.right.fill(0.0);
        let friction = self.friction();
        for block in self.plan.pipes.chunks(BLOCK) {
            let losses = Self::block_losses(&friction, state, block);
            for (&link, loss) in block.iter().zip(losses) {
                self.add_link(state, link as usize, loss);
            }
        }
        for pump in &self.plan.pumps {
            let loss = pump_loss(state, pump.link as usize, &pump.law);
            self.add_link(state, pump.link as usize, loss);
        }
        for valve in &self.plan.valves {
            let link = valve.link as usize;
            let valve = self.valve(state, link, valve.kind);
            if !valve.is_holding() {
                let loss = valve.loss(state.links.flow[link]);
                self.add_link(state, link, loss);
            }
        }
        self.add_outflows(state);
        self.add_holding_valves(state);
    }

    /// Adds a link with a law of its own.
    #[expect(
        clippy::inline_always,
        reason = "a call for each pipe costs a tenth of a trial"
    )]
    #[inline(always)]
    fn add_link(&self, state: &mut State, link: LinkIndex, loss: Loss) {
        let ends = self.plan.ends[link];
        let (start, end) = (ends.start as usize, ends.end as usize);
        let conductance = 1.0 / loss.gradient;
        let missing = state.head[start] - state.head[end] - loss.head;
        let predicted = state.links.flow[link] + conductance * missing;
        state.links.conductance[link] = conductance;
        state.links.predicted[link] = predicted;
        state.right[start] -= predicted;
        state.right[end] += predicted;
        state.matrix.diagonal[start] += conductance;
        state.matrix.diagonal[end] += conductance;
        state.matrix.entries[ends.slot as usize] -= conductance;
    }

    fn add_outflows(&self, state: &mut State) {
        let junctions = self.network.junctions.len();
        let driven = state.pressure_driven();
        for row in 0..junctions {
            let demand = state.demand[row];
            if !driven || demand <= 0.0 {
                state.right[row] -= demand;
            }
        }
        for outlet in &mut state.outlets {
            let row = outlet.row as usize;
            let full = state.demand[row];
            if outlet.kind == OutletKind::Demand && full <= 0.0 {
                outlet.flow = 0.0;
                outlet.conductance = 0.0;
                outlet.predicted = 0.0;
                continue;
            }
            let loss = outlet.loss(full);
            outlet.conductance = 1.0 / loss.gradient;
            let pressure = state.head[row] - self.plan.elevation[row] - outlet.minimum;
            outlet.predicted = outlet.flow + outlet.conductance * (pressure - loss.head);
            state.right[row] -= outlet.predicted;
            state.matrix.diagonal[row] += outlet.conductance;
        }
    }

    /// Adds the valves that hold a head or a flow.
    ///
    /// Where a head is held, that of the node is given, and the flow is what the
    /// node was short of in the last trial. On the other side that flow is drawn
    /// like a demand.
    fn add_holding_valves(&self, state: &mut State) {
        for &link in &self.plan.regulators {
            let link = link as usize;
            let Element::Valve(valve) = &self.network.links[link].element else {
                continue;
            };
            if !self.valve(state, link, valve.kind).is_holding() {
                continue;
            }
            let setting = state.links.setting[link].unwrap_or(valve.setting);
            let ends = self.plan.ends[link];
            let (start, end) = (ends.start as usize, ends.end as usize);
            match valve.kind {
                ValveKind::PressureReducing => {
                    let excess = self.excess_at_held(state, link);
                    state.links.conductance[link] = 0.0;
                    state.links.predicted[link] = -excess;
                    state.right[start] += excess.min(0.0);
                    hold_head(state, end, self.plan.elevation[end] + setting);
                }
                ValveKind::PressureSustaining => {
                    let excess = self.excess_at_held(state, link);
                    state.links.conductance[link] = 0.0;
                    state.links.predicted[link] = excess;
                    state.right[end] += excess.max(0.0);
                    hold_head(state, start, self.plan.elevation[start] + setting);
                    // Without this a node behind the valve would hang on nothing.
                    // It changes the way to the solution, not the solution.
                    state.matrix.diagonal[end] += 1.0 / CLOSED_RESISTANCE;
                }
                _ => {
                    let conductance = 1.0 / CLOSED_RESISTANCE;
                    let flow = setting + conductance * (state.head[start] - state.head[end]);
                    state.links.conductance[link] = conductance;
                    state.links.predicted[link] = flow;
                    state.right[start] -= flow;
                    state.right[end] += flow;
                    state.matrix.diagonal[start] += conductance;
                    state.matrix.diagonal[end] += conductance;
                    state.matrix.entries[ends.slot as usize] -= conductance;
                }
            }
        }
    }

    /// Net inflow at the node whose head a pressure valve holds, without the
    /// valve itself, at the present flows, m³/s.
    fn excess_at_held(&self, state: &State, link: LinkIndex) -> f64 {
        let Some(held) = &self.plan.held[link] else {
            return 0.0;
        };
        let mut excess = -state.outflow(held.row as usize);
        for &(link, sign) in &held.links {
            excess += sign * state.links.flow[link as usize];
        }
        excess
    }

    /// A pump of constant power must not run backwards: its flow halves at most.
    fn slow_power_pumps(&self, state: &mut State, relaxation: f64) {
        let links = &mut state.links;
        for pump in &self.plan.pumps {
            if !matches!(pump.law, PumpLaw::Power(_)) {
                continue;
            }
            let link = pump.link as usize;
            let ends = self.plan.ends[link];
            let drive = state.right[ends.start as usize] - state.right[ends.end as usize];
            let driven = links.conductance[link] * drive;
            let flow = links.flow[link];
            if (flow - links.predicted[link] - driven) * relaxation > flow {
                links.predicted[link] = flow - flow / (2.0 * relaxation) - driven;
            }
        }
    }

    fn update_flows(&self, state: &mut State, relaxation: f64) -> Progress {
        self.slow_power_pumps(state, relaxation);
        let (mut sum, mut change, mut largest) = (0.0, 0.0, 0.0_f64);
        let links = &mut state.links;
        let lists = (links.flow.iter_mut().zip(&links.predicted)).zip(&links.conductance);
        for (((flow, &predicted), &conductance), ends) in lists.zip(&self.plan.ends) {
            let drive = state.right[ends.start as usize] - state.right[ends.end as usize];
            let less = (*flow - (predicted + conductance * drive)) * relaxation;
            *flow -= less;
            sum += flow.abs();
            change += less.abs();
            largest = largest.max(less.abs());
        }
        let driven: &[f64] = &state.demand;
        for outlet in &mut state.outlets {
            let row = outlet.row as usize;
            let full = driven[row];
            if outlet.kind == OutletKind::Demand && full <= 0.0 {
                continue;
            }
            let new = outlet.predicted + outlet.conductance * state.right[row];
            let mut less = (outlet.flow - new) * relaxation;
            if outlet.kind == OutletKind::Demand {
                less = less.clamp(-0.4 * full, 0.4 * full);
            }
            outlet.flow -= less;
            sum += outlet.flow.abs();
            change += less.abs();
            largest = largest.max(less.abs());
        }
        let relative_change = if sum > self.network.options.accuracy * CUBIC_FOOT {
            change / sum
        } else {
            change / CUBIC_FOOT
        };
        Progress {
            relative_change,
            largest_change: largest,
        }
    }
}

/// Makes a row say that its node's head is `head`.
fn hold_head(state: &mut State, row: usize, head: f64) {
    state.matrix.diagonal[row] = HELD_HEAD_WEIGHT;
    state.right[row] = HELD_HEAD_WEIGHT * (head - state.head[row]);
}

fn pump_loss(state: &State, link: LinkIndex, law: &PumpLaw) -> Loss {
    let flow = state.links.flow[link];
    match state.links.setting[link] {
        Some(speed) if speed > 0.0 && !state.links.status[link].is_closed() => {
            law.loss(flow, speed)
        }
        _ => Loss::linear(CLOSED_RESISTANCE, flow),
    }
}
