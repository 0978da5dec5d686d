//! Conveyors.
//!
//! Times of items on a conveyor are reckoned in the belt's own time, which stands
//! while the belt does. An accumulating conveyor never stands; its items close up
//! at the end, and each moves on by the room of one item when one has left. Where the
//! speed changes, what is left of those times is stretched or shortened.

use super::item::ItemIndex;
use super::network::{Accumulation, Network, Part};
use super::run::FlowRun;
use super::state::Event;

impl FlowRun {
    /// The belt's own time, ns.
    fn belt_time(&self, network: &Network, index: u32) -> i64 {
        let state = &self.conveyors[index as usize];
        match state.blocked_since {
            Some(since)
                if network.conveyors[index as usize].accumulation == Accumulation::Stopping =>
            {
                since - state.stood
            }
            _ => self.now - state.stood,
        }
    }

    fn stands(&self, network: &Network, index: u32) -> bool {
        self.conveyors[index as usize].blocked_since.is_some()
            && network.conveyors[index as usize].accumulation == Accumulation::Stopping
    }

    pub(super) fn conveyor_has_room(&self, network: &Network, index: u32) -> bool {
        let state = &self.conveyors[index as usize];
        let taken = state.items.len() + state.reserved as usize;
        taken < network.conveyors[index as usize].capacity as usize
            && !self.stands(network, index)
            && self.belt_time(network, index) >= state.entry_free
    }

    pub(super) fn accept_conveyor(
        &mut self,
        network: &Network,
        index: u32,
        item: ItemIndex,
    ) -> bool {
        if !self.conveyor_has_room(network, index) {
            return false;
        }
        self.note_move(item, Some(Part::Conveyor(index)));
        let conveyor = &network.conveyors[index as usize];
        let belt = self.belt_time(network, index);
        self.items.get_mut(item).entered = self.now;
        let state = &mut self.conveyors[index as usize];
        let after_last = state
            .items
            .back()
            .map_or(i64::MIN, |&(_, at_end)| at_end + conveyor.spacing);
        let at_end = (belt + conveyor.travel).max(after_last);
        state.items.push_back((item, at_end));
        state.entry_free = belt + conveyor.spacing;
        let alone = state.items.len() == 1;
        if self.counting {
            state.content.add(self.now, 1.0);
        }
        if alone {
            self.schedule(at_end - belt, Event::AtEnd(index));
        }
        true
    }

    /// Hands on the item at the end, if there is one and it is taken.
    pub(super) fn forward_conveyor(&mut self, network: &Network, index: u32) {
        let conveyor = &network.conveyors[index as usize];
        let belt = self.belt_time(network, index);
        let state = &self.conveyors[index as usize];
        let Some(&(item, at_end)) = state.items.front() else {
            return;
        };
        if belt < at_end {
            return;
        }
        // Whether the items stand one behind the other up to the start: the last is
        // where it would be had it closed up some time ago.
        let count = state.items.len() as i64;
        let stand = state.items.len() + state.reserved as usize >= conveyor.capacity as usize
            && state
                .items
                .back()
                .is_some_and(|&(_, at_end)| belt > at_end - (count - 1) * conveyor.spacing);
        let entered = self.items.get(item).entered;
        if !self.deliver(network, Part::Conveyor(index), conveyor.outlet, item) {
            self.conveyors[index as usize]
                .blocked_since
                .get_or_insert(self.now);
            return;
        }
        let now = self.now;
        let state = &mut self.conveyors[index as usize];
        state.items.pop_front();
        state.passed += 1;
        if self.counting {
            state.content.add(now, -1.0);
            state.stay.add((now - entered) as f64 * 1e-9);
        }
        if let Some(since) = state.blocked_since.take() {
            state.blocked += now - since.max(self.counted_from);
            if conveyor.accumulation == Accumulation::Stopping {
                state.stood += now - since;
            }
        }
        if conveyor.accumulation == Accumulation::Accumulating {
            // The row behind moves up; the free place is at its start when the
            // last has moved.
            if stand {
                state.entry_free = state.entry_free.max(belt + conveyor.spacing);
            }
            if let Some(next) = state.items.front_mut() {
                next.1 = next.1.max(belt + conveyor.spacing);
            }
        }
        if let Some(&(_, at_end)) = state.items.front() {
            self.schedule((at_end - belt).max(0), Event::AtEnd(index));
        }
        if !self.conveyors[index as usize].waiters.is_empty() {
            self.roomy.push_back(Part::Conveyor(index));
        }
    }

    /// Has conveyors carry at the speed that `network` says, and no longer at that of
    /// `before`. Every item keeps the part of the way that it has gone.
    pub(super) fn change_belts(&mut self, before: &Network, network: &Network) {
        let pairs = network.conveyors.iter().zip(&before.conveyors);
        for (index, (conveyor, had)) in (0_u32..).zip(pairs) {
            if (conveyor.travel, conveyor.spacing) == (had.travel, had.spacing) {
                continue;
            }
            let belt = self.belt_time(network, index);
            let state = &mut self.conveyors[index as usize];
            for (_, at_end) in &mut state.items {
                *at_end = belt + stretched(*at_end - belt, had.travel, conveyor.travel);
            }
            let until_free = stretched(state.entry_free - belt, had.spacing, conveyor.spacing);
            state.entry_free = belt + until_free;
            // What was put on the agenda at the old speed finds nothing to do.
            state.entry_announced = false;
            let front = state
                .items
                .front()
                .filter(|_| state.blocked_since.is_none());
            if let Some(&(_, at_end)) = front {
                self.schedule((at_end - belt).max(0), Event::AtEnd(index));
            }
            self.note_belt(network, index);
        }
    }

    /// Puts the time at which the start is free on the agenda, where someone
    /// waits for nothing else.
    pub(super) fn announce_entry(&mut self, network: &Network, index: u32) {
        let belt = self.belt_time(network, index);
        let stands = self.stands(network, index);
        let conveyor = &network.conveyors[index as usize];
        let state = &mut self.conveyors[index as usize];
        let full = state.items.len() + state.reserved as usize >= conveyor.capacity as usize;
        let pointless = state.waiters.is_empty() || stands || full || state.entry_announced;
        if !pointless && belt < state.entry_free {
            state.entry_announced = true;
            let after = state.entry_free - belt;
            self.schedule(after, Event::EntryFree(index));
        }
    }
}

/// What is left of a time in which a way is gone, where the whole way takes `new`
/// instead of `old`, ns.
fn stretched(left: i64, old: i64, new: i64) -> i64 {
    if old <= 0 {
        return left;
    }
    let (left, old, new) = (i128::from(left), i128::from(old), i128::from(new));
    let rounded = (2 * left * new + old).div_euclid(2 * old);
    rounded.clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64
}
