//! What each part does, counted on paper.

use super::statistics::Activity;
use super::*;

fn source_to_station(station: Station) -> Network {
    Network {
        sources: vec![every(1.0, Part::Station(0))],
        stations: vec![station],
        sinks: 1,
        ..Network::default()
    }
}

#[test]
fn a_machine_works_on_one_item_after_the_other() {
    let run = run_for(source_to_station(works(0.6, Part::Sink(0))), 10.5);
    // Items come at 1, 2, … 10; the tenth is done at 10.6.
    assert_eq!(run.passed(Part::Sink(0)), 9);
    let split = run.utilisation(0);
    assert!((split.share(Activity::Working) - (9.0 * 0.6 + 0.5) / 10.5).abs() < 1e-9);
    assert!((split.share(Activity::Starved) - 4.6 / 10.5).abs() < 1e-9);
}

#[test]
fn a_batch_waits_until_it_is_complete() {
    let station = Station {
        needs: vec![3],
        ..works(0.5, Part::Sink(0))
    };
    let mut run = started(source_to_station(station));
    run.run_until(at(3.4)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 0);
    run.run_until(at(3.6)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 3);
}

#[test]
fn a_set_up_comes_before_an_item_of_another_class() {
    let mut network = source_to_station(Station {
        set_up: Some(Times::constant(0.3)),
        ..works(0.1, Part::Sink(0))
    });
    // Classes 0, 0, 1, 1, 0 at 1, 2, 3, 4, 5.
    network.sources = [(0, vec![1, 2, 5]), (1, vec![3, 4])]
        .into_iter()
        .map(|(class, times)| Source {
            arrivals: Arrivals::At(times.iter().map(|second| second * 1_000_000_000).collect()),
            class,
            ..every(1.0, Part::Station(0))
        })
        .collect();
    let run = run_for(network, 10.0);
    assert_eq!(run.passed(Part::Sink(0)), 5);
    let split = run.utilisation(0);
    assert!((split.share(Activity::SettingUp) - 0.09).abs() < 1e-9);
    assert!((split.share(Activity::Working) - 0.05).abs() < 1e-9);
}

fn fails(clock: FailureClock, up: f64, down: f64) -> Failure {
    Failure {
        clock,
        time_to_failure: Times::constant(up),
        repair: Times::constant(down),
        crew: None,
    }
}

#[test]
fn a_failure_that_counts_operation_interrupts_the_work_and_lets_it_go_on() {
    let mut run = started(source_to_station(Station {
        failure: Some(fails(FailureClock::Operating, 1.5, 0.25)),
        ..works(0.6, Part::Sink(0))
    }));
    // Works 1–1.6, 2–2.6, 3–3.3, down 3.3–3.55, works 3.55–3.85.
    run.run_until(at(3.4)).expect("a run");
    assert_eq!(run.activity(0, 0), Activity::Down);
    run.run_until(at(3.84)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 2);
    run.run_until(at(3.86)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 3);
    assert_eq!(run.failures(0), 1);
}

#[test]
fn a_failure_that_counts_all_time_comes_to_an_idle_machine_too() {
    let mut run = started(source_to_station(Station {
        failure: Some(fails(FailureClock::Calendar, 0.5, 2.0)),
        ..works(0.1, Part::Sink(0))
    }));
    // Down 0.5–2.5, up 2.5–3, down 3–5: the items wait until 2.5.
    run.run_until(at(2.4)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 0);
    assert_eq!(run.activity(0, 0), Activity::Down);
    run.run_until(at(4.9)).expect("a run");
    assert_eq!(run.failures(0), 2);
    assert!((run.utilisation(0).share(Activity::Down) - 3.9 / 4.9).abs() < 1e-9);
}

#[test]
fn a_repair_waits_for_its_crew() {
    let station = || Station {
        failure: Some(Failure {
            crew: Some(0),
            ..fails(FailureClock::Calendar, 1.0, 2.0)
        }),
        ..works(0.1, Part::Sink(0))
    };
    let network = Network {
        sources: vec![every(1.0, Part::Station(0)), every(1.0, Part::Station(1))],
        stations: vec![station(), station()],
        pools: vec![Pool { units: 1 }],
        sinks: 1,
        ..Network::default()
    };
    let mut run = started(network);
    // Both fail at 1; the first is repaired at 3, the second at 5.
    run.run_until(at(3.5)).expect("a run");
    assert_ne!(run.activity(0, 0), Activity::Down);
    assert_eq!(run.activity(1, 0), Activity::Down);
    run.run_until(at(4.5)).expect("a run");
    // The first has failed again at 4 and waits now.
    assert_eq!(run.pool_line(0), 1);
    assert_eq!(run.pool_use(0).0.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn operators_limit_how_many_machines_work() {
    let station = || Station {
        operators: Some(Operators { pool: 0, count: 1 }),
        ..works(1.0, Part::Sink(0))
    };
    let network = Network {
        sources: vec![
            Source::new(Times::constant(0.0), Outlet::to(Part::Station(0))),
            Source::new(Times::constant(0.0), Outlet::to(Part::Station(1))),
            Source::new(Times::constant(0.0), Outlet::to(Part::Station(2))),
        ],
        stations: vec![station(), station(), station()],
        pools: vec![Pool { units: 2 }],
        sinks: 1,
        ..Network::default()
    };
    let run = run_for(network, 300.5);
    assert_eq!(run.passed(Part::Sink(0)), 600);
    assert!((run.pool_use(0).1 - 2.0).abs() < 1e-9);
    let waits = (0..3).map(|station| run.utilisation(station).share(Activity::AwaitingOperator));
    assert!((waits.sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn blocking_before_service_keeps_the_place_behind_before_it_works() {
    // The second machine is slow. Blocking after service, the first has its item
    // ready in time; before service, it begins only when the second is free.
    let line = |blocking| {
        let network = Network {
            sources: vec![Source::new(
                Times::constant(0.0),
                Outlet::to(Part::Station(0)),
            )],
            stations: vec![
                Station {
                    blocking,
                    ..works(1.0, Part::Station(1))
                },
                works(2.0, Part::Sink(0)),
            ],
            sinks: 1,
            ..Network::default()
        };
        run_for(network, 301.0).passed(Part::Sink(0))
    };
    assert_eq!(line(Blocking::AfterService), 150);
    assert_eq!(line(Blocking::BeforeService), 100);
}

#[test]
fn a_shift_that_ends_lets_work_be_finished_or_interrupts_it() {
    let line = |interrupts| {
        let mut network = source_to_station(Station {
            hours: Some(WorkingHours {
                calendar: 0,
                interrupts,
            }),
            ..works(3.0, Part::Sink(0))
        });
        // Open for 5 s, closed for 5 s.
        network.calendars = vec![Timetable {
            step: 5_000_000_000,
            start: 0,
            values: vec![1.0, 0.0],
        }];
        network
    };
    // The second item is begun at 4. Finished, it leaves at 7; interrupted at 5,
    // at 12.
    let mut finishes = started(line(false));
    let mut interrupted = started(line(true));
    for (time, when_finished, when_interrupted) in
        [(6.9, 1, 1), (7.1, 2, 1), (11.9, 2, 1), (12.1, 2, 2)]
    {
        finishes.run_until(at(time)).expect("a run");
        interrupted.run_until(at(time)).expect("a run");
        assert_eq!(finishes.passed(Part::Sink(0)), when_finished, "at {time}");
        assert_eq!(
            interrupted.passed(Part::Sink(0)),
            when_interrupted,
            "at {time}"
        );
    }
}

#[test]
fn what_is_blocked_at_the_end_of_its_hours_is_off_until_they_begin_again() {
    // The first works 3 s of every hour that it has, and is blocked by a second that
    // never ends.
    let mut network = source_to_station(Station {
        hours: Some(WorkingHours {
            calendar: 0,
            interrupts: false,
        }),
        ..works(3.0, Part::Station(1))
    });
    network.stations.push(works(1e6, Part::Sink(0)));
    network.calendars = vec![Timetable {
        step: 50_000_000_000,
        start: 0,
        values: vec![1.0, 0.0],
    }];
    let mut run = started(network);
    run.run_until(at(100.0)).expect("a run");
    let split = run.utilisation(0);
    // The source gives an item a second from 1 s on: it works from 1 to 7 s, and is
    // blocked from then to 50 s.
    for (activity, share) in [
        (Activity::Starved, 0.01),
        (Activity::Working, 0.06),
        (Activity::Blocked, 0.43),
        (Activity::Off, 0.50),
    ] {
        let found = split.share(activity);
        assert!((found - share).abs() < 1e-9, "{activity:?}: {found}");
    }
}

#[test]
fn an_assembly_takes_what_it_needs_of_each_inlet() {
    let network = Network {
        sources: vec![
            every(4.0, Part::Station(0)),
            Source {
                outlet: Outlet {
                    part: Part::Station(0),
                    inlet: 1,
                },
                ..every(1.0, Part::Station(0))
            },
        ],
        stations: vec![Station {
            needs: vec![1, 3],
            output: Yield::Joined,
            ..works(0.5, Part::Sink(0))
        }],
        sinks: 1,
        ..Network::default()
    };
    let run = run_for(network, 40.9);
    // A body comes at 4, 8, … 40 and meets three waiting parts.
    assert_eq!(run.passed(Part::Sink(0)), 10);
    // What was joined is no item of its own any more; the next set has begun with
    // the part that waited.
    assert_eq!(run.population(), 1);
}

#[test]
fn a_split_makes_pieces_that_are_as_old_as_what_they_were() {
    let run = run_for(
        source_to_station(Station {
            output: Yield::Pieces(4),
            ..works(0.5, Part::Sink(0))
        }),
        10.7,
    );
    assert_eq!(run.passed(Part::Sink(0)), 40);
    assert!((run.stay(Part::Sink(0)).mean() - 0.5).abs() < 1e-9);
    assert_eq!(run.population(), 0);
}

#[test]
fn an_inspection_sends_bad_items_back_as_often_as_they_may() {
    let network = Network {
        sources: vec![every(10.0, Part::Buffer(0))],
        buffers: vec![buffer(u32::MAX, Part::Station(0))],
        stations: vec![Station {
            inspection: Some(Inspection {
                defective: 1.0,
                reworks: 2,
            }),
            outlets: vec![
                Outlet::to(Part::Sink(0)),
                Outlet::to(Part::Buffer(0)),
                Outlet::to(Part::Sink(1)),
            ],
            ..works(1.0, Part::Sink(0))
        }],
        sinks: 2,
        ..Network::default()
    };
    let run = run_for(network, 105.0);
    assert_eq!(run.passed(Part::Sink(0)), 0);
    // Three looks at each.
    assert_eq!(run.passed(Part::Sink(1)), 10);
    assert_eq!(run.bad(0), 30);
    assert!((run.stay(Part::Sink(1)).mean() - 3.0).abs() < 1e-9);
}

fn routed(rule: Rule, classes: &[u16]) -> FlowRun {
    let network = Network {
        sources: (classes.iter())
            .map(|&class| Source {
                class,
                ..every(1.0, Part::Router(0))
            })
            .collect(),
        routers: vec![Router {
            rule,
            outlets: vec![Outlet::to(Part::Sink(0)), Outlet::to(Part::Sink(1))],
        }],
        sinks: 2,
        ..Network::default()
    };
    run_for(network, 1000.5)
}

#[test]
fn routers_follow_their_rules() {
    let counts = |run: &FlowRun| [0, 1].map(|sink| run.passed(Part::Sink(sink)));
    assert_eq!(counts(&routed(Rule::Turns, &[0])), [500, 500]);
    assert_eq!(counts(&routed(Rule::Class, &[0, 1, 7])), [1000, 2000]);
    let timetable = Timetable {
        step: 100_000_000_000,
        start: 0,
        values: vec![1.0, 0.0, 0.0, 0.0],
    };
    // At 100, 200, … the value of the stretch that begins there holds.
    assert_eq!(
        counts(&routed(Rule::Timetable(timetable), &[0])),
        [701, 299]
    );
    let [first, second] = counts(&routed(Rule::Chance(vec![0.3, 0.7]), &[0]));
    assert_eq!(first + second, 1000);
    // Five standard deviations of 14.5.
    assert!(first.abs_diff(300) < 73, "{first}");
}

#[test]
fn the_shortest_line_and_the_first_free_way_are_found() {
    let network = |rule| Network {
        sources: vec![every(1.0, Part::Router(0))],
        routers: vec![Router {
            rule,
            outlets: vec![Outlet::to(Part::Buffer(0)), Outlet::to(Part::Buffer(1))],
        }],
        buffers: vec![buffer(3, Part::Station(0)), buffer(3, Part::Station(1))],
        stations: vec![works(1e6, Part::Sink(0)), works(1e6, Part::Sink(0))],
        sinks: 1,
        ..Network::default()
    };
    let contents = |run: &FlowRun| [0, 1].map(|line| run.content(Part::Buffer(line)));
    assert_eq!(contents(&run_for(network(Rule::Shortest), 6.5)), [2, 2]);
    assert_eq!(contents(&run_for(network(Rule::FirstFree), 6.5)), [3, 1]);
    // Both are full, and the source waits with the ninth for either.
    let run = run_for(network(Rule::Shortest), 100.0);
    assert_eq!(contents(&run), [3, 3]);
    assert_eq!(run.population(), 9);
}

#[test]
fn buffers_keep_their_discipline() {
    // Ten items at once before a machine; which leaves first is told by the time
    // that the odd one stays.
    let stay_of_urgent = |discipline| {
        let mut network = Network {
            sources: vec![
                Source {
                    batch: 10,
                    limit: Some(10),
                    ..every(1.0, Part::Buffer(0))
                },
                Source {
                    limit: Some(1),
                    class: 1,
                    priority: 5,
                    due_after: Some(1),
                    ..every(1.5, Part::Buffer(0))
                },
            ],
            buffers: vec![buffer(u32::MAX, Part::Station(0))],
            stations: vec![works(1.0, Part::Router(0))],
            routers: vec![Router {
                rule: Rule::Class,
                outlets: vec![Outlet::to(Part::Sink(0)), Outlet::to(Part::Sink(1))],
            }],
            sinks: 2,
            ..Network::default()
        };
        network.buffers[0].discipline = discipline;
        let run = run_for(network, 50.0);
        assert_eq!(run.late(1), 1);
        run.stay(Part::Sink(1)).mean()
    };
    assert!((stay_of_urgent(Discipline::FirstInFirstOut) - 10.5).abs() < 1e-9);
    for discipline in [
        Discipline::LastInFirstOut,
        Discipline::Priority,
        Discipline::DueDate,
    ] {
        assert!(
            (stay_of_urgent(discipline) - 1.5).abs() < 1e-9,
            "{discipline:?}"
        );
    }
}

#[test]
fn a_changed_speed_applies_to_the_work_that_is_going_on() {
    let mut run = started(source_to_station(works(0.8, Part::Sink(0))));
    run.run_until(at(1.4)).expect("a run");
    run.set_speed(0, 2.0);
    run.run_until(at(1.59)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 0);
    run.run_until(at(1.61)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 1);
    // Held at 2.1, a tenth of a second into the next, and let go at 5.
    run.run_until(at(2.1)).expect("a run");
    run.set_held(0, true);
    run.run_until(at(5.0)).expect("a run");
    assert_eq!(run.activity(0, 0), Activity::Off);
    run.set_held(0, false);
    run.run_until(at(5.29)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 1);
    run.run_until(at(5.31)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 2);
}

#[test]
fn a_changed_rate_of_arrivals_stretches_the_interval_that_is_going_on() {
    let mut network = source_to_station(works(0.1, Part::Sink(0)));
    network.sources[0] = every(10.0, Part::Station(0));
    let mut run = started(network);
    run.run_until(at(5.0)).expect("a run");
    run.set_rate(0, 0.5);
    run.run_until(at(14.9)).expect("a run");
    assert_eq!(run.passed(Part::Source(0)), 0);
    run.run_until(at(15.1)).expect("a run");
    assert_eq!(run.passed(Part::Source(0)), 1);
    run.set_rate(0, 0.0);
    run.run_until(at(100.0)).expect("a run");
    assert_eq!(run.passed(Part::Source(0)), 1);
    run.set_rate(0, 1.0);
    run.run_until(at(111.0)).expect("a run");
    assert_eq!(run.passed(Part::Source(0)), 2);
}

#[test]
fn more_places_and_servers_take_effect_while_it_runs() {
    let network = Network {
        sources: vec![every(1.0, Part::Buffer(0))],
        buffers: vec![buffer(2, Part::Station(0))],
        stations: vec![works(1e6, Part::Sink(0))],
        sinks: 1,
        ..Network::default()
    };
    let mut run = started(network.clone());
    run.run_until(at(20.0)).expect("a run");
    assert_eq!(run.content(Part::Buffer(0)), 2);
    let mut larger = network;
    larger.buffers[0].capacity = 6;
    larger.stations[0].servers = 3;
    run.set_network(Arc::new(larger));
    // The two that waited are worked on, and the one that was held has come in.
    assert_eq!(run.content(Part::Station(0)), 3);
    assert_eq!(run.content(Part::Buffer(0)), 1);
    run.run_until(at(40.0)).expect("a run");
    assert_eq!(run.content(Part::Buffer(0)), 6);
}

#[test]
fn failures_can_be_given_and_taken_away_while_it_runs() {
    for clock in [FailureClock::Operating, FailureClock::Calendar] {
        let sound = source_to_station(works(0.9, Part::Sink(0)));
        let mut failing = sound.clone();
        failing.stations[0].failure = Some(fails(clock, 5.0, 3.0));
        let (sound, failing) = (Arc::new(sound), Arc::new(failing));
        let mut run = FlowRun::new(Arc::clone(&sound), Seed::default());
        run.run_until(at(10.5)).expect("a run");
        run.set_network(Arc::clone(&failing));
        run.run_until(at(15.0)).expect("a run");
        assert_eq!(run.failures(0), 0, "{clock:?}");
        // Down from 15.5, or a little later where work counts only.
        run.run_until(at(16.6)).expect("a run");
        assert_eq!(run.failures(0), 1, "{clock:?}");
        // Taken away while it is down: it is repaired for good.
        run.set_network(sound);
        run.run_until(at(40.0)).expect("a run");
        assert_eq!(run.failures(0), 1, "{clock:?}");
        assert!(run.passed(Part::Sink(0)) >= 25, "{clock:?}");
    }
}

#[test]
fn a_batch_that_is_made_smaller_begins_with_what_it_has() {
    let batch = |items| {
        Arc::new(source_to_station(Station {
            needs: vec![items],
            ..works(0.5, Part::Sink(0))
        }))
    };
    let mut run = FlowRun::new(batch(10), Seed::default());
    run.run_until(at(4.2)).expect("a run");
    run.set_network(batch(3));
    run.run_until(at(4.8)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 4);
}

#[test]
fn a_source_that_never_starves_can_be_stopped() {
    let mut network = source_to_station(works(1.0, Part::Sink(0)));
    network.sources[0] = Source::new(Times::constant(0.0), Outlet::to(Part::Station(0)));
    let mut run = started(network);
    run.run_until(at(5.5)).expect("a run");
    run.set_rate(0, 0.0);
    run.run_until(at(100.0)).expect("a run");
    // The one in work and the one that waited.
    assert_eq!(run.passed(Part::Sink(0)), 7);
    run.set_rate(0, 1.0);
    run.run_until(at(110.5)).expect("a run");
    assert_eq!(run.passed(Part::Sink(0)), 17);
}

#[test]
fn a_ring_that_is_full_is_named_and_not_waited_for() {
    // Two machines feed each other, and the source fills what room there is.
    let network = Network {
        sources: vec![every(0.3, Part::Buffer(0))],
        buffers: vec![buffer(2, Part::Station(0)), buffer(2, Part::Station(1))],
        stations: vec![works(1.0, Part::Buffer(1)), works(1.0, Part::Router(0))],
        routers: vec![Router {
            rule: Rule::Chance(vec![0.9, 0.1]),
            outlets: vec![Outlet::to(Part::Buffer(0)), Outlet::to(Part::Sink(0))],
        }],
        sinks: 1,
        ..Network::default()
    };
    let mut run = started(network);
    let stopped = run.run_until(at(1e6)).expect_err("it is stuck");
    let FlowError::Deadlock { cycle, time } = stopped else {
        panic!("{stopped}");
    };
    assert!(time < at(1e5));
    assert_eq!(cycle.len(), 4, "{cycle:?}");
}

#[test]
fn events_that_go_round_without_time_are_named_and_not_waited_for() {
    // The work takes less than the clock can tell, but not nothing.
    let network = Network {
        sources: vec![Source {
            limit: Some(1),
            ..every(1.0, Part::Station(0))
        }],
        stations: vec![
            exponential(1e-9, Part::Station(1)),
            exponential(1e-9, Part::Station(0)),
        ],
        budget: Budget {
            most: 10_000,
            ..Budget::default()
        },
        ..Network::default()
    };
    let mut run = started(network);
    let stopped = run.run_until(at(10.0)).expect_err("it does not get on");
    let FlowError::Budget { mut cycle, .. } = stopped else {
        panic!("{stopped}");
    };
    cycle.sort();
    assert_eq!(cycle, ["station 0", "station 1"]);
}

#[test]
fn what_cannot_run_is_found_before_it_does() {
    let sound = source_to_station(works(1.0, Part::Sink(0)));
    let found = |change: &dyn Fn(&mut Network)| {
        let mut network = sound.clone();
        change(&mut network);
        let problems = check(&network);
        let first = problems.first().map(|one| one.problem.clone());
        first.unwrap_or_default()
    };
    assert_eq!(found(&|_| {}), "");
    assert!(found(&|net| net.stations[0].servers = 0).contains("0 servers"));
    assert!(
        found(&|net| net.stations.push(works(1.0, Part::Sink(0)))).contains("no item ever comes")
    );
    assert!(
        found(&|net| net.stations[0].outlets[0] = Outlet::to(Part::Sink(5)))
            .contains("nothing that takes")
    );
    assert!(found(&|net| net.sources[0] = every(0.0, Part::Sink(0))).contains("takes all of them"));
    assert!(
        found(&|net| {
            net.stations[0].needs = vec![1, 1];
            net.stations[0].output = Yield::Joined;
        })
        .contains("inlet 2")
    );
    assert!(
        found(&|net| {
            net.buffers = vec![buffer(3, Part::Buffer(1)), buffer(3, Part::Buffer(0))];
            net.sources.push(every(1.0, Part::Buffer(0)));
        })
        .contains("never leave")
    );
    assert!(
        found(&|net| {
            net.buffers = vec![buffer(3, Part::Router(0))];
            net.routers = vec![Router {
                rule: Rule::Turns,
                outlets: vec![Outlet::to(Part::Buffer(0)), Outlet::to(Part::Sink(0))],
            }];
            net.sources.push(every(1.0, Part::Buffer(0)));
        })
        .contains("buffer 0 → router 0")
    );
    assert!(
        found(&|net| {
            net.routers = vec![Router {
                rule: Rule::Chance(vec![0.5, 0.6]),
                outlets: vec![Outlet::to(Part::Station(0)), Outlet::to(Part::Sink(0))],
            }];
            net.sources[0].outlet = Outlet::to(Part::Router(0));
        })
        .contains("add to 1.1")
    );
    assert!(
        found(&|net| {
            net.routers = vec![Router {
                rule: Rule::Chance(vec![f64::NAN, f64::NAN]),
                outlets: vec![Outlet::to(Part::Station(0)), Outlet::to(Part::Sink(0))],
            }];
            net.sources[0].outlet = Outlet::to(Part::Router(0));
        })
        .contains("add to NaN")
    );
}
