//! Quantiles of what is seen once per item, in memory that does not grow.

use serde::{Deserialize, Serialize};

/// Relative accuracy of every quantile.
const ACCURACY: f64 = 0.01;

/// Times shorter than this count as none, s.
const SHORTEST: f64 = 1e-6;

/// Bins up to a million seconds.
const BINS: usize = 1382;

/// Counts of observations in bins that grow with the value, so that every quantile
/// is known to one per cent of itself: from a microsecond to a million seconds in
/// 11 kB, however many there are.
///
/// Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
/// relative-error guarantees", Proceedings of the VLDB Endowment 12, 2019.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Observations below the shortest.
    none: u64,
    /// As many bins as were needed so far.
    bins: Vec<u64>,
    count: u64,
}

fn growth() -> f64 {
    (1.0 + ACCURACY) / (1.0 - ACCURACY)
}

impl Quantiles {
    /// Takes one more observation, s; zero or above.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        if value <= SHORTEST {
            self.none += 1;
            return;
        }
        let bin = ((value / SHORTEST).ln() / growth().ln()).ceil() as usize;
        let bin = bin.min(BINS - 1);
        if bin >= self.bins.len() {
            self.bins.resize(bin + 1, 0);
        }
        self.bins[bin] += 1;
    }

    /// The value, s, that a share of the observations does not exceed, to one per
    /// cent of itself; zero without observations.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let rank = (share * (self.count.saturating_sub(1)) as f64).floor() as u64;
        let mut below = self.none;
        if self.count == 0 || rank < below {
            return 0.0;
        }
        for (bin, count) in self.bins.iter().enumerate() {
            below += count;
            if rank < below {
                // The middle of the bin, as far from its ends in relation.
                return SHORTEST * growth().powi(bin as i32) * 2.0 / (1.0 + growth());
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_true_to_one_per_cent_over_nine_decades() {
        let mut seen = Quantiles::default();
        let values: Vec<f64> = (0..9_001)
            .map(|number| 1e-5 * 10_f64.powf(f64::from(number) * 1e-3))
            .collect();
        for value in &values {
            seen.add(*value);
        }
        for share in [0.0, 0.1, 0.5, 0.95, 0.99, 1.0] {
            let exact = values[(share * 9_000.0_f64).floor() as usize];
            let found = seen.quantile(share);
            assert!(
                (found / exact - 1.0).abs() <= 0.0101,
                "{share}: {found} {exact}"
            );
        }
        assert!(Quantiles::default().quantile(0.5).abs() < 1e-300);
    }
}
