//! What waits to be published, and how it leaves.

use super::Publisher;
use super::outbox::{MOST_WAITING, Outbox};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::sink::{Publication, PublishedAlarm, PublishedSample, Sink, SinkError};
use crate::telemetry::{Flag, SourceQuality};
use crate::twin::{PublishSettings, PublishTarget};
use std::sync::{Arc, Mutex};

fn value(number: u64) -> Publication {
    Publication::Sample(PublishedSample {
        channel: "T".to_owned(),
        time: SimTime::ZERO,
        received: SimTime::ZERO,
        value: number as f64,
        unit: "Cel".to_owned(),
        sequence: Some(number),
        quality: SourceQuality::None,
    })
}

fn alarm(active: bool) -> PublishedAlarm {
    PublishedAlarm {
        id: "T.flat_line".to_owned(),
        time: SimTime::ZERO,
        active,
        channel: "T".to_owned(),
        reason: "flat line".to_owned(),
        flag: Flag::Suspect,
        text: String::new(),
    }
}

#[test]
fn without_room_the_oldest_values_give_way_and_alarms_stay() {
    let outbox = Outbox::default();
    outbox.put([Publication::Alarm(alarm(true))]);
    let more = 10;
    outbox.put((0..MOST_WAITING as u64 + more).map(value));
    assert_eq!(outbox.standing().waiting, MOST_WAITING as u64);
    // The alarm took one place.
    assert_eq!(outbox.standing().dropped, more + 1);
    let taken = outbox.take(2).expect("something waits");
    assert_eq!(taken, [Publication::Alarm(alarm(true)), value(more + 1)]);
}

#[test]
fn only_alarms_that_last_are_told_again() {
    let outbox = Outbox::default();
    let other = PublishedAlarm {
        id: "T.missing".to_owned(),
        ..alarm(true)
    };
    let told = [alarm(true), other.clone(), alarm(false)];
    outbox.put(told.map(Publication::Alarm));
    assert_eq!(outbox.take(100).expect("three").len(), 3);
    outbox.repeat_alarms();
    assert_eq!(outbox.take(100).expect("one"), [Publication::Alarm(other)]);
}

/// A sink that fails while it is away, and keeps what it was given or loses it.
#[derive(Clone, Debug, Default)]
struct Moody(Arc<Mutex<Mood>>);

#[derive(Debug, Default)]
struct Mood {
    away: bool,
    keeps: bool,
    kept: Vec<Publication>,
    arrived: Vec<Publication>,
}

impl Moody {
    fn mood(&self) -> std::sync::MutexGuard<'_, Mood> {
        self.0.lock().expect("no test panics while it holds it")
    }
}

impl Sink for Moody {
    fn publish(&mut self, publications: &[Publication]) -> Result<(), SinkError> {
        self.mood().kept.extend_from_slice(publications);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        let mut mood = self.mood();
        if mood.away {
            if !mood.keeps {
                mood.kept.clear();
            }
            return Err(SinkError::Closed {
                problem: "away".to_owned(),
            });
        }
        let kept = std::mem::take(&mut mood.kept);
        mood.arrived.extend(kept);
        Ok(())
    }

    fn waiting(&self) -> usize {
        self.mood().kept.len()
    }
}

fn publisher(sink: &Moody) -> Publisher {
    let settings = PublishSettings {
        id: "test".to_owned(),
        to: PublishTarget::File {
            path: "nowhere".to_owned(),
        },
        what: Vec::new(),
        every: SimDuration::from_whole_seconds(1),
        residuals: false,
        alarms: true,
    };
    Publisher::start_with(&settings, Box::new(sink.clone())).expect("a thread")
}

fn eventually(holds: impl Fn() -> bool) {
    for _ in 0..3000 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it did not come about");
}

#[test]
fn an_outage_is_waited_for_and_said() {
    let sink = Moody::default();
    sink.mood().keeps = true;
    sink.mood().away = true;
    let publisher = publisher(&sink);
    publisher.outbox().put((1..=3).map(value));
    eventually(|| publisher.report().doing.contains("away"));
    assert_eq!(publisher.report().published, 0);
    sink.mood().away = false;
    eventually(|| publisher.report().published == 3);
    let report = publisher.report();
    assert_eq!((report.dropped, report.waiting), (0, 0));
    assert_eq!(report.doing, "publishing");
    assert!(report.last_problem.contains("away"));
    assert_eq!(sink.mood().arrived, [value(1), value(2), value(3)]);
}

#[test]
fn what_is_refused_for_good_is_counted_and_the_next_is_tried() {
    let sink = Moody::default();
    sink.mood().away = true;
    let publisher = publisher(&sink);
    publisher.outbox().put((1..=3).map(value));
    eventually(|| publisher.report().dropped == 3);
    sink.mood().away = false;
    publisher.alarm(&alarm(true));
    eventually(|| publisher.report().published == 1);
    assert_eq!(sink.mood().arrived, [Publication::Alarm(alarm(true))]);
}

#[test]
fn the_end_of_a_publisher_sends_what_is_left_and_does_not_wait_for_who_is_away() {
    let sink = Moody::default();
    let ending = publisher(&sink);
    ending.outbox().put((1..=1000).map(value));
    drop(ending);
    assert_eq!(sink.mood().arrived.len(), 1000);

    sink.mood().keeps = true;
    sink.mood().away = true;
    let ending = publisher(&sink);
    let outbox = ending.outbox();
    outbox.put((1..=1000).map(value));
    drop(ending);
    assert_eq!(outbox.standing().dropped, 1000);
}
