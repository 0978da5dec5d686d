//! Transports as parts of the flow: items come to the pick-up, are loaded,
//! carried and unloaded, and go on from the drop-off.

use super::results::VehicleMode;
use super::state::{Errand, TransportState, Vehicle};
use crate::model::flow::item::ItemIndex;
use crate::model::flow::network::{Network, Part};
use crate::model::flow::run::FlowRun;
use crate::quantity::Stream;
use crate::twin::What;

impl FlowRun {
    pub(in crate::model::flow) fn transport_has_room(&self, network: &Network, index: u32) -> bool {
        let state = &self.transports[index as usize];
        let taken = state.at_pick_up() + state.reserved as usize;
        taken < network.transports[index as usize].pick_up_places as usize
    }

    /// An item comes to the pick-up, if there is room.
    pub(in crate::model::flow) fn accept_transport(
        &mut self,
        network: &Network,
        index: u32,
        item: ItemIndex,
    ) -> bool {
        if !self.transport_has_room(network, index) {
            return false;
        }
        self.note_move(item, Some(Part::Transport(index)));
        self.items.get_mut(item).entered = self.now;
        let state = &mut self.transports[index as usize];
        state.waiting.push_back(item);
        if self.counting {
            state.content.add(self.now, 1.0);
        }
        self.dispatch(network, network.transports[index as usize].fleet);
        true
    }

    /// A vehicle takes up what waits, as far as it has room and places are kept or
    /// free for it.
    pub(super) fn loading_begins(&mut self, index: u32, transport: u32) {
        self.set_mode(index, VehicleMode::Loading);
        let network = std::sync::Arc::clone(&self.network);
        let definition = &network.transports[transport as usize];
        let fleet = &network.roads.fleets[definition.fleet as usize];
        let vehicle = &mut self.vehicles[index as usize];
        let state = &mut self.transports[transport as usize];
        // Items that came while the vehicle was on its way go along.
        let taken = state.brought.len() as u32 + state.kept;
        let spare = (state.waiting.len() as u32)
            .saturating_sub(state.fetched)
            .min(definition.drop_off_places.saturating_sub(taken))
            .min(fleet.capacity.saturating_sub(vehicle.promised));
        state.kept += spare;
        state.fetched -= vehicle.promised;
        for _ in 0..vehicle.promised + spare {
            let Some(item) = state.waiting.pop_front() else {
                break;
            };
            if self.counting {
                let wait = (self.now - self.items.get(item).entered) as f64 * 1e-9;
                state.wait.add(wait);
                self.fleets[definition.fleet as usize].wait.add(wait);
            }
            vehicle.load.push(item);
        }
        state.in_loading += vehicle.load.len() as u32;
    }

    /// A vehicle leaves the pick-up with its load; what it took room from is free.
    pub(super) fn loading_ends(&mut self, network: &Network, index: u32, transport: u32) {
        self.set_mode(index, VehicleMode::Carrying);
        let load = self.vehicles[index as usize].load.len() as u32;
        let state = &mut self.transports[transport as usize];
        state.in_loading -= load;
        state.carried += load;
        let is_awaited = !state.waiters.is_empty();
        self.note_load(index, transport);
        if is_awaited && self.transport_has_room(network, transport) {
            self.roomy.push_back(Part::Transport(transport));
        }
    }

    /// What a vehicle brought stands at the drop-off, and goes on if it is taken.
    pub(super) fn unloading_ends(&mut self, network: &Network, index: u32, transport: u32) {
        self.note_unloading(index, transport);
        let vehicle = &mut self.vehicles[index as usize];
        let state = &mut self.transports[transport as usize];
        let load = vehicle.load.len() as u32;
        state.carried -= load;
        state.kept -= load;
        state.brought.extend(vehicle.load.drain(..));
        vehicle.promised = 0;
        self.fleets[vehicle.fleet as usize].trips += 1;
        self.forward_transport(network, transport);
    }

    /// Puts down what vehicles carry now.
    pub(in crate::model::flow) fn note_loads(&mut self) {
        for index in 0..self.vehicles.len() as u32 {
            let vehicle = &self.vehicles[index as usize];
            // Before its first visit is over it only takes up.
            if let Errand::Carry(transport) = vehicle.errand
                && vehicle.visited > 0
            {
                self.note_load(index, transport);
            }
        }
    }

    fn note_load(&mut self, index: u32, transport: u32) {
        let vehicle = &self.vehicles[index as usize];
        // Fleets of more are not drawn one by one.
        let agent = u16::try_from(vehicle.number).unwrap_or(u16::MAX);
        self.journal
            .note_carried(self.now, transport, &vehicle.load, &self.items, |item| {
                What::Loaded { item, agent }
            });
    }

    fn note_unloading(&mut self, index: u32, transport: u32) {
        let load = &self.vehicles[index as usize].load;
        self.journal
            .note_carried(self.now, transport, load, &self.items, |item| {
                What::Unloaded { item }
            });
    }

    /// Hands on what stands at the drop-off, as far as it is taken.
    pub(in crate::model::flow) fn forward_transport(&mut self, network: &Network, index: u32) {
        let definition = &network.transports[index as usize];
        let mut freed = false;
        while let Some(&item) = self.transports[index as usize].brought.front() {
            let entered = self.items.get(item).entered;
            if !self.deliver(network, Part::Transport(index), definition.outlet, item) {
                break;
            }
            freed = true;
            let now = self.now;
            let state = &mut self.transports[index as usize];
            state.brought.pop_front();
            state.passed += 1;
            if self.counting {
                state.content.add(now, -1.0);
                state.stay.add((now - entered) as f64 * 1e-9);
            }
        }
        if freed {
            self.dispatch(network, definition.fleet);
        }
    }

    /// The item of a full transport that only room behind it can move; `None`
    /// where a vehicle may yet help.
    pub(in crate::model::flow) fn stuck_transport(
        &self,
        network: &Network,
        index: u32,
    ) -> Option<ItemIndex> {
        let definition = &network.transports[index as usize];
        let state = &self.transports[index as usize];
        let full = state.waiting.len() >= definition.pick_up_places as usize
            && state.brought.len() >= definition.drop_off_places as usize;
        state.brought.front().copied().filter(|_| full)
    }

    /// Items at both ends of a transport and in vehicles, in no particular order.
    pub(in crate::model::flow) fn items_of_transport(&self, index: u32) -> Vec<ItemIndex> {
        let state = &self.transports[index as usize];
        let in_vehicles = (self.vehicles.iter())
            .filter(|vehicle| vehicle.errand == Errand::Carry(index))
            .flat_map(|vehicle| vehicle.load.iter());
        let all = state
            .waiting
            .iter()
            .chain(in_vehicles)
            .chain(&state.brought);
        all.copied().collect()
    }

    /// Puts all vehicles at home.
    pub(in crate::model::flow) fn add_vehicles(&mut self, network: &Network) {
        for (number, fleet) in (0_u32..).zip(&network.roads.fleets) {
            let charge = fleet.battery.map_or(0, |battery| battery.running);
            for vehicle in 0..fleet.vehicles {
                self.vehicles
                    .push(Vehicle::new(number, vehicle, fleet.home, charge));
            }
        }
    }

    /// Vehicles are added to fleets that have more now; those over the number go
    /// home and stay there. Ways that are booked stand.
    pub(in crate::model::flow) fn change_fleets(&mut self, before: &Network, network: &Network) {
        for (number, fleet) in (0_u32..).zip(&network.roads.fleets) {
            let charge = fleet.battery.map_or(0, |battery| battery.running);
            let have = self
                .vehicles
                .iter()
                .filter(|vehicle| vehicle.fleet == number)
                .count();
            for vehicle in have as u32..fleet.vehicles {
                let mut vehicle = Vehicle::new(number, vehicle, fleet.home, charge);
                vehicle.since = self.now;
                self.vehicles.push(vehicle);
            }
            let full = before.roads.fleets[number as usize].battery;
            for vehicle in self
                .vehicles
                .iter_mut()
                .filter(|vehicle| vehicle.fleet == number)
            {
                // A battery that was given while it runs is full.
                vehicle.charge = if full.is_some() {
                    vehicle.charge.min(charge)
                } else {
                    charge
                };
            }
            self.dispatch(network, number);
        }
    }
}

impl TransportState {
    /// Draws from another stream from here on.
    pub(in crate::model::flow) fn reseed(&mut self, stream: Stream) {
        self.stream = stream;
    }
}
