//! What people type for a unit, and the code that they mean.

use std::ops::Range;

use super::Unit;

/// The UCUM code meant by a text, or `None` where no rewriting applies and the text should
/// be read as it stands. The code is not checked here.
pub(super) fn code_for(text: &str) -> Option<String> {
    if text.is_empty() || text == "-" || text == "–" || text == "—" {
        return Some("1".to_owned());
    }
    if let Some(code) = whole_alias(text) {
        return Some(code.to_owned());
    }
    let rewritten = rewrite(text);
    (rewritten != text).then_some(rewritten)
}

/// Up to four codes that were perhaps meant by `text`, the nearest first. `part` is where the
/// symbol stands in it that was not known; a suggestion then replaces that part.
pub(super) fn suggestions(text: &str, part: Option<Range<usize>>) -> Vec<String> {
    const MOST: usize = 4;
    const LONGEST: usize = 60;
    if text.len() > LONGEST {
        return Vec::new();
    }
    // What people type is the commonest mistake in a document: `°C` for `Cel`.
    if let Some(code) = code_for(text.trim())
        && code != text
        && Unit::is_code(&code)
    {
        return vec![code];
    }
    let part = part
        .filter(|range| text.get(range.clone()).is_some())
        .unwrap_or(0..text.len());
    let wanted = &text[part.clone()];
    let mut scored: Vec<(u32, usize, &str)> = COMMON_CODES
        .iter()
        .copied()
        .chain(octofhir_ucum::get_all_units().iter().map(|unit| unit.code))
        .enumerate()
        .filter_map(|(rank, code)| distance(wanted, code).map(|distance| (distance, rank, code)))
        .collect();
    scored.sort_unstable();
    let mut found: Vec<String> = Vec::new();
    for (_, _, code) in scored {
        let whole = format!("{}{code}{}", &text[..part.start], &text[part.end..]);
        if !found.contains(&whole) && Unit::is_code(&whole) {
            found.push(whole);
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// How far `code` is from what was written, in thousandths; `None` where too far to be meant.
fn distance(wanted: &str, code: &str) -> Option<u32> {
    if wanted == code {
        return None;
    }
    let bare = code.trim_matches(['[', ']']);
    // A single letter in brackets is a constant of nature, hardly ever meant.
    if wanted.eq_ignore_ascii_case(code) || (bare.len() > 1 && wanted.eq_ignore_ascii_case(bare)) {
        return Some(0);
    }
    // One letter is as near to every other letter: only its case can be wrong.
    if wanted.chars().count() < 2 {
        return None;
    }
    let similarity = strsim::normalized_damerau_levenshtein(
        &wanted.to_ascii_lowercase(),
        &code.to_ascii_lowercase(),
    );
    (similarity >= 0.6).then(|| ((1.0 - similarity) * 1000.0) as u32 + 1)
}

/// Aliases that are taken only as a whole text, since inside a product they mean something
/// else (`J/C` is joule per coulomb), or that stand for a product themselves.
fn whole_alias(text: &str) -> Option<&'static str> {
    Some(match text {
        "Cel" | "C" | "c" | "°C" | "º C" | "° C" | "℃" | "degC" | "deg C" | "deg_C" | "Celsius"
        | "celsius" => "Cel",
        "F" | "°F" | "° F" | "℉" | "degF" | "deg F" | "deg_F" | "Fahrenheit" | "fahrenheit" => {
            "[degF]"
        }
        "lps" | "LPS" => "L/s",
        "lpm" | "LPM" => "L/min",
        "cmh" | "CMH" => "m3/h",
        "gpm" | "GPM" => "[gal_us]/min",
        "cfm" | "CFM" => "[cft_i]/min",
        "mgd" | "MGD" => "10*6.[gal_us]/d",
        "kph" | "kmh" => "km/h",
        "mph" => "[mi_i]/h",
        "rpm" | "RPM" | "rev/min" | "r/min" => "{rev}/min",
        "rps" | "rev/s" => "{rev}/s",
        "pct" | "percent" | "per cent" => "%",
        "fraction" | "ratio" | "none" | "dimensionless" | "unitless" => "1",
        _ => return None,
    })
}

/// Rewrites each symbol of an expression, and its signs for powers, products and quotients.
fn rewrite(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut word = String::new();
    let characters: Vec<char> = text.chars().collect();
    let mut index = 0;
    while index < characters.len() {
        let c = characters[index];
        index += 1;
        match c {
            // Inside brackets and braces UCUM has its own names: copied as they are.
            '[' | '{' => {
                let close = if c == '[' { ']' } else { '}' };
                word.push(c);
                while index < characters.len() {
                    word.push(characters[index]);
                    index += 1;
                    if characters[index - 1] == close {
                        break;
                    }
                }
            }
            '/' | '.' | '(' | ')' | '·' | '⋅' | '×' | '∙' | '÷' => {
                flush(&mut word, &mut code);
                code.push(match c {
                    '·' | '⋅' | '×' | '∙' => '.',
                    '÷' => '/',
                    other => other,
                });
            }
            '*' if !word.ends_with("10") => {
                flush(&mut word, &mut code);
                code.push('.');
            }
            '^' if !word.ends_with("10") => {}
            c if c.is_whitespace() => {
                flush(&mut word, &mut code);
                let next = characters[index..].iter().find(|c| !c.is_whitespace());
                let joins_before = code
                    .chars()
                    .last()
                    .is_some_and(|last| !matches!(last, '/' | '.' | '('));
                let joins_after = next.is_some_and(|next| {
                    !matches!(next, '/' | '.' | ')' | '·' | '⋅' | '×' | '*' | '÷')
                });
                if joins_before && joins_after {
                    code.push('.');
                }
            }
            '²' => word.push('2'),
            '³' => word.push('3'),
            '⁴' => word.push('4'),
            '¹' => word.push('1'),
            '⁻' | '−' => word.push('-'),
            other => word.push(other),
        }
    }
    flush(&mut word, &mut code);
    code
}

/// Appends a finished symbol to the code, by its alias where it has one.
fn flush(word: &mut String, code: &mut String) {
    if word.is_empty() {
        return;
    }
    // An exponent at the end is not part of the name.
    let name_end = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    let (name, exponent) = word.split_at(name_end.len());
    match symbol_alias(name) {
        Some(alias) if alias.contains('.') => {
            // A product takes parentheses where an exponent or a solidus would bind wrongly.
            if exponent.is_empty() && code.is_empty() {
                code.push_str(alias);
            } else {
                code.push_str(&format!("({alias}){exponent}"));
            }
        }
        Some(alias) => {
            code.push_str(alias);
            code.push_str(exponent);
        }
        None => {
            code.push_str(
                &name
                    .replace(['µ', 'μ'], "u")
                    .replace(['Ω', '\u{2126}'], "Ohm"),
            );
            code.push_str(exponent);
        }
    }
    word.clear();
}

/// What people write for one symbol, and its UCUM code.
fn symbol_alias(name: &str) -> Option<&'static str> {
    Some(match name {
        // A degree Celsius inside a product is a difference: the kelvin.
        "°C" | "℃" | "degC" | "Cel" => "K",
        "°" | "º" | "degree" | "degrees" => "deg",
        "°K" | "degK" | "kelvin" | "Kelvin" | "kelvins" => "K",
        "sec" | "secs" | "second" | "seconds" => "s",
        "mins" | "minute" | "minutes" => "min",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "week" | "weeks" => "wk",
        "year" | "years" | "yr" => "a",
        "meter" | "meters" | "metre" | "metres" => "m",
        "liter" | "liters" | "litre" | "litres" | "ltr" => "L",
        "gram" | "grams" => "g",
        "kgs" | "kilogram" | "kilograms" | "Kg" => "kg",
        "tonne" | "tonnes" => "t",
        "watt" | "watts" | "Watt" | "Watts" => "W",
        "KW" | "Kw" | "kw" | "kilowatt" | "kilowatts" => "kW",
        "joule" | "joules" | "Joule" => "J",
        "volt" | "volts" | "Volt" => "V",
        "amp" | "amps" | "ampere" | "amperes" => "A",
        "ohm" | "ohms" | "Ω" | "\u{2126}" => "Ohm",
        "kohm" | "kΩ" => "kOhm",
        "hertz" | "Hertz" | "hz" => "Hz",
        "khz" | "KHz" => "kHz",
        "pascal" | "pascals" => "Pa",
        "KPa" | "kpa" | "Kpa" => "kPa",
        "mpa" | "Mpa" => "MPa",
        "Bar" | "bars" => "bar",
        "psi" | "PSI" | "lbf/in2" => "[psi]",
        "mH2O" | "mH₂O" | "mwc" | "mWC" | "mWS" => "m[H2O]",
        "cmH2O" | "cmH₂O" => "cm[H2O]",
        "mmH2O" | "mmH₂O" => "mm[H2O]",
        "inH2O" | "inH₂O" | "inWC" => "[in_i'H2O]",
        "mmHg" | "torr" => "mm[Hg]",
        "inHg" => "[in_i'Hg]",
        "in" | "inch" | "inches" => "[in_i]",
        "ft" | "foot" | "feet" => "[ft_i]",
        "yd" | "yard" | "yards" => "[yd_i]",
        "mi" | "mile" | "miles" => "[mi_i]",
        "lb" | "lbs" | "pound" | "pounds" => "[lb_av]",
        "oz" => "[oz_av]",
        "lbf" => "[lbf_av]",
        "gal" | "gallon" | "gallons" => "[gal_us]",
        "btu" | "BTU" | "Btu" => "[Btu_IT]",
        "hp" | "HP" => "[HP]",
        "ppm" => "[ppm]",
        "ppb" => "[ppb]",
        "pct" | "percent" => "%",
        "‰" => "[ppth]",
        "Wh" => "W.h",
        "mWh" => "mW.h",
        "kWh" | "KWh" | "kwh" | "KWH" => "kW.h",
        "MWh" => "MW.h",
        "GWh" => "GW.h",
        "Ah" => "A.h",
        "mAh" => "mA.h",
        "Nm" => "N.m",
        "Ws" => "W.s",
        "Pas" => "Pa.s",
        "kVA" => "kV.A",
        "VA" => "V.A",
        _ => return None,
    })
}

/// Codes that documents of plants use, offered first.
pub(super) const COMMON_CODES: &[&str] = &[
    "Cel",
    "K",
    "[degF]",
    "%",
    "1",
    "s",
    "min",
    "h",
    "d",
    "ms",
    "L/s",
    "L/min",
    "m3/h",
    "m3/s",
    "m",
    "mm",
    "cm",
    "km",
    "m2",
    "m3",
    "L",
    "Pa",
    "kPa",
    "MPa",
    "bar",
    "mbar",
    "[psi]",
    "m[H2O]",
    "W",
    "kW",
    "MW",
    "J",
    "kJ",
    "MJ",
    "kW.h",
    "J/K",
    "kJ/K",
    "W/K",
    "K/W",
    "W/m2",
    "W/(m2.K)",
    "W/(m.K)",
    "W/(m2.K4)",
    "J/(kg.K)",
    "kg",
    "g",
    "t",
    "kg/s",
    "kg/m3",
    "Hz",
    "kHz",
    "{rev}/min",
    "rad/s",
    "deg",
    "rad",
    "V",
    "mV",
    "kV",
    "A",
    "mA",
    "Ohm",
    "N",
    "N.m",
    "Pa.s",
    "mol",
    "mol/L",
    "m/s",
    "m/s2",
    "km/h",
    "[ppm]",
    "lx",
];
