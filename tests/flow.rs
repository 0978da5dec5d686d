//! Flow twins from a document: a line that a user writes, and one that is joined
//! with a continuous model.
#![expect(clippy::panic, reason = "a test reports what it found by failing")]

use std::sync::Arc;

use counterpart::model::registry;
use counterpart::quantity::{SimDuration, SimTime};
use counterpart::simulation::{EnsembleRequest, InputPlan, Progress, Simulation, run_ensemble};
use counterpart::twin::{Twin, VariableTable};

fn loaded(text: &str) -> (Arc<Twin>, Arc<VariableTable>) {
    match counterpart::twin::parse(text, "flow.ron", &registry()) {
        Ok(loaded) => {
            let variables = Arc::new(VariableTable::new(&loaded.twin, &registry()));
            (loaded.twin, variables)
        }
        Err(report) => panic!("{report}"),
    }
}

fn compiled(text: &str) -> Simulation {
    let (twin, variables) = loaded(text);
    Simulation::compile(&twin, &variables).unwrap_or_else(|error| panic!("{error}"))
}

fn value(simulation: &Simulation, path: &str) -> f64 {
    let index = simulation.variables().find(path);
    simulation.value(index.unwrap_or_else(|| panic!("no `{path}`")))
}

fn steps(simulation: &mut Simulation, count: usize) {
    for _ in 0..count {
        simulation.step().unwrap_or_else(|error| panic!("{error}"));
    }
}

fn document(assets: &str, links: &str, more: &str) -> String {
    format!(
        "(format: 1, id: \"line\", name: \"Line\", version: \"1\", \
         epoch: \"2026-01-05T00:00:00Z\", timestep: \"1 min\", \
         forecast: (horizon: \"8 h\", stride: \"1 min\"), assets: [{assets}], links: [{links}], {more})"
    )
}

/// A line with everything that a document can say of one.
fn line() -> String {
    document(
        r#"
        (id: "settings", kind: "flow.Settings", parameters: { "warm_up": "2 h", "seed": "5" }),
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "50 s" }),
        (id: "packs", kind: "flow.Source", parameters: { "interval_time": "20 s" }),
        (id: "queue", kind: "flow.Buffer", parameters: { "capacity": "20" }),
        (id: "saw", kind: "flow.Machine",
         parameters: { "service_time": "40 s", "service_variation": "0.2", "failure_time": "2 h", "repair_time": "8 min" },
         attributes: { "service_distribution": "Gamma", "repair_crew": "crew", "calendar": "shifts", "operators": "people" }),
        (id: "belt", kind: "flow.Conveyor", parameters: { "length": "12 m", "speed": "0.3 m/s", "item_length": "1.5 m" }),
        (id: "check", kind: "flow.Inspection", parameters: { "service_time": "15 s", "defective": "10 %" }, attributes: { "calendar": "shifts" }),
        (id: "choice", kind: "flow.Router", attributes: { "rule": "Shortest" }),
        (id: "desk_a", kind: "flow.Buffer", parameters: { "capacity": "5" }),
        (id: "desk_b", kind: "flow.Buffer", parameters: { "capacity": "5" }),
        (id: "pair", kind: "flow.ServerPool", parameters: { "service_time": "60 s", "servers": "2" }, attributes: { "service_distribution": "Exponential" }),
        (id: "packing", kind: "flow.Assembly", parameters: { "service_time": "10 s", "need_a": "2" }),
        (id: "shipped", kind: "flow.Sink"),
        (id: "scrap", kind: "flow.Sink"),
        (id: "crew", kind: "flow.ResourcePool"),
        (id: "people", kind: "flow.ResourcePool", parameters: { "units": "2" }),
        (id: "shifts", kind: "flow.ShiftCalendar", attributes: { "pattern": "three_shifts" }),
        "#,
        r#"
        (from: "raw.out", to: "queue.in"),
        (from: "queue.out", to: "saw.in"),
        (from: "saw.out", to: "belt.in"),
        (from: "belt.out", to: "check.in"),
        (from: "check.good", to: "choice.in"),
        (from: "check.rework", to: "queue.in"),
        (from: "check.reject", to: "scrap.in"),
        (from: "choice.out", to: "desk_a.in"),
        (from: "choice.out", to: "desk_b.in"),
        (from: "desk_a.out", to: "pair.in"),
        (from: "desk_b.out", to: "pair.in"),
        (from: "packing.main", to: "pair.out"),
        (from: "packs.out", to: "packing.a"),
        (from: "packing.out", to: "shipped.in"),
        "#,
        r#"patterns: [(id: "three_shifts", step: "8 h", values: [1, 1, 0])],"#,
    )
}

#[test]
fn a_line_from_a_document_runs_and_tells_what_it_does() {
    let mut simulation = compiled(&line());
    steps(&mut simulation, 60 * 15);
    let shipped = value(&simulation, "shipped.passed");
    // 13 hours since the warm-up at one item in 50 s, a few of them lost to
    // rejection, failures and the warm-up.
    assert!((700.0..=960.0).contains(&shipped), "{shipped}");
    let shares = [
        "working",
        "setting_up",
        "starved",
        "blocked",
        "down",
        "awaiting_operator",
        "off",
    ];
    for station in ["saw", "check", "pair", "packing"] {
        let total: f64 = shares
            .iter()
            .map(|share| value(&simulation, &format!("{station}.{share}")))
            .sum();
        assert!((total - 1.0).abs() < 1e-9, "{station}: {total}");
    }
    assert!(value(&simulation, "settings.littles_law_mismatch") < 0.2);
    assert!(value(&simulation, "saw.failures") >= 1.0);
    assert!(value(&simulation, "check.rejected_share") > 0.02);
    let throughput = value(&simulation, "shipped.throughput") * 3600.0;
    assert!((40.0..=100.0).contains(&throughput), "{throughput} an hour");
    // The third shift begins at 16 h: nothing is sawn in it.
    assert_eq!(
        value(&simulation, "shifts.open").to_bits(),
        1.0_f64.to_bits()
    );
    steps(&mut simulation, 60 * 2);
    let sawn = value(&simulation, "saw.passed");
    assert_eq!(value(&simulation, "saw.state").to_bits(), 6.0_f64.to_bits());
    steps(&mut simulation, 60 * 4);
    assert_eq!(value(&simulation, "saw.passed").to_bits(), sawn.to_bits());
}

#[test]
fn a_fork_and_a_restart_repeat_a_run_to_the_bit() {
    let mut simulation = compiled(&line());
    steps(&mut simulation, 300);
    let mut fork = simulation.fork();
    steps(&mut simulation, 300);
    steps(&mut fork, 300);
    let bits = |simulation: &Simulation| -> Vec<u64> {
        simulation
            .values()
            .iter()
            .map(|value| value.to_bits())
            .collect()
    };
    assert_eq!(bits(&simulation), bits(&fork));
    fork.restart().unwrap();
    steps(&mut fork, 600);
    assert_eq!(bits(&simulation), bits(&fork));
}

#[test]
fn members_of_an_ensemble_differ_and_their_number_of_threads_does_not_matter() {
    let simulation = compiled(&line());
    let shipped = simulation.variables().find("shipped.passed").unwrap();
    let request = EnsembleRequest {
        plan: InputPlan::default(),
        uncertainties: Vec::new(),
        seed: 11,
        members: 8,
        horizon: SimDuration::parse("10 h").unwrap(),
        stride: SimDuration::parse("5 h").unwrap(),
        record: vec![shipped],
        observation_noise: false,
    };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| run_ensemble(&simulation, &request, &Progress::default()).unwrap())
    };
    let (alone, together) = (run(1), run(4));
    assert_eq!(alone, together);
    let last: Vec<f64> = (0..8)
        .map(|member| *alone.member(shipped, member).unwrap().last().unwrap())
        .collect();
    assert!(
        last.iter()
            .any(|value| value.to_bits() != last[0].to_bits()),
        "{last:?}"
    );
}

#[test]
fn a_machine_waits_until_its_oven_is_hot_and_the_instant_is_located_inside_the_step() {
    let text = document(
        r#"
        (id: "oven", kind: "thermal.Body", parameters: { "heat_capacity": "1000 J/K", "initial_temperature": "20 Cel" }),
        (id: "room", kind: "thermal.Boundary", parameters: { "temperature": "20 Cel" }),
        (id: "wall", kind: "thermal.Conductance", parameters: { "conductance": "10 W/K" }),
        (id: "burner", kind: "thermal.Heater", parameters: { "power_at_full": "1000 W", "command": "100 %" }),
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
        (id: "kiln", kind: "flow.Machine", parameters: { "service_time": "10 s", "available": "0" }),
        (id: "done", kind: "flow.Sink"),
        "#,
        r#"
        (from: "burner.heat", to: "oven.heat"),
        (from: "wall.a", to: "oven.heat"),
        (from: "wall.b", to: "room.heat"),
        (from: "raw.out", to: "kiln.in"),
        (from: "kiln.out", to: "done.in"),
        "#,
        r#"controls: [
            (id: "hot", when: Above("oven.temperature", "70 Cel"), set: [("kiln.available", "1")]),
            (id: "enough", when: Above("kiln.passed", "20"), set: [("burner.command", "0 %")]),
            (id: "cold", when: Below("oven.temperature", "65 Cel"), set: [("kiln.available", "0")]),
        ],"#,
    )
    .replace("\"1 min\"", "\"1 s\"");
    let mut simulation = compiled(&text);
    // 120 °C in the end, a time constant of 100 s: 70 °C at 100 s × ln 2.
    let exact = 100.0 * 2.0_f64.ln();
    steps(&mut simulation, 100);
    let working = value(&simulation, "kiln.working") * 100.0;
    // The stated error of the straight line: an eighth of the square of the step,
    // over the time constant.
    assert!((100.0 - working - exact).abs() < 0.002, "{working}");
    assert_eq!(
        value(&simulation, "kiln.passed").to_bits(),
        3.0_f64.to_bits()
    );
    // After the twentieth the burner is off, and the kiln stops when it is cold.
    steps(&mut simulation, 170);
    assert_eq!(
        value(&simulation, "burner.command").to_bits(),
        0.0_f64.to_bits()
    );
    steps(&mut simulation, 400);
    let passed = value(&simulation, "kiln.passed");
    assert!(value(&simulation, "oven.temperature") < 338.15);
    steps(&mut simulation, 100);
    assert_eq!(
        value(&simulation, "kiln.passed").to_bits(),
        passed.to_bits()
    );
    assert_eq!(
        value(&simulation, "kiln.state").to_bits(),
        6.0_f64.to_bits()
    );
}

#[test]
fn a_changed_parameter_takes_effect_while_the_line_runs() {
    let text = document(
        r#"
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
        (id: "first", kind: "flow.Machine", parameters: { "service_time": "10 s" }),
        (id: "done", kind: "flow.Sink"),
        "#,
        r#"(from: "raw.out", to: "first.in"), (from: "first.out", to: "done.in"),"#,
        "",
    );
    let mut simulation = compiled(&text);
    steps(&mut simulation, 10);
    assert_eq!(
        value(&simulation, "done.passed").to_bits(),
        60.0_f64.to_bits()
    );
    let time = simulation.variables().find("first.service_time").unwrap();
    simulation.set_parameter(time, 5.0);
    steps(&mut simulation, 10);
    // One more was begun at the old pace.
    assert_eq!(
        value(&simulation, "done.passed").to_bits(),
        179.0_f64.to_bits()
    );
}

#[test]
fn a_document_that_makes_no_line_gets_all_its_problems_named() {
    let text = document(
        r#"
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
        (id: "yard", kind: "flow.Buffer"),
        (id: "first", kind: "flow.Machine", parameters: { "service_time": "10 s" }),
        (id: "forgotten", kind: "flow.Machine", parameters: { "service_time": "10 s" }),
        (id: "done", kind: "flow.Sink"),
        "#,
        r#"
        (from: "raw.out", to: "yard.in"),
        (from: "yard.out", to: "first.in"),
        (from: "first.out", to: "done.in"),
        (from: "forgotten.out", to: "done.in"),
        (from: "forgotten.in", to: "raw.out"),
        "#,
        "",
    );
    // The document's own check finds that an outlet has two links.
    let report = counterpart::twin::parse(&text, "flow.ron", &registry());
    assert!(report.is_err());
    let text = text.replace(r#"(from: "forgotten.in", to: "raw.out"),"#, "");
    let text = text.replace(
        r#"(id: "done""#,
        r#"(id: "more", kind: "flow.Source", parameters: { "interval_time": "5 s", "interval_variation": "2" }, attributes: { "interval_distribution": "Uniform" }), (id: "done""#,
    );
    let text = text.replace(
        r#"(from: "forgotten.out""#,
        r#"(from: "more.out", to: "forgotten.in"), (from: "forgotten.out""#,
    );
    let (twin, variables) = loaded(&text);
    let error = Simulation::compile(&twin, &variables)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`more`") && error.contains("no time is below zero"),
        "{error}"
    );
    let text = text.replace(
        r#""interval_variation": "2""#,
        r#""interval_variation": "0.2""#,
    );
    let (twin, variables) = loaded(&text);
    let error = Simulation::compile(&twin, &variables)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`raw`") && error.contains("`yard` takes all of them"),
        "{error}"
    );
}

/// A line of three with one place between them, the last the slowest, and scenarios with
/// another place, in a folder of its own.
fn narrow_line() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let path = folder.path().join("twin.ron");
    let text = document(
        r#"
        (id: "settings", kind: "flow.Settings", parameters: { "warm_up": "2 h" }),
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "0 s" }),
        (id: "first", kind: "flow.Machine", parameters: { "service_time": "60 s" }, attributes: { "service_distribution": "Exponential" }),
        (id: "between", kind: "flow.Buffer", parameters: { "capacity": "1" }),
        (id: "second", kind: "flow.Machine", parameters: { "service_time": "60 s" }, attributes: { "service_distribution": "Exponential" }),
        (id: "later", kind: "flow.Buffer", parameters: { "capacity": "1" }),
        (id: "third", kind: "flow.Machine", parameters: { "service_time": "80 s" }, attributes: { "service_distribution": "Exponential" }),
        (id: "done", kind: "flow.Sink"),
        "#,
        r#"
        (from: "raw.out", to: "first.in"),
        (from: "first.out", to: "between.in"),
        (from: "between.out", to: "second.in"),
        (from: "second.out", to: "later.in"),
        (from: "later.out", to: "third.in"),
        (from: "third.out", to: "done.in"),
        "#,
        r#"scenarios: [
            (id: "one_more", interventions: [(variable: "later.capacity", action: Set("2"))]),
            (id: "ten_more", interventions: [(variable: "later.capacity", action: Set("11"))]),
            (id: "elsewhere", interventions: [(variable: "between.capacity", action: Set("2"))]),
        ],"#,
    );
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{error}"));
    (folder, path)
}

#[test]
fn what_one_more_place_brings_is_told_with_an_interval() {
    let (_folder, path) = narrow_line();
    let request = counterpart::live::ReplicateRequest {
        twin: path,
        variables: vec!["done.mean_throughput".to_owned()],
        precision: None,
        scenario: Some("one_more".to_owned()),
        members: 20,
        confidence: 0.99,
        seed: None,
        until: Some(SimDuration::parse("2 d").unwrap()),
    };
    let outcome = counterpart::live::replicate(&request, &Progress::default()).unwrap();
    let passed = &outcome.variables[0];
    let difference = passed.difference.unwrap();
    assert!(
        difference.mean > 0.0 && !difference.contains(0.0),
        "{difference:?}"
    );
    // What chance does to both alike is not in the difference.
    assert!(difference.half_width < passed.base.half_width, "{passed:?}");
    assert_eq!(outcome.stations[0].id, "third");
    let text = outcome.to_text();
    assert!(
        text.contains("difference") && text.contains("(more)"),
        "{text}"
    );
}

#[test]
fn replications_go_on_until_every_interval_is_as_narrow_as_wanted() {
    let (_folder, path) = narrow_line();
    let request = |relative_half_width, most| counterpart::live::ReplicateRequest {
        twin: path.clone(),
        variables: vec!["done.mean_throughput".to_owned()],
        precision: Some(counterpart::live::WantedPrecision {
            relative_half_width,
            most,
        }),
        scenario: Some("ten_more".to_owned()),
        members: 5,
        confidence: 0.95,
        seed: None,
        until: Some(SimDuration::parse("10 h").unwrap()),
    };
    let replicate = |request| counterpart::live::replicate(&request, &Progress::default()).unwrap();
    let found = replicate(request(0.02, 200));
    assert!(found.precision.unwrap().1 && found.members > 5, "{found:?}");
    let throughput = &found.variables[0];
    for interval in [throughput.base, throughput.changed.unwrap()] {
        assert!(interval.relative_half_width() <= 0.02, "{interval:?}");
        assert_eq!(interval.count, found.members as usize);
    }
    // The replications are those that a fixed number of them has.
    let fixed = replicate(counterpart::live::ReplicateRequest {
        precision: None,
        members: found.members,
        ..request(0.02, 200)
    });
    assert_eq!(fixed.variables, found.variables);

    let stopped = replicate(request(1e-6, 8));
    assert!(!stopped.precision.unwrap().1);
    assert_eq!(stopped.members, 8);
    assert!(stopped.to_text().contains("allow more with `--most`"));
}

#[test]
fn the_best_of_several_scenarios_is_selected_with_a_stated_probability() {
    let (_folder, path) = narrow_line();
    let request = |worthwhile: &str| counterpart::live::SelectRequest {
        twin: path.clone(),
        variable: "done.mean_throughput".to_owned(),
        scenarios: ["one_more", "ten_more", "elsewhere"]
            .map(str::to_owned)
            .to_vec(),
        worthwhile: counterpart::quantity::Quantity::parse(worthwhile).unwrap(),
        lowest: false,
        confidence: 0.95,
        first: 10,
        most: 100,
        seed: None,
        until: Some(SimDuration::parse("1 d").unwrap()),
    };
    let select = |request| {
        let outcome = counterpart::live::select(&request, &Progress::default());
        outcome.map_err(|error| error.to_string())
    };
    let found = select(request("1 1/h")).unwrap();
    assert_eq!(
        found.systems[found.selection.best].as_deref(),
        Some("ten_more")
    );
    assert!(found.selection.certain, "{found:?}");
    let text = found.to_text();
    assert!(
        text.contains("highest done.mean_throughput: ten_more"),
        "{text}"
    );
    assert!(text.contains("probability of at least 95 %"), "{text}");

    let lowest = counterpart::live::SelectRequest {
        lowest: true,
        ..request("1 1/h")
    };
    let found = select(lowest).unwrap();
    assert_ne!(
        found.systems[found.selection.best].as_deref(),
        Some("ten_more")
    );

    let refused = select(request("1 s")).unwrap_err();
    assert!(
        refused.contains("a worthwhile difference of 1 s is none of"),
        "{refused}"
    );
}

#[test]
fn what_befalls_a_line_costs_what_can_be_counted_on_paper_and_is_over_in_time() {
    // An item a minute, half a minute of work: what waits for two hours is caught up with two
    // hours later.
    let befalls = |of: &str, what: &str| {
        format!(
            r#"(id: "{what}", contingencies: [(of: "{of}", what: "{what}", at: "1 h", until: "3 h")]),"#
        )
    };
    let cases = [
        // Items out after three hours and after eight.
        ("second", "breakdown", 60.0, 480.0),
        ("second", "stop", 60.0, 480.0),
        ("people", "absence", 60.0, 480.0),
        ("done", "blocked_exit", 60.0, 480.0),
        ("raw", "no_material", 60.0, 360.0),
        // Twice as many items, as many as it can work on.
        ("raw", "demand_surge", 60.0 + 240.0, 480.0 + 120.0),
        // At half the speed it just keeps up.
        ("second", "slow", 180.0, 480.0),
        // A single place does not matter where nothing waits.
        ("yard", "places_lost", 180.0, 480.0),
        ("raw", "rush_order", 180.0, 480.0),
    ];
    let scenarios: String = cases
        .iter()
        .map(|(of, what, ..)| befalls(of, what))
        .collect();
    let text = document(
        r#"
        (id: "raw", kind: "flow.Source", parameters: { "interval_time": "60 s" }, attributes: { "interval_distribution": "Constant" }),
        (id: "yard", kind: "flow.Buffer"),
        (id: "second", kind: "flow.Machine", parameters: { "service_time": "30 s" }, attributes: { "operators": "people" }),
        (id: "done", kind: "flow.Sink"),
        (id: "people", kind: "flow.ResourcePool"),
        "#,
        r#"(from: "raw.out", to: "yard.in"), (from: "yard.out", to: "second.in"), (from: "second.out", to: "done.in"),"#,
        &format!("scenarios: [{scenarios}],"),
    );
    let (twin, variables) = loaded(&text);
    let simulation = Simulation::compile(&twin, &variables).unwrap();
    let find = |path: &str| variables.find(path).unwrap();
    let (passed, down) = (find("done.passed"), find("second.down"));
    for (scenario, (_, what, meanwhile, after)) in twin.scenarios.iter().zip(cases) {
        let plan = InputPlan::default()
            .with_scenario(scenario, &twin, &variables, simulation.time())
            .unwrap();
        let request = EnsembleRequest {
            members: 1,
            seed: 0,
            horizon: SimDuration::parse("8 h").unwrap(),
            stride: SimDuration::parse("1 h").unwrap(),
            record: vec![passed, down],
            plan,
            uncertainties: Vec::new(),
            observation_noise: false,
        };
        let ensemble = run_ensemble(&simulation, &request, &Progress::default()).unwrap();
        let items = ensemble.member(passed, 0).unwrap();
        // One item can be on its way, one more be begun within the step.
        assert!((items[3] - meanwhile).abs() <= 2.0, "{what}: {items:?}");
        assert!((items[8] - after).abs() <= 2.0, "{what}: {items:?}");
        let down = ensemble.member(down, 0).unwrap()[8];
        let expected = if what == "breakdown" { 0.25 } else { 0.0 };
        assert!((down - expected).abs() < 1e-3, "{what}: down {down}");
    }
}

/// Two stations far from each other, and a vehicle between them.
fn yard() -> String {
    document(
        r#"
        (id: "settings", kind: "flow.Settings"),
        (id: "parts", kind: "flow.Source", parameters: { "interval_time": "120 s", "limit": "29" }, attributes: { "interval_distribution": "Constant" }),
        (id: "to_store", kind: "flow.Transport", parameters: { "pick_up_places": "4", "drop_off_places": "2" },
         attributes: { "fleet": "trucks", "pick_up": "dock", "drop_off": "store" }),
        (id: "shelf", kind: "flow.Machine", parameters: { "service_time": "30 s" }),
        (id: "done", kind: "flow.Sink"),
        (id: "trucks", kind: "flow.Fleet",
         parameters: { "speed": "1 m/s", "loading_time": "10 s", "unloading_time": "5 s" }, attributes: { "home": "garage" }),
        (id: "garage", kind: "flow.Waypoint", place: (position: (0.0, 0.0, 0.0), size: (1.0, 1.0, 1.0))),
        (id: "dock", kind: "flow.Waypoint", place: (position: (10.0, 0.0, 0.0), size: (1.0, 1.0, 1.0))),
        (id: "store", kind: "flow.Waypoint", place: (position: (10.0, 0.0, 20.0), size: (1.0, 1.0, 1.0))),
        (id: "lane", kind: "flow.Aisle"),
        (id: "bend", kind: "flow.Aisle", path: [(20.0, 0.0, 0.0), (20.0, 0.0, 20.0)], attributes: { "direction": "OneWay" }),
        (id: "back", kind: "flow.Aisle", parameters: { "length": "40 m" }, attributes: { "direction": "OneWay" }),
        "#,
        r#"
        (from: "parts.out", to: "to_store.in"),
        (from: "to_store.out", to: "shelf.in"),
        (from: "shelf.out", to: "done.in"),
        (from: "lane.a", to: "garage.aisles"),
        (from: "lane.b", to: "dock.aisles"),
        (from: "dock.aisles", to: "bend.a"),
        (from: "bend.b", to: "store.aisles"),
        (from: "store.aisles", to: "back.a"),
        (from: "back.b", to: "garage.aisles"),
        "#,
        "",
    )
}

#[test]
fn a_document_has_its_items_carried_by_vehicles() {
    let mut simulation = compiled(&yard());
    steps(&mut simulation, 60);
    // Each item: 10 m to the dock, 10 s, 40 m over the bend, 5 s, 30 s of work. One
    // comes every 120 s, and the vehicle is back after 40 m, 105 s from its start.
    let seen = |path: &str| value(&simulation, path);
    assert_eq!(seen("done.passed").round() as u64, 29);
    assert!((seen("done.mean_stay") - 95.0).abs() < 1e-9);
    assert!((seen("to_store.mean_wait") - 10.0).abs() < 1e-9);
    assert!((seen("trucks.busy") - 29.0 * 65.0 / 3600.0).abs() < 1e-9);
    assert!((seen("trucks.distance") - 29.0 * 90.0).abs() < 1e-6);
    assert!((seen("bend.passed") - 29.0).abs() < 1e-9);
    assert!((seen("garage.occupied") - 1.0).abs() < 1e-9);
}

#[test]
fn a_second_vehicle_helps_where_one_is_not_enough() {
    let text = yard().replace("\"120 s\", \"limit\": \"29\"", "\"40 s\"");
    let one = {
        let mut simulation = compiled(&text);
        steps(&mut simulation, 240);
        value(&simulation, "done.passed")
    };
    let two = {
        let text = text.replace(
            "\"loading_time\": \"10 s\"",
            "\"loading_time\": \"10 s\", \"vehicles\": \"2\"",
        );
        let text = text.replace(
            "(id: \"garage\", kind: \"flow.Waypoint\",",
            "(id: \"garage\", kind: \"flow.Waypoint\", parameters: { \"capacity\": \"2\" },",
        );
        let mut simulation = compiled(&text);
        steps(&mut simulation, 240);
        value(&simulation, "done.passed")
    };
    // One takes 105 s for a round over 90 m, two hold each other up a little.
    assert!((one - 14_400.0 / 105.0).abs() < 2.0, "{one}");
    assert!((1.8 * one..2.1 * one).contains(&two), "{one} {two}");
}

#[test]
fn vehicles_that_cannot_go_are_found_before_the_run() {
    let found = |from: &str, to: &str| {
        let text = yard().replace(from, to);
        assert_ne!(text, yard());
        let (twin, variables) = loaded(&text);
        match Simulation::compile(&twin, &variables) {
            Ok(_) => panic!("it runs"),
            Err(error) => error.to_string(),
        }
    };
    let message = found("\"home\": \"garage\"", "");
    assert!(
        message.contains("`trucks`") && message.contains("no waypoint `home`"),
        "{message}"
    );
    let message = found("\"fleet\": \"trucks\", ", "");
    assert!(
        message.contains("`to_store`") && message.contains("no fleet"),
        "{message}"
    );
    // The way back the wrong way round, and the lane to the dock one-way.
    let message = found(
        "(from: \"store.aisles\", to: \"back.a\"),\n        (from: \"back.b\", to: \"garage.aisles\")",
        "(from: \"store.aisles\", to: \"back.b\"),\n        (from: \"back.a\", to: \"garage.aisles\")",
    );
    assert!(
        message.contains("`to_store`") && message.contains("from `store` to `garage`"),
        "{message}"
    );
    let message = found("\"loading_time\": \"10 s\"", "\"vehicles\": \"2\"");
    assert!(
        message.contains("`garage`") && message.contains("2 vehicles"),
        "{message}"
    );
}

/// The documents on the page about flows, whole ones only.
fn documents_of_the_page() -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/flow.md");
    let page = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}"));
    (page.split("```ron\n").skip(1))
        .filter_map(|rest| rest.split("```").next())
        .filter(|text| text.starts_with("(\n    format:"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_documents_on_the_page_run_and_their_scenarios_too() {
    let documents = documents_of_the_page();
    assert_eq!(documents.len(), 3);
    for text in documents {
        let (twin, variables) = loaded(&text);
        let passed = (variables.iter())
            .filter(|(_, variable)| variable.quantity == "passed")
            .map(|(index, _)| index);
        let record: Vec<_> = passed.collect();
        for scenario in &twin.scenarios {
            let plan =
                InputPlan::default().with_scenario(scenario, &twin, &variables, SimTime::ZERO);
            let request = EnsembleRequest {
                plan: plan.unwrap(),
                uncertainties: Vec::new(),
                seed: 1,
                members: 1,
                horizon: SimDuration::parse("30 min").unwrap(),
                stride: SimDuration::parse("10 min").unwrap(),
                record: record.clone(),
                observation_noise: false,
            };
            let ensemble = run_ensemble(&compiled(&text), &request, &Progress::default());
            assert!(ensemble.is_ok(), "{}: {:?}", scenario.id, ensemble.err());
        }
    }
}

/// A shop whose payment service may call back.
fn shop(more: &str) -> String {
    document(
        r#"
        (id: "customers", kind: "flow.Source", parameters: { "interval_time": "1 s" }, attributes: { "interval_distribution": "Constant" }),
        (id: "shop", kind: "flow.Service", parameters: { "service_time": "100 ms", "slots": "2" }),
        (id: "payment", kind: "flow.Service", parameters: { "service_time": "300 ms" }),
        (id: "paying", kind: "flow.Dependency"),
        (id: "asking_back", kind: "flow.Dependency"),
        (id: "served", kind: "flow.Sink"),
        (id: "disappointed", kind: "flow.Sink"),
        "#,
        &format!(
            r#"
            (from: "customers.out", to: "shop.in"),
            (from: "shop.out", to: "served.in"),
            (from: "shop.failed", to: "disappointed.in"),
            (from: "paying.caller", to: "shop.calls"),
            (from: "paying.callee", to: "payment.called"),
            {more}
            "#
        ),
        "",
    )
}

#[test]
fn a_document_has_its_services_call_each_other() {
    // Twice for each request: 0.1 s, and 0.3 s for each call.
    let twice = shop(
        r#"(from: "asking_back.caller", to: "shop.calls"), (from: "asking_back.callee", to: "payment.called"),"#,
    );
    let mut simulation = compiled(&twice);
    steps(&mut simulation, 10);
    let seen = |path: &str| value(&simulation, path);
    assert_eq!(seen("served.passed").round() as u64, 599);
    assert_eq!(seen("paying.calls").round() as u64, 599);
    assert!((seen("shop.mean_latency") - 0.7).abs() < 1e-9);
    assert!((seen("shop.latency_99") / 0.7 - 1.0).abs() < 0.011);
    assert!((seen("payment.utilisation") - 0.6 * 599.0 / 600.0).abs() < 1e-9);
    assert!(seen("shop.error_rate").abs() < 1e-12);

    let ring = shop(
        r#"(from: "asking_back.caller", to: "payment.calls"), (from: "asking_back.callee", to: "shop.called"),"#,
    );
    let (twin, variables) = loaded(&ring);
    let Err(error) = Simulation::compile(&twin, &variables) else {
        panic!("it runs");
    };
    let message = error.to_string();
    assert!(message.contains("shop → payment → shop"), "{message}");
}
