//! Controls that join the flow with what else a twin holds: levels of continuous
//! quantities that hold a station or let it go on, and states of stations that
//! switch what other models do.

use super::kinds;
use crate::model::event::Threshold;
use crate::model::{Follower, ModelError, Step, control_name, follower};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{Causality, Condition, Twin, VariableTable};

const DAY: i64 = 86_400_000_000_000;

/// What a control waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    /// A variable at or above a level, or at or below it where `sign` is −1.
    Level { slot: usize, level: f64, sign: f64 },
    /// A time since the epoch, ns.
    At(i64),
    /// A time of every day, ns.
    Daily(i64),
}

/// One control of the document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Control {
    when: When,
    /// Whether it looks at a flow asset, whose outputs are known at the end of a
    /// step only.
    looks_at_flow: bool,
    /// The inputs it sets, with their values \[SI].
    pub(super) set: Vec<(usize, f64)>,
}

/// The controls of a twin that concern flow assets.
///
/// # Errors
/// Those that cannot be followed.
pub(super) fn read(
    twin: &Twin,
    variables: &VariableTable,
) -> Result<Vec<Control>, Vec<ModelError>> {
    let mut controls = Vec::new();
    let mut problems = Vec::new();
    let ours = twin.controls.iter().enumerate().filter(|(_, control)| {
        !control.disabled && follower(control, twin) == Some(Follower::Flow)
    });
    for (number, control) in ours {
        let owner = control_name(&control.id, number);
        let mut problem = |problem: String, advice: &str| {
            problems.push(ModelError::Structure {
                asset: owner.clone(),
                problem,
                advice: advice.to_owned(),
            });
        };
        let level = |variable: &str, level: f64, sign: f64| {
            let slot = variables.find(variable)?.position();
            Some(When::Level { slot, level, sign })
        };
        let when = match &control.when {
            Condition::Above(variable, value) => level(variable, value.si(), 1.0),
            Condition::Below(variable, value) => level(variable, value.si(), -1.0),
            Condition::At(time) => Some(When::At(time.nanoseconds())),
            Condition::Daily(time) => Some(When::Daily(time.nanoseconds().rem_euclid(DAY))),
        };
        let Some(when) = when else {
            problem(
                "what it looks at is not a variable".to_owned(),
                "name one as `asset.quantity`",
            );
            continue;
        };
        let mut set = Vec::new();
        for (variable, value) in &control.set {
            match variables.find(variable) {
                Some(index) if variables.get(index).causality == Causality::Input => {
                    set.push((index.position(), value.si()));
                }
                _ => problem(
                    format!("it sets `{variable}`, which is not an input"),
                    "set an input, such as `available` of a station",
                ),
            }
        }
        let looks_at_flow = match &control.when {
            Condition::Above(variable, _) | Condition::Below(variable, _) => {
                let kind = variable
                    .rsplit_once('.')
                    .and_then(|(id, _)| twin.assets.iter().find(|asset| asset.id == id));
                kind.is_some_and(|asset| kinds::kinds().iter().any(|kind| kind.name == asset.kind))
            }
            Condition::At(_) | Condition::Daily(_) => false,
        };
        controls.push(Control {
            when,
            looks_at_flow,
            set,
        });
    }
    if problems.is_empty() {
        Ok(controls)
    } else {
        Err(problems)
    }
}

impl Control {
    /// The value of what it looks at, to be kept for the next step.
    pub(super) fn looked_at(&self, values: &[f64]) -> f64 {
        match self.when {
            When::Level { slot, .. } => values[slot],
            When::At(_) | When::Daily(_) => 0.0,
        }
    }

    /// Where the output of a flow asset stands that it looks at, if it looks at one.
    pub(super) fn watched_output(&self) -> Option<usize> {
        match self.when {
            When::Level { slot, .. } if self.looks_at_flow => Some(slot),
            _ => None,
        }
    }

    /// When it acts inside a step, at whose start the variable had the value
    /// `before`.
    pub(super) fn acts_within(&self, before: f64, values: &[f64], step: Step) -> Option<SimTime> {
        let (from, end) = (
            step.from.nanoseconds(),
            (step.from + step.length).nanoseconds(),
        );
        match self.when {
            When::Level { .. } if self.looks_at_flow => None,
            When::Level { slot, level, sign } => {
                let threshold = Threshold {
                    lower: f64::NEG_INFINITY,
                    upper: sign * level,
                };
                let crossing =
                    threshold.crossing(false, sign * before, sign * values[slot], step)?;
                Some(crossing.time)
            }
            When::At(time) => (from..end)
                .contains(&time)
                .then(|| SimTime::from_nanoseconds(time)),
            When::Daily(time) => {
                let next = from + (time - from).rem_euclid(DAY);
                (next < end).then(|| step.from + SimDuration::from_nanoseconds(next - from))
            }
        }
    }

    /// Whether it acts at the end of a step, on the outputs of a flow asset.
    pub(super) fn acts_at_end(&self, values: &[f64]) -> bool {
        match self.when {
            When::Level { slot, level, sign } if self.looks_at_flow => {
                sign * values[slot] >= sign * level
            }
            _ => false,
        }
    }
}
