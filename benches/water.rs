//! How fast networks are solved, opened and run many times over.
//!
//! ```text
//! cargo bench --no-default-features --bench water                 # all of it
//! cargo bench --no-default-features --bench water -- once NETWORK.inp SECONDS
//! cargo bench --no-default-features --bench water -- age NETWORK.inp SECONDS
//! python benches/peers/water.py                                   # in turn with EPANET 2.3.5
//! ```
//!
//! The networks are those of `COUNTERPART_DATA`. `once` makes a single run of one
//! file, hydraulics only, on one thread, at the accuracy of the file, and prints its
//! processor time and number of steps: what the comparison calls. `age` does the same
//! and follows the age of the water beside, in steps of five minutes. The rest: a
//! hundred members of a day on L-TOWN, the memory that a member takes, and the way
//! from a file with 25 742 nodes to its first solution.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark tells the time, prints it, and cannot go on after a failure"
)]

#[path = "support/measure.rs"]
mod measure;

use std::path::{Path, PathBuf};
use std::time::Instant;

use counterpart::import::epanet;
use counterpart::live::load_epanet;
use counterpart::model;
use counterpart::model::water::{
    Followed, Hydraulics, Oversights, Quality, QualityDefinition, Reactions, network_of,
};
use counterpart::quantity::SimDuration;
use counterpart::simulation::{
    EnsembleRequest, InputPlan, Progress, Simulation, compile_uncertainties, run_ensemble,
};
use counterpart::twin::VariableTable;
use measure::{Spent, memory};

/// Networks with the length of their runs \[s].
const NETWORKS: &[(&str, i64)] = &[
    ("C-Town", 604_800),
    ("L-TOWN", 604_800),
    ("ky4", 86_400),
    ("ky7", 86_400),
    ("ky16", 86_400),
    ("Wolf", 86_400),
    ("Exnet", 86_400),
    ("vitens_benchmark", 86_400),
];
const ROUNDS: usize = 5;
const DAY: i64 = 86_400;
/// Processor time that is told well enough \[s].
const LEAST_MEASURED: f64 = 0.1;

fn file_of(name: &str) -> PathBuf {
    let data = std::env::var("COUNTERPART_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    Path::new(&data).join(format!("water/networks/{name}.inp"))
}

fn prepared(file: &Path) -> Hydraulics {
    let imported = epanet::import_file(file).expect("a network that can be read");
    let variables = VariableTable::new(&imported.twin, &model::registry());
    let network = network_of(&imported.twin, &variables)
        .expect("a network without contradictions")
        .expect("water assets");
    Hydraulics::new(network).expect("a network that can be solved")
}

/// Processor time \[s] and steps of a run of `seconds`; short ones are repeated until
/// the system's clock of processor time, which ticks every few milliseconds, can tell.
fn once(start: &Hydraulics, seconds: i64) -> (f64, usize) {
    let mut spent = Spent::default();
    let (mut steps, mut runs) = (0, 0);
    while spent.processor < LEAST_MEASURED {
        let mut run = start.clone();
        steps = 1;
        spent.on(|| {
            // A step that does not settle counts as well.
            let _ = run.advance_to(seconds, |_, _| steps += 1);
        });
        runs += 1;
    }
    (spent.processor / f64::from(runs), steps)
}

/// Processor time \[s] of the hydraulics and of the age of the water beside them, and the
/// mean age at the junctions at the end \[h], by which a comparison sees that both did the
/// same.
fn age(start: &Hydraulics, seconds: i64) -> (f64, f64) {
    let mut spent = Spent::default();
    let (mut mean, mut runs) = (0.0, 0);
    while spent.processor < LEAST_MEASURED {
        let mut run = start.clone();
        let mut quality = Quality::new(&run, age_of_water());
        spent.on(|| {
            // A step that does not settle counts as well.
            let _ = run.advance_to(seconds, |run, interval| quality.advance(run, interval));
        });
        let junctions = run.network().junctions.len();
        let sum: f64 = (0..junctions).map(|node| quality.node(node)).sum();
        mean = sum / junctions as f64 / 3_600.0;
        runs += 1;
    }
    (spent.processor / f64::from(runs), mean)
}

/// The age of the water as EPANET follows it where its file says nothing else.
fn age_of_water() -> QualityDefinition {
    QualityDefinition {
        followed: Followed::Age,
        step: 300,
        tolerance: 0.01 * 3_600.0,
        oversights: Oversights::Kept,
        reactions: Reactions::default(),
        nodes: Vec::new(),
        pipes: Vec::new(),
        tanks: Vec::new(),
    }
}

fn hydraulics() {
    for &(name, seconds) in NETWORKS {
        let start = prepared(&file_of(name));
        let nodes = start.network().junctions.len() + start.network().sources.len();
        let runs: Vec<(f64, usize)> = (0..ROUNDS).map(|_| once(&start, seconds)).collect();
        let best = runs.iter().map(|run| run.0).fold(f64::INFINITY, f64::min);
        println!(
            "{name}: {nodes} nodes, {} steps, {:.1} ms of processor time, the best of {ROUNDS}",
            runs[0].1,
            best * 1e3
        );
    }
}

fn ensemble() {
    const MEMBERS: u32 = 100;
    let mut loaded = load_epanet(&file_of("L-TOWN")).expect("L-TOWN");
    let text = r#"(format: 1, id: "d", name: "d", version: "1.0.0", epoch: "2024-01-01T00:00:00Z",
        timestep: "5 s", assets: [(id: "network", kind: "water.Network")],
        uncertainties: [(variable: "network.demand_multiplier", unit: "1",
            distribution: Normal(mean: 1.0, standard_deviation: 0.1))])"#;
    let drawn = counterpart::twin::parse(text, "uncertain.ron", &model::registry());
    let drawn = drawn.expect("a distribution").twin.uncertainties.clone();
    let twin = std::sync::Arc::make_mut(&mut loaded.twin);
    twin.uncertainties = drawn;
    twin.timestep = SimDuration::from_whole_seconds(300);
    let simulation = Simulation::compile(&loaded.twin, &loaded.variables).expect("it compiles");
    let record = (loaded.variables.iter())
        .filter(|(_, variable)| matches!(variable.quantity, "pressure" | "level"))
        .map(|(index, _)| index)
        .collect();
    let request = EnsembleRequest {
        members: MEMBERS,
        seed: 42,
        horizon: SimDuration::from_whole_seconds(DAY),
        stride: SimDuration::from_whole_seconds(900),
        record,
        plan: InputPlan::new(&[]),
        uncertainties: compile_uncertainties(&loaded.twin.uncertainties, &loaded.variables)
            .expect("they fit"),
        observation_noise: false,
    };
    let began = Instant::now();
    let ensemble = run_ensemble(&simulation, &request, &Progress::new()).expect("an ensemble");
    println!(
        "L-TOWN, {MEMBERS} members of a day in steps of 5 min, all pressures stored: {:.2} s by \
         the wall on {} threads, {} members failed",
        began.elapsed().as_secs_f64(),
        rayon::current_num_threads(),
        ensemble.failures().len()
    );
}

/// How much memory the members of an ensemble take, on a network so large that what was
/// given back before does not hide it.
fn memory_of_members() {
    const MEMBERS: usize = 100;
    let loaded = load_epanet(&file_of("vitens_benchmark")).expect("vitens_benchmark");
    let mut simulation = Simulation::compile(&loaded.twin, &loaded.variables).expect("it compiles");
    simulation.restart().expect("a first solution");
    let is_node = |kind: &str| matches!(kind, "water.Junction" | "water.Tank" | "water.Reservoir");
    let nodes = (loaded.twin.assets.iter())
        .filter(|asset| is_node(&asset.kind))
        .count();
    let before = memory("VmRSS");
    let mut members: Vec<Simulation> = (0..MEMBERS).map(|_| simulation.fork()).collect();
    for member in &mut members {
        member.step().expect("a step");
    }
    let bytes = (memory("VmRSS") - before) * 1024.0 * 1024.0;
    println!(
        "vitens_benchmark, memory of a member that has run a step: {:.0} bytes a node",
        bytes / (MEMBERS * nodes) as f64
    );
}

fn opening() {
    let file = file_of("vitens_benchmark");
    let mut spent = [Spent::default(); 3];
    let loaded = spent[0].on(|| load_epanet(&file).expect("vitens_benchmark"));
    let mut simulation =
        spent[1].on(|| Simulation::compile(&loaded.twin, &loaded.variables).expect("it compiles"));
    spent[2].on(|| simulation.restart().expect("a first solution"));
    for (what, spent) in ["read and checked", "compiled", "first solution"]
        .iter()
        .zip(spent)
    {
        println!(
            "vitens_benchmark, {what}: {:.0} ms of processor time, {:.0} ms by the wall",
            spent.processor * 1e3,
            spent.wall * 1e3
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.as_slice() {
        [word, file, seconds] if word == "once" => {
            let seconds = seconds.parse().expect("a number of seconds");
            let (processor, steps) = once(&prepared(Path::new(file)), seconds);
            println!("{processor} {steps}");
        }
        [word, file, seconds] if word == "age" => {
            let seconds = seconds.parse().expect("a number of seconds");
            let (processor, mean) = age(&prepared(Path::new(file)), seconds);
            println!("{processor} {mean}");
        }
        _ => {
            hydraulics();
            ensemble();
            memory_of_members();
            opening();
        }
    }
}
