//! The network in the scene: heights stretched, parts found by a ray, what it
//! can be coloured by.

use std::collections::BTreeMap;

use super::pick::Reach;
use super::{Network, Part};
use crate::twin::{Causality, VariableTable};
use crate::workbench::view::camera::CameraLimits;
use crate::workbench::view::geometry::{Extent, Ray, Vector};
use crate::workbench::view::scene::{ColourQuantity, SceneView};

impl SceneView {
    /// The same scene with the heights of its network stretched by `factor`.
    #[must_use]
    pub fn with_exaggeration(&self, factor: f64) -> Self {
        let mut scene = self.clone();
        if self.network.is_none() {
            return scene;
        }
        scene.exaggeration = factor;
        if let Some(extent) = Extent::around(scene.corners()) {
            scene.ground = extent.low[1] - 0.012;
            scene.extent = extent;
        }
        scene
    }

    /// A point of the network with its height stretched.
    #[must_use]
    pub fn stretched(&self, [x, y, z]: Vector) -> Vector {
        [x, y * self.exaggeration, z]
    }

    /// How far and how near the camera may go.
    #[must_use]
    pub fn camera_limits(&self) -> CameraLimits {
        if self.network.is_some() {
            CameraLimits::with_detail(&self.extent, self.usual_length * 0.5)
        } else {
            CameraLimits::new(&self.extent)
        }
    }

    /// The part of the network nearest to a ray among those within `reach`.
    #[must_use]
    pub fn pick_in_network(&self, ray: &Ray, reach: Reach) -> Option<usize> {
        let network = self.network.as_ref()?;
        self.pick_index.pick(network, ray, self.exaggeration, reach)
    }
}

/// Quantities of a network that come first in menus, in this order.
const NETWORK_QUANTITIES: [&str; 10] = [
    "pressure", "flow", "velocity", "headloss", "head", "demand", "level", "quality", "status",
    "leakage",
];

/// What a network can be coloured by: every state and output of its parts, by
/// name. Dimensions would not do: pressure, head and head loss are all metres.
pub(in crate::workbench::view) fn quantities(
    network: &Network,
    variables: &VariableTable,
    assets: usize,
) -> Vec<ColourQuantity> {
    let mut by_name: BTreeMap<&str, ColourQuantity> = BTreeMap::new();
    for (index, variable) in variables.iter() {
        let moves = matches!(variable.causality, Causality::State | Causality::Output);
        if !moves || network.part(variable.asset) == Part::None {
            continue;
        }
        let quantity = by_name
            .entry(variable.quantity)
            .or_insert_with(|| ColourQuantity {
                title: in_words(variable.quantity),
                least_span: 1e-6,
                unit: variable.unit.clone(),
                of_asset: vec![None; assets],
            });
        // One name may stand for two things in two kinds; the first is meant.
        if quantity.unit.dimension() == variable.unit.dimension() {
            quantity.of_asset[variable.asset] = Some(index);
        }
    }
    let rank = |name: &str| {
        NETWORK_QUANTITIES
            .iter()
            .position(|one| *one == name)
            .unwrap_or(NETWORK_QUANTITIES.len())
    };
    let mut named: Vec<(&str, ColourQuantity)> = by_name.into_iter().collect();
    named.sort_by_key(|(name, _)| rank(name));
    named.into_iter().map(|(_, quantity)| quantity).collect()
}

/// A name in snake case as one would write it: `Demand deficit`.
fn in_words(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_one_says_them() {
        assert_eq!(in_words("demand_deficit"), "Demand deficit");
        assert_eq!(in_words(""), "");
    }
}
