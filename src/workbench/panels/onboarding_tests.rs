//! The wizard, tested as a person meets it: found by label, clicked and typed into.

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::tests::{Desk, click, desk_of, press, sent};
use crate::workbench::view::Workbench;
use crate::workbench::view::command::OnboardingCommand;
use crate::workbench::view::onboarding::tests::{run, unknown, with_proposals};
use crate::workbench::view::onboarding::{FormField, Origin, Stage};
use crate::workbench::view::test_support::running_workbench;

/// Does what the wizard asked for since the last time.
fn run_errands(harness: &mut Harness<'_, Desk>) {
    let effects = std::mem::take(&mut harness.state_mut().effects);
    let left = run(&mut harness.state_mut().workbench, effects);
    harness.state_mut().effects.extend(left);
    harness.run_steps(3);
}

fn stage<'a>(harness: &'a Harness<'_, Desk>) -> &'a Stage {
    let wizard = harness.state().workbench.onboarding.wizard.as_ref();
    &wizard.expect("it is open").stage
}

#[test]
fn the_menu_and_a_key_open_the_wizard_and_escape_closes_it() {
    let mut harness = desk_of(running_workbench(), 1280.0, 720.0);
    click(&mut harness, "Twin menu");
    click(&mut harness, "Add telemetry…");
    assert!(sent(&harness, OnboardingCommand::Begin));
    assert!(harness.query_by_label("Look at the file").is_some());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Look at the file").is_none());
    press(&mut harness, Modifiers::COMMAND, Key::T);
    assert!(harness.query_by_label("Close the wizard").is_some());
}

#[test]
fn the_keyboard_is_in_the_first_field_and_enter_goes_on() {
    let mut harness = desk_of(Workbench::default(), 1280.0, 720.0);
    press(&mut harness, Modifiers::COMMAND, Key::T);
    harness.event(egui::Event::Text("plant.csv".to_owned()));
    harness.run_steps(3);
    let text = "plant.csv".to_owned();
    let field = FormField::File;
    assert!(sent(&harness, OnboardingCommand::Fill { field, text }));
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(sent(&harness, OnboardingCommand::Next));
    let told = "Name the twin that the samples belong to";
    assert!(harness.query_by_label_contains(told).is_some());
}

#[test]
fn a_field_keeps_the_keyboard_when_what_went_wrong_is_typed_away() {
    let mut workbench = Workbench::default();
    workbench.apply(OnboardingCommand::Begin.into());
    for (field, text) in [(FormField::File, "no"), (FormField::Twin, "none")] {
        let text = text.to_owned();
        workbench.apply(OnboardingCommand::Fill { field, text }.into());
    }
    let mut harness = desk_of(workbench, 1280.0, 720.0);
    click(&mut harness, "Look at the file");
    run_errands(&mut harness);
    let problem = |harness: &Harness<'_, Desk>| {
        let wizard = harness.state().workbench.onboarding.wizard.as_ref();
        wizard.is_some_and(|one| one.problem.is_some())
    };
    assert!(problem(&harness), "there is no such twin");
    let field = harness.get_all_by_label("File").last();
    field.expect("a field").click();
    harness.run_steps(3);
    press(&mut harness, Modifiers::NONE, Key::End);
    for letter in ["w", "h", "e", "r", "e"] {
        harness.event(egui::Event::Text(letter.to_owned()));
        harness.run_steps(2);
    }
    assert!(!problem(&harness));
    let wizard = harness.state().workbench.onboarding.wizard.as_ref();
    assert_eq!(wizard.map(|one| one.form.file.as_str()), Some("nowhere"));
}

#[test]
fn letters_typed_into_the_wizard_are_no_shortcuts() {
    let mut harness = desk_of(running_workbench(), 1280.0, 720.0);
    press(&mut harness, Modifiers::COMMAND, Key::T);
    harness.state_mut().commands.clear();
    harness.key_press(Key::F);
    harness.event(egui::Event::Text("f".to_owned()));
    harness.run_steps(3);
    assert!(
        harness.state().commands.iter().all(|command| matches!(
            command,
            crate::workbench::view::Command::OnboardingCommand(_)
        )),
        "{:?}",
        harness.state().commands
    );
}

#[test]
fn a_broker_has_fields_of_its_own() {
    let mut harness = desk_of(running_workbench(), 1280.0, 720.0);
    press(&mut harness, Modifiers::COMMAND, Key::T);
    click(&mut harness, "A broker");
    assert!(sent(&harness, OnboardingCommand::From(Origin::Broker)));
    for label in ["Broker", "Topics", "Listen for", "Listen"] {
        assert!(
            harness.query_all_by_label(label).next().is_some(),
            "{label}"
        );
    }
    click(&mut harness, "Listen");
    assert!(harness.query_by_label_contains("Name the broker").is_some());
}

#[test]
fn proposals_are_accepted_and_lead_to_the_first_residuals() {
    let unknown = unknown();
    let mut harness = desk_of(with_proposals(&unknown), 1280.0, 720.0);
    for label in [
        "Take Heater 1 power [%]",
        "What temp sensor 1 [degC] is",
        "Course of temp sensor 2 [degC]",
    ] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    assert!(
        harness
            .query_by_label("4 of 5 columns become channels")
            .is_some()
    );
    click(&mut harness, "Accept");
    assert!(matches!(stage(&harness), Stage::Accepting(_)));
    run_errands(&mut harness);
    assert!(matches!(stage(&harness), Stage::FirstLook(_)));
    assert!(harness.query_by_label("Residuals of T1").is_some());
    assert!(
        harness
            .query_all_by_label_contains("120 good")
            .next()
            .is_some()
    );
    click(&mut harness, "Open in workbench");
    assert!(harness.state().workbench.onboarding.wizard.is_none());
}

#[test]
fn a_column_is_left_out_assigned_and_edited() {
    let unknown = unknown();
    let mut harness = desk_of(with_proposals(&unknown), 1280.0, 720.0);
    click(&mut harness, "Take Heater 2 power [%]");
    let (column, taken) = (1, false);
    assert!(sent(&harness, OnboardingCommand::Take { column, taken }));
    assert!(
        harness
            .query_by_label("3 of 5 columns become channels")
            .is_some()
    );
    click(&mut harness, "Details of temp sensor 1 [degC]");
    harness
        .get_by_label("period of temp sensor 1 [degC]")
        .click();
    harness.run_steps(3);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("soon".to_owned()));
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(
        harness
            .query_by_label_contains("expected a duration")
            .is_some()
    );
    click(&mut harness, "What temp sensor 1 [degC] is");
    assert!(
        harness
            .query_all_by_label("Nothing of the twin")
            .next()
            .is_some()
    );
}

#[test]
fn a_file_that_cannot_be_read_says_so_on_the_page_it_was_named() {
    let unknown = unknown();
    std::fs::write(&unknown.file, "once upon a time\n").expect("written");
    let mut workbench = Workbench::default();
    workbench.apply(OnboardingCommand::Begin.into());
    for (field, path) in [
        (FormField::File, &unknown.file),
        (FormField::Twin, &unknown.twin),
    ] {
        let text = path.display().to_string();
        workbench.apply(OnboardingCommand::Fill { field, text }.into());
    }
    let mut harness = desk_of(workbench, 1280.0, 720.0);
    click(&mut harness, "Look at the file");
    run_errands(&mut harness);
    assert!(
        harness
            .query_by_label_contains("does not look like a table")
            .is_some()
    );
    assert!(harness.query_by_label("Choose the file").is_some());
}
