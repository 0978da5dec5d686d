//! What is seen, as a table that says where it comes from.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Workbench;
use super::plot;
use super::record::band_at;
use super::status;
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::simulation::Bands;
use crate::twin::{ChannelRole, VariableIndex};

/// Most rows written; a longer stretch is written with every second row, every
/// third and so on, and says so.
const MOST_ROWS: usize = 200_000;

/// The lines that say where a result comes from, without a comment sign.
#[must_use]
pub fn provenance(workbench: &Workbench) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(document) = &workbench.document else {
        return lines;
    };
    let twin = document.twin();
    lines.push(format!(
        "twin: {} {} ({})",
        twin.id, twin.version, twin.name
    ));
    if let Some(parameters) = status::parameters(workbench) {
        lines.push(format!("parameters: {parameters}"));
    }
    if let Some(seed) = status::seed(workbench) {
        lines.push(format!("seed: {seed}"));
    }
    if let Some(data) = document.data() {
        lines.push(format!("telemetry: {}", data.title));
    }
    if let Some(until) = workbench
        .record
        .data_until()
        .and_then(|time| status::clock_text(workbench, time))
    {
        lines.push(format!("data to: {until}"));
    }
    if let Some(forecast) = workbench.record.forecast()
        && let Some(made_at) = status::clock_text(workbench, forecast.made_at)
    {
        lines.push(format!(
            "forecast made at: {made_at}, {} members",
            forecast.members
        ));
    }
    for (variable, value) in &workbench.what_if.change_set.changes {
        if let Some(description) = document.variable(*variable) {
            let unit = workbench.settings.unit(&description.unit);
            lines.push(format!(
                "what-if: {} = {} {}",
                description.path,
                unit.from_si(*value),
                unit.code()
            ));
        }
    }
    for occurrence in &workbench.what_if.change_set.contingencies {
        lines.push(format!("what-if: {occurrence}"));
    }
    if let Some(scenario) = &workbench.what_if.change_set.scenario {
        lines.push(format!("what-if scenario: {scenario}"));
    }
    lines.push(format!(
        "made by: counterpart {}",
        env!("CARGO_PKG_VERSION")
    ));
    lines
}

/// A file name for an export: the twin's id, what it is and its time.
#[must_use]
pub fn file_name(workbench: &Workbench, what: &str, extension: &str) -> String {
    let id = workbench
        .document
        .as_ref()
        .map_or("counterpart", |one| one.twin().id.as_str());
    let time = workbench.time.cursor().as_seconds().round();
    format!("{id}-{what}-{time}s.{extension}")
}

struct Column<'a> {
    header: String,
    value: Box<dyn Fn(SimTime) -> Option<f64> + 'a>,
}

fn quantile_columns<'a>(columns: &mut Vec<Column<'a>>, name: &str, bands: &'a Bands, unit: &Unit) {
    let all: [(&str, &'a [f64]); 5] = [
        ("p05", &bands.p05),
        ("p25", &bands.p25),
        ("p50", &bands.p50),
        ("p75", &bands.p75),
        ("p95", &bands.p95),
    ];
    for (quantile, column) in all {
        let unit = unit.clone();
        columns.push(Column {
            header: format!("{name} {quantile} [{}]", unit.code()),
            value: Box::new(move |time| Some(unit.from_si(band_at(bands, column, time)?))),
        });
    }
}

fn columns_of<'a>(workbench: &'a Workbench, variable: VariableIndex) -> Vec<Column<'a>> {
    let mut columns = Vec::new();
    let Some(document) = &workbench.document else {
        return columns;
    };
    let Some(description) = document.variable(variable) else {
        return columns;
    };
    let unit = workbench.settings.unit(&description.unit);
    let path = &description.path;
    let record = &workbench.record;
    let now = workbench.time.now();
    if let Some((position, channel)) = document.channel_of(variable)
        && channel.role == ChannelRole::Measurement
        && let Some(told) = record.channel(position)
    {
        let shown = unit.clone();
        columns.push(Column {
            header: format!("{path} measured [{}]", unit.code()),
            value: Box::new(move |time| {
                Some(shown.from_si(told.observed_at(time, SimDuration::ZERO)?))
            }),
        });
        let shown = unit.clone();
        columns.push(Column {
            header: format!("{path} residual [{}]", unit.difference_symbol()),
            value: Box::new(move |time| {
                Some(shown.difference_from_si(told.residual_at(time, SimDuration::ZERO)?))
            }),
        });
    }
    let shown = unit.clone();
    columns.push(Column {
        header: format!("{path} twin [{}]", unit.code()),
        value: Box::new(move |time| {
            (time <= now)
                .then(|| record.simulated_at(variable, time))
                .flatten()
                .map(|one| shown.from_si(one))
        }),
    });
    if let Some(bands) = record.forecast().and_then(|one| one.bands.get(&variable)) {
        quantile_columns(&mut columns, &format!("{path} forecast"), bands, &unit);
    }
    if !workbench.what_if.change_set.is_empty()
        && let Some(bands) = record.what_if().and_then(|one| one.bands.get(&variable))
    {
        quantile_columns(&mut columns, &format!("{path} what-if"), bands, &unit);
    }
    columns
}

/// What the plots show, as comma-separated values: provenance in lines that
/// begin with `#`, a header with units, then one line per instant. A cell
/// without a value is empty.
#[must_use]
pub fn csv(workbench: &Workbench) -> String {
    let (from, to) = plot::range(workbench);
    let inside = |time: &&SimTime| (from..=to).contains(&time.as_seconds());
    let record = &workbench.record;
    let mut times: BTreeSet<SimTime> = record.times().iter().filter(inside).copied().collect();
    for channel in record.channels() {
        times.extend(channel.times.iter().filter(inside));
    }
    for forecast in record.forecast().into_iter().chain(record.what_if()) {
        if let Some(bands) = forecast.bands.values().next() {
            times.extend(bands.times.iter().filter(inside));
        }
    }
    let every = times.len().div_ceil(MOST_ROWS).max(1);
    let columns: Vec<Column<'_>> = workbench
        .plots
        .shown()
        .iter()
        .flat_map(|variable| columns_of(workbench, *variable))
        .collect();
    let mut text = String::new();
    for line in provenance(workbench) {
        text.push_str("# ");
        text.push_str(&line.replace(['\n', '\r'], " "));
        text.push('\n');
    }
    if every > 1 {
        let _ = writeln!(
            text,
            "# every {every}th instant of the {} shown",
            times.len()
        );
    }
    text.push_str("time [s],time");
    for column in &columns {
        text.push(',');
        text.push_str(&column.header.replace(',', ";"));
    }
    text.push('\n');
    for time in times.into_iter().step_by(every) {
        let clock = status::clock_text(workbench, time).unwrap_or_default();
        let _ = write!(text, "{},{clock}", time.as_seconds());
        for column in &columns {
            text.push(',');
            if let Some(value) = (column.value)(time) {
                let _ = write!(text, "{value}");
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::command::{PlotCommand, WhatIfCommand};
    use super::super::test_support::running_workbench;
    use super::*;

    #[test]
    fn an_export_says_where_it_comes_from() {
        let mut workbench = running_workbench();
        let command = workbench.variable("power_1.command");
        workbench.apply(
            WhatIfCommand::Change {
                variable: command,
                value: 0.8,
            }
            .into(),
        );
        let text = csv(&workbench);
        for expected in [
            "# twin: tclab 1.0.0",
            "# parameters: nominal",
            "# seed: 42",
            "# data to: 2024-01-01 00:00:20",
            "# what-if: power_1.command = 80 %",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
    }

    #[test]
    fn the_table_holds_what_is_seen_in_the_shown_unit() {
        let mut workbench = running_workbench();
        workbench.apply(PlotCommand::Range { from: 2.0, to: 4.0 }.into());
        let text = csv(&workbench);
        let mut lines = text.lines().skip_while(|line| line.starts_with('#'));
        let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == header.len()));
        let column = |name: &str| {
            header
                .iter()
                .position(|one| *one == name)
                .expect("a column")
        };
        let value = |row: usize, name: &str| rows[row][column(name)].parse::<f64>().ok();
        assert_eq!(rows[0][0], "2");
        let twin = value(0, "sensor_1.reading twin [Cel]").expect("simulated");
        assert!((twin - 30.0).abs() < 1e-9);
        let residual = value(0, "sensor_1.reading residual [K]").expect("measured");
        assert!((residual - 0.5).abs() < 1e-9);
        assert_eq!(value(0, "sensor_1.reading forecast p50 [Cel]"), None);
    }

    #[test]
    fn the_future_has_quantiles_and_no_measurement() {
        let mut workbench = running_workbench();
        workbench.apply(
            PlotCommand::Range {
                from: 50.0,
                to: 80.0,
            }
            .into(),
        );
        let text = csv(&workbench);
        let last = text.lines().last().expect("rows");
        let cells: Vec<&str> = last.split(',').collect();
        assert_eq!(&cells[2..5], ["", "", ""], "{last}");
        assert!(cells[5].parse::<f64>().is_ok());
    }
}
