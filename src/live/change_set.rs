//! An interactive what-if.

use std::collections::BTreeMap;

use crate::twin::{Causality, Occurrence, VariableIndex, VariableTable};

/// What would be done or happen: values set at once, contingencies, and perhaps
/// a prepared scenario.
///
/// Each change is a `Set` at the forecast's now; the times of a named scenario
/// and of contingencies count from there too. Where several touch a variable at
/// the same time, contingencies go over the scenario and changes over both: they
/// are the more recent decisions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSet {
    /// New values of inputs and parameters \[SI].
    pub changes: BTreeMap<VariableIndex, f64>,
    /// Id of a scenario of the twin that starts at now.
    pub scenario: Option<String>,
    /// What befalls assets, at times counted from now.
    pub contingencies: Vec<Occurrence>,
}

impl ChangeSet {
    /// A change set of one change, `value` in SI.
    #[must_use]
    pub fn of(variable: VariableIndex, value: f64) -> Self {
        Self {
            changes: BTreeMap::from([(variable, value)]),
            ..Self::default()
        }
    }

    /// A change set of one contingency.
    #[must_use]
    pub fn of_occurrence(occurrence: Occurrence) -> Self {
        Self {
            contingencies: vec![occurrence],
            ..Self::default()
        }
    }

    /// A change set of a prepared scenario.
    #[must_use]
    pub fn of_scenario(id: &str) -> Self {
        Self {
            scenario: Some(id.to_owned()),
            ..Self::default()
        }
    }

    /// Whether nothing would be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.scenario.is_none() && self.contingencies.is_empty()
    }

    /// Number of things that would be done or happen: changed variables, contingencies, and one
    /// for a scenario.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len() + self.contingencies.len() + usize::from(self.scenario.is_some())
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
        self.contingencies.iter().find_map(|occurrence| {
            let errors = occurrence.settings(variables).err()?;
            let first = errors.first()?;
            Some(format!("`{occurrence}`: {first}"))
        })
    }
}
