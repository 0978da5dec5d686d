//! Units and bounds of single values.

use super::super::kind::{Bounds, Declaration};
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::Checker;
use crate::quantity::{Quantity, Unit};

/// What a value has to be like: the unit it must convert to and the interval it must lie in.
#[derive(Clone, Debug)]
pub(super) struct Expected<'t> {
    /// Its name in messages: `` `heat_capacity` ``.
    pub name: String,
    /// A unit of the same dimension.
    pub unit: &'t Unit,
    /// Interval in SI.
    pub bounds: Bounds,
    /// A value for the example [SI].
    pub example: f64,
}

impl<'t> Expected<'t> {
    pub(super) fn of_declaration(declaration: &'t Declaration) -> Self {
        Self {
            name: format!("`{}`", declaration.name),
            unit: &declaration.unit,
            bounds: declaration.bounds,
            example: declaration
                .default
                .unwrap_or_else(|| example_within(declaration.bounds, &declaration.unit)),
        }
    }

    pub(super) fn of_variable(variable: &'t super::Variable) -> Self {
        Self {
            name: format!("`{}`", variable.path),
            unit: &variable.unit,
            bounds: variable.bounds,
            example: example_within(variable.bounds, &variable.unit),
        }
    }

    /// `heat capacity (energy per temperature) such as "7.5 J/K"`.
    pub(super) fn words(&self) -> String {
        let example = with_unit(self.unit.from_si(self.example), self.unit);
        format!("expected {} such as \"{example}\"", measure(self.unit))
    }
}

/// A round value inside the bounds [SI].
fn example_within(bounds: Bounds, unit: &Unit) -> f64 {
    let round = [1.0, 20.0, 0.0].map(|value| unit.to_si(value));
    let mut candidates = round.into_iter().chain([bounds.high, bounds.low]);
    candidates
        .find(|value| bounds.contains(*value))
        .unwrap_or_else(|| unit.to_si(1.0))
}

/// A number for a message: nine significant digits, so that no rounding error shows.
pub(super) fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.8e}").parse().unwrap_or(value);
    // Negative zero is zero to people.
    format!("{}", rounded + 0.0)
}

pub(in crate::twin) fn with_unit(value: f64, unit: &Unit) -> String {
    if unit.code() == "1" {
        number(value)
    } else {
        format!("{} {}", number(value), unit.code())
    }
}

/// `above 0 J/K`, `from 0 % to 100 %`, `at most 5 W`; `None` for no bounds.
pub(in crate::twin) fn bounds_words(bounds: Bounds, unit: &Unit) -> Option<String> {
    let low = bounds
        .low
        .is_finite()
        .then(|| with_unit(unit.from_si(bounds.low), unit));
    let high = bounds
        .high
        .is_finite()
        .then(|| with_unit(unit.from_si(bounds.high), unit));
    match (low, high, bounds.low_inclusive) {
        (None, None, _) => None,
        (Some(low), None, true) => Some(format!("at least {low}")),
        (Some(low), None, false) => Some(format!("above {low}")),
        (None, Some(high), _) => Some(format!("at most {high}")),
        (Some(low), Some(high), true) => Some(format!("from {low} to {high}")),
        (Some(low), Some(high), false) => Some(format!("above {low} and at most {high}")),
    }
}

impl Checker<'_, '_> {
    /// Reports a value of the wrong dimension or out of bounds.
    pub(super) fn quantity(
        &mut self,
        quantity: &Quantity,
        expected: &Expected<'_>,
        path: &DocumentPath,
    ) {
        let unit = quantity.unit();
        if !unit.is_commensurable(expected.unit) {
            let finding = Finding::error(format!(
                "{} cannot be \"{quantity}\", which is {}",
                expected.name,
                measure(unit)
            ))
            .hint(expected.words());
            self.report(path, finding);
            return;
        }
        if unit.has_offset() && !expected.unit.has_offset() {
            let kelvin = with_unit(unit.difference_to_si(quantity.value()), expected.unit);
            let finding = Finding::warning(format!(
                "{} is given in {}, which counts from a zero of its own",
                expected.name,
                unit.code()
            ))
            .hint(format!("if a difference is meant, write \"{kelvin}\""));
            self.report(path, finding);
        }
        if !expected.bounds.contains(quantity.si()) {
            let bounds = bounds_words(expected.bounds, unit).unwrap_or_else(|| "finite".to_owned());
            let finding = Finding::error(format!(
                "{} is out of bounds: \"{quantity}\"",
                expected.name
            ))
            .hint(format!("it must be {bounds}"));
            self.report(path, finding);
        }
    }

    /// Reports a unit that does not convert to `expected`; whether it does.
    pub(super) fn unit(
        &mut self,
        unit: &Unit,
        expected: &Unit,
        name: &str,
        path: &DocumentPath,
    ) -> bool {
        let fits = unit.is_commensurable(expected);
        if !fits {
            let finding = Finding::error(format!(
                "{name} cannot be in `{}`, which is the unit of {}",
                unit.code(),
                measure(unit)
            ))
            .hint(format!(
                "expected a unit of {} such as \"{}\"",
                measure(expected),
                expected.code()
            ));
            self.report(path, finding);
        }
        fits
    }

    /// Reports a unit that cannot be that of a difference of `expected`; whether it can.
    pub(super) fn difference_unit(
        &mut self,
        unit: &Unit,
        expected: &Unit,
        name: &str,
        path: &DocumentPath,
    ) -> bool {
        if !self.unit(unit, expected, name, path) {
            return false;
        }
        if unit.has_offset() {
            let finding = Finding::error(format!(
                "{name} is a difference, and `{}` counts from a zero of its own",
                unit.code()
            ))
            .hint(format!("write `{}`", unit.dimension().si_code()));
            self.report(path, finding);
            return false;
        }
        true
    }
}

/// What a unit measures, for a sentence.
pub(in crate::twin) fn measure(unit: &Unit) -> String {
    if unit.is_dimensionless() {
        "a plain number".to_owned()
    } else {
        unit.dimension().to_string()
    }
}
