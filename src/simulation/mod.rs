//! How a twin is run: compiled, stepped, driven by a scenario, repeated as an
//! ensemble, recorded.
//!
//! - [`Simulation`]: a twin compiled for running; deterministic, cheap to fork,
//!   free of allocation in its step.
//! - [`SimulationState`]: a simulation as it stands, to be saved and gone on from.
//! - [`StepClock`]: how many steps are due; never skips one, reports lag.
//! - [`InputPlan`]: what the inputs and parameters do over time, from recorded
//!   series and from a scenario's interventions.
//! - [`random`]: one reproducible stream per (seed, member, asset, purpose).
//! - [`CompiledUncertainty`], [`run_ensemble`]: repeated runs under stated
//!   uncertainty, the same bits on one thread or many.
//! - [`Trajectory`]: time by variable, as Parquet and CSV.
//! - [`RunRecord`]: what is needed to repeat a run and compare it bit for bit.
//!
//! No wall clock, no telemetry and no screen is known here.
//!
//! ```no_run
//! use std::sync::Arc;
//! use counterpart::simulation::{InputPlan, Simulation, Trajectory};
//!
//! # fn example(twin: Arc<counterpart::twin::Twin>, variables: Arc<counterpart::twin::VariableTable>) -> Result<(), Box<dyn std::error::Error>> {
//! let mut simulation = Simulation::compile(&twin, &variables)?;
//! let mut cursor = InputPlan::default().cursor();
//! let mut trajectory = Trajectory::of_all(&variables);
//! for _ in 0..3600 {
//!     cursor.apply(&mut simulation);
//!     simulation.step()?;
//!     trajectory.record(&simulation);
//! }
//! # Ok(())
//! # }
//! ```

mod bands;
mod clock;
mod columns;
mod ensemble;
mod input_plan;
mod record;
mod scenario;
#[expect(
    clippy::module_inception,
    reason = "the floor is named after its main type, which has a file of its own"
)]
mod simulation;
#[cfg(test)]
pub(crate) mod test_models;
mod trajectory;
mod uncertainty;

pub use crate::quantity::random::{self, Purpose, stream};
pub use bands::{Bands, quantile};
pub use clock::StepClock;
pub use columns::{Column, ColumnError, ColumnTable};
pub use ensemble::{
    Ensemble, EnsembleError, EnsembleRequest, MemberFailure, Progress, run_ensemble,
    run_ensemble_from,
};
pub use input_plan::{Change, InputCursor, InputPlan, InputSeries};
pub use record::{
    FileDigest, Mismatch, ProgramVersion, RECORD_FORMAT, RecordError, RunRecord, StoredData,
    StoredSegment, digest_bytes, digest_file,
};
pub use scenario::{ResolvedScenario, ScenarioError};
pub use simulation::{CompileError, Simulation, SimulationError, SimulationState};
pub use trajectory::{Provenance, Trajectory, band_table};
pub use uncertainty::{CompiledUncertainty, MemberError, UncertaintyError, compile_uncertainties};
