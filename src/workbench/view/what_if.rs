//! The what-if: a change set, its controls, and which of A and B is shown.

use std::collections::{BTreeMap, BTreeSet};

use super::Workbench;
use super::contingency::{self, OccurrenceLine};
use super::summary::{self, Summary};
use crate::live::{ChangeSet, ForecastState};
use crate::quantity::Unit;
use crate::twin::{Causality, VariableIndex};

/// Which forecast leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// A: as things stand.
    #[default]
    Base,
    /// B: under the change set.
    WhatIf,
}

/// The what-if as the user has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIf {
    /// What would be done.
    pub change_set: ChangeSet,
    /// Which forecast leads.
    pub shown: Shown,
    /// Assets whose controls are open, by position in the document.
    pub open: BTreeSet<usize>,
}

/// How the results stand against what was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Freshness {
    /// There is no what-if.
    Nothing,
    /// The forecast under the what-if belongs to what is asked.
    Fresh,
    /// It is being computed; the part done, 0 to 1.
    Computing(f64),
    /// It is older than what is asked.
    Stale,
    /// It could not be computed, with the reason.
    Failed(String),
}

/// One input or parameter that can be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// The variable.
    pub variable: VariableIndex,
    /// Name of the quantity.
    pub label: String,
    /// One sentence from the kind.
    pub doc: String,
    /// The unit it is shown in.
    pub unit: Unit,
    /// Its value as things stand [SI].
    pub base: f64,
    /// Its value in the what-if [SI].
    pub value: f64,
    /// Whether the what-if changes it.
    pub changed: bool,
    /// Smallest and largest value allowed [SI].
    pub range: (f64, f64),
    /// Value that a drag of one point adds [SI, as a difference].
    pub drag: f64,
    /// Whether it is an input, which comes before parameters.
    pub is_input: bool,
}

/// The controls of one asset.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlGroup {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Its name.
    pub name: String,
    /// Whether its controls are shown.
    pub open: bool,
    /// Number of changed controls.
    pub changes: usize,
    /// Whether it has inputs.
    pub has_inputs: bool,
    /// Inputs first; empty while they are not shown.
    pub controls: Vec<Control>,
}

/// The what-if panel.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfView {
    /// The controls, by asset; those of the selected asset come first and are open.
    pub groups: Vec<ControlGroup>,
    /// The twin's prepared scenarios: id, name, description.
    pub scenarios: Vec<(String, String, String)>,
    /// Id of the scenario that starts at now.
    pub scenario: Option<String>,
    /// What befalls assets.
    pub contingencies: Vec<OccurrenceLine>,
    /// What the what-if changes, in numbers.
    pub summary: Option<Summary>,
    /// Number of changes.
    pub changes: usize,
    /// How the results stand.
    pub freshness: Freshness,
    /// Which forecast leads.
    pub shown: Shown,
}

/// Drag of one point for a value without a range, relative to its size.
const RELATIVE_DRAG: f64 = 0.005;

/// What one point of dragging adds to a value `base` within `range`.
pub(super) fn drag_step(range: (f64, f64), base: f64) -> f64 {
    let (low, high) = range;
    if low.is_finite() && high.is_finite() && high - low <= 1_000.0 * base.abs().max(1e-12) {
        (high - low) / 400.0
    } else if base.abs() > 0.0 {
        base.abs() * RELATIVE_DRAG
    } else {
        0.01
    }
}

/// Makes the what-if panel's view.
#[must_use]
pub fn view(workbench: &Workbench) -> Option<WhatIfView> {
    let document = workbench.document.as_ref()?;
    let what_if = &workbench.what_if;
    let selected = workbench.selection.selected().asset();
    let mut groups = Vec::new();
    for asset in 0..document.twin().assets.len() {
        let variables = || document.variables().indices_of_asset(asset);
        let causality = |index: VariableIndex| document.variable(index).map(|one| one.causality);
        let has_inputs = variables().any(|index| causality(index) == Some(Causality::Input));
        if !variables().any(|index| is_control(workbench, index)) {
            continue;
        }
        let changed = &what_if.change_set.changes;
        let open = selected == Some(asset) || what_if.open.contains(&asset);
        let mut controls: Vec<Control> = Vec::new();
        if open {
            // Those of closed groups are not seen, and there may be thousands.
            controls.extend(variables().filter_map(|index| control(workbench, index)));
            controls.sort_by_key(|one| !one.is_input);
        }
        groups.push(ControlGroup {
            asset,
            name: document.asset_name(asset).to_owned(),
            open,
            changes: variables()
                .filter(|index| changed.contains_key(index))
                .count(),
            has_inputs,
            controls,
        });
    }
    // What is driven from outside is what people ask about first.
    groups.sort_by_key(|group| (selected != Some(group.asset), !group.has_inputs));
    let scenarios = document
        .twin()
        .scenarios
        .iter()
        .map(|one| {
            let name = if one.name.is_empty() {
                &one.id
            } else {
                &one.name
            };
            (one.id.clone(), name.clone(), one.description.clone())
        })
        .collect();
    Some(WhatIfView {
        groups,
        scenarios,
        scenario: what_if.change_set.scenario.clone(),
        contingencies: contingency::lines(workbench),
        summary: summary::of(workbench),
        changes: what_if.change_set.len(),
        freshness: freshness(workbench),
        shown: what_if.shown,
    })
}

/// Whether a variable can be changed by a what-if.
fn is_control(workbench: &Workbench, variable: VariableIndex) -> bool {
    let described = workbench
        .document
        .as_ref()
        .and_then(|one| one.variable(variable));
    described.is_some_and(|one| match one.causality {
        Causality::Input => true,
        // The state at the beginning has no say in what comes after now.
        Causality::Parameter => !one.quantity.starts_with("initial_"),
        Causality::State | Causality::Output => false,
    })
}

/// The control of an input or parameter; `None` for what follows from the model.
#[must_use]
pub fn control(workbench: &Workbench, variable: VariableIndex) -> Option<Control> {
    if !is_control(workbench, variable) {
        return None;
    }
    let document = workbench.document.as_ref()?;
    let description = document.variable(variable)?;
    let base = workbench
        .record
        .current(variable)
        .or_else(|| document.parameter(variable))
        .unwrap_or(description.initial);
    let changed = workbench.what_if.change_set.changes.get(&variable);
    let range = (description.bounds.low, description.bounds.high);
    Some(Control {
        variable,
        label: document.quantity_name(variable),
        doc: description.doc.to_owned(),
        unit: workbench.settings.unit(&description.unit),
        base,
        value: changed.copied().unwrap_or(base),
        changed: changed.is_some(),
        range,
        drag: drag_step(range, base),
        is_input: description.causality == Causality::Input,
    })
}

/// How the forecast under the what-if stands against what is asked.
#[must_use]
pub fn freshness(workbench: &Workbench) -> Freshness {
    let asked = &workbench.what_if.change_set;
    if asked.is_empty() {
        return Freshness::Nothing;
    }
    let answered = workbench
        .record
        .what_if()
        .is_some_and(|forecast| forecast.change_set == *asked);
    match workbench.record.forecast_state() {
        ForecastState::Computing(progress) => Freshness::Computing(*progress),
        ForecastState::Failed(reason) => Freshness::Failed(reason.clone()),
        ForecastState::Fresh if answered => Freshness::Fresh,
        ForecastState::Fresh | ForecastState::Stale | ForecastState::Absent => Freshness::Stale,
    }
}

impl WhatIf {
    /// The change set with one variable changed; back at its base value it is not.
    #[must_use]
    pub fn with_change(&self, variable: VariableIndex, value: Option<f64>) -> ChangeSet {
        let mut changes: BTreeMap<VariableIndex, f64> = self.change_set.changes.clone();
        match value {
            Some(value) => changes.insert(variable, value),
            None => changes.remove(&variable),
        };
        ChangeSet {
            changes,
            ..self.change_set.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::WhatIfCommand;
    use super::super::test_support::{running_workbench, snapshot};
    use super::*;

    #[test]
    fn controls_come_from_the_kinds_inputs_first() {
        let mut workbench = running_workbench();
        for asset in 0..6 {
            workbench.apply(WhatIfCommand::ToggleAsset(asset).into());
        }
        let view = view(&workbench).expect("a document is open");
        let names: Vec<&str> = view
            .groups
            .iter()
            .map(|group| group.name.as_str())
            .collect();
        assert_eq!(names[0], "Supply 1", "driven from outside: {names:?}");
        let supply = &view.groups[0].controls;
        assert_eq!(supply[0].label, "command");
        assert!(supply[0].is_input);
        assert!(!view.groups.iter().any(|group| {
            group
                .controls
                .iter()
                .any(|one| one.label.starts_with("initial"))
        }));
    }

    #[test]
    fn a_change_is_marked_and_a_reset_takes_the_mark_away() {
        let mut workbench = running_workbench();
        let command = workbench.variable("power_1.command");
        workbench.apply(
            WhatIfCommand::Change {
                variable: command,
                value: 0.8,
            }
            .into(),
        );
        let changed = control(&workbench, command).expect("an input");
        assert!(changed.changed);
        assert_eq!(changed.value, 0.8);
        assert_ne!(changed.base, 0.8);
        workbench.apply(WhatIfCommand::Reset(command).into());
        assert!(!control(&workbench, command).expect("an input").changed);
    }

    #[test]
    fn results_older_than_what_is_asked_say_so() {
        let mut workbench = running_workbench();
        assert_eq!(freshness(&workbench), Freshness::Nothing);
        let command = workbench.variable("power_1.command");
        workbench.apply(
            WhatIfCommand::Change {
                variable: command,
                value: 0.8,
            }
            .into(),
        );
        assert_eq!(freshness(&workbench), Freshness::Stale);
        let mut answer = snapshot(&workbench, 20);
        answer.forecast_state = ForecastState::Computing(0.5);
        workbench.receive(&answer);
        assert_eq!(freshness(&workbench), Freshness::Computing(0.5));
    }

    #[test]
    fn a_drag_crosses_a_finite_range_in_reasonable_reach() {
        assert_eq!(drag_step((0.0, 1.0), 0.5), 1.0 / 400.0);
        assert_eq!(drag_step((0.0, f64::INFINITY), 6.0), 6.0 * RELATIVE_DRAG);
        assert!(drag_step((0.0, f64::INFINITY), 0.0) > 0.0);
    }
}
