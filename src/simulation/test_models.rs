//! A small domain with a known solution, for the tests of this floor.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Simulation;
use crate::model::{Domain, Model, ModelError, ObservationNoise, Step};
use crate::quantity::{Epoch, Quantity, SimDuration, SimTime, Unit};
use crate::twin::{
    Asset, Bounds, Causality, Contingency, Declaration, ForecastSettings, Kind, KindRegistry,
    Shape, Size, Twin, VariableIndex, VariableTable,
};

/// First-order lags: *T dx/dt = g u − x*, each on its own.
pub(crate) struct Lags;

impl Domain for Lags {
    fn name(&self) -> &'static str {
        "test"
    }

    fn kinds(&self) -> Vec<Kind> {
        let declaration = |name, causality, unit, default, bounds| Declaration {
            name,
            causality,
            unit: Unit::known(unit),
            default,
            bounds,
            doc: "For tests.",
            words: &[],
        };
        vec![Kind {
            name: "test.Lag",
            title: "First-order lag",
            doc: "Follows its command.",
            declarations: vec![
                declaration(
                    "time_constant",
                    Causality::Parameter,
                    "s",
                    Some(10.0),
                    Bounds::POSITIVE,
                ),
                declaration("gain", Causality::Parameter, "K", Some(1.0), Bounds::NONE),
                declaration(
                    "noise",
                    Causality::Parameter,
                    "K",
                    Some(0.0),
                    Bounds::NOT_NEGATIVE,
                ),
                declaration(
                    "command",
                    Causality::Input,
                    "%",
                    Some(0.0),
                    Bounds::between(0.0, 1.0),
                ),
                declaration("level", Causality::State, "K", None, Bounds::NONE),
                declaration("reading", Causality::Output, "K", None, Bounds::NONE),
            ],
            attributes: Vec::new(),
            contingencies: vec![
                Contingency::fixed("dead", "Death", "It is not told anything.", "command", 0.0),
                Contingency::sized(
                    "forced",
                    "Forcing",
                    "It is told something else.",
                    "command",
                    Size {
                        name: "command",
                        unit: Unit::known("%"),
                        default: None,
                        bounds: Bounds::between(0.0, 1.0),
                        doc: "What it is told.",
                        equivalent: None,
                    },
                ),
            ],
            indicators: Vec::new(),
            ports: Vec::new(),
            shape: Shape::Block,
        }]
    }

    fn build(
        &self,
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Box<dyn Model>>, Vec<ModelError>> {
        let mut lags = Vec::new();
        let mut problems = Vec::new();
        for (position, asset) in twin.assets.iter().enumerate() {
            let find = |name| {
                variables
                    .of_asset(position, name)
                    .ok_or_else(|| ModelError::Structure {
                        asset: asset.id.clone(),
                        problem: format!("it has no `{name}`"),
                        advice: "make it a lag".to_owned(),
                    })
            };
            let lag = || -> Result<Lag, ModelError> {
                Ok(Lag {
                    time_constant: find("time_constant")?,
                    gain: find("gain")?,
                    noise: find("noise")?,
                    command: find("command")?,
                    level: find("level")?,
                    reading: find("reading")?,
                    decay: 0.0,
                })
            };
            match lag() {
                Ok(lag) => lags.push(lag),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let noise = lags
            .iter()
            .map(|lag| ObservationNoise {
                variable: lag.reading,
                standard_deviation: lag.noise,
            })
            .collect();
        let states = lags.iter().map(|lag| lag.level).collect();
        Ok(Some(Box::new(LagModel {
            lags,
            noise,
            states,
            timestep: twin.timestep.as_seconds(),
        })))
    }
}

#[derive(Clone, Debug)]
struct Lag {
    time_constant: VariableIndex,
    gain: VariableIndex,
    noise: VariableIndex,
    command: VariableIndex,
    level: VariableIndex,
    reading: VariableIndex,
    decay: f64,
}

#[derive(Clone, Debug)]
struct LagModel {
    lags: Vec<Lag>,
    noise: Vec<ObservationNoise>,
    states: Vec<VariableIndex>,
    timestep: f64,
}

impl Model for LagModel {
    fn initialise(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        for lag in &self.lags {
            values[lag.level.position()] = 0.0;
        }
        self.parameters_changed(values)?;
        self.refresh_outputs(values)
    }

    fn parameters_changed(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        for lag in &mut self.lags {
            lag.decay = (-self.timestep / values[lag.time_constant.position()]).exp();
        }
        Ok(())
    }

    fn step(&mut self, values: &mut [f64], step: Step) -> Result<(), ModelError> {
        for lag in &self.lags {
            let target = values[lag.gain.position()] * values[lag.command.position()];
            let level = &mut values[lag.level.position()];
            *level = target + (*level - target) * lag.decay;
            if level.abs() > 1e6 {
                return Err(ModelError::Diverged {
                    variable: "level".to_owned(),
                    value: *level,
                    time: step.from,
                    reason: "it is beyond a million".to_owned(),
                });
            }
        }
        self.refresh_outputs(values)
    }

    fn refresh_outputs(&mut self, values: &mut [f64]) -> Result<(), ModelError> {
        for lag in &self.lags {
            values[lag.reading.position()] = values[lag.level.position()];
        }
        Ok(())
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn continuous_state(&self) -> &[VariableIndex] {
        &self.states
    }

    fn observation_noise(&self) -> &[ObservationNoise] {
        &self.noise
    }
}

/// A twin of lags called `lag_1`, `lag_2`, …, with a timestep of 1 s.
pub(crate) fn lag_twin(count: usize) -> Twin {
    let assets = (1..=count)
        .map(|number| Asset {
            id: format!("lag_{number}"),
            kind: "test.Lag".to_owned(),
            name: String::new(),
            part_of: None,
            parameters: BTreeMap::from([
                (
                    "noise".to_owned(),
                    Quantity::parse("0.25 K").expect("a quantity"),
                ),
                (
                    "gain".to_owned(),
                    Quantity::parse("20 K").expect("a quantity"),
                ),
            ]),
            attributes: BTreeMap::new(),
            place: None,
            path: Vec::new(),
            look: None,
        })
        .collect();
    Twin {
        format: 1,
        id: "lags".to_owned(),
        name: "Lags".to_owned(),
        version: "1".to_owned(),
        description: String::new(),
        currency: String::new(),
        provenance: crate::twin::Provenance::default(),
        epoch: Epoch::parse("2024-01-01T00:00:00Z").expect("an instant"),
        timestep: SimDuration::from_whole_seconds(1),
        assets,
        links: Vec::new(),
        patterns: Vec::new(),
        curves: Vec::new(),
        controls: Vec::new(),
        rules: Vec::new(),
        channels: Vec::new(),
        telemetry: Vec::new(),
        event_log: None,
        sources: Vec::new(),
        evolution: Vec::new(),
        publish: Vec::new(),
        balances: Vec::new(),
        uncertainties: Vec::new(),
        forecast: ForecastSettings::default(),
        scenarios: Vec::new(),
        acceptance: Vec::new(),
    }
}

/// The variables of a twin of lags.
pub(crate) fn lag_variables(twin: &Twin) -> Arc<VariableTable> {
    let mut registry = KindRegistry::default();
    registry.register(Lags.kinds());
    Arc::new(VariableTable::new(twin, &registry))
}

/// A compiled twin of lags.
pub(crate) fn lag_simulation(twin: &Twin) -> Simulation {
    let domains: Vec<Box<dyn Domain>> = vec![Box::new(Lags)];
    Simulation::compile_with(twin, &lag_variables(twin), &domains).expect("a twin of lags")
}

/// The index of a variable that exists.
pub(crate) fn index(simulation: &Simulation, path: &str) -> VariableIndex {
    simulation
        .variables()
        .find(path)
        .expect("a variable of the lags")
}

/// An instant in whole seconds.
pub(crate) const fn at(seconds: i64) -> SimTime {
    SimTime::from_nanoseconds(seconds * 1_000_000_000)
}
