//! Faults of random times and sizes.

use rand_chacha::ChaCha8Rng;

use crate::live::plant::{Fault, FaultKind, Faults};
use crate::quantity::{Dimension, Quantity, SimDuration, SimTime, Unit, unit_interval};
use crate::simulation::{Purpose, stream};
use crate::telemetry::ChannelContract;
use crate::telemetry::quality::drift::BATCH;
use crate::twin::{ChannelRole, LoadedTwin};

/// The four that a plant sends most.
pub(super) const LEADING: &[&str] = &["gap", "stuck", "drift", "late batch"];

/// The others that it can play.
pub(super) const OTHERS: &[&str] = &[
    "noise",
    "bias",
    "spikes",
    "duplicates",
    "unit change",
    "clock",
];

/// Units that readings are sent in by mistake.
const MISTAKEN: &[&str] = &[
    "[degF]", "K", "kPa", "bar", "[psi]", "L/s", "m3/h", "kW", "mm", "[ft_i]", "1",
];

/// How long the rules look back at most, in samples: what is said within that
/// after a fault is said of the fault.
pub(super) const LOOK_BACK: i64 = 150;

/// Time before the first fault: the twin finds the plant's state, and what looks
/// for drift learns how much residuals scatter.
const WARM_UP: SimDuration = SimDuration::from_whole_seconds(3600);

/// Draws faults for one plant.
pub(super) struct Draw<'twin> {
    loaded: &'twin LoadedTwin,
    seed: u64,
    purpose: u64,
}

impl<'twin> Draw<'twin> {
    pub(super) fn new(loaded: &'twin LoadedTwin, seed: u64, purpose: u64) -> Self {
        Self {
            loaded,
            seed,
            purpose,
        }
    }

    /// Faults of these kinds, one after the other on each channel that can have
    /// them, for as long as the plant plays.
    pub(super) fn faults(&self, kinds: &[&str], length: SimDuration) -> Faults {
        let end = SimTime::ZERO + length;
        let mut faults = Vec::new();
        for (position, channel) in self.loaded.twin.channels.iter().enumerate() {
            let Ok(contract) =
                ChannelContract::new(&self.loaded.twin, &self.loaded.variables, position)
            else {
                continue;
            };
            let name = format!("schedule of {}", channel.id);
            let mut random = stream(self.seed, self.purpose, &name, Purpose::Fault);
            let pause = contract_period(&contract) * LOOK_BACK;
            let mut now = SimTime::ZERO + WARM_UP;
            let mut round: Vec<&str> = Vec::new();
            loop {
                if round.is_empty() {
                    round = shuffled(kinds, &mut random);
                }
                let Some(kind) = round.pop() else { break };
                now += pause + seconds(between(&mut random, 300.0, 2400.0));
                let Some((kind, lasts)) = drawn(kind, &contract, &mut random) else {
                    if kinds
                        .iter()
                        .all(|kind| drawn(kind, &contract, &mut random).is_none())
                    {
                        break;
                    }
                    continue;
                };
                // One that is cut off by the end is not a whole one.
                if now + lasts + pause > end {
                    break;
                }
                faults.push(Fault {
                    channels: vec![channel.id.clone()],
                    from: now,
                    to: now + lasts,
                    kind,
                });
                now += lasts;
            }
        }
        Faults {
            faults,
            contingencies: Vec::new(),
            events: Vec::new(),
        }
    }
}

fn shuffled<'kind>(kinds: &[&'kind str], random: &mut ChaCha8Rng) -> Vec<&'kind str> {
    let mut kinds = kinds.to_vec();
    for last in (1..kinds.len()).rev() {
        let other = (unit_interval(random) * (last + 1) as f64) as usize;
        kinds.swap(last, other.min(last));
    }
    kinds
}

fn seconds(seconds: f64) -> SimDuration {
    SimDuration::from_seconds(seconds.round()).unwrap_or(SimDuration::ZERO)
}

fn between(random: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * unit_interval(random)
}

/// As many short ones as long ones, in orders of magnitude.
fn log_between(random: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    between(random, low.ln(), high.ln()).exp()
}

fn sign(random: &mut ChaCha8Rng) -> f64 {
    if unit_interval(random) < 0.5 {
        -1.0
    } else {
        1.0
    }
}

/// The time between two samples, or a second where none is agreed.
pub(super) fn contract_period(contract: &ChannelContract) -> SimDuration {
    contract
        .period
        .unwrap_or(SimDuration::from_whole_seconds(1))
}

/// A fault of this kind and how long it lasts; `None` where the channel's
/// contract agrees nothing that could find it.
fn drawn(
    kind: &str,
    contract: &ChannelContract,
    random: &mut ChaCha8Rng,
) -> Option<(FaultKind, SimDuration)> {
    let period = contract_period(contract).as_seconds();
    let dimension = contract.unit.dimension();
    let difference =
        |value: f64, dimension: Dimension| Quantity::new(value, Unit::si(dimension).ok()?).ok();
    let is_measured = contract.role == ChannelRole::Measurement;
    let jump = contract.rate.map(|rate| rate * period);
    Some(match kind {
        "gap" => {
            contract.period?;
            let lasts = log_between(random, 10.0 * period, 1800.0 * period);
            (FaultKind::Dropout { share: 1.0 }, seconds(lasts))
        }
        "stuck" => {
            let limit = contract.stuck?.as_seconds();
            let lasts = limit * between(random, 1.2, 3.0);
            (FaultKind::Stuck, seconds(lasts))
        }
        "drift" => {
            let limit = contract.drift?;
            // From a third of an hour to four hours until the limit is reached.
            let reached = log_between(random, 1200.0 * period, 14_400.0 * period);
            let rate = sign(random) * limit / reached;
            let per_time = Dimension {
                time: dimension.time - 1,
                ..dimension
            };
            let lasts = reached * between(random, 1.3, 2.0);
            let rate = difference(rate, per_time)?;
            (FaultKind::Drift { rate }, seconds(lasts))
        }
        "late batch" => {
            let lateness = contract.lateness.as_seconds();
            contract.lateness.is_positive().then_some(())?;
            let lasts = log_between(random, 3.0 * lateness, 600.0 * lateness);
            (FaultKind::LateBatch, seconds(lasts))
        }
        "noise" => {
            let standard_deviation = difference(jump? * between(random, 0.5, 3.0), dimension)?;
            let lasts = between(random, 300.0, 1800.0);
            (
                FaultKind::Noise { standard_deviation },
                seconds(lasts * period),
            )
        }
        "bias" => {
            let by = sign(random) * contract.drift? * between(random, 1.0, 3.0);
            let lasts = between(random, 900.0, 3600.0);
            (
                FaultKind::Bias {
                    by: difference(by, dimension)?,
                },
                seconds(lasts * period),
            )
        }
        "spikes" => {
            let by = sign(random) * jump? * between(random, 1.5, 5.0);
            let kind = FaultKind::Spikes {
                by: difference(by, dimension)?,
                share: 0.01,
            };
            (kind, seconds(between(random, 900.0, 3600.0) * period))
        }
        "duplicates" => {
            let kind = FaultKind::Duplicate {
                share: between(random, 0.05, 0.5),
                after: SimDuration::ZERO,
            };
            (kind, seconds(between(random, 300.0, 1800.0) * period))
        }
        "unit change" => {
            is_measured.then_some(())?;
            let fitting: Vec<Unit> = MISTAKEN
                .iter()
                .filter_map(|code| Unit::parse(code).ok())
                .filter(|unit| unit.is_commensurable(&contract.unit))
                .filter(|unit| {
                    let scale = unit.scale() / contract.unit.scale();
                    (scale - 1.0).abs() > 1e-9
                        || (unit.offset() - contract.unit.offset()).abs() > 1e-9
                })
                .collect();
            let which = (unit_interval(random) * fitting.len() as f64) as usize;
            let to = fitting.get(which).or(fitting.first())?.clone();
            (
                FaultKind::UnitChange { to },
                seconds(between(random, 600.0, 1800.0) * period),
            )
        }
        "clock" => {
            contract.lateness.is_positive().then_some(())?;
            let offset =
                sign(random) * between(random, 10.0, 80.0) * contract.lateness.as_seconds();
            let kind = FaultKind::Clock {
                offset: seconds(offset),
                skew: None,
            };
            (kind, seconds(between(random, 900.0, 3600.0) * period))
        }
        _ => return None,
    })
}

/// By when, counted from where the fault begins to show, a channel's contract
/// has a fault named; and where that is, counted from the fault's beginning.
/// `None` for a fault that the contract says no time for.
///
/// - A gap is named when the next sample is due and neither jitter nor lateness
///   excuse it any more.
/// - A stuck sensor has failed when it is flat for the stuck limit.
/// - A drift is named by when the sensor's error has reached the drift limit,
///   and the batch of residuals that it is reached in is full.
/// - A late batch is named when it arrives.
///
/// To each comes a period, since nothing is seen before a sample shows it, and
/// to what is told by the samples themselves the lateness that they wait for.
#[must_use]
pub fn contract_time(
    kind: &FaultKind,
    lasts: SimDuration,
    contract: &ChannelContract,
) -> Option<(SimDuration, SimDuration)> {
    let period = contract_period(contract);
    let now = SimDuration::ZERO;
    match kind {
        FaultKind::Dropout { .. } => {
            Some((now, contract.longest_pause()? + contract.lateness + period))
        }
        FaultKind::Stuck => Some((now, contract.stuck? + contract.lateness + period)),
        FaultKind::Drift { rate } => {
            let reached = seconds((contract.drift? / rate.difference_si()).abs());
            let batch = period * i64::from(BATCH);
            Some((now, reached + batch + contract.lateness + period))
        }
        FaultKind::LateBatch => Some((lasts, period)),
        _ => None,
    }
}
