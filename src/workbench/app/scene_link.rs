//! From the workbench to the scene: what every asset shows at the instant
//! looked at, and what is written over the picture.

use super::desk::Desk;
use super::{flow_link, network_link};
use crate::quantity::format::format_quantity;
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{ChannelRole, Shape, VariableIndex};
use crate::workbench::scene::{NetworkInput, SceneInput};
use crate::workbench::view::Workbench;
use crate::workbench::view::colour::{ColourMap, Legend, round_range};
use crate::workbench::view::label::{LabelRequest, lay_out};
use crate::workbench::view::painting::{PaintInput, Painting, paint};
use crate::workbench::view::scene::{ColourQuantity, SceneView};
use crate::workbench::view::viewport::{ViewportView, furniture};

/// Title of the last thing the scene can be coloured by.
const RESIDUAL: &str = "Residual (measured − twin)";

/// Oldest observation that still counts as present, in expected periods.
const PERIODS: i64 = 3;

/// Oldest observation that counts as present when a channel states no period.
const AGE: SimDuration = SimDuration::from_whole_seconds(60);

/// Widest text of a label that is measured, in characters.
const WIDEST: usize = 40;

/// Brings the scene up to date with the workbench.
pub fn update(desk: &mut Desk, input: &mut SceneInput) {
    let Some(scene) = desk.scene.clone() else {
        input.scene = None;
        input.painting = Painting::default();
        input.network = NetworkInput::default();
        desk.workbench.viewport = ViewportView::default();
        return;
    };
    show_place(desk, input);
    if let Some(network) = scene.network.clone() {
        network_link::update(desk, input, &network);
        input.scene.clone_from(&desk.scene);
        return;
    }
    input.network = NetworkInput::default();
    let legend = legend(desk, &scene);
    let residuals = shows_residuals(&desk.workbench, &scene);
    let workbench = &desk.workbench;
    let assets = workbench
        .document
        .as_ref()
        .map_or(0, |document| document.twin().assets.len());
    let values: Vec<Option<f64>> = (0..assets)
        .map(|asset| {
            if residuals {
                residual_of(workbench, asset)
            } else {
                let quantity = coloured_by(workbench, &scene)?;
                let variable = (*quantity.of_asset.get(asset)?)?;
                let value = workbench.shown_value(variable)?;
                Some(workbench.settings.unit(&quantity.unit).from_si(value))
            }
        })
        .collect();
    let flows: Vec<Option<f64>> = scene
        .tubes
        .iter()
        .map(|tube| {
            let (variable, sign) = tube.flow.filter(|_| workbench.settings.flows)?;
            Some(sign * workbench.shown_value(variable)?)
        })
        .collect();
    let flow_reference = desk.flow_reference(&scene, &flows);
    let workbench = &desk.workbench;
    input.painting = paint(
        &scene,
        &PaintInput {
            values: &values,
            flows: &flows,
            flow_reference,
            legend: legend.as_ref(),
            selected: workbench.selection.selected().asset(),
            hovered: workbench.selection.hovered(),
            palette: &input.palette,
        },
    );
    let shows_states = flow_link::shows_states(workbench, &scene);
    if shows_states {
        flow_link::paint_states(workbench, &scene, input);
    }
    let workbench = &desk.workbench;
    let labels = if workbench.settings.labels {
        let mut requests = label_requests(workbench, &scene);
        flow_link::label(workbench, &scene, &mut requests);
        let obstacles = silhouettes(desk, &scene);
        let reserved = furniture(desk.tile.size, false);
        lay_out(
            &requests,
            &desk.camera,
            desk.tile.size,
            &obstacles,
            &reserved,
            measure,
        )
    } else {
        Vec::new()
    };
    let quantities = offered(&scene);
    let coloured_by = quantity_index(workbench, &scene);
    input.scene = Some(scene);
    let viewport = &mut desk.workbench.viewport;
    viewport.labels = labels;
    viewport.legend = legend;
    viewport.quantities = quantities;
    viewport.differences = None;
    viewport.coloured_by = coloured_by;
    viewport.map = None;
    viewport.shows_states = shows_states;
}

/// What a scene can be coloured by: its quantities, then the residual.
pub(super) fn offered(scene: &SceneView) -> Vec<String> {
    let quantities = scene.quantities.iter().map(|one| one.title.clone());
    quantities.chain([RESIDUAL.to_owned()]).collect()
}

/// Where the scene is looked at from, into which tile, and what of it is shown.
fn show_place(desk: &Desk, input: &mut SceneInput) {
    let workbench = &desk.workbench;
    input.moving = workbench.time.is_running() && workbench.settings.flows;
    input.grid = workbench.settings.grid;
    input.camera = desk.camera;
    input.folder.clone_from(&desk.folder);
    let [width, height] = desk.tile.size.map(|part| part * desk.tile.pixels_per_point);
    input.sharp = desk.is_at_rest();
    input.pixels_per_point = desk.tile.pixels_per_point as f32;
    input.size = bevy::math::UVec2::new(width.round() as u32, height.round() as u32);
}

/// Position of what colours the scene in the list offered: the scene's quantities, then the residual.
pub(super) fn quantity_index(workbench: &Workbench, scene: &SceneView) -> Option<usize> {
    let offered = scene.quantities.len() + 1;
    Some(workbench.colours.quantity.unwrap_or(0).min(offered - 1))
}

fn shows_residuals(workbench: &Workbench, scene: &SceneView) -> bool {
    quantity_index(workbench, scene) == Some(scene.quantities.len())
}

fn coloured_by<'a>(workbench: &Workbench, scene: &'a SceneView) -> Option<&'a ColourQuantity> {
    scene.quantities.get(quantity_index(workbench, scene)?)
}

/// What the colours mean now, in the user's unit.
fn legend(desk: &mut Desk, scene: &SceneView) -> Option<Legend> {
    if shows_residuals(&desk.workbench, scene) {
        return residual_legend(&desk.workbench);
    }
    let quantity = coloured_by(&desk.workbench, scene)?;
    let variables: Vec<VariableIndex> = quantity.of_asset.iter().flatten().copied().collect();
    desk.range.follow(&variables, &desk.workbench.record);
    for variable in &variables {
        if let Some(value) = desk.workbench.shown_value(*variable) {
            desk.range.include(value);
        }
    }
    let (low, high) = desk.range.range()?;
    let unit = desk.workbench.settings.unit(&quantity.unit);
    let span = unit.difference_from_si(quantity.least_span).abs();
    let map = match desk.workbench.colours.map {
        // A diverging map would claim a zero that is none.
        ColourMap::Vik => ColourMap::default(),
        map => map,
    };
    let (low, high) = (unit.from_si(low), unit.from_si(high));
    let (low, high) = round_range(low.min(high), low.max(high), span, false);
    Some(Legend {
        title: quantity.title.clone(),
        unit: unit.symbol(),
        low,
        high,
        map,
    })
}

/// The residual's legend: diverging, centred on zero, as wide as the largest usual residual.
pub(super) fn residual_legend(workbench: &Workbench) -> Option<Legend> {
    let document = workbench.document.as_ref()?;
    let (first, _) = measured(workbench).next()?;
    let unit = workbench.settings.unit(&document.variable(first)?.unit);
    let reach = workbench
        .record
        .channels()
        .iter()
        .map(|channel| 2.0 * channel.statistics.root_mean_square())
        .filter(|value| value.is_finite())
        .fold(0.0f64, f64::max);
    let reach = unit.difference_from_si(reach).abs();
    let (low, high) = round_range(-reach, reach, 0.2, true);
    Some(Legend {
        title: RESIDUAL.to_owned(),
        unit: unit.difference_symbol(),
        low,
        high,
        map: ColourMap::Vik,
    })
}

/// Measured variables with the position of their channel in the document.
pub(super) fn measured(workbench: &Workbench) -> impl Iterator<Item = (VariableIndex, usize)> + '_ {
    workbench.document.iter().flat_map(|document| {
        document
            .twin()
            .channels
            .iter()
            .enumerate()
            .filter(|(_, channel)| channel.role == ChannelRole::Measurement)
            .filter_map(|(position, channel)| {
                Some((document.variables().find(&channel.variable)?, position))
            })
    })
}

/// Oldest observation of a channel that still counts as present.
fn age_of(workbench: &Workbench, channel: usize) -> SimDuration {
    workbench
        .document
        .as_ref()
        .and_then(|document| document.twin().channels.get(channel)?.period)
        .and_then(|period| period.checked_mul(PERIODS))
        .unwrap_or(AGE)
}

/// The measured variable of an asset and its channel.
pub(super) fn measured_of(workbench: &Workbench, asset: usize) -> Option<(VariableIndex, usize)> {
    let document = workbench.document.as_ref()?;
    measured(workbench).find(|(variable, _)| {
        document
            .variable(*variable)
            .is_some_and(|one| one.asset == asset)
    })
}

/// Instant at which measurements are looked up: none in the future.
fn past_cursor(workbench: &Workbench) -> SimTime {
    workbench.time.cursor().min(workbench.time.now())
}

/// The residual of an asset at the instant shown, in the display unit of the measured variable.
pub(super) fn residual_of(workbench: &Workbench, asset: usize) -> Option<f64> {
    let (variable, channel) = measured_of(workbench, asset)?;
    let residual = workbench
        .record
        .channel(channel)?
        .residual_at(past_cursor(workbench), age_of(workbench, channel))?;
    let document = workbench.document.as_ref()?;
    let unit = workbench.settings.unit(&document.variable(variable)?.unit);
    Some(unit.difference_from_si(residual))
}

/// The labels that would like to be shown.
fn label_requests(workbench: &Workbench, scene: &SceneView) -> Vec<LabelRequest> {
    let Some(document) = &workbench.document else {
        return Vec::new();
    };
    let selected = workbench.selection.selected().asset();
    let hovered = workbench.selection.hovered();
    let standing = scene
        .solids
        .iter()
        .filter(|solid| solid.shape != Shape::Frame || Some(solid.asset) == selected)
        .map(|solid| solid.asset);
    let tubes = scene
        .tubes
        .iter()
        .filter_map(|tube| tube.asset)
        .filter(|asset| Some(*asset) == selected || Some(*asset) == hovered);
    standing
        .chain(tubes)
        .filter_map(|asset| {
            let quantity = coloured_by(workbench, scene).or(scene.quantities.first());
            let measured = measured_of(workbench, asset);
            let variable = measured
                .map(|(variable, _)| variable)
                .or_else(|| quantity.and_then(|one| one.of_asset.get(asset).copied().flatten()))
                .or_else(|| {
                    scene
                        .quantities
                        .iter()
                        .find_map(|one| one.of_asset.get(asset).copied().flatten())
                });
            let simulated = variable
                .and_then(|variable| {
                    Some(value_text(
                        workbench,
                        variable,
                        workbench.shown_value(variable)?,
                    ))
                })
                .unwrap_or_default();
            let pinned = Some(asset) == selected || Some(asset) == hovered;
            let is_part = scene
                .flow
                .as_ref()
                .is_some_and(|plan| plan.part_of(asset).is_some());
            if simulated.is_empty() && !pinned && !is_part {
                return None;
            }
            let observed = measured
                .and_then(|(variable, channel)| observed_text(workbench, variable, channel))
                .unwrap_or_default();
            let receded = selected.is_some_and(|one| {
                one != asset
                    && !scene
                        .neighbours(one)
                        .is_some_and(|near| near.contains(&asset))
            });
            Some(LabelRequest {
                asset,
                anchor: scene.anchor(asset)?,
                title: document.asset_name(asset).to_owned(),
                simulated,
                measured: observed,
                selected: Some(asset) == selected,
                hovered: Some(asset) == hovered,
                receded,
                rank: 0,
                one_line: false,
            })
        })
        .collect()
}

/// Solids whose outlines labels keep off; a crowd of them would leave no place at all.
const MOST_OBSTACLES: usize = 64;

/// What a channel says at the instant shown.
pub(super) fn observed_text(
    workbench: &Workbench,
    variable: VariableIndex,
    channel: usize,
) -> Option<String> {
    let value = workbench
        .record
        .channel(channel)?
        .observed_at(past_cursor(workbench), age_of(workbench, channel))?;
    Some(value_text(workbench, variable, value))
}

/// A value with no more digits than a glance takes in.
pub(super) fn value_text(workbench: &Workbench, variable: VariableIndex, value: f64) -> String {
    let text = workbench.value_text(variable, value);
    if text.chars().filter(char::is_ascii_digit).count() <= 4 {
        return text;
    }
    workbench
        .document
        .as_ref()
        .and_then(|document| document.variable(variable))
        .map(|one| format_quantity(value, &workbench.settings.unit(&one.unit), 3))
        .unwrap_or(text)
}

/// The rectangles in which the solids are seen.
fn silhouettes(desk: &Desk, scene: &SceneView) -> Vec<[[f64; 2]; 2]> {
    scene
        .solids
        .iter()
        .filter(|solid| {
            !matches!(
                solid.shape,
                Shape::Frame | Shape::Slab | Shape::Rack | Shape::Belt
            )
        })
        .take(MOST_OBSTACLES)
        .filter_map(|solid| {
            let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
            for corner in solid.place.corners() {
                let (point, _) = desk.camera.project(corner, desk.tile.size)?;
                for axis in 0..2 {
                    low[axis] = low[axis].min(point[axis]);
                    high[axis] = high[axis].max(point[axis]);
                }
            }
            Some([low, high])
        })
        .collect()
}

/// Room for a label [points]: a line for the name, one for the values, or one for both.
pub(super) fn measure(request: &LabelRequest) -> [f64; 2] {
    if request.one_line {
        let letters = request.title.chars().count() as f64 * 5.3;
        let digits = match request.simulated.chars().count() {
            0 => 0.0,
            count => count as f64 * 6.4 + 7.0,
        };
        return [letters + digits + 13.0, 20.0];
    }
    let values = [&request.measured, &request.simulated]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| text.chars().count())
        .sum::<usize>();
    let between = if request.measured.is_empty() || request.simulated.is_empty() {
        0
    } else {
        3
    };
    let values = values + between;
    let longest = request.title.chars().count().max(values).min(WIDEST);
    let lines = if values == 0 { 1.0 } else { 2.0 };
    [longest as f64 * 6.7 + 13.0, lines * 15.0 + 8.0]
}

impl Desk {
    /// Position of what the scene can be coloured by and whose name begins like this.
    ///
    /// # Errors
    /// In words, with what there is, when nothing is called so.
    pub fn colour_called(&self, name: &str) -> Result<usize, String> {
        let titles = match &self.scene {
            Some(scene) if scene.network.is_some() => network_link::offered(scene),
            Some(scene) => offered(scene),
            None => Vec::new(),
        };
        let wanted = name.trim().to_lowercase();
        let whole = titles.iter().position(|one| one.to_lowercase() == wanted);
        whole
            .or_else(|| {
                let mut lower = titles.iter().map(|one| one.to_lowercase());
                lower.position(|one| one.starts_with(&wanted))
            })
            .ok_or_else(|| {
                format!(
                    "the scene cannot be coloured by `{name}`; there is {}",
                    titles.join(", ")
                )
            })
    }

    /// The largest flow through any tube so far [SI], which is drawn widest.
    fn flow_reference(&mut self, scene: &SceneView, flows: &[Option<f64>]) -> f64 {
        let variables: Vec<VariableIndex> = scene
            .tubes
            .iter()
            .filter_map(|tube| tube.flow)
            .map(|(variable, _)| variable)
            .collect();
        self.flow_range.follow(&variables, &self.workbench.record);
        for flow in flows.iter().flatten() {
            self.flow_range.include(*flow);
        }
        self.flow_range
            .range()
            .map_or(0.0, |(low, high)| low.abs().max(high.abs()))
    }
}
