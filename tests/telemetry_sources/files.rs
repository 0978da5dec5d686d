//! Files and folders that somebody writes while they are read.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use counterpart::telemetry::sink::{CsvSink, ParquetSink, Sink};
use counterpart::telemetry::source::SourceState;
use counterpart::twin::Connection;

use crate::common::{
    Taken, connected, directory, eventually, is_as_sent, now, sample, start, waiting_because,
};

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

#[test]
fn a_csv_file_is_followed_as_it_grows_cell_by_cell() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.csv");
    append(&path, "time,T\n0,20\n1,2");
    let source = start(file("plant.csv"), folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "the first row", |taken| taken.readings.len() == 1);
    // There before anybody listened: received when it was measured.
    assert_eq!(Some(taken.readings[0].received), taken.readings[0].time);
    append(&path, "1\n2,22\n");
    taken.until(&source, "the next rows", |taken| taken.readings.len() == 3);
    let celsius: Vec<_> = taken
        .values()
        .iter()
        .map(|si| (si - 273.15).round())
        .collect();
    assert_eq!(celsius, [20.0, 21.0, 22.0]);
    assert_eq!(taken.readings[2].received, now());
    assert_eq!(source.health().decoded, 3);
}

#[test]
fn a_file_that_is_cut_or_replaced_is_read_from_its_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.csv");
    append(&path, "time,T\n0,20\n1,21\n");
    let source = start(file("plant.csv"), folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "two rows", |taken| taken.readings.len() == 2);
    // Rotated: the old one is moved away and a new one appears.
    std::fs::rename(&path, folder.path().join("plant.csv.1")).expect("renamed");
    append(&path, "time,T\n2,22\n");
    taken.until(&source, "the new file's row", |taken| {
        taken.readings.len() == 3
    });
    // Cut to nothing and begun again.
    File::create(&path).expect("cut");
    eventually("the cut is seen", || {
        !source.health().notes.is_empty() && source.health().state == SourceState::Connected
    });
    append(&path, "time,Q\n3,50\n");
    taken.until(&source, "the row after the cut", |taken| {
        taken.readings.len() == 4
    });
    assert_eq!(taken.readings[3].channel, 0);
}

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = start(file("later.csv"), folder.path());
    let why = waiting_because(&source);
    assert!(why.contains("later.csv"), "{why}");
    append(&folder.path().join("later.csv"), "time,T\n0,20\n");
    let mut taken = Taken::default();
    taken.until(&source, "the row", |taken| taken.readings.len() == 1);
}

#[test]
fn a_file_without_a_channel_says_which_it_expects() {
    let folder = tempfile::tempdir().expect("a folder");
    append(&folder.path().join("plant.csv"), "a,b\n1,2\n");
    let source = start(file("plant.csv"), folder.path());
    let why = waiting_because(&source);
    assert!(why.contains("time column"), "{why}");
}

#[test]
fn a_paused_source_reads_on_after_it_is_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.csv");
    append(&path, "time,T\n0,20\n");
    let mut source = start(file("plant.csv"), folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "a row", |taken| taken.readings.len() == 1);
    source.pause();
    eventually("it is paused", || {
        source.health().state == SourceState::Paused
    });
    append(&path, "1,21\n");
    assert!(source.batches().is_empty());
    source.resume();
    taken.until(&source, "the next row", |taken| taken.readings.len() == 2);
    source.stop();
    assert_eq!(source.health().state, SourceState::Ended);
}

#[test]
fn what_the_csv_sink_writes_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.csv");
    let mut sink = CsvSink::create(&path, directory().epoch()).expect("a sink");
    let samples: Vec<_> = (1..=1000).map(sample).collect();
    sink.publish(&samples).expect("taken");
    sink.flush().expect("written");
    let source = start(file("plant.csv"), folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "all rows", |taken| taken.readings.len() == 1000);
    assert!(
        taken.readings.iter().all(is_as_sent),
        "{:?}",
        taken.readings[0]
    );
    assert!(
        taken
            .readings
            .iter()
            .all(|one| Some(one.received) == one.time)
    );
}

#[test]
fn what_the_parquet_sink_writes_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.parquet");
    let mut sink = ParquetSink::create(&path, directory().epoch()).expect("a sink");
    let samples: Vec<_> = (1..=1000).map(sample).collect();
    sink.publish(&samples).expect("taken");
    assert!(
        !path.exists(),
        "a file that is not complete has no name yet"
    );
    sink.flush().expect("written");
    let source = start(file("plant.parquet"), folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "all rows", |taken| taken.readings.len() == 1000);
    assert!(taken.readings.iter().all(|one| one.channel == 1));
    let first = taken.readings[0];
    assert!(is_as_sent(&first), "{first:?}");
}

#[test]
fn a_parquet_file_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plant.parquet");
    let mut sink = ParquetSink::create(&path, directory().epoch()).expect("a sink");
    sink.publish(&[sample(1)]).expect("taken");
    sink.flush().expect("written");
    let bytes = std::fs::read(&path).expect("the file");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("cut");
    let source = start(file("plant.parquet"), folder.path());
    let why = waiting_because(&source);
    assert!(why.contains("cut off or damaged"), "{why}");
    std::fs::write(&path, &bytes).expect("whole again");
    let mut taken = Taken::default();
    taken.until(&source, "the row", |taken| taken.readings.len() == 1);
}

#[test]
fn a_folder_gives_complete_files_in_order_and_reads_on_where_one_grows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    append(&path("b.csv"), "time,T\n2,22\n");
    append(&path("a.csv"), "time,T\n1,21\n");
    append(&path(".c.csv"), "time,T\n9,99\n");
    append(&path("d.csv.part"), "time,T\n9,99\n");
    append(&path("notes.pdf"), "not telemetry");
    append(&path("broken.csv"), "nothing,of,use\n");
    let connection = Connection::Folder {
        path: ".".to_owned(),
    };
    let source = start(connection, folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "both files", |taken| taken.readings.len() == 2);
    let celsius = |taken: &Taken| -> Vec<_> {
        taken
            .values()
            .iter()
            .map(|si| (si - 273.15).round())
            .collect()
    };
    assert_eq!(celsius(&taken), [21.0, 22.0]);
    eventually("the broken file is told", || source.health().dropped == 1);
    assert!(source.health().dropped_examples[0].contains("broken.csv"));

    append(&path("a.csv"), "3,23\n");
    taken.until(&source, "the added row", |taken| taken.readings.len() == 3);
    std::fs::rename(path("d.csv.part"), path("d.csv")).expect("renamed");
    taken.until(&source, "the completed file", |taken| {
        taken.readings.len() == 4
    });
    assert_eq!(celsius(&taken), [21.0, 22.0, 23.0, 99.0]);
    connected(&source);
}

#[test]
fn a_source_that_nobody_reads_waits_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = "time,T\n".to_owned();
    for row in 0..200_000 {
        text.push_str(&format!("{row},20\n"));
    }
    append(&folder.path().join("plant.csv"), &text);
    let mut context = crate::common::context(folder.path());
    context.limits.batches = 2;
    let settings = crate::common::settings(file("plant.csv"));
    let source = counterpart::telemetry::source::spawn(&settings, context).expect("a source");
    eventually("the channel is full", || source.batches().is_full());
    let decoded = source.health().decoded;
    assert!(decoded < 200_000, "{decoded} of 200000 are held");
    let mut taken = Taken::default();
    taken.until(&source, "all rows", |taken| taken.readings.len() == 200_000);
    assert!(taken.readings.is_sorted_by_key(|reading| reading.time));
}
