//! From an unknown file to a twin beside its measurements.
//!
//! [`examine_file`] proposes what is in a file and which column is which channel;
//! it simulates the twin to tell columns apart whose names say nothing. A person
//! looks at the [`Onboarding`], accepts or edits, and [`Onboarding::accept`]
//! works the channels into the document and makes the file one that opens.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::LiveError;
use super::open::load;
use crate::model;
use crate::simulation::{InputPlan, InputSeries, Simulation};
use crate::telemetry::infer::{
    self, Converted, DrivenInput, InferError, InferOptions, Inference, Proposed, SimulatedSeries,
};
use crate::telemetry::{self, Telemetry};
use crate::twin::write_atomically;
use crate::twin::{
    self, Causality, Channel, Layout, LoadedTwin, TelemetryFile, Twin, VariableIndex,
};

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
    /// The file.
    pub file: PathBuf,
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

/// What was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The document that was written.
    pub document: PathBuf,
    /// What became of its layout and comments.
    pub layout: Layout,
    /// The telemetry file that the document names now: the file itself where it
    /// stands beside the document, else a copy or a converted one.
    pub telemetry: PathBuf,
    /// How it was converted, where the file itself could not be read.
    pub converted: Option<Converted>,
    /// Ids of the channels that were changed or added.
    pub channels: Vec<String>,
    /// The telemetry as it was read with the new document.
    pub read: Telemetry,
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
    let options = InferOptions {
        zone: request.zone.clone(),
        ..InferOptions::default()
    };
    let loaded = request.twin.as_deref().map(load).transpose()?;
    let mut inference = infer::infer(&request.file, &options)?;
    let mut epoch = None;
    if let Some(loaded) = &loaded {
        propose(&mut inference, loaded);
        epoch = infer::proposed_epoch(&inference, &loaded.twin);
    }
    let obstacles = infer::is_readable_as_it_is(&inference)
        .err()
        .unwrap_or_default();
    Ok(Onboarding {
        file: request.file.clone(),
        twin: loaded,
        inference,
        epoch,
        obstacles,
    })
}

/// Proposes channels, with the twin's own simulation to tell columns apart.
pub fn propose(inference: &mut Inference, loaded: &LoadedTwin) {
    let (twin, variables) = (&loaded.twin, &loaded.variables);
    match Simulation::compile(twin, variables) {
        Ok(simulation) => {
            let measured: Vec<VariableIndex> = variables
                .iter()
                .filter(|(_, one)| matches!(one.causality, Causality::Output | Causality::State))
                .map(|(index, _)| index)
                .collect();
            let mut simulate = |inputs: &[DrivenInput]| simulated(&simulation, inputs, &measured);
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
    /// Channels of the accepted columns, as the document would have them.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        match &self.twin {
            Some(loaded) => infer::channels(&self.inference, &loaded.twin, &loaded.variables),
            None => Vec::new(),
        }
    }

    /// The document with the accepted channels, and the file in front of its
    /// telemetry; nothing is written.
    ///
    /// # Errors
    /// When there is no document, nothing was accepted, or two columns are one
    /// channel.
    pub fn twin_with_channels(&self) -> Result<(Twin, PathBuf), LiveError> {
        let loaded = self.loaded()?;
        let channels = self.channels();
        if channels.is_empty() {
            return Err(LiveError::Request(format!(
                "{}: no column was accepted as a channel of `{}`; accept at least one",
                self.file.display(),
                loaded.twin.id
            )));
        }
        for (position, channel) in channels.iter().enumerate() {
            let twice = |other: &&Channel| other.id == channel.id;
            if let Some(other) = channels[..position].iter().find(twice) {
                return Err(LiveError::Request(format!(
                    "two columns are accepted as channel `{}`; keep one of them",
                    other.id
                )));
            }
        }
        let mut twin = Twin::clone(&loaded.twin);
        if let Some(epoch) = &self.epoch {
            twin.epoch = epoch.value;
        }
        for channel in channels {
            match twin.channels.iter_mut().find(|one| one.id == channel.id) {
                Some(own) => *own = channel,
                None => twin.channels.push(channel),
            }
        }
        // A document names files beside it, so that all can be moved together.
        let folder = absolute(loaded.folder())?;
        let file = absolute(&self.file)?;
        let inside = match file.strip_prefix(&folder) {
            _ if !self.obstacles.is_empty() => {
                let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
                PathBuf::from(format!("{stem}.telemetry.csv"))
            }
            Ok(inside) => inside.to_owned(),
            Err(_) => PathBuf::from(file.file_name().unwrap_or_default()),
        };
        let path = folder.join(&inside);
        if self.obstacles.is_empty() && path != file && path.exists() {
            return Err(LiveError::Request(format!(
                "{} is there already and would be replaced by {}; rename one of them",
                path.display(),
                self.file.display()
            )));
        }
        let named = inside.display().to_string();
        twin.telemetry.retain(|file| file.path != named);
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let title = name.into_owned();
        twin.telemetry
            .insert(0, TelemetryFile { path: named, title });
        Ok((twin, path))
    }

    /// Works the accepted channels into the document, converts the file where it
    /// has to be, brings it beside the document, and reads it. The document is written last, when all the rest
    /// went well, and keeps its comments.
    ///
    /// # Errors
    /// As [`twin_with_channels`](Self::twin_with_channels), when the document
    /// would have errors, or the file cannot be converted or read.
    pub fn accept(&self) -> Result<Accepted, LiveError> {
        let loaded = self.loaded()?;
        let (twin, path) = self.twin_with_channels()?;
        let unwritten = |error: twin::SaveError| LiveError::Request(error.to_string());
        let text = twin::document_text(&twin, Some(&loaded.source)).map_err(unwritten)?;
        let name = loaded.path.display().to_string();
        let checked =
            twin::parse(&text.text, &name, &model::registry()).map_err(LiveError::Document)?;
        let mut converted = None;
        if !self.obstacles.is_empty() {
            converted = Some(self.convert(&twin, &path)?);
        } else if path != absolute(&self.file)? {
            let file = |source| LiveError::File {
                path: self.file.clone(),
                source,
                advice: "check the path and the disk",
            };
            let mut source = File::open(&self.file).map_err(file)?;
            write_atomically(&path, |out| std::io::copy(&mut source, out).map(|_| ()))?;
        }
        let read = telemetry::read_csv(&path, &checked.twin, &checked.variables)
            .map_err(LiveError::Telemetry)?;
        let saved = twin::save(&twin, Some(&loaded.source), &loaded.path).map_err(unwritten)?;
        Ok(Accepted {
            document: loaded.path.clone(),
            layout: saved.layout,
            telemetry: path,
            converted,
            channels: self.channels().into_iter().map(|one| one.id).collect(),
            read,
        })
    }

    /// Assigns a column to a channel or variable by a person's choice, and accepts
    /// it; an empty target leaves the column out.
    ///
    /// # Errors
    /// When there is no such column, or no such channel or variable.
    pub fn assign(&mut self, column: &str, target: &str) -> Result<(), LiveError> {
        let (twin, variables) = match &self.twin {
            Some(loaded) => (loaded.twin.clone(), loaded.variables.clone()),
            None => return self.loaded().map(|_| ()),
        };
        let known: Vec<String> = self
            .inference
            .columns
            .iter()
            .map(|one| format!("`{}`", one.header))
            .collect();
        let Some(found) = self
            .inference
            .columns
            .iter_mut()
            .find(|one| one.header == column || one.name == column)
        else {
            return Err(LiveError::Request(format!(
                "there is no column `{column}`; the file has {}",
                known.join(", ")
            )));
        };
        if target.is_empty() {
            found.is_accepted = false;
            found.target = None;
            return Ok(());
        }
        let chosen = infer::target_named(target, &twin, &variables).ok_or_else(|| {
            let ids: Vec<String> = twin
                .channels
                .iter()
                .map(|channel| format!("`{}`", channel.id))
                .collect();
            LiveError::Request(format!(
                "the twin has no channel or variable `{target}`; its channels are {}",
                ids.join(", ")
            ))
        })?;
        found.target = Some(Proposed::new(chosen, 1.0, "it was chosen"));
        found.is_accepted = true;
        Ok(())
    }

    fn loaded(&self) -> Result<&LoadedTwin, LiveError> {
        self.twin.as_ref().ok_or_else(|| {
            LiveError::Request(
                "there is no twin to accept the channels into; name one with `--twin`".to_owned(),
            )
        })
    }

    fn convert(&self, twin: &Twin, path: &Path) -> Result<Converted, LiveError> {
        let channels = self.channels();
        let mut outcome = None;
        write_atomically(path, |out: &mut std::io::BufWriter<&File>| {
            let result = infer::convert(&self.file, &self.inference, twin, &channels, &mut *out);
            outcome = Some(result);
            match &outcome {
                Some(Err(error)) => Err(std::io::Error::other(error.to_string())),
                _ => out.flush(),
            }
        })?;
        match outcome {
            Some(result) => Ok(result?),
            None => Ok(Converted::default()),
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, LiveError> {
    path.canonicalize().map_err(|source| LiveError::File {
        path: path.to_owned(),
        source,
        advice: "check the path",
    })
}
