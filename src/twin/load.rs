//! From a text to a checked twin, or to everything that is wrong with it.
//!
//! Loading goes through four stations. The [scanner](super::spans) finds the
//! structure of the text; the [schema](super::schema) holds it against the
//! fields that a document may have, and mends in a copy what would keep the rest
//! from being read; the RON library reads it; the [checks](super::check) look
//! at what it says. So a document with a mistyped field, a wrong unit and a link
//! to nothing gets three errors, not one.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ron::extensions::Extensions;

use super::document::{FORMAT_VERSION, Twin};
use super::kind::KindRegistry;
use super::report::{Finding, Position, Report};
use super::spans::{DocumentPath, Tree};
use super::variable::VariableTable;
use super::{check, schema};

/// Largest document that is read, in bytes: 32 MiB, about a hundred thousand assets. A text
/// takes up to sixteen times its size in memory while it is read, so the limit is set before.
pub const LARGEST_DOCUMENT: usize = 32 * 1024 * 1024;

/// The name of the document in a twin's folder.
const DOCUMENT_NAME: &str = "twin.ron";

/// A twin that passed every check, with what it was read from.
#[derive(Clone, Debug)]
pub struct LoadedTwin {
    /// The document.
    pub twin: Arc<Twin>,
    /// Its variables, numbered.
    pub variables: Arc<VariableTable>,
    /// The text it was read from, byte for byte; empty for one that was imported.
    pub source: Arc<str>,
    /// Where the text came from; the name given where it came from no file.
    pub path: PathBuf,
    /// BLAKE3 digest of the text, in hexadecimal.
    pub digest: String,
    /// What is probably not as meant; holds no errors.
    pub warnings: Report,
}

impl LoadedTwin {
    /// The folder that the document's relative paths start from.
    #[must_use]
    pub fn folder(&self) -> &Path {
        folder_of(&self.path)
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// How documents are read and written: `Some(…)` may be left out, nesting stays limited.
pub(super) fn options() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

/// Reads and checks the document at `path`; for a folder, the `twin.ron` in it.
///
/// Files that the document names (3D models, telemetry) are looked for beside it; a
/// missing one is a warning.
///
/// # Errors
/// All errors found, each with its place and a hint.
pub fn load(path: &Path, registry: &KindRegistry) -> Result<LoadedTwin, Report> {
    let path = if path.is_dir() {
        path.join(DOCUMENT_NAME)
    } else {
        path.to_owned()
    };
    let name = path.display().to_string();
    let text = read_text(&path, &name)?;
    let mut loaded = parse(&text, &name, registry)?;
    check::named_files(&loaded.twin, &text, folder_of(&path), &mut loaded.warnings);
    loaded.path = path;
    Ok(loaded)
}

fn read_text(path: &Path, name: &str) -> Result<String, Report> {
    let unreadable = |error: &std::io::Error| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "give the path of a document that exists",
            std::io::ErrorKind::PermissionDenied => "ask for the permission to read it",
            _ => "check the path and the disk",
        };
        Report::about_file(name, format!("the document cannot be read: {error}"), hint)
    };
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(|error| unreadable(&error))?
        // One byte more than allowed tells a file that is too large, whatever its length says.
        .take(LARGEST_DOCUMENT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let mut report = Report::new(name, Arc::from(text));
        report.add(
            Finding::error("the document is not UTF-8 text")
                .at(valid..valid + '\u{FFFD}'.len_utf8())
                .hint("save it as UTF-8 in the editor it was written with"),
        );
        report
    })
}

/// Checks the document `text`; `name` stands for its file in messages.
///
/// # Errors
/// All errors found, each with its place and a hint.
pub fn parse(text: &str, name: &str, registry: &KindRegistry) -> Result<LoadedTwin, Report> {
    if text.len() > LARGEST_DOCUMENT {
        return Err(Report::about_file(
            name,
            format!(
                "the document is larger than {} MiB",
                LARGEST_DOCUMENT / (1024 * 1024)
            ),
            "split the system into several twins",
        ));
    }
    let source: Arc<str> = Arc::from(text);
    let mut report = Report::new(name, Arc::clone(&source));
    let tree = match Tree::scan(text) {
        Ok(tree) => tree,
        Err(error) => {
            let mut finding = Finding::error(error.message)
                .at(error.span)
                .hint(error.hint);
            if let Some((span, label)) = error.related {
                finding = finding.related(span, label);
            }
            report.add(finding);
            return Err(report);
        }
    };
    if let Some(finding) = wrong_version(&tree) {
        report.add(finding);
        return Err(report);
    }
    let examined = schema::examine(&tree);
    let mended = examined.mended(text);
    report.extend(examined.findings);
    let twin: Twin = match options().from_str(&mended) {
        Ok(twin) => twin,
        Err(error) => {
            // The schema knows all that RON can object to but a few rarities, such as a wrong
            // escape in a text. Positions hold only where nothing was mended.
            if examined.mendings.is_empty() {
                report.add(ron_finding(&report, &error));
            }
            return Err(report);
        }
    };
    let variables = VariableTable::new(&twin, registry);
    report.extend(check::check(
        &twin,
        &variables,
        registry,
        &tree,
        &examined.mended_paths,
    ));
    if report.has_errors() {
        return Err(report);
    }
    Ok(LoadedTwin {
        twin: Arc::new(twin),
        variables: Arc::new(variables),
        digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
        source,
        path: PathBuf::from(name),
        warnings: report,
    })
}

/// Checks a twin that was not read from a document but made from another file, `path`. What the
/// making had to say, `report`, comes first among the warnings; `digest` is that of the file.
///
/// # Errors
/// All errors found; for want of a text of its own, each names the part of the document.
pub fn check_imported(
    twin: Twin,
    mut report: Report,
    path: &Path,
    digest: String,
    registry: &KindRegistry,
) -> Result<LoadedTwin, Report> {
    let variables = VariableTable::new(&twin, registry);
    report.extend(check::check_made(&twin, &variables, registry));
    if report.has_errors() {
        return Err(report);
    }
    Ok(LoadedTwin {
        twin: Arc::new(twin),
        variables: Arc::new(variables),
        digest,
        source: Arc::from(""),
        path: path.to_owned(),
        warnings: report,
    })
}

/// A format version that this program does not read. Version 1 is the first; when a second
/// comes, texts of the first are brought up to it here, before anything else looks at them.
fn wrong_version(tree: &Tree<'_>) -> Option<Finding> {
    let span = tree.span(&DocumentPath::root().field("format"));
    let written = tree.source()[span.clone()].parse::<u64>().ok()?;
    if written == u64::from(FORMAT_VERSION) {
        return None;
    }
    let finding = if written > u64::from(FORMAT_VERSION) {
        Finding::error(format!(
            "the document has format version {written}, and this program reads up to {FORMAT_VERSION}"
        ))
        .hint("open it with a newer version of the program")
    } else {
        Finding::error(format!("there is no format version {written}"))
            .hint(format!("write `format: {FORMAT_VERSION}`"))
    };
    Some(finding.at(span))
}

/// What the RON library objects to, with its place.
fn ron_finding(report: &Report, error: &ron::error::SpannedError) -> Finding {
    let offset = |position: ron::error::Position| {
        report.offset(Position {
            line: position.line,
            column: position.col,
        })
    };
    let start = offset(error.span.start);
    let span: Range<usize> = start..offset(error.span.end).max(start + 1);
    Finding::error(format!("not readable as a twin: {}", error.code)).at(span)
}
