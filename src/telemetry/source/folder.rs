//! A folder that files are written into.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{
    CsvFollower, FileName, Signature, Stop, is_parquet, mappings, name_of, parquet,
    replaced_meanwhile,
};
use super::link::Link;
use super::{Ending, Source, SourceContext, SourceError};
use crate::telemetry::decode::Received;
use crate::telemetry::header::ColumnMapping;
use crate::telemetry::position::ReadPosition;
use crate::twin::SourceSettings;

/// Most files of one folder.
const MOST_FILES: usize = 1_000_000;

/// A folder of CSV and Parquet files. A file is read once it is complete: its
/// name is not that of one being written (`.name`, `name.tmp`, `name.part`) and
/// it has not changed between two looks. One that grows later is read on, one
/// that is replaced is read again, and after a restart reading goes on where it
/// ended before. Files are read in order of their names.
pub(super) struct FolderSource {
    folder: PathBuf,
    source: String,
    /// How far files have been handed on, by this run or the one before.
    positions: BTreeMap<String, ReadPosition>,
    mappings: Vec<ColumnMapping>,
    files: BTreeMap<PathBuf, Seen>,
    looks: u64,
}

/// What is known of a file.
#[derive(Clone, Copy, Debug)]
struct Seen {
    signature: Signature,
    /// Signature under which it was read.
    read: Option<Signature>,
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
            source: settings.id.clone(),
            positions: context.positions_of(&settings.id),
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
                    if settled && seen.read.is_none_or(|read| read != signature) {
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
        let name = FileName {
            source: self.source.clone(),
            file: name_of(path),
        };
        let mut last = self.positions.remove(&name.file);
        let taken = self.read_on(path, seen, &name, &mut last, received, link);
        if let Some(last) = last {
            self.positions.insert(name.file, last);
        }
        taken?;
        if let Some(seen) = self.files.get_mut(path) {
            seen.read = Some(seen.signature);
        }
        Ok(())
    }

    fn read_on(
        &self,
        path: &Path,
        seen: Seen,
        name: &FileName,
        last: &mut Option<ReadPosition>,
        received: Received,
        link: &Link,
    ) -> Result<(), Stop> {
        if is_parquet(path) {
            return parquet(path, &self.mappings, name, last, received, link);
        }
        // One that was changed and has not grown is another one.
        let grown = |before: Signature| seen.signature.length > before.length;
        if !seen.read.is_none_or(grown) {
            *last = None;
        }
        let resumed = match last {
            None => None,
            Some(position) => {
                let mappings = self.mappings.clone();
                let directory = &link.context.directory;
                let resumed = CsvFollower::resume(path, mappings, position, directory)?;
                if resumed.is_none() {
                    let note = replaced_meanwhile(position);
                    link.health.change(|health| health.note(&note));
                }
                resumed
            }
        };
        let mut follower = match resumed {
            Some(follower) => follower,
            None => {
                *last = None;
                CsvFollower::open(path, self.mappings.clone())?
            }
        };
        follower.read(name, last, link, received)?;
        follower.finish(name, last, link, received)
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
                            seen.read = Some(seen.signature);
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
