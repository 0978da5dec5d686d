//! What befalls vehicles, chargers and aisles while a flow runs.
//!
//! A way that is booked stands: whoever is under way when an aisle is closed or the
//! speed is lowered goes as was booked, since others have booked around it.

use super::dispatch::may_pass;
use crate::model::flow::network::Network;
use crate::model::flow::run::FlowRun;

impl FlowRun {
    /// Takes vehicles of a fleet out of service, those with the highest numbers, or
    /// brings them back. One that has a task does it first.
    pub fn set_vehicles_out(&mut self, fleet: u32, out: u32) {
        let state = &mut self.fleets[fleet as usize];
        if std::mem::replace(&mut state.out, out) > out {
            self.dispatch_anew(fleet);
        }
    }

    /// Multiplies the speed of a fleet by a factor above zero, on ways that begin from
    /// now on.
    pub fn set_pace(&mut self, fleet: u32, factor: f64) {
        if factor > 0.0 {
            self.fleets[fleet as usize].pace = factor;
        }
    }

    /// Puts the charger of a fleet out of order, or mends it. Vehicles that stand at it
    /// get nothing meanwhile and leave when they would have left.
    pub fn set_charger_out(&mut self, fleet: u32, out: bool) {
        let now = self.now;
        let state = &mut self.fleets[fleet as usize];
        match (state.charger_out_since, out) {
            (None, true) => state.charger_out_since = Some(now),
            (Some(since), false) => {
                state.charger_was_out += now - since;
                state.charger_out_since = None;
                self.dispatch_anew(fleet);
            }
            _ => {}
        }
    }

    /// Closes an aisle, so that no vehicle is sent through it, or opens it.
    pub fn set_closed(&mut self, aisle: u32, closed: bool) {
        let before = std::mem::replace(&mut self.closed[aisle as usize], closed);
        if before && !closed {
            for fleet in 0..self.fleets.len() as u32 {
                self.dispatch_anew(fleet);
            }
        }
    }

    fn dispatch_anew(&mut self, fleet: u32) {
        let network = std::sync::Arc::clone(&self.network);
        self.dispatch(&network, fleet);
        self.ask_waiters(&network);
    }

    /// How many vehicles of a fleet take tasks.
    pub(super) fn vehicles_in_service(&self, network: &Network, fleet: u32) -> u32 {
        let vehicles = network.roads.fleets[fleet as usize].vehicles;
        vehicles.saturating_sub(self.fleets[fleet as usize].out)
    }

    /// Speed of the vehicles of a fleet on ways that begin now, m/s.
    pub(super) fn speed_of(&self, network: &Network, fleet: u32) -> f64 {
        network.roads.fleets[fleet as usize].speed * self.fleets[fleet as usize].pace
    }

    pub(super) fn charger_is_out(&self, fleet: u32) -> bool {
        self.fleets[fleet as usize].charger_out_since.is_some()
    }

    /// For how long the charger of a fleet has been out of order up to now, ns.
    pub(super) fn charger_was_out(&self, fleet: u32) -> i64 {
        let state = &self.fleets[fleet as usize];
        let since = state.charger_out_since.map_or(0, |since| self.now - since);
        state.charger_was_out + since
    }

    /// Least time for a vehicle of a fleet from a waypoint to every other, were nobody
    /// else there, ns; `i64::MAX` where no open way leads.
    pub(super) fn times_from(&self, network: &Network, fleet: u32, start: u32) -> Vec<i64> {
        let may_pass = |waypoint| may_pass(network, fleet, waypoint);
        let speed = self.speed_of(network, fleet);
        (network.roads).least_times(start, speed, may_pass, &self.closed)
    }
}
