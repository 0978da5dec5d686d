//! The program from outside: what it prints, and the exit codes that scripts rely on.
#![expect(
    clippy::expect_used,
    reason = "helper functions of tests report by failing"
)]

use std::path::Path;
use std::process::{Command, Output};

fn counterpart(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterpart"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program runs")
}

fn error_text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_good_twin_exits_with_0() {
    let output = counterpart(&["check", "scenes/tclab"]);
    assert_eq!(output.status.code(), Some(0), "{}", error_text(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("no errors"));
}

#[test]
fn a_wrong_twin_exits_with_1_and_names_the_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twin.ron");
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab/twin.ron"),
    )
    .expect("the bundled twin");
    std::fs::write(&path, text.replacen("thermal.Body", "thermal.Bodi", 1)).expect("written");
    let output = counterpart(&["check", path.to_str().expect("a path")]);
    let text = error_text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("no kind `thermal.Bodi`"), "{text}");
    assert!(text.contains("did you mean `thermal.Body`"), "{text}");
    assert!(text.contains("1 error"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours where no terminal is");
}

#[test]
fn a_missing_file_exits_with_1_and_is_named() {
    let output = counterpart(&["check", "no/such/twin.ron"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(error_text(&output).contains("no/such/twin.ron"));
}

#[test]
fn wrong_usage_exits_with_2() {
    assert_eq!(counterpart(&["check"]).status.code(), Some(2));
    assert_eq!(
        counterpart(&["check", "a", "--nonsense"]).status.code(),
        Some(2)
    );
}

#[test]
fn help_exits_with_0_and_explains_the_exit_codes() {
    let output = counterpart(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Exit codes"));
}

#[cfg(not(feature = "desktop"))]
#[test]
fn without_its_window_the_program_says_so() {
    let output = counterpart(&["scenes/tclab"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error_text(&output).contains("built without its window"));
}

#[test]
fn the_reference_page_goes_to_the_standard_output() {
    let output = counterpart(&["reference"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("# The twin document"));
}
