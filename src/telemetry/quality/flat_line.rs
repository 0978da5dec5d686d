//! For how long a value has been the same.

use std::collections::VecDeque;

use crate::quantity::{SimDuration, SimTime};

/// Most samples remembered on each side; beyond it the range is overestimated,
/// so that a run may be found shorter than it is, never longer.
const MOST: usize = 1024;

/// A sample, with the time of the one after it.
#[derive(Clone, Copy, Debug)]
struct Extreme {
    time: SimTime,
    after: Option<SimTime>,
    value: f64,
}

/// Finds the longest run of samples up to the last whose values lie within the
/// resolution of each other.
///
/// The flat line test of QARTOD asks whether the range over a window of fixed
/// length is below the resolution; this asks for how long a window it is, which
/// answers it for every length at once. Lowest and highest values of the run
/// are kept in monotonic queues (Lemire, "Streaming maximum-minimum filter using
/// no more than three comparisons per element", 2006).
#[derive(Clone, Debug)]
pub struct FlatLine {
    resolution: f64,
    begin: Option<SimTime>,
    low: VecDeque<Extreme>,
    high: VecDeque<Extreme>,
}

impl FlatLine {
    /// Values whose range is below `resolution` \[SI] are the same; with zero
    /// only equal ones are.
    #[must_use]
    pub fn new(resolution: f64) -> Self {
        Self {
            // A step of exactly the resolution is one, whatever rounding makes of it.
            resolution: resolution * 0.999_999,
            begin: None,
            low: VecDeque::new(),
            high: VecDeque::new(),
        }
    }

    /// Takes the next sample in and gives for how long the value has been the same.
    pub fn take(&mut self, time: SimTime, value: f64) -> SimDuration {
        for queue in [&mut self.low, &mut self.high] {
            if let Some(last) = queue.back_mut() {
                last.after = Some(time);
            }
        }
        let entry = Extreme {
            time,
            after: None,
            value,
        };
        while self.low.back().is_some_and(|last| last.value >= value) {
            self.low.pop_back();
        }
        self.low.push_back(entry);
        while self.high.back().is_some_and(|last| last.value <= value) {
            self.high.pop_back();
        }
        self.high.push_back(entry);
        thin(&mut self.low);
        thin(&mut self.high);
        let mut begin = *self.begin.get_or_insert(time);
        while let (Some(low), Some(high)) = (self.low.front(), self.high.front())
            && !self.same(low.value, high.value)
        {
            // The older of the two extremes leaves the run, which begins after it.
            let leaving = if low.time <= high.time {
                self.low.pop_front()
            } else {
                self.high.pop_front()
            };
            begin = leaving.and_then(|one| one.after).unwrap_or(time);
            for queue in [&mut self.low, &mut self.high] {
                while queue.front().is_some_and(|one| one.time < begin) && queue.len() > 1 {
                    queue.pop_front();
                }
            }
        }
        self.begin = Some(begin);
        time - begin
    }

    fn same(&self, low: f64, high: f64) -> bool {
        let range = high - low;
        range < self.resolution || range == 0.0
    }

    /// Since when the value has been the same; `None` before the first sample.
    #[must_use]
    pub fn since(&self) -> Option<SimTime> {
        self.begin
    }
}

/// Makes the two oldest one, of the value further out and the later time.
fn thin(queue: &mut VecDeque<Extreme>) {
    if queue.len() > MOST
        && let (Some(first), Some(second)) = (queue.pop_front(), queue.front_mut())
    {
        second.value = first.value;
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
    fn a_stuck_value_is_the_same_since_it_got_stuck() {
        let mut line = FlatLine::new(0.0);
        assert_eq!(line.take(at(0), 1.0), SimDuration::ZERO);
        assert_eq!(line.take(at(1), 2.0), SimDuration::ZERO);
        for second in 2..100 {
            let run = line.take(at(second), 2.0);
            assert_eq!(run, SimDuration::from_whole_seconds(second - 1));
        }
        assert_eq!(line.since(), Some(at(1)));
        assert_eq!(line.take(at(100), 2.5), SimDuration::ZERO);
    }

    #[test]
    fn a_flicker_of_the_last_digit_is_not_the_same_value() {
        let mut line = FlatLine::new(0.1);
        for second in 0..50_i64 {
            let value = if second % 2 == 0 { 20.0 } else { 20.1 };
            assert_eq!(line.take(at(second), value), SimDuration::ZERO);
        }
    }

    #[test]
    fn a_slow_ramp_keeps_memory_bounded_and_no_run_too_long() {
        let mut line = FlatLine::new(1.0);
        for step in 0..20_000_i64 {
            // One unit every ten thousand steps.
            let run = line.take(at(step), step as f64 * 1e-4);
            assert!(line.low.len() <= MOST && line.high.len() <= MOST);
            assert!(run.as_seconds() <= 10_000.0);
        }
    }

    proptest! {
        #[test]
        fn the_run_is_the_longest_that_stays_within_the_resolution(
            values in proptest::collection::vec(0_i32..6, 1..80),
            resolution in 1_i32..5,
        ) {
            // Half a step below, so that no comparison is on the edge.
            let mut line = FlatLine::new(f64::from(resolution) - 0.5);
            for (last, value) in values.iter().enumerate() {
                let run = line.take(at(last as i64), f64::from(*value));
                let within = |first: usize| {
                    let part = &values[first..=last];
                    let (low, high) = (part.iter().min(), part.iter().max());
                    high.zip(low).is_some_and(|(high, low)| high - low < resolution)
                };
                let begin = (0..=last).find(|first| within(*first)).unwrap_or(last);
                prop_assert_eq!(run, SimDuration::from_whole_seconds((last - begin) as i64));
            }
        }
    }
}
