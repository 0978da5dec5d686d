//! The measured experiments of the Temperature Control Lab, read through the
//! bundled twin's channels.
#![expect(
    clippy::expect_used,
    reason = "a test reports what it found by failing"
)]

mod support;

use std::path::Path;

use counterpart::model;
use counterpart::telemetry::{self, Telemetry};
use counterpart::twin::{self, LoadedTwin};

fn tclab() -> LoadedTwin {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab/twin.ron");
    twin::load(&path, &model::registry()).expect("the bundled twin")
}

/// Numbers of one column, read in the plainest way.
fn column(text: &str, name: &str) -> Vec<f64> {
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    let position = header
        .split(',')
        .position(|one| one == name)
        .expect("the column");
    lines
        .map(|line| {
            let cell = line.split(',').nth(position).expect("a cell");
            cell.parse().expect("a number")
        })
        .collect()
}

fn assert_all_read(telemetry: &Telemetry, text: &str, loaded: &LoadedTwin) {
    let name = &telemetry.name;
    assert_eq!(
        telemetry.rejected_count,
        0,
        "{name}: {:?}",
        telemetry.rejected.first()
    );
    assert_eq!(telemetry.channels.len(), 4, "{name}");
    for samples in &telemetry.channels {
        let channel = &loaded.twin.channels[samples.channel];
        let expected = column(text, &channel.id);
        assert_eq!(samples.values.len(), expected.len(), "{name}");
        for (found, expected) in samples.values.iter().zip(expected) {
            assert!(
                (channel.unit.from_si(*found) - expected).abs() < 1e-9,
                "{name}"
            );
        }
        for (time, expected) in samples.times.iter().zip(column(text, "t")) {
            assert!((time.as_seconds() - expected).abs() < 1e-9, "{name}");
        }
    }
    // Sampled once a second: alignment moves and merges nothing.
    let observations = telemetry.align(loaded.twin.timestep);
    for (observed, samples) in observations.channels.iter().zip(&telemetry.channels) {
        assert_eq!(observed.superseded, 0, "{name}");
        assert_eq!(observed.times, samples.times, "{name}");
    }
}

#[test]
fn every_measured_experiment_is_read_whole() {
    let test = "every_measured_experiment_is_read_whole";
    let Some(folder) = support::measured_data(test, "thermal/tclab") else {
        return;
    };
    let loaded = tclab();
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|one| one == "csv"))
        .collect();
    files.sort();
    assert!(files.len() >= 8, "found only {files:?}");
    for path in files {
        let telemetry = telemetry::read_csv(&path, &loaded.twin, &loaded.variables)
            .unwrap_or_else(|report| panic!("{report}"));
        let text = std::fs::read_to_string(&path).expect("the file");
        assert_all_read(&telemetry, &text, &loaded);
    }
}
