use std::path::Path;

use super::*;
use crate::live::channel_residuals::ChannelResiduals;
use crate::live::session::{Session, SessionOptions};
use crate::live::validation::Listener;
use crate::quantity::Quantity;
use crate::telemetry::{ReadOptions, Rule, SourceQuality, read_csv_from};
use crate::twin::{Contract, LoadedTwin, OnFailure};
use proptest::prelude::*;

fn seconds(seconds: f64) -> SimDuration {
    SimDuration::from_seconds(seconds).expect("finite")
}

fn at(time: f64) -> SimTime {
    SimTime::ZERO + seconds(time)
}

/// The bundled twin, its measurements under this contract.
fn tclab(contract: &Contract) -> LoadedTwin {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab");
    let mut loaded = crate::live::load_twin(&folder).expect("the bundled twin");
    let mut twin = Twin::clone(&loaded.twin);
    for channel in &mut twin.channels[2..] {
        channel.contract = contract.clone();
    }
    loaded.twin = Arc::new(twin);
    loaded
}

fn contract(on_failure: OnFailure) -> Contract {
    Contract {
        lateness: Some(seconds(5.0)),
        stuck: Some(seconds(6.0)),
        drift: Some(Quantity::parse("3 K").expect("a quantity")),
        on_failure,
        ..Contract::default()
    }
}

fn sample(channel: u32, time: f64, received: f64, sequence: u64, value: f64) -> Sample {
    Sample {
        channel,
        time: at(time),
        received: at(received),
        sequence,
        source_sequence: None,
        value,
        quality: SourceQuality::None,
    }
}

#[test]
fn one_is_one_and_two_are_two() {
    assert_eq!(counted(1, "sample"), "1 sample");
    assert_eq!(counted(0, "sample"), "0 samples");
    assert_eq!(counted(2, "number"), "2 numbers");
}

#[test]
fn a_notice_names_its_channel_and_counts_in_words() {
    let loaded = tclab(&contract(OnFailure::Drop));
    let settings = IntakeSettings::default();
    let mut reception =
        Reception::new(&loaded.twin, &loaded.variables, &settings).expect("a reception");
    for time in [0.0, 1.0, 2.0] {
        reception.push(sample(2, time, time, time as u64 + 1, 300.0 + time));
        reception.advance(at(time));
    }
    reception.advance(at(8.6));
    reception.settle(at(8.6));
    let notices = reception.take_notices();
    let [notice] = &notices[..] else {
        panic!("{notices:?}");
    };
    assert_eq!(notice.place, Place::Channel(2));
    assert!(
        notice.message.starts_with("T1: missing since"),
        "{notice:?}"
    );
    assert!(
        notice.message.ends_with("1 sample did not come"),
        "{notice:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What is told ten times a second is put together of what has changed.
    #[test]
    fn the_state_put_together_bit_by_bit_is_that_put_together_at_once(
        samples in proptest::collection::vec(
            (0_u32..4, 0_u32..4000, 0_u32..9000, 0_u32..12), 1..150),
        looks in proptest::collection::vec(any::<bool>(), 150),
    ) {
        let loaded = tclab(&contract(OnFailure::Quarantine));
        let settings = IntakeSettings::default();
        let mut reception =
            Reception::new(&loaded.twin, &loaded.variables, &settings).expect("a reception");
        let mut clock = 0.0_f64;
        for (position, (channel, step, delay, value)) in samples.into_iter().enumerate() {
            clock += f64::from(step) / 1000.0;
            let value = if channel < 2 { 0.1 } else { 290.0 + f64::from(value) * 20.0 };
            let time = clock - f64::from(delay) / 1000.0;
            reception.push(sample(channel, time, clock, position as u64 + 1, value));
            reception.compare(&Compared {
                channel: channel as usize,
                time: at(clock),
                observed: value,
                simulated: 300.0,
            });
            reception.advance(at(clock));
            reception.settle(at(clock));
            if looks[position] {
                prop_assert_eq!(reception.state(at(clock)), reception.state_from_scratch(at(clock)));
            }
        }
        prop_assert_eq!(reception.state(at(clock)), reception.state_from_scratch(at(clock)));
    }
}

/// Time in milliseconds, channel, number, delay in milliseconds.
type Event = (u32, u32, f64, u32);

/// The columns of a file that hold these events, one to a line.
fn file_of(events: &[Event]) -> String {
    let mut text = "t,Q1,Q2,T1,T2\n".to_owned();
    for (time, channel, number, _) in events {
        let mut cells = [const { String::new() }; 4];
        cells[*channel as usize] = number.to_string();
        text.push_str(&format!(
            "{},{}\n",
            f64::from(*time) / 1000.0,
            cells.join(",")
        ));
    }
    text
}

/// All that is said of an incident but its number and when it was noticed: a
/// silence is noticed when the clock says so.
fn essence(incidents: &[Incident]) -> Vec<(u32, Rule, SimTime, Option<SimTime>, u64)> {
    let mut last = BTreeMap::new();
    for one in incidents {
        last.insert(one.number, one.clone());
    }
    let mut all: Vec<_> = last
        .into_values()
        .map(|one| (one.channel, one.rule, one.begin, one.end, one.samples))
        .collect();
    all.sort_unstable();
    all
}

fn observations(channels: &[ChannelResiduals]) -> Vec<(usize, Vec<SimTime>, Vec<u64>, Vec<u64>)> {
    channels
        .iter()
        .map(|one| {
            (
                one.channel,
                one.times().to_vec(),
                one.values().iter().map(|value| value.to_bits()).collect(),
                one.residuals
                    .iter()
                    .map(|one| one.value.to_bits())
                    .collect(),
            )
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A replay hears a file as it would have been heard live, whatever the
    /// order of arrival within the lateness.
    #[test]
    fn a_replay_and_a_live_reception_of_the_same_samples_are_the_same(
        steps in proptest::collection::vec(
            (0_u32..1500, 0_u32..4, 0_u32..10, 0_u32..3000), 40..160),
        on_failure in prop_oneof![
            Just(OnFailure::Drop), Just(OnFailure::Flag), Just(OnFailure::Quarantine)],
    ) {
        let loaded = tclab(&contract(on_failure));
        // Every channel begins at the beginning.
        let mut events: Vec<Event> = (0..4).map(|one| (0, one, 20.0, 0)).collect();
        let mut time = 0;
        for (step, channel, value, delay) in steps {
            // Two values of one time are told apart by the order of arrival alone.
            time += step + 1;
            // Few values, so that they repeat; the last of a measurement is out of range.
            let number = match (channel, value) {
                (0 | 1, _) => f64::from(value) * 5.0,
                (_, 9) => 400.0,
                _ => 20.0 + f64::from(value / 3),
            };
            // The inputs have their own lateness of three seconds.
            events.push((time, channel, number, delay.min(2900)));
        }
        // A silence that lasts to the end is noticed when the clock says so.
        events.extend((0..4).map(|one| (time + 1, one, 20.0, 0)));
        let text = file_of(&events);
        let telemetry = read_csv_from(
            text.as_bytes(), "events", &loaded.twin, &loaded.variables, &ReadOptions::default(),
        ).expect("a file");
        let mut replay =
            Session::open(&loaded, Some(telemetry.clone()), SessionOptions::default()).expect("a session");
        replay.advance_to(SimTime::MAX).expect("a run");
        let replayed = replay.incidents();
        let state = replay.telemetry_state().expect("a replay");

        let options = SessionOptions::default();
        let mut live = Listener::new(&loaded, SimTime::ZERO, options).expect("a listener");
        let mut arrivals: Vec<(u32, usize)> = events
            .iter()
            .enumerate()
            .map(|(position, (time, _, _, delay))| (time + delay, position))
            .collect();
        arrivals.sort_unstable();
        let mut arrivals = arrivals.into_iter().peekable();
        let last = replay.now();
        let mut clock = SimTime::ZERO;
        while clock <= last + seconds(1.0) || arrivals.peek().is_some() {
            while let Some((received, position)) =
                arrivals.next_if(|(received, _)| at(f64::from(*received) / 1000.0) <= clock)
            {
                let heard = telemetry.recording.get(position).expect("an event");
                live.reception.push(Sample {
                    received: at(f64::from(received) / 1000.0),
                    ..heard
                });
            }
            live.advance(clock).expect("a turn");
            clock += seconds(0.5);
        }
        live.finish(last).expect("the end");
        prop_assert_eq!(observations(live.session.channels()), observations(replay.channels()));
        let heard: Vec<_> = live.said.iter().map(|one| one.incident.clone()).collect();
        prop_assert_eq!(essence(&heard), essence(&replayed));
        let live = live.reception.state(clock);
        for (one, other) in live.channels.iter().zip(&state.channels) {
            prop_assert_eq!(one.by_flag, other.by_flag);
            prop_assert_eq!(one.completeness, other.completeness);
            prop_assert_eq!(one.timeline.spans().count(), other.timeline.spans().count());
        }
        prop_assert_eq!(live.kept_aside.len(), state.kept_aside.len());
    }
}
