//! A distribution given by observed values.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::within;

/// The values of an [`Distribution::Empirical`](crate::quantity::Distribution::Empirical): as they were given, and sorted.
#[derive(Clone, Debug)]
pub struct EmpiricalValues {
    given: Arc<[f64]>,
    sorted: Arc<[f64]>,
}

impl EmpiricalValues {
    /// The values in the order they were given.
    pub fn as_slice(&self) -> &[f64] {
        &self.given
    }

    pub(super) fn quantile(&self, p: f64) -> f64 {
        let Some(last) = self.sorted.len().checked_sub(1) else {
            return f64::NAN;
        };
        let position = p * last as f64;
        let index = (position.floor() as usize).min(last);
        let (left, right) = (self.sorted[index], self.sorted[(index + 1).min(last)]);
        within(
            left + (right - left) * (position - index as f64),
            left,
            right,
        )
    }

    pub(super) fn cumulative(&self, x: f64) -> f64 {
        let not_above = self.sorted.partition_point(|value| *value <= x);
        let count = self.sorted.len();
        if count == 0 {
            return f64::NAN;
        }
        if not_above == 0 {
            return 0.0;
        }
        if not_above == count {
            return 1.0;
        }
        let (left, right) = (self.sorted[not_above - 1], self.sorted[not_above]);
        ((not_above - 1) as f64 + (x - left) / (right - left)) / (count - 1) as f64
    }

    pub(super) fn density(&self, x: f64) -> f64 {
        let below = self.sorted.partition_point(|value| *value < x);
        let not_above = self.sorted.partition_point(|value| *value <= x);
        let count = self.sorted.len();
        if count == 0 {
            return f64::NAN;
        }
        // More than one value here, or the only one: a point of positive probability.
        if not_above - below > 1 || (count == 1 && not_above - below == 1) {
            return f64::INFINITY;
        }
        if not_above == 0 || below == count {
            return 0.0;
        }
        // On a value, the density to its right, or for the last one to its left.
        let left = not_above.min(count - 1) - 1;
        1.0 / ((self.sorted[left + 1] - self.sorted[left]) * (count - 1) as f64)
    }

    /// Of the straight pieces between the sorted values, each equally likely.
    pub(super) fn mean(&self) -> f64 {
        match &*self.sorted {
            [] => f64::NAN,
            [only] => *only,
            [first, ..] => {
                let excess: f64 = self
                    .sorted
                    .windows(2)
                    .map(|pair| 0.5 * (pair[0] - first) + 0.5 * (pair[1] - first))
                    .sum();
                first + excess / (self.sorted.len() - 1) as f64
            }
        }
    }

    pub(super) fn standard_deviation(&self) -> f64 {
        if self.sorted.len() < 2 {
            return 0.0;
        }
        let mean = self.mean();
        // The mean square of a uniform piece from a to b about zero is (a² + ab + b²) / 3.
        let sum: f64 = self
            .sorted
            .windows(2)
            .map(|pair| {
                let (a, b) = (pair[0] - mean, pair[1] - mean);
                (a * a + a * b + b * b) / 3.0
            })
            .sum();
        (sum / (self.sorted.len() - 1) as f64).sqrt()
    }
}

impl From<Vec<f64>> for EmpiricalValues {
    fn from(given: Vec<f64>) -> Self {
        let mut sorted = given.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        EmpiricalValues {
            given: given.into(),
            sorted: sorted.into(),
        }
    }
}

impl PartialEq for EmpiricalValues {
    fn eq(&self, other: &Self) -> bool {
        self.given == other.given
    }
}

impl Serialize for EmpiricalValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.given.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EmpiricalValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<f64>::deserialize(deserializer).map(Self::from)
    }
}
