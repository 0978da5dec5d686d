//! Where times come from: a distribution, ready to be drawn from quickly.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::power::Powers;
use crate::quantity::{Distribution, QuantileTable, Stream, unit_interval};

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
    /// As [`Times::Other`], drawn from a table: that of a distribution of the same form,
    /// times a factor.
    Tabled {
        /// The distribution, s.
        distribution: Arc<Distribution>,
        /// What the values of the table are multiplied by.
        factor: f64,
        /// Quantiles of the form.
        table: Arc<QuantileTable>,
    },
    /// Joined by straight lines between points of the quantile function:
    /// probability from 0 to 1, s.
    Quantiles(Arc<[(f64, f64)]>),
}

/// Why a distribution gives no times.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TimesError {
    /// It is not a distribution.
    #[error("{0}")]
    Distribution(#[from] crate::quantity::DistributionError),
    /// Points that make no quantile function.
    #[error("its points do not go from the probability 0 to 1 with times that rise with it")]
    Quantiles,
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
        check(&distribution)?;
        Ok(match distribution {
            Distribution::Constant(seconds) => Self::Constant(nanoseconds(seconds)),
            Distribution::Exponential { mean, shift } if shift <= 0.0 => {
                Self::Exponential(mean * NANOSECONDS)
            }
            other => match QuantileTable::new(other.clone()) {
                Some(table) => Self::Tabled {
                    distribution: Arc::new(other),
                    factor: 1.0,
                    table: Arc::new(table),
                },
                None => Self::Other(Arc::new(other)),
            },
        })
    }

    /// As [`Times::new`], drawn from a table that others may share: `distribution` is
    /// that of the table with all values multiplied by `factor`.
    ///
    /// # Errors
    /// As [`Times::new`].
    pub fn tabled(
        distribution: Distribution,
        factor: f64,
        table: &Arc<QuantileTable>,
    ) -> Result<Self, TimesError> {
        check(&distribution)?;
        Ok(Self::Tabled {
            distribution: Arc::new(distribution),
            factor,
            table: Arc::clone(table),
        })
    }

    /// Observed times, as points of their quantile function: the probability that
    /// a time is no longer, from 0 to 1 and rising, and the time in seconds.
    ///
    /// # Errors
    /// When the points make no quantile function of times.
    pub fn from_quantiles(points: &Arc<[(f64, f64)]>) -> Result<Self, TimesError> {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return Err(TimesError::Quantiles);
        };
        let ends = first.0.abs() < 1e-12 && (last.0 - 1.0).abs() < 1e-12;
        let rising =
            (points.windows(2)).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        if !ends || !rising || !last.1.is_finite() {
            return Err(TimesError::Quantiles);
        }
        if first.1 < 0.0 {
            return Err(TimesError::Negative(first.1));
        }
        Ok(Self::Quantiles(Arc::clone(points)))
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
        self.at(unit_interval(stream))
    }

    /// The time of a uniform number, ns; zero or above.
    #[inline]
    pub(super) fn at(&self, uniform: f64) -> i64 {
        match self {
            Self::Constant(time) => *time,
            Self::Exponential(mean) => Self::exponential_at(*mean, Self::logarithm(uniform)),
            Self::Tabled { factor, table, .. } => nanoseconds(factor * table.quantile(uniform)),
            Self::Other(distribution) => nanoseconds(distribution.quantile(uniform)),
            Self::Quantiles(points) => nanoseconds(between(points, uniform)),
        }
    }

    /// Natural logarithm of a uniform number, the same on every machine.
    #[inline]
    pub(super) fn logarithm(uniform: f64) -> f64 {
        Powers::new().ln(uniform)
    }

    /// The exponential time of this mean and the logarithm of a uniform number: the
    /// quantile at one minus that number, which is uniform too.
    #[inline]
    pub(super) fn exponential_at(mean: f64, logarithm: f64) -> i64 {
        (-logarithm * mean + 0.5) as i64
    }

    /// The next time given that it is longer than `elapsed`, ns; `elapsed` itself where
    /// no time is. Takes one word of the stream, as every draw.
    pub fn draw_beyond(&self, stream: &mut Stream, elapsed: i64) -> i64 {
        self.beyond(unit_interval(stream), elapsed)
    }

    /// As [`Times::draw_beyond`], of a uniform number.
    pub(super) fn beyond(&self, uniform: f64, elapsed: i64) -> i64 {
        let seconds = elapsed as f64 / NANOSECONDS;
        let beyond = match self {
            Self::Constant(time) => *time,
            // It has no memory.
            Self::Exponential(_) => elapsed.saturating_add(self.at(uniform)),
            Self::Other(distribution) | Self::Tabled { distribution, .. } => {
                let past = distribution.cumulative(seconds);
                let left = past + uniform * (1.0 - past);
                // Nothing is left to be told from rounding.
                if left >= 1.0 {
                    elapsed
                } else {
                    nanoseconds(distribution.quantile(left))
                }
            }
            Self::Quantiles(points) => {
                let past = (points.windows(2)).rfind(|pair| pair[0].1 <= seconds);
                let past = past.map_or(0.0, |pair| {
                    let height = pair[1].1 - pair[0].1;
                    let part = if height > 0.0 {
                        ((seconds - pair[0].1) / height).min(1.0)
                    } else {
                        1.0
                    };
                    pair[0].0 + part * (pair[1].0 - pair[0].0)
                });
                nanoseconds(between(points, past + uniform * (1.0 - past)))
            }
        };
        beyond.max(elapsed)
    }

    /// The mean, s.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(time) => *time as f64 / NANOSECONDS,
            Self::Exponential(mean) => mean / NANOSECONDS,
            Self::Other(distribution) | Self::Tabled { distribution, .. } => distribution.mean(),
            Self::Quantiles(points) => (points.windows(2))
                .map(|pair| 0.5 * (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1))
                .sum(),
        }
    }

    /// Whether every draw is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.mean() * NANOSECONDS < 0.5
    }
}

/// Refuses what is no distribution of times.
fn check(distribution: &Distribution) -> Result<(), TimesError> {
    distribution.validate()?;
    let least = distribution.quantile(0.0);
    if least < 0.0 {
        return Err(TimesError::Negative(least));
    }
    let mean = distribution.mean();
    if mean.is_nan() || mean > 9e9 {
        return Err(TimesError::Endless(mean));
    }
    Ok(())
}

/// The straight line between the points around `x`.
fn between(points: &[(f64, f64)], x: f64) -> f64 {
    let above = points.partition_point(|point| point.0 < x);
    let right = points[above.min(points.len() - 1)];
    let left = points[above.saturating_sub(1)];
    let width = right.0 - left.0;
    if width > 0.0 {
        left.1 + (right.1 - left.1) * (x - left.0) / width
    } else {
        right.1
    }
}

/// Seconds to the nearest nanosecond, none below zero; the cast saturates, and takes NaN
/// to zero.
#[inline]
fn nanoseconds(seconds: f64) -> i64 {
    // The cast cuts off, which for what is not below zero is to round down.
    ((seconds * NANOSECONDS + 0.5) as i64).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Purpose;

    #[test]
    fn observed_times_are_drawn_between_their_points() {
        let points = Arc::from([(0.0, 10.0), (0.5, 20.0), (1.0, 60.0)]);
        let times = Times::from_quantiles(&points).expect("times");
        assert!((times.mean() - (0.5 * 15.0 + 0.5 * 40.0)).abs() < 1e-12);
        let mut stream = Stream::new(1, 0, "machine", Purpose::Service);
        let drawn: Vec<i64> = (0..20_000).map(|_| times.draw(&mut stream)).collect();
        assert!(
            drawn
                .iter()
                .all(|time| (10_000_000_000..=60_000_000_000).contains(time))
        );
        let short = drawn.iter().filter(|time| **time < 20_000_000_000).count();
        // Half of 20 000, within five standard deviations of 71.
        assert!(short.abs_diff(10_000) < 354, "{short}");
    }

    #[test]
    fn what_has_lasted_is_honoured() {
        // Uniform from 10 to 20 s, and 16 s have passed: 16 to 20, 18 on average.
        let uniform = Times::new(Distribution::Uniform {
            low: 10.0,
            high: 20.0,
        });
        let observed = Times::from_quantiles(&Arc::from([(0.0, 10.0), (1.0, 20.0)]));
        for times in [uniform.expect("times"), observed.expect("times")] {
            let mut stream = Stream::new(1, 0, "machine", Purpose::Service);
            let drawn: Vec<f64> = (0..10_000)
                .map(|_| times.draw_beyond(&mut stream, 16_000_000_000) as f64 * 1e-9)
                .collect();
            assert!(drawn.iter().all(|time| (16.0..=20.0).contains(time)));
            let mean = drawn.iter().sum::<f64>() / 1e4;
            // Five standard errors of 1.155 s over the root of ten thousand.
            assert!((mean - 18.0).abs() < 0.058, "{mean}");
            // Longer than any: it ends now.
            assert_eq!(
                times.draw_beyond(&mut stream, 30_000_000_000),
                30_000_000_000
            );
        }
        let mut stream = Stream::new(1, 0, "machine", Purpose::Service);
        assert_eq!(
            Times::constant(5.0).draw_beyond(&mut stream, 2_000_000_000),
            5_000_000_000
        );
    }

    #[test]
    fn what_makes_no_times_is_refused() {
        let negative = Distribution::Uniform {
            low: -1.0,
            high: 2.0,
        };
        assert_eq!(Times::new(negative), Err(TimesError::Negative(-1.0)));
        let endless = Times::new(Distribution::Constant(1e12));
        assert!(matches!(endless, Err(TimesError::Endless(_))));
        for points in [
            vec![],
            vec![(0.0, 1.0), (0.9, 2.0)],
            vec![(0.0, 3.0), (1.0, 2.0)],
        ] {
            let refused = Times::from_quantiles(&Arc::from(points));
            assert_eq!(refused, Err(TimesError::Quantiles));
        }
    }

    #[test]
    fn every_draw_takes_one_word_of_the_stream() {
        use rand::Rng;
        let all = [
            Times::constant(1.0),
            Times::exponential(1.0),
            Times::new(Distribution::Uniform {
                low: 1.0,
                high: 2.0,
            })
            .expect("times"),
        ];
        for times in all {
            let mut drawn = Stream::new(1, 0, "machine", Purpose::Service);
            let mut beside = drawn.clone();
            times.draw(&mut drawn);
            beside.next_u64();
            assert_eq!(drawn.next_u64(), beside.next_u64());
        }
    }
}
