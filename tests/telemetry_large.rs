//! Text that is far larger than memory, with all that is wrong in real files:
//! what it takes does not grow with it, and everything is counted.
#![expect(
    clippy::expect_used,
    reason = "a test reports what it found by failing"
)]

#[path = "support/plate.rs"]
mod plate;

use counterpart::telemetry::decode::{CsvRows, Decoded, Directory, Message, Received};
use counterpart::telemetry::{Intake, IntakeSettings};

/// Bytes of one piece, as a file is read.
const PIECE: usize = 1 << 16;

/// Memory that this process holds \[byte], where the system says so.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// What was made of the rows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    rows: u64,
    readings: u64,
    refused: u64,
}

/// Row `number` of the file; of each hundred, one is in another encoding, one is
/// quoted, one has thousands separators and one a field too many.
fn row(number: u64, text: &mut Vec<u8>) {
    use std::io::Write;
    let _ = match number % 100 {
        17 => {
            text.extend_from_slice(b"\xb0C,21.5\n");
            Ok(())
        }
        33 => writeln!(text, "\"{number}\",\"21.50\""),
        49 => writeln!(text, "{number},\"1,021.50\""),
        65 => writeln!(text, "{number},21.50,"),
        _ => writeln!(text, "{number},{:.2}", 20.0 + (number % 977) as f64 / 100.0),
    };
}

/// Reads a file of so many bytes that is made while it is read, and judges it.
fn read(bytes: u64) -> Counts {
    let loaded = plate::loaded(plate::GOOD);
    let mut intake = Intake::new(&loaded.twin, &loaded.variables, &IntakeSettings::default())
        .expect("an intake");
    let directory = Directory::new(loaded.twin, loaded.variables);
    let mut rows = CsvRows::new("large", Vec::new());
    let mut counts = Counts::default();
    let mut text = b"time,T\n".to_vec();
    let (mut done, mut early) = (0, None);
    while done < bytes {
        while text.len() < PIECE {
            row(counts.rows, &mut text);
            counts.rows += 1;
        }
        let mut decoded = Decoded::default();
        let received = Received::WhenMeasured;
        rows.push(&text, received, &directory, &mut decoded)
            .expect("rows");
        for message in &decoded.messages {
            match message {
                Message::Reading(reading) => {
                    counts.readings += 1;
                    intake.push(reading.sample(counts.readings));
                }
                Message::Undecodable(_) => counts.refused += 1,
            }
        }
        intake.judged();
        intake.aligned();
        intake.incidents();
        done += text.len() as u64;
        text.clear();
        // A tenth in, everything that is held has been asked for.
        if done >= bytes / 10 && early.is_none() {
            early = Some(resident());
        }
    }
    if let (Some(Some(early)), Some(late)) = (early, resident()) {
        let grown = late.saturating_sub(early);
        assert!(grown < 32 << 20, "{grown} bytes more after {bytes} bytes");
    }
    let judged = intake.statistics(1).expect("a channel").received;
    assert_eq!(judged, counts.readings);
    counts
}

/// What has to come out of so many rows.
fn expected(rows: u64) -> Counts {
    let of = |rest: u64| (rows + 99 - rest) / 100;
    let refused = of(17) + of(49) + of(65);
    Counts {
        rows,
        readings: rows - refused,
        refused,
    }
}

#[test]
fn a_large_file_takes_no_more_memory_than_a_small_one() {
    let counts = read(24 << 20);
    assert_eq!(counts, expected(counts.rows));
}

/// `cargo test --release --no-default-features --test telemetry_large -- --ignored`
#[test]
#[ignore = "ten gigabytes take minutes; the small one beside it does the same"]
fn ten_gigabytes_take_no_more_memory_than_a_small_file() {
    let counts = read(10_000_000_000);
    assert_eq!(counts, expected(counts.rows));
}
