//! Asking what would be if something befell an asset, as a newcomer does it.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::tests::{click, desk_of, press, sent};
use crate::quantity::SimDuration;
use crate::workbench::view::command::{
    AppCommand, LayoutCommand, SelectCommand, ViewCommand, WhatIfCommand,
};
use crate::workbench::view::contingency::offers;
use crate::workbench::view::dock::Pane;
use crate::workbench::view::test_support::running_workbench;
use crate::workbench::view::what_if::Shown;

#[test]
fn the_inspector_offers_what_may_befall_and_the_what_if_shows_it_as_one_line() {
    let mut workbench = running_workbench();
    let supply = workbench.asset("power_1");
    workbench.apply(SelectCommand::Asset(supply).into());
    let mut harness = desk_of(workbench, 1280.0, 720.0);
    click(&mut harness, "Failure of Supply 1");
    let change_set = &harness.state().workbench.what_if.change_set;
    assert_eq!(change_set.contingencies[0].to_string(), "power_1 failed");
    assert!(change_set.changes.is_empty(), "no raw inputs");
    assert_eq!(harness.state().workbench.what_if.shown, Shown::WhatIf);
    assert!(harness.query_by_label("● Failure of Supply 1").is_some());
    click(&mut harness, "Withdraw Failure of Supply 1");
    assert!(harness.state().workbench.what_if.change_set.is_empty());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(harness.query_by_label("● Failure of Supply 1").is_some());
}

#[test]
fn size_and_end_are_typed_with_units() {
    let mut workbench = running_workbench();
    let supply = workbench.asset("power_1");
    let offer = offers(&workbench, supply).swap_remove(1);
    workbench.apply(offer.command.into());
    let mut harness = desk_of(workbench, 1280.0, 720.0);
    let mut enter = |label: &str, text: &str| {
        harness.get_by_label(label).click();
        harness.run_steps(3);
        press(&mut harness, Modifiers::COMMAND, Key::A);
        harness.event(egui::Event::Text(text.to_owned()));
        harness.run_steps(2);
        press(&mut harness, Modifiers::NONE, Key::Enter);
    };
    enter("Size of Loss of Supply 1", "25 %");
    enter("Begin of Loss of Supply 1", "10");
    click(&mut harness, "Give an end to Loss of Supply 1");
    let occurrence = &harness.state().workbench.what_if.change_set.contingencies[0];
    assert_eq!(
        occurrence.to_string(),
        "power_1 loss 25 % from 10 s to 40 s"
    );
    click(&mut harness, "Let Loss of Supply 1 last");
    let occurrence = &harness.state().workbench.what_if.change_set.contingencies[0];
    assert_eq!(occurrence.until, None);
    assert_eq!(occurrence.at, SimDuration::from_whole_seconds(10));
}

#[test]
fn the_palette_finds_a_contingency_by_its_name() {
    let mut harness = desk_of(running_workbench(), 1280.0, 720.0);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    harness.event(egui::Event::Text("failure of supply".to_owned()));
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let change_set = &harness.state().workbench.what_if.change_set;
    assert_eq!(change_set.contingencies.len(), 1);
    assert!(harness.query_by_label("● Failure of Supply 1").is_some());
    assert!(sent(&harness, AppCommand::PaletteRun(0)));
}

#[test]
fn a_right_click_in_the_tree_asks_what_if() {
    let mut harness = desk_of(running_workbench(), 1280.0, 720.0);
    harness.get_by_label("Supply 1").click_secondary();
    harness.run_steps(3);
    assert!(harness.query_by_label("Loss of Supply 1…").is_some());
    click(&mut harness, "Failure of Supply 1");
    let change_set = &harness.state().workbench.what_if.change_set;
    assert_eq!(change_set.contingencies[0].what, "failed");
}

#[test]
fn the_what_if_is_kept_as_a_scenario() {
    let mut workbench = running_workbench();
    let supply = workbench.asset("power_1");
    let offer = offers(&workbench, supply).swap_remove(0);
    workbench.apply(offer.command.into());
    let mut harness = desk_of(workbench, 1280.0, 720.0);
    click(&mut harness, "Keep the what-if as a scenario");
    assert!(sent(&harness, WhatIfCommand::SaveScenario));
    let document = harness.state().workbench.document.as_ref().expect("open");
    let kept = document.twin().scenarios.last().expect("kept");
    assert_eq!(kept.name, "Failure of Supply 1");
}

#[test]
fn the_numbers_of_both_futures_stand_in_the_panel_and_lead_to_their_place() {
    let mut workbench = crate::workbench::view::summary::tests::compared();
    workbench.apply(LayoutCommand::Reveal(Pane::WhatIf).into());
    workbench.viewport.quantities = vec!["Temperature".to_owned(), "Difference".to_owned()];
    workbench.viewport.differences = Some(1);
    let mut harness = desk_of(workbench, 1280.0, 720.0);
    for label in ["largest differences", "Highest reading", "Lowest reading"] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    click(&mut harness, "Colour the scene by the differences");
    assert!(sent(&harness, ViewCommand::ColourBy(1)));
    click(&mut harness, "at Sensor 1, in 1 min");
    let workbench = &harness.state().workbench;
    let reading = workbench.variable("sensor_1.reading");
    assert_eq!(workbench.selection.selected().variable(), Some(reading));
    assert_eq!(
        workbench.time.cursor(),
        crate::workbench::view::test_support::at(80)
    );
}
