//! What befalls vehicles, chargers, aisles, services and calls, against times counted
//! on paper and against queueing theory.

use super::agents::{fleet, row, transport, waypoints};
use super::service::{ends, pair};
use super::*;
use crate::model::flow::agents::*;
use crate::model::flow::service::*;

const DONE: Part = Part::Sink(0);

fn sound(network: Network) -> FlowRun {
    assert_eq!(check_roads(&network), []);
    assert_eq!(check_services(&network), []);
    started(network)
}

fn until(run: &mut FlowRun, seconds: f64) {
    run.run_until(at(seconds)).expect("a run");
}

fn asked(source: Times, service: Service) -> Network {
    Network {
        sources: vec![Source::new(source, Outlet::to(Part::Service(0)))],
        services: vec![service],
        sinks: 2,
        ..Network::default()
    }
}

#[test]
fn vehicles_at_half_the_speed_need_twice_as_long_for_their_ways() {
    let mut run = sound(row(1.0));
    run.set_pace(0, 0.5);
    until(&mut run, 1_000.5);
    // There at 21, loaded at 23, there at 63, unloaded at 66; then 40 + 2 + 40 + 3 s.
    assert_eq!(run.passed(DONE), 1 + (1_000 - 66) / 85);
    // A way that is booked is gone as booked: home, or to the next drop-off.
    run.set_pace(0, 1.0);
    until(&mut run, 1_200.0);
    let before = run.passed(DONE);
    until(&mut run, 1_200.0 + 450.0);
    assert_eq!(run.passed(DONE) - before, 10);
}

#[test]
fn a_fleet_with_a_vehicle_out_of_service_waits_as_a_smaller_one() {
    // Loading takes all the time, at one waypoint: M/M/2 of three vehicles, one out.
    let load = 1.2_f64;
    let last = load.powi(2) / 2.0 * 2.0 / (2.0 - load);
    let exact = last / (1.0 + load + last) / (2.0 - load);
    let network = Network {
        sources: vec![Source::new(
            Times::exponential(1.0 / load),
            Outlet::to(Part::Transport(0)),
        )],
        transports: vec![Transport {
            pick_up_places: u32::MAX,
            drop_off_places: 10,
            ..transport(0, 0, 0)
        }],
        roads: Roads {
            waypoints: waypoints(1, 3),
            fleets: vec![Fleet {
                vehicles: 3,
                loading: Times::exponential(1.0),
                unloading: Times::constant(0.0),
                ..fleet(0)
            }],
            ..Roads::default()
        },
        sinks: 1,
        ..Network::default()
    };
    assert_exact("fleet of three as M/M/2", exact, 0.2, 10, |seed| {
        let mut run = FlowRun::new(Arc::new(network.clone()), seed);
        run.set_vehicles_out(0, 1);
        until(&mut run, 500.0);
        // What befalls is no count, and goes on where counting begins anew.
        run.restart_statistics();
        until(&mut run, 8_500.0);
        run.transport_wait(0).0
    });
}

#[test]
fn a_vehicle_out_of_service_brings_what_it_has_and_takes_nothing_more() {
    let mut run = sound(row(1.0));
    until(&mut run, 20.0);
    run.set_vehicles_out(0, 1);
    until(&mut run, 500.0);
    assert_eq!(run.passed(DONE), 1);
    assert_eq!(run.vehicle_mode(0), VehicleMode::Idle);
    run.set_vehicles_out(0, 0);
    // From home: 10 s, 2 s, 20 s, 3 s.
    until(&mut run, 534.9);
    assert_eq!(run.passed(DONE), 1);
    until(&mut run, 535.1);
    assert_eq!(run.passed(DONE), 2);
}

#[test]
fn vehicles_go_another_way_where_an_aisle_is_closed() {
    let mut network = row(1.0);
    network.roads.aisles.push(Aisle {
        length: 40.0,
        ..network.roads.aisles[1]
    });
    let mut run = sound(network);
    run.set_closed(1, true);
    until(&mut run, 1_000.5);
    // There at 11, loaded at 13, there at 53, unloaded at 56; then 40 + 2 + 40 + 3 s.
    assert_eq!(run.passed(DONE), 1 + (1_000 - 56) / 85);
    assert_eq!(run.passages[1], 0);
}

#[test]
fn without_another_way_items_wait_until_the_aisle_is_open_again() {
    let mut run = sound(row(1.0));
    until(&mut run, 20.0);
    // The vehicle is in it, and has booked its way back.
    run.set_closed(1, true);
    until(&mut run, 500.0);
    assert_eq!(run.passed(DONE), 1);
    run.set_closed(1, false);
    until(&mut run, 534.9);
    assert_eq!(run.passed(DONE), 1);
    until(&mut run, 535.1);
    assert_eq!(run.passed(DONE), 2);
}

#[test]
fn a_closed_aisle_does_not_keep_a_fleet_from_its_other_tasks() {
    // The item that waits longest cannot be fetched; the other can.
    let mut network = row(1.0);
    network.roads.waypoints.push(Waypoint { capacity: 1 });
    network.roads.aisles.push(Aisle {
        from: 2,
        to: 3,
        ..network.roads.aisles[0]
    });
    network.transports.push(transport(0, 1, 0));
    network.sources = vec![
        Source {
            limit: Some(1),
            ..every(1.0, Part::Transport(0))
        },
        Source {
            limit: Some(1),
            ..every(2.0, Part::Transport(1))
        },
    ];
    network.transports[0].pick_up = 3;
    let mut run = sound(network);
    run.set_closed(2, true);
    until(&mut run, 300.0);
    assert_eq!(run.passed(Part::Transport(0)), 0);
    assert_eq!(run.passed(Part::Transport(1)), 1);
}

/// A row whose vehicle drives for 150 s and charges a second for each of them.
fn on_a_battery() -> Network {
    let mut network = row(1.0);
    network.roads.fleets[0].battery = Some(Battery {
        running: 150_000_000_000,
        charging: 150_000_000_000,
        threshold: 0.3,
        charger: 0,
    });
    network
}

#[test]
fn without_its_charger_a_vehicle_goes_on_as_long_as_the_battery_lasts() {
    let mut run = sound(on_a_battery());
    run.set_charger_out(0, true);
    until(&mut run, 1_000.0);
    // 120 s are left after the first, 80 after the second, 40 after the third: a fourth
    // takes 40 and 30 to the charger. 10 are left at home.
    assert_eq!(run.passed(DONE), 3);
    assert!((run.fleet_report(0).battery - 10.0 / 150.0).abs() < 1e-9);
    run.set_charger_out(0, false);
    // Charged for 140 s, then 10 + 2 + 20 + 3 s.
    until(&mut run, 1_174.9);
    assert_eq!(run.passed(DONE), 3);
    until(&mut run, 1_175.1);
    assert_eq!(run.passed(DONE), 4);
}

#[test]
fn a_charger_that_fails_meanwhile_gives_what_it_gave_until_then() {
    let mut run = sound(on_a_battery());
    run.set_charger_out(0, true);
    until(&mut run, 1_000.0);
    run.set_charger_out(0, false);
    until(&mut run, 1_050.0);
    assert_eq!(run.vehicle_mode(0), VehicleMode::Charging);
    run.set_charger_out(0, true);
    until(&mut run, 1_100.0);
    run.set_charger_out(0, false);
    until(&mut run, 1_140.5);
    // 10 s, and 90 of the 140 for which it stood there.
    assert!((run.fleet_report(0).battery - 100.0 / 150.0).abs() < 1e-9);
}

#[test]
fn a_service_with_slots_lost_turns_away_as_erlang_says() {
    // Load 4 on 8 slots of which 3 are gone.
    let load = 4.0_f64;
    let mut exact = 1.0;
    for busy in 1..=5 {
        exact = load * exact / (f64::from(busy) + load * exact);
    }
    let service = Service::new(8, Times::exponential(1.0), ends());
    let network = asked(Times::exponential(0.25), service);
    assert_exact("Erlang loss with slots lost", exact, 0.05, 10, |seed| {
        let mut run = FlowRun::new(Arc::new(network.clone()), seed);
        run.set_slots_lost(0, 3);
        until(&mut run, 100.0);
        run.restart_statistics();
        until(&mut run, 5_000.0);
        run.service_report(0).error_rate
    });
}

#[test]
fn a_service_at_half_the_speed_answers_as_the_queue_says() {
    // M/M/1 with 0.2 requests a second and half an answer a second.
    let service = Service {
        queue: u32::MAX,
        ..Service::new(1, Times::exponential(1.0), ends())
    };
    let network = asked(Times::exponential(5.0), service);
    assert_exact("latency at half the speed", 1.0 / 0.3, 0.1, 12, |seed| {
        let mut run = FlowRun::new(Arc::new(network.clone()), seed);
        run.set_service_speed(0, 0.5);
        until(&mut run, 20_000.0);
        run.service_report(0).mean_latency
    });
}

#[test]
fn work_that_goes_on_is_stretched_stands_still_and_goes_on_again() {
    let latency = |befalls: &dyn Fn(&mut FlowRun)| {
        let mut network = asked(
            Times::constant(1.0),
            Service::new(1, Times::constant(10.0), ends()),
        );
        network.sources[0].limit = Some(1);
        let mut run = sound(network);
        befalls(&mut run);
        until(&mut run, 100.0);
        run.service_report(0).mean_latency
    };
    let set_at = |run: &mut FlowRun, seconds: f64, speed: f64| {
        until(run, seconds);
        run.set_service_speed(0, speed);
    };
    // Six of ten seconds are left at 5.
    let stretched = latency(&|run| set_at(run, 5.0, 0.5));
    assert!((stretched - 16.0).abs() < 1e-9, "{stretched}");
    let hung = latency(&|run| {
        set_at(run, 5.0, 0.0);
        set_at(run, 8.0, 1.0);
    });
    assert!((hung - 13.0).abs() < 1e-9, "{hung}");
    // It comes while the service hangs.
    let from_the_start = latency(&|run| {
        run.set_service_speed(0, 0.0);
        set_at(run, 8.0, 2.0);
    });
    assert!((from_the_start - 12.0).abs() < 1e-9, "{from_the_start}");
    let later = latency(&|run| run.set_added_latency(0, 2_500_000_000));
    assert!((later - 12.5).abs() < 1e-9, "{later}");
}

#[test]
fn a_service_that_is_down_fails_what_it_has_and_rejects_what_comes() {
    let service = Service {
        queue: 5,
        ..Service::new(1, Times::constant(0.4), ends())
    };
    let mut run = sound(asked(Times::constant(1.0), service));
    until(&mut run, 100.2);
    run.set_down(0, true);
    until(&mut run, 200.2);
    let report = run.service_report(0);
    // That of 100 s, and those from 101 to 200 s.
    assert_eq!((report.failed, report.rejected), (101, 100));
    assert_eq!((report.busy, report.queue), (0, 0));
    run.set_down(0, false);
    until(&mut run, 300.9);
    let report = run.service_report(0);
    assert_eq!((report.failed, report.answered), (101, 199));
    assert_eq!(run.passed(Part::Sink(1)), 101);
}

#[test]
fn what_a_service_has_called_when_it_goes_down_is_worked_on_for_nobody() {
    let once = || Source {
        limit: Some(1),
        ..every(1.0, Part::Service(0))
    };
    let behind = || Service::new(10, Times::constant(10.0), vec![]);
    let patient = Dependency {
        timeout: Some(8_000_000_000),
        ..Dependency::new(0, 1)
    };
    let mut run = sound(pair(once(), behind(), patient));
    until(&mut run, 5.0);
    run.set_down(0, true);
    assert_eq!(run.passed(Part::Sink(1)), 1);
    until(&mut run, 20.0);
    // Nobody gave up on it: nobody waited.
    let report = run.service_report(1);
    assert_eq!((report.answered, report.timed_out), (1, 0));
    assert_eq!(run.dependency_report(0).failed, 0);
    assert_eq!(run.population(), 0);

    // The one that is called goes down, and is up again when it is tried anew.
    let retrying = Dependency {
        retry: Retry {
            retries: 1,
            back_off: 2_000_000_000,
            jitter: 0.0,
        },
        ..Dependency::new(0, 1)
    };
    let mut run = sound(pair(once(), behind(), retrying));
    until(&mut run, 5.0);
    run.set_down(1, true);
    until(&mut run, 6.0);
    run.set_down(1, false);
    until(&mut run, 20.0);
    assert_eq!(run.service_report(0).answered, 1);
    assert!((run.service_report(0).mean_latency - 16.0).abs() < 1e-9);
}

#[test]
fn calls_that_are_lost_on_the_way_are_repeated_as_a_geometric_series_says() {
    let (failing, retries) = (0.3_f64, 3_u32);
    let call = Dependency {
        retry: Retry {
            retries,
            back_off: 1_000_000,
            jitter: 1.0,
        },
        ..Dependency::new(0, 1)
    };
    let source = Source {
        limit: Some(20_000),
        ..Source::new(Times::exponential(0.1), Outlet::to(Part::Service(0)))
    };
    let behind = Service::new(10_000, Times::constant(0.01), vec![]);
    let network = pair(source, behind, call);
    let attempts = (1.0 - failing.powi(4)) / (1.0 - failing);
    assert_exact("attempts with calls lost", attempts, 0.02, 10, |seed| {
        let mut run = FlowRun::new(Arc::new(network.clone()), seed);
        run.set_failing_calls(0, failing);
        run.run_to_end().expect("a run");
        // What is lost does not reach the callee.
        let calls = run.dependency_report(0);
        assert_eq!(calls.calls - calls.failed, run.service_report(1).answered);
        calls.calls as f64 / 20_000.0
    });
    let mut run = FlowRun::new(Arc::new(network), Seed::default());
    run.set_failing_calls(0, 1.0);
    run.run_to_end().expect("a run");
    assert_eq!(run.service_report(0).failed, 20_000);
    assert_eq!(run.service_report(1).answered, 0);
}

#[test]
fn a_sink_that_is_shut_stays_so_when_counting_begins_anew() {
    let network = Network {
        sources: vec![every(10.0, Part::Station(0))],
        stations: vec![works(1.0, DONE)],
        sinks: 1,
        ..Network::default()
    };
    let mut run = started(network);
    run.set_shut(0, true);
    until(&mut run, 100.0);
    run.restart_statistics();
    until(&mut run, 200.0);
    assert_eq!(run.passed(DONE), 0);
    run.set_shut(0, false);
    until(&mut run, 300.5);
    // The one that waited, the one behind it, and those that came afterwards.
    assert!(run.passed(DONE) >= 11, "{}", run.passed(DONE));
}

#[test]
fn what_was_saved_while_something_befalls_goes_on_alike() {
    let mut network = on_a_battery();
    network.sources[0] = Source::new(Times::exponential(20.0), Outlet::to(Part::Transport(0)));
    network.sources.push(Source::new(
        Times::exponential(0.5),
        Outlet::to(Part::Service(0)),
    ));
    network.services = vec![
        Service {
            queue: 5,
            ..Service::new(3, Times::exponential(0.2), ends())
        },
        Service {
            queue: 5,
            ..Service::new(2, Times::exponential(0.4), vec![])
        },
    ];
    network.dependencies = vec![Dependency {
        timeout: Some(1_000_000_000),
        retry: Retry {
            retries: 2,
            back_off: 100_000_000,
            jitter: 0.5,
        },
        ..Dependency::new(0, 1)
    }];
    network.sinks = 2;
    let befalls = |run: &mut FlowRun| {
        run.set_pace(0, 0.7);
        run.set_charger_out(0, true);
        run.set_service_speed(1, 0.0);
        run.set_added_latency(0, 50_000_000);
        run.set_slots_lost(0, 1);
        run.set_failing_calls(0, 0.2);
    };
    let is_over = |run: &mut FlowRun| {
        run.set_pace(0, 1.0);
        run.set_charger_out(0, false);
        run.set_service_speed(1, 1.5);
        run.set_slots_lost(0, 0);
        run.set_closed(0, true);
    };
    let text = |run: &FlowRun| serde_json::to_string(run).expect("text");
    let mut run = sound(network);
    until(&mut run, 100.0);
    befalls(&mut run);
    until(&mut run, 130.0);
    let mut read: FlowRun = serde_json::from_str(&text(&run)).expect("a run");
    for one in [&mut run, &mut read] {
        until(one, 160.0);
        is_over(one);
        until(one, 2_000.0);
    }
    assert_eq!(text(&run), text(&read));
}
