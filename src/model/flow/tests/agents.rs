//! Vehicles on aisles: times counted on paper, queueing theory where it holds, and
//! what must never happen, whatever the aisles look like.

use proptest::prelude::*;

use super::statistics::Activity;

use super::*;
use crate::model::flow::agents::*;

fn waypoints(count: usize, capacity: u32) -> Vec<Waypoint> {
    vec![Waypoint { capacity }; count]
}

fn aisle(from: u32, to: u32, length: f64) -> Aisle {
    Aisle {
        from,
        to,
        length,
        one_way: false,
        speed_limit: None,
        capacity: 1,
    }
}

/// One vehicle that goes at 1 m/s, is half a metre long and carries one item.
fn fleet(home: u32) -> Fleet {
    Fleet {
        vehicles: 1,
        speed: 1.0,
        length: 0.5,
        capacity: 1,
        loading: Times::constant(2.0),
        unloading: Times::constant(3.0),
        rule: TaskRule::LongestWaiting,
        home,
        battery: None,
    }
}

fn transport(fleet: u32, pick_up: u32, drop_off: u32) -> Transport {
    Transport {
        fleet,
        pick_up,
        drop_off,
        pick_up_places: 3,
        drop_off_places: 1,
        outlet: Outlet::to(Part::Sink(0)),
    }
}

/// A row of three waypoints, 10 m and 20 m apart, and items that come every
/// `interval` seconds to be carried from the second to the third.
fn row(interval: f64) -> Network {
    Network {
        sources: vec![every(interval, Part::Transport(0))],
        transports: vec![transport(0, 1, 2)],
        roads: Roads {
            waypoints: waypoints(3, 1),
            aisles: vec![aisle(0, 1, 10.0), aisle(1, 2, 20.0)],
            fleets: vec![fleet(0)],
            ..Roads::default()
        },
        sinks: 1,
        ..Network::default()
    }
}

fn sound(network: Network) -> FlowRun {
    assert_eq!(check_roads(&network), []);
    started(network)
}

fn whereabouts(run: &FlowRun, seconds: f64) -> Vec<Whereabouts> {
    run.positions_at(at(seconds))
        .map(|agent| agent.whereabouts)
        .collect()
}

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

/// Two machines, 30 m and 40 m from where one operator is at first.
fn walked_to() -> Network {
    let station = |index| Station {
        operators: Some(Operators { pool: 0, count: 1 }),
        waypoint: Some(index + 1),
        ..works(10.0, Part::Sink(index))
    };
    Network {
        sources: vec![
            Source {
                limit: Some(1),
                ..every(1.0, Part::Station(0))
            },
            Source {
                limit: Some(2),
                ..every(2.0, Part::Station(1))
            },
        ],
        stations: vec![station(0), station(1)],
        pools: vec![Pool { units: 1 }],
        sinks: 2,
        roads: Roads {
            waypoints: waypoints(3, 1),
            // Gone against its direction on foot.
            aisles: vec![
                Aisle {
                    one_way: true,
                    ..aisle(1, 0, 30.0)
                },
                aisle(0, 2, 40.0),
            ],
            walks: vec![Walk {
                pool: 0,
                home: 0,
                speed: 2.0,
            }],
            ..Roads::default()
        },
        ..Network::default()
    }
}

#[test]
fn an_operator_walks_to_the_machine_before_it_works() {
    let mut run = sound(walked_to());
    run.run_until(at(8.5)).expect("a run");
    // Sets out at 1, half way at 8.5, there at 16.
    assert_eq!(run.activity(0, 0), Activity::AwaitingOperator);
    let here: Vec<_> = run.operators_at(0, at(8.5)).collect();
    assert_eq!(
        here,
        [Whereabouts::Between {
            from: 0,
            to: 1,
            aisle: 0,
            share: 0.5
        }]
    );
    assert!((run.walking(0).0 - 1.0).abs() < 1e-12);
    run.run_until(at(16.1)).expect("a run");
    assert_eq!(run.activity(0, 0), Activity::Working);
    assert!(run.walking(0).0.abs() < 1e-12);
    // Done at 26; then 70 m to the other, which works from 61 to 71 and, with the
    // operator beside it, on its second item to 81.
    run.run_until(at(80.9)).expect("a run");
    assert_eq!(
        [run.passed(Part::Sink(0)), run.passed(Part::Sink(1))],
        [1, 1]
    );
    let here: Vec<_> = run.operators_at(0, at(45.0)).collect();
    assert_eq!(
        here,
        [Whereabouts::At {
            waypoint: 2,
            at_home: false
        }]
    );
    run.run_until(at(81.1)).expect("a run");
    assert_eq!(run.passed(Part::Sink(1)), 2);
    assert!((run.walking(0).1 - 50.0 / 81.1).abs() < 1e-9);
    assert!((run.pool_use(0).1 - 80.0 / 81.1).abs() < 1e-9);
}

#[test]
fn a_crew_walks_to_a_failed_machine_and_the_nearest_goes() {
    let mut network = walked_to();
    network.pools[0].units = 2;
    for station in &mut network.stations {
        station.operators = None;
    }
    // The first fails at 1, the second at 60: from the other machine it is further
    // than from where the second unit is.
    for (station, up) in network.stations.iter_mut().zip([1.0, 60.0]) {
        station.failure = Some(Failure {
            clock: FailureClock::Calendar,
            time_to_failure: Times::constant(up),
            repair: Times::constant(1e6),
            crew: Some(0),
        });
    }
    let mut run = sound(network);
    run.run_until(at(100.0)).expect("a run");
    let here: Vec<_> = run.operators_at(0, at(100.0)).collect();
    let stands = |waypoint| Whereabouts::At {
        waypoint,
        at_home: false,
    };
    assert_eq!(here, [stands(1), stands(2)]);
    // 15 s and 20 s of walking.
    assert!((run.walking(0).1 - 35.0 / 100.0).abs() < 1e-9);
    // Who cannot get there is found before.
    let mut apart = walked_to();
    apart.roads.aisles.pop();
    let problems = check_roads(&apart);
    assert_eq!(problems[0].place, RoadPlace::Station(1));
    assert!(
        problems[0].problem.contains("to `waypoint 2`"),
        "{problems:?}"
    );
}

#[test]
fn ways_are_told_as_they_are_begun() {
    use crate::twin::What;
    let mut network = walked_to();
    let beside = row(1.0);
    network.sources.push(Source {
        limit: Some(1),
        ..every(1.0, Part::Transport(0))
    });
    network.transports = vec![Transport {
        outlet: Outlet::to(Part::Sink(0)),
        ..beside.transports[0]
    }];
    network.roads.aisles = beside.roads.aisles.clone();
    network.roads.fleets = beside.roads.fleets.clone();
    let mut run = sound(network);
    run.record_happenings(true);
    run.run_until(at(200.0)).expect("a run");
    let told: Vec<_> = (run.take_departures())
        .map(|(time, crowd, what)| match what {
            What::Travels {
                from, to, arrives, ..
            } => (
                crowd == crate::model::flow::journal::Crowd::Fleet(0),
                time.as_seconds(),
                from,
                to,
                arrives.as_seconds(),
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    let of = |vehicle: bool| {
        let ways = told.iter().filter(move |way| way.0 == vehicle);
        ways.map(|&(_, time, from, to, arrives)| (time, from, to, arrives))
            .collect::<Vec<_>>()
    };
    // The vehicle stands at home, and then goes as counted on paper.
    let expected = [
        (0.0, 0, 0, 0.0),
        (1.0, 0, 1, 11.0),
        (13.0, 1, 2, 33.0),
        (36.0, 2, 1, 56.0),
        (56.0, 1, 0, 66.0),
    ];
    assert_eq!(of(true), expected);
    // 10 m at 2 m/s, work from 6 to 16, 20 m.
    assert_eq!(
        of(false),
        [(0.0, 0, 0, 0.0), (1.0, 0, 1, 6.0), (16.0, 1, 2, 26.0)]
    );
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

/// Aisles at random: a ring or a tree with some more aisles, one-way here and
/// there, with fleets and transports all over it.
#[derive(Clone, Debug)]
struct Layout {
    ring: bool,
    parents: Vec<usize>,
    more: Vec<(usize, usize)>,
    lengths: Vec<f64>,
    fleets: Vec<(usize, u32, f64, u8)>,
    transports: Vec<(usize, usize, usize, f64)>,
    capacities: Vec<u32>,
    battery: bool,
}

fn layout() -> impl Strategy<Value = Layout> {
    let place = 0_usize..9;
    (
        any::<bool>(),
        prop::collection::vec(place.clone(), 2..9),
        prop::collection::vec((place.clone(), place.clone()), 0..4),
        prop::collection::vec(1.0_f64..30.0, 16),
        prop::collection::vec((place.clone(), 1_u32..4, 0.5_f64..3.0, 0_u8..3), 1..3),
        prop::collection::vec(
            (place.clone(), place.clone(), 0_usize..2, 5.0_f64..60.0),
            1..5,
        ),
        prop::collection::vec(1_u32..3, 16),
        any::<bool>(),
    )
        .prop_map(
            |(ring, parents, more, lengths, fleets, transports, capacities, battery)| Layout {
                ring,
                parents,
                more,
                lengths,
                fleets,
                transports,
                capacities,
                battery,
            },
        )
}

fn laid_out(layout: &Layout) -> Network {
    let count = layout.parents.len() + 1;
    let place = |number: usize| (number % count) as u32;
    let mut ends: Vec<(u32, u32)> = if layout.ring {
        (0..count).map(|one| (place(one), place(one + 1))).collect()
    } else {
        // Dead ends wherever a waypoint is nobody's parent.
        (layout.parents.iter().enumerate())
            .map(|(child, parent)| ((parent % (child + 1)) as u32, child as u32 + 1))
            .collect()
    };
    let extra = layout
        .more
        .iter()
        .map(|&(from, to)| (place(from), place(to)));
    ends.extend(extra.filter(|(from, to)| from != to));
    let aisles = ends.iter().enumerate().map(|(number, &(from, to))| Aisle {
        // A ring can be gone round one way only.
        one_way: layout.ring && number < count && layout.lengths[15] < 15.0,
        capacity: layout.capacities[number % 16],
        ..aisle(from, to, layout.lengths[number % 16])
    });
    let fleets: Vec<Fleet> = (layout.fleets.iter())
        .map(|&(home, vehicles, speed, rule)| Fleet {
            vehicles,
            speed,
            capacity: vehicles,
            loading: Times::exponential(4.0),
            rule: [
                TaskRule::LongestWaiting,
                TaskRule::Nearest,
                TaskRule::Priority,
            ][rule as usize],
            battery: layout.battery.then_some(Battery {
                running: 1_000_000_000_000,
                charging: 60_000_000_000,
                threshold: 0.3,
                charger: place(home),
            }),
            ..fleet(place(home))
        })
        .collect();
    let capacities = (0..count as u32).map(|waypoint| {
        let at_home = fleets.iter().filter(|fleet| fleet.home == waypoint);
        at_home.map(|fleet| fleet.vehicles).sum::<u32>() + layout.capacities[waypoint as usize]
    });
    let transports: Vec<Transport> = (layout.transports.iter())
        .map(|&(from, to, by, _)| Transport {
            pick_up_places: 2,
            ..transport((by % fleets.len()) as u32, place(from), place(to))
        })
        .collect();
    Network {
        sources: (0_u32..)
            .zip(&layout.transports)
            .map(|(number, &(.., interval))| {
                Source::new(
                    Times::exponential(interval),
                    Outlet::to(Part::Transport(number)),
                )
            })
            .collect(),
        transports,
        roads: Roads {
            waypoints: capacities.map(|capacity| Waypoint { capacity }).collect(),
            aisles: aisles.collect(),
            fleets,
            ..Roads::default()
        },
        sinks: 1,
        ..Network::default()
    }
}

/// What must hold at any moment: no more vehicles in any place than it has room
/// for, and those in an aisle all going the same way, in the order in which they
/// came.
fn assert_apart(run: &FlowRun, seconds: f64) {
    let roads = &run.network().roads;
    let all = whereabouts(run, seconds);
    for (number, waypoint) in (0_u32..).zip(&roads.waypoints) {
        let here = |place: &&Whereabouts| matches!(**place, Whereabouts::At { waypoint, at_home: false } if waypoint == number);
        let at_home: u32 = (roads.fleets.iter())
            .filter(|fleet| fleet.home == number)
            .map(|fleet| fleet.vehicles)
            .sum();
        let standing = all.iter().filter(here).count() as u32;
        assert!(
            standing + at_home <= waypoint.capacity,
            "{standing} at {number}, {seconds} s"
        );
    }
    for (number, aisle) in (0_u32..).zip(&roads.aisles) {
        let inside: Vec<_> = (all.iter())
            .filter_map(|place| match *place {
                Whereabouts::Between {
                    from, to, aisle, ..
                } if aisle == number => Some((from, to)),
                _ => None,
            })
            .collect();
        assert!(
            inside.len() <= aisle.capacity as usize,
            "{} in {number}",
            inside.len()
        );
        assert!(
            inside.windows(2).all(|pair| pair[0] == pair[1]),
            "head on in {number}"
        );
        assert!(!aisle.one_way || inside.iter().all(|way| *way == (aisle.from, aisle.to)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the aisles look like: no two vehicles are where only one may be,
    /// everything that can be carried is, and no item is lost or doubled.
    #[test]
    fn vehicles_never_meet_and_never_wait_for_each_other(layout in layout()) {
        let network = laid_out(&layout);
        prop_assert_eq!(check(&network), []);
        prop_assert_eq!(check_roads(&network), []);
        let mut run = FlowRun::new(Arc::new(network), Seed::default());
        for half_second in 1..800_u32 {
            run.run_until(at(f64::from(half_second) * 0.5)).expect("a run");
            // Now, and as far ahead as ways are booked.
            for ahead in [0.0, 0.1, 7.0] {
                assert_apart(&run, f64::from(half_second) * 0.5 + ahead);
            }
            prop_assert!(run.bookings.is_sound(&run.network().roads));
            let inside: usize = run.network().parts().map(|part| run.content(part)).sum();
            prop_assert_eq!(inside, run.population());
        }
        let made: u64 = (0..layout.transports.len() as u32)
            .map(|source| run.passed(Part::Source(source)) + run.content(Part::Source(source)) as u64)
            .sum();
        prop_assert_eq!(made, run.passed(Part::Sink(0)) + run.population() as u64);
        // Nothing comes any more: all that is there is brought in the end.
        for source in 0..layout.transports.len() as u32 {
            run.set_rate(source, 0.0);
        }
        run.run_until(at(20_000.0)).expect("a run");
        prop_assert_eq!(run.population(), 0);
        for place in whereabouts(&run, 20_000.0) {
            let at_home = matches!(place, Whereabouts::At { at_home: true, .. });
            prop_assert!(at_home, "{:?}", place);
        }
    }

    /// A copy and a saved state go on with the same bits, wherever vehicles are.
    #[test]
    fn vehicles_go_on_alike_from_a_copy_and_from_a_saved_state(layout in layout(), stop in 1.0_f64..300.0) {
        let mut run = FlowRun::new(Arc::new(laid_out(&layout)), Seed::default());
        run.run_until(at(stop)).expect("a run");
        let text = serde_json::to_string(&run).expect("text");
        let mut copy = run.clone();
        let mut restored: FlowRun = serde_json::from_str(&text).expect("a run");
        for run in [&mut run, &mut copy, &mut restored] {
            run.run_until(at(stop + 300.0)).expect("a run");
        }
        let end = |run: &FlowRun| serde_json::to_string(run).expect("text");
        prop_assert_eq!(end(&run), end(&copy));
        prop_assert_eq!(end(&run), end(&restored));
    }
}
