//! Units of measurement by their UCUM codes.
//!
//! The grammar, the table of units and the exact factors come from `octofhir-ucum`; here
//! they become what the program needs: the SI dimension, and a conversion to SI that costs a
//! multiplication, a division and an addition.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use octofhir_ucum::{Case, ErrorKind, Number, UcumError, UnitExpr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::unit_error::shortened;
use super::{Dimension, UnitError, lenient, symbol};

/// The longest unit text that is read, in bytes. Real codes stay below 40.
const LONGEST_TEXT: usize = 200;

/// A unit of measurement: a UCUM code with its dimension and its conversion to SI.
///
/// A value `v` in the unit is `v × scale + offset` in the coherent SI unit of the same
/// [`Dimension`]; the offset is zero except for temperatures counted from another zero
/// (`Cel`, `[degF]`). Clones share one allocation.
///
/// Two units are equal when their codes are: `W` and `J/s` measure the same and convert to
/// each other with factor 1, but a document says one or the other. Ask
/// [`is_commensurable`](Unit::is_commensurable) whether they convert.
///
/// Not accepted, although UCUM has them: logarithmic and other non-linear scales (`dB`,
/// `[pH]`), for which means and standard deviations would need other rules, and arbitrary
/// units (`[IU]`), which measure nothing that converts.
///
/// ```
/// use counterpart::quantity::Unit;
///
/// let celsius = Unit::parse("Cel")?;
/// assert_eq!(celsius.to_si(25.0), 298.15);
/// assert_eq!(celsius.difference_to_si(25.0), 25.0);
/// assert_eq!(celsius.dimension().to_string(), "temperature");
/// assert!(Unit::parse("kW.h")?.is_commensurable(&Unit::parse("J")?));
/// # Ok::<(), counterpart::quantity::UnitError>(())
/// ```
#[derive(Clone)]
pub struct Unit(Arc<Definition>);

struct Definition {
    code: String,
    dimension: Dimension,
    /// SI = value × multiplier ÷ divisor + offset. One of the first two is 1: where a factor
    /// below one is the inverse of a whole number (`%`, `L`, `mm`), dividing gives the
    /// correctly rounded result, 7 % = 0.07, where multiplying by the rounded factor does not.
    multiplier: f64,
    divisor: f64,
    offset: f64,
    symbol: String,
    difference_symbol: String,
}

impl Unit {
    /// The unit with this UCUM code, such as `Cel`, `J/K`, `%`, `m3/h`, `W/(m2.K)`.
    ///
    /// # Errors
    /// Text that is not a UCUM code, or a unit on a scale this program does not use (see
    /// [`Unit`]); the error names the column and the nearest known codes.
    pub fn parse(code: &str) -> Result<Unit, UnitError> {
        Unit::evaluate(code).map_err(|fault| UnitError {
            text: code.to_owned(),
            column: fault.column,
            reason: fault.reason,
            suggestions: lenient::suggestions(code, fault.symbol),
        })
    }

    /// Whether the text is a unit; cheaper than an error that nobody reads.
    pub(super) fn is_code(code: &str) -> bool {
        Unit::evaluate(code).is_ok()
    }

    fn evaluate(code: &str) -> Result<Unit, Fault> {
        let fail = |column, reason: String| Fault {
            column,
            reason,
            symbol: None,
        };
        if code.len() > LONGEST_TEXT {
            return Err(fail(
                None,
                format!("it is longer than {LONGEST_TEXT} characters"),
            ));
        }
        if code.is_empty() {
            return Err(fail(
                None,
                "it is empty; a plain number has the unit `1`".to_owned(),
            ));
        }
        let expression =
            octofhir_ucum::parse_expression(code).map_err(|error| syntax_fault(code, &error))?;
        let evaluated = octofhir_ucum::evaluate(&expression).map_err(|error| {
            // Only the analysis of the text, not that of the tree, knows where a symbol stands.
            let placed = octofhir_ucum::analyse(code).err().unwrap_or(error);
            meaning_fault(code, &placed)
        })?;
        if let Some((name, _)) = evaluated.arbitrary.first() {
            return Err(fail(
                column_of(code, name),
                format!("`{name}` is an arbitrary unit, which converts to no physical quantity"),
            ));
        }
        let amount = amount_exponent(&expression);
        let dimension = si_dimension(evaluated.dim, amount)
            .ok_or_else(|| fail(None, "its exponents are too large".to_owned()))?;
        let out_of_range = || fail(None, "its factor is too large or too small".to_owned());
        let (factor, offset) = match evaluated.special {
            None => (evaluated.factor, Number::ZERO),
            Some(special) => {
                let canonical = octofhir_ucum::get_canonical_units(code).map_err(|_| {
                    fail(
                        column_of(code, special.unit.code),
                        format!(
                            "`{}` is on a logarithmic or other non-linear scale; give the \
                             value in a linear unit of the same quantity",
                            special.unit.code
                        ),
                    )
                })?;
                (canonical.factor, canonical.offset)
            }
        };
        let scale = si_factor(factor, evaluated.dim, amount).ok_or_else(out_of_range)?;
        let (multiplier, divisor) = multiplier_and_divisor(scale).ok_or_else(out_of_range)?;
        let shift = offset.to_f64();
        let usable = |x: f64| x.is_finite() && x > 0.0;
        if !usable(multiplier) || !usable(divisor) || !shift.is_finite() {
            return Err(out_of_range());
        }
        let (symbol, difference_symbol) = symbol::symbols(code, &expression, shift != 0.0);
        Ok(Unit(Arc::new(Definition {
            code: code.to_owned(),
            dimension,
            multiplier,
            divisor,
            offset: shift,
            symbol,
            difference_symbol,
        })))
    }

    /// The unit that a person most likely means by this text: `°C`, `degC`, `C`, `hours`,
    /// `L/s`, `m³/h`, `psi`, `kWh`, `W/m²/K`, besides every UCUM code.
    ///
    /// For typed text and for foreign files only. Where a habit and UCUM disagree the habit
    /// wins: `C` is the degree Celsius here, the coulomb in [`Unit::parse`]. The resulting
    /// unit has a proper UCUM code, which is what a document then carries.
    ///
    /// # Errors
    /// As [`Unit::parse`].
    pub fn parse_lenient(text: &str) -> Result<Unit, UnitError> {
        let trimmed = text.trim();
        if trimmed.len() > LONGEST_TEXT {
            return Unit::parse(trimmed);
        }
        match lenient::code_for(trimmed) {
            // Where neither reading works, the message is about what was typed.
            Some(code) => Unit::parse(&code).or_else(|_| Unit::parse(trimmed)),
            None => Unit::parse(trimmed),
        }
    }

    /// The unit with a code written in the program's own source, such as a kind's `W/K`.
    ///
    /// # Panics
    /// Where the code is not a unit: an error in the source, found by the first test that
    /// runs the line. Never call it with text that comes from outside.
    #[expect(
        clippy::panic,
        reason = "the code is a constant of the source, never input; the first test that runs the line finds it"
    )]
    pub fn known(code: &'static str) -> Unit {
        match Unit::parse(code) {
            Ok(unit) => unit,
            Err(error) => panic!("a unit in the source is wrong: {error}"),
        }
    }

    /// This unit with `{currency}` in its code named: `{currency}/h` in `EUR` is `{EUR}/h`.
    ///
    /// The same unit where it counts no money, where no currency is given, or where the
    /// currency is no word. Sums of money are plain numbers to UCUM, so nothing is converted.
    #[must_use]
    pub fn counted_in(&self, currency: &str) -> Unit {
        const UNNAMED: &str = "{currency}";
        let is_word = !currency.is_empty() && currency.bytes().all(|one| one.is_ascii_alphabetic());
        if !is_word || !self.code().contains(UNNAMED) {
            return self.clone();
        }
        let code = self.code().replace(UNNAMED, &format!("{{{currency}}}"));
        Unit::parse(&code).unwrap_or_else(|_| self.clone())
    }

    /// The unit of a plain number, UCUM `1`.
    pub fn dimensionless() -> Unit {
        static ONE: LazyLock<Unit> = LazyLock::new(|| Unit::known("1"));
        ONE.clone()
    }

    /// The coherent SI unit of a dimension: `K` for temperature, `1` for a plain number.
    ///
    /// # Errors
    /// Never for the dimension of a unit; a dimension made by hand can have exponents that
    /// UCUM does not take.
    pub fn si(dimension: Dimension) -> Result<Unit, UnitError> {
        Unit::parse(&dimension.si_code())
    }

    /// The UCUM code, as it was written.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What the unit measures.
    pub fn dimension(&self) -> Dimension {
        self.0.dimension
    }

    /// Whether the unit is that of a plain number: `1`, `%`, `[ppm]`.
    pub fn is_dimensionless(&self) -> bool {
        self.0.dimension.is_dimensionless()
    }

    /// Whether values in this unit convert to `other`: the same dimension.
    pub fn is_commensurable(&self, other: &Unit) -> bool {
        self.0.dimension == other.0.dimension
    }

    /// Whether zero in this unit is not zero in SI: `Cel`, `[degF]`.
    pub fn has_offset(&self) -> bool {
        self.0.offset != 0.0
    }

    /// A value in this unit, in SI: 25 `Cel` is 298.15 K.
    pub fn to_si(&self, value: f64) -> f64 {
        self.difference_to_si(value) + self.0.offset
    }

    /// A value in SI, in this unit: 298.15 K is 25 `Cel`.
    pub fn from_si(&self, value_si: f64) -> f64 {
        self.difference_from_si(value_si - self.0.offset)
    }

    /// A difference in this unit, in SI: a rise of 25 `Cel` is 25 K. For residuals, standard
    /// deviations and bands, where the zero of the scale plays no part.
    pub fn difference_to_si(&self, difference: f64) -> f64 {
        difference * self.0.multiplier / self.0.divisor
    }

    /// A difference in SI, in this unit: 25 K is a rise of 25 `Cel`.
    pub fn difference_from_si(&self, difference_si: f64) -> f64 {
        difference_si * self.0.divisor / self.0.multiplier
    }

    /// The SI value of one step of this unit: 1 for `Cel`, 0.01 for `%`, 3600000 for `kW.h`.
    pub fn scale(&self) -> f64 {
        self.0.multiplier / self.0.divisor
    }

    /// The SI value at zero of this unit: 273.15 for `Cel`, 0 for most.
    pub fn offset(&self) -> f64 {
        self.0.offset
    }

    /// The unit for the screen: `°C`, `W/K`, `%`, `L/s`, `m³/h`. Empty for a plain number.
    pub fn symbol(&self) -> String {
        self.0.symbol.clone()
    }

    /// The unit of a difference, for the screen: `K` where the unit is `Cel`, otherwise as
    /// [`symbol`](Unit::symbol).
    pub fn difference_symbol(&self) -> String {
        self.0.difference_symbol.clone()
    }
}

/// What is wrong with a code, before suggestions are looked for.
struct Fault {
    column: Option<usize>,
    reason: String,
    /// Where in the code the symbol stands that is not known, if that is the fault.
    symbol: Option<Range<usize>>,
}

/// Syntax: the parser's reason and column.
fn syntax_fault(code: &str, error: &UcumError) -> Fault {
    let (column, reason) = match &error.kind {
        ErrorKind::InvalidExpression {
            reason, position, ..
        } => (
            position.map(|byte| column_at(code, byte)),
            format!("it is not a UCUM code, {}", lower_first(reason)),
        ),
        ErrorKind::NestingTooDeep { .. } => (None, "it is nested too deep".to_owned()),
        _ => (None, "it is not a UCUM code".to_owned()),
    };
    Fault {
        column,
        reason,
        symbol: None,
    }
}

/// Meaning: an unknown symbol, or a temperature scale inside a product.
fn meaning_fault(code: &str, error: &UcumError) -> Fault {
    match &error.kind {
        ErrorKind::UnitNotFound { unit, position, .. } => Fault {
            column: position.map(|byte| column_at(code, byte)),
            reason: format!("`{}` is not a UCUM code", shortened(unit)),
            symbol: position.map(|byte| byte..byte + unit.len()),
        },
        ErrorKind::SpecialUnitError { unit, .. } => Fault {
            column: column_of(code, unit),
            reason: match unit.as_str() {
                "Cel" | "[degF]" | "[degRe]" => format!(
                    "`{unit}` counts from a zero of its own and cannot be multiplied or \
                     divided; for a difference of temperature write `K`"
                ),
                _ => format!("`{unit}` is not on a linear scale and cannot be multiplied"),
            },
            symbol: None,
        },
        _ => Fault {
            column: None,
            reason: "its factor or its exponents are too large".to_owned(),
            symbol: None,
        },
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The column, counted in characters from 1, of a byte offset.
fn column_at(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < byte).count() + 1
}

fn column_of(text: &str, part: &str) -> Option<usize> {
    text.find(part).map(|byte| column_at(text, byte))
}

/// The exponent of amount of substance. UCUM defines the mole as a plain number (Avogadro's),
/// so its own dimension does not carry it; these are the atoms defined by way of it.
fn amount_exponent(expression: &UnitExpr) -> i32 {
    match expression {
        UnitExpr::Symbol(code) => {
            let atom = octofhir_ucum::lookup_unit(code, Case::Sensitive).map(|(_, unit)| unit.code);
            i32::from(matches!(atom, Some("mol" | "eq" | "osm" | "kat" | "U")))
        }
        UnitExpr::Numeric(_) | UnitExpr::Annotation(_) => 0,
        UnitExpr::Annotated(inner, _) => amount_exponent(inner),
        UnitExpr::Power(base, exponent) => amount_exponent(base).saturating_mul(*exponent),
        UnitExpr::Product(terms) => terms
            .iter()
            .map(amount_exponent)
            .fold(0, i32::saturating_add),
        UnitExpr::Quotient(over, under) => {
            amount_exponent(over).saturating_sub(amount_exponent(under))
        }
        UnitExpr::Reciprocal(inner) => amount_exponent(inner).saturating_neg(),
    }
}

/// From the bases of UCUM (m, s, g, rad, K, C, cd) to those of the SI: a coulomb is an
/// ampere second. `None` where an exponent does not fit.
fn si_dimension(ucum: octofhir_ucum::Dimension, amount: i32) -> Option<Dimension> {
    let [length, time, mass, angle, temperature, charge, luminosity] = ucum.0;
    Some(Dimension {
        length,
        mass,
        time: time.checked_add(charge)?,
        current: charge,
        temperature,
        amount: i8::try_from(amount).ok()?,
        luminosity,
        angle,
    })
}

/// From a factor in the bases of UCUM to one in SI: the gram is 10⁻³ kg, and the mole is one,
/// not Avogadro's number.
fn si_factor(factor: Number, ucum: octofhir_ucum::Dimension, amount: i32) -> Option<Number> {
    let mass = i32::from(ucum.0[2]);
    let mut scale = factor.checked_mul(Number::power_of_ten(-3 * mass))?;
    if amount != 0 {
        let mole = octofhir_ucum::find_unit("mol")?.factor;
        scale = scale.checked_div(mole.checked_powi(amount)?)?;
    }
    Some(scale)
}

/// The scale as a multiplier or, where the inverse is a whole number, a divisor.
fn multiplier_and_divisor(scale: Number) -> Option<(f64, f64)> {
    /// Whole numbers are exact in an `f64` up to here.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if scale.is_zero() {
        return None;
    }
    if scale.to_f64() < 1.0 {
        let inverse = Number::ONE.checked_div(scale)?;
        let divisor = inverse.to_f64();
        let rounded = Number::from_f64(divisor.round())?;
        // The decimal factor has 28 digits; 1/3 comes back as 3.000…, not exactly 3.
        let miss = inverse.checked_sub(rounded)?.abs().to_f64();
        if divisor < EXACT && miss <= 1e-20 * divisor {
            return Some((1.0, divisor.round()));
        }
    }
    Some((scale.to_f64(), 1.0))
}

impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.code == other.0.code
    }
}

impl Eq for Unit {}

impl Hash for Unit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.code.hash(state);
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.code)
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({})", self.0.code)
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Unit::parse(text)
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.code)
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Unit::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
