//! A twin that publishes, to a broker that is killed meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use counterpart::live::{
    Health, ListenRequest, PlantToPlay, PublisherReport, SessionOptions, Snapshot, listen,
    load_twin,
};
use rumqttc::{Client, Event, MqttOptions, Packet, QoS};
use serde_json::Value;

use crate::broker::Broker;
use crate::common::eventually;
use crate::program::folder_with_twin;

/// Takes what is published, and subscribes again on every connection.
struct Subscriber {
    messages: Arc<Mutex<Vec<(String, Value)>>>,
    connected: Arc<AtomicBool>,
}

impl Subscriber {
    fn start(port: u16, filter: &str) -> Self {
        let mut options = MqttOptions::new("subscriber", "127.0.0.1", port);
        options.set_keep_alive(Duration::from_secs(5));
        let (client, mut connection) = Client::new(options, 100);
        let subscriber = Self {
            messages: Arc::default(),
            connected: Arc::default(),
        };
        let (messages, connected) = (
            Arc::clone(&subscriber.messages),
            Arc::clone(&subscriber.connected),
        );
        let filter = filter.to_owned();
        // Ends with the test's process.
        std::thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        client
                            .subscribe(filter.as_str(), QoS::AtLeastOnce)
                            .expect("asked");
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        connected.store(true, Ordering::Relaxed);
                    }
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        let value = serde_json::from_slice(&message.payload).expect("JSON");
                        messages
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push((message.topic, value));
                    }
                    Ok(_) => {}
                    Err(_) => {
                        connected.store(false, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(50));
                    }
                }
            }
        });
        subscriber
    }

    /// What has come on a topic.
    fn on(&self, topic: &str) -> Vec<Value> {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|(one, _)| one == topic)
            .map(|(_, value)| value.clone())
            .collect()
    }

    fn forget(&self) {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

#[test]
fn a_twin_publishes_values_and_alarms_also_after_its_broker_was_killed() {
    let Some(mut broker) = Broker::start("a_twin_publishes", "") else {
        return;
    };
    let folder = folder_with_twin();
    let here = folder.path().join("tclab");
    let document = here.join("twin.ron");
    let text = std::fs::read_to_string(&document).expect("the document");
    let publish = format!(
        "publish: [(id: \"scada\", to: Mqtt(url: \"{}\", topic: \"twins/tclab\"), \
         what: [\"T1\", \"heater_1.temperature\"], every: \"2 s\", residuals: true, alarms: true)],\n    channels: [",
        broker.url()
    );
    let text = text
        .replacen("channels: [", &publish, 1)
        .replace("stuck: \"10 min\"", "stuck: \"20 s\"");
    std::fs::write(&document, text).expect("written");
    let faults = folder.path().join("stuck.ron");
    std::fs::write(
        &faults,
        r#"(faults: [(channels: ["T2"], from: "20 s", to: "20 h", kind: Stuck)])"#,
    )
    .expect("written");

    let subscriber = Subscriber::start(broker.port, "twins/#");
    eventually("the subscriber listens", || {
        subscriber.connected.load(Ordering::Relaxed)
    });
    let loaded = load_twin(&here).expect("the document is right");
    let request = ListenRequest {
        speed: Some(20.0),
        without_store: true,
        plant: Some(PlantToPlay {
            program: env!("CARGO_BIN_EXE_counterpart").into(),
            twin: document,
            seed: 1,
            faults: Some(faults),
            broker: None,
        }),
        publish: Some(true),
        ..ListenRequest::default()
    };
    let listening = listen(&loaded, &request, SessionOptions::default()).expect("it runs");

    eventually("values and a residual arrive", || {
        subscriber.on("twins/tclab/heater_1.temperature").len() > 3
            && !subscriber.on("twins/tclab/T1.residual").is_empty()
    });
    let values = subscriber.on("twins/tclab/T1");
    assert_eq!(values[0]["unit"], "Cel");
    let number = values[0]["value"].as_f64().expect("a number");
    assert!((10.0..80.0).contains(&number), "{number}");
    let sequence = |value: &Value| value["sequence"].as_u64().expect("a number");
    assert!(
        values
            .windows(2)
            .all(|pair| sequence(&pair[0]) < sequence(&pair[1])
                && pair[0]["time"].as_str() < pair[1]["time"].as_str()),
        "{values:?}"
    );
    assert_eq!(subscriber.on("twins/tclab/T1.residual")[0]["unit"], "K");

    let alarms = "twins/tclab/alarms/T2.flat_line";
    eventually("the stuck sensor is told", || {
        !subscriber.on(alarms).is_empty()
    });
    let alarm = &subscriber.on(alarms)[0];
    assert_eq!(alarm["active"], true);
    assert_eq!(alarm["channel"], "T2");
    assert_eq!(alarm["reason"], "flat line");
    assert!(
        alarm["flag"] == "suspect" || alarm["flag"] == "fail",
        "{alarm}"
    );

    let mut last: Option<Snapshot> = None;
    let mut report = || -> PublisherReport {
        last = listening.worker.receive().last().or(last.take());
        last.as_ref()
            .and_then(|snapshot| snapshot.telemetry.as_ref())
            .and_then(|state| state.publishers.first().cloned())
            .unwrap_or_default()
    };
    broker.kill();
    eventually("the publisher says what is wrong", || {
        let report = report();
        report.health == Health::Suspect && report.doing.contains("127.0.0.1")
    });
    subscriber.forget();
    broker.run();
    eventually("publishing goes on", || {
        subscriber.on("twins/tclab/T1").len() > 3
    });
    // The broker that was killed has forgotten the alarm, which still lasts.
    eventually("the alarm is told again", || {
        subscriber
            .on(alarms)
            .iter()
            .any(|alarm| alarm["active"] == true)
    });
    eventually("the publisher is well again", || {
        let report = report();
        report.health == Health::Good && report.reconnects > 0 && report.waiting < 10
    });
    // The outage was short enough for everything to wait for its end.
    assert_eq!(report().dropped, 0);
    assert!(report().published > 10);
}
