//! What in a log contradicts itself.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::LogProblemKind;
use super::{EventLog, Record};
use crate::quantity::SimTime;
use crate::twin::{PortReference, Twin, UnitState, What};

/// Where items may begin and end, by the positions of the assets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemEnds {
    /// Assets that make items: sources, and what divides items.
    pub makes: BTreeSet<u32>,
    /// Assets in which items end: sinks, sources that lose them, and what joins them.
    pub takes: BTreeSet<u32>,
}

/// Which assets items come to from which, over those that the log does not tell of.
struct Neighbours {
    /// For each asset that the log tells of, whether it tells of one before it.
    has_before: BTreeSet<u32>,
    has_after: BTreeSet<u32>,
}

impl Neighbours {
    fn new(log: &EventLog, twin: &Twin) -> Self {
        let told: BTreeSet<u32> = (log.records.iter())
            .filter(|record| matches!(record.happening.what, What::Entered { .. }))
            .map(|record| record.happening.asset)
            .collect();
        let places: BTreeMap<&str, u32> = ((0..).zip(&twin.assets))
            .map(|(place, asset)| (asset.id.as_str(), place))
            .collect();
        let mut forward: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut backward: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for link in &twin.links {
            let place = |end: &PortReference| {
                let (id, _) = end.parts()?;
                places.get(id).copied()
            };
            if let (Some(from), Some(to)) = (place(&link.from), place(&link.to)) {
                forward.entry(from).or_default().push(to);
                backward.entry(to).or_default().push(from);
            }
        }
        let with_neighbour = |links: &BTreeMap<u32, Vec<u32>>| {
            let found = told.iter().filter(|asset| reaches(**asset, links, &told));
            found.copied().collect()
        };
        Self {
            has_before: with_neighbour(&backward),
            has_after: with_neighbour(&forward),
        }
    }
}

/// Whether an asset that is told of follows on `asset`.
fn reaches(asset: u32, links: &BTreeMap<u32, Vec<u32>>, told: &BTreeSet<u32>) -> bool {
    let mut seen = BTreeSet::from([asset]);
    let mut next = vec![asset];
    while let Some(from) = next.pop() {
        for to in links.get(&from).into_iter().flatten() {
            if told.contains(to) && *to != asset {
                return true;
            }
            if seen.insert(*to) {
                next.push(*to);
            }
        }
    }
    false
}

/// How an item stands while a log is gone through.
#[derive(Clone, Copy, Debug)]
struct Whereabouts {
    /// The asset it is in, or was in last.
    asset: u32,
    is_inside: bool,
    line: u64,
    time: SimTime,
}

impl EventLog {
    /// Looks for what contradicts itself and adds it to the problems: items in two
    /// places, items that come from nowhere or vanish, servers in two states.
    ///
    /// Where the log tells nothing of what lies before an asset, items may come up
    /// in it; where it tells nothing of what lies behind, they may end. Those inside
    /// at the first instant were there before; those on their way at the last are.
    pub fn check(&mut self, twin: &Twin, ends: &ItemEnds) {
        self.check_items(twin, ends);
        self.check_states(twin);
        // Stable: what is wrong with one line stays in the order of finding.
        self.problems.sort_by_key(|problem| problem.line);
    }

    fn check_items(&mut self, twin: &Twin, ends: &ItemEnds) {
        let Some((first, last)) = self.span() else {
            return;
        };
        let neighbours = Neighbours::new(self, twin);
        let name = |asset: u32| {
            let found = twin.assets.get(asset as usize);
            found.map_or_else(String::new, |asset| asset.id.clone())
        };
        let mut items: BTreeMap<u64, Whereabouts> = BTreeMap::new();
        let mut found = Vec::new();
        for Record {
            line, happening, ..
        } in &self.records
        {
            let (asset, time) = (happening.asset, happening.time);
            let at = |is_inside| Whereabouts {
                asset,
                is_inside,
                line: *line,
                time,
            };
            match happening.what {
                What::Entered { item, .. } => match items.insert(item, at(true)) {
                    Some(before) if before.is_inside => found.push((
                        *line,
                        LogProblemKind::TwoPlaces {
                            item: self.items[item as usize].clone(),
                            asset: name(asset),
                            other: name(before.asset),
                            since: before.line,
                        },
                    )),
                    None if time > first
                        && !ends.makes.contains(&asset)
                        && neighbours.has_before.contains(&asset) =>
                    {
                        let item = self.items[item as usize].clone();
                        let asset = name(asset);
                        found.push((*line, LogProblemKind::FromNowhere { item, asset }));
                    }
                    _ => {}
                },
                What::Left { item } => {
                    let was_there = (items.insert(item, at(false)))
                        .is_some_and(|before| before.is_inside && before.asset == asset);
                    if !was_there {
                        let item = self.items[item as usize].clone();
                        let asset = name(asset);
                        found.push((*line, LogProblemKind::NotThere { item, asset }));
                    }
                }
                What::Loaded { item, .. } | What::Unloaded { item } => {
                    let is_there = (items.get(&item))
                        .is_some_and(|stands| stands.is_inside && stands.asset == asset);
                    if !is_there {
                        let item = self.items[item as usize].clone();
                        let asset = name(asset);
                        found.push((*line, LogProblemKind::NotCarried { item, asset }));
                    }
                }
                What::Request { item, step } => {
                    let is_there = (items.get(&item))
                        .is_some_and(|stands| stands.is_inside && stands.asset == asset);
                    if !is_there {
                        let item = self.items[item as usize].clone();
                        let asset = name(asset);
                        found.push((*line, LogProblemKind::NotAsked { item, asset, step }));
                    }
                }
                What::State { .. } | What::Travels { .. } | What::Carries { .. } => {}
            }
        }
        for (item, left) in &items {
            let may_end = left.is_inside
                || left.time >= last
                || ends.takes.contains(&left.asset)
                || !neighbours.has_after.contains(&left.asset);
            if !may_end {
                let item = self.items[*item as usize].clone();
                let asset = name(left.asset);
                found.push((left.line, LogProblemKind::Vanishes { item, asset }));
            }
        }
        for (line, kind) in found {
            self.note(line, kind);
        }
    }

    fn check_states(&mut self, twin: &Twin) {
        let mut until: BTreeMap<(u32, u16), (SimTime, UnitState, u64)> = BTreeMap::new();
        let mut found = Vec::new();
        for record in &self.records {
            let What::State { server, state } = record.happening.what else {
                continue;
            };
            let asset = record.happening.asset;
            let begin = record.happening.time;
            if let Some((end, other, since)) = until.get(&(asset, server)).copied()
                && begin < end
                && state != other
            {
                let name = twin.assets.get(asset as usize);
                found.push((
                    record.line,
                    LogProblemKind::Overlap {
                        asset: name.map_or_else(String::new, |asset| asset.id.clone()),
                        server,
                        state,
                        other,
                        since,
                    },
                ));
            }
            match record.until {
                Some(end) => {
                    let before = until.get(&(asset, server));
                    if before.is_none_or(|before| before.0 < end) {
                        until.insert((asset, server), (end, state, record.line));
                    }
                }
                // A state without an end lasts until the next begins, and so does
                // not overlap with it.
                None => {
                    until.remove(&(asset, server));
                }
            }
        }
        for (line, kind) in found {
            self.note(line, kind);
        }
    }
}
