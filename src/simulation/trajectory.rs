//! Time by variable: what a run did.

use std::collections::BTreeMap;
use std::path::Path;

use super::columns::{Column, ColumnError, ColumnTable};
use super::{Bands, Simulation};
use crate::quantity::SimTime;
use crate::twin::{VariableIndex, VariableTable};

/// What a result is made from; carried by every file of results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Id and version of the twin: `tclab 1.0.0`.
    pub twin: String,
    /// BLAKE3 digest of the twin document, in hexadecimal.
    pub twin_digest: String,
    /// Name of the parameter set.
    pub parameters: String,
    /// The scenario, if one was run.
    pub scenario: Option<String>,
    /// What befell assets besides, as text.
    pub what_if: Vec<String>,
    /// Run seed, where anything was drawn.
    pub seed: Option<u64>,
    /// The instant that time zero stands for, ISO 8601.
    pub epoch: String,
    /// The last instant of which data was used, ISO 8601.
    pub data_until: Option<String>,
}

impl Provenance {
    /// The provenance as keys and values, with the program's version.
    #[must_use]
    pub fn metadata(&self) -> BTreeMap<String, String> {
        let mut metadata = BTreeMap::from([
            (
                "program".to_owned(),
                format!("counterpart {}", env!("CARGO_PKG_VERSION")),
            ),
            ("twin".to_owned(), self.twin.clone()),
            ("twin_digest".to_owned(), self.twin_digest.clone()),
            ("parameters".to_owned(), self.parameters.clone()),
            ("epoch".to_owned(), self.epoch.clone()),
        ]);
        let seed = self.seed.map(|seed| seed.to_string());
        let what_if = (!self.what_if.is_empty()).then(|| self.what_if.join("; "));
        for (key, value) in [
            ("scenario", &self.scenario),
            ("what_if", &what_if),
            ("seed", &seed),
            ("data_until", &self.data_until),
        ] {
            if let Some(value) = value {
                metadata.insert(key.to_owned(), value.clone());
            }
        }
        metadata
    }
}

/// The values of chosen variables at chosen instants, by column, in SI.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    /// The instants, rising.
    pub times: Vec<SimTime>,
    /// The variables, one per column.
    pub variables: Vec<VariableIndex>,
    /// One column per variable with one value \[SI] per time.
    pub columns: Vec<Vec<f64>>,
}

impl Trajectory {
    /// An empty trajectory of the given variables.
    #[must_use]
    pub fn new(variables: Vec<VariableIndex>) -> Self {
        Self {
            times: Vec::new(),
            columns: vec![Vec::new(); variables.len()],
            variables,
        }
    }

    /// An empty trajectory of every variable.
    #[must_use]
    pub fn of_all(variables: &VariableTable) -> Self {
        Self::new(variables.iter().map(|(index, _)| index).collect())
    }

    /// Makes room for `rows` more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.times.reserve(rows);
        for column in &mut self.columns {
            column.reserve(rows);
        }
    }

    /// Adds what the simulation holds now as one more row.
    pub fn record(&mut self, simulation: &Simulation) {
        self.times.push(simulation.time());
        for (column, variable) in self.columns.iter_mut().zip(&self.variables) {
            column.push(simulation.value(*variable));
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The column of a variable, if it is stored.
    #[must_use]
    pub fn column(&self, variable: VariableIndex) -> Option<&[f64]> {
        let position = self.variables.iter().position(|one| *one == variable)?;
        self.columns.get(position).map(Vec::as_slice)
    }

    /// The trajectory as a table of named columns.
    #[must_use]
    pub fn table(&self, variables: &VariableTable, provenance: &Provenance) -> ColumnTable {
        let columns = self
            .variables
            .iter()
            .zip(&self.columns)
            .map(|(index, values)| {
                let variable = variables.get(*index);
                Column {
                    name: variable.path.clone(),
                    unit: variable.unit.clone(),
                    values: values.clone(),
                }
            })
            .collect();
        ColumnTable {
            times: self.times.clone(),
            columns,
            metadata: provenance.metadata(),
        }
    }

    /// Writes the trajectory as Parquet; see [`ColumnTable`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_parquet(
        &self,
        path: &Path,
        variables: &VariableTable,
        provenance: &Provenance,
    ) -> Result<(), ColumnError> {
        self.table(variables, provenance).write_parquet(path)
    }

    /// Writes the trajectory as CSV in document units; see [`ColumnTable`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: &Path, variables: &VariableTable) -> Result<(), ColumnError> {
        self.table(variables, &Provenance::default())
            .write_csv(path)
    }

    /// Reads back what [`Trajectory::write_parquet`] wrote, for a twin with the
    /// same variables.
    ///
    /// # Errors
    /// When the file cannot be read, is no trajectory or holds a variable that
    /// the twin does not have.
    pub fn read_parquet(path: &Path, variables: &VariableTable) -> Result<Self, ColumnError> {
        let table = ColumnTable::read_parquet(path)?;
        let mut trajectory = Self {
            times: table.times,
            ..Self::default()
        };
        for column in table.columns {
            let Some(index) = variables.find(&column.name) else {
                return Err(ColumnError::Table {
                    what: path.display().to_string(),
                    verb: "read",
                    problem: format!("the twin has no variable `{}`", column.name),
                });
            };
            trajectory.variables.push(index);
            trajectory.columns.push(column.values);
        }
        Ok(trajectory)
    }
}

/// Bands of several variables as one table: columns `asset.quantity.p05` and so on.
///
/// All bands must be of the same ensemble and so have the same times.
#[must_use]
pub fn band_table(
    bands: &[(VariableIndex, Bands)],
    variables: &VariableTable,
    provenance: &Provenance,
) -> ColumnTable {
    let times = bands
        .first()
        .map(|(_, band)| band.times.clone())
        .unwrap_or_default();
    let mut columns = Vec::new();
    for (index, band) in bands {
        let variable = variables.get(*index);
        for (suffix, values) in band.columns() {
            columns.push(Column {
                name: format!("{}.{suffix}", variable.path),
                unit: variable.unit.clone(),
                values: values.to_vec(),
            });
        }
    }
    ColumnTable {
        times,
        columns,
        metadata: provenance.metadata(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_models::{at, index, lag_simulation, lag_twin};
    use super::super::{Simulation, digest_file};
    use super::*;

    fn recorded() -> (Simulation, Trajectory) {
        let mut simulation = lag_simulation(&lag_twin(2));
        let mut trajectory = Trajectory::of_all(simulation.variables());
        simulation.set_input(index(&simulation, "lag_1.command"), 0.35);
        trajectory.record(&simulation);
        for _ in 0..50 {
            simulation.step().expect("a step");
            trajectory.record(&simulation);
        }
        (simulation, trajectory)
    }

    fn provenance() -> Provenance {
        Provenance {
            twin: "lags 1".to_owned(),
            seed: Some(7),
            ..Provenance::default()
        }
    }

    #[test]
    fn parquet_reads_back_bit_for_bit_with_its_provenance() {
        let (simulation, trajectory) = recorded();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("trajectory.parquet");
        let variables = simulation.variables();
        trajectory
            .write_parquet(&path, variables, &provenance())
            .expect("written");
        let read = Trajectory::read_parquet(&path, variables).expect("read");
        assert_eq!(read, trajectory);
        let table = ColumnTable::read_parquet(&path).expect("read");
        assert_eq!(table.metadata, provenance().metadata());
        assert_eq!(table.columns[3].unit.code(), "%");
    }

    #[test]
    fn the_same_trajectory_writes_the_same_bytes() {
        let (simulation, trajectory) = recorded();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let digests = ["a", "b"].map(|name| {
            let path = folder.path().join(name);
            trajectory
                .write_parquet(&path, simulation.variables(), &provenance())
                .expect("written");
            digest_file(&path).expect("read")
        });
        assert_eq!(digests[0], digests[1]);
    }

    #[test]
    fn csv_has_document_units_in_its_header_and_numbers() {
        let (simulation, trajectory) = recorded();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("trajectory.csv");
        trajectory
            .write_csv(&path, simulation.variables())
            .expect("written");
        let mut reader = csv::Reader::from_path(&path).expect("a file");
        let header = reader.headers().expect("a header").clone();
        assert_eq!(header.get(0), Some("time [s]"));
        let column = header
            .iter()
            .position(|name| name == "lag_1.command [%]")
            .expect("a column");
        let level = header
            .iter()
            .position(|name| name == "lag_1.level [K]")
            .expect("a column");
        let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 51);
        assert_eq!(rows[50].get(0), Some("50"));
        let command: f64 = rows[50][column].parse().expect("a number");
        assert!((command - 35.0).abs() < 1e-12);
        // Kelvin is SI: written so that the very same number is read back.
        let written: f64 = rows[50][level].parse().expect("a number");
        assert_eq!(written, simulation.value(index(&simulation, "lag_1.level")));
    }

    #[test]
    fn a_variable_that_the_twin_lacks_is_named() {
        let (simulation, trajectory) = recorded();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("trajectory.parquet");
        trajectory
            .write_parquet(&path, simulation.variables(), &provenance())
            .expect("written");
        let smaller = lag_simulation(&lag_twin(1));
        let error =
            Trajectory::read_parquet(&path, smaller.variables()).expect_err("an unknown variable");
        assert!(error.to_string().contains("lag_2."), "{error}");
    }

    #[test]
    fn what_is_no_parquet_file_is_refused_without_a_panic() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("trajectory.parquet");
        let simulation = lag_simulation(&lag_twin(1));
        assert!(Trajectory::read_parquet(&path, simulation.variables()).is_err());
        for content in [&b""[..], b"PAR1", b"time,lag_1.level\n0,1\n"] {
            std::fs::write(&path, content).expect("written");
            assert!(Trajectory::read_parquet(&path, simulation.variables()).is_err());
        }
    }

    #[test]
    fn a_column_of_the_wrong_length_is_not_written() {
        let (simulation, mut trajectory) = recorded();
        trajectory.columns[0].pop();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("trajectory.parquet");
        let error = trajectory
            .write_parquet(&path, simulation.variables(), &provenance())
            .expect_err("a short column");
        assert!(
            error.to_string().contains("50 values for 51 times"),
            "{error}"
        );
        assert!(!path.exists());
    }

    #[test]
    fn bands_become_five_columns_each() {
        let simulation = lag_simulation(&lag_twin(1));
        let reading = index(&simulation, "lag_1.reading");
        let bands = Bands {
            times: vec![at(0)],
            p05: vec![1.0],
            p25: vec![2.0],
            p50: vec![3.0],
            p75: vec![4.0],
            p95: vec![5.0],
        };
        let table = band_table(&[(reading, bands)], simulation.variables(), &provenance());
        let names: Vec<_> = table.columns.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names.len(), 5);
        assert_eq!(names[0], "lag_1.reading.p05");
        assert_eq!(table.columns[4].values, [5.0]);
    }
}
