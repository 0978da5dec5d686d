//! From a path to a twin with its telemetry.

use std::path::{Path, PathBuf};

use super::error::LiveError;
use super::stored::{StoreRequest, read_stored};
use crate::import::epanet::is_epanet_file;
use crate::model;
use crate::telemetry::{self, Telemetry};
use crate::twin::{self, LoadedTwin};

/// Name of the document in a twin's folder.
pub(super) const DOCUMENT: &str = "twin.ron";

/// A twin with the telemetry it is to be compared with.
#[derive(Debug)]
pub struct OpenedDocument {
    /// The checked document.
    pub twin: LoadedTwin,
    /// The telemetry asked for, or the first file that comes with the document.
    pub telemetry: Option<Telemetry>,
}

/// The document that `path` stands for: itself, or `twin.ron` in it when it is
/// a folder.
#[must_use]
pub fn document_path(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(DOCUMENT)
    } else {
        path.to_owned()
    }
}

/// Loads the document at `path` (a file or its folder) with `telemetry`, a CSV
/// file or the folder of a telemetry store, or with the first telemetry file
/// that the document brings.
///
/// # Errors
/// When the document has errors or the telemetry cannot be read.
pub fn open_document(path: &Path, telemetry: Option<&Path>) -> Result<OpenedDocument, LiveError> {
    let twin = load(path)?;
    let bundled = twin.twin.telemetry.first().map(|file| {
        twin.path
            .parent()
            .unwrap_or_else(|| Path::new("."))
            .join(&file.path)
    });
    let source = telemetry.map(Path::to_owned).or(bundled);
    let telemetry = source.map(|source| read_any(&source, &twin)).transpose()?;
    Ok(OpenedDocument { twin, telemetry })
}

/// Telemetry from a file, or from a store where `source` is a folder.
fn read_any(source: &Path, twin: &LoadedTwin) -> Result<Telemetry, LiveError> {
    if source.is_dir() {
        let request = StoreRequest {
            folder: Some(source.to_owned()),
            ..StoreRequest::default()
        };
        return Ok(read_stored(twin, &request)?.0);
    }
    telemetry::read_csv(source, &twin.twin, &twin.variables).map_err(LiveError::Telemetry)
}

/// What a file is, going by its name, where it is no document.
fn what_else(path: &Path) -> Option<&'static str> {
    let ending = path.extension().filter(|_| path.is_file())?;
    match ending.to_ascii_lowercase().to_str() {
        Some("ron") => None,
        Some("csv" | "tsv" | "txt" | "parquet") => {
            Some("a table, which is opened beside a twin, and no twin itself")
        }
        Some("xes") => Some("an event log, which is opened beside a twin, and no twin itself"),
        _ => Some("no file that can be opened as a twin"),
    }
}

/// Loads the document at `path`, a file or its folder, with all kinds this
/// program knows. An EPANET file is imported in memory.
///
/// # Errors
/// When the document has errors; they are listed. When the name of the file ends as that
/// of no document does.
pub fn load(path: &Path) -> Result<LoadedTwin, LiveError> {
    if is_epanet_file(path) {
        return super::exchange::load_epanet(path);
    }
    if let Some(what) = what_else(path) {
        return Err(LiveError::Request(format!(
            "`{}` is {what}; a twin is a document `.ron`, the folder of one, or an EPANET network \
             `.inp`",
            path.display()
        )));
    }
    twin::load(&document_path(path), &model::registry()).map_err(LiveError::Document)
}
