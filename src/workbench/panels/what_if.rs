//! The what-if panel: what would be done now, and how its results stand.

use egui::{RichText, Ui};

use super::contingency;
use super::theme::{self, Tokens};
use super::widgets::{self, value_field};
use crate::quantity::format::format_quantity;
use crate::workbench::view::command::{AppCommand, WhatIfCommand};
use crate::workbench::view::what_if::{self, Control, ControlGroup, Freshness, Shown, WhatIfView};
use crate::workbench::view::{Command, Workbench};

/// Draws the what-if panel.
pub fn what_if_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let Some(view) = what_if::view(workbench) else {
        let text = "What would be if something were changed is asked here";
        widgets::empty_state(
            ui,
            workbench,
            text,
            Some(AppCommand::OpenTwin.into()),
            commands,
        );
        return;
    };
    header_ui(ui, workbench, &view, tokens, commands);
    ui.add_space(theme::GRID / 2.0);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            contingency::lines_ui(ui, &view.contingencies, tokens, commands);
            if let Some(summary) = &view.summary {
                ui.add_space(theme::GRID / 2.0);
                contingency::summary_ui(ui, workbench, summary, tokens, commands);
                ui.add_space(theme::GRID);
            }
            for group in &view.groups {
                // Of thousands of groups only those in sight are drawn.
                let top = ui.cursor().top();
                let seen = ui.clip_rect().y_range().expand(theme::ROW);
                if !group.open && !seen.contains(top) {
                    ui.add_space(theme::ROW);
                    continue;
                }
                ui.push_id(("what-if", group.asset), |ui| {
                    group_ui(ui, group, tokens, commands);
                });
            }
        });
}

/// Draws the controls of one asset.
fn group_ui(ui: &mut Ui, group: &ControlGroup, tokens: &Tokens, commands: &mut Vec<Command>) {
    let title = match group.changes {
        0 => RichText::new(&group.name).color(tokens.text),
        count => RichText::new(format!("{}  ● {count}", group.name)).color(tokens.what_if),
    };
    // Drawn by hand, so that which are open is the workbench's state.
    let arrow = if group.open { "⏷" } else { "⏵" };
    let response = ui.add(
        egui::Button::new((RichText::new(arrow).color(tokens.text_weak).small(), title))
            .frame(false),
    );
    response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::WidgetType::CollapsingHeader,
            true,
            format!("Controls of {}", group.name),
        )
    });
    if response.clicked() {
        commands.push(WhatIfCommand::ToggleAsset(group.asset).into());
    }
    if group.open {
        for control in &group.controls {
            control_ui(ui, &group.name, control, tokens, commands);
        }
        ui.add_space(theme::GRID / 2.0);
    }
}

fn header_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    view: &WhatIfView,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    if !view.scenarios.is_empty() {
        let chosen = view.scenario.as_ref().and_then(|id| {
            view.scenarios
                .iter()
                .find(|(one, ..)| one == id)
                .map(|(_, name, _)| name.as_str())
        });
        let combo = egui::ComboBox::from_id_salt("scenario")
            .selected_text(chosen.unwrap_or("No scenario"))
            .width(ui.available_width() - theme::GRID)
            .truncate()
            .show_ui(ui, |ui| {
                if ui
                    .selectable_label(chosen.is_none(), "No scenario")
                    .clicked()
                {
                    commands.push(WhatIfCommand::Scenario(None).into());
                }
                for (id, name, description) in &view.scenarios {
                    let selected = view.scenario.as_ref() == Some(id);
                    let mut response = ui.selectable_label(selected, name);
                    if !description.is_empty() {
                        response = response.on_hover_text(description);
                    }
                    if response.clicked() {
                        commands.push(WhatIfCommand::Scenario(Some(id.clone())).into());
                    }
                }
            });
        combo.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::WidgetType::ComboBox, true, "Scenario")
        });
    }
    ui.horizontal(|ui| {
        a_b_ui(ui, workbench, view.shown, tokens, commands);
        freshness_ui(ui, view, tokens, commands);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_space(theme::GRID);
            widgets::quiet_button(ui, workbench, WhatIfCommand::Discard, "Discard", commands);
            widgets::quiet_button(ui, workbench, WhatIfCommand::SaveScenario, "Keep", commands);
        });
    });
}

/// Which forecast leads: A as things stand, B under the what-if.
pub fn a_b_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    shown: Shown,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    ui.spacing_mut().item_spacing.x = 0.0;
    for (text, leads, label) in [("A", false, "Show A"), ("B", true, "Show B")] {
        let command = Command::from(WhatIfCommand::Show(leads));
        let refusal = command.enabled(workbench).err();
        let selected = (shown == Shown::WhatIf) == leads;
        let colour = match (selected, leads) {
            (true, true) => tokens.what_if,
            (true, false) => tokens.text,
            (false, _) => tokens.text_weak,
        };
        let button = egui::Button::selectable(selected, RichText::new(text).color(colour).strong());
        let response = ui.add_enabled(refusal.is_none(), button);
        response.widget_info(|| {
            egui::WidgetInfo::selected(egui::WidgetType::Button, refusal.is_none(), selected, label)
        });
        let what = if leads {
            "The forecast under the what-if"
        } else {
            "The forecast as things stand"
        };
        let hint = match &refusal {
            Some(refusal) => format!("{what}  (B switches)\n{refusal}"),
            None => format!("{what}  (B switches)"),
        };
        let response = response.on_hover_text(&hint).on_disabled_hover_text(&hint);
        if response.clicked() {
            commands.push(command);
        }
    }
    ui.spacing_mut().item_spacing.x = theme::GRID;
}

/// How the results stand, as a shape and a word.
fn freshness_ui(ui: &mut Ui, view: &WhatIfView, tokens: &Tokens, commands: &mut Vec<Command>) {
    let (mark, text, colour, hint) = match &view.freshness {
        Freshness::Nothing => return,
        Freshness::Fresh => ("✔", "up to date".to_owned(), tokens.healthy, String::new()),
        Freshness::Computing(progress) => (
            "⏳",
            format!("computing {:.0} %", progress * 100.0),
            tokens.text_weak,
            "The forecast is being computed".to_owned(),
        ),
        Freshness::Stale => (
            "⚠",
            "older than its inputs".to_owned(),
            tokens.warning,
            "The forecast shown was made for other inputs".to_owned(),
        ),
        Freshness::Failed(reason) => ("⚠", "failed".to_owned(), tokens.alarm, reason.clone()),
    };
    let mut response = ui.label(
        RichText::new(format!("{mark} {text}"))
            .color(colour)
            .small(),
    );
    if !hint.is_empty() {
        response = response.on_hover_text(hint);
    }
    let _ = response;
    if matches!(view.freshness, Freshness::Computing(_))
        && ui
            .small_button("Cancel")
            .on_hover_text("Give up the forecast being computed; the one shown stays")
            .clicked()
    {
        commands.push(WhatIfCommand::CancelForecast.into());
    }
    if matches!(view.freshness, Freshness::Stale | Freshness::Failed(_))
        && ui
            .small_button("Forecast")
            .on_hover_text("Compute the forecast from now")
            .clicked()
    {
        commands.push(WhatIfCommand::Forecast.into());
    }
}

fn control_ui(
    ui: &mut Ui,
    asset: &str,
    control: &Control,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let base = format_quantity(control.base, &control.unit, 4);
    ui.horizontal(|ui| {
        ui.add_space(theme::INDENT);
        let colour = if control.changed {
            tokens.what_if
        } else {
            tokens.text
        };
        let name = RichText::new(&control.label).color(colour);
        ui.add(
            egui::Label::new(name)
                .truncate()
                .sense(egui::Sense::hover()),
        )
        .on_hover_text(&control.doc);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_space(theme::GRID);
            // Its place is kept while it is not shown: a field that is being
            // dragged must not move.
            let reset = ui
                .add_visible(
                    control.changed,
                    egui::Button::new(RichText::new("⟲").color(tokens.what_if))
                        .frame_when_inactive(false),
                )
                .on_hover_text(format!("Back to {base}"));
            if control.changed {
                let label = format!("Reset {} of {asset}", control.label);
                reset.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &label)
                });
            }
            if reset.clicked() {
                commands.push(WhatIfCommand::Reset(control.variable).into());
            }
            let label = format!("What if {} of {asset}", control.label);
            let (response, change) = value_field(
                ui,
                &label,
                control.value,
                &control.unit,
                control.range,
                control.drag,
                control.changed.then_some(tokens.what_if),
                commands,
            );
            let hint = if control.changed {
                format!("Base {base}")
            } else {
                "Drag to change, click to type, with a unit if you like".to_owned()
            };
            response.on_hover_text(hint);
            if let Some(value) = change.value {
                commands.push(
                    WhatIfCommand::Change {
                        variable: control.variable,
                        value,
                    }
                    .into(),
                );
            }
            if change.ended {
                commands.push(WhatIfCommand::EndScrub.into());
            }
        });
    });
}
