//! The last page: the first residuals.

use egui::{RichText, Sense, Ui, Vec2, pos2};

use super::{cell, note_ui};
use crate::live::onboarding::Welcome;
use crate::workbench::panels::theme::{self, Tokens};
use crate::workbench::panels::widgets;
use crate::workbench::view::counted;
use crate::workbench::view::onboarding::look::{self, LookRow};

/// Widths of the columns [points].
const NAME: f32 = 112.0;
const ROLE: f32 = 128.0;
const NUMBER: f32 = 88.0;
const SPARK: f32 = 280.0;
/// Height of a row [points].
const ROW: f32 = 40.0;

/// Draws how far the twin is from its measurements.
pub fn look_ui(ui: &mut Ui, welcome: &Welcome, tokens: &Tokens) {
    let view = look::view(welcome);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.add_space(theme::GRID);
            let text = format!("✔ {} is written", welcome.document.display());
            ui.label(RichText::new(text).color(tokens.healthy));
            for note in &view.notes {
                note_ui(ui, note, tokens);
            }
            ui.add_space(theme::GRID * 2.0);
            if view.rows.is_empty() {
                return;
            }
            ui.horizontal(|ui| {
                for (width, name, doc) in [
                    (NAME, "channel", "Its id in the document"),
                    (ROLE, "", ""),
                    (NUMBER, "RMS", "Root mean square of measured minus twin"),
                    (
                        NUMBER,
                        "later half",
                        "The same from the middle of the time on",
                    ),
                    (NUMBER, "bias", "Mean of measured minus twin"),
                    (
                        SPARK,
                        "measured minus twin",
                        "From the first to the last sample",
                    ),
                    (NUMBER, "samples", "What was thought of them"),
                ] {
                    cell(ui, width, |ui| {
                        widgets::caption(ui, name, tokens).on_hover_text(doc);
                    });
                }
            });
            for row in &view.rows {
                row_ui(ui, row, tokens);
            }
        });
}

fn row_ui(ui: &mut Ui, row: &LookRow, tokens: &Tokens) {
    ui.horizontal(|ui| {
        ui.set_min_height(ROW);
        cell(ui, NAME, |ui| {
            ui.add(egui::Label::new(RichText::new(&row.id).strong().color(tokens.text)).truncate());
        });
        cell(ui, ROLE, |ui| {
            ui.label(RichText::new(row.role).color(tokens.text_weak));
        });
        for text in [&row.root_mean_square, &row.later, &row.bias] {
            cell(ui, NUMBER, |ui| {
                widgets::number(ui, text, tokens.text);
            });
        }
        cell(ui, SPARK, |ui| bars_ui(ui, row, tokens));
        let rest = ui.available_width();
        cell(ui, rest, |ui| verdicts_ui(ui, row, tokens));
    });
}

/// What was thought of the samples.
fn verdicts_ui(ui: &mut Ui, row: &LookRow, tokens: &Tokens) {
    ui.horizontal_wrapped(|ui| {
        for (count, word) in &row.verdicts {
            let (mark, colour) = match *word {
                "good" => ("✔", tokens.healthy),
                "failed" => ("⊗", tokens.alarm),
                "suspect" => ("⚠", tokens.warning),
                _ => ("○", tokens.text_weak),
            };
            let text = format!("{mark} {}", counted(*count, word, word));
            ui.label(RichText::new(text).color(colour));
        }
        if !row.clock.is_empty() {
            ui.label(RichText::new(format!("⚠ {}", row.clock)).color(tokens.warning));
        }
    });
}

/// Residuals over time about zero.
fn bars_ui(ui: &mut Ui, row: &LookRow, tokens: &Tokens) {
    let size = Vec2::new(SPARK - theme::GRID * 2.0, ROW - theme::GRID);
    let (area, response) = ui.allocate_exact_size(size, Sense::hover());
    if row.bars.is_empty() {
        return;
    }
    let painter = ui.painter();
    let middle = area.center().y;
    painter.hline(area.x_range(), middle, egui::Stroke::new(1.0, tokens.line));
    let width = area.width() / row.bars.len() as f32;
    for (position, bar) in row.bars.iter().enumerate() {
        let left = area.left() + position as f32 * width;
        let end = middle - bar * (area.height() / 2.0);
        let colour = if *bar >= 0.0 {
            tokens.above
        } else {
            tokens.below
        };
        let rect = egui::Rect::from_two_pos(pos2(left, middle), pos2(left + width - 0.4, end));
        painter.rect_filled(rect, 0.0, colour);
    }
    let label = format!("Residuals of {}", row.id);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, &label));
    response.on_hover_text(&row.scale);
}
