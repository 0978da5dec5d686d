//! What every station did over time, one row for each, and above them which one
//! held up the others. The time axis is that of the plots.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, FontId, Rect, Sense, Stroke, Ui, pos2, vec2};
use egui_plot::GridInput;

use super::flow::legend_ui;
use super::plot_axis::{clock, time_marks};
use super::theme::{self, Tokens};
use super::{time_axis, widgets};
use crate::twin::UnitState;
use crate::workbench::view::command::{AppCommand, SelectCommand};
use crate::workbench::view::flow::gantt::{self, Bars, GanttView, Row, Side};
use crate::workbench::view::flow::stations::duration;
use crate::workbench::view::flow::{IN_ORDER, sign};
use crate::workbench::view::{Command, Workbench};

/// Width of the names to the left \[points].
pub(super) const NAMES: f32 = 152.0;

/// Least and most height of a row \[points].
const ROW_HEIGHT: (f32, f32) = (14.0, 26.0);

/// Height of the time axis \[points].
const AXIS: f32 = 18.0;

/// Draws the chart.
pub fn states_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let columns = (ui.available_width() - NAMES).max(1.0) as usize;
    let (Some(view), Some(document)) = (gantt::view(workbench, columns), &workbench.document)
    else {
        let text = "What the stations of a line did over time is drawn here";
        let offer = workbench
            .document
            .is_none()
            .then(|| AppCommand::OpenTwin.into());
        widgets::empty_state(ui, workbench, text, offer, commands);
        return;
    };
    legend_ui(ui, tokens);
    if view.dropped > 0 {
        let text = format!(
            "{} changes came too fast to be kept; what is not known is left blank",
            view.dropped
        );
        widgets::caption(ui, &text, tokens);
    }
    let epoch = document.twin().epoch;
    let label = |time: f64, span: f64| clock(epoch, &workbench.zone, time, span);
    chart_ui(ui, "States over time", &view, tokens, &label, commands);
}

/// Draws a chart of states; what the pointer does over its time goes to `commands` as
/// commands of the plots.
pub(super) fn chart_ui(
    ui: &mut Ui,
    name: &str,
    view: &GanttView,
    tokens: &Tokens,
    label: &dyn Fn(f64, f64) -> String,
    commands: &mut Vec<Command>,
) {
    let rows = (view.rows.len() + usize::from(view.has_ribbon)) as f32;
    let height = ((ui.available_height() - AXIS) / rows).clamp(ROW_HEIGHT.0, ROW_HEIGHT.1);
    egui::ScrollArea::vertical()
        .scroll_source(egui::containers::scroll_area::ScrollSource::SCROLL_BAR)
        .auto_shrink(false)
        .show(ui, |ui| {
            let size = vec2(ui.available_width(), rows * height + AXIS);
            let (area, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, name));
            let frame = Rect::from_min_max(
                area.min + vec2(NAMES, 0.0),
                pos2(area.right() - theme::GRID, area.bottom() - AXIS),
            );
            let chart = Chart {
                view,
                tokens,
                frame,
                height,
            };
            chart.grid(ui);
            if view.has_ribbon {
                chart.ribbon(ui);
            }
            for (position, row) in view.rows.iter().enumerate() {
                chart.row(ui, position + usize::from(view.has_ribbon), row);
            }
            chart.instants(ui);
            chart.axis(ui, |time| label(time, view.to - view.from));
            let pointed = response.interact_pointer_pos();
            if let Some(pointed) = pointed.filter(|one| one.x < frame.left()) {
                if response.clicked()
                    && let Some(row) = chart.row_at(pointed.y)
                {
                    commands.push(SelectCommand::Asset(row.asset).into());
                }
            } else {
                time_axis::interact(ui, &response, frame, (view.from, view.to), commands);
            }
            chart.tell(response, |time| label(time, 0.0));
        });
}

struct Chart<'a> {
    view: &'a GanttView,
    tokens: &'a Tokens,
    frame: Rect,
    height: f32,
}

impl Chart<'_> {
    fn x(&self, time: f64) -> f32 {
        let share = (time - self.view.from) / (self.view.to - self.view.from);
        self.frame.left() + self.frame.width() * share.clamp(0.0, 1.0) as f32
    }

    fn time(&self, x: f32) -> f64 {
        let share = f64::from((x - self.frame.left()) / self.frame.width().max(1.0));
        self.view.from + (self.view.to - self.view.from) * share
    }

    /// The strip of a row; the first is that of the bottleneck where it is shown.
    fn strip(&self, number: usize) -> Rect {
        let top = self.frame.top() + self.height * number as f32;
        Rect::from_min_max(
            pos2(self.frame.left(), top + 1.0),
            pos2(self.frame.right(), top + self.height - 1.0),
        )
    }

    fn row_at(&self, y: f32) -> Option<&Row> {
        let number = ((y - self.frame.top()) / self.height).floor();
        let first = f32::from(u8::from(self.view.has_ribbon));
        (number >= first).then(|| self.view.rows.get((number - first) as usize))?
    }

    /// Instants that the axis names.
    fn marks(&self) -> impl Iterator<Item = f64> {
        let marks = time_marks(&GridInput {
            bounds: (self.view.from, self.view.to),
            base_step_size: 1.0,
        });
        marks.into_iter().map(|mark| mark.value)
    }

    fn grid(&self, ui: &Ui) {
        let painter = ui.painter();
        let now = self.x(self.view.now);
        let future = Rect::from_min_max(pos2(now, self.frame.top()), self.frame.max);
        painter.rect_filled(future, 0.0, self.tokens.future);
        for time in self.marks() {
            let stroke = Stroke::new(1.0, self.tokens.line);
            painter.vline(self.x(time), self.frame.y_range(), stroke);
        }
    }

    /// The time, below the rows; where there are more of them than can be seen at once,
    /// below those that are seen.
    fn axis(&self, ui: &Ui, label: impl Fn(f64) -> String) {
        let painter = ui.painter();
        let top = self.frame.bottom().min(ui.clip_rect().bottom() - AXIS);
        let place = Rect::from_min_max(
            pos2(self.frame.left() - NAMES, top),
            pos2(self.frame.right() + theme::GRID, top + AXIS),
        );
        painter.rect_filled(place, 0.0, self.tokens.panel);
        for time in self.marks() {
            painter.text(
                pos2(self.x(time), top + 3.0),
                Align2::CENTER_TOP,
                label(time),
                theme::small_font(),
                self.tokens.text_weak,
            );
        }
    }

    /// Writes a name, shortened where it takes too much room, and `mark` after it.
    fn name(&self, ui: &Ui, strip: Rect, text: &str, mark: &str, strong: bool) {
        let place = Rect::from_min_max(
            pos2(strip.left() - NAMES + 4.0, strip.top()),
            pos2(strip.left() - 6.0, strip.bottom()),
        );
        let colour = if strong {
            self.tokens.text
        } else {
            self.tokens.text_weak
        };
        // Letters that go below the line may reach into the gap to the next row.
        let seen = place.expand2(vec2(0.0, 2.0));
        let painter = ui.painter().with_clip_rect(seen.intersect(ui.clip_rect()));
        let font = FontId::proportional(theme::SMALL);
        let room = if mark.is_empty() {
            place.width()
        } else {
            let written = painter.text(
                place.right_center(),
                Align2::RIGHT_CENTER,
                mark,
                font.clone(),
                self.tokens.text_weak,
            );
            place.width() - written.width() - theme::GRID
        };
        let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
        job.wrap = TextWrapping::truncate_at_width(room.max(0.0));
        let name = painter.layout_job(job);
        let corner = place.left_center() - vec2(0.0, name.size().y / 2.0);
        painter.galley(corner, name, colour);
    }

    /// Which station holds up the others: a full bar where it is one, a thin one
    /// while the bottleneck passes on. Its name stands where there is room.
    fn ribbon(&self, ui: &Ui) {
        let strip = self.strip(0);
        self.name(ui, strip, "Bottleneck", "", true);
        let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
        let mut last: Option<(usize, f32)> = None;
        for (from, to, row, shifting) in &self.view.bottlenecks {
            let (left, right) = (self.x(*from), self.x(*to));
            let inset = if *shifting { strip.height() * 0.3 } else { 0.0 };
            let bar = Rect::from_min_max(
                pos2(left, strip.top() + inset),
                pos2(right.max(left + 1.0), strip.bottom() - inset),
            );
            painter.rect_filled(bar, 0.0, self.tokens.category(*row));
            let is_same = last.is_some_and(|(other, end)| other == *row && left - end < 200.0);
            if !is_same && right - left > 60.0 && !shifting {
                if let Some(row) = self.view.rows.get(*row) {
                    painter.with_clip_rect(bar).text(
                        bar.left_center() + vec2(4.0, 0.0),
                        Align2::LEFT_CENTER,
                        &row.name,
                        theme::small_font(),
                        self.tokens.ground,
                    );
                }
                last = Some((*row, right));
            }
        }
    }

    fn row(&self, ui: &Ui, position: usize, row: &Row) {
        let mut strip = self.strip(position);
        // Two rows of a station stand close together, with more room to the next.
        match row.side {
            Side::Run => {}
            Side::Log => *strip.top_mut() += 2.0,
            Side::Twin { .. } => *strip.bottom_mut() -= 1.0,
        }
        let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
        if row.selected {
            let whole = Rect::from_min_max(pos2(strip.left() - NAMES, strip.top()), strip.max);
            ui.painter().rect_filled(whole, 0.0, self.tokens.selected);
        }
        match row.side {
            Side::Run => self.name(ui, strip, &row.name, "", row.selected),
            Side::Log => self.name(ui, strip, &row.name, "log", row.selected),
            Side::Twin { agreement } => {
                let mark = format!("twin, {:.0} % alike", agreement * 100.0);
                self.name(ui, strip, "", &mark, row.selected);
            }
        }
        match &row.bars {
            Bars::Each(servers) => {
                let height = strip.height() / servers.len().max(1) as f32;
                for (server, bars) in servers.iter().enumerate() {
                    let top = strip.top() + height * server as f32;
                    for bar in bars {
                        let (left, right) = (self.x(bar.from), self.x(bar.to));
                        let place = Rect::from_min_max(
                            pos2(left, top),
                            pos2(right.max(left + 0.5), top + height),
                        );
                        painter.rect_filled(place, 0.0, self.tokens.state(bar.state));
                        if bar.state == UnitState::Down && place.width() > 6.0 {
                            painter.text(
                                place.center(),
                                Align2::CENTER_CENTER,
                                sign(bar.state),
                                theme::small_font(),
                                self.tokens.panel,
                            );
                        }
                    }
                }
            }
            Bars::Shares(stretches) => {
                let width = strip.width() / stretches.len().max(1) as f32;
                for (number, shares) in stretches.iter().enumerate() {
                    let left = strip.left() + width * number as f32;
                    let mut top = strip.top();
                    for state in IN_ORDER {
                        let height = strip.height() * shares[state.number()] as f32;
                        if height > 0.0 {
                            let place =
                                Rect::from_min_size(pos2(left, top), vec2(width + 0.5, height));
                            painter.rect_filled(place, 0.0, self.tokens.state(state));
                            top += height;
                        }
                    }
                }
            }
        }
    }

    fn instants(&self, ui: &Ui) {
        let painter = ui.painter();
        let line = |time: f64, colour| {
            if (self.view.from..=self.view.to).contains(&time) {
                painter.vline(self.x(time), self.frame.y_range(), Stroke::new(1.0, colour));
            }
        };
        line(self.view.now, self.tokens.text_weak);
        if (self.view.cursor - self.view.now).abs() > f64::EPSILON {
            line(self.view.cursor, self.tokens.accent);
        }
    }

    /// What a station did at the time under the pointer, from when to when.
    fn tell(&self, response: egui::Response, label: impl Fn(f64) -> String) {
        let Some(pointed) = response.hover_pos().filter(|one| self.frame.contains(*one)) else {
            return;
        };
        let time = self.time(pointed.x);
        let mut lines = vec![label(time)];
        if let Some(row) = self.row_at(pointed.y) {
            lines.push(match row.side {
                Side::Run => row.name.clone(),
                Side::Log => format!("{} in the log", row.name),
                Side::Twin { .. } => format!("{} in the twin", row.name),
            });
            match &row.bars {
                Bars::Each(servers) => {
                    for (server, bars) in servers.iter().enumerate() {
                        let found = bars.iter().find(|bar| bar.from <= time && time < bar.to);
                        let Some(bar) = found else { continue };
                        let of = match servers.len() {
                            1 => String::new(),
                            _ => format!("server {}  ", server + 1),
                        };
                        lines.push(format!(
                            "{of}{} {}  {} – {}, {}",
                            sign(bar.state),
                            bar.state.word(),
                            label(bar.from),
                            label(bar.to),
                            duration(bar.to - bar.from)
                        ));
                    }
                }
                Bars::Shares(stretches) => {
                    let count = stretches.len() as f64;
                    let span = self.view.to - self.view.from;
                    let number = ((time - self.view.from) / span * count) as usize;
                    for state in IN_ORDER {
                        let share = stretches.get(number).map_or(0.0, |one| one[state.number()]);
                        if share > 0.0 {
                            let percent = share * 100.0;
                            lines.push(format!("{} {}  {percent:.0} %", sign(state), state.word()));
                        }
                    }
                    lines.push(format!("shares over {}", duration(span / count)));
                }
            }
        } else {
            let found = self
                .view
                .bottlenecks
                .iter()
                .find(|one| one.0 <= time && time < one.1);
            if let Some((from, to, row, shifting)) = found
                && let Some(row) = self.view.rows.get(*row)
            {
                let passing = if *shifting { ", passing on" } else { "" };
                lines.push(format!(
                    "Bottleneck {}{passing}  {} – {}",
                    row.name,
                    label(*from),
                    label(*to)
                ));
            }
            for (row, share) in self.view.shares.iter().take(5) {
                if let Some(row) = self.view.rows.get(*row) {
                    lines.push(format!("{}  {:.0} % of this time", row.name, share * 100.0));
                }
            }
            lines.push("the station that has been active for longest without a break".to_owned());
        }
        response.on_hover_text_at_pointer(lines.join("\n"));
    }
}
