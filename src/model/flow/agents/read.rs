//! From a twin's waypoints, aisles, fleets and transports to their numbers.

use std::collections::BTreeMap;

use super::check::RoadPlace;
use super::roads::{Aisle, Battery, Fleet, TaskRule, Transport, Walk, Waypoint};
use crate::model::ModelError;
use crate::model::flow::build::{Builder, LOOSE, Layout, Member, nanoseconds, whole};
use crate::model::flow::kinds::{RandomTime, name};
use crate::model::flow::network::Network;
use crate::model::flow::random_time::TimeForm;
use crate::model::flow::run::FlowRun;
use crate::model::flow::times::Times;
use crate::twin::{Asset, Twin, VariableTable, What};

const FLEET_INPUTS: &[&str] = &["out_of_service", "speed_factor", "charger_out"];
const AISLE_INPUTS: &[&str] = &["closed"];

/// A fleet, with its random times.
#[derive(Clone, Debug)]
pub(in crate::model::flow) struct FleetMember {
    pub(in crate::model::flow) member: Member,
    loading: Option<TimeForm>,
    unloading: Option<TimeForm>,
    charger: u32,
}

/// An aisle, with the way between the places of its ends \[m]; `None` where they
/// have none.
#[derive(Clone, Debug)]
pub(in crate::model::flow) struct AisleMember {
    pub(in crate::model::flow) member: Member,
    between_places: Option<f64>,
}

/// The assets that agents are and go about on.
#[derive(Clone, Debug, Default)]
pub(in crate::model::flow) struct RoadLayout {
    pub(in crate::model::flow) waypoints: Vec<Member>,
    pub(in crate::model::flow) aisles: Vec<AisleMember>,
    pub(in crate::model::flow) fleets: Vec<FleetMember>,
    pub(in crate::model::flow) transports: Vec<Member>,
}

impl RoadLayout {
    /// Position in the document of what a problem is about.
    pub(in crate::model::flow) fn asset(&self, layout: &Layout, place: RoadPlace) -> usize {
        match place {
            RoadPlace::Waypoint(index) => self.waypoints[index as usize].asset,
            RoadPlace::Aisle(index) => self.aisles[index as usize].member.asset,
            RoadPlace::Fleet(index) => self.fleets[index as usize].member.asset,
            RoadPlace::Transport(index) => self.transports[index as usize].asset,
            RoadPlace::Station(index) => layout.stations[index as usize].asset,
        }
    }

    /// A happening with waypoints by their positions in the document.
    pub(in crate::model::flow) fn named_by_asset(&self, what: What) -> What {
        let asset = |waypoint: u32| self.waypoints[waypoint as usize].asset as u32;
        match what {
            What::Travels {
                agent,
                from,
                to,
                arrives,
            } => What::Travels {
                agent,
                from: asset(from),
                to: asset(to),
                arrives,
            },
            other => other,
        }
    }

    /// The members with inputs, and the names of these.
    pub(in crate::model::flow) fn inputs(
        &self,
    ) -> impl Iterator<Item = (&Member, &'static [&'static str])> {
        let fleets = (self.fleets.iter()).map(|one| (&one.member, FLEET_INPUTS));
        let aisles = (self.aisles.iter()).map(|one| (&one.member, AISLE_INPUTS));
        fleets.chain(aisles)
    }

    /// Lets a run take note of the inputs.
    pub(in crate::model::flow) fn take_inputs(&self, run: &mut FlowRun, values: &[f64]) {
        // Aisles first, so that nothing is sent through one that closes now.
        for (aisle, one) in (0..).zip(&self.aisles) {
            let closed = one.member.slots.value(values, "closed");
            run.set_closed(aisle, closed >= 0.5);
        }
        for (fleet, one) in (0..).zip(&self.fleets) {
            let value = |name| one.member.slots.value(values, name);
            run.set_pace(fleet, value("speed_factor"));
            run.set_charger_out(fleet, value("charger_out") >= 0.5);
            // Bounded by its declaration; a part of a vehicle is none.
            run.set_vehicles_out(fleet, value("out_of_service") as u32);
        }
    }

    /// Writes what parameters say into a network.
    ///
    /// # Errors
    /// The first random time that is none.
    pub(in crate::model::flow) fn write(
        &self,
        layout: &Layout,
        network: &mut Network,
        values: &[f64],
    ) -> Result<(), ModelError> {
        let roads = &mut network.roads;
        for (waypoint, member) in roads.waypoints.iter_mut().zip(&self.waypoints) {
            waypoint.capacity = whole(member.slots.value(values, "capacity"));
        }
        for (aisle, one) in roads.aisles.iter_mut().zip(&self.aisles) {
            let value = |name| one.member.slots.value(values, name);
            aisle.length = match value("length") {
                length if length > 0.0 => length,
                _ => one.between_places.unwrap_or(0.0),
            };
            aisle.speed_limit = Some(value("speed_limit")).filter(|limit| *limit > 0.0);
            aisle.capacity = whole(value("capacity"));
        }
        for (fleet, one) in roads.fleets.iter_mut().zip(&self.fleets) {
            let value = |name| one.member.slots.value(values, name);
            fleet.vehicles = whole(value("vehicles"));
            fleet.speed = value("speed");
            fleet.length = value("length");
            fleet.capacity = whole(value("capacity"));
            let times = |form: &Option<TimeForm>, names| {
                layout.times(&one.member, form.as_ref(), names, values)
            };
            fleet.loading = times(&one.loading, RandomTime::LOADING)?;
            fleet.unloading = times(&one.unloading, RandomTime::UNLOADING)?;
            let running = nanoseconds(value("running_time"));
            fleet.battery = (running > 0).then(|| Battery {
                running,
                charging: nanoseconds(value("charging_time")),
                threshold: value("charging_threshold"),
                charger: one.charger,
            });
        }
        for walk in &mut roads.walks {
            let member = &layout.pools[walk.pool as usize];
            walk.speed = member.slots.value(values, "speed");
        }
        for (transport, member) in network.transports.iter_mut().zip(&self.transports) {
            let places = |name| whole(member.slots.value(values, name));
            transport.pick_up_places = places("pick_up_places");
            transport.drop_off_places = places("drop_off_places");
        }
        Ok(())
    }
}

impl<'a> Builder<'a> {
    /// Reads waypoints, aisles and fleets.
    pub(in crate::model::flow) fn read_roads(&mut self, variables: &VariableTable) {
        let twin = self.twin;
        let of_kind = |kind: &'static str| {
            (twin.assets.iter().enumerate()).filter(move |(_, asset)| asset.kind == kind)
        };
        for (position, asset) in of_kind(name::WAYPOINT) {
            let index = self.layout.roads.waypoints.len() as u32;
            self.waypoints.insert(&asset.id, index);
            let member = self.member(position, variables);
            self.layout.roads.waypoints.push(member);
            self.layout
                .frame
                .roads
                .waypoints
                .push(Waypoint { capacity: 1 });
            self.layout.frame.names.waypoints.push(asset.id.clone());
        }
        let ends = aisle_ends(twin);
        for (position, asset) in of_kind(name::AISLE) {
            let member = self.member(position, variables);
            let ends = ends.get(asset.id.as_str()).copied().unwrap_or_default();
            let waypoint = |end: Option<&str>| end.and_then(|id| self.waypoints.get(id).copied());
            let (Some(from), Some(to)) = (waypoint(ends[0]), waypoint(ends[1])) else {
                let advice = "link its ports `a` and `b` to the port `aisles` of a flow.Waypoint \
                              each";
                self.problem(&asset.id, "it does not join two waypoints", advice);
                continue;
            };
            let between_places = way_between(twin, asset, ends);
            self.layout.roads.aisles.push(AisleMember {
                member,
                between_places,
            });
            self.layout.frame.roads.aisles.push(Aisle {
                from,
                to,
                length: 0.0,
                one_way: Self::word(asset, "direction") == "OneWay",
                speed_limit: None,
                capacity: 1,
            });
        }
        for (position, asset) in of_kind(name::FLEET) {
            self.read_fleet(position, asset, variables);
        }
        for (pool, (_, asset)) in (0..).zip(of_kind(name::RESOURCE_POOL)) {
            if let Some(&home) = self.waypoints.get(Self::word(asset, "home")) {
                let walk = Walk {
                    pool,
                    home,
                    speed: 1.0,
                };
                self.layout.frame.roads.walks.push(walk);
            }
        }
    }

    /// The waypoint that an attribute names; a problem where none is named.
    fn waypoint(&mut self, asset: &'a Asset, attribute: &str) -> Option<u32> {
        let found = self.waypoints.get(Self::word(asset, attribute)).copied();
        if found.is_none() {
            let problem = format!("it has no waypoint `{attribute}`");
            let advice = format!("name a flow.Waypoint in the attribute `{attribute}`");
            self.problem(&asset.id, problem, advice);
        }
        found
    }

    fn read_fleet(&mut self, position: usize, asset: &'a Asset, variables: &VariableTable) {
        let member = self.member(position, variables);
        let loading = self.form(asset, &member.slots, RandomTime::LOADING, "Constant");
        let unloading = self.form(asset, &member.slots, RandomTime::UNLOADING, "Constant");
        let Some(home) = self.waypoint(asset, "home") else {
            return;
        };
        let charger = self
            .waypoints
            .get(Self::word(asset, "charger"))
            .copied()
            .unwrap_or(home);
        let index = self.layout.roads.fleets.len() as u32;
        self.fleets.insert(&asset.id, index);
        self.layout.roads.fleets.push(FleetMember {
            member,
            loading,
            unloading,
            charger,
        });
        self.layout.frame.roads.fleets.push(Fleet {
            vehicles: 1,
            speed: 1.0,
            length: 1.0,
            capacity: 1,
            loading: Times::constant(0.0),
            unloading: Times::constant(0.0),
            rule: match Self::word(asset, "task_rule") {
                "Nearest" => TaskRule::Nearest,
                "Priority" => TaskRule::Priority,
                _ => TaskRule::LongestWaiting,
            },
            home,
            battery: None,
        });
    }

    /// A transport; its places at either end are parameters.
    pub(in crate::model::flow) fn add_transport(&mut self, asset: &'a Asset) {
        let fleet = self.fleets.get(Self::word(asset, "fleet")).copied();
        if fleet.is_none() {
            let advice = "name a flow.Fleet that can run in the attribute `fleet`";
            self.problem(&asset.id, "it has no fleet", advice);
        }
        let pick_up = self.waypoint(asset, "pick_up");
        let drop_off = self.waypoint(asset, "drop_off");
        // What is missing was reported, and nothing is run.
        self.layout.frame.transports.push(Transport {
            fleet: fleet.unwrap_or(0),
            pick_up: pick_up.unwrap_or(0),
            drop_off: drop_off.unwrap_or(0),
            pick_up_places: 1,
            drop_off_places: 1,
            outlet: LOOSE,
        });
    }
}

/// By aisle the assets that its two ports are linked to.
fn aisle_ends(twin: &Twin) -> BTreeMap<&str, [Option<&str>; 2]> {
    let mut ends: BTreeMap<&str, [Option<&str>; 2]> = BTreeMap::new();
    for link in &twin.links {
        let (Some(from), Some(to)) = (link.from.parts(), link.to.parts()) else {
            continue;
        };
        for ((id, port), (other, other_port)) in [(from, to), (to, from)] {
            let place = match port {
                "a" => 0,
                "b" => 1,
                _ => continue,
            };
            if other_port == "aisles" {
                ends.entry(id).or_default()[place] = Some(other);
            }
        }
    }
    ends
}

/// The way between the places of two assets over the points of an aisle, m; `None`
/// where one has no place.
fn way_between(twin: &Twin, aisle: &Asset, ends: [Option<&str>; 2]) -> Option<f64> {
    let place = |end: Option<&str>| {
        let asset = twin
            .assets
            .iter()
            .find(|asset| Some(asset.id.as_str()) == end)?;
        Some(asset.place.as_ref()?.position)
    };
    let mut points = vec![place(ends[0])?];
    points.extend(&aisle.path);
    points.push(place(ends[1])?);
    let lengths = points.windows(2).map(|pair| {
        let squares = (pair[0].iter().zip(&pair[1])).map(|(one, other)| (one - other).powi(2));
        squares.sum::<f64>().sqrt()
    });
    Some(lengths.sum())
}
