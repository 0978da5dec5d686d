//! A person gets a twin document wrong, and is told where and what to do.

#[path = "support/finding.rs"]
mod finding;
#[path = "support/plate.rs"]
mod plate;

use std::fs;

use counterpart::model;
use counterpart::twin::{self, Diagnostic, Severity};
use plate::{GOOD, changed, check, loaded, report_of};
use proptest::prelude::*;

fn expect_finding(severity: Severity, marked: &str, message: &str, hint: &str) {
    finding::expect_finding(report_of, severity, marked, message, hint);
}

fn expect_error(old: &str, new: &str, message: &str, hint: &str) {
    expect_finding(Severity::Error, &changed(&[(old, new)]), message, hint);
}

fn expect_warning(old: &str, new: &str, message: &str, hint: &str) {
    expect_finding(Severity::Warning, &changed(&[(old, new)]), message, hint);
}

#[test]
fn a_good_document_loads_without_a_word() {
    let loaded = loaded(GOOD);
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert_eq!(loaded.twin.assets.len(), 7);
    assert_eq!(&*loaded.source, GOOD);
    assert_eq!(
        loaded.digest,
        blake3::hash(GOOD.as_bytes()).to_hex().to_string()
    );
}

#[test]
fn a_file_that_is_no_document_is_told_from_one_that_is_broken() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, what) in [
        ("plant.csv", "is a table, which is opened beside a twin"),
        ("line.XES", "is an event log, which is opened beside a twin"),
        ("note.docx", "is no file that can be opened as a twin"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, "hello").expect("written");
        let error = counterpart::live::load_twin(&path)
            .expect_err(name)
            .to_string();
        assert!(error.contains(name) && error.contains(what), "{error}");
        assert!(error.contains("a twin is a document `.ron`"), "{error}");
    }
}

#[test]
fn syntax_errors_stand_where_the_text_breaks() {
    expect_finding(
        Severity::Error,
        &GOOD
            .replace("acceptance: [", "acceptance: «[»")
            .replace(")],\n)\n", ")"),
        "the `[` opened here is never closed",
        "close it with `]`",
    );
    expect_error(
        "format: 1,",
        "format: «,»",
        "a value is expected",
        "remove one comma",
    );
    expect_error(
        "\"1.0.0\",",
        "\"1.0.0\"«»",
        "a comma is missing",
        "write `,`",
    );
    expect_error(
        "(id: \"hall\", kind: \"core.Group\")",
        "(id: \"hall\", kind: \"core.Group\"«]»",
        "does not close",
        "`)` is expected",
    );
    expect_error(
        "(id: \"hall\",",
        "(id: \"hall\", «\"name\"»: \"Hall\",",
        "needs a name",
        "without quotes",
    );
}

#[test]
fn fields_and_types_are_held_against_the_format() {
    expect_error(
        "name: \"Plate\"",
        "«nmae»: 1, name: \"Plate\"",
        "`nmae` is not a field of a twin document",
        "did you mean `name`",
    );
    expect_error(
        "(id: \"hall\",",
        "(«colour»: 3, id: \"hall\",",
        "not a field of an asset",
        "fields: `id`, `kind`",
    );
    expect_error(
        "timestep: \"1 s\"",
        "timestep: «1»",
        "`timestep` is a duration, not `1`",
        "\"1 s\"",
    );
    expect_error(
        "timestep: \"1 s\"",
        "timestep: «\"1 sx\"»",
        "sx",
        "a duration such as",
    );
    expect_error(
        "epoch: \"2024-01-01T00:00:00Z\"",
        "epoch: «\"yesterday\"»",
        "`epoch`",
        "date and time such as",
    );
    expect_error("members: 200", "members: «-3»", "whole number", "such as");
    expect_error(
        "members: 200",
        "members: 200, «members»: 100",
        "second time",
        "keep one",
    );
    expect_error(
        "role: Measurement",
        "role: «Measurment»",
        "not the role of a channel",
        "did you mean `Measurement`",
    );
    expect_error(
        "role: Measurement",
        "role: «\"Measurement\"»",
        "role of a channel",
        "write one of: `Input`, `Measurement`",
    );
    expect_error("Set(\"100 %\")", "«Set»", "not complete", "write `Set(");
    expect_error("over: \"1 min\"", "over: «60»", "a duration", "such");
    expect_error(
        "position: (0.0, 0.01, 0.0)",
        "position: «(0.0, 0.01)»",
        "a tuple",
        "(1.0, 1.0, 1.0)",
    );
    expect_error(
        "\"noise\": \"0.1 K\"",
        "\"noise\": «0.1»",
        "`noise` is a quantity",
        "7.5 J/K",
    );
    expect_error(
        "format: 1",
        "format: «7»",
        "format version 7",
        "newer version",
    );
    expect_error(
        "format: 1",
        "format: «0»",
        "no format version 0",
        "format: 1",
    );
}

#[test]
fn a_missing_field_is_asked_for_with_an_example() {
    expect_error(
        "(id: \"hall\", kind: \"core.Group\")",
        "«(id: \"hall\")»",
        "an asset lacks the field `kind`",
        "add `kind: \"core.Group\"`",
    );
}

#[test]
fn every_number_is_finite() {
    for number in ["NaN", "inf", "-inf", "1e999"] {
        expect_error(
            "0.01, 0.0)",
            &format!("«{number}», 0.0)"),
            "not a finite number",
            "",
        );
        expect_error(
            "mean: 6.0",
            &format!("mean: «{number}»"),
            "not a finite number",
            "",
        );
        expect_error("\"0.1 K\"", &format!("«\"{number} K\"»"), "", "7.5 J/K");
    }
}

#[test]
fn units_are_understood_and_fit() {
    expect_error("\"6.0 J/K\"", "«\"6.0 J/k\"»", "`J/k`", "7.5 J/K");
    expect_error(
        "\"6.0 J/K\"",
        "«\"6.0 W\"»",
        "cannot be \"6.0 W\", which is power",
        "expected heat capacity",
    );
    expect_error(
        "\"0.01 W/K\"",
        "«\"0.01\"»",
        "a plain number",
        "expected thermal conductance",
    );
    expect_error(
        "unit: \"Cel\"",
        "unit: «\"Pa\"»",
        "cannot be in `Pa`, which is the unit of pressure",
        "a unit of temperature such as \"Cel\"",
    );
    expect_error("unit: \"Cel\"", "unit: «\"Celsius\"»", "Celsius", "");
    expect_error(
        "unit: \"K\", distribution: Uniform",
        "unit: «\"Cel\"», distribution: Uniform",
        "is a difference",
        "write `K`",
    );
    expect_error(
        "at_most: \"1 K\"",
        "at_most: «\"1 Cel\"»",
        "is a difference",
        "write `K`",
    );
    expect_error(
        "Set(\"100 %\")",
        "Set(«\"100 W\"»)",
        "`supply.command` cannot be",
        "expected a plain number",
    );
    expect_warning(
        "\"0.1 K\"",
        "«\"0.1 Cel\"»",
        "counts from a zero of its own",
        "write \"0.1 K\"",
    );
}

#[test]
fn values_stay_in_their_bounds() {
    expect_error("\"6.0 J/K\"", "«\"0 J/K\"»", "out of bounds", "above 0 J/K");
    expect_error(
        "\"6.0 J/K\"",
        "«\"-1 kJ/K\"»",
        "out of bounds",
        "above 0 kJ/K",
    );
    expect_error(
        "\"initial_temperature\": \"23 Cel\"",
        "\"initial_temperature\": «\"-300 Cel\"»",
        "out of bounds",
        "at least -273.15 Cel",
    );
    expect_error(
        "Set(\"100 %\")",
        "Set(«\"120 %\"»)",
        "out of bounds",
        "from 0 % to 100 %",
    );
    expect_error(
        "Ramp(to: \"28 Cel\"",
        "Ramp(to: «\"-500 Cel\"»",
        "out of bounds",
        "at least -273.15 Cel",
    );
    expect_error(
        "size: (0.02, 0.02",
        "size: (0.02, «0.0»",
        "size of 0 m",
        "above zero",
    );
    expect_warning(
        "Normal(mean: 6.0, standard_deviation: 0.2)",
        "«Normal(mean: -6.0, standard_deviation: 0.2)»",
        "mean -6 J/K",
        "above 0 J/K",
    );
}

#[test]
fn kinds_parameters_and_ids_are_known_and_unique() {
    expect_error(
        "kind: \"thermal.Boundary\"",
        "kind: «\"thermal.Boundry\"»",
        "no kind `thermal.Boundry`",
        "did you mean `thermal.Boundary`",
    );
    expect_error(
        "{\"noise\":",
        "{«\"nois\"»:",
        "no parameter `nois`",
        "did you mean `noise`",
    );
    expect_error(
        "{\"temperature\": \"23 Cel\"}",
        "{\"temperature\": \"23 Cel\", «\"temperature\"»: \"24 Cel\"}",
        "second time",
        "keep one",
    );
    expect_error(
        "{\"noise\": \"0.1 K\"}",
        "{«\"reading\"»: \"20 Cel\"}",
        "an output of thermal.Sensor",
        "`time_constant`",
    );
    expect_finding(
        Severity::Error,
        &changed(&[
            ("(id: \"loss\"", "(id: «\"loss\"»"),
            (", parameters: {\"conductance\": \"0.01 W/K\"}", ""),
        ]),
        "`loss` lacks the parameter `conductance`",
        "expected thermal conductance",
    );
    expect_error(
        "id: \"hall\"",
        "id: \"hall\", kind: \"core.Group\"), (id: «\"hall\"»",
        "two assets have the id `hall`",
        "another id",
    );
    expect_error(
        "(id: \"T\"",
        "(id: \"T\", variable: \"probe.reading\", unit: \"Cel\", role: Measurement, column: \"other\"), (id: «\"T\"»",
        "two channels have the id `T`",
        "another id",
    );
    expect_error(
        "id: \"plate\"",
        "id: «\"my plate\"»",
        "cannot be an id",
        "`my_plate`",
    );
}

#[test]
fn references_lead_somewhere() {
    expect_error(
        "part_of: \"rack\"",
        "part_of: «\"rak\"»",
        "no asset `rak`",
        "did you mean `rack`",
    );
    expect_error(
        "to: \"room.heat\"",
        "to: «\"rom.heat\"»",
        "no asset `rom`",
        "did you mean `room`",
    );
    expect_error(
        "to: \"room.heat\"",
        "to: «\"room.hat\"»",
        "has no port `hat`",
        "known ports: `heat`",
    );
    expect_error(
        "to: \"room.heat\"",
        "to: «\"room\"»",
        "not a port",
        "a dot and the port",
    );
    expect_error(
        "variable: \"probe.reading\"",
        "variable: «\"probe.readin\"»",
        "no variable `probe.readin`",
        "did you mean `reading`",
    );
    expect_error(
        "variable: \"probe.reading\"",
        "variable: «\"prob.reading\"»",
        "no variable `prob.reading`",
        "no asset `prob`; did you mean `probe`",
    );
    expect_error(
        "variable: \"body.heat_capacity\"",
        "variable: «\"capacity\"»",
        "no variable",
        "a dot and the quantity",
    );
    expect_error(
        "base: \"full\"",
        "base: «\"ful\"»",
        "no scenario `ful`",
        "did you mean `full`",
    );
    expect_error(
        "(channel: \"T\"",
        "(channel: «\"T1\"»",
        "no channel `T1`",
        "did you mean `T`",
    );
}

#[test]
fn rings_are_printed() {
    expect_finding(
        Severity::Error,
        &changed(&[
            ("part_of: \"rack\"", "part_of: «\"rack\"»"),
            (
                "(id: \"hall\", kind: \"core.Group\")",
                "(id: \"hall\", kind: \"core.Group\", part_of: \"supply\")",
            ),
        ]),
        "an asset is a part of itself: supply → rack → hall → supply",
        "take one of these references away",
    );
    expect_finding(
        Severity::Error,
        &changed(&[("(id: \"full\",", "(id: \"full\", base: «\"warm\"»,")]),
        "a scenario is its own base: full → warm → full",
        "",
    );
}

#[test]
fn links_agree_and_fill_their_ports() {
    expect_error(
        "(from: \"loss.b\", to: \"room.heat\")",
        "«(from: \"loss.b\", to: \"probe.signal\")»",
        "heat cannot be linked to a port of signal",
        "same medium",
    );
    expect_error(
        "(from: \"loss.b\", to: \"room.heat\"),",
        "(from: \"loss.b\", to: \"room.heat\"), (from: «\"loss.b\"», to: \"body.heat\"),",
        "port `b` of `loss` has 2 links and takes at most 1",
        "",
    );
    expect_finding(
        Severity::Error,
        &changed(&[
            ("        (from: \"loss.b\", to: \"room.heat\"),\n", ""),
            ("(id: \"loss\"", "(id: «\"loss\"»"),
        ]),
        "port `b` of `loss` has 0 of the 1 links it needs",
        "heat",
    );
}

#[test]
fn channels_fit_their_variables() {
    expect_error(
        "role: Input",
        "role: «Measurement»",
        "`supply.command` is an input",
        "has the role `Input`",
    );
    expect_error(
        "range: (\"0 %\", \"100 %\")",
        "range: «(\"100 %\", \"0 %\")»",
        "holds no value",
        "low end first",
    );
    expect_error(
        "range: (\"0 %\",",
        "range: («\"0 K\"»,",
        "the low end of the range",
        "expected a plain number",
    );
    expect_error(
        "period: \"1 s\"",
        "period: «\"0 s\"»",
        "above zero",
        "leave it out",
    );
    expect_error(
        "period: \"1 s\"",
        "column: «\"Q\"»",
        "two channels read the column `Q`",
        "another column",
    );
}

#[test]
fn times_make_sense() {
    expect_error(
        "timestep: \"1 s\"",
        "timestep: «\"0 s\"»",
        "timestep must be above zero",
        "",
    );
    expect_error(
        "stride: \"5 s\"",
        "stride: «\"2.5 s\"»",
        "not a multiple of the timestep 1 s",
        "\"3 s\"",
    );
    expect_error(
        "stride: \"5 s\"",
        "stride: «\"0 s\"»",
        "above zero",
        "multiple of the timestep",
    );
    expect_error(
        "horizon: \"10 min\"",
        "horizon: «\"1 s\"»",
        "shorter than its stride",
        "",
    );
    expect_error(
        "members: 200",
        "members: «0»",
        "0 members",
        "from 1 to 100000",
    );
    expect_error(
        "over: \"1 min\"",
        "over: «\"0 s\"»",
        "a ramp takes a time above zero",
        "Set",
    );
    expect_error(
        "action: Ramp",
        "at: «\"-1 s\"», action: Ramp",
        "before its scenario begins",
        "0 s",
    );
    expect_warning(
        "(id: \"full\", interventions: [(",
        "(id: \"full\", horizon: \"5 s\", interventions: [(at: «\"6 s\"», ",
        "after the scenario's end",
        "",
    );
    expect_error(
        "(id: \"full\",",
        "(id: \"full\", horizon: «\"0 s\"»,",
        "above zero",
        "",
    );
}

#[test]
fn distributions_and_interventions_make_sense() {
    expect_error(
        "Uniform(low: -1.0, high: 1.0)",
        "«Uniform(low: 1.0, high: -1.0)»",
        "not a distribution",
        "",
    );
    expect_error(
        "Uniform(low: -1.0, high: 1.0)",
        "Uniform(low: -1.0, «hi»: 1.0, high: 1.0)",
        "`hi` is not a field of `Uniform`",
        "`high`",
    );
    expect_error(
        "variable: \"room.temperature\", unit",
        "variable: «\"probe.reading\"», unit",
        "is an output",
        "depends on",
    );
    expect_error(
        "variable: \"room.temperature\", action",
        "variable: «\"body.temperature\"», action",
        "is a state",
        "`heat_capacity` and `initial_temperature`",
    );
    expect_error(
        "Uniform(low: -1.0, high: 1.0)),",
        "Constant(1.0)), (variable: «\"room.temperature\"», unit: \"K\", distribution: Constant(0.0)),",
        "two uncertainties",
        "keep one",
    );
}

#[test]
fn paths_stay_beside_the_document() {
    let telemetry = |path: &str| format!("telemetry: [(path: «\"{path}\"»)],\n    acceptance");
    expect_error(
        "acceptance",
        &telemetry("/data/a.csv"),
        "not a relative path",
        "beside the document",
    );
    expect_error(
        "acceptance",
        &telemetry("C:/a.csv"),
        "not a relative path",
        "beside the document",
    );
    expect_error("acceptance", &telemetry("a\\\\b.csv"), "backslash", "`/`");
    expect_error("acceptance", &telemetry(""), "empty", "name a file");
    expect_warning(
        "acceptance",
        &telemetry("../a.csv"),
        "leads out of",
        "beside the document",
    );
}

#[test]
fn all_errors_of_a_document_come_in_one_report() {
    let text = changed(&[
        ("name: \"Plate\"", "nmae: \"Plate\""),
        ("\"6.0 J/K\"", "\"6.0 J/k\""),
        ("part_of: \"rack\"", "part_of: \"rak\""),
        ("to: \"room.heat\"", "to: \"room.hat\""),
        ("role: Measurement", "role: Measurment"),
        ("unit: \"%\"", "unit: \"W\""),
        ("over: \"1 min\"", "over: \"1 mni\""),
        ("at_most: \"1 K\"", "at_most: \"-1 K\""),
    ]);
    let report = report_of(&text);
    let messages: Vec<&str> = report
        .diagnostics()
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    let expected = [
        "lacks the field `name`",
        "`nmae` is not a field",
        "`J/k`",
        "no asset `rak`",
        "no port `hat`",
        "cannot be in `W`",
        "`Measurment`",
        "mni",
        "residual",
    ];
    assert_eq!(messages.len(), expected.len(), "{report}");
    for (message, part) in messages.iter().zip(expected) {
        assert!(message.contains(part), "{part:?} expected in {message:?}");
    }
    assert!(
        report.to_string().ends_with("9 errors in plate.ron\n"),
        "{report}"
    );
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = model::registry();
    let missing = twin::load(&folder.path().join("none.ron"), &registry).expect_err("no file");
    assert!(
        missing
            .to_string()
            .contains("none.ron: the document cannot be read"),
        "{missing}"
    );
    let path = folder.path().join("twin.ron");
    fs::write(&path, b"(\n  name: \"K\xf6ln\")").expect("written");
    let report = twin::load(folder.path(), &registry).expect_err("not UTF-8");
    let found = &report.diagnostics()[0];
    assert!(found.message.contains("not UTF-8"), "{report}");
    let position = found.position.expect("a place");
    assert_eq!((position.line, position.column), (2, 11), "{report}");
    fs::write(&path, vec![b' '; twin::LARGEST_DOCUMENT + 1]).expect("written");
    let report = twin::load(&path, &registry).expect_err("too large");
    assert!(
        report.to_string().contains("larger than 32 MiB"),
        "{report}"
    );
}

#[test]
fn files_that_the_document_names_and_that_are_not_there_are_warned_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twin.ron");
    let text = changed(&[
        (
            "acceptance",
            "telemetry: [(path: \"there.csv\"), (path: \"gone.csv\")],\n    acceptance",
        ),
        (
            "(id: \"hall\",",
            "(id: \"hall\", look: (gltf: \"hall.glb\"),",
        ),
    ]);
    fs::write(&path, text).expect("written");
    fs::write(folder.path().join("there.csv"), "t\n").expect("written");
    let loaded = twin::load(&path, &model::registry()).unwrap_or_else(|report| panic!("{report}"));
    let messages: Vec<&str> = loaded
        .warnings
        .diagnostics()
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "the 3D model `hall.glb` does not exist",
            "the telemetry file `gone.csv` does not exist"
        ]
    );
    assert_eq!(loaded.folder(), folder.path());
}

proptest! {
    #[test]
    fn no_text_makes_the_loader_panic(text in any::<String>()) {
        let _ = check(&text).map_err(|report| report.to_string());
    }

    #[test]
    fn no_mutilated_document_makes_the_loader_panic(
        cuts in prop::collection::vec((0..GOOD.len(), 0..12_usize, "[\\[\\](){}:,\"a-z0-9. «é-]{0,4}"), 1..6)
    ) {
        let mut text: Vec<char> = GOOD.chars().collect();
        for (at, length, new) in cuts {
            let start = at.min(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        match check(&text) {
            Ok(loaded) => prop_assert!(loaded.warnings.diagnostics().iter().all(|one| one.severity == Severity::Warning)),
            Err(report) => {
                prop_assert!(report.has_errors());
                // Every place lies in the text, and drawing it works.
                for Diagnostic { span, .. } in report.diagnostics() {
                    let span = span.clone().unwrap_or_default();
                    prop_assert!(text.get(span).is_some());
                }
                prop_assert!(report.to_string().contains("in plate.ron"));
            }
        }
    }
}

#[test]
fn the_event_log_of_a_document_is_held_against_the_twin() {
    let with = |log: &str| {
        changed(&[(
            "channels: [",
            &format!("event_log: {log},\n    channels: ["),
        )])
    };
    let good = r#"(file: "log.xes", columns: {"time": "Booked at"}, assets: {"P1": "probe"}, words: {"Automatic": "working"})"#;
    let loaded = loaded(&with(good));
    let log = loaded.twin.event_log.as_ref().expect("a log");
    assert_eq!(log.assets["P1"], "probe");
    let wrong = |log: &str, message: &str, hint: &str| {
        expect_finding(Severity::Error, &with(log), message, hint);
    };
    wrong(
        r#"(file: «"log.txt"»)"#,
        "`log.txt` is no event log",
        "`.parquet`",
    );
    wrong(
        r#"(file: «"/var/log.csv"»)"#,
        "not a relative path",
        "beside the document",
    );
    wrong(
        r#"(file: "log.csv", columns: {«"tine"»: "Booked at"})"#,
        "an event log has no `tine`",
        "`time`",
    );
    wrong(
        r#"(file: "log.csv", columns: {"asset": "Where", "item": «"Where"»})"#,
        "`Where` is to hold two things",
        "another column",
    );
    wrong(
        r#"(file: "log.csv", assets: {"P1": «"prob"»})"#,
        "there is no asset `prob`",
        "`probe`",
    );
    wrong(
        r#"(file: "log.csv", words: {"Auto": «"workin"»})"#,
        "`workin` is nothing that happens",
        "`working`",
    );
    wrong(r#"(file: "log.csv", «path»: "log.csv")"#, "path", "`file`");
}
