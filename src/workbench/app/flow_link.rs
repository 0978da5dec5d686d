//! From the workbench to the scene of a flow: parts in the colours of what they
//! do, labels that say it, and items and agents where they are.

use bevy_egui::egui::Color32;

use super::desk::Desk;
use super::scene_link;
use crate::workbench::panels::theme::tokens;
use crate::workbench::scene::SceneInput;
use crate::workbench::view::Workbench;
use crate::workbench::view::camera::FIELD_OF_VIEW;
use crate::workbench::view::colour::Srgb;
use crate::workbench::view::flow::bodies::Look;
use crate::workbench::view::flow::paint::{self, StateColours};
use crate::workbench::view::label::LabelRequest;
use crate::workbench::view::painting::{BodyPaint, blend};
use crate::workbench::view::scene::SceneView;
use crate::workbench::view::settings::Theme;

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
        paint.colour = if stays(scene, selected, described.asset) {
            colour
        } else {
            blend(colour, input.palette.background, RECEDE)
        };
    }
}

/// Smallest item that is drawn [pixels].
const LEAST_ITEM: f64 = 1.5;

/// Puts items and agents where they are, `elapsed` seconds after the last time.
pub(super) fn put_bodies(desk: &mut Desk, input: &mut SceneInput, elapsed: f64) {
    input.bodies.clear();
    desk.workbench.viewport.left_out = None;
    let Some(scene) = &desk.scene else { return };
    let (Some(floor), true) = (&scene.floor, desk.workbench.settings.flows) else {
        return;
    };
    let height = 2.0 * desk.camera.distance * (FIELD_OF_VIEW / 2.0).tan();
    let pixels = f64::from(input.size.y) * floor.edge() / height.max(1e-9);
    desk.workbench
        .put_bodies(floor, elapsed, pixels >= LEAST_ITEM);
    let workbench = &desk.workbench;
    let colours = BodyColours::of(workbench.settings.theme);
    let selected = workbench.selection.selected().asset();
    let paints = workbench.flow.bodies.list.iter().map(|body| {
        let colour = colours.colour(body.look);
        let stays = stays(scene, selected, body.asset);
        let colour = match stays {
            true => colour,
            false => blend(colour, input.palette.background, RECEDE),
        };
        BodyPaint {
            body: *body,
            colour,
        }
    });
    input.bodies.extend(paints);
    desk.workbench.viewport.left_out = workbench.flow.left_out();
}

/// The colours of items and agents: those of the theme that stand for no state.
struct BodyColours {
    /// Items without a class, then the classes, which begin again after the last.
    items: [Srgb; 5],
    vehicle: Srgb,
    person: Srgb,
}

impl BodyColours {
    fn of(theme: Theme) -> Self {
        let tokens = tokens(theme);
        let srgb = |colour: Color32| -> Srgb { [colour.r(), colour.g(), colour.b()] };
        let category = |position: usize| srgb(tokens.category(position));
        let text = srgb(tokens.text);
        Self {
            items: [text, category(2), category(0), category(4), category(3)],
            vehicle: blend(category(3), srgb(tokens.text_weak), 0.35),
            person: blend(category(1), text, 0.35),
        }
    }

    fn colour(&self, look: Look) -> Srgb {
        match look {
            Look::Item(0) => self.items[0],
            Look::Item(class) => self.items[1 + (usize::from(class) - 1) % (self.items.len() - 1)],
            Look::Vehicle => self.vehicle,
            Look::Person => self.person,
        }
    }
}

/// Whether an asset keeps its colour beside what is selected.
fn stays(scene: &SceneView, selected: Option<usize>, asset: usize) -> bool {
    selected.is_none_or(|one| {
        one == asset
            || scene
                .neighbours(one)
                .is_some_and(|near| near.contains(&asset))
    })
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
