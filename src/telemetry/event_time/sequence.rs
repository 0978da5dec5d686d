//! The numbers that a source gives its samples, and what is missing among them.

use std::collections::BTreeMap;

use crate::quantity::{SimDuration, SimTime};

/// Most ranges that are waited for at once.
const MOST_OPEN: usize = 1024;

/// Numbers that were sent and never came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceGap {
    /// First number that is missing.
    pub first: u64,
    /// Last number that is missing.
    pub last: u64,
    /// Event time of the sample with the number before.
    pub after: SimTime,
    /// Event time of the sample by which the gap was noticed.
    pub before: SimTime,
}

impl SequenceGap {
    /// How many numbers are missing.
    #[must_use]
    pub fn count(&self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

/// What a number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The next one, or one further on.
    New,
    /// One that was missing until now.
    Filled,
    /// One that was there already: the sample was sent again.
    Again,
    /// The source has begun to count anew.
    Restarted,
}

/// Follows the numbers of one source.
#[derive(Clone, Debug, Default)]
pub struct SequenceTracker {
    highest: Option<(u64, SimTime)>,
    /// By first missing number: the gap, and when it was noticed.
    open: BTreeMap<u64, (SequenceGap, SimTime)>,
    /// Given up, to be reported.
    lost: Vec<SequenceGap>,
    /// Numbers found missing and not come since.
    missing: u64,
}

impl SequenceTracker {
    /// Looks at the number of one sample, in order of reception.
    pub fn take(&mut self, number: u64, event: SimTime, received: SimTime) -> Seen {
        let Some((highest, youngest)) = self.highest else {
            self.highest = Some((number, event));
            return Seen::New;
        };
        if number > highest {
            if number - highest > 1 {
                let gap = SequenceGap {
                    first: highest + 1,
                    last: number - 1,
                    after: youngest,
                    before: event,
                };
                self.missing = self.missing.saturating_add(gap.count());
                self.open.insert(gap.first, (gap, received));
                while self.open.len() > MOST_OPEN {
                    self.give_up_first();
                }
            }
            self.highest = Some((number, event));
            return Seen::New;
        }
        if self.fill(number) {
            return Seen::Filled;
        }
        if event > youngest {
            // An old number with new content: the source counts anew, and what
            // was missing before will not come any more.
            while !self.open.is_empty() {
                self.give_up_first();
            }
            self.highest = Some((number, event));
            return Seen::Restarted;
        }
        Seen::Again
    }

    fn fill(&mut self, number: u64) -> bool {
        let Some((&first, &(gap, noticed))) = self.open.range(..=number).next_back() else {
            return false;
        };
        if number > gap.last {
            return false;
        }
        self.open.remove(&first);
        self.missing -= 1;
        if number > gap.first {
            let left = SequenceGap {
                last: number - 1,
                ..gap
            };
            self.open.insert(left.first, (left, noticed));
        }
        if number < gap.last {
            let right = SequenceGap {
                first: number + 1,
                ..gap
            };
            self.open.insert(right.first, (right, noticed));
        }
        true
    }

    fn give_up_first(&mut self) {
        if let Some((_, (gap, _))) = self.open.pop_first() {
            self.lost.push(gap);
        }
    }

    /// The gaps that have been waited for longer than `patience` at `now` on the
    /// receiver's clock, in order of number; each is reported once.
    pub fn overdue(&mut self, now: SimTime, patience: SimDuration) -> Vec<SequenceGap> {
        if !self.open.is_empty() {
            let due: Vec<u64> = self
                .open
                .iter()
                .filter(|(_, (_, noticed))| now - *noticed >= patience)
                .map(|(first, _)| *first)
                .collect();
            for first in due {
                if let Some((gap, _)) = self.open.remove(&first) {
                    self.lost.push(gap);
                }
            }
        }
        std::mem::take(&mut self.lost)
    }

    /// All gaps that are left: nothing more comes.
    pub fn finish(&mut self) -> Vec<SequenceGap> {
        while !self.open.is_empty() {
            self.give_up_first();
        }
        std::mem::take(&mut self.lost)
    }

    /// How many numbers were found missing and have not come since.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_whole_seconds(seconds)
    }

    #[test]
    fn a_gap_is_reported_with_its_range_once_it_is_overdue() {
        let mut numbers = SequenceTracker::default();
        for number in [5, 6, 10] {
            assert_eq!(
                numbers.take(number, at(number as i64), at(number as i64)),
                Seen::New
            );
        }
        let patience = SimDuration::from_whole_seconds(5);
        assert_eq!(numbers.overdue(at(12), patience), []);
        assert_eq!(numbers.take(8, at(8), at(13)), Seen::Filled);
        assert_eq!(numbers.take(8, at(8), at(13)), Seen::Again);
        let ranges: Vec<_> = numbers
            .overdue(at(15), patience)
            .iter()
            .map(|gap| (gap.first, gap.last, gap.after, gap.before))
            .collect();
        assert_eq!(ranges, [(7, 7, at(6), at(10)), (9, 9, at(6), at(10))]);
        assert_eq!(numbers.overdue(at(99), patience), []);
        assert_eq!(numbers.missing(), 2);
    }

    #[test]
    fn a_source_that_counts_anew_is_no_gap() {
        let mut numbers = SequenceTracker::default();
        for number in 0..50 {
            numbers.take(number, at(number as i64), at(number as i64));
        }
        assert_eq!(numbers.take(0, at(60), at(60)), Seen::Restarted);
        assert_eq!(numbers.take(1, at(61), at(61)), Seen::New);
        assert_eq!(numbers.finish(), []);
    }

    proptest! {
        #[test]
        fn what_never_comes_is_what_is_reported(
            lost in proptest::collection::btree_set(1_u64..99, 0..40),
            swaps in proptest::collection::vec(0_usize..98, 0..30),
        ) {
            let mut sent: Vec<u64> = (0..100).filter(|one| !lost.contains(one)).collect();
            for at in swaps {
                if at + 1 < sent.len() {
                    sent.swap(at, at + 1);
                }
            }
            // The first seen is where counting begins.
            prop_assume!(sent[0] == 0);
            let mut numbers = SequenceTracker::default();
            for (received, number) in sent.iter().enumerate() {
                numbers.take(*number, at(*number as i64), at(received as i64));
            }
            let last = *sent.iter().max().unwrap_or(&0);
            let found: Vec<u64> = numbers
                .finish()
                .iter()
                .flat_map(|gap| gap.first..=gap.last)
                .collect();
            let expected: Vec<u64> = lost.into_iter().filter(|one| *one < last).collect();
            prop_assert_eq!(numbers.missing(), expected.len() as u64);
            prop_assert_eq!(found, expected);
        }
    }
}
