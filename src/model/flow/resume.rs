//! Going on from how a real line stands: items where they are, servers in what they
//! do, and what had begun ends as it may, given how long it has lasted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::agents::{AgentPlaces, Told};
use super::item::{Item, ItemIndex};
use super::network::{Arrivals, Blocking, FailureClock, Network, Part};
use super::run::FlowRun;
use super::state::{Event, Request, Stage};
use super::statistics::Activity;
use crate::quantity::SimTime;
use crate::twin::{Standing, StandingItem, StandingServer};

/// What of a standing a line cannot take: the asset, and why.
pub(super) type Obstacle = (u32, String);

impl FlowRun {
    /// Puts items, servers and agents as they stand, into a run that has just begun at
    /// that time. `parts` and `places` say which asset is what.
    ///
    /// # Errors
    /// When the line has no place for what stands in it.
    pub(super) fn resume(
        &mut self,
        standing: &Standing,
        parts: &BTreeMap<u32, Part>,
        places: &AgentPlaces,
    ) -> Result<(), Obstacle> {
        let network = std::sync::Arc::clone(&self.network);
        let mut told = self.put_agents(&network, standing, places)?;
        for (asset, part) in parts {
            if let Part::Transport(transport) = part {
                self.note_transport(&network, *transport, *asset, standing, &mut told);
            }
        }
        let mut inside: BTreeMap<u32, Vec<Inside>> = BTreeMap::new();
        for found in &standing.items {
            match parts.get(&found.asset) {
                Some(Part::Station(station)) => {
                    let item = Inside {
                        item: self.put_item(found),
                        class: found.class,
                        from: found.from.and_then(|asset| parts.get(&asset)).copied(),
                    };
                    inside.entry(*station).or_default().push(item);
                }
                Some(part) => self.put_into(&network, *part, found, &mut told)?,
                None => {}
            }
        }
        for (asset, last) in &standing.arrivals {
            if let Some(Part::Source(source)) = parts.get(asset) {
                self.expect_arrival(&network, *source, *last);
            }
        }
        let stations = parts.iter().filter_map(|(asset, part)| match part {
            Part::Station(station) => Some((*asset, *station)),
            _ => None,
        });
        for (asset, station) in stations {
            let of_asset = standing.servers.iter().filter(|one| one.asset == asset);
            let servers: Vec<StandingServer> = of_asset.copied().collect();
            let items = inside.remove(&station).unwrap_or_default();
            (self.put_servers(&network, station, &servers, items))
                .map_err(|problem| (asset, problem))?;
        }
        self.start_moving(&network, &told);
        self.restart_statistics();
        Ok(())
    }

    fn put_item(&mut self, found: &StandingItem) -> ItemIndex {
        self.population.add(self.now, 1.0);
        self.items.add(Item {
            serial: 0,
            born: found.born.nanoseconds(),
            entered: found.entered.nanoseconds(),
            due: i64::MAX,
            priority: 0,
            class: found.class,
            reworks: 0,
            chosen: None,
        })
    }

    /// Puts an item into a part that is no station.
    fn put_into(
        &mut self,
        network: &Network,
        part: Part,
        found: &StandingItem,
        told: &mut Told,
    ) -> Result<(), Obstacle> {
        let now = self.now;
        match part {
            Part::Source(index) => {
                let item = self.put_item(found);
                let state = &mut self.sources[index as usize];
                state.made += 1;
                let before = state.held.replace(item);
                if before.is_some() {
                    return Err((found.asset, "a source holds one item at a time".to_owned()));
                }
            }
            Part::Buffer(index) => {
                let item = self.put_item(found);
                let attributes = self.items.get(item);
                let state = &mut self.buffers[index as usize];
                state.store.push(item, attributes);
                state.content.add(now, 1.0);
            }
            Part::Conveyor(index) => {
                let item = self.put_item(found);
                let conveyor = &network.conveyors[index as usize];
                let state = &mut self.conveyors[index as usize];
                let behind =
                    (state.items.back()).map_or(i64::MIN, |last| last.1 + conveyor.spacing);
                let entered = found.entered.nanoseconds();
                // One that waits at the end has long been there.
                let at_end = (entered + conveyor.travel).max(behind);
                state.items.push_back((item, at_end));
                state.entry_free = entered + conveyor.spacing;
                state.content.add(now, 1.0);
            }
            Part::Sink(_) | Part::Router(_) => {}
            Part::Transport(index) => {
                let item = self.put_item(found);
                self.put_in_transport(network, index, item, found.carried, told)
                    .map_err(|problem| (found.asset, problem))?;
            }
            Part::Station(_) | Part::Service(_) => {
                return Err((
                    found.asset,
                    "a log does not say how far calls between services are".to_owned(),
                ));
            }
        }
        Ok(())
    }

    /// The next arrival at a source, given when the last was.
    fn expect_arrival(&mut self, network: &Network, index: u32, last: SimTime) {
        let source = &network.sources[index as usize];
        let state = &mut self.sources[index as usize];
        if let Some(next) = state.next.take() {
            self.agenda.cancel(next);
        }
        match &source.arrivals {
            // It makes the next when this one has gone.
            _ if state.held.is_some() => {}
            Arrivals::Intervals(times) => {
                let elapsed = (self.now - last.nanoseconds()).max(0);
                let interval = state.stream.draw_beyond(times, elapsed);
                let handle = self.schedule(interval - elapsed, Event::Arrival(index));
                self.sources[index as usize].next = Some(handle);
            }
            Arrivals::At(times) => {
                let past = times.partition_point(|time| *time <= self.now) as u64;
                state.made = past * u64::from(source.batch);
                self.schedule_arrival(network, index);
            }
        }
    }

    /// Puts the servers of a station as they stand, with the items inside.
    fn put_servers(
        &mut self,
        network: &Network,
        index: u32,
        servers: &[StandingServer],
        items: Vec<Inside>,
    ) -> Result<(), String> {
        let station = &network.stations[index as usize];
        let now = self.now;
        self.stations[index as usize]
            .content
            .add(now, items.len() as f64);
        let mut inlets = by_inlet(network, index, &items);
        // Who began first has what came in first; who has no set gathers what is left.
        let mut order: Vec<&StandingServer> = servers.iter().collect();
        order.sort_by_key(|one| (!has_set(one), one.since, one.server));
        let single = station.servers == 1;
        let gathers = station.needs != [1];
        let mut gathering = false;
        for standing in order {
            let number = standing.server;
            if u32::from(number) >= station.servers {
                return Err(format!("it has no server {number}"));
            }
            let has_set = has_set(standing);
            let takes = single || has_set || (gathers && !gathering);
            gathering |= !has_set;
            let mut own = Vec::new();
            let mut counts = Vec::with_capacity(inlets.len());
            // The items of the first inlet stand first.
            for (inlet, &needs) in inlets.iter_mut().zip(&station.needs) {
                let most = match (takes, has_set && !single) {
                    (false, _) => 0,
                    (true, true) => needs as usize,
                    (true, false) => inlet.len(),
                };
                let before = own.len();
                own.extend(inlet.drain(..most.min(inlet.len())));
                counts.push((own.len() - before) as u32);
            }
            self.put_server(network, index, standing, own, &counts);
        }
        match inlets.iter().map(VecDeque::len).sum() {
            0_usize => Ok(()),
            left => Err(format!(
                "{left} more items are in it than its servers work on"
            )),
        }
    }

    fn put_server(
        &mut self,
        network: &Network,
        index: u32,
        standing: &StandingServer,
        own: Vec<ItemIndex>,
        counts: &[u32],
    ) {
        let station = &network.stations[index as usize];
        let number = standing.server;
        let now = self.now;
        let elapsed = (now - standing.since.nanoseconds()).max(0);
        let is_down = standing.state == Activity::Down;
        let state = &mut self.stations[index as usize];
        let class = own.first().map(|item| self.items.get(*item).class);
        let server = &mut state.servers[number as usize];
        server.down = is_down;
        server.class = class;
        let count = own.len();
        let is_complete = (counts.iter().zip(&station.needs)).all(|(has, needs)| has >= needs);
        server.items = own;
        let interrupted = standing.doing != standing.state;
        server.stage = match standing.doing {
            _ if count == 0 => Stage::Idle,
            Activity::Blocked if station.blocking == Blocking::BeforeService => Stage::AwaitingRoom,
            Activity::Blocked => Stage::Leaving,
            Activity::AwaitingOperator => Stage::AwaitingOperators,
            // One that was interrupted begins anew: how far it was is not told.
            Activity::SettingUp if !interrupted => Stage::SettingUp,
            _ if standing.work.is_some() => Stage::Working,
            _ if !is_complete => Stage::Gathering,
            _ => Stage::AwaitingRoom,
        };
        server.left = match server.stage {
            Stage::Working => {
                let done = standing.work.map_or(0, |work| work.nanoseconds());
                state.service.draw_beyond(&station.service, done) - done
            }
            Stage::SettingUp => station.set_up.as_ref().map_or(0, |times| {
                times.draw_beyond(&mut state.rare.set_up, elapsed) - elapsed
            }),
            _ => 0,
        };
        if server.stage == Stage::Gathering {
            state.gathering = Some(number);
            state.gathered.copy_from_slice(counts);
        }
        if server.stage != Stage::Idle || is_down {
            state.idle.retain(|idle| *idle != number);
        }
        self.put_failure(network, index, standing, elapsed);
    }

    /// The next failure of a server given its age, or the end of its repair given how
    /// long that has lasted.
    fn put_failure(
        &mut self,
        network: &Network,
        index: u32,
        standing: &StandingServer,
        elapsed: i64,
    ) {
        let Some(failure) = &network.stations[index as usize].failure else {
            return;
        };
        let number = standing.server;
        let state = &mut self.stations[index as usize];
        let server = &mut state.servers[number as usize];
        let (station, server_number) = (index, number);
        if server.down {
            if let Some(next) = server.next_failure.take() {
                self.agenda.cancel(next);
            }
            let repair = failure.repair.draw_beyond(&mut state.rare.repair, elapsed);
            let request = Request {
                station,
                server: number,
                count: 1,
                repair: true,
            };
            // The crew that is at it is taken; where there is none, it is waited for.
            if failure
                .crew
                .is_none_or(|crew| self.request(network, crew, request))
            {
                let event = Event::Repaired {
                    station,
                    server: server_number,
                };
                self.schedule(repair - elapsed, event);
            }
            return;
        }
        let age = standing.age.nanoseconds();
        let left = failure
            .time_to_failure
            .draw_beyond(&mut state.rare.failure, age)
            - age;
        server.to_failure = left;
        if failure.clock == FailureClock::Calendar {
            if let Some(next) = server.next_failure.take() {
                self.agenda.cancel(next);
            }
            let event = Event::Failure {
                station,
                server: server_number,
            };
            let handle = self.schedule(left, event);
            self.stations[index as usize].servers[number as usize].next_failure = Some(handle);
        }
    }

    /// Lets everything go on from where it was put: work first, so that what is free is
    /// free, then what waits, from the end of the line to its start.
    fn start_moving(&mut self, network: &Network, told: &Told) {
        for index in 0..self.stations.len() as u32 {
            for number in 0..self.stations[index as usize].servers.len() as u16 {
                self.go_on_as_put(network, index, number);
            }
        }
        for index in 0..self.conveyors.len() as u32 {
            if let Some((_, at_end)) = self.conveyors[index as usize].items.front() {
                let left = (at_end - self.now).max(0);
                self.schedule(left, Event::AtEnd(index));
            }
        }
        for index in 0..self.buffers.len() as u32 {
            self.forward_buffer(network, index);
        }
        self.start_transports(network, told);
        for index in 0..self.sources.len() as u32 {
            self.retry_source(network, index);
        }
        self.ask_waiters(network);
    }

    fn go_on_as_put(&mut self, network: &Network, index: u32, number: u16) {
        let station = &network.stations[index as usize];
        let server = &self.stations[index as usize].servers[number as usize];
        let (stage, down) = (server.stage, server.down);
        if matches!(stage, Stage::Working | Stage::SettingUp)
            && let Some(operators) = station.operators
        {
            let request = Request {
                station: index,
                server: number,
                count: operators.count,
                repair: false,
            };
            // More work than operators: this one has to ask again.
            let has = self.request(network, operators.pool, request);
            let server = &mut self.stations[index as usize].servers[number as usize];
            server.has_operators = has;
            if !has {
                server.stage = Stage::AwaitingOperators;
            }
        }
        match stage {
            Stage::Leaving if !down => self.leave(network, index, number, false),
            Stage::AwaitingRoom | Stage::AwaitingOperators if !down => {
                self.go_on(network, index, number);
            }
            _ => self.run_timer(network, index, number),
        }
    }
}

/// An item in a station.
struct Inside {
    item: ItemIndex,
    class: u16,
    /// The part that it came from, where that is known.
    from: Option<Part>,
}

/// The items in a station by the inlet that each came in by, in the order in which they
/// came. What can have come by several, or from where nobody knows, is put to those of
/// its class, or else to the first inlet that has not enough for all servers.
fn by_inlet(network: &Network, index: u32, items: &[Inside]) -> Vec<VecDeque<ItemIndex>> {
    let station = &network.stations[index as usize];
    let mut ways: BTreeMap<Part, BTreeSet<u16>> = BTreeMap::new();
    let mut inlet_of = |one: &Inside| {
        let ways = ways
            .entry(one.from?)
            .or_insert_with_key(|from| inlets_from(network, *from, index));
        let only = ways.first().filter(|_| ways.len() == 1);
        only.map(|inlet| usize::from(*inlet))
    };
    let mut known: Vec<Option<usize>> = if station.needs.len() == 1 {
        vec![Some(0); items.len()]
    } else {
        items.iter().map(&mut inlet_of).collect()
    };
    let mut counts = vec![0; station.needs.len()];
    let mut of_class: BTreeMap<u16, usize> = BTreeMap::new();
    for (one, inlet) in items.iter().zip(&known) {
        if let Some(inlet) = *inlet {
            counts[inlet] += 1;
            of_class.entry(one.class).or_insert(inlet);
        }
    }
    for (one, inlet) in items.iter().zip(&mut known) {
        if inlet.is_none() {
            let free = (counts.iter().zip(&station.needs))
                .position(|(count, needs)| *count < needs * station.servers);
            let found = of_class.get(&one.class).copied().or(free).unwrap_or(0);
            counts[found] += 1;
            *inlet = Some(found);
        }
    }
    let mut inlets = vec![VecDeque::new(); station.needs.len()];
    for (one, inlet) in items.iter().zip(known) {
        inlets[inlet.unwrap_or(0)].push_back(one.item);
    }
    inlets
}

/// The inlets of a station that an item comes to straight from a part: it stays in no
/// router.
fn inlets_from(network: &Network, from: Part, station: u32) -> BTreeSet<u16> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(part) = open.pop() {
        for outlet in network.outlets(part) {
            match outlet.part {
                Part::Station(index) if index == station => {
                    found.insert(outlet.inlet);
                }
                Part::Router(_) if seen.insert(outlet.part) => open.push(outlet.part),
                _ => {}
            }
        }
    }
    found
}

/// Whether a server has a set of items.
fn has_set(standing: &StandingServer) -> bool {
    standing.work.is_some()
        || matches!(
            standing.doing,
            Activity::Working
                | Activity::SettingUp
                | Activity::Blocked
                | Activity::AwaitingOperator
        )
}
