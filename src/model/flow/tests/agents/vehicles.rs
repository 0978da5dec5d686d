//! Vehicles that fetch and bring, give way and charge.

use super::*;

#[test]
fn a_vehicle_fetches_carries_brings_and_goes_home() {
    let mut network = row(1.0);
    network.sources[0].limit = Some(1);
    let mut run = sound(network);
    // The item comes at 1. There at 11, loaded at 13, there at 33, unloaded at 36,
    // and home at 66.
    run.run_until(at(35.9)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 0);
    assert_eq!(run.vehicle_mode(0), VehicleMode::Unloading);
    let between = |from, to, aisle, share| Whereabouts::Between {
        from,
        to,
        aisle,
        share,
    };
    assert_eq!(whereabouts(&run, 6.0), [between(0, 1, 0, 0.5)]);
    assert_eq!(
        whereabouts(&run, 12.0),
        [Whereabouts::At {
            waypoint: 1,
            at_home: false
        }]
    );
    assert_eq!(whereabouts(&run, 18.0), [between(1, 2, 1, 0.25)]);
    run.run_until(at(100.0)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 1);
    assert!((run.stay(Part::Sink(0)).mean() - 35.0).abs() < 1e-9);
    assert_eq!(
        whereabouts(&run, 100.0),
        [Whereabouts::At {
            waypoint: 0,
            at_home: true
        }]
    );
    let report = run.fleet_report(0);
    assert!((report.busy - 0.35).abs() < 1e-9, "{report:?}");
    assert!((report.carrying - 0.23).abs() < 1e-9);
    assert!((report.idle - 0.65).abs() < 1e-9);
    assert!((report.distance - 60.0).abs() < 1e-9);
    assert!((report.mean_wait - 10.0).abs() < 1e-9);
    assert_eq!(report.trips, 1);
}

#[test]
fn a_vehicle_on_its_way_home_turns_at_the_next_waypoint() {
    // The second item comes at 41, when the vehicle, done at 36, is in the aisle to
    // the pick-up: there at 56, loaded at 58, there at 78, unloaded at 81.
    let mut network = row(1.0);
    network.sources[0].arrivals = Arrivals::At([1, 41].map(|s| s * 1_000_000_000).into());
    let run = run_for(network, 200.0);
    let (first, second) = run.stay(Part::Sink(0)).ends().expect("two items");
    assert!(
        (first - 35.0).abs() < 1e-9 && (second - 40.0).abs() < 1e-9,
        "{first} {second}"
    );
}

#[test]
fn a_transport_is_full_and_holds_up_what_is_before_it() {
    // A round takes 45 s, and items come every second.
    let mut network = row(1.0);
    network.transports[0].pick_up_places = 2;
    let run = run_for(network, 1_000.5);
    assert_eq!(run.content(Part::Source(0)), 1);
    // First at 36, then every 20 + 2 + 20 + 3 = 45 s.
    assert_eq!(run.passed(Part::Sink(0)), 1 + (1_000 - 36) / 45);
    // A place behind is kept before a vehicle goes: with none it does not.
    let mut network = row(1.0);
    network.stations = vec![works(1e6, Part::Sink(0))];
    network.transports[0].outlet = Outlet::to(Part::Station(0));
    let run = run_for(network, 1_000.0);
    // One in the station, one at the drop-off, three at the pick-up, one at the source.
    assert_eq!(run.content(Part::Transport(0)), 4);
    assert_eq!(run.population(), 6);
    assert_eq!(run.vehicle_mode(0), VehicleMode::Idle);
}

#[test]
fn a_vehicle_takes_along_what_came_while_it_was_on_its_way() {
    let mut network = row(1.0);
    network.roads.fleets[0].capacity = 3;
    network.sources[0].limit = Some(3);
    network.transports[0].drop_off_places = 3;
    let run = run_for(network, 36.0);
    assert_eq!(run.passed(Part::Sink(0)), 3);
    assert_eq!(run.fleet_report(0).trips, 1);
}

#[test]
fn a_speed_limit_holds_for_its_aisle() {
    let mut network = row(1.0);
    network.sources[0].limit = Some(1);
    network.roads.fleets[0].speed = 2.0;
    network.roads.aisles[1].speed_limit = Some(0.5);
    let run = run_for(network, 200.0);
    // 5 s, loaded in 2, 40 s, unloaded in 3.
    assert!((run.stay(Part::Sink(0)).mean() - 50.0).abs() < 1e-9);
}

/// Two vehicles at the two ends of a row that have to get past each other. `bay`:
/// how many metres a side way before the second's home is long.
fn head_on(bay: Option<f64>) -> Network {
    // Homes 0 and 3, the row 0–1–2–3, a bay 4 at 2.
    let mut roads = Roads {
        waypoints: waypoints(5, 2),
        aisles: vec![aisle(0, 1, 10.0), aisle(1, 2, 10.0), aisle(2, 3, 10.0)],
        fleets: vec![fleet(0), fleet(3)],
        ..Roads::default()
    };
    roads.waypoints[1].capacity = 1;
    roads.waypoints[2].capacity = 1;
    if let Some(length) = bay {
        roads.aisles.push(aisle(2, 4, length));
    }
    let one = |fleet, from, to| Transport {
        ..transport(fleet, from, to)
    };
    Network {
        sources: vec![
            Source {
                limit: Some(1),
                ..every(1.0, Part::Transport(0))
            },
            Source {
                limit: Some(1),
                ..every(1.0, Part::Transport(1))
            },
        ],
        transports: vec![one(0, 0, 3), one(1, 3, 0)],
        roads,
        sinks: 1,
        ..Network::default()
    }
}

#[test]
fn two_that_meet_head_on_use_the_bay_where_there_is_one() {
    let last = |bay| {
        let mut run = sound(head_on(bay));
        run.run_to_end().expect("a run");
        assert_eq!(run.passed(Part::Sink(0)), 2);
        run.stay(Part::Sink(0)).ends().expect("two items").1
    };
    // The first, loaded from 1 to 3, goes straight through, and back from 36 on.
    // Without a bay the second follows it: from 46.5 to 76.5, unloaded at 79.5.
    let without = last(None);
    assert!((without - 78.5).abs() < 1e-9, "{without}");
    // With one it lets the first by until 23.5, and is there at 43.5.
    let with = last(Some(1.0));
    assert!((with - 45.5).abs() < 1e-9, "{with}");
}

#[test]
fn one_vehicle_behind_the_other_keeps_its_distance() {
    // Two at one home with the same way of 100 m: the aisle holds two.
    let mut network = Network {
        sources: vec![Source {
            batch: 2,
            limit: Some(2),
            ..every(1.0, Part::Transport(0))
        }],
        transports: vec![Transport {
            drop_off_places: 2,
            ..transport(0, 0, 1)
        }],
        roads: Roads {
            waypoints: waypoints(2, 2),
            aisles: vec![Aisle {
                capacity: 2,
                ..aisle(0, 1, 100.0)
            }],
            fleets: vec![Fleet {
                vehicles: 2,
                ..fleet(0)
            }],
            ..Roads::default()
        },
        sinks: 1,
        ..Network::default()
    };
    network.roads.waypoints[0].capacity = 3;
    let run = run_for(network.clone(), 300.0);
    let (first, second) = run.stay(Part::Sink(0)).ends().expect("two items");
    // 2 + 100 + 3; the second half a metre behind the first.
    assert!((first - 105.0).abs() < 1e-9, "{first}");
    assert!((second - 105.5).abs() < 1e-9, "{second}");
    // Where the aisle holds one, the second goes when the first is back: that has
    // booked its way home, and does not wait at the end for the other to come.
    network.roads.aisles[0].capacity = 1;
    let run = run_for(network, 600.0);
    let (_, second) = run.stay(Part::Sink(0)).ends().expect("two items");
    assert!((second - 308.5).abs() < 1e-9, "{second}");
}

#[test]
fn tasks_are_taken_by_the_rule_of_the_fleet() {
    // The vehicle is busy until 36. By then an item waits far off since 5, and one
    // of a higher priority near by since 10.
    let who_is_second = |rule| {
        let mut network = row(1.0);
        network.roads.waypoints.push(Waypoint { capacity: 1 });
        network.roads.aisles.push(aisle(2, 3, 50.0));
        network.roads.fleets[0].rule = rule;
        let once = |time: i64, part| Source {
            arrivals: Arrivals::At([time * 1_000_000_000].into()),
            ..every(1.0, part)
        };
        network.sources = vec![
            once(1, Part::Transport(0)),
            once(5, Part::Transport(1)),
            Source {
                priority: 1,
                ..once(10, Part::Transport(2))
            },
        ];
        network.transports.push(Transport {
            outlet: Outlet::to(Part::Sink(1)),
            ..transport(0, 3, 2)
        });
        network.transports.push(Transport {
            outlet: Outlet::to(Part::Sink(2)),
            ..transport(0, 2, 1)
        });
        network.sinks = 3;
        let mut run = sound(network);
        loop {
            let next = run.time().nanoseconds() + 1_000_000_000;
            run.run_until(SimTime::from_nanoseconds(next))
                .expect("a run");
            if let Some(sink) = (1..3).find(|&sink| run.passed(Part::Sink(sink)) > 0) {
                return sink;
            }
        }
    };
    assert_eq!(who_is_second(TaskRule::LongestWaiting), 1);
    assert_eq!(who_is_second(TaskRule::Nearest), 2);
    assert_eq!(who_is_second(TaskRule::Priority), 2);
}

#[test]
fn a_vehicle_charges_when_its_battery_is_low() {
    // 100 s of driving on a battery, 50 s to charge it, at home. The first trip takes
    // 10 + 20 s; the second 20 + 20; then 30 are left, which do not last for a third
    // trip and the way home: home over 30 m, 50 s of charging.
    let mut network = row(0.0);
    network.roads.fleets[0].battery = Some(Battery {
        running: 100_000_000_000,
        charging: 50_000_000_000,
        threshold: 0.2,
        charger: 0,
    });
    let mut run = sound(network);
    run.run_until(at(35.0)).expect("a run");
    assert!((run.fleet_report(0).battery - 0.7).abs() < 1e-9);
    // Unloaded at 35 and 80; home at 110 with nothing, full again at 160.
    run.run_until(at(109.9)).expect("a run");
    assert_eq!(run.vehicle_mode(0), VehicleMode::SeekingCharge);
    run.run_until(at(159.9)).expect("a run");
    assert_eq!(run.vehicle_mode(0), VehicleMode::Charging);
    assert!(run.fleet_report(0).lowest_battery.abs() < 1e-9);
    assert_eq!(run.passed(Part::Sink(0)), 2);
    run.run_until(at(160.1)).expect("a run");
    assert_eq!(run.vehicle_mode(0), VehicleMode::Fetching);
    let report = run.fleet_report(0);
    assert!((report.charging - 80.0 / 160.1).abs() < 1e-9, "{report:?}");
    assert!((report.busy + report.idle + report.charging - 1.0).abs() < 1e-12);
}

#[test]
fn vehicles_without_a_way_are_servers_of_a_queue() {
    // Pick-up, drop-off and home are one place, loading takes an exponential time:
    // M/M/3 at a rate of 2.4, whose mean wait is 1.0787 s by Erlang's formula.
    let exact = {
        let (servers, load) = (3.0_f64, 2.4_f64);
        let last = load.powi(3) / 6.0 * servers / (servers - load);
        let waiting = last / (1.0 + load + load * load / 2.0 + last);
        waiting / (servers - load)
    };
    let network = Network {
        sources: vec![Source::new(
            Times::exponential(1.0 / 2.4),
            Outlet::to(Part::Transport(0)),
        )],
        transports: vec![Transport {
            pick_up_places: u32::MAX,
            drop_off_places: 10,
            ..transport(0, 0, 0)
        }],
        roads: Roads {
            waypoints: waypoints(1, 3),
            aisles: Vec::new(),
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
    assert_exact("fleet as M/M/3", exact, 0.2, 10, |seed| {
        let mut run = FlowRun::new(Arc::new(network.clone()), seed);
        run.run_until(at(500.0)).expect("a run");
        run.restart_statistics();
        run.run_until(at(8_500.0)).expect("a run");
        run.transport_wait(0).0
    });
}

#[test]
fn what_vehicles_cannot_do_is_found_before_the_run() {
    let found = |change: &dyn Fn(&mut Network)| {
        let mut network = row(1.0);
        change(&mut network);
        let problems = check_roads(&network);
        problems
            .first()
            .map(|one| (one.place, one.problem.clone()))
            .expect("a problem")
    };
    let (place, problem) = found(&|net| {
        net.roads.aisles.pop();
    });
    assert_eq!(place, RoadPlace::Transport(0));
    assert!(
        problem.contains("from `waypoint 1` to `waypoint 2`"),
        "{problem}"
    );
    let (_, problem) = found(&|net| net.roads.aisles[1].one_way = true);
    assert!(
        problem.contains("from `waypoint 2` to `waypoint 0`"),
        "{problem}"
    );
    // Others have their homes in the only way.
    let (_, problem) = found(&|net| net.roads.fleets.push(fleet(1)));
    assert!(problem.contains("all room at `waypoint 1`"), "{problem}");
    let (place, _) = found(&|net| net.roads.fleets[0].vehicles = 2);
    assert_eq!(place, RoadPlace::Waypoint(0));
    let (place, problem) = found(&|net| net.roads.aisles[0].length = 0.0);
    assert_eq!(place, RoadPlace::Aisle(0));
    assert!(problem.contains("length"), "{problem}");
    let (_, problem) = found(&|net| net.transports[0].drop_off_places = 0);
    assert!(problem.contains("no place"), "{problem}");
    let battery = |running: i64| {
        Some(Battery {
            running: running * 1_000_000_000,
            charging: 1_000_000_000,
            threshold: 0.5,
            charger: 0,
        })
    };
    let (_, problem) = found(&|net| net.roads.fleets[0].battery = battery(59));
    assert!(problem.contains("lasts for 59 s"), "{problem}");
    let mut enough = row(1.0);
    enough.roads.fleets[0].battery = battery(60);
    assert_eq!(check_roads(&enough), []);
}

#[test]
fn what_is_on_a_vehicle_is_told_also_where_recording_begins_on_the_way() {
    use crate::twin::What;
    let told = |from: f64| {
        let mut network = row(1.0);
        network.sources[0].limit = Some(1);
        let mut run = sound(network);
        run.run_until(at(from)).expect("a run");
        run.record_happenings(true);
        run.run_until(at(200.0)).expect("a run");
        let mut told = Vec::new();
        for (time, part, what) in run.take_happenings() {
            match what {
                What::Loaded { agent, .. } => told.push((time.as_seconds(), part, Some(agent))),
                What::Unloaded { .. } => told.push((time.as_seconds(), part, None)),
                _ => {}
            }
        }
        told
    };
    let transport = Part::Transport(0);
    // Loaded from 11 to 13, unloaded from 33 to 36.
    let from_the_start = [(13.0, transport, Some(0)), (36.0, transport, None)];
    assert_eq!(told(0.0), from_the_start);
    assert_eq!(told(12.0), from_the_start);
    let on_the_way = [(20.0, transport, Some(0)), (36.0, transport, None)];
    assert_eq!(told(20.0), on_the_way);
    assert_eq!(told(40.0), []);
}
