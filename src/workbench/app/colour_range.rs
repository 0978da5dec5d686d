//! The range of values seen so far, for the legend: it only grows, so that the
//! colours of the scene stay comparable while a run goes on.

use crate::twin::VariableIndex;
use crate::workbench::view::record::Record;

/// Most values looked at in one frame; a long record is sampled.
const MOST_VALUES: usize = 400_000;

/// Lowest and highest value of a set of variables so far [SI].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColourRange {
    variables: Vec<VariableIndex>,
    rows_seen: usize,
    range: Option<(f64, f64)>,
}

impl ColourRange {
    /// Takes in the rows that are new since the last call, for these variables.
    pub fn follow(&mut self, variables: &[VariableIndex], record: &Record) {
        if self.variables != variables {
            *self = Self {
                variables: variables.to_vec(),
                ..Self::default()
            };
        }
        let rows = record.times().len();
        let first = self.rows_seen.min(rows);
        let new = rows - first;
        let stride = (new * variables.len().max(1)).div_ceil(MOST_VALUES).max(1);
        for row in (first..rows).step_by(stride) {
            for variable in variables {
                if let Some(value) = record.value(row, *variable) {
                    self.include(value);
                }
            }
        }
        self.rows_seen = rows;
    }

    /// Takes in one value.
    pub fn include(&mut self, value: f64) {
        if value.is_finite() {
            let (low, high) = self.range.unwrap_or((value, value));
            self.range = Some((low.min(value), high.max(value)));
        }
    }

    /// Lowest and highest value, if there was any.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        self.range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_grows_and_ignores_what_is_not_finite() {
        let mut range = ColourRange::default();
        assert_eq!(range.range(), None);
        range.include(f64::NAN);
        assert_eq!(range.range(), None);
        range.include(3.0);
        range.include(1.0);
        range.include(f64::INFINITY);
        assert_eq!(range.range(), Some((1.0, 3.0)));
    }

    #[test]
    fn another_quantity_begins_anew() {
        let mut range = ColourRange::default();
        range.include(3.0);
        range.follow(&[VariableIndex(1)], &Record::default());
        assert_eq!(range.range(), None);
    }
}
