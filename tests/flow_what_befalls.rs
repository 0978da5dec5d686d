//! What befalls vehicles, services and the calls between them, from the command line.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helper functions of tests report by failing"
)]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use program::{fails, succeeds};

/// A yard whose vehicle takes 90 s for a round, and a shop that asks for payment once a
/// second.
const TWIN: &str = r#"(
    format: 1, id: "town", name: "Town", version: "1",
    epoch: "2026-01-05T00:00:00Z", timestep: "1 s",
    forecast: (horizon: "1 h", stride: "1 min"),
    assets: [
        (id: "parts", kind: "flow.Source", parameters: { "interval_time": "1 s" }, attributes: { "interval_distribution": "Constant" }),
        (id: "carrying", kind: "flow.Transport", parameters: { "pick_up_places": "4" },
         attributes: { "fleet": "trucks", "pick_up": "dock", "drop_off": "store" }),
        (id: "stored", kind: "flow.Sink"),
        (id: "trucks", kind: "flow.Fleet",
         parameters: { "speed": "1 m/s", "running_time": "10 min", "charging_time": "10 min" }, attributes: { "home": "dock" }),
        (id: "dock", kind: "flow.Waypoint", parameters: { "capacity": "2" }),
        (id: "store", kind: "flow.Waypoint"),
        (id: "lane", kind: "flow.Aisle", parameters: { "length": "45 m" }),
        (id: "customers", kind: "flow.Source", parameters: { "interval_time": "1 s" }, attributes: { "interval_distribution": "Constant" }),
        (id: "shop", kind: "flow.Service", parameters: { "service_time": "100 ms", "slots": "4" }),
        (id: "payment", kind: "flow.Service", parameters: { "service_time": "300 ms", "slots": "2" }),
        (id: "paying", kind: "flow.Dependency", parameters: { "timeout": "2 s" }),
        (id: "served", kind: "flow.Sink"),
        (id: "disappointed", kind: "flow.Sink"),
    ],
    links: [
        (from: "parts.out", to: "carrying.in"),
        (from: "carrying.out", to: "stored.in"),
        (from: "lane.a", to: "dock.aisles"),
        (from: "lane.b", to: "store.aisles"),
        (from: "customers.out", to: "shop.in"),
        (from: "shop.out", to: "served.in"),
        (from: "shop.failed", to: "disappointed.in"),
        (from: "paying.caller", to: "shop.calls"),
        (from: "paying.callee", to: "payment.called"),
    ],
)"#;

/// The value of a variable after some seconds of a run.
fn after(folder: &Path, seconds: usize, path: &str) -> f64 {
    let table = fs::read_to_string(folder.join("trajectory.csv")).expect("results");
    let mut header = table.lines().next().expect("a header").split(',');
    let position = header
        .position(|one| {
            let name = one.trim_matches('"');
            name == path || name.starts_with(&format!("{path} "))
        })
        .unwrap_or_else(|| panic!("no `{path}`"));
    // After the header comes the row of the start.
    let row = table.lines().nth(1 + seconds).expect("a row");
    let cell = row.split(',').nth(position).expect("a cell");
    cell.parse().expect("a number")
}

#[test]
fn what_befalls_agents_and_services_costs_what_can_be_counted_on_paper() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("town.ron"), TWIN).unwrap();
    // What, and what then is after five minutes, within how much. Everything begins at
    // one minute.
    let cases = [
        // First at 46 s, then each 90 s: 46, 136, 226.
        ("", "stored.passed", 3.0, 0.1),
        // The one at 136 s is under way at one minute; home again at 181 s.
        ("trucks vehicles_out", "stored.passed", 2.0, 0.1),
        ("lane closed", "stored.passed", 2.0, 0.1),
        // At 136, then each 180 s.
        ("trucks slow 0.5", "stored.passed", 2.0, 0.1),
        // Ten minutes of driving last for five.
        ("trucks charger_out", "stored.passed", 3.0, 0.1),
        // A request a second is answered after 0.4 s.
        ("", "served.passed", 299.0, 1.1),
        // All of four minutes fail: at once, with what was in it.
        ("shop outage", "disappointed.passed", 240.0, 1.1),
        ("payment outage", "payment.rejected", 240.0, 1.1),
        ("paying outage", "disappointed.passed", 240.0, 1.1),
        ("paying outage", "payment.answered", 60.0, 1.1),
        // None is lost where one slot is enough; where none is left, all are.
        ("payment capacity_cut 1", "disappointed.passed", 0.0, 0.1),
        ("payment capacity_cut 2", "payment.rejected", 240.0, 1.1),
        // 0.6 s each on two slots.
        ("payment slow 0.5", "disappointed.passed", 0.0, 0.1),
        // It hangs: the first two take its slots for good, the others find none.
        ("payment slow 0", "payment.timed_out", 2.0, 0.1),
        ("payment slow 0", "payment.rejected", 238.0, 1.1),
        // No answer within the two seconds; each slot is free for every sixth request.
        ("payment latency 5 s", "payment.timed_out", 80.0, 1.1),
        // Binomial: a fifth of 240, within four standard deviations.
        ("payment errors 20 %", "disappointed.passed", 48.0, 25.0),
        ("paying errors 20 %", "paying.failed", 48.0, 25.0),
        // Twice as many requests.
        ("customers demand_surge 2", "served.passed", 540.0, 2.1),
    ];
    for (number, (what, path, expected, within)) in cases.into_iter().enumerate() {
        let out = format!("out{number}");
        let text = format!("{what} from 1 min");
        let mut arguments = vec!["run", "town.ron", "--until", "5 min", "--out", &out];
        if !what.is_empty() {
            arguments.extend(["--what-if", &text]);
        }
        succeeds(here, &arguments);
        let found = after(&here.join(&out), 300, path);
        assert!(
            (found - expected).abs() <= within,
            "{what}: {path} is {found}, not {expected}"
        );
    }
    // What a what-if is repeats itself.
    succeeds(here, &["verify", "out9"]);
    let refused = fails(
        here,
        &[
            "run",
            "town.ron",
            "--until",
            "5 min",
            "--what-if",
            "trucks slow 0",
        ],
        1,
    );
    assert!(refused.contains("0.01"), "{refused}");
}

#[test]
fn what_befalls_is_gone_on_with_from_a_saved_state() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("town.ron"), TWIN).unwrap();
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", "town.ron"];
        for what in [
            "trucks slow 0.5 from 1 min to 4 min",
            "trucks charger_out from 1 min to 4 min",
            "payment slow 0 from 2 min to 4 min",
            "payment errors 30 % from 4 min",
            "shop capacity_cut 2 from 1 min to 4 min",
        ] {
            arguments.extend(["--what-if", what]);
        }
        arguments.extend(more);
        succeeds(here, &arguments);
    };
    run(&["--until", "10 min", "--out", "whole"]);
    run(&["--until", "3 min", "--save-state", "half.state"]);
    run(&[
        "--until",
        "10 min",
        "--from-state",
        "half.state",
        "--out",
        "rest",
    ]);
    let table = |out: &str| fs::read(here.join(out).join("trajectory.csv")).unwrap();
    assert_eq!(table("whole"), table("rest"));
}
