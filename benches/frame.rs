//! Frame times of the whole workbench, without a window.
//!
//! ```text
//! cargo bench --bench frame                # 2 000 assets
//! cargo bench --bench frame -- 50000       # where a GPU is at hand
//! ```
//!
//! Every row waits for the adapter after each frame, so that drawing is in the
//! time. The bare scene has the same meshes in the same number, standard
//! materials, one light and a picture of the same size, and nothing else: no panels.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a benchmark reads the clock and prints what it found, or says why not"
)]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bevy::camera::RenderTarget;
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice};

use counterpart::workbench::app::Desk;
use counterpart::workbench::app::render::{self, RenderRequest};
use counterpart::workbench::app::stage::{self, Face};
use counterpart::workbench::scene::{Preset, plain_meshes};
use counterpart::workbench::view::command::ViewCommand;
use counterpart::workbench::view::settings::Theme;

const SIZE: (u32, u32) = (1280, 720);

fn main() {
    let assets = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse::<usize>().ok())
        .unwrap_or(2_000);
    if let Err(reason) = stage::check_adapter() {
        println!("SKIPPED: {reason}");
        return;
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));

    let began = Instant::now();
    let mut tclab = app(root.join("scenes/tclab"));
    tclab.update();
    wait(&tclab);
    let first = began.elapsed();
    settle(&mut tclab);
    let complete = began.elapsed();
    let adapter = tclab.world().resource::<RenderAdapterInfo>().name.clone();
    let preset = preset(&tclab);
    println!(
        "adapter: {adapter}, {} preset, {}×{}",
        preset.name(),
        SIZE.0,
        SIZE.1
    );
    println!(
        "{:<44} {:>9.2} s",
        "tclab: start to first frame",
        first.as_secs_f64()
    );
    println!(
        "{:<44} {:>9.2} s",
        "tclab: start to complete picture",
        complete.as_secs_f64()
    );
    row("tclab: nothing changes", frames(&mut tclab, |_| {}));
    row("tclab: orbiting", frames(&mut tclab, orbit));
    drop(tclab);

    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let document = folder.path().join("twin.ron");
    if let Err(error) = std::fs::write(&document, grid_of_bodies(assets)) {
        panic!("the twin cannot be written: {error}");
    }
    let mut grid = app(document);
    settle(&mut grid);
    row(
        &format!("{assets} assets: nothing changes"),
        frames(&mut grid, |_| {}),
    );
    let ours = frames(&mut grid, orbit);
    row(&format!("{assets} assets: orbiting"), ours);
    let size = UVec2::new(SIZE.0, SIZE.1);
    drop(grid);

    let mut bare = bare_scene(preset, assets, size);
    for _ in 0..4 {
        bare.update();
        wait(&bare);
    }
    let plain = frames(&mut bare, turn_bare_camera);
    row(
        &format!("bare scene of the same meshes, {}×{}", size.x, size.y),
        plain,
    );
    println!(
        "{:<44} {:>9.2}",
        "workbench over bare scene",
        ours.wall.as_secs_f64() / plain.wall.as_secs_f64()
    );
    if let Some(memory) = peak_memory() {
        println!(
            "{:<44} {:>9} MB",
            "peak memory of this process",
            memory / 1024
        );
    }
}

/// The mean cost of a frame.
#[derive(Clone, Copy)]
struct Cost {
    /// Time that passed.
    wall: Duration,
    /// Time of all processors together, where the system tells it: hardly disturbed by other programs.
    processors: Option<Duration>,
}

fn row(name: &str, frame: Cost) {
    let milliseconds = frame.wall.as_secs_f64() * 1e3;
    let rate = 1e3 / milliseconds;
    let processors = frame.processors.map_or_else(String::new, |time| {
        format!(" {:>9.1} ms of processors", time.as_secs_f64() * 1e3)
    });
    println!("{name:<44} {milliseconds:>9.1} ms {rate:>9.1} fps{processors}");
}

/// The workbench on a twin, with the preset that the adapter suggests to a window.
fn app(twin: PathBuf) -> App {
    let software = {
        let mut probe = stage::build(
            &Face::Picture {
                width: 64,
                height: 64,
            },
            None,
        );
        probe.finish();
        probe.cleanup();
        preset(&probe)
    };
    let request = RenderRequest {
        twin,
        at: None,
        size: SIZE,
        out: PathBuf::new(),
        theme: Theme::Dark,
        scenario: None,
        what_if: Vec::new(),
        telemetry: None,
        parameters: None,
        select: None,
        ahead: None,
        colour_by: None,
        scene_only: false,
        preset: Some(software),
    };
    render::app(&request).unwrap_or_else(|error| panic!("{error}"))
}

fn preset(app: &App) -> Preset {
    app.world()
        .resource::<counterpart::workbench::scene::SceneSettings>()
        .preset
}

fn settle(app: &mut App) {
    if let Err(error) = render::settle(app) {
        panic!("{error}");
    }
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

/// Mean time of a frame, over two seconds or two hundred frames, whichever comes first.
fn frames(app: &mut App, mut change: impl FnMut(&mut App)) -> Cost {
    for _ in 0..3 {
        change(app);
        app.update();
        wait(app);
    }
    let (began, processors) = (Instant::now(), processor_time());
    let mut count = 0;
    while count < 10 || (count < 200 && began.elapsed() < Duration::from_secs(2)) {
        change(app);
        app.update();
        wait(app);
        count += 1;
    }
    Cost {
        wall: began.elapsed() / count,
        processors: processors
            .zip(processor_time())
            .map(|(before, after)| after.saturating_sub(before) / count),
    }
}

/// Processor time of this process so far, where the system tells it.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Fields count from after the name, which may hold spaces; ticks are hundredths of a second.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 10))
}

fn orbit(app: &mut App) {
    app.world_mut()
        .resource_mut::<Desk>()
        .apply(ViewCommand::Orbit { dx: 6.0, dy: 0.0 }.into());
}

/// A square of bodies, each joined to the next by a conductance.
fn grid_of_bodies(assets: usize) -> String {
    let bodies = assets.div_ceil(2).max(2);
    let across = (bodies as f64).sqrt().ceil() as usize;
    let mut text = String::from(
        "(format: 1, id: \"grid\", name: \"Grid\", version: \"1\", epoch: \"2024-01-01T00:00:00Z\", timestep: \"1 min\", \
         forecast: (horizon: \"10 min\", stride: \"1 min\", members: 2, seed: 1), assets: [\n",
    );
    for body in 0..bodies {
        let (x, z) = (body % across, body / across);
        let _ = writeln!(
            text,
            "(id: \"body_{body}\", kind: \"thermal.Body\", parameters: {{\"heat_capacity\": \"500 J/K\", \
             \"initial_temperature\": \"{} Cel\"}}, place: (position: ({x}.0, 0.3, {z}.0), size: (0.5, 0.6, 0.5))),",
            20 + body % 40
        );
    }
    for body in 1..bodies {
        let _ = writeln!(
            text,
            "(id: \"wall_{body}\", kind: \"thermal.Conductance\", parameters: {{\"conductance\": \"1 W/K\"}}),"
        );
    }
    text.push_str("], links: [\n");
    for body in 1..bodies {
        let _ = writeln!(
            text,
            "(from: \"wall_{body}.a\", to: \"body_{}.heat\"), (from: \"wall_{body}.b\", to: \"body_{body}.heat\"),",
            body - 1
        );
    }
    text.push_str("])\n");
    text
}

#[derive(Component)]
struct BareCamera;

/// The same meshes in a scene that does nothing else.
fn bare_scene(preset: Preset, assets: usize, size: UVec2) -> App {
    let mut app = stage::build_bare();
    app.finish();
    app.cleanup();
    let bodies = assets.div_ceil(2).max(2);
    let across = (bodies as f64).sqrt().ceil() as usize;
    let scale = 2.0 / (across as f32 * 1.5);
    let world = app.world_mut();
    let [block, tube] = plain_meshes(preset, bodies, Vec3::new(0.25, 0.3, 0.25) * scale);
    let mut meshes = world.resource_mut::<Assets<Mesh>>();
    let (block, tube) = (meshes.add(block), meshes.add(tube));
    let mut materials = world.resource_mut::<Assets<StandardMaterial>>();
    let palette: Vec<Handle<StandardMaterial>> = (0..16)
        .map(|hue| {
            materials.add(StandardMaterial {
                base_color: Color::hsl(hue as f32 * 22.0, 0.6, 0.5),
                perceptual_roughness: 1.0,
                ..default()
            })
        })
        .collect();
    let image = world
        .resource_mut::<Assets<Image>>()
        .add(Image::new_target_texture(
            size.x,
            size.y,
            TextureFormat::Rgba8UnormSrgb,
            None,
        ));
    for body in 0..bodies {
        let place = Vec3::new((body % across) as f32, 0.3, (body / across) as f32)
            - Vec3::new(across as f32 / 2.0, 0.0, across as f32 / 2.0);
        let pose = Transform::from_translation(place * scale);
        let material = MeshMaterial3d(palette[body % 16].clone());
        world.spawn((Mesh3d(block.clone()), material.clone(), pose));
        let thin = Vec3::new(0.008, 0.008, 0.5 * scale);
        world.spawn((Mesh3d(tube.clone()), material, pose.with_scale(thin)));
    }
    world.spawn((
        DirectionalLight {
            illuminance: 8_000.0,
            ..default()
        },
        Transform::from_xyz(3.0, 8.0, 4.0).looking_at(Vec3::ZERO, Vec3::Y),
    ));
    world.spawn((
        BareCamera,
        Camera3d::default(),
        preset.samples(),
        Tonemapping::None,
        RenderTarget::Image(image.into()),
        Transform::from_xyz(0.0, 1.5, 3.0).looking_at(Vec3::ZERO, Vec3::Y),
    ));
    app
}

fn turn_bare_camera(app: &mut App) {
    let mut cameras = app
        .world_mut()
        .query_filtered::<&mut Transform, With<BareCamera>>();
    for mut pose in cameras.iter_mut(app.world_mut()) {
        pose.rotate_around(Vec3::ZERO, Quat::from_rotation_y(0.02));
    }
}

/// Largest resident memory so far [kB], where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
