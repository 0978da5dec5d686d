//! Writing a twin back, so that only what changed changes.
//!
//! The text that the twin was read from is kept: comments, layout and the way
//! numbers are written stay as their author left them. What changed is found by
//! comparing the old document with the new one, and only those places are
//! [edited](super::patch). The result is read again and must say the same as the
//! twin before any file is touched; where it does not, the document is laid out
//! afresh. The file is replaced in one step: written beside, brought to the disk,
//! renamed. Whatever fails on the way, the old file stays.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::document::Twin;
use super::spans::Tree;
use super::{layout, load, patch};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The text of the file, byte for byte.
    pub text: String,
    /// Whether the author's layout could be kept.
    pub layout: Layout,
}

/// What became of the author's layout and comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Everything that did not change stands as it stood.
    Kept,
    /// There was no earlier text.
    New,
    /// The changes could not be worked into the earlier text: it was laid out afresh, and its
    /// comments are gone. To be told to the person who saves.
    Renewed,
}

/// Why a twin was not saved. The file holds what it held before.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The twin cannot be written so that it reads back the same, for instance because of a
    /// number that is not finite.
    #[error("the twin cannot be written as a document: {0}; nothing was saved")]
    Document(String),
    /// A file operation failed.
    #[error("{path} could not be saved while {doing}: {source}; {advice}, the old file is unchanged", path = path.display())]
    File {
        /// The document.
        path: PathBuf,
        /// What was being done: `writing`.
        doing: &'static str,
        /// What to do about it.
        advice: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes `twin` to `path`, all or nothing, and keeps comments and layout of
/// `original_source`, the text it was read from. A twin that did not change is written
/// byte for byte as it was.
///
/// # Errors
/// When the twin cannot be written as a document, or a file operation fails (no permission,
/// full disk). The file then holds what it held before.
pub fn save(twin: &Twin, original_source: Option<&str>, path: &Path) -> Result<Saved, SaveError> {
    let saved = document_text(twin, original_source)?;
    replace_file(path, |file| file.write_all(saved.text.as_bytes()))?;
    Ok(saved)
}

/// The text that [`save`] would write.
///
/// # Errors
/// When the twin cannot be written as a document.
pub fn document_text(twin: &Twin, original_source: Option<&str>) -> Result<Saved, SaveError> {
    let canonical = load::options()
        .to_string(twin)
        .map_err(|error| SaveError::Document(error.to_string()))?;
    if let Some(original) = original_source
        && let Some(text) = patched(twin, &canonical, original)
    {
        return Ok(Saved {
            text,
            layout: Layout::Kept,
        });
    }
    let tree = Tree::scan(&canonical).map_err(|error| SaveError::Document(error.message))?;
    let text = layout::document(&tree);
    match load::options().from_str::<Twin>(&text) {
        Ok(read) if read == *twin => Ok(Saved {
            text,
            layout: match original_source {
                Some(_) => Layout::Renewed,
                None => Layout::New,
            },
        }),
        Ok(_) => Err(SaveError::Document(
            "it does not read back as it was (is a number not finite?)".to_owned(),
        )),
        Err(error) => Err(SaveError::Document(error.to_string())),
    }
}

/// `original` with what changed worked in; `None` where that does not give the twin.
fn patched(twin: &Twin, canonical: &str, original: &str) -> Option<String> {
    let options = load::options();
    let before: Twin = options.from_str(original).ok()?;
    if before == *twin {
        return Some(original.to_owned());
    }
    let before = options.to_string(&before).ok()?;
    let text = patch::patch(
        &Tree::scan(original).ok()?,
        &Tree::scan(&before).ok()?,
        &Tree::scan(canonical).ok()?,
    );
    let read: Twin = options.from_str(&text).ok()?;
    (read == *twin).then_some(text)
}

/// Replaces the file at `path` by what `write` writes: into a new file beside it, brought to
/// the disk, then renamed over the old one.
fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), SaveError> {
    let failed = |doing: &'static str| {
        move |source: io::Error| SaveError::File {
            path: path.to_owned(),
            doing,
            advice: advice(&source),
            source,
        }
    };
    // Through a link, the file that it leads to is replaced, and not the link.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let old_permissions = target
        .metadata()
        .ok()
        .map(|metadata| metadata.permissions());
    if old_permissions
        .as_ref()
        .is_some_and(std::fs::Permissions::readonly)
    {
        return Err(failed("replacing it")(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the file is read-only",
        )));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".twin-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What a new document gets, less the mask of the process; a temporary file would
        // otherwise be readable by its owner alone.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut beside = builder
        .tempfile_in(folder)
        .map_err(failed("making a file beside it"))?;
    write(beside.as_file_mut()).map_err(failed("writing"))?;
    if let Some(permissions) = old_permissions {
        beside
            .as_file()
            .set_permissions(permissions)
            .map_err(failed("setting its permissions"))?;
    }
    beside
        .as_file()
        .sync_all()
        .map_err(failed("bringing it to the disk"))?;
    beside
        .persist(&target)
        .map_err(|error| failed("replacing it")(error.error))?;
    // The rename itself reaches the disk with its folder. Systems that cannot open a folder
    // as a file take care of it themselves, and the document is already in place.
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room on the disk or save elsewhere"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "ask for the permission to write there or save elsewhere"
        }
        io::ErrorKind::NotFound => "make the folder or save elsewhere",
        _ => "check the disk or save elsewhere",
    }
}

#[cfg(test)]
mod tests;
