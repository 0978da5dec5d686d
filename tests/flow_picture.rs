//! Pictures of a line, drawn without a window.
#![expect(clippy::expect_used, reason = "a test that finds something fails")]

mod support;

use std::path::{Path, PathBuf};

use counterpart::quantity::SimTime;
use counterpart::twin::UnitState;
use counterpart::workbench::app::picture::Picture;
use counterpart::workbench::app::render::{RenderRequest, draw};
use counterpart::workbench::app::stage::check_adapter;
use counterpart::workbench::panels::theme::tokens;
use counterpart::workbench::scene::Preset;
use counterpart::workbench::view::settings::Theme;

/// Writes a line of two machines of which the second is slow, so that the first
/// is blocked and never starved.
fn line(folder: &Path) -> PathBuf {
    let text = r#"(
        format: 1, id: "line", name: "Line", version: "1.0.0", epoch: "2026-01-05T00:00:00Z", timestep: "1 min",
        forecast: (horizon: "1 h", stride: "10 min", members: 2, seed: 1),
        assets: [
            (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
            (id: "fast", kind: "flow.Machine", parameters: { "service_time": "1 s" }),
            (id: "rack", kind: "flow.Buffer", parameters: { "capacity": "4" }),
            (id: "slow", kind: "flow.Machine", parameters: { "service_time": "50 min" }),
            (id: "idle", kind: "flow.Machine", parameters: { "service_time": "1 s" }),
            (id: "done", kind: "flow.Sink"),
        ],
        links: [
            (from: "raw.out", to: "fast.in"), (from: "fast.out", to: "rack.in"),
            (from: "rack.out", to: "slow.in"), (from: "slow.out", to: "idle.in"),
            (from: "idle.out", to: "done.in"),
        ],
    )"#;
    let path = folder.join("twin.ron");
    std::fs::write(&path, text).expect("a document");
    path
}

fn request(twin: PathBuf) -> RenderRequest {
    RenderRequest {
        twin,
        at: SimTime::from_seconds(600.0),
        size: (600, 400),
        out: PathBuf::from("unused.png"),
        theme: Theme::Dark,
        scenario: None,
        what_if: Vec::new(),
        telemetry: None,
        parameters: None,
        select: None,
        ahead: None,
        colour_by: None,
        scene_only: true,
        preset: Some(Preset::Light),
    }
}

/// Number of pixels with the hue of a state, however they are lit.
fn pixels(picture: &Picture, state: UnitState) -> usize {
    let colour = tokens(Theme::Dark).states[state.number()];
    let wanted = direction([colour.r(), colour.g(), colour.b()]);
    let alike = |pixel: &&[u8]| {
        let found = direction([pixel[0], pixel[1], pixel[2]]);
        let bright = pixel.iter().map(|byte| u32::from(*byte)).sum::<u32>() > 120;
        bright && wanted.iter().zip(found).map(|(a, b)| a * b).sum::<f64>() > 0.998
    };
    picture.rgb.chunks_exact(3).filter(alike).count()
}

/// A colour as light, at length one: how bright it is does not count.
fn direction(colour: [u8; 3]) -> [f64; 3] {
    let light = colour.map(|byte| (f64::from(byte) / 255.0).powf(2.2));
    let length = light.iter().map(|part| part * part).sum::<f64>().sqrt();
    light.map(|part| part / length.max(1e-9))
}

#[test]
fn stations_wear_the_colours_of_what_they_do() {
    if let Err(reason) = check_adapter() {
        support::skipped_without_gpu("stations in the colours of their states", &reason);
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (picture, _) = match draw(&request(line(folder.path()))) {
        Ok(drawn) => drawn,
        Err(error) => panic!("no picture: {error}"),
    };
    for (state, is_seen) in [
        (UnitState::Blocked, true),
        (UnitState::Working, true),
        (UnitState::Starved, true),
        (UnitState::Down, false),
        (UnitState::SettingUp, false),
    ] {
        let found = pixels(&picture, state);
        assert_eq!(found > 150, is_seen, "{state:?}: {found} pixels");
    }
}

/// Number of pixels as bright as an item, which no part and no ground is.
fn bright(picture: &Picture) -> usize {
    let pixels = picture.rgb.chunks_exact(3);
    pixels
        .filter(|pixel| pixel.iter().all(|byte| *byte > 190))
        .count()
}

#[test]
fn items_are_seen_where_there_are_some() {
    if let Err(reason) = check_adapter() {
        support::skipped_without_gpu("items on the parts of a line", &reason);
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let twin = line(folder.path());
    let picture = |at: f64| {
        let asked = RenderRequest {
            at: SimTime::from_seconds(at),
            ..request(twin.clone())
        };
        match draw(&asked) {
            Ok((picture, _)) => bright(&picture),
            Err(error) => panic!("no picture: {error}"),
        }
    };
    let later = picture(600.0);
    // Four in the rack, one in each of two machines, one held by the source.
    assert!(later > 150, "{later} pixels");
    let text = std::fs::read_to_string(&twin).expect("a document");
    let late = text.replace("\"interval_time\": \"0 s\"", "\"interval_time\": \"90 d\"");
    std::fs::write(&twin, late).expect("a document");
    let nobody = picture(600.0);
    assert!(nobody < later / 10, "{nobody} pixels of nothing");
}
