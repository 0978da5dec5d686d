use proptest::prelude::*;

use super::*;
use crate::twin::kind::{Causality, Declaration, Kind, KindRegistry, Shape};
use crate::twin::{Twin, VariableTable};

/// Flow at one metre per area, of a round number.
const FLOW_PER_AREA: f64 = 2.5;

fn hose() -> Kind {
    let input = |name, unit| Declaration {
        name,
        causality: Causality::Input,
        unit: Unit::known(unit),
        default: Some(0.0),
        bounds: Bounds::NONE,
        doc: "For tests.",
        words: &[],
    };
    let hole = Size {
        name: "opening",
        unit: Unit::known("cm2"),
        default: Some(2e-4),
        bounds: Bounds::between(0.0, 1e-2),
        doc: "For tests.",
        equivalent: Some(Equivalent {
            unit: Unit::known("L/s"),
            per_size: FLOW_PER_AREA,
            doc: "flow out of it",
        }),
    };
    let price = Size {
        name: "price",
        unit: Unit::known("1/h"),
        default: None,
        bounds: Bounds::NOT_NEGATIVE,
        doc: "For tests.",
        equivalent: None,
    };
    let mut burst = Contingency::sized("burst", "Burst", "For tests.", "leak", hole);
    burst.effects = vec![
        Effect {
            quantity: "leak",
            value: EffectValue::PerSize(FLOW_PER_AREA),
        },
        Effect {
            quantity: "open",
            value: EffectValue::Fixed(0.0),
        },
    ];
    Kind {
        name: "test.Hose",
        title: "Hose",
        doc: "For tests.",
        declarations: vec![
            input("leak", "L/s"),
            input("open", "1"),
            input("price", "1/h"),
        ],
        attributes: Vec::new(),
        contingencies: vec![
            burst,
            Contingency::fixed("closed", "Closing", "For tests.", "open", 0.0),
            Contingency::sized("tariff", "Tariff", "For tests.", "price", price),
            Contingency::fixed("foam", "Foam", "For tests.", "leak", 0.0).needing(Need {
                kind: "core.Group",
                attribute: "filled",
                word: "Soap",
                missing: "there is no soap",
            }),
        ],
        indicators: Vec::new(),
        ports: Vec::new(),
        shape: Shape::Block,
    }
}

fn table() -> VariableTable {
    table_of(r#"(id: "box", kind: "core.Group")"#)
}

fn table_of(other: &str) -> VariableTable {
    let mut registry = KindRegistry::default();
    registry.register([hose()]);
    let text = format!(
        r#"(
        format: 1, id: "t", name: "T", version: "1", epoch: "2024-01-01T00:00:00Z", timestep: "1 s",
        assets: [(id: "hose_1", kind: "test.Hose"), {other}],
    )"#
    );
    let twin: Twin = crate::twin::load::options()
        .from_str(&text)
        .expect("a twin");
    VariableTable::new(&twin, &registry)
}

fn settings(text: &str) -> Result<Vec<(String, f64)>, Vec<OccurrenceError>> {
    Occurrence::parse(text)
        .expect("an occurrence")
        .settings(&table())
}

fn refused(text: &str) -> (&'static str, String) {
    let errors = settings(text).expect_err(text);
    (errors[0].field, errors[0].to_string())
}

#[test]
fn a_size_and_its_equivalent_set_the_same() {
    let by_area = settings("hose_1 burst 4 cm2").expect("a burst");
    let by_flow = settings("hose_1 burst 1 L/s").expect("a burst");
    assert_eq!(by_area[0].0, "hose_1.leak");
    assert!((by_area[0].1 - 1e-3).abs() < 1e-15, "{by_area:?}");
    assert!((by_flow[0].1 - 1e-3).abs() < 1e-15, "{by_flow:?}");
    assert_eq!(by_area[1], ("hose_1.open".to_owned(), 0.0));
    let by_default = settings("hose_1 burst").expect("a burst");
    assert!((by_default[0].1 - 2e-4 * FLOW_PER_AREA).abs() < 1e-15);
}

#[test]
fn it_sets_at_its_begin_and_gives_back_at_its_end() {
    let occurrence = Occurrence::parse("hose_1 burst from 2 h to 8 h 30 min").expect("text");
    let interventions = occurrence.interventions(&table()).expect("interventions");
    let kinds: Vec<(&str, String, bool)> = interventions
        .iter()
        .map(|one| {
            let set = matches!(one.action, Action::Set(_));
            (one.variable.as_str(), one.at.to_string(), set)
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("hose_1.leak", "2 h".to_owned(), true),
            ("hose_1.open", "2 h".to_owned(), true),
            ("hose_1.leak", "8 h 30 min".to_owned(), false),
            ("hose_1.open", "8 h 30 min".to_owned(), false),
        ]
    );
    let for_good = Occurrence::parse("hose_1 closed").expect("text");
    assert_eq!(for_good.interventions(&table()).expect("one").len(), 1);
}

#[test]
fn what_cannot_come_about_is_refused_with_its_field_and_what_can() {
    for (text, field, word) in [
        ("hose_2 burst", "of", "hose_1"),
        ("hose_1 brust", "what", "did you mean `burst`?"),
        ("box burst", "what", "interventions"),
        ("hose_1 closed 3 cm2", "size", "leave the size out"),
        ("hose_1 tariff", "size", "1/h"),
        ("hose_1 burst 3 h", "size", "L/s"),
        ("hose_1 burst 200 cm2", "size", "100 cm2"),
        ("hose_1 burst -1 cm2", "size", "0 cm2"),
        ("hose_1 burst from -1 h", "at", "scenario's start"),
        ("hose_1 burst from 2 h to 1 h", "until", "later"),
    ] {
        let (found, message) = refused(text);
        assert_eq!(found, field, "{text}: {message}");
        assert!(message.contains(word), "{text}: {message}");
    }
}

#[test]
fn what_would_have_no_effect_is_not_offered_and_told_what_it_needs() {
    let offered = |other: &str| {
        let table = table_of(other);
        let of_hose = table.contingencies_of(0).iter();
        let is_offered = of_hose.clone().any(|one| one.name == "foam");
        let foam = Occurrence::parse("hose_1 foam").expect("text");
        let settings = foam.settings(&table);
        assert_eq!(settings.is_ok(), is_offered);
        settings.map_err(|errors| errors[0].to_string())
    };
    let with_soap = r#"(id: "box", kind: "core.Group", attributes: { "filled": "Soap" })"#;
    assert!(offered(with_soap).is_ok());
    let without = offered(r#"(id: "box", kind: "core.Group")"#).expect_err("refused");
    assert!(without.contains("there is no soap"), "{without}");
    assert!(without.contains(r#""filled": "Soap""#), "{without}");
    assert!(without.contains("`box`"), "{without}");
    let none = offered(r#"(id: "hose_2", kind: "test.Hose")"#).expect_err("refused");
    assert!(none.contains("`core.Group`"), "{none}");
}

#[test]
fn all_that_is_wrong_with_it_is_told() {
    let errors = settings("hose_1 burst 3 h from 2 h to 1 h").expect_err("two errors");
    let fields: Vec<&str> = errors.iter().map(|error| error.field).collect();
    assert_eq!(fields, ["size", "until"]);
}

#[test]
fn a_text_that_is_no_occurrence_is_refused_with_an_example() {
    for (text, word) in [
        ("", "an asset"),
        ("hose_1", "an asset"),
        ("hose_1 burst large", "size"),
        ("hose_1 burst from", "duration"),
        ("hose_1 burst from noon", "noon"),
        ("hose_1 burst to 3 h from 2 h", "in front of"),
    ] {
        let error = Occurrence::parse(text).expect_err(text).to_string();
        assert!(error.contains(word), "{text}: {error}");
        assert!(error.contains("main_3 burst"), "{text}: {error}");
    }
}

#[test]
fn until_may_stand_for_to() {
    let until = Occurrence::parse("hose_1 closed FROM 1 h UNTIL 2 h").expect("text");
    assert_eq!(
        until,
        Occurrence::parse("hose_1 closed from 1 h to 2 h").expect("text")
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        size in proptest::option::of((-1e6_f64..1e6, prop_oneof![Just("cm2"), Just("L/s"), Just("1/(kW.h)"), Just("1")])),
        at in 0..1_000_000_i64,
        until in proptest::option::of(0..1_000_000_i64),
    ) {
        let occurrence = Occurrence {
            of: "hose_1".to_owned(),
            what: "burst".to_owned(),
            size: size.map(|(value, unit)| Quantity::new(value, Unit::known(unit)).expect("finite")),
            at: SimDuration::from_whole_seconds(at),
            until: until.map(SimDuration::from_whole_seconds),
        };
        prop_assert_eq!(Occurrence::parse(&occurrence.to_string()), Ok(occurrence));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        let _ = Occurrence::parse(&text);
    }
}
