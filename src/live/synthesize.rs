//! The job behind `counterpart synthesize`: telemetry of a system like the
//! twin's, but not the twin's own.
//!
//! The system is the twin with other parameters, drawn from what the document
//! says is uncertain. Its commands are pseudo-random steps, its undriven
//! inputs drift, and its sensors have noise, a resolution and an outage. What
//! was hidden is written beside the telemetry, so that an estimate can be
//! compared with the truth.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::error::LiveError;
use super::open::load;
use crate::quantity::{Quantity, SimDuration, SimTime, Unit, standard_normal, unit_interval};
use crate::simulation::{CompiledUncertainty, Purpose, Simulation, compile_uncertainties, stream};
use crate::telemetry::{Observations, ObservedChannel};
use crate::twin::{Causality, ChannelRole, LoadedTwin, VariableIndex, write_atomically};

/// Shortest and longest time that a command keeps its value.
const DWELL: (i64, i64) = (180, 900);
/// Commands lie on this many equal steps of their channel's range.
const LEVELS: f64 = 20.0;
/// The part of a channel's range that commands use, from its low end.
const USED_RANGE: f64 = 0.7;
/// Correlation time of the drift of undriven inputs.
const DRIFT_TIME: SimDuration = SimDuration::from_whole_seconds(3600);
/// Where the sensors' outage begins, as a part of the whole, and how long it is.
const OUTAGE: (f64, SimDuration) = (0.6, SimDuration::from_whole_seconds(150));

/// What to make.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthesizeRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// The CSV file to write; `.hidden.ron` in place of its ending names the
    /// file of what was hidden.
    pub out: PathBuf,
    /// Seed of everything drawn.
    pub seed: u64,
    /// Length of the telemetry.
    pub duration: SimDuration,
}

/// What was hidden in synthetic telemetry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// What this is, for who finds the file.
    pub note: String,
    /// Id and version of the twin.
    pub twin: String,
    /// Seed.
    pub seed: u64,
    /// Length.
    pub duration: SimDuration,
    /// The system's true parameters.
    pub parameters: BTreeMap<String, Quantity>,
    /// Its true states at the beginning.
    pub initial_states: BTreeMap<String, Quantity>,
    /// Inputs without a channel: standard deviation of their drift about the
    /// document's value, an Ornstein–Uhlenbeck process.
    pub drifts: BTreeMap<String, Quantity>,
    /// Correlation time of the drifts.
    pub drift_time: SimDuration,
    /// Beginning of the sensors' outage, and how long it lasts.
    pub outage: (SimTime, SimDuration),
}

/// Synthetic telemetry with what was hidden in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthetic {
    /// What the sensors say, after noise and before the resolution of the file.
    pub observations: Observations,
    /// What was hidden.
    pub hidden: Hidden,
    /// Decimals that the sensors' resolution warrants.
    pub decimals: usize,
}

/// Makes telemetry and writes it with what was hidden; the same request writes
/// the same bytes. Gives the paths of both files.
///
/// # Errors
/// As [`synthesized`], or when a file cannot be written.
pub fn synthesize(request: &SynthesizeRequest) -> Result<[PathBuf; 2], LiveError> {
    let loaded = load(&request.twin)?;
    let made = synthesized(&loaded, request.seed, request.duration)?;
    made.write(&loaded, &request.out)?;
    Ok([request.out.clone(), hidden_path(&request.out)])
}

impl Synthetic {
    /// Writes the telemetry to `path` and what was hidden beside it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, loaded: &LoadedTwin, path: &Path) -> Result<(), LiveError> {
        write_atomically(path, |out| {
            self.observations
                .write_csv(&mut *out, &loaded.twin, self.decimals)
        })?;
        let pretty = ron::ser::PrettyConfig::new().new_line("\n");
        let text = ron::ser::to_string_pretty(&self.hidden, pretty).map_err(|error| {
            LiveError::Request(format!("what was hidden cannot be written as RON: {error}"))
        })?;
        write_atomically(&hidden_path(path), |out| {
            out.write_all(text.as_bytes())?;
            out.write_all(b"\n")
        })?;
        Ok(())
    }
}

fn hidden_path(path: &Path) -> PathBuf {
    path.with_extension("hidden.ron")
}

/// Makes telemetry of a system like the twin's over `duration`, from the epoch on.
///
/// # Errors
/// When the twin has no measured channel, an uncertainty cannot be drawn from,
/// or the system cannot be simulated.
pub fn synthesized(
    loaded: &LoadedTwin,
    seed: u64,
    duration: SimDuration,
) -> Result<Synthetic, LiveError> {
    let twin = &loaded.twin;
    let mut simulation = Simulation::compile(twin, &loaded.variables)?;
    let timestep = simulation.timestep();
    let steps = duration.whole_steps(timestep).unwrap_or(0);
    if steps < 1 {
        return Err(LiveError::Request(format!(
            "{duration} is shorter than one timestep of {timestep}; ask for a longer duration"
        )));
    }
    let mut columns = columns(loaded);
    if !columns
        .iter()
        .any(|one| one.role == ChannelRole::Measurement)
    {
        return Err(LiveError::Request(
            "the twin has no measured channel, so there is nothing to synthesise; declare one \
             under `channels`"
                .to_owned(),
        ));
    }
    let uncertainties = compile_uncertainties(&twin.uncertainties, &loaded.variables)?;
    let driven: Vec<VariableIndex> = columns
        .iter()
        .filter(|one| one.role == ChannelRole::Input)
        .map(|one| one.variable)
        .collect();
    let mut hidden = hide(
        loaded,
        &uncertainties,
        &driven,
        seed,
        duration,
        &mut simulation,
    )?;
    let mut programmes: Vec<Programme> = columns
        .iter()
        .filter(|one| one.role == ChannelRole::Input)
        .map(|one| Programme::new(loaded, one, seed))
        .collect();
    let mut drifts: Vec<Drift> = uncertainties
        .iter()
        .filter(|one| !driven.contains(&one.variable()))
        .filter(|one| loaded.variables.get(one.variable()).causality == Causality::Input)
        .map(|one| Drift::new(one, &simulation, seed, timestep))
        .collect();
    for drift in &drifts {
        let variable = loaded.variables.get(drift.variable);
        hidden.drifts.insert(
            variable.path.clone(),
            difference(&variable.unit, drift.standard_deviation)?,
        );
    }
    let outage_begin = (SimTime::ZERO
        + SimDuration::from_seconds(OUTAGE.0 * duration.as_seconds()).unwrap_or(duration))
    .floor_to(timestep)
    .unwrap_or(SimTime::ZERO);
    hidden.outage = (outage_begin, OUTAGE.1);

    let mut sensors: Vec<_> = columns
        .iter()
        .filter(|one| one.role == ChannelRole::Measurement)
        .map(|one| Sensor::new(one.variable, &simulation, loaded, seed))
        .collect();
    for step in 0..=steps {
        let now = simulation.time();
        for programme in &mut programmes {
            simulation.set_input(programme.variable, programme.value(now));
        }
        for drift in &mut drifts {
            simulation.set_input(drift.variable, drift.value());
        }
        simulation
            .refresh()
            .map_err(|source| stopped(now, source))?;
        let in_outage = now >= outage_begin && now < outage_begin + OUTAGE.1;
        let mut sensor = sensors.iter_mut();
        for column in &mut columns {
            let value = match column.role {
                ChannelRole::Input => simulation.value(column.variable),
                ChannelRole::Measurement => {
                    let Some(sensor) = sensor.next() else {
                        continue;
                    };
                    // Drawn during the outage too: what follows does not depend on it.
                    let reading = sensor.read(&simulation);
                    if in_outage {
                        continue;
                    }
                    reading
                }
            };
            column.times.push(now);
            column.values.push(value);
        }
        if step < steps {
            simulation.step().map_err(|source| stopped(now, source))?;
        }
    }
    let decimals = sensors
        .iter()
        .filter_map(|sensor| sensor.decimals)
        .max()
        .unwrap_or(3);
    Ok(Synthetic {
        observations: Observations::new(columns),
        hidden,
        decimals,
    })
}

fn stopped(at: SimTime, source: crate::simulation::SimulationError) -> LiveError {
    LiveError::Simulation { at, source }
}

/// An empty column for every channel whose variable exists.
fn columns(loaded: &LoadedTwin) -> Vec<ObservedChannel> {
    loaded
        .twin
        .channels
        .iter()
        .enumerate()
        .filter_map(|(position, channel)| {
            Some(ObservedChannel {
                channel: position,
                variable: loaded.variables.find(&channel.variable)?,
                role: channel.role,
                times: Vec::new(),
                values: Vec::new(),
                superseded: 0,
                rejected: 0,
            })
        })
        .collect()
}

/// Gives the simulation parameters and initial states other than the document's.
fn hide(
    loaded: &LoadedTwin,
    uncertainties: &[CompiledUncertainty],
    driven: &[VariableIndex],
    seed: u64,
    duration: SimDuration,
    simulation: &mut Simulation,
) -> Result<Hidden, LiveError> {
    let mut hidden = Hidden {
        note: "what `counterpart synthesize` hid in the telemetry beside this file".to_owned(),
        twin: format!("{} {}", loaded.twin.id, loaded.twin.version),
        seed,
        duration,
        parameters: BTreeMap::new(),
        initial_states: BTreeMap::new(),
        drifts: BTreeMap::new(),
        drift_time: DRIFT_TIME,
        outage: (SimTime::ZERO, SimDuration::ZERO),
    };
    let exact = |unit: &Unit, value: f64| Quantity::new(unit.from_si(value), unit.clone());
    for uncertainty in uncertainties {
        let index = uncertainty.variable();
        let variable = loaded.variables.get(index);
        if variable.causality == Causality::Parameter && !driven.contains(&index) {
            let value = uncertainty.draw(seed, 0, simulation.value(index))?;
            simulation.set_parameter(index, value);
            hidden
                .parameters
                .insert(variable.path.clone(), exact(&variable.unit, value)?);
        }
    }
    simulation
        .restart()
        .map_err(|source| stopped(SimTime::ZERO, source))?;
    for uncertainty in uncertainties {
        let index = uncertainty.variable();
        let variable = loaded.variables.get(index);
        if variable.causality == Causality::State {
            let held = simulation.value(index);
            let value = held + uncertainty.draw(seed, 0, held)?;
            simulation.set_state(index, value);
            hidden
                .initial_states
                .insert(variable.path.clone(), exact(&variable.unit, value)?);
        }
    }
    Ok(hidden)
}

fn difference(unit: &Unit, value: f64) -> Result<Quantity, LiveError> {
    let unit = if unit.has_offset() {
        Unit::si(unit.dimension()).unwrap_or_else(|_| unit.clone())
    } else {
        unit.clone()
    };
    Ok(Quantity::new(unit.difference_from_si(value), unit)?)
}

/// A command that steps at random times to random levels.
struct Programme {
    variable: VariableIndex,
    low: f64,
    high: f64,
    random: rand_chacha::ChaCha8Rng,
    value: f64,
    until: SimTime,
}

impl Programme {
    fn new(loaded: &LoadedTwin, column: &ObservedChannel, seed: u64) -> Self {
        let channel = &loaded.twin.channels[column.channel];
        let variable = loaded.variables.get(column.variable);
        let (low, high) = match &channel.range {
            Some((low, high)) => (low.si(), high.si()),
            None => (variable.bounds.low, variable.bounds.high),
        };
        // Without a finite range the command stays where the document has it.
        let (low, high) = if low.is_finite() && high.is_finite() {
            (low, high)
        } else {
            (variable.initial, variable.initial)
        };
        Self {
            variable: column.variable,
            low,
            high,
            random: stream(seed, 0, &variable.path, Purpose::Disturbance),
            value: low,
            until: SimTime::ZERO,
        }
    }

    fn value(&mut self, now: SimTime) -> f64 {
        if now >= self.until {
            let level = (unit_interval(&mut self.random) * USED_RANGE * LEVELS).round() / LEVELS;
            self.value = self.low + level * (self.high - self.low);
            let span = (DWELL.1 - DWELL.0).unsigned_abs() + 1;
            let dwell = DWELL.0 + i64::try_from(self.random.next_u64() % span).unwrap_or(0);
            self.until = now + SimDuration::from_whole_seconds(dwell);
        }
        self.value
    }
}

/// A slow wander about the document's value: an Ornstein–Uhlenbeck process
/// with the exact discretisation of D. T. Gillespie, "Exact numerical
/// simulation of the Ornstein-Uhlenbeck process and its integral", Physical
/// Review E 54 (1996) 2084–2091.
struct Drift {
    variable: VariableIndex,
    centre: f64,
    standard_deviation: f64,
    decay: f64,
    addition: f64,
    random: rand_chacha::ChaCha8Rng,
    low: f64,
    high: f64,
}

impl Drift {
    fn new(
        uncertainty: &CompiledUncertainty,
        simulation: &Simulation,
        seed: u64,
        timestep: SimDuration,
    ) -> Self {
        let variable = simulation.variables().get(uncertainty.variable());
        let mut random = stream(seed, 0, &variable.path, Purpose::Disturbance);
        let standard_deviation = uncertainty
            .unit()
            .difference_to_si(uncertainty.distribution().standard_deviation());
        Self {
            variable: uncertainty.variable(),
            centre: simulation.value(uncertainty.variable()),
            standard_deviation,
            decay: (-timestep.as_seconds() / DRIFT_TIME.as_seconds()).exp(),
            addition: standard_deviation * standard_normal(&mut random),
            random,
            low: variable.bounds.low,
            high: variable.bounds.high,
        }
    }

    fn value(&mut self) -> f64 {
        let value = (self.centre + self.addition).max(self.low).min(self.high);
        let kick = self.standard_deviation * (1.0 - self.decay * self.decay).sqrt();
        self.addition = self.decay * self.addition + kick * standard_normal(&mut self.random);
        value
    }
}

/// A sensor with noise.
struct Sensor {
    variable: VariableIndex,
    noise: f64,
    random: rand_chacha::ChaCha8Rng,
    /// Digits that its noise warrants; unknown without noise.
    decimals: Option<usize>,
}

impl Sensor {
    fn new(
        variable: VariableIndex,
        simulation: &Simulation,
        loaded: &LoadedTwin,
        seed: u64,
    ) -> Self {
        let noise = simulation
            .observation_noise()
            .iter()
            .find(|noise| noise.variable == variable)
            .map_or(0.0, |noise| simulation.value(noise.standard_deviation));
        let described = loaded.variables.get(variable);
        let shown = described.unit.difference_from_si(noise);
        Self {
            variable,
            noise,
            random: stream(seed, 0, &described.path, Purpose::Observation),
            decimals: (shown > 0.0).then(|| (-shown.log10().floor()).clamp(0.0, 9.0) as usize),
        }
    }

    fn read(&mut self, simulation: &Simulation) -> f64 {
        let noise = self.noise * standard_normal(&mut self.random);
        simulation.value(self.variable) + noise
    }
}
