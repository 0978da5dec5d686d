//! Reading an event log, by the ending of its name.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use hyper::body::Bytes;

use super::options::LogOptions;
use super::problem::EventLogError;
use super::rows::Rows;
use super::{EventLog, parquet, table, xes};
use crate::twin::Twin;
use crate::twin::parquet_file::ParquetFile;

/// The format of an event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// A table as text.
    Csv,
    /// A table in columns.
    Parquet,
    /// Extensible event stream, IEEE 1849.
    Xes,
}

impl LogFormat {
    /// The format of a file of this name.
    ///
    /// # Errors
    /// When its ending is none of theirs.
    pub fn of(path: &Path) -> Result<Self, EventLogError> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("csv") => Ok(Self::Csv),
            Some("parquet") => Ok(Self::Parquet),
            Some("xes") => Ok(Self::Xes),
            _ => Err(EventLogError::Format),
        }
    }
}

/// Reads the event log of a twin from a file, in the format that its name ends in.
///
/// Rows that cannot be used are left out and named in [`EventLog::problems`]; what
/// contradicts itself is found by [`EventLog::check`].
///
/// # Errors
/// When the file cannot be read, or nothing of it can be used.
pub fn read_event_log(
    path: &Path,
    twin: &Twin,
    options: &LogOptions,
) -> Result<EventLog, EventLogError> {
    let name = path.display().to_string();
    let format = LogFormat::of(path)?;
    let file = File::open(path)?;
    if format == LogFormat::Parquet {
        let mut rows = Rows::new(&name, twin, options);
        let file = ParquetFile::open(file).map_err(parquet::damaged)?;
        parquet::read(file, &mut rows)?;
        return rows.finish();
    }
    read_event_log_from(BufReader::new(file), format, &name, twin, options)
}

/// As [`read_event_log`], from anything that gives the bytes; `name` is for messages.
/// A Parquet file is held in memory as a whole.
///
/// # Errors
/// As [`read_event_log`].
pub fn read_event_log_from(
    mut source: impl Read,
    format: LogFormat,
    name: &str,
    twin: &Twin,
    options: &LogOptions,
) -> Result<EventLog, EventLogError> {
    let mut rows = Rows::new(name, twin, options);
    match format {
        LogFormat::Csv => table::read_csv(source, &mut rows)?,
        LogFormat::Xes => xes::read(source, &mut rows)?,
        LogFormat::Parquet => {
            let mut bytes = Vec::new();
            source.read_to_end(&mut bytes)?;
            let file = ParquetFile::read(Bytes::from(bytes)).map_err(parquet::damaged)?;
            parquet::read(file, &mut rows)?;
        }
    }
    rows.finish()
}
