//! Readings in a JSON document, found by JSON pointers (RFC 6901).

use serde_json::{Map, Value};

use super::directory::{Bound, Directory, Instant, Units};
use super::message::{Decoded, Reading};
use super::quality;
use crate::quantity::{SimTime, Unit};

/// Names of what stands beside a value, where no binding says otherwise.
pub(in crate::telemetry) const VALUE: [&str; 2] = ["value", "v"];
pub(in crate::telemetry) const TIME: [&str; 4] = ["time", "timestamp", "ts", "t"];
pub(in crate::telemetry) const SEQUENCE: [&str; 2] = ["sequence", "seq"];
pub(in crate::telemetry) const QUALITY: [&str; 1] = ["quality"];
pub(in crate::telemetry) const UNIT: [&str; 1] = ["unit"];
pub(in crate::telemetry) const CHANNEL: [&str; 2] = ["channel", "id"];

/// The places of one reading.
struct Places<'value> {
    channel: u32,
    value: Option<&'value Value>,
    time: Option<&'value Value>,
    sequence: Option<&'value Value>,
    quality: Option<&'value Value>,
    unit: Option<&'value Value>,
    binding_unit: Option<&'value Unit>,
}

/// Decodes one document of `topic`.
///
/// With bindings, each whose topic matches gives one reading. Without any, a
/// number is the value of the channel that the topic, or its last level, names;
/// an object with `value` is one of that channel, or of that which its `channel`
/// names; another object holds channels by name; an array holds such documents.
pub(super) fn decode(
    topic: &str,
    payload: &[u8],
    received: SimTime,
    bindings: &[Bound],
    directory: &Directory,
    units: &mut Units,
    into: &mut Decoded,
) {
    let document: Value = match serde_json::from_slice(payload) {
        Ok(document) => document,
        Err(error) => {
            let reason = format!("is not JSON: {error}");
            into.undecodable(topic, received, &String::from_utf8_lossy(payload), reason);
            return;
        }
    };
    let mut reader = Reader {
        topic,
        received,
        directory,
        units,
        into,
    };
    if bindings.is_empty() {
        reader.document(&document, named(topic, directory), 0);
        return;
    }
    let mut any = false;
    for bound in bindings.iter().filter(|bound| bound.matches(topic)) {
        any = true;
        reader.bound(&document, bound);
    }
    if !any {
        reader.into.unmatched(topic);
    }
}

/// The channel that a topic or its last level names.
pub(super) fn named(topic: &str, directory: &Directory) -> Option<u32> {
    directory.find(topic).or_else(|| {
        let last = topic.rsplit('/').next()?;
        directory.find(last)
    })
}

struct Reader<'reader> {
    topic: &'reader str,
    received: SimTime,
    directory: &'reader Directory,
    units: &'reader mut Units,
    into: &'reader mut Decoded,
}

/// `None` for an empty pointer, which here means that nothing is pointed at.
fn at<'value>(document: &'value Value, pointer: &str) -> Option<&'value Value> {
    if pointer.is_empty() {
        None
    } else {
        document.pointer(pointer)
    }
}

/// What stands under the first of these names.
pub(in crate::telemetry) fn first<'value>(
    object: &'value Map<String, Value>,
    names: &[&str],
) -> Option<&'value Value> {
    names.iter().find_map(|name| object.get(*name))
}

impl Reader<'_> {
    fn bound(&mut self, document: &Value, bound: &Bound) {
        let value = if !bound.value.is_empty() {
            document.pointer(&bound.value)
        } else if let Some(object) = document.as_object() {
            first(object, &VALUE)
        } else {
            Some(document)
        };
        let Some(value) = value else {
            let pointer = if bound.value.is_empty() {
                "/value"
            } else {
                &bound.value
            };
            self.refuse(document, &format!("has nothing at `{pointer}`"));
            return;
        };
        for (name, pointer) in [
            ("time", &bound.time),
            ("sequence number", &bound.sequence),
            ("quality code", &bound.quality),
        ] {
            if !pointer.is_empty() && document.pointer(pointer).is_none() {
                self.refuse(document, &format!("has no {name} at `{pointer}`"));
                return;
            }
        }
        self.reading(&Places {
            channel: bound.channel,
            value: Some(value),
            time: at(document, &bound.time),
            sequence: at(document, &bound.sequence),
            quality: at(document, &bound.quality),
            unit: None,
            binding_unit: bound.unit.as_ref(),
        });
    }

    /// A document without bindings; `depth` counts the arrays around it.
    fn document(&mut self, document: &Value, channel: Option<u32>, depth: usize) {
        match document {
            Value::Array(elements) if depth < 2 => {
                for element in elements {
                    self.document(element, channel, depth + 1);
                }
            }
            Value::Object(object) => self.object(object, channel, depth),
            other => match channel {
                Some(channel) => self.reading(&Places {
                    channel,
                    value: Some(other),
                    time: None,
                    sequence: None,
                    quality: None,
                    unit: None,
                    binding_unit: None,
                }),
                None => self.into.unmatched(self.topic),
            },
        }
    }

    fn object(&mut self, object: &Map<String, Value>, channel: Option<u32>, depth: usize) {
        if let Some(Value::Array(samples)) = object.get("samples")
            && depth < 2
        {
            for sample in samples {
                self.document(sample, channel, depth + 1);
            }
            return;
        }
        let beside = |channel, value| Places {
            channel,
            value: Some(value),
            time: first(object, &TIME),
            sequence: first(object, &SEQUENCE),
            quality: first(object, &QUALITY),
            unit: first(object, &UNIT),
            binding_unit: None,
        };
        if let Some(value) = first(object, &VALUE) {
            let channel = match first(object, &CHANNEL) {
                Some(Value::String(name)) => {
                    let found = self.directory.find(name);
                    if found.is_none() {
                        self.into.unmatched(name);
                        return;
                    }
                    found
                }
                _ => channel,
            };
            match channel {
                Some(channel) => self.reading(&beside(channel, value)),
                None => self.into.unmatched(self.topic),
            }
            return;
        }
        let mut any = false;
        for (name, value) in object {
            if let Some(channel) = self.directory.find(name) {
                any = true;
                // A unit beside several channels would be that of none.
                self.reading(&Places {
                    unit: None,
                    ..beside(channel, value)
                });
            }
        }
        if !any {
            self.into.unmatched(self.topic);
        }
    }

    fn reading(&mut self, places: &Places<'_>) {
        let Some(value) = places.value else { return };
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::Bool(on) => Some(f64::from(u8::from(*on))),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let Some(number) = number.filter(|number: &f64| number.is_finite()) else {
            self.refuse(value, "is no finite number");
            return;
        };
        let time = match places.time {
            None | Some(Value::Null) => None,
            Some(time) => {
                let resolved = match time {
                    Value::Number(number) => instant(number).resolve(self.directory.epoch()),
                    Value::String(text) => Instant::Text(text).resolve(self.directory.epoch()),
                    _ => Err("is no time: expected a number or an ISO 8601 instant".to_owned()),
                };
                match resolved {
                    Ok(time) => Some(time),
                    Err(reason) => {
                        self.refuse(time, &reason);
                        return;
                    }
                }
            }
        };
        let sequence = match places.sequence {
            None | Some(Value::Null) => None,
            Some(sequence) => {
                let read = match sequence {
                    Value::Number(number) => number.as_u64(),
                    Value::String(text) => text.trim().parse().ok(),
                    _ => None,
                };
                if read.is_none() {
                    self.refuse(sequence, "is no sequence number: expected a whole number");
                    return;
                }
                read
            }
        };
        let unit = match places.unit {
            None | Some(Value::Null) => None,
            Some(Value::String(unit)) => Some(unit.as_str()),
            Some(other) => {
                self.refuse(other, "is no unit: expected a text such as `degC`");
                return;
            }
        };
        let si = self.units.convert(
            number,
            unit,
            places.binding_unit,
            places.channel,
            self.directory,
        );
        let si = match si {
            Ok(si) => si,
            Err(reason) => {
                self.refuse(value, &reason);
                return;
            }
        };
        let quality = match places.quality {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let quality = quality::read_or_note(
            &quality,
            places.channel,
            self.directory,
            self.topic,
            self.received,
            self.into,
        );
        self.into.reading(Reading {
            channel: places.channel,
            time,
            received: self.received,
            value: si,
            source_sequence: sequence,
            quality,
            redelivered: false,
        });
    }

    fn refuse(&mut self, value: &Value, reason: &str) {
        // A large document is not written out to be cut short again.
        let text = match value {
            Value::Array(_) => "[…]".to_owned(),
            Value::Object(_) => "{…}".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.into
            .undecodable(self.topic, self.received, &text, reason);
    }
}

/// The instant that a number is, whole or not.
pub(in crate::telemetry) fn instant(number: &serde_json::Number) -> Instant<'static> {
    if let Some(whole) = number.as_i64() {
        Instant::Whole(i128::from(whole))
    } else if let Some(whole) = number.as_u64() {
        Instant::Whole(i128::from(whole))
    } else {
        Instant::Number(number.as_f64().unwrap_or(f64::NAN))
    }
}
