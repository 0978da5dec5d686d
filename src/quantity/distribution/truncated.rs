//! The normal distribution cut to an interval.

use super::super::special::{normal_cumulative, normal_density, normal_quantile};
use super::within;

/// How many standard deviations from the mean the nearer end of the interval may lie. Beyond
/// some 37 the probability of the tail is no longer a number of type `f64`.
pub(super) const FARTHEST: f64 = 30.0;

/// A truncated normal distribution in standard form.
///
/// All is done in the lower tail, where probabilities near zero keep their digits: where
/// the interval lies above the mean it is mirrored.
pub(super) struct Truncated {
    mean: f64,
    standard_deviation: f64,
    low: f64,
    high: f64,
    /// The interval in standard deviations from the mean, mirrored where `mirrored`.
    a: f64,
    b: f64,
    mirrored: bool,
}

impl Truncated {
    pub(super) fn new(mean: f64, standard_deviation: f64, low: f64, high: f64) -> Self {
        let a = (low - mean) / standard_deviation;
        let b = (high - mean) / standard_deviation;
        let mirrored = a > 0.0;
        Truncated {
            mean,
            standard_deviation,
            low,
            high,
            a: if mirrored { -b } else { a },
            b: if mirrored { -a } else { b },
            mirrored,
        }
    }

    /// Whether enough of the normal distribution lies in the interval.
    pub(super) fn is_usable(&self) -> bool {
        self.b >= -FARTHEST && self.b > self.a
    }

    /// The probability of the interval under the whole normal distribution.
    fn mass(&self) -> f64 {
        normal_cumulative(self.b) - normal_cumulative(self.a)
    }

    pub(super) fn quantile(&self, p: f64) -> f64 {
        let p = if self.mirrored { 1.0 - p } else { p };
        let z = normal_quantile(normal_cumulative(self.a) + p * self.mass());
        let z = if self.mirrored { -z } else { z };
        within(self.mean + self.standard_deviation * z, self.low, self.high)
    }

    pub(super) fn cumulative(&self, x: f64) -> f64 {
        if x <= self.low {
            return 0.0;
        }
        if x >= self.high {
            return 1.0;
        }
        let z = (x - self.mean) / self.standard_deviation;
        let z = if self.mirrored { -z } else { z };
        let part = (normal_cumulative(z) - normal_cumulative(self.a)) / self.mass();
        if self.mirrored { 1.0 - part } else { part }
    }

    pub(super) fn density(&self, x: f64) -> f64 {
        if !(self.low..=self.high).contains(&x) {
            return 0.0;
        }
        let z = (x - self.mean) / self.standard_deviation;
        normal_density(z) / (self.standard_deviation * self.mass())
    }

    pub(super) fn mean(&self) -> f64 {
        let (centre, _) = self.standard_moments();
        let centre = if self.mirrored { -centre } else { centre };
        within(
            self.mean + self.standard_deviation * centre,
            self.low,
            self.high,
        )
    }

    pub(super) fn standard_deviation(&self) -> f64 {
        let (_, variance) = self.standard_moments();
        self.standard_deviation * variance.sqrt()
    }

    /// Mean and variance in standard form, by Gauss-Legendre quadrature of the density. The
    /// textbook formulas subtract nearly equal numbers for a narrow interval or a far tail,
    /// down to a negative variance; sums of positive terms do not.
    fn standard_moments(&self) -> (f64, f64) {
        const PANELS: usize = 64;
        /// Nodes and weights of the five-point rule on -1..1 (Abramowitz and Stegun, table
        /// 25.4).
        const RULE: [(f64, f64); 5] = [
            (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
            (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
            (0.0, 0.568_888_888_888_888_9),
            (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
            (0.906_179_845_938_664, 0.236_926_885_056_189_1),
        ];
        // Where the density is greatest, and how far from there it is worth summing: e^-40.
        let peak = 0.0_f64.max(self.a).min(self.b);
        let reach = 40.0 / peak.abs().max(4.5);
        let from = self.a.max(peak - reach);
        let to = self.b.min(peak + reach);
        let half = 0.5 * (to - from) / PANELS as f64;
        let sum_over = |value: &dyn Fn(f64) -> f64| -> f64 {
            (0..PANELS)
                .flat_map(|panel| {
                    let middle = from + half * (2 * panel + 1) as f64;
                    RULE.iter()
                        .map(move |(node, weight)| (middle + half * node, weight))
                })
                .map(|(z, weight)| weight * value(z) * (-0.5 * (z - peak) * (z + peak)).exp())
                .sum()
        };
        let mass = sum_over(&|_| 1.0);
        let centre = peak + sum_over(&|z| z - peak) / mass;
        let variance = sum_over(&|z| (z - centre) * (z - centre)) / mass;
        (centre, variance)
    }
}
