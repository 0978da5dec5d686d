//! A scenario of the document, resolved against its twin.

use super::input_plan::{Change, InputPlan};
use crate::quantity::{Quantity, SimDuration, SimTime};
use crate::twin::{
    Action, Causality, Intervention, Occurrence, OccurrenceError, Scenario, Twin, Uncertainty,
    Variable, VariableTable,
};

/// What messages call contingencies that no scenario lists.
const WHAT_IF: &str = "what-if";

/// Why a scenario cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// No scenario has this id.
    #[error("there is no scenario `{id}`; {known}")]
    Unknown {
        /// The id asked for.
        id: String,
        /// What there is instead, as a sentence.
        known: String,
    },
    /// The base scenarios lead back to one that was there before.
    #[error("scenario `{id}` is its own base: {chain}; let one of them stand without a base")]
    Cycle {
        /// The scenario met twice.
        id: String,
        /// The way round: `a → b → a`.
        chain: String,
    },
    /// A contingency cannot come about.
    #[error("{place}, `{what}`: {problem}")]
    Occurrence {
        /// What lists it: ``scenario `night` ``, `what-if`.
        place: String,
        /// The occurrence, as text.
        what: String,
        /// What is wrong and what is expected.
        problem: OccurrenceError,
    },
    /// An intervention cannot be carried out.
    #[error("scenario `{scenario}`, intervention on `{variable}` at {at}: {problem}")]
    Intervention {
        /// The scenario that lists it.
        scenario: String,
        /// The variable it names.
        variable: String,
        /// Its time after the scenario's start.
        at: SimDuration,
        /// What is wrong and what is expected.
        problem: String,
    },
}

/// A scenario with what its bases say put in.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedScenario {
    /// Interventions with the id of the scenario that lists each, contingencies
    /// among them as the interventions they stand for: those of the deepest base
    /// first, in order of time.
    pub interventions: Vec<(String, Intervention)>,
    /// How long it runs, from the nearest scenario of the chain that says so.
    pub horizon: Option<SimDuration>,
    /// Number of ensemble members, likewise.
    pub members: Option<u32>,
    /// Run seed, likewise.
    pub seed: Option<u64>,
    /// The twin's uncertainties, with those of the chain in place of them, by
    /// variable.
    pub uncertainties: Vec<Uncertainty>,
}

impl ResolvedScenario {
    /// The scenario `id` of `twin`, resolved.
    ///
    /// # Errors
    /// When there is none, or as [`ResolvedScenario::resolve`].
    pub fn find(id: &str, twin: &Twin, variables: &VariableTable) -> Result<Self, ScenarioError> {
        Self::resolve(named(id, twin)?, twin, variables)
    }

    /// Puts together what the scenario and its bases say.
    ///
    /// # Errors
    /// When a base does not exist or is met twice, or a contingency cannot come
    /// about.
    pub fn resolve(
        scenario: &Scenario,
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Self, ScenarioError> {
        let mut chain = vec![scenario];
        while let Some(base) = chain[chain.len() - 1].base.as_deref() {
            if chain.iter().any(|one| one.id == base) {
                let mut ids: Vec<_> = chain.iter().map(|one| one.id.as_str()).collect();
                ids.push(base);
                return Err(ScenarioError::Cycle {
                    id: base.to_owned(),
                    chain: ids.join(" → "),
                });
            }
            chain.push(named(base, twin)?);
        }
        let mut uncertainties = twin.uncertainties.clone();
        let mut interventions = Vec::new();
        for one in chain.iter().rev() {
            for uncertainty in &one.uncertainties {
                match uncertainties
                    .iter_mut()
                    .find(|other| other.variable == uncertainty.variable)
                {
                    Some(other) => *other = uncertainty.clone(),
                    None => uncertainties.push(uncertainty.clone()),
                }
            }
            for occurrence in &one.contingencies {
                let place = format!("scenario `{}`", one.id);
                let stands_for = interventions_of(occurrence, &place, variables)?;
                interventions.extend(stands_for.into_iter().map(|each| (one.id.clone(), each)));
            }
            for intervention in &one.interventions {
                interventions.push((one.id.clone(), intervention.clone()));
            }
        }
        // Stable: at the same time, bases first, then in order of listing.
        interventions.sort_by_key(|(_, intervention)| intervention.at);
        Ok(Self {
            interventions,
            horizon: chain.iter().find_map(|one| one.horizon),
            members: chain.iter().find_map(|one| one.members),
            seed: chain.iter().find_map(|one| one.seed),
            uncertainties,
        })
    }
}

/// What an occurrence listed in `place` stands for.
fn interventions_of(
    occurrence: &Occurrence,
    place: &str,
    variables: &VariableTable,
) -> Result<Vec<Intervention>, ScenarioError> {
    occurrence
        .interventions(variables)
        .map_err(|problem| ScenarioError::Occurrence {
            place: place.to_owned(),
            what: occurrence.to_string(),
            problem,
        })
}

fn named<'twin>(id: &str, twin: &'twin Twin) -> Result<&'twin Scenario, ScenarioError> {
    twin.scenarios
        .iter()
        .find(|one| one.id == id)
        .ok_or_else(|| {
            let known: Vec<_> = twin
                .scenarios
                .iter()
                .map(|one| format!("`{}`", one.id))
                .collect();
            ScenarioError::Unknown {
                id: id.to_owned(),
                known: if known.is_empty() {
                    "the twin has no scenarios".to_owned()
                } else {
                    format!("the twin has {}", known.join(", "))
                },
            }
        })
}

impl InputPlan {
    /// This plan with the interventions of a scenario that starts at `start`.
    ///
    /// Interventions are carried out at the first step that begins at their
    /// time or after it, in order of time, then of listing, those of bases
    /// first.
    ///
    /// # Errors
    /// A broken chain of bases; a contingency that cannot come about; an intervention on what is neither an input nor
    /// a parameter, in a unit of another dimension or out of bounds.
    pub fn with_scenario(
        mut self,
        scenario: &Scenario,
        twin: &Twin,
        variables: &VariableTable,
        start: SimTime,
    ) -> Result<Self, ScenarioError> {
        let resolved = ResolvedScenario::resolve(scenario, twin, variables)?;
        for (id, intervention) in &resolved.interventions {
            self = self
                .with_intervention(intervention, variables, start)
                .map_err(|problem| ScenarioError::Intervention {
                    scenario: id.clone(),
                    variable: intervention.variable.clone(),
                    at: intervention.at,
                    problem,
                })?;
        }
        Ok(self)
    }

    /// This plan with contingencies that come about in a what-if which starts at
    /// `start`.
    ///
    /// # Errors
    /// When one cannot come about.
    pub fn with_occurrences(
        mut self,
        occurrences: &[Occurrence],
        variables: &VariableTable,
        start: SimTime,
    ) -> Result<Self, ScenarioError> {
        for occurrence in occurrences {
            for intervention in interventions_of(occurrence, WHAT_IF, variables)? {
                self = self
                    .with_intervention(&intervention, variables, start)
                    .map_err(|problem| ScenarioError::Intervention {
                        scenario: WHAT_IF.to_owned(),
                        variable: intervention.variable.clone(),
                        at: intervention.at,
                        problem,
                    })?;
            }
        }
        Ok(self)
    }

    fn with_intervention(
        self,
        intervention: &Intervention,
        variables: &VariableTable,
        start: SimTime,
    ) -> Result<Self, String> {
        let Some(index) = variables.find(&intervention.variable) else {
            return Err(unknown_variable(&intervention.variable, variables));
        };
        let variable = variables.get(index);
        if !matches!(variable.causality, Causality::Input | Causality::Parameter) {
            return Err(format!(
                "`{}` is {} and follows from the others; only inputs and parameters can be \
                 changed",
                variable.path,
                match variable.causality {
                    Causality::State => "a state",
                    _ => "an output",
                }
            ));
        }
        if intervention.at.is_negative() {
            return Err("it lies before the scenario's start; give a time of zero or more".into());
        }
        let beyond = || "its time is more than 292 years after the epoch".to_owned();
        let at = start.checked_add(intervention.at).ok_or_else(beyond)?;
        let si = |quantity: &Quantity| -> Result<f64, String> {
            if !quantity.unit().is_commensurable(&variable.unit) {
                return Err(format!(
                    "`{quantity}` is not a value of it; expected {}, such as `{}`",
                    variable.unit.dimension(),
                    variable.unit.code()
                ));
            }
            let value = quantity.si();
            if variable.bounds.contains(value) {
                Ok(value)
            } else {
                Err(format!(
                    "`{quantity}` is out of bounds; expected {}",
                    bounds_text(variable)
                ))
            }
        };
        let change = match &intervention.action {
            Action::Set(value) => Change::Set(si(value)?),
            Action::Ramp { to, over } => {
                if over.is_negative() {
                    return Err("a ramp takes a time of zero or more".into());
                }
                Change::Ramp {
                    to: si(to)?,
                    until: at.checked_add(*over).ok_or_else(beyond)?,
                }
            }
            Action::Hold => Change::Hold,
            Action::Release => Change::Release,
        };
        Ok(self.with_change(index, at, change))
    }
}

/// The values a variable may have: `above 0 J/K`, `0 to 100 %`.
fn bounds_text(variable: &Variable) -> String {
    let unit = &variable.unit;
    let code = unit.code();
    let low = unit.from_si(variable.bounds.low);
    let high = unit.from_si(variable.bounds.high);
    match (low.is_finite(), high.is_finite()) {
        (false, false) => "a finite number".to_owned(),
        (false, true) => format!("{high} {code} or less"),
        (true, false) if variable.bounds.low_inclusive => format!("{low} {code} or more"),
        (true, false) => format!("above {low} {code}"),
        (true, true) if variable.bounds.low_inclusive => format!("{low} to {high} {code}"),
        (true, true) => format!("above {low} and up to {high} {code}"),
    }
}

/// `there is no variable …`, with the nearest names.
pub(super) fn unknown_variable(path: &str, variables: &VariableTable) -> String {
    let mut near: Vec<_> = variables
        .iter()
        .map(|(_, variable)| {
            let likeness = strsim::jaro_winkler(path, &variable.path);
            (likeness, variable.path.as_str())
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.truncate(3);
    let mut message = format!("there is no variable `{path}`");
    if !near.is_empty() {
        let names: Vec<_> = near.iter().map(|(_, name)| format!("`{name}`")).collect();
        message.push_str("; did you mean ");
        message.push_str(&names.join(" or "));
        message.push('?');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::super::test_models::{at, index, lag_simulation, lag_twin, lag_variables};
    use super::*;
    use crate::quantity::{Distribution, Unit};

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).expect("a quantity")
    }

    fn seconds(value: i64) -> SimDuration {
        SimDuration::from_whole_seconds(value)
    }

    fn scenario(id: &str, base: Option<&str>, interventions: Vec<Intervention>) -> Scenario {
        Scenario {
            id: id.to_owned(),
            name: String::new(),
            description: String::new(),
            base: base.map(str::to_owned),
            horizon: None,
            members: None,
            seed: None,
            uncertainties: Vec::new(),
            contingencies: Vec::new(),
            interventions,
        }
    }

    fn intervention(variable: &str, at: i64, action: Action) -> Intervention {
        Intervention {
            variable: variable.to_owned(),
            at: seconds(at),
            action,
        }
    }

    fn set(at: i64, value: &str) -> Intervention {
        intervention("lag_1.command", at, Action::Set(quantity(value)))
    }

    fn commands(twin: &Twin, id: &str, start: i64, steps: usize) -> Vec<f64> {
        let mut simulation = lag_simulation(twin);
        let command = index(&simulation, "lag_1.command");
        let chosen = named(id, twin).expect("a scenario");
        let plan = InputPlan::default()
            .with_scenario(chosen, twin, simulation.variables(), at(start))
            .expect("a plan");
        let mut cursor = plan.cursor();
        (0..steps)
            .map(|_| {
                cursor.apply(&mut simulation);
                simulation.step().expect("a step");
                simulation.value(command)
            })
            .collect()
    }

    #[test]
    fn interventions_count_from_the_scenarios_start_in_the_documents_units() {
        let mut twin = lag_twin(1);
        twin.scenarios = vec![scenario("a", None, vec![set(1, "50 %"), set(0, "25 %")])];
        assert_eq!(commands(&twin, "a", 0, 3), [0.25, 0.5, 0.5]);
        assert_eq!(commands(&twin, "a", 1, 3), [0.0, 0.25, 0.5]);
    }

    #[test]
    fn of_the_same_time_the_base_comes_first_and_the_listing_decides() {
        let mut twin = lag_twin(1);
        twin.scenarios = vec![
            scenario("own", Some("middle"), vec![set(1, "30 %")]),
            scenario("middle", Some("deep"), vec![set(0, "20 %"), set(2, "60 %")]),
            scenario("deep", None, vec![set(1, "90 %"), set(3, "10 %")]),
        ];
        // At 1 s both `deep` and `own` set; the one on top counts.
        assert_eq!(commands(&twin, "own", 0, 4), [0.2, 0.3, 0.6, 0.1]);
    }

    fn occurrence(text: &str) -> Occurrence {
        Occurrence::parse(text).expect("an occurrence")
    }

    #[test]
    fn a_contingency_is_the_interventions_it_stands_for() {
        let mut twin = lag_twin(1);
        let mut named = scenario("named", None, vec![set(0, "10 %")]);
        named.contingencies = vec![
            occurrence("lag_1 forced 80 % from 1 s to 3 s"),
            occurrence("lag_1 dead from 4 s"),
        ];
        let raw = vec![
            set(0, "10 %"),
            set(1, "80 %"),
            intervention("lag_1.command", 3, Action::Release),
            set(4, "0 %"),
        ];
        twin.scenarios = vec![named, scenario("raw", None, raw)];
        let by_name = commands(&twin, "named", 0, 6);
        assert_eq!(by_name, commands(&twin, "raw", 0, 6));
        assert_eq!(by_name, [0.1, 0.8, 0.8, 0.0, 0.0, 0.0]);
        let variables = lag_variables(&twin);
        let [named, raw] = ["named", "raw"]
            .map(|id| ResolvedScenario::find(id, &twin, &variables).expect("a scenario"));
        let times = |one: &ResolvedScenario| -> Vec<SimDuration> {
            one.interventions.iter().map(|(_, each)| each.at).collect()
        };
        assert_eq!(
            times(&named),
            times(&raw),
            "what befalls is among what is done"
        );
    }

    #[test]
    fn contingencies_of_a_base_come_along_and_an_intervention_at_the_same_time_counts() {
        let mut twin = lag_twin(1);
        let mut base = scenario("base", None, Vec::new());
        base.contingencies = vec![occurrence("lag_1 forced 40 %")];
        let own = scenario("own", Some("base"), vec![set(2, "90 %")]);
        let mut both = scenario("both", None, vec![set(0, "30 %")]);
        both.contingencies = vec![occurrence("lag_1 dead")];
        twin.scenarios = vec![own, base, both];
        assert_eq!(commands(&twin, "own", 0, 4), [0.4, 0.4, 0.9, 0.9]);
        assert_eq!(commands(&twin, "both", 0, 2), [0.3, 0.3]);
    }

    #[test]
    fn a_contingency_that_cannot_come_about_is_refused_with_its_scenario() {
        let mut twin = lag_twin(1);
        let mut wrong = scenario("night", None, Vec::new());
        wrong.contingencies = vec![occurrence("lag_1 forced 800 %")];
        twin.scenarios = vec![wrong];
        let error = ResolvedScenario::find("night", &twin, &lag_variables(&twin))
            .expect_err("out of bounds")
            .to_string();
        for word in ["scenario `night`", "lag_1 forced 800 %", "100 %"] {
            assert!(error.contains(word), "{word}: {error}");
        }
        let error = InputPlan::default()
            .with_occurrences(&[occurrence("lag_2 dead")], &lag_variables(&twin), at(0))
            .expect_err("no such asset")
            .to_string();
        assert!(
            error.contains("what-if") && error.contains("lag_1"),
            "{error}"
        );
    }

    #[test]
    fn the_nearest_of_the_chain_decides_on_the_run() {
        let mut twin = lag_twin(1);
        let belief = |mean| Uncertainty {
            variable: "lag_1.gain".to_owned(),
            unit: Unit::known("K"),
            distribution: Distribution::Normal {
                mean,
                standard_deviation: 1.0,
            },
        };
        twin.uncertainties = vec![belief(20.0)];
        let mut base = scenario("base", None, Vec::new());
        base.seed = Some(3);
        base.members = Some(10);
        base.uncertainties = vec![belief(30.0)];
        let mut own = scenario("own", Some("base"), Vec::new());
        own.members = Some(20);
        own.horizon = Some(seconds(60));
        twin.scenarios = vec![base, own];
        let resolved =
            ResolvedScenario::find("own", &twin, &lag_variables(&twin)).expect("a scenario");
        assert_eq!(resolved.seed, Some(3));
        assert_eq!(resolved.members, Some(20));
        assert_eq!(resolved.horizon, Some(seconds(60)));
        assert_eq!(resolved.uncertainties, vec![belief(30.0)]);
    }

    #[test]
    fn a_closed_chain_of_bases_is_refused_with_the_way_round() {
        let mut twin = lag_twin(1);
        twin.scenarios = vec![
            scenario("a", Some("b"), Vec::new()),
            scenario("b", Some("a"), Vec::new()),
        ];
        let error = ResolvedScenario::find("a", &twin, &lag_variables(&twin)).expect_err("a cycle");
        assert!(error.to_string().contains("a → b → a"), "{error}");
    }

    #[test]
    fn an_unknown_scenario_is_refused_with_those_there_are() {
        let mut twin = lag_twin(1);
        twin.scenarios = vec![scenario("warm", Some("nothing"), Vec::new())];
        let error =
            ResolvedScenario::find("worm", &twin, &lag_variables(&twin)).expect_err("unknown");
        assert!(error.to_string().contains("`warm`"), "{error}");
        let error = ResolvedScenario::find("warm", &twin, &lag_variables(&twin))
            .expect_err("an unknown base");
        assert!(error.to_string().contains("`nothing`"), "{error}");
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_what_can() {
        let twin = lag_twin(1);
        let variables = lag_variables(&twin);
        let refused = |one: Intervention| {
            InputPlan::default()
                .with_scenario(&scenario("a", None, vec![one]), &twin, &variables, at(0))
                .expect_err("refused")
                .to_string()
        };
        let value = || Action::Set(quantity("50 %"));
        assert!(refused(intervention("lag_1.comand", 0, value())).contains("`lag_1.command`"));
        assert!(refused(intervention("lag_1.level", 0, value())).contains("a state"));
        assert!(refused(intervention("lag_1.reading", 0, value())).contains("an output"));
        assert!(refused(intervention("lag_1.command", -1, value())).contains("zero or more"));
        assert!(refused(set(0, "120 %")).contains("0 to 100 %"));
        assert!(refused(set(0, "3 K")).contains("expected"));
        let backwards = Action::Ramp {
            to: quantity("50 %"),
            over: seconds(-1),
        };
        assert!(refused(intervention("lag_1.command", 0, backwards)).contains("zero or more"));
        let time_constant = Action::Set(quantity("0 s"));
        let message = refused(intervention("lag_1.time_constant", 0, time_constant));
        assert!(message.contains("above 0 s"), "{message}");
    }
}
