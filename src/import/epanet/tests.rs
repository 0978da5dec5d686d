//! What an import and an export do together.

use super::*;
use crate::twin::{Condition, Severity};

/// The smallest file that is a network.
const SMALL: &str = "\
[TITLE]
A small network
[JUNCTIONS]
 J1  10  5  day ;first
 \"north end\" 12
[RESERVOIRS]
 R  50
[TANKS]
 12 30 3 1 5 10 0
[PIPES]
 12 R J1 100 300 130 0 Open
 P2 J1 \"north end\" 200 150 120 0.5 CV
[PUMPS]
 PU J1 12 HEAD 1
[PATTERNS]
 day 1 0.5
 day 2
[CURVES]
 1 10 40
[CONTROLS]
 LINK PU OPEN IF NODE 12 BELOW 2
 LINK PU CLOSED AT CLOCKTIME 6 AM
[RULES]
RULE 1
IF TANK 12 LEVEL > 4.5
THEN PUMP PU STATUS IS CLOSED
ELSE PUMP PU SETTING IS 0.9
PRIORITY 1.000000
[OPTIONS]
 UNITS LPS
[COORDINATES]
 J1 0 0
 R -100 0
 nowhere 1 1
[END]
";

fn imported(text: &str) -> Imported {
    match import(text.as_bytes(), "small.inp") {
        Ok(imported) => imported,
        Err(report) => panic!("{report}"),
    }
}

fn asset<'t>(twin: &'t Twin, id: &str) -> &'t crate::twin::Asset {
    let found = twin.assets.iter().find(|asset| asset.id == id);
    found.unwrap_or_else(|| panic!("no asset {id}"))
}

fn errors(text: &str) -> Vec<(usize, String)> {
    let report = import(text.as_bytes(), "bad.inp").expect_err("wrong");
    report
        .diagnostics()
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| {
            (
                one.position.map_or(0, |position| position.line),
                one.message.clone(),
            )
        })
        .collect()
}

#[test]
fn a_file_becomes_assets_links_patterns_curves_controls_and_rules() {
    let twin = imported(SMALL).twin;
    assert_eq!(
        (twin.id.as_str(), twin.name.as_str()),
        ("small", "A small network")
    );
    let junction = asset(&twin, "J1");
    assert_eq!(junction.parameters["base_demand"].as_str(), "5 L/s");
    assert_eq!(junction.attributes["demand_pattern"], "day");
    assert_eq!(junction.attributes["comment"], "first");
    // The tank and a pipe share a name, which an id cannot.
    assert_eq!(asset(&twin, "n_12").name, "12");
    assert_eq!(asset(&twin, "l_12").kind, "water.Pipe");
    assert_eq!(asset(&twin, "n_north_end").name, "north end");
    assert_eq!(asset(&twin, "P2").attributes["check_valve"], "Yes");
    assert_eq!(twin.patterns[0].values, [1.0, 0.5, 2.0]);
    assert_eq!(twin.curves[0].x.code(), "L/s");
    let Condition::Below(variable, value) = &twin.controls[0].when else {
        panic!("{:?}", twin.controls[0]);
    };
    assert_eq!((variable.as_str(), value.as_str()), ("n_12.level", "2 m"));
    assert_eq!(twin.rules[0].priority, 1.0);
    assert_eq!(twin.rules[0].otherwise[0].0, "PU.speed_command");
}

#[test]
fn small_defects_are_warned_of_with_their_line() {
    let report = imported(SMALL).report;
    let lines: Vec<String> = report
        .diagnostics()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("small.inp:34:2") && line.contains("nowhere")),
        "{lines:#?}"
    );
    assert!(
        lines.iter().any(|line| line.contains("no coordinates")),
        "{lines:#?}"
    );
    assert!(!report.has_errors());
}

#[test]
fn all_errors_of_a_file_are_told_at_once_with_their_lines() {
    let text = "\
[JUNCTIONS]
a 1
a 2
b x
lost 3
[RESERVOIRS]
r 10
[PIPES]
p1 r a -5 100 100
p2 a nowhere 5 100 100
p3 a b 1 1 1
[PUMPS]
pu a b
[VALVES]
v a b 100 XYZ 3
[CURVES]
c 2 5
c 1 3
[STATUS]
ghost OPEN
";
    let found = errors(text);
    for (line, part) in [
        (3, "two nodes have the name `a`"),
        (4, "an elevation is a number"),
        (9, "a length must be above zero"),
        (10, "there is no node `nowhere`"),
        (13, "no curve and no power"),
        (15, "no valve type `XYZ`"),
        (17, "does not go to the right"),
        (20, "there is no link `ghost`"),
    ] {
        assert!(
            found
                .iter()
                .any(|(at, message)| *at == line && message.contains(part)),
            "line {line}: {part}\n{found:#?}"
        );
    }
}

#[test]
fn a_part_without_a_source_is_an_error() {
    let text =
        "[JUNCTIONS]\na 1\nb 1\nc 1\n[RESERVOIRS]\nr 10\n[PIPES]\np r a 1 1 1\nq b c 1 1 1\n";
    let found = errors(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0]
            .1
            .contains("2 junctions are connected to no reservoir"),
        "{found:?}"
    );
    assert_eq!(found[0].0, 3);
}

#[test]
fn an_exported_file_is_read_back_as_the_same_twin() {
    let twin = imported(SMALL).twin;
    let exported = export(&twin).expect("a network");
    assert_eq!(exported.left_out, Vec::<String>::new());
    let again = imported(&exported.text).twin;
    assert_eq!(again, twin, "{}", exported.text);
}

#[test]
fn us_units_pressures_and_relative_options_come_back_to_the_digit() {
    let text = SMALL.replace("UNITS LPS", "UNITS GPM\nVISCOSITY 1.3\nSPECIFIC GRAVITY 0.98\nDEMAND MODEL PDA\nREQUIRED PRESSURE 20\nMINIMUM PRESSURE 3")
        .replace("[OPTIONS]", "[EMITTERS]\nJ1 2.5\n[VALVES]\nV J1 \"north end\" 6 PRV 60\n[OPTIONS]")
        .replace(" LINK PU CLOSED AT CLOCKTIME 6 AM", " LINK V 47.3 IF NODE J1 ABOVE 33\n LINK PU CLOSED AT TIME 5:20");
    let twin = imported(&text).twin;
    let exported = export(&twin).expect("a network").text;
    for line in [
        "REQUIRED PRESSURE 20\n",
        "MINIMUM PRESSURE 3\n",
        "VISCOSITY 1.3\n",
        "J1\t2.5\n",
        "\tPRV\t60\t",
    ] {
        assert!(exported.contains(line), "{line:?} in\n{exported}");
    }
    assert!(
        exported.contains("LINK V 47.3 IF NODE J1 ABOVE 33"),
        "{exported}"
    );
    assert_eq!(imported(&exported).twin, twin);
}
