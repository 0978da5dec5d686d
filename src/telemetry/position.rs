//! How far a file has been read and stored, so that reading goes on there.
//!
//! A source hands a [`ReadPosition`] on with the samples of a piece of a file,
//! and the store keeps it in the commit that keeps these samples
//! ([`Store::append_from`](super::store::Store::append_from)): after a crash the
//! two agree, so that no row is stored twice and none is left out. The digests
//! tell whether the file is still the one that was read.

use std::io::{self, Read, Seek, SeekFrom};

/// Bytes at the start of a file, and before a position, by which it is told.
pub(super) const WINDOW: u64 = 256;

/// A place in a file of a source: all rows before it are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadPosition {
    /// Id of the source in the document.
    pub source: String,
    /// The file, as the source names it.
    pub file: String,
    /// Of a CSV file the byte that the next row begins at; of a Parquet file the
    /// number of readings that were handed on.
    pub place: u64,
    /// The line that the next row begins on, from 1, for messages.
    pub line: u64,
    /// What the file is told by.
    pub mark: FileMark,
}

/// What a file is known by, up to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMark {
    /// BLAKE3 of its first bytes, 256 at most.
    pub beginning: [u8; 32],
    /// BLAKE3 of the bytes before the place, 256 at most.
    pub before: [u8; 32],
    /// The byte that the mark was made at.
    pub at: u64,
}

impl FileMark {
    /// The mark of a file up to byte `at`; `None` where the file is shorter.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn of(file: &mut (impl Read + Seek), at: u64) -> io::Result<Option<Self>> {
        let window = WINDOW.min(at);
        let Some(beginning) = digest(file, 0, window)? else {
            return Ok(None);
        };
        let before = digest(file, at - window, window)?;
        Ok(before.map(|before| Self {
            beginning,
            before,
            at,
        }))
    }

    /// Whether a file is still the one that the mark was made of, maybe longer.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn fits(&self, file: &mut (impl Read + Seek)) -> io::Result<bool> {
        Ok(Self::of(file, self.at)? == Some(*self))
    }
}

/// BLAKE3 of a part of a file; `None` where the file ends before.
fn digest(file: &mut (impl Read + Seek), from: u64, length: u64) -> io::Result<Option<[u8; 32]>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 == length).then(|| *blake3::hash(&bytes).as_bytes()))
}
