//! Vehicles and operators as a record says that they stand, and what they go on with.
//!
//! A record tells of ways and of what was loaded and unloaded; it does not tell what an
//! empty vehicle is sent for. One that stands at a pick-up where something waits is
//! loading; one that drives straight towards a pick-up where something waits is to
//! fetch it. All others are free, and take what there is.

use std::collections::{BTreeMap, BTreeSet};

use super::bookings::{Going, Stay};
use super::read::RoadLayout;
use super::results::VehicleMode;
use super::roads::Passage;
use super::route::{Stop, Visit};
use super::state::{Errand, Phase};
use crate::model::flow::build::Layout;
use crate::model::flow::item::ItemIndex;
use crate::model::flow::network::Network;
use crate::model::flow::resume::Obstacle;
use crate::model::flow::run::FlowRun;
use crate::quantity::SimTime;
use crate::twin::{Carried, Standing, StandingAgent};

/// Which assets are fleets, pools and waypoints, by their positions in the document.
#[derive(Clone, Debug, Default)]
pub(in crate::model::flow) struct AgentPlaces {
    pub(super) fleets: BTreeMap<u32, u32>,
    pub(super) pools: BTreeMap<u32, u32>,
    pub(super) waypoints: BTreeMap<u32, u32>,
}

/// Vehicles and transports that a record tells of.
#[derive(Clone, Debug, Default)]
pub(in crate::model::flow) struct Told {
    vehicles: BTreeSet<u32>,
    fleets: BTreeSet<u32>,
    /// When a vehicle last unloaded something, by its place.
    unloaded: BTreeMap<u32, i64>,
}

/// What a vehicle goes on with.
struct Journey {
    vehicle: u32,
    errand: Errand,
    visits: Vec<Visit>,
    /// How many of them are made.
    done: u32,
}

impl RoadLayout {
    /// Which assets agents are, and go about on.
    pub(in crate::model::flow) fn places(&self, layout: &Layout) -> AgentPlaces {
        // A document of four billion assets cannot be held.
        let fleets = (self.fleets.iter()).map(|one| one.member.asset as u32);
        let pools = layout.pools.iter().map(|member| member.asset as u32);
        let waypoints = self.waypoints.iter().map(|member| member.asset as u32);
        AgentPlaces {
            fleets: fleets.zip(0..).collect(),
            pools: pools.zip(0..).collect(),
            waypoints: waypoints.zip(0..).collect(),
        }
    }
}

impl FlowRun {
    /// Puts agents where they stand or drive. Of those that nothing is told of,
    /// vehicles stand at home and operators too.
    ///
    /// # Errors
    /// When there is no such vehicle or operator.
    pub(in crate::model::flow) fn put_agents(
        &mut self,
        network: &Network,
        standing: &Standing,
        places: &AgentPlaces,
    ) -> Result<Told, Obstacle> {
        let mut told = Told::default();
        for agent in &standing.agents {
            let waypoint = |asset: u32| places.waypoints.get(&asset).copied();
            let (Some(from), Some(to)) = (waypoint(agent.from), waypoint(agent.to)) else {
                continue;
            };
            let (left, arrives) = (agent.left.nanoseconds(), agent.arrives.nanoseconds());
            let number = agent.agent;
            if let Some(pool) = places.pools.get(&agent.asset) {
                let is_there = self.put_walker(*pool, number, (from, left), (to, arrives));
                // Operators that do not walk are everywhere at once.
                if !is_there && !self.pools[*pool as usize].walkers.is_empty() {
                    return Err((agent.asset, format!("it has no operator {number}")));
                }
            }
            if let Some(fleet) = places.fleets.get(&agent.asset) {
                let index = self.vehicle(*fleet, agent)?;
                self.put_vehicle(network, index, (from, left), (to, arrives));
                told.vehicles.insert(index);
                told.fleets.insert(*fleet);
            }
        }
        Ok(told)
    }

    fn vehicle(&self, fleet: u32, agent: &StandingAgent) -> Result<u32, Obstacle> {
        self.vehicle_of(fleet, agent.agent)
            .ok_or_else(|| (agent.asset, format!("it has no vehicle {}", agent.agent)))
    }

    fn vehicle_of(&self, fleet: u32, number: u16) -> Option<u32> {
        let mut vehicles = (0_u32..).zip(&self.vehicles);
        let found = vehicles
            .find(|(_, vehicle)| vehicle.fleet == fleet && vehicle.number == u32::from(number));
        found.map(|(index, _)| index)
    }

    /// Puts a vehicle at a waypoint, or between two, and books where it is, for good as
    /// long as nobody has said what it goes on with.
    fn put_vehicle(
        &mut self,
        network: &Network,
        index: u32,
        (from, left): (u32, i64),
        (to, arrives): (u32, i64),
    ) {
        let now = self.now;
        let number = self.vehicles[index as usize].fleet;
        let fleet = &network.roads.fleets[number as usize];
        let clearance = fleet.clearance(self.speed_of(network, number));
        let at_home = to == fleet.home;
        let there = Stop {
            waypoint: to,
            at_home,
            arrives,
            leaves: i64::MAX,
            way: None,
            visits: 0,
        };
        let vehicle = &mut self.vehicles[index as usize];
        vehicle.stops.clear();
        vehicle.at = 0;
        if arrives > now && left < arrives {
            // Where no aisle leads straight there, it drives all the same.
            let mut ways = network.roads.ways_from(from).filter(|way| way.to == to);
            let way: Option<Passage> = ways.next();
            vehicle.phase = Phase::Going;
            vehicle.stops.push(Stop {
                waypoint: from,
                at_home: from == fleet.home,
                arrives: left,
                leaves: left,
                way,
                visits: 0,
            });
            if let Some(way) = way {
                let going = Going {
                    enters: left,
                    leaves: arrives,
                    clearance,
                    forward: way.forward,
                    vehicle: index,
                };
                self.bookings.go(way.aisle, going, now);
            }
        } else {
            vehicle.phase = Phase::Standing;
            vehicle.ready = now;
        }
        self.vehicles[index as usize].stops.push(there);
        if !at_home {
            let stay = Stay {
                from: arrives,
                until: i64::MAX,
                vehicle: index,
            };
            self.bookings.stay(to, stay, now);
        }
        self.set_timer(index);
    }

    /// Puts an item that is known to be inside a transport: on its vehicle, at the
    /// drop-off, or at the pick-up. Where nothing is known of vehicles, those that came
    /// first stand at the drop-off, as far as it has places.
    ///
    /// # Errors
    /// When there is no such vehicle.
    pub(in crate::model::flow) fn put_in_transport(
        &mut self,
        network: &Network,
        index: u32,
        item: ItemIndex,
        carried: Option<Carried>,
        told: &mut Told,
    ) -> Result<(), String> {
        let definition = &network.transports[index as usize];
        let fleet = definition.fleet;
        self.transports[index as usize].content.add(self.now, 1.0);
        match carried {
            Some(Carried::Loaded { agent, since }) => {
                let vehicle = (self.vehicle_of(fleet, agent))
                    .ok_or_else(|| format!("its fleet has no vehicle {agent}"))?;
                self.put_on_vehicle(network, index, item, vehicle, since, told);
            }
            Some(Carried::Unloaded) => self.transports[index as usize].brought.push_back(item),
            None => {
                let is_told = told.fleets.contains(&fleet);
                let places = definition.drop_off_places as usize;
                let state = &mut self.transports[index as usize];
                if is_told || state.brought.len() >= places {
                    state.waiting.push_back(item);
                } else {
                    state.brought.push_back(item);
                }
            }
        }
        Ok(())
    }

    fn put_on_vehicle(
        &mut self,
        network: &Network,
        transport: u32,
        item: ItemIndex,
        index: u32,
        since: SimTime,
        told: &mut Told,
    ) {
        let definition = &network.transports[transport as usize];
        if told.vehicles.insert(index) {
            // Its ways are not told, but when it went off.
            let times = self.times_from(network, definition.fleet, definition.pick_up);
            let left = since.nanoseconds();
            let arrives = left.saturating_add(times[definition.drop_off as usize]);
            let (from, to) = (definition.pick_up, definition.drop_off);
            self.put_vehicle(network, index, (from, left), (to, arrives));
        }
        let vehicle = &mut self.vehicles[index as usize];
        let state = &mut self.transports[transport as usize];
        if !matches!(vehicle.errand, Errand::None) && vehicle.errand != Errand::Carry(transport) {
            // It carries the items of one transport at a time.
            state.waiting.push_back(item);
            return;
        }
        vehicle.errand = Errand::Carry(transport);
        vehicle.load.push(item);
        vehicle.promised += 1;
        state.carried += 1;
        state.kept += 1;
    }

    /// Takes note of what is known of a transport: whether anything, and when vehicles
    /// last unloaded something of it.
    pub(in crate::model::flow) fn note_transport(
        &self,
        network: &Network,
        transport: u32,
        asset: u32,
        standing: &Standing,
        told: &mut Told,
    ) {
        let fleet = network.transports[transport as usize].fleet;
        let mut items = standing.items.iter().filter(|one| one.asset == asset);
        if items.any(|one| one.carried.is_some()) {
            told.fleets.insert(fleet);
        }
        for (_, agent, time) in standing.unloadings.iter().filter(|one| one.0 == asset) {
            told.fleets.insert(fleet);
            if let Some(vehicle) = self.vehicle_of(fleet, *agent) {
                let last = told.unloaded.entry(vehicle).or_insert(i64::MIN);
                *last = time.nanoseconds().max(*last);
            }
        }
    }

    /// Lets vehicles go on with what they do, and then what was put into transports.
    ///
    /// A way is looked for among those of others, first for those that are known to
    /// have a task. Where no order can be found in which each gets past the others, as
    /// may be where real vehicles make way for each other, they go on as if alone.
    pub(in crate::model::flow) fn start_transports(&mut self, network: &Network, told: &Told) {
        let mut journeys = self.bringing(network);
        journeys.extend(self.loading(network, told));
        journeys.extend(self.fetching(network, told));
        journeys.extend(self.homeward(network, &journeys));
        loop {
            let before = journeys.len();
            journeys.retain(|journey| !self.go_on_with(network, journey, false));
            if journeys.is_empty() || journeys.len() == before {
                break;
            }
        }
        for journey in &journeys {
            self.go_on_with(network, journey, true);
        }
        for index in 0..self.transports.len() as u32 {
            self.forward_transport(network, index);
        }
        for fleet in 0..network.roads.fleets.len() as u32 {
            self.dispatch(network, fleet);
        }
    }

    fn go_on_with(&mut self, network: &Network, journey: &Journey, regardless: bool) -> bool {
        let (index, visits) = (journey.vehicle, &journey.visits);
        let before = (
            self.vehicles[index as usize].errand,
            self.vehicles[index as usize].mode,
        );
        let mode = match (journey.errand, journey.done) {
            (Errand::Carry(_), 0) => VehicleMode::Fetching,
            (Errand::Carry(_), _) => VehicleMode::Carrying,
            _ => VehicleMode::Idle,
        };
        self.vehicles[index as usize].errand = journey.errand;
        self.set_mode(index, mode);
        let begun = if regardless {
            self.send_regardless(network, index, visits, journey.done)
        } else {
            self.send(network, index, visits, journey.done)
        };
        if !begun {
            self.vehicles[index as usize].errand = before.0;
            self.set_mode(index, before.1);
        }
        begun
    }

    /// Vehicles with a load: to the drop-off, or unloading there since they came.
    fn bringing(&mut self, network: &Network) -> Vec<Journey> {
        let mut journeys = Vec::new();
        for index in 0..self.vehicles.len() as u32 {
            let vehicle = &self.vehicles[index as usize];
            let Errand::Carry(transport) = vehicle.errand else {
                continue;
            };
            let definition = &network.transports[transport as usize];
            let fleet = &network.roads.fleets[definition.fleet as usize];
            let is_there =
                vehicle.phase == Phase::Standing && vehicle.stop().waypoint == definition.drop_off;
            let elapsed = if is_there {
                (self.now - vehicle.stop().arrives).max(0)
            } else {
                0
            };
            let stream = &mut self.transports[transport as usize].stream;
            let left = fleet.unloading.draw_beyond(stream, elapsed) - elapsed;
            journeys.push(Journey {
                vehicle: index,
                errand: Errand::Carry(transport),
                visits: visits(definition.pick_up, 0, definition.drop_off, left),
                done: 1,
            });
        }
        journeys
    }

    /// Empty vehicles at a pick-up where something waits: they load since they are
    /// there, it is there, and they have unloaded.
    fn loading(&mut self, network: &Network, told: &Told) -> Vec<Journey> {
        let mut found = Vec::new();
        for &index in &told.vehicles {
            let vehicle = &self.vehicles[index as usize];
            if vehicle.errand != Errand::None || vehicle.phase != Phase::Standing {
                continue;
            }
            let stop = vehicle.stop();
            for (transport, definition) in (0_u32..).zip(&network.transports) {
                let waits = self.transports[transport as usize].waiting.front();
                if let Some(&first) = waits
                    && definition.fleet == vehicle.fleet
                    && definition.pick_up == stop.waypoint
                {
                    let unloaded = told.unloaded.get(&index).copied().unwrap_or(i64::MIN);
                    let since = (self.items.get(first).entered)
                        .max(stop.arrives)
                        .max(unloaded);
                    found.push((since, index, transport));
                }
            }
        }
        found.sort_unstable();
        let mut journeys: Vec<Journey> = Vec::new();
        for (since, index, transport) in found {
            if journeys.iter().any(|journey| journey.vehicle == index) {
                continue;
            }
            let elapsed = (self.now - since).max(0);
            journeys.extend(self.trip(network, index, transport, elapsed));
        }
        journeys
    }

    /// Empty vehicles that drive straight towards a pick-up where something waits.
    fn fetching(&mut self, network: &Network, told: &Told) -> Vec<Journey> {
        let mut journeys = Vec::new();
        for &index in &told.vehicles {
            let vehicle = &self.vehicles[index as usize];
            if vehicle.errand != Errand::None
                || vehicle.phase != Phase::Going
                || vehicle.promised > 0
            {
                continue;
            }
            let (fleet, left) = (vehicle.fleet, vehicle.stop().waypoint);
            let next = self.start_of(index).waypoint;
            let (from_left, from_next) = (
                self.times_from(network, fleet, left),
                self.times_from(network, fleet, next),
            );
            let ahead = (0_u32..)
                .zip(&network.transports)
                .filter(|(_, definition)| {
                    let there = definition.pick_up as usize;
                    let hop = from_left[next as usize];
                    definition.fleet == fleet
                        && from_next[there] < i64::MAX
                        && hop.saturating_add(from_next[there]) == from_left[there]
                });
            // Of several that of the item that has waited longest.
            let first = ahead
                .filter_map(|(transport, _)| {
                    let state = &self.transports[transport as usize];
                    let item = state.waiting.get(state.fetched as usize)?;
                    Some((self.items.get(*item).entered, transport))
                })
                .min();
            if let Some((_, transport)) = first {
                journeys.extend(self.trip(network, index, transport, 0));
            }
        }
        journeys
    }

    /// Keeps what waits in a transport for a vehicle, which has been loading it for a
    /// while; `None` where nothing can be fetched.
    fn trip(
        &mut self,
        network: &Network,
        index: u32,
        transport: u32,
        elapsed: i64,
    ) -> Option<Journey> {
        let definition = &network.transports[transport as usize];
        let fleet = &network.roads.fleets[definition.fleet as usize];
        let items = self.tasks(network, transport).min(fleet.capacity.max(1));
        if items == 0 {
            return None;
        }
        self.promise(index, transport, items);
        let stream = &mut self.transports[transport as usize].stream;
        let loading = fleet.loading.draw_beyond(stream, elapsed) - elapsed;
        let unloading = fleet.unloading.draw(stream);
        Some(Journey {
            vehicle: index,
            errand: Errand::Carry(transport),
            visits: visits(definition.pick_up, loading, definition.drop_off, unloading),
            done: 0,
        })
    }

    /// Vehicles under way without a task.
    fn homeward(&self, network: &Network, others: &[Journey]) -> Vec<Journey> {
        let has_journey = |index: u32| others.iter().any(|journey| journey.vehicle == index);
        let away = (0_u32..).zip(&self.vehicles).filter(|(index, vehicle)| {
            let home = network.roads.fleets[vehicle.fleet as usize].home;
            let is_home = vehicle.phase == Phase::Standing && vehicle.stop().waypoint == home;
            !is_home && !has_journey(*index)
        });
        let journeys = away.map(|(index, _)| Journey {
            vehicle: index,
            errand: Errand::None,
            visits: Vec::new(),
            done: 0,
        });
        journeys.collect()
    }
}

/// To load at the one waypoint and to unload at the other, ns.
fn visits(pick_up: u32, loading: i64, drop_off: u32, unloading: i64) -> Vec<Visit> {
    vec![
        Visit {
            waypoint: pick_up,
            time: loading.max(0),
        },
        Visit {
            waypoint: drop_off,
            time: unloading.max(0),
        },
    ]
}
