//! How items get from part to part: who takes them, who waits for room, and who
//! is asked when there is room again.
//!
//! An item stays where it is until the part behind takes it. A part whose item
//! was refused stands in the line of the part that refused it. When that part has
//! room again, it is put into `roomy`, and after the event those in its line are
//! asked, in order. So a line of any length that moves up does so without
//! recursion.

use super::item::{Item, ItemIndex};
use super::network::{Arrivals, Network, Outlet, Part, Rule, WhenFull};
use super::run::FlowRun;
use super::times::Times;
use crate::quantity::unit_interval;

impl FlowRun {
    /// Hands an item to where `outlet` leads. Where it is refused, `from` waits.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        network: &Network,
        from: Part,
        outlet: Outlet,
        item: ItemIndex,
    ) -> bool {
        if self.offer(network, outlet, item) {
            return true;
        }
        // The way may have been chosen in between.
        let outlet = self.items.get(item).chosen.unwrap_or(outlet);
        if let Part::Router(router) = outlet.part {
            for way in &network.routers[router as usize].outlets {
                self.wait_for(network, way.part, from);
            }
        } else {
            self.wait_for(network, outlet.part, from);
        }
        if self.has_rings {
            self.find_ring(network, from);
        }
        false
    }

    /// Hands an item to where `outlet` leads, if it is taken there.
    #[inline(always)]
    pub(super) fn offer(&mut self, network: &Network, outlet: Outlet, item: ItemIndex) -> bool {
        let chosen = self.items.get(item).chosen;
        if chosen.is_none() && !matches!(outlet.part, Part::Router(_)) {
            return self.accept(network, outlet, item);
        }
        self.offer_by_choice(network, chosen.unwrap_or(outlet), item)
    }

    fn offer_by_choice(&mut self, network: &Network, outlet: Outlet, item: ItemIndex) -> bool {
        let outlet = self.choose(network, outlet, item);
        let taken = if let Part::Router(router) = outlet.part {
            // What is left undecided depends on where there is room.
            match self.best_way(network, router) {
                Some(way) => {
                    self.routers[router as usize].passed += 1;
                    self.items.get_mut(item).chosen = None;
                    self.accept(network, way, item)
                }
                None => false,
            }
        } else {
            self.items.get_mut(item).chosen = None;
            self.accept(network, outlet, item)
        };
        if !taken {
            self.items.get_mut(item).chosen = Some(outlet);
        }
        taken
    }

    /// Follows routers whose choice stands, to a part that takes items or a
    /// router that goes by where there is room.
    fn choose(&mut self, network: &Network, outlet: Outlet, item: ItemIndex) -> Outlet {
        let mut outlet = outlet;
        while let Part::Router(index) = outlet.part {
            let router = &network.routers[index as usize];
            let state = &mut self.routers[index as usize];
            let last = router.outlets.len() - 1;
            let way = match &router.rule {
                Rule::Chance(chances) => {
                    let mut left = unit_interval(&mut state.stream);
                    let passed_by = chances.iter().take_while(|&&chance| {
                        left -= chance;
                        left >= 0.0
                    });
                    passed_by.count()
                }
                Rule::Turns => {
                    let way = state.turn as usize;
                    state.turn = if way >= last { 0 } else { state.turn + 1 };
                    way
                }
                Rule::Class => self.items.get(item).class as usize,
                Rule::Timetable(timetable) => timetable.at(self.now).max(0.0) as usize,
                Rule::Shortest | Rule::FirstFree => return outlet,
            };
            state.passed += 1;
            outlet = router.outlets[way.min(last)];
        }
        outlet
    }

    /// Where an item would be taken now, following routers from `outlet`. Where
    /// there is no room, the item remembers the way that was chosen.
    pub(super) fn place_behind(
        &mut self,
        network: &Network,
        outlet: Outlet,
        item: ItemIndex,
    ) -> Option<Outlet> {
        let outlet = self.choose(network, outlet, item);
        let place = match outlet.part {
            Part::Router(router) => self.best_way(network, router),
            _ => Some(outlet).filter(|way| self.takes(network, *way)),
        };
        if place.is_none() {
            self.items.get_mut(item).chosen = Some(outlet);
        }
        place
    }

    /// The outlet of a router that goes by where there is room; `None` where
    /// there is none.
    fn best_way(&self, network: &Network, index: u32) -> Option<Outlet> {
        let router = &network.routers[index as usize];
        let mut open = (router.outlets.iter()).filter(|way| self.takes(network, **way));
        if router.rule == Rule::FirstFree {
            open.next().copied()
        } else {
            open.min_by_key(|way| self.line_length(network, way.part))
                .copied()
        }
    }

    /// Items in a part and, where it is a buffer, in what is right behind it.
    fn line_length(&self, network: &Network, part: Part) -> usize {
        match part {
            Part::Buffer(index) => {
                let behind = network.buffers[index as usize].outlet.part;
                let served = match behind {
                    Part::Station(_) => self.content(behind),
                    _ => 0,
                };
                self.content(part) + served
            }
            _ => self.content(part),
        }
    }

    #[inline]
    fn accept(&mut self, network: &Network, outlet: Outlet, item: ItemIndex) -> bool {
        match outlet.part {
            Part::Buffer(index) => self.accept_buffer(network, index, item),
            Part::Station(index) => self.accept_station(network, index, outlet.inlet, item),
            Part::Conveyor(index) => self.accept_conveyor(network, index, item),
            Part::Transport(index) => self.accept_transport(network, index, item),
            Part::Sink(index) => self.accept_sink(index, item),
            Part::Service(index) => {
                self.accept_service(network, index, item);
                true
            }
            // Nothing leads into a source, and routers were followed.
            Part::Source(_) | Part::Router(_) => false,
        }
    }

    /// Whether an item would be taken now.
    pub(super) fn takes(&self, network: &Network, outlet: Outlet) -> bool {
        match outlet.part {
            Part::Buffer(index) => self.buffer_has_room(network, index),
            Part::Station(index) => self.station_takes(network, index, outlet.inlet),
            Part::Conveyor(index) => self.conveyor_has_room(network, index),
            Part::Transport(index) => self.transport_has_room(network, index),
            Part::Sink(index) => !self.sinks[index as usize].shut,
            Part::Service(_) => true,
            Part::Source(_) | Part::Router(_) => false,
        }
    }

    #[inline]
    fn buffer_has_room(&self, network: &Network, index: u32) -> bool {
        let state = &self.buffers[index as usize];
        state.store.len() + (state.reserved as usize)
            < network.buffers[index as usize].capacity as usize
    }

    /// Puts `from` into the line of a part that has no room.
    #[inline]
    pub(super) fn wait_for(&mut self, network: &Network, part: Part, from: Part) {
        if let Part::Buffer(index) = from {
            self.buffers[index as usize].waiting = true;
        }
        match part {
            Part::Buffer(index) => self.buffers[index as usize].waiters.add(from),
            Part::Station(index) => self.stations[index as usize].waiters.add(from),
            Part::Conveyor(index) => {
                self.conveyors[index as usize].waiters.add(from);
                self.announce_entry(network, index);
            }
            Part::Transport(index) => self.transports[index as usize].waiters.add(from),
            Part::Sink(index) => self.sinks[index as usize].waiters.add(from),
            Part::Source(_) | Part::Router(_) | Part::Service(_) => {}
        }
    }

    /// Asks those who wait for `part`, while it has room.
    #[inline]
    pub(super) fn ask(&mut self, network: &Network, part: Part) {
        let waiting = match part {
            Part::Buffer(index) => self.buffers[index as usize].waiters.len(),
            Part::Station(index) => self.stations[index as usize].waiters.len(),
            Part::Conveyor(index) => self.conveyors[index as usize].waiters.len(),
            Part::Transport(index) => self.transports[index as usize].waiters.len(),
            Part::Sink(index) => self.sinks[index as usize].waiters.len(),
            Part::Source(_) | Part::Router(_) | Part::Service(_) => 0,
        };
        // Each once, and then again while that got something through: who has more
        // items, or needs another inlet, goes to the end.
        let mut left = waiting;
        while left > 0 {
            left -= 1;
            let first = match part {
                Part::Buffer(index) if self.buffer_has_room(network, index) => {
                    self.buffers[index as usize].waiters.take()
                }
                Part::Station(index) if self.station_has_room(index) => {
                    self.stations[index as usize].waiters.take()
                }
                Part::Conveyor(index) if self.conveyor_has_room(network, index) => {
                    self.conveyors[index as usize].waiters.take()
                }
                Part::Transport(index) if self.transport_has_room(network, index) => {
                    self.transports[index as usize].waiters.take()
                }
                Part::Sink(index) if !self.sinks[index as usize].shut => {
                    self.sinks[index as usize].waiters.take()
                }
                _ => None,
            };
            match first {
                Some(Part::Source(index)) => self.retry_source(network, index),
                Some(Part::Buffer(index))
                    if network.buffers[index as usize].outlet.part == part =>
                {
                    // One item, and back into the line: what is asked has room for
                    // one mostly, and a second try would be in vain.
                    left += usize::from(self.forward_one(network, index, part));
                }
                Some(Part::Buffer(index)) => {
                    self.buffers[index as usize].waiting = false;
                    self.forward_buffer(network, index);
                }
                Some(Part::Station(index)) => {
                    // Of a conveyor the next free entry is still to be announced.
                    let last = left == 0 && !matches!(part, Part::Conveyor(_));
                    self.retry_station(network, index, last);
                }
                Some(Part::Conveyor(index)) => self.forward_conveyor(network, index),
                Some(Part::Transport(index)) => self.forward_transport(network, index),
                Some(Part::Router(_) | Part::Sink(_) | Part::Service(_)) => {}
                None => break,
            }
        }
        if let Part::Conveyor(index) = part {
            self.announce_entry(network, index);
        }
    }

    /// A source makes its next items.
    #[inline]
    pub(super) fn arrive(&mut self, network: &Network, index: u32) {
        self.start_batch(network, index);
        if !self.emit(network, index) {
            return;
        }
        // A source that always has a next item needs no event for each; one more
        // finds out whether there is room. What comes then is an event again.
        if self.never_starves(network, index) {
            self.start_batch(network, index);
            if !self.emit(network, index) {
                return;
            }
        }
        self.schedule_arrival(network, index);
    }

    /// Whether a source has a next item as soon as the last is gone.
    #[inline]
    fn never_starves(&self, network: &Network, index: u32) -> bool {
        let source = &network.sources[index as usize];
        matches!(&source.arrivals, Arrivals::Intervals(Times::Constant(0)))
            && self.sources[index as usize].rate > 0.0
    }

    #[inline]
    fn start_batch(&mut self, network: &Network, index: u32) {
        let source = &network.sources[index as usize];
        let state = &mut self.sources[index as usize];
        let left = source
            .limit
            .map_or(u64::MAX, |limit| limit.saturating_sub(state.made));
        // At most the batch, which is a u32.
        state.left_of_batch = left.min(u64::from(source.batch)) as u32;
    }

    /// Makes the items of the present batch. Whether all have gone.
    #[inline]
    fn emit(&mut self, network: &Network, index: u32) -> bool {
        let source = &network.sources[index as usize];
        while self.sources[index as usize].left_of_batch > 0 {
            let state = &mut self.sources[index as usize];
            state.left_of_batch -= 1;
            state.made += 1;
            let item = self.items.add(Item {
                serial: 0,
                born: self.now,
                entered: self.now,
                due: source
                    .due_after
                    .map_or(i64::MAX, |after| self.now.saturating_add(after)),
                priority: source.priority,
                class: source.class,
                reworks: 0,
                chosen: None,
            });
            self.note_move(item, Some(Part::Source(index)));
            if self.counting {
                self.population.add(self.now, 1.0);
            }
            match source.when_full {
                WhenFull::Wait => {
                    if !self.deliver(network, Part::Source(index), source.outlet, item) {
                        self.sources[index as usize].held = Some(item);
                        return false;
                    }
                }
                WhenFull::Lose => {
                    if !self.offer(network, source.outlet, item) {
                        self.sources[index as usize].lost += 1;
                        self.let_go(item);
                    }
                }
            }
        }
        true
    }

    #[inline]
    pub(super) fn retry_source(&mut self, network: &Network, index: u32) {
        let source = &network.sources[index as usize];
        let Some(item) = self.sources[index as usize].held.take() else {
            return;
        };
        if !self.deliver(network, Part::Source(index), source.outlet, item) {
            self.sources[index as usize].held = Some(item);
            return;
        }
        if !self.emit(network, index) {
            return;
        }
        if self.never_starves(network, index) {
            self.arrive(network, index);
        } else {
            self.schedule_arrival(network, index);
        }
    }

    /// An item leaves for good.
    #[inline]
    pub(super) fn let_go(&mut self, item: ItemIndex) {
        self.note_move(item, None);
        if self.counting {
            self.population.add(self.now, -1.0);
        }
        self.items.remove(item);
    }

    #[inline]
    fn accept_sink(&mut self, index: u32, item: ItemIndex) -> bool {
        if self.sinks[index as usize].shut {
            return false;
        }
        self.note_move(item, Some(Part::Sink(index)));
        let sink = &mut self.sinks[index as usize];
        let found = self.items.get(item);
        sink.count += 1;
        sink.late += u64::from(found.due < self.now);
        if self.counting {
            let stay = (self.now - found.born) as f64 * 1e-9;
            sink.stay.add(stay);
            self.stay.add(stay);
        }
        self.let_go(item);
        true
    }

    #[inline]
    fn accept_buffer(&mut self, network: &Network, index: u32, item: ItemIndex) -> bool {
        let buffer = &network.buffers[index as usize];
        if !self.buffer_has_room(network, index) {
            return false;
        }
        self.note_move(item, Some(Part::Buffer(index)));
        let state = &mut self.buffers[index as usize];
        if state.store.len() == 0 && !state.waiting {
            // Nothing is before it: it may go straight on.
            if self.deliver(network, Part::Buffer(index), buffer.outlet, item) {
                let state = &mut self.buffers[index as usize];
                state.passed += 1;
                if self.counting {
                    state.stay.add(0.0);
                }
                return true;
            }
        }
        let now = self.now;
        let item_state = self.items.get_mut(item);
        item_state.entered = now;
        let state = &mut self.buffers[index as usize];
        state.store.push(item, item_state);
        if self.counting {
            state.content.add(now, 1.0);
        }
        true
    }

    /// Hands one item of a buffer to `part` right behind it, which asked for it;
    /// the buffer waits on where it has more. Whether it was taken.
    #[inline]
    fn forward_one(&mut self, network: &Network, index: u32, part: Part) -> bool {
        let outlet = network.buffers[index as usize].outlet;
        let Some(item) = self.buffers[index as usize].store.first() else {
            self.buffers[index as usize].waiting = false;
            return false;
        };
        let entered = self.items.get(item).entered;
        let taken = self.offer(network, outlet, item);
        if taken {
            self.count_out_of_buffer(index, entered);
            if !self.buffers[index as usize].waiters.is_empty() {
                self.roomy.push_back(Part::Buffer(index));
            }
        }
        let waits = self.buffers[index as usize].store.len() > 0;
        self.buffers[index as usize].waiting = waits;
        if waits {
            match part {
                Part::Buffer(behind) => self.buffers[behind as usize]
                    .waiters
                    .put_back(Part::Buffer(index)),
                Part::Station(behind) => self.stations[behind as usize]
                    .waiters
                    .put_back(Part::Buffer(index)),
                _ => self.wait_for(network, part, Part::Buffer(index)),
            }
        }
        taken
    }

    #[inline(always)]
    pub(super) fn count_out_of_buffer(&mut self, index: u32, entered: i64) {
        let state = &mut self.buffers[index as usize];
        state.store.pop();
        state.passed += 1;
        if self.counting {
            state.content.add(self.now, -1.0);
            state.stay.add((self.now - entered) as f64 * 1e-9);
        }
    }

    /// Hands on what a buffer holds, as far as it is taken.
    #[inline]
    pub(super) fn forward_buffer(&mut self, network: &Network, index: u32) {
        let outlet = network.buffers[index as usize].outlet;
        let mut freed = false;
        while let Some(item) = self.buffers[index as usize].store.first() {
            let entered = self.items.get(item).entered;
            if !self.deliver(network, Part::Buffer(index), outlet, item) {
                break;
            }
            freed = true;
            self.count_out_of_buffer(index, entered);
        }
        if freed && !self.buffers[index as usize].waiters.is_empty() {
            self.roomy.push_back(Part::Buffer(index));
        }
    }
}
