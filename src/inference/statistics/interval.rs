//! Confidence intervals of means.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean with the interval that holds the true mean with a stated confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceInterval {
    /// The estimate.
    pub mean: f64,
    /// The interval reaches from `mean − half_width` to `mean + half_width`.
    pub half_width: f64,
    /// Probability that it holds the true mean, such as 0.95.
    pub confidence: f64,
    /// How many independent values it is made of.
    pub count: usize,
}

impl ConfidenceInterval {
    /// Whether `value` lies in it.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half_width
    }

    /// Half-width relative to the mean; infinite at a mean of zero.
    #[must_use]
    pub fn relative_half_width(&self) -> f64 {
        if self.mean.abs() > 0.0 {
            self.half_width / self.mean.abs()
        } else {
            f64::INFINITY
        }
    }
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum StatisticsError {
    /// Too few values.
    #[error("there are {found} values where at least {needed} are needed")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Two series that should belong together have different lengths.
    #[error("{first} values cannot be paired with {second}: run the same members of both")]
    Unpaired {
        /// Values of the first.
        first: usize,
        /// Values of the second.
        second: usize,
    },
    /// A confidence that is none.
    #[error("a confidence of {0} is not possible: give one between 0 and 1, such as 0.95")]
    Confidence(f64),
    /// A value that is no number.
    #[error("value {0} of the series is not a finite number")]
    NotFinite(usize),
}

/// Checks what all estimates need.
pub(super) fn examine(
    values: &[f64],
    needed: usize,
    confidence: f64,
) -> Result<(), StatisticsError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(StatisticsError::Confidence(confidence));
    }
    if values.len() < needed {
        return Err(StatisticsError::TooFew {
            found: values.len(),
            needed,
        });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(StatisticsError::NotFinite(place)),
        None => Ok(()),
    }
}

/// Mean and variance (with one less than the number as divisor).
pub(super) fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (count - 1.0).max(1.0))
}

/// The two-sided quantile of Student's distribution.
pub(super) fn student(confidence: f64, degrees: usize) -> f64 {
    StudentsT::new(0.0, 1.0, degrees as f64).map_or(f64::INFINITY, |student| {
        student.inverse_cdf(0.5 + 0.5 * confidence)
    })
}

/// The interval of the mean of independent values: one per replication.
///
/// # Errors
/// For fewer than two values, or one that is not finite.
pub fn interval_of_mean(
    values: &[f64],
    confidence: f64,
) -> Result<ConfidenceInterval, StatisticsError> {
    examine(values, 2, confidence)?;
    let (mean, variance) = mean_and_variance(values);
    let count = values.len();
    Ok(ConfidenceInterval {
        mean,
        half_width: student(confidence, count - 1) * (variance / count as f64).sqrt(),
        confidence,
        count,
    })
}

/// The interval of the mean of `changed − base`, member by member. Under common
/// random numbers most of what chance does to one it does to the other, and the
/// interval is narrow.
///
/// # Errors
/// When the two do not have the same number of members, at least two.
pub fn paired_difference(
    base: &[f64],
    changed: &[f64],
    confidence: f64,
) -> Result<ConfidenceInterval, StatisticsError> {
    if base.len() != changed.len() {
        return Err(StatisticsError::Unpaired {
            first: base.len(),
            second: changed.len(),
        });
    }
    let differences: Vec<f64> = base
        .iter()
        .zip(changed)
        .map(|(base, new)| new - base)
        .collect();
    interval_of_mean(&differences, confidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Purpose, standard_normal, stream};

    #[test]
    fn the_interval_is_that_of_the_table_of_student() {
        // Mean 3, variance 2.5, t(0.975, 4) = 2.776445.
        let found = interval_of_mean(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).expect("an interval");
        assert!((found.mean - 3.0).abs() < 1e-12);
        let expected = 2.776_445_105 * 0.5_f64.sqrt();
        assert!((found.half_width - expected).abs() < 1e-6, "{found:?}");
        assert!(found.contains(1.2) && !found.contains(5.2));
    }

    #[test]
    fn an_interval_holds_the_true_mean_as_often_as_it_says() {
        const TRIALS: u64 = 4000;
        let held = (0..TRIALS).filter(|&trial| {
            let mut stream = stream(1, trial, "interval", Purpose::Estimation);
            let values: Vec<f64> = (0..8).map(|_| standard_normal(&mut stream)).collect();
            interval_of_mean(&values, 0.9)
                .expect("an interval")
                .contains(0.0)
        });
        // 3600 of 4000, within five standard deviations of 19.
        let held = held.count();
        assert!(held.abs_diff(3600) < 95, "{held}");
    }

    #[test]
    fn what_both_have_in_common_does_not_widen_the_difference() {
        let mut stream = stream(1, 0, "pairs", Purpose::Estimation);
        let common: Vec<f64> = (0..30)
            .map(|_| 10.0 * standard_normal(&mut stream))
            .collect();
        let changed: Vec<f64> = (common.iter())
            .map(|base| base + 1.0 + 0.1 * standard_normal(&mut stream))
            .collect();
        let paired = paired_difference(&common, &changed, 0.99).expect("an interval");
        assert!(
            paired.contains(1.0) && paired.half_width < 0.1,
            "{paired:?}"
        );
    }

    #[test]
    fn what_says_nothing_is_refused() {
        assert!(matches!(
            interval_of_mean(&[1.0], 0.95),
            Err(StatisticsError::TooFew { .. })
        ));
        assert_eq!(
            interval_of_mean(&[1.0, f64::NAN], 0.95),
            Err(StatisticsError::NotFinite(1))
        );
        assert_eq!(
            interval_of_mean(&[1.0, 2.0], 1.0),
            Err(StatisticsError::Confidence(1.0))
        );
        assert!(matches!(
            paired_difference(&[1.0], &[1.0, 2.0], 0.95),
            Err(StatisticsError::Unpaired { .. })
        ));
    }
}
