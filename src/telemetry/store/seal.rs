//! From the catalogue into segments, from small segments into larger ones, and
//! verdicts on samples that are sealed.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;

use super::block::VerdictRun;
use super::catalogue::{SegmentRecord, whole};
use super::columns::{PLOTTED, WHOLE};
use super::entries::{
    delete_segment, insert_events, insert_hot_verdicts, insert_segment, insert_tiles,
};
use super::error::StoreError;
use super::row::{Event, Row};
use super::segment::{self, content_digest};
use super::shared::{Limits, settle};
use super::snapshot::sources_of;
use super::tile::{self, Tile};
use super::writer::Store;
use crate::quantity::SimTime;
use crate::telemetry::Verdict;

/// When samples are sealed into a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealPolicy {
    /// Samples of one segment. So many are sealed as soon as they are judged.
    pub samples: usize,
    /// Samples that are held unsealed at most; beyond it the oldest are sealed,
    /// judged or not. It bounds the memory.
    pub most_unsealed: usize,
}

impl Default for SealPolicy {
    /// Half a million samples a segment, a million unsealed at most.
    fn default() -> Self {
        Self {
            samples: 1 << 19,
            most_unsealed: 1 << 20,
        }
    }
}

/// A segment, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentSummary {
    /// Its file's number.
    pub number: u32,
    /// First receive sequence.
    pub first: u64,
    /// Last receive sequence.
    pub last: u64,
    /// Length of the file.
    pub bytes: u64,
    /// Event time of the first sample.
    pub time_first: SimTime,
    /// Event time of the last sample.
    pub time_last: SimTime,
}

/// Segment, channel, tiles to put in place.
type Tiles = Vec<(u32, u32, Vec<Tile>)>;

/// What a new verdict changes in one segment.
struct Rejudged {
    number: u32,
    /// Rows that are judged again.
    rows: Vec<Row>,
    channels: Vec<u32>,
    tiles: Tiles,
}

impl Store {
    pub(super) fn summary(&self, record: &SegmentRecord) -> SegmentSummary {
        let translation = &self.shared.translation;
        SegmentSummary {
            number: record.number,
            first: record.first,
            last: record.last,
            bytes: record.bytes,
            time_first: translation.sim_time(record.time_first),
            time_last: translation.sim_time(record.time_last),
        }
    }

    /// The segments, in order of sequence.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn segments(&self) -> Result<Vec<SegmentSummary>, StoreError> {
        let records = self.catalogue.segments()?;
        Ok(records.iter().map(|record| self.summary(record)).collect())
    }

    /// Seals samples as far as the policy asks for it, in order of reception.
    /// To be called now and then; it costs nothing when nothing is due.
    ///
    /// # Errors
    /// When the disk fails or is full; the samples then stay where they are.
    pub fn seal(&mut self, policy: &SealPolicy) -> Result<Vec<SegmentSummary>, StoreError> {
        let mut sealed = Vec::new();
        let samples = policy.samples.max(1);
        loop {
            let (judged, all) = {
                let hot = self.shared.hot();
                (hot.judged(), hot.len())
            };
            if judged < samples && all <= policy.most_unsealed {
                return Ok(sealed);
            }
            sealed.push(self.seal_first(samples.min(all))?);
        }
    }

    /// Seals all samples that have a verdict, up to the first that has none, as
    /// before a store is closed for good or copied.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub fn seal_judged(&mut self) -> Result<Option<SegmentSummary>, StoreError> {
        let judged = self.shared.hot().judged();
        match judged {
            0 => Ok(None),
            count => self.seal_first(count).map(Some),
        }
    }

    fn seal_first(&mut self, count: usize) -> Result<SegmentSummary, StoreError> {
        let shared = &*self.shared;
        let channels = &shared.translation.known;
        let (rows, superseded, content, number) = {
            let hot = self.shared.hot();
            let rows = hot.first(count);
            let last = rows.last().map_or(0, |row| row.sequence);
            let superseded: Vec<(Row, Event)> = hot
                .superseded_until(last)
                .filter_map(|event| {
                    let place = rows.partition_point(|row| row.sequence < event.sequence);
                    rows.get(place).map(|row| (*row, event))
                })
                .collect();
            let content = content_digest(rows.iter());
            let number = hot.counters.next_segment;
            let sorted = hot.first_by_channel(count, &segment::order(channels));
            (sorted, superseded, content, number)
        };
        let written = segment::write(
            &shared.folder,
            number,
            &rows,
            content,
            &shared.twin,
            channels,
        )?;
        drop(rows);
        let last = written.record.last;
        // Readers see the samples here or there, not twice and not neither.
        let mut hot = shared.hot_to_change();
        self.catalogue.write(|transaction| {
            insert_segment(transaction, &written)?;
            insert_events(
                transaction,
                superseded.iter().map(|(row, event)| (row, *event)),
            )?;
            transaction.execute("DELETE FROM hot_samples WHERE last <= ?1", [whole(last)])?;
            transaction.execute("DELETE FROM hot_verdicts WHERE last <= ?1", [whole(last)])?;
            transaction.execute("UPDATE counter SET sealed = ?1", [whole(last)])?;
            Ok(())
        })?;
        hot.drop_until(last);
        hot.counters.next_segment = number + 1;
        drop(hot);
        Ok(self.summary(&written.record))
    }

    /// Joins segments that follow on each other, as long as the joined one has
    /// at most `samples` samples. Nothing that can be read changes. Returns the
    /// segments that were made.
    ///
    /// # Errors
    /// When a segment is damaged, or the disk fails or is full; the segments
    /// then stay as they are.
    pub fn compact(&mut self, samples: usize) -> Result<Vec<SegmentSummary>, StoreError> {
        let mut made = Vec::new();
        let mut run: Vec<SegmentRecord> = Vec::new();
        let count =
            |run: &[SegmentRecord]| -> u64 { run.iter().map(|one| one.last + 1 - one.first).sum() };
        let mut runs = Vec::new();
        for record in self.catalogue.segments()? {
            let fits = run.last().is_some_and(|last| last.last + 1 == record.first)
                && count(&run) + (record.last + 1 - record.first) <= samples as u64;
            if !fits {
                runs.push(std::mem::take(&mut run));
            }
            run.push(record);
        }
        runs.push(run);
        for run in runs.into_iter().filter(|run| run.len() > 1) {
            made.push(self.join(&run)?);
        }
        Ok(made)
    }

    fn join(&mut self, run: &[SegmentRecord]) -> Result<SegmentSummary, StoreError> {
        let shared = &*self.shared;
        let mut rows = Vec::new();
        let mut superseded = Vec::new();
        for record in run {
            for (source, events) in sources_of(shared, &self.catalogue, record)? {
                let window = (source.part.time_first, source.part.time_last);
                let found = shared.read(source, window, &WHOLE, &[], Limits::NONE)?;
                for mut row in found {
                    let before = row.event();
                    settle(&mut row, &events, u64::MAX);
                    // What the file said last time now stands beside it.
                    if let Some(event) = before.filter(|event| Some(*event) != row.event()) {
                        superseded.push((row, event));
                    }
                    rows.push(row);
                }
            }
        }
        rows.sort_unstable_by_key(|row| row.sequence);
        let content = content_digest(rows.iter());
        let channels = &shared.translation.known;
        segment::sort(&mut rows, channels);
        let number = shared.hot().counters.next_segment;
        let written = segment::write(
            &shared.folder,
            number,
            &rows,
            content,
            &shared.twin,
            channels,
        )?;
        let mut hot = shared.hot_to_change();
        self.catalogue.write(|transaction| {
            for record in run {
                delete_segment(transaction, record.number)?;
            }
            insert_segment(transaction, &written)?;
            insert_events(
                transaction,
                superseded.iter().map(|(row, event)| (row, *event)),
            )
        })?;
        hot.counters.next_segment = number + 1;
        drop(hot);
        for record in run {
            shared.forget(record.number);
            shared.folder.remove(record.number)?;
        }
        Ok(self.summary(&written.record))
    }

    /// Stores verdicts of which some are on sealed samples; both in order of sequence.
    pub(super) fn judge_sealed(
        &mut self,
        sealed: &[(u64, Verdict)],
        unsealed: &[VerdictRun],
    ) -> Result<u64, StoreError> {
        let revision = self.shared.hot().counters.revision + 1;
        let verdicts: BTreeMap<u64, Verdict> = sealed.iter().copied().collect();
        let mut changes = Vec::new();
        for record in self.catalogue.segments()? {
            if verdicts.range(record.first..=record.last).next().is_some() {
                changes.push(self.rejudged(&record, &verdicts, revision)?);
            }
        }
        let found: usize = changes.iter().map(|change| change.rows.len()).sum();
        if found != verdicts.len() {
            let there: BTreeSet<u64> = changes
                .iter()
                .flat_map(|change| change.rows.iter().map(|row| row.sequence))
                .collect();
            let missing = verdicts.keys().find(|sequence| !there.contains(*sequence));
            return Err(StoreError::UnknownSequence {
                sequence: missing.copied().unwrap_or(0),
                reason: "it was dropped by retention",
                highest: self.shared.hot().counters.sequence,
            });
        }
        // Held while both change, so that readers see the one revision whole.
        let mut hot = self.shared.hot_to_change();
        self.catalogue.write(|transaction| {
            for change in &changes {
                let events = change
                    .rows
                    .iter()
                    .filter_map(|row| Some((row, row.event()?)));
                insert_events(transaction, events)?;
                insert_tiles(transaction, change.number, &change.tiles)?;
                transaction.execute(
                    "UPDATE segment SET latest = ?2 WHERE number = ?1",
                    params![change.number, whole(revision)],
                )?;
                for channel in &change.channels {
                    transaction.execute(
                        "UPDATE part SET latest = ?3 WHERE segment = ?1 AND channel = ?2",
                        params![change.number, channel, whole(revision)],
                    )?;
                }
            }
            insert_hot_verdicts(transaction, revision, unsealed)?;
            transaction.execute("UPDATE counter SET revision = ?1", [whole(revision)])?;
            Ok(())
        })?;
        hot.judge(revision, unsealed);
        Ok(revision)
    }

    /// What new verdicts change in one segment: its rows that are judged, and
    /// the overviews of their channels.
    fn rejudged(
        &self,
        record: &SegmentRecord,
        verdicts: &BTreeMap<u64, Verdict>,
        revision: u64,
    ) -> Result<Rejudged, StoreError> {
        let mut change = Rejudged {
            number: record.number,
            rows: Vec::new(),
            channels: Vec::new(),
            tiles: Vec::new(),
        };
        for (source, events) in sources_of(&self.shared, &self.catalogue, record)? {
            let part = source.part;
            let window = (part.time_first, part.time_last);
            let mut rows = self
                .shared
                .read(source, window, &PLOTTED, &[], Limits::NONE)?;
            let before = change.rows.len();
            for row in &mut rows {
                if let Some(verdict) = verdicts.get(&row.sequence) {
                    (row.verdict, row.revision) = (*verdict, revision);
                    change.rows.push(*row);
                }
            }
            if change.rows.len() == before {
                continue;
            }
            // The others of the channel may have been judged again earlier.
            for row in &mut rows {
                settle(row, &events, u64::MAX);
            }
            change.channels.push(part.channel);
            change.tiles.extend(
                tile::pyramid(&rows)
                    .into_iter()
                    .map(|(level, tiles)| (part.channel, level, tiles)),
            );
        }
        Ok(change)
    }
}
