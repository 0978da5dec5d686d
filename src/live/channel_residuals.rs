//! The observations of one channel beside the twin.

use super::history::History;
use super::live_command::Compared;
use super::reception::Amendment;
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

    /// The residual at a position, with its observation and what was simulated.
    pub(super) fn compared(&self, position: usize) -> Option<Compared> {
        let residual = self.residuals.get(position)?;
        let found = self.times().binary_search(&residual.time).ok()?;
        let observed = self.values[found];
        Some(Compared {
            channel: self.channel,
            time: residual.time,
            observed,
            simulated: observed - residual.value,
        })
    }

    /// Takes note of samples that were kept aside.
    pub(super) fn reject(&mut self, times: &[SimTime]) {
        self.rejected.extend(times);
        if !self.rejected.is_sorted() {
            self.rejected.sort_unstable();
        }
    }

    /// Compares observations that came for times before `now` with what was
    /// simulated then, as far as the history has it.
    pub(super) fn catch_up(&mut self, now: SimTime, history: &History) {
        while let Some(time) = self.times.get(self.arrived).copied()
            && time <= now
        {
            if self.role == ChannelRole::Measurement
                && let Some(row) = history.position_at(time)
                && history.times().get(row) == Some(&time)
                && let Some(simulated) = history
                    .row(row)
                    .and_then(|row| row.get(self.variable.position()))
            {
                let value = self.values[self.arrived] - simulated;
                self.residuals.push(Residual { time, value });
                self.statistics.push(value);
            }
            self.arrived += 1;
        }
    }

    /// Puts observations in place of others.
    pub(super) fn amend(&mut self, amendment: &Amendment) {
        let first = self.times.partition_point(|time| *time < amendment.from);
        let after = self.times.partition_point(|time| *time <= amendment.until);
        let replaced = first..after.max(first);
        self.times
            .splice(replaced.clone(), amendment.times.iter().copied());
        self.values
            .splice(replaced, amendment.values.iter().copied());
        // One of those that were kept aside takes part now.
        for time in &amendment.released {
            if let Ok(position) = self.rejected.binary_search(time) {
                self.rejected.remove(position);
            }
        }
    }

    /// Forgets what came after `now`.
    pub(super) fn go_back_to(&mut self, now: SimTime) {
        self.arrived = self.times.partition_point(|time| *time <= now);
        let kept = self.residuals.partition_point(|one| one.time <= now);
        self.residuals.truncate(kept);
        self.statistics = ResidualStatistics::new();
        for residual in &self.residuals {
            self.statistics.push(residual.value);
        }
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
