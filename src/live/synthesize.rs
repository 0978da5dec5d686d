//! The job behind `counterpart synthesize`: telemetry of a system like the
//! twin's, but not the twin's own.
//!
//! The system is the twin with other parameters, drawn from what the document
//! says is uncertain. Its commands are pseudo-random steps, its undriven
//! inputs drift, and its sensors have noise, a resolution and an outage. What
//! was hidden is written beside the telemetry, so that an estimate can be
//! compared with the truth.

use std::path::PathBuf;

use super::error::LiveError;
use super::event_log::{refuse_without_flow, write_happenings};
use super::open::load;
use super::plant::{Hidden, Plant, hidden_path, write_hidden};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::{Observations, ObservedChannel};
use crate::twin::{ChannelRole, Happening, LoadedTwin, write_atomically};

/// Where the sensors' outage begins, as a part of the whole, and how long it is.
const OUTAGE: (f64, SimDuration) = (0.6, SimDuration::from_whole_seconds(150));

/// What to make.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthesizeRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// The CSV file to write; `.hidden.ron` in place of its ending names the
    /// file of what was hidden.
    pub out: PathBuf,
    /// Seed of everything drawn.
    pub seed: u64,
    /// Length of the telemetry.
    pub duration: SimDuration,
    /// Event log to write besides: what happened to items and machines.
    pub event_log: Option<PathBuf>,
}

/// Synthetic telemetry with what was hidden in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthetic {
    /// What the sensors say, after noise and before the resolution of the file.
    pub observations: Observations,
    /// What was hidden.
    pub hidden: Hidden,
    /// Decimals that the sensors' resolution warrants.
    pub decimals: usize,
    /// What happened to items and machines.
    pub happenings: Vec<Happening>,
}

/// Makes telemetry and writes it with what was hidden; the same request writes
/// the same bytes. Gives the paths of the files.
///
/// # Errors
/// As [`synthesized`], or when a file cannot be written.
pub fn synthesize(request: &SynthesizeRequest) -> Result<Vec<PathBuf>, LiveError> {
    let loaded = load(&request.twin)?;
    if request.event_log.is_some() {
        refuse_without_flow(&loaded.twin)?;
    }
    let made = synthesized(&loaded, request.seed, request.duration)?;
    made.write(&loaded, &request.out)?;
    let mut files = vec![request.out.clone(), hidden_path(&request.out)];
    if let Some(path) = &request.event_log {
        write_happenings(&made.happenings, path, &loaded.twin)?;
        files.push(path.clone());
    }
    Ok(files)
}

impl Synthetic {
    /// Writes the telemetry to `path` and what was hidden beside it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, loaded: &LoadedTwin, path: &std::path::Path) -> Result<(), LiveError> {
        write_atomically(path, |out| {
            self.observations
                .write_csv(&mut *out, &loaded.twin, self.decimals)
        })?;
        write_hidden(&self.hidden, path)
    }
}

/// Makes telemetry of a system like the twin's over `duration`, from the epoch on.
///
/// # Errors
/// When the twin has no measured channel, an uncertainty cannot be drawn from,
/// or the system cannot be simulated.
pub fn synthesized(
    loaded: &LoadedTwin,
    seed: u64,
    duration: SimDuration,
) -> Result<Synthetic, LiveError> {
    let timestep = loaded.twin.timestep;
    let steps = duration.whole_steps(timestep).unwrap_or(0);
    if steps < 1 {
        return Err(LiveError::Request(format!(
            "{duration} is shorter than one timestep of {timestep}; ask for a longer duration"
        )));
    }
    let mut plant = Plant::new(loaded, seed)?;
    plant.record_happenings();
    let outage_begin = (SimTime::ZERO
        + SimDuration::from_seconds(OUTAGE.0 * duration.as_seconds()).unwrap_or(duration))
    .floor_to(timestep)
    .unwrap_or(SimTime::ZERO);
    let mut columns = columns(loaded);
    for step in 0..=steps {
        let now = plant.time();
        let in_outage = now >= outage_begin && now < outage_begin + OUTAGE.1;
        // Drawn during the outage too: what follows does not depend on it.
        for (column, reading) in columns.iter_mut().zip(plant.read()?) {
            if in_outage && reading.role == ChannelRole::Measurement {
                continue;
            }
            column.times.push(now);
            column.values.push(reading.value);
        }
        if step < steps {
            plant.step()?;
        }
    }
    let hidden = Hidden {
        note: "what `counterpart synthesize` hid in the telemetry beside this file".to_owned(),
        duration,
        outage: (outage_begin, OUTAGE.1),
        ..plant.hidden().clone()
    };
    Ok(Synthetic {
        observations: Observations::new(columns),
        hidden,
        decimals: plant.decimals(),
        happenings: plant.take_happenings(),
    })
}

/// An empty column for every channel whose variable exists.
fn columns(loaded: &LoadedTwin) -> Vec<ObservedChannel> {
    loaded
        .twin
        .channels
        .iter()
        .enumerate()
        .filter_map(|(position, channel)| {
            Some(ObservedChannel {
                channel: position,
                variable: loaded.variables.find(&channel.variable)?,
                role: channel.role,
                times: Vec::new(),
                values: Vec::new(),
                superseded: 0,
                rejected: 0,
            })
        })
        .collect()
}
