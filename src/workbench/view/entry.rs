//! What people type into a value's field: a number with or without a unit.

use crate::quantity::{Quantity, SimDuration, Unit};

/// Reads `80 %`, `35 degC`, `1.5 h` or a number alone, which is in `unit`. The
/// result is in SI.
///
/// # Errors
/// In words, when it is no number or its unit measures something else.
pub fn read(text: &str, unit: &Unit) -> Result<f64, String> {
    let text = text
        .trim()
        .replace(['\u{2009}', '\u{202f}', '\u{a0}'], " ")
        .replace('−', "-");
    if text.is_empty() {
        return Err(format!("type a number, in {}", unit.symbol()));
    }
    let compact: String = text.chars().filter(|one| *one != ' ').collect();
    if let Ok(number) = compact.replace(',', ".").parse::<f64>() {
        return if number.is_finite() {
            Ok(unit.to_si(number))
        } else {
            Err(format!("`{text}` is not a finite number"))
        };
    }
    // What the screen writes can be typed back: its symbols are not codes.
    if let Some(number) = text.strip_suffix(unit.symbol().as_str()) {
        let number: String = number.chars().filter(|one| *one != ' ').collect();
        if let Ok(number) = number.parse::<f64>()
            && number.is_finite()
        {
            return Ok(unit.to_si(number));
        }
    }
    // `2 h 15 min` is a duration in words and no quantity of one unit.
    if Unit::known("s").is_commensurable(unit)
        && let Ok(duration) = SimDuration::parse(&text)
    {
        return Ok(duration.as_seconds());
    }
    match Quantity::parse_lenient(&text) {
        Ok(quantity) if quantity.unit().is_commensurable(unit) => Ok(quantity.si()),
        Ok(quantity) => Err(format!(
            "`{text}` is in {}, which cannot be told in {}",
            quantity.unit().symbol(),
            unit.symbol()
        )),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_unit_may_be_typed_and_is_converted() {
        let percent = Unit::known("%");
        let celsius = Unit::known("Cel");
        let seconds = Unit::known("s");
        assert!((read("80 %", &percent).expect("percent") - 0.8).abs() < 1e-12);
        assert!((read("80", &percent).expect("in the shown unit") - 0.8).abs() < 1e-12);
        assert!((read("35 degC", &celsius).expect("typed") - 308.15).abs() < 1e-9);
        assert!((read("308.15 K", &celsius).expect("typed") - 308.15).abs() < 1e-9);
        assert!((read("1.5 h", &seconds).expect("typed") - 5_400.0).abs() < 1e-9);
        assert!((read("2 h 15 min", &seconds).expect("words") - 8_100.0).abs() < 1e-9);
        assert!((read("−5 °C", &celsius).expect("as shown") - 268.15).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        let celsius = Unit::known("Cel");
        for (text, word) in [
            ("", "number"),
            ("80 %", "cannot be told"),
            ("warm", "warm"),
            ("inf", "finite"),
        ] {
            let error = read(text, &celsius).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn anything_typed_is_read_or_refused(text in ".{0,40}") {
            let _ = read(&text, &Unit::known("Cel"));
        }

        #[test]
        fn what_the_screen_shows_can_be_typed_back(value in -1e6_f64..1e6) {
            let unit = Unit::known("W");
            let shown = crate::quantity::format::format_quantity(value, &unit, 12);
            let read = read(&shown, &unit).expect("as shown");
            prop_assert!((read - value).abs() <= 1e-9 * value.abs().max(1e-9), "{} {}", shown, read);
        }
    }
}
