//! The average of what is seen once per item.

use serde::{Deserialize, Serialize};

/// Count, mean, spread and ends of observations, by Welford's recursion
/// ("Note on a method for calculating corrected sums of squares and products",
/// Technometrics 4, 1962).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observations {
    count: u64,
    mean: f64,
    squares: f64,
    least: f64,
    largest: f64,
}

impl Observations {
    /// Takes one more observation.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let difference = value - self.mean;
        self.mean += difference / self.count as f64;
        self.squares += difference * (value - self.mean);
        if self.count == 1 {
            self.least = value;
            self.largest = value;
        } else {
            self.least = self.least.min(value);
            self.largest = self.largest.max(value);
        }
    }

    /// How many there were.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; zero without any.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// Their standard deviation, with one less than their number as divisor;
    /// zero for fewer than two.
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        if self.count < 2 {
            0.0
        } else {
            (self.squares / (self.count - 1) as f64).sqrt()
        }
    }

    /// The least and the largest; `None` without any.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        (self.count > 0).then_some((self.least, self.largest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_spread_are_those_of_the_textbook() {
        let mut seen = Observations::default();
        // A far-off origin, where a sum of squares would lose its digits.
        let origin = 1e9;
        for value in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            seen.add(origin + value);
        }
        assert!((seen.mean() - origin - 5.0).abs() < 1e-6);
        assert!((seen.standard_deviation() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-6);
        assert_eq!(seen.ends(), Some((origin + 2.0, origin + 9.0)));
        assert_eq!(Observations::default().ends(), None);
    }
}
