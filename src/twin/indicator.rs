//! Indicators: the numbers by which people compare two futures of a system.
//!
//! A kind declares them over all its assets: the lowest pressure of all
//! junctions, the energy of all pumps. They tell in a line each what a burst or
//! another tariff comes to.

use crate::quantity::Unit;

/// One number over all assets of a kind and a stretch of time.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Name on the screen: `Lowest pressure`.
    pub title: &'static str,
    /// The quantity it is made from.
    pub quantity: &'static str,
    /// A parameter of the kind, where only assets count at which it is above zero: pressure
    /// matters where water is drawn.
    pub among: Option<&'static str>,
    /// How.
    pub measure: Measure,
    /// The unit of the number.
    pub unit: Unit,
}

impl Indicator {
    /// An indicator over all assets of a kind; `unit` is the UCUM code of a known unit.
    #[must_use]
    pub fn of(
        title: &'static str,
        quantity: &'static str,
        measure: Measure,
        unit: &'static str,
    ) -> Self {
        Self {
            title,
            quantity,
            among: None,
            measure,
            unit: Unit::known(unit),
        }
    }
}

/// How an [`Indicator`] is made from one quantity of all assets of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// The smallest value of any asset at any time.
    Lowest,
    /// The largest value of any asset at any time.
    Highest,
    /// The number of assets that are below this \[SI] at any time.
    Below(f64),
    /// The number of assets whose lowest value is lower than as things stand, by more than
    /// this \[SI, as a difference].
    Loses(f64),
    /// The integral over time of what is above zero, all assets added.
    Total,
    /// What is there at the end more than at the start, all assets added.
    Growth,
}
