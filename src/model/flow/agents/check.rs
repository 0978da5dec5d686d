//! What makes a network of aisles unfit, found before a run.

use super::dispatch::may_pass;
use super::roads::{Fleet, Roads};
use crate::model::flow::network::Network;

/// The thing at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoadPlace {
    /// A waypoint.
    Waypoint(u32),
    /// An aisle.
    Aisle(u32),
    /// A fleet.
    Fleet(u32),
    /// A transport.
    Transport(u32),
    /// A station.
    Station(u32),
}

/// Something that is wrong with where agents go, or with the agents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoadProblem {
    /// The thing at fault.
    pub place: RoadPlace,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

/// Every problem of aisles, fleets and transports; empty where a
/// [`FlowRun`](crate::model::flow::FlowRun) can be made of a network that
/// [`check`](crate::model::flow::check()) finds in order too.
#[must_use]
pub fn check_roads(network: &Network) -> Vec<RoadProblem> {
    let mut problems = Problems(Vec::new());
    problems.references(network);
    if problems.0.is_empty() {
        problems.aisles(&network.roads);
        problems.fleets(&network.roads);
    }
    // What follows goes along the aisles.
    if problems.0.is_empty() {
        for transport in 0..network.transports.len() as u32 {
            problems.transport(network, transport);
        }
        problems.walks(network);
    }
    problems.0
}

struct Problems(Vec<RoadProblem>);

impl Problems {
    fn add(&mut self, place: RoadPlace, problem: impl Into<String>, advice: impl Into<String>) {
        self.0.push(RoadProblem {
            place,
            problem: problem.into(),
            advice: advice.into(),
        });
    }

    fn references(&mut self, network: &Network) {
        let roads = &network.roads;
        let there_is = |waypoint: u32| (waypoint as usize) < roads.waypoints.len();
        let advice = "name one that there is";
        for (aisle, one) in (0..).zip(&roads.aisles) {
            if !there_is(one.from) || !there_is(one.to) {
                let problem = "it leads to a waypoint that is not there";
                self.add(RoadPlace::Aisle(aisle), problem, advice);
            }
        }
        for (fleet, one) in (0..).zip(&roads.fleets) {
            let charger = one.battery.map(|battery| battery.charger);
            if !there_is(one.home) || charger.is_some_and(|charger| !there_is(charger)) {
                let problem = "its home or charger is a waypoint that is not there";
                self.add(RoadPlace::Fleet(fleet), problem, advice);
            }
        }
        for (station, one) in (0..).zip(&network.stations) {
            if one.waypoint.is_some_and(|waypoint| !there_is(waypoint)) {
                self.add(
                    RoadPlace::Station(station),
                    "its waypoint is not there",
                    advice,
                );
            }
        }
        for (transport, one) in (0..).zip(&network.transports) {
            let place = RoadPlace::Transport(transport);
            if one.fleet as usize >= roads.fleets.len() {
                self.add(place, "its fleet is not there", advice);
            } else if !there_is(one.pick_up) || !there_is(one.drop_off) {
                self.add(place, "its pick-up or drop-off is not there", advice);
            }
            if one.pick_up_places == 0 || one.drop_off_places == 0 {
                let advice = "give one place or more at either end";
                self.add(place, "it has no place for an item", advice);
            }
        }
    }

    fn aisles(&mut self, roads: &Roads) {
        for (aisle, one) in (0..).zip(&roads.aisles) {
            let place = RoadPlace::Aisle(aisle);
            if one.from == one.to {
                self.add(
                    place,
                    "both its ends are the same waypoint",
                    "link it to two",
                );
            }
            if !(one.length.is_finite() && one.length > 0.0) {
                let advice = "give its `length`, or a place to each of the two waypoints it joins";
                self.add(place, "its length is not known", advice);
            }
            if one.capacity == 0
                || one
                    .speed_limit
                    .is_some_and(|limit| limit.is_nan() || limit <= 0.0)
            {
                let advice = "give a capacity of one or more and a speed limit above zero";
                self.add(place, "no vehicle can go through it", advice);
            }
        }
    }

    fn fleets(&mut self, roads: &Roads) {
        for (waypoint, one) in (0..).zip(&roads.waypoints) {
            let at_home = roads.fleets.iter().filter(|fleet| fleet.home == waypoint);
            let vehicles: u32 = at_home.map(|fleet| fleet.vehicles).sum();
            if vehicles > one.capacity {
                let problem = format!(
                    "{vehicles} vehicles have their home here, and it has room for {}",
                    one.capacity
                );
                let advice = "raise its capacity to the number of vehicles, and by one more where \
                              others pass";
                self.add(RoadPlace::Waypoint(waypoint), problem, advice);
            }
        }
        for (fleet, one) in (0..).zip(&roads.fleets) {
            let place = RoadPlace::Fleet(fleet);
            if !(one.speed.is_finite() && one.speed > 0.0 && one.length > 0.0) {
                self.add(
                    place,
                    "its vehicles do not move",
                    "give speed and length above zero",
                );
            }
            if one.vehicles == 0 {
                self.add(place, "it has no vehicle", "give it one or more");
            }
        }
    }

    /// Who walks gets to the stations that need him.
    fn walks(&mut self, network: &Network) {
        for walk in &network.roads.walks {
            let times = network.roads.times_on_foot(walk.home, walk.speed);
            for (index, station) in (0..).zip(&network.stations) {
                let crew = station.failure.as_ref().and_then(|failure| failure.crew);
                let needed = crew == Some(walk.pool)
                    || station
                        .operators
                        .is_some_and(|operators| operators.pool == walk.pool);
                let Some(goal) = station.waypoint.filter(|_| needed) else {
                    continue;
                };
                if times[goal as usize] == i64::MAX {
                    let problem = format!(
                        "no aisles lead from `{}`, where its operators or crew are, to `{}`",
                        network.waypoint_name(walk.home),
                        network.waypoint_name(goal)
                    );
                    self.add(RoadPlace::Station(index), problem, "join them by aisles");
                }
            }
        }
    }

    /// From home over pick-up and drop-off home again, and to the charger.
    fn transport(&mut self, network: &Network, transport: u32) {
        let definition = &network.transports[transport as usize];
        let roads = &network.roads;
        let fleet = &roads.fleets[definition.fleet as usize];
        let name = |waypoint: u32| network.waypoint_name(waypoint);
        let place = RoadPlace::Transport(transport);
        for waypoint in [definition.pick_up, definition.drop_off] {
            if !may_pass(network, definition.fleet, waypoint) {
                let problem = format!(
                    "all room at `{}` is kept for vehicles that have their home there",
                    name(waypoint)
                );
                self.add(place, problem, "raise its capacity by one");
            }
        }
        let times = |from: u32| {
            roads.least_times(
                from,
                fleet.speed,
                |waypoint| may_pass(network, definition.fleet, waypoint),
                &[],
            )
        };
        let from_home = times(fleet.home);
        let from_pick_up = times(definition.pick_up);
        let from_drop_off = times(definition.drop_off);
        let legs = [
            (&from_home, fleet.home, definition.pick_up),
            (&from_pick_up, definition.pick_up, definition.drop_off),
            (&from_drop_off, definition.drop_off, fleet.home),
        ];
        let mut sound = true;
        for (times, from, to) in legs {
            if times[to as usize] == i64::MAX {
                let problem = format!("no aisles lead from `{}` to `{}`", name(from), name(to));
                let advice = "join them by aisles, and mind which are one-way and which waypoints \
                              have all their room kept for vehicles at home";
                self.add(place, problem, advice);
                sound = false;
            }
        }
        if sound {
            self.battery(network, fleet, transport, &from_pick_up, &from_drop_off);
        }
    }

    /// What is left at the threshold has to last for any task and the way to the
    /// charger after it.
    fn battery(
        &mut self,
        network: &Network,
        fleet: &Fleet,
        transport: u32,
        from_pick_up: &[i64],
        from_drop_off: &[i64],
    ) {
        let Some(battery) = &fleet.battery else {
            return;
        };
        let definition = &network.transports[transport as usize];
        let place = RoadPlace::Transport(transport);
        let to_charger = from_drop_off[battery.charger as usize];
        if to_charger == i64::MAX || !may_pass(network, definition.fleet, battery.charger) {
            let problem = format!(
                "no aisles lead from `{}` to the charger `{}`",
                network.waypoint_name(definition.drop_off),
                network.waypoint_name(battery.charger)
            );
            self.add(place, problem, "join them by aisles");
            return;
        }
        let roads = &network.roads;
        let from_charger = roads.least_times(
            battery.charger,
            fleet.speed,
            |waypoint| may_pass(network, definition.fleet, waypoint),
            &[],
        );
        let task = from_charger[definition.pick_up as usize]
            .saturating_add(from_pick_up[definition.drop_off as usize])
            .saturating_add(to_charger);
        if task > battery.running {
            let problem = format!(
                "a full battery lasts for {} s of driving, and a trip from the charger and back \
                 takes {} s",
                battery.running as f64 / 1e9,
                task as f64 / 1e9
            );
            let advice = "give the fleet a longer `running_time`, or put the charger nearer";
            self.add(place, problem, advice);
        }
    }
}
