//! EPANET's input files, of versions 2.0 to 2.3.
//!
//! [`import`] reads a file into a twin of `water.*` assets and says, with line
//! numbers, what was adjusted, put at its default or not understood; a file that
//! makes no network gives all its errors at once. [`export`] writes such a twin
//! as a file again, with the sections that mean nothing here as they were.
//!
//! The way in: [`mod@inp`] holds what a file says in its own words and units;
//! `reader` fills it; `to_twin` makes the document. The way out: `from_twin`
//! fills the same [`Inp`](inp::Inp), and `write` prints it.

mod from_twin;
pub mod inp;
mod layout;
mod map;
mod notices;
mod reader;
mod section;
mod text;
mod to_twin;
pub mod units;
mod words;
mod write;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::twin::{Finding, Report, Twin};
use notices::Notices;

pub use from_twin::ExportError;
pub use text::LARGEST_FILE;

/// A file as a twin.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The document, not yet checked against the kinds.
    pub twin: Twin,
    /// What was adjusted, put at its default or not understood; no errors.
    pub report: Report,
    /// BLAKE3 digest of the file, in hexadecimal.
    pub digest: String,
}

/// A twin as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The text of the file.
    pub text: String,
    /// What the twin says and the file does not, a sentence each.
    pub left_out: Vec<String>,
}

/// Whether a path names an EPANET file, by its ending.
#[must_use]
pub fn is_epanet_file(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("inp"))
}

/// Reads the file at `path`.
///
/// # Errors
/// Everything in the file that makes no network, each with its line and a hint; a file that
/// cannot be read or is larger than [`LARGEST_FILE`].
pub fn import_file(path: &Path) -> Result<Imported, Report> {
    let name = path.display().to_string();
    let unreadable = |error: &std::io::Error| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "give the path of a file that exists",
            std::io::ErrorKind::PermissionDenied => "ask for the permission to read it",
            _ => "check the path and the disk",
        };
        Report::about_file(&name, format!("the file cannot be read: {error}"), hint)
    };
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(|error| unreadable(&error))?
        // One byte more than allowed tells a file that is too large, whatever its length says.
        .take(LARGEST_FILE as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    import(&bytes, &name)
}

/// Reads a file; `file` is its name in messages, and gives the twin its id.
///
/// # Errors
/// As [`import_file`].
pub fn import(bytes: &[u8], file: &str) -> Result<Imported, Report> {
    if bytes.len() > LARGEST_FILE {
        return Err(Report::about_file(
            file,
            format!(
                "the file is larger than {} MiB",
                LARGEST_FILE / (1024 * 1024)
            ),
            "it is no EPANET file, or has to be split into several networks",
        ));
    }
    let (text, is_latin) = text::decoded(bytes);
    let source: Arc<str> = Arc::from(text);
    let mut notices = Notices::default();
    if is_latin {
        notices.add(
            Finding::warning("the file is not UTF-8 text")
                .hint("it is read as Latin-1 (Windows-1252)"),
        );
    }
    let inp = reader::read(&source, &mut notices);
    if notices.has_errors() {
        return Err(notices.into_report(file, source));
    }
    let twin = to_twin::twin(&inp, file, &mut notices);
    Ok(Imported {
        twin,
        report: notices.into_report(file, source),
        digest: blake3::hash(bytes).to_hex().to_string(),
    })
}

/// Writes a twin of `water.*` assets as an EPANET file.
///
/// # Errors
/// What the twin says and an EPANET file cannot: links that are no network, or none at all.
pub fn export(twin: &Twin) -> Result<Exported, ExportError> {
    let (inp, left_out) = from_twin::inp(twin)?;
    Ok(Exported {
        text: write::text(&inp),
        left_out,
    })
}
