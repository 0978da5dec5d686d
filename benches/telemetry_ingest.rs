//! From CSV text to stored, judged and aligned samples, on one thread: how fast,
//! and with how much memory.
//!
//! `cargo bench --no-default-features --bench telemetry_ingest`, with
//! `-- CHANNELS` for another number of columns than a hundred, and
//! `-- CHANNELS FILE` to write the text to a file as well, which
//! `benches/peers/align.py` reads. `docs/performance.md` says what was measured
//! where.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints what it measures, and cannot go on after a failure"
)]

#[path = "support/measure.rs"]
mod measure;
#[path = "support/plant.rs"]
mod plant;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use counterpart::telemetry::decode::{CsvRows, Decoded, Directory, Message, Received};
use counterpart::telemetry::store::{SealPolicy, Store, StoreDescription};
use counterpart::telemetry::{Intake, IntakeSettings, Sample, Verdict};
use measure::{Spent, memory};

/// Samples of one commit, about.
const COMMIT: usize = 1 << 16;
/// Bytes of text handed in at once, as a file is read.
const PIECE: usize = 1 << 16;

/// All that the samples pass through, with what each part takes.
struct Pipeline {
    rows: CsvRows,
    directory: Directory,
    intake: Intake,
    store: Store,
    decoded: Decoded,
    samples: Vec<Sample>,
    verdicts: Vec<(u64, Verdict)>,
    observations: u64,
    decoding: Spent,
    committing: Spent,
    judging: Spent,
    sealing: Spent,
}

impl Pipeline {
    fn new(folder: &std::path::Path, channels: usize) -> Self {
        let loaded = plant::twin(channels);
        Self {
            rows: CsvRows::new("benchmark", Vec::new()),
            directory: Directory::new(Arc::clone(&loaded.twin), Arc::clone(&loaded.variables)),
            intake: Intake::new(&loaded.twin, &loaded.variables, &IntakeSettings::default())
                .expect("an intake"),
            store: Store::open(folder, &StoreDescription::from(loaded.twin.as_ref()))
                .expect("a store"),
            decoded: Decoded::default(),
            samples: Vec::new(),
            verdicts: Vec::new(),
            observations: 0,
            decoding: Spent::default(),
            committing: Spent::default(),
            judging: Spent::default(),
            sealing: Spent::default(),
        }
    }

    fn push(&mut self, text: &[u8]) {
        self.decoding.on(|| {
            for piece in text.chunks(PIECE) {
                let received = Received::WhenMeasured;
                self.rows
                    .push(piece, received, &self.directory, &mut self.decoded)
                    .expect("rows");
            }
        });
        if self.decoded.messages.len() >= COMMIT {
            self.commit();
        }
    }

    /// As a live feed does it: the samples are on the disk before they are judged,
    /// and their verdicts in the next commit.
    fn commit(&mut self) {
        self.decoding.on(|| {
            self.samples.clear();
            self.samples.extend(
                self.decoded
                    .messages
                    .drain(..)
                    .map(|message| match message {
                        Message::Reading(reading) => reading.sample(0),
                        Message::Undecodable(problem) => panic!("{problem}"),
                    }),
            );
        });
        self.committing
            .on(|| self.store.append(&mut self.samples).expect("stored"));
        self.judging.on(|| {
            for sample in &self.samples {
                self.intake.push(*sample);
            }
        });
        self.keep_verdicts();
    }

    fn keep_verdicts(&mut self) {
        self.judging.on(|| {
            self.verdicts.clear();
            let judged = self.intake.drain_judged();
            self.verdicts
                .extend(judged.map(|one| (one.sample.sequence, one.verdict)));
            self.observations += self.intake.aligned().len() as u64;
        });
        self.committing
            .on(|| self.store.judge(&self.verdicts).expect("judged"));
        self.sealing
            .on(|| self.store.seal(&SealPolicy::default()).expect("sealed"));
    }

    fn finish(&mut self) {
        self.commit();
        self.judging.on(|| self.intake.finish());
        self.keep_verdicts();
        self.sealing
            .on(|| self.store.seal_judged().expect("sealed"));
    }

    fn report(&self, samples: u64) {
        let parts = [
            ("text to samples", self.decoding),
            ("commits of samples and verdicts", self.committing),
            ("order, contract, alignment", self.judging),
            ("sealing", self.sealing),
        ];
        let total = parts
            .iter()
            .fold(Spent::default(), |sum, (_, part)| sum.and(*part));
        println!("  {}", total.million_a_second(samples));
        for (name, part) in parts {
            println!("  {name}: {}", part.nanoseconds_each(samples));
        }
        let extent = self.store.reader().extent().expect("known");
        assert_eq!(extent.samples, samples);
        println!(
            "  {} observations; {} segments of {:.1} MB together",
            self.observations,
            extent.segments,
            extent.bytes as f64 / 1e6
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches`, which does not say `--bench`, only asks whether it runs.
    let asked = arguments.iter().any(|argument| argument == "--bench");
    let samples: u64 = if asked { 10_000_000 } else { 100_000 };
    let mut own = arguments.iter().filter(|one| !one.starts_with("--"));
    let channels: u64 = own
        .next()
        .map_or(100, |text| text.parse().expect("a number"));
    let mut copy = own
        .next()
        .map(|path| BufWriter::new(File::create(path).expect("a file")));
    let folder = tempfile::tempdir().expect("a folder");
    let mut pipeline = Pipeline::new(folder.path(), channels as usize);
    let seconds = samples / channels;
    println!("{samples} samples in {channels} columns:");
    let mut text = String::new();
    plant::header(channels, &mut text);
    for second in 0..seconds {
        plant::row(second, channels, &mut text);
        if text.len() >= PIECE || second + 1 == seconds {
            pipeline.push(text.as_bytes());
            if let Some(copy) = &mut copy {
                copy.write_all(text.as_bytes()).expect("written");
            }
            text.clear();
        }
        for (part, name) in [(4, "a quarter"), (2, "half")] {
            if second == seconds / part {
                println!("  {name} in: {:.0} MiB resident", memory("VmRSS"));
            }
        }
    }
    pipeline.finish();
    println!(
        "  all in: {:.0} MiB resident, {:.0} MiB at most",
        memory("VmRSS"),
        memory("VmHWM")
    );
    pipeline.report(seconds * channels);
}
