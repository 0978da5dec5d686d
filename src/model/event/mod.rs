//! What discrete-event models of every domain share: an agenda of future
//! events, a budget that ends a run which no longer gets on, and the instant at
//! which a continuous quantity crosses a level.
//!
//! - [`EventQueue`]: future events in order of (time, priority, sequence). An
//!   event is a small `Copy` value, mostly an enum of numbers; nothing is boxed.
//!   Events can be cancelled and moved. The whole queue can be cloned and saved.
//! - [`EventBudget`]: how many events a stretch of simulated time may hold.
//! - [`Threshold`]: locates the crossing of a level inside a timestep.
//!
//! A model handles all events up to the end of a timestep inside its
//! [`step`](super::Model::step), in order, so that it stands in the same twin as
//! models that are stepped. Random numbers come from a
//! [`Stream`](crate::quantity::Stream) per asset and purpose. The kernel stands
//! here and not in `simulation/`, because models use it and may not know who runs
//! them; see `docs/adr/0019-event-kernel.md`.

mod budget;
mod queue;
mod threshold;

pub use budget::{BudgetExceeded, EventBudget};
pub use queue::{EventHandle, EventQueue, Priority};
pub use threshold::{Crossing, Threshold};
