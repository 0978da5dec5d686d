//! Water quality from an EPANET file through the document to the model, held
//! against EPANET 2.3.5; `tests/reference/water_quality.py` made the reference.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports what it found by failing"
)]

mod support;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterpart::import::epanet;
use counterpart::model;
use counterpart::quantity::{Quantity, SimDuration};
use counterpart::simulation::Simulation;
use counterpart::twin::{Asset, Twin, VariableIndex, VariableTable};

/// Largest difference, relative to the value.
const RELATIVE: f64 = 1e-3;
/// A difference below this part of the largest value of a table is let be.
const SMALL: f64 = 1e-5;

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

fn set(twin: &mut Twin, name: &str, text: &str) {
    let quantity = Quantity::parse(text).expect("a quantity");
    let network = network_of(twin);
    network.parameters.insert(name.to_owned(), quantity);
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
            simulation.step().unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for ((_, id, values), &row) in table.rows.iter().zip(&rows) {
            if except.contains(&id.as_str()) {
                continue;
            }
            let (expected, found) = (values[column], simulation.value(row) / unit);
            assert!(found.is_finite(), "{name}: {id} at {hour} h: {found}");
            let relative = (found - expected).abs() / expected.abs().max(SMALL / RELATIVE * largest);
            if relative > worst {
                worst = relative;
                where_ = format!("{id} at {hour} h: {found} for {expected}");
            }
            if relative > RELATIVE {
                off.push(format!("{name}: {id} at {hour} h: {found} for {expected}"));
            }
        }
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
    let some = &off[..off.len().min(40)];
    assert!(off.is_empty(), "{} values are off: {some:#?}", off.len());
}

const EXAMPLES: &[&str] = &[
    "net1",
    "net2",
    "net3",
    "net3_age",
    "net3_lake_and_river",
];

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
        check(name, &mut twin, &[], &mut off);
    }
    let some = &off[..off.len().min(40)];
    assert!(off.is_empty(), "{} values are off: {some:#?}", off.len());
}
