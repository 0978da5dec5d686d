//! Telemetry from the store beside a twin, for runs and sessions.

use std::path::{Path, PathBuf};

use super::error::LiveError;
use super::open::document_path;
use crate::quantity::{Epoch, SimTime};
use crate::simulation::{StoredData, StoredSegment};
use crate::telemetry::store::{Block, Reader, Snapshot, StoreDescription, StoreError};
use crate::telemetry::{StoredWindow, Telemetry, read_store, stored_span};
use crate::twin::LoadedTwin;

/// Where samples of a twin are kept, where nobody says otherwise: this folder
/// beside the document.
pub const STORE: &str = "telemetry.store";

/// A moment, as a person states it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// Time since the twin's epoch.
    SinceEpoch(SimTime),
    /// An instant of the calendar.
    Instant(jiff::Timestamp),
}

impl Moment {
    /// Reads `2 h` (since the twin's epoch) or `2024-01-01T02:00:00Z`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        if let Ok(instant) = trimmed.parse() {
            return Ok(Self::Instant(instant));
        }
        SimTime::parse(trimmed).map(Self::SinceEpoch).map_err(|_| {
            format!(
                "`{text}` is no time; expected an instant with its offset from UTC, such as \
                 `2024-01-01T02:00:00Z`, or the time since the twin's epoch, such as `2 h`"
            )
        })
    }

    /// The simulation time of it.
    ///
    /// # Errors
    /// When it is further than 292 years from the epoch.
    pub fn in_simulation(self, epoch: Epoch) -> Result<SimTime, LiveError> {
        match self {
            Self::SinceEpoch(time) => Ok(time),
            Self::Instant(instant) => epoch.sim_time_of(instant).ok_or_else(|| {
                LiveError::Request(format!(
                    "{instant} is more than 292 years from the twin's epoch {epoch}; choose another time"
                ))
            }),
        }
    }
}

/// What is to be read of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreRequest {
    /// The folder; [`STORE`] beside the document when absent.
    pub folder: Option<PathBuf>,
    /// First event time; that of the first sample when absent.
    pub from: Option<Moment>,
    /// Last event time; that of the last sample when absent.
    pub to: Option<Moment>,
    /// What another run saw, to see the same again.
    pub as_of: Option<StoredData>,
}

/// The folder of the store beside the document at `path`, a file or its folder.
#[must_use]
pub fn store_beside(path: &Path) -> PathBuf {
    document_path(path).with_file_name(STORE)
}

/// Opens a store for reading, also while a live session writes to it.
///
/// # Errors
/// When there is none, or it is another twin's.
pub fn open_store(loaded: &LoadedTwin, folder: &Path) -> Result<Reader, LiveError> {
    if !folder.is_dir() {
        return Err(LiveError::Request(format!(
            "there is no telemetry store at `{}`; `counterpart live` makes one of what it \
             receives, or name another folder with `--store FOLDER`",
            folder.display()
        )));
    }
    Ok(Reader::open(
        folder,
        &StoreDescription::from(loaded.twin.as_ref()),
    )?)
}

/// First and last event time of what is asked for; those of the store where
/// nothing is.
///
/// # Errors
/// When the time ends before it begins, or the store cannot be read.
pub(super) fn window_of(
    loaded: &LoadedTwin,
    reader: &Reader,
    from: Option<Moment>,
    to: Option<Moment>,
) -> Result<(SimTime, SimTime), LiveError> {
    let epoch = loaded.twin.epoch;
    let span = stored_span(reader, &loaded.twin)?.unwrap_or_default();
    let at = |moment: Option<Moment>, otherwise: SimTime| match moment {
        Some(moment) => moment.in_simulation(epoch),
        None => Ok(otherwise),
    };
    let (from, to) = (at(from, span.0)?, at(to, span.1)?);
    if to < from {
        return Err(LiveError::Request(format!(
            "the time to be read ends at {}, before it begins at {}; the store reaches from {} to {}",
            epoch.instant(to),
            epoch.instant(from),
            epoch.instant(span.0),
            epoch.instant(span.1)
        )));
    }
    Ok((from, to))
}

/// Reads what a store holds, with what is needed to read the same again.
///
/// # Errors
/// When there is no store, it has nothing of that time, or what another run saw
/// of it is gone.
pub fn read_stored(
    loaded: &LoadedTwin,
    request: &StoreRequest,
) -> Result<(Telemetry, StoredData), LiveError> {
    let folder = match &request.folder {
        Some(folder) => folder.clone(),
        None => store_beside(&loaded.path),
    };
    let reader = open_store(loaded, &folder)?;
    let (snapshot, (from, to)) = match &request.as_of {
        Some(data) => (snapshot_of(data), (data.from, data.to)),
        None => {
            let snapshot = reader.snapshot()?;
            let window = window_of(loaded, &reader, request.from, request.to)?;
            (snapshot, window)
        }
    };
    let name = folder.display().to_string();
    let window = StoredWindow {
        from,
        to,
        as_of: &snapshot,
    };
    let telemetry = read_store(&reader, &name, &loaded.twin, &loaded.variables, window)?;
    let data = StoredData {
        path: name,
        twin: snapshot.twin,
        from,
        to,
        sequence: snapshot.sequence,
        revision: snapshot.revision,
        blake3: telemetry.digest.clone(),
        segments: snapshot
            .blocks
            .into_iter()
            .map(|block| StoredSegment {
                first: block.first,
                last: block.last,
                blake3: block.content,
            })
            .collect(),
    };
    Ok((telemetry, data))
}

/// The snapshot that a run record speaks of.
fn snapshot_of(data: &StoredData) -> Snapshot {
    Snapshot {
        twin: data.twin.clone(),
        sequence: data.sequence,
        revision: data.revision,
        blocks: data
            .segments
            .iter()
            .map(|segment| Block {
                first: segment.first,
                last: segment.last,
                content: segment.blake3.clone(),
                file: None,
            })
            .collect(),
    }
}

/// The BLAKE3 of what a recorded run read, as it reads back now.
///
/// # Errors
/// When the store is not there or is another one, or retention has dropped what
/// the run saw.
pub(super) fn digest_again(loaded: &LoadedTwin, data: &StoredData) -> Result<String, LiveError> {
    let request = StoreRequest {
        folder: Some(PathBuf::from(&data.path)),
        as_of: Some(data.clone()),
        ..StoreRequest::default()
    };
    match read_stored(loaded, &request) {
        Ok((_, again)) => Ok(again.blake3),
        Err(LiveError::Store(error @ StoreError::SnapshotDropped { .. })) => {
            Err(LiveError::Request(format!(
                "the run cannot be repeated, because the data that it saw is gone from `{}`: {error}",
                data.path
            )))
        }
        Err(LiveError::Store(error @ StoreError::OtherSnapshot { .. })) => {
            Err(LiveError::Request(format!(
                "the run cannot be repeated: `{}` is not the store that it read: {error}",
                data.path
            )))
        }
        Err(error) => Err(error),
    }
}

impl From<crate::telemetry::StoredProblem> for LiveError {
    fn from(problem: crate::telemetry::StoredProblem) -> Self {
        match problem {
            crate::telemetry::StoredProblem::Store(error) => Self::Store(error),
            other => Self::Request(other.to_string()),
        }
    }
}
