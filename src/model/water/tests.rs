//! The engine on small networks whose solution is known by hand, and its
//! derivatives against difference quotients.

use super::*;

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

fn valve(start: usize, end: usize, kind: ValveKind, setting: f64) -> Link {
    Link {
        start,
        end,
        element: Element::Valve(Valve { kind, setting }),
        diameter: 0.2,
        minor_loss: 0.2,
        initial: InitialStatus::Active,
    }
}

fn pump(start: usize, end: usize, characteristic: Characteristic) -> Link {
    Link {
        start,
        end,
        element: Element::Pump(Pump {
            characteristic,
            speed: 1.0,
            speed_pattern: None,
            efficiency_curve: None,
            price: None,
            price_pattern: None,
        }),
        diameter: 0.0,
        minor_loss: 0.0,
        initial: InitialStatus::Open,
    }
}

fn junction(elevation: f64, demand: f64) -> Junction {
    Junction {
        elevation,
        demands: vec![Demand {
            base: demand,
            pattern: None,
        }],
        emitter: 0.0,
    }
}

fn reservoir(head: f64) -> Source {
    Source::Reservoir(Reservoir {
        head,
        pattern: None,
    })
}

fn tank(initial_level: f64) -> Source {
    Source::Tank(Tank {
        elevation: 40.0,
        initial_level,
        minimum_level: 0.0,
        maximum_level: 5.0,
        diameter: 10.0,
        minimum_volume: 0.0,
        volume_curve: None,
        overflow: false,
    })
}

fn exact() -> Options {
    Options {
        accuracy: 1e-10,
        ..Options::default()
    }
}

/// Reservoir, pump, a loop with a branch behind a reducing valve, an emitter.
fn town() -> Network {
    Network {
        junctions: vec![
            junction(10.0, 0.0),
            junction(12.0, 0.010),
            junction(15.0, 0.015),
            junction(8.0, 0.020),
            junction(5.0, 0.0),
            junction(4.0, 0.006),
            Junction {
                emitter: 0.0004,
                ..junction(6.0, 0.004)
            },
        ],
        sources: vec![reservoir(20.0)],
        links: vec![
            pump(7, 0, Characteristic::Curve(0)),
            pipe(0, 1, 400.0, 0.25),
            pipe(1, 2, 500.0, 0.20),
            pipe(0, 3, 600.0, 0.20),
            pipe(3, 2, 300.0, 0.15),
            valve(3, 4, ValveKind::PressureReducing, 30.0),
            pipe(4, 5, 200.0, 0.15),
            pipe(5, 6, 250.0, 0.10),
            pipe(4, 6, 500.0, 0.10),
        ],
        curves: vec![Curve {
            points: vec![(0.06, 50.0)],
        }],
        options: exact(),
        ..Network::default()
    }
}

fn solved(network: Network) -> Hydraulics {
    let mut run = Hydraulics::new(network).expect("a sound network");
    let balance = run.solve().expect("a solution");
    assert!(balance.converged, "{balance:?}");
    let balance = run.audited();
    assert!(balance.energy_residual < 1e-6, "{balance:?}");
    let total: f64 = run.outflows().demand.iter().sum();
    assert!(
        balance.mass_residual <= 1e-9 * total.max(1e-3),
        "{balance:?}"
    );
    run
}

#[test]
fn one_pipe_loses_what_the_formula_says() {
    let network = Network {
        junctions: vec![junction(10.0, 0.05)],
        sources: vec![reservoir(60.0)],
        links: vec![pipe(1, 0, 1000.0, 0.3)],
        options: exact(),
        ..Network::default()
    };
    let run = solved(network);
    let loss = 10.667 * 1000.0 * 0.05_f64.powf(1.852) / 120_f64.powf(1.852) / 0.3_f64.powf(4.871);
    assert!((run.head_loss(0) / loss - 1.0).abs() < 1e-3);
    assert!((run.flow(0) - 0.05).abs() < 1e-12);
    assert!((run.pressure(0) - (run.head(0) - 10.0)).abs() < 1e-12);
}

#[test]
fn parallel_pipes_share_the_flow_so_that_both_lose_the_same() {
    let network = Network {
        junctions: vec![junction(10.0, 0.08)],
        sources: vec![reservoir(60.0)],
        links: vec![pipe(1, 0, 1000.0, 0.3), pipe(1, 0, 1000.0, 0.2)],
        options: exact(),
        ..Network::default()
    };
    let run = solved(network);
    let ratio = (0.3_f64 / 0.2).powf(4.871 / 1.852);
    assert!((run.flow(0) / run.flow(1) - ratio).abs() < 1e-6);
}

#[test]
fn a_reducing_valve_holds_its_setting_and_every_node_balances() {
    let run = solved(town());
    assert_eq!(run.status(5), Status::Active);
    assert!((run.pressure(4) - 30.0).abs() < 1e-9);
    let emitter = 0.0004 * run.pressure(6).sqrt();
    assert!((run.outflows().emitter[6] - emitter).abs() < 1e-9);
    assert!((run.flow(5) - (0.010 + emitter)).abs() < 1e-9);
}

#[test]
fn a_flow_control_valve_limits_the_flow() {
    let mut network = town();
    network.links[5] = valve(3, 4, ValveKind::FlowControl, 0.003);
    network.links.push(pipe(2, 4, 800.0, 0.15));
    let run = solved(network);
    assert_eq!(run.status(5), Status::Active);
    // A little passes a link that is not wholly shut.
    assert!((run.flow(5) - 0.003).abs() < 1e-6);
}

#[test]
fn a_sustaining_valve_keeps_the_pressure_before_it() {
    let with = |initial, setting| {
        let mut network = town();
        network.links[5] = valve(3, 4, ValveKind::PressureSustaining, setting);
        network.links[5].initial = initial;
        network.links.push(pipe(2, 4, 300.0, 0.08));
        solved(network)
    };
    // What the valve can do lies between what it does open and closed.
    let open = with(InitialStatus::Open, 0.0).pressure(3);
    let closed = with(InitialStatus::Closed, 0.0).pressure(3);
    let setting = (open + closed) / 2.0;
    let run = with(InitialStatus::Active, setting);
    assert_eq!(run.status(5), Status::Active);
    assert!((run.pressure(3) - setting).abs() < 1e-9);
}

#[test]
fn demands_fall_with_pressure_where_they_follow_it() {
    let mut network = town();
    network.options.demand_model = DemandModel::PressureDriven {
        minimum: 0.0,
        required: 90.0,
        exponent: 0.5,
    };
    let run = solved(network);
    let delivered = run.outflows().demand;
    for node in [1, 2, 3, 5] {
        let share = (run.pressure(node) / 90.0).sqrt().min(1.0);
        let expected = run.full_demand(node) * share;
        assert!((delivered[node] - expected).abs() < 1e-6, "node {node}");
        assert!(share < 1.0);
    }
}

#[test]
fn leaks_follow_their_law_half_at_each_end() {
    let mut network = town();
    if let Element::Pipe(pipe) = &mut network.links[2].element {
        pipe.leak_area = 2e-9;
        pipe.leak_expansion = 4e-11;
    }
    let run = solved(network);
    let leakage = run.outflows().leakage;
    for node in [1, 2] {
        let pressure = run.pressure(node);
        let area = 250.0 * (2e-9 + 4e-11 * pressure);
        let expected = 0.6 * (2.0 * 32.2 * 0.3048 * pressure).sqrt() * area;
        assert!((leakage[node] / expected - 1.0).abs() < 1e-3, "node {node}");
    }
}

#[test]
fn a_tank_fills_to_its_limit_and_takes_no_more() {
    let network = Network {
        junctions: vec![junction(0.0, 0.0)],
        sources: vec![reservoir(60.0), tank(4.0)],
        links: vec![pipe(1, 0, 1000.0, 0.15), pipe(0, 2, 10.0, 0.15)],
        options: exact(),
        ..Network::default()
    };
    let mut run = solved(network);
    let area = std::f64::consts::PI * 25.0;
    let (before, inflow) = (run.volume(1), run.inflow(1));
    let mut events = Vec::new();
    run.advance_to(8 * 3600, |_, interval| events.push(interval))
        .expect("a run");
    // Flow into the tank is nearly constant: full when the metre left is filled.
    let until_full = area / inflow;
    assert!((before - 4.0 * area).abs() < 1e-9);
    assert!(
        events
            .iter()
            .any(|event| ((event.from as f64) / until_full - 1.0).abs() < 0.02)
    );
    assert!((run.volume(1) - 5.0 * area).abs() < 1e-9);
    assert!(run.flow(1).abs() < 1e-12);
    assert_eq!(
        events.iter().map(|event| event.seconds).sum::<i64>(),
        8 * 3600
    );
}

#[test]
fn a_level_control_acts_at_the_second_its_level_is_reached_and_at_the_start() {
    let control = |when, action| Control {
        when,
        link: 0,
        action,
    };
    let network = Network {
        junctions: vec![junction(0.0, 0.02)],
        sources: vec![reservoir(20.0), tank(2.0)],
        links: vec![
            pump(1, 0, Characteristic::Power(20_000.0)),
            pipe(0, 2, 500.0, 0.3),
        ],
        controls: vec![
            control(
                When::Above {
                    node: 2,
                    head: 43.0,
                },
                Action::Close,
            ),
            control(
                When::Below {
                    node: 2,
                    head: 41.0,
                },
                Action::Open,
            ),
        ],
        options: exact(),
        ..Network::default()
    };
    let mut run = solved(network.clone());
    let mut highest = 0.0_f64;
    run.advance_to(24 * 3600, |run, _| highest = highest.max(run.pressure(2)))
        .expect("a run");
    assert!((highest - 3.0).abs() < 1e-3);

    let mut low = network;
    if let Source::Tank(tank) = &mut low.sources[1] {
        tank.initial_level = 0.5;
    }
    low.links[0].initial = InitialStatus::Closed;
    assert!(solved(low).flow(0) > 0.0, "the pump starts at time zero");
}

#[test]
fn of_two_rules_on_one_link_the_one_of_higher_priority_counts() {
    let rule = |priority, action| Rule {
        priority,
        premises: vec![Premise {
            join: Join::And,
            condition: Condition::Time(3600),
            relation: Relation::AtLeast,
        }],
        then: vec![RuleAction { link: 4, action }],
        otherwise: Vec::new(),
    };
    let mut network = town();
    network.rules = vec![rule(1.0, Action::Open), rule(5.0, Action::Close)];
    let mut run = solved(network);
    run.advance_to(2 * 3600, |_, _| {}).expect("a run");
    assert_eq!(run.status(4), Status::Closed);
}

#[test]
fn energy_is_power_times_time_and_costs_its_price() {
    let mut network = town();
    network.options.energy_price = 2e-8;
    let mut run = solved(network);
    let power = run.pump_power(0).power;
    let lifted = -run.head_loss(0) * run.flow(0) * 9_810.0;
    assert!((power * 0.75 / lifted - 1.0).abs() < 2e-3);
    run.advance_to(10 * 3600, |_, _| {}).expect("a run");
    let energy = run.pump_energy(0).expect("a pump");
    assert!((energy.energy / (power * 36_000.0) - 1.0).abs() < 1e-9);
    assert!((energy.cost / (energy.energy * 2e-8) - 1.0).abs() < 1e-9);
    assert!((energy.mean_efficiency() - 0.75).abs() < 1e-12);
}

#[test]
fn a_clone_goes_its_own_way() {
    let base = solved(town());
    let mut other = base.clone();
    other.set_extra_demand(3, 0.02);
    other.solve().expect("a solution");
    assert!(other.head(3) < base.head(3) - 0.1);
    other.set_extra_demand(3, 0.0);
    other.solve().expect("a solution");
    assert!((other.head(3) - base.head(3)).abs() < 1e-6);
}

#[test]
fn a_burst_draws_by_the_law_of_emitters_and_ends_without_a_trace() {
    let mut run = solved(town());
    let before = run.head(2);
    run.set_emitter(2, 0.002);
    run.solve().expect("a solution");
    let expected = 0.002 * run.pressure(2).sqrt();
    assert!((run.outflows().emitter[2] - expected).abs() < 1e-8);
    run.set_emitter(2, 0.0);
    run.solve().expect("a solution");
    assert!((run.head(2) - before).abs() < 1e-6);
}

#[test]
fn a_part_without_a_source_is_named_before_the_run() {
    let mut network = town();
    network.junctions.push(junction(3.0, 0.001));
    // The new junction takes the number of the source.
    for link in &mut network.links {
        for end in [&mut link.start, &mut link.end] {
            *end += usize::from(*end == 7);
        }
    }
    let problems = Hydraulics::new(network).expect_err("no way to node 7");
    assert_eq!(problems[0].part, Part::Node(7));
}

/// Derivative of `target` by what `change` alters by its argument.
fn quotient(
    run: &Hydraulics,
    step: f64,
    target: impl Fn(&Hydraulics) -> f64,
    change: impl Fn(&mut Hydraulics, f64),
) -> f64 {
    let value = |step: f64| {
        let mut changed = run.clone();
        change(&mut changed, step);
        changed.solve().expect("a solution");
        target(&changed)
    };
    (value(step) - value(-step)) / (2.0 * step)
}

fn agrees(found: f64, expected: f64, what: &str) {
    let allowed = 1e-4 * expected.abs() + 1e-7;
    assert!(
        (found - expected).abs() <= allowed,
        "{what}: {found} against {expected}"
    );
}

#[test]
fn derivatives_agree_with_difference_quotients() {
    let run = solved(town());
    let targets = [
        Target {
            heads: vec![(2, 1.0), (6, 0.5)],
            flows: Vec::new(),
        },
        // Through the valve, beside it, and before it.
        Target {
            heads: Vec::new(),
            flows: vec![(5, 1000.0)],
        },
        Target {
            heads: Vec::new(),
            flows: vec![(7, 1000.0), (2, 300.0)],
        },
    ];
    for target in &targets {
        let gradient = run.gradient(target);
        let value = |run: &Hydraulics| {
            let heads = target
                .heads
                .iter()
                .map(|&(node, weight)| weight * run.head(node));
            let flows = target
                .flows
                .iter()
                .map(|&(link, weight)| weight * run.flow(link));
            heads.chain(flows).sum::<f64>()
        };
        for node in 0..7 {
            let by_demand = quotient(&run, 1e-5, value, |run, step| {
                run.set_extra_demand(node, step);
            });
            agrees(gradient.demand[node], by_demand, &format!("demand {node}"));
        }
        let by_emitter = quotient(&run, 1e-7, value, |run, step| {
            run.set_emitter(6, 0.0004 + step);
        });
        agrees(gradient.emitter[6], by_emitter, "emitter 6");
        for link in [1, 2, 3, 4, 6, 7, 8] {
            let by_roughness = quotient(&run, 1e-3, value, |run, step| {
                run.set_roughness(link, 120.0 + step);
            });
            agrees(
                gradient.roughness[link],
                by_roughness,
                &format!("roughness {link}"),
            );
        }
        for (link, setting) in [(0, 1.0), (5, 30.0)] {
            let by_setting = quotient(&run, 1e-5, value, |run, step| {
                run.act(link, Action::Set(setting + step));
            });
            agrees(
                gradient.setting[link],
                by_setting,
                &format!("setting {link}"),
            );
        }
    }
}
