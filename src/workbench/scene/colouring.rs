//! Colours and flows, from the painting to the renderer's buffers.

use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;

use super::SceneInput;
use super::materials::{TubeLook, linear};
use super::spawn::Built;
use crate::workbench::view::geometry::{length, subtract};
use crate::workbench::view::painting::Painting;
use crate::workbench::view::scene::{Carries, Tube};

/// Radius of the thinnest and the widest tube [scene units].
const TUBE_RADIUS: (f32, f32) = (0.008, 0.024);

/// Radius of a line that carries a signal [scene units].
const SIGNAL_RADIUS: f32 = 0.0045;

/// Half the width of a way on the floor \[m], and the least and most that it is drawn
/// [scene units].
const WAY: (f32, f32, f32) = (0.6, 0.006, 0.03);

/// Distance between two marks [scene units].
const MARK_SPACING: f32 = 0.11;

/// Distance between two dashes [scene units].
const DASH_SPACING: f32 = 0.05;

/// What was uploaded last.
#[derive(Default)]
pub(super) struct Uploaded {
    generation: u64,
    painting: Painting,
    phases: Vec<f32>,
}

/// Advances the marks and uploads what changed.
pub(super) fn upload(
    input: Res<SceneInput>,
    time: Res<Time>,
    mut built: ResMut<Built>,
    mut uploaded: Local<Uploaded>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    let Some(scene) = built.scene.clone() else {
        return;
    };
    if input.moving {
        let seconds = time.delta_secs().min(0.1);
        for (phase, paint) in built.phases.iter_mut().zip(&input.painting.tubes) {
            *phase = (*phase + paint.speed.abs() * seconds / MARK_SPACING).fract();
        }
    }
    let rebuilt = uploaded.generation != built.generation;
    if rebuilt || uploaded.painting.solids != input.painting.solids {
        let looks: Vec<Vec4> = input
            .painting
            .solids
            .iter()
            .map(|paint| linear(paint.colour).extend(paint.lift))
            .collect();
        if looks.len() == scene.solids.len()
            && !looks.is_empty()
            && let Some(mut buffer) = buffers.get_mut(&built.looks)
        {
            buffer.set_data(looks);
        }
    }
    if rebuilt || uploaded.painting.tubes != input.painting.tubes || uploaded.phases != built.phases
    {
        let looks: Vec<TubeLook> = scene
            .tubes
            .iter()
            .zip(&input.painting.tubes)
            .zip(&built.phases)
            .map(|((tube, paint), phase)| tube_look(tube, paint, *phase, scene.metres_per_unit))
            .collect();
        if looks.len() == scene.tubes.len()
            && !looks.is_empty()
            && let Some(mut buffer) = buffers.get_mut(&built.tubes)
        {
            buffer.set_data(looks);
        }
        uploaded.phases.clone_from(&built.phases);
    }
    uploaded.generation = built.generation;
    uploaded.painting.clone_from(&input.painting);
}

/// One tube as the shader reads it. A tube whose flow runs from its end to its
/// start is handed over turned round, so that marks always run forwards.
fn tube_look(
    tube: &Tube,
    paint: &crate::workbench::view::painting::TubePaint,
    phase: f32,
    metres_per_unit: f64,
) -> TubeLook {
    let reversed = paint.speed < 0.0;
    let point = |index: usize| Vec3::from_array(tube.curve[index].map(|part| part as f32));
    let (start, end) = if reversed {
        (point(2), point(0))
    } else {
        (point(0), point(2))
    };
    let (start_colour, end_colour) = if reversed {
        (paint.end, paint.start)
    } else {
        (paint.start, paint.end)
    };
    let way = (length(subtract(tube.curve[1], tube.curve[0]))
        + length(subtract(tube.curve[2], tube.curve[1]))) as f32;
    let (radius, spacing, dashed) = match tube.carries {
        Carries::Signal => (SIGNAL_RADIUS, DASH_SPACING, 1.0),
        Carries::Heat | Carries::Water | Carries::Items => (
            TUBE_RADIUS.0 + (TUBE_RADIUS.1 - TUBE_RADIUS.0) * paint.weight,
            MARK_SPACING,
            0.0,
        ),
        Carries::Traffic { .. } => {
            let half = (WAY.0 / metres_per_unit as f32).clamp(WAY.1, WAY.2);
            (half, MARK_SPACING, 2.0)
        }
    };
    TubeLook {
        start: start.extend(radius),
        bend: point(1).extend(phase),
        end: end.extend((way / spacing).max(1.0)),
        start_colour: linear(start_colour).extend(paint.marks),
        end_colour: linear(end_colour).extend(dashed),
    }
}
