//! The files of a run.

use std::io::Write;
use std::path::Path;

use super::error::LiveError;
use super::session::Session;
use crate::inference::Fit;
use crate::simulation::{
    Column, ColumnTable, Ensemble, FileDigest, Provenance, Trajectory, digest_file,
};
use crate::twin::write_atomically;

/// Everything that a run writes.
pub(super) struct Outputs<'a> {
    /// Where to.
    pub folder: &'a Path,
    /// The session at its end.
    pub session: &'a Session,
    /// The ensemble over the run, if there was one.
    pub ensemble: Option<&'a Ensemble>,
    /// The fit, if there was one.
    pub fit: Option<&'a Fit>,
    /// What the results are made from.
    pub provenance: &'a Provenance,
}

impl Outputs<'_> {
    /// Writes the files and gives their digests, in order of name.
    pub fn write(&self) -> Result<Vec<FileDigest>, LiveError> {
        let variables = self.session.variables();
        let trajectory = self.trajectory();
        let mut names = vec!["trajectory.csv", "trajectory.parquet"];
        trajectory.write_csv(&self.folder.join("trajectory.csv"), variables)?;
        trajectory.write_parquet(
            &self.folder.join("trajectory.parquet"),
            variables,
            self.provenance,
        )?;
        if self
            .session
            .channels()
            .iter()
            .any(|channel| !channel.residuals.is_empty())
        {
            self.write_residuals(&self.folder.join("residuals.csv"))?;
            names.push("residuals.csv");
        }
        if let Some(ensemble) = self.ensemble {
            self.bands(ensemble)
                .write_csv(&self.folder.join("bands.csv"))?;
            names.push("bands.csv");
        }
        if let Some(fit) = self.fit {
            fit.parameters.write(&self.folder.join("parameters.ron"))?;
            names.push("parameters.ron");
        }
        names.sort_unstable();
        names
            .into_iter()
            .map(|name| {
                Ok(FileDigest {
                    path: name.to_owned(),
                    blake3: digest_file(&self.folder.join(name))?,
                })
            })
            .collect()
    }

    fn trajectory(&self) -> Trajectory {
        let history = self.session.history();
        let mut trajectory = Trajectory::of_all(self.session.variables());
        trajectory.times = history.times().to_vec();
        trajectory.columns = trajectory
            .variables
            .iter()
            .map(|variable| history.column(*variable).collect())
            .collect();
        trajectory
    }

    fn bands(&self, ensemble: &Ensemble) -> ColumnTable {
        let variables = self.session.variables();
        let columns = ensemble
            .record()
            .iter()
            .filter_map(|index| Some((variables.get(*index), ensemble.bands(*index)?)))
            .flat_map(|(variable, bands)| {
                bands.columns().map(|(suffix, values)| Column {
                    name: format!("{}.{suffix}", variable.path),
                    unit: variable.unit.clone(),
                    values: values.to_vec(),
                })
            })
            .collect();
        ColumnTable {
            times: ensemble.times().to_vec(),
            columns,
            metadata: self.provenance.metadata(),
        }
    }

    /// One line per comparison: channels have samples at times of their own.
    fn write_residuals(&self, path: &Path) -> Result<(), LiveError> {
        write_atomically(path, |out| {
            writeln!(out, "time_s,channel,unit,residual")?;
            for channel in self.session.channels() {
                let unit = self.session.observation_unit(channel.channel);
                for residual in &channel.residuals {
                    writeln!(
                        out,
                        "{},{},{},{}",
                        residual.time.as_seconds(),
                        channel.id,
                        unit.difference_symbol(),
                        unit.difference_from_si(residual.value)
                    )?;
                }
            }
            Ok(())
        })?;
        Ok(())
    }
}
