//! Runs that are saved on the way and gone on from: the same bits as in one go, and
//! nothing that is of another run.
#![expect(clippy::panic, reason = "a test reports what it found by failing")]

use std::path::{Path, PathBuf};

use counterpart::live::{LiveError, RunOutcome, RunRequest, run};
use counterpart::quantity::SimDuration;
use counterpart::simulation::{Progress, RunRecord};
use counterpart::twin::Occurrence;

fn scene(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenes")
        .join(name)
}

fn duration(text: &str) -> SimDuration {
    SimDuration::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn ran(request: &RunRequest) -> RunOutcome {
    run(request, &Progress::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(request: &RunRequest) -> String {
    match run(request, &Progress::new()) {
        Err(error @ LiveError::SavedState { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("it was taken"),
    }
}

/// Runs to `whole` in one go, and to `part`, then on from what was saved there, and
/// compares the records: digests of every row of every variable, and of the residuals.
fn in_two_parts(request: &RunRequest, part: &str, whole: &str) {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let (one_go, resumed) = (folder.path().join("one"), folder.path().join("two"));
    let state = folder.path().join("half.state");
    let until = |length: &str| RunRequest {
        until: Some(duration(length)),
        ..request.clone()
    };
    let expected = ran(&RunRequest {
        out: Some(one_go.clone()),
        ..until(whole)
    });
    ran(&RunRequest {
        save_state: Some(state.clone()),
        ..until(part)
    });
    let found = ran(&RunRequest {
        from_state: Some(state),
        out: Some(resumed.clone()),
        ..until(whole)
    });
    assert_eq!(found.channels, expected.channels);
    assert_eq!((found.steps, found.end), (expected.steps, expected.end));
    let record = |folder: &Path| {
        RunRecord::read(&folder.join("run.ron")).unwrap_or_else(|error| panic!("{error}"))
    };
    let expected = record(&one_go);
    assert!(!expected.outputs.is_empty());
    assert_eq!(record(&resumed), expected);
}

#[test]
fn a_radiating_network_beside_its_measurements_goes_on_with_the_same_bits() {
    let request = RunRequest {
        twin: scene("tclab"),
        members: Some(3),
        ..RunRequest::default()
    };
    // Radiation was frozen at other temperatures than those of the moment.
    in_two_parts(&request, "1234 s", "1 h");
}

#[test]
fn hydraulics_and_quality_go_on_with_the_same_bits() {
    let burst = Occurrence::parse("anchor_street_main_3 burst 6 cm2 from 2 h to 8 h");
    let request = RunRequest {
        twin: scene("harbour"),
        without_telemetry: true,
        what_if: vec![burst.unwrap_or_else(|error| panic!("{error}"))],
        ..RunRequest::default()
    };
    in_two_parts(&request, "5 h 5 min", "10 h");
}

#[test]
fn a_line_with_heat_and_vehicles_goes_on_with_the_same_bits() {
    let mut request = RunRequest {
        twin: scene("bottling"),
        without_telemetry: true,
        ..RunRequest::default()
    };
    in_two_parts(&request, "7 h 30 s", "16 h");
    // The heat is out of its band when it is saved, and a control has stopped the line.
    request.scenario = Some("weak_steam".to_owned());
    in_two_parts(&request, "1 h 30 min", "4 h");
}

#[test]
fn a_state_of_another_run_is_refused_with_what_differs() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let state = folder.path().join("a.state");
    let request = RunRequest {
        twin: scene("bottling"),
        without_telemetry: true,
        until: Some(duration("5 min")),
        ..RunRequest::default()
    };
    ran(&RunRequest {
        save_state: Some(state.clone()),
        ..request.clone()
    });
    let on = RunRequest {
        from_state: Some(state.clone()),
        until: Some(duration("10 min")),
        ..request
    };
    ran(&on);
    let refused_with = |changed: RunRequest, words: &str| {
        let said = refused(&changed);
        assert!(said.contains(words), "{said}");
    };
    let change = |change: &dyn Fn(&mut RunRequest)| {
        let mut changed = on.clone();
        change(&mut changed);
        changed
    };
    refused_with(change(&|one| one.seed = Some(7)), "seed");
    refused_with(
        change(&|one| one.scenario = Some("weak_steam".to_owned())),
        "another scenario",
    );
    refused_with(change(&|one| one.without_telemetry = false), "telemetry");
    refused_with(change(&|one| one.twin = scene("tclab")), "another document");
    refused_with(
        change(&|one| one.until = Some(duration("1 min"))),
        "--until",
    );

    let bytes = std::fs::read(&state).unwrap_or_else(|error| panic!("{error}"));
    let refused_bytes = |bytes: &[u8], words: &str| {
        std::fs::write(&state, bytes).unwrap_or_else(|error| panic!("{error}"));
        refused_with(on.clone(), words);
    };
    refused_bytes(&bytes[..bytes.len() - 1], "damaged");
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    refused_bytes(&flipped, "damaged");
    refused_bytes(b"(format: 1)", "no saved state");
    let later = [b"counterpart state 2\n", &bytes[20..]].concat();
    refused_bytes(&later, "format 2");
}
