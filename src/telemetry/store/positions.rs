//! How far each source's files have been read, kept with the samples.

use rusqlite::{Transaction, params};

use super::catalogue::{number, whole};
use super::error::StoreError;
use super::writer::Store;
use crate::telemetry::position::{FileMark, ReadPosition};

impl Store {
    /// How far the files of all sources have been read, by source and file.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn positions(&self) -> Result<Vec<ReadPosition>, StoreError> {
        self.catalogue.all(
            "SELECT source, file, place, line, beginning, before, length \
             FROM position ORDER BY source, file",
            [],
            |row| {
                Ok(ReadPosition {
                    source: row.get(0)?,
                    file: row.get(1)?,
                    place: number(row, 2)?,
                    line: number(row, 3)?,
                    mark: FileMark {
                        beginning: row.get(4)?,
                        before: row.get(5)?,
                        at: number(row, 6)?,
                    },
                })
            },
        )
    }
}

/// Puts a position in the place of the last one of its file; a part of the
/// commit of the samples before it.
pub(super) fn put(transaction: &Transaction<'_>, position: &ReadPosition) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR REPLACE INTO position VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            position.source,
            position.file,
            whole(position.place),
            whole(position.line),
            position.mark.beginning,
            position.mark.before,
            whole(position.mark.at),
        ],
    )?;
    Ok(())
}
