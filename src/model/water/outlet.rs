//! Outflows of a junction that depend on its pressure: emitters, leaks, and
//! demands in a pressure-driven analysis.
//!
//! Each is treated as a link to the outside with its own head loss, which is the
//! inverse of its law of outflow: the flow is an unknown like that of a pipe.

use serde::{Deserialize, Serialize};

use super::constants::{BARRIER_ROUNDING, BARRIER_SLOPE, ORIFICE, SMALL_GRADIENT};
use super::network::{Element, Network};
use super::options::{DemandModel, Options};
use super::plan::Plan;
use super::pump::Loss;

/// Smallest flow at which a law of outflow is differentiated, m³/s.
const SMALLEST_FLOW: f64 = 1e-13;

/// What flows out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum OutletKind {
    Emitter,
    LeakOfFixedArea,
    LeakOfGrowingArea,
    /// A demand that falls with pressure.
    Demand,
}

/// One outflow that depends on pressure.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Outlet {
    pub(super) row: u32,
    pub(super) kind: OutletKind,
    /// Whether water may also come in.
    pub(super) backflow: bool,
    /// Head loss at a flow of one, m; for a demand the pressure range, m.
    pub(super) coefficient: f64,
    /// Exponent of the flow in the head loss.
    pub(super) exponent: f64,
    /// Pressure at which nothing flows, m.
    pub(super) minimum: f64,
    /// Outflow, m³/s.
    pub(super) flow: f64,
    /// Derivative of the flow by the head in this trial, (m³/s)/m.
    pub(super) conductance: f64,
    /// Outflow that the present head gives in this trial's linear equations, m³/s.
    pub(super) predicted: f64,
}

impl Outlet {
    fn new(row: u32, kind: OutletKind, coefficient: f64, exponent: f64) -> Self {
        Self {
            row,
            kind,
            backflow: false,
            coefficient,
            exponent,
            minimum: 0.0,
            flow: kind.starting_flow(),
            conductance: 0.0,
            predicted: 0.0,
        }
    }

    /// An emitter that lets out `outflow` m³/s at 1 m.
    pub(super) fn emitter(row: u32, outflow: f64, options: &Options) -> Self {
        let exponent = 1.0 / options.emitter_exponent;
        let coefficient = libm::pow(outflow, -exponent);
        Self {
            backflow: options.emitter_backflow,
            ..Self::new(row, OutletKind::Emitter, coefficient, exponent)
        }
    }

    /// A demand that falls with pressure.
    pub(super) fn demand(row: u32, options: &Options) -> Self {
        let (minimum, required, exponent) = match options.demand_model {
            DemandModel::PressureDriven {
                minimum,
                required,
                exponent,
            } => (minimum, required, exponent),
            DemandModel::DemandDriven => (0.0, 0.1, 0.5),
        };
        Self {
            minimum,
            ..Self::new(row, OutletKind::Demand, required - minimum, 1.0 / exponent)
        }
    }

    /// Head loss at the present flow. `full` is the demand that flows at full
    /// pressure, m³/s.
    pub(super) fn loss(&self, full: f64) -> Loss {
        let flow = self.flow;
        let size = flow.abs().max(SMALLEST_FLOW);
        let mut loss = match self.kind {
            OutletKind::Demand => {
                let ratio = size / full;
                let gradient =
                    self.exponent * self.coefficient / full * libm::pow(ratio, self.exponent - 1.0);
                let mut loss = self.along(gradient);
                add_upper_barrier(&mut loss, flow - full);
                loss
            }
            OutletKind::Emitter => {
                let gradient =
                    self.exponent * self.coefficient * libm::pow(size, self.exponent - 1.0);
                if gradient < SMALL_GRADIENT {
                    Loss::linear(SMALL_GRADIENT / self.exponent, flow)
                } else {
                    self.along(gradient)
                }
            }
            OutletKind::LeakOfFixedArea | OutletKind::LeakOfGrowingArea => {
                self.along(self.exponent * self.coefficient * libm::pow(size, self.exponent - 1.0))
            }
        };
        if !self.backflow {
            add_lower_barrier(&mut loss, flow);
        }
        loss
    }

    fn along(&self, gradient: f64) -> Loss {
        Loss {
            head: gradient * self.flow / self.exponent,
            gradient,
        }
    }

    /// Outflow at a pressure by the law itself, m³/s.
    pub(super) fn outflow_at(&self, pressure: f64, full: f64) -> f64 {
        let pressure = pressure - self.minimum;
        match self.kind {
            OutletKind::Demand => {
                let ratio = (pressure / self.coefficient).clamp(0.0, 1.0);
                full * libm::pow(ratio, 1.0 / self.exponent)
            }
            _ => {
                let size = libm::pow(pressure.abs() / self.coefficient, 1.0 / self.exponent);
                if pressure > 0.0 {
                    size
                } else if self.backflow {
                    -size
                } else {
                    0.0
                }
            }
        }
    }
}

/// Keeps `excess` from falling below zero.
fn add_lower_barrier(loss: &mut Loss, excess: f64) {
    let a = BARRIER_SLOPE * excess;
    let b = (a * a + BARRIER_ROUNDING).sqrt();
    loss.head += (a - b) / 2.0;
    loss.gradient += BARRIER_SLOPE / 2.0 * (1.0 - a / b);
}

/// Keeps `excess` from rising above zero.
fn add_upper_barrier(loss: &mut Loss, excess: f64) {
    let a = BARRIER_SLOPE * excess;
    let b = (a * a + BARRIER_ROUNDING).sqrt();
    loss.head += (a + b) / 2.0;
    loss.gradient += BARRIER_SLOPE / 2.0 * (1.0 + a / b);
}

/// The leaks of all pipes as outlets of their end nodes, half at each end, or
/// all at one where the other is a source: `C (A + m h) √h` (van Zyl and Clayton
/// 2007), one outlet for each of the two terms.
pub(super) fn leaks(network: &Network, plan: &Plan) -> Vec<Outlet> {
    let junctions = network.junctions.len();
    let mut areas = vec![(0.0, 0.0); junctions];
    for link in &network.links {
        let Element::Pipe(pipe) = &link.element else {
            continue;
        };
        let at: Vec<usize> = [link.start, link.end]
            .into_iter()
            .filter(|&n| n < junctions)
            .collect();
        for &node in &at {
            let share = pipe.length / at.len() as f64;
            areas[node].0 += pipe.leak_area * share;
            areas[node].1 += pipe.leak_expansion * share;
        }
    }
    let mut outlets = Vec::new();
    for (node, &(fixed, growing)) in areas.iter().enumerate() {
        let row = plan.row[node];
        if fixed > 0.0 {
            let coefficient = libm::pow(ORIFICE * fixed, -2.0);
            outlets.push(Outlet::new(
                row,
                OutletKind::LeakOfFixedArea,
                coefficient,
                2.0,
            ));
        }
        if growing > 0.0 {
            let coefficient = libm::pow(ORIFICE * growing, -2.0 / 3.0);
            let kind = OutletKind::LeakOfGrowingArea;
            outlets.push(Outlet::new(row, kind, coefficient, 2.0 / 3.0));
        }
    }
    outlets
}
