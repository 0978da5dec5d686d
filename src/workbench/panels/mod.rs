//! The panels: egui only, no Bevy.
//!
//! Every panel reads a view-model and pushes [`Command`]s; it changes nothing
//! itself, so egui may call it more than once a frame.

use crate::workbench::view::{Command, Workbench};

/// Draws everything but the 3D scene, whose picture is `viewport`: used by the
/// window and by `counterpart render` alike.
pub fn workbench_ui(
    ctx: &egui::Context,
    workbench: &Workbench,
    viewport: Option<egui::TextureId>,
    commands: &mut Vec<Command>,
) {
    let _ = (ctx, workbench, viewport, commands);
}
