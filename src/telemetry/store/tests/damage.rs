//! Files that are not as they were, and disks without room.

use std::fs;

use super::*;
use crate::telemetry::store::folder::Folder;

/// A store with four segments of 25 samples.
fn sealed(folder: &Path) -> Store {
    let mut store = hundred(folder);
    let policy = SealPolicy {
        samples: 25,
        most_unsealed: 1_000,
    };
    store.seal(&policy).expect("sealed");
    store
}

#[test]
fn only_one_may_write_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    assert!(matches!(
        Store::open(folder.path(), &description()),
        Err(StoreError::Locked { .. })
    ));
    drop(store);
    open(folder.path());
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = Folder::new(folder.path()).catalogue();
    fs::write(
        &catalogue,
        "this is a letter to my aunt, not a database at all",
    )
    .expect("written");
    let message = Store::open(folder.path(), &description())
        .expect_err("refused")
        .to_string();
    assert!(message.contains("not a telemetry store"), "{message}");
    assert!(
        fs::read_to_string(&catalogue)
            .expect("there")
            .starts_with("this is")
    );

    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = Folder::new(folder.path()).catalogue();
    rusqlite::Connection::open(&catalogue)
        .and_then(|other| other.execute_batch("CREATE TABLE recipes (name TEXT)"))
        .expect("another program's database");
    let message = Store::open(folder.path(), &description())
        .expect_err("refused")
        .to_string();
    assert!(message.contains("another program"), "{message}");

    let nothing = tempfile::tempdir().expect("a folder");
    assert!(Reader::open(nothing.path(), &description()).is_err());
}

#[test]
fn another_twin_or_a_newer_format_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(sealed(folder.path()));
    let mut other = description();
    other.twin = "other".to_owned();
    let message = Store::open(folder.path(), &other)
        .expect_err("refused")
        .to_string();
    assert!(
        message.contains("`test`") && message.contains("`other`"),
        "{message}"
    );
    let catalogue = Folder::new(folder.path()).catalogue();
    rusqlite::Connection::open(&catalogue)
        .and_then(|catalogue| catalogue.pragma_update(None, "user_version", 99))
        .expect("changed");
    let message = Store::open(folder.path(), &description())
        .expect_err("refused")
        .to_string();
    assert!(
        message.contains("format 99") && message.contains("newer"),
        "{message}"
    );
}

#[test]
fn a_damaged_segment_is_named_and_the_rest_can_be_used() {
    type Damage = fn(&Path);
    let damages: [(Damage, &str); 4] = [
        (|path| fs::remove_file(path).expect("removed"), "not there"),
        (|path| fs::write(path, "").expect("written"), "0 bytes"),
        (
            |path| {
                let bytes = fs::read(path).expect("there");
                fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
            },
            "bytes where",
        ),
        (
            |path| {
                let mut bytes = fs::read(path).expect("there");
                bytes[200] ^= 1;
                fs::write(path, bytes).expect("written");
            },
            "not those that were sealed",
        ),
    ];
    for (damage, expected) in damages {
        let folder = tempfile::tempdir().expect("a folder");
        drop(sealed(folder.path()));
        damage(&Folder::new(folder.path()).segment(2));
        let mut store = open(folder.path());
        let message = store
            .range(0, at(30), at(40), None)
            .expect_err("damaged")
            .to_string();
        assert!(
            message.contains("00000002.parquet") && message.contains(expected),
            "{message}"
        );
        assert_eq!(store.range(0, at(0), at(24), None).expect("read").len(), 25);
        store.append(&mut [sample(0, 200, 1.0)]).expect("stored");
        assert!(store.compact(1_000).is_err());
        assert_eq!(store.segments().expect("known").len(), 4);
        assert_eq!(
            store.range(0, at(50), at(200), None).expect("read").len(),
            51
        );
    }
}

#[test]
fn leftovers_of_a_killed_run_are_removed_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = sealed(folder.path());
    let before = everything(&store, 0);
    let files = Folder::new(folder.path());
    // Joined, and killed before the old segments were removed.
    let old = fs::read(files.segment(2)).expect("there");
    store.compact(50).expect("joined");
    drop(store);
    fs::write(files.segment(2), old).expect("written");
    fs::write(files.partial(9), "half").expect("written");
    fs::write(files.segments().join("notes.txt"), "mine").expect("written");
    let store = open(folder.path());
    assert_eq!(
        store.recovery().removed,
        ["00000002.parquet", "00000009.partial"]
    );
    assert!(store.recovery().damaged.is_empty());
    assert_eq!(everything(&store, 0), before);
    assert!(files.segments().join("notes.txt").exists());
}

#[test]
fn a_catalogue_that_is_older_than_its_segments_is_refused_and_nothing_is_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = Folder::new(folder.path());
    drop(open(folder.path()));
    let old = fs::read(files.catalogue()).expect("there");
    drop(sealed(folder.path()));
    fs::write(files.catalogue(), old).expect("written");
    let message = Store::open(folder.path(), &description())
        .expect_err("refused")
        .to_string();
    assert!(message.contains("older than its segments"), "{message}");
    assert!(files.segment(1).exists());
    // And without any catalogue at all.
    fs::remove_file(files.catalogue()).expect("removed");
    let message = Store::open(folder.path(), &description())
        .expect_err("refused")
        .to_string();
    assert!(message.contains("no catalogue"), "{message}");
    assert!(files.segment(1).exists());
}

#[test]
fn damaged_samples_in_the_catalogue_are_found_on_opening() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(hundred(folder.path()));
    let catalogue = Folder::new(folder.path()).catalogue();
    let change = |sql: &str| {
        rusqlite::Connection::open(&catalogue)
            .and_then(|catalogue| catalogue.execute_batch(sql))
            .expect("changed");
        Store::open(folder.path(), &description())
            .expect_err("damaged")
            .to_string()
    };
    let message = change(
        "UPDATE hot_samples SET bytes = CAST(substr(bytes, 1, 40) || x'77' || substr(bytes, 42) AS BLOB)",
    );
    assert!(message.contains("sequence 1"), "{message}");
    let message = change("DELETE FROM hot_samples");
    assert!(message.contains("not there"), "{message}");
}

#[test]
fn without_room_on_the_disk_nothing_is_stored_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = hundred(folder.path());
    let pages = |store: &Store, count: i64| {
        store
            .catalogue
            .connection
            .pragma_update(None, "max_page_count", count)
            .expect("set");
    };
    let used: i64 = store
        .catalogue
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .expect("known");
    pages(&store, used + 2);
    let mut many: Vec<Sample> = (100..10_000).map(|t| sample(0, t, t as f64)).collect();
    let error = store.append(&mut many).expect_err("full");
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
    assert_eq!(everything(&store, 0).len(), 100);
    pages(&store, 1 << 30);
    assert_eq!(store.append(&mut many).expect("stored").first, 101);
    assert_eq!(everything(&store, 0).len(), 10_000);
}
