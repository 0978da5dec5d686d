//! Event logs of services: requests and attempts as items.

use super::*;
use crate::twin::RequestStep;

/// A shop that asks a payment service, which fails, is slow and is given up.
const SHOP: &str = r#"(
    format: 1, id: "shop", name: "Shop", version: "1.0.0",
    epoch: "2026-01-05T00:00:00Z", timestep: "1 s",
    forecast: (horizon: "1 h", stride: "10 s", members: 30),
    assets: [
        (id: "customers", kind: "flow.Source", parameters: { "interval_time": "200 ms" }, attributes: { "when_full": "Lose" }),
        (id: "shop", kind: "flow.Service", parameters: { "service_time": "30 ms", "slots": "12", "queue_places": "4", "timeout": "1500 ms" },
         attributes: { "service_distribution": "Exponential" }),
        (id: "payment", kind: "flow.Service", parameters: { "service_time": "500 ms", "slots": "3", "queue_places": "2", "failing": "5 %" },
         attributes: { "service_distribution": "Exponential" }),
        (id: "paying", kind: "flow.Dependency",
         parameters: { "timeout": "900 ms", "retries": "1", "back_off": "100 ms", "failure_threshold": "8", "reset_time": "5 s" }),
        (id: "served", kind: "flow.Sink"),
        (id: "disappointed", kind: "flow.Sink"),
    ],
    links: [
        (from: "customers.out", to: "shop.in"),
        (from: "shop.out", to: "served.in"),
        (from: "shop.failed", to: "disappointed.in"),
        (from: "paying.caller", to: "shop.calls"),
        (from: "paying.callee", to: "payment.called"),
    ],
)"#;

fn find(opened: &OpenedLog, id: &str) -> u32 {
    let mut assets = opened.loaded.twin.assets.iter();
    assets.position(|asset| asset.id == id).expect("an asset") as u32
}

#[test]
fn what_a_log_of_services_says_is_what_the_run_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.ron");
    std::fs::write(&twin, SHOP).expect("written");
    let loaded = crate::live::load_twin(&twin).unwrap_or_else(|error| panic!("{error}"));
    let mut simulation = Simulation::compile(&loaded.twin, &loaded.variables).expect("it runs");
    simulation.record_happenings(true);
    let happenings = told(&mut simulation, at(20.0));
    let opened = OpenedLog {
        loaded,
        log: crate::telemetry::event_log::EventLog::from_happenings(&happenings),
    };
    let value = |path: &str| {
        let variable = opened.loaded.variables.find(path).expect("declared");
        simulation.value(variable).round() as usize
    };
    let ended = |id: &str, steps: &[RequestStep]| {
        let asset = find(&opened, id);
        let of_asset = happenings.iter().filter(|one| one.asset == asset);
        of_asset
            .filter(|one| matches!(one.what, What::Request { step, .. } if steps.contains(&step)))
            .count()
    };
    use RequestStep::{Answered, CutOff, Failed, Rejected, TimedOut};
    // Every way for an attempt to end comes about.
    for (path, steps) in [
        ("paying.timed_out", &[TimedOut][..]),
        ("paying.cut_off", &[CutOff]),
        ("paying.failed", &[Failed, TimedOut]),
    ] {
        assert!(value(path) > 10, "{path}");
        assert_eq!(ended("paying", steps), value(path), "{path}");
    }
    assert_eq!(ended("payment", &[Answered]), value("payment.answered"));
    assert_eq!(ended("payment", &[Rejected]), value("payment.rejected"));
    let calls = ended("paying", &[Answered, Failed, TimedOut]);
    assert!(calls.abs_diff(value("paying.calls")) <= 12, "{calls}");
    assert!(ended("shop", &[TimedOut]) > 0);
    // What left for the sinks is what was answered there, and what was not.
    assert_eq!(ended("shop", &[Answered]), value("served.passed"));
    let others = [Failed, Rejected, TimedOut];
    assert_eq!(ended("shop", &others), value("disappointed.passed"));
}

#[test]
fn a_log_of_services_is_sound_in_every_format_and_compared() {
    let (folder, mut request) = plant(SHOP, 1);
    let csv = open_log(&request).expect("a log");
    assert_eq!(csv.log.problems, []);
    let timeline = crate::telemetry::event_log::Timeline::new(&csv.log);
    for ending in ["parquet", "xes"] {
        request.log = folder.path().join("plant.csv").with_extension(ending);
        play(&request.twin, &request.log, 1);
        let other = open_log(&request).expect("a log");
        assert_eq!(other.log.problems, []);
        let mut other = crate::telemetry::event_log::Timeline::new(&other.log);
        // What happens at one instant has no order among items.
        let mut timeline = timeline.clone();
        for one in [&mut timeline, &mut other] {
            for asset in one.assets.values_mut() {
                asset.ended.sort_unstable();
            }
        }
        assert_eq!(other, timeline, "{ending}");
    }
    let beside = beside_log(&request).expect("it compares");
    let of = |id: &str| {
        let asset = find(&csv, id);
        let mut assets = beside.assets.iter();
        let found = assets.find(|one| one.asset == asset).expect("the asset");
        found.requests.as_ref().expect("requests")
    };
    for id in ["shop", "payment", "paying"] {
        let found = of(id);
        let all: f64 = found.ends.iter().map(|(_, side)| side.logged).sum();
        assert!((all - 1.0).abs() < 1e-9, "{id}: {all}");
        for (step, side) in &found.ends {
            let gap = (side.logged - side.simulated).abs();
            assert!(gap < 0.05, "{id} {step:?}: {side:?}");
        }
        for side in &found.latency {
            let ratio = side.logged / side.simulated;
            assert!((ratio - 1.0).abs() < 0.3, "{id}: {side:?}");
        }
    }
    // Answered within the timeout of the attempt.
    assert!(of("paying").latency[2].logged < 0.9);
    let text = beside.to_text();
    assert!(
        text.contains("timed out") && text.contains("95 % within"),
        "{text}"
    );
}

#[test]
fn the_work_of_services_is_fitted_to_their_log() {
    // Fewer requests, and more patience for the slow ones; a third of the work of the
    // shop is given up, of which is known that it takes longer.
    let text = SHOP
        .replace("200 ms", "2 s")
        .replace(r#""timeout": "1500 ms""#, r#""timeout": "33 ms""#);
    let (_folder, request) = plant(&text, 1);
    let outcome = fit_log(&TimesFitRequest {
        log: request,
        seed: 1,
    })
    .expect("fits");
    for (id, mean) in [("shop", 0.03), ("payment", 0.5)] {
        let mut times = outcome.times.iter();
        let times = times.find(|one| one.asset == id).expect("times");
        assert_eq!(times.note, None);
        let fits = times.fits.as_ref().expect("fits");
        let fit = fits.iter().find(|fit| fit.family == Family::Exponential);
        let fit = fit.expect("the family");
        let error = fit.mean_error.expect("an error");
        assert!((fit.mean - mean).abs() < 4.0 * error, "{id}: {fit:?}");
    }
}

#[test]
fn a_record_begun_on_the_way_tells_of_the_requests_that_are_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.ron");
    std::fs::write(&twin, SHOP).expect("written");
    let loaded = crate::live::load_twin(&twin).unwrap_or_else(|error| panic!("{error}"));
    let mut simulation = Simulation::compile(&loaded.twin, &loaded.variables).expect("it runs");
    told(&mut simulation, at(5.0));
    simulation.record_happenings(true);
    let happenings = told(&mut simulation, at(10.0));
    let path = folder.path().join("log.csv");
    crate::telemetry::event_log::EventLog::from_happenings(&happenings)
        .write(&path, &loaded.twin)
        .expect("written");
    let request = LogRequest {
        twin,
        log: path,
        options: Default::default(),
    };
    assert_eq!(open_log(&request).expect("a log").log.problems, []);
}
