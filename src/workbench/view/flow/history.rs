//! What stations did and how items moved, collected from what the running twin
//! told: the facts behind the Gantt chart, the bottleneck and the moving items.

use std::collections::BTreeMap;

use super::{FlowPlan, PartForm};
use crate::quantity::SimTime;
use crate::twin::{Happening, UnitState, What};

/// Most changes of state kept of a server; the older half goes when there are more.
const MOST_CHANGES: usize = 1 << 17;

/// Most items kept that came into or left a part; the older half goes when
/// there are more.
const MOST_MOVES: usize = 1 << 15;

/// Most servers of a station that are told apart.
const MOST_SERVERS: u16 = 64;

/// What a server did over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// When it began to do something else, and what; `None` where nothing is
    /// known from then on. Times rise.
    changes: Vec<(SimTime, Option<UnitState>)>,
}

impl Track {
    /// A server that did these things from these times on.
    #[must_use]
    pub fn of(changes: &[(SimTime, UnitState)]) -> Self {
        let mut track = Self::default();
        for (time, state) in changes {
            track.push(*time, Some(*state));
        }
        track
    }

    fn push(&mut self, time: SimTime, state: Option<UnitState>) {
        // What lasts no time is not seen.
        while self.changes.last().is_some_and(|last| last.0 >= time) {
            self.changes.pop();
        }
        if self.changes.last().is_some_and(|last| last.1 == state) {
            return;
        }
        if self.changes.len() >= MOST_CHANGES {
            self.changes.drain(..MOST_CHANGES / 2);
        }
        self.changes.push((time, state));
    }

    /// What it did at `time`.
    #[must_use]
    pub fn at(&self, time: SimTime) -> Option<UnitState> {
        let position = self.changes.partition_point(|change| change.0 <= time);
        self.changes.get(position.checked_sub(1)?)?.1
    }

    /// What it did from `from` to `to`, piece by piece: begin, end, state. The
    /// first piece begins when it truly began, which may be before `from`, and
    /// what still goes on ends at `to`.
    pub fn between(
        &self,
        from: SimTime,
        to: SimTime,
    ) -> impl Iterator<Item = (SimTime, SimTime, UnitState)> + '_ {
        let first = self
            .changes
            .partition_point(|change| change.0 <= from)
            .saturating_sub(1);
        let pieces = self.changes[first.min(self.changes.len())..]
            .iter()
            .enumerate()
            .take_while(move |(_, change)| change.0 < to);
        pieces.filter_map(move |(offset, (begin, state))| {
            let next = self.changes.get(first + offset + 1);
            let end = next.map_or(to, |change| change.0).min(to);
            (end > *begin && end > from).then_some((*begin, end, (*state)?))
        })
    }

    /// Number of changes from `from` to `to`.
    #[must_use]
    pub fn count(&self, from: SimTime, to: SimTime) -> usize {
        let before = |time| self.changes.partition_point(|change| change.0 <= time);
        before(to).saturating_sub(before(from))
    }
}

/// An item that came into a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub time: SimTime,
    /// Index of the part that it came from; `None` where it was made or found there.
    pub from: Option<usize>,
    /// Its class.
    pub class: u16,
}

/// The items that came into a part and left it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moves {
    /// Those that came, in order of time.
    pub arrivals: Vec<Arrival>,
    /// When items left, in order.
    pub departures: Vec<SimTime>,
}

impl Moves {
    /// How many more are in it at `to` than at `from`, which is not later.
    #[must_use]
    pub fn growth(&self, from: SimTime, to: SimTime) -> i64 {
        let came = |time| self.arrivals.partition_point(|one| one.time <= time) as i64;
        let left = |time| self.departures.partition_point(|one| *one <= time) as i64;
        came(to) - came(from) - (left(to) - left(from))
    }

    /// The last `count` that came up to `time`, oldest first: those inside, where
    /// who comes first leaves first.
    #[must_use]
    pub fn inside(&self, time: SimTime, count: usize) -> &[Arrival] {
        let end = self.arrivals.partition_point(|one| one.time <= time);
        &self.arrivals[end.saturating_sub(count)..end]
    }

    /// When the last item left at or before `time`.
    #[must_use]
    pub fn last_departure(&self, time: SimTime) -> Option<SimTime> {
        let end = self.departures.partition_point(|one| *one <= time);
        self.departures.get(end.checked_sub(1)?).copied()
    }
}

/// An agent under way, or where it arrived last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journey {
    /// Asset of the waypoint that it left.
    pub from: u32,
    /// Asset of the waypoint that it goes to.
    pub to: u32,
    /// When it left.
    pub leaves: SimTime,
    /// When it is there.
    pub arrives: SimTime,
}

/// Everything that is known of what happened in a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowHistory {
    /// By part, then by server; empty for what is no station.
    tracks: Vec<Vec<Track>>,
    /// By part.
    moves: Vec<Moves>,
    /// By asset and number of the agent, in order of time.
    journeys: BTreeMap<(u32, u16), Vec<Journey>>,
    /// From when on something is known.
    begin: Option<SimTime>,
    /// The part and time of the last departure: the next arrival of the item is
    /// where it went.
    left: Option<(u64, usize, SimTime)>,
    /// Happenings that the twin could not keep.
    dropped: u64,
    revision: u64,
}

/// Most journeys kept of an agent.
const MOST_JOURNEYS: usize = 1 << 12;

impl FlowHistory {
    /// Forgets everything: the past is another.
    pub fn clear(&mut self) {
        *self = Self {
            revision: self.revision + 1,
            ..Self::default()
        };
    }

    /// Takes in what happened until `now`; `dropped` happenings before these are lost.
    pub fn take_in(
        &mut self,
        plan: &FlowPlan,
        happenings: &[Happening],
        dropped: u64,
        now: SimTime,
    ) {
        if dropped > 0 {
            self.dropped += dropped;
            self.forget_the_present(happenings.first().map_or(now, |one| one.time));
        }
        if happenings.is_empty() {
            return;
        }
        self.revision += 1;
        self.tracks.resize(plan.parts.len(), Vec::new());
        self.moves.resize(plan.parts.len(), Moves::default());
        for happening in happenings {
            self.begin.get_or_insert(happening.time);
            let asset = happening.asset as usize;
            let time = happening.time;
            if let What::Travels {
                agent,
                from,
                to,
                arrives,
            } = happening.what
            {
                let journeys = self.journeys.entry((happening.asset, agent)).or_default();
                if journeys.len() >= MOST_JOURNEYS {
                    journeys.drain(..MOST_JOURNEYS / 2);
                }
                journeys.push(Journey {
                    from,
                    to,
                    leaves: time,
                    arrives,
                });
                continue;
            }
            let Some(part) = plan.part_of(asset) else {
                continue;
            };
            match happening.what {
                What::State { server, state } => {
                    if server < MOST_SERVERS {
                        let server = usize::from(server);
                        let tracks = &mut self.tracks[part];
                        if tracks.len() <= server {
                            tracks.resize(server + 1, Track::default());
                        }
                        tracks[server].push(time, Some(state));
                    }
                }
                What::Left { item } => {
                    let departures = &mut self.moves[part].departures;
                    if departures.len() >= MOST_MOVES {
                        departures.drain(..MOST_MOVES / 2);
                    }
                    departures.push(time);
                    self.left = Some((item, part, time));
                }
                What::Entered { item, class } => {
                    let from = self
                        .left
                        .filter(|left| left.0 == item && left.2 == time)
                        .map(|left| left.1);
                    let arrivals = &mut self.moves[part].arrivals;
                    if arrivals.len() >= MOST_MOVES {
                        arrivals.drain(..MOST_MOVES / 2);
                    }
                    arrivals.push(Arrival { time, from, class });
                }
                What::Travels { .. } => {}
            }
        }
    }

    /// After a gap nothing is known of a server before it does something else.
    fn forget_the_present(&mut self, time: SimTime) {
        for track in self.tracks.iter_mut().flatten() {
            track.push(time, None);
        }
        self.left = None;
    }

    /// Raised whenever something was taken in.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// From when on something is known.
    #[must_use]
    pub fn begin(&self) -> Option<SimTime> {
        self.begin
    }

    /// Happenings that came too fast to be kept.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What the servers of a part did.
    #[must_use]
    pub fn tracks(&self, part: usize) -> &[Track] {
        self.tracks.get(part).map_or(&[], Vec::as_slice)
    }

    /// The items that came into a part and left it.
    #[must_use]
    pub fn moves(&self, part: usize) -> Option<&Moves> {
        self.moves.get(part)
    }

    /// What a station did at `time`: what most of its servers did, the busier of
    /// two that are as many.
    #[must_use]
    pub fn state_at(&self, part: usize, time: SimTime) -> Option<UnitState> {
        let mut counts = [0usize; UnitState::ALL.len()];
        for track in self.tracks(part) {
            if let Some(state) = track.at(time) {
                counts[state.number()] += 1;
            }
        }
        super::IN_ORDER
            .into_iter()
            .rev()
            .max_by_key(|state| counts[state.number()])
            .filter(|state| counts[state.number()] > 0)
    }

    /// The agents that have set out up to `time`: asset, number, and the journey
    /// that each is on or was on last.
    pub fn journeys_at(&self, time: SimTime) -> impl Iterator<Item = (u32, u16, Journey)> + '_ {
        self.journeys.iter().filter_map(move |(agent, journeys)| {
            let next = journeys.partition_point(|one| one.leaves <= time);
            // Before its first journey it stands where that begins.
            let journey = match next.checked_sub(1) {
                Some(last) => journeys[last],
                None => *journeys.first()?,
            };
            Some((agent.0, agent.1, journey))
        })
    }
}

/// Whether a part shows items that came into it for as long as they are on
/// their way only: a sink keeps none.
#[must_use]
pub const fn keeps_none(form: PartForm) -> bool {
    matches!(form, PartForm::Sink | PartForm::Router)
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{entered, left, plan, state};
    use super::*;
    use crate::workbench::view::test_support::at;
    use PartForm::{Buffer, Machine, Sink};
    use UnitState::{Blocked, Starved, Working};

    fn line() -> FlowPlan {
        plan(&[Buffer, Machine, Sink], &[(0, 1), (1, 2)])
    }

    #[test]
    fn a_server_is_remembered_from_change_to_change() {
        let track = Track::of(&[(at(0), Starved), (at(10), Working), (at(30), Blocked)]);
        assert_eq!(track.at(at(9)), Some(Starved));
        assert_eq!(track.at(at(10)), Some(Working));
        assert_eq!(track.at(at(-1)), None);
        let pieces: Vec<_> = track.between(at(15), at(40)).collect();
        assert_eq!(
            pieces,
            [(at(10), at(30), Working), (at(30), at(40), Blocked)]
        );
        assert_eq!(track.count(at(0), at(40)), 2);
    }

    #[test]
    fn what_lasts_no_time_leaves_no_mark() {
        let track = Track::of(&[
            (at(0), Working),
            (at(5), Blocked),
            (at(5), Starved),
            (at(5), Working),
        ]);
        assert_eq!(track.changes, [(at(0), Some(Working))]);
    }

    #[test]
    fn an_item_that_leaves_one_part_and_enters_another_has_moved_between_them() {
        let plan = line();
        let mut history = FlowHistory::default();
        let told = [
            entered(0, 0, 7),
            left(5, 0, 7),
            entered(5, 1, 7),
            state(5, 1, Working),
            left(9, 1, 7),
            entered(9, 2, 7),
            left(9, 2, 7),
        ];
        history.take_in(&plan, &told, 0, at(10));
        let machine = history.moves(1).expect("it moved");
        assert_eq!(machine.inside(at(6), 1)[0].from, Some(0));
        assert_eq!(machine.growth(at(0), at(6)), 1);
        assert_eq!(machine.growth(at(0), at(9)), 0);
        assert_eq!(machine.last_departure(at(20)), Some(at(9)));
        assert_eq!(history.moves(2).expect("a sink").arrivals[0].from, Some(1));
        assert_eq!(history.state_at(1, at(6)), Some(Working));
    }

    #[test]
    fn after_a_gap_a_state_is_unknown_until_it_changes() {
        let plan = line();
        let mut history = FlowHistory::default();
        history.take_in(&plan, &[state(0, 1, Working)], 0, at(1));
        history.take_in(&plan, &[state(50, 1, Starved)], 12, at(60));
        assert_eq!(history.dropped(), 12);
        assert_eq!(history.state_at(1, at(10)), Some(Working));
        assert_eq!(history.state_at(1, at(55)), Some(Starved));
        let mut lost = FlowHistory::default();
        lost.take_in(&plan, &[state(0, 1, Working)], 0, at(1));
        lost.take_in(&plan, &[entered(40, 0, 1)], 3, at(60));
        assert_eq!(lost.state_at(1, at(45)), None);
    }

    #[test]
    fn of_many_servers_the_state_of_most_is_that_of_the_station() {
        let plan = line();
        let mut history = FlowHistory::default();
        let told: Vec<Happening> = [Working, Starved, Starved]
            .into_iter()
            .enumerate()
            .map(|(server, one)| Happening {
                what: What::State {
                    server: server as u16,
                    state: one,
                },
                ..state(0, 1, one)
            })
            .collect();
        history.take_in(&plan, &told, 0, at(1));
        assert_eq!(history.tracks(1).len(), 3);
        assert_eq!(history.state_at(1, at(1)), Some(Starved));
    }
}
