//! Samples on the simulation's time grid.

use std::borrow::Cow;
use std::io;

use super::align::{Aligned, ChannelAligner};
use super::csv::Telemetry;
use super::header::column_name;
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{Aggregation, Channel, ChannelRole, Twin, VariableIndex};

/// What is left of telemetry after checking and alignment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observations {
    /// One entry per channel that has a column, in order of column.
    pub channels: Vec<ObservedChannel>,
    /// Time of the first observation of any channel.
    pub begin: SimTime,
    /// Time of the last observation of any channel.
    pub end: SimTime,
}

/// The observations of one channel: at most one per step, none where there was
/// no sample.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedChannel {
    /// Position of the channel in the document.
    pub channel: usize,
    /// The variable that it drives or measures.
    pub variable: VariableIndex,
    /// Whether it drives or measures.
    pub role: ChannelRole,
    /// Times on the grid, rising.
    pub times: Vec<SimTime>,
    /// Values \[SI], one per time.
    pub values: Vec<f64>,
    /// Samples that a later one of the same step took the place of.
    pub superseded: u64,
    /// Samples that were kept aside when reading.
    pub rejected: u64,
}

impl Telemetry {
    /// Puts the samples on the grid of whole timesteps since the epoch, by the
    /// aggregation of each channel's contract.
    ///
    /// The observation at a grid time stands for the time after the grid time
    /// before it, up to and including itself; of a channel without a contract it
    /// is the last sample. Nothing is seen before it was measured. Where there is
    /// no sample there is no observation; nothing is filled in. With a timestep
    /// that is not above zero the samples keep their own times.
    #[must_use]
    pub fn align(&self, timestep: SimDuration) -> Observations {
        let channels: Vec<_> = self
            .channels
            .iter()
            .map(|samples| {
                let mut aligned = ObservedChannel {
                    channel: samples.channel,
                    variable: samples.variable,
                    role: samples.role,
                    times: Vec::with_capacity(samples.times.len()),
                    values: Vec::with_capacity(samples.values.len()),
                    superseded: 0,
                    rejected: samples.rejected,
                };
                let mut add = |one: Aligned| {
                    if aligned.times.last() < Some(&one.time) {
                        aligned.times.push(one.time);
                        aligned.values.push(one.value);
                    }
                };
                let mut aligner = ChannelAligner::new(&samples.contract, timestep);
                for (time, value) in samples.times.iter().zip(&samples.values) {
                    aligner.sample(*time, *value, &mut add);
                }
                aligner.finish(&mut add);
                aligned.superseded = aligner.superseded();
                aligned
            })
            .collect();
        Observations::new(channels)
    }
}

impl Observations {
    /// Puts channels together and notes where they begin and end.
    #[must_use]
    pub fn new(channels: Vec<ObservedChannel>) -> Self {
        let firsts = channels.iter().filter_map(|one| one.times.first());
        let lasts = channels.iter().filter_map(|one| one.times.last());
        Self {
            begin: firsts.min().copied().unwrap_or(SimTime::ZERO),
            end: lasts.max().copied().unwrap_or(SimTime::ZERO),
            channels,
        }
    }

    /// The observations of the channel at a position in the document.
    #[must_use]
    pub fn of_channel(&self, channel: usize) -> Option<&ObservedChannel> {
        self.channels.iter().find(|one| one.channel == channel)
    }

    /// Writes the observations as a telemetry file that [`read_csv`](super::read_csv)
    /// reads: `t` in seconds since the epoch, then the channels by column name
    /// with their units, `decimals` digits after the point. A gap is an empty
    /// cell. Of a counter the file holds what it would have read, from zero: its
    /// observations are rates, its samples are not.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn write_csv(&self, sink: impl io::Write, twin: &Twin, decimals: usize) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(sink);
        let described: Vec<_> = self
            .channels
            .iter()
            .filter_map(|observed| Some((observed, twin.channels.get(observed.channel)?)))
            .collect();
        writer.write_field("t")?;
        for (_, channel) in &described {
            writer.write_field(format!(
                "{} [{}]",
                column_name(channel),
                channel.unit.code()
            ))?;
        }
        writer.write_record(None::<&[u8]>)?;
        let samples: Vec<_> = described
            .iter()
            .map(|(observed, channel)| observed.as_samples(channel, twin.timestep))
            .collect();
        let mut next = vec![0_usize; described.len()];
        loop {
            let upcoming = samples
                .iter()
                .zip(&next)
                .filter_map(|((times, _), next)| times.get(*next))
                .min();
            let Some(time) = upcoming.copied() else { break };
            writer.write_field(time.as_seconds().to_string())?;
            let columns = described.iter().zip(&samples).zip(&mut next);
            for (((_, channel), (times, values)), next) in columns {
                if times.get(*next) == Some(&time) {
                    let value = channel.unit.from_si(values[*next]);
                    writer.write_field(format!("{value:.decimals$}"))?;
                    *next += 1;
                } else {
                    writer.write_field("")?;
                }
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()
    }
}

impl ObservedChannel {
    /// Samples \[SI] of `channel` that these observations could have come from.
    fn as_samples(
        &self,
        channel: &Channel,
        timestep: SimDuration,
    ) -> (Cow<'_, [SimTime]>, Cow<'_, [f64]>) {
        if !matches!(channel.contract.aggregation, Aggregation::Total { .. }) {
            return (Cow::Borrowed(&self.times), Cow::Borrowed(&self.values));
        }
        let (mut times, mut readings) = (Vec::new(), Vec::new());
        let mut total = 0.0;
        for (time, rate) in self.times.iter().zip(&self.values) {
            let begin = *time - timestep;
            // A counter that went on from here, or begins here.
            if times.last() != Some(&begin) {
                times.push(begin);
                readings.push(total);
            }
            total += rate * timestep.as_seconds();
            times.push(*time);
            readings.push(total);
        }
        (Cow::Owned(times), Cow::Owned(readings))
    }

    /// Times and values from `from` to `to`, both included.
    #[must_use]
    pub fn between(&self, from: SimTime, to: SimTime) -> (&[SimTime], &[f64]) {
        let first = self.times.partition_point(|time| *time < from);
        let end = self.times.partition_point(|time| *time <= to).max(first);
        (&self.times[first..end], &self.values[first..end])
    }

    /// The observation at exactly this time of the grid, if there is one.
    #[must_use]
    pub fn at(&self, time: SimTime) -> Option<f64> {
        let position = self.times.binary_search(&time).ok()?;
        self.values.get(position).copied()
    }

    /// The last observation that is not after `time`, with its own time.
    #[must_use]
    pub fn latest(&self, time: SimTime) -> Option<(SimTime, f64)> {
        let end = self.times.partition_point(|one| *one <= time);
        let position = end.checked_sub(1)?;
        Some((self.times[position], self.values[position]))
    }
}
