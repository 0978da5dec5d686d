//! A plant's readings on their way to whoever listens.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand_chacha::ChaCha8Rng;

use super::emission::Emission;
use super::faults::{FaultKind, Faults};
use super::system::Plant;
use crate::live::error::LiveError;
use crate::quantity::{SimDuration, SimTime, Unit, standard_normal, unit_interval};
use crate::simulation::{Purpose, stream};
use crate::telemetry::SourceQuality;
use crate::twin::{ChannelRole, LoadedTwin};

/// How a plant is played.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransmissionOptions {
    /// Seed of everything drawn: the hidden system, its noise and its faults.
    pub seed: u64,
    /// When the plant starts, since the twin's epoch.
    pub begin: SimTime,
    /// How long it plays; until somebody stops asking where it is not given.
    pub duration: Option<SimDuration>,
    /// What goes wrong.
    pub faults: Faults,
}

/// The stream of what a plant sends, in the order of reception.
///
/// An iterator: each item is one [`Emission`], and the stream needs no wall
/// clock. It keeps only what is on its way: the readings that a fault holds back.
/// When the duration is over, what is still on its way arrives. After an error
/// there is nothing more.
#[derive(Debug)]
pub struct Transmission {
    plant: Plant,
    lines: Vec<Line>,
    begin: SimTime,
    end: Option<SimTime>,
    /// On its way, the first to arrive on top.
    travelling: BinaryHeap<Reverse<Travelling>>,
    /// Emissions sent so far: those received at one time keep the order of sending.
    sent: u64,
    state: State,
}

/// How far a transmission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The plant has still to be read at its present time.
    Playing,
    /// The plant is over; what is on its way arrives.
    Ending,
    /// The plant failed, which was said.
    Failed,
}

/// An emission with its place in the order of reception.
#[derive(Debug)]
struct Travelling {
    order: u64,
    emission: Emission,
}

impl Travelling {
    const fn key(&self) -> (SimTime, u64) {
        (self.emission.received, self.order)
    }
}

impl PartialEq for Travelling {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Travelling {}

impl PartialOrd for Travelling {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Travelling {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// One channel's way from its sensor to the receiver.
#[derive(Debug)]
struct Line {
    channel: usize,
    unit: Unit,
    /// Time between two readings.
    period: SimDuration,
    /// When the next reading is due.
    due: SimTime,
    /// Step of the numbers, in the channel's unit; zero leaves them as they are.
    resolution: f64,
    sequence: u64,
    faults: Vec<LineFault>,
}

/// One fault of one channel, with what it remembers.
#[derive(Debug)]
struct LineFault {
    from: SimTime,
    to: SimTime,
    kind: FaultKind,
    random: ChaCha8Rng,
    /// The value a stuck sensor keeps.
    stuck_at: Option<f64>,
}

impl Transmission {
    /// Draws a plant from what the twin believes and listens to it.
    ///
    /// # Errors
    /// When the twin makes no [`Plant`], or a fault does not fit the twin.
    pub fn new(loaded: &LoadedTwin, options: &TransmissionOptions) -> Result<Self, LiveError> {
        options
            .faults
            .check(&loaded.twin)
            .map_err(LiveError::Request)?;
        let mut plant = Plant::new(loaded, options.seed)?;
        let timestep = plant.timestep();
        let begin = options.begin.floor_to(timestep).unwrap_or(options.begin);
        plant.begin_at(begin);
        let faults = &options.faults;
        plant.expect_events(loaded, &faults.contingencies, &faults.events)?;
        let lines = loaded
            .twin
            .channels
            .iter()
            .enumerate()
            .map(|(position, channel)| {
                let decimals = plant.decimals_of(position).or(match channel.role {
                    ChannelRole::Input => None,
                    ChannelRole::Measurement => Some(plant.decimals()),
                });
                let resolution = match (&channel.contract.resolution, decimals) {
                    (Some(stated), _) => channel.unit.difference_from_si(stated.difference_si()),
                    (None, Some(decimals)) => {
                        0.1_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX))
                    }
                    (None, None) => 0.0,
                };
                Line {
                    channel: position,
                    unit: channel.unit.clone(),
                    period: channel.period.unwrap_or(timestep),
                    due: begin,
                    resolution,
                    sequence: 0,
                    faults: options
                        .faults
                        .faults
                        .iter()
                        .enumerate()
                        .filter(|(_, fault)| fault.concerns(channel))
                        .map(|(number, fault)| LineFault {
                            from: begin + fault.from.since_epoch(),
                            to: begin + fault.to.since_epoch(),
                            kind: fault.kind.clone(),
                            random: stream(
                                options.seed,
                                u64::try_from(number).unwrap_or(u64::MAX),
                                &channel.id,
                                Purpose::Fault,
                            ),
                            stuck_at: None,
                        })
                        .collect(),
                }
            })
            .collect();
        Ok(Self {
            plant,
            lines,
            begin,
            end: options.duration.map(|duration| begin + duration),
            travelling: BinaryHeap::new(),
            sent: 0,
            state: State::Playing,
        })
    }

    /// The plant, with what was hidden in it.
    #[must_use]
    pub const fn plant(&self) -> &Plant {
        &self.plant
    }

    /// The plant, to be told what to keep of itself.
    pub const fn plant_mut(&mut self) -> &mut Plant {
        &mut self.plant
    }

    /// When the plant started.
    #[must_use]
    pub const fn begin(&self) -> SimTime {
        self.begin
    }

    /// Reads the plant at its present time, sends what is due, and steps it.
    fn play(&mut self) -> Result<(), LiveError> {
        let now = self.plant.time();
        let readings = self.plant.read()?;
        for reading in readings {
            let Some(line) = self.lines.get_mut(reading.channel) else {
                continue;
            };
            if now < line.due {
                continue;
            }
            // Due times are multiples of the period, whatever the timestep.
            while line.due <= now && line.period.is_positive() {
                line.due += line.period;
            }
            for emission in line.send(now, reading.value).into_iter().flatten() {
                let order = self.sent;
                self.sent += 1;
                self.travelling
                    .push(Reverse(Travelling { order, emission }));
            }
        }
        let next = now.checked_add(self.plant.timestep());
        match (next, self.end) {
            (Some(next), Some(end)) if next > end => self.state = State::Ending,
            (None, _) => self.state = State::Ending,
            _ => self.plant.step()?,
        }
        Ok(())
    }

    /// The next that has arrived for certain: whatever the plant sends later
    /// arrives after it.
    fn arrived(&mut self) -> Option<Emission> {
        let first = self.travelling.peek()?;
        // Nothing is received before it is measured.
        if self.state == State::Playing && first.0.emission.received >= self.plant.time() {
            return None;
        }
        self.travelling.pop().map(|Reverse(one)| one.emission)
    }
}

impl Iterator for Transmission {
    type Item = Result<Emission, LiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.state == State::Failed {
                return None;
            }
            if let Some(emission) = self.arrived() {
                return Some(Ok(emission));
            }
            if self.state == State::Ending {
                return None;
            }
            if let Err(error) = self.play() {
                self.state = State::Failed;
                return Some(Err(error));
            }
        }
    }
}

impl Line {
    /// What is sent of a value \[SI] that the sensor reads now: once, twice, or
    /// not at all.
    fn send(&mut self, now: SimTime, value: f64) -> [Option<Emission>; 2] {
        self.sequence += 1;
        let mut value = value;
        let mut unit = self.unit.clone();
        let mut received = now;
        let mut time = now;
        let mut lost = false;
        let mut again = None;
        let mut quality = SourceQuality::None;
        for fault in self.faults.iter_mut().filter(|one| one.is_on(now)) {
            let since = (now - fault.from).as_seconds();
            match &fault.kind {
                FaultKind::Noise { standard_deviation } => {
                    value +=
                        standard_deviation.difference_si() * standard_normal(&mut fault.random);
                }
                FaultKind::Spikes { by, share } => {
                    if unit_interval(&mut fault.random) < *share {
                        value += by.difference_si();
                    }
                }
                FaultKind::Bias { by } => value += by.difference_si(),
                FaultKind::Drift { rate } => value += rate.difference_si() * since,
                FaultKind::Stuck => value = *fault.stuck_at.get_or_insert(value),
                FaultKind::Dropout { share } => {
                    lost |= unit_interval(&mut fault.random) < *share;
                }
                FaultKind::LateBatch => received = received.max(fault.to),
                FaultKind::Delay { by, spread } => {
                    let more = spread.as_seconds() * unit_interval(&mut fault.random);
                    let more = SimDuration::from_seconds(more).unwrap_or(SimDuration::ZERO);
                    received = received + *by + more;
                }
                FaultKind::Duplicate { share, after } => {
                    if unit_interval(&mut fault.random) < *share {
                        again = Some(*after);
                    }
                }
                FaultKind::UnitChange { to } => unit = to.clone(),
                FaultKind::Clock { offset, skew } => {
                    let skew = skew.as_ref().map_or(0.0, crate::quantity::Quantity::si);
                    let gained = SimDuration::from_seconds(skew * since);
                    time = time + *offset + gained.unwrap_or(SimDuration::ZERO);
                }
                FaultKind::Quality { code } => quality = SourceQuality::OpcUa(*code),
            }
        }
        if lost {
            return [None, None];
        }
        let shown = quantised(self.unit.from_si(value), self.resolution);
        let value = if unit == self.unit {
            shown
        } else {
            // Twelve digits: without the noise of the conversion.
            rounded(unit.from_si(self.unit.to_si(shown)))
        };
        let first = Emission {
            received,
            time,
            channel: self.channel,
            value,
            unit: self.unit.clone(),
            source_sequence: self.sequence,
            quality,
        };
        let second = again.map(|after| Emission {
            received: received + after,
            ..first.clone()
        });
        [Some(first), second]
    }
}

impl LineFault {
    fn is_on(&self, now: SimTime) -> bool {
        self.from <= now && now < self.to
    }
}

/// The multiple of `step` nearest to `value`, as the decimal number that a
/// device would print.
fn quantised(value: f64, step: f64) -> f64 {
    if !(step > 0.0 && step.is_finite()) {
        return value;
    }
    rounded((value / step).round() * step)
}

/// Rounded to twelve digits: what is left of a decimal after binary arithmetic
/// goes.
fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}
