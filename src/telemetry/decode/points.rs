//! Readings in lines of line protocol.

use super::directory::{Bound, Directory, Units, unix};
use super::line_protocol::{self, FieldValue, Point};
use super::message::{Decoded, Reading};
use super::quality;
use crate::quantity::SimTime;

/// Unit of the timestamps in a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// The default of the protocol.
    #[default]
    Nanoseconds,
    /// 10⁻⁶ s.
    Microseconds,
    /// 10⁻³ s.
    Milliseconds,
    /// Seconds.
    Seconds,
}

impl Precision {
    /// The precision that a sender names in its request: `ns`, `us`, `ms`, `s`,
    /// also `n` and `u` as version 1 has them.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "" | "ns" | "n" | "nanosecond" => Some(Self::Nanoseconds),
            "us" | "u" | "µ" | "microsecond" => Some(Self::Microseconds),
            "ms" | "millisecond" => Some(Self::Milliseconds),
            "s" | "second" => Some(Self::Seconds),
            _ => None,
        }
    }

    const fn nanoseconds(self) -> i128 {
        match self {
            Self::Nanoseconds => 1,
            Self::Microseconds => 1_000,
            Self::Milliseconds => 1_000_000,
            Self::Seconds => 1_000_000_000,
        }
    }
}

/// Names of fields and tags that stand beside a value.
const SEQUENCE: &str = "sequence";
const QUALITY: &str = "quality";
const UNIT: &str = "unit";

/// Decodes lines; `place` is for messages, and a name that bindings may match.
///
/// A field goes by its path, `measurement/tag values/field`, by
/// `measurement/field`, by its measurement, by a tag's value when the field is
/// `value`, and by its own name; the first that is known holds.
pub(super) fn decode(
    place: &str,
    payload: &[u8],
    received: SimTime,
    precision: Precision,
    bindings: &[Bound],
    directory: &Directory,
    units: &mut Units,
    into: &mut Decoded,
) {
    // A line that is not UTF-8 spoils itself only.
    let text = String::from_utf8_lossy(payload);
    for line in line_protocol::lines(&text) {
        if line.contains('\u{fffd}') {
            into.undecodable(place, received, line, "is not UTF-8");
            continue;
        }
        let point = match line_protocol::parse(line) {
            Ok(point) => point,
            Err(problem) => {
                into.undecodable(place, received, line, problem.to_string());
                continue;
            }
        };
        let time = match point.time {
            None => None,
            Some(time) => {
                let nanoseconds = i128::from(time) * precision.nanoseconds();
                match unix(nanoseconds, directory.epoch()) {
                    Some(time) => Some(time),
                    None => {
                        let reason = "has a time more than 292 years from the epoch";
                        into.undecodable(place, received, line, reason);
                        continue;
                    }
                }
            }
        };
        let context = Context {
            line,
            point: &point,
            received,
            time,
            directory,
        };
        for (key, value) in &point.fields {
            context.field(place, key, value, bindings, units, into);
        }
    }
}

struct Context<'context> {
    line: &'context str,
    point: &'context Point<'context>,
    received: SimTime,
    time: Option<SimTime>,
    directory: &'context Directory,
}

impl Context<'_> {
    /// A field or tag of this name as text.
    fn beside(&self, name: &str) -> Option<String> {
        let field = self.point.fields.iter().find(|(key, _)| key == name);
        if let Some((_, value)) = field {
            return Some(match value {
                FieldValue::Float(value) => value.to_string(),
                FieldValue::Integer(value) => value.to_string(),
                FieldValue::Unsigned(value) => value.to_string(),
                FieldValue::Boolean(value) => value.to_string(),
                FieldValue::Text(text) => text.to_string(),
            });
        }
        let tag = self.point.tags.iter().find(|(key, _)| key == name);
        tag.map(|(_, value)| value.to_string())
    }

    /// Every name that the field goes by, the most exact first.
    fn names(&self, key: &str) -> Vec<String> {
        let measurement = &self.point.measurement;
        let mut path = measurement.to_string();
        for (_, value) in &self.point.tags {
            path.push('/');
            path.push_str(value);
        }
        let short = format!("{measurement}/{key}");
        let mut names = vec![format!("{path}/{key}"), path];
        for (name, value) in &self.point.tags {
            if name != UNIT {
                names.push(format!("{value}/{key}"));
                names.push(value.to_string());
            }
        }
        names.push(short);
        names.push(format!("{measurement}.{key}"));
        names.push(key.to_owned());
        names.push(measurement.to_string());
        names
    }

    fn field(
        &self,
        place: &str,
        key: &str,
        value: &FieldValue<'_>,
        bindings: &[Bound],
        units: &mut Units,
        into: &mut Decoded,
    ) {
        let companion = |name: &str| name == SEQUENCE || name == QUALITY || name == UNIT;
        if self.point.fields.len() > 1 && companion(key) && self.directory.find(key).is_none() {
            return;
        }
        let names = self.names(key);
        // A name of the measurement or a tag alone means its field `value`, or
        // its only one.
        let sole = key == "value"
            || self
                .point
                .fields
                .iter()
                .all(|(other, _)| other == key || companion(other));
        let whole = |name: &str| sole || name.ends_with(key);
        let bound: Vec<&Bound> = bindings
            .iter()
            .filter(|bound| {
                (bound.value.is_empty() || bound.value.trim_start_matches('/') == key)
                    && (bound.topic.is_empty()
                        || bound.matches(place)
                        || names.iter().any(|name| {
                            bound.matches(name) && (whole(name) || !bound.value.is_empty())
                        }))
            })
            .collect();
        if bindings.is_empty() {
            let channel = names
                .iter()
                .filter(|name| whole(name))
                .find_map(|name| self.directory.find(name));
            match channel {
                Some(channel) => self.reading(place, channel, value, None, units, into),
                None => into.unmatched(&names[0]),
            }
        } else if bound.is_empty() {
            into.unmatched(&names[0]);
        } else {
            for bound in bound {
                self.reading(place, bound.channel, value, Some(bound), units, into);
            }
        }
    }

    fn reading(
        &self,
        place: &str,
        channel: u32,
        value: &FieldValue<'_>,
        bound: Option<&Bound>,
        units: &mut Units,
        into: &mut Decoded,
    ) {
        let Some(number) = value.number() else {
            let reason = "has a text where the channel needs a number";
            into.undecodable(place, self.received, self.line, reason);
            return;
        };
        let named = |default: &str, own: Option<&String>| match own {
            Some(own) if !own.is_empty() => self.beside(own.trim_start_matches('/')),
            _ => self.beside(default),
        };
        let unit = self.beside(UNIT);
        let binding_unit = bound.and_then(|bound| bound.unit.as_ref());
        let si = match units.convert(
            number,
            unit.as_deref(),
            binding_unit,
            channel,
            self.directory,
        ) {
            Ok(si) => si,
            Err(reason) => {
                into.undecodable(place, self.received, self.line, reason);
                return;
            }
        };
        let source_sequence = match named(SEQUENCE, bound.map(|bound| &bound.sequence)) {
            None => None,
            Some(text) => match text.parse() {
                Ok(sequence) => Some(sequence),
                Err(_) => {
                    let reason = "has a sequence that is no whole number";
                    into.undecodable(place, self.received, self.line, reason);
                    return;
                }
            },
        };
        let quality = named(QUALITY, bound.map(|bound| &bound.quality)).unwrap_or_default();
        let quality = quality::read_or_note(
            &quality,
            channel,
            self.directory,
            place,
            self.received,
            into,
        );
        into.reading(Reading {
            channel,
            time: self.time,
            received: self.received,
            value: si,
            source_sequence,
            quality,
            redelivered: false,
        });
    }
}
