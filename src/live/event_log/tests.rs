mod requests;
mod ways;

use std::path::{Path, PathBuf};

use super::*;
use crate::inference::times::Family;
use crate::live::plant::{PlantRequest, run_plant};
use crate::live::{
    LiveCommand, RunRequest, Session, SessionOptions, Worker, WorkerOptions, run as live_run,
};
use crate::quantity::{SimDuration, SimTime};
use crate::simulation::{Progress, Simulation};
use crate::twin::{Happening, UnitState, What};

/// A line of two machines with chance in them.
pub(super) const LINE: &str = r#"// A line of two machines.
(
    format: 1, id: "line", name: "A small line", version: "1.0.0",
    epoch: "2026-01-05T00:00:00Z", timestep: "1 min",
    forecast: (horizon: "8 h", stride: "1 h", members: 30),
    assets: [
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
        // The saw cuts.
        (id: "saw", kind: "flow.Machine",
         parameters: { "service_time": "55 s", "service_variation": "0.3", "failure_time": "1 h", "repair_time": "5 min" },
         attributes: { "service_distribution": "Gamma" }),
        (id: "rack", kind: "flow.Buffer", parameters: { "capacity": "4" }),
        (id: "mill", kind: "flow.Machine", parameters: { "service_time": "60 s" }, attributes: { "service_distribution": "Exponential" }),
        (id: "done", kind: "flow.Sink"),
    ],
    links: [
        (from: "raw.out", to: "saw.in"),
        (from: "saw.out", to: "rack.in"),
        (from: "rack.out", to: "mill.in"),
        (from: "mill.out", to: "done.in"),
    ],
)
"#;

/// A folder with the document and the log of a plant over `hours`.
fn plant(document: &str, hours: i64) -> (tempfile::TempDir, LogRequest) {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.ron");
    std::fs::write(&twin, document).expect("written");
    let log = folder.path().join("plant.csv");
    play(&twin, &log, hours);
    let request = LogRequest {
        twin,
        log,
        options: Default::default(),
    };
    (folder, request)
}

fn play(twin: &Path, log: &Path, hours: i64) {
    let request = PlantRequest {
        twin: twin.to_owned(),
        seed: 3,
        duration: Some(SimDuration::from_whole_seconds(hours * 3600)),
        out: Some(log.with_extension("telemetry.csv")),
        event_log: Some(log.to_owned()),
        ..PlantRequest::default()
    };
    run_plant(&request, |_| panic!("there is a file")).expect("it plays");
}

#[test]
fn a_plant_writes_a_log_in_which_nothing_is_wrong_in_every_format() {
    let (folder, mut request) = plant(LINE, 10);
    let csv = open_log(&request).expect("a log");
    assert_eq!(csv.log.problems, []);
    let timeline = crate::telemetry::event_log::Timeline::new(&csv.log);
    for ending in ["parquet", "xes"] {
        request.log = folder.path().join("plant.csv").with_extension(ending);
        play(&request.twin, &request.log, 10);
        let other = open_log(&request).expect("a log");
        assert_eq!(other.log.problems, []);
        assert_eq!(
            crate::telemetry::event_log::Timeline::new(&other.log),
            timeline
        );
    }
}

/// A yard in which a vehicle brings items to a store.
const YARD: &str = r#"(
    format: 1, id: "yard", name: "Yard", version: "1.0.0",
    epoch: "2026-01-05T00:00:00Z", timestep: "1 min",
    forecast: (horizon: "8 h", stride: "1 h", members: 30),
    assets: [
        (id: "gate", kind: "flow.Source", parameters: { "interval_time": "2 min" }),
        (id: "to_store", kind: "flow.Transport", attributes: { "fleet": "trucks", "pick_up": "dock", "drop_off": "store" }),
        (id: "trucks", kind: "flow.Fleet", parameters: { "speed": "1 m/s", "loading_time": "10 s", "unloading_time": "5 s" }, attributes: { "home": "garage" }),
        (id: "done", kind: "flow.Sink"),
        (id: "garage", kind: "flow.Waypoint"),
        (id: "dock", kind: "flow.Waypoint"),
        (id: "store", kind: "flow.Waypoint"),
        (id: "first", kind: "flow.Aisle", parameters: { "length": "10 m" }),
        (id: "second", kind: "flow.Aisle", parameters: { "length": "20 m" }),
    ],
    links: [
        (from: "gate.out", to: "to_store.in"),
        (from: "to_store.out", to: "done.in"),
        (from: "first.a", to: "garage.aisles"),
        (from: "first.b", to: "dock.aisles"),
        (from: "second.a", to: "dock.aisles"),
        (from: "second.b", to: "store.aisles"),
    ],
)"#;

#[test]
fn what_vehicles_do_is_written_and_read_in_every_format() {
    let (folder, mut request) = plant(YARD, 4);
    let csv = open_log(&request).expect("a log");
    assert_eq!(csv.log.problems, []);
    let count =
        |what: fn(&What) -> bool| csv.log.happenings().filter(|one| what(&one.what)).count();
    let loaded = count(|what| matches!(what, What::Loaded { .. }));
    let brought = count(|what| matches!(what, What::Unloaded { .. }));
    let ways = count(|what| matches!(what, What::Travels { .. }));
    assert!(
        loaded > 50 && loaded.abs_diff(brought) <= 1,
        "{loaded}, {brought}"
    );
    // To the dock, to the store, and back over the dock.
    assert!(ways > 2 * loaded, "{ways}");
    assert!(csv.to_text().contains(&format!("{ways} ways of vehicles")));
    for ending in ["parquet", "xes"] {
        request.log = folder.path().join("plant.csv").with_extension(ending);
        play(&request.twin, &request.log, 4);
        let other = open_log(&request).expect("a log");
        assert_eq!(other.log.problems, []);
        let said = |opened: &OpenedLog| {
            let mut said: Vec<String> = (opened.log.happenings())
                .map(|one| format!("{one:?}"))
                .collect();
            said.sort();
            said
        };
        assert_eq!(said(&other), said(&csv), "{ending}");
    }
    // A fleet holds nothing and hands nothing on.
    let beside = beside_log(&request).expect("it compares");
    let named: Vec<&str> = (beside.assets.iter())
        .map(|one| beside.ids[one.asset as usize].as_str())
        .collect();
    assert_eq!(named, ["gate", "to_store", "done"]);
}

#[test]
fn a_twin_beside_its_own_log_agrees_and_beside_a_plant_nearly_does() {
    let (folder, mut request) = plant(LINE, 40);
    let outcome = beside_log(&request).expect("it compares");
    let saw = &outcome.assets[1];
    let states = saw.states.as_ref().expect("states");
    // Other random numbers: alike on average and not at each instant.
    assert!(
        states.agreement > 0.5 && states.agreement < 0.95,
        "{states:?}"
    );
    let ratio = saw.throughput.simulated / saw.throughput.logged;
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
    let working = UnitState::Working.number();
    assert!((states.logged[working] - states.simulated[working]).abs() < 0.1);
    // What the twin did, beside the twin.
    let own = folder.path().join("own.csv");
    let loaded = crate::live::load_twin(&request.twin).expect("a twin");
    outcome
        .simulated
        .write(&own, &loaded.twin)
        .expect("written");
    request.log = own;
    let outcome = beside_log(&request).expect("it compares");
    for asset in &outcome.assets {
        assert!((asset.throughput.logged - asset.throughput.simulated).abs() < 1e-12);
        if let Some(states) = &asset.states {
            assert!((states.agreement - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn a_run_beside_a_log_says_what_the_comparison_says_and_is_repeated() {
    let (folder, request) = plant(LINE, 30);
    let expected = beside_log(&request).expect("it compares");
    let run = RunRequest {
        twin: request.twin.clone(),
        beside: Some(Some(request.log.clone())),
        out: Some(folder.path().join("result")),
        ..RunRequest::default()
    };
    let outcome = live_run(&run, &Progress::new()).expect("it runs");
    let beside = outcome.beside.as_ref().expect("a comparison");
    assert_eq!(beside.assets, expected.assets);
    assert!(outcome.to_text().contains("time inside"));
    let table = std::fs::read_to_string(folder.path().join("result/beside.csv")).expect("a table");
    let mut rows = table.lines();
    assert_eq!(
        rows.next(),
        Some("asset,quantity,unit,log,twin,difference,half_width_95")
    );
    let saw = (rows.clone()).find(|row| row.starts_with("saw,throughput,1/h,"));
    let fields: Vec<&str> = saw.expect("a row of the saw").split(',').collect();
    let logged: f64 = fields[3].parse().expect("a number");
    assert!((logged - 3600.0 * expected.assets[1].throughput.logged).abs() < 1e-9);
    assert!(rows.clone().any(|row| row.starts_with("mill,working,%,")));
    assert!(!rows.any(|row| row.starts_with("rack,working")));
    // The run does not depend on the log, and is repeated without it.
    let verified = crate::live::verify(&folder.path().join("result"), &Progress::new());
    assert_eq!(verified.expect("it is verified").mismatches, []);
}

#[test]
fn a_run_beside_a_log_is_held_against_the_time_that_both_cover() {
    let (_folder, request) = plant(LINE, 30);
    let hours = |hours: i64| SimDuration::from_whole_seconds(3600 * hours);
    let mut run = RunRequest {
        twin: request.twin.clone(),
        beside: Some(Some(request.log.clone())),
        begin: Some(SimTime::ZERO + hours(20)),
        until: Some(hours(40)),
        ..RunRequest::default()
    };
    let outcome = live_run(&run, &Progress::new()).expect("it runs");
    let beside = outcome.beside.expect("a comparison");
    let last = open_log(&request)
        .expect("a log")
        .log
        .span()
        .expect("rows")
        .1;
    assert_eq!(
        (beside.begin, beside.end),
        (SimTime::ZERO + hours(20), last)
    );
    run.begin = Some(SimTime::ZERO + hours(50));
    let error = live_run(&run, &Progress::new()).expect_err("nothing to compare");
    assert!(error.to_string().contains("no time in common"), "{error}");
}

#[test]
fn a_twin_that_runs_on_a_thread_is_held_against_a_log_as_one_that_is_simulated() {
    let (_folder, request) = plant(LINE, 30);
    let opened = open_log(&request).expect("a log");
    let loaded = &opened.loaded;
    let session = Session::open(loaded, None, SessionOptions::default()).expect("a session");
    let options = WorkerOptions {
        refresh_forecast: None,
        ..WorkerOptions::default()
    };
    let worker = Worker::spawn_with(session, options).expect("a thread");
    let mut watched = Watched::default();
    let mut until = |hours: i64| {
        let end = SimTime::ZERO + SimDuration::from_whole_seconds(3600 * hours);
        worker
            .send(LiveCommand::AdvanceTo(end))
            .expect("there is room");
        let mut now = SimTime::ZERO;
        while now < end {
            let snapshot = worker
                .wait(std::time::Duration::from_secs(60))
                .expect("news");
            watched.take_in(&snapshot);
            now = snapshot.now;
        }
    };
    until(12);
    until(31);
    let found = watched
        .beside(&loaded.twin, &opened.log)
        .expect("it compares");
    assert_eq!(
        found.assets,
        beside_log(&request).expect("it compares").assets
    );
}

#[test]
fn a_log_that_comes_with_the_document_is_read_as_the_document_says() {
    let (folder, request) = plant(LINE, 10);
    let own = open_log(&request).expect("a log").log;
    // The same in the words of another system.
    let text = std::fs::read_to_string(&request.log).expect("a log");
    let text = text
        .replacen("time,item,asset,event", "Booked at,Order,Place,Kind", 1)
        .replace(",saw,", ",M1,")
        .replace(",working,", ",Automatic,");
    std::fs::write(folder.path().join("mes.csv"), text).expect("written");
    let named = r#"event_log: (
        file: "mes.csv",
        columns: { "time": "Booked at", "item": "Order", "asset": "Place", "event": "Kind" },
        assets: { "M1": "saw" },
        words: { "Automatic": "working" },
    ),
    assets: ["#;
    std::fs::write(&request.twin, LINE.replace("assets: [", named)).expect("written");
    let find = |log| LogRequest::find(&request.twin, log, Default::default());
    let found = find(None).expect("the document's");
    let other = open_log(&found).expect("a log").log;
    assert_eq!((other.problems, other.items), (vec![], own.items.clone()));
    assert!((other.records.iter().map(|one| one.happening)).eq(own.happenings()));
    // They hold for another log too, where it has such columns; with the usual ones it
    // is read as ever.
    let given = find(Some(&request.log)).expect("the one that is given");
    assert_eq!(open_log(&given).expect("a log").log.records, own.records);
    let copy = folder.path().join("next week.csv");
    std::fs::copy(folder.path().join("mes.csv"), &copy).expect("copied");
    let copied = find(Some(&copy)).expect("the one that is given");
    let copied = open_log(&copied).expect("a log").log;
    assert_eq!((copied.problems, copied.items), (vec![], own.items.clone()));
    assert!((copied.records.iter().map(|one| one.happening)).eq(own.happenings()));
    let loaded = crate::live::load_twin(&request.twin).expect("a twin");
    assert_eq!(
        log_beside(&loaded, Some(&copy)).expect("a log").records,
        copied.records
    );
    let run = RunRequest {
        twin: request.twin.clone(),
        beside: Some(None),
        ..RunRequest::default()
    };
    let outcome = live_run(&run, &Progress::new()).expect("it runs");
    let expected = beside_log(&given).expect("it compares").assets;
    assert_eq!(outcome.beside.expect("a comparison").assets, expected);
}

#[test]
fn reading_a_log_ends_when_it_is_given_up() {
    let (folder, request) = plant(LINE, 10);
    let loaded = crate::live::load_twin(&request.twin).expect("a twin");
    let reading = ReadingRequest {
        twin: loaded.twin,
        variables: loaded.variables,
        folder: folder.path().to_owned(),
        log: Some(request.log),
    };
    let progress = Progress::new();
    reading.run(&progress).expect("a reading");
    assert_eq!(progress.fraction(), 1.0);
    progress.cancel();
    let error = reading.run(&progress).expect_err("it was given up");
    assert!(error.to_string().contains("cancelled"), "{error}");
}

#[test]
fn a_document_without_a_log_and_one_whose_log_is_gone_say_what_to_do() {
    let (folder, request) = plant(LINE, 1);
    let find = || LogRequest::find(&request.twin, None, Default::default());
    let error = find().expect_err("it names none").to_string();
    assert!(error.contains("event_log: (file:"), "{error}");
    let named = LINE.replace("assets: [", "event_log: (file: \"gone.csv\"), assets: [");
    std::fs::write(folder.path().join("twin.ron"), named).expect("written");
    let loaded = crate::live::load_twin(&request.twin).expect("a twin");
    let warning = loaded.warnings.to_string();
    assert!(
        warning.contains("event log `gone.csv` does not exist"),
        "{warning}"
    );
    let error = open_log(&find().expect("it names one")).expect_err("it is not there");
    assert!(error.to_string().contains("gone.csv"), "{error}");
}

#[test]
fn what_a_log_says_of_times_is_worked_into_the_document() {
    let (_folder, log) = plant(LINE, 100);
    // The twin believes something else of the saw.
    let wrong = LINE.replace("55 s", "1.5 min").replace("Gamma", "Constant");
    std::fs::write(&log.twin, wrong).expect("written");
    let outcome = fit_log(&TimesFitRequest { log, seed: 1 }).expect("fits");
    let find = |asset: &str, what: &str| {
        let mut times = outcome.times.iter();
        times
            .find(|one| one.asset == asset && one.what == what)
            .expect("times")
    };
    let near = |asset: &str, what: &str, family: Family, mean: f64| {
        let fits = find(asset, what).fits.as_ref().expect("fits");
        let fit = fits
            .iter()
            .find(|fit| fit.family == family)
            .expect("the family");
        let error = fit.mean_error.expect("an error");
        assert!(
            (fit.mean - mean).abs() < 4.0 * error,
            "{asset}.{what}: {fit:?}"
        );
        // It is the best, or as good as the best.
        assert!(
            fit.criterion < fits[0].criterion + 4.0,
            "{asset}.{what}: {fits:?}"
        );
    };
    near("saw", "service", Family::Gamma, 55.0);
    near("saw", "failure", Family::Exponential, 3600.0);
    near("saw", "repair", Family::Exponential, 300.0);
    near("mill", "service", Family::Exponential, 60.0);
    let good = find("mill", "service").goodness.expect("random times");
    assert!(good.anderson_darling_p > 0.001, "{good:?}");
    let path: PathBuf = outcome.accept().expect("accepted");
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(text.starts_with("// A line of two machines."), "{text}");
    assert!(text.contains("// The saw cuts."), "{text}");
    let again = crate::live::load_twin(&path).expect("a twin");
    let saw = &again.twin.assets[1];
    let mean = saw.parameters["service_time"].si();
    assert!((mean - 55.0).abs() < 2.0, "{mean}");
    // In the unit that the document had.
    assert_eq!(saw.parameters["service_time"].unit().code(), "min");
    assert_ne!(saw.attributes["service_distribution"], "Constant");
}

#[test]
fn an_item_is_followed_through_the_line() {
    let (_folder, request) = plant(LINE, 2);
    let opened = open_log(&request).expect("a log");
    let way = way_of(&opened, "5").expect("an item");
    let ids: Vec<&str> = (way.visits.iter())
        .map(|visit| opened.loaded.twin.assets[visit.asset as usize].id.as_str())
        .collect();
    assert_eq!(ids, ["raw", "saw", "rack", "mill", "done"]);
    assert!(way.visits.iter().all(|visit| visit.length().is_some()));
    let unknown = way_of(&opened, "none").expect_err("no item").to_string();
    assert!(unknown.contains("has no item `none`"), "{unknown}");
}

#[test]
fn a_twin_without_a_flow_has_no_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.ron");
    let text = r#"(format: 1, id: "body", name: "Body", version: "1", epoch: "2026-01-05T00:00:00Z",
        timestep: "1 s", assets: [(id: "body", kind: "thermal.Body", parameters: {"heat_capacity": "6 J/K"})])"#;
    std::fs::write(&twin, text).expect("written");
    let request = LogRequest {
        twin,
        log: folder.path().join("log.csv"),
        options: Default::default(),
    };
    let refused = open_log(&request).expect_err("no flow").to_string();
    assert!(refused.contains("`flow.…`"), "{refused}");
}

/// What a simulation tells until `end`.
fn told(simulation: &mut Simulation, end: SimTime) -> Vec<Happening> {
    let mut happenings = Vec::new();
    while simulation.time() < end {
        simulation.step().expect("a step");
        simulation.take_happenings(&mut happenings);
    }
    happenings
}

/// When items came into the last asset, after `since`.
fn came_out(happenings: &[Happening], asset: u32, since: SimTime) -> Vec<SimTime> {
    let entered = happenings.iter().filter(|one| {
        one.asset == asset && one.time > since && matches!(one.what, What::Entered { .. })
    });
    entered.map(|one| one.time).collect()
}

fn at(minutes: f64) -> SimTime {
    SimTime::from_seconds(minutes * 60.0).expect("a time")
}

#[test]
fn a_line_without_chance_goes_on_from_its_log_exactly() {
    let text = LINE
        .replace(r#""interval_time": "0 s""#, r#""interval_time": "50 s""#)
        .replace(r#""failure_time": "1 h", "repair_time": "5 min""#, r#""set_up_time": "0 s""#)
        .replace("Gamma", "Constant")
        .replace("Exponential", "Constant")
        .replace(
            r#"(id: "done", kind: "flow.Sink"),"#,
            r#"(id: "belt", kind: "flow.Conveyor", parameters: { "length": "60 m", "speed": "0.1 m/s", "item_length": "1 m" }),
        (id: "done", kind: "flow.Sink"),"#,
        )
        .replace(r#"{ "interval_time": "50 s" })"#, r#"{ "interval_time": "50 s" }, attributes: { "interval_distribution": "Constant" })"#)
        .replace(
            r#"(from: "mill.out", to: "done.in"),"#,
            r#"(from: "mill.out", to: "belt.in"), (from: "belt.out", to: "done.in"),"#,
        );
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.ron");
    std::fs::write(&twin, text).expect("written");
    let loaded = crate::live::load_twin(&twin).unwrap_or_else(|error| panic!("{error}"));
    let mut simulation = Simulation::compile(&loaded.twin, &loaded.variables).expect("it runs");
    simulation.record_happenings(true);
    let all = told(&mut simulation, at(300.0));
    let sink = loaded.twin.assets.len() as u32 - 1;
    let opened = OpenedLog {
        loaded,
        log: crate::telemetry::event_log::EventLog::from_happenings(&all),
    };
    // While it fills, and when the saw is blocked by the mill.
    for minutes in [7.0, 31.0, 128.0] {
        let standing = standing(&opened, at(minutes));
        let mut again = resumed(&opened.loaded, &standing, 9, 1).expect("it goes on");
        again.record_happenings(true);
        let found = came_out(&told(&mut again, at(300.0)), sink, at(minutes));
        let expected = came_out(&all, sink, at(minutes));
        assert!(expected.len() > 100);
        assert_eq!(found, expected, "from {minutes} min on");
    }
}

#[test]
fn a_twin_set_from_the_log_foresees_the_next_hour_better_than_one_from_empty() {
    // Half an hour from one machine to the next.
    let text = LINE
        .replace(
            r#"(id: "done", kind: "flow.Sink"),"#,
            r#"(id: "belt", kind: "flow.Conveyor", parameters: { "length": "180 m", "speed": "0.1 m/s", "item_length": "1 m" }),
        (id: "done", kind: "flow.Sink"),"#,
        )
        .replace(
            r#"(from: "mill.out", to: "done.in"),"#,
            r#"(from: "mill.out", to: "belt.in"), (from: "belt.out", to: "done.in"),"#,
        );
    let (_folder, log) = plant(&text, 30);
    let opened = open_log(&log).expect("a log");
    let (mut from_log, mut from_empty) = (0.0, 0.0);
    for hour in [12.0, 16.0, 20.0, 24.0, 28.0] {
        let horizon = SimDuration::from_whole_seconds(3600);
        let forecast = forecast_opened(
            &opened,
            &LogForecastRequest {
                at: Some(at(60.0 * hour)),
                horizon: Some(horizon),
                members: 10,
                seed: Some(4),
            },
            &Progress::new(),
        )
        .unwrap_or_else(|error| panic!("{error}"));
        let expected = &forecast.expected[0];
        let logged = expected.logged.expect("the log goes on") as f64;
        from_log += (expected.mean.mean - logged).powi(2);
        let loaded = crate::live::load_twin(&log.twin).expect("a twin");
        let passed = loaded.variables.find("done.passed").expect("declared");
        let mut empty = Simulation::compile(&loaded.twin, &loaded.variables).expect("it runs");
        told(&mut empty, SimTime::ZERO + horizon);
        from_empty += (empty.value(passed) - logged).powi(2);
    }
    println!("squared errors: {from_log} from the log, {from_empty} from empty");
    assert!(from_log < 0.25 * from_empty, "{from_log}, {from_empty}");
}

#[test]
fn a_line_goes_on_with_what_its_machines_were_doing() {
    let (_folder, log) = plant(LINE, 20);
    let opened = open_log(&log).expect("a log");
    for minutes in (60..1_140).step_by(47) {
        let standing = standing(&opened, at(f64::from(minutes)));
        let loaded = &opened.loaded;
        let resumed = resumed(loaded, &standing, 1, 0).unwrap_or_else(|error| panic!("{error}"));
        let value = |path: &str| resumed.value(loaded.variables.find(path).expect("declared"));
        for (place, asset) in (0_u32..).zip(&loaded.twin.assets).take(4) {
            let inside = standing
                .items
                .iter()
                .filter(|item| item.asset == place)
                .count();
            let name = if asset.id == "raw" {
                "waiting"
            } else {
                "content"
            };
            let found = value(&format!("{}.{name}", asset.id));
            assert!(
                (found - inside as f64).abs() < 0.5,
                "{} at {minutes} min",
                asset.id
            );
        }
        for server in &standing.servers {
            let id = &loaded.twin.assets[server.asset as usize].id;
            let found = value(&format!("{id}.state"));
            assert!(
                (found - server.state.number() as f64).abs() < 0.5,
                "{id} at {minutes} min"
            );
        }
    }
}

/// The line, whose mill works from 6 to 22 o'clock.
fn line_with_shifts() -> String {
    let hours = (0..24).map(|hour| if (6..22).contains(&hour) { "1" } else { "0" });
    let values = hours.collect::<Vec<_>>().join(", ");
    LINE.replace(
        r#"attributes: { "service_distribution": "Exponential" })"#,
        r#"attributes: { "service_distribution": "Exponential", "calendar": "shifts" })"#,
    )
    .replace(
        r#"(id: "done", kind: "flow.Sink"),"#,
        r#"(id: "done", kind: "flow.Sink"),
        (id: "shifts", kind: "flow.ShiftCalendar", attributes: { "pattern": "day" }),"#,
    )
    .replace(
        "links: [",
        &format!("patterns: [(id: \"day\", step: \"1 h\", values: [{values}])],\n    links: ["),
    )
}

/// Why so few items are expected within two hours of `hour`, of a twin in which `from`
/// is `to` since the log was written.
fn why(document: &str, hour: f64, from: &str, to: &str) -> Option<String> {
    let (folder, log) = plant(document, 30);
    let mut opened = open_log(&log).expect("a log");
    let edited = folder.path().join("edited.ron");
    assert!(document.contains(from), "{from}");
    std::fs::write(&edited, document.replace(from, to)).expect("written");
    opened.loaded = crate::live::load_twin(&edited).unwrap_or_else(|error| panic!("{error}"));
    let request = LogForecastRequest {
        at: Some(at(60.0 * hour)),
        horizon: Some(SimDuration::from_whole_seconds(7_200)),
        members: 4,
        ..LogForecastRequest::default()
    };
    let forecast = forecast_opened(&opened, &request, &Progress::new());
    let forecast = forecast.unwrap_or_else(|error| panic!("{error}"));
    let twin = &opened.loaded.twin;
    let why = forecast.expected[0].why(
        |asset| twin.assets[asset].id.clone(),
        |time| twin.epoch.instant(time).to_string(),
    );
    let text = forecast.to_text(twin);
    assert!(why.as_ref().is_none_or(|why| text.contains(why)), "{text}");
    why
}

#[test]
fn where_nothing_comes_out_it_says_what_is_closed_held_down_or_off() {
    let shifts = line_with_shifts();
    let closed = why(&shifts, 22.0, "\"day\"", "\"day\"").expect("nothing comes");
    let expected = "shifts: closed from 2026-01-05T22:00:00Z to 2026-01-06T06:00:00Z";
    assert_eq!(closed, expected);
    // While it works there is nothing to be explained.
    assert_eq!(why(&shifts, 12.0, "\"day\"", "\"day\""), None);

    let mill = r#""service_time": "60 s""#;
    let with = |value: &str| format!("{mill}, {value}");
    let held = why(LINE, 12.0, mill, &with(r#""available": "0""#));
    assert_eq!(held.as_deref(), Some("mill is held all the time"));
    let down = why(LINE, 12.0, mill, &with(r#""broken": "1""#));
    assert_eq!(down.as_deref(), Some("mill is down all the time"));
    let source = r#""interval_time": "0 s""#;
    let off = why(
        LINE,
        12.0,
        source,
        &format!(r#"{source}, "rate_factor": "0""#),
    );
    assert_eq!(off.as_deref(), Some("raw is switched off: nothing arrives"));
}
