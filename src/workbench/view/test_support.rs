//! A small twin in the middle of a run, for the tests of view and panels.
//!
//! Its kinds resemble the thermal ones but belong to the tests, so that a test
//! of the desktop does not depend on how anything behaves.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{DataSource, Document, RejectedSample, Workbench};
use crate::inference::ResidualStatistics;
use crate::live::{
    ChangeSet, ChannelNews, Forecast, ForecastInputs, ForecastState, Rows, Snapshot,
};
use crate::quantity::{Distribution, Epoch, Quantity, SimDuration, SimTime, Unit};
use crate::simulation::Bands;
use crate::twin::{
    Action, Asset, Bounds, Causality, Channel, ChannelRole, Contingency, Declaration,
    FORMAT_VERSION, ForecastSettings, Indicator, Intervention, Kind, KindRegistry, Link, Measure,
    Medium, Place, Port, PortReference, Provenance, Scenario, Shape, Size, Twin, Uncertainty,
    VariableIndex, VariableTable,
};

/// An instant, in whole seconds.
#[must_use]
pub fn at(seconds: i64) -> SimTime {
    SimTime::ZERO + SimDuration::from_whole_seconds(seconds)
}

/// Bands about these medians, one kelvin between neighbouring quantiles.
#[must_use]
pub fn bands(medians: &[(i64, f64)]) -> Bands {
    let column = |offset: f64| medians.iter().map(|(_, value)| value + offset).collect();
    Bands {
        times: medians.iter().map(|(time, _)| at(*time)).collect(),
        p05: column(-2.0),
        p25: column(-1.0),
        p50: column(0.0),
        p75: column(1.0),
        p95: column(2.0),
    }
}

fn declaration(
    name: &'static str,
    causality: Causality,
    unit: &'static str,
    default: Option<f64>,
    bounds: Bounds,
    doc: &'static str,
) -> Declaration {
    Declaration {
        name,
        causality,
        unit: Unit::known(unit),
        default,
        bounds,
        doc,
        words: &[],
    }
}

fn kind(
    name: &'static str,
    title: &'static str,
    shape: Shape,
    declarations: Vec<Declaration>,
) -> Kind {
    Kind {
        name,
        title,
        doc: "A kind of the tests.",
        declarations,
        attributes: Vec::new(),
        contingencies: Vec::new(),
        indicators: Vec::new(),
        ports: vec![Port {
            name: "heat",
            medium: Medium::Heat,
            at_least: 0,
            at_most: 9,
            doc: "Heat.",
        }],
        shape,
    }
}

fn registry() -> KindRegistry {
    use Causality::{Input, Output, Parameter, State};
    let mut registry = KindRegistry::default();
    let celsius = Bounds::between(0.0, 2_000.0);
    let mut kinds = [
        kind(
            "thermal.Body",
            "Body",
            Shape::Block,
            vec![
                declaration(
                    "heat_capacity",
                    Parameter,
                    "J/K",
                    Some(5.0),
                    Bounds::POSITIVE,
                    "Heat it takes to warm it by one kelvin.",
                ),
                declaration(
                    "initial_temperature",
                    Parameter,
                    "Cel",
                    Some(293.15),
                    celsius,
                    "Temperature at the beginning.",
                ),
                declaration(
                    "temperature",
                    State,
                    "Cel",
                    None,
                    celsius,
                    "Its temperature.",
                ),
            ],
        ),
        kind(
            "thermal.Heater",
            "Heater",
            Shape::Block,
            vec![
                declaration(
                    "power_at_full",
                    Parameter,
                    "W",
                    Some(1.0),
                    Bounds::NOT_NEGATIVE,
                    "Power at 100 %.",
                ),
                declaration(
                    "command",
                    Input,
                    "%",
                    Some(0.0),
                    Bounds::between(0.0, 1.0),
                    "How much of its power it is told to give.",
                ),
                declaration("power", Output, "W", None, Bounds::NONE, "Power it gives."),
            ],
        ),
        kind(
            "thermal.Sensor",
            "Sensor",
            Shape::Block,
            vec![
                declaration(
                    "time_constant",
                    Parameter,
                    "s",
                    Some(20.0),
                    Bounds::POSITIVE,
                    "How slowly it follows.",
                ),
                declaration("reading", Output, "Cel", None, celsius, "What it reports."),
            ],
        ),
        kind(
            "thermal.Boundary",
            "Boundary",
            Shape::Slab,
            vec![declaration(
                "temperature",
                Input,
                "Cel",
                Some(293.15),
                celsius,
                "Its temperature.",
            )],
        ),
    ];
    kinds[1].contingencies = vec![
        Contingency::fixed("failed", "Failure", "It gives nothing.", "command", 0.0),
        Contingency::sized(
            "loss",
            "Loss",
            "It is told less.",
            "command",
            Size {
                name: "rest",
                unit: Unit::known("%"),
                default: Some(0.5),
                bounds: Bounds::between(0.0, 1.0),
                doc: "What it is told.",
                equivalent: None,
            },
        ),
    ];
    kinds[2].indicators = [
        ("Highest reading", Measure::Highest),
        ("Lowest reading", Measure::Lowest),
    ]
    .map(|(title, measure)| Indicator {
        title,
        quantity: "reading",
        among: None,
        measure,
        unit: Unit::known("Cel"),
    })
    .into();
    registry.register(kinds);
    registry
}

fn asset(
    id: &str,
    kind: &str,
    name: &str,
    part_of: Option<&str>,
    parameters: &[(&str, &str)],
) -> Asset {
    Asset {
        id: id.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        part_of: part_of.map(str::to_owned),
        parameters: parameters
            .iter()
            .map(|(name, value)| {
                (
                    (*name).to_owned(),
                    Quantity::parse(value).expect("a quantity of the tests"),
                )
            })
            .collect(),
        attributes: BTreeMap::new(),
        place: Some(Place {
            position: [0.0; 3],
            size: [0.01; 3],
            rotation: [0.0; 3],
        }),
        path: Vec::new(),
        look: None,
    }
}

fn link(from: &str, to: &str) -> Link {
    Link {
        from: PortReference(from.to_owned()),
        to: PortReference(to.to_owned()),
    }
}

fn channel(id: &str, variable: &str, unit: &'static str, role: ChannelRole) -> Channel {
    Channel {
        id: id.to_owned(),
        variable: variable.to_owned(),
        unit: Unit::known(unit),
        role,
        column: None,
        period: Some(SimDuration::from_whole_seconds(1)),
        range: None,
        threshold: (role == ChannelRole::Measurement)
            .then(|| Quantity::new(70.0, Unit::known("Cel")).expect("finite")),
        contract: crate::twin::Contract::default(),
    }
}

/// A twin of two heaters and a sensor, as it was read from `tclab/twin.ron`.
#[must_use]
pub fn document() -> Document {
    let board = Some("board");
    let twin = Twin {
        format: FORMAT_VERSION,
        id: "tclab".to_owned(),
        name: "Temperature Control Lab".to_owned(),
        version: "1.0.0".to_owned(),
        description: String::new(),
        currency: String::new(),
        provenance: Provenance {
            parameters: "nominal values".to_owned(),
            ..Provenance::default()
        },
        epoch: Epoch::parse("2024-01-01T00:00:00Z").expect("an instant"),
        timestep: SimDuration::from_whole_seconds(1),
        assets: vec![
            asset("board", "core.Group", "Board", None, &[]),
            asset(
                "heater_1",
                "thermal.Body",
                "Heater 1",
                board,
                &[("heat_capacity", "6 J/K")],
            ),
            asset("heater_2", "thermal.Body", "Heater 2", board, &[]),
            asset("power_1", "thermal.Heater", "Supply 1", board, &[]),
            asset("sensor_1", "thermal.Sensor", "Sensor 1", board, &[]),
            asset(
                "room",
                "thermal.Boundary",
                "Room",
                None,
                &[("temperature", "23 Cel")],
            ),
        ],
        links: vec![
            link("power_1.heat", "heater_1.heat"),
            link("sensor_1.heat", "heater_1.heat"),
        ],
        patterns: Vec::new(),
        curves: Vec::new(),
        controls: Vec::new(),
        rules: Vec::new(),
        channels: vec![
            channel("Q1", "power_1.command", "%", ChannelRole::Input),
            channel("T1", "sensor_1.reading", "Cel", ChannelRole::Measurement),
        ],
        telemetry: Vec::new(),
        event_log: None,
        sources: Vec::new(),
        evolution: Vec::new(),
        publish: Vec::new(),
        balances: Vec::new(),
        uncertainties: vec![Uncertainty {
            variable: "heater_1.heat_capacity".to_owned(),
            unit: Unit::known("J/K"),
            distribution: Distribution::Normal {
                mean: 6.0,
                standard_deviation: 0.2,
            },
        }],
        forecast: ForecastSettings {
            horizon: SimDuration::from_whole_seconds(60),
            ..ForecastSettings::default()
        },
        scenarios: vec![Scenario {
            id: "full_power".to_owned(),
            name: "Heater 1 at full power".to_owned(),
            description: "What if it were driven as hard as it can be?".to_owned(),
            base: None,
            horizon: None,
            members: None,
            seed: None,
            uncertainties: Vec::new(),
            contingencies: Vec::new(),
            interventions: vec![Intervention {
                variable: "power_1.command".to_owned(),
                at: SimDuration::ZERO,
                action: Action::Set(Quantity::new(100.0, Unit::known("%")).expect("finite")),
            }],
        }],
        acceptance: Vec::new(),
    };
    let registry = registry();
    let variables = VariableTable::new(&twin, &registry);
    let mut document = Document::new(
        Arc::new(twin),
        Arc::new(variables),
        Arc::new(registry),
        Some(PathBuf::from("twin.ron")),
    );
    document.set_data(Some(DataSource {
        title: "telemetry.csv".to_owned(),
        rejected: vec![RejectedSample {
            channel: 1,
            time: 12.0,
            value: Some(900.0),
            reason: "above the range".to_owned(),
        }],
    }));
    document
}

/// What the running twin of [`document`] tells at `now`: the sensor reads 30 °C,
/// is measured half a kelvin higher, and warms by a kelvin until 60 s later.
#[must_use]
pub fn snapshot(workbench: &Workbench, now: i64) -> Snapshot {
    let document = workbench.document.as_ref().expect("a document is open");
    let variables = document.variables();
    let reading = variables.find("sensor_1.reading").expect("declared");
    let mut row = variables.initial_values();
    row[reading.position()] = 303.15;
    let count = usize::try_from(now + 1).expect("not before the beginning");
    let times: Vec<SimTime> = (0..=now).map(at).collect();
    let mut statistics = ResidualStatistics::default();
    for _ in 0..count {
        statistics.push(0.5);
    }
    let forecast = Forecast {
        made_at: at(now),
        data_until: at(now),
        seed: 42,
        members: 200,
        failures: 0,
        inputs: ForecastInputs::default(),
        bands: BTreeMap::from([(reading, bands(&[(now, 303.15), (now + 60, 304.15)]))]),
        change_set: ChangeSet::default(),
        inputs_digest: 0,
        duration_of_computation: None,
    };
    Snapshot {
        rows: Arc::new(Rows {
            first: 0,
            width: row.len(),
            times: times.clone(),
            values: row.repeat(count),
        }),
        channels: Arc::new([ChannelNews {
            channel: 1,
            first: 0,
            times: times.clone(),
            values: vec![303.65; count],
            first_residual: 0,
            residual_times: times,
            residuals: vec![0.5; count],
            statistics,
            rejected: 1,
        }]),
        forecast: Some(Arc::new(forecast)),
        end: Some(at(1_000)),
        ..snapshot_of(at(now), row)
    }
}

/// What a twin tells that is at `now`, has these values and nothing else to say.
#[must_use]
pub fn snapshot_of(now: SimTime, values: Vec<f64>) -> Snapshot {
    Snapshot {
        generation: 0,
        now,
        begin: at(0),
        end: Some(at(1_000_000)),
        lag: SimDuration::ZERO,
        rows: Arc::new(Rows {
            first: 0,
            width: values.len(),
            times: vec![now],
            values: values.clone(),
        }),
        current: values.into(),
        channels: Arc::new([]),
        forecast: None,
        what_if: None,
        comparison: None,
        forecast_state: ForecastState::Fresh,
        telemetry: None,
        is_live: false,
        notices: Vec::new(),
        happenings: Arc::new([]),
        happenings_dropped: 0,
        at_end: false,
        halted: None,
    }
}

/// A workbench with [`document`] open, 20 s into its run.
#[must_use]
pub fn running_workbench() -> Workbench {
    let mut workbench = Workbench::default();
    workbench.open(document());
    let told = snapshot(&workbench, 20);
    workbench.receive(&told);
    workbench
}

impl Workbench {
    /// The variable at `path`.
    #[must_use]
    pub fn variable(&self, path: &str) -> VariableIndex {
        let document = self.document.as_ref().expect("a document is open");
        document
            .variables()
            .find(path)
            .expect("a variable of the test document")
    }

    /// The position of the asset called `id`.
    #[must_use]
    pub fn asset(&self, id: &str) -> usize {
        let document = self.document.as_ref().expect("a document is open");
        document
            .asset_position(id)
            .expect("an asset of the test document")
    }
}
