//! The event log that comes with a document, and how it names things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::happening::UnitState;

/// Endings of the formats of an event log.
pub const EVENT_LOG_ENDINGS: [&str; 3] = ["csv", "parquet", "xes"];

/// What the columns of an event log can hold.
pub const EVENT_LOG_COLUMNS: [&str; 9] = [
    "time", "item", "asset", "event", "server", "class", "end", "from", "to",
];

/// An event log that comes with the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventLogFile {
    /// Path relative to the document: `.csv`, `.parquet` or `.xes`.
    pub file: String,
    /// What a column holds (one of [`EVENT_LOG_COLUMNS`]), and its name in the log.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// Names of the log, and the id of the asset that each means.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub assets: BTreeMap<String, String>,
    /// Words of the log, and what each means; see [`EventLogFile::meanings`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
}

impl EventLogFile {
    /// What a word of a log can mean: an item comes in or leaves, an agent goes to a
    /// waypoint, a vehicle goes off with an item or has brought it, or a machine is in
    /// a state from then on.
    pub fn meanings() -> impl Iterator<Item = &'static str> {
        ["enter", "leave", "travel", "loaded", "unloaded"]
            .into_iter()
            .chain(UnitState::ALL.map(UnitState::word))
    }
}
