//! What is known of the selected asset at the instant shown: made from its
//! kind, the twin's values, the observations and their residuals.

use super::document::bounds_text;
use super::time_control::Region;
use super::{Workbench, short_quantity};
use crate::model::water::NotFollowed;
use crate::quantity::format::{format_difference, format_with_uncertainty};
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::twin::{Causality, ChannelRole, VariableIndex};

/// A parameter that can be edited.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterRow {
    /// The variable.
    pub variable: VariableIndex,
    /// Name of the quantity.
    pub label: String,
    /// One sentence from the kind.
    pub doc: String,
    /// The value [SI].
    pub value: f64,
    /// The value with its unit, and ± where it is known how well.
    pub text: String,
    /// The unit it is shown in.
    pub unit: Unit,
    /// The values allowed, in words.
    pub bounds: String,
    /// Smallest and largest value allowed [SI].
    pub range: (f64, f64),
    /// Where the value comes from.
    pub origin: String,
    /// Whether the document states it; else the kind's default holds.
    pub is_stated: bool,
    /// Whether it is the kind's default for an input that telemetry drives.
    pub is_driven: bool,
}

/// A state, output or input at the instant shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueRow {
    /// The variable.
    pub variable: VariableIndex,
    /// Name of the quantity.
    pub label: String,
    /// One sentence from the kind.
    pub doc: String,
    /// The twin's value with its unit; empty before the first step.
    pub twin: String,
    /// Where the twin's value comes from: simulated, or forecast (median).
    pub twin_label: &'static str,
    /// The 5 and 95 % quantiles in words, where it is forecast.
    pub range: Option<String>,
    /// The measured value with its unit.
    pub measured: Option<String>,
    /// Measured minus twin, with its unit.
    pub residual: Option<String>,
    /// Recent residuals up to the instant shown [SI, as a difference], for a sparkline.
    pub sparkline: Vec<f64>,
    /// Root mean square of all residuals, in words.
    pub residual_summary: Option<String>,
    /// Whether a channel measures it.
    pub is_measured: bool,
    /// Whether it is in the plots.
    pub is_plotted: bool,
    /// Where the value comes from, in a sentence.
    pub origin: String,
}

/// The inspector.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectorView {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Its name on the screen.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Title of its kind.
    pub kind: String,
    /// What its kind is.
    pub kind_doc: String,
    /// States, outputs and inputs.
    pub values: Vec<ValueRow>,
    /// Parameters.
    pub parameters: Vec<ParameterRow>,
    /// The assets it is linked to: position and name.
    pub neighbours: Vec<(usize, String)>,
    /// The selected variable, if one of this asset is.
    pub selected: Option<VariableIndex>,
}

/// Bars in a residual sparkline.
pub const SPARKLINE: usize = 32;

/// Time that a residual sparkline covers.
const SPARKLINE_SPAN: i64 = 300;

/// Makes the inspector of the selected asset; `None` when none is selected.
#[must_use]
pub fn view(workbench: &Workbench) -> Option<InspectorView> {
    let document = workbench.document.as_ref()?;
    let asset = workbench.selection.selected().asset()?;
    let description = document.asset(asset)?;
    let kind = document.kind(asset);
    let mut values = Vec::new();
    let mut parameters = Vec::new();
    let not_followed = NotFollowed::of(document.twin());
    for index in document.variables().indices_of_asset(asset) {
        let variable = document.variable(index)?;
        if not_followed.holds(&description.kind, variable.quantity) {
            continue;
        }
        match variable.causality {
            Causality::Parameter => parameters.extend(parameter_row(workbench, index)),
            Causality::State | Causality::Output | Causality::Input => {
                values.extend(value_row(workbench, index));
            }
        }
    }
    // What is measured answers the first question, so it comes first.
    values.sort_by_key(|row: &ValueRow| !row.is_measured);
    Some(InspectorView {
        asset,
        name: document.asset_name(asset).to_owned(),
        id: description.id.clone(),
        kind: kind.map_or_else(|| description.kind.clone(), |kind| kind.title.to_owned()),
        kind_doc: kind.map(|kind| kind.doc.to_owned()).unwrap_or_default(),
        values,
        parameters,
        neighbours: neighbours(workbench, asset),
        selected: workbench.selection.selected().variable(),
    })
}

fn neighbours(workbench: &Workbench, asset: usize) -> Vec<(usize, String)> {
    let Some(document) = &workbench.document else {
        return Vec::new();
    };
    let Some(id) = document.asset(asset).map(|one| one.id.as_str()) else {
        return Vec::new();
    };
    let mut found: Vec<(usize, String)> = Vec::new();
    for link in &document.twin().links {
        let (Some((from, _)), Some((to, _))) = (link.from.parts(), link.to.parts()) else {
            continue;
        };
        let other = if from == id {
            to
        } else if to == id {
            from
        } else {
            continue;
        };
        if let Some(position) = document.asset_position(other)
            && !found.iter().any(|(known, _)| *known == position)
        {
            found.push((position, document.asset_name(position).to_owned()));
        }
    }
    found
}

fn parameter_row(workbench: &Workbench, index: VariableIndex) -> Option<ParameterRow> {
    let document = workbench.document.as_ref()?;
    let variable = document.variable(index)?;
    let value = document.parameter(index).unwrap_or(variable.initial);
    let unit = workbench.settings.unit(&variable.unit);
    let is_stated = document.stated(index).is_some();
    let text = match document.standard_deviation(index) {
        Some(deviation) => format_with_uncertainty(value, deviation, &unit),
        None => short_quantity(value, &unit),
    };
    let parameters = &document.twin().provenance.parameters;
    let origin = match (is_stated, parameters.is_empty()) {
        (false, _) => "The kind's default; the document says nothing".to_owned(),
        (true, true) => "Stated in the document".to_owned(),
        (true, false) => format!("Stated in the document: {parameters}"),
    };
    Some(ParameterRow {
        variable: index,
        label: document.quantity_name(index),
        doc: variable.doc.to_owned(),
        value,
        text,
        bounds: bounds_text(&variable.bounds, &unit),
        range: (variable.bounds.low, variable.bounds.high),
        unit,
        origin,
        is_stated,
        is_driven: false,
    })
}

/// Age at which an observation no longer speaks for the instant shown: three
/// of the channel's periods, and at least three steps.
#[must_use]
pub fn observation_age(workbench: &Workbench, channel: usize) -> SimDuration {
    let step = workbench.time.timestep();
    workbench
        .document
        .as_ref()
        .and_then(|document| document.twin().channels.get(channel)?.period)
        .unwrap_or(step)
        .max(step)
        .checked_mul(3)
        .unwrap_or(SimDuration::MAX)
}

/// The row of one state, output or input.
#[must_use]
pub fn value_row(workbench: &Workbench, index: VariableIndex) -> Option<ValueRow> {
    let document = workbench.document.as_ref()?;
    let variable = document.variable(index)?;
    let unit = workbench.settings.unit(&variable.unit);
    let cursor = workbench.time.cursor();
    let text = |value: f64| workbench.value_text(index, value);
    let channel = document.channel_of(index);
    let record = channel.and_then(|(position, _)| workbench.record.channel(position));
    let in_forecast = workbench.time.region(cursor) == Region::Forecast;
    let twin = workbench.shown_value(index);
    let range = in_forecast
        .then(|| workbench.shown_range(index))
        .flatten()
        .map(|(low, high)| format!("{} … {}", text(low), text(high)));
    let is_measurement = channel.is_some_and(|(_, one)| one.role == ChannelRole::Measurement);
    let age = channel.map_or(SimDuration::ZERO, |(position, _)| {
        observation_age(workbench, position)
    });
    let measured = record
        .filter(|_| !in_forecast)
        .and_then(|one| one.observed_at(cursor, age));
    let residual = record
        .filter(|_| is_measurement && !in_forecast)
        .and_then(|one| one.residual_at(cursor, age));
    let sparkline = record
        .filter(|_| is_measurement)
        .map(|one| sparkline(&one.residual_times, &one.residuals, cursor))
        .unwrap_or_default();
    let residual_summary = record
        .filter(|one| is_measurement && one.statistics.count() > 0)
        .map(|one| {
            format!(
                "Root mean square {}, mean {}, over {} samples",
                format_difference(one.statistics.root_mean_square(), &unit, 2),
                format_difference(one.statistics.bias(), &unit, 2),
                one.statistics.count()
            )
        });
    let origin = match (channel, variable.causality) {
        (Some((_, one)), Causality::Input) => format!("Driven by channel {}", one.id),
        (Some((_, one)), _) => format!("Simulated; measured by channel {}", one.id),
        (None, Causality::Input) => "From the document; no channel drives it".to_owned(),
        (None, _) => "Simulated; not measured".to_owned(),
    };
    let twin_label = if in_forecast {
        "forecast"
    } else if variable.causality == Causality::Input {
        "command"
    } else {
        "twin"
    };
    Some(ValueRow {
        variable: index,
        label: document.quantity_name(index),
        doc: variable.doc.to_owned(),
        twin: twin.map(text).unwrap_or_default(),
        twin_label,
        range,
        measured: measured.filter(|_| is_measurement).map(text),
        residual: residual.map(|value| {
            let text = format_difference(value, &unit, 2);
            if value > 0.0 {
                format!("+{text}")
            } else {
                text
            }
        }),
        sparkline,
        residual_summary,
        is_measured: is_measurement,
        is_plotted: workbench.plots.is_shown(index),
        origin,
    })
}

/// The mean residual in each of [`SPARKLINE`] equal parts of the last minutes
/// before `until`; parts without residuals are left out at the front and zero between.
fn sparkline(times: &[SimTime], residuals: &[f64], until: SimTime) -> Vec<f64> {
    let span = SimDuration::from_whole_seconds(SPARKLINE_SPAN);
    let Some(from) = until.checked_sub(span) else {
        return Vec::new();
    };
    let first = times.partition_point(|one| *one <= from);
    let end = times
        .partition_point(|one| *one <= until)
        .min(residuals.len());
    let mut sums = vec![(0.0_f64, 0_u32); SPARKLINE];
    for position in first..end {
        let Some(since) = times[position].checked_since(from) else {
            continue;
        };
        let fraction = since.as_seconds() / span.as_seconds();
        let part = ((fraction * SPARKLINE as f64).ceil() as usize).clamp(1, SPARKLINE) - 1;
        sums[part].0 += residuals[position];
        sums[part].1 += 1;
    }
    let means = sums
        .into_iter()
        .map(|(sum, count)| (sum / f64::from(count.max(1)), count));
    means
        .skip_while(|(_, count)| *count == 0)
        .map(|(mean, _)| mean)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::command::{SelectCommand, TimeCommand};
    use super::super::test_support::{at, running_workbench};
    use super::*;

    #[test]
    fn the_inspector_shows_measured_beside_twin_and_their_difference() {
        let mut workbench = running_workbench();
        let sensor = workbench.asset("sensor_1");
        workbench.apply(SelectCommand::Asset(sensor).into());
        let view = view(&workbench).expect("an asset is selected");
        assert_eq!(view.name, "Sensor 1");
        let reading = &view.values[0];
        assert_eq!(reading.label, "reading");
        // The run of `test_support`: the twin reads 30 °C, the sensor half a kelvin more.
        assert_eq!(reading.twin, "30.0\u{202f}°C");
        assert_eq!(reading.measured.as_deref(), Some("30.5\u{202f}°C"));
        assert_eq!(reading.residual.as_deref(), Some("+0.50\u{202f}K"));
        assert!(!reading.sparkline.is_empty());
    }

    /// Names of the values of a pipe whose network follows this in the water.
    fn values_of_a_pipe(followed: &str) -> Vec<String> {
        let text = format!(
            r#"(
    format: 1, id: "net", name: "Net", version: "1", epoch: "2026-01-05T00:00:00Z", timestep: "5 min",
    forecast: (horizon: "1 h", stride: "5 min"),
    assets: [
        (id: "net", kind: "water.Network", attributes: {{ {followed} }}),
        (id: "works", kind: "water.Reservoir", parameters: {{ "head": "50 m" }}),
        (id: "town", kind: "water.Junction", parameters: {{ "base_demand": "1 L/s" }}),
        (id: "main", kind: "water.Pipe", parameters: {{ "length": "100 m", "diameter": "200 mm", "roughness": "100" }}),
    ],
    links: [(from: "works.water", to: "main.a"), (from: "main.b", to: "town.water")],
)"#
        );
        let registry = crate::model::registry();
        let loaded = crate::twin::parse(&text, "net.ron", &registry)
            .unwrap_or_else(|report| panic!("{report:?}"));
        let mut workbench = Workbench::default();
        workbench.open(super::super::Document::new(
            loaded.twin,
            loaded.variables,
            std::sync::Arc::new(registry),
            None,
        ));
        let main = workbench.asset("main");
        workbench.apply(SelectCommand::Asset(main).into());
        let view = view(&workbench).expect("an asset is selected");
        view.values.into_iter().map(|row| row.label).collect()
    }

    #[test]
    fn what_nobody_follows_in_the_water_is_not_shown_as_zero() {
        let shown = values_of_a_pipe("");
        assert!(shown.iter().any(|label| label == "flow"), "{shown:?}");
        for label in ["age", "quality", "source share"] {
            assert!(!shown.iter().any(|one| one == label), "{shown:?}");
        }
        let shown = values_of_a_pipe(r#""quality": "Age""#);
        assert!(shown.iter().any(|label| label == "age"), "{shown:?}");
        assert!(!shown.iter().any(|label| label == "quality"), "{shown:?}");
    }

    #[test]
    fn parameters_have_units_bounds_and_an_origin() {
        let mut workbench = running_workbench();
        let heater = workbench.asset("heater_1");
        workbench.apply(SelectCommand::Asset(heater).into());
        let view = view(&workbench).expect("an asset is selected");
        let capacity = view
            .parameters
            .iter()
            .find(|row| row.label == "heat capacity")
            .expect("declared");
        assert_eq!(capacity.text, "6.0 ± 0.2\u{202f}J/K");
        assert_eq!(capacity.bounds, "above 0\u{202f}J/K");
        assert!(capacity.origin.contains("nominal"), "{}", capacity.origin);
        assert!(view.neighbours.iter().any(|(_, name)| name == "Supply 1"));
    }

    #[test]
    fn in_the_forecast_the_inspector_tells_the_median_and_the_band() {
        let mut workbench = running_workbench();
        let sensor = workbench.asset("sensor_1");
        workbench.apply(SelectCommand::Asset(sensor).into());
        workbench.apply(TimeCommand::MoveCursor(at(40)).into());
        let reading = view(&workbench).expect("selected").values[0].clone();
        assert_eq!(reading.twin_label, "forecast");
        assert!(reading.range.is_some());
        assert_eq!(reading.measured, None);
    }

    #[test]
    fn nothing_selected_shows_no_inspector() {
        assert!(view(&running_workbench()).is_none());
    }

    #[test]
    fn a_sparkline_averages_what_falls_together() {
        let times: Vec<SimTime> = (1..=300).map(at).collect();
        let residuals = vec![2.0; 300];
        let line = sparkline(&times, &residuals, at(300));
        assert_eq!(line.len(), SPARKLINE);
        assert!(line.iter().all(|value| (value - 2.0).abs() < 1e-12));
        assert!(sparkline(&[], &[], at(10)).is_empty());
    }
}
