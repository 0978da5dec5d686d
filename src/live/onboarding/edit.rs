//! What a person changes of what was proposed.

use super::Onboarding;
use crate::live::error::LiveError;
use crate::quantity::{SimDuration, Unit};
use crate::telemetry::infer::{self, ColumnProposal, Proposed};

/// Something proposed for a column that can be typed instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnField {
    /// The unit of its numbers.
    Unit,
    /// The time between samples.
    Period,
    /// The range of normal operation, in the column's unit.
    Range,
    /// The smallest step, in the column's unit.
    Resolution,
}

impl ColumnField {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Unit, Self::Period, Self::Range, Self::Resolution];

    /// Its name, on the screen and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Period => "period",
            Self::Range => "range",
            Self::Resolution => "resolution",
        }
    }
}

/// A change of what is proposed for one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnEdit {
    /// Its header, or its name without the unit.
    pub column: String,
    /// What of it.
    pub field: ColumnField,
    /// What a person typed: `degC`, `1 s`, `20 to 60`, `0.1`. Nothing takes the
    /// proposal away.
    pub text: String,
}

impl ColumnEdit {
    /// Reads `T1.unit=degC`, as it stands on the command line.
    ///
    /// # Errors
    /// In words, when it is none.
    pub fn parse(text: &str) -> Result<Self, LiveError> {
        let read = text.split_once('=').and_then(|(place, value)| {
            let (column, field) = place.rsplit_once('.')?;
            let field = ColumnField::ALL
                .into_iter()
                .find(|one| one.name() == field.trim())?;
            Some(Self {
                column: column.trim().to_owned(),
                field,
                text: value.trim().to_owned(),
            })
        });
        read.ok_or_else(|| {
            LiveError::Request(format!(
                "`{text}` changes nothing; write `column.unit=degC`, or `period`, `range` or \
                 `resolution` in place of `unit`"
            ))
        })
    }
}

impl Onboarding {
    /// Assigns a column to a channel or variable by a person's choice, and accepts
    /// it; an empty target leaves the column out.
    ///
    /// # Errors
    /// When there is no such column, or no such channel or variable.
    pub fn assign(&mut self, column: &str, target: &str) -> Result<(), LiveError> {
        let (twin, variables) = match &self.twin {
            Some(loaded) => (loaded.twin.clone(), loaded.variables.clone()),
            None => return self.loaded().map(|_| ()),
        };
        let found = self.column_mut(column)?;
        if target.is_empty() {
            found.is_accepted = false;
            found.target = None;
            return Ok(());
        }
        let chosen = infer::target_named(target, &twin, &variables).ok_or_else(|| {
            let ids: Vec<String> = twin
                .channels
                .iter()
                .map(|channel| format!("`{}`", channel.id))
                .collect();
            LiveError::Request(format!(
                "the twin has no channel or variable `{target}`; its channels are {}",
                ids.join(", ")
            ))
        })?;
        // What it was goes back among the alternatives: a choice can be undone.
        if let Some(before) = found.target.take().filter(|one| !one.is_chosen)
            && before.value != chosen
        {
            found.alternatives.insert(0, before);
        }
        found.alternatives.retain(|one| one.value != chosen);
        found.target = Some(Proposed::chosen(chosen));
        found.is_accepted = true;
        Ok(())
    }

    /// Makes a column a channel, or leaves it out; what it would be stays proposed.
    ///
    /// # Errors
    /// When there is no such column, or nobody knows what it is.
    pub fn take_column(&mut self, column: &str, taken: bool) -> Result<(), LiveError> {
        let found = self.column_mut(column)?;
        if taken && found.target.is_none() {
            return Err(LiveError::Request(format!(
                "nothing is known of what `{column}` is; choose what it measures or drives"
            )));
        }
        found.is_accepted = taken;
        Ok(())
    }

    /// Replaces what is proposed for a column by what a person typed.
    ///
    /// # Errors
    /// When there is no such column, or the text is none of what was asked for.
    pub fn edit(&mut self, edit: &ColumnEdit) -> Result<(), LiveError> {
        let measured = self.measured_unit(&edit.column);
        let column = self.column_mut(&edit.column)?;
        let text = edit.text.trim();
        let refuse = |expected: &str| {
            LiveError::Request(format!(
                "`{text}` is no {} for `{}`: expected {expected}",
                edit.field.name(),
                edit.column
            ))
        };
        if text.is_empty() {
            match edit.field {
                ColumnField::Unit => column.unit = None,
                ColumnField::Period => column.period = None,
                ColumnField::Range => column.operational = None,
                ColumnField::Resolution => column.resolution = None,
            }
            return Ok(());
        }
        match edit.field {
            ColumnField::Unit => {
                let unit = Unit::parse_lenient(text)
                    .map_err(|error| refuse(&format!("a unit such as `degC` or `%` ({error})")))?;
                if let Some(measured) = measured
                    && !infer::fits(&unit, &measured)
                {
                    return Err(refuse(&format!(
                        "one of the same kind as `{}`",
                        measured.code()
                    )));
                }
                column.unit = Some(Proposed::chosen(unit));
            }
            ColumnField::Period => {
                let period = SimDuration::parse(text)
                    .ok()
                    .filter(|one| *one > SimDuration::ZERO)
                    .ok_or_else(|| refuse("a duration such as `1 s` or `15 min`"))?;
                column.period = Some(Proposed::chosen(period));
            }
            ColumnField::Range => {
                let range = read_range(text)
                    .ok_or_else(|| refuse("two numbers, the lower first, such as `20 to 60`"))?;
                column.operational = Some(Proposed::chosen(range));
            }
            ColumnField::Resolution => {
                let step = read_number(text)
                    .filter(|step| *step > 0.0)
                    .ok_or_else(|| refuse("a number above zero such as `0.1`"))?;
                column.resolution = Some(Proposed::chosen(step));
            }
        }
        Ok(())
    }

    /// The unit of the variable that a column is to measure or drive.
    fn measured_unit(&self, column: &str) -> Option<Unit> {
        let loaded = self.twin.as_ref()?;
        let target = self.column(column)?.target.as_ref()?;
        let variable = loaded.variables.find(&target.value.variable)?;
        Some(loaded.variables.get(variable).unit.clone())
    }

    /// The column of this header, or of this name without a unit.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnProposal> {
        let columns = &self.inference.columns;
        columns
            .iter()
            .find(|one| one.header == name)
            .or_else(|| columns.iter().find(|one| one.name == name))
    }

    fn column_mut(&mut self, name: &str) -> Result<&mut ColumnProposal, LiveError> {
        let columns = &self.inference.columns;
        let position = columns
            .iter()
            .position(|one| one.header == name)
            .or_else(|| columns.iter().position(|one| one.name == name));
        let Some(position) = position else {
            return Err(LiveError::Request(format!(
                "there is no column `{name}`{}",
                self.columns_text()
            )));
        };
        Ok(&mut self.inference.columns[position])
    }

    fn columns_text(&self) -> String {
        let known: Vec<String> = self
            .inference
            .columns
            .iter()
            .map(|one| format!("`{}`", one.header))
            .collect();
        format!("; the file has {}", known.join(", "))
    }
}

/// `20 to 60`, `20 … 60`, `20, 60`.
fn read_range(text: &str) -> Option<(f64, f64)> {
    let (low, high) = [" to ", "…", "..", ";", ","]
        .iter()
        .find_map(|between| text.split_once(between))?;
    let (low, high) = (read_number(low)?, read_number(high)?);
    (low < high).then_some((low, high))
}

fn read_number(text: &str) -> Option<f64> {
    text.trim()
        .replace('−', "-")
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_on_the_command_line_names_column_field_and_value() {
        let edit = ColumnEdit::parse("temp. sensor.unit = degC").expect("a change");
        assert_eq!(edit.column, "temp. sensor");
        assert_eq!(edit.field, ColumnField::Unit);
        assert_eq!(edit.text, "degC");
        for text in ["T1=degC", "T1.colour=red", "T1"] {
            let error = ColumnEdit::parse(text).expect_err(text).to_string();
            assert!(error.contains("column.unit=degC"), "{error}");
        }
    }

    #[test]
    fn ranges_are_read_as_people_write_them() {
        for text in ["20 to 60", "20 … 60", "20..60", "20, 60"] {
            assert_eq!(read_range(text), Some((20.0, 60.0)), "{text}");
        }
        assert_eq!(read_range("−5 to 5"), Some((-5.0, 5.0)));
        for text in ["60 to 20", "20", "warm to hot", "0 to inf"] {
            assert_eq!(read_range(text), None, "{text}");
        }
    }
}
