//! What becomes of requests and attempts, told to the journal.
//!
//! A request is an item in its service from its coming to its end: from outside it is
//! the item itself, from another service one of its own. An attempt is an item in its
//! dependency while its caller waits. What a service goes on with when who asked from
//! outside waits no longer is told no more.

use std::collections::BTreeSet;

use super::calls::{Asker, Call, CallIndex, Step, nth_dependency};
use crate::model::flow::network::Network;
use crate::model::flow::run::FlowRun;
use crate::twin::{RequestStep, What};

impl FlowRun {
    /// A request of another service comes to a service. Its serial number.
    pub(super) fn tell_of_request(&mut self, service: u32) -> u64 {
        let item = self.items.next_serial();
        self.note_request(service, What::Entered { item, class: 0 });
        item
    }

    /// A request is further.
    pub(super) fn tell_step(&mut self, index: CallIndex, step: RequestStep) {
        let call = self.calls[index as usize];
        // One from outside that was given up has left.
        if self.is_told(&call) {
            let item = call.serial;
            self.note_request(call.service, What::Request { item, step });
        }
    }

    fn is_told(&self, call: &Call) -> bool {
        call.asker != Asker::Nobody || !call.from_outside
    }

    /// A request ends. An item from outside leaves when it is handed on.
    pub(super) fn tell_end(&mut self, network: &Network, call: &Call, answered: bool) {
        let item = call.serial;
        if self.is_told(call) {
            let step = match (answered, call.rejected) {
                (true, _) => RequestStep::Answered,
                (false, true) => RequestStep::Rejected,
                (false, false) => RequestStep::Failed,
            };
            self.note_request(call.service, What::Request { item, step });
            if !call.from_outside {
                self.note_request(call.service, What::Left { item });
            }
        }
        // A service that goes down ends what it has called as well.
        if call.attempting
            && let Some(number) = nth_dependency(network, call.service, call.turn)
        {
            self.tell_end_of_attempt(number, call.attempt, RequestStep::Failed);
        }
    }

    /// Who asked waits no longer: the request ends where it was not begun, or came from
    /// outside.
    pub(super) fn tell_of_giving_up(&mut self, call: &Call) {
        let (item, step) = (call.serial, RequestStep::TimedOut);
        if call.from_outside || call.step == Step::Queued {
            self.note_request(call.service, What::Request { item, step });
            if !call.from_outside {
                self.note_request(call.service, What::Left { item });
            }
        }
    }

    /// An attempt at a dependency begins. Its serial number.
    pub(super) fn tell_of_attempt(&mut self, dependency: u32) -> u64 {
        let item = self.items.next_serial();
        self.note_attempt(dependency, What::Entered { item, class: 0 });
        item
    }

    pub(super) fn tell_end_of_attempt(&mut self, dependency: u32, item: u64, step: RequestStep) {
        self.note_attempt(dependency, What::Request { item, step });
        self.note_attempt(dependency, What::Left { item });
    }

    /// Puts down the requests and attempts that there are now, but for those from
    /// outside, which are items of their services.
    pub(in crate::model::flow) fn note_calls(&mut self) {
        let free: BTreeSet<CallIndex> = self.free_calls.iter().copied().collect();
        let network = std::sync::Arc::clone(&self.network);
        for index in (0..self.calls.len() as u32).filter(|index| !free.contains(index)) {
            let call = self.calls[index as usize];
            let (item, class) = (call.serial, 0);
            if !call.from_outside {
                self.note_request(call.service, What::Entered { item, class });
            }
            if call.attempting
                && let Some(number) = nth_dependency(&network, call.service, call.turn)
            {
                let item = call.attempt;
                self.note_attempt(number, What::Entered { item, class });
            }
        }
    }
}
