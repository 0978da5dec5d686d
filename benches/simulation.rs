//! How fast the Temperature Control Lab runs: steps per second, a forecast of
//! a thousand members, quantile bands, a trajectory on the disk.
//!
//! `cargo bench --no-default-features --bench simulation`; `docs/performance.md`
//! says what was measured where.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot start has nothing to measure"
)]

use std::hint::black_box;
use std::path::Path;

use counterpart::model;
use counterpart::quantity::{SimDuration, SimTime};
use counterpart::simulation::{
    EnsembleRequest, InputPlan, InputSeries, Progress, Provenance, Simulation, Trajectory,
    compile_uncertainties, run_ensemble,
};
use counterpart::twin::{self, LoadedTwin, VariableIndex};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const HOUR: i64 = 3600;

fn tclab() -> (LoadedTwin, Simulation) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab/twin.ron");
    let loaded = twin::load(&path, &model::registry()).expect("the bundled twin");
    let simulation = Simulation::compile(&loaded.twin, &loaded.variables).expect("it compiles");
    (loaded, simulation)
}

fn find(loaded: &LoadedTwin, path: &str) -> VariableIndex {
    loaded.variables.find(path).expect("a variable of tclab")
}

/// Both heaters commanded anew every `period` seconds over an hour.
fn commands(loaded: &LoadedTwin, period: i64) -> InputPlan {
    let series: Vec<_> = ["power_1.command", "power_2.command"]
        .iter()
        .enumerate()
        .map(|(which, path)| {
            let samples = 0..HOUR / period;
            InputSeries {
                variable: find(loaded, path),
                times: samples
                    .clone()
                    .map(|sample| SimTime::ZERO + SimDuration::from_whole_seconds(sample * period))
                    .collect(),
                // Levels of 0, 10, …, 90 % in no regular order.
                values: samples
                    .map(|sample| ((sample * 7 + which as i64 * 3) % 10) as f64 * 0.1)
                    .collect(),
            }
        })
        .collect();
    InputPlan::new(&series)
}

fn step(criterion: &mut Criterion) {
    let (loaded, simulation) = tclab();
    let mut group = criterion.benchmark_group("tclab, an hour of 1 s steps on one core");
    group.throughput(Throughput::Elements(HOUR.unsigned_abs()));
    for (name, period) in [("commands each minute", 60), ("commands each second", 1)] {
        let plan = commands(&loaded, period);
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                || (simulation.fork(), plan.cursor()),
                |(simulation, cursor)| {
                    for _ in 0..HOUR {
                        cursor.apply(simulation);
                        simulation.step().expect("a step");
                    }
                    black_box(simulation.values()[0])
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn forecast(criterion: &mut Criterion) {
    let (loaded, simulation) = tclab();
    let readings = ["sensor_1.reading", "sensor_2.reading"].map(|path| find(&loaded, path));
    let request = |observation_noise| EnsembleRequest {
        members: 1000,
        seed: 42,
        horizon: SimDuration::from_whole_seconds(HOUR),
        stride: SimDuration::from_whole_seconds(5),
        record: readings.to_vec(),
        plan: commands(&loaded, 60),
        uncertainties: compile_uncertainties(&loaded.twin.uncertainties, &loaded.variables)
            .expect("they fit"),
        observation_noise,
    };
    let mut group = criterion.benchmark_group("tclab, an hour ahead, 1000 members");
    group.sample_size(20);
    for (name, noise) in [("with bands", false), ("with bands and sensor noise", true)] {
        let request = request(noise);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let ensemble =
                    run_ensemble(&simulation, &request, &Progress::new()).expect("an ensemble");
                readings.map(|reading| ensemble.bands(reading))
            });
        });
    }
    let ensemble =
        run_ensemble(&simulation, &request(false), &Progress::new()).expect("an ensemble");
    group.bench_function("the bands alone", |bencher| {
        bencher.iter(|| readings.map(|reading| ensemble.bands(reading)));
    });
    group.finish();
}

fn fork(criterion: &mut Criterion) {
    let (loaded, mut simulation) = tclab();
    criterion.bench_function("tclab, fork", |bencher| {
        bencher.iter(|| simulation.fork());
    });
    let conductance = find(&loaded, "convection_1.conductance");
    let mut value = 0.01;
    criterion.bench_function("tclab, first step after a changed parameter", |bencher| {
        bencher.iter(|| {
            value = if value > 0.0105 { 0.01 } else { value * 1.001 };
            simulation.set_parameter(conductance, value);
            simulation.step().expect("a step");
        });
    });
}

fn trajectory(criterion: &mut Criterion) {
    let (loaded, mut simulation) = tclab();
    let mut cursor = commands(&loaded, 60).cursor();
    let mut trajectory = Trajectory::of_all(&loaded.variables);
    for _ in 0..HOUR {
        cursor.apply(&mut simulation);
        simulation.step().expect("a step");
        trajectory.record(&simulation);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("trajectory.parquet");
    criterion.bench_function("tclab, an hour of all variables to Parquet", |bencher| {
        bencher.iter(|| {
            trajectory
                .write_parquet(&path, &loaded.variables, &Provenance::default())
                .expect("written");
        });
    });
}

criterion_group!(benches, step, forecast, fork, trajectory);
criterion_main!(benches);
