//! Timeline and plots: observed, now, forecast, over one time axis.
//!
//! One grammar of marks: measured values are points, the twin is a solid line,
//! a forecast is a fan with its median on top, the what-if is dashed in a hue of
//! its own, rejected samples are hollow, and the strip below a plot is measured
//! minus twin about zero.
//!
//! Click puts the cursor, dragging scrubs it, dragging with the right button
//! moves the axis, the wheel zooms about the pointer, a double click fits all.

use egui::{Align, Align2, Color32, FontId, Layout, Pos2, Rect, RichText, Sense, Stroke, Ui, Vec2};
use egui_plot::{
    AxisHints, FilledArea, GridMark, HLine, Line, LineStyle, MarkerShape, Plot, PlotPoint,
    PlotTransform, PlotUi, Points, Polygon, VLine,
};
use jiff::tz::TimeZone;

use super::plot_axis::{axis_number, clock, time_marks};
use super::plot_legend::legend_ui;
use super::theme::{SMALL, Tokens, faded};
use super::{theme, time_axis, timeline, widgets};
use crate::live::ForecastInputs;
use crate::quantity::Epoch;
use crate::quantity::format::{format_difference, format_quantity_at, format_with_uncertainty};
use crate::workbench::view::command::{AppCommand, PlotCommand};
use crate::workbench::view::plot::{self, Fan, PlotPanel, PlotView, Trace};
use crate::workbench::view::{Command, Workbench};

/// What the plots need to know beside their data.
#[derive(Clone, Copy)]
struct PlotOptions<'a> {
    tokens: &'a Tokens,
    /// Whether measured minus twin is shown below each plot.
    residuals: bool,
    /// The instant that time zero stands for.
    epoch: Epoch,
    /// The zone that times of day are shown in.
    zone: &'a TimeZone,
}

/// Width of the value axis, the same for all plots so that their times line up.
const AXIS_WIDTH: f32 = theme::AXIS;
const STRIP_HEIGHT: f32 = theme::RESIDUAL_STRIP;
const TIME_AXIS_HEIGHT: f32 = 18.0;
const LEAST_PLOT_HEIGHT: f32 = theme::LEAST_PLOT;
const LEAST_INPUT_HEIGHT: f32 = 32.0;
const MOST_INPUT_HEIGHT: f32 = 96.0;
const GAP: f32 = 2.0;
/// Distance of numbers on the value axis at which they begin to show and are whole [points].
const LABEL_SPACING: egui::Rangef = egui::Rangef {
    min: 12.0,
    max: 18.0,
};
/// Distance of a rejected sample at which its reason is told [points].
const REACH: f32 = 7.0;

/// Draws timeline and plots into the rest of `ui`.
pub fn plots_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let whole = ui.available_rect_before_wrap();
    let place = [whole.left(), whole.top(), whole.width(), whole.height()];
    let columns = whole.width().max(1.0) as usize;
    let (Some(view), Some(document)) = (plot::view(workbench, columns), &workbench.document) else {
        let text = "Measurements, twin and forecast are drawn over time here";
        widgets::empty_state(
            ui,
            workbench,
            text,
            Some(AppCommand::OpenTwin.into()),
            commands,
        );
        return;
    };
    if workbench.plots.place != Some(place) {
        commands.push(PlotCommand::Placed(place).into());
    }
    ui.spacing_mut().item_spacing.y = GAP;
    timeline::timeline_ui(ui, workbench, tokens, commands);
    if view.panels.is_empty() {
        let text = "Nothing is plotted; select a variable and press P";
        widgets::empty_state(ui, workbench, text, None, commands);
        return;
    }
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            buttons_ui(ui, workbench, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                legend_ui(ui, &view, tokens, commands);
            });
        });
    });
    let options = PlotOptions {
        tokens,
        residuals: workbench.settings.residuals,
        epoch: document.twin().epoch,
        zone: &workbench.zone,
    };
    let heights = heights(&view, options.residuals, ui.available_height());
    let last = view.panels.len().saturating_sub(1);
    let hovered = ui
        .data(|data| data.get_temp::<Option<f64>>(hover_id()))
        .flatten();
    let mut hovering = None;
    // The wheel zooms; what does not fit is reached by the bar.
    egui::ScrollArea::vertical()
        .scroll_source(egui::containers::scroll_area::ScrollSource::SCROLL_BAR)
        .auto_shrink(false)
        .show(ui, |ui| {
            for (position, (panel, height)) in view.panels.iter().zip(heights).enumerate() {
                let frame = Frame {
                    view: &view,
                    panel,
                    options,
                    hovered,
                    first: position == 0,
                    last: position == last,
                };
                hovering = hovering.or(frame.plot_ui(ui, position, height, commands));
            }
        });
    ui.data_mut(|data| data.insert_temp(hover_id(), hovering));
}

/// Where the time under the pointer is kept, so that every plot shows it.
fn hover_id() -> egui::Id {
    egui::Id::new("time under the pointer")
}

/// What can be done with the plots, from right to left.
fn buttons_ui(ui: &mut Ui, workbench: &Workbench, commands: &mut Vec<Command>) {
    let small = |text: &str| RichText::new(text).size(SMALL);
    ui.spacing_mut().item_spacing.x = 2.0;
    for (command, text) in [
        (PlotCommand::ExportPng, "PNG"),
        (PlotCommand::ExportCsv, "CSV"),
        (PlotCommand::FollowWindow, "Follow"),
        (PlotCommand::Fit, "Fit"),
    ] {
        widgets::quiet_button(ui, workbench, command, small(text), commands);
    }
}

/// Height of each plot without its strip, so that all fit where they can; what
/// drives the system needs less.
fn heights(view: &PlotView, residuals: bool, available: f32) -> Vec<f32> {
    let count = |test: &dyn Fn(&PlotPanel) -> bool| {
        view.panels.iter().filter(|panel| test(panel)).count() as f32
    };
    let strips = count(&|panel| residuals && panel.residual_trace().is_some());
    let inputs = count(&|panel| panel.is_input);
    let others = view.panels.len() as f32 - inputs;
    let gaps = GAP * (view.panels.len() as f32 + strips);
    let rest = available - strips * STRIP_HEIGHT - TIME_AXIS_HEIGHT - gaps;
    let input = if others > 0.0 {
        (rest * 0.25).clamp(LEAST_INPUT_HEIGHT, MOST_INPUT_HEIGHT)
    } else {
        rest / inputs.max(1.0)
    };
    let other = (rest - input * inputs) / others.max(1.0);
    view.panels
        .iter()
        .map(|panel| {
            if panel.is_input {
                input.max(LEAST_INPUT_HEIGHT)
            } else {
                other.max(LEAST_PLOT_HEIGHT)
            }
        })
        .collect()
}

/// One plot with its residual strip.
struct Frame<'a> {
    view: &'a PlotView,
    panel: &'a PlotPanel,
    options: PlotOptions<'a>,
    /// The time under the pointer in any of the plots.
    hovered: Option<f64>,
    first: bool,
    last: bool,
}

impl Frame<'_> {
    /// Draws plot and strip; the time under the pointer, if it is over one of them.
    fn plot_ui(
        &self,
        ui: &mut Ui,
        position: usize,
        height: f32,
        commands: &mut Vec<Command>,
    ) -> Option<f64> {
        let residuals = self
            .options
            .residuals
            .then(|| self.panel.residual_trace())
            .flatten();
        let axis_here = self.last && residuals.is_none();
        let (low, high) = value_range(self.panel, self.view);
        let height = height + if axis_here { TIME_AXIS_HEIGHT } else { 0.0 };
        let shown = self
            .base(("plot", position), height, axis_here)
            .show(ui, |plot| {
                plot.set_plot_bounds_x(self.view.from..=self.view.to);
                plot.set_plot_bounds_y(low..=high);
                self.grounds(plot, low, high);
                for trace in &self.panel.traces {
                    self.trace(plot, trace, low);
                }
                self.now_and_cursor(plot);
            });
        let frame = *shown.transform.frame();
        self.write_unit(ui, frame);
        if self.first {
            self.write_regions(ui, frame, &shown.transform);
        }
        self.write_thresholds(ui, frame, &shown.transform);
        let label = self
            .panel
            .traces
            .first()
            .map_or("", |trace| trace.name.as_str());
        let label = format!("Plot of {label}");
        shown
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, &label));
        time_axis::interact(
            ui,
            &shown.response,
            *shown.transform.frame(),
            (self.view.from, self.view.to),
            commands,
        );
        let mut hovering = self.tell(ui, &shown.response, &shown.transform);
        if let Some(trace) = residuals {
            hovering = hovering.or(self.strip_ui(ui, position, trace, commands));
        }
        hovering
    }

    fn base(&self, id: (&'static str, usize), height: f32, time_axis: bool) -> Plot<'_> {
        let options = self.options;
        let length = self.view.to - self.view.from;
        Plot::new(id)
            .height(height)
            .show_x(false)
            .show_y(false)
            .show_crosshair(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_drag(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .allow_double_click_reset(false)
            .sense(Sense::click_and_drag())
            .show_background(false)
            .show_axes([time_axis, true])
            .grid_color(options.tokens.line)
            .x_grid_spacer(move |input| time_marks(&input))
            .custom_x_axes(vec![
                AxisHints::new_x()
                    .formatter(move |mark, _| {
                        clock(options.epoch, options.zone, mark.value, length)
                    })
                    .tick_label_font(theme::small_font())
                    .tick_label_color(options.tokens.text_weak),
            ])
            .custom_y_axes(vec![
                AxisHints::new_y()
                    .formatter(|mark, range| {
                        // A number at the very edge would be cut in half.
                        let (low, high) = (range.start(), range.end());
                        let place = (mark.value - low) / (high - low);
                        if (0.04..=0.96).contains(&place) {
                            axis_number(mark.value, mark.step_size)
                        } else {
                            String::new()
                        }
                    })
                    .min_thickness(AXIS_WIDTH)
                    .label_spacing(LABEL_SPACING)
                    .tick_label_font(theme::small_font())
                    .tick_label_color(options.tokens.text_weak),
            ])
            .cursor_color(Color32::TRANSPARENT)
            .label_formatter(|_| None)
    }

    fn grounds(&self, plot: &mut PlotUi<'_>, low: f64, high: f64) {
        let (now, to) = (self.view.now.max(self.view.from), self.view.to);
        if now < to {
            let corners = vec![[now, low], [to, low], [to, high], [now, high]];
            plot.polygon(
                Polygon::new("", corners)
                    .fill_color(self.options.tokens.future)
                    .stroke(Stroke::NONE)
                    .allow_hover(false),
            );
        }
    }

    fn now_and_cursor(&self, plot: &mut PlotUi<'_>) {
        let tokens = self.options.tokens;
        plot.vline(VLine::new("", self.view.now).stroke(Stroke::new(1.0, tokens.text_weak)));
        if (self.view.cursor - self.view.now).abs() > f64::EPSILON {
            plot.vline(VLine::new("", self.view.cursor).stroke(Stroke::new(1.0, tokens.accent)));
        }
        if let Some(hovered) = self.hovered {
            let stroke = Stroke::new(1.0, faded(tokens.text_weak, 0.5));
            plot.vline(VLine::new("", hovered).stroke(stroke));
        }
    }

    fn trace(&self, plot: &mut PlotUi<'_>, trace: &Trace, low: f64) {
        let tokens = self.options.tokens;
        let hue = tokens.category(trace.hue);
        let width = if trace.selected { 2.4 } else { 1.6 };
        if let Some(threshold) = trace.threshold {
            plot.hline(
                HLine::new("", threshold)
                    .stroke(Stroke::new(1.0, faded(tokens.warning, 0.8)))
                    .style(LineStyle::Dashed { length: 4.0 }),
            );
        }
        let leads = self.view.what_if_leads && trace.what_if.is_some();
        if let Some(fan) = &trace.forecast {
            draw_fan(
                plot,
                fan,
                trace.is_input,
                hue,
                if leads { 0.35 } else { 1.0 },
                LineStyle::Solid,
            );
        }
        if let Some(fan) = &trace.what_if {
            let strength = if leads { 1.0 } else { 0.35 };
            draw_fan(
                plot,
                fan,
                trace.is_input,
                tokens.what_if,
                strength,
                LineStyle::Dashed { length: 6.0 },
            );
        }
        plot.points(
            Points::new("", trace.measured.clone())
                .radius(1.4)
                .shape(MarkerShape::Circle)
                .color(faded(hue, 0.55))
                .allow_hover(false),
        );
        let twin = if trace.is_input {
            held(&trace.twin)
        } else {
            trace.twin.clone()
        };
        plot.line(
            Line::new("", twin)
                .stroke(Stroke::new(width, hue))
                .allow_hover(false),
        );
        let rejected: Vec<[f64; 2]> = trace
            .rejected
            .iter()
            .map(|one| [one.time, one.value.unwrap_or(low)])
            .collect();
        if !rejected.is_empty() {
            plot.points(
                Points::new("", rejected)
                    .radius(3.0)
                    .filled(false)
                    .shape(MarkerShape::Circle)
                    .color(tokens.warning)
                    .allow_hover(false),
            );
        }
    }

    fn strip_ui(
        &self,
        ui: &mut Ui,
        position: usize,
        trace: &Trace,
        commands: &mut Vec<Command>,
    ) -> Option<f64> {
        let tokens = self.options.tokens;
        let largest = trace
            .residuals
            .iter()
            .map(|bar| bar.value.abs())
            .fold(0.0_f64, f64::max);
        let limit = if largest > 0.0 { 1.1 * largest } else { 1.0 };
        let height = STRIP_HEIGHT + if self.last { TIME_AXIS_HEIGHT } else { 0.0 };
        let plot = self
            .base(("residuals", position), height, self.last)
            .y_grid_spacer(move |_| {
                vec![GridMark {
                    value: 0.0,
                    step_size: limit,
                }]
            })
            .custom_y_axes(vec![
                AxisHints::new_y()
                    .formatter(|_, _| String::new())
                    .min_thickness(AXIS_WIDTH),
            ]);
        let shown = plot.show(ui, |plot| {
            plot.set_plot_bounds_x(self.view.from..=self.view.to);
            plot.set_plot_bounds_y(-limit..=limit);
            for bar in &trace.residuals {
                let colour = if bar.value >= 0.0 {
                    tokens.above
                } else {
                    tokens.below
                };
                let corners = vec![
                    [bar.from, 0.0],
                    [bar.to, 0.0],
                    [bar.to, bar.value],
                    [bar.from, bar.value],
                ];
                plot.polygon(
                    Polygon::new("", corners)
                        .fill_color(colour)
                        .stroke(Stroke::NONE)
                        .allow_hover(false),
                );
            }
            self.now_and_cursor(plot);
        });
        let frame = *shown.transform.frame();
        let font = FontId::proportional(SMALL);
        let unit = &self.panel.unit;
        let scale = format!(
            "±{}",
            format_difference(unit.difference_to_si(limit), unit, 2)
        );
        let beside = frame.left_center() - Vec2::new(4.0, 0.0);
        for (text, offset) in [("residual".to_owned(), -7.0), (scale, 7.0)] {
            let place = beside + Vec2::new(0.0, offset);
            ui.painter().text(
                place,
                Align2::RIGHT_CENTER,
                text,
                font.clone(),
                tokens.text_weak,
            );
        }
        let label = format!("Residual strip of {}", trace.name);
        shown
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, &label));
        time_axis::interact(
            ui,
            &shown.response,
            *shown.transform.frame(),
            (self.view.from, self.view.to),
            commands,
        );
        self.tell(ui, &shown.response, &shown.transform)
    }

    fn write_unit(&self, ui: &Ui, frame: Rect) {
        let corner = frame.left_top() + Vec2::new(6.0, 2.0);
        ui.painter().text(
            corner,
            Align2::LEFT_TOP,
            self.panel.unit.symbol(),
            FontId::proportional(SMALL),
            self.options.tokens.text_weak,
        );
    }

    /// Whose threshold each dashed line is.
    fn write_thresholds(&self, ui: &Ui, frame: Rect, transform: &PlotTransform) {
        let mut lines: Vec<(f64, Vec<&str>)> = Vec::new();
        for trace in &self.panel.traces {
            let Some(threshold) = trace.threshold else {
                continue;
            };
            match lines
                .iter_mut()
                .find(|(one, _)| one.to_bits() == threshold.to_bits())
            {
                Some((_, names)) => names.push(&trace.name),
                None => lines.push((threshold, vec![&trace.name])),
            }
        }
        let painter = ui.painter().with_clip_rect(frame);
        for (threshold, names) in lines {
            let y = transform
                .position_from_point(&PlotPoint::new(self.view.from, threshold))
                .y;
            painter.text(
                Pos2::new(frame.left() + 6.0, y),
                Align2::LEFT_BOTTOM,
                format!("threshold of {}", names.join(", ")),
                FontId::proportional(SMALL),
                self.options.tokens.warning,
            );
        }
    }

    /// `observed │ now │ forecast` above the axis.
    fn write_regions(&self, ui: &Ui, frame: Rect, transform: &PlotTransform) {
        let now = transform
            .position_from_point(&PlotPoint::new(self.view.now, 0.0))
            .x;
        let painter = ui.painter().with_clip_rect(frame);
        let font = FontId::proportional(SMALL);
        let quiet = self.options.tokens.text_weak;
        let write = |x: f32, align: Align2, text: &str| {
            painter.text(
                Pos2::new(x, frame.top() + 2.0),
                align,
                text,
                font.clone(),
                quiet,
            );
        };
        if now - frame.left() > 90.0 {
            write(now - 6.0, Align2::RIGHT_TOP, "observed");
        }
        if frame.right() - now > 80.0 {
            let forecast = match self.view.forecast_inputs {
                Some(ForecastInputs::Planned) if frame.right() - now > 230.0 => {
                    "now  ·  forecast, commands as recorded"
                }
                Some(ForecastInputs::Held) if frame.right() - now > 230.0 => {
                    "now  ·  forecast, commands held"
                }
                _ => "now  ·  forecast",
            };
            write(now + 6.0, Align2::LEFT_TOP, forecast);
        }
    }

    /// What there is at the pointer's time, and why a sample near it was
    /// rejected; the time, if the pointer is here.
    fn tell(&self, ui: &Ui, response: &egui::Response, transform: &PlotTransform) -> Option<f64> {
        let position = response.hover_pos()?;
        let time = transform.value_from_position(position).x;
        if self.hovered.is_none() {
            // The line in the other plots comes with the next frame.
            ui.ctx().request_repaint();
        }
        if response.dragged() {
            return Some(time);
        }
        let tokens = self.options.tokens;
        response.clone().on_hover_ui_at_pointer(|ui| {
            ui.spacing_mut().interact_size.y = 2.0 * theme::GRID;
            ui.spacing_mut().item_spacing.y = GAP;
            let text = clock(self.options.epoch, self.options.zone, time, 0.0);
            ui.label(RichText::new(text).monospace().color(tokens.text_weak));
            for trace in &self.panel.traces {
                self.tell_trace(ui, trace, time);
                for one in &trace.rejected {
                    let edge = transform.bounds().min()[1];
                    let mark = PlotPoint::new(one.time, one.value.unwrap_or(edge));
                    if transform.position_from_point(&mark).distance(position) < REACH {
                        let text = format!("rejected: {}", one.reason);
                        ui.label(RichText::new(text).color(tokens.warning));
                    }
                }
            }
        });
        Some(time)
    }

    fn tell_trace(&self, ui: &mut Ui, trace: &Trace, time: f64) {
        let tokens = self.options.tokens;
        let unit = &self.panel.unit;
        let (low, high) = value_range(self.panel, self.view);
        // Three digits of what the plot spans, as its height can tell apart.
        let resolution = 10_f64.powf(((high - low) / 300.0).log10().floor());
        let text = |value: f64| format_quantity_at(unit.to_si(value), unit, resolution);
        let reach = (self.view.to - self.view.from) / 200.0;
        ui.label(
            RichText::new(&trace.name)
                .strong()
                .color(tokens.category(trace.hue)),
        );
        let mut line = |what: &str, value: String| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(what).color(tokens.text_weak));
                ui.label(RichText::new(value).monospace());
            });
        };
        if time <= self.view.now {
            if let Some(value) = nearest(&trace.measured, time, reach) {
                line("measured", text(value));
            }
            if let Some(value) = nearest(&trace.twin, time, reach.max(1.0)) {
                line("twin", text(value));
            }
        }
        for (what, fan) in [("forecast", &trace.forecast), ("what-if", &trace.what_if)] {
            if let Some((median, half)) = fan.as_ref().and_then(|fan| fan_at(fan, time)) {
                // The 5–95 % band of a normal distribution is 1.645 standard deviations wide on either side.
                let spread = unit.difference_to_si(half / 1.645);
                line(
                    what,
                    format_with_uncertainty(unit.to_si(median), spread, unit),
                );
            }
        }
    }
}

fn draw_fan(
    plot: &mut PlotUi<'_>,
    fan: &Fan,
    is_input: bool,
    hue: Color32,
    strength: f32,
    style: LineStyle,
) {
    let band = |low: &[f64], high: &[f64], alpha: f32| {
        FilledArea::new("", &fan.times, low, high)
            .fill_color(faded(hue, alpha * strength))
            .stroke(Stroke::NONE)
            .allow_hover(false)
    };
    plot.add(band(&fan.p05, &fan.p95, 0.18));
    plot.add(band(&fan.p25, &fan.p75, 0.26));
    let median: Vec<[f64; 2]> = fan
        .times
        .iter()
        .zip(&fan.p50)
        .map(|(t, v)| [*t, *v])
        .collect();
    let median = if is_input { held(&median) } else { median };
    plot.line(
        Line::new("", median)
            .stroke(Stroke::new(1.6, faded(hue, 0.35 + 0.65 * strength)))
            .style(style)
            .allow_hover(false),
    );
}

/// The steps of a value that is held from each point to the next.
fn held(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut steps = Vec::with_capacity(2 * points.len());
    for (position, point) in points.iter().enumerate() {
        if position > 0 {
            steps.push([point[0], points[position - 1][1]]);
        }
        steps.push(*point);
    }
    steps
}

/// Lowest and highest value to show, with a margin.
fn value_range(panel: &PlotPanel, view: &PlotView) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut take = |value: f64| {
        if value.is_finite() {
            low = low.min(value);
            high = high.max(value);
        }
    };
    for trace in &panel.traces {
        let inside = |point: &&[f64; 2]| point[0] >= view.from && point[0] <= view.to;
        trace
            .twin
            .iter()
            .filter(inside)
            .for_each(|point| take(point[1]));
        trace
            .measured
            .iter()
            .filter(inside)
            .for_each(|point| take(point[1]));
        for fan in [&trace.forecast, &trace.what_if].into_iter().flatten() {
            for (position, time) in fan.times.iter().enumerate() {
                if *time >= view.from && *time <= view.to {
                    take(fan.p05.get(position).copied().unwrap_or(f64::NAN));
                    take(fan.p95.get(position).copied().unwrap_or(f64::NAN));
                }
            }
        }
    }
    if low > high {
        return (0.0, 1.0);
    }
    // A constant is shown in the middle, not as a zoomed rounding error.
    let least = 1e-3 * low.abs().max(high.abs()).max(1.0);
    let margin = (0.10 * (high - low)).max(least);
    (low - margin, high + margin)
}

fn nearest(points: &[[f64; 2]], time: f64, reach: f64) -> Option<f64> {
    let after = points.partition_point(|point| point[0] < time);
    let candidates = [after.checked_sub(1), Some(after)];
    candidates
        .into_iter()
        .flatten()
        .filter_map(|position| points.get(position))
        .filter(|point| (point[0] - time).abs() <= reach)
        .min_by(|a, b| (a[0] - time).abs().total_cmp(&(b[0] - time).abs()))
        .map(|point| point[1])
}

/// Median and half the width of the 5–95 % band at `time`.
fn fan_at(fan: &Fan, time: f64) -> Option<(f64, f64)> {
    let after = fan.times.partition_point(|one| *one < time);
    let (first, last) = (*fan.times.first()?, *fan.times.last()?);
    if time < first || time > last {
        return None;
    }
    let position = after.min(fan.times.len() - 1);
    Some((
        *fan.p50.get(position)?,
        0.5 * (fan.p95.get(position)? - fan.p05.get(position)?),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_drawn_as_the_steps_it_makes() {
        let steps = held(&[[0.0, 1.0], [10.0, 3.0]]);
        assert_eq!(steps, vec![[0.0, 1.0], [10.0, 1.0], [10.0, 3.0]]);
    }

    #[test]
    fn a_gap_is_not_bridged_by_the_nearest_point() {
        let points = [[0.0, 1.0], [100.0, 2.0]];
        assert_eq!(nearest(&points, 50.0, 5.0), None);
        assert_eq!(nearest(&points, 98.0, 5.0), Some(2.0));
    }
}
