//! Stations: from a set of items through set-up and work to what comes out, and
//! what interrupts it.

use super::item::ItemIndex;
use super::journal::note_state;
use super::network::{Blocking, FailureClock, Network, Outlet, Part, Station, Yield};
use super::run::FlowRun;
use super::state::{Event, Request, Server, Stage, StationState};
use super::statistics::Activity;
use crate::quantity::unit_interval;

impl StationState {
    /// Whether no new set is begun.
    pub(super) const fn suspended(&self) -> bool {
        self.off || self.held || self.broken
    }

    /// Whether what was begun stands still.
    #[inline]
    fn paused(&self, station: &Station) -> bool {
        self.held
            || self.broken
            || (self.off && station.hours.is_some_and(|hours| hours.interrupts))
    }

    #[inline]
    pub(super) fn activity(&self, station: &Station, number: u16) -> Activity {
        let server = &self.servers[number as usize];
        if server.down || self.broken {
            return Activity::Down;
        }
        match server.stage {
            Stage::Idle | Stage::Gathering if self.suspended() => Activity::Off,
            Stage::Idle | Stage::Gathering => Activity::Starved,
            // What it cannot hand on after its hours holds nobody up.
            Stage::AwaitingRoom | Stage::Leaving if self.off => Activity::Off,
            Stage::AwaitingRoom | Stage::Leaving => Activity::Blocked,
            Stage::AwaitingOperators => Activity::AwaitingOperator,
            Stage::SettingUp | Stage::Working if self.paused(station) => Activity::Off,
            Stage::SettingUp => Activity::SettingUp,
            Stage::Working => Activity::Working,
        }
    }
}

/// Whether a set is a single item.
fn takes_single_items(station: &Station) -> bool {
    matches!(station.needs.as_slice(), [1])
}

impl FlowRun {
    /// Whether a station could take an item at one of its inlets.
    #[inline]
    pub(super) fn station_has_room(&self, index: u32) -> bool {
        let state = &self.stations[index as usize];
        if state.suspended() {
            return false;
        }
        match state.gathering {
            Some(server) => !state.servers[server as usize].down,
            None => state.idle.len() > state.promised as usize,
        }
    }

    pub(super) fn station_takes(&self, network: &Network, index: u32, inlet: u16) -> bool {
        let needs = &network.stations[index as usize].needs;
        let state = &self.stations[index as usize];
        self.station_has_room(index)
            && (state.gathering.is_none() || state.gathered[inlet as usize] < needs[inlet as usize])
    }

    #[inline]
    pub(super) fn accept_station(
        &mut self,
        network: &Network,
        index: u32,
        inlet: u16,
        item: ItemIndex,
    ) -> bool {
        let station = &network.stations[index as usize];
        if !self.station_has_room(index) {
            return false;
        }
        let now = self.now;
        let state = &mut self.stations[index as usize];
        if takes_single_items(station) {
            let Some(server) = state.idle.pop() else {
                return false;
            };
            state.servers[server as usize].items.push(item);
            self.items.get_mut(item).entered = now;
            if self.counting {
                state.content.add(now, 1.0);
            }
            self.note_move(item, Some(Part::Station(index)));
            self.begin(network, index, server);
            return true;
        }
        let place = inlet as usize;
        if state.gathered[place] >= station.needs[place] {
            return false;
        }
        let server = match state.gathering {
            Some(server) => server,
            None => {
                let Some(server) = state.idle.pop() else {
                    return false;
                };
                state.gathering = Some(server);
                state.servers[server as usize].stage = Stage::Gathering;
                server
            }
        };
        let items = &mut state.servers[server as usize].items;
        if inlet == 0 {
            // The items of the first inlet stand first: what is joined keeps the
            // attributes of the first of them.
            items.insert(state.gathered[0] as usize, item);
        } else {
            items.push(item);
        }
        state.gathered[place] += 1;
        self.items.get_mut(item).entered = now;
        if self.counting {
            state.content.add(now, 1.0);
        }
        self.note_move(item, Some(Part::Station(index)));
        self.begin_if_complete(network, index);
        true
    }

    /// A server has its set.
    #[inline]
    fn begin(&mut self, network: &Network, index: u32, server: u16) {
        self.stations[index as usize].servers[server as usize].stage = Stage::AwaitingRoom;
        self.go_on(network, index, server);
    }

    /// Takes a server as far as it gets without time passing, from the stage that
    /// it is in.
    #[inline]
    pub(super) fn go_on(&mut self, network: &Network, index: u32, server: u16) {
        let station = &network.stations[index as usize];
        if self.server(index, server).stage == Stage::AwaitingRoom {
            if station.blocking == Blocking::BeforeService
                && self.server(index, server).reserved.is_none()
                && !self.reserve(network, index, server)
            {
                let state = &mut self.stations[index as usize];
                if !state.blocked.contains(&server) {
                    state.blocked.push_back(server);
                }
                self.show(network, index, server);
                return;
            }
            self.server_mut(index, server).stage = Stage::AwaitingOperators;
        }
        if self.server(index, server).stage == Stage::AwaitingOperators {
            if let Some(operators) = station.operators
                && !self.server(index, server).has_operators
            {
                let request = Request {
                    station: index,
                    server,
                    count: operators.count,
                    repair: false,
                };
                if !self.request(network, operators.pool, request) {
                    self.show(network, index, server);
                    return;
                }
                self.server_mut(index, server).has_operators = true;
            }
            self.set_up_or_work(network, index, server);
        }
        self.run_timer(network, index, server);
    }

    #[inline]
    fn set_up_or_work(&mut self, network: &Network, index: u32, server: u16) {
        let station = &network.stations[index as usize];
        let state = &mut self.stations[index as usize];
        let server = &mut state.servers[server as usize];
        if let Some(times) = &station.set_up {
            let class = server.items.first().map(|item| self.items.get(*item).class);
            if server.class != class {
                server.class = class;
                server.stage = Stage::SettingUp;
                server.left = times.draw(&mut state.rare.set_up);
                return;
            }
        }
        server.stage = Stage::Working;
        server.left = state.service.draw(&station.service);
    }

    /// Starts the timer of a server that is set up or works, unless it stands.
    #[inline]
    pub(super) fn run_timer(&mut self, network: &Network, index: u32, number: u16) {
        let station = &network.stations[index as usize];
        let state = &mut self.stations[index as usize];
        let speed = state.speed;
        let paused = state.paused(station);
        let server = &mut state.servers[number as usize];
        if !server.down && !paused && matches!(server.stage, Stage::SettingUp | Stage::Working) {
            let fails_first = server.stage == Stage::Working
                && server.to_failure < server.left
                && matches!(&station.failure, Some(failure) if failure.clock == FailureClock::Operating);
            let ahead = if fails_first {
                server.to_failure
            } else {
                server.left
            };
            server.started = self.now;
            let event = if fails_first {
                Event::Failure {
                    station: index,
                    server: number,
                }
            } else {
                Event::Finish {
                    station: index,
                    server: number,
                }
            };
            let handle = self.schedule(slowed(ahead, speed), event);
            self.server_mut(index, number).timer = Some(handle);
        }
        self.show(network, index, number);
    }

    /// Stops the timer of a server; what is left of its work stays.
    fn stop_timer(&mut self, network: &Network, index: u32, number: u16) {
        let station = &network.stations[index as usize];
        let state = &mut self.stations[index as usize];
        let speed = state.speed;
        let server = &mut state.servers[number as usize];
        if let Some(timer) = server.timer.take() {
            let elapsed = self.now - server.started;
            let done = if (speed - 1.0).abs() > 0.0 {
                (elapsed as f64 * speed).round() as i64
            } else {
                elapsed
            };
            if server.stage == Stage::Working && counts_operation(station) {
                server.to_failure = (server.to_failure - done).max(0);
            }
            server.left = (server.left - done).max(0);
            self.agenda.cancel(timer);
        }
    }

    /// The set-up or the work of a server ends.
    #[inline]
    pub(super) fn finish_timer(&mut self, network: &Network, index: u32, number: u16) {
        let station = &network.stations[index as usize];
        let server = self.server_mut(index, number);
        server.timer = None;
        if server.stage == Stage::SettingUp {
            let state = &mut self.stations[index as usize];
            let server = &mut state.servers[number as usize];
            server.stage = Stage::Working;
            server.left = state.service.draw(&station.service);
            self.run_timer(network, index, number);
            return;
        }
        if counts_operation(station) {
            server.to_failure -= server.left;
        }
        server.left = 0;
        server.stage = Stage::Leaving;
        server.outlet = 0;
        self.make_output(network, index, number);
        if let Some(operators) = station.operators
            && std::mem::take(&mut self.server_mut(index, number).has_operators)
        {
            let request = Request {
                station: index,
                server: number,
                count: operators.count,
                repair: false,
            };
            self.give_back(network, operators.pool, request);
        }
        self.leave(network, index, number, true);
    }

    /// Turns the set that was worked on into what comes out of it.
    #[inline]
    fn make_output(&mut self, network: &Network, index: u32, number: u16) {
        let station = &network.stations[index as usize];
        if station.output == Yield::Same
            && station.inspection.is_none()
            && takes_single_items(station)
        {
            return;
        }
        let mut items = std::mem::take(&mut self.server_mut(index, number).items);
        let before = items.len();
        match station.output {
            Yield::Same => {}
            Yield::Joined => {
                for item in items.drain(1..) {
                    self.let_go(item);
                }
            }
            Yield::Pieces(pieces) => {
                for place in 0..before {
                    for _ in 1..pieces {
                        let piece = *self.items.get(items[place]);
                        let piece = self.items.add(piece);
                        self.note_move(piece, Some(Part::Station(index)));
                        items.push(piece);
                        if self.counting {
                            self.population.add(self.now, 1.0);
                        }
                    }
                }
            }
        }
        let state = &mut self.stations[index as usize];
        if self.counting {
            let change = items.len() as f64 - before as f64;
            state.content.add(self.now, change);
        }
        if let Some(inspection) = station.inspection {
            // One verdict for the set.
            if unit_interval(&mut state.rare.inspection) < inspection.defective {
                state.bad += items.len() as u64;
                let spent =
                    (items.iter()).any(|item| self.items.get(*item).reworks >= inspection.reworks);
                for item in &items {
                    self.items.get_mut(*item).reworks += u16::from(!spent);
                }
                self.server_mut(index, number).outlet = if spent { 2 } else { 1 };
            }
        }
        items.reverse();
        self.server_mut(index, number).items = items;
    }

    /// Hands on what a server has finished, as far as it is taken. With nothing left it
    /// is free; `last` tells that nothing else is done after that before parts that have
    /// room are asked, so that it may take its next item at once.
    #[inline]
    pub(super) fn leave(&mut self, network: &Network, index: u32, number: u16, last: bool) {
        if self.hand_on(network, index, number) && !(last && self.take_next(network, index, number))
        {
            self.become_free(network, index, number);
        }
    }

    /// Hands on what a server has finished, as far as it is taken. Whether nothing is
    /// left.
    #[inline]
    fn hand_on(&mut self, network: &Network, index: u32, number: u16) -> bool {
        let station = &network.stations[index as usize];
        loop {
            let state = &mut self.stations[index as usize];
            let server = &mut state.servers[number as usize];
            let Some(&item) = server.items.last() else {
                return true;
            };
            let outlet = match server.reserved.take() {
                Some(kept) => {
                    self.release(kept);
                    kept
                }
                None => station.outlets[server.outlet as usize],
            };
            let entered = self.items.get(item).entered;
            if !self.deliver(network, Part::Station(index), outlet, item) {
                let state = &mut self.stations[index as usize];
                if !state.blocked.contains(&number) {
                    state.blocked.push_back(number);
                }
                self.show(network, index, number);
                return false;
            }
            let now = self.now;
            let state = &mut self.stations[index as usize];
            state.servers[number as usize].items.pop();
            state.finished += 1;
            if self.counting {
                state.content.add(now, -1.0);
                state.stay.add((now - entered) as f64 * 1e-9);
            }
        }
    }

    /// A server is without items, and can take some.
    #[inline]
    fn become_free(&mut self, network: &Network, index: u32, number: u16) {
        let station = &network.stations[index as usize];
        let state = &mut self.stations[index as usize];
        state.servers[number as usize].stage = Stage::Idle;
        // One that was taken out of service while it worked takes no more.
        if u32::from(number) < station.servers {
            state.idle.push(number);
        }
        if !state.waiters.is_empty() {
            self.roomy.push_back(Part::Station(index));
        }
        self.show(network, index, number);
    }

    /// Lets a server that is free begin with the next item of the buffer that waits for
    /// it, if no other part is to be asked before: as [`FlowRun::ask`] does, without the
    /// way round. Whether it did.
    #[inline]
    fn take_next(&mut self, network: &Network, index: u32, number: u16) -> bool {
        let station = &network.stations[index as usize];
        let state = &self.stations[index as usize];
        let Some(Part::Buffer(buffer)) = state.waiters.first() else {
            return false;
        };
        let alone = self.roomy.is_empty()
            && state.idle.is_empty()
            && state.promised == 0
            && !state.suspended()
            && u32::from(number) < station.servers
            && takes_single_items(station)
            && !self.journal.is_kept();
        let outlet = network.buffers[buffer as usize].outlet;
        if !alone || outlet.part != Part::Station(index) {
            return false;
        }
        let Some(item) = self.buffers[buffer as usize].store.first() else {
            return false;
        };
        let now = self.now;
        let entered = std::mem::replace(&mut self.items.get_mut(item).entered, now);
        let state = &mut self.stations[index as usize];
        let server = &mut state.servers[number as usize];
        server.items.push(item);
        server.stage = Stage::AwaitingRoom;
        if self.counting {
            state.content.add(now, 1.0);
        }
        self.count_out_of_buffer(buffer, entered);
        let left = &mut self.buffers[buffer as usize];
        left.waiting = left.store.len() > 0;
        self.stations[index as usize].waiters.served(left.waiting);
        if !left.waiters.is_empty() {
            self.roomy.push_back(Part::Buffer(buffer));
        }
        self.go_on(network, index, number);
        true
    }

    /// Lets the servers that wait for room try again, in order; `last` is that of
    /// [`FlowRun::leave`].
    pub(super) fn retry_station(&mut self, network: &Network, index: u32, last: bool) {
        let waiting = self.stations[index as usize].blocked.len();
        for _ in 0..waiting {
            let Some(number) = self.stations[index as usize].blocked.pop_front() else {
                break;
            };
            // A server that is down tries again once it is repaired.
            let server = self.server(index, number);
            match server.stage {
                Stage::Leaving if !server.down => {
                    self.leave(network, index, number, last && waiting == 1);
                }
                Stage::AwaitingRoom if !server.down => self.go_on(network, index, number),
                _ => {}
            }
        }
    }

    /// Keeps a place behind a station for the item that a server is to work on.
    fn reserve(&mut self, network: &Network, index: u32, number: u16) -> bool {
        let outlet = network.stations[index as usize].outlets[0];
        let Some(&item) = self.server(index, number).items.first() else {
            return false;
        };
        let from = self.items.get(item).chosen.unwrap_or(outlet);
        let Some(place) = self.place_behind(network, from, item) else {
            let from = self.items.get(item).chosen.unwrap_or(from);
            let ways = match from.part {
                Part::Router(router) => network.routers[router as usize].outlets.as_slice(),
                _ => std::slice::from_ref(&from),
            };
            for way in ways {
                self.wait_for(network, way.part, Part::Station(index));
            }
            if self.has_rings {
                self.find_ring(network, Part::Station(index));
            }
            return false;
        };
        match place.part {
            Part::Buffer(buffer) => self.buffers[buffer as usize].reserved += 1,
            Part::Conveyor(conveyor) => self.conveyors[conveyor as usize].reserved += 1,
            Part::Station(station) => self.stations[station as usize].promised += 1,
            Part::Transport(transport) => self.transports[transport as usize].reserved += 1,
            Part::Source(_) | Part::Router(_) | Part::Sink(_) | Part::Service(_) => {}
        }
        self.items.get_mut(item).chosen = None;
        self.server_mut(index, number).reserved = Some(place);
        true
    }

    /// Gives up a place that was kept, for its item to take it now.
    fn release(&mut self, place: Outlet) {
        let kept = match place.part {
            Part::Buffer(index) => &mut self.buffers[index as usize].reserved,
            Part::Conveyor(index) => &mut self.conveyors[index as usize].reserved,
            Part::Station(index) => &mut self.stations[index as usize].promised,
            Part::Transport(index) => &mut self.transports[index as usize].reserved,
            Part::Source(_) | Part::Router(_) | Part::Sink(_) | Part::Service(_) => return,
        };
        *kept = kept.saturating_sub(1);
    }

    /// A server fails.
    pub(super) fn fail(&mut self, network: &Network, index: u32, number: u16) {
        let station = &network.stations[index as usize];
        self.stop_timer(network, index, number);
        let Some(failure) = &station.failure else {
            // Failures were taken away while this one was on its way.
            self.run_timer(network, index, number);
            return;
        };
        let state = &mut self.stations[index as usize];
        state.failures += 1;
        state.servers[number as usize].down = true;
        state.idle.retain(|idle| *idle != number);
        self.show(network, index, number);
        let request = Request {
            station: index,
            server: number,
            count: 1,
            repair: true,
        };
        match failure.crew {
            Some(crew) if !self.request(network, crew, request) => {}
            _ => self.start_repair(network, index, number),
        }
    }

    pub(super) fn start_repair(&mut self, network: &Network, index: u32, number: u16) {
        if let Some(failure) = &network.stations[index as usize].failure {
            let time = failure
                .repair
                .draw(&mut self.stations[index as usize].rare.repair);
            self.schedule(
                time,
                Event::Repaired {
                    station: index,
                    server: number,
                },
            );
        }
    }

    /// A server is repaired, and goes on where it was.
    pub(super) fn repaired(&mut self, network: &Network, index: u32, number: u16) {
        let failure = network.stations[index as usize].failure.as_ref();
        if let Some(crew) = failure.and_then(|failure| failure.crew) {
            let request = Request {
                station: index,
                server: number,
                count: 1,
                repair: true,
            };
            self.give_back(network, crew, request);
        }
        let server = self.server_mut(index, number);
        server.down = false;
        let stage = server.stage;
        self.draw_failure(network, index, number);
        match stage {
            Stage::Idle if u32::from(number) >= network.stations[index as usize].servers => {}
            Stage::Idle => {
                self.stations[index as usize].idle.push(number);
                self.roomy.push_back(Part::Station(index));
            }
            Stage::Gathering => self.roomy.push_back(Part::Station(index)),
            Stage::Leaving => self.leave(network, index, number, false),
            _ => self.go_on(network, index, number),
        }
        self.show(network, index, number);
    }

    /// Draws the time to the next failure of a server, where it has failures, and
    /// puts one that counts all time on the agenda.
    pub(super) fn draw_failure(&mut self, network: &Network, index: u32, number: u16) {
        let Some(failure) = &network.stations[index as usize].failure else {
            return;
        };
        let state = &mut self.stations[index as usize];
        let time = failure.time_to_failure.draw(&mut state.rare.failure);
        let server = &mut state.servers[number as usize];
        server.to_failure = time;
        let before = server.next_failure.take();
        if failure.clock == FailureClock::Calendar {
            if let Some(before) = before {
                self.agenda.cancel(before);
            }
            let event = Event::Failure {
                station: index,
                server: number,
            };
            let handle = self.schedule(time, event);
            self.server_mut(index, number).next_failure = Some(handle);
        }
    }

    /// Lets a station that gathers begin, where it has enough since it needs less.
    pub(super) fn begin_if_complete(&mut self, network: &Network, index: u32) {
        let station = &network.stations[index as usize];
        let state = &mut self.stations[index as usize];
        let complete = (state.gathered.iter().zip(&station.needs)).all(|(has, needs)| has >= needs);
        if let Some(server) = state.gathering.filter(|_| complete) {
            state.gathered.fill(0);
            state.gathering = None;
            self.begin(network, index, server);
        }
    }

    /// A server gets the operators that it waited for.
    pub(super) fn get_operators(&mut self, network: &Network, index: u32, number: u16) {
        self.server_mut(index, number).has_operators = true;
        self.go_on(network, index, number);
    }

    /// Working hours begin or end.
    pub(super) fn set_hours(&mut self, network: &Network, calendar: u32, open: bool) {
        for (index, station) in (0_u32..).zip(&network.stations) {
            if station
                .hours
                .is_some_and(|hours| hours.calendar == calendar)
            {
                self.pause_or_resume(network, index, |state| state.off = !open);
            }
        }
    }

    /// Changes what holds a station, and lets its servers stand or go on.
    pub(super) fn pause_or_resume(
        &mut self,
        network: &Network,
        index: u32,
        change: impl FnOnce(&mut StationState),
    ) {
        let station = &network.stations[index as usize];
        for number in 0..self.stations[index as usize].servers.len() as u16 {
            self.stop_timer(network, index, number);
        }
        change(&mut self.stations[index as usize]);
        for number in 0..self.stations[index as usize].servers.len() as u16 {
            self.run_timer(network, index, number);
        }
        let state = &self.stations[index as usize];
        if !state.suspended() && !state.waiters.is_empty() && !station.outlets.is_empty() {
            self.roomy.push_back(Part::Station(index));
        }
    }

    /// Counts what a server did until now, where it does something else from now
    /// on.
    #[inline]
    pub(super) fn show(&mut self, network: &Network, index: u32, number: u16) {
        if !self.counting {
            return;
        }
        let station = &network.stations[index as usize];
        let state = &mut self.stations[index as usize];
        let activity = state.activity(station, number);
        let server = &mut state.servers[number as usize];
        let before = server.activity;
        if activity == before {
            return;
        }
        let now = self.now;
        state.tally.spend(before, now - server.since);
        if before.is_active() && !activity.is_active() {
            server.active_until = now;
        } else if !before.is_active() && activity.is_active() && now > server.active_until {
            // What begins with the next item at once has not paused.
            (state.tally).end_active_period(server.active_until - server.active_since);
            server.active_since = now;
        }
        server.since = now;
        server.activity = activity;
        note_state(&mut self.journal, now, index, number, activity);
    }

    #[inline]
    fn server(&self, index: u32, number: u16) -> &Server {
        &self.stations[index as usize].servers[number as usize]
    }

    #[inline]
    fn server_mut(&mut self, index: u32, number: u16) -> &mut Server {
        &mut self.stations[index as usize].servers[number as usize]
    }
}

fn counts_operation(station: &Station) -> bool {
    matches!(&station.failure, Some(failure) if failure.clock == FailureClock::Operating)
}

/// Time that work takes at a speed, ns.
#[inline]
fn slowed(work: i64, speed: f64) -> i64 {
    if (speed - 1.0).abs() > 0.0 {
        (work as f64 / speed).round() as i64
    } else {
        work
    }
}
