//! The page of proposals: a row for each column, its details below it.

use egui::{RichText, Sense, TextEdit, Ui, Vec2, pos2, vec2};

use super::{cell, note_ui, problem_ui};
use crate::live::onboarding::ColumnField;
use crate::workbench::panels::theme::{self, Tokens};
use crate::workbench::panels::widgets;
use crate::workbench::view::Command;
use crate::workbench::view::command::OnboardingCommand;
use crate::workbench::view::onboarding::review::{Choice, ColumnRow, FieldView, Review, Sureness};
use crate::workbench::view::onboarding::{ProblemPlace, Wizard};

/// Widths of the columns of the table [points].
const HEADER: f32 = 168.0;
const SPARK: f32 = 120.0;
const TARGET: f32 = 240.0;
const SHORT: f32 = 72.0;
const SURENESS: f32 = 112.0;
/// Least width of the reason [points].
const REASON: f32 = 96.0;
/// Width of a field of the details [points].
const FIELD: f32 = 168.0;
/// Height of the list that a column is chosen from [points].
const LIST: f32 = 320.0;

/// Draws what is proposed.
pub fn review_ui(
    ui: &mut Ui,
    review: &Review,
    wizard: &Wizard,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.add_space(theme::GRID / 2.0);
            for note in &review.notes {
                note_ui(ui, note, tokens);
            }
            ui.add_space(theme::GRID);
            table_header_ui(ui, tokens);
            for (position, row) in review.rows.iter().enumerate() {
                let is_open = review.expanded == Some(position);
                // Of thousands of columns only those in sight are drawn.
                let top = ui.cursor().top();
                let seen = ui.clip_rect().y_range().expand(theme::ROW);
                if !is_open && row.conflict.is_none() && !seen.contains(top) {
                    ui.add_space(theme::ROW + ui.spacing().item_spacing.y);
                    continue;
                }
                ui.push_id(("column", position), |ui| {
                    row_ui(ui, position, row, is_open, tokens, commands);
                    if let Some(conflict) = &row.conflict {
                        let text = RichText::new(format!("⚠ {conflict}")).color(tokens.warning);
                        ui.label(text);
                    }
                    if let Some(problem) = &wizard.problem
                        && problem.place == ProblemPlace::Column(position)
                    {
                        problem_ui(ui, &problem.text, tokens);
                    }
                    if is_open {
                        details_ui(ui, position, row, tokens, commands);
                    }
                });
            }
        });
}

fn table_header_ui(ui: &mut Ui, tokens: &Tokens) {
    ui.horizontal(|ui| {
        for (width, name, doc) in [
            (theme::ROW, "", ""),
            (HEADER, "column", "Its header in the file"),
            (
                SPARK,
                "course",
                "All of its samples, from the first to the last",
            ),
            (TARGET, "is", "What of the twin it measures or drives"),
            (SHORT, "unit", "The unit of its numbers"),
            (SHORT, "period", "The time between samples"),
            (
                SURENESS,
                "how sure",
                "An order, by which what needs a look is seen",
            ),
            (REASON, "why", "What speaks for it"),
        ] {
            cell(ui, width, |ui| {
                widgets::caption(ui, name, tokens).on_hover_text(doc);
            });
        }
    });
}

fn row_ui(
    ui: &mut Ui,
    position: usize,
    row: &ColumnRow,
    is_open: bool,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let colour = if row.is_taken {
        tokens.text
    } else {
        tokens.text_weak
    };
    ui.horizontal(|ui| {
        cell(ui, theme::ROW, |ui| {
            let mut taken = row.is_taken;
            let label = format!("Take {}", row.header);
            let response = ui.add_enabled(
                row.target.is_some(),
                egui::Checkbox::without_text(&mut taken),
            );
            response.widget_info(|| {
                egui::WidgetInfo::selected(
                    egui::WidgetType::Checkbox,
                    row.target.is_some(),
                    row.is_taken,
                    &label,
                )
            });
            let response = response.on_disabled_hover_text("Say first what it is");
            if response.changed() {
                let column = position;
                commands.push(OnboardingCommand::Take { column, taken }.into());
            }
        });
        cell(ui, HEADER, |ui| {
            let arrow = if is_open { "⏷" } else { "⏵" };
            let name = RichText::new(&row.header).color(colour);
            let button =
                egui::Button::new((RichText::new(arrow).color(tokens.text_weak).small(), name))
                    .frame(false)
                    .truncate();
            let response = ui.add(button).on_hover_text(&row.samples);
            let label = format!("Details of {}", row.header);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::WidgetType::CollapsingHeader, true, &label)
            });
            if response.clicked() {
                commands.push(OnboardingCommand::Expand(position).into());
            }
        });
        cell(ui, SPARK, |ui| spark_ui(ui, row, tokens));
        cell(ui, TARGET, |ui| {
            target_ui(ui, position, row, colour, commands);
        });
        for field in [ColumnField::Unit, ColumnField::Period] {
            cell(ui, SHORT, |ui| {
                if let Some(found) = row.fields.iter().find(|one| one.field == field) {
                    let text = if found.text.is_empty() {
                        "–"
                    } else {
                        &found.text
                    };
                    widgets::number(ui, text, colour).on_hover_text(&found.reason);
                }
            });
        }
        cell(ui, SURENESS, |ui| {
            if row.target.is_some() {
                let (mark, mark_colour) = match row.sureness {
                    Sureness::Sure => ("✔", colour),
                    Sureness::Likely => ("○", colour),
                    Sureness::Guess => ("⚠", tokens.warning),
                };
                let text = format!("{mark} {}", row.sureness.word());
                ui.label(RichText::new(text).color(mark_colour));
                widgets::number(ui, &row.confidence, tokens.text_weak);
            }
        });
        let rest = ui.available_width() - theme::GRID * 2.0;
        cell(ui, rest.max(REASON), |ui| {
            let text = RichText::new(&row.reason)
                .font(theme::small_font())
                .color(tokens.text_weak);
            ui.add(egui::Label::new(text).truncate())
                .on_hover_text(&row.reason);
        });
    });
}

/// The list from which it is chosen what a column is.
fn target_ui(
    ui: &mut Ui,
    position: usize,
    row: &ColumnRow,
    colour: egui::Color32,
    commands: &mut Vec<Command>,
) {
    let shown = row
        .target
        .as_ref()
        .map_or("Nothing of the twin", |one| one.title.as_str());
    let mut chosen = None;
    let combo = egui::ComboBox::from_id_salt("target")
        .selected_text(RichText::new(shown).color(colour))
        .width(TARGET - theme::GRID)
        .height(LIST)
        .truncate()
        .show_ui(ui, |ui| {
            ui.set_min_width(TARGET * 1.4);
            if let Some(target) = &row.target {
                choice_ui(ui, target, true);
            }
            // What was proposed comes first, then nothing, then all that is possible.
            let likely = row.choices.iter().filter(|one| one.confidence.is_some());
            for choice in likely {
                if choice_ui(ui, choice, false) {
                    chosen = Some(choice.id.clone());
                }
            }
            if ui
                .selectable_label(row.target.is_none(), "Nothing of the twin")
                .clicked()
            {
                chosen = Some(String::new());
            }
            ui.separator();
            let possible = row.choices.iter().filter(|one| one.confidence.is_none());
            for choice in possible {
                if choice_ui(ui, choice, false) {
                    chosen = Some(choice.id.clone());
                }
            }
        });
    let label = format!("What {} is", row.header);
    combo
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::ComboBox, true, &label));
    let hint = row.target.as_ref().map_or("", |one| one.role);
    combo.response.on_hover_text(hint);
    if let Some(target) = chosen {
        let column = position;
        commands.push(OnboardingCommand::Assign { column, target }.into());
    }
}

/// One line of the list; whether it was chosen.
fn choice_ui(ui: &mut Ui, choice: &Choice, is_selected: bool) -> bool {
    let text = match choice.confidence {
        Some(confidence) => format!("{}   {:.0}\u{202f}%", choice.title, 100.0 * confidence),
        None => choice.title.clone(),
    };
    let response = ui.selectable_label(is_selected, text);
    let response = if choice.reason.is_empty() {
        response.on_hover_text(choice.role)
    } else {
        response.on_hover_text(format!("{}: {}", choice.role, choice.reason))
    };
    response.clicked() && !is_selected
}

/// The course of a column: a band from the lowest to the highest of each stretch.
fn spark_ui(ui: &mut Ui, row: &ColumnRow, tokens: &Tokens) {
    let size = Vec2::new(SPARK - theme::GRID, theme::ROW - 6.0);
    let (area, response) = ui.allocate_exact_size(size, Sense::hover());
    let colour = if row.is_taken {
        tokens.category(0)
    } else {
        tokens.text_weak
    };
    let count = row.spark.len();
    let width = area.width() / count.saturating_sub(1).max(1) as f32;
    let at = |position: usize, part: f32| {
        pos2(
            area.left() + position as f32 * width,
            area.bottom() - 1.0 - part * (area.height() - 2.0),
        )
    };
    let stroke = egui::Stroke::new(1.2, colour);
    let middle: Vec<egui::Pos2> = row
        .spark
        .iter()
        .enumerate()
        .map(|(position, [low, high])| at(position, (low + high) / 2.0))
        .collect();
    ui.painter().line(middle, stroke);
    for (position, [low, high]) in row.spark.iter().enumerate() {
        ui.painter()
            .line_segment([at(position, *low), at(position, *high)], stroke);
    }
    let label = format!("Course of {}", row.header);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, &label));
    response.on_hover_text(&row.samples);
}

/// What can be changed of a column, and what else was found in it.
fn details_ui(
    ui: &mut Ui,
    position: usize,
    row: &ColumnRow,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    ui.add_space(theme::GRID / 2.0);
    ui.horizontal_top(|ui| {
        ui.add_space(theme::ROW + theme::GRID);
        for field in &row.fields {
            ui.vertical(|ui| {
                ui.set_width(FIELD);
                let name = match field.field {
                    ColumnField::Range => "usual range",
                    other => other.name(),
                };
                widgets::caption(ui, name, tokens);
                field_ui(ui, position, row, field, commands);
                let reason = RichText::new(&field.reason)
                    .font(theme::small_font())
                    .color(tokens.text_weak);
                ui.add(egui::Label::new(reason).wrap());
            });
            ui.add_space(theme::GRID);
        }
    });
    ui.add_space(theme::GRID / 2.0);
    ui.horizontal_wrapped(|ui| {
        ui.add_space(theme::ROW + theme::GRID);
        widgets::caption(ui, &row.samples, tokens);
        for finding in &row.findings {
            ui.add_space(theme::GRID);
            let text = format!("{} {}", finding.name, finding.text);
            widgets::caption(ui, &text, tokens).on_hover_text(&finding.reason);
        }
    });
    ui.add_space(theme::GRID);
}

/// A field that is taken over when it is left or Enter is pressed.
fn field_ui(
    ui: &mut Ui,
    position: usize,
    row: &ColumnRow,
    field: &FieldView,
    commands: &mut Vec<Command>,
) {
    let id = egui::Id::new(("wizard column", position, field.field.name()));
    let draft = ui.data(|data| data.get_temp::<String>(id));
    let mut text = draft.unwrap_or_else(|| field.text.clone());
    let response = ui.add(
        TextEdit::singleline(&mut text)
            .id(id)
            .desired_width(FIELD - theme::GRID * 2.0)
            .margin(vec2(theme::GRID, theme::GRID / 2.0)),
    );
    let label = format!("{} of {}", field.field.name(), row.header);
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::text_edit(true, "", &text, "");
        info.label = Some(label.clone());
        info
    });
    if response.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
        let is_given_up = ui.input(|input| input.key_pressed(egui::Key::Escape));
        if text.trim() != field.text && !is_given_up {
            commands.push(
                OnboardingCommand::EditColumn {
                    column: position,
                    field: field.field,
                    text,
                }
                .into(),
            );
        }
    } else if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text));
    }
}
