//! The distributions of the flow kinds, fitted by maximum likelihood.

use super::likelihood::{log_likelihood, maximise, standard_errors};
use super::{ObservedTimes, TimesFitError};
use crate::model::flow::Family;
use crate::quantity::Distribution;

/// A distribution fitted to times.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedTimes {
    /// Which.
    pub family: Family,
    /// Its mean, s.
    pub mean: f64,
    /// Standard error of the mean, s; `None` where the likelihood has no curvature,
    /// as with bounds that are the least and largest time.
    pub mean_error: Option<f64>,
    /// Its coefficient of variation.
    pub variation: f64,
    /// Standard error of the coefficient of variation.
    pub variation_error: Option<f64>,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Akaike's information criterion: the lower, the better.
    pub criterion: f64,
}

impl FittedTimes {
    /// The distribution.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        self.family.distribution(self.mean, self.variation)
    }
}

/// The range of coefficients of variation that a document can hold.
const VARIATIONS: (f64, f64) = (0.01, 10.0);

/// Fits all families; the best by Akaike's criterion comes first (H. Akaike, "A new
/// look at the statistical model identification", IEEE Transactions on Automatic
/// Control 19, 1974). Times that are all the same are constant, and nothing else is
/// tried.
///
/// # Errors
/// When there are too few times, or one is none.
pub fn fit_times(times: &ObservedTimes) -> Result<Vec<FittedTimes>, TimesFitError> {
    times.examine()?;
    if times.is_constant() {
        let count = times.complete.len() as f64;
        return Ok(vec![FittedTimes {
            family: Family::Constant,
            mean: times.complete.iter().sum::<f64>() / count,
            mean_error: None,
            variation: 0.0,
            variation_error: None,
            log_likelihood: 0.0,
            criterion: 0.0,
        }]);
    }
    let fits = Family::RANDOM.into_iter();
    let mut fits: Vec<FittedTimes> = fits
        .filter_map(|family| fit_family(family, times))
        .collect();
    if fits.is_empty() {
        return Err(TimesFitError::NoFamily);
    }
    fits.sort_by(|one, other| one.criterion.total_cmp(&other.criterion));
    Ok(fits)
}

/// Fits one family; `None` where it has no such times.
#[must_use]
pub fn fit_family(family: Family, times: &ObservedTimes) -> Option<FittedTimes> {
    let (mean, variation) = estimate(family, times)?;
    let variation = variation.clamp(VARIATIONS.0, VARIATIONS.1);
    let log_likelihood = log_likelihood(family, mean, variation, times);
    if !log_likelihood.is_finite() {
        return None;
    }
    let (mean_error, variation_error) = standard_errors(family, mean, variation, times);
    Some(FittedTimes {
        family,
        mean,
        mean_error,
        variation,
        variation_error,
        log_likelihood,
        criterion: 2.0 * family.parameters() as f64 - 2.0 * log_likelihood,
    })
}

/// Mean and coefficient of variation of the largest likelihood.
pub(super) fn estimate(family: Family, times: &ObservedTimes) -> Option<(f64, f64)> {
    let complete = &times.complete;
    let count = complete.len() as f64;
    let sum: f64 = complete.iter().sum();
    let mean = sum / count;
    let squares: f64 = complete.iter().map(|time| (time - mean).powi(2)).sum();
    let variation = (squares / count).sqrt() / mean;
    let all = || complete.iter().chain(&times.censored).copied();
    let least = all().fold(f64::INFINITY, f64::min);
    let most = all().fold(0.0, f64::max);
    match family {
        Family::Constant => Some((mean, 0.0)),
        Family::Exponential => Some((all().sum::<f64>() / count, 1.0)),
        Family::Weibull => weibull(times),
        Family::Uniform => {
            let middle = 0.5 * (least + most);
            Some((middle, (most - least) / 12.0_f64.sqrt() / middle))
        }
        Family::Triangular => {
            // Bounds just beyond the least and the largest time to begin with.
            let middle = 0.5 * (least + most);
            let start = 1.1 * 0.5 * (most - least) / 6.0_f64.sqrt() / middle;
            maximise(family, (middle, start), times)
        }
        Family::LogNormal if times.censored.is_empty() => {
            let logs = || complete.iter().map(|time| time.ln());
            let centre = logs().sum::<f64>() / count;
            let spread = logs().map(|log| (log - centre).powi(2)).sum::<f64>() / count;
            Some(((centre + 0.5 * spread).exp(), spread.exp_m1().sqrt()))
        }
        Family::Gamma if times.censored.is_empty() => {
            let logs = complete.iter().map(|time| time.ln()).sum::<f64>() / count;
            Some((mean, 1.0 / gamma_shape(mean.ln() - logs)?.sqrt()))
        }
        // Less than the hundred-thousandth part of the distribution is cut off.
        Family::Normal if times.censored.is_empty() && variation < 0.23 => Some((mean, variation)),
        Family::LogNormal | Family::Gamma | Family::Normal => {
            maximise(family, (mean, variation), times)
        }
    }
}

/// The shape at which ln(shape) − ψ(shape) is `excess`, which falls as the shape rises.
fn gamma_shape(excess: f64) -> Option<f64> {
    use statrs::function::gamma::digamma;
    if excess <= 0.0 {
        return None;
    }
    let (mut low, mut high) = (0.01_f64.ln(), 1e4_f64.ln());
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if middle - digamma(middle.exp()) > excess {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some((0.5 * (low + high)).exp())
}

/// Weibull: given the shape the scale follows, and the shape is where the derivative
/// of what is left is zero (A. C. Cohen, "Maximum likelihood estimation in the Weibull
/// distribution based on complete and on censored samples", Technometrics 7, 1965).
fn weibull(times: &ObservedTimes) -> Option<(f64, f64)> {
    let all = || times.complete.iter().chain(&times.censored);
    // Powers of times below one do not overflow.
    let most = all().copied().fold(0.0, f64::max);
    let count = times.complete.len() as f64;
    let logs = times
        .complete
        .iter()
        .map(|time| (time / most).ln())
        .sum::<f64>()
        / count;
    let excess = |shape: f64| {
        let (mut powers, mut weighted) = (0.0, 0.0);
        for time in all() {
            let log = (time / most).ln();
            let power = (shape * log).exp();
            powers += power;
            weighted += power * log;
        }
        weighted / powers - 1.0 / shape - logs
    };
    let (mut low, mut high) = (0.1_f64, 1000.0_f64);
    for _ in 0..50 {
        let middle = (low * high).sqrt();
        if excess(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let shape = (low * high).sqrt();
    let powers: f64 = all().map(|time| (time / most).powf(shape)).sum();
    let scale = most * (powers / count).powf(1.0 / shape);
    let fitted = Distribution::Weibull {
        shape,
        scale,
        shift: 0.0,
    };
    let mean = fitted.mean();
    let variation = fitted.standard_deviation() / mean;
    (mean.is_finite() && variation.is_finite()).then_some((mean, variation))
}
