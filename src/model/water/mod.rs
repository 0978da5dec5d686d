//! Water distribution networks: pipes, pumps, valves and tanks under pressure.
//!
//! The numerical core knows only numbers in SI: a [`Network`] says what is joined
//! to what, a [`Hydraulics`] is a run on it, from event to event, and a
//! [`Gradient`] tells how its heads and flows depend on what it is made of. On top
//! of it [`Water`] declares the kinds of this domain and makes one network of all
//! of a twin's water assets. The meaning of statuses, controls, rules and steps
//! is that of EPANET 2.3; how the equations are solved is argued in
//! `docs/adr/0014-water-hydraulics.md`.

mod access;
mod build;
mod check;
mod constants;
mod control;
mod curve;
mod energy;
mod factor;
mod followed;
mod hydraulics;
pub mod kinds;
mod network;
mod options;
mod outlet;
mod pipe;
mod plan;
mod pump;
mod quality;
mod quality_layout;
mod rule;
mod sensitivity;
mod solve;
mod state;
mod status;
mod tank;
mod trial;
mod valve;
mod water_model;

#[cfg(test)]
mod tests;

pub use access::Outflows;
pub use check::{NetworkProblem, Part, check};
pub use curve::Curve;
pub use energy::{PumpEnergy, PumpPower};
pub use followed::NotFollowed;
pub use hydraulics::{Hydraulics, HydraulicsError, Interval};
pub use network::{
    Action, Characteristic, Condition, Control, CurveIndex, Demand, Element, InitialStatus, Join,
    Junction, Link, LinkIndex, Network, NodeIndex, Pattern, PatternIndex, Pipe, Premise, Pump,
    Quantity, Relation, Reservoir, Rule, RuleAction, Source, Tank, Valve, ValveKind, When,
};
pub use options::{DemandModel, Formula, Options, Unbalanced};
pub use quality::{
    Followed, Injection, MassBalance, Mixing, NodeQuality, Oversights, PipeReaction, Quality,
    QualityDefinition, Reactions, TankQuality, WallOrder,
};
pub use sensitivity::{Gradient, Target};
pub use solve::Balance;
pub use state::Status;

use super::{Domain, Model, ModelError};
use crate::twin::{Kind, Twin, VariableTable};
use water_model::WaterModel;

/// The water domain: junctions, reservoirs, tanks, pipes, pumps and valves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Water;

/// The network that the water assets of a twin make; `None` when it has none.
///
/// # Errors
/// Every structural problem found.
pub fn network_of(
    twin: &Twin,
    variables: &VariableTable,
) -> Result<Option<Network>, Vec<ModelError>> {
    let layout = build::Layout::read(twin, variables)?;
    Ok(layout.map(|layout| layout.network(&variables.initial_values())))
}

impl Domain for Water {
    fn name(&self) -> &'static str {
        "water"
    }

    fn kinds(&self) -> Vec<Kind> {
        kinds::kinds()
    }

    fn build(
        &self,
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Box<dyn Model>>, Vec<ModelError>> {
        let model = WaterModel::build(twin, variables)?;
        Ok(model.map(|model| Box::new(model) as Box<dyn Model>))
    }
}
