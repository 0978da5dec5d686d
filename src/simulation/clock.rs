//! The fixed-step clock: how many steps are due.

use crate::quantity::{SimDuration, SimTime};

/// Counts fixed steps towards an asked-for time.
///
/// The clock knows the time that was asked for and the time that was reached.
/// Steps in between are due, all of them: a reader too slow to keep up sees the
/// lag grow, and no step is ever skipped. Whole nanoseconds keep it exact: a
/// million steps of 0.1 s end at 100 000 s.
///
/// ```
/// use counterpart::quantity::{SimDuration, SimTime};
/// use counterpart::simulation::StepClock;
///
/// let mut clock = StepClock::new(SimTime::ZERO, SimDuration::from_whole_seconds(1)).unwrap();
/// clock.elapse(SimDuration::parse("2.5 s").unwrap());
/// assert_eq!(clock.due(), 2);
/// clock.stepped();
/// assert_eq!(clock.due(), 1);
/// assert_eq!(clock.lag(), SimDuration::parse("1.5 s").unwrap());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepClock {
    timestep: SimDuration,
    reached: SimTime,
    asked: SimTime,
}

impl StepClock {
    /// A clock that stands at `start`; `None` where the timestep is not above zero.
    #[must_use]
    pub fn new(start: SimTime, timestep: SimDuration) -> Option<Self> {
        timestep.is_positive().then_some(Self {
            timestep,
            reached: start,
            asked: start,
        })
    }

    /// Asks for the time `elapsed` after the one asked for so far. A negative
    /// duration is ignored: time does not run backwards.
    pub fn elapse(&mut self, elapsed: SimDuration) {
        if elapsed.is_positive() {
            self.asked += elapsed;
        }
    }

    /// Asks for `time`. An earlier one than asked for before is ignored.
    pub fn ask(&mut self, time: SimTime) {
        self.asked = self.asked.max(time);
    }

    /// Number of whole steps between the time reached and the time asked for.
    #[must_use]
    pub fn due(&self) -> u64 {
        self.lag()
            .whole_steps(self.timestep)
            .and_then(|steps| u64::try_from(steps).ok())
            .unwrap_or(0)
    }

    /// Notes that one step was made.
    pub fn stepped(&mut self) {
        self.reached += self.timestep;
        // A step made without being asked for, such as a single step while paused.
        self.asked = self.asked.max(self.reached);
    }

    /// Puts the clock at `time`, with nothing due: after a seek.
    pub fn reset(&mut self, time: SimTime) {
        self.reached = time;
        self.asked = time;
    }

    /// Gives up what is still due, so that a pause begins where it was asked for.
    pub fn forget_due(&mut self) {
        self.asked = self.reached;
    }

    /// The time reached by the steps made so far.
    #[must_use]
    pub const fn reached(&self) -> SimTime {
        self.reached
    }

    /// The time asked for; never before the one reached.
    #[must_use]
    pub const fn asked(&self) -> SimTime {
        self.asked
    }

    /// How far the time reached is behind the time asked for; never negative.
    #[must_use]
    pub fn lag(&self) -> SimDuration {
        self.asked - self.reached
    }

    /// Length of one step.
    #[must_use]
    pub const fn timestep(&self) -> SimDuration {
        self.timestep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(value: f64) -> SimDuration {
        SimDuration::from_seconds(value).expect("a finite number of seconds")
    }

    #[test]
    fn a_million_small_frames_miss_no_step() {
        let mut clock = StepClock::new(SimTime::ZERO, seconds(0.1)).expect("positive");
        let mut steps = 0_u64;
        // 16.666667 ms is no divisor of 100 ms: what is left over must carry on.
        let frame = SimDuration::from_nanoseconds(16_666_667);
        for _ in 0..1_000_000 {
            clock.elapse(frame);
            while clock.due() > 0 {
                clock.stepped();
                steps += 1;
            }
        }
        assert_eq!(steps, 16_666_667_000_000 / 100_000_000);
        assert!(clock.lag() < seconds(0.1));
    }

    #[test]
    fn lag_grows_while_nothing_is_stepped_and_no_step_is_dropped() {
        let mut clock = StepClock::new(SimTime::ZERO, seconds(1.0)).expect("positive");
        clock.elapse(seconds(10.0));
        clock.elapse(seconds(10.5));
        assert_eq!(clock.lag(), seconds(20.5));
        assert_eq!(clock.due(), 20);
    }

    #[test]
    fn time_does_not_run_backwards() {
        let mut clock = StepClock::new(SimTime::ZERO, seconds(1.0)).expect("positive");
        clock.elapse(seconds(5.0));
        clock.elapse(seconds(-3.0));
        clock.ask(SimTime::ZERO);
        assert_eq!(clock.due(), 5);
    }

    #[test]
    fn a_clock_without_a_timestep_does_not_exist() {
        assert_eq!(StepClock::new(SimTime::ZERO, SimDuration::ZERO), None);
        assert_eq!(StepClock::new(SimTime::ZERO, seconds(-1.0)), None);
    }

    #[test]
    fn a_single_step_while_paused_leaves_nothing_due() {
        let mut clock = StepClock::new(SimTime::ZERO, seconds(1.0)).expect("positive");
        clock.stepped();
        assert_eq!(clock.reached(), SimTime::ZERO + seconds(1.0));
        assert_eq!(clock.due(), 0);
        assert_eq!(clock.lag(), SimDuration::ZERO);
    }
}
