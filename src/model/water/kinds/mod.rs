//! What the water kinds declare: parameters, attributes, inputs, states, outputs, ports.
//!
//! The words are those of water supply and, where there is a choice, of EPANET,
//! so that its users find their way. Two conventions hold throughout:
//!
//! - A pressure is the height of a column of the fluid, in metres.
//! - Every commanded input has a value that means *follow the document's
//!   controls and rules*, [`FOLLOW`], and that is its default. Any other value
//!   overrides them for as long as it holds.

mod contingency;
mod link;
mod network;
mod node;
mod pump;
mod valve;

use crate::model::declare::{attribute, choice, declaration, not_negative, output};
use crate::quantity::Unit;
use crate::twin::{Attribute, AttributeForm, Declaration, Kind, Medium, Port};

/// The value of a commanded input that leaves the command to the document's controls.
pub const FOLLOW: f64 = -1.0;

/// The names of the kinds.
pub mod name {
    /// What holds for the whole network.
    pub const NETWORK: &str = "water.Network";
    /// Where pipes meet and water is drawn.
    pub const JUNCTION: &str = "water.Junction";
    /// A further category of demand of a junction.
    pub const DEMAND: &str = "water.Demand";
    /// A source whose head is given.
    pub const RESERVOIR: &str = "water.Reservoir";
    /// Stores water.
    pub const TANK: &str = "water.Tank";
    /// Carries water.
    pub const PIPE: &str = "water.Pipe";
    /// Raises head.
    pub const PUMP: &str = "water.Pump";
    /// Limits the pressure behind it.
    pub const PRESSURE_REDUCING_VALVE: &str = "water.PressureReducingValve";
    /// Keeps up the pressure in front of it.
    pub const PRESSURE_SUSTAINING_VALVE: &str = "water.PressureSustainingValve";
    /// Takes a fixed pressure away.
    pub const PRESSURE_BREAKER_VALVE: &str = "water.PressureBreakerValve";
    /// Limits the flow through it.
    pub const FLOW_CONTROL_VALVE: &str = "water.FlowControlValve";
    /// Loses head by a coefficient.
    pub const THROTTLE_VALVE: &str = "water.ThrottleValve";
    /// Loses head by a curve.
    pub const GENERAL_PURPOSE_VALVE: &str = "water.GeneralPurposeValve";
    /// Loses head by how far it is open.
    pub const POSITIONAL_VALVE: &str = "water.PositionalValve";
    /// All that can be a junction of links.
    pub const NODES: &[&str] = &[JUNCTION, RESERVOIR, TANK];
}

/// All kinds of this domain.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let mut kinds = vec![
        network::network(),
        node::junction(),
        node::demand(),
        node::reservoir(),
        node::tank(),
        link::pipe(),
        pump::pump(),
    ];
    kinds.extend(valve::valves());
    kinds
}

fn pattern(name: &'static str, doc: &'static str) -> Attribute {
    attribute(name, AttributeForm::Pattern, None, doc)
}

fn text(name: &'static str, doc: &'static str) -> Attribute {
    attribute(name, AttributeForm::Text, None, doc)
}

fn curve(name: &'static str, x: &'static str, y: &'static str, doc: &'static str) -> Attribute {
    let form = AttributeForm::Curve {
        x: Unit::known(x),
        y: Unit::known(y),
    };
    attribute(name, form, None, doc)
}

/// What people write beside a part of a network.
fn notes() -> [Attribute; 2] {
    [
        text("tag", "A word to group assets by, such as a pressure zone."),
        text("comment", "What its author remarked."),
    ]
}

/// The port of a node: everything that meets there.
fn node_port() -> Port {
    Port {
        name: "water",
        medium: Medium::Water,
        at_least: 0,
        at_most: usize::MAX,
        doc: "The pipes, pumps and valves that meet here.",
    }
}

/// The two ends of a link.
fn two_ends() -> Vec<Port> {
    let end = |name, doc| Port {
        name,
        medium: Medium::Water,
        at_least: 1,
        at_most: 1,
        doc,
    };
    vec![
        end("a", "The node that positive flow comes from."),
        end("b", "The node that positive flow goes to."),
    ]
}

/// What flows carry along, for nodes and links alike.
fn quality_outputs() -> [Declaration; 3] {
    [
        output(
            "quality",
            "mg/L",
            "Concentration of the constituent, where one is followed.",
        ),
        output("age", "h", "Age of the water, where it is followed."),
        output(
            "source_share",
            "%",
            "Share of the water that comes from the traced node, where one is traced.",
        ),
    ]
}
