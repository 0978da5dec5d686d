//! From one trial to a solution: trials until the flows stay, statuses checked on
//! the way, and the residuals of every link and node looked at in the end.

use serde::{Deserialize, Serialize};

use super::constants::{FLOW_TOLERANCE, HEAD_TOLERANCE};
use super::factor::NotDefinite;
use super::network::{Element, LinkIndex, NodeIndex, ValveKind};
use super::options::Unbalanced;
use super::outlet::OutletKind;
use super::state::{State, Status};
use super::trial::{Frame, Progress};

/// How far a pump's head may be off its curve in an accepted solution, as a part
/// of the head it adds. A looser accuracy leaves more; a false root, at which a
/// pump stands still although it could deliver, leaves nearly all.
const PUMP_RESIDUAL: f64 = 0.05;
/// Imbalance of a junction, as a part of what the sources give, that is let be.
const BALANCED: f64 = 1e-11;
/// How often the nodes are balanced at most: as often as valves that hold a head
/// follow each other, and once or twice for the curvature of the laws.
const BALANCING_ROUNDS: u32 = 12;
/// How often false roots of pumps are left before a step counts as unbalanced.
const PUMP_RESTARTS: u32 = 3;

/// How a step was solved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Trials taken.
    pub trials: u32,
    /// Sum of the last changes of flows over the sum of flows.
    pub relative_change: f64,
    /// Whether the accuracy was reached with statuses that fit.
    pub converged: bool,
    /// Largest difference of a link's head loss from its law, m.
    pub energy_residual: f64,
    /// The link where it is.
    pub energy_link: Option<LinkIndex>,
    /// Largest difference of inflow and outflow of a junction, m³/s.
    pub mass_residual: f64,
    /// The junction where it is.
    pub mass_node: Option<NodeIndex>,
}

/// The equations of a junction have no solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Singular {
    pub(super) node: NodeIndex,
}

impl Frame<'_> {
    /// Solves for heads and flows at the demands, levels and statuses of `state`.
    pub(super) fn solve(&self, state: &mut State, ignored: &[bool]) -> Result<Balance, Singular> {
        if std::mem::take(&mut state.matrix_is_solved) {
            self.foresee(state);
        }
        let options = &self.network.options;
        let extra = match options.unbalanced {
            Unbalanced::Continue(extra) => extra,
            Unbalanced::Stop => 0,
        };
        let mut next_check = options.check_frequency;
        let mut relaxation = 1.0;
        let mut restarts = 0;
        let mut balance = Balance::default();
        let mut trials = 1;
        while trials <= options.maximum_trials + extra {
            let progress = match self.trial(state, relaxation) {
                Ok(progress) => progress,
                Err(NotDefinite(row)) => {
                    let node = self.plan.node[row] as usize;
                    if self.release_valve(state, node) {
                        continue;
                    }
                    return Err(Singular { node });
                }
            };
            balance.trials = trials;
            balance.relative_change = progress.relative_change;
            relaxation = 1.0;
            let mut changed = false;
            if options.damping_limit <= 0.0 {
                changed = self.update_pressure_valves(state);
            } else if progress.relative_change <= options.damping_limit {
                relaxation = 0.6;
                changed = self.update_pressure_valves(state);
            }
            if self.is_settled(state, progress) {
                if trials > options.maximum_trials {
                    balance.converged = true;
                    break;
                }
                changed |= self.update_links(state);
                changed |= self.apply_pressure_switches(state, ignored);
                if !changed && restarts < PUMP_RESTARTS {
                    changed = self.leave_false_roots(state);
                    restarts += u32::from(changed);
                }
                if !changed {
                    balance.converged = true;
                    break;
                }
                next_check = trials + options.check_frequency;
            } else if trials <= options.maximum_check && trials == next_check {
                self.update_links(state);
                next_check += options.check_frequency;
            }
            trials += 1;
        }
        if balance.converged {
            self.balance_nodes(state);
            state.matrix_is_solved = true;
            let junctions = self.network.junctions.len();
            (state.solved_source_head).copy_from_slice(&state.head[junctions..]);
        }
        self.sum_inflows(state);
        Ok(balance)
    }

    /// Goes from the last solution to where its own linear equations see that of the
    /// present demands and heads of the sources.
    ///
    /// This is what the first trial would find, for those equations are still the
    /// factorised ones, without setting them up anew: a trial costs five times as
    /// much. Where the change is so small that one trial settles it, nothing is gained
    /// and nothing done; nor where flows follow the pressure or a pump's power, which
    /// a trial keeps within bounds.
    fn foresee(&self, state: &mut State) {
        if state.pressure_driven() || self.plan.has_power_pumps {
            return;
        }
        let junctions = self.network.junctions.len();
        let mut flows = std::mem::take(&mut state.links.flow);
        let (_, balanced) = self.imbalance(state, &mut flows);
        for at in &self.plan.source_links {
            let source = at.source as usize;
            let risen = state.head[junctions + source] - state.solved_source_head[source];
            let change = -at.sign * state.links.conductance[at.link as usize] * risen;
            let ends = self.plan.ends[at.link as usize];
            state.right[ends.start as usize] -= change;
            state.right[ends.end as usize] += change;
        }
        let missing: f64 = state.right[..junctions].iter().map(|one| one.abs()).sum();
        if missing > self.network.options.accuracy * balanced / BALANCED {
            self.correct_heads(state);
            for (head, change) in state.head.iter_mut().zip(&state.right) {
                *head += change;
            }
            for source in 0..self.network.sources.len() {
                state.right[junctions + source] =
                    state.head[junctions + source] - state.solved_source_head[source];
            }
            self.correct_flows(state, &mut flows);
            for outlet in &mut state.outlets {
                outlet.flow += outlet.conductance * state.right[outlet.row as usize];
            }
        }
        state.links.flow = flows;
    }

    fn is_settled(&self, state: &State, progress: Progress) -> bool {
        let options = &self.network.options;
        // NaN is never settled.
        let change = progress.relative_change;
        if change.is_nan() || change > options.accuracy {
            return false;
        }
        if options.flow_change > 0.0 && progress.largest_change > options.flow_change {
            return false;
        }
        if options.head_error > 0.0 && self.energy_residual(state).0 > options.head_error {
            return false;
        }
        state.outlets.iter().all(|outlet| {
            let row = outlet.row as usize;
            let full = state.demand[row];
            let pressure = state.head[row] - self.plan.elevation[row];
            match outlet.kind {
                OutletKind::Emitter => true,
                OutletKind::Demand if full <= 0.0 => true,
                _ => (outlet.outflow_at(pressure, full) - outlet.flow).abs() <= FLOW_TOLERANCE,
            }
        })
    }

    /// Opens an active valve whose setting makes the equations of its node
    /// contradict each other. Says whether there was one.
    fn release_valve(&self, state: &mut State, node: NodeIndex) -> bool {
        for &link in &self.plan.regulators {
            let link = link as usize;
            let definition = &self.network.links[link];
            if definition.start != node && definition.end != node {
                continue;
            }
            let Element::Valve(valve) = &definition.element else {
                continue;
            };
            if !self.valve(state, link, valve.kind).is_holding() {
                return false;
            }
            state.links.status[link] = match valve.kind {
                ValveKind::FlowControl => Status::FlowUnmet,
                _ => Status::PressureUnmet,
            };
            return true;
        }
        false
    }

    /// Gives every pump whose head is far off its curve its design flow again.
    /// Says whether there was one.
    fn leave_false_roots(&self, state: &mut State) -> bool {
        let mut found = false;
        for pump in &self.plan.pumps {
            let link = pump.link as usize;
            let speed = state.links.setting[link].unwrap_or(0.0);
            if state.links.status[link].is_closed() || speed <= 0.0 {
                continue;
            }
            let Some(loss) = self.loss(state, link) else {
                continue;
            };
            let ends = self.plan.ends[link];
            let present = state.head[ends.start as usize] - state.head[ends.end as usize];
            let allowed = PUMP_RESIDUAL * loss.head.abs() + 10.0 * HEAD_TOLERANCE;
            let missing = (present - loss.head).abs();
            if missing.is_nan() || missing > allowed {
                state.links.flow[link] = speed * pump.law.design_flow();
                found = true;
            }
        }
        found
    }

    /// Takes away what is left of the nodes' imbalance, with the matrix of the last
    /// trial. A trial leaves little, but the flow of a valve that holds a head
    /// lags one trial behind that of its node.
    fn balance_nodes(&self, state: &mut State) {
        let mut flows = std::mem::take(&mut state.links.flow);
        for _ in 0..BALANCING_ROUNDS {
            let (worst, allowed) = self.imbalance(state, &mut flows);
            if worst.is_nan() || worst <= allowed {
                break;
            }
            self.correct_heads(state);
            for (head, change) in state.head.iter_mut().zip(&state.right) {
                *head += change;
            }
            self.correct_flows(state, &mut flows);
            for outlet in &mut state.outlets {
                outlet.flow += outlet.conductance * state.right[outlet.row as usize];
            }
        }
        state.links.flow = flows;
    }

    /// Balances the flows of open links without those of closed ones, which supply
    /// nothing. Where a closed link supplies a demand that nothing else does,
    /// nothing balances, and the flows stay as they are.
    pub(super) fn balance_shown(&self, state: &mut State, flows: &mut [f64]) {
        if !state.links.status.iter().any(|status| status.is_closed()) {
            return;
        }
        let (first, allowed) = self.imbalance(state, flows);
        let mut worst = first;
        for _ in 0..BALANCING_ROUNDS {
            if worst <= allowed {
                return;
            }
            self.correct_heads(state);
            self.correct_flows(state, flows);
            for (flow, status) in flows.iter_mut().zip(&state.links.status) {
                if status.is_closed() {
                    *flow = 0.0;
                }
            }
            (worst, _) = self.imbalance(state, flows);
        }
        if worst.is_nan() || worst > 0.5 * first {
            state.links.write_open_flows(flows);
        }
    }

    /// Writes what every node is out of balance by to the right side, and lets the
    /// valves that hold a head take theirs. Returns the largest of the rest, and
    /// how much is let be, m³/s.
    fn imbalance(&self, state: &mut State, flows: &mut [f64]) -> (f64, f64) {
        self.node_balances(state, flows);
        let at_sources = self.plan.source_links.iter();
        let total: f64 = at_sources.map(|at| flows[at.link as usize].abs()).sum();
        for &link in &self.plan.regulators {
            self.settle_holding_valve(state, flows, link as usize);
        }
        let junctions = &state.right[..self.network.junctions.len()];
        let worst = (junctions.iter()).fold(0.0_f64, |worst, left| worst.max(left.abs()));
        (worst, BALANCED * total)
    }

    /// Turns the imbalances on the right side into the change of the heads that
    /// takes them away.
    fn correct_heads(&self, state: &mut State) {
        self.plan
            .symbolic
            .solve_again(&state.matrix, &mut state.right);
        state.right[self.network.junctions.len()..].fill(0.0);
    }

    /// Adds what the change of the heads on the right side makes of every flow.
    fn correct_flows(&self, state: &State, flows: &mut [f64]) {
        let flows = flows.iter_mut().zip(&state.links.conductance);
        for ((flow, conductance), ends) in flows.zip(&self.plan.ends) {
            let drive = state.right[ends.start as usize] - state.right[ends.end as usize];
            *flow += conductance * drive;
        }
    }

    /// Writes the net inflow of every row to the right side, m³/s.
    fn node_balances(&self, state: &mut State, flows: &[f64]) {
        let right = &mut state.right;
        right.fill(0.0);
        for (flow, ends) in flows.iter().zip(&self.plan.ends) {
            right[ends.start as usize] -= flow;
            right[ends.end as usize] += flow;
        }
        let driven = state.pressure_driven();
        for (left, &demand) in state.right.iter_mut().zip(&state.demand) {
            if !driven || demand <= 0.0 {
                *left -= demand;
            }
        }
        for outlet in &state.outlets {
            state.right[outlet.row as usize] -= outlet.flow;
        }
    }

    /// Lets what is left at the node that a valve holds flow through the valve.
    fn settle_holding_valve(&self, state: &mut State, flows: &mut [f64], link: LinkIndex) {
        let Element::Valve(valve) = &self.network.links[link].element else {
            return;
        };
        if !self.valve(state, link, valve.kind).is_holding() {
            return;
        }
        let ends = self.plan.ends[link];
        let (held, other, sign) = match valve.kind {
            ValveKind::PressureReducing => (ends.end as usize, ends.start as usize, -1.0),
            ValveKind::PressureSustaining => (ends.start as usize, ends.end as usize, 1.0),
            _ => return,
        };
        let left = std::mem::take(&mut state.right[held]);
        flows[link] += sign * left;
        state.right[other] += left;
    }

    /// Net inflow of every source from the open links there.
    fn sum_inflows(&self, state: &mut State) {
        state.inflow.fill(0.0);
        for at in &self.plan.source_links {
            let link = at.link as usize;
            if !state.links.status[link].is_closed() {
                state.inflow[at.source as usize] += at.sign * state.links.flow[link];
            }
        }
    }

    /// Looks at every link's energy and every junction's mass.
    pub(super) fn audit(&self, state: &mut State, balance: &mut Balance) {
        (balance.energy_residual, balance.energy_link) = self.energy_residual(state);
        let flows = std::mem::take(&mut state.links.flow);
        self.node_balances(state, &flows);
        state.links.flow = flows;
        (balance.mass_residual, balance.mass_node) = (0.0, None);
        for row in 0..self.network.junctions.len() {
            let residual = state.right[row].abs();
            if residual.is_nan() || residual > balance.mass_residual {
                balance.mass_residual = residual;
                balance.mass_node = Some(self.plan.node[row] as usize);
            }
        }
    }

    /// The largest difference of an open link's head loss from its law, and where.
    fn energy_residual(&self, state: &State) -> (f64, Option<LinkIndex>) {
        let mut worst = (0.0, None);
        for link in 0..self.network.links.len() {
            if state.links.status[link].is_closed() {
                continue;
            }
            let Some(loss) = self.loss(state, link) else {
                continue;
            };
            let ends = self.plan.ends[link];
            let present = state.head[ends.start as usize] - state.head[ends.end as usize];
            let residual = (present - loss.head).abs();
            if residual.is_nan() || residual > worst.0 {
                worst = (residual, Some(link));
            }
        }
        worst
    }
}
