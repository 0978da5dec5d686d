//! The job behind `counterpart plant`: a plant played at its pace.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::faults::Faults;
use super::hidden::{Hidden, write_hidden};
use super::outlet::{OutletError, PlantOutlet};
use super::transmission::{Transmission, TransmissionOptions};
use super::truth::Truth;
use crate::live::clock::{Clock, PacedClock};
use crate::live::error::LiveError;
use crate::live::event_log::{refuse_without_flow, write_happenings};
use crate::live::open::load;
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::sink::CsvSink;
use crate::twin::{LoadedTwin, Twin};

/// Longest wait at one go.
const LONGEST_NAP: Duration = Duration::from_millis(200);

/// How fast a plant is played.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Pace {
    /// As fast as whoever listens can take it.
    #[default]
    Free,
    /// So many seconds of the plant in one of the wall clock.
    Times(f64),
}

/// What to play.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlantRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// File of what goes wrong.
    pub faults: Option<PathBuf>,
    /// Seed of everything drawn.
    pub seed: u64,
    /// When the plant starts, since the twin's epoch.
    pub begin: SimTime,
    /// How long it plays; until it is stopped where it is not given.
    pub duration: Option<SimDuration>,
    /// How fast.
    pub pace: Pace,
    /// CSV file to write, with what was hidden (`.hidden.ron`) and what went
    /// wrong (`.faults.ron`) beside it.
    pub out: Option<PathBuf>,
    /// Event log to write when the plant has ended: what happened to items and
    /// machines.
    pub event_log: Option<PathBuf>,
}

/// What was played.
#[derive(Clone, Debug, PartialEq)]
pub struct PlantOutcome {
    /// Number of emissions.
    pub emissions: u64,
    /// What went wrong, as it stands in the file.
    pub truth: Truth,
    /// Files that were written.
    pub files: Vec<PathBuf>,
}

/// Plays a plant into `request.out`, or into the outlet that `otherwise` makes
/// where there is none; a standard output, a broker.
///
/// An outlet that is closed ends the plant without an error.
///
/// # Errors
/// When the twin makes no plant, the faults do not fit it, or the emissions
/// cannot be handed on.
pub fn run_plant(
    request: &PlantRequest,
    otherwise: impl FnOnce(&Twin) -> Result<PlantOutlet, OutletError>,
) -> Result<PlantOutcome, LiveError> {
    let loaded = load(&request.twin)?;
    let faults = match &request.faults {
        Some(path) => Faults::read(path, &loaded.twin)?,
        None => Faults::default(),
    };
    let options = TransmissionOptions {
        seed: request.seed,
        begin: request.begin,
        duration: request.duration,
        faults,
    };
    let mut transmission = Transmission::new(&loaded, &options)?;
    let truth = Truth::new(
        &loaded.twin,
        &options.faults,
        request.seed,
        transmission.begin(),
        request.duration,
    );
    if request.event_log.is_some() {
        refuse_without_flow(&loaded.twin)?;
        transmission.plant_mut().record_happenings();
    }
    let mut files = Vec::new();
    let mut outlet = match &request.out {
        None => otherwise(&loaded.twin).map_err(handed_on)?,
        Some(path) => {
            let file = |source| LiveError::File {
                path: path.clone(),
                source,
                advice: "choose a file that can be written",
            };
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(file)?;
            }
            // Written as it goes and not at the end: others follow it.
            let sink = std::fs::File::create(path).map_err(file)?;
            let hidden = Hidden {
                note: "what `counterpart plant` hid in the telemetry beside this file".to_owned(),
                duration: request.duration.unwrap_or(SimDuration::MAX),
                ..transmission.plant().hidden().clone()
            };
            // Before the first line, so that a plant that is stopped has told.
            write_hidden(&hidden, path)?;
            truth.write(&Truth::path_beside(path))?;
            files = vec![
                path.clone(),
                super::hidden_path(path),
                Truth::path_beside(path),
            ];
            let name = path.display().to_string();
            PlantOutlet::new(CsvSink::new(sink, &name, loaded.twin.epoch))
        }
    };
    let emissions = play(&loaded, &mut transmission, request.pace, &mut outlet)?;
    if let Some(path) = &request.event_log {
        let happenings = transmission.plant_mut().take_happenings();
        write_happenings(&happenings, path, &loaded.twin)?;
        files.push(path.clone());
    }
    Ok(PlantOutcome {
        emissions,
        truth,
        files,
    })
}

fn handed_on(error: OutletError) -> LiveError {
    LiveError::Request(error.to_string())
}

/// Hands the emissions on, each when its time has come.
#[expect(
    clippy::disallowed_methods,
    reason = "a plant that is played live keeps pace with the wall clock; what it sends does not depend on it"
)]
fn play(
    loaded: &LoadedTwin,
    transmission: &mut Transmission,
    pace: Pace,
    outlet: &mut PlantOutlet,
) -> Result<u64, LiveError> {
    let clock = match pace {
        Pace::Free => None,
        Pace::Times(speed) => Some(PacedClock {
            origin: transmission.begin(),
            speed,
        }),
    };
    let started = Instant::now();
    let mut emissions = 0;
    for emission in transmission {
        let emission = emission?;
        if let Some(clock) = &clock
            && clock.asked(started.elapsed()) < emission.received
        {
            if ended(outlet.flush())? {
                return Ok(emissions);
            }
            while clock.asked(started.elapsed()) < emission.received {
                let behind = emission.received - clock.asked(started.elapsed());
                let wait = Duration::try_from_secs_f64(behind.as_seconds() / clock.speed)
                    .unwrap_or(LONGEST_NAP);
                std::thread::sleep(wait.min(LONGEST_NAP));
            }
        }
        let channel = &loaded.twin.channels[emission.channel];
        if ended(outlet.emit(&emission, channel))? {
            return Ok(emissions);
        }
        emissions += 1;
    }
    ended(outlet.flush())?;
    Ok(emissions)
}

/// Whether nobody listens any more.
fn ended(result: Result<(), OutletError>) -> Result<bool, LiveError> {
    match result {
        Ok(()) => Ok(false),
        Err(OutletError::Closed) => Ok(true),
        Err(error) => Err(handed_on(error)),
    }
}
