//! What can go wrong with a store, said for the person whose data it holds.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// A store could not be opened, written or read. What was acknowledged before
/// is still there, whatever the error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system failed.
    #[error("cannot {verb} `{}`: {source}", path.display())]
    File {
        /// What was tried: `open`, `write`, `rename`.
        verb: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk has no room left.
    #[error(
        "no room left on the disk while writing `{}`; nothing of this call was stored, \
         everything acknowledged before is; make room, or let older segments go by retention, \
         and send it again",
        path.display()
    )]
    DiskFull {
        /// The file that was being written.
        path: PathBuf,
    },
    /// The catalogue failed.
    #[error("the store's catalogue `{}` failed: {source}", path.display())]
    Catalogue {
        /// The catalogue.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// What is there is no store of this program.
    #[error(
        "`{}` is not a telemetry store: {problem}; choose another folder, or move the file away",
        path.display()
    )]
    NotAStore {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, as the end of a sentence.
        problem: String,
    },
    /// The store was written by a newer version of the program.
    #[error(
        "the store `{}` has format {found}, this program reads formats up to {known}; \
         open it with the newer version of Counterpart that wrote it",
        path.display()
    )]
    NewerFormat {
        /// The catalogue.
        path: PathBuf,
        /// Format of the store.
        found: i64,
        /// Newest format that is known here.
        known: i64,
    },
    /// Somebody else writes to it.
    #[error(
        "the store `{}` is being written by another process; only one may write at a time: \
         stop the other one, or open the store for reading",
        path.display()
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The store belongs to another twin.
    #[error(
        "the store `{}` holds telemetry of twin `{found}`, not of `{expected}`; \
         each twin has a store of its own",
        path.display()
    )]
    OtherTwin {
        /// The folder.
        path: PathBuf,
        /// The twin whose store it is.
        found: String,
        /// The twin that was to be opened.
        expected: String,
    },
    /// A channel has changed its dimension.
    #[error(
        "channel `{channel}` is stored in {stored} and is now to be in {now}: \
         values of different dimensions cannot share a channel; give the new one another id"
    )]
    UnitChanged {
        /// Id of the channel.
        channel: String,
        /// SI unit in the store.
        stored: String,
        /// SI unit now.
        now: String,
    },
    /// Two channels have one id.
    #[error("two channels are called `{channel}`; an id stands for one channel")]
    ChannelTwice {
        /// The id.
        channel: String,
    },
    /// There is no such channel.
    #[error("there is no channel at position {position}; the store was opened with {count}")]
    UnknownChannel {
        /// Position that was asked for.
        position: u32,
        /// Number of channels.
        count: usize,
    },
    /// A sample's value is no finite number.
    #[error(
        "sample {position} of the call (channel {channel}) has the value {value}: \
         only finite numbers are stored; keep it aside before"
    )]
    NotFinite {
        /// Place of the sample in the call, from 0.
        position: usize,
        /// Its channel.
        channel: u32,
        /// Its value.
        value: f64,
    },
    /// A time cannot be written as nanoseconds since 1970.
    #[error(
        "{nanoseconds} ns after the twin's epoch is beyond the years 1677 to 2262, \
         which is what the store's times reach"
    )]
    TimeOutOfRange {
        /// The time, nanoseconds since the epoch.
        nanoseconds: i64,
    },
    /// A verdict names a sample that is not there.
    #[error(
        "there is no sample with sequence {sequence} to judge; {reason}, \
         the highest is {highest}"
    )]
    UnknownSequence {
        /// The sequence.
        sequence: u64,
        /// Why it is not there.
        reason: &'static str,
        /// Highest sequence in the store.
        highest: u64,
    },
    /// A segment is not what was sealed.
    #[error(
        "segment `{}` is damaged: {problem}; the rest of the store can be used; \
         put the file back from a backup, or drop the segment",
        path.display()
    )]
    SegmentDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, as the end of a sentence.
        problem: String,
    },
    /// Rows in the catalogue are not what was written.
    #[error(
        "the store's catalogue `{}` is damaged: {problem}; put it back from a backup",
        path.display()
    )]
    CatalogueDamaged {
        /// The catalogue.
        path: PathBuf,
        /// What is wrong, as the end of a sentence.
        problem: String,
    },
    /// A snapshot is of another store, or of one that has lost its end.
    #[error("the snapshot is not of this store: {problem}")]
    OtherSnapshot {
        /// What does not fit.
        problem: String,
    },
    /// What a snapshot saw was dropped by retention.
    #[error(
        "samples {first} to {last}, which the snapshot includes, were dropped by retention; \
         pin a snapshot that has to stay readable"
    )]
    SnapshotDropped {
        /// First receive sequence of the segment that was dropped.
        first: u64,
        /// Last receive sequence of the segment that was dropped.
        last: u64,
    },
    /// What a snapshot saw reads back differently.
    #[error(
        "samples {first} to {last} read back differently from when the snapshot was taken: \
         the store was changed from outside; put it back from a backup"
    )]
    SnapshotDiffers {
        /// First receive sequence of what differs.
        first: u64,
        /// Last receive sequence of what differs.
        last: u64,
    },
}

impl StoreError {
    /// Whether the disk is the reason, so that the same call may work later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::File { .. } | Self::DiskFull { .. } | Self::Catalogue { .. }
        )
    }

    /// A failure of the file system, told from a full disk.
    pub(super) fn file(verb: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull {
                path: path.to_owned(),
            },
            _ => Self::File {
                verb,
                path: path.to_owned(),
                source,
            },
        }
    }

    /// A failure of SQLite, told from a full disk and from a file of another kind.
    pub(super) fn catalogue(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::NotADatabase) => Self::NotAStore {
                path,
                problem: "the file is no SQLite database".to_owned(),
            },
            Some(ErrorCode::DatabaseCorrupt) => Self::CatalogueDamaged {
                path,
                problem: source.to_string(),
            },
            _ => Self::Catalogue { path, source },
        }
    }

    /// A segment that is not what was sealed.
    pub(super) fn damaged(path: &Path, problem: impl ToString) -> Self {
        Self::SegmentDamaged {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }
}
