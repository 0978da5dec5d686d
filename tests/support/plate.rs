//! A document in which nothing is wrong, and how the tests change it and read it.
#![allow(dead_code, reason = "each test program uses its part of this")]
#![expect(clippy::panic, reason = "helper functions of tests report by failing")]

use counterpart::model;
use counterpart::twin::{self, LoadedTwin, Report};

/// A document in which nothing is wrong.
pub const GOOD: &str = r#"// A plate, heated and measured.
(
    format: 1,
    id: "plate",
    name: "Plate",
    version: "1.0.0",
    epoch: "2024-01-01T00:00:00Z",
    timestep: "1 s",
    assets: [
        // What stores the heat.
        (
            id: "body",
            kind: "thermal.Body",
            parameters: {"heat_capacity": "6.0 J/K", "initial_temperature": "23 Cel"}, // measured
            place: (position: (0.0, 0.01, 0.0), size: (0.02, 0.02, 0.01)),
        ),
        (id: "room", kind: "thermal.Boundary", parameters: {"temperature": "23 Cel"}),
        (id: "loss", kind: "thermal.Conductance", parameters: {"conductance": "0.01 W/K"}),
        (id: "supply", kind: "thermal.Heater", part_of: "rack", parameters: {"power_at_full": "1 W"}),
        (id: "rack", kind: "core.Group", part_of: Some("hall")),
        (id: "hall", kind: "core.Group"),
        (id: "probe", kind: "thermal.Sensor", parameters: {"noise": "0.1 K"}),
    ],
    links: [
        (from: "loss.a", to: "body.heat"),
        (from: "loss.b", to: "room.heat"),
        (from: "supply.heat", to: "body.heat"),
        (from: "probe.body", to: "body.heat"),
    ],
    channels: [
        (id: "Q", variable: "supply.command", unit: "%", role: Input, range: ("0 %", "100 %")),
        (id: "T", variable: "probe.reading", unit: "Cel", role: Measurement, period: "1 s"),
    ],
    uncertainties: [
        (variable: "body.heat_capacity", unit: "J/K", distribution: Normal(mean: 6.0, standard_deviation: 0.2)),
        (variable: "room.temperature", unit: "K", distribution: Uniform(low: -1.0, high: 1.0)),
    ],
    forecast: (horizon: "10 min", stride: "5 s", members: 200, seed: 42),
    scenarios: [
        (id: "full", interventions: [(variable: "supply.command", action: Set("100 %"))]),
        (id: "warm", base: "full", interventions: [(variable: "room.temperature", action: Ramp(to: "28 Cel", over: "1 min"))]),
    ],
    acceptance: [(channel: "T", metric: RootMeanSquareError, at_most: "1 K")],
)
"#;

pub fn check(text: &str) -> Result<LoadedTwin, Report> {
    twin::parse(text, "plate.ron", &model::registry())
}

pub fn loaded(text: &str) -> LoadedTwin {
    check(text).unwrap_or_else(|report| panic!("{report}"))
}

pub fn report_of(text: &str) -> Report {
    match check(text) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report,
    }
}

/// `GOOD` with each first text replaced by the second.
pub fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(GOOD.to_owned(), |text, (old, new)| {
        assert_eq!(text.matches(old).count(), 1, "{old:?} must stand once");
        text.replace(old, new)
    })
}
