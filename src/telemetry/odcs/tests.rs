use proptest::prelude::*;

use super::*;
use crate::quantity::{Quantity, SimDuration, Unit};
use crate::twin::{Aggregation, Channel, ChannelRole, Contract, OnFailure, QualityMeaning, Twin};

fn twin(channels: Vec<Channel>) -> Twin {
    Twin {
        channels,
        ..bundled()
    }
}

fn bundled() -> Twin {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab/twin.ron");
    let text = std::fs::read_to_string(path).expect("the bundled twin");
    ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(&text)
        .expect("it reads")
}

/// The channels without anything that a contract says.
fn stripped(channels: &[Channel]) -> Vec<Channel> {
    channels
        .iter()
        .map(|channel| Channel {
            column: None,
            period: None,
            range: None,
            threshold: None,
            contract: Contract::default(),
            ..channel.clone()
        })
        .collect()
}

fn quantity(unit: &'static str) -> impl Strategy<Value = Quantity> {
    (-1e6..1e6_f64).prop_map(move |value| Quantity::new(value, Unit::known(unit)).expect("finite"))
}

fn duration() -> impl Strategy<Value = SimDuration> {
    prop_oneof![
        (1_i64..100_000).prop_map(SimDuration::from_whole_seconds),
        (1_i64..i64::MAX).prop_map(SimDuration::from_nanoseconds),
    ]
}

/// Texts that YAML could take for something else are among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z0-9_]{0,8}",
        prop::sample::select(vec![
            "no",
            "true",
            "null",
            "~",
            "1e3",
            "007",
            "0x10",
            "- a",
            "a: b",
            "#x",
            "°C [x]",
            " s ",
            "'",
            "\"",
            "12:30:00",
            "2024-01-01",
            "a\nb",
        ])
        .prop_map(str::to_owned),
    ]
}

fn contract() -> impl Strategy<Value = Contract> {
    use prop::option::of as option;
    (
        (
            option(duration()),
            option(duration()),
            option((quantity("Cel"), quantity("K"))),
            option(quantity("K/s")),
            option(quantity("K")),
            option(duration()),
            option(quantity("K")),
            option(quantity("K")),
        ),
        prop_oneof![
            Just(Aggregation::Instant),
            Just(Aggregation::Linear),
            Just(Aggregation::Mean),
            option(quantity("J")).prop_map(|rollover| Aggregation::Total { rollover }),
        ],
        prop::sample::select(vec![
            OnFailure::Drop,
            OnFailure::Hold,
            OnFailure::Flag,
            OnFailure::Quarantine,
        ]),
        prop::collection::btree_map(
            text(),
            prop::sample::select(vec![
                QualityMeaning::Good,
                QualityMeaning::Uncertain,
                QualityMeaning::Bad,
            ]),
            0..3,
        ),
        prop::collection::vec(text(), 0..3),
    )
        .prop_map(
            |(limits, aggregation, on_failure, quality_codes, aliases)| {
                let (jitter, lateness, operational, rate, resolution, stuck, drift, noise) = limits;
                Contract {
                    jitter,
                    lateness,
                    operational,
                    rate,
                    resolution,
                    stuck,
                    drift,
                    noise,
                    aggregation,
                    quality_codes,
                    on_failure,
                    aliases,
                }
            },
        )
}

fn channel() -> impl Strategy<Value = Channel> {
    (
        text(),
        prop::sample::select(vec![ChannelRole::Input, ChannelRole::Measurement]),
        prop::option::of(text()),
        prop::option::of(duration()),
        prop::option::of((quantity("Cel"), quantity("Cel"))),
        prop::option::of(quantity("Cel")),
        contract(),
    )
        .prop_map(
            |(id, role, column, period, range, threshold, contract)| Channel {
                variable: "sensor_1.reading".to_owned(),
                unit: Unit::known("Cel"),
                role,
                // A column that is called as the channel is says nothing.
                column: column.filter(|column| *column != id),
                period,
                range,
                threshold,
                contract,
                id,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_contract_that_goes_out_comes_back(
        channels in prop::collection::vec(channel(), 1..5),
    ) {
        let mut channels = channels;
        let mut seen = std::collections::BTreeSet::new();
        channels.retain(|channel| seen.insert(channel.id.clone()));
        let text = to_odcs(&twin(channels.clone())).expect("it is written");
        let read = from_odcs(&text, &twin(stripped(&channels))).expect("it is read");
        prop_assert_eq!(&read.notes, &Vec::<String>::new(), "{}", text);
        prop_assert_eq!(&read.channels, &channels, "{}", text);
        // And into a twin that has none of them.
        let read = from_odcs(&text, &twin(Vec::new())).expect("it is read");
        prop_assert_eq!(&read.channels, &channels);
        prop_assert_eq!(read.added.len(), channels.len());
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = from_odcs(&text, &bundled());
    }
}

#[test]
fn the_same_contract_again_changes_nothing() {
    let twin = bundled();
    let text = to_odcs(&twin).expect("it is written");
    let read = from_odcs(&text, &twin).expect("it is read");
    assert_eq!(read.channels, twin.channels);
    assert!(read.changed.is_empty() && read.added.is_empty() && read.notes.is_empty());
}

#[test]
fn what_is_not_understood_is_told_with_its_place() {
    let text = r"
apiVersion: v3.1.0
kind: DataContract
id: foreign
version: 1.0.0
status: draft
team:
  name: plant
price:
  priceAmount: 9.95
schema:
  - name: readings
    logicalType: object
    quality:
      - metric: rowCount
        mustBeGreaterThan: 10
    properties:
      - name: when
        logicalType: timestamp
      - name: T1
        logicalType: number
        classification: restricted
        logicalTypeOptions: {minimum: 0, maximum: 90, multipleOf: 0.1}
        customProperties:
          - {property: unit, value: furlong}
          - {property: colour, value: blue}
          - {property: stuck, value: 5 min}
      - name: note
        logicalType: string
      - name: X9
        logicalType: number
slaProperties:
  - {property: frequency, value: 2, unit: s, element: readings.T1}
  - {property: retention, value: 3, unit: y}
  - {property: latency, value: soon, element: T1}
";
    let read = from_odcs(text, &bundled()).expect("it is a contract");
    let t1 = read.channels.iter().find(|one| one.id == "T1").expect("T1");
    assert_eq!(t1.period, Some(SimDuration::from_whole_seconds(2)));
    assert_eq!(
        t1.contract.stuck,
        Some(SimDuration::from_whole_seconds(300))
    );
    let (low, high) = t1.range.as_ref().expect("a range");
    assert_eq!((low.as_str(), high.as_str()), ("0 Cel", "90 Cel"));
    assert_eq!(t1.unit.code(), "Cel", "an unknown unit is not taken");
    assert_eq!(read.changed, ["T1"]);
    for place in [
        "team",
        "price",
        "quality",
        "when",
        "classification",
        "multipleOf",
        "furlong",
        "colour",
        "note",
        "X9",
        "retention",
        "soon",
    ] {
        let is_told = read.notes.iter().any(|note| note.contains(place));
        let by_property = place == "soon" && read.notes.iter().any(|note| note.contains("latency"));
        assert!(is_told || by_property, "{place} in {:#?}", read.notes);
    }
}

#[test]
fn bounds_that_were_edited_go_before_what_we_wrote() {
    let mut twin = bundled();
    let kelvin = |text: &str| Quantity::parse(text).expect("a quantity");
    twin.channels[2].range = Some((kelvin("250 K"), kelvin("400 K")));
    let text = to_odcs(&twin).expect("it is written");
    let read = from_odcs(&text, &twin).expect("it is read");
    assert_eq!(read.channels, twin.channels);
    let maximum = twin.channels[2].unit.from_si(400.0);
    let edited = text.replace(&format!("maximum: {maximum}"), "maximum: 99.0");
    assert_ne!(edited, text);
    let read = from_odcs(&edited, &twin).expect("it is read");
    let (_, high) = read.channels[2].range.clone().expect("a range");
    assert_eq!(high.as_str(), "99 Cel");
    assert_eq!(read.notes.len(), 1, "{:?}", read.notes);
}

#[test]
fn what_is_no_contract_says_so() {
    let twin = bundled();
    let told = |text: &str| from_odcs(text, &twin).expect_err("no contract").to_string();
    assert!(told("a: [").contains("YAML"));
    assert!(told("just text").contains("Open Data Contract"));
    assert!(told("kind: Pod").contains("kind"));
    assert!(told("kind: DataContract").contains("apiVersion"));
    assert!(told("{kind: DataContract, apiVersion: v2.2.2}").contains("v2.2.2"));
    let empty = to_odcs(&Twin {
        channels: Vec::new(),
        ..bundled()
    });
    assert!(empty.expect_err("nothing").to_string().contains("tclab"));
}
