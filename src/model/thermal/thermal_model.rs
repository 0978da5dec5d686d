//! The model of all thermal assets of a twin, on top of the network solver.

use std::sync::Arc;

use super::control::{PidMemory, PidSettings, thermostat};
use super::layout::{Controller, Layout, PidSlots};
use super::network::{NetworkError, Node, STEFAN_BOLTZMANN};
use super::solver::{SolverOptions, StepError, ThermalSolver};
use crate::model::{Model, ModelError, ObservationNoise, Step, saved};
use crate::quantity::SimTime;
use crate::twin::{Twin, VariableIndex, VariableTable};

/// 0 °C in K, from which a sensor's resolution counts.
const ZERO_CELSIUS: f64 = 273.15;

/// Tolerance of a step over several timesteps \[K]: a thousandth of what the
/// sensors of such systems tell, and coarse enough that a radiating network
/// need not cut it up.
const STRIDE_TOLERANCE: f64 = 1e-5;

/// The behaviour of a twin's thermal assets.
#[derive(Clone, Debug)]
pub(crate) struct ThermalModel {
    layout: Arc<Layout>,
    solver: ThermalSolver,
    states: Vec<f64>,
    boundaries: Vec<f64>,
    heat: Vec<f64>,
}

impl ThermalModel {
    /// Builds the model; `None` when the twin has no thermal assets.
    ///
    /// # Errors
    /// Every structural problem found.
    pub(crate) fn build(
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Self>, Vec<ModelError>> {
        let Some((layout, network)) = Layout::read(twin, variables)? else {
            return Ok(None);
        };
        let solver = ThermalSolver::new(network, SolverOptions::default())
            .map_err(|error| vec![incomplete(&layout, &error)])?;
        let network = solver.network();
        Ok(Some(Self {
            states: vec![0.0; network.state_count()],
            boundaries: vec![0.0; network.boundary_count()],
            heat: vec![0.0; network.sources().len()],
            solver,
            layout: Arc::new(layout),
        }))
    }

    /// Copies temperatures from `values` to the solver's order.
    fn load(&mut self, values: &[f64]) {
        let bodies = self.layout.bodies.iter().map(|body| body.temperature);
        let sensors = self.layout.sensors.iter().map(|sensor| sensor.temperature);
        for (state, slot) in self.states.iter_mut().zip(bodies.chain(sensors)) {
            *state = values[slot];
        }
        for (temperature, slots) in self.boundaries.iter_mut().zip(&self.layout.boundaries) {
            *temperature = values[slots.temperature];
        }
    }

    /// Writes temperatures back.
    fn store(&self, values: &mut [f64]) {
        let bodies = self.layout.bodies.iter().map(|body| body.temperature);
        let sensors = self.layout.sensors.iter().map(|sensor| sensor.temperature);
        for (state, slot) in self.states.iter().zip(bodies.chain(sensors)) {
            values[slot] = *state;
        }
    }

    /// Computes readings and heat flows from the loaded temperatures.
    fn write_outputs(&self, values: &mut [f64]) {
        let bodies = self.layout.bodies.len();
        for (index, sensor) in self.layout.sensors.iter().enumerate() {
            let reading = self.states[bodies + index] + values[sensor.bias];
            let resolution = values[sensor.resolution];
            values[sensor.reading] = if resolution > 0.0 {
                ((reading - ZERO_CELSIUS) / resolution).round() * resolution + ZERO_CELSIUS
            } else {
                reading
            };
        }
        let network = self.solver.network();
        for (index, link) in self.layout.conductances.iter().enumerate() {
            values[link.heat_flow] =
                network.conductance_heat_flow(index, &self.states, &self.boundaries);
        }
        for (index, link) in self.layout.radiations.iter().enumerate() {
            values[link.heat_flow] =
                network.radiation_heat_flow(index, &self.states, &self.boundaries);
        }
    }

    /// Lets every controller look at its reading and decide on the coming step.
    fn sample_controllers(&self, values: &mut [f64], step: f64) {
        for slots in &self.layout.thermostats {
            if values[slots.automatic] >= 0.5 {
                let on = thermostat(
                    values[slots.on] >= 0.5,
                    values[slots.reading],
                    values[slots.set_point],
                    values[slots.hysteresis],
                );
                values[slots.on] = f64::from(u8::from(on));
            }
        }
        for slots in &self.layout.pids {
            let settings = pid_settings(slots, values);
            let mut memory = PidMemory {
                integral: values[slots.integral],
                derivative: values[slots.derivative],
                reading: values[slots.last_reading],
            };
            let (reading, set_point) = (values[slots.reading], values[slots.set_point]);
            values[slots.output] = if values[slots.automatic] >= 0.5 {
                settings.sample(&mut memory, reading, set_point, step)
            } else {
                let manual = values[slots.manual];
                settings.track(&mut memory, reading, set_point, manual);
                manual
            };
            values[slots.integral] = memory.integral;
            values[slots.derivative] = memory.derivative;
            values[slots.last_reading] = memory.reading;
        }
    }

    /// Computes what each heater gives, into `heat` and the outputs.
    fn power_heaters(&mut self, values: &mut [f64]) {
        let layout = &self.layout;
        for (heat, heater) in self.heat.iter_mut().zip(&layout.heaters) {
            let automatic = match heater.controller {
                Some(Controller::Thermostat(index)) => {
                    let slots = &layout.thermostats[index];
                    (values[slots.automatic] >= 0.5).then(|| values[slots.on])
                }
                Some(Controller::Pid(index)) => {
                    let slots = &layout.pids[index];
                    (values[slots.automatic] >= 0.5).then(|| values[slots.output])
                }
                None => None,
            };
            let command = automatic.unwrap_or(values[heater.command]);
            // Not `clamp` alone: a NaN has to reach the solver, which refuses it.
            let limited = if command.is_nan() {
                command
            } else {
                command.clamp(0.0, 1.0)
            };
            *heat = limited * values[heater.power_at_full];
            values[heater.power] = *heat;
        }
    }

    /// Brings the network's numbers up to date.
    fn update_network(&mut self, values: &[f64]) -> Result<(), ModelError> {
        let layout = &self.layout;
        // The asset whose value is being set, for the message.
        let mut at = "";
        let outcome = self.solver.change(|network| {
            for (index, body) in layout.bodies.iter().enumerate() {
                at = &body.id;
                network.set_heat_capacity(index, values[body.heat_capacity])?;
            }
            for (index, link) in layout.conductances.iter().enumerate() {
                at = &link.id;
                network.set_conductance(index, values[link.conductance])?;
            }
            for (index, link) in layout.radiations.iter().enumerate() {
                at = &link.id;
                let factor = values[link.emissivity] * values[link.view_factor];
                let coefficient = STEFAN_BOLTZMANN * values[link.area] * factor;
                network.set_radiation(index, coefficient)?;
            }
            for (index, sensor) in layout.sensors.iter().enumerate() {
                at = &sensor.id;
                network.set_time_constant(index, values[sensor.time_constant])?;
            }
            Ok(())
        });
        outcome.map_err(|error| match error {
            NetworkError::NotPhysical { .. } => ModelError::Structure {
                asset: at.to_owned(),
                problem: error.to_string(),
                advice: "keep the parameter, and what is drawn for it, inside its bounds".into(),
            },
            other => incomplete(layout, &other),
        })
    }

    fn describe(&self, error: StepError, time: SimTime) -> ModelError {
        let unnamed = || "thermal".to_owned();
        let named = |paths: &[String], index: usize| paths.get(index).cloned();
        let (variable, value) = match error {
            StepError::NotPhysical { state, temperature } => (
                named(&self.layout.state_paths, state).unwrap_or_else(unnamed),
                temperature,
            ),
            StepError::NotFinite { what, index, value } => {
                let paths = if what.starts_with("state") {
                    &self.layout.state_paths
                } else if what.starts_with("boundary") {
                    &self.layout.boundary_paths
                } else {
                    &self.layout.heater_paths
                };
                (named(paths, index).unwrap_or_else(unnamed), value)
            }
            StepError::BadStep { step } => (unnamed(), step),
            StepError::Unresolved { error, .. } => (unnamed(), error),
            StepError::WrongLength { found, .. } => (unnamed(), found as f64),
        };
        ModelError::Diverged {
            variable,
            value,
            time,
            reason: error.to_string(),
        }
    }
}

impl Model for ThermalModel {
    fn initialise(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        self.update_network(values)?;
        let layout = Arc::clone(&self.layout);
        for body in &layout.bodies {
            values[body.temperature] = values[body.initial_temperature];
        }
        for sensor in &layout.sensors {
            values[sensor.temperature] = match sensor.node {
                Node::Body(body) => values[layout.bodies[body].temperature],
                Node::Boundary(boundary) => values[layout.boundaries[boundary].temperature],
            };
        }
        self.load(values);
        self.write_outputs(values);
        for slots in &layout.thermostats {
            // Inside the band it starts off.
            let (reading, set_point) = (values[slots.reading], values[slots.set_point]);
            let on = thermostat(false, reading, set_point, values[slots.hysteresis]);
            values[slots.on] = f64::from(u8::from(on && values[slots.automatic] >= 0.5));
        }
        for slots in &layout.pids {
            let (reading, set_point) = (values[slots.reading], values[slots.set_point]);
            values[slots.integral] = 0.0;
            values[slots.derivative] = 0.0;
            values[slots.last_reading] = reading;
            let settings = pid_settings(slots, values);
            values[slots.output] = if values[slots.automatic] >= 0.5 {
                settings.limit(settings.gain * (set_point - reading))
            } else {
                values[slots.manual]
            };
        }
        self.refresh_outputs(values)
    }

    fn parameters_changed(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        self.update_network(values)
    }

    fn step(&mut self, values: &mut [f64], step: Step) -> Result<(), ModelError> {
        let length = step.length.as_seconds();
        self.sample_controllers(values, length);
        self.power_heaters(values);
        self.load(values);
        match self
            .solver
            .advance(length, &mut self.states, &self.boundaries, &self.heat)
        {
            Ok(()) => {
                self.store(values);
                self.write_outputs(values);
                Ok(())
            }
            Err(error) => Err(self.describe(error, step.from)),
        }
    }

    fn may_stride(&self) -> bool {
        self.layout.thermostats.is_empty() && self.layout.pids.is_empty()
    }

    fn stride(&mut self, values: &mut [f64], step: Step) -> Result<(), ModelError> {
        self.solver.set_tolerance(STRIDE_TOLERANCE);
        let outcome = self.step(values, step);
        self.solver
            .set_tolerance(SolverOptions::default().tolerance);
        outcome
    }

    fn refresh_outputs(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        self.power_heaters(values);
        self.load(values);
        self.write_outputs(values);
        Ok(())
    }

    fn save_state(&self) -> Result<String, ModelError> {
        saved::to_text(&self.solver.state())
    }

    fn load_state(&mut self, values: &mut [f64], state: &str) -> Result<(), ModelError> {
        let state = saved::from_text(state)?;
        self.update_network(values)?;
        if self.solver.go_on_from(state) {
            Ok(())
        } else {
            Err(ModelError::SavedState {
                problem: "it is of another thermal network".to_owned(),
            })
        }
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn continuous_state(&self) -> &[VariableIndex] {
        &self.layout.continuous
    }

    fn observation_noise(&self) -> &[ObservationNoise] {
        &self.layout.noise
    }
}

fn pid_settings(slots: &PidSlots, values: &[f64]) -> PidSettings {
    PidSettings {
        gain: values[slots.gain],
        integral_time: values[slots.integral_time],
        derivative_time: values[slots.derivative_time],
        low: values[slots.output_low],
        high: values[slots.output_high],
    }
}

/// A problem of the network as a whole, told of the asset it concerns.
fn incomplete(layout: &Layout, error: &NetworkError) -> ModelError {
    let body = match error {
        NetworkError::Undetermined { body } | NetworkError::RadiatingWithoutCapacity { body } => {
            layout.bodies.get(*body)
        }
        _ => None,
    };
    ModelError::Structure {
        asset: body.map_or_else(|| "thermal".to_owned(), |body| body.id.clone()),
        problem: error.to_string(),
        advice: "give the body a heat capacity above zero".into(),
    }
}

/// Keeps the network reachable for tests of the model.
#[cfg(test)]
impl ThermalModel {
    pub(crate) fn network(&self) -> &super::Network {
        self.solver.network()
    }
}
