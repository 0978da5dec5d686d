//! The bundled water network: what its script, its document and a week of its
//! operation keep to.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports what it found by failing, and runs the script of the scene"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use counterpart::live::open_document;
use counterpart::model;
use counterpart::quantity::SimDuration;
use counterpart::simulation::Simulation;
use counterpart::twin::{self, Asset, LoadedTwin, VariableIndex};

/// A millilitre a second, a hundred-millionth of what the town draws \[m3/s].
const FLOW_TOLERANCE: f64 = 1e-9;

fn scene() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/harbour")
}

fn harbour() -> LoadedTwin {
    let document = open_document(&scene(), None).expect("the bundled network has no errors");
    document.twin
}

fn of_kind<'twin>(loaded: &'twin LoadedTwin, kind: &str) -> Vec<&'twin Asset> {
    let assets = &loaded.twin.assets;
    assets.iter().filter(|one| one.kind == kind).collect()
}

fn variable(loaded: &LoadedTwin, asset: &str, name: &str) -> VariableIndex {
    let path = format!("{asset}.{name}");
    loaded
        .variables
        .find(&path)
        .unwrap_or_else(|| panic!("there is no `{path}`"))
}

/// Runs the scene's script, or says why the test cannot.
fn script(test: &str, arguments: &[&str]) -> Option<()> {
    let ran = Command::new("python3")
        .arg(scene().join("generate.py"))
        .args(arguments)
        .output();
    match ran {
        Err(error) => {
            support::skipped_without(test, &format!("python3 does not run: {error}"));
            None
        }
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the script failed: {said}");
            Some(())
        }
    }
}

#[test]
fn the_script_writes_the_document_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("twin.ron");
    let test = "the_script_writes_the_document_byte_for_byte";
    if script(test, &["--out", written.to_str().unwrap()]).is_some() {
        let (made, kept) = (written, scene().join("twin.ron"));
        let (made, kept) = (std::fs::read(made).unwrap(), std::fs::read(kept).unwrap());
        assert!(made == kept, "run scenes/harbour/generate.py and commit");
    }
}

#[test]
fn the_document_has_nothing_to_warn_of_and_every_channel_a_variable() {
    let loaded = harbour();
    assert!(
        loaded.warnings.diagnostics().is_empty(),
        "{}",
        loaded.warnings.summary()
    );
    for channel in &loaded.twin.channels {
        let found = loaded.variables.find(&channel.variable);
        assert!(found.is_some(), "{}: no `{}`", channel.id, channel.variable);
    }
    let junctions = of_kind(&loaded, "water.Junction").len();
    assert!((350..=450).contains(&junctions), "{junctions} junctions");
    assert_eq!(of_kind(&loaded, "water.Tank").len(), 2);
}

#[test]
fn several_steps_at_once_come_to_the_bits_of_single_ones() {
    let loaded = harbour();
    let mut single = Simulation::compile(&loaded.twin, &loaded.variables).expect("a simulation");
    single.restart().expect("a first solution");
    assert!(single.may_stride());
    let mut striding = single.fork();
    let hour = SimDuration::from_whole_seconds(3_600);
    for _ in 0..12 {
        for _ in 0..(hour.as_seconds() / loaded.twin.timestep.as_seconds()) as usize {
            single.step().expect("a step");
        }
        striding.stride(hour).expect("a stride");
        assert_eq!(single.time(), striding.time());
        for (index, variable) in loaded.variables.iter() {
            let (one, other) = (single.value(index), striding.value(index));
            assert_eq!(
                one.to_bits(),
                other.to_bits(),
                "{}: {one} {other}",
                variable.path
            );
        }
    }
}

#[test]
fn prices_and_costs_are_in_the_currency_of_the_twin() {
    let loaded = harbour();
    let code = |path: &str| {
        let index = loaded.variables.find(path).expect("a variable");
        loaded.variables.get(index).unit.clone()
    };
    assert_eq!(code("harbour.energy_price").code(), "{EUR}/(kW.h)");
    let pump = &of_kind(&loaded, "water.Pump")[0].id;
    let rate = code(&format!("{pump}.cost_rate"));
    assert_eq!(rate.code(), "{EUR}/h");
    assert_eq!(rate.symbol(), "EUR/h");
    // What futures are compared by, and what befalls the network, say it as well.
    let kind = |name: &str| {
        let place = (loaded.twin.assets.iter()).position(|asset| asset.kind == name);
        (loaded.variables.kind_of(place.expect("an asset"))).expect("a kind")
    };
    let cost = (kind("water.Pump").indicators.iter()).find(|one| one.quantity == "cost_rate");
    assert_eq!(cost.expect("an indicator").unit.code(), "{EUR}");
    let tariff = (kind("water.Network").contingencies.iter()).find(|one| one.name == "tariff");
    let size = tariff.and_then(|one| one.size.as_ref()).expect("a size");
    assert_eq!(size.unit.code(), "{EUR}/(kW.h)");

    // A document that names none leaves it open, one that misspells it is told.
    let source = std::fs::read_to_string(scene().join("twin.ron")).expect("the document");
    let silent = source.replace("    currency: \"EUR\",\n", "");
    let silent = twin::parse(&silent, "twin.ron", &model::registry()).expect("a document");
    let rate = silent
        .variables
        .find(&format!("{pump}.cost_rate"))
        .expect("a variable");
    assert_eq!(silent.variables.get(rate).unit.symbol(), "currency/h");
    let wrong = source.replace("\"EUR\"", "\"euro\"");
    let report = twin::parse(&wrong, "twin.ron", &model::registry()).expect_err("no such code");
    assert!(report.to_string().contains("ISO 4217"), "{report}");
}

/// What meets at each node: link flows with the sign they enter the node's balance with.
fn meeting(loaded: &LoadedTwin) -> BTreeMap<String, Vec<(VariableIndex, f64)>> {
    let mut meeting: BTreeMap<String, Vec<(VariableIndex, f64)>> = BTreeMap::new();
    for link in &loaded.twin.links {
        let (asset, port) = link.from.parts().expect("a port");
        let (node, _) = link.to.parts().expect("a port");
        let sign = match port {
            "a" => -1.0,
            "b" => 1.0,
            _ => continue,
        };
        let flow = variable(loaded, asset, "flow");
        meeting
            .entry(node.to_owned())
            .or_default()
            .push((flow, sign));
    }
    meeting
}

#[test]
fn a_week_keeps_mass_pressures_and_levels_and_the_pumps_cycle() {
    let loaded = harbour();
    let mut simulation = Simulation::compile(&loaded.twin, &loaded.variables).unwrap();
    let meeting = meeting(&loaded);
    let junctions: Vec<_> = of_kind(&loaded, "water.Junction")
        .into_iter()
        .map(|one| {
            let drawn = ["demand", "emitter_flow", "leakage"];
            (
                one.id.clone(),
                one.parameters.contains_key("base_demand"),
                variable(&loaded, &one.id, "pressure"),
                drawn.map(|name| variable(&loaded, &one.id, name)),
            )
        })
        .collect();
    let tanks: Vec<_> = of_kind(&loaded, "water.Tank")
        .into_iter()
        .map(|one| {
            let limit = |name: &str| one.parameters[name].si();
            let limits = (limit("minimum_level"), limit("maximum_level"));
            (&one.id, variable(&loaded, &one.id, "level"), limits)
        })
        .collect();
    let pumps: Vec<_> = of_kind(&loaded, "water.Pump")
        .into_iter()
        .map(|one| variable(&loaded, &one.id, "flow"))
        .collect();
    let mut starts = vec![0_u32; pumps.len()];
    let mut ran = vec![false; pumps.len()];
    let week = 7 * 24 * 12;
    for step in 0..=week {
        simulation.refresh().unwrap();
        for (id, supplied, pressure, drawn) in &junctions {
            let mut entering = 0.0;
            for (flow, sign) in &meeting[id] {
                entering += sign * simulation.value(*flow);
            }
            let leaving: f64 = drawn.iter().map(|one| simulation.value(*one)).sum();
            let gap = (entering - leaving).abs();
            assert!(
                gap < FLOW_TOLERANCE,
                "step {step}, {id}: {gap} m3/s missing"
            );
            let pressure = simulation.value(*pressure);
            assert!(
                !supplied || (30.0..=82.0).contains(&pressure),
                "step {step}, {id}: {pressure} m"
            );
        }
        for (id, level, (low, high)) in &tanks {
            let level = simulation.value(*level);
            assert!(
                level > low + 0.5 && level < high - 0.1,
                "step {step}, {id}: {level} m"
            );
        }
        for ((pump, ran), starts) in pumps.iter().zip(&mut ran).zip(&mut starts) {
            let runs = simulation.value(*pump) > 1e-6;
            *starts += u32::from(runs && !*ran);
            *ran = runs;
        }
        if step < week {
            simulation.step().unwrap();
        }
    }
    // Works 1 and 2, Bridge Street 1 and its standby, Beacon.
    assert!((6..=21).contains(&starts[0]), "{starts:?}");
    assert!((7..=28).contains(&starts[1]), "{starts:?}");
    assert!((6..=28).contains(&starts[2]), "{starts:?}");
    assert_eq!(starts[3..], [0, 1], "{starts:?}");
}
