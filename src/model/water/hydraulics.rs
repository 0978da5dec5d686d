//! A run on a network: from time zero on, step by step.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::check::{NetworkProblem, check};
use super::constants::{DAY, ZERO_FLOW};
use super::energy::PumpEnergy;
use super::network::{Action, Element, LinkIndex, Network, NodeIndex, Source, When};
use super::options::Unbalanced;
use super::outlet::OutletKind;
use super::plan::{CONSTANT, Plan, clock};
use super::rule::Span;
use super::solve::Balance;
use super::state::State;
use super::trial::Frame;
use crate::model::{ModelError, saved};

/// Steps cut short in a row after which the next ones have a least length: a tank
/// or control that chatters must not bring time to a halt.
const SHORT_STEPS: u32 = 20;
/// A step below this counts as cut short, s.
const SHORT: i64 = 10;
/// Least length of a step while something chatters, s.
const LEAST_STEP: i64 = 60;

/// Why a step could not be solved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HydraulicsError {
    /// The equations of a node have no solution.
    #[error(
        "at {time} s the head of node {node} is not determined: no open link ties it to the \
         rest; check the valves and closed links around it"
    )]
    Undetermined {
        /// Time since the start, s.
        time: i64,
        /// The node.
        node: NodeIndex,
    },
    /// The flows do not settle, and the network says to stop then.
    #[error(
        "at {time} s the flows did not settle within {trials} trials: they still change by \
         {relative_change:.1e} of their sum; look at link {link:?} and node {node:?}, raise the \
         number of trials, or let the run go on unbalanced"
    )]
    Unbalanced {
        /// Time since the start, s.
        time: i64,
        /// Trials taken.
        trials: u32,
        /// Last change of the flows over their sum.
        relative_change: f64,
        /// The link whose head loss is furthest from its law.
        link: Option<LinkIndex>,
        /// The junction whose inflow is furthest from its outflow.
        node: Option<NodeIndex>,
    },
}

/// One step between two solutions, over which flows are constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Time at its start, s since the start of the run.
    pub from: i64,
    /// Length, s; above zero.
    pub seconds: i64,
}

/// A run on a network.
///
/// A clone goes its own way; network, order of elimination and structure are
/// shared. [`solve`](Self::solve) finds heads and flows at the present time,
/// [`advance_to`](Self::advance_to) goes on from event to event.
#[derive(Clone, Debug)]
pub struct Hydraulics {
    pub(super) network: Arc<Network>,
    pub(super) plan: Arc<Plan>,
    pub(super) state: State,
    pub(super) time: i64,
    pub(super) solved: bool,
    pub(super) balance: Balance,
    /// Flow of every link in the last solution, zero where it was closed, m³/s.
    pub(super) shown_flow: Vec<f64>,
    /// Whether those are balanced without what passes closed links.
    pub(super) flows_are_balanced: bool,
    pub(super) balances_every_solution: bool,
    /// Links that follow a command instead of their controls.
    pub(super) commanded: Vec<bool>,
    pub(super) energy: Vec<PumpEnergy>,
    /// Factor on all prices of energy.
    pub(super) price_factor: f64,
    /// Largest power that all pumps drew together, W.
    pub(super) largest_power: f64,
    pub(super) short_steps: u32,
    /// Room for the rules: what each link is told.
    pub(super) chosen: Vec<Option<(usize, Action)>>,
    /// Value of each pattern at the time of the last solution.
    pub(super) pattern_values: Vec<f64>,
}

/// Everything a run holds but what follows from the network.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HydraulicsState {
    state: State,
    time: i64,
    solved: bool,
    balance: Balance,
    shown_flow: Vec<f64>,
    flows_are_balanced: bool,
    balances_every_solution: bool,
    commanded: Vec<bool>,
    energy: Vec<PumpEnergy>,
    price_factor: f64,
    largest_power: f64,
    short_steps: u32,
    pattern_values: Vec<f64>,
}

impl Hydraulics {
    /// Everything this run holds.
    pub(super) fn saved(&self) -> HydraulicsState {
        HydraulicsState {
            state: self.state.clone(),
            time: self.time,
            solved: self.solved,
            balance: self.balance,
            shown_flow: self.shown_flow.clone(),
            flows_are_balanced: self.flows_are_balanced,
            balances_every_solution: self.balances_every_solution,
            commanded: self.commanded.clone(),
            energy: self.energy.clone(),
            price_factor: self.price_factor,
            largest_power: self.largest_power,
            short_steps: self.short_steps,
            pattern_values: self.pattern_values.clone(),
        }
    }

    /// Goes on from what a run on the same network held.
    ///
    /// # Errors
    /// When it can be of no such run.
    pub(super) fn load(&mut self, saved_run: HydraulicsState) -> Result<(), ModelError> {
        let state = saved_run.state;
        let (nodes, links) = (self.state.head.len(), self.state.links.flow.len());
        for (held, of_state) in [
            (nodes, state.head.len()),
            (nodes, state.demand.len()),
            (nodes, state.demand_factor.len()),
            (nodes, state.extra_demand.len()),
        ] {
            saved::check_length("nodes", held, of_state)?;
        }
        saved::check_length("links", links, state.links.flow.len())?;
        saved::check_length("links", links, state.links.status.len())?;
        saved::check_length("sources", self.state.volume.len(), state.volume.len())?;
        self.state = state;
        self.time = saved_run.time;
        self.solved = saved_run.solved;
        self.balance = saved_run.balance;
        saved::take("links", &mut self.shown_flow, saved_run.shown_flow)?;
        self.flows_are_balanced = saved_run.flows_are_balanced;
        self.balances_every_solution = saved_run.balances_every_solution;
        saved::take("links", &mut self.commanded, saved_run.commanded)?;
        saved::take("pumps", &mut self.energy, saved_run.energy)?;
        self.price_factor = saved_run.price_factor;
        self.largest_power = saved_run.largest_power;
        self.short_steps = saved_run.short_steps;
        saved::take(
            "patterns",
            &mut self.pattern_values,
            saved_run.pattern_values,
        )
    }

    /// Prepares a run on a network, at time zero and not solved yet.
    ///
    /// # Errors
    /// Every problem of the network that keeps it from being solved.
    pub fn new(network: Network) -> Result<Self, Vec<NetworkProblem>> {
        let problems = check(&network);
        if !problems.is_empty() {
            return Err(problems);
        }
        let plan = Plan::new(&network);
        let state = State::new(&network, &plan);
        let links = network.links.len();
        let pattern_values = vec![1.0; network.patterns.len()];
        let rules = if network.rules.is_empty() { 0 } else { links };
        Ok(Self {
            energy: vec![PumpEnergy::default(); plan.pumps.len()],
            plan: Arc::new(plan),
            network: Arc::new(network),
            state,
            time: 0,
            solved: false,
            balance: Balance::default(),
            shown_flow: vec![0.0; links],
            flows_are_balanced: false,
            balances_every_solution: false,
            price_factor: 1.0,
            commanded: vec![false; links],
            largest_power: 0.0,
            short_steps: 0,
            chosen: vec![None; rules],
            pattern_values,
        })
    }

    /// Goes back to time zero; what was changed of the network stays changed.
    pub fn restart(&mut self) {
        self.state.restart(&self.network, &self.plan);
        self.time = 0;
        self.solved = false;
        self.short_steps = 0;
        self.largest_power = 0.0;
        self.energy.fill(PumpEnergy::default());
    }

    pub(super) fn frame(&self) -> Frame<'_> {
        Frame {
            network: &self.network,
            plan: &self.plan,
        }
    }

    /// Finds heads and flows at the present time, after the demands and controls
    /// of this time; nothing where they are known and nothing has changed.
    ///
    /// # Errors
    /// Where a node's head is not determined, or where the flows do not settle
    /// and the network says to stop then. The run may go on from there; flows
    /// are those of the last trial.
    pub fn solve(&mut self) -> Result<Balance, HydraulicsError> {
        if self.solved {
            return Ok(self.balance);
        }
        self.set_demands();
        let time = self.time;
        let frame = Frame {
            network: &self.network,
            plan: &self.plan,
        };
        frame.apply_controls(&mut self.state, time, &self.commanded);
        let balance = frame.solve(&mut self.state, &self.commanded);
        self.balance = balance.map_err(|singular| HydraulicsError::Undetermined {
            time,
            node: singular.node,
        })?;
        self.solved = true;
        self.state.links.write_open_flows(&mut self.shown_flow);
        self.flows_are_balanced = false;
        if self.balances_every_solution {
            self.balance_flows();
        }
        if !self.balance.converged && self.network.options.unbalanced == Unbalanced::Stop {
            let balance = self.audited();
            return Err(HydraulicsError::Unbalanced {
                time,
                trials: balance.trials,
                relative_change: balance.relative_change,
                link: balance.energy_link,
                node: balance.mass_node,
            });
        }
        Ok(self.balance)
    }

    /// Balances the flows that the last solution shows. A closed link is a large
    /// resistance, so that a part of the network without a source keeps a head;
    /// what passes it is not shown, and the flows next to it miss as much until
    /// then. Heads and the way to the next solution stay as they are.
    pub fn balance_flows(&mut self) {
        if self.flows_are_balanced || !self.balance.converged {
            return;
        }
        let frame = Frame {
            network: &self.network,
            plan: &self.plan,
        };
        frame.balance_shown(&mut self.state, &mut self.shown_flow);
        self.flows_are_balanced = true;
    }

    /// Whether [`balance_flows`](Self::balance_flows) follows every solution from
    /// here on, as the transport of what water carries wants it. Without, the
    /// last solution of [`advance_to`](Self::advance_to) is balanced.
    pub fn balance_every_solution(&mut self, every: bool) {
        self.balances_every_solution = every;
    }

    /// The balance of the last solution with the residuals of every link and node.
    pub fn audited(&mut self) -> Balance {
        let frame = Frame {
            network: &self.network,
            plan: &self.plan,
        };
        frame.audit(&mut self.state, &mut self.balance);
        self.balance
    }

    /// Solves and goes on, from event to event, until `end` s since the start,
    /// and solves there. `observe` sees every step when it is done: the flows are
    /// those that held over it, the levels those at its end.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn advance_to(
        &mut self,
        end: i64,
        mut observe: impl FnMut(&Self, Interval),
    ) -> Result<(), HydraulicsError> {
        while self.time < end {
            self.solve()?;
            let interval = self.step(end);
            observe(self, interval);
        }
        self.solve()?;
        self.balance_flows();
        Ok(())
    }

    /// Goes on from a solution to the next event, `end` at the latest, without
    /// solving there.
    pub fn step(&mut self, end: i64) -> Interval {
        let from = self.time;
        let seconds = self.next_step(end);
        self.note_powers();
        let seconds = self.move_levels(seconds);
        self.count_energy(seconds);
        self.short_steps = if seconds < SHORT {
            self.short_steps + 1
        } else {
            0
        };
        self.time = from + seconds;
        self.solved = false;
        Interval { from, seconds }
    }

    /// Length of the step that begins now, before rules are looked at, s.
    fn next_step(&self, end: i64) -> i64 {
        let options = &self.network.options;
        let now = self.time;
        let mut longest = options.hydraulic_step.max(1).min((end - now).max(1));
        for pattern in &self.network.patterns {
            longest = longest.min(pattern.until_next(now));
        }
        if options.report_step > 0 {
            longest = longest.min(options.report_step - now.rem_euclid(options.report_step));
        }
        let event = self.time_to_event(longest);
        if self.short_steps >= SHORT_STEPS {
            event.max(LEAST_STEP.min(longest))
        } else {
            event
        }
    }

    /// Time until a tank is full or empty or a control acts, `longest` at most, s.
    fn time_to_event(&self, longest: i64) -> i64 {
        let mut step = longest;
        let junctions = self.network.junctions.len();
        for (source, tank) in self.plan.tanks.iter().enumerate() {
            let Some(tank) = tank else { continue };
            let (head, inflow) = (
                self.state.head[junctions + source],
                self.state.inflow[source],
            );
            if inflow.abs() <= ZERO_FLOW {
                continue;
            }
            let room = if inflow > 0.0 && head < tank.highest {
                tank.most_volume - self.state.volume[source]
            } else if inflow < 0.0 && head > tank.lowest {
                tank.least_volume - self.state.volume[source]
            } else {
                continue;
            };
            let seconds = (room / inflow).round();
            if seconds > 0.0 && seconds < step as f64 {
                step = seconds as i64;
            }
        }
        for control in &self.network.controls {
            if self.commanded[control.link] {
                continue;
            }
            let Some(seconds) = self.time_to_control(&control.when) else {
                continue;
            };
            if seconds > 0 && seconds < step && self.would_change(control.link, control.action) {
                step = seconds;
            }
        }
        step
    }

    fn time_to_control(&self, when: &When) -> Option<i64> {
        match *when {
            When::At(at) => Some(at - self.time),
            When::Daily(at) => Some((at - clock(&self.network, self.time)).rem_euclid(DAY)),
            When::Below { node, head } | When::Above { node, head } => {
                let source = node.checked_sub(self.network.junctions.len())?;
                let tank = self.plan.tanks[source].as_ref()?;
                let (now, inflow) = (self.state.head[node], self.state.inflow[source]);
                let nears = match when {
                    When::Above { .. } => now < head && inflow > 0.0,
                    _ => now > head && inflow < 0.0,
                };
                let seconds = (tank.volume(head) - self.state.volume[source]) / inflow;
                (nears && inflow.abs() > ZERO_FLOW).then(|| seconds.round() as i64)
            }
        }
    }

    fn would_change(&self, link: LinkIndex, action: Action) -> bool {
        let (status, setting) = self.frame().outcome(&self.state, link, action);
        self.state.links.status[link] != status || self.state.links.setting[link] != setting
    }

    /// Moves the levels by a step, looking at the rules on the way; ends early
    /// where a rule acts. Returns the length of what was done, s.
    fn move_levels(&mut self, seconds: i64) -> i64 {
        if self.network.rules.is_empty() {
            self.fill_tanks(seconds);
            return seconds;
        }
        let every = self.network.options.rule_step.max(1);
        let mut done = 0;
        let mut next = (every - self.time.rem_euclid(every)).min(seconds);
        while next > 0 {
            self.fill_tanks(next);
            done += next;
            let last = self.time + done;
            let span = Span {
                first: last - next + 1,
                last,
            };
            let frame = Frame {
                network: &self.network,
                plan: &self.plan,
            };
            if frame.apply_rules(&mut self.state, span, &self.commanded, &mut self.chosen) {
                break;
            }
            next = every.min(seconds - done);
        }
        done
    }

    fn fill_tanks(&mut self, seconds: i64) {
        let junctions = self.network.junctions.len();
        for (source, tank) in self.plan.tanks.iter().enumerate() {
            let Some(tank) = tank else { continue };
            let inflow = self.state.inflow[source];
            if inflow.abs() > ZERO_FLOW {
                let volume = tank.filled(self.state.volume[source], inflow, seconds as f64);
                self.state.volume[source] = volume;
                self.state.head[junctions + source] = tank.head(volume);
            }
        }
    }

    /// Sets demands, the heads of reservoirs and the speeds of pumps that follow
    /// patterns to those of the present time.
    fn set_demands(&mut self) {
        let time = self.time;
        let state = &mut self.state;
        for (value, pattern) in self.pattern_values.iter_mut().zip(&self.network.patterns) {
            *value = pattern.at(time);
        }
        state.demand.copy_from_slice(&state.extra_demand);
        state.total_demand = 0.0;
        let multiplier = state.demand_multiplier;
        for demand in &self.plan.demands {
            let factor = match demand.pattern {
                CONSTANT => 1.0,
                pattern => self.pattern_values[pattern as usize],
            };
            let row = demand.row as usize;
            let value = demand.base * factor * multiplier * state.demand_factor[row];
            state.total_demand += value.max(0.0);
            state.demand[row] += value;
        }
        let junctions = self.network.junctions.len();
        for (index, source) in self.network.sources.iter().enumerate() {
            if let Source::Reservoir(reservoir) = source
                && let Some(pattern) = reservoir.pattern
            {
                state.head[junctions + index] = reservoir.head * self.pattern_values[pattern];
            }
        }
        for outlet in &mut state.outlets {
            if outlet.kind == OutletKind::Demand {
                outlet.flow = state.demand[outlet.row as usize].max(0.0);
            }
        }
        let frame = Frame {
            network: &self.network,
            plan: &self.plan,
        };
        for pump in &self.plan.pumps {
            let link = pump.link as usize;
            if let Element::Pump(definition) = &self.network.links[link].element
                && let Some(pattern) = definition.speed_pattern
                && !self.commanded[link]
            {
                frame.set(&mut self.state, link, self.pattern_values[pattern]);
            }
        }
    }
}
