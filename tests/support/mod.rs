//! What the integration tests share: how a test finds measured data or a GPU,
//! and how it says that it was skipped because neither is there.
#![allow(dead_code, reason = "each test program uses its part of this")]
#![expect(
    clippy::panic,
    reason = "a test that was promised its data fails without them"
)]

use std::io::Write;
use std::path::PathBuf;

/// The measured file or folder `path` below `COUNTERPART_DATA`
/// (`../shared/data` if that is not set), for the test called `test`.
///
/// `None` means that the test is skipped, which it has then said. With
/// `COUNTERPART_DATA` set to a folder, or with `CI=true`, a missing file fails
/// the test; `COUNTERPART_DATA=none` skips it wherever it runs.
pub fn measured_data(test: &str, path: &str) -> Option<PathBuf> {
    let setting = std::env::var("COUNTERPART_DATA").ok();
    if setting.as_deref() == Some("none") {
        skipped(test, "COUNTERPART_DATA=none");
        return None;
    }
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = package
        .join(setting.as_deref().unwrap_or("../shared/data"))
        .join(path);
    if file.exists() {
        return Some(file);
    }
    if setting.is_some() || is_set_to("CI", "true") {
        panic!(
            "{test}: no measured data at {}; set COUNTERPART_DATA to the folder that holds {path}, \
             or to `none` to skip such tests",
            file.display()
        );
    }
    skipped(test, &format!("no measured data at {}", file.display()));
    None
}

/// Says that `test` was skipped for want of a graphics adapter, or fails it
/// where `COUNTERPART_REQUIRE_GPU_TESTS=1` promises one.
pub fn skipped_without_gpu(test: &str, reason: &str) {
    if is_set_to("COUNTERPART_REQUIRE_GPU_TESTS", "1") {
        panic!(
            "{test}: {reason}; COUNTERPART_REQUIRE_GPU_TESTS=1 asks for a Vulkan adapter \
             (a software one will do: package mesa-vulkan-drivers)"
        );
    }
    skipped(test, reason);
}

/// Says that `test` was skipped for want of a program, or fails it where
/// `CI=true` promises that everything is installed.
pub fn skipped_without(test: &str, reason: &str) {
    if is_set_to("CI", "true") {
        panic!("{test}: {reason}; with CI=true it has to be there (.ci/run installs it)");
    }
    skipped(test, reason);
}

/// Says that `test` was skipped. Written past the capture of the test runner,
/// which would hide it in a run that passes.
fn skipped(test: &str, reason: &str) {
    let line = format!("SKIPPED {test}: {reason}\n");
    // Nothing sensible is left to do when the terminal is gone.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

fn is_set_to(variable: &str, value: &str) -> bool {
    std::env::var(variable).is_ok_and(|set| set == value)
}
