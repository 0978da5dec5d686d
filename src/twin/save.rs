//! Writing a twin back, so that only what changed changes.
//!
//! The text that the twin was read from is kept: comments, layout and the way
//! numbers are written stay as their author left them. What changed is found by
//! comparing the old document with the new one, and only those places are
//! [edited](super::patch). The result is read again and must say the same as the
//! twin before any file is touched; where it does not, the document is laid out
//! afresh. The file is replaced in one step, whatever fails on the way.

use std::io::Write;
use std::path::Path;

use super::document::Twin;
use super::file::{FileError, write_atomically};
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
    #[error("the twin was not saved, the old file is unchanged: {0}")]
    File(#[from] FileError),
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
    write_atomically(path, |out| out.write_all(saved.text.as_bytes()))?;
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

#[cfg(test)]
mod tests;
