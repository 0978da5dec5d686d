//! The start page, tested without a GPU or a window.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::tests::{click, desk_of, press, sent};
use crate::live::Severity;
use crate::workbench::view::Workbench;
use crate::workbench::view::command::AppCommand;
use crate::workbench::view::settings::Settings;
use crate::workbench::view::start::{BundledTwin, Refusal, TwinPicture};
use crate::workbench::view::test_support::running_workbench;

fn card(name: &str) -> BundledTwin {
    BundledTwin {
        folder: PathBuf::from(format!("scenes/{name}")),
        name: name.to_owned(),
        sentence: "Something that runs beside something real".to_owned(),
        size: "3 pumps".to_owned(),
        picture: Some(Arc::new(TwinPicture {
            width: 2,
            height: 1,
            rgb: vec![0, 0, 0, 255, 255, 255],
        })),
    }
}

fn empty() -> Workbench {
    let mut settings = Settings::default();
    settings.recent.add(PathBuf::from("there/town.inp"));
    let mut workbench = Workbench::with(settings, crate::workbench::view::dock::Layout::default());
    workbench.start.twins = vec![card("harbour"), card("tclab")];
    workbench
}

#[test]
fn without_a_twin_the_bundled_ones_are_offered_and_a_click_opens_one() {
    let mut harness = desk_of(empty(), 1280.0, 720.0);
    for label in [
        "Open twin…",
        "Import EPANET…",
        "Add telemetry…",
        "Open tclab",
    ] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    click(&mut harness, "Open harbour");
    assert!(sent(
        &harness,
        AppCommand::OpenPath(PathBuf::from("scenes/harbour"))
    ));
}

#[test]
fn what_was_opened_before_is_a_click_away() {
    let mut harness = desk_of(empty(), 1280.0, 720.0);
    click(&mut harness, "town.inp");
    assert!(sent(
        &harness,
        AppCommand::OpenPath(PathBuf::from("there/town.inp"))
    ));
}

#[test]
fn what_keeps_a_document_from_being_opened_is_told_in_full() {
    let mut workbench = empty();
    workbench.start.refusal = Some(Refusal {
        title: "town.inp was not opened: 1 problem".to_owned(),
        problems: vec![(
            Severity::Error,
            "town.inp:7:3: there is no node `j9`".to_owned(),
        )],
    });
    let harness = desk_of(workbench, 1280.0, 720.0);
    assert!(harness.query_by_label_contains("was not opened").is_some());
    assert!(harness.query_by_label_contains("no node `j9`").is_some());
}

#[test]
fn the_start_page_opens_over_a_twin_and_escape_leads_back() {
    let mut workbench = running_workbench();
    workbench.start.twins = vec![card("harbour")];
    let mut harness = desk_of(workbench, 1280.0, 720.0);
    assert!(harness.query_by_label("Open harbour").is_none());
    press(&mut harness, Modifiers::ALT, Key::Home);
    assert!(harness.query_by_label("Open harbour").is_some());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Open harbour").is_none());
    assert!(harness.query_by_label("3D scene").is_some());
}
