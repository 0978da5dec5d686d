//! Samples pushed by HTTP.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use counterpart::telemetry::sink::{HttpSink, HttpSinkSettings, Sink};
use counterpart::telemetry::source::{SourceHandle, SourceState, spawn};
use counterpart::twin::Connection;

use crate::common::{
    Taken, connected, context, directory, eventually, is_as_sent, sample, settings, waiting_because,
};

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

struct Server {
    port: u16,
    source: SourceHandle,
}

fn server(token: bool) -> Server {
    let port = free_port();
    let connection = Connection::HttpPush {
        listen: format!("127.0.0.1:{port}"),
        token_variable: token.then(|| "TEST_SECRET".to_owned()),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut context = context(folder.path());
    context.limits.batches = 1;
    context.limits.body = 100_000;
    let source = spawn(&settings(connection), context).expect("a source");
    connected(&source);
    Server { port, source }
}

/// Status and body of the answer to a request.
fn post(port: u16, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}Content-Length: \
         {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    // A server that has refused already may not read the body.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no answer: {answer:?}"));
    (status, answer)
}

/// Commits whatever comes, in a thread of its own, until the source stops.
fn committing(server: Server) -> (Arc<Server>, thread::JoinHandle<Taken>) {
    let server = Arc::new(server);
    let theirs = Arc::clone(&server);
    let thread = thread::spawn(move || {
        let mut taken = Taken::default();
        while let Ok(batch) = theirs
            .source
            .batches()
            .recv_timeout(std::time::Duration::from_secs(3))
        {
            taken.take(batch);
        }
        taken
    });
    (server, thread)
}

#[test]
fn line_protocol_and_json_are_answered_when_they_are_committed() {
    let (server, thread) = committing(server(false));
    for path in ["/write?db=x&precision=s", "/api/v2/write?precision=s"] {
        let (status, answer) = post(server.port, path, "", b"T value=20 1704067201\n");
        assert_eq!(status, 204, "{answer}");
    }
    let document = br#"[{"channel": "T", "value": 21, "time": "2024-01-01T00:00:02Z"}]"#;
    let (status, answer) = post(server.port, "/samples", "", document);
    assert_eq!(status, 204, "{answer}");
    let (status, answer) = post(server.port, "/write", "", b"T value=20\nnonsense\n");
    assert_eq!(status, 400, "{answer}");
    assert!(
        answer.contains("partial write: 1 samples were taken"),
        "{answer}"
    );
    let (status, _) = post(server.port, "/elsewhere", "", b"");
    assert_eq!(status, 404);
    let (status, _) = post(server.port, "/write?precision=fortnight", "", b"");
    assert_eq!(status, 400);
    assert_eq!(thread.join().expect("the readings").readings.len(), 4);
}

#[test]
fn nothing_is_answered_before_the_commit() {
    let server = server(false);
    let port = server.port;
    let answer = thread::spawn(move || post(port, "/write", "", b"T value=20\n"));
    let batch = server.source.batches().recv().expect("a batch");
    assert_eq!(batch.messages.len(), 1);
    thread::sleep(std::time::Duration::from_millis(50));
    assert!(!answer.is_finished(), "it was answered before the commit");
    batch.commit().expect("told");
    assert_eq!(answer.join().expect("an answer").0, 204);
}

#[test]
fn a_batch_that_is_not_committed_is_to_be_sent_again() {
    let server = server(false);
    let port = server.port;
    let refused = thread::spawn(move || post(port, "/write", "", b"T value=20\n"));
    let mut batch = server.source.batches().recv().expect("a batch");
    let acknowledge = batch.acknowledge.take().expect("somebody waits");
    acknowledge.refuse("the disk is full");
    let (status, answer) = refused.join().expect("an answer");
    assert_eq!(status, 503, "{answer}");
    assert!(
        answer.contains("the disk is full") && answer.contains("retry-after"),
        "{answer}"
    );

    let dropped = thread::spawn(move || post(port, "/write", "", b"T value=20\n"));
    drop(server.source.batches().recv().expect("a batch"));
    assert_eq!(dropped.join().expect("an answer").0, 503);
}

#[test]
fn samples_that_come_faster_than_they_are_taken_are_refused_with_429() {
    let server = server(false);
    let port = server.port;
    let first = thread::spawn(move || post(port, "/write", "", b"T value=20\n"));
    eventually("the channel is full", || server.source.batches().is_full());
    let (status, answer) = post(port, "/write", "", b"T value=21\n");
    assert_eq!(status, 429, "{answer}");
    assert_eq!(server.source.health().dropped, 1);
    server
        .source
        .batches()
        .recv()
        .expect("a batch")
        .commit()
        .expect("told");
    assert_eq!(first.join().expect("an answer").0, 204);
}

#[test]
fn only_who_shows_the_token_may_write() {
    let (server, thread) = committing(server(true));
    let status = |headers: &str| post(server.port, "/write", headers, b"T value=20\n").0;
    assert_eq!(status(""), 401);
    assert_eq!(status("Authorization: Token wrong\r\n"), 401);
    assert_eq!(status("Authorization: Token open sesame\r\n"), 204);
    assert_eq!(status("Authorization: Bearer open sesame\r\n"), 204);
    assert_eq!(thread.join().expect("the readings").readings.len(), 2);
}

#[test]
fn bodies_are_unpacked_and_limited() {
    let (server, thread) = committing(server(false));
    let gzip = |text: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text).expect("packed");
        packer.finish().expect("packed")
    };
    let packed = "Content-Encoding: gzip\r\n";
    let (status, answer) = post(server.port, "/write", packed, &gzip(b"T value=20\n"));
    assert_eq!(status, 204, "{answer}");
    // A small body that unpacks to a large one.
    let bomb = gzip(&vec![b'\n'; 10_000_000]);
    assert!(bomb.len() < 100_000);
    assert_eq!(post(server.port, "/write", packed, &bomb).0, 413);
    assert_eq!(post(server.port, "/write", "", &vec![b' '; 200_000]).0, 413);
    assert_eq!(post(server.port, "/write", packed, b"no gzip").0, 400);
    let unknown = "Content-Encoding: zip\r\n";
    assert_eq!(post(server.port, "/write", unknown, b"x").0, 415);
    assert_eq!(thread.join().expect("the readings").readings.len(), 1);
}

#[test]
fn a_paused_server_refuses_and_a_stopped_one_is_gone() {
    let mut server = server(false);
    server.source.pause();
    eventually("it is paused", || {
        server.source.health().state == SourceState::Paused
    });
    assert_eq!(post(server.port, "/write", "", b"T value=20\n").0, 503);
    server.source.resume();
    connected(&server.source);
    server.source.stop();
    assert!(TcpStream::connect(("127.0.0.1", server.port)).is_err());
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let connection = Connection::HttpPush {
        listen: address.clone(),
        token_variable: None,
    };
    let folder = tempfile::tempdir().expect("a folder");
    let source = crate::common::start(connection, folder.path());
    let why = waiting_because(&source);
    assert!(why.contains(&address), "{why}");
    drop(taken);
    connected(&source);
}

#[test]
fn what_the_http_sink_sends_arrives() {
    let (server, thread) = committing(server(true));
    let url = format!("http://127.0.0.1:{}/api/v2/write?bucket=x", server.port);
    let settings = HttpSinkSettings {
        token: Some("open sesame".to_owned()),
        ..HttpSinkSettings::new(&url, "plant")
    };
    let mut sink = HttpSink::new(settings.clone(), directory().epoch()).expect("a sink");
    let samples: Vec<_> = (1..=500).map(sample).collect();
    sink.publish(&samples).expect("taken");
    sink.flush().expect("sent");
    let mut wrong = HttpSink::new(
        HttpSinkSettings {
            token: None,
            ..settings
        },
        directory().epoch(),
    )
    .expect("a sink");
    wrong.publish(&samples).expect("taken");
    let problem = wrong.flush().expect_err("no token").to_string();
    assert!(problem.contains("401"), "{problem}");
    let taken = thread.join().expect("the readings");
    assert_eq!(taken.readings.len(), 500);
    assert!(
        taken.readings.iter().all(is_as_sent),
        "{:?}",
        taken.readings[0]
    );
}
