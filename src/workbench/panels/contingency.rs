//! Contingencies: where they are offered, how those of the what-if are shown, and
//! what the what-if comes to.

use egui::{RichText, Ui};

use super::theme::{self, Tokens};
use super::widgets::{self, value_field};
use crate::quantity::{SimDuration, Unit};
use crate::twin::Occurrence;
use crate::workbench::view::command::{
    LayoutCommand, SelectCommand, TimeCommand, ViewCommand, WhatIfCommand,
};
use crate::workbench::view::contingency::{self, OccurrenceLine, SizeField};
use crate::workbench::view::dock::Pane;
use crate::workbench::view::summary::{DifferenceLine, IndicatorLine, Summary};
use crate::workbench::view::{Command, Workbench};

/// What may befall an asset, as entries of a menu, and the way to its values.
pub fn offers_menu(ui: &mut Ui, workbench: &Workbench, asset: usize, commands: &mut Vec<Command>) {
    let offers = contingency::offers(workbench, asset);
    if !offers.is_empty() {
        ui.label(RichText::new("What if").font(theme::small_font()).weak());
    }
    for offer in offers {
        let response = ui.button(&offer.title).on_hover_text(offer.doc);
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &offer.name));
        if response.clicked() {
            commands.push(SelectCommand::Asset(asset).into());
            commands.push(offer.command.into());
            ui.close();
        }
    }
    if ui.button("Another value…").clicked() {
        commands.push(SelectCommand::Asset(asset).into());
        commands.push(LayoutCommand::Reveal(Pane::WhatIf).into());
        ui.close();
    }
}

/// What may befall the inspected asset, as buttons in a row.
pub fn offers_row(
    ui: &mut Ui,
    workbench: &Workbench,
    asset: usize,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let offers = contingency::offers(workbench, asset);
    if offers.is_empty() {
        return;
    }
    ui.add_space(theme::GRID);
    widgets::caption(ui, "what if", tokens);
    ui.horizontal_wrapped(|ui| {
        for offer in offers {
            let response = ui.small_button(&offer.title).on_hover_text(offer.doc);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &offer.name)
            });
            if response.clicked() {
                commands.push(offer.command.into());
            }
        }
    });
}

/// The contingencies of the what-if, each with its size and its times.
pub fn lines_ui(
    ui: &mut Ui,
    lines: &[OccurrenceLine],
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    for line in lines {
        ui.push_id(("contingency", line.position), |ui| {
            line_ui(ui, line, tokens, commands);
        });
    }
}

fn line_ui(ui: &mut Ui, line: &OccurrenceLine, tokens: &Tokens, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_space(theme::GRID);
            let withdraw = ui
                .add(
                    egui::Button::new(RichText::new("✖").color(tokens.what_if))
                        .frame_when_inactive(false),
                )
                .on_hover_text("Take it out of the what-if");
            withdraw.widget_info(|| {
                let label = format!("Withdraw {}", line.title);
                egui::WidgetInfo::labeled(egui::WidgetType::Button, true, label)
            });
            if withdraw.clicked() {
                commands.push(WhatIfCommand::Withdraw(line.position).into());
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let title = RichText::new(format!("● {}", line.title)).color(tokens.what_if);
                let label = egui::Label::new(title)
                    .truncate()
                    .sense(egui::Sense::click());
                let response = ui.add(label).on_hover_text(line.doc);
                if let (true, Some(asset)) = (response.clicked(), line.asset) {
                    commands.push(SelectCommand::Asset(asset).into());
                }
            });
        });
    });
    if let Some(size) = &line.size {
        size_ui(ui, line, size, tokens, commands);
    }
    begin_ui(ui, line, tokens, commands);
    end_ui(ui, line, tokens, commands);
}

/// A line of a name and what stands at its right.
fn field_row(ui: &mut Ui, name: &str, doc: &str, tokens: &Tokens, right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.add_space(theme::INDENT);
        let text = RichText::new(name).color(tokens.text);
        let label = egui::Label::new(text)
            .truncate()
            .sense(egui::Sense::hover());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_space(theme::GRID);
            right(ui);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(label).on_hover_text(doc);
            });
        });
    });
}

fn changed(line: &OccurrenceLine, occurrence: Occurrence) -> Command {
    let position = line.position;
    WhatIfCommand::SetOccurrence {
        position,
        occurrence,
    }
    .into()
}

fn size_ui(
    ui: &mut Ui,
    line: &OccurrenceLine,
    size: &SizeField,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    field_row(ui, size.name, size.doc, tokens, |ui| {
        let label = format!("Size of {}", line.title);
        let (_, change) = value_field(
            ui,
            &label,
            size.value,
            &size.unit,
            size.range,
            size.drag,
            Some(tokens.what_if),
            commands,
        );
        if let Some(quantity) = change
            .value
            .and_then(|value| contingency::quantity(value, &size.written))
        {
            let occurrence = Occurrence {
                size: Some(quantity),
                ..line.occurrence.clone()
            };
            commands.push(changed(line, occurrence));
        }
        end_of_scrub(change.ended, commands);
    });
}

fn end_of_scrub(ended: bool, commands: &mut Vec<Command>) {
    if ended {
        commands.push(WhatIfCommand::EndScrub.into());
    }
}

/// A field of a time since now.
fn time_field(
    ui: &mut Ui,
    label: &str,
    time: SimDuration,
    unit: &Unit,
    commands: &mut Vec<Command>,
) -> Option<SimDuration> {
    let range = (0.0, f64::INFINITY);
    let drag = unit.difference_to_si(0.05);
    let (_, change) = value_field(
        ui,
        label,
        time.as_seconds(),
        unit,
        range,
        drag,
        None,
        commands,
    );
    end_of_scrub(change.ended, commands);
    // To the second, as a person would write it.
    change
        .value
        .and_then(|value| SimDuration::from_seconds(value.round()))
}

fn begin_ui(ui: &mut Ui, line: &OccurrenceLine, tokens: &Tokens, commands: &mut Vec<Command>) {
    field_row(
        ui,
        "from",
        "When it begins, counted from now",
        tokens,
        |ui| {
            let label = format!("Begin of {}", line.title);
            let at = line.occurrence.at;
            if let Some(at) = time_field(ui, &label, at, &line.time_unit, commands) {
                // What has an end keeps its length: only so can the begin be dragged past it.
                let length = line
                    .occurrence
                    .until
                    .map(|until| until - line.occurrence.at);
                let occurrence = Occurrence {
                    at,
                    until: length.map(|length| at + length),
                    ..line.occurrence.clone()
                };
                commands.push(changed(line, occurrence));
            }
        },
    );
}

fn end_ui(ui: &mut Ui, line: &OccurrenceLine, tokens: &Tokens, commands: &mut Vec<Command>) {
    field_row(
        ui,
        "until",
        "When it is over, counted from now",
        tokens,
        |ui| {
            let mut until = line.occurrence.until;
            match line.occurrence.until {
                None => {
                    let offer = ui
                        .small_button("for good")
                        .on_hover_text("It does not end; click to give it an end");
                    offer.widget_info(|| {
                        let label = format!("Give an end to {}", line.title);
                        egui::WidgetInfo::labeled(egui::WidgetType::Button, true, label)
                    });
                    if offer.clicked() {
                        let half =
                            SimDuration::from_seconds((line.horizon.as_seconds() / 2.0).round());
                        until = half.map(|half| line.occurrence.at + half);
                    }
                }
                Some(end) => {
                    let open = ui
                        .add(egui::Button::new("✖").frame_when_inactive(false))
                        .on_hover_text("Let it last");
                    open.widget_info(|| {
                        let label = format!("Let {} last", line.title);
                        egui::WidgetInfo::labeled(egui::WidgetType::Button, true, label)
                    });
                    let label = format!("End of {}", line.title);
                    if let Some(end) = time_field(ui, &label, end, &line.time_unit, commands) {
                        until = Some(end);
                    }
                    if open.clicked() {
                        until = None;
                    }
                }
            }
            if until != line.occurrence.until {
                let occurrence = Occurrence {
                    until,
                    ..line.occurrence.clone()
                };
                commands.push(changed(line, occurrence));
            }
        },
    );
}

/// What the what-if changes of what would be.
pub fn summary_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    summary: &Summary,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    if !summary.indicators.is_empty() {
        widgets::caption(ui, "A → B, medians", tokens);
        for line in &summary.indicators {
            indicator_ui(ui, line, tokens, commands);
        }
    }
    ui.add_space(theme::GRID / 2.0);
    if summary.differences.is_empty() {
        widgets::caption(ui, "Nothing changes", tokens);
        return;
    }
    widgets::caption(ui, "largest differences", tokens);
    for line in &summary.differences {
        difference_ui(ui, line, tokens, commands);
    }
    colours_ui(ui, workbench, commands);
}

/// The way to a scene that shows the differences, and back.
fn colours_ui(ui: &mut Ui, workbench: &Workbench, commands: &mut Vec<Command>) {
    let viewport = &workbench.viewport;
    let Some(position) = viewport.differences else {
        return;
    };
    let Some(title) = viewport.quantities.get(position) else {
        return;
    };
    let shown = viewport.coloured_by == Some(position);
    let text = "Colour the scene by the differences";
    let response = ui.selectable_label(shown, text).on_hover_text(title);
    if response.clicked() {
        let next = if shown { 0 } else { position };
        commands.push(ViewCommand::ColourBy(next).into());
    }
}

fn indicator_ui(ui: &mut Ui, line: &IndicatorLine, tokens: &Tokens, commands: &mut Vec<Command>) {
    field_row(ui, line.title, &line.note, tokens, |ui| {
        let (text, colour) = if line.changed {
            (format!("{} → {}", line.base, line.what_if), tokens.what_if)
        } else {
            (line.base.clone(), tokens.text_weak)
        };
        let text = RichText::new(text).font(theme::number_font()).color(colour);
        let number = egui::Label::new(text).sense(egui::Sense::click());
        let mut response = ui.add(number);
        if !line.note.is_empty() {
            response = response.on_hover_text(&line.note);
        }
        if let (true, Some((variable, at))) = (response.clicked(), line.target) {
            commands.push(SelectCommand::Variable(variable).into());
            commands.push(TimeCommand::MoveCursor(at).into());
        }
    });
}

fn difference_ui(ui: &mut Ui, line: &DifferenceLine, tokens: &Tokens, commands: &mut Vec<Command>) {
    field_row(ui, &line.quantity, &line.note, tokens, |ui| {
        let text = RichText::new(&line.difference)
            .font(theme::number_font())
            .color(tokens.what_if);
        ui.label(text).on_hover_text(&line.note);
    });
    ui.horizontal(|ui| {
        ui.add_space(theme::INDENT * 2.0);
        let place = RichText::new(&line.place).font(theme::small_font());
        let response = ui
            .add(egui::Link::new(place))
            .on_hover_text(format!("{}\nClick to go there", line.note));
        if response.clicked() {
            commands.push(SelectCommand::Variable(line.variable).into());
            commands.push(TimeCommand::MoveCursor(line.at).into());
        }
    });
}
