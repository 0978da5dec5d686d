//! The thermal kernel against closed-form solutions, conservation laws and
//! itself by another method.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![expect(
    clippy::float_cmp,
    reason = "what must not change is compared bit for bit"
)]

use counterpart::model::thermal::{
    HeatAudit, Method, Network, Node, STEFAN_BOLTZMANN, SolverOptions, StepError, ThermalSolver,
};
use proptest::prelude::*;

const BOTH: [Method; 2] = [Method::Exponential, Method::Implicit];

fn solver(network: &Network, method: Method) -> ThermalSolver {
    let options = SolverOptions {
        method,
        ..SolverOptions::default()
    };
    ThermalSolver::new(network.clone(), options).unwrap()
}

/// 80 J/K tied to a room by 0.4 W/K, heated by one source; time constant 200 s.
fn one_body() -> Network {
    let mut network = Network::new();
    let body = network.add_body(80.0).unwrap();
    let room = network.add_boundary();
    network.add_conductance(body, room, 0.4).unwrap();
    network.add_source(0).unwrap();
    network
}

#[test]
fn one_body_follows_the_analytic_step_response_whatever_the_step() {
    for step in [0.125, 1.0, 50.0, 1000.0] {
        let mut solver = solver(&one_body(), Method::Exponential);
        let mut state = [290.0];
        for count in 1..=20 {
            solver.advance(step, &mut state, &[300.0], &[6.0]).unwrap();
            let time = f64::from(count) * step;
            let expected = 315.0 - 25.0 * (-time / 200.0).exp();
            assert!((state[0] - expected).abs() < 1e-11, "step {step}");
        }
    }
}

#[test]
fn implicit_method_meets_its_tolerance_on_the_step_response() {
    for step in [1.0, 50.0, 1000.0] {
        let mut solver = solver(&one_body(), Method::Implicit);
        let mut state = [290.0];
        for count in 1..=20 {
            solver.advance(step, &mut state, &[300.0], &[6.0]).unwrap();
            let expected = 315.0 - 25.0 * (-f64::from(count) * step / 200.0).exp();
            assert!((state[0] - expected).abs() < 2e-6, "step {step}");
        }
    }
}

#[test]
fn two_bodies_exchange_heat_as_in_the_closed_form() {
    // Difference decays with G (1/C1 + 1/C2); the energy stays where it is.
    let mut network = Network::new();
    let (c1, c2, g) = (30.0, 50.0, 0.7);
    let first = network.add_body(c1).unwrap();
    let second = network.add_body(c2).unwrap();
    network.add_conductance(first, second, g).unwrap();
    for (method, tolerance) in [(Method::Exponential, 1e-11), (Method::Implicit, 2e-6)] {
        let mut solver = solver(&network, method);
        let mut state = [350.0, 280.0];
        for count in 1..=50 {
            solver.advance(4.0, &mut state, &[], &[]).unwrap();
            let mean = (c1 * 350.0 + c2 * 280.0) / (c1 + c2);
            let difference = 70.0 * (-g * (1.0 / c1 + 1.0 / c2) * 4.0 * f64::from(count)).exp();
            assert!((state[0] - (mean + difference * c2 / (c1 + c2))).abs() < tolerance);
            assert!((state[1] - (mean - difference * c1 / (c1 + c2))).abs() < tolerance);
        }
    }
}

#[test]
fn a_sensor_lags_a_ramp_by_its_time_constant() {
    // A body heated without loss rises linearly; its sensor follows one time
    // constant late once the start is forgotten.
    let mut network = Network::new();
    let body = network.add_body(10.0).unwrap();
    network.add_source(0).unwrap();
    network.add_lag(body, 15.0).unwrap();
    for (method, tolerance) in [(Method::Exponential, 1e-10), (Method::Implicit, 1e-6)] {
        let mut solver = solver(&network, method);
        let mut state = [300.0, 300.0];
        for _ in 0..600 {
            solver.advance(1.0, &mut state, &[], &[1.0]).unwrap();
        }
        assert!((state[0] - 360.0).abs() < tolerance);
        assert!((state[0] - state[1] - 1.5).abs() < tolerance);
    }
}

#[test]
fn periodic_forcing_gives_the_amplitude_and_phase_of_a_first_order_lag() {
    let (tau, step): (f64, f64) = (200.0, 1.0);
    for period in [100.0, 1000.0, 10_000.0] {
        let omega = 2.0 * std::f64::consts::PI / period;
        let mut solver = solver(&one_body(), Method::Exponential);
        let mut state = [300.0];
        let settle = 8000_u32;
        let count = settle + 10_000;
        // Fourier coefficients of the response over a whole number of periods.
        let (mut in_phase, mut quadrature) = (0.0, 0.0);
        for index in 0..count {
            let room = 300.0 + 10.0 * (omega * f64::from(index) * step).sin();
            solver.advance(step, &mut state, &[room], &[0.0]).unwrap();
            if index >= settle {
                let phase = omega * f64::from(index + 1) * step;
                in_phase += (state[0] - 300.0) * phase.sin();
                quadrature += (state[0] - 300.0) * phase.cos();
            }
        }
        let scale = 2.0 / f64::from(count - settle);
        let (in_phase, quadrature) = (scale * in_phase, scale * quadrature);

        // Exactly, for an input held over each step: with a = exp(-h/tau) the
        // response to exp(i w k h) is (1 - a) / (exp(i w h) - a).
        let a = (-step / tau).exp();
        let (sine, cosine) = (omega * step).sin_cos();
        let denominator = (cosine - a).powi(2) + sine.powi(2);
        let expected_in_phase = 10.0 * (1.0 - a) * (cosine - a) / denominator;
        let expected_quadrature = -10.0 * (1.0 - a) * sine / denominator;
        assert!((in_phase - expected_in_phase).abs() < 1e-9);
        assert!((quadrature - expected_quadrature).abs() < 1e-9);

        // And the continuous lag, delayed by the half step that holding costs.
        let amplitude = in_phase.hypot(quadrature);
        let phase = quadrature.atan2(in_phase);
        let continuous = 10.0 / (1.0 + (omega * tau).powi(2)).sqrt();
        let lag = -(omega * tau).atan() - 0.5 * omega * step;
        assert!((amplitude / continuous - 1.0).abs() < (omega * step).powi(2));
        assert!((phase - lag).abs() < (omega * step).powi(2) + (step / tau).powi(2));
    }
}

/// A plate that radiates to empty space.
fn radiating_plate() -> (Network, impl Fn(f64, f64) -> f64) {
    let mut network = Network::new();
    let plate = network.add_body(500.0).unwrap();
    let space = network.add_boundary();
    let coefficient = 0.8 * 0.05 * STEFAN_BOLTZMANN;
    network.add_radiation(plate, space, coefficient).unwrap();
    // C dT/dt = -k T^4, so T^-3 grows linearly.
    let exact = move |start: f64, time: f64| {
        (start.powi(-3) + 3.0 * coefficient * time / 500.0).powf(-1.0 / 3.0)
    };
    (network, exact)
}

#[test]
fn a_radiating_plate_cools_as_in_the_closed_form() {
    let (network, exact) = radiating_plate();
    for method in BOTH {
        for (step, count) in [(1.0, 2000_u32), (60.0, 200), (3600.0, 20), (1e6, 3)] {
            let mut solver = solver(&network, method);
            let mut state = [1200.0];
            for index in 1..=count {
                solver.advance(step, &mut state, &[0.0], &[]).unwrap();
                let expected = exact(1200.0, f64::from(index) * step);
                assert!(
                    (state[0] - expected).abs() < 5e-6,
                    "{method:?}, step {step}, {index}: {} against {expected}",
                    state[0]
                );
            }
        }
    }
}

#[test]
fn nonlinear_methods_converge_with_their_order() {
    let (network, exact) = radiating_plate();
    for (method, order, coarsest) in [(Method::Exponential, 3.0, 64), (Method::Implicit, 4.0, 16)] {
        let error = |count: u32| {
            // No error control: every step is taken as it is.
            let options = SolverOptions {
                method,
                tolerance: 1e9,
            };
            let mut solver = ThermalSolver::new(network.clone(), options).unwrap();
            let step = 6400.0 / f64::from(count);
            let mut state = [400.0];
            for _ in 0..count {
                solver.advance(step, &mut state, &[0.0], &[]).unwrap();
            }
            (state[0] - exact(400.0, 6400.0)).abs()
        };
        let errors: Vec<f64> = [1, 2, 4, 8].map(|finer| error(coarsest * finer)).to_vec();
        for pair in errors.windows(2) {
            let observed = (pair[0] / pair[1]).log2();
            assert!(
                (observed - order).abs() < 0.3,
                "{method:?}: order {observed} from {errors:?}"
            );
        }
    }
}

#[test]
fn time_constants_eight_orders_apart_stay_accurate() {
    // A foil on a slab: 1e-5 s and about 1e3 s. Closed form of the two modes.
    let (c1, c2, tie, leak) = (1e-4, 100.0, 10.0, 0.1);
    let mut network = Network::new();
    let foil = network.add_body(c1).unwrap();
    let slab = network.add_body(c2).unwrap();
    let room = network.add_boundary();
    network.add_conductance(foil, slab, tie).unwrap();
    network.add_conductance(slab, room, leak).unwrap();
    network.add_source(0).unwrap();
    let heat = 2.0;
    let slab_end = 300.0 + heat / leak;
    let foil_end = slab_end + heat / tie;

    // Eigenvalues of the 2x2 system, the small one without cancellation.
    let (a, d) = (tie / c1, (tie + leak) / c2);
    let product = tie * leak / (c1 * c2);
    let sum = a + d;
    let fast = 0.5 * (sum + (sum * sum - 4.0 * product).sqrt());
    let slow = product / fast;
    let exact = |time: f64| {
        // Deviations from the end; modes (1, 1 - lambda c1 / tie).
        let (x1, x2) = (300.0 - foil_end, 300.0 - slab_end);
        let (r_slow, r_fast) = (1.0 - slow * c1 / tie, 1.0 - fast * c1 / tie);
        let weight_fast = (x2 - r_slow * x1) / (r_fast - r_slow);
        let weight_slow = x1 - weight_fast;
        let (f, s) = ((-fast * time).exp(), (-slow * time).exp());
        [
            foil_end + weight_slow * s + weight_fast * f,
            slab_end + weight_slow * r_slow * s + weight_fast * r_fast * f,
        ]
    };
    for (method, tolerance) in [(Method::Exponential, 1e-9), (Method::Implicit, 5e-6)] {
        for (step, count) in [(1e-5, 10_u32), (1.0, 3000), (600.0, 10)] {
            let mut solver = solver(&network, method);
            let mut state = [300.0, 300.0];
            for index in 1..=count {
                solver.advance(step, &mut state, &[300.0], &[heat]).unwrap();
                let expected = exact(f64::from(index) * step);
                for (found, expected) in state.iter().zip(expected) {
                    assert!(
                        (found - expected).abs() < tolerance,
                        "{method:?}, step {step}, {index}: {found} against {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_body_without_capacity_divides_the_temperatures_at_once() {
    let mut network = Network::new();
    let joint = network.add_body(0.0).unwrap();
    let hot = network.add_boundary();
    let cold = network.add_boundary();
    network.add_conductance(joint, hot, 3.0).unwrap();
    network.add_conductance(joint, cold, 1.0).unwrap();
    network.add_lag(joint, 0.0).unwrap();
    for method in BOTH {
        let mut solver = solver(&network, method);
        let mut state = [200.0, 200.0];
        solver
            .advance(1.0, &mut state, &[340.0, 300.0], &[])
            .unwrap();
        for temperature in state {
            assert!(
                (temperature - 330.0).abs() < 1e-6,
                "{method:?}: {temperature}"
            );
        }
    }
}

#[test]
fn a_network_without_boundary_keeps_its_energy() {
    let mut network = Network::new();
    let capacities = [3.0, 40.0, 0.5];
    let nodes: Vec<Node> = capacities
        .iter()
        .map(|&capacity| network.add_body(capacity).unwrap())
        .collect();
    network.add_conductance(nodes[0], nodes[1], 2.0).unwrap();
    network.add_conductance(nodes[1], nodes[2], 1e4).unwrap();
    let energy = |state: &[f64]| -> f64 { state.iter().zip(capacities).map(|(t, c)| t * c).sum() };
    let mut solver = solver(&network, Method::Exponential);
    let mut state = [400.0, 290.0, 250.0];
    let before = energy(&state);
    for _ in 0..100_000 {
        solver.advance(10.0, &mut state, &[], &[]).unwrap();
    }
    assert!((energy(&state) / before - 1.0).abs() < 1e-11);
}

#[test]
fn radiation_in_a_huge_step_ends_in_equilibrium() {
    let (network, _) = radiating_plate();
    let mut network = network;
    network.add_source(0).unwrap();
    let coefficient = network.radiations()[0].coefficient;
    for method in BOTH {
        let mut solver = solver(&network, method);
        let mut state = [1.0];
        solver.advance(1e9, &mut state, &[280.0], &[40.0]).unwrap();
        let expected = (280.0_f64.powi(4) + 40.0 / coefficient).powf(0.25);
        assert!(
            (state[0] - expected).abs() < 1e-6,
            "{method:?}: {} against {expected}",
            state[0]
        );
    }
}

/// A grid of bodies with lags, losses to two boundaries and radiation.
fn grid(side: usize, radiation: bool) -> (Network, Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut network = Network::new();
    let number = |seed: usize| ((seed * 7919 + 13) % 101) as f64 / 101.0;
    for index in 0..side * side {
        network.add_body(5.0 + 50.0 * number(index)).unwrap();
    }
    let room = network.add_boundary();
    let sky = network.add_boundary();
    let mut heat = Vec::new();
    for index in 0..side * side {
        let body = Node::Body(index);
        if index % side + 1 < side {
            network
                .add_conductance(body, Node::Body(index + 1), 0.1 + number(index + 3))
                .unwrap();
        }
        if index + side < side * side {
            network
                .add_conductance(body, Node::Body(index + side), 0.1 + number(index + 5))
                .unwrap();
        }
        network
            .add_conductance(room, body, 0.02 + 0.1 * number(index + 9))
            .unwrap();
        if radiation && index % 3 == 0 {
            network
                .add_radiation(body, sky, 0.01 * STEFAN_BOLTZMANN)
                .unwrap();
            let other = Node::Body((index + 2 * side + 1) % (side * side));
            network
                .add_radiation(body, other, 0.005 * STEFAN_BOLTZMANN)
                .unwrap();
        }
        if index % 5 == 0 {
            network.add_source(index).unwrap();
            heat.push(8.0 * number(index + 17));
        }
        if index % 11 == 0 {
            network.add_lag(body, 3.0 + 20.0 * number(index)).unwrap();
        }
    }
    let state = (0..network.state_count())
        .map(|index| 290.0 + 60.0 * number(index + 29))
        .collect();
    (network, state, vec![293.0, 265.0], heat)
}

#[test]
fn dense_and_sparse_methods_agree() {
    for radiation in [false, true] {
        let (network, start, boundaries, heat) = grid(7, radiation);
        for step in [1.0, 60.0, 3600.0] {
            let [dense, sparse] = BOTH.map(|method| {
                let mut solver = solver(&network, method);
                let mut state = start.clone();
                for _ in 0..20 {
                    solver
                        .advance(step, &mut state, &boundaries, &heat)
                        .unwrap();
                }
                state
            });
            for (left, right) in dense.iter().zip(&sparse) {
                assert!(
                    (left - right).abs() < 4e-6,
                    "radiation {radiation}, step {step}: {left} against {right}"
                );
            }
        }
    }
}

#[test]
fn energy_balance_of_every_body_closes_to_rounding() {
    for radiation in [false, true] {
        for method in BOTH {
            for step in [1.0, 300.0] {
                let (network, start, boundaries, heat) = grid(5, radiation);
                let mut solver = solver(&network, method);
                let mut audit = HeatAudit::new(&network);
                let mut state = start.clone();
                for _ in 0..10 {
                    solver
                        .advance_audited(step, &mut state, &boundaries, &heat, &mut audit)
                        .unwrap();
                }
                assert_eq!(audit.duration, 10.0 * step);
                let carried: f64 = (audit.conductances.iter())
                    .chain(&audit.radiations)
                    .chain(&audit.sources)
                    .map(|heat| heat.abs())
                    .sum();
                for (body, capacity) in network.heat_capacities().iter().enumerate() {
                    let stored = capacity * (state[body] - start[body]);
                    let received = audit.heat_into(&network, Node::Body(body));
                    // Temperatures carry rounding of eps * 300 K per step; heat
                    // flows that of their own size.
                    let rounding = 1e-14 * (10.0 * capacity * 400.0 + carried);
                    assert!(
                        (stored - received).abs() < rounding,
                        "{method:?}, radiation {radiation}, step {step}, body {body}: \
                         stored {stored} J, received {received} J, allowed {rounding} J"
                    );
                }
            }
        }
    }
}

#[test]
fn an_audit_does_not_change_the_temperatures() {
    for method in BOTH {
        let (network, start, boundaries, heat) = grid(4, true);
        let mut plain = solver(&network, method);
        let mut audited = plain.clone();
        let mut audit = HeatAudit::new(&network);
        let (mut left, mut right) = (start.clone(), start);
        for _ in 0..20 {
            plain.advance(30.0, &mut left, &boundaries, &heat).unwrap();
            audited
                .advance_audited(30.0, &mut right, &boundaries, &heat, &mut audit)
                .unwrap();
        }
        assert_eq!(left, right);
    }
}

#[test]
fn bad_inputs_are_refused_and_leave_the_temperatures_alone() {
    for method in BOTH {
        let mut solver = solver(&one_body(), method);
        let mut state = [290.0];
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                solver.advance(step, &mut state, &[300.0], &[0.0]),
                Err(StepError::BadStep { .. })
            ));
        }
        assert!(matches!(
            solver.advance(1.0, &mut state, &[f64::NAN], &[0.0]),
            Err(StepError::NotFinite { .. })
        ));
        assert!(matches!(
            solver.advance(1.0, &mut state, &[300.0], &[f64::INFINITY]),
            Err(StepError::NotFinite { .. })
        ));
        assert!(matches!(
            solver.advance(1.0, &mut state, &[], &[0.0]),
            Err(StepError::WrongLength { .. })
        ));
        // A cooler stronger than anything the body holds.
        assert!(matches!(
            solver.advance(100.0, &mut state, &[300.0], &[-1e4]),
            Err(StepError::NotPhysical { state: 0, .. })
        ));
        assert_eq!(state, [290.0]);
        solver.advance(1.0, &mut state, &[300.0], &[0.0]).unwrap();
        assert!(state[0] > 290.0);
    }
}

#[test]
fn a_change_of_a_parameter_acts_from_the_next_step() {
    for method in BOTH {
        let mut changed = solver(&one_body(), method);
        let mut state = [290.0];
        changed.advance(10.0, &mut state, &[300.0], &[0.0]).unwrap();
        changed
            .change(|network| network.set_conductance(0, 4.0))
            .unwrap();
        let before = state[0];
        changed.advance(10.0, &mut state, &[300.0], &[0.0]).unwrap();
        let expected = 300.0 - (300.0 - before) * (-4.0_f64 * 10.0 / 80.0).exp();
        assert!((state[0] - expected).abs() < 2e-6);
        assert!(
            changed
                .change(|network| network.set_conductance(0, -1.0))
                .is_err()
        );
        assert_eq!(changed.network().conductances()[0].conductance, 4.0);
    }
}

/// A connected network of random shape and strength, with one boundary.
fn random_network() -> impl Strategy<Value = (Network, Vec<f64>)> {
    let body = (
        -3.0..4.0_f64,
        250.0..400.0_f64,
        any::<prop::sample::Index>(),
    );
    let link = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        -6.0..6.0_f64,
    );
    let bodies = prop::collection::vec((body, -3.0..3.0_f64), 1..12);
    (bodies, prop::collection::vec(link, 0..20)).prop_map(|(bodies, links)| {
        let mut network = Network::new();
        let room = network.add_boundary();
        let mut nodes = vec![room];
        let mut start = Vec::new();
        for ((exponent, temperature, neighbour), strength) in bodies {
            let node = network.add_body(10.0_f64.powf(exponent)).unwrap();
            // To an earlier node, so that everything reaches the room.
            let earlier = nodes[neighbour.index(nodes.len())];
            network
                .add_conductance(node, earlier, 10.0_f64.powf(strength))
                .unwrap();
            nodes.push(node);
            start.push(temperature);
        }
        for (a, b, exponent) in links {
            let (a, b) = (nodes[a.index(nodes.len())], nodes[b.index(nodes.len())]);
            if a != b {
                network
                    .add_conductance(a, b, 10.0_f64.powf(exponent))
                    .unwrap();
            }
        }
        (network, start)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Without sources no temperature leaves the range of the start and the
    /// boundary, and everything ends at the boundary temperature.
    #[test]
    fn random_networks_obey_the_maximum_principle_and_relax(
        (network, start) in random_network(),
        step in -3.0..5.0_f64,
    ) {
        let mut solver = solver(&network, Method::Exponential);
        let room = 310.0;
        let mut state = start;
        let (mut low, mut high) = state
            .iter()
            .fold((room, room), |(low, high): (f64, f64), &t| (low.min(t), high.max(t)));
        for _ in 0..10 {
            solver.advance(10.0_f64.powf(step), &mut state, &[room], &[]).unwrap();
            let (next_low, next_high) = state
                .iter()
                .fold((room, room), |(low, high): (f64, f64), &t| (low.min(t), high.max(t)));
            prop_assert!(next_low >= low - 1e-9 && next_high <= high + 1e-9);
            (low, high) = (next_low, next_high);
        }
        solver.advance(1e14, &mut state, &[room], &[]).unwrap();
        for temperature in state {
            prop_assert!((temperature - room).abs() < 1e-6, "{temperature}");
        }
    }

    /// The two methods share nothing but the network.
    #[test]
    fn random_networks_agree_between_the_methods(
        (network, start) in random_network(),
        step in -2.0..4.0_f64,
    ) {
        let [dense, sparse] = BOTH.map(|method| {
            let mut solver = solver(&network, method);
            let mut state = start.clone();
            for _ in 0..3 {
                solver.advance(10.0_f64.powf(step), &mut state, &[310.0], &[]).unwrap();
            }
            state
        });
        for (left, right) in dense.iter().zip(&sparse) {
            prop_assert!((left - right).abs() < 5e-6, "{left} against {right}");
        }
    }
}
