//! What the marks of the plots mean, and whose they are.

use egui::{Color32, Pos2, Rect, RichText, Sense, Stroke, Ui, Vec2};

use super::theme::{self, GRID, SMALL, Tokens, faded};
use crate::workbench::view::Command;
use crate::workbench::view::command::{PlotCommand, SelectCommand};
use crate::workbench::view::plot::{PlotView, Trace};

/// Names of the traces in their hues, and what the marks mean.
pub(super) fn legend_ui(
    ui: &mut Ui,
    view: &PlotView,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let clip = ui.max_rect();
    ui.shrink_clip_rect(clip);
    ui.spacing_mut().item_spacing.x = GRID;
    ui.add_space(theme::AXIS);
    for trace in view.panels.iter().flat_map(|panel| &panel.traces) {
        let text = RichText::new(&trace.name)
            .size(SMALL)
            .strong()
            .color(tokens.category(trace.hue));
        let chip = egui::Button::selectable(trace.selected, text).small();
        let response = ui
            .add(chip)
            .on_hover_text("Select this variable; right click takes it off the plots");
        if response.clicked() {
            commands.push(SelectCommand::Variable(trace.variable).into());
        }
        if response.secondary_clicked() {
            commands.push(PlotCommand::ToggleVariable(trace.variable).into());
        }
    }
    let any =
        |test: fn(&Trace) -> bool| view.panels.iter().flat_map(|panel| &panel.traces).any(test);
    ui.add_space(GRID);
    if any(|trace| !trace.measured.is_empty()) {
        key_ui(ui, "measured", tokens.text_weak, |painter, area, colour| {
            for step in [0.2, 0.5, 0.8] {
                let centre = Pos2::new(area.left() + step * area.width(), area.center().y);
                painter.circle_filled(centre, 1.8, colour);
            }
        });
    }
    key_ui(ui, "twin", tokens.text_weak, |painter, area, colour| {
        painter.hline(area.x_range(), area.center().y, Stroke::new(1.8, colour));
    });
    if any(|trace| trace.forecast.is_some()) {
        key_ui(
            ui,
            "forecast 5–95 %",
            tokens.text_weak,
            |painter, area, colour| {
                painter.rect_filled(area.shrink2(Vec2::new(0.0, 1.0)), 1.0, faded(colour, 0.25));
                painter.rect_filled(area.shrink2(Vec2::new(0.0, 3.5)), 1.0, faded(colour, 0.35));
                painter.hline(area.x_range(), area.center().y, Stroke::new(1.5, colour));
            },
        );
    }
    if any(|trace| trace.what_if.is_some()) {
        key_ui(ui, "what-if", tokens.what_if, |painter, area, colour| {
            for step in [0.0, 0.4, 0.8] {
                let left = area.left() + step * area.width();
                let right = (left + 0.25 * area.width()).min(area.right());
                painter.hline(left..=right, area.center().y, Stroke::new(1.8, colour));
            }
        });
    }
    if any(|trace| !trace.rejected.is_empty()) {
        key_ui(ui, "rejected", tokens.text_weak, |painter, area, colour| {
            painter.circle_stroke(area.center(), 3.0, Stroke::new(1.2, colour));
        });
    }
}

/// One mark with its name.
fn key_ui(
    ui: &mut Ui,
    text: &str,
    colour: Color32,
    draw: impl FnOnce(&egui::Painter, Rect, Color32),
) {
    ui.spacing_mut().item_spacing.x = 4.0;
    let (area, _) = ui.allocate_exact_size(Vec2::new(18.0, 12.0), Sense::hover());
    draw(ui.painter(), area, colour);
    ui.label(RichText::new(text).size(SMALL).color(colour));
    ui.add_space(GRID / 2.0);
}
