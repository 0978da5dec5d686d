//! `counterpart import epanet` and `counterpart export epanet` from outside: what they write,
//! what they say, and the exit codes that scripts rely on.

#![expect(
    clippy::expect_used,
    reason = "helper functions of tests report by failing"
)]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use counterpart::import::epanet;
use program::{counterpart, fails, folder_with_twin, succeeds, text};
use tempfile::TempDir;

/// A network with one of each: two demands, a tank, a pump, a check valve, controls, a rule.
const NETWORK: &str = "\
[TITLE]
Two streets
[JUNCTIONS]
 J1  10  5  day
 north 12
[RESERVOIRS]
 R  50
[TANKS]
 T 30 3 1 5 10 0
[PIPES]
 P1 R J1 100 300 130 0 Open
 P2 J1 north 200 150 120 0.5 CV
 P3 J1 T 90 200 110 0 Open
[PUMPS]
 PU R T HEAD 1
[PATTERNS]
 day 1 0.5 0.8
[CURVES]
 1 10 40
[CONTROLS]
 LINK PU OPEN IF NODE T BELOW 2
 LINK PU CLOSED AT CLOCKTIME 6 AM
[RULES]
RULE 1
IF TANK T LEVEL > 4.5
THEN PUMP PU STATUS IS CLOSED
PRIORITY 1
[OPTIONS]
 UNITS LPS
 HEADLOSS H-W
[COORDINATES]
 R -100 0
 J1 0 0
 north 100 50
 T 60 -60
[END]
";

fn folder_with(network: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("town.inp"), network).expect("written");
    folder
}

const IMPORT: [&str; 5] = ["import", "epanet", "town.inp", "--out", "town"];

#[test]
fn a_network_is_imported_checked_run_and_exported_as_it_was() {
    let folder = folder_with(NETWORK);
    let here = folder.path();
    let told = succeeds(here, &IMPORT);
    let document = Path::new("town").join("twin.ron");
    assert!(told.starts_with(&document.display().to_string()), "{told}");
    for part in ["1 patterns", "1 curves", "2 controls", "1 rules"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let told = succeeds(here, &["check", "town"]);
    assert!(told.contains("no errors"), "{told}");
    succeeds(here, &["run", "town", "--until", "2 h", "--out", "result"]);
    succeeds(here, &["verify", "result"]);

    let told = succeeds(here, &["export", "epanet", "town", "-o", "back.inp"]);
    assert_eq!(told.trim(), "back.inp");
    let first =
        epanet::import_file(&here.join("town.inp")).unwrap_or_else(|report| panic!("{report}"));
    let again =
        epanet::import_file(&here.join("back.inp")).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(again.twin.assets, first.twin.assets);
    assert_eq!(again.twin.controls, first.twin.controls);
    assert_eq!(again.twin.rules, first.twin.rules);
    assert_eq!(again.twin.patterns, first.twin.patterns);
    assert_eq!(again.twin.curves, first.twin.curves);
}

#[test]
fn all_errors_of_a_file_are_told_with_their_lines_and_nothing_is_written() {
    let wrong = NETWORK
        .replace(" P2 J1 north 200", " P2 J1 nowhere -200")
        .replace(" PU R T HEAD 1", " PU R T HEAD 9")
        .replace("[RESERVOIRS]\n R  50", "[RESERVOIRS]\n R  fifty");
    let folder = folder_with(&wrong);
    let message = fails(folder.path(), &IMPORT, 1);
    let line = |part: &str| {
        1 + wrong
            .lines()
            .position(|line| line.contains(part))
            .expect("there")
    };
    for (part, word) in [
        ("P2 J1 nowhere", "nowhere"),
        ("PU R T HEAD 9", "9"),
        ("R  fifty", "fifty"),
    ] {
        let place = format!("town.inp:{}", line(part));
        assert!(message.contains(&place), "{place}: {message}");
        assert!(message.contains(word), "{word}: {message}");
    }
    assert!(!folder.path().join("town").exists(), "nothing is written");
}

#[test]
fn small_defects_are_told_with_their_lines_and_the_network_is_made() {
    let odd = NETWORK.replace(" T 60 -60", " T 60 -60\n nowhere 1 1");
    let folder = folder_with(&odd);
    let output = counterpart(folder.path(), &IMPORT);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{message}");
    let line = 1 + odd
        .lines()
        .position(|line| line.contains("nowhere"))
        .expect("there");
    assert!(message.contains(&format!("town.inp:{line}")), "{message}");
    assert!(message.contains("1 warning"), "{message}");
    assert!(folder.path().join("town/twin.ron").is_file());
}

#[test]
fn a_document_that_is_there_is_not_replaced() {
    let folder = folder_with(NETWORK);
    let here = folder.path();
    fs::create_dir(here.join("town")).expect("a folder");
    fs::write(here.join("town/notes.txt"), "ours").expect("written");
    succeeds(here, &IMPORT);
    assert!(
        here.join("town/notes.txt").is_file(),
        "what else is there stays"
    );
    fs::write(here.join("town/twin.ron"), "precious").expect("written");
    let message = fails(here, &IMPORT, 1);
    assert!(message.contains("is there already"), "{message}");
    let kept = fs::read_to_string(here.join("town/twin.ron")).expect("read");
    assert_eq!(kept, "precious");
}

#[test]
fn what_an_export_leaves_out_is_told() {
    let folder = folder_with(NETWORK);
    let here = folder.path();
    succeeds(here, &IMPORT);
    let document = here.join("town/twin.ron");
    let twin = fs::read_to_string(&document).expect("read");
    let scenario =
        "scenarios: [(id: \"burst\", contingencies: [(of: \"P1\", what: \"burst\")])],\n)";
    let end = twin.rfind(')').expect("the end");
    fs::write(&document, format!("{}{scenario}\n", &twin[..end])).expect("written");
    let output = counterpart(here, &["export", "epanet", "town", "-o", "back.inp"]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{message}");
    assert!(message.contains("warning"), "{message}");
    assert!(message.contains("scenario"), "{message}");
}

#[test]
fn what_cannot_be_done_ends_with_a_code_and_a_reason() {
    let folder = folder_with_twin();
    let here = folder.path();
    fs::write(here.join("town.inp"), NETWORK).expect("written");
    fs::write(here.join("file"), "a file").expect("written");
    for (arguments, code, expected) in [
        (
            vec!["import", "epanet", "gone.inp", "-o", "town"],
            1,
            "gone.inp",
        ),
        (vec!["import", "epanet", "town.inp"], 2, "--out"),
        (vec!["import", "swmm", "town.inp"], 2, "swmm"),
        (
            vec!["import", "epanet", "town.inp", "-o", "file"],
            1,
            "file",
        ),
        (
            vec!["export", "epanet", "tclab", "-o", "x.inp"],
            1,
            "no water junctions",
        ),
        (vec!["export", "epanet", "gone", "-o", "x.inp"], 1, "gone"),
        (vec!["export", "epanet", "town.inp"], 2, "--out"),
        (
            vec!["export", "epanet", "town.inp", "-o", "file/x.inp"],
            1,
            "file",
        ),
    ] {
        let message = fails(here, &arguments, code);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    assert!(!here.join("x.inp").exists());
}
