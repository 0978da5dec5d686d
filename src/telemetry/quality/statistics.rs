//! How well a channel keeps its contract: counts, completeness, freshness, lag.

use std::collections::VecDeque;

use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::sample::{Disposition, Flag, Rule, Rules, Sample, Verdict};

/// Most pieces of time that are counted apart; when there are more, each two
/// neighbours become one.
pub const MOST_BUCKETS: usize = 1024;

/// Width of a piece of time at the beginning.
const FIRST_WIDTH: SimDuration = SimDuration::from_whole_seconds(10);

/// Lags remembered for the median.
const LAGS: usize = 63;

/// What is counted of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelStatistics {
    /// Samples received, late ones and duplicates included.
    pub received: u64,
    /// Samples with a verdict, by flag.
    pub flags: FlagCounts,
    /// Samples that broke a rule, by the rule's number.
    pub rules: [u64; Rule::ALL.len()],
    /// Samples by what became of them, by the disposition's number.
    pub dispositions: [u64; 4],
    /// Samples that arrived after a younger one and took part all the same.
    pub reordered: u64,
    /// Samples that could not wait for their turn because too many waited.
    pub forced: u64,
    /// Samples that were due by the agreed period and did not come.
    pub missing: u64,
    /// Pauses that were longer than period and jitter allow.
    pub gaps: u64,
    /// Numbers of the source that did not come.
    pub lost: u64,
    /// Samples that the source sent again under the same number.
    pub repeated: u64,
    /// Event time of the first sample.
    pub first: Option<SimTime>,
    /// Highest event time.
    pub last: Option<SimTime>,
    /// Latest time of reception.
    pub last_received: Option<SimTime>,
    /// The channel over time.
    pub over_time: OverTime,
    lags: VecDeque<SimDuration>,
}

/// Samples by flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagCounts {
    /// Good.
    pub good: u64,
    /// Not evaluated.
    pub not_evaluated: u64,
    /// Suspect.
    pub suspect: u64,
    /// Failed.
    pub fail: u64,
    /// Missing: none came where one was due.
    pub missing: u64,
}

impl FlagCounts {
    fn add(&mut self, flag: Flag, count: u64) {
        match flag {
            Flag::Good => self.good += count,
            Flag::NotEvaluated => self.not_evaluated += count,
            Flag::Suspect => self.suspect += count,
            Flag::Fail => self.fail += count,
            Flag::Missing => self.missing += count,
        }
    }

    fn add_all(&mut self, other: &Self) {
        self.good += other.good;
        self.not_evaluated += other.not_evaluated;
        self.suspect += other.suspect;
        self.fail += other.fail;
        self.missing += other.missing;
    }

    /// Samples that came.
    #[must_use]
    pub fn came(&self) -> u64 {
        self.good + self.not_evaluated + self.suspect + self.fail
    }

    /// Share that neither failed nor is suspect, of those that came; `None` when
    /// none came.
    #[must_use]
    pub fn pass_rate(&self) -> Option<f64> {
        share(self.good + self.not_evaluated, self.came())
    }

    /// Share that came and did not fail, of those that were due; `None` when
    /// none was.
    #[must_use]
    pub fn completeness(&self) -> Option<f64> {
        let used = self.came() - self.fail;
        share(used, used + self.missing + self.fail)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Default for ChannelStatistics {
    fn default() -> Self {
        Self {
            received: 0,
            flags: FlagCounts::default(),
            rules: [0; Rule::ALL.len()],
            dispositions: [0; 4],
            reordered: 0,
            forced: 0,
            missing: 0,
            gaps: 0,
            lost: 0,
            repeated: 0,
            first: None,
            last: None,
            last_received: None,
            over_time: OverTime::default(),
            lags: VecDeque::new(),
        }
    }
}

impl ChannelStatistics {
    /// Counts a sample as received.
    pub(in crate::telemetry) fn receives(&mut self, sample: &Sample) {
        self.received += 1;
        self.last_received = self.last_received.max(Some(sample.received));
        if sample.received != sample.time {
            if self.lags.len() == LAGS {
                self.lags.pop_front();
            }
            self.lags.push_back(sample.received - sample.time);
        }
    }

    /// Counts a sample with its verdict.
    pub(in crate::telemetry) fn judges(&mut self, sample: &Sample, verdict: Verdict) {
        self.flags.add(verdict.flag, 1);
        if !verdict.rules.is_empty() {
            for rule in verdict.rules.iter() {
                self.rules[rule as usize] += 1;
            }
        }
        self.dispositions[verdict.disposition as usize] += 1;
        // A time that is of no use says nothing of when.
        if !verdict.rules.contains(Rule::ClockJump) {
            self.first = Some(
                self.first
                    .map_or(sample.time, |first| first.min(sample.time)),
            );
            self.last = self.last.max(Some(sample.time));
            self.over_time
                .add(sample.time, verdict.flag, 1, verdict.rules);
        }
    }

    /// Counts samples that did not come.
    pub(in crate::telemetry) fn misses(&mut self, time: SimTime, count: u64) {
        self.missing += count;
        self.gaps += 1;
        self.flags.add(Flag::Missing, count);
        self.rules[Rule::Missing as usize] += count;
        let rules = Rules::NONE.with(Rule::Missing);
        self.over_time.add(time, Flag::Missing, count, rules);
    }

    /// Samples that take part.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.dispositions[Disposition::Accepted as usize]
    }

    /// Samples that do not take part, for whatever reason.
    #[must_use]
    pub fn aside(&self) -> u64 {
        self.dispositions.iter().sum::<u64>() - self.accepted()
    }

    /// Samples that wait for a person.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.dispositions[Disposition::Quarantined as usize]
    }

    /// How long ago, at `now` on the receiver's clock, the last sample came.
    #[must_use]
    pub fn freshness(&self, now: SimTime) -> Option<SimDuration> {
        self.last_received.map(|last| now - last)
    }

    /// Median of the time from event to reception over the last samples, offset
    /// of the clocks included; `None` for a recording.
    #[must_use]
    pub fn lag(&self) -> Option<SimDuration> {
        let mut lags: Vec<_> = self.lags.iter().copied().collect();
        lags.sort_unstable();
        lags.get(lags.len() / 2).copied()
    }
}

/// Counts over time, in pieces of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct OverTime {
    width: SimDuration,
    buckets: VecDeque<TimeBucket>,
    /// How often anything but the last bucket has changed.
    past_revision: u64,
    /// Counted before the first bucket: late by more than all that is kept.
    before: FlagCounts,
}

/// What was counted in one piece of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeBucket {
    /// Where it begins.
    pub begin: SimTime,
    /// Samples by flag.
    pub flags: FlagCounts,
    /// The rules that were broken in it.
    pub rules: Rules,
}

impl Default for OverTime {
    fn default() -> Self {
        Self {
            width: FIRST_WIDTH,
            buckets: VecDeque::new(),
            past_revision: 0,
            before: FlagCounts::default(),
        }
    }
}

impl OverTime {
    /// Width of a piece of time.
    #[must_use]
    pub fn width(&self) -> SimDuration {
        self.width
    }

    /// The pieces in which there is anything, in order of time.
    pub fn buckets(&self) -> impl DoubleEndedIterator<Item = &TimeBucket> {
        self.buckets.iter()
    }

    /// How often anything but the last piece has changed: while it is the same,
    /// so are all pieces but the last.
    #[must_use]
    pub fn past_revision(&self) -> u64 {
        self.past_revision
    }

    fn add(&mut self, time: SimTime, flag: Flag, count: u64, rules: Rules) {
        // Almost all samples fall into the last piece.
        let here = |last: &TimeBucket| time >= last.begin && time - last.begin < self.width;
        let position = match self.buckets.back() {
            Some(last) if here(last) => self.buckets.len() - 1,
            _ => {
                self.past_revision += 1;
                let begin = time.floor_to(self.width).unwrap_or(time);
                let position = match self.buckets.back() {
                    Some(last) if last.begin >= begin => {
                        self.buckets.partition_point(|one| one.begin < begin)
                    }
                    _ => self.buckets.len(),
                };
                if self
                    .buckets
                    .get(position)
                    .is_none_or(|one| one.begin != begin)
                {
                    let bucket = TimeBucket {
                        begin,
                        flags: FlagCounts::default(),
                        rules: Rules::NONE,
                    };
                    self.buckets.insert(position, bucket);
                }
                position
            }
        };
        if let Some(bucket) = self.buckets.get_mut(position) {
            bucket.flags.add(flag, count);
            if !rules.is_empty() {
                bucket.rules = rules.iter().fold(bucket.rules, Rules::with);
            }
        }
        while self.buckets.len() > MOST_BUCKETS {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.past_revision += 1;
        let Some(width) = self.width.checked_mul(2) else {
            // Wider than all of time; what is oldest is counted together.
            if let Some(first) = self.buckets.pop_front() {
                self.before.add_all(&first.flags);
            }
            return;
        };
        self.width = width;
        let mut merged: VecDeque<TimeBucket> = VecDeque::with_capacity(self.buckets.len() / 2 + 1);
        for bucket in &self.buckets {
            let begin = bucket.begin.floor_to(width).unwrap_or(bucket.begin);
            match merged.back_mut() {
                Some(last) if last.begin == begin => {
                    last.flags.add_all(&bucket.flags);
                    last.rules = bucket.rules.iter().fold(last.rules, Rules::with);
                }
                _ => merged.push_back(TimeBucket { begin, ..*bucket }),
            }
        }
        self.buckets = merged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_when_time_is_counted_in_wider_pieces() {
        let mut over_time = OverTime::default();
        for second in 0..200_000 {
            let time = SimTime::ZERO + SimDuration::from_whole_seconds(second * 7 % 200_000);
            over_time.add(time, Flag::Good, 1, Rules::NONE);
        }
        assert!(over_time.buckets.len() <= MOST_BUCKETS);
        assert_eq!(over_time.width(), SimDuration::from_whole_seconds(320));
        let total: u64 = over_time.buckets().map(|one| one.flags.good).sum();
        assert_eq!(total, 200_000);
        assert!(over_time.buckets.iter().is_sorted_by_key(|one| one.begin));
    }

    #[test]
    fn rates_are_of_what_came_and_of_what_was_due() {
        let flags = FlagCounts {
            good: 6,
            suspect: 2,
            fail: 2,
            missing: 10,
            not_evaluated: 0,
        };
        assert_eq!(flags.pass_rate(), Some(0.6));
        assert_eq!(flags.completeness(), Some(0.4));
        assert_eq!(FlagCounts::default().pass_rate(), None);
    }
}
