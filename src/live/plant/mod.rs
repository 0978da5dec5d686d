//! Playing a real system: a plant that is like the twin and not the twin.
//!
//! - [`Plant`]: the twin with parameters and states drawn from what the document
//!   says is uncertain, stepped by hand. Its commands step at random, its
//!   undriven inputs wander, its sensors have noise.
//! - [`Faults`]: what goes wrong between the plant and whoever listens, from a
//!   RON file: sensors that drift or stick, lines that drop, repeat or hold back,
//!   clocks that are wrong.
//! - [`Transmission`]: the plant's readings through the faults, as a stream of
//!   [`Emission`]s in the order of their reception. It is an iterator and needs
//!   no wall clock; the same plant, seed and faults give the same stream.
//! - [`PlantOutlet`]: where emissions go: a file, the standard output, a broker.
//! - [`run_plant`]: the job behind `counterpart plant`, paced by the wall clock.

mod emission;
mod faults;
mod hidden;
mod job;
mod outlet;
mod system;
#[cfg(test)]
mod tests;
mod transmission;
mod truth;

pub use emission::Emission;
pub use faults::{Fault, FaultKind, Faults};
pub use hidden::Hidden;
pub use job::{Pace, PlantOutcome, PlantRequest, run_plant};
pub use outlet::{OutletError, PlantOutlet};
pub use system::{Plant, Reading};
pub use transmission::{Transmission, TransmissionOptions};
pub use truth::{Label, Truth};

pub(super) use hidden::{hidden_path, write_hidden};
