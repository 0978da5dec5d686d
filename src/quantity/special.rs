//! Special functions of the normal, the beta and the gamma distribution.

use statrs::function::beta::checked_beta_reg;
use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{checked_gamma_lr, ln_gamma};

/// The standard normal density at `z`.
pub(super) fn normal_density(z: f64) -> f64 {
    const INVERSE_ROOT_TWO_PI: f64 = 0.398_942_280_401_432_7;
    INVERSE_ROOT_TWO_PI * (-0.5 * z * z).exp()
}

/// The probability that a standard normal variable is at most `z`; accurate in the lower
/// tail, for the upper tail take `normal_cumulative(-z)`.
pub(super) fn normal_cumulative(z: f64) -> f64 {
    // The function of `libm` is good to the last digit, that of `statrs` to ten digits.
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The value that a standard normal variable stays below with probability `p`.
pub(super) fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 {
        // Exact here, and the lower tail is where probabilities keep their digits.
        return -normal_quantile(1.0 - p);
    }
    let first = -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p);
    let density = normal_density(first);
    if density < 1e-290 {
        // At or next to p = 0, where the step below would divide by next to nothing.
        return first;
    }
    // One step of Halley's method takes the ten digits of the first value to all of them.
    let miss = (normal_cumulative(first) - p) / density;
    first - miss / (1.0 + 0.5 * first * miss)
}

/// The density at `x` in 0..=1 of the beta distribution. NaN for shapes that are not positive.
pub(super) fn beta_density(alpha: f64, beta: f64, x: f64) -> f64 {
    if !(0.0..=1.0).contains(&x) {
        return 0.0;
    }
    let ln_beta = ln_gamma(alpha) + ln_gamma(beta) - ln_gamma(alpha + beta);
    (power(alpha - 1.0, x.ln()) + power(beta - 1.0, (-x).ln_1p()) - ln_beta).exp()
}

/// The logarithm of a power. `0 × ln 0` at a border where the exponent is zero is the limit, 0.
fn power(exponent: f64, ln_base: f64) -> f64 {
    if exponent == 0.0 {
        0.0
    } else {
        exponent * ln_base
    }
}

/// The regularised incomplete beta function. NaN for shapes that are not positive.
pub(super) fn beta_cumulative(alpha: f64, beta: f64, x: f64) -> f64 {
    checked_beta_reg(alpha, beta, x.clamp(0.0, 1.0)).unwrap_or(f64::NAN)
}

/// The inverse of [`beta_cumulative`].
pub(super) fn beta_quantile(alpha: f64, beta: f64, p: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    invert(
        |x| beta_cumulative(alpha, beta, x) - p,
        |x| beta_density(alpha, beta, x),
        alpha / (alpha + beta),
        1.0,
    )
}

/// The gamma function.
pub(super) fn gamma_function(x: f64) -> f64 {
    libm::tgamma(x)
}

/// The density at `x` of the gamma distribution of scale one.
pub(super) fn gamma_density(shape: f64, x: f64) -> f64 {
    if x < 0.0 || x.is_infinite() {
        return 0.0;
    }
    (power(shape - 1.0, x.ln()) - x - ln_gamma(shape)).exp()
}

/// The regularised lower incomplete gamma function. NaN for shapes that are not positive.
pub(super) fn gamma_cumulative(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x.is_infinite() {
        return 1.0;
    }
    checked_gamma_lr(shape, x).unwrap_or(f64::NAN)
}

/// The inverse of [`gamma_cumulative`].
pub(super) fn gamma_quantile(shape: f64, p: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    // Wilson and Hilferty: the cube root is nearly normal.
    let spread = 1.0 / (9.0 * shape);
    let root = 1.0 - spread + normal_quantile(p) * spread.sqrt();
    let first = if root > 0.1 {
        shape * root.powi(3)
    } else {
        // Near zero only the first term of the series of the cumulative function counts.
        ((p.ln() + ln_gamma(shape + 1.0)) / shape).exp()
    };
    // Above this the probability is below 1 − p (Boucheron, Lugosi and Massart,
    // "Concentration inequalities", 2013, section 2.4).
    let tail = -(-p).ln_1p();
    let high = shape + (2.0 * shape * tail).sqrt() + tail;
    invert(
        |x| gamma_cumulative(shape, x) - p,
        |x| gamma_density(shape, x),
        first.min(high),
        high,
    )
}

/// The root of a rising function between 0 and `high`, from `first` on: Newton's method kept
/// inside a shrinking bracket, so that it ends whatever the function. It also ends where a
/// step next to the root gets no shorter than the one before: what is left of the miss is
/// then the rounding of the function, and following it would only go to and fro.
fn invert(miss: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64, first: f64, high: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, high);
    let mut x = first;
    let mut step_before = f64::INFINITY;
    for _ in 0..200 {
        let missed = miss(x);
        if missed.is_nan() {
            return f64::NAN;
        }
        if missed == 0.0 {
            return x;
        }
        if missed > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - missed / slope(x);
        let next = if newton > low && newton < high {
            newton
        } else {
            bisection(low, high)
        };
        let step = (next - x).abs();
        let is_noise = step < 1e-9 * x && step >= 0.5 * step_before;
        if step <= 1e-16 * x || is_noise || high - low <= f64::EPSILON * low {
            return next;
        }
        step_before = step;
        x = next;
    }
    x
}

/// The middle of a bracket; where it spans orders of magnitude next to zero, the geometric
/// middle, which finds a tiny root in few steps.
fn bisection(low: f64, high: f64) -> f64 {
    if low > 0.0 && high > 4.0 * low {
        (low * high).sqrt()
    } else if low == 0.0 && high < 0.01 {
        high * 1e-3
    } else {
        0.5 * (low + high)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn an_inverse_ends_once_it_is_as_good_as_the_function_itself() {
        for shape in [0.3, 1.0, 2.5, 40.0, 400.0, 1111.0, 10_000.0] {
            for p in [1e-6, 0.01, 0.3, 0.5, 0.9, 0.999, 1.0 - 1e-9] {
                let looks = Cell::new(0);
                let found = invert(
                    |x| {
                        looks.set(looks.get() + 1);
                        gamma_cumulative(shape, x) - p
                    },
                    |x| gamma_density(shape, x),
                    gamma_quantile(shape, p),
                    1e6,
                );
                // From the root itself: nothing is left but rounding.
                assert!(
                    looks.get() <= 4,
                    "shape {shape}, p {p}: {} looks",
                    looks.get()
                );
                assert!((found / gamma_quantile(shape, p) - 1.0).abs() < 1e-11);
                let back = gamma_cumulative(shape, found);
                assert!((back - p).abs() < 1e-12, "shape {shape}: {p} became {back}");
            }
        }
    }
}
