//! Fitted values as a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::quantity::{Distribution, Quantity, Unit};
use crate::twin::{
    Causality, FileError, Twin, Uncertainty, VariableIndex, VariableTable, write_atomically,
};

/// The version of the format that this program writes.
const FORMAT: u32 = 1;

/// Largest file read [byte].
const LARGEST_FILE: u64 = 1 << 20;

/// One fitted value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedValue {
    /// The value.
    pub value: Quantity,
    /// Its standard deviation, as a difference, where the data determine it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_deviation: Option<Quantity>,
}

/// Values found by a fit, with where they come from.
///
/// Parameters and inputs belong to the system; initial states belong to the
/// data they were fitted on and are used with that data only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterSet {
    /// Format version.
    pub format: u32,
    /// What the set is called on screens and in provenance.
    pub name: String,
    /// Id of the twin.
    pub twin: String,
    /// Digest of the document it was fitted with.
    pub twin_digest: String,
    /// Digest of the telemetry it was fitted on.
    pub data_digest: String,
    /// How the values were found.
    pub method: String,
    /// Number of residuals.
    pub samples: u64,
    /// Pooled root mean square error [SI unit of the measured variables].
    pub root_mean_square_error: f64,
    /// By variable: parameters and inputs.
    pub values: BTreeMap<String, FittedValue>,
    /// By variable: states at the beginning of the data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub initial_states: BTreeMap<String, FittedValue>,
}

/// A parameter set could not be written, read or used.
#[derive(Debug, thiserror::Error)]
pub enum ParameterSetError {
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text is no parameter set.
    #[error("`{path}` is not a parameter set: line {line}, column {column}: {problem}")]
    Syntax {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// It cannot be used with this twin.
    #[error("parameter set `{name}`: {problem}")]
    Unfit {
        /// Name of the set.
        name: String,
        /// What does not fit, and what to do.
        problem: String,
    },
    /// It could not be put into text.
    #[error("the parameter set cannot be written as RON: {0}")]
    Encode(#[from] ron::Error),
}

impl ParameterSet {
    pub(super) const FORMAT: u32 = FORMAT;

    /// The set as the text of its file.
    ///
    /// # Errors
    /// When it cannot be put into RON, which would be an error of this program.
    pub fn to_text(&self) -> Result<String, ParameterSetError> {
        let pretty = ron::ser::PrettyConfig::new().new_line("\n");
        let mut text = ron::ser::to_string_pretty(self, pretty)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads a set from the text of its file; `name` stands for it in errors.
    ///
    /// # Errors
    /// When the text is no parameter set that this program knows.
    pub fn from_text(text: &str, name: &str) -> Result<Self, ParameterSetError> {
        let set: Self = ron::from_str(text).map_err(|error| ParameterSetError::Syntax {
            path: name.to_owned(),
            line: error.span.start.line,
            column: error.span.start.col,
            problem: error.code.to_string(),
        })?;
        if set.format > FORMAT {
            return Err(ParameterSetError::Unfit {
                name: name.to_owned(),
                problem: format!(
                    "it has format {}, this program reads formats up to {FORMAT}; use the version \
                     of the program that wrote it",
                    set.format
                ),
            });
        }
        Ok(set)
    }

    /// Writes the set, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ParameterSetError> {
        let text = self.to_text()?;
        write_atomically(path, |out| out.write_all(text.as_bytes()))?;
        Ok(())
    }

    /// Reads a set.
    ///
    /// # Errors
    /// When the file cannot be read or is no parameter set.
    pub fn read(path: &Path) -> Result<Self, ParameterSetError> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
            .map_err(|source| FileError::read(path, source))?;
        let name = path.display().to_string();
        let text = match String::from_utf8(bytes) {
            Ok(text) if text.len() as u64 <= LARGEST_FILE => text,
            Ok(_) => {
                return Err(ParameterSetError::Unfit {
                    name,
                    problem: format!(
                        "it is larger than {LARGEST_FILE} bytes and so is no parameter set"
                    ),
                });
            }
            Err(_) => {
                return Err(ParameterSetError::Unfit {
                    name,
                    problem: "it is not UTF-8 text".to_owned(),
                });
            }
        };
        Self::from_text(&text, &name)
    }

    /// The twin with these values in place of its own.
    ///
    /// What is believed of a fitted value moves with it: an uncertain parameter
    /// becomes normal about the fitted value, as wide as the document's belief
    /// or the fit's standard deviation, whichever is narrower. (Draws of
    /// several parameters are independent, but errors of a fit go together:
    /// its standard deviations alone would make the bands too wide.)
    /// Uncertainties of inputs and states are additions and stay.
    ///
    /// # Errors
    /// When the set is of another twin, or a value does not fit its variable.
    pub fn applied_to(
        &self,
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Twin, ParameterSetError> {
        if self.twin != twin.id {
            return Err(self.unfit(format!(
                "it is for the twin `{}`, not `{}`; fit this twin with `--fit`",
                self.twin, twin.id
            )));
        }
        let mut result = twin.clone();
        result.provenance.parameters.clone_from(&self.name);
        for (path, fitted) in &self.values {
            let index = self.find(path, &fitted.value, variables)?;
            let variable = variables.get(index);
            if !matches!(variable.causality, Causality::Parameter | Causality::Input) {
                return Err(self.unfit(format!(
                    "`{path}` is neither a parameter nor an input and cannot be set"
                )));
            }
            result.assets[variable.asset]
                .parameters
                .insert(variable.quantity.to_owned(), fitted.value.clone());
            if variable.causality != Causality::Parameter {
                continue;
            }
            if let Some(belief) = result
                .uncertainties
                .iter_mut()
                .find(|one| one.variable == *path)
            {
                let unit = belief.unit.clone();
                let mean = unit.from_si(fitted.value.si());
                let believed = belief.distribution.standard_deviation();
                let width = fitted
                    .standard_deviation
                    .as_ref()
                    .map(|fitted| unit.difference_from_si(fitted.difference_si()))
                    .map_or(believed, |fitted| fitted.min(believed));
                // A belief that was exact stays so, at the new value.
                if width <= 0.0 {
                    belief.distribution = Distribution::Constant(mean);
                    continue;
                }
                *belief = normal(path, unit, mean, width)
                    .map_err(|problem| self.unfit(format!("`{path}`: {problem}")))?;
            }
        }
        Ok(result)
    }

    /// The initial states \[SI], when the set was fitted on the data with this
    /// digest; none otherwise.
    ///
    /// # Errors
    /// When a state does not fit its variable.
    pub fn initial_states_for(
        &self,
        data_digest: Option<&str>,
        variables: &VariableTable,
    ) -> Result<BTreeMap<VariableIndex, f64>, ParameterSetError> {
        if data_digest != Some(self.data_digest.as_str()) {
            return Ok(BTreeMap::new());
        }
        self.initial_states
            .iter()
            .map(|(path, fitted)| {
                let index = self.find(path, &fitted.value, variables)?;
                Ok((index, fitted.value.si()))
            })
            .collect()
    }

    fn find(
        &self,
        path: &str,
        value: &Quantity,
        variables: &VariableTable,
    ) -> Result<VariableIndex, ParameterSetError> {
        let index = variables.find(path).ok_or_else(|| {
            self.unfit(format!(
                "the twin has no variable `{path}`; it may have been renamed since the fit"
            ))
        })?;
        let variable = variables.get(index);
        if !value.unit().is_commensurable(&variable.unit) {
            return Err(self.unfit(format!(
                "`{path}` is {value}; expected a value in `{}` or a unit like it",
                variable.unit.code()
            )));
        }
        if !variable.bounds.contains(value.si()) {
            return Err(self.unfit(format!("`{path}` is {value}, which is out of its bounds")));
        }
        Ok(index)
    }

    fn unfit(&self, problem: String) -> ParameterSetError {
        ParameterSetError::Unfit {
            name: self.name.clone(),
            problem,
        }
    }
}

fn normal(
    variable: &str,
    unit: Unit,
    mean: f64,
    standard_deviation: f64,
) -> Result<Uncertainty, String> {
    let distribution = Distribution::Normal {
        mean,
        standard_deviation,
    };
    distribution.validate().map_err(|error| error.to_string())?;
    Ok(Uncertainty {
        variable: variable.to_owned(),
        unit,
        distribution,
    })
}
