use super::*;
use proptest::prelude::*;

#[test]
fn a_quantity_is_a_number_and_a_unit() {
    for (text, value, si) in [
        ("7.5 J/K", 7.5, 7.5),
        ("20 Cel", 20.0, 293.15),
        ("80 %", 80.0, 0.8),
        ("0.9", 0.9, 0.9),
        ("-1.5e3 W", -1500.0, -1500.0),
        (
            "5.670374419e-8 W/(m2.K4)",
            5.670_374_419e-8,
            5.670_374_419e-8,
        ),
        (".5 m", 0.5, 0.5),
        ("1. kW", 1.0, 1000.0),
        ("+3 h", 3.0, 10_800.0),
    ] {
        let quantity = Quantity::parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(quantity.value(), value, "{text}");
        assert_eq!(quantity.si(), si, "{text}");
    }
}

#[test]
fn text_prints_back_exactly_as_written() {
    for text in ["7.50 J/K", "1e3 W", "0.90", "+3 h", "80  %"] {
        assert_eq!(Quantity::parse(text).unwrap().to_string(), text);
        let document = format!("\"{text}\"");
        let read: Quantity = ron::from_str(&document).unwrap();
        assert_eq!(ron::to_string(&read).unwrap(), document);
    }
}

#[test]
fn a_difference_leaves_the_zero_of_the_scale_out() {
    let spread = Quantity::parse("0.5 Cel").unwrap();
    assert_eq!(spread.difference_si(), 0.5);
    assert_eq!(spread.si(), 273.65);
}

#[test]
fn what_is_not_a_finite_number_is_refused() {
    for text in ["1e999", "-1e999 W", "1e308 km"] {
        let error = Quantity::parse(text).unwrap_err();
        assert!(matches!(error, QuantityError::NotFinite { .. }), "{error}");
    }
    for text in [
        "NaN", "nan K", "inf", "-inf W", "infinity", "", " ", "W", "- 3 W", "e5", "0x10",
    ] {
        assert!(Quantity::parse(text).is_err(), "{text} was read");
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(Quantity::new(value, Unit::dimensionless()).is_err());
    }
}

#[test]
fn an_error_counts_its_column_from_the_start_of_the_text() {
    match Quantity::parse("7.5 J/k") {
        Err(QuantityError::Unit { column, error, .. }) => {
            assert_eq!(column, 7);
            assert_eq!(error.suggestions.first().map(String::as_str), Some("J/K"));
        }
        other => panic!("{other:?}"),
    }
    let message = Quantity::parse("20°C").unwrap_err().to_string();
    assert!(message.contains("space"), "{message}");
}

#[test]
fn typed_text_needs_no_space_and_gets_the_proper_code() {
    for (typed, written) in [
        ("20°C", "20 Cel"),
        ("80%", "80 %"),
        ("1.5 hours", "1.5 h"),
        ("3kWh", "3 kW.h"),
        ("0.9", "0.9"),
        ("2e3 W", "2000 W"),
    ] {
        let quantity = Quantity::parse_lenient(typed).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(quantity.to_string(), written);
    }
}

proptest! {
    #[test]
    fn a_number_with_a_unit_survives_its_text(
        value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO,
        index in 0..6_usize,
    ) {
        let unit = Unit::parse(["1", "Cel", "J/K", "%", "m3/h", "[psi]"][index]).unwrap();
        if let Ok(quantity) = Quantity::new(value, unit) {
            let read = Quantity::parse(quantity.as_str()).unwrap();
            prop_assert_eq!(read.value().to_bits(), value.to_bits());
            prop_assert_eq!(read, quantity);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,40}|[-+0-9.eE]{0,8} ?[a-zA-Z%/°]{0,5}") {
        for read in [Quantity::parse(&text), Quantity::parse_lenient(&text)] {
            match read {
                Ok(quantity) => prop_assert!(quantity.si().is_finite()),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
