//! Parquet files of others, which may be damaged anywhere.
//!
//! The reader of the format finds most of what can be wrong, but not all: it asks for
//! as much memory as a damaged file says that a part of it is long, and where levels
//! and pages do not fit together it panics. Here both are errors.

use std::fs::File;
use std::io::{self, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use hyper::body::Bytes;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// What is said of a file in which parts do not fit together.
const MISFIT: &str = "its parts do not fit together";

/// A Parquet file, of which no more is read than its schema.
pub(crate) struct ParquetFile<Source: ChunkReader> {
    builder: ParquetRecordBatchReaderBuilder<Source>,
}

impl ParquetFile<Bounded> {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is no Parquet file, or it is cut off or damaged.
    pub(crate) fn open(file: File) -> io::Result<Self> {
        Self::read(Bounded(file))
    }
}

impl<Source: ChunkReader + 'static> ParquetFile<Source> {
    /// Opens what a file holds.
    ///
    /// # Errors
    /// As [`ParquetFile::open`].
    pub(crate) fn read(source: Source) -> io::Result<Self> {
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(source))?;
        Ok(Self { builder })
    }

    /// The columns.
    pub(crate) fn schema(&self) -> &SchemaRef {
        self.builder.schema()
    }

    /// Its rows, so many at a time. After an error there are no more.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn batches(self, rows: usize) -> io::Result<Batches> {
        let reader = guarded(|| self.builder.with_batch_size(rows).build())?;
        Ok(Batches {
            reader: Some(reader),
        })
    }
}

/// The rows of a file.
pub(crate) struct Batches {
    /// `None` after an error.
    reader: Option<ParquetRecordBatchReader>,
}

impl Iterator for Batches {
    type Item = io::Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        let next = guarded(|| reader.next().transpose()).transpose();
        if !matches!(next, Some(Ok(_))) {
            self.reader = None;
        }
        next
    }
}

/// Does a step of reading; a panic is an error. What has panicked is not used again.
fn guarded<Found, Problem: std::error::Error + Send + Sync + 'static>(
    step: impl FnOnce() -> Result<Found, Problem>,
) -> io::Result<Found> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(found) => found.map_err(io::Error::other),
        Err(_) => Err(io::Error::other(MISFIT)),
    }
}

/// A file of which no more is asked than there is.
pub(crate) struct Bounded(File);

impl Length for Bounded {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for Bounded {
    type T = BufReader<File>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.0.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF(format!(
                "a part of {length} bytes is said to begin at {start}, and the file has {}",
                self.len()
            )));
        }
        self.0.get_bytes(start, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_has_found_a_damaged_file() {
        let panics = |places: &[u8]| -> Result<u8, io::Error> { Ok(places[places.len()]) };
        let error = guarded(|| panics(&[1, 2])).expect_err("it panics");
        assert_eq!(error.to_string(), MISFIT);
        assert!(guarded(|| Ok::<u8, io::Error>(1)).is_ok());
    }

    #[test]
    fn no_more_is_asked_of_a_file_than_there_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, b"PAR1 and so on").expect("written");
        let file = Bounded(File::open(&path).expect("opened"));
        assert_eq!(&file.get_bytes(5, 3).expect("bytes")[..], b"and");
        for (start, length) in [(5, usize::MAX), (u64::MAX, 2), (0, 15)] {
            assert!(file.get_bytes(start, length).is_err(), "{start}, {length}");
        }
    }
}
