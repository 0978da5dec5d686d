//! Whether a fitted distribution is good at all.

use super::Family;
use super::ObservedTimes;
use super::family::{FittedTimes, estimate};
use crate::quantity::{Distribution, Stream};

/// Most times that the statistics are made of: more would find what no line feels.
const MOST_TIMES: usize = 1_000;

/// How well a distribution fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goodness {
    /// Statistic of Anderson and Darling, A².
    pub anderson_darling: f64,
    /// Probability of one as large or larger, were the distribution right.
    pub anderson_darling_p: f64,
    /// Statistic of Kolmogorov and Smirnov, D.
    pub kolmogorov_smirnov: f64,
    /// Probability of one as large or larger, were the distribution right.
    pub kolmogorov_smirnov_p: f64,
    /// How many times the statistics are made of.
    pub count: usize,
}

/// How well a fitted distribution fits the times that came to their end, the first
/// thousand of them.
///
/// The probabilities are those of a parametric bootstrap: `repeats` samples are drawn
/// from the fitted distribution, each is fitted anew, and its statistics are counted
/// (W. Stute, W. González Manteiga and M. Presedo Quindimil, "Bootstrap based
/// goodness-of-fit tests", Metrika 40, 1993). Times that had not ended take part in
/// the fit and not in the statistics: where they are many, the probabilities are too
/// low.
#[must_use]
pub fn goodness_of_fit(
    times: &ObservedTimes,
    fitted: &FittedTimes,
    repeats: u32,
    stream: &mut Stream,
) -> Option<Goodness> {
    if fitted.family == Family::Constant {
        return None;
    }
    let distribution = fitted.distribution();
    let mut sample: Vec<f64> = times.complete.iter().copied().take(MOST_TIMES).collect();
    let (anderson_darling, kolmogorov_smirnov) = statistics(&mut sample, &distribution);
    let (mut larger_a, mut larger_d, mut made) = (0_u32, 0_u32, 0_u32);
    for _ in 0..repeats {
        let drawn: Vec<f64> = (0..sample.len())
            .map(|_| distribution.sample(stream))
            .collect();
        let drawn = ObservedTimes {
            complete: drawn,
            censored: Vec::new(),
        };
        let Some((mean, variation)) = estimate(fitted.family, &drawn) else {
            continue;
        };
        let again = fitted.family.distribution(mean, variation);
        let mut sample = drawn.complete;
        let (a, d) = statistics(&mut sample, &again);
        made += 1;
        larger_a += u32::from(a >= anderson_darling);
        larger_d += u32::from(d >= kolmogorov_smirnov);
    }
    let probability = |larger: u32| f64::from(larger + 1) / f64::from(made + 1);
    Some(Goodness {
        anderson_darling,
        anderson_darling_p: probability(larger_a),
        kolmogorov_smirnov,
        kolmogorov_smirnov_p: probability(larger_d),
        count: sample.len(),
    })
}

/// A² and D of a sample, which is put in order.
pub(super) fn statistics(sample: &mut [f64], distribution: &Distribution) -> (f64, f64) {
    sample.sort_by(f64::total_cmp);
    let count = sample.len() as f64;
    // Away from zero and one, where a bound is one of the times: the logarithms are
    // finite.
    let below: Vec<f64> = (sample.iter())
        .map(|time| distribution.cumulative(*time).clamp(1e-12, 1.0 - 1e-12))
        .collect();
    let mut sum = 0.0;
    let mut distance = 0.0_f64;
    for (place, (one, other)) in below.iter().zip(below.iter().rev()).enumerate() {
        sum += (2 * place + 1) as f64 * (one.ln() + (1.0 - other).ln());
        let step = place as f64 / count;
        distance = distance.max(one - step).max(step + 1.0 / count - one);
    }
    (-count - sum / count, distance)
}
