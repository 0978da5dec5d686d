//! The tools around telemetry from outside: what is proposed for a file of
//! unknown columns, contracts out and in, and the plant that is played.
#![expect(
    clippy::expect_used,
    reason = "helper functions of tests report by failing"
)]

#[path = "support/program.rs"]
mod program;
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use counterpart::live::onboarding::{Onboarding, OnboardingRequest, examine_file};
use counterpart::live::{Session, SessionOptions, open_document};
use counterpart::quantity::SimDuration;
use program::{counterpart, folder_with_twin, succeeds};

/// Columns of a measured experiment by name, each a list of cells.
fn experiment(path: &Path) -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(path).expect("the experiment");
    let mut lines = text.lines();
    let names = lines.next().expect("a header").split(',');
    let mut columns: Vec<(String, Vec<String>)> =
        names.map(|name| (name.to_owned(), Vec::new())).collect();
    for line in lines {
        for (cell, (_, cells)) in line.split(',').zip(&mut columns) {
            cells.push(cell.to_owned());
        }
    }
    columns
}

/// Writes columns of an experiment under other headers, in the order given.
fn renamed(
    columns: &[(String, Vec<String>)],
    headers: &[(&str, &str)],
    delimiter: &str,
    cell: impl Fn(&str, &str) -> String,
) -> String {
    let chosen: Vec<(&str, &Vec<String>)> = headers
        .iter()
        .map(|(own, _)| {
            let found = columns.iter().find(|(name, _)| name == own);
            (*own, &found.expect("a column of the experiment").1)
        })
        .collect();
    let shown: Vec<&str> = headers.iter().map(|(_, shown)| *shown).collect();
    let mut text = shown.join(delimiter) + "\n";
    for row in 0..chosen[0].1.len() {
        let cells: Vec<String> = chosen
            .iter()
            .map(|(own, cells)| cell(own, &cells[row]))
            .collect();
        text.push_str(&(cells.join(delimiter) + "\n"));
    }
    text
}

fn examined(folder: &Path, text: &[u8]) -> Onboarding {
    let file = folder.join("unknown.csv");
    fs::write(&file, text).expect("written");
    examine_file(&OnboardingRequest {
        file,
        twin: Some(folder.join("tclab")),
        zone: None,
    })
    .expect("a table")
}

/// What each column was taken for and accepted as.
fn targets(onboarding: &Onboarding) -> Vec<(String, Option<String>)> {
    onboarding
        .inference
        .columns
        .iter()
        .map(|column| {
            let target = column.target.as_ref().filter(|_| column.is_accepted);
            (
                column.header.clone(),
                target.and_then(|one| one.value.channel.clone()),
            )
        })
        .collect()
}

fn told(onboarding: &Onboarding) -> String {
    onboarding
        .inference
        .columns
        .iter()
        .map(|column| {
            format!(
                "{}: {:?} {:?}\n",
                column.header, column.target, column.alternatives
            )
        })
        .collect()
}

fn expected(pairs: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    pairs
        .iter()
        .map(|(header, channel)| ((*header).to_owned(), channel.map(str::to_owned)))
        .collect()
}

const EXPERIMENTS: [&str; 3] = ["tclab_prbs_2024", "tclab_prbs_2022", "tclab_cl_0"];

fn measured(test: &str) -> Option<Vec<PathBuf>> {
    EXPERIMENTS
        .iter()
        .map(|name| support::measured_data(test, &format!("thermal/tclab/{name}.csv")))
        .collect()
}

#[test]
fn columns_of_a_real_experiment_are_found_by_what_people_call_them() {
    let test = "columns_of_a_real_experiment_are_found_by_what_people_call_them";
    let Some(paths) = measured(test) else { return };
    for path in paths {
        let folder = folder_with_twin();
        let headers = [
            ("T2", "temp sensor 2 [degC]"),
            ("t", "time"),
            ("Q1", "Heater 1 power (%)"),
            ("T1", "temp sensor 1 [degC]"),
            ("Q2", "Heater 2 power (%)"),
        ];
        let text = renamed(&experiment(&path), &headers, ",", |_, cell| cell.to_owned());
        let onboarding = examined(folder.path(), text.as_bytes());
        assert_eq!(
            targets(&onboarding),
            expected(&[
                ("temp sensor 2 [degC]", Some("T2")),
                ("Heater 1 power (%)", Some("Q1")),
                ("temp sensor 1 [degC]", Some("T1")),
                ("Heater 2 power (%)", Some("Q2")),
            ]),
            "{}: {}",
            path.display(),
            told(&onboarding)
        );
        assert!(onboarding.obstacles.is_empty());
    }
}

/// Names that say nothing: only the simulation tells one heater from the other.
#[test]
fn columns_without_telling_names_are_found_by_what_they_do() {
    let test = "columns_without_telling_names_are_found_by_what_they_do";
    let Some(paths) = measured(test) else { return };
    // In closed loop both heaters follow the same set points; the open-loop
    // experiments are the ones that can tell.
    for path in &paths[..2] {
        let folder = folder_with_twin();
        let headers = [
            ("t", "t"),
            ("T2", "alpha [degC]"),
            ("Q2", "beta [%]"),
            ("T1", "gamma [degC]"),
            ("Q1", "delta [%]"),
        ];
        let text = renamed(&experiment(path), &headers, ",", |_, cell| cell.to_owned());
        let onboarding = examined(folder.path(), text.as_bytes());
        let found: Vec<Option<String>> = onboarding
            .inference
            .columns
            .iter()
            .map(|column| column.target.as_ref()?.value.channel.clone())
            .collect();
        let channels = ["T2", "Q2", "T1", "Q1"].map(|id| Some(id.to_owned()));
        assert_eq!(found, channels, "{}: {}", path.display(), told(&onboarding));
    }
}

#[test]
fn a_foreign_export_becomes_a_twin_that_opens_beside_it() {
    let test = "a_foreign_export_becomes_a_twin_that_opens_beside_it";
    let Some(paths) = measured(test) else { return };
    let columns = experiment(&paths[0]);
    let folder = folder_with_twin();
    let headers = [
        ("t", "Zeitstempel"),
        ("T1", "Fühler 1 in °C"),
        ("T2", "Fühler 2 in °C"),
        ("Q1", "Heizung 1 [%]"),
        ("Q2", "Heizung 2 [%]"),
    ];
    let text = renamed(&columns, &headers, ";", |own, cell| {
        if own == "t" {
            let second: f64 = cell.parse().expect("seconds");
            let second = second as i64;
            format!(
                "02.01.2024 {:02}:{:02}:{:02}",
                second / 3600,
                second / 60 % 60,
                second % 60
            )
        } else {
            cell.replace('.', ",")
        }
    });
    // Latin-1, as an old logger writes it.
    let bytes: Vec<u8> = text
        .chars()
        .map(|character| u8::try_from(u32::from(character)).expect("Latin-1"))
        .collect();
    let onboarding = examined(folder.path(), &bytes);
    assert!(!onboarding.obstacles.is_empty());
    let before = fs::read_to_string(folder.path().join("tclab/twin.ron")).expect("a document");
    let accepted = onboarding.accept().unwrap_or_else(|error| {
        panic!("{error}\n{}", told(&onboarding));
    });
    assert_eq!(accepted.channels, ["T1", "T2", "Q1", "Q2"]);
    assert_eq!(accepted.read.rejected_count, 0);
    assert_eq!(
        accepted.converted.expect("converted").rows,
        accepted.read.rows
    );

    // The document keeps its comments, and opens with the file.
    let after = fs::read_to_string(&accepted.document).expect("the document");
    for comment in before.lines().filter(|line| line.trim().starts_with("//")) {
        assert!(after.contains(comment), "{comment}");
    }
    let opened = open_document(&folder.path().join("tclab"), None).expect("it opens");
    let telemetry = opened.telemetry.expect("it names its telemetry");
    let day = SimDuration::parse("24 h").expect("a duration");
    for samples in &telemetry.channels {
        let id = &opened.twin.twin.channels[samples.channel].id;
        let (_, cells) = columns
            .iter()
            .find(|(name, _)| name == id)
            .expect("a column of the experiment");
        assert_eq!(samples.values.len(), cells.len());
        assert_eq!(samples.times[0].since_epoch(), day);
        let unit = &opened.twin.twin.channels[samples.channel].unit;
        for (value, cell) in samples.values.iter().zip(cells) {
            let expected: f64 = cell.parse().expect("a number");
            assert!((unit.from_si(*value) - expected).abs() < 1e-9);
        }
    }
    let session = Session::open(&opened.twin, Some(telemetry), SessionOptions::default());
    assert!(session.is_ok());
}

#[test]
fn the_command_line_proposes_writes_and_accepts() {
    let folder = folder_with_twin();
    let here = folder.path();
    fs::copy(here.join("tclab/telemetry.csv"), here.join("plant.csv")).expect("copied");
    let told = succeeds(
        here,
        &[
            "telemetry",
            "infer",
            "plant.csv",
            "--twin",
            "tclab",
            "--out",
            "channels.ron",
        ],
    );
    for part in ["channel T1", "channel Q2", "UTF-8", "period", "1 s"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let fragment = fs::read_to_string(here.join("channels.ron")).expect("a fragment");
    assert!(fragment.contains("channels: ["), "{fragment}");
    let before = fs::read_to_string(here.join("tclab/twin.ron")).expect("a document");
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/tclab/twin.ron");
    let original = fs::read_to_string(original).expect("the bundled document");
    assert_eq!(before, original, "nothing is changed without a word");
    succeeds(
        here,
        &[
            "telemetry",
            "infer",
            "plant.csv",
            "--twin",
            "tclab",
            "--accept",
        ],
    );
    succeeds(here, &["check", "tclab"]);
    let after = fs::read_to_string(here.join("tclab/twin.ron")).expect("a document");
    assert_ne!(after, before, "what was accepted is there");
    assert!(succeeds(here, &["run", "tclab", "--until", "10 min"]).contains("T1"));
}

#[test]
fn a_person_can_choose_other_than_what_is_proposed() {
    let folder = folder_with_twin();
    let here = folder.path();
    let told = succeeds(
        here,
        &[
            "telemetry",
            "infer",
            "tclab/telemetry.csv",
            "--twin",
            "tclab",
            "--map",
            "T1=T2",
            "--map",
            "T2=T1",
            "--map",
            "Q1=",
        ],
    );
    assert!(told.contains("it was chosen"), "{told}");
    let wrong = counterpart(
        here,
        &[
            "telemetry",
            "infer",
            "tclab/telemetry.csv",
            "--twin",
            "tclab",
            "--map",
            "T1=T9",
        ],
    );
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("`T9`"));
}

#[test]
fn a_contract_goes_out_and_comes_back() {
    let folder = folder_with_twin();
    let here = folder.path();
    succeeds(
        here,
        &[
            "telemetry",
            "export-contract",
            "tclab",
            "--out",
            "contract.odcs.yaml",
        ],
    );
    let yaml = fs::read_to_string(here.join("contract.odcs.yaml")).expect("a contract");
    assert!(yaml.contains("apiVersion: v3.1.0"), "{yaml}");
    let edited = yaml.replacen("value: 1.0", "value: 2.0", 1);
    assert_ne!(edited, yaml);
    fs::write(here.join("contract.odcs.yaml"), edited).expect("written");
    let told = succeeds(
        here,
        &[
            "telemetry",
            "import-contract",
            "contract.odcs.yaml",
            "tclab",
        ],
    );
    assert!(told.contains("1 channels changed"), "{told}");
    let document = fs::read_to_string(here.join("tclab/twin.ron")).expect("a document");
    assert!(document.contains("period: \"2 s\""), "{document}");
    assert!(document.contains("// The heaters"), "comments stay");
    fs::write(here.join("no.yaml"), "kind: Pod\n").expect("written");
    let wrong = counterpart(here, &["telemetry", "import-contract", "no.yaml", "tclab"]);
    assert_eq!(wrong.status.code(), Some(1));
}

#[test]
fn a_plant_writes_what_it_sends_and_what_was_wrong_with_it() {
    let folder = folder_with_twin();
    let here = folder.path();
    for name in ["a.csv", "b.csv"] {
        succeeds(
            here,
            &[
                "plant",
                "tclab",
                "--faults",
                "tclab/faults.ron",
                "--duration",
                "70 min",
                "--seed",
                "3",
                "--out",
                name,
            ],
        );
    }
    let read = |name: &str| fs::read_to_string(here.join(name)).expect(name);
    assert_eq!(read("a.csv"), read("b.csv"));
    assert_eq!(read("a.faults.ron"), read("b.faults.ron"));
    let table = read("a.csv");
    let mut lines = table.lines();
    assert_eq!(
        lines.next(),
        Some("received,time,channel,value,unit,sequence,quality")
    );
    let first: Vec<&str> = lines.next().expect("a reading").split(',').collect();
    assert_eq!(
        first[..3],
        ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "Q1"]
    );
    assert_eq!(first[4..], ["%", "1", ""]);
    // Four channels for 70 minutes and one instant, less five minutes of one.
    assert_eq!(lines.count() + 1, 4 * 4201 - 300);
    let truth = read("a.faults.ron");
    assert!(truth.contains("dropout") && truth.contains("stuck") && !truth.contains("late batch"));
    assert!(read("a.hidden.ron").contains("heater_1.heat_capacity"));
}

#[test]
fn a_plant_without_a_file_talks_to_the_standard_output() {
    let folder = folder_with_twin();
    let told = succeeds(
        folder.path(),
        &[
            "plant",
            "tclab",
            "--duration",
            "10 s",
            "--begin",
            "1 h",
            "--speed",
            "1000",
        ],
    );
    assert_eq!(told.lines().count(), 1 + 4 * 11);
    assert!(told.contains("2024-01-01T01:00:10Z"), "{told}");
    let wrong = counterpart(folder.path(), &["plant", "tclab", "--speed", "-1"]);
    assert_eq!(wrong.status.code(), Some(2));
    fs::write(
        folder.path().join("faults.ron"),
        "(faults: [(channels: [\"T9\"], from: \"0 s\", to: \"1 s\", kind: Stuck)])",
    )
    .expect("written");
    let wrong = counterpart(folder.path(), &["plant", "tclab", "--faults", "faults.ron"]);
    assert_eq!(wrong.status.code(), Some(1));
    let text = String::from_utf8_lossy(&wrong.stderr);
    assert!(text.contains("`T9`") && text.contains("`T1`"), "{text}");
}

/// From plant to verdict: a program is started, listened to, its samples are
/// kept and judged, and the twin runs beside them.
#[test]
fn a_twin_runs_live_beside_a_plant_that_loses_a_sensor() {
    let folder = folder_with_twin();
    let here = folder.path();
    fs::write(
        here.join("gap.ron"),
        r#"(faults: [(channels: ["T1"], from: "30 s", to: "60 s", kind: Dropout(share: 1.0))])"#,
    )
    .expect("written");
    let output = counterpart(
        here,
        &[
            "live", "tclab", "--plant", "--faults", "gap.ron", "--speed", "20", "--for", "6 min",
        ],
    );
    let (told, noticed) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{noticed}");
    assert!(noticed.contains("T1: missing since"), "{noticed}");
    let count = |channel: &str, column: usize| -> u64 {
        let line = told
            .lines()
            .find(|line| line.starts_with(channel))
            .expect("a line for each channel");
        let cell = line.split_whitespace().nth(column).expect("a column");
        cell.parse().expect("a count")
    };
    let (good, missing) = (2, 5);
    assert!(count("T2", good) > 100, "{told}");
    // The run may end between two samples of one instant.
    assert!(
        (count("T1", good) + 30).abs_diff(count("T2", good)) <= 3,
        "{told}"
    );
    // One is lost, not the other. Time runs twenty times as fast, so a machine that is
    // busy for a moment misses a second of all channels: that is not the fault's.
    assert!(
        count("T1", missing).abs_diff(count("T2", missing) + 30) <= 3,
        "{told}"
    );
    assert!(count("T2", missing) < 10, "{told}");
    assert!(here.join("tclab/telemetry.plant.store").is_dir());
}
