//! The panels: egui only, no Bevy.
//!
//! Every panel reads the workbench and pushes [`Command`]s; it changes nothing
//! itself, so egui may call it more than once a frame. [`workbench_ui`] draws
//! them all, for the window and for `counterpart render` alike.

mod contingency;
#[cfg(test)]
mod contingency_tests;
mod dock;
mod event_log;
#[cfg(test)]
mod event_log_tests;
mod flow;
#[cfg(test)]
mod flow_tests;
mod inspector;
mod keys;
mod log;
mod long_section;
mod map_frame;
mod onboarding;
#[cfg(test)]
mod onboarding_tests;
mod overlays;
mod plot_axis;
mod plot_legend;
mod plots;
mod quality;
mod start_page;
#[cfg(test)]
mod start_page_tests;
mod states;
mod status_bar;
#[cfg(test)]
mod tests;
pub mod theme;
mod time_axis;
mod timeline;
mod top_bar;
mod tree;
mod viewport;
mod what_if;
mod widgets;
mod zones;

use egui::{Context, Frame, Id, LayerId, Margin, Panel, Ui, UiBuilder};

use self::dock::{Docking, Tiling};
use self::theme::Tokens;
use crate::workbench::view::command::{
    AppCommand, EventLogCommand, LayoutCommand, OnboardingCommand,
};
use crate::workbench::view::dock::Pane;
use crate::workbench::view::{Command, Workbench};

/// Draws everything but the 3D scene, whose picture is `viewport`. What people
/// do is pushed onto `commands`, to be given to
/// [`Workbench::apply`] after the frame.
pub fn workbench_ui(
    ctx: &Context,
    workbench: &Workbench,
    viewport: Option<egui::TextureId>,
    commands: &mut Vec<Command>,
) {
    let mut ui = Ui::new(
        ctx.clone(),
        Id::new("workbench"),
        UiBuilder::new()
            .layer_id(LayerId::background())
            .max_rect(ctx.content_rect()),
    );
    workbench_in(&mut ui, workbench, viewport, commands);
}

/// As [`workbench_ui`], into a part of another ui.
pub fn workbench_in(
    ui: &mut Ui,
    workbench: &Workbench,
    viewport: Option<egui::TextureId>,
    commands: &mut Vec<Command>,
) {
    let ctx = ui.ctx().clone();
    let theme = workbench.settings.theme;
    theme::install(&ctx, theme);
    theme::prepare_letters(&ctx);
    let tokens = theme::tokens(theme);
    keys::listen(&ctx, workbench, commands);
    let bar = Frame::new()
        .fill(tokens.panel)
        .inner_margin(Margin::symmetric(8, 0));
    Panel::top("top bar")
        .exact_size(theme::TOP_BAR)
        .frame(bar)
        .show(ui, |ui| {
            top_bar::top_bar_ui(ui, workbench, tokens, commands);
        });
    Panel::bottom("status bar")
        .exact_size(theme::STATUS_BAR)
        .frame(bar)
        .show(ui, |ui| {
            status_bar::status_bar_ui(ui, workbench, tokens, commands);
        });
    let whole = Frame::new().fill(tokens.panel);
    egui::CentralPanel::default().frame(whole).show(ui, |ui| {
        if workbench.shows_start_page() {
            start_page::start_page_ui(ui, workbench, tokens, commands);
        } else if workbench.document.is_none() {
            start_page::opening_ui(ui, workbench, tokens);
        } else {
            dock_ui(ui, workbench, viewport, tokens, commands);
        }
    });
    overlays::overlays_ui(&ctx, workbench, tokens, commands);
    dropped_files(&ctx, workbench, commands);
}

/// Draws the docked panels.
fn dock_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    viewport: Option<egui::TextureId>,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let id = Id::new("tiling");
    let mut tiling = ui
        .data(|data| data.get_temp::<Tiling>(id))
        .filter(|tiling| tiling.is_of(&workbench.layout))
        .unwrap_or_else(|| Tiling::new(&workbench.layout));
    let mut draw = |ui: &mut Ui, pane: Pane| {
        pane_ui(ui, pane, workbench, viewport, tokens, commands);
    };
    let mut docking = Docking {
        draw: &mut draw,
        tokens,
    };
    tiling.tree.ui(&mut docking, ui);
    let dragging = ui.input(|input| input.pointer.any_down());
    let news = tiling.news(dragging);
    ui.data_mut(|data| data.insert_temp(id, tiling));
    if let Some(news) = news {
        commands.push(LayoutCommand::Arrange(news).into());
    }
}

fn pane_ui(
    ui: &mut Ui,
    pane: Pane,
    workbench: &Workbench,
    viewport: Option<egui::TextureId>,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let frame = Frame::new().fill(tokens.panel).inner_margin(match pane {
        Pane::Scene => Margin::ZERO,
        Pane::Plots => Margin {
            left: 0,
            right: 28,
            top: 0,
            bottom: 4,
        },
        _ => Margin::symmetric(8, 4),
    });
    frame.show(ui, |ui| {
        // A panel keeps its size whatever it holds.
        ui.set_min_size(ui.available_size());
        match pane {
            Pane::Assets => tree::tree_ui(ui, workbench, tokens, commands),
            Pane::Scene => viewport::viewport_ui(ui, workbench, viewport, tokens, commands),
            Pane::Inspector => inspector::inspector_ui(ui, workbench, tokens, commands),
            Pane::WhatIf => what_if::what_if_ui(ui, workbench, tokens, commands),
            Pane::Plots => plots::plots_ui(ui, workbench, tokens, commands),
            Pane::Log => log::log_ui(ui, workbench, tokens, commands),
            Pane::Quality => quality::quality_ui(ui, workbench, tokens, commands),
            Pane::Sources => quality::sources_ui(ui, workbench, tokens, commands),
            Pane::LongSection => {
                long_section::long_section_ui(ui, workbench, tokens, commands);
            }
            Pane::Zones => zones::zones_ui(ui, workbench, tokens, commands),
            Pane::Flow => flow::flow_ui(ui, workbench, tokens, commands),
            Pane::States => states::states_ui(ui, workbench, tokens, commands),
            Pane::EventLog => event_log::event_log_ui(ui, workbench, tokens, commands),
        }
    });
}

/// A document dropped on the window is opened. A table is replayed beside the
/// twin, or looked at by the wizard where nothing can replay it. Beside a line it
/// may be an event log, which who reads it finds out.
fn dropped_files(ctx: &Context, workbench: &Workbench, commands: &mut Vec<Command>) {
    let paths: Vec<std::path::PathBuf> = ctx.input(|input| {
        input
            .raw
            .dropped_files
            .iter()
            .map(|file| file.path().to_owned())
            .collect()
    });
    for path in paths {
        let ending = path
            .extension()
            .map(|one| one.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let is_replayed = ending == "csv"
            && workbench.document.is_some()
            && workbench.onboarding.wizard.is_none();
        let is_line = workbench.flow.plan.is_some() && workbench.onboarding.wizard.is_none();
        commands.push(match ending.as_str() {
            "csv" | "parquet" if is_line => EventLogCommand::Dropped(path).into(),
            "xes" => EventLogCommand::Dropped(path).into(),
            "csv" if is_replayed => AppCommand::OpenTelemetryAt(path).into(),
            "csv" | "tsv" | "txt" | "parquet" => OnboardingCommand::FileAt(path).into(),
            _ => AppCommand::OpenPath(path).into(),
        });
    }
}
