//! The program itself, run in a folder with a copy of the bundled twin.
#![allow(dead_code, reason = "each test program uses its part of this")]
#![expect(
    clippy::expect_used,
    reason = "helper functions of tests report by failing"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The bundled twin.
pub fn scene() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab")
}

/// Runs the program in `folder`, without a terminal.
pub fn counterpart(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterpart"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The standard output of a command that is to succeed.
#[track_caller]
pub fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = counterpart(folder, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// The standard error of a command that is to fail with exit code `code`.
#[track_caller]
pub fn fails(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = counterpart(folder, arguments);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

/// A folder with a copy of the bundled twin, its telemetry and its faults in
/// `tclab`.
pub fn folder_with_twin() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("tclab");
    fs::create_dir(&copy).expect("a folder for the twin");
    for file in ["twin.ron", "telemetry.csv", "faults.ron"] {
        fs::copy(scene().join(file), copy.join(file)).expect("copied");
    }
    folder
}

/// A folder with a copy of the bundled bottling line and its event log in `bottling`.
pub fn folder_with_bottling() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("bottling");
    fs::create_dir(&copy).expect("a folder for the twin");
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/bottling");
    for file in ["twin.ron", "telemetry.csv", "log.parquet"] {
        fs::copy(scene.join(file), copy.join(file)).expect("copied");
    }
    folder
}
