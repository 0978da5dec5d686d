//! What commands do to the workbench.

use std::path::PathBuf;

use super::super::test_support::{at, running_workbench, snapshot};
use super::*;

#[test]
fn an_edited_parameter_reaches_document_and_running_twin_and_can_be_undone() {
    let mut workbench = running_workbench();
    let capacity = workbench.variable("heater_1.heat_capacity");
    let effects = workbench.apply(
        EditCommand::SetParameter {
            variable: capacity,
            value: 7.5,
        }
        .into(),
    );
    let told = |value| {
        vec![Effect::Live(LiveCommand::SetParameter {
            variable: capacity,
            value: Some(value),
        })]
    };
    assert_eq!(effects, told(7.5));
    let value = |workbench: &Workbench| {
        workbench
            .document
            .as_ref()
            .and_then(|document| document.parameter(capacity))
    };
    assert_eq!(value(&workbench), Some(7.5));
    assert_eq!(workbench.apply(EditCommand::Undo.into()), told(6.0));
    assert_eq!(value(&workbench), Some(6.0));
    assert_eq!(workbench.apply(EditCommand::Redo.into()), told(7.5));
    let effects = workbench.apply(EditCommand::ResetParameter(capacity).into());
    assert_eq!(effects, told(5.0), "the kind's default");
}

#[test]
fn a_value_out_of_bounds_is_refused_with_a_toast() {
    let mut workbench = running_workbench();
    let capacity = workbench.variable("heater_1.heat_capacity");
    let effects = workbench.apply(
        EditCommand::SetParameter {
            variable: capacity,
            value: -1.0,
        }
        .into(),
    );
    assert!(effects.is_empty());
    assert!(
        workbench
            .log
            .toasts()
            .any(|toast| toast.message.contains("above 0"))
    );
    assert!(!workbench.undo.can_undo());
}

#[test]
fn the_first_change_of_a_what_if_shows_it_and_discarding_shows_the_base() {
    let mut workbench = running_workbench();
    let command = workbench.variable("power_1.command");
    let effects = workbench.apply(
        WhatIfCommand::Change {
            variable: command,
            value: 0.9,
        }
        .into(),
    );
    assert_eq!(
        effects,
        [Effect::Live(LiveCommand::SetChangeSet(ChangeSet::of(
            command, 0.9
        )))]
    );
    assert_eq!(workbench.what_if.shown, Shown::WhatIf);
    workbench.apply(WhatIfCommand::Toggle.into());
    assert_eq!(workbench.what_if.shown, Shown::Base);
    workbench.apply(WhatIfCommand::Toggle.into());
    workbench.apply(WhatIfCommand::Discard.into());
    assert_eq!(workbench.what_if.shown, Shown::Base);
    workbench.apply(EditCommand::Undo.into());
    assert_eq!(workbench.what_if.change_set, ChangeSet::of(command, 0.9));
}

#[test]
fn dragging_a_control_is_one_step_of_undo() {
    let mut workbench = running_workbench();
    let command = workbench.variable("power_1.command");
    for value in [0.2, 0.3, 0.4] {
        workbench.apply(
            WhatIfCommand::Change {
                variable: command,
                value,
            }
            .into(),
        );
    }
    workbench.apply(WhatIfCommand::EndScrub.into());
    workbench.apply(EditCommand::Undo.into());
    assert!(workbench.what_if.change_set.is_empty());
}

#[test]
fn unsaved_edits_are_asked_about_before_they_would_be_lost() {
    let mut workbench = running_workbench();
    assert_eq!(workbench.apply(AppCommand::Quit.into()), [Effect::Quit]);
    let capacity = workbench.variable("heater_1.heat_capacity");
    workbench.apply(
        EditCommand::SetParameter {
            variable: capacity,
            value: 7.5,
        }
        .into(),
    );
    assert!(workbench.apply(AppCommand::Quit.into()).is_empty());
    assert_eq!(workbench.pending, Some(Pending::Quit));
    workbench.apply(AppCommand::KeepEditing.into());
    assert_eq!(workbench.pending, None);
    workbench.apply(AppCommand::Quit.into());
    let path = PathBuf::from("twin.ron");
    assert_eq!(
        workbench.apply(AppCommand::SaveFirst.into()),
        [Effect::Save(path.clone())]
    );
    assert_eq!(workbench.saved(path), [Effect::StoreSettings, Effect::Quit]);
    workbench.apply(EditCommand::Undo.into());
    workbench.apply(AppCommand::OpenTwin.into());
    assert_eq!(
        workbench.apply(AppCommand::DiscardEdits.into()),
        [Effect::ChooseTwin]
    );
}

#[test]
fn back_closes_what_lies_on_top_first() {
    let mut workbench = running_workbench();
    let heater = workbench.asset("heater_1");
    workbench.apply(SelectCommand::Asset(heater).into());
    workbench.apply(SelectCommand::Filter("h".to_owned()).into());
    workbench.apply(AppCommand::ToggleShortcutSheet.into());
    workbench.apply(AppCommand::Back.into());
    assert!(!workbench.shortcut_sheet);
    workbench.apply(AppCommand::Back.into());
    assert!(workbench.tree.filter.is_empty());
    assert_eq!(workbench.selection.selected().asset(), Some(heater));
    workbench.apply(AppCommand::Back.into());
    assert_eq!(workbench.selection.selected(), Selected::Nothing);
}

#[test]
fn the_keyboard_walks_the_tree() {
    let mut workbench = running_workbench();
    workbench.apply(SelectCommand::Next.into());
    assert_eq!(
        workbench.selection.selected().asset(),
        Some(workbench.asset("board"))
    );
    workbench.apply(SelectCommand::Next.into());
    let heater = workbench.asset("heater_1");
    assert_eq!(workbench.selection.selected().asset(), Some(heater));
    workbench.apply(SelectCommand::Previous.into());
    workbench.apply(SelectCommand::Previous.into());
    assert_eq!(
        workbench.selection.selected().asset(),
        Some(workbench.asset("board"))
    );
}

#[test]
fn selecting_in_the_scene_opens_the_branch_in_the_tree() {
    let mut workbench = running_workbench();
    let board = workbench.asset("board");
    workbench.apply(SelectCommand::ToggleBranch(board).into());
    workbench.apply(SelectCommand::Asset(workbench.asset("heater_1")).into());
    assert!(
        tree::lines(&workbench)
            .iter()
            .any(|line| Some(line.asset) == workbench.selection.selected().asset())
    );
}

#[test]
fn time_passes_to_the_running_twin() {
    let mut workbench = running_workbench();
    workbench.apply(TimeCommand::PlayPause.into());
    let asked: Vec<Effect> = (0..8).flat_map(|_| workbench.tick(0.2)).collect();
    assert_eq!(asked, [Effect::Live(LiveCommand::AdvanceTo(at(21)))]);
    workbench.apply(TimeCommand::MoveCursor(at(5)).into());
    let effects = workbench.apply(TimeCommand::RunFromCursor.into());
    assert_eq!(effects, [Effect::Live(LiveCommand::Seek(at(5)))]);
}

#[test]
fn a_halted_simulation_stops_time_and_says_why() {
    let mut workbench = running_workbench();
    workbench.apply(TimeCommand::PlayPause.into());
    let mut halted = snapshot(&workbench, 21);
    halted.halted = Some("heater_1.temperature became too large".to_owned());
    workbench.receive(&halted);
    assert!(!workbench.time.is_running());
    let refusal = Command::from(TimeCommand::PlayPause).enabled(&workbench);
    assert!(refusal.is_err_and(|reason| reason.contains("too large")));
}

#[test]
fn the_document_keeps_the_unit_of_its_author() {
    let mut workbench = running_workbench();
    let room = workbench.variable("room.temperature");
    workbench.apply(
        EditCommand::SetParameter {
            variable: room,
            value: 298.15,
        }
        .into(),
    );
    let document = workbench.document.as_ref().expect("open");
    let stated = document.stated(room).expect("stated");
    assert_eq!(stated.unit().code(), "Cel");
    assert_eq!(stated.value(), 25.0);
}

#[test]
fn exports_carry_a_name_and_their_content() {
    let mut workbench = running_workbench();
    let effects = workbench.apply(PlotCommand::ExportCsv.into());
    let [Effect::SaveText { name, text }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(name, "tclab-plots-20s.csv");
    assert!(text.starts_with("# twin: tclab"));
}
