//! What happened in a run, for who wants to know more than counts.
//!
//! A run keeps a journal only while it is asked to. Every item that comes into a
//! part passes [`FlowRun::note_move`], every server that does something else
//! passes [`FlowRun::note_state`]; without a journal each is one look at a null
//! pointer.

use super::item::{ItemIndex, Items};
use super::network::{Network, Part};
use super::run::FlowRun;
use super::statistics::Activity;
use crate::quantity::{SimDuration, SimTime};
use crate::twin::What;

/// One entry: when, in which part, and what.
pub(super) type Entry = (SimTime, Part, What);

/// One agent that set out, or stands where it is: when, which, and what.
pub(super) type Departure = (SimTime, Crowd, What);

/// What became of an attempt at a dependency: when, at which, and what.
pub(super) type Attempt = (SimTime, u32, What);

/// What an agent is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowd {
    /// A fleet.
    Fleet(u32),
    /// A pool of operators.
    Pool(u32),
}

/// What happened since it was last read.
#[derive(Debug, Default)]
struct Journal {
    entries: Vec<Entry>,
    attempts: Vec<Attempt>,
    departures: Vec<Departure>,
    /// Up to when the ways of those who walk are among them, ns.
    told: i64,
    /// The part that each item is in.
    places: Vec<Option<Part>>,
}

/// The journal of a run, if it keeps one. A copy of a run keeps none: copies look
/// ahead, and what might happen is not what happened.
#[derive(Debug, Default)]
pub(super) struct JournalSlot(Option<Box<Journal>>);

impl Clone for JournalSlot {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl JournalSlot {
    /// Whether someone wants to know what happens.
    #[inline]
    pub(super) const fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Something became of items that are inside a transport.
    pub(super) fn note_carried(
        &mut self,
        now: i64,
        transport: u32,
        load: &[ItemIndex],
        items: &Items,
        what: impl Fn(u64) -> What,
    ) {
        if let Some(journal) = &mut self.0 {
            for item in load {
                let serial = items.get(*item).serial;
                journal.add(now, Part::Transport(transport), what(serial));
            }
        }
    }
}

impl Journal {
    fn place(&mut self, item: ItemIndex) -> &mut Option<Part> {
        let place = item as usize;
        if place >= self.places.len() {
            self.places.resize(place + 1, None);
        }
        &mut self.places[place]
    }

    fn add(&mut self, now: i64, part: Part, what: What) {
        self.entries
            .push((SimTime::from_nanoseconds(now), part, what));
    }
}

impl FlowRun {
    /// Keeps a journal from now on, or keeps none. It begins with the states of all
    /// servers, how conveyors carry and the items that are inside. States are told only
    /// where statistics are counted.
    pub fn record_happenings(&mut self, on: bool) {
        self.journal = JournalSlot(on.then(Box::default));
        if !on {
            return;
        }
        let network = std::sync::Arc::clone(&self.network);
        for (index, state) in (0..).zip(&self.stations) {
            let states: Vec<Activity> =
                (state.servers.iter().map(|server| server.activity)).collect();
            for (server, activity) in (0..).zip(states) {
                note_state(&mut self.journal, self.now, index, server, activity);
            }
        }
        for index in 0..network.conveyors.len() as u32 {
            self.note_belt(&network, index);
        }
        for part in network.parts() {
            for item in self.indices(part) {
                self.note_move(item, Some(part));
            }
        }
        self.note_loads();
        self.note_calls();
        self.note_whereabouts();
    }

    /// Hands over which agents set out since the last call, in order, and forgets it.
    pub(super) fn take_departures(&mut self) -> impl Iterator<Item = Departure> + '_ {
        self.note_walks();
        self.journal
            .0
            .iter_mut()
            .flat_map(|journal| journal.departures.drain(..))
    }

    /// Hands over what became of attempts since the last call, in order, and forgets it.
    pub(super) fn take_attempts(&mut self) -> impl Iterator<Item = Attempt> + '_ {
        let journal = self.journal.0.iter_mut();
        journal.flat_map(|journal| journal.attempts.drain(..))
    }

    /// Something became of a request in a service.
    pub(super) fn note_request(&mut self, service: u32, what: What) {
        if let Some(journal) = &mut self.journal.0 {
            journal.add(self.now, Part::Service(service), what);
        }
    }

    /// Something became of an attempt at a dependency.
    pub(super) fn note_attempt(&mut self, dependency: u32, what: What) {
        if let Some(journal) = &mut self.journal.0 {
            let time = SimTime::from_nanoseconds(self.now);
            journal.attempts.push((time, dependency, what));
        }
    }

    /// An agent sets out for a waypoint, or stands where it is.
    pub(super) fn note_departure(&mut self, crowd: Crowd, number: u32, way: (u32, u32, i64)) {
        self.note_departure_at(self.now, crowd, number, way);
    }

    /// As [`FlowRun::note_departure`], at an earlier time.
    pub(super) fn note_departure_at(
        &mut self,
        time: i64,
        crowd: Crowd,
        number: u32,
        way: (u32, u32, i64),
    ) {
        if let Some(journal) = &mut self.journal.0 {
            let what = What::Travels {
                // Pools and fleets of more are not drawn one by one.
                agent: u16::try_from(number).unwrap_or(u16::MAX),
                from: way.0,
                to: way.1,
                arrives: SimTime::from_nanoseconds(way.2),
            };
            let time = SimTime::from_nanoseconds(time);
            journal.departures.push((time, crowd, what));
        }
    }

    /// Up to when the ways of those who walk are put down, ns; `None` without a
    /// journal.
    pub(super) fn told_of_walks(&self) -> Option<i64> {
        self.journal.0.as_ref().map(|journal| journal.told)
    }

    /// The ways of those who walk are put down up to now.
    pub(super) fn walks_are_told(&mut self) {
        if let Some(journal) = &mut self.journal.0 {
            journal.told = self.now;
        }
    }

    /// Hands over what happened since the last call, in order, and forgets it.
    pub(super) fn take_happenings(&mut self) -> impl Iterator<Item = Entry> + '_ {
        self.journal
            .0
            .iter_mut()
            .flat_map(|journal| journal.entries.drain(..))
    }

    /// A conveyor carries at the speed that the network says from now on.
    pub(super) fn note_belt(&mut self, network: &Network, index: u32) {
        if let Some(journal) = &mut self.journal.0 {
            let conveyor = &network.conveyors[index as usize];
            let what = What::Carries {
                travel: SimDuration::from_nanoseconds(conveyor.travel),
                spacing: SimDuration::from_nanoseconds(conveyor.spacing),
            };
            journal.add(self.now, Part::Conveyor(index), what);
        }
    }

    /// An item comes into a part, or leaves for good.
    #[inline]
    pub(super) fn note_move(&mut self, item: ItemIndex, into: Option<Part>) {
        if self.journal.0.is_some() {
            self.write_move(item, into);
        }
    }

    #[cold]
    fn write_move(&mut self, item: ItemIndex, into: Option<Part>) {
        let Some(journal) = &mut self.journal.0 else {
            return;
        };
        let found = self.items.get(item);
        let (item_serial, class) = (found.serial, found.class);
        if let Some(before) = std::mem::replace(journal.place(item), into) {
            let left = What::Left { item: item_serial };
            journal.add(self.now, before, left);
        }
        if let Some(part) = into {
            let entered = What::Entered {
                item: item_serial,
                class,
            };
            journal.add(self.now, part, entered);
        }
    }
}

/// A server of a station does something else from `now` on.
#[inline]
pub(super) fn note_state(
    journal: &mut JournalSlot,
    now: i64,
    station: u32,
    server: u16,
    state: Activity,
) {
    if let Some(journal) = &mut journal.0 {
        let what = What::State { server, state };
        journal.add(now, Part::Station(station), what);
    }
}
