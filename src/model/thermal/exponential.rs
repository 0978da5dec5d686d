//! The matrix exponential of a thermal network, accurate entry by entry.
//!
//! A linear network obeys `dy/dt = A y + forcing`, where off the diagonal `A`
//! holds the rates at which one temperature follows another (never negative)
//! and each diagonal entry is minus the sum of its row's rates, those to the
//! boundaries included. The solution needs `exp(A h)` and its repeated
//! integrals
//!
//! ```text
//! I0(h) = exp(A h),   Ik(h) = integral from 0 to h of I(k-1)(s) ds = h^k phi_k(A h)
//! ```
//!
//! which exist whether or not `A` is singular, so networks without any boundary
//! need no special care. The classical way, Padé approximation with scaling and
//! squaring (Higham 2005), loses `eps * |A h|` to cancellation on the diagonal:
//! with rates that differ by 1e8 the slow modes keep half their digits. The
//! structure of a network allows better:
//!
//! - The start is a Taylor series of the shifted matrix `A + c I`, which has no
//!   negative entry, and the doubling formulas of the integrals (Skaflestad and
//!   Wright 2009, "The scaling and modified squaring method for matrix
//!   functions related to the exponential") add and multiply non-negative
//!   numbers only. Nothing cancels, so every entry keeps its relative accuracy
//!   (Xue and Ye 2013, "Computing exponentials of essentially non-negative
//!   matrices entrywise to high relative accuracy").
//! - A uniform temperature stays uniform: each row of `I0` and the row's weights
//!   of the boundaries sum to one. After each doubling the diagonal is restored
//!   from that sum, the device of Grassmann, Taksar and Heyman (1985) for
//!   Markov chains, so that rounding neither makes nor loses heat and does not
//!   double with each squaring.

use super::dense::Square;

/// The rates of a linear network, in 1/s.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    /// Entry (i, j): rate at which state i follows state j. Not negative; the
    /// diagonal is zero.
    pub(crate) exchange: Square,
    /// Rate at which each state follows the boundaries, all together.
    pub(crate) leak: Vec<f64>,
}

/// `exp(A h)` and its repeated integrals at one step `h`.
#[derive(Clone, Debug)]
pub(crate) struct ExponentialIntegrals {
    step: f64,
    /// `matrices[k]` is `Ik(h)`, in s^k.
    matrices: Vec<Square>,
}

/// `c h` at the smallest step; small enough for the series below to reach full
/// accuracy, large enough to save doublings.
const SERIES_REACH: f64 = 0.5;
/// The first term left out is at most `0.5^17 / 17!`, about 2e-20.
const SERIES_TERMS: usize = 17;

impl ExponentialIntegrals {
    /// Computes `I0` to `I(order)` for one step.
    ///
    /// `order` is at least one, because restoring the diagonal needs `I1`.
    /// `step` is positive, and the rates are finite; the caller checks both.
    pub(crate) fn new(rates: &Rates, step: f64, order: usize) -> Self {
        let size = rates.exchange.size();
        let order = order.max(1);
        let shift = (0..size)
            .map(|row| rates.exchange.row(row).iter().sum::<f64>() + rates.leak[row])
            .fold(0.0, f64::max);
        let mut doublings = 0;
        let mut start = step;
        while start * shift > SERIES_REACH {
            start *= 0.5;
            doublings += 1;
        }
        let mut integrals = Self::series(rates, shift, start, order);
        for _ in 0..doublings {
            integrals = integrals.doubled(&rates.leak);
        }
        integrals
    }

    /// `Ik(h)`, in s^k.
    pub(crate) fn integral(&self, k: usize) -> &Square {
        &self.matrices[k]
    }

    /// The Taylor series of the shifted matrix, for a step with `shift * step`
    /// at most [`SERIES_REACH`].
    fn series(rates: &Rates, shift: f64, step: f64, order: usize) -> Self {
        let size = rates.exchange.size();
        // P h = (A + c I) h, without a negative entry.
        let mut scaled = Square::zeros(size);
        scaled.add_scaled(step, &rates.exchange);
        for row in 0..size {
            let total = rates.exchange.row(row).iter().sum::<f64>() + rates.leak[row];
            scaled.add_at(row, row, (shift - total).max(0.0) * step);
        }
        let mut matrices = vec![Square::zeros(size); order + 1];
        let mut power = Square::identity(size);
        for term in 0..SERIES_TERMS {
            if term > 0 {
                power = power.times(&scaled);
            }
            let mut step_power = 1.0;
            for (k, matrix) in matrices.iter_mut().enumerate() {
                let weight = series_weight(term, k, shift * step) * step_power;
                matrix.add_scaled(weight, &power);
                step_power *= step;
            }
        }
        let mut integrals = Self { step, matrices };
        integrals.restore_diagonal(&rates.leak);
        integrals
    }

    /// The same integrals at twice the step.
    ///
    /// `leak` is the one the integrals were made with.
    pub(crate) fn doubled(&self, leak: &[f64]) -> Self {
        let exponential = &self.matrices[0];
        let matrices = (0..self.matrices.len())
            .map(|k| {
                let mut doubled = exponential.times(&self.matrices[k]);
                // Ik(2h) = I0(h) Ik(h) + sum over j = 1..k of h^(k-j)/(k-j)! Ij(h)
                let mut factor = 1.0;
                for back in 0..k {
                    if back > 0 {
                        factor *= self.step / back as f64;
                    }
                    doubled.add_scaled(factor, &self.matrices[k - back]);
                }
                doubled
            })
            .collect();
        let mut integrals = Self {
            step: 2.0 * self.step,
            matrices,
        };
        integrals.restore_diagonal(leak);
        integrals
    }

    /// Makes each row of `I0`, with its boundary weights, sum to one.
    fn restore_diagonal(&mut self, leak: &[f64]) {
        let (head, tail) = self.matrices.split_at_mut(1);
        let (exponential, first) = (&mut head[0], &tail[0]);
        for row in 0..exponential.size() {
            let boundary: f64 = first.row(row).iter().zip(leak).map(|(i, g)| i * g).sum();
            let entries = exponential.row_mut(row);
            let diagonal = entries[row];
            // Added one by one: total minus diagonal would cancel.
            let others: f64 =
                entries[..row].iter().sum::<f64>() + entries[row + 1..].iter().sum::<f64>();
            if others + boundary <= 0.5 {
                entries[row] = 1.0 - (others + boundary);
            } else if boundary <= 0.5 {
                // The diagonal is no longer the large entry, so the difference
                // above would cancel; scaling keeps each entry's accuracy.
                let factor = (1.0 - boundary) / (others + diagonal);
                for entry in entries {
                    *entry *= factor;
                }
            }
        }
    }
}

/// Weight of `(P h)^term` in `Ik(h) / h^k`, with `x = c h`:
/// the integral over s in 0..1 of `(1-s)^(k-1)/(k-1)! exp(-x s) s^term/term!`
/// (for k = 0, `exp(-x)/term!`).
///
/// Summed as a series rather than with the platform's `exp`, whose last bit
/// differs from one mathematics library to the next.
fn series_weight(term: usize, k: usize, x: f64) -> f64 {
    // First summand: 1/(term + k)!; the ratio of summand i+1 to summand i is
    // -x (i + term + 1) / ((i + 1) (i + term + k + 1)).
    let mut summand = 1.0;
    for factor in 1..=(term + k) {
        summand /= factor as f64;
    }
    let mut sum = 0.0;
    for i in 0..30 {
        sum += summand;
        let (i, term, k) = (i as f64, term as f64, k as f64);
        summand *= -x * (i + term + 1.0) / ((i + 1.0) * (i + term + k + 1.0));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(rate: f64) -> Rates {
        Rates {
            exchange: Square::zeros(1),
            leak: vec![rate],
        }
    }

    #[test]
    fn scalar_integrals_match_their_closed_forms() {
        for (rate, step) in [(0.3, 1.0), (2.0, 5.0), (1e-3, 60.0), (40.0, 1.0)] {
            let integrals = ExponentialIntegrals::new(&scalar(rate), step, 3);
            let x: f64 = rate * step;
            // phi functions of -x by their recurrence, accurate for these x.
            let phi1 = -(-x).exp_m1() / x;
            let expected = [(-x).exp(), step * phi1];
            for (k, value) in expected.iter().enumerate() {
                let found = integrals.integral(k).at(0, 0);
                assert!(
                    (found - value).abs() <= 4e-14 * value.abs(),
                    "k {k}, rate {rate}: {found} against {value}"
                );
            }
            if x > 0.5 {
                let phi2 = (1.0 - phi1) / x;
                let phi3 = (0.5 - phi2) / x;
                for (k, phi) in [(2, phi2), (3, phi3)] {
                    let value = phi * step.powi(k);
                    let found = integrals.integral(k as usize).at(0, 0);
                    assert!((found - value).abs() <= 1e-12 * value, "k {k}, rate {rate}");
                }
            }
        }
    }

    #[test]
    fn without_any_rate_the_integrals_are_powers_of_the_step() {
        let integrals = ExponentialIntegrals::new(&scalar(0.0), 3.0, 4);
        for (k, expected) in [1.0, 3.0, 4.5, 4.5, 3.375].into_iter().enumerate() {
            assert!((integrals.integral(k).at(0, 0) - expected).abs() < 1e-14 * expected);
        }
    }

    /// Two states that follow each other: with a = rate 1 to 2, b = rate 2 to 1,
    /// `exp(A h)` is known in closed form.
    #[test]
    fn two_coupled_states_match_the_closed_form_at_any_stiffness() {
        for (a, b) in [(1.0, 2.0), (1e8, 1e-3), (1e-3, 1e5), (1e9, 1.0)] {
            let mut exchange = Square::zeros(2);
            exchange.add_at(0, 1, a);
            exchange.add_at(1, 0, b);
            let rates = Rates {
                exchange,
                leak: vec![0.0, 0.0],
            };
            for step in [1e-3, 1.0, 3600.0] {
                let integrals = ExponentialIntegrals::new(&rates, step, 1);
                let moved = -(-(a + b) * step).exp_m1() / (a + b);
                for (row, column, expected) in [
                    (0, 1, a * moved),
                    (1, 0, b * moved),
                    (1, 1, (a + b * (-(a + b) * step).exp()) / (a + b)),
                ] {
                    let found = integrals.integral(0).at(row, column);
                    assert!(
                        (found - expected).abs() <= 2e-14 * expected,
                        "rates {a} {b}, step {step}: {found} against {expected}"
                    );
                }
            }
        }
    }

    /// A fast pair tied weakly to a boundary: the slow mode decays with
    /// `leak * C1 / (C1 + C2)`, and must keep its digits though the rates of the
    /// pair are ten orders of magnitude above it.
    #[test]
    fn a_slow_mode_keeps_its_digits_beside_a_fast_one() {
        let (fast, leak): (f64, f64) = (1e6, 1e-4);
        let mut exchange = Square::zeros(2);
        exchange.add_at(0, 1, fast);
        exchange.add_at(1, 0, fast);
        let rates = Rates {
            exchange,
            leak: vec![leak, 0.0],
        };
        let step = 10_000.0;
        let integrals = ExponentialIntegrals::new(&rates, step, 1);
        // The slow eigenvalue, written so that it does not cancel.
        let sum = 2.0 * fast + leak;
        let slow = 2.0 * fast * leak / (sum + (sum * sum - 4.0 * fast * leak).sqrt());
        let total: f64 = integrals.integral(0).row(1).iter().sum();
        // Weight of the slow mode in state 2, started from a uniform temperature:
        // 1 + O(leak / fast).
        let expected = (-slow * step).exp();
        assert!(
            (total / expected - 1.0).abs() < 1e-10,
            "{total} against {expected}"
        );
    }

    #[test]
    fn doubling_agrees_with_computing_afresh() {
        let mut exchange = Square::zeros(3);
        exchange.add_at(0, 1, 0.2);
        exchange.add_at(1, 0, 0.5);
        exchange.add_at(2, 1, 3.0);
        let rates = Rates {
            exchange,
            leak: vec![0.1, 0.0, 0.0],
        };
        let doubled = ExponentialIntegrals::new(&rates, 0.75, 4).doubled(&rates.leak);
        let fresh = ExponentialIntegrals::new(&rates, 1.5, 4);
        for k in 0..=4 {
            for row in 0..3 {
                for column in 0..3 {
                    let (left, right) = (
                        doubled.integral(k).at(row, column),
                        fresh.integral(k).at(row, column),
                    );
                    assert!((left - right).abs() <= 1e-13 * right.abs());
                }
            }
        }
    }
}
