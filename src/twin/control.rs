//! What a document says changes by itself while the system runs: patterns in
//! time, and the controls and rules that set variables. Curves stand beside
//! them, for attributes refer to both in the same way.
//!
//! As in [`document`](super::document), references are text and are resolved by
//! the checks on loading.

use serde::{Deserialize, Serialize};

use crate::quantity::{Quantity, SimDuration, Unit};

/// Multipliers that follow each other in time and begin again after the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Unique name among the patterns: `households`.
    pub id: String,
    /// Name on the screen; the id when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How long each value holds; above zero.
    pub step: SimDuration,
    /// How far into the pattern simulation time zero is.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start: SimDuration,
    /// The multipliers; at least one.
    pub values: Vec<f64>,
}

pub(super) fn is_zero(duration: &SimDuration) -> bool {
    duration.is_zero()
}

/// One quantity as a function of another, given by points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Unique name among the curves: `pump_1`.
    pub id: String,
    /// Name on the screen; the id when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Unit of the first number of each point.
    pub x: Unit,
    /// Unit of the second number of each point.
    pub y: Unit,
    /// The points, the first numbers rising; at least one.
    pub points: Vec<(f64, f64)>,
}

/// A simple control: when something happens, variables take values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Unique name among the controls, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// When it acts.
    pub when: Condition,
    /// The variables it sets, each with its value.
    pub set: Vec<(String, Quantity)>,
    /// Whether it is kept and does nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

/// When a simple control acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// While the variable is above the value.
    Above(String, Quantity),
    /// While the variable is below the value.
    Below(String, Quantity),
    /// Once, at a time since the start of the run.
    At(SimDuration),
    /// Every day at a time of day, counted from midnight.
    Daily(SimDuration),
}

/// A rule: premises, and what is set when they hold and when they do not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique name among the rules.
    pub id: String,
    /// Name on the screen; the id when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Of two rules that set the same variable at the same time, the one of higher priority counts.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub priority: f64,
    /// What is asked, from first to last. An `And` is asked only where what stands before it
    /// holds, and otherwise ends the rule with no; an `Or` is asked only where it does not.
    pub premises: Vec<Premise>,
    /// What is set while the premises hold.
    pub then: Vec<(String, Quantity)>,
    /// What is set while they do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<(String, Quantity)>,
    /// Whether it is kept and does nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands in a reference; only an exact zero is what is read back when left out"
)]
fn is_nought(value: &f64) -> bool {
    *value == 0.0
}

/// One comparison of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Premise {
    /// How it joins what stands before it; the first is an `If`.
    pub join: Join,
    /// What is compared.
    pub of: Subject,
    /// How.
    pub relation: Relation,
    /// With what; for times a duration such as `6 h`.
    pub value: Quantity,
}

/// How a premise joins those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Join {
    /// The first premise.
    If,
    /// It must hold as well.
    And,
    /// It is enough that it holds.
    Or,
}

/// What a premise looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// A variable.
    Variable(String),
    /// The time since the start of the run.
    Time,
    /// The time of day, counted from midnight.
    ClockTime,
}

/// How a premise compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// Less than the value.
    Below,
    /// Greater than the value.
    Above,
    /// Equal to the value.
    Equal,
    /// Other than the value.
    NotEqual,
    /// Less than or equal to the value.
    AtMost,
    /// Greater than or equal to the value.
    AtLeast,
}
