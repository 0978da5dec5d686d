//! From the workbench to the picture of a network. Colours of a hundred
//! thousand parts are worked out when something they depend on has changed,
//! not in every frame.

use std::sync::Arc;

use super::desk::Desk;
use super::scene_link;
use crate::quantity::format::format_quantity;
use crate::twin::VariableIndex;
use crate::workbench::panels::theme::tokens;
use crate::workbench::scene::{ContourLines, NetworkInput, SceneInput};
use crate::workbench::view::Workbench;
use crate::workbench::view::colour::{ColourMap, Legend, Srgb, round_range};
use crate::workbench::view::label::{LabelRequest, lay_out};
use crate::workbench::view::network::answers::{Answers, Moment};
use crate::workbench::view::network::contour::{contours, levels};
use crate::workbench::view::network::labels::labelled;
use crate::workbench::view::network::layout::map_scale;
use crate::workbench::view::network::paint::{NetworkPaintInput, paint};
use crate::workbench::view::network::pick::Reach;
use crate::workbench::view::network::terrain::Field;
use crate::workbench::view::network::trace::Direction;
use crate::workbench::view::network::values::quantile;
use crate::workbench::view::network::zones::ZoneRule;
use crate::workbench::view::network::{LinkForm, Network, NodeForm, Part, map};
use crate::workbench::view::painting::{Painting, ScenePalette, blend};
use crate::workbench::view::record::band_at;
use crate::workbench::view::scene::SceneView;
use crate::workbench::view::viewport::furniture;

/// Share of the values at either end that do not stretch the colours: a
/// reservoir on a mountain would leave one colour to the town.
const OUTLIERS: f64 = 0.01;

/// Radius within which a pipe is under the pointer [points].
const PIPE_REACH: f64 = 6.0;

/// Quantities of which the amount counts and the direction is told by the flow marks.
const AMOUNTS: [&str; 3] = ["flow", "velocity", "headloss"];

/// Everything that the values and their legend depend on.
#[derive(Clone, Debug, PartialEq)]
struct ValueBasis {
    moment: Moment,
    quantity: usize,
    map: ColourMap,
    unit: String,
}

/// Everything that the colours of a network depend on.
#[derive(Clone, Debug, PartialEq)]
struct Basis {
    values: ValueBasis,
    palette: ScenePalette,
    selected: Option<usize>,
    trace: Option<(usize, Direction)>,
    zones: Option<ZoneRule>,
    flows: bool,
    contours: bool,
}

/// What was worked out for the network on show.
#[derive(Debug, Default)]
pub struct NetworkDesk {
    basis: Option<Basis>,
    /// The value of each asset [display unit of the legend].
    values: Vec<Option<f64>>,
    legend: Option<Legend>,
    /// Quantity whose range is kept, and that range [SI].
    range: Option<(usize, (f64, f64))>,
    ground: Option<Arc<Field>>,
}

impl NetworkDesk {
    /// Of a network that was just put on show, with the ground under it.
    pub(super) fn on(ground: Option<Field>) -> Self {
        Self {
            ground: ground.map(Arc::new),
            ..Self::default()
        }
    }
}

/// Brings the scene of a network up to date with the workbench.
pub fn update(desk: &mut Desk, input: &mut SceneInput, network: &Arc<Network>) {
    let wanted = desk.workbench.network.exaggeration();
    let Some(mut scene) = desk.scene.clone() else {
        return;
    };
    if scene.exaggeration.to_bits() != wanted.to_bits() {
        scene = Arc::new(scene.with_exaggeration(wanted));
        desk.scene = Some(Arc::clone(&scene));
    }
    desk.workbench.keep_answers();
    recolour(desk, input, network, &scene);
    let workbench = &desk.workbench;
    let scale = map_scale(&desk.camera, desk.tile.size[1], scene.usual_length);
    input.network.scale = scale;
    input.network.hovered = workbench
        .selection
        .hovered()
        .map_or(Part::None, |asset| network.part(asset));
    input.network.terrain = if workbench.settings.terrain {
        desk.network.ground.clone()
    } else {
        None
    };
    // The ground has hills of its own, and a net over them would only be in the way.
    input.grid = workbench.settings.grid && input.network.terrain.is_none();
    input.painting = Painting::default();
    let labels = if workbench.settings.labels {
        let requests = label_requests(desk, &scene, network);
        lay_out(
            &requests,
            &desk.camera,
            desk.tile.size,
            &[],
            &furniture(desk.tile.size, true),
            scene_link::measure,
        )
    } else {
        Vec::new()
    };
    let frame = map::frame(
        &desk.camera,
        desk.tile.size[1],
        scene.metres_per_unit,
        scene.exaggeration,
        workbench.network.heights.is_none(),
    );
    let quantities = offered(&scene);
    let coloured_by = Some(quantity_index(workbench, &scene));
    let legend = match workbench.network.zones {
        Some(_) => None,
        None => desk.network.legend.clone(),
    };
    let viewport = &mut desk.workbench.viewport;
    viewport.labels = labels;
    viewport.legend = legend;
    viewport.differences = (!scene.quantities.is_empty()).then(|| quantities.len() - 1);
    viewport.quantities = quantities;
    viewport.coloured_by = coloured_by;
    viewport.map = Some(frame);
}

/// The asset of the network under a point of the picture.
pub fn asset_at(desk: &Desk, scene: &SceneView, point: [f64; 2]) -> Option<usize> {
    let height = desk.tile.size[1];
    let ray = desk.camera.ray(point, desk.tile.size);
    let scale = map_scale(&desk.camera, height, scene.usual_length);
    // Angle that one point of the picture covers.
    let angle = 2.0 * (crate::workbench::view::camera::FIELD_OF_VIEW / 2.0).tan() / height.max(1.0);
    let reach = Reach {
        slim: PIPE_REACH.max(scale.widest * 0.6) * angle,
        symbol: scale.symbol * 0.55 * angle,
    };
    scene.pick_in_network(&ray, reach)
}

/// What the scene can be coloured by: its quantities, the residual, and what a what-if changes.
pub(super) fn offered(scene: &SceneView) -> Vec<String> {
    let mut titles = scene_link::offered(scene);
    if let Some(first) = scene.quantities.first() {
        titles.push(format!("{} (what-if − base)", first.title));
    }
    titles
}

fn quantity_index(workbench: &Workbench, scene: &SceneView) -> usize {
    workbench
        .colours
        .quantity
        .unwrap_or(0)
        .min(scene.quantities.len() + 1)
}

/// Works the colours out anew when something they depend on has changed.
fn recolour(desk: &mut Desk, input: &mut SceneInput, network: &Arc<Network>, scene: &SceneView) {
    let workbench = &desk.workbench;
    let quantity = quantity_index(workbench, scene);
    let unit = scene
        .quantities
        .get(quantity)
        .map(|one| workbench.settings.unit(&one.unit).code().to_owned());
    let basis = Basis {
        values: ValueBasis {
            moment: workbench.moment(),
            quantity,
            map: workbench.colours.map,
            unit: unit.unwrap_or_default(),
        },
        palette: input.palette,
        selected: workbench.selection.selected().asset(),
        trace: workbench.network.trace,
        zones: workbench.network.zones,
        flows: workbench.settings.flows,
        contours: workbench.settings.contours,
    };
    if desk.network.basis.as_ref() == Some(&basis) {
        return;
    }
    let before = desk.network.basis.take();
    let same_values = before
        .as_ref()
        .is_some_and(|one| one.values == basis.values);
    if !same_values {
        evaluate(desk, scene, quantity);
    }
    let workbench = &desk.workbench;
    let Some(answers) = workbench.answers() else {
        return;
    };
    let NetworkDesk { values, legend, .. } = &desk.network;
    let categories: Vec<Srgb> = tokens(workbench.settings.theme)
        .categories
        .iter()
        .map(|colour| [colour.r(), colour.g(), colour.b()])
        .collect();
    let painting = paint(
        network,
        &NetworkPaintInput {
            values,
            legend: legend.as_ref(),
            present: &answers.present,
            flows: workbench.settings.flows,
            selected: basis.selected,
            trace: answers.trace.as_ref(),
            zones: answers.zones.as_ref(),
            categories: &categories,
            palette: &input.palette,
        },
    );
    let same_lines = same_values
        && before.is_some_and(|one| {
            one.palette == basis.palette
                && one.contours == basis.contours
                && one.zones.is_none() == basis.zones.is_none()
        });
    let contours = if same_lines {
        input.network.contours.take()
    } else {
        legend
            .as_ref()
            .filter(|_| basis.contours && basis.zones.is_none())
            .and_then(|legend| {
                let ground = desk.network.ground.as_deref();
                contour_lines(network, ground, values, legend, &input.palette)
            })
            .map(Arc::new)
    };
    input.network = NetworkInput {
        painting,
        contours,
        ..std::mem::take(&mut input.network)
    };
    desk.network.basis = Some(basis);
}

/// Reads the values that colour the scene, and says what their colours mean.
fn evaluate(desk: &mut Desk, scene: &SceneView, quantity: usize) {
    let workbench = &desk.workbench;
    let assets = workbench
        .document
        .as_ref()
        .map_or(0, |document| document.twin().assets.len());
    let (values, legend) = if quantity == scene.quantities.len() {
        residuals(workbench, assets)
    } else if quantity > scene.quantities.len() {
        differences(workbench, scene, assets)
    } else {
        shown(desk, scene, quantity, assets)
    };
    desk.network.values = values;
    desk.network.legend = legend;
}

/// The values of a quantity now [display unit], and what their colours mean.
fn shown(
    desk: &mut Desk,
    scene: &SceneView,
    index: usize,
    assets: usize,
) -> (Vec<Option<f64>>, Option<Legend>) {
    let workbench = &desk.workbench;
    let Some(quantity) = scene.quantities.get(index) else {
        return (vec![None; assets], None);
    };
    let unit = workbench.settings.unit(&quantity.unit);
    let first = quantity.of_asset.iter().flatten().next();
    let is_amount = first
        .and_then(|variable| workbench.document.as_ref()?.variable(*variable))
        .is_some_and(|variable| AMOUNTS.contains(&variable.quantity));
    let read = |variable: VariableIndex| -> Option<f64> {
        let value = workbench.shown_value(variable)?;
        let value = if is_amount { value.abs() } else { value };
        value.is_finite().then_some(value)
    };
    let values: Vec<Option<f64>> = quantity
        .of_asset
        .iter()
        .map(|variable| variable.and_then(read))
        .collect();
    let mut known: Vec<f64> = values.iter().copied().flatten().collect();
    let range = quantile(&mut known, OUTLIERS).zip(quantile(&mut known, 1.0 - OUTLIERS));
    // The range only grows, so that colours stay comparable while a run goes on.
    let range = match (desk.network.range, range) {
        (Some((of, (low, high))), Some((lower, higher))) if of == index => {
            Some((low.min(lower), high.max(higher)))
        }
        (Some((of, kept)), None) if of == index => Some(kept),
        (_, range) => range,
    };
    desk.network.range = range.map(|range| (index, range));
    let legend = range.map(|(low, high)| {
        let (low, high) = (unit.from_si(low), unit.from_si(high));
        let span = unit.difference_from_si(quantity.least_span).abs();
        let (low, high) = round_range(low.min(high), low.max(high), span, false);
        Legend {
            title: quantity.title.clone(),
            unit: unit.symbol(),
            low,
            high,
            map: match desk.workbench.colours.map {
                // A diverging map would claim a zero that is none.
                ColourMap::Vik => ColourMap::default(),
                map => map,
            },
        }
    });
    let values = values
        .into_iter()
        .map(|value| value.map(|value| unit.from_si(value)))
        .collect();
    (values, legend)
}

/// Measured minus twin, where something is measured.
fn residuals(workbench: &Workbench, assets: usize) -> (Vec<Option<f64>>, Option<Legend>) {
    let mut values = vec![None; assets];
    let Some(document) = &workbench.document else {
        return (values, None);
    };
    for (variable, _) in scene_link::measured(workbench) {
        if let Some(asset) = document.variable(variable).map(|one| one.asset)
            && let Some(value) = values.get_mut(asset)
        {
            *value = scene_link::residual_of(workbench, asset);
        }
    }
    (values, scene_link::residual_legend(workbench))
}

/// What the what-if changes of the scene's first quantity at the instant shown.
fn differences(
    workbench: &Workbench,
    scene: &SceneView,
    assets: usize,
) -> (Vec<Option<f64>>, Option<Legend>) {
    let nothing = || (vec![None; assets], None);
    let (Some(quantity), Some(base), Some(what_if)) = (
        scene.quantities.first(),
        workbench.record.forecast(),
        workbench.record.what_if(),
    ) else {
        return nothing();
    };
    let unit = workbench.settings.unit(&quantity.unit);
    let cursor = workbench.time.cursor();
    let values: Vec<Option<f64>> = quantity
        .of_asset
        .iter()
        .map(|variable| {
            let variable = (*variable)?;
            let (a, b) = (base.bands.get(&variable)?, what_if.bands.get(&variable)?);
            let change = band_at(b, &b.p50, cursor)? - band_at(a, &a.p50, cursor)?;
            Some(unit.difference_from_si(change))
        })
        .collect();
    let mut sizes: Vec<f64> = values.iter().flatten().map(|value| value.abs()).collect();
    let reach = quantile(&mut sizes, 1.0 - OUTLIERS).unwrap_or(0.0);
    let (low, high) = round_range(-reach, reach, 1e-3, true);
    let legend = Legend {
        title: format!("{} (what-if − base)", quantity.title),
        unit: unit.difference_symbol(),
        low,
        high,
        map: ColourMap::Vik,
    };
    (values, Some(legend))
}

/// The ground between the heights of the nodes.
pub(super) fn ground(network: &Network) -> Option<Field> {
    let heights = network
        .nodes
        .iter()
        // The surface of a reservoir may stand far above or below the ground.
        .filter(|node| node.form != NodeForm::Reservoir)
        .map(|node| ([node.position[0], node.position[2]], node.position[1]));
    Field::through(&network.extent()?, heights)
}

/// Lines of equal value of what the nodes show, lying on the ground.
fn contour_lines(
    network: &Network,
    ground: Option<&Field>,
    values: &[Option<f64>],
    legend: &Legend,
    palette: &ScenePalette,
) -> Option<ContourLines> {
    let places = network.nodes.iter().filter_map(|node| {
        let value = values.get(node.asset).copied().flatten()?;
        Some(([node.position[0], node.position[2]], value))
    });
    let field = Field::through(&network.extent()?, places)?;
    let levels = levels(legend.low, legend.high);
    let mut lines = ContourLines::default();
    for (position, contour) in contours(&field, &levels).into_iter().enumerate() {
        let colour = legend.colour(contour.level);
        lines.colours.push(blend(colour, palette.neutral, 0.25));
        for piece in contour.pieces {
            let raised = piece.map(|place| {
                let height = ground.map_or(0.0, |ground| ground.at(place));
                [place[0], height, place[1]]
            });
            lines.pieces.push((raised, position));
        }
    }
    Some(lines)
}

/// The labels that would like to be shown.
fn label_requests(desk: &Desk, scene: &SceneView, network: &Network) -> Vec<LabelRequest> {
    let workbench = &desk.workbench;
    let Some(document) = &workbench.document else {
        return Vec::new();
    };
    let Some(answers) = workbench.answers() else {
        return Vec::new();
    };
    let selected = workbench.selection.selected().asset();
    let hovered = workbench.selection.hovered();
    let pinned: Vec<usize> = selected.into_iter().chain(hovered).collect();
    let quantity = scene.quantities.get(quantity_index(workbench, scene));
    labelled(
        network,
        &desk.camera,
        desk.tile.size,
        scene.exaggeration,
        scene.usual_length,
        |asset| document.has_channel(asset),
        &pinned,
    )
    .into_iter()
    .map(|one| {
        let asset = one.asset;
        let is_pinned = Some(asset) == selected || Some(asset) == hovered;
        let telling = match network.part(asset) {
            Part::Node(node) => network.nodes[node].level,
            Part::Link(link) => network.links[link].flow,
            Part::None => None,
        };
        let coloured = quantity.and_then(|one| one.of_asset.get(asset).copied().flatten());
        let variable = telling.or(coloured);
        let measured = variable
            .filter(|_| is_pinned)
            .and_then(|variable| Some((variable, document.channel_of(variable)?.0)));
        let simulated = match off(network, &answers, asset) {
            Some(word) => word.to_owned(),
            None => variable
                .and_then(|variable| glance(workbench, variable))
                .unwrap_or_default(),
        };
        LabelRequest {
            asset,
            anchor: one.anchor,
            title: document.asset_name(asset).to_owned(),
            simulated,
            measured: measured
                .and_then(|(variable, channel)| {
                    scene_link::observed_text(workbench, variable, channel)
                })
                .unwrap_or_default(),
            selected: Some(asset) == selected,
            hovered: Some(asset) == hovered,
            receded: is_beside_trace(network, &answers, asset),
            rank: one.rank,
            one_line: !is_pinned,
        }
    })
    .collect()
}

/// What a pump or valve that lets nothing through says in place of its flow.
fn off(network: &Network, answers: &Answers, asset: usize) -> Option<&'static str> {
    let Part::Link(link) = network.part(asset) else {
        return None;
    };
    let is_closed = answers.present.closed.get(link).copied().unwrap_or(false);
    is_closed.then_some(match network.links[link].form {
        LinkForm::Pump => "off",
        LinkForm::Pipe | LinkForm::Valve | LinkForm::PressureValve => "closed",
    })
}

/// Whether a trace is shown that did not meet an asset.
fn is_beside_trace(network: &Network, answers: &Answers, asset: usize) -> bool {
    answers.trace.as_ref().is_some_and(|trace| {
        let met = match network.part(asset) {
            Part::Node(node) => trace.nodes.get(node),
            Part::Link(link) => trace.links.get(link),
            Part::None => None,
        };
        !met.copied().unwrap_or(false)
    })
}

/// A value with as many digits as a glance at the map takes in.
fn glance(workbench: &Workbench, variable: VariableIndex) -> Option<String> {
    let value = workbench.shown_value(variable)?;
    let unit = &workbench.document.as_ref()?.variable(variable)?.unit;
    Some(format_quantity(value, &workbench.settings.unit(unit), 3))
}
