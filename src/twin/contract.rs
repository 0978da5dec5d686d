//! What a plant owes its twin: the contract of a channel, the sources it comes
//! from, and how its columns have changed over time.
//!
//! As in [`document`](super::document), these are the parts as they stand in the
//! file: every struct refuses unknown fields, references are text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::Channel;
use crate::quantity::{Dimension, Quantity, SimDuration, Unit};

/// What a channel's samples have to be like, beyond unit, period and physical
/// range. What is left out is not checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contract {
    /// How far the time between two samples may be from the channel's period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<SimDuration>,
    /// How long after its event time a sample may arrive and still take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lateness: Option<SimDuration>,
    /// Range of normal operation, inside the physical one; outside is suspect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operational: Option<(Quantity, Quantity)>,
    /// Largest change per time between two samples, above zero: `2 K/s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Quantity>,
    /// Smallest step the sensor can tell, a difference: `0.1 K`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Quantity>,
    /// Standard deviation of the random error of one reading, a difference: `0.05 m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<Quantity>,
    /// How long the value may stay the same, within the resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck: Option<SimDuration>,
    /// Largest lasting distance from the model, a difference: `1.5 K`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Quantity>,
    /// How samples stand for the step they fall into.
    #[serde(skip_serializing_if = "is_default")]
    pub aggregation: Aggregation,
    /// What the source's quality codes mean, where they differ from the standard's.
    /// A key is a number (`192`, `0x80000000`), a severity of the standard
    /// (`good`, `uncertain`, `bad`), or a word that the source itself writes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub quality_codes: BTreeMap<String, QualityMeaning>,
    /// What becomes of a sample that fails.
    #[serde(skip_serializing_if = "is_default")]
    pub on_failure: OnFailure,
    /// Names that the same stream goes by elsewhere: tags, topics, older headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

impl Contract {
    /// Whether it asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        is_default(self)
    }
}

impl Channel {
    /// A unit of the dimension that samples of this channel have to have, given
    /// that of its variable: for a counter that of the rate times time, for all
    /// others the same.
    #[must_use]
    pub fn sample_unit(&self, variable: &Unit) -> Unit {
        match self.contract.aggregation {
            Aggregation::Total { .. } => with_time_exponent(variable, 1),
            _ => Some(variable.clone()),
        }
        .unwrap_or_else(|| self.unit.clone())
    }

    /// The unit that observations of this channel and their residuals are shown
    /// in, given that of its variable: a counter's observations are rates, in the
    /// variable's unit; all others are in the channel's.
    #[must_use]
    pub fn observation_unit<'unit>(&'unit self, variable: &'unit Unit) -> &'unit Unit {
        match self.contract.aggregation {
            Aggregation::Total { .. } => variable,
            _ => &self.unit,
        }
    }
}

/// The SI unit of `unit` times seconds to the power of `change`; `None` where
/// the exponents do not fit.
pub(super) fn with_time_exponent(unit: &Unit, change: i8) -> Option<Unit> {
    let dimension = unit.dimension();
    let time = dimension.time.checked_add(change)?;
    Unit::si(Dimension { time, ..dimension }).ok()
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How samples of any spacing become one observation a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Aggregation {
    /// The value at an instant: the last sample of the step.
    #[default]
    Instant,
    /// The value at an instant, by a straight line between the samples around
    /// the end of the step, at most two periods apart.
    Linear,
    /// The mean over the step, each sample holding until the next.
    Mean,
    /// A counter: the observation is the mean rate over the step, so that sums
    /// keep the total. The channel's unit is that of the counter, the
    /// variable's that of the rate.
    Total {
        /// Where the counter starts again from zero, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rollover: Option<Quantity>,
    },
}

/// What a quality code of a source says about its sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QualityMeaning {
    /// The source vouches for it.
    Good,
    /// The source is not sure.
    Uncertain,
    /// The source knows it is wrong.
    Bad,
}

/// What becomes of a sample that fails its contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFailure {
    /// It is kept aside; there is a gap in its place.
    #[default]
    Drop,
    /// It is kept aside; the last good value stands in its place.
    Hold,
    /// It takes part, and says that it failed.
    Flag,
    /// It is kept aside until a person releases it.
    Quarantine,
}

/// How a table of telemetry has changed over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Evolution {
    /// A column has another header.
    Renamed {
        /// Header the document's channel knows.
        from: String,
        /// Header that files have now.
        to: String,
    },
    /// A column is no longer there; its channel is missing and that is known.
    Removed {
        /// The header.
        column: String,
    },
    /// A column is there that no channel reads, and that is known.
    Added {
        /// The header.
        column: String,
    },
    /// A column has another unit.
    Unit {
        /// The header.
        column: String,
        /// Unit that its numbers have now.
        unit: Unit,
    },
}

/// Quantities that have to agree: a balance around an asset, or two sensors of
/// one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// Unique name inside the twin.
    pub id: String,
    /// Channel ids with the factor each enters with; their sum is to be zero.
    pub terms: BTreeMap<String, f64>,
    /// Largest distance of the sum from zero, a difference: `0.5 L/s`.
    pub tolerance: Quantity,
    /// How long the sum may be beyond it before that counts.
    #[serde(default)]
    pub patience: SimDuration,
}

/// Where samples come from while a twin runs live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// Unique name inside the twin.
    pub id: String,
    /// How to reach it.
    pub connection: Connection,
    /// Which part of it is which channel. Empty: its own names are channel ids,
    /// columns or aliases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Binding>,
}

/// How a source is reached. Secrets do not stand in a document: where one is
/// needed, the name of the environment variable that holds it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Connection {
    /// A CSV or Parquet file, read as it grows, relative to the document.
    File {
        /// The file.
        path: String,
    },
    /// A folder that CSV or Parquet files are written into.
    Folder {
        /// The folder.
        path: String,
    },
    /// An MQTT broker.
    Mqtt {
        /// `mqtt://host:1883` or `mqtts://host:8883`.
        url: String,
        /// Topic filters to subscribe to.
        topics: Vec<String>,
        /// What the payloads are.
        #[serde(default)]
        payload: Payload,
        /// MQTT 5 rather than 3.1.1.
        #[serde(default)]
        version_5: bool,
        /// User name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// Environment variable that holds the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password_variable: Option<String>,
        /// Certificate authority to trust in place of the system's, a PEM file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<String>,
    },
    /// An address that others push to by HTTP: line protocol or JSON.
    HttpPush {
        /// `127.0.0.1:8086`.
        listen: String,
        /// Environment variable that holds the token a sender has to show.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token_variable: Option<String>,
    },
    /// A program whose standard output is read.
    Process {
        /// The program and its arguments.
        command: Vec<String>,
        /// What its lines are.
        #[serde(default)]
        payload: Payload,
    },
}

/// How an MQTT broker is reached, whether a source listens to it or a twin
/// publishes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerAccess<'document> {
    /// `mqtt://host:1883` or `mqtts://host:8883`.
    pub url: &'document str,
    /// MQTT 5 rather than 3.1.1.
    pub version_5: bool,
    /// User name.
    pub user: Option<&'document str>,
    /// Environment variable that holds the password.
    pub password_variable: Option<&'document str>,
    /// Certificate authority to trust in place of the system's, a PEM file.
    pub authority: Option<&'document str>,
}

impl Connection {
    /// How its broker is reached, if it is one.
    #[must_use]
    pub fn broker(&self) -> Option<BrokerAccess<'_>> {
        match self {
            Self::Mqtt {
                url,
                version_5,
                user,
                password_variable,
                authority,
                ..
            } => Some(BrokerAccess {
                url,
                version_5: *version_5,
                user: user.as_deref(),
                password_variable: password_variable.as_deref(),
                authority: authority.as_deref(),
            }),
            _ => None,
        }
    }
}

/// Whether a topic matches a filter, by the rules of MQTT 5, 4.7: `+` is one
/// level, `#` the level before it and all that follow.
#[must_use]
pub fn topic_matches(filter: &str, topic: &str) -> bool {
    let mut levels = topic.split('/');
    let mut filters = filter.split('/');
    loop {
        match (filters.next(), levels.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(filter), Some(level)) if filter == level => {}
            _ => return false,
        }
    }
}

/// How a message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payload {
    /// A JSON document; bindings point into it.
    #[default]
    Json,
    /// A bare number.
    Number,
    /// InfluxDB line protocol.
    LineProtocol,
    /// Sparkplug B.
    Sparkplug,
    /// CSV rows, the first of them a header.
    Csv,
}

/// Which part of a source is which channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Id of the channel.
    pub channel: String,
    /// Topic, measurement, metric or column that carries it; `+` and `#` as in
    /// MQTT. Empty: any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// Where the value stands in a JSON payload, a JSON pointer (RFC 6901).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Where its time stands; the time of reception when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub time: String,
    /// Where its sequence number stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sequence: String,
    /// Where its quality code stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quality: String,
    /// Unit of the numbers, where it is not the channel's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
}
