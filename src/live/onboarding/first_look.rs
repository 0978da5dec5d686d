//! How far the twin is from its measurements, seen for the first time.

use crate::inference::ResidualStatistics;
use crate::live::error::LiveError;
use crate::live::session::{Session, SessionOptions};
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::simulation::Progress;
use crate::telemetry::Telemetry;
use crate::twin::{ChannelRole, LoadedTwin};

/// Most residuals of a channel that are kept for a picture of them.
const MOST_RESIDUALS: usize = 20_000;
/// Steps between two looks at whether to go on.
const STEPS_AT_ONCE: i64 = 256;

/// The twin beside a file, from its first sample to its last.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstLook {
    /// Channels, in the document's order.
    pub channels: Vec<ChannelLook>,
    /// First instant.
    pub begin: SimTime,
    /// Last instant reached.
    pub end: SimTime,
    /// Why the simulation could not go on to the end, if it could not.
    pub stopped: Option<String>,
}

/// One channel beside the twin.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelLook {
    /// Position in the document.
    pub channel: usize,
    /// Its id.
    pub id: String,
    /// Whether it drives the model or judges it.
    pub role: ChannelRole,
    /// The unit of its numbers.
    pub unit: Unit,
    /// Observed minus simulated; empty for an input.
    pub statistics: ResidualStatistics,
    /// The same from the middle of the time on, when what the twin began with
    /// has mostly been forgotten.
    pub later: ResidualStatistics,
    /// Times and residuals \[SI, as a difference], evenly thinned where there
    /// are very many.
    pub residuals: Vec<(SimTime, f64)>,
    /// Observations on the grid of steps.
    pub observations: usize,
    /// Samples by flag: good, not evaluated, suspect, fail, missing.
    pub by_flag: [u64; 5],
    /// What of the source's clock is off, where it can be told.
    pub clock_offset: Option<SimDuration>,
}

/// Runs the twin beside its telemetry; `None` when it was cancelled.
///
/// # Errors
/// When the twin makes no simulation. One that stops on its way is no error: what
/// there is until then is shown, and why it stopped.
pub fn first_look(
    loaded: &LoadedTwin,
    telemetry: Telemetry,
    progress: &Progress,
) -> Result<Option<FirstLook>, LiveError> {
    let options = SessionOptions::default();
    let mut session = Session::open(loaded, Some(telemetry), options)?;
    let (begin, timestep) = (session.begin(), loaded.twin.timestep);
    let end = session.end().unwrap_or(begin);
    let steps = (end - begin).whole_steps(timestep).unwrap_or(0);
    progress.start(u64::try_from(steps).unwrap_or(0));
    let mut stopped = None;
    while !session.at_end() {
        if progress.is_cancelled() {
            return Ok(None);
        }
        let until = timestep
            .checked_mul(STEPS_AT_ONCE)
            .and_then(|some| session.now().checked_add(some))
            .unwrap_or(end);
        let before = session.now();
        if let Err(error) = session.advance_to(until.min(end)) {
            stopped = Some(error.to_string());
            break;
        }
        if session.now() == before {
            break;
        }
        progress.advance(STEPS_AT_ONCE as u64);
    }
    let middle = begin + SimDuration::from_nanoseconds((end - begin).nanoseconds() / 2);
    let quality = session.telemetry_state();
    let channels = session
        .channels()
        .iter()
        .filter_map(|channel| {
            let mut later = ResidualStatistics::new();
            for residual in channel.residuals.iter().filter(|one| one.time >= middle) {
                later.push(residual.value);
            }
            let every = channel.residuals.len().div_ceil(MOST_RESIDUALS).max(1);
            let known = quality
                .iter()
                .flat_map(|state| &state.channels)
                .find(|one| one.channel == channel.channel);
            Some(ChannelLook {
                channel: channel.channel,
                id: channel.id.clone(),
                role: channel.role,
                unit: loaded.twin.channels.get(channel.channel)?.unit.clone(),
                statistics: channel.statistics,
                later,
                residuals: channel
                    .residuals
                    .iter()
                    .step_by(every)
                    .map(|one| (one.time, one.value))
                    .collect(),
                observations: channel.times().len(),
                by_flag: known.map(|one| one.by_flag).unwrap_or_default(),
                clock_offset: known.and_then(|one| one.clock_offset),
            })
        })
        .collect();
    Ok(Some(FirstLook {
        channels,
        begin,
        end: session.now(),
        stopped,
    }))
}
