//! A person saves a twin document and finds it as it was, and looks its format up.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "helper functions of tests report by failing"
)]

#[path = "support/plate.rs"]
mod plate;

use std::fs;
use std::path::{Path, PathBuf};

use counterpart::model;
use counterpart::quantity::{Quantity, SimDuration};
use counterpart::twin::{
    self, Action, Intervention, Layout, Link, PortReference, TelemetryFile, Twin,
};
use plate::{GOOD, changed, loaded};

/// The text that saving `change` of `GOOD` writes, which has to read back as the changed twin.
fn saved_text(change: impl FnOnce(&mut Twin)) -> String {
    saved_text_of(GOOD, change)
}

fn saved_text_of(text: &str, change: impl FnOnce(&mut Twin)) -> String {
    let mut twin = (*loaded(text).twin).clone();
    change(&mut twin);
    let saved = twin::document_text(&twin, Some(text)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(saved.layout, Layout::Kept, "{}", saved.text);
    assert_eq!(*loaded(&saved.text).twin, twin);
    saved.text
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn an_unchanged_twin_is_saved_byte_for_byte() {
    assert_eq!(saved_text(|_| {}), GOOD);
}

#[test]
fn a_changed_value_changes_nothing_else() {
    let text = saved_text(|twin| {
        twin.assets[0]
            .parameters
            .insert("heat_capacity".into(), quantity("7.25 J/K"));
        twin.version = "1.0.1".into();
    });
    assert_eq!(
        text,
        changed(&[("6.0 J/K", "7.25 J/K"), ("1.0.0", "1.0.1")])
    );
}

#[test]
fn an_added_parameter_stands_in_its_map() {
    let text = saved_text(|twin| {
        let probe = &mut twin.assets[6].parameters;
        probe.insert("bias".into(), quantity("0.5 K"));
        probe.insert("time_constant".into(), quantity("20 s"));
    });
    let expected = "{\"noise\": \"0.1 K\", \"bias\": \"0.5 K\", \"time_constant\": \"20 s\"}";
    assert_eq!(text, changed(&[("{\"noise\": \"0.1 K\"}", expected)]));
}

#[test]
fn a_first_parameter_makes_its_map() {
    let text = saved_text(|twin| {
        twin.assets[1].parameters.clear();
    });
    assert_eq!(
        text,
        changed(&[(", parameters: {\"temperature\": \"23 Cel\"}", "")])
    );
    let again = saved_text_of(&text, |twin| {
        twin.assets[1]
            .parameters
            .insert("temperature".into(), quantity("23 Cel"));
    });
    assert_eq!(again, GOOD);
}

#[test]
fn an_added_item_takes_a_line_of_its_own_where_the_others_do() {
    let link = Link {
        from: PortReference("loss.a".into()),
        to: PortReference("room.heat".into()),
    };
    let mut twin = (*loaded(GOOD).twin).clone();
    twin.links.push(link);
    // The checks would refuse this second link; the text is what is looked at.
    let saved = twin::document_text(&twin, Some(GOOD)).expect("a text");
    let last = "        (from: \"probe.body\", to: \"body.heat\"),\n";
    let added = format!("{last}        (from: \"loss.a\", to: \"room.heat\"),\n");
    assert_eq!(saved.text, changed(&[(last, &added)]));
    assert_eq!(saved.layout, Layout::Kept);
}

#[test]
fn a_removed_item_takes_its_line_along_and_no_other() {
    let text = saved_text(|twin| {
        twin.scenarios.remove(1);
        twin.acceptance.clear();
    });
    let warm = GOOD
        .lines()
        .find(|line| line.contains("(id: \"warm\""))
        .expect("the line");
    let acceptance = GOOD
        .lines()
        .find(|line| line.contains("acceptance:"))
        .expect("the line");
    let expected = GOOD
        .replace(&format!("{warm}\n"), "")
        .replace(&format!("{acceptance}\n"), "");
    assert_eq!(text, expected);
}

#[test]
fn new_parts_of_the_document_are_added() {
    let text = saved_text(|twin| {
        twin.description = "A plate.".into();
        twin.provenance.author = "Somebody".into();
        twin.telemetry.push(TelemetryFile {
            path: "a.csv".into(),
            title: String::new(),
        });
        twin.scenarios[0].interventions.push(Intervention {
            variable: "room.temperature".into(),
            at: SimDuration::from_whole_seconds(60),
            action: Action::Ramp {
                to: quantity("30 Cel"),
                over: SimDuration::from_whole_seconds(30),
            },
        });
        twin.scenarios[0].interventions[0].action = Action::Hold;
    });
    assert!(
        text.contains("    version: \"1.0.0\",\n    description: \"A plate.\",\n"),
        "{text}"
    );
    assert!(text.contains("author: \"Somebody\""), "{text}");
    assert!(
        text.contains("    telemetry: [(path: \"a.csv\")],\n"),
        "{text}"
    );
    assert!(text.contains("action: Hold), ("), "{text}");
    for comment in ["// A plate, heated", "// What stores", "// measured"] {
        assert!(text.contains(comment), "{comment} is lost:\n{text}");
    }
}

#[test]
fn windows_line_ends_are_kept() {
    let windows = GOOD.replace('\n', "\r\n");
    let text = saved_text_of(&windows, |twin| {
        twin.description = "A plate.".into();
        twin.links.pop();
        twin.assets[6].kind = "core.Group".into();
        twin.assets[6].parameters.clear();
        twin.channels.pop();
        twin.acceptance.clear();
    });
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn a_twin_without_a_text_is_laid_out_readably_and_reads_back() {
    let twin = loaded(GOOD).twin;
    let saved = twin::document_text(&twin, None).expect("a text");
    assert_eq!(saved.layout, Layout::New);
    assert_eq!(*loaded(&saved.text).twin, *twin);
    assert!(
        saved.text.lines().all(|line| line.chars().count() <= 100),
        "{}",
        saved.text
    );
    let line = "        (from: \"loss.a\", to: \"body.heat\"),\n";
    assert!(saved.text.contains(line), "{}", saved.text);
}

#[test]
fn a_number_that_cannot_be_read_back_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twin.ron");
    fs::write(&path, GOOD).expect("written");
    let mut twin = (*loaded(GOOD).twin).clone();
    twin.assets[0].place.as_mut().expect("a place").size[0] = f64::NAN;
    let error = twin::save(&twin, Some(GOOD), &path).expect_err("not a number");
    assert!(error.to_string().contains("nothing was saved"), "{error}");
    assert_eq!(fs::read_to_string(&path).expect("read"), GOOD);
}

fn names_in(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    names.sort();
    names
}

#[test]
fn saving_replaces_the_file_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twin.ron");
    let mut twin = (*loaded(GOOD).twin).clone();
    twin::save(&twin, None, &path).expect("a new file");
    let first = twin::load(&path, &model::registry()).expect("good");
    assert_eq!(*first.twin, twin);
    twin.name = "Renamed".into();
    let saved = twin::save(&twin, Some(&first.source), &path).expect("replaced");
    assert_eq!(fs::read_to_string(&path).expect("read"), saved.text);
    assert_eq!(names_in(folder.path()), [path]);
}

#[test]
fn a_missing_folder_is_made_and_one_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new").join("twin.ron");
    twin::save(&loaded(GOOD).twin, None, &path).expect("saved");
    assert!(path.exists());
    let inside_a_file = path.join("twin.ron");
    let error = twin::save(&loaded(GOOD).twin, None, &inside_a_file).expect_err("no folder");
    let text = error.to_string();
    assert!(text.contains("save elsewhere"), "{text}");
    assert!(text.contains("twin.ron/twin.ron"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twin.ron");
    fs::write(&path, GOOD).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("set");
    let mut twin = (*loaded(GOOD).twin).clone();
    twin.name = "Renamed".into();
    let error = twin::save(&twin, Some(GOOD), &path).expect_err("read-only");
    assert!(error.to_string().contains("permission"), "{error}");
    assert_eq!(fs::read_to_string(&path).expect("read"), GOOD);
    assert_eq!(names_in(folder.path()), [path]);
}

#[test]
fn the_reference_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/twin-document.md");
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == twin::reference_markdown(&model::registry()),
        "the reference page differs from the program; make it again with\n\
         cargo run --no-default-features -- reference > docs/reference/twin-document.md"
    );
}

#[test]
fn the_bundled_twins_have_no_errors() {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    for folder in names_in(&scenes) {
        let loaded = twin::load(&folder, &model::registry());
        let loaded = loaded.unwrap_or_else(|report| panic!("{report}"));
        let mut twin = (*loaded.twin).clone();
        assert_eq!(
            twin::document_text(&twin, Some(&loaded.source))
                .expect("a text")
                .text,
            *loaded.source
        );
        twin.version.push_str("-changed");
        let saved = twin::document_text(&twin, Some(&loaded.source)).expect("a text");
        assert_eq!(saved.layout, Layout::Kept);
    }
}
