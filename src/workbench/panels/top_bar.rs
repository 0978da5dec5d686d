//! The bar at the top: which twin, what time is doing, the what-if, the palette.

use egui::{Align, Layout, RichText, Ui};

use super::theme::{self, Tokens};
use super::what_if::a_b_ui;
use super::widgets::{self, command_button, menu_entry, quiet_button};
use crate::quantity::SimDuration;
use crate::workbench::view::command::{
    AppCommand, EditCommand, EventLogCommand, LayoutCommand, NetworkCommand, OnboardingCommand,
    PlotCommand, TimeCommand, ViewCommand,
};
use crate::workbench::view::dock::Pane;
use crate::workbench::view::time_control::{Region, Speed, TimeMode};
use crate::workbench::view::{Command, Workbench, document::Document};

/// Draws the bar.
pub fn top_bar_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_centered(|ui| {
        ui.add_space(theme::GRID / 2.0);
        ui.label(RichText::new("Counterpart").strong().color(tokens.text));
        ui.add_space(theme::GRID);
        twin_menu(ui, workbench, tokens, commands);
        if workbench.document.is_some() {
            ui.add_space(theme::GRID * 2.0);
            transport(ui, workbench, commands);
            speed_menu(ui, workbench, commands);
            ui.add_space(theme::GRID);
            state(ui, workbench, tokens, commands);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(theme::GRID / 2.0);
            let text = RichText::new("🔍  Ctrl+K").color(tokens.text_weak);
            command_button(ui, workbench, AppCommand::TogglePalette, text, commands);
            if workbench.document.is_some() {
                ui.add_space(theme::GRID);
                what_if(ui, workbench, tokens, commands);
            }
        });
    });
}

fn twin_menu(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let document = workbench.document.as_ref();
    let name = document.map_or("No twin", |document| document.twin().id.as_str());
    let mark = if document.is_some_and(Document::is_changed) {
        " •"
    } else {
        ""
    };
    let text = RichText::new(format!("{name}{mark} ⏷")).color(tokens.text);
    let (response, _) = egui::containers::menu::MenuButton::from_button(
        egui::Button::new(text).frame_when_inactive(false),
    )
    .ui(ui, |ui| {
        ui.set_min_width(220.0);
        menu_entry(ui, workbench, AppCommand::StartPage, commands);
        menu_entry(ui, workbench, AppCommand::OpenTwin, commands);
        menu_entry(ui, workbench, AppCommand::ImportEpanet, commands);
        let recent = workbench.settings.recent.paths();
        ui.add_enabled_ui(!recent.is_empty(), |ui| {
            ui.menu_button("Open recent", |ui| {
                for path in recent {
                    if ui.button(path.display().to_string()).clicked() {
                        commands.push(AppCommand::OpenPath(path.clone()).into());
                        ui.close();
                    }
                }
            });
        });
        menu_entry(ui, workbench, AppCommand::OpenTelemetry, commands);
        menu_entry(ui, workbench, AppCommand::OpenStore, commands);
        menu_entry(ui, workbench, OnboardingCommand::Begin, commands);
        menu_entry(ui, workbench, EventLogCommand::Open, commands);
        menu_entry(ui, workbench, EventLogCommand::OpenOwn, commands);
        menu_entry(ui, workbench, AppCommand::GoLive, commands);
        menu_entry(ui, workbench, AppCommand::PlayPlant, commands);
        ui.separator();
        menu_entry(ui, workbench, AppCommand::Save, commands);
        menu_entry(ui, workbench, AppCommand::SaveAs, commands);
        menu_entry(ui, workbench, AppCommand::CloseTwin, commands);
        ui.separator();
        menu_entry(ui, workbench, EditCommand::Undo, commands);
        menu_entry(ui, workbench, EditCommand::Redo, commands);
        ui.separator();
        ui.menu_button("Panels", |ui| {
            for (pane, command) in [
                (Pane::Assets, LayoutCommand::ToggleAssets),
                (Pane::Inspector, LayoutCommand::ToggleInspector),
                (Pane::WhatIf, LayoutCommand::ToggleWhatIf),
                (Pane::Plots, LayoutCommand::TogglePlots),
                (Pane::Log, LayoutCommand::ToggleLog),
                (Pane::Quality, LayoutCommand::ToggleQuality),
                (Pane::Sources, LayoutCommand::ToggleSources),
                (Pane::LongSection, LayoutCommand::ToggleSection),
                (Pane::Zones, LayoutCommand::ToggleZones),
                (Pane::Flow, LayoutCommand::ToggleFlow),
                (Pane::States, LayoutCommand::ToggleStates),
                (Pane::EventLog, LayoutCommand::ToggleEventLog),
            ] {
                let mut shown = workbench.layout.shows(pane);
                if ui.checkbox(&mut shown, pane.title()).clicked() {
                    commands.push(command.into());
                }
            }
            ui.separator();
            menu_entry(ui, workbench, LayoutCommand::Reset, commands);
        });
        ui.menu_button("Scene", |ui| {
            for command in ViewCommand::PLAIN {
                menu_entry(ui, workbench, command.clone(), commands);
            }
        });
        ui.menu_button("Network", |ui| {
            for command in NetworkCommand::PLAIN {
                menu_entry(ui, workbench, command.clone(), commands);
            }
        });
        ui.menu_button("Time", |ui| {
            for command in TimeCommand::PLAIN {
                menu_entry(ui, workbench, command.clone(), commands);
            }
        });
        ui.menu_button("Plots", |ui| {
            for command in PlotCommand::PLAIN {
                menu_entry(ui, workbench, command.clone(), commands);
            }
        });
        ui.separator();
        menu_entry(ui, workbench, AppCommand::SavePicture, commands);
        menu_entry(ui, workbench, AppCommand::ToggleTheme, commands);
        menu_entry(ui, workbench, AppCommand::ToggleShortcutSheet, commands);
        ui.separator();
        menu_entry(ui, workbench, AppCommand::Quit, commands);
    });
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Twin menu"));
    if let Some(document) = document {
        let path = document
            .path()
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        response.on_hover_text(format!("{}\n{path}", document.twin().name));
    }
}

fn transport(ui: &mut Ui, workbench: &Workbench, commands: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    quiet_button(ui, workbench, TimeCommand::ToStart, "⏮", commands);
    quiet_button(ui, workbench, TimeCommand::StepBack, "⏪", commands);
    let play = if workbench.time.is_running() {
        "⏸"
    } else {
        "▶"
    };
    command_button(ui, workbench, TimeCommand::PlayPause, play, commands);
    quiet_button(ui, workbench, TimeCommand::StepForward, "⏩", commands);
    quiet_button(ui, workbench, TimeCommand::FollowNow, "⏭", commands);
    ui.spacing_mut().item_spacing.x = theme::GRID;
}

fn speed_menu(ui: &mut Ui, workbench: &Workbench, commands: &mut Vec<Command>) {
    let speed = workbench.time.speed();
    let combo = egui::ComboBox::from_id_salt("speed")
        .selected_text(speed.to_string())
        .width(64.0)
        .height(400.0)
        .show_ui(ui, |ui| {
            for one in Speed::STEPS {
                if ui
                    .selectable_label(*one == speed, one.to_string())
                    .clicked()
                {
                    commands.push(TimeCommand::SetSpeed(*one).into());
                }
            }
        });
    combo
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::ComboBox, true, "Speed"));
    combo
        .response
        .on_hover_text("How fast time runs against the wall clock  (, slower, . faster)");
}

/// A duration in words, to the tenth of a second while it is short.
fn duration_text(duration: SimDuration) -> String {
    if duration < SimDuration::from_whole_seconds(60) {
        format!("{:.1}\u{202f}s", duration.as_seconds())
    } else {
        let whole = SimDuration::from_whole_seconds(duration.as_seconds().round() as i64);
        whole.to_string()
    }
}

/// What time is doing, in a word or two.
fn state(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let time = &workbench.time;
    if let Some(busy) = &workbench.busy {
        ui.spinner();
        ui.label(RichText::new(busy).color(tokens.text_weak));
        return;
    }
    if let Some(reason) = workbench.record.halted() {
        ui.label(RichText::new("⚠ stopped").color(tokens.alarm))
            .on_hover_text(reason);
        return;
    }
    let away = time
        .cursor()
        .checked_since(time.now())
        .unwrap_or(SimDuration::ZERO);
    match time.region(time.cursor()) {
        Region::Now => match time.mode() {
            TimeMode::FollowingNow | TimeMode::LookingElsewhere => {
                // A replay does not claim to be the plant.
                let (word, doc) = if workbench.record.is_live() {
                    ("LIVE", "The twin runs beside its live sources")
                } else if workbench
                    .document
                    .as_ref()
                    .is_some_and(|one| one.data().is_some())
                {
                    ("REPLAY", "The twin runs beside a recorded file")
                } else {
                    ("SIMULATION", "The twin runs alone: no telemetry was opened")
                };
                let lag = duration_text(time.lag());
                ui.label(RichText::new(word).strong().color(tokens.accent))
                    .on_hover_text(doc);
                widgets::number(ui, &format!("+{lag}"), tokens.text_weak)
                    .on_hover_text("How far the twin lags behind the time it was asked for");
            }
            TimeMode::AtEnd => {
                ui.label(RichText::new("end of the data").color(tokens.text_weak))
                    .on_hover_text("There is nothing left to replay; play begins again");
            }
            TimeMode::Paused | TimeMode::Scrubbing { .. } => {
                ui.label(RichText::new("paused").color(tokens.text_weak));
            }
        },
        Region::Observed | Region::Forecast => {
            let text = if away.is_negative() {
                format!("{} ago", duration_text(-away))
            } else {
                format!("in {}", duration_text(away))
            };
            widgets::number(ui, &text, tokens.accent)
                .on_hover_text("The instant shown, seen from now");
            quiet_button(
                ui,
                workbench,
                TimeCommand::FollowNow,
                RichText::new("back to now").color(tokens.accent),
                commands,
            );
        }
    }
}

/// Right to left: A and B, then the number of changes.
fn what_if(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let changes = workbench.what_if.change_set.len();
    let text = match changes {
        0 => RichText::new("What-if").color(tokens.text_weak),
        1 => RichText::new("What-if  1 change").color(tokens.what_if),
        count => RichText::new(format!("What-if  {count} changes")).color(tokens.what_if),
    };
    if changes > 0 {
        ui.allocate_ui_with_layout(
            egui::vec2(64.0, theme::ROW),
            Layout::left_to_right(Align::Center),
            |ui| a_b_ui(ui, workbench, workbench.what_if.shown, tokens, commands),
        );
    }
    let response = ui.add(egui::Button::new(text).frame_when_inactive(false));
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Show the what-if panel")
    });
    if response
        .on_hover_text("Ask what would be if something were changed")
        .clicked()
    {
        commands.push(LayoutCommand::Reveal(Pane::WhatIf).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_words() {
        assert_eq!(
            duration_text(SimDuration::from_nanoseconds(400_000_000)),
            "0.4\u{202f}s"
        );
        assert_eq!(
            duration_text(SimDuration::from_whole_seconds(8_100)),
            "2 h 15 min"
        );
    }
}
