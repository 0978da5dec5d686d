//! What agents say of themselves, written into the values of their assets.

use super::position::Whereabouts;
use super::read::RoadLayout;
use crate::model::flow::outputs::Places;
use crate::model::flow::run::FlowRun;

const FLEET: [&str; 11] = [
    "busy",
    "idle",
    "carrying",
    "charging",
    "held_up",
    "distance",
    "trips",
    "mean_wait",
    "waiting",
    "battery",
    "lowest_battery",
];
const TRANSPORT: [&str; 2] = ["mean_wait", "waiting"];
const WAYPOINT: [&str; 1] = ["occupied"];
const AISLE: [&str; 2] = ["occupied", "passed"];

/// Where the outputs of waypoints, aisles, fleets and transports stand.
#[derive(Clone, Debug)]
pub(in crate::model::flow) struct RoadOutputs {
    fleets: Vec<Places<11>>,
    transports: Vec<Places<2>>,
    waypoints: Vec<Places<1>>,
    aisles: Vec<Places<2>>,
}

impl RoadOutputs {
    pub(in crate::model::flow) fn new(roads: &RoadLayout) -> Self {
        let fleets = roads
            .fleets
            .iter()
            .map(|one| Places::new(&one.member, FLEET));
        let aisles = roads
            .aisles
            .iter()
            .map(|one| Places::new(&one.member, AISLE));
        Self {
            fleets: fleets.collect(),
            transports: (roads.transports.iter())
                .map(|member| Places::new(member, TRANSPORT))
                .collect(),
            waypoints: (roads.waypoints.iter())
                .map(|member| Places::new(member, WAYPOINT))
                .collect(),
            aisles: aisles.collect(),
        }
    }

    /// Writes what holds now.
    pub(in crate::model::flow) fn write(&self, run: &FlowRun, values: &mut [f64]) {
        for (fleet, places) in (0..).zip(&self.fleets) {
            let report = run.fleet_report(fleet);
            let outputs = [
                report.busy,
                report.idle,
                report.carrying,
                report.charging,
                report.held_up,
                report.distance,
                report.trips as f64,
                report.mean_wait,
                report.waiting as f64,
                report.battery,
                report.lowest_battery,
            ];
            places.write(values, outputs);
        }
        for (transport, places) in (0..).zip(&self.transports) {
            let (mean_wait, waiting) = run.transport_wait(transport);
            places.write(values, [mean_wait, waiting as f64]);
        }
        if self.waypoints.is_empty() {
            return;
        }
        let count = |here: &dyn Fn(&Whereabouts) -> bool| {
            run.positions_at(run.time())
                .filter(|agent| here(&agent.whereabouts))
                .count() as f64
        };
        for (number, places) in (0_u32..).zip(&self.waypoints) {
            let here = |place: &Whereabouts| matches!(*place, Whereabouts::At { waypoint, .. } if waypoint == number);
            places.write(values, [count(&here)]);
        }
        for (number, places) in (0_u32..).zip(&self.aisles) {
            let inside = |place: &Whereabouts| matches!(*place, Whereabouts::Between { aisle, .. } if aisle == number);
            let passed = run.passages[number as usize] as f64;
            places.write(values, [count(&inside), passed]);
        }
    }
}
