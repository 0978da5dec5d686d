//! A broker that nobody has described: listened to, understood, and made a source.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use counterpart::live::load_twin;
use counterpart::live::onboarding::{BrokerRequest, overhear};
use counterpart::simulation::Progress;
use counterpart::twin::Connection;

use crate::broker::Broker;
use crate::http::free_port;

/// A plant that is ended with the test.
struct Plant(Child);

impl Drop for Plant {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn twin_without_telemetry(folder: &Path) {
    let text = include_str!("../../scenes/tclab/twin.ron");
    std::fs::write(folder.join("twin.ron"), text).expect("written");
    std::fs::write(folder.join("telemetry.csv"), "t,T1\n0,20\n1,20\n").expect("written");
}

fn request(url: &str, folder: &Path, seconds: f64) -> BrokerRequest {
    BrokerRequest {
        url: url.to_owned(),
        topics: vec!["counterpart/#".to_owned()],
        seconds,
        twin: Some(folder.to_owned()),
        ..BrokerRequest::default()
    }
}

#[test]
fn what_a_broker_sends_becomes_a_source_of_the_twin() {
    let test = "what_a_broker_sends_becomes_a_source_of_the_twin";
    let Some(broker) = Broker::start(test, "") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    twin_without_telemetry(folder.path());
    let _plant = Plant(
        Command::new(env!("CARGO_BIN_EXE_counterpart"))
            .arg("plant")
            .arg(folder.path())
            .args(["--mqtt", &broker.url(), "--speed", "20"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the plant plays"),
    );
    // It may be stopped early: here when enough has come.
    let progress = Progress::new();
    let request = request(&broker.url(), folder.path(), 60.0);
    let mut enough = |heard: &counterpart::telemetry::source::capture::Heard| {
        if heard.places.len() >= 4 && heard.places.iter().all(|place| place.count > 60) {
            progress.cancel();
        }
    };
    let overheard = Arc::new(overhear(&request, &progress, &mut enough).expect("numbers come"));
    assert_eq!(overheard.capture.heard.names(), ["Q1", "Q2", "T1", "T2"]);
    let onboarding = overheard
        .examine(&BTreeSet::new(), &Progress::new())
        .expect("a table");
    let welcome = onboarding
        .accept_and_look(&Progress::new())
        .expect("it is accepted");
    assert_eq!(welcome.channels, ["Q1", "Q2", "T1", "T2"]);
    let look = welcome.look.expect("a first look");
    assert!(
        look.channels
            .iter()
            .all(|channel| channel.observations > 30)
    );

    let twin = load_twin(folder.path()).expect("a document").twin;
    let source = twin.sources.first().expect("the broker is a source");
    assert!(matches!(&source.connection, Connection::Mqtt { url, .. } if *url == broker.url()));
    let bound: Vec<(&str, &str, &str)> = source
        .bindings
        .iter()
        .map(|one| (one.channel.as_str(), one.topic.as_str(), one.value.as_str()))
        .collect();
    assert_eq!(bound[2], ("T1", "counterpart/tclab/T1", "/value"));
    assert_eq!(bound.len(), 4);
}

#[test]
fn a_broker_that_is_not_there_or_silent_says_so() {
    let test = "a_broker_that_is_not_there_or_silent_says_so";
    let folder = tempfile::tempdir().expect("a folder");
    twin_without_telemetry(folder.path());
    let told = |url: &str| {
        overhear(
            &request(url, folder.path(), 1.5),
            &Progress::new(),
            &mut |_| {},
        )
        .expect_err("nothing comes")
        .to_string()
    };
    let nobody = told(&format!("mqtt://127.0.0.1:{}", free_port()));
    assert!(nobody.contains("refuses the connection"), "{nobody}");
    assert!(told("broker:1883").contains("mqtt://host:1883"));
    let Some(broker) = Broker::start(test, "") else {
        return;
    };
    let silent = told(&broker.url());
    assert!(
        silent.contains("no message came on counterpart/#"),
        "{silent}"
    );
}
