//! How things behave: the [`Model`] contract and one folder per domain.
//!
//! A domain declares its kinds and builds one model from all of a twin's
//! assets of those kinds. Adding a domain touches its own folder and one line
//! of [`domains`].

mod declare;
pub mod event;
pub mod flow;
mod power;
mod saved;
mod slots;
pub mod thermal;
pub mod water;

use crate::quantity::{SimDuration, SimTime};
use crate::twin::{
    Condition, Control, Happening, Kind, KindRegistry, Standing, Twin, VariableIndex, VariableTable,
};

/// One base timestep of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Time at the start of the step.
    pub from: SimTime,
    /// Length of the step; above zero.
    pub length: SimDuration,
}

/// What a sensor adds to the value it reports.
///
/// A model's outputs are free of random noise. Where a run asks for readings
/// as a real sensor would send them, the simulation adds a normal deviate of
/// this standard deviation to the recorded value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservationNoise {
    /// The noisy output.
    pub variable: VariableIndex,
    /// The parameter that holds the standard deviation [SI unit of the variable].
    pub standard_deviation: VariableIndex,
}

/// Why a model could not be built or could not go on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// The assets do not make a model.
    #[error("asset `{asset}`: {problem}; {advice}")]
    Structure {
        /// Id of the asset at fault.
        asset: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// A value left the range in which the model means something, or is not finite.
    #[error("`{variable}` became {value} at {time}: {reason}")]
    Diverged {
        /// Path of the variable.
        variable: String,
        /// The value \[SI].
        value: f64,
        /// When.
        time: SimTime,
        /// What probably caused it, and what to do.
        reason: String,
    },
    /// A saved state cannot be written or taken up.
    #[error("the saved state cannot be used: {problem}")]
    SavedState {
        /// What is wrong.
        problem: String,
    },
}

/// What a model can differentiate of its own step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Differentiability {
    /// Nothing: use finite differences.
    #[default]
    None,
    /// The new continuous state with respect to the old one.
    State,
}

/// The behaviour of all assets of one domain in a twin.
///
/// All values live in one array, indexed by the twin's [`VariableTable`] and
/// held by the simulation: a model reads its parameters, inputs and states
/// there and writes its states and outputs back. What the model keeps itself
/// is derived from the parameters (assembled matrices, factorisations), so
/// that a fork is cheap.
pub trait Model: Send + Sync + std::fmt::Debug {
    /// Sets states to their initial values, assembles what derives from the
    /// parameters and computes the outputs that belong to the initial state.
    ///
    /// # Errors
    /// When the parameters do not make a model.
    fn initialise(&mut self, values: &mut [f64]) -> Result<(), ModelError>;

    /// Assembles again what derives from the parameters, after some changed.
    /// States stay as they are.
    ///
    /// # Errors
    /// When the parameters do not make a model.
    fn parameters_changed(&mut self, values: &mut [f64]) -> Result<(), ModelError>;

    /// Advances states by one step under the inputs in `values`, constant over
    /// the step, and computes the outputs at its end. May not allocate.
    ///
    /// # Errors
    /// Instead of writing a value that is not finite.
    fn step(&mut self, values: &mut [f64], step: Step) -> Result<(), ModelError>;

    /// Whether the model can go several timesteps at once under held inputs. It
    /// cannot where something is sampled once a timestep, such as a digital
    /// controller.
    fn may_stride(&self) -> bool {
        false
    }

    /// As [`Model::step`] over several timesteps at once; called only where
    /// [`Model::may_stride`] says so. May be less accurate than single steps, but
    /// the difference has to be far below what any sensor tells.
    ///
    /// # Errors
    /// As [`Model::step`].
    fn stride(&mut self, values: &mut [f64], step: Step) -> Result<(), ModelError> {
        self.step(values, step)
    }

    /// Computes the outputs that belong to the states and inputs in `values`,
    /// without advancing; called after a state was set from outside.
    ///
    /// # Errors
    /// As [`Model::step`].
    fn refresh_outputs(&mut self, values: &mut [f64]) -> Result<(), ModelError>;

    /// Draws from the random streams of another seed and member from here on.
    /// Called for each member of an ensemble; nothing to do for a model without
    /// chance.
    fn reseed(&mut self, _seed: u64, _member: u64) {}

    /// Goes on from how things stand, under the parameters and inputs in `values`, as if
    /// it had come there by itself. Nothing to do for a model without events.
    ///
    /// # Errors
    /// When things cannot stand so.
    fn resume(&mut self, _values: &mut [f64], _standing: &Standing) -> Result<(), ModelError> {
        Ok(())
    }

    /// Everything that decides how the model goes on and is neither in `values` nor
    /// derived from the parameters alone, as text. Nothing for a model that has none.
    ///
    /// # Errors
    /// When it cannot be written down.
    fn save_state(&self) -> Result<String, ModelError> {
        Ok(String::new())
    }

    /// Takes up a state that [`Model::save_state`] wrote: assembles what derives from
    /// the parameters in `values`, which are those of that time, and goes on from there
    /// with the same bits. `values` are complete already.
    ///
    /// # Errors
    /// When the state is not one of this model.
    fn load_state(&mut self, values: &mut [f64], _state: &str) -> Result<(), ModelError> {
        self.parameters_changed(values)
    }

    /// Holds back outputs that cost time and that no model looks at, or writes all of
    /// them in every step, as at the start. For who looks at outputs now and then only,
    /// and asks for them with [`Model::write_outputs`].
    fn hold_back_outputs(&mut self, _on: bool) {}

    /// Writes the outputs that were held back in the last step. Nothing to do where none
    /// are.
    fn write_outputs(&self, _values: &mut [f64]) {}

    /// Keeps a record of what happens from now on, or keeps none. Nothing to do for a
    /// model without events.
    fn record_happenings(&mut self, _on: bool) {}

    /// Hands over what happened since the last call, in order of time.
    fn take_happenings(&mut self, _into: &mut Vec<Happening>) {}

    /// A copy that goes its own way from here, and keeps no record of what happens.
    fn fork(&self) -> Box<dyn Model>;

    /// The continuous state, for assimilation and fitting.
    fn continuous_state(&self) -> &[VariableIndex];

    /// Outputs that a real sensor reports with noise.
    fn observation_noise(&self) -> &[ObservationNoise] {
        &[]
    }

    /// What the model can differentiate.
    fn differentiability(&self) -> Differentiability {
        Differentiability::None
    }
}

/// A family of kinds with the model behind them.
pub trait Domain: Send + Sync {
    /// First part of its kinds' names: `thermal`.
    fn name(&self) -> &'static str;

    /// The kinds it declares.
    fn kinds(&self) -> Vec<Kind>;

    /// Builds the model of all of the twin's assets of this domain, or `None`
    /// when there are none.
    ///
    /// # Errors
    /// Every structural problem found, not only the first.
    fn build(
        &self,
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Box<dyn Model>>, Vec<ModelError>>;
}

/// Every domain this program knows, in the order their models step.
#[must_use]
pub fn domains() -> Vec<Box<dyn Domain>> {
    vec![
        Box::new(thermal::Thermal),
        Box::new(water::Water),
        // Last, so that it sees what the continuous models did within the step.
        Box::new(flow::Flow),
    ]
}

/// The kinds of all domains.
#[must_use]
pub fn registry() -> KindRegistry {
    let mut registry = KindRegistry::default();
    for domain in domains() {
        registry.register(domain.kinds());
    }
    registry
}

/// Which model follows a control of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follower {
    /// The flow model, which stands between all others.
    Flow,
    /// The water model.
    Water,
}

/// Who follows a control: the flow model where it looks at or sets a flow asset,
/// or where the twin has flow assets and it names no water asset; otherwise the
/// water model. `None` where the twin has neither.
fn follower(control: &Control, twin: &Twin) -> Option<Follower> {
    let has = |prefix: &str| (twin.assets.iter()).any(|asset| asset.kind.starts_with(prefix));
    let looked_at = match &control.when {
        Condition::Above(variable, _) | Condition::Below(variable, _) => Some(variable),
        Condition::At(_) | Condition::Daily(_) => None,
    };
    let set = control.set.iter().map(|(variable, _)| variable);
    let named: Vec<&str> = (looked_at.into_iter().chain(set))
        .filter_map(|variable| variable.rsplit_once('.'))
        .map(|(id, _)| id)
        .collect();
    let names = |prefix: &str| {
        let mut of_kind = twin
            .assets
            .iter()
            .filter(|asset| asset.kind.starts_with(prefix));
        of_kind.any(|asset| named.contains(&asset.id.as_str()))
    };
    if names("flow.") || (has("flow.") && !names("water.")) {
        Some(Follower::Flow)
    } else if has("water.") {
        Some(Follower::Water)
    } else {
        None
    }
}

/// Controls and rules that no model of the twin would follow.
#[must_use]
pub fn unfollowed(twin: &Twin) -> Vec<ModelError> {
    let problem = |asset: String, problem: &str, advice: &str| ModelError::Structure {
        asset,
        problem: problem.to_owned(),
        advice: advice.to_owned(),
    };
    let mut problems = Vec::new();
    for (number, control) in twin.controls.iter().enumerate() {
        if !control.disabled && follower(control, twin).is_none() {
            problems.push(problem(
                control_name(&control.id, number),
                "nothing in this twin follows controls",
                "controls need a water or a flow asset; for heat alone take a \
                 `thermal.Thermostat` or a `thermal.Pid`",
            ));
        }
    }
    let has_water = (twin.assets.iter()).any(|asset| asset.kind.starts_with("water."));
    for rule in twin
        .rules
        .iter()
        .filter(|rule| !rule.disabled && !has_water)
    {
        problems.push(problem(
            format!("rule {}", rule.id),
            "nothing in this twin follows rules",
            "rules need a water network; write a control where there is a flow",
        ));
    }
    problems
}

/// What a control is called in a message: its id, or its number counted from one.
fn control_name(id: &str, number: usize) -> String {
    if id.is_empty() {
        format!("control {}", number + 1)
    } else {
        id.to_owned()
    }
}
