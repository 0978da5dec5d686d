//! What a large network costs: laid out, drawn, coloured anew, picked.
//!
//! ```text
//! cargo bench --bench network_frame             # 50 000 pipes
//! cargo bench --bench network_frame -- 5000
//! ```
//!
//! Every frame waits for the adapter, so that drawing is in the time.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::expect_used,
    reason = "a benchmark reads the clock and prints what it found, or says why not"
)]

#[path = "../tests/support/town.rs"]
mod town;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice};

use counterpart::twin::{KindRegistry, Twin, VariableTable};
use counterpart::workbench::app::scene_palette;
use counterpart::workbench::app::stage;
use counterpart::workbench::scene::{SceneInput, ScenePlugin, SceneSettings, SceneTarget};
use counterpart::workbench::view::camera::OrbitCamera;
use counterpart::workbench::view::colour::{ColourMap, Legend};
use counterpart::workbench::view::network::Network;
use counterpart::workbench::view::network::layout::map_scale;
use counterpart::workbench::view::network::paint::{NetworkPaintInput, NetworkPainting, paint};
use counterpart::workbench::view::network::pick::Reach;
use counterpart::workbench::view::network::terrain::Field;
use counterpart::workbench::view::network::values::Present;
use counterpart::workbench::view::scene::SceneView;
use counterpart::workbench::view::settings::Theme;

const SIZE: (u32, u32) = (1280, 720);

fn main() {
    let pipes = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse::<usize>().ok())
        .unwrap_or(50_000);
    if let Err(reason) = stage::check_adapter() {
        println!("SKIPPED: {reason}");
        return;
    }
    let side = ((pipes as f64 / 2.0).sqrt().ceil() as usize).max(2);
    let twin: Twin = ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(&town::town(side, side))
        .expect("a document");
    let mut registry = KindRegistry::default();
    registry.register(counterpart::model::water::kinds::kinds());
    let variables = VariableTable::new(&twin, &registry);
    let scene = timed("lay out", || SceneView::new(&twin, &registry, &variables));
    let network = scene.network.clone().expect("a network");
    println!(
        "{} nodes, {} links",
        network.nodes.len(),
        network.links.len()
    );
    let scene = Arc::new(scene.with_exaggeration(5.0));
    let ground = timed("ground", || ground(&network));
    let painting = timed("paint", || painted(&network, twin.assets.len(), 0.0));

    let (width, height) = SIZE;
    // The scene alone, with the preset that the adapter suggests.
    let mut app = stage::build_bare();
    app.add_plugins(ScenePlugin { preset: None });
    let mut input = SceneInput::new(scene_palette(Theme::Dark));
    input.camera = OrbitCamera::over_map(&scene.corners(), f64::from(width) / f64::from(height));
    input.size = UVec2::new(width, height);
    input.network.scale = map_scale(&input.camera, f64::from(height), scene.usual_length);
    input.network.painting = painting;
    input.network.terrain = ground.map(Arc::new);
    input.grid = false;
    input.moving = true;
    input.scene = Some(Arc::clone(&scene));
    app.insert_resource(input);
    app.finish();
    app.cleanup();
    let adapter = app.world().resource::<RenderAdapterInfo>().name.clone();
    let preset = app.world().resource::<SceneSettings>().preset;
    println!("adapter: {adapter}, {} preset", preset.name());
    timed("first complete picture", || {
        for _ in 0..500 {
            app.update();
            wait(&app);
            if app.world().resource::<SceneTarget>().drawn > 3 {
                break;
            }
        }
    });
    frames("orbiting", &mut app, |input, _| {
        let height = f64::from(SIZE.1);
        input.camera.orbit(6.0, 0.0, height);
    });
    let assets = twin.assets.len();
    let shown = Arc::clone(&network);
    frames(
        "new colours in every frame",
        &mut app,
        move |input, frame| {
            input.network.painting = painted(&shown, assets, f64::from(frame) * 0.01);
        },
    );
    frames("near by, orbiting", &mut app, |input, _| {
        let height = f64::from(SIZE.1);
        input.camera.distance = 0.1;
        input.network.scale = map_scale(&input.camera, height, 0.01);
        input.camera.orbit(6.0, 0.0, height);
    });
    let camera = app.world().resource::<SceneInput>().camera;
    let began = Instant::now();
    let mut hits = 0;
    let rays = 2_000;
    for index in 0..rays {
        let pixel = [f64::from(index * 37 % 1280), f64::from(index * 53 % 720)];
        let ray = camera.ray(pixel, [1280.0, 720.0]);
        let reach = Reach {
            slim: 0.005,
            symbol: 0.02,
        };
        hits += usize::from(scene.pick_in_network(&ray, reach).is_some());
    }
    println!(
        "{:<32} {:>9.3} ms ({hits} of {rays} hit something)",
        "pick",
        began.elapsed().as_secs_f64() * 1e3 / f64::from(rays)
    );
}

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let result = work();
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    println!("{name:<32} {milliseconds:>9.1} ms");
    result
}

fn ground(network: &Network) -> Option<Field> {
    let heights = network
        .nodes
        .iter()
        .map(|node| ([node.position[0], node.position[2]], node.position[1]));
    Field::through(&network.extent()?, heights)
}

/// The town with pressures that go up and down along it, shifted by `phase`.
fn painted(network: &Network, assets: usize, phase: f64) -> NetworkPainting {
    let mut values = vec![None; assets];
    for node in &network.nodes {
        let wave = (node.position[0] * 6.0 + phase).sin() * (node.position[2] * 5.0).cos();
        values[node.asset] = Some(40.0 + 20.0 * wave);
    }
    let speeds: Vec<Option<f64>> = (0..network.links.len())
        .map(|link| Some((link as f64 * 0.37 + phase).sin()))
        .collect();
    let legend = Legend {
        title: "Pressure".to_owned(),
        unit: "m".to_owned(),
        low: 20.0,
        high: 60.0,
        map: ColourMap::Viridis,
    };
    paint(
        network,
        &NetworkPaintInput {
            values: &values,
            legend: Some(&legend),
            present: &Present {
                flows: speeds.clone(),
                velocities: speeds,
                ..Present::default()
            },
            flows: true,
            selected: None,
            trace: None,
            zones: None,
            categories: &[],
            palette: &scene_palette(Theme::Dark),
        },
    )
}

/// Waits until everything submitted has been drawn.
fn wait(app: &App) {
    let device = app.world().resource::<RenderDevice>();
    if let Err(error) = device
        .wgpu_device()
        .poll(wgpu::PollType::wait_indefinitely())
    {
        panic!("the adapter does not answer: {error}");
    }
}

/// Prints the mean time of a frame, over two seconds or a hundred frames.
fn frames(name: &str, app: &mut App, mut change: impl FnMut(&mut SceneInput, u32)) {
    let mut step = |app: &mut App, frame: u32| {
        change(&mut app.world_mut().resource_mut::<SceneInput>(), frame);
        app.update();
        wait(app);
    };
    for frame in 0..3 {
        step(app, frame);
    }
    let (began, own) = (Instant::now(), own_processor_time());
    let mut count = 0;
    while count < 5 || (count < 100 && began.elapsed() < Duration::from_secs(2)) {
        step(app, count + 3);
        count += 1;
    }
    let milliseconds = began.elapsed().as_secs_f64() * 1e3 / f64::from(count);
    let own = (own_processor_time() - own) * 1e3 / f64::from(count);
    println!(
        "{name:<32} {milliseconds:>9.1} ms {:>9.1} fps {own:>9.1} ms of processor time before \
         pixels are filled",
        1e3 / milliseconds
    );
}

/// Processor time of this process \[s] without the threads in which Mesa's software
/// renderer fills pixels: the program's own, and the renderer's work on vertices.
fn own_processor_time() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let name = std::fs::read_to_string(thread.path().join("comm")).ok()?;
        if name.starts_with("llvmpipe") {
            return None;
        }
        let counts = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        counts.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}
