//! What must never happen, whatever the aisles look like.

use proptest::prelude::*;

use super::*;

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
