//! The average over time of a number that changes at events.

use serde::{Deserialize, Serialize};

/// A number with its integral over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeWeighted {
    value: f64,
    /// Since when it has this value, ns.
    since: i64,
    /// From when the integral counts, ns.
    start: i64,
    /// Value times ns.
    integral: f64,
    largest: f64,
}

impl TimeWeighted {
    /// The number changes by `difference` at `now`, ns.
    #[inline]
    pub fn add(&mut self, now: i64, difference: f64) {
        self.integral += self.value * (now - self.since) as f64;
        self.since = now;
        self.value += difference;
        if self.value > self.largest {
            self.largest = self.value;
        }
    }

    /// Forgets what was before `now`, ns; the value stays.
    pub fn restart(&mut self, now: i64) {
        self.since = now;
        self.start = now;
        self.integral = 0.0;
        self.largest = self.value;
    }

    /// The number now.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// The largest it was.
    #[must_use]
    pub const fn largest(&self) -> f64 {
        self.largest
    }

    /// The integral up to `now`, in value times seconds.
    #[must_use]
    pub fn integral(&self, now: i64) -> f64 {
        (self.integral + self.value * (now - self.since) as f64) * 1e-9
    }

    /// The average up to `now`, ns; the value itself where no time has passed.
    #[must_use]
    pub fn mean(&self, now: i64) -> f64 {
        if now > self.start {
            (self.integral + self.value * (now - self.since) as f64) / (now - self.start) as f64
        } else {
            self.value
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_as_long_as_it_holds() {
        let mut content = TimeWeighted::default();
        content.add(2, 3.0);
        content.add(6, -2.0);
        assert!((content.mean(10) - (3.0 * 4.0 + 1.0 * 4.0) / 10.0).abs() < 1e-12);
        content.restart(10);
        assert!((content.mean(20) - 1.0).abs() < 1e-12);
        assert!((content.integral(20) - 10e-9).abs() < 1e-20);
    }
}
