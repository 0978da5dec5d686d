//! From an unknown file to a twin beside its measurements.
//!
//! [`examine_file`] proposes what is in a file and which column is which channel;
//! it simulates the twin to tell columns apart whose names say nothing. A person
//! looks at the [`Onboarding`], accepts or edits, and [`Onboarding::accept`]
//! works the channels into the document and makes the file one that opens.

mod accept;
mod broker;
mod edit;
mod first_look;

pub use self::accept::{Accepted, Welcome};
pub use self::broker::{BrokerRequest, Overheard, overhear};
pub use self::edit::{ColumnEdit, ColumnField};
pub use self::first_look::{ChannelLook, FirstLook, first_look};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::LiveError;
use super::open::load;
use crate::simulation::{InputPlan, InputSeries, Progress, Simulation};
use crate::telemetry::infer::{
    self, DrivenInput, InferError, InferOptions, Inference, Proposed, SimulatedSeries,
};
use crate::twin::{Causality, LoadedTwin, VariableIndex};

/// Steps for which the first inputs are held before the file begins: what was
/// before is not known, and most files begin at rest.
const STEPS_BEFORE: i64 = 1800;
/// Most steps of one simulation.
const MOST_STEPS: i64 = 20_000;

/// What to look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OnboardingRequest {
    /// The file of measurements.
    pub file: PathBuf,
    /// The document it belongs to, or its folder; without one only the columns
    /// are looked at.
    pub twin: Option<PathBuf>,
    /// Zone of the clock, where the times say none.
    pub zone: Option<String>,
}

/// A file with what is proposed for it, for a person to look at and change.
#[derive(Clone, Debug)]
pub struct Onboarding {
    /// The file, as it was named.
    pub file: PathBuf,
    /// The table that is read: the file itself, or what was written of it where
    /// it is none, as with Parquet.
    table: PathBuf,
    /// Where that was written; it goes when nobody looks at it any more.
    _written: Option<Arc<tempfile::TempDir>>,
    /// The broker that it was heard from, where it was.
    broker: Option<Arc<Overheard>>,
    /// The document, where one was named.
    pub twin: Option<LoadedTwin>,
    /// What is proposed. Its columns' targets and whether they are accepted may
    /// be changed before [`Onboarding::accept`].
    pub inference: Inference,
    /// The epoch that the twin needs for this file, where its own is too late.
    pub epoch: Option<Proposed<crate::quantity::Epoch>>,
    /// What keeps the file from being read as it is; it is converted then.
    pub obstacles: Vec<String>,
}

impl From<InferError> for LiveError {
    fn from(error: InferError) -> Self {
        Self::Request(error.to_string())
    }
}

/// Looks at a file and proposes what is in it.
///
/// # Errors
/// When the file is no table with a time, or the document has errors.
pub fn examine_file(request: &OnboardingRequest) -> Result<Onboarding, LiveError> {
    examine_file_with(request, &Progress::new())
}

/// As [`examine_file`], telling how far it is; once it is cancelled, names and
/// units alone decide.
///
/// # Errors
/// As [`examine_file`].
pub fn examine_file_with(
    request: &OnboardingRequest,
    progress: &Progress,
) -> Result<Onboarding, LiveError> {
    let loaded = request.twin.as_deref().map(load).transpose()?;
    let (table, written) = if infer::is_parquet(&request.file)? {
        let folder = temporary_folder()?;
        let stem = request.file.file_stem().unwrap_or_default();
        let table = folder.path().join(stem).with_extension("csv");
        infer::write_parquet_as_csv(&request.file, &table)?;
        (table, Some(Arc::new(folder)))
    } else {
        (request.file.clone(), None)
    };
    let zone = request.zone.clone();
    let onboarding = examine(&table, loaded, zone, progress)?;
    Ok(Onboarding {
        file: request.file.clone(),
        _written: written,
        ..onboarding
    })
}

fn temporary_folder() -> Result<tempfile::TempDir, LiveError> {
    tempfile::tempdir().map_err(|source| LiveError::File {
        path: std::env::temp_dir(),
        source,
        advice: "make room for temporary files",
    })
}

/// Proposes what is in a table that can be read as text.
fn examine(
    table: &Path,
    twin: Option<LoadedTwin>,
    zone: Option<String>,
    progress: &Progress,
) -> Result<Onboarding, LiveError> {
    let options = InferOptions {
        zone,
        ..InferOptions::default()
    };
    let mut inference = infer::infer(table, &options)?;
    let mut epoch = None;
    if let Some(loaded) = &twin {
        propose(&mut inference, loaded, progress);
        epoch = infer::proposed_epoch(&inference, &loaded.twin);
    }
    let obstacles = infer::is_readable_as_it_is(&inference)
        .err()
        .unwrap_or_default();
    Ok(Onboarding {
        file: table.to_owned(),
        table: table.to_owned(),
        _written: None,
        broker: None,
        twin,
        inference,
        epoch,
        obstacles,
    })
}

/// Proposes channels, with the twin's own simulation to tell columns apart.
pub fn propose(inference: &mut Inference, loaded: &LoadedTwin, progress: &Progress) {
    let (twin, variables) = (&loaded.twin, &loaded.variables);
    match Simulation::compile(twin, variables) {
        Ok(simulation) => {
            let measured: Vec<VariableIndex> = variables
                .iter()
                .filter(|(_, one)| matches!(one.causality, Causality::Output | Causality::State))
                .map(|(index, _)| index)
                .collect();
            progress.start(infer::MOST_SIMULATIONS);
            let mut simulate = |inputs: &[DrivenInput]| {
                if progress.is_cancelled() {
                    return None;
                }
                let found = simulated(&simulation, inputs, &measured);
                progress.advance(1);
                found
            };
            infer::propose_channels(inference, twin, variables, Some(&mut simulate));
        }
        Err(error) => {
            inference.warnings.push(format!(
                "the twin makes no simulation, so names and units alone decide: {error}"
            ));
            infer::propose_channels(inference, twin, variables, None);
        }
    }
}

/// What the measured variables do under these inputs; `None` where the
/// simulation does not get to the end, as with a column that is no such input.
fn simulated(
    simulation: &Simulation,
    inputs: &[DrivenInput],
    measured: &[VariableIndex],
) -> Option<Vec<SimulatedSeries>> {
    let timestep = simulation.timestep();
    let first = inputs.iter().filter_map(|one| one.times.first()).min()?;
    let last = inputs.iter().filter_map(|one| one.times.last()).max()?;
    let begin = first.floor_to(timestep)?;
    let steps = (*last - begin).whole_steps(timestep)?.min(MOST_STEPS);
    let series: Vec<InputSeries> = inputs
        .iter()
        .map(|one| InputSeries {
            variable: one.variable,
            times: one.times.clone(),
            values: one.values.clone(),
        })
        .collect();
    let plan = InputPlan::new(&series);
    let mut cursor = plan.cursor();
    let mut simulation = simulation.fork();
    simulation.place_at(begin - timestep * STEPS_BEFORE);
    for input in inputs {
        simulation.set_input(input.variable, *input.values.first()?);
    }
    for _ in 0..STEPS_BEFORE {
        simulation.step().ok()?;
    }
    let mut found: Vec<SimulatedSeries> = measured
        .iter()
        .map(|variable| SimulatedSeries {
            variable: *variable,
            times: Vec::new(),
            values: Vec::new(),
        })
        .collect();
    for step in 0..=steps {
        for one in &mut found {
            one.times.push(simulation.time());
            one.values.push(simulation.value(one.variable));
        }
        if step < steps {
            cursor.apply(&mut simulation);
            simulation.step().ok()?;
        }
    }
    Some(found)
}

impl Onboarding {
    /// The document, for what cannot be done without one.
    fn loaded(&self) -> Result<&LoadedTwin, LiveError> {
        self.twin.as_ref().ok_or_else(|| {
            LiveError::Request(
                "there is no twin to accept the channels into; name one with `--twin`".to_owned(),
            )
        })
    }

    /// The broker that it was heard from, where it was.
    #[must_use]
    pub fn broker(&self) -> Option<&Arc<Overheard>> {
        self.broker.as_ref()
    }
}
