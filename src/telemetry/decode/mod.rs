//! What the bytes of a source say: payloads decoded into readings of channels.
//!
//! A [`Decoder`] takes payloads as they come and fills [`Decoded`] with
//! [`Reading`]s, whose channel is found and whose value is in SI, and with what
//! is none, each with its reason. It never panics, never waits, and holds no
//! more memory than its limits allow, whatever it is given.

mod csv_rows;
mod directory;
pub(in crate::telemetry) mod json;
pub mod line_protocol;
mod message;
mod parquet_rows;
mod points;
mod quality;
mod sparkplug;
pub mod sparkplug_message;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

pub use self::csv_rows::{CsvRows, Received};
pub use self::directory::{BindingProblem, Directory};
pub use self::message::{Decoded, Message, Reading, SequenceGap, Undecodable};
pub use self::parquet_rows::read_parquet;
pub use self::points::Precision;
pub use self::quality::quality_text;
pub use crate::twin::topic_matches;

pub(in crate::telemetry) use self::directory::Instant;
use self::directory::{Bound, Units};
pub(in crate::telemetry) use self::parquet_rows::Column;
pub(super) use self::sparkplug::rebirth;

use self::sparkplug::Sparkplug;
use crate::quantity::SimTime;
use crate::telemetry::header::ColumnMapping;
use crate::twin::{Binding, Payload};

/// Decodes the payloads of one source.
#[derive(Debug)]
pub struct Decoder {
    directory: Arc<Directory>,
    bindings: Vec<Bound>,
    mappings: Vec<ColumnMapping>,
    units: Units,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Json,
    Number,
    LineProtocol(Precision),
    Sparkplug(Sparkplug),
    Csv,
}

impl Decoder {
    /// A decoder of payloads of one form.
    ///
    /// # Errors
    /// When a binding cannot be used.
    pub fn new(
        payload: Payload,
        directory: Arc<Directory>,
        bindings: &[Binding],
    ) -> Result<Self, BindingProblem> {
        Ok(Self {
            bindings: directory::resolve(bindings, &directory, payload == Payload::Json)?,
            mappings: directory::column_mappings(bindings),
            units: Units::default(),
            form: match payload {
                Payload::Json => Form::Json,
                Payload::Number => Form::Number,
                Payload::LineProtocol => Form::LineProtocol(Precision::default()),
                Payload::Sparkplug => Form::Sparkplug(Sparkplug::default()),
                Payload::Csv => Form::Csv,
            },
            directory,
        })
    }

    /// Reads timestamps of line protocol in this unit from now on.
    pub fn set_precision(&mut self, precision: Precision) {
        if let Form::LineProtocol(current) = &mut self.form {
            *current = precision;
        }
    }

    /// Decodes one payload that came under a name (a topic, or empty).
    pub fn decode(&mut self, topic: &str, payload: &[u8], received: SimTime, into: &mut Decoded) {
        let Self {
            directory,
            bindings,
            units,
            ..
        } = self;
        match &mut self.form {
            Form::Json => {
                json::decode(topic, payload, received, bindings, directory, units, into);
            }
            Form::Number => number(topic, payload, received, bindings, directory, units, into),
            Form::LineProtocol(precision) => points::decode(
                topic, payload, received, *precision, bindings, directory, units, into,
            ),
            Form::Sparkplug(state) => {
                state.decode(topic, payload, received, bindings, directory, units, into);
            }
            Form::Csv => {
                // Each message is a table of its own, with a header.
                let mut rows = CsvRows::new(topic, self.mappings.clone());
                let at = Received::At(received);
                let read = rows
                    .push(payload, at, directory, into)
                    .and_then(|()| rows.finish(at, directory, into));
                if let Err(problem) = read {
                    let text = String::from_utf8_lossy(payload);
                    let reason = format!("is no table of channels: {problem}");
                    into.undecodable(topic, received, &text, reason);
                }
            }
        }
    }
}

/// The bindings of a source as column assignments of a table.
#[must_use]
pub fn column_mappings(bindings: &[Binding]) -> Vec<ColumnMapping> {
    directory::column_mappings(bindings)
}

/// A payload that is one number.
fn number(
    topic: &str,
    payload: &[u8],
    received: SimTime,
    bindings: &[Bound],
    directory: &Directory,
    units: &mut Units,
    into: &mut Decoded,
) {
    let text = String::from_utf8_lossy(payload);
    let mut taken = |channel: u32, bound: Option<&Bound>, into: &mut Decoded| {
        let value = text
            .trim()
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
            .ok_or_else(|| "is no finite number".to_owned())
            .and_then(|value| {
                let unit = bound.and_then(|bound| bound.unit.as_ref());
                units.convert(value, None, unit, channel, directory)
            });
        match value {
            Ok(value) => into.reading(Reading {
                channel,
                time: None,
                received,
                value,
                source_sequence: None,
                quality: Default::default(),
                redelivered: false,
            }),
            Err(reason) => into.undecodable(topic, received, &text, reason),
        }
    };
    if bindings.is_empty() {
        match json::named(topic, directory) {
            Some(channel) => taken(channel, None, into),
            None => into.unmatched(topic),
        }
        return;
    }
    let mut any = false;
    for bound in bindings.iter().filter(|bound| bound.matches(topic)) {
        any = true;
        taken(bound.channel, Some(bound), into);
    }
    if !any {
        into.unmatched(topic);
    }
}
