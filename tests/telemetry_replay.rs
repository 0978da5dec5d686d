//! A replay hears its file as somebody would have who listened live: nothing is
//! known before it came, and what a person releases takes part from then on.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test reports what it found by failing"
)]

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use counterpart::live::{ChannelQuality, Health, Session, SessionOptions, open_document};
use counterpart::quantity::{Quantity, SimDuration, SimTime};
use counterpart::telemetry::{ReadOptions, Rule, Telemetry, read_csv_from};
use counterpart::twin::{LoadedTwin, OnFailure, Twin};

fn scene() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab")
}

fn at(text: &str) -> SimTime {
    SimTime::ZERO + SimDuration::parse(text).unwrap()
}

fn quality(session: &mut Session, id: &str) -> Arc<ChannelQuality> {
    let state = session.telemetry_state().expect("a replay");
    let position = session.twin().channels.iter().position(|one| one.id == id);
    let found = state
        .channels
        .iter()
        .find(|one| Some(one.channel) == position);
    Arc::clone(found.unwrap())
}

/// The bundled telemetry has an outage of its sensors of two and a half minutes.
#[test]
fn a_replay_knows_of_an_outage_when_it_happens_and_not_before() {
    let document = open_document(&scene(), None).expect("the bundled twin has no errors");
    let mut session = Session::open(
        &document.twin,
        document.telemetry,
        SessionOptions::default(),
    )
    .unwrap();
    // The first sample waits until it is known that none comes before it.
    assert_eq!(quality(&mut session, "T1").by_flag, [0; 5]);
    session.advance_to(at("2 h")).unwrap();
    let before = quality(&mut session, "T1");
    assert_eq!(before.health, Health::Good, "{}", before.why);
    assert_eq!(before.completeness, Some(1.0));
    let samples: u64 = before.by_flag.iter().sum();
    assert!((7100..=7201).contains(&samples), "{samples}");

    session.advance_to(at("2 h 25 min")).unwrap();
    let during = quality(&mut session, "T1");
    assert_eq!(during.health, Health::Silent);
    assert!(during.why.contains("missing"), "{}", during.why);
    assert_eq!(quality(&mut session, "Q1").health, Health::Good);

    session.advance_to(SimTime::MAX).unwrap();
    let after = quality(&mut session, "T1");
    assert_eq!(after.health, Health::Good, "{}", after.why);
    assert_eq!(after.by_flag[4], 150, "one each second");
    let gaps = after
        .timeline
        .spans()
        .filter(|span| span.rules.contains(Rule::Missing));
    assert!(gaps.count() > 0);

    // Back in time nothing of it has happened yet.
    session.seek(at("2 h")).unwrap();
    assert_eq!(quality(&mut session, "T1"), before);
}

/// The bundled twin, what fails of these channels in quarantine.
fn with_quarantine(ids: &[&str]) -> LoadedTwin {
    let document = open_document(&scene(), None).expect("the bundled twin has no errors");
    let mut twin = Twin::clone(&document.twin.twin);
    for channel in &mut twin.channels {
        if ids.contains(&channel.id.as_str()) {
            channel.contract.on_failure = OnFailure::Quarantine;
            let (low, high) = match channel.id.as_str() {
                "Q1" => ("0 %", "60 %"),
                _ => ("-40 Cel", "26.9 Cel"),
            };
            channel.range = Some((
                Quantity::parse(low).unwrap(),
                Quantity::parse(high).unwrap(),
            ));
        }
        channel.contract.drift = None;
    }
    LoadedTwin {
        twin: Arc::new(twin),
        ..document.twin
    }
}

/// Ten minutes of commands and readings, with a while that the contract of one or
/// the other does not allow.
fn recorded(twin: &LoadedTwin, odd_commands: bool, odd_readings: bool) -> Telemetry {
    let mut text = "t,Q1,Q2,T1,T2\n".to_owned();
    for second in 0..600 {
        let is_odd = (200..300).contains(&second);
        let command = match (odd_commands && is_odd, second) {
            (true, _) => 80.0,
            (false, 0..200) => 20.0 + f64::from(second % 7),
            (false, _) => 50.0 + f64::from(second % 5),
        };
        let reading = if odd_readings && is_odd {
            27.0
        } else {
            26.0 + f64::from(second % 9) * 0.1
        };
        writeln!(text, "{second},{command},10,{reading},25").unwrap();
    }
    let options = ReadOptions::default();
    read_csv_from(
        text.as_bytes(),
        "ten minutes",
        &twin.twin,
        &twin.variables,
        &options,
    )
    .expect("a file")
}

/// All that a session did and compared, bit for bit.
fn bits(session: &Session) -> Vec<u64> {
    let rows = session.history().rows().values.iter().copied();
    let compared = session
        .channels()
        .iter()
        .flat_map(|one| one.residuals.iter().map(|one| one.value));
    rows.chain(compared).map(f64::to_bits).collect()
}

#[test]
fn released_samples_take_part_as_if_they_had_never_been_doubted() {
    for (commands, readings) in [(true, false), (false, true), (true, true)] {
        let doubting = with_quarantine(&["Q1", "T1"]);
        let telemetry = recorded(&doubting, commands, readings);
        let mut session =
            Session::open(&doubting, Some(telemetry), SessionOptions::default()).unwrap();
        session.advance_to(at("9 min")).unwrap();
        let doubted = bits(&session);
        let aside = session.telemetry_state().unwrap().kept_aside.clone();
        let waiting: Vec<u64> = aside
            .iter()
            .filter(|one| one.in_quarantine)
            .map(|one| one.sequence)
            .collect();
        let expected = 100 * (usize::from(commands) + usize::from(readings));
        assert_eq!(waiting.len(), expected);

        let notices = session.release(&waiting).unwrap().expect("a replay");
        assert_eq!(
            notices.len(),
            usize::from(commands) + usize::from(readings),
            "{notices:?}"
        );
        assert!(
            notices[0].message.contains("released from quarantine"),
            "{notices:?}"
        );
        assert!(session.now() < at("9 min"));
        session.advance_to(at("9 min")).unwrap();
        assert_ne!(bits(&session), doubted);
        assert!(session.telemetry_state().unwrap().kept_aside.is_empty());

        // A twin whose contract does not mind has the same from the beginning.
        let mut trusting = Twin::clone(&doubting.twin);
        for channel in &mut trusting.channels {
            channel.range = None;
        }
        let trusting = LoadedTwin {
            twin: Arc::new(trusting),
            ..with_quarantine(&[])
        };
        let telemetry = recorded(&trusting, commands, readings);
        let mut expected =
            Session::open(&trusting, Some(telemetry), SessionOptions::default()).unwrap();
        expected.advance_to(at("9 min")).unwrap();
        assert_eq!(bits(&session), bits(&expected));

        // Also after a way back, and once only.
        session.seek(at("1 min")).unwrap();
        session.seek(at("9 min")).unwrap();
        assert_eq!(bits(&session), bits(&expected));
        let again = session.release(&waiting).unwrap().expect("a replay");
        assert!(again[0].message.contains("not in quarantine"), "{again:?}");
    }
}
