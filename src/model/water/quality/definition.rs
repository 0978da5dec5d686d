//! What is followed in the water of a network, and how it reacts.

use super::super::network::{NodeIndex, PatternIndex};

/// What is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// How long water has been in the network, s.
    Age,
    /// The share of the water that comes from a node.
    Trace(NodeIndex),
    /// The concentration of a constituent, kg/m³.
    Constituent,
}

/// What is followed in the water of a network, and how it reacts.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityDefinition {
    /// What is followed.
    pub followed: Followed,
    /// Longest step of the transport, s; above zero.
    pub step: i64,
    /// Difference of quality that two parcels of water are kept apart for, in the
    /// unit of what is followed.
    pub tolerance: f64,
    /// Whether two oversights of EPANET 2.3 are kept, for a comparison with its
    /// results.
    pub oversights: Oversights,
    /// How the constituent reacts.
    pub reactions: Reactions,
    /// By [`NodeIndex`].
    pub nodes: Vec<NodeQuality>,
    /// By [`LinkIndex`](super::super::LinkIndex); not used by pumps and valves.
    pub pipes: Vec<PipeReaction>,
    /// By the place among the sources; not used by reservoirs.
    pub tanks: Vec<TankQuality>,
}

/// What becomes of two oversights of EPANET 2.3: a pipe with a check valve holds no
/// water; and water in a pipe that flowed from end to start, stood, and flows from
/// start to end again, or the reverse, lies the wrong way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Oversights {
    /// All pipes hold water, and it keeps its order.
    #[default]
    Mended,
    /// Results are those of EPANET.
    Kept,
}

impl QualityDefinition {
    /// Whether the quality of water that stands changes.
    pub(super) fn reacts(&self) -> bool {
        match self.followed {
            Followed::Age => true,
            Followed::Trace(_) => false,
            Followed::Constituent => {
                let pipes = self.pipes.iter();
                let mut coefficients = pipes
                    .flat_map(|pipe| [pipe.bulk, pipe.wall])
                    .chain(self.tanks.iter().map(|tank| tank.bulk));
                coefficients.any(|coefficient| coefficient.abs() > 0.0)
            }
        }
    }
}

/// How a constituent reacts, everywhere.
///
/// In the bulk it grows by `k · c^n`, where `k` is the coefficient of the pipe or
/// tank and `n` the order; with a limiting concentration `L` by `k · (L − c) ·
/// c^(n−1)` where it grows and by `k · (c − L) · c^(n−1)` where it decays; with an
/// order below zero by `k · c / (L ± c)` (Michaelis and Menten). At the wall of a
/// pipe it is limited by how fast it gets there (Rossman, Clark and Grayman 1994).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reactions {
    /// Order in pipes.
    pub bulk_order: f64,
    /// Order in tanks.
    pub tank_order: f64,
    /// Order at walls.
    pub wall_order: WallOrder,
    /// Concentration that it tends to, kg/m³; zero for none.
    pub limit: f64,
    /// Concentration that coefficients of an order other than one refer to, kg/m³.
    pub unit: f64,
    /// Molecular diffusivity, m²/s; zero where the way to the wall does not limit.
    pub diffusivity: f64,
}

impl Default for Reactions {
    /// First order everywhere, without a limit, coefficients that refer to 1 mg/L.
    fn default() -> Self {
        Self {
            bulk_order: 1.0,
            tank_order: 1.0,
            wall_order: WallOrder::First,
            limit: 0.0,
            unit: 1e-3,
            diffusivity: 0.0,
        }
    }
}

/// Order of the reaction at walls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallOrder {
    /// The same rate at any concentration, as far as enough gets to the wall.
    Zero,
    /// Proportional to the concentration at the wall.
    First,
}

/// What a node begins with and puts in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeQuality {
    /// Quality at the start and, of a reservoir, throughout; not used for a trace.
    pub initial: f64,
    /// How a concentration put in here acts.
    pub injection: Injection,
    /// Course of what is put in.
    pub pattern: Option<PatternIndex>,
}

/// How a concentration that is put in at a node acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// It is that of the water that enters from outside; of a tank it is added to
    /// what leaves.
    Concentration,
    /// It does not act: only a mass is put in.
    Mass,
    /// It is added to what leaves.
    FlowPaced,
    /// What leaves has it at least.
    Setpoint,
}

/// How water reacts in a pipe. Below zero the constituent decays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PipeReaction {
    /// Coefficient in the bulk, 1/s at the order one, else per
    /// [`unit`](Reactions::unit) to the power of the order less one.
    pub bulk: f64,
    /// Coefficient at the wall: m/s at the order one, kg/(m² s) at nought.
    pub wall: f64,
}

/// How water mixes and reacts in a tank.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TankQuality {
    /// Coefficient in the bulk, as in [`PipeReaction`].
    pub bulk: f64,
    /// How water mixes.
    pub mixing: Mixing,
}

/// How water mixes in a tank.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Mixing {
    /// At once and wholly.
    #[default]
    Complete,
    /// Inflow and outflow meet in a compartment of this part of the largest
    /// volume; the rest takes what that cannot hold and gives it back.
    TwoCompartments(f64),
    /// Not at all: what came first leaves first.
    FirstInFirstOut,
    /// Not at all: what came last leaves first.
    LastInFirstOut,
}
