//! The source's clock, held against the receiver's.
//!
//! What a sample took from its event time to its reception is the offset of the
//! two clocks and a delay that is never below zero. The fastest samples lie on a
//! line below all others; its height is the offset (with the least delay), its
//! slope the drift. The line is the one of Moon, Skelly and Towsley, "Estimation
//! and removal of clock skew from network delay measurements" (INFOCOM 1999):
//! of all lines below all points the one nearest to them in the mean, which is
//! the edge of the lower convex hull above which the points' mean abscissa lies.

use std::collections::{BTreeMap, VecDeque};

use crate::quantity::{SimDuration, SimTime};

/// Most points that are kept; when there are more, neighbours become one.
const MOST_POINTS: usize = 64;

/// Samples that have to agree before a clock is said to have gone back.
const AGREEING: usize = 16;

/// What a sample says of its source's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Nothing unusual.
    Steady,
    /// The sample is from further in the future than clocks may differ: the
    /// source's clock is wrong. Its event time is of no use.
    Ahead {
        /// How far it is ahead of the receiver's clock.
        by: SimDuration,
    },
    /// For a while all samples have been older by about as much: the source's
    /// clock has been set back.
    Back {
        /// By how much.
        by: SimDuration,
    },
}

/// How the source's clock stands to the receiver's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockEstimate {
    /// The receiver's clock less the source's, least delay included, at the
    /// latest event: below zero where the source's clock is ahead.
    pub offset: SimDuration,
    /// How much faster the source's clock runs, seconds per second; zero until
    /// there are two points to draw a line through.
    pub drift: f64,
    /// Length of time that the drift was estimated over.
    pub span: SimDuration,
}

/// Follows the clock of one source.
#[derive(Clone, Debug)]
pub struct ClockTracker {
    ahead: Option<SimDuration>,
    origin: Option<SimTime>,
    /// Width of what becomes one point \[ns].
    width: i64,
    /// By multiple of the width: event time since the origin and delay \[ns].
    points: BTreeMap<i64, (i64, i64)>,
    /// While there are no points: the latest event that was received at its own
    /// time, as all of a recording are.
    together: Option<SimTime>,
    recent: VecDeque<(SimTime, i64)>,
}

impl ClockTracker {
    /// Follows a clock; a sample from further in the future than `ahead` is not
    /// believed. `None` believes all, for a receiver whose clock is no clock, as
    /// when a recording is played faster than it was made.
    #[must_use]
    pub fn new(ahead: Option<SimDuration>) -> Self {
        Self {
            ahead,
            origin: None,
            width: 1_000_000_000,
            points: BTreeMap::new(),
            together: None,
            recent: VecDeque::with_capacity(AGREEING),
        }
    }

    /// Looks at one sample, in order of reception.
    pub fn take(&mut self, event: SimTime, received: SimTime) -> Reading {
        let delay = (received - event).nanoseconds();
        if let Some(ahead) = self.ahead
            && delay < -ahead.nanoseconds()
        {
            return Reading::Ahead {
                by: event - received,
            };
        }
        if event == received && self.points.is_empty() {
            // A recording: there is only one clock, until a sample says otherwise.
            self.together = Some(event);
            return Reading::Steady;
        }
        if let Some(together) = self.together.take() {
            self.origin = Some(together);
            self.points.insert(0, (0, 0));
        }
        let floor = self.points.values().map(|(_, delay)| *delay).min();
        let reading = self.gone_back(floor, received, delay);
        let origin = *self.origin.get_or_insert(event);
        let since = (event - origin).nanoseconds();
        let point = self
            .points
            .entry(since.div_euclid(self.width))
            .or_insert((since, delay));
        if delay < point.1 {
            *point = (since, delay);
        }
        while self.points.len() > MOST_POINTS {
            self.halve();
        }
        reading
    }

    fn gone_back(&mut self, floor: Option<i64>, received: SimTime, delay: i64) -> Reading {
        if self.recent.len() == AGREEING {
            self.recent.pop_front();
        }
        self.recent.push_back((received, delay));
        let threshold = self
            .ahead
            .unwrap_or(SimDuration::from_whole_seconds(300))
            .nanoseconds();
        let (Some(floor), true) = (floor, self.recent.len() == AGREEING) else {
            return Reading::Steady;
        };
        let delays = self.recent.iter().map(|(_, delay)| *delay);
        let least = delays.clone().min().unwrap_or(delay);
        let most = delays.max().unwrap_or(delay);
        let excess = least.saturating_sub(floor);
        // A batch that was held back comes all at once, and the more it is behind
        // the older it is; a clock that was set back is behind by the same for long.
        let first = self.recent.front().map_or(received, |(first, _)| *first);
        if excess > threshold && most - least < excess / 10 && received > first {
            self.recent.clear();
            Reading::Back {
                by: SimDuration::from_nanoseconds(excess),
            }
        } else {
            Reading::Steady
        }
    }

    /// Makes neighbours one point, the lower of the two.
    fn halve(&mut self) {
        self.width = self.width.saturating_mul(2);
        let mut merged: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for (since, delay) in self.points.values() {
            let point = merged
                .entry(since.div_euclid(self.width))
                .or_insert((*since, *delay));
            if *delay < point.1 {
                *point = (*since, *delay);
            }
        }
        self.points = merged;
    }

    /// The least time from event to reception that is remembered, offset of the
    /// clocks included; zero before the first sample and for a recording.
    #[must_use]
    pub fn floor(&self) -> SimDuration {
        let least = self.points.values().map(|(_, delay)| *delay).min();
        SimDuration::from_nanoseconds(least.unwrap_or(0))
    }

    /// What is known of the clock; `None` before the first sample, and for a
    /// recording that does not say when it was received.
    #[must_use]
    pub fn estimate(&self) -> Option<ClockEstimate> {
        let points: Vec<(f64, f64)> = self
            .points
            .values()
            .map(|(since, delay)| (*since as f64 * 1e-9, *delay as f64 * 1e-9))
            .collect();
        let (first, last) = (points.first()?, points.last()?);
        let (slope, height) = line_below(&points);
        Some(ClockEstimate {
            offset: SimDuration::from_seconds(height + slope * last.0)?,
            drift: 1.0 / (1.0 + slope) - 1.0,
            span: SimDuration::from_seconds(last.0 - first.0)?,
        })
    }
}

/// Slope and height at zero of the line below all points that is nearest to
/// them in the mean. The points are in order of their abscissa, at least one.
fn line_below(points: &[(f64, f64)]) -> (f64, f64) {
    let mut hull: Vec<(f64, f64)> = Vec::with_capacity(points.len());
    for point in points {
        while let [.., a, b] = hull.as_slice() {
            let turn = (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0);
            if turn <= 0.0 {
                hull.pop();
            } else {
                break;
            }
        }
        hull.push(*point);
    }
    let mean = points.iter().map(|(x, _)| x).sum::<f64>() / points.len() as f64;
    let edge = hull
        .windows(2)
        .find(|edge| edge[1].0 >= mean)
        .or_else(|| hull.windows(2).last());
    match edge {
        Some([a, b]) if b.0 > a.0 => {
            let slope = (b.1 - a.1) / (b.0 - a.0);
            (slope, a.1 - slope * a.0)
        }
        _ => (0.0, hull.first().map_or(0.0, |point| point.1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> SimTime {
        SimTime::from_seconds(seconds).expect("finite")
    }

    /// Delays between zero and half a second that follow no pattern, zero now
    /// and then.
    fn delay(step: u32) -> f64 {
        f64::from((step.wrapping_mul(2_654_435_761) >> 16) % 1000) / 2000.0
    }

    #[test]
    fn offset_and_drift_are_found_below_the_delays() {
        let mut clock = ClockTracker::new(None);
        for step in 0..20_000 {
            let true_time = f64::from(step);
            // The source is 30 s behind and gains 20 µs every second.
            let event = true_time * (1.0 + 20e-6) - 30.0;
            let reading = clock.take(at(event), at(true_time + 0.02 + delay(step)));
            assert_eq!(reading, Reading::Steady);
        }
        let estimate = clock.estimate().expect("samples were seen");
        assert!((estimate.drift - 20e-6).abs() < 2e-6, "{estimate:?}");
        let expected = 30.02 - 20_000.0 * 20e-6;
        assert!(
            (estimate.offset.as_seconds() - expected).abs() < 0.03,
            "{estimate:?}"
        );
        assert!(clock.points.len() <= MOST_POINTS);
    }

    #[test]
    fn a_first_delay_after_none_is_a_delay() {
        let mut clock = ClockTracker::new(None);
        for step in 0..100 {
            clock.take(at(f64::from(step)), at(f64::from(step)));
        }
        assert_eq!(clock.estimate(), None, "so far it may be a recording");
        clock.take(at(100.0), at(400.0));
        assert_eq!(clock.floor(), SimDuration::ZERO);
    }

    #[test]
    fn a_clock_that_jumps_a_day_ahead_is_not_believed() {
        let mut clock = ClockTracker::new(Some(SimDuration::from_whole_seconds(300)));
        assert_eq!(clock.take(at(10.0), at(10.1)), Reading::Steady);
        let day = SimDuration::from_whole_seconds(86_400);
        match clock.take(at(11.0) + day, at(11.1)) {
            Reading::Ahead { by } => assert!((by.as_seconds() - 86_399.9).abs() < 1e-6),
            other => panic!("{other:?}"),
        }
        let offset = clock.estimate().expect("one sample").offset;
        assert!((offset.as_seconds() - 0.1).abs() < 1e-6);
    }

    #[test]
    fn a_clock_that_is_set_back_is_told_from_a_batch_that_was_held_back() {
        let ahead = Some(SimDuration::from_whole_seconds(300));
        let mut clock = ClockTracker::new(ahead);
        for step in 0..100 {
            clock.take(at(f64::from(step)), at(f64::from(step) + 0.1));
        }
        let mut batch = clock.clone();
        for step in 100..1000 {
            let reading = batch.take(at(f64::from(step)), at(1500.0));
            assert_eq!(reading, Reading::Steady, "{step}");
        }
        let found = (100..120)
            .map(|step| {
                let received = f64::from(step) + 0.1;
                clock.take(at(received - 3600.0), at(received))
            })
            .position(|reading| matches!(reading, Reading::Back { .. }));
        assert_eq!(found, Some(AGREEING - 1));
    }

    #[test]
    fn a_recording_has_no_clock_of_its_own() {
        let mut clock = ClockTracker::new(None);
        for step in 0..10 {
            let time = at(f64::from(step));
            assert_eq!(clock.take(time, time), Reading::Steady);
        }
        assert_eq!(clock.estimate(), None);
    }

    #[test]
    fn the_line_touches_points_and_lies_below_all() {
        let points: Vec<_> = (0..50)
            .map(|step| (f64::from(step), 3.0 - 0.01 * f64::from(step) + delay(step)))
            .collect();
        let (slope, height) = line_below(&points);
        let above = points.iter().map(|(x, y)| y - height - slope * x);
        assert!(above.clone().all(|distance| distance > -1e-12));
        assert!(above.filter(|distance| *distance < 1e-12).count() >= 2);
        assert_eq!(line_below(&[(5.0, 2.0)]), (0.0, 2.0));
    }
}
