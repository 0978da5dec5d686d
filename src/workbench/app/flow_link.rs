//! From the workbench to the scene of a flow: parts in the colours of what they
//! do, and labels that say it.

use super::scene_link;
use crate::workbench::panels::theme::tokens;
use crate::workbench::scene::SceneInput;
use crate::workbench::view::Workbench;
use crate::workbench::view::flow::paint::{self, StateColours};
use crate::workbench::view::label::LabelRequest;
use crate::workbench::view::painting::blend;
use crate::workbench::view::scene::SceneView;

/// How far what recedes behind a selection fades into the background.
const RECEDE: f64 = 0.5;

/// Whether the scene is coloured by what the parts of its flow do.
pub(super) fn shows_states(workbench: &Workbench, scene: &SceneView) -> bool {
    scene.flow.is_some() && scene_link::quantity_index(workbench, scene) == Some(0)
}

/// Gives the parts of the flow the colours of what they do.
pub(super) fn paint_states(workbench: &Workbench, scene: &SceneView, input: &mut SceneInput) {
    let Some(plan) = &scene.flow else { return };
    let states: StateColours = tokens(workbench.settings.theme)
        .states
        .map(|colour| [colour.r(), colour.g(), colour.b()]);
    let selected = workbench.selection.selected().asset();
    for (part, described) in plan.parts.iter().enumerate() {
        let place = scene
            .solids
            .iter()
            .position(|solid| solid.asset == described.asset);
        let Some(paint) = place.and_then(|place| input.painting.solids.get_mut(place)) else {
            continue;
        };
        let shown = paint::shown(workbench, plan, part);
        let Some(colour) = paint::colour(shown, &states, &input.palette) else {
            continue;
        };
        let stays = selected.is_none_or(|one| {
            one == described.asset
                || scene
                    .neighbours(one)
                    .is_some_and(|near| near.contains(&described.asset))
        });
        paint.colour = if stays {
            colour
        } else {
            blend(colour, input.palette.background, RECEDE)
        };
    }
}

/// Has the labels of a flow's parts say what they do.
pub(super) fn label(workbench: &Workbench, scene: &SceneView, requests: &mut [LabelRequest]) {
    let Some(plan) = &scene.flow else { return };
    if !shows_states(workbench, scene) {
        return;
    }
    for request in requests {
        if let Some(part) = plan.part_of(request.asset) {
            request.simulated = paint::text(paint::shown(workbench, plan, part));
        }
    }
}
