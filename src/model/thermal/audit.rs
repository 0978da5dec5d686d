//! Heat accounting: how much heat each link carried over a stretch of time.

use super::network::{Network, Node};

/// The heat that each link carried and each source gave since the audit was
/// made or [cleared](Self::clear), in J.
///
/// The integrals are those of the numerical solution itself, not a quadrature
/// beside it, so the balance of every body closes to rounding:
/// `C (T_end - T_start)` equals [`heat_into`](Self::heat_into).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatAudit {
    /// Heat from end `a` to end `b` of each conductance, in J.
    pub conductances: Vec<f64>,
    /// Heat from end `a` to end `b` of each radiation link, in J.
    pub radiations: Vec<f64>,
    /// Heat given by each source, in J.
    pub sources: Vec<f64>,
    /// Time covered, in s; divide by it for mean heat flows in W.
    pub duration: f64,
}

impl HeatAudit {
    /// An empty audit for `network`.
    pub fn new(network: &Network) -> Self {
        Self {
            conductances: vec![0.0; network.conductances().len()],
            radiations: vec![0.0; network.radiations().len()],
            sources: vec![0.0; network.sources().len()],
            duration: 0.0,
        }
    }

    /// Starts again from zero.
    pub fn clear(&mut self) {
        for heat in (self.conductances.iter_mut())
            .chain(&mut self.radiations)
            .chain(&mut self.sources)
        {
            *heat = 0.0;
        }
        self.duration = 0.0;
    }

    /// Net heat received by `node` from all links and sources, in J.
    pub fn heat_into(&self, network: &Network, node: Node) -> f64 {
        let mut heat = 0.0;
        let conductances = (network.conductances().iter())
            .zip(&self.conductances)
            .map(|(link, &carried)| (link.a, link.b, carried));
        let radiations = (network.radiations().iter())
            .zip(&self.radiations)
            .map(|(link, &carried)| (link.a, link.b, carried));
        for (a, b, carried) in conductances.chain(radiations) {
            if b == node {
                heat += carried;
            }
            if a == node {
                heat -= carried;
            }
        }
        for (&body, &given) in network.sources().iter().zip(&self.sources) {
            if Node::Body(body) == node {
                heat += given;
            }
        }
        heat
    }
}
