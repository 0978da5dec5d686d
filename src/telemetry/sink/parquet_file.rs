//! Samples as a Parquet file in the long form.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{
    Float64Builder, StringBuilder, TimestampNanosecondBuilder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Publication, PublishedSample, Sink, SinkError};
use crate::quantity::Epoch;
use crate::telemetry::decode::quality_text;

/// Rows gathered before they are written.
const ROWS: usize = 1 << 16;

/// Writes samples into a Parquet file with the columns of CSV's long form, the
/// time of reception aside. The file is written beside its place and takes it
/// with [`flush`](Sink::flush), after which nothing more can be published.
/// Alarms have no place in a table of samples and are left out.
pub struct ParquetSink {
    path: PathBuf,
    epoch: Epoch,
    schema: Arc<Schema>,
    rows: Vec<PublishedSample>,
    writer: Option<ArrowWriter<tempfile::NamedTempFile>>,
}

impl ParquetSink {
    /// A file at `path`; one that is there is replaced when it is complete.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path, epoch: Epoch) -> Result<Self, SinkError> {
        let fail = |problem: String| SinkError::File {
            path: path.display().to_string(),
            problem,
        };
        let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
        let schema = Arc::new(Schema::new(vec![
            Field::new("received", time.clone(), false),
            Field::new("time", time, false),
            Field::new("channel", DataType::Utf8, false),
            Field::new("value", DataType::Float64, false),
            Field::new("unit", DataType::Utf8, false),
            Field::new("source_sequence", DataType::UInt64, true),
            Field::new("quality", DataType::Utf8, true),
        ]));
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = tempfile::Builder::new()
            .prefix(".counterpart-")
            .tempfile_in(folder)
            .map_err(|error| fail(error.to_string()))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(format!("counterpart {}", env!("CARGO_PKG_VERSION")))
            .build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
            .map_err(|error| fail(error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            epoch,
            schema,
            rows: Vec::new(),
            writer: Some(writer),
        })
    }

    fn failed(&self, problem: String) -> SinkError {
        SinkError::File {
            path: self.path.display().to_string(),
            problem,
        }
    }

    fn batch(&self) -> Result<RecordBatch, String> {
        let instant = |time| {
            i64::try_from(self.epoch.instant(time).as_nanosecond())
                .map_err(|_| "a time is beyond the years that Parquet can hold".to_owned())
        };
        let mut received = TimestampNanosecondBuilder::new().with_timezone("UTC");
        let mut times = TimestampNanosecondBuilder::new().with_timezone("UTC");
        let mut channels = StringBuilder::new();
        let mut values = Float64Builder::new();
        let mut units = StringBuilder::new();
        let mut sequences = UInt64Builder::new();
        let mut qualities = StringBuilder::new();
        for row in &self.rows {
            received.append_value(instant(row.received)?);
            times.append_value(instant(row.time)?);
            channels.append_value(&row.channel);
            values.append_value(row.value);
            units.append_value(&row.unit);
            sequences.append_option(row.sequence);
            let quality = quality_text(row.quality);
            qualities.append_option((!quality.is_empty()).then_some(quality));
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(received.finish()),
            Arc::new(times.finish()),
            Arc::new(channels.finish()),
            Arc::new(values.finish()),
            Arc::new(units.finish()),
            Arc::new(sequences.finish()),
            Arc::new(qualities.finish()),
        ];
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|error| error.to_string())
    }

    fn write(&mut self) -> Result<(), SinkError> {
        let batch = self.batch().map_err(|problem| self.failed(problem))?;
        let written = match &mut self.writer {
            Some(writer) => writer.write(&batch).map_err(|error| error.to_string()),
            None => Err("it is complete, and nothing can be added".to_owned()),
        };
        self.rows.clear();
        written.map_err(|problem| self.failed(problem))
    }
}

impl Sink for ParquetSink {
    fn publish(&mut self, publications: &[Publication]) -> Result<(), SinkError> {
        for publication in publications {
            if let Publication::Sample(sample) = publication {
                self.rows.push(sample.clone());
                if self.rows.len() >= ROWS {
                    self.write()?;
                }
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        if !self.rows.is_empty() {
            self.write()?;
        }
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let complete = || -> Result<File, String> {
            let file = writer.into_inner().map_err(|error| error.to_string())?;
            file.as_file()
                .sync_all()
                .map_err(|error| error.to_string())?;
            file.persist(&self.path).map_err(|error| error.to_string())
        };
        complete().map(drop).map_err(|problem| self.failed(problem))
    }
}
