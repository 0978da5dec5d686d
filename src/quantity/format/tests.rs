use super::*;
use proptest::prelude::*;

fn unit(code: &str) -> Unit {
    Unit::parse(code).unwrap_or_else(|error| panic!("{error}"))
}

/// Ordinary spaces in place of the typographic ones.
fn plain(text: &str) -> String {
    text.replace([THIN_SPACE, UNIT_SPACE], " ")
}

#[test]
fn numbers_have_the_significant_digits_that_were_asked_for() {
    for (value, digits, text) in [
        (54.678, 3, "54.7"),
        (0.0, 3, "0"),
        (-0.00123, 2, "−0.0012"),
        (12_345.6, 3, "12 300"),
        (12_345.6, 6, "12 345.6"),
        (9.996, 3, "10.0"),
        (1234.0, 4, "1234"),
        (1_234_567.0, 7, "1 234 567"),
        (1.5e9, 2, "1.5×10⁹"),
        (1.23e-7, 3, "1.23×10⁻⁷"),
        (-2e-9, 1, "−2×10⁻⁹"),
        (f64::NAN, 3, "–"),
        (f64::NEG_INFINITY, 3, "−∞"),
    ] {
        assert_eq!(plain(&format_number(value, digits)), text, "{value}");
    }
}

#[test]
fn a_resolution_says_where_the_digits_end() {
    for (value, resolution, text) in [
        (54.678, 0.1, "54.7"),
        (54.678, 0.01, "54.68"),
        (54.678, 1.0, "55"),
        (-0.04, 0.1, "0.0"),
        (1234.0, 5.0, "1234"),
        (12_345.0, 100.0, "12 300"),
        (54.678, 0.0, "54.68"),
        (3e-9, 1e-10, "3.0×10⁻⁹"),
    ] {
        assert_eq!(
            plain(&format_number_at(value, resolution)),
            text,
            "{value} at {resolution}"
        );
    }
}

#[test]
fn a_value_stands_with_its_unit() {
    let celsius = unit("Cel");
    assert_eq!(plain(&format_quantity(327.85, &celsius, 3)), "54.7 °C");
    assert_eq!(
        plain(&format_quantity_at(327.85, &celsius, 0.01)),
        "54.70 °C"
    );
    assert_eq!(plain(&format_difference(0.48, &celsius, 2)), "0.48 K");
    assert_eq!(plain(&format_quantity(0.8, &unit("%"), 2)), "80 %");
    assert_eq!(plain(&format_quantity(0.9, &unit("1"), 1)), "0.9");
    assert_eq!(plain(&format_quantity(0.01, &unit("m3/h"), 2)), "36 m³/h");
}

#[test]
fn the_uncertainty_decides_the_digits() {
    let celsius = unit("Cel");
    let zero = 273.15;
    for (value, deviation, text) in [
        (54.678, 0.31, "54.7 ± 0.3 °C"),
        (54.678, 0.14, "54.68 ± 0.14 °C"),
        (54.678, 0.096, "54.7 ± 0.1 °C"),
        (54.678, 3.0, "55 ± 3 °C"),
        (54.678, 25.0, "50 ± 30 °C"),
        (54.678, 0.0, "54.68 °C"),
        (54.678, f64::NAN, "54.68 °C"),
    ] {
        assert_eq!(
            plain(&format_with_uncertainty(value + zero, deviation, &celsius)),
            text
        );
    }
    assert_eq!(
        plain(&format_with_uncertainty(5.6e-8, 2e-10, &unit("W/(m2.K4)"))),
        "(5.60 ± 0.02)×10⁻⁸ W/(m²·K⁴)"
    );
}

#[test]
fn prefixes_bring_a_value_near_one() {
    for (si, code, text) in [
        (12_345.0, "W", "12.3 kW"),
        (0.0042, "W", "4.20 mW"),
        (999.96, "W", "1.00 kW"),
        (3.6e6, "J", "3.60 MJ"),
        (2e5, "Pa", "200 kPa"),
        (25.0, "W", "25.0 W"),
        (298.15, "Cel", "25.0 °C"),
        (0.5, "%", "50.0 %"),
        (5000.0, "kW", "5.00 kW"),
    ] {
        assert_eq!(plain(&format_with_prefix(si, &unit(code), 3)), text);
    }
}

proptest! {
    #[test]
    fn a_shown_number_is_the_number_within_its_last_digit(
        value in -1e12..1e12f64,
        digits in 1..12_usize,
    ) {
        let text = plain(&format_number(value, digits)).replace(' ', "").replace('−', "-");
        let number = match text.split_once("×10") {
            None => text.parse::<f64>().unwrap(),
            Some((mantissa, power)) => {
                let power: String = power
                    .chars()
                    .map(|c| match c {
                        '⁻' => '-',
                        other => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|d| d == other)
                            .and_then(|d| char::from_digit(d as u32, 10)).unwrap(),
                    })
                    .collect();
                format!("{mantissa}e{power}").parse::<f64>().unwrap()
            }
        };
        let last_digit = 10_f64.powi(value.abs().log10().floor() as i32 + 1 - digits as i32);
        prop_assert!((number - value).abs() <= 0.51 * last_digit, "{value} shown as {text}");
    }

    #[test]
    fn any_number_is_shown_without_a_panic(
        value in any::<f64>(),
        deviation in any::<f64>(),
        digits in any::<usize>(),
    ) {
        let celsius = unit("Cel");
        for text in [
            format_number(value, digits),
            format_number_at(value, deviation),
            format_with_uncertainty(value, deviation, &celsius),
            format_with_prefix(value, &unit("W"), digits),
        ] {
            prop_assert!(!text.is_empty() && text.len() < 400);
        }
    }
}
