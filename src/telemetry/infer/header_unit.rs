//! The unit that stands in a column's header.

use super::proposed::Proposed;
use crate::quantity::Unit;

/// A header taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeaderParts {
    /// The name without the unit.
    pub(super) name: String,
    /// The unit, where there is one.
    pub(super) unit: Option<Proposed<Unit>>,
    /// What stands where a unit should and is none.
    pub(super) not_understood: Option<String>,
}

/// Units that may stand behind a name with no bracket about them. Anything else
/// there is rather a word: `temp_in` is no inch, `flow_min` no minute.
const BARE: [&str; 66] = [
    "degC", "C", "F", "degF", "K", "celsius", "Celsius", "W", "kW", "MW", "Wh", "kWh", "MWh", "J",
    "kJ", "MJ", "Pa", "kPa", "MPa", "hPa", "bar", "mbar", "psi", "PSI", "lps", "LPS", "lpm", "LPM",
    "cmh", "CMH", "gpm", "GPM", "cfm", "CFM", "L", "m3", "mm", "cm", "km", "kg", "Hz", "kHz",
    "rpm", "RPM", "V", "mV", "kV", "A", "mA", "Ohm", "pct", "percent", "ppm", "ppb", "s", "sec",
    "seconds", "ms", "us", "ns", "minutes", "hours", "lx", "N", "Nm", "kPas",
];
/// What a quotient in two words can begin with: `flow_m3_h`.
const OVER: [&str; 12] = [
    "m3", "l", "L", "kg", "g", "t", "m", "W", "kW", "J", "kJ", "gal",
];
/// What it can end with.
const UNDER: [&str; 9] = ["s", "min", "h", "d", "m2", "K", "s2", "kg", "m3"];

const CLOSE: [(char, char); 3] = [('[', ']'), ('(', ')'), ('{', '}')];

/// Takes a header apart: `T1 [degC]`, `T1 (°C)`, `T1 / °C`, `T1, °C`,
/// `Temperatur in °C`, `T1_degC`, `flow_m3_h`, `flow_l_per_min`, `flow m3/h`.
pub(super) fn parts(header: &str) -> HeaderParts {
    let header = header.trim();
    for (open, close) in CLOSE {
        if let Some(inside) = header.strip_suffix(close)
            && let Some(start) = inside.find(open)
            && start > 0
        {
            let (name, text) = (header[..start].trim(), inside[start + 1..].trim());
            return match Unit::parse_lenient(text) {
                Ok(unit) if !text.is_empty() => HeaderParts {
                    name: name.to_owned(),
                    unit: Some(Proposed::new(
                        unit,
                        0.95,
                        format!("`{text}` stands in brackets"),
                    )),
                    not_understood: None,
                },
                _ => HeaderParts {
                    name: name.to_owned(),
                    unit: None,
                    not_understood: (!text.is_empty()).then(|| text.to_owned()),
                },
            };
        }
    }
    for separator in [" / ", " in ", ", "] {
        if let Some((name, text)) = header.rsplit_once(separator)
            && is_bare_or_signed(text.trim())
            && let Ok(unit) = Unit::parse_lenient(text.trim())
        {
            let reason = format!("`{}` stands behind the name", text.trim());
            return found(name, unit, 0.85, reason);
        }
    }
    behind_the_name(header).unwrap_or_else(|| HeaderParts {
        name: header.to_owned(),
        unit: None,
        not_understood: None,
    })
}

fn found(name: &str, unit: Unit, confidence: f64, reason: String) -> HeaderParts {
    HeaderParts {
        name: name
            .trim_end_matches(|c: char| c == '_' || c == '-' || c == '/' || c.is_whitespace())
            .to_owned(),
        unit: Some(Proposed::new(unit, confidence, reason)),
        not_understood: None,
    }
}

/// A text that is hardly anything but a unit.
fn is_bare_or_signed(text: &str) -> bool {
    BARE.contains(&text)
        || text.contains(['°', '%', '³', '²', '℃', 'Ω', 'µ'])
        || (text.contains('/') && !text.starts_with('/') && text.len() <= 12)
}

/// The last one to three words of a header as a unit.
fn behind_the_name(header: &str) -> Option<HeaderParts> {
    let breaks: Vec<usize> = header
        .char_indices()
        .filter(|(_, c)| *c == '_' || *c == ' ' || *c == '/' && header.contains("/°"))
        .map(|(at, _)| at)
        .collect();
    let word = |from: usize| header.get(from + 1..).unwrap_or_default();
    let last = *breaks.last()?;
    if last == 0 {
        return None;
    }
    let text = word(last);
    // `flow_l_per_min`, `flow_m3_h`
    if let [.., first, middle, _] = breaks.as_slice()
        && header.get(middle + 1..last) == Some("per")
        && *first > 0
    {
        let quotient = format!("{}/{text}", header.get(first + 1..*middle)?);
        if let Ok(unit) = Unit::parse_lenient(&quotient) {
            let reason = format!("`{}` stands behind the name", word(*first));
            return Some(found(&header[..*first], unit, 0.8, reason));
        }
    }
    if let [.., first, _] = breaks.as_slice()
        && *first > 0
        && let Some(over) = header.get(first + 1..last)
        && OVER.contains(&over)
        && UNDER.contains(&text)
        && let Ok(unit) = Unit::parse_lenient(&format!("{over}/{text}"))
    {
        let reason = format!("`{}` stands behind the name", word(*first));
        return Some(found(&header[..*first], unit, 0.75, reason));
    }
    if !is_bare_or_signed(text) {
        return None;
    }
    let unit = Unit::parse_lenient(text).ok()?;
    let confidence = if text.chars().count() == 1 && text != "%" {
        0.5
    } else {
        0.8
    };
    let reason = format!("`{text}` stands behind the name");
    Some(found(&header[..last], unit, confidence, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> (String, Option<String>) {
        let parts = parts(header);
        (
            parts.name,
            parts.unit.map(|unit| unit.value.code().to_owned()),
        )
    }

    #[test]
    fn units_are_found_where_people_put_them() {
        for (header, name, code) in [
            ("T1 [degC]", "T1", "Cel"),
            ("T1 (°C)", "T1", "Cel"),
            ("T1[[degF]]", "T1", "[degF]"),
            ("T1_degC", "T1", "Cel"),
            ("T_1_C", "T_1", "Cel"),
            ("Temperatur in °C", "Temperatur", "Cel"),
            ("T1 / °C", "T1", "Cel"),
            ("T1/°C", "T1", "Cel"),
            ("pressure, kPa", "pressure", "kPa"),
            ("flow (L/s)", "flow", "L/s"),
            ("flow L/s", "flow", "L/s"),
            ("flow_m3_h", "flow", "m3/h"),
            ("flow_l_per_min", "flow", "l/min"),
            ("Valve 3 %", "Valve 3", "%"),
            ("time_ms", "time", "ms"),
            ("t [s]", "t", "s"),
        ] {
            assert_eq!(
                read(header),
                (name.to_owned(), Some(code.to_owned())),
                "{header}"
            );
        }
    }

    #[test]
    fn words_that_look_like_units_stay_words() {
        for header in [
            "temp_in", "flow_min", "T_1", "tank_a", "valve_h", "T1", "Q", "_s", "", "supply 2",
        ] {
            assert_eq!(read(header), (header.to_owned(), None), "{header}");
        }
    }

    #[test]
    fn a_bracket_that_is_no_unit_is_told() {
        let parts = parts("T1 [furlongs]");
        assert_eq!(parts.name, "T1");
        assert_eq!(parts.not_understood.as_deref(), Some("furlongs"));
    }
}
