//! A number with a unit, as a document writes it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::unit_error::shortened;
use super::{Unit, UnitError};

/// A number with a unit: `7.5 J/K`, `20 Cel`, `80 %`, and without one a plain number, `0.9`.
///
/// Prints back exactly as it was written, so that loading and saving a document changes
/// nothing; `7.50 J/K` keeps its zero. Two quantities are equal when value and unit are.
///
/// ```
/// use counterpart::quantity::Quantity;
///
/// let power = Quantity::parse("80 %")?;
/// assert_eq!(power.value(), 80.0);
/// assert_eq!(power.si(), 0.8);
/// assert_eq!(power.to_string(), "80 %");
/// # Ok::<(), counterpart::quantity::QuantityError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Quantity {
    value: f64,
    value_si: f64,
    unit: Unit,
    text: String,
}

/// A text or a number that is not a quantity.
#[derive(Clone, Debug, PartialEq)]
pub enum QuantityError {
    /// The number is missing or malformed.
    Number {
        /// The text that was read.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The unit after the number is not understood.
    Unit {
        /// The text that was read.
        text: String,
        /// What is wrong with the unit; its column counts from the start of the unit.
        error: UnitError,
        /// The column in `text` where the fault is, 1 for the first character.
        column: usize,
    },
    /// NaN, infinite, or so large that the value in SI is.
    NotFinite {
        /// The text that was read, or the number that was given.
        text: String,
    },
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QuantityError::Number { text, reason } => write!(
                f,
                "quantity `{}` not understood: {reason}; write a number and a unit, such as \
                 `7.5 J/K`",
                shortened(text)
            ),
            QuantityError::Unit {
                text,
                error,
                column,
            } => write!(
                f,
                "quantity `{}`, column {column}: {error}",
                shortened(text)
            ),
            QuantityError::NotFinite { text } => write!(
                f,
                "quantity `{}` is not a finite number in the range of the program",
                shortened(text)
            ),
        }
    }
}

impl std::error::Error for QuantityError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            QuantityError::Unit { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl Quantity {
    /// The quantity of this value in this unit.
    ///
    /// # Errors
    /// A value that is not finite, or is not in SI.
    pub fn new(value: f64, unit: Unit) -> Result<Self, QuantityError> {
        let mut text = number_text(value);
        if unit.code() != "1" {
            text.push(' ');
            text.push_str(unit.code());
        }
        Self::with_text(value, unit, text)
    }

    /// The quantity of this SI value, expressed in this unit. Its [`si`](Quantity::si) can
    /// differ from `value_si` by rounding.
    ///
    /// # Errors
    /// A value that is not finite in SI or in the unit.
    pub fn from_si(value_si: f64, unit: Unit) -> Result<Self, QuantityError> {
        Self::new(unit.from_si(value_si), unit)
    }

    /// Reads `7.5 J/K`: a number, then white space and a UCUM code, or the number alone.
    ///
    /// # Errors
    /// A malformed number, an unknown unit, or a value that is not finite in SI.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        Self::read(text, Unit::parse, true)
    }

    /// Reads what people type: as [`parse`](Quantity::parse), with units by
    /// [`Unit::parse_lenient`] and the space optional (`20°C`, `80%`). The result prints with
    /// the proper UCUM code.
    ///
    /// # Errors
    /// As [`parse`](Quantity::parse).
    pub fn parse_lenient(text: &str) -> Result<Self, QuantityError> {
        let read = Self::read(text, Unit::parse_lenient, false)?;
        Self::new(read.value, read.unit)
    }

    fn read(
        text: &str,
        read_unit: impl Fn(&str) -> Result<Unit, UnitError>,
        space_needed: bool,
    ) -> Result<Self, QuantityError> {
        const LONGEST: usize = 300;
        let fail = |reason: String| QuantityError::Number {
            text: text.to_owned(),
            reason,
        };
        if text.len() > LONGEST {
            return Err(fail(format!("it is longer than {LONGEST} characters")));
        }
        let start = text.len() - text.trim_start().len();
        let body = text.trim();
        if body.is_empty() {
            return Err(fail("it is empty".to_owned()));
        }
        let number_end = number_length(body);
        if number_end == 0 {
            return Err(fail("it does not begin with a number".to_owned()));
        }
        let (number, rest) = body.split_at(number_end);
        let value: f64 = number
            .parse()
            .map_err(|_| fail(format!("`{}` is not a number", shortened(number))))?;
        let unit_text = rest.trim_start();
        if space_needed && !unit_text.is_empty() && unit_text.len() == rest.len() {
            return Err(fail(format!(
                "a space belongs between `{}` and `{}`",
                shortened(number),
                shortened(unit_text)
            )));
        }
        let unit = if unit_text.is_empty() {
            Unit::dimensionless()
        } else {
            let unit_start = start + body.len() - unit_text.len();
            read_unit(unit_text).map_err(|error| QuantityError::Unit {
                text: text.to_owned(),
                column: text[..unit_start].chars().count() + error.column.unwrap_or(1),
                error,
            })?
        };
        Self::with_text(value, unit, body.to_owned())
    }

    fn with_text(value: f64, unit: Unit, text: String) -> Result<Self, QuantityError> {
        let value_si = unit.to_si(value);
        if value.is_finite() && value_si.is_finite() {
            Ok(Quantity {
                value,
                value_si,
                unit,
                text,
            })
        } else {
            Err(QuantityError::NotFinite { text })
        }
    }

    /// The number as written, in [`unit`](Quantity::unit).
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The unit as written.
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    /// The value in the coherent SI unit.
    pub fn si(&self) -> f64 {
        self.value_si
    }

    /// The value in SI, read as a difference: `0.5 Cel` is 0.5 K. For standard deviations and
    /// tolerances.
    pub fn difference_si(&self) -> f64 {
        self.unit.difference_to_si(self.value)
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The length of the decimal number at the start of `text`: sign, digits, point, exponent.
/// Words such as `NaN` and `inf` are not numbers here.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits_from = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits_from(sign);
    let mut end = whole;
    let mut any = whole > sign;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits_from(end + 1);
        any |= fraction > end + 1;
        end = fraction;
    }
    if !any {
        return 0;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent_sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let first = end + 1 + exponent_sign;
        let exponent = digits_from(first);
        if exponent > first {
            end = exponent;
        }
    }
    end
}

/// The shortest text that reads back as the same number.
fn number_text(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || !value.is_finite() || (1e-5..1e15).contains(&magnitude) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.unit == other.unit
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Quantity::parse(text)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Quantity::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
