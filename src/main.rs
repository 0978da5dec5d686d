//! The `counterpart` program.

use std::process::ExitCode;

use counterpart::cli::{self, Faces};

fn main() -> ExitCode {
    cli::main(&FACES)
}

#[cfg(not(feature = "desktop"))]
const FACES: Faces = Faces {
    window: None,
    render: None,
};

#[cfg(feature = "desktop")]
const FACES: Faces = Faces {
    window: Some(desktop::window),
    render: Some(desktop::render),
};

/// Hands what the command line was asked for to the desktop; the two faces do not know each other.
#[cfg(feature = "desktop")]
mod desktop {
    use counterpart::cli::{
        Failure, PicturePreset, PictureTheme, RenderArguments, WindowArguments,
    };
    use counterpart::workbench::app::render::{self, RenderError, RenderRequest};
    use counterpart::workbench::app::{WindowOptions, open_window};
    use counterpart::workbench::scene::Preset;
    use counterpart::workbench::view::settings::Theme;

    const fn preset(preset: PicturePreset) -> Preset {
        match preset {
            PicturePreset::Light => Preset::Light,
            PicturePreset::Full => Preset::Full,
        }
    }

    pub fn window(arguments: &WindowArguments) -> Result<(), Failure> {
        let live = (arguments.live || arguments.sources.plant)
            .then(|| {
                // Where no twin is named, the window says which one it opens.
                let twin = arguments.twin.clone().unwrap_or_default();
                arguments.sources.request(&twin)
            })
            .transpose()?;
        // Without live sources the store is what the twin is opened on.
        let store = match live {
            None => arguments.sources.store.clone(),
            Some(_) => None,
        };
        open_window(&WindowOptions {
            beside: arguments.beside.clone(),
            twin: arguments.twin.clone(),
            store,
            preset: arguments.preset.map(preset),
            live,
        })
        .map_err(Failure::Environment)
    }

    pub fn render(arguments: &RenderArguments) -> Result<(), Failure> {
        render::render(&RenderRequest {
            twin: arguments.twin.clone(),
            at: arguments.at,
            size: arguments.size,
            out: arguments.out.clone(),
            theme: match arguments.theme {
                PictureTheme::Light => Theme::Light,
                PictureTheme::Dark => Theme::Dark,
            },
            scenario: arguments.scenario.clone(),
            what_if: arguments.what_if.clone(),
            telemetry: arguments.telemetry.clone(),
            parameters: arguments.parameters.clone(),
            select: arguments.select.clone(),
            ahead: arguments.ahead,
            colour_by: arguments.colour_by.clone(),
            scene_only: arguments.scene_only,
            preset: arguments.preset.map(preset),
        })
        .map_err(|error| match error {
            RenderError::Twin(error) => Failure::from(*error),
            RenderError::Request(message) => Failure::Wrong(message),
            RenderError::Machine(message) => Failure::Environment(message),
        })
    }
}
