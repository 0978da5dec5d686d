//! Conveyors, by counting on paper.

use super::*;

/// Ten metres at 1 m/s, items of 2 m, to a machine.
fn conveyor(accumulation: Accumulation, interval: f64, service: f64) -> Network {
    Network {
        sources: vec![every(interval, Part::Conveyor(0))],
        conveyors: vec![Conveyor {
            travel: 10_000_000_000,
            spacing: 2_000_000_000,
            capacity: 5,
            accumulation,
            outlet: Outlet::to(Part::Station(0)),
        }],
        stations: vec![works(service, Part::Sink(0))],
        sinks: 1,
        ..Network::default()
    }
}

#[test]
fn a_conveyor_takes_its_time() {
    for accumulation in [Accumulation::Accumulating, Accumulation::Stopping] {
        let run = run_for(conveyor(accumulation, 5.0, 1.0), 104.0);
        // Made at 5, 10, … 90 and so out of the machine by 101.
        assert_eq!(run.passed(Part::Sink(0)), 18);
        assert!((run.stay(Part::Sink(0)).mean() - 11.0).abs() < 1e-9);
    }
}

#[test]
fn items_keep_their_distance_on_a_conveyor() {
    // One wants on every second; there is room for one every two seconds.
    let run = run_for(conveyor(Accumulation::Accumulating, 1.0, 0.5), 1000.0);
    let passed = run.passed(Part::Conveyor(0));
    assert!((490..=497).contains(&passed), "{passed}");
}

#[test]
fn a_conveyor_holds_no_more_than_it_has_room_for() {
    for accumulation in [Accumulation::Accumulating, Accumulation::Stopping] {
        let run = run_for(conveyor(accumulation, 1.0, 100.0), 90.0);
        // One in the machine, the rest behind it.
        assert_eq!(run.content(Part::Conveyor(0)), 5, "{accumulation:?}");
        assert_eq!(run.content(Part::Station(0)), 1);
    }
}

#[test]
fn a_conveyor_that_stops_keeps_the_gaps_and_one_that_does_not_closes_them() {
    // Items at 4, 8, 12 reach the end at 14, 18, 22. The machine takes the first
    // at 14 and is busy until 34.
    let line = |accumulation| {
        let mut network = conveyor(accumulation, 4.0, 20.0);
        network.sources[0].limit = Some(3);
        let mut run = started(network);
        run.run_until(at(33.0)).expect("a run");
        run.set_speed(0, 1000.0);
        // The first is done at once, the second taken at once.
        run.run_until(at(60.0)).expect("a run");
        run.stay(Part::Sink(0))
    };
    let (closed_up, _) = line(Accumulation::Accumulating).ends().expect("items");
    let (stopped, _) = line(Accumulation::Stopping).ends().expect("items");
    // The third was made at 12, and stays the shortest. Closed up, it is at the end
    // 2 s after the second has left at 33; with its gap kept, 4 s after.
    assert!((closed_up - 23.0).abs() < 0.1, "{closed_up}");
    assert!((stopped - 25.0).abs() < 0.1, "{stopped}");
}

#[test]
fn a_changed_speed_of_a_conveyor_applies_to_what_is_on_it() {
    for accumulation in [Accumulation::Accumulating, Accumulation::Stopping] {
        let mut network = conveyor(accumulation, 4.0, 0.001);
        network.sources[0].limit = Some(2);
        let mut slower = network.clone();
        slower.conveyors[0].travel *= 2;
        slower.conveyors[0].spacing *= 2;
        let (network, slower) = (Arc::new(network), Arc::new(slower));
        let mut run = FlowRun::new(Arc::clone(&network), Seed::default());
        // Two items come on at 4 and 8; at 10 they have gone 6 m and 2 m at 1 m/s.
        run.run_until(at(10.0)).expect("a run");
        run.set_network(slower);
        // From 10 to 16 at 0.5 m/s: 9 m and 5 m; then 1 m/s again.
        run.run_until(at(16.0)).expect("a run");
        run.set_network(network);
        for (seconds, passed) in [(16.9, 0), (17.1, 1), (20.9, 1), (21.1, 2)] {
            run.run_until(at(seconds)).expect("a run");
            let found = run.passed(Part::Conveyor(0));
            assert_eq!(found, passed, "{accumulation:?} at {seconds}");
        }
    }
}

#[test]
fn a_changed_speed_moves_no_item_of_a_conveyor_that_is_held() {
    for accumulation in [Accumulation::Accumulating, Accumulation::Stopping] {
        let network = conveyor(accumulation, 0.5, 100.0);
        let mut faster = network.clone();
        faster.conveyors[0].travel /= 2;
        faster.conveyors[0].spacing /= 2;
        let mut run = started(network);
        run.run_until(at(60.0)).expect("a run");
        let content = run.content(Part::Conveyor(0));
        run.set_network(Arc::new(faster));
        run.run_until(at(100.0)).expect("a run");
        assert_eq!(run.content(Part::Conveyor(0)), content, "{accumulation:?}");
        assert_eq!(run.passed(Part::Conveyor(0)), 1, "{accumulation:?}");
        // One every second once nothing holds them, where they stood close.
        run.set_speed(0, 1e6);
        run.run_until(at(200.0)).expect("a run");
        let found = run.passed(Part::Conveyor(0));
        assert!((97..=103).contains(&found), "{accumulation:?}: {found}");
    }
}
