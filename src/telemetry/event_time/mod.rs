//! In which order things happened, whatever order they arrived in.
//!
//! Each channel has a [`Reorder`] buffer. Its watermark is the highest event
//! time seen less the allowed lateness: what is older than that comes too late,
//! what is younger waits for its turn. [`clock`] holds the source's clock
//! against the receiver's, [`sequence`] the source's numbers against each other.

pub mod clock;
pub mod sequence;

use std::collections::VecDeque;

use super::sample::Sample;
use crate::quantity::{SimDuration, SimTime};

/// Where a sample stands among those of its channel: by event time, then by
/// the source's number, then by order of reception.
type Place = (SimTime, u64, u64);

fn place_of(sample: &Sample) -> Place {
    (
        sample.time,
        sample.source_sequence.unwrap_or(0),
        sample.sequence,
    )
}

/// What became of a sample that was handed to the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It takes part; an older one had not arrived after it.
    InOrder,
    /// It takes part; a younger one had arrived before it.
    Reordered,
    /// It is older than the watermark and takes no part.
    Late,
}

/// Puts the samples of one channel into the order of their event times, within
/// the allowed lateness.
///
/// Without lateness nothing waits: a sample leaves as it comes. With lateness a
/// sample leaves when the watermark has passed it, so that the order in which
/// samples leave does not depend on that in which they arrive.
#[derive(Clone, Debug)]
pub struct Reorder {
    lateness: SimDuration,
    most: usize,
    /// In order of place. Samples mostly come in it, so that they go to the end.
    waiting: VecDeque<Sample>,
    /// Highest event time seen, and when it was received.
    highest: Option<(SimTime, SimTime)>,
    /// Nothing older than this takes part.
    watermark: Option<SimTime>,
    forced: u64,
}

impl Reorder {
    /// A buffer for one channel that keeps `most` samples waiting, at least one.
    #[must_use]
    pub fn new(lateness: SimDuration, most: usize) -> Self {
        Self {
            lateness,
            most: most.max(1),
            waiting: VecDeque::new(),
            highest: None,
            watermark: None,
            forced: 0,
        }
    }

    /// Takes a sample in and hands to `leave`, in order, all that need not wait
    /// longer. A late sample is not handed on.
    pub fn push(&mut self, sample: Sample, mut leave: impl FnMut(Sample)) -> Arrival {
        if self.watermark.is_some_and(|mark| sample.time < mark) {
            return Arrival::Late;
        }
        let arrival = match self.highest {
            Some((highest, _)) if sample.time < highest => Arrival::Reordered,
            _ => Arrival::InOrder,
        };
        if self
            .highest
            .is_none_or(|(highest, _)| sample.time > highest)
        {
            self.highest = Some((sample.time, sample.received));
            self.watermark = self.watermark.max(Some(sample.time - self.lateness));
        }
        if self.lateness.is_zero() && self.waiting.is_empty() {
            leave(sample);
            return arrival;
        }
        let place = place_of(&sample);
        match self.waiting.back() {
            Some(last) if place_of(last) > place => {
                let position = self.waiting.partition_point(|one| place_of(one) <= place);
                self.waiting.insert(position, sample);
            }
            _ => self.waiting.push_back(sample),
        }
        if self.waiting.len() > self.most
            && let Some(oldest) = self.waiting.pop_front()
        {
            // Memory is bounded: the oldest goes, and what is older than it is late.
            self.forced += 1;
            self.watermark = self.watermark.max(Some(oldest.time));
            leave(oldest);
        }
        self.release(false, &mut leave);
        arrival
    }

    /// Hands on what need not wait longer at `now` on the receiver's clock: when
    /// the youngest sample has been here for as long as the lateness allows,
    /// nothing older can still come in time.
    pub fn advance(&mut self, now: SimTime, mut leave: impl FnMut(Sample)) {
        if let Some((highest, received)) = self.highest
            && !self.waiting.is_empty()
            && now - received >= self.lateness
        {
            self.watermark = self.watermark.max(Some(highest));
            self.release(true, &mut leave);
        }
    }

    /// Hands on all that waits: nothing more comes.
    pub fn finish(&mut self, mut leave: impl FnMut(Sample)) {
        if let Some((highest, _)) = self.highest {
            self.watermark = self.watermark.max(Some(highest));
        }
        self.release(true, &mut leave);
    }

    /// Hands on what the watermark has passed; with `reached`, what it has reached.
    fn release(&mut self, reached: bool, leave: &mut impl FnMut(Sample)) {
        let Some(mark) = self.watermark else { return };
        let reached = reached || self.lateness.is_zero();
        while let Some(first) = self.waiting.front()
            && (first.time < mark || (reached && first.time == mark))
            && let Some(first) = self.waiting.pop_front()
        {
            leave(first);
        }
    }

    /// The time up to which, but not at which, everything has left; `None`
    /// before the first sample.
    #[must_use]
    pub fn watermark(&self) -> Option<SimTime> {
        self.watermark
    }

    /// The highest event time seen.
    #[must_use]
    pub fn highest(&self) -> Option<SimTime> {
        self.highest.map(|(time, _)| time)
    }

    /// Number of samples that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Number of samples that left before their turn because too many waited.
    #[must_use]
    pub fn forced(&self) -> u64 {
        self.forced
    }
}

#[cfg(test)]
mod tests;
