//! A system like the twin's, but not the twin's own, stepped by hand.

use std::collections::BTreeMap;

use rand::Rng;

use super::hidden::Hidden;
use crate::live::error::LiveError;
use crate::model::flow;
use crate::quantity::{Quantity, QuantityError};
use crate::quantity::{SimDuration, SimTime, Unit, standard_normal, unit_interval};
use crate::simulation::{
    CompiledUncertainty, InputCursor, InputPlan, Purpose, Simulation, SimulationError,
    compile_uncertainties, stream,
};
use crate::twin::{
    Causality, Channel, ChannelRole, Happening, Intervention, LoadedTwin, Occurrence, Scenario,
    Variable, VariableIndex,
};

/// Shortest and longest time that a command keeps its value, in periods of its channel.
const DWELL: (i64, i64) = (180, 900);
/// The period of a command whose channel states none.
const USUAL_PERIOD: SimDuration = SimDuration::from_whole_seconds(1);
/// Commands lie on this many equal steps of their channel's range.
const LEVELS: f64 = 20.0;
/// The part of a channel's range that commands use, from its low end.
const USED_RANGE: f64 = 0.7;
/// Correlation time of the drift of undriven inputs.
const DRIFT_TIME: SimDuration = SimDuration::from_whole_seconds(3600);
/// Decimals of a channel that has no noise to tell how many are worth writing.
const USUAL_DECIMALS: usize = 3;

/// Member of the plant's own chances: no ensemble has so many, so that no forecast
/// knows beforehand when a machine of the plant fails.
const MEMBER: u64 = u64::MAX;

/// What one channel says at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Position of the channel in the document.
    pub channel: usize,
    /// Whether the channel drives the system or measures it.
    pub role: ChannelRole,
    /// The value \[SI], with the sensor's noise where it is a measurement.
    pub value: f64,
}

/// A system like the twin's with other parameters, states and a life of its own.
///
/// Parameters and initial states are drawn from the document's uncertainties.
/// The commands are pseudo-random steps, undriven inputs that are uncertain
/// wander about the document's value, and measurements have the noise that their
/// models state. Every draw has a stream of its own, so that a channel more or
/// less changes nobody else's numbers.
#[derive(Debug)]
pub struct Plant {
    simulation: Simulation,
    programmes: Vec<Programme>,
    drifts: Vec<Drift>,
    /// What happens to the system itself.
    events: Option<InputCursor>,
    sensors: Vec<Sensor>,
    /// Of every channel whose variable exists.
    channels: Vec<PlantChannel>,
    readings: Vec<Reading>,
    hidden: Hidden,
    /// What happened to items and machines, while someone wants to know.
    happenings: Option<Vec<Happening>>,
}

/// One channel and where its value comes from.
#[derive(Clone, Copy, Debug)]
struct PlantChannel {
    channel: usize,
    variable: VariableIndex,
    role: ChannelRole,
    /// Position among the sensors; commands have none.
    sensor: Option<usize>,
}

impl Plant {
    /// Draws a system from what the twin believes.
    ///
    /// # Errors
    /// When the twin has no measured channel, an uncertainty cannot be drawn
    /// from, or the system cannot be simulated.
    pub fn new(loaded: &LoadedTwin, seed: u64) -> Result<Self, LiveError> {
        let twin = &loaded.twin;
        let mut simulation = Simulation::compile(twin, &loaded.variables)?;
        let timestep = simulation.timestep();
        let mut channels = channels(loaded);
        let is_measured = channels
            .iter()
            .any(|one| one.role == ChannelRole::Measurement);
        // What flows can be told of without a sensor.
        if !is_measured && !flow::is_in(twin) {
            return Err(LiveError::Request(
                "the twin has no measured channel, so there is nothing to synthesise; declare \
                 one under `channels`"
                    .to_owned(),
            ));
        }
        let uncertainties = compile_uncertainties(&twin.uncertainties, &loaded.variables)?;
        let driven: Vec<VariableIndex> = channels
            .iter()
            .filter(|one| one.role == ChannelRole::Input)
            .map(|one| one.variable)
            .collect();
        let mut hidden = hide(loaded, &uncertainties, &driven, seed, &mut simulation)?;
        simulation.reseed(seed, MEMBER);
        let programmes = channels
            .iter()
            .filter(|one| one.role == ChannelRole::Input)
            .map(|one| {
                let variable = loaded.variables.get(one.variable);
                Programme::new(&twin.channels[one.channel], one.variable, variable, seed)
            })
            .collect();
        let drifts: Vec<Drift> = uncertainties
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
        let mut sensors = Vec::new();
        for channel in &mut channels {
            if channel.role == ChannelRole::Measurement {
                channel.sensor = Some(sensors.len());
                let described = &twin.channels[channel.channel];
                sensors.push(Sensor::new(channel.variable, described, &simulation, seed));
            }
        }
        Ok(Self {
            simulation,
            programmes,
            drifts,
            events: None,
            sensors,
            channels,
            readings: Vec::new(),
            hidden,
            happenings: None,
        })
    }

    /// Says that the plant's life begins at `time` rather than at the epoch.
    pub fn begin_at(&mut self, time: SimTime) {
        self.simulation.place_at(time);
    }

    /// Keeps what happens to items and machines from now on.
    pub fn record_happenings(&mut self) {
        self.happenings = Some(Vec::new());
        self.simulation.record_happenings(true);
    }

    /// What has happened to items and machines since the last call.
    pub fn take_happenings(&mut self) -> Vec<Happening> {
        (self.happenings.as_mut()).map_or_else(Vec::new, std::mem::take)
    }

    /// Says what befalls the system itself and what else happens to it, at times counted from now. What an
    /// event changes does not wander any more, nor does a programme command it.
    ///
    /// # Errors
    /// When a contingency cannot come about, or an event is on what cannot be changed or sets what
    /// it cannot be.
    pub fn expect_events(
        &mut self,
        loaded: &LoadedTwin,
        contingencies: &[Occurrence],
        events: &[Intervention],
    ) -> Result<(), LiveError> {
        if contingencies.is_empty() && events.is_empty() {
            return Ok(());
        }
        let scenario = Scenario {
            id: "events of the plant".to_owned(),
            name: String::new(),
            description: String::new(),
            base: None,
            horizon: None,
            members: None,
            seed: None,
            uncertainties: Vec::new(),
            contingencies: contingencies.to_vec(),
            interventions: events.to_vec(),
        };
        let plan = InputPlan::default().with_scenario(
            &scenario,
            &loaded.twin,
            &loaded.variables,
            self.time(),
        )?;
        let changed: Vec<VariableIndex> = plan.variables().collect();
        self.drifts.retain(|one| !changed.contains(&one.variable));
        self.programmes
            .retain(|one| !changed.contains(&one.variable));
        self.events = Some(plan.cursor());
        Ok(())
    }

    /// What was hidden in it. Length and outage are for the caller to say.
    #[must_use]
    pub const fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    /// The time that the next readings belong to.
    #[must_use]
    pub const fn time(&self) -> SimTime {
        self.simulation.time()
    }

    /// Length of one step.
    #[must_use]
    pub const fn timestep(&self) -> SimDuration {
        self.simulation.timestep()
    }

    /// Decimals that the noisiest digit of any sensor warrants, in its variable's
    /// unit.
    #[must_use]
    pub fn decimals(&self) -> usize {
        self.sensors
            .iter()
            .filter_map(|sensor| sensor.decimals)
            .max()
            .unwrap_or(USUAL_DECIMALS)
    }

    /// Decimals that a channel's own noise warrants, in its variable's unit;
    /// `None` for a command and for a sensor without noise.
    #[must_use]
    pub fn decimals_of(&self, channel: usize) -> Option<usize> {
        let found = self.channels.iter().find(|one| one.channel == channel)?;
        self.sensors.get(found.sensor?)?.decimals
    }

    /// What every channel says now, in order of the document. To be asked once
    /// a step: commands and noise are drawn anew each time.
    ///
    /// # Errors
    /// When the outputs cannot be computed.
    pub fn read(&mut self) -> Result<&[Reading], LiveError> {
        let now = self.simulation.time();
        for programme in &mut self.programmes {
            self.simulation
                .set_input(programme.variable, programme.value(now));
        }
        for drift in &mut self.drifts {
            self.simulation.set_input(drift.variable, drift.value());
        }
        if let Some(events) = &mut self.events {
            events.apply(&mut self.simulation);
        }
        self.simulation
            .refresh()
            .map_err(|source| stopped(now, source))?;
        self.readings.clear();
        for channel in &self.channels {
            let value = match channel.sensor.and_then(|at| self.sensors.get_mut(at)) {
                Some(sensor) => sensor.read(&self.simulation),
                None => self.simulation.value(channel.variable),
            };
            self.readings.push(Reading {
                channel: channel.channel,
                role: channel.role,
                value,
            });
        }
        Ok(&self.readings)
    }

    /// Goes one timestep on, under the commands of the last reading.
    ///
    /// # Errors
    /// When the simulation cannot go on.
    pub fn step(&mut self) -> Result<(), LiveError> {
        let now = self.simulation.time();
        self.simulation
            .step()
            .map_err(|source| stopped(now, source))?;
        if let Some(happenings) = &mut self.happenings {
            self.simulation.take_happenings(happenings);
        }
        Ok(())
    }
}

fn stopped(at: SimTime, source: SimulationError) -> LiveError {
    LiveError::Simulation { at, source }
}

/// Every channel whose variable exists.
fn channels(loaded: &LoadedTwin) -> Vec<PlantChannel> {
    loaded
        .twin
        .channels
        .iter()
        .enumerate()
        .filter_map(|(position, channel)| {
            Some(PlantChannel {
                channel: position,
                variable: loaded.variables.find(&channel.variable)?,
                role: channel.role,
                sensor: None,
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
    simulation: &mut Simulation,
) -> Result<Hidden, LiveError> {
    let mut hidden = Hidden {
        note: String::new(),
        twin: format!("{} {}", loaded.twin.id, loaded.twin.version),
        seed,
        duration: SimDuration::ZERO,
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

fn difference(unit: &Unit, value: f64) -> Result<Quantity, QuantityError> {
    let unit = if unit.has_offset() {
        Unit::si(unit.dimension()).unwrap_or_else(|_| unit.clone())
    } else {
        unit.clone()
    };
    Quantity::new(unit.difference_from_si(value), unit)
}

/// A command that steps at random times to random levels.
#[derive(Debug)]
struct Programme {
    variable: VariableIndex,
    low: f64,
    high: f64,
    period: SimDuration,
    random: rand_chacha::ChaCha8Rng,
    value: f64,
    until: SimTime,
}

impl Programme {
    fn new(channel: &Channel, index: VariableIndex, variable: &Variable, seed: u64) -> Self {
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
            variable: index,
            low,
            high,
            period: channel.period.unwrap_or(USUAL_PERIOD),
            random: stream(seed, 0, &variable.path, Purpose::Disturbance),
            value: low,
            until: SimTime::MIN,
        }
    }

    fn value(&mut self, now: SimTime) -> f64 {
        if now >= self.until {
            let level = (unit_interval(&mut self.random) * USED_RANGE * LEVELS).round() / LEVELS;
            self.value = self.low + level * (self.high - self.low);
            let span = (DWELL.1 - DWELL.0).unsigned_abs() + 1;
            let dwell = DWELL.0 + i64::try_from(self.random.next_u64() % span).unwrap_or(0);
            self.until = now + self.period * dwell;
        }
        self.value
    }
}

/// A slow wander about the document's value: an Ornstein–Uhlenbeck process
/// with the exact discretisation of D. T. Gillespie, "Exact numerical
/// simulation of the Ornstein-Uhlenbeck process and its integral", Physical
/// Review E 54 (1996) 2084–2091.
#[derive(Debug)]
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
#[derive(Debug)]
struct Sensor {
    variable: VariableIndex,
    noise: f64,
    random: rand_chacha::ChaCha8Rng,
    /// Digits that its noise warrants; unknown without noise.
    decimals: Option<usize>,
}

impl Sensor {
    /// The sensor of a channel. Its noise is what the channel's contract says,
    /// else what the variable's model does.
    fn new(variable: VariableIndex, channel: &Channel, simulation: &Simulation, seed: u64) -> Self {
        let modelled = || {
            simulation
                .observation_noise()
                .iter()
                .find(|noise| noise.variable == variable)
                .map(|noise| simulation.value(noise.standard_deviation))
        };
        let stated = channel.contract.noise.as_ref();
        let noise = stated
            .map(Quantity::difference_si)
            .or_else(modelled)
            .unwrap_or(0.0);
        let described = simulation.variables().get(variable);
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
