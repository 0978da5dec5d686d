//! What a broker sends, before anybody knows what it means.
//!
//! [`capture`] listens for a while without a twin. Every place of a payload that
//! holds a number, a JSON pointer in a topic, is a [`Place`]; what stood there
//! over time is a table that proposals are made from, as from a file.

mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use self::places::read_payload;
use super::mqtt::{LARGEST_PACKET, is_filter};
use super::{ReceiveClock, SourceError};
use crate::quantity::{Epoch, SimTime};
use crate::telemetry::mqtt::{
    BrokerAddress, BrokerSettings, Connection, Incident, Incoming, MqttProblem,
};

/// Most places that are told apart.
const MOST_PLACES: usize = 1024;
/// Most numbers that are kept; later ones are counted.
const MOST_NUMBERS: usize = 500_000;
/// Numbers of a place that are kept for a picture of it.
const MOST_RECENT: usize = 64;
/// How often a listener is told what came.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// What to listen to.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureRequest {
    /// The broker: `mqtt://host:1883`, or `mqtts://host:8883`.
    pub url: String,
    /// Topic filters: `plant/#`.
    pub topics: Vec<String>,
    /// Whether to speak MQTT 5.
    pub version_5: bool,
    /// User, where the broker asks for one.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Certificate of the authority that vouches for the broker.
    pub authority: Option<PathBuf>,
    /// How long to listen.
    pub duration: Duration,
}

/// A place where numbers come: a JSON pointer in the payloads of a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The topic.
    pub topic: String,
    /// Where the value stands, a JSON pointer; empty where the payload is the
    /// number itself.
    pub value: String,
    /// Where its time stands; empty where there is none and that of reception counts.
    pub time: String,
    /// Where its sequence number stands; empty where there is none.
    pub sequence: String,
    /// The unit that stands beside it.
    pub unit: Option<String>,
    /// How often a number came.
    pub count: u64,
    /// The last numbers, newest last.
    pub recent: Vec<f64>,
}

/// What has been heard so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// Whether the broker has taken the subscription.
    pub is_connected: bool,
    /// Messages that came.
    pub messages: u64,
    /// Messages that are neither JSON nor a number.
    pub not_understood: u64,
    /// The first topic of those.
    pub not_understood_topic: String,
    /// Numbers that came when there was no more room for them.
    pub dropped: u64,
    /// Places, in order of topic and pointer.
    pub places: Vec<Place>,
}

impl Heard {
    /// A short name for every place: the last level of its topic and of its
    /// pointer, or all of them where that is no name of one place alone.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let short: Vec<String> = self.places.iter().map(Place::short_name).collect();
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for name in &short {
            *count.entry(name).or_default() += 1;
        }
        short
            .iter()
            .zip(&self.places)
            .map(|(name, place)| match count.get(name.as_str()) {
                Some(1) => name.clone(),
                _ => format!("{}{}", place.topic, place.value),
            })
            .collect()
    }
}

impl Place {
    fn short_name(&self) -> String {
        let topic = self.topic.rsplit('/').next().unwrap_or(&self.topic);
        let pointer: Vec<String> = self
            .value
            .split('/')
            .skip(1)
            .map(|token| token.replace("~1", "/").replace("~0", "~"))
            .collect();
        match pointer.last() {
            Some(last) if !places::is_plain_value(last) => format!("{topic} {last}"),
            _ => topic.to_owned(),
        }
    }
}

/// Numbers that were heard, with their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capture {
    /// What was heard.
    pub heard: Heard,
    /// Time, place and number, in order of arrival.
    numbers: Vec<(SimTime, usize, f64)>,
}

impl Capture {
    /// Whether no number came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Writes the numbers as a table: a row for each instant, a column for each
    /// place that is not left out, named as [`Heard::names`] says.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_csv(
        &self,
        left_out: &BTreeSet<usize>,
        epoch: Epoch,
        out: impl io::Write,
    ) -> io::Result<()> {
        let kept: Vec<usize> = (0..self.heard.places.len())
            .filter(|place| !left_out.contains(place))
            .collect();
        let names = self.heard.names();
        let mut rows: BTreeMap<SimTime, BTreeMap<usize, f64>> = BTreeMap::new();
        for (time, place, number) in &self.numbers {
            if !left_out.contains(place) {
                rows.entry(*time).or_default().insert(*place, *number);
            }
        }
        let mut table = csv::Writer::from_writer(out);
        let headers = kept.iter().filter_map(|place| {
            let name = names.get(*place)?;
            Some(match &self.heard.places.get(*place)?.unit {
                Some(unit) => format!("{name} [{unit}]"),
                None => name.clone(),
            })
        });
        table.write_record(std::iter::once("time".to_owned()).chain(headers))?;
        for (time, row) in rows {
            let cells = kept
                .iter()
                .map(|place| row.get(place).map(ToString::to_string).unwrap_or_default());
            let instant = epoch.instant(time).to_string();
            table.write_record(std::iter::once(instant).chain(cells))?;
        }
        table.flush()
    }

    /// Takes a message in.
    fn take(&mut self, topic: &str, payload: &[u8], received: SimTime, epoch: Epoch) {
        self.heard.messages += 1;
        let Some(found) = read_payload(payload, received, epoch) else {
            if self.heard.not_understood == 0 {
                topic.clone_into(&mut self.heard.not_understood_topic);
            }
            self.heard.not_understood += 1;
            return;
        };
        for number in found {
            let known = self
                .heard
                .places
                .iter()
                .position(|one| one.topic == topic && one.value == number.value_pointer);
            let position = match known {
                Some(position) => position,
                None if self.heard.places.len() < MOST_PLACES => {
                    self.heard.places.push(Place {
                        topic: topic.to_owned(),
                        value: number.value_pointer.clone(),
                        time: number.time_pointer.clone(),
                        sequence: number.sequence_pointer.clone(),
                        unit: number.unit,
                        count: 0,
                        recent: Vec::new(),
                    });
                    self.heard.places.len() - 1
                }
                None => {
                    self.heard.dropped += 1;
                    continue;
                }
            };
            if self.numbers.len() >= MOST_NUMBERS {
                self.heard.dropped += 1;
                continue;
            }
            self.numbers.push((number.time, position, number.number));
            let place = &mut self.heard.places[position];
            place.count += 1;
            // Only what stands beside every value can be relied on.
            if place.time != number.time_pointer {
                place.time.clear();
            }
            if place.sequence != number.sequence_pointer {
                place.sequence.clear();
            }
            if place.recent.len() == MOST_RECENT {
                place.recent.remove(0);
            }
            place.recent.push(number.number);
        }
    }

    /// Brings the places into an order that does not depend on what came first.
    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.heard.places.len()).collect();
        order.sort_by(|a, b| {
            let key = |one: usize| (&self.heard.places[one].topic, &self.heard.places[one].value);
            key(*a).cmp(&key(*b))
        });
        let mut new_of = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            new_of[*old] = new;
        }
        self.heard.places = order
            .iter()
            .map(|old| self.heard.places[*old].clone())
            .collect();
        for (_, place, _) in &mut self.numbers {
            *place = new_of[*place];
        }
    }
}

/// Listens to a broker for as long as the request says, or until `told` says no.
///
/// `told` is given what has been heard a few times a second.
///
/// # Errors
/// When a setting cannot be used, or the broker cannot be reached or is lost.
pub fn capture(
    request: &CaptureRequest,
    epoch: Epoch,
    clock: &ReceiveClock,
    told: &mut dyn FnMut(&Heard) -> bool,
) -> Result<Capture, SourceError> {
    let address = BrokerAddress::parse(&request.url)?;
    if request.topics.is_empty() || request.topics.iter().any(|topic| !is_filter(topic)) {
        return Err(SourceError::Setting {
            setting: request.topics.join(", "),
            problem: "expected at least one topic filter such as `plant/#`; `+` stands for one \
                      whole level, `#` for all that follow and only at the end"
                .to_owned(),
        });
    }
    let settings = BrokerSettings {
        tls: BrokerSettings::tls_of(&address, request.authority.as_deref())?,
        address,
        version_5: request.version_5,
        // A second listener must not end the first.
        client_id: format!("counterpart-capture-{}", std::process::id()),
        keep_session: false,
        user: request.user.clone(),
        password: request.password.clone(),
        largest: LARGEST_PACKET,
    };
    let runtime = super::event_loop()?;
    let mut capture = Capture::default();
    runtime.block_on(listen(request, &settings, epoch, clock, told, &mut capture))?;
    capture.sort();
    Ok(capture)
}

async fn listen(
    request: &CaptureRequest,
    settings: &BrokerSettings,
    epoch: Epoch,
    clock: &ReceiveClock,
    told: &mut dyn FnMut(&Heard) -> bool,
    capture: &mut Capture,
) -> Result<(), SourceError> {
    let lost = |problem: String| {
        SourceError::Mqtt(MqttProblem::Connection {
            broker: settings.address.to_string(),
            problem,
        })
    };
    let (client, mut connection) = Connection::new(settings);
    let mut end = std::pin::pin!(tokio::time::sleep(request.duration));
    let mut tell = tokio::time::interval(TOLD_EVERY);
    'listening: loop {
        // A poll of the connection is not given up half way: an acknowledgement
        // could be lost with it.
        let mut next = std::pin::pin!(connection.next());
        let incident = loop {
            tokio::select! {
                () = &mut end => break 'listening,
                _ = tell.tick() => {
                    if !told(&capture.heard) {
                        break 'listening;
                    }
                }
                incident = &mut next => break incident?,
            }
        };
        match incident {
            Incident::Connected { .. } => client.subscribe(&request.topics).map_err(lost)?,
            Incident::Subscribed { refused: true } => {
                return Err(lost(
                    "refuses the subscription: may this user read these topics?".to_owned(),
                ));
            }
            Incident::Subscribed { refused: false } => capture.heard.is_connected = true,
            Incident::Message(Incoming {
                topic,
                payload,
                number,
                ..
            }) => {
                capture.take(&topic, &payload, clock(), epoch);
                if let Some(number) = number {
                    client.acknowledge(&number).map_err(lost)?;
                }
            }
            Incident::Sent(_) | Incident::Acknowledged(_) | Incident::Other => {}
        }
    }
    client.disconnect();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::SimDuration;

    fn at(seconds: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_whole_seconds(seconds)
    }

    fn epoch() -> Epoch {
        Epoch::parse("2024-01-01T00:00:00Z").expect("an epoch")
    }

    fn heard(messages: &[(&str, &str)]) -> Capture {
        let mut capture = Capture::default();
        for (second, (topic, payload)) in messages.iter().enumerate() {
            capture.take(topic, payload.as_bytes(), at(second as i64), epoch());
        }
        capture.sort();
        capture
    }

    fn csv(capture: &Capture, left_out: &[usize]) -> String {
        let mut out = Vec::new();
        capture
            .write_csv(&left_out.iter().copied().collect(), epoch(), &mut out)
            .expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn every_number_of_a_payload_is_a_place_with_its_time_beside_it() {
        let capture = heard(&[(
            "plant/board",
            r#"{"ts": "2024-01-01T00:10:00Z", "heater": {"T1": 21.5, "on": true}, "note": "x"}"#,
        )]);
        let places: Vec<(&str, &str)> = capture
            .heard
            .places
            .iter()
            .map(|one| (one.value.as_str(), one.time.as_str()))
            .collect();
        assert_eq!(places, [("/heater/T1", "/ts"), ("/heater/on", "/ts")]);
        assert_eq!(
            csv(&capture, &[]),
            "time,board T1,board on\n2024-01-01T00:10:00Z,21.5,1\n"
        );
    }

    #[test]
    fn one_topic_for_each_channel_becomes_one_column_for_each() {
        let capture = heard(&[
            (
                "plant/T2",
                r#"{"value": 20, "unit": "Cel", "time": 5, "sequence": 7}"#,
            ),
            ("plant/T1", "21.5"),
            (
                "plant/T2",
                r#"{"value": 22, "unit": "Cel", "time": 6, "sequence": 8}"#,
            ),
        ]);
        assert_eq!(
            csv(&capture, &[]),
            "time,T1,T2 [Cel]\n\
             2024-01-01T00:00:01Z,21.5,\n\
             2024-01-01T00:00:05Z,,20\n\
             2024-01-01T00:00:06Z,,22\n"
        );
        assert_eq!(capture.heard.places[1].sequence, "/sequence");
        assert!(!csv(&capture, &[0]).contains("T1"), "left out");
    }

    #[test]
    fn names_that_would_be_the_same_are_told_in_full() {
        let capture = heard(&[("a/T", "1"), ("b/T", "2"), ("b/U", "3")]);
        assert_eq!(capture.heard.names(), ["a/T", "b/T", "U"]);
    }

    #[test]
    fn what_is_no_number_is_counted_with_its_topic() {
        let capture = heard(&[("plant/log", "started"), ("plant/T1", "21.5")]);
        assert_eq!(capture.heard.messages, 2);
        assert_eq!(capture.heard.not_understood, 1);
        assert_eq!(capture.heard.not_understood_topic, "plant/log");
    }

    mod any_payload {
        use proptest::prelude::*;

        use super::*;

        proptest! {
            #[test]
            fn no_payload_panics(
                topic in "[a-z/]{0,10}",
                payload in prop::collection::vec(any::<u8>(), 0..200),
            ) {
                let mut capture = Capture::default();
                capture.take(&topic, &payload, SimTime::ZERO, epoch());
                capture.sort();
                let mut out = Vec::new();
                capture.write_csv(&BTreeSet::new(), epoch(), &mut out).expect("written");
            }

            #[test]
            fn a_flood_of_places_stays_within_its_limits(count in 0_usize..3000) {
                let mut capture = Capture::default();
                for place in 0..count {
                    capture.take(&format!("t/{place}"), b"1", SimTime::ZERO, epoch());
                }
                prop_assert!(capture.heard.places.len() <= MOST_PLACES);
                let kept = capture.numbers.len() as u64;
                prop_assert_eq!(kept + capture.heard.dropped, count as u64);
            }
        }
    }
}
