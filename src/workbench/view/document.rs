//! The open document: the twin, what is known of its kinds, where it is stored
//! and whether it was changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::quantity::{Quantity, Unit};
use crate::twin::{
    Asset, Bounds, Causality, Channel, ChannelRole, Kind, KindRegistry, Scenario, Twin, Variable,
    VariableIndex, VariableTable,
};

/// A sample of the telemetry that was not believed.
#[derive(Clone, Debug, PartialEq)]
pub struct RejectedSample {
    /// Position of the channel in the document.
    pub channel: usize,
    /// Its time since the epoch [s].
    pub time: f64,
    /// Its value [SI], where it was a number.
    pub value: Option<f64>,
    /// Why it was rejected, in words.
    pub reason: String,
}

/// The telemetry that the twin runs beside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataSource {
    /// Name on the screen: a file name or title.
    pub title: String,
    /// Samples that were not believed.
    pub rejected: Vec<RejectedSample>,
}

/// The open document.
#[derive(Clone, Debug)]
pub struct Document {
    twin: Arc<Twin>,
    saved: Arc<Twin>,
    variables: Arc<VariableTable>,
    registry: Arc<KindRegistry>,
    path: Option<PathBuf>,
    origin: Option<PathBuf>,
    data: Option<DataSource>,
    structure: Arc<Structure>,
}

/// What follows from the ids alone, which no edit changes; kept, because the
/// panels ask for it in every frame.
#[derive(Debug, Default)]
struct Structure {
    positions: BTreeMap<String, usize>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
    measured: BTreeSet<usize>,
    channels: BTreeMap<VariableIndex, usize>,
}

impl Structure {
    fn new(twin: &Twin, variables: &VariableTable) -> Self {
        let ids = twin.assets.iter().enumerate();
        let positions: BTreeMap<String, usize> = ids
            .map(|(position, asset)| (asset.id.clone(), position))
            .collect();
        let mut structure = Self {
            children: vec![Vec::new(); twin.assets.len()],
            ..Self::default()
        };
        for description in &twin.assets {
            let parent = description
                .part_of
                .as_ref()
                .and_then(|id| positions.get(id).copied());
            structure.parents.push(parent);
        }
        for asset in 0..twin.assets.len() {
            // Loading refuses containment in a circle; a circle cut open here
            // cannot make a walk upwards endless.
            let mut above = structure.parents[asset];
            for _ in 0..twin.assets.len() {
                match above {
                    Some(parent) if parent != asset => above = structure.parents[parent],
                    _ => break,
                }
            }
            if above.is_some() {
                structure.parents[asset] = None;
            }
        }
        for (asset, parent) in structure.parents.iter().enumerate() {
            match parent {
                Some(parent) => structure.children[*parent].push(asset),
                None => structure.roots.push(asset),
            }
        }
        for (position, channel) in twin.channels.iter().enumerate() {
            if let Some(variable) = variables.find(&channel.variable) {
                structure.measured.insert(variables.get(variable).asset);
                structure.channels.entry(variable).or_insert(position);
            }
        }
        structure.positions = positions;
        structure
    }
}

impl Document {
    /// A document as it was read.
    #[must_use]
    pub fn new(
        twin: Arc<Twin>,
        variables: Arc<VariableTable>,
        registry: Arc<KindRegistry>,
        path: Option<PathBuf>,
    ) -> Self {
        Self {
            structure: Arc::new(Structure::new(&twin, &variables)),
            saved: Arc::clone(&twin),
            twin,
            variables,
            registry,
            origin: path.clone(),
            path,
            data: None,
        }
    }

    /// The twin as it is now, edits included.
    #[must_use]
    pub fn twin(&self) -> &Arc<Twin> {
        &self.twin
    }

    /// Its variables.
    #[must_use]
    pub fn variables(&self) -> &Arc<VariableTable> {
        &self.variables
    }

    /// Where it is stored.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What is opened to have it again: where it is stored, or the foreign file
    /// that it was imported from.
    #[must_use]
    pub fn origin(&self) -> Option<&Path> {
        self.origin.as_deref()
    }

    /// Says what it was read from, where that is not where it is saved.
    pub fn set_origin(&mut self, origin: PathBuf) {
        self.origin = Some(origin);
    }

    /// Whether it was changed since it was read or saved.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !Arc::ptr_eq(&self.twin, &self.saved) && self.twin != self.saved
    }

    /// The telemetry that the twin runs beside.
    #[must_use]
    pub fn data(&self) -> Option<&DataSource> {
        self.data.as_ref()
    }

    /// States the telemetry that the twin runs beside.
    pub fn set_data(&mut self, data: Option<DataSource>) {
        self.data = data;
    }

    /// The document was saved at `path` as it is.
    pub fn saved_at(&mut self, path: PathBuf) {
        self.saved = Arc::clone(&self.twin);
        self.origin = Some(path.clone());
        self.path = Some(path);
    }

    /// The asset at this position.
    #[must_use]
    pub fn asset(&self, asset: usize) -> Option<&Asset> {
        self.twin.assets.get(asset)
    }

    /// The name of an asset on the screen.
    #[must_use]
    pub fn asset_name(&self, asset: usize) -> &str {
        self.asset(asset).map_or("", |one| {
            if one.name.is_empty() {
                &one.id
            } else {
                &one.name
            }
        })
    }

    /// The kind of an asset.
    #[must_use]
    pub fn kind(&self, asset: usize) -> Option<&Kind> {
        self.registry.get(&self.asset(asset)?.kind)
    }

    /// The variable at `index`, if it is one of this twin's.
    #[must_use]
    pub fn variable(&self, index: VariableIndex) -> Option<&Variable> {
        (index.position() < self.variables.len()).then(|| self.variables.get(index))
    }

    /// The name of a quantity on the screen: `heat_capacity` is `heat capacity`.
    #[must_use]
    pub fn quantity_name(&self, index: VariableIndex) -> String {
        self.variable(index)
            .map(|one| one.quantity.replace('_', " "))
            .unwrap_or_default()
    }

    /// Asset and quantity in words: `Heater 1 temperature`.
    #[must_use]
    pub fn variable_name(&self, index: VariableIndex) -> String {
        self.variable(index)
            .map(|one| {
                format!(
                    "{} {}",
                    self.asset_name(one.asset),
                    self.quantity_name(index)
                )
            })
            .unwrap_or_default()
    }

    /// The channel that measures or drives a variable, with its position.
    #[must_use]
    pub fn channel_of(&self, index: VariableIndex) -> Option<(usize, &Channel)> {
        let position = *self.structure.channels.get(&index)?;
        Some((position, self.twin.channels.get(position)?))
    }

    /// The variables of the channels of one role, in the document's order.
    #[must_use]
    pub fn channel_variables(&self, role: ChannelRole) -> Vec<VariableIndex> {
        self.twin
            .channels
            .iter()
            .filter(|channel| channel.role == role)
            .filter_map(|channel| self.variables.find(&channel.variable))
            .collect()
    }

    /// Position of the asset called `id`.
    #[must_use]
    pub fn asset_position(&self, id: &str) -> Option<usize> {
        self.structure.positions.get(id).copied()
    }

    /// Position of the asset that this one is a part of.
    #[must_use]
    pub fn parent(&self, asset: usize) -> Option<usize> {
        self.structure.parents.get(asset).copied().flatten()
    }

    /// Positions of the parts of an asset, in the document's order.
    #[must_use]
    pub fn parts(&self, asset: usize) -> &[usize] {
        self.structure
            .children
            .get(asset)
            .map_or(&[], Vec::as_slice)
    }

    /// Positions of the assets that are no part of another, in the document's order.
    #[must_use]
    pub fn roots(&self) -> &[usize] {
        &self.structure.roots
    }

    /// Whether a channel measures or drives the asset.
    #[must_use]
    pub fn has_channel(&self, asset: usize) -> bool {
        self.structure.measured.contains(&asset)
    }

    /// What the document says of a parameter itself.
    #[must_use]
    pub fn stated(&self, index: VariableIndex) -> Option<&Quantity> {
        let variable = self.variable(index)?;
        self.asset(variable.asset)?
            .parameters
            .get(variable.quantity)
    }

    /// The value of a parameter [SI]: the document's, else its kind's default.
    #[must_use]
    pub fn parameter(&self, index: VariableIndex) -> Option<f64> {
        let variable = self.variable(index)?;
        self.stated(index).map(Quantity::si).or_else(|| {
            self.kind(variable.asset)?
                .declaration(variable.quantity)?
                .default
        })
    }

    /// What was written about the uncertainty of a variable: its standard
    /// deviation [SI, as a difference], where it has a finite one.
    #[must_use]
    pub fn standard_deviation(&self, index: VariableIndex) -> Option<f64> {
        let variable = self.variable(index)?;
        let uncertainty = self
            .twin
            .uncertainties
            .iter()
            .find(|one| one.variable == variable.path)?;
        let deviation = uncertainty.distribution.standard_deviation();
        let deviation = uncertainty.unit.difference_to_si(deviation);
        (deviation.is_finite() && deviation > 0.0).then_some(deviation)
    }

    /// Writes a parameter into the document; `None` leaves it to the kind.
    pub fn set_stated(&mut self, index: VariableIndex, value: Option<Quantity>) {
        let Some(variable) = self.variable(index) else {
            return;
        };
        let (asset, quantity) = (variable.asset, variable.quantity);
        if let Some(asset) = Arc::make_mut(&mut self.twin).assets.get_mut(asset) {
            match value {
                Some(value) => asset.parameters.insert(quantity.to_owned(), value),
                None => asset.parameters.remove(quantity),
            };
        }
    }

    /// Renames an asset on the screen.
    pub fn rename(&mut self, asset: usize, name: &str) {
        if let Some(asset) = Arc::make_mut(&mut self.twin).assets.get_mut(asset) {
            name.clone_into(&mut asset.name);
        }
    }

    /// Puts other prepared scenarios in place of those there are.
    pub fn set_scenarios(&mut self, scenarios: Vec<Scenario>) {
        Arc::make_mut(&mut self.twin).scenarios = scenarios;
    }

    /// The reason why a value cannot be given to a variable; `None` when it can.
    #[must_use]
    pub fn refusal(&self, index: VariableIndex, value: f64, unit: &Unit) -> Option<String> {
        let variable = self.variable(index)?;
        if !matches!(variable.causality, Causality::Parameter | Causality::Input) {
            return Some(format!(
                "{} follows from the model and cannot be set",
                self.variable_name(index)
            ));
        }
        (!variable.bounds.contains(value)).then(|| {
            format!(
                "{} has to be {}",
                self.variable_name(index),
                bounds_text(&variable.bounds, unit)
            )
        })
    }
}

/// An interval in words: `0 … 100 %`, `above 0 J/K`, `any value`.
#[must_use]
pub fn bounds_text(bounds: &Bounds, unit: &Unit) -> String {
    // Bounds are exact numbers: `100 %`, not `100.0 %`.
    let number = |value| super::short_number(unit.from_si(value));
    let quantity = |value| super::short_quantity(value, unit);
    match (bounds.low.is_finite(), bounds.high.is_finite()) {
        (true, true) => format!("{} … {}", number(bounds.low), quantity(bounds.high)),
        (true, false) if bounds.low_inclusive => format!("at least {}", quantity(bounds.low)),
        (true, false) => format!("above {}", quantity(bounds.low)),
        (false, true) => format!("at most {}", quantity(bounds.high)),
        (false, false) => "any value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::document;
    use super::*;

    #[test]
    fn an_edit_and_its_opposite_leave_the_document_unchanged() {
        let mut document = document();
        let capacity = document
            .variables()
            .find("heater_1.heat_capacity")
            .expect("declared");
        let before = document.stated(capacity).cloned();
        assert!(!document.is_changed());
        document.set_stated(
            capacity,
            Some(Quantity::new(9.0, Unit::known("J/K")).expect("finite")),
        );
        assert!(document.is_changed());
        assert_eq!(document.parameter(capacity), Some(9.0));
        document.set_stated(capacity, before);
        assert!(!document.is_changed());
    }

    #[test]
    fn a_parameter_taken_out_of_the_document_falls_back_to_its_kind() {
        let mut document = document();
        let capacity = document
            .variables()
            .find("heater_1.heat_capacity")
            .expect("declared");
        document.set_stated(capacity, None);
        assert_eq!(document.parameter(capacity), Some(5.0));
    }

    #[test]
    fn names_are_for_people() {
        let document = document();
        let capacity = document
            .variables()
            .find("heater_1.heat_capacity")
            .expect("declared");
        assert_eq!(document.variable_name(capacity), "Heater 1 heat capacity");
    }

    #[test]
    fn a_refusal_names_the_bounds() {
        let document = document();
        let capacity = document
            .variables()
            .find("heater_1.heat_capacity")
            .expect("declared");
        let refusal = document
            .refusal(capacity, -1.0, &Unit::known("J/K"))
            .expect("below zero");
        assert!(refusal.contains("above 0"), "{refusal}");
        let state = document
            .variables()
            .find("heater_1.temperature")
            .expect("declared");
        assert!(document.refusal(state, 300.0, &Unit::known("K")).is_some());
    }

    #[test]
    fn intervals_are_told_in_words() {
        let percent = Unit::known("%");
        assert_eq!(
            bounds_text(&Bounds::between(0.0, 1.0), &percent),
            "0 … 100\u{202f}%"
        );
        assert_eq!(bounds_text(&Bounds::NONE, &percent), "any value");
    }
}
