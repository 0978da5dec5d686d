//! What-ifs on how long a line works and which way its items go: parameters like
//! any other, on lines whose counts are known on paper.
#![expect(clippy::panic, reason = "a test reports what it found by failing")]

use counterpart::model::registry;
use counterpart::simulation::Simulation;
use counterpart::twin::VariableTable;

/// A machine with an item a minute that works eight hours a day, and behind it a
/// choice of two ways that half the items go by turns.
const LINE: &str = r#"(format: 1, id: "line", name: "Line", version: "1",
    epoch: "2026-01-05T00:00:00Z", timestep: "1 min", forecast: (horizon: "8 h", stride: "1 min"),
    assets: [
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "20 s" }, attributes: { "interval_distribution": "Constant" }),
        (id: "queue", kind: "flow.Buffer", parameters: { "capacity": "10" }),
        (id: "saw", kind: "flow.Machine", parameters: { "service_time": "60 s" }, attributes: { "service_distribution": "Constant", "calendar": "shift" }),
        (id: "choice", kind: "flow.Router", parameters: { "weight_1": "1", "weight_2": "0" }, attributes: { "rule": "Chance" }),
        (id: "left", kind: "flow.Sink"),
        (id: "right", kind: "flow.Sink"),
        (id: "shift", kind: "flow.ShiftCalendar", attributes: { "pattern": "day_shift" }),
    ],
    links: [
        (from: "raw.out", to: "queue.in"),
        (from: "queue.out", to: "saw.in"),
        (from: "saw.out", to: "choice.in"),
        (from: "choice.out", to: "left.in"),
        (from: "choice.out", to: "right.in"),
    ],
    patterns: [(id: "day_shift", step: "8 h", values: [0, 1, 0])],
)"#;

const DAY: usize = 24 * 60;

fn simulation() -> Simulation {
    let loaded = counterpart::twin::parse(LINE, "line.ron", &registry())
        .unwrap_or_else(|report| panic!("{report}"));
    let variables = std::sync::Arc::new(VariableTable::new(&loaded.twin, &registry()));
    Simulation::compile(&loaded.twin, &variables).unwrap_or_else(|error| panic!("{error}"))
}

fn set(simulation: &mut Simulation, path: &str, value: f64) {
    let index = simulation.variables().find(path);
    simulation.set_parameter(index.unwrap_or_else(|| panic!("no `{path}`")), value);
}

/// Items that came to the two ways over some steps of a minute.
fn run(simulation: &mut Simulation, minutes: usize) -> [f64; 2] {
    let passed = |simulation: &Simulation| {
        ["left.passed", "right.passed"].map(|path| {
            let index = simulation.variables().find(path);
            simulation.value(index.unwrap_or_else(|| panic!("no `{path}`")))
        })
    };
    let before = passed(simulation);
    for _ in 0..minutes {
        simulation.step().unwrap_or_else(|error| panic!("{error}"));
    }
    let after = passed(simulation);
    [after[0] - before[0], after[1] - before[1]]
}

#[test]
fn overtime_and_working_around_the_clock_bring_what_their_hours_do() {
    // An item a minute in the hours that are worked; one may be on its way at the end.
    for (overtime, hours) in [(0.0, 8.0), (1.5, 9.5), (-0.5, 7.5), (10.0, 18.0)] {
        let mut line = simulation();
        set(&mut line, "shift.overtime", overtime * 3_600.0);
        // The second day, so that overtime past midnight counts in full.
        let _first = run(&mut line, DAY);
        let made: f64 = run(&mut line, DAY).iter().sum();
        assert!((made - hours * 60.0).abs() <= 1.0, "{overtime}: {made}");
    }
    let mut line = simulation();
    set(&mut line, "shift.always_open", 1.0);
    let _first = run(&mut line, DAY);
    let made: f64 = run(&mut line, DAY).iter().sum();
    assert!((made - 1_440.0).abs() <= 1.0, "{made}");
}

#[test]
fn hours_that_change_on_the_way_hold_from_there() {
    let mut line = simulation();
    // Noon: four hours of the shift are left, and then two more.
    let morning: f64 = run(&mut line, 12 * 60).iter().sum();
    assert!((morning - 240.0).abs() <= 1.0, "{morning}");
    set(&mut line, "shift.overtime", 2.0 * 3_600.0);
    let rest: f64 = run(&mut line, 12 * 60).iter().sum();
    assert!((rest - 360.0).abs() <= 1.0, "{rest}");
    // And back, in the middle of the overtime.
    let _until_five = run(&mut line, 17 * 60);
    set(&mut line, "shift.overtime", 0.0);
    assert!(run(&mut line, 7 * 60).iter().sum::<f64>() <= 1.0);
}

#[test]
fn another_rule_sends_items_another_way() {
    let mut line = simulation();
    set(&mut line, "shift.always_open", 1.0);
    let [left, right] = run(&mut line, DAY);
    assert!(left > 1_400.0 && right < 0.5, "{left} {right}");
    set(&mut line, "choice.other_rule", 1.0);
    let [left, right] = run(&mut line, DAY);
    assert!(
        (left - 720.0).abs() <= 1.0 && (right - 720.0).abs() <= 1.0,
        "{left} {right}"
    );
    set(&mut line, "choice.other_rule", 0.0);
    set(&mut line, "choice.weight_2", 3.0);
    // Three quarters by chance: five standard deviations are 82 of 1 440.
    let [_, right] = run(&mut line, DAY);
    assert!((right - 1_080.0).abs() < 82.0, "{right}");
    set(&mut line, "choice.other_rule", -1.0);
    set(&mut line, "choice.weight_2", 0.0);
    let [_, right] = run(&mut line, DAY);
    assert!(right <= 1.0, "{right}");
}
