//! What a run on a network holds: heads, flows, statuses, settings, volumes, and
//! the numbers that may change between steps.

use serde::{Deserialize, Serialize};

use super::constants::{CUBIC_FOOT, FLOW_TOLERANCE, ZERO_FLOW};
use super::factor::Numeric;
use super::network::{Element, InitialStatus, Network, Source, ValveKind};
use super::options::{DemandModel, Formula};
use super::outlet::{Outlet, OutletKind};
use super::pipe::{minor_loss, resistance};
use super::plan::{Plan, starting_flow};

/// Status of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// A pump that cannot lift as high as it would have to.
    CannotDeliver,
    /// Closed until the next look, because a tank is full or empty or a pump of
    /// constant power would run backwards.
    TemporarilyClosed,
    /// Closed.
    Closed,
    /// Open.
    Open,
    /// A control valve that controls.
    Active,
    /// A flow control valve that is open because it cannot get its flow.
    FlowUnmet,
    /// A pressure valve that is held open because its setting makes the
    /// equations contradict each other.
    PressureUnmet,
}

impl Status {
    /// Whether nothing flows.
    #[must_use]
    pub fn is_closed(self) -> bool {
        self <= Self::Closed
    }
}

/// The numbers of every link, by [`LinkIndex`](super::LinkIndex).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LinkState {
    /// Flow from start to end, m³/s.
    pub(super) flow: Vec<f64>,
    pub(super) status: Vec<Status>,
    /// Speed or setting; `None` where a valve is fixed open or closed.
    pub(super) setting: Vec<Option<f64>>,
    /// Friction coefficient of a pipe.
    pub(super) resistance: Vec<f64>,
    /// Minor loss, m/(m³/s)².
    pub(super) minor: Vec<f64>,
    /// Roughness of a pipe as in [`Pipe::roughness`](super::Pipe).
    pub(super) roughness: Vec<f64>,
    /// Diameter, m.
    pub(super) diameter: Vec<f64>,
    /// Derivative of the flow by the head loss in this trial, (m³/s)/m.
    pub(super) conductance: Vec<f64>,
    /// Flow that the present heads give in the linear equations of this trial, m³/s.
    pub(super) predicted: Vec<f64>,
}

impl LinkState {
    /// Writes the flow of every open link, and nothing for a closed one.
    pub(super) fn write_open_flows(&self, flows: &mut [f64]) {
        let numbers = self.flow.iter().zip(&self.status);
        for (shown, (&flow, status)) in flows.iter_mut().zip(numbers) {
            *shown = if status.is_closed() { 0.0 } else { flow };
        }
    }
}

/// Everything that a run holds, but the network itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) links: LinkState,
    /// Head of each row, m.
    pub(super) head: Vec<f64>,
    /// Full demand of each row, m³/s.
    pub(super) demand: Vec<f64>,
    /// Factor on the demands of each row.
    pub(super) demand_factor: Vec<f64>,
    /// Demand of each row besides its categories, m³/s.
    pub(super) extra_demand: Vec<f64>,
    /// Outflows that depend on pressure.
    pub(super) outlets: Vec<Outlet>,
    /// Sum of all positive demands, m³/s.
    pub(super) total_demand: f64,
    /// Net inflow of each source, m³/s.
    pub(super) inflow: Vec<f64>,
    /// Volume of each tank, m³; zero for a reservoir.
    pub(super) volume: Vec<f64>,
    /// Factor on all demands.
    pub(super) demand_multiplier: f64,
    pub(super) matrix: Numeric,
    /// Whether the matrix is that of a solution, whose flows and heads are here.
    pub(super) matrix_is_solved: bool,
    /// Head of each source in that solution, m.
    pub(super) solved_source_head: Vec<f64>,
    /// Right side of the linear equations, then change of the heads, m.
    pub(super) right: Vec<f64>,
}

impl State {
    /// The state at the start of a run.
    pub(super) fn new(network: &Network, plan: &Plan) -> Self {
        let nodes = network.node_count();
        let links = network.links.len();
        let mut state = Self {
            links: LinkState {
                flow: vec![0.0; links],
                status: vec![Status::Open; links],
                setting: vec![None; links],
                resistance: vec![0.0; links],
                minor: vec![0.0; links],
                roughness: vec![0.0; links],
                diameter: network.links.iter().map(|link| link.diameter).collect(),
                conductance: vec![0.0; links],
                predicted: vec![0.0; links],
            },
            head: plan.elevation.clone(),
            demand: vec![0.0; nodes],
            demand_factor: vec![1.0; nodes],
            extra_demand: vec![0.0; nodes],
            outlets: Vec::new(),
            total_demand: 0.0,
            inflow: vec![0.0; network.sources.len()],
            volume: vec![0.0; network.sources.len()],
            demand_multiplier: network.options.demand_multiplier,
            matrix: plan.numeric(),
            matrix_is_solved: false,
            solved_source_head: vec![0.0; network.sources.len()],
            right: vec![0.0; nodes],
        };
        for (index, link) in network.links.iter().enumerate() {
            state.links.minor[index] = minor_loss(link.minor_loss, link.diameter);
            if let Element::Pipe(pipe) = &link.element {
                state.links.roughness[index] = pipe.roughness;
                state.links.resistance[index] =
                    resistance(network.options.formula, pipe, link.diameter);
            }
        }
        state.place_outlets(network, plan);
        state.restart(network, plan);
        state
    }

    /// Sets tanks, statuses, settings and starting flows to those of time zero;
    /// what was changed of the network stays changed.
    pub(super) fn restart(&mut self, network: &Network, plan: &Plan) {
        let junctions = network.junctions.len();
        self.inflow.fill(0.0);
        self.matrix_is_solved = false;
        for (index, source) in network.sources.iter().enumerate() {
            self.head[junctions + index] = match (source, &plan.tanks[index]) {
                (Source::Tank(tank), Some(shape)) => {
                    self.volume[index] = shape.volume(tank.elevation + tank.initial_level);
                    tank.elevation + tank.initial_level
                }
                (Source::Tank(tank), None) => tank.elevation + tank.initial_level,
                (Source::Reservoir(reservoir), _) => reservoir.head,
            };
        }
        for (index, link) in network.links.iter().enumerate() {
            let (status, setting) = match &link.element {
                Element::Pipe(_) => (open_or_closed(link.initial), None),
                // A pump that stands has no speed: a control that stops it changes nothing.
                Element::Pump(pump) => match open_or_closed(link.initial) {
                    Status::Closed => (Status::Closed, Some(0.0)),
                    running => (running, Some(pump.speed)),
                },
                Element::Valve(valve) => initial_valve(valve.kind, valve.setting, link.initial),
            };
            self.links.status[index] = status;
            self.links.setting[index] = setting;
            self.links.flow[index] = if status.is_closed() {
                ZERO_FLOW
            } else {
                starting_flow(link.diameter)
            };
        }
        for pump in &plan.pumps {
            let link = pump.link as usize;
            if !self.links.status[link].is_closed() {
                let speed = self.links.setting[link].unwrap_or(1.0);
                self.links.flow[link] = speed * pump.law.design_flow();
            }
        }
        for outlet in &mut self.outlets {
            outlet.flow = outlet.kind.starting_flow();
        }
    }

    fn place_outlets(&mut self, network: &Network, plan: &Plan) {
        for (index, junction) in network.junctions.iter().enumerate() {
            if junction.emitter > 0.0 {
                let outlet = Outlet::emitter(plan.row[index], junction.emitter, &network.options);
                self.outlets.push(outlet);
            }
        }
        self.outlets.extend(super::outlet::leaks(network, plan));
        if let DemandModel::PressureDriven { .. } = network.options.demand_model {
            for row in 0..network.junctions.len() {
                self.outlets
                    .push(Outlet::demand(row as u32, &network.options));
            }
        }
    }

    /// Outflow of a row as computed, m³/s: demand met, emitters and leaks.
    pub(super) fn outflow(&self, row: usize) -> f64 {
        let driven = self
            .outlets
            .iter()
            .filter(|outlet| outlet.row as usize == row);
        let mut total = self.fixed_demand(row);
        for outlet in driven {
            total += outlet.flow;
        }
        total
    }

    /// The part of a row's demand that does not depend on pressure, m³/s.
    #[inline]
    pub(super) fn fixed_demand(&self, row: usize) -> f64 {
        let demand = self.demand[row];
        if self.pressure_driven() && demand > 0.0 {
            0.0
        } else {
            demand
        }
    }

    /// Whether demands follow pressure: their outlets stand last.
    #[inline]
    pub(super) fn pressure_driven(&self) -> bool {
        (self.outlets.last()).is_some_and(|outlet| outlet.kind == OutletKind::Demand)
    }

    /// Takes a new roughness of a pipe.
    pub(super) fn set_roughness(
        &mut self,
        formula: Formula,
        link: usize,
        pipe: &super::network::Pipe,
        diameter: f64,
        roughness: f64,
    ) {
        self.links.roughness[link] = roughness;
        let changed = super::network::Pipe { roughness, ..*pipe };
        self.links.resistance[link] = resistance(formula, &changed, diameter);
    }
}

fn open_or_closed(initial: InitialStatus) -> Status {
    match initial {
        InitialStatus::Closed => Status::Closed,
        InitialStatus::Open | InitialStatus::Active => Status::Open,
    }
}

fn initial_valve(kind: ValveKind, setting: f64, initial: InitialStatus) -> (Status, Option<f64>) {
    let general = matches!(kind, ValveKind::GeneralPurpose { .. });
    match initial {
        InitialStatus::Closed => (Status::Closed, general.then_some(setting)),
        InitialStatus::Open => (Status::Open, general.then_some(setting)),
        InitialStatus::Active => (Status::Active, Some(setting)),
    }
}

impl OutletKind {
    /// Flow from which a trial starts, m³/s.
    pub(super) fn starting_flow(self) -> f64 {
        match self {
            Self::Emitter => CUBIC_FOOT,
            Self::LeakOfFixedArea | Self::LeakOfGrowingArea => 10.0 * FLOW_TOLERANCE,
            Self::Demand => 0.0,
        }
    }
}
