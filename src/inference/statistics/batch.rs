//! Batch means of one long run.

use super::interval::{ConfidenceInterval, StatisticsError, examine, interval_of_mean};

/// The mean of a long series, with its interval, and whether the batches are long
/// enough for it to be believed.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchMeans {
    /// The interval of the mean.
    pub interval: ConfidenceInterval,
    /// The means of the batches.
    pub means: Vec<f64>,
    /// Correlation of a batch with the next.
    pub correlation: f64,
    /// Whether that is no more than chance makes it: one in twenty exceeds
    /// 1.645/√batches. Where it is not, the interval is too narrow, and the run too
    /// short.
    pub independent: bool,
}

/// Cuts a series, without its warm-up, into `batches` of equal length and takes
/// their means for independent values. Values left over at the start are not used.
///
/// Twenty to thirty batches serve most runs (Schmeiser, "Batch size effects in the
/// analysis of simulation output", Operations Research 30, 1982).
///
/// # Errors
/// For fewer than two batches, or fewer values than two in each.
pub fn batch_means(
    series: &[f64],
    batches: usize,
    confidence: f64,
) -> Result<BatchMeans, StatisticsError> {
    examine(series, 2 * batches.max(2), confidence)?;
    let batches = batches.max(2);
    let length = series.len() / batches;
    let used = &series[series.len() - length * batches..];
    let means: Vec<f64> = (used.chunks_exact(length))
        .map(|batch| batch.iter().sum::<f64>() / length as f64)
        .collect();
    let interval = interval_of_mean(&means, confidence)?;
    let off = |value: &f64| value - interval.mean;
    let squares: f64 = means.iter().map(|value| off(value).powi(2)).sum();
    let products: f64 = (means.windows(2))
        .map(|pair| off(&pair[0]) * off(&pair[1]))
        .sum();
    let correlation = if squares > 0.0 {
        products / squares
    } else {
        0.0
    };
    Ok(BatchMeans {
        interval,
        independent: correlation <= 1.645 / (batches as f64).sqrt(),
        means,
        correlation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Purpose, standard_normal, stream};

    /// An autoregression of first order with mean 5.
    fn series(member: u64, length: usize, memory: f64) -> Vec<f64> {
        let mut stream = stream(3, member, "series", Purpose::Estimation);
        let mut value = 0.0;
        (0..length)
            .map(|_| {
                value = memory * value + standard_normal(&mut stream);
                5.0 + value
            })
            .collect()
    }

    #[test]
    fn batches_know_the_error_of_a_series_with_memory() {
        const TRIALS: u64 = 500;
        let held = (0..TRIALS).filter(|&trial| {
            let found = batch_means(&series(trial, 4000, 0.8), 20, 0.9).expect("batches");
            found.interval.contains(5.0)
        });
        // 450 of 500, within five standard deviations of 6.7; batches of 200 with a
        // memory of five values lose a little.
        let held = held.count();
        assert!((410..=485).contains(&held), "{held}");
    }

    #[test]
    fn batches_that_are_too_short_are_noticed() {
        let found = batch_means(&series(0, 400, 0.99), 40, 0.9).expect("batches");
        assert!(!found.independent, "{}", found.correlation);
        let found = batch_means(&series(0, 40_000, 0.5), 20, 0.9).expect("batches");
        assert!(found.independent, "{}", found.correlation);
    }
}
