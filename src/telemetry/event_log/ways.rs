//! What in the ways of agents contradicts itself, or the aisles of the twin.

use std::collections::{BTreeMap, BTreeSet};

use super::EventLog;
use super::problem::LogProblemKind;
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{Twin, What};

/// By how much a way may be faster than it can be, s: many systems write whole seconds.
const ROUNDING: f64 = 1.0;

/// Where an agent comes to by the last of its ways.
struct Last {
    to: u32,
    arrives: SimTime,
    line: u64,
}

impl EventLog {
    /// Looks for what contradicts itself in the ways of agents and adds it to the
    /// problems: ways that begin where the last did not end, or before it ended, or
    /// that are faster than `least` says an agent of an asset can be from one waypoint
    /// to another; and items that are unloaded without having been loaded, where the
    /// log tells of loading.
    ///
    /// The first way of an agent may have begun before the log, and is not held against
    /// a speed; ways that `least` knows nothing of are not either.
    pub fn check_ways(
        &mut self,
        twin: &Twin,
        mut least: impl FnMut(u32, u32, u32) -> Option<SimDuration>,
    ) {
        let name = |asset: u32| {
            let found = twin.assets.get(asset as usize);
            found.map_or_else(String::new, |asset| asset.id.clone())
        };
        let mut found = Vec::new();
        let mut last: BTreeMap<(u32, u16), Last> = BTreeMap::new();
        for record in &self.records {
            let (asset, time) = (record.happening.asset, record.happening.time);
            let What::Travels {
                agent,
                from,
                to,
                arrives,
            } = record.happening.what
            else {
                continue;
            };
            let way = Last {
                to,
                arrives,
                line: record.line,
            };
            let Some(before) = last.insert((asset, agent), way) else {
                continue;
            };
            if before.to != from {
                found.push((
                    record.line,
                    LogProblemKind::NotThereYet {
                        agent,
                        asset: name(asset),
                        from: name(from),
                        other: name(before.to),
                        since: before.line,
                    },
                ));
            } else if before.arrives > time {
                found.push((
                    record.line,
                    LogProblemKind::TooEarly {
                        agent,
                        asset: name(asset),
                        from: name(from),
                        arrives: before.arrives,
                        since: before.line,
                    },
                ));
            }
            let took = arrives - time;
            if from != to
                && let Some(least) = least(asset, from, to)
                && took.as_seconds() + ROUNDING < least.as_seconds()
            {
                found.push((
                    record.line,
                    LogProblemKind::TooFast {
                        agent,
                        asset: name(asset),
                        from: name(from),
                        to: name(to),
                        took,
                        least,
                    },
                ));
            }
        }
        self.find_unloadings(&name, &mut found);
        for (line, kind) in found {
            self.note(line, kind);
        }
        // Stable: what is wrong with one line stays in the order of finding.
        self.problems.sort_by_key(|problem| problem.line);
    }

    /// Items that are unloaded and were not loaded since they came in. Those inside at
    /// the first instant may have been loaded before.
    fn find_unloadings(
        &self,
        name: &impl Fn(u32) -> String,
        found: &mut Vec<(u64, LogProblemKind)>,
    ) {
        let Some((first, _)) = self.span() else {
            return;
        };
        let told: BTreeSet<u32> = (self.happenings())
            .filter(|one| matches!(one.what, What::Loaded { .. }))
            .map(|one| one.asset)
            .collect();
        // The items inside since after the first instant, and whether each is loaded.
        let mut inside: BTreeMap<(u32, u64), bool> = BTreeMap::new();
        for record in &self.records {
            let asset = record.happening.asset;
            if !told.contains(&asset) {
                continue;
            }
            match record.happening.what {
                What::Entered { item, .. } if record.happening.time > first => {
                    inside.insert((asset, item), false);
                }
                What::Left { item } => {
                    inside.remove(&(asset, item));
                }
                What::Loaded { item, .. } => {
                    inside.insert((asset, item), true);
                }
                What::Unloaded { item } => {
                    let is_loaded = inside.insert((asset, item), false);
                    if is_loaded == Some(false) {
                        let item = self.items[item as usize].clone();
                        let asset = name(asset);
                        found.push((record.line, LogProblemKind::NotLoaded { item, asset }));
                    }
                }
                _ => {}
            }
        }
    }
}
