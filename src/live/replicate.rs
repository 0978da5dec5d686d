//! The headless job behind `counterpart replicate`: what a system with chance does
//! on average, what a scenario changes, and how sure both are.

use std::path::PathBuf;

use super::error::LiveError;
use super::open::load;
use super::replications::Replications;
use crate::inference::statistics::{
    ConfidenceInterval, Precision, StatisticsError, StoppingRule, interval_of_mean,
    paired_difference, replicate_until,
};
use crate::model::flow::statistics::{Activity, SHARE_QUANTITIES, Utilisation};
use crate::quantity::{SimDuration, Unit, format};
use crate::simulation::{
    EnsembleRequest, InputPlan, Progress, ResolvedScenario, Simulation, compile_uncertainties,
};
use crate::twin::{LoadedTwin, Scenario, VariableIndex, VariableTable};

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
    /// Independent replications of each; at least two. Where `precision` is given, the
    /// fewest.
    pub members: u32,
    /// Goes on until the intervals are as narrow as this.
    pub precision: Option<WantedPrecision>,
    /// Confidence of the intervals, such as 0.95.
    pub confidence: f64,
    /// Run seed; the scenario's or the document's when absent.
    pub seed: Option<u64>,
    /// How long to run; the scenario's or the forecast's horizon when absent.
    pub until: Option<SimDuration>,
}

/// How narrow the intervals of all variables asked for are to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WantedPrecision {
    /// Half-width relative to the mean, such as 0.005; above zero.
    pub relative_half_width: f64,
    /// Most replications of each.
    pub most: u32,
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
    /// The precision that was wanted, and whether it was reached.
    pub precision: Option<(WantedPrecision, bool)>,
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

/// What is looked at of a station.
struct Looked {
    id: String,
    active_period: VariableIndex,
    /// Its shares of time, by the number of the activity.
    shares: [VariableIndex; SHARE_QUANTITIES.len()],
}

impl Looked {
    /// What is to be looked at of the asset at a position in the document; `None` where it
    /// is no station.
    fn new(id: &str, position: usize, variables: &VariableTable) -> Option<Self> {
        let mut shares = [VariableIndex(0); SHARE_QUANTITIES.len()];
        for (place, name) in shares.iter_mut().zip(SHARE_QUANTITIES) {
            *place = variables.of_asset(position, name)?;
        }
        Some(Self {
            id: id.to_owned(),
            active_period: variables.of_asset(position, "active_period")?,
            shares,
        })
    }

    fn variables(&self) -> impl Iterator<Item = VariableIndex> {
        [self.active_period].into_iter().chain(self.shares)
    }
}

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
        .map(|path| find_variable(path, variables))
        .collect::<Result<Vec<VariableIndex>, LiveError>>()?;
    if request.precision.is_some() && asked.is_empty() {
        return Err(LiveError::Request(
            "a wanted half-width needs a variable whose interval it is; name one with `--of`, such \
             as `--of shipped.mean_throughput`"
                .to_owned(),
        ));
    }
    let stations: Vec<Looked> = (twin.assets.iter().enumerate())
        .filter_map(|(position, asset)| Looked::new(&asset.id, position, variables))
        .collect();
    let scenario = (request.scenario.as_ref())
        .map(|id| find_scenario(id, &loaded))
        .transpose()?;
    let horizon = (request.until)
        .or_else(|| scenario.and_then(|one| one.horizon))
        .unwrap_or(twin.forecast.horizon);
    let seed = (request.seed)
        .or_else(|| scenario.and_then(|one| one.seed))
        .unwrap_or(twin.forecast.seed);
    let mut record = asked.clone();
    record.extend(stations.iter().flat_map(Looked::variables));
    record.sort_unstable();
    record.dedup();
    let simulation = Simulation::compile(twin, variables)?;
    let mut systems = vec![Replications::new(
        &simulation,
        system(&loaded, &simulation, None, seed, horizon, record.clone())?,
    )];
    if scenario.is_some() {
        let changed = system(&loaded, &simulation, scenario, seed, horizon, record)?;
        systems.push(Replications::new(&simulation, changed));
    }
    let mut members = request.members;
    let mut reached = true;
    if let Some(precision) = request.precision {
        let rule = StoppingRule {
            confidence: request.confidence,
            precision: Precision::Relative(precision.relative_half_width),
            least: request.members as usize,
            most: precision.most as usize,
        };
        for system in &mut systems {
            for &variable in &asked {
                let found = replicate_until::<LiveError>(&rule, |numbers| {
                    // There are no more than the most, a u32.
                    let numbers = numbers.start as u32..numbers.end as u32;
                    system.extend_to(numbers.end, progress)?;
                    numbers
                        .map(|number| system.end_or_failure(variable, number))
                        .collect()
                })?;
                reached &= found.reached;
                members = members.max(found.values.len() as u32);
            }
        }
    }
    for system in &mut systems {
        system.extend_to(members, progress)?;
    }
    let mut outcome = report(request, &loaded, &asked, &stations, &systems, members)?;
    outcome.horizon = horizon;
    outcome.seed = seed;
    outcome.precision = request.precision.map(|precision| (precision, reached));
    Ok(outcome)
}

/// The variable of a path.
pub(super) fn find_variable(
    path: &str,
    variables: &VariableTable,
) -> Result<VariableIndex, LiveError> {
    variables.find(path).ok_or_else(|| {
        LiveError::Request(format!(
            "there is no variable `{path}`; name one as `asset.quantity`, such as \
             `shipped.mean_throughput`"
        ))
    })
}

/// The scenario of an id, found to be one that can be run.
pub(super) fn find_scenario<'a>(
    id: &str,
    loaded: &'a LoadedTwin,
) -> Result<&'a Scenario, LiveError> {
    ResolvedScenario::find(id, &loaded.twin, &loaded.variables)?;
    (loaded.twin.scenarios.iter())
        .find(|scenario| scenario.id == *id)
        .ok_or_else(|| LiveError::Request(format!("there is no scenario `{id}`")))
}

/// What to run of the twin as it is, or under a scenario; `record` is in order.
pub(super) fn system(
    loaded: &LoadedTwin,
    simulation: &Simulation,
    scenario: Option<&Scenario>,
    seed: u64,
    horizon: SimDuration,
    record: Vec<VariableIndex>,
) -> Result<EnsembleRequest, LiveError> {
    let (twin, variables) = (&loaded.twin, &loaded.variables);
    let plan = InputPlan::default();
    Ok(EnsembleRequest {
        members: 1,
        seed,
        horizon,
        // Only the end counts.
        stride: horizon,
        record,
        plan: match scenario {
            None => plan,
            Some(scenario) => plan.with_scenario(scenario, twin, variables, simulation.time())?,
        },
        uncertainties: compile_uncertainties(&twin.uncertainties, variables)?,
        observation_noise: false,
    })
}

fn report(
    request: &ReplicateRequest,
    loaded: &LoadedTwin,
    asked: &[VariableIndex],
    stations: &[Looked],
    systems: &[Replications<'_>],
    made: u32,
) -> Result<ReplicateOutcome, LiveError> {
    let confidence = request.confidence;
    // A variable that every station or every request has tells who failed. A member that
    // failed in one system has no partner in the other.
    let probe = (asked.first()).or_else(|| stations.first().map(|of| &of.active_period));
    let members: Vec<u32> = (0..made)
        .filter(|&number| {
            probe.is_none_or(|probe| systems.iter().all(|one| one.end(*probe, number).is_some()))
        })
        .collect();
    let last = |system: &Replications<'_>, variable: VariableIndex| -> Vec<f64> {
        let of_member = |&number: &u32| system.end(variable, number);
        members.iter().filter_map(of_member).collect()
    };
    let Some((base, changed)) = systems.split_first() else {
        return Err(LiveError::Request(
            "there is nothing to replicate".to_owned(),
        ));
    };
    let changed = changed.first();
    let mut outcome = ReplicateOutcome {
        twin: format!("{} {}", loaded.twin.id, loaded.twin.version),
        scenario: request.scenario.clone(),
        horizon: SimDuration::ZERO,
        members: u32::try_from(members.len()).unwrap_or(u32::MAX),
        precision: None,
        seed: 0,
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
            base: interval(&of_base)?,
            changed: of_changed.as_ref().map(interval).transpose()?,
            difference: of_changed.as_ref().map(pairs).transpose()?,
        });
    }
    for station in stations {
        let periods = last(base, station.active_period);
        let mut members = vec![Utilisation::default(); periods.len()];
        for (activity, variable) in station.shares.iter().enumerate() {
            for (member, share) in members.iter_mut().zip(last(base, *variable)) {
                member.shares[activity] = share;
            }
        }
        let active: Vec<f64> = members.iter().map(Utilisation::active_in_hours).collect();
        let mean = |activity: Activity| {
            let shares = members.iter().map(|member| member.share(activity));
            shares.sum::<f64>() / members.len().max(1) as f64
        };
        outcome.stations.push(StationActivity {
            id: station.id.clone(),
            active: interval_of_mean(&active, confidence)?,
            active_period: interval_of_mean(&periods, confidence)?,
            working: mean(Activity::Working),
            blocked: mean(Activity::Blocked),
            starved: mean(Activity::Starved),
        });
    }
    outcome.stations.sort_by(|one, other| {
        let share = |station: &StationActivity| station.active.mean;
        share(other).total_cmp(&share(one))
    });
    Ok(outcome)
}

impl From<StatisticsError> for LiveError {
    fn from(error: StatisticsError) -> Self {
        Self::Request(format!("the replications say nothing: {error}"))
    }
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
        if let Some((wanted, reached)) = self.precision {
            let percent = format::format_number(100.0 * wanted.relative_half_width, 3);
            lines.push(if reached {
                format!("every interval is within {percent} % of its mean")
            } else {
                format!(
                    "not every interval is within {percent} % of its mean after {} replications: \
                     allow more with `--most`, or make each longer with `--until`",
                    wanted.most
                )
            });
        }
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
