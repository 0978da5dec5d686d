//! Variables: the dense numbering of every quantity of every asset.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contingency::Contingency;
use super::document::Twin;
use super::kind::{Bounds, Causality, Kind, KindRegistry};
use crate::quantity::Unit;

/// The dense index of a variable in a [`VariableTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableIndex(pub u32);

impl VariableIndex {
    /// The index as a position in a value array.
    #[must_use]
    pub const fn position(self) -> usize {
        self.0 as usize
    }
}

/// One quantity of one asset.
#[derive(Clone, Debug)]
pub struct Variable {
    /// `asset.quantity`.
    pub path: String,
    /// Position of the asset in the document.
    pub asset: usize,
    /// Name of the quantity inside the asset.
    pub quantity: &'static str,
    /// Unit documents and screens use.
    pub unit: Unit,
    /// Role in the model.
    pub causality: Causality,
    /// Value before the first step \[SI]: the document's, else the kind's default, else zero.
    pub initial: f64,
    /// Interval allowed \[SI].
    pub bounds: Bounds,
    /// One sentence from the kind.
    pub doc: &'static str,
    /// Values that stand for something, with the word for it.
    pub words: &'static [(f64, &'static str)],
    /// Whether an indicator of the kind is made from it.
    pub indicated: bool,
}

impl Variable {
    /// The word for a value \[SI] that stands for something: `closed` for 0.
    #[must_use]
    pub fn word(&self, value: f64) -> Option<&'static str> {
        (self.words.iter())
            .find(|(one, _)| (one - value).abs() < 1e-9)
            .map(|(_, word)| *word)
    }
}

/// Every variable of a twin, in order of asset, then of declaration.
///
/// The order is that of the document and so is the same in every run.
#[derive(Clone, Debug, Default)]
pub struct VariableTable {
    variables: Vec<Variable>,
    /// Position of each asset by id.
    assets: BTreeMap<String, usize>,
    first_of_asset: Vec<u32>,
    /// The kind of each asset, where it is known, without the contingencies that are
    /// withheld.
    kinds: Vec<Option<Arc<Kind>>>,
    withheld: Vec<Withheld>,
}

/// A contingency of a kind that would have no effect in this twin.
#[derive(Clone, Debug)]
pub(super) struct Withheld {
    kind: &'static str,
    name: &'static str,
    /// What is missing, as a part of a sentence.
    pub(super) missing: &'static str,
    /// What to write into the document.
    pub(super) advice: String,
}

impl VariableTable {
    /// Numbers the variables of `twin`. Assets of unknown kind have none; the
    /// checks on loading report them.
    #[must_use]
    pub fn new(twin: &Twin, registry: &KindRegistry) -> Self {
        let mut table = Self::default();
        let mut kinds: BTreeMap<&str, Option<Arc<Kind>>> = BTreeMap::new();
        for (asset, description) in twin.assets.iter().enumerate() {
            table.first_of_asset.push(table.len_u32());
            table.assets.insert(description.id.clone(), asset);
            let kind = kinds
                .entry(&description.kind)
                .or_insert_with(|| {
                    let mut kind = registry.get(&description.kind)?.clone();
                    let name = kind.name;
                    kind.contingencies.retain(|one| {
                        let unmet = one.needs.filter(|need| !need.is_met(twin));
                        table.withheld.extend(unmet.map(|need| Withheld {
                            kind: name,
                            name: one.name,
                            missing: need.missing,
                            advice: need.advice(twin),
                        }));
                        unmet.is_none()
                    });
                    Some(Arc::new(kind.counted_in(&twin.currency)))
                })
                .clone();
            table.kinds.push(kind.clone());
            let Some(kind) = kind else {
                continue;
            };
            for declaration in &kind.declarations {
                let path = format!("{}.{}", description.id, declaration.name);
                let initial = description
                    .parameters
                    .get(declaration.name)
                    .map(crate::quantity::Quantity::si)
                    .or(declaration.default)
                    .unwrap_or(0.0);
                table.variables.push(Variable {
                    path,
                    asset,
                    quantity: declaration.name,
                    unit: declaration.unit.clone(),
                    causality: declaration.causality,
                    initial,
                    bounds: declaration.bounds,
                    doc: declaration.doc,
                    words: declaration.words,
                    indicated: kind
                        .indicators
                        .iter()
                        .any(|one| one.quantity == declaration.name),
                });
            }
        }
        table.first_of_asset.push(table.len_u32());
        table
    }

    fn len_u32(&self) -> u32 {
        u32::try_from(self.variables.len()).unwrap_or(u32::MAX)
    }

    /// Number of variables.
    #[must_use]
    pub fn len(&self) -> usize {
        self.variables.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// The variable at `index`.
    ///
    /// # Panics
    /// When `index` comes from another table and lies outside this one.
    #[must_use]
    pub fn get(&self, index: VariableIndex) -> &Variable {
        &self.variables[index.position()]
    }

    /// The index of `asset.quantity`, if there is such a variable.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<VariableIndex> {
        // An id holds no dot, the name of a quantity neither.
        let (id, quantity) = path.rsplit_once('.')?;
        self.of_asset(*self.assets.get(id)?, quantity)
    }

    /// Number of assets.
    #[must_use]
    pub fn assets(&self) -> usize {
        self.kinds.len()
    }

    /// Position in the document of the asset with this id.
    #[must_use]
    pub fn asset(&self, id: &str) -> Option<usize> {
        self.assets.get(id).copied()
    }

    /// Ids of the assets, in alphabetical order.
    pub(super) fn asset_ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.assets.keys().map(String::as_str)
    }

    /// The kind of the asset at position `asset` in the document, if it is known.
    #[must_use]
    pub fn kind_of(&self, asset: usize) -> Option<&Kind> {
        self.kinds.get(asset)?.as_deref()
    }

    /// What may befall the asset at position `asset` in the document, as far as it has
    /// an effect in this twin.
    #[must_use]
    pub fn contingencies_of(&self, asset: usize) -> &[Contingency] {
        self.kind_of(asset).map_or(&[], |kind| &kind.contingencies)
    }

    /// The contingency called `name` of the asset at position `asset`, where it would
    /// have no effect in this twin.
    pub(super) fn withheld(&self, asset: usize, name: &str) -> Option<&Withheld> {
        let kind = self.kind_of(asset)?.name;
        (self.withheld.iter()).find(|one| one.kind == kind && one.name == name)
    }

    /// The index of a quantity of the asset at position `asset` in the document.
    #[must_use]
    pub fn of_asset(&self, asset: usize, quantity: &str) -> Option<VariableIndex> {
        self.indices_of_asset(asset)
            .find(|index| self.get(*index).quantity == quantity)
    }

    /// The indices of all variables of the asset at position `asset` in the document.
    pub fn indices_of_asset(&self, asset: usize) -> impl Iterator<Item = VariableIndex> + use<> {
        let first = self.first_of_asset.get(asset).copied().unwrap_or(0);
        let end = self.first_of_asset.get(asset + 1).copied().unwrap_or(first);
        (first..end).map(VariableIndex)
    }

    /// All variables with their indices, in order.
    pub fn iter(&self) -> impl Iterator<Item = (VariableIndex, &Variable)> {
        (0..self.len_u32()).map(VariableIndex).zip(&self.variables)
    }

    /// The value of every variable before the first step \[SI].
    #[must_use]
    pub fn initial_values(&self) -> Vec<f64> {
        self.variables.iter().map(|one| one.initial).collect()
    }
}
