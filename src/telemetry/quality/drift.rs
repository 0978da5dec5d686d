//! Whether a sensor has drifted away from the model.
//!
//! A two-sided cumulative sum (Page, "Continuous inspection schemes", Biometrika
//! 41, 1954) over means of batches of residuals. The reference value is half of
//! the contract's limit, so that what lasts and is smaller has no trend to add
//! up. The decision limit is set for a stated mean time between false alarms
//! while the residuals' mean is no more than a quarter of the contract's limit,
//! by Siegmund's approximation ("Sequential Analysis", 1985) of the run length,
//!
//! ```text
//! run length, one side = (exp(2db) − 2db − 1) / 2d²,  b = h + 1.166
//! ```
//!
//! with the limit h and the distance d of the mean below the reference value, in
//! standard deviations of a batch mean. That rate holds for residuals that are
//! independent from batch to batch. A model's error is not; what keeps it from
//! false alarms is the reference value, if the contract's limit is at least four
//! times as large as the error that the model is known to make for long.

use std::collections::VecDeque;

use crate::quantity::SimTime;

/// Residuals in a batch.
pub const BATCH: u32 = 30;

/// Mean number of batches between two false alarms: at a sample a second, one
/// in 347 days.
pub const BATCHES_PER_FALSE_ALARM: f64 = 1e6;

/// Batches before a first decision, to know their spread.
const WARM_UP: usize = 8;

/// Batches that the spread is known from.
const REMEMBERED: usize = 512;

/// Batches that have to be near the model for the drift to be over.
const RECOVERED: usize = 4;

/// What a residual says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DriftNews {
    /// Nothing new.
    None,
    /// The sensor has drifted.
    Began {
        /// Since when, by the last time that nothing had added up.
        since: SimTime,
        /// Observed less simulated since then \[SI].
        by: f64,
    },
    /// It still is away.
    Lasts {
        /// Observed less simulated in the last batch \[SI].
        by: f64,
    },
    /// It is back.
    Over,
}

/// One side of the cumulative sum.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    sum: f64,
    /// When it last began to rise from zero, and what has come since.
    since: Option<(SimTime, f64, u32)>,
}

impl Side {
    fn take(&mut self, begin: SimTime, mean: f64, reference: f64) {
        self.sum += mean - reference;
        if self.sum <= 0.0 {
            *self = Self::default();
            return;
        }
        let (since, total, count) = self.since.unwrap_or((begin, 0.0, 0));
        self.since = Some((since, total + mean, count + 1));
    }
}

/// Watches the residuals of one channel.
#[derive(Clone, Debug)]
pub struct DriftDetector {
    /// The contract's limit \[SI].
    limit: f64,
    /// Mean number of batches between two false alarms.
    rarity: f64,
    batch_begin: Option<SimTime>,
    batch_sum: f64,
    batch_count: u32,
    means: VecDeque<f64>,
    up: Side,
    down: Side,
    drifted: bool,
}

impl DriftDetector {
    /// Watches for a lasting distance of `limit` \[SI], above zero.
    #[must_use]
    pub fn new(limit: f64) -> Self {
        Self::with_rarity(limit, BATCHES_PER_FALSE_ALARM)
    }

    /// As [`new`](Self::new), with another mean number of batches between two
    /// false alarms.
    #[must_use]
    pub fn with_rarity(limit: f64, rarity: f64) -> Self {
        Self {
            limit,
            rarity,
            batch_begin: None,
            batch_sum: 0.0,
            batch_count: 0,
            means: VecDeque::new(),
            up: Side::default(),
            down: Side::default(),
            drifted: false,
        }
    }

    /// Takes the next residual in: observed less simulated \[SI].
    pub fn take(&mut self, time: SimTime, residual: f64) -> DriftNews {
        if !residual.is_finite() {
            return DriftNews::None;
        }
        self.batch_begin.get_or_insert(time);
        self.batch_sum += residual;
        self.batch_count += 1;
        if self.batch_count < BATCH {
            return DriftNews::None;
        }
        let mean = self.batch_sum / f64::from(self.batch_count);
        let begin = self.batch_begin.take().unwrap_or(time);
        (self.batch_sum, self.batch_count) = (0.0, 0);
        if self.means.len() == REMEMBERED {
            self.means.pop_front();
        }
        self.means.push_back(mean);
        self.batch(begin, mean)
    }

    fn batch(&mut self, begin: SimTime, mean: f64) -> DriftNews {
        if self.drifted {
            let back = self.means.iter().rev().take(RECOVERED);
            if back.clone().count() == RECOVERED
                && back.into_iter().all(|one| one.abs() < self.limit / 2.0)
            {
                self.drifted = false;
                (self.up, self.down) = (Side::default(), Side::default());
                return DriftNews::Over;
            }
            return DriftNews::Lasts { by: mean };
        }
        let reference = self.limit / 2.0;
        self.up.take(begin, mean, reference);
        self.down.take(begin, -mean, reference);
        if self.means.len() < WARM_UP {
            return DriftNews::None;
        }
        let deviation = self.deviation();
        let below = reference - self.limit / 4.0;
        let limit = decision_limit(below / deviation, self.rarity) * deviation;
        for (side, sign) in [(self.up, 1.0), (self.down, -1.0)] {
            if let Some((since, total, count)) = side.since
                && side.sum > limit
            {
                self.drifted = true;
                return DriftNews::Began {
                    since,
                    by: sign * total / f64::from(count),
                };
            }
        }
        DriftNews::None
    }

    /// Standard deviation of a batch mean, from the median distance between
    /// neighbours, which a drift does not touch. Two standard errors of that
    /// estimate are added, since the run length falls off exponentially where the
    /// spread is taken for less than it is. Never below an eighth of the limit:
    /// what is that quiet needs no sharper decision.
    fn deviation(&self) -> f64 {
        let mut steps: Vec<f64> = self
            .means
            .iter()
            .zip(self.means.iter().skip(1))
            .map(|(a, b)| (b - a).abs())
            .collect();
        let middle = steps.len() / 2;
        let median = if steps.is_empty() {
            0.0
        } else {
            *steps.select_nth_unstable_by(middle, f64::total_cmp).1
        };
        // The median of |N(0, 2σ²)| is 0.6745 √2 σ. The standard error of a median
        // of n neighbouring distances is about 1.4 σ/√n: 0.87/√n for their mean
        // square (von Neumann 1941), a median having 0.37 of its efficiency.
        let sure = 1.0 + 2.0 * 1.4 / (steps.len().max(1) as f64).sqrt();
        (median * sure / (0.674_489_75 * std::f64::consts::SQRT_2)).max(self.limit / 8.0)
    }
}

/// Mean number of batches until a false alarm on either side, by Siegmund: with
/// residuals whose mean is `below` the reference value, and the decision limit,
/// both in standard deviations of a batch mean.
#[must_use]
pub fn run_length(below: f64, limit: f64) -> f64 {
    let exponent = 2.0 * below * (limit + 1.166);
    (exponent.exp() - exponent - 1.0) / (2.0 * below * below) / 2.0
}

/// The decision limit, in standard deviations, that gives this mean number of
/// batches between false alarms.
#[must_use]
pub fn decision_limit(below: f64, batches: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e4);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if run_length(below, middle) < batches {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{SimDuration, standard_normal};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn at(step: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_whole_seconds(step)
    }

    /// Montgomery, "Introduction to Statistical Quality Control", table 9.3: the
    /// run lengths of a two-sided tabular cumulative sum with k = 0.5 are 168 for
    /// h = 4 and 465 for h = 5; Siegmund's approximation gives them to a few
    /// per cent.
    #[test]
    fn the_run_length_is_that_of_the_tables() {
        assert!((run_length(0.5, 4.0) / 168.0 - 1.0).abs() < 0.03);
        assert!((run_length(0.5, 5.0) / 465.0 - 1.0).abs() < 0.03);
        let limit = decision_limit(0.5, 465.0);
        assert!((limit - 5.0).abs() < 0.02, "{limit}");
    }

    /// False alarms in a long run of batches whose mean is a quarter of the limit,
    /// where the rate is stated for, and whose standard deviation is `deviation`.
    fn alarms(deviation: f64, rarity: f64, batches: i64, seed: u64) -> usize {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut detector = DriftDetector::with_rarity(1.0, rarity);
        (0..batches)
            .filter(|batch| {
                let mean = 0.25 + deviation * standard_normal(&mut random);
                detector.means.push_back(mean);
                if detector.means.len() > REMEMBERED {
                    detector.means.pop_front();
                }
                matches!(detector.batch(at(*batch), mean), DriftNews::Began { .. })
            })
            .count()
    }

    /// The formula is an approximation and the spread an estimate: a long run
    /// says what they are worth together.
    #[test]
    fn long_runs_have_no_more_false_alarms_than_are_stated() {
        let (rarity, batches) = (2000.0, 60_000);
        for (seed, deviation) in [0.05, 0.125, 0.25, 0.5].into_iter().enumerate() {
            let stated = batches as f64 / rarity;
            let found = alarms(deviation, rarity, batches, seed as u64) as f64;
            // Three standard deviations of a Poisson count.
            assert!(
                found <= stated + 3.0 * stated.sqrt(),
                "{deviation}: {found}"
            );
        }
    }

    fn first_alarm(drift: impl Fn(i64) -> f64, steps: i64, seed: u64) -> Option<(i64, SimTime)> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut detector = DriftDetector::new(1.0);
        (0..steps).find_map(|step| {
            let noise = standard_normal(&mut random);
            match detector.take(at(step), drift(step) + noise) {
                DriftNews::Began { since, .. } => Some((step, since)),
                _ => None,
            }
        })
    }

    #[test]
    fn noise_alone_is_no_drift() {
        // Fifty runs of two thousand batches: 0.1 false alarms are expected at most,
        // and more than two have a chance of one in six thousand. A quarter of the
        // limit is what the rate is stated for.
        let alarms = (0..50)
            .filter(|seed| first_alarm(|_| 0.25, 2000 * i64::from(BATCH), *seed).is_some())
            .count();
        assert!(alarms <= 2, "{alarms}");
    }

    #[test]
    fn a_lasting_distance_of_the_limit_is_found_and_one_of_a_quarter_is_not() {
        for seed in 0..20 {
            let shifted = |step: i64| if step >= 3000 { 1.0 } else { 0.0 };
            let (found, since) = first_alarm(shifted, 6000, seed).expect("found");
            // Wald: about h/(δ − k) batches after the shift, which is about five here.
            assert!(
                (3000..3000 + 20 * i64::from(BATCH)).contains(&found),
                "{found}"
            );
            assert!((since - at(3000)).as_seconds().abs() <= 5.0 * f64::from(BATCH));
            assert_eq!(first_alarm(|_| -0.25, 12_000, seed), None);
        }
    }

    #[test]
    fn a_slow_drift_is_found_before_it_is_far_beyond_the_limit() {
        for seed in 0..20 {
            let slow = |step: i64| -(step as f64) * 1e-4;
            let (found, _) = first_alarm(slow, 40_000, seed).expect("found");
            // At step 3000 the distance is 0.3, below the reference value.
            assert!((3000..16_000).contains(&found), "{found}");
        }
    }

    #[test]
    fn a_drift_is_over_when_the_sensor_is_back() {
        let mut detector = DriftDetector::new(1.0);
        let mut news = Vec::new();
        for step in 0..3000 {
            let drift = if (1000..2000).contains(&step) {
                -2.0
            } else {
                0.0
            };
            // Small noise, so that spread is known.
            let residual = drift + if step % 2 == 0 { 0.1 } else { -0.1 };
            match detector.take(at(step), residual) {
                DriftNews::None | DriftNews::Lasts { .. } => {}
                said => news.push((step, said)),
            }
        }
        assert_eq!(news.len(), 2, "{news:?}");
        assert!(matches!(news[0].1, DriftNews::Began { by, .. } if (by + 2.0).abs() < 0.7));
        assert_eq!(news[1].1, DriftNews::Over);
        assert!((2000..2000 + 6 * i64::from(BATCH)).contains(&news[1].0));
    }
}
