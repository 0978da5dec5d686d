//! What is not known exactly, ready to be drawn from.

use std::sync::Arc;

use super::input_plan::InputCursor;
use super::random::{self, Purpose};
use super::scenario::unknown_variable;
use super::{Simulation, SimulationError};
use crate::quantity::{Distribution, SimTime, Unit};
use crate::twin::{Bounds, Causality, Uncertainty, VariableIndex, VariableTable};

/// Draws rejected in a row before a distribution is given up. A belief of
/// which even one part in two hundred lies inside the bounds fails less than
/// once in 10²¹ draws.
const MOST_REJECTIONS: u32 = 10_000;

/// Why an uncertainty cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UncertaintyError {
    /// It does not fit its variable.
    #[error("uncertainty of `{variable}`: {problem}")]
    Unfit {
        /// Path of the variable.
        variable: String,
        /// What is wrong and what is expected.
        problem: String,
    },
    /// Nearly all of the belief lies where the variable cannot be.
    #[error(
        "uncertainty of `{variable}`: {rejected} draws in a row were outside its bounds, {low} to \
         {high} {unit}; narrow the distribution, or truncate it at the bounds"
    )]
    OutOfBounds {
        /// Path of the variable.
        variable: String,
        /// Number of draws made.
        rejected: u32,
        /// Lower bound, in `unit`.
        low: f64,
        /// Upper bound, in `unit`.
        high: f64,
        /// Unit of the bounds, as a UCUM code.
        unit: String,
    },
}

/// An uncertainty bound to its variable.
///
/// For a parameter the distribution is that of its value, which a draw takes
/// the place of. For an input or a state it is that of an addition to what is
/// held at the start: a draw is added there, and for an input to all that its
/// recorded series gives later. Interventions of a scenario are decisions, not
/// beliefs: what they set is exact.
///
/// Draws that would put the variable outside its bounds are rejected and drawn
/// again from the same stream, so that the belief is truncated at the bounds
/// and not heaped up on them.
#[derive(Clone, Debug)]
pub struct CompiledUncertainty {
    variable: VariableIndex,
    path: Arc<str>,
    causality: Causality,
    unit: Unit,
    distribution: Distribution,
    bounds: Bounds,
}

/// Binds uncertainties to the variables they name.
///
/// # Errors
/// The first that names no variable, an output, or a unit of another dimension.
pub fn compile_uncertainties(
    uncertainties: &[Uncertainty],
    variables: &VariableTable,
) -> Result<Vec<CompiledUncertainty>, UncertaintyError> {
    uncertainties
        .iter()
        .map(|uncertainty| CompiledUncertainty::new(uncertainty, variables))
        .collect()
}

impl CompiledUncertainty {
    /// Binds one uncertainty to the variable it names.
    ///
    /// # Errors
    /// When there is no such variable, it is an output, or the unit has another
    /// dimension.
    pub fn new(
        uncertainty: &Uncertainty,
        variables: &VariableTable,
    ) -> Result<Self, UncertaintyError> {
        let unfit = |problem: String| UncertaintyError::Unfit {
            variable: uncertainty.variable.clone(),
            problem,
        };
        let index = variables
            .find(&uncertainty.variable)
            .ok_or_else(|| unfit(unknown_variable(&uncertainty.variable, variables)))?;
        let variable = variables.get(index);
        if variable.causality == Causality::Output {
            return Err(unfit(
                "it is an output and follows from the others; state the uncertainty of what it \
                 follows from"
                    .to_owned(),
            ));
        }
        if !uncertainty.unit.is_commensurable(&variable.unit) {
            return Err(unfit(format!(
                "its unit `{}` measures something else; expected {}, such as `{}`",
                uncertainty.unit.code(),
                variable.unit.dimension(),
                variable.unit.code()
            )));
        }
        Ok(Self {
            variable: index,
            path: variable.path.as_str().into(),
            causality: variable.causality,
            unit: uncertainty.unit.clone(),
            distribution: uncertainty.distribution.clone(),
            bounds: variable.bounds,
        })
    }

    /// The uncertain variable.
    #[must_use]
    pub const fn variable(&self) -> VariableIndex {
        self.variable
    }

    /// Path of the uncertain variable.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The belief, in [`CompiledUncertainty::unit`].
    #[must_use]
    pub const fn distribution(&self) -> &Distribution {
        &self.distribution
    }

    /// The unit that the distribution's numbers are in.
    #[must_use]
    pub const fn unit(&self) -> &Unit {
        &self.unit
    }

    /// Whether a draw is added to what is held, instead of taking its place.
    #[must_use]
    pub fn is_addition(&self) -> bool {
        self.causality != Causality::Parameter
    }

    /// The draw of one member [SI]: the value of a parameter, or what is added
    /// to the value `held` [SI] of an input or state.
    ///
    /// Depends on seed, member and variable only, not on what else is drawn.
    ///
    /// # Errors
    /// When the bounded number of draws brought none inside the bounds.
    pub fn draw(&self, seed: u64, member: u64, held: f64) -> Result<f64, UncertaintyError> {
        let mut stream = random::stream(seed, member, &self.path, Purpose::Uncertainty);
        for _ in 0..MOST_REJECTIONS {
            let drawn = self.distribution.sample(&mut stream);
            let (draw, value) = if self.is_addition() {
                let addition = self.unit.difference_to_si(drawn);
                (addition, held + addition)
            } else {
                let value = self.unit.to_si(drawn);
                (value, value)
            };
            if self.bounds.contains(value) {
                return Ok(draw);
            }
        }
        Err(UncertaintyError::OutOfBounds {
            variable: self.path.to_string(),
            rejected: MOST_REJECTIONS,
            low: self.unit.from_si(self.bounds.low),
            high: self.unit.from_si(self.bounds.high),
            unit: self.unit.code().to_owned(),
        })
    }
}

/// Puts a member's draws into its simulation and its cursor, before anything
/// of the plan is applied.
pub(super) fn apply_draws(
    uncertainties: &[CompiledUncertainty],
    seed: u64,
    member: u64,
    simulation: &mut Simulation,
    cursor: &mut InputCursor,
) -> Result<(), UncertaintyError> {
    cursor.begin(simulation);
    let now: SimTime = simulation.time();
    for uncertainty in uncertainties {
        let variable = uncertainty.variable;
        let held = cursor
            .underlying(variable, now)
            .unwrap_or_else(|| simulation.value(variable));
        let draw = uncertainty.draw(seed, member, held)?;
        match uncertainty.causality {
            Causality::Parameter => {
                simulation.set_parameter(variable, draw);
                cursor.replace_base(variable, draw);
            }
            Causality::Input => {
                if !cursor.add(variable, draw) {
                    simulation.set_input(variable, held + draw);
                }
            }
            // Outputs are refused when the uncertainty is compiled.
            Causality::State | Causality::Output => simulation.set_state(variable, held + draw),
        }
    }
    Ok(())
}

/// Why one member of an ensemble came to no end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MemberError {
    /// A draw failed.
    #[error(transparent)]
    Uncertainty(#[from] UncertaintyError),
    /// Its simulation failed.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
}
