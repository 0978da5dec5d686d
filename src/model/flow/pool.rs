//! Pools of units that stations and repairs share: operators, crews, tools.

use super::network::Network;
use super::run::FlowRun;
use super::state::{Request, Stage};

impl FlowRun {
    fn units_present(&self, network: &Network, pool: u32) -> u32 {
        let units = network.pools[pool as usize].units;
        units.saturating_sub(self.pools[pool as usize].absent)
    }

    /// Takes units of a pool, or stands in its line. Whether they were free.
    pub(super) fn request(&mut self, network: &Network, pool: u32, request: Request) -> bool {
        let units = self.units_present(network, pool);
        let state = &mut self.pools[pool as usize];
        if state.line.is_empty() && state.busy + request.count <= units {
            state.busy += request.count;
            if self.counting {
                state.use_of.add(self.now, f64::from(request.count));
            }
            return true;
        }
        let server = &mut self.stations[request.station as usize].servers[request.server as usize];
        if request.repair || !server.queued {
            server.queued |= !request.repair;
            state.line.push_back(request);
        }
        false
    }

    /// Returns units of a pool, and hands them to who waits for them, in order.
    pub(super) fn give_back(&mut self, network: &Network, pool: u32, count: u32) {
        let state = &mut self.pools[pool as usize];
        state.busy = state.busy.saturating_sub(count);
        if self.counting {
            state.use_of.add(self.now, -f64::from(count));
        }
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
            if first.repair {
                self.start_repair(network, first.station, first.server);
            } else {
                self.get_operators(network, first.station, first.server);
            }
        }
    }
}
