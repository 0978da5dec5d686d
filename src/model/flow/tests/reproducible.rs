//! The same bits from the same seed, from a copy and from a saved state.

use super::*;

/// A bit of everything.
fn workshop() -> Network {
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
