//! When a continuous quantity crosses a level.

use serde::{Deserialize, Serialize};

use crate::model::Step;
use crate::quantity::{SimDuration, SimTime};

/// A switch that follows a continuous quantity: on once it has risen to `upper`,
/// off once it has fallen to `lower`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Level at which it goes off; at most `upper`.
    pub lower: f64,
    /// Level at which it goes on.
    pub upper: f64,
}

/// A switch that changed inside a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// When.
    pub time: SimTime,
    /// Whether it is on from then.
    pub on: bool,
}

impl Threshold {
    /// The change of a switch that was `on`, over a step in which the quantity
    /// went from `before` to `after`.
    ///
    /// The quantity is taken to go straight from one to the other. Where it is
    /// smooth the located time is off by no more than an eighth of its curvature
    /// over its slope times the square of the step.
    #[must_use]
    pub fn crossing(&self, on: bool, before: f64, after: f64, step: Step) -> Option<Crossing> {
        let (level, reached, was_reached) = if on {
            (self.lower, after <= self.lower, before <= self.lower)
        } else {
            (self.upper, after >= self.upper, before >= self.upper)
        };
        if !reached {
            return None;
        }
        // Past the level from the start: the quantity was set from outside, or
        // the level was moved.
        let share = if was_reached {
            0.0
        } else {
            ((level - before) / (after - before)).clamp(0.0, 1.0)
        };
        let nanoseconds = (share * step.length.nanoseconds() as f64).round() as i64;
        Some(Crossing {
            time: step.from + SimDuration::from_nanoseconds(nanoseconds),
            on: !on,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Step = Step {
        from: SimTime::from_nanoseconds(1_000),
        length: SimDuration::from_nanoseconds(100),
    };

    #[test]
    fn a_crossing_is_located_inside_the_step() {
        let threshold = Threshold {
            lower: 10.0,
            upper: 20.0,
        };
        let up = threshold.crossing(false, 18.0, 22.0, STEP).expect("rises");
        assert_eq!((up.time.nanoseconds(), up.on), (1_050, true));
        let down = threshold.crossing(true, 14.0, 4.0, STEP).expect("falls");
        assert_eq!((down.time.nanoseconds(), down.on), (1_040, false));
    }

    #[test]
    fn between_the_levels_a_switch_stays_as_it_is() {
        let threshold = Threshold {
            lower: 10.0,
            upper: 20.0,
        };
        assert_eq!(threshold.crossing(true, 25.0, 11.0, STEP), None);
        assert_eq!(threshold.crossing(false, 5.0, 19.0, STEP), None);
    }

    #[test]
    fn a_quantity_that_is_past_the_level_switches_at_the_start() {
        let threshold = Threshold {
            lower: 10.0,
            upper: 20.0,
        };
        let up = threshold.crossing(false, 30.0, 31.0, STEP).expect("on");
        assert_eq!(up.time, STEP.from);
    }

    #[test]
    fn a_decaying_temperature_is_located_within_the_stated_error() {
        // x = exp(−t), level 0.5 at ln 2; curvature over slope is 1 here.
        let threshold = Threshold {
            lower: 0.5,
            upper: 2.0,
        };
        for length in [0.2, 0.1, 0.05_f64] {
            let from = (2.0_f64.ln() / length).floor() * length;
            let step = Step {
                from: SimTime::from_seconds(from).expect("a time"),
                length: SimDuration::from_seconds(length).expect("a length"),
            };
            let found = threshold
                .crossing(true, (-from).exp(), (-from - length).exp(), step)
                .expect("falls through the level");
            let error = (found.time.as_seconds() - 2.0_f64.ln()).abs();
            // The slope changes by a tenth over the step.
            assert!(error <= 1.2 * length * length / 8.0, "{error} at {length}");
        }
    }
}
