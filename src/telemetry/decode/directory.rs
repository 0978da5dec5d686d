//! Which name of a source is which channel of the twin.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::header::ColumnMapping;
use super::super::number::{self, Zoned};
use super::super::problem::{list, shortened};
use crate::quantity::{Epoch, SimTime, Unit};
use crate::twin::{Binding, QualityMeaning, Twin, VariableTable, topic_matches};

/// Units that messages name, kept once they have been read. A source that
/// names ever new ones is read more slowly, not with more memory.
const MOST_UNITS: usize = 256;

/// The channels of a twin by every name they go by.
#[derive(Clone, Debug)]
pub struct Directory {
    twin: Arc<Twin>,
    variables: Arc<VariableTable>,
    names: BTreeMap<String, u32>,
}

impl Directory {
    /// The channels of `twin`: by id, else by column, else by alias, else by variable.
    #[must_use]
    pub fn new(twin: Arc<Twin>, variables: Arc<VariableTable>) -> Self {
        let mut names = BTreeMap::new();
        let channels = || (0_u32..).zip(&twin.channels);
        let mut add = |name: &str, position: u32| {
            // The first of several channels of one name has it.
            names.entry(name.to_owned()).or_insert(position);
        };
        for (position, channel) in channels() {
            add(&channel.id, position);
        }
        for (position, channel) in channels() {
            if let Some(column) = &channel.column {
                add(column, position);
            }
        }
        for (position, channel) in channels() {
            for alias in &channel.contract.aliases {
                add(alias, position);
            }
        }
        for (position, channel) in channels() {
            add(&channel.variable, position);
        }
        Self {
            twin,
            variables,
            names,
        }
    }

    /// The twin.
    #[must_use]
    pub fn twin(&self) -> &Twin {
        &self.twin
    }

    /// Its variables.
    #[must_use]
    pub fn variables(&self) -> &VariableTable {
        &self.variables
    }

    /// The instant that simulation time zero stands for.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.twin.epoch
    }

    /// The channel of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// The unit of a channel's samples in the document.
    pub(super) fn unit(&self, channel: u32) -> Option<&Unit> {
        self.twin
            .channels
            .get(channel as usize)
            .map(|one| &one.unit)
    }

    /// What the document says about a quality code of a channel.
    pub(super) fn quality_meaning(&self, channel: u32, code: &str) -> Option<QualityMeaning> {
        let contract = &self.twin.channels.get(channel as usize)?.contract;
        contract.quality_codes.get(code).copied()
    }
}

/// Units by their text, as messages name them.
#[derive(Clone, Debug, Default)]
pub(super) struct Units {
    known: BTreeMap<String, Unit>,
}

impl Units {
    /// `number` in the unit of `text`, or of `binding`, or of the channel, in SI.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the number.
    pub(super) fn convert(
        &mut self,
        number: f64,
        text: Option<&str>,
        binding: Option<&Unit>,
        channel: u32,
        directory: &Directory,
    ) -> Result<f64, String> {
        let Some(own) = directory.unit(channel) else {
            return Err("belongs to a channel that the twin does not have".to_owned());
        };
        let value = match text {
            Some(text) => {
                if !self.known.contains_key(text) {
                    let unit = Unit::parse_lenient(text)
                        .map_err(|error| format!("has a unit that cannot be read: {error}"))?;
                    if self.known.len() >= MOST_UNITS {
                        self.known.clear();
                    }
                    self.known.insert(text.to_owned(), unit);
                }
                match self.known.get(text) {
                    Some(unit) if unit.is_commensurable(own) => unit.to_si(number),
                    _ => {
                        return Err(format!(
                            "is in `{}`, which does not fit the channel's unit `{}`",
                            shortened(text),
                            own.code()
                        ));
                    }
                }
            }
            None => binding.unwrap_or(own).to_si(number),
        };
        if value.is_finite() {
            Ok(value)
        } else {
            Err("is no finite number".to_owned())
        }
    }
}

/// A binding of the document that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingProblem {
    /// There is no such channel.
    #[error("binding {number}: there is no channel `{channel}`; the twin has {known}")]
    Channel {
        /// Which binding, from 1.
        number: usize,
        /// The id it names.
        channel: String,
        /// The ids there are.
        known: String,
    },
    /// A JSON pointer is none.
    #[error(
        "binding {number}: `{pointer}` is no JSON pointer: one begins with `/`, as in `/data/value`"
    )]
    Pointer {
        /// Which binding, from 1.
        number: usize,
        /// The text.
        pointer: String,
    },
    /// The unit is of another dimension than the channel's.
    #[error(
        "binding {number}: unit `{unit}` does not fit channel `{channel}`, which is in `{expected}`"
    )]
    Unit {
        /// Which binding, from 1.
        number: usize,
        /// Id of the channel.
        channel: String,
        /// The unit.
        unit: String,
        /// The channel's unit.
        expected: String,
    },
    /// A topic pattern is none.
    #[error(
        "binding {number}: `{topic}` is no topic pattern: `+` stands for one whole level, `#` for \
         all that follow and only at the end"
    )]
    Topic {
        /// Which binding, from 1.
        number: usize,
        /// The pattern.
        topic: String,
    },
}

/// One binding, resolved.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) channel: u32,
    pub(super) topic: String,
    pub(super) value: String,
    pub(super) time: String,
    pub(super) sequence: String,
    pub(super) quality: String,
    pub(super) unit: Option<Unit>,
}

impl Bound {
    /// Whether a name matches the binding's topic; an empty one matches all.
    pub(super) fn matches(&self, name: &str) -> bool {
        self.topic.is_empty() || topic_matches(&self.topic, name)
    }
}

/// Resolves the bindings of a source.
pub(super) fn resolve(
    bindings: &[Binding],
    directory: &Directory,
    pointers: bool,
) -> Result<Vec<Bound>, BindingProblem> {
    let mut resolved = Vec::new();
    for (position, binding) in bindings.iter().enumerate() {
        let number = position + 1;
        let Some(channel) = directory.find(&binding.channel) else {
            let ids = directory.twin.channels.iter().map(|one| one.id.as_str());
            return Err(BindingProblem::Channel {
                number,
                channel: shortened(&binding.channel),
                known: list(ids),
            });
        };
        let places = [
            &binding.value,
            &binding.time,
            &binding.sequence,
            &binding.quality,
        ];
        if pointers
            && let Some(wrong) = places
                .into_iter()
                .find(|place| !place.is_empty() && !place.starts_with('/'))
        {
            return Err(BindingProblem::Pointer {
                number,
                pointer: shortened(wrong),
            });
        }
        if !is_pattern(&binding.topic) {
            return Err(BindingProblem::Topic {
                number,
                topic: shortened(&binding.topic),
            });
        }
        if let (Some(unit), Some(expected)) = (&binding.unit, directory.unit(channel))
            && !unit.is_commensurable(expected)
        {
            return Err(BindingProblem::Unit {
                number,
                channel: binding.channel.clone(),
                unit: unit.code().to_owned(),
                expected: expected.code().to_owned(),
            });
        }
        resolved.push(Bound {
            channel,
            topic: binding.topic.clone(),
            value: binding.value.clone(),
            time: binding.time.clone(),
            sequence: binding.sequence.clone(),
            quality: binding.quality.clone(),
            unit: binding.unit.clone(),
        });
    }
    Ok(resolved)
}

/// The bindings as assignments of columns.
pub(super) fn column_mappings(bindings: &[Binding]) -> Vec<ColumnMapping> {
    bindings
        .iter()
        .filter(|binding| !binding.topic.is_empty())
        .map(|binding| ColumnMapping {
            column: binding.topic.clone(),
            channel: binding.channel.clone(),
            unit: binding.unit.clone(),
        })
        .collect()
}

/// Whether `pattern` follows the rules of MQTT 5, 4.7.1: `#` alone in the last
/// level, `+` alone in its level.
fn is_pattern(pattern: &str) -> bool {
    let mut levels = pattern.split('/').peekable();
    while let Some(level) = levels.next() {
        let wild = level.contains(['+', '#']);
        if wild && level.len() > 1 || level == "#" && levels.peek().is_some() {
            return false;
        }
    }
    true
}

/// When something was measured, in the words of a source.
#[derive(Clone, Copy, Debug)]
pub(in crate::telemetry) enum Instant<'text> {
    Whole(i128),
    Number(f64),
    Text(&'text str),
}

impl Instant<'_> {
    /// The time that it says. Text is an ISO 8601 instant with an offset from
    /// UTC, or a number as text. A number below 10⁸ counts seconds since the
    /// twin's epoch, as in a telemetry file; a larger one is Unix time, in
    /// seconds below 10¹¹, in milliseconds below 10¹⁴, in microseconds below
    /// 10¹⁷, else in nanoseconds. The limits are years 1973 and 5138.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the text.
    pub(in crate::telemetry) fn resolve(self, epoch: Epoch) -> Result<SimTime, String> {
        const BEYOND: &str = "is a time more than 292 years from the epoch";
        match self {
            Self::Text(text) => {
                let text = text.trim();
                if let Ok(whole) = text.parse::<i64>() {
                    return Self::Whole(i128::from(whole)).resolve(epoch);
                }
                if let Ok(number) = text.parse::<f64>() {
                    return Self::Number(number).resolve(epoch);
                }
                number::time(text, &Unit::known("s"), epoch, false, &mut Zoned::new(None))
                    .map_err(|reason| format!("is no time: it {reason}"))
            }
            Self::Whole(whole) => {
                let size = whole.unsigned_abs();
                if size < 100_000_000 {
                    return i64::try_from(whole)
                        .ok()
                        .and_then(|seconds| seconds.checked_mul(1_000_000_000))
                        .map(SimTime::from_nanoseconds)
                        .ok_or_else(|| BEYOND.to_owned());
                }
                let scale = match size {
                    0..100_000_000_000 => 1_000_000_000,
                    100_000_000_000..100_000_000_000_000 => 1_000_000,
                    100_000_000_000_000..100_000_000_000_000_000 => 1_000,
                    _ => 1,
                };
                whole
                    .checked_mul(scale)
                    .and_then(|nanoseconds| unix(nanoseconds, epoch))
                    .ok_or_else(|| BEYOND.to_owned())
            }
            Self::Number(number) => {
                if !number.is_finite() {
                    return Err("is no time: it is not finite".to_owned());
                }
                let size = number.abs();
                if size < 1e8 {
                    return SimTime::from_seconds(number).ok_or_else(|| BEYOND.to_owned());
                }
                let scale = if size < 1e11 {
                    1e9
                } else if size < 1e14 {
                    1e6
                } else if size < 1e17 {
                    1e3
                } else {
                    1.0
                };
                // Whole and fractional parts apart: the product of the whole
                // would round above 2⁵³ ns.
                let whole = number.trunc();
                let fraction = ((number - whole) * scale).round();
                (whole as i128)
                    .checked_mul(scale as i128)
                    .and_then(|nanoseconds| nanoseconds.checked_add(fraction as i128))
                    .and_then(|nanoseconds| unix(nanoseconds, epoch))
                    .ok_or_else(|| BEYOND.to_owned())
            }
        }
    }
}

/// The simulation time of nanoseconds since 1970.
pub(super) fn unix(nanoseconds: i128, epoch: Epoch) -> Option<SimTime> {
    let since = nanoseconds.checked_sub(epoch.start().as_nanosecond())?;
    i64::try_from(since).ok().map(SimTime::from_nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_the_standard_says() {
        // The examples of MQTT 5, 4.7.1.2 and 4.7.1.3.
        for topic in ["sport/tennis/player1", "sport/tennis/player1/ranking"] {
            assert!(topic_matches("sport/tennis/player1/#", topic));
        }
        assert!(topic_matches("sport/#", "sport"));
        assert!(topic_matches("#", "anything/at/all"));
        assert!(topic_matches("sport/tennis/+", "sport/tennis/player1"));
        assert!(!topic_matches(
            "sport/tennis/+",
            "sport/tennis/player1/ranking"
        ));
        assert!(!topic_matches("sport/+", "sport"));
        assert!(topic_matches("sport/+", "sport/"));
        assert!(topic_matches("/+", "/finance"));
        assert!(topic_matches("+/+", "/finance"));
        assert!(!topic_matches("+", "/finance"));
        for wrong in ["sport/tennis#", "sport/tennis/#/ranking", "sport+"] {
            assert!(!is_pattern(wrong), "{wrong}");
        }
        for right in ["#", "+", "a/+/b/#", "", "/"] {
            assert!(is_pattern(right), "{right}");
        }
    }

    #[test]
    fn a_time_is_read_in_every_unit_of_unix_time() {
        let epoch = Epoch::parse("2024-01-01T00:00:00Z").expect("an instant");
        let expected = SimTime::from_seconds(90.5).expect("a time");
        // 2024-01-01T00:00:00Z is 1 704 067 200 s after 1970.
        for text in [
            "2024-01-01T00:01:30.5Z",
            "1704067290.5",
            "1704067290500",
            "1704067290500000",
            "1704067290500000000",
            "90.5",
        ] {
            assert_eq!(Instant::Text(text).resolve(epoch), Ok(expected), "{text}");
        }
        assert_eq!(
            Instant::Number(1_704_067_290.5).resolve(epoch),
            Ok(expected)
        );
        for text in ["yesterday", "NaN", "1e40", "2024-01-01 00:01:30", ""] {
            assert!(Instant::Text(text).resolve(epoch).is_err(), "{text}");
        }
    }
}
