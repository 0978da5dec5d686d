//! The model of all water assets of a twin, on top of the hydraulics.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::access::Outflows;
use super::build::{Layout, Member, whole_seconds};
use super::check::Part;
use super::constants::ORIFICE;
use super::followed::FollowedWater;
use super::hydraulics::{Hydraulics, HydraulicsError, HydraulicsState};
use super::network::{Action, Element, InitialStatus, LinkIndex, NodeIndex, Pipe, Source};
use super::quality::QualityState;
use super::state::Status;
use crate::model::slots::Finder;
use crate::model::{Model, ModelError, Step, saved};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{Twin, VariableIndex, VariableTable};

/// Inputs at or above this command; below it a link follows its controls.
const COMMANDS: f64 = 0.0;

/// The behaviour of a twin's water assets.
#[derive(Clone, Debug)]
pub(crate) struct WaterModel {
    layout: Arc<Layout>,
    run: Hydraulics,
    /// The quality of the water, where something is followed.
    followed: Option<FollowedWater>,
    /// The command that each link was given last.
    commands: Vec<Option<Action>>,
    /// Outflow of emitters and bursts of each junction at 1 m, m³/s, and that of
    /// the emitter alone.
    emitters: Vec<(f64, f64)>,
    /// Room for what they will be.
    wanted: Vec<(f64, f64)>,
    outflows: Outflows,
    states: Vec<VariableIndex>,
    /// Step of the simulation, after which inputs may be others.
    timestep: SimDuration,
    /// Energy of each pump that its state says on top of what was counted, J.
    energy_before: Vec<f64>,
}

/// What of a model is in no value.
#[derive(Debug, Serialize, Deserialize)]
struct SavedWater {
    run: HydraulicsState,
    followed: Option<QualityState>,
    commands: Vec<Option<Action>>,
    emitters: Vec<(f64, f64)>,
    energy_before: Vec<f64>,
}

impl WaterModel {
    /// Builds the model; `None` when the twin has no water assets.
    ///
    /// # Errors
    /// Every structural problem found.
    pub(crate) fn build(
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Self>, Vec<ModelError>> {
        let Some(layout) = Layout::read(twin, variables)? else {
            return Ok(None);
        };
        let seconds = twin.timestep.as_seconds();
        if seconds.fract().abs() > 0.0 {
            return Err(vec![ModelError::Structure {
                asset: twin.id.clone(),
                problem: format!("its timestep is {}", twin.timestep),
                advice: "give whole seconds: the events of a water network are timed so".to_owned(),
            }]);
        }
        let values = variables.initial_values();
        let run = prepare(&layout, &values)?;
        let followed = FollowedWater::read(twin, &layout, &run, &values);
        let followed = followed.map_err(|error| vec![error])?;
        let states = (layout.sources.iter())
            .filter_map(|member| {
                let level = member.slots.find("level")?;
                u32::try_from(level).ok().map(VariableIndex)
            })
            .collect();
        Ok(Some(Self {
            commands: vec![None; layout.links.len()],
            emitters: vec![(0.0, 0.0); layout.junctions.len()],
            wanted: Vec::with_capacity(layout.junctions.len()),
            outflows: Outflows::default(),
            states,
            timestep: twin.timestep,
            energy_before: vec![0.0; layout.links.len()],
            followed,
            run,
            layout: Arc::new(layout),
        }))
    }

    /// Lets the hydraulics take note of the inputs.
    fn take_inputs(&mut self, values: &[f64]) {
        let layout = Arc::clone(&self.layout);
        let scale = layout.flow_scale;
        if let Some(network) = &layout.network {
            self.run
                .set_demand_multiplier(network.slots.value(values, "demand_multiplier"));
        }
        let mut emitters = std::mem::take(&mut self.wanted);
        emitters.clear();
        let mut demand_factor = Finder::new("demand_factor");
        let mut extra_demand = Finder::new("extra_demand");
        let mut emitter_coefficient = Finder::new("emitter_coefficient");
        let mut leak_coefficient = Finder::new("leak_coefficient");
        for (node, Member { slots, .. }) in layout.junctions.iter().enumerate() {
            self.run
                .set_demand_factor(node, demand_factor.value(slots, values));
            self.run
                .set_extra_demand(node, extra_demand.value(slots, values) * scale);
            let emitter = emitter_coefficient.value(slots, values) * scale;
            let leak = leak_coefficient.value(slots, values) * scale;
            emitters.push((emitter + leak, emitter));
        }
        for (index, member) in layout.links.iter().enumerate() {
            let leak = leak_coefficient.value(&member.slots, values) * scale;
            if leak > 0.0 {
                let (at, share) = junction_ends(&self.run, index);
                for node in at.into_iter().flatten() {
                    emitters[node].0 += leak * share;
                }
            }
        }
        for (node, (&now, before)) in emitters.iter().zip(&mut self.emitters).enumerate() {
            if now.0.to_bits() != before.0.to_bits() {
                self.run.set_emitter(node, now.0);
            }
            *before = now;
        }
        self.wanted = emitters;
        let mut open = Finder::new("open");
        for index in 0..layout.links.len() {
            self.command(index, values, &mut open);
        }
        if let Some(followed) = &mut self.followed {
            followed.take_inputs(&layout, values);
        }
    }

    fn command(&mut self, link: LinkIndex, values: &[f64], open: &mut Finder) {
        let layout = &self.layout;
        let definition = &self.run.network().links[link];
        let shut_off = [definition.start, definition.end].into_iter().any(|node| {
            let source = node.checked_sub(layout.junctions.len());
            source.is_some_and(|source| {
                let slots = &layout.sources[source].slots;
                slots
                    .find("in_service")
                    .is_some_and(|slot| values[slot] < 0.5)
            })
        });
        let command = if shut_off {
            Some(Action::Close)
        } else {
            commanded(
                &definition.element,
                &layout.links[link],
                values,
                layout.flow_scale,
                open,
            )
        };
        if self.commands[link] == command {
            return;
        }
        self.run.set_commanded(link, command.is_some());
        let action = command.unwrap_or(match definition_start(&self.run, link) {
            (InitialStatus::Closed, _) => Action::Close,
            (_, Some(setting)) => Action::Set(setting),
            _ => Action::Open,
        });
        self.run.act(link, action);
        self.commands[link] = command;
    }

    /// Solves at the present time; a time that has no solution keeps what the last
    /// trial left where the network goes on unbalanced.
    fn solve(&mut self) -> Result<(), ModelError> {
        let solved = self.run.solve().map(|_| ());
        self.run.balance_flows();
        solved.map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &HydraulicsError) -> ModelError {
        let node = |node: &NodeIndex| self.node_id(*node);
        let link = |link: &LinkIndex| self.layout.ids[self.layout.links[*link].asset].clone();
        match error {
            HydraulicsError::Undetermined { time, node: at } => ModelError::Diverged {
                variable: format!("{}.head", node(at)),
                value: f64::NAN,
                time: sim_time(*time),
                reason: "no open link ties the node to the rest; look at the valves and closed \
                         links around it"
                    .to_owned(),
            },
            HydraulicsError::Unbalanced {
                time,
                trials,
                relative_change,
                link: at,
                node: beside,
            } => ModelError::Diverged {
                variable: at
                    .as_ref()
                    .map_or_else(String::new, |at| format!("{}.flow", link(at))),
                value: *relative_change,
                time: sim_time(*time),
                reason: format!(
                    "the flows did not settle within {trials} trials, most of all here and at {}; \
                     raise `maximum_trials`, look at valves that act against each other, or set \
                     the network's `unbalanced` to `Continue`",
                    beside.as_ref().map_or_else(|| "no node".to_owned(), node)
                ),
            },
        }
    }

    fn node_id(&self, node: NodeIndex) -> String {
        let layout = &self.layout;
        let member = match node.checked_sub(layout.junctions.len()) {
            None => &layout.junctions[node],
            Some(source) => &layout.sources[source],
        };
        layout.ids[member.asset].clone()
    }

    /// Advances over a step in as many equal parts, at the end of each of which the
    /// flows are found anew.
    fn advance(&mut self, values: &mut [f64], step: Step, parts: i64) -> Result<(), ModelError> {
        let from = step.from.as_seconds().round() as i64;
        let seconds = whole_seconds(step.length);
        self.run.place_at(from);
        self.take_inputs(values);
        for part in 1..=parts {
            let followed = &mut self.followed;
            let advanced = (self.run).advance_to(from + seconds * part / parts, |run, interval| {
                if let Some(followed) = followed {
                    followed.run().advance(run, interval);
                }
            });
            advanced.map_err(|error| self.explain(&error))?;
        }
        self.write(values);
        Ok(())
    }

    /// Writes states and outputs of the present solution.
    fn write(&mut self, values: &mut [f64]) {
        let layout = Arc::clone(&self.layout);
        let scale = layout.flow_scale;
        let junctions = layout.junctions.len();
        self.outflows.demand.resize(junctions, 0.0);
        self.outflows.emitter.resize(junctions, 0.0);
        self.outflows.leakage.resize(junctions, 0.0);
        self.run.write_outflows(&mut self.outflows);
        let mut total = 0.0;
        let mut head = Finder::new("head");
        let mut pressure = Finder::new("pressure");
        let mut demand = Finder::new("demand");
        let mut demand_deficit = Finder::new("demand_deficit");
        let mut emitter_flow = Finder::new("emitter_flow");
        let mut leakage = Finder::new("leakage");
        for (node, Member { slots, .. }) in layout.junctions.iter().enumerate() {
            let delivered = self.outflows.demand[node];
            let missing = self.run.full_demand(node) - delivered;
            let (all, emitter) = self.emitters[node];
            let through = self.outflows.emitter[node];
            let share = if all > 0.0 { emitter / all } else { 0.0 };
            let leaked = self.outflows.leakage[node] + through * (1.0 - share);
            head.put(slots, values, self.run.head(node));
            pressure.put(slots, values, self.run.pressure(node));
            demand.put(slots, values, delivered / scale);
            demand_deficit.put(slots, values, missing / scale);
            emitter_flow.put(slots, values, through * share / scale);
            leakage.put(slots, values, leaked / scale);
            total += delivered;
        }
        if let Some(member) = &layout.network {
            put(values, member, "demand", total / scale);
        }
        for (source, member) in layout.sources.iter().enumerate() {
            let node = junctions + source;
            let inflow = self.run.inflow(source);
            let mut put = |name: &str, value: f64| put(values, member, name, value);
            put("inflow", inflow / scale);
            if let Source::Reservoir(_) = &self.run.network().sources[source] {
                put("hydraulic_grade", self.run.head(node));
                continue;
            }
            put("head", self.run.head(node));
            put("level", self.run.pressure(node));
            put("volume", self.run.volume(source));
            put("overflow_rate", self.run.overflow(source) / scale);
            let (fill, drain) = self.run.fill_and_drain_times(source);
            put("fill_time", fill);
            put("drain_time", drain);
        }
        let mut of_links = LinkOutputs::new();
        for (link, member) in layout.links.iter().enumerate() {
            self.write_link(link, member, values, &mut of_links);
        }
        if let Some(followed) = &self.followed {
            followed.write(&layout, values);
        }
    }

    fn write_link(
        &self,
        link: LinkIndex,
        member: &Member,
        values: &mut [f64],
        of_links: &mut LinkOutputs,
    ) {
        let slots = &member.slots;
        let scale = self.layout.flow_scale;
        let definition = &self.run.network().links[link];
        let flow = self.run.flow(link) / scale;
        of_links.flow.put(slots, values, flow);
        let status = match self.run.status(link) {
            closed if closed.is_closed() => 0.0,
            Status::Active => 2.0,
            _ => 1.0,
        };
        of_links.status.put(slots, values, status);
        let loss = self.run.head_loss(link);
        if let Element::Pump(_) = &definition.element {
            let running = status > 0.5;
            let power = self.run.pump_power(link);
            put(
                values,
                member,
                "head_gain",
                if running { -loss } else { 0.0 },
            );
            put(
                values,
                member,
                "setting",
                self.run.setting(link).unwrap_or(1.0),
            );
            put(values, member, "efficiency", power.efficiency);
            put(values, member, "power_drawn", power.power);
            put(values, member, "cost_rate", power.cost_rate);
            let counted = self
                .run
                .pump_energy(link)
                .map_or(0.0, |energy| energy.energy);
            put(values, member, "energy", counted + self.energy_before[link]);
            return;
        }
        let area = std::f64::consts::PI * definition.diameter * definition.diameter / 4.0;
        of_links.velocity.put(slots, values, flow.abs() / area);
        of_links.headloss.put(slots, values, loss);
        match &definition.element {
            Element::Pipe(pipe) => {
                let leak = of_links.leak_coefficient.value(slots, values);
                let leakage = self.leakage(link, pipe, leak);
                of_links.leakage.put(slots, values, leakage);
            }
            Element::Valve(valve) => {
                let setting = self.run.setting(link).unwrap_or(valve.setting);
                let setting = match valve.kind {
                    super::ValveKind::FlowControl => setting / scale,
                    super::ValveKind::Positional { .. } => setting / 100.0,
                    _ => setting,
                };
                put(values, member, "actual_setting", setting);
            }
            Element::Pump(_) => {}
        }
    }

    /// What the leaks and the burst of a pipe lose, m³/s.
    fn leakage(&self, link: LinkIndex, pipe: &Pipe, burst: f64) -> f64 {
        if pipe.leak_area <= 0.0 && pipe.leak_expansion <= 0.0 && burst <= 0.0 {
            return 0.0;
        }
        let exponent = self.run.network().options.emitter_exponent;
        let (at, share) = junction_ends(&self.run, link);
        let mut total = 0.0;
        for node in at.into_iter().flatten() {
            let pressure = self.run.pressure(node).max(0.0);
            let area = pipe.leak_area + pipe.leak_expansion * pressure;
            let leak = ORIFICE * pipe.length * area * pressure.sqrt() / self.layout.flow_scale;
            total += share * (leak + burst * libm::pow(pressure, exponent));
        }
        total
    }

    /// Takes levels and energies that were set from outside.
    fn load_states(&mut self, values: &[f64]) {
        let layout = Arc::clone(&self.layout);
        for (source, member) in layout.sources.iter().enumerate() {
            if let (Some(level), Source::Tank(tank)) = (
                member.slots.find("level"),
                &self.run.network().sources[source],
            ) {
                let head = tank.elevation + values[level];
                let node = layout.junctions.len() + source;
                if (self.run.head(node) - head).abs() > 0.0 {
                    self.run.set_head(source, head);
                    if let Some(followed) = &mut self.followed {
                        let volume = self.run.volume(source);
                        followed.run().correct_volume(source, volume);
                    }
                }
            }
        }
        for (link, member) in layout.links.iter().enumerate() {
            if let Some(energy) = self.run.pump_energy(link) {
                self.energy_before[link] = member.slots.value(values, "energy") - energy.energy;
            }
        }
    }
}

/// Where what is written of every link stands.
struct LinkOutputs {
    flow: Finder,
    status: Finder,
    velocity: Finder,
    headloss: Finder,
    leak_coefficient: Finder,
    leakage: Finder,
}

impl LinkOutputs {
    const fn new() -> Self {
        Self {
            flow: Finder::new("flow"),
            status: Finder::new("status"),
            velocity: Finder::new("velocity"),
            headloss: Finder::new("headloss"),
            leak_coefficient: Finder::new("leak_coefficient"),
            leakage: Finder::new("leakage"),
        }
    }
}

/// Prepares a run under the parameters in `values`.
fn prepare(layout: &Layout, values: &[f64]) -> Result<Hydraulics, Vec<ModelError>> {
    Hydraulics::new(layout.network(values)).map_err(|problems| {
        let name = |part: Part| {
            let asset = match part {
                Part::Node(node) => match node.checked_sub(layout.junctions.len()) {
                    None => layout.junctions.get(node),
                    Some(source) => layout.sources.get(source),
                },
                Part::Link(link) => layout.links.get(link),
                _ => layout.network.as_ref(),
            };
            asset.map_or_else(String::new, |member| layout.ids[member.asset].clone())
        };
        let error = |problem: super::NetworkProblem| ModelError::Structure {
            asset: name(problem.part),
            problem: problem.problem,
            advice: problem.advice,
        };
        problems.into_iter().map(error).collect()
    })
}

pub(super) fn put(values: &mut [f64], member: &Member, name: &str, value: f64) {
    if let Some(slot) = member.slots.find(name) {
        values[slot] = value;
    }
}

/// The ends of a link that are junctions, and the share of its leaks at each.
fn junction_ends(run: &Hydraulics, link: LinkIndex) -> ([Option<NodeIndex>; 2], f64) {
    let network = run.network();
    let link = &network.links[link];
    let ends =
        [link.start, link.end].map(|node| Some(node).filter(|&n| n < network.junctions.len()));
    let count = ends.iter().flatten().count().max(1);
    (ends, 1.0 / count as f64)
}

/// How a link starts: its status, and the setting of a pump or active valve.
fn definition_start(run: &Hydraulics, link: LinkIndex) -> (InitialStatus, Option<f64>) {
    let link = &run.network().links[link];
    let setting = match &link.element {
        Element::Pipe(_) => None,
        Element::Pump(pump) => Some(pump.speed),
        Element::Valve(valve) => {
            Some(valve.setting).filter(|_| link.initial == InitialStatus::Active)
        }
    };
    (link.initial, setting)
}

/// What the inputs of a link command; `None` where it follows its controls.
fn commanded(
    element: &Element,
    member: &Member,
    values: &[f64],
    scale: f64,
    open: &mut Finder,
) -> Option<Action> {
    let input = |name: &str| member.slots.find(name).map(|slot| values[slot]);
    let at_least = |name: &str, least: f64| input(name).filter(|&value| value >= least);
    let open = (open.find(&member.slots))
        .map(|slot| values[slot])
        .filter(|&open| open >= COMMANDS);
    match element {
        Element::Pipe(_) => open.map(|open| {
            if open < 0.5 {
                Action::Close
            } else {
                Action::Open
            }
        }),
        Element::Pump(_) => {
            let speed = at_least("speed_command", COMMANDS);
            let unavailable = input("available").is_some_and(|available| available < 0.5);
            if unavailable || open.is_some_and(|open| open < 0.5) {
                Some(Action::Close)
            } else {
                speed.map(Action::Set).or(open.map(|_| Action::Open))
            }
        }
        Element::Valve(valve) => {
            let stuck = input("stuck").unwrap_or(0.0);
            let setting = at_least("setting_command", COMMANDS).map(|setting| match valve.kind {
                super::ValveKind::FlowControl => setting * scale,
                super::ValveKind::Positional { .. } => setting * 100.0,
                _ => setting,
            });
            if stuck >= 1.5 {
                Some(Action::Close)
            } else if stuck >= 0.5 {
                Some(Action::Open)
            } else {
                match open {
                    Some(open) if open < 0.5 => Some(Action::Close),
                    Some(open) if open < 1.5 => Some(Action::Open),
                    Some(_) => Some(Action::Set(setting.unwrap_or(valve.setting))),
                    None => setting.map(Action::Set),
                }
            }
        }
    }
}

fn sim_time(seconds: i64) -> SimTime {
    SimTime::from_seconds(seconds as f64).unwrap_or(SimTime::ZERO)
}

impl Model for WaterModel {
    fn initialise(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        let fresh = prepare(&self.layout, values);
        self.run = fresh.map_err(first)?;
        self.commands.fill(None);
        self.emitters.fill((0.0, 0.0));
        for (node, junction) in self.run.network().junctions.iter().enumerate() {
            self.emitters[node] = (junction.emitter, junction.emitter);
        }
        self.energy_before.fill(0.0);
        if let Some(followed) = &mut self.followed {
            self.run.balance_every_solution(true);
            *followed = followed.restarted(&self.layout, &self.run, values);
        }
        self.take_inputs(values);
        self.solve()?;
        self.write(values);
        Ok(())
    }

    fn parameters_changed(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        let mut fresh = prepare(&self.layout, values).map_err(first)?;
        fresh.go_on_from(&self.run);
        for (node, junction) in fresh.network().junctions.iter().enumerate() {
            self.emitters[node] = (junction.emitter, junction.emitter);
        }
        self.run = fresh;
        if let Some(followed) = &mut self.followed {
            self.run.balance_every_solution(true);
            *followed = followed.changed(&self.layout, &self.run, values);
        }
        Ok(())
    }

    fn step(&mut self, values: &mut [f64], step: Step) -> Result<(), ModelError> {
        self.advance(values, step, 1)
    }

    fn may_stride(&self) -> bool {
        true
    }

    /// Comes to the same bits as single steps: the inputs are held, so they are taken
    /// once, and what nobody sees on the way is not written.
    fn stride(&mut self, values: &mut [f64], step: Step) -> Result<(), ModelError> {
        let parts = whole_seconds(step.length) / whole_seconds(self.timestep).max(1);
        self.advance(values, step, parts.max(1))
    }

    fn refresh_outputs(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        self.load_states(values);
        self.take_inputs(values);
        self.solve()?;
        self.write(values);
        Ok(())
    }

    fn save_state(&self) -> Result<String, ModelError> {
        saved::to_text(&SavedWater {
            run: self.run.saved(),
            followed: self.followed.as_ref().map(FollowedWater::state),
            commands: self.commands.clone(),
            emitters: self.emitters.clone(),
            energy_before: self.energy_before.clone(),
        })
    }

    fn load_state(&mut self, values: &mut [f64], state: &str) -> Result<(), ModelError> {
        let state: SavedWater = saved::from_text(state)?;
        self.run = prepare(&self.layout, values).map_err(first)?;
        if let Some(followed) = &mut self.followed {
            *followed = followed.restarted(&self.layout, &self.run, values);
        }
        self.run.load(state.run)?;
        match (&mut self.followed, state.followed) {
            (Some(followed), Some(state)) => followed.run().load_state(state)?,
            (None, None) => {}
            _ => {
                return Err(ModelError::SavedState {
                    problem: "it follows another thing in the water".to_owned(),
                });
            }
        }
        saved::take("links", &mut self.commands, state.commands)?;
        saved::take("junctions", &mut self.emitters, state.emitters)?;
        saved::take("links", &mut self.energy_before, state.energy_before)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn continuous_state(&self) -> &[VariableIndex] {
        &self.states
    }
}

fn first(problems: Vec<ModelError>) -> ModelError {
    let none = || ModelError::Structure {
        asset: String::new(),
        problem: "the network cannot be solved".to_owned(),
        advice: "look at the values changed last".to_owned(),
    };
    problems.into_iter().next().unwrap_or_else(none)
}
