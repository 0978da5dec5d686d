//! What befalls services and the calls between them while a flow runs.

use std::collections::BTreeSet;

use super::calls::{Asker, CallIndex, ServiceState, Step};
use super::definition::Service;
use crate::model::flow::run::FlowRun;
use crate::model::flow::state::Event;

impl ServiceState {
    /// Slots that there are at present.
    pub(super) fn slots(&self, definition: &Service) -> u32 {
        if self.down {
            0
        } else {
            definition.slots.saturating_sub(self.slots_lost)
        }
    }
}

impl FlowRun {
    /// Takes a service down, or up again. What it has when it goes down fails, what it
    /// has called is worked on for nobody, and what comes is rejected.
    pub fn set_down(&mut self, service: u32, down: bool) {
        let state = &mut self.services[service as usize];
        let before = std::mem::replace(&mut state.down, down);
        if down && !before {
            self.fail_all(service);
        }
    }

    /// Takes slots of a service away, or brings them back. One in use is gone when its
    /// request has ended.
    pub fn set_slots_lost(&mut self, service: u32, lost: u32) {
        let state = &mut self.services[service as usize];
        if std::mem::replace(&mut state.slots_lost, lost) > lost {
            let network = std::sync::Arc::clone(&self.network);
            self.take_from_queue(&network, service);
            self.ask_waiters(&network);
        }
    }

    /// Sets the speed of the work of a service, relative to its own. What is left of
    /// the work that goes on takes as much longer; at zero it stands still.
    pub fn set_service_speed(&mut self, service: u32, speed: f64) {
        let state = &mut self.services[service as usize];
        let before = std::mem::replace(&mut state.speed, speed);
        if before.to_bits() == speed.to_bits() {
            return;
        }
        for index in self.open_calls(service) {
            let call = &mut self.calls[index as usize];
            if call.step != Step::Working {
                continue;
            }
            let left = match call.timer.take() {
                Some(timer) => {
                    self.agenda.cancel(timer);
                    ((timer.time().nanoseconds() - self.now) as f64 * before).round() as i64
                }
                None => call.left,
            };
            self.work_on(index, left, speed);
        }
    }

    /// Sets what is added to the work of a service on each request that begins from
    /// now on, ns.
    pub fn set_added_latency(&mut self, service: u32, added: i64) {
        self.services[service as usize].added = added.max(0);
    }

    /// Sets the share of the attempts of a dependency that fail on the way.
    pub fn set_failing_calls(&mut self, dependency: u32, share: f64) {
        self.dependencies[dependency as usize].failing = share;
    }

    /// Lets some work on a request, at speed one, ns, go on at another speed.
    pub(super) fn work_on(&mut self, index: CallIndex, left: i64, speed: f64) {
        let timer = (speed > 0.0).then(|| {
            let time = (left as f64 / speed).round() as i64;
            // At speed one to the nanosecond, whatever its length.
            let time = if (speed - 1.0).abs() > 0.0 {
                time
            } else {
                left
            };
            self.schedule(time, Event::Call(index))
        });
        let call = &mut self.calls[index as usize];
        call.timer = timer;
        call.left = left;
    }

    /// The requests that a service has, in the order of their places in the store.
    pub(super) fn open_calls(&self, service: u32) -> Vec<CallIndex> {
        let free: BTreeSet<CallIndex> = self.free_calls.iter().copied().collect();
        let of_service = (0_u32..)
            .zip(&self.calls)
            .filter(|(index, call)| call.service == service && !free.contains(index));
        of_service.map(|(index, _)| index).collect()
    }

    fn fail_all(&mut self, service: u32) {
        let network = std::sync::Arc::clone(&self.network);
        let open = self.open_calls(service);
        self.forget_askers(&open.iter().copied().collect());
        let now = self.now;
        let state = &mut self.services[service as usize];
        if self.counting {
            state.waiting.add(now, -(state.queue.len() as f64));
        }
        state.queue.clear();
        for index in open {
            if let Some(timer) = self.calls[index as usize].timer.take() {
                self.agenda.cancel(timer);
            }
            self.end_call(&network, index, false);
        }
        self.ask_waiters(&network);
    }

    /// Nobody waits any more for what these requests have asked others.
    fn forget_askers(&mut self, askers: &BTreeSet<CallIndex>) {
        let free: BTreeSet<CallIndex> = self.free_calls.iter().copied().collect();
        for (index, call) in (0_u32..).zip(&mut self.calls) {
            let Asker::Call(asker) = call.asker else {
                continue;
            };
            if askers.contains(&asker) && !free.contains(&index) {
                call.asker = Asker::Nobody;
                if let Some(deadline) = call.deadline.take() {
                    self.agenda.cancel(deadline);
                }
            }
        }
    }
}
