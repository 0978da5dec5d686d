//! What is not sealed yet, in memory: the same rows as in the catalogue, ready
//! to be read.

use std::collections::BTreeMap;

use rusqlite::params;

use super::block::{VerdictRun, decode_samples, decode_verdicts};
use super::catalogue::{Catalogue, Counters, number, whole};
use super::error::StoreError;
use super::row::{Event, Row};
use crate::telemetry::Verdict;

/// The rows that are not sealed, in order of sequence, without a gap.
#[derive(Debug, Default)]
pub(super) struct Hot {
    /// How far the store has come.
    pub counters: Counters,
    rows: Vec<Row>,
    /// Sequences of each channel's rows, in order of time.
    by_channel: Vec<Vec<u64>>,
    /// Verdicts that a later one has taken the place of.
    superseded: BTreeMap<(u64, u64), Verdict>,
    /// How many rows from the first on have a verdict.
    judged: usize,
}

impl Hot {
    /// Brings this up to the state of the catalogue.
    pub fn follow(&mut self, catalogue: &Catalogue) -> Result<(), StoreError> {
        let counters = catalogue.counters()?;
        if counters == self.counters {
            return Ok(());
        }
        self.drop_until(counters.sealed.min(self.counters.sequence));
        let known = self.counters.sequence.max(counters.sealed);
        let batches = catalogue.all(
            "SELECT first, bytes FROM hot_samples WHERE last > ?1 ORDER BY first",
            [whole(known)],
            |row| Ok((number(row, 0)?, row.get::<_, Vec<u8>>(1)?)),
        )?;
        for (first, bytes) in batches {
            let rows = decode_samples(&bytes, first).ok_or_else(|| {
                catalogue.damaged(format!(
                    "the samples from sequence {first} on are not what was written"
                ))
            })?;
            let fresh: Vec<Row> = rows
                .into_iter()
                .filter(|row| row.sequence > known)
                .collect();
            self.push(&fresh);
        }
        let judgements = catalogue.all(
            "SELECT revision, bytes FROM hot_verdicts WHERE revision > ?1 ORDER BY revision",
            params![whole(self.counters.revision)],
            |row| Ok((number(row, 0)?, row.get::<_, Vec<u8>>(1)?)),
        )?;
        for (revision, bytes) in judgements {
            let verdicts = decode_verdicts(&bytes).ok_or_else(|| {
                catalogue.damaged(format!(
                    "the verdicts of revision {revision} are not what was written"
                ))
            })?;
            self.judge(revision, &verdicts);
        }
        if self.rows.len() as u64 != counters.sequence.saturating_sub(counters.sealed)
            || self
                .rows
                .first()
                .is_some_and(|row| row.sequence != counters.sealed + 1)
        {
            return Err(catalogue.damaged("samples that were acknowledged are not there"));
        }
        self.counters = counters;
        Ok(())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Number of rows from the first on that have a verdict, without a gap.
    pub fn judged(&self) -> usize {
        self.judged
    }

    /// The row of a sequence, if it is here.
    fn place(&self, sequence: u64) -> Option<usize> {
        let first = self.rows.first()?.sequence;
        let place = usize::try_from(sequence.checked_sub(first)?).ok()?;
        (place < self.rows.len()).then_some(place)
    }

    /// Adds rows; their sequences follow on those that are here.
    pub fn push(&mut self, rows: &[Row]) {
        self.rows.extend_from_slice(rows);
        let first = self.rows.first().map_or(0, |row| row.sequence);
        let all = &self.rows;
        let key = |sequence: &u64| all[(sequence - first) as usize].key();
        let mut disordered: Vec<u32> = Vec::new();
        for row in rows {
            let channel = row.channel as usize;
            if channel >= self.by_channel.len() {
                self.by_channel.resize_with(channel + 1, Vec::new);
            }
            let list = &mut self.by_channel[channel];
            if list.last().is_some_and(|last| key(last) > row.key())
                && disordered.last() != Some(&row.channel)
            {
                disordered.push(row.channel);
            }
            list.push(row.sequence);
        }
        // Late samples are few and near the end: a sort that keeps runs is cheap.
        disordered.sort_unstable();
        disordered.dedup();
        for channel in disordered {
            self.by_channel[channel as usize].sort_by_key(key);
        }
        self.advance();
        if let Some(last) = self.rows.last() {
            self.counters.sequence = self.counters.sequence.max(last.sequence);
        }
    }

    /// Gives verdicts; those on rows that are not here are left out.
    pub fn judge(&mut self, revision: u64, runs: &[VerdictRun]) {
        let first = self.rows.first().map_or(1, |row| row.sequence);
        for run in runs {
            // Of a damaged catalogue a run may be longer than there are rows.
            let begin = run.first.saturating_sub(first);
            let end = run.last().saturating_add(1).saturating_sub(first);
            let begin = (begin as usize).min(self.rows.len());
            let end = (end as usize).clamp(begin, self.rows.len());
            for row in &mut self.rows[begin..end] {
                // Within one revision the last counts.
                if row.revision > 0 && row.revision != revision {
                    self.superseded
                        .insert((row.sequence, row.revision), row.verdict);
                }
                (row.verdict, row.revision) = (run.verdict, revision);
            }
        }
        self.advance();
        self.counters.revision = self.counters.revision.max(revision);
    }

    fn advance(&mut self) {
        while self
            .rows
            .get(self.judged)
            .is_some_and(|row| row.revision > 0)
        {
            self.judged += 1;
        }
    }

    /// Forgets the rows up to a sequence, which are sealed now.
    pub fn drop_until(&mut self, sealed: u64) {
        let count = self.rows.partition_point(|row| row.sequence <= sealed);
        if count > 0 {
            self.rows.drain(..count);
            for list in &mut self.by_channel {
                list.retain(|sequence| *sequence > sealed);
            }
            self.superseded = self.superseded.split_off(&(sealed + 1, 0));
            self.judged = self.judged.saturating_sub(count);
        }
        self.counters.sealed = self.counters.sealed.max(sealed);
    }

    /// The rows without a verdict, in order of sequence.
    pub fn unjudged(&self) -> impl Iterator<Item = &Row> {
        self.rows[self.judged..]
            .iter()
            .filter(|row| row.revision == 0)
    }

    /// The first `count` rows, in order of sequence.
    pub fn first(&self, count: usize) -> &[Row] {
        &self.rows[..count.min(self.rows.len())]
    }

    /// The first `count` rows, channel by channel in this order, each in order of
    /// time and sequence.
    pub fn first_by_channel(&self, count: usize, order: &[u32]) -> Vec<Row> {
        let rows = self.first(count);
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Vec::new();
        };
        let (first, last) = (first.sequence, last.sequence);
        let mut sorted = Vec::with_capacity(rows.len());
        for channel in order {
            let Some(list) = self.by_channel.get(*channel as usize) else {
                continue;
            };
            let here = list.iter().filter(|sequence| **sequence <= last);
            sorted.extend(here.map(|sequence| rows[(sequence - first) as usize]));
        }
        sorted
    }

    /// Verdicts on the sequences up to `last` that a later one has taken the place of.
    pub fn superseded_until(&self, last: u64) -> impl Iterator<Item = Event> {
        self.superseded
            .range(..=(last, u64::MAX))
            .map(|((sequence, revision), verdict)| Event {
                sequence: *sequence,
                revision: *revision,
                verdict: *verdict,
            })
    }

    /// The rows of a channel between two times, both included, in order of
    /// time, up to a sequence, with the verdicts of a revision.
    pub fn window(
        &self,
        channel: u32,
        from: i64,
        to: i64,
        sequence_limit: u64,
        revision_limit: u64,
    ) -> Vec<Row> {
        let (Some(list), Some(first)) = (self.by_channel.get(channel as usize), self.rows.first())
        else {
            return Vec::new();
        };
        let row = |sequence: &u64| &self.rows[(sequence - first.sequence) as usize];
        let begin = list.partition_point(|sequence| row(sequence).time < from);
        list[begin..]
            .iter()
            .map(row)
            .take_while(|row| row.time <= to)
            .filter(|row| row.sequence <= sequence_limit)
            .map(|row| self.settled(row, revision_limit))
            .collect()
    }

    /// Times of the first and last row of a channel.
    pub fn span(&self, channel: u32) -> Option<(i64, i64)> {
        let list = self.by_channel.get(channel as usize)?;
        let time = |sequence: &u64| Some(self.rows.get(self.place(*sequence)?)?.time);
        list.first().and_then(time).zip(list.last().and_then(time))
    }

    /// The rows between two sequences, both included, in order of sequence,
    /// with the verdicts of a revision.
    pub fn between(&self, first: u64, last: u64, revision_limit: u64) -> Vec<Row> {
        let begin = self.rows.partition_point(|row| row.sequence < first);
        self.rows[begin..]
            .iter()
            .take_while(|row| row.sequence <= last)
            .map(|row| self.settled(row, revision_limit))
            .collect()
    }

    fn settled(&self, row: &Row, revision_limit: u64) -> Row {
        let mut row = *row;
        if row.revision > revision_limit {
            let others = self
                .superseded
                .range((row.sequence, 0)..=(row.sequence, u64::MAX))
                .map(|((sequence, revision), verdict)| Event {
                    sequence: *sequence,
                    revision: *revision,
                    verdict: *verdict,
                });
            row.settle(others, revision_limit);
        }
        row
    }
}
