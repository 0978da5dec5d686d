//! Water quality from an EPANET file through the document to the model, held
//! against EPANET 2.3.5; `tests/reference/water_quality.py` made the reference.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports what it found by failing"
)]

#[path = "support/program.rs"]
mod program;
mod support;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterpart::import::epanet;
use counterpart::model;
use counterpart::quantity::{Quantity, SimDuration};
use counterpart::simulation::Simulation;
use counterpart::twin::{
    self, Action, Asset, Intervention, Occurrence, Scenario, Twin, VariableIndex, VariableTable,
};

/// Largest difference, relative to the value.
const RELATIVE: f64 = 1e-3;
/// Difference that is let be besides, as a part of the largest value of a table:
/// EPANET lets tenths of a litre an hour pass a pump that stands, which moves the
/// fronts in pipes by as much.
const SMALL: f64 = 2e-5;

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/water_quality")
}

/// A table of the reference: a row a node or link, a column an hour.
struct Table {
    network: String,
    hours: Vec<u32>,
    /// Whether it is a node, its name, its values.
    rows: Vec<(bool, String, Vec<f64>)>,
}

fn table(name: &str) -> Table {
    let file = reference().join(format!("{name}.csv"));
    let text = std::fs::read_to_string(file).expect("a table");
    let mut lines = text.lines();
    let title = lines.next().expect("a title");
    let network = title.split_whitespace().next_back().expect("a network");
    let head = lines.next().expect("a head");
    let hours = head.split(',').skip(2);
    Table {
        network: network.to_owned(),
        hours: hours.map(|hour| hour.parse().expect("an hour")).collect(),
        rows: lines
            .map(|line| {
                let mut cells = line.split(',');
                let is_node = cells.next() == Some("n");
                let name = cells.next().expect("a name").to_owned();
                let values = cells.map(|cell| cell.parse().expect("a number"));
                (is_node, name, values.collect())
            })
            .collect(),
    }
}

fn network_of(twin: &mut Twin) -> &mut Asset {
    (twin.assets.iter_mut())
        .find(|asset| asset.kind == "water.Network")
        .expect("a network")
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).expect("a quantity")
}

fn set(twin: &mut Twin, name: &str, text: &str) {
    let network = network_of(twin);
    network.parameters.insert(name.to_owned(), quantity(text));
}

fn say(twin: &mut Twin, name: &str, word: &str) {
    let network = network_of(twin);
    network.attributes.insert(name.to_owned(), word.to_owned());
}

fn compiled(twin: Twin) -> (Arc<Twin>, Arc<VariableTable>, Simulation) {
    let variables = Arc::new(VariableTable::new(&twin, &model::registry()));
    let twin = Arc::new(twin);
    let simulation =
        Simulation::compile(&twin, &variables).unwrap_or_else(|error| panic!("{error}"));
    (twin, variables, simulation)
}

/// What is followed, and what one of the file's unit is in SI.
fn followed(twin: &mut Twin) -> (&'static str, f64) {
    let network = network_of(twin);
    let word = |name: &str| network.attributes.get(name).map_or("", String::as_str);
    match word("quality") {
        "Age" => ("age", 3600.0),
        "Trace" => ("source_share", 0.01),
        _ if word("concentration_unit") == "ug/L" => ("quality", 1e-6),
        _ => ("quality", 1e-3),
    }
}

/// The variable of a node or link by the name that it has in the file.
fn variable(
    twin: &Twin,
    variables: &VariableTable,
    is_node: bool,
    name: &str,
    quantity: &str,
) -> VariableIndex {
    let place = twin.assets.iter().position(|asset| {
        let own = if asset.name.is_empty() {
            &asset.id
        } else {
            &asset.name
        };
        let node = ["water.Junction", "water.Reservoir", "water.Tank"].contains(&&*asset.kind);
        let other = ["water.Network", "water.Demand"].contains(&&*asset.kind);
        own == name && node == is_node && !other
    });
    let place = place.unwrap_or_else(|| panic!("there is no {name}"));
    let found = variables.of_asset(place, quantity);
    found.unwrap_or_else(|| panic!("{name} has no {quantity}"))
}

/// What is missing from the balance of the constituent, of all that came in.
fn missing(twin: &Twin, variables: &VariableTable, simulation: &Simulation) -> f64 {
    let network = (twin.assets.iter())
        .position(|asset| asset.kind == "water.Network")
        .expect("a network");
    let value = |name: &str| {
        let variable = variables.of_asset(network, &format!("constituent_{name}"));
        simulation.value(variable.expect("an output of the network"))
    };
    let entered = value("entered");
    if entered > 0.0 {
        value("missing").abs() / entered
    } else {
        value("missing").abs()
    }
}

/// Runs a network beside its reference. Writes down the largest difference and what
/// is off.
fn check(name: &str, twin: &mut Twin, except: &[&str], off: &mut Vec<String>) {
    let table = table(name);
    set(twin, "accuracy", "1e-7");
    set(twin, "maximum_trials", "2000");
    say(twin, "unbalanced", "Continue");
    twin.timestep = SimDuration::from_whole_seconds(3600);
    let (quantity, unit) = followed(twin);
    let (twin, variables, mut simulation) = compiled(twin.clone());
    let rows: Vec<VariableIndex> = (table.rows.iter())
        .map(|(is_node, id, _)| variable(&twin, &variables, *is_node, id, quantity))
        .collect();
    let all = table.rows.iter().flat_map(|(_, _, values)| values);
    let largest = all.fold(0.0_f64, |largest, value| largest.max(*value));
    let (mut worst, mut where_) = (0.0_f64, String::new());
    for (column, &hour) in table.hours.iter().enumerate() {
        while simulation.time().as_seconds() < f64::from(hour) * 3600.0 {
            simulation
                .step()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for ((_, id, values), &row) in table.rows.iter().zip(&rows) {
            if except.contains(&id.as_str()) {
                continue;
            }
            let (expected, found) = (values[column], simulation.value(row) / unit);
            assert!(found.is_finite(), "{name}: {id} at {hour} h: {found}");
            let scale = expected.abs() + SMALL / RELATIVE * largest;
            let relative = (found - expected).abs() / scale;
            if relative > worst {
                worst = relative;
                where_ = format!("{id} at {hour} h: {found} for {expected}");
            }
            if relative > RELATIVE {
                off.push(format!("{name}: {id} at {hour} h: {found} for {expected}"));
            }
        }
    }
    let missing = missing(&twin, &variables, &simulation);
    if missing > 1e-9 {
        off.push(format!("{name}: {missing:e} of the mass is missing"));
    }
    let mut line = String::new();
    writeln!(line, "{name}: {worst:.1e} ({where_})").expect("a line");
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, line.as_bytes()).expect("a terminal");
}

const SMALL_NETWORKS: &[&str] = &[
    "mixed",
    "two_compartments",
    "first_in_first_out",
    "last_in_first_out",
    "mass",
    "set_point",
    "flow_paced",
    "inflow_at_junction",
    "order_zero",
    "order_two",
    "order_one_and_a_half",
    "limited_growth",
    "limited_decay",
    "michaelis_menten",
    "wall_one",
    "wall_without_transfer",
    "roughness",
    "darcy_weisbach",
    "micrograms",
    "emitters",
    "age",
    "trace",
    "overflow",
    "stands",
    "check_valve",
];

#[test]
fn mixing_sources_and_reactions_are_those_of_epanet() {
    let mut off = Vec::new();
    for name in SMALL_NETWORKS {
        let file = reference().join(format!("{name}.inp"));
        let mut twin = epanet::import_file(&file)
            .unwrap_or_else(|report| panic!("{report}"))
            .twin;
        check(name, &mut twin, &[], &mut off);
    }
    none_is_off(&off);
}

fn none_is_off(off: &[String]) {
    let some = &off[..off.len().min(20)];
    assert!(off.is_empty(), "{} values are off: {some:#?}", off.len());
}

const EXAMPLES: &[&str] = &["net1", "net2", "net3", "net3_age", "net3_lake_and_river"];

#[test]
fn chlorine_fluoride_age_and_trace_of_the_examples_are_those_of_epanet() {
    let test = "chlorine_fluoride_age_and_trace_of_the_examples_are_those_of_epanet";
    let Some(data) = support::measured_data(test, "water/networks") else {
        return;
    };
    let mut off = Vec::new();
    for name in EXAMPLES {
        let network = table(name).network;
        let mut twin = epanet::import_file(&data.join(network))
            .unwrap_or_else(|report| panic!("{report}"))
            .twin;
        match *name {
            "net3_age" => say(&mut twin, "quality", "Age"),
            "net3_lake_and_river" => say(&mut twin, "trace_node", "River"),
            _ => {}
        }
        // Node 15 draws in turns, and EPANET shows it the water of the other end of
        // its pipe while that stands.
        let except: &[&str] = match *name {
            "net3_age" => &["15"],
            _ => &[],
        };
        check(name, &mut twin, except, &mut off);
        say(&mut twin, "epanet_oversights", "Kept");
        check(name, &mut twin, &[], &mut off);
    }
    none_is_off(&off);
}

/// The town of the reference with a mixed tank, without its sources and reactions.
fn town() -> Twin {
    let text = std::fs::read_to_string(reference().join("mixed.inp")).expect("a file");
    let text = text
        .replace("R CONCEN 0.9 dose", "")
        .replace("R 0.8", "")
        .replace("GLOBAL", ";GLOBAL")
        .replace("TANK T", ";TANK T");
    let imported = epanet::import(text.as_bytes(), "town.inp");
    imported.unwrap_or_else(|report| panic!("{report}")).twin
}

#[test]
fn a_constituent_that_does_not_react_is_neither_lost_nor_made() {
    for mixing in [
        "Mixed",
        "TwoCompartment",
        "FirstInFirstOut",
        "LastInFirstOut",
    ] {
        let mut twin = town();
        for asset in &mut twin.assets {
            let mut put = |name: &str, text: &str| {
                asset.parameters.insert(name.to_owned(), quantity(text));
            };
            match asset.id.as_str() {
                "R" => put("source_quality", "1 mg/L"),
                "J2" => put("source_mass", "200 mg/min"),
                "J4" => put("source_quality", "0.9 mg/L"),
                "T" => {
                    put("mixing_fraction", "0.3");
                    put("initial_quality", "0.2 mg/L");
                    asset
                        .attributes
                        .insert("mixing_model".to_owned(), mixing.to_owned());
                }
                _ => {}
            }
        }
        let (twin, variables, mut simulation) = compiled(twin);
        for _ in 0..48 {
            simulation.step().expect("a step");
        }
        let missing = missing(&twin, &variables, &simulation);
        assert!(missing < 1e-9, "{mixing}: {missing:e}");
        let stored = simulation.value(variable(&twin, &variables, true, "T", "quality"));
        assert!(stored > 1e-4, "{mixing}: it got to the tank");
    }
}

#[test]
fn a_fork_goes_on_as_the_run_it_came_from() {
    let mut twin = town();
    say(&mut twin, "quality", "Age");
    let (twin, variables, mut simulation) = compiled(twin);
    for _ in 0..7 {
        simulation.step().expect("a step");
    }
    let mut fork = simulation.fork();
    for _ in 0..24 {
        simulation.step().expect("a step");
        fork.step().expect("a step");
    }
    for node in ["J2", "J3", "J5", "J7", "T"] {
        let age = variable(&twin, &variables, true, node, "age");
        let (one, other) = (simulation.value(age), fork.value(age));
        assert!(one > 0.0, "{node}");
        assert_eq!(one.to_bits(), other.to_bits(), "{node}");
    }
}

#[test]
fn what_concerns_quality_is_exported_as_it_came() {
    for name in SMALL_NETWORKS {
        let file = reference().join(format!("{name}.inp"));
        let first = epanet::import_file(&file).unwrap_or_else(|report| panic!("{report}"));
        let exported = epanet::export(&first.twin).expect("a network").text;
        let again = epanet::import(exported.as_bytes(), &format!("{name}.inp"))
            .unwrap_or_else(|report| panic!("{report}"));
        for (one, other) in first.twin.assets.iter().zip(&again.twin.assets) {
            assert_eq!(one.parameters, other.parameters, "{name}: {}", one.id);
            assert_eq!(one.attributes, other.attributes, "{name}: {}", one.id);
        }
    }
}

#[test]
fn an_intervention_lets_a_constituent_in_and_takes_it_out_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut twin = town();
    twin.id = "town".to_owned();
    let interventions = [
        ("J4.source_quality", 3, Action::Set(quantity("5 mg/L"))),
        ("p2.open", 4, Action::Set(quantity("0"))),
        ("J4.source_quality", 5, Action::Release),
    ];
    twin.scenarios.push(Scenario {
        id: "contamination".to_owned(),
        name: String::new(),
        description: String::new(),
        base: None,
        horizon: Some(SimDuration::from_whole_seconds(12 * 3600)),
        members: None,
        seed: None,
        uncertainties: Vec::new(),
        contingencies: Vec::new(),
        interventions: interventions
            .map(|(variable, hour, action)| Intervention {
                variable: variable.to_owned(),
                at: SimDuration::from_whole_seconds(hour * 3600),
                action,
            })
            .into(),
    });
    twin::save(&twin, None, &folder.path().join("twin.ron")).expect("saved");
    program::succeeds(
        folder.path(),
        &[
            "run",
            "twin.ron",
            "--scenario",
            "contamination",
            "--out",
            "result",
        ],
    );
    let csv = std::fs::read_to_string(folder.path().join("result/trajectory.csv")).expect("csv");
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().expect("a head").split(',').collect();
    let column = |name: &str| {
        let found = head.iter().position(|cell| cell.starts_with(name));
        found.unwrap_or_else(|| panic!("no {name} in {head:?}"))
    };
    let (at, behind) = (column("J4.quality"), column("J7.quality"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let value =
        |hour: usize, column: usize| -> f64 { rows[hour][column].parse().expect("a number") };
    assert!(value(3, at) < 1e-9);
    assert!((value(4, at) - 5.0).abs() < 1e-6, "{}", value(4, at));
    assert!(value(7, at) < 5.0);
    let most = (0..=12).map(|hour| value(hour, behind)).fold(0.0, f64::max);
    assert!(most > 1.0, "it gets to J7 behind the valve: {most}");
}

#[test]
fn a_contamination_is_a_what_if_only_where_a_constituent_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let offered = |twin: &Twin| {
        let variables = VariableTable::new(twin, &model::registry());
        let junction = variables.asset("J4").expect("a junction");
        let known = variables.contingencies_of(junction).iter();
        known.map(|one| one.name).collect::<Vec<_>>()
    };
    let arguments = [
        "run",
        "twin.ron",
        "--until",
        "12 h",
        "--what-if",
        "J4 contamination 20 g/min from 3 h",
        "--out",
        "result",
    ];
    let mut twin = town();
    assert!(offered(&twin).contains(&"contamination"));
    twin::save(&twin, None, &here.join("twin.ron")).expect("saved");
    program::succeeds(here, &arguments);

    say(&mut twin, "quality", "Age");
    assert!(!offered(&twin).contains(&"contamination"));
    assert!(offered(&twin).contains(&"fire_flow"));
    twin::save(&twin, None, &here.join("twin.ron")).expect("saved");
    let refused = program::fails(here, &arguments, 1);
    assert!(refused.contains("no constituent is followed"), "{refused}");
    assert!(refused.contains(r#""quality": "Constituent""#), "{refused}");

    // A scenario that names it is found by the checks, with its place.
    twin.scenarios.push(Scenario {
        id: "poison".to_owned(),
        name: String::new(),
        description: String::new(),
        base: None,
        horizon: None,
        members: None,
        seed: None,
        uncertainties: Vec::new(),
        contingencies: vec![Occurrence::parse("J4 contamination").expect("a text")],
        interventions: Vec::new(),
    });
    twin::save(&twin, None, &here.join("twin.ron")).expect("saved");
    let refused = program::fails(here, &["check", "twin.ron"], 1);
    assert!(refused.contains("no constituent is followed"), "{refused}");
    assert!(refused.contains("twin.ron:"), "{refused}");
}
