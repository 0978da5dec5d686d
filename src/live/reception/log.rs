//! What the observations of a channel with a quarantine are made from.

use std::collections::{BTreeMap, BTreeSet};

use super::Amendment;
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::{
    Aggregating, Aligned, ChannelAligner, ChannelContract, Disposition, Judged, Rule,
};

/// Most samples of one channel that are remembered. A sample in quarantine that
/// is further back than that can be released for later runs only.
const MOST_REMEMBERED: usize = 200_000;

/// Samples beyond what is needed before the log is cut.
const SLACK: usize = 256;

/// A sample's place: its time, then its place in the order of reception.
type Place = (SimTime, u64);

/// What part a sample has in the observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// It waits in quarantine.
    None,
    /// It was accepted when it was judged.
    Accepted,
    /// A person has released it: of two samples of one time it is the one.
    Released,
}

/// The samples of one channel back to a little before the oldest that waits in
/// quarantine, so that the observations around it can be made anew.
#[derive(Clone, Debug)]
pub(super) struct ChannelLog {
    contract: ChannelContract,
    timestep: SimDuration,
    /// Values \[SI], and whether they take part.
    samples: BTreeMap<Place, (f64, Part)>,
    waiting: BTreeSet<Place>,
    /// Whether older samples have been cut off.
    cut: bool,
    /// Number of samples at which it is cut next.
    next_cut: usize,
}

impl ChannelLog {
    pub(super) fn new(contract: &ChannelContract, timestep: SimDuration) -> Self {
        Self {
            contract: contract.clone(),
            timestep,
            samples: BTreeMap::new(),
            waiting: BTreeSet::new(),
            cut: false,
            next_cut: SLACK,
        }
    }

    /// Remembers a judged sample, if it takes part or may do so later.
    pub(super) fn take(&mut self, judged: &Judged) {
        let place = (judged.sample.time, judged.sample.sequence);
        match judged.verdict.disposition {
            Disposition::Accepted => {
                let part = if judged.verdict.rules.contains(Rule::Released) {
                    Part::Released
                } else {
                    Part::Accepted
                };
                self.samples.insert(place, (judged.sample.value, part));
            }
            Disposition::Quarantined if judged.sample.value.is_finite() => {
                self.samples
                    .insert(place, (judged.sample.value, Part::None));
                self.waiting.insert(place);
            }
            _ => return,
        }
        if self.samples.len() >= self.next_cut {
            self.cut();
        }
    }

    /// A sample in quarantine is no longer listed and will not be released.
    pub(super) fn forget(&mut self, time: SimTime, sequence: u64) {
        if self.waiting.remove(&(time, sequence)) {
            self.samples.remove(&(time, sequence));
        }
    }

    /// The last sample before `place` that takes part.
    fn before(&self, place: Place) -> Option<SimTime> {
        self.samples
            .range(..place)
            .rev()
            .find(|(_, (_, part))| *part != Part::None)
            .map(|((time, _), _)| *time)
    }

    fn after(&self, place: Place) -> Option<SimTime> {
        self.samples
            .range(place..)
            .skip(1)
            .find(|(_, (_, part))| *part != Part::None)
            .map(|((time, _), _)| *time)
    }

    /// Times and values of the samples that take part, one for each time.
    fn taking_part(&self) -> Vec<(SimTime, f64)> {
        let mut samples: Vec<_> = self
            .samples
            .iter()
            .filter(|(_, (_, part))| *part != Part::None)
            .map(|((time, _), (value, part))| (*time, *value, *part))
            .collect();
        samples.dedup_by(|next, last| {
            let same = next.0 == last.0;
            if same && next.2 == Part::Released {
                *last = *next;
            }
            same
        });
        samples
            .into_iter()
            .map(|(time, value, _)| (time, value))
            .collect()
    }

    /// The first grid time that is not before `time`.
    fn ceiling(&self, time: SimTime) -> SimTime {
        match time.floor_to(self.timestep) {
            Some(floor) if floor < time => floor + self.timestep,
            _ => time,
        }
    }

    /// Drops what no release needs: all before the last sample that lies in an
    /// earlier step than the one before the oldest that waits.
    fn cut(&mut self) {
        while self.samples.len() > MOST_REMEMBERED {
            if let Some((place, _)) = self.samples.pop_first() {
                self.waiting.remove(&place);
                self.cut = true;
            }
        }
        let oldest = self.waiting.first().copied();
        let oldest = oldest.or_else(|| self.samples.last_key_value().map(|(place, _)| *place));
        if let Some(oldest) = oldest
            && let Some(neighbour) = self.before(oldest)
            && let Some(step) =
                (neighbour - SimDuration::from_nanoseconds(1)).floor_to(self.timestep)
            && let Some(first) = self.before((step, u64::MAX))
        {
            let kept = self.samples.split_off(&(first, 0));
            self.cut |= !self.samples.is_empty();
            self.samples = kept;
        }
        self.next_cut = self.samples.len() + SLACK;
    }

    /// Lets samples take part, and gives the observations around them anew;
    /// `watermark` says up to where they are complete. Samples that are not
    /// remembered any more are passed over.
    pub(super) fn release(
        &mut self,
        places: &[Place],
        watermark: Option<SimTime>,
    ) -> Option<Amendment> {
        let mut span: Option<(SimTime, SimTime)> = None;
        for place in places {
            self.waiting.remove(place);
            let Some((_, part)) = self.samples.get_mut(place) else {
                continue;
            };
            *part = Part::Released;
            let first = self.before(*place).unwrap_or(place.0);
            let last = self.after(*place).unwrap_or(place.0);
            let (first, last) = (self.ceiling(first), self.ceiling(last));
            span = Some(match span {
                None => (first, last),
                Some((from, until)) => (from.min(first), until.max(last)),
            });
        }
        let (from, until) = span?;
        let mut anew = Vec::new();
        let mut aligner = ChannelAligner::new(&self.contract, self.timestep);
        let mut add = |one: Aligned| anew.push((one.time, one.value));
        for (time, value) in self.taking_part() {
            aligner.sample(time, value, &mut add);
        }
        if self.contract.aggregation == Aggregating::Instant {
            // Also where its step is not over: nothing else may come.
            aligner.finish(&mut add);
        } else if let Some(mark) = watermark {
            aligner.advance(mark, &mut add);
        }
        // The first step of a log that was cut is not all there.
        let complete = self
            .samples
            .first_key_value()
            .filter(|_| self.cut)
            .map(|((time, _), _)| self.ceiling(*time));
        let from = complete.map_or(from, |first| {
            from.max(first + SimDuration::from_nanoseconds(1))
        });
        let (times, values) = anew
            .into_iter()
            .filter(|(time, _)| (from..=until).contains(time))
            .unzip();
        Some(Amendment {
            channel: self.contract.channel as usize,
            from,
            until,
            times,
            values,
            released: places.iter().map(|(time, _)| *time).collect(),
        })
    }
}
