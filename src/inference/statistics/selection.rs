//! The best of several systems.

use super::interval::StatisticsError;

/// What a selection has to guarantee.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelectionOptions {
    /// Probability that the best is selected, where it is better than all others by
    /// `worthwhile`; above one over the number of systems.
    pub confidence: f64,
    /// A difference that is worth finding, in the unit of the values; above zero.
    pub worthwhile: f64,
    /// Replications of each system at first; at least two, ten or more serve well.
    pub first: usize,
    /// Most replications of a system.
    pub most: usize,
}

/// What was selected.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Position of the best.
    pub best: usize,
    /// Mean of each system over its replications.
    pub means: Vec<f64>,
    /// Replications that each system got until it was out, or all others were.
    pub replications: Vec<usize>,
    /// Whether all others were ruled out, and not only the most replications
    /// reached.
    pub certain: bool,
}

/// Finds the system with the largest mean. `run(system, number)` gives the value of
/// one replication; under common random numbers the same number means the same
/// chance for all systems.
///
/// The fully sequential procedure of Kim and Nelson ("A fully sequential procedure
/// for indifference-zone selection in simulation", ACM TOMACS 11, 2001): every
/// further replication can rule systems out, so that clear losers cost little. The
/// values have to be about normal: means over a run are.
///
/// # Errors
/// What `run` fails with, or options and values that say nothing.
pub fn select_best<E: From<StatisticsError>>(
    systems: usize,
    options: &SelectionOptions,
    mut run: impl FnMut(usize, u64) -> Result<f64, E>,
) -> Result<Selection, E> {
    if systems == 0 {
        return Err(StatisticsError::TooFew {
            found: 0,
            needed: 1,
        }
        .into());
    }
    let least = 1.0 / systems as f64;
    if !(options.confidence < 1.0 && (options.confidence > least || systems == 1)) {
        return Err(StatisticsError::Confidence(options.confidence).into());
    }
    let first = options.first.max(2);
    let mut values: Vec<Vec<f64>> = Vec::with_capacity(systems);
    for system in 0..systems {
        let start: Result<Vec<f64>, E> = (0..first as u64)
            .map(|number| run(system, number))
            .collect();
        values.push(start?);
    }
    for series in &values {
        super::interval::examine(series, 2, options.confidence)?;
    }
    let degrees = (first - 1) as f64;
    let error = 2.0 * (1.0 - options.confidence) / (systems as f64 - 1.0).max(1.0);
    let eta = 0.5 * (error.powf(-2.0 / degrees) - 1.0);
    let limit = 2.0 * eta * degrees;
    // Variance of the difference of each pair over the first replications.
    let spread = |one: usize, other: usize| {
        let differences: Vec<f64> = (values[one].iter().zip(&values[other]))
            .map(|(one, other)| one - other)
            .collect();
        super::interval::mean_and_variance(&differences).1
    };
    let spreads: Vec<Vec<f64>> = (0..systems)
        .map(|one| (0..systems).map(|other| spread(one, other)).collect())
        .collect();
    let worthwhile = options.worthwhile.max(f64::MIN_POSITIVE);
    let mut left: Vec<usize> = (0..systems).collect();
    let mut made = first;
    let mean = |series: &[f64]| series.iter().sum::<f64>() / series.len() as f64;
    loop {
        let means: Vec<f64> = values.iter().map(|series| mean(series)).collect();
        let count = made as f64;
        let stays = |one: usize| {
            left.iter().all(|&other| {
                let wide = limit * spreads[one][other] / worthwhile / count - worthwhile;
                one == other || means[one] >= means[other] - (0.5 * wide).max(0.0)
            })
        };
        let remaining: Vec<usize> = left.iter().copied().filter(|&one| stays(one)).collect();
        left = remaining;
        if left.len() <= 1 || made >= options.most {
            let better = |best: usize, one: &usize| {
                if means[*one] > means[best] {
                    *one
                } else {
                    best
                }
            };
            let best = left.iter().fold(left.first().copied().unwrap_or(0), better);
            return Ok(Selection {
                best,
                replications: values.iter().map(Vec::len).collect(),
                means,
                certain: left.len() <= 1,
            });
        }
        for &system in &left {
            let value = run(system, made as u64)?;
            values[system].push(value);
        }
        made += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Purpose, standard_normal, stream};

    const MEANS: [f64; 5] = [1.0, 2.0, 2.5, 0.0, -3.0];

    fn select(trial: u64) -> Selection {
        let options = SelectionOptions {
            confidence: 0.95,
            worthwhile: 0.5,
            first: 10,
            most: 10_000,
        };
        select_best(MEANS.len(), &options, |system, number| {
            // Half of what chance does is common to all.
            let draw = |name: &str| {
                let member = trial * 100_000 + number;
                standard_normal(&mut stream(5, member, name, Purpose::Estimation))
            };
            Ok::<_, StatisticsError>(
                MEANS[system] + draw("common") + draw(&format!("own {system}")),
            )
        })
        .expect("a selection")
    }

    #[test]
    fn the_best_is_selected_as_often_as_it_is_promised() {
        const TRIALS: u64 = 200;
        let right = (0..TRIALS).filter(|&trial| select(trial).best == 2).count();
        // At least 95 %, less five standard deviations of 3.1.
        assert!(right >= 175, "{right}");
    }

    #[test]
    fn clear_losers_cost_little() {
        let found = select(1);
        assert!(found.certain);
        assert!(found.replications[4] < found.replications[1], "{found:?}");
    }

    #[test]
    fn options_that_promise_nothing_are_refused() {
        let options = SelectionOptions {
            confidence: 0.1,
            worthwhile: 0.5,
            first: 10,
            most: 100,
        };
        let refused = select_best(5, &options, |_, _| Ok::<_, StatisticsError>(0.0));
        assert_eq!(refused, Err(StatisticsError::Confidence(0.1)));
    }
}
