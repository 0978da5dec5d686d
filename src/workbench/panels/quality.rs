//! The data-quality panel and the panel of sources.

use egui::{RichText, Sense, Ui, Vec2, pos2};

use super::theme::{self, Tokens};
use super::widgets::{self, cell};
use crate::live::{Health, PublisherReport, SourceReport, VerdictSpan};
use crate::telemetry::Flag;
use crate::workbench::view::command::{OnboardingCommand, SelectCommand, TelemetryCommand};
use crate::workbench::view::quality::{self, AsideRow, ChannelRow, QualityView};
use crate::workbench::view::{Command, Workbench};

/// Widths of the columns of numbers [points].
const NUMBER: f32 = 64.0;
/// Width of the column of names [points].
const NAME: f32 = 120.0;
/// Most samples kept aside that are listed.
const MOST_LISTED: usize = 200;

/// Mark and colour of a health; its word stands beside it.
fn mark(health: Health, tokens: &Tokens) -> (&'static str, egui::Color32) {
    match health {
        Health::Unknown => ("○", tokens.text_weak),
        Health::Good => ("✔", tokens.healthy),
        Health::Suspect => ("⚠", tokens.warning),
        Health::Failing => ("⊗", tokens.alarm),
        Health::Silent => ("◌", tokens.alarm),
    }
}

/// Draws the quality of every channel and what is kept aside.
pub fn quality_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let Some(view) = quality::view(workbench) else {
        let text = "Samples, what was thought of them and why are shown here";
        let offer = OnboardingCommand::Begin.into();
        widgets::empty_state(ui, workbench, text, Some(offer), commands);
        return;
    };
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            header_ui(ui, tokens);
            for row in &view.channels {
                channel_ui(ui, row, &view, workbench, tokens, commands);
            }
            ui.add_space(theme::GRID);
            aside_ui(ui, &view.aside, tokens, commands);
        });
}

fn header_ui(ui: &mut Ui, tokens: &Tokens) {
    ui.horizontal(|ui| {
        for (width, name, doc) in [
            (NAME, "channel", "Its id in the document"),
            (NUMBER + 16.0, "health", "How it is doing now"),
            (NUMBER, "passed", "Part of the samples that broke no rule"),
            (NUMBER, "complete", "Part of the expected samples that came"),
            (NUMBER, "last", "Time since the last accepted sample"),
            (NUMBER, "lag", "Time from measurement to reception"),
        ] {
            cell(ui, width, |ui| {
                widgets::caption(ui, name, tokens).on_hover_text(doc);
            });
        }
        widgets::caption(ui, "what failed, and when", tokens);
    });
}

fn channel_ui(
    ui: &mut Ui,
    row: &ChannelRow,
    view: &QualityView,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        cell(ui, NAME, |ui| {
            let button = egui::Button::new(&row.name).frame_when_inactive(false);
            let response = ui.add(button);
            let variable = workbench.document.as_ref().and_then(|document| {
                let channel = document.twin().channels.get(row.channel)?;
                document.variables().find(&channel.variable)
            });
            if response
                .on_hover_text("Select what it measures or drives")
                .clicked()
                && let Some(variable) = variable
            {
                commands.push(SelectCommand::Variable(variable).into());
            }
        });
        let (mark, colour) = mark(row.health, tokens);
        cell(ui, NUMBER + 16.0, |ui| {
            let text = format!("{mark} {}", row.health.word());
            let response = ui.label(RichText::new(text).color(colour));
            if !row.why.is_empty() {
                response.on_hover_text(&row.why);
            }
        });
        for text in [&row.pass_rate, &row.completeness, &row.freshness, &row.lag] {
            cell(ui, NUMBER, |ui| {
                widgets::number(ui, text, tokens.text);
            });
        }
        timeline_ui(ui, row, view, workbench, tokens);
    });
}

fn span_colour(flag: Flag, tokens: &Tokens) -> egui::Color32 {
    match flag {
        Flag::Good => theme::faded(tokens.healthy, 0.5),
        Flag::NotEvaluated => theme::faded(tokens.text_weak, 0.4),
        Flag::Suspect => tokens.warning,
        Flag::Fail => tokens.alarm,
        Flag::Missing => tokens.line,
    }
}

/// Verdicts over time: a bar whose height tells the flag as well as its colour.
fn timeline_ui(
    ui: &mut Ui,
    row: &ChannelRow,
    view: &QualityView,
    workbench: &Workbench,
    tokens: &Tokens,
) {
    let width = ui.available_width().max(40.0) - theme::GRID;
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(width, theme::ROW - 8.0), Sense::hover());
    let (from, to) = view.span;
    let x = |time: f64| rect.left() + ((time - from) / (to - from)) as f32 * rect.width();
    let painter = ui.painter().with_clip_rect(rect);
    for span in &row.timeline {
        let (left, right) = (x(span.from.as_seconds()), x(span.to.as_seconds()));
        let height = match span.flag {
            Flag::Good => 0.3,
            Flag::NotEvaluated | Flag::Missing => 0.15,
            Flag::Suspect => 0.65,
            Flag::Fail => 1.0,
        };
        let bar = egui::Rect::from_min_max(
            pos2(left, rect.bottom() - rect.height() * height),
            pos2(right.max(left + 1.5), rect.bottom()),
        );
        painter.rect_filled(bar, 0.0, span_colour(span.flag, tokens));
    }
    let label = format!("What failed on {}", row.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, &label));
    let Some(position) = response.hover_pos() else {
        return;
    };
    let time = from + f64::from((position.x - rect.left()) / rect.width()) * (to - from);
    let pointed = row
        .timeline
        .iter()
        .rev()
        .find(|span| span.from.as_seconds() <= time);
    if let Some(span) = pointed {
        response.on_hover_text(span_text(span, workbench));
    }
}

fn span_text(span: &VerdictSpan, workbench: &Workbench) -> String {
    let clock =
        |time| crate::workbench::view::status::clock_text(workbench, time).unwrap_or_default();
    let why = if span.rules.is_empty() {
        String::new()
    } else {
        format!(" ({})", span.rules)
    };
    let samples = match span.samples {
        1 => "1 sample".to_owned(),
        count => format!("{count} samples"),
    };
    format!(
        "{}{why}\n{} to {}\n{samples}",
        span.flag,
        clock(span.from),
        clock(span.to),
    )
}

fn aside_ui(ui: &mut Ui, aside: &[AsideRow], tokens: &Tokens, commands: &mut Vec<Command>) {
    if aside.is_empty() {
        widgets::caption(ui, "Nothing is kept aside", tokens);
        return;
    }
    ui.horizontal(|ui| {
        widgets::caption(ui, &format!("Kept aside: {}", aside.len()), tokens)
            .on_hover_text("Nothing is thrown away: the store has every sample with its reason");
        let waiting: Vec<u64> = aside
            .iter()
            .filter(|row| row.can_release)
            .map(|row| row.sequence)
            .collect();
        if !waiting.is_empty()
            && ui
                .small_button(format!("Release all {} in quarantine", waiting.len()))
                .on_hover_text("Let them take part from here on")
                .clicked()
        {
            commands.push(TelemetryCommand::Release(waiting).into());
        }
    });
    for row in aside.iter().take(MOST_LISTED) {
        ui.horizontal(|ui| {
            cell(ui, NAME, |ui| {
                ui.label(&row.channel);
            });
            cell(ui, NUMBER + 16.0, |ui| {
                widgets::number(ui, &row.time, tokens.text_weak);
            });
            cell(ui, NUMBER * 1.5, |ui| {
                widgets::number(ui, &row.value, tokens.text);
            });
            ui.label(RichText::new(row.rules.to_string()).color(tokens.text_weak));
            if row.can_release
                && ui
                    .small_button("Release")
                    .on_hover_text("Let it take part from here on")
                    .clicked()
            {
                commands.push(TelemetryCommand::Release(vec![row.sequence]).into());
            }
        });
    }
    if aside.len() > MOST_LISTED {
        widgets::caption(
            ui,
            &format!("and {} older", aside.len() - MOST_LISTED),
            tokens,
        );
    }
}

/// Draws the sources, the publishers and the store.
pub fn sources_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let state = workbench.record.telemetry();
    let Some(state) = state.filter(|state| !state.sources.is_empty()) else {
        let text = "Live sources are shown here: brokers, files that grow, programs. \
                    This twin replays a file; its document can name sources";
        let offer = OnboardingCommand::Begin.into();
        widgets::empty_state(ui, workbench, text, Some(offer), commands);
        return;
    };
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            for source in &state.sources {
                source_ui(ui, source, tokens, commands);
            }
            if !state.publishers.is_empty() {
                ui.add_space(theme::GRID);
                widgets::caption(ui, "Publishing", tokens);
            }
            for publisher in &state.publishers {
                publisher_ui(ui, publisher, tokens);
            }
            if let Some(store) = &state.store {
                ui.add_space(theme::GRID);
                widgets::caption(ui, "Store", tokens);
                ui.label(format!(
                    "{} samples, {:.1}\u{202f}MB",
                    store.samples,
                    store.bytes as f64 / 1e6
                ))
                .on_hover_text(&store.folder);
            }
        });
}

fn publisher_ui(ui: &mut Ui, publisher: &PublisherReport, tokens: &Tokens) {
    ui.horizontal(|ui| {
        let (mark, colour) = mark(publisher.health, tokens);
        ui.label(RichText::new(mark).color(colour))
            .on_hover_text(publisher.health.word());
        ui.label(RichText::new(&publisher.id).color(tokens.text).strong());
        ui.label(RichText::new(&publisher.kind).color(tokens.text_weak));
    });
    ui.indent(("publisher", &publisher.id), |ui| {
        ui.label(RichText::new(&publisher.doing).color(tokens.text_weak));
        let mut text = format!("{} published", publisher.published);
        if publisher.waiting > 0 {
            text.push_str(&format!(", {} waiting", publisher.waiting));
        }
        if publisher.reconnects > 0 {
            text.push_str(&format!(", {} reconnects", publisher.reconnects));
        }
        widgets::caption(ui, &text, tokens);
        if publisher.dropped > 0 {
            let text = format!("⚠ {} dropped", publisher.dropped);
            ui.label(RichText::new(text).color(tokens.warning))
                .on_hover_text(&publisher.last_problem);
        }
    });
}

fn source_ui(ui: &mut Ui, source: &SourceReport, tokens: &Tokens, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let (mark, colour) = mark(source.health, tokens);
        ui.label(RichText::new(mark).color(colour))
            .on_hover_text(source.health.word());
        ui.label(RichText::new(&source.id).color(tokens.text).strong());
        ui.label(RichText::new(&source.kind).color(tokens.text_weak));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let (text, hint) = if source.paused {
                ("Connect", "Receive from it again")
            } else {
                (
                    "Pause",
                    "Receive nothing from it until it is connected again",
                )
            };
            if ui.small_button(text).on_hover_text(hint).clicked() {
                commands.push(
                    TelemetryCommand::PauseSource {
                        id: source.id.clone(),
                        paused: !source.paused,
                    }
                    .into(),
                );
            }
        });
    });
    ui.indent(("source", &source.id), |ui| {
        ui.label(RichText::new(&source.doing).color(tokens.text_weak));
        let mut text = format!("{} messages", source.received);
        if source.reconnects > 0 {
            text.push_str(&format!(", {} reconnects", source.reconnects));
        }
        widgets::caption(ui, &text, tokens);
        if source.undecodable > 0 {
            let text = format!("⚠ {} not understood", source.undecodable);
            ui.label(RichText::new(text).color(tokens.warning))
                .on_hover_text(&source.last_problem);
        }
    });
}
