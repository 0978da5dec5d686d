//! The long section: ground, hydraulic grade line and its range over the run,
//! along the shortest open way between two places.

use egui::{RichText, Stroke, Ui};
use egui_plot::{FilledArea, Line, LineStyle, Plot, PlotPoints, Points, VLine};

use super::plot_axis::axis_number;
use super::theme::{self, Tokens};
use super::widgets::{self, quiet_button};
use crate::quantity::Unit;
use crate::quantity::format::{format_quantity, format_quantity_at};
use crate::workbench::view::command::{NetworkCommand, SelectCommand};
use crate::workbench::view::network::profile::{Profile, ProfilePoint, view};
use crate::workbench::view::{Command, Workbench};

/// Share of the height shown that is ground below its lowest point.
const FOOT: f64 = 0.12;

/// Distance from a node within which it is under the pointer [points].
const REACH: f32 = 16.0;

/// Draws the long section into the rest of `ui`.
pub fn long_section_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let text = |from: &Option<String>, to: &Option<String>| match (from, to) {
        (None, None) => {
            "Ground and hydraulic grade line along a way are drawn here; select where it begins \
             and press Shift+S, then where it ends and press S"
                .to_owned()
        }
        (Some(from), None) => {
            format!("The section begins at {from}; select where it ends and press S")
        }
        (None, Some(to)) => {
            format!("The section ends at {to}; select where it begins and press Shift+S")
        }
        (Some(_), Some(_)) => String::new(),
    };
    match view(workbench) {
        None => {
            let text = "A twin with a network of pipes has long sections";
            widgets::empty_state(ui, workbench, text, None, commands);
        }
        Some(Profile::Unfinished { from, to }) => {
            let offer = if from.is_some() {
                NetworkCommand::SectionTo
            } else {
                NetworkCommand::SectionFrom
            };
            let offer = Some(offer.into());
            widgets::empty_state(ui, workbench, &text(&from, &to), offer, commands);
        }
        Some(Profile::Unjoined { from, to }) => {
            let text = format!("No open way leads from {from} to {to}");
            let offer = Some(NetworkCommand::SectionFrom.into());
            widgets::empty_state(ui, workbench, &text, offer, commands);
        }
        Some(Profile::Way(points)) => section_ui(ui, workbench, &points, tokens, commands),
    }
}

fn section_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    points: &[ProfilePoint],
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let unit = workbench.settings.unit(&Unit::known("m"));
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return;
    };
    ui.horizontal(|ui| {
        let name = |point: &ProfilePoint| asset_name(workbench, point.asset);
        let title = format!("{} – {}", name(first), name(last));
        ui.label(RichText::new(title).color(tokens.text));
        widgets::number(
            ui,
            &format_quantity(last.distance, &unit, 4),
            tokens.text_weak,
        );
        key_ui(ui, tokens);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let small = |text: &str| RichText::new(text).size(theme::SMALL);
            quiet_button(
                ui,
                workbench,
                NetworkCommand::SwapSection,
                small("Turn round"),
                commands,
            );
        });
    });
    let line = |value: &dyn Fn(&ProfilePoint) -> Option<f64>| -> Vec<[f64; 2]> {
        points
            .iter()
            .filter_map(|point| Some([point.distance, unit.from_si(value(point)?)]))
            .collect()
    };
    let ground = line(&|point| Some(point.ground));
    let head = line(&|point| point.head);
    let low = line(&|point| point.band.map(|(low, _)| low));
    let high = line(&|point| point.band.map(|(_, high)| high));
    let heights = ground.iter().chain(&head).chain(&low).chain(&high);
    let (bottom, top) = heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
        (low.min(point[1]), high.max(point[1]))
    });
    let foot = bottom - (top - bottom).max(1.0) * FOOT;
    let selected = workbench.selection.selected().asset();
    let symbol = unit.symbol();
    let plot = Plot::new("long section")
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_x(false)
        .show_y(false)
        .set_margin_fraction(egui::vec2(0.0, 0.06))
        .include_y(foot)
        .include_y(top)
        .y_axis_label(format!("height [{symbol}]"))
        .x_axis_formatter(|mark, _| axis_number(mark.value, mark.step_size))
        .y_axis_formatter(|mark, _| axis_number(mark.value, mark.step_size));
    let response = plot.show(ui, |plot| {
        let along: Vec<f64> = ground.iter().map(|point| point[0]).collect();
        let surface: Vec<f64> = ground.iter().map(|point| point[1]).collect();
        let below = vec![foot; along.len()];
        plot.add(
            FilledArea::new("ground", &along, &below, &surface)
                .fill_color(theme::faded(tokens.text_weak, 0.22)),
        );
        if low.len() > 1 {
            let along: Vec<f64> = low.iter().map(|point| point[0]).collect();
            let low: Vec<f64> = low.iter().map(|point| point[1]).collect();
            let high: Vec<f64> = high.iter().map(|point| point[1]).collect();
            plot.add(
                FilledArea::new("range of the head", &along, &low, &high)
                    .fill_color(theme::faded(tokens.category(0), 0.28)),
            );
        }
        plot.line(
            Line::new("pipe", PlotPoints::from(ground.clone()))
                .stroke(Stroke::new(2.5, tokens.text_weak)),
        );
        plot.line(
            Line::new("hydraulic grade line", PlotPoints::from(head.clone()))
                .stroke(Stroke::new(2.0, tokens.category(0)))
                .style(LineStyle::Solid),
        );
        if let Some(point) = points.iter().find(|point| Some(point.asset) == selected) {
            plot.vline(
                VLine::new("selected", point.distance).stroke(Stroke::new(1.0, tokens.accent)),
            );
            let place = vec![[point.distance, unit.from_si(point.ground)]];
            plot.points(
                Points::new("selected", PlotPoints::from(place))
                    .radius(4.0)
                    .color(tokens.accent),
            );
        }
    });
    let Some(pointer) = response.response.hover_pos() else {
        return;
    };
    let place = |point: &ProfilePoint| {
        response
            .transform
            .position_from_point(&egui_plot::PlotPoint::new(point.distance, 0.0))
            .x
    };
    let nearest = points
        .iter()
        .min_by(|one, other| {
            (place(one) - pointer.x)
                .abs()
                .total_cmp(&(place(other) - pointer.x).abs())
        })
        .filter(|point| (place(point) - pointer.x).abs() <= REACH);
    if let Some(point) = nearest {
        if response.response.clicked() {
            commands.push(SelectCommand::Asset(point.asset).into());
        }
        response.response.on_hover_text_at_pointer(description(
            asset_name(workbench, point.asset),
            point,
            &unit,
        ));
    }
}

/// What the marks mean, in their own colours.
fn key_ui(ui: &mut Ui, tokens: &Tokens) {
    for (mark, text, colour) in [
        ("―", "head", tokens.category(0)),
        ("▒", "range over the run", tokens.category(0)),
        ("―", "ground and pipe", tokens.text_weak),
    ] {
        ui.label(RichText::new(mark).color(colour));
        widgets::caption(ui, text, tokens);
    }
}

/// A node of the way in words.
fn description(name: String, point: &ProfilePoint, unit: &Unit) -> String {
    let metres = |value: f64| format_quantity_at(value, unit, 0.01);
    let mut lines = vec![name, format!("ground {}", metres(point.ground))];
    if let Some(head) = point.head {
        lines.push(format!("head {}", metres(head)));
        lines.push(format!("pressure {}", metres(head - point.ground)));
    }
    if let Some((low, high)) = point.band {
        lines.push(format!(
            "head over the run {} to {}",
            metres(low),
            metres(high)
        ));
    }
    lines.join("\n")
}

fn asset_name(workbench: &Workbench, asset: usize) -> String {
    let document = workbench.document.as_ref();
    document.map_or_else(String::new, |one| one.asset_name(asset).to_owned())
}
