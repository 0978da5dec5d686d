//! The rules of a contract against `ioos_qc`, the independent implementation of
//! QARTOD: the same flags on random series.
//!
//! `tests/reference/ioos_qc_flags.py` made the flags with version 3.0.0.
#![expect(
    clippy::expect_used,
    reason = "a test reports what it found by failing"
)]

use counterpart::quantity::{SimDuration, SimTime, Unit};
use counterpart::telemetry::quality::Judge;
use counterpart::telemetry::{
    Aggregating, ChannelContract, Flag, QualityCodes, Sample, SourceQuality,
};
use counterpart::twin::{ChannelRole, OnFailure, VariableIndex};

const REFERENCE: &str = include_str!("reference/ioos_qc_flags.csv");

struct Row {
    series: u32,
    sample: Sample,
    /// Gross range, rate of change, flat line.
    flags: [Option<Flag>; 3],
}

fn rows() -> Vec<Row> {
    REFERENCE
        .lines()
        .skip(2)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |cell: usize| cells[cell].parse::<f64>().expect("a number");
            let flag = |cell: usize| cells[cell].parse().ok().and_then(Flag::from_code);
            let time = SimTime::from_seconds(number(1)).expect("finite");
            Row {
                series: cells[0].parse().expect("a number"),
                sample: Sample {
                    channel: 0,
                    time,
                    received: time,
                    sequence: 0,
                    source_sequence: None,
                    value: number(2),
                    quality: SourceQuality::None,
                },
                flags: [flag(3), flag(4), flag(5)],
            }
        })
        .collect()
}

/// The numbers after a word of the first line.
fn parameter(word: &str) -> Vec<f64> {
    let line = REFERENCE.lines().next().expect("a first line");
    let part = line
        .split(';')
        .find_map(|part| part.trim().strip_prefix(word))
        .expect("the parameter");
    part.split_whitespace()
        .map(|one| one.parse().expect("a number"))
        .collect()
}

fn contract() -> ChannelContract {
    let any = (f64::NEG_INFINITY, f64::INFINITY);
    ChannelContract {
        channel: 0,
        id: "value".to_owned(),
        variable: VariableIndex(0),
        role: ChannelRole::Measurement,
        unit: Unit::dimensionless(),
        period: None,
        jitter: SimDuration::ZERO,
        lateness: SimDuration::ZERO,
        physical: any,
        operational: any,
        rate: None,
        resolution: 0.0,
        stuck: None,
        drift: None,
        aggregation: Aggregating::Instant,
        quality: QualityCodes::default(),
        on_failure: OnFailure::Drop,
    }
}

/// Judges all series by this contract and holds the flags against those of the
/// rule; gives how many samples were not good.
fn compared(rule: usize, contract: &ChannelContract) -> usize {
    let mut judge = Judge::new(contract.clone());
    let mut series = 0;
    let mut broken = 0;
    for row in rows() {
        if row.series != series {
            series = row.series;
            judge = Judge::new(contract.clone());
        }
        let (verdict, _) = judge.judge(&row.sample);
        if let Some(expected) = row.flags[rule] {
            assert_eq!(
                verdict.flag, expected,
                "series {series} at {}: {}",
                row.sample.time, row.sample.value
            );
            broken += usize::from(expected != Flag::Good);
        }
    }
    broken
}

#[test]
fn the_gross_range_gives_the_flags_of_ioos_qc() {
    let ends = |word| {
        let ends = parameter(word);
        (ends[0], ends[1])
    };
    let contract = ChannelContract {
        physical: ends("fail"),
        operational: ends("suspect"),
        ..contract()
    };
    assert!(compared(0, &contract) >= 90);
}

#[test]
fn the_rate_of_change_gives_the_flags_of_ioos_qc() {
    let contract = ChannelContract {
        rate: Some(parameter("rate")[0]),
        ..contract()
    };
    assert!(compared(1, &contract) >= 90);
}

#[test]
fn the_flat_line_gives_the_flags_of_ioos_qc() {
    let contract = ChannelContract {
        stuck: SimDuration::from_seconds(parameter("stuck")[0]),
        resolution: parameter("resolution")[0],
        ..contract()
    };
    assert!(compared(2, &contract) >= 90);
}
