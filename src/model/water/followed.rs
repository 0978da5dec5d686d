//! The quality of the water as a part of the model: what goes from the inputs
//! into it and from it into the outputs.

use std::sync::Arc;

use super::build::{Layout, Member};
use super::hydraulics::Hydraulics;
use super::kinds;
use super::quality::{Followed, Quality, QualityState};
use super::quality_layout::QualityLayout;
use super::water_model::put;
use crate::model::ModelError;
use crate::model::slots::Finder;
use crate::twin::Twin;

/// What is followed in the water of a twin, while there is something.
#[derive(Clone, Debug)]
pub(super) struct FollowedWater {
    layout: Arc<QualityLayout>,
    run: Quality,
}

impl FollowedWater {
    /// What a twin says is to be followed, at the start of a run.
    ///
    /// # Errors
    /// Where water is traced from a node that is not there.
    pub(super) fn read(
        twin: &Twin,
        layout: &Layout,
        hydraulics: &Hydraulics,
        values: &[f64],
    ) -> Result<Option<Self>, ModelError> {
        let Some(read) = QualityLayout::read(twin, layout)? else {
            return Ok(None);
        };
        let definition = read.definition(layout, hydraulics.network(), values);
        Ok(Some(Self {
            run: Quality::new(hydraulics, definition),
            layout: Arc::new(read),
        }))
    }

    /// The same, at the start of a run under these parameters.
    #[must_use]
    pub(super) fn restarted(
        &self,
        layout: &Layout,
        hydraulics: &Hydraulics,
        values: &[f64],
    ) -> Self {
        let definition = self.layout.definition(layout, hydraulics.network(), values);
        Self {
            run: Quality::new(hydraulics, definition),
            layout: Arc::clone(&self.layout),
        }
    }

    /// The same water under these parameters.
    #[must_use]
    pub(super) fn changed(&self, layout: &Layout, hydraulics: &Hydraulics, values: &[f64]) -> Self {
        let mut changed = self.restarted(layout, hydraulics, values);
        changed.run.go_on_from(&self.run);
        changed
    }

    /// Everything the run holds.
    pub(super) fn state(&self) -> QualityState {
        self.run.state()
    }

    /// The run itself.
    pub(super) fn run(&mut self) -> &mut Quality {
        &mut self.run
    }

    /// Takes note of what is put in at every node.
    pub(super) fn take_inputs(&mut self, layout: &Layout, values: &[f64]) {
        if self.run.followed() != Followed::Constituent {
            return;
        }
        // A mass goes with a flow, and flows are reckoned in a rounded unit.
        let scale = layout.flow_scale;
        let mut quality = Finder::new("source_quality");
        let mut mass = Finder::new("source_mass");
        for (node, Member { slots, .. }) in nodes(layout) {
            let (quality, mass) = (quality.value(slots, values), mass.value(slots, values));
            self.run.inject(node, quality, mass * scale);
        }
    }

    /// Writes the quality of every node and link.
    pub(super) fn write(&self, layout: &Layout, values: &mut [f64]) {
        let name = match self.run.followed() {
            Followed::Age => "age",
            Followed::Trace(_) => "source_share",
            Followed::Constituent => "quality",
        };
        let mut quality = Finder::new(name);
        for (node, member) in nodes(layout) {
            quality.put(&member.slots, values, self.run.node(node));
        }
        for (link, member) in layout.links.iter().enumerate() {
            quality.put(&member.slots, values, self.run.link(link));
        }
        if let Some(network) = &layout.network
            && self.run.followed() == Followed::Constituent
        {
            let balance = self.run.balance();
            let scale = layout.flow_scale;
            for (name, mass) in [
                ("constituent_stored", balance.stored),
                ("constituent_entered", balance.entered),
                ("constituent_left", balance.left),
                ("constituent_decayed", balance.reacted),
                ("constituent_missing", balance.missing()),
            ] {
                put(values, network, name, mass / scale);
            }
        }
    }
}

/// Quantities of water networks that nobody computes in a twin: those of water quality,
/// but for what the network follows. They stay at zero, which says nothing of the water.
#[derive(Clone, Debug)]
pub struct NotFollowed(Vec<&'static str>);

impl NotFollowed {
    /// Those of a twin.
    #[must_use]
    pub fn of(twin: &Twin) -> Self {
        let mut networks = (twin.assets.iter()).filter(|asset| asset.kind == kinds::name::NETWORK);
        let followed = networks.find_map(|network| network.attributes.get("quality"));
        let followed = followed.map_or("", String::as_str);
        let of_each: [(&str, &[&'static str]); 3] = [
            ("Age", &["age"]),
            ("Trace", &["source_share"]),
            (
                "Constituent",
                &[
                    "quality",
                    "source_quality",
                    "source_mass",
                    "constituent_stored",
                    "constituent_entered",
                    "constituent_left",
                    "constituent_decayed",
                    "constituent_missing",
                ],
            ),
        ];
        let others = of_each.into_iter().filter(|(word, _)| *word != followed);
        Self(others.flat_map(|(_, names)| names).copied().collect())
    }

    /// Whether a quantity of an asset of this kind is one of them.
    #[must_use]
    pub fn holds(&self, kind: &str, quantity: &str) -> bool {
        kind.starts_with("water.") && self.0.contains(&quantity)
    }
}

/// All nodes by their number.
fn nodes(layout: &Layout) -> impl Iterator<Item = (usize, &Member)> {
    layout.junctions.iter().chain(&layout.sources).enumerate()
}
