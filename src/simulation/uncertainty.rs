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

    /// The draw of one member \[SI]: the value of a parameter, or what is added
    /// to the value `held` \[SI] of an input or state.
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

#[cfg(test)]
mod tests {
    use super::super::input_plan::{Change, InputPlan, InputSeries};
    use super::super::test_models::{at, index, lag_simulation, lag_twin, lag_variables};
    use super::*;

    fn belief(variable: &str, unit: &'static str, distribution: Distribution) -> Uncertainty {
        Uncertainty {
            variable: variable.to_owned(),
            unit: Unit::known(unit),
            distribution,
        }
    }

    fn normal(mean: f64, standard_deviation: f64) -> Distribution {
        Distribution::Normal {
            mean,
            standard_deviation,
        }
    }

    fn compiled(uncertainty: &Uncertainty) -> CompiledUncertainty {
        CompiledUncertainty::new(uncertainty, &lag_variables(&lag_twin(2))).expect("it fits")
    }

    #[test]
    fn draws_follow_the_belief_in_its_unit() {
        let one = compiled(&belief("lag_1.time_constant", "min", normal(2.0, 0.25)));
        let draws: Vec<f64> = (0..4000)
            .map(|member| one.draw(1, member, 0.0).expect("a draw"))
            .collect();
        let count = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / count;
        let variance = draws.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0);
        // 120 s ± 15 s; five standard errors of the mean and of the deviation.
        assert!((mean - 120.0).abs() < 5.0 * 15.0 / count.sqrt());
        assert!((variance.sqrt() - 15.0).abs() < 5.0 * 15.0 / (2.0 * count).sqrt());
    }

    #[test]
    fn draws_outside_the_bounds_are_drawn_again() {
        let one = compiled(&belief("lag_1.command", "%", normal(0.0, 30.0)));
        for member in 0..2000 {
            let addition = one.draw(1, member, 0.9).expect("a draw");
            assert!((0.0..=1.0).contains(&(0.9 + addition)));
        }
    }

    #[test]
    fn a_belief_outside_the_bounds_ends_with_a_message() {
        let one = compiled(&belief("lag_1.time_constant", "s", normal(-1e6, 1.0)));
        let error = one.draw(1, 0, 0.0).expect_err("never inside");
        assert!(error.to_string().contains("lag_1.time_constant"), "{error}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let variables = lag_variables(&lag_twin(1));
        for (variable, unit) in [
            ("lag_1.reading", "K"),
            ("lag_1.gain", "s"),
            ("lag_1.gein", "K"),
        ] {
            let uncertainty = belief(variable, unit, normal(0.0, 1.0));
            assert!(CompiledUncertainty::new(&uncertainty, &variables).is_err());
        }
    }

    #[test]
    fn the_draw_of_one_does_not_depend_on_the_others() {
        let one = belief("lag_1.gain", "K", normal(20.0, 1.0));
        let other = belief("lag_1.time_constant", "s", normal(10.0, 1.0));
        let variables = lag_variables(&lag_twin(1));
        let both = compile_uncertainties(&[other, one.clone()], &variables).expect("they fit");
        let alone = compile_uncertainties(&[one], &variables).expect("it fits");
        assert_eq!(both[1].draw(9, 4, 0.0), alone[0].draw(9, 4, 0.0));
    }

    /// The commands of 5 s under a plan, with one drawn addition of 5 %.
    fn driven(plan: &InputPlan) -> Vec<f64> {
        let twin = lag_twin(1);
        let mut simulation = lag_simulation(&twin);
        let command = index(&simulation, "lag_1.command");
        simulation.set_input(command, 0.2);
        let constant = Distribution::Uniform {
            low: 4.999_999_999_999,
            high: 5.0,
        };
        let uncertainty = compiled(&belief("lag_1.command", "%", constant));
        let mut cursor = plan.cursor();
        apply_draws(&[uncertainty], 1, 0, &mut simulation, &mut cursor).expect("a draw");
        (0..5)
            .map(|_| {
                cursor.apply(&mut simulation);
                simulation.step().expect("a step");
                simulation.value(command)
            })
            .collect()
    }

    fn close(found: &[f64], expected: &[f64]) -> bool {
        found.len() == expected.len()
            && found
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn an_addition_goes_over_all_that_is_given_but_not_over_decisions() {
        let command = index(&lag_simulation(&lag_twin(1)), "lag_1.command");
        let nothing = InputPlan::default();
        assert!(close(&driven(&nothing), &[0.25; 5]));
        let series = InputPlan::new(&[InputSeries {
            variable: command,
            times: vec![at(1), at(3)],
            values: vec![0.5, 1.0],
        }]);
        // The last sample lies on the upper bound and stays there.
        assert!(close(&driven(&series), &[0.25, 0.55, 0.55, 1.0, 1.0]));
        let decided = nothing
            .with_change(command, at(1), Change::Set(0.8))
            .with_change(command, at(3), Change::Release);
        assert!(close(&driven(&decided), &[0.25, 0.8, 0.8, 0.25, 0.25]));
    }

    #[test]
    fn a_drawn_parameter_is_what_release_gives_back() {
        let twin = lag_twin(1);
        let mut simulation = lag_simulation(&twin);
        let gain = index(&simulation, "lag_1.gain");
        let uncertainty = compiled(&belief("lag_1.gain", "K", normal(50.0, 1.0)));
        let drawn = uncertainty.draw(3, 7, 20.0).expect("a draw");
        let plan = InputPlan::default()
            .with_change(gain, at(1), Change::Set(5.0))
            .with_change(gain, at(2), Change::Release);
        let mut cursor = plan.cursor();
        apply_draws(&[uncertainty], 3, 7, &mut simulation, &mut cursor).expect("a draw");
        let gains: Vec<f64> = (0..3)
            .map(|_| {
                cursor.apply(&mut simulation);
                simulation.step().expect("a step");
                simulation.value(gain)
            })
            .collect();
        assert_eq!(gains, [drawn, 5.0, drawn]);
    }
}
