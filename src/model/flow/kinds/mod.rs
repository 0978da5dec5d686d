//! What the flow kinds declare: parameters, attributes, inputs, outputs, ports.
//!
//! Three conventions hold throughout:
//!
//! - A random time is given by its mean `…_time`, its coefficient of variation
//!   `…_variation` (standard deviation over mean) and the attribute
//!   `…_distribution`, or by observed values as a curve `…_data`. So the mean is a
//!   parameter like any other, for scenarios and calibration.
//! - A share is of the time, or of the items, since the start of the run or the
//!   end of the warm-up that `flow.Settings` gives.
//! - A `throughput` is that of the recent past, weighted with an exponential that
//!   forgets over the `rate_window` of `flow.Settings`; a `mean_throughput` is that
//!   of all the time counted.

mod agents;
mod carrying;
mod contingency;
mod resources;
mod routing;
mod service;
mod source;
mod station;
mod times;

pub use routing::other_rule;
pub(super) use times::RandomTime;

use crate::model::declare::{attribute, choice, declaration, not_negative, output};
use crate::twin::{Attribute, AttributeForm, Bounds, Causality, Declaration, Kind, Medium, Port};

/// The names of the kinds.
pub mod name {
    /// What holds for the whole flow.
    pub const SETTINGS: &str = "flow.Settings";
    /// Where items come from.
    pub const SOURCE: &str = "flow.Source";
    /// Where items wait.
    pub const BUFFER: &str = "flow.Buffer";
    /// Works on items, fails and is repaired.
    pub const MACHINE: &str = "flow.Machine";
    /// Several alike that work on items side by side.
    pub const SERVER_POOL: &str = "flow.ServerPool";
    /// Joins items of several inlets to one.
    pub const ASSEMBLY: &str = "flow.Assembly";
    /// Makes several items of one.
    pub const SPLIT: &str = "flow.Split";
    /// Tells good items from bad ones.
    pub const INSPECTION: &str = "flow.Inspection";
    /// Chooses a way.
    pub const ROUTER: &str = "flow.Router";
    /// Carries items.
    pub const CONVEYOR: &str = "flow.Conveyor";
    /// Where items leave.
    pub const SINK: &str = "flow.Sink";
    /// Working hours.
    pub const SHIFT_CALENDAR: &str = "flow.ShiftCalendar";
    /// Operators, crews or tools that stations share.
    pub const RESOURCE_POOL: &str = "flow.ResourcePool";
    /// Where vehicles and operators pass and stand.
    pub const WAYPOINT: &str = "flow.Waypoint";
    /// A way between two waypoints.
    pub const AISLE: &str = "flow.Aisle";
    /// Vehicles that carry items.
    pub const FLEET: &str = "flow.Fleet";
    /// Has items carried by a fleet.
    pub const TRANSPORT: &str = "flow.Transport";
    /// Answers requests.
    pub const SERVICE: &str = "flow.Service";
    /// A call from a service to another.
    pub const DEPENDENCY: &str = "flow.Dependency";
    /// All that work on items.
    pub const STATIONS: &[&str] = &[MACHINE, SERVER_POOL, ASSEMBLY, SPLIT, INSPECTION];
}

/// How many outlets of a router can have a weight of their own.
pub const MOST_WEIGHTS: usize = 8;

/// Names of the weights of a router's outlets, in order.
pub(super) const WEIGHTS: [&str; MOST_WEIGHTS] = [
    "weight_1", "weight_2", "weight_3", "weight_4", "weight_5", "weight_6", "weight_7", "weight_8",
];

/// Inlets of an assembly, and the parameters that say how many items it takes of
/// each.
pub(super) const ASSEMBLY_INLETS: [(&str, &str); 4] = [
    ("main", "need_main"),
    ("a", "need_a"),
    ("b", "need_b"),
    ("c", "need_c"),
];

/// Whether items come into a part by this port.
#[must_use]
pub fn is_inlet(port: &str) -> bool {
    port == "in" || ASSEMBLY_INLETS.iter().any(|(inlet, _)| *inlet == port)
}

/// All kinds of this domain.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let mut kinds = vec![resources::settings(), source::source(), carrying::buffer()];
    kinds.extend(station::stations());
    kinds.extend([
        routing::router(),
        carrying::conveyor(),
        carrying::sink(),
        resources::shift_calendar(),
        resources::resource_pool(),
    ]);
    kinds.extend(agents::agents());
    kinds.extend(service::services());
    kinds
}

/// A whole number of things, one or more.
fn count(name: &'static str, default: f64, doc: &'static str) -> Declaration {
    declaration(
        Causality::Parameter,
        name,
        "1",
        Some(default),
        Bounds::between(1.0, 1e6),
        doc,
    )
}

/// An input with a default \[SI].
fn input(name: &'static str, default: f64, bounds: Bounds, doc: &'static str) -> Declaration {
    declaration(Causality::Input, name, "1", Some(default), bounds, doc)
}

/// The id of another asset.
fn asset(name: &'static str, kinds: &'static [&'static str], doc: &'static str) -> Attribute {
    attribute(name, AttributeForm::Asset { kinds }, None, doc)
}

/// The port that items come in by.
fn inlet() -> Port {
    Port {
        name: "in",
        medium: Medium::Items,
        at_least: 1,
        at_most: usize::MAX,
        doc: "Items come in here.",
    }
}

/// A port that items go out by.
fn outlet(name: &'static str, doc: &'static str) -> Port {
    Port {
        name,
        medium: Medium::Items,
        at_least: 1,
        at_most: 1,
        doc,
    }
}

/// What is counted of items that pass.
fn passing_outputs() -> [Declaration; 3] {
    [
        output("passed", "1", "Items that left it."),
        output("throughput", "1/h", "Items that left it per time, of late."),
        output(
            "mean_throughput",
            "1/h",
            "Items that left it per time, on average: what to compare scenarios by.",
        ),
    ]
}
