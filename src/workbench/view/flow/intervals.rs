//! How well the active shares of stations are known from this one run.

use super::FlowPlan;
use super::history::{FlowHistory, Track};
use crate::inference::statistics::interval_of_mean;
use crate::model::flow::statistics::Utilisation;
use crate::quantity::{SimDuration, SimTime};
use crate::twin::UnitState;

/// Pieces that the time is cut into. Few, so that each is long beside what chance
/// makes in it, as means of batches want it.
const PIECES: i64 = 10;

/// Part of the time by which it has to grow before intervals are computed anew.
const GROWTH: f64 = 0.02;

/// Half widths of the 95 % intervals of active shares, from means over pieces of the
/// time so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActiveIntervals {
    /// Begin and end of the time that they are of.
    span: Option<(SimTime, SimTime)>,
    /// By part, 0 to 1.
    half_widths: Vec<Option<f64>>,
}

impl ActiveIntervals {
    /// Learns that time went on to `now`.
    pub fn follow(&mut self, plan: &FlowPlan, history: &FlowHistory, now: SimTime) {
        let Some(begin) = history.begin() else {
            *self = Self::default();
            return;
        };
        if let Some((from, to)) = self.span {
            let length = (now - begin).as_seconds();
            if from == begin && now >= to && (now - to).as_seconds() < GROWTH * length {
                return;
            }
        }
        self.span = Some((begin, now));
        self.half_widths = vec![None; plan.parts.len()];
        for (part, _) in plan.stations() {
            self.half_widths[part] = half_width(history.tracks(part), begin, now);
        }
    }

    /// Half width of the active share of a part; none where too little is known.
    #[must_use]
    pub fn half_width(&self, part: usize) -> Option<f64> {
        self.half_widths.get(part).copied().flatten()
    }
}

/// Half width of the mean of the active shares of ten pieces. Pieces without any hours
/// say nothing; more than half of them have to say something.
fn half_width(servers: &[Track], begin: SimTime, end: SimTime) -> Option<f64> {
    let length = SimDuration::from_nanoseconds((end - begin).nanoseconds() / PIECES);
    if length <= SimDuration::ZERO {
        return None;
    }
    let mut pieces = Vec::new();
    let mut from = begin;
    for _ in 0..PIECES {
        let to = from + length;
        let mut shares = [0.0; UnitState::ALL.len()];
        for server in servers {
            for (since, until, state) in server.between(from, to) {
                let stay = until.min(to) - since.max(from);
                shares[state.number()] += stay.as_seconds();
            }
        }
        let whole: f64 = shares.iter().sum();
        if whole > shares[UnitState::Off.number()] {
            let shares = shares.map(|share| share / whole);
            pieces.push(Utilisation { shares }.active_in_hours());
        }
        from = to;
    }
    let enough = pieces.len() * 2 > PIECES as usize;
    let interval = enough.then(|| interval_of_mean(&pieces, 0.95).ok())??;
    Some(interval.half_width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::view::test_support::at;

    /// A server that works for `work` seconds of every ten, then starves.
    fn server(work: impl Fn(i64) -> i64) -> Track {
        let changes: Vec<(SimTime, UnitState)> = (0..100)
            .flat_map(|number| {
                let begin = 10 * number;
                [
                    (at(begin), UnitState::Working),
                    (at(begin + work(number)), UnitState::Starved),
                ]
            })
            .collect();
        Track::of(&changes)
    }

    #[test]
    fn what_is_the_same_in_every_piece_is_known_exactly() {
        let found = half_width(&[server(|_| 5)], at(0), at(1000)).expect("enough");
        assert!(found < 1e-12, "{found}");
    }

    #[test]
    fn pieces_that_differ_give_the_interval_of_student() {
        // Nine pieces of 0.4 and 0.6 in turn and one more: s = 0.1·√(10/9), and
        // t(0.975, 9) = 2.262157.
        let found = half_width(
            &[server(|number| if number / 10 % 2 == 0 { 4 } else { 6 })],
            at(0),
            at(1000),
        )
        .expect("enough");
        let expected = 2.262_157 * 0.1 * (10.0_f64 / 9.0).sqrt() / 10.0_f64.sqrt();
        assert!((found - expected).abs() < 1e-6, "{found}");
    }

    #[test]
    fn a_station_that_was_hardly_open_says_nothing() {
        let track = Track::of(&[(at(0), UnitState::Working), (at(300), UnitState::Off)]);
        assert_eq!(half_width(&[track], at(0), at(1000)), None);
    }
}
