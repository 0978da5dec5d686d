//! A person gets the patterns, curves, attributes, controls, rules or contingencies of a
//! network wrong, and is told where and what to do.

#[path = "support/finding.rs"]
mod finding;

use counterpart::model;
use counterpart::twin::{self, LoadedTwin, Report, Severity};

/// A network in which nothing is wrong.
const GOOD: &str = r#"// A house on a hill.
(
    format: 1,
    id: "hill",
    name: "Hill",
    version: "1.0.0",
    epoch: "2024-01-01T00:00:00Z",
    timestep: "5 min",
    assets: [
        (id: "net", kind: "water.Network", attributes: {"headloss": "HazenWilliams"}),
        (id: "lake", kind: "water.Reservoir", parameters: {"head": "20 m"}),
        (id: "house", kind: "water.Junction", attributes: {"demand_pattern": "day"}),
        (id: "tower", kind: "water.Tank", parameters: {"maximum_level": "6 m", "diameter": "10 m"}),
        (id: "lift", kind: "water.Pump", attributes: {"head_curve": "duty"}),
        (id: "main", kind: "water.Pipe", parameters: {"length": "100 m", "diameter": "200 mm"}),
    ],
    links: [
        (from: "lift.a", to: "lake.water"),
        (from: "lift.b", to: "house.water"),
        (from: "main.a", to: "house.water"),
        (from: "main.b", to: "tower.water"),
    ],
    forecast: (horizon: "12 h", stride: "1 h"),
    patterns: [(id: "day", step: "1 h", start: "0 s", values: [0.5, 1.0, 1.5])],
    curves: [(id: "duty", x: "L/s", y: "m", points: [(0, 60), (10, 45), (20, 10)])],
    controls: [
        (id: "full", when: Above("tower.level", "5 m"), set: [("lift.open", "0")]),
        (when: Below("tower.level", "2 m"), set: [("lift.open", "1")]),
        (when: Daily("6 h"), set: [("lift.speed_command", "0.9")]),
        (when: At("90 min"), set: [("main.open", "1")]),
    ],
    rules: [
        (
            id: "night",
            priority: 2.0,
            premises: [
                (join: If, of: ClockTime, relation: AtLeast, value: "22 h"),
                (join: And, of: Variable("tower.level"), relation: Below, value: "4 m"),
            ],
            then: [("lift.open", "1")],
            otherwise: [("lift.open", "0")],
        ),
    ],
    scenarios: [
        (
            id: "worst",
            horizon: "12 h",
            contingencies: [
                (of: "main", what: "burst", size: "6 cm2", at: "1 h", until: "5 h"),
                (of: "lift", what: "outage", at: "2 h"),
            ],
        ),
    ],
)
"#;

fn check(text: &str) -> Result<LoadedTwin, Report> {
    twin::parse(text, "hill.ron", &model::registry())
}

fn report_of(text: &str) -> Report {
    match check(text) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report,
    }
}

#[track_caller]
fn expect(severity: Severity, old: &str, new: &str, message: &str, hint: &str) {
    assert_eq!(GOOD.matches(old).count(), 1, "{old:?} must stand once");
    let marked = GOOD.replace(old, new);
    finding::expect_finding(report_of, severity, &marked, message, hint);
}

#[track_caller]
fn error(old: &str, new: &str, message: &str, hint: &str) {
    expect(Severity::Error, old, new, message, hint);
}

#[track_caller]
fn warning(old: &str, new: &str, message: &str, hint: &str) {
    expect(Severity::Warning, old, new, message, hint);
}

#[test]
fn a_good_network_loads_without_a_word_and_saves_as_it_stands() {
    let loaded = check(GOOD).unwrap_or_else(|report| panic!("{report}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let saved = twin::document_text(&loaded.twin, Some(GOOD)).expect("a document");
    assert_eq!(saved.text, GOOD);
    let anew = twin::document_text(&loaded.twin, None).expect("a document");
    let again = check(&anew.text).unwrap_or_else(|report| panic!("{report}\n{}", anew.text));
    assert_eq!(again.twin, loaded.twin);
}

#[test]
fn a_changed_contingency_changes_its_part_of_the_text_alone() {
    let mut twin = (*check(GOOD).unwrap_or_else(|report| panic!("{report}")).twin).clone();
    let burst = &mut twin.scenarios[0].contingencies[0];
    burst.size = Some(counterpart::quantity::Quantity::parse("8 cm2").expect("a quantity"));
    twin.scenarios[0].contingencies.remove(1);
    let saved = twin::document_text(&twin, Some(GOOD)).expect("a document");
    let expected = GOOD.replace("\"6 cm2\"", "\"8 cm2\"").replace(
        "                (of: \"lift\", what: \"outage\", at: \"2 h\"),\n",
        "",
    );
    assert_eq!(saved.text, expected);
}

#[test]
fn patterns() {
    let pattern = |new: &str, message: &str, hint: &str| {
        let old = "(id: \"day\", step: \"1 h\", start: \"0 s\", values: [0.5, 1.0, 1.5])";
        error(old, new, message, hint);
    };
    pattern(
        "(id: \"day\", step: «\"0 s\"», values: [1.0])",
        "above zero",
        "1 h",
    );
    pattern(
        "(id: \"day\", step: \"1 h\", start: «\"-1 h\"», values: [1.0])",
        "before its first value",
        "0 s",
    );
    pattern(
        "(id: \"day\", step: \"1 h\", values: «[]»)",
        "at least one value",
        "[1.0]",
    );
    pattern(
        "(id: \"day\", step: \"1 h\", values: [1.0, «\"2\"»])",
        "a number is a number",
        "",
    );
    pattern(
        "(id: \"day\", step: \"1 h\", values: [1.0]), (id: «\"day\"», step: \"1 h\", values: [1.0])",
        "two patterns have the id `day`",
        "another id",
    );
    pattern(
        "(id: \"day\", step: \"1 h\", «value»: [1.0], values: [1.0])",
        "`value` is not a field",
        "did you mean `values`",
    );
}

#[test]
fn curves() {
    error(
        "[(0, 60), (10, 45), (20, 10)]",
        "[(0, 60), «(0, 45)», (20, 10)]",
        "0 follows 0",
        "rise from one to the next",
    );
    error(
        "[(0, 60), (10, 45), (20, 10)]",
        "«[]»",
        "at least one point",
        "[(0, 0), (1, 1)]",
    );
    error("y: \"m\"", "y: «\"metres\"»", "metres", "");
    error(
        "\"head_curve\": \"duty\"",
        "\"head_curve\": «\"dutty\"»",
        "no curve `dutty`",
        "did you mean `duty`",
    );
    let wrong_axis = GOOD.replace("x: \"L/s\"", "x: \"kg\"");
    let report = report_of(&wrong_axis).to_string();
    assert!(report.contains("its x is in `kg`"), "{report}");
    assert!(report.contains("L/s"), "{report}");
}

#[test]
fn attributes() {
    error(
        "{\"headloss\": \"HazenWilliams\"}",
        "{\"headloss\": «\"HazenWiliams\"»}",
        "`headloss` cannot be `HazenWiliams`",
        "did you mean `HazenWilliams`",
    );
    error(
        "{\"headloss\": \"HazenWilliams\"}",
        "{«\"head_loss\"»: \"HazenWilliams\"}",
        "no attribute `head_loss`",
        "did you mean `headloss`",
    );
    error(
        "\"demand_pattern\": \"day\"",
        "\"demand_pattern\": «\"days\"»",
        "no pattern `days`",
        "did you mean `day`",
    );
    error(
        "{\"headloss\": \"HazenWilliams\"}",
        "{\"trace_node\": «\"lak\"»}",
        "no asset `lak`",
        "did you mean `lake`",
    );
    error(
        "{\"headloss\": \"HazenWilliams\"}",
        "{\"trace_node\": «\"main\"»}",
        "which is a water.Pipe",
        "water.Tank",
    );
}

#[test]
fn controls() {
    error(
        "Above(\"tower.level\", \"5 m\")",
        "Above(«\"tower.leval\"», \"5 m\")",
        "no variable `tower.leval`",
        "did you mean `level`",
    );
    error(
        "Above(\"tower.level\", \"5 m\")",
        "Above(\"tower.level\", «\"5 s\"»)",
        "`tower.level` cannot be \"5 s\"",
        "expected length",
    );
    error(
        "Daily(\"6 h\")",
        "Daily(«\"26 h\"»)",
        "time of day",
        "below `24 h`",
    );
    error(
        "At(\"90 min\")",
        "At(«\"-90 min\"»)",
        "before the run begins",
        "0 s",
    );
    error(
        "set: [(\"main.open\", \"1\")]",
        "set: [(\"main.open\", «\"3\"»)]",
        "`main.open` is out of bounds",
        "from -1 to 1",
    );
    error(
        "set: [(\"main.open\", \"1\")]",
        "set: [(«\"main.flow\"», \"1 L/s\")]",
        "`main.flow` is an output",
        "inputs and parameters",
    );
    warning(
        "set: [(\"main.open\", \"1\")]",
        "set: «[]»",
        "nothing is set",
        "take it away",
    );
    error(
        "(when: Below(\"tower.level\", \"2 m\")",
        "(id: «\"full\"», when: Below(\"tower.level\", \"2 m\")",
        "two controls have the id `full`",
        "another id",
    );
    error("Daily(\"6 h\")", "«Dayly(\"6 h\")»", "Dayly", "Daily");
}

#[test]
fn rules() {
    error(
        "(join: If, of: ClockTime",
        "(join: «And», of: ClockTime",
        "the first premise of a rule is an `If`",
        "join: If",
    );
    error(
        "(join: And, of: Variable",
        "(join: «If», of: Variable",
        "only the first premise",
        "join: And",
    );
    error(
        "of: Variable(\"tower.level\")",
        "of: Variable(«\"towr.level\"»)",
        "no variable `towr.level`",
        "did you mean `tower`",
    );
    error(
        "relation: Below, value: \"4 m\"",
        "relation: Below, value: «\"4 L\"»",
        "`tower.level` cannot be \"4 L\"",
        "expected length",
    );
    error(
        "relation: AtLeast, value: \"22 h\"",
        "relation: AtLeast, value: «\"22 m\"»",
        "the time cannot be \"22 m\"",
        "expected time",
    );
    error(
        "then: [(\"lift.open\", \"1\")]",
        "then: [(«\"tower.level\"», \"1 m\")]",
        "`tower.level` is a state",
        "inputs and parameters",
    );
    error(
        "otherwise: [(\"lift.open\", \"0\")]",
        "otherwise: [(«\"lift.opened\"», \"0\")]",
        "no variable `lift.opened`",
        "did you mean `open`",
    );
    let without = GOOD.replace(
        "            premises: [
                (join: If, of: ClockTime, relation: AtLeast, value: \"22 h\"),
                (join: And, of: Variable(\"tower.level\"), relation: Below, value: \"4 m\"),
            ],",
        "            premises: «[]»,",
    );
    finding::expect_finding(
        report_of,
        Severity::Error,
        &without,
        "at least one premise",
        "join: If",
    );
}

#[test]
fn contingencies() {
    error(
        "(of: \"main\", what: \"burst\"",
        "(of: «\"mane\"», what: \"burst\"",
        "no asset `mane`",
        "`main`",
    );
    error(
        "what: \"burst\"",
        "what: «\"brust\"»",
        "`main` knows no `brust`",
        "did you mean `burst`",
    );
    error(
        "(of: \"lift\", what: \"outage\"",
        "(of: \"lift\", what: «\"burst\"»",
        "`lift` knows no `burst`",
        "`outage`",
    );
    error(
        "size: \"6 cm2\"",
        "size: «\"6 h\"»",
        "the size of `burst` cannot be \"6 h\", which is time",
        "flow out of it at a pressure of 1 m",
    );
    error(
        "size: \"6 cm2\"",
        "size: «\"-6 cm2\"»",
        "out of bounds",
        "at least 0 cm2",
    );
    error(
        "what: \"outage\", at: \"2 h\"",
        "what: \"outage\", size: «\"1\"»",
        "`outage` has no size",
        "leave the size out",
    );
    error(
        "(of: \"lift\", what: \"outage\", at: \"2 h\")",
        "«(of: \"net\", what: \"tariff\")»",
        "`tariff` needs a size",
        "its price",
    );
    error(
        "until: \"5 h\"",
        "until: «\"1 h\"»",
        "before it begins",
        "end later",
    );
    error(
        "at: \"2 h\"",
        "at: «\"-2 h\"»",
        "before its scenario",
        "0 s",
    );
    warning(
        "at: \"2 h\"",
        "at: «\"13 h\"»",
        "after the scenario's end",
        "lengthen",
    );
    warning(
        "(of: \"lift\", what: \"outage\", at: \"2 h\")",
        "(of: \"main\", what: «\"leak\"», at: \"4 h\")",
        "`main.leak_coefficient` is set by two contingencies at once",
        "begins later",
    );
    error(
        "what: \"outage\", at: \"2 h\"",
        "what: \"outage\", «when»: \"2 h\"",
        "`when` is not a field",
        "",
    );
}

#[test]
fn contingencies_that_follow_each_other_do_not_overlap() {
    let text = GOOD.replace(
        "(of: \"lift\", what: \"outage\", at: \"2 h\")",
        "(of: \"main\", what: \"leak\", at: \"5 h\")",
    );
    assert!(report_of(&text).is_empty(), "{}", report_of(&text));
}
