//! Which station held up the others, and when.
//!
//! At any time the bottleneck is the station with the longest active period
//! then: the one that has gone without a break, working, being set up or down,
//! for longest in all. Where the period of one bottleneck overlaps that of the
//! next, it is passing from one to the other.
//!
//! Roser, Nakano and Tanaka, "Shifting bottleneck detection", Proceedings of
//! the Winter Simulation Conference, 2002.

use super::FlowPlan;
use super::history::FlowHistory;
use crate::quantity::SimTime;

/// A stretch of time with one bottleneck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Begin.
    pub from: SimTime,
    /// End.
    pub to: SimTime,
    /// Index of the station among the parts.
    pub part: usize,
    /// Whether the bottleneck is passing to another station, or from one.
    pub shifting: bool,
}

/// One active period of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    from: SimTime,
    to: SimTime,
    part: usize,
}

/// Most active periods that are looked at; where there are more, a shorter time
/// has to be shown.
const MOST_PERIODS: usize = 40_000;

/// The bottleneck from `from` to `to`; nothing where too much happened to say.
#[must_use]
pub fn bottlenecks(
    plan: &FlowPlan,
    history: &FlowHistory,
    from: SimTime,
    to: SimTime,
) -> Vec<Stretch> {
    let mut periods = Vec::new();
    for (part, _) in plan.stations() {
        for track in history.tracks(part) {
            let mut open: Option<Period> = None;
            for (begin, end, state) in track.between(from, to) {
                match (&mut open, state.is_active()) {
                    (Some(period), true) if period.to == begin => period.to = end,
                    (_, true) => {
                        periods.extend(open.replace(Period {
                            from: begin,
                            to: end,
                            part,
                        }));
                    }
                    (_, false) => periods.extend(open.take()),
                }
            }
            periods.extend(open);
            if periods.len() > MOST_PERIODS {
                return Vec::new();
            }
        }
    }
    stretches(periods, from, to)
}

/// Paints time with the longest period over each instant.
fn stretches(mut periods: Vec<Period>, from: SimTime, to: SimTime) -> Vec<Stretch> {
    periods.sort_by_key(|one| (one.from, one.part));
    // Where a period begins or ends the longest may become another.
    let mut instants: Vec<SimTime> = periods
        .iter()
        .flat_map(|one| [one.from, one.to])
        .chain([from, to])
        .map(|time| time.clamp(from, to))
        .collect();
    instants.sort_unstable();
    instants.dedup();
    let mut heap: std::collections::BinaryHeap<(
        crate::quantity::SimDuration,
        std::cmp::Reverse<usize>,
    )> = std::collections::BinaryHeap::new();
    let mut next = 0;
    let mut leading: Vec<(SimTime, SimTime, usize)> = Vec::new();
    for pair in instants.windows(2) {
        while periods.get(next).is_some_and(|one| one.from <= pair[0]) {
            let length = periods[next].to - periods[next].from;
            heap.push((length, std::cmp::Reverse(next)));
            next += 1;
        }
        while heap
            .peek()
            .is_some_and(|(_, one)| periods[one.0].to <= pair[0])
        {
            heap.pop();
        }
        let Some((_, longest)) = heap.peek() else {
            continue;
        };
        match leading.last_mut() {
            Some(last) if last.2 == longest.0 && last.1 == pair[0] => last.1 = pair[1],
            _ => leading.push((pair[0], pair[1], longest.0)),
        }
    }
    let mut found: Vec<Stretch> = Vec::new();
    for (position, (begin, end, of)) in leading.iter().enumerate() {
        let part = periods[*of].part;
        // The next bottleneck was active before it took over, and the one before
        // may still be: over both overlaps the bottleneck is passing.
        let before = position.checked_sub(1).map(|one| leading[one]);
        let after = leading.get(position + 1);
        let passed = before
            .filter(|one| one.1 == *begin)
            .map_or(*begin, |one| periods[one.2].to.clamp(*begin, *end));
        let passes = after
            .filter(|one| one.0 == *end)
            .map_or(*end, |one| periods[one.2].from.clamp(*begin, *end));
        let mut push = |from: SimTime, to: SimTime, shifting: bool| {
            if from < to {
                found.push(Stretch {
                    from,
                    to,
                    part,
                    shifting,
                });
            }
        };
        if passed >= passes {
            push(*begin, *end, true);
        } else {
            push(*begin, passed, true);
            push(passed, passes, false);
            push(passes, *end, true);
        }
    }
    found
}

/// The share of the time in `stretches` in which each part is the bottleneck, the
/// largest first.
#[must_use]
pub fn shares(stretches: &[Stretch], parts: usize) -> Vec<(usize, f64)> {
    let mut times = vec![0.0; parts];
    for one in stretches {
        if let Some(time) = times.get_mut(one.part) {
            *time += (one.to - one.from).as_seconds();
        }
    }
    let whole: f64 = times.iter().sum();
    let mut shares: Vec<(usize, f64)> = times
        .into_iter()
        .enumerate()
        .filter(|(_, time)| *time > 0.0)
        .map(|(part, time)| (part, time / whole))
        .collect();
    shares.sort_by(|one, other| other.1.total_cmp(&one.1));
    shares
}

#[cfg(test)]
mod tests {
    use super::super::PartForm::Machine;
    use super::super::test_support::{plan, state};
    use super::*;
    use crate::twin::UnitState::{Blocked, Down, Starved, Working};
    use crate::workbench::view::test_support::at;

    #[test]
    fn the_longest_active_period_leads_and_overlaps_are_shifting() {
        // The first is active from 0 to 60, the second from 40 to 80.
        let plan = plan(&[Machine, Machine], &[(0, 1)]);
        let mut history = FlowHistory::default();
        let told = [
            state(0, 0, Working),
            state(0, 1, Starved),
            state(30, 0, Down),
            state(40, 1, Working),
            state(60, 0, Blocked),
            state(80, 1, Starved),
        ];
        history.take_in(&plan, &told, 0, at(100));
        let found = bottlenecks(&plan, &history, at(0), at(100));
        let expected = [(0, 40, 0, false), (40, 60, 0, true), (60, 80, 1, false)];
        let found_plain: Vec<_> = found
            .iter()
            .map(|one| {
                let second = |time: SimTime| time.as_seconds() as i64;
                (second(one.from), second(one.to), one.part, one.shifting)
            })
            .collect();
        assert_eq!(found_plain, expected);
        let shares = shares(&found, 2);
        assert_eq!(shares[0], (0, 0.75));
        assert_eq!(shares[1], (1, 0.25));
    }

    #[test]
    fn who_only_waits_is_no_bottleneck() {
        let plan = plan(&[Machine, Machine], &[(0, 1)]);
        let mut history = FlowHistory::default();
        let told = [state(0, 0, Blocked), state(0, 1, Starved)];
        history.take_in(&plan, &told, 0, at(50));
        assert!(bottlenecks(&plan, &history, at(0), at(50)).is_empty());
    }
}
