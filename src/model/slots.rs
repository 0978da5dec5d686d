//! Where the variables of an asset stand in the value array.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::twin::{Asset, VariableIndex, VariableTable};

/// Where the variables of one asset stand in the value array.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    base: usize,
    names: Arc<BTreeMap<&'static str, usize>>,
}

impl Slots {
    /// Position of a variable; `None` where the kind declares none of this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).map(|offset| self.base + offset)
    }

    /// Value of a variable; zero where the kind declares none of this name.
    pub(super) fn value(&self, values: &[f64], name: &str) -> f64 {
        self.find(name).map_or(0.0, |slot| values[slot])
    }
}

/// Finds one variable of many assets: the name is looked up again only where the kind
/// is another one than before.
#[derive(Debug)]
pub(super) struct Finder {
    name: &'static str,
    kind: Option<Arc<BTreeMap<&'static str, usize>>>,
    offset: Option<usize>,
}

impl Finder {
    pub(super) const fn new(name: &'static str) -> Self {
        Self {
            name,
            kind: None,
            offset: None,
        }
    }

    /// As [`Slots::find`].
    #[inline]
    pub(super) fn find(&mut self, slots: &Slots) -> Option<usize> {
        let is_known = (self.kind.as_ref()).is_some_and(|kind| Arc::ptr_eq(kind, &slots.names));
        if !is_known {
            self.offset = slots.names.get(self.name).copied();
            self.kind = Some(Arc::clone(&slots.names));
        }
        self.offset.map(|offset| slots.base + offset)
    }

    /// As [`Slots::value`].
    #[inline]
    pub(super) fn value(&mut self, slots: &Slots, values: &[f64]) -> f64 {
        self.find(slots).map_or(0.0, |slot| values[slot])
    }

    /// Sets the variable; nothing where the kind declares none of this name.
    #[inline]
    pub(super) fn put(&mut self, slots: &Slots, values: &mut [f64], value: f64) {
        if let Some(slot) = self.find(slots) {
            values[slot] = value;
        }
    }
}

/// The names of the variables of each kind, shared by all assets of the kind.
#[derive(Debug, Default)]
pub(super) struct SlotNames<'a>(BTreeMap<&'a str, Arc<BTreeMap<&'static str, usize>>>);

impl<'a> SlotNames<'a> {
    /// The slots of the asset at `position` in the document.
    pub(super) fn of(
        &mut self,
        position: usize,
        asset: &'a Asset,
        variables: &VariableTable,
    ) -> Slots {
        let indices = || variables.indices_of_asset(position);
        let base = indices().next().map_or(0, VariableIndex::position);
        let names = self.0.entry(&asset.kind).or_insert_with(|| {
            let offset =
                |index: VariableIndex| (variables.get(index).quantity, index.position() - base);
            Arc::new(indices().map(offset).collect())
        });
        Slots {
            base,
            names: Arc::clone(names),
        }
    }
}
