//! What a user of the store relies on.

mod damage;
mod history;
mod model;

use std::path::Path;

use super::*;
use crate::quantity::{Epoch, SimTime};
use crate::telemetry::{Disposition, Flag, Judged, Rule, Rules, Sample, SourceQuality, Verdict};

/// A store of a twin with channels `b`, `a` and `c`, in this order.
fn description() -> StoreDescription {
    StoreDescription {
        twin: "test".to_owned(),
        epoch: Epoch::parse("2024-01-01T00:00:00Z").expect("an instant"),
        channels: [("b", "K"), ("a", "1"), ("c", "m3/s")]
            .map(|(id, unit)| StoreChannel {
                id: id.to_owned(),
                unit: unit.to_owned(),
            })
            .to_vec(),
    }
}

fn open(folder: &Path) -> Store {
    Store::open(folder, &description()).expect("a store")
}

fn at(seconds: i64) -> SimTime {
    SimTime::from_nanoseconds(seconds * 1_000_000_000)
}

fn sample(channel: u32, seconds: i64, value: f64) -> Sample {
    Sample {
        channel,
        time: at(seconds),
        received: at(seconds + 1),
        sequence: 0,
        source_sequence: None,
        value,
        quality: SourceQuality::None,
    }
}

const GOOD: Verdict = Verdict {
    flag: Flag::Good,
    rules: Rules::NONE,
    disposition: Disposition::Accepted,
};

fn spike() -> Verdict {
    Verdict {
        flag: Flag::Fail,
        rules: Rules::NONE.with(Rule::RateOfChange),
        disposition: Disposition::Quarantined,
    }
}

fn released() -> Verdict {
    Verdict {
        flag: Flag::Suspect,
        rules: spike().rules.with(Rule::Released),
        disposition: Disposition::Accepted,
    }
}

/// Everything of one channel.
fn everything(store: &Store, channel: u32) -> Vec<Judged> {
    store
        .range(channel, SimTime::MIN, SimTime::MAX, None)
        .expect("readable")
}

fn values(judged: &[Judged]) -> Vec<f64> {
    judged.iter().map(|one| one.sample.value).collect()
}

/// A store with a hundred good samples of channel 0, one a second.
fn hundred(folder: &Path) -> Store {
    let mut store = open(folder);
    let mut samples: Vec<Sample> = (0..100).map(|t| sample(0, t, t as f64)).collect();
    store.append(&mut samples).expect("stored");
    let verdicts: Vec<_> = (1..=100).map(|sequence| (sequence, GOOD)).collect();
    store.judge(&verdicts).expect("judged");
    store
}

#[test]
fn a_sample_reads_back_with_all_its_parts_before_and_after_sealing_and_opening() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(folder.path());
    let mut judged = vec![
        Judged {
            sample: Sample {
                source_sequence: Some(u64::MAX),
                quality: SourceQuality::OpcUa(0x8034_0000),
                value: -0.0,
                ..sample(0, -5, 0.0)
            },
            verdict: spike(),
        },
        Judged {
            sample: Sample {
                source_sequence: Some(0),
                quality: SourceQuality::Sparkplug(-3),
                value: f64::MIN_POSITIVE,
                ..sample(0, 7, 0.0)
            },
            verdict: GOOD,
        },
        Judged {
            sample: sample(0, 7, 2.5),
            verdict: released(),
        },
    ];
    let range = store.append_judged(&mut judged).expect("stored");
    assert_eq!((range.first, range.last()), (1, Some(3)));
    assert_eq!(judged[2].sample.sequence, 3);
    assert_eq!(everything(&store, 0), judged);
    store.seal_judged().expect("sealed").expect("a segment");
    assert_eq!(everything(&store, 0), judged);
    assert_eq!(
        everything(&store, 0)[0].sample.value.to_bits(),
        (-0.0_f64).to_bits()
    );
    drop(store);
    assert_eq!(everything(&open(folder.path()), 0), judged);
}

#[test]
fn late_samples_come_in_order_of_time_and_channels_do_not_mix() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = hundred(folder.path());
    store.seal_judged().expect("sealed");
    store
        .append(&mut [sample(0, 50, -1.0), sample(1, 50, 8.0), sample(0, 49, -2.0)])
        .expect("stored");
    let found = store.range(0, at(49), at(50), None).expect("read");
    assert_eq!(values(&found), [49.0, -2.0, 50.0, -1.0]);
    assert_eq!(found[1].verdict, Verdict::default());
    assert_eq!(values(&everything(&store, 1)), [8.0]);
    assert!(everything(&store, 2).is_empty());
    assert!(
        store
            .range(0, at(60), at(50), None)
            .expect("read")
            .is_empty()
    );
}

#[test]
fn a_reader_on_another_thread_sees_a_prefix_of_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(folder.path());
    let readers = [
        store.reader(),
        Reader::open(folder.path(), &description()).expect("a reader"),
    ];
    std::thread::scope(|scope| {
        for reader in readers {
            scope.spawn(move || {
                let mut before = 0;
                while before < 400 {
                    let found = reader
                        .range(0, SimTime::MIN, SimTime::MAX, None)
                        .expect("read");
                    let sequences: Vec<u64> = found.iter().map(|one| one.sample.sequence).collect();
                    let expected: Vec<u64> = (1..=found.len() as u64).collect();
                    assert_eq!(sequences, expected);
                    assert!(found.len() >= before);
                    before = found.len();
                }
            });
        }
        for step in 0..40 {
            let mut judged: Vec<Judged> = (0..10)
                .map(|t| Judged {
                    sample: sample(0, step * 10 + t, 1.0),
                    verdict: GOOD,
                })
                .collect();
            store.append_judged(&mut judged).expect("stored");
            match step % 9 {
                4 => drop(store.seal_judged().expect("sealed")),
                8 => drop(store.compact(1_000).expect("joined")),
                _ => {}
            }
        }
    });
}

#[test]
fn sealing_waits_for_verdicts_but_not_beyond_the_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(folder.path());
    let policy = SealPolicy {
        samples: 10,
        most_unsealed: 30,
    };
    let mut samples: Vec<Sample> = (0..25).map(|t| sample(0, t, t as f64)).collect();
    store.append(&mut samples).expect("stored");
    assert!(store.seal(&policy).expect("nothing due").is_empty());
    store
        .judge(
            &(1..=12)
                .map(|sequence| (sequence, GOOD))
                .collect::<Vec<_>>(),
        )
        .expect("judged");
    let sealed = store.seal(&policy).expect("sealed");
    assert_eq!(sealed.len(), 1);
    assert_eq!((sealed[0].first, sealed[0].last), (1, 10));
    assert_eq!((sealed[0].time_first, sealed[0].time_last), (at(0), at(9)));
    store.append(&mut samples).expect("stored");
    assert_eq!(store.seal(&policy).expect("sealed").len(), 1);
    assert_eq!(store.reader().extent().expect("known").hot, 30);
    // A verdict that comes after all is stored none the less.
    store.judge(&[(20, spike())]).expect("judged");
    assert_eq!(
        everything(&store, 0)[..40]
            .iter()
            .filter(|one| one.verdict == spike())
            .count(),
        1
    );
}

#[test]
fn what_cannot_be_stored_is_refused_whole_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(folder.path());
    let refused = |store: &mut Store, bad: Sample| {
        store
            .append(&mut [sample(0, 0, 1.0), bad])
            .expect_err("refused")
            .to_string()
    };
    assert!(refused(&mut store, sample(3, 0, 1.0)).contains("position 3"));
    assert!(refused(&mut store, sample(0, 0, f64::NAN)).contains("NaN"));
    let far = Sample {
        time: SimTime::MAX,
        ..sample(0, 0, 1.0)
    };
    assert!(refused(&mut store, far).contains("2262"));
    assert!(everything(&store, 0).is_empty());
    let message = store
        .judge(&[(1, GOOD)])
        .expect_err("nothing there")
        .to_string();
    assert!(message.contains("sequence 1"), "{message}");
    assert_eq!(store.append(&mut []).expect("nothing").last(), None);
}

#[test]
fn a_document_may_reorder_channels_and_move_its_epoch_but_not_change_a_dimension() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = hundred(folder.path());
    store.seal_judged().expect("sealed");
    store.append(&mut [sample(0, 100, 100.0)]).expect("stored");
    drop(store);
    let mut changed = description();
    changed.channels.reverse();
    changed.channels.push(StoreChannel {
        id: "d".to_owned(),
        unit: "K".to_owned(),
    });
    changed.epoch = Epoch::parse("2024-01-01T00:00:10Z").expect("an instant");
    let store = Store::open(folder.path(), &changed).expect("opened");
    let found = everything(&store, 2);
    assert_eq!(found.len(), 101);
    assert_eq!(found[100].sample.time, at(90));
    assert_eq!(found[100].sample.channel, 2);
    assert!(everything(&store, 3).is_empty());
    assert_eq!(
        store.reader().span(2).expect("known"),
        Some((at(-10), at(90)))
    );
    drop(store);
    changed.channels[2].unit = "Pa".to_owned();
    let message = Store::open(folder.path(), &changed)
        .expect_err("refused")
        .to_string();
    assert!(
        message.contains("`b`") && message.contains("Pa"),
        "{message}"
    );
}

#[test]
fn an_overview_keeps_every_extreme_and_its_buckets_stay_when_panned() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(folder.path());
    let mut judged: Vec<Judged> = (0..20_000)
        .map(|t| Judged {
            sample: sample(0, t, if t == 12_345 { 1e6 } else { (t % 100) as f64 }),
            verdict: if t == 12_345 { spike() } else { GOOD },
        })
        .collect();
    store.append_judged(&mut judged).expect("stored");
    store.seal_judged().expect("sealed");
    let reader = store.reader();
    let all = reader
        .overview(0, at(0), at(20_000), 100, Selection::All, None)
        .expect("read");
    assert!(all.len() <= 100 && all.len() > 25);
    assert_eq!(all.iter().map(|one| one.count).sum::<u64>(), 20_000);
    let peak = all
        .iter()
        .find(|one| one.maximum > 1e5)
        .expect("the spike is seen");
    assert!(peak.begin <= at(12_345) && peak.end >= at(12_345));
    assert_eq!(peak.flag, Flag::Fail);
    let panned = reader
        .overview(0, at(1_000), at(21_000), 100, Selection::All, None)
        .expect("read");
    assert!(panned[5..].iter().all(|one| all.contains(one)));
    let accepted = reader
        .overview(0, at(0), at(20_000), 100, Selection::Accepted, None)
        .expect("read");
    assert!(accepted.iter().all(|one| one.maximum < 100.0));
    let aside = reader
        .overview(0, at(0), at(20_000), 100, Selection::KeptAside, None)
        .expect("read");
    assert_eq!((aside.len(), aside[0].count), (1, 1));
    // Released, it takes part; the overview of the sealed samples knows.
    store.judge(&[(12_346, released())]).expect("judged");
    let accepted = reader
        .overview(0, at(0), at(20_000), 100, Selection::Accepted, None)
        .expect("read");
    assert!(accepted.iter().any(|one| one.maximum > 1e5));
}
