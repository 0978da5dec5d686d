//! Where times come from: a distribution, ready to be drawn from quickly.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::quantity::{Distribution, Stream, unit_interval};

const NANOSECONDS: f64 = 1e9;

/// Random times, one word of the stream each, whatever the distribution: what
/// is drawn for others stays as it was when one distribution is changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Times {
    /// Always the same, ns.
    Constant(i64),
    /// Exponential, with this mean in ns. Stands apart because most models use
    /// it and its quantile is one logarithm.
    Exponential(f64),
    /// Any other, in seconds, none below zero.
    Other(Arc<Distribution>),
}

/// Why a distribution gives no times.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TimesError {
    /// It is not a distribution.
    #[error("{0}")]
    Distribution(#[from] crate::quantity::DistributionError),
    /// It has values below zero.
    #[error("it reaches down to {0} s, and no time is below zero")]
    Negative(f64),
    /// Its mean is longer than a run can be.
    #[error("its mean is {0} s, and a run ends 292 years after its start")]
    Endless(f64),
}

impl Times {
    /// Times of a distribution given in seconds.
    ///
    /// # Errors
    /// When the distribution is not valid, has values below zero or a mean that
    /// no run can hold.
    pub fn new(distribution: Distribution) -> Result<Self, TimesError> {
        distribution.validate()?;
        let least = distribution.quantile(0.0);
        if least < 0.0 {
            return Err(TimesError::Negative(least));
        }
        let mean = distribution.mean();
        if mean.is_nan() || mean > 9e9 {
            return Err(TimesError::Endless(mean));
        }
        Ok(match distribution {
            Distribution::Constant(seconds) => Self::Constant(nanoseconds(seconds)),
            Distribution::Exponential { mean, shift } if shift <= 0.0 => {
                Self::Exponential(mean * NANOSECONDS)
            }
            other => Self::Other(Arc::new(other)),
        })
    }

    /// Always `seconds`, 0 where it is below zero.
    #[must_use]
    pub fn constant(seconds: f64) -> Self {
        Self::Constant(nanoseconds(seconds))
    }

    /// Exponential with a mean in seconds.
    #[must_use]
    pub fn exponential(mean: f64) -> Self {
        Self::Exponential(mean.max(0.0) * NANOSECONDS)
    }

    /// The next time, ns; zero or above.
    #[inline]
    pub fn draw(&self, stream: &mut Stream) -> i64 {
        let uniform = unit_interval(stream);
        match self {
            Self::Constant(time) => *time,
            // The quantile at one minus the uniform number, which is uniform too.
            Self::Exponential(mean) => (-uniform.ln() * mean + 0.5) as i64,
            Self::Other(distribution) => nanoseconds(distribution.quantile(uniform)),
        }
    }

    /// The mean, s.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(time) => *time as f64 / NANOSECONDS,
            Self::Exponential(mean) => mean / NANOSECONDS,
            Self::Other(distribution) => distribution.mean(),
        }
    }

    /// Whether every draw is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.mean() * NANOSECONDS < 0.5
    }
}

/// Seconds to the nearest nanosecond; the cast saturates, and takes NaN to zero.
fn nanoseconds(seconds: f64) -> i64 {
    ((seconds * NANOSECONDS).round() as i64).max(0)
}
