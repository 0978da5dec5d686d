//! Requests on their way through services.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::breaker::Fuse;
use crate::model::event::EventHandle;
use crate::model::flow::item::ItemIndex;
use crate::model::flow::network::{Network, Part};
use crate::model::flow::run::FlowRun;
use crate::model::flow::state::Event;
use crate::model::flow::statistics::{Observations, Quantiles, TimeWeighted};
use crate::quantity::{Stream, unit_interval};
use crate::twin::RequestStep;

/// Position of a request in the store; used again once it is over.
pub(super) type CallIndex = u32;

/// Who waits for the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Asker {
    /// A client outside: the item.
    Outside(ItemIndex),
    /// Another request.
    Call(CallIndex),
    /// Nobody any more.
    Nobody,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    /// Waits for a slot.
    Queued,
    /// Its service works on it.
    Working,
    /// Waits for the answer of another request.
    Calling,
    /// Waits before it tries again.
    BackingOff,
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::model::flow) struct Call {
    pub(super) service: u32,
    pub(super) asker: Asker,
    pub(super) step: Step,
    came: i64,
    /// Which of the dependencies of its service is its turn, and how many attempts of
    /// it have failed.
    pub(super) turn: u32,
    failed: u32,
    /// When the present attempt began.
    tried: i64,
    /// End of work or of a wait; end of patience.
    pub(super) timer: Option<EventHandle>,
    pub(super) deadline: Option<EventHandle>,
    /// Work that is left at speed one, where the service hangs, ns.
    pub(super) left: i64,
    /// Serial number of the request, and of its present attempt at a dependency.
    pub(super) serial: u64,
    pub(super) attempt: u64,
    /// Whether it found no room; whether its present attempt was given up.
    pub(super) rejected: bool,
    pub(super) gave_up: bool,
    /// Whether it came from outside; whether an attempt is going on.
    pub(super) from_outside: bool,
    pub(super) attempting: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::model::flow) struct ServiceState {
    pub(super) service: Stream,
    pub(super) failure: Stream,
    pub(super) queue: VecDeque<CallIndex>,
    pub(super) busy: u32,
    /// Requests from outside that wait for their answer.
    outside: u32,
    pub(super) waiting: TimeWeighted,
    pub(super) use_of: TimeWeighted,
    pub(super) answered: u64,
    pub(super) failed: u64,
    pub(super) rejected: u64,
    pub(super) timed_out: u64,
    /// Requests from outside that left.
    passed: u64,
    pub(super) latency: Observations,
    pub(super) quantiles: Quantiles,
    /// Whether it is down; slots that are gone; speed of its work, and what is added
    /// to it, ns.
    pub(super) down: bool,
    pub(super) slots_lost: u32,
    pub(super) speed: f64,
    pub(super) added: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::model::flow) struct DependencyState {
    pub(super) stream: Stream,
    /// Whether an attempt fails on the way, and the share of those that do.
    pub(super) losses: Stream,
    pub(super) failing: f64,
    pub(super) fuse: Fuse,
    /// Attempts, those of them that were repeated ones, and those that failed.
    pub(super) calls: u64,
    pub(super) retries: u64,
    pub(super) failed: u64,
    pub(super) timed_out: u64,
    /// Calls that an open breaker failed without an attempt.
    pub(super) cut_off: u64,
    pub(super) latency: Observations,
}

impl ServiceState {
    pub(in crate::model::flow) fn new(service: Stream, failure: Stream) -> Self {
        Self {
            service,
            failure,
            queue: VecDeque::new(),
            busy: 0,
            outside: 0,
            waiting: TimeWeighted::default(),
            use_of: TimeWeighted::default(),
            answered: 0,
            failed: 0,
            rejected: 0,
            timed_out: 0,
            passed: 0,
            latency: Observations::default(),
            quantiles: Quantiles::default(),
            down: false,
            slots_lost: 0,
            speed: 1.0,
            added: 0,
        }
    }

    pub(in crate::model::flow) fn reseed(&mut self, service: Stream, failure: Stream) {
        self.service = service;
        self.failure = failure;
    }

    pub(in crate::model::flow) const fn outside(&self) -> usize {
        self.outside as usize
    }

    pub(in crate::model::flow) const fn passed(&self) -> u64 {
        self.passed
    }

    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Counting begins anew.
    pub(in crate::model::flow) fn restart(&mut self, now: i64) {
        self.waiting.restart(now);
        self.use_of.restart(now);
        self.answered = 0;
        self.failed = 0;
        self.rejected = 0;
        self.timed_out = 0;
        self.passed = 0;
        self.latency = Observations::default();
        self.quantiles = Quantiles::default();
    }
}

impl DependencyState {
    pub(in crate::model::flow) fn new(stream: Stream, losses: Stream) -> Self {
        Self {
            stream,
            losses,
            failing: 0.0,
            fuse: Fuse::default(),
            calls: 0,
            retries: 0,
            failed: 0,
            timed_out: 0,
            cut_off: 0,
            latency: Observations::default(),
        }
    }

    pub(in crate::model::flow) fn reseed(&mut self, stream: Stream, losses: Stream) {
        self.stream = stream;
        self.losses = losses;
    }

    /// Counting begins anew.
    pub(in crate::model::flow) fn restart(&mut self) {
        self.calls = 0;
        self.retries = 0;
        self.failed = 0;
        self.timed_out = 0;
        self.cut_off = 0;
        self.fuse.opened = 0;
        self.latency = Observations::default();
    }
}

impl FlowRun {
    /// A request comes from outside. It is always taken: one that is rejected leaves
    /// as failed.
    pub(in crate::model::flow) fn accept_service(
        &mut self,
        network: &Network,
        service: u32,
        item: ItemIndex,
    ) {
        self.note_move(item, Some(Part::Service(service)));
        self.items.get_mut(item).entered = self.now;
        self.services[service as usize].outside += 1;
        let timeout = network.services[service as usize].timeout;
        self.ask_service(network, service, Asker::Outside(item), timeout);
    }

    /// Requests that wait get slots that were added.
    pub(in crate::model::flow) fn fill_slots(&mut self, network: &Network) {
        for service in 0..network.services.len() as u32 {
            self.take_from_queue(network, service);
        }
    }

    /// A request comes to a service.
    fn ask_service(&mut self, network: &Network, service: u32, asker: Asker, timeout: Option<i64>) {
        let serial = match asker {
            Asker::Outside(item) => self.items.get(item).serial,
            Asker::Call(_) | Asker::Nobody => self.tell_of_request(service),
        };
        let call = Call {
            service,
            asker,
            step: Step::Queued,
            came: self.now,
            turn: 0,
            failed: 0,
            tried: self.now,
            timer: None,
            deadline: None,
            left: 0,
            serial,
            attempt: 0,
            rejected: false,
            gave_up: false,
            from_outside: matches!(asker, Asker::Outside(_)),
            attempting: false,
        };
        let index = if let Some(index) = self.free_calls.pop() {
            self.calls[index as usize] = call;
            index
        } else {
            self.calls.push(call);
            // Four billion requests at one time need more memory than there is.
            (self.calls.len() - 1) as u32
        };
        let definition = &network.services[service as usize];
        let state = &mut self.services[service as usize];
        let is_full =
            state.busy >= state.slots(definition) && state.queue.len() >= definition.queue as usize;
        if state.down || is_full {
            state.rejected += 1;
            self.calls[index as usize].rejected = true;
            self.end_call(network, index, false);
            return;
        }
        if let Some(timeout) = timeout {
            let deadline = self.schedule(timeout, Event::Deadline(index));
            self.calls[index as usize].deadline = Some(deadline);
        }
        let state = &mut self.services[service as usize];
        state.queue.push_back(index);
        if self.counting {
            state.waiting.add(self.now, 1.0);
        }
        self.take_from_queue(network, service);
    }

    pub(super) fn take_from_queue(&mut self, network: &Network, service: u32) {
        let definition = &network.services[service as usize];
        loop {
            let state = &mut self.services[service as usize];
            if state.busy >= state.slots(definition) {
                return;
            }
            let Some(index) = state.queue.pop_front() else {
                return;
            };
            state.busy += 1;
            if self.counting {
                state.waiting.add(self.now, -1.0);
                state.use_of.add(self.now, 1.0);
            }
            let work = definition.service.draw(&mut state.service);
            let work = work.saturating_add(state.added);
            let speed = state.speed;
            self.calls[index as usize].step = Step::Working;
            self.tell_step(index, RequestStep::Begun);
            self.work_on(index, work, speed);
        }
    }

    /// The work on a request ends, or its wait before the next attempt.
    pub(in crate::model::flow) fn go_on_with_call(&mut self, network: &Network, index: CallIndex) {
        self.calls[index as usize].timer = None;
        if self.calls[index as usize].step == Step::Working {
            self.tell_step(index, RequestStep::Worked);
            let call = &self.calls[index as usize];
            let failing = network.services[call.service as usize].failing;
            let state = &mut self.services[call.service as usize];
            // One word for each request, so that another share changes no other draw.
            if unit_interval(&mut state.failure) < failing {
                self.end_call(network, index, false);
                return;
            }
        }
        self.attempt(network, index);
    }

    /// Makes the call whose turn it is, or answers where all were made.
    fn attempt(&mut self, network: &Network, index: CallIndex) {
        let call = self.calls[index as usize];
        let Some(number) = nth_dependency(network, call.service, call.turn) else {
            self.end_call(network, index, true);
            return;
        };
        let dependency = &network.dependencies[number as usize];
        let state = &mut self.dependencies[number as usize];
        if dependency.breaker.is_some() && !state.fuse.lets_through(self.now) {
            state.cut_off += 1;
            let attempt = self.tell_of_attempt(number);
            self.tell_end_of_attempt(number, attempt, RequestStep::CutOff);
            self.end_call(network, index, false);
            return;
        }
        state.calls += 1;
        state.retries += u64::from(call.failed > 0);
        // One word for each, so that those of two shares that are lost are the same.
        let is_lost = state.failing > 0.0 && unit_interval(&mut state.losses) < state.failing;
        let attempt = self.tell_of_attempt(number);
        let call = &mut self.calls[index as usize];
        call.step = Step::Calling;
        call.tried = self.now;
        call.attempt = attempt;
        call.attempting = true;
        call.gave_up = false;
        if is_lost {
            self.attempt_ends(network, index, false);
            return;
        }
        self.ask_service(
            network,
            dependency.callee,
            Asker::Call(index),
            dependency.timeout,
        );
    }

    /// An attempt of a request ended.
    fn attempt_ends(&mut self, network: &Network, index: CallIndex, answered: bool) {
        let call = self.calls[index as usize];
        let Some(number) = nth_dependency(network, call.service, call.turn) else {
            return;
        };
        let step = match (answered, call.gave_up) {
            (true, _) => RequestStep::Answered,
            (false, true) => RequestStep::TimedOut,
            (false, false) => RequestStep::Failed,
        };
        self.calls[index as usize].attempting = false;
        self.tell_end_of_attempt(number, call.attempt, step);
        let dependency = &network.dependencies[number as usize];
        let state = &mut self.dependencies[number as usize];
        if let Some(breaker) = &dependency.breaker {
            state.fuse.note(breaker, self.now, answered);
        }
        let call = &mut self.calls[index as usize];
        if answered {
            if self.counting {
                state.latency.add((self.now - call.tried) as f64 * 1e-9);
            }
            call.turn += 1;
            call.failed = 0;
            self.attempt(network, index);
            return;
        }
        state.failed += 1;
        call.failed += 1;
        if call.failed > dependency.retry.retries {
            self.end_call(network, index, false);
            return;
        }
        let wait = dependency
            .retry
            .wait(call.failed, unit_interval(&mut state.stream));
        call.step = Step::BackingOff;
        let timer = self.schedule(wait, Event::Call(index));
        self.calls[index as usize].timer = Some(timer);
    }

    /// A request ends: its slot is free, and who waits for it gets its answer.
    pub(super) fn end_call(&mut self, network: &Network, index: CallIndex, answered: bool) {
        let call = self.calls[index as usize];
        if let Some(deadline) = call.deadline {
            self.agenda.cancel(deadline);
        }
        let state = &mut self.services[call.service as usize];
        if answered {
            state.answered += 1;
            if self.counting {
                let latency = (self.now - call.came) as f64 * 1e-9;
                state.latency.add(latency);
                state.quantiles.add(latency);
            }
        } else {
            state.failed += 1;
        }
        self.free_calls.push(index);
        self.tell_end(network, &call, answered);
        let state = &mut self.services[call.service as usize];
        if call.step != Step::Queued {
            state.busy -= 1;
            if self.counting {
                state.use_of.add(self.now, -1.0);
            }
            self.take_from_queue(network, call.service);
        }
        self.tell(network, call.service, call.asker, answered);
    }

    /// Who asked gets the answer.
    fn tell(&mut self, network: &Network, service: u32, asker: Asker, answered: bool) {
        match asker {
            Asker::Outside(item) => {
                let state = &mut self.services[service as usize];
                state.outside -= 1;
                state.passed += 1;
                let outlets = &network.services[service as usize].outlets;
                if let Some(&outlet) = outlets.get(usize::from(!answered)) {
                    // What is behind a service takes everything: that was checked.
                    self.deliver(network, Part::Service(service), outlet, item);
                }
            }
            Asker::Call(caller) => self.attempt_ends(network, caller, answered),
            Asker::Nobody => {}
        }
    }

    /// Who asked waits no longer.
    pub(in crate::model::flow) fn give_up_call(&mut self, network: &Network, index: CallIndex) {
        let call = self.calls[index as usize];
        self.calls[index as usize].deadline = None;
        self.calls[index as usize].asker = Asker::Nobody;
        let state = &mut self.services[call.service as usize];
        state.timed_out += 1;
        if call.step == Step::Queued {
            state.queue.retain(|queued| *queued != index);
            if self.counting {
                state.waiting.add(self.now, -1.0);
            }
            state.failed += 1;
            self.free_calls.push(index);
        }
        self.tell_of_giving_up(&call);
        if let Asker::Call(caller) = call.asker {
            self.calls[caller as usize].gave_up = true;
            let caller = self.calls[caller as usize];
            if let Some(number) = nth_dependency(network, caller.service, caller.turn) {
                self.dependencies[number as usize].timed_out += 1;
            }
        }
        self.tell(network, call.service, call.asker, false);
    }

    /// Items of the requests from outside that wait for their answer.
    pub(in crate::model::flow) fn items_of_service(&self, service: u32) -> Vec<ItemIndex> {
        let open = self.calls.iter().enumerate().filter(|(index, call)| {
            call.service == service && !self.free_calls.contains(&(*index as u32))
        });
        open.filter_map(|(_, call)| match call.asker {
            Asker::Outside(item) => Some(item),
            Asker::Call(_) | Asker::Nobody => None,
        })
        .collect()
    }
}

/// A dependency of a service, by its place among them.
pub(super) fn nth_dependency(network: &Network, service: u32, turn: u32) -> Option<u32> {
    (0_u32..)
        .zip(&network.dependencies)
        .filter(|(_, dependency)| dependency.caller == service)
        .nth(turn as usize)
        .map(|(number, _)| number)
}
