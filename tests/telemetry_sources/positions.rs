//! Files that are read on where reading ended when the program did, however it
//! ended: no row is stored twice and none is left out.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use counterpart::quantity::SimTime;
use counterpart::telemetry::Sample;
use counterpart::telemetry::decode::Message;
use counterpart::telemetry::sink::{ParquetSink, Sink};
use counterpart::telemetry::source::{SourceHandle, spawn};
use counterpart::telemetry::store::{SealPolicy, Store, StoreDescription};
use counterpart::twin::Connection;

use crate::common::{context, directory, eventually, sample, settings};

/// Set for the process that is to be killed: the folder it works in.
const FOLDER: &str = "COUNTERPART_TEST_POSITIONS";
const CHILD: &str = "positions::the_reader_that_is_killed";
const KILLS: u64 = 12;

fn file(path: &str) -> Connection {
    Connection::File {
        path: path.to_owned(),
    }
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("a file");
    file.write_all(text.as_bytes()).expect("written");
}

fn store(folder: &Path) -> Store {
    let directory = directory();
    let description = StoreDescription::from(directory.twin());
    Store::open(&folder.join("store"), &description).expect("a store")
}

/// A source that goes on where the store says.
fn source(connection: Connection, folder: &Path, store: &Store) -> SourceHandle {
    let mut context = context(folder);
    context.positions = store.positions().expect("known");
    spawn(&settings(connection), context).expect("a source")
}

/// Stores a batch, if one comes soon.
fn step(source: &SourceHandle, store: &mut Store) -> bool {
    let Ok(batch) = source.batches().recv_timeout(Duration::from_millis(20)) else {
        return false;
    };
    let mut samples: Vec<Sample> = batch
        .messages
        .iter()
        .filter_map(Message::reading)
        .map(|reading| reading.sample(0))
        .collect();
    let positions: Vec<_> = batch.position.iter().cloned().collect();
    store.append_from(&mut samples, &positions).expect("stored");
    true
}

/// Seconds of all that is stored of channel `T`, in order of reception.
fn seconds(store: &Store) -> Vec<i64> {
    let mut found = store
        .range(1, SimTime::MIN, SimTime::MAX, None)
        .expect("read");
    found.sort_by_key(|one| one.sample.sequence);
    found
        .iter()
        .map(|one| one.sample.time.nanoseconds() / 1_000_000_000)
        .collect()
}

/// Runs a source until so many samples are stored.
fn run_until(connection: Connection, folder: &Path, count: usize) -> Vec<String> {
    let mut store = store(folder);
    let source = source(connection, folder, &store);
    eventually("all is stored", || {
        step(&source, &mut store);
        store.reader().extent().expect("known").samples >= count as u64
    });
    // Nothing comes that was there already.
    for _ in 0..5 {
        step(&source, &mut store);
    }
    assert_eq!(seconds(&store).len(), count);
    source.health().notes
}

#[test]
fn a_file_is_read_on_after_the_last_row_that_was_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.csv");
    // A header with a mark, line ends of two bytes, and half a row at the end.
    append(&path, "\u{feff}time,T\r\n0,20\r\n1,21\r\n2,2");
    run_until(file("plant.csv"), folder.path(), 2);
    append(&path, "2\r\n3,23\r\n");
    run_until(file("plant.csv"), folder.path(), 4);
    let notes = run_until(file("plant.csv"), folder.path(), 4);
    assert!(
        notes.iter().all(|note| !note.contains("replaced")),
        "{notes:?}"
    );
    assert_eq!(seconds(&store(folder.path())), [0, 1, 2, 3]);
}

#[test]
fn a_file_that_was_replaced_meanwhile_is_read_from_its_start_and_that_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.csv");
    append(&path, "time,T\n0,20\n1,21\n");
    run_until(file("plant.csv"), folder.path(), 2);
    // Cut.
    std::fs::write(&path, "time,T\n2,22\n").expect("written");
    let notes = run_until(file("plant.csv"), folder.path(), 3);
    let told = |notes: &[String]| notes.iter().any(|note| note.contains("replaced after"));
    assert!(told(&notes), "{notes:?}");
    // Another one, that begins like the last and is longer.
    std::fs::write(&path, "time,T\n3,23\n4,24\n5,25\n").expect("written");
    let notes = run_until(file("plant.csv"), folder.path(), 6);
    assert!(told(&notes), "{notes:?}");
    assert_eq!(seconds(&store(folder.path())), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn each_file_of_a_folder_has_its_own_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let inbox = folder.path().join("inbox");
    std::fs::create_dir(&inbox).expect("a folder");
    let connection = || Connection::Folder {
        path: "inbox".to_owned(),
    };
    append(&inbox.join("a.csv"), "time,T\n0,20\n1,21\n");
    append(&inbox.join("b.csv"), "time,T\n2,22\n");
    run_until(connection(), folder.path(), 3);
    append(&inbox.join("a.csv"), "3,23\n");
    append(&inbox.join("c.csv"), "time,T\n4,24\n");
    run_until(connection(), folder.path(), 5);
    let mut found = seconds(&store(folder.path()));
    found.sort_unstable();
    assert_eq!(found, [0, 1, 2, 3, 4]);
}

#[test]
fn a_parquet_file_is_not_read_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |last: u64| {
        let path = folder.path().join("plant.parquet");
        let mut sink = ParquetSink::create(&path, directory().epoch()).expect("a sink");
        let samples: Vec<_> = (1..=last).map(sample).collect();
        sink.publish(&samples).expect("taken");
        sink.flush().expect("written");
    };
    write(100);
    run_until(file("plant.parquet"), folder.path(), 100);
    run_until(file("plant.parquet"), folder.path(), 100);
    // Another file in its place is read whole.
    write(50);
    run_until(file("plant.parquet"), folder.path(), 150);
}

/// Reads and stores for ever; says on its standard output when it has begun.
#[test]
#[ignore = "only of use to the test that kills it, which starts it"]
fn the_reader_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let mut store = store(folder);
    let source = source(file("plant.csv"), folder, &store);
    let policy = SealPolicy {
        samples: 5_000,
        most_unsealed: 10_000,
    };
    let mut out = std::io::stdout();
    loop {
        if step(&source, &mut store) {
            writeln!(out, "stored").expect("told");
            out.flush().expect("told");
            store.seal(&policy).expect("sealed");
        }
    }
}

/// Ends the reader when dropped.
struct Reading(Child);

impl Drop for Reading {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_reader_that_is_killed_again_and_again_stores_each_row_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.csv");
    append(&path, "time,T\n");
    let mut rows = 0_i64;
    for kill in 0..KILLS {
        // Several pieces of text, the last of them half a row.
        let mut text = String::new();
        for _ in 0..30_000 {
            text.push_str(&format!("{rows},{}\n", rows % 50));
            rows += 1;
        }
        let (whole, half) = text.split_at(text.len() - 3);
        append(&path, whole);
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", CHILD, "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut reader = Reading(child);
        let lines = BufReader::new(reader.0.stdout.take().expect("piped")).lines();
        let said = lines
            .map_while(Result::ok)
            .filter(|line| line.contains("stored"))
            .take(1 + kill as usize % 4)
            .count();
        assert!(said > 0, "the reader ended before it stored anything");
        append(&path, half);
        drop(reader);
    }
    run_until(file("plant.csv"), folder.path(), rows as usize);
    assert_eq!(
        seconds(&store(folder.path())),
        (0..rows).collect::<Vec<_>>()
    );
}
