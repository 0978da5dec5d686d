//! The first page: where samples are, and what a broker sends.

use std::collections::BTreeSet;

use egui::{RichText, Sense, TextEdit, Ui, Vec2, pos2, vec2};

use super::{cell, focus_id, problem_ui};
use crate::quantity::format::format_number;
use crate::telemetry::source::capture::Heard;
use crate::workbench::panels::theme::{self, Tokens};
use crate::workbench::panels::widgets;
use crate::workbench::view::command::OnboardingCommand;
use crate::workbench::view::onboarding::{FormField, Origin, ProblemPlace, Stage, Wizard};
use crate::workbench::view::{Command, counted};

/// Width of the labels [points].
const LABEL: f32 = 96.0;
/// Width of the fields [points].
const FIELD: f32 = 560.0;
/// Widths of the columns of places [points].
const NAME: f32 = 180.0;
const ADDRESS: f32 = 340.0;
const NUMBER: f32 = 120.0;
const SPARK: f32 = 160.0;

/// Draws the form.
pub fn source_ui(ui: &mut Ui, wizard: &Wizard, tokens: &Tokens, commands: &mut Vec<Command>) {
    let is_busy = matches!(wizard.stage, Stage::Examining);
    ui.add_enabled_ui(!is_busy, |ui| {
        ui.add_space(theme::GRID);
        let text = "Where are the samples? Nothing is changed before you accept";
        ui.label(RichText::new(text).color(tokens.text_weak));
        ui.add_space(theme::GRID);
        ui.horizontal(|ui| {
            for (origin, name, doc) in [
                (Origin::File, "A file", "CSV of any layout, or Parquet"),
                (
                    Origin::Broker,
                    "A broker",
                    "Listen to an MQTT broker for a while",
                ),
            ] {
                let is_chosen = wizard.form.origin == origin;
                let button = egui::Button::selectable(is_chosen, name);
                if ui.add(button).on_hover_text(doc).clicked() {
                    commands.push(OnboardingCommand::From(origin).into());
                }
            }
        });
        ui.add_space(theme::GRID * 2.0);
        let fields: &[FormField] = match wizard.form.origin {
            Origin::File => &[FormField::File, FormField::Twin, FormField::Zone],
            Origin::Broker => &[
                FormField::Url,
                FormField::Topics,
                FormField::Seconds,
                FormField::User,
                FormField::PasswordVariable,
                FormField::Twin,
            ],
        };
        let first = fields.first().copied();
        for field in fields {
            field_ui(ui, wizard, *field, first == Some(*field), tokens, commands);
        }
    });
}

fn field_ui(
    ui: &mut Ui,
    wizard: &Wizard,
    field: FormField,
    is_first: bool,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        cell(ui, LABEL, |ui| {
            ui.label(RichText::new(field.label()).color(tokens.text));
        });
        let mut text = wizard.form.text(field).to_owned();
        let response = ui.add(
            TextEdit::singleline(&mut text)
                // The same whatever stands above it: what went wrong goes with the
                // first letter typed, and the field keeps the keyboard.
                .id(egui::Id::new(("wizard field", field.label())))
                .hint_text(RichText::new(field.hint()).color(tokens.text_weak))
                .desired_width(FIELD)
                .margin(vec2(theme::GRID, theme::GRID / 2.0)),
        );
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::text_edit(true, "", &text, field.hint());
            info.label = Some(field.label().to_owned());
            info
        });
        if is_first {
            focus_once(ui, &response, field.label());
        }
        if text != wizard.form.text(field) {
            commands.push(OnboardingCommand::Fill { field, text }.into());
        }
        let entered = ui.input(|input| input.key_pressed(egui::Key::Enter));
        if response.lost_focus() && entered {
            commands.push(OnboardingCommand::Next.into());
        }
        let choose = match field {
            FormField::File => Some((OnboardingCommand::ChooseFile, "Choose the file")),
            FormField::Twin => Some((OnboardingCommand::ChooseTwin, "Choose the twin")),
            _ => None,
        };
        if let Some((command, label)) = choose {
            let button = ui.button("Choose…");
            button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, label));
            if button.clicked() {
                commands.push(command.into());
            }
        }
    });
    if let Some(problem) = &wizard.problem
        && problem.place == ProblemPlace::Field(field)
    {
        ui.horizontal(|ui| {
            ui.add_space(LABEL + theme::GRID);
            problem_ui(ui, &problem.text, tokens);
        });
    }
    ui.add_space(theme::GRID);
}

/// Puts the keyboard into the first field of a step, once.
fn focus_once(ui: &Ui, response: &egui::Response, step: &str) {
    let known = ui.data(|data| data.get_temp::<String>(focus_id()));
    if known.as_deref() != Some(step) {
        response.request_focus();
        ui.data_mut(|data| data.insert_temp(focus_id(), step.to_owned()));
    }
}

/// Draws the places where numbers came; with `left_out` they can be chosen from.
pub fn heard_ui(
    ui: &mut Ui,
    heard: &Heard,
    left_out: Option<&BTreeSet<usize>>,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let messages = counted(heard.messages, "message", "messages");
    let state = match (heard.is_connected, left_out) {
        (false, None) => "Connecting to the broker".to_owned(),
        (true, None) if heard.messages == 0 => "Connected; nothing has come yet".to_owned(),
        (_, None) => format!("{messages} so far"),
        (_, Some(_)) => format!("{messages} came; take the places that are of interest"),
    };
    ui.add_space(theme::GRID);
    ui.label(RichText::new(state).color(tokens.text));
    if heard.not_understood > 0 {
        let text = format!(
            "⚠ {} of them are neither JSON nor a number, first on {}",
            heard.not_understood, heard.not_understood_topic
        );
        ui.label(RichText::new(text).color(tokens.warning));
    }
    if heard.dropped > 0 {
        let text = format!(
            "⚠ {} numbers came when there was no more room",
            heard.dropped
        );
        ui.label(RichText::new(text).color(tokens.warning));
    }
    ui.add_space(theme::GRID);
    if heard.places.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        for (width, name) in [
            (theme::ROW, ""),
            (NAME, "name"),
            (ADDRESS, "topic, and where in the message"),
            (NUMBER, "last"),
            (NUMBER, "came"),
            (SPARK, "course"),
        ] {
            cell(ui, width, |ui| {
                widgets::caption(ui, name, tokens);
            });
        }
    });
    let names = heard.names();
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        theme::ROW,
        heard.places.len(),
        |ui, rows| {
            for position in rows {
                let (Some(place), Some(name)) = (heard.places.get(position), names.get(position))
                else {
                    continue;
                };
                ui.horizontal(|ui| {
                    cell(ui, theme::ROW, |ui| {
                        if let Some(left_out) = left_out {
                            let mut taken = !left_out.contains(&position);
                            let label = format!("Take {name}");
                            let response = ui.checkbox(&mut taken, "");
                            response.widget_info(|| {
                                egui::WidgetInfo::selected(
                                    egui::WidgetType::Checkbox,
                                    true,
                                    taken,
                                    &label,
                                )
                            });
                            if response.changed() {
                                let place = position;
                                commands.push(OnboardingCommand::TakePlace { place, taken }.into());
                            }
                        }
                    });
                    cell(ui, NAME, |ui| {
                        ui.add(egui::Label::new(name).truncate());
                    });
                    cell(ui, ADDRESS, |ui| {
                        let text = format!("{}  {}", place.topic, place.value);
                        let text = RichText::new(text).color(tokens.text_weak);
                        ui.add(egui::Label::new(text).truncate());
                    });
                    cell(ui, NUMBER, |ui| {
                        let last = place.recent.last().copied().unwrap_or_default();
                        let unit = place.unit.as_deref().unwrap_or_default();
                        let text = format!("{} {unit}", format_number(last, 5));
                        widgets::number(ui, text.trim_end(), tokens.text);
                    });
                    cell(ui, NUMBER, |ui| {
                        widgets::number(ui, &format!("{} ×", place.count), tokens.text_weak);
                    });
                    recent_ui(ui, &place.recent, tokens);
                });
            }
        },
    );
}

/// The last numbers of a place.
fn recent_ui(ui: &mut Ui, recent: &[f64], tokens: &Tokens) {
    let (area, _) = ui.allocate_exact_size(Vec2::new(SPARK, theme::ROW - 8.0), Sense::hover());
    let (low, high) = recent
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), one| {
            (low.min(*one), high.max(*one))
        });
    let span = if high > low { high - low } else { 1.0 };
    let width = area.width() / recent.len().saturating_sub(1).max(1) as f32;
    let points: Vec<egui::Pos2> = recent
        .iter()
        .enumerate()
        .map(|(position, value)| {
            let part = if high > low {
                (value - low) / span
            } else {
                0.5
            };
            pos2(
                area.left() + position as f32 * width,
                area.bottom() - part as f32 * area.height(),
            )
        })
        .collect();
    ui.painter()
        .line(points, egui::Stroke::new(1.2, tokens.category(0)));
}
