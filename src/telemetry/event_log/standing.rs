//! How a line stands at an instant of its log.

use std::collections::BTreeMap;

use super::EventLog;
use super::durations::{CountedTime, Durations, Server};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{
    Carried, Standing, StandingAgent, StandingItem, StandingServer, UnitState, What,
};

impl EventLog {
    /// How the line stands at `time`; what happened at the time itself has happened.
    /// `counted` says of an asset which time counts towards its failures.
    #[must_use]
    pub fn standing(&self, time: SimTime, counted: impl Fn(u32) -> CountedTime) -> Standing {
        let mut items: BTreeMap<u64, (u64, StandingItem)> = BTreeMap::new();
        let mut born: BTreeMap<u64, SimTime> = BTreeMap::new();
        // What each server did before it was interrupted.
        let mut doing: BTreeMap<(u32, u16), UnitState> = BTreeMap::new();
        // Where each item was last, also between two assets.
        let mut places: BTreeMap<u64, u32> = BTreeMap::new();
        let mut arrivals = BTreeMap::new();
        let mut agents = BTreeMap::new();
        let mut unloadings = BTreeMap::new();
        let mut servers: BTreeMap<(u32, u16), Server> = BTreeMap::new();
        let mut unused = Durations::default();
        let until = self
            .records
            .partition_point(|record| record.happening.time <= time);
        for (order, happening) in (0..).zip(self.happenings().take(until)) {
            let (asset, now) = (happening.asset, happening.time);
            match happening.what {
                What::Entered { item, class } => {
                    let born = *born.entry(item).or_insert_with(|| {
                        arrivals.insert(asset, (item, now));
                        now
                    });
                    let standing = StandingItem {
                        asset,
                        from: places.insert(item, asset),
                        class,
                        born,
                        entered: now,
                        carried: None,
                    };
                    items.insert(item, (order, standing));
                }
                What::Left { item } => {
                    items.remove(&item);
                    if let Some(last) = arrivals.get_mut(&asset).filter(|last| last.0 == item) {
                        last.1 = now;
                    }
                }
                What::State { server, state } => {
                    if !matches!(state, UnitState::Down | UnitState::Off) {
                        doing.insert((asset, server), state);
                    }
                    let counted = counted(asset);
                    match servers.get_mut(&(asset, server)) {
                        Some(one) => one.change(state, now, counted, &mut unused),
                        None => {
                            servers.insert((asset, server), Server::as_new(state, now));
                        }
                    }
                }
                What::Travels {
                    agent,
                    from,
                    to,
                    arrives,
                } => {
                    let standing = StandingAgent {
                        asset,
                        agent,
                        from,
                        to,
                        left: now,
                        arrives,
                    };
                    agents.insert((asset, agent), standing);
                }
                What::Loaded { item, agent } => {
                    if let Some((_, standing)) = inside(&mut items, item, asset) {
                        let since = now;
                        standing.carried = Some(Carried::Loaded { agent, since });
                    }
                }
                What::Request { .. } => {}
                What::Unloaded { item } => {
                    if let Some((_, standing)) = inside(&mut items, item, asset)
                        && let Some(Carried::Loaded { agent, .. }) =
                            standing.carried.replace(Carried::Unloaded)
                    {
                        unloadings.insert((asset, agent), now);
                    }
                }
                What::Carries { .. } => {}
            }
        }
        let mut items: Vec<(u64, StandingItem)> = items.into_values().collect();
        items.sort_unstable_by_key(|(order, _)| *order);
        let servers = servers.into_iter().map(|((asset, number), mut server)| {
            server.spend(time, counted(asset));
            StandingServer {
                asset,
                server: number,
                state: server.state,
                doing: match server.state {
                    UnitState::Down | UnitState::Off => {
                        let before = doing.get(&(asset, number)).copied();
                        before.unwrap_or(server.state)
                    }
                    state => state,
                },
                since: server.since,
                work: (server.work.filter(|_| server.is_open)).map(SimDuration::from_nanoseconds),
                age: SimDuration::from_nanoseconds(server.age.unwrap_or(0)),
            }
        });
        Standing {
            time,
            items: items.into_iter().map(|(_, item)| item).collect(),
            servers: servers.collect(),
            arrivals: (arrivals.into_iter())
                .map(|(asset, (_, time))| (asset, time))
                .collect(),
            agents: agents.into_values().collect(),
            unloadings: (unloadings.into_iter())
                .map(|((asset, agent), time)| (asset, agent, time))
                .collect(),
        }
    }
}

/// An item that is inside an asset, as it stands.
fn inside(
    items: &mut BTreeMap<u64, (u64, StandingItem)>,
    item: u64,
    asset: u32,
) -> Option<&mut (u64, StandingItem)> {
    items.get_mut(&item).filter(|(_, one)| one.asset == asset)
}
