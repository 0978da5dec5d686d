//! The inspector: what is known of the selected asset.

use egui::{RichText, Sense, Ui, vec2};

use super::contingency;
use super::theme::{self, Tokens};
use super::widgets::{self, value_field};
use crate::workbench::view::command::{
    AppCommand, EditCommand, LayoutCommand, PlotCommand, SelectCommand,
};
use crate::workbench::view::dock::Pane;
use crate::workbench::view::inspector::{InspectorView, ParameterRow, ValueRow};
use crate::workbench::view::settings::{Settings, UnitChoice};
use crate::workbench::view::{Command, Workbench, inspector};

/// Draws the inspector.
pub fn inspector_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let Some(view) = inspector::view(workbench) else {
        let (text, offer) = if workbench.document.is_some() {
            (
                "Select an asset in the scene or the tree to see what is known of it",
                None,
            )
        } else {
            (
                "What is known of a selected asset is shown here",
                Some(AppCommand::OpenTwin.into()),
            )
        };
        widgets::empty_state(ui, workbench, text, offer, commands);
        return;
    };
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.heading(RichText::new(&view.name).color(tokens.text));
                ui.label(RichText::new(&view.kind).color(tokens.text_weak))
                    .on_hover_text(&view.kind_doc);
            });
            for row in &view.values {
                value_ui(ui, workbench, &view, row, tokens, commands);
            }
            contingency::offers_row(ui, workbench, view.asset, tokens, commands);
            if !view.parameters.is_empty() {
                ui.add_space(theme::GRID);
                widgets::caption(ui, "parameters", tokens);
                for row in &view.parameters {
                    parameter_ui(ui, workbench, row, tokens, commands);
                }
            }
            if !view.neighbours.is_empty() {
                ui.add_space(theme::GRID);
                widgets::caption(ui, "linked to", tokens);
                ui.horizontal_wrapped(|ui| {
                    for (asset, name) in &view.neighbours {
                        if ui.link(name).clicked() {
                            commands.push(SelectCommand::Asset(*asset).into());
                        }
                    }
                });
            }
        });
}

fn value_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    view: &InspectorView,
    row: &ValueRow,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    ui.add_space(theme::GRID / 2.0);
    let selected = view.selected == Some(row.variable);
    let title = ui
        .selectable_label(selected, RichText::new(&row.label).color(tokens.text))
        .on_hover_text(&row.doc);
    if title.clicked() {
        commands.push(SelectCommand::Variable(row.variable).into());
    }
    origin_menu(&title, workbench, row, commands);
    let line = |ui: &mut Ui, name: &str, text: &str, extra: &mut dyn FnMut(&mut Ui)| {
        ui.horizontal(|ui| {
            ui.add_space(theme::GRID * 2.0);
            let width = theme::GRID * 8.0;
            ui.allocate_ui_with_layout(
                vec2(width, theme::ROW - 6.0),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_width(width);
                    ui.label(RichText::new(name).color(tokens.text_weak));
                },
            );
            widgets::number(ui, text, tokens.text);
            extra(ui);
        });
    };
    ui.spacing_mut().item_spacing.y = 2.0;
    if let Some(measured) = &row.measured {
        line(ui, "measured", measured, &mut |_| {});
    } else if row.is_measured && row.range.is_none() {
        line(ui, "measured", "no sample", &mut |_| {});
    }
    let twin = if row.twin.is_empty() {
        "not yet"
    } else {
        &row.twin
    };
    line(ui, row.twin_label, twin, &mut |_| {});
    if let Some(range) = &row.range {
        line(ui, "5–95 %", range, &mut |_| {});
    }
    if let Some(residual) = &row.residual {
        line(ui, "residual", residual, &mut |ui: &mut Ui| {
            let spark = sparkline(ui, &row.sparkline, tokens);
            if let Some(summary) = &row.residual_summary {
                spark.on_hover_text(summary);
            }
        });
    }
    ui.spacing_mut().item_spacing.y = theme::GRID / 2.0;
}

/// Recent residuals as bars about zero.
fn sparkline(ui: &mut Ui, values: &[f64], tokens: &Tokens) -> egui::Response {
    let bar = 2.0;
    let width = bar * inspector::SPARKLINE as f32;
    let (area, response) = ui.allocate_exact_size(vec2(width, theme::ROW - 8.0), Sense::hover());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::WidgetType::Image, true, "Recent residuals")
    });
    let largest = values.iter().map(|one| one.abs()).fold(0.0_f64, f64::max);
    let painter = ui.painter_at(area);
    painter.hline(
        area.x_range(),
        area.center().y,
        egui::Stroke::new(1.0, tokens.line),
    );
    if largest > 0.0 {
        let missing = inspector::SPARKLINE.saturating_sub(values.len());
        for (position, value) in values.iter().enumerate() {
            let left = area.left() + bar * (missing + position) as f32;
            let height = (value / largest) as f32 * area.height() / 2.0;
            let (top, bottom) = if height >= 0.0 {
                (area.center().y - height, area.center().y)
            } else {
                (area.center().y, area.center().y - height)
            };
            let colour = if *value >= 0.0 {
                tokens.above
            } else {
                tokens.below
            };
            painter.rect_filled(
                egui::Rect::from_min_max(
                    egui::pos2(left, top),
                    egui::pos2(left + bar - 0.5, bottom),
                ),
                0.0,
                colour,
            );
        }
    }
    response
}

/// Right click: where the number comes from, and what can be done with it.
fn origin_menu(
    response: &egui::Response,
    workbench: &Workbench,
    row: &ValueRow,
    commands: &mut Vec<Command>,
) {
    response.context_menu(|ui| {
        ui.label(&row.origin);
        if let Some(summary) = &row.residual_summary {
            ui.label(RichText::new(summary).weak());
        }
        ui.separator();
        let plot = if row.is_plotted {
            "Take off the plots"
        } else {
            "Plot"
        };
        if ui.button(plot).clicked() {
            commands.push(PlotCommand::ToggleVariable(row.variable).into());
            ui.close();
        }
        if ui.button("Copy value").clicked() {
            commands.push(AppCommand::Copy(row.twin.clone()).into());
            ui.close();
        }
        unit_menu(ui, workbench, row.variable, commands);
    });
}

/// The units that a quantity can be shown in.
fn unit_menu(
    ui: &mut Ui,
    workbench: &Workbench,
    variable: crate::twin::VariableIndex,
    commands: &mut Vec<Command>,
) {
    let Some(preferred) = workbench
        .document
        .as_ref()
        .and_then(|document| document.variable(variable))
        .map(|one| &one.unit)
    else {
        return;
    };
    let offers = Settings::offers(preferred);
    if offers.len() < 2 {
        return;
    }
    let shown = workbench.settings.unit(preferred);
    ui.menu_button("Show in", |ui| {
        for unit in offers {
            if ui.selectable_label(unit == shown, unit.symbol()).clicked() {
                let choice = UnitChoice {
                    dimension: preferred.dimension().si_code(),
                    unit: Some(unit),
                };
                commands.push(AppCommand::SetUnit(choice).into());
                ui.close();
            }
        }
    });
}

fn parameter_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    row: &ParameterRow,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        let name = ui
            .add(
                egui::Label::new(RichText::new(&row.label).color(tokens.text))
                    .truncate()
                    .sense(Sense::click()),
            )
            .on_hover_text(format!("{}\n{}, {}", row.doc, row.text, row.bounds));
        name.context_menu(|ui| {
            ui.label(&row.origin);
            ui.separator();
            let reset = ui.add_enabled(row.is_stated, egui::Button::new("Use the kind's default"));
            if reset.clicked() {
                commands.push(EditCommand::ResetParameter(row.variable).into());
                ui.close();
            }
            if ui.button("What if…").clicked() {
                commands.push(LayoutCommand::Reveal(Pane::WhatIf).into());
                ui.close();
            }
            if ui.button("Copy value").clicked() {
                commands.push(AppCommand::Copy(row.text.clone()).into());
                ui.close();
            }
            unit_menu(ui, workbench, row.variable, commands);
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_space(theme::GRID);
            let colour = (!row.is_stated).then_some(tokens.text_weak);
            let drag = (row.value.abs() * 0.005).max(1e-6);
            let (response, change) = value_field(
                ui, &row.label, row.value, &row.unit, row.range, drag, colour, commands,
            );
            response.on_hover_text(format!(
                "{}\n{}\n{}\nDrag to change, click to type, with a unit if you like",
                row.text, row.bounds, row.origin
            ));
            if let Some(value) = change.value {
                commands.push(
                    EditCommand::SetParameter {
                        variable: row.variable,
                        value,
                    }
                    .into(),
                );
            }
            if change.ended {
                commands.push(EditCommand::EndScrub.into());
            }
        });
    });
}
