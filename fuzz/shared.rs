//! What the fuzz targets do with their input, and what has to hold whatever it
//! is. `tests/telemetry_sources/corpus.rs` runs the same in `cargo test`.

use std::sync::{Arc, OnceLock};

use counterpart::import::epanet;
use counterpart::model;
use counterpart::quantity::SimTime;
use counterpart::telemetry::decode::{
    CsvRows, Decoded, Decoder, Directory, Message, Received, line_protocol,
};
use counterpart::telemetry::event_log::{
    EventLog, ItemEnds, LogFormat, LogOptions, Timeline, read_event_log_from,
};
use counterpart::twin::{self, Binding, Payload};

/// What is fuzzed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each fuzz target uses its own")]
pub enum Target {
    Csv,
    LineProtocol,
    Json,
    Sparkplug,
    Epanet,
    EventLog,
}

/// Two channels, `Q` and `T`.
const TWIN: &str = r#"(
    format: 1,
    id: "plate",
    name: "Plate",
    version: "1.0.0",
    epoch: "2024-01-01T00:00:00Z",
    timestep: "1 s",
    assets: [
        (id: "body", kind: "thermal.Body", parameters: {"heat_capacity": "6.0 J/K"}, place: (position: (0.0, 0.0, 0.0), size: (0.1, 0.1, 0.1))),
        (id: "supply", kind: "thermal.Heater", parameters: {"power_at_full": "1 W"}),
        (id: "probe", kind: "thermal.Sensor"),
    ],
    links: [(from: "supply.heat", to: "body.heat"), (from: "probe.body", to: "body.heat")],
    channels: [
        (id: "Q", variable: "supply.command", unit: "%", role: Input),
        (id: "T", variable: "probe.reading", unit: "Cel", role: Measurement),
    ],
)"#;

fn directory() -> Arc<Directory> {
    static DIRECTORY: OnceLock<Arc<Directory>> = OnceLock::new();
    let made = DIRECTORY.get_or_init(|| match twin::parse(TWIN, "fuzz.ron", &model::registry()) {
        Ok(loaded) => Arc::new(Directory::new(loaded.twin, loaded.variables)),
        Err(report) => panic!("the twin of the fuzz targets is wrong: {report}"),
    });
    Arc::clone(made)
}

fn binding(channel: &str, topic: &str, value: &str, time: &str) -> Binding {
    Binding {
        channel: channel.to_owned(),
        topic: topic.to_owned(),
        value: value.to_owned(),
        time: time.to_owned(),
        sequence: String::new(),
        quality: String::new(),
        unit: None,
    }
}

/// Runs one input; panics when something does not hold.
pub fn run(target: Target, data: &[u8]) {
    match target {
        Target::Csv => csv(data),
        Target::LineProtocol => line_protocol(data),
        Target::Json => json(data),
        Target::Sparkplug => sparkplug(data),
        Target::Epanet => epanet(data),
        Target::EventLog => event_log(data),
    }
}

/// What holds for everything that was decoded from so many bytes.
fn check(decoded: &Decoded, bytes: usize) {
    for message in &decoded.messages {
        match message {
            Message::Reading(reading) => {
                assert!(reading.value.is_finite());
                assert!(reading.channel < 2);
            }
            Message::Undecodable(undecodable) => {
                // Escapes make a character of at most ten.
                assert!(undecodable.text.len() <= 500, "{}", undecodable.text.len());
                assert!(undecodable.place.len() <= 1500);
                assert!(!undecodable.reason.is_empty());
            }
        }
    }
    // Two bindings, each with a reading and a note on its quality.
    assert!(decoded.messages.len() <= 4 * (bytes + 1));
}

/// What is read can be checked and written, and reads the same. Parquet is left to a
/// property of the reader: where the library for it panics that is an error to the
/// reader, but the end of a fuzzer.
fn event_log(data: &[u8]) {
    let directory = directory();
    let twin = directory.twin();
    let options = LogOptions::default();
    let read = |data: &[u8], format| read_event_log_from(data, format, "fuzz", twin, &options);
    for format in [LogFormat::Csv, LogFormat::Xes] {
        let Ok(mut log) = read(data, format) else {
            continue;
        };
        log.check(twin, &ItemEnds::default());
        let _ = Timeline::new(&log);
        let mut written = Vec::new();
        if let Err(error) = log.write_to(&mut written, LogFormat::Csv, twin) {
            panic!("what was read is not written: {error}");
        }
        match read(&written, LogFormat::Csv) {
            Ok(again) => {
                let happened = |log: &EventLog| log.happenings().map(|one| one.time).collect();
                let (again, first): (Vec<_>, Vec<_>) = (happened(&again), happened(&log));
                assert_eq!(again, first);
            }
            Err(error) => panic!("what was written is not read: {error}"),
        }
    }
}

/// A file is a network or a list of what is wrong; a network that can be written is read again.
fn epanet(data: &[u8]) {
    let imported = match epanet::import(data, "fuzz.inp") {
        Ok(imported) => imported,
        Err(report) => {
            assert!(report.has_errors());
            return;
        }
    };
    assert!(!imported.report.has_errors());
    if let Ok(exported) = epanet::export(&imported.twin)
        && let Err(report) = epanet::import(exported.text.as_bytes(), "fuzz.inp")
    {
        panic!("what was written is not read: {report}\n{}", exported.text);
    }
}

/// Text in pieces gives the same as the whole of it.
fn csv(data: &[u8]) {
    let directory = directory();
    let Some((size, text)) = data.split_first() else {
        return;
    };
    let read = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let mut rows = CsvRows::new("fuzz", Vec::new());
        let mut decoded = Decoded::default();
        let mut failed = false;
        for piece in pieces {
            failed = failed
                || rows
                    .push(piece, Received::WhenMeasured, &directory, &mut decoded)
                    .is_err();
        }
        failed = failed
            || rows
                .finish(Received::WhenMeasured, &directory, &mut decoded)
                .is_err();
        check(&decoded, text.len());
        (decoded, failed)
    };
    let whole = read(&mut std::iter::once(text));
    let size = usize::from(*size).max(1);
    let pieces = read(&mut text.chunks(size));
    assert_eq!(whole, pieces);
}

/// What can be read can be written, and reads the same.
fn line_protocol(data: &[u8]) {
    let mut decoded = Decoded::default();
    decoder(Payload::LineProtocol, &[]).decode("", data, SimTime::ZERO, &mut decoded);
    check(&decoded, data.len());
    let text = String::from_utf8_lossy(data);
    for line in line_protocol::lines(&text) {
        let Ok(point) = line_protocol::parse(line) else {
            continue;
        };
        let names = point.tags.iter().flat_map(|(key, value)| [key, value]);
        let whole = names
            .chain([&point.measurement])
            .chain(point.fields.iter().map(|(key, _)| key))
            .all(|name| !name.contains(['\n', '\r']));
        let comment = point.measurement.starts_with('#') || line.starts_with(' ');
        if !whole || comment {
            continue;
        }
        let mut written = String::new();
        line_protocol::write(&point, &mut written);
        let again = line_protocol::lines(&written).next().unwrap_or_default();
        // A line may have grown beyond the longest one by its escapes.
        if again.len() <= 1 << 16 {
            assert_eq!(
                line_protocol::parse(again).as_ref(),
                Ok(&point),
                "{written:?}"
            );
        }
    }
}

fn json(data: &[u8]) {
    let bindings = [
        binding("T", "", "/a/0/b", "/time"),
        binding("Q", "plant/+", "", ""),
    ];
    for bindings in [&[][..], &bindings] {
        let mut decoded = Decoded::default();
        decoder(Payload::Json, bindings).decode("plant/T", data, SimTime::ZERO, &mut decoded);
        check(&decoded, data.len());
    }
}

/// Pieces of the data are the messages of one edge node, one after the other.
fn sparkplug(data: &[u8]) {
    const KINDS: [&str; 6] = ["NBIRTH", "DBIRTH", "NDATA", "DDATA", "DDEATH", "NDEATH"];
    let mut decoder = decoder(Payload::Sparkplug, &[]);
    let mut rest = data;
    while let Some((header, after)) = rest.split_first_chunk::<2>() {
        let kind = KINDS[usize::from(header[0]) % KINDS.len()];
        let (payload, after) = after.split_at(usize::from(header[1]).min(after.len()));
        let device = if kind.starts_with('D') { "/device" } else { "" };
        let topic = format!("spBv1.0/group/{kind}/node{device}");
        let mut decoded = Decoded::default();
        decoder.decode(&topic, payload, SimTime::ZERO, &mut decoded);
        check(&decoded, payload.len());
        rest = after;
    }
}

fn decoder(payload: Payload, bindings: &[Binding]) -> Decoder {
    match Decoder::new(payload, directory(), bindings) {
        Ok(decoder) => decoder,
        Err(problem) => panic!("the bindings of the fuzz targets are wrong: {problem}"),
    }
}
