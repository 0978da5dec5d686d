//! From a real broker on loopback to committed samples: how many messages a
//! second, beside a bare subscriber that only acknowledges what it is sent.
//!
//! `cargo bench --no-default-features --bench telemetry_mqtt`, with mosquitto
//! installed. Publisher, broker and subscriber share the machine; the bare
//! subscriber is the limit that broker and publisher set.
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

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use counterpart::quantity::SimTime;
use counterpart::telemetry::decode::{Directory, Message};
use counterpart::telemetry::source::{SourceContext, SourceState, spawn};
use counterpart::telemetry::store::{Store, StoreDescription};
use counterpart::twin::{Connection, Payload, SourceSettings};
use measure::memory;

const CHANNELS: u64 = 10;
/// Batches of a source that are committed together, as a live feed does it.
const BATCHES: usize = 16;

/// A broker that keeps everything until it is fetched; killed when dropped.
struct Broker {
    child: Child,
    port: u16,
}

impl Broker {
    fn start(folder: &Path) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let settings = folder.join("mosquitto.conf");
        std::fs::write(
            &settings,
            format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n\
                 max_queued_messages 0\nmax_inflight_messages 1000\n"
            ),
        )
        .expect("written");
        let child = ["mosquitto", "/usr/sbin/mosquitto"]
            .iter()
            .find_map(|program| {
                Command::new(program)
                    .arg("-c")
                    .arg(&settings)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .ok()
            })?;
        let broker = Self { child, port };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(10));
        }
        Some(broker)
    }

    /// Processor time that the broker has had \[s], where the system says so.
    fn processor_time(&self) -> f64 {
        std::fs::read_to_string(format!("/proc/{}/schedstat", self.child.id()))
            .ok()
            .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
            .map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An MQTT 3.1.1 packet.
fn packet(first: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(first);
    let mut length = content.len();
    while length > 127 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(content);
}

fn text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u16).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Reads one packet: its first byte, and what is in it.
fn next(reader: &mut impl Read, content: &mut Vec<u8>) -> u8 {
    let mut byte = [0];
    reader.read_exact(&mut byte).expect("a packet");
    let first = byte[0];
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        reader.read_exact(&mut byte).expect("a length");
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] < 0x80 {
            break;
        }
    }
    content.resize(length, 0);
    reader.read_exact(content).expect("a packet");
    first
}

fn connect(port: u16, name: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a broker");
    let mut hello = Vec::new();
    text("MQTT", &mut hello);
    hello.extend([4, 2, 0, 0]);
    text(name, &mut hello);
    let mut bytes = Vec::new();
    packet(0x10, &hello, &mut bytes);
    stream.write_all(&bytes).expect("sent");
    assert_eq!(next(&mut stream, &mut Vec::new()), 0x20);
    stream
}

/// Sends messages at quality of service 1, as fast as the broker takes them.
fn publish(port: u16, count: u64) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let stream = connect(port, "publisher");
        let mut answers = BufReader::new(stream.try_clone().expect("a stream"));
        let acknowledged = thread::spawn(move || {
            let mut content = Vec::new();
            for _ in 0..count {
                next(&mut answers, &mut content);
            }
        });
        let mut out = BufWriter::with_capacity(1 << 16, stream);
        let (mut content, mut bytes) = (Vec::new(), Vec::new());
        for number in 0..count {
            let (second, channel) = (number / CHANNELS, number % CHANNELS);
            content.clear();
            text(&format!("plant/T{channel}"), &mut content);
            content.extend_from_slice(&((number % 65_535) as u16 + 1).to_be_bytes());
            let value = plant::celsius(second, channel, CHANNELS);
            let _ = write!(
                content,
                "{{\"value\":{value:.2},\"time\":{},\"sequence\":{number}}}",
                1_704_067_200_000 + second * 1000
            );
            bytes.clear();
            packet(0x32, &content, &mut bytes);
            out.write_all(&bytes).expect("sent");
        }
        out.flush().expect("sent");
        acknowledged.join().expect("all are acknowledged");
    })
}

/// A subscriber that does nothing but acknowledge.
fn bare(port: u16, count: u64) -> f64 {
    let mut stream = connect(port, "bare subscriber");
    let mut content = vec![0, 1];
    text("plant/#", &mut content);
    content.push(1);
    let mut bytes = Vec::new();
    packet(0x82, &content, &mut bytes);
    stream.write_all(&bytes).expect("sent");
    assert_eq!(next(&mut stream, &mut content), 0x90);
    let mut out = BufWriter::with_capacity(1 << 16, stream.try_clone().expect("a stream"));
    let mut reader = BufReader::with_capacity(1 << 16, stream);
    let publisher = publish(port, count);
    let mut begin = None;
    for _ in 0..count {
        if reader.buffer().is_empty() {
            out.flush().expect("sent");
            reader.fill_buf().expect("more");
        }
        next(&mut reader, &mut content);
        begin.get_or_insert_with(Instant::now);
        let topic = usize::from(u16::from_be_bytes([content[0], content[1]]));
        let number = [content[2 + topic], content[3 + topic]];
        out.write_all(&[0x40, 2, number[0], number[1]])
            .expect("sent");
    }
    out.flush().expect("sent");
    let took = begin.expect("messages").elapsed().as_secs_f64();
    publisher.join().expect("it ends");
    took
}

/// The program's own source, whose batches are committed to a store.
fn committed(port: u16, count: u64, folder: &Path) -> f64 {
    let loaded = plant::twin(CHANNELS as usize);
    let description = StoreDescription::from(loaded.twin.as_ref());
    let mut store = Store::open(folder, &description).expect("a store");
    let directory = Arc::new(Directory::new(
        Arc::clone(&loaded.twin),
        Arc::clone(&loaded.variables),
    ));
    let clock = Arc::new(|| SimTime::from_nanoseconds(1));
    let context = SourceContext::new(directory, clock, folder.to_owned());
    let settings = SourceSettings {
        id: "broker".to_owned(),
        connection: Connection::Mqtt {
            url: format!("mqtt://127.0.0.1:{port}"),
            topics: vec!["plant/#".to_owned()],
            payload: Payload::Json,
            version_5: false,
            user: None,
            password_variable: None,
            authority: None,
        },
        bindings: Vec::new(),
    };
    let source = spawn(&settings, context).expect("a source");
    while source.health().state != SourceState::Connected {
        thread::sleep(Duration::from_millis(5));
    }
    let publisher = publish(port, count);
    let mut begin = None;
    let mut stored = 0;
    let mut commits = 0_u64;
    while stored < count {
        let first = source.batches().recv().expect("a batch");
        begin.get_or_insert_with(Instant::now);
        let mut batches = vec![first];
        batches.extend(source.batches().try_iter().take(BATCHES - 1));
        let mut samples: Vec<_> = batches
            .iter()
            .flat_map(|batch| batch.messages.iter())
            .filter_map(Message::reading)
            .map(|reading| reading.sample(0))
            .collect();
        store.append(&mut samples).expect("stored");
        for batch in batches {
            batch.commit().expect("acknowledged");
        }
        stored += samples.len() as u64;
        commits += 1;
    }
    let took = begin.expect("messages").elapsed().as_secs_f64();
    publisher.join().expect("it ends");
    let health = source.health();
    println!(
        "  {commits} commits; {} undecodable, {} dropped, {} came again; {:.0} MiB at most",
        health.undecodable,
        health.dropped,
        health.redelivered,
        memory("VmHWM")
    );
    took
}

fn main() {
    // `cargo test --benches`, which does not say `--bench`, only asks whether it runs.
    let count = match std::env::args().any(|argument| argument == "--bench") {
        true => 300_000,
        false => 3_000,
    };
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..3 {
        // A broker for each, as one keeps for a session what it missed.
        let Some(first) = Broker::start(folder.path()) else {
            println!("not measured: there is no mosquitto (Debian package mosquitto)");
            return;
        };
        let alone = bare(first.port, count);
        let busy_alone = first.processor_time();
        drop(first);
        let Some(second) = Broker::start(folder.path()) else {
            return;
        };
        let ours = committed(second.port, count, &folder.path().join(round.to_string()));
        let busy = second.processor_time();
        println!(
            "  bare subscriber {:.0} messages a second, committed {:.0} ({:.0} %); the broker \
             was busy for {:.0} % and {:.0} % of the time",
            count as f64 / alone,
            count as f64 / ours,
            100.0 * alone / ours,
            100.0 * busy_alone / alone,
            100.0 * busy / ours
        );
    }
}
