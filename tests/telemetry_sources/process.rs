//! Programs whose output is read.

use counterpart::telemetry::source::SourceState;
use counterpart::twin::{Connection, Payload};

use crate::common::{Taken, eventually, start, waiting_because};

fn shell(script: &str, payload: Payload) -> Connection {
    Connection::Process {
        command: vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()],
        payload,
    }
}

#[test]
fn lines_of_a_program_are_read_until_it_has_said_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r#"echo '{"T": 20, "time": 5}'; echo; echo nonsense; printf '{"T": 21}'"#;
    let source = start(shell(script, Payload::Json), folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "all lines", |taken| {
        taken.readings.len() == 2 && taken.undecodable == 1
    });
    eventually("it has ended", || {
        source.health().state == SourceState::Ended
    });
    assert_eq!(source.health().reconnects, 0);
}

#[test]
fn a_table_of_a_program_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = start(
        shell("echo time,T; echo 1,20; printf 2,21", Payload::Csv),
        folder.path(),
    );
    let mut taken = Taken::default();
    taken.until(&source, "both rows", |taken| taken.readings.len() == 2);
}

#[test]
fn a_program_that_ends_badly_is_started_again_and_its_last_words_are_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "echo T value=20; echo the sensor is unplugged >&2; exit 3";
    let source = start(shell(script, Payload::LineProtocol), folder.path());
    let why = waiting_because(&source);
    assert!(why.contains("the sensor is unplugged"), "{why}");
    assert!(why.contains('3'), "{why}");
    let mut taken = Taken::default();
    taken.until(&source, "several runs", |taken| taken.readings.len() >= 3);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = Connection::Process {
        command: vec!["no-such-program".to_owned()],
        payload: Payload::Json,
    };
    let source = start(connection, folder.path());
    let why = waiting_because(&source);
    assert!(why.contains("no-such-program"), "{why}");
}

#[test]
fn a_line_without_end_is_dropped_and_the_next_one_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo '{\"T\": 20}'";
    let source = start(shell(script, Payload::Json), folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "the next line", |taken| taken.readings.len() == 1);
    assert_eq!(source.health().dropped, 1);
}

#[test]
fn a_program_that_never_ends_is_ended_with_its_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "echo $$ > pid; while true; do echo '{\"T\": 20}'; sleep 0.01; done";
    let mut source = start(shell(script, Payload::Json), folder.path());
    let mut taken = Taken::default();
    taken.until(&source, "a line", |taken| !taken.readings.is_empty());
    let pid = std::fs::read_to_string(folder.path().join("pid")).expect("its number");
    source.stop();
    assert_eq!(source.health().state, SourceState::Ended);
    eventually("it is gone", || {
        !std::path::Path::new("/proc").join(pid.trim()).exists()
    });
}
