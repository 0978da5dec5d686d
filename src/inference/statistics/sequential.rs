//! As many replications as a wanted precision needs.

use super::interval::{ConfidenceInterval, StatisticsError, interval_of_mean};

/// How narrow an interval is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Precision {
    /// Its half-width at most, in the unit of the values.
    Absolute(f64),
    /// Its half-width relative to the mean at most.
    Relative(f64),
}

/// When to stop replicating.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoppingRule {
    /// Confidence of the interval.
    pub confidence: f64,
    /// How narrow it is to be.
    pub precision: Precision,
    /// Replications before the rule is asked the first time; at least two. Ten or
    /// more keep it from stopping early by luck.
    pub least: usize,
    /// Most replications.
    pub most: usize,
}

/// What the replications gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicated {
    /// The interval.
    pub interval: ConfidenceInterval,
    /// The value of each replication, in order.
    pub values: Vec<f64>,
    /// Whether the wanted precision was reached.
    pub reached: bool,
}

/// Replicates until the interval of the mean is as narrow as wanted. `run` makes
/// the replications of the given numbers and returns one value for each; it may
/// run them in parallel, as what comes out depends on the numbers only.
///
/// After the first ones the rule asks for a tenth more each time. The confidence
/// of such an interval comes near the stated one as the precision gets finer
/// (Chow and Robbins, "On the asymptotic theory of fixed-width sequential
/// confidence intervals for the mean", 1965).
///
/// # Errors
/// What `run` fails with, or values that say nothing.
pub fn replicate_until<E: From<StatisticsError>>(
    rule: &StoppingRule,
    mut run: impl FnMut(std::ops::Range<u64>) -> Result<Vec<f64>, E>,
) -> Result<Replicated, E> {
    let least = rule.least.max(2);
    let most = rule.most.max(least);
    let mut values: Vec<f64> = Vec::new();
    let mut wanted = least;
    loop {
        values.extend(run(values.len() as u64..wanted as u64)?);
        let interval = interval_of_mean(&values, rule.confidence)?;
        let reached = match rule.precision {
            Precision::Absolute(width) => interval.half_width <= width,
            Precision::Relative(width) => interval.relative_half_width() <= width,
        };
        if reached || values.len() >= most {
            return Ok(Replicated {
                interval,
                values,
                reached,
            });
        }
        wanted = (values.len() + (values.len() / 10).max(1)).min(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Purpose, standard_normal, stream};

    fn sample(numbers: std::ops::Range<u64>) -> Result<Vec<f64>, StatisticsError> {
        let draw = |number| standard_normal(&mut stream(4, number, "run", Purpose::Estimation));
        Ok(numbers.map(|number| 10.0 + draw(number)).collect())
    }

    fn rule(precision: Precision) -> StoppingRule {
        StoppingRule {
            confidence: 0.95,
            precision,
            least: 10,
            most: 5000,
        }
    }

    #[test]
    fn it_stops_once_the_interval_is_narrow_enough() {
        let found = replicate_until(&rule(Precision::Relative(0.01)), sample).expect("values");
        assert!(found.reached && found.interval.relative_half_width() <= 0.01);
        // (1.96/0.1)² = 384 are needed in the mean.
        assert!(
            (250..=550).contains(&found.values.len()),
            "{}",
            found.values.len()
        );
        // The replications are those of the numbers, whoever asked for them.
        let all = sample(0..found.values.len() as u64).expect("values");
        assert_eq!(all, found.values);
    }

    #[test]
    fn it_gives_up_at_the_most_and_says_so() {
        let fine = StoppingRule {
            most: 40,
            ..rule(Precision::Absolute(1e-6))
        };
        let found = replicate_until(&fine, sample).expect("values");
        assert!(!found.reached);
        assert_eq!(found.values.len(), 40);
    }
}
