//! What a session's watchers are told.

use std::sync::Arc;

use super::comparison::Comparison;
use super::forecast::Forecast;
use super::history::Rows;
use super::live_command::Compared;
use super::notice::Notice;
use super::telemetry_state::TelemetryState;
use crate::inference::ResidualStatistics;
use crate::quantity::{SimDuration, SimTime};
use crate::twin::Happening;

/// What is known of the forecast shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ForecastState {
    /// There is none, and none was asked for.
    #[default]
    Absent,
    /// It belongs to the session's present inputs and to its now, or to one
    /// not longer ago than the worker refreshes it.
    Fresh,
    /// A new one is being computed; the part done, 0 to 1.
    Computing(f64),
    /// It is older than its inputs: show it, and say so.
    Stale,
    /// The last attempt failed, with the reason.
    Failed(String),
}

/// What one channel's telemetry said since the last snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelNews {
    /// Position of the channel in the document.
    pub channel: usize,
    /// Position of the first new observation among the channel's.
    pub first: usize,
    /// Times of the new observations.
    pub times: Vec<SimTime>,
    /// Observed values \[SI].
    pub values: Vec<f64>,
    /// Position of the first new residual among the channel's.
    pub first_residual: usize,
    /// Times of the new residuals.
    pub residual_times: Vec<SimTime>,
    /// New residuals, observed minus simulated [SI, as a difference].
    pub residuals: Vec<f64>,
    /// Statistics of all residuals so far.
    pub statistics: ResidualStatistics,
    /// Samples rejected so far, of those that have arrived by now.
    pub rejected: usize,
}

impl ChannelNews {
    /// The new observations that have a residual, beside the model.
    pub(super) fn compared(&self) -> impl Iterator<Item = Compared> + '_ {
        let mut values = self.times.iter().zip(&self.values);
        self.residual_times
            .iter()
            .zip(&self.residuals)
            .filter_map(move |(time, residual)| {
                let (_, observed) = values.find(|(one, _)| *one == time)?;
                Some(Compared {
                    channel: self.channel,
                    time: *time,
                    observed: *observed,
                    simulated: observed - residual,
                })
            })
    }
}

/// How much of a session a watcher has seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) generation: Option<u64>,
    pub(super) rows: usize,
    /// How often the history was thinned when it was looked at.
    pub(super) thinnings: u64,
    /// Observations and residuals of each channel.
    pub(super) channels: Vec<(usize, usize)>,
}

/// The session at one moment, with what is new since the snapshot before.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Raised whenever the past was simulated again (seek back, restart, new
    /// parameter). On a new generation, drop the rows and observations of the
    /// old one: these begin at the start.
    pub generation: u64,
    /// Where the twin stands.
    pub now: SimTime,
    /// Where the session began.
    pub begin: SimTime,
    /// Where it ends; `None` when it goes on.
    pub end: Option<SimTime>,
    /// Time asked for minus time reached.
    pub lag: SimDuration,
    /// New rows.
    pub rows: Arc<Rows>,
    /// Values of all variables at now \[SI].
    pub current: Arc<[f64]>,
    /// What telemetry said since, one entry per channel with telemetry.
    pub channels: Arc<[ChannelNews]>,
    /// The base forecast, A.
    pub forecast: Option<Arc<Forecast>>,
    /// The forecast under the change set, B.
    pub what_if: Option<Arc<Forecast>>,
    /// B held against A; `None` while there is no B of the same now.
    pub comparison: Option<Arc<Comparison>>,
    /// Whether they are up to date.
    pub forecast_state: ForecastState,
    /// What is known of the telemetry; `None` without any.
    pub telemetry: Option<Arc<TelemetryState>>,
    /// Whether the twin runs beside live sources rather than a replay.
    pub is_live: bool,
    /// What there is to say since the last snapshot.
    pub notices: Vec<Notice>,
    /// What happened to assets since the last snapshot, in order of time. On a new
    /// generation it begins with how things stood at the start.
    pub happenings: Arc<[Happening]>,
    /// How many happenings before these were dropped, because there were too many to
    /// keep until this snapshot.
    pub happenings_dropped: u64,
    /// Whether there is nothing left to simulate.
    pub at_end: bool,
    /// Why the simulation cannot go on from now, if it cannot.
    pub halted: Option<String>,
}
