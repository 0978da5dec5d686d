//! The log: everything the program had to say, newest first.

use egui::{RichText, Ui};

use super::theme::{self, Tokens};
use super::widgets;
use crate::live::Severity;
use crate::workbench::view::command::AppCommand;
use crate::workbench::view::{Command, Workbench};

/// Mark, word and colour of a severity: never a colour alone.
pub(super) fn severity_mark(
    severity: Severity,
    tokens: &Tokens,
) -> (&'static str, &'static str, egui::Color32) {
    match severity {
        Severity::Information => ("ℹ", "information", tokens.text_weak),
        Severity::Warning => ("⚠", "warning", tokens.warning),
        Severity::Error => ("⊗", "error", tokens.alarm),
    }
}

/// Draws the log.
pub fn log_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let entries = workbench.log.entries();
    if entries.is_empty() {
        let text = "Warnings and errors of twin, telemetry and simulation are listed here";
        widgets::empty_state(ui, workbench, text, None, commands);
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        theme::ROW - 6.0,
        entries.len(),
        |ui, range| {
            for entry in entries.iter().rev().skip(range.start).take(range.len()) {
                let (mark, word, colour) = severity_mark(entry.severity, tokens);
                ui.horizontal(|ui| {
                    let at = format!("{:>8.1} s", entry.at);
                    widgets::number(ui, &at, tokens.text_weak)
                        .on_hover_text("Time since the program began");
                    ui.label(RichText::new(mark).color(colour))
                        .on_hover_text(word);
                    ui.label(RichText::new(&entry.source).color(tokens.text_weak));
                    let message = ui
                        .add(
                            egui::Label::new(RichText::new(&entry.message).color(tokens.text))
                                .truncate()
                                .sense(egui::Sense::click()),
                        )
                        .on_hover_text(&entry.message);
                    message.context_menu(|ui| {
                        if ui.button("Copy").clicked() {
                            commands.push(AppCommand::Copy(entry.message.clone()).into());
                            ui.close();
                        }
                    });
                    if entry.count > 1 {
                        ui.label(
                            RichText::new(format!("×{}", entry.count)).color(tokens.text_weak),
                        )
                        .on_hover_text("How often it was said in a row");
                    }
                });
            }
        },
    );
    if workbench.log.dropped() > 0 {
        let text = format!("{} older entries were dropped", workbench.log.dropped());
        widgets::caption(ui, &text, tokens);
    }
}
