//! A folder that files are written into.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{CsvFollower, Signature, Stop, is_parquet, mappings, name_of, parquet};
use super::link::Link;
use super::{Ending, Source, SourceContext, SourceError};
use crate::telemetry::decode::Received;
use crate::telemetry::header::ColumnMapping;
use crate::twin::SourceSettings;

/// Most files of one folder.
const MOST_FILES: usize = 1_000_000;

/// A folder of CSV and Parquet files. A file is read once it is complete: its
/// name is not that of one being written (`.name`, `name.tmp`, `name.part`) and
/// it has not changed between two looks. One that grows later is read on, one
/// that is replaced is read again. Files are read in order of their names.
pub(super) struct FolderSource {
    folder: PathBuf,
    mappings: Vec<ColumnMapping>,
    files: BTreeMap<PathBuf, Seen>,
    looks: u64,
}

/// What is known of a file.
#[derive(Clone, Copy, Debug)]
struct Seen {
    signature: Signature,
    /// Signature under which it was read, and how far.
    read: Option<(Signature, u64)>,
    /// The last look that has found it.
    look: u64,
}

impl FolderSource {
    pub(super) fn new(
        path: &str,
        settings: &SourceSettings,
        context: &SourceContext,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            folder: context.folder.join(path),
            mappings: mappings(settings, context)?,
            files: BTreeMap::new(),
            looks: 0,
        })
    }

    /// The files that are complete and not read yet, in order of their names.
    fn look(&mut self, link: &Link) -> Result<Vec<PathBuf>, std::io::Error> {
        self.looks += 1;
        let look = self.looks;
        let mut ready = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if !is_telemetry(&path) {
                continue;
            }
            // One that is gone again is of no interest.
            let Ok(metadata) = std::fs::metadata(&path) else {
                continue;
            };
            if !metadata.is_file() {
                continue;
            }
            let signature = Signature::of(&metadata);
            let full = self.files.len() >= MOST_FILES;
            match self.files.get_mut(&path) {
                Some(seen) => {
                    seen.look = look;
                    let settled = seen.signature == signature;
                    seen.signature = signature;
                    if settled && seen.read.is_none_or(|(read, _)| read != signature) {
                        ready.push(path);
                    }
                }
                None if full => {
                    link.health.change(|health| {
                        health.note(
                            "there are more than a million files; the further ones are not read",
                        );
                    });
                }
                None => {
                    let seen = Seen {
                        signature,
                        read: None,
                        look,
                    };
                    self.files.insert(path, seen);
                }
            }
        }
        // Files that are gone are forgotten.
        self.files.retain(|_, seen| seen.look == look);
        ready.sort();
        Ok(ready)
    }

    /// Reads a file, or what has been added to it.
    fn take(&mut self, path: &Path, received: Received, link: &Link) -> Result<(), Stop> {
        let Some(seen) = self.files.get(path).copied() else {
            return Ok(());
        };
        let mut place = 0;
        if is_parquet(path) {
            parquet(path, &self.mappings, received, link)?;
        } else {
            let mut follower = CsvFollower::open(path, self.mappings.clone())?;
            if let Some((before, read)) = seen.read
                && seen.signature.length > before.length
            {
                follower.skip_to(read, &link.context.directory)?;
            }
            follower.read(link, received)?;
            follower.finish(link, received)?;
            place = follower.place();
        }
        if let Some(seen) = self.files.get_mut(path) {
            seen.read = Some((seen.signature, place));
        }
        Ok(())
    }
}

/// Whether a file is one that is read, going by its name.
fn is_telemetry(path: &Path) -> bool {
    let name = name_of(path);
    if name.starts_with(['.', '~', '_']) {
        return false;
    }
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(
        extension.as_deref(),
        Some("csv" | "tsv" | "txt" | "parquet")
    )
}

impl Source for FolderSource {
    fn run(&mut self, link: &Link) -> Ending {
        let mut received = Received::WhenMeasured;
        loop {
            let ready = match self.look(link) {
                Ok(ready) => ready,
                Err(error) => {
                    return Ending::Lost(SourceError::File {
                        path: self.folder.display().to_string(),
                        problem: error.to_string(),
                    });
                }
            };
            link.connected();
            for path in &ready {
                match self.take(path, received, link) {
                    Ok(()) => {}
                    Err(Stop::Stopped) => return Ending::Interrupted,
                    Err(Stop::Problem(problem)) => {
                        // The others can be read all the same; this one is
                        // tried again when it has changed.
                        if let Some(seen) = self.files.get_mut(path) {
                            seen.read = Some((seen.signature, 0));
                        }
                        link.health.change(|health| {
                            let why = format!("`{}` cannot be read: {problem}", name_of(path));
                            health.drop_counted(1, why);
                        });
                    }
                }
            }
            if link.sleep(link.context.poll).is_err() {
                return Ending::Interrupted;
            }
            // Files that are there at the first two looks were there before.
            if self.looks > 2 {
                received = Received::At(link.now());
            }
        }
    }
}
