//! How long to wait before a source is tried again.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::quantity::SimDuration;

/// The shortest and the longest wait between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackoffSettings {
    /// Wait after the first failure, above zero.
    pub first: SimDuration,
    /// Longest wait.
    pub longest: SimDuration,
}

impl Default for BackoffSettings {
    /// From half a second to half a minute.
    fn default() -> Self {
        Self {
            first: SimDuration::from_nanoseconds(500_000_000),
            longest: SimDuration::from_whole_seconds(30),
        }
    }
}

/// Waits that double from failure to failure, each shortened by up to half at
/// random, so that many sources do not come back at once ("equal jitter", M.
/// Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015). The
/// same seed gives the same waits.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    settings: BackoffSettings,
    random: ChaCha8Rng,
    failures: u32,
}

impl Backoff {
    pub(super) fn new(settings: BackoffSettings, seed: u64) -> Self {
        Self {
            settings,
            random: ChaCha8Rng::seed_from_u64(seed),
            failures: 0,
        }
    }

    /// The next wait.
    pub(super) fn next(&mut self) -> SimDuration {
        let factor = 1_i64 << self.failures.min(30);
        self.failures = self.failures.saturating_add(1);
        let full = self
            .settings
            .first
            .nanoseconds()
            .max(1)
            .saturating_mul(factor)
            .min(self.settings.longest.nanoseconds().max(1));
        let half = full / 2;
        SimDuration::from_nanoseconds(half + self.random.random_range(0..=full - half))
    }

    /// After a connection that held: the next failure is a first one.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_at_least_half() {
        let mut backoff = Backoff::new(BackoffSettings::default(), 7);
        for full in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0] {
            let wait = backoff.next().as_seconds();
            assert!((full / 2.0..=full).contains(&wait), "{wait} of {full}");
        }
        backoff.reset();
        assert!(backoff.next().as_seconds() <= 0.5);
    }

    #[test]
    fn the_same_seed_gives_the_same_waits_and_another_one_others() {
        let waits = |seed| {
            let mut backoff = Backoff::new(BackoffSettings::default(), seed);
            (0..5).map(|_| backoff.next()).collect::<Vec<_>>()
        };
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
    }

    #[test]
    fn ever_more_failures_overflow_nothing() {
        let mut backoff = Backoff::new(
            BackoffSettings {
                first: SimDuration::MAX,
                longest: SimDuration::MAX,
            },
            0,
        );
        for _ in 0..100 {
            assert!(backoff.next().is_positive());
        }
    }
}
