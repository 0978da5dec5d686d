//! What is asked of a running session, and of the sources that feed it.

use std::sync::Arc;

use super::change_set::ChangeSet;
use super::channel_residuals::Arrivals;
use super::forecast::ForecastInputs;
use super::notice::Notice;
use super::reception::Amendment;
use super::telemetry_state::TelemetryState;
use crate::quantity::SimTime;
use crate::twin::{Scenario, VariableIndex};

/// What a face asks of a running session.
#[derive(Clone, Debug, PartialEq)]
pub enum LiveCommand {
    /// Step until this time. Earlier than now: stay.
    AdvanceTo(SimTime),
    /// Go to this time, back or forward, and stay there.
    Seek(SimTime),
    /// State the what-if; both forecasts are made anew.
    SetChangeSet(ChangeSet),
    /// Know these prepared what-ifs in place of the document's.
    SetScenarios(Vec<Scenario>),
    /// Make the forecasts anew from now.
    Forecast,
    /// Give up the forecasts being computed; those shown stay. None are made
    /// until the inputs change or they are asked for.
    CancelForecast,
    /// Say what forecasts take for the inputs after now; both are made anew.
    SetForecastInputs(ForecastInputs),
    /// Take in what live sources have brought.
    Receive(Box<Delivery>),
    /// Stop or connect a source, or all of them.
    PauseSource {
        /// Its id in the document; `None` for all.
        id: Option<String>,
        /// Whether to stop it.
        paused: bool,
    },
    /// Let samples in quarantine take part, by their place in the order of
    /// reception. The observations around them are made anew and the twin is
    /// simulated again from there; a notice on each channel says so.
    ReleaseSamples(Vec<u64>),
    /// Give a parameter (or an input without telemetry) another value \[SI]
    /// from the beginning on, `None` for the document's, and simulate the past
    /// again up to now.
    SetParameter {
        /// The parameter.
        variable: VariableIndex,
        /// Its new value \[SI].
        value: Option<f64>,
    },
    /// Go back to the beginning and stay there.
    Restart,
    /// End the thread.
    Shutdown,
}

/// What can be asked of live sources.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedCommand {
    /// Stop or connect a source, or all of them.
    Pause {
        /// Its id in the document; `None` for all.
        id: Option<String>,
        /// Whether to stop it.
        paused: bool,
    },
    /// Let samples in quarantine take part.
    Release(Vec<u64>),
    /// What the model says of what was observed, in order of time: drift and
    /// wrong units are found by it.
    Compare(Vec<Compared>),
}

/// An observation beside the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Position of the channel in the document.
    pub channel: usize,
    /// Time of the observation.
    pub time: SimTime,
    /// Observed \[SI].
    pub observed: f64,
    /// Simulated \[SI].
    pub simulated: f64,
}

/// What live sources have brought since the last time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivery {
    /// New observations, by channel.
    pub arrivals: Vec<Arrivals>,
    /// Observations in place of those that were there.
    pub amendments: Vec<Amendment>,
    /// Nothing more will come for times up to here.
    pub known_until: SimTime,
    /// The receiver's clock: where the twin is to go as far as it can.
    pub clock: SimTime,
    /// What is known of the telemetry now.
    pub state: Arc<TelemetryState>,
    /// What a person should know.
    pub notices: Vec<Notice>,
}
