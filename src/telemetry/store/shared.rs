//! What the writer and the readers of one process share.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::catalogue::{Catalogue, Part, SegmentRecord};
use super::description::Translation;
use super::error::StoreError;
use super::folder::Folder;
use super::hot::Hot;
use super::row::{Event, Row};
use super::segment::{self, Segment};
use super::snapshot::Snapshot;

/// Segments whose pages are known, at most; the oldest go first.
const MOST_SEGMENTS: usize = 64;

/// How often a reader of another process looks again when a segment has gone.
const ATTEMPTS: usize = 4;

#[derive(Debug)]
pub(super) struct Shared {
    pub folder: Folder,
    pub twin: String,
    pub translation: Translation,
    /// For reading only.
    catalogue: Mutex<Catalogue>,
    /// Always taken after `catalogue`, by who takes both.
    hot: RwLock<Hot>,
    segments: Mutex<BTreeMap<u32, Segment>>,
    /// Whether another process writes, so that `hot` has to follow the catalogue.
    follows: bool,
}

/// How much of a store is seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub sequence: u64,
    pub revision: u64,
}

impl Limits {
    pub const NONE: Self = Self {
        sequence: u64::MAX,
        revision: u64::MAX,
    };

    /// What a snapshot sees; without one, everything.
    pub fn of(snapshot: Option<&Snapshot>) -> Self {
        snapshot.map_or(Self::NONE, |snapshot| Self {
            sequence: snapshot.sequence,
            revision: snapshot.revision,
        })
    }
}

/// A part of a segment to be read, and its file, which stays readable whatever
/// becomes of its name.
#[derive(Debug)]
pub(super) struct Source {
    pub record: SegmentRecord,
    pub part: Part,
    pub file: File,
}

impl Shared {
    pub fn new(
        folder: Folder,
        twin: String,
        translation: Translation,
        catalogue: Catalogue,
        hot: Hot,
        follows: bool,
    ) -> Self {
        Self {
            folder,
            twin,
            translation,
            catalogue: Mutex::new(catalogue),
            hot: RwLock::new(hot),
            segments: Mutex::new(BTreeMap::new()),
            follows,
        }
    }

    pub fn hot(&self) -> RwLockReadGuard<'_, Hot> {
        // What is inside is changed by steps that do not fail half way.
        self.hot.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn hot_to_change(&self) -> RwLockWriteGuard<'_, Hot> {
        self.hot.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        self.catalogue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at one state of the store: nothing is sealed or dropped while
    /// `look` runs.
    pub fn look<T>(
        &self,
        mut look: impl FnMut(&Hot, &Catalogue) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut attempt = 1;
        loop {
            let catalogue = self.catalogue();
            let result = if self.follows {
                let _still = catalogue.still()?;
                self.hot_to_change().follow(&catalogue)?;
                look(&self.hot(), &catalogue)
            } else {
                let hot = self.hot();
                let _still = catalogue.still()?;
                look(&hot, &catalogue)
            };
            match result {
                // Another process may have merged a segment since the catalogue was read.
                Err(StoreError::SegmentDamaged { .. }) if self.follows && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// The file of a part that is to be read.
    pub fn source(&self, record: SegmentRecord, part: Part) -> Result<Source, StoreError> {
        let file = segment::handle(&self.folder.segment(record.number))?;
        Ok(Source { record, part, file })
    }

    /// The segment of a file; its bytes are checked the first time.
    pub fn segment(&self, record: &SegmentRecord, file: &File) -> Result<Segment, StoreError> {
        let known = self
            .segments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&record.number)
            .cloned();
        if let Some(segment) = known {
            return Ok(segment);
        }
        let path = self.folder.segment(record.number);
        let segment = Segment::open(&path, file, record)?;
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        while segments.len() >= MOST_SEGMENTS {
            segments.pop_first();
        }
        segments.insert(record.number, segment.clone());
        Ok(segment)
    }

    /// Forgets a segment that is no longer there.
    pub fn forget(&self, number: u32) {
        self.segments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&number);
    }

    /// The rows of a part between two times, in order of time, as far as
    /// `limits` lets see, with the verdicts of that revision. `events` are the
    /// verdicts beside the segments, in order of sequence.
    pub fn read(
        &self,
        source: Source,
        window: (i64, i64),
        columns: &[&str],
        events: &[Event],
        limits: Limits,
    ) -> Result<Vec<Row>, StoreError> {
        let segment = self.segment(&source.record, &source.file)?;
        let (from, to) = window;
        let narrowed = segment.narrow(&source.part, from, to);
        let mut rows = segment.read(source.file, source.part.channel, narrowed, columns)?;
        rows.retain(|row| row.time >= from && row.time <= to && row.sequence <= limits.sequence);
        for row in &mut rows {
            settle(row, events, limits.revision);
        }
        Ok(rows)
    }
}

/// Gives a row the verdict of a revision; `events` are in order of sequence.
pub(super) fn settle(row: &mut Row, events: &[Event], revision: u64) {
    let sequence = row.sequence;
    let begin = events.partition_point(|event| event.sequence < sequence);
    let others = events[begin..]
        .iter()
        .take_while(|event| event.sequence == sequence);
    if row.revision > revision || others.clone().next().is_some() {
        row.settle(others.copied(), revision);
    }
}
