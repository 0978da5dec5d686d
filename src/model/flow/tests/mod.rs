//! Flows whose results are known: from queueing theory, from Markov chains solved
//! exactly, or by counting on paper.

mod agents;
mod befall;
mod conveyors;
mod journal;
mod lines;
mod parts;
mod queues;
mod reproducible;
mod service;

use std::sync::Arc;

use super::*;
use crate::quantity::SimTime;

fn at(seconds: f64) -> SimTime {
    SimTime::from_seconds(seconds).expect("a time")
}

/// A source at intervals of `seconds`.
fn every(seconds: f64, part: Part) -> Source {
    Source::new(Times::constant(seconds), Outlet::to(part))
}

fn buffer(capacity: u32, part: Part) -> Buffer {
    Buffer {
        capacity,
        discipline: Discipline::FirstInFirstOut,
        outlet: Outlet::to(part),
    }
}

/// A station whose work always takes `seconds`.
fn works(seconds: f64, part: Part) -> Station {
    Station::new(Times::constant(seconds), Outlet::to(part))
}

/// A station with exponential times of work.
fn exponential(mean: f64, part: Part) -> Station {
    Station::new(Times::exponential(mean), Outlet::to(part))
}

fn started(network: Network) -> FlowRun {
    assert_eq!(check(&network), []);
    FlowRun::new(Arc::new(network), Seed::default())
}

/// Runs a network for some seconds.
fn run_for(network: Network, seconds: f64) -> FlowRun {
    let mut run = started(network);
    run.run_until(at(seconds)).expect("a run");
    run
}

/// Mean and half-width of the 99.9 % interval of `measure` over independent
/// replications.
fn replicate(replications: u64, measure: impl Fn(Seed) -> f64) -> (f64, f64) {
    let measured: Vec<f64> = (0..replications)
        .map(|member| measure(Seed { run: 7, member }))
        .collect();
    let count = measured.len() as f64;
    let mean = measured.iter().sum::<f64>() / count;
    let squares: f64 = measured.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0)).sqrt();
    use statrs::distribution::{ContinuousCDF, StudentsT};
    let student = StudentsT::new(0.0, 1.0, count - 1.0).expect("a distribution");
    (mean, student.inverse_cdf(0.9995) * deviation / count.sqrt())
}

/// Asserts that `exact` lies in the 99.9 % interval of `measure`, and that the
/// interval is no wider than `relative` on either side.
fn assert_exact(
    what: &str,
    exact: f64,
    relative: f64,
    replications: u64,
    measure: impl Fn(Seed) -> f64,
) {
    let (mean, half_width) = replicate(replications, measure);
    // For the page of validation: `cargo test … -- --nocapture` lists what was found.
    println!("{what}: exact {exact:.8}, found {mean:.8} ± {half_width:.8}");
    assert!(
        (mean - exact).abs() <= half_width,
        "{what}: {mean} ± {half_width} does not hold {exact}"
    );
    assert!(
        half_width <= relative * exact,
        "{what}: {mean} ± {half_width} is wider than {relative} of {exact}"
    );
}
