//! What is not known exactly: probability distributions of one variable.
//!
//! All sampling goes through the quantile function, so one sample takes exactly one 64-bit
//! word of the random stream, whatever the distribution and its parameters. Changing one
//! uncertainty then leaves every other draw of a run as it was, and a scenario and its base
//! see the same noise.

use std::cmp::Ordering;
use std::fmt;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::Unit;
use super::special::{
    beta_cumulative, beta_density, beta_quantile, gamma_cumulative, gamma_density, gamma_function,
    gamma_quantile, normal_cumulative, normal_density, normal_quantile,
};

mod empirical;
mod table;
mod truncated;

pub use empirical::EmpiricalValues;
pub use table::QuantileTable;
use truncated::Truncated;

/// A probability distribution of one variable.
///
/// Its numbers are in one unit, which stands beside it in the document; [`to_si`](Distribution::to_si)
/// converts it. In RON: `Normal(mean: 7.5, standard_deviation: 0.4)`.
///
/// The methods other than [`validate`](Distribution::validate) expect valid parameters and
/// give numbers without meaning (NaN, mostly) for others; none panics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Distribution {
    /// Known exactly. Sampling still takes one word of the stream.
    Constant(f64),
    /// The normal (Gaussian) distribution.
    Normal {
        /// Mean and median.
        mean: f64,
        /// Standard deviation, positive; a difference, so `0.5` in `Cel` is 0.5 K.
        standard_deviation: f64,
    },
    /// The log-normal distribution, for positive quantities known up to a factor: with
    /// `median: 10, geometric_standard_deviation: 1.2` about 68 % lies between 10 ÷ 1.2 and
    /// 10 × 1.2.
    LogNormal {
        /// Median of the part above `shift`, positive.
        median: f64,
        /// The factor of one standard deviation, above 1.
        geometric_standard_deviation: f64,
        /// Added to every value; the lower end of the distribution. Usually left out: 0.
        #[serde(default, skip_serializing_if = "is_zero")]
        shift: f64,
    },
    /// Equally likely everywhere from `low` to `high`.
    Uniform {
        /// Lower bound.
        low: f64,
        /// Upper bound, above `low`.
        high: f64,
    },
    /// Triangular: bounds and the most likely value, for what an expert can say.
    Triangular {
        /// Lower bound.
        low: f64,
        /// Most likely value, from `low` to `high`.
        mode: f64,
        /// Upper bound, above `low`.
        high: f64,
    },
    /// A normal distribution cut to `low ..= high` and renormalised.
    TruncatedNormal {
        /// Mean before the cut.
        mean: f64,
        /// Standard deviation before the cut, positive.
        standard_deviation: f64,
        /// Lower bound.
        low: f64,
        /// Upper bound, above `low`.
        high: f64,
    },
    /// The beta distribution stretched to `low ..= high`.
    Beta {
        /// First shape, from 0.01 to 10 000.
        alpha: f64,
        /// Second shape, from 0.01 to 10 000.
        beta: f64,
        /// Lower bound.
        low: f64,
        /// Upper bound, above `low`.
        high: f64,
    },
    /// The exponential distribution: waiting for what happens by chance at a constant rate.
    Exponential {
        /// Mean of the part above `shift`, positive.
        mean: f64,
        /// Added to every value; the lower end of the distribution. Usually left out: 0.
        #[serde(default, skip_serializing_if = "is_zero")]
        shift: f64,
    },
    /// The Weibull distribution: times to failure that become likelier with age (`shape`
    /// above 1) or rarer (below 1).
    Weibull {
        /// Shape, from 0.1 to 1000.
        shape: f64,
        /// The value above `shift` that 63.2 % stay below, positive.
        scale: f64,
        /// Added to every value; the lower end of the distribution. Usually left out: 0.
        #[serde(default, skip_serializing_if = "is_zero")]
        shift: f64,
    },
    /// The gamma distribution: a sum of `shape` exponential times of mean `scale`, for shapes
    /// that are not whole as well.
    Gamma {
        /// Shape, from 0.01 to 10 000.
        shape: f64,
        /// Scale, positive.
        scale: f64,
        /// Added to every value; the lower end of the distribution. Usually left out: 0.
        #[serde(default, skip_serializing_if = "is_zero")]
        shift: f64,
    },
    /// Given by observed values: the quantile function joins the sorted values by straight
    /// lines (type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", The
    /// American Statistician 50, 1996). Mean, standard deviation and density are those of
    /// that continuous distribution, and differ a little from those of the bare values.
    Empirical {
        /// The values, in any order, at least one.
        values: EmpiricalValues,
    },
}

/// Parameters that make no distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionError {
    /// The parameter at fault, as a document names it: `standard_deviation`.
    pub parameter: &'static str,
    /// What is wrong, with the value: `must be above 0, not -0.4`.
    pub reason: String,
}

impl fmt::Display for DistributionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.parameter, self.reason)
    }
}

impl std::error::Error for DistributionError {}

/// The next number of the stream, uniform in the open interval 0 to 1: never 0, never 1.
/// Takes one 64-bit word.
pub fn unit_interval(rng: &mut (impl Rng + ?Sized)) -> f64 {
    // The middles of 2^52 equal cells: all of them exact, symmetric about one half.
    const CELL: f64 = 1.0 / (1_u64 << 52) as f64;
    ((rng.next_u64() >> 12) as f64 + 0.5) * CELL
}

/// The next standard normal number of the stream. Takes one 64-bit word.
pub fn standard_normal(rng: &mut (impl Rng + ?Sized)) -> f64 {
    normal_quantile(unit_interval(rng))
}

impl Distribution {
    /// Checks that the parameters make a distribution.
    ///
    /// # Errors
    /// The first parameter that is not finite or out of its bounds.
    pub fn validate(&self) -> Result<(), DistributionError> {
        match self {
            Distribution::Constant(value) => finite("value", *value),
            Distribution::Normal {
                mean,
                standard_deviation,
            } => {
                finite("mean", *mean)?;
                above("standard_deviation", *standard_deviation, 0.0)
            }
            Distribution::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => {
                above("median", *median, 0.0)?;
                above(
                    "geometric_standard_deviation",
                    *geometric_standard_deviation,
                    1.0,
                )?;
                finite("shift", *shift)?;
                if self.mean().is_finite() && self.standard_deviation().is_finite() {
                    Ok(())
                } else {
                    Err(fault(
                        "geometric_standard_deviation",
                        format!(
                            "is so large that the mean is not finite: \
                             {geometric_standard_deviation}"
                        ),
                    ))
                }
            }
            Distribution::Uniform { low, high } => interval(*low, *high),
            Distribution::Triangular { low, mode, high } => {
                interval(*low, *high)?;
                finite("mode", *mode)?;
                if (*low..=*high).contains(mode) {
                    Ok(())
                } else {
                    Err(fault(
                        "mode",
                        format!("must be from {low} to {high}, not {mode}"),
                    ))
                }
            }
            Distribution::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => {
                finite("mean", *mean)?;
                above("standard_deviation", *standard_deviation, 0.0)?;
                interval(*low, *high)?;
                if Truncated::new(*mean, *standard_deviation, *low, *high).is_usable() {
                    Ok(())
                } else {
                    Err(fault(
                        "low",
                        format!(
                            "and `high` ({low} to {high}) are more than {} standard deviations \
                             from the mean; nearly nothing of the normal distribution is left",
                            truncated::FARTHEST
                        ),
                    ))
                }
            }
            Distribution::Beta {
                alpha,
                beta,
                low,
                high,
            } => {
                for (name, shape) in [("alpha", *alpha), ("beta", *beta)] {
                    finite(name, shape)?;
                    if !(0.01..=10_000.0).contains(&shape) {
                        return Err(fault(
                            name,
                            format!("must be from 0.01 to 10000, not {shape}"),
                        ));
                    }
                }
                interval(*low, *high)
            }
            Distribution::Exponential { mean, shift } => {
                above("mean", *mean, 0.0)?;
                finite("shift", *shift)
            }
            Distribution::Weibull {
                shape,
                scale,
                shift,
            } => {
                shape_within(*shape, 0.1, 1000.0)?;
                above("scale", *scale, 0.0)?;
                finite("shift", *shift)
            }
            Distribution::Gamma {
                shape,
                scale,
                shift,
            } => {
                shape_within(*shape, 0.01, 10_000.0)?;
                above("scale", *scale, 0.0)?;
                finite("shift", *shift)
            }
            Distribution::Empirical { values } => {
                if values.as_slice().is_empty() {
                    return Err(fault("values", "must not be empty".to_owned()));
                }
                match values
                    .as_slice()
                    .iter()
                    .position(|value| !value.is_finite())
                {
                    None => Ok(()),
                    Some(index) => Err(fault(
                        "values",
                        format!(
                            "must be finite, not {} at {index}",
                            values.as_slice()[index]
                        ),
                    )),
                }
            }
        }
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        match self {
            Distribution::Constant(value) => *value,
            Distribution::Normal { mean, .. } => *mean,
            Distribution::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => {
                let sigma = geometric_standard_deviation.ln();
                shift + median * (0.5 * sigma * sigma).exp()
            }
            Distribution::Uniform { low, high } => 0.5 * low + 0.5 * high,
            Distribution::Triangular { low, mode, high } => low / 3.0 + mode / 3.0 + high / 3.0,
            Distribution::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => Truncated::new(*mean, *standard_deviation, *low, *high).mean(),
            Distribution::Beta {
                alpha,
                beta,
                low,
                high,
            } => low + (high - low) * alpha / (alpha + beta),
            Distribution::Exponential { mean, shift } => shift + mean,
            Distribution::Weibull {
                shape,
                scale,
                shift,
            } => shift + scale * gamma_function(1.0 + 1.0 / shape),
            Distribution::Gamma {
                shape,
                scale,
                shift,
            } => shift + shape * scale,
            Distribution::Empirical { values } => values.mean(),
        }
    }

    /// The standard deviation.
    pub fn standard_deviation(&self) -> f64 {
        match self {
            Distribution::Constant(_) => 0.0,
            Distribution::Normal {
                standard_deviation, ..
            } => *standard_deviation,
            Distribution::LogNormal {
                median,
                geometric_standard_deviation,
                ..
            } => {
                let variance = geometric_standard_deviation.ln().powi(2);
                median * (0.5 * variance).exp() * variance.exp_m1().sqrt()
            }
            Distribution::Uniform { low, high } => (high - low) / 12.0_f64.sqrt(),
            Distribution::Triangular { low, mode, high } => {
                // Relative to `low`, so that a far-off origin loses no digits.
                let (mode, high) = (mode - low, high - low);
                ((high * high + mode * mode - high * mode) / 18.0).sqrt()
            }
            Distribution::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => Truncated::new(*mean, *standard_deviation, *low, *high).standard_deviation(),
            Distribution::Beta {
                alpha,
                beta,
                low,
                high,
            } => {
                let sum = alpha + beta;
                (high - low) * (alpha * beta / (sum + 1.0)).sqrt() / sum
            }
            Distribution::Exponential { mean, .. } => *mean,
            Distribution::Weibull { shape, scale, .. } => {
                let first = gamma_function(1.0 + 1.0 / shape);
                let second = gamma_function(1.0 + 2.0 / shape);
                scale * (second - first * first).max(0.0).sqrt()
            }
            Distribution::Gamma { shape, scale, .. } => shape.sqrt() * scale,
            Distribution::Empirical { values } => values.standard_deviation(),
        }
    }

    /// The value that the variable stays at or below with probability `p`, 0 to 1; at 0 and 1
    /// the ends of the distribution, which can be infinite. NaN for other `p`.
    pub fn quantile(&self, p: f64) -> f64 {
        if !(0.0..=1.0).contains(&p) {
            return f64::NAN;
        }
        match self {
            Distribution::Constant(value) => *value,
            Distribution::Normal {
                mean,
                standard_deviation,
            } => mean + standard_deviation * normal_quantile(p),
            Distribution::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => shift + median * (geometric_standard_deviation.ln() * normal_quantile(p)).exp(),
            Distribution::Uniform { low, high } => within(low + (high - low) * p, *low, *high),
            Distribution::Triangular { low, mode, high } => {
                let (whole, left) = (high - low, mode - low);
                let value = if p * whole < left {
                    low + (p * whole * left).sqrt()
                } else {
                    high - ((1.0 - p) * whole * (high - mode)).sqrt()
                };
                within(value, *low, *high)
            }
            Distribution::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => Truncated::new(*mean, *standard_deviation, *low, *high).quantile(p),
            Distribution::Beta {
                alpha,
                beta,
                low,
                high,
            } => within(
                low + (high - low) * beta_quantile(*alpha, *beta, p),
                *low,
                *high,
            ),
            Distribution::Exponential { mean, shift } => shift - mean * (-p).ln_1p(),
            Distribution::Weibull {
                shape,
                scale,
                shift,
            } => shift + scale * (-(-p).ln_1p()).powf(1.0 / shape),
            Distribution::Gamma {
                shape,
                scale,
                shift,
            } => shift + scale * gamma_quantile(*shape, p),
            Distribution::Empirical { values } => values.quantile(p),
        }
    }

    /// The probability that the variable is at most `x`. NaN for NaN.
    pub fn cumulative(&self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        match self {
            Distribution::Constant(value) => f64::from(u8::from(x >= *value)),
            Distribution::Normal {
                mean,
                standard_deviation,
            } => normal_cumulative((x - mean) / standard_deviation),
            Distribution::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => {
                let above = x - shift;
                if above <= 0.0 {
                    0.0
                } else {
                    normal_cumulative((above / median).ln() / geometric_standard_deviation.ln())
                }
            }
            Distribution::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Distribution::Triangular { low, mode, high } => {
                if x <= *low {
                    0.0
                } else if x >= *high {
                    1.0
                } else if x < *mode {
                    (x - low) / (high - low) * ((x - low) / (mode - low))
                } else {
                    1.0 - (high - x) / (high - low) * ((high - x) / (high - mode))
                }
            }
            Distribution::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => Truncated::new(*mean, *standard_deviation, *low, *high).cumulative(x),
            Distribution::Beta {
                alpha,
                beta,
                low,
                high,
            } => beta_cumulative(*alpha, *beta, (x - low) / (high - low)),
            Distribution::Exponential { mean, shift } => -(-((x - shift).max(0.0) / mean)).exp_m1(),
            Distribution::Weibull {
                shape,
                scale,
                shift,
            } => -(-((x - shift).max(0.0) / scale).powf(*shape)).exp_m1(),
            Distribution::Gamma {
                shape,
                scale,
                shift,
            } => gamma_cumulative(*shape, (x - shift) / scale),
            Distribution::Empirical { values } => values.cumulative(x),
        }
    }

    /// The probability density at `x`, per unit of the variable. Infinite where the
    /// distribution has a point of positive probability (a constant, repeated observed
    /// values) and at the ends of a beta distribution with a shape below 1. NaN for NaN.
    pub fn density(&self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        match self {
            Distribution::Constant(value) => {
                if x.partial_cmp(value) == Some(Ordering::Equal) {
                    f64::INFINITY
                } else {
                    0.0
                }
            }
            Distribution::Normal {
                mean,
                standard_deviation,
            } => normal_density((x - mean) / standard_deviation) / standard_deviation,
            Distribution::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => {
                let above = x - shift;
                if above <= 0.0 || above.is_infinite() {
                    return 0.0;
                }
                let sigma = geometric_standard_deviation.ln();
                normal_density((above / median).ln() / sigma) / (sigma * above)
            }
            Distribution::Uniform { low, high } => {
                if (*low..=*high).contains(&x) {
                    1.0 / (high - low)
                } else {
                    0.0
                }
            }
            Distribution::Triangular { low, mode, high } => {
                if !(*low..=*high).contains(&x) {
                    0.0
                } else if x < *mode {
                    2.0 * ((x - low) / (mode - low)) / (high - low)
                } else if x > *mode {
                    2.0 * ((high - x) / (high - mode)) / (high - low)
                } else {
                    2.0 / (high - low)
                }
            }
            Distribution::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => Truncated::new(*mean, *standard_deviation, *low, *high).density(x),
            Distribution::Beta {
                alpha,
                beta,
                low,
                high,
            } => beta_density(*alpha, *beta, (x - low) / (high - low)) / (high - low),
            Distribution::Exponential { mean, shift } => {
                if x < *shift {
                    0.0
                } else {
                    (-(x - shift) / mean).exp() / mean
                }
            }
            Distribution::Weibull {
                shape,
                scale,
                shift,
            } => {
                let above = (x - shift) / scale;
                if above < 0.0 || above.is_infinite() {
                    return 0.0;
                }
                shape / scale * above.powf(shape - 1.0) * (-above.powf(*shape)).exp()
            }
            Distribution::Gamma {
                shape,
                scale,
                shift,
            } => gamma_density(*shape, (x - shift) / scale) / scale,
            Distribution::Empirical { values } => values.density(x),
        }
    }

    /// The next sample from a stream: the quantile of [`unit_interval`]. Takes one 64-bit
    /// word, always.
    pub fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        self.quantile(unit_interval(rng))
    }

    /// The distribution of `scale × x + offset`, for every kind of distribution.
    ///
    /// `scale` must be positive, as it is for every unit; with another the result does not
    /// pass [`validate`](Distribution::validate).
    #[must_use]
    pub fn scaled(&self, scale: f64, offset: f64) -> Distribution {
        let place = |x: f64| scale * x + offset;
        match self {
            Distribution::Constant(value) => {
                Distribution::Constant(if scale > 0.0 { place(*value) } else { f64::NAN })
            }
            Distribution::Normal {
                mean,
                standard_deviation,
            } => Distribution::Normal {
                mean: place(*mean),
                standard_deviation: scale * standard_deviation,
            },
            Distribution::LogNormal {
                median,
                geometric_standard_deviation,
                shift,
            } => Distribution::LogNormal {
                median: scale * median,
                geometric_standard_deviation: *geometric_standard_deviation,
                shift: place(*shift),
            },
            Distribution::Uniform { low, high } => Distribution::Uniform {
                low: place(*low),
                high: place(*high),
            },
            Distribution::Triangular { low, mode, high } => Distribution::Triangular {
                low: place(*low),
                mode: place(*mode),
                high: place(*high),
            },
            Distribution::TruncatedNormal {
                mean,
                standard_deviation,
                low,
                high,
            } => Distribution::TruncatedNormal {
                mean: place(*mean),
                standard_deviation: scale * standard_deviation,
                low: place(*low),
                high: place(*high),
            },
            Distribution::Beta {
                alpha,
                beta,
                low,
                high,
            } => Distribution::Beta {
                alpha: *alpha,
                beta: *beta,
                low: place(*low),
                high: place(*high),
            },
            Distribution::Exponential { mean, shift } => Distribution::Exponential {
                mean: scale * mean,
                shift: place(*shift),
            },
            Distribution::Weibull {
                shape,
                scale: width,
                shift,
            } => Distribution::Weibull {
                shape: *shape,
                scale: scale * width,
                shift: place(*shift),
            },
            Distribution::Gamma {
                shape,
                scale: width,
                shift,
            } => Distribution::Gamma {
                shape: *shape,
                scale: scale * width,
                shift: place(*shift),
            },
            Distribution::Empirical { values } => {
                let factor = if scale > 0.0 { 1.0 } else { f64::NAN };
                let moved: Vec<f64> = values
                    .as_slice()
                    .iter()
                    .map(|x| factor * place(*x))
                    .collect();
                Distribution::Empirical {
                    values: moved.into(),
                }
            }
        }
    }

    /// The distribution in SI of a variable whose distribution in `unit` this is.
    #[must_use]
    pub fn to_si(&self, unit: &Unit) -> Distribution {
        self.scaled(unit.scale(), unit.offset())
    }
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

/// Keeps rounding from leaving an interval; unlike `clamp` it takes any bounds.
fn within(x: f64, low: f64, high: f64) -> f64 {
    x.max(low).min(high)
}

fn fault(parameter: &'static str, reason: String) -> DistributionError {
    DistributionError { parameter, reason }
}

fn finite(parameter: &'static str, value: f64) -> Result<(), DistributionError> {
    if value.is_finite() {
        Ok(())
    } else {
        Err(fault(
            parameter,
            format!("must be a finite number, not {value}"),
        ))
    }
}

fn above(parameter: &'static str, value: f64, bound: f64) -> Result<(), DistributionError> {
    finite(parameter, value)?;
    if value > bound {
        Ok(())
    } else {
        Err(fault(
            parameter,
            format!("must be above {bound}, not {value}"),
        ))
    }
}

fn shape_within(shape: f64, low: f64, high: f64) -> Result<(), DistributionError> {
    finite("shape", shape)?;
    if (low..=high).contains(&shape) {
        Ok(())
    } else {
        Err(fault(
            "shape",
            format!("must be from {low} to {high}, not {shape}"),
        ))
    }
}

fn interval(low: f64, high: f64) -> Result<(), DistributionError> {
    finite("low", low)?;
    finite("high", high)?;
    if high <= low {
        return Err(fault(
            "high",
            format!("must be above `low` ({low}), not {high}"),
        ));
    }
    finite("high", high - low)
}

#[cfg(test)]
mod tests;
