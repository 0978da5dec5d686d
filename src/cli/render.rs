//! `counterpart render`: the workbench as a picture, without a window.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::run::duration;
use super::{Faces, Failure};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::Occurrence;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PictureTheme {
    /// Dark marks on a light ground.
    Light,
    /// Light marks on a dark ground.
    #[default]
    Dark,
}

/// How much the renderer is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PicturePreset {
    /// For software renderers.
    Light,
    /// For graphics processors.
    Full,
}

/// Draw the workbench with scene, plots and forecast into a PNG file, without a window.
#[derive(Clone, Debug, Args)]
pub struct RenderArguments {
    /// The document, or the folder that holds its `twin.ron`.
    pub twin: PathBuf,
    /// The instant that is now, as time since the epoch, such as `2 h 15 min`; one forecast's
    /// horizon before the end of the telemetry where it is not given, the beginning without any.
    #[arg(long, value_name = "DURATION", value_parser = time)]
    pub at: Option<SimTime>,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = size)]
    pub size: (u32, u32),
    /// The PNG file to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Light or dark.
    #[arg(long, value_enum, default_value_t)]
    pub theme: PictureTheme,
    /// Prepared what-if, begun at now and shown beside the base.
    #[arg(long, value_name = "ID")]
    pub scenario: Option<String>,
    /// What befalls an asset from now on, shown beside the base, such as
    /// `main_3 burst 6 cm2 from 2 h to 8 h`. Can be given several times.
    #[arg(long, value_name = "TEXT", value_parser = Occurrence::parse)]
    pub what_if: Vec<Occurrence>,
    /// Measurements (CSV) in place of those that come with the document.
    #[arg(long, value_name = "FILE")]
    pub telemetry: Option<PathBuf>,
    /// Fitted parameters (`parameters.ron` of a run) in place of the document's.
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// Asset to select.
    #[arg(long, value_name = "ID")]
    pub select: Option<String>,
    /// Instant shown, as time after now, such as `6 h`: the forecast of then.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub ahead: Option<SimDuration>,
    /// What the scene is coloured by, such as `pressure`, or the beginning of its name; its first
    /// quantity where it is not given.
    #[arg(long, value_name = "QUANTITY")]
    pub colour_by: Option<String>,
    /// Draw the scene alone, without panels, labels and legend.
    #[arg(long)]
    pub scene_only: bool,
    /// How much the renderer is asked to do.
    #[arg(long, value_enum)]
    pub preset: Option<PicturePreset>,
}

impl RenderArguments {
    pub(super) fn run(&self, faces: &Faces) -> Result<(), Failure> {
        match faces.render {
            Some(render) => render(self),
            None => Err(Failure::Environment(
                "this program was built without its pictures (feature `desktop`)".to_owned(),
            )),
        }
    }
}

fn time(text: &str) -> Result<SimTime, String> {
    SimTime::parse(text).map_err(|error| error.to_string())
}

/// Reads `1280x720`.
fn size(text: &str) -> Result<(u32, u32), String> {
    let numbers = text
        .split_once(['x', 'X', '×'])
        .and_then(|(width, height)| {
            Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
        });
    match numbers {
        Some((width, height)) if (64..=8192).contains(&width) && (64..=8192).contains(&height) => {
            Ok((width, height))
        }
        Some(_) => Err("width and height must lie between 64 and 8192".to_owned()),
        None => Err("expected width and height in pixels, such as 1280x720".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_bounded() {
        assert_eq!(size("1280x720"), Ok((1280, 720)));
        assert!(size("1280").unwrap_err().contains("1280x720"));
        assert!(size("1x1").unwrap_err().contains("between"));
        assert!(size("99999x2").is_err());
    }
}
