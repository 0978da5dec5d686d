//! Whether what a plant's telemetry suffers from is found, named and told in
//! time, and how often there is an alarm without a fault. A week of it is in
//! `docs/validation/telemetry.md`; this is a shorter while of the same.
#![expect(
    clippy::expect_used,
    reason = "a test reports what it found by failing"
)]

use std::path::Path;

use counterpart::live::validation::{Validation, ValidationRequest, validate_telemetry};
use counterpart::quantity::SimDuration;

/// False alarms that `docs/validation/telemetry.md` states for a plant without
/// faults, per channel and week.
const STATED: f64 = 1.0;

fn validated(length: &str, seed: u64) -> Validation {
    validate_telemetry(&ValidationRequest {
        twin: Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab"),
        faults: None,
        length: SimDuration::parse(length).expect("a duration"),
        seed,
    })
    .expect("a validation")
}

/// A file that lists no faults.
fn no_faults(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("none.ron");
    std::fs::write(&path, "(faults: [])").expect("a file");
    path
}

#[test]
fn the_four_faults_that_a_plant_sends_most_are_found_named_and_in_time() {
    let validation = validated("36 h", 7);
    println!("{}", validation.to_text());
    let words: Vec<_> = validation
        .leading
        .iter()
        .map(|one| one.fault.as_str())
        .collect();
    assert_eq!(words, ["gap", "stuck", "drift", "late batch"]);
    for one in &validation.leading {
        assert!(one.injected >= 2, "{one:?}");
        assert_eq!(one.found, one.injected, "{one:?}");
        assert_eq!(one.named, one.injected, "{one:?}");
        assert_eq!(one.in_time, one.injected, "{one:?}");
    }
}

#[test]
fn a_plant_without_faults_raises_no_more_alarms_than_are_stated() {
    let folder = tempfile::tempdir().expect("a folder");
    let validation = validate_telemetry(&ValidationRequest {
        twin: Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab"),
        faults: Some(no_faults(folder.path())),
        length: SimDuration::parse("24 h").expect("a duration"),
        seed: 11,
    })
    .expect("a validation");
    println!("{}", validation.to_text());
    // Four channels for a day are 0.57 channel-weeks: what is stated leaves room for
    // less than one.
    let allowed = (STATED * validation.without_weeks).ceil();
    let count: usize = validation.without_faults.iter().map(|one| one.count).sum();
    assert!(count as f64 <= allowed, "{:?}", validation.without_faults);
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    assert_eq!(validated("2 h", 3), validated("2 h", 3));
}

#[test]
fn given_faults_are_judged_in_place_of_drawn_ones() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab");
    let validation = validate_telemetry(&ValidationRequest {
        faults: Some(folder.join("faults.ron")),
        twin: folder,
        length: SimDuration::parse("3 h").expect("a duration"),
        seed: 1,
    })
    .expect("a validation");
    let injected: Vec<_> = validation
        .leading
        .iter()
        .map(|one| (one.fault.as_str(), one.injected))
        .collect();
    // The batch is late on all four channels.
    assert_eq!(
        injected,
        [("gap", 1), ("stuck", 1), ("drift", 1), ("late batch", 4)]
    );
    assert!(validation.others.is_empty());
}
