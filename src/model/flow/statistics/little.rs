//! Little's law, as a check on the counts.

/// The three averages that Little's law joins, over the same time: the number of
/// items inside is the rate of items through times the time that an item stays.
///
/// The law is exact for whole visits; over a finite time it misses by what was
/// inside at the start and is at the end. Little, "A proof for the queuing
/// formula: L = λW", Operations Research 9, 1961.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LittlesLaw {
    /// Mean number of items inside.
    pub content: f64,
    /// Items that left per second.
    pub rate: f64,
    /// Mean time that they stayed, s.
    pub stay: f64,
}

impl LittlesLaw {
    /// How far the two sides are apart, relative to the content; zero where
    /// nothing was inside.
    #[must_use]
    pub fn mismatch(&self) -> f64 {
        if self.content > 0.0 {
            (self.content - self.rate * self.stay).abs() / self.content
        } else {
            (self.rate * self.stay).abs()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_stays_twice_as_long_counts_twice() {
        let law = LittlesLaw {
            content: 6.0,
            rate: 2.0,
            stay: 3.0,
        };
        assert!(law.mismatch() < 1e-12);
        let off = LittlesLaw { stay: 1.5, ..law };
        assert!((off.mismatch() - 0.5).abs() < 1e-12);
    }
}
