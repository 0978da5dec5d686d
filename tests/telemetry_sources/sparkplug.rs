//! Edge nodes that speak Sparkplug B through a real broker, and floods of topics.

use std::path::Path;

use counterpart::telemetry::decode::sparkplug_message::{Metric, MetricValue, Payload as Message};
use counterpart::twin::{Connection, Payload};
use prost::Message as _;

use crate::broker::Broker;
use crate::common::{Taken, connected, eventually, start};
use crate::raw_client::RawClient;

fn connection(broker: &Broker, topics: &str, payload: Payload) -> Connection {
    Connection::Mqtt {
        url: broker.url(),
        topics: vec![topics.to_owned()],
        payload,
        version_5: false,
        user: None,
        password_variable: None,
        authority: None,
    }
}

fn metric(name: Option<&str>, alias: u64, value: f64) -> Metric {
    Metric {
        name: name.map(str::to_owned),
        alias: Some(alias),
        timestamp: None,
        datatype: None,
        is_historical: None,
        is_null: None,
        properties: None,
        value: Some(MetricValue::Double(value)),
    }
}

fn message(seq: u64, metrics: Vec<Metric>) -> Vec<u8> {
    Message {
        timestamp: None,
        metrics,
        seq: Some(seq),
    }
    .encode_to_vec()
}

#[test]
fn a_node_whose_birth_or_message_is_missing_is_asked_to_be_born_again() {
    let Some(broker) = Broker::start("a_node_is_asked_to_be_born_again", "") else {
        return;
    };
    let mut node = RawClient::connect(broker.port, "edge node");
    node.subscribe("spBv1.0/site/NCMD/edge");
    let source = start(
        connection(&broker, "spBv1.0/#", Payload::Sparkplug),
        Path::new(""),
    );
    connected(&source);
    let asked = |node: &mut RawClient| {
        let (topic, payload) = node.message();
        assert_eq!(topic, "spBv1.0/site/NCMD/edge");
        let command = Message::decode(payload.as_slice()).expect("a payload");
        assert_eq!(
            command.metrics[0].name.as_deref(),
            Some("Node Control/Rebirth")
        );
        assert_eq!(command.metrics[0].value, Some(MetricValue::Boolean(true)));
    };
    // Only an alias, and nobody has said what it stands for.
    node.publish(
        "spBv1.0/site/NDATA/edge",
        &message(7, vec![metric(None, 1, 20.0)]),
    );
    asked(&mut node);
    node.publish(
        "spBv1.0/site/NBIRTH/edge",
        &message(0, vec![metric(Some("T"), 1, 21.0)]),
    );
    for number in 1..=300_u64 {
        node.publish(
            "spBv1.0/site/NDATA/edge",
            &message(number % 256, vec![metric(None, 1, 22.0)]),
        );
    }
    let mut taken = Taken::default();
    taken.until(&source, "birth and data", |taken| {
        taken.readings.len() == 301
    });
    // From 255 to 0 is no gap and no new beginning.
    assert_eq!((source.health().gaps, source.health().rebirths), (0, 1));
    // 45 to 49 do not come.
    node.publish(
        "spBv1.0/site/NDATA/edge",
        &message(50, vec![metric(None, 1, 23.0)]),
    );
    asked(&mut node);
    eventually("the gap is told", || source.health().gaps == 1);
    let gap = source.health().gap_examples[0].to_string();
    assert!(gap.contains("45 to 49 of `site/edge`"), "{gap}");
}

#[test]
fn a_flood_of_topics_that_belong_to_nothing_is_counted_and_not_remembered() {
    const FLOOD: u64 = 20_000;
    let Some(broker) = Broker::start("a_flood_of_topics", "max_queued_messages 0") else {
        return;
    };
    let source = start(
        connection(&broker, "plant/#", Payload::Number),
        Path::new(""),
    );
    connected(&source);
    let mut plant = RawClient::connect(broker.port, "plant");
    for number in 0..FLOOD {
        plant.publish(&format!("plant/made up/{number}"), b"1");
    }
    plant.publish("plant/T", b"20");
    let mut taken = Taken::default();
    taken.until(&source, "the one that belongs to a channel", |taken| {
        taken.readings.len() == 1
    });
    let health = source.health();
    assert_eq!(health.unmatched, FLOOD);
    assert!(health.unmatched_examples.len() <= 20);
}
