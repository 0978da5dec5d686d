//! Scenarios: bases, settings and interventions.

use std::collections::BTreeMap;

use super::super::document::{Action, Intervention, Scenario};
use super::super::kind::Causality;
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::values::Expected;
use super::{Checker, MOST_HINTED, causality_words};
use crate::quantity::SimDuration;

impl Checker<'_, '_> {
    pub(super) fn check_scenarios(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("scenarios");
        let ids: Vec<(&str, DocumentPath)> = twin
            .scenarios
            .iter()
            .enumerate()
            .map(|(index, scenario)| (scenario.id.as_str(), list.item(index).field("id")))
            .collect();
        self.ids("scenario", &ids);
        let mut positions: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, scenario) in twin.scenarios.iter().enumerate() {
            positions.entry(&scenario.id).or_insert(index);
        }
        let mut bases: Vec<Option<usize>> = Vec::with_capacity(twin.scenarios.len());
        for (index, scenario) in twin.scenarios.iter().enumerate() {
            let path = list.item(index);
            let base = scenario.base.as_deref();
            let found = base.and_then(|id| positions.get(id).copied());
            if let (Some(id), None) = (base, found) {
                let names: Vec<&str> = positions.keys().copied().collect();
                let finding = Finding::error(format!("there is no scenario `{id}`"))
                    .hint(self.near(id, "scenarios", &names));
                self.report(&path.field("base"), finding);
            }
            bases.push(found);
            self.scenario(scenario, &path);
        }
        let names: Vec<&str> = twin.scenarios.iter().map(|one| one.id.as_str()).collect();
        self.rings(&names, &bases, "a scenario is its own base", |index| {
            list.item(index).field("base")
        });
    }

    fn scenario(&mut self, scenario: &Scenario, path: &DocumentPath) {
        if scenario.horizon.is_some_and(|length| !length.is_positive()) {
            let finding = Finding::error("the horizon of a scenario must be above zero")
                .hint("write for example `\"10 min\"`, or leave it out");
            self.report(&path.field("horizon"), finding);
        }
        if let Some(members) = scenario.members {
            self.members(members, &path.field("members"));
        }
        self.check_uncertainties(&scenario.uncertainties, &path.field("uncertainties"));
        self.occurrences(scenario, path);
        let list = path.field("interventions");
        for (index, intervention) in scenario.interventions.iter().enumerate() {
            let path = list.item(index);
            self.intervention(intervention, &path);
            if let Some(horizon) = scenario.horizon.filter(|horizon| horizon.is_positive())
                && intervention.at > horizon
            {
                self.report(&path.field("at"), after_the_end(intervention.at, horizon));
            }
        }
    }

    fn occurrences(&mut self, scenario: &Scenario, path: &DocumentPath) {
        let list = path.field("contingencies");
        // Of each variable, who sets it and until when.
        let mut set: BTreeMap<String, Vec<(usize, SimDuration, Option<SimDuration>)>> =
            BTreeMap::new();
        for (index, occurrence) in scenario.contingencies.iter().enumerate() {
            let path = list.item(index);
            // With so many findings, the search for near names would take quadratic time.
            if self.findings.len() > MOST_HINTED && self.variables.asset(&occurrence.of).is_none() {
                let message = format!("there is no asset `{}`", occurrence.of);
                self.report(&path.field("of"), Finding::error(message));
                continue;
            }
            let settings = match occurrence.settings(self.variables) {
                Ok(settings) => settings,
                Err(errors) => {
                    for error in errors {
                        let finding = Finding::error(error.message).hint(error.hint);
                        self.report(&path.field(error.field), finding);
                    }
                    continue;
                }
            };
            if let Some(horizon) = scenario.horizon.filter(|horizon| horizon.is_positive())
                && occurrence.at > horizon
            {
                self.report(&path.field("at"), after_the_end(occurrence.at, horizon));
            }
            for (variable, _) in settings {
                let others = set.entry(variable.clone()).or_default();
                let overlaps = |begin: SimDuration, end: Option<SimDuration>| {
                    occurrence.until.is_none_or(|until| begin < until)
                        && end.is_none_or(|end| occurrence.at < end)
                };
                let other = others.iter().find(|(_, begin, end)| overlaps(*begin, *end));
                if let Some((other, ..)) = other {
                    let finding = Finding::warning(format!(
                        "`{variable}` is set by two contingencies at once"
                    ))
                    .hint("the one that begins later counts, and the first that ends ends both")
                    .related(self.span(&list.item(*other)), "the other one");
                    self.report(&path.field("what"), finding);
                }
                others.push((index, occurrence.at, occurrence.until));
            }
        }
    }

    fn intervention(&mut self, intervention: &Intervention, path: &DocumentPath) {
        if intervention.at.is_negative() {
            let finding = Finding::error("an intervention cannot come before its scenario begins")
                .hint("`at` counts from the scenario's start; write `\"0 s\"` or later");
            self.report(&path.field("at"), finding);
        }
        let action = path.field("action");
        if let Action::Ramp { over, .. } = &intervention.action
            && !over.is_positive()
        {
            let finding = Finding::error("a ramp takes a time above zero")
                .hint("write for example `over: \"1 min\"`; for a change at once write `Set(…)`");
            self.report(&action.field("over"), finding);
        }
        let name = &intervention.variable;
        let Some(variable) = self.variable(name, &path.field("variable")) else {
            return;
        };
        if !matches!(variable.causality, Causality::Input | Causality::Parameter) {
            let finding = Finding::error(format!(
                "`{name}` is {} and cannot be changed from outside",
                causality_words(variable.causality)
            ))
            .hint(format!(
                "an intervention changes an input or a parameter{}",
                self.changeable(variable.asset)
            ));
            self.report(&path.field("variable"), finding);
            return;
        }
        let expected = Expected::of_variable(variable);
        match &intervention.action {
            Action::Set(value) => self.quantity(value, &expected, &action.item(0)),
            Action::Ramp { to, .. } => self.quantity(to, &expected, &action.field("to")),
            Action::Hold | Action::Release => {}
        }
    }

    /// The quantities of an asset that an intervention may change, for a hint.
    fn changeable(&self, asset: usize) -> String {
        let names: Vec<&str> = self
            .variables
            .indices_of_asset(asset)
            .map(|index| self.variables.get(index))
            .filter(|one| matches!(one.causality, Causality::Input | Causality::Parameter))
            .map(|one| one.quantity)
            .collect();
        if names.is_empty() {
            String::new()
        } else {
            format!(
                "; `{}` has {}",
                self.twin.assets[asset].id,
                super::nearest::quoted(&names, " and ")
            )
        }
    }
}

/// A warning that something happens when its scenario is over.
fn after_the_end(at: SimDuration, horizon: SimDuration) -> Finding {
    Finding::warning(format!(
        "this happens at {at}, after the scenario's end at {horizon}"
    ))
    .hint("lengthen the horizon, or let it happen earlier")
}
