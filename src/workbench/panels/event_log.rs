//! The event log of the line beside the twin: numbers, states over time, what is wrong
//! in the log, and what comes after it.

use egui::{RichText, Sense, Ui, Vec2, pos2};

use super::plot_axis::clock;
use super::states;
use super::theme::{self, Tokens};
use super::widgets::{self, cell};
use crate::live::event_log::LogReading;
use crate::quantity::SimTime;
use crate::twin::UnitState;
use crate::workbench::view::command::{EventLogCommand, PlotCommand, SelectCommand};
use crate::workbench::view::flow::event_log::{
    AheadLine, LogLine, LogPage, SideText, ahead, chart, lines,
};
use crate::workbench::view::flow::{IN_ORDER, sign};
use crate::workbench::view::{Command, Workbench, counted};

/// Width of the column of names \[points].
const NAME: f32 = 132.0;
/// Width of a column of numbers \[points].
const NUMBER: f32 = 82.0;
/// Width of a column of differences \[points].
const DIFFERENCE: f32 = 112.0;
/// Width of the column that says what a number of requests is \[points].
const WHAT: f32 = 160.0;
/// Width of the bars of the states \[points].
const BARS: f32 = 170.0;
/// Most problems that are listed.
const MOST_LISTED: usize = 500;

/// Draws the panel.
pub fn event_log_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let log = &workbench.flow.log;
    if let Some(reading) = &log.running {
        ui.horizontal(|ui| {
            let what = if reading.done > 0.0 {
                "Simulating the twin beside"
            } else {
                "Reading"
            };
            ui.spinner();
            ui.label(format!("{what} {}", reading.title));
            let cancel = EventLogCommand::CancelReading;
            widgets::progress(ui, workbench, reading.done, cancel, commands);
        });
    }
    if let Some(why) = &log.failure {
        ui.label(RichText::new(format!("⚠ {why}")).color(tokens.alarm));
    }
    let Some(reading) = &log.reading else {
        if log.running.is_none() {
            let text = "What items and machines of the real line did is held against the twin here";
            let names_one = workbench
                .document
                .as_ref()
                .is_some_and(|one| one.twin().event_log.is_some());
            let offer = if names_one {
                EventLogCommand::OpenOwn
            } else {
                EventLogCommand::Open
            };
            widgets::empty_state(ui, workbench, text, Some(offer.into()), commands);
        }
        return;
    };
    head_ui(ui, workbench, reading, tokens, commands);
    match log.page {
        LogPage::Comparison => comparison_ui(ui, workbench, tokens, commands),
        LogPage::States => chart_ui(ui, workbench, tokens, commands),
        LogPage::Problems => problems_ui(ui, reading, tokens),
        LogPage::Ahead => ahead_ui(ui, workbench, tokens, commands),
    }
}

/// What was read, and the tabs.
fn head_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    reading: &LogReading,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let (log, outcome) = (&reading.opened.log, &reading.outcome);
    ui.horizontal_wrapped(|ui| {
        for page in LogPage::ALL {
            let name = match page {
                LogPage::Comparison => "Comparison".to_owned(),
                LogPage::States => "States".to_owned(),
                LogPage::Problems => match log.problem_count {
                    0 => "No problems".to_owned(),
                    count => format!("⚠ {}", counted(count, "problem", "problems")),
                },
                LogPage::Ahead => "Ahead".to_owned(),
            };
            let is_shown = workbench.flow.log.page == page;
            if ui.selectable_label(is_shown, name).clicked() {
                commands.push(EventLogCommand::Page(page).into());
            }
        }
        ui.separator();
        let Some(document) = &workbench.document else {
            return;
        };
        let time = |time: f64| clock(document.twin().epoch, &workbench.zone, time, 0.0);
        let text = format!(
            "{}: {}, {}, {} – {}",
            log.name,
            counted(log.rows, "row", "rows"),
            counted(log.items.len() as u64, "item", "items"),
            time(outcome.begin.as_seconds()),
            time(outcome.end.as_seconds())
        );
        widgets::caption(ui, &text, tokens);
        if workbench.log_is_stale() {
            let text = RichText::new("⚠ older than the document").font(theme::small_font());
            ui.label(text.color(tokens.warning))
                .on_hover_text("The twin was edited since: open the log again");
        }
        widgets::quiet_button(
            ui,
            workbench,
            EventLogCommand::Open,
            "Open another…",
            commands,
        );
    });
}

/// A cell whose text ends where the column does.
fn number_cell(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    cell(ui, width, |ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), add);
    });
}

/// The numbers of log and twin.
fn comparison_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let lines = lines(workbench);
    egui::ScrollArea::both().auto_shrink(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            for (width, name, doc) in [
                (NAME, "asset", "Those that the log tells of"),
                (NUMBER, "leave, log", "Items that left it per hour, in the log"),
                (NUMBER, "twin", "Items that left it per hour, in the twin"),
                (
                    DIFFERENCE,
                    "twin − log",
                    "With its 95 % interval, from ten pieces of the time; in the colour of a difference where zero lies outside",
                ),
                (NUMBER, "inside, log", "Items inside on average, in the log"),
                (NUMBER, "twin", "Items inside on average, in the twin"),
                (DIFFERENCE, "twin − log", "With its 95 % interval"),
                (
                    NUMBER,
                    "stay, log",
                    "How long an item is inside on average, in the log: items inside per items that leave in a time",
                ),
                (NUMBER, "twin", "How long an item is inside on average, in the twin"),
                (
                    DIFFERENCE,
                    "work, twin − log",
                    "Share of all time at work, twin minus log, with its 95 % interval",
                ),
                (
                    NUMBER - 20.0,
                    "alike",
                    "Part of the time in which machines do the same. Two lines with chance in them never agree all the time",
                ),
                (BARS, "states: log above twin", "Shares of all time"),
            ] {
                let caption = |ui: &mut Ui| {
                    widgets::caption(ui, name, tokens).on_hover_text(doc);
                };
                match name {
                    "asset" | "states: log above twin" => cell(ui, width, caption),
                    _ => number_cell(ui, width, caption),
                }
            }
        });
        for line in &lines {
            line_ui(ui, line, tokens, commands);
        }
        requests_ui(ui, &lines, tokens);
        ui.add_space(theme::GRID / 2.0);
        super::flow::legend_ui(ui, tokens);
        let text = "The twin was simulated from empty over the time of the log, with chances of its own";
        widgets::caption(ui, text, tokens);
    });
}

/// What became of the requests of services, where the log tells of any.
fn requests_ui(ui: &mut Ui, lines: &[LogLine], tokens: &Tokens) {
    let told: Vec<&LogLine> = (lines.iter())
        .filter(|line| !line.requests.is_empty())
        .collect();
    if told.is_empty() {
        return;
    }
    ui.add_space(theme::GRID);
    ui.horizontal(|ui| {
        let caption = |text| move |ui: &mut Ui| drop(widgets::caption(ui, text, tokens));
        cell(ui, NAME, caption("requests"));
        cell(ui, WHAT, caption("how they ended, how soon"));
        number_cell(ui, NUMBER, caption("log"));
        number_cell(ui, NUMBER, caption("twin"));
        number_cell(ui, DIFFERENCE, caption("twin − log"));
    });
    for line in told {
        for (place, (what, side)) in line.requests.iter().enumerate() {
            ui.horizontal(|ui| {
                cell(ui, NAME, |ui| {
                    if place == 0 {
                        ui.add(egui::Label::new(&line.name).truncate());
                    }
                });
                cell(ui, WHAT, |ui| {
                    ui.label(RichText::new(what).color(tokens.text_weak));
                });
                side_ui(ui, side, tokens);
            });
        }
    }
}

fn line_ui(ui: &mut Ui, line: &LogLine, tokens: &Tokens, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        cell(ui, NAME, |ui| {
            let label = egui::Button::selectable(line.selected, &line.name).truncate();
            if ui.add(label).on_hover_text(&line.name).clicked() {
                commands.push(SelectCommand::Asset(line.asset).into());
            }
        });
        side_ui(ui, &line.throughput, tokens);
        side_ui(ui, &line.content, tokens);
        let stay = line.stay.clone().unwrap_or_default();
        for text in [&stay.0, &stay.1] {
            number_cell(ui, NUMBER, |ui| {
                widgets::number(ui, text, tokens.text);
            });
        }
        difference_ui(ui, line.working.as_ref(), tokens);
        number_cell(ui, NUMBER - 20.0, |ui| {
            if let Some(alike) = line.agreement {
                widgets::number(ui, &format!("{:.0} %", alike * 100.0), tokens.text);
            }
        });
        if line.agreement.is_some() {
            ui.add_space(theme::GRID);
            shares_ui(ui, line, tokens);
        }
    });
}

fn side_ui(ui: &mut Ui, side: &SideText, tokens: &Tokens) {
    for text in [&side.logged, &side.simulated] {
        number_cell(ui, NUMBER, |ui| {
            widgets::number(ui, text, tokens.text);
        });
    }
    difference_ui(ui, Some(side), tokens);
}

fn difference_ui(ui: &mut Ui, side: Option<&SideText>, tokens: &Tokens) {
    number_cell(ui, DIFFERENCE, |ui| {
        let Some(side) = side else { return };
        let colour = if side.is_certain {
            tokens.what_if
        } else {
            tokens.text_weak
        };
        let response = widgets::number(ui, &side.difference, colour);
        if side.is_certain {
            response.on_hover_text("Zero lies outside the interval");
        }
    });
}

/// The shares of the states: the log above, the twin below.
fn shares_ui(ui: &mut Ui, line: &LogLine, tokens: &Tokens) {
    let (area, response) =
        ui.allocate_exact_size(Vec2::new(BARS, theme::ROW - 6.0), Sense::hover());
    let half = area.height() / 2.0;
    for (number, is_log) in [(0.0, true), (1.0, false)] {
        let mut left = area.left();
        let top = area.top() + number * half;
        for state in IN_ORDER {
            let share = share(line, state, is_log);
            let width = area.width() * share.clamp(0.0, 1.0) as f32;
            let part = egui::Rect::from_min_max(
                pos2(left, top),
                pos2((left + width).min(area.right()), top + half - 1.0),
            );
            ui.painter().rect_filled(part, 0.0, tokens.state(state));
            left += width;
        }
    }
    response.on_hover_ui(|ui| {
        ui.label(RichText::new(&line.name).strong());
        for state in IN_ORDER {
            let (logged, simulated) = (share(line, state, true), share(line, state, false));
            if logged.max(simulated) > 0.0 {
                ui.label(format!(
                    "{} {}  {:.1} % in the log, {:.1} % in the twin",
                    sign(state),
                    state.word(),
                    logged * 100.0,
                    simulated * 100.0
                ));
            }
        }
        if line.from_items {
            let text = "The log tells of no states: an item inside counts as work";
            ui.label(RichText::new(text).weak());
        }
    });
}

fn share(line: &LogLine, state: UnitState, is_log: bool) -> f64 {
    let found = line.states.iter().find(|one| one.0 == state);
    found.map_or(0.0, |one| if is_log { one.1 } else { one.2 })
}

/// States over time.
fn chart_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let columns = (ui.available_width() - states::NAMES).max(1.0) as usize;
    let (Some(view), Some(document)) = (chart(workbench, columns), &workbench.document) else {
        return;
    };
    if view.rows.is_empty() {
        widgets::caption(ui, "The log tells of no stations", tokens);
        return;
    }
    super::flow::legend_ui(ui, tokens);
    let epoch = document.twin().epoch;
    let label = |time: f64, span: f64| clock(epoch, &workbench.zone, time, span);
    let mut pushed = Vec::new();
    let name = "States of log and twin over time";
    states::chart_ui(ui, name, &view, tokens, &label, &mut pushed);
    // The log has a time axis of its own.
    commands.extend(pushed.into_iter().filter_map(|command| match command {
        Command::PlotCommand(PlotCommand::Range { from, to }) => {
            Some(EventLogCommand::Range { from, to }.into())
        }
        Command::PlotCommand(PlotCommand::Fit) => Some(EventLogCommand::ShowAll.into()),
        Command::SelectCommand(_) => Some(command),
        _ => None,
    }));
}

/// What is wrong in the log.
fn problems_ui(ui: &mut Ui, reading: &LogReading, tokens: &Tokens) {
    let log = &reading.opened.log;
    if log.problem_count == 0 {
        let text = "Every row could be read, and none contradicts another";
        widgets::caption(ui, text, tokens);
        return;
    }
    let text = "Rows that cannot be read are left out; everything else takes part as it stands";
    widgets::caption(ui, text, tokens);
    let listed = log.problems.len().min(MOST_LISTED);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            for problem in &log.problems[..listed] {
                ui.label(RichText::new(format!("⚠ {problem}")).color(tokens.text));
            }
            let more = log.problem_count.saturating_sub(listed as u64);
            if more > 0 {
                widgets::caption(ui, &format!("and {more} more"), tokens);
            }
        });
}

/// What comes after the log.
fn ahead_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let state = &workbench.flow.log.ahead;
    ui.horizontal(|ui| {
        if let Some(done) = state.running {
            widgets::progress(ui, workbench, done, EventLogCommand::CancelGoOn, commands);
        } else {
            from_ui(ui, workbench, commands);
            let name = "Look ahead";
            widgets::command_button(ui, workbench, EventLogCommand::GoOn, name, commands);
        }
    });
    if let Some(why) = &state.failure {
        ui.label(RichText::new(format!("⚠ {why}")).color(tokens.alarm));
    }
    let Some(outcome) = &state.outcome else {
        let text = "Items are set where the log leaves them, machines go on with what they were doing, \
                    and what comes out is simulated many times";
        widgets::caption(ui, text, tokens);
        return;
    };
    let busy = outcome.standing.servers.iter();
    let text = format!(
        "From how the line stands at {} in the log ({} items inside, {} servers at work), within {}:",
        instant(workbench, outcome.standing.time.as_seconds()),
        outcome.standing.items.len(),
        busy.filter(|server| server.work.is_some()).count(),
        outcome.horizon
    );
    widgets::caption(ui, &text, tokens);
    let time = |time: SimTime| stretch_end(workbench, time);
    for line in ahead(workbench, time) {
        ahead_line_ui(ui, &line, tokens);
    }
    let members = outcome.expected.first().map_or(0, |one| one.mean.count);
    let text = format!(
        "Mean with its 95 % interval, and the least and the most of {members} simulations, each with \
         chances of its own"
    );
    widgets::caption(ui, &text, tokens);
}

/// An instant of the log for people.
fn instant(workbench: &Workbench, time: f64) -> String {
    workbench.document.as_ref().map_or_else(String::new, |one| {
        clock(one.twin().epoch, &workbench.zone, time, 0.0)
    })
}

/// The begin or end of a stretch of time that may lie on another day.
fn stretch_end(workbench: &Workbench, time: SimTime) -> String {
    workbench.document.as_ref().map_or_else(String::new, |one| {
        let instant = one.twin().epoch.instant(time);
        let zoned = instant.to_zoned_datetime(workbench.zone.clone());
        zoned.strftime("%a %H:%M").to_string()
    })
}

/// The instant of the log from which to look ahead.
fn from_ui(ui: &mut Ui, workbench: &Workbench, commands: &mut Vec<Command>) {
    let log = &workbench.flow.log;
    let Some(reading) = &log.reading else { return };
    let whole = reading.outcome.begin.as_seconds()..=reading.outcome.end.as_seconds();
    let before = log.ahead.from.unwrap_or(*whole.end());
    let mut from = before;
    ui.label("From");
    ui.spacing_mut().slider_width = theme::GRID * 30.0;
    let slider = egui::Slider::new(&mut from, whole)
        .step_by(60.0)
        .custom_formatter(|time, _| instant(workbench, time));
    let doc = "Any instant of the log; where the log goes on, what it says stands beside what the twin expected";
    ui.add(slider).on_hover_text(doc);
    if (from - before).abs() > 0.0 {
        commands.push(EventLogCommand::GoOnAt(from).into());
    }
}

fn ahead_line_ui(ui: &mut Ui, line: &AheadLine, tokens: &Tokens) {
    ui.horizontal(|ui| {
        cell(ui, NAME, |ui| {
            ui.label(&line.name);
        });
        widgets::number(ui, &format!("{} items come out", line.mean), tokens.what_if);
        let text = format!("{} in single simulations", line.range);
        widgets::number(ui, &text, tokens.text_weak);
        if let Some(logged) = line.logged {
            widgets::number(ui, &format!("the log says {logged}"), tokens.text);
        }
    });
    if let Some(why) = &line.why {
        ui.horizontal(|ui| {
            ui.add_space(NAME + ui.spacing().item_spacing.x);
            let doc = "What stands still on the way for a quarter of the time or more";
            // It wraps within the columns of the numbers.
            ui.vertical(|ui| widgets::caption(ui, why, tokens).on_hover_text(doc));
        });
    }
}
