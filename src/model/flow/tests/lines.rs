//! Saturated lines of exponential stations, against Markov chains solved exactly.

use super::*;

/// A line of stations with unit rates and the same places between all of them.
fn line(stations: u32, places: u32, failure: Option<&Failure>) -> Network {
    let mut network = Network {
        sources: vec![Source::new(
            Times::constant(0.0),
            Outlet::to(Part::Station(0)),
        )],
        sinks: 1,
        ..Network::default()
    };
    for index in 0..stations {
        let next = if index + 1 == stations {
            Part::Sink(0)
        } else if places > 0 {
            network
                .buffers
                .push(buffer(places, Part::Station(index + 1)));
            Part::Buffer(index)
        } else {
            Part::Station(index + 1)
        };
        network.stations.push(Station {
            failure: failure.cloned(),
            ..exponential(1.0, next)
        });
    }
    network
}

fn fails(up: f64, down: f64) -> Failure {
    Failure {
        clock: FailureClock::Operating,
        time_to_failure: Times::exponential(up),
        repair: Times::exponential(down),
        crew: None,
    }
}

fn throughput(network: &Network, seconds: f64, seed: Seed) -> f64 {
    let mut run = FlowRun::new(Arc::new(network.clone()), seed);
    run.run_until(at(0.1 * seconds)).expect("a run");
    run.restart_statistics();
    run.run_until(at(1.1 * seconds)).expect("a run");
    run.passed(Part::Sink(0)) as f64 / seconds
}

/// Stations, places between them, throughput.
const RELIABLE: [(u32, u32, f64); 10] = [
    (2, 0, 2.0 / 3.0),
    (2, 1, 3.0 / 4.0),
    (2, 5, 7.0 / 8.0),
    (2, 20, 22.0 / 23.0),
    (3, 0, 22.0 / 39.0),
    (3, 1, 0.670_466_16),
    (3, 5, 0.830_759_07),
    (4, 0, 0.514_775_49),
    (5, 0, 0.485_798_12),
    (6, 0, 0.466_713_26),
];

/// The same with failures at a rate of 0.01 while working and repairs at 0.1.
const FAILING: [(u32, u32, f64); 5] = [
    (2, 0, 0.589_954_82),
    (2, 5, 0.756_196_56),
    (2, 20, 0.834_997_38),
    (3, 5, 0.690_297_95),
    (4, 2, 0.567_802_07),
];

#[test]
fn blocking_and_starving_cost_the_throughput_of_the_exact_solution() {
    for (stations, places, exact) in RELIABLE {
        let network = line(stations, places, None);
        let what = format!("{stations} stations, {places} places");
        assert_exact(&what, exact, 0.02, 10, |seed| {
            throughput(&network, 10_000.0, seed)
        });
    }
}

#[test]
fn failures_cost_the_throughput_of_the_exact_solution() {
    for (stations, places, exact) in FAILING {
        let network = line(stations, places, Some(&fails(100.0, 10.0)));
        let what = format!("{stations} failing stations, {places} places");
        assert_exact(&what, exact, 0.06, 10, |seed| {
            throughput(&network, 10_000.0, seed)
        });
    }
}

#[test]
#[ignore = "hundreds of millions of parts: minutes in release mode"]
fn lines_have_the_throughput_of_the_exact_solution_to_half_a_per_cent() {
    for (stations, places, exact) in RELIABLE {
        let network = line(stations, places, None);
        let what = format!("{stations} stations, {places} places");
        assert_exact(&what, exact, 0.005, 20, |seed| {
            throughput(&network, 400_000.0, seed)
        });
    }
    for (stations, places, exact) in FAILING {
        let network = line(stations, places, Some(&fails(100.0, 10.0)));
        let what = format!("{stations} failing stations, {places} places");
        assert_exact(&what, exact, 0.005, 20, |seed| {
            throughput(&network, 1_000_000.0, seed)
        });
    }
}

/// A line of ten as others simulated it: 0.55442 ± 0.00047.
#[test]
#[ignore = "a hundred million events: a minute in release mode"]
fn a_line_of_ten_has_the_throughput_that_others_found() {
    let network = line(10, 5, Some(&fails(100.0, 10.0)));
    let (mean, half_width) = replicate(20, |seed| throughput(&network, 1e6, seed));
    println!("ten stations: others 0.55442 ± 0.00047, found {mean:.8} ± {half_width:.8}");
    assert!(half_width < 0.002 * mean, "{mean} ± {half_width}");
    assert!(
        (mean - 0.554_42).abs() <= half_width + 0.000_47,
        "{mean} ± {half_width}"
    );
}

/// Two machines that work without a spread, as if parts were a fluid, with rare
/// and long failures, and their throughput by the formula of the continuous
/// two-machine line.
fn fluid_line(speed: f64, places: u32) -> (Network, f64) {
    let (fails_at, repaired_at) = (0.001, 0.01);
    let sum: f64 = fails_at + repaired_at;
    let room = f64::from(places);
    let exact = speed * repaired_at * (room * sum + 2.0 * speed)
        / (room * sum * sum + 2.0 * speed * (repaired_at + 2.0 * fails_at));
    let mut network = line(2, places, Some(&fails(1.0 / fails_at, 1.0 / repaired_at)));
    for station in &mut network.stations {
        station.service = Times::constant(1.0 / speed);
    }
    (network, exact)
}

#[test]
fn two_machines_without_spread_come_near_the_fluid_line() {
    let (network, exact) = fluid_line(1.0, 200);
    assert_exact("fluid", exact, 0.04, 10, |seed| {
        throughput(&network, 100_000.0, seed)
    });
}

#[test]
#[ignore = "half a billion parts: minutes in release mode"]
fn two_machines_without_spread_are_the_fluid_line_to_half_a_per_cent() {
    // One part of a thousand places is a tenth of a per cent.
    let (network, exact) = fluid_line(5.0, 1000);
    assert_exact("fluid", exact, 0.005, 20, |seed| {
        throughput(&network, 3e6, seed)
    });
}

#[test]
fn the_slowest_station_is_the_bottleneck() {
    let mut network = line(5, 2, None);
    network.stations[3].service = Times::exponential(1.4);
    let run = run_for(network, 20_000.0);
    let tallies: Vec<_> = (0..5).map(|station| run.tally(station)).collect();
    assert_eq!(statistics::bottleneck(&tallies), Some(3));
    // What is before it is blocked, what is behind it starves.
    let share = |station: usize, activity| tallies[station].utilisation().share(activity);
    assert!(share(0, statistics::Activity::Blocked) > 0.2);
    assert!(share(4, statistics::Activity::Starved) > 0.2);
}

#[test]
fn a_long_line_moves_up_with_little_stack() {
    const STATIONS: u32 = 1000;
    let mut network = line(STATIONS, 0, None);
    for station in &mut network.stations {
        station.service = Times::constant(1.0);
    }
    // The last is slow, so that the whole line fills and then moves up at once.
    network.stations[STATIONS as usize - 1].service = Times::constant(3000.0);
    let run = std::thread::Builder::new()
        .stack_size(96 * 1024)
        .spawn(move || run_for(network, 4500.0))
        .expect("a thread")
        .join()
        .expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 1);
    assert_eq!(run.population(), STATIONS as usize + 1);
}

#[test]
fn a_station_that_goes_from_item_to_item_is_active_without_a_break() {
    // Three items every ten seconds, each a second's work.
    let network = Network {
        sources: vec![Source {
            batch: 3,
            ..every(10.0, Part::Buffer(0))
        }],
        buffers: vec![buffer(9, Part::Station(0))],
        stations: vec![works(1.0, Part::Sink(0))],
        sinks: 1,
        ..Network::default()
    };
    let mut run = run_for(network, 35.0);
    assert_eq!(run.tally(0).mean_active_period(), 3.0);
    // At the end of the item in the middle nobody knows of a pause, and there is none.
    run.run_until(at(42.0)).expect("a run");
    assert_eq!(run.tally(0).mean_active_period(), 3.0);
    // What was active when counting began counts from then on.
    run.restart_statistics();
    assert_eq!(run.tally(0).mean_active_period(), 0.0);
    run.run_until(at(55.0)).expect("a run");
    assert_eq!(run.tally(0).mean_active_period(), 2.0);
}
