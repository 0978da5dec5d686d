//! The comparison of the twin as it is with the what-if, by replications: what
//! is asked, how far it is, and what it came to in words.

use std::sync::Arc;

use super::PartForm;
use crate::inference::statistics::ConfidenceInterval;
use crate::live::{Trial, TrialLine, TrialRequest};
use crate::quantity::Unit;
use crate::quantity::format::{format_number_at, with_symbol};
use crate::twin::VariableIndex;
use crate::workbench::view::Workbench;

/// Replications of each at first.
const MEMBERS: u32 = 30;

/// How far the comparison is.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialState {
    /// Replications of each.
    pub members: u32,
    /// The part done, 0 to 1, while it is being computed.
    pub running: Option<f64>,
    /// What it came to last.
    pub outcome: Option<Arc<Trial>>,
    /// Why there is no outcome, in words.
    pub failure: Option<String>,
}

impl Default for TrialState {
    fn default() -> Self {
        Self {
            members: MEMBERS,
            running: None,
            outcome: None,
            failure: None,
        }
    }
}

/// One variable of the outcome, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialText {
    /// The variable.
    pub variable: VariableIndex,
    /// What it is: `Throughput`.
    pub name: String,
    /// As things stand: `54.2 ± 0.3 1/h`.
    pub base: String,
    /// Under the what-if.
    pub changed: Option<String>,
    /// The difference with its own interval: `+0.76 ± 0.04 1/h`.
    pub difference: Option<String>,
    /// Whether zero lies outside the interval of the difference.
    pub is_certain: bool,
    /// Mean and half width of the difference, relative to the larger of its size
    /// and its interval, from -1 to 1: where it lies beside zero.
    pub place: Option<(f64, f64)>,
}

impl Workbench {
    /// What the comparison asks: throughput, items inside and the time that they
    /// stay, of the whole flow or of each of its ends.
    #[must_use]
    pub fn trial_variables(&self) -> Vec<VariableIndex> {
        let (Some(document), Some(plan)) = (&self.document, &self.flow.plan) else {
            return Vec::new();
        };
        let of = |asset: usize, name: &str| document.variables().of_asset(asset, name);
        let sinks: Vec<usize> = plan
            .parts
            .iter()
            .filter(|part| part.form == PartForm::Sink)
            .map(|part| part.asset)
            .collect();
        let mut asked = Vec::new();
        // Where pallets leave and crates are worked on, what leaves is too coarse to tell
        // a crate: the station that holds up the others tells it.
        let stations = super::stations::lines(self);
        if let Some(first) = stations.first().filter(|one| one.active() > 0.0) {
            asked.extend(of(first.asset, "mean_throughput"));
        }
        match plan.settings {
            Some(settings) => {
                if sinks.len() > 1 {
                    asked.extend(sinks.iter().filter_map(|sink| of(*sink, "mean_throughput")));
                } else {
                    asked.extend(of(settings, "mean_throughput"));
                }
                asked.extend(of(settings, "mean_population"));
                asked.extend(of(settings, "mean_stay"));
            }
            None => {
                for sink in sinks {
                    asked.extend(of(sink, "mean_throughput"));
                    asked.extend(of(sink, "mean_stay"));
                }
            }
        }
        asked
    }

    /// The comparison that would be made now.
    #[must_use]
    pub fn trial_request(&self) -> Option<TrialRequest> {
        let document = self.document.as_ref()?;
        self.flow.plan.as_ref()?;
        let asked = self.trial_variables();
        (!asked.is_empty()).then(|| TrialRequest {
            twin: Arc::clone(document.twin()),
            change_set: self.what_if.change_set.clone(),
            asked,
            members: self.flow.trial.members,
        })
    }

    /// Whether the outcome is that of another what-if than the present one.
    #[must_use]
    pub fn trial_is_stale(&self) -> bool {
        let outcome = self.flow.trial.outcome.as_ref();
        outcome.is_some_and(|one| one.change_set != self.what_if.change_set)
    }

    /// Learns how the comparison ended.
    pub fn trial_told(&mut self, outcome: Result<Trial, String>) {
        let trial = &mut self.flow.trial;
        trial.running = None;
        match outcome {
            Ok(outcome) => {
                trial.outcome = Some(Arc::new(outcome));
                trial.failure = None;
            }
            Err(why) => trial.failure = Some(why),
        }
    }
}

/// The outcome in words.
#[must_use]
pub fn texts(workbench: &Workbench) -> Vec<TrialText> {
    let Some(outcome) = &workbench.flow.trial.outcome else {
        return Vec::new();
    };
    let text = |line: &TrialLine| text_of(workbench, line);
    outcome.lines.iter().filter_map(text).collect()
}

fn text_of(workbench: &Workbench, line: &TrialLine) -> Option<TrialText> {
    let document = workbench.document.as_ref()?;
    let described = document.variable(line.variable)?;
    let unit = workbench.settings.unit(&described.unit);
    let plan = workbench.flow.plan.as_ref()?;
    let is_whole = plan.settings == Some(described.asset);
    let what = match described.quantity {
        "mean_throughput" => "Throughput",
        "mean_population" => "Items inside",
        "mean_stay" => "Time in the flow",
        other => other,
    };
    let name = if is_whole {
        what.to_owned()
    } else {
        format!("{what}, {}", document.asset_name(described.asset))
    };
    let difference = line.difference;
    Some(TrialText {
        variable: line.variable,
        name,
        base: interval(&line.base, &unit),
        changed: line.changed.as_ref().map(|one| interval(one, &unit)),
        difference: difference.as_ref().map(|one| difference_text(one, &unit)),
        is_certain: difference.is_some_and(|one| !one.contains(0.0)),
        place: difference.map(|one| {
            let reach = (one.mean.abs() + one.half_width).max(f64::MIN_POSITIVE);
            (one.mean / reach, one.half_width / reach)
        }),
    })
}

/// The step worth showing of a value that is known so well: two digits of its
/// half width.
pub(super) fn step(half_width: f64, size: f64) -> f64 {
    let known = if half_width > 0.0 {
        half_width
    } else {
        size.abs() * 1e-3
    };
    if known > 0.0 && known.is_finite() {
        10f64.powf(known.log10().floor() - 1.0)
    } else {
        1.0
    }
}

/// `54.21 ± 0.27 1/h`.
pub(super) fn interval(interval: &ConfidenceInterval, unit: &Unit) -> String {
    let half = unit.difference_from_si(interval.half_width).abs();
    let step = step(half, unit.from_si(interval.mean));
    let mean = format_number_at(unit.from_si(interval.mean), step);
    let half = with_symbol(format_number_at(half, step), &unit.symbol());
    format!("{mean} ± {half}")
}

/// `+0.76 ± 0.04 1/h`.
pub(super) fn difference_text(interval: &ConfidenceInterval, unit: &Unit) -> String {
    let mean = unit.difference_from_si(interval.mean);
    let half = unit.difference_from_si(interval.half_width).abs();
    let step = step(half, mean);
    let sign = if mean > 0.0 { "+" } else { "" };
    let half = with_symbol(format_number_at(half, step), &unit.difference_symbol());
    format!("{sign}{} ± {half}", format_number_at(mean, step))
}

/// Under which conditions the outcome holds: `95 %, 30 replications of 5 d each,
/// the same random numbers in both`.
#[must_use]
pub fn conditions(trial: &Trial) -> String {
    let confidence = trial.lines.first().map_or(0.95, |one| one.base.confidence);
    let level = format_number_at(confidence * 100.0, 1.0);
    let common = if trial.change_set.is_empty() {
        String::new()
    } else {
        ", common random numbers".to_owned()
    };
    format!(
        "{level} % intervals, {} replications of {}{common}, seed {}",
        trial.members, trial.horizon, trial.seed
    )
}
