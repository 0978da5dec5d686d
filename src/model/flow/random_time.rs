//! From what a document says of a random time to the times themselves.

use std::sync::{Arc, Mutex, PoisonError};

use super::kinds::RandomTime;
use super::times::{Times, TimesError};
use crate::model::slots::Slots;
use crate::quantity::{Distribution, QuantileTable};

/// A distribution of the flow kinds, given by its mean and its coefficient of
/// variation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Always the same.
    Constant,
    /// By chance at a constant rate; its variation is 1.
    Exponential,
    /// Sums of exponential times.
    Gamma,
    /// Known up to a factor.
    LogNormal,
    /// Likelier with age, or rarer.
    Weibull,
    /// Cut at zero; mean and variation are those before the cut.
    Normal,
    /// Equally likely between two bounds.
    Uniform,
    /// Symmetric between two bounds.
    Triangular,
}

impl Family {
    /// All that are fitted to times that differ.
    pub const RANDOM: [Self; 7] = [
        Self::Exponential,
        Self::Gamma,
        Self::LogNormal,
        Self::Weibull,
        Self::Normal,
        Self::Uniform,
        Self::Triangular,
    ];

    /// Its name in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Constant => "Constant",
            Self::Exponential => "Exponential",
            Self::Gamma => "Gamma",
            Self::LogNormal => "LogNormal",
            Self::Weibull => "Weibull",
            Self::Normal => "Normal",
            Self::Uniform => "Uniform",
            Self::Triangular => "Triangular",
        }
    }

    /// The family that a word of a document names; constant where the word is none.
    pub(super) fn of(word: &str) -> Self {
        let mut families = Self::RANDOM.into_iter();
        let found = families.find(|family| family.word() == word);
        found.unwrap_or(Self::Constant)
    }

    /// The distribution of a mean \[s] and a coefficient of variation.
    #[must_use]
    pub fn distribution(self, mean: f64, variation: f64) -> Distribution {
        let standard_deviation = mean * variation;
        let squared = variation * variation;
        match self {
            Self::Constant => Distribution::Constant(mean),
            Self::Exponential => Distribution::Exponential { mean, shift: 0.0 },
            Self::Gamma => Distribution::Gamma {
                shape: 1.0 / squared,
                scale: mean * squared,
                shift: 0.0,
            },
            Self::LogNormal => Distribution::LogNormal {
                median: mean / (1.0 + squared).sqrt(),
                geometric_standard_deviation: squared.ln_1p().sqrt().exp(),
                shift: 0.0,
            },
            Self::Weibull => {
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
            Self::Normal => Distribution::TruncatedNormal {
                mean,
                standard_deviation,
                low: 0.0,
                high: mean + 9.0 * standard_deviation,
            },
            Self::Uniform => Distribution::Uniform {
                low: mean - standard_deviation * 3.0_f64.sqrt(),
                high: mean + standard_deviation * 3.0_f64.sqrt(),
            },
            Self::Triangular => Distribution::Triangular {
                low: mean - standard_deviation * 6.0_f64.sqrt(),
                mode: mean,
                high: mean + standard_deviation * 6.0_f64.sqrt(),
            },
        }
    }

    /// How many numbers were fitted.
    #[must_use]
    pub const fn parameters(self) -> usize {
        match self {
            Self::Constant | Self::Exponential => 1,
            _ => 2,
        }
    }
}

/// A random time of an asset: all but the values of its parameters.
#[derive(Clone, Debug)]
pub(super) struct TimeForm {
    family: Family,
    /// Points of the quantile function: probability, s.
    data: Option<Arc<[(f64, f64)]>>,
    mean: usize,
    variation: usize,
    /// The table of the form with the mean of one, and the variation it was made for:
    /// members of an ensemble, which seldom differ in it, share its parts.
    table: Arc<Mutex<Option<(f64, Arc<QuantileTable>)>>>,
}

impl TimeForm {
    /// `word` names the family; `None` where the kind does not declare the time.
    pub(super) fn new(
        names: RandomTime,
        slots: &Slots,
        word: Option<&str>,
        data: Option<Arc<[(f64, f64)]>>,
    ) -> Option<Self> {
        Some(Self {
            family: Family::of(word?),
            data,
            mean: slots.find(names.time)?,
            variation: slots.find(names.variation)?,
            table: Arc::default(),
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
        let variation = values[self.variation];
        let distribution = self.family.distribution(mean, variation);
        match self.table(variation) {
            Some(table) => Times::tabled(distribution, mean, &table),
            None => Times::new(distribution),
        }
    }

    /// The table for a variation, where the family has one.
    fn table(&self, variation: f64) -> Option<Arc<QuantileTable>> {
        let mut held = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, table)) = &*held
            && of.to_bits() == variation.to_bits()
        {
            return Some(Arc::clone(table));
        }
        let table = Arc::new(QuantileTable::new(
            self.family.distribution(1.0, variation),
        )?);
        *held = Some((variation, Arc::clone(&table)));
        Some(table)
    }

    /// Whether it says nothing: no values and a mean of zero.
    pub(super) fn is_absent(&self, values: &[f64]) -> bool {
        self.data.is_none() && values[self.mean] <= 0.0
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
        for family in [
            Family::Gamma,
            Family::LogNormal,
            Family::Weibull,
            Family::Uniform,
            Family::Triangular,
        ] {
            for variation in [0.1, 0.3, 0.4] {
                let found = family.distribution(20.0, variation);
                assert_eq!(found.validate(), Ok(()), "{family:?}");
                assert!((found.mean() - 20.0).abs() < 1e-9, "{found:?}");
                let spread = found.standard_deviation() / found.mean();
                assert!((spread - variation).abs() < 1e-6, "{found:?}: {spread}");
            }
        }
    }

    #[test]
    fn a_shape_that_would_reach_below_zero_is_refused() {
        let refused = Times::new(Family::Uniform.distribution(10.0, 0.9));
        assert!(matches!(refused, Err(TimesError::Negative(_))));
    }
}
