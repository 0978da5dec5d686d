//! Quantile bands over the members of an ensemble.

use rayon::prelude::*;

use crate::quantity::SimTime;

/// Rows handled together: as many as make one cache line of values, since a
/// member's values lie next to each other in time.
const ROWS_AT_A_TIME: usize = 8;

/// Quantiles of one variable over the members of an ensemble, at each stored
/// instant.
///
/// The quantile of probability *p* of *n* values *x₁ ≤ … ≤ xₙ* is the
/// interpolation at *h = (n − 1) p + 1* between its neighbours: definition 7 of
/// Hyndman and Fan, "Sample quantiles in statistical packages", The American
/// Statistician 50 (1996) 361–365, and the default of R and NumPy. All numbers
/// are in SI.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bands {
    /// The stored instants.
    pub times: Vec<SimTime>,
    /// Quantile of probability 0.05.
    pub p05: Vec<f64>,
    /// Quantile of probability 0.25.
    pub p25: Vec<f64>,
    /// Median.
    pub p50: Vec<f64>,
    /// Quantile of probability 0.75.
    pub p75: Vec<f64>,
    /// Quantile of probability 0.95.
    pub p95: Vec<f64>,
}

impl Bands {
    /// The probabilities of the five columns.
    pub const PROBABILITIES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

    /// The five columns with the suffix of their name in files, lowest first.
    #[must_use]
    pub fn columns(&self) -> [(&'static str, &[f64]); 5] {
        [
            ("p05", &self.p05),
            ("p25", &self.p25),
            ("p50", &self.p50),
            ("p75", &self.p75),
            ("p95", &self.p95),
        ]
    }

    /// The bands over `members`, each a slice of one value per time.
    pub(super) fn over(times: &[SimTime], members: &[&[f64]]) -> Self {
        let rows: Vec<[f64; 5]> = (0..times.len().div_ceil(ROWS_AT_A_TIME))
            .into_par_iter()
            .flat_map_iter(|block| {
                let first = block * ROWS_AT_A_TIME;
                let end = times.len().min(first + ROWS_AT_A_TIME);
                quantiles_of_rows(members, first, end)
            })
            .collect();
        let column = |which: usize| rows.iter().map(|row| row[which]).collect();
        Self {
            times: times.to_vec(),
            p05: column(0),
            p25: column(1),
            p50: column(2),
            p75: column(3),
            p95: column(4),
        }
    }
}

fn quantiles_of_rows(members: &[&[f64]], first: usize, end: usize) -> Vec<[f64; 5]> {
    let mut scratch = vec![Vec::with_capacity(members.len()); end - first];
    for member in members {
        for (values, value) in scratch.iter_mut().zip(&member[first..end]) {
            values.push(*value);
        }
    }
    scratch
        .iter_mut()
        .map(|values| five_quantiles(values))
        .collect()
}

/// Below this many values the five quantiles lie too close together to be
/// selected one after the other.
const FEWEST_TO_SELECT: usize = 16;

/// The quantiles of [`Bands::PROBABILITIES`]; NaN of no values. Reorders them.
fn five_quantiles(values: &mut [f64]) -> [f64; 5] {
    if values.len() < FEWEST_TO_SELECT {
        values.sort_unstable_by(f64::total_cmp);
        return Bands::PROBABILITIES.map(|probability| of_sorted(values, probability));
    }
    // Each selection leaves smaller values to its left and greater ones to its
    // right, so the later ones search only a part.
    let [p05, p25, p50, p75, p95] = Bands::PROBABILITIES;
    let settled = |probability| position_of(values.len(), probability).0;
    let (at_quarter, middle, at_three_quarters) = (settled(p25), settled(p50), settled(p75));
    let median = quantile(values, p50);
    let three_quarters = quantile_from(values, middle, p75);
    let high = quantile_from(values, at_three_quarters, p95);
    let quarter = quantile_within(values, middle, p25);
    let low = quantile_within(values, at_quarter + 1, p05);
    [low, quarter, median, three_quarters, high]
}

fn of_sorted(values: &[f64], probability: f64) -> f64 {
    let (below, fraction) = position_of(values.len(), probability);
    match (values.get(below), values.get(below + 1)) {
        (Some(low), Some(high)) => low + fraction * (high - low),
        (Some(only), None) => *only,
        (None, _) => f64::NAN,
    }
}

/// Position below the quantile in the sorted values, and the fraction of the
/// way to the next.
fn position_of(count: usize, probability: f64) -> (usize, f64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "an ensemble has far fewer than 2⁵³ members"
    )]
    let place = count.saturating_sub(1) as f64 * probability;
    let below = place.floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between zero and the number of values"
    )]
    (below as usize, place - below)
}

/// The quantile of `probability` (0 to 1) of `values`, by definition 7 of
/// Hyndman and Fan (see [`Bands`]); NaN of no values. Reorders the values: the
/// ones at the quantile's two positions and beyond are in place.
#[must_use]
pub fn quantile(values: &mut [f64], probability: f64) -> f64 {
    quantile_from(values, 0, probability)
}

/// As [`quantile`], of values of which the first `settled` are known to be the
/// smallest, and the quantile to lie beyond them.
fn quantile_from(values: &mut [f64], settled: usize, probability: f64) -> f64 {
    let (below, fraction) = position_of(values.len(), probability);
    let rest = &mut values[settled.min(below)..];
    interpolated(rest, below - settled.min(below), fraction)
}

/// As [`quantile`], of values of which the first `within` are known to be the
/// smallest, and the quantile to lie inside them.
fn quantile_within(values: &mut [f64], within: usize, probability: f64) -> f64 {
    let (below, fraction) = position_of(values.len(), probability);
    interpolated(&mut values[..within], below, fraction)
}

fn interpolated(values: &mut [f64], below: usize, fraction: f64) -> f64 {
    if below >= values.len() {
        return f64::NAN;
    }
    let (_, low, greater) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    // The next in order, put into its place so that what is left of it stays
    // the smallest part.
    let next = greater
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(b.1))
        .map(|(position, value)| (position, *value));
    match next {
        Some((position, high)) => {
            greater.swap(0, position);
            low + fraction * (high - low)
        }
        None => low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_definition_seven() {
        // Worked by hand: h = 9 p, between the neighbours of 0, 1, …, 9.
        let values: Vec<f64> = (0..10).map(f64::from).collect();
        for (probability, expected) in [
            (0.0, 0.0),
            (0.05, 0.45),
            (0.5, 4.5),
            (0.95, 8.55),
            (1.0, 9.0),
        ] {
            let mut shuffled = values.clone();
            shuffled.reverse();
            let found = quantile(&mut shuffled, probability);
            assert!((found - expected).abs() < 1e-12, "{probability}: {found}");
        }
    }

    #[test]
    fn the_five_at_once_agree_with_sorting() {
        for count in 1_usize..60 {
            // A full-period congruence gives every remainder once: a permutation.
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let values: Vec<f64> = (0..count)
                .map(|one| ((one * 7919 + 13) % 61) as f64 * 0.5)
                .collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let found = five_quantiles(&mut values.clone());
            for (probability, found) in Bands::PROBABILITIES.into_iter().zip(found) {
                let (below, fraction) = position_of(count, probability);
                let high = sorted[(below + 1).min(count - 1)];
                let expected = sorted[below] + fraction * (high - sorted[below]);
                assert!(
                    (found - expected).abs() < 1e-12,
                    "{count} values, {probability}: {found} for {expected}"
                );
            }
        }
    }

    #[test]
    fn no_values_have_no_quantiles() {
        assert!(five_quantiles(&mut []).iter().all(|one| one.is_nan()));
    }
}
