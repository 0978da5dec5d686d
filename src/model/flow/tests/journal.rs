//! What the journal says is what was counted.

use std::collections::{BTreeMap, BTreeSet};

use super::reproducible::workshop;
use super::statistics::{Activity, StationTally};
use super::*;
use crate::twin::What;

/// What the entries of a journal say of a part or a server, without looking at the
/// run.
#[derive(Default)]
struct Rebuilt {
    inside: BTreeMap<Part, BTreeSet<u64>>,
    passed: BTreeMap<Part, u64>,
    /// Items times nanoseconds.
    held: BTreeMap<Part, i128>,
    servers: BTreeMap<(Part, u16), (i64, Activity)>,
    tallies: BTreeMap<Part, StationTally>,
    where_items_are: BTreeMap<u64, Part>,
    now: i64,
}

impl Rebuilt {
    fn advance(&mut self, time: i64) {
        assert!(time >= self.now, "entries are in order of time");
        for (part, items) in &self.inside {
            *self.held.entry(*part).or_default() +=
                items.len() as i128 * i128::from(time - self.now);
        }
        self.now = time;
    }

    fn read(&mut self, run: &mut FlowRun) {
        for (time, part, what) in run.take_happenings() {
            self.advance(time.nanoseconds());
            match what {
                What::Entered { item, .. } => {
                    let before = self.where_items_are.insert(item, part);
                    assert_eq!(before, None, "item {item} is in one part at a time");
                    self.inside.entry(part).or_default().insert(item);
                }
                What::Left { item } => {
                    assert_eq!(self.where_items_are.remove(&item), Some(part));
                    self.inside.entry(part).or_default().remove(&item);
                    *self.passed.entry(part).or_default() += 1;
                }
                What::State { server, state } => {
                    let now = (time.nanoseconds(), state);
                    if let Some((since, before)) = self.servers.insert((part, server), now) {
                        let tally = self.tallies.entry(part).or_default();
                        tally.spend(before, now.0 - since);
                    }
                }
                What::Travels { .. }
                | What::Loaded { .. }
                | What::Unloaded { .. }
                | What::Carries { .. }
                | What::Request { .. } => {}
            }
        }
        self.advance(run.time().nanoseconds());
    }

    fn tally(&self, part: Part) -> StationTally {
        let mut tally = self.tallies.get(&part).cloned().unwrap_or_default();
        for ((_, _), (since, state)) in (self.servers.iter()).filter(|(key, _)| key.0 == part) {
            tally.spend(*state, self.now - since);
        }
        tally
    }

    fn assert_agrees(&self, run: &FlowRun) {
        for part in run.network().parts() {
            let inside = self.inside.get(&part).map_or(0, BTreeSet::len);
            assert_eq!(inside, run.content(part), "{part:?}");
            if let Part::Station(station) = part {
                let shares = self.tally(part).utilisation().shares;
                assert_eq!(shares, run.utilisation(station).shares, "{part:?}");
            }
            if matches!(part, Part::Buffer(_) | Part::Station(_) | Part::Conveyor(_)) {
                let held = self.held.get(&part).copied().unwrap_or(0);
                // Whole numbers below 2^53: a quotient of the same two numbers.
                let mean = held as f64 / self.now as f64;
                assert_eq!(mean.to_bits(), run.mean_content(part).to_bits(), "{part:?}");
            }
            if matches!(part, Part::Buffer(_) | Part::Conveyor(_)) {
                assert_eq!(
                    self.passed.get(&part).copied().unwrap_or(0),
                    run.passed(part)
                );
            }
        }
        assert_eq!(self.where_items_are.len(), run.population());
    }
}

fn assert_the_journal_agrees(network: Network, seconds: f64) {
    let mut run = started(network);
    run.record_happenings(true);
    let mut rebuilt = Rebuilt::default();
    // Read in stretches, as a watcher does.
    for stretch in 1..=10 {
        run.run_until(at(seconds * f64::from(stretch) / 10.0))
            .expect("a run");
        rebuilt.read(&mut run);
        rebuilt.assert_agrees(&run);
    }
}

#[test]
fn contents_and_states_can_be_rebuilt_from_the_journal_alone() {
    assert_the_journal_agrees(workshop(), 5_000.0);
}

#[test]
fn joined_items_leave_and_pieces_come_in() {
    let network = Network {
        sources: vec![
            every(1.0, Part::Station(0)),
            Source {
                outlet: Outlet {
                    part: Part::Station(0),
                    inlet: 1,
                },
                when_full: WhenFull::Lose,
                ..every(0.7, Part::Station(0))
            },
        ],
        stations: vec![
            Station {
                needs: vec![1, 2],
                output: Yield::Joined,
                ..works(0.9, Part::Buffer(0))
            },
            Station {
                output: Yield::Pieces(3),
                blocking: Blocking::AfterService,
                ..works(0.4, Part::Buffer(1))
            },
            works(0.8, Part::Sink(0)),
        ],
        buffers: vec![buffer(2, Part::Station(1)), buffer(4, Part::Station(2))],
        sinks: 1,
        ..Network::default()
    };
    assert_the_journal_agrees(network, 300.0);
}

#[test]
fn a_journal_begun_on_the_way_tells_first_how_things_stand() {
    let mut run = started(workshop());
    run.run_until(at(700.0)).expect("a run");
    run.restart_statistics();
    run.record_happenings(true);
    let mut rebuilt = Rebuilt {
        now: run.time().nanoseconds(),
        ..Rebuilt::default()
    };
    rebuilt.read(&mut run);
    assert_eq!(rebuilt.where_items_are.len(), run.population());
    for (part, items) in &rebuilt.inside {
        assert_eq!(items.len(), run.content(*part), "{part:?}");
    }
    run.run_until(at(1_500.0)).expect("a run");
    rebuilt.read(&mut run);
    for station in 0..2 {
        let shares = rebuilt.tally(Part::Station(station)).utilisation().shares;
        assert_eq!(shares, run.utilisation(station).shares);
    }
}

#[test]
fn a_journal_changes_nothing_and_copies_keep_none() {
    let mut watched = started(workshop());
    let mut alone = watched.clone();
    watched.record_happenings(true);
    for run in [&mut watched, &mut alone] {
        run.run_until(at(900.0)).expect("a run");
    }
    let mut copy = watched.clone();
    copy.run_until(at(1_000.0)).expect("a run");
    assert_eq!(copy.take_happenings().count(), 0);
    assert!(watched.take_happenings().count() > 100);
    assert_eq!(watched.events(), alone.events());
    assert_eq!(watched.utilisation(0).shares, alone.utilisation(0).shares);
}
