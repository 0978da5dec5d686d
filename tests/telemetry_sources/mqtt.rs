//! An MQTT broker that is used, restarted, killed, cut off and lied to.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use counterpart::telemetry::Flag;
use counterpart::telemetry::sink::{MqttSink, MqttSinkSettings, Publication, PublishedAlarm, Sink};
use counterpart::telemetry::source::{SourceHandle, SourceState, spawn};
use counterpart::twin::{Connection, Payload};

use crate::broker::{Broker, Certificates};
use crate::common::{
    Taken, connected, context, directory, eventually, is_as_sent, now, sample, settings,
    waiting_because,
};
use crate::proxy::Proxy;

/// A broker's setting: it keeps what it has taken until it is fetched, where by
/// default it drops what goes beyond a thousand messages.
const KEEPS_ALL: &str = "max_queued_messages 0";

fn mqtt(url: &str, version_5: bool) -> Connection {
    Connection::Mqtt {
        url: url.to_owned(),
        topics: vec!["plant/#".to_owned()],
        payload: Payload::Json,
        version_5,
        user: None,
        password_variable: None,
        authority: None,
    }
}

fn source(url: &str, version_5: bool) -> SourceHandle {
    crate::common::start(mqtt(url, version_5), Path::new(""))
}

fn sink(url: &str, version_5: bool) -> MqttSink {
    let mut settings = MqttSinkSettings::new(url, "plant", "the plant");
    settings.version_5 = version_5;
    MqttSink::connect(settings, directory().epoch()).expect("a sink")
}

fn samples(numbers: std::ops::RangeInclusive<u64>) -> Vec<Publication> {
    numbers.map(sample).collect()
}

#[test]
fn what_is_published_arrives_and_is_acknowledged() {
    for version_5 in [false, true] {
        let Some(broker) = Broker::start("what_is_published_arrives", KEEPS_ALL) else {
            return;
        };
        let source = source(&broker.url(), version_5);
        connected(&source);
        let mut sink = sink(&broker.url(), version_5);
        sink.publish(&samples(1..=2000)).expect("taken");
        sink.publish(&[Publication::Alarm(PublishedAlarm {
            id: "too hot".to_owned(),
            time: now(),
            active: true,
            channel: "T".to_owned(),
            reason: "gross range".to_owned(),
            flag: Flag::Fail,
            text: "T is above 80 °C".to_owned(),
        })])
        .expect("taken");
        sink.flush().expect("the broker has it");
        let mut taken = Taken::default();
        taken.until(&source, "all samples", |taken| taken.readings.len() == 2000);
        assert!(
            taken.readings.iter().all(is_as_sent),
            "{:?}",
            taken.readings[0]
        );
        assert_eq!(taken.numbers(), (1..=2000).collect::<Vec<_>>());
        assert!(taken.readings.iter().all(|one| one.received == now()));
        eventually("the alarm is counted", || source.health().unmatched == 1);
        let health = source.health();
        assert_eq!(taken.failed_commits, 0);
        assert_eq!(health.failed_acknowledgements, 0);
        assert_eq!(health.redelivered, 0);
        assert_eq!(health.decoded, 2000);
        assert!(health.unmatched_examples[0].contains("alarms/too hot"));
    }
}

#[test]
fn what_was_not_committed_comes_again_and_says_so() {
    for version_5 in [false, true] {
        let Some(broker) = Broker::start("what_was_not_committed_comes_again", "") else {
            return;
        };
        let mut first = source(&broker.url(), version_5);
        connected(&first);
        let mut sink = sink(&broker.url(), version_5);
        sink.publish(&samples(1..=10)).expect("taken");
        sink.flush().expect("the broker has it");
        // Taken, but never committed.
        let mut seen = 0;
        while seen < 10 {
            let batch = first
                .batches()
                .recv_timeout(Duration::from_secs(30))
                .expect("a batch");
            seen += batch.messages.len();
            std::mem::forget(batch);
        }
        first.stop();
        drop(first);
        let second = source(&broker.url(), version_5);
        let mut taken = Taken::default();
        taken.until(&second, "all of them again", |taken| {
            taken.readings.len() == 10
        });
        assert!(taken.readings.iter().all(|reading| reading.redelivered));
        assert_eq!(taken.numbers(), (1..=10).collect::<Vec<_>>());
        assert_eq!(second.health().redelivered, 10);
    }
}

#[test]
fn what_is_sent_while_the_source_is_away_is_kept_by_the_broker() {
    let Some(broker) = Broker::start("what_is_sent_while_the_source_is_away", "") else {
        return;
    };
    let mut first = source(&broker.url(), false);
    connected(&first);
    first.stop();
    let mut sink = sink(&broker.url(), false);
    sink.publish(&samples(1..=50)).expect("taken");
    sink.flush().expect("the broker has it");
    let second = source(&broker.url(), false);
    let mut taken = Taken::default();
    taken.until(&second, "all of them", |taken| taken.readings.len() == 50);
}

#[test]
fn a_restarted_broker_without_memory_is_subscribed_to_again() {
    for version_5 in [false, true] {
        let test = "a_restarted_broker_without_memory";
        let Some(mut broker) = Broker::start(test, "persistence false") else {
            return;
        };
        let source = source(&broker.url(), version_5);
        connected(&source);
        broker.restart();
        eventually("it has come back", || {
            let health = source.health();
            health.reconnects > 0 && health.state == SourceState::Connected
        });
        let mut sink = sink(&broker.url(), version_5);
        sink.publish(&samples(1..=100)).expect("taken");
        sink.flush().expect("the broker has it");
        let mut taken = Taken::default();
        taken.until(&source, "all of them", |taken| taken.readings.len() == 100);
    }
}

#[test]
fn a_killed_broker_leaves_gaps_that_can_be_counted() {
    let test = "a_killed_broker_leaves_gaps_that_can_be_counted";
    let settings = format!("persistence false\n{KEEPS_ALL}");
    let Some(mut broker) = Broker::start(test, &settings) else {
        return;
    };
    let source = source(&broker.url(), false);
    connected(&source);
    let url = broker.url();
    let enough = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&enough);
    let sending = std::thread::spawn(move || {
        let mut sink = sink(&url, false);
        let mut last = 0;
        while last < 2000 || !told.load(Ordering::Relaxed) {
            last += 1;
            sink.publish(&[sample(last)]).expect("taken");
        }
        sink.flush().expect("the broker has it");
        (last, sink.reconnects())
    });
    let mut taken = Taken::default();
    taken.until(&source, "a beginning", |taken| taken.readings.len() > 500);
    broker.kill();
    broker.run();
    enough.store(true, Ordering::Relaxed);
    let (last, reconnects) = sending.join().expect("all sent");
    assert!(reconnects > 0);
    // What the broker had taken and not passed on is gone with it, so the last
    // one may be missing; one more comes through once the source is back.
    eventually("it has come back", || {
        let health = source.health();
        health.reconnects > 0 && health.state == SourceState::Connected
    });
    let mut again = sink(&broker.url(), false);
    let end = last + 10;
    again.publish(&samples(last + 1..=end)).expect("taken");
    again.flush().expect("the broker has it");
    taken.until(&source, "what came after", |taken| {
        taken.numbers().last() == Some(&end)
    });
    assert!(taken.readings.iter().all(is_as_sent));
    // Every gap shows in the numbers: between those that arrived, and nowhere else.
    let numbers = taken.numbers();
    let missing: u64 = numbers.windows(2).map(|pair| pair[1] - pair[0] - 1).sum();
    assert_eq!(numbers.len() as u64 + missing, end - numbers[0] + 1);
}

#[test]
fn a_line_that_is_cut_again_and_again_loses_nothing() {
    for version_5 in [false, true] {
        let Some(broker) = Broker::start("a_line_that_is_cut", KEEPS_ALL) else {
            return;
        };
        let before_source = Proxy::before(broker.port);
        let before_sink = Proxy::before(broker.port);
        let source = source(
            &format!("mqtt://127.0.0.1:{}", before_source.port),
            version_5,
        );
        connected(&source);
        let url = format!("mqtt://127.0.0.1:{}", before_sink.port);
        let sending = std::thread::spawn(move || {
            let mut sink = sink(&url, version_5);
            for number in 1..=2000 {
                sink.publish(&[sample(number)]).expect("taken");
            }
            sink.flush().expect("the broker has it");
        });
        let mut taken = Taken::default();
        for cut in 1..=5 {
            taken.until(&source, "a part", |taken| taken.numbers().len() > cut * 250);
            connected(&source);
            before_source.cut();
            before_sink.cut();
            let mut looks = 0;
            eventually("the cut is noticed", || {
                looks += 1;
                // A line that was only just being made anew was not there to be cut.
                if looks % 100 == 0 {
                    before_source.cut();
                }
                source.health().reconnects >= cut as u64
            });
        }
        taken.until(&source, "all of them", |taken| {
            taken.numbers().len() == 2000
        });
        sending.join().expect("all sent");
        assert!(taken.readings.iter().all(is_as_sent));
        assert!(before_source.passed() > 0);
    }
}

#[test]
fn a_source_that_nobody_reads_lets_the_broker_wait() {
    let Some(broker) = Broker::start("a_source_that_nobody_reads", KEEPS_ALL) else {
        return;
    };
    let mut context = context(Path::new(""));
    context.limits.batches = 1;
    context.limits.messages = 1;
    let source = spawn(
        &crate::common::settings(mqtt(&broker.url(), false)),
        context,
    )
    .expect("a source");
    connected(&source);
    let mut sink = sink(&broker.url(), false);
    sink.publish(&samples(1..=1000)).expect("taken");
    sink.flush().expect("the broker has it");
    eventually("the channel is full", || source.batches().is_full());
    // No more than the broker lets be in flight has been read (20 by default).
    assert!(source.health().received <= 20, "{:?}", source.health());
    let mut taken = Taken::default();
    taken.until(&source, "all of them", |taken| taken.readings.len() == 1000);
    assert_eq!(taken.numbers(), (1..=1000).collect::<Vec<_>>());
}

#[test]
fn a_paused_source_leaves_the_messages_to_the_broker() {
    let Some(broker) = Broker::start("a_paused_source", "") else {
        return;
    };
    let source = source(&broker.url(), false);
    connected(&source);
    source.pause();
    eventually("it is paused", || {
        source.health().state == SourceState::Paused
    });
    let mut sink = sink(&broker.url(), false);
    sink.publish(&samples(1..=50)).expect("taken");
    sink.flush().expect("the broker has it");
    source.resume();
    let mut taken = Taken::default();
    taken.until(&source, "all of them", |taken| taken.readings.len() == 50);
}

#[test]
fn a_payload_that_is_too_large_is_counted_and_does_not_come_again() {
    let Some(broker) = Broker::start("a_payload_that_is_too_large", "") else {
        return;
    };
    let mut context = context(Path::new(""));
    context.limits.payload = 40;
    let source = spawn(&settings(mqtt(&broker.url(), false)), context).expect("a source");
    connected(&source);
    let mut sink = sink(&broker.url(), false);
    // A sample is longer than forty bytes.
    sink.publish(&samples(1..=3)).expect("taken");
    sink.flush().expect("the broker has it");
    let mut taken = Taken::default();
    eventually("they are dropped", || {
        while let Ok(batch) = source.batches().try_recv() {
            taken.take(batch);
        }
        source.health().dropped == 3
    });
    assert!(taken.readings.is_empty());
    assert_eq!(source.health().failed_acknowledgements, 0);
}

/// Settings of a broker with a certificate for `name`, which its folder holds.
fn encrypted(test: &str, name: &str) -> Option<(Broker, Certificates)> {
    let certificates = Certificates::new(name);
    let settings = "certfile FOLDER/broker.pem\nkeyfile FOLDER/broker.key\n";
    let broker = Broker::start_with(test, settings, |folder| {
        for (file, text) in [
            ("authority.pem", &certificates.authority),
            ("broker.pem", &certificates.certificate),
            ("broker.key", &certificates.key),
        ] {
            std::fs::write(folder.join(file), text).expect("written");
        }
    })?;
    Some((broker, certificates))
}

fn encrypted_source(broker: &Broker, host: &str, authority: Option<&str>) -> SourceHandle {
    let mut connection = mqtt(&format!("mqtts://{host}:{}", broker.port), false);
    if let Connection::Mqtt {
        authority: place, ..
    } = &mut connection
    {
        *place = authority.map(str::to_owned);
    }
    crate::common::start(connection, &broker.folder())
}

#[test]
fn an_encrypted_connection_trusts_the_authority_of_the_document() {
    let Some((broker, _)) = encrypted("an_encrypted_connection", "localhost") else {
        return;
    };
    let source = encrypted_source(&broker, "localhost", Some("authority.pem"));
    connected(&source);
    let url = format!("mqtts://localhost:{}", broker.port);
    let mut settings = MqttSinkSettings::new(&url, "plant", "the plant");
    settings.authority = Some(broker.folder().join("authority.pem"));
    let mut sink = MqttSink::connect(settings, directory().epoch()).expect("a sink");
    sink.publish(&samples(1..=100)).expect("taken");
    sink.flush().expect("the broker has it");
    let mut taken = Taken::default();
    taken.until(&source, "all of them", |taken| taken.readings.len() == 100);
}

#[test]
fn a_broker_with_a_bad_certificate_is_refused_with_the_reason() {
    let test = "a_broker_with_a_bad_certificate";
    let Some((broker, _)) = encrypted(test, "localhost") else {
        return;
    };
    // An authority that has nothing to do with it, and one of the same name.
    for (name, expected) in [
        ("stranger.example", "authority that is not trusted"),
        ("localhost", "not signed by the authority"),
    ] {
        let stranger = Certificates::new(name);
        let path = broker.folder().join("stranger.pem");
        std::fs::write(&path, stranger.authority).expect("written");
        let source = encrypted_source(&broker, "localhost", Some("stranger.pem"));
        let why = waiting_because(&source);
        assert!(why.contains(expected), "{why}");
    }
    // The right authority, but another name.
    let Some((other, _)) = encrypted(test, "elsewhere.example") else {
        return;
    };
    let source = encrypted_source(&other, "localhost", Some("authority.pem"));
    let why = waiting_because(&source);
    assert!(why.contains("for another name"), "{why}");
    // No certificate at all.
    let connection = mqtt("mqtts://localhost", false);
    let missing = crate::common::settings(match connection {
        Connection::Mqtt {
            url,
            topics,
            payload,
            ..
        } => Connection::Mqtt {
            url,
            topics,
            payload,
            version_5: false,
            user: None,
            password_variable: None,
            authority: Some("nowhere.pem".to_owned()),
        },
        other => other,
    });
    let problem = spawn(&missing, context(&broker.folder()))
        .expect_err("no authority")
        .to_string();
    assert!(problem.contains("nowhere.pem"), "{problem}");
}

#[test]
fn a_wrong_password_is_told_and_a_right_one_let_in() {
    let prepare = |folder: &Path| {
        let made = std::process::Command::new("mosquitto_passwd")
            .args(["-b", "-c"])
            .arg(folder.join("passwords"))
            .args(["twin", "open sesame"])
            .output();
        assert!(made.is_ok_and(|output| output.status.success()));
    };
    let settings = "allow_anonymous false\npassword_file FOLDER/passwords\n";
    let test = "a_wrong_password_is_told";
    let Some(broker) = Broker::start_with(test, settings, prepare) else {
        return;
    };
    let with = |user: Option<&str>, variable: Option<&str>| {
        let mut connection = mqtt(&broker.url(), false);
        if let Connection::Mqtt {
            user: name,
            password_variable,
            ..
        } = &mut connection
        {
            *name = user.map(str::to_owned);
            *password_variable = variable.map(str::to_owned);
        }
        spawn(&crate::common::settings(connection), context(Path::new("")))
    };
    let why = waiting_because(&with(None, None).expect("a source"));
    assert!(why.contains("refuses"), "{why}");
    connected(&with(Some("twin"), Some("TEST_SECRET")).expect("a source"));
    let problem = with(Some("twin"), Some("NOT_SET")).expect_err("no secret");
    assert!(problem.to_string().contains("NOT_SET"), "{problem}");
}

#[test]
fn a_broker_that_is_not_there_is_waited_for() {
    let port = crate::http::free_port();
    let source = source(&format!("mqtt://127.0.0.1:{port}"), false);
    let why = waiting_because(&source);
    assert!(why.contains("is it running"), "{why}");
    assert!(why.contains(&port.to_string()), "{why}");
}

#[test]
fn what_is_no_broker_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let source = source(&format!("mqtt://127.0.0.1:{port}"), false);
    let why = waiting_because(&source);
    assert!(why.contains(&format!("127.0.0.1:{port}")), "{why}");
    assert!(source.health().reconnects > 0);
}
