//! The colours of the scene that stand for no value, from the tokens of the theme.

use bevy_egui::egui::Color32;

use crate::workbench::panels::theme::tokens;
use crate::workbench::view::colour::Srgb;
use crate::workbench::view::painting::{ScenePalette, blend};
use crate::workbench::view::settings::Theme;

/// The scene's colours in this theme.
#[must_use]
pub fn scene_palette(theme: Theme) -> ScenePalette {
    let tokens = tokens(theme);
    let srgb = |colour: Color32| -> Srgb { [colour.r(), colour.g(), colour.b()] };
    ScenePalette {
        background: srgb(tokens.ground),
        grid: blend(srgb(tokens.line), srgb(tokens.text_weak), 0.45),
        neutral: blend(
            srgb(tokens.text_weak),
            srgb(tokens.line),
            match theme {
                Theme::Dark => 0.35,
                Theme::Light => 0.62,
            },
        ),
        water: blend(srgb(tokens.category(0)), srgb(tokens.ground), 0.12),
        accent: srgb(tokens.accent),
        shadow: srgb(tokens.shadow.to_opaque()),
    }
}
