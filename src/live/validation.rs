//! How soon the faults of a plant are found, and how often there is an alarm
//! without one.
//!
//! A plant is played without a wall clock, with faults of random times and
//! sizes in it, and listened to in the way of a live twin: reception, session
//! and residuals. What was said is held against what was done. The same twin,
//! faults, length and seed give the same figures.

mod listening;
mod report;
mod schedule;
mod score;

use std::path::PathBuf;

use rayon::prelude::*;

#[cfg(test)]
pub(super) use self::listening::Listener;
use self::listening::{Said, listen_to};
pub use self::schedule::contract_time;
use self::schedule::{Draw, LEADING, OTHERS};
pub use self::score::{FalseAlarm, FaultFigures};
use super::error::LiveError;
use super::open::load;
use super::plant::{Faults, Truth};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::LoadedTwin;

/// What to validate.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidationRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// A file of faults to play in place of drawn ones.
    pub faults: Option<PathBuf>,
    /// How long each plant plays.
    pub length: SimDuration,
    /// Seed of everything drawn.
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// Id and version of the twin.
    pub twin: String,
    /// Number of its channels.
    pub channels: usize,
    /// How long each plant played.
    pub length: SimDuration,
    /// Seed of everything drawn.
    pub seed: u64,
    /// The four faults that a plant sends most, or those of the file.
    pub leading: Vec<FaultFigures>,
    /// The others; empty where the faults came from a file.
    pub others: Vec<FaultFigures>,
    /// What was said between the leading faults: outside of what they explain.
    pub between_faults: Vec<FalseAlarm>,
    /// Channel-time that the faults explain nothing of, in weeks.
    pub between_weeks: f64,
    /// What was said of a plant without a fault.
    pub without_faults: Vec<FalseAlarm>,
    /// Channel-time of the plant without a fault, in weeks.
    pub without_weeks: f64,
}

/// Validates the telemetry of the twin at `request.twin`.
///
/// # Errors
/// When the twin cannot be loaded, it makes no plant, the faults do not fit it,
/// or a simulation cannot go on.
pub fn validate_telemetry(request: &ValidationRequest) -> Result<Validation, LiveError> {
    let loaded = load(&request.twin)?;
    let given = match &request.faults {
        Some(path) => Some(Faults::read(path, &loaded.twin)?),
        None => None,
    };
    validate_twin(&loaded, given, request.length, request.seed)
}

/// As [`validate_telemetry`], of a twin that is loaded already and with `given`
/// faults in place of drawn ones.
///
/// # Errors
/// As [`validate_telemetry`].
pub fn validate_twin(
    loaded: &LoadedTwin,
    given: Option<Faults>,
    length: SimDuration,
    seed: u64,
) -> Result<Validation, LiveError> {
    let draw = |kinds, purpose| Draw::new(loaded, seed, purpose).faults(kinds, length);
    let is_given = given.is_some();
    let leading = given.unwrap_or_else(|| draw(LEADING, 1));
    let others = if is_given {
        Faults::default()
    } else {
        draw(OTHERS, 2)
    };
    // The plants are other ones too: what is drawn from one seed is not drawn again.
    let runs = [(leading, 0), (others, 1), (Faults::default(), 2)];
    let heard: Vec<Result<(Truth, Vec<Said>), LiveError>> = runs
        .par_iter()
        .map(|(faults, which)| {
            if *which < 2 && faults.faults.is_empty() {
                return Ok((none(loaded, seed, length), Vec::new()));
            }
            listen_to(
                loaded,
                faults,
                seed.wrapping_mul(3).wrapping_add(*which),
                length,
            )
        })
        .collect();
    let mut heard = heard
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    let mut next = || {
        heard
            .next()
            .unwrap_or_else(|| (none(loaded, seed, length), Vec::new()))
    };
    let (leading, others, without) = (next(), next(), next());
    let of_leading = score::score(loaded, &leading.0, &leading.1, length);
    let of_others = score::score(loaded, &others.0, &others.1, length);
    let of_none = score::score(loaded, &without.0, &without.1, length);
    Ok(Validation {
        twin: format!("{} {}", loaded.twin.id, loaded.twin.version),
        channels: loaded.twin.channels.len(),
        length,
        seed,
        leading: of_leading.figures,
        others: of_others.figures,
        between_weeks: if leading.0.labels.is_empty() {
            0.0
        } else {
            of_leading.quiet_weeks
        },
        between_faults: of_leading.false_alarms,
        without_faults: of_none.false_alarms,
        without_weeks: of_none.quiet_weeks,
    })
}

fn none(loaded: &LoadedTwin, seed: u64, length: SimDuration) -> Truth {
    Truth::new(
        &loaded.twin,
        &Faults::default(),
        seed,
        SimTime::ZERO,
        Some(length),
    )
}
