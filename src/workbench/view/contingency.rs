//! Contingencies on the desktop: what may befall an asset, what of it the what-if
//! holds, and the what-if as a scenario of the document.

use super::Workbench;
use super::command::WhatIfCommand;
use super::what_if::drag_step;
use crate::live::ChangeSet;
use crate::quantity::{Quantity, SimDuration, Unit};
use crate::twin::{Action, Contingency, EffectValue, Intervention, Occurrence, Scenario, Size};

/// Something that may be added to the what-if.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What it is called in a menu of its asset: `Burst…`; the sign tells that it
    /// can be sized.
    pub title: String,
    /// What it is called where the asset is not clear: `Burst of Fish Market main 3…`.
    pub name: String,
    /// One sentence from the kind.
    pub doc: &'static str,
    /// The command that adds it.
    pub command: WhatIfCommand,
}

/// What may befall an asset.
#[must_use]
pub fn offers(workbench: &Workbench, asset: usize) -> Vec<Offer> {
    let Some(document) = &workbench.document else {
        return Vec::new();
    };
    let Some(id) = document.asset(asset).map(|one| &one.id) else {
        return Vec::new();
    };
    let known = document.variables().contingencies_of(asset);
    let of_flow = super::flow::actions::offers(workbench, asset);
    let more = |contingency: &Contingency| {
        if contingency.size.is_some() {
            "…"
        } else {
            ""
        }
    };
    known
        .iter()
        .map(|contingency| Offer {
            title: format!("{}{}", contingency.title, more(contingency)),
            name: format!(
                "{}{}",
                contingency.title_for(document.asset_name(asset)),
                more(contingency)
            ),
            doc: contingency.doc,
            command: WhatIfCommand::Befall(Occurrence {
                of: id.clone(),
                what: contingency.name.to_owned(),
                size: first_size(workbench, asset, contingency),
                at: SimDuration::ZERO,
                until: None,
            }),
        })
        .chain(of_flow)
        .collect()
}

/// The size that an occurrence begins with: the default, else the value that its
/// quantity has now.
fn first_size(workbench: &Workbench, asset: usize, contingency: &Contingency) -> Option<Quantity> {
    let size = contingency.size.as_ref()?;
    let value = size.default.or_else(|| {
        let document = workbench.document.as_ref()?;
        contingency.effects.iter().find_map(|effect| {
            let EffectValue::PerSize(factor) = effect.value else {
                return None;
            };
            let variable = document.variables().of_asset(asset, effect.quantity)?;
            let now = workbench
                .record
                .current(variable)
                .or_else(|| document.parameter(variable))?;
            Some(now / factor)
        })
    })?;
    quantity(value, &size.unit)
}

/// A value \[SI] as a person would write it in `unit`.
#[must_use]
pub fn quantity(value: f64, unit: &Unit) -> Option<Quantity> {
    let number: f64 = format!("{:.9e}", unit.from_si(value)).parse().ok()?;
    Quantity::new(number, unit.clone()).ok()
}

/// One contingency of the what-if.
#[derive(Clone, Debug, PartialEq)]
pub struct OccurrenceLine {
    /// Its position in the change set.
    pub position: usize,
    /// The asset, by position in the document.
    pub asset: Option<usize>,
    /// What it is called: `Burst of Fish Market main 3`.
    pub title: String,
    /// One sentence from the kind.
    pub doc: &'static str,
    /// Its size, where it has one.
    pub size: Option<SizeField>,
    /// The unit that its times are shown in.
    pub time_unit: Unit,
    /// End of a time when none is given and one is wanted.
    pub horizon: SimDuration,
    /// As it stands in the change set.
    pub occurrence: Occurrence,
}

/// The size of a contingency, to be edited.
#[derive(Clone, Debug, PartialEq)]
pub struct SizeField {
    /// What it is: `opening`.
    pub name: &'static str,
    /// One sentence from the kind.
    pub doc: &'static str,
    /// The unit it is shown in.
    pub unit: Unit,
    /// The unit it is written in.
    pub written: Unit,
    /// Its value \[SI].
    pub value: f64,
    /// Smallest and largest value \[SI].
    pub range: (f64, f64),
    /// Value that a drag of one point adds \[SI, as a difference].
    pub drag: f64,
}

/// The contingencies of the what-if, in the order in which they were added.
#[must_use]
pub fn lines(workbench: &Workbench) -> Vec<OccurrenceLine> {
    let Some(document) = &workbench.document else {
        return Vec::new();
    };
    let horizon = document.twin().forecast.horizon;
    let contingencies = &workbench.what_if.change_set.contingencies;
    contingencies
        .iter()
        .enumerate()
        .map(|(position, occurrence)| {
            let asset = document.asset_position(&occurrence.of);
            let declared = occurrence.contingency(document.variables()).ok();
            let name = asset.map_or(occurrence.of.as_str(), |asset| document.asset_name(asset));
            OccurrenceLine {
                position,
                asset,
                title: declared.map_or_else(|| occurrence.to_string(), |one| one.title_for(name)),
                doc: declared.map_or("", |one| one.doc),
                size: declared
                    .and_then(|one| one.size.as_ref())
                    .and_then(|size| size_field(workbench, size, occurrence)),
                time_unit: time_unit(horizon),
                horizon,
                occurrence: occurrence.clone(),
            }
        })
        .collect()
}

fn size_field(workbench: &Workbench, size: &Size, occurrence: &Occurrence) -> Option<SizeField> {
    let written = occurrence.size.clone();
    let written = written.or_else(|| quantity(size.default?, &size.unit))?;
    let equivalent = size
        .equivalent
        .as_ref()
        .filter(|other| written.unit().is_commensurable(&other.unit));
    let factor = equivalent.map_or(1.0, |other| other.per_size);
    let range = (size.bounds.low * factor, size.bounds.high * factor);
    Some(SizeField {
        name: equivalent.map_or(size.name, |other| other.doc),
        doc: size.doc,
        unit: workbench.settings.unit(written.unit()),
        written: written.unit().clone(),
        value: written.si(),
        range,
        drag: drag_step(range, written.si()),
    })
}

/// Hours for a forecast of hours, minutes for one of minutes.
fn time_unit(horizon: SimDuration) -> Unit {
    let seconds = horizon.as_seconds();
    Unit::known(if seconds >= 7_200.0 {
        "h"
    } else if seconds >= 120.0 {
        "min"
    } else {
        "s"
    })
}

/// The change set with an occurrence: in place of one of the same name of the same
/// asset where there is one, for two of them would set the same.
#[must_use]
pub fn with_occurrence(change_set: &ChangeSet, occurrence: Occurrence) -> ChangeSet {
    let mut after = change_set.clone();
    let same = |one: &&mut Occurrence| one.of == occurrence.of && one.what == occurrence.what;
    match after.contingencies.iter_mut().find(same) {
        Some(one) => *one = occurrence,
        None => after.contingencies.push(occurrence),
    }
    after
}

/// The what-if as a scenario of the document, under an id and a name that are free.
#[must_use]
pub fn as_scenario(workbench: &Workbench) -> Option<Scenario> {
    let document = workbench.document.as_ref()?;
    let change_set = &workbench.what_if.change_set;
    let interventions = change_set
        .changes
        .iter()
        .filter_map(|(variable, value)| {
            let described = document.variable(*variable)?;
            Some(Intervention {
                variable: described.path.clone(),
                at: SimDuration::ZERO,
                action: Action::Set(quantity(*value, &described.unit)?),
            })
        })
        .collect();
    let first = lines(workbench).into_iter().next().map(|line| line.title);
    let first = first.or_else(|| {
        let variable = change_set.changes.keys().next()?;
        Some(format!("Another {}", document.variable_name(*variable)))
    });
    let name = first.unwrap_or_else(|| "What-if".to_owned());
    let scenarios = &document.twin().scenarios;
    let (mut id, mut number) = (slug(&name), 1);
    let (plain_id, plain_name) = (id.clone(), name.clone());
    let mut name = name;
    while scenarios.iter().any(|one| one.id == id) {
        number += 1;
        id = format!("{plain_id}_{number}");
        name = format!("{plain_name} ({number})");
    }
    Some(Scenario {
        id,
        name,
        description: String::new(),
        base: change_set.scenario.clone(),
        horizon: Some(document.twin().forecast.horizon),
        members: None,
        seed: None,
        uncertainties: Vec::new(),
        contingencies: change_set.contingencies.clone(),
        interventions,
    })
}

/// An id made of a name: `Burst of main 3` is `burst_of_main_3`.
fn slug(name: &str) -> String {
    let mut id = String::new();
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            id.push(character.to_ascii_lowercase());
        } else if !id.ends_with('_') && !id.is_empty() {
            id.push('_');
        }
    }
    let id = id.trim_end_matches('_');
    if id.starts_with(|one: char| one.is_ascii_alphabetic()) {
        id.to_owned()
    } else {
        format!("what_if_{id}").trim_end_matches('_').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::EditCommand;
    use super::super::test_support::running_workbench;
    use super::*;
    use crate::live::LiveCommand;
    use crate::workbench::view::what_if::Shown;
    use crate::workbench::view::{Command, Effect};

    #[test]
    fn what_may_befall_an_asset_comes_from_its_kind() {
        let workbench = running_workbench();
        let heater = workbench.asset("power_1");
        let names: Vec<String> = offers(&workbench, heater)
            .into_iter()
            .map(|offer| offer.name)
            .collect();
        assert_eq!(names, ["Failure of Supply 1", "Loss of Supply 1…"]);
        let board = workbench.asset("board");
        assert!(offers(&workbench, board).is_empty());
    }

    #[test]
    fn one_is_added_sized_and_taken_back_as_steps_of_their_own() {
        let mut workbench = running_workbench();
        let supply = workbench.asset("power_1");
        let offer = offers(&workbench, supply).swap_remove(1);
        let effects = workbench.apply(offer.command.into());
        assert!(matches!(
            effects.as_slice(),
            [
                Effect::Live(LiveCommand::SetChangeSet(_)),
                Effect::StoreLayout
            ]
        ));
        assert_eq!(workbench.what_if.shown, Shown::WhatIf);
        let line = lines(&workbench).swap_remove(0);
        assert_eq!(line.title, "Loss of Supply 1");
        let size = line.size.expect("it is sized");
        assert!((size.value - 0.5).abs() < 1e-12);
        let resized = Occurrence {
            size: quantity(0.25, &size.written),
            until: Some(SimDuration::from_whole_seconds(30)),
            ..line.occurrence
        };
        let command = WhatIfCommand::SetOccurrence {
            position: 0,
            occurrence: resized.clone(),
        };
        workbench.apply(command.into());
        assert_eq!(workbench.what_if.change_set.contingencies, [resized]);
        workbench.apply(WhatIfCommand::EndScrub.into());
        workbench.apply(EditCommand::Undo.into());
        let size = lines(&workbench).swap_remove(0).size.expect("sized");
        assert!((size.value - 0.5).abs() < 1e-12);
        workbench.apply(EditCommand::Undo.into());
        assert!(workbench.what_if.change_set.is_empty());
        assert_eq!(workbench.what_if.shown, Shown::Base);
        workbench.apply(EditCommand::Redo.into());
        workbench.apply(WhatIfCommand::Withdraw(0).into());
        assert!(workbench.what_if.change_set.is_empty());
    }

    #[test]
    fn the_same_again_takes_the_place_of_the_first() {
        let mut workbench = running_workbench();
        let supply = workbench.asset("power_1");
        for offer in offers(&workbench, supply) {
            workbench.apply(offer.command.clone().into());
            workbench.apply(offer.command.into());
        }
        assert_eq!(workbench.what_if.change_set.contingencies.len(), 2);
    }

    #[test]
    fn a_size_that_cannot_be_is_told_and_changes_nothing() {
        let mut workbench = running_workbench();
        let supply = workbench.asset("power_1");
        let offer = offers(&workbench, supply).swap_remove(1);
        workbench.apply(offer.command.into());
        let before = workbench.what_if.change_set.clone();
        let mut occurrence = before.contingencies[0].clone();
        occurrence.size = quantity(2.0, &Unit::known("%"));
        let command = WhatIfCommand::SetOccurrence {
            position: 0,
            occurrence,
        };
        assert!(workbench.apply(command.into()).is_empty());
        assert_eq!(workbench.what_if.change_set, before);
        assert!(!workbench.log.entries().is_empty());
    }

    #[test]
    fn the_what_if_is_kept_as_a_scenario_and_the_running_twin_knows_it() {
        let mut workbench = running_workbench();
        let save = Command::from(WhatIfCommand::SaveScenario);
        assert!(save.enabled(&workbench).is_err(), "nothing to keep");
        let supply = workbench.asset("power_1");
        let offer = offers(&workbench, supply).swap_remove(0);
        workbench.apply(offer.command.into());
        let capacity = workbench.variable("heater_2.heat_capacity");
        workbench.apply(
            WhatIfCommand::Change {
                variable: capacity,
                value: 8.0,
            }
            .into(),
        );
        let effects = workbench.apply(save.clone());
        let document = workbench.document.as_ref().expect("open");
        let kept = document.twin().scenarios.last().expect("kept");
        assert_eq!(kept.id, "failure_of_supply_1");
        assert_eq!(kept.name, "Failure of Supply 1");
        assert_eq!(kept.contingencies.len(), 1);
        assert_eq!(kept.interventions[0].variable, "heater_2.heat_capacity");
        assert!(document.is_changed());
        assert_eq!(
            effects,
            [Effect::Live(LiveCommand::SetScenarios(
                document.twin().scenarios.clone()
            ))]
        );
        workbench.apply(save);
        let document = workbench.document.as_ref().expect("open");
        let second = document.twin().scenarios.last().expect("kept");
        assert_eq!(second.id, "failure_of_supply_1_2");
        workbench.apply(EditCommand::Undo.into());
        workbench.apply(EditCommand::Undo.into());
        let document = workbench.document.as_ref().expect("open");
        assert!(!document.is_changed());
    }

    #[test]
    fn ids_are_made_of_names() {
        assert_eq!(
            slug("Burst of Fish Market main 3"),
            "burst_of_fish_market_main_3"
        );
        assert_eq!(slug("… 3 …"), "what_if_3");
        assert_eq!(slug("…"), "what_if");
    }
}
