//! From accepted proposals to channels of a document.

use jiff::Timestamp;
use serde::Serialize;

use super::encoding::Encoding;
use super::matching;
use super::proposed::Proposed;
use super::table::{ColumnProposal, Inference};
use super::time_column::TimeFormat;
use crate::quantity::{Epoch, Quantity, SimDuration, Unit};
use crate::telemetry::header::{TIME_NAMES, name_and_unit};
use crate::twin::{Aggregation, Channel, ChannelRole, Contract, Twin, VariableTable};

/// Channels of the accepted columns, in order of column: the document's own with
/// what was open filled in, and new ones. What the document says stays, but for
/// the column and the unit of its numbers, which are the file's.
#[must_use]
pub fn channels(inference: &Inference, twin: &Twin, variables: &VariableTable) -> Vec<Channel> {
    let mut made: Vec<Channel> = Vec::new();
    for column in inference.columns.iter().filter(|one| one.is_accepted) {
        if let Some(channel) = channel_of(column, twin, variables, &made) {
            made.push(channel);
        }
    }
    made
}

fn channel_of(
    column: &ColumnProposal,
    twin: &Twin,
    variables: &VariableTable,
    made: &[Channel],
) -> Option<Channel> {
    let target = &column.target.as_ref()?.value;
    let variable = variables.get(variables.find(&target.variable)?);
    let own = target
        .channel
        .as_ref()
        .and_then(|id| twin.channels.iter().find(|one| one.id == *id));
    let said = column.unit.as_ref().map(|unit| unit.value.clone());
    let unit = match (said, own) {
        (Some(unit), _) => unit,
        (None, Some(own)) => own.unit.clone(),
        (None, None) => variable.unit.clone(),
    };
    let mut channel = match own {
        Some(own) => own.clone(),
        None => Channel {
            id: free_id(&column.name, twin, made),
            variable: target.variable.clone(),
            unit: unit.clone(),
            role: target.role,
            column: None,
            period: None,
            range: None,
            threshold: None,
            contract: Contract::default(),
        },
    };
    let name = reader_name(column);
    channel.column = (name != channel.id).then(|| name.to_owned());
    if matching::counts(&unit, &variable.unit)
        && channel.contract.aggregation == Aggregation::Instant
    {
        let rollover = column.counter.as_ref().and_then(|counter| counter.value);
        channel.contract.aggregation = Aggregation::Total {
            rollover: rollover.and_then(|value| Quantity::new(value, unit.clone()).ok()),
        };
    }
    channel.unit = unit;
    fill(
        &mut channel,
        column,
        (variable.bounds.low, variable.bounds.high),
    );
    Some(channel)
}

/// Fills in what the document leaves open, and what a person chose.
fn fill(channel: &mut Channel, column: &ColumnProposal, bounds: (f64, f64)) {
    let unit = channel.unit.clone();
    let is_counter = matches!(channel.contract.aggregation, Aggregation::Total { .. });
    if channel.period.is_none() || is_chosen(&column.period) {
        channel.period = value_of(&column.period);
    }
    if channel.range.is_none() && !is_counter {
        let ends = |value: f64| Quantity::from_si(value, unit.clone()).ok();
        channel.range = ends(bounds.0).zip(ends(bounds.1));
    }
    let range = channel.range.clone();
    let contract = &mut channel.contract;
    if contract.jitter.is_none() {
        contract.jitter = value_of(&column.jitter);
    }
    let chosen = is_chosen(&column.operational);
    let is_open =
        contract.operational.is_none() && !is_counter && channel.role == ChannelRole::Measurement;
    if (is_open || chosen)
        && let Some((low, high)) = value_of(&column.operational)
        && let Ok(low) = Quantity::new(low, unit.clone())
        && let Ok(high) = Quantity::new(high, unit.clone())
    {
        // Inside the physical range.
        contract.operational = match range {
            None => Some((low, high)),
            // Who goes beyond it by choice is told when the document is checked.
            Some(_) if chosen => Some((low, high)),
            Some((least, most)) => {
                let low = if low.si() < least.si() { least } else { low };
                let high = if high.si() > most.si() { most } else { high };
                (low.si() < high.si()).then_some((low, high))
            }
        };
    }
    if (contract.resolution.is_none() || is_chosen(&column.resolution))
        && let Some(step) = value_of(&column.resolution)
    {
        contract.resolution = difference(step, &unit);
    }
    if contract.stuck.is_none() && !is_counter && channel.role == ChannelRole::Measurement {
        contract.stuck = value_of(&column.stuck);
    }
    if contract.rate.is_none()
        && !is_counter
        && channel.role == ChannelRole::Measurement
        && let Some(rate) = value_of(&column.rate)
    {
        contract.rate = per_second(rate, &unit);
    }
}

fn value_of<T: Clone>(proposed: &Option<Proposed<T>>) -> Option<T> {
    proposed.as_ref().map(|one| one.value.clone())
}

fn is_chosen<T>(proposed: &Option<Proposed<T>>) -> bool {
    proposed.as_ref().is_some_and(|one| one.is_chosen)
}

/// Without the digits that a conversion leaves behind.
fn tidy(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// A difference in a unit: in kelvin where the unit counts from a zero of its own.
fn difference(value: f64, unit: &Unit) -> Option<Quantity> {
    if unit.has_offset() {
        let si = Unit::si(unit.dimension()).ok()?;
        return Quantity::new(tidy(unit.difference_to_si(value)), si).ok();
    }
    Quantity::new(value, unit.clone()).ok()
}

fn per_second(value: f64, unit: &Unit) -> Option<Quantity> {
    let step = difference(value, unit)?;
    let rate = Unit::parse(&format!("{}/s", step.unit().code())).ok()?;
    Quantity::new(step.value(), rate).ok()
}

/// The header by which the reader of telemetry files finds the column.
fn reader_name(column: &ColumnProposal) -> &str {
    match name_and_unit(&column.header) {
        (name, Some(unit)) if Unit::parse_lenient(unit).is_ok() => name,
        _ => &column.header,
    }
}

/// An id that no channel has, made of a column's name.
fn free_id(name: &str, twin: &Twin, made: &[Channel]) -> String {
    let mut id = String::new();
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            id.push(character);
        } else if !id.is_empty() && !id.ends_with('_') {
            id.push('_');
        }
    }
    let id = id.trim_end_matches('_');
    let id = if id.is_empty() { "channel" } else { id };
    let is_taken = |id: &str| {
        twin.channels
            .iter()
            .chain(made)
            .any(|channel| channel.id == id)
    };
    if !is_taken(id) {
        return id.to_owned();
    }
    (2..)
        .map(|number| format!("{id}_{number}"))
        .find(|id| !is_taken(id))
        .unwrap_or_default()
}

/// The channels as a part of a document in RON: `(channels: […])`.
///
/// # Errors
/// When a channel has no text, as with a number that is not finite.
pub fn fragment(channels: &[Channel]) -> Result<String, String> {
    #[derive(Serialize)]
    struct Fragment<'c> {
        channels: &'c [Channel],
    }
    let pretty = ron::ser::PrettyConfig::new()
        .new_line("\n")
        .extensions(ron::extensions::Extensions::IMPLICIT_SOME);
    let text = ron::ser::to_string_pretty(&Fragment { channels }, pretty)
        .map_err(|error| format!("the channels cannot be written as RON: {error}"))?;
    // A document has no line of extensions; its reader knows them.
    let body = match text.split_once('\n') {
        Some((first, body)) if first.starts_with("#![") => body,
        _ => &text,
    };
    Ok(format!("{body}\n"))
}

/// Whether [`read_csv`](crate::telemetry::read_csv) reads the file as it is once
/// its channels name the columns.
///
/// # Errors
/// What is in the way, one part of a sentence each.
pub fn is_readable_as_it_is(inference: &Inference) -> Result<(), Vec<String>> {
    let layout = &inference.layout.value;
    let mut reasons = Vec::new();
    let mut note = |is_in_the_way: bool, text: &str| {
        if is_in_the_way {
            reasons.push(text.to_owned());
        }
    };
    note(
        inference.encoding.value != Encoding::Utf8,
        "its encoding is not UTF-8",
    );
    note(layout.delimiter == '|', "bars separate its fields");
    note(
        layout.numbers.thousands.is_some(),
        "its numbers have separators between thousands",
    );
    note(
        layout.numbers.decimal == ',' && layout.delimiter == ',',
        "comma is its decimal sign and separates its fields",
    );
    note(layout.preamble > 0, "lines stand before its header");
    note(!layout.has_header, "it has no header");
    note(layout.has_unit_row, "units stand in a row of their own");
    let time = &inference.time.value;
    let header = inference.time_header.as_str();
    let (name, unit) = name_and_unit(header);
    let is_known_name = TIME_NAMES.contains(&name.to_lowercase().as_str());
    let is_known_format = match &time.format {
        TimeFormat::Instant => true,
        TimeFormat::Since(found) => match unit.map(Unit::parse_lenient) {
            Some(Ok(said)) => said == *found,
            Some(Err(_)) => false,
            None => found.code() == "s",
        },
        _ => false,
    };
    note(!is_known_name, "its time column has another name");
    note(!is_known_format, "its times are written in another way");
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(reasons)
    }
}

/// The epoch that the twin needs for the file, where the file begins before the
/// twin's own; what lies before the epoch cannot be read.
#[must_use]
pub fn proposed_epoch(inference: &Inference, twin: &Twin) -> Option<Proposed<Epoch>> {
    if !inference.time.value.format.is_calendar() {
        return None;
    }
    let begin = Timestamp::from_nanosecond(i128::from(inference.span.0)).ok()?;
    if begin >= twin.epoch.start() {
        return None;
    }
    // A whole second reads better, and the grid of steps begins on it.
    let second = SimDuration::from_whole_seconds(1).nanoseconds();
    let floor = i128::from(inference.span.0 - inference.span.0.rem_euclid(second));
    let epoch = Epoch::from_instant(Timestamp::from_nanosecond(floor).ok()?);
    Some(Proposed::new(
        epoch,
        0.9,
        format!(
            "the file begins at {begin}, before the twin's epoch {}",
            twin.epoch
        ),
    ))
}
