//! One run of a network by epanet-rs on one thread, as `../water.py` calls it:
//! prints the processor time of the hydraulics \[s] and the number of steps, then a
//! line with id and final head for each node, in the units of the file.
//!
//! ```text
//! water-epanet-rs NETWORK.inp SECONDS
//! ```

use epanet_rs::simulation::Simulation;

/// Processor time that is told well enough \[s].
const LEAST_MEASURED: f64 = 0.1;

/// Time that this thread has had a processor \[s].
fn processor_time() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(seconds)) = (arguments.next(), arguments.next()) else {
        return Err("give a network and a number of seconds".to_owned());
    };
    let seconds: usize = seconds.parse().map_err(|_| "seconds are a whole number")?;
    let (mut spent, mut runs, mut steps) = (0.0, 0, 0);
    let mut heads = Vec::new();
    while spent < LEAST_MEASURED {
        let mut simulation = Simulation::from_file(&file).map_err(|error| error.to_string())?;
        simulation.network.options.time_options.duration = seconds;
        simulation
            .initialize_hydraulics()
            .map_err(|error| error.to_string())?;
        let begin = processor_time();
        steps = 0;
        loop {
            simulation
                .run_hydraulics()
                .map_err(|error| error.to_string())?;
            steps += 1;
            if simulation.next_hydraulic_timestep() == 0 {
                break;
            }
        }
        spent += processor_time() - begin;
        runs += 1;
        let state = simulation.state.as_ref().ok_or("no state")?;
        let nodes = simulation.network.nodes.iter().zip(&state.heads);
        heads = nodes
            .map(|(node, head)| (node.id.to_string(), *head))
            .collect();
    }
    println!("{} {steps}", spent / f64::from(runs));
    for (id, head) in heads {
        println!("{id} {head}");
    }
    Ok(())
}
