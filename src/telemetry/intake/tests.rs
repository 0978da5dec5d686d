//! Whole ways of samples, from reception to observation.

use std::collections::BTreeMap;

use super::super::observation::Observations;
use super::super::sample::SourceQuality;
use super::super::tests::heater;
use super::*;
use crate::quantity::Quantity;
use crate::twin::{Aggregation, Balance, Contract};
use proptest::prelude::*;

fn seconds(seconds: f64) -> SimDuration {
    SimDuration::from_seconds(seconds).expect("finite")
}

fn at(time: f64) -> SimTime {
    SimTime::ZERO + seconds(time)
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).expect("a quantity")
}

fn intake(contract: Contract, period: Option<SimDuration>) -> Intake {
    let (mut twin, variables) = heater();
    twin.channels[1].contract = contract;
    twin.channels[1].period = period;
    Intake::new(&twin, &variables, &IntakeSettings::default()).expect("an intake")
}

/// A reading of the temperature.
fn reading(time: f64, received: f64, celsius: f64) -> Sample {
    Sample {
        channel: 1,
        time: at(time),
        received: at(received),
        sequence: 0,
        source_sequence: None,
        value: celsius + 273.15,
        quality: SourceQuality::None,
    }
}

fn within(lateness: f64) -> Contract {
    Contract {
        lateness: Some(seconds(lateness)),
        ..Contract::default()
    }
}

fn last_words(intake: &mut Intake, into: &mut BTreeMap<u64, Incident>) {
    for incident in intake.incidents() {
        into.insert(incident.number, incident);
    }
}

#[test]
fn a_late_batch_within_the_lateness_takes_part_and_beyond_it_is_kept_aside_and_named() {
    for (lateness, accepted) in [(60.0, 100), (20.0, 91)] {
        let mut intake = intake(within(lateness), None);
        // From 40 s to 60 s the source holds back; 61 s comes first, then the batch.
        let batch = |time: &i32| (40..60).contains(time);
        let mut order: Vec<i32> = (0..70).filter(|time| !batch(time)).collect();
        order.extend(40..60);
        order.extend(70..100);
        let mut now = 0.0;
        for time in order {
            now = f64::max(now, f64::from(time) + 0.1);
            intake.push(reading(f64::from(time), now, 20.0 + f64::from(time % 7)));
        }
        intake.finish();
        let statistics = intake.statistics(1).expect("the channel").clone();
        assert_eq!(statistics.received, 100);
        assert_eq!(statistics.accepted(), accepted, "{lateness}");
        assert_eq!(statistics.rules[Rule::Late as usize], 100 - accepted);
        let times: Vec<_> = intake.aligned().iter().map(|one| one.time).collect();
        assert!(times.is_sorted());
        assert_eq!(times.len() as u64, accepted);
        let late = intake
            .incidents()
            .into_iter()
            .find(|one| one.rule == Rule::Late);
        assert_eq!(late.is_some(), accepted < 100);
        if let Some(late) = late {
            assert_eq!((late.begin, late.samples), (at(40.0), 9));
        }
    }
}

#[test]
fn silence_is_noticed_within_period_and_jitter_and_its_end_is_told() {
    let mut intake = intake(Contract::default(), Some(seconds(1.0)));
    let mut words = BTreeMap::new();
    for time in 0..20 {
        let time = f64::from(time);
        intake.push(reading(time, time + 0.2, 20.0));
        intake.advance(at(time + 0.3));
    }
    last_words(&mut intake, &mut words);
    assert!(words.is_empty(), "{words:?}");
    let mut found = None;
    for tenth in 192..400 {
        let now = f64::from(tenth) / 10.0;
        intake.advance(at(now));
        last_words(&mut intake, &mut words);
        if found.is_none() && !words.is_empty() {
            found = Some(now);
        }
    }
    // Last at 19 s, due at 20 s, half a period of jitter, 0.2 s under way.
    assert!((found.expect("found") - 20.8).abs() < 0.11, "{found:?}");
    intake.push(reading(45.0, 45.2, 20.0));
    last_words(&mut intake, &mut words);
    let [gap] = words.values().collect::<Vec<_>>()[..] else {
        panic!("{words:?}");
    };
    assert_eq!(
        (gap.rule, gap.begin, gap.end),
        (Rule::Missing, at(20.0), Some(at(45.0)))
    );
    assert_eq!(gap.detail, Detail::Missing { count: 25 });
    assert_eq!(intake.statistics(1).expect("the channel").missing, 25);
}

#[test]
fn a_clock_that_jumps_a_day_stops_nothing() {
    let mut intake = intake(within(5.0), None);
    for time in 0..100 {
        let time = f64::from(time);
        let event = if (30.0..35.0).contains(&time) {
            time + 86_400.0
        } else {
            time
        };
        intake.push(reading(event, time + 0.1, 20.0 + time * 0.01));
    }
    intake.finish();
    let statistics = intake.statistics(1).expect("the channel");
    assert_eq!(statistics.accepted(), 95);
    assert_eq!(statistics.rules[Rule::ClockJump as usize], 5);
    assert_eq!(statistics.last, Some(at(99.0)));
    let jump = intake
        .incidents()
        .into_iter()
        .rfind(|one| one.rule == Rule::ClockJump);
    let jump = jump.expect("named");
    assert!(jump.end.is_some());
    assert!(
        matches!(jump.detail, Detail::Clock { by } if (by.as_seconds() - 86_399.9).abs() < 0.01)
    );
}

#[test]
fn lost_numbers_are_reported_with_their_range() {
    let mut intake = intake(Contract::default(), None);
    for number in (0..100_u64).filter(|number| !(40..45).contains(number)) {
        let mut one = reading(number as f64, number as f64 + 0.1, 20.0);
        one.source_sequence = Some(number);
        intake.push(one);
        // Sent twice.
        if number == 20 {
            intake.push(one);
        }
    }
    let gap = intake
        .incidents()
        .into_iter()
        .find_map(|one| match one.detail {
            Detail::Sequence(gap) => Some((gap.first, gap.last, one.end)),
            _ => None,
        });
    assert_eq!(gap, Some((40, 44, Some(at(45.0)))));
    let statistics = intake.statistics(1).expect("the channel");
    assert_eq!((statistics.lost, statistics.repeated), (5, 1));
    assert_eq!(statistics.rules[Rule::Duplicate as usize], 1);
}

#[test]
fn a_channel_that_falls_silent_does_not_hold_up_the_others() {
    let (twin, variables) = heater();
    let mut intake = Intake::new(&twin, &variables, &IntakeSettings::default()).expect("an intake");
    for time in 0..100 {
        let time = f64::from(time);
        intake.push(reading(time, time, 20.0));
        if time < 10.0 {
            let command = Sample {
                channel: 0,
                value: 0.5,
                ..reading(time, time, 0.0)
            };
            intake.push(command);
        }
        let expected = if time > 19.0 { time } else { time.min(9.0) };
        assert_eq!(intake.watermark(), Some(at(expected)), "{time}");
    }
    intake.push(Sample {
        channel: 7,
        ..reading(0.0, 0.0, 0.0)
    });
    assert_eq!(intake.unknown(), 1);
}

#[test]
fn channels_that_have_to_agree_and_do_not_are_named_after_their_patience() {
    let (mut twin, variables) = heater();
    let mut twice = twin.channels[1].clone();
    twice.id = "T2".to_owned();
    twin.channels.push(twice);
    twin.balances.push(Balance {
        id: "redundant".to_owned(),
        terms: [("T1".to_owned(), 1.0), ("T2".to_owned(), -1.0)].into(),
        tolerance: quantity("1 K"),
        patience: seconds(5.0),
    });
    let mut intake = Intake::new(&twin, &variables, &IntakeSettings::default()).expect("an intake");
    for time in 0..60 {
        let time = f64::from(time);
        let error = match time {
            // A moment is forgiven, a while is not.
            10.0..13.0 => 3.0,
            20.0..40.0 => -2.0,
            _ => 0.5,
        };
        intake.push(reading(time, time, 20.0));
        intake.push(Sample {
            channel: 2,
            ..reading(time, time, 20.0 + error)
        });
    }
    let mut words = BTreeMap::new();
    last_words(&mut intake, &mut words);
    let [one] = words.values().collect::<Vec<_>>()[..] else {
        panic!("{words:?}");
    };
    assert_eq!(
        (one.begin, one.found, one.end),
        (at(20.0), at(25.0), Some(at(40.0)))
    );
    assert_eq!(one.samples, 20);
    match &one.detail {
        Detail::Balance { id, sum } => {
            assert_eq!(id, "redundant");
            assert!((sum - 2.0).abs() < 1e-9);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_model_says_finds_drift_and_a_wrong_unit() {
    let drifting = Contract {
        drift: Some(quantity("1.5 K")),
        ..Contract::default()
    };
    let mut one = intake(drifting, None);
    let mut other = intake(Contract::default(), None);
    for time in 0..2000 {
        let simulated = 313.15 + 5.0 * (f64::from(time) * 0.01).sin();
        let noise = if time % 2 == 0 { 0.2 } else { -0.2 };
        let drift = (f64::from(time) - 500.0).max(0.0) * 0.005;
        one.compare(1, at(f64::from(time)), simulated + noise + drift, simulated);
        // Degrees Fahrenheit taken for Celsius.
        let fahrenheit = (simulated - 273.15) * 1.8 + 32.0;
        other.compare(1, at(f64::from(time)), fahrenheit + 273.15, simulated);
    }
    let drift = one.incidents();
    assert!(drift.iter().all(|one| one.rule == Rule::Drift), "{drift:?}");
    let found = drift.first().expect("found").found;
    assert!((at(600.0)..at(1000.0)).contains(&found), "{found}");
    let unit = other.incidents().into_iter().next().expect("suspected");
    assert!(unit.found < at(60.0));
    match unit.detail {
        Detail::Unit(proposal) => assert_eq!(proposal.unit.code(), "[degF]"),
        other => panic!("{other:?}"),
    }
}

fn any_contract() -> impl Strategy<Value = Contract> {
    let aggregation = prop_oneof![
        Just(Aggregation::Instant),
        Just(Aggregation::Linear),
        Just(Aggregation::Mean),
    ];
    let limit = |text: &'static str| prop_oneof![Just(None), Just(Some(quantity(text)))];
    let stuck = prop_oneof![Just(None), Just(Some(seconds(3.0)))];
    let on_failure = prop_oneof![
        Just(crate::twin::OnFailure::Drop),
        Just(crate::twin::OnFailure::Hold),
        Just(crate::twin::OnFailure::Flag),
        Just(crate::twin::OnFailure::Quarantine),
    ];
    (aggregation, limit("3 K/s"), limit("1 K"), stuck, on_failure).prop_map(
        |(aggregation, rate, resolution, stuck, on_failure)| Contract {
            lateness: Some(seconds(10.0)),
            aggregation,
            rate,
            resolution,
            stuck,
            on_failure,
            ..Contract::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The order of arrival makes no difference, as long as each sample comes
    /// within the lateness: verdicts and observations are those of a replay in
    /// order.
    #[test]
    fn any_arrival_within_the_lateness_gives_the_observations_of_a_replay_in_order(
        contract in any_contract(),
        events in proptest::collection::vec((1_u32..3000, 15.0_f64..30.0, 0_u32..=10_000, 0_u8..8), 1..80),
    ) {
        let mut time = 0.0;
        let mut samples = Vec::new();
        for (number, (step, celsius, delay, twice)) in events.iter().enumerate() {
            time += f64::from(*step) / 1000.0;
            // Quantised, so that values repeat; some are out of range.
            let value = if *twice == 7 { 400.0 } else { celsius.round() };
            let mut one = reading(time, time + f64::from(*delay) / 1000.0, value);
            one.source_sequence = Some(number as u64);
            samples.push(one);
            if *twice == 0 {
                // The same once more, as after a broken connection.
                let mut again = one;
                again.received = one.time + seconds(9.5);
                samples.push(again);
            }
        }
        let run = |samples: &[Sample], live: bool| {
            let mut intake = intake(contract.clone(), Some(seconds(2.0)));
            for (sequence, sample) in samples.iter().enumerate() {
                if live {
                    intake.advance(sample.received);
                }
                intake.push(Sample { sequence: sequence as u64 + 1, ..*sample });
            }
            intake.finish();
            let verdicts: Vec<_> = intake
                .judged()
                .iter()
                .map(|one| (one.sample.time, one.sample.source_sequence, one.verdict))
                .collect();
            (verdicts, intake.aligned())
        };
        let replayed = run(&samples, false);
        let mut arrived = samples.clone();
        arrived.sort_by_key(|one| one.received);
        let live = run(&arrived, true);
        prop_assert_eq!(&live, &replayed);
        // Nothing disappears.
        prop_assert_eq!(replayed.0.len(), samples.len());
    }

    #[test]
    fn every_sample_gets_a_verdict_whatever_comes(
        samples in proptest::collection::vec(
            (0_u32..3, any::<i64>(), any::<i64>(), any::<f64>(), any::<Option<u64>>()), 0..200),
        lateness in any::<u32>(),
    ) {
        let mut intake = intake(within(f64::from(lateness) / 1e3), Some(seconds(1.0)));
        let mut known = 0;
        for (sequence, (channel, time, received, value, number)) in samples.into_iter().enumerate() {
            known += usize::from(channel < 2);
            intake.push(Sample {
                channel,
                time: SimTime::from_nanoseconds(time),
                received: SimTime::from_nanoseconds(received),
                sequence: sequence as u64,
                source_sequence: number,
                value,
                quality: SourceQuality::None,
            });
            intake.advance(SimTime::from_nanoseconds(received));
        }
        intake.finish();
        let judged = intake.judged();
        prop_assert_eq!(judged.len(), known);
        for one in judged {
            let taken = one.verdict.disposition == crate::telemetry::Disposition::Accepted;
            prop_assert!(!taken || one.sample.value.is_finite());
        }
    }

    #[test]
    fn observations_are_added_once_and_in_order(
        times in proptest::collection::vec(0_i64..50, 0..80),
    ) {
        let (twin, variables) = heater();
        let contracts = ChannelContract::all(&twin, &variables).expect("contracts");
        let mut observations = Observations::of(&contracts);
        let mut last = None;
        for time in times {
            let one = Aligned { channel: 1, time: at(time as f64), value: 1.0 };
            prop_assert_eq!(observations.push(&one), last < Some(time));
            last = last.max(Some(time));
        }
        let channel = &observations.channels[1];
        prop_assert!(channel.times.is_sorted_by(|a, b| a < b));
        prop_assert_eq!(observations.end, channel.times.last().copied().unwrap_or_default());
    }
}
