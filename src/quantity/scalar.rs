//! A number with its unit, as documents write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Unit, UnitError};

/// A finite number with a unit, such as `7.5 J/K`. Prints as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    text: String,
    value: f64,
    unit: Unit,
}

/// A text that is not a quantity.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QuantityError {
    /// The text does not begin with a number.
    #[error("`{0}` does not begin with a number; write a number and a unit, such as `7.5 J/K`")]
    Number(String),
    /// The number is not finite.
    #[error("`{0}` is not a finite number")]
    NotFinite(String),
    /// The unit is not understood.
    #[error(transparent)]
    Unit(#[from] UnitError),
}

impl Quantity {
    /// A value in `unit`.
    #[must_use]
    pub fn new(value: f64, unit: Unit) -> Self {
        let text = if unit.code() == "1" {
            format!("{value}")
        } else {
            format!("{value} {unit}")
        };
        Self { text, value, unit }
    }

    /// Reads a number and a UCUM code; a number alone is dimensionless.
    ///
    /// # Errors
    /// When the number is missing or not finite, or the unit is not a UCUM code.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        Self::read(text, Unit::parse)
    }

    /// As [`Quantity::parse`], with the unit as people type it: `35 degC`, `80%`.
    ///
    /// # Errors
    /// As [`Quantity::parse`].
    pub fn parse_lenient(text: &str) -> Result<Self, QuantityError> {
        let read = Self::read(text, Unit::parse_lenient)?;
        Ok(Self::new(read.value, read.unit))
    }

    fn read(text: &str, unit: fn(&str) -> Result<Unit, UnitError>) -> Result<Self, QuantityError> {
        let trimmed = text.trim();
        let end = (1..=trimmed.len())
            .rev()
            .filter(|end| trimmed.is_char_boundary(*end))
            .find(|end| {
                let head = &trimmed[..*end];
                head.ends_with(|c: char| c.is_ascii_digit() || c == '.')
                    && head.parse::<f64>().is_ok()
            })
            .ok_or_else(|| QuantityError::Number(text.to_owned()))?;
        let value: f64 = trimmed[..end]
            .parse()
            .map_err(|_| QuantityError::Number(text.to_owned()))?;
        let rest = trimmed[end..].trim();
        let unit = if rest.is_empty() {
            Unit::dimensionless()
        } else {
            unit(rest)?
        };
        if !value.is_finite() || !unit.to_si(value).is_finite() {
            return Err(QuantityError::NotFinite(text.to_owned()));
        }
        Ok(Self {
            text: text.to_owned(),
            value,
            unit,
        })
    }

    /// The number, in [`Quantity::unit`].
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The unit it was written in.
    #[must_use]
    pub fn unit(&self) -> &Unit {
        &self.unit
    }

    /// The value in SI.
    #[must_use]
    pub fn si(&self) -> f64 {
        self.unit.to_si(self.value)
    }

    /// The value in SI where the quantity is a difference: `1 Cel` is 1 K.
    #[must_use]
    pub fn difference_si(&self) -> f64 {
        self.unit.difference_to_si(self.value)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}
