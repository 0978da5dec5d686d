//! Snapshots, and what is kept for them.

use super::*;

#[test]
fn a_snapshot_reads_the_same_after_late_data_new_verdicts_sealing_and_compaction() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = hundred(folder.path());
    store
        .judge(&[(10, spike()), (60, spike())])
        .expect("judged");
    store
        .seal(&SealPolicy {
            samples: 50,
            most_unsealed: 1_000,
        })
        .expect("sealed");
    store.append(&mut [sample(0, 5, 0.5)]).expect("stored");
    let snapshot = store.snapshot().expect("a snapshot");
    assert_eq!((snapshot.sequence, snapshot.revision), (101, 2));
    assert_eq!(snapshot.blocks.len(), 3);
    let before = everything(&store, 0);
    let buckets = |store: &Store| {
        store
            .reader()
            .overview(0, at(0), at(100), 10, Selection::Accepted, Some(&snapshot))
            .expect("read")
    };
    let overview = buckets(&store);
    let same = |store: &Store| {
        assert_eq!(
            store
                .range(0, SimTime::MIN, SimTime::MAX, Some(&snapshot))
                .expect("read"),
            before
        );
        assert_eq!(buckets(store), overview);
        store.verify(&snapshot).expect("the same bytes");
    };
    same(&store);
    store.append(&mut [sample(0, 6, 0.6)]).expect("stored");
    store
        .judge(&[(10, released()), (101, GOOD), (102, GOOD)])
        .expect("judged");
    same(&store);
    store.seal_judged().expect("sealed");
    same(&store);
    store
        .judge(&[(10, spike()), (101, spike())])
        .expect("judged");
    same(&store);
    assert_eq!(store.compact(1_000).expect("joined").len(), 1);
    assert_eq!(store.segments().expect("known").len(), 1);
    same(&store);
    drop(store);
    let mut store = open(folder.path());
    same(&store);
    let now = store.snapshot().expect("a snapshot");
    assert_ne!(now, snapshot);
    store.verify(&now).expect("the same bytes");
    let now = everything(&store, 0);
    let again = now.iter().find(|one| one.sample.sequence == 10);
    assert_eq!(again.map(|one| one.verdict), Some(spike()));
    let text = ron::to_string(&snapshot).expect("text");
    assert_eq!(
        ron::from_str::<Snapshot>(&text).expect("a snapshot"),
        snapshot
    );
}

#[test]
fn each_revision_of_a_verdict_can_be_read_wherever_it_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(folder.path());
    store.append(&mut [sample(0, 0, 1.0)]).expect("stored");
    let mut history = vec![(store.snapshot().expect("a snapshot"), Verdict::default())];
    for (step, verdict) in [spike(), GOOD, released(), spike(), GOOD]
        .into_iter()
        .enumerate()
    {
        assert_eq!(
            store.judge(&[(1, verdict)]).expect("judged"),
            step as u64 + 1
        );
        history.push((store.snapshot().expect("a snapshot"), verdict));
        if step == 2 {
            store.seal_judged().expect("sealed");
        }
    }
    let mut more: Vec<Judged> = vec![Judged {
        sample: sample(0, 1, 1.0),
        verdict: GOOD,
    }];
    store.append_judged(&mut more).expect("stored");
    store.seal_judged().expect("sealed");
    store.compact(10).expect("joined");
    for (snapshot, verdict) in history {
        let found = store
            .range(0, SimTime::MIN, SimTime::MAX, Some(&snapshot))
            .expect("read");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].verdict, verdict);
        store.verify(&snapshot).expect("the same bytes");
    }
}

#[test]
fn retention_drops_whole_segments_but_none_that_a_pin_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = hundred(folder.path());
    let policy = SealPolicy {
        samples: 25,
        most_unsealed: 1_000,
    };
    assert_eq!(store.seal(&policy).expect("sealed").len(), 4);
    let snapshot = store.snapshot().expect("a snapshot");
    store.pin("run 7", &snapshot).expect("pinned");
    let old = Retention {
        older_than: Some(at(60)),
        most_bytes: None,
    };
    let kept = store.retain(&old).expect("retained");
    assert!(kept.dropped.is_empty());
    assert_eq!(kept.pinned.len(), 2);
    assert_eq!(kept.pinned[0].1, "run 7");
    assert_eq!(
        store.pins().expect("pins"),
        [("run 7".to_owned(), snapshot.clone())]
    );
    assert!(store.unpin("run 7").expect("unpinned"));
    assert!(!store.unpin("run 7").expect("no such pin"));
    let retained = store.retain(&old).expect("retained");
    assert_eq!(retained.dropped.len(), 2);
    assert_eq!(everything(&store, 0).len(), 50);
    assert!(matches!(
        store.range(0, at(0), at(99), Some(&snapshot)),
        Err(StoreError::SnapshotDropped { first: 1, last: 25 })
    ));
    // What it saw of later times is still there.
    assert_eq!(
        store
            .range(0, at(60), at(99), Some(&snapshot))
            .expect("read")
            .len(),
        40
    );
    assert!(store.verify(&snapshot).is_err());
    assert!(store.pin("late", &snapshot).is_err());
    let message = store.judge(&[(3, GOOD)]).expect_err("gone").to_string();
    assert!(message.contains("retention"), "{message}");
    let now = store.snapshot().expect("a snapshot");
    store.verify(&now).expect("the same bytes");
    let all = Retention {
        older_than: None,
        most_bytes: Some(0),
    };
    assert_eq!(store.retain(&all).expect("retained").dropped.len(), 2);
    drop(store);
    let mut store = open(folder.path());
    assert_eq!(
        store
            .append(&mut [sample(0, 1, 1.0)])
            .expect("stored")
            .first,
        101
    );
    assert_eq!(everything(&store, 0).len(), 1);
}

#[test]
fn a_snapshot_of_another_store_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = hundred(folder.path());
    let snapshot = store.snapshot().expect("a snapshot");
    let other = tempfile::tempdir().expect("a folder");
    let empty = open(other.path());
    assert!(matches!(
        empty.verify(&snapshot),
        Err(StoreError::OtherSnapshot { .. })
    ));
    let mut changed = snapshot.clone();
    changed.blocks[0].content.replace_range(0..4, "0000");
    assert!(matches!(
        store.verify(&changed),
        Err(StoreError::SnapshotDiffers {
            first: 1,
            last: 100
        })
    ));
    let mut short = snapshot;
    short.blocks.clear();
    assert!(store.verify(&short).is_err());
}
