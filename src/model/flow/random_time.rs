//! From what a document says of a random time to the times themselves.

use std::sync::Arc;

use super::kinds::RandomTime;
use super::times::{Times, TimesError};
use crate::model::slots::Slots;
use crate::quantity::Distribution;

/// The shape of a distribution that is given by mean and variation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Constant,
    Exponential,
    Gamma,
    LogNormal,
    Weibull,
    Normal,
    Uniform,
    Triangular,
}

impl Shape {
    /// The shape of a word; constant where the word is none.
    fn of(word: &str) -> Self {
        match word {
            "Exponential" => Self::Exponential,
            "Gamma" => Self::Gamma,
            "LogNormal" => Self::LogNormal,
            "Weibull" => Self::Weibull,
            "Normal" => Self::Normal,
            "Uniform" => Self::Uniform,
            "Triangular" => Self::Triangular,
            _ => Self::Constant,
        }
    }
}

/// A random time of an asset: all but the values of its parameters.
#[derive(Clone, Debug)]
pub(super) struct TimeForm {
    shape: Shape,
    /// Points of the quantile function: probability, s.
    data: Option<Arc<[(f64, f64)]>>,
    mean: usize,
    variation: usize,
}

impl TimeForm {
    /// `word` names the shape; `None` where the kind does not declare the time.
    pub(super) fn new(
        names: RandomTime,
        slots: &Slots,
        word: Option<&str>,
        data: Option<Arc<[(f64, f64)]>>,
    ) -> Option<Self> {
        Some(Self {
            shape: Shape::of(word?),
            data,
            mean: slots.find(names.time)?,
            variation: slots.find(names.variation)?,
        })
    }

    /// The times under the parameters in `values`.
    pub(super) fn times(&self, values: &[f64]) -> Result<Times, TimesError> {
        if let Some(points) = &self.data {
            return Times::from_quantiles(points);
        }
        let mean = values[self.mean];
        if mean <= 0.0 {
            return Ok(Times::constant(0.0));
        }
        Times::new(distribution(self.shape, mean, values[self.variation]))
    }

    /// Whether it says nothing: no values and a mean of zero.
    pub(super) fn is_absent(&self, values: &[f64]) -> bool {
        self.data.is_none() && values[self.mean] <= 0.0
    }
}

/// The distribution that a document means by a word such as `Gamma`, with a mean \[s]
/// and a coefficient of variation; constant where the word is none.
#[must_use]
pub fn time_distribution(word: &str, mean: f64, variation: f64) -> Distribution {
    distribution(Shape::of(word), mean, variation)
}

/// The distribution of a shape with a mean and a coefficient of variation.
fn distribution(shape: Shape, mean: f64, variation: f64) -> Distribution {
    let standard_deviation = mean * variation;
    let squared = variation * variation;
    match shape {
        Shape::Constant => Distribution::Constant(mean),
        Shape::Exponential => Distribution::Exponential { mean, shift: 0.0 },
        Shape::Gamma => Distribution::Gamma {
            shape: 1.0 / squared,
            scale: mean * squared,
            shift: 0.0,
        },
        Shape::LogNormal => Distribution::LogNormal {
            median: mean / (1.0 + squared).sqrt(),
            geometric_standard_deviation: squared.ln_1p().sqrt().exp(),
            shift: 0.0,
        },
        Shape::Weibull => {
            let shape = weibull_shape(variation);
            let unit = Distribution::Weibull {
                shape,
                scale: 1.0,
                shift: 0.0,
            };
            Distribution::Weibull {
                shape,
                scale: mean / unit.mean(),
                shift: 0.0,
            }
        }
        // Nothing is left of the normal distribution nine deviations above.
        Shape::Normal => Distribution::TruncatedNormal {
            mean,
            standard_deviation,
            low: 0.0,
            high: mean + 9.0 * standard_deviation,
        },
        Shape::Uniform => Distribution::Uniform {
            low: mean - standard_deviation * 3.0_f64.sqrt(),
            high: mean + standard_deviation * 3.0_f64.sqrt(),
        },
        Shape::Triangular => Distribution::Triangular {
            low: mean - standard_deviation * 6.0_f64.sqrt(),
            mode: mean,
            high: mean + standard_deviation * 6.0_f64.sqrt(),
        },
    }
}

/// The shape of the Weibull distribution with a coefficient of variation, which
/// falls as the shape rises.
fn weibull_shape(variation: f64) -> f64 {
    let (mut low, mut high) = (0.1_f64, 1000.0_f64);
    for _ in 0..80 {
        let middle = (low * high).sqrt();
        let unit = Distribution::Weibull {
            shape: middle,
            scale: 1.0,
            shift: 0.0,
        };
        if unit.standard_deviation() > variation * unit.mean() {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_the_mean_and_the_variation_that_were_asked_for() {
        for shape in [
            Shape::Gamma,
            Shape::LogNormal,
            Shape::Weibull,
            Shape::Uniform,
            Shape::Triangular,
        ] {
            for variation in [0.1, 0.3, 0.4] {
                let found = distribution(shape, 20.0, variation);
                assert_eq!(found.validate(), Ok(()), "{shape:?}");
                assert!((found.mean() - 20.0).abs() < 1e-9, "{found:?}");
                let spread = found.standard_deviation() / found.mean();
                assert!((spread - variation).abs() < 1e-6, "{found:?}: {spread}");
            }
        }
    }

    #[test]
    fn a_shape_that_would_reach_below_zero_is_refused() {
        let refused = Times::new(distribution(Shape::Uniform, 10.0, 0.9));
        assert!(matches!(refused, Err(TimesError::Negative(_))));
    }
}
