//! Letting old samples go, and keeping those that somebody still needs.

use rusqlite::params;

use super::catalogue::{Catalogue, SegmentRecord, number, whole};
use super::entries::delete_segment;
use super::error::StoreError;
use super::seal::SegmentSummary;
use super::snapshot::Snapshot;
use super::writer::Store;
use crate::quantity::SimTime;

/// Which samples may go. Whole segments go, the oldest first; samples that are
/// not sealed stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Segments whose samples are all older than this may go.
    pub older_than: Option<SimTime>,
    /// The oldest segments may go as long as all together have more bytes.
    pub most_bytes: Option<u64>,
}

/// What retention did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Segments that were dropped.
    pub dropped: Vec<SegmentSummary>,
    /// Segments that would have been dropped, with the name of the pin that
    /// needs them.
    pub pinned: Vec<(SegmentSummary, String)>,
}

impl Store {
    /// Keeps retention from dropping anything that a snapshot saw, until
    /// [`unpin`](Self::unpin). A pin of the same name is replaced.
    ///
    /// # Errors
    /// When the snapshot cannot be of this store, a part of it was dropped
    /// already, or the disk fails.
    pub fn pin(&mut self, name: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.reader()
            .shared
            .look(|hot, catalogue| self.reader().check(Some(snapshot), None, hot, catalogue))?;
        let text = ron::to_string(snapshot).map_err(|error| StoreError::OtherSnapshot {
            problem: error.to_string(),
        })?;
        self.catalogue.write(|transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO pin VALUES (?1, ?2, ?3)",
                params![name, whole(snapshot.sequence), text],
            )?;
            Ok(())
        })
    }

    /// Lets go of a pin; says whether there was one.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn unpin(&mut self, name: &str) -> Result<bool, StoreError> {
        self.catalogue.write(|transaction| {
            Ok(transaction.execute("DELETE FROM pin WHERE name = ?1", [name])? > 0)
        })
    }

    /// The pinned snapshots, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn pins(&self) -> Result<Vec<(String, Snapshot)>, StoreError> {
        let pins =
            self.catalogue
                .all("SELECT name, snapshot FROM pin ORDER BY name", [], |row| {
                    Ok((row.get(0)?, row.get::<_, String>(1)?))
                })?;
        pins.into_iter()
            .map(|(name, text)| match ron::from_str(&text) {
                Ok(snapshot) => Ok((name, snapshot)),
                Err(error) => Err(self
                    .catalogue
                    .damaged(format!("pin `{name}` cannot be read: {error}"))),
            })
            .collect()
    }

    /// Drops the segments that may go, and says which. A segment that a pinned
    /// snapshot needs stays, whatever its age.
    ///
    /// # Errors
    /// When the disk fails; what was dropped by then stays dropped.
    pub fn retain(&mut self, retention: &Retention) -> Result<Retained, StoreError> {
        let mut segments = self.catalogue.segments()?;
        segments.sort_by_key(|record| (record.time_last, record.first));
        let limit = retention
            .older_than
            .map(|time| self.shared.translation.calendar_saturating(time));
        let pins: Vec<(String, u64)> = self.catalogue.all(
            "SELECT name, sequence FROM pin ORDER BY sequence DESC, name",
            [],
            |row| Ok((row.get(0)?, number(row, 1)?)),
        )?;
        let mut bytes: u64 = segments.iter().map(|record| record.bytes).sum();
        let mut retained = Retained::default();
        for record in segments {
            let is_old = limit.is_some_and(|limit| record.time_last < limit);
            let is_too_much = retention.most_bytes.is_some_and(|most| bytes > most);
            if !is_old && !is_too_much {
                continue;
            }
            let summary = self.summary(&record);
            match pins.iter().find(|(_, sequence)| *sequence >= record.first) {
                Some((name, _)) => retained.pinned.push((summary, name.clone())),
                None => {
                    self.drop_segment(&record)?;
                    bytes -= record.bytes;
                    retained.dropped.push(summary);
                }
            }
        }
        Ok(retained)
    }

    fn drop_segment(&mut self, record: &SegmentRecord) -> Result<(), StoreError> {
        let hot = self.shared.hot_to_change();
        self.catalogue.write(|transaction| {
            delete_segment(transaction, record.number)?;
            transaction.execute(
                "DELETE FROM verdict WHERE sequence BETWEEN ?1 AND ?2",
                params![whole(record.first), whole(record.last)],
            )?;
            transaction.execute(
                "INSERT INTO dropped VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    whole(record.first),
                    whole(record.last),
                    whole(record.bytes),
                    record.time_first,
                    record.time_last,
                ],
            )?;
            Ok(())
        })?;
        drop(hot);
        self.shared.forget(record.number);
        self.shared.folder.remove(record.number)
    }
}

impl Catalogue {
    /// First and last sequences of what retention dropped: all that begins up
    /// to a sequence and reaches into a time.
    pub fn dropped(
        &self,
        sequence: u64,
        from: i64,
        to: i64,
    ) -> Result<Vec<(u64, u64)>, StoreError> {
        self.all(
            "SELECT first, last FROM dropped \
             WHERE first <= ?1 AND time_last >= ?2 AND time_first <= ?3 ORDER BY first",
            params![whole(sequence), from, to],
            |row| Ok((number(row, 0)?, number(row, 1)?)),
        )
    }
}
