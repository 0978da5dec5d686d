//! Pools of units that stations and repairs share: operators, crews, tools.

use super::network::Network;
use super::run::FlowRun;
use super::state::{Request, Stage};

impl FlowRun {
    /// How many units are there now.
    fn units_present(&self, network: &Network, pool: u32) -> u32 {
        let units = network.pools[pool as usize].units;
        units.saturating_sub(self.pools[pool as usize].absent)
    }

    /// Takes units of a pool, or stands in its line. Whether they are there: those
    /// that have to walk come later.
    pub(super) fn request(&mut self, network: &Network, pool: u32, request: Request) -> bool {
        let units = self.units_present(network, pool);
        if !self.pools[pool as usize].walkers.is_empty() && self.is_served(pool, request) {
            return false;
        }
        let state = &mut self.pools[pool as usize];
        if state.line.is_empty() && state.busy + request.count <= units {
            state.busy += request.count;
            if self.counting {
                state.use_of.add(self.now, f64::from(request.count));
            }
            return !self.walk(network, pool, request);
        }
        let server = &mut self.stations[request.station as usize].servers[request.server as usize];
        if request.repair || !server.queued {
            server.queued |= !request.repair;
            state.line.push_back(request);
        }
        false
    }

    /// Returns units of a pool, and hands them to who waits for them, in order.
    pub(super) fn give_back(&mut self, network: &Network, pool: u32, request: Request) {
        let state = &mut self.pools[pool as usize];
        state.busy = state.busy.saturating_sub(request.count);
        if self.counting {
            state.use_of.add(self.now, -f64::from(request.count));
        }
        self.release_walkers(pool, request);
        self.serve_line(network, pool);
    }

    /// Hands free units to who waits for them.
    pub(super) fn serve_line(&mut self, network: &Network, pool: u32) {
        let units = self.units_present(network, pool);
        loop {
            let state = &mut self.pools[pool as usize];
            let Some(&first) = state.line.front() else {
                return;
            };
            let server = &mut self.stations[first.station as usize].servers[first.server as usize];
            // One that failed while it waited asks again once it is repaired.
            let wants = first.repair || (server.stage == Stage::AwaitingOperators && !server.down);
            if wants && state.busy + first.count > units {
                return;
            }
            state.line.pop_front();
            if !first.repair {
                server.queued = false;
            }
            if !wants {
                continue;
            }
            state.busy += first.count;
            if self.counting {
                state.use_of.add(self.now, f64::from(first.count));
            }
            if self.walk(network, pool, first) {
                continue;
            }
            if first.repair {
                self.start_repair(network, first.station, first.server);
            } else {
                self.get_operators(network, first.station, first.server);
            }
        }
    }

    /// Operators that walked to a server are there.
    pub(super) fn operators_there(&mut self, network: &Network, station: u32, server: u16) {
        if let Some(operators) = network.stations[station as usize].operators {
            self.end_walk(operators.pool, operators.count);
        }
        self.get_operators(network, station, server);
    }

    /// A crew that walked to a failed server is there.
    pub(super) fn crew_there(&mut self, network: &Network, station: u32, server: u16) {
        let failure = network.stations[station as usize].failure.as_ref();
        if let Some(crew) = failure.and_then(|failure| failure.crew) {
            self.end_walk(crew, 1);
        }
        self.start_repair(network, station, server);
    }
}
