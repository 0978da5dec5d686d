//! What is not known exactly, and how to draw from it reproducibly.
//!
//! Every draw takes one 64-bit word of the stream and inverts the cumulative
//! distribution, so that the number of words used never depends on the values.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::special::{
    beta_cumulative, beta_density, beta_quantile, normal_cumulative, normal_density,
    normal_quantile,
};

/// A belief about one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Distribution {
    /// Exactly one value.
    Constant(f64),
    /// Normal (Gaussian).
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, above zero.
        standard_deviation: f64,
    },
    /// The logarithm is normal.
    LogNormal {
        /// Median, above zero.
        median: f64,
        /// Geometric standard deviation, above one: 1.1 is about ten per cent.
        geometric_standard_deviation: f64,
        /// Added to every value; zero unless the distribution was shifted.
        #[serde(default)]
        shift: f64,
    },
    /// Equally likely between two values.
    Uniform {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// Rises linearly to the mode and falls linearly from it.
    Triangular {
        /// Smallest value.
        low: f64,
        /// Most likely value.
        mode: f64,
        /// Largest value.
        high: f64,
    },
    /// Normal, given that it lies between two values.
    TruncatedNormal {
        /// Mean before truncation.
        mean: f64,
        /// Standard deviation before truncation, above zero.
        standard_deviation: f64,
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// Beta, stretched between two values.
    Beta {
        /// First shape, above zero.
        alpha: f64,
        /// Second shape, above zero.
        beta: f64,
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// Observed values, each equally likely, with linear interpolation between them.
    Empirical {
        /// The values, in any order; at least one.
        values: Vec<f64>,
    },
}

/// Why a distribution means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DistributionError(pub String);

/// A number strictly between 0 and 1 from one 64-bit word.
pub fn unit_interval<R: Rng + ?Sized>(random: &mut R) -> f64 {
    const SCALE: f64 = 1.0 / 9_007_199_254_740_992.0;
    ((random.next_u64() >> 11) as f64 + 0.5) * SCALE
}

/// A standard normal deviate from one 64-bit word.
pub fn standard_normal<R: Rng + ?Sized>(random: &mut R) -> f64 {
    normal_quantile(unit_interval(random))
}

impl Distribution {
    /// Whether the numbers make a distribution.
    ///
    /// # Errors
    /// Says which number is at fault and what it should be.
    pub fn validate(&self) -> Result<(), DistributionError> {
        let fail = |text: String| Err(DistributionError(text));
        let finite = |numbers: &[f64]| numbers.iter().all(|one| one.is_finite());
        match self {
            Self::Constant(value) if !finite(&[*value]) => fail("the value must be finite".into()),
            Self::Normal {
                mean,
                standard_deviation,
            } if !finite(&[*mean, *standard_deviation]) || *standard_deviation <= 0.0 => fail(
                format!("standard_deviation must be above zero, is {standard_deviation}"),
            ),
            Self::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } if !finite(&[*median, *geometric_standard_deviation, *shift])
                || *median <= 0.0
                || *geometric_standard_deviation <= 1.0 =>
            {
                fail("median must be above zero and geometric_standard_deviation above one".into())
            }
            Self::Uniform { low, high } if !finite(&[*low, *high]) || low >= high => {
                fail(format!("low must be below high, are {low} and {high}"))
            }
            Self::Triangular { low, mode, high }
                if !finite(&[*low, *mode, *high]) || low >= high || mode < low || mode > high =>
            {
                fail(format!(
                    "low <= mode <= high with low < high expected, are {low}, {mode}, {high}"
                ))
            }
            Self::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } if !finite(&[*mean, *standard_deviation, *low, *high])
                || *standard_deviation <= 0.0
                || low >= high =>
            {
                fail("standard_deviation must be above zero and low below high".into())
            }
            Self::Beta {
                alpha,
                beta,
                low,
                high,
            } if !finite(&[*alpha, *beta, *low, *high])
                || *alpha <= 0.0
                || *beta <= 0.0
                || low >= high =>
            {
                fail("alpha and beta must be above zero and low below high".into())
            }
            Self::Empirical { values } if values.is_empty() || !finite(values) => {
                fail("values must be finite and at least one".into())
            }
            _ => Ok(()),
        }
    }

    /// The value that is not exceeded with probability `p` (0 to 1).
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        let p = p.clamp(0.0, 1.0);
        match self {
            Self::Constant(value) => *value,
            Self::Normal {
                mean,
                standard_deviation,
            } => mean + standard_deviation * normal_quantile(p),
            Self::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => shift + median * (geometric_standard_deviation.ln() * normal_quantile(p)).exp(),
            Self::Uniform { low, high } => low + p * (high - low),
            Self::Triangular { low, mode, high } => {
                let width = high - low;
                let at_mode = (mode - low) / width;
                if p <= at_mode {
                    low + (p * width * (mode - low)).sqrt()
                } else {
                    high - ((1.0 - p) * width * (high - mode)).sqrt()
                }
            }
            Self::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => {
                let below = normal_cumulative((low - mean) / standard_deviation);
                let above = normal_cumulative((high - mean) / standard_deviation);
                (mean + standard_deviation * normal_quantile(below + p * (above - below)))
                    .clamp(*low, *high)
            }
            Self::Beta {
                alpha,
                beta,
                low,
                high,
            } => low + (high - low) * beta_quantile(*alpha, *beta, p),
            Self::Empirical { values } => {
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                let position = p * (sorted.len() - 1) as f64;
                let first = position.floor() as usize;
                let next = (first + 1).min(sorted.len() - 1);
                sorted[first] + (position - first as f64) * (sorted[next] - sorted[first])
            }
        }
    }

    /// The probability of a value of at most `x`.
    #[must_use]
    pub fn cumulative(&self, x: f64) -> f64 {
        match self {
            Self::Constant(value) => f64::from(u8::from(x >= *value)),
            Self::Normal {
                mean,
                standard_deviation,
            } => normal_cumulative((x - mean) / standard_deviation),
            Self::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => {
                if x <= *shift {
                    0.0
                } else {
                    normal_cumulative(
                        ((x - shift) / median).ln() / geometric_standard_deviation.ln(),
                    )
                }
            }
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Triangular { low, mode, high } => {
                if x <= *low {
                    0.0
                } else if x >= *high {
                    1.0
                } else if x <= *mode {
                    (x - low).powi(2) / ((high - low) * (mode - low))
                } else {
                    1.0 - (high - x).powi(2) / ((high - low) * (high - mode))
                }
            }
            Self::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => {
                let at = |y: f64| normal_cumulative((y - mean) / standard_deviation);
                ((at(x.clamp(*low, *high)) - at(*low)) / (at(*high) - at(*low))).clamp(0.0, 1.0)
            }
            Self::Beta {
                alpha,
                beta,
                low,
                high,
            } => beta_cumulative(*alpha, *beta, (x - low) / (high - low)),
            Self::Empirical { values } => {
                values.iter().filter(|value| **value <= x).count() as f64 / values.len() as f64
            }
        }
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.moments().0
    }

    /// The standard deviation.
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        self.moments().1
    }

    fn moments(&self) -> (f64, f64) {
        match self {
            Self::Constant(value) => (*value, 0.0),
            Self::Normal {
                mean,
                standard_deviation,
            } => (*mean, *standard_deviation),
            Self::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => {
                let variance = geometric_standard_deviation.ln().powi(2);
                let mean = median * (0.5 * variance).exp();
                (shift + mean, mean * variance.exp_m1().sqrt())
            }
            Self::Uniform { low, high } => (0.5 * (low + high), (high - low) / 12.0_f64.sqrt()),
            Self::Triangular { low, mode, high } => {
                let (a, b, c) = (low, high, mode);
                let variance = (a * a + b * b + c * c - a * b - a * c - b * c) / 18.0;
                ((a + b + c) / 3.0, variance.max(0.0).sqrt())
            }
            Self::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => {
                let (a, b) = (
                    (low - mean) / standard_deviation,
                    (high - mean) / standard_deviation,
                );
                let mass = normal_cumulative(b) - normal_cumulative(a);
                let (da, db) = (normal_density(a), normal_density(b));
                let shift = (da - db) / mass;
                let variance = 1.0 + (a * da - b * db) / mass - shift * shift;
                (
                    mean + standard_deviation * shift,
                    standard_deviation * variance.max(0.0).sqrt(),
                )
            }
            Self::Beta {
                alpha,
                beta,
                low,
                high,
            } => {
                let sum = alpha + beta;
                let mean = alpha / sum;
                let variance = alpha * beta / (sum * sum * (sum + 1.0));
                (low + (high - low) * mean, (high - low) * variance.sqrt())
            }
            Self::Empirical { values } => {
                let count = values.len() as f64;
                let mean = values.iter().sum::<f64>() / count;
                let variance = values.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / count;
                (mean, variance.sqrt())
            }
        }
    }

    /// The probability density at `x`; infinite or zero for [`Distribution::Constant`].
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        match self {
            Self::Beta {
                alpha,
                beta,
                low,
                high,
            } => beta_density(*alpha, *beta, (x - low) / (high - low)) / (high - low),
            Self::Normal {
                mean,
                standard_deviation,
            } => normal_density((x - mean) / standard_deviation) / standard_deviation,
            _ => {
                let width = 1e-4 * self.standard_deviation().max(f64::MIN_POSITIVE);
                (self.cumulative(x + width) - self.cumulative(x - width)) / (2.0 * width)
            }
        }
    }

    /// Draws one value, using one 64-bit word of the stream.
    pub fn sample<R: Rng + ?Sized>(&self, random: &mut R) -> f64 {
        self.quantile(unit_interval(random))
    }

    /// The distribution of `scale * x + offset`, for a positive `scale`: a change of unit.
    #[must_use]
    pub fn scaled(&self, scale: f64, offset: f64) -> Self {
        let map = |x: f64| scale * x + offset;
        match self {
            Self::Constant(value) => Self::Constant(map(*value)),
            Self::Normal {
                mean,
                standard_deviation,
            } => Self::Normal {
                mean: map(*mean),
                standard_deviation: scale * standard_deviation,
            },
            Self::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => Self::LogNormal {
                median: scale * median,
                geometric_standard_deviation: *geometric_standard_deviation,
                shift: map(*shift),
            },
            Self::Uniform { low, high } => Self::Uniform {
                low: map(*low),
                high: map(*high),
            },
            Self::Triangular { low, mode, high } => Self::Triangular {
                low: map(*low),
                mode: map(*mode),
                high: map(*high),
            },
            Self::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => Self::TruncatedNormal {
                mean: map(*mean),
                standard_deviation: scale * standard_deviation,
                low: map(*low),
                high: map(*high),
            },
            Self::Beta {
                alpha,
                beta,
                low,
                high,
            } => Self::Beta {
                alpha: *alpha,
                beta: *beta,
                low: map(*low),
                high: map(*high),
            },
            Self::Empirical { values } => Self::Empirical {
                values: values.iter().map(|one| map(*one)).collect(),
            },
        }
    }
}
