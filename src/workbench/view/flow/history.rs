//! What stations did, collected from what the running twin told: the facts behind
//! the Gantt chart and the bottleneck.

use super::FlowPlan;
use crate::quantity::SimTime;
use crate::twin::{Happening, UnitState, What};

/// Most changes of state kept of a server; the older half goes when there are more.
const MOST_CHANGES: usize = 1 << 17;

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

/// Everything that is known of what happened in a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowHistory {
    /// By part, then by server; empty for what is no station.
    tracks: Vec<Vec<Track>>,
    /// From when on something is known.
    begin: Option<SimTime>,
    /// Happenings that the twin could not keep.
    dropped: u64,
}

impl FlowHistory {
    /// Forgets everything: the past is another.
    pub fn clear(&mut self) {
        *self = Self::default();
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
        self.tracks.resize(plan.parts.len(), Vec::new());
        for happening in happenings {
            self.begin.get_or_insert(happening.time);
            let What::State { server, state } = happening.what else {
                continue;
            };
            let Some(part) = plan.part_of(happening.asset as usize) else {
                continue;
            };
            if server < MOST_SERVERS {
                let server = usize::from(server);
                let tracks = &mut self.tracks[part];
                if tracks.len() <= server {
                    tracks.resize(server + 1, Track::default());
                }
                tracks[server].push(happening.time, Some(state));
            }
        }
    }

    /// After a gap nothing is known of a server before it does something else.
    fn forget_the_present(&mut self, time: SimTime) {
        for track in self.tracks.iter_mut().flatten() {
            track.push(time, None);
        }
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
}

#[cfg(test)]
mod tests {
    use super::super::PartForm::{Buffer, Machine, Sink};
    use super::super::test_support::{plan, state};
    use super::*;
    use crate::workbench::view::test_support::at;
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
        lost.take_in(&plan, &[], 3, at(40));
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
