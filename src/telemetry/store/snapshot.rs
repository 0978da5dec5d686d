//! What a run saw of a store, so that the same can be read again.
//!
//! A snapshot is two numbers: the highest receive sequence and the highest
//! revision of verdicts. Samples get rising sequences and verdicts rising
//! revisions, and neither is ever changed, so the two numbers say exactly what
//! was there, whatever came later and however it is stored by then. The digests
//! beside them are the proof: they are of content, not of files, and so hold
//! after sealing and compaction as well.

use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, SegmentRecord, whole};
use super::columns::WHOLE;
use super::error::StoreError;
use super::hot::Hot;
use super::reader::Reader;
use super::row::{Event, Row};
use super::segment::content_digest;
use super::shared::{Limits, Shared, Source};
use super::writer::Store;

/// The state of a store at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Id of the twin.
    pub twin: String,
    /// Highest receive sequence.
    pub sequence: u64,
    /// Highest revision of verdicts.
    pub revision: u64,
    /// Digests of the samples and verdicts, in order of sequence.
    pub blocks: Vec<Block>,
}

/// The digest of samples that have consecutive sequences, with their verdicts
/// of the snapshot's revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// First receive sequence.
    pub first: u64,
    /// Last receive sequence.
    pub last: u64,
    /// BLAKE3 of samples and verdicts in order of sequence, 64 hexadecimal digits.
    pub content: String,
    /// BLAKE3 of the segment's file, for samples that were sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

fn hexadecimal(digest: [u8; 32]) -> String {
    blake3::Hash::from(digest).to_hex().to_string()
}

/// The parts of a segment, to be read, each with the verdicts on its channel
/// that stand beside the segments.
pub(super) fn sources_of(
    shared: &Shared,
    catalogue: &Catalogue,
    record: &SegmentRecord,
) -> Result<Vec<(Source, Vec<Event>)>, StoreError> {
    catalogue
        .parts_of(record.number)?
        .into_iter()
        .map(|part| {
            let events = catalogue.events_between(part.channel, part.time_first, part.time_last)?;
            Ok((shared.source(record.clone(), part)?, events))
        })
        .collect()
}

/// All rows of some parts, as far as `limits` lets see.
fn read_all(
    shared: &Shared,
    sources: Vec<(Source, Vec<Event>)>,
    limits: Limits,
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for (source, events) in sources {
        let window = (source.part.time_first, source.part.time_last);
        rows.append(&mut shared.read(source, window, &WHOLE, &events, limits)?);
    }
    Ok(rows)
}

/// The digest of what a segment holds, with the verdicts of a revision.
fn content_of(
    shared: &Shared,
    catalogue: &Catalogue,
    record: &SegmentRecord,
    revision: u64,
) -> Result<[u8; 32], StoreError> {
    let limits = Limits {
        sequence: u64::MAX,
        revision,
    };
    let sources = sources_of(shared, catalogue, record)?;
    let mut rows = read_all(shared, sources, limits)?;
    rows.sort_unstable_by_key(|row| row.sequence);
    Ok(content_digest(rows.iter()))
}

impl Store {
    /// The state of the store now. What is sealed costs nothing, but for
    /// segments in which samples were judged again since the last snapshot;
    /// these are read.
    ///
    /// # Errors
    /// When a segment that has to be read is damaged.
    pub fn snapshot(&mut self) -> Result<Snapshot, StoreError> {
        let revision = self.shared.hot().counters.revision;
        for mut record in self.catalogue.segments()? {
            if record.latest > record.revision {
                self.digest_again(&mut record, revision)?;
            }
        }
        self.reader().snapshot()
    }

    /// Takes the digest of a segment whose samples were judged again.
    fn digest_again(
        &mut self,
        record: &mut SegmentRecord,
        revision: u64,
    ) -> Result<(), StoreError> {
        record.content = content_of(&self.shared, &self.catalogue, record, revision)?;
        record.revision = revision;
        let (number, content) = (record.number, record.content);
        self.catalogue.write(|transaction| {
            transaction.execute(
                "UPDATE segment SET content = ?2, revision = ?3 WHERE number = ?1",
                rusqlite::params![number, content, whole(revision)],
            )?;
            Ok(())
        })
    }

    /// Reads back all that a snapshot saw; see [`Reader::verify`].
    ///
    /// # Errors
    /// As [`Reader::verify`].
    pub fn verify(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.reader().verify(snapshot)
    }
}

impl Reader {
    /// The state of the store now, also while another process writes to it. As
    /// [`Store::snapshot`], but digests that had to be taken anew are not kept
    /// for the next one.
    ///
    /// # Errors
    /// When a segment that has to be read is damaged.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let shared = &*self.shared;
        shared.look(|hot, catalogue| {
            let mut blocks = Vec::new();
            for record in catalogue.segments()? {
                let content = if record.latest > record.revision {
                    content_of(shared, catalogue, &record, hot.counters.revision)?
                } else {
                    record.content
                };
                blocks.push(Block {
                    first: record.first,
                    last: record.last,
                    content: hexadecimal(content),
                    file: Some(hexadecimal(record.digest)),
                });
            }
            let rows = hot.first(hot.len());
            if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
                blocks.push(Block {
                    first: first.sequence,
                    last: last.sequence,
                    content: hexadecimal(content_digest(rows.iter())),
                    file: None,
                });
            }
            Ok(Snapshot {
                twin: shared.twin.clone(),
                sequence: hot.counters.sequence,
                revision: hot.counters.revision,
                blocks,
            })
        })
    }

    /// Whether a snapshot can be of this store, and what it saw between two
    /// times (or of all time) is still there.
    pub(super) fn check(
        &self,
        snapshot: Option<&Snapshot>,
        window: Option<(i64, i64)>,
        hot: &Hot,
        catalogue: &Catalogue,
    ) -> Result<(), StoreError> {
        let Some(snapshot) = snapshot else {
            return Ok(());
        };
        let problem = if snapshot.twin != self.shared.twin {
            format!(
                "it is of twin `{}`, the store holds `{}`",
                snapshot.twin, self.shared.twin
            )
        } else if snapshot.sequence > hot.counters.sequence
            || snapshot.revision > hot.counters.revision
        {
            format!(
                "it saw {} samples and {} revisions, the store has {} and {}",
                snapshot.sequence, snapshot.revision, hot.counters.sequence, hot.counters.revision
            )
        } else {
            let (from, to) = window.unwrap_or((i64::MIN, i64::MAX));
            let dropped = catalogue.dropped(snapshot.sequence, from, to)?;
            // What was dropped before it was taken it has never seen.
            let lost = dropped.iter().find(|(first, last)| {
                let seen = |block: &Block| block.first <= *last && block.last >= *first;
                snapshot.blocks.iter().any(seen)
            });
            return match lost {
                None => Ok(()),
                Some((first, last)) => Err(StoreError::SnapshotDropped {
                    first: *first,
                    last: *last,
                }),
            };
        };
        Err(StoreError::OtherSnapshot { problem })
    }

    /// Reads back all that a snapshot saw and compares it with the digests:
    /// every sample and every verdict is the same, bit for bit, and none is
    /// missing.
    ///
    /// # Errors
    /// When the snapshot is of another store, retention has dropped a part of
    /// it, a segment is damaged, or anything reads back differently.
    pub fn verify(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let limits = Limits::of(Some(snapshot));
        self.shared
            .look(|hot, catalogue| self.check(Some(snapshot), None, hot, catalogue))?;
        let mut expected = 1;
        // Blocks that are in one segment now are taken from one reading of it.
        let mut loaded: Vec<Row> = Vec::new();
        for block in &snapshot.blocks {
            let differs = || StoreError::SnapshotDiffers {
                first: block.first,
                last: block.last,
            };
            if block.first != expected && !self.dropped_before(block.first, expected)? {
                return Err(differs());
            }
            let there = |rows: &[Row]| {
                rows.first().is_some_and(|row| row.sequence <= block.first)
                    && rows.last().is_some_and(|row| row.sequence >= block.last)
            };
            if !there(&loaded) {
                loaded = self.load(block.first, block.last, limits)?;
            }
            let begin = loaded.partition_point(|row| row.sequence < block.first);
            let end = loaded.partition_point(|row| row.sequence <= block.last);
            let rows = &loaded[begin..end];
            if rows.len() as u64 != block.last + 1 - block.first
                || hexadecimal(content_digest(rows.iter())) != block.content
            {
                return Err(differs());
            }
            expected = block.last + 1;
        }
        if expected != snapshot.sequence + 1 {
            return Err(StoreError::SnapshotDiffers {
                first: expected,
                last: snapshot.sequence,
            });
        }
        Ok(())
    }

    /// Whether the sequences before `first` were dropped when the snapshot was taken.
    fn dropped_before(&self, first: u64, expected: u64) -> Result<bool, StoreError> {
        self.shared.look(|_, catalogue| {
            let mut next = expected;
            for (from, to) in catalogue.dropped(u64::MAX, i64::MIN, i64::MAX)? {
                if from == next {
                    next = to + 1;
                }
            }
            Ok(next >= first)
        })
    }

    /// The rows of all segments that hold one of some sequences, and of those
    /// that are not sealed, in order of sequence.
    fn load(&self, first: u64, last: u64, limits: Limits) -> Result<Vec<Row>, StoreError> {
        let shared = &*self.shared;
        // Only opened while the store is looked at, so that nobody waits for the reading.
        let (sources, hot) = shared.look(|hot, catalogue| {
            let mut sources = Vec::new();
            for record in catalogue.segments()? {
                if record.last >= first && record.first <= last {
                    sources.append(&mut sources_of(shared, catalogue, &record)?);
                }
            }
            Ok((sources, hot.between(first, last, limits.revision)))
        })?;
        let mut rows = read_all(shared, sources, limits)?;
        rows.extend(hot);
        rows.sort_unstable_by_key(|row| row.sequence);
        Ok(rows)
    }
}
