//! From samples at any time to observations on the steps of the simulation.
//!
//! An observation at a grid time stands for the step that ends there: from the
//! grid time before, not included, up to itself. Nothing is seen before it was
//! measured, and where nothing was measured there is no observation.

use super::contract::{Aggregating, ChannelContract};
use super::observation::{Observations, ObservedChannel};
use super::sample::{Disposition, Judged};
use crate::quantity::{SimDuration, SimTime};

/// Most steps that two samples may be apart where no period says how far they
/// may be: what is further apart is a gap.
pub const MOST_STEPS: i64 = 100_000;

/// One observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aligned {
    /// Position of the channel in the document.
    pub channel: u32,
    /// Time on the grid.
    pub time: SimTime,
    /// Value \[SI]; of a counter its rate, SI per second.
    pub value: f64,
}

/// Aligns the samples of one channel.
///
/// Samples go in in order of time and observations come out in order of time,
/// each once, as soon as no further sample of its step can come.
#[derive(Clone, Debug)]
pub struct ChannelAligner {
    channel: u32,
    timestep: SimDuration,
    aggregation: Aggregating,
    /// Longest time between two samples that is no gap.
    longest: SimDuration,
    /// For how long a last sample holds when none comes after it.
    holds: SimDuration,
    /// The last sample: time and value.
    last: Option<(SimTime, f64)>,
    /// The observation of the step that is not over.
    pending: Option<(SimTime, f64)>,
    /// Of the step that is not over, for mean and total: its end, what has been
    /// added up, and the time that covers \[ns].
    step: Option<(SimTime, f64, i64)>,
    /// The grid time that was looked for last.
    grid: SimTime,
    superseded: u64,
    resets: u64,
}

impl ChannelAligner {
    /// An aligner for one channel. With a timestep that is not above zero the
    /// samples keep their own times.
    #[must_use]
    pub fn new(contract: &ChannelContract, timestep: SimDuration) -> Self {
        let aggregation = if timestep.is_positive() {
            contract.aggregation
        } else {
            Aggregating::Instant
        };
        let unlimited = timestep.checked_mul(MOST_STEPS).unwrap_or(SimDuration::MAX);
        let longest = match aggregation {
            Aggregating::Mean => contract.longest_pause(),
            _ => contract.period.map(|period| period * 2),
        };
        Self {
            channel: contract.channel,
            timestep,
            aggregation,
            longest: longest.unwrap_or(unlimited).min(unlimited),
            holds: contract.period.unwrap_or(timestep),
            last: None,
            pending: None,
            step: None,
            grid: SimTime::ZERO,
            superseded: 0,
            resets: 0,
        }
    }

    /// Samples that a later one of the same step took the place of.
    #[must_use]
    pub fn superseded(&self) -> u64 {
        self.superseded
    }

    /// How often a counter went down without a rollover being agreed; the time
    /// around it is a gap.
    #[must_use]
    pub fn resets(&self) -> u64 {
        self.resets
    }

    /// Takes the next judged sample in; what does not take part is passed over.
    pub fn take(&mut self, judged: &Judged, mut out: impl FnMut(Aligned)) {
        let value = match judged.verdict.disposition {
            Disposition::Accepted => judged.sample.value,
            // A counter that is held would say that nothing flowed.
            Disposition::Held if !matches!(self.aggregation, Aggregating::Total { .. }) => {
                match self.last {
                    Some((_, value)) => value,
                    None => return,
                }
            }
            Disposition::Held | Disposition::KeptAside | Disposition::Quarantined => return,
        };
        self.sample(judged.sample.time, value, &mut out);
    }

    /// Takes the next sample that takes part in \[SI]. One that is older than the
    /// last is passed over: order is the business of those who hand in.
    pub fn sample(&mut self, time: SimTime, value: f64, out: &mut impl FnMut(Aligned)) {
        if self.last.is_some_and(|(last, _)| time < last) {
            return;
        }
        match self.aggregation {
            Aggregating::Instant => self.instant(time, value, out),
            Aggregating::Linear => self.linear(time, value, out),
            Aggregating::Mean => {
                if let Some((last, held)) = self.last {
                    let until = time.min(last + self.longest);
                    self.cover(last, until, held, out);
                }
            }
            Aggregating::Total { rollover } => {
                if let Some((last, before)) = self.last {
                    self.count((last, before), (time, value), rollover, out);
                }
            }
        }
        self.last = Some((time, value));
    }

    /// The first grid time that is not before `time`.
    fn ceiling(&mut self, time: SimTime) -> SimTime {
        // Most samples are of the step that was looked for last, or of the next.
        let next = self.grid + self.timestep;
        let ceiling = if time > self.grid && time <= next {
            next
        } else {
            match time.floor_to(self.timestep) {
                Some(floor) if floor < time => floor + self.timestep,
                Some(_) => time,
                // Without a grid there is nothing to remember.
                None => return time,
            }
        };
        self.grid = ceiling;
        ceiling
    }

    fn emit(&self, time: SimTime, value: f64, out: &mut impl FnMut(Aligned)) {
        out(Aligned {
            channel: self.channel,
            time,
            value,
        });
    }

    fn instant(&mut self, time: SimTime, value: f64, out: &mut impl FnMut(Aligned)) {
        let on_grid = self.ceiling(time);
        match self.pending {
            Some((step, _)) if step == on_grid => self.superseded += 1,
            Some((step, before)) => self.emit(step, before, out),
            None => {}
        }
        self.pending = Some((on_grid, value));
        if on_grid == time {
            // Nothing of this step can come after its end.
            self.pending = None;
            self.emit(on_grid, value, out);
        }
    }

    fn linear(&mut self, time: SimTime, value: f64, out: &mut impl FnMut(Aligned)) {
        if let Some((last, before)) = self.last
            && time > last
            && time - last <= self.longest
        {
            let slope = (value - before) / (time - last).as_seconds();
            // Grid times after the last sample and before this one.
            let mut step = self.ceiling(last + SimDuration::from_nanoseconds(1));
            while step < time {
                let between = before + slope * (step - last).as_seconds();
                self.emit(step, between, out);
                step += self.timestep;
            }
        }
        if self.ceiling(time) == time {
            self.emit(time, value, out);
        }
    }

    fn count(
        &mut self,
        (last, before): (SimTime, f64),
        (time, value): (SimTime, f64),
        rollover: Option<f64>,
        out: &mut impl FnMut(Aligned),
    ) {
        let amount = match rollover {
            _ if value >= before => value - before,
            Some(rollover) => value - before + rollover,
            None => -1.0,
        };
        if amount < 0.0 {
            self.resets += 1;
            self.step = None;
        } else if time - last > self.longest {
            self.step = None;
        } else if time > last {
            let rate = amount / (time - last).as_seconds();
            self.cover(last, time, rate, out);
        }
    }

    /// Adds a constant `value` from `from` to `to` to the steps it covers.
    fn cover(&mut self, from: SimTime, to: SimTime, value: f64, out: &mut impl FnMut(Aligned)) {
        let mut at = from;
        while at < to {
            let end = self.ceiling(at + SimDuration::from_nanoseconds(1));
            if self.step.is_some_and(|(step, _, _)| step != end) {
                self.close_step(out);
            }
            let until = end.min(to);
            let length = until - at;
            let (_, sum, covered) = self.step.unwrap_or((end, 0.0, 0));
            self.step = Some((
                end,
                sum + value * length.as_seconds(),
                covered + length.nanoseconds(),
            ));
            at = until;
            if at == end {
                self.close_step(out);
            }
        }
    }

    /// Gives the observation of the step that is over, if enough of it is known:
    /// half for a mean, all for a total.
    fn close_step(&mut self, out: &mut impl FnMut(Aligned)) {
        let Some((end, sum, covered)) = self.step.take() else {
            return;
        };
        let whole = self.timestep.nanoseconds();
        let enough = match self.aggregation {
            Aggregating::Total { .. } => covered == whole,
            _ => covered >= whole - whole / 2,
        };
        if enough {
            let seconds = SimDuration::from_nanoseconds(covered).as_seconds();
            self.emit(end, sum / seconds, out);
        }
    }

    /// Gives the observations of all steps that end before `watermark`: no
    /// sample older than that comes any more.
    pub fn advance(&mut self, watermark: SimTime, mut out: impl FnMut(Aligned)) {
        if let Some((step, value)) = self.pending
            && step < watermark
        {
            self.pending = None;
            self.emit(step, value, &mut out);
        }
    }

    /// Gives what is left: nothing more comes. For a mean the last sample holds
    /// for one period, to the end of its step at most.
    pub fn finish(&mut self, mut out: impl FnMut(Aligned)) {
        if let Some((step, value)) = self.pending.take() {
            self.emit(step, value, &mut out);
        }
        if self.aggregation == Aggregating::Mean
            && let Some((last, value)) = self.last
        {
            let end = self.ceiling(last);
            self.cover(last, end.min(last + self.holds), value, &mut out);
            self.close_step(&mut out);
        }
    }
}

impl Observations {
    /// No observations, of the channels with these contracts.
    #[must_use]
    pub fn of(contracts: &[ChannelContract]) -> Self {
        Self::new(
            contracts
                .iter()
                .map(|contract| ObservedChannel {
                    channel: contract.channel as usize,
                    variable: contract.variable,
                    role: contract.role,
                    times: Vec::new(),
                    values: Vec::new(),
                    superseded: 0,
                    rejected: 0,
                })
                .collect(),
        )
    }

    /// Adds an observation. One of a channel that is not there, or that is not
    /// after the channel's last, is passed over; whether it was added.
    pub fn push(&mut self, observation: &Aligned) -> bool {
        let position = observation.channel as usize;
        let channel = match self.channels.get_mut(position) {
            Some(channel) if channel.channel == position => Some(channel),
            _ => self.channels.iter_mut().find(|one| one.channel == position),
        };
        let Some(channel) = channel else { return false };
        if channel.times.last() >= Some(&observation.time) {
            return false;
        }
        channel.times.push(observation.time);
        channel.values.push(observation.value);
        let first_of_channel = channel.times.len() == 1;
        if first_of_channel
            && self
                .channels
                .iter()
                .map(|one| one.times.len())
                .sum::<usize>()
                == 1
        {
            (self.begin, self.end) = (observation.time, observation.time);
        }
        self.begin = self.begin.min(observation.time);
        self.end = self.end.max(observation.time);
        true
    }
}

#[cfg(test)]
mod tests;
