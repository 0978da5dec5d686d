//! Numbers for people: as many digits as are warranted, always with a unit.

use super::Unit;

/// `value_si` in `unit` with `decimals` places, thin spaces between thousands and a true
/// minus sign: `−12 345.6 W`.
#[must_use]
pub fn format_quantity(value_si: f64, unit: &Unit, decimals: usize) -> String {
    with_symbol(
        &format_number(unit.from_si(value_si), decimals),
        &unit.symbol(),
    )
}

/// A value with its standard deviation, both rounded to two digits of the latter at most:
/// `54.7 ± 0.3 °C`.
#[must_use]
pub fn format_with_uncertainty(value_si: f64, standard_deviation_si: f64, unit: &Unit) -> String {
    let spread = unit.difference_from_si(standard_deviation_si).abs();
    let decimals = decimals_for(spread);
    let text = format!(
        "{} ± {}",
        format_number(unit.from_si(value_si), decimals),
        format_number(spread, decimals)
    );
    with_symbol(&text, &unit.symbol())
}

/// The number of decimals at which a resolution or standard deviation shows one digit.
#[must_use]
pub fn decimals_for(resolution: f64) -> usize {
    if resolution > 0.0 && resolution.is_finite() {
        (-resolution.log10().floor()).clamp(0.0, 9.0) as usize
    } else {
        3
    }
}

/// A number with thin spaces between thousands.
#[must_use]
pub fn format_number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.*}", decimals, value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 && whole.len() > 4 {
            grouped.push('\u{2009}');
        }
        grouped.push(digit);
    }
    let negative = value < 0.0 && plain.chars().any(|c| ('1'..='9').contains(&c));
    let sign = if negative { "−" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{grouped}")
    } else {
        format!("{sign}{grouped}.{fraction}")
    }
}

fn with_symbol(number: &str, symbol: &str) -> String {
    match symbol {
        "" | "1" => number.to_owned(),
        _ => format!("{number}\u{202f}{symbol}"),
    }
}
