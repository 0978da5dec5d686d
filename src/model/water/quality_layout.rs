//! From a twin to what is followed in its water: what the attributes say, and the
//! [`QualityDefinition`] that the values of the parameters make with it.

use super::build::{Layout, Member};
use super::constants::{DAY, FOOT};
use super::network::{Element, Network};
use super::options::Formula;
use super::quality::{
    CHLORINE_DIFFUSIVITY, Followed, Injection, Mixing, NodeQuality, Oversights, PipeReaction,
    QualityDefinition, Reactions, TankQuality, WallOrder,
};
use crate::model::ModelError;
use crate::twin::{Asset, Twin};

/// Seconds in a day.
const SECONDS_A_DAY: f64 = DAY as f64;

/// What the attributes of a twin say of the quality of its water.
#[derive(Clone, Debug)]
pub(super) struct QualityLayout {
    followed: Followed,
    /// How a concentration put in at each node acts, where it is said, and its
    /// pattern.
    nodes: Vec<(Option<Injection>, Option<usize>)>,
    /// Of each source.
    mixing: Vec<Mixing>,
    /// Whether the document gives each pipe a bulk and a wall coefficient of its
    /// own.
    pipes: Vec<(bool, bool)>,
    /// Whether it gives each tank a coefficient of its own.
    tanks: Vec<bool>,
    /// Concentration that coefficients of an order other than one refer to, kg/m³.
    unit: f64,
    oversights: Oversights,
    /// Whether coefficients that follow from roughness are in feet.
    is_american: bool,
}

fn word<'a>(asset: &'a Asset, name: &str) -> &'a str {
    asset.attributes.get(name).map_or("", String::as_str)
}

fn injection(asset: &Asset) -> Option<Injection> {
    match word(asset, "source_type") {
        "Concentration" => Some(Injection::Concentration),
        "Mass" => Some(Injection::Mass),
        "FlowPaced" => Some(Injection::FlowPaced),
        "Setpoint" => Some(Injection::Setpoint),
        _ => None,
    }
}

impl QualityLayout {
    /// Reads the attributes of a twin; `None` where nothing is followed.
    ///
    /// # Errors
    /// Where water is traced from a node that is not there.
    pub(super) fn read(twin: &Twin, layout: &Layout) -> Result<Option<Self>, ModelError> {
        let Some(network) = &layout.network else {
            return Ok(None);
        };
        let network = &twin.assets[network.asset];
        let followed = match word(network, "quality") {
            "Age" => Followed::Age,
            "Constituent" => Followed::Constituent,
            "Trace" => Followed::Trace(traced(twin, layout, network)?),
            _ => return Ok(None),
        };
        let asset = |member: &Member| &twin.assets[member.asset];
        let pattern = |asset: &Asset| {
            let id = word(asset, "source_pattern");
            twin.patterns.iter().position(|pattern| pattern.id == id)
        };
        let nodes = layout.junctions.iter().chain(&layout.sources).map(asset);
        let given = |asset: &Asset, name: &str| asset.parameters.contains_key(name);
        Ok(Some(Self {
            followed,
            nodes: nodes
                .map(|asset| (injection(asset), pattern(asset)))
                .collect(),
            mixing: (layout.sources.iter().map(asset))
                .map(|tank| match word(tank, "mixing_model") {
                    "TwoCompartment" => Mixing::TwoCompartments(1.0),
                    "FirstInFirstOut" => Mixing::FirstInFirstOut,
                    "LastInFirstOut" => Mixing::LastInFirstOut,
                    _ => Mixing::Complete,
                })
                .collect(),
            pipes: (layout.links.iter().map(asset))
                .map(|pipe| {
                    let wall = given(pipe, "wall_coefficient") || given(pipe, "wall_rate");
                    (given(pipe, "bulk_coefficient"), wall)
                })
                .collect(),
            tanks: (layout.sources.iter().map(asset))
                .map(|tank| given(tank, "bulk_coefficient"))
                .collect(),
            unit: match word(network, "concentration_unit") {
                "ug/L" => 1e-6,
                _ => 1e-3,
            },
            oversights: match word(network, "epanet_oversights") {
                "Kept" => Oversights::Kept,
                _ => Oversights::Mended,
            },
            is_american: super::build::is_american(word(network, "flow_unit")),
        }))
    }

    /// What the parameters in `values` make of it, on the network that they make.
    pub(super) fn definition(
        &self,
        layout: &Layout,
        network: &Network,
        values: &[f64],
    ) -> QualityDefinition {
        let option = |name: &str| {
            let member = layout.network.as_ref();
            member.map_or(0.0, |member| member.slots.value(values, name))
        };
        let (tolerance, initial) = match self.followed {
            Followed::Age => ("age_tolerance", "initial_age"),
            Followed::Trace(_) => ("share_tolerance", "initial_quality"),
            Followed::Constituent => ("tolerance", "initial_quality"),
        };
        let wall_order = if option("wall_order") < 0.5 {
            WallOrder::Zero
        } else {
            WallOrder::First
        };
        let wall = match wall_order {
            WallOrder::Zero => "wall_rate",
            WallOrder::First => "wall_coefficient",
        };
        let own = |given: bool, value: f64| Some(value).filter(|value| given || *value != 0.0);
        let members = layout.junctions.iter().chain(&layout.sources);
        let mut definition = QualityDefinition {
            followed: self.followed,
            step: (option("quality_step").round() as i64).clamp(1, network.options.hydraulic_step),
            tolerance: option(tolerance),
            oversights: self.oversights,
            reactions: Reactions {
                bulk_order: option("bulk_order"),
                tank_order: option("tank_order"),
                wall_order,
                limit: option("limiting_concentration"),
                unit: self.unit,
                diffusivity: option("diffusivity") * CHLORINE_DIFFUSIVITY,
            },
            nodes: (members.zip(&self.nodes).enumerate())
                .map(|(node, (member, &(injection, pattern)))| NodeQuality {
                    initial: member.slots.value(values, initial),
                    injection: injection.unwrap_or_else(|| unsaid(network, node)),
                    pattern,
                })
                .collect(),
            pipes: Vec::with_capacity(layout.links.len()),
            tanks: Vec::with_capacity(layout.sources.len()),
        };
        let factor = option("roughness_reaction_factor");
        for ((link, member), &(has_bulk, has_wall)) in
            network.links.iter().zip(&layout.links).zip(&self.pipes)
        {
            let value = |name| member.slots.value(values, name);
            let of_network = || match &link.element {
                Element::Pipe(pipe) if factor != 0.0 => {
                    let formula = network.options.formula;
                    let related = related(formula, pipe.roughness, link.diameter);
                    factor * related * self.roughness_unit(wall_order)
                }
                _ => option(wall),
            };
            definition.pipes.push(PipeReaction {
                bulk: own(has_bulk, value("bulk_coefficient"))
                    .unwrap_or_else(|| option("bulk_coefficient")),
                wall: own(has_wall, value(wall)).unwrap_or_else(of_network),
            });
        }
        for ((member, &has_bulk), &mixing) in
            layout.sources.iter().zip(&self.tanks).zip(&self.mixing)
        {
            let value = |name| member.slots.value(values, name);
            definition.tanks.push(TankQuality {
                bulk: own(has_bulk, value("bulk_coefficient"))
                    .unwrap_or_else(|| option("bulk_coefficient")),
                mixing: match mixing {
                    Mixing::TwoCompartments(_) => Mixing::TwoCompartments(value("mixing_fraction")),
                    other => other,
                },
            });
        }
        definition
    }

    /// The unit of a wall coefficient that follows from roughness: that of the
    /// file, m/s or kg/(m² s).
    fn roughness_unit(&self, order: WallOrder) -> f64 {
        match (order, self.is_american) {
            (WallOrder::First, false) => 1.0 / SECONDS_A_DAY,
            (WallOrder::First, true) => FOOT / SECONDS_A_DAY,
            (WallOrder::Zero, false) => self.unit * 1e-3 / SECONDS_A_DAY,
            (WallOrder::Zero, true) => self.unit * 1e-3 / (FOOT * FOOT * SECONDS_A_DAY),
        }
    }
}

/// The node whose water is traced.
fn traced(twin: &Twin, layout: &Layout, network: &Asset) -> Result<usize, ModelError> {
    let id = word(network, "trace_node");
    let mut members = layout.junctions.iter().chain(&layout.sources);
    let found = members.position(|member| twin.assets[member.asset].id == id);
    found.ok_or_else(|| ModelError::Structure {
        asset: network.id.clone(),
        problem: "it traces water from no node".to_owned(),
        advice: "name a junction, reservoir or tank in the attribute `trace_node`".to_owned(),
    })
}

/// How a concentration acts where the document does not say: as that of the water
/// that enters from outside, and where none does, as the least that leaves.
fn unsaid(network: &Network, node: usize) -> Injection {
    let enters = |junction: &super::network::Junction| {
        let mut demands = junction.demands.iter();
        demands.any(|demand| demand.base < 0.0)
    };
    match network.junctions.get(node) {
        Some(junction) if !enters(junction) => Injection::Setpoint,
        _ => Injection::Concentration,
    }
}

/// How a wall coefficient follows from a pipe's roughness, to a factor
/// (Vasconcelos and others 1997).
fn related(formula: Formula, roughness: f64, diameter: f64) -> f64 {
    match formula {
        Formula::HazenWilliams => 1.0 / roughness,
        Formula::DarcyWeisbach => 1.0 / libm::log(roughness / diameter).abs(),
        Formula::ChezyManning => roughness,
    }
}
