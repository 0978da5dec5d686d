//! Powers and logarithms of positive numbers, several times faster than those
//! of the system's library and the same on every machine.
//!
//! Most of the time of a trial of hydraulics goes into the powers of the flows, and a
//! tenth of that of a queue into the logarithms of its random times. Both functions
//! take a number apart into exponent, one of 128 intervals and a small rest, as
//! libraries do, but leave out what models do not need: the last bit, signs,
//! infinities and numbers too small to be normal.

use std::sync::OnceLock;

/// Intervals of a factor of two.
const INTERVALS: usize = 128;
/// Bits of a number that tell its interval.
const INTERVAL_SHIFT: u32 = 52 - 7;
const MANTISSA: u64 = (1 << 52) - 1;
const ONE: u64 = 1023 << 52;

#[derive(Debug)]
struct Tables {
    /// Inverse of the middle of each interval of 1..2, and its logarithm to base 2.
    logarithms: [(f64, f64); INTERVALS],
    /// `2^(i/128)`.
    powers: [f64; INTERVALS],
}

#[inline]
fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        logarithms: std::array::from_fn(|interval| {
            // The inverse is rounded so that its product with a number near the
            // middle of the interval loses nothing that matters.
            let middle = 1.0 + (interval as f64 + 0.5) / INTERVALS as f64;
            let inverse = f64::from((1.0 / middle) as f32);
            (inverse, -libm::log2(inverse))
        }),
        powers: std::array::from_fn(|interval| libm::exp2(interval as f64 / INTERVALS as f64)),
    })
}

/// Numbers computed together.
pub(super) type Block = [f64; BLOCK];
/// Numbers in a block.
pub(super) const BLOCK: usize = 16;

/// Computes powers and logarithms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Powers {
    tables: &'static Tables,
}

impl Powers {
    pub(super) fn new() -> Self {
        Self { tables: tables() }
    }

    /// Logarithm to base 2 of a normal number above zero.
    #[inline]
    pub(super) fn log2(self, x: f64) -> f64 {
        let bits = x.to_bits();
        let exponent = (bits >> 52) as i64 - 1023;
        let mantissa = f64::from_bits((bits & MANTISSA) | ONE);
        let interval = ((bits & MANTISSA) >> INTERVAL_SHIFT) as usize;
        let (inverse, logarithm) = self.tables.logarithms[interval & (INTERVALS - 1)];
        let rest = mantissa * inverse - 1.0;
        // Series of ln(1 + rest) over ln 2; |rest| < 1/250.
        const C: [f64; 7] = [
            std::f64::consts::LOG2_E,
            -0.721_347_520_444_481_7,
            0.480_898_346_962_987_8,
            -0.360_673_760_222_240_85,
            0.288_539_008_177_792_7,
            -0.240_449_173_481_493_9,
            0.206_099_291_555_566_2,
        ];
        let square = rest * rest;
        let high = (C[3] + rest * C[4]) + square * (C[5] + rest * C[6]);
        let tail = (C[1] + rest * C[2]) + square * high;
        (exponent as f64 + logarithm) + (rest * C[0] + square * tail)
    }

    /// Two to the power of `x`, which lies within ±1000.
    #[inline]
    pub(super) fn exp2(self, x: f64) -> f64 {
        // Adding this rounds to a multiple of 1/128 and leaves it in the low bits.
        const ROUNDING: f64 = 1.5 * ((1_u64 << 52) / INTERVALS as u64) as f64;
        let shifted = x + ROUNDING;
        let steps = shifted.to_bits();
        let rest = x - (shifted - ROUNDING);
        let interval = steps as usize & (INTERVALS - 1);
        let exponent = (steps << INTERVAL_SHIFT) & !MANTISSA;
        // Series of 2^rest - 1; |rest| <= 1/256.
        const C: [f64; 6] = [
            std::f64::consts::LN_2,
            0.240_226_506_959_100_7,
            0.055_504_108_664_821_58,
            0.009_618_129_107_628_477,
            0.001_333_355_814_642_844_3,
            0.000_154_035_303_933_816_1,
        ];
        let square = rest * rest;
        let high = C[2] + rest * C[3] + square * (C[4] + rest * C[5]);
        let less_one = rest * (C[0] + rest * C[1] + square * high);
        let base = self.tables.powers[interval];
        let value = base + base * less_one;
        f64::from_bits(value.to_bits().wrapping_add(exponent))
    }

    /// `x` to the power of `exponent`, for `x` from zero up. Zero, and what is too
    /// small to be a normal number, gives zero.
    #[inline]
    pub(super) fn power(self, x: f64, exponent: f64) -> f64 {
        if x < f64::MIN_POSITIVE {
            return 0.0;
        }
        self.exp2(exponent * self.log2(x))
    }

    /// The numbers of a block to the power of `exponent`, as [`power`](Self::power)
    /// but for numbers too small to be normal, whose powers are those of the
    /// smallest normal one. One step for all before the next, because a power is a
    /// long chain of short operations and those of different numbers overlap.
    #[inline]
    pub(super) fn power_block(self, x: &mut Block, exponent: f64) {
        for x in x.iter_mut() {
            *x = exponent * self.log2(x.max(f64::MIN_POSITIVE));
        }
        for x in x.iter_mut() {
            *x = self.exp2(*x);
        }
    }

    /// Natural logarithm of a normal number above zero.
    #[inline]
    pub(super) fn ln(self, x: f64) -> f64 {
        self.log2(x) * std::f64::consts::LN_2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_agree_with_the_library_to_a_few_units_of_the_last_place() {
        let powers = Powers::new();
        let mut x = 1e-13;
        while x < 1e7 {
            for exponent in [0.852, 0.9, 0.5, 2.0, -0.3] {
                let expected = libm::pow(x, exponent);
                let error = (powers.power(x, exponent) - expected) / expected;
                assert!(error.abs() < 1e-14, "{x} ^ {exponent}: {error}");
            }
            let error = powers.ln(x) - libm::log(x);
            assert!(error.abs() < 1e-14, "ln {x}: {error}");
            x *= 1.000_37;
        }
    }

    #[test]
    fn a_block_has_the_bits_of_its_numbers() {
        let powers = Powers::new();
        let numbers: Block = std::array::from_fn(|place| 1e-9 * 7.3_f64.powi(place as i32));
        let mut block = numbers;
        powers.power_block(&mut block, 0.852);
        for (found, x) in block.iter().zip(numbers) {
            assert_eq!(found.to_bits(), powers.power(x, 0.852).to_bits());
        }
    }

    #[test]
    fn nothing_to_a_power_is_nothing() {
        assert!(Powers::new().power(0.0, 0.852) < f64::MIN_POSITIVE);
    }
}
