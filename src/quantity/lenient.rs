//! Unit texts as people type them, and codes that were perhaps meant.

use super::Unit;

/// Codes offered when a text is not understood.
const COMMON: [&str; 40] = [
    "1", "%", "K", "Cel", "[degF]", "s", "min", "h", "d", "m", "mm", "km", "m2", "m3", "L", "L/s",
    "m3/h", "kg", "g", "kg/s", "Pa", "kPa", "bar", "[psi]", "m[H2O]", "J", "kJ", "kWh", "W", "kW",
    "J/K", "W/K", "W/m2", "W/(m2.K)", "V", "A", "Hz", "mol", "N", "/min",
];

/// The UCUM code for a unit as it is typed, where the typed text has a usual meaning.
pub(super) fn code_for(text: &str) -> Option<String> {
    let code = match text {
        "°C" | "degC" | "C" | "celsius" | "Celsius" => "Cel",
        "°F" | "degF" | "F" | "fahrenheit" | "Fahrenheit" => "[degF]",
        "kelvin" => "K",
        "sec" | "second" | "seconds" => "s",
        "minute" | "minutes" => "min",
        "hour" | "hours" | "hr" => "h",
        "day" | "days" => "d",
        "psi" => "[psi]",
        "mH2O" | "mWC" => "m[H2O]",
        "rpm" => "/min",
        "percent" => "%",
        "Wh" => "W.h",
        "kWh" => "kW.h",
        "l/s" => "L/s",
        "m³/h" => "m3/h",
        "m³" => "m3",
        "m²" => "m2",
        "" => "1",
        _ => return None,
    };
    Some(code.to_owned())
}

/// The nearest of the common codes, the nearest first; `near` narrows nothing yet where it
/// is not itself close to any.
pub(super) fn suggestions(code: &str, near: Option<&str>) -> Vec<String> {
    let wanted = near.unwrap_or(code);
    if let Some(meant) = code_for(wanted) {
        return vec![meant];
    }
    let mut ranked: Vec<(usize, &str)> = COMMON
        .iter()
        .map(|known| {
            (
                strsim::damerau_levenshtein(&wanted.to_lowercase(), &known.to_lowercase()),
                *known,
            )
        })
        .filter(|(distance, _)| *distance <= 1.max(wanted.chars().count() / 2))
        .collect();
    ranked.sort();
    ranked.truncate(4);
    ranked
        .into_iter()
        .map(|(_, known)| known.to_owned())
        .filter(|known| Unit::parse(known).is_ok())
        .collect()
}
