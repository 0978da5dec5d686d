use super::*;
use crate::telemetry::SourceQuality;
use proptest::prelude::*;

fn sample(sequence: u64, time: i64, received: i64) -> Sample {
    Sample {
        channel: 0,
        time: SimTime::from_nanoseconds(time),
        received: SimTime::from_nanoseconds(received),
        sequence,
        source_sequence: None,
        value: time as f64,
        quality: SourceQuality::None,
    }
}

fn lateness(nanoseconds: i64) -> SimDuration {
    SimDuration::from_nanoseconds(nanoseconds)
}

#[test]
fn a_sample_within_the_lateness_is_put_in_its_place() {
    let mut buffer = Reorder::new(lateness(10), 100);
    let mut left = Vec::new();
    for (sequence, time) in [0, 5, 3, 12, 8, 30].into_iter().enumerate() {
        let arrival = buffer.push(sample(sequence as u64, time, time), |one| {
            left.push(one.time.nanoseconds());
        });
        let expected = if [3, 8].contains(&time) {
            Arrival::Reordered
        } else {
            Arrival::InOrder
        };
        assert_eq!(arrival, expected, "{time}");
    }
    assert_eq!(left, [0, 3, 5, 8, 12]);
    assert_eq!(buffer.push(sample(9, 19, 31), |_| ()), Arrival::Late);
    buffer.finish(|one| left.push(one.time.nanoseconds()));
    assert_eq!(left, [0, 3, 5, 8, 12, 30]);
}

#[test]
fn without_lateness_nothing_waits_and_an_older_sample_is_late() {
    let mut buffer = Reorder::new(SimDuration::ZERO, 100);
    let mut left = Vec::new();
    let mut push = |time| {
        buffer.push(sample(0, time, time), |one| {
            left.push(one.time.nanoseconds())
        })
    };
    assert_eq!(push(1), Arrival::InOrder);
    assert_eq!(push(1), Arrival::InOrder);
    assert_eq!(push(4), Arrival::InOrder);
    assert_eq!(push(3), Arrival::Late);
    assert_eq!(left, [1, 1, 4]);
}

#[test]
fn a_silent_channel_gives_up_its_samples_after_the_lateness() {
    let mut buffer = Reorder::new(lateness(10), 100);
    let mut left = 0;
    buffer.push(sample(0, 100, 200), |_| left += 1);
    buffer.advance(SimTime::from_nanoseconds(209), |_| left += 1);
    assert_eq!(left, 0);
    buffer.advance(SimTime::from_nanoseconds(210), |_| left += 1);
    assert_eq!(left, 1);
    assert_eq!(buffer.watermark(), Some(SimTime::from_nanoseconds(100)));
}

#[test]
fn memory_is_bounded_and_what_left_early_is_counted() {
    let mut buffer = Reorder::new(lateness(1_000_000), 8);
    let mut left = Vec::new();
    for time in 0..100 {
        buffer.push(sample(time as u64, time, time), |one| left.push(one.time));
        assert!(buffer.waiting() <= 8);
    }
    assert_eq!(buffer.forced(), 92);
    assert!(left.is_sorted());
    assert_eq!(buffer.push(sample(200, 50, 100), |_| ()), Arrival::Late);
}

proptest! {
    #[test]
    fn any_arrival_within_the_lateness_leaves_in_the_order_of_events(
        delays in proptest::collection::vec(0_i64..=50, 1..60),
        steps in proptest::collection::vec(0_i64..20, 60),
    ) {
        let mut time = 0;
        let mut samples: Vec<Sample> = delays.iter().enumerate().map(|(at, delay)| {
            time += steps[at];
            sample(at as u64, time, time + delay)
        }).collect();
        let expected: Vec<_> = samples.iter().map(|one| one.time).collect();
        samples.sort_by_key(|one| (one.received, one.sequence));
        let mut buffer = Reorder::new(lateness(50), 1000);
        let mut left = Vec::new();
        for one in &samples {
            buffer.advance(one.received, |one| left.push(one.time));
            let arrival = buffer.push(*one, |one| left.push(one.time));
            prop_assert_ne!(arrival, Arrival::Late);
        }
        buffer.finish(|one| left.push(one.time));
        prop_assert_eq!(left, expected);
        let end = samples.iter().map(|one| one.time).max().unwrap();
        prop_assert_eq!(buffer.watermark(), Some(end));
    }
}
