//! A twin compiled for running.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{self, Domain, Model, ModelError, ObservationNoise, Step};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{Causality, Happening, Standing, Twin, VariableIndex, VariableTable};

/// A twin compiled for running: the values of all variables, the models that
/// advance them, and the time they belong to.
///
/// The same calls in the same order give the same bits, on any thread. Stepping
/// does not allocate. [`Simulation::fork`] copies the values and what the
/// models derived from the parameters; the tables are shared.
///
/// What the values at time *t* mean: states and outputs are those at *t*;
/// inputs are those that were in force over the step that ended at *t*, until
/// new ones are set for the step that begins there.
#[derive(Debug)]
pub struct Simulation {
    variables: Arc<VariableTable>,
    noise: Arc<[ObservationNoise]>,
    continuous_state: Arc<[VariableIndex]>,
    models: Vec<Box<dyn Model>>,
    values: Vec<f64>,
    time: SimTime,
    timestep: SimDuration,
    pending: Pending,
}

/// What was changed from outside and has not reached the models yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pending {
    parameters: bool,
    states: bool,
}

/// A simulation as it stands at one time, apart from what its twin says of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationState {
    /// The time that the values belong to.
    pub time: SimTime,
    /// The value of every variable \[SI], in the twin's numbering.
    pub values: Vec<f64>,
    /// What each model keeps besides, in the order in which they step; see
    /// [`Model::save_state`].
    models: Vec<String>,
}

/// Why a twin could not be compiled: every problem found.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileError {
    /// The problems, in order of domain, then of asset. Never empty.
    pub problems: Vec<ModelError>,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the twin does not make a simulation: ")?;
        for (position, problem) in self.problems.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CompileError {}

/// Why a simulation could not go on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SimulationError {
    /// A model gave up.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A value is NaN or infinite.
    #[error(
        "`{variable}` is {value} at {time}: it is not a finite number; check the inputs and \
         parameters that reach it"
    )]
    NotFinite {
        /// Path of the variable.
        variable: String,
        /// The value \[SI].
        value: f64,
        /// End of the step in which it was found.
        time: SimTime,
    },
    /// The clock reached its last instant, 292 years after the epoch.
    #[error("simulation time cannot go beyond {time}, 292 years after the epoch")]
    EndOfTime {
        /// The instant reached.
        time: SimTime,
    },
}

impl Simulation {
    /// Compiles a checked twin with every domain this program knows.
    ///
    /// `variables` is the table made from the same twin. States are at their
    /// initial values and time is zero, the twin's epoch.
    ///
    /// # Errors
    /// Every structural problem of every domain, or the first failure of a
    /// model to start.
    pub fn compile(twin: &Arc<Twin>, variables: &Arc<VariableTable>) -> Result<Self, CompileError> {
        Self::compile_with(twin, variables, &model::domains())
    }

    /// As [`Simulation::compile`], with the given domains only.
    ///
    /// # Errors
    /// As [`Simulation::compile`].
    pub fn compile_with(
        twin: &Twin,
        variables: &Arc<VariableTable>,
        domains: &[Box<dyn Domain>],
    ) -> Result<Self, CompileError> {
        let mut models = Vec::new();
        let mut problems = model::unfollowed(twin);
        for domain in domains {
            match domain.build(twin, variables) {
                Ok(Some(model)) => models.push(model),
                Ok(None) => {}
                Err(found) => problems.extend(found),
            }
        }
        if !twin.timestep.is_positive() {
            problems.push(ModelError::Structure {
                asset: twin.id.clone(),
                problem: format!("the timestep is {}", twin.timestep),
                advice: "give one above zero, such as `1 s`".to_owned(),
            });
        }
        if !problems.is_empty() {
            return Err(CompileError { problems });
        }
        let noise = models
            .iter()
            .flat_map(|model| model.observation_noise().iter().copied())
            .collect();
        let continuous_state = models
            .iter()
            .flat_map(|model| model.continuous_state().iter().copied())
            .collect();
        let mut simulation = Self {
            variables: Arc::clone(variables),
            noise,
            continuous_state,
            models,
            values: variables.initial_values(),
            time: SimTime::ZERO,
            timestep: twin.timestep,
            pending: Pending::default(),
        };
        simulation.initialise().map_err(|problem| CompileError {
            problems: vec![problem],
        })?;
        Ok(simulation)
    }

    fn initialise(&mut self) -> Result<(), ModelError> {
        for model in &mut self.models {
            model.initialise(&mut self.values)?;
        }
        self.pending = Pending::default();
        Ok(())
    }

    /// Goes back to time zero under the parameters and inputs it has now:
    /// states take the initial values that these parameters give them.
    ///
    /// # Errors
    /// When a model cannot start from these parameters.
    pub fn restart(&mut self) -> Result<(), SimulationError> {
        self.initialise()?;
        self.time = SimTime::ZERO;
        Ok(())
    }

    /// Says that the values held now belong to `time`, without stepping there:
    /// where a run begins long after the epoch.
    pub fn place_at(&mut self, time: SimTime) {
        self.time = time;
    }

    /// Goes on from how things stand, which is at their time: items, servers and what
    /// they had begun. Continuous states stay as they are.
    ///
    /// # Errors
    /// When a model cannot stand so.
    pub fn resume(&mut self, standing: &Standing) -> Result<(), SimulationError> {
        for model in &mut self.models {
            model.resume(&mut self.values, standing)?;
        }
        self.time = standing.time;
        Ok(())
    }

    /// Everything that decides how it goes on. Changed parameters and states reach the
    /// models first, as they would before the next step.
    ///
    /// # Errors
    /// When the parameters do not make a model, or a model cannot be written down.
    pub fn save_state(&mut self) -> Result<SimulationState, SimulationError> {
        self.settle()?;
        let models = self.models.iter().map(|model| model.save_state());
        Ok(SimulationState {
            time: self.time,
            values: self.values.clone(),
            models: models.collect::<Result<_, _>>()?,
        })
    }

    /// Goes on from a state of a simulation of the same twin: with the same inputs from
    /// there on it gives the same bits as the one that was saved.
    ///
    /// # Errors
    /// When the state is one of another twin. The simulation cannot be used then.
    pub fn load_state(&mut self, state: &SimulationState) -> Result<(), SimulationError> {
        let other = |problem: String| ModelError::SavedState { problem };
        if state.values.len() != self.values.len() || state.models.len() != self.models.len() {
            return Err(other(format!(
                "it has {} variables in {} models, and this twin has {} in {}",
                state.values.len(),
                state.models.len(),
                self.values.len(),
                self.models.len()
            ))
            .into());
        }
        if !all_finite(&state.values) {
            return Err(other("it has values that are not finite".to_owned()).into());
        }
        self.values.copy_from_slice(&state.values);
        for (model, saved) in self.models.iter_mut().zip(&state.models) {
            model.load_state(&mut self.values, saved)?;
        }
        self.time = state.time;
        self.pending = Pending::default();
        Ok(())
    }

    /// Lets the models draw from the random streams of another seed and member
    /// from here on.
    pub fn reseed(&mut self, seed: u64, member: u64) {
        for model in &mut self.models {
            model.reseed(seed, member);
        }
    }

    /// Lets the models hold back outputs that cost time, or has all of them written in
    /// every step, as at the start. States and what follows are the same either way; an
    /// output can then be older than the time until [`Simulation::write_outputs`].
    pub fn hold_back_outputs(&mut self, on: bool) {
        for model in &mut self.models {
            model.hold_back_outputs(on);
        }
    }

    /// Writes the outputs of the last step that were held back.
    pub fn write_outputs(&mut self) {
        for model in &self.models {
            model.write_outputs(&mut self.values);
        }
    }

    /// Keeps a record of what happens from now on, or keeps none, as at the start.
    /// It has to be taken now and then, for it grows with every event.
    pub fn record_happenings(&mut self, on: bool) {
        for model in &mut self.models {
            model.record_happenings(on);
        }
    }

    /// Hands over what happened in all models since the last call, in order of time;
    /// at equal times in the order in which the models step.
    pub fn take_happenings(&mut self, into: &mut Vec<Happening>) {
        let first = into.len();
        for model in &mut self.models {
            model.take_happenings(into);
        }
        // Mostly one model has events, and its own are in order already.
        into[first..].sort_by_key(|happening| happening.time);
    }

    /// A copy that goes its own way from here, and keeps no record of what happens.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            variables: Arc::clone(&self.variables),
            noise: Arc::clone(&self.noise),
            continuous_state: Arc::clone(&self.continuous_state),
            models: self.models.iter().map(|model| model.fork()).collect(),
            values: self.values.clone(),
            time: self.time,
            timestep: self.timestep,
            pending: self.pending,
        }
    }

    /// The time that the values belong to.
    #[must_use]
    pub const fn time(&self) -> SimTime {
        self.time
    }

    /// Length of one step; above zero.
    #[must_use]
    pub const fn timestep(&self) -> SimDuration {
        self.timestep
    }

    /// The value of every variable \[SI], indexed by [`VariableIndex::position`].
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The value of one variable \[SI].
    ///
    /// # Panics
    /// When `variable` comes from another table and lies outside this one's.
    #[must_use]
    pub fn value(&self, variable: VariableIndex) -> f64 {
        self.values[variable.position()]
    }

    /// The numbering of the values.
    #[must_use]
    pub const fn variables(&self) -> &Arc<VariableTable> {
        &self.variables
    }

    /// Outputs that a real sensor reports with noise.
    #[must_use]
    pub fn observation_noise(&self) -> &[ObservationNoise] {
        &self.noise
    }

    /// The continuous state of all models, for assimilation and fitting.
    #[must_use]
    pub fn continuous_state(&self) -> &[VariableIndex] {
        &self.continuous_state
    }

    /// Sets an input \[SI] for the steps from here on.
    pub fn set_input(&mut self, input: VariableIndex, value: f64) {
        debug_assert_eq!(self.variables.get(input).causality, Causality::Input);
        self.values[input.position()] = value;
    }

    /// Sets a parameter \[SI]. The models take note of all changed parameters
    /// at once, before the next step or at [`Simulation::refresh`].
    pub fn set_parameter(&mut self, parameter: VariableIndex, value: f64) {
        debug_assert_eq!(
            self.variables.get(parameter).causality,
            Causality::Parameter
        );
        // A step with unchanged parameters is much cheaper than one that has to
        // assemble its matrices again.
        if self.values[parameter.position()].to_bits() != value.to_bits() {
            self.values[parameter.position()] = value;
            self.pending.parameters = true;
        }
    }

    /// Sets a state \[SI]. Outputs follow at the next step or at
    /// [`Simulation::refresh`].
    pub fn set_state(&mut self, state: VariableIndex, value: f64) {
        debug_assert_eq!(self.variables.get(state).causality, Causality::State);
        self.values[state.position()] = value;
        self.pending.states = true;
    }

    /// Lets the models take note of changed parameters, and computes the
    /// outputs that belong to the states and inputs held now. Only needed by
    /// who reads outputs before the next step.
    ///
    /// # Errors
    /// When the parameters do not make a model.
    pub fn refresh(&mut self) -> Result<(), SimulationError> {
        if self.pending.parameters {
            for model in &mut self.models {
                model.parameters_changed(&mut self.values)?;
            }
        }
        for model in &mut self.models {
            model.refresh_outputs(&mut self.values)?;
        }
        self.pending = Pending::default();
        Ok(())
    }

    /// Advances by one timestep under the inputs held now.
    ///
    /// # Errors
    /// When a model gives up or a value is not finite. The simulation cannot go
    /// on from there; keep a fork to return to.
    #[inline]
    pub fn step(&mut self) -> Result<(), SimulationError> {
        self.advance::<false>(self.timestep)
    }

    /// Whether [`Simulation::stride`] gives what single steps give, as closely as
    /// the models promise.
    #[must_use]
    pub fn may_stride(&self) -> bool {
        self.models.iter().all(|model| model.may_stride())
    }

    /// Advances by `length`, a whole number of timesteps, at once. The inputs
    /// are held over all of it; only where [`Simulation::may_stride`] says so.
    ///
    /// # Errors
    /// As [`Simulation::step`].
    #[inline]
    pub fn stride(&mut self, length: SimDuration) -> Result<(), SimulationError> {
        debug_assert!(self.may_stride() && length.is_multiple_of(self.timestep));
        self.advance::<true>(length)
    }

    #[inline]
    fn advance<const STRIDE: bool>(&mut self, length: SimDuration) -> Result<(), SimulationError> {
        if self.pending != Pending::default() {
            self.settle()?;
        }
        let Some(end) = self.time.checked_add(length) else {
            return Err(SimulationError::EndOfTime { time: self.time });
        };
        let step = Step {
            from: self.time,
            length,
        };
        for model in &mut self.models {
            if STRIDE {
                model.stride(&mut self.values, step)?;
            } else {
                model.step(&mut self.values, step)?;
            }
        }
        if !all_finite(&self.values) {
            return Err(self.not_finite(end));
        }
        self.time = end;
        Ok(())
    }

    #[cold]
    fn settle(&mut self) -> Result<(), SimulationError> {
        if self.pending.parameters {
            for model in &mut self.models {
                model.parameters_changed(&mut self.values)?;
            }
        }
        if self.pending.states {
            for model in &mut self.models {
                model.refresh_outputs(&mut self.values)?;
            }
        }
        self.pending = Pending::default();
        Ok(())
    }

    #[cold]
    fn not_finite(&self, time: SimTime) -> SimulationError {
        let position = self.values.iter().position(|value| !value.is_finite());
        let found = position.and_then(|position| self.variables.iter().nth(position));
        SimulationError::NotFinite {
            variable: found.map_or_else(String::new, |(_, variable)| variable.path.clone()),
            value: position.map_or(f64::NAN, |position| self.values[position]),
            time,
        }
    }
}

/// Whether no value is NaN or infinite.
///
/// The exponent of such a value is all ones, and adding one to its last bit
/// carries into the sign bit. Unlike a comparison per value this has no branch
/// and is a few instructions for several values at a time.
#[inline]
fn all_finite(values: &[f64]) -> bool {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    const LAST_BIT_OF_EXPONENT: u64 = 0x0010_0000_0000_0000;
    let carried = values.iter().fold(0_u64, |carried, value| {
        carried | (value.to_bits() & EXPONENT).wrapping_add(LAST_BIT_OF_EXPONENT)
    });
    carried >> 63 == 0
}

#[cfg(test)]
mod tests {
    use super::super::test_models::{Lags, at, index, lag_simulation, lag_twin, lag_variables};
    use super::*;

    #[test]
    fn a_lag_follows_its_analytic_step_response() {
        let mut simulation = lag_simulation(&lag_twin(1));
        let level = index(&simulation, "lag_1.level");
        let command = index(&simulation, "lag_1.command");
        simulation.set_input(command, 0.5);
        for second in 1..=60_i32 {
            simulation.step().expect("a step");
            // Gain 20 K, time constant 10 s, half the command.
            let expected = 10.0 * (1.0 - (-f64::from(second) / 10.0).exp());
            assert!((simulation.value(level) - expected).abs() < 1e-12);
        }
        assert_eq!(simulation.time(), at(60));
    }

    #[test]
    fn a_fork_goes_its_own_way() {
        let mut simulation = lag_simulation(&lag_twin(1));
        let level = index(&simulation, "lag_1.level");
        let command = index(&simulation, "lag_1.command");
        simulation.set_input(command, 1.0);
        for _ in 0..5 {
            simulation.step().expect("a step");
        }
        let mut fork = simulation.fork();
        fork.set_input(command, 0.0);
        fork.set_parameter(index(&simulation, "lag_1.time_constant"), 1.0);
        let before = simulation.value(level);
        fork.step().expect("a step");
        assert_eq!(simulation.value(level).to_bits(), before.to_bits());
        let expected = before * (-1.0_f64).exp();
        assert!((fork.value(level) - expected).abs() < 1e-12);
        // The original still has its own time constant.
        simulation.step().expect("a step");
        let expected = 20.0 + (before - 20.0) * (-0.1_f64).exp();
        assert!((simulation.value(level) - expected).abs() < 1e-12);
    }

    #[test]
    fn changed_parameters_and_states_reach_the_models_before_the_next_step() {
        let mut simulation = lag_simulation(&lag_twin(1));
        let level = index(&simulation, "lag_1.level");
        let reading = index(&simulation, "lag_1.reading");
        simulation.set_state(level, 8.0);
        simulation.set_parameter(index(&simulation, "lag_1.time_constant"), 2.0);
        simulation.refresh().expect("outputs");
        assert_eq!(simulation.value(reading), 8.0);
        simulation.step().expect("a step");
        assert!((simulation.value(reading) - 8.0 * (-0.5_f64).exp()).abs() < 1e-12);
    }

    #[test]
    fn a_restart_repeats_the_run_bit_for_bit() {
        let mut simulation = lag_simulation(&lag_twin(2));
        let command = index(&simulation, "lag_2.command");
        let mut run = || {
            simulation.restart().expect("a restart");
            simulation.set_input(command, 0.3);
            for _ in 0..100 {
                simulation.step().expect("a step");
            }
            simulation.values().to_vec()
        };
        let (first, second) = (run(), run());
        assert_eq!(first, second);
    }

    #[test]
    fn a_value_that_is_not_finite_is_named_with_its_time() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut simulation = lag_simulation(&lag_twin(3));
            simulation.step().expect("a step");
            simulation.set_input(index(&simulation, "lag_2.command"), value);
            // The lag of an infinite command is beyond its model's range and
            // ends there; a NaN passes the model's comparison.
            let error = simulation.step().expect_err("not finite");
            if value.is_nan() {
                let SimulationError::NotFinite { variable, time, .. } = error else {
                    panic!("{error}");
                };
                assert_eq!(variable, "lag_2.command");
                assert_eq!(time, at(2));
            }
        }
    }

    #[test]
    fn finite_values_of_every_size_pass_and_no_others() {
        let finite = [
            0.0,
            -0.0,
            f64::MAX,
            f64::MIN,
            f64::MIN_POSITIVE,
            5e-324,
            1.0,
        ];
        assert!(all_finite(&finite));
        for bad in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for position in 0..finite.len() {
                let mut values = finite;
                values[position] = bad;
                assert!(!all_finite(&values));
            }
        }
    }

    #[test]
    fn every_problem_of_compiling_is_reported() {
        let mut twin = lag_twin(2);
        let variables = lag_variables(&twin);
        twin.assets[0].kind = "test.Other".to_owned();
        twin.timestep = SimDuration::ZERO;
        let domains: Vec<Box<dyn Domain>> = vec![Box::new(Lags)];
        // A third asset that the table does not know.
        twin.assets.push(twin.assets[0].clone());
        let error =
            Simulation::compile_with(&twin, &variables, &domains).expect_err("two problems");
        assert_eq!(error.problems.len(), 2, "{error}");
    }
}
