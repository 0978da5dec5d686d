//! The same bits from the same seed, from a copy and from a saved state.

use proptest::prelude::*;

use super::*;

/// A bit of everything.
pub(super) fn workshop() -> Network {
    let shaky = Failure {
        clock: FailureClock::Calendar,
        time_to_failure: Times::exponential(60.0),
        repair: Times::exponential(8.0),
        crew: Some(0),
    };
    Network {
        sources: vec![
            Source::new(Times::exponential(6.0), Outlet::to(Part::Buffer(0))),
            Source {
                class: 1,
                priority: 3,
                ..Source::new(Times::exponential(18.0), Outlet::to(Part::Buffer(0)))
            },
        ],
        buffers: vec![
            Buffer {
                discipline: Discipline::Priority,
                ..buffer(u32::MAX, Part::Station(0))
            },
            buffer(4, Part::Station(1)),
        ],
        stations: vec![
            Station {
                set_up: Some(Times::exponential(0.5)),
                failure: Some(shaky.clone()),
                hours: Some(WorkingHours {
                    calendar: 0,
                    interrupts: true,
                }),
                ..exponential(1.2, Part::Conveyor(0))
            },
            Station {
                failure: Some(Failure {
                    clock: FailureClock::Operating,
                    ..shaky
                }),
                operators: Some(Operators { pool: 1, count: 1 }),
                inspection: Some(Inspection {
                    defective: 0.2,
                    reworks: 1,
                }),
                outlets: vec![
                    Outlet::to(Part::Sink(0)),
                    Outlet::to(Part::Buffer(0)),
                    Outlet::to(Part::Sink(1)),
                ],
                ..exponential(1.0, Part::Sink(0))
            },
        ],
        conveyors: vec![Conveyor {
            travel: 5_000_000_000,
            spacing: 500_000_000,
            capacity: 10,
            accumulation: Accumulation::Accumulating,
            outlet: Outlet::to(Part::Buffer(1)),
        }],
        pools: vec![Pool { units: 1 }, Pool { units: 1 }],
        calendars: vec![Timetable {
            step: 100_000_000_000,
            start: 0,
            values: vec![1.0, 1.0, 0.0],
        }],
        sinks: 2,
        ..Network::default()
    }
}

/// All that a run says of itself, to the bit.
fn fingerprint(run: &FlowRun) -> Vec<u64> {
    let mut bits = vec![run.events(), run.population() as u64];
    for part in run.network().parts() {
        bits.push(run.passed(part));
        bits.push(run.mean_content(part).to_bits());
        bits.push(run.stay(part).mean().to_bits());
    }
    for station in 0..2 {
        let shares = run.utilisation(station).shares;
        bits.extend(shares.map(f64::to_bits));
    }
    bits
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_does_not() {
    let network = Arc::new(workshop());
    assert_eq!(check(&network), []);
    let run = |member| {
        let mut run = FlowRun::new(Arc::clone(&network), Seed { run: 3, member });
        run.run_until(at(5_000.0)).expect("a run");
        fingerprint(&run)
    };
    assert_eq!(run(0), run(0));
    assert_ne!(run(0), run(1));
}

#[test]
fn threads_do_not_change_a_bit() {
    let network = Arc::new(workshop());
    let run = |member| {
        let mut run = FlowRun::new(Arc::clone(&network), Seed { run: 3, member });
        run.run_until(at(2_000.0)).expect("a run");
        fingerprint(&run)
    };
    let alone: Vec<_> = (0..8).map(run).collect();
    let together: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|member| scope.spawn(move || run(member)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread"))
            .collect()
    });
    assert_eq!(alone, together);
}

#[test]
fn a_copy_and_a_saved_state_go_on_with_the_same_bits() {
    let mut run = started(workshop());
    for stop in [1.0, 77.7, 250.0, 1_333.0] {
        run.run_until(at(stop)).expect("a run");
        let text = serde_json::to_string(&run).expect("text");
        let mut copy = run.clone();
        let mut restored: FlowRun = serde_json::from_str(&text).expect("a run");
        let end = at(stop + 900.0);
        copy.run_until(end).expect("a run");
        restored.run_until(end).expect("a run");
        assert_eq!(
            fingerprint(&copy),
            fingerprint(&restored),
            "saved at {stop}"
        );
    }
}

#[test]
fn how_often_a_run_is_looked_at_does_not_change_it() {
    let mut whole = started(workshop());
    let mut pieces = whole.clone();
    whole.run_until(at(3_000.0)).expect("a run");
    for second in 1..=3_000 {
        pieces.run_until(at(f64::from(second))).expect("a run");
    }
    assert_eq!(fingerprint(&whole), fingerprint(&pieces));
}

#[test]
fn a_change_of_one_part_leaves_the_draws_of_all_others() {
    // Common random numbers: with more room the arrivals are the same ones.
    let arrivals = |capacity| {
        let mut network = workshop();
        network.buffers[1].capacity = capacity;
        let mut run = FlowRun::new(Arc::new(network), Seed::default());
        run.run_until(at(2_000.0)).expect("a run");
        [run.passed(Part::Source(0)), run.passed(Part::Source(1))]
    };
    assert_eq!(arrivals(1), arrivals(50));
}

#[test]
fn memory_stays_that_of_what_is_inside() {
    let mut run = started(workshop());
    let size = |run: &FlowRun| serde_json::to_string(run).expect("text").len();
    run.run_until(at(10_000.0)).expect("a run");
    let before = size(&run);
    run.run_until(at(200_000.0)).expect("a run");
    // Places of items are used again; only numbers get longer, and the most items
    // that were inside at one time.
    assert!(size(&run) < 3 * before, "{before} → {}", size(&run));
}

/// The whole state of a run, but for how far the times of what servers do are added up.
fn state(run: &FlowRun) -> String {
    let mut run = run.clone();
    for station in &mut run.stations {
        station.tally = super::super::statistics::StationTally::default();
        for server in &mut station.servers {
            (server.since, server.active_until) = (0, 0);
        }
    }
    serde_json::to_string(&run).expect("a state")
}

/// One stretch of a line: what it is, and three numbers that shape it.
fn stretch() -> impl Strategy<Value = (u8, u32, f64, f64)> {
    (0_u8..5, 1_u32..5, 0.1_f64..3.0, 0.0_f64..1.0)
}

/// A line of such stretches, one after the other.
fn composed(stretches: &[(u8, u32, f64, f64)], interval: f64, lose: bool) -> Network {
    let mut network = Network {
        sinks: 2,
        pools: vec![Pool { units: 2 }],
        ..Network::default()
    };
    let mut next = Part::Sink(0);
    for &(sort, count, time, share) in stretches.iter().rev() {
        next = match sort {
            0 => {
                network.buffers.push(buffer(count, next));
                Part::Buffer(network.buffers.len() as u32 - 1)
            }
            1 => {
                network.conveyors.push(Conveyor {
                    travel: (time * 1e9) as i64,
                    spacing: (time * 1e9 / f64::from(count)) as i64,
                    capacity: count,
                    accumulation: if share < 0.5 {
                        Accumulation::Accumulating
                    } else {
                        Accumulation::Stopping
                    },
                    outlet: Outlet::to(next),
                });
                Part::Conveyor(network.conveyors.len() as u32 - 1)
            }
            2 => {
                network.routers.push(Router {
                    rule: Rule::Chance(vec![1.0 - 0.1 * share, 0.1 * share]),
                    outlets: vec![Outlet::to(next), Outlet::to(Part::Sink(1))],
                });
                Part::Router(network.routers.len() as u32 - 1)
            }
            _ => {
                network.stations.push(Station {
                    servers: count,
                    blocking: if share < 0.3 && matches!(next, Part::Buffer(_) | Part::Sink(_)) {
                        Blocking::BeforeService
                    } else {
                        Blocking::AfterService
                    },
                    failure: (share > 0.5).then(|| Failure {
                        clock: if sort == 3 {
                            FailureClock::Operating
                        } else {
                            FailureClock::Calendar
                        },
                        time_to_failure: Times::exponential(20.0 * time),
                        repair: Times::exponential(4.0 * time),
                        crew: Some(0),
                    }),
                    operators: (share < 0.2).then_some(Operators { pool: 0, count: 1 }),
                    ..exponential(time, next)
                });
                Part::Station(network.stations.len() as u32 - 1)
            }
        };
    }
    network.sources.push(Source {
        when_full: if lose { WhenFull::Lose } else { WhenFull::Wait },
        ..Source::new(Times::exponential(interval), Outlet::to(next))
    });
    network
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a line is made of: no item is lost or doubled, no part holds more
    /// than it has room for, and every server does one thing at a time.
    #[test]
    fn items_are_conserved_in_any_line(
        stretches in prop::collection::vec(stretch(), 1..9),
        interval in 0.2_f64..3.0,
        lose in any::<bool>(),
    ) {
        let network = composed(&stretches, interval, lose);
        // The second sink is not reached without a router.
        let unfit: Vec<_> = (check(&network).into_iter())
            .filter(|problem| problem.part != Part::Sink(1))
            .collect();
        prop_assert_eq!(unfit, []);
        let mut run = FlowRun::new(Arc::new(network), Seed::default());
        for stop in [3.0, 40.0, 150.0] {
            run.run_until(at(stop)).expect("a run");
            let left = run.passed(Part::Sink(0)) + run.passed(Part::Sink(1));
            let inside: usize = run.network().parts().map(|part| run.content(part)).sum();
            prop_assert_eq!(inside, run.population());
            let held = run.content(Part::Source(0)) as u64;
            prop_assert_eq!(run.passed(Part::Source(0)) + held, left + inside as u64);
            for (index, buffer) in (0_u32..).zip(&run.network().buffers) {
                prop_assert!(run.content(Part::Buffer(index)) <= buffer.capacity as usize);
            }
            for (index, conveyor) in (0_u32..).zip(&run.network().conveyors) {
                prop_assert!(run.content(Part::Conveyor(index)) <= conveyor.capacity as usize);
            }
            for (index, station) in (0_u32..).zip(&run.network().stations) {
                prop_assert!(run.content(Part::Station(index)) <= station.servers as usize);
                let total: f64 = run.utilisation(index).shares.iter().sum();
                prop_assert!((total - 1.0).abs() < 1e-9);
            }
            prop_assert!(run.pool_use(0).0 <= 2.0);
        }
    }

    /// While a journal is kept, every item goes the long way from part to part. The
    /// short way leads to the same state, to the bit.
    #[test]
    fn a_journal_changes_nothing_in_any_line(
        stretches in prop::collection::vec(stretch(), 1..9),
        interval in 0.2_f64..3.0,
        held in 0_u32..4,
    ) {
        let network = Arc::new(composed(&stretches, interval, false));
        let mut plain = FlowRun::new(Arc::clone(&network), Seed::default());
        let mut told = plain.clone();
        told.record_happenings(true);
        for (stop, rate) in [(40.0, 1.0), (60.0, 5.0), (90.0, 0.5), (150.0, 2.0)] {
            for run in [&mut plain, &mut told] {
                run.set_rate(0, rate);
                if held < network.stations.len() as u32 {
                    run.set_held(held, stop == 90.0);
                }
                run.run_until(at(stop)).expect("a run");
            }
            prop_assert_eq!(state(&plain), state(&told));
            for station in 0..network.stations.len() as u32 {
                prop_assert_eq!(plain.tally(station), told.tally(station));
            }
        }
    }
}
