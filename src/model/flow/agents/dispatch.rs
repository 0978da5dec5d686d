//! Which vehicle takes which task, and when one goes to charge.

use super::results::VehicleMode;
use super::roads::{Battery, TaskRule};
use super::route::Visit;
use super::state::{Errand, Phase};
use crate::model::flow::network::Network;
use crate::model::flow::run::FlowRun;

impl FlowRun {
    /// Gives tasks that wait to vehicles without one, as long as there are both.
    pub(in crate::model::flow) fn dispatch(&mut self, network: &Network, fleet: u32) {
        // What cannot be done now, though nothing else is in the way: a closed aisle, a
        // charger out of order.
        let (mut in_vain, mut uncharged) = (Vec::new(), Vec::new());
        loop {
            let open = (0..network.transports.len() as u32)
                .any(|transport| self.is_open(network, fleet, transport));
            let free: Vec<u32> = (0..self.vehicles.len() as u32)
                .filter(|&vehicle| self.is_free(network, fleet, vehicle))
                .collect();
            for &vehicle in &free {
                if self.needs_charge(network, vehicle)
                    && !uncharged.contains(&vehicle)
                    && !self.send_to_charge(network, vehicle)
                {
                    uncharged.push(vehicle);
                }
            }
            if !open || free.is_empty() {
                return;
            }
            let Some(task) = self.choose_task(network, fleet, &free, &in_vain) else {
                return;
            };
            let (vehicle, transport) = task;
            if !self.fetch(network, vehicle, transport) {
                in_vain.push(task);
            }
        }
    }

    /// Whether a transport of a fleet has an item that nothing is on its way for,
    /// and a place to bring it to.
    fn is_open(&self, network: &Network, fleet: u32, transport: u32) -> bool {
        network.transports[transport as usize].fleet == fleet && self.tasks(network, transport) > 0
    }

    /// How many more items of a transport could be fetched now.
    pub(super) fn tasks(&self, network: &Network, transport: u32) -> u32 {
        let definition = &network.transports[transport as usize];
        let state = &self.transports[transport as usize];
        // No more items wait than there are places.
        let waiting = (state.waiting.len() as u32).saturating_sub(state.fetched);
        let taken = state.brought.len() as u32 + state.kept;
        waiting.min(definition.drop_off_places.saturating_sub(taken))
    }

    fn is_free(&self, network: &Network, fleet: u32, index: u32) -> bool {
        let vehicle = &self.vehicles[index as usize];
        vehicle.fleet == fleet
            && vehicle.errand == Errand::None
            && vehicle.phase != Phase::Busy
            // One that was taken out of service goes home.
            && vehicle.number < self.vehicles_in_service(network, fleet)
    }

    /// The vehicle that goes next, and the transport it goes for; none of those that
    /// were tried in vain.
    fn choose_task(
        &self,
        network: &Network,
        fleet: u32,
        free: &[u32],
        in_vain: &[(u32, u32)],
    ) -> Option<(u32, u32)> {
        let definition = &network.roads.fleets[fleet as usize];
        let mut best: Option<((i64, i64, i64, u32, u32), (u32, u32))> = None;
        for &vehicle in free {
            if self.vehicles[vehicle as usize].errand != Errand::None {
                // It has gone to charge.
                continue;
            }
            let start = self.start_of(vehicle);
            let times = self.times_from(network, fleet, start.waypoint);
            for transport in 0..network.transports.len() as u32 {
                if in_vain.contains(&(vehicle, transport))
                    || !self.is_open(network, fleet, transport)
                {
                    continue;
                }
                let state = &self.transports[transport as usize];
                let Some(&first) = state.waiting.get(state.fetched as usize) else {
                    continue;
                };
                let item = self.items.get(first);
                let pick_up = network.transports[transport as usize].pick_up;
                let way = times[pick_up as usize];
                if way == i64::MAX {
                    continue;
                }
                let way = way.saturating_add(start.time - self.now);
                let priority = -i64::from(item.priority);
                let rank = match definition.rule {
                    TaskRule::LongestWaiting => (0, item.entered, way, transport, vehicle),
                    TaskRule::Nearest => (way, item.entered, 0, transport, vehicle),
                    TaskRule::Priority => (priority, item.entered, way, transport, vehicle),
                };
                if best.is_none_or(|(least, _)| rank < least) {
                    best = Some((rank, (vehicle, transport)));
                }
            }
        }
        best.map(|(_, chosen)| chosen)
    }

    /// Sends a vehicle for items of a transport.
    fn fetch(&mut self, network: &Network, index: u32, transport: u32) -> bool {
        let definition = &network.transports[transport as usize];
        let fleet = &network.roads.fleets[definition.fleet as usize];
        if let Some(battery) = &fleet.battery
            && self.vehicles[index as usize].charge < battery.running
            && !self.reaches(network, battery, index, transport)
        {
            return self.send_to_charge(network, index);
        }
        // Drawn now, so that the whole way is known; from the stream of the
        // transport, so that another vehicle would need the same times.
        let stream = &mut self.transports[transport as usize].stream;
        let visits = [
            Visit {
                waypoint: definition.pick_up,
                time: fleet.loading.draw(stream),
            },
            Visit {
                waypoint: definition.drop_off,
                time: fleet.unloading.draw(stream),
            },
        ];
        // Before it is sent, for its loading may begin at once.
        let items = self.tasks(network, transport).min(fleet.capacity.max(1));
        self.promise(index, transport, items);
        let sent = self.send_for(network, index, Errand::Carry(transport), &visits);
        if !sent {
            self.promise(index, transport, 0);
        }
        sent
    }

    /// Keeps a number of items, and places to bring them to, for a vehicle that has
    /// not begun to load; those kept before are free again.
    pub(super) fn promise(&mut self, index: u32, transport: u32, items: u32) {
        let vehicle = &mut self.vehicles[index as usize];
        let state = &mut self.transports[transport as usize];
        state.fetched = state.fetched + items - vehicle.promised;
        state.kept = state.kept + items - vehicle.promised;
        vehicle.promised = items;
    }

    /// Sends a vehicle on an errand. The errand is known before the way begins, for
    /// its first visit may begin at once.
    fn send_for(
        &mut self,
        network: &Network,
        index: u32,
        errand: Errand,
        visits: &[Visit],
    ) -> bool {
        let vehicle = &mut self.vehicles[index as usize];
        vehicle.errand = errand;
        let before = vehicle.mode;
        self.set_mode(
            index,
            match errand {
                Errand::None => VehicleMode::Idle,
                Errand::Carry(_) => VehicleMode::Fetching,
                Errand::Charge => VehicleMode::SeekingCharge,
            },
        );
        if self.send(network, index, visits, 0) {
            return true;
        }
        self.vehicles[index as usize].errand = Errand::None;
        self.set_mode(index, before);
        false
    }

    /// Whether a vehicle is to charge before anything else.
    fn needs_charge(&self, network: &Network, index: u32) -> bool {
        let vehicle = &self.vehicles[index as usize];
        let battery = &network.roads.fleets[vehicle.fleet as usize].battery;
        battery.is_some_and(|battery| {
            vehicle.charge as f64 <= battery.threshold * battery.running as f64
        })
    }

    /// Whether what is left in the battery lasts for a task and the way to the
    /// charger, by the shortest ways.
    fn reaches(&self, network: &Network, battery: &Battery, index: u32, transport: u32) -> bool {
        let definition = &network.transports[transport as usize];
        let way =
            |from: u32, to: u32| self.times_from(network, definition.fleet, from)[to as usize];
        let start = self.start_of(index).waypoint;
        let needed = way(start, definition.pick_up)
            .saturating_add(way(definition.pick_up, definition.drop_off))
            .saturating_add(way(definition.drop_off, battery.charger));
        needed <= self.vehicles[index as usize].charge
    }

    fn send_to_charge(&mut self, network: &Network, index: u32) -> bool {
        let number = self.vehicles[index as usize].fleet;
        let fleet = &network.roads.fleets[number as usize];
        let Some(battery) = &fleet.battery else {
            return false;
        };
        if self.charger_is_out(number) {
            return false;
        }
        let start = self.start_of(index).waypoint;
        let way = self.times_from(network, number, start)[battery.charger as usize];
        let there = self.vehicles[index as usize]
            .charge
            .saturating_sub(way)
            .max(0);
        let visit = Visit {
            waypoint: battery.charger,
            time: battery.time_to_full(there),
        };
        self.send_for(network, index, Errand::Charge, &[visit])
    }
}

/// Whether vehicles of a fleet can go over a waypoint.
pub(super) fn may_pass(network: &Network, fleet: u32, waypoint: u32) -> bool {
    network.roads.passable(waypoint) > 0 || network.roads.fleets[fleet as usize].home == waypoint
}
