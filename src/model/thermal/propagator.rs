//! Exponential integration of small and medium networks, with dense operators.
//!
//! Inputs are constant over a step, so a network without radiation is advanced
//! exactly: one product of a cached matrix with the states, boundary
//! temperatures and source heat flows.
//!
//! Radiation is split into a conductance, frozen at some state and folded into
//! the matrix, and the remainder `r(y)`, one number per link. The remainder is
//! treated by the third-order exponential Runge-Kutta method of Cox and
//! Matthews (2002, "Exponential time differencing for stiff systems"): values
//! at the start, middle and end of the step are joined by a parabola and
//! integrated exactly against the matrix exponential. The difference to a
//! straight line through the first two is the error estimate. A step that fails
//! it freezes the conductances anew if they have drifted, and is cut in halves
//! otherwise; operators are kept for each halving. Where three halvings are not
//! enough, radiation rules and the implicit method, which treats it implicitly,
//! is the better tool: it takes over for a while.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::audit::HeatAudit;
use super::dense::{Operator, Square};
use super::exponential::ExponentialIntegrals;
use super::implicit::{Implicit, ImplicitState};
use super::ladder::Ladders;
use super::network::{Network, Node};
use super::solver::{StepError, check_finite, check_states};

/// Relative drift of a radiating body's temperature that makes freezing the
/// conductances anew worth the new operators when a step fails. They go with the
/// third power, so this is about 5 % of a conductance.
const DRIFT: f64 = 0.016;
/// The same when steps do not fail, about half of a conductance: far from where
/// it was frozen it spoils the method's order.
const FAR_DRIFT: f64 = 0.15;
/// Halvings of the step before the implicit method takes over.
const FINEST: u32 = 3;
/// For how many steps it then does.
const TAKEN_OVER: u32 = 16;
/// A step is doubled again when its error is this far below the tolerance; the
/// estimate grows about eightfold with each doubling.
const COARSEN: f64 = 1.0 / 16.0;

/// One radiation link, prepared for evaluation. The ends are positions in
/// [`Work::nodes`].
#[derive(Clone, Debug)]
struct Link {
    a: usize,
    b: usize,
    coefficient: f64,
    /// The conductance frozen into the operators, in W/K.
    conductance: f64,
}

/// The operators of one substep size.
#[derive(Debug)]
struct Level {
    /// From states, boundaries, sources and remainder at the start to: all
    /// states at the end with the remainder held, then the radiating bodies in
    /// the middle.
    base: Operator,
    /// From the remainder's change up to the middle to: its linear effect on all
    /// states at the end, then the radiating bodies at the end if the change
    /// acted over the whole step.
    slope: Operator,
    /// From the remainder's second difference to its effect on all states.
    curvature: Operator,
}

/// The operators that give the mean state over one substep.
#[derive(Debug)]
struct MeanLevel {
    base: Operator,
    slope: Operator,
    curvature: Operator,
}

/// The operators of one step size, by number of halvings.
#[derive(Clone, Debug, Default)]
struct Rungs {
    levels: [Option<Arc<Level>>; FINEST as usize + 1],
    means: [Option<Arc<MeanLevel>>; FINEST as usize + 1],
}

/// Buffers of a step, so that it allocates nothing.
#[derive(Clone, Debug, Default)]
struct Work {
    /// States, boundary temperatures, source heat flows, remainder at the start.
    input: Vec<f64>,
    /// Temperatures of the radiating bodies, then of the boundaries.
    nodes: Vec<f64>,
    base: Vec<f64>,
    slope: Vec<f64>,
    curvature: Vec<f64>,
    middle: Vec<f64>,
    end: Vec<f64>,
    shifted: Vec<f64>,
    mean: Vec<f64>,
    mean_part: Vec<f64>,
}

/// The dense exponential integrator of one network.
#[derive(Clone, Debug)]
pub(crate) struct Propagator {
    tolerance: f64,
    states: usize,
    boundaries: usize,
    sources: usize,
    /// The bodies at the ends of radiation links, each once.
    radiating: Vec<usize>,
    links: Vec<Link>,
    /// Whether `links` hold conductances frozen at some state yet.
    frozen: bool,
    /// Temperatures of the radiating bodies at which they were.
    frozen_at: Vec<f64>,
    ladders: Ladders<Rungs>,
    level: u32,
    /// Advances the steps that radiation rules.
    implicit: Option<Box<Implicit>>,
    /// Steps left to the implicit method.
    taken_over: u32,
    work: Work,
}

/// What an integrator has come to on its way, beside the temperatures: at which
/// temperatures radiation is frozen, and how finely steps are cut. The operators
/// follow from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PropagatorState {
    conductances: Vec<f64>,
    frozen: bool,
    frozen_at: Vec<f64>,
    level: u32,
    implicit: Option<ImplicitState>,
    taken_over: u32,
}

impl Propagator {
    /// What it has come to.
    pub(super) fn state(&self) -> PropagatorState {
        PropagatorState {
            conductances: self.links.iter().map(|link| link.conductance).collect(),
            frozen: self.frozen,
            frozen_at: self.frozen_at.clone(),
            level: self.level,
            implicit: self.implicit.as_ref().map(|implicit| implicit.state()),
            taken_over: self.taken_over,
        }
    }

    /// Goes on from what another of the same network had come to; says whether it
    /// can be of the same network.
    pub(super) fn go_on_from(&mut self, network: &Network, state: PropagatorState) -> bool {
        let expected = if state.frozen {
            self.radiating.len()
        } else {
            0
        };
        if state.conductances.len() != self.links.len()
            || state.frozen_at.len() != expected
            || state.level > FINEST
        {
            return false;
        }
        for (link, conductance) in self.links.iter_mut().zip(state.conductances) {
            link.conductance = conductance;
        }
        self.frozen = state.frozen;
        self.frozen_at = state.frozen_at;
        self.level = state.level;
        self.taken_over = state.taken_over;
        self.ladders.clear();
        self.implicit = None;
        state.implicit.is_none_or(|of_implicit| {
            let mut implicit = Implicit::new(network, self.tolerance);
            let fits = implicit.go_on_from(of_implicit);
            self.implicit = Some(Box::new(implicit));
            fits
        })
    }

    /// Prepares the integrator; operators are made when first needed.
    pub(crate) fn new(network: &Network, tolerance: f64) -> Self {
        let mut radiating: Vec<usize> = (network.radiations().iter())
            .flat_map(|link| [link.a, link.b])
            .filter_map(|node| match node {
                Node::Body(body) => Some(body),
                Node::Boundary(_) => None,
            })
            .collect();
        radiating.sort_unstable();
        radiating.dedup();
        let position = |node: Node| match node {
            // Every body at an end of a link was collected above.
            Node::Body(body) => radiating.partition_point(|&other| other < body),
            Node::Boundary(boundary) => radiating.len() + boundary,
        };
        let links: Vec<Link> = (network.radiations().iter())
            .map(|link| Link {
                a: position(link.a),
                b: position(link.b),
                coefficient: link.coefficient,
                conductance: 0.0,
            })
            .collect();
        let (states, boundaries) = (network.state_count(), network.boundary_count());
        let sources = network.sources().len();
        let inputs = states + boundaries + sources + links.len();
        let tall = Operator::padded(states + radiating.len());
        let wide = Operator::padded(states);
        let work = Work {
            input: vec![0.0; inputs],
            nodes: vec![0.0; radiating.len() + boundaries],
            base: vec![0.0; tall],
            slope: vec![0.0; tall],
            curvature: vec![0.0; wide],
            middle: vec![0.0; links.len()],
            end: vec![0.0; links.len()],
            shifted: vec![0.0; inputs],
            mean: vec![0.0; wide],
            mean_part: vec![0.0; wide],
        };
        Self {
            tolerance,
            states,
            boundaries,
            sources,
            radiating,
            links,
            frozen: false,
            frozen_at: Vec::new(),
            ladders: Ladders::default(),
            level: 0,
            implicit: None,
            taken_over: 0,
            work,
        }
    }

    /// Uses another tolerance \[K] from here on.
    pub(crate) fn set_tolerance(&mut self, tolerance: f64) {
        self.tolerance = tolerance;
        if let Some(implicit) = &mut self.implicit {
            implicit.set_tolerance(tolerance);
        }
    }

    /// Advances `states` by `step` seconds. The slices have the network's
    /// lengths and hold finite numbers, `step` is positive; the solver checked.
    /// On an error the states are as before.
    #[inline]
    pub(crate) fn advance(
        &mut self,
        network: &Network,
        step: f64,
        states: &mut [f64],
        boundaries: &[f64],
        heat: &[f64],
        audit: Option<&mut HeatAudit>,
    ) -> Result<(), StepError> {
        if self.taken_over > 0
            && let Some(implicit) = &mut self.implicit
        {
            self.taken_over -= 1;
            return implicit.advance(network, step, states, boundaries, heat, audit);
        }
        self.load(states, boundaries, heat)?;
        if self.links.is_empty() {
            self.choose_step(step);
            self.prepare(network, 0);
            if let Some(level) = &self.ladders.rungs().levels[0] {
                level.base.apply(&self.work.input, &mut self.work.base);
            }
            check_states(&self.work.base[..self.states])?;
            if let Some(audit) = audit {
                self.prepare_mean(network, 0);
                self.account(network, 0, audit);
            }
            states.copy_from_slice(&self.work.base[..self.states]);
        } else {
            self.advance_radiating(network, step, boundaries, heat, audit)?;
            states.copy_from_slice(&self.work.input[..self.states]);
        }
        Ok(())
    }

    /// Copies the arguments of a step to where the operators want them, and
    /// checks on the way that they are finite: zero times a finite number is
    /// zero, times anything else it is NaN.
    #[inline]
    fn load(&mut self, states: &[f64], boundaries: &[f64], heat: &[f64]) -> Result<(), StepError> {
        let (first, rest) = self.work.input.split_at_mut(self.states);
        let (second, third) = rest.split_at_mut(self.boundaries);
        let nodes = &mut self.work.nodes[self.radiating.len()..];
        let mut probe = 0.0;
        for (slot, &value) in first.iter_mut().zip(states) {
            *slot = value;
            probe += value * 0.0;
        }
        for ((slot, node), &value) in second.iter_mut().zip(nodes).zip(boundaries) {
            *slot = value;
            *node = value;
            probe += value * 0.0;
        }
        for (slot, &value) in third.iter_mut().zip(heat) {
            *slot = value;
            probe += value * 0.0;
        }
        if probe == 0.0 {
            Ok(())
        } else {
            check_finite(states, boundaries, heat)
        }
    }

    fn advance_radiating(
        &mut self,
        network: &Network,
        step: f64,
        boundaries: &[f64],
        heat: &[f64],
        mut audit: Option<&mut HeatAudit>,
    ) -> Result<(), StepError> {
        self.gather();
        if !self.frozen || self.drifted(FAR_DRIFT) {
            self.freeze();
        }
        self.choose_step(step);
        const END: u64 = 1 << FINEST;
        let mut position = 0;
        while position < END {
            let level = self.level;
            self.prepare(network, level);
            let error = self.attempt(level);
            if error <= self.tolerance {
                check_states(&self.work.base[..self.states])?;
                if let Some(audit) = audit.as_deref_mut() {
                    self.prepare_mean(network, level);
                    self.account(network, level, audit);
                }
                self.work.input[..self.states].copy_from_slice(&self.work.base[..self.states]);
                self.gather();
                position += END >> level;
                if level > 0
                    && error < COARSEN * self.tolerance
                    && position.is_multiple_of(END >> (level - 1))
                {
                    self.level -= 1;
                }
                continue;
            }
            // The attempt left its own temperatures behind.
            self.gather();
            if self.drifted(DRIFT) {
                self.freeze();
                self.choose_step(step);
            } else if level < FINEST {
                self.level += 1;
            } else {
                let implicit = self
                    .implicit
                    .get_or_insert_with(|| Box::new(Implicit::new(network, self.tolerance)));
                let states = &mut self.work.input[..self.states];
                let audit = audit.as_deref_mut();
                implicit.advance(
                    network,
                    self.ladders.substep(level),
                    states,
                    boundaries,
                    heat,
                    audit,
                )?;
                self.taken_over = TAKEN_OVER;
                position += END >> level;
                self.gather();
            }
        }
        Ok(())
    }

    /// Tries one substep from `work.input` and `work.nodes`, leaves the new states in
    /// `work.base`, the remainder's change in `work.middle` and its second
    /// difference in `work.end`, and returns the estimated error in K.
    #[inline]
    fn attempt(&mut self, level: u32) -> f64 {
        let Some(operators) = &self.ladders.rungs().levels[level as usize] else {
            return f64::NAN;
        };
        let work = &mut self.work;
        let states = self.states;
        let first = self.states + self.boundaries + self.sources;

        remainders(&self.links, &work.nodes, &mut work.input[first..]);
        operators.base.apply(&work.input, &mut work.base);

        let radiating = self.radiating.len();
        for (node, middle) in work
            .nodes
            .iter_mut()
            .zip(&work.base[states..states + radiating])
        {
            // Adding zero changes nothing; a bare copy of these few numbers
            // becomes a call that costs more than all of this.
            *node = middle + 0.0;
        }
        remainders(&self.links, &work.nodes, &mut work.middle);
        for (middle, start) in work.middle.iter_mut().zip(&work.input[first..]) {
            *middle -= start;
        }
        operators.slope.apply(&work.middle, &mut work.slope);

        for (index, &body) in self.radiating.iter().enumerate() {
            work.nodes[index] = work.base[body] + work.slope[states + index];
        }
        remainders(&self.links, &work.nodes, &mut work.end);
        for ((end, start), change) in (work.end.iter_mut())
            .zip(&work.input[first..])
            .zip(&work.middle)
        {
            // start - 2 middle + end, where middle = start + change
            *end = (*end - start) - 2.0 * change;
        }
        operators.curvature.apply(&work.end, &mut work.curvature);

        let mut error = 0.0_f64;
        for ((base, slope), curvature) in (work.base[..states].iter_mut())
            .zip(&work.slope[..states])
            .zip(&work.curvature[..states])
        {
            *base += slope + curvature;
            error = error.max(curvature.abs());
            // `max` drops a NaN, which must not pass for a small error.
            if curvature.is_nan() {
                return f64::NAN;
            }
        }
        error
    }

    /// Adds the substep just made to the audit.
    fn account(&mut self, network: &Network, level: u32, audit: &mut HeatAudit) {
        let Some(means) = &self.ladders.rungs().means[level as usize] else {
            return;
        };
        let substep = self.ladders.substep(level);
        let work = &mut self.work;
        // Temperatures relative to the first state: only differences carry heat,
        // and small numbers round less.
        let temperatures = self.states + self.boundaries;
        let reference = work.input.first().copied().unwrap_or(0.0);
        work.shifted.copy_from_slice(&work.input);
        for temperature in &mut work.shifted[..temperatures] {
            *temperature -= reference;
        }
        means.base.apply(&work.shifted, &mut work.mean);
        for (operator, differences) in [(&means.slope, &work.middle), (&means.curvature, &work.end)]
        {
            operator.apply(differences, &mut work.mean_part);
            for (mean, part) in work.mean.iter_mut().zip(&work.mean_part) {
                *mean += part;
            }
        }
        let boundaries = &work.shifted[self.states..temperatures];
        for (heat, link) in audit.conductances.iter_mut().zip(network.conductances()) {
            let difference = network.temperature(link.a, &work.mean, boundaries)
                - network.temperature(link.b, &work.mean, boundaries);
            *heat += substep * (link.conductance * difference);
        }
        let first = temperatures + self.sources;
        for (index, link) in network.radiations().iter().enumerate() {
            let difference = network.temperature(link.a, &work.mean, boundaries)
                - network.temperature(link.b, &work.mean, boundaries);
            // Mean of the parabola through the remainder's three values.
            let remainder = work.input[first + index] + work.middle[index] + work.end[index] / 6.0;
            audit.radiations[index] +=
                substep * (self.links[index].conductance * difference + remainder);
        }
        for (heat, source) in audit
            .sources
            .iter_mut()
            .zip(&work.input[temperatures..first])
        {
            *heat += substep * source;
        }
        audit.duration += substep;
    }

    /// Freezes the conductances of the radiation links at the temperatures in
    /// `work.nodes` and drops the operators made with the old ones.
    fn freeze(&mut self) {
        for link in &mut self.links {
            link.conductance = tangent(link, &self.work.nodes, self.radiating.len());
        }
        self.frozen = true;
        self.frozen_at.clear();
        self.frozen_at
            .extend_from_slice(&self.work.nodes[..self.radiating.len()]);
        self.ladders.clear();
    }

    /// Whether a radiating body's temperature, in `work.nodes`, is further than
    /// `limit`, relatively, from where the conductances were frozen.
    #[inline]
    fn drifted(&self, limit: f64) -> bool {
        (self.work.nodes.iter().zip(&self.frozen_at))
            .any(|(now, frozen)| (now - frozen).abs() > limit * now)
    }

    /// Copies the radiating bodies' temperatures from `work.input` to
    /// `work.nodes`.
    #[inline]
    fn gather(&mut self) {
        for (node, &body) in self.work.nodes.iter_mut().zip(&self.radiating) {
            *node = self.work.input[body];
        }
    }

    /// Makes the ladder of `step` the current one.
    #[inline]
    fn choose_step(&mut self, step: f64) {
        self.ladders.choose(step, Rungs::default);
    }

    /// Makes sure the operators of `level` exist.
    #[inline]
    fn prepare(&mut self, network: &Network, level: u32) {
        if self.ladders.rungs().levels[level as usize].is_none() {
            let operators = self.build(network, level);
            self.ladders.rungs_mut().levels[level as usize] = Some(Arc::new(operators));
        }
    }

    fn prepare_mean(&mut self, network: &Network, level: u32) {
        if self.ladders.rungs().means[level as usize].is_none() {
            let operators = self.build_means(network, level);
            self.ladders.rungs_mut().means[level as usize] = Some(Arc::new(operators));
        }
    }

    #[cold]
    fn build(&self, network: &Network, level: u32) -> Level {
        let substep = self.ladders.substep(level);
        let columns = Columns::new(self, network);
        let links = self.links.len();
        if links == 0 {
            let whole = ExponentialIntegrals::new(&columns.rates, substep, 1);
            let base = columns.base(&whole, 0, 1.0);
            return Level {
                base: Operator::from_fn(self.states, columns.count(), |row, column| {
                    base[row * columns.count() + column]
                }),
                slope: Operator::from_fn(0, 0, |_, _| 0.0),
                curvature: Operator::from_fn(0, 0, |_, _| 0.0),
            };
        }
        let half = ExponentialIntegrals::new(&columns.rates, 0.5 * substep, 3);
        let whole = half.doubled(&columns.rates.leak);
        let end = columns.base(&whole, 0, 1.0);
        let middle = columns.base(&half, 0, 1.0);
        let held = columns.links(whole.integral(1));
        let second = columns.links(whole.integral(2));
        let third = columns.links(whole.integral(3));
        let rows = self.states + self.radiating.len();
        let count = columns.count();
        Level {
            base: Operator::from_fn(rows, count, |row, column| {
                if row < self.states {
                    end[row * count + column]
                } else {
                    middle[self.radiating[row - self.states] * count + column]
                }
            }),
            slope: Operator::from_fn(rows, links, |row, link| {
                2.0 * if row < self.states {
                    second[row * links + link] / substep
                } else {
                    held[self.radiating[row - self.states] * links + link]
                }
            }),
            curvature: Operator::from_fn(self.states, links, |row, link| {
                let at = row * links + link;
                (4.0 * third[at] / substep - second[at]) / substep
            }),
        }
    }

    #[cold]
    fn build_means(&self, network: &Network, level: u32) -> MeanLevel {
        let substep = self.ladders.substep(level);
        let columns = Columns::new(self, network);
        let links = self.links.len();
        let order = if links == 0 { 2 } else { 4 };
        let whole = ExponentialIntegrals::new(&columns.rates, substep, order);
        let base = columns.base(&whole, 1, 1.0 / substep);
        let (third, fourth) = if links == 0 {
            (Vec::new(), Vec::new())
        } else {
            (
                columns.links(whole.integral(3)),
                columns.links(whole.integral(4)),
            )
        };
        let square = substep * substep;
        MeanLevel {
            base: Operator::from_fn(self.states, columns.count(), |row, column| {
                base[row * columns.count() + column]
            }),
            slope: Operator::from_fn(self.states, links, |row, link| {
                2.0 * third[row * links + link] / square
            }),
            curvature: Operator::from_fn(self.states, links, |row, link| {
                let at = row * links + link;
                (4.0 * fourth[at] / substep - third[at]) / square
            }),
        }
    }
}

/// Turns the integrals of the exponential into columns that act on inputs.
struct Columns<'a> {
    network: &'a Network,
    rates: super::exponential::Rates,
    to_boundaries: Vec<f64>,
    inertias: Vec<f64>,
}

impl<'a> Columns<'a> {
    fn new(propagator: &Propagator, network: &'a Network) -> Self {
        let linearised: Vec<f64> = (propagator.links.iter())
            .map(|link| link.conductance)
            .collect();
        let (rates, to_boundaries) = network.rates(&linearised);
        Self {
            network,
            rates,
            to_boundaries,
            inertias: network.inertias(),
        }
    }

    /// Number of columns: states, boundaries, sources, radiation links.
    fn count(&self) -> usize {
        self.network.state_count()
            + self.network.boundary_count()
            + self.network.sources().len()
            + self.network.radiations().len()
    }

    /// `factor * [I(k) | I(k+1) B]`, row by row: the effect of the states and of
    /// inputs held over the step.
    fn base(&self, integrals: &ExponentialIntegrals, k: usize, factor: f64) -> Vec<f64> {
        let (own, held) = (integrals.integral(k), integrals.integral(k + 1));
        let links = self.links(held);
        let link_count = self.network.radiations().len();
        let boundary_count = self.network.boundary_count();
        let mut entries = Vec::with_capacity(own.size() * self.count());
        for row in 0..own.size() {
            entries.extend(own.row(row).iter().map(|entry| factor * entry));
            for boundary in 0..boundary_count {
                let weight: f64 = (held.row(row).iter().enumerate())
                    .map(|(state, i)| i * self.to_boundaries[state * boundary_count + boundary])
                    .sum();
                entries.push(factor * weight);
            }
            for &body in self.network.sources() {
                entries.push(factor * (held.at(row, body) / self.inertias[body]));
            }
            let start = row * link_count;
            entries.extend(links[start..start + link_count].iter().map(|e| factor * e));
        }
        entries
    }

    /// `integral * (effect of one watt through each radiation link)`, row by row.
    fn links(&self, integral: &Square) -> Vec<f64> {
        let effect = |row: usize, node: Node| match node {
            Node::Body(body) => integral.at(row, body) / self.inertias[body],
            Node::Boundary(_) => 0.0,
        };
        (0..integral.size())
            .flat_map(|row| {
                (self.network.radiations().iter())
                    .map(move |link| effect(row, link.b) - effect(row, link.a))
            })
            .collect()
    }
}

/// Heat flow of each link beyond its frozen conductance, in W.
#[inline(always)]
fn remainders(links: &[Link], nodes: &[f64], output: &mut [f64]) {
    for (remainder, link) in output.iter_mut().zip(links) {
        let (a, b) = (nodes[link.a], nodes[link.b]);
        *remainder = (a - b) * (link.coefficient * ((a + b) * (a * a + b * b)) - link.conductance);
    }
}

/// The conductance that stands for a radiation link near the given
/// temperatures: the derivative of its heat flow by the temperature of the body
/// when the other end is given, the mean of both derivatives between two bodies
/// (one value for both keeps heat from being made or lost).
fn tangent(link: &Link, nodes: &[f64], radiating: usize) -> f64 {
    let derivative =
        |node: usize| 4.0 * link.coefficient * (nodes[node] * nodes[node] * nodes[node]);
    match (link.a < radiating, link.b < radiating) {
        (true, false) => derivative(link.a),
        (false, true) => derivative(link.b),
        _ => 0.5 * (derivative(link.a) + derivative(link.b)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::network::fourth_power_difference;
    use super::*;

    #[test]
    fn remainder_is_what_the_frozen_conductance_leaves() {
        let link = Link {
            a: 0,
            b: 1,
            coefficient: 2e-9,
            conductance: 0.2,
        };
        let nodes = [350.0, 300.0];
        let mut found = [0.0];
        remainders(&[link], &nodes, &mut found);
        let expected = 2e-9 * fourth_power_difference(350.0, 300.0) - 0.2 * 50.0;
        assert!((found[0] - expected).abs() < 1e-13);
    }
}
