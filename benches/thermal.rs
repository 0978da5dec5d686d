//! Cost of one thermal step: the four-state device with and without radiation,
//! a network of a thousand bodies, and what decides between the two methods.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail by panicking")]

use std::hint::black_box;

use counterpart::model::thermal::{
    Method, Network, Node, STEFAN_BOLTZMANN, SolverOptions, ThermalSolver,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Two heated bodies, a sensor on each, a room: the Temperature Control Lab.
fn device(radiation: bool) -> Network {
    let mut network = Network::new();
    let bodies = [
        network.add_body(6.0).unwrap(),
        network.add_body(6.0).unwrap(),
    ];
    let room = network.add_boundary();
    for (index, body) in bodies.into_iter().enumerate() {
        network.add_conductance(body, room, 0.008).unwrap();
        network.add_lag(body, 20.0).unwrap();
        network.add_source(index).unwrap();
        if radiation {
            let coefficient = 0.9 * 1.0e-3 * STEFAN_BOLTZMANN;
            network.add_radiation(body, room, coefficient).unwrap();
        }
    }
    network
        .add_conductance(bodies[0], bodies[1], 0.004)
        .unwrap();
    if radiation {
        let coefficient = 0.9 * 2.0e-4 * STEFAN_BOLTZMANN;
        network
            .add_radiation(bodies[0], bodies[1], coefficient)
            .unwrap();
    }
    network
}

/// A square plate of bodies, cooled everywhere and heated here and there.
fn plate(side: usize, radiation: bool) -> Network {
    let mut network = Network::new();
    for _ in 0..side * side {
        network.add_body(400.0).unwrap();
    }
    let room = network.add_boundary();
    for index in 0..side * side {
        let body = Node::Body(index);
        if index % side + 1 < side {
            network
                .add_conductance(body, Node::Body(index + 1), 0.5)
                .unwrap();
        }
        if index + side < side * side {
            network
                .add_conductance(body, Node::Body(index + side), 0.5)
                .unwrap();
        }
        network.add_conductance(body, room, 0.05).unwrap();
        if radiation {
            let coefficient = 0.9 * 0.01 * STEFAN_BOLTZMANN;
            network.add_radiation(body, room, coefficient).unwrap();
        }
        if index % 37 == 0 {
            network.add_source(index).unwrap();
        }
    }
    network
}

/// Steps a network under heat flows that change every twenty steps.
fn run(criterion: &mut Criterion, name: BenchmarkId, network: Network, step: f64, method: Method) {
    let mut group = criterion.benchmark_group("thermal step");
    group.throughput(Throughput::Elements(1));
    let options = SolverOptions {
        method,
        ..SolverOptions::default()
    };
    let sources = network.sources().len();
    let mut states = vec![296.15; network.state_count()];
    let mut solver = ThermalSolver::new(network, options).unwrap();
    let heats = [vec![0.8; sources], vec![0.2; sources]];
    let mut count = 0_usize;
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            count += 1;
            let heat = &heats[(count / 20) % 2];
            solver
                .advance(step, &mut states, black_box(&[296.15]), black_box(heat))
                .unwrap();
        });
    });
    group.finish();
}

fn steps(criterion: &mut Criterion) {
    for (name, radiation) in [
        ("device, linear, 1 s", false),
        ("device, radiating, 1 s", true),
    ] {
        let name = BenchmarkId::from_parameter(name);
        run(criterion, name, device(radiation), 1.0, Method::Automatic);
    }
    let name = BenchmarkId::from_parameter("1024 bodies, linear, 60 s");
    run(criterion, name, plate(32, false), 60.0, Method::Automatic);
    let name = BenchmarkId::from_parameter("1024 bodies, radiating, 60 s");
    run(criterion, name, plate(32, true), 60.0, Method::Automatic);
}

/// The same network by both methods: where the limits of the dense one lie.
fn methods(criterion: &mut Criterion) {
    for radiation in [false, true] {
        for side in [4, 8, 11, 14, 18] {
            for method in [Method::Exponential, Method::Implicit] {
                let kind = if radiation { "radiating" } else { "linear" };
                let name = format!("{method:?}, {kind}, 60 s");
                let name = BenchmarkId::new(name, side * side);
                run(criterion, name, plate(side, radiation), 60.0, method);
            }
        }
    }
}

/// A new solver and its first step: what an ensemble member pays for its own
/// parameters.
fn first_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("thermal first step");
    group.sample_size(10);
    let cases = [
        ("device, linear", device(false)),
        ("device, radiating", device(true)),
        ("64 bodies, linear", plate(8, false)),
        ("196 bodies, linear", plate(14, false)),
        ("64 bodies, radiating", plate(8, true)),
        ("1024 bodies, linear", plate(32, false)),
    ];
    for (name, network) in cases {
        let heat = vec![0.5; network.sources().len()];
        let solver = ThermalSolver::new(network.clone(), SolverOptions::default()).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut solver = solver.clone();
                let mut states = vec![296.15; network.state_count()];
                solver.advance(1.0, &mut states, &[296.15], &heat).unwrap();
                states
            });
        });
    }
    group.finish();
}

criterion_group!(benches, steps, methods, first_step);
criterion_main!(benches);
