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

/// Standard deviations of the variables at a minimum, from the curvature of
/// the cost: the roots of the diagonal of s² (JᵀJ)⁻¹ with
/// s² = 2 cost / (residuals − variables).
///
/// `None` for every variable when the data do not determine all of them, that
/// is when JᵀJ is singular to working precision. The formula takes residuals
/// as independent; where neighbouring residuals resemble each other, as they
/// do when the model's structure is not exact, the true uncertainty is larger.
#[must_use]
pub fn standard_deviations(jacobian: &[Vec<f64>], cost: f64) -> Option<Vec<f64>> {
    let variables = jacobian.len();
    let residuals = jacobian.first().map_or(0, Vec::len);
    if residuals <= variables {
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
    let normal = faer::Mat::from_fn(variables, variables, |row, column| {
        let product: f64 = jacobian[row]
            .iter()
            .zip(&jacobian[column])
            .map(|(left, right)| left * right)
            .sum();
        product / (norms[row] * norms[column])
    });
    let factor = normal.llt(faer::Side::Lower).ok()?;
    let inverse = factor.solve(faer::Mat::<f64>::identity(variables, variables));
    let variance = 2.0 * cost / (residuals - variables) as f64;
    let deviations: Vec<f64> = (0..variables)
        .map(|index| (variance * inverse[(index, index)]).sqrt() / norms[index])
        .collect();
    deviations
        .iter()
        .all(|value| value.is_finite())
        .then_some(deviations)
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
        for t in 0..10_usize {
            let time = t as f64;
            assert!((columns[0][t] - (-0.3 * time).exp()).abs() < 1e-6);
            assert!((columns[1][t] + 2.0 * time * (-0.3 * time).exp()).abs() < 1e-4);
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

    /// A straight line, whose deviations are in every textbook.
    #[test]
    fn standard_deviations_are_those_of_linear_regression() {
        let times: Vec<f64> = (0..20).map(f64::from).collect();
        let columns = vec![vec![1.0; 20], times.clone()];
        let cost = 0.5 * 18.0;
        let deviations = standard_deviations(&columns, cost).unwrap();
        let mean = times.iter().sum::<f64>() / 20.0;
        let spread: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
        assert!((deviations[1] - (1.0 / spread).sqrt()).abs() < 1e-12);
        assert!((deviations[0] - (1.0 / 20.0 + mean * mean / spread).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn what_the_data_do_not_determine_has_no_deviation() {
        let columns = vec![vec![1.0; 20], vec![2.0; 20]];
        assert_eq!(standard_deviations(&columns, 1.0), None);
        assert_eq!(standard_deviations(&[vec![0.0; 20]], 1.0), None);
    }
}
