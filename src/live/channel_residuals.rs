//! The observations of one channel beside the twin.

use crate::inference::{Residual, ResidualStatistics};
use crate::quantity::SimTime;
use crate::simulation::Simulation;
use crate::twin::{ChannelRole, VariableIndex};

/// One channel's observations and how far the twin was from them, up to now.
#[derive(Clone, Debug)]
pub struct ChannelResiduals {
    /// Position of the channel in the document.
    pub channel: usize,
    /// Its id.
    pub id: String,
    /// The variable it measures or drives.
    pub variable: VariableIndex,
    /// Whether it drives the model or judges it.
    pub role: ChannelRole,
    /// Observed minus simulated at every observation so far; empty for an input.
    pub residuals: Vec<Residual>,
    /// Their statistics.
    pub statistics: ResidualStatistics,
    pub(super) times: Vec<SimTime>,
    pub(super) values: Vec<f64>,
    /// Observations up to now.
    pub(super) arrived: usize,
    /// Times of rejected samples, rising.
    pub(super) rejected: Vec<SimTime>,
}

/// Observations of one channel that have come in while the session runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrivals {
    /// Position of the channel in the document.
    pub channel: usize,
    /// Times on the grid of timesteps, rising, later than what is known already.
    pub times: Vec<SimTime>,
    /// Values \[SI], one per time.
    pub values: Vec<f64>,
    /// Times of samples that were kept aside, rising.
    pub rejected: Vec<SimTime>,
}

impl ChannelResiduals {
    /// Times of the observations up to now.
    #[must_use]
    pub fn times(&self) -> &[SimTime] {
        &self.times[..self.arrived]
    }

    /// Values of the observations up to now \[SI].
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values[..self.arrived]
    }

    /// Times of all observations, those still to come included.
    #[must_use]
    pub fn all_times(&self) -> &[SimTime] {
        &self.times
    }

    /// Values of all observations \[SI], those still to come included.
    #[must_use]
    pub fn all_values(&self) -> &[f64] {
        &self.values
    }

    /// Number of samples rejected, of those that have arrived by `now`.
    #[must_use]
    pub fn rejected_until(&self, now: SimTime) -> usize {
        self.rejected.partition_point(|time| *time <= now)
    }

    /// Takes in the observations up to the simulation's time.
    pub(super) fn advance(&mut self, simulation: &Simulation) {
        let now = simulation.time();
        while let Some(time) = self.times.get(self.arrived)
            && *time <= now
        {
            if *time == now && self.role == ChannelRole::Measurement {
                let value = self.values[self.arrived] - simulation.value(self.variable);
                self.residuals.push(Residual { time: now, value });
                self.statistics.push(value);
            }
            self.arrived += 1;
        }
    }

    pub(super) fn clear(&mut self) {
        self.residuals.clear();
        self.statistics = ResidualStatistics::new();
        self.arrived = 0;
    }
}
