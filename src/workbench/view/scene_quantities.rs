//! What the scene can be coloured by.

use super::flow::FlowPlan;
use super::scene::ColourQuantity;
use crate::model::water::NotFollowed;
use crate::quantity::{Dimension, Unit};
use crate::twin::{Causality, Twin, Variable, VariableIndex, VariableTable};

/// What the scene can be coloured by: every dimension that some state or output has.
pub(super) fn quantities(
    twin: &Twin,
    variables: &VariableTable,
    flow: Option<&FlowPlan>,
) -> Vec<ColourQuantity> {
    match flow {
        Some(plan) => of_flow(plan, variables, twin.assets.len())
            .into_iter()
            .chain(by_dimension(twin, variables, |asset| {
                plan.part_of(asset).is_none()
            }))
            .collect(),
        None => by_dimension(twin, variables, |_| true),
    }
}

/// What parts of a flow can be coloured by: first what they do, which no scale
/// tells, then what is counted of them.
fn of_flow(plan: &FlowPlan, variables: &VariableTable, assets: usize) -> Vec<ColourQuantity> {
    let state = ColourQuantity {
        title: STATE.to_owned(),
        unit: Unit::dimensionless(),
        least_span: 1.0,
        of_asset: vec![None; assets],
    };
    let counted = FLOW_QUANTITIES.iter().filter_map(|(quantity, title)| {
        let mut of_asset = vec![None; assets];
        for part in &plan.parts {
            of_asset[part.asset] = variables.of_asset(part.asset, quantity);
        }
        let first = of_asset.iter().flatten().next()?;
        Some(ColourQuantity {
            title: (*title).to_owned(),
            unit: variables.get(*first).unit.clone(),
            least_span: 1e-3,
            of_asset,
        })
    });
    std::iter::once(state).chain(counted).collect()
}

/// What the parts of a flow do.
pub(super) const STATE: &str = "State and fill";

/// What is counted of the parts of a flow, with its name on the screen.
const FLOW_QUANTITIES: [(&str, &str); 6] = [
    ("working", "Share working"),
    ("blocked", "Share blocked"),
    ("starved", "Share starved"),
    ("down", "Share down"),
    ("mean_throughput", "Throughput"),
    ("mean_stay", "Mean stay"),
];

fn by_dimension(
    twin: &Twin,
    variables: &VariableTable,
    counts: impl Fn(usize) -> bool,
) -> Vec<ColourQuantity> {
    let temperature = Unit::known("K").dimension();
    let mut dimensions: Vec<Dimension> = Vec::new();
    let is_flow = |asset: usize| twin.assets[asset].kind.starts_with("flow.");
    // What stays at zero because nobody computes it tells nothing.
    let not_followed = NotFollowed::of(twin);
    let tells = |one: &Variable| !not_followed.holds(&twin.assets[one.asset].kind, one.quantity);
    for (_, variable) in variables
        .iter()
        .filter(|(_, one)| counts(one.asset) && !is_flow(one.asset) && tells(one))
    {
        let dimension = variable.unit.dimension();
        let moves = matches!(variable.causality, Causality::State | Causality::Output);
        if moves && !dimensions.contains(&dimension) {
            dimensions.push(dimension);
        }
    }
    dimensions.sort_by_key(|dimension| *dimension != temperature);
    dimensions
        .into_iter()
        .map(|dimension| {
            let of_asset: Vec<Option<VariableIndex>> = (0..twin.assets.len())
                .map(|asset| {
                    let is_coloured = counts(asset) && !is_flow(asset);
                    is_coloured.then(|| colouring_variable(variables, asset, dimension, &tells))?
                })
                .collect();
            let unit = of_asset
                .iter()
                .flatten()
                .map(|index| &variables.get(*index).unit)
                .find(|unit| unit.has_offset())
                .or_else(|| {
                    of_asset
                        .iter()
                        .flatten()
                        .map(|index| &variables.get(*index).unit)
                        .next()
                })
                .cloned()
                .unwrap_or_else(Unit::dimensionless);
            ColourQuantity {
                title: title_of(dimension),
                least_span: if dimension == temperature { 5.0 } else { 1e-3 },
                unit,
                of_asset,
            }
        })
        .collect()
}

/// A state before an output before an input: what the asset is comes before what is done to it.
fn colouring_variable(
    variables: &VariableTable,
    asset: usize,
    dimension: Dimension,
    tells: &impl Fn(&Variable) -> bool,
) -> Option<VariableIndex> {
    [Causality::State, Causality::Output, Causality::Input]
        .into_iter()
        .find_map(|causality| {
            variables.indices_of_asset(asset).find(|index| {
                let variable = variables.get(*index);
                variable.causality == causality
                    && variable.unit.dimension() == dimension
                    && tells(variable)
            })
        })
}

fn title_of(dimension: Dimension) -> String {
    match dimension.name() {
        Some("power") => "Heat flow".to_owned(),
        Some(name) => {
            let mut letters = name.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().chain(letters).collect())
                .unwrap_or_default()
        }
        None if dimension.is_dimensionless() => "Fraction".to_owned(),
        None => dimension.si_code(),
    }
}
