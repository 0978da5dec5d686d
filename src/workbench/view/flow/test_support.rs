//! Small flows for the tests of the flow's view.

use std::sync::Arc;

use super::{FlowPart, FlowPlan, PartForm, PartVariables, Way};
use crate::live::Snapshot;
use crate::twin::{Happening, Twin, UnitState, VariableTable, What};
use crate::workbench::view::test_support::{at, snapshot_of};
use crate::workbench::view::{Document, Workbench};

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
            stops: false,
        })
        .collect();
    let ways = ways.iter().map(|&(from, to)| Way { from, to }).collect();
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

/// A line of two machines with a rack of four places between.
const LINE: &str = r#"(
    format: 1, id: "line", name: "Line", version: "1", epoch: "2026-01-05T00:00:00Z", timestep: "1 min",
    forecast: (horizon: "1 d", stride: "1 h", members: 8),
    assets: [
        (id: "settings", kind: "flow.Settings"),
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
        (id: "saw", kind: "flow.Machine", name: "Saw", parameters: { "service_time": "55 s" },
         attributes: { "service_distribution": "Exponential" }),
        (id: "rack", kind: "flow.Buffer", name: "Rack", parameters: { "capacity": "4" }),
        (id: "mill", kind: "flow.Machine", name: "Mill", parameters: { "service_time": "60 s" },
         attributes: { "service_distribution": "Exponential" }),
        (id: "done", kind: "flow.Sink"),
    ],
    links: [
        (from: "raw.out", to: "saw.in"), (from: "saw.out", to: "rack.in"),
        (from: "rack.out", to: "mill.in"), (from: "mill.out", to: "done.in"),
    ],
)"#;

/// A workbench with [`LINE`] open, ten minutes into its run: the saw was blocked
/// for the last five, the mill worked throughout.
#[must_use]
pub fn running_line() -> Workbench {
    let twin: Twin = ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(LINE)
        .expect("a document");
    let registry = crate::model::registry();
    let variables = VariableTable::new(&twin, &registry);
    let plan = FlowPlan::new(&twin, &variables);
    let mut values = variables.initial_values();
    for (path, value) in [
        ("saw.state", 3.0),
        ("saw.working", 0.5),
        ("saw.blocked", 0.5),
        ("saw.active_period", 300.0),
        ("mill.state", 1.0),
        ("mill.working", 1.0),
        ("mill.active_period", 600.0),
        ("rack.content", 4.0),
    ] {
        values[variables.find(path).expect("declared").position()] = value;
    }
    let mut workbench = Workbench::default();
    workbench.open(Document::new(
        Arc::new(twin),
        Arc::new(variables),
        Arc::new(registry),
        None,
    ));
    workbench.show_flow(Some(Arc::new(plan)));
    workbench.plot_flow();
    let told = [
        state(0, 2, UnitState::Working),
        state(0, 4, UnitState::Working),
        state(300, 2, UnitState::Blocked),
    ];
    workbench.receive(&Snapshot {
        happenings: Arc::new(told),
        ..snapshot_of(at(600), values)
    });
    workbench
}
