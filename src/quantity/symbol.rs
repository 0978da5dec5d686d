//! How a unit is written on the screen.

use octofhir_ucum::{Case, UnitExpr};

use super::dimension::superscript;

/// The symbol of a unit for the screen, and that of a difference in it.
///
/// `counts_from_own_zero` says that the unit has an offset: a difference in degrees Celsius
/// is shown in kelvins.
pub(super) fn symbols(
    code: &str,
    expression: &UnitExpr,
    counts_from_own_zero: bool,
) -> (String, String) {
    let symbol = match code {
        "1" => String::new(),
        "{rev}/min" => "rpm".to_owned(),
        _ => term(expression),
    };
    let difference = if counts_from_own_zero && code == "Cel" {
        "K".to_owned()
    } else {
        symbol.clone()
    };
    (symbol, difference)
}

/// One term, with parentheses only where a denominator needs them.
fn term(expression: &UnitExpr) -> String {
    match expression {
        UnitExpr::Symbol(code) => simple(code),
        UnitExpr::Numeric(number) => number.to_string(),
        UnitExpr::Annotation(text) => text.clone(),
        UnitExpr::Annotated(inner, text) => match term(inner) {
            plain if plain == "1" => text.clone(),
            unit => format!("{unit} {text}"),
        },
        UnitExpr::Power(base, exponent) => format!("{}{}", component(base), superscript(*exponent)),
        UnitExpr::Product(terms) => {
            let parts: Vec<String> = terms.iter().map(component).collect();
            parts.join("·")
        }
        UnitExpr::Quotient(over, under) => format!("{}/{}", term(over), component(under)),
        UnitExpr::Reciprocal(inner) => format!("1/{}", component(inner)),
    }
}

fn component(expression: &UnitExpr) -> String {
    match expression {
        UnitExpr::Product(_) | UnitExpr::Quotient(..) | UnitExpr::Reciprocal(_) => {
            format!("({})", term(expression))
        }
        _ => term(expression),
    }
}

/// A simple unit: the table below for what a plant uses, the print symbol of the UCUM tables
/// where that is plain text, and the code itself otherwise.
fn simple(code: &str) -> String {
    if let Some((_, symbol)) = SYMBOLS.iter().find(|(known, _)| *known == code) {
        return (*symbol).to_owned();
    }
    let Some((prefix, unit)) = octofhir_ucum::lookup_unit(code, Case::Sensitive) else {
        return code.to_owned();
    };
    let atom = match SYMBOLS.iter().find(|(known, _)| *known == unit.code) {
        Some((_, symbol)) => (*symbol).to_owned(),
        None => {
            let print = unit.print_symbol.trim();
            if print.is_empty() || print.contains(['<', '\n']) || unit.code.len() == print.len() {
                unit.code.to_owned()
            } else {
                print.to_owned()
            }
        }
    };
    match prefix {
        Some(prefix) if prefix.symbol == "u" => format!("µ{atom}"),
        Some(prefix) => format!("{}{atom}", prefix.symbol),
        None => atom,
    }
}

/// Codes whose customary symbol differs from the code.
const SYMBOLS: &[(&str, &str)] = &[
    ("Cel", "°C"),
    ("[degF]", "°F"),
    ("[degRe]", "°Ré"),
    ("[degR]", "°R"),
    ("%", "%"),
    ("[ppth]", "‰"),
    ("[ppm]", "ppm"),
    ("[ppb]", "ppb"),
    ("[pptr]", "ppt"),
    ("10*", "10"),
    ("10^", "10"),
    ("[pi]", "π"),
    ("deg", "°"),
    ("'", "′"),
    ("''", "″"),
    ("Ohm", "Ω"),
    ("l", "L"),
    ("m[H2O]", "mH₂O"),
    ("m[Hg]", "mHg"),
    ("[in_i'H2O]", "inH₂O"),
    ("[in_i'Hg]", "inHg"),
    ("[psi]", "psi"),
    ("[in_i]", "in"),
    ("[ft_i]", "ft"),
    ("[yd_i]", "yd"),
    ("[mi_i]", "mi"),
    ("[kn_i]", "kn"),
    ("[sin_i]", "in²"),
    ("[sft_i]", "ft²"),
    ("[cft_i]", "ft³"),
    ("[cin_i]", "in³"),
    ("[lb_av]", "lb"),
    ("[oz_av]", "oz"),
    ("[lbf_av]", "lbf"),
    ("[gal_us]", "gal"),
    ("[gal_br]", "gal (imp)"),
    ("[Btu]", "Btu"),
    ("[Btu_IT]", "Btu"),
    ("[HP]", "hp"),
    ("[g]", "g₀"),
    ("mol", "mol"),
    ("wk", "wk"),
    ("a", "a"),
];
