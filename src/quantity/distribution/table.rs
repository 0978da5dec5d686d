//! A table of a quantile function, for who draws many numbers of one distribution.

use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Distribution;

/// Halvings of the probability from one half down that have a table; what is beyond,
/// less than a draw in ten thousand, is computed.
const HALVINGS: usize = 15;

/// Equal parts of each, a power of two.
const PARTS: usize = 16;

/// Bits of a number's fraction that tell the part.
const PART_BITS: u32 = PARTS.trailing_zeros();

/// Terms of the polynomial of each part.
const TERMS: usize = 8;

/// Least shape, and greatest spread of a logarithm, for which the polynomials are good.
const LEAST_SHAPE: f64 = 0.25;
const GREATEST_SPREAD: f64 = 2.0;

type Polynomial = [f64; TERMS];

/// The quantile function of one distribution, joined of polynomials that are made when
/// they are first needed.
///
/// From both ends of the probability inwards, each doubling is cut into 16 parts and the
/// function interpolated in each at the eight nodes of Chebyshev. It is analytic but at
/// the end itself, which is 33 half-widths away, so that each term gains a factor of 66:
/// the values are those of [`Distribution::quantile`] to ten digits, for a few
/// nanoseconds each.
///
/// What it gives depends on the distribution alone, not on what was asked before.
pub struct QuantileTable {
    distribution: Distribution,
    /// Parts of the lower half, from one half down, then those of the upper half.
    parts: Box<[OnceLock<Polynomial>]>,
}

impl QuantileTable {
    /// An empty table; `None` for a distribution whose quantile function has corners, is
    /// too steep at its ends, or costs next to nothing anyway.
    #[must_use]
    pub fn new(distribution: Distribution) -> Option<Self> {
        let is_smooth = match &distribution {
            Distribution::Gamma { shape, .. } | Distribution::Weibull { shape, .. } => {
                *shape >= LEAST_SHAPE
            }
            Distribution::Beta { alpha, beta, .. } => alpha.min(*beta) >= LEAST_SHAPE,
            Distribution::LogNormal {
                geometric_standard_deviation,
                ..
            } => geometric_standard_deviation.ln() <= GREATEST_SPREAD,
            Distribution::TruncatedNormal { .. } => true,
            _ => false,
        };
        is_smooth.then(|| Self::empty(distribution))
    }

    fn empty(distribution: Distribution) -> Self {
        Self {
            distribution,
            parts: (0..2 * HALVINGS * PARTS).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The distribution.
    #[must_use]
    pub const fn distribution(&self) -> &Distribution {
        &self.distribution
    }

    /// The value that the variable stays at or below with probability `p`; see
    /// [`Distribution::quantile`].
    #[inline]
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        // The distance to the nearer end; one minus a number from one half on is exact.
        let (end, upper) = if p < 0.5 { (p, 0) } else { (1.0 - p, 1) };
        let bits = end.to_bits();
        // Zero for one half itself and above; a NaN or what is out of range is beyond.
        let halving = (1022_u64).wrapping_sub(bits >> 52) as usize;
        if halving >= HALVINGS {
            return self.distribution.quantile(p);
        }
        let part = (bits >> (52 - PART_BITS)) as usize & (PARTS - 1);
        let place = (upper * HALVINGS + halving) * PARTS + part;
        let polynomial = self.parts[place].get_or_init(|| self.polynomial(place));
        // Where in the part, from −1 to 1: the bits that are left, put behind a two's
        // exponent, are a number from 2 to 4.
        let rest = (bits << (12 + PART_BITS)) >> 12;
        let at = f64::from_bits(rest | (1024 << 52)) - 3.0;
        let [constant, rising @ ..] = polynomial;
        let sum = rising.iter().rev().fold(0.0, |sum, term| (sum + term) * at);
        constant + sum
    }

    /// The polynomial of a part in powers of where in it, from −1 to 1.
    #[cold]
    fn polynomial(&self, place: usize) -> Polynomial {
        let (upper, place) = (place >= HALVINGS * PARTS, place % (HALVINGS * PARTS));
        let (halving, part) = (place / PARTS, place % PARTS);
        // From one half to one it is the end itself, and only one half is asked for.
        let start = 0.5 / (1_u64 << halving) as f64;
        let width = start / PARTS as f64;
        let low = start + part as f64 * width;
        let angle = std::f64::consts::PI / TERMS as f64;
        let mut chebyshev = [0.0; TERMS];
        for node in 0..TERMS {
            let turn = angle * (node as f64 + 0.5);
            let end = low + width * 0.5 * (libm::cos(turn) + 1.0);
            // The part of one half itself reaches beyond it on both sides.
            let p = if upper { 1.0 - end } else { end };
            let value = self.distribution.quantile(p);
            for (order, sum) in chebyshev.iter_mut().enumerate() {
                let weight = if order == 0 { 1.0 } else { 2.0 };
                *sum += weight / TERMS as f64 * value * libm::cos(order as f64 * turn);
            }
        }
        // T(n + 1) = 2 x T(n) − T(n − 1).
        let (mut before, mut this) = ([0.0; TERMS], [0.0; TERMS]);
        this[0] = 1.0;
        let mut powers = [0.0; TERMS];
        for (order, coefficient) in chebyshev.iter().enumerate() {
            for (power, of_this) in powers.iter_mut().zip(&this) {
                *power += coefficient * of_this;
            }
            let factor = if order == 0 { 1.0 } else { 2.0 };
            let mut next = [0.0; TERMS];
            for power in 0..TERMS {
                let risen = if power == 0 {
                    0.0
                } else {
                    factor * this[power - 1]
                };
                next[power] = risen - before[power];
            }
            (before, this) = (this, next);
        }
        powers
    }
}

impl fmt::Debug for QuantileTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QuantileTable")
            .field(&self.distribution)
            .finish()
    }
}

impl PartialEq for QuantileTable {
    fn eq(&self, other: &Self) -> bool {
        self.distribution == other.distribution
    }
}

impl Serialize for QuantileTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.distribution.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for QuantileTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Distribution::deserialize(deserializer).map(Self::empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> Vec<QuantileTable> {
        let gamma = |shape| Distribution::Gamma {
            shape,
            scale: 1.0 / shape,
            shift: 0.0,
        };
        let weibull = |shape| Distribution::Weibull {
            shape,
            scale: 3.0,
            shift: 0.5,
        };
        let log_normal = |geometric_standard_deviation| Distribution::LogNormal {
            median: 20.0,
            geometric_standard_deviation,
            shift: 0.0,
        };
        let truncated = |mean| Distribution::TruncatedNormal {
            mean,
            standard_deviation: 1.0,
            low: 0.0,
            high: mean + 9.0,
        };
        let beta = |alpha, beta| Distribution::Beta {
            alpha,
            beta,
            low: 0.0,
            high: 10.0,
        };
        let shapes = [0.25, 0.7, 1.0, 2.5, 40.0, 1111.0, 10_000.0];
        let spreads = [1.01, 1.5, 7.0];
        (shapes.map(gamma).into_iter())
            .chain(shapes[..5].iter().map(|shape| weibull(*shape)))
            .chain(spreads.map(log_normal))
            .chain([1.0, 3.0, 30.0].map(truncated))
            .chain([beta(0.5, 4.0), beta(2.0, 2.0), beta(300.0, 20.0)])
            .map(|one| QuantileTable::new(one).expect("smooth"))
            .collect()
    }

    #[test]
    fn a_table_gives_the_quantiles_to_ten_digits() {
        // All over the halvings, both ends, and the seams of parts.
        let mut probabilities = vec![0.5, 0.25, 0.75, 0.5 + f64::EPSILON, 0.3, 1e-9, 0.999_999];
        for step in 1..400 {
            let end = 0.5 * (-0.03 * f64::from(step)).exp();
            probabilities.extend([end, 1.0 - end]);
        }
        for part in 0..16 {
            let seam = 0.25 * (1.0 + f64::from(part) / 16.0);
            probabilities.extend([seam.next_down(), seam, seam.next_up()]);
        }
        for table in tables() {
            for &p in &probabilities {
                let exact = table.distribution().quantile(p);
                let found = table.quantile(p);
                assert!(
                    (found - exact).abs() <= 1e-10 * exact.abs(),
                    "{:?} at {p}: {found} in place of {exact}",
                    table.distribution()
                );
            }
        }
    }

    #[test]
    fn a_table_gives_the_probability_back() {
        // By the cumulative function, which the table was not made from.
        for table in tables() {
            for step in 1..200 {
                let p = f64::from(step) / 200.0;
                let back = table.distribution().cumulative(table.quantile(p));
                assert!(
                    (back - p).abs() < 1e-9,
                    "{:?} at {p}: {back}",
                    table.distribution()
                );
            }
        }
    }

    #[test]
    fn the_ends_and_what_is_no_probability_are_those_of_the_distribution() {
        for table in tables() {
            for p in [0.0, 1.0] {
                let exact = table.distribution().quantile(p);
                assert_eq!(table.quantile(p).to_bits(), exact.to_bits());
            }
            for p in [-0.5, 1.5, f64::NAN, f64::INFINITY] {
                assert!(table.quantile(p).is_nan(), "{p}");
            }
        }
        let corner = Distribution::Triangular {
            low: 0.0,
            mode: 1.0,
            high: 2.0,
        };
        assert!(QuantileTable::new(corner).is_none());
    }
}
