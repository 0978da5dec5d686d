//! The panels, tested without a GPU or a window: found by label as a screen
//! reader finds them, clicked, typed into, and asked what they sent.

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{theme, workbench_in};
use crate::live::Severity;
use crate::workbench::view::command::{
    AppCommand, EditCommand, LayoutCommand, PlotCommand, SelectCommand, TimeCommand, ViewCommand,
    WhatIfCommand,
};
use crate::workbench::view::dock::Pane;
use crate::workbench::view::selection::Selected;
use crate::workbench::view::settings::Theme;
use crate::workbench::view::test_support::running_workbench;
use crate::workbench::view::time_control::TimeMode;
use crate::workbench::view::what_if::Shown;
use crate::workbench::view::{Command, Effect, Workbench};

/// A workbench with its panels: commands are applied after each frame, as the app does.
pub(super) struct Desk {
    pub(super) workbench: Workbench,
    pub(super) commands: Vec<Command>,
    pub(super) effects: Vec<Effect>,
}

pub(super) fn desk_of(workbench: Workbench, width: f32, height: f32) -> Harness<'static, Desk> {
    let desk = Desk {
        workbench,
        commands: Vec::new(),
        effects: Vec::new(),
    };
    let mut harness = Harness::builder()
        .with_size(vec2(width, height))
        .with_max_steps(64)
        .build_ui_state(
            |ui, desk: &mut Desk| {
                let mut commands = Vec::new();
                workbench_in(ui, &desk.workbench, None, &mut commands);
                for command in commands {
                    desk.commands.push(command.clone());
                    desk.effects.extend(desk.workbench.apply(command));
                }
            },
            desk,
        );
    harness.run_steps(4);
    harness
}

fn desk() -> Harness<'static, Desk> {
    desk_of(running_workbench(), 1280.0, 720.0)
}

pub(super) fn sent(harness: &Harness<'_, Desk>, command: impl Into<Command>) -> bool {
    let command = command.into();
    harness.state().commands.contains(&command)
}

pub(super) fn press(harness: &mut Harness<'_, Desk>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

pub(super) fn click(harness: &mut Harness<'_, Desk>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

#[test]
fn every_panel_is_there_at_first() {
    let harness = desk();
    for label in [
        "Twin menu",
        "Play or pause",
        "Speed",
        "Filter assets",
        "3D scene",
        "Timeline",
        "Plot of Sensor 1 reading",
        "Plot of Supply 1 command",
        "Show or hide the log",
        "Command palette",
    ] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    assert!(harness.query_by_label("Inspector").is_some(), "a tab");
}

#[test]
fn the_window_is_drawn_without_repainting_for_ever() {
    let mut harness = desk();
    harness.state_mut().commands.clear();
    harness.run_steps(5);
    assert!(
        harness.state().commands.is_empty(),
        "{:?}",
        harness.state().commands
    );
}

#[test]
fn play_is_a_button_and_the_space_bar() {
    let mut harness = desk();
    click(&mut harness, "Play or pause");
    assert_eq!(
        harness.state().workbench.time.mode(),
        TimeMode::FollowingNow
    );
    assert!(harness.query_by_label("REPLAY").is_some());
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert_eq!(harness.state().workbench.time.mode(), TimeMode::Paused);
}

#[test]
fn clicking_an_asset_in_the_tree_fills_the_inspector() {
    let mut harness = desk();
    assert!(harness.query_by_label_contains("Select an asset").is_some());
    click(&mut harness, "Sensor 1");
    let sensor = harness.state().workbench.asset("sensor_1");
    assert!(sent(&harness, SelectCommand::Asset(sensor)));
    for text in [
        "30.5\u{202f}°C",
        "30.0\u{202f}°C",
        "+0.50\u{202f}K",
        "Recent residuals",
        "linked to",
    ] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    let mentions = harness.query_all_by_label("Heater 1").count();
    assert_eq!(mentions, 2, "in the tree and among the links");
}

#[test]
fn typing_into_the_filter_narrows_the_tree() {
    let mut harness = desk();
    harness.get_by_label("Filter assets").focus();
    harness.run_steps(2);
    harness.get_by_label("Filter assets").type_text("snsr");
    harness.run_steps(3);
    assert!(harness.query_by_label("Sensor 1").is_some());
    assert!(harness.query_by_label("Heater 2").is_none());
}

#[test]
fn a_parameter_is_typed_with_another_unit() {
    let mut harness = desk();
    click(&mut harness, "Heater 1");
    let field = harness
        .get_all_by_label("heat capacity")
        .last()
        .expect("a field");
    field.click();
    harness.run_steps(3);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("0.0075 kJ/K".to_owned()));
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let capacity = harness.state().workbench.variable("heater_1.heat_capacity");
    let document = harness.state().workbench.document.as_ref().expect("open");
    let value = document.parameter(capacity).expect("stated");
    assert!(
        (value - 7.5).abs() < 1e-9,
        "{value}, {:?}",
        harness.state().commands
    );
    assert!(
        harness
            .state()
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Live(_)))
    );
}

#[test]
fn what_cannot_be_read_is_told_and_changes_nothing() {
    let mut harness = desk();
    click(&mut harness, "Heater 1");
    let field = harness
        .get_all_by_label("heat capacity")
        .last()
        .expect("a field");
    field.click();
    harness.run_steps(3);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("warm".to_owned()));
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.state().workbench.log.toasts().next().is_some());
    assert!(!harness.state().workbench.undo.can_undo());
}

#[test]
fn a_what_if_is_asked_marked_and_taken_back() {
    let mut harness = desk();
    click(&mut harness, "Show the what-if panel");
    assert!(sent(&harness, LayoutCommand::Reveal(Pane::WhatIf)));
    click(&mut harness, "Controls of Supply 1");
    harness.get_by_label("What if command of Supply 1").click();
    harness.run_steps(3);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("80 %".to_owned()));
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let command = harness.state().workbench.variable("power_1.command");
    let change = harness
        .state()
        .workbench
        .what_if
        .change_set
        .changes
        .get(&command)
        .copied();
    assert!(
        change.is_some_and(|value| (value - 0.8).abs() < 1e-9),
        "{change:?}"
    );
    assert_eq!(harness.state().workbench.what_if.shown, Shown::WhatIf);
    assert!(harness.query_all_by_label("Show B").next().is_some());
    assert!(
        harness
            .query_by_label_contains("older than its inputs")
            .is_some()
    );
    press(&mut harness, Modifiers::NONE, Key::B);
    assert_eq!(harness.state().workbench.what_if.shown, Shown::Base);
    click(&mut harness, "Reset command of Supply 1");
    assert!(harness.state().workbench.what_if.change_set.is_empty());
}

#[test]
fn a_what_if_value_is_scrubbed_by_dragging() {
    let mut harness = desk();
    click(&mut harness, "Show the what-if panel");
    click(&mut harness, "Controls of Supply 1");
    let start = harness
        .get_by_label("What if command of Supply 1")
        .rect()
        .center();
    harness.drag_at(start);
    harness.run_steps(2);
    for step in 1..10 {
        harness.hover_at(start + vec2(8.0 * step as f32, 0.0));
        harness.run_steps(1);
    }
    harness.drop_at(start + vec2(80.0, 0.0));
    harness.run_steps(3);
    let workbench = &harness.state().workbench;
    let command = workbench.variable("power_1.command");
    assert!(
        workbench
            .what_if
            .change_set
            .changes
            .get(&command)
            .is_some_and(|value| *value > 0.0)
    );
    assert!(sent(&harness, WhatIfCommand::EndScrub));
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(
        harness.state().workbench.what_if.change_set.is_empty(),
        "one step of undo"
    );
}

#[test]
fn the_palette_opens_finds_and_runs() {
    let mut harness = desk();
    press(&mut harness, Modifiers::COMMAND, Key::K);
    assert!(harness.query_by_label("Search commands").is_some());
    harness.event(egui::Event::Text("heater 2".to_owned()));
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let heater = harness.state().workbench.asset("heater_2");
    assert_eq!(
        harness.state().workbench.selection.selected(),
        Selected::Asset(heater)
    );
    assert!(harness.query_by_label("Search commands").is_none());
}

#[test]
fn letters_typed_into_the_palette_are_no_shortcuts() {
    let mut harness = desk();
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.state_mut().commands.clear();
    harness.key_press(Key::F);
    harness.event(egui::Event::Text("f".to_owned()));
    harness.run_steps(3);
    assert!(!sent(&harness, ViewCommand::FrameAll));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.state().workbench.palette.is_none());
}

#[test]
fn the_shortcut_sheet_lists_every_command_with_keys() {
    let mut harness = desk();
    press(&mut harness, Modifiers::NONE, Key::F1);
    for command in Command::catalogue() {
        let description = command.description().expect("a plain command");
        if description.shortcut.is_some() {
            assert!(
                harness
                    .query_all_by_label(description.name)
                    .next()
                    .is_some(),
                "{}",
                description.name
            );
        }
    }
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!harness.state().workbench.shortcut_sheet);
}

#[test]
fn clicking_a_plot_moves_the_cursor() {
    let mut harness = desk();
    let plot = harness.get_by_label("Plot of Sensor 1 reading").rect();
    let at = egui::pos2(plot.left() + 0.1 * plot.width(), plot.center().y);
    harness.hover_at(at);
    harness.run_steps(2);
    harness.drag_at(at);
    harness.run_steps(1);
    harness.drop_at(at);
    harness.run_steps(3);
    // The plot shows 0 s to 80 s.
    let cursor = harness.state().workbench.time.cursor().as_seconds();
    assert!((cursor - 8.0).abs() < 0.5, "{cursor}");
    assert!(!harness.state().workbench.time.is_at_now());
    assert!(
        harness.query_by_label_contains("ago").is_some(),
        "says how far from now"
    );
}

#[test]
fn scrolling_over_a_plot_zooms_about_the_pointer() {
    let mut harness = desk();
    let plot = harness.get_by_label("Plot of Sensor 1 reading").rect();
    harness.hover_at(plot.center());
    harness.run_steps(2);
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 80.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(6);
    let (from, to) = crate::workbench::view::plot::range(&harness.state().workbench);
    assert!(from > 0.0 && to < 80.0, "{from} … {to}");
    assert!(((from + to) / 2.0 - 40.0).abs() < 1.0, "{from} … {to}");
}

#[test]
fn the_scene_turns_the_pointer_into_commands() {
    let mut harness = desk();
    let scene = harness.get_by_label("3D scene").rect();
    harness.hover_at(scene.center());
    harness.run_steps(2);
    harness.state_mut().commands.clear();
    harness.drag_at(scene.center());
    harness.run_steps(1);
    harness.hover_at(scene.center() + vec2(40.0, 10.0));
    harness.run_steps(1);
    harness.drop_at(scene.center() + vec2(40.0, 10.0));
    harness.run_steps(2);
    let orbited = harness
        .state()
        .commands
        .iter()
        .any(|command| matches!(command, Command::ViewCommand(ViewCommand::Orbit { dx, .. }) if *dx > 0.0));
    assert!(orbited, "{:?}", harness.state().commands);
    let picked = |harness: &Harness<'_, Desk>| {
        harness
            .state()
            .commands
            .iter()
            .any(|command| matches!(command, Command::ViewCommand(ViewCommand::Pick(_))))
    };
    assert!(!picked(&harness), "a drag is no click");
    harness.get_by_label("3D scene").click();
    harness.run_steps(2);
    assert!(picked(&harness));
}

#[test]
fn panels_are_hidden_shown_and_put_back() {
    let mut harness = desk();
    press(&mut harness, Modifiers::ALT, Key::P);
    assert!(harness.query_by_label("Timeline").is_none());
    press(&mut harness, Modifiers::ALT, Key::L);
    assert!(harness.query_by_label("Log").is_some());
    harness
        .state_mut()
        .workbench
        .apply(LayoutCommand::Reset.into());
    harness.run_steps(3);
    assert!(harness.query_by_label("Timeline").is_some());
    assert!(harness.state().effects.contains(&Effect::StoreLayout));
}

#[test]
fn an_empty_window_offers_what_would_fill_it() {
    let mut harness = desk_of(Workbench::default(), 1280.0, 720.0);
    assert!(harness.query_by_label("Import EPANET…").is_some());
    assert!(harness.query_by_label("Play or pause").is_none());
    let first = harness
        .get_all_by_label("Open twin…")
        .next()
        .expect("offered");
    first.click();
    harness.run_steps(3);
    assert!(harness.state().effects.contains(&Effect::ChooseTwin));
}

#[test]
fn what_cannot_be_done_is_dimmed() {
    let harness = desk();
    let follow = harness.get_by_label("Follow now");
    assert!(
        follow.accesskit_node().is_disabled(),
        "now is shown already"
    );
}

#[test]
fn a_toast_is_dismissed() {
    let mut harness = desk();
    harness
        .state_mut()
        .workbench
        .log
        .say(Severity::Error, "Document", "The disk is full", false);
    harness.run_steps(3);
    assert!(harness.query_by_label("The disk is full").is_some());
    click(&mut harness, "Dismiss");
    assert!(harness.query_by_label("The disk is full").is_none());
    assert!(harness.query_by_label("Show or hide the log").is_some());
}

#[test]
fn unsaved_edits_are_asked_about() {
    let mut harness = desk();
    let capacity = harness.state().workbench.variable("heater_1.heat_capacity");
    harness.state_mut().workbench.apply(
        EditCommand::SetParameter {
            variable: capacity,
            value: 7.0,
        }
        .into(),
    );
    press(&mut harness, Modifiers::COMMAND, Key::Q);
    assert!(
        harness
            .query_by_label("Save the changes to tclab?")
            .is_some()
    );
    click(&mut harness, "Discard changes");
    assert!(harness.state().effects.contains(&Effect::Quit));
}

#[test]
fn what_is_seen_is_exported_by_key() {
    let mut harness = desk();
    harness.state_mut().commands.clear();
    press(&mut harness, Modifiers::COMMAND, Key::E);
    assert!(sent(&harness, PlotCommand::ExportCsv));
    assert!(
        harness
            .state()
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::SaveText { .. }))
    );
}

#[test]
fn nothing_is_cut_off_in_either_theme_at_either_size() {
    for theme in [Theme::Dark, Theme::Light] {
        for (width, height) in [(1280.0, 720.0), (1920.0, 1080.0)] {
            let mut workbench = running_workbench();
            workbench.settings.theme = theme;
            let sensor = workbench.asset("sensor_1");
            workbench.apply(SelectCommand::Asset(sensor).into());
            let harness = desk_of(workbench, width, height);
            for label in [
                "Twin menu",
                "Play or pause",
                "Command palette",
                "Show or hide the log",
                "Plot of Supply 1 command",
                "Export what is seen as CSV…",
                "Residual strip of Sensor 1 reading",
                "time constant",
                "linked to",
            ] {
                for node in harness.get_all_by_label(label) {
                    let place = node.rect();
                    assert!(
                        place.left() >= 0.0
                            && place.top() >= 0.0
                            && place.right() <= width
                            && place.bottom() <= height,
                        "{theme:?} {width}×{height}: {label} at {place:?}"
                    );
                }
            }
            let top = harness.get_by_label("Follow now").rect();
            let palette = harness.get_by_label("Command palette").rect();
            assert!(top.right() < palette.left(), "the top bar overlaps");
        }
    }
}

#[test]
fn every_sign_the_panels_write_is_in_the_fonts() {
    let context = egui::Context::default();
    theme::install(&context, Theme::Dark);
    // Fonts come with the pass after the one in which they are set.
    for _ in 0..2 {
        context
            .run_ui(egui::RawInput::default(), |_| {})
            .textures_delta
            .clear();
    }
    let signs = "⏮⏪⏸▶⏩⏭⏵⏷●•⚠ℹ⊗✔⏳⟲✖🔍🏠±−×…·–—°“”→←↑↓⁻¹²³⁴⁵⁶⁷⁸⁹⁰\u{202f}\u{2009}ΩµΔ";
    // A sign that no font has is drawn as the one drawn for a code point
    // that means nothing.
    let picture = |font: &egui::FontId, sign: char| {
        context.fonts_mut(|fonts| {
            let galley = fonts.layout_no_wrap(sign.to_string(), font.clone(), egui::Color32::WHITE);
            let glyph = galley.rows[0].glyphs[0];
            (glyph.uv_rect.min, glyph.uv_rect.max)
        })
    };
    let mut missing = Vec::new();
    for font in [theme::small_font(), theme::number_font()] {
        let none = picture(&font, '\u{10fffd}');
        missing.extend(signs.chars().filter(|sign| picture(&font, *sign) == none));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn keys_reach_the_time_controls() {
    let mut harness = desk();
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    assert!(sent(&harness, TimeCommand::StepBack));
    press(&mut harness, Modifiers::NONE, Key::End);
    assert!(sent(&harness, TimeCommand::FollowNow));
    press(&mut harness, Modifiers::SHIFT, Key::F);
    assert!(
        !sent(&harness, ViewCommand::FrameAll),
        "Shift+F frames the selection"
    );
    press(&mut harness, Modifiers::NONE, Key::F);
    assert!(sent(&harness, ViewCommand::FrameAll));
    press(
        &mut harness,
        Modifiers::COMMAND.plus(Modifiers::SHIFT),
        Key::L,
    );
    assert_eq!(harness.state().workbench.settings.theme, Theme::Light);
    assert!(sent(&harness, AppCommand::ToggleTheme));
}

fn network_desk() -> Harness<'static, Desk> {
    let mut workbench = crate::workbench::view::network::test_support::running_workbench();
    workbench.viewport.map = Some(crate::workbench::view::network::map::MapFrame {
        bar: 100.0,
        bar_text: "200 m".to_owned(),
        north: [0.0, -0.8],
        heights: 3.0,
        automatic: true,
    });
    desk_of(workbench, 1280.0, 720.0)
}

/// Selects an asset and presses keys of commands.
fn at_asset(harness: &mut Harness<'_, Desk>, id: &str, modifiers: Modifiers, key: Key) {
    let asset = harness.state().workbench.asset(id);
    let workbench = &mut harness.state_mut().workbench;
    workbench.apply(SelectCommand::Asset(asset).into());
    harness.run_steps(2);
    press(harness, modifiers, key);
}

#[test]
fn two_keys_make_a_long_section() {
    let mut harness = network_desk();
    at_asset(&mut harness, "a", Modifiers::SHIFT, Key::S);
    assert!(
        harness
            .query_by_label_contains("The section begins at A")
            .is_some(),
        "asks for the other end"
    );
    at_asset(&mut harness, "c", Modifiers::NONE, Key::S);
    assert!(harness.query_by_label("A – C").is_some());
    click(&mut harness, "Turn the long section round");
    assert!(harness.query_by_label("C – A").is_some());
    at_asset(&mut harness, "tower", Modifiers::NONE, Key::S);
    assert!(
        harness
            .query_by_label_contains("No open way leads from C to Tower")
            .is_some()
    );
}

#[test]
fn zones_are_listed_and_lead_to_their_nodes() {
    let mut harness = network_desk();
    press(&mut harness, Modifiers::NONE, Key::Z);
    // The lake behind the pump, the two nodes after it, C behind the valve, the tower behind a closed pipe.
    assert!(
        harness
            .query_by_label("4 zones, 3 links between them")
            .is_some()
    );
    click(&mut harness, "Zone 1");
    let b = harness.state().workbench.asset("a");
    assert_eq!(
        harness.state().workbench.selection.selected().asset(),
        Some(b)
    );
    click(&mut harness, "End the zones");
    assert!(harness.query_by_label("Zone 1").is_none());
}

#[test]
fn a_trace_says_what_it_shows_and_how_it_ends() {
    let mut harness = network_desk();
    at_asset(&mut harness, "b", Modifiers::NONE, Key::U);
    assert!(harness.query_by_label("What feeds B").is_some());
    click(&mut harness, "End the trace");
    assert!(harness.query_by_label("What feeds B").is_none());
    assert!(
        harness.query_by_label("Exaggeration of heights").is_some(),
        "the slider stays"
    );
}

#[test]
fn a_twin_without_pipes_says_so() {
    let mut harness = desk();
    harness
        .state_mut()
        .workbench
        .apply(LayoutCommand::Reveal(Pane::LongSection).into());
    harness.run_steps(3);
    assert!(
        harness
            .query_by_label_contains("A twin with a network of pipes")
            .is_some()
    );
}
