//! Alignment against what it means.

use super::super::quality::tests::{at, contract};
use super::*;
use proptest::prelude::*;

fn aligned(
    aggregation: Aggregating,
    period: Option<i64>,
    samples: &[(f64, f64)],
) -> Vec<(f64, f64)> {
    let mut contract = contract();
    contract.aggregation = aggregation;
    contract.period = period.map(SimDuration::from_whole_seconds);
    let mut aligner = ChannelAligner::new(&contract, SimDuration::from_whole_seconds(1));
    let mut found = Vec::new();
    let mut out = |one: Aligned| found.push((one.time.as_seconds(), one.value));
    for (seconds, value) in samples {
        aligner.sample(at(*seconds), *value, &mut out);
    }
    aligner.finish(&mut out);
    found
}

#[test]
fn a_line_gives_the_value_at_the_end_of_the_step_and_gaps_stay_gaps() {
    let found = aligned(
        Aggregating::Linear,
        Some(1),
        &[
            (0.5, 1.0),
            (1.5, 3.0),
            (3.0, 6.0),
            (9.0, 0.0),
            (9.75, 3.0),
            (10.25, 5.0),
        ],
    );
    assert_eq!(
        found,
        [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (9.0, 0.0), (10.0, 4.0)]
    );
}

#[test]
fn a_mean_weighs_each_sample_by_how_long_it_held() {
    // No period is agreed: each sample holds until the next.
    let found = aligned(
        Aggregating::Mean,
        None,
        &[(0.0, 1.0), (0.25, 5.0), (1.0, 2.0), (3.0, 4.0), (3.5, 0.0)],
    );
    assert_eq!(found, [(1.0, 4.0), (2.0, 2.0), (3.0, 2.0), (4.0, 2.0)]);
}

#[test]
fn a_mean_does_not_reach_into_a_gap() {
    let found = aligned(
        Aggregating::Mean,
        Some(1),
        &[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (7.0, 7.0), (8.0, 9.0)],
    );
    assert_eq!(found, [(1.0, 1.0), (2.0, 3.0), (3.0, 5.0), (8.0, 7.0)]);
}

#[test]
fn a_counter_gives_rates_whose_sum_is_its_total() {
    let rollover = Aggregating::Total {
        rollover: Some(100.0),
    };
    let found = aligned(
        rollover,
        None,
        &[(0.0, 90.0), (1.5, 96.0), (2.5, 2.0), (4.0, 8.0)],
    );
    let total: f64 = found.iter().map(|(_, rate)| rate).sum();
    assert!((total - 18.0).abs() < 1e-12, "{found:?}");
    assert_eq!(found.len(), 4);
    // Without a rollover a counter that goes down has begun anew.
    let plain = Aggregating::Total { rollover: None };
    let found = aligned(
        plain,
        None,
        &[(0.0, 90.0), (1.0, 96.0), (2.0, 2.0), (3.0, 8.0)],
    );
    assert_eq!(found, [(1.0, 6.0), (3.0, 6.0)]);
}

#[test]
fn two_samples_years_apart_are_a_gap_and_not_a_million_observations() {
    let year = 365.0 * 86_400.0;
    for aggregation in [Aggregating::Linear, Aggregating::Mean] {
        let found = aligned(aggregation, None, &[(0.0, 1.0), (10.0 * year, 2.0)]);
        assert!(found.len() <= MOST_STEPS as usize + 2, "{}", found.len());
    }
}

#[test]
fn observations_come_as_soon_as_their_step_is_over() {
    let contract = contract();
    let mut aligner = ChannelAligner::new(&contract, SimDuration::from_whole_seconds(1));
    let mut found = Vec::new();
    let mut push = |aligner: &mut ChannelAligner, seconds: f64| {
        aligner.sample(at(seconds), seconds, &mut |one| found.push(one.value));
        found.len()
    };
    assert_eq!(push(&mut aligner, 0.4), 0);
    assert_eq!(push(&mut aligner, 1.0), 1);
    assert_eq!(push(&mut aligner, 1.4), 1);
    let mut more = Vec::new();
    aligner.advance(at(2.0), |one| more.push(one.value));
    assert!(more.is_empty());
    aligner.advance(at(2.1), |one| more.push(one.value));
    assert_eq!(more, [1.4]);
    assert_eq!(aligner.superseded(), 1);
}

fn any_aggregation() -> impl Strategy<Value = Aggregating> {
    prop_oneof![
        Just(Aggregating::Instant),
        Just(Aggregating::Linear),
        Just(Aggregating::Mean),
        Just(Aggregating::Total {
            rollover: Some(50.0)
        }),
    ]
}

proptest! {
    #[test]
    fn observations_rise_in_time_and_stay_within_the_samples(
        aggregation in any_aggregation(),
        steps in proptest::collection::vec((1_u32..4000, 0.0_f64..50.0), 1..60),
    ) {
        let mut seconds = 0.0;
        let samples: Vec<(f64, f64)> = steps
            .iter()
            .map(|(step, value)| {
                seconds += f64::from(*step) / 1000.0;
                (seconds, *value)
            })
            .collect();
        let found = aligned(aggregation, Some(2), &samples);
        prop_assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
        prop_assert!(found.iter().all(|(time, _)| time.fract() == 0.0));
        if !matches!(aggregation, Aggregating::Total { .. }) {
            prop_assert!(found.iter().all(|(_, value)| (-1e-9..=50.0 + 1e-9).contains(value)));
        }
    }

    #[test]
    fn a_mean_keeps_the_integral_and_a_counter_its_total(
        steps in proptest::collection::vec((1_i64..900, 0_u32..50), 2..60),
    ) {
        // From one whole second to another, so that every step is whole.
        let mut milliseconds = 0;
        let mut samples = vec![(0.0, 7.0)];
        for (step, value) in &steps {
            milliseconds += step;
            samples.push((milliseconds as f64 / 1000.0, f64::from(*value)));
        }
        let end = (milliseconds / 1000 + 1) as f64;
        samples.push((end, 3.0));
        let integral: f64 = samples
            .windows(2)
            .map(|pair| pair[0].1 * (pair[1].0 - pair[0].0))
            .sum();
        let found: f64 = aligned(Aggregating::Mean, None, &samples).iter().map(|one| one.1).sum();
        prop_assert!((found - integral).abs() < 1e-6);
        let mut counted = 0.0;
        let counter: Vec<_> = samples
            .iter()
            .map(|(time, value)| {
                counted += value;
                (*time, counted % 60.0)
            })
            .collect();
        let rollover = Aggregating::Total { rollover: Some(60.0) };
        let found: f64 = aligned(rollover, None, &counter).iter().map(|one| one.1).sum();
        prop_assert!((found - (counted - 7.0)).abs() < 1e-6);
    }
}
