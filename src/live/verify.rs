//! The job behind `counterpart verify`: repeat a run and compare.

use std::path::{Path, PathBuf};

use super::error::LiveError;
use super::open::{document_path, load};
use super::run::{RECORD, RunRequest, run};
use super::stored::{StoreRequest, digest_again};
use crate::inference::FitScope;
use crate::simulation::{FileDigest, Mismatch, Progress, RunRecord, digest_file};

/// What a repetition found.
#[derive(Debug)]
pub struct Verification {
    /// The record that was repeated.
    pub record: RunRecord,
    /// What differs: inputs, files of the run, files of the repetition. Empty
    /// when everything is the same bit for bit.
    pub mismatches: Vec<Mismatch>,
}

impl Verification {
    /// Whether the run was repeated bit for bit.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// Repeats the run recorded at `path` (a run's folder or its `run.ron`) and
/// compares inputs, the files that lie there, and the files that come out.
///
/// Relative paths of inputs are taken from the current folder, as they were
/// when the run was made.
///
/// # Errors
/// When the record cannot be read, an input is gone (also samples of a store, by
/// retention), or the repetition fails.
pub fn verify(path: &Path, progress: &Progress) -> Result<Verification, LiveError> {
    let record_path = if path.is_dir() {
        path.join(RECORD)
    } else {
        path.to_owned()
    };
    let record = RunRecord::read(&record_path)?;
    let folder = record_path.parent().unwrap_or_else(|| Path::new("."));
    let mut mismatches: Vec<Mismatch> = record.compare_program().into_iter().collect();
    let inputs = [
        Some(&record.twin),
        record.telemetry.as_ref(),
        record.parameters.as_ref(),
    ];
    for input in inputs.into_iter().flatten() {
        let file = document_path(Path::new(&input.path));
        if !file.exists() {
            return Err(LiveError::Request(format!(
                "the run's input `{}` is not there; verify from the folder where the run was made, \
                 with the same files in place",
                input.path
            )));
        }
        mismatches.extend(RunRecord::compare_input(input, &file)?);
    }
    if mismatches.is_empty() {
        mismatches.extend(compare_stored(&record)?);
    }
    mismatches.extend(compare_files(&record, folder)?);
    if mismatches
        .iter()
        .any(|one| matches!(one, Mismatch::Input { .. }))
    {
        // A repetition on other inputs would only repeat what is known already.
        return Ok(Verification { record, mismatches });
    }
    let place = tempfile::tempdir().map_err(|source| LiveError::File {
        path: std::env::temp_dir(),
        source,
        advice: "the repetition needs a temporary folder to write to",
    })?;
    run(&request_of(&record, place.path())?, progress)?;
    let repeated = RunRecord::read(&place.path().join(RECORD))?;
    for mismatch in record.compare_outputs(&repeated.outputs) {
        if !mismatches.contains(&mismatch) {
            mismatches.push(mismatch);
        }
    }
    Ok(Verification { record, mismatches })
}

/// Whether the store still reads as it did for the run, whatever has come since.
fn compare_stored(record: &RunRecord) -> Result<Option<Mismatch>, LiveError> {
    let Some(data) = &record.stored else {
        return Ok(None);
    };
    let loaded = load(Path::new(&record.twin.path))?;
    let found = digest_again(&loaded, data)?;
    Ok((found != data.blake3).then(|| Mismatch::Input {
        path: data.path.clone(),
        recorded: data.blake3.clone(),
        found,
    }))
}

/// Whether the files of the run are still those that it wrote.
fn compare_files(record: &RunRecord, folder: &Path) -> Result<Vec<Mismatch>, LiveError> {
    let mut present = Vec::new();
    for output in &record.outputs {
        let file = folder.join(&output.path);
        if file.exists() {
            present.push(FileDigest {
                path: output.path.clone(),
                blake3: digest_file(&file)?,
            });
        }
    }
    Ok(record.compare_outputs(&present))
}

/// The request that made the record, with the results put elsewhere.
fn request_of(record: &RunRecord, out: &Path) -> Result<RunRequest, LiveError> {
    let fit = record
        .fit
        .as_deref()
        .map(|name| {
            FitScope::from_name(name).ok_or_else(|| {
                LiveError::Request(format!(
                    "the record asks for a fit of `{name}`, which this program does not know; use \
                     the version that wrote it"
                ))
            })
        })
        .transpose()?;
    Ok(RunRequest {
        twin: PathBuf::from(&record.twin.path),
        telemetry: record
            .telemetry
            .as_ref()
            .map(|file| PathBuf::from(&file.path)),
        store: record.stored.as_ref().map(|data| StoreRequest {
            folder: Some(PathBuf::from(&data.path)),
            as_of: Some(data.clone()),
            ..StoreRequest::default()
        }),
        without_telemetry: record.telemetry.is_none() && record.stored.is_none(),
        column_map: record.column_map.clone(),
        scenario: record.scenario.clone(),
        what_if: record.what_if.clone(),
        parameters: record
            .parameters
            .as_ref()
            .map(|file| PathBuf::from(&file.path)),
        fit,
        seed: Some(record.seed),
        members: Some(record.members),
        until: Some(record.horizon),
        out: Some(out.to_owned()),
        event_log: None,
        beside: None,
        begin: Some(record.start),
        // The record is that of the whole run, wherever it went on from.
        from_state: None,
        save_state: None,
    })
}
