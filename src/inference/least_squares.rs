//! Bounded nonlinear least squares of any residual function.
//!
//! The minimisation is basin's trust-region-reflective method (M. A. Branch,
//! T. F. Coleman and Y. Li, SIAM J. Sci. Comput. 21 (1999) 1–23). The Jacobian
//! is formed here by central differences, its columns in parallel and gathered
//! by index, so that the result does not depend on the number of threads.

use std::convert::Infallible;

use basin::{
    BoxBounds, ConstraintDescription, ConstraintSet, Constraints, CostFunction, DenseMatrix,
    Executor, Jacobian, Residual, Termination, TrustRegionReflective,
};
use faer::prelude::*;
use rayon::prelude::*;

/// Something whose residuals are to become small.
///
/// The variables should be scaled so that one is a sensible change of each:
/// the first trust region and the difference steps count on it.
pub trait ResidualFunction: Sync {
    /// Number of residuals; the same at every point.
    fn residual_count(&self) -> usize;

    /// The residuals at `point`, or `None` where the function has no value
    /// there (a simulation that diverges): the minimiser then tries a smaller
    /// step.
    fn residuals(&self, point: &[f64]) -> Option<Vec<f64>>;
}

/// When the minimiser stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoppingRules {
    /// Most iterations per start.
    pub iterations: u64,
    /// Relative change of the cost below which it has converged.
    pub relative_cost_change: f64,
    /// Relative step length below which it has converged.
    pub relative_step: f64,
}

impl Default for StoppingRules {
    fn default() -> Self {
        Self {
            iterations: 100,
            relative_cost_change: 1e-8,
            relative_step: 1e-8,
        }
    }
}

/// Where the minimiser ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The best point found.
    pub point: Vec<f64>,
    /// Half the sum of the squared residuals there.
    pub cost: f64,
    /// Iterations used.
    pub iterations: u64,
    /// Whether a convergence test was met, rather than the iteration limit.
    pub converged: bool,
}

/// Half a difference step, in units of the scaled variables.
///
/// Large beside the error control of an adaptive solver (about 1e-9) and small
/// beside the curvature of a residual over one scaled unit.
const DIFFERENCE: f64 = 1e-3;

/// Minimises half the sum of squares of `function` inside `[low, high]`, from
/// `start`.
///
/// Returns `None` when the function has no value at the start (after it was
/// moved inside the bounds), a bound is NaN or a pair of them reversed, or the
/// solver broke down before its first step.
///
/// # Panics
/// When the lengths of `start`, `low` and `high` differ.
#[must_use]
pub fn minimise<F: ResidualFunction>(
    function: &F,
    start: &[f64],
    low: &[f64],
    high: &[f64],
    rules: StoppingRules,
) -> Option<Minimum> {
    assert_eq!(start.len(), low.len());
    assert_eq!(start.len(), high.len());
    if start.is_empty() {
        let residuals = function.residuals(&[])?;
        return Some(Minimum {
            point: Vec::new(),
            cost: half_sum_of_squares(&residuals),
            iterations: 0,
            converged: true,
        });
    }
    let start: Vec<f64> = start
        .iter()
        .zip(low.iter().zip(high))
        .map(|(value, (low, high))| value.clamp(*low, *high))
        .collect();
    function.residuals(&start)?;
    let problem = Problem {
        function,
        low: low.to_vec(),
        high: high.to_vec(),
    };
    let solver = TrustRegionReflective::new()
        .with_relative_cost_change_tolerance(rules.relative_cost_change)
        .with_relative_step_tolerance(rules.relative_step);
    let result = match Executor::from_start(problem, solver, start)
        .max_iter(rules.iterations)
        .run()
    {
        Ok(result) => result,
        // Bounds that are no intervals; the callbacks themselves cannot fail.
        Err(_) => return None,
    };
    let cost = result.cost();
    cost.is_finite().then(|| Minimum {
        point: result.param().clone(),
        cost,
        iterations: result.iter(),
        // A step too small to change a digit is as good as a passed test.
        converged: matches!(
            result.report.termination,
            Termination::Converged(_) | Termination::Stalled(_)
        ),
    })
}

/// The Jacobian of `function` at `point`, column by column.
///
/// Central differences, one-sided where a bound is in the way. A column is
/// all zero where the function has no value on either side.
#[must_use]
pub fn jacobian<F: ResidualFunction>(
    function: &F,
    point: &[f64],
    low: &[f64],
    high: &[f64],
) -> Vec<Vec<f64>> {
    (0..point.len())
        .into_par_iter()
        .map(|column| {
            let at = |value: f64| {
                let mut moved = point.to_vec();
                moved[column] = value.clamp(low[column], high[column]);
                function
                    .residuals(&moved)
                    .map(|residuals| (moved[column], residuals))
            };
            let ahead = at(point[column] + DIFFERENCE);
            let behind = at(point[column] - DIFFERENCE);
            let here = || {
                function
                    .residuals(point)
                    .map(|residuals| (point[column], residuals))
            };
            let pair = match (ahead, behind) {
                (Some(ahead), Some(behind)) => Some((ahead, behind)),
                (Some(ahead), None) => here().map(|here| (ahead, here)),
                (None, Some(behind)) => here().map(|here| (here, behind)),
                (None, None) => None,
            };
            let Some(((right, upper), (left, lower))) = pair else {
                return vec![0.0; function.residual_count()];
            };
            let width = right - left;
            if width <= 0.0 {
                return vec![0.0; function.residual_count()];
            }
            upper
                .iter()
                .zip(&lower)
                .map(|(upper, lower)| (upper - lower) / width)
                .collect()
        })
        .collect()
}

/// Standard deviations of the variables at a minimum.
///
/// The roots of the diagonal of A⁻¹ M A⁻¹ with A = JᵀJ. Where residuals are
/// independent, M is s² JᵀJ and this is the textbook's s² (JᵀJ)⁻¹. Residuals of
/// a simulation resemble their neighbours in time, so M is summed over lags
/// with falling weights, after W. K. Newey and K. D. West, "A Simple, Positive
/// Semi-definite, Heteroskedasticity and Autocorrelation Consistent Covariance
/// Matrix", Econometrica 55 (1987) 703–708. The lags go to twice the
/// [`correlation_time`] of the residuals, at most a tenth of their number.
///
/// `series` holds the number of residuals of each time series, in order; lags
/// do not reach from one into the next. `None` when the data do not determine
/// every variable, that is when JᵀJ is singular to working precision.
#[must_use]
pub fn standard_deviations(
    jacobian: &[Vec<f64>],
    residuals: &[f64],
    series: &[usize],
) -> Option<Vec<f64>> {
    let variables = jacobian.len();
    let count = residuals.len();
    if count <= variables || jacobian.iter().any(|column| column.len() != count) {
        return None;
    }
    let norms: Vec<f64> = jacobian
        .iter()
        .map(|column| column.iter().map(|value| value * value).sum::<f64>().sqrt())
        .collect();
    if norms.iter().any(|norm| !norm.is_finite() || *norm <= 0.0) {
        return None;
    }
    // Columns of unit length: the condition is that of the problem, not of the units.
    let scaled: Vec<Vec<f64>> = jacobian
        .iter()
        .zip(&norms)
        .map(|(column, norm)| column.iter().map(|value| value / norm).collect())
        .collect();
    let normal = faer::Mat::from_fn(variables, variables, |row, column| {
        product(&scaled[row], &scaled[column])
    });
    let factor = normal.llt(faer::Side::Lower).ok()?;
    let inverse = factor.solve(faer::Mat::<f64>::identity(variables, variables));
    let middle = long_run_covariance(&scaled, residuals, series);
    let covariance = &inverse * middle * &inverse;
    let freedom = count as f64 / (count - variables) as f64;
    let deviations: Vec<f64> = (0..variables)
        .map(|index| (freedom * covariance[(index, index)]).max(0.0).sqrt() / norms[index])
        .collect();
    deviations
        .iter()
        .all(|value| value.is_finite())
        .then_some(deviations)
}

/// Σ over lags of the weighted products of the scores J_t e_t.
fn long_run_covariance(
    jacobian: &[Vec<f64>],
    residuals: &[f64],
    series: &[usize],
) -> faer::Mat<f64> {
    let variables = jacobian.len();
    let mut sum = faer::Mat::<f64>::zeros(variables, variables);
    let mut begin = 0;
    for length in series {
        let end = (begin + length).min(residuals.len());
        let own = &residuals[begin..end];
        let scores: Vec<Vec<f64>> = jacobian
            .iter()
            .map(|column| {
                column[begin..end]
                    .iter()
                    .zip(own)
                    .map(|(slope, residual)| slope * residual)
                    .collect()
            })
            .collect();
        let lags = ((2.0 * correlation_time(own)).ceil() as usize).min(own.len() / 10);
        // Row by row in parallel, gathered by index: the same bits on any number of threads.
        let rows: Vec<Vec<f64>> = (0..variables)
            .into_par_iter()
            .map(|row| {
                (0..variables)
                    .map(|column| {
                        let mut total = product(&scores[row], &scores[column]);
                        for lag in 1..=lags {
                            let weight = 1.0 - lag as f64 / (lags + 1) as f64;
                            let ahead = product(&scores[row][lag..], &scores[column]);
                            let behind = product(&scores[column][lag..], &scores[row]);
                            total += weight * (ahead + behind);
                        }
                        total
                    })
                    .collect()
            })
            .collect();
        for (row, values) in rows.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                sum[(row, column)] += value;
            }
        }
        begin = end;
    }
    sum
}

/// Sum of the products, as far as the shorter reaches.
fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

/// Number of consecutive residuals that tell as much as one independent one:
/// the integrated autocorrelation time, at least one.
///
/// One plus twice the sum of the autocorrelations, cut off where the sum of
/// two neighbouring ones is no longer positive: the initial positive sequence
/// of C. J. Geyer, "Practical Markov Chain Monte Carlo", Statistical Science 7
/// (1992) 473–483. The variance of a mean of
/// such residuals is larger by this factor than that of independent ones.
#[must_use]
pub fn correlation_time(residuals: &[f64]) -> f64 {
    let count = residuals.len();
    if count < 4 {
        return 1.0;
    }
    let mean = residuals.iter().sum::<f64>() / count as f64;
    let covariance = |lag: usize| {
        residuals[lag..]
            .iter()
            .zip(residuals)
            .map(|(later, earlier)| (later - mean) * (earlier - mean))
            .sum::<f64>()
    };
    let variance = covariance(0);
    if variance <= 0.0 {
        return 1.0;
    }
    let mut sum = -1.0;
    let mut lag = 0;
    while lag + 1 < count / 2 {
        let pair = (covariance(lag) + covariance(lag + 1)) / variance;
        if pair <= 0.0 {
            break;
        }
        sum += 2.0 * pair;
        lag += 2;
    }
    sum.max(1.0)
}

/// Half the sum of the squares, in order.
#[must_use]
pub fn half_sum_of_squares(residuals: &[f64]) -> f64 {
    0.5 * residuals.iter().map(|value| value * value).sum::<f64>()
}

struct Problem<'a, F> {
    function: &'a F,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl<F: ResidualFunction> Problem<'_, F> {
    fn evaluate(&self, point: &[f64]) -> Vec<f64> {
        // Basin rejects a trial with a residual that is not finite and shortens the step.
        self.function
            .residuals(point)
            .unwrap_or_else(|| vec![f64::NAN; self.function.residual_count()])
    }
}

impl<F> Constraints for Problem<'_, F> {
    type Set = ConstraintSet<BoxBounds<Vec<f64>>>;

    fn constraints(&self) -> <Self::Set as ConstraintDescription>::Borrowed<'_> {
        ConstraintSet::new().with_bounds(BoxBounds::new(Some(&self.low), Some(&self.high)))
    }
}

impl<F: ResidualFunction> CostFunction for Problem<'_, F> {
    type Param = Vec<f64>;
    type Output = f64;
    type Error = Infallible;

    fn cost(&self, point: &Vec<f64>) -> Result<f64, Infallible> {
        Ok(half_sum_of_squares(&self.evaluate(point)))
    }
}

impl<F: ResidualFunction> Residual for Problem<'_, F> {
    type Param = Vec<f64>;
    type Output = Vec<f64>;
    type Error = Infallible;

    fn residual(&self, point: &Vec<f64>) -> Result<Vec<f64>, Infallible> {
        Ok(self.evaluate(point))
    }
}

impl<F: ResidualFunction> Jacobian for Problem<'_, F> {
    type Jacobian = DenseMatrix;

    fn jacobian(&self, point: &Vec<f64>) -> Result<DenseMatrix, Infallible> {
        let columns = jacobian(self.function, point, &self.low, &self.high);
        Ok(DenseMatrix::from_fn(
            self.function.residual_count(),
            point.len(),
            |row, column| columns[column][row],
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// y = a exp(-b t) at t = 0, 1, … 9, minus data made with a = 3, b = 0.4.
    struct Decay;

    impl ResidualFunction for Decay {
        fn residual_count(&self) -> usize {
            10
        }

        fn residuals(&self, point: &[f64]) -> Option<Vec<f64>> {
            (point[1] > -1.0).then(|| {
                (0..10)
                    .map(|t| {
                        let t = f64::from(t);
                        point[0] * (-point[1] * t).exp() - 3.0 * (-0.4 * t).exp()
                    })
                    .collect()
            })
        }
    }

    #[test]
    fn finds_the_values_that_made_the_data() {
        let minimum = minimise(
            &Decay,
            &[1.0, 1.0],
            &[0.0, 0.0],
            &[f64::INFINITY, f64::INFINITY],
            StoppingRules::default(),
        )
        .unwrap();
        assert!(minimum.converged);
        assert!((minimum.point[0] - 3.0).abs() < 1e-6, "{minimum:?}");
        assert!((minimum.point[1] - 0.4).abs() < 1e-6, "{minimum:?}");
    }

    #[test]
    fn stays_inside_the_bounds() {
        let minimum = minimise(
            &Decay,
            &[1.0, 1.0],
            &[0.0, 0.5],
            &[2.0, 2.0],
            StoppingRules::default(),
        )
        .unwrap();
        assert!(minimum.point[0] <= 2.0 && minimum.point[1] >= 0.5);
    }

    #[test]
    fn the_jacobian_is_the_derivative() {
        let columns = jacobian(&Decay, &[2.0, 0.3], &[0.0, 0.0], &[9.0, 9.0]);
        for (time, (first, second)) in columns[0].iter().zip(&columns[1]).enumerate() {
            let time = time as f64;
            assert!((first - (-0.3 * time).exp()).abs() < 1e-6);
            assert!((second + 2.0 * time * (-0.3 * time).exp()).abs() < 1e-4);
        }
    }

    #[test]
    fn a_start_without_value_is_told_from_a_minimum() {
        assert!(
            minimise(
                &Decay,
                &[1.0, -2.0],
                &[f64::NEG_INFINITY; 2],
                &[f64::INFINITY; 2],
                StoppingRules::default()
            )
            .is_none()
        );
    }

    /// A straight line, whose deviations are in every textbook. The residuals
    /// are independent draws, so the lags add next to nothing.
    #[test]
    fn standard_deviations_are_those_of_linear_regression() {
        use rand::SeedableRng;
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let count = 20_000;
        let times: Vec<f64> = (0..count).map(f64::from).collect();
        let columns = vec![vec![1.0; times.len()], times.clone()];
        let residuals: Vec<f64> = times
            .iter()
            .map(|_| 2.0 * crate::quantity::standard_normal(&mut random))
            .collect();
        let deviations = standard_deviations(&columns, &residuals, &[times.len()]).unwrap();
        let mean = times.iter().sum::<f64>() / f64::from(count);
        let spread: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
        let slope = 2.0 / spread.sqrt();
        let level = 2.0 * (1.0 / f64::from(count) + mean * mean / spread).sqrt();
        assert!((deviations[1] / slope - 1.0).abs() < 0.1, "{deviations:?}");
        assert!((deviations[0] / level - 1.0).abs() < 0.1, "{deviations:?}");
    }

    /// The mean of an autoregression with coefficient φ and innovation one has
    /// the variance 1 / (n (1 − φ)²).
    #[test]
    fn residuals_that_resemble_their_neighbours_tell_less() {
        use rand::SeedableRng;
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let mut value = 0.0;
        let residuals: Vec<f64> = (0..50_000)
            .map(|_| {
                value = 0.9 * value + crate::quantity::standard_normal(&mut random);
                value
            })
            .collect();
        let columns = vec![vec![1.0; residuals.len()]];
        let deviation = standard_deviations(&columns, &residuals, &[residuals.len()]).unwrap()[0];
        let expected = 1.0 / (50_000_f64.sqrt() * (1.0 - 0.9));
        assert!(
            (deviation / expected - 1.0).abs() < 0.25,
            "{deviation} for {expected}"
        );
    }

    #[test]
    fn what_the_data_do_not_determine_has_no_deviation() {
        let residuals = vec![1.0; 20];
        let columns = vec![vec![1.0; 20], vec![2.0; 20]];
        assert_eq!(standard_deviations(&columns, &residuals, &[20]), None);
        assert_eq!(
            standard_deviations(&[vec![0.0; 20]], &residuals, &[20]),
            None
        );
        assert_eq!(standard_deviations(&columns, &residuals[..2], &[2]), None);
    }

    #[test]
    fn independent_residuals_count_one_each() {
        use rand::SeedableRng;
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
        let residuals: Vec<f64> = (0..20_000)
            .map(|_| crate::quantity::standard_normal(&mut random))
            .collect();
        assert!(correlation_time(&residuals) < 1.2);
    }

    /// A first-order autoregression with coefficient φ has (1 + φ) / (1 − φ).
    #[test]
    fn an_autoregression_has_the_time_of_theory() {
        use rand::SeedableRng;
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let mut value = 0.0;
        let residuals: Vec<f64> = (0..200_000)
            .map(|_| {
                value = 0.8 * value + crate::quantity::standard_normal(&mut random);
                value
            })
            .collect();
        let found = correlation_time(&residuals);
        assert!((found - 9.0).abs() < 1.5, "{found}");
    }

    #[test]
    fn a_constant_tells_nothing_and_breaks_nothing() {
        assert_eq!(correlation_time(&[1.0; 100]), 1.0);
        assert_eq!(correlation_time(&[]), 1.0);
    }
}
