//! Lumped thermal networks of any size.
//!
//! The numerical kernel knows only numbers in SI: a [`Network`] says what
//! exchanges heat with what, a [`ThermalSolver`] advances its temperatures, and
//! a [`HeatAudit`] counts the heat that went each way. On top of it [`Thermal`]
//! declares the kinds of this domain and makes one network of all of a twin's
//! thermal assets.
//!
//! Inputs are constant over a base timestep. Controllers look at the sensors
//! once per base timestep, at its start. The way the equations are solved is
//! argued in `docs/adr/0005-thermal-integration.md`.

mod audit;
mod cholesky;
mod control;
mod dense;
mod exponential;
mod implicit;
mod kinds;
mod ladder;
mod layout;
mod network;
mod propagator;
mod solver;
mod thermal_model;

#[cfg(test)]
mod tests;

pub use audit::HeatAudit;
pub use network::{Conductance, Lag, Network, NetworkError, Node, Radiation, STEFAN_BOLTZMANN};
pub use solver::{
    DENSE_LIMIT, DENSE_RADIATING_LIMIT, Method, SolverOptions, StepError, ThermalSolver,
};

use super::{Domain, Model, ModelError};
use crate::twin::{Kind, Twin, VariableTable};
use thermal_model::ThermalModel;

/// The thermal domain: bodies, boundaries, conductances, radiation, heaters,
/// sensors, thermostats and PID controllers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Thermal;

impl Domain for Thermal {
    fn name(&self) -> &'static str {
        "thermal"
    }

    fn kinds(&self) -> Vec<Kind> {
        kinds::kinds()
    }

    fn build(
        &self,
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Box<dyn Model>>, Vec<ModelError>> {
        let model = ThermalModel::build(twin, variables)?;
        Ok(model.map(|model| Box::new(model) as Box<dyn Model>))
    }
}
