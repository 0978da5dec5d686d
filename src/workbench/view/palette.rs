//! The command palette: every command, asset and scenario, found by typing.

use std::path::PathBuf;

use super::command::{
    AppCommand, Command, EventLogCommand, PlotCommand, SelectCommand, ViewCommand, WhatIfCommand,
};
use super::shortcut::Shortcut;
use super::tree::fuzzy;
use super::{Workbench, contingency};

/// The palette while it is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// What was typed.
    pub query: String,
    /// Position of the selected match.
    pub selected: usize,
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct PaletteEntry {
    /// What it is called.
    pub name: String,
    /// What family it belongs to.
    pub category: String,
    /// The command's keys.
    pub shortcut: Option<Shortcut>,
    /// What it does.
    pub command: Command,
    /// Why it cannot be done now.
    pub refusal: Option<String>,
    /// Positions of the characters of the name that match.
    pub matched: Vec<u32>,
}

/// Most assets of a twin whose contingencies are all listed.
const MOST_ASSETS_WITH_CONTINGENCIES: usize = 2_000;

/// Most entries shown.
const MOST_SHOWN: usize = 200;

fn all(workbench: &Workbench) -> Vec<PaletteEntry> {
    let mut entries: Vec<PaletteEntry> = Command::catalogue()
        .into_iter()
        .filter(|command| *command != Command::AppCommand(AppCommand::TogglePalette))
        .filter_map(|command| {
            let description = command.description()?;
            Some(PaletteEntry {
                name: description.name.to_owned(),
                category: description.category.to_owned(),
                shortcut: description.shortcut,
                refusal: command.enabled(workbench).err(),
                command,
                matched: Vec::new(),
            })
        })
        .collect();
    let mut add = |name: String, category: &str, command: Command| {
        entries.push(PaletteEntry {
            name,
            category: category.to_owned(),
            shortcut: None,
            command,
            refusal: None,
            matched: Vec::new(),
        });
    };
    if let Some(document) = &workbench.document {
        for asset in 0..document.twin().assets.len() {
            let name = document.asset_name(asset).to_owned();
            add(name, "Asset", SelectCommand::Asset(asset).into());
        }
        for asset in 0..document.twin().assets.len() {
            // Of a network of thousands only what is selected: nobody reads the rest.
            let selected = workbench.selection.selected().asset() == Some(asset);
            if !selected && document.twin().assets.len() > MOST_ASSETS_WITH_CONTINGENCIES {
                continue;
            }
            for offer in contingency::offers(workbench, asset) {
                add(offer.name, "What if", offer.command.into());
            }
        }
        for scenario in &document.twin().scenarios {
            let name = if scenario.name.is_empty() {
                &scenario.id
            } else {
                &scenario.name
            };
            let command = WhatIfCommand::Scenario(Some(scenario.id.clone()));
            add(name.clone(), "Scenario", command.into());
        }
        for variable in document.channel_variables(crate::twin::ChannelRole::Measurement) {
            let name = format!("Plot {}", document.variable_name(variable));
            add(name, "Plots", PlotCommand::ToggleVariable(variable).into());
        }
    }
    for (position, title) in workbench.viewport.quantities.iter().enumerate() {
        let name = format!("Colour by {title}");
        add(name, "View", ViewCommand::ColourBy(position).into());
    }
    for path in workbench.settings.recent.paths() {
        let name = format!("Open {}", path.display());
        add(name, "Recent", AppCommand::OpenPath(path.clone()).into());
    }
    entries
}

/// What a file can be opened as whose path was typed.
fn typed_path(workbench: &Workbench, query: &str) -> Vec<PaletteEntry> {
    let path = PathBuf::from(query.trim());
    let ending = path
        .extension()
        .map(|one| one.to_string_lossy().to_lowercase());
    let log = || {
        (
            "Open event log",
            EventLogCommand::OpenAt(path.clone()).into(),
        )
    };
    let telemetry = || {
        (
            "Open telemetry",
            AppCommand::OpenTelemetryAt(path.clone()).into(),
        )
    };
    let twin = || ("Open", AppCommand::OpenPath(path.clone()).into());
    let is_line = workbench.flow.plan.is_some();
    let found: Vec<(&str, Command)> = match ending.as_deref() {
        Some("csv") if is_line => vec![log(), telemetry()],
        Some("csv") => vec![telemetry()],
        Some("parquet" | "xes") => vec![log()],
        Some("ron" | "inp") => vec![twin()],
        _ => Vec::new(),
    };
    let entry = |(what, command): (&str, Command)| PaletteEntry {
        name: format!("{what} {}", path.display()),
        category: "File".to_owned(),
        shortcut: None,
        refusal: command.enabled(workbench).err(),
        command,
        matched: Vec::new(),
    };
    found.into_iter().map(entry).collect()
}

/// The entries that match what was typed, best first; a path that was typed goes before
/// them.
#[must_use]
pub fn entries(workbench: &Workbench) -> Vec<PaletteEntry> {
    let Some(palette) = &workbench.palette else {
        return Vec::new();
    };
    let mut found = typed_path(workbench, &palette.query);
    let all = all(workbench);
    // The family may be typed too: `time faster`.
    let texts: Vec<String> = all
        .iter()
        .map(|entry| format!("{} {}", entry.name, entry.category))
        .collect();
    let matching = fuzzy(&palette.query, texts.iter().map(String::as_str))
        .into_iter()
        .take(MOST_SHOWN)
        .map(|(position, indices)| {
            let mut entry = all[position].clone();
            let length = entry.name.chars().count();
            entry.matched = indices
                .into_iter()
                .filter(|index| (*index as usize) < length)
                .collect();
            entry
        });
    found.extend(matching);
    found
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::super::flow::test_support::running_line;
    use super::super::test_support::running_workbench;
    use super::*;

    fn open_with(query: &str) -> (Workbench, Vec<PaletteEntry>) {
        let mut workbench = running_workbench();
        workbench.apply(AppCommand::TogglePalette.into());
        workbench.apply(AppCommand::PaletteQuery(query.to_owned()).into());
        let found = entries(&workbench);
        (workbench, found)
    }

    #[test]
    fn every_command_can_be_found() {
        let (_, found) = open_with("");
        for command in Command::catalogue() {
            if command != Command::AppCommand(AppCommand::TogglePalette) {
                assert!(
                    found.iter().any(|entry| entry.command == command),
                    "{command:?}"
                );
            }
        }
    }

    #[test]
    fn assets_and_scenarios_are_found_too() {
        let (_, found) = open_with("heater 2");
        assert_eq!(found[0].name, "Heater 2");
        let (_, found) = open_with("full power");
        assert_eq!(found[0].category, "Scenario");
    }

    #[test]
    fn running_an_entry_does_it_and_closes_the_palette() {
        let (mut workbench, _) = open_with("heater 2");
        let heater = workbench.asset("heater_2");
        workbench.apply(AppCommand::PaletteRun(0).into());
        assert_eq!(workbench.selection.selected().asset(), Some(heater));
        assert!(workbench.palette.is_none());
    }

    #[test]
    fn what_cannot_be_done_says_why_and_is_not_done() {
        let (mut workbench, found) = open_with("redo");
        assert!(found[0].refusal.is_some());
        workbench.apply(AppCommand::PaletteRun(0).into());
        assert!(workbench.palette.is_some(), "stays open");
    }

    #[test]
    fn a_path_that_is_typed_can_be_opened() {
        let (_, found) = open_with("data/mine.csv");
        let expected = AppCommand::OpenTelemetryAt("data/mine.csv".into());
        assert_eq!(found[0].command, expected.into());
        // Nothing flows in this twin.
        let (_, found) = open_with("mes.xes");
        let expected = EventLogCommand::OpenAt("mes.xes".into());
        assert_eq!(found[0].command, expected.into());
        assert!(found[0].refusal.is_some());
        let mut line = running_line();
        line.apply(AppCommand::TogglePalette.into());
        line.apply(AppCommand::PaletteQuery("mes.csv".to_owned()).into());
        let effects = line.apply(AppCommand::PaletteRun(0).into());
        let expected = Effect::ReadEventLog {
            path: Some("mes.csv".into()),
            or_telemetry: false,
        };
        assert_eq!(effects, [expected]);
    }

    #[test]
    fn the_selection_stays_inside_the_list() {
        let (mut workbench, found) = open_with("heater");
        workbench.apply(AppCommand::PaletteMove(-1).into());
        assert_eq!(
            workbench.palette.as_ref().map(|one| one.selected),
            Some(found.len() - 1)
        );
        workbench.apply(AppCommand::PaletteMove(1).into());
        assert_eq!(workbench.palette.as_ref().map(|one| one.selected), Some(0));
    }
}
