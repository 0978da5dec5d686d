use super::*;
use proptest::prelude::*;

/// Codes that the twins, channels and kinds of a plant use.
const PLANT: &[&str] = &[
    "Cel",
    "[degF]",
    "K",
    "%",
    "1",
    "L/s",
    "m3/h",
    "m",
    "mm",
    "kPa",
    "bar",
    "[psi]",
    "m[H2O]",
    "W",
    "kW",
    "J",
    "kW.h",
    "J/K",
    "W/K",
    "W/m2",
    "W/(m2.K)",
    "W/(m2.K4)",
    "min",
    "h",
    "d",
    "Hz",
    "{rev}/min",
    "kg/s",
    "V",
    "A",
    "Pa.s",
    "mol",
    "10*3/uL",
    "/min",
    "kg/(m.s)",
    "[in_i'H2O]",
];

fn unit(code: &str) -> Unit {
    Unit::parse(code).unwrap_or_else(|error| panic!("{error}"))
}

fn assert_close(actual: f64, expected: f64) {
    assert!(
        (actual - expected).abs() <= 4.0 * f64::EPSILON * expected.abs(),
        "{actual} is not {expected}"
    );
}

/// Factors from NIST Special Publication 811 (2008), appendix B, and the SI brochure.
#[test]
fn units_convert_to_si_as_the_standards_say() {
    for (code, value, si) in [
        ("K", 300.0, 300.0),
        ("%", 80.0, 0.8),
        ("%", 7.0, 0.07),
        ("1", 0.9, 0.9),
        ("[ppm]", 400.0, 4e-4),
        ("L/s", 2.0, 0.002),
        ("m3/h", 36.0, 0.01),
        ("mm", 25.4, 0.0254),
        ("[in_i]", 1.0, 0.0254),
        ("[ft_i]", 1.0, 0.3048),
        ("km/h", 36.0, 10.0),
        ("kPa", 101.325, 101_325.0),
        ("bar", 1.0, 1e5),
        ("atm", 1.0, 101_325.0),
        ("m[H2O]", 1.0, 9806.65),
        ("W", 1.0, 1.0),
        ("kW", 1.5, 1500.0),
        ("kW.h", 1.0, 3.6e6),
        ("J/K", 7.5, 7.5),
        ("kJ/(kg.K)", 4.186, 4186.0),
        ("W/(m2.K)", 10.0, 10.0),
        ("W/(m2.K4)", 5.670_374_419e-8, 5.670_374_419e-8),
        ("min", 15.0, 900.0),
        ("h", 1.5, 5400.0),
        ("d", 1.0, 86_400.0),
        ("Hz", 50.0, 50.0),
        ("{rev}/min", 3000.0, 50.0),
        ("kg/s", 1.0, 1.0),
        ("g", 1.0, 1e-3),
        ("t", 1.0, 1000.0),
        ("V", 230.0, 230.0),
        ("mA", 20.0, 0.02),
        ("Ohm", 100.0, 100.0),
        ("F", 1.0, 1.0),
        ("mPa.s", 1.002, 1.002e-3),
        ("mol", 1.0, 1.0),
        ("mmol/L", 5.0, 5.0),
        ("kJ/mol", 50.0, 5e4),
        ("deg", 180.0, std::f64::consts::PI),
        ("[gal_us]/min", 1.0, 6.309_019_64e-5),
    ] {
        let expected: f64 = si;
        let actual = unit(code).to_si(value);
        // The gallon is published to nine digits only.
        let tolerance = if code == "[gal_us]/min" { 1e-9 } else { 1e-15 };
        assert!(
            (actual - expected).abs() <= tolerance * expected.abs(),
            "{value} {code} is {actual}, not {expected}"
        );
    }
    // Pound-force per square inch: 0.45359237 kg × 9.80665 m/s² ÷ (0.0254 m)².
    assert_close(
        unit("[psi]").to_si(1.0),
        0.453_592_37 * 9.806_65 / (0.0254 * 0.0254),
    );
}

#[test]
fn temperatures_have_a_zero_of_their_own_and_differences_do_not() {
    let celsius = unit("Cel");
    assert_eq!(celsius.to_si(25.0), 298.15);
    assert_eq!(celsius.to_si(-273.15), 0.0);
    assert_eq!(celsius.difference_to_si(25.0), 25.0);
    assert_eq!(celsius.difference_from_si(0.48), 0.48);
    let fahrenheit = unit("[degF]");
    assert_close(fahrenheit.to_si(32.0), 273.15);
    assert_close(fahrenheit.to_si(212.0), 373.15);
    assert_close(fahrenheit.to_si(-40.0), celsius.to_si(-40.0));
    assert_close(fahrenheit.difference_to_si(9.0), 5.0);
    assert_close(fahrenheit.difference_from_si(5.0), 9.0);
    assert!(celsius.has_offset() && fahrenheit.has_offset() && !unit("K").has_offset());
}

#[test]
fn a_dimension_says_in_words_what_a_unit_measures() {
    for (code, words) in [
        ("Cel", "temperature"),
        ("kW", "power"),
        ("kW.h", "energy"),
        ("J/K", "heat capacity (energy per temperature)"),
        ("W/K", "thermal conductance (power per temperature)"),
        ("%", "dimensionless number"),
        ("[psi]", "pressure"),
        ("m3/h", "volume flow"),
        ("V", "electric potential"),
        ("F", "capacitance"),
        ("mol", "amount of substance"),
        ("m5/s", "length⁵·time⁻¹"),
    ] {
        assert_eq!(unit(code).dimension().to_string(), words, "{code}");
    }
}

#[test]
fn commensurable_units_are_those_that_convert() {
    assert!(unit("kW.h").is_commensurable(&unit("J")));
    assert!(unit("Cel").is_commensurable(&unit("[degF]")));
    assert!(unit("V.A").is_commensurable(&unit("W")));
    assert!(unit("C").is_commensurable(&unit("A.s")));
    assert!(unit("kat").is_commensurable(&unit("mol/s")));
    assert!(!unit("W").is_commensurable(&unit("J")));
    // Where UCUM would let a factor of 2π or of Avogadro's number slip through.
    assert!(!unit("rad/s").is_commensurable(&unit("Hz")));
    assert!(!unit("kJ/mol").is_commensurable(&unit("kJ")));
}

#[test]
fn the_si_unit_of_a_dimension_is_coherent() {
    for code in PLANT {
        let measured = unit(code);
        let si = Unit::si(measured.dimension()).unwrap();
        assert!(si.is_commensurable(&measured), "{code} and {si}");
        assert_eq!(si.to_si(1.0), 1.0, "{code} has {si}");
    }
}

#[test]
fn every_named_dimension_has_a_coherent_si_unit() {
    for (exponents, name) in crate::quantity::dimension::NAMES {
        let [
            length,
            mass,
            time,
            current,
            temperature,
            amount,
            luminosity,
            angle,
        ] = *exponents;
        let dimension = Dimension {
            length,
            mass,
            time,
            current,
            temperature,
            amount,
            luminosity,
            angle,
        };
        let si = Unit::si(dimension).unwrap();
        assert_eq!(si.dimension(), dimension, "{name}: {si}");
        assert_eq!(si.scale(), 1.0, "{name}: {si}");
    }
}

#[test]
fn symbols_are_those_that_people_write() {
    for (code, symbol, difference) in [
        ("Cel", "°C", "K"),
        ("[degF]", "°F", "°F"),
        ("K", "K", "K"),
        ("%", "%", "%"),
        ("1", "", ""),
        ("L/s", "L/s", "L/s"),
        ("m3/h", "m³/h", "m³/h"),
        ("W/(m2.K)", "W/(m²·K)", "W/(m²·K)"),
        ("W/(m2.K4)", "W/(m²·K⁴)", "W/(m²·K⁴)"),
        ("kW.h", "kW·h", "kW·h"),
        ("[psi]", "psi", "psi"),
        ("m[H2O]", "mH₂O", "mH₂O"),
        ("cm[H2O]", "cmH₂O", "cmH₂O"),
        ("um", "µm", "µm"),
        ("kOhm", "kΩ", "kΩ"),
        ("/min", "1/min", "1/min"),
        ("s-1", "s⁻¹", "s⁻¹"),
        ("{rev}/min", "rpm", "rpm"),
        ("10*3/uL", "10³/µL", "10³/µL"),
        ("deg", "°", "°"),
        ("mol", "mol", "mol"),
        ("Pa.s", "Pa·s", "Pa·s"),
    ] {
        assert_eq!(unit(code).symbol(), symbol, "{code}");
        assert_eq!(unit(code).difference_symbol(), difference, "{code}");
    }
}

#[test]
fn typed_text_becomes_the_code_that_was_meant() {
    for (typed, code) in [
        ("°C", "Cel"),
        ("degC", "Cel"),
        ("C", "Cel"),
        (" Celsius ", "Cel"),
        ("°F", "[degF]"),
        ("hours", "h"),
        ("L/s", "L/s"),
        ("m3/h", "m3/h"),
        ("m³/h", "m3/h"),
        ("m^3/h", "m3/h"),
        ("psi", "[psi]"),
        ("kWh", "kW.h"),
        ("kWh/d", "kW.h/d"),
        ("J/kWh", "J/(kW.h)"),
        ("W/m²/K", "W/m2/K"),
        ("W/(m² K)", "W/(m2.K)"),
        ("W/(m²·K)", "W/(m2.K)"),
        ("W/°C", "W/K"),
        ("W/degC", "W/K"),
        ("µm", "um"),
        ("kΩ", "kOhm"),
        ("mH2O", "m[H2O]"),
        ("rpm", "{rev}/min"),
        ("gpm", "[gal_us]/min"),
        ("", "1"),
        ("percent", "%"),
        ("Nm", "N.m"),
        ("J/C", "J/C"),
        ("s⁻¹", "s-1"),
        ("litres / second", "L/s"),
    ] {
        let read = Unit::parse_lenient(typed).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.code(), code, "{typed}");
    }
}

#[test]
fn every_proper_code_of_a_plant_reads_leniently_as_the_same_measure() {
    for code in PLANT {
        let strict = unit(code);
        let lenient = Unit::parse_lenient(code).unwrap_or_else(|error| panic!("{error}"));
        assert!(strict.is_commensurable(&lenient), "{code} became {lenient}");
        assert_eq!(strict.to_si(3.0), lenient.to_si(3.0), "{code}");
    }
}

#[test]
fn every_common_code_that_is_suggested_is_a_unit() {
    for code in lenient::COMMON_CODES {
        unit(code);
    }
}

#[test]
fn an_error_names_the_place_and_what_was_perhaps_meant() {
    for (text, column, suggestion) in [
        ("°C", None, "Cel"),
        ("degC", None, "Cel"),
        ("W/k", Some(3), "W/K"),
        ("hours", None, "h"),
        ("psi", None, "[psi]"),
        ("kWh", None, "kW.h"),
        ("J/Kelvin", None, "J/K"),
        ("kpa", None, "kPa"),
        ("W/(m2.k)", Some(7), "W/(m2.K)"),
        ("kW/k", Some(4), "kW/K"),
        ("W/°C", None, "W/K"),
    ] {
        let error = Unit::parse(text).unwrap_err();
        assert!(
            error.suggestions.iter().any(|code| code == suggestion),
            "{error}"
        );
        if column.is_some() {
            assert_eq!(error.column, column, "{error}");
        }
        let message = error.to_string();
        assert!(
            message.contains(text) && message.contains(suggestion),
            "{message}"
        );
    }
}

#[test]
fn a_temperature_scale_inside_a_product_is_refused_with_the_reason() {
    let message = Unit::parse("W/Cel").unwrap_err().to_string();
    assert!(message.contains("write `K`"), "{message}");
    assert!(message.contains("column 3"), "{message}");
}

#[test]
fn scales_without_a_factor_are_refused_with_the_reason() {
    for (code, word) in [
        ("dB", "logarithmic"),
        ("[pH]", "logarithmic"),
        ("[IU]", "arbitrary"),
        ("10*400", "too large"),
        ("10*-400", "too large"),
    ] {
        let message = Unit::parse(code).unwrap_err().to_string();
        assert!(message.contains(word), "{code}: {message}");
    }
}

#[test]
fn a_unit_is_a_string_in_a_document() {
    let written = ron::to_string(&unit("W/K")).unwrap();
    assert_eq!(written, "\"W/K\"");
    assert_eq!(ron::from_str::<Unit>(&written).unwrap(), unit("W/K"));
    let error = ron::from_str::<Unit>("\"W/k\"").unwrap_err().to_string();
    assert!(error.contains("did you mean"), "{error}");
}

proptest! {
    #[test]
    fn si_and_back_is_the_same_value(index in 0..PLANT.len(), value in -1e6..1e6f64) {
        let unit = unit(PLANT[index]);
        let back = unit.from_si(unit.to_si(value));
        // Adding and taking away the offset rounds at the size of the offset.
        let size = value.abs() + unit.offset().abs() / unit.scale();
        prop_assert!((back - value).abs() <= 4.0 * f64::EPSILON * size, "{value} became {back}");
        let difference = unit.difference_from_si(unit.difference_to_si(value));
        prop_assert!((difference - value).abs() <= 4.0 * f64::EPSILON * value.abs());
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,40}") {
        let _ = Unit::parse(&text).map_err(|error| error.to_string());
        let _ = Unit::parse_lenient(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn unit_like_text_is_read_or_refused_without_a_panic(
        text in "[a-zA-Z0-9°µ²/.(){}\\[\\]*^'%+ -]{0,30}",
    ) {
        for read in [Unit::parse(&text), Unit::parse_lenient(&text)].into_iter().flatten() {
            prop_assert!(read.scale().is_finite() && read.scale() > 0.0);
            prop_assert_eq!(Unit::parse(read.code()).map(|again| again.dimension()), Ok(read.dimension()));
        }
    }
}

#[test]
fn a_long_or_deep_text_is_refused_quickly() {
    let deep = format!("{}m{}", "(".repeat(5000), ")".repeat(5000));
    assert!(Unit::parse(&deep).is_err());
    assert!(Unit::parse_lenient(&deep).is_err());
    assert!(Unit::parse(&"m.".repeat(90)).is_err());
    assert!(Unit::parse("m100000000000").is_err());
    assert!(Unit::parse("m99.m99").is_err());
}
