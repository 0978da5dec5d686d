//! Services that call each other: capacity, queues, timeouts, retries, circuit
//! breakers.
//!
//! A request takes a slot of a service, is worked on, and then makes the calls that
//! the service depends on, one after the other. It keeps its slot while it waits for
//! an answer: so a slow service behind fills the slots of all before it. An attempt
//! fails where the callee has no room, fails itself or does not answer in time; it is
//! repeated after a while, and when all attempts are spent the request fails upward.

mod befall;
mod breaker;
mod calls;
mod check;
mod definition;
mod outputs;
mod read;
mod report;
mod tell;

pub use breaker::BreakerState;
pub use check::{ServicePlace, ServiceProblem, check_services};
pub use definition::{Breaker, Dependency, Retry, Service};
pub use report::{DependencyReport, ServiceReport};

pub(super) use calls::{Call, DependencyState, ServiceState};
pub(super) use outputs::ServiceOutputs;
pub(super) use read::ServiceLayout;
