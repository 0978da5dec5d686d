//! Queues: M/M/c, M/G/1, loss, open and closed networks.

use super::*;
use crate::quantity::Distribution;

fn queue(rate: f64, servers: u32, service: Times) -> Network {
    Network {
        sources: vec![Source::new(
            Times::exponential(1.0 / rate),
            Outlet::to(Part::Buffer(0)),
        )],
        buffers: vec![buffer(u32::MAX, Part::Station(0))],
        stations: vec![Station {
            servers,
            ..Station::new(service, Outlet::to(Part::Sink(0)))
        }],
        sinks: 1,
        ..Network::default()
    }
}

/// Mean wait in the queue over `customers`, after a tenth of them.
fn mean_wait(network: &Network, rate: f64, customers: f64, seed: Seed) -> f64 {
    let mut run = FlowRun::new(Arc::new(network.clone()), seed);
    run.run_until(at(0.1 * customers / rate)).expect("a run");
    run.restart_statistics();
    run.run_until(at(1.1 * customers / rate)).expect("a run");
    run.stay(Part::Buffer(0)).mean()
}

/// Servers, rate of arrivals, mean wait at a mean service of one second.
const MULTI_SERVER: [(u32, f64, f64); 5] = [
    (1, 0.5, 1.0),
    (2, 1.8, 4.263_157_895),
    (3, 2.7, 2.723_536_737),
    (5, 4.5, 1.524_986_441),
    (10, 9.0, 0.668_731_524),
];

#[test]
fn customers_wait_as_long_as_queueing_theory_says() {
    for (servers, rate, exact) in MULTI_SERVER {
        let network = queue(rate, servers, Times::exponential(1.0));
        assert_exact(&format!("M/M/{servers}"), exact, 0.4, 10, |seed| {
            mean_wait(&network, rate, 20_000.0, seed)
        });
    }
}

#[test]
#[ignore = "two billion customers: ten minutes in release mode"]
fn customers_wait_as_long_as_queueing_theory_says_to_half_a_per_cent() {
    for (servers, rate, exact) in MULTI_SERVER {
        let network = queue(rate, servers, Times::exponential(1.0));
        // With more servers more customers do not wait at all, which spreads the mean.
        let customers = match servers {
            1 => 2e6,
            2 => 1e7,
            _ => 1.5e7,
        };
        assert_exact(&format!("M/M/{servers}"), exact, 0.005, 40, |seed| {
            mean_wait(&network, rate, customers, seed)
        });
    }
}

/// The mean wait of M/G/1 by Pollaczek and Khinchine.
fn pollaczek_khinchine(rate: f64, service: &Distribution) -> f64 {
    let second_moment = service.mean().powi(2) + service.standard_deviation().powi(2);
    rate * second_moment / (2.0 * (1.0 - rate * service.mean()))
}

fn general_services() -> [(&'static str, Distribution); 3] {
    [
        ("M/D/1", Distribution::Constant(1.0)),
        (
            "M/G/1, gamma",
            Distribution::Gamma {
                shape: 4.0,
                scale: 0.25,
                shift: 0.0,
            },
        ),
        (
            "M/G/1, log-normal",
            Distribution::LogNormal {
                median: 0.8,
                geometric_standard_deviation: 2.0,
                shift: 0.0,
            },
        ),
    ]
}

#[test]
fn the_spread_of_the_service_makes_customers_wait() {
    for (name, service) in general_services() {
        let exact = pollaczek_khinchine(0.6, &service);
        let network = queue(0.6, 1, Times::new(service).expect("times"));
        assert_exact(name, exact, 0.15, 10, |seed| {
            mean_wait(&network, 0.6, 4_000.0, seed)
        });
    }
}

#[test]
#[ignore = "tens of millions of customers: a minute in release mode"]
fn the_spread_of_the_service_makes_customers_wait_to_half_a_per_cent() {
    for (name, service) in general_services() {
        let exact = pollaczek_khinchine(0.6, &service);
        let network = queue(0.6, 1, Times::new(service).expect("times"));
        assert_exact(name, exact, 0.005, 30, |seed| {
            mean_wait(&network, 0.6, 2e6, seed)
        });
    }
}

/// Share of customers that find all places taken in M/M/c/K.
fn loss_share(rate: f64, servers: u32, places: u32) -> f64 {
    let mut weight = 1.0;
    let mut total = 1.0;
    for inside in 1..=places {
        weight *= rate / f64::from(inside.min(servers));
        total += weight;
    }
    weight / total
}

/// Three servers and two places to wait, then Erlang's loss without a place: the
/// network and the share that is lost.
fn losing() -> [(&'static str, Network, f64); 2] {
    [("M/M/3/5", 3, 2, 2.4), ("M/M/4/4", 4, 0, 3.0)].map(|(name, servers, waiting, rate)| {
        let mut network = queue(rate, servers, Times::exponential(1.0));
        network.sources[0].when_full = WhenFull::Lose;
        if waiting > 0 {
            network.buffers[0].capacity = waiting;
        } else {
            network.buffers.clear();
            network.sources[0].outlet = Outlet::to(Part::Station(0));
        }
        (name, network, loss_share(rate, servers, servers + waiting))
    })
}

fn share_lost(network: &Network, seconds: f64, seed: Seed) -> f64 {
    let mut run = FlowRun::new(Arc::new(network.clone()), seed);
    run.run_until(at(seconds)).expect("a run");
    let lost = run.lost(0) as f64;
    lost / (lost + run.passed(Part::Source(0)) as f64)
}

#[test]
fn customers_that_find_no_place_are_lost_at_the_rate_of_theory() {
    for (name, network, exact) in losing() {
        assert_exact(name, exact, 0.05, 10, |seed| {
            share_lost(&network, 20_000.0, seed)
        });
    }
}

#[test]
#[ignore = "tens of millions of customers: half a minute in release mode"]
fn customers_are_lost_at_the_rate_of_theory_to_half_a_per_cent() {
    for (name, network, exact) in losing() {
        assert_exact(name, exact, 0.005, 30, |seed| {
            share_lost(&network, 500_000.0, seed)
        });
    }
}

/// Jackson: items arrive at 0.5/s at the first station, half of them go on to the
/// second, a fifth of what leaves that comes back to the first. With it the mean
/// content of each station and its queue.
fn open_network() -> (Network, [f64; 2]) {
    let network = Network {
        sources: vec![Source::new(
            Times::exponential(2.0),
            Outlet::to(Part::Buffer(0)),
        )],
        buffers: vec![
            buffer(u32::MAX, Part::Station(0)),
            buffer(u32::MAX, Part::Station(1)),
        ],
        stations: vec![
            exponential(1.0, Part::Router(0)),
            exponential(2.0, Part::Router(1)),
        ],
        routers: vec![
            Router {
                rule: Rule::Chance(vec![0.5, 0.5]),
                outlets: vec![Outlet::to(Part::Buffer(1)), Outlet::to(Part::Sink(0))],
            },
            Router {
                rule: Rule::Chance(vec![0.2, 0.8]),
                outlets: vec![Outlet::to(Part::Buffer(0)), Outlet::to(Part::Sink(0))],
            },
        ],
        sinks: 1,
        ..Network::default()
    };
    let first: f64 = 0.5 / (1.0 - 0.5 * 0.2);
    let second = 2.0 * (0.5 * first);
    (network, [first, second].map(|load| load / (1.0 - load)))
}

fn content_of_both(network: &Network, station: u32, seconds: f64, seed: Seed) -> f64 {
    let mut run = FlowRun::new(Arc::new(network.clone()), seed);
    run.run_until(at(2_000.0)).expect("a run");
    run.restart_statistics();
    run.run_until(at(2_000.0 + seconds)).expect("a run");
    run.mean_content(Part::Buffer(station)) + run.mean_content(Part::Station(station))
}

fn assert_open_network(relative: f64, replications: u64, seconds: f64) {
    let (network, contents) = open_network();
    for (station, exact) in (0..).zip(contents) {
        let what = format!("open network, content of station {station}");
        assert_exact(&what, exact, relative, replications, |seed| {
            content_of_both(&network, station, seconds, seed)
        });
    }
}

#[test]
fn stations_of_an_open_network_are_queues_of_their_own() {
    assert_open_network(0.1, 10, 28_000.0);
}

#[test]
#[ignore = "a hundred million events: half a minute in release mode"]
fn stations_of_an_open_network_are_queues_of_their_own_to_half_a_per_cent() {
    assert_open_network(0.005, 30, 1e6);
}

/// Items that go round three single servers, and their throughput by mean value
/// analysis.
fn closed_network() -> (Network, f64) {
    // Reiser and Lavenberg's recursion.
    let means = [1.0, 1.5, 0.8];
    let mut contents = [0.0; 3];
    let mut throughput = 0.0;
    for items in 1..=ITEMS {
        let stays: Vec<f64> = (means.iter().zip(&contents))
            .map(|(mean, content)| mean * (1.0 + content))
            .collect();
        throughput = f64::from(items) / stays.iter().sum::<f64>();
        for (content, stay) in contents.iter_mut().zip(&stays) {
            *content = throughput * stay;
        }
    }
    let ring = |station: u32| Part::Buffer((station + 1) % 3);
    let network = Network {
        sources: vec![Source {
            limit: Some(u64::from(ITEMS)),
            ..Source::new(Times::constant(0.0), Outlet::to(Part::Buffer(0)))
        }],
        buffers: (0..3)
            .map(|station| buffer(u32::MAX, Part::Station(station)))
            .collect(),
        stations: (0..3)
            .map(|station| exponential(means[station as usize], ring(station)))
            .collect(),
        ..Network::default()
    };
    (network, throughput)
}

const ITEMS: u32 = 5;

fn assert_closed_network(relative: f64, replications: u64, seconds: f64) {
    let (network, exact) = closed_network();
    assert_exact("closed network", exact, relative, replications, |seed| {
        let mut run = FlowRun::new(Arc::new(network.clone()), seed);
        run.run_until(at(seconds)).expect("a run");
        assert_eq!(run.population(), ITEMS as usize);
        run.passed(Part::Station(0)) as f64 / seconds
    });
}

#[test]
fn a_closed_network_has_the_throughput_of_mean_value_analysis() {
    assert_closed_network(0.02, 10, 20_000.0);
}

#[test]
#[ignore = "tens of millions of events: seconds in release mode"]
fn a_closed_network_has_the_throughput_of_mean_value_analysis_to_half_a_per_cent() {
    assert_closed_network(0.005, 30, 400_000.0);
}

#[test]
fn littles_law_holds_for_all_that_came_and_left() {
    let mut network = queue(0.7, 1, Times::exponential(1.0));
    network.sources[0].limit = Some(2_000);
    let mut run = started(network);
    run.run_to_end().expect("a run");
    assert_eq!(run.population(), 0);
    assert!(run.littles_law().mismatch() < 1e-9);
}
