//! The telemetry store with ten million samples: how fast they come in, how
//! much disk and memory they take, how fast an hour of one channel and an
//! overview of all of it are read.
//!
//! `cargo bench --no-default-features --bench telemetry_store`;
//! `docs/performance.md` says what was measured where.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark tells the time, prints it, and cannot go on after a failure"
)]

#[path = "support/measure.rs"]
mod measure;
#[path = "support/plant.rs"]
mod plant;

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use counterpart::quantity::{Epoch, SimTime};
use counterpart::telemetry::store::{SealPolicy, Selection, Store, StoreChannel, StoreDescription};
use counterpart::telemetry::{Flag, Judged, Sample, SourceQuality, Verdict};
use criterion::Criterion;
use measure::{Spent, memory};

const SECOND: i64 = 1_000_000_000;
/// Samples of one commit.
const BATCH: u64 = 10_000;

fn description(channels: u32) -> StoreDescription {
    StoreDescription {
        twin: "benchmark".to_owned(),
        epoch: Epoch::parse("2024-01-01T00:00:00Z").expect("an instant"),
        channels: (0..channels)
            .map(|number| StoreChannel {
                id: format!("plant/line {}/sensor {number}", number % 7),
                unit: "K".to_owned(),
            })
            .collect(),
    }
}

/// A temperature in steps of 0.01 K that wanders over the day, with noise of 1 K.
fn judged(place: u64, channels: u32) -> Judged {
    let channel = (place % u64::from(channels)) as u32;
    let second = (place / u64::from(channels)) as i64;
    let day = (second as f64 / 86_400.0 + f64::from(channel)) * std::f64::consts::TAU;
    let value = 293.15 + 5.0 * day.sin() + plant::noise(place);
    let time = SimTime::from_nanoseconds(second * SECOND);
    Judged {
        sample: Sample {
            channel,
            time,
            received: SimTime::from_nanoseconds(second * SECOND + 20_000_000),
            sequence: 0,
            source_sequence: None,
            value: (value * 100.0).round() / 100.0,
            quality: SourceQuality::None,
        },
        verdict: Verdict {
            flag: Flag::Good,
            ..Verdict::default()
        },
    }
}

/// Fills a store and says what it took.
fn fill(folder: &Path, samples: u64, channels: u32) -> Store {
    let mut store = Store::open(folder, &description(channels)).expect("a store");
    let policy = SealPolicy::default();
    let mut batch = Vec::new();
    let mut committing = Spent::default();
    let mut sealing = Spent::default();
    for first in (0..samples).step_by(BATCH as usize) {
        batch.clear();
        batch.extend((first..(first + BATCH).min(samples)).map(|place| judged(place, channels)));
        committing.on(|| store.append_judged(&mut batch).expect("stored"));
        sealing.on(|| store.seal(&policy).expect("sealed"));
        if first == samples / 4 / BATCH * BATCH {
            println!("  a quarter in: {:.0} MiB resident", memory("VmRSS"));
        }
    }
    sealing.on(|| store.seal_judged().expect("sealed"));
    let extent = store.reader().extent().expect("known");
    assert_eq!(extent.samples, samples);
    let catalogue = std::fs::metadata(folder.join("catalogue.sqlite")).map_or(0, |file| file.len());
    println!(
        "  {samples} samples, {channels} channels: {}; {} segments {:.1} MB, catalogue {:.1} MB; \
         {:.0} MiB resident, {:.0} MiB at most",
        committing.and(sealing).million_a_second(samples),
        extent.segments,
        extent.bytes as f64 / 1e6,
        catalogue as f64 / 1e6,
        memory("VmRSS"),
        memory("VmHWM"),
    );
    for (name, part) in [("commits", committing), ("sealing", sealing)] {
        println!("  {name}: {}", part.nanoseconds_each(samples));
    }
    store
}

/// Queries of one channel; each one elsewhere in time.
fn queries(criterion: &mut Criterion, name: &str, store: &Store, channel: u32) {
    let reader = store.reader();
    let (first, last) = reader.span(channel).expect("known").expect("samples");
    let length = last.nanoseconds() - first.nanoseconds();
    // That what is timed is the work.
    let hour = 3600 * SECOND;
    let middle = first.nanoseconds() + length / 2;
    let [from, to] = [middle, (middle + hour).min(last.nanoseconds())];
    let [from, to] = [from, to].map(SimTime::from_nanoseconds);
    let found = reader.range(channel, from, to, None).expect("read");
    let seconds = to.nanoseconds().div_euclid(SECOND) - (from.nanoseconds() - 1).div_euclid(SECOND);
    assert_eq!(found.len() as i64, seconds);
    let all = reader
        .overview(channel, first, last, 2000, Selection::All, None)
        .expect("read");
    let count: u64 = all.iter().map(|bucket| bucket.count).sum();
    assert_eq!(count as i64, length / SECOND + 1);
    let mut group = criterion.benchmark_group(name);
    let mut step = 0_i64;
    let mut begin_of = |width: i64| {
        step += 1;
        let free = (length - width).max(1);
        first.nanoseconds() + (step.wrapping_mul(0x09e3_779b_97f4_a7c1) & i64::MAX) % free
    };
    let mut span = |width: i64| {
        let begin = begin_of(width);
        [begin, begin + width].map(SimTime::from_nanoseconds)
    };
    let mut range = || {
        let [from, to] = span(hour);
        black_box(reader.range(channel, from, to, None).expect("read"));
    };
    tell("range of an hour", &mut range);
    group.bench_function("range of an hour", |bencher| bencher.iter(&mut range));
    for (part, parts) in [("all", 1), ("a tenth", 10), ("a thousandth", 1000)] {
        let name = format!("overview of {part} in 2000 buckets");
        let mut overview = || {
            let [from, to] = span(length / parts);
            let buckets = reader.overview(channel, from, to, 2000, Selection::All, None);
            black_box(buckets.expect("read"));
        };
        tell(&name, &mut overview);
        group.bench_function(&name, |bencher| bencher.iter(&mut overview));
    }
    group.finish();
}

/// Says what a query takes of a processor, which does not count what others on a
/// shared machine take meanwhile.
fn tell(name: &str, query: &mut impl FnMut()) {
    const QUERIES: u32 = 50;
    query();
    let mut spent = Spent::default();
    spent.on(|| (0..QUERIES).for_each(|_| query()));
    println!(
        "  {name}: {:.2} ms of processor time, {:.2} ms by the wall",
        spent.processor * 1e3 / f64::from(QUERIES),
        spent.wall * 1e3 / f64::from(QUERIES)
    );
}

fn main() {
    // `cargo test --benches`, which does not say `--bench`, only asks whether it runs.
    let samples = match std::env::args().any(|argument| argument == "--bench") {
        true => 10_000_000,
        false => 400_000,
    };
    let mut criterion = Criterion::default().configure_from_args().sample_size(50);
    let folder = tempfile::tempdir().expect("a folder");
    let store = fill(&folder.path().join("hundred"), samples, 100);
    queries(&mut criterion, "store/100 channels", &store, 42);
    let mut store = store;
    let begin = Instant::now();
    let snapshot = store.snapshot().expect("a snapshot");
    println!("  snapshot: {:.3} s", begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    store.verify(&snapshot).expect("the same bytes");
    println!("  verify: {:.2} s", begin.elapsed().as_secs_f64());
    drop(store);
    let store = fill(&folder.path().join("one"), samples, 1);
    queries(&mut criterion, "store/1 channel", &store, 0);
    criterion.final_summary();
}
