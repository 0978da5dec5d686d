//! The instant at which items and agents are shown.
//!
//! A running twin goes on in steps, and what happened within a step is known only
//! after it. So what moves is shown a step behind the twin's now while that runs,
//! and goes on evenly in between.

use crate::quantity::{SimDuration, SimTime};

/// How fast the distance to now is brought to one step, per step of distance.
const PULL: f64 = 0.25;

/// Steps that it is behind at most.
const FARTHEST: f64 = 2.5;

/// Shortest wall time that counts as a step, so that a fast twin does not make it
/// hurry and wait in turns [s].
const SHORTEST: f64 = 0.1;

/// The instant at which items and agents are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Playhead {
    shown: Option<SimTime>,
}

impl Playhead {
    /// The instant after `elapsed` seconds of watching. `pace` is how much of the
    /// twin's time goes by in a second while the cursor rides on now; `None` where it
    /// stands, or is elsewhere.
    pub fn follow(
        &mut self,
        cursor: SimTime,
        pace: Option<f64>,
        elapsed: f64,
        step: SimDuration,
    ) -> SimTime {
        let (Some(pace), Some(shown)) = (pace.filter(|pace| pace.is_finite()), self.shown) else {
            self.shown = Some(cursor);
            return cursor;
        };
        let step = step.as_seconds().max(pace * SHORTEST);
        let behind = (cursor - shown).as_seconds();
        if !(0.0..=FARTHEST * step * 2.0).contains(&behind) {
            // Now is elsewhere: what is between is not shown.
            self.shown = Some(cursor);
            return cursor;
        }
        let hurry = 1.0 + PULL * (behind - step) / step;
        let gone = pace * elapsed.max(0.0) * hurry.max(0.0);
        let behind = (behind - gone).clamp(0.0, FARTHEST * step);
        let behind = SimDuration::from_seconds(behind).unwrap_or(SimDuration::ZERO);
        let shown = cursor - behind;
        self.shown = Some(shown);
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::view::test_support::at;

    const STEP: SimDuration = SimDuration::from_whole_seconds(30);

    #[test]
    fn what_moves_goes_on_evenly_while_now_goes_on_in_steps() {
        let mut playhead = Playhead::default();
        let mut before = playhead.follow(at(0), Some(100.0), 0.0, STEP);
        let mut moved = Vec::new();
        for frame in 1..=600_i64 {
            // Sixty frames a second at a hundredfold speed: now is 30 s farther every
            // 18th frame.
            let now = at(frame / 18 * 30);
            let shown = playhead.follow(now, Some(100.0), 1.0 / 60.0, STEP);
            assert!(shown >= before && shown <= now);
            moved.push((shown - before).as_seconds());
            before = shown;
        }
        let settled = &moved[200..];
        let (least, most) = settled.iter().fold((f64::MAX, 0.0f64), |(low, high), one| {
            (low.min(*one), high.max(*one))
        });
        assert!(
            least > 0.7 && most < 2.6,
            "from {least} to {most} s a frame, 1.67 wanted"
        );
    }

    #[test]
    fn where_time_stands_or_jumps_what_moves_is_there_at_once() {
        let mut playhead = Playhead::default();
        playhead.follow(at(600), Some(100.0), 0.0, STEP);
        assert_eq!(playhead.follow(at(610), None, 0.1, STEP), at(610));
        assert_eq!(
            playhead.follow(at(9_000), Some(100.0), 0.1, STEP),
            at(9_000)
        );
        assert_eq!(playhead.follow(at(30), Some(100.0), 0.1, STEP), at(30));
    }
}
