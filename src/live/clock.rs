//! How wall time becomes simulation time.

use std::sync::Arc;
use std::time::Duration;

use crate::quantity::{SimDuration, SimTime};

/// Answers how far the twin should be.
///
/// A clock never drives anything: who owns it asks it, and sends the answer to
/// the worker as the time to advance to. A twin that cannot keep up falls
/// behind what the clock asks, and shows that as lag.
pub trait Clock: Send {
    /// The simulation time that the twin should have reached when `elapsed` of
    /// wall time has passed since the clock was started.
    fn asked(&self, elapsed: Duration) -> SimTime;
}

/// As fast as the machine can: headless runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeRunningClock {
    /// Where to stop.
    pub end: SimTime,
}

impl Clock for FreeRunningClock {
    fn asked(&self, _elapsed: Duration) -> SimTime {
        self.end
    }
}

/// A fixed number of simulated seconds per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PacedClock {
    /// Simulation time when the clock was started.
    pub origin: SimTime,
    /// Simulated seconds per second of wall time; zero and below stand still.
    pub speed: f64,
}

impl Clock for PacedClock {
    fn asked(&self, elapsed: Duration) -> SimTime {
        let passed = (self.speed * elapsed.as_secs_f64()).max(0.0);
        // A speed that leaves the range of time asks for the end of it.
        match SimDuration::from_seconds(passed) {
            Some(passed) => self.origin + passed,
            None if passed > 0.0 => SimTime::MAX,
            None => self.origin,
        }
    }
}

/// Moved by hand: single steps, tests, pictures of a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SteppedClock {
    /// The time asked for until the next move.
    pub at: SimTime,
}

impl SteppedClock {
    /// Asks for `duration` more. A negative one is ignored: going back is a seek.
    pub fn step(&mut self, duration: SimDuration) {
        if duration.is_positive() {
            self.at += duration;
        }
    }
}

impl Clock for SteppedClock {
    fn asked(&self, _elapsed: Duration) -> SimTime {
        self.at
    }
}

/// Follows recorded events: asks for a time only when the sample of that time
/// would have arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayedClock {
    /// Times of the events, rising.
    pub events: Arc<[SimTime]>,
    /// The pace at which recorded time passes.
    pub pace: PacedClock,
}

impl Clock for ReplayedClock {
    fn asked(&self, elapsed: Duration) -> SimTime {
        let time = self.pace.asked(elapsed);
        let arrived = self.events.partition_point(|event| *event <= time);
        match arrived.checked_sub(1) {
            Some(last) => self.events[last].max(self.pace.origin),
            None => self.pace.origin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_whole_seconds(seconds)
    }

    #[test]
    fn a_paced_clock_multiplies_wall_time() {
        let clock = PacedClock {
            origin: at(100),
            speed: 60.0,
        };
        assert_eq!(clock.asked(Duration::from_millis(500)), at(130));
    }

    #[test]
    fn a_speed_that_makes_no_sense_stands_still_or_runs_to_the_end() {
        let clock = |speed| PacedClock {
            origin: at(100),
            speed,
        };
        assert_eq!(clock(-1.0).asked(Duration::from_secs(9)), at(100));
        assert_eq!(clock(f64::NAN).asked(Duration::from_secs(9)), at(100));
        assert_eq!(
            clock(f64::INFINITY).asked(Duration::from_secs(9)),
            SimTime::MAX
        );
    }

    #[test]
    fn a_replayed_clock_waits_for_the_next_sample() {
        let clock = ReplayedClock {
            events: [at(0), at(10), at(20)].into(),
            pace: PacedClock {
                origin: at(0),
                speed: 1.0,
            },
        };
        assert_eq!(clock.asked(Duration::from_secs(9)), at(0));
        assert_eq!(clock.asked(Duration::from_secs(12)), at(10));
        assert_eq!(clock.asked(Duration::from_secs(99)), at(20));
    }

    #[test]
    fn a_stepped_clock_ignores_wall_time() {
        let mut clock = SteppedClock { at: at(0) };
        assert_eq!(clock.asked(Duration::from_secs(9)), at(0));
        clock.step(SimDuration::from_whole_seconds(2));
        clock.step(SimDuration::from_whole_seconds(-5));
        assert_eq!(clock.asked(Duration::ZERO), at(2));
    }
}
