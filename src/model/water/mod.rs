//! Water distribution networks: pipes, pumps, valves and tanks under pressure.

mod access;
mod check;
mod constants;
mod control;
mod curve;
mod energy;
mod factor;
mod hydraulics;
pub mod kinds;
mod network;
mod options;
mod outlet;
mod pipe;
mod plan;
mod power;
mod pump;
mod rule;
mod sensitivity;
mod solve;
mod state;
mod status;
mod tank;
mod trial;
mod valve;

#[cfg(test)]
mod tests;

pub use access::Outflows;
pub use check::{NetworkProblem, Part, check};
pub use curve::Curve;
pub use energy::{PumpEnergy, PumpPower};
pub use hydraulics::{Hydraulics, HydraulicsError, Interval};
pub use network::{
    Action, Characteristic, Condition, Control, CurveIndex, Demand, Element, InitialStatus, Join,
    Junction, Link, LinkIndex, Network, NodeIndex, PatternIndex, Pipe, Premise, Pump, Quantity,
    Relation, Reservoir, Rule, RuleAction, Source, Tank, Valve, ValveKind, When,
};
pub use options::{DemandModel, Formula, Options, Unbalanced};
pub use sensitivity::{Gradient, Target};
pub use solve::Balance;
pub use state::Status;
