//! A Parquet file as the text that everything here looks at.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, TimeUnit};
use jiff::Timestamp;

use super::table::InferError;
use crate::twin::parquet_file::ParquetFile;
use crate::twin::write_atomically;

/// The first bytes of every Parquet file.
const MARK: [u8; 4] = *b"PAR1";
/// Cells read at a time.
const CELLS: usize = 1 << 16;

/// Whether a file is Parquet, by its first bytes.
///
/// # Errors
/// When it cannot be read.
pub fn is_parquet(path: &Path) -> Result<bool, InferError> {
    let failed = |source| InferError::File {
        name: path.display().to_string(),
        source,
    };
    let mut first = Vec::new();
    File::open(path)
        .map_err(failed)?
        .take(MARK.len() as u64)
        .read_to_end(&mut first)
        .map_err(failed)?;
    Ok(first == MARK)
}

/// Writes the columns of a Parquet file that hold numbers, text or instants as a
/// table of text, a row at a time. A field's metadata `unit` goes into its header.
///
/// # Errors
/// When the file is damaged, has no such column, or the table cannot be written.
pub fn write_parquet_as_csv(source: &Path, target: &Path) -> Result<(), InferError> {
    let name = source.display().to_string();
    let damaged = |error: &dyn std::fmt::Display| InferError::File {
        name: name.clone(),
        source: io::Error::other(format!("it is cut off or damaged: {error}")),
    };
    let file = File::open(source).map_err(|error| damaged(&error))?;
    let file = ParquetFile::open(file).map_err(|error| damaged(&error))?;
    let schema = file.schema().clone();
    let columns: Vec<usize> = (0..schema.fields().len())
        .filter(|column| is_readable(schema.field(*column).data_type()))
        .collect();
    if columns.is_empty() {
        return Err(InferError::NoTable { name });
    }
    let rows = (CELLS / columns.len()).max(1);
    let batches = file.batches(rows).map_err(|error| damaged(&error))?;
    let mut broken = None;
    let written = write_atomically(target, |out| {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(columns.iter().map(|column| header(schema.field(*column))))?;
        for batch in batches {
            match batch {
                Ok(batch) => write_batch(&batch, &columns, &mut table)?,
                Err(error) => {
                    broken = Some(damaged(&error));
                    return Err(io::Error::other("the source is damaged"));
                }
            }
        }
        table.flush()
    });
    match (broken, written) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(InferError::Write {
            name: target.display().to_string(),
            source: io::Error::other(error.to_string()),
        }),
        (None, Ok(_)) => Ok(()),
    }
}

fn header(field: &Field) -> String {
    match field.metadata().get("unit") {
        Some(unit) => format!("{} [{unit}]", field.name()),
        None => field.name().clone(),
    }
}

fn is_readable(kind: &DataType) -> bool {
    kind.is_integer()
        || matches!(
            kind,
            DataType::Float32
                | DataType::Float64
                | DataType::Boolean
                | DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Timestamp(..)
        )
}

fn write_batch(
    batch: &RecordBatch,
    columns: &[usize],
    table: &mut csv::Writer<impl io::Write>,
) -> io::Result<()> {
    let mut record = Vec::with_capacity(columns.len());
    for row in 0..batch.num_rows() {
        record.clear();
        record.extend(
            columns
                .iter()
                .map(|column| cell(batch.column(*column), row)),
        );
        table.write_record(&record)?;
    }
    Ok(())
}

/// One cell as text; empty where there is nothing.
fn cell(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return String::new();
    }
    match array.data_type() {
        DataType::Float64 => number::<Float64Type>(array, row),
        DataType::Float32 => number::<Float32Type>(array, row),
        DataType::Int64 => number::<Int64Type>(array, row),
        DataType::Int32 => number::<Int32Type>(array, row),
        DataType::Int16 => number::<Int16Type>(array, row),
        DataType::Int8 => number::<Int8Type>(array, row),
        DataType::UInt64 => number::<UInt64Type>(array, row),
        DataType::UInt32 => number::<UInt32Type>(array, row),
        DataType::UInt16 => number::<UInt16Type>(array, row),
        DataType::UInt8 => number::<UInt8Type>(array, row),
        DataType::Boolean => u8::from(array.as_boolean().value(row)).to_string(),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        DataType::Timestamp(unit, zone) => instant(array, row, *unit, zone.is_some()),
        _ => String::new(),
    }
}

fn number<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> String
where
    T::Native: ToString,
{
    array.as_primitive::<T>().value(row).to_string()
}

/// An instant with its offset from UTC, or without one where the file says none.
fn instant(array: &ArrayRef, row: usize, unit: TimeUnit, has_zone: bool) -> String {
    let (count, nanoseconds) = match unit {
        TimeUnit::Second => (
            array.as_primitive::<TimestampSecondType>().value(row),
            1_000_000_000,
        ),
        TimeUnit::Millisecond => (
            array.as_primitive::<TimestampMillisecondType>().value(row),
            1_000_000,
        ),
        TimeUnit::Microsecond => (
            array.as_primitive::<TimestampMicrosecondType>().value(row),
            1_000,
        ),
        TimeUnit::Nanosecond => (
            array.as_primitive::<TimestampNanosecondType>().value(row),
            1,
        ),
    };
    let Ok(instant) = Timestamp::from_nanosecond(i128::from(count) * nanoseconds) else {
        return String::new();
    };
    let text = instant.to_string();
    if has_zone {
        text
    } else {
        text.trim_end_matches('Z').replace('T', " ")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Float64Array, TimestampMillisecondArray};
    use arrow_schema::Schema;
    use parquet::arrow::ArrowWriter;

    use super::*;

    fn written(batch: &RecordBatch) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let handle = file.reopen().expect("the file");
        let mut writer = ArrowWriter::try_new(handle, batch.schema(), None).expect("a writer");
        writer.write(batch).expect("written");
        writer.close().expect("closed");
        file
    }

    #[test]
    fn numbers_units_gaps_and_instants_come_through() {
        let zoned = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        let schema = Schema::new(vec![
            Field::new("time", zoned.clone(), false),
            Field::new("T1", DataType::Float64, true).with_metadata([("unit", "Cel")]),
        ]);
        let times = TimestampMillisecondArray::from(vec![1_704_067_200_000, 1_704_067_201_500])
            .with_timezone("UTC");
        let values = Float64Array::from(vec![Some(21.25), None]);
        let batch = RecordBatch::try_new(
            Arc::new(schema),
            vec![Arc::new(times) as ArrayRef, Arc::new(values) as ArrayRef],
        )
        .expect("a batch");
        let file = written(&batch);
        assert!(is_parquet(file.path()).expect("readable"));
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("table.csv");
        write_parquet_as_csv(file.path(), &target).expect("a table");
        assert_eq!(
            std::fs::read_to_string(&target).expect("text"),
            "time,T1 [Cel]\n2024-01-01T00:00:00Z,21.25\n2024-01-01T00:00:01.5Z,\n"
        );
    }

    #[test]
    fn a_file_cut_off_says_so_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("cut.parquet");
        std::fs::write(&source, b"PAR1 and no more").expect("written");
        let target = folder.path().join("table.csv");
        let error = write_parquet_as_csv(&source, &target).expect_err("cut off");
        assert!(error.to_string().contains("cut off"), "{error}");
        assert!(!target.exists());
    }
}
