//! Runs on what a telemetry store holds: repeated bit for bit whatever comes in
//! later, or refused with the reason.
#![expect(
    clippy::expect_used,
    reason = "helper functions of tests report by failing"
)]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use counterpart::live::load_twin;
use counterpart::quantity::{SimDuration, SimTime};
use counterpart::telemetry::store::{Retention, SealPolicy, Store, StoreDescription};
use counterpart::telemetry::{
    Disposition, Flag, Judged, Rule, Rules, Sample, SourceQuality, Verdict, read_csv,
};
use program::{fails, folder_with_twin, succeeds};

/// Length of what is stored, and where a sample of `T1` is missing at first.
const LENGTH: i64 = 1200;
const MISSING: i64 = 600;

const GOOD: Verdict = Verdict {
    flag: Flag::Good,
    rules: Rules::NONE,
    disposition: Disposition::Accepted,
};

fn at(seconds: i64) -> SimTime {
    SimTime::ZERO + SimDuration::from_whole_seconds(seconds)
}

fn open(here: &Path) -> Store {
    let twin = load_twin(&here.join("tclab")).expect("the bundled twin");
    let description = StoreDescription::from(twin.twin.as_ref());
    Store::open(&here.join("tclab/telemetry.store"), &description).expect("a store")
}

fn judged(channel: u32, time: SimTime, value: f64) -> Judged {
    Judged {
        sample: Sample {
            channel,
            time,
            received: time,
            sequence: 0,
            source_sequence: None,
            value,
            quality: SourceQuality::None,
        },
        verdict: GOOD,
    }
}

/// Stores the first twenty minutes of the file that comes with the twin, but for
/// one sample; part of it in segments, the end of it not sealed.
fn store_the_file(here: &Path) -> (u32, f64) {
    let twin = load_twin(&here.join("tclab")).expect("the bundled twin");
    let file = here.join("tclab/telemetry.csv");
    let telemetry = read_csv(&file, &twin.twin, &twin.variables).expect("telemetry");
    let channel = twin.twin.channels.iter().position(|one| one.id == "T1");
    let channel = channel.expect("a channel T1") as u32;
    let mut missing = None;
    let mut all = Vec::new();
    for samples in &telemetry.channels {
        for (time, value) in samples.times.iter().zip(&samples.values) {
            let position = samples.channel as u32;
            if position == channel && *time == at(MISSING) {
                missing = Some(*value);
            } else if *time <= at(LENGTH) {
                all.push(judged(position, *time, *value));
            }
        }
    }
    all.sort_by_key(|one| (one.sample.time, one.sample.channel));
    let mut store = open(here);
    for some in all.chunks_mut(500) {
        store.append_judged(some).expect("stored");
    }
    let policy = SealPolicy {
        samples: 1000,
        ..SealPolicy::default()
    };
    let sealed = store.seal(&policy).expect("sealed");
    assert!(sealed.len() > 2, "{}", sealed.len());
    (channel, missing.expect("the file has that sample"))
}

/// A result without the lines that say where it is from.
fn table(here: &Path, name: &str) -> String {
    let text = fs::read_to_string(here.join(name)).expect(name);
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_run_on_stored_data_is_repeated_bit_for_bit_whatever_comes_later() {
    let folder = folder_with_twin();
    let here = folder.path();
    let (channel, missing) = store_the_file(here);

    succeeds(here, &["run", "tclab", "--store", "--out", "first"]);
    let record = fs::read_to_string(here.join("first/run.ron")).expect("a record");
    assert!(record.contains("segments: ["), "{record}");
    succeeds(here, &["verify", "first"]);
    // The store gives what the file does.
    succeeds(
        here,
        &["run", "tclab", "--until", "20 min", "--out", "of_file"],
    );
    let trajectory = "trajectory.csv";
    assert_eq!(
        table(here, &format!("first/{trajectory}")),
        table(here, &format!("of_file/{trajectory}"))
    );

    {
        // A sample that comes late, a new verdict on an old one, and segments joined.
        let mut store = open(here);
        store
            .append_judged(&mut [judged(channel, at(MISSING), missing + 0.5)])
            .expect("stored");
        let doubted = Verdict {
            flag: Flag::Fail,
            rules: Rules::NONE.with(Rule::Drift),
            disposition: Disposition::KeptAside,
        };
        store
            .judge(&[(2001, doubted), (2002, doubted), (2003, doubted)])
            .expect("judged");
        store.seal_judged().expect("sealed");
        store.compact(1 << 20).expect("joined");
        assert_eq!(store.segments().expect("known").len(), 1);
    }
    let told = succeeds(here, &["verify", "first"]);
    assert!(told.contains("bit for bit"), "{told}");

    // A new run sees what is there now.
    let told = succeeds(here, &["run", "tclab", "--store", "--out", "second"]);
    assert!(told.contains("3 samples kept aside"), "{told}");
    let residuals = "residuals.csv";
    assert_ne!(
        table(here, &format!("first/{residuals}")),
        table(here, &format!("second/{residuals}"))
    );
    succeeds(here, &["verify", "second"]);

    // Another document or another store is no repetition.
    let elsewhere = here.join("tclab/telemetry.store.kept");
    fs::rename(here.join("tclab/telemetry.store"), &elsewhere).expect("moved");
    let message = fails(here, &["verify", "first"], 1);
    assert!(message.contains("there is no telemetry store"), "{message}");
    drop(open(here));
    let message = fails(here, &["verify", "first"], 1);
    assert!(
        message.contains("is not the store that it read"),
        "{message}"
    );
}

#[test]
fn a_run_whose_data_retention_has_dropped_says_so() {
    let folder = folder_with_twin();
    let here = folder.path();
    store_the_file(here);
    let part = |from: &str, to: &str, out: &str| {
        succeeds(
            here,
            &[
                "run", "tclab", "--store", "--from", from, "--to", to, "--out", out,
            ],
        )
    };
    part("0 s", "2 min", "early");
    part("2024-01-01T00:15:00Z", "2024-01-01T00:18:00Z", "late");
    let table = table(here, "late/residuals.csv");
    let first = table.lines().nth(1).expect("a row");
    assert!(first.starts_with("900"), "{first}");
    {
        let mut store = open(here);
        let retention = Retention {
            older_than: Some(at(10 * 60)),
            most_bytes: None,
        };
        let retained = store.retain(&retention).expect("retained");
        assert!(!retained.dropped.is_empty());
    }
    // What is gone is said; what is still there is repeated.
    let message = fails(here, &["verify", "early"], 1);
    assert!(
        message.contains("is gone") && message.contains("retention"),
        "{message}"
    );
    succeeds(here, &["verify", "late"]);
}

#[test]
fn a_store_that_has_nothing_to_run_on_says_what_it_has() {
    let folder = folder_with_twin();
    let here = folder.path();
    let message = fails(here, &["run", "tclab", "--store"], 1);
    assert!(message.contains("there is no telemetry store"), "{message}");
    drop(open(here));
    let message = fails(here, &["run", "tclab", "--store"], 1);
    assert!(message.contains("the store is empty"), "{message}");
    store_the_file(here);
    let message = fails(
        here,
        &["run", "tclab", "--store", "--from", "3 h", "--to", "4 h"],
        1,
    );
    assert!(
        message.contains("the store reaches from 2024-01-01T00:00:00Z to 2024-01-01T00:20:00Z"),
        "{message}"
    );
    fails(here, &["run", "tclab", "--store", "--from", "yesterday"], 2);
    fails(here, &["run", "tclab", "--from", "3 h"], 2);
}

#[test]
fn what_is_stored_is_told_and_written_as_a_table() {
    let folder = folder_with_twin();
    let here = folder.path();
    store_the_file(here);
    {
        let mut store = open(here);
        let doubted = Verdict {
            disposition: Disposition::KeptAside,
            ..GOOD
        };
        store.judge(&[(1, doubted)]).expect("judged");
    }
    let told = succeeds(here, &["telemetry", "store", "tclab"]);
    let line = |channel: &str| -> Vec<String> {
        let line = told.lines().find(|line| line.starts_with(channel));
        let cells = line.expect("a line for each channel").split_whitespace();
        cells.map(str::to_owned).collect()
    };
    assert_eq!(line("Q1")[1..3], ["1201", "1"], "{told}");
    assert_eq!(
        line("T1")[1..],
        [
            "1200",
            "0",
            "100.0",
            "%",
            "2024-01-01T00:00:00Z",
            "2024-01-01T00:20:00Z"
        ]
    );

    let export = [
        "telemetry",
        "export",
        "tclab",
        "--channel",
        "Q1",
        "--channel",
        "T2",
        "--to",
        "1 min",
        "-o",
        "part.csv",
    ];
    let told = succeeds(here, &export);
    assert!(
        told.contains("121 samples, 1 that are kept aside"),
        "{told}"
    );
    let table = fs::read_to_string(here.join("part.csv")).expect("a table");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<_> = rows.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 121);
    assert_eq!((&rows[0][2], &rows[0][4]), ("T2", "Cel"));
    let file = fs::read_to_string(here.join("tclab/telemetry.csv")).expect("telemetry");
    let header: Vec<&str> = file.lines().next().expect("a header").split(',').collect();
    let place = header.iter().position(|name| name.starts_with("T2"));
    let place = place.expect("a column of T2");
    let original = file
        .lines()
        .nth(1)
        .and_then(|row| row.split(',').nth(place));
    let original: f64 = original
        .and_then(|cell| cell.parse().ok())
        .expect("a number");
    let written: f64 = rows[0][3].parse().expect("a number");
    assert!((written - original).abs() < 1e-9, "{written} {original}");

    let message = fails(
        here,
        &["telemetry", "export", "tclab", "-o", "part.xlsx"],
        1,
    );
    assert!(message.contains(".parquet"), "{message}");
    let unknown = [
        "telemetry",
        "export",
        "tclab",
        "--channel",
        "T9",
        "-o",
        "a.csv",
    ];
    assert!(fails(here, &unknown, 1).contains("`T1`"));
    succeeds(here, &["telemetry", "export", "tclab", "-o", "all.parquet"]);
    assert!(here.join("all.parquet").is_file());
}
