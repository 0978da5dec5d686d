//! The panels of a flow.

use egui_kittest::kittest::Queryable as _;

use super::tests::{click, desk_of, sent};
use crate::inference::statistics::ConfidenceInterval;
use crate::live::{Trial, TrialLine};
use crate::quantity::SimDuration;
use crate::workbench::view::command::{LayoutCommand, SelectCommand, WhatIfCommand};
use crate::workbench::view::contingency::offers;
use crate::workbench::view::dock::Pane;
use crate::workbench::view::flow::test_support::running_line;
use crate::workbench::view::{Effect, Workbench};

/// The line with its flow panel in front.
fn line() -> Workbench {
    let mut workbench = running_line();
    workbench.apply(LayoutCommand::Reveal(Pane::Flow).into());
    workbench
}

#[test]
fn the_station_that_is_active_for_longest_is_named_the_bottleneck() {
    let mut harness = desk_of(line(), 1280.0, 720.0);
    assert!(harness.query_by_label("Station Mill").is_some());
    click(&mut harness, "Station Saw");
    assert!(sent(&harness, SelectCommand::Asset(2)));
}

#[test]
fn one_more_place_is_asked_by_a_menu_and_answered_by_replications() {
    let mut workbench = line();
    let rack = 3;
    let offer = offers(&workbench, rack)
        .into_iter()
        .find(|offer| offer.name == "One more place of Rack")
        .expect("an offer");
    let effects = workbench.apply(offer.command.into());
    assert!(effects.contains(&Effect::Compare));
    let capacity = workbench.variable("rack.capacity");
    assert_eq!(workbench.what_if.change_set.changes[&capacity], 5.0);
    let request = workbench.trial_request().expect("a flow");
    assert_eq!(request.change_set, workbench.what_if.change_set);
    let mut harness = desk_of(workbench, 1280.0, 720.0);
    assert!(harness.query_by_label("Give up the comparison").is_some());
    click(&mut harness, "Give up the comparison");
    assert!(sent(&harness, WhatIfCommand::CancelCompare));
}

#[test]
fn the_difference_is_shown_with_its_interval_and_says_when_it_is_old() {
    let mut workbench = line();
    let throughput = workbench.variable("settings.mean_throughput");
    let interval = |mean: f64, half_width: f64| ConfidenceInterval {
        mean: mean / 3600.0,
        half_width: half_width / 3600.0,
        confidence: 0.95,
        count: 30,
    };
    workbench.trial_told(Ok(Trial {
        change_set: workbench.what_if.change_set.clone(),
        members: 30,
        horizon: SimDuration::from_whole_seconds(86_400),
        seed: 1,
        lines: vec![TrialLine {
            variable: throughput,
            base: interval(54.214, 0.27),
            changed: Some(interval(54.975, 0.27)),
            difference: Some(interval(0.761, 0.043)),
        }],
    }));
    let harness = desk_of(workbench, 1280.0, 720.0);
    assert!(harness.query_by_label_contains("54.21 ± 0.27").is_some());
    assert!(harness.query_by_label_contains("+0.761 ± 0.043").is_some());
    assert!(
        harness
            .query_by_label_contains("older than the what-if")
            .is_none()
    );
    let mut workbench = line();
    workbench.flow.trial = harness.state().workbench.flow.trial.clone();
    let capacity = workbench.variable("rack.capacity");
    workbench.apply(
        WhatIfCommand::Change {
            variable: capacity,
            value: 9.0,
        }
        .into(),
    );
    let harness = desk_of(workbench, 1280.0, 720.0);
    assert!(
        harness
            .query_by_label_contains("older than the what-if")
            .is_some()
    );
}

#[test]
fn states_over_time_have_a_panel_of_their_own() {
    let mut workbench = line();
    workbench.apply(LayoutCommand::Reveal(Pane::States).into());
    let view = crate::workbench::view::flow::gantt::view(&workbench, 400).expect("a flow");
    assert_eq!(view.rows.len(), 2);
    // The mill has been active for ten minutes, the saw for five.
    assert_eq!(view.shares.first().map(|one| one.0), Some(1));
    let harness = desk_of(workbench, 1280.0, 720.0);
    assert!(harness.query_by_label("States over time").is_some());
}
