//! How far the twin is from its measurements, in a few figures.

use crate::quantity::SimTime;

/// One comparison of a measurement with the twin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residual {
    /// When both were taken.
    pub time: SimTime,
    /// Observed minus simulated [SI unit of the channel's variable, as a difference].
    pub value: f64,
}

/// Summary of a channel's residuals, gathered one by one.
///
/// The sums are Neumaier's compensated ones, so that a year of samples at one
/// second loses no digits (A. Neumaier, "Rundungsfehleranalyse einiger
/// Verfahren zur Summation endlicher Summen", ZAMM 54 (1974) 39–51). They are
/// formed in the order of the samples: the same samples give the same bits.
///
/// ```
/// use counterpart::inference::ResidualStatistics;
///
/// let statistics: ResidualStatistics = [3.0, -4.0].into_iter().collect();
/// assert_eq!(statistics.count(), 2);
/// assert_eq!(statistics.bias(), -0.5);
/// assert_eq!(statistics.maximum_absolute(), 4.0);
/// assert!((statistics.root_mean_square() - 12.5_f64.sqrt()).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ResidualStatistics {
    count: u64,
    sum: CompensatedSum,
    squares: CompensatedSum,
    maximum: f64,
}

impl ResidualStatistics {
    /// No samples yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one residual in [SI unit, as a difference]. A value that is not
    /// finite is no measurement and is left out.
    pub fn push(&mut self, residual: f64) {
        if !residual.is_finite() {
            return;
        }
        self.count += 1;
        self.sum.add(residual);
        self.squares.add(residual * residual);
        self.maximum = self.maximum.max(residual.abs());
    }

    /// The statistics of both sets of samples together: pooled over channels.
    #[must_use]
    pub fn pooled_with(mut self, other: &Self) -> Self {
        self.count += other.count;
        self.sum.add(other.sum.value());
        self.squares.add(other.squares.value());
        self.maximum = self.maximum.max(other.maximum);
        self
    }

    /// Number of samples compared.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Mean residual; zero without samples. Positive where the twin is too low.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.mean_of(&self.sum)
    }

    /// Root of the mean square of the residuals; zero without samples.
    #[must_use]
    pub fn root_mean_square(&self) -> f64 {
        self.mean_of(&self.squares).max(0.0).sqrt()
    }

    /// Largest absolute residual; zero without samples.
    #[must_use]
    pub fn maximum_absolute(&self) -> f64 {
        self.maximum
    }

    fn mean_of(&self, sum: &CompensatedSum) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            sum.value() / self.count as f64
        }
    }
}

impl FromIterator<f64> for ResidualStatistics {
    fn from_iter<I: IntoIterator<Item = f64>>(residuals: I) -> Self {
        let mut statistics = Self::new();
        for residual in residuals {
            statistics.push(residual);
        }
        statistics
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct CompensatedSum {
    sum: f64,
    compensation: f64,
}

impl CompensatedSum {
    fn add(&mut self, value: f64) {
        let total = self.sum + value;
        self.compensation += if self.sum.abs() >= value.abs() {
            (self.sum - total) + value
        } else {
            (value - total) + self.sum
        };
        self.sum = total;
    }

    fn value(&self) -> f64 {
        self.sum + self.compensation
    }
}

#[cfg(test)]
mod tests {
    use super::ResidualStatistics;

    #[test]
    fn without_samples_every_figure_is_zero() {
        let statistics = ResidualStatistics::new();
        assert_eq!(statistics.count(), 0);
        assert_eq!(statistics.bias(), 0.0);
        assert_eq!(statistics.root_mean_square(), 0.0);
    }

    #[test]
    fn values_that_are_not_finite_are_left_out() {
        let statistics: ResidualStatistics =
            [1.0, f64::NAN, f64::INFINITY, 1.0].into_iter().collect();
        assert_eq!(statistics.count(), 2);
        assert_eq!(statistics.bias(), 1.0);
    }

    #[test]
    fn small_residuals_survive_beside_a_large_one() {
        let mut statistics = ResidualStatistics::new();
        statistics.push(1e16);
        for _ in 0..1000 {
            statistics.push(1.0);
        }
        statistics.push(-1e16);
        assert_eq!(statistics.bias() * 1002.0, 1000.0);
    }

    #[test]
    fn pooling_counts_every_sample_once() {
        let first: ResidualStatistics = [1.0, -1.0].into_iter().collect();
        let second: ResidualStatistics = [3.0].into_iter().collect();
        let pooled = first.pooled_with(&second);
        assert_eq!(pooled.count(), 3);
        assert!((pooled.root_mean_square() - (11.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(pooled.maximum_absolute(), 3.0);
    }
}
