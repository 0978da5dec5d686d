use super::goodness::statistics;
use super::*;
use crate::quantity::{Distribution, Purpose, Stream};

fn stream(member: u64) -> Stream {
    Stream::new(5, member, "saw", Purpose::Service)
}

fn drawn(family: Family, mean: f64, variation: f64, count: usize, member: u64) -> ObservedTimes {
    let distribution = family.distribution(mean, variation);
    let mut stream = stream(member);
    ObservedTimes {
        complete: (0..count)
            .map(|_| distribution.sample(&mut stream))
            .collect(),
        censored: Vec::new(),
    }
}

/// Cuts every time at `limit`.
fn cut(times: &ObservedTimes, limit: f64) -> ObservedTimes {
    let (complete, long): (Vec<f64>, Vec<f64>) =
        times.complete.iter().partition(|time| **time <= limit);
    ObservedTimes {
        complete,
        censored: vec![limit; long.len()],
    }
}

fn assert_within(what: &str, found: f64, error: Option<f64>, exact: f64) {
    let error = error.unwrap_or_else(|| panic!("{what}: no standard error"));
    // Four standard errors: one in sixteen thousand is further away by chance.
    assert!(
        (found - exact).abs() < 4.0 * error,
        "{what}: {found} ± {error}, not {exact}"
    );
    assert!(error < 0.25 * exact, "{what}: ± {error}");
}

#[test]
fn parameters_are_recovered_within_their_standard_errors() {
    for family in [
        Family::Exponential,
        Family::Gamma,
        Family::LogNormal,
        Family::Weibull,
        Family::Normal,
    ] {
        let variation = match family {
            Family::Exponential => 1.0,
            Family::Normal => 0.2,
            _ => 0.5,
        };
        let times = drawn(family, 55.0, variation, 500, 1);
        for times in [cut(&times, 80.0), times] {
            let fit = fit_family(family, &times).expect("a fit");
            let what = format!("{family:?}, {} cut", times.censored.len());
            assert_within(&format!("mean of {what}"), fit.mean, fit.mean_error, 55.0);
            if family != Family::Exponential {
                let (found, error) = (fit.variation, fit.variation_error);
                assert_within(&format!("variation of {what}"), found, error, variation);
            }
        }
    }
}

#[test]
fn standard_errors_are_those_of_theory() {
    // Exponential: mean over the root of the count. Normal: σ/√n and, for σ/μ,
    // (σ/μ)·√(1/(2n) + (σ/μ)²/n).
    let count = 400;
    let times = drawn(Family::Exponential, 10.0, 1.0, count, 2);
    let fit = fit_family(Family::Exponential, &times).expect("a fit");
    let exact = fit.mean / (count as f64).sqrt();
    assert!((fit.mean_error.expect("an error") / exact - 1.0).abs() < 1e-3);
    let times = drawn(Family::Normal, 10.0, 0.15, count, 2);
    let fit = fit_family(Family::Normal, &times).expect("a fit");
    let variation = fit.variation;
    let exact = variation * ((0.5 + variation * variation) / count as f64).sqrt();
    let found = fit.variation_error.expect("an error");
    assert!((found / exact - 1.0).abs() < 1e-2, "{found} {exact}");
}

#[test]
fn the_family_that_made_the_times_is_chosen() {
    for (family, variation) in [
        (Family::Exponential, 1.0),
        (Family::Uniform, 0.5),
        (Family::Weibull, 0.2),
        (Family::LogNormal, 0.9),
    ] {
        let times = drawn(family, 20.0, variation, 600, 3);
        let fits = fit_times(&times).expect("fits");
        assert_eq!(fits[0].family, family, "{:?}", fits.first());
    }
    let same = ObservedTimes {
        complete: vec![60.0; 20],
        censored: vec![],
    };
    let fits = fit_times(&same).expect("fits");
    assert_eq!((fits[0].family, fits[0].mean), (Family::Constant, 60.0));
}

#[test]
fn times_that_are_none_and_times_that_are_few_are_refused() {
    let times = |complete: &[f64]| ObservedTimes {
        complete: complete.to_vec(),
        censored: vec![],
    };
    let few = TimesFitError::TooFew {
        found: 2,
        needed: FEWEST,
    };
    assert_eq!(fit_times(&times(&[1.0, 2.0])), Err(few));
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = fit_times(&times(&[1.0, 2.0, 3.0, 4.0, wrong]));
        assert_eq!(refused, Err(TimesFitError::NoTime));
    }
}

#[test]
fn the_statistics_are_those_of_their_definitions() {
    // Uniform from 0 to 1 with one time at one half: D is 1/2, A² is −1 − 2 ln ½.
    let uniform = Distribution::Uniform {
        low: 0.0,
        high: 1.0,
    };
    let (a, d) = statistics(&mut [0.5], &uniform);
    assert!((d - 0.5).abs() < 1e-12);
    assert!((a - (2.0 * 2.0_f64.ln() - 1.0)).abs() < 1e-12);
}

#[test]
fn a_right_distribution_is_rejected_as_often_as_the_level_says() {
    for family in [Family::Exponential, Family::LogNormal] {
        const TRIALS: u64 = 200;
        let (mut by_a, mut by_d) = (0, 0);
        for trial in 0..TRIALS {
            let times = drawn(family, 30.0, 0.6, 30, 100 + trial);
            let fit = fit_family(family, &times).expect("a fit");
            let mut stream = Stream::new(7, trial, "saw", Purpose::Estimation);
            let goodness = goodness_of_fit(&times, &fit, 99, &mut stream).expect("random times");
            by_a += u64::from(goodness.anderson_darling_p <= 0.1);
            by_d += u64::from(goodness.kolmogorov_smirnov_p <= 0.1);
        }
        println!("{family:?}: {by_a} and {by_d} of {TRIALS} rejected at a level of 10 %");
        // Twenty are expected; 4.2 is the standard deviation, four of them are 17.
        for rejected in [by_a, by_d] {
            assert!((3..=37).contains(&rejected), "{family:?}: {rejected}");
        }
    }
}

#[test]
fn a_wrong_distribution_is_rejected() {
    let times = drawn(Family::Uniform, 30.0, 0.5, 200, 9);
    let fit = fit_family(Family::Exponential, &times).expect("a fit");
    let mut stream = Stream::new(7, 0, "saw", Purpose::Estimation);
    let goodness = goodness_of_fit(&times, &fit, 99, &mut stream).expect("random times");
    assert!(goodness.anderson_darling_p < 0.02, "{goodness:?}");
    assert!(goodness.kolmogorov_smirnov_p < 0.02, "{goodness:?}");
}
