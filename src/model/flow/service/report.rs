//! What services and the calls between them say of themselves.

use super::breaker::BreakerState;
use crate::model::flow::run::FlowRun;

/// How a service has done since counting began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ServiceReport {
    /// Requests answered, failed for any reason, of these rejected for want of room;
    /// and requests whose asker did not wait for the end.
    pub answered: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Requests that found no room.
    pub rejected: u64,
    /// Requests whose asker gave up.
    pub timed_out: u64,
    /// Of all requests that ended, those that failed.
    pub error_rate: f64,
    /// Mean time to the answer of answered requests, s.
    pub mean_latency: f64,
    /// Times that a half, 95 and 99 of 100 answered requests did not exceed, s, to one
    /// per cent.
    pub quantiles: [f64; 3],
    /// Share of its slots in use on average.
    pub utilisation: f64,
    /// Slots in use now.
    pub busy: u32,
    /// Requests that wait for a slot, now and on average.
    pub queue: usize,
    /// Requests that waited for a slot on average.
    pub mean_queue: f64,
}

/// How the calls of a dependency have done since counting began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DependencyReport {
    /// Attempts.
    pub calls: u64,
    /// Attempts after a failed one.
    pub retries: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Attempts that were not answered in time.
    pub timed_out: u64,
    /// Calls that the open breaker failed without an attempt.
    pub cut_off: u64,
    /// How often the breaker opened.
    pub opened: u64,
    /// What it does now.
    pub breaker: BreakerState,
    /// Mean time to the answer of attempts that were answered, s.
    pub mean_latency: f64,
}

impl FlowRun {
    /// How a service has done since counting began.
    #[must_use]
    pub fn service_report(&self, service: u32) -> ServiceReport {
        let state = &self.services[service as usize];
        let slots = self.network.services[service as usize].slots;
        let ended = state.answered + state.failed;
        ServiceReport {
            answered: state.answered,
            failed: state.failed,
            rejected: state.rejected,
            timed_out: state.timed_out,
            error_rate: if ended == 0 {
                0.0
            } else {
                state.failed as f64 / ended as f64
            },
            mean_latency: state.latency.mean(),
            quantiles: [0.5, 0.95, 0.99].map(|share| state.quantiles.quantile(share)),
            utilisation: state.use_of.mean(self.now) / f64::from(slots.max(1)),
            busy: state.busy,
            queue: state.queued(),
            mean_queue: state.waiting.mean(self.now),
        }
    }

    /// How the calls of a dependency have done since counting began.
    #[must_use]
    pub fn dependency_report(&self, dependency: u32) -> DependencyReport {
        let state = &self.dependencies[dependency as usize];
        DependencyReport {
            calls: state.calls,
            retries: state.retries,
            failed: state.failed,
            timed_out: state.timed_out,
            cut_off: state.cut_off,
            opened: state.fuse.opened,
            breaker: state.fuse.state(self.now),
            mean_latency: state.latency.mean(),
        }
    }
}
