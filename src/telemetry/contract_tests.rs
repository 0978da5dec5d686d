//! What the contracts of a document make of a file.

use super::tests::heater;
use super::*;
use crate::quantity::{Quantity, SimDuration, SimTime, Unit};
use crate::twin::{Aggregation, Contract, Evolution, OnFailure, Twin};

fn seconds(seconds: f64) -> SimDuration {
    SimDuration::from_seconds(seconds).expect("finite")
}

fn at(time: f64) -> SimTime {
    SimTime::ZERO + seconds(time)
}

fn quantity(text: &str) -> Option<Quantity> {
    Some(Quantity::parse(text).expect("a quantity"))
}

/// A file read with a changed document, whose temperature has this contract.
fn read(contract: Contract, change: impl FnOnce(&mut Twin), text: &str) -> Telemetry {
    let (mut twin, variables) = heater();
    twin.channels[1].contract = contract;
    change(&mut twin);
    let options = ReadOptions::default();
    read_csv_from(text.as_bytes(), "test.csv", &twin, &variables, &options).expect("telemetry")
}

/// Times and values [°C] of the temperature.
fn temperatures(telemetry: &Telemetry) -> Vec<(f64, f64)> {
    let celsius = Unit::known("Cel");
    let channel = telemetry
        .channels
        .iter()
        .find(|one| one.channel == 1)
        .expect("the channel");
    channel
        .times
        .iter()
        .zip(&channel.values)
        .map(|(time, value)| (time.as_seconds(), celsius.from_si(*value).round()))
        .collect()
}

#[test]
fn rows_within_the_lateness_are_put_in_order_and_others_kept_aside_with_their_line() {
    let contract = Contract {
        lateness: Some(seconds(5.0)),
        ..Contract::default()
    };
    let text = "t,T1\n0,20\n1,21\n4,24\n2,22\n3,23\n20,40\n14,34\n15,35\n";
    let telemetry = read(contract, |_| (), text);
    let expected = [
        (0, 20),
        (1, 21),
        (2, 22),
        (3, 23),
        (4, 24),
        (15, 35),
        (20, 40),
    ];
    let expected: Vec<_> = expected.map(|(t, v)| (f64::from(t), f64::from(v))).into();
    assert_eq!(temperatures(&telemetry), expected);
    let [late] = &telemetry.rejected[..] else {
        panic!("{:?}", telemetry.rejected);
    };
    assert_eq!((late.line, late.value.as_str()), (8, "34"));
    assert!(late.reason.to_string().contains("late"), "{}", late.reason);
    assert_eq!(telemetry.channels[0].statistics.reordered, 3);
}

#[test]
fn a_sample_that_waited_is_named_with_its_line_and_number() {
    let contract = Contract {
        lateness: Some(seconds(5.0)),
        ..Contract::default()
    };
    let telemetry = read(contract, |_| (), "t,T1\n0,20\n1,500\n2,22\n30,23\n");
    let [one] = &telemetry.rejected[..] else {
        panic!("{:?}", telemetry.rejected);
    };
    assert_eq!((one.line, one.value.as_str()), (3, "500"));
    assert!(matches!(one.reason, Reason::OutOfRange { .. }));
}

#[test]
fn stuck_samples_are_kept_aside_and_the_incident_says_since_when() {
    let contract = Contract {
        stuck: Some(seconds(4.0)),
        ..Contract::default()
    };
    let text = "t,T1\n0,20\n1,21\n2,21\n3,21\n4,21\n5,21\n6,21\n7,22\n";
    let telemetry = read(contract, |_| (), text);
    assert_eq!(telemetry.rejected_count, 2);
    assert!(
        telemetry.rejected[0]
            .reason
            .to_string()
            .contains("flat line")
    );
    let [stuck] = &telemetry.incidents[..] else {
        panic!("{:?}", telemetry.incidents);
    };
    assert_eq!((stuck.rule, stuck.flag), (Rule::FlatLine, Flag::Fail));
    assert_eq!((stuck.begin, stuck.end), (at(1.0), Some(at(7.0))));
    let flags = &telemetry.channels[0].flags;
    assert_eq!(flags[3..5], [Flag::Suspect, Flag::Suspect]);
}

#[test]
fn a_sample_that_fails_can_be_held() {
    let contract = Contract {
        on_failure: OnFailure::Hold,
        ..Contract::default()
    };
    let telemetry = read(contract, |_| (), "t,T1\n0,20\n1,500\n2,22\n");
    assert_eq!(
        temperatures(&telemetry),
        [(0.0, 20.0), (1.0, 20.0), (2.0, 22.0)]
    );
    assert_eq!(telemetry.rejected_count, 1);
}

#[test]
fn a_gap_in_the_rows_is_counted_by_the_period() {
    let telemetry = read(
        Contract::default(),
        |twin| twin.channels[1].period = Some(seconds(1.0)),
        "t,T1\n0,20\n1,21\n10,22\n",
    );
    let statistics = &telemetry.channels[0].statistics;
    assert_eq!((statistics.missing, statistics.gaps), (8, 1));
    assert_eq!(statistics.flags.completeness(), Some(3.0 / 11.0));
    assert_eq!(telemetry.incidents.len(), 1);
}

#[test]
fn the_aggregation_of_the_contract_is_that_of_the_observations() {
    let contract = Contract {
        aggregation: Aggregation::Mean,
        ..Contract::default()
    };
    let telemetry = read(contract, |_| (), "t,T1\n0,20\n0.5,24\n1,30\n2,40\n");
    let observations = telemetry.align(seconds(1.0));
    let celsius = Unit::known("Cel");
    let values: Vec<_> = observations.channels[0]
        .values
        .iter()
        .map(|one| celsius.from_si(*one).round())
        .collect();
    assert_eq!(values, [22.0, 30.0]);
}

#[test]
fn a_counter_has_a_unit_of_its_own() {
    let contract = Contract {
        aggregation: Aggregation::Total { rollover: None },
        ..Contract::default()
    };
    let counts = |twin: &mut Twin| {
        twin.channels[1].unit = Unit::known("K.s");
        twin.channels[1].range = None;
    };
    let telemetry = read(contract, counts, "t,T1\n0,0\n1,20\n3,80\n");
    let observations = telemetry.align(seconds(1.0));
    assert_eq!(observations.channels[0].values, [20.0, 30.0, 30.0]);
}

#[test]
fn columns_that_have_changed_are_read_as_the_document_says() {
    let changes = |twin: &mut Twin| {
        twin.evolution = vec![
            Evolution::Renamed {
                from: "T1".to_owned(),
                to: "Temp".to_owned(),
            },
            Evolution::Renamed {
                from: "Temp".to_owned(),
                to: "TT-101".to_owned(),
            },
            Evolution::Unit {
                column: "TT-101".to_owned(),
                unit: Unit::known("[degF]"),
            },
            Evolution::Added {
                column: "spare".to_owned(),
            },
            Evolution::Removed {
                column: "Q1".to_owned(),
            },
        ];
    };
    let telemetry = read(Contract::default(), changes, "t,TT-101,spare\n0,68,1\n");
    assert_eq!(temperatures(&telemetry), [(0.0, 20.0)]);
    assert_eq!(telemetry.ignored_columns, ["spare"]);
    let warnings = telemetry.warnings.join("\n");
    assert_eq!(telemetry.warnings.len(), 2, "{warnings}");
    assert!(warnings.contains("`TT-101` is read as `T1`"), "{warnings}");
    assert!(warnings.contains("in `[degF]`"), "{warnings}");
    // Files from before are read as ever.
    let telemetry = read(Contract::default(), changes, "t,T1\n0,20\n");
    assert_eq!(temperatures(&telemetry), [(0.0, 20.0)]);
}

#[test]
fn an_alias_names_a_column_too() {
    let contract = Contract {
        aliases: vec!["plant/TT-101".to_owned()],
        ..Contract::default()
    };
    let telemetry = read(contract, |_| (), "t,plant/TT-101\n0,20\n");
    assert_eq!(temperatures(&telemetry), [(0.0, 20.0)]);
}

#[test]
fn times_of_day_are_read_in_the_zone_of_their_column() {
    let text = "time [Europe/Berlin],T1\n2024-01-01 01:00:00,20\n2024-07-01T02:00:00,21\n\
                2024-07-01T00:00:01Z,22\n";
    let telemetry = read(Contract::default(), |_| (), text);
    let half_a_year = 182.0 * 86_400.0;
    assert_eq!(
        temperatures(&telemetry),
        [(0.0, 20.0), (half_a_year, 21.0), (half_a_year + 1.0, 22.0)]
    );
    let (twin, variables) = heater();
    let options = ReadOptions::default();
    let text = "time [Europe/Atlantis],T1\n2024-01-01 01:00:00,20\n";
    let report = read_csv_from(text.as_bytes(), "test.csv", &twin, &variables, &options)
        .expect_err("no such zone");
    assert!(report.to_string().contains("time zone"), "{report}");
}

#[test]
fn a_file_goes_the_same_way_as_samples_that_come_in_live() {
    let contract = Contract {
        lateness: Some(seconds(3.0)),
        operational: Quantity::parse("10 Cel").ok().zip(quantity("30 Cel")),
        rate: quantity("4 K/s"),
        stuck: Some(seconds(3.0)),
        ..Contract::default()
    };
    let mut text = "t,T1\n".to_owned();
    let mut numbers = Vec::new();
    for step in 0_u32..300 {
        let mixed = step.wrapping_mul(2_654_435_761) >> 20;
        let time = f64::from(step) + f64::from(mixed % 5) * 0.7 - 2.0;
        let value = f64::from(mixed % 40) * if step % 50 < 8 { 0.0 } else { 1.0 };
        if time >= 0.0 {
            text.push_str(&format!("{time:.1},{value}\n"));
            numbers.push((
                format!("{time:.1}").parse::<f64>().expect("a number"),
                value,
            ));
        }
    }
    let telemetry = read(contract.clone(), |_| (), &text);
    let (mut twin, variables) = heater();
    twin.channels[1].contract = contract;
    let mut intake = Intake::new(&twin, &variables, &IntakeSettings::default()).expect("an intake");
    for (sequence, (time, value)) in numbers.into_iter().enumerate() {
        intake.push(Sample {
            channel: 1,
            time: at(time),
            // Half a second under way.
            received: at(time + 0.5),
            sequence: sequence as u64 + 1,
            source_sequence: None,
            value: Unit::known("Cel").to_si(value),
            quality: SourceQuality::None,
        });
    }
    intake.finish();
    let observations = telemetry.align(twin.timestep);
    let live: Vec<_> = intake.aligned();
    assert_eq!(observations.channels[0].values.len(), live.len());
    for (at, one) in live.iter().enumerate() {
        assert_eq!(observations.channels[0].times[at], one.time);
        assert_eq!(
            observations.channels[0].values[at].to_bits(),
            one.value.to_bits()
        );
    }
    let statistics = intake.statistics(1).expect("the channel");
    assert_eq!(statistics.aside(), telemetry.rejected_count);
    assert_eq!(statistics.rules, telemetry.channels[0].statistics.rules);
}
