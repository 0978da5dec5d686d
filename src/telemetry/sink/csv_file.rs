//! Samples as CSV in the long form, into a file or any other writer.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{Publication, Sink, SinkError};
use crate::quantity::Epoch;
use crate::telemetry::decode::quality_text;

/// The header of the long form.
const HEADER: &str = "received,time,channel,value,unit,sequence,quality\n";

/// Writes samples as CSV in the long form, in the order in which they come, with
/// ISO 8601 instants; for a file, or for the standard output. Alarms have no
/// place in a table of samples and are left out.
pub struct CsvSink<W: Write + Send> {
    out: BufWriter<W>,
    epoch: Epoch,
    path: String,
    line: String,
    begun: bool,
    /// Makes sure that what was written is on the disk.
    sync: fn(&W) -> io::Result<()>,
}

impl CsvSink<File> {
    /// A new file; one that is there is replaced.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path, epoch: Epoch) -> Result<Self, SinkError> {
        let file = File::create(path).map_err(|error| SinkError::File {
            path: path.display().to_string(),
            problem: error.to_string(),
        })?;
        let mut sink = Self::new(file, &path.display().to_string(), epoch);
        sink.sync = File::sync_data;
        Ok(sink)
    }
}

impl<W: Write + Send> CsvSink<W> {
    /// Anything that takes bytes, such as the standard output; `name` is for messages.
    pub fn new(out: W, name: &str, epoch: Epoch) -> Self {
        Self {
            out: BufWriter::with_capacity(1 << 16, out),
            epoch,
            path: name.to_owned(),
            line: String::new(),
            begun: false,
            sync: |_| Ok(()),
        }
    }

    fn write(&mut self, publications: &[Publication]) -> io::Result<()> {
        use std::fmt::Write as _;
        self.begin()?;
        for publication in publications {
            let Publication::Sample(sample) = publication else {
                continue;
            };
            let line = &mut self.line;
            line.clear();
            // Writing into a text cannot fail.
            let _ = write!(
                line,
                "{},{},",
                self.epoch.instant(sample.received),
                self.epoch.instant(sample.time)
            );
            field(&sample.channel, line);
            let _ = write!(line, ",{},", sample.value);
            field(&sample.unit, line);
            line.push(',');
            if let Some(sequence) = sample.sequence {
                let _ = write!(line, "{sequence}");
            }
            line.push(',');
            line.push_str(&quality_text(sample.quality));
            line.push('\n');
            self.out.write_all(line.as_bytes())?;
        }
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.begun {
            self.out.write_all(HEADER.as_bytes())?;
            self.begun = true;
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> SinkError {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return SinkError::NobodyReads;
        }
        SinkError::File {
            path: self.path.clone(),
            problem: error.to_string(),
        }
    }
}

/// Appends a field, in quotes where it has to be (RFC 4180, 2.6).
fn field(text: &str, line: &mut String) {
    if text.contains([',', '"', '\n', '\r']) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}

impl<W: Write + Send> Sink for CsvSink<W> {
    fn publish(&mut self, publications: &[Publication]) -> Result<(), SinkError> {
        self.write(publications)
            .map_err(|error| self.failed(&error))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        // A table without a row is one with a header.
        self.begin()
            .and_then(|()| self.out.flush())
            .and_then(|()| (self.sync)(self.out.get_ref()))
            .map_err(|error| self.failed(&error))
    }
}
