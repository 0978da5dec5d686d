//! Implicit integration of large networks, with sparse factorisations.
//!
//! The singly diagonally implicit Runge-Kutta method SDIRK4 of Hairer and Wanner
//! ("Solving Ordinary Differential Equations II", table 6.5): five stages, fourth
//! order, L-stable and stiffly accurate, with an embedded third-order solution
//! for the error estimate. All stages share one symmetric positive definite
//! matrix `C/(gamma h) + L`, factorised once per substep size; the lags follow
//! stage by stage without a matrix, because they take no heat.
//!
//! Radiation is a conductance frozen into the matrix and a remainder that is
//! iterated in each stage (simplified Newton). When that converges slowly the
//! conductances are frozen anew.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::audit::HeatAudit;
use super::cholesky::{Factor, Symbolic};
use super::ladder::Ladders;
use super::network::{Network, Node, fourth_power_difference};
use super::solver::{StepError, check_states};

const STAGES: usize = 5;
/// Diagonal of the tableau.
const GAMMA: f64 = 0.25;
/// Tableau below the diagonal; the weights are the last row with [`GAMMA`].
const TABLEAU: [[f64; STAGES]; STAGES] = [
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [0.5, 0.0, 0.0, 0.0, 0.0],
    [17.0 / 50.0, -1.0 / 25.0, 0.0, 0.0, 0.0],
    [371.0 / 1360.0, -137.0 / 2720.0, 15.0 / 544.0, 0.0, 0.0],
    [25.0 / 24.0, -49.0 / 48.0, 125.0 / 16.0, -85.0 / 12.0, 0.0],
];
const WEIGHTS: [f64; STAGES] = [25.0 / 24.0, -49.0 / 48.0, 125.0 / 16.0, -85.0 / 12.0, 0.25];
/// Weights minus those of the embedded third-order solution.
const ERROR_WEIGHTS: [f64; STAGES] = [-3.0 / 16.0, -27.0 / 32.0, 25.0 / 32.0, 0.0, 0.25];

/// Halvings of the step before giving up.
const FINEST: u32 = 60;
/// A step is doubled again when its error is this far below the tolerance; the
/// estimate grows about sixteenfold with each doubling.
const COARSEN: f64 = 1.0 / 32.0;
/// Corrections of a stage before the substep counts as failed.
const CORRECTIONS: usize = 8;
/// A stage is converged when its correction is below this part of the tolerance,
/// or of 1e-7 K when the tolerance is coarser.
const STAGE_TOLERANCE: f64 = 0.01;
/// Relative drift of a frozen conductance that makes freezing it anew worthwhile.
const DRIFT: f64 = 0.05;

/// Factorisations of one step size, by number of halvings.
type Rungs = Vec<Option<Arc<Factor>>>;

/// Outcome of trying one substep.
enum Attempt {
    /// Made, with this error estimate in K.
    Made(f64),
    /// A stage did not converge.
    Diverged,
}

/// The sparse implicit integrator of one network.
#[derive(Clone, Debug)]
pub(crate) struct Implicit {
    tolerance: f64,
    inertias: Vec<f64>,
    lag_rates: Vec<f64>,
    symbolic: Arc<Symbolic>,
    /// Conductance frozen for each radiation link, in W/K.
    frozen: Vec<f64>,
    ready: bool,
    ladders: Ladders<Rungs>,
    level: u32,
    // Buffers of a step. `stages` holds for each stage the temperature change of
    // all states since the start of the substep, `flows` the rate of each: net
    // heat flow in W for bodies, K/s for lags.
    now: Vec<f64>,
    next: Vec<f64>,
    base_flow: Vec<f64>,
    stages: [Vec<f64>; STAGES],
    flows: [Vec<f64>; STAGES],
    /// Remainder of each radiation link in each stage, in W.
    remainders: [Vec<f64>; STAGES],
    residual: Vec<f64>,
    scratch: Vec<f64>,
}

/// What an integrator has come to on its way, beside the temperatures. What it has
/// prepared follows from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ImplicitState {
    frozen: Vec<f64>,
    ready: bool,
    level: u32,
}

impl Implicit {
    /// What it has come to.
    pub(super) fn state(&self) -> ImplicitState {
        ImplicitState {
            frozen: self.frozen.clone(),
            ready: self.ready,
            level: self.level,
        }
    }

    /// Goes on from what another of the same network had come to; says whether it
    /// can be of the same network.
    pub(super) fn go_on_from(&mut self, state: ImplicitState) -> bool {
        let fits = state.frozen.len() == self.frozen.len() && state.level <= FINEST;
        if fits {
            self.frozen = state.frozen;
            self.ready = state.ready;
            self.level = state.level;
            self.ladders.clear();
        }
        fits
    }

    /// Analyses the network; factorisations are made when first needed.
    pub(crate) fn new(network: &Network, tolerance: f64) -> Self {
        let bodies = network.body_count();
        let states = network.state_count();
        let links = network.radiations().len();
        let pairs: Vec<(usize, usize)> = body_pairs(network).collect();
        let states_buffer = || vec![0.0; states];
        Self {
            tolerance,
            inertias: network.inertias(),
            lag_rates: (0..network.lags().len())
                .map(|lag| network.lag_rate(lag))
                .collect(),
            symbolic: Arc::new(Symbolic::new(bodies, &pairs)),
            frozen: vec![0.0; links],
            ready: links == 0,
            ladders: Ladders::default(),
            level: 0,
            now: states_buffer(),
            next: states_buffer(),
            base_flow: vec![0.0; bodies],
            stages: std::array::from_fn(|_| states_buffer()),
            flows: std::array::from_fn(|_| states_buffer()),
            remainders: std::array::from_fn(|_| vec![0.0; links]),
            residual: vec![0.0; bodies],
            scratch: vec![0.0; bodies],
        }
    }

    /// Uses another tolerance \[K] from here on.
    pub(crate) fn set_tolerance(&mut self, tolerance: f64) {
        self.tolerance = tolerance;
    }

    /// Advances `states` by `step` seconds; the solver checked the arguments. On
    /// an error the states are as before.
    pub(crate) fn advance(
        &mut self,
        network: &Network,
        step: f64,
        states: &mut [f64],
        boundaries: &[f64],
        heat: &[f64],
        mut audit: Option<&mut HeatAudit>,
    ) -> Result<(), StepError> {
        self.now.copy_from_slice(states);
        if !self.ready {
            self.freeze(network, boundaries);
        }
        self.choose_step(step);
        const END: u64 = 1 << FINEST;
        let mut position = 0;
        while position < END {
            let level = self.level;
            self.prepare(network, level);
            let outcome = self.attempt(network, level, boundaries, heat);
            let error = match outcome {
                Attempt::Made(error) => error,
                Attempt::Diverged => f64::NAN,
            };
            if error <= self.tolerance {
                check_states(&self.next)?;
                if let Some(audit) = audit.as_deref_mut() {
                    self.account(network, level, boundaries, heat, audit);
                }
                std::mem::swap(&mut self.now, &mut self.next);
                position += END >> level;
                if level > 0
                    && error < COARSEN * self.tolerance
                    && position.is_multiple_of(END >> (level - 1))
                {
                    self.level -= 1;
                }
            } else if matches!(outcome, Attempt::Diverged) && self.drifted(network, boundaries) {
                self.freeze(network, boundaries);
                self.choose_step(step);
            } else if level < FINEST {
                self.level += 1;
            } else {
                self.level = 0;
                return Err(StepError::Unresolved {
                    substep: step / END as f64,
                    error,
                });
            }
        }
        states.copy_from_slice(&self.now);
        Ok(())
    }

    /// Tries one substep from `now`, leaving the new states in `next`.
    fn attempt(
        &mut self,
        network: &Network,
        level: u32,
        boundaries: &[f64],
        heat: &[f64],
    ) -> Attempt {
        let Some(factor) = self.ladders.rungs()[level as usize].clone() else {
            return Attempt::Diverged;
        };
        let substep = self.ladders.substep(level);
        let bodies = network.body_count();

        // Heat flows at the start that the stages change linearly.
        self.base_flow.fill(0.0);
        for (&body, given) in network.sources().iter().zip(heat) {
            self.base_flow[body] += given;
        }
        let links = linear_links(network, &self.frozen);
        for (a, b, conductance) in links {
            let difference = network.temperature(a, &self.now, boundaries)
                - network.temperature(b, &self.now, boundaries);
            carry(&mut self.base_flow, a, b, conductance * difference);
        }
        self.remainders_at(network, boundaries, &[], 0);

        for stage in 0..STAGES {
            if stage > 0 {
                let (before, rest) = self.remainders.split_at_mut(stage);
                rest[0].copy_from_slice(&before[stage - 1]);
            }
            if !self.solve_stage(network, stage, substep, boundaries, &factor) {
                return Attempt::Diverged;
            }
            self.follow_lags(network, stage, substep, boundaries);
        }

        // Stiffly accurate: the last stage is the solution.
        for ((next, now), change) in
            (self.next.iter_mut().zip(&self.now)).zip(&self.stages[STAGES - 1])
        {
            *next = now + change;
        }
        Attempt::Made(self.error_estimate(bodies, substep, &factor))
    }

    /// Solves one stage for the bodies; returns whether radiation converged.
    fn solve_stage(
        &mut self,
        network: &Network,
        stage: usize,
        substep: f64,
        boundaries: &[f64],
        factor: &Factor,
    ) -> bool {
        let bodies = network.body_count();
        self.residual.copy_from_slice(&self.base_flow);
        for (earlier, weight) in TABLEAU[stage][..stage].iter().enumerate() {
            let weight = weight / GAMMA;
            for (residual, flow) in self.residual.iter_mut().zip(&self.flows[earlier]) {
                *residual += weight * flow;
            }
        }
        for (link, remainder) in network.radiations().iter().zip(&self.remainders[stage]) {
            carry(&mut self.residual, link.a, link.b, *remainder);
        }
        self.symbolic
            .solve(factor, &mut self.residual, &mut self.scratch);
        self.stages[stage][..bodies].copy_from_slice(&self.residual);

        let mut converged = self.frozen.is_empty();
        for _ in 0..CORRECTIONS {
            if converged {
                break;
            }
            // The residual of the nonlinear equation is the change of the
            // remainders; the frozen matrix turns it into a correction.
            let change = std::mem::take(&mut self.stages[stage]);
            self.residual.fill(0.0);
            for (index, link) in network.radiations().iter().enumerate() {
                let remainder = remainder(
                    network,
                    index,
                    self.frozen[index],
                    &self.now,
                    &change,
                    boundaries,
                );
                let step = remainder - self.remainders[stage][index];
                carry(&mut self.residual, link.a, link.b, step);
                self.remainders[stage][index] = remainder;
            }
            self.stages[stage] = change;
            self.symbolic
                .solve(factor, &mut self.residual, &mut self.scratch);
            let mut largest = 0.0_f64;
            for (change, correction) in self.stages[stage].iter_mut().zip(&self.residual) {
                *change += correction;
                largest = largest.max(correction.abs());
                if correction.is_nan() {
                    return false;
                }
            }
            converged = largest <= STAGE_TOLERANCE * self.tolerance.min(1e-7);
        }
        if !converged {
            return false;
        }
        // From the stage's own equation rather than from the temperatures:
        // stiff links would magnify their rounding.
        let (earlier, rest) = self.flows.split_at_mut(stage);
        for (body, flow) in rest[0][..bodies].iter_mut().enumerate() {
            let mut sum = self.inertias[body] * self.stages[stage][body] / substep;
            for (flows, weight) in earlier.iter().zip(&TABLEAU[stage]) {
                sum -= weight * flows[body];
            }
            *flow = sum / GAMMA;
        }
        true
    }

    /// One stage of the lags, which need no matrix.
    fn follow_lags(&mut self, network: &Network, stage: usize, substep: f64, boundaries: &[f64]) {
        let bodies = network.body_count();
        for (index, lag) in network.lags().iter().enumerate() {
            let state = bodies + index;
            let target = match lag.node {
                Node::Body(body) => self.now[body] + self.stages[stage][body],
                Node::Boundary(boundary) => boundaries[boundary],
            };
            let mut earlier = 0.0;
            for (flows, weight) in self.flows[..stage].iter().zip(&TABLEAU[stage]) {
                earlier += weight * flows[state];
            }
            let reach = substep * GAMMA * self.lag_rates[index];
            let change = (substep * earlier + reach * (target - self.now[state])) / (1.0 + reach);
            self.stages[stage][state] = change;
            self.flows[stage][state] = (change / substep - earlier) / GAMMA;
        }
    }

    /// The embedded error, damped by the stage matrix so that a fast transient,
    /// which the method damps, does not count as an error (Shampine).
    fn error_estimate(&mut self, bodies: usize, substep: f64, factor: &Factor) -> f64 {
        for (body, residual) in self.residual.iter_mut().enumerate() {
            let sum: f64 = (self.flows.iter().zip(&ERROR_WEIGHTS))
                .map(|(flows, weight)| weight * flows[body])
                .sum();
            *residual = sum / GAMMA;
        }
        self.symbolic
            .solve(factor, &mut self.residual, &mut self.scratch);
        let lags = (self.lag_rates.iter().enumerate()).map(|(index, rate)| {
            let sum: f64 = (self.flows.iter().zip(&ERROR_WEIGHTS))
                .map(|(flows, weight)| weight * flows[bodies + index])
                .sum();
            substep * sum / (1.0 + substep * GAMMA * rate)
        });
        let mut error = 0.0_f64;
        for part in self.residual.iter().copied().chain(lags) {
            if part.is_nan() {
                return f64::NAN;
            }
            error = error.max(part.abs());
        }
        error
    }

    /// Adds the substep just made to the audit: the method's own quadrature.
    fn account(
        &self,
        network: &Network,
        level: u32,
        boundaries: &[f64],
        heat: &[f64],
        audit: &mut HeatAudit,
    ) {
        let substep = self.ladders.substep(level);
        // Mean temperature difference over the substep. The boundaries and the
        // start count once, because the weights sum to one.
        let mean = |node: Node| match node {
            Node::Body(body) => (self.stages.iter().zip(&WEIGHTS))
                .map(|(changes, weight)| weight * changes[body])
                .sum(),
            Node::Boundary(_) => 0.0_f64,
        };
        let difference = |a: Node, b: Node| {
            let start = network.temperature(a, &self.now, boundaries)
                - network.temperature(b, &self.now, boundaries);
            start + (mean(a) - mean(b))
        };
        for (carried, link) in audit.conductances.iter_mut().zip(network.conductances()) {
            *carried += substep * (link.conductance * difference(link.a, link.b));
        }
        for (index, link) in network.radiations().iter().enumerate() {
            let remainder: f64 = (self.remainders.iter().zip(&WEIGHTS))
                .map(|(remainders, weight)| weight * remainders[index])
                .sum();
            audit.radiations[index] +=
                substep * (self.frozen[index] * difference(link.a, link.b) + remainder);
        }
        for (carried, given) in audit.sources.iter_mut().zip(heat) {
            *carried += substep * given;
        }
        audit.duration += substep;
    }

    /// Writes the remainders of a stage at the start plus `change` (none: zero).
    fn remainders_at(
        &mut self,
        network: &Network,
        boundaries: &[f64],
        change: &[f64],
        stage: usize,
    ) {
        for index in 0..self.frozen.len() {
            self.remainders[stage][index] = remainder(
                network,
                index,
                self.frozen[index],
                &self.now,
                change,
                boundaries,
            );
        }
    }

    /// Freezes the radiation conductances at `now` and drops the factorisations.
    fn freeze(&mut self, network: &Network, boundaries: &[f64]) {
        for index in 0..self.frozen.len() {
            self.frozen[index] = tangent(network, index, &self.now, boundaries);
        }
        self.ready = true;
        self.ladders.clear();
    }

    fn drifted(&self, network: &Network, boundaries: &[f64]) -> bool {
        self.frozen.iter().enumerate().any(|(index, frozen)| {
            let now = tangent(network, index, &self.now, boundaries);
            (now - frozen).abs() > DRIFT * now
        })
    }

    fn choose_step(&mut self, step: f64) {
        self.ladders
            .choose(step, || vec![None; FINEST as usize + 1]);
    }

    /// Makes sure the factorisation of `level` exists.
    fn prepare(&mut self, network: &Network, level: u32) {
        if self.ladders.rungs()[level as usize].is_some() {
            return;
        }
        let substep = self.ladders.substep(level);
        let mut diagonal: Vec<f64> = (self.inertias.iter())
            .map(|inertia| inertia / (GAMMA * substep))
            .collect();
        let mut pair_values = Vec::new();
        for (a, b, conductance) in linear_links(network, &self.frozen) {
            for node in [a, b] {
                if let Node::Body(body) = node {
                    diagonal[body] += conductance;
                }
            }
            if let (Node::Body(_), Node::Body(_)) = (a, b) {
                pair_values.push(-conductance);
            }
        }
        let factor = self.symbolic.factorise(&diagonal, &pair_values);
        self.ladders.rungs_mut()[level as usize] = Some(Arc::new(factor));
    }
}

/// All links as conductances: the real ones, then the frozen radiation links.
fn linear_links<'a>(
    network: &'a Network,
    frozen: &'a [f64],
) -> impl Iterator<Item = (Node, Node, f64)> + 'a {
    (network.conductances().iter())
        .map(|link| (link.a, link.b, link.conductance))
        .chain(
            (network.radiations().iter().zip(frozen))
                .map(|(link, &conductance)| (link.a, link.b, conductance)),
        )
}

/// The links between two bodies, in the order of [`linear_links`].
fn body_pairs(network: &Network) -> impl Iterator<Item = (usize, usize)> + '_ {
    let ends = (network.conductances().iter().map(|link| (link.a, link.b)))
        .chain(network.radiations().iter().map(|link| (link.a, link.b)));
    ends.filter_map(|ends| match ends {
        (Node::Body(a), Node::Body(b)) => Some((a, b)),
        _ => None,
    })
}

/// Moves a heat flow from `a` to `b` among the bodies' net heat flows.
fn carry(flows: &mut [f64], a: Node, b: Node, flow: f64) {
    if let Node::Body(body) = a {
        flows[body] -= flow;
    }
    if let Node::Body(body) = b {
        flows[body] += flow;
    }
}

/// Heat flow of a radiation link beyond its frozen conductance, in W, at the
/// temperatures `now + change`.
fn remainder(
    network: &Network,
    index: usize,
    frozen: f64,
    now: &[f64],
    change: &[f64],
    boundaries: &[f64],
) -> f64 {
    let link = network.radiations()[index];
    let temperature = |node: Node| match node {
        Node::Body(body) => now[body] + change.get(body).copied().unwrap_or(0.0),
        Node::Boundary(boundary) => boundaries[boundary],
    };
    let (a, b) = (temperature(link.a), temperature(link.b));
    link.coefficient * fourth_power_difference(a, b) - frozen * (a - b)
}

/// See [`propagator`](super::propagator): one value for both ends.
fn tangent(network: &Network, index: usize, now: &[f64], boundaries: &[f64]) -> f64 {
    let link = network.radiations()[index];
    let derivative = |node: Node| {
        let temperature = network.temperature(node, now, boundaries);
        4.0 * link.coefficient * (temperature * temperature * temperature)
    };
    match (link.a, link.b) {
        (Node::Body(_), Node::Boundary(_)) => derivative(link.a),
        (Node::Boundary(_), Node::Body(_)) => derivative(link.b),
        _ => 0.5 * (derivative(link.a) + derivative(link.b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Conditions of order up to three, and of the embedded solution.
    #[test]
    fn tableau_meets_its_order_conditions() {
        let row = |stage: usize| {
            let mut row = TABLEAU[stage];
            row[stage] = GAMMA;
            row
        };
        let nodes: Vec<f64> = (0..STAGES).map(|stage| row(stage).iter().sum()).collect();
        let close = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-13, "{found} {expected}");
        };
        let sum = |values: &dyn Fn(usize) -> f64| (0..STAGES).map(values).sum::<f64>();
        close(sum(&|i| WEIGHTS[i]), 1.0);
        close(sum(&|i| WEIGHTS[i] * nodes[i]), 0.5);
        close(sum(&|i| WEIGHTS[i] * nodes[i].powi(2)), 1.0 / 3.0);
        close(sum(&|i| WEIGHTS[i] * nodes[i].powi(3)), 0.25);
        let nested = |power: i32| sum(&|i| WEIGHTS[i] * sum(&|j| row(i)[j] * nodes[j].powi(power)));
        close(nested(1), 1.0 / 6.0);
        close(nested(2), 1.0 / 12.0);
        close(
            sum(&|i| WEIGHTS[i] * nodes[i] * sum(&|j| row(i)[j] * nodes[j])),
            0.125,
        );
        for power in 0..3 {
            close(sum(&|i| ERROR_WEIGHTS[i] * nodes[i].powi(power)), 0.0);
        }
        close(
            sum(&|i| ERROR_WEIGHTS[i] * sum(&|j| row(i)[j] * nodes[j])),
            0.0,
        );
    }
}
