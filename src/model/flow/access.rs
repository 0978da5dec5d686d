//! What is read from a run and set in it from outside.

use std::sync::Arc;

use super::item::{Item, ItemIndex};
use super::journal::note_state;
use super::network::{Network, Part};
use super::run::{FlowRun, Seed};
use super::state::Stage;
use super::statistics::{
    Activity, LittlesLaw, Observations, StationTally, TimeWeighted, Utilisation,
};
use super::stream_ahead::StreamAhead;
use crate::quantity::{Purpose, SimTime, Stream};

impl FlowRun {
    /// The network that runs.
    #[must_use]
    pub const fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The time that the state belongs to.
    #[must_use]
    pub const fn time(&self) -> SimTime {
        SimTime::from_nanoseconds(self.now)
    }

    /// Events handled so far.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.handled
    }

    /// Items that are in the flow now.
    #[must_use]
    pub fn population(&self) -> usize {
        self.items.len()
    }

    /// Items in a part now.
    #[must_use]
    pub fn content(&self, part: Part) -> usize {
        match part {
            Part::Source(index) => usize::from(self.sources[index as usize].held.is_some()),
            Part::Buffer(index) => self.buffers[index as usize].store.len(),
            Part::Station(index) => {
                let servers = self.stations[index as usize].servers.iter();
                servers.map(|server| server.items.len()).sum()
            }
            Part::Conveyor(index) => self.conveyors[index as usize].items.len(),
            Part::Transport(index) => self.transports[index as usize].len(),
            Part::Service(index) => self.services[index as usize].outside(),
            Part::Router(_) | Part::Sink(_) => 0,
        }
    }

    /// Items that have left a part; those that a source made, less those lost.
    #[must_use]
    pub fn passed(&self, part: Part) -> u64 {
        match part {
            Part::Source(index) => {
                let source = &self.sources[index as usize];
                source.made - source.lost - u64::from(source.held.is_some())
            }
            Part::Buffer(index) => self.buffers[index as usize].passed,
            Part::Station(index) => self.stations[index as usize].finished,
            Part::Router(index) => self.routers[index as usize].passed,
            Part::Conveyor(index) => self.conveyors[index as usize].passed,
            Part::Sink(index) => self.sinks[index as usize].count,
            Part::Transport(index) => self.transports[index as usize].passed,
            Part::Service(index) => self.services[index as usize].passed(),
        }
    }

    /// Items that a source made and that found no place.
    #[must_use]
    pub fn lost(&self, source: u32) -> u64 {
        self.sources[source as usize].lost
    }

    /// Items that came to a sink after they were due.
    #[must_use]
    pub fn late(&self, sink: u32) -> u64 {
        self.sinks[sink as usize].late
    }

    /// Items that an inspection found bad.
    #[must_use]
    pub fn bad(&self, station: u32) -> u64 {
        self.stations[station as usize].bad
    }

    /// How often the servers of a station failed.
    #[must_use]
    pub fn failures(&self, station: u32) -> u64 {
        self.stations[station as usize].failures
    }

    /// Units of a pool in use now, and on average since counting began.
    #[must_use]
    pub fn pool_use(&self, pool: u32) -> (f64, f64) {
        let state = &self.pools[pool as usize];
        (f64::from(state.busy), state.use_of.mean(self.now))
    }

    /// Share of the time since counting began in which the item at the end of a
    /// conveyor could not leave.
    #[must_use]
    pub fn blocked_share(&self, conveyor: u32) -> f64 {
        let state = &self.conveyors[conveyor as usize];
        let since = state
            .blocked_since
            .map(|since| since.max(self.counted_from));
        let blocked = state.blocked + since.map_or(0, |since| self.now - since);
        let elapsed = self.now - self.counted_from;
        if elapsed > 0 {
            blocked as f64 / elapsed as f64
        } else {
            0.0
        }
    }

    /// Requests that wait for units of a pool.
    #[must_use]
    pub fn pool_line(&self, pool: u32) -> usize {
        self.pools[pool as usize].line.len()
    }

    /// Time that items which left a part stayed in it, s; for a sink, from being
    /// made to leaving.
    #[must_use]
    pub fn stay(&self, part: Part) -> Observations {
        match part {
            Part::Buffer(index) => self.buffers[index as usize].stay,
            Part::Station(index) => self.stations[index as usize].stay,
            Part::Conveyor(index) => self.conveyors[index as usize].stay,
            Part::Sink(index) => self.sinks[index as usize].stay,
            Part::Transport(index) => self.transports[index as usize].stay,
            Part::Source(_) | Part::Router(_) | Part::Service(_) => Observations::default(),
        }
    }

    /// Items in a part on average since counting began.
    #[must_use]
    pub fn mean_content(&self, part: Part) -> f64 {
        match part {
            Part::Buffer(index) => self.buffers[index as usize].content.mean(self.now),
            Part::Station(index) => self.stations[index as usize].content.mean(self.now),
            Part::Conveyor(index) => self.conveyors[index as usize].content.mean(self.now),
            Part::Transport(index) => self.transports[index as usize].content.mean(self.now),
            Part::Source(_) | Part::Router(_) | Part::Sink(_) | Part::Service(_) => 0.0,
        }
    }

    /// How the servers of a station have spent their time since counting began,
    /// up to now.
    #[must_use]
    pub fn tally(&self, station: u32) -> StationTally {
        let state = &self.stations[station as usize];
        let mut tally = state.tally.clone();
        for server in &state.servers {
            tally.spend(server.activity, self.now - server.since);
            if !server.activity.is_active() && self.now > server.active_until {
                tally.end_active_period(server.active_until - server.active_since);
            }
        }
        tally
    }

    /// Shares of the activities of a station since counting began.
    #[must_use]
    pub fn utilisation(&self, station: u32) -> Utilisation {
        self.tally(station).utilisation()
    }

    /// What a server of a station does now.
    #[must_use]
    pub fn activity(&self, station: u32, server: u16) -> Activity {
        let definition = &self.network.stations[station as usize];
        self.stations[station as usize].activity(definition, server)
    }

    /// The items that are in a buffer or a station, in no particular order.
    pub fn items(&self, part: Part) -> impl Iterator<Item = &Item> {
        let inside = self.indices(part).into_iter();
        inside.map(|item| self.items.get(item))
    }

    /// Where the items of a part are kept, in no particular order.
    pub(super) fn indices(&self, part: Part) -> Vec<ItemIndex> {
        match part {
            Part::Buffer(index) => self.buffers[index as usize].store.indices(),
            Part::Station(index) => {
                let servers = self.stations[index as usize].servers.iter();
                servers
                    .flat_map(|server| server.items.iter().copied())
                    .collect()
            }
            Part::Conveyor(index) => {
                let items = self.conveyors[index as usize].items.iter();
                items.map(|(item, _)| *item).collect()
            }
            Part::Source(index) => self.sources[index as usize].held.into_iter().collect(),
            Part::Transport(index) => self.items_of_transport(index),
            Part::Service(index) => self.items_of_service(index),
            Part::Router(_) | Part::Sink(_) => Vec::new(),
        }
    }

    /// Time since counting began, s.
    #[must_use]
    pub fn counted_time(&self) -> f64 {
        (self.now - self.counted_from) as f64 * 1e-9
    }

    /// The averages of the whole flow that Little's law joins, since counting
    /// began.
    #[must_use]
    pub fn littles_law(&self) -> LittlesLaw {
        let elapsed = self.counted_time();
        LittlesLaw {
            content: self.population.mean(self.now),
            rate: if elapsed > 0.0 {
                self.stay.count() as f64 / elapsed
            } else {
                0.0
            },
            stay: self.stay.mean(),
        }
    }

    /// Switches the counting of contents, stays and activities off for the most
    /// speed, before the first event. Counts of items go on.
    pub fn without_statistics(&mut self) {
        self.counting = false;
    }

    /// Forgets what was counted before now: the end of a warm-up.
    pub fn restart_statistics(&mut self) {
        let now = self.now;
        self.counted_from = now;
        self.population.restart(now);
        self.stay = Observations::default();
        for source in &mut self.sources {
            source.lost = 0;
        }
        let restart = |content: &mut TimeWeighted, stay: &mut Observations, passed: &mut u64| {
            content.restart(now);
            *stay = Observations::default();
            *passed = 0;
        };
        for buffer in &mut self.buffers {
            restart(&mut buffer.content, &mut buffer.stay, &mut buffer.passed);
        }
        for conveyor in &mut self.conveyors {
            restart(
                &mut conveyor.content,
                &mut conveyor.stay,
                &mut conveyor.passed,
            );
            conveyor.blocked = 0;
        }
        for router in &mut self.routers {
            router.passed = 0;
        }
        for station in &mut self.stations {
            restart(
                &mut station.content,
                &mut station.stay,
                &mut station.finished,
            );
            station.bad = 0;
            station.failures = 0;
            station.tally = StationTally::default();
            for server in &mut station.servers {
                server.since = now;
                server.active_since = now;
                server.active_until = now;
            }
        }
        for sink in &mut self.sinks {
            // Whether it takes anything, and who waits, is no count.
            *sink = super::state::SinkState {
                shut: sink.shut,
                waiters: std::mem::take(&mut sink.waiters),
                ..super::state::SinkState::default()
            };
        }
        for pool in &mut self.pools {
            pool.use_of.restart(now);
            pool.walking.restart(now);
        }
        self.restart_agent_statistics();
        for service in &mut self.services {
            service.restart(now);
        }
        for dependency in &mut self.dependencies {
            dependency.restart();
        }
    }

    /// What the random numbers are derived from.
    #[must_use]
    pub const fn seed(&self) -> Seed {
        self.seed
    }

    /// Draws from streams of another seed from here on. What was drawn before, such
    /// as the end of the work that is going on, stands.
    pub fn reseed(&mut self, seed: Seed) {
        self.seed = seed;
        let network = Arc::clone(&self.network);
        let stream =
            |part, purpose| Stream::new(seed.run, seed.member, &network.name(part), purpose);
        for (index, source) in (0..).zip(&mut self.sources) {
            let stream = stream(Part::Source(index), Purpose::Arrival);
            source.stream = StreamAhead::new(stream);
        }
        for (index, transport) in (0..).zip(&mut self.transports) {
            transport.reseed(stream(Part::Transport(index), Purpose::Handling));
        }
        for (index, service) in (0..).zip(&mut self.services) {
            let stream = |purpose| stream(Part::Service(index), purpose);
            service.reseed(stream(Purpose::Service), stream(Purpose::RequestFailure));
        }
        for (index, dependency) in (0..).zip(&mut self.dependencies) {
            let name = network.dependency_name(index);
            let stream = |purpose| Stream::new(seed.run, seed.member, &name, purpose);
            dependency.reseed(stream(Purpose::Retry), stream(Purpose::CallFailure));
        }
        for (index, router) in (0..).zip(&mut self.routers) {
            router.stream = stream(Part::Router(index), Purpose::Routing);
        }
        for (index, station) in (0..).zip(&mut self.stations) {
            let stream = |purpose| stream(Part::Station(index), purpose);
            station.service = StreamAhead::new(stream(Purpose::Service));
            *station.rare = super::state::RareStreams {
                set_up: stream(Purpose::SetUp),
                failure: stream(Purpose::Failure),
                repair: stream(Purpose::Repair),
                inspection: stream(Purpose::Inspection),
            };
        }
    }

    /// Changes the numbers of the network: capacities, servers, units, times. What
    /// is on its way stays; times already drawn stand; conveyors carry what is on them at
    /// their speed from now on; what is over a lowered capacity leaves in its turn. The
    /// parts and how they are joined must be the same.
    pub fn set_network(&mut self, network: Arc<Network>) {
        for (index, station) in (0_u32..).zip(&network.stations) {
            let before = self.network.stations[index as usize].servers;
            let state = &mut self.stations[index as usize];
            state
                .idle
                .retain(|server| u32::from(*server) < station.servers);
            for number in before as u16..station.servers as u16 {
                if let Some(server) = state.servers.get(number as usize) {
                    // It was taken out of service, and comes back.
                    if server.stage == Stage::Idle && !server.down {
                        state.idle.push(number);
                    }
                } else {
                    let server = super::state::Server {
                        since: self.now,
                        ..super::state::Server::default()
                    };
                    state.servers.push(server);
                    state.idle.push(number);
                    let activity = Activity::default();
                    note_state(&mut self.journal, self.now, index, number, activity);
                }
            }
        }
        let before = std::mem::replace(&mut self.network, Arc::clone(&network));
        let hours = network.calendars.iter().zip(&before.calendars);
        let changed = (0_u32..).zip(hours).filter(|(_, (now, then))| now != then);
        for calendar in changed.map(|(calendar, _)| calendar).collect::<Vec<_>>() {
            self.go_by_calendar(&network, calendar);
        }
        for (index, station) in (0_u32..).zip(&network.stations) {
            let had = &before.stations[index as usize];
            let first = if had.failure.is_none() {
                0
            } else {
                had.servers
            };
            for server in first as u16..station.servers as u16 {
                self.draw_failure(&network, index, server);
            }
            self.begin_if_complete(&network, index);
        }
        for pool in 0..network.pools.len() as u32 {
            self.serve_line(&network, pool);
        }
        self.change_belts(&before, &network);
        self.change_fleets(&before, &network);
        self.add_walkers(&network);
        self.fill_slots(&network);
        self.roomy.extend(network.parts());
        self.ask_waiters(&network);
    }

    /// Multiplies the rate of arrivals of a source; zero stops them. What is left
    /// of the present interval is stretched or shortened.
    pub fn set_rate(&mut self, source: u32, rate: f64) {
        let state = &mut self.sources[source as usize];
        let before = std::mem::replace(&mut state.rate, rate);
        if before.to_bits() == rate.to_bits() {
            return;
        }
        let timed = matches!(
            self.network.sources[source as usize].arrivals,
            super::network::Arrivals::Intervals(_)
        );
        if !timed {
            return;
        }
        match state.next.take() {
            Some(next) if rate > 0.0 && before > 0.0 => {
                let left = (next.time().nanoseconds() - self.now) as f64 * before / rate;
                let time = SimTime::from_nanoseconds(self.now.saturating_add(left.round() as i64));
                let event = super::state::Event::Arrival(source);
                self.sources[source as usize].next = self.agenda.reschedule(next, time, event);
            }
            Some(next) => {
                self.agenda.cancel(next);
            }
            None if before <= 0.0 && state.held.is_none() => {
                let network = Arc::clone(&self.network);
                self.schedule_arrival(&network, source);
            }
            None => {}
        }
    }

    /// Sets the speed of set-up and work of a station, relative to its own.
    pub fn set_speed(&mut self, station: u32, speed: f64) {
        if self.stations[station as usize].speed.to_bits() != speed.to_bits() && speed > 0.0 {
            let network = Arc::clone(&self.network);
            self.pause_or_resume(&network, station, |state| state.speed = speed);
        }
    }

    /// Breaks a station, or mends it. It stands still and counts as down meanwhile;
    /// what it has and how much of it is done stays.
    pub fn set_broken(&mut self, station: u32, broken: bool) {
        if self.stations[station as usize].broken != broken {
            let network = Arc::clone(&self.network);
            self.pause_or_resume(&network, station, |state| state.broken = broken);
            self.ask_waiters(&network);
        }
    }

    /// Shuts a sink, so that it takes nothing, or opens it.
    pub fn set_shut(&mut self, sink: u32, shut: bool) {
        let state = &mut self.sinks[sink as usize];
        if std::mem::replace(&mut state.shut, shut) && !shut {
            let network = Arc::clone(&self.network);
            self.roomy.push_back(Part::Sink(sink));
            self.ask_waiters(&network);
        }
    }

    /// Takes units of a pool away, or brings them back. One in use is gone when it
    /// is given back.
    pub fn set_absent(&mut self, pool: u32, absent: u32) {
        let state = &mut self.pools[pool as usize];
        if std::mem::replace(&mut state.absent, absent) > absent {
            let network = Arc::clone(&self.network);
            self.serve_line(&network, pool);
            self.ask_waiters(&network);
        }
    }

    /// Holds a station from outside, or lets it go on.
    pub fn set_held(&mut self, station: u32, held: bool) {
        if self.stations[station as usize].held != held {
            let network = Arc::clone(&self.network);
            self.pause_or_resume(&network, station, |state| state.held = held);
            self.ask_waiters(&network);
        }
    }
}
