//! The headless job behind `counterpart replicate`: what a system with chance does
//! on average, what a scenario changes, and how sure both are.

use std::path::PathBuf;

use super::error::LiveError;
use super::open::load;
use crate::inference::statistics::{
    ConfidenceInterval, StatisticsError, interval_of_mean, paired_difference,
};
use crate::quantity::{SimDuration, Unit, format};
use crate::simulation::{
    Ensemble, EnsembleRequest, InputPlan, Progress, ResolvedScenario, Simulation,
    compile_uncertainties, run_ensemble,
};
use crate::twin::{LoadedTwin, VariableIndex};

/// What to replicate.
#[derive(Clone, Debug)]
pub struct ReplicateRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// The variables asked for, as `asset.quantity`; their values at the end of the
    /// run count.
    pub variables: Vec<String>,
    /// Id of the scenario to compare with the twin as it is.
    pub scenario: Option<String>,
    /// Independent replications of each; at least two.
    pub members: u32,
    /// Confidence of the intervals, such as 0.95.
    pub confidence: f64,
    /// Run seed; the scenario's or the document's when absent.
    pub seed: Option<u64>,
    /// How long to run; the scenario's or the forecast's horizon when absent.
    pub until: Option<SimDuration>,
}

/// What one variable came to.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicatedVariable {
    /// `asset.quantity`.
    pub path: String,
    /// Unit for people.
    pub unit: Unit,
    /// Of the twin as it is \[SI].
    pub base: ConfidenceInterval,
    /// Under the scenario \[SI].
    pub changed: Option<ConfidenceInterval>,
    /// Scenario minus base, member by member under common random numbers \[SI].
    pub difference: Option<ConfidenceInterval>,
}

/// A station and how much of its hours it is active: at work, set up or down.
#[derive(Clone, Debug, PartialEq)]
pub struct StationActivity {
    /// Id of the station.
    pub id: String,
    /// Active share of its working hours. Of stations whose work takes times of very
    /// different length, such as a crate here and a pallet there, it tells the
    /// bottleneck where the length of active periods cannot.
    pub active: ConfidenceInterval,
    /// Mean active period without a break \[s].
    pub active_period: ConfidenceInterval,
    /// Share of time in which it works.
    pub working: f64,
    /// Share of time in which it waits for room behind it.
    pub blocked: f64,
    /// Share of time in which it has nothing to work on.
    pub starved: f64,
}

/// What replications came to.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicateOutcome {
    /// Id and version of the twin.
    pub twin: String,
    /// Id of the scenario.
    pub scenario: Option<String>,
    /// Length of each replication.
    pub horizon: SimDuration,
    /// Replications of each.
    pub members: u32,
    /// Run seed.
    pub seed: u64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// The variables asked for, in order.
    pub variables: Vec<ReplicatedVariable>,
    /// The stations of the base by their active share, the largest first: the
    /// bottleneck.
    pub stations: Vec<StationActivity>,
}

/// What is looked at of every station.
const ACTIVITY: [&str; 7] = [
    "active_period",
    "working",
    "blocked",
    "starved",
    "setting_up",
    "down",
    "off",
];

/// Replicates a twin, and beside it a scenario with the same seeds.
///
/// # Errors
/// When the document has errors, something asked for is not there, or the run
/// fails.
pub fn replicate(
    request: &ReplicateRequest,
    progress: &Progress,
) -> Result<ReplicateOutcome, LiveError> {
    let loaded = load(&request.twin)?;
    let (twin, variables) = (&loaded.twin, &loaded.variables);
    let asked = (request.variables.iter())
        .map(|path| {
            variables.find(path).ok_or_else(|| {
                LiveError::Request(format!(
                    "there is no variable `{path}`; name one as `asset.quantity`, such as \
                     `shipped.mean_throughput`"
                ))
            })
        })
        .collect::<Result<Vec<VariableIndex>, LiveError>>()?;
    let stations: Vec<(String, [VariableIndex; ACTIVITY.len()])> = (twin.assets.iter().enumerate())
        .filter_map(|(position, asset)| {
            let mut of = [VariableIndex(0); ACTIVITY.len()];
            for (place, name) in of.iter_mut().zip(ACTIVITY) {
                *place = variables.of_asset(position, name)?;
            }
            Some((asset.id.clone(), of))
        })
        .collect();
    let scenario = (request.scenario.as_ref())
        .map(|id| {
            ResolvedScenario::find(id, twin, variables)?;
            (twin.scenarios.iter())
                .find(|scenario| scenario.id == *id)
                .ok_or_else(|| LiveError::Request(format!("there is no scenario `{id}`")))
        })
        .transpose()?;
    let horizon = (request.until)
        .or_else(|| scenario.and_then(|one| one.horizon))
        .unwrap_or(twin.forecast.horizon);
    let seed = (request.seed)
        .or_else(|| scenario.and_then(|one| one.seed))
        .unwrap_or(twin.forecast.seed);
    let mut record = asked.clone();
    record.extend(stations.iter().flat_map(|(_, of)| of));
    record.sort_unstable();
    record.dedup();
    let mut ensemble = EnsembleRequest {
        members: request.members,
        seed,
        horizon,
        // Only the end counts.
        stride: horizon,
        record,
        plan: InputPlan::default(),
        uncertainties: compile_uncertainties(&twin.uncertainties, variables)?,
        observation_noise: false,
    };
    let simulation = Simulation::compile(twin, variables)?;
    let base = run_ensemble(&simulation, &ensemble, progress)?;
    let changed = match scenario {
        None => None,
        Some(scenario) => {
            let start = simulation.time();
            let plan = std::mem::take(&mut ensemble.plan);
            ensemble.plan = plan.with_scenario(scenario, twin, variables, start)?;
            Some(run_ensemble(&simulation, &ensemble, progress)?)
        }
    };
    report(
        request,
        &loaded,
        &asked,
        &stations,
        &base,
        changed.as_ref(),
        horizon,
    )
}

fn report(
    request: &ReplicateRequest,
    loaded: &LoadedTwin,
    asked: &[VariableIndex],
    stations: &[(String, [VariableIndex; ACTIVITY.len()])],
    base: &Ensemble,
    changed: Option<&Ensemble>,
    horizon: SimDuration,
) -> Result<ReplicateOutcome, LiveError> {
    let confidence = request.confidence;
    // A member that failed in one has no partner in the other.
    let members: Vec<u32> = (0..base.members())
        .filter(|&member| {
            base.succeeded(member) && changed.is_none_or(|changed| changed.succeeded(member))
        })
        .collect();
    let last = |ensemble: &Ensemble, variable: VariableIndex| -> Vec<f64> {
        let of_member = |&member: &u32| ensemble.member(variable, member)?.last().copied();
        members.iter().filter_map(of_member).collect()
    };
    let mut outcome = ReplicateOutcome {
        twin: format!("{} {}", loaded.twin.id, loaded.twin.version),
        scenario: request.scenario.clone(),
        horizon,
        members: u32::try_from(members.len()).unwrap_or(u32::MAX),
        seed: base.seed(),
        confidence,
        variables: Vec::new(),
        stations: Vec::new(),
    };
    for &variable in asked {
        let described = loaded.variables.get(variable);
        let of_base = last(base, variable);
        let of_changed = changed.map(|changed| last(changed, variable));
        let interval = |values: &Vec<f64>| interval_of_mean(values, confidence);
        let pairs = |values: &Vec<f64>| paired_difference(&of_base, values, confidence);
        outcome.variables.push(ReplicatedVariable {
            path: described.path.clone(),
            unit: described.unit.clone(),
            base: interval(&of_base).map_err(unsaid)?,
            changed: of_changed
                .as_ref()
                .map(interval)
                .transpose()
                .map_err(unsaid)?,
            difference: of_changed.as_ref().map(pairs).transpose().map_err(unsaid)?,
        });
    }
    let mean = |variable| {
        let values = last(base, variable);
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    for (id, [period, working, blocked, starved, setting_up, down, off]) in stations {
        let periods = last(base, *period);
        let off = last(base, *off);
        let mut active = vec![0.0; off.len()];
        for part in [working, setting_up, down] {
            for (sum, share) in active.iter_mut().zip(last(base, *part)) {
                *sum += share;
            }
        }
        for (share, off) in active.iter_mut().zip(off) {
            *share /= (1.0 - off).max(f64::MIN_POSITIVE);
        }
        outcome.stations.push(StationActivity {
            id: id.clone(),
            active: interval_of_mean(&active, confidence).map_err(unsaid)?,
            active_period: interval_of_mean(&periods, confidence).map_err(unsaid)?,
            working: mean(*working),
            blocked: mean(*blocked),
            starved: mean(*starved),
        });
    }
    outcome.stations.sort_by(|one, other| {
        let share = |station: &StationActivity| station.active.mean;
        share(other).total_cmp(&share(one))
    });
    Ok(outcome)
}

fn unsaid(error: StatisticsError) -> LiveError {
    LiveError::Request(format!("the replications say nothing: {error}"))
}

impl ReplicateOutcome {
    /// The outcome for people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut lines = vec![format!(
            "{}: {} replications of {}, seed {}, {} % intervals",
            self.twin,
            self.members,
            self.horizon,
            self.seed,
            format::format_number(self.confidence * 100.0, 3)
        )];
        for variable in &self.variables {
            let shown = |interval: &ConfidenceInterval, is_difference: bool| {
                let unit = &variable.unit;
                let mean = if is_difference {
                    format::format_difference(interval.mean, unit, 5)
                } else {
                    format::format_quantity(interval.mean, unit, 5)
                };
                let half = format::format_difference(interval.half_width, unit, 2);
                format!("{mean} ± {half}")
            };
            lines.push(format!(
                "{}: {}",
                variable.path,
                shown(&variable.base, false)
            ));
            if let (Some(scenario), Some(changed)) = (&self.scenario, &variable.changed) {
                lines.push(format!("  under {scenario}: {}", shown(changed, false)));
            }
            if let Some(difference) = &variable.difference {
                let verdict = if difference.contains(0.0) {
                    "no difference is seen with this many replications"
                } else if difference.mean > 0.0 {
                    "more"
                } else {
                    "less"
                };
                lines.push(format!(
                    "  difference: {} ({verdict})",
                    shown(difference, true)
                ));
            }
        }
        if !self.stations.is_empty() {
            lines.push(
                "stations by the share of their hours in which they are active (at work, set up \
                 or down), the bottleneck first; shares of all time"
                    .to_owned(),
            );
        }
        for station in &self.stations {
            let percent = |share: f64| format!("{:.1} %", 100.0 * share);
            lines.push(format!(
                "  {}: active {} ± {}, {:.1} s at a time, working {}, blocked {}, starved {}",
                station.id,
                percent(station.active.mean),
                percent(station.active.half_width),
                station.active_period.mean,
                percent(station.working),
                percent(station.blocked),
                percent(station.starved)
            ));
        }
        lines.join("\n") + "\n"
    }
}
