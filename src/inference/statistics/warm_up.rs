//! How long a run warms up.

use super::interval::StatisticsError;

/// How many values in a row are averaged first.
const BATCH: usize = 5;

/// The number of values at the start of a series that belong to its warm-up, by
/// MSER-5: the truncation that makes the standard error of the mean of what is
/// left smallest, where every five values are averaged first.
///
/// White, "An effective truncation heuristic for bias reduction in simulation
/// output", Simulation 69, 1997; Spratt, 1998, for the batches of five.
/// A truncation in the second half says that the series is too short, and is
/// refused.
///
/// # Errors
/// When the series has fewer than 50 values, one that is not finite, or is too
/// short for its warm-up.
pub fn mser(series: &[f64]) -> Result<usize, StatisticsError> {
    const LEAST: usize = 10 * BATCH;
    super::interval::examine(series, LEAST, 0.5)?;
    let means: Vec<f64> = (series.chunks_exact(BATCH))
        .map(|batch| batch.iter().sum::<f64>() / BATCH as f64)
        .collect();
    // From the end on, so that each truncation adds one value to what is left
    // (Welford's recursion). At least five batches have to be left.
    let mut best = (f64::INFINITY, 0);
    let (mut count, mut mean, mut squares) = (0.0_f64, 0.0, 0.0);
    for (truncated, value) in means.iter().enumerate().rev() {
        count += 1.0;
        let difference = value - mean;
        mean += difference / count;
        squares += difference * (value - mean);
        let error = squares / (count * count);
        // Of equal ones the earliest truncation.
        if count >= 5.0 && error <= best.0 {
            best = (error, truncated);
        }
    }
    if 2 * best.1 > means.len() {
        return Err(StatisticsError::TooFew {
            found: series.len(),
            needed: 2 * BATCH * best.1,
        });
    }
    Ok(best.1 * BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Purpose, standard_normal, stream};

    fn noise(length: usize) -> Vec<f64> {
        let mut stream = stream(2, 0, "noise", Purpose::Estimation);
        (0..length).map(|_| standard_normal(&mut stream)).collect()
    }

    #[test]
    fn a_transient_is_cut_off_and_little_more() {
        let series: Vec<f64> = (noise(2000).iter().enumerate())
            .map(|(place, noise)| noise + 20.0 * (-(place as f64) / 40.0).exp())
            .collect();
        let cut = mser(&series).expect("a truncation");
        // The transient falls below a tenth of the noise at 40 × ln 200 = 212.
        assert!((80..=400).contains(&cut), "{cut}");
    }

    #[test]
    fn a_series_without_a_transient_keeps_nearly_all() {
        assert!(mser(&noise(2000)).expect("a truncation") < 300);
        assert_eq!(mser(&[1.0; 100]), Ok(0));
    }

    #[test]
    fn a_series_that_has_not_settled_is_refused() {
        let rising: Vec<f64> = (0..200).map(f64::from).collect();
        assert!(matches!(mser(&rising), Err(StatisticsError::TooFew { .. })));
        assert!(matches!(
            mser(&[1.0; 20]),
            Err(StatisticsError::TooFew { .. })
        ));
    }
}
