//! Who was where, at any instant that is kept: the log of what happened to items
//! and agents, read forward from how things stood now and then.
//!
//! The state at an instant is made by applying happenings in order, whichever way
//! the instant was come to; so looking back gives what was seen before.

use std::collections::{BTreeMap, VecDeque};

use super::standing::{Belt, Standing};
use crate::quantity::SimTime;
use crate::twin::{Happening, What};

/// Most happenings kept: some days of a line, and a dozen megabytes. The older ones
/// are forgotten when there are more.
const MOST: usize = 1 << 18;

/// Happenings between two states that are kept whole.
const BETWEEN: u64 = 4_096;

/// A happening, or that some before it are lost.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Never before that of the entry before it.
    time: SimTime,
    told: Option<Happening>,
}

/// What happened, and who was where.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    belts: BTreeMap<u32, Belt>,
    log: VecDeque<Entry>,
    /// How things stood before the first entry that is kept.
    base: Standing,
    /// How things stood now and then since.
    marks: VecDeque<Standing>,
    shown: Standing,
    /// Whether happenings were lost.
    is_partial: bool,
}

impl Moves {
    /// Nothing so far, in a flow with these conveyors, by their positions in the
    /// document.
    #[must_use]
    pub fn among(belts: BTreeMap<u32, Belt>) -> Self {
        Self {
            belts,
            ..Self::default()
        }
    }

    /// Forgets everything: the past is another.
    pub fn clear(&mut self) {
        *self = Self::among(std::mem::take(&mut self.belts));
    }

    /// Says how conveyors carry before anything is told of it.
    pub fn set_belts(&mut self, belts: BTreeMap<u32, Belt>) {
        if self.belts != belts {
            self.belts = belts;
            self.marks.clear();
            self.shown.clone_from(&self.base);
        }
    }

    /// How conveyors carry before anything is told of it, by their positions in the
    /// document.
    #[must_use]
    pub fn belts(&self) -> &BTreeMap<u32, Belt> {
        &self.belts
    }

    /// Whether some items may be missing because happenings were lost.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// Takes in what happened until `now`; `dropped` happenings before these are lost.
    pub fn take_in(&mut self, happenings: &[Happening], dropped: u64, now: SimTime) {
        if dropped > 0 {
            self.is_partial = true;
            self.push(happenings.first().map_or(now, |one| one.time), None);
        }
        for happening in happenings {
            // What servers do is kept elsewhere.
            if !matches!(happening.what, What::State { .. } | What::Request { .. }) {
                self.push(happening.time, Some(*happening));
            } else if self.log.is_empty() && self.base.time.is_none() {
                self.base.time = Some(happening.time);
            }
        }
        if self.log.len() > MOST {
            self.drop_oldest(MOST / 4);
        }
    }

    fn push(&mut self, time: SimTime, told: Option<Happening>) {
        let last = self.log.back().map(|one| one.time).or(self.base.time);
        let time = last.map_or(time, |last| last.max(time));
        self.log.push_back(Entry { time, told });
    }

    fn drop_oldest(&mut self, count: usize) {
        for entry in self.log.drain(..count.min(self.log.len())) {
            self.base.apply(entry.time, entry.told, &self.belts);
        }
        let first = self.base.applied;
        self.marks.retain(|mark| mark.applied > first);
        if self.shown.applied < first {
            self.shown.clone_from(&self.base);
        }
    }

    /// Goes to `time`; `false` where it is not known who was where.
    pub fn go_to(&mut self, time: SimTime) -> bool {
        let begin = self.base.time.or(self.log.front().map(|one| one.time));
        if begin.is_none_or(|begin| time < begin) {
            return false;
        }
        if self.shown.time.is_some_and(|shown| shown > time) {
            let before = |mark: &Standing| mark.time.is_none_or(|one| one <= time);
            let mark = self.marks.iter().rev().find(|mark| before(mark));
            self.shown.clone_from(mark.unwrap_or(&self.base));
        }
        loop {
            let next = (self.shown.applied - self.base.applied) as usize;
            let Some(entry) = self.log.get(next).filter(|entry| entry.time <= time) else {
                break;
            };
            self.shown.apply(entry.time, entry.told, &self.belts);
            let last = self
                .marks
                .back()
                .map_or(self.base.applied, |one| one.applied);
            // States that are large are kept less often.
            let apart = BETWEEN.max(self.shown.items() as u64 * 2);
            if self.shown.applied >= last + apart {
                self.marks.push_back(self.shown.clone());
            }
        }
        true
    }

    /// Who was where at the instant gone to last.
    #[must_use]
    pub fn shown(&self) -> &Standing {
        &self.shown
    }

    /// Who was where at `time`; `None` where that is not known.
    pub fn at(&mut self, time: SimTime) -> Option<&Standing> {
        self.go_to(time).then_some(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::super::standing::Stage;
    use super::*;
    use crate::quantity::SimDuration;
    use crate::workbench::view::test_support::at;

    /// Asset 0 is a buffer, 1 a conveyor of ten seconds with room for five items, 2 a
    /// transport, 3 its fleet; 7 and 8 are waypoints.
    fn moves(stops: bool) -> Moves {
        let belt = Belt {
            travel: at(10).nanoseconds(),
            spacing: at(2).nanoseconds(),
            stops,
        };
        Moves::among(BTreeMap::from([(1, belt)]))
    }

    fn told(second: i64, asset: u32, what: What) -> Happening {
        Happening {
            time: at(second),
            asset,
            what,
        }
    }

    fn entered(second: i64, asset: u32, item: u64) -> Happening {
        told(second, asset, What::Entered { item, class: 0 })
    }

    fn left(second: i64, asset: u32, item: u64) -> Happening {
        told(second, asset, What::Left { item })
    }

    /// How far the items on the conveyor are.
    fn ridden(moves: &mut Moves, second: i64) -> Vec<f64> {
        let belt = moves.belts()[&1];
        let standing = moves.at(at(second)).unwrap();
        (0..standing.inside(1).len())
            .map(|position| standing.ridden(1, position, &belt, at(second)))
            .collect()
    }

    #[test]
    fn an_item_is_halfway_at_half_time_and_then_stands_at_the_end() {
        let mut moves = moves(false);
        moves.take_in(&[entered(100, 1, 1)], 0, at(100));
        assert_eq!(ridden(&mut moves, 100), [0.0]);
        assert_eq!(ridden(&mut moves, 105), [0.5]);
        assert_eq!(ridden(&mut moves, 110), [1.0]);
        assert_eq!(ridden(&mut moves, 500), [1.0]);
    }

    #[test]
    fn items_close_up_behind_one_that_is_held_and_move_on_as_it_leaves() {
        let mut moves = moves(false);
        let told = [
            entered(0, 1, 1),
            entered(4, 1, 2),
            entered(8, 1, 3),
            left(30, 1, 1),
        ];
        moves.take_in(&told, 0, at(30));
        assert_eq!(ridden(&mut moves, 8), [0.8, 0.4, 0.0]);
        // Each stands by the room of one item behind the one before it.
        let held = ridden(&mut moves, 25);
        for (found, expected) in held.iter().zip([1.0, 0.8, 0.6]) {
            assert!((found - expected).abs() < 1e-9, "{held:?}");
        }
        // No jump where the first leaves, and at the end two seconds later.
        assert!((ridden(&mut moves, 30)[0] - 0.8).abs() < 1e-9);
        assert!((ridden(&mut moves, 31)[0] - 0.9).abs() < 1e-9);
        assert!((ridden(&mut moves, 32)[0] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_belt_that_stops_keeps_the_distances_between_its_items() {
        let mut moves = moves(true);
        let told = [entered(0, 1, 1), entered(6, 1, 2), left(30, 1, 1)];
        moves.take_in(&told, 0, at(30));
        for second in [10, 20, 29] {
            assert_eq!(ridden(&mut moves, second), [1.0, 0.4]);
        }
        assert!((ridden(&mut moves, 33)[0] - 0.7).abs() < 1e-9);
        assert!((ridden(&mut moves, 36)[0] - 1.0).abs() < 1e-9);
    }

    /// The conveyor carries at so many times its speed at the beginning.
    fn carries(second: i64, times: f64) -> Happening {
        let span = |seconds: f64| SimDuration::from_seconds(seconds / times).unwrap();
        let (travel, spacing) = (span(10.0), span(2.0));
        told(second, 1, What::Carries { travel, spacing })
    }

    #[test]
    fn how_far_items_are_is_the_integral_of_the_speed() {
        for stops in [false, true] {
            let mut moves = moves(stops);
            let told = [
                entered(0, 1, 1),
                carries(3, 0.5),
                entered(5, 1, 2),
                carries(7, 2.0),
                carries(8, 0.25),
                left(13, 1, 1),
                carries(15, 1.0),
            ];
            let speed = |second: f64| match second {
                ..3.0 => 0.1,
                ..7.0 => 0.05,
                ..8.0 => 0.2,
                ..15.0 => 0.025,
                _ => 0.1,
            };
            moves.take_in(&told, 0, at(15));
            let (mut gone, mut before) = ([0.0; 2], [0.0; 2]);
            for step in 0..1_800 {
                let time = f64::from(step) / 100.0;
                let instant = SimTime::from_seconds(time).unwrap();
                let belt = moves.belts()[&1];
                let standing = moves.at(instant).unwrap();
                for (position, item) in standing.inside(1).enumerate() {
                    let item = item.item as usize - 1;
                    let found = standing.ridden(1, position, &belt, instant);
                    assert!((found - gone[item]).abs() < 1e-7, "{found} at {time}");
                    assert!(found - before[item] < 0.0021, "no jump at {time}");
                    before[item] = found;
                }
                for (item, begin) in [0.0, 5.0].into_iter().enumerate() {
                    if time > begin - 1e-9 {
                        gone[item] += speed(time + 1e-9) * 0.01;
                    }
                }
            }
            assert!(before[1] > 0.7);
        }
    }

    #[test]
    fn what_is_held_stays_where_it_is_when_the_speed_changes() {
        for stops in [false, true] {
            let mut moves = moves(stops);
            let told = [
                entered(0, 1, 1),
                entered(6, 1, 2),
                carries(20, 4.0),
                carries(25, 0.5),
                left(30, 1, 1),
            ];
            moves.take_in(&told, 0, at(30));
            let held = ridden(&mut moves, 19);
            for second in [20, 24, 25, 29] {
                for (found, expected) in ridden(&mut moves, second).iter().zip(&held) {
                    assert!((found - expected).abs() < 1e-8, "{stops} {second}");
                }
            }
            // Let go, it goes on at the speed of then, a twentieth of the way a second.
            let freed = ridden(&mut moves, 30)[0];
            assert!((freed - held[1]).abs() < 1e-8);
            assert!((ridden(&mut moves, 32)[0] - freed - 0.1).abs() < 1e-8);
        }
    }

    #[test]
    fn what_was_on_a_conveyor_when_recording_began_does_not_stand_in_one_place() {
        for stops in [false, true] {
            let mut moves = moves(stops);
            moves.take_in(&[1, 2, 3].map(|item| entered(50, 1, item)), 0, at(50));
            let found = ridden(&mut moves, 50);
            assert!(
                found.windows(2).all(|pair| pair[0] - pair[1] > 0.19),
                "{found:?}"
            );
        }
    }

    #[test]
    fn an_item_is_never_in_two_places() {
        let mut moves = moves(false);
        // Its leaving was lost, and recording began again besides.
        moves.take_in(&[entered(0, 0, 1), entered(0, 0, 2)], 0, at(0));
        moves.take_in(&[entered(5, 0, 1), entered(5, 1, 2)], 0, at(5));
        let standing = moves.at(at(5)).unwrap();
        let of = |asset: usize| {
            standing
                .inside(asset)
                .map(|one| one.item)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(0), [1]);
        assert_eq!(of(1), [2]);
        assert_eq!(standing.items(), 2);
    }

    #[test]
    fn an_agent_goes_at_an_even_speed_and_stays_where_it_arrived() {
        let mut moves = moves(false);
        let travels = |from, to, arrives| What::Travels {
            agent: 1,
            from,
            to,
            arrives: at(arrives),
        };
        let told = [
            told(0, 3, travels(7, 7, 0)),
            told(10, 3, travels(7, 8, 30)),
            told(50, 3, travels(8, 8, 50)),
        ];
        moves.take_in(&told, 0, at(50));
        let mut leg = |second| moves.at(at(second)).unwrap().agents(3)[1].unwrap();
        assert_eq!((leg(5).from, leg(5).to), (7, 7));
        for (second, share) in [(10, 0.0), (15, 0.25), (20, 0.5), (30, 1.0), (49, 1.0)] {
            assert_eq!(leg(second).share(at(second)), share);
        }
        // Told again that it stands, it still looks the way it came.
        assert_eq!((leg(60).from, leg(60).to), (7, 8));
        assert_eq!(moves.at(at(60)).unwrap().agents(3)[0], None);
    }

    #[test]
    fn an_item_goes_on_a_vehicle_and_off_it() {
        let mut moves = moves(false);
        let log = [
            entered(0, 2, 9),
            told(10, 2, What::Loaded { item: 9, agent: 1 }),
            told(20, 2, What::Unloaded { item: 9 }),
        ];
        moves.take_in(&log, 0, at(20));
        let mut stage = |second| {
            moves
                .at(at(second))
                .unwrap()
                .inside(2)
                .next()
                .unwrap()
                .stage
        };
        assert_eq!(stage(20), Stage::Brought);
        assert_eq!(stage(15), Stage::Aboard(1));
        assert_eq!(stage(9), Stage::Waiting);
    }

    /// Items that pass a buffer and the conveyor, one a second.
    fn passing(count: i64) -> Vec<Happening> {
        let mut log = Vec::new();
        for item in 0..count {
            log.push(entered(item, 0, item as u64));
            if item >= 5 {
                log.push(left(item, 0, item as u64 - 5));
                log.push(entered(item, 1, item as u64 - 5));
            }
            if item >= 30 {
                log.push(left(item, 1, item as u64 - 30));
            }
        }
        log
    }

    #[test]
    fn looking_back_shows_what_was_seen_on_the_way_there() {
        let log = passing(20_000);
        let mut moves = moves(false);
        moves.take_in(&log, 0, at(20_000));
        let seconds = [3, 40, 5_000, 9_999, 19_000];
        let forward: Vec<Standing> = seconds
            .iter()
            .map(|second| moves.at(at(*second)).unwrap().clone())
            .collect();
        assert!(!moves.marks.is_empty());
        for (second, seen) in seconds.iter().zip(&forward).rev() {
            assert_eq!(moves.at(at(*second)).unwrap(), seen);
        }
        assert_eq!(moves.at(at(-1)), None, "before anything was told");
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_kept_is_right() {
        let log = passing(200_000);
        let mut whole = moves(false);
        for part in log.chunks(50_000) {
            whole.take_in(part, 0, at(0));
        }
        assert!(whole.log.len() <= MOST);
        let standing = whole.at(at(199_999)).unwrap().clone();
        assert_eq!(standing.inside(0).len(), 5);
        assert_eq!(standing.inside(1).len(), 25);
        assert_eq!(standing.items(), 30);
        assert_eq!(whole.at(at(10)), None, "long forgotten");
        assert_eq!(whole.at(at(199_999)), Some(&standing));
    }

    #[test]
    fn a_new_run_begins_empty_and_after_a_gap_only_what_is_told_is_known() {
        let mut moves = moves(false);
        moves.take_in(&[entered(0, 0, 1)], 0, at(9));
        moves.take_in(&[entered(20, 0, 2)], 7, at(20));
        assert!(moves.is_partial());
        let mut items = |second| {
            let standing = moves.at(at(second)).unwrap();
            standing.inside(0).map(|one| one.item).collect::<Vec<_>>()
        };
        assert_eq!(items(25), [2]);
        assert_eq!(items(5), [1]);
        moves.clear();
        assert_eq!(moves.at(at(25)), None);
        assert!(!moves.is_partial());
        moves.take_in(&[entered(0, 0, 1)], 0, at(9));
        assert_eq!(moves.at(at(25)).unwrap().items(), 1);
    }
}
