//! A connection to an MQTT broker, 3.1.1 or 5, for sources and sinks alike.
//!
//! One client object is one connection: when it is lost, a new one is made, so
//! that no state of the old one, such as an acknowledgement for a packet number
//! that now means another packet, reaches the new one.

use std::path::Path;
use std::time::Duration;

use hyper::body::Bytes;
use rumqttc::v5;
use rumqttc::{Packet, QoS, TlsConfiguration, Transport};

use super::tls::{self, TlsProblem};

/// Requests that may wait to be sent: packet numbers are of 16 bits, so that no
/// more than this can be in flight, and an acknowledgement always has room.
const REQUESTS: usize = 1 << 16;

/// Messages that a broker of MQTT 5 may send before the first is acknowledged.
const RECEIVE_MAXIMUM: u16 = 4096;

/// How long a broker of MQTT 5 keeps what comes while nobody is connected \[s].
const SESSION_EXPIRY: u32 = 24 * 3600;

/// How often a silent connection is tested.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What can be wrong with a broker or the way to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MqttProblem {
    /// The address is none.
    #[error(
        "`{url}` is no address of a broker: {problem}; expected `mqtt://host:1883`, or \
         `mqtts://host:8883` for an encrypted connection"
    )]
    Address {
        /// What the document says.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A setting cannot be used.
    #[error("the MQTT settings cannot be used: {problem}")]
    Setting {
        /// What is wrong and what was expected.
        problem: String,
    },
    /// The broker cannot be reached, or the connection is lost.
    #[error("the broker `{broker}` {problem}")]
    Connection {
        /// Host and port.
        broker: String,
        /// What went wrong and what can be done, as the end of a sentence.
        problem: String,
    },
}

/// Host, port and whether the connection is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerAddress {
    /// Name or number of the host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
}

impl BrokerAddress {
    /// Reads `mqtt://host:1883` or `mqtts://host:8883`; the port may be left out.
    ///
    /// # Errors
    /// When it is none, or holds a user or a path, which have places of their own.
    pub fn parse(url: &str) -> Result<Self, MqttProblem> {
        let fail = |problem| MqttProblem::Address {
            url: url.to_owned(),
            problem,
        };
        let Some((scheme, rest)) = url.trim().split_once("://") else {
            return Err(fail("it has no scheme"));
        };
        let encrypted = match scheme {
            "mqtt" | "tcp" => false,
            "mqtts" | "ssl" => true,
            _ => return Err(fail("its scheme is unknown")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err(fail(
                "a user and password do not stand in it; use `user` and `password_variable`",
            ));
        }
        if rest.contains(['/', '?', '#']) {
            return Err(fail("it has a path, which a broker does not have"));
        }
        // `[::1]:1883`: a number of version 6 stands in brackets.
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match rest.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        if host.is_empty() {
            return Err(fail("it has no host"));
        }
        let port = match port {
            None => {
                if encrypted {
                    8883
                } else {
                    1883
                }
            }
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| fail("its port is no number from 1 to 65535"))?,
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            encrypted,
        })
    }
}

impl std::fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// How to reach a broker.
#[derive(Clone, Debug)]
pub(super) struct BrokerSettings {
    pub(super) address: BrokerAddress,
    pub(super) version_5: bool,
    pub(super) client_id: String,
    /// Whether the broker is to keep what comes while nobody is connected.
    pub(super) keep_session: bool,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) tls: Option<TlsConfiguration>,
    /// Largest packet \[byte].
    pub(super) largest: usize,
}

impl BrokerSettings {
    /// The encryption that an address asks for.
    pub(super) fn tls_of(
        address: &BrokerAddress,
        authority: Option<&Path>,
    ) -> Result<Option<TlsConfiguration>, TlsProblem> {
        if address.encrypted {
            Ok(Some(TlsConfiguration::Rustls(tls::client(authority)?)))
        } else {
            Ok(None)
        }
    }
}

/// What a broker says.
#[derive(Debug)]
pub(super) enum Incident {
    /// The connection is there; `session` says whether the broker kept one.
    Connected { session: bool },
    /// The broker has taken the subscriptions, or refused them.
    Subscribed { refused: bool },
    /// A message.
    Message(Incoming),
    /// A packet of ours has gone out under this number.
    Sent(u16),
    /// The broker has taken a packet of ours.
    Acknowledged(u16),
    /// Nothing of interest.
    Other,
}

/// A message and what is needed to acknowledge it.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) topic: String,
    pub(super) payload: Bytes,
    /// Whether the broker may have delivered it before.
    pub(super) repeated: bool,
    /// Whether the broker waits for an acknowledgement.
    pub(super) number: Option<PacketNumber>,
}

/// A packet to acknowledge.
#[derive(Clone, Debug)]
pub(super) enum PacketNumber {
    V4(Box<rumqttc::Publish>),
    V5(Box<v5::mqttbytes::v5::Publish>),
}

/// Sends to the broker.
#[derive(Clone, Debug)]
pub(super) enum Client {
    V4(rumqttc::AsyncClient),
    V5(v5::AsyncClient),
}

impl Client {
    /// Acknowledges a message; never waits.
    pub(super) fn acknowledge(&self, number: &PacketNumber) -> Result<(), String> {
        match (self, number) {
            (Self::V4(client), PacketNumber::V4(publish)) => {
                client.try_ack(publish).map_err(|error| lost(&error))
            }
            (Self::V5(client), PacketNumber::V5(publish)) => {
                client.try_ack(publish).map_err(|error| lost(&error))
            }
            _ => Err("the packet is of another version of MQTT".to_owned()),
        }
    }

    /// Subscribes at quality of service 1; never waits.
    pub(super) fn subscribe(&self, topics: &[String]) -> Result<(), String> {
        match self {
            Self::V4(client) => {
                client
                    .try_subscribe_many(topics.iter().map(|topic| {
                        rumqttc::SubscribeFilter::new(topic.clone(), QoS::AtLeastOnce)
                    }))
                    .map_err(|error| lost(&error))
            }
            Self::V5(client) => client
                .try_subscribe_many(topics.iter().map(|topic| {
                    v5::mqttbytes::v5::Filter::new(topic.clone(), v5::mqttbytes::QoS::AtLeastOnce)
                }))
                .map_err(|error| lost(&error)),
        }
    }

    /// Publishes at quality of service 1; never waits.
    pub(super) fn publish(
        &self,
        topic: &str,
        payload: Vec<u8>,
        retain: bool,
    ) -> Result<(), String> {
        match self {
            Self::V4(client) => client
                .try_publish(topic, QoS::AtLeastOnce, retain, payload)
                .map_err(|error| lost(&error)),
            Self::V5(client) => client
                .try_publish(topic, v5::mqttbytes::QoS::AtLeastOnce, retain, payload)
                .map_err(|error| lost(&error)),
        }
    }

    /// Publishes a command: at most once, as one that comes late is of no use.
    ///
    /// # Errors
    /// When the queue is full or the connection gone.
    pub(super) fn command(&self, topic: &str, payload: Vec<u8>) -> Result<(), String> {
        match self {
            Self::V4(client) => client
                .try_publish(topic, QoS::AtMostOnce, false, payload)
                .map_err(|error| lost(&error)),
            Self::V5(client) => client
                .try_publish(topic, v5::mqttbytes::QoS::AtMostOnce, false, payload)
                .map_err(|error| lost(&error)),
        }
    }

    /// Takes leave of the broker; the session stays where it was asked for.
    pub(super) fn disconnect(&self) {
        // One that cannot take leave is gone already.
        let _ = match self {
            Self::V4(client) => client.try_disconnect().map_err(|error| lost(&error)),
            Self::V5(client) => client.try_disconnect().map_err(|error| lost(&error)),
        };
    }
}

fn lost(_: &dyn std::error::Error) -> String {
    "the connection to the broker is gone, or its queue is full".to_owned()
}

/// One connection to a broker.
pub(super) struct Connection {
    broker: BrokerAddress,
    events: Events,
}

enum Events {
    V4(Box<rumqttc::EventLoop>),
    V5(Box<v5::EventLoop>),
}

impl Connection {
    /// Prepares a connection; the first [`next`](Self::next) makes it.
    pub(super) fn new(settings: &BrokerSettings) -> (Client, Self) {
        let transport = match &settings.tls {
            Some(tls) => Transport::tls_with_config(tls.clone()),
            None => Transport::tcp(),
        };
        let BrokerAddress { host, port, .. } = &settings.address;
        let password = || settings.password.clone().unwrap_or_default();
        let (client, events) = if settings.version_5 {
            let mut options = v5::MqttOptions::new(&settings.client_id, host, *port);
            options.set_transport(transport);
            options.set_keep_alive(KEEP_ALIVE);
            options.set_clean_start(!settings.keep_session);
            options.set_manual_acks(true);
            options.set_receive_maximum(Some(RECEIVE_MAXIMUM));
            let largest = u32::try_from(settings.largest).unwrap_or(u32::MAX);
            options.set_max_packet_size(Some(largest));
            if settings.keep_session {
                options.set_session_expiry_interval(Some(SESSION_EXPIRY));
            }
            if let Some(user) = &settings.user {
                options.set_credentials(user, password());
            }
            let (client, events) = v5::AsyncClient::new(options, REQUESTS);
            (Client::V5(client), Events::V5(Box::new(events)))
        } else {
            let mut options = rumqttc::MqttOptions::new(&settings.client_id, host, *port);
            options.set_transport(transport);
            options.set_keep_alive(KEEP_ALIVE);
            options.set_clean_session(!settings.keep_session);
            options.set_manual_acks(true);
            options.set_max_packet_size(settings.largest, settings.largest);
            if let Some(user) = &settings.user {
                options.set_credentials(user, password());
            }
            let (client, events) = rumqttc::AsyncClient::new(options, REQUESTS);
            (Client::V4(client), Events::V4(Box::new(events)))
        };
        let connection = Self {
            broker: settings.address.clone(),
            events,
        };
        (client, connection)
    }

    /// What the broker says next. After an error the connection is of no more use.
    pub(super) async fn next(&mut self) -> Result<Incident, MqttProblem> {
        match &mut self.events {
            Events::V4(events) => match events.poll().await {
                Ok(event) => Ok(incident_4(event)),
                Err(error) => Err(self.problem(problem_4(&error))),
            },
            Events::V5(events) => match events.poll().await {
                Ok(event) => Ok(incident_5(event)),
                Err(error) => Err(self.problem(problem_5(&error))),
            },
        }
    }

    fn problem(&self, problem: String) -> MqttProblem {
        MqttProblem::Connection {
            broker: self.broker.to_string(),
            problem,
        }
    }
}

fn incident_4(event: rumqttc::Event) -> Incident {
    match event {
        rumqttc::Event::Incoming(Packet::ConnAck(answer)) => Incident::Connected {
            session: answer.session_present,
        },
        rumqttc::Event::Incoming(Packet::SubAck(answer)) => Incident::Subscribed {
            refused: answer
                .return_codes
                .iter()
                .any(|code| matches!(code, rumqttc::SubscribeReasonCode::Failure)),
        },
        rumqttc::Event::Incoming(Packet::Publish(publish)) => Incident::Message(Incoming {
            topic: publish.topic.clone(),
            payload: publish.payload.clone(),
            repeated: publish.dup,
            number: (publish.qos != QoS::AtMostOnce)
                .then(|| PacketNumber::V4(Box::new(without_payload(publish)))),
        }),
        rumqttc::Event::Incoming(Packet::PubAck(answer)) => Incident::Acknowledged(answer.pkid),
        rumqttc::Event::Outgoing(rumqttc::Outgoing::Publish(number)) => Incident::Sent(number),
        _ => Incident::Other,
    }
}

/// Only the number of a packet is needed to acknowledge it; its payload is not
/// kept in memory until then.
fn without_payload(mut publish: rumqttc::Publish) -> rumqttc::Publish {
    publish.payload = Bytes::new();
    publish.topic = String::new();
    publish
}

fn incident_5(event: v5::Event) -> Incident {
    use v5::mqttbytes::v5::{Packet, SubscribeReasonCode};
    match event {
        v5::Event::Incoming(Packet::ConnAck(answer)) => Incident::Connected {
            session: answer.session_present,
        },
        v5::Event::Incoming(Packet::SubAck(answer)) => Incident::Subscribed {
            refused: answer
                .return_codes
                .iter()
                .any(|code| !matches!(code, SubscribeReasonCode::Success(_))),
        },
        v5::Event::Incoming(Packet::Publish(mut publish)) => {
            let topic = String::from_utf8_lossy(&publish.topic).into_owned();
            let payload = std::mem::take(&mut publish.payload);
            publish.topic = Bytes::new();
            Incident::Message(Incoming {
                topic,
                payload,
                repeated: publish.dup,
                number: (publish.qos != v5::mqttbytes::QoS::AtMostOnce)
                    .then(|| PacketNumber::V5(Box::new(publish))),
            })
        }
        v5::Event::Incoming(Packet::PubAck(answer)) => Incident::Acknowledged(answer.pkid),
        v5::Event::Outgoing(rumqttc::Outgoing::Publish(number)) => Incident::Sent(number),
        _ => Incident::Other,
    }
}

fn problem_of_io(error: &std::io::Error) -> String {
    if let Some(problem) = tls::certificate_problem(error) {
        return format!("cannot be trusted: {problem}");
    }
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => {
            "refuses the connection: is it running, and is the port right?".to_owned()
        }
        _ => format!("cannot be reached or has closed the connection: {error}"),
    }
}

fn problem_of_tls(error: &rumqttc::TlsError) -> String {
    match error {
        rumqttc::TlsError::Io(error) => problem_of_io(error),
        other => format!("cannot be reached by an encrypted connection: {other}"),
    }
}

fn refused(code: &dyn std::fmt::Debug) -> String {
    let code = format!("{code:?}");
    match code.as_str() {
        "BadUserNamePassword" => "refuses user and password: check `user` and what \
                                  `password_variable` holds"
            .to_owned(),
        "NotAuthorized" => {
            "refuses access: this user, or anybody without one, may not connect".to_owned()
        }
        "BadClientId" | "ClientIdentifierNotValid" => {
            "refuses the client's name; another one may be using it".to_owned()
        }
        "RefusedProtocolVersion" | "UnsupportedProtocolVersion" => {
            "does not speak this version of MQTT: change `version_5`".to_owned()
        }
        _ => format!("refuses the connection: {code}"),
    }
}

fn problem_4(error: &rumqttc::ConnectionError) -> String {
    use rumqttc::ConnectionError as Problem;
    match error {
        Problem::Io(error) => problem_of_io(error),
        Problem::Tls(error) => problem_of_tls(error),
        Problem::NetworkTimeout | Problem::FlushTimeout => {
            "does not answer within five seconds".to_owned()
        }
        Problem::ConnectionRefused(code) => refused(code),
        Problem::MqttState(error) => match error {
            rumqttc::StateError::Io(error) => problem_of_io(error),
            rumqttc::StateError::AwaitPingResp => "does not answer any more".to_owned(),
            rumqttc::StateError::ConnectionAborted => {
                "has closed the connection; a second client of the same name makes it do so"
                    .to_owned()
            }
            other => format!("has sent what cannot be read: {other}"),
        },
        other => format!("cannot be spoken with: {other}"),
    }
}

fn problem_5(error: &v5::ConnectionError) -> String {
    use v5::ConnectionError as Problem;
    match error {
        Problem::Io(error) => problem_of_io(error),
        Problem::Tls(error) => problem_of_tls(error),
        Problem::Timeout(_) => "does not answer within five seconds".to_owned(),
        Problem::ConnectionRefused(code) => refused(code),
        Problem::MqttState(error) => match error {
            v5::StateError::Io(error) => problem_of_io(error),
            v5::StateError::AwaitPingResp => "does not answer any more".to_owned(),
            v5::StateError::ConnectionAborted => "has closed the connection".to_owned(),
            v5::StateError::ServerDisconnect { reason_code, .. } => {
                format!("has closed the connection: {reason_code:?}")
            }
            other => format!("has sent what cannot be read: {other}"),
        },
        other => format!("cannot be spoken with: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_a_port() {
        for (url, host, port, encrypted) in [
            ("mqtt://broker", "broker", 1883, false),
            ("mqtts://broker.example", "broker.example", 8883, true),
            ("mqtt://127.0.0.1:1884/", "127.0.0.1", 1884, false),
            ("mqtt://[::1]:1884", "::1", 1884, false),
        ] {
            let address = BrokerAddress::parse(url).expect(url);
            assert_eq!(
                (address.host.as_str(), address.port, address.encrypted),
                (host, port, encrypted)
            );
        }
        for url in [
            "broker:1883",
            "http://broker",
            "mqtt://",
            "mqtt://user:secret@broker",
            "mqtt://broker:0",
            "mqtt://broker:99999",
            "mqtt://broker/path",
        ] {
            assert!(BrokerAddress::parse(url).is_err(), "{url}");
        }
    }
}
