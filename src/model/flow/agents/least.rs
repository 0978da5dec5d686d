//! How fast agents can be, for who holds a record of their ways against it.

use std::collections::BTreeMap;

use super::check::check_roads;
use super::dispatch::may_pass;
use super::resume::AgentPlaces;
use crate::model::flow::build::Layout;
use crate::model::flow::network::Network;
use crate::quantity::SimDuration;
use crate::twin::{Twin, VariableTable};

/// The least times between waypoints of the agents of a twin, by the parameters of its
/// document, were nobody else there.
#[derive(Debug)]
pub struct LeastTimes {
    network: Network,
    places: AgentPlaces,
    /// By asset and waypoint, ns; `i64::MAX` where no way leads.
    known: BTreeMap<(u32, u32), Vec<i64>>,
}

impl LeastTimes {
    /// Those of a twin; `None` where it has no agents, or their aisles are not in order.
    #[must_use]
    pub fn of(twin: &Twin, variables: &VariableTable) -> Option<Self> {
        let layout = Layout::read(twin, variables).ok()??;
        let network = layout.network(&variables.initial_values()).ok()?;
        if network.roads.waypoints.is_empty() || !check_roads(&network).is_empty() {
            return None;
        }
        let places = layout.roads.places(&layout);
        Some(Self {
            network,
            places,
            known: BTreeMap::new(),
        })
    }

    /// The least time of an agent of an asset from one waypoint to another, all given by
    /// their positions in the document; `None` where no way leads there, or they are
    /// something else.
    pub fn least(&mut self, asset: u32, from: u32, to: u32) -> Option<SimDuration> {
        let waypoint = |asset: u32| self.places.waypoints.get(&asset).copied();
        let (from, to) = (waypoint(from)?, waypoint(to)?);
        let roads = &self.network.roads;
        if !self.known.contains_key(&(asset, from)) {
            let times = if let Some(&fleet) = self.places.fleets.get(&asset) {
                let may_pass = |waypoint| may_pass(&self.network, fleet, waypoint);
                let speed = roads.fleets[fleet as usize].speed;
                roads.least_times(from, speed, may_pass, &[])
            } else {
                let pool = self.places.pools.get(&asset)?;
                let walk = roads.walks.iter().find(|walk| walk.pool == *pool)?;
                roads.times_on_foot(from, walk.speed)
            };
            self.known.insert((asset, from), times);
        }
        let time = *self.known.get(&(asset, from))?.get(to as usize)?;
        (time < i64::MAX).then(|| SimDuration::from_nanoseconds(time))
    }
}
