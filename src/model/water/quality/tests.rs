//! The transport against solutions that are known, on networks of a few pipes.

use super::super::network::{
    Demand, InitialStatus, Junction, Link, Network, Pattern, Pipe, Reservoir, Tank,
};
use super::*;

const HOUR: i64 = 3_600;

fn pipe(start: usize, end: usize, length: f64, diameter: f64) -> Link {
    Link {
        start,
        end,
        element: Element::Pipe(Pipe {
            length,
            roughness: 120.0,
            check_valve: false,
            leak_area: 0.0,
            leak_expansion: 0.0,
        }),
        diameter,
        minor_loss: 0.0,
        initial: InitialStatus::Open,
    }
}

fn junction(demand: f64, pattern: Option<usize>) -> Junction {
    Junction {
        demands: vec![Demand {
            base: demand,
            pattern,
        }],
        ..Junction::default()
    }
}

fn reservoir(head: f64) -> Source {
    Source::Reservoir(Reservoir {
        head,
        pattern: None,
    })
}

fn tank(diameter: f64) -> Source {
    Source::Tank(Tank {
        elevation: 50.0,
        initial_level: 3.0,
        minimum_level: 0.0,
        maximum_level: 6.0,
        diameter,
        minimum_volume: 0.0,
        volume_curve: None,
        overflow: false,
    })
}

fn volume(link: &Link) -> f64 {
    let Element::Pipe(pipe) = &link.element else {
        return 0.0;
    };
    std::f64::consts::PI / 4.0 * link.diameter * link.diameter * pipe.length
}

fn run(network: Network) -> Hydraulics {
    Hydraulics::new(network).expect("a network without problems")
}

/// Something is followed, and nothing reacts.
fn followed(run: &Hydraulics, followed: Followed) -> QualityDefinition {
    let network = run.network();
    let node = NodeQuality {
        initial: 0.0,
        injection: Injection::Concentration,
        pattern: None,
    };
    QualityDefinition {
        followed,
        step: 60,
        tolerance: 0.0,
        oversights: Oversights::Mended,
        reactions: Reactions::default(),
        nodes: vec![node; network.node_count()],
        pipes: vec![PipeReaction::default(); network.links.len()],
        tanks: vec![TankQuality::default(); network.sources.len()],
    }
}

fn advance(run: &mut Hydraulics, quality: &mut Quality, end: i64) {
    let advanced = run.advance_to(end, |run, interval| quality.advance(run, interval));
    advanced.expect("the flows settle");
}

#[test]
fn a_first_order_decay_in_plug_flow_is_an_exponential_of_the_time() {
    let (flow, decay) = (0.01, 2.0 / 86_400.0);
    let mut run = run(Network {
        junctions: vec![junction(flow, None)],
        sources: vec![reservoir(50.0)],
        links: vec![pipe(1, 0, 2_000.0, 0.2)],
        ..Network::default()
    });
    let mut definition = followed(&run, Followed::Constituent);
    definition.nodes[1].initial = 1e-3;
    definition.pipes[0].bulk = -decay;
    let travel = volume(&run.network().links[0]) / flow;
    let mut quality = Quality::new(&run, definition);
    advance(&mut run, &mut quality, 3 * HOUR);
    let exact = 1e-3 * (-decay * travel).exp();
    // Half a step of each end, and the explicit step's k dt / 2 of the rate.
    let allowed = exact * decay * (60.0 + travel * decay * 60.0);
    let found = quality.node(0);
    assert!((found - exact).abs() < allowed, "{found} for {exact}");
    assert!(quality.balance().relative().abs() < 1e-12);
}

#[test]
fn water_at_the_end_of_a_chain_is_as_old_as_the_pipes_are_long() {
    let flow = 0.01;
    let mut run = run(Network {
        junctions: vec![
            junction(0.0, None),
            junction(0.0, None),
            junction(flow, None),
        ],
        sources: vec![reservoir(80.0)],
        links: vec![
            pipe(3, 0, 900.0, 0.25),
            pipe(1, 0, 500.0, 0.15),
            pipe(1, 2, 700.0, 0.2),
        ],
        ..Network::default()
    });
    let mut quality = Quality::new(&run, followed(&run, Followed::Age));
    advance(&mut run, &mut quality, 6 * HOUR);
    let mut age = 0.0;
    for (node, link) in run.network().links.iter().enumerate() {
        age += volume(link) / flow;
        let found = quality.node(node);
        // Each node mixes what arrives in one step.
        let allowed = 60.0 * (node + 1) as f64;
        assert!((found - age).abs() < allowed, "{node}: {found} for {age}");
    }
}

#[test]
fn a_mixed_tank_follows_the_equation_of_its_mixture() {
    let (inflow, outflow) = (0.02, 0.012);
    let network = Network {
        junctions: vec![junction(-inflow, None), junction(outflow, None)],
        sources: vec![tank(12.0)],
        links: vec![pipe(0, 2, 1.0, 0.3), pipe(2, 1, 1.0, 0.3)],
        ..Network::default()
    };
    let mut run = run(network);
    let before = run.volume(0);
    let definition = followed(&run, Followed::Constituent);
    let mut quality = Quality::new(&run, definition);
    quality.inject(0, 2e-3, 0.0);
    advance(&mut run, &mut quality, 5 * HOUR);
    let now = run.volume(0);
    let exact = 2e-3 * (1.0 - (before / now).powf(inflow / (inflow - outflow)));
    let found = quality.node(2);
    assert!((found / exact - 1.0).abs() < 5e-3, "{found} for {exact}");
    let balance = quality.balance();
    assert!(balance.relative().abs() < 1e-12, "{balance:?}");
    let entered = 2e-3 * inflow * 5.0 * 3_600.0;
    assert!((balance.entered / entered - 1.0).abs() < 1e-12);
}

#[test]
fn what_comes_from_two_sources_is_the_whole() {
    let network = Network {
        junctions: vec![
            junction(0.01, None),
            junction(0.02, None),
            junction(0.015, None),
        ],
        sources: vec![reservoir(60.0), reservoir(61.0)],
        links: vec![
            pipe(3, 0, 400.0, 0.2),
            pipe(0, 1, 300.0, 0.15),
            pipe(1, 2, 500.0, 0.15),
            pipe(2, 0, 350.0, 0.1),
            pipe(4, 2, 600.0, 0.2),
        ],
        ..Network::default()
    };
    let mut shares = [3, 4].map(|source| {
        let mut run = run(network.clone());
        let mut quality = Quality::new(&run, followed(&run, Followed::Trace(source)));
        // Until the slowest pipe has given up what it held at the start.
        advance(&mut run, &mut quality, 20 * 24 * HOUR);
        [0, 1, 2].map(|node| quality.node(node))
    });
    let [one, other] = &mut shares;
    assert!(one[1] > 0.01 && other[1] > 0.01, "both get to the middle");
    for node in 0..3 {
        let whole = one[node] + other[node];
        assert!((whole - 1.0).abs() < 1e-9, "{node}: {whole}");
    }
}

/// A tank and a junction that draws, draws nothing, and gives back.
fn there_and_back() -> Network {
    Network {
        junctions: vec![junction(0.01, Some(0))],
        sources: vec![tank(20.0)],
        links: vec![pipe(1, 0, 2_000.0, 0.3)],
        patterns: vec![Pattern {
            step: HOUR,
            start: 0,
            values: vec![1.0, 0.0, -0.5],
        }],
        ..Network::default()
    }
}

#[test]
fn water_that_stood_goes_back_the_way_it_came() {
    let mut run = run(there_and_back());
    let mut quality = Quality::new(&run, followed(&run, Followed::Trace(1)));
    let held = volume(&run.network().links[0]);
    advance(&mut run, &mut quality, HOUR);
    assert!((quality.link(0) - 36.0 / held).abs() < 1e-9, "36 m3 came");
    advance(&mut run, &mut quality, 3 * HOUR);
    let found = quality.link(0);
    assert!(
        (found - 18.0 / held).abs() < 1e-6,
        "18 m3 of them went back: {found}"
    );
}

#[test]
fn a_comparison_with_epanet_may_keep_its_oversight() {
    let mut run = run(there_and_back());
    let mut definition = followed(&run, Followed::Trace(1));
    definition.oversights = Oversights::Kept;
    let mut quality = Quality::new(&run, definition);
    let held = volume(&run.network().links[0]);
    advance(&mut run, &mut quality, 3 * HOUR);
    let found = quality.link(0);
    assert!(
        (found - 36.0 / held).abs() < 1e-6,
        "none of them went back: {found}"
    );
}

#[test]
fn a_level_that_was_corrected_leaves_the_quality_as_it_was() {
    let mut run = run(there_and_back());
    let mut definition = followed(&run, Followed::Constituent);
    definition.nodes[1].initial = 1e-3;
    let mut quality = Quality::new(&run, definition);
    advance(&mut run, &mut quality, HOUR);
    let stored = quality.balance().stored;
    run.set_volume(0, 1.2 * run.volume(0));
    quality.correct_volume(0, run.volume(0));
    advance(&mut run, &mut quality, HOUR + 60);
    assert!((quality.node(1) - 1e-3).abs() < 1e-12);
    let balance = quality.balance();
    assert!(balance.corrected > 0.1 * stored, "{balance:?}");
    assert!(balance.relative().abs() < 1e-12, "{balance:?}");
}

#[test]
fn a_copy_of_the_water_goes_its_own_way() {
    let mut run = run(there_and_back());
    let mut quality = Quality::new(&run, followed(&run, Followed::Age));
    advance(&mut run, &mut quality, HOUR);
    let (mut other_run, mut other) = (run.clone(), quality.clone());
    let before = other.link(0);
    advance(&mut run, &mut quality, 9 * HOUR);
    assert_eq!(other.link(0).to_bits(), before.to_bits());
    advance(&mut other_run, &mut other, 9 * HOUR);
    assert_eq!(other.link(0).to_bits(), quality.link(0).to_bits());
}
