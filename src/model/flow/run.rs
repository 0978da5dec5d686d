//! A run of a flow: from event to event.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::agents::{Bookings, FleetState, TransportState, Vehicle};
use super::item::Items;
use super::journal::JournalSlot;
use super::network::{Arrivals, Network, Part};
use super::service::{Call, DependencyState, ServiceState};
use super::state::{
    BufferState, ConveyorState, Event, PoolState, RareStreams, RouterState, Server, SinkState,
    SourceState, Stage, StationState, Store, Waiters,
};
use super::statistics::{Activity, Observations, StationTally, TimeWeighted};
use super::stream_ahead::StreamAhead;
use crate::model::event::{BudgetExceeded, EventBudget, EventHandle, EventQueue};
use crate::quantity::{Purpose, SimTime, Stream};

/// What the random numbers of a run are derived from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    /// Seed of the run.
    pub run: u64,
    /// Member of the ensemble.
    pub member: u64,
}

/// Why a run could not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// Events call each other without time passing.
    #[error("{budget}; they go round through {}", .cycle.join(" → "))]
    Budget {
        /// What was exceeded.
        budget: BudgetExceeded,
        /// The parts that the last events went through, in order.
        cycle: Vec<String>,
    },
    /// Parts wait for each other in a ring, or everything waits for good.
    #[error("nothing can move any more at {time}: {} wait for room in each other", .cycle.join(" → "))]
    Deadlock {
        /// When.
        time: SimTime,
        /// The parts, each waiting for the next, the last for the first.
        cycle: Vec<String>,
    },
}

/// A flow on its way: the state of all parts, the agenda, and what was counted.
///
/// The same network, seed and calls give the same bits. A clone goes its own way
/// from where it was made, and so does what was saved and read back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlowRun {
    pub(super) seed: Seed,
    pub(super) network: Arc<Network>,
    pub(super) now: i64,
    pub(super) agenda: EventQueue<Event>,
    pub(super) budget: EventBudget,
    pub(super) items: Items,
    pub(super) sources: Vec<SourceState>,
    pub(super) buffers: Vec<BufferState>,
    pub(super) stations: Vec<StationState>,
    pub(super) routers: Vec<RouterState>,
    pub(super) conveyors: Vec<ConveyorState>,
    pub(super) sinks: Vec<SinkState>,
    pub(super) pools: Vec<PoolState>,
    pub(super) transports: Vec<TransportState>,
    pub(super) fleets: Vec<FleetState>,
    pub(super) vehicles: Vec<Vehicle>,
    pub(super) bookings: Bookings,
    /// How often vehicles have gone through each aisle.
    pub(super) passages: Vec<u64>,
    /// Whether each aisle is closed to vehicles.
    pub(super) closed: Vec<bool>,
    pub(super) services: Vec<ServiceState>,
    pub(super) dependencies: Vec<DependencyState>,
    /// Requests on their way, and places among them that are free.
    pub(super) calls: Vec<Call>,
    pub(super) free_calls: Vec<u32>,
    /// The next begin or end of working hours, by calendar.
    pub(super) shifts: Vec<Option<EventHandle>>,
    /// Parts that have room again, whose waiters are to be asked.
    pub(super) roomy: VecDeque<Part>,
    /// Whether anything is counted that costs time.
    pub(super) counting: bool,
    /// Whether items can come round to where they were, so that parts can wait
    /// for each other in a ring.
    pub(super) has_rings: bool,
    /// The ring of parts that wait for each other, once there is one.
    pub(super) ring: Vec<Part>,
    pub(super) counted_from: i64,
    pub(super) handled: u64,
    pub(super) population: TimeWeighted,
    pub(super) stay: Observations,
    /// What happened, while someone wants to know.
    #[serde(skip)]
    pub(super) journal: JournalSlot,
}

impl FlowRun {
    /// A run of a network that was found in order by [`check`](super::check()), at
    /// time zero, without items.
    #[must_use]
    pub fn new(network: Arc<Network>, seed: Seed) -> Self {
        Self::starting_at(network, seed, SimTime::ZERO)
    }

    /// As [`FlowRun::new`], beginning at another time: calendars and timetables
    /// are where they are then, and times of a trace that are past arrive at once.
    #[must_use]
    pub fn starting_at(network: Arc<Network>, seed: Seed, start: SimTime) -> Self {
        let names = |part| network.name(part);
        let stream = |part, purpose| Stream::new(seed.run, seed.member, &names(part), purpose);
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let sources = (0..network.sources.len()).map(|index| SourceState {
            stream: StreamAhead::new(stream(Part::Source(number(index)), Purpose::Arrival)),
            made: 0,
            lost: 0,
            held: None,
            left_of_batch: 0,
            rate: 1.0,
            next: None,
        });
        let buffers = network.buffers.iter().map(|buffer| BufferState {
            store: Store::new(buffer.discipline),
            reserved: 0,
            waiting: false,
            waiters: Waiters::default(),
            content: TimeWeighted::default(),
            stay: Observations::default(),
            passed: 0,
        });
        let stations = network.stations.iter().enumerate().map(|(index, station)| {
            let stream = |purpose| stream(Part::Station(number(index)), purpose);
            StationState {
                servers: vec![Server::default(); station.servers as usize],
                idle: (0..station.servers as u16).rev().collect(),
                gathering: None,
                gathered: vec![0; station.needs.len()],
                blocked: VecDeque::new(),
                promised: 0,
                waiters: Waiters::default(),
                off: false,
                held: false,
                broken: false,
                speed: 1.0,
                service: StreamAhead::new(stream(Purpose::Service)),
                rare: Box::new(RareStreams {
                    set_up: stream(Purpose::SetUp),
                    failure: stream(Purpose::Failure),
                    repair: stream(Purpose::Repair),
                    inspection: stream(Purpose::Inspection),
                }),
                tally: StationTally::default(),
                content: TimeWeighted::default(),
                stay: Observations::default(),
                finished: 0,
                bad: 0,
                failures: 0,
            }
        });
        let routers = (0..network.routers.len()).map(|index| RouterState {
            stream: stream(Part::Router(number(index)), Purpose::Routing),
            turn: 0,
            passed: 0,
        });
        let conveyors = network.conveyors.iter().map(|_| ConveyorState::default());
        let mut run = Self {
            seed,
            now: start.nanoseconds(),
            agenda: EventQueue::default(),
            budget: EventBudget::new(network.budget.most, network.budget.stretch),
            items: Items::default(),
            sources: sources.collect(),
            buffers: buffers.collect(),
            stations: stations.collect(),
            routers: routers.collect(),
            conveyors: conveyors.collect(),
            sinks: vec![SinkState::default(); network.sinks as usize],
            pools: vec![PoolState::default(); network.pools.len()],
            transports: (0..network.transports.len())
                .map(|index| {
                    let part = Part::Transport(number(index));
                    TransportState::new(stream(part, Purpose::Handling))
                })
                .collect(),
            fleets: vec![FleetState::default(); network.roads.fleets.len()],
            vehicles: Vec::new(),
            bookings: Bookings::new(&network.roads),
            passages: vec![0; network.roads.aisles.len()],
            closed: vec![false; network.roads.aisles.len()],
            services: (0..network.services.len())
                .map(|index| {
                    let stream = |purpose| stream(Part::Service(number(index)), purpose);
                    ServiceState::new(stream(Purpose::Service), stream(Purpose::RequestFailure))
                })
                .collect(),
            dependencies: (0..network.dependencies.len())
                .map(|index| {
                    let name = network.dependency_name(number(index));
                    let stream = |purpose| Stream::new(seed.run, seed.member, &name, purpose);
                    DependencyState::new(stream(Purpose::Retry), stream(Purpose::CallFailure))
                })
                .collect(),
            calls: Vec::new(),
            free_calls: Vec::new(),
            shifts: vec![None; network.calendars.len()],
            roomy: VecDeque::new(),
            counting: true,
            has_rings: super::check::has_rings(&network),
            ring: Vec::new(),
            counted_from: start.nanoseconds(),
            handled: 0,
            population: TimeWeighted::default(),
            stay: Observations::default(),
            journal: JournalSlot::default(),
            network: Arc::clone(&network),
        };
        run.add_vehicles(&network);
        run.add_walkers(&network);
        run.restart_statistics();
        run.put_first_events(&network);
        run
    }

    /// Puts the first events on the agenda.
    fn put_first_events(&mut self, network: &Network) {
        for calendar in 0..network.calendars.len() as u32 {
            self.go_by_calendar(network, calendar);
        }
        for (index, station) in (0_u32..).zip(&network.stations) {
            for server in 0..station.servers as u16 {
                self.draw_failure(network, index, server);
            }
        }
        for index in 0..self.sources.len() as u32 {
            self.schedule_arrival(network, index);
        }
    }

    /// Puts the beginning of the first arrival, or of the next, on the agenda.
    #[inline]
    pub(super) fn schedule_arrival(&mut self, network: &Network, index: u32) {
        let source = &network.sources[index as usize];
        let state = &mut self.sources[index as usize];
        state.next = None;
        if source.limit.is_some_and(|limit| state.made >= limit) {
            return;
        }
        let time = match &source.arrivals {
            Arrivals::Intervals(times) => {
                if state.rate <= 0.0 {
                    return;
                }
                let interval = state.stream.draw(times);
                let interval = if (state.rate - 1.0).abs() > 0.0 {
                    (interval as f64 / state.rate).round() as i64
                } else {
                    interval
                };
                self.now.saturating_add(interval)
            }
            Arrivals::At(times) => {
                let batch = u64::from(source.batch.max(1));
                let Some(&time) = times.get((state.made / batch) as usize) else {
                    return;
                };
                time.max(self.now)
            }
        };
        let handle = self.schedule_at(time, Event::Arrival(index));
        self.sources[index as usize].next = Some(handle);
    }

    #[inline]
    pub(super) fn schedule(
        &mut self,
        after: i64,
        event: Event,
    ) -> crate::model::event::EventHandle {
        self.schedule_at(self.now.saturating_add(after), event)
    }

    #[inline]
    fn schedule_at(&mut self, time: i64, event: Event) -> EventHandle {
        self.agenda
            .schedule(SimTime::from_nanoseconds(time), event.priority(), event)
    }

    /// Handles all events up to `until` and at it, in order.
    ///
    /// # Errors
    /// When events go round without time passing, or parts wait for each other
    /// in a ring. The run cannot go on from there.
    pub fn run_until(&mut self, until: SimTime) -> Result<(), FlowError> {
        self.handle_until(until)?;
        self.now = self.now.max(until.nanoseconds());
        Ok(())
    }

    /// Handles all events until none is left. Time is then that of the last.
    ///
    /// # Errors
    /// As [`FlowRun::run_until`].
    pub fn run_to_end(&mut self) -> Result<(), FlowError> {
        self.handle_until(SimTime::MAX)
    }

    fn handle_until(&mut self, until: SimTime) -> Result<(), FlowError> {
        let network = Arc::clone(&self.network);
        while let Some((time, event)) = self.agenda.next_until(until) {
            self.now = time.nanoseconds();
            self.handled += 1;
            if let Err(budget) = self.budget.count(time) {
                return Err(self.explain(&network, budget, event));
            }
            self.handle(&network, event);
            self.ask_waiters(&network);
            if !self.ring.is_empty() {
                return Err(self.deadlock(&network));
            }
        }
        Ok(())
    }

    #[inline]
    fn handle(&mut self, network: &Network, event: Event) {
        match event {
            Event::Arrival(source) => self.arrive(network, source),
            Event::Finish { station, server } => self.finish_timer(network, station, server),
            Event::Failure { station, server } => self.fail(network, station, server),
            Event::Repaired { station, server } => self.repaired(network, station, server),
            Event::AtEnd(conveyor) => self.forward_conveyor(network, conveyor),
            Event::EntryFree(conveyor) => {
                self.conveyors[conveyor as usize].entry_announced = false;
                self.roomy.push_back(Part::Conveyor(conveyor));
            }
            Event::Shift(calendar) => self.go_by_calendar(network, calendar),
            Event::Vehicle(vehicle) => self.drive(network, vehicle),
            Event::Call(call) => self.go_on_with_call(network, call),
            Event::Deadline(call) => self.give_up_call(network, call),
            Event::OperatorsThere { station, server } => {
                self.operators_there(network, station, server);
            }
            Event::CrewThere { station, server } => self.crew_there(network, station, server),
        }
    }

    /// Opens or closes the stations that go by a calendar, as it says now, and comes
    /// back when it says something else.
    pub(super) fn go_by_calendar(&mut self, network: &Network, calendar: u32) {
        let timetable = &network.calendars[calendar as usize];
        self.set_hours(network, calendar, timetable.at(self.now) >= 0.5);
        if let Some(before) = self.shifts[calendar as usize].take() {
            self.agenda.cancel(before);
        }
        let change = timetable.next_change(self.now);
        self.shifts[calendar as usize] =
            change.map(|time| self.schedule_at(time, Event::Shift(calendar)));
    }

    /// Asks those who wait for parts that have room again.
    #[inline]
    pub(super) fn ask_waiters(&mut self, network: &Network) {
        while let Some(part) = self.roomy.pop_front() {
            self.ask(network, part);
        }
    }

    /// Names the parts that events go round through.
    fn explain(&mut self, network: &Network, budget: BudgetExceeded, first: Event) -> FlowError {
        let mut seen = vec![part_of(first)];
        self.handle(network, first);
        self.ask_waiters(network);
        let end = budget.time + budget.stretch;
        for _ in 0..500 {
            let Some((time, event)) = self.agenda.next_until(end) else {
                break;
            };
            self.now = time.nanoseconds();
            seen.push(part_of(event));
            self.handle(network, event);
            self.ask_waiters(network);
        }
        // From one event of the last part to the next there lies a whole round.
        let seen: Vec<Part> = seen.into_iter().flatten().collect();
        let round = seen.split_last().map_or(&[][..], |(last, before)| {
            let start = before.iter().rposition(|part| part == last);
            &seen[start.map_or(0, |start| start + 1)..]
        });
        let mut cycle: Vec<String> = Vec::new();
        for part in round {
            let name = network.name(*part);
            if !cycle.contains(&name) {
                cycle.push(name);
            }
        }
        FlowError::Budget { budget, cycle }
    }

    fn deadlock(&self, network: &Network) -> FlowError {
        FlowError::Deadlock {
            time: SimTime::from_nanoseconds(self.now),
            cycle: self.ring.iter().map(|part| network.name(*part)).collect(),
        }
    }
}

fn part_of(event: Event) -> Option<Part> {
    match event {
        Event::Arrival(source) => Some(Part::Source(source)),
        Event::Finish { station, .. }
        | Event::Failure { station, .. }
        | Event::Repaired { station, .. }
        | Event::OperatorsThere { station, .. }
        | Event::CrewThere { station, .. } => Some(Part::Station(station)),
        Event::AtEnd(conveyor) | Event::EntryFree(conveyor) => Some(Part::Conveyor(conveyor)),
        Event::Shift(_) | Event::Vehicle(_) | Event::Call(_) | Event::Deadline(_) => None,
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            stage: Stage::Idle,
            down: false,
            activity: Activity::Starved,
            since: 0,
            active_since: 0,
            active_until: 0,
            items: Vec::new(),
            left: 0,
            started: 0,
            timer: None,
            to_failure: 0,
            next_failure: None,
            class: None,
            has_operators: false,
            queued: false,
            reserved: None,
            outlet: 0,
        }
    }
}
