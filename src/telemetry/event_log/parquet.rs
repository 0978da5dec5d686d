//! Event logs as Parquet files, with the columns of the text.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::reader::ChunkReader;
use arrow_array::builder::{StringBuilder, TimestampNanosecondBuilder, UInt16Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};

use super::options::ColumnRole;
use super::problem::EventLogError;
use super::rows::{Row, Rows};
use super::table::Columns;
use super::write::Line;
use crate::quantity::Unit;
use crate::telemetry::decode::Column;
use crate::twin::parquet_file::ParquetFile;

/// Rows read or written at a time.
const ROWS: usize = 1 << 14;

/// What is said of a file that cannot be read.
pub(super) fn damaged(error: std::io::Error) -> EventLogError {
    EventLogError::Table(format!(
        "it is no Parquet file, or it is cut off or damaged: {error}"
    ))
}

pub(super) fn read(
    file: ParquetFile<impl ChunkReader + 'static>,
    rows: &mut Rows<'_>,
) -> Result<(), EventLogError> {
    let fields = file.schema().fields().iter();
    let header: Vec<String> = fields.map(|field| field.name().clone()).collect();
    let columns = Columns::new(&header, rows.options())?;
    let epoch = rows.twin().epoch;
    let seconds = Unit::known("s");
    let mut line = 0;
    for batch in file.batches(ROWS).map_err(damaged)? {
        let batch = batch.map_err(damaged)?;
        let column = |role| {
            let place = columns.get(role);
            place.map(|place| Column::new(batch.column(place)))
        };
        let cells = ColumnRole::ALL.map(column);
        for row in 0..batch.num_rows() {
            line += 1;
            let text = |role: ColumnRole| -> Cow<'_, str> {
                let cell = cells[role as usize].as_ref();
                Cow::Owned(cell.and_then(|cell| cell.text(row)).unwrap_or_default())
            };
            let time = |role: ColumnRole| {
                let cell = cells[role as usize].as_ref();
                cell.filter(|cell| !cell.is_null(row)).map(|cell| {
                    (cell.time(row, &seconds, epoch))
                        .map_err(|reason| (text(role).into_owned(), reason))
                })
            };
            let none = || Err((String::new(), "is empty".to_owned()));
            rows.push(&Row {
                line,
                time: time(ColumnRole::Time).unwrap_or_else(none),
                end: time(ColumnRole::End),
                item: text(ColumnRole::Item),
                asset: text(ColumnRole::Asset),
                event: text(ColumnRole::Event),
                server: text(ColumnRole::Server),
                class: text(ColumnRole::Class),
                from: text(ColumnRole::From),
                to: text(ColumnRole::To),
            });
        }
    }
    Ok(())
}

pub(super) fn write<'line>(
    out: &mut (dyn Write + Send),
    lines: impl Iterator<Item = Line<'line>>,
) -> std::io::Result<()> {
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let schema = Arc::new(Schema::new(vec![
        Field::new(ColumnRole::Time.name(), time.clone(), false),
        Field::new(ColumnRole::Item.name(), DataType::Utf8, true),
        Field::new(ColumnRole::Asset.name(), DataType::Utf8, false),
        Field::new(ColumnRole::Event.name(), DataType::Utf8, false),
        Field::new(ColumnRole::Server.name(), DataType::UInt16, true),
        Field::new(ColumnRole::Class.name(), DataType::UInt16, true),
        Field::new(ColumnRole::End.name(), time, true),
        Field::new(ColumnRole::From.name(), DataType::Utf8, true),
        Field::new(ColumnRole::To.name(), DataType::Utf8, true),
    ]));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(format!("counterpart {}", env!("CARGO_PKG_VERSION")))
        .build();
    let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties))
        .map_err(std::io::Error::other)?;
    let mut lines = lines.peekable();
    while lines.peek().is_some() {
        let batch = batch(&schema, lines.by_ref().take(ROWS))?;
        writer.write(&batch).map_err(std::io::Error::other)?;
    }
    writer.close().map_err(std::io::Error::other)?;
    Ok(())
}

fn batch<'line>(
    schema: &Arc<Schema>,
    lines: impl Iterator<Item = Line<'line>>,
) -> std::io::Result<RecordBatch> {
    let mut times = TimestampNanosecondBuilder::new().with_timezone("UTC");
    let mut items = StringBuilder::new();
    let mut assets = StringBuilder::new();
    let mut events = StringBuilder::new();
    let mut servers = UInt16Builder::new();
    let mut classes = UInt16Builder::new();
    let mut origins = StringBuilder::new();
    let mut destinations = StringBuilder::new();
    let mut ends = TimestampNanosecondBuilder::new().with_timezone("UTC");
    let nanoseconds = |instant: jiff::Timestamp| {
        i64::try_from(instant.as_nanosecond())
            .map_err(|_| std::io::Error::other("a time is beyond the years that Parquet can hold"))
    };
    for line in lines {
        times.append_value(nanoseconds(line.time)?);
        items.append_option(line.item);
        assets.append_value(line.asset);
        events.append_value(line.event);
        servers.append_option(line.server);
        classes.append_option(line.class);
        ends.append_option(line.end.map(nanoseconds).transpose()?);
        origins.append_option(line.from);
        destinations.append_option(line.to);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(times.finish()),
        Arc::new(items.finish()),
        Arc::new(assets.finish()),
        Arc::new(events.finish()),
        Arc::new(servers.finish()),
        Arc::new(classes.finish()),
        Arc::new(ends.finish()),
        Arc::new(origins.finish()),
        Arc::new(destinations.finish()),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(std::io::Error::other)
}
