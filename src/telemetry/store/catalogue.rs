//! The catalogue: a SQLite database that holds what is not sealed yet, and
//! what there is to know of the segments.
//!
//! Sequences, revisions and counts are below 2⁶³ and stand as SQLite's whole
//! numbers; times are nanoseconds since 1970.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};

use super::description::KnownChannel;
use super::error::StoreError;
use super::row::{Event, verdict_of};

/// Version of the store's format that this program writes.
///
/// 1 had samples and verdicts that are not sealed in rows of a fixed width, and
/// no positions of sources.
pub(super) const FORMAT: i64 = 2;

/// "CPts": marks a SQLite database as a store's catalogue.
const APPLICATION: i64 = 0x4350_7473;

/// How long a statement waits for another connection \[s].
const PATIENCE: u64 = 30;

const SCHEMA: &str = "
CREATE TABLE twin (id TEXT NOT NULL);
CREATE TABLE counter (
    sequence INTEGER NOT NULL, revision INTEGER NOT NULL,
    sealed INTEGER NOT NULL, next_segment INTEGER NOT NULL
);
INSERT INTO counter VALUES (0, 0, 0, 1);
CREATE TABLE channel (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, unit TEXT NOT NULL);
CREATE TABLE hot_samples (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE hot_verdicts (revision INTEGER PRIMARY KEY, last INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE segment (
    number INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL,
    bytes INTEGER NOT NULL, digest BLOB NOT NULL,
    content BLOB NOT NULL, revision INTEGER NOT NULL, latest INTEGER NOT NULL,
    time_first INTEGER NOT NULL, time_last INTEGER NOT NULL
);
CREATE TABLE part (
    channel INTEGER NOT NULL, segment INTEGER NOT NULL,
    row INTEGER NOT NULL, rows INTEGER NOT NULL,
    time_first INTEGER NOT NULL, time_last INTEGER NOT NULL, latest INTEGER NOT NULL,
    PRIMARY KEY (channel, segment)
) WITHOUT ROWID;
CREATE INDEX part_by_time ON part (channel, time_last);
CREATE INDEX part_by_segment ON part (segment);
CREATE TABLE tile (
    segment INTEGER NOT NULL, channel INTEGER NOT NULL, level INTEGER NOT NULL,
    tiles BLOB NOT NULL, PRIMARY KEY (segment, channel, level)
);
CREATE TABLE verdict (
    channel INTEGER NOT NULL, time INTEGER NOT NULL, sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL, flag INTEGER NOT NULL, rules INTEGER NOT NULL,
    disposition INTEGER NOT NULL, PRIMARY KEY (channel, time, sequence, revision)
) WITHOUT ROWID;
CREATE TABLE dropped (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, bytes INTEGER NOT NULL,
    time_first INTEGER NOT NULL, time_last INTEGER NOT NULL
);
CREATE TABLE pin (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL, snapshot TEXT NOT NULL);
";

/// What format 2 has beyond format 1.
const POSITIONS: &str = "
CREATE TABLE position (
    source TEXT NOT NULL, file TEXT NOT NULL,
    place INTEGER NOT NULL, line INTEGER NOT NULL,
    beginning BLOB NOT NULL, before BLOB NOT NULL, length INTEGER NOT NULL,
    PRIMARY KEY (source, file)
) WITHOUT ROWID;
";

/// How far the store has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters {
    /// Highest receive sequence.
    pub sequence: u64,
    /// Highest revision.
    pub revision: u64,
    /// Highest sequence that is in a segment, or was before it was dropped.
    pub sealed: u64,
    /// Number of the next segment.
    pub next_segment: u32,
}

/// A segment, as the catalogue knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SegmentRecord {
    pub number: u32,
    /// First and last receive sequence; all between are in it.
    pub first: u64,
    pub last: u64,
    /// Length of the file.
    pub bytes: u64,
    /// BLAKE3 of the file.
    pub digest: [u8; 32],
    /// BLAKE3 of samples and verdicts in order of sequence, as of `revision`.
    pub content: [u8; 32],
    pub revision: u64,
    /// Highest revision that judges a sample in it.
    pub latest: u64,
    pub time_first: i64,
    pub time_last: i64,
}

/// The rows of one channel in one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub channel: u32,
    pub segment: u32,
    /// First row in the file, and their number.
    pub row: u64,
    pub rows: u64,
    pub time_first: i64,
    pub time_last: i64,
    /// Highest revision that judges one of them.
    pub latest: u64,
}

/// A connection to a catalogue, with its path for messages.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub path: PathBuf,
    pub connection: Connection,
}

/// SQLite's whole number of one of ours, which are below 2⁶³; a limit may be higher.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Catalogue {
    /// Opens the catalogue for writing; makes it if there is none.
    pub fn open(path: &Path, twin: &str) -> Result<Self, StoreError> {
        let is_new = !path.exists();
        let connection =
            Connection::open(path).map_err(|error| StoreError::catalogue(path, error))?;
        let mut catalogue = Self {
            path: path.to_owned(),
            connection,
        };
        catalogue.configure()?;
        if !is_new && catalogue.pragma("application_id")? == APPLICATION {
            catalogue.check(twin)?;
            catalogue.upgrade()?;
        } else {
            let tables: i64 = catalogue.get("SELECT count(*) FROM sqlite_schema", [])?;
            if tables > 0 {
                return Err(StoreError::NotAStore {
                    path: path.to_owned(),
                    problem: "it is a SQLite database of another program".to_owned(),
                });
            }
            catalogue.create(twin)?;
        }
        Ok(catalogue)
    }

    /// Opens a catalogue that is there, for reading.
    pub fn open_to_read(path: &Path, twin: &str) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NotAStore {
                path: path.to_owned(),
                problem: "there is no catalogue".to_owned(),
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|error| StoreError::catalogue(path, error))?;
        let catalogue = Self {
            path: path.to_owned(),
            connection,
        };
        catalogue.wait_for_others()?;
        if catalogue.pragma("application_id")? != APPLICATION {
            return Err(StoreError::NotAStore {
                path: path.to_owned(),
                problem: "it is a SQLite database of another program".to_owned(),
            });
        }
        catalogue.check(twin)?;
        Ok(catalogue)
    }

    fn wait_for_others(&self) -> Result<(), StoreError> {
        self.connection
            .busy_timeout(Duration::from_secs(PATIENCE))
            .map_err(|error| self.fail(error))
    }

    fn configure(&self) -> Result<(), StoreError> {
        self.wait_for_others()?;
        let set = |name, value: &str| {
            self.connection
                .pragma_update(None, name, value)
                .map_err(|error| self.fail(error))
        };
        set("journal_mode", "WAL")?;
        // A commit is on the disk when it returns.
        set("synchronous", "FULL")?;
        // Pages; a larger log is copied less often.
        set("wal_autocheckpoint", "8192")?;
        set("journal_size_limit", "67108864")?;
        Ok(())
    }

    fn create(&mut self, twin: &str) -> Result<(), StoreError> {
        let path = self.path.clone();
        let fail = |error| StoreError::catalogue(&path, error);
        let transaction = self.connection.transaction().map_err(fail)?;
        transaction.execute_batch(SCHEMA).map_err(fail)?;
        transaction.execute_batch(POSITIONS).map_err(fail)?;
        transaction
            .execute("INSERT INTO twin VALUES (?1)", [twin])
            .map_err(fail)?;
        transaction
            .pragma_update(None, "application_id", APPLICATION)
            .map_err(fail)?;
        transaction
            .pragma_update(None, "user_version", FORMAT)
            .map_err(fail)?;
        transaction.commit().map_err(fail)
    }

    /// Brings a store of an older format up to this one. What is not sealed stays
    /// as it is written: its blocks say themselves which format they are of.
    fn upgrade(&mut self) -> Result<(), StoreError> {
        if self.pragma("user_version")? == FORMAT {
            return Ok(());
        }
        self.write(|transaction| {
            transaction.execute_batch(POSITIONS)?;
            transaction.pragma_update(None, "user_version", FORMAT)
        })
    }

    fn check(&self, twin: &str) -> Result<(), StoreError> {
        let found = self.pragma("user_version")?;
        if found > FORMAT {
            return Err(StoreError::NewerFormat {
                path: self.path.clone(),
                found,
                known: FORMAT,
            });
        }
        let stored: String = self.get("SELECT id FROM twin", [])?;
        if stored != twin {
            return Err(StoreError::OtherTwin {
                path: self.path.clone(),
                found: stored,
                expected: twin.to_owned(),
            });
        }
        Ok(())
    }

    pub fn fail(&self, error: rusqlite::Error) -> StoreError {
        StoreError::catalogue(&self.path, error)
    }

    pub fn damaged(&self, problem: impl ToString) -> StoreError {
        StoreError::CatalogueDamaged {
            path: self.path.clone(),
            problem: problem.to_string(),
        }
    }

    fn pragma(&self, name: &str) -> Result<i64, StoreError> {
        self.connection
            .pragma_query_value(None, name, |row| row.get(0))
            .map_err(|error| self.fail(error))
    }

    fn get<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<T, StoreError> {
        self.connection
            .query_row(sql, parameters, |row| row.get(0))
            .map_err(|error| self.fail(error))
    }

    /// All that a query finds, in its order.
    pub fn all<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.connection
            .prepare(sql)
            .and_then(|mut statement| statement.query_map(parameters, read)?.collect())
            .map_err(|error| self.fail(error))
    }

    /// Does all of `work` or nothing; it is on the disk when this returns.
    pub fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let result = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|transaction| {
                let result = work(&transaction)?;
                transaction.commit()?;
                Ok(result)
            });
        result.map_err(|error| self.fail(error))
    }

    /// Begins to read one state of the catalogue; it lasts until the value that
    /// is returned is dropped.
    pub fn still(&self) -> Result<Transaction<'_>, StoreError> {
        self.connection
            .unchecked_transaction()
            .map_err(|error| self.fail(error))
    }

    pub fn counters(&self) -> Result<Counters, StoreError> {
        self.connection
            .query_row(
                "SELECT sequence, revision, sealed, next_segment FROM counter",
                [],
                |row| {
                    Ok(Counters {
                        sequence: number(row, 0)?,
                        revision: number(row, 1)?,
                        sealed: number(row, 2)?,
                        next_segment: row.get(3)?,
                    })
                },
            )
            .map_err(|error| self.fail(error))
    }

    pub fn channels(&self) -> Result<Vec<KnownChannel>, StoreError> {
        self.all("SELECT id, unit FROM channel ORDER BY number", [], |row| {
            Ok(KnownChannel {
                id: row.get(0)?,
                unit: row.get(1)?,
            })
        })
    }

    pub fn add_channels(&mut self, added: &[(u32, KnownChannel)]) -> Result<(), StoreError> {
        if added.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            for (number, channel) in added {
                transaction.execute(
                    "INSERT INTO channel VALUES (?1, ?2, ?3)",
                    params![number, channel.id, channel.unit],
                )?;
            }
            Ok(())
        })
    }

    /// All segments, in order of sequence.
    pub fn segments(&self) -> Result<Vec<SegmentRecord>, StoreError> {
        self.all(
            "SELECT number, first, last, bytes, digest, content, revision, latest, \
             time_first, time_last FROM segment ORDER BY first",
            [],
            segment_record,
        )
    }

    /// The parts of one segment, in order of row.
    pub fn parts_of(&self, segment: u32) -> Result<Vec<Part>, StoreError> {
        self.all(
            "SELECT channel, segment, row, rows, time_first, time_last, latest \
             FROM part WHERE segment = ?1 ORDER BY row",
            [segment],
            part,
        )
    }

    /// The parts of one channel that reach into a time, with their segments.
    pub fn parts_between(
        &self,
        channel: u32,
        from: i64,
        to: i64,
    ) -> Result<Vec<(SegmentRecord, Part)>, StoreError> {
        self.all(
            "SELECT s.number, s.first, s.last, s.bytes, s.digest, s.content, s.revision, \
             s.latest, s.time_first, s.time_last, p.channel, p.segment, p.row, p.rows, \
             p.time_first, p.time_last, p.latest \
             FROM part p JOIN segment s ON s.number = p.segment \
             WHERE p.channel = ?1 AND p.time_last >= ?2 AND p.time_first <= ?3 \
             ORDER BY s.first",
            params![channel, from, to],
            |row| Ok((segment_record(row)?, part_at(row, SEGMENT_COLUMNS)?)),
        )
    }

    /// All verdicts on a channel's sealed samples between two times that stand
    /// beside the segments, in order of sequence.
    pub fn events_between(
        &self,
        channel: u32,
        from: i64,
        to: i64,
    ) -> Result<Vec<Event>, StoreError> {
        let mut events = self.all(
            "SELECT sequence, revision, flag, rules, disposition FROM verdict \
             WHERE channel = ?1 AND time >= ?2 AND time <= ?3",
            params![channel, from, to],
            event,
        )?;
        events.sort_unstable();
        Ok(events)
    }
}

/// Columns of a segment in queries that join.
const SEGMENT_COLUMNS: usize = 10;

fn event(row: &rusqlite::Row<'_>) -> rusqlite::Result<Event> {
    let verdict = verdict_of(row.get(2)?, row.get(3)?, row.get(4)?)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(2, row.get(2)?))?;
    Ok(Event {
        sequence: number(row, 0)?,
        revision: number(row, 1)?,
        verdict,
    })
}

/// A whole number that is never negative.
pub(super) fn number(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let found: i64 = row.get(column)?;
    u64::try_from(found).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, found))
}

fn segment_record(row: &rusqlite::Row<'_>) -> rusqlite::Result<SegmentRecord> {
    Ok(SegmentRecord {
        number: row.get(0)?,
        first: number(row, 1)?,
        last: number(row, 2)?,
        bytes: number(row, 3)?,
        digest: row.get(4)?,
        content: row.get(5)?,
        revision: number(row, 6)?,
        latest: number(row, 7)?,
        time_first: row.get(8)?,
        time_last: row.get(9)?,
    })
}

fn part(row: &rusqlite::Row<'_>) -> rusqlite::Result<Part> {
    part_at(row, 0)
}

fn part_at(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Part> {
    Ok(Part {
        channel: row.get(column)?,
        segment: row.get(column + 1)?,
        row: number(row, column + 2)?,
        rows: number(row, column + 3)?,
        time_first: row.get(column + 4)?,
        time_last: row.get(column + 5)?,
        latest: number(row, column + 6)?,
    })
}
