//! How long things took: times of work, of set-ups, to failures and of repairs,
//! read off a log.

use std::collections::BTreeMap;

use super::EventLog;
use crate::quantity::SimTime;
use crate::twin::{RequestStep, UnitState, What};

/// What a time to failure counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountedTime {
    /// Only the time that the server works.
    #[default]
    Operating,
    /// All time but that of repairs.
    Calendar,
}

/// A time that something took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// How long, s.
    pub seconds: f64,
    /// Whether it came to its end. Otherwise it took longer than that: the log ends
    /// before.
    pub is_complete: bool,
}

/// The times of one station.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    /// Work on one set of items, without what interrupted it.
    pub service: Vec<Observed>,
    /// Set-ups.
    pub set_up: Vec<Observed>,
    /// From the end of a repair to the next failure.
    pub failure: Vec<Observed>,
    /// From a failure to the end of its repair, waiting for a crew included.
    pub repair: Vec<Observed>,
    /// Whether the log tells of no states, so that the times of work are those that
    /// items stayed, waiting to leave included.
    pub from_stays: bool,
}

/// One server on its way through the log.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) state: UnitState,
    pub(super) since: SimTime,
    /// Work of the present set so far, ns; `None` where its start was not seen.
    pub(super) work: Option<i64>,
    /// Whether a set is being worked on, at work or interrupted.
    pub(super) is_open: bool,
    /// When a set was begun because one had left.
    begun_by_move: Option<SimTime>,
    /// Time of the kind that failures count since the last repair; `None` where that
    /// was not seen.
    pub(super) age: Option<i64>,
    /// Whether the beginning of the present set-up or repair was seen.
    is_seen: bool,
}

fn observed(nanoseconds: i64, is_complete: bool) -> Observed {
    Observed {
        seconds: nanoseconds as f64 * 1e-9,
        is_complete,
    }
}

impl Server {
    /// A server of which the log tells for the first time: how long it has been in
    /// this state is not known.
    const fn new(state: UnitState, since: SimTime) -> Self {
        Self {
            state,
            since,
            work: None,
            is_open: matches!(state, UnitState::Working),
            begun_by_move: None,
            age: None,
            is_seen: false,
        }
    }

    /// As [`Server::new`], taken for one that has just begun what it does.
    pub(super) const fn as_new(state: UnitState, since: SimTime) -> Self {
        Self {
            work: Some(0),
            age: Some(0),
            ..Self::new(state, since)
        }
    }

    /// Counts the time up to `now`.
    pub(super) fn spend(&mut self, now: SimTime, counted: CountedTime) {
        let length = (now - self.since).nanoseconds();
        let works = self.state == UnitState::Working;
        if let Some(work) = self.work.as_mut().filter(|_| works) {
            *work += length;
        }
        let counts = match counted {
            CountedTime::Operating => works,
            CountedTime::Calendar => self.state != UnitState::Down,
        };
        if let Some(age) = self.age.as_mut().filter(|_| counts) {
            *age += length;
        }
    }

    /// The work on a set ends at `now`.
    fn end_work(&mut self, now: SimTime, into: &mut Durations) {
        // What was begun because an item left, and had no time, was not begun at all.
        let is_nothing = self.begun_by_move == Some(now);
        if let Some(work) = self.work.take().filter(|_| self.is_open && !is_nothing) {
            into.service.push(observed(work, true));
        }
        self.is_open = false;
        self.begun_by_move = None;
    }

    pub(super) fn change(
        &mut self,
        state: UnitState,
        now: SimTime,
        counted: CountedTime,
        into: &mut Durations,
    ) {
        if state == self.state {
            return;
        }
        self.spend(now, counted);
        let length = (now - self.since).nanoseconds();
        match self.state {
            UnitState::Down => {
                if self.is_seen {
                    into.repair.push(observed(length, true));
                }
                self.age = Some(0);
            }
            // A set-up that something interrupts is left out: which part of it was
            // done nobody tells.
            UnitState::SettingUp if self.is_seen && state == UnitState::Working => {
                into.set_up.push(observed(length, true));
            }
            _ => {}
        }
        match state {
            UnitState::Working if !self.is_open => {
                self.is_open = true;
                self.work = Some(0);
            }
            // Its hours end as the last item leaves: nothing was begun.
            UnitState::Off if self.begun_by_move == Some(now) => self.end_work(now, into),
            UnitState::Working | UnitState::Off => {}
            UnitState::Down => {
                if let Some(age) = self.age.take() {
                    into.failure.push(observed(age, true));
                }
            }
            UnitState::Starved
            | UnitState::Blocked
            | UnitState::SettingUp
            | UnitState::AwaitingOperator => self.end_work(now, into),
        }
        self.state = state;
        self.since = now;
        self.is_seen = true;
    }

    /// The log ends.
    fn end(&mut self, now: SimTime, counted: CountedTime, into: &mut Durations) {
        self.spend(now, counted);
        let length = (now - self.since).nanoseconds();
        if let Some(work) = self.work.filter(|work| self.is_open && *work > 0) {
            into.service.push(observed(work, false));
        }
        if let Some(age) = self.age.filter(|age| *age > 0) {
            into.failure.push(observed(age, false));
        }
        match self.state {
            UnitState::Down if self.is_seen => into.repair.push(observed(length, false)),
            UnitState::SettingUp if self.is_seen => into.set_up.push(observed(length, false)),
            _ => {}
        }
    }
}

impl EventLog {
    /// The times of a station. Those that had begun when the log begins are left out:
    /// how long they had lasted is not known. Those that go on when it ends are told as
    /// not complete.
    #[must_use]
    pub fn durations(&self, asset: u32, counted: CountedTime) -> Durations {
        let mut durations = Durations::default();
        let mut servers: BTreeMap<u16, Server> = BTreeMap::new();
        let of_asset = || {
            let records = self.records.iter();
            records.filter(move |record| record.happening.asset == asset)
        };
        let is_single = of_asset().all(
            |record| !matches!(record.happening.what, What::State { server, .. } if server > 0),
        );
        for record in of_asset() {
            let now = record.happening.time;
            match record.happening.what {
                What::State { server, state } => match servers.get_mut(&server) {
                    Some(one) => one.change(state, now, counted, &mut durations),
                    None => {
                        servers.insert(server, Server::new(state, now));
                    }
                },
                // A log may tell of one set after the other without a state between.
                What::Left { .. } if is_single => {
                    let Some(one) = servers.get_mut(&0) else {
                        continue;
                    };
                    // What was done before its hours ended, and leaves after them.
                    if one.state == UnitState::Off {
                        one.end_work(now, &mut durations);
                    }
                    if one.state == UnitState::Working {
                        one.spend(now, counted);
                        one.since = now;
                        one.end_work(now, &mut durations);
                        one.is_open = true;
                        one.work = Some(0);
                        one.begun_by_move = Some(now);
                    }
                }
                _ => {}
            }
        }
        let end = self.span().map_or(SimTime::ZERO, |span| span.1);
        for server in servers.values_mut() {
            server.end(end, counted, &mut durations);
        }
        let requests = self.work_on_requests(asset, end);
        if !requests.is_empty() {
            durations.service = requests;
        } else if servers.is_empty() {
            durations.from_stays = true;
            durations.service = self.stays(asset);
        }
        durations
    }

    /// How long a service worked on each request: longer than up to its end, where that
    /// came before the work was done.
    fn work_on_requests(&self, asset: u32, end: SimTime) -> Vec<Observed> {
        let mut begun: BTreeMap<u64, SimTime> = BTreeMap::new();
        let mut times = Vec::new();
        for happening in self.happenings().filter(|one| one.asset == asset) {
            let (item, is_complete) = match happening.what {
                What::Request {
                    item,
                    step: RequestStep::Begun,
                } => {
                    begun.insert(item, happening.time);
                    continue;
                }
                What::Request {
                    item,
                    step: RequestStep::Worked,
                } => (item, true),
                What::Left { item } => (item, false),
                _ => continue,
            };
            if let Some(since) = begun.remove(&item) {
                let length = (happening.time - since).nanoseconds();
                times.push(observed(length, is_complete));
            }
        }
        times.extend(
            begun
                .into_values()
                .map(|since| observed((end - since).nanoseconds(), false)),
        );
        // That something took longer than no time says nothing.
        times.retain(|time: &Observed| time.is_complete || time.seconds > 0.0);
        times
    }

    /// How long items stayed in an asset.
    fn stays(&self, asset: u32) -> Vec<Observed> {
        let mut inside: BTreeMap<u64, SimTime> = BTreeMap::new();
        let mut stays = Vec::new();
        for happening in self.happenings().filter(|one| one.asset == asset) {
            match happening.what {
                What::Entered { item, .. } => {
                    inside.insert(item, happening.time);
                }
                What::Left { item } => {
                    if let Some(entered) = inside.remove(&item) {
                        let length = (happening.time - entered).nanoseconds();
                        stays.push(observed(length, true));
                    }
                }
                _ => {}
            }
        }
        stays
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::Happening;

    fn log(events: &[(i64, What)]) -> EventLog {
        let happenings: Vec<Happening> = (events.iter())
            .map(|(second, what)| Happening {
                time: SimTime::from_nanoseconds(second * 1_000_000_000),
                asset: 0,
                what: *what,
            })
            .collect();
        EventLog::from_happenings(&happenings)
    }

    fn state(state: UnitState) -> What {
        What::State { server: 0, state }
    }

    fn seconds(observed: &[Observed]) -> Vec<(f64, bool)> {
        let pairs = observed.iter().map(|one| (one.seconds, one.is_complete));
        pairs.collect()
    }

    #[test]
    fn work_is_counted_without_what_interrupts_it() {
        use UnitState::{Blocked, Down, Off, Starved, Working};
        let log = log(&[
            // Begun before the log: not known how long.
            (0, state(Working)),
            (5, state(Starved)),
            (10, state(Working)),
            (14, state(Down)),
            (20, state(Working)),
            (26, state(Blocked)),
            (30, state(Starved)),
            (30, state(Working)),
            (33, state(Off)),
            (40, state(Working)),
            (41, state(Down)),
            (49, state(Down)),
            (50, state(Working)),
            (53, state(Working)),
        ]);
        let found = log.durations(0, CountedTime::Operating);
        // 4 s before and 6 s after the failure; 3 + 1 + 3 s still going on.
        assert_eq!(seconds(&found.service), [(10.0, true), (7.0, false)]);
        assert_eq!(seconds(&found.repair), [(6.0, true), (9.0, true)]);
        // From 20 on: 6 + 3 + 1 s of work to the second failure; then 3 s.
        assert_eq!(seconds(&found.failure), [(10.0, true), (3.0, false)]);
        let found = log.durations(0, CountedTime::Calendar);
        assert_eq!(seconds(&found.failure), [(21.0, true), (3.0, false)]);
    }

    #[test]
    fn work_that_is_done_when_the_hours_end_is_whole() {
        use UnitState::{Off, Starved, Working};
        let log = log(&[
            (0, state(Starved)),
            (1, state(Working)),
            // Done at 4, and it leaves when there is room, after the hours.
            (4, state(Off)),
            (9, What::Left { item: 1 }),
            (20, state(Working)),
            // The hours end as it leaves.
            (25, What::Left { item: 2 }),
            (25, state(Off)),
            (40, state(Working)),
            (47, state(Starved)),
        ]);
        let found = log.durations(0, CountedTime::Operating);
        let whole = [(3.0, true), (5.0, true), (7.0, true)];
        assert_eq!(seconds(&found.service), whole);
    }

    #[test]
    fn sets_that_follow_without_a_state_between_are_told_apart_by_what_leaves() {
        use UnitState::{Starved, Working};
        let log = log(&[
            (0, state(Starved)),
            (1, state(Working)),
            (4, What::Left { item: 1 }),
            (9, What::Left { item: 2 }),
            (9, state(Starved)),
        ]);
        let found = log.durations(0, CountedTime::Operating);
        assert_eq!(seconds(&found.service), [(3.0, true), (5.0, true)]);
    }
}
