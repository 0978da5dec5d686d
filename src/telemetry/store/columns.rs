//! The columns of a segment: names, types, and rows to and from them.

use std::sync::Arc;

use arrow_array::builder::{StringDictionaryBuilder, UInt64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float64Type, Int32Type, TimestampNanosecondType, UInt8Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray, UInt8Array, UInt32Array,
    UInt64Array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};

use super::description::KnownChannel;
use super::row::{Row, verdict_of};
use crate::telemetry::SourceQuality;

const CHANNEL: &str = "channel";
pub(super) const TIME: &str = "time";
pub(super) const SEQUENCE: &str = "sequence";
pub(super) const VALUE: &str = "value";

/// The columns that a plot needs; the others of a row then have no meaning.
pub(super) const PLOTTED: [&str; 7] = [
    TIME,
    SEQUENCE,
    VALUE,
    "flag",
    "rules",
    "disposition",
    "revision",
];

/// The columns of a whole row, but for the channel and its unit, which the
/// catalogue knows.
pub(super) const WHOLE: [&str; 10] = [
    TIME,
    "received",
    SEQUENCE,
    "source_sequence",
    VALUE,
    "quality",
    "flag",
    "rules",
    "disposition",
    "revision",
];

/// The schema of a segment.
pub(super) fn schema() -> Schema {
    let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let instant = || DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    Schema::new(vec![
        Field::new(CHANNEL, text(), false),
        Field::new(TIME, instant(), false),
        Field::new("received", instant(), false),
        Field::new(SEQUENCE, DataType::UInt64, false),
        Field::new("source_sequence", DataType::UInt64, true),
        Field::new(VALUE, DataType::Float64, false),
        Field::new("unit", text(), false),
        Field::new("quality", text(), true),
        Field::new("flag", DataType::UInt8, false),
        Field::new("rules", DataType::UInt32, false),
        Field::new("disposition", DataType::UInt8, false),
        Field::new("revision", DataType::UInt64, false),
    ])
}

/// The text of a source's quality, for people who read the file with other tools.
fn quality_text(quality: SourceQuality) -> Option<String> {
    match quality {
        SourceQuality::None => None,
        SourceQuality::OpcUa(code) => Some(format!("opcua:{code}")),
        SourceQuality::Sparkplug(code) => Some(format!("sparkplug:{code}")),
    }
}

fn quality_of(text: &str) -> Option<SourceQuality> {
    let (kind, code) = text.split_once(':')?;
    match kind {
        "opcua" => code.parse().ok().map(SourceQuality::OpcUa),
        "sparkplug" => code.parse().ok().map(SourceQuality::Sparkplug),
        _ => None,
    }
}

/// Rows as columns.
pub(super) fn batch(
    rows: &[Row],
    channels: &[KnownChannel],
    schema: &Arc<Schema>,
) -> Result<RecordBatch, ArrowError> {
    let mut ids = StringDictionaryBuilder::<Int32Type>::new();
    let mut units = StringDictionaryBuilder::<Int32Type>::new();
    let mut qualities = StringDictionaryBuilder::<Int32Type>::new();
    let mut source_sequences = UInt64Builder::with_capacity(rows.len());
    for run in rows.chunk_by(|a, b| a.channel == b.channel) {
        let channel = &channels[run[0].channel as usize];
        ids.append_n(&channel.id, run.len())?;
        units.append_n(&channel.unit, run.len())?;
    }
    for run in rows.chunk_by(|a, b| a.quality == b.quality) {
        match quality_text(run[0].quality) {
            None => qualities.append_nulls(run.len()),
            Some(text) => {
                qualities.append_n(text, run.len())?;
            }
        }
    }
    for row in rows {
        source_sequences.append_option(row.source_sequence);
    }
    let instants = |time: fn(&Row) -> i64| -> ArrayRef {
        Arc::new(
            TimestampNanosecondArray::from_iter_values(rows.iter().map(time)).with_timezone("UTC"),
        )
    };
    let bytes = |byte: fn(&Row) -> u8| -> ArrayRef {
        Arc::new(UInt8Array::from_iter_values(rows.iter().map(byte)))
    };
    let counts = |count: fn(&Row) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(count)))
    };
    RecordBatch::try_new(
        Arc::clone(schema),
        vec![
            Arc::new(ids.finish()),
            instants(|row| row.time),
            instants(|row| row.received),
            counts(|row| row.sequence),
            Arc::new(source_sequences.finish()),
            Arc::new(Float64Array::from_iter_values(
                rows.iter().map(|row| row.value),
            )),
            Arc::new(units.finish()),
            Arc::new(qualities.finish()),
            bytes(|row| row.verdict.flag.code()),
            Arc::new(UInt32Array::from_iter_values(
                rows.iter().map(|row| row.verdict.rules.bits()),
            )),
            bytes(|row| row.verdict.disposition as u8),
            counts(|row| row.revision),
        ],
    )
}

/// Adds the rows of a batch, all of one channel, to `rows`. Columns that were
/// not read stay zero. The error is the end of a sentence.
pub(super) fn take_rows(
    batch: &RecordBatch,
    channel: u32,
    rows: &mut Vec<Row>,
) -> Result<(), String> {
    fn column<'batch, T: arrow_array::types::ArrowPrimitiveType>(
        batch: &'batch RecordBatch,
        name: &str,
    ) -> Result<&'batch [T::Native], String> {
        batch
            .column_by_name(name)
            .and_then(|column| column.as_primitive_opt::<T>())
            .filter(|column| column.null_count() == 0)
            .map(|column| column.values().as_ref())
            .ok_or_else(|| format!("column `{name}` is missing or of another type"))
    }
    let times = column::<TimestampNanosecondType>(batch, TIME)?;
    let sequences = column::<UInt64Type>(batch, SEQUENCE)?;
    let values = column::<Float64Type>(batch, VALUE)?;
    let flags = column::<UInt8Type>(batch, "flag")?;
    let rules = column::<UInt32Type>(batch, "rules")?;
    let dispositions = column::<UInt8Type>(batch, "disposition")?;
    let revisions = column::<UInt64Type>(batch, "revision")?;
    let begin = rows.len();
    rows.reserve(batch.num_rows());
    for place in 0..batch.num_rows() {
        rows.push(Row {
            channel,
            time: times[place],
            received: 0,
            sequence: sequences[place],
            source_sequence: None,
            value: values[place],
            quality: SourceQuality::None,
            verdict: verdict_of(flags[place], rules[place], dispositions[place])
                .ok_or("a verdict has a number that stands for nothing")?,
            revision: revisions[place],
        });
    }
    if batch.column_by_name("received").is_none() {
        return Ok(());
    }
    let received = column::<TimestampNanosecondType>(batch, "received")?;
    let source = batch
        .column_by_name("source_sequence")
        .and_then(|column| column.as_primitive_opt::<UInt64Type>())
        .ok_or("column `source_sequence` is missing or of another type")?;
    let quality = batch
        .column_by_name("quality")
        .and_then(|column| column.as_dictionary_opt::<Int32Type>())
        .ok_or("column `quality` is missing or of another type")?;
    let known = quality
        .values()
        .as_string_opt::<i32>()
        .ok_or("column `quality` holds no text")?;
    // A dictionary may hold more than is used, even what stands for nothing.
    let known: Vec<Option<SourceQuality>> =
        known.iter().map(|text| text.and_then(quality_of)).collect();
    for (place, row) in rows[begin..].iter_mut().enumerate() {
        row.received = received[place];
        row.source_sequence = source.is_valid(place).then(|| source.value(place));
        if let Some(key) = quality.key(place) {
            row.quality = known
                .get(key)
                .copied()
                .flatten()
                .ok_or("column `quality` holds a text that stands for nothing")?;
        }
    }
    Ok(())
}
