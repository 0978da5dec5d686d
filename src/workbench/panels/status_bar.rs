//! The bar at the bottom: where what is on the screen comes from.

use egui::{Align, Layout, RichText, Ui};

use super::theme::{self, Tokens};
use crate::workbench::view::command::LayoutCommand;
use crate::workbench::view::{Command, Workbench, status};

/// Draws the bar.
pub fn status_bar_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let view = status::view(workbench);
    ui.horizontal_centered(|ui| {
        ui.add_space(theme::GRID / 2.0);
        // The warnings have their place first, so that long provenance is cut
        // short before they are.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(theme::GRID / 2.0);
            let (text, colour) = match view.warnings {
                0 => ("no warnings".to_owned(), tokens.text_weak),
                1 => ("⚠ 1 warning".to_owned(), tokens.warning),
                count => (format!("⚠ {count} warnings"), tokens.warning),
            };
            let response = ui.add(
                egui::Button::new(RichText::new(text).small().color(colour))
                    .frame_when_inactive(false),
            );
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Show or hide the log")
            });
            if response
                .on_hover_text("Show or hide the log  (Alt+L)")
                .clicked()
            {
                commands.push(LayoutCommand::ToggleLog.into());
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = theme::GRID / 2.0;
                for (position, part) in view.parts.iter().enumerate() {
                    if position > 0 {
                        ui.label(RichText::new("·").small().color(tokens.text_weak));
                    }
                    ui.add(
                        egui::Label::new(RichText::new(&part.text).small().color(tokens.text_weak))
                            .truncate()
                            .sense(egui::Sense::hover()),
                    )
                    .on_hover_text(&part.tooltip);
                }
            });
        });
    });
}
