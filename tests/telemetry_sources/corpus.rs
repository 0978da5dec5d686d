//! The committed corpus of the fuzz targets, and inputs made from it: what
//! `cargo fuzz` runs for hours, for a bounded count.

use std::path::Path;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[path = "../../fuzz/shared.rs"]
mod shared;
use shared::Target;

/// Inputs made from the corpus of each target.
const MUTATIONS: usize = 3000;

/// Texts that mean something to one decoder or another.
const WORDS: [&[u8]; 16] = [
    b"time",
    b"channel,value",
    b"T",
    b"Q",
    b"\"",
    b"\\",
    b"\n",
    b",",
    b"=",
    b" ",
    b"1e308",
    b"NaN",
    b"-",
    b"{\"value\":",
    b"[",
    b"\xff",
];

fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(folder);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the corpus")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no corpus in {}", folder.display());
    files
        .iter()
        .map(|path| std::fs::read(path).expect("a file"))
        .collect()
}

/// One of the inputs, changed in a few places.
fn mutated(inputs: &[Vec<u8>], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut input = inputs[random.random_range(0..inputs.len())].clone();
    for _ in 0..random.random_range(1..5) {
        let at = random.random_range(0..=input.len());
        match random.random_range(0..6) {
            0 if at < input.len() => input[at] ^= 1 << random.random_range(0..8),
            1 => input.truncate(at),
            2 => input.insert(at, random.random()),
            3 => {
                let word = WORDS[random.random_range(0..WORDS.len())];
                input.splice(at..at, word.iter().copied());
            }
            4 => {
                let end = random.random_range(at..=input.len());
                input.drain(at..end);
            }
            _ => {
                let other = &inputs[random.random_range(0..inputs.len())];
                let from = random.random_range(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
    input
}

fn run(target: Target, folder: &str) {
    let inputs = corpus(folder);
    for input in &inputs {
        shared::run(target, input);
    }
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..MUTATIONS {
        let input = mutated(&inputs, &mut random);
        let shown = String::from_utf8_lossy(&input).into_owned();
        let ran = std::panic::catch_unwind(|| shared::run(target, &input));
        assert!(ran.is_ok(), "{target:?} fails for {shown:?}");
    }
}

#[test]
fn the_corpus_of_csv_holds() {
    run(Target::Csv, "csv");
}

#[test]
fn the_corpus_of_line_protocol_holds() {
    run(Target::LineProtocol, "line_protocol");
}

#[test]
fn the_corpus_of_json_holds() {
    run(Target::Json, "json");
}

#[test]
fn the_corpus_of_sparkplug_holds() {
    run(Target::Sparkplug, "sparkplug");
}

#[test]
fn the_corpus_of_event_logs_holds() {
    run(Target::EventLog, "event_log");
}
