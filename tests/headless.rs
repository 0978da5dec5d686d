//! The program without its window, from end to end.
#![expect(
    clippy::float_cmp,
    reason = "a test states exact values and reports what it found by failing"
)]

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{fails, folder_with_bottling, folder_with_twin, succeeds};

#[test]
fn a_run_is_repeated_bit_for_bit_and_tampering_is_found() {
    let folder = folder_with_twin();
    let here = folder.path();
    let run = [
        "run",
        "tclab",
        "--until",
        "20 min",
        "--members",
        "20",
        "--out",
        "result",
    ];
    let told = succeeds(here, &run);
    assert!(told.contains("T1") && told.contains("pooled"), "{told}");
    for file in [
        "trajectory.parquet",
        "trajectory.csv",
        "bands.csv",
        "residuals.csv",
        "run.ron",
    ] {
        assert!(
            here.join("result").join(file).is_file(),
            "{file} is missing"
        );
    }
    succeeds(here, &["verify", "result"]);

    // A changed digit in a result.
    let bands = here.join("result/bands.csv");
    let original = fs::read_to_string(&bands).unwrap();
    let position = original.rfind(|one: char| one.is_ascii_digit()).unwrap();
    let digit = if original.as_bytes()[position] == b'7' {
        "8"
    } else {
        "7"
    };
    let mut changed = original.clone();
    changed.replace_range(position..=position, digit);
    fs::write(&bands, changed).unwrap();
    let message = fails(here, &["verify", "result"], 1);
    assert!(message.contains("bands.csv"), "{message}");
    fs::write(&bands, original).unwrap();

    // A missing result.
    let trajectory = here.join("result/trajectory.csv");
    let kept = fs::read(&trajectory).unwrap();
    fs::remove_file(&trajectory).unwrap();
    let message = fails(here, &["verify", "result"], 1);
    assert!(message.contains("trajectory.csv"), "{message}");
    fs::write(&trajectory, kept).unwrap();
    succeeds(here, &["verify", "result/run.ron"]);

    // A changed input.
    let document = here.join("tclab/twin.ron");
    let twin = fs::read_to_string(&document).unwrap();
    fs::write(&document, format!("{twin}// touched\n")).unwrap();
    let message = fails(here, &["verify", "result"], 1);
    assert!(message.contains("has changed since the run"), "{message}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = folder_with_twin();
    let here = folder.path();
    for threads in ["1", "3"] {
        succeeds(
            here,
            &[
                "run",
                "tclab",
                "--until",
                "10 min",
                "--members",
                "8",
                "--out",
                threads,
                "--threads",
                threads,
            ],
        );
    }
    let record = |threads: &str| fs::read_to_string(here.join(threads).join("run.ron")).unwrap();
    assert_eq!(record("1"), record("3"));
}

#[test]
fn another_seed_gives_other_bands_and_the_same_trajectory() {
    let folder = folder_with_twin();
    let here = folder.path();
    for seed in ["1", "2"] {
        succeeds(
            here,
            &[
                "run",
                "tclab",
                "--until",
                "5 min",
                "--members",
                "4",
                "--seed",
                seed,
                "--out",
                seed,
            ],
        );
    }
    let file = |seed: &str, name: &str| fs::read(here.join(seed).join(name)).unwrap();
    assert_ne!(file("1", "bands.csv"), file("2", "bands.csv"));
    assert_eq!(file("1", "trajectory.csv"), file("2", "trajectory.csv"));
}

#[test]
fn a_scenario_runs_without_telemetry_over_its_own_horizon() {
    let folder = folder_with_twin();
    let here = folder.path();
    let told = succeeds(
        here,
        &["run", "tclab", "--scenario", "operation", "--out", "result"],
    );
    assert!(told.contains("3600 steps"), "{told}");
    assert!(!here.join("result/residuals.csv").exists());
    succeeds(here, &["verify", "result"]);
    // Heater 1 is asked for half its watt after a minute.
    let table = fs::read_to_string(here.join("result/trajectory.csv")).unwrap();
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let column = header
        .iter()
        .position(|name| name.trim_matches('"').starts_with("power_1.command"))
        .unwrap();
    let at = |second: usize| -> f64 {
        let line = table.lines().nth(1 + second).unwrap();
        line.split(',').nth(column).unwrap().parse().unwrap()
    };
    assert_eq!(at(30), 0.0);
    assert_eq!(at(120), 50.0);
}

#[test]
fn a_what_if_of_the_command_line_comes_about_is_recorded_and_repeated() {
    let folder = folder_with_twin();
    let here = folder.path();
    let run = |what_if: &[&str], out: &str| {
        let mut arguments = vec![
            "run",
            "tclab",
            "--no-telemetry",
            "--until",
            "6 min",
            "--out",
            out,
        ];
        for text in what_if {
            arguments.extend(["--what-if", text]);
        }
        succeeds(here, &arguments);
        fs::read_to_string(here.join(out).join("trajectory.csv")).unwrap()
    };
    let plain = run(&[], "plain");
    let wrong = run(
        &[
            "sensor_1 misreads 3 K from 2 min to 4 min",
            "power_1 failed",
        ],
        "wrong",
    );
    let reading = |table: &str| -> Vec<f64> {
        let mut lines = table.lines();
        let mut header = lines.next().unwrap().split(',');
        let position = header
            .position(|one| one.trim_matches('"').starts_with("sensor_1.reading"))
            .unwrap();
        lines
            .map(|line| line.split(',').nth(position).unwrap().parse().unwrap())
            .collect()
    };
    for (second, (before, after)) in reading(&plain).iter().zip(reading(&wrong)).enumerate() {
        // The reading of a step tells of its end, the bias of its begin.
        let expected = if (121..=240).contains(&second) {
            3.0
        } else {
            0.0
        };
        assert!(
            (after - before - expected).abs() < 1e-9,
            "{second} s: {before} and {after}"
        );
    }
    let record = fs::read_to_string(here.join("wrong/run.ron")).unwrap();
    assert!(
        record.contains("misreads") && record.contains("failed"),
        "{record}"
    );
    succeeds(here, &["verify", "wrong"]);
    // What befell is part of what is verified.
    let record = record.replace("\"3 K\"", "\"2 K\"");
    fs::write(here.join("wrong/run.ron"), record).unwrap();
    let message = fails(here, &["verify", "wrong"], 1);
    assert!(message.contains("trajectory.csv"), "{message}");
}

#[test]
fn synthetic_telemetry_is_reproducible_and_hides_what_it_says() {
    let folder = folder_with_twin();
    let here = folder.path();
    for (seed, name) in [("3", "a.csv"), ("3", "b.csv"), ("4", "c.csv")] {
        succeeds(
            here,
            &[
                "synthesize",
                "tclab",
                "--seed",
                seed,
                "--duration",
                "40 min",
                "--out",
                name,
            ],
        );
    }
    let read = |name: &str| fs::read_to_string(here.join(name)).unwrap();
    assert_eq!(read("a.csv"), read("b.csv"));
    assert_eq!(read("a.hidden.ron"), read("b.hidden.ron"));
    assert_ne!(read("a.csv"), read("c.csv"));
    assert!(read("a.hidden.ron").contains("heater_1.heat_capacity"));
    // The sensors fail for a while: rows with commands and without readings.
    let empty = read("a.csv")
        .lines()
        .filter(|line| line.ends_with(",,") || line.ends_with(','))
        .count();
    assert_eq!(empty, 150);
    let told = succeeds(
        here,
        &["run", "tclab", "--telemetry", "a.csv", "--out", "result"],
    );
    assert!(told.contains("pooled"), "{told}");
}

#[test]
fn a_fit_finds_what_was_hidden_and_its_file_serves_the_next_run() {
    let folder = folder_with_twin();
    let here = folder.path();
    succeeds(
        here,
        &[
            "synthesize",
            "tclab",
            "--seed",
            "5",
            "--duration",
            "90 min",
            "--out",
            "hidden.csv",
        ],
    );
    let told = succeeds(
        here,
        &[
            "run",
            "tclab",
            "--telemetry",
            "hidden.csv",
            "--fit",
            "--out",
            "fitted",
        ],
    );
    assert!(!told.contains("FAIL"), "{told}");
    succeeds(here, &["verify", "fitted"]);
    let fitted = counterpart::inference::ParameterSet::read(&here.join("fitted/parameters.ron"))
        .expect("a parameter set");
    let hidden: counterpart::live::Hidden =
        ron::from_str(&fs::read_to_string(here.join("hidden.hidden.ron")).unwrap()).unwrap();
    let mut inside = 0;
    for (path, truth) in &hidden.parameters {
        let found = &fitted.values[path];
        let deviation = found.standard_deviation.as_ref().unwrap().difference_si();
        let error = (found.value.si() - truth.si()).abs();
        // Nine figures at once, with a room that drifts while the fit takes it
        // for constant: five standard deviations leave no room for chance.
        assert!(
            error < 5.0 * deviation,
            "{path}: {error} off, ± {deviation}"
        );
        inside += usize::from(error < 2.0 * deviation);
    }
    assert!(
        inside * 2 > hidden.parameters.len(),
        "only {inside} within two deviations"
    );
    let again = succeeds(
        here,
        &[
            "run",
            "tclab",
            "--telemetry",
            "hidden.csv",
            "--parameters",
            "fitted/parameters.ron",
        ],
    );
    assert!(!again.contains("FAIL"), "{again}");
}

#[test]
fn what_is_wrong_is_said_and_ends_with_a_code() {
    let folder = folder_with_twin();
    let here = folder.path();
    let write = |name: &str, content: &str| fs::write(here.join(name), content).unwrap();
    write("other.csv", "t,A,B\n0,1,2\n");
    write("late.csv", "t,T1\n-5,20\n-4,20\n");
    write("broken.ron", "(format: 1,");
    write("parameters.ron", "(nothing)");

    for (arguments, code, expected) in [
        (vec!["run", "nowhere"], 1, "nowhere"),
        (vec!["run", "broken.ron"], 1, "broken.ron"),
        (vec!["run", "tclab", "--scenario", "warm"], 1, "warm_room"),
        (
            vec!["run", "tclab", "--telemetry", "gone.csv"],
            1,
            "gone.csv",
        ),
        (
            vec!["run", "tclab", "--telemetry", "other.csv"],
            1,
            "none of its columns",
        ),
        (vec!["run", "tclab", "--telemetry", "late.csv"], 1, "epoch"),
        (
            vec!["run", "tclab", "--parameters", "gone.ron"],
            1,
            "gone.ron",
        ),
        (
            vec!["run", "tclab", "--parameters", "parameters.ron"],
            1,
            "parameters.ron",
        ),
        (
            vec!["run", "tclab", "--no-telemetry", "--fit"],
            1,
            "--telemetry",
        ),
        (vec!["run", "tclab", "--map", "A"], 1, "--map A"),
        (
            vec!["run", "tclab", "--what-if", "power_1 faild"],
            1,
            "did you mean `failed`",
        ),
        (
            vec!["run", "tclab", "--what-if", "power_3 failed"],
            1,
            "no asset `power_3`",
        ),
        (vec!["run", "tclab", "--what-if", "power_1"], 2, "--what-if"),
        (vec!["run", "tclab", "--until=-1 h"], 2, "--until"),
        (vec!["run", "tclab", "--until", "long"], 2, "--until"),
        (
            vec!["run", "tclab", "--fit", "everything"],
            2,
            "initial-states",
        ),
        (vec!["run", "tclab", "--members", "1"], 2, "--members"),
        (vec!["run"], 2, "<TWIN>"),
        (vec!["verify", "tclab"], 1, "run.ron"),
        (vec!["verify", "broken.ron"], 1, "not a run record"),
        (vec!["synthesize", "tclab"], 2, "--out"),
        (
            vec![
                "synthesize",
                "tclab",
                "--out",
                "x.csv",
                "--duration",
                "1 ms",
            ],
            1,
            "timestep",
        ),
    ] {
        let message = fails(here, &arguments, code);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

#[test]
fn results_that_cannot_be_written_are_reported_and_nothing_is_lost() {
    let folder = folder_with_twin();
    let here = folder.path();
    fs::write(here.join("occupied"), "precious").unwrap();
    let message = fails(
        here,
        &["run", "tclab", "--until", "1 min", "--out", "occupied"],
        1,
    );
    assert!(message.contains("occupied"), "{message}");
    assert_eq!(
        fs::read_to_string(here.join("occupied")).unwrap(),
        "precious"
    );
}

#[test]
fn a_run_and_a_live_twin_are_held_against_an_event_log() {
    let folder = folder_with_bottling();
    let here = folder.path();
    let told = succeeds(
        here,
        &[
            "run",
            "bottling",
            "--no-telemetry",
            "--until",
            "6 h",
            "--beside",
            "--out",
            "result",
        ],
    );
    assert!(
        told.contains("beside the event log") && told.contains("labeller_table"),
        "{told}"
    );
    let table = fs::read_to_string(here.join("result/beside.csv")).unwrap();
    for row in [
        "labeller,throughput,1/h,",
        "labeller,working,%,",
        "labeller_table,time inside,s,",
    ] {
        assert!(table.contains(row), "no `{row}` in {table}");
    }
    succeeds(here, &["verify", "result"]);
    let told = succeeds(here, &["log", "check", "bottling"]);
    assert!(told.contains("nothing is wrong with it"), "{told}");
    assert_eq!(
        told,
        succeeds(here, &["log", "check", "bottling", "bottling/log.parquet"])
    );

    // A crate that stands on the table before and after everything live.
    let log = "time,item,asset,event\n2026-01-05T00:00:00Z,1,infeed,enter\n\
               2200-01-05T00:00:00Z,1,infeed,leave\n";
    fs::write(here.join("long.csv"), log).unwrap();
    let live = ["live", "bottling", "--plant", "--speed", "1000", "--beside"];
    let with = |rest: &[&'static str]| [&live[..], rest].concat();
    let told = succeeds(here, &with(&["long.csv", "--for", "1 h"]));
    assert!(
        told.contains("infeed") && told.contains("throughput"),
        "{told}"
    );
    let message = fails(here, &with(&["none.csv", "--for", "1 h"]), 1);
    assert!(message.contains("none.csv"), "{message}");
    // Without an end there is nothing to say at it.
    let message = fails(here, &with(&["long.csv"]), 2);
    assert!(message.contains("--for"), "{message}");
}
