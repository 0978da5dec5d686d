//! A twin's contracts out of its document and into it, in the language of others.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::LiveError;
use super::open::load;
use crate::model;
use crate::telemetry::odcs::{OdcsError, from_odcs, to_odcs};
use crate::twin::write_atomically;
use crate::twin::{self, Twin};

/// What was brought into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOutcome {
    /// The document that was written.
    pub document: PathBuf,
    /// Ids of channels that are other than before.
    pub changed: Vec<String>,
    /// Ids of channels that are new.
    pub added: Vec<String>,
    /// What was not understood or not taken, one sentence each.
    pub notes: Vec<String>,
}

impl From<OdcsError> for LiveError {
    fn from(error: OdcsError) -> Self {
        Self::Request(error.to_string())
    }
}

/// Writes a twin's channels and contracts as an Open Data Contract, to `out`
/// where that is given. Gives its text.
///
/// # Errors
/// When the document has errors or no channels, or the file cannot be written.
pub fn export_contract(twin: &Path, out: Option<&Path>) -> Result<String, LiveError> {
    let loaded = load(twin)?;
    let text = to_odcs(&loaded.twin)?;
    if let Some(out) = out {
        write_atomically(out, |file| file.write_all(text.as_bytes()))?;
    }
    Ok(text)
}

/// Brings an Open Data Contract into a twin's channels and writes the document:
/// to `out`, or in its place with its comments. A document that would have
/// errors is not written.
///
/// # Errors
/// When either file cannot be read, the document would have errors, or it cannot
/// be written.
pub fn import_contract(
    contract: &Path,
    twin: &Path,
    out: Option<&Path>,
) -> Result<ImportOutcome, LiveError> {
    let loaded = load(twin)?;
    let text = std::fs::read_to_string(contract).map_err(|source| LiveError::File {
        path: contract.to_owned(),
        source,
        advice: "give the path of an Open Data Contract in YAML",
    })?;
    let imported = from_odcs(&text, &loaded.twin)
        .map_err(|error| LiveError::Request(format!("{}: {error}", contract.display())))?;
    let mut changed = Twin::clone(&loaded.twin);
    changed.channels = imported.channels;
    let unwritten = |error: twin::SaveError| LiveError::Request(error.to_string());
    let written = twin::document_text(&changed, Some(&loaded.source)).map_err(unwritten)?;
    let document = out.unwrap_or(&loaded.path).to_owned();
    let name = document.display().to_string();
    twin::parse(&written.text, &name, &model::registry()).map_err(LiveError::Document)?;
    twin::save(&changed, Some(&loaded.source), &document).map_err(unwritten)?;
    Ok(ImportOutcome {
        document,
        changed: imported.changed,
        added: imported.added,
        notes: imported.notes,
    })
}
