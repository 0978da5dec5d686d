//! A vehicle on its way: from stop to stop, and what it does there.

use super::bookings::{Bookings, Going, Stay};
use super::results::VehicleMode;
use super::route::{Search, Start, Stop, Visit};
use super::state::{Errand, Phase};
use crate::model::flow::journal::Crowd;
use crate::model::flow::network::Network;
use crate::model::flow::run::FlowRun;
use crate::model::flow::state::Event;

impl FlowRun {
    /// What was next for a vehicle happens.
    pub(in crate::model::flow) fn drive(&mut self, network: &Network, index: u32) {
        let now = self.now;
        let vehicle = &mut self.vehicles[index as usize];
        vehicle.timer = None;
        match vehicle.phase {
            Phase::Going => {
                let aisle = vehicle.stop().way.map(|way| way.aisle);
                let elapsed = vehicle.stops[vehicle.at + 1].arrives - vehicle.stop().leaves;
                vehicle.at += 1;
                vehicle.phase = Phase::Standing;
                vehicle.ready = now;
                if let Some(aisle) = aisle {
                    vehicle.distance += network.roads.aisles[aisle as usize].length;
                    self.passages[aisle as usize] += 1;
                }
                self.discharge(network, index, elapsed);
                let vehicle = &self.vehicles[index as usize];
                if vehicle.errand == Errand::None && vehicle.stop().way.is_none() {
                    // Home again: what found no way from where it was may find one now.
                    let fleet = vehicle.fleet;
                    self.dispatch(network, fleet);
                }
            }
            Phase::Busy => {
                vehicle.phase = Phase::Standing;
                vehicle.ready = now;
                vehicle.visited += 1;
                self.visit_ends(network, index);
            }
            Phase::Standing => {
                let held_up = now - vehicle.ready;
                if vehicle.mode != VehicleMode::Idle && self.counting {
                    vehicle.held_up += held_up.min(now - self.counted_from);
                }
                vehicle.phase = Phase::Going;
                let (stop, next) = (vehicle.stop(), &vehicle.stops[vehicle.at + 1]);
                let way = (stop.waypoint, next.waypoint, next.arrives);
                let (fleet, number) = (vehicle.fleet, vehicle.number);
                self.note_departure(Crowd::Fleet(fleet), number, way);
            }
        }
        self.set_timer(index);
    }

    /// Puts what is next for a vehicle on the agenda, where nothing is.
    pub(super) fn set_timer(&mut self, index: u32) {
        let vehicle = &self.vehicles[index as usize];
        if vehicle.timer.is_some() {
            return;
        }
        let stop = vehicle.stop();
        let time = match vehicle.phase {
            Phase::Going => vehicle.stops[vehicle.at + 1].arrives,
            Phase::Standing if vehicle.visited < stop.visits => {
                let visit = vehicle.visits[vehicle.visited as usize];
                self.vehicles[index as usize].phase = Phase::Busy;
                self.visit_begins(index);
                self.now.saturating_add(visit.time)
            }
            Phase::Standing if stop.way.is_some() => stop.leaves,
            Phase::Standing | Phase::Busy => return,
        };
        let handle = self.schedule(time - self.now, Event::Vehicle(index));
        self.vehicles[index as usize].timer = Some(handle);
    }

    /// Takes what a passage took from the battery.
    fn discharge(&mut self, network: &Network, index: u32, elapsed: i64) {
        let vehicle = &mut self.vehicles[index as usize];
        if network.roads.fleets[vehicle.fleet as usize]
            .battery
            .is_some()
        {
            vehicle.charge = (vehicle.charge - elapsed).max(0);
            let least = &mut self.fleets[vehicle.fleet as usize].least_charge;
            *least = Some(least.map_or(vehicle.charge, |least| least.min(vehicle.charge)));
        }
    }

    fn visit_begins(&mut self, index: u32) {
        match self.vehicles[index as usize].errand {
            Errand::Carry(transport) if self.vehicles[index as usize].visited == 0 => {
                self.loading_begins(index, transport);
            }
            Errand::Carry(_) => self.set_mode(index, VehicleMode::Unloading),
            Errand::Charge => {
                self.set_mode(index, VehicleMode::Charging);
                let fleet = self.vehicles[index as usize].fleet;
                self.vehicles[index as usize].charger_had_been_out = self.charger_was_out(fleet);
            }
            Errand::None => {}
        }
    }

    fn visit_ends(&mut self, network: &Network, index: u32) {
        let vehicle = &mut self.vehicles[index as usize];
        match vehicle.errand {
            Errand::Carry(transport) if vehicle.visited == 1 => {
                self.loading_ends(network, index, transport);
            }
            Errand::Carry(transport) => {
                vehicle.errand = Errand::None;
                self.set_mode(index, VehicleMode::Idle);
                self.unloading_ends(network, index, transport);
                let fleet = self.vehicles[index as usize].fleet;
                self.dispatch(network, fleet);
            }
            Errand::Charge => {
                let fleet = vehicle.fleet;
                let out = vehicle.charger_had_been_out;
                let out = self.charger_was_out(fleet) - out;
                let vehicle = &mut self.vehicles[index as usize];
                if let Some(battery) = &network.roads.fleets[fleet as usize].battery {
                    let time = vehicle.visits.first().map_or(0, |visit| visit.time);
                    vehicle.charge = battery.charged(vehicle.charge, (time - out).max(0));
                }
                vehicle.errand = Errand::None;
                self.set_mode(index, VehicleMode::Idle);
                self.dispatch(network, fleet);
            }
            Errand::None => {}
        }
    }

    /// Counts what a vehicle did until now, where it does something else from now
    /// on.
    pub(super) fn set_mode(&mut self, index: u32, mode: VehicleMode) {
        let vehicle = &mut self.vehicles[index as usize];
        vehicle.times[vehicle.mode.number()] += self.now - vehicle.since;
        vehicle.since = self.now;
        vehicle.mode = mode;
    }

    /// Where and when a vehicle without a task could begin another way.
    pub(super) fn start_of(&self, index: u32) -> Start {
        let vehicle = &self.vehicles[index as usize];
        let number = match vehicle.phase {
            Phase::Going => vehicle.at + 1,
            Phase::Standing | Phase::Busy => vehicle.at,
        };
        let stop = &vehicle.stops[number];
        Start {
            waypoint: stop.waypoint,
            at_home: stop.at_home,
            arrives: stop.arrives,
            time: stop.arrives.max(self.now),
        }
    }

    /// Sends a vehicle without a task over `visits` and home, and books the way; the
    /// first `done` of them were made before. `false` where no way leads there; then
    /// everything stays as it was.
    pub(super) fn send(
        &mut self,
        network: &Network,
        index: u32,
        visits: &[Visit],
        done: u32,
    ) -> bool {
        let start = self.start_of(index);
        let given_up = self.bookings.give_up(index, start.arrives);
        let to_make = &visits[done as usize..];
        match self.find_way(network, index, to_make, &self.bookings) {
            Some(stops) => {
                self.set_out(network, index, &stops, visits, done);
                true
            }
            None => {
                self.bookings.take_back(&given_up, self.now);
                false
            }
        }
    }

    /// As [`FlowRun::send`], by the way that a vehicle would take were nobody else
    /// there.
    pub(super) fn send_regardless(
        &mut self,
        network: &Network,
        index: u32,
        visits: &[Visit],
        done: u32,
    ) -> bool {
        let alone = Bookings::new(&network.roads);
        let to_make = &visits[done as usize..];
        let Some(stops) = self.find_way(network, index, to_make, &alone) else {
            return false;
        };
        let start = self.start_of(index);
        self.bookings.give_up(index, start.arrives);
        self.set_out(network, index, &stops, visits, done);
        true
    }

    fn find_way(
        &self,
        network: &Network,
        index: u32,
        visits: &[Visit],
        bookings: &Bookings,
    ) -> Option<Vec<Stop>> {
        let number = self.vehicles[index as usize].fleet;
        let search = Search {
            roads: &network.roads,
            fleet: &network.roads.fleets[number as usize],
            speed: self.speed_of(network, number),
            closed: &self.closed,
            bookings,
        };
        search.find(self.start_of(index), visits)
    }

    /// Books a way and puts a vehicle on it.
    fn set_out(
        &mut self,
        network: &Network,
        index: u32,
        stops: &[Stop],
        visits: &[Visit],
        done: u32,
    ) {
        let number = self.vehicles[index as usize].fleet;
        let speed = self.speed_of(network, number);
        let clearance = network.roads.fleets[number as usize].clearance(speed);
        for pair in stops.windows(2) {
            let (stop, next) = (&pair[0], &pair[1]);
            if let Some(way) = stop.way {
                let going = Going {
                    enters: stop.leaves,
                    leaves: next.arrives,
                    clearance,
                    forward: way.forward,
                    vehicle: index,
                };
                self.bookings.go(way.aisle, going, self.now);
            }
            if !stop.at_home {
                let stay = Stay {
                    from: stop.arrives,
                    until: stop.leaves + clearance,
                    vehicle: index,
                };
                self.bookings.stay(stop.waypoint, stay, self.now);
            }
        }
        let vehicle = &mut self.vehicles[index as usize];
        // One that is between two waypoints comes to the next first.
        let behind = (vehicle.phase == Phase::Going).then(|| *vehicle.stop());
        vehicle.stops.clear();
        vehicle
            .stops
            .extend(behind.map(|stop| Stop { visits: 0, ..stop }));
        vehicle.stops.extend(stops.iter().map(|stop| Stop {
            visits: stop.visits + done,
            ..*stop
        }));
        vehicle.at = 0;
        vehicle.visits.clear();
        vehicle.visits.extend_from_slice(visits);
        vehicle.visited = done;
        if vehicle.phase != Phase::Going {
            vehicle.ready = self.now;
            if let Some(timer) = vehicle.timer.take() {
                self.agenda.cancel(timer);
            }
            self.set_timer(index);
        }
    }
}
