//! Numbers for people: as many digits as are known, and no more.
//!
//! Thousands are parted by a thin space, the minus sign is the real one, very large and very
//! small numbers are written as `1.5×10⁶`. A missing value (NaN) is `–`. For text that is
//! read back by a program use [`Quantity`](super::Quantity), not this.

use super::Unit;
use super::dimension::superscript;

const THIN_SPACE: char = '\u{2009}';
/// Between number and unit: narrow and never broken across lines.
const UNIT_SPACE: char = '\u{202f}';
const MISSING: &str = "–";
/// More decimals than an `f64` has are noise.
const MOST_DIGITS: usize = 15;

/// A number with this many significant digits, at least 1 and at most 15: `54.7`, `12 300`,
/// `1.23×10⁻⁷`.
pub fn format_number(value: f64, significant_digits: usize) -> String {
    let digits = significant_digits.clamp(1, MOST_DIGITS);
    if let Some(text) = not_finite(value) {
        return text;
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let (mantissa, exponent) = scientific(value, digits);
    if is_plain(exponent) {
        fixed(value, digits as i32 - 1 - exponent)
    } else {
        format!("{}×10{}", with_minus(&mantissa), superscript(exponent))
    }
}

/// A number to this resolution, the smallest step worth showing: with 0.1, `54.7`; with 5,
/// `1 234`. With a resolution that is not positive, four significant digits.
pub fn format_number_at(value: f64, resolution: f64) -> String {
    if let Some(text) = not_finite(value) {
        return text;
    }
    if !(resolution > 0.0 && resolution.is_finite()) {
        return format_number(value, 4);
    }
    // The resolution 0.1 is 0.1000…0055; without the margin it would cost a digit.
    let place = (resolution.log10() + 1e-9).floor() as i32;
    let magnitude = if value == 0.0 {
        place
    } else {
        exponent_of(value)
    };
    if is_plain(magnitude.max(place)) && place >= -6 {
        fixed(value, -place)
    } else {
        format_number(value, (magnitude - place + 1).max(1) as usize)
    }
}

/// A value in SI with its unit, to so many significant digits of the value in that unit:
/// `54.7 °C`.
pub fn format_quantity(value_si: f64, unit: &Unit, significant_digits: usize) -> String {
    let number = format_number(unit.from_si(value_si), significant_digits);
    with_symbol(number, &unit.symbol())
}

/// A value in SI with its unit, to a resolution stated in that unit: 327.84 K in `Cel` at 0.1
/// is `54.7 °C`.
pub fn format_quantity_at(value_si: f64, unit: &Unit, resolution: f64) -> String {
    let number = format_number_at(unit.from_si(value_si), resolution);
    with_symbol(number, &unit.symbol())
}

/// A difference in SI with its unit, to so many significant digits: a residual of 0.48 K in
/// `Cel` is `0.48 K`.
pub fn format_difference(difference_si: f64, unit: &Unit, significant_digits: usize) -> String {
    let number = format_number(unit.difference_from_si(difference_si), significant_digits);
    with_symbol(number, &unit.difference_symbol())
}

/// A value and its standard deviation, both in SI: `54.7 ± 0.3 °C`.
///
/// The standard deviation has one significant digit, or two where the first is 1, and the
/// value as many decimals. Without a positive finite standard deviation the value stands
/// alone with four significant digits.
pub fn format_with_uncertainty(value_si: f64, standard_deviation_si: f64, unit: &Unit) -> String {
    let value = unit.from_si(value_si);
    let deviation = unit.difference_from_si(standard_deviation_si);
    if !(deviation > 0.0 && deviation.is_finite() && value.is_finite()) {
        return format_quantity(value_si, unit, 4);
    }
    // Rounded first: 0.096 becomes 0.1, not 0.10.
    let (rounded, exponent) = scientific(deviation, 2);
    let place = if rounded.starts_with('1') {
        exponent - 1
    } else {
        let (_, exponent) = scientific(deviation, 1);
        exponent
    };
    let magnitude = exponent_of(value).max(exponent);
    let number = if is_plain(magnitude.max(place)) && place >= -6 {
        format!("{} ± {}", fixed(value, -place), fixed(deviation, -place))
    } else {
        let factor = 10_f64.powi(-magnitude);
        let decimals = magnitude - place;
        format!(
            "({} ± {})×10{}",
            fixed(value * factor, decimals),
            fixed(deviation * factor, decimals),
            superscript(magnitude)
        )
    };
    with_symbol(number, &unit.symbol())
}

/// A value in SI with an SI prefix that brings it near one, for units that take prefixes:
/// 12 345 W is `12.3 kW`. Where the unit already has a prefix or takes none, as
/// [`format_quantity`].
pub fn format_with_prefix(value_si: f64, unit: &Unit, significant_digits: usize) -> String {
    const PREFIXES: [(i32, &str); 11] = [
        (-15, "f"),
        (-12, "p"),
        (-9, "n"),
        (-6, "µ"),
        (-3, "m"),
        (0, ""),
        (3, "k"),
        (6, "M"),
        (9, "G"),
        (12, "T"),
        (15, "P"),
    ];
    let value = unit.from_si(value_si);
    let takes_prefix = !unit.has_offset()
        && octofhir_ucum::find_unit(unit.code()).is_some_and(|atom| atom.is_metric);
    if !takes_prefix || value == 0.0 || !value.is_finite() {
        return format_quantity(value_si, unit, significant_digits);
    }
    let digits = significant_digits.clamp(1, MOST_DIGITS);
    let (_, exponent) = scientific(value, digits);
    let power = (exponent.div_euclid(3) * 3).clamp(-15, 15);
    let Some((_, prefix)) = PREFIXES.iter().find(|(known, _)| *known == power) else {
        return format_quantity(value_si, unit, significant_digits);
    };
    let number = format_number(value * 10_f64.powi(-power), digits);
    with_symbol(number, &format!("{prefix}{}", unit.symbol()))
}

/// A number that is already text, with a unit symbol behind it; an empty symbol adds nothing.
pub fn with_symbol(number: String, symbol: &str) -> String {
    match symbol {
        "" => number,
        // Signs of angle stand close to the number.
        "°" | "′" | "″" => format!("{number}{symbol}"),
        _ => format!("{number}{UNIT_SPACE}{symbol}"),
    }
}

fn not_finite(value: f64) -> Option<String> {
    if value.is_nan() {
        Some(MISSING.to_owned())
    } else if value.is_infinite() {
        Some(if value > 0.0 { "∞" } else { "−∞" }.to_owned())
    } else {
        None
    }
}

/// Whether a number of this decimal exponent is written without a power of ten.
fn is_plain(exponent: i32) -> bool {
    (-4..7).contains(&exponent)
}

/// Mantissa as text and decimal exponent after rounding to so many digits.
fn scientific(value: f64, digits: usize) -> (String, i32) {
    let text = format!("{value:.*e}", digits - 1);
    match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa.to_owned(), exponent.parse().unwrap_or(0)),
        None => (text, 0),
    }
}

/// The decimal exponent of a number; 0 for zero.
fn exponent_of(value: f64) -> i32 {
    if value == 0.0 {
        0
    } else {
        scientific(value, MOST_DIGITS).1
    }
}

/// With so many decimals; with fewer than none rounded to tens, hundreds and so on.
fn fixed(value: f64, decimals: i32) -> String {
    let text = if decimals >= 0 {
        format!("{value:.*}", decimals.min(20) as usize)
    } else {
        let step = 10_f64.powi(-decimals);
        format!("{:.0}", (value / step).round() * step)
    };
    // No minus before a number that rounds to zero.
    let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    let text = if is_zero {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    };
    grouped(&text)
}

/// Thin spaces between thousands, from five digits before the point on, and the real minus
/// sign.
fn grouped(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", text),
    };
    let whole = digits.find('.').unwrap_or(digits.len());
    let mut out = String::from(sign);
    for (index, c) in digits.char_indices() {
        if whole > 4 && index > 0 && index < whole && (whole - index) % 3 == 0 {
            out.push(THIN_SPACE);
        }
        out.push(c);
    }
    out
}

fn with_minus(text: &str) -> String {
    text.replacen('-', "−", 1)
}

#[cfg(test)]
mod tests;
