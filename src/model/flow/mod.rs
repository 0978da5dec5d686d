//! Flows of items: lines, queues, logistics, services.
//!
//! The core knows only numbers: a [`Network`] says what is made of what, and a
//! [`FlowRun`] takes it from event to event. On top of it [`Flow`] declares the
//! kinds of this domain and makes one network of all of a twin's flow assets.
//! What is counted on the way, and what the counts say, is in [`statistics`].
//!
//! Items are handed on: a part offers an item to the next, which takes it or does
//! not; who was refused waits in line and is asked when there is room. Blocking
//! and starving follow from that alone. How events are handled is argued in
//! `docs/adr/0019-event-kernel.md`, what the parts do in `docs/adr/0020-flow.md`.
//!
//! ```
//! use std::sync::Arc;
//! use counterpart::model::flow::{
//!     Buffer, Discipline, FlowRun, Network, Outlet, Part, Seed, Source, Station, Times, check,
//! };
//! use counterpart::quantity::SimTime;
//!
//! // A queue before two servers.
//! let network = Network {
//!     sources: vec![Source::new(Times::exponential(1.0), Outlet::to(Part::Buffer(0)))],
//!     buffers: vec![Buffer {
//!         capacity: u32::MAX,
//!         discipline: Discipline::FirstInFirstOut,
//!         outlet: Outlet::to(Part::Station(0)),
//!     }],
//!     stations: vec![Station {
//!         servers: 2,
//!         ..Station::new(Times::exponential(1.5), Outlet::to(Part::Sink(0)))
//!     }],
//!     sinks: 1,
//!     ..Network::default()
//! };
//! assert!(check(&network).is_empty());
//! let mut run = FlowRun::new(Arc::new(network), Seed::default());
//! run.run_until(SimTime::from_nanoseconds(1_000_000_000_000))?;
//! assert!(run.passed(Part::Sink(0)) > 900);
//! # Ok::<(), counterpart::model::flow::FlowError>(())
//! ```

mod access;
pub mod agents;
mod build;
mod check;
mod control;
mod conveyor;
mod deliver;
mod ends;
mod flow_model;
mod hours;
mod item;
mod journal;
pub mod kinds;
mod network;
mod outputs;
mod pool;
mod random_time;
mod resume;
mod ring;
mod run;
pub mod service;
mod state;
mod station;
pub mod statistics;
mod stream_ahead;
mod times;

#[cfg(test)]
mod tests;

pub use check::{NetworkProblem, check};
pub use ends::{Ends, is_in, item_ends};
pub use hours::{Closing, working_hours};
pub use item::Item;
pub use network::{
    Accumulation, Arrivals, Blocking, Budget, Buffer, Conveyor, Discipline, Failure, FailureClock,
    Inspection, MOST_SERVERS, Names, Network, Operators, Outlet, Part, Pool, Router, Rule, Source,
    Station, Timetable, WhenFull, WorkingHours, Yield,
};
pub use random_time::Family;
pub use run::{FlowError, FlowRun, Seed};
pub use times::{Times, TimesError};

use super::{Domain, Model, ModelError};
use crate::twin::{Kind, Twin, VariableTable};
use flow_model::FlowModel;

/// The domain of flows: sources, buffers, machines, conveyors, routers, sinks, and
/// what they share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flow;

impl Domain for Flow {
    fn name(&self) -> &'static str {
        "flow"
    }

    fn kinds(&self) -> Vec<Kind> {
        kinds::kinds()
    }

    fn build(
        &self,
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Box<dyn Model>>, Vec<ModelError>> {
        let model = FlowModel::build(twin, variables)?;
        Ok(model.map(|model| Box::new(model) as Box<dyn Model>))
    }
}
