//! Public networks from their file to a run, held against EPANET 2.3.5 at every
//! node, link and reported time.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports what it found by failing"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use counterpart::import::epanet;
use counterpart::model;
use counterpart::quantity::{Quantity, SimDuration};
use counterpart::simulation::Simulation;
use counterpart::twin::{Twin, VariableIndex, VariableTable};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A network, and how far its reference goes.
struct Case {
    name: &'static str,
    /// Times from here on are not looked at \[s]: EPANET is not unique there.
    until: i64,
    /// Largest difference of a head \[m] and of a flow \[L/s].
    head: f64,
    flow: f64,
    /// Nodes whose head EPANET does not determine.
    except: &'static [&'static str],
}

const fn case(name: &'static str) -> Case {
    Case {
        name,
        until: i64::MAX,
        head: 1e-3,
        flow: 1e-3,
        except: &[],
    }
}

/// `docs/validation/water.md` gives the evidence for every exception.
const CASES: &[Case] = &[
    case("Net1"),
    case("Net2"),
    case("Net3"),
    case("Hanoi"),
    case("Modena"),
    case("Balerma"),
    Case {
        until: 28_800,
        ..case("vanZyl")
    },
    // A pump starts at 20 634 s in every run of EPANET that converges, and in ours.
    Case {
        until: 20_634,
        ..case("C-Town")
    },
    // The first of seven days; a debug build is slow.
    Case {
        until: 86_401,
        ..case("L-TOWN")
    },
    case("ky4"),
    case("ky7"),
    // Behind a pump that stands: the head follows from the last digits.
    Case {
        except: &["O-Pump-4"],
        ..case("ky16")
    },
    case("CA1"),
    case("PA1"),
    case("Exnet"),
    // EPANET does not converge here, and differs from itself.
    Case {
        until: 3_600,
        flow: 1e-2,
        ..case("Wolf")
    },
    case("KL"),
    case("Richmond_skeleton"),
    // Run at the file's own accuracy, stored in single precision.
    Case {
        until: 21_601,
        head: 0.02,
        flow: 0.02,
        ..case("vitens_benchmark")
    },
];

/// A table of the reference: a row a node or link, a column a time.
struct Table {
    ids: Vec<String>,
    columns: Vec<(i64, Vec<f64>)>,
}

fn table(path: &Path) -> Table {
    let file = std::fs::File::open(path).expect("the reference opens");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a table");
    let reader = reader.build().expect("a reader");
    let mut table = Table {
        ids: Vec::new(),
        columns: Vec::new(),
    };
    for batch in reader {
        let batch = batch.expect("a batch");
        let schema = batch.schema();
        for (place, field) in schema.fields().iter().enumerate() {
            let array = batch.column(place);
            if field.name() == "id" {
                match array.as_string_opt::<i64>() {
                    Some(long) => table.ids.extend(long.iter().flatten().map(str::to_owned)),
                    None => {
                        let short = array.as_string::<i32>();
                        table.ids.extend(short.iter().flatten().map(str::to_owned));
                    }
                }
                continue;
            }
            let time: i64 = field.name().parse().expect("a time in seconds");
            let values = match array.as_primitive_opt::<Float64Type>() {
                Some(double) => double.values().to_vec(),
                None => {
                    let single = array.as_primitive::<Float32Type>();
                    single
                        .values()
                        .iter()
                        .map(|&value| f64::from(value))
                        .collect()
                }
            };
            match table.columns.iter_mut().find(|column| column.0 == time) {
                Some(column) => column.1.extend(values),
                None => table.columns.push((time, values)),
            }
        }
    }
    table.columns.sort_by_key(|column| column.0);
    table
}

fn flow_unit(name: &str) -> f64 {
    match name {
        "GPM" => 231.0 * 0.0254_f64.powi(3) / 60.0,
        "CMH" => 1.0 / 3600.0,
        "LPS" => 1e-3,
        other => panic!("no factor for {other}"),
    }
}

fn set(twin: &mut Twin, name: &str, text: &str) {
    let network = (twin.assets.iter_mut())
        .find(|asset| asset.kind == "water.Network")
        .expect("a network");
    network
        .parameters
        .insert(name.to_owned(), Quantity::parse(text).expect("a quantity"));
}

/// The variables of a quantity by the name that their asset has in the file.
fn by_name(
    twin: &Twin,
    variables: &VariableTable,
    quantity: impl Fn(&str) -> Option<&'static str>,
) -> BTreeMap<String, VariableIndex> {
    let mut found = BTreeMap::new();
    for (position, asset) in twin.assets.iter().enumerate() {
        let Some(quantity) = quantity(&asset.kind) else {
            continue;
        };
        let name = if asset.name.is_empty() {
            &asset.id
        } else {
            &asset.name
        };
        if let Some(index) = variables.of_asset(position, quantity) {
            found.insert(name.clone(), index);
        }
    }
    found
}

fn check(case: &Case, data: &Path, index: &serde_json::Value, off: &mut Vec<String>) {
    let entry = &index[case.name];
    let file = data.join(format!("networks/{}.inp", case.name));
    let imported = epanet::import_file(&file).expect("a network");
    let mut twin = imported.twin;
    if let Some(accuracy) = entry["accuracy"].as_f64() {
        set(&mut twin, "accuracy", &format!("{accuracy}"));
        set(&mut twin, "maximum_trials", "2000");
    }
    if entry["duration_set_to_24h"] == true {
        set(&mut twin, "hydraulic_step", "1 h");
    }
    for asset in &mut twin.assets {
        if asset.kind == "water.Network" {
            asset
                .attributes
                .insert("unbalanced".to_owned(), "Continue".to_owned());
        }
    }
    let every = entry["stored_every_s"].as_f64().expect("an interval");
    twin.timestep = SimDuration::from_seconds(every).expect("a duration");
    let variables = Arc::new(VariableTable::new(&twin, &model::registry()));
    let twin = Arc::new(twin);
    let mut simulation = Simulation::compile(&twin, &variables)
        .unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let heads = by_name(&twin, &variables, |kind| match kind {
        "water.Junction" | "water.Tank" => Some("head"),
        "water.Reservoir" => Some("hydraulic_grade"),
        _ => None,
    });
    let flows = by_name(&twin, &variables, |kind| match kind {
        "water.Network" | "water.Demand" | "water.Junction" | "water.Tank" | "water.Reservoir" => {
            None
        }
        _ => Some("flow"),
    });
    let reference =
        |what: &str| table(&data.join(format!("reference/{}.{what}.parquet", case.name)));
    let (head_table, flow_table) = (reference("head"), reference("flow"));
    let head_unit = if entry["head_unit"] == "ft" {
        0.3048
    } else {
        1.0
    };
    let flow_unit = flow_unit(entry["flow_unit"].as_str().expect("a unit"));
    let mut worst = (0.0_f64, 0.0_f64);
    for ((time, head), (_, flow)) in head_table.columns.iter().zip(&flow_table.columns) {
        if *time >= case.until {
            break;
        }
        while simulation.time().as_seconds() < *time as f64 {
            simulation
                .step()
                .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        }
        for (id, value) in head_table.ids.iter().zip(head) {
            if case.except.contains(&id.as_str()) {
                continue;
            }
            let expected = value * head_unit;
            let difference = (simulation.value(heads[id]) - expected).abs();
            // Heads of 1e34 m, as Hanoi has them, agree to their digits.
            let difference = difference / (expected.abs() / 1e5).max(1.0);
            if difference > case.head {
                off.push(format!("{} head {id} at {time} s: {difference}", case.name));
            }
            worst.0 = worst.0.max(difference);
        }
        for (id, value) in flow_table.ids.iter().zip(flow) {
            let expected = value * flow_unit;
            let difference = (simulation.value(flows[id]) - expected).abs();
            let beyond = (difference - 1e-5 * expected.abs()) * 1e3;
            if beyond > case.flow {
                off.push(format!("{} flow {id} at {time} s: {beyond}", case.name));
            }
            worst.1 = worst.1.max(beyond);
        }
    }
    let mut out = std::io::stdout().lock();
    let line = format!(
        "{}: head {:.1e} m, flow {:.1e} L/s\n",
        case.name,
        worst.0,
        worst.1.max(0.0)
    );
    std::io::Write::write_all(&mut out, line.as_bytes()).expect("a terminal");
}

#[test]
fn heads_and_flows_of_public_networks_are_those_of_epanet() {
    let test = "heads_and_flows_of_public_networks_are_those_of_epanet";
    let Some(data) = support::measured_data(test, "water") else {
        return;
    };
    let index = std::fs::read_to_string(data.join("reference/index.json")).expect("an index");
    let index: serde_json::Value = serde_json::from_str(&index).expect("JSON");
    let mut off = Vec::new();
    for case in CASES {
        check(case, &data, &index, &mut off);
    }
    let some = &off[..off.len().min(20)];
    assert!(off.is_empty(), "{} values are off: {some:#?}", off.len());
}
