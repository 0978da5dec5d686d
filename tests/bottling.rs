//! The bundled bottling line: crates that are lost nowhere, heat and events in one
//! twin, and what is told of its bottleneck.
#![expect(clippy::panic, reason = "a test reports what it found by failing")]

use std::path::Path;
use std::sync::Arc;

use counterpart::live::event_log::{
    LogForecastRequest, LogRequest, forecast_opened, open_log, resumed, standing,
};
use counterpart::live::{ReplicateRequest, load_twin, replicate};
use counterpart::quantity::{SimDuration, SimTime};
use counterpart::simulation::{Progress, Simulation};
use counterpart::twin::StandingItem;

const SCENE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/bottling");
/// Steps of half a minute in an hour.
const HOUR: usize = 120;

fn compiled() -> Simulation {
    let loaded = load_twin(Path::new(SCENE)).unwrap_or_else(|error| panic!("{error}"));
    Simulation::compile(&loaded.twin, &Arc::clone(&loaded.variables))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn value(simulation: &Simulation, path: &str) -> f64 {
    let index = simulation.variables().find(path);
    simulation.value(index.unwrap_or_else(|| panic!("no `{path}`")))
}

fn steps(simulation: &mut Simulation, count: usize) {
    for _ in 0..count {
        simulation.step().unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn no_crate_is_lost_between_the_yard_and_the_warehouse() {
    let mut simulation = compiled();
    for _ in 0..6 {
        steps(&mut simulation, 2 * HOUR);
        let value = |path: &str| value(&simulation, path);
        // In crates: a pallet of the yard is 32, one that is wrapped as well. What the
        // palletiser holds is crates, and at most one pallet to put them on.
        let crates = [
            "infeed",
            "washer",
            "washed",
            "inspector",
            "rewash",
            "filler_table",
            "filler",
            "crowner",
            "curve_conveyor",
            "pasteuriser",
            "labeller_table",
            "labeller",
            "packer_table",
            "packer",
            "crate_conveyor",
        ];
        let between: f64 = crates
            .iter()
            .map(|id| value(&format!("{id}.content")))
            .sum();
        let washed_twice = value("rewash.passed") + value("rewash.content");
        assert!(
            value("inspector.bad") >= washed_twice,
            "more reworked than bad"
        );
        let out = value("crate_conveyor.passed") + value("broken.passed");
        // The depalletiser hands on the pieces of a pallet one by one.
        let taken = value("depalletiser.passed");
        assert!(
            (taken - between - out).abs() < 1e-9,
            "{taken} taken, {between} between, {out} out"
        );
        let pallets = value("palletiser.passed");
        assert!((value("crate_conveyor.passed") / 32.0).floor() >= pallets);
        let behind: f64 = (["wrap_place", "wrapper", "full_pallets"].iter())
            .map(|id| value(&format!("{id}.content")))
            .sum();
        assert!((pallets - behind - value("warehouse.passed")).abs() < 1e-9);
        for (table, most) in [
            ("labeller_table", 3.0),
            ("infeed", 8.0),
            ("pasteuriser", 32.0),
        ] {
            assert!(value(&format!("{table}.content")) <= most, "{table}");
        }
    }
    assert!(value(&simulation, "warehouse.passed") > 20.0);
    assert!(value(&simulation, "trucks.trips") >= 3.0 * value(&simulation, "warehouse.passed"));
}

#[test]
fn the_line_waits_while_the_pasteuriser_is_cold_and_goes_on_when_it_is_hot() {
    let mut simulation = compiled();
    steps(&mut simulation, HOUR);
    let variable = |simulation: &Simulation, path: &str| {
        let index = simulation.variables().find(path);
        index.unwrap_or_else(|| panic!("no `{path}`"))
    };
    let steam = variable(&simulation, "steam.power_at_full");
    simulation.set_parameter(steam, 0.0);
    // Bottles take 48 kW and the hall 12 kW from 9.5 MJ/K: 2 K in about five minutes.
    steps(&mut simulation, HOUR / 2);
    assert!(value(&simulation, "spray_water.temperature") < 273.15 + 60.0);
    assert!(value(&simulation, "pasteuriser.available") < 0.5);
    let passed = value(&simulation, "pasteuriser.passed");
    steps(&mut simulation, HOUR / 4);
    assert!((value(&simulation, "pasteuriser.passed") - passed).abs() < 1e-9);
    simulation.set_parameter(steam, 90e3);
    steps(&mut simulation, 2 * HOUR);
    assert!(value(&simulation, "spray_water.temperature") > 273.15 + 61.0);
    assert!(value(&simulation, "pasteuriser.passed") > passed);
    // After the early shift the set-point falls.
    steps(&mut simulation, 12 * HOUR);
    let set_point = value(&simulation, "temperature_control.set_point") - 273.15;
    assert!((set_point - 50.0).abs() < 1e-9, "{set_point}");
}

#[test]
fn the_labeller_is_told_as_the_bottleneck_and_fewer_jams_help() {
    let request = ReplicateRequest {
        twin: SCENE.into(),
        variables: vec!["packer.mean_throughput".to_owned()],
        scenario: Some("better_labels".to_owned()),
        members: 8,
        confidence: 0.95,
        seed: None,
        until: Some(SimDuration::from_whole_seconds(24 * 3600)),
        precision: None,
    };
    let outcome = replicate(&request, &Progress::new()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(outcome.stations[0].id, "labeller");
    // Half as many jams of two minutes in twenty-two: at most a twelfth more.
    let difference = outcome.variables[0].difference.as_ref();
    let difference = difference.unwrap_or_else(|| panic!("no difference"));
    let gain = difference.mean / outcome.variables[0].base.mean;
    assert!(difference.mean > difference.half_width, "{difference:?}");
    assert!(gain < 1.0 / 12.0, "{gain}");
}

#[test]
fn the_line_goes_on_from_any_hour_of_its_log() {
    let log = LogRequest {
        twin: SCENE.into(),
        log: Path::new(SCENE).join("log.parquet"),
        ..LogRequest::default()
    };
    let request = LogForecastRequest {
        members: 6,
        seed: Some(3),
        horizon: Some(SimDuration::from_whole_seconds(3 * 3600)),
        at: None,
    };
    // The palletiser joins crates and a pallet, so that it holds items of two inlets.
    let opened = open_log(&log).unwrap_or_else(|error| panic!("{error}"));
    let (twin, variables) = (&opened.loaded.twin, &opened.loaded.variables);
    let place = |id: &str| {
        let place = twin.assets.iter().position(|asset| asset.id == id);
        place.unwrap_or_else(|| panic!("no `{id}`")) as u32
    };
    let (palletiser, belt) = (place("palletiser"), place("crate_conveyor"));
    let mut both = 0;
    for minutes in (30..900).step_by(29) {
        let at = SimTime::ZERO + SimDuration::from_whole_seconds(60 * minutes);
        let standing = standing(&opened, at);
        let held = standing
            .items
            .iter()
            .filter(|item| item.asset == palletiser);
        let (crates, pallets): (Vec<&StandingItem>, Vec<&StandingItem>) =
            held.partition(|item| item.from == Some(belt));
        assert!(crates.len() <= 32 && pallets.len() <= 1, "at {minutes} min");
        assert!(pallets.iter().all(|pallet| pallet.class == 1));
        both += usize::from(!crates.is_empty() && !pallets.is_empty());
        let mut simulation = resumed(&opened.loaded, &standing, 1, 0)
            .unwrap_or_else(|error| panic!("at {minutes} min: {error}"));
        let content = variables.find("palletiser.content");
        let content = content.unwrap_or_else(|| panic!("no content"));
        let inside = (crates.len() + pallets.len()) as f64;
        assert!(
            (simulation.value(content) - inside).abs() < 0.5,
            "at {minutes} min"
        );
        // Crates that are in it are not asked for again: no set is larger than it should be.
        for _ in 0..HOUR / 2 {
            steps(&mut simulation, 1);
            assert!(simulation.value(content) < 33.5, "at {minutes} min");
        }
    }
    assert!(both > 5, "{both}");
    // Three hours are about fourteen pallets.
    for hour in [2, 6, 9] {
        let forecast = forecast_opened(
            &opened,
            &LogForecastRequest {
                at: Some(SimTime::ZERO + SimDuration::from_whole_seconds(3600 * hour)),
                ..request.clone()
            },
            &Progress::new(),
        )
        .unwrap_or_else(|error| panic!("{error}"));
        let expected = (forecast.expected.iter())
            .find(|one| one.asset == "warehouse")
            .unwrap_or_else(|| panic!("no warehouse"));
        let logged = expected.logged.unwrap_or_else(|| panic!("the log goes on")) as f64;
        assert!(logged > 5.0, "{logged}");
        assert!(
            (expected.mean.mean - logged).abs() < 4.0,
            "from {hour} h: {} in place of {logged}",
            expected.mean.mean
        );
    }
}
