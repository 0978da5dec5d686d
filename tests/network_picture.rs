//! Pictures of a network of pipes, drawn without a window.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that finds something fails"
)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bevy::prelude::{App, Entity, With};
use bevy::window::FileDragAndDrop;
use bevy_egui::PrimaryEguiContext;
use bevy_egui::input::HoveredNonWindowEguiContext;
use counterpart::quantity::{SimDuration, SimTime};
use counterpart::workbench::app::Desk;
use counterpart::workbench::app::picture::Picture;
use counterpart::workbench::app::render::{RenderRequest, app, photograph, settle};
use counterpart::workbench::app::stage::check_adapter;
use counterpart::workbench::scene::{Preset, SceneTarget};
use counterpart::workbench::view::colour::ColourMap;
use counterpart::workbench::view::command::TimeCommand;
use counterpart::workbench::view::settings::Theme;

/// One picture at a time: they share the machine's few cores.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Waits for its turn; `None` where no adapter can draw.
fn turn(test: &str) -> Option<MutexGuard<'static, ()>> {
    if let Err(reason) = check_adapter() {
        support::skipped_without_gpu(test, &reason);
        return None;
    }
    Some(ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner))
}

const COLUMNS: usize = 7;
const ROWS: usize = 4;

/// Writes a flat town into `folder`: a reservoir in the west, streets on a
/// grid towards the east, so that pressure falls from the left to the right.
fn town(folder: &Path) -> PathBuf {
    let mut assets = String::new();
    let mut links = String::new();
    for index in 0..COLUMNS * ROWS {
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        let kind = match index {
            0 => r#"kind: "water.Reservoir", parameters: {"head": "60 m"}"#,
            _ => r#"kind: "water.Junction", parameters: {"base_demand": "1.5 L/s"}"#,
        };
        let _ = writeln!(
            assets,
            r#"(id: "n{index}", {kind}, place: (position: ({}.0, 0.0, {}.0), size: (1.0, 1.0, 1.0))),"#,
            column * 200,
            row * 200
        );
        let east = (column + 1 < COLUMNS).then_some(index + 1);
        let south = (row + 1 < ROWS).then_some(index + COLUMNS);
        for to in [east, south].into_iter().flatten() {
            let _ = writeln!(
                assets,
                r#"(id: "p{index}_{to}", kind: "water.Pipe", parameters: {{"length": "200 m", "diameter": "150 mm", "roughness": "120"}}),"#
            );
            let _ = writeln!(
                links,
                r#"(from: "p{index}_{to}.a", to: "n{index}.water"), (from: "p{index}_{to}.b", to: "n{to}.water"),"#
            );
        }
    }
    let text = format!(
        r#"(format: 1, id: "town", name: "Town", version: "1.0.0", epoch: "2024-01-01T00:00:00Z", timestep: "5 min",
        assets: [(id: "net", kind: "water.Network", attributes: {{"headloss": "HazenWilliams"}}),
        {assets}], links: [{links}],
        forecast: (horizon: "1 h", stride: "5 min", members: 1, seed: 1),
        scenarios: [(id: "hot", interventions: [(variable: "net.demand_multiplier", action: Set("1.5"))])])"#
    );
    let path = folder.join("twin.ron");
    std::fs::write(&path, text).expect("a document");
    path
}

fn request(twin: PathBuf) -> RenderRequest {
    RenderRequest {
        twin,
        at: Some(SimTime::from_seconds(600.0).expect("ten minutes")),
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

fn ready(request: &RenderRequest) -> App {
    match app(request) {
        Ok(mut app) => {
            app.world_mut().resource_mut::<Desk>().always_sharp = true;
            app
        }
        Err(error) => panic!("no picture: {error}"),
    }
}

/// The scene as it is when nothing moves any more.
fn taken(app: &mut App) -> Picture {
    settle(app).expect("a picture at rest");
    let image = app.world().resource::<SceneTarget>().image.clone();
    photograph(app, image).expect("a picture")
}

/// Number of pixels near one of these colours in the left and in the right half.
fn halves(picture: &Picture, map: ColourMap, positions: &[f64]) -> [usize; 2] {
    let colours: Vec<[u8; 3]> = positions.iter().map(|one| map.sample(*one)).collect();
    let mut counts = [0; 2];
    for (index, pixel) in picture.rgb.chunks_exact(3).enumerate() {
        let near = |colour: &[u8; 3]| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(*b) <= 8);
        let is_right = index as u32 % picture.width >= picture.width / 2;
        counts[usize::from(is_right)] += usize::from(colours.iter().any(near));
    }
    counts
}

#[test]
fn pipes_are_coloured_by_pressure_from_the_source_to_the_far_end() {
    let Some(_turn) = turn("pipes coloured by pressure") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut app = ready(&request(town(folder.path())));
    let picture = taken(&mut app);
    assert_eq!((picture.width, picture.height), (600, 400));
    let positions = |from: u32, to: u32| -> Vec<f64> {
        (from..=to).map(|step| f64::from(step) * 0.04).collect()
    };
    let high = halves(&picture, ColourMap::Viridis, &positions(10, 25));
    let low = halves(&picture, ColourMap::Viridis, &positions(0, 4));
    assert!(high[0] > 40 && high[1] < high[0] / 4, "high: {high:?}");
    assert!(low[1] > 40 && low[0] < low[1] / 4, "low: {low:?}");
}

#[test]
fn what_a_what_if_changes_is_coloured_on_a_scale_about_zero() {
    let Some(_turn) = turn("difference colours") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut app = ready(&RenderRequest {
        scenario: Some("hot".to_owned()),
        ahead: SimDuration::from_seconds(1_800.0),
        colour_by: Some("pressure (what-if".to_owned()),
        ..request(town(folder.path()))
    });
    let picture = taken(&mut app);
    // More demand takes pressure away, most of it at the far end.
    let loss = halves(&picture, ColourMap::Vik, &[0.0, 0.03, 0.06, 0.09, 0.12]);
    let gain = halves(&picture, ColourMap::Vik, &[0.85, 0.9, 0.95, 1.0]);
    assert!(loss[1] > 40 && loss[0] < loss[1] / 4, "loss: {loss:?}");
    assert!(gain[0] + gain[1] < 20, "gain: {gain:?}");
}

#[test]
fn flow_marks_move_while_time_runs_and_rest_when_it_does_not() {
    let Some(_turn) = turn("flow marks") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut app = ready(&request(town(folder.path())));
    let first = taken(&mut app);
    assert!(taken(&mut app) == first, "nothing moves while time rests");
    let play = |app: &mut App| {
        let mut desk = app.world_mut().resource_mut::<Desk>();
        desk.apply(TimeCommand::PlayPause.into());
    };
    play(&mut app);
    for _ in 0..20 {
        app.update();
    }
    play(&mut app);
    let later = taken(&mut app);
    let different = first
        .rgb
        .chunks_exact(3)
        .zip(later.rgb.chunks_exact(3))
        .filter(|(a, b)| a != b)
        .count();
    assert!(different > 200, "only {different} pixels differ");
}

#[test]
fn a_network_that_is_dropped_on_the_window_is_opened() {
    let Some(_turn) = turn("a dropped file") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let dropped = folder.path().join("street.inp");
    std::fs::write(
        &dropped,
        "[JUNCTIONS]\nj 10 1\n[RESERVOIRS]\nr 50\n[PIPES]\np r j 100 100 120\n\
         [COORDINATES]\nj 100 0\nr 0 0\n[OPTIONS]\nUnits LPS\n[END]\n",
    )
    .expect("a network");
    let mut app = ready(&RenderRequest {
        scene_only: false,
        ..request(town(folder.path()))
    });
    app.update();
    let world = app.world_mut();
    let context = world
        .query_filtered::<Entity, With<PrimaryEguiContext>>()
        .single(world)
        .expect("the context of the panels");
    // There is no window: what comes from one goes to the panels' context.
    world.insert_resource(HoveredNonWindowEguiContext(context));
    world.write_message(FileDragAndDrop::DroppedFile {
        window: context,
        path_buf: dropped,
    });
    for _ in 0..400 {
        app.update();
        let desk = app.world().resource::<Desk>();
        let open = desk.workbench.document.as_ref().map(|one| one.twin());
        if open.is_some_and(|twin| twin.id != "town") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the network was not opened");
}
