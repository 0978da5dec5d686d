//! Operators and crews that walk, and what is told of ways.

use super::statistics::Activity;
use super::*;

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
