//! Where in a payload numbers stand.

use serde_json::{Map, Value};

use crate::quantity::{Epoch, SimTime, Unit};
use crate::telemetry::decode::{Instant, json};

/// How deep a payload is looked into.
const MOST_DEPTH: usize = 6;
/// Elements of an array that are looked at.
const MOST_ELEMENTS: usize = 32;

/// A number of a payload.
pub(super) struct FoundNumber {
    /// Where it stands.
    pub(super) value_pointer: String,
    /// Where its time stands; empty where there is none.
    pub(super) time_pointer: String,
    /// Where its sequence number stands; empty where there is none.
    pub(super) sequence_pointer: String,
    /// The unit beside it.
    pub(super) unit: Option<String>,
    /// Its time: that of the payload, or of reception.
    pub(super) time: SimTime,
    /// The number.
    pub(super) number: f64,
}

/// What holds for everything below a place of a payload.
#[derive(Clone)]
struct Around {
    pointer: String,
    time_pointer: String,
    time: SimTime,
    sequence_pointer: String,
    unit: Option<String>,
}

/// Whether a name only says that a value stands there.
pub(super) fn is_plain_value(name: &str) -> bool {
    json::VALUE.contains(&name)
}

/// Every number of a payload; `None` where it is no JSON.
pub(super) fn read_payload(
    payload: &[u8],
    received: SimTime,
    epoch: Epoch,
) -> Option<Vec<FoundNumber>> {
    let document: Value = serde_json::from_slice(payload).ok()?;
    let around = Around {
        pointer: String::new(),
        time_pointer: String::new(),
        time: received,
        sequence_pointer: String::new(),
        unit: None,
    };
    let mut found = Vec::new();
    visit(&document, &around, epoch, 0, &mut found);
    Some(found)
}

fn visit(value: &Value, around: &Around, epoch: Epoch, depth: usize, found: &mut Vec<FoundNumber>) {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null => None,
        Value::Array(elements) => {
            if depth < MOST_DEPTH {
                for (position, element) in elements.iter().take(MOST_ELEMENTS).enumerate() {
                    let below = Around {
                        pointer: format!("{}/{position}", around.pointer),
                        ..around.clone()
                    };
                    visit(element, &below, epoch, depth + 1, found);
                }
            }
            None
        }
        Value::Object(object) => {
            if depth < MOST_DEPTH {
                visit_object(object, around, epoch, depth, found);
            }
            None
        }
    };
    if let Some(number) = number.filter(|number: &f64| number.is_finite()) {
        found.push(FoundNumber {
            value_pointer: around.pointer.clone(),
            time_pointer: around.time_pointer.clone(),
            sequence_pointer: around.sequence_pointer.clone(),
            unit: around.unit.clone(),
            time: around.time,
            number,
        });
    }
}

fn visit_object(
    object: &Map<String, Value>,
    around: &Around,
    epoch: Epoch,
    depth: usize,
    found: &mut Vec<FoundNumber>,
) {
    let mut here = around.clone();
    let named = |names: &[&str]| {
        let name = names.iter().find(|name| object.contains_key(**name))?;
        Some(format!("{}/{name}", around.pointer))
    };
    // A number under the name of a time that is none is a value like others.
    let time = json::first(object, &json::TIME).and_then(|time| match time {
        Value::Number(number) => json::instant(number).resolve(epoch).ok(),
        Value::String(text) => Instant::Text(text).resolve(epoch).ok(),
        _ => None,
    });
    if let (Some(time), Some(pointer)) = (time, named(&json::TIME)) {
        here.time = time;
        here.time_pointer = pointer;
    }
    if let Some(pointer) = named(&json::SEQUENCE) {
        here.sequence_pointer = pointer;
    }
    // A unit beside several values would be that of none.
    here.unit = match json::first(object, &json::UNIT) {
        Some(Value::String(unit))
            if json::first(object, &json::VALUE).is_some() && Unit::parse_lenient(unit).is_ok() =>
        {
            Some(unit.clone())
        }
        _ => None,
    };
    for (name, value) in object {
        let is_beside = [
            json::SEQUENCE.as_slice(),
            json::QUALITY.as_slice(),
            json::UNIT.as_slice(),
            json::CHANNEL.as_slice(),
        ]
        .iter()
        .any(|names| names.contains(&name.as_str()));
        if is_beside || (time.is_some() && json::TIME.contains(&name.as_str())) {
            continue;
        }
        let below = Around {
            pointer: format!(
                "{}/{}",
                around.pointer,
                name.replace('~', "~0").replace('/', "~1")
            ),
            ..here.clone()
        };
        visit(value, &below, epoch, depth + 1, found);
    }
}
