//! Writing a store: samples and verdicts in, on the disk when a call returns.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use rusqlite::params;

use super::block::{self, VerdictRun, encode_samples};
use super::catalogue::{Catalogue, whole};
use super::description::{StoreDescription, Translation};
use super::entries::insert_hot_verdicts;
use super::error::StoreError;
use super::folder::{Folder, remove};
use super::hot::Hot;
use super::positions;
use super::reader::{Bucket, Reader, Selection};
use super::row::Row;
use super::segment;
use super::shared::Shared;
use super::snapshot::Snapshot;
use crate::quantity::SimTime;
use crate::telemetry::{Judged, ReadPosition, Sample, Verdict};

/// The store of a twin's telemetry, open for writing. There is one at a time;
/// [`Store::reader`] gives as many readers as are wanted.
#[derive(Debug)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
    /// For writing.
    pub(super) catalogue: Catalogue,
    recovery: Recovery,
    /// Keeps other writers out for as long as this lives.
    _lock: File,
}

/// The receive sequences that samples were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceRange {
    /// That of the first.
    pub first: u64,
    /// How many; they follow on each other.
    pub count: u64,
}

impl SequenceRange {
    /// The sequence of the last sample, if there was one.
    #[must_use]
    pub fn last(self) -> Option<u64> {
        (self.count > 0).then(|| self.first + self.count - 1)
    }
}

/// What was found on opening, left by a run that was killed or by damage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Segments that were half written, or written but not yet, or no longer,
    /// in the catalogue. They were removed; their samples are in the catalogue
    /// or in another segment.
    pub removed: Vec<String>,
    /// Segments of the catalogue whose file is missing or has another length:
    /// reading their samples is an error until the file is put back.
    pub damaged: Vec<String>,
}

impl Store {
    /// Opens the store in a folder for writing; makes it if there is none.
    ///
    /// What a killed run has left behind is put in order; [`Store::recovery`]
    /// says what there was.
    ///
    /// # Errors
    /// When somebody else writes to it, it is another twin's, of a newer format
    /// or no store at all, a channel has changed its dimension, or the disk fails.
    pub fn open(folder: &Path, description: &StoreDescription) -> Result<Self, StoreError> {
        let folder = Folder::new(folder);
        folder.create()?;
        let lock = folder.lock()?;
        let is_new = !folder.catalogue().exists();
        if is_new && let Some(found) = folder.list()?.iter().find(|found| !found.partial) {
            return Err(StoreError::NotAStore {
                path: folder.root().to_owned(),
                problem: format!(
                    "it has a segment `{}` and no catalogue",
                    found.path.display()
                ),
            });
        }
        let mut catalogue = Catalogue::open(&folder.catalogue(), &description.twin)?;
        let (translation, added) = Translation::new(description, catalogue.channels()?)?;
        catalogue.add_channels(&added)?;
        let recovery = recover(&folder, &catalogue, &description.twin)?;
        let mut hot = Hot::default();
        hot.follow(&catalogue)?;
        let reading = Catalogue::open_to_read(&folder.catalogue(), &description.twin)?;
        let twin = description.twin.clone();
        let shared = Shared::new(folder, twin, translation, reading, hot, false);
        Ok(Self {
            shared: Arc::new(shared),
            catalogue,
            recovery,
            _lock: lock,
        })
    }

    /// What was found on opening.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// A reader, which sees what was written as soon as the call returns.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Stores samples: gives each the next receive sequence and returns when
    /// they are on the disk. One call is one commit, so many samples at once
    /// cost little more than one.
    ///
    /// # Errors
    /// When a sample has an unknown channel, no finite value or a time beyond
    /// the years 1677 to 2262, or the disk fails; then none is stored.
    pub fn append(&mut self, samples: &mut [Sample]) -> Result<SequenceRange, StoreError> {
        self.append_from(samples, &[])
    }

    /// As [`append`](Self::append), and keeps in the same commit how far the
    /// files have been read that the samples are from.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_from(
        &mut self,
        samples: &mut [Sample],
        positions: &[ReadPosition],
    ) -> Result<SequenceRange, StoreError> {
        let rows = self.rows(samples.iter())?;
        let range = self.commit(&rows, &[], positions)?;
        for (sample, row) in samples.iter_mut().zip(&rows) {
            sample.sequence = row.sequence;
        }
        Ok(range)
    }

    /// Stores samples together with their verdicts, in one commit. The verdicts
    /// get a revision of their own.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_judged(&mut self, judged: &mut [Judged]) -> Result<SequenceRange, StoreError> {
        let rows = self.rows(judged.iter().map(|one| &one.sample))?;
        let verdicts = rows.iter().zip(judged.iter());
        let runs = block::runs(verdicts.map(|(row, one)| (row.sequence, one.verdict)));
        let range = self.commit(&rows, &runs, &[])?;
        for (one, row) in judged.iter_mut().zip(&rows) {
            one.sample.sequence = row.sequence;
        }
        Ok(range)
    }

    /// Stores verdicts on samples by their receive sequence, as one new
    /// revision, and returns its number when they are on the disk. An earlier
    /// verdict is not lost: a snapshot taken before reads it still. Where a
    /// sequence stands twice, the last counts.
    ///
    /// # Errors
    /// When a sequence is not there, or the disk fails; then nothing is stored.
    pub fn judge(&mut self, verdicts: &[(u64, Verdict)]) -> Result<u64, StoreError> {
        let counters = self.shared.hot().counters;
        // One of each sequence, the last one, in order; a sort keeps those of one
        // sequence in theirs.
        let mut verdicts = Cow::Borrowed(verdicts);
        if !verdicts.is_sorted_by(|a, b| a.0 < b.0) {
            let verdicts = verdicts.to_mut();
            verdicts.reverse();
            verdicts.sort_by_key(|(sequence, _)| *sequence);
            verdicts.dedup_by_key(|(sequence, _)| *sequence);
        }
        let out_of_range = |sequence: u64| sequence == 0 || sequence > counters.sequence;
        if let Some((sequence, _)) = verdicts.iter().find(|(one, _)| out_of_range(*one)) {
            return Err(StoreError::UnknownSequence {
                sequence: *sequence,
                reason: "sequences begin at 1",
                highest: counters.sequence,
            });
        }
        if verdicts.is_empty() {
            return Ok(counters.revision);
        }
        let boundary = verdicts.partition_point(|(sequence, _)| *sequence <= counters.sealed);
        let (sealed, hot) = verdicts.split_at(boundary);
        let hot = block::runs(hot.iter().copied());
        if sealed.is_empty() {
            self.commit(&[], &hot, &[])?;
            return Ok(counters.revision + 1);
        }
        self.judge_sealed(sealed, &hot)
    }

    /// The samples without a verdict, in order of sequence: those that were
    /// received and not judged before the store was last closed, or its writer
    /// killed.
    #[must_use]
    pub fn unjudged(&self) -> Vec<Sample> {
        let translation = &self.shared.translation;
        let hot = self.shared.hot();
        hot.unjudged()
            .filter_map(|row| translation.sample(row))
            .collect()
    }

    /// The samples as rows with the next sequences.
    fn rows<'sample>(
        &self,
        samples: impl Iterator<Item = &'sample Sample>,
    ) -> Result<Vec<Row>, StoreError> {
        let translation = &self.shared.translation;
        let next = self.shared.hot().counters.sequence + 1;
        samples
            .enumerate()
            .map(|(position, sample)| {
                if !sample.value.is_finite() {
                    return Err(StoreError::NotFinite {
                        position,
                        channel: sample.channel,
                        value: sample.value,
                    });
                }
                Ok(Row {
                    channel: translation.number(sample.channel)?,
                    time: translation.calendar(sample.time)?,
                    received: translation.calendar(sample.received)?,
                    sequence: next + position as u64,
                    source_sequence: sample.source_sequence,
                    value: sample.value,
                    quality: sample.quality,
                    verdict: Verdict::default(),
                    revision: 0,
                })
            })
            .collect()
    }

    /// Puts rows, and verdicts on rows that are not sealed, on the disk and
    /// then in memory.
    fn commit(
        &mut self,
        rows: &[Row],
        verdicts: &[VerdictRun],
        positions: &[ReadPosition],
    ) -> Result<SequenceRange, StoreError> {
        let counters = self.shared.hot().counters;
        let range = SequenceRange {
            first: counters.sequence + 1,
            count: rows.len() as u64,
        };
        if rows.is_empty() && verdicts.is_empty() && positions.is_empty() {
            return Ok(range);
        }
        let revision = counters.revision + u64::from(!verdicts.is_empty());
        let sequence = counters.sequence + rows.len() as u64;
        self.catalogue.write(|transaction| {
            if !rows.is_empty() {
                transaction.execute(
                    "INSERT INTO hot_samples VALUES (?1, ?2, ?3)",
                    params![whole(range.first), whole(sequence), encode_samples(rows)],
                )?;
            }
            insert_hot_verdicts(transaction, revision, verdicts)?;
            for position in positions {
                positions::put(transaction, position)?;
            }
            transaction.execute(
                "UPDATE counter SET sequence = ?1, revision = ?2",
                params![whole(sequence), whole(revision)],
            )?;
            Ok(())
        })?;
        let mut hot = self.shared.hot_to_change();
        hot.push(rows);
        if !verdicts.is_empty() {
            hot.judge(revision, verdicts);
        }
        Ok(range)
    }

    /// As [`Reader::range`].
    ///
    /// # Errors
    /// As [`Reader::range`].
    pub fn range(
        &self,
        channel: u32,
        from: SimTime,
        to: SimTime,
        as_of: Option<&Snapshot>,
    ) -> Result<Vec<Judged>, StoreError> {
        self.reader().range(channel, from, to, as_of)
    }

    /// As [`Reader::overview`], of all samples as they are now.
    ///
    /// # Errors
    /// As [`Reader::overview`].
    pub fn overview(
        &self,
        channel: u32,
        from: SimTime,
        to: SimTime,
        buckets: usize,
    ) -> Result<Vec<Bucket>, StoreError> {
        self.reader()
            .overview(channel, from, to, buckets, Selection::All, None)
    }
}

/// Puts the folder in order: what the catalogue does not name is left over from
/// a run that was killed before or after the catalogue was written.
fn recover(folder: &Folder, catalogue: &Catalogue, twin: &str) -> Result<Recovery, StoreError> {
    let records = catalogue.segments()?;
    let counters = catalogue.counters()?;
    let mut recovery = Recovery::default();
    for found in folder.list()? {
        let listed = records.iter().any(|record| record.number == found.number);
        if listed && !found.partial {
            continue;
        }
        if !found.partial {
            match segment::claim(&found.path, twin) {
                // Its samples are in the catalogue or in a segment that it was merged into.
                Some(claim) if claim.last <= counters.sequence => {}
                Some(claim) => {
                    return Err(StoreError::CatalogueDamaged {
                        path: catalogue.path.clone(),
                        problem: format!(
                            "segment `{}` holds samples up to sequence {}, the catalogue knows {}: \
                             it is older than its segments",
                            found.path.display(),
                            claim.last,
                            counters.sequence
                        ),
                    });
                }
                None => {
                    return Err(StoreError::damaged(
                        &found.path,
                        "the catalogue does not know it and it is no segment of this store; \
                         move it away",
                    ));
                }
            }
        }
        remove(&found.path)?;
        recovery.removed.push(name_of(&found.path));
    }
    for record in records {
        let path = folder.segment(record.number);
        let length = std::fs::metadata(&path).map(|metadata| metadata.len());
        if !length.is_ok_and(|length| length == record.bytes) {
            recovery.damaged.push(name_of(&path));
        }
    }
    Ok(recovery)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
