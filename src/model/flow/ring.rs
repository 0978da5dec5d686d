//! Parts that wait for each other in a ring.

use super::network::{Accumulation, Network, Part};
use super::run::FlowRun;
use super::state::Stage;

impl FlowRun {
    /// Follows who waits for whom from `from` on, and keeps the ring if there is
    /// one. Only parts that nothing but room in the next can help are followed,
    /// so that what is in a ring can never move again.
    #[cold]
    pub(super) fn find_ring(&mut self, network: &Network, from: Part) {
        // Mostly there is none: who follows more steps than there are parts goes round.
        let mut end = from;
        for _ in network.parts() {
            match self.waits_for(network, end) {
                Some(next) => end = next,
                None => return,
            }
        }
        let mut way = vec![from];
        let mut here = from;
        while let Some(next) = self.waits_for(network, here) {
            if let Some(start) = way.iter().position(|part| *part == next) {
                self.ring = way.split_off(start);
                return;
            }
            way.push(next);
            here = next;
        }
    }

    /// The part that has to make room before anything in `part` can move, and
    /// before `part` can take anything.
    fn waits_for(&self, network: &Network, part: Part) -> Option<Part> {
        let (item, outlet) = match part {
            Part::Station(index) => {
                let station = &network.stations[index as usize];
                let state = &self.stations[index as usize];
                let stuck = state.servers.iter().all(|server| {
                    !server.down && matches!(server.stage, Stage::Leaving | Stage::AwaitingRoom)
                });
                let server = state.servers.first().filter(|_| stuck)?;
                // Several servers wait for the same part only without a choice.
                if station.outlets.len() > 1 && state.servers.len() > 1 {
                    return None;
                }
                let outlet = station.outlets[server.outlet as usize];
                (*server.items.last()?, outlet)
            }
            Part::Buffer(index) => {
                let buffer = &network.buffers[index as usize];
                let state = &self.buffers[index as usize];
                let full = state.store.len() >= buffer.capacity as usize;
                (state.store.first().filter(|_| full)?, buffer.outlet)
            }
            Part::Conveyor(index) => {
                let conveyor = &network.conveyors[index as usize];
                let state = &self.conveyors[index as usize];
                let closed = conveyor.accumulation == Accumulation::Stopping
                    || state.items.len() >= conveyor.capacity as usize;
                state.blocked_since.filter(|_| closed)?;
                (state.items.front()?.0, conveyor.outlet)
            }
            Part::Source(index) => {
                let held = self.sources[index as usize].held?;
                (held, network.sources[index as usize].outlet)
            }
            Part::Transport(index) => (
                self.stuck_transport(network, index)?,
                network.transports[index as usize].outlet,
            ),
            Part::Router(_) | Part::Sink(_) | Part::Service(_) => return None,
        };
        match self.items.get(item).chosen.unwrap_or(outlet).part {
            Part::Router(_) => None,
            next => Some(next),
        }
    }
}
