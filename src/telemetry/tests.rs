//! Telemetry files as they really come: right, odd and broken.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::quantity::{Epoch, Quantity, SimDuration, SimTime, Unit};
use crate::twin::{
    Aggregation, Asset, Bounds, Causality, Channel, ChannelRole, Contract, Declaration,
    ForecastSettings, Kind, KindRegistry, Provenance, Shape, Twin, VariableTable,
};

/// A heater with a command and a temperature, and channels `Q1` and `T1`.
pub(in crate::telemetry) fn heater() -> (Twin, VariableTable) {
    let declaration = |name, causality, unit, bounds| Declaration {
        name,
        causality,
        unit: Unit::known(unit),
        default: None,
        bounds,
        doc: "For tests.",
        words: &[],
    };
    let mut registry = KindRegistry::default();
    registry.register([Kind {
        name: "test.Heater",
        title: "Heater",
        doc: "For tests.",
        declarations: vec![
            declaration("command", Causality::Input, "%", Bounds::between(0.0, 1.0)),
            declaration("temperature", Causality::State, "Cel", Bounds::NONE),
        ],
        attributes: Vec::new(),
        contingencies: Vec::new(),
        indicators: Vec::new(),
        ports: Vec::new(),
        shape: Shape::Heater,
    }]);
    let quantity = |text: &str| Quantity::parse(text).expect("a quantity");
    let channel = |id: &str, variable: &str, unit, role, range: Option<(&str, &str)>| Channel {
        id: id.to_owned(),
        variable: variable.to_owned(),
        unit: Unit::known(unit),
        role,
        column: None,
        period: None,
        range: range.map(|(low, high)| (quantity(low), quantity(high))),
        threshold: None,
        contract: Contract::default(),
    };
    let twin = Twin {
        format: 1,
        id: "heater".to_owned(),
        name: "Heater".to_owned(),
        version: "1".to_owned(),
        description: String::new(),
        currency: String::new(),
        provenance: Provenance::default(),
        epoch: Epoch::parse("2024-01-01T00:00:00Z").expect("an instant"),
        timestep: SimDuration::from_whole_seconds(1),
        assets: vec![Asset {
            id: "heater".to_owned(),
            kind: "test.Heater".to_owned(),
            name: String::new(),
            part_of: None,
            parameters: BTreeMap::new(),
            attributes: BTreeMap::new(),
            place: None,
            path: Vec::new(),
            look: None,
        }],
        links: Vec::new(),
        patterns: Vec::new(),
        curves: Vec::new(),
        controls: Vec::new(),
        rules: Vec::new(),
        channels: vec![
            channel("Q1", "heater.command", "%", ChannelRole::Input, None),
            channel(
                "T1",
                "heater.temperature",
                "Cel",
                ChannelRole::Measurement,
                Some(("-40 Cel", "150 Cel")),
            ),
        ],
        telemetry: Vec::new(),
        event_log: None,
        sources: Vec::new(),
        evolution: Vec::new(),
        publish: Vec::new(),
        balances: Vec::new(),
        uncertainties: Vec::new(),
        forecast: ForecastSettings::default(),
        scenarios: Vec::new(),
        acceptance: Vec::new(),
    };
    let variables = VariableTable::new(&twin, &registry);
    (twin, variables)
}

fn read_with(text: &[u8], options: &ReadOptions) -> Result<Telemetry, TelemetryReport> {
    let (twin, variables) = heater();
    read_csv_from(text, "test.csv", &twin, &variables, options)
}

fn read(text: &str) -> Telemetry {
    read_with(text.as_bytes(), &ReadOptions::default()).expect("telemetry")
}

fn refused(text: &[u8]) -> String {
    read_with(text, &ReadOptions::default())
        .expect_err("refused")
        .to_string()
}

fn at(seconds: f64) -> SimTime {
    SimTime::from_seconds(seconds).expect("finite")
}

/// The values of channel `T1` [°C].
fn temperatures(telemetry: &Telemetry) -> Vec<f64> {
    let celsius = Unit::known("Cel");
    telemetry
        .channels
        .iter()
        .filter(|one| one.channel == 1)
        .flat_map(|one| &one.values)
        .map(|value| celsius.from_si(*value))
        .collect()
}

fn close(found: &[f64], expected: &[f64]) -> bool {
    found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-9)
}

#[test]
fn columns_become_channels_in_si() {
    let telemetry = read("t,Q1,T1\n0,30,20\n1,40,21.5\n");
    assert_eq!(telemetry.rows, 2);
    assert_eq!(telemetry.rejected_count, 0);
    assert!(telemetry.warnings.is_empty(), "{:?}", telemetry.warnings);
    assert_eq!(telemetry.channels[0].values, [0.3, 0.4]);
    assert_eq!(telemetry.channels[1].values, [293.15, 294.65]);
    assert_eq!(telemetry.channels[1].times, [at(0.0), at(1.0)]);
}

#[test]
fn separators_line_ends_byte_order_mark_and_quotes_make_no_difference() {
    let plain = read("t,Q1,T1\n0,30,20\n1,40,21.5\n");
    for text in [
        "t;Q1;T1\n0;30;20\n1;40;21.5\n",
        "t;Q1;T1\n0;30;20\n1;40;21,5\n",
        "t\tQ1\tT1\r\n0\t30\t20\r\n1\t40\t21.5\r\n",
        "\u{feff}t,Q1,T1\n0,30,20\n\n1,40,21.5",
        "\u{feff}\"t\",\"Q1\",\"T1\"\n\"0\",\"30\",\"20\"\n1, 40 ,\"21.5\"\n",
        "time [min],Q1,T1\n0,30,20\n0.016666666666666666,40,21.5\n",
        "Timestamp,Q1,T1\n2024-01-01T00:00:00Z,30,20\n2024-01-01T01:00:01+01:00,40,21.5\n",
    ] {
        assert_eq!(read(text).channels, plain.channels, "{text:?}");
    }
}

#[test]
fn a_unit_in_the_header_goes_before_the_channels() {
    for text in [
        "t,T1 [degF]\n0,68\n",
        "t,T1 (°F)\n0,68\n",
        "t,T1 [[degF]]\n0,68\n",
        "t,T1 [K]\n0,293.15\n",
        "t,T1 (°C)\n0,20\n",
        "t,heater.temperature [Cel]\n0,20\n",
    ] {
        assert!(close(&temperatures(&read(text)), &[20.0]), "{text:?}");
    }
}

#[test]
fn a_unit_that_does_not_fit_or_is_none_is_refused() {
    let message = refused(b"t,T1 [W]\n0,68\n");
    assert!(
        message.contains("T1 [W]") && message.contains("temperature"),
        "{message}"
    );
    let message = refused(b"t,T1 [furlong]\n0,68\n");
    assert!(message.contains("furlong"), "{message}");
    let message = refused(b"t [K],T1\n0,68\n");
    assert!(message.contains("unit of time"), "{message}");
}

#[test]
fn an_assignment_goes_before_the_document() {
    let options = |text: &str| ReadOptions {
        mappings: vec![text.parse().expect("an assignment")],
        ..ReadOptions::default()
    };
    let text = b"t,Temp 1,T1\n0,68,5\n";
    let telemetry = read_with(text, &options("Temp 1=T1:degF"));
    // The file has a column `T1` too: two for one channel.
    let message = telemetry.expect_err("two columns").to_string();
    assert!(message.contains("`Temp 1` and `T1`"), "{message}");
    let text = b"t,Temp 1\n0,68\n";
    let telemetry = read_with(text, &options("Temp 1=T1:degF")).expect("telemetry");
    assert!(close(&temperatures(&telemetry), &[20.0]));
    let message = read_with(text, &options("Temp 2=T1")).expect_err("no column");
    assert!(message.to_string().contains("`Temp 1`"), "{message}");
    let message = read_with(text, &options("Temp 1=T9")).expect_err("no channel");
    assert!(message.to_string().contains("`T1`"), "{message}");
}

#[test]
fn more_samples_than_are_to_be_held_are_refused_with_a_way_out() {
    let options = ReadOptions {
        most_samples: 3,
        ..ReadOptions::default()
    };
    let four = read_with(b"t,T1\n0,20\n1,21\n2,22\n3,23\n", &options);
    let message = four.expect_err("too many").to_string();
    assert!(
        message.contains("more than 3") && message.contains("sources"),
        "{message}"
    );
    assert!(read_with(b"t,T1\n0,20\n1,21\n2,22\n", &options).is_ok());
}

#[test]
fn a_million_columns_are_read_or_refused_with_the_reason() {
    // Just below the longest record.
    let header = format!("t,T1{}\n", ",".repeat(1_000_000));
    let row = format!("0,20{}\n", ",".repeat(1_000_000));
    let telemetry = read_with(format!("{header}{row}").as_bytes(), &ReadOptions::default());
    assert!(close(
        &temperatures(&telemetry.expect("telemetry")),
        &[20.0]
    ));
    let names = format!("t,T1{}\n0,20\n", ",a".repeat(500_000));
    let telemetry = read_with(names.as_bytes(), &ReadOptions::default());
    let message = telemetry.expect_err("a short row").to_string();
    assert!(message.contains("2"), "{message}");
    let longer = format!("t{}\n0,20\n", ",T1".repeat(1_000_000));
    let message = refused(longer.as_bytes());
    assert!(message.contains("longer than"), "{message}");
}

#[test]
fn bad_samples_are_kept_aside_with_line_and_reason_and_reading_goes_on() {
    let text = "t,Q1,T1\n\
                0,30,20\n\
                1,30,NaN\n\
                2,30,broken\n\
                3,30,inf\n\
                4,30,500\n\
                4,30,21\n\
                3,130,22\n\
                5,30\n\
                soon,30,23\n\
                6,30,\n\
                7,30,24\n";
    let telemetry = read(text);
    assert!(close(&temperatures(&telemetry), &[20.0, 21.0, 24.0]));
    assert_eq!(telemetry.rows, 11);
    let found: Vec<_> = telemetry
        .rejected
        .iter()
        .map(|one| (one.line, one.channel, one.value.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (3, Some(1), "NaN"),
            (4, Some(1), "broken"),
            (5, Some(1), "inf"),
            (6, Some(1), "500"),
            // Line 7 is a second row of 4 s: its command is a duplicate, its
            // temperature the first usable one of that time.
            (7, Some(0), "30"),
            (8, Some(0), "130"),
            (8, Some(1), "22"),
            (9, None, "530"),
            (10, None, "soon"),
        ]
    );
    let reasons: Vec<_> = telemetry.rejected.iter().map(|one| &one.reason).collect();
    assert_eq!(reasons[0], &Reason::NotFinite);
    assert_eq!(reasons[1], &Reason::NotANumber);
    assert!(matches!(reasons[3], Reason::OutOfRange { high, .. } if *high > 149.0));
    assert_eq!(reasons[4], &Reason::Duplicate);
    assert!(
        matches!(reasons[5], Reason::OutOfRange { .. }),
        "beyond the input's bounds"
    );
    assert_eq!(reasons[6], &Reason::OutOfOrder);
    assert!(matches!(
        reasons[7],
        Reason::FieldCount {
            expected: 3,
            found: 2,
            ..
        }
    ));
    assert_eq!(telemetry.rejected_count, 9);
    assert_eq!(telemetry.channels[1].rejected, 5);
}

#[test]
fn an_empty_cell_is_a_gap_and_no_fault() {
    let telemetry = read("t,Q1,T1\n0,30,20\n1,,\n2,31,22\n");
    assert_eq!(telemetry.rejected_count, 0);
    let observations = telemetry.align(SimDuration::from_whole_seconds(1));
    assert_eq!(observations.channels[1].at(at(1.0)), None);
    assert_eq!(observations.channels[1].times, [at(0.0), at(2.0)]);
}

#[test]
fn a_column_that_no_channel_names_is_ignored_with_the_nearest_name() {
    let telemetry = read("t,Q1,T1,T1x,SP\n0,30,20,1,2\n");
    assert_eq!(telemetry.ignored_columns, ["T1x", "SP"]);
    assert_eq!(telemetry.warnings.len(), 2);
    assert!(telemetry.warnings[0].contains("did you mean `T1`"));
    assert!(telemetry.warnings[1].contains("`Q1`, `T1`"));
}

#[test]
fn a_missing_channel_is_a_warning_but_no_channel_at_all_an_error() {
    let telemetry = read("t,T1\n0,20\n");
    assert!(
        telemetry.warnings[0].contains("`Q1`"),
        "{:?}",
        telemetry.warnings
    );
    let message = refused(b"t,a,b\n0,1,2\n");
    assert!(
        message.contains("`a`, `b`") && message.contains("`Q1`, `T1`"),
        "{message}"
    );
    let message = refused(b"a,T1\n0,1\n");
    assert!(message.contains("`timestamp`"), "{message}");
    let message = refused(b"t,time,T1\n0,1,2\n");
    assert!(message.contains("both hold the time"), "{message}");
}

#[test]
fn a_file_without_a_usable_row_is_refused_with_the_first_reason() {
    assert!(refused(b"").contains("is empty"));
    assert!(refused(b"t,T1\n").contains("only the header"));
    let message = refused(b"t,T1\n0,x\n1,y\n");
    assert!(
        message.contains("line 2") && message.contains("not a number"),
        "{message}"
    );
    let message = refused(b"t,Q1,T1\n0,x,20\n");
    assert!(
        message.contains("`Q1`") && message.contains("heater.command"),
        "{message}"
    );
    assert!(refused(b"\xff\xfet\0,\0").contains("UTF-16"));
}

#[test]
fn a_file_older_than_the_epoch_is_refused_with_both_instants() {
    let message = refused(b"t,T1\n2023-06-01T00:00:00Z,20\n2023-06-01T00:00:01Z,20\n");
    assert!(message.contains("2023-06-01T00:00:01Z"), "{message}");
    assert!(message.contains("2024-01-01T00:00:00Z"), "{message}");
    // A file that only begins before it is used from there on.
    let telemetry = read("t,T1\n-1,20\n0,21\n1,22\n");
    assert!(close(&temperatures(&telemetry), &[21.0, 22.0]));
    assert_eq!(telemetry.rejected[0].reason, Reason::BeforeEpoch);
}

#[test]
fn an_instant_without_an_offset_is_kept_aside_with_what_is_missing() {
    let message = refused(b"t,T1\n2024-01-01 00:00:00,20\n");
    assert!(message.contains("offset from UTC"), "{message}");
}

#[test]
fn a_quote_that_is_never_closed_ends_with_its_line() {
    let mut text = b"t,T1\n0,20\n1,\"21\n".to_vec();
    for second in 2..400_000 {
        text.extend_from_slice(format!("{second},22\n").as_bytes());
    }
    let message = refused(&text);
    assert!(
        message.contains("line 3") && message.contains("quotation mark"),
        "{message}"
    );
    // In a short file it takes the rest of the rows with it, and says so.
    let telemetry = read("t,T1\n0,20\n1,\"21\n2,22\n3,23\n");
    assert_eq!(telemetry.rejected[0].line, 3);
    assert_eq!(telemetry.rejected_count, 1);
}

#[test]
fn the_digest_is_that_of_the_files_bytes() {
    let text = "\u{feff}t,T1\r\n0,20\r\n";
    let expected = blake3::hash(text.as_bytes()).to_hex().to_string();
    assert_eq!(read(text).digest, expected);
}

#[test]
fn alignment_takes_the_last_sample_of_each_step_and_looks_into_no_future() {
    let telemetry = read("t,T1\n0,20\n0.2,21\n0.9,22\n1.1,23\n3,24\n");
    let observations = telemetry.align(SimDuration::from_whole_seconds(1));
    let channel = &observations.channels[0];
    assert_eq!(channel.times, [at(0.0), at(1.0), at(2.0), at(3.0)]);
    let celsius = Unit::known("Cel");
    let values: Vec<_> = channel
        .values
        .iter()
        .map(|one| celsius.from_si(*one))
        .collect();
    assert!(close(&values, &[20.0, 22.0, 23.0, 24.0]));
    assert_eq!(channel.superseded, 1);
    assert_eq!((observations.begin, observations.end), (at(0.0), at(3.0)));
    let (times, _) = channel.between(at(1.0), at(2.0));
    assert_eq!(times, [at(1.0), at(2.0)]);
    assert_eq!(channel.between(at(9.0), at(2.0)).0, []);
    assert_eq!(channel.latest(at(2.5)).map(|one| one.0), Some(at(2.0)));
    assert_eq!(channel.latest(at(-1.0)), None);
}

#[test]
fn what_is_written_is_read_back_gaps_included() {
    let (twin, _) = heater();
    let telemetry = read("t,Q1,T1\n0,30,20\n1,,21.25\n2,31,\n3,32,22\n");
    let observations = telemetry.align(twin.timestep);
    let mut written = Vec::new();
    observations
        .write_csv(&mut written, &twin, 4)
        .expect("written");
    let text = String::from_utf8(written).expect("text");
    assert!(
        text.starts_with("t,Q1 [%],T1 [Cel]\n0,30.0000,20.0000\n1,,21.2500\n"),
        "{text}"
    );
    let again = read(&text).align(twin.timestep);
    assert_eq!(again.channels[0], observations.channels[0]);
    assert_eq!(again.channels[1], observations.channels[1]);
}

/// Observations of a counter are rates; a file of them holds a counter again,
/// in the counter's unit, whatever it rolled over at.
#[test]
fn a_counter_that_rolled_over_is_written_as_a_counter_and_read_back_as_its_rate() {
    let (mut twin, variables) = heater();
    let counter = &mut twin.channels[0];
    counter.unit = Unit::known("s");
    counter.range = None;
    counter.period = Some(SimDuration::from_whole_seconds(1));
    counter.contract.aggregation = Aggregation::Total {
        rollover: Some(Quantity::parse("100 s").expect("a quantity")),
    };
    let read = |text: &str| {
        let options = ReadOptions::default();
        read_csv_from(text.as_bytes(), "counter", &twin, &variables, &options)
            .expect("a file")
            .align(twin.timestep)
    };
    let observations = read("t,Q1,T1\n0,98,20\n1,99,20\n2,0.5,20\n3,1,20\n10,4,20\n11,5,20\n");
    let rates = &observations.channels[0];
    assert_eq!(rates.times, [at(1.0), at(2.0), at(3.0), at(11.0)]);
    assert_eq!(rates.values, [1.0, 1.5, 0.5, 1.0]);
    let mut written = Vec::new();
    observations
        .write_csv(&mut written, &twin, 4)
        .expect("written");
    let text = String::from_utf8(written).expect("text");
    let header = "t,Q1 [s],T1 [Cel]\n0,0.0000,20.0000\n1,1.0000,20.0000\n";
    assert!(text.starts_with(header), "{text}");
    let again = read(&text);
    assert_eq!(again.channels[0], observations.channels[0]);
    assert_eq!(again.channels[1], observations.channels[1]);
    // What is shown of it is in the variable's unit.
    let variable = &variables.get(rates.variable).unit;
    assert_eq!(twin.channels[0].observation_unit(variable).code(), "%");
    assert_eq!(twin.channels[1].observation_unit(variable).code(), "Cel");
}

#[test]
fn a_missing_file_is_named() {
    let (twin, variables) = heater();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("nothing.csv");
    let report = read_csv(&path, &twin, &variables).expect_err("no file");
    assert!(report.to_string().contains("nothing.csv"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_with(&bytes, &ReadOptions::default());
        let mut with_header = b"t,Q1,T1\n".to_vec();
        with_header.extend_from_slice(&bytes);
        let _ = read_with(&with_header, &ReadOptions::default());
    }

    #[test]
    fn no_text_near_a_file_makes_it_panic(
        text in "(\u{feff})?(t|time|T1|Q1|\"|,|;|\t|\r\n|\n|[0-9]{1,30}|-|\\.|e|NaN|\\[|\\]|°|2024-01-01T00:00:00Z){0,60}"
    ) {
        let _ = read_with(text.as_bytes(), &ReadOptions::default());
    }

    #[test]
    fn every_sample_is_either_used_or_kept_aside(
        rows in proptest::collection::vec((0_i64..60, -500.0_f64..500.0), 1..80)
    ) {
        let mut text = "t,T1\n0,20\n".to_owned();
        for (time, value) in &rows {
            text.push_str(&format!("{time},{value}\n"));
        }
        let telemetry = read(&text);
        let used = telemetry.channels[0].values.len() as u64;
        prop_assert_eq!(used + telemetry.rejected_count, rows.len() as u64 + 1);
        prop_assert!(telemetry.channels[0].times.is_sorted_by(|a, b| a < b));
    }
}
