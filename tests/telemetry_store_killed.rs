//! A store whose writer is killed at any moment: nothing that was acknowledged
//! is lost, and it opens again.
#![expect(
    clippy::expect_used,
    reason = "a test reports what it found by failing"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use counterpart::quantity::{Epoch, SimTime};
use counterpart::telemetry::store::{
    Reader, SealPolicy, Store, StoreChannel, StoreDescription, StoreError,
};
use counterpart::telemetry::{Flag, Judged, Sample, SourceQuality, Verdict};

/// Set for the process that is to be killed: the folder of its store.
const FOLDER: &str = "COUNTERPART_TEST_STORE";
const CHILD: &str = "the_writer_that_is_killed";
const CHANNELS: u32 = 5;
const KILLS: u64 = 100;

fn description() -> StoreDescription {
    StoreDescription {
        twin: "killed".to_owned(),
        epoch: Epoch::parse("2024-01-01T00:00:00Z").expect("an instant"),
        channels: (0..CHANNELS)
            .map(|number| StoreChannel {
                id: format!("channel {number}"),
                unit: "1".to_owned(),
            })
            .collect(),
    }
}

/// What a sample says follows from its sequence, so that each can be checked.
fn sample(sequence: u64) -> Sample {
    let time = SimTime::from_nanoseconds((sequence as i64 ^ 3) * 1_000_000);
    Sample {
        channel: (sequence % u64::from(CHANNELS)) as u32,
        time,
        received: time,
        sequence,
        source_sequence: Some(sequence * 3),
        value: (sequence as f64).sqrt(),
        quality: SourceQuality::None,
    }
}

fn judged(sequence: u64) -> Judged {
    Judged {
        sample: sample(sequence),
        verdict: Verdict {
            flag: if sequence.is_multiple_of(7) {
                Flag::Fail
            } else {
                Flag::Good
            },
            ..Verdict::default()
        },
    }
}

/// Numbers that are spread over all of `below`, and the same each time.
fn spread(number: u64, below: u64) -> u64 {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % below
}

/// Appends, seals, joins and lets go for ever; says on its standard output what
/// is stored, each time after the call has returned.
#[test]
#[ignore = "only of use to the test that kills it, which starts it"]
fn the_writer_that_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let mut store = Store::open(Path::new(&folder), &description()).expect("it opens again");
    let mut next = store.reader().extent().expect("known").sequence + 1;
    let policy = SealPolicy {
        samples: 300,
        most_unsealed: 600,
    };
    // Past the test runner, which would keep it.
    let mut out = std::io::stdout();
    for round in 0_u64.. {
        let count = 1 + spread(next, 90);
        if round % 3 == 2 {
            let mut samples: Vec<Sample> = (next..next + count).map(sample).collect();
            store.append(&mut samples).expect("stored");
            let verdicts: Vec<(u64, Verdict)> = (next..next + count)
                .map(|sequence| (sequence, judged(sequence).verdict))
                .collect();
            store.judge(&verdicts).expect("judged");
        } else {
            let mut samples: Vec<Judged> = (next..next + count).map(judged).collect();
            store.append_judged(&mut samples).expect("stored");
        }
        next += count;
        writeln!(out, "stored {}", next - 1).expect("told");
        out.flush().expect("told");
        store.seal(&policy).expect("sealed");
        if round % 8 == 7 {
            store.compact(2_000).expect("joined");
        }
        if round % 5 == 4 {
            // A sample that is sealed long since is judged again, as it was.
            let sequence = 1 + spread(next, next - 1);
            store
                .judge(&[(sequence, judged(sequence).verdict)])
                .expect("judged");
        }
    }
}

/// Starts the writer and reads what it says; ends it when dropped.
struct Writer(Child);

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a writer until it is killed `after` some time, counted from the first
/// thing it stores; returns the last sequence that it acknowledged.
fn run_and_kill(folder: &Path, after: Duration) -> u64 {
    let program = std::env::current_exe().expect("this program");
    let child = Command::new(program)
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut writer = Writer(child);
    let mut lines = BufReader::new(writer.0.stdout.take().expect("piped")).lines();
    let sequence = |line: &str| -> Option<u64> { line.strip_prefix("stored ")?.parse().ok() };
    let mut last = 0;
    for line in lines.by_ref() {
        if let Some(found) = sequence(&line.expect("text")) {
            last = found;
            break;
        }
    }
    assert!(last > 0, "the writer ended before it stored anything");
    thread::sleep(after);
    writer.0.kill().expect("killed");
    writer.0.wait().expect("ended");
    // What it had said before is still in the pipe; a line may be cut off.
    for line in lines.map_while(Result::ok) {
        if let Some(found) = sequence(&line) {
            last = last.max(found);
        }
    }
    last
}

/// Checks that samples from a sequence on are those that were sent, without a
/// gap, and returns the last one.
fn check(reader: &Reader, from: u64) -> Result<u64, StoreError> {
    let mut found = Vec::new();
    for channel in 0..CHANNELS {
        // Times are out of order by four samples at most.
        let earliest = match from {
            0..8 => SimTime::MIN,
            from => sample(from - 4).time,
        };
        found.append(&mut reader.range(channel, earliest, SimTime::MAX, None)?);
    }
    found.retain(|one| one.sample.sequence >= from);
    found.sort_by_key(|one| one.sample.sequence);
    let last = reader.extent()?.sequence;
    let sequences: Vec<u64> = found.iter().map(|one| one.sample.sequence).collect();
    assert_eq!(sequences, (from..=last).collect::<Vec<_>>(), "a gap");
    for one in &found {
        let expected = judged(one.sample.sequence);
        assert_eq!(one.sample, expected.sample);
        // A sample and its verdict may be two calls: the last one may be missing.
        assert!(one.verdict == expected.verdict || one.verdict == Verdict::default());
    }
    Ok(last)
}

#[test]
fn a_hundred_kills_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut from = 1;
    let mut leftovers = 0;
    for kill in 0..KILLS {
        let after = Duration::from_micros(spread(kill + 1, 60_000));
        let acknowledged = run_and_kill(folder.path(), after);
        let store = Store::open(folder.path(), &description()).expect("it opens again");
        leftovers += store.recovery().removed.len();
        assert!(
            store.recovery().damaged.is_empty(),
            "{:?}",
            store.recovery()
        );
        let last = check(&store.reader(), from).expect("readable");
        assert!(
            last >= acknowledged,
            "kill {kill}: {acknowledged} was acknowledged, {last} is there"
        );
        from = last + 1;
    }
    let mut store = Store::open(folder.path(), &description()).expect("it opens again");
    check(&store.reader(), 1).expect("readable");
    let snapshot = store.snapshot().expect("a snapshot");
    store.verify(&snapshot).expect("all of it reads back");
    // Said for people; how many kills hit a seal is a matter of chance.
    println!(
        "{} samples, {leftovers} segments were left half done",
        from - 1
    );
}
