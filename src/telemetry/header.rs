//! Which column of a telemetry file is which channel, in which unit.

use std::str::FromStr;

use jiff::tz::TimeZone;

use super::problem::{TelemetryProblem, list, shortened};
use crate::quantity::Unit;
use crate::twin::{ChannelRole, Evolution, Twin, VariableIndex, VariableTable};

/// Names of the time column, in small letters.
pub(super) const TIME_NAMES: [&str; 3] = ["t", "time", "timestamp"];

/// Columns without a channel that are compared with the channels' names, to say
/// which one may be meant: of a file with a million columns not all are.
const MOST_COMPARED: usize = 1_000;

/// A column assignment beyond those of the document, written
/// `column=channel:unit` or `column=channel`.
///
/// ```
/// use counterpart::telemetry::ColumnMapping;
///
/// let mapping: ColumnMapping = "Temp 1=T1:degF".parse()?;
/// assert_eq!(mapping.column, "Temp 1");
/// assert_eq!(mapping.channel, "T1");
/// assert_eq!(mapping.unit.map(|unit| unit.code().to_owned()), Some("[degF]".to_owned()));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnMapping {
    /// Header of the column, with or without its unit.
    pub column: String,
    /// Id of the channel it holds.
    pub channel: String,
    /// Unit of its numbers, where neither header nor channel says it.
    pub unit: Option<Unit>,
}

impl FromStr for ColumnMapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // From the right: a header may hold `=`, an id may not.
        let Some((column, channel)) = text.rsplit_once('=') else {
            return Err(format!(
                "`{}` is not a column assignment; write `column=channel` or `column=channel:unit`",
                shortened(text)
            ));
        };
        let (channel, unit) = match channel.split_once(':') {
            None => (channel, None),
            Some((channel, unit)) => (
                channel,
                Some(Unit::parse_lenient(unit).map_err(|error| error.to_string())?),
            ),
        };
        let (column, channel) = (column.trim(), channel.trim());
        if column.is_empty() || channel.is_empty() {
            return Err(format!(
                "`{}` names no column or no channel; write `column=channel:unit`",
                shortened(text)
            ));
        }
        Ok(Self {
            column: column.to_owned(),
            channel: channel.to_owned(),
            unit,
        })
    }
}

/// A column that holds samples of a channel.
#[derive(Clone, Debug)]
pub(super) struct ChannelColumn {
    /// Position in the row.
    pub(super) field: usize,
    /// Position of the channel in the document.
    pub(super) channel: usize,
    /// The variable that the channel drives or measures.
    pub(super) variable: VariableIndex,
    /// Unit of the numbers.
    pub(super) unit: Unit,
}

/// What a header says.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// Number of fields.
    pub(super) fields: usize,
    /// Position of the time column.
    pub(super) time_field: usize,
    /// Unit of times that are numbers.
    pub(super) time_unit: Unit,
    /// Zone of times without an offset.
    pub(super) zone: Option<TimeZone>,
    /// The channels' columns, in order of position.
    pub(super) columns: Vec<ChannelColumn>,
    /// Headers of columns that belong to no channel.
    pub(super) ignored: Vec<String>,
    /// What else there is to say.
    pub(super) warnings: Vec<String>,
}

/// `T1 [degC]` or `T1 (°C)`: the name and the unit's text.
pub(super) fn name_and_unit(cell: &str) -> (&str, Option<&str>) {
    let cell = cell.trim();
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some(inside) = cell.strip_suffix(close) {
            // `T1 [[degF]]`: UCUM codes have brackets of their own.
            let start = match inside.find(open) {
                Some(start) if start > 0 => start,
                _ => continue,
            };
            return (cell[..start].trim(), Some(inside[start + 1..].trim()));
        }
    }
    (cell, None)
}

impl Header {
    /// Finds time and channels among the header's cells.
    pub(super) fn new(
        cells: &[String],
        twin: &Twin,
        variables: &VariableTable,
        mappings: &[ColumnMapping],
    ) -> Result<Self, TelemetryProblem> {
        check_mappings(cells, twin, mappings)?;
        let mut header = Self {
            fields: cells.len(),
            time_field: usize::MAX,
            time_unit: Unit::known("s"),
            zone: None,
            columns: Vec::new(),
            ignored: Vec::new(),
            warnings: Vec::new(),
        };
        let mut unknown = Vec::new();
        for (field, cell) in cells.iter().enumerate() {
            let whole = cell.trim();
            let (name, unit_text) = name_and_unit(whole);
            let mapping = mappings
                .iter()
                .find(|one| one.column == whole || one.column == name);
            let found = match mapping {
                Some(mapping) => twin
                    .channels
                    .iter()
                    .position(|channel| channel.id == mapping.channel),
                None => channel_named(whole, twin)
                    .or_else(|| channel_named(name, twin))
                    .or_else(|| header.channel_renamed(name, twin)),
            };
            if let Some(channel) = found {
                header.add_channel(field, channel, cells, unit_text, mapping, twin, variables)?;
            } else if TIME_NAMES.contains(&name.to_lowercase().as_str()) {
                header.set_time(field, cells, unit_text)?;
            } else {
                header.ignored.push(whole.to_owned());
                let known = twin
                    .evolution
                    .iter()
                    .any(|change| matches!(change, Evolution::Added { column } if column == name));
                if !known {
                    unknown.push(name);
                }
            }
        }
        if header.time_field == usize::MAX {
            return Err(TelemetryProblem::NoTimeColumn {
                columns: list(cells.iter().map(String::as_str)),
            });
        }
        if header.columns.is_empty() {
            return Err(TelemetryProblem::NoChannel {
                columns: list(cells.iter().map(String::as_str)),
                expected: list(twin.channels.iter().map(column_name)),
            });
        }
        header.warn(&unknown, twin);
        Ok(header)
    }

    /// The channel that reads a column which the document says to be renamed.
    fn channel_renamed(&mut self, name: &str, twin: &Twin) -> Option<usize> {
        let mut earlier = name;
        // Later changes build on earlier ones.
        for change in twin.evolution.iter().rev() {
            match change {
                Evolution::Renamed { from, to } if to == earlier => earlier = from,
                _ => {}
            }
        }
        let channel = channel_named(earlier, twin).filter(|_| earlier != name)?;
        self.warnings.push(format!(
            "column `{}` is read as `{}`, as the document says under `evolution`",
            shortened(name),
            shortened(earlier)
        ));
        Some(channel)
    }

    fn add_channel(
        &mut self,
        field: usize,
        position: usize,
        cells: &[String],
        unit_text: Option<&str>,
        mapping: Option<&ColumnMapping>,
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<(), TelemetryProblem> {
        let channel = &twin.channels[position];
        if let Some(other) = self.columns.iter().find(|one| one.channel == position) {
            return Err(TelemetryProblem::TwoColumns {
                first: cells[other.field].trim().to_owned(),
                second: cells[field].trim().to_owned(),
                what: format!("channel `{}`", channel.id),
            });
        }
        let variable =
            variables
                .find(&channel.variable)
                .ok_or_else(|| TelemetryProblem::Channel {
                    channel: channel.id.clone(),
                    variable: channel.variable.clone(),
                })?;
        let unfit = |problem: String| TelemetryProblem::Unit {
            column: cells[field].trim().to_owned(),
            problem,
        };
        let unit = match (mapping.and_then(|one| one.unit.clone()), unit_text) {
            (Some(unit), _) => unit,
            (None, Some(text)) => {
                Unit::parse_lenient(text).map_err(|error| unfit(error.to_string()))?
            }
            (None, None) => match changed_unit(cells[field].trim(), twin) {
                None => channel.unit.clone(),
                Some(unit) => {
                    self.warnings.push(format!(
                        "column `{}` is read in `{}`, as the document says under `evolution`",
                        shortened(cells[field].trim()),
                        unit.code()
                    ));
                    unit.clone()
                }
            },
        };
        let expected = &channel.sample_unit(&variables.get(variable).unit);
        if !unit.is_commensurable(expected) {
            return Err(unfit(format!(
                "its unit `{}` does not fit channel `{}`; expected {}, such as `{}`",
                unit.code(),
                channel.id,
                expected.dimension(),
                channel.unit.code()
            )));
        }
        self.columns.push(ChannelColumn {
            field,
            channel: position,
            variable,
            unit,
        });
        Ok(())
    }

    fn set_time(
        &mut self,
        field: usize,
        cells: &[String],
        unit_text: Option<&str>,
    ) -> Result<(), TelemetryProblem> {
        if let Some(first) = cells.get(self.time_field) {
            return Err(TelemetryProblem::TwoColumns {
                first: first.trim().to_owned(),
                second: cells[field].trim().to_owned(),
                what: "the time".to_owned(),
            });
        }
        self.time_field = field;
        if let Some(text) = unit_text {
            let unfit = |problem: String| TelemetryProblem::Unit {
                column: cells[field].trim().to_owned(),
                problem,
            };
            let unit = match Unit::parse_lenient(text) {
                Ok(unit) => unit,
                Err(error) => {
                    self.zone = Some(TimeZone::get(text).map_err(|_| {
                        unfit(format!(
                            "{error}; nor is `{}` a time zone such as `Europe/Berlin`",
                            shortened(text)
                        ))
                    })?);
                    return Ok(());
                }
            };
            if !unit.is_commensurable(&self.time_unit) {
                return Err(unfit(format!(
                    "its unit `{}` is no unit of time; expected one such as `s` or `min`",
                    unit.code()
                )));
            }
            self.time_unit = unit;
        }
        Ok(())
    }

    fn warn(&mut self, unknown: &[&str], twin: &Twin) {
        let known = || twin.channels.iter().map(column_name);
        let mut plain = Vec::new();
        for (count, name) in unknown.iter().enumerate() {
            if count >= MOST_COMPARED {
                plain.push(*name);
                continue;
            }
            let near = known()
                .map(|known| {
                    let likeness =
                        strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase());
                    (likeness, known)
                })
                .filter(|(likeness, _)| *likeness > 0.8)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            match near {
                Some((_, near)) => self.warnings.push(format!(
                    "column `{}` is no channel of the twin and is ignored; did you mean `{near}`?",
                    shortened(name)
                )),
                None => plain.push(*name),
            }
        }
        if !plain.is_empty() {
            self.warnings.push(format!(
                "ignored, since no channel of the twin has such a column: {}; known are {}",
                list(plain.iter().copied()),
                list(known())
            ));
        }
        for (position, channel) in twin.channels.iter().enumerate() {
            let removed = twin.evolution.iter().any(|change| {
                matches!(change, Evolution::Removed { column } if column == column_name(channel))
            });
            if !removed && !self.columns.iter().any(|one| one.channel == position) {
                self.warnings.push(format!(
                    "channel `{}` has no column `{}`: {}",
                    channel.id,
                    column_name(channel),
                    match channel.role {
                        ChannelRole::Input => "its input keeps the value of the document",
                        ChannelRole::Measurement => "nothing is compared with it",
                    }
                ));
            }
        }
    }
}

fn check_mappings(
    cells: &[String],
    twin: &Twin,
    mappings: &[ColumnMapping],
) -> Result<(), TelemetryProblem> {
    for mapping in mappings {
        let problem = if !twin
            .channels
            .iter()
            .any(|channel| channel.id == mapping.channel)
        {
            let ids = twin.channels.iter().map(|channel| channel.id.as_str());
            format!(
                "there is no channel `{}`; the twin has {}",
                shortened(&mapping.channel),
                list(ids)
            )
        } else if !cells
            .iter()
            .any(|cell| mapping.column == cell.trim() || mapping.column == name_and_unit(cell).0)
        {
            format!(
                "there is no column `{}`; the file has {}",
                shortened(&mapping.column),
                list(cells.iter().map(String::as_str))
            )
        } else {
            continue;
        };
        return Err(TelemetryProblem::Mapping {
            mapping: format!("{}={}", mapping.column, mapping.channel),
            problem,
        });
    }
    Ok(())
}

/// Header of a channel's column.
pub(super) fn column_name(channel: &crate::twin::Channel) -> &str {
    channel.column.as_deref().unwrap_or(&channel.id)
}

/// The unit that a column has now, by the latest change in the document.
fn changed_unit<'twin>(header: &str, twin: &'twin Twin) -> Option<&'twin Unit> {
    twin.evolution.iter().rev().find_map(|change| match change {
        Evolution::Unit { column, unit } if column == header => Some(unit),
        _ => None,
    })
}

/// The channel whose column, id, variable or alias has this name, in this order.
fn channel_named(name: &str, twin: &Twin) -> Option<usize> {
    let channels = &twin.channels;
    channels
        .iter()
        .position(|channel| column_name(channel) == name)
        .or_else(|| channels.iter().position(|channel| channel.id == name))
        .or_else(|| channels.iter().position(|channel| channel.variable == name))
        .or_else(|| {
            let called = |alias: &String| alias == name;
            channels
                .iter()
                .position(|channel| channel.contract.aliases.iter().any(called))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_in_brackets_of_either_form() {
        assert_eq!(name_and_unit("T1 [degC]"), ("T1", Some("degC")));
        assert_eq!(name_and_unit(" T1 (°C) "), ("T1", Some("°C")));
        assert_eq!(name_and_unit("T1[[degF]]"), ("T1", Some("[degF]")));
        assert_eq!(name_and_unit("T1"), ("T1", None));
        assert_eq!(name_and_unit("[degC]"), ("[degC]", None));
        assert_eq!(name_and_unit(""), ("", None));
    }

    #[test]
    fn an_assignment_that_is_none_says_how_to_write_one() {
        for text in ["T1", "=T1", "a=", "a=T1:furlongs"] {
            assert!(text.parse::<ColumnMapping>().is_err(), "{text}");
        }
    }
}
