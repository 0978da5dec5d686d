//! Where a twin publishes what it knows while it runs live.
//!
//! As in [`document`](super::document), these are the parts as they stand in the
//! file: every struct refuses unknown fields, references are text.

use serde::{Deserialize, Serialize};

use super::contract::{BrokerAccess, is_default};
use crate::quantity::SimDuration;

/// Somewhere that a twin publishes what it knows while it runs live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishSettings {
    /// Unique name inside the twin.
    pub id: String,
    /// Where it goes.
    pub to: PublishTarget,
    /// Ids of channels and names of variables, published in their units: the
    /// simulated values. Empty: every measured channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub what: Vec<String>,
    /// Time of the twin from one value to the next; above zero.
    pub every: SimDuration,
    /// Whether residuals, observed minus simulated, go along as
    /// `CHANNEL.residual`, a difference in SI.
    #[serde(default, skip_serializing_if = "is_default")]
    pub residuals: bool,
    /// Whether it is told when something goes wrong with a channel, and when
    /// that is over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub alarms: bool,
}

/// Where a twin publishes to. Secrets do not stand in a document: where one is
/// needed, the name of the environment variable that holds it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PublishTarget {
    /// An MQTT broker, at quality of service 1: JSON on `topic/NAME`, alarms on
    /// `topic/alarms/NAME`.
    Mqtt {
        /// `mqtt://host:1883` or `mqtts://host:8883`.
        url: String,
        /// First levels of all topics.
        topic: String,
        /// Whether the broker keeps the last value of each for those who come
        /// later. Alarms are always kept.
        #[serde(default, skip_serializing_if = "is_default")]
        retain: bool,
        /// MQTT 5 rather than 3.1.1.
        #[serde(default, skip_serializing_if = "is_default")]
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
    /// A server that takes line protocol by HTTP, such as InfluxDB.
    Http {
        /// `http://host:8086/api/v2/write?bucket=plant`, or `https://…`.
        url: String,
        /// The measurement that values are of; their name is the tag `channel`.
        measurement: String,
        /// Environment variable that holds the token to show.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token_variable: Option<String>,
        /// Certificate authority to trust in place of the system's, a PEM file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<String>,
    },
    /// A CSV file, relative to the document; it is replaced by every session.
    /// Alarms have no place in it.
    File {
        /// The file.
        path: String,
    },
}

impl PublishTarget {
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
            Self::Http { .. } | Self::File { .. } => None,
        }
    }
}
