//! Foreign files: a network of EPANET becomes a twin, and a twin goes back.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::LiveError;
use super::open::{DOCUMENT, load};
use crate::import::epanet;
use crate::model;
use crate::twin::{self, LoadedTwin, save, write_atomically};

/// What an import made.
#[derive(Debug)]
pub struct ImportOutcome {
    /// The document that was written.
    pub document: PathBuf,
    /// The twin, checked; its warnings are what the import has to say.
    pub twin: LoadedTwin,
}

/// What an export made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportOutcome {
    /// The file that was written.
    pub file: PathBuf,
    /// What the twin says and the file cannot, a sentence each.
    pub left_out: Vec<String>,
}

/// Reads the EPANET file at `path` into a checked twin, in memory only.
///
/// # Errors
/// Everything in the file that makes no network, each with its line and a hint.
pub fn load_epanet(path: &Path) -> Result<LoadedTwin, LiveError> {
    let imported = epanet::import_file(path).map_err(LiveError::Document)?;
    twin::check_imported(
        imported.twin,
        imported.report,
        path,
        imported.digest,
        &model::registry(),
    )
    .map_err(LiveError::Document)
}

/// Reads the EPANET file at `path` and writes it as `twin.ron` into `folder`.
///
/// # Errors
/// As [`load_epanet`]; when there is a document already, or it cannot be written.
pub fn import_epanet(path: &Path, folder: &Path) -> Result<ImportOutcome, LiveError> {
    let loaded = load_epanet(path)?;
    let document = folder.join(DOCUMENT);
    if document.exists() {
        return Err(LiveError::Request(format!(
            "`{}` is there already; import into another folder, or take it away first",
            document.display()
        )));
    }
    save(&loaded.twin, None, &document).map_err(|error| LiveError::Request(error.to_string()))?;
    Ok(ImportOutcome {
        document,
        twin: loaded,
    })
}

/// Writes the twin at `path`, a document or its folder, as the EPANET file `out`.
///
/// # Errors
/// When the document has errors, is no water network, says what such a file cannot, or the file
/// cannot be written.
pub fn export_epanet(path: &Path, out: &Path) -> Result<ExportOutcome, LiveError> {
    let loaded = load(path)?;
    let exported =
        epanet::export(&loaded.twin).map_err(|error| LiveError::Request(error.to_string()))?;
    write_atomically(out, |file| file.write_all(exported.text.as_bytes()))?;
    Ok(ExportOutcome {
        file: out.to_owned(),
        left_out: exported.left_out,
    })
}

/// Where a twin that was opened from `path` is saved: itself, or, for one that was imported,
/// a document beside the file, which stays as it is.
#[must_use]
pub fn saving_path(path: &Path) -> PathBuf {
    if epanet::is_epanet_file(path) {
        path.with_extension("ron")
    } else {
        super::open::document_path(path)
    }
}
