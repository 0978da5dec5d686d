//! Services against queueing theory, against closed forms of retries, and times of
//! breakers and timeouts counted on paper.

use super::*;
use crate::model::flow::service::*;

pub(super) fn ends() -> Vec<Outlet> {
    vec![Outlet::to(Part::Sink(0)), Outlet::to(Part::Sink(1))]
}

/// A front that is asked from outside and calls a service behind it, without work of
/// its own and with room for all.
pub(super) fn pair(source: Source, behind: Service, call: Dependency) -> Network {
    let front = Service {
        queue: 0,
        ..Service::new(10_000, Times::constant(0.0), ends())
    };
    Network {
        sources: vec![source],
        services: vec![front, behind],
        dependencies: vec![call],
        sinks: 2,
        ..Network::default()
    }
}

fn sound(network: Network) -> FlowRun {
    assert_eq!(check_services(&network), []);
    started(network)
}

#[test]
fn requests_are_lost_as_erlang_says() {
    // Load 4 on 5 slots: the share of requests that find all of them taken.
    let (load, slots) = (4.0_f64, 5_u32);
    let mut exact = 1.0;
    for busy in 1..=slots {
        exact = load * exact / (f64::from(busy) + load * exact);
    }
    let network = Network {
        sources: vec![Source::new(
            Times::exponential(0.25),
            Outlet::to(Part::Service(0)),
        )],
        services: vec![Service::new(slots, Times::exponential(1.0), ends())],
        sinks: 2,
        ..Network::default()
    };
    assert_exact("Erlang loss of a service", exact, 0.05, 10, |seed| {
        let mut run = FlowRun::new(Arc::new(network.clone()), seed);
        run.run_until(at(100.0)).expect("a run");
        run.restart_statistics();
        run.run_until(at(5_000.0)).expect("a run");
        let report = run.service_report(0);
        assert_eq!(report.rejected, report.failed);
        report.error_rate
    });
}

#[test]
fn quantiles_of_the_latency_are_those_of_the_queue() {
    // M/M/1 at a load of a half: the time in it is exponential with a mean of 2 s.
    let network = Network {
        sources: vec![Source::new(
            Times::exponential(2.0),
            Outlet::to(Part::Service(0)),
        )],
        services: vec![Service {
            queue: u32::MAX,
            ..Service::new(1, Times::exponential(1.0), ends())
        }],
        sinks: 2,
        ..Network::default()
    };
    for (place, share) in [0.5_f64, 0.95, 0.99].into_iter().enumerate() {
        let exact = -2.0 * (1.0 - share).ln();
        assert_exact("quantile of the latency", exact, 0.2, 12, |seed| {
            let mut run = FlowRun::new(Arc::new(network.clone()), seed);
            run.run_until(at(10_000.0)).expect("a run");
            // The sketch is true to one per cent.
            run.service_report(0).quantiles[place]
        });
    }
}

#[test]
fn retries_amplify_the_load_by_a_geometric_series() {
    let (failing, retries) = (0.3_f64, 3_u32);
    let call = Dependency {
        retry: Retry {
            retries,
            back_off: 1_000_000,
            jitter: 1.0,
        },
        ..Dependency::new(0, 1)
    };
    let behind = Service {
        failing,
        ..Service::new(10_000, Times::constant(0.01), vec![])
    };
    let source = Source {
        limit: Some(20_000),
        ..Source::new(Times::exponential(0.1), Outlet::to(Part::Service(0)))
    };
    let network = pair(source, behind, call);
    let exact = (1.0 - failing.powi(4)) / (1.0 - failing);
    let measure = |seed, of: fn(&FlowRun) -> f64| {
        let mut run = FlowRun::new(Arc::new(network.clone()), seed);
        run.run_to_end().expect("a run");
        of(&run)
    };
    assert_exact("attempts for each request", exact, 0.02, 10, |seed| {
        measure(seed, |run| {
            let report = run.dependency_report(0);
            assert_eq!(report.failed - run.service_report(0).failed, report.retries);
            report.calls as f64
                / (run.service_report(0).answered + run.service_report(0).failed) as f64
        })
    });
    assert_exact(
        "requests that fail all the same",
        failing.powi(4),
        0.2,
        20,
        |seed| measure(seed, |run| run.service_report(0).error_rate),
    );
}

#[test]
fn waits_between_attempts_double() {
    // The callee fails for ever: attempts at 1, 1 + 1, + 2, + 4, and the end at 8.
    let call = Dependency {
        retry: Retry {
            retries: 3,
            back_off: 1_000_000_000,
            jitter: 0.0,
        },
        ..Dependency::new(0, 1)
    };
    let behind = Service {
        failing: 1.0,
        ..Service::new(1, Times::constant(0.0), vec![])
    };
    let mut run = sound(pair(
        Source {
            limit: Some(1),
            ..every(1.0, Part::Service(0))
        },
        behind,
        call,
    ));
    for (time, calls, failed) in [
        (1.5, 1, 0),
        (2.5, 2, 0),
        (4.5, 3, 0),
        (7.9, 3, 0),
        (8.1, 4, 1),
    ] {
        run.run_until(at(time)).expect("a run");
        assert_eq!(run.dependency_report(0).calls, calls, "at {time}");
        assert_eq!(run.passed(Part::Sink(1)), failed, "at {time}");
        // The slot of the caller is kept meanwhile.
        assert_eq!(
            run.service_report(0).busy,
            u32::from(failed == 0),
            "at {time}"
        );
    }
}

#[test]
fn a_breaker_opens_tries_and_closes_at_the_times_it_should() {
    // A request every second; three failures open the breaker for 10 s.
    let call = Dependency {
        breaker: Some(Breaker {
            threshold: 3,
            reset: 10_000_000_000,
        }),
        ..Dependency::new(0, 1)
    };
    let behind = Service {
        failing: 1.0,
        ..Service::new(1, Times::constant(0.1), vec![])
    };
    let broken = pair(every(1.0, Part::Service(0)), behind, call);
    let mut mended = broken.clone();
    mended.services[1].failing = 0.0;
    let mut run = sound(broken);
    let state = |run: &FlowRun| run.dependency_report(0).breaker;
    run.run_until(at(3.05)).expect("a run");
    assert_eq!(state(&run), BreakerState::Closed);
    // The third fails at 3.1: open until 13.1.
    run.run_until(at(3.2)).expect("a run");
    assert_eq!(state(&run), BreakerState::Open);
    run.run_until(at(13.05)).expect("a run");
    assert_eq!(run.dependency_report(0).calls, 3);
    assert_eq!(run.dependency_report(0).cut_off, 10);
    run.run_until(at(13.5)).expect("a run");
    assert_eq!(state(&run), BreakerState::HalfOpen);
    // The request at 14 finds out and fails at 14.1: open until 24.1.
    run.run_until(at(14.2)).expect("a run");
    assert_eq!(run.dependency_report(0).calls, 4);
    assert_eq!(state(&run), BreakerState::Open);
    // Mended meanwhile: the one at 25 is answered, and all after it.
    run.set_network(Arc::new(mended));
    run.run_until(at(25.05)).expect("a run");
    assert_eq!(state(&run), BreakerState::HalfOpen);
    run.run_until(at(30.5)).expect("a run");
    assert_eq!(state(&run), BreakerState::Closed);
    assert_eq!(run.passed(Part::Sink(0)), 6);
    assert_eq!(run.dependency_report(0).opened, 2);
    assert_eq!(run.passed(Part::Sink(1)), 24);
}

#[test]
fn who_does_not_wait_leaves_the_work_behind() {
    // The callee takes 5 s and has one slot and one place; the caller waits for 2 s.
    let call = Dependency {
        timeout: Some(2_000_000_000),
        ..Dependency::new(0, 1)
    };
    let behind = Service {
        queue: 1,
        ..Service::new(1, Times::constant(5.0), vec![])
    };
    let source = Source {
        batch: 3,
        limit: Some(3),
        ..every(1.0, Part::Service(0))
    };
    let mut run = sound(pair(source, behind, call));
    // One worked on, one waiting, one rejected at once.
    run.run_until(at(1.5)).expect("a run");
    assert_eq!(run.passed(Part::Sink(1)), 1);
    assert_eq!(
        (run.service_report(1).busy, run.service_report(1).queue),
        (1, 1)
    );
    // Both are given up at 3; the one in work goes on, the other is forgotten.
    run.run_until(at(3.1)).expect("a run");
    assert_eq!(run.passed(Part::Sink(1)), 3);
    assert_eq!(
        (run.service_report(1).busy, run.service_report(1).queue),
        (1, 0)
    );
    run.run_until(at(7.0)).expect("a run");
    let report = run.service_report(1);
    assert_eq!(
        (
            report.busy,
            report.answered,
            report.timed_out,
            report.rejected
        ),
        (0, 1, 2, 1)
    );
    assert_eq!(run.dependency_report(0).timed_out, 2);
    assert_eq!(run.population(), 0);
}

#[test]
fn a_client_outside_gives_up_too() {
    let network = Network {
        sources: vec![Source {
            limit: Some(1),
            ..every(1.0, Part::Service(0))
        }],
        services: vec![Service {
            timeout: Some(3_000_000_000),
            ..Service::new(1, Times::constant(5.0), ends())
        }],
        sinks: 2,
        ..Network::default()
    };
    let mut run = sound(network);
    run.run_until(at(3.9)).expect("a run");
    assert_eq!(run.content(Part::Service(0)), 1);
    run.run_until(at(4.1)).expect("a run");
    assert_eq!(
        (run.content(Part::Service(0)), run.passed(Part::Sink(1))),
        (0, 1)
    );
    assert_eq!(run.service_report(0).busy, 1);
    run.run_until(at(6.1)).expect("a run");
    assert_eq!(run.service_report(0).busy, 0);
}

#[test]
fn a_slow_service_behind_fills_the_slots_of_the_one_before() {
    // The front works for 0.1 s and waits for 0.9 s: with two slots two requests a
    // second at most, though its own work would allow twenty.
    let behind = Service::new(10, Times::constant(0.9), vec![]);
    let mut network = pair(every(0.1, Part::Service(0)), behind, Dependency::new(0, 1));
    network.services[0].slots = 2;
    network.services[0].service = Times::constant(0.1);
    let mut run = sound(network);
    run.run_until(at(1_000.0)).expect("a run");
    let answered = run.service_report(0).answered;
    assert!((1_980..=2_000).contains(&answered), "{answered}");
    assert!(run.service_report(0).utilisation > 0.99);
    assert!((run.service_report(0).mean_latency - 1.0).abs() < 1e-9);
}

#[test]
fn what_services_cannot_do_is_found_before_the_run() {
    let behind = || Service::new(1, Times::constant(1.0), vec![]);
    let sound = pair(
        every(1.0, Part::Service(0)),
        behind(),
        Dependency::new(0, 1),
    );
    let found = |change: &dyn Fn(&mut Network)| {
        let mut network = sound.clone();
        change(&mut network);
        let problems = check_services(&network);
        problems
            .first()
            .map(|one| (one.place, one.problem.clone()))
            .expect("a problem")
    };
    let (place, problem) = found(&|net| {
        net.services
            .push(Service::new(1, Times::constant(1.0), vec![]));
        net.dependencies.push(Dependency::new(1, 2));
        net.dependencies.push(Dependency::new(2, 1));
    });
    assert_eq!(place, ServicePlace::Service(1));
    assert!(
        problem.contains("service 1 → service 2 → service 1"),
        "{problem}"
    );
    let (place, problem) = found(&|net| net.services.push(behind()));
    assert_eq!(place, ServicePlace::Service(2));
    assert!(problem.contains("no request ever comes"), "{problem}");
    let (_, problem) = found(&|net| net.services[0].outlets.clear());
    assert!(problem.contains("no way out"), "{problem}");
    let (_, problem) = found(&|net| {
        net.stations.push(works(1.0, Part::Sink(0)));
        net.services[0].outlets[0] = Outlet::to(Part::Station(0));
    });
    assert!(problem.contains("may have no room"), "{problem}");
    let (place, _) = found(&|net| net.dependencies[0].callee = 7);
    assert_eq!(place, ServicePlace::Dependency(0));
}

#[test]
fn services_go_on_with_the_same_bits_from_a_copy_and_from_a_saved_state() {
    let call = Dependency {
        timeout: Some(700_000_000),
        retry: Retry {
            retries: 2,
            back_off: 200_000_000,
            jitter: 0.5,
        },
        breaker: Some(Breaker {
            threshold: 4,
            reset: 5_000_000_000,
        }),
        ..Dependency::new(0, 1)
    };
    let behind = Service {
        queue: 3,
        failing: 0.2,
        ..Service::new(2, Times::exponential(0.3), vec![])
    };
    let source = Source::new(Times::exponential(0.2), Outlet::to(Part::Service(0)));
    let mut network = pair(source, behind, call);
    network.services[0] = Service {
        queue: 5,
        timeout: Some(3_000_000_000),
        ..Service::new(6, Times::exponential(0.05), ends())
    };
    let mut run = sound(network);
    for stop in [0.9, 13.3, 100.0] {
        run.run_until(at(stop)).expect("a run");
        let text = serde_json::to_string(&run).expect("text");
        let mut copy = run.clone();
        let mut restored: FlowRun = serde_json::from_str(&text).expect("a run");
        for run in [&mut copy, &mut restored] {
            run.run_until(at(stop + 200.0)).expect("a run");
            let made = run.passed(Part::Source(0));
            let left = run.passed(Part::Sink(0)) + run.passed(Part::Sink(1));
            assert_eq!(made, left + run.population() as u64);
            assert_eq!(run.content(Part::Service(0)), run.population());
        }
        let end = |run: &FlowRun| serde_json::to_string(run).expect("text");
        assert_eq!(end(&copy), end(&restored), "saved at {stop}");
    }
    // All of it has happened.
    let report = run.dependency_report(0);
    assert!(
        report.retries > 0 && report.timed_out > 0 && report.opened > 0,
        "{report:?}"
    );
}
