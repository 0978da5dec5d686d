//! The store against a model of it: a plain list of samples and verdicts.

use proptest::prelude::*;

use super::*;

/// What can be done to a store.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<(u32, i64, f64)>),
    AppendJudged(Vec<(u32, i64, f64, u8)>),
    /// Places from the end, as parts of all sequences, and verdicts.
    Judge(Vec<(f64, u8)>),
    Seal(usize),
    Compact(usize),
    Reopen,
    Snapshot,
}

fn verdict(number: u8) -> Verdict {
    match number % 3 {
        0 => GOOD,
        1 => spike(),
        _ => released(),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let time = || prop_oneof![4 => 0_i64..60, 1 => -4_000_000_i64..4_000_000];
    let value = || -10.0_f64..10.0;
    let step = prop_oneof![
        3 => proptest::collection::vec((0_u32..3, time(), value()), 0..40).prop_map(Step::Append),
        3 => proptest::collection::vec((0_u32..3, time(), value(), any::<u8>()), 0..200)
            .prop_map(Step::AppendJudged),
        4 => proptest::collection::vec((0.0_f64..1.0, any::<u8>()), 0..20).prop_map(Step::Judge),
        2 => (1_usize..80).prop_map(Step::Seal),
        1 => (1_usize..400).prop_map(Step::Compact),
        1 => Just(Step::Reopen),
        2 => Just(Step::Snapshot),
    ];
    proptest::collection::vec(step, 1..24)
}

/// All samples in order of reception, with the verdicts that are valid now.
type Model = Vec<Judged>;

fn range(model: &Model, channel: u32, from: SimTime, to: SimTime) -> Vec<Judged> {
    let mut found: Vec<Judged> = model
        .iter()
        .filter(|one| {
            one.sample.channel == channel && one.sample.time >= from && one.sample.time <= to
        })
        .copied()
        .collect();
    found.sort_by_key(|one| (one.sample.time, one.sample.sequence));
    found
}

/// The buckets of an overview, from the samples: those of one bucket stand together.
fn overview(found: &[Judged], buckets: &[Bucket]) -> Vec<Bucket> {
    buckets
        .iter()
        .map(|bucket| {
            let inside: Vec<&Judged> = found
                .iter()
                .filter(|one| one.sample.time >= bucket.begin && one.sample.time <= bucket.end)
                .collect();
            let (first, last) = (inside[0].sample, inside[inside.len() - 1].sample);
            let values = || inside.iter().map(|one| one.sample.value);
            Bucket {
                begin: bucket.begin,
                end: bucket.end,
                time_first: first.time,
                time_last: last.time,
                first: first.value,
                last: last.value,
                minimum: values().fold(f64::INFINITY, f64::min),
                maximum: values().fold(f64::NEG_INFINITY, f64::max),
                count: inside.len() as u64,
                flag: inside
                    .iter()
                    .map(|one| one.verdict.flag)
                    .max()
                    .unwrap_or_default(),
            }
        })
        .collect()
}

fn compare(
    store: &Store,
    model: &Model,
    snapshot: Option<&Snapshot>,
    window: (i64, i64),
    count: usize,
) -> Result<(), TestCaseError> {
    let reader = store.reader();
    let (from, to) = (at(window.0.min(window.1)), at(window.0.max(window.1)));
    for channel in 0..3 {
        for (from, to) in [(from, to), (SimTime::MIN, SimTime::MAX)] {
            let found = reader.range(channel, from, to, snapshot).expect("read");
            prop_assert_eq!(&found, &range(model, channel, from, to));
            for selection in [Selection::All, Selection::Accepted, Selection::KeptAside] {
                let buckets = reader
                    .overview(channel, from, to, count, selection, snapshot)
                    .expect("read");
                prop_assert!(buckets.len() <= count.max(2));
                prop_assert!(buckets.is_sorted_by(|a, b| a.end < b.begin));
                let mut all = range(model, channel, SimTime::MIN, SimTime::MAX);
                all.retain(|one| match selection {
                    Selection::All => true,
                    Selection::Accepted => one.verdict.disposition == Disposition::Accepted,
                    Selection::KeptAside => one.verdict.disposition != Disposition::Accepted,
                });
                prop_assert_eq!(&overview(&all, &buckets), &buckets);
                // No sample of the time is without a bucket.
                let within = |one: &&Judged| one.sample.time >= from && one.sample.time <= to;
                let in_a_bucket = |time: SimTime| {
                    buckets
                        .iter()
                        .any(|bucket| bucket.begin <= time && time <= bucket.end)
                };
                let none_lost = all
                    .iter()
                    .filter(within)
                    .all(|one| in_a_bucket(one.sample.time));
                prop_assert!(none_lost);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_done_to_a_store_it_reads_as_a_list_and_snapshots_never_change(
        steps in steps(),
        window in (-10_i64..70, -10_i64..70),
        count in 2_usize..40,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = open(folder.path());
        let mut model: Model = Vec::new();
        let mut snapshots: Vec<(Snapshot, Model)> = Vec::new();
        for step in steps {
            match step {
                Step::Append(samples) => {
                    let mut samples: Vec<Sample> = samples
                        .into_iter()
                        .map(|(channel, time, value)| sample(channel, time, value))
                        .collect();
                    store.append(&mut samples).expect("stored");
                    model.extend(samples.into_iter().map(|sample| Judged {
                        sample,
                        verdict: Verdict::default(),
                    }));
                }
                Step::AppendJudged(samples) => {
                    let mut judged: Vec<Judged> = samples
                        .into_iter()
                        .map(|(channel, time, value, number)| Judged {
                            sample: sample(channel, time, value),
                            verdict: verdict(number),
                        })
                        .collect();
                    store.append_judged(&mut judged).expect("stored");
                    model.append(&mut judged);
                }
                Step::Judge(verdicts) => {
                    if model.is_empty() {
                        continue;
                    }
                    let verdicts: Vec<(u64, Verdict)> = verdicts
                        .into_iter()
                        .map(|(part, number)| {
                            ((part * model.len() as f64) as u64 + 1, verdict(number))
                        })
                        .collect();
                    store.judge(&verdicts).expect("judged");
                    for (sequence, verdict) in verdicts {
                        model[sequence as usize - 1].verdict = verdict;
                    }
                }
                Step::Seal(samples) => {
                    let policy = SealPolicy { samples, most_unsealed: 150 };
                    store.seal(&policy).expect("sealed");
                }
                Step::Compact(samples) => {
                    store.compact(samples).expect("joined");
                }
                Step::Reopen => {
                    drop(store);
                    store = open(folder.path());
                    prop_assert_eq!(store.recovery(), &Recovery::default());
                }
                Step::Snapshot => {
                    let snapshot = store.snapshot().expect("a snapshot");
                    snapshots.push((snapshot, model.clone()));
                }
            }
        }
        let sequences: Vec<u64> = model.iter().map(|one| one.sample.sequence).collect();
        prop_assert_eq!(sequences, (1..=model.len() as u64).collect::<Vec<_>>());
        compare(&store, &model, None, window, count)?;
        for (snapshot, model) in &snapshots {
            compare(&store, model, Some(snapshot), window, count)?;
            store.verify(snapshot).expect("the same bytes");
        }
    }
}
