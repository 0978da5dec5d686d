//! What services and the calls between them are, in numbers.

use serde::{Deserialize, Serialize};

use crate::model::flow::network::Outlet;
use crate::model::flow::times::Times;

/// Answers requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Requests that it works on, or waits for answers for, at the same time.
    pub slots: u32,
    /// Requests that may wait for a slot; those beyond are rejected.
    pub queue: u32,
    /// Time of its own work on a request, before it calls others.
    pub service: Times,
    /// Share of requests whose own work fails.
    pub failing: f64,
    /// Time after which a request from outside is given up, ns; none where the client
    /// waits for ever.
    pub timeout: Option<i64>,
    /// Where requests from outside go: answered ones and failed ones. None where it
    /// is called by services only.
    pub outlets: Vec<Outlet>,
}

/// A call that a service makes for each of its requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dependency {
    /// The service that calls.
    pub caller: u32,
    /// The service that is called.
    pub callee: u32,
    /// Time after which an attempt is given up, ns; none where the caller waits for
    /// ever. What the callee has begun it finishes all the same.
    pub timeout: Option<i64>,
    /// What is done about failed attempts.
    pub retry: Retry,
    /// What stops calls to a service that fails; none where nothing does.
    pub breaker: Option<Breaker>,
}

/// How failed attempts are repeated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts after the first.
    pub retries: u32,
    /// Wait before the first of them, ns; twice as long before each next.
    pub back_off: i64,
    /// Share of the wait that is left to chance: 0 for none, 1 for all of it.
    pub jitter: f64,
}

/// A circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Failed attempts in a row that open it.
    pub threshold: u32,
    /// Time after which one attempt may find out whether the callee answers again, ns.
    pub reset: i64,
}

impl Service {
    /// A service with some slots, no queue, and no failures of its own.
    #[must_use]
    pub const fn new(slots: u32, service: Times, outlets: Vec<Outlet>) -> Self {
        Self {
            slots,
            queue: 0,
            service,
            failing: 0.0,
            timeout: None,
            outlets,
        }
    }
}

impl Dependency {
    /// A call without timeout, retries or breaker.
    #[must_use]
    pub const fn new(caller: u32, callee: u32) -> Self {
        Self {
            caller,
            callee,
            timeout: None,
            retry: Retry {
                retries: 0,
                back_off: 0,
                jitter: 0.0,
            },
            breaker: None,
        }
    }
}

impl Retry {
    /// The wait after some failed attempts, ns; `uniform` lies between 0 and 1.
    pub(super) fn wait(&self, failed: u32, uniform: f64) -> i64 {
        let whole = self.back_off as f64 * 2.0_f64.powi(failed.saturating_sub(1).min(60) as i32);
        (whole * (1.0 - self.jitter * uniform)).round() as i64
    }
}
