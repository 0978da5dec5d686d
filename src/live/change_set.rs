//! An interactive what-if.

use std::collections::BTreeMap;

use crate::twin::{Causality, VariableIndex, VariableTable};

/// What would be done now: values set at once, and perhaps a prepared scenario.
///
/// Each change is a `Set` at the forecast's now; a named scenario's
/// interventions start there too. Where both touch a variable, the change
/// counts: it is the more recent decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSet {
    /// New values of inputs and parameters \[SI].
    pub changes: BTreeMap<VariableIndex, f64>,
    /// Id of a scenario of the twin that starts at now.
    pub scenario: Option<String>,
}

impl ChangeSet {
    /// A change set of one change, `value` in SI.
    #[must_use]
    pub fn of(variable: VariableIndex, value: f64) -> Self {
        Self {
            changes: BTreeMap::from([(variable, value)]),
            scenario: None,
        }
    }

    /// A change set of a prepared scenario.
    #[must_use]
    pub fn of_scenario(id: &str) -> Self {
        Self {
            changes: BTreeMap::new(),
            scenario: Some(id.to_owned()),
        }
    }

    /// Whether nothing would be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.scenario.is_none()
    }

    /// Number of things that would be done: changed variables, and one for a scenario.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len() + usize::from(self.scenario.is_some())
    }

    /// The first reason why this cannot be done, in words; `None` when it can.
    #[must_use]
    pub fn problem(&self, variables: &VariableTable) -> Option<String> {
        for (index, value) in &self.changes {
            if index.position() >= variables.len() {
                return Some(format!(
                    "variable number {} does not exist in this twin, which has {}",
                    index.0,
                    variables.len()
                ));
            }
            let variable = variables.get(*index);
            if !matches!(variable.causality, Causality::Input | Causality::Parameter) {
                return Some(format!(
                    "`{}` follows from the model and cannot be set; change an input or a parameter",
                    variable.path
                ));
            }
            if !variable.bounds.contains(*value) {
                return Some(format!(
                    "`{}` cannot be {} {unit}: its range is {} to {} {unit}",
                    variable.path,
                    variable.unit.from_si(*value),
                    variable.unit.from_si(variable.bounds.low),
                    variable.unit.from_si(variable.bounds.high),
                    unit = variable.unit.symbol(),
                ));
            }
        }
        None
    }
}
