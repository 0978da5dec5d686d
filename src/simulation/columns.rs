//! A table of columns over time, as Parquet and as CSV.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::quantity::{SimTime, Unit};
use crate::twin::parquet_file::ParquetFile;
use crate::twin::{FileError, write_atomically};

const TIME_NANOSECONDS: &str = "time_ns";
const TIME_SECONDS: &str = "time_s";

/// Rows of one Parquet row group. Fixed, so that equal tables make equal files.
const ROWS_PER_GROUP: usize = 1 << 17;

/// Rows read at a time.
const ROWS_AT_A_TIME: usize = 1 << 14;

/// A column of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name: `asset.quantity`.
    pub name: String,
    /// Unit that a reader of text sees. The values here and in Parquet are in
    /// the SI unit of the same dimension.
    pub unit: Unit,
    /// One value per time \[SI].
    pub values: Vec<f64>,
}

/// Columns of numbers over time, with what is to be known about them.
///
/// Parquet files hold SI: `time_ns` (whole nanoseconds since the epoch),
/// `time_s` (the same in seconds), and the columns, each with the field
/// metadata `unit` (of its values), `display_unit`. CSV files hold the columns'
/// own units, named in the header: `sensor_1.reading [Cel]`. Equal tables make
/// equal bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnTable {
    /// Time of each row.
    pub times: Vec<SimTime>,
    /// The columns; each as long as `times`.
    pub columns: Vec<Column>,
    /// Provenance, by key: `twin`, `seed`, `data_until`.
    pub metadata: BTreeMap<String, String>,
}

/// A table could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ColumnError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The table itself is at fault.
    #[error("{what} cannot be {verb}: {problem}")]
    Table {
        /// The file.
        what: String,
        /// `written` or `read`.
        verb: &'static str,
        /// What is wrong and what is expected.
        problem: String,
    },
}

impl ColumnTable {
    fn check(&self, path: &Path) -> Result<(), ColumnError> {
        match self
            .columns
            .iter()
            .find(|column| column.values.len() != self.times.len())
        {
            None => Ok(()),
            Some(column) => Err(ColumnError::Table {
                what: path.display().to_string(),
                verb: "written",
                problem: format!(
                    "column `{}` has {} values for {} times",
                    column.name,
                    column.values.len(),
                    self.times.len()
                ),
            }),
        }
    }

    /// Writes the table as Parquet, compressed with zstd.
    ///
    /// # Errors
    /// When a column has not one value per time, or the file cannot be written.
    pub fn write_parquet(&self, path: &Path) -> Result<(), ColumnError> {
        self.check(path)?;
        let batch = self.record_batch().map_err(|problem| ColumnError::Table {
            what: path.display().to_string(),
            verb: "written",
            problem,
        })?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(format!("counterpart {}", env!("CARGO_PKG_VERSION")))
            .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
            .build();
        write_atomically(path, |out| {
            let mut writer =
                ArrowWriter::try_new(out, batch.schema(), Some(properties)).map_err(into_io)?;
            writer.write(&batch).map_err(into_io)?;
            writer.close().map_err(into_io)?;
            Ok(())
        })?;
        Ok(())
    }

    fn record_batch(&self) -> Result<RecordBatch, String> {
        let mut fields = vec![
            Field::new(TIME_NANOSECONDS, DataType::Int64, false).with_metadata([("unit", "ns")]),
            Field::new(TIME_SECONDS, DataType::Float64, false).with_metadata([("unit", "s")]),
        ];
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(
                self.times.iter().map(|time| time.nanoseconds()),
            )),
            Arc::new(Float64Array::from_iter_values(
                self.times.iter().map(|time| time.as_seconds()),
            )),
        ];
        for column in &self.columns {
            let metadata = [
                ("unit", column.unit.dimension().si_code()),
                ("display_unit", column.unit.code().to_owned()),
            ];
            fields.push(Field::new(&column.name, DataType::Float64, false).with_metadata(metadata));
            arrays.push(Arc::new(Float64Array::from(column.values.clone())));
        }
        let schema = Schema::new(fields).with_metadata(self.metadata.clone());
        RecordBatch::try_new(Arc::new(schema), arrays).map_err(|error| error.to_string())
    }

    /// Reads back what [`ColumnTable::write_parquet`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read or is no such table.
    pub fn read_parquet(path: &Path) -> Result<Self, ColumnError> {
        let file = File::open(path).map_err(|source| FileError::read(path, source))?;
        Self::from_parquet(file).map_err(|problem| ColumnError::Table {
            what: path.display().to_string(),
            verb: "read",
            problem,
        })
    }

    fn from_parquet(file: File) -> Result<Self, String> {
        let text = |error: io::Error| {
            format!("it is no Parquet file, or it is cut off or damaged: {error}")
        };
        let file = ParquetFile::open(file).map_err(text)?;
        let schema = Arc::clone(file.schema());
        let time_position = schema
            .index_of(TIME_NANOSECONDS)
            .map_err(|_| format!("it has no column `{TIME_NANOSECONDS}`"))?;
        let mut table = Self {
            metadata: schema
                .metadata()
                .iter()
                // The reader adds the encoded schema to what was written.
                .filter(|(key, _)| !key.starts_with("ARROW:"))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            ..Self::default()
        };
        let mut positions = Vec::new();
        for (position, field) in schema.fields().iter().enumerate() {
            if field.name() == TIME_NANOSECONDS || field.name() == TIME_SECONDS {
                continue;
            }
            let code = field
                .metadata()
                .get("display_unit")
                .ok_or_else(|| format!("column `{}` states no unit", field.name()))?;
            positions.push(position);
            table.columns.push(Column {
                name: field.name().clone(),
                unit: Unit::parse(code).map_err(|error| error.to_string())?,
                values: Vec::new(),
            });
        }
        for batch in file.batches(ROWS_AT_A_TIME).map_err(text)? {
            let batch = batch.map_err(text)?;
            let times = batch
                .column(time_position)
                .as_primitive_opt::<Int64Type>()
                .ok_or_else(|| {
                    format!("column `{TIME_NANOSECONDS}` does not hold whole numbers")
                })?;
            table.times.extend(
                times
                    .values()
                    .iter()
                    .copied()
                    .map(SimTime::from_nanoseconds),
            );
            for (column, position) in table.columns.iter_mut().zip(&positions) {
                let values = batch
                    .column(*position)
                    .as_primitive_opt::<Float64Type>()
                    .ok_or_else(|| format!("column `{}` does not hold numbers", column.name))?;
                column.values.extend_from_slice(values.values());
            }
        }
        Ok(table)
    }

    /// Writes the table as CSV in the columns' own units, with a header of
    /// names and units. Numbers are the shortest that read back to the same
    /// value.
    ///
    /// # Errors
    /// When a column has not one value per time, or the file cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<(), ColumnError> {
        self.check(path)?;
        write_atomically(path, |out| {
            let mut writer = csv::Writer::from_writer(out);
            writer.write_field("time [s]")?;
            for column in &self.columns {
                writer.write_field(format!("{} [{}]", column.name, column.unit.code()))?;
            }
            writer.write_record(None::<&[u8]>)?;
            for (row, time) in self.times.iter().enumerate() {
                writer.write_field(time.as_seconds().to_string())?;
                for column in &self.columns {
                    writer.write_field(column.unit.from_si(column.values[row]).to_string())?;
                }
                writer.write_record(None::<&[u8]>)?;
            }
            writer.flush()
        })?;
        Ok(())
    }
}

fn into_io(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(rows: i64) -> ColumnTable {
        let column = |name: &str, unit: &'static str, factor: f64| Column {
            name: name.to_owned(),
            unit: Unit::known(unit),
            values: (0..rows).map(|row| row as f64 * factor).collect(),
        };
        ColumnTable {
            times: (0..rows).map(SimTime::from_nanoseconds).collect(),
            columns: vec![
                column("tank.level", "m", 0.25),
                column("pump.flow", "L/s", 1e-3),
            ],
            metadata: [("seed".to_owned(), "7".to_owned())].into(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_table_that_is_damaged_anywhere_is_read_or_refused(
            rows in 0..2_000_i64,
            changes in prop::collection::vec((0.0..1.0_f64, any::<u8>()), 0..4),
            end in 0.5..3.0_f64,
        ) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("table.parquet");
            let table = table(rows);
            table.write_parquet(&path).expect("written");
            prop_assert_eq!(&ColumnTable::read_parquet(&path).expect("read"), &table);
            let mut bytes = std::fs::read(&path).expect("bytes");
            for (place, byte) in &changes {
                let place = (place * bytes.len() as f64) as usize;
                bytes[place] = *byte;
            }
            // Now and then it is cut off as well.
            bytes.truncate((end * bytes.len() as f64) as usize);
            std::fs::write(&path, bytes).expect("written");
            if let Err(error) = ColumnTable::read_parquet(&path) {
                prop_assert!(error.to_string().contains("table.parquet"), "{}", error);
            }
        }
    }
}
