//! A plant with many temperatures: its twin, its samples and its CSV text.
#![allow(dead_code, reason = "each benchmark uses its part of this")]

use std::fmt::Write as _;

use counterpart::model;
use counterpart::twin::{self, LoadedTwin};

/// A twin with so many channels `T0`, `T1` …, each with a contract that looks at
/// everything a contract can say of one channel alone.
#[expect(clippy::panic, reason = "a benchmark without its twin cannot go on")]
pub fn twin(channels: usize) -> LoadedTwin {
    let mut assets = String::new();
    let mut links = String::new();
    let mut bound = String::new();
    for number in 0..channels {
        let _ = writeln!(assets, "(id: \"probe{number}\", kind: \"thermal.Sensor\"),");
        let _ = writeln!(links, "(from: \"probe{number}.body\", to: \"body.heat\"),");
        let _ = writeln!(
            bound,
            "(id: \"T{number}\", variable: \"probe{number}.reading\", unit: \"Cel\", \
             role: Measurement, period: \"1 s\", range: (\"-40 Cel\", \"150 Cel\"), \
             contract: (jitter: \"900 ms\", lateness: \"3 s\", rate: \"5 K/s\", \
             stuck: \"10 min\")),"
        );
    }
    let text = format!(
        "(format: 1, id: \"benchmark\", name: \"Benchmark\", version: \"1.0.0\", \
         epoch: \"2024-01-01T00:00:00Z\", timestep: \"1 s\", \
         assets: [(id: \"body\", kind: \"thermal.Body\", \
         parameters: {{\"heat_capacity\": \"6.0 J/K\"}}, \
         place: (position: (0.0, 0.0, 0.0), size: (0.1, 0.1, 0.1))),\n{assets}], \
         links: [{links}], channels: [{bound}])"
    );
    match twin::parse(&text, "benchmark.ron", &model::registry()) {
        Ok(loaded) => loaded,
        Err(report) => panic!("the twin of the benchmark is wrong: {report}"),
    }
}

/// Numbers from 0 to 1 without a pattern that a compressor could find: the
/// finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub fn noise(place: u64) -> f64 {
    let mut bits = place.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A temperature that wanders over the day, with noise of 1 K \[°C].
pub fn celsius(second: u64, channel: u64, channels: u64) -> f64 {
    let day = (second as f64 / 86_400.0 + channel as f64) * std::f64::consts::TAU;
    20.0 + 5.0 * day.sin() + noise(second * channels + channel)
}

/// The first line of the CSV text.
pub fn header(channels: u64, text: &mut String) {
    text.push_str("time");
    for channel in 0..channels {
        let _ = write!(text, ",T{channel}");
    }
    text.push('\n');
}

/// One row of the CSV text: a time of day, and each temperature in steps of 0.01 °C.
pub fn row(second: u64, channels: u64, text: &mut String) {
    // 2024-01-01T00:00:00Z, the twin's epoch.
    let instant = jiff::Timestamp::from_second(1_704_067_200 + second as i64);
    let _ = write!(text, "{}", instant.unwrap_or(jiff::Timestamp::MAX));
    for channel in 0..channels {
        let _ = write!(text, ",{:.2}", celsius(second, channel, channels));
    }
    text.push('\n');
}
