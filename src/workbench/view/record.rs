//! What the running twin has told so far: rows, observations, residuals and
//! forecasts, collected from its snapshots.

use std::sync::Arc;

use crate::inference::ResidualStatistics;
use crate::live::{Comparison, Forecast, ForecastState, Snapshot, TelemetryState};
use crate::quantity::{SimDuration, SimTime};
use crate::simulation::Bands;
use crate::twin::VariableIndex;

/// What one channel's telemetry said so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelRecord {
    /// Position of the channel in the document.
    pub channel: usize,
    /// Times of the observations.
    pub times: Vec<SimTime>,
    /// Observed values [SI].
    pub values: Vec<f64>,
    /// Times of the residuals.
    pub residual_times: Vec<SimTime>,
    /// Observed minus simulated [SI, as a difference].
    pub residuals: Vec<f64>,
    /// Statistics of all residuals so far.
    pub statistics: ResidualStatistics,
    /// Samples rejected so far.
    pub rejected: usize,
}

impl ChannelRecord {
    /// The last observation at or before `time` that is not older than `age`.
    #[must_use]
    pub fn observed_at(&self, time: SimTime, age: SimDuration) -> Option<f64> {
        latest(&self.times, &self.values, time, age)
    }

    /// The last residual at or before `time` that is not older than `age`.
    #[must_use]
    pub fn residual_at(&self, time: SimTime, age: SimDuration) -> Option<f64> {
        latest(&self.residual_times, &self.residuals, time, age)
    }
}

fn latest(times: &[SimTime], values: &[f64], time: SimTime, age: SimDuration) -> Option<f64> {
    let position = times.partition_point(|one| *one <= time).checked_sub(1)?;
    let since = time.checked_since(*times.get(position)?)?;
    (since <= age).then(|| values.get(position).copied())?
}

/// Everything the running twin has told so far.
#[derive(Clone, Debug, Default)]
pub struct Record {
    generation: Option<u64>,
    revision: u64,
    values_revision: u64,
    width: usize,
    times: Vec<SimTime>,
    values: Vec<f64>,
    channels: Vec<ChannelRecord>,
    current: Option<Arc<[f64]>>,
    forecast: Option<Arc<Forecast>>,
    what_if: Option<Arc<Forecast>>,
    comparison: Option<Arc<Comparison>>,
    forecast_state: ForecastState,
    telemetry: Option<Arc<TelemetryState>>,
    is_live: bool,
    halted: Option<String>,
}

impl Record {
    /// Takes in what is new. On a new generation what was told before is dropped.
    pub fn receive(&mut self, snapshot: &Snapshot) {
        self.revision += 1;
        if self.brings_values(snapshot) {
            self.values_revision += 1;
        }
        if self.generation != Some(snapshot.generation) {
            self.generation = Some(snapshot.generation);
            self.times.clear();
            self.values.clear();
            self.channels.clear();
        }
        let rows = &snapshot.rows;
        if !rows.is_empty() {
            self.width = rows.width;
            self.times.truncate(rows.first);
            self.values.truncate(rows.first * rows.width);
            self.times.extend_from_slice(&rows.times);
            self.values.extend_from_slice(&rows.values);
        }
        for news in snapshot.channels.iter() {
            let position = match self
                .channels
                .iter()
                .position(|one| one.channel == news.channel)
            {
                Some(position) => position,
                None => {
                    self.channels.push(ChannelRecord {
                        channel: news.channel,
                        ..ChannelRecord::default()
                    });
                    self.channels.len() - 1
                }
            };
            let record = &mut self.channels[position];
            record.times.truncate(news.first);
            record.values.truncate(news.first);
            record.times.extend_from_slice(&news.times);
            record.values.extend_from_slice(&news.values);
            record.residual_times.truncate(news.first_residual);
            record.residuals.truncate(news.first_residual);
            record
                .residual_times
                .extend_from_slice(&news.residual_times);
            record.residuals.extend_from_slice(&news.residuals);
            record.statistics = news.statistics;
            record.rejected = news.rejected;
        }
        self.current = Some(Arc::clone(&snapshot.current));
        self.forecast.clone_from(&snapshot.forecast);
        self.what_if.clone_from(&snapshot.what_if);
        self.comparison.clone_from(&snapshot.comparison);
        self.forecast_state = snapshot.forecast_state.clone();
        self.telemetry.clone_from(&snapshot.telemetry);
        self.is_live = snapshot.is_live;
        self.halted.clone_from(&snapshot.halted);
    }

    /// Whether a snapshot changes a value at any instant: one that only tells
    /// how far a forecast has come does not.
    fn brings_values(&self, snapshot: &Snapshot) -> bool {
        let same = |one: Option<&Arc<Forecast>>, other: Option<&Arc<Forecast>>| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        self.generation != Some(snapshot.generation)
            || !snapshot.rows.is_empty()
            || self.current.as_deref() != Some(&*snapshot.current)
            || snapshot.channels.iter().any(|news| !news.times.is_empty())
            || !same(self.forecast.as_ref(), snapshot.forecast.as_ref())
            || !same(self.what_if.as_ref(), snapshot.what_if.as_ref())
    }

    /// Raised whenever a value at some instant may have become another.
    #[must_use]
    pub fn values_revision(&self) -> u64 {
        self.values_revision
    }

    /// Raised whenever something was taken in.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What is known of the telemetry: of its quality, its sources, its store.
    #[must_use]
    pub fn telemetry(&self) -> Option<&TelemetryState> {
        self.telemetry.as_deref()
    }

    /// Whether the twin runs beside live sources rather than a replay.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// Times of the rows kept.
    #[must_use]
    pub fn times(&self) -> &[SimTime] {
        &self.times
    }

    /// Positions of the rows from `from` to `to`, with one more on either side
    /// so that lines reach the edge.
    #[must_use]
    pub fn rows_between(&self, from: SimTime, to: SimTime) -> std::ops::Range<usize> {
        range_with_neighbours(&self.times, from, to)
    }

    /// The value of `variable` in row `row` [SI].
    #[must_use]
    pub fn value(&self, row: usize, variable: VariableIndex) -> Option<f64> {
        if variable.position() >= self.width {
            return None;
        }
        self.values
            .get(row * self.width + variable.position())
            .copied()
    }

    /// The simulated value of `variable` at `time`, which is not after now [SI].
    #[must_use]
    pub fn simulated_at(&self, variable: VariableIndex, time: SimTime) -> Option<f64> {
        let row = self
            .times
            .partition_point(|one| *one <= time)
            .checked_sub(1)?;
        self.value(row, variable)
    }

    /// The value of `variable` now [SI].
    #[must_use]
    pub fn current(&self, variable: VariableIndex) -> Option<f64> {
        self.current.as_ref()?.get(variable.position()).copied()
    }

    /// What the channels said.
    #[must_use]
    pub fn channels(&self) -> &[ChannelRecord] {
        &self.channels
    }

    /// What the channel at this position in the document said.
    #[must_use]
    pub fn channel(&self, channel: usize) -> Option<&ChannelRecord> {
        self.channels.iter().find(|one| one.channel == channel)
    }

    /// What the what-if changes, where both forecasts are of one now.
    #[must_use]
    pub fn comparison(&self) -> Option<&Arc<Comparison>> {
        self.comparison.as_ref()
    }

    /// The forecast as things stand.
    #[must_use]
    pub fn forecast(&self) -> Option<&Arc<Forecast>> {
        self.forecast.as_ref()
    }

    /// The forecast under the what-if.
    #[must_use]
    pub fn what_if(&self) -> Option<&Arc<Forecast>> {
        self.what_if.as_ref()
    }

    /// Whether the forecasts are up to date.
    #[must_use]
    pub fn forecast_state(&self) -> &ForecastState {
        &self.forecast_state
    }

    /// Why the simulation cannot go on, if it cannot.
    #[must_use]
    pub fn halted(&self) -> Option<&str> {
        self.halted.as_deref()
    }

    /// Time of the last observation of any channel.
    #[must_use]
    pub fn data_until(&self) -> Option<SimTime> {
        self.channels
            .iter()
            .filter_map(|one| one.times.last().copied())
            .max()
    }

    /// Number of samples rejected so far.
    #[must_use]
    pub fn rejected(&self) -> usize {
        self.channels.iter().map(|one| one.rejected).sum()
    }
}

/// Positions in `times` (ascending) from `from` to `to` with one more on either side.
#[must_use]
pub fn range_with_neighbours(
    times: &[SimTime],
    from: SimTime,
    to: SimTime,
) -> std::ops::Range<usize> {
    let first = times.partition_point(|one| *one < from).saturating_sub(1);
    let end = (times.partition_point(|one| *one <= to) + 1).min(times.len());
    first..end.max(first)
}

/// One column of bands at `time`, linear between the instants; `None` outside them.
#[must_use]
pub fn band_at(bands: &Bands, column: &[f64], time: SimTime) -> Option<f64> {
    let after = bands.times.partition_point(|one| *one < time);
    let next = *bands.times.get(after)?;
    if next == time {
        return column.get(after).copied();
    }
    let before = after.checked_sub(1)?;
    let (low, high) = (*bands.times.get(before)?, next);
    let fraction = time.checked_since(low)?.as_seconds() / high.checked_since(low)?.as_seconds();
    let (a, b) = (column.get(before)?, column.get(after)?);
    Some(a + (b - a) * fraction)
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{at, bands};
    use super::*;

    #[test]
    fn the_latest_observation_counts_unless_it_is_too_old() {
        let record = ChannelRecord {
            times: vec![at(1), at(2)],
            values: vec![10.0, 20.0],
            ..ChannelRecord::default()
        };
        let age = SimDuration::from_whole_seconds(3);
        assert_eq!(record.observed_at(at(0), age), None);
        assert_eq!(record.observed_at(at(2), age), Some(20.0));
        assert_eq!(record.observed_at(at(5), age), Some(20.0));
        assert_eq!(record.observed_at(at(6), age), None, "a gap stays a gap");
    }

    #[test]
    fn a_stretch_of_rows_reaches_one_row_beyond_either_edge() {
        let times: Vec<SimTime> = (0..10).map(at).collect();
        assert_eq!(range_with_neighbours(&times, at(3), at(5)), 2..7);
        assert_eq!(range_with_neighbours(&times, at(-5), at(50)), 0..10);
        assert_eq!(range_with_neighbours(&[], at(0), at(1)), 0..0);
    }

    #[test]
    fn bands_are_linear_between_their_instants() {
        let bands = bands(&[(0, 10.0), (10, 20.0)]);
        assert_eq!(band_at(&bands, &bands.p50, at(0)), Some(10.0));
        assert_eq!(band_at(&bands, &bands.p50, at(4)), Some(14.0));
        assert_eq!(band_at(&bands, &bands.p50, at(11)), None);
        assert_eq!(band_at(&bands, &bands.p50, at(-1)), None);
    }
}
