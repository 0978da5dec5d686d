//! The likelihood of times, its largest value, and its curvature there.

use super::Family;
use super::ObservedTimes;

/// Logarithm of the likelihood; minus infinity where the distribution has no such
/// times.
pub(super) fn log_likelihood(
    family: Family,
    mean: f64,
    variation: f64,
    times: &ObservedTimes,
) -> f64 {
    if !(mean > 0.0 && variation > 0.0) {
        return f64::NEG_INFINITY;
    }
    let distribution = family.distribution(mean, variation);
    if distribution.validate().is_err() || distribution.quantile(0.0) < 0.0 {
        return f64::NEG_INFINITY;
    }
    let complete: f64 = (times.complete.iter())
        .map(|time| distribution.density(*time).ln())
        .sum();
    let censored: f64 = (times.censored.iter())
        .map(|time| (1.0 - distribution.cumulative(*time)).ln())
        .sum();
    let sum = complete + censored;
    if sum.is_nan() { f64::NEG_INFINITY } else { sum }
}

/// Mean and variation of the largest likelihood, by the simplex method of Nelder and
/// Mead ("A simplex method for function minimization", The Computer Journal 7, 1965)
/// over their logarithms. `None` where the start is impossible.
pub(super) fn maximise(
    family: Family,
    start: (f64, f64),
    times: &ObservedTimes,
) -> Option<(f64, f64)> {
    const STEPS: usize = 200;
    const CLOSE: f64 = 1e-9;
    let value = |point: [f64; 2]| -log_likelihood(family, point[0].exp(), point[1].exp(), times);
    let first = [start.0.ln(), start.1.ln()];
    if !value(first).is_finite() {
        return None;
    }
    let mut simplex = [
        first,
        [first[0] + 0.05, first[1]],
        [first[0], first[1] + 0.1],
    ]
    .map(|point| (value(point), point));
    let along = |from: [f64; 2], to: [f64; 2], part: f64| {
        [
            from[0] + part * (to[0] - from[0]),
            from[1] + part * (to[1] - from[1]),
        ]
    };
    for _ in 0..STEPS {
        simplex.sort_by(|one, other| one.0.total_cmp(&other.0));
        let [best, middle, worst] = simplex;
        if worst.0 - best.0 < CLOSE {
            break;
        }
        let centre = along(best.1, middle.1, 0.5);
        let try_at = |part: f64| {
            let point = along(centre, worst.1, part);
            (value(point), point)
        };
        let reflected = try_at(-1.0);
        let chosen = if reflected.0 < best.0 {
            let expanded = try_at(-2.0);
            if expanded.0 < reflected.0 {
                expanded
            } else {
                reflected
            }
        } else if reflected.0 < middle.0 {
            reflected
        } else {
            try_at(if reflected.0 < worst.0 { -0.5 } else { 0.5 })
        };
        if chosen.0 < worst.0 {
            simplex[2] = chosen;
        } else {
            for other in &mut simplex[1..] {
                let point = along(best.1, other.1, 0.5);
                *other = (value(point), point);
            }
        }
    }
    simplex.sort_by(|one, other| one.0.total_cmp(&other.0));
    let [mean, variation] = simplex[0].1.map(f64::exp);
    Some((mean, variation))
}

/// Standard errors of mean and variation from the curvature of the likelihood at its
/// largest value; `None` where it has none.
pub(super) fn standard_errors(
    family: Family,
    mean: f64,
    variation: f64,
    times: &ObservedTimes,
) -> (Option<f64>, Option<f64>) {
    let step = [1e-3 * mean, 1e-3 * variation];
    let at = |up: f64, right: f64| {
        log_likelihood(
            family,
            mean + up * step[0],
            variation + right * step[1],
            times,
        )
    };
    let centre = at(0.0, 0.0);
    let of_mean = -(at(1.0, 0.0) - 2.0 * centre + at(-1.0, 0.0)) / (step[0] * step[0]);
    let positive =
        |variance: f64| (variance.is_finite() && variance > 0.0).then(|| variance.sqrt());
    if family.parameters() == 1 {
        return (positive(1.0 / of_mean), None);
    }
    if matches!(family, Family::Uniform | Family::Triangular) {
        return (None, None);
    }
    let of_variation = -(at(0.0, 1.0) - 2.0 * centre + at(0.0, -1.0)) / (step[1] * step[1]);
    let mixed = -(at(1.0, 1.0) - at(1.0, -1.0) - at(-1.0, 1.0) + at(-1.0, -1.0))
        / (4.0 * step[0] * step[1]);
    let determinant = of_mean * of_variation - mixed * mixed;
    (
        positive(of_variation / determinant),
        positive(of_mean / determinant),
    )
}
