//! The list of pressure zones or metered areas with their totals.

use egui::{RichText, Sense, Ui, vec2};

use super::theme::{self, Tokens};
use super::widgets;
use crate::quantity::Unit;
use crate::quantity::format::format_quantity;
use crate::workbench::view::command::NetworkCommand;
use crate::workbench::view::network::zones::{Zone, ZoneRule};
use crate::workbench::view::{Command, Workbench, counted};

/// Most zones listed; the rest are single nodes and told as a number.
const MOST_LISTED: usize = 60;

/// Draws the list.
pub fn zones_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let state = &workbench.network;
    let (Some(_), Some(rule)) = (&state.network, state.zones) else {
        let text = "What is left in one piece when links are cut is listed here";
        let offer = Some(NetworkCommand::PressureZones.into());
        widgets::empty_state(ui, workbench, text, offer, commands);
        return;
    };
    let answers = workbench.answers();
    let Some(zones) = answers.as_ref().and_then(|one| one.zones.as_ref()) else {
        return;
    };
    ui.horizontal(|ui| {
        for (one, command) in [
            (ZoneRule::Pressure, NetworkCommand::PressureZones),
            (ZoneRule::Metered, NetworkCommand::MeteredAreas),
        ] {
            let chosen = ui.selectable_label(one == rule, one.title());
            if chosen.clicked() && one != rule {
                commands.push(command.into());
            }
        }
        let end = RichText::new("✖").color(tokens.text_weak);
        widgets::quiet_button(ui, workbench, NetworkCommand::EndZones, end, commands);
    });
    let cut = zones.of_link.iter().filter(|zone| zone.is_none()).count();
    let count = zones.zones.len();
    let text = format!(
        "{}, {} between them",
        counted(count as u64, "zone", "zones"),
        counted(cut as u64, "link", "links")
    );
    widgets::caption(ui, &text, tokens);
    ui.add_space(theme::GRID / 2.0);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            for (position, zone) in zones.zones.iter().enumerate().take(MOST_LISTED) {
                zone_ui(ui, workbench, position, zone, tokens, commands);
            }
            if count > MOST_LISTED {
                let text = format!("and {} smaller ones", count - MOST_LISTED);
                widgets::caption(ui, &text, tokens);
            }
        });
}

fn zone_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    position: usize,
    zone: &Zone,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let height = theme::ROW * 2.2;
    let (area, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    let name = format!("Zone {}", position + 1);
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::SelectableLabel, true, &name));
    if !ui.is_rect_visible(area) {
        return;
    }
    let painter = ui.painter_at(area);
    if response.hovered() {
        painter.rect_filled(area, f32::from(theme::RADIUS), tokens.hovered);
    }
    let swatch = egui::Rect::from_min_size(
        area.min + vec2(theme::GRID / 2.0, theme::GRID),
        vec2(12.0, 12.0),
    );
    painter.rect_filled(swatch, 3.0, tokens.category(position));
    let left = swatch.right() + theme::GRID;
    let metres = workbench.settings.unit(&Unit::known("m"));
    let flow = workbench.settings.unit(&Unit::known("L/s"));
    let mut head = format!("{name}  ·  {} nodes", zone.nodes);
    head.push_str(&format!("  ·  {}", length_text(zone.length, &metres)));
    for (count, one, many) in [
        (zone.tanks, "tank", "tanks"),
        (zone.reservoirs, "reservoir", "reservoirs"),
    ] {
        if count > 0 {
            head.push_str(&format!(
                "  ·  {count} {}",
                if count == 1 { one } else { many }
            ));
        }
    }
    let mut totals = Vec::new();
    if let Some(demand) = zone.demand {
        totals.push(format!("takes {}", format_quantity(demand, &flow, 3)));
    }
    if let Some(inflow) = zone.net_inflow {
        totals.push(format!("net inflow {}", format_quantity(inflow, &flow, 3)));
    }
    totals.push(match zone.crossings {
        1 => "1 open link to others".to_owned(),
        count => format!("{count} open links to others"),
    });
    painter.text(
        egui::pos2(left, area.top() + 5.0),
        egui::Align2::LEFT_TOP,
        head,
        egui::FontId::proportional(theme::BODY),
        tokens.text,
    );
    painter.text(
        egui::pos2(left, area.top() + 26.0),
        egui::Align2::LEFT_TOP,
        totals.join("  ·  "),
        theme::small_font(),
        tokens.text_weak,
    );
    if response
        .on_hover_text("Select a node of this zone")
        .clicked()
    {
        commands.push(NetworkCommand::GoToZone(zone.member).into());
    }
}

/// A length of pipes; in kilometres where metres would have too many digits.
fn length_text(length: f64, metres: &Unit) -> String {
    if metres.code() == "m" && length >= 1_000.0 {
        format_quantity(length, &Unit::known("km"), 3)
    } else {
        format_quantity(length, metres, 3)
    }
}
