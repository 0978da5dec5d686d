//! From observed times to the distributions that a line's machines draw from.
//!
//! - [`Family`]: the distributions of the flow kinds, each with a mean and a
//!   coefficient of variation, fitted by maximum likelihood; times that had not
//!   ended count with the probability that they last longer.
//! - [`fit_times`]: all families by Akaike's information criterion, the best first.
//! - [`goodness_of_fit`]: whether the best one is good at all, by the statistics of
//!   Anderson and Darling and of Kolmogorov and Smirnov. Parameters come from the same
//!   times, so the tables of these tests do not hold; a parametric bootstrap takes
//!   their place.

mod family;
mod goodness;
mod likelihood;
#[cfg(test)]
mod tests;

pub use crate::model::flow::Family;
pub use family::{FittedTimes, fit_family, fit_times};
pub use goodness::{Goodness, goodness_of_fit};

/// Times of one kind, s, all above zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservedTimes {
    /// Those that came to their end.
    pub complete: Vec<f64>,
    /// Those that had not ended: they last longer than that.
    pub censored: Vec<f64>,
}

/// Why no distribution was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimesFitError {
    /// Too few.
    #[error("{found} times are too few for a distribution; {needed} are needed")]
    TooFew {
        /// How many there are that came to their end.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// One is no time.
    #[error("a time is zero, below zero or not finite, and no distribution has such times")]
    NoTime,
    /// No family has such times.
    #[error("no distribution of the flow kinds fits them")]
    NoFamily,
}

/// Fewest complete times that a distribution is fitted to.
pub const FEWEST: usize = 5;

impl ObservedTimes {
    /// Whether a distribution can be fitted.
    ///
    /// # Errors
    /// Why not.
    pub fn examine(&self) -> Result<(), TimesFitError> {
        let is_time = |time: &f64| time.is_finite() && *time > 0.0;
        if !self.complete.iter().chain(&self.censored).all(is_time) {
            return Err(TimesFitError::NoTime);
        }
        if self.complete.len() < FEWEST {
            return Err(TimesFitError::TooFew {
                found: self.complete.len(),
                needed: FEWEST,
            });
        }
        Ok(())
    }

    /// Whether all are the same, but for rounding.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        let least = self.complete.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.complete.iter().copied().fold(0.0, f64::max);
        most - least <= 1e-6 * most
    }
}
