//! Pictures of a network of pipes, drawn without a window.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that is skipped says so, and one that finds something fails"
)]

#[path = "support/town.rs"]
mod town;

use std::sync::{Arc, Mutex};

use bevy::math::UVec2;
use bevy::prelude::{App, Image, On};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};

use counterpart::twin::{KindRegistry, Twin, VariableTable};
use counterpart::workbench::app::picture::Picture;
use counterpart::workbench::app::scene_palette;
use counterpart::workbench::app::stage::{self, check_adapter};
use counterpart::workbench::scene::{Preset, SceneInput, ScenePlugin, SceneTarget};
use counterpart::workbench::view::camera::OrbitCamera;
use counterpart::workbench::view::colour::{ColourMap, Legend};
use counterpart::workbench::view::network::layout::map_scale;
use counterpart::workbench::view::network::paint::{NetworkPaintInput, paint};
use counterpart::workbench::view::network::values::Present;
use counterpart::workbench::view::scene::SceneView;
use counterpart::workbench::view::settings::Theme;

const SIZE: (u32, u32) = (600, 400);
const COLUMNS: usize = 14;
const ROWS: usize = 10;

fn scene() -> SceneView {
    let twin: Twin = ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(&town::town(COLUMNS, ROWS))
        .expect("a document");
    let mut registry = KindRegistry::default();
    registry.register(counterpart::model::water::kinds::kinds());
    let variables = VariableTable::new(&twin, &registry);
    SceneView::new(&twin, &registry, &variables)
}

/// The town from above, its junctions from the west to the east between the
/// two ends of a map, and these links closed.
fn drawn(closed: impl Fn(usize) -> bool) -> Picture {
    let scene = scene();
    let network = scene.network.clone().expect("a network");
    assert_eq!(network.nodes.len(), COLUMNS * ROWS);
    let legend = Legend {
        title: "Pressure".to_owned(),
        unit: "m".to_owned(),
        low: 0.0,
        high: 1.0,
        map: ColourMap::Viridis,
    };
    let mut values = vec![None; 4 * COLUMNS * ROWS];
    for (index, node) in network.nodes.iter().enumerate() {
        values[node.asset] = Some(if index % COLUMNS < COLUMNS / 2 {
            0.0
        } else {
            1.0
        });
    }
    let palette = scene_palette(Theme::Dark);
    let present = Present {
        closed: (0..network.links.len()).map(closed).collect(),
        ..Present::default()
    };
    let mut input = SceneInput::new(palette);
    input.camera = OrbitCamera::over_map(&scene.corners(), 1.5);
    input.size = UVec2::new(SIZE.0, SIZE.1);
    input.sharp = true;
    input.grid = false;
    input.network.scale = map_scale(&input.camera, f64::from(SIZE.1), scene.usual_length);
    input.network.painting = paint(
        &network,
        &NetworkPaintInput {
            values: &values,
            legend: Some(&legend),
            present: &present,
            flows: false,
            selected: None,
            trace: None,
            zones: None,
            categories: &[],
            palette: &palette,
        },
    );
    input.scene = Some(Arc::new(scene));
    // The scene alone: nobody would draw the panels.
    let mut app = stage::build_bare();
    app.add_plugins(ScenePlugin {
        preset: Some(Preset::Full),
    })
    .insert_resource(input);
    app.finish();
    app.cleanup();
    photograph(&mut app)
}

fn photograph(app: &mut App) -> Picture {
    for _ in 0..200 {
        app.update();
        if app.world().resource::<SceneTarget>().complete {
            break;
        }
    }
    let target = app.world().resource::<SceneTarget>().image.clone();
    let taken: Arc<Mutex<Option<Image>>> = Arc::default();
    let into = Arc::clone(&taken);
    app.world_mut().spawn(Screenshot::image(target)).observe(
        move |captured: On<ScreenshotCaptured>| {
            *into.lock().expect("one thread") = Some(captured.image.clone());
        },
    );
    for _ in 0..200 {
        app.update();
        if let Some(image) = taken.lock().expect("one thread").take() {
            return Picture::from_image(image).expect("a picture");
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("the picture cannot be read back");
}

/// Number of pixels near a colour in the left and in the right half.
fn halves(picture: &Picture, colour: [u8; 3]) -> [usize; 2] {
    let mut counts = [0; 2];
    for (index, pixel) in picture.rgb.chunks_exact(3).enumerate() {
        let near = pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 10);
        let is_right = index as u32 % picture.width >= picture.width / 2;
        counts[usize::from(is_right)] += usize::from(near);
    }
    counts
}

#[test]
fn pipes_take_the_colours_of_their_values_and_closed_ones_are_broken() {
    if let Err(reason) = check_adapter() {
        let required =
            std::env::var_os("COUNTERPART_REQUIRE_GPU_TESTS").is_some_and(|one| one == "1");
        assert!(!required, "COUNTERPART_REQUIRE_GPU_TESTS=1, but {reason}");
        eprintln!("SKIPPED: {reason}");
        return;
    }
    let open = drawn(|_| false);
    let [low, high] = [0.0, 1.0].map(|end| ColourMap::Viridis.sample(end));
    let (of_low, of_high) = (halves(&open, low), halves(&open, high));
    assert!(of_low[0] > 500 && of_low[1] < of_low[0] / 20, "{of_low:?}");
    assert!(
        of_high[1] > 500 && of_high[0] < of_high[1] / 20,
        "{of_high:?}"
    );
    let shut = drawn(|_| true);
    let left = halves(&shut, high)[1];
    assert!(
        left > of_high[1] / 4 && left < of_high[1] * 3 / 4,
        "{} pixels of open pipes, {left} of closed ones",
        of_high[1]
    );
}
