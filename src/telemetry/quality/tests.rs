//! The rules of one channel's contract.

use super::*;
use crate::quantity::Unit;
use crate::telemetry::contract::{Aggregating, QualityCodes};
use crate::telemetry::sample::SourceQuality;
use crate::twin::{ChannelRole, VariableIndex};

pub(in crate::telemetry) fn contract() -> ChannelContract {
    ChannelContract {
        channel: 0,
        id: "T".to_owned(),
        variable: VariableIndex(0),
        role: ChannelRole::Measurement,
        unit: Unit::known("K"),
        period: None,
        jitter: SimDuration::ZERO,
        lateness: SimDuration::ZERO,
        physical: (f64::NEG_INFINITY, f64::INFINITY),
        operational: (f64::NEG_INFINITY, f64::INFINITY),
        rate: None,
        resolution: 0.0,
        stuck: None,
        drift: None,
        aggregation: Aggregating::Instant,
        quality: QualityCodes::default(),
        on_failure: OnFailure::Drop,
    }
}

pub(in crate::telemetry) fn at(seconds: f64) -> SimTime {
    SimTime::from_seconds(seconds).expect("finite")
}

pub(in crate::telemetry) fn sample(seconds: f64, value: f64) -> Sample {
    Sample {
        channel: 0,
        time: at(seconds),
        received: at(seconds),
        sequence: 0,
        source_sequence: None,
        value,
        quality: SourceQuality::None,
    }
}

fn judged(contract: ChannelContract, samples: &[(f64, f64)]) -> Vec<(Flag, Vec<Rule>)> {
    let mut judge = Judge::new(contract);
    samples
        .iter()
        .map(|(seconds, value)| {
            let (verdict, _) = judge.judge(&sample(*seconds, *value));
            (verdict.flag, verdict.rules.iter().collect())
        })
        .collect()
}

#[test]
fn a_channel_that_asks_for_nothing_is_not_evaluated() {
    let found = judged(contract(), &[(0.0, 1.0), (1.0, 1e9)]);
    assert!(found.iter().all(|one| *one == (Flag::NotEvaluated, vec![])));
}

#[test]
fn outside_the_physical_range_fails_and_outside_the_operational_is_suspect() {
    let mut ranges = contract();
    ranges.physical = (0.0, 100.0);
    ranges.operational = (10.0, 90.0);
    let values = [0.0, 10.0, 90.0, 100.0, -0.1, 100.1, f64::NAN, f64::INFINITY];
    let series: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(at, v)| (at as f64, *v))
        .collect();
    let flags: Vec<_> = judged(ranges, &series)
        .into_iter()
        .map(|one| one.0)
        .collect();
    use Flag::{Fail, Good, Suspect};
    assert_eq!(
        flags,
        [Suspect, Good, Good, Suspect, Fail, Fail, Fail, Fail]
    );
}

#[test]
fn a_spike_is_suspect_on_both_sides_and_a_failed_sample_is_no_reference() {
    let mut limited = contract();
    limited.rate = Some(2.0);
    limited.physical = (0.0, 100.0);
    let found = judged(
        limited,
        &[
            (0.0, 10.0),
            (1.0, 12.0),
            (2.0, 20.0),
            (3.0, 12.0),
            (4.0, 500.0),
            (5.0, 12.0),
        ],
    );
    let rules: Vec<_> = found.into_iter().map(|one| one.1).collect();
    assert_eq!(rules[1], []);
    assert_eq!(rules[2], [Rule::RateOfChange]);
    assert_eq!(rules[3], [Rule::RateOfChange]);
    assert_eq!(rules[4], [Rule::GrossRange, Rule::RateOfChange]);
    assert_eq!(rules[5], []);
}

#[test]
fn a_stuck_value_is_suspect_after_half_of_the_limit_and_fails_at_it() {
    let mut limited = contract();
    limited.stuck = Some(SimDuration::from_whole_seconds(10));
    let series: Vec<_> = (0..20).map(|second| (f64::from(second), 5.0)).collect();
    let found = judged(limited, &series);
    for (second, (flag, _)) in found.iter().enumerate() {
        let expected = match second {
            0..5 => Flag::Good,
            5..10 => Flag::Suspect,
            _ => Flag::Fail,
        };
        assert_eq!(*flag, expected, "{second}");
    }
}

#[test]
fn what_the_source_says_counts() {
    let mut judge = Judge::new(contract());
    for (at, (code, flag)) in [
        (0, Flag::Good),
        (1 << 30, Flag::Suspect),
        (2 << 30, Flag::Fail),
    ]
    .into_iter()
    .enumerate()
    {
        let mut one = sample(at as f64, 1.0);
        one.quality = SourceQuality::OpcUa(code);
        assert_eq!(judge.judge(&one).0.flag, flag);
    }
}

#[test]
fn a_second_sample_of_one_time_is_kept_aside_unless_the_first_failed() {
    let mut ranged = contract();
    ranged.physical = (0.0, 100.0);
    ranged.on_failure = OnFailure::Flag;
    let found = judged(ranged.clone(), &[(0.0, 5.0), (0.0, 5.0), (0.0, 6.0)]);
    assert_eq!(found[1].1, [Rule::Duplicate]);
    assert_eq!(found[2].1, [Rule::Conflict]);
    ranged.on_failure = OnFailure::Drop;
    let found = judged(ranged, &[(0.0, 500.0), (0.0, 5.0)]);
    assert_eq!(found[1], (Flag::Good, vec![]));
}

#[test]
fn what_fails_goes_where_the_contract_says() {
    for (on_failure, disposition) in [
        (OnFailure::Drop, Disposition::KeptAside),
        (OnFailure::Hold, Disposition::Held),
        (OnFailure::Flag, Disposition::Accepted),
        (OnFailure::Quarantine, Disposition::Quarantined),
    ] {
        let mut ranged = contract();
        ranged.physical = (0.0, 100.0);
        ranged.on_failure = on_failure;
        let mut judge = Judge::new(ranged);
        assert_eq!(judge.judge(&sample(0.0, 500.0)).0.disposition, disposition);
        assert_eq!(
            judge.judge(&sample(1.0, 50.0)).0.disposition,
            Disposition::Accepted
        );
        // What is no number never takes part.
        let nan = judge.judge(&sample(2.0, f64::NAN)).0.disposition;
        assert_ne!(nan, Disposition::Accepted);
    }
}

#[test]
fn a_pause_beyond_period_and_jitter_is_a_gap_with_its_count() {
    let mut regular = contract();
    regular.period = Some(SimDuration::from_whole_seconds(10));
    regular.jitter = SimDuration::from_whole_seconds(2);
    let mut judge = Judge::new(regular);
    assert_eq!(judge.judge(&sample(0.0, 1.0)).1, None);
    assert_eq!(judge.judge(&sample(12.0, 1.0)).1, None);
    let gap = judge.judge(&sample(52.0, 1.0)).1.expect("a gap");
    assert_eq!((gap.begin, gap.end, gap.missing), (at(22.0), at(52.0), 3));
    assert_eq!(judge.overdue(at(63.0)), None);
    assert_eq!(judge.overdue(at(65.0)).map(|gap| gap.begin), Some(at(62.0)));
}

#[test]
fn a_source_that_numbers_against_the_order_of_events_is_noticed() {
    let mut judge = Judge::new(contract());
    let rules: Vec<_> = [10, 11, 13, 12, 14, 1]
        .into_iter()
        .enumerate()
        .map(|(at, number)| {
            let mut one = sample(at as f64, at as f64);
            one.source_sequence = Some(number);
            judge.judge(&one).0.rules.contains(Rule::OutOfOrder)
        })
        .collect();
    assert_eq!(rules, [false, false, false, true, false, false]);
}
