//! Small flows for the tests of the flow's view.

use super::{FlowPart, FlowPlan, PartForm, PartVariables, Way};
use crate::twin::{Happening, UnitState, What};
use crate::workbench::view::test_support::at;

/// Parts of these forms, each an asset of its own, joined by these ways.
#[must_use]
pub fn plan(forms: &[PartForm], ways: &[(usize, usize)]) -> FlowPlan {
    let parts = forms
        .iter()
        .enumerate()
        .map(|(asset, form)| FlowPart {
            asset,
            form: *form,
            variables: PartVariables::default(),
        })
        .collect();
    let ways = ways
        .iter()
        .map(|&(from, to)| Way { from, to })
        .collect();
    FlowPlan::from_parts(parts, ways, None, forms.len())
}

/// Something that happened to an asset at a whole second.
fn happening(second: i64, asset: u32, what: What) -> Happening {
    Happening {
        time: at(second),
        asset,
        what,
    }
}

/// The first server of a station does something else.
#[must_use]
pub fn state(second: i64, asset: u32, state: UnitState) -> Happening {
    happening(second, asset, What::State { server: 0, state })
}

/// An item comes in.
#[must_use]
pub fn entered(second: i64, asset: u32, item: u64) -> Happening {
    happening(second, asset, What::Entered { item, class: 0 })
}

/// An item leaves.
#[must_use]
pub fn left(second: i64, asset: u32, item: u64) -> Happening {
    happening(second, asset, What::Left { item })
}
