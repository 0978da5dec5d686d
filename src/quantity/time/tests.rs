use super::*;
use crate::quantity::Epoch;
use proptest::prelude::*;

fn parsed(text: &str) -> i64 {
    SimDuration::parse(text)
        .unwrap_or_else(|error| panic!("{error}"))
        .nanoseconds()
}

#[test]
fn durations_read_in_words_and_in_iso_8601() {
    const SECOND: i64 = 1_000_000_000;
    for (text, nanoseconds) in [
        ("15 min", 900 * SECOND),
        ("1 h 30 min", 5400 * SECOND),
        ("1.5 h", 5400 * SECOND),
        ("250 ms", SECOND / 4),
        ("PT15M", 900 * SECOND),
        ("0 s", 0),
        ("2 d", 172_800 * SECOND),
        ("1 wk", 604_800 * SECOND),
        ("1h30min", 5400 * SECOND),
        ("2 hours and 15 minutes", 8100 * SECOND),
        ("2 h, 15 min", 8100 * SECOND),
        ("-15 min", -900 * SECOND),
        ("-1 h 30 min", -5400 * SECOND),
        ("3 µs", 3000),
        ("3 us", 3000),
        ("7 ns", 7),
        ("0.1 s", SECOND / 10),
        ("0.000000001 s", 1),
        ("P1DT12H", 129_600 * SECOND),
        ("P2W", 1_209_600 * SECOND),
        ("PT0.5S", SECOND / 2),
        ("-PT1M", -60 * SECOND),
        ("9223372036854775807 ns", i64::MAX),
        ("-9223372036854775808 ns", i64::MIN),
    ] {
        assert_eq!(parsed(text), nanoseconds, "{text}");
    }
}

#[test]
fn what_is_not_a_duration_is_refused_with_its_column() {
    for (text, column, word) in [
        ("", None, "empty"),
        ("15", Some(3), "unit is missing"),
        ("15 m", Some(4), "`min`"),
        ("15 parsecs", Some(4), "not a unit of time"),
        ("min", Some(1), "number is expected"),
        ("1 h 30", Some(7), "unit is missing"),
        ("1 month", Some(3), "no fixed length"),
        ("P1Y", Some(3), "no fixed length"),
        ("P1M", Some(3), "no fixed length"),
        ("P", Some(2), "no number"),
        ("PT", Some(3), "no number"),
        ("PT1M1H", Some(6), "long to short"),
        ("300 a", Some(5), "no fixed length"),
        ("1000000 d", None, "292 years"),
        ("1 h,", Some(5), "missing at the end"),
        ("NaN s", Some(1), "number is expected"),
        ("1.2.3 s", Some(4), "unit is missing"),
    ] {
        let error = SimDuration::parse(text).unwrap_err();
        assert!(error.to_string().contains(word), "{text}: {error}");
        assert_eq!(error.column, column, "{text}: {error}");
    }
}

#[test]
fn durations_print_in_words() {
    for (nanoseconds, text) in [
        (0, "0 s"),
        (8_100_000_000_000, "2 h 15 min"),
        (250_000_000, "250 ms"),
        (1_500, "1.5 us"),
        (1, "1 ns"),
        (90_500_000_000, "1 min 30.5 s"),
        (-900_000_000_000, "-15 min"),
        (86_400_000_000_001, "1 d 0.000000001 s"),
    ] {
        assert_eq!(SimDuration::from_nanoseconds(nanoseconds).to_string(), text);
    }
}

#[test]
fn seconds_round_to_the_nearest_nanosecond_and_never_overflow() {
    assert_eq!(
        SimTime::from_seconds(0.1).map(SimTime::nanoseconds),
        Some(100_000_000)
    );
    assert_eq!(
        SimTime::from_seconds(-0.1).map(SimTime::nanoseconds),
        Some(-100_000_000)
    );
    assert_eq!(
        SimTime::from_seconds(1e9 + 0.5).map(SimTime::nanoseconds),
        Some(1_000_000_000_500_000_000)
    );
    for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e10, -1e10] {
        assert_eq!(SimDuration::from_seconds(seconds), None, "{seconds}");
    }
    assert_eq!(
        SimTime::MAX + SimDuration::from_nanoseconds(1),
        SimTime::MAX
    );
    assert_eq!(
        SimTime::MAX.checked_add(SimDuration::from_nanoseconds(1)),
        None
    );
    assert_eq!(
        SimTime::MIN.checked_sub(SimDuration::from_nanoseconds(1)),
        None
    );
    assert_eq!(SimDuration::MAX.checked_mul(2), None);
}

#[test]
fn a_million_tenths_of_a_second_are_exactly_a_hundred_thousand() {
    let step = SimDuration::parse("0.1 s").unwrap();
    let mut now = SimTime::ZERO;
    for _ in 0..1_000_000 {
        now += step;
    }
    assert_eq!(now.as_seconds(), 100_000.0);
    assert_eq!(now.since_epoch().whole_steps(step), Some(1_000_000));
    assert!(now.since_epoch().is_multiple_of(step));
}

#[test]
fn times_before_the_epoch_round_down_to_a_step() {
    let step = SimDuration::from_whole_seconds(60);
    let time = SimTime::from_seconds(-1.0).unwrap();
    assert_eq!(
        time.floor_to(step),
        Some(SimTime::from_nanoseconds(-60_000_000_000))
    );
    assert_eq!(time.floor_to(SimDuration::ZERO), None);
    assert_eq!(time.since_epoch().whole_steps(step), Some(-1));
}

#[test]
fn an_epoch_joins_simulation_time_and_the_calendar() {
    let epoch = Epoch::parse("2024-03-01T01:00:00+01:00").unwrap();
    assert_eq!(epoch.to_string(), "2024-03-01T00:00:00Z");
    let hour = SimTime::parse("1 h").unwrap();
    assert_eq!(epoch.instant(hour).to_string(), "2024-03-01T01:00:00Z");
    assert_eq!(epoch.sim_time_of(epoch.instant(hour)), Some(hour));
    let distant = Epoch::parse("1500-01-01T00:00:00Z").unwrap();
    assert_eq!(epoch.sim_time_of(distant.start()), None);
    assert_eq!(ron::to_string(&epoch).unwrap(), "\"2024-03-01T00:00:00Z\"");
    let last = Epoch::from_instant(jiff::Timestamp::MAX);
    assert_eq!(last.instant(SimTime::MAX), jiff::Timestamp::MAX);
}

#[test]
fn an_instant_needs_its_offset() {
    let error = Epoch::parse("2024-03-01T00:00:00").unwrap_err().to_string();
    assert!(error.contains("offset from UTC is missing"), "{error}");
    for text in ["", "yesterday", "2024-13-01T00:00:00Z", "2024-03-01"] {
        assert!(Epoch::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn text_reads_back_as_the_same_duration(nanoseconds in any::<i64>()) {
        let duration = SimDuration::from_nanoseconds(nanoseconds);
        prop_assert_eq!(SimDuration::parse(&duration.to_string()), Ok(duration));
        let written = ron::to_string(&duration).unwrap();
        prop_assert_eq!(ron::from_str::<SimDuration>(&written).unwrap(), duration);
    }

    #[test]
    fn short_durations_read_back_too(nanoseconds in -10_000_000_000_i64..10_000_000_000) {
        let duration = SimDuration::from_nanoseconds(nanoseconds);
        prop_assert_eq!(SimDuration::parse(&duration.to_string()), Ok(duration));
    }

    #[test]
    fn seconds_and_back_keep_the_nanoseconds_of_forty_days(
        nanoseconds in -3_456_000_000_000_000_i64..3_456_000_000_000_000,
    ) {
        let duration = SimDuration::from_nanoseconds(nanoseconds);
        prop_assert_eq!(SimDuration::from_seconds(duration.as_seconds()), Some(duration));
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(
        text in "\\PC{0,30}|[-PTp0-9.hmsdwWHMSD ,and]{0,20}",
    ) {
        let _ = SimDuration::parse(&text).map_err(|error| error.to_string());
        let _ = Epoch::parse(&text).map_err(|error| error.to_string());
    }
}
