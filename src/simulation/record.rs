//! Run records: what is needed to repeat a run and compare it bit for bit.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::quantity::{SimDuration, SimTime};
use crate::twin::{FileError, Occurrence, write_atomically};

/// The version of the record's format that this program writes.
pub const RECORD_FORMAT: u32 = 3;

/// Largest record read [byte]: some fifty thousand digests of a store's samples.
/// A parser can need many times a text's size.
const LARGEST_RECORD: u64 = 1 << 23;

/// A file with the BLAKE3 digest of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Where it is: inputs as they were named, outputs relative to the record.
    pub path: String,
    /// BLAKE3 digest, 64 hexadecimal digits.
    pub blake3: String,
}

/// What a run read of a telemetry store, so that the same can be read again
/// whatever has come in since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredData {
    /// The store's folder, as it was named.
    pub path: String,
    /// Id of the twin whose store it is.
    pub twin: String,
    /// First event time that was read.
    pub from: SimTime,
    /// Last event time that was read.
    pub to: SimTime,
    /// Highest receive sequence in the store.
    pub sequence: u64,
    /// Highest revision of verdicts in the store.
    pub revision: u64,
    /// BLAKE3 of the samples and verdicts that were read, 64 hexadecimal digits.
    pub blake3: String,
    /// Digests of everything that the store held, segment by segment.
    pub segments: Vec<StoredSegment>,
}

/// Samples of a store that have consecutive receive sequences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredSegment {
    /// First receive sequence.
    pub first: u64,
    /// Last receive sequence.
    pub last: u64,
    /// BLAKE3 of samples and verdicts in order of sequence, 64 hexadecimal
    /// digits: of the content and not of a file, so that it outlives compaction.
    pub blake3: String,
}

/// Which program made a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramVersion {
    /// Name: `counterpart`.
    pub name: String,
    /// Version: `0.1.0`.
    pub version: String,
}

impl Default for ProgramVersion {
    /// This program.
    fn default() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// One execution: its inputs, its choices and the digests of what came out.
///
/// Written as `run.ron` beside the outputs. Contains no time of day and no name
/// of a machine: the same run writes the same record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// Format version of the record; see [`RECORD_FORMAT`].
    pub format: u32,
    /// The program that ran.
    pub program: ProgramVersion,
    /// The twin document.
    pub twin: FileDigest,
    /// The telemetry that drove and judged the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<FileDigest>,
    /// The part of a telemetry store that drove and judged the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredData>,
    /// The parameter set that took the place of the document's values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<FileDigest>,
    /// Column assignments beyond those of the document, as given:
    /// `column=channel:unit`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub column_map: Vec<String>,
    /// What was fitted to the telemetry before the run, if anything: `all`,
    /// `initial-states`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// Id of the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// What befell assets besides, at times counted from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub what_if: Vec<Occurrence>,
    /// Run seed.
    pub seed: u64,
    /// Number of ensemble members; none were run where it is zero.
    pub members: u32,
    /// Time at the start.
    pub start: SimTime,
    /// Length of the run.
    pub horizon: SimDuration,
    /// Time between stored instants of the ensemble.
    pub stride: SimDuration,
    /// Everything that was written, in order of path.
    pub outputs: Vec<FileDigest>,
}

/// A difference between a run and its repetition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// An input is not the one that was used.
    #[error("input `{path}` has changed since the run: digest {found}, recorded {recorded}")]
    Input {
        /// The file.
        path: String,
        /// Digest in the record.
        recorded: String,
        /// Digest now.
        found: String,
    },
    /// An output came out differently.
    #[error("output `{path}` differs: digest {found}, recorded {recorded}")]
    Output {
        /// The file.
        path: String,
        /// Digest in the record.
        recorded: String,
        /// Digest of the repetition.
        found: String,
    },
    /// An output of the record was not made again.
    #[error("output `{path}` was not made by the repetition")]
    Missing {
        /// The file.
        path: String,
    },
    /// The repetition made an output that the record does not have.
    #[error("output `{path}` is not in the record")]
    Additional {
        /// The file.
        path: String,
    },
    /// Another version of the program made the record.
    #[error("the record was made by {recorded}, this is {found}")]
    Program {
        /// Program of the record.
        recorded: String,
        /// This program.
        found: String,
    },
}

/// A record could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text is no run record.
    #[error("`{path}` is not a run record: line {line}, column {column}: {problem}")]
    Syntax {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// The file is too large to be one.
    #[error("`{path}` is larger than {LARGEST_RECORD} bytes and so is no run record")]
    TooLarge {
        /// The file.
        path: String,
    },
    /// A later program wrote it.
    #[error(
        "`{path}` has format {format}; this program reads formats up to {RECORD_FORMAT}: use the \
         version of the program that wrote it"
    )]
    Format {
        /// The file.
        path: String,
        /// Its format.
        format: u32,
    },
    /// The record could not be put into text.
    #[error("the run record cannot be written as RON: {0}")]
    Encode(#[from] ron::Error),
}

impl RunRecord {
    /// Writes the record, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        let pretty = ron::ser::PrettyConfig::new().new_line("\n");
        let text = ron::ser::to_string_pretty(self, pretty)?;
        write_atomically(path, |out| {
            out.write_all(text.as_bytes())?;
            out.write_all(b"\n")
        })?;
        Ok(())
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When the file cannot be read or is no record that this program knows.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let fail = |source| FileError::read(path, source);
        let shown = path.display().to_string();
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LARGEST_RECORD + 1).read_to_end(&mut bytes))
            .map_err(fail)?;
        if bytes.len() as u64 > LARGEST_RECORD {
            return Err(RecordError::TooLarge { path: shown });
        }
        let record: Self = ron::de::from_bytes(&bytes).map_err(|error| RecordError::Syntax {
            path: shown.clone(),
            line: error.span.start.line,
            column: error.span.start.col,
            problem: error.code.to_string(),
        })?;
        if record.format > RECORD_FORMAT {
            return Err(RecordError::Format {
                path: shown,
                format: record.format,
            });
        }
        Ok(record)
    }

    /// What keeps the outputs of a repetition from being those of this record.
    /// Empty when they are the same bit for bit.
    #[must_use]
    pub fn compare_outputs(&self, repeated: &[FileDigest]) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        for recorded in &self.outputs {
            match repeated.iter().find(|one| one.path == recorded.path) {
                None => mismatches.push(Mismatch::Missing {
                    path: recorded.path.clone(),
                }),
                Some(found) if found.blake3 != recorded.blake3 => {
                    mismatches.push(Mismatch::Output {
                        path: recorded.path.clone(),
                        recorded: recorded.blake3.clone(),
                        found: found.blake3.clone(),
                    });
                }
                Some(_) => {}
            }
        }
        for found in repeated {
            if !self.outputs.iter().any(|one| one.path == found.path) {
                mismatches.push(Mismatch::Additional {
                    path: found.path.clone(),
                });
            }
        }
        mismatches
    }

    /// Whether an input is still the one that was used.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn compare_input(recorded: &FileDigest, now: &Path) -> Result<Option<Mismatch>, FileError> {
        let found = digest_file(now)?;
        Ok((found != recorded.blake3).then(|| Mismatch::Input {
            path: recorded.path.clone(),
            recorded: recorded.blake3.clone(),
            found,
        }))
    }

    /// Says when another version of the program made the record: results of
    /// two versions need not agree.
    #[must_use]
    pub fn compare_program(&self) -> Option<Mismatch> {
        let this = ProgramVersion::default();
        (self.program != this).then(|| Mismatch::Program {
            recorded: format!("{} {}", self.program.name, self.program.version),
            found: format!("{} {}", this.name, this.version),
        })
    }
}

/// The BLAKE3 digest of some bytes, as 64 hexadecimal digits.
#[must_use]
pub fn digest_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The BLAKE3 digest of a file's bytes, as 64 hexadecimal digits.
///
/// # Errors
/// When the file cannot be read.
pub fn digest_file(path: &Path) -> Result<String, FileError> {
    let fail = |source| FileError::read(path, source);
    let file = File::open(path).map_err(fail)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).map_err(fail)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(path: &str, content: &str) -> FileDigest {
        FileDigest {
            path: path.to_owned(),
            blake3: digest_bytes(content.as_bytes()),
        }
    }

    fn record() -> RunRecord {
        RunRecord {
            format: RECORD_FORMAT,
            program: ProgramVersion::default(),
            twin: digest("twin.ron", "a twin"),
            telemetry: Some(digest("telemetry.csv", "t,T1")),
            stored: Some(StoredData {
                path: "telemetry.store".to_owned(),
                twin: "tclab".to_owned(),
                from: SimTime::ZERO,
                to: SimTime::from_nanoseconds(1_500_000_000),
                sequence: 12,
                revision: 3,
                blake3: digest_bytes(b"samples"),
                segments: vec![StoredSegment {
                    first: 1,
                    last: 12,
                    blake3: digest_bytes(b"a segment"),
                }],
            }),
            parameters: None,
            column_map: vec!["temp=T1:Cel".to_owned()],
            fit: Some("all".to_owned()),
            scenario: Some("warm_room".to_owned()),
            what_if: vec![
                Occurrence::parse("heater_1 failed from 2 h to 8 h").expect("an occurrence"),
            ],
            seed: u64::MAX,
            members: 100,
            start: SimTime::ZERO,
            horizon: SimDuration::from_whole_seconds(3600),
            stride: SimDuration::from_whole_seconds(5),
            outputs: vec![digest("bands.parquet", "b"), digest("run.csv", "r")],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.ron");
        record().write(&path).expect("written");
        assert_eq!(RunRecord::read(&path).expect("read"), record());
    }

    #[test]
    fn the_digest_of_a_file_is_that_of_its_bytes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("bytes");
        std::fs::write(&path, b"abc").expect("written");
        // The test vector of the BLAKE3 paper's reference implementation for "abc".
        let expected = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!(digest_file(&path).expect("read"), expected);
        assert_eq!(digest_bytes(b"abc"), expected);
    }

    #[test]
    fn every_difference_to_a_repetition_is_named() {
        let record = record();
        assert!(record.compare_outputs(&record.outputs).is_empty());
        let repeated = [digest("run.csv", "other"), digest("new.csv", "n")];
        let found = record.compare_outputs(&repeated);
        assert!(matches!(&found[0], Mismatch::Missing { path } if path == "bands.parquet"));
        assert!(matches!(&found[1], Mismatch::Output { path, .. } if path == "run.csv"));
        assert!(matches!(&found[2], Mismatch::Additional { path } if path == "new.csv"));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_changed_input_is_noticed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("twin.ron");
        std::fs::write(&path, "a twin").expect("written");
        let twin = record().twin;
        assert_eq!(RunRecord::compare_input(&twin, &path).expect("read"), None);
        std::fs::write(&path, "another twin").expect("written");
        assert!(
            RunRecord::compare_input(&twin, &path)
                .expect("read")
                .is_some()
        );
    }

    #[test]
    fn what_is_no_record_is_refused_with_its_place() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.ron");
        std::fs::write(&path, "(\n  format: 1,\n  colour: 3,\n)").expect("written");
        let error = RunRecord::read(&path).expect_err("an unknown field");
        assert!(
            matches!(error, RecordError::Syntax { line: 3, .. }),
            "{error}"
        );
        let mut later = record();
        later.format = RECORD_FORMAT + 1;
        later.write(&path).expect("written");
        let error = RunRecord::read(&path).expect_err("a later format");
        assert!(
            matches!(error, RecordError::Format { format, .. } if format == RECORD_FORMAT + 1),
            "{error}"
        );
        std::fs::write(&path, vec![b' '; LARGEST_RECORD as usize + 1]).expect("written");
        let error = RunRecord::read(&path).expect_err("too large");
        assert!(matches!(error, RecordError::TooLarge { .. }), "{error}");
    }
}
