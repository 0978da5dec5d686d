//! Who follows the controls of a document, and that none is passed over in silence.
#![expect(clippy::panic, reason = "a test reports what it found by failing")]

use std::sync::Arc;

use counterpart::model::registry;
use counterpart::simulation::Simulation;
use counterpart::twin::VariableTable;

const HEAT: &str = r#"
    (id: "oven", kind: "thermal.Body", parameters: { "heat_capacity": "1000 J/K", "initial_temperature": "20 Cel" }),
    (id: "burner", kind: "thermal.Heater", parameters: { "power_at_full": "100 W" }),
"#;
const LINE: &str = r#"
    (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
    (id: "kiln", kind: "flow.Machine", parameters: { "service_time": "10 s" }),
    (id: "done", kind: "flow.Sink"),
"#;
const LINE_LINKS: &str = r#"(from: "raw.out", to: "kiln.in"), (from: "kiln.out", to: "done.in"),"#;

fn compile(assets: &str, links: &str, more: &str) -> Result<Simulation, String> {
    let text = format!(
        "(format: 1, id: \"line\", name: \"Line\", version: \"1\", \
         epoch: \"2026-01-05T00:00:00Z\", timestep: \"1 min\", forecast: (horizon: \"8 h\", stride: \"1 min\"), assets: [{assets}], \
         links: [(from: \"burner.heat\", to: \"oven.heat\"), {links}], {more})"
    );
    let loaded = counterpart::twin::parse(&text, "controls.ron", &registry())
        .unwrap_or_else(|report| panic!("{report}"));
    let variables = Arc::new(VariableTable::new(&loaded.twin, &registry()));
    Simulation::compile(&loaded.twin, &variables).map_err(|error| error.to_string())
}

#[test]
fn a_daily_control_between_continuous_assets_acts_in_a_twin_with_a_line() {
    let controls = r#"controls: [
        (id: "morning", when: Daily("1 h"), set: [("burner.command", "50 %")]),
        (id: "evening", when: Daily("2 h"), set: [("burner.command", "0 %")]),
    ]"#;
    let assets = format!("{HEAT}{LINE}");
    let mut simulation =
        compile(&assets, LINE_LINKS, controls).unwrap_or_else(|error| panic!("{error}"));
    let temperature = simulation.variables().find("oven.temperature");
    let temperature = temperature.unwrap_or_else(|| panic!("no temperature"));
    for _ in 0..180 {
        simulation.step().unwrap_or_else(|error| panic!("{error}"));
    }
    // 50 W for an hour into 1000 J/K: 180 K, once.
    let after = simulation.value(temperature) - 273.15;
    assert!((after - 200.0).abs() < 1e-6, "{after}");
    for _ in 0..1440 {
        simulation.step().unwrap_or_else(|error| panic!("{error}"));
    }
    let after = simulation.value(temperature) - 273.15;
    assert!((after - 380.0).abs() < 1e-6, "{after}");
}

#[test]
fn controls_and_rules_that_nothing_follows_are_refused() {
    let more = r#"
        controls: [(when: Daily("1 h"), set: [("burner.command", "50 %")])],
        rules: [(id: "hot", premises: [(join: If, of: Variable("oven.temperature"), relation: Above, value: "50 Cel")], then: [("burner.command", "0 %")])]"#;
    let Err(error) = compile(HEAT, "", more) else {
        panic!("it was taken");
    };
    for part in [
        "control 1",
        "follows controls",
        "rule hot",
        "thermal.Thermostat",
    ] {
        assert!(error.contains(part), "no `{part}` in {error}");
    }
}
