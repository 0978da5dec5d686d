//! Pictures of the bundled twin, drawn without a window.
//!
//! They need a graphics adapter; a software one will do (Mesa's lavapipe). Where
//! there is none the tests say that they were skipped, unless
//! `COUNTERPART_REQUIRE_GPU_TESTS=1` makes that a failure.
#![expect(
    clippy::print_stderr,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that is skipped says so, and one that finds something fails"
)]

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use counterpart::quantity::SimTime;
use counterpart::workbench::app::picture::Picture;
use counterpart::workbench::app::render::{RenderError, RenderRequest, draw, render};
use counterpart::workbench::app::stage::check_adapter;
use counterpart::workbench::panels::theme::tokens;
use counterpart::workbench::scene::Preset;
use counterpart::workbench::view::colour::ColourMap;
use counterpart::workbench::view::settings::Theme;

/// One picture at a time: they share the machine's few cores.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Waits for its turn; `None` where no adapter can draw.
fn turn() -> Option<MutexGuard<'static, ()>> {
    if let Err(reason) = check_adapter() {
        let required =
            std::env::var_os("COUNTERPART_REQUIRE_GPU_TESTS").is_some_and(|one| one == "1");
        assert!(!required, "COUNTERPART_REQUIRE_GPU_TESTS=1, but {reason}");
        eprintln!("SKIPPED: {reason}");
        return None;
    }
    Some(ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner))
}

fn tclab() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenes/tclab")
}

fn request(theme: Theme) -> RenderRequest {
    RenderRequest {
        twin: tclab(),
        at: Some(SimTime::from_seconds(3_600.0).expect("an hour")),
        size: (960, 600),
        out: PathBuf::from("unused.png"),
        theme,
        scenario: None,
        what_if: Vec::new(),
        telemetry: None,
        parameters: None,
        select: None,
        ahead: None,
        colour_by: None,
        scene_only: false,
        preset: Some(Preset::Light),
    }
}

fn picture(request: &RenderRequest) -> Picture {
    match draw(request) {
        Ok((picture, _)) => picture,
        Err(error) => panic!("no picture: {error}"),
    }
}

fn pixels(picture: &Picture) -> impl Iterator<Item = [u8; 3]> + '_ {
    picture
        .rgb
        .chunks_exact(3)
        .map(|one| [one[0], one[1], one[2]])
}

/// Number of pixels within `tolerance` of a colour in every channel.
fn count_near(picture: &Picture, colour: [u8; 3], tolerance: u8) -> usize {
    pixels(picture)
        .filter(|one| {
            one.iter()
                .zip(colour)
                .all(|(a, b)| a.abs_diff(b) <= tolerance)
        })
        .count()
}

fn mean_brightness(picture: &Picture) -> f64 {
    let sum: u64 = picture.rgb.iter().map(|byte| u64::from(*byte)).sum();
    sum as f64 / picture.rgb.len() as f64
}

#[test]
fn the_bundled_twin_is_seen_with_its_legend_in_both_themes() {
    let Some(_turn) = turn() else { return };
    for theme in [Theme::Dark, Theme::Light] {
        let picture = picture(&request(theme));
        assert_eq!((picture.width, picture.height), (960, 600));
        let distinct: std::collections::BTreeSet<[u8; 3]> = pixels(&picture).collect();
        assert!(
            distinct.len() > 500,
            "{theme:?}: only {} colours",
            distinct.len()
        );
        // The legend shows its map from end to end, in exactly these colours.
        for position in [0.05, 0.35, 0.65, 0.95] {
            let colour = ColourMap::default().sample(position);
            let count = count_near(&picture, colour, 4);
            assert!(
                count >= 10,
                "{theme:?}: {count} pixels of the map at {position}"
            );
        }
        let brightness = mean_brightness(&picture);
        match theme {
            Theme::Dark => assert!(brightness < 90.0, "the dark theme is at {brightness}"),
            Theme::Light => assert!(brightness > 170.0, "the light theme is at {brightness}"),
        }
    }
}

#[test]
fn the_selected_asset_is_outlined() {
    let Some(_turn) = turn() else { return };
    let plain = picture(&request(Theme::Dark));
    let selected = picture(&RenderRequest {
        select: Some("heater_1".to_owned()),
        ..request(Theme::Dark)
    });
    let accent = tokens(Theme::Dark).accent;
    let accent = [accent.r(), accent.g(), accent.b()];
    let (before, after) = (
        count_near(&plain, accent, 6),
        count_near(&selected, accent, 6),
    );
    assert!(
        after > before + 150,
        "{before} pixels of the accent, then {after}"
    );
}

#[test]
fn the_same_request_gives_the_same_picture() {
    let Some(_turn) = turn() else { return };
    let request = RenderRequest {
        scenario: Some("full_power_1".to_owned()),
        ..request(Theme::Light)
    };
    assert_eq!(picture(&request), picture(&request));
}

#[test]
fn later_the_heaters_have_another_colour_and_the_plots_another_end() {
    let Some(_turn) = turn() else { return };
    let early = picture(&RenderRequest {
        at: Some(SimTime::from_seconds(30.0).expect("half a minute")),
        ..request(Theme::Dark)
    });
    let late = picture(&request(Theme::Dark));
    let different = pixels(&early)
        .zip(pixels(&late))
        .filter(|(a, b)| a != b)
        .count();
    assert!(different > 10_000, "only {different} pixels differ");
}

/// Side of the blocks that are compared \[pixels].
const BLOCK: usize = 8;

/// The mean colour of each block: what the eye sees of antialiasing and of one
/// pixel here or there, which differ from one version of a renderer to the next.
fn blocks(picture: &Picture) -> Vec<[f64; 3]> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut means = Vec::new();
    for top in (0..height).step_by(BLOCK) {
        for left in (0..width).step_by(BLOCK) {
            let (bottom, right) = ((top + BLOCK).min(height), (left + BLOCK).min(width));
            let mut sum = [0.0; 3];
            for row in top..bottom {
                for column in left..right {
                    let at = (row * width + column) * 3;
                    for (channel, sum) in sum.iter_mut().enumerate() {
                        *sum += f64::from(picture.rgb[at + channel]);
                    }
                }
            }
            let count = ((bottom - top) * (right - left)) as f64;
            means.push(sum.map(|one| one / count));
        }
    }
    means
}

/// Part of the blocks whose colour is another one to the eye.
fn part_that_differs(a: &Picture, b: &Picture) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let (a, b) = (blocks(a), blocks(b));
    let other =
        |(a, b): &(&[f64; 3], &[f64; 3])| a.iter().zip(b.iter()).any(|(a, b)| (a - b).abs() > 16.0);
    a.iter().zip(&b).filter(other).count() as f64 / a.len() as f64
}

fn read_png(path: &std::path::Path) -> Picture {
    let file = std::fs::File::open(path).expect("a reference picture");
    let mut reader = png::Decoder::new(std::io::BufReader::new(file))
        .read_info()
        .expect("a PNG file");
    let mut rgb = vec![0; reader.output_buffer_size().expect("a picture that fits")];
    reader.next_frame(&mut rgb).expect("its pixels");
    let (width, height) = reader.info().size();
    Picture { width, height, rgb }
}

#[test]
fn the_picture_is_that_of_the_reference() {
    let Some(_turn) = turn() else { return };
    let renew = std::env::var_os("COUNTERPART_RENEW_PICTURES").is_some_and(|one| one == "1");
    for (theme, name) in [(Theme::Dark, "tclab_dark"), (Theme::Light, "tclab_light")] {
        let drawn = picture(&RenderRequest {
            select: Some("heater_1".to_owned()),
            ..request(theme)
        });
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/pictures")
            .join(format!("{name}.png"));
        if renew {
            drawn.write(&path, &[]).expect("written");
        }
        let part = part_that_differs(&drawn, &read_png(&path));
        assert!(
            part < 0.01,
            "{:.1} % of {name} differ; tests/pictures/README.md says what to do",
            part * 100.0
        );
        // The comparison sees what a person would: the other theme, another hour.
        let earlier = picture(&RenderRequest {
            at: Some(SimTime::from_seconds(30.0).expect("half a minute")),
            select: Some("heater_1".to_owned()),
            ..request(theme)
        });
        assert!(part_that_differs(&earlier, &drawn) > 0.02);
    }
}

#[test]
fn what_does_not_exist_is_told_before_anything_is_drawn() {
    let Some(_turn) = turn() else { return };
    let wrong = |request: RenderRequest| match render(&request) {
        Ok(()) => panic!("{request:?} was drawn"),
        Err(error) => error,
    };
    let error = wrong(RenderRequest {
        scenario: Some("no_such".to_owned()),
        ..request(Theme::Dark)
    });
    assert!(
        matches!(&error, RenderError::Request(text) if text.contains("full_power_1")),
        "{error}"
    );
    let error = wrong(RenderRequest {
        select: Some("no_such".to_owned()),
        ..request(Theme::Dark)
    });
    assert!(error.to_string().contains("no_such"));
    let error = wrong(RenderRequest {
        at: Some(SimTime::MAX),
        ..request(Theme::Dark)
    });
    assert!(error.to_string().contains("outside the run"));
    let error = wrong(RenderRequest {
        twin: tclab().join("missing"),
        ..request(Theme::Dark)
    });
    assert!(matches!(error, RenderError::Twin(_)));
}

#[test]
fn a_picture_that_cannot_be_written_is_told() {
    let Some(_turn) = turn() else { return };
    let error = render(&RenderRequest {
        // A file is no folder.
        out: tclab().join("twin.ron/picture.png"),
        size: (320, 200),
        ..request(Theme::Dark)
    });
    assert!(error.is_err_and(|error| error.to_string().contains("picture.png")));
}
