//! Who was where, at any instant that is kept: the log of what happened to items
//! and agents, read forward from how things stood now and then.
//!
//! The state at an instant is made by applying happenings in order, whichever way
//! the instant was come to; so looking back gives what was seen before.

use std::collections::{BTreeMap, VecDeque};

use crate::quantity::SimTime;
use crate::twin::{Happening, What};

/// Most happenings kept: some days of a line, and a dozen megabytes. The older ones
/// are forgotten when there are more.
const MOST: usize = 1 << 18;

/// Happenings between two states that are kept whole.
const BETWEEN: u64 = 4_096;

/// Most agents of a fleet or a pool that are told apart.
const MOST_AGENTS: usize = 4_096;

/// How a conveyor carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belt {
    /// Time from its begin to its end [ns].
    pub travel: i64,
    /// Time in which it moves on by the room of one item [ns].
    pub spacing: i64,
    /// Whether it stands while the item at its end cannot leave; otherwise the others
    /// close up.
    pub stops: bool,
}

/// How far an item inside a transport is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As it came in; the only stage outside of transports.
    Waiting,
    /// On this vehicle of the fleet.
    Aboard(u16),
    /// Brought, and not handed on yet.
    Brought,
}

/// An item inside a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Its serial number.
    pub item: u64,
    /// Its class.
    pub class: u16,
    /// How far it is, in a transport.
    pub stage: Stage,
    /// When it came in; on a conveyor by the belt's own time [ns].
    entered: i64,
}

/// The last way of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Position in the document of the waypoint that it left.
    pub from: u32,
    /// Position in the document of the waypoint that it goes to, or is at.
    pub to: u32,
    left: SimTime,
    arrives: SimTime,
}

impl Leg {
    /// How much of the way is behind it at `time`, from 0 to 1: it goes at an even
    /// speed, and stays where it arrived.
    #[must_use]
    pub fn share(&self, time: SimTime) -> f64 {
        let whole = (self.arrives - self.left).nanoseconds();
        if whole <= 0 {
            return 1.0;
        }
        ((time - self.left).nanoseconds() as f64 / whole as f64).clamp(0.0, 1.0)
    }
}

/// How far a conveyor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Riding {
    /// For how long it stood so far [ns].
    stood: i64,
    /// When the item at its end left last [ns].
    left: Option<i64>,
}

/// Who is where at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// By asset the items inside, in the order in which they came.
    inside: Vec<VecDeque<Inside>>,
    /// By asset its agents.
    agents: Vec<Vec<Option<Leg>>>,
    riding: Vec<Riding>,
    /// The asset that each item is in.
    places: BTreeMap<u64, u32>,
    /// Time of the last entry that was applied, and how many there were.
    time: Option<SimTime>,
    applied: u64,
}

impl Standing {
    /// The items inside an asset, the one that came first first.
    pub fn inside(&self, asset: usize) -> impl ExactSizeIterator<Item = &Inside> + '_ {
        static NONE: VecDeque<Inside> = VecDeque::new();
        self.inside.get(asset).unwrap_or(&NONE).iter()
    }

    /// Assets that items may be inside of are those below this position.
    #[must_use]
    pub fn assets(&self) -> usize {
        self.inside.len()
    }

    /// Items inside of anything.
    #[must_use]
    pub fn items(&self) -> usize {
        self.places.len()
    }

    /// The agents of a fleet or pool, by number; `None` where nothing is known.
    #[must_use]
    pub fn agents(&self, asset: usize) -> &[Option<Leg>] {
        self.agents.get(asset).map_or(&[], Vec::as_slice)
    }

    /// How far the `position`-th item on a conveyor is at `time`, from 0 at its begin
    /// to 1 at its end.
    #[must_use]
    pub fn ridden(&self, asset: usize, position: usize, belt: &Belt, time: SimTime) -> f64 {
        let items = self.inside.get(asset);
        let Some(item) = items.and_then(|items| items.get(position)) else {
            return 0.0;
        };
        let now = time.nanoseconds();
        let riding = self.riding.get(asset).copied().unwrap_or_default();
        let gone = if belt.stops {
            let first = items.and_then(VecDeque::front).unwrap_or(item);
            // It stands as soon as the first is at its end.
            (now - riding.stood).min(first.entered + belt.travel) - item.entered
        } else {
            // Those before it stand at the end, and close up as one leaves.
            let closed_up = riding
                .left
                .map_or(belt.spacing, |left| (now - left).clamp(0, belt.spacing));
            let ahead = belt.spacing.saturating_mul(position as i64 + 1) - closed_up;
            (now - item.entered).min(belt.travel - ahead)
        };
        (gone as f64 / belt.travel.max(1) as f64).clamp(0.0, 1.0)
    }

    fn apply(&mut self, entry: &Entry, belts: &BTreeMap<u32, Belt>) {
        self.time = Some(entry.time);
        self.applied += 1;
        let Some(Happening { asset, what, .. }) = entry.told else {
            self.forget();
            return;
        };
        let now = entry.time.nanoseconds();
        match what {
            What::Entered { item, class } => self.enter(asset, item, class, now, belts.get(&asset)),
            What::Left { item } => self.leave(asset, item, now, belts.get(&asset)),
            What::Travels {
                agent,
                from,
                to,
                arrives,
            } => {
                let (place, agent) = (asset as usize, usize::from(agent));
                if agent >= MOST_AGENTS {
                    return;
                }
                if self.agents.len() <= place {
                    self.agents.resize(place + 1, Vec::new());
                }
                let agents = &mut self.agents[place];
                if agents.len() <= agent {
                    agents.resize(agent + 1, None);
                }
                let left = entry.time;
                // One that is told to stand where it is keeps looking where it looked.
                let stays =
                    agents[agent].filter(|leg| from == to && leg.to == to && leg.arrives <= left);
                agents[agent] = stays.or(Some(Leg {
                    from,
                    to,
                    left,
                    arrives,
                }));
            }
            What::Loaded { item, agent } => self.bring(asset, item, Stage::Aboard(agent)),
            What::Unloaded { item } => self.bring(asset, item, Stage::Brought),
            What::State { .. } | What::Request { .. } => {}
        }
    }

    fn forget(&mut self) {
        self.inside.iter_mut().for_each(VecDeque::clear);
        self.agents.iter_mut().for_each(Vec::clear);
        self.riding.fill(Riding::default());
        self.places.clear();
    }

    fn enter(&mut self, asset: u32, item: u64, class: u16, now: i64, belt: Option<&Belt>) {
        if let Some(before) = self.places.insert(item, asset) {
            if before == asset {
                // Told again, because recording began again.
                return;
            }
            self.take_out(before, item);
        }
        let place = asset as usize;
        if self.inside.len() <= place {
            self.inside.resize(place + 1, VecDeque::new());
        }
        let riding = self.riding.get(place).copied().unwrap_or_default();
        let mut entered = now - belt.map_or(0, |_| riding.stood);
        let items = &mut self.inside[place];
        items.push_back(Inside {
            item,
            class,
            stage: Stage::Waiting,
            entered,
        });
        // Items that were on a conveyor when recording began came one after the other.
        let Some(belt) = belt else { return };
        for ahead in items.iter_mut().rev().skip(1) {
            if ahead.entered <= entered - belt.spacing {
                break;
            }
            entered -= belt.spacing;
            ahead.entered = entered;
        }
    }

    fn leave(&mut self, asset: u32, item: u64, now: i64, belt: Option<&Belt>) {
        if self.places.get(&item) != Some(&asset) {
            return;
        }
        self.places.remove(&item);
        let removed = self.take_out(asset, item);
        let (Some(belt), Some((0, first))) = (belt, removed) else {
            return;
        };
        let place = asset as usize;
        if self.riding.len() <= place {
            self.riding.resize(place + 1, Riding::default());
        }
        let riding = &mut self.riding[place];
        riding.left = Some(now);
        if belt.stops {
            riding.stood = riding.stood.max(now - first.entered - belt.travel);
        }
    }

    /// Takes an item out of an asset; gives its position there, and itself.
    fn take_out(&mut self, asset: u32, item: u64) -> Option<(usize, Inside)> {
        let items = self.inside.get_mut(asset as usize)?;
        let position = items.iter().position(|one| one.item == item)?;
        Some((position, items.remove(position)?))
    }

    fn bring(&mut self, asset: u32, item: u64, stage: Stage) {
        let items = self.inside.get_mut(asset as usize);
        if let Some(found) = items.and_then(|all| all.iter_mut().find(|one| one.item == item)) {
            found.stage = stage;
        }
    }
}

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

    /// Has conveyors carry otherwise, all the time.
    pub fn set_belts(&mut self, belts: BTreeMap<u32, Belt>) {
        if self.belts != belts {
            self.belts = belts;
            self.marks.clear();
            self.shown.clone_from(&self.base);
        }
    }

    /// How conveyors carry, by their positions in the document.
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
            self.base.apply(&entry, &self.belts);
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
            self.shown.apply(entry, &self.belts);
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
    use super::*;
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
