//! Readings in Sparkplug B messages.
//!
//! Eclipse Sparkplug specification 3.0: births tell which alias is which metric
//! (6.4.6), every message of an edge node counts up a number from 0 to 255
//! (6.4.2), a death makes everything of the node or device stale (5.5, 5.11).
//! Where a number or a birth is missing the node is asked to be born again, by
//! the command `Node Control/Rebirth` (6.4.22): the values that changed in what
//! did not come are in its birth.

use std::collections::BTreeMap;

use prost::Message as _;

use super::directory::{Bound, Directory, Units, unix};
use super::message::{Decoded, Reading, SequenceGap};
use super::sparkplug_message::{DataType, Metric, MetricValue, Payload, PropertyContent, number};
use super::wire::{Field, Fields, NotProtobuf};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::sample::SourceQuality;

/// Most edge nodes remembered; a flood of made-up names stops here.
const MOST_NODES: usize = 10_000;
/// Most aliases remembered over all nodes.
const MOST_ALIASES: usize = 1_000_000;
/// Longest name of a metric remembered \[byte].
const LONGEST_NAME: usize = 1_000;
/// The quality of what has died.
const STALE: SourceQuality = SourceQuality::Sparkplug(500);

/// What births have said, by edge node.
#[derive(Clone, Debug, Default)]
pub(super) struct Sparkplug {
    nodes: BTreeMap<String, Node>,
    aliases: usize,
}

/// How long a node that was asked has time to be born again before it is asked
/// once more.
const PATIENCE: SimDuration = SimDuration::from_whole_seconds(30);

#[derive(Clone, Debug, Default)]
struct Node {
    /// Whether a birth of it has been seen.
    born: bool,
    /// When it was asked to be born again, and was not since.
    asked: Option<SimTime>,
    metrics: BTreeMap<u64, Known>,
    last_number: Option<u8>,
    /// The last value of each channel \[SI], with its device, to be sent on as
    /// stale when node or device dies.
    last_values: BTreeMap<u32, (f64, String)>,
}

#[derive(Clone, Debug)]
struct Known {
    name: String,
    datatype: Option<u32>,
    device: String,
}

/// A Sparkplug topic: `spBv1.0/group/type/node[/device]`.
struct Topic<'topic> {
    node: String,
    kind: &'topic str,
    device: &'topic str,
}

impl<'topic> Topic<'topic> {
    fn read(topic: &'topic str) -> Option<Self> {
        let mut levels = topic.split('/');
        if levels.next()? != "spBv1.0" {
            return None;
        }
        let group = levels.next()?;
        let kind = levels.next()?;
        let node = levels.next()?;
        let device = levels.next().unwrap_or("");
        if levels.next().is_some() {
            return None;
        }
        Some(Self {
            node: format!("{group}/{node}"),
            kind,
            device,
        })
    }
}

/// What stands around the metrics of a payload.
#[derive(Clone, Copy, Default)]
struct Envelope {
    timestamp: Option<u64>,
    number: Option<u64>,
}

fn envelope(payload: &[u8]) -> Result<Envelope, NotProtobuf> {
    let mut envelope = Envelope::default();
    for field in Fields::new(payload) {
        match field? {
            (1, Field::Varint(timestamp)) => envelope.timestamp = Some(timestamp),
            (3, Field::Varint(number)) => envelope.number = Some(number),
            _ => {}
        }
    }
    Ok(envelope)
}

/// What a decoder is given for one message.
struct Incoming<'incoming> {
    topic: &'incoming str,
    parts: Topic<'incoming>,
    received: SimTime,
    envelope: Envelope,
    bindings: &'incoming [Bound],
    directory: &'incoming Directory,
}

impl Sparkplug {
    /// Decodes one message.
    pub(super) fn decode(
        &mut self,
        topic: &str,
        payload: &[u8],
        received: SimTime,
        bindings: &[Bound],
        directory: &Directory,
        units: &mut Units,
        into: &mut Decoded,
    ) {
        let Some(parts) = Topic::read(topic) else {
            if !topic.starts_with("spBv1.0/STATE/") && !topic.starts_with("STATE/") {
                into.unmatched(topic);
            }
            return;
        };
        let kind = parts.kind;
        if !matches!(
            kind,
            "NBIRTH" | "DBIRTH" | "NDATA" | "DDATA" | "NDEATH" | "DDEATH"
        ) {
            // Commands and states carry no readings.
            return;
        }
        let envelope = match envelope(payload) {
            Ok(envelope) => envelope,
            Err(NotProtobuf) => {
                let text = String::from_utf8_lossy(&payload[..payload.len().min(200)]);
                into.undecodable(topic, received, &text, "is no Sparkplug B payload");
                return;
            }
        };
        let incoming = Incoming {
            topic,
            parts,
            received,
            envelope,
            bindings,
            directory,
        };
        if kind == "NDEATH" {
            if let Some(node) = self.nodes.get_mut(&incoming.parts.node) {
                node.last_number = None;
                // Its next life begins with a birth.
                node.born = false;
                node.asked = None;
                node.die(None, &incoming, into);
            }
            return;
        }
        if !self.nodes.contains_key(&incoming.parts.node) {
            if self.nodes.len() >= MOST_NODES {
                let reason = "comes from one edge node too many: ten thousand are followed";
                into.undecodable(topic, received, &incoming.parts.node, reason);
                return;
            }
            self.nodes
                .insert(incoming.parts.node.clone(), Node::default());
        }
        let Some(node) = self.nodes.get_mut(&incoming.parts.node) else {
            return;
        };
        node.count(&incoming, into);
        match kind {
            "DDEATH" => {
                node.die(Some(incoming.parts.device), &incoming, into);
                return;
            }
            "NBIRTH" => {
                self.aliases -= node.metrics.len();
                node.metrics.clear();
                node.born = true;
                node.asked = None;
            }
            _ if !node.born => node.ask(&incoming, into),
            _ => {}
        }
        let births = kind == "NBIRTH" || kind == "DBIRTH";
        for field in Fields::new(payload) {
            let Ok((2, Field::Bytes(bytes))) = field else {
                continue;
            };
            match Metric::decode(bytes) {
                Ok(metric) => {
                    if births {
                        node.learn(&metric, &incoming, &mut self.aliases, into);
                    }
                    node.metric(&metric, &incoming, units, into);
                }
                Err(error) => {
                    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
                    let reason = format!("is no Sparkplug B metric: {error}");
                    into.undecodable(topic, received, &text, reason);
                }
            }
        }
    }
}

impl Node {
    /// Follows the numbers of the messages.
    fn count(&mut self, incoming: &Incoming<'_>, into: &mut Decoded) {
        let Some(number) = incoming.envelope.number else {
            return;
        };
        let found = (number & 0xff) as u8;
        if incoming.parts.kind != "NBIRTH"
            && let Some(last) = self.last_number
        {
            let expected = last.wrapping_add(1);
            if found != expected {
                into.gaps.push(SequenceGap {
                    node: incoming.parts.node.clone(),
                    expected,
                    found,
                });
                self.ask(incoming, into);
            }
        }
        self.last_number = Some(found);
    }

    /// Wants the node to be born again, unless it was asked a while ago.
    fn ask(&mut self, incoming: &Incoming<'_>, into: &mut Decoded) {
        let now = incoming.received;
        if self.asked.is_none_or(|asked| now - asked >= PATIENCE) {
            self.asked = Some(now);
            into.rebirths.push(incoming.parts.node.clone());
        }
    }

    /// Keeps what a birth says of an alias.
    fn learn(
        &mut self,
        metric: &Metric,
        incoming: &Incoming<'_>,
        aliases: &mut usize,
        into: &mut Decoded,
    ) {
        let (Some(alias), Some(name)) = (metric.alias, &metric.name) else {
            return;
        };
        if name.len() > LONGEST_NAME
            || (*aliases >= MOST_ALIASES && !self.metrics.contains_key(&alias))
        {
            let reason = "is not remembered by its alias: its name is longer than a thousand bytes, \
                          or there are a million aliases already";
            into.undecodable(incoming.topic, incoming.received, name, reason);
            return;
        }
        let known = Known {
            name: name.clone(),
            datatype: metric.datatype,
            device: incoming.parts.device.to_owned(),
        };
        if self.metrics.insert(alias, known).is_none() {
            *aliases += 1;
        }
    }

    fn metric(
        &mut self,
        metric: &Metric,
        incoming: &Incoming<'_>,
        units: &mut Units,
        into: &mut Decoded,
    ) {
        let known = metric.alias.and_then(|alias| self.metrics.get(&alias));
        let (name, device) = match (&metric.name, known, metric.alias) {
            (Some(name), _, _) => (name.as_str(), incoming.parts.device),
            (None, Some(known), _) => (known.name.as_str(), known.device.as_str()),
            (None, None, alias) => {
                let text = alias.map_or_else(|| "?".to_owned(), |alias| format!("alias {alias}"));
                let reason = "is a metric of which no birth has said the name; it will be known \
                              when the edge node is born again";
                into.undecodable(incoming.topic, incoming.received, &text, reason);
                self.ask(incoming, into);
                return;
            }
        };
        if matches!(name, "bdSeq") || name.starts_with("Node Control/") {
            return;
        }
        let datatype = metric.datatype.or(known.and_then(|known| known.datatype));
        let node = &incoming.parts.node;
        let mut names = Vec::new();
        if !device.is_empty() {
            names.push(format!("{node}/{device}/{name}"));
            names.push(format!("{device}/{name}"));
        }
        names.push(format!("{node}/{name}"));
        names.push(name.to_owned());
        names.push(name.rsplit('/').next().unwrap_or(name).to_owned());

        let device = device.to_owned();
        let mut taken = |channel: u32, bound: Option<&Bound>, into: &mut Decoded| {
            let reading = reading(metric, datatype, channel, bound, incoming, units);
            match reading {
                Ok(reading) => {
                    self.last_values
                        .insert(channel, (reading.value, device.clone()));
                    into.reading(reading);
                }
                Err(reason) => {
                    into.undecodable(incoming.topic, incoming.received, &names[0], reason);
                }
            }
        };
        if incoming.bindings.is_empty() {
            match names.iter().find_map(|name| incoming.directory.find(name)) {
                Some(channel) => taken(channel, None, into),
                None => into.unmatched(&names[0]),
            }
            return;
        }
        let mut any = false;
        for bound in incoming.bindings {
            if bound.topic.is_empty() || names.iter().any(|name| bound.matches(name)) {
                any = true;
                taken(bound.channel, Some(bound), into);
            }
        }
        if !any {
            into.unmatched(&names[0]);
        }
    }

    /// Sends the last values on as stale: all of the node's, or one device's.
    fn die(&mut self, device: Option<&str>, incoming: &Incoming<'_>, into: &mut Decoded) {
        for (channel, (value, owner)) in &self.last_values {
            if device.is_none_or(|device| device == owner) {
                into.reading(Reading {
                    channel: *channel,
                    time: None,
                    received: incoming.received,
                    value: *value,
                    source_sequence: None,
                    quality: STALE,
                    redelivered: false,
                });
            }
        }
        // What is dead does not die again.
        self.last_values
            .retain(|_, (_, owner)| device.is_some_and(|device| device != owner));
    }
}

/// The command that asks an edge node, `group/node`, to be born again: topic and
/// payload; `None` where the name is that of no node.
pub(in crate::telemetry) fn rebirth(node: &str, now: Option<u64>) -> Option<(String, Vec<u8>)> {
    let (group, name) = node.split_once('/')?;
    // A name from a topic could not hold these; one that does is not sent to.
    if name.contains(['/', '+', '#']) || group.contains(['+', '#']) {
        return None;
    }
    let command = Payload {
        timestamp: now,
        metrics: vec![Metric {
            name: Some("Node Control/Rebirth".to_owned()),
            alias: None,
            timestamp: now,
            datatype: Some(DataType::BOOLEAN),
            is_historical: None,
            is_null: None,
            properties: None,
            value: Some(MetricValue::Boolean(true)),
        }],
        seq: None,
    };
    Some((
        format!("spBv1.0/{group}/NCMD/{name}"),
        command.encode_to_vec(),
    ))
}

/// One metric as a reading.
fn reading(
    metric: &Metric,
    datatype: Option<u32>,
    channel: u32,
    bound: Option<&Bound>,
    incoming: &Incoming<'_>,
    units: &mut Units,
) -> Result<Reading, String> {
    if metric.is_null == Some(true) {
        return Err("has no value: the source says that it is null".to_owned());
    }
    let value = metric
        .value
        .as_ref()
        .ok_or_else(|| "has no value".to_owned())?;
    let value = number(value, datatype)
        .filter(|value| value.is_finite())
        .ok_or_else(|| "is no finite number".to_owned())?;
    let unit = bound.and_then(|bound| bound.unit.as_ref());
    let value = units.convert(value, None, unit, channel, incoming.directory)?;
    let time = match metric.timestamp.or(incoming.envelope.timestamp) {
        None => None,
        Some(milliseconds) => Some(
            unix(
                i128::from(milliseconds) * 1_000_000,
                incoming.directory.epoch(),
            )
            .ok_or_else(|| "has a time more than 292 years from the epoch".to_owned())?,
        ),
    };
    Ok(Reading {
        channel,
        time,
        received: incoming.received,
        value,
        source_sequence: None,
        quality: quality(metric),
        redelivered: false,
    })
}

/// The property `Quality` (6.4.14 of the specification).
fn quality(metric: &Metric) -> SourceQuality {
    let code = metric.properties.as_ref().and_then(|properties| {
        let position = properties
            .keys
            .iter()
            .position(|key| key.eq_ignore_ascii_case("quality"))?;
        match properties.values.get(position)?.value.as_ref()? {
            PropertyContent::Int(code) => Some(*code as i32),
            PropertyContent::Long(code) => i32::try_from(*code as i64).ok(),
            PropertyContent::Text(code) => code.trim().parse().ok(),
        }
    });
    code.map_or(SourceQuality::None, SourceQuality::Sparkplug)
}
