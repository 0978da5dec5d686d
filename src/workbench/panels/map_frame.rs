//! What lies over the picture of a network: scale bar, north arrow, and the
//! slider for heights.

use egui::{Align2, Pos2, Rect, RichText, Stroke, Ui, pos2, vec2};

use super::theme::{self, Tokens};
use super::widgets;
use crate::workbench::view::command::NetworkCommand;
use crate::workbench::view::network::layout::MOST_EXAGGERATED;
use crate::workbench::view::network::map::MapFrame;
use crate::workbench::view::network::trace::Direction;
use crate::workbench::view::{Command, Workbench};

/// Length of the north arrow [points].
const ARROW: f32 = 30.0;

/// Draws the frame into the corners of the picture at `area`.
pub fn map_frame_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    area: Rect,
    frame: &MapFrame,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let painter = ui.painter_at(area);
    north_arrow(
        &painter,
        area.right_top() + vec2(-32.0, 32.0),
        frame,
        tokens,
    );
    // The bar stands above the button that leads home.
    let end = area.right_bottom() + vec2(-16.0, -52.0);
    let start = end - vec2(frame.bar as f32, 0.0);
    let line = Stroke::new(1.5, tokens.text);
    let tick = vec2(0.0, 4.0);
    painter.line_segment([start, end], line);
    painter.line_segment([start - tick, start + tick], line);
    painter.line_segment([end - tick, end + tick], line);
    painter.text(
        pos2(f32::midpoint(start.x, end.x), end.y - 5.0),
        Align2::CENTER_BOTTOM,
        &frame.bar_text,
        theme::small_font(),
        tokens.text,
    );
    heights_ui(ui, workbench, area, frame, tokens, commands);
    trace_note(ui, workbench, area, tokens, commands);
}

fn north_arrow(painter: &egui::Painter, centre: Pos2, frame: &MapFrame, tokens: &Tokens) {
    let north = vec2(frame.north[0] as f32, frame.north[1] as f32);
    let length = north.length();
    if length < 0.05 {
        // Seen along the ground, north has no direction on the picture.
        return;
    }
    let along = north / length;
    let aside = vec2(-along.y, along.x);
    let reach = ARROW * 0.5 * length.max(0.35);
    let tip = centre + along * reach;
    let tail = centre - along * reach * 0.7;
    painter.add(egui::Shape::convex_polygon(
        vec![tip, tail + aside * 6.0, centre - along * reach * 0.35],
        tokens.text,
        Stroke::NONE,
    ));
    painter.add(egui::Shape::closed_line(
        vec![tip, tail - aside * 6.0, centre - along * reach * 0.35],
        Stroke::new(1.0, tokens.text),
    ));
    painter.text(
        tip + along * 8.0,
        Align2::CENTER_CENTER,
        "N",
        theme::small_font(),
        tokens.text,
    );
}

fn heights_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    area: Rect,
    frame: &MapFrame,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let place = Rect::from_min_size(
        area.left_top() + vec2(theme::GRID, theme::GRID),
        vec2(250.0, theme::ROW),
    );
    if area.width() < place.width() + 120.0 {
        return;
    }
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
        ui.horizontal(|ui| {
            widgets::caption(ui, "heights", tokens);
            let mut factor = frame.heights;
            ui.spacing_mut().slider_width = 90.0;
            let slider = ui.add(
                egui::Slider::new(&mut factor, 1.0..=MOST_EXAGGERATED)
                    .logarithmic(true)
                    .max_decimals(0)
                    .prefix("×"),
            );
            slider.widget_info(|| {
                let mut info = egui::WidgetInfo::slider(true, frame.heights, "");
                info.label = Some("Exaggeration of heights".to_owned());
                info
            });
            if slider.changed() {
                commands.push(NetworkCommand::Heights(factor).into());
            }
            slider.on_hover_text("How much heights are exaggerated against lengths");
            if !frame.automatic {
                let text = RichText::new("auto").size(theme::SMALL);
                let command = NetworkCommand::AutomaticHeights;
                widgets::quiet_button(ui, workbench, command, text, commands);
            }
        });
    });
}

/// Says what is traced, with the way back.
fn trace_note(
    ui: &mut Ui,
    workbench: &Workbench,
    area: Rect,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let (Some((asset, direction)), Some(document)) = (workbench.network.trace, &workbench.document)
    else {
        return;
    };
    let name = document.asset_name(asset);
    let text = match direction {
        Direction::Upstream => format!("What feeds {name}"),
        Direction::Downstream => format!("What {name} feeds"),
    };
    let place = Rect::from_min_size(
        area.left_top() + vec2(theme::GRID, theme::GRID + theme::ROW),
        vec2(320.0, theme::ROW),
    );
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(text).color(tokens.accent));
            let end = RichText::new("✖").color(tokens.text_weak);
            widgets::quiet_button(ui, workbench, NetworkCommand::EndTrace, end, commands);
        });
    });
}
