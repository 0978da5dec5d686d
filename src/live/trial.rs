//! What a what-if brings in the long run, with an interval: a twin with chance
//! replicated as it is and under a change set, both with the same random numbers.

use std::sync::Arc;

use super::change_set::ChangeSet;
use super::error::LiveError;
use crate::inference::statistics::{
    ConfidenceInterval, StatisticsError, interval_of_mean, paired_difference,
};
use crate::quantity::SimDuration;
use crate::simulation::{
    Change, Ensemble, EnsembleRequest, InputPlan, Progress, Simulation, compile_uncertainties,
    run_ensemble,
};
use crate::twin::{Twin, VariableIndex, VariableTable};

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// What to replicate.
#[derive(Clone, Debug)]
pub struct TrialRequest {
    /// The twin as it stands.
    pub twin: Arc<Twin>,
    /// What would be done at the beginning of every run; nothing replicates the
    /// twin as it is.
    pub change_set: ChangeSet,
    /// The variables whose values at the end of a run count.
    pub asked: Vec<VariableIndex>,
    /// Independent replications of each; at least two.
    pub members: u32,
}

/// What one variable came to.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialLine {
    /// The variable.
    pub variable: VariableIndex,
    /// Of the twin as it is \[SI].
    pub base: ConfidenceInterval,
    /// Under the change set \[SI].
    pub changed: Option<ConfidenceInterval>,
    /// Changed minus base, replication by replication under common random
    /// numbers \[SI, as a difference].
    pub difference: Option<ConfidenceInterval>,
}

/// What replications came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// What was done.
    pub change_set: ChangeSet,
    /// Replications of each that came to their end.
    pub members: usize,
    /// Length of each.
    pub horizon: SimDuration,
    /// Run seed, the same for both.
    pub seed: u64,
    /// The variables asked for, in order.
    pub lines: Vec<TrialLine>,
}

impl TrialRequest {
    /// Runs it; the first progress is that of the base, the second that of the
    /// change set.
    ///
    /// # Errors
    /// When it was cancelled, the twin cannot be run, or the change set cannot be
    /// done.
    pub fn run(&self, progress: &[Progress; 2]) -> Result<Trial, LiveError> {
        let twin = &self.twin;
        // Values edited since the document was read count.
        let variables = Arc::new(VariableTable::new(twin, &crate::model::registry()));
        if let Some(problem) = self.change_set.problem(&variables) {
            return Err(LiveError::ChangeSet(problem));
        }
        let simulation = Simulation::compile(twin, &variables)?;
        let horizon = twin.forecast.horizon;
        let mut record = self.asked.clone();
        record.sort_unstable();
        record.dedup();
        let mut request = EnsembleRequest {
            members: self.members,
            seed: twin.forecast.seed,
            horizon,
            // Only the end counts.
            stride: horizon,
            record,
            plan: InputPlan::default(),
            uncertainties: compile_uncertainties(&twin.uncertainties, &variables)?,
            observation_noise: false,
        };
        let base = run_ensemble(&simulation, &request, &progress[0])?;
        let changed = if self.change_set.is_empty() {
            None
        } else {
            request.plan = self.plan(&simulation, &variables)?;
            Some(run_ensemble(&simulation, &request, &progress[1])?)
        };
        self.report(&base, changed.as_ref(), horizon)
    }

    /// What is done at the beginning of a run.
    fn plan(
        &self,
        simulation: &Simulation,
        variables: &VariableTable,
    ) -> Result<InputPlan, LiveError> {
        let start = simulation.time();
        let mut plan = InputPlan::default();
        if let Some(id) = &self.change_set.scenario {
            let scenario = self.twin.scenarios.iter().find(|one| one.id == *id);
            let scenario = scenario
                .ok_or_else(|| LiveError::Request(format!("there is no scenario `{id}`")))?;
            plan = plan.with_scenario(scenario, &self.twin, variables, start)?;
        }
        plan = plan.with_occurrences(&self.change_set.contingencies, variables, start)?;
        for (variable, value) in &self.change_set.changes {
            plan = plan.with_change(*variable, start, Change::Set(*value));
        }
        Ok(plan)
    }

    fn report(
        &self,
        base: &Ensemble,
        changed: Option<&Ensemble>,
        horizon: SimDuration,
    ) -> Result<Trial, LiveError> {
        // A member that failed in one has no partner in the other.
        let members: Vec<u32> = (0..base.members())
            .filter(|member| base.succeeded(*member))
            .filter(|member| changed.is_none_or(|one| one.succeeded(*member)))
            .collect();
        let ends = |ensemble: &Ensemble, variable: VariableIndex| -> Vec<f64> {
            let of_member = |member: &u32| ensemble.member(variable, *member)?.last().copied();
            members.iter().filter_map(of_member).collect()
        };
        let line = |variable: &VariableIndex| -> Result<TrialLine, StatisticsError> {
            let without = ends(base, *variable);
            let with = changed.map(|one| ends(one, *variable));
            let interval = |values: &Vec<f64>| interval_of_mean(values, CONFIDENCE);
            let pairs = |values: &Vec<f64>| paired_difference(&without, values, CONFIDENCE);
            Ok(TrialLine {
                variable: *variable,
                base: interval(&without)?,
                changed: with.as_ref().map(interval).transpose()?,
                difference: with.as_ref().map(pairs).transpose()?,
            })
        };
        let lines = self.asked.iter().map(line).collect::<Result<_, _>>();
        Ok(Trial {
            change_set: self.change_set.clone(),
            members: members.len(),
            horizon,
            seed: base.seed(),
            lines: lines.map_err(|error| {
                LiveError::Request(format!("the replications say nothing: {error}"))
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"(
        format: 1, id: "line", name: "Line", version: "1", epoch: "2026-01-05T00:00:00Z", timestep: "10 min",
        forecast: (horizon: "2 d", stride: "1 h", members: 8, seed: 3),
        assets: [
            (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
            (id: "saw", kind: "flow.Machine", parameters: { "service_time": "60 s" },
             attributes: { "service_distribution": "Exponential" }),
            (id: "rack", kind: "flow.Buffer", parameters: { "capacity": "1" }),
            (id: "mill", kind: "flow.Machine", parameters: { "service_time": "60 s" },
             attributes: { "service_distribution": "Exponential" }),
            (id: "done", kind: "flow.Sink"),
        ],
        links: [
            (from: "raw.out", to: "saw.in"), (from: "saw.out", to: "rack.in"),
            (from: "rack.out", to: "mill.in"), (from: "mill.out", to: "done.in"),
        ],
    )"#;

    fn run(places: Option<f64>, members: u32) -> Trial {
        let twin: Twin = ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
            .from_str(LINE)
            .expect("a document");
        let variables = VariableTable::new(&twin, &crate::model::registry());
        let find = |path: &str| variables.find(path).expect("declared");
        let capacity = find("rack.capacity");
        let request = TrialRequest {
            asked: vec![find("done.mean_throughput")],
            change_set: places.map_or_else(ChangeSet::default, |one| ChangeSet::of(capacity, one)),
            members,
            twin: Arc::new(twin),
        };
        request.run(&Default::default()).expect("a run")
    }

    #[test]
    fn one_more_place_brings_what_theory_says_and_common_numbers_make_it_certain() {
        // Two exponential stations of rate one with B places between: (B + 2) / (B + 3).
        let trial = run(Some(2.0), 12);
        let line = &trial.lines[0];
        let per_minute = |value: f64| value * 60.0;
        let (base, changed) = (line.base, line.changed.expect("compared"));
        let difference = line.difference.expect("paired");
        // Four half widths hold the exact value, but once in millions of times; starting
        // empty costs less than a thousandth over two days.
        for (found, exact) in [(base, 3.0 / 4.0), (changed, 4.0 / 5.0), (difference, 0.05)] {
            let away = (per_minute(found.mean) - exact).abs();
            let reach = 4.0 * per_minute(found.half_width) + 1e-3;
            assert!(away < reach, "{exact}: {away} beyond {reach}");
        }
        assert!(!difference.contains(0.0));
        let apart = base.half_width.hypot(changed.half_width);
        assert!(difference.half_width < 0.7 * apart, "common numbers help");
    }

    #[test]
    fn without_a_what_if_the_twin_itself_is_replicated() {
        let trial = run(None, 4);
        assert_eq!(trial.members, 4);
        assert_eq!(trial.lines[0].difference, None);
    }
}
