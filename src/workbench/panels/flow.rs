//! The flow: what the what-if brings with an interval, which station holds up the
//! others, and where the stations' time goes.

use egui::{Rect, RichText, Sense, Ui, pos2, vec2};

use super::theme::{self, Tokens};
use super::widgets;
use crate::twin::UnitState;
use crate::workbench::view::command::{AppCommand, SelectCommand, WhatIfCommand};
use crate::workbench::view::flow::stations::{StationLine, duration, lines};
use crate::workbench::view::flow::trial::{TrialText, conditions, texts};
use crate::workbench::view::flow::{IN_ORDER, sign};
use crate::workbench::view::{Command, Workbench, counted};

/// Draws the panel.
pub fn flow_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    if workbench.flow.plan.is_none() {
        let text = "Stations of a line, its bottleneck and what would help are shown here";
        let offer = workbench
            .document
            .is_none()
            .then(|| AppCommand::OpenTwin.into());
        widgets::empty_state(ui, workbench, text, offer, commands);
        return;
    }
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            trial_ui(ui, workbench, tokens, commands);
            ui.add_space(theme::GRID);
            stations_ui(ui, workbench, tokens, commands);
        });
}

/// The comparison by replications.
fn trial_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let trial = &workbench.flow.trial;
    let changes = workbench.what_if.change_set.len();
    let what = if changes == 0 {
        "in the long run, as it is".to_owned()
    } else {
        let changes = counted(changes as u64, "change", "changes");
        format!("in the long run, with {changes} and without")
    };
    widgets::caption(ui, &what, tokens);
    ui.horizontal_wrapped(|ui| {
        if let Some(done) = trial.running {
            widgets::progress(ui, workbench, done, WhatIfCommand::CancelCompare, commands);
            return;
        }
        let name = if changes == 0 {
            "Replicate"
        } else {
            "Compare A and B"
        };
        widgets::command_button(ui, workbench, WhatIfCommand::Compare, name, commands);
        let mut members = trial.members;
        let field = egui::DragValue::new(&mut members)
            .range(2..=1_000)
            .speed(0.5)
            .suffix(" replications");
        let response = ui
            .add(field)
            .on_hover_text("Independent runs of each; four times as many halve the interval");
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::drag_value(true, f64::from(members));
            info.label = Some("Replications".to_owned());
            info
        });
        if members != trial.members {
            commands.push(WhatIfCommand::Replications(members).into());
        }
    });
    if let Some(why) = &trial.failure {
        ui.label(RichText::new(format!("⚠ {why}")).color(tokens.alarm));
    }
    let Some(outcome) = &trial.outcome else {
        if changes == 0 && trial.running.is_none() {
            let text = "Right click a buffer or a station in the scene and choose what to try";
            widgets::caption(ui, text, tokens);
        }
        return;
    };
    if workbench.trial_is_stale() && trial.running.is_none() {
        let text = RichText::new("⚠ older than the what-if").font(theme::small_font());
        ui.label(text.color(tokens.warning))
            .on_hover_text("These numbers belong to another what-if; compare again");
    }
    for text in texts(workbench) {
        trial_line_ui(ui, &text, tokens, commands);
    }
    widgets::caption(ui, &conditions(outcome), tokens).on_hover_text(
        "Each replication runs from the beginning of the twin over its forecast horizon; \
         replication by replication, both see the same arrivals, services and failures",
    );
}

fn trial_line_ui(ui: &mut Ui, line: &TrialText, tokens: &Tokens, commands: &mut Vec<Command>) {
    ui.add_space(2.0);
    let name = egui::Label::new(RichText::new(&line.name).color(tokens.text)).sense(Sense::click());
    if ui.add(name).on_hover_text("Select this variable").clicked() {
        commands.push(SelectCommand::Variable(line.variable).into());
    }
    let row = |ui: &mut Ui, mark: &str, text: &str, colour: egui::Color32| {
        ui.horizontal(|ui| {
            ui.add_space(theme::INDENT);
            ui.label(RichText::new(mark).color(tokens.text_weak));
            widgets::number(ui, text, colour)
        });
    };
    row(ui, "A", &line.base, tokens.text);
    if let Some(changed) = &line.changed {
        row(ui, "B", changed, tokens.what_if);
    }
    let Some(difference) = &line.difference else {
        return;
    };
    let verdict = if line.is_certain {
        ""
    } else {
        "  not told from zero"
    };
    row(
        ui,
        "B − A",
        &format!("{difference}{verdict}"),
        if line.is_certain {
            tokens.what_if
        } else {
            tokens.text_weak
        },
    );
    if let Some((mean, half)) = line.place {
        whisker_ui(ui, mean as f32, half as f32, tokens);
    }
}

/// The interval of a difference beside zero.
fn whisker_ui(ui: &mut Ui, mean: f32, half: f32, tokens: &Tokens) {
    let width = (ui.available_width() - theme::INDENT - theme::GRID).clamp(40.0, 220.0);
    let (area, _) = ui.allocate_exact_size(vec2(width + theme::INDENT, 14.0), Sense::hover());
    let left = area.left() + theme::INDENT;
    let at = |value: f32| left + width * (0.5 + 0.48 * value.clamp(-1.0, 1.0));
    let painter = ui.painter();
    let middle = area.center().y;
    let hair = egui::Stroke::new(1.0, tokens.line);
    painter.hline(left..=left + width, middle, hair);
    painter.vline(
        at(0.0),
        area.y_range(),
        egui::Stroke::new(1.0, tokens.text_weak),
    );
    let stroke = egui::Stroke::new(2.0, tokens.what_if);
    painter.hline(at(mean - half)..=at(mean + half), middle, stroke);
    for end in [mean - half, mean + half] {
        painter.vline(at(end), middle - 4.0..=middle + 4.0, stroke);
    }
    painter.circle_filled(pos2(at(mean), middle), 3.0, tokens.what_if);
}

/// The stations, the bottleneck first.
fn stations_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let stations = lines(workbench);
    if stations.is_empty() {
        widgets::caption(ui, "This flow has no stations", tokens);
        return;
    }
    widgets::caption(
        ui,
        "stations by the share of their hours in which they are active; the first holds up the others",
        tokens,
    );
    for (rank, line) in stations.iter().enumerate() {
        station_ui(ui, line, rank == 0 && line.active() > 0.0, tokens, commands);
    }
    ui.add_space(theme::GRID / 2.0);
    legend_ui(ui, tokens);
}

fn station_ui(
    ui: &mut Ui,
    line: &StationLine,
    is_bottleneck: bool,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let size = vec2(ui.available_width(), theme::ROW * 1.7);
    let (area, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let label = format!("Station {}", line.name);
        egui::WidgetInfo::selected(
            egui::WidgetType::SelectableLabel,
            true,
            line.selected,
            label,
        )
    });
    if response.clicked() {
        commands.push(SelectCommand::Asset(line.asset).into());
    }
    if !ui.is_rect_visible(area) {
        return;
    }
    let painter = ui.painter_at(area);
    let ground = match (line.selected, response.hovered()) {
        (true, _) => Some(tokens.selected),
        (false, true) => Some(tokens.hovered),
        (false, false) => None,
    };
    if let Some(ground) = ground {
        painter.rect_filled(area, f32::from(theme::RADIUS), ground);
    }
    let mut font = theme::number_font();
    font.size = theme::SMALL;
    let interval = line
        .half_width
        .map_or_else(String::new, |half| format!(" ± {:.0}", half * 100.0));
    let numbers = format!(
        "active {:.0}{interval} %  OEE {:.0} %",
        line.active() * 100.0,
        line.effectiveness * 100.0
    );
    let right = painter.text(
        pos2(area.right() - 4.0, area.top() + 4.0),
        egui::Align2::RIGHT_TOP,
        numbers,
        font,
        tokens.text_weak,
    );
    let room = Rect::from_min_max(
        area.min + vec2(4.0, 3.0),
        pos2(right.left() - theme::GRID, area.bottom()),
    );
    let mark = line.state.map_or("", sign);
    let marks = match is_bottleneck {
        true => ["  ◀ bottleneck", "  ◀"].as_slice(),
        false => [""].as_slice(),
    };
    name_ui(ui, room, &format!("{mark}  {}", line.name), marks, tokens);
    let bar = Rect::from_min_max(
        pos2(area.left() + 4.0, area.bottom() - 14.0),
        pos2(area.right() - 4.0, area.bottom() - 5.0),
    );
    painter.rect_filled(bar, 2.0, tokens.line);
    let mut left = bar.left();
    for state in IN_ORDER {
        let width = bar.width() * line.shares[state.number()].clamp(0.0, 1.0) as f32;
        let part = Rect::from_min_max(
            pos2(left, bar.top()),
            pos2((left + width).min(bar.right()), bar.bottom()),
        );
        painter.rect_filled(part, 0.0, tokens.state(state));
        left += width;
    }
    response.on_hover_ui(|ui| {
        ui.label(RichText::new(&line.name).strong());
        if is_bottleneck {
            ui.label("◀ bottleneck: active for the largest share of its hours");
        }
        for state in IN_ORDER {
            let share = line.shares[state.number()];
            if share > 0.0 {
                ui.label(format!(
                    "{} {}  {:.1} %",
                    sign(state),
                    state.word(),
                    share * 100.0
                ));
            }
        }
        let interval = match line.half_width {
            Some(half) => format!(
                "The active share has a 95 % interval of ± {:.1} %, from ten pieces of the time so far.",
                half * 100.0
            ),
            None => "Too little has happened for an interval.".to_owned(),
        };
        let text = format!(
            "Active for {:.1} % of its hours, {} at a time on average: working, being set up \
             or down. Shares of the time counted in this one run. {interval}",
            line.active() * 100.0,
            duration(line.active_period)
        );
        ui.label(RichText::new(text).weak());
    });
}

/// Writes a name and the first of `marks` that leaves it room; where none does the name
/// is shortened, and the last mark stays whole.
fn name_ui(ui: &Ui, room: Rect, name: &str, marks: &[&str], tokens: &Tokens) {
    let body = egui::FontId::proportional(theme::BODY);
    let painter = ui.painter_at(room.expand(1.0).intersect(ui.clip_rect()));
    let lay_out = |text: &str, width: f32| {
        let mut job =
            egui::text::LayoutJob::simple_singleline(text.to_owned(), body.clone(), tokens.text);
        job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
        painter.layout_job(job)
    };
    let name_width = lay_out(name, f32::INFINITY).size().x;
    let width_of = |mark: &str| lay_out(mark, f32::INFINITY).size().x;
    let fits = |mark: &&&str| name_width + width_of(mark) <= room.width();
    let mark = marks.iter().find(fits).or(marks.last());
    let mark = mark.copied().unwrap_or_default();
    let width = width_of(mark);
    let name = lay_out(name, room.width() - width);
    let end = pos2(room.left() + name.size().x, room.top());
    painter.galley(room.min, name, tokens.text);
    painter.galley(end, lay_out(mark, f32::INFINITY), tokens.text);
}

/// What the colours of the states mean.
pub fn legend_ui(ui: &mut Ui, tokens: &Tokens) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID / 2.0;
        for state in IN_ORDER {
            let (swatch, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(swatch, 2.0, tokens.state(state));
            widgets::caption(ui, &format!("{} {}", sign(state), state.word()), tokens);
            ui.add_space(theme::GRID / 2.0);
        }
    });
}

impl Tokens {
    /// The colour of what a station does.
    #[must_use]
    pub fn state(&self, state: UnitState) -> egui::Color32 {
        self.states[state.number()]
    }
}
