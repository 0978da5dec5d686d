use proptest::prelude::*;

use super::*;
use crate::live::open::load;
use crate::live::synthesized;
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::SourceQuality;
use crate::twin::LoadedTwin;

const HOUR: SimDuration = SimDuration::from_whole_seconds(3600);

fn twin() -> LoadedTwin {
    let scene = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab");
    load(&scene).expect("the bundled twin")
}

fn at(seconds: i64) -> SimTime {
    SimTime::ZERO + SimDuration::from_whole_seconds(seconds)
}

fn played(twin: &LoadedTwin, faults: &str, duration: SimDuration) -> Vec<Emission> {
    let options = TransmissionOptions {
        seed: 7,
        begin: SimTime::ZERO,
        duration: Some(duration),
        faults: Faults::parse(faults, &twin.twin).expect("faults that fit"),
    };
    Transmission::new(twin, &options)
        .expect("a plant")
        .collect::<Result<_, _>>()
        .expect("it plays to the end")
}

/// The plain stream and the same with one fault on `T1` from 600 s to 900 s.
fn with_fault(kind: &str) -> (Vec<Emission>, Vec<Emission>) {
    let twin = twin();
    let text =
        format!("(faults: [(channels: [\"T1\"], from: \"600 s\", to: \"900 s\", kind: {kind})])");
    let duration = SimDuration::from_whole_seconds(1200);
    (
        played(&twin, "(faults: [])", duration),
        played(&twin, &text, duration),
    )
}

/// Position of `T1` in the document.
const T1: usize = 2;

fn of(emissions: &[Emission], channel: usize) -> Vec<&Emission> {
    emissions
        .iter()
        .filter(|one| one.channel == channel)
        .collect()
}

/// Pairs of emissions of `T1` by source sequence, those inside the fault only;
/// the rest of both streams must be the same.
fn inside<'a>(plain: &'a [Emission], faulty: &'a [Emission]) -> Vec<(&'a Emission, &'a Emission)> {
    let mut pairs = Vec::new();
    for one in faulty {
        let original = plain
            .iter()
            .find(|other| {
                other.channel == one.channel && other.source_sequence == one.source_sequence
            })
            .expect("every emission has an original");
        if one.channel == T1 && original.time >= at(600) && original.time < at(900) {
            pairs.push((original, one));
        } else {
            assert_eq!(original, one, "outside the fault nothing changes");
        }
    }
    pairs
}

#[test]
fn the_same_seed_plays_the_same_plant_and_another_seed_another() {
    let twin = twin();
    let text = std::fs::read_to_string(twin.folder().join("faults.ron")).expect("the example");
    let faults = Faults::parse(&text, &twin.twin).expect("the example fits");
    let play = |seed| -> Vec<Emission> {
        let options = TransmissionOptions {
            seed,
            duration: Some(HOUR * 3),
            faults: faults.clone(),
            ..TransmissionOptions::default()
        };
        Transmission::new(&twin, &options)
            .expect("a plant")
            .map(|one| one.expect("it plays"))
            .collect()
    };
    let first = play(1);
    assert_eq!(first, play(1));
    assert_ne!(first, play(2));
}

#[test]
fn without_faults_the_plant_sends_what_synthesize_writes() {
    let twin = twin();
    let made = synthesized(&twin, 7, HOUR).expect("synthetic telemetry");
    let sent = played(&twin, "(faults: [])", HOUR);
    for column in &made.observations.channels {
        let unit = &twin.twin.channels[column.channel].unit;
        let emissions = of(&sent, column.channel);
        assert_eq!(emissions.len(), 3601);
        for emission in emissions {
            // Synthetic telemetry has an outage that nobody asked the plant for.
            if let Some(value) = column.at(emission.time) {
                // Half a step of the two decimals that the noise warrants.
                assert!((unit.from_si(value) - emission.value).abs() <= 0.005 + 1e-9);
            }
            assert_eq!(emission.received, emission.time);
            assert_eq!(emission.quality, SourceQuality::None);
        }
    }
}

#[test]
fn readings_are_numbered_by_channel_without_a_gap() {
    let sent = played(&twin(), "(faults: [])", HOUR);
    for channel in 0..4 {
        let numbers: Vec<u64> = of(&sent, channel)
            .iter()
            .map(|one| one.source_sequence)
            .collect();
        assert_eq!(numbers, (1..=3601).collect::<Vec<_>>());
    }
}

#[test]
fn a_dropout_leaves_a_gap_in_time_and_in_the_numbers() {
    let (plain, faulty) = with_fault("Dropout(share: 1.0)");
    assert!(inside(&plain, &faulty).is_empty());
    assert_eq!(faulty.len(), plain.len() - 300);
    let numbers: Vec<u64> = of(&faulty, T1)
        .iter()
        .map(|one| one.source_sequence)
        .collect();
    assert!(numbers.windows(2).any(|pair| pair[1] - pair[0] == 301));
    let (_, some) = with_fault("Dropout(share: 0.3)");
    let lost = plain.len() - some.len();
    // Binomial with mean 90 and deviation 7.9: five deviations.
    assert!((50..=130).contains(&lost), "{lost} lost");
}

#[test]
fn a_bias_moves_every_reading_by_the_same() {
    let (plain, faulty) = with_fault("Bias(by: \"2 K\")");
    let pairs = inside(&plain, &faulty);
    assert_eq!(pairs.len(), 300);
    for (original, one) in pairs {
        assert!((one.value - original.value - 2.0).abs() < 1e-9);
    }
}

#[test]
fn a_drift_grows_with_time_from_zero() {
    let (plain, faulty) = with_fault("Drift(rate: \"36 K/h\")");
    for (original, one) in inside(&plain, &faulty) {
        let expected = 0.01 * (original.time - at(600)).as_seconds();
        // Both are printed with two decimals.
        assert!((one.value - original.value - expected).abs() <= 0.01 + 1e-9);
    }
}

#[test]
fn a_stuck_sensor_says_again_what_it_said_when_it_stuck() {
    let (plain, faulty) = with_fault("Stuck");
    let pairs = inside(&plain, &faulty);
    let first = pairs[0].0.value;
    for (_, one) in &pairs {
        assert_eq!(one.value.to_bits(), first.to_bits());
    }
    assert!(
        pairs
            .iter()
            .any(|(original, one)| original.value != one.value)
    );
}

#[test]
fn noise_has_the_deviation_it_states() {
    let (plain, faulty) = with_fault("Noise(standard_deviation: \"0.5 K\")");
    let pairs = inside(&plain, &faulty);
    let count = pairs.len() as f64;
    let differences = || {
        pairs
            .iter()
            .map(|(original, one)| one.value - original.value)
    };
    let mean = differences().sum::<f64>() / count;
    let variance = differences().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0);
    // Standard errors 0.5/√300 and 0.5/√600, five of each.
    assert!(mean.abs() < 5.0 * 0.5 / 300_f64.sqrt(), "{mean}");
    assert!((variance.sqrt() - 0.5).abs() < 5.0 * 0.5 / 600_f64.sqrt());
}

#[test]
fn a_late_batch_arrives_together_in_the_order_of_its_making() {
    let (plain, faulty) = with_fault("LateBatch");
    let pairs = inside(&plain, &faulty);
    assert_eq!(pairs.len(), 300);
    for (original, one) in &pairs {
        assert_eq!(one.received, at(900));
        assert_eq!((one.time, one.value), (original.time, original.value));
    }
    assert!(pairs.windows(2).all(|two| two[0].1.time < two[1].1.time));
}

#[test]
fn what_is_still_held_back_at_the_end_arrives() {
    let twin = twin();
    let text = "(faults: [(from: \"5 min\", to: \"2 h\", kind: LateBatch)])";
    let faulty = played(&twin, text, SimDuration::from_whole_seconds(600));
    assert_eq!(faulty.len(), 4 * 601);
    assert_eq!(faulty.last().expect("one").received, at(7200));
}

#[test]
fn duplicates_repeat_number_time_and_value() {
    let (plain, faulty) = with_fault("Duplicate(share: 1.0, after: \"2 s\")");
    let pairs = inside(&plain, &faulty);
    assert_eq!(pairs.len(), 600);
    let later = pairs.iter().filter(|(original, one)| {
        assert_eq!((one.time, one.value), (original.time, original.value));
        one.received - original.received == SimDuration::from_whole_seconds(2)
    });
    assert_eq!(later.count(), 300);
}

#[test]
fn a_changed_unit_changes_the_numbers_and_not_what_the_message_says() {
    let (plain, faulty) = with_fault("UnitChange(to: \"[degF]\")");
    for (original, one) in inside(&plain, &faulty) {
        assert!((one.value - (original.value * 1.8 + 32.0)).abs() < 1e-9);
        assert_eq!(one.unit.code(), "Cel");
    }
}

#[test]
fn a_wrong_clock_moves_the_times_and_not_the_reception() {
    let (plain, faulty) = with_fault("Clock(offset: \"-90 s\", skew: Some(\"1000 [ppm]\"))");
    for (original, one) in inside(&plain, &faulty) {
        let since = (original.time - at(600)).as_seconds();
        let ahead = (one.time - original.time).as_seconds();
        assert!((ahead - (0.001 * since - 90.0)).abs() < 1e-8);
        assert_eq!(one.received, original.received);
    }
}

#[test]
fn a_doubtful_source_says_so() {
    let (plain, faulty) = with_fault("Quality(code: 0x80000000)");
    for (_, one) in inside(&plain, &faulty) {
        assert_eq!(one.quality, SourceQuality::OpcUa(0x8000_0000));
    }
}

#[test]
fn faults_that_do_not_fit_are_all_named() {
    let twin = twin();
    let text = "(faults: [
        (channels: [\"T9\"], from: \"0 s\", to: \"1 s\", kind: Stuck),
        (channels: [\"T1\"], from: \"2 s\", to: \"1 s\", kind: Stuck),
        (channels: [\"T1\"], from: \"0 s\", to: \"1 s\", kind: Bias(by: \"1 W\")),
        (channels: [\"T1\"], from: \"0 s\", to: \"1 s\", kind: Drift(rate: \"1 K\")),
        (from: \"0 s\", to: \"1 s\", kind: Dropout(share: 1.5)),
        (from: \"0 s\", to: \"1 s\", kind: Clock(skew: Some(\"-2\"))),
    ])";
    let problems = Faults::parse(text, &twin.twin).expect_err("six problems");
    for part in [
        "fault 1", "`T1`", "fault 2", "fault 3", "`W`", "fault 4", "fault 5", "1.5", "fault 6",
    ] {
        assert!(problems.contains(part), "{part} in {problems}");
    }
    let error = Faults::parse("(faults: [(chanels: [])])", &twin.twin).expect_err("mistyped");
    assert!(error.contains("1:"), "line and column: {error}");
}

#[test]
fn the_truth_names_every_channel_and_ends_with_the_plant() {
    let twin = twin();
    let text = std::fs::read_to_string(twin.folder().join("faults.ron")).expect("the example");
    let faults = Faults::parse(&text, &twin.twin).expect("the example fits");
    let truth = Truth::new(&twin.twin, &faults, 1, at(60), Some(HOUR));
    let told: Vec<_> = truth
        .labels
        .iter()
        .map(|label| {
            (
                label.fault.as_str(),
                label.channel.as_str(),
                label.from,
                label.to,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("dropout", "T1", at(60 + 1200), at(60 + 1500)),
            ("stuck", "T2", at(60 + 3000), at(60 + 3600)),
        ]
    );
    let text = ron::to_string(&truth).expect("it has a text");
    assert_eq!(ron::from_str::<Truth>(&text).expect("it reads back"), truth);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is held back, repeated or delayed: the stream is in the order of
    /// reception, nothing arrives before it was measured, and nothing is made up.
    #[test]
    fn emissions_come_in_the_order_of_reception(
        delay in 0_i64..120, spread in 0_i64..120, begin in 0_i64..600, share in 0.0..1.0_f64,
    ) {
        let twin = twin();
        let text = format!(
            "(faults: [
                (channels: [\"T1\"], from: \"{begin} s\", to: \"1000 s\",
                    kind: Delay(by: \"{delay} s\", spread: \"{spread} s\")),
                (channels: [\"T2\"], from: \"{begin} s\", to: \"700 s\", kind: LateBatch),
                (from: \"0 s\", to: \"1 h\", kind: Duplicate(share: {share}, after: \"{delay} s\")),
            ])"
        );
        let sent = played(&twin, &text, SimDuration::from_whole_seconds(900));
        prop_assert!(sent.windows(2).all(|two| two[0].received <= two[1].received));
        prop_assert!(sent.iter().all(|one| one.received >= one.time));
        for channel in 0..4 {
            let mut numbers: Vec<u64> =
                of(&sent, channel).iter().map(|one| one.source_sequence).collect();
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(numbers, (1..=901).collect::<Vec<_>>());
        }
    }
}

#[test]
fn an_event_changes_the_system_and_nobody_tells_the_twin() {
    let twin = twin();
    let plain = played(&twin, "(faults: [])", HOUR);
    let text =
        "(events: [(variable: \"room.temperature\", at: \"30 min\", action: Set(\"60 Cel\"))])";
    let warm = played(&twin, text, HOUR);
    let mean = |emissions: &[Emission], from: i64, to: i64| -> f64 {
        let values: Vec<f64> = of(emissions, T1)
            .iter()
            .filter(|one| one.time >= at(from) && one.time < at(to))
            .map(|one| one.value)
            .collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let before = mean(&warm, 0, 1800) - mean(&plain, 0, 1800);
    let after = mean(&warm, 3000, 3600) - mean(&plain, 3000, 3600);
    // The room no longer wanders where an event sets it, so before it the two
    // are near each other and not the same.
    assert!(before.abs() < 1.0, "{before}");
    assert!(after > 15.0, "{after}");
    let faults = Faults::parse(text, &twin.twin).expect("events that fit");
    let truth = Truth::new(&twin.twin, &faults, 7, SimTime::ZERO, Some(HOUR));
    assert_eq!(truth.events, faults.events);
}

#[test]
fn a_contingency_befalls_the_system_as_the_event_it_stands_for() {
    let twin = twin();
    let named = "(contingencies: [(of: \"power_1\", what: \"failed\", at: \"10 min\")])";
    let raw =
        "(events: [(variable: \"power_1.power_at_full\", at: \"10 min\", action: Set(\"0 W\"))])";
    let sent = |text: &str| -> Vec<f64> {
        let all = played(&twin, text, HOUR);
        of(&all, T1).iter().map(|one| one.value).collect()
    };
    assert_eq!(sent(named), sent(raw));
    let faults = Faults::parse(named, &twin.twin).expect("a list");
    let truth = Truth::new(&twin.twin, &faults, 7, SimTime::ZERO, Some(HOUR));
    assert_eq!(truth.contingencies, faults.contingencies);
    let options = TransmissionOptions {
        faults: Faults::parse(&named.replace("failed", "broken"), &twin.twin).expect("a list"),
        ..TransmissionOptions::default()
    };
    let refused = Transmission::new(&twin, &options).expect_err("no such contingency");
    assert!(refused.to_string().contains("`failed`"), "{refused}");
}

#[test]
fn an_event_on_what_cannot_be_changed_is_refused() {
    let twin = twin();
    let text = "(events: [(variable: \"sensor_1.reading\", action: Set(\"20 Cel\"))])";
    let options = TransmissionOptions {
        faults: Faults::parse(text, &twin.twin).expect("a list of events"),
        ..TransmissionOptions::default()
    };
    let refused = Transmission::new(&twin, &options).expect_err("an output");
    assert!(
        refused.to_string().contains("sensor_1.reading"),
        "{refused}"
    );
}

#[test]
fn the_noise_of_a_contract_takes_the_place_of_the_models() {
    let plain = twin();
    let mut document = crate::twin::Twin::clone(&plain.twin);
    document.channels[T1].contract.noise =
        Some(crate::quantity::Quantity::parse("2 K").expect("2 K"));
    let noisy = LoadedTwin {
        twin: std::sync::Arc::new(document),
        ..plain.clone()
    };
    let faults = "(faults: [])";
    let (plain, noisy) = (played(&plain, faults, HOUR), played(&noisy, faults, HOUR));
    let differences: Vec<f64> = of(&noisy, T1)
        .iter()
        .zip(of(&plain, T1))
        .map(|(noisy, plain)| noisy.value - plain.value)
        .collect();
    let variance = differences.iter().map(|one| one * one).sum::<f64>() / differences.len() as f64;
    // The same draws, 2 K wide for 0.08 K: a difference of 1.92 K, found from
    // 3601 of them to a few per cent.
    assert!((variance.sqrt() - 1.92).abs() < 0.1, "{}", variance.sqrt());
}
