//! What was done to a plant's telemetry, for judging those that look for it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::faults::{FaultKind, Faults};
use super::hidden::write_ron;
use crate::live::error::LiveError;
use crate::quantity::{Epoch, SimDuration, SimTime};
use crate::twin::{Intervention, Occurrence, Twin};

/// The labelled faults of one stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// What this is, for who finds the file.
    pub note: String,
    /// Id and version of the twin.
    pub twin: String,
    /// Seed of everything drawn.
    pub seed: u64,
    /// The twin's epoch, which times count from.
    pub epoch: Epoch,
    /// When the plant started.
    pub begin: SimTime,
    /// How long it played; `None` where nobody said when to stop.
    pub duration: Option<SimDuration>,
    /// The faults, one entry for each channel that one happens to, in order of
    /// listing. Those that begin after the end are left out.
    pub labels: Vec<Label>,
    /// What befell the system itself; times count from `begin`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contingencies: Vec<Occurrence>,
    /// What else happened to it; times count from `begin`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Intervention>,
}

/// One fault of one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// A word for what happened: `drift`.
    pub fault: String,
    /// Id of the channel.
    pub channel: String,
    /// First instant, since the twin's epoch, by a clock that is right.
    pub from: SimTime,
    /// Last instant, not included.
    pub to: SimTime,
    /// What happened, with its figures.
    pub kind: FaultKind,
}

impl Truth {
    /// The labels of `faults` in a stream of `twin`.
    #[must_use]
    pub fn new(
        twin: &Twin,
        faults: &Faults,
        seed: u64,
        begin: SimTime,
        duration: Option<SimDuration>,
    ) -> Self {
        let end = duration.map_or(SimTime::MAX, |duration| begin + duration);
        let labels = faults
            .faults
            .iter()
            .flat_map(|fault| {
                let from = begin + fault.from.since_epoch();
                let to = (begin + fault.to.since_epoch()).min(end);
                twin.channels
                    .iter()
                    .filter(move |channel| from <= end && fault.concerns(channel))
                    .map(move |channel| Label {
                        fault: fault.kind.name().to_owned(),
                        channel: channel.id.clone(),
                        from,
                        to,
                        kind: fault.kind.clone(),
                    })
            })
            .collect();
        Self {
            note: "what `counterpart plant` did to the telemetry beside this file".to_owned(),
            twin: format!("{} {}", twin.id, twin.version),
            seed,
            epoch: twin.epoch,
            begin,
            duration,
            labels,
            contingencies: faults.contingencies.clone(),
            events: faults.events.clone(),
        }
    }

    /// The file that tells what was done to the telemetry at `path`.
    #[must_use]
    pub fn path_beside(path: &Path) -> PathBuf {
        path.with_extension("faults.ron")
    }

    /// Writes the labels to `path`, all or nothing.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LiveError> {
        write_ron(self, path, "what was done")
    }
}
