//! Going on from a log with vehicles on their ways.

use super::*;

/// Two vehicles in a loop of one-way aisles, and a shelf that takes longer than they do.
const LOOP: &str = r#"(
    format: 1, id: "yard", name: "Yard", version: "1.0.0",
    epoch: "2026-01-05T00:00:00Z", timestep: "6 s",
    forecast: (horizon: "8 h", stride: "1 h", members: 30),
    assets: [
        (id: "gate", kind: "flow.Source", parameters: { "interval_time": "41 s" }, attributes: { "interval_distribution": "Constant" }),
        (id: "to_store", kind: "flow.Transport", parameters: { "pick_up_places": "4", "drop_off_places": "2" }, attributes: { "fleet": "trucks", "pick_up": "dock", "drop_off": "store" }),
        (id: "trucks", kind: "flow.Fleet", parameters: { "vehicles": "2", "speed": "1 m/s", "loading_time": "10 s", "unloading_time": "5 s" }, attributes: { "home": "garage" }),
        (id: "shelf", kind: "flow.Machine", parameters: { "service_time": "30 s" }),
        (id: "done", kind: "flow.Sink"),
        (id: "garage", kind: "flow.Waypoint", parameters: { "capacity": "3" }),
        (id: "dock", kind: "flow.Waypoint"),
        (id: "corner", kind: "flow.Waypoint"),
        (id: "store", kind: "flow.Waypoint"),
        (id: "lane", kind: "flow.Aisle", parameters: { "length": "11 m" }, attributes: { "direction": "OneWay" }),
        (id: "out", kind: "flow.Aisle", parameters: { "length": "23 m", "capacity": "3" }, attributes: { "direction": "OneWay" }),
        (id: "bend", kind: "flow.Aisle", parameters: { "length": "17 m" }, attributes: { "direction": "OneWay" }),
        (id: "back", kind: "flow.Aisle", parameters: { "length": "19 m" }, attributes: { "direction": "OneWay" }),
    ],
    links: [
        (from: "gate.out", to: "to_store.in"),
        (from: "to_store.out", to: "shelf.in"),
        (from: "shelf.out", to: "done.in"),
        (from: "lane.a", to: "garage.aisles"),
        (from: "lane.b", to: "dock.aisles"),
        (from: "out.a", to: "dock.aisles"),
        (from: "out.b", to: "corner.aisles"),
        (from: "bend.a", to: "corner.aisles"),
        (from: "bend.b", to: "store.aisles"),
        (from: "back.a", to: "store.aisles"),
        (from: "back.b", to: "garage.aisles"),
    ],
)"#;

fn loaded(text: &str) -> crate::twin::LoadedTwin {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.ron");
    std::fs::write(&twin, text).expect("written");
    crate::live::load_twin(&twin).unwrap_or_else(|error| panic!("{error}"))
}

/// What happened, whatever the items are called, in an order of its own.
fn said<'a>(happenings: impl IntoIterator<Item = &'a Happening>) -> Vec<String> {
    let mut said: Vec<String> = (happenings.into_iter())
        .map(|one| {
            let what = match one.what {
                What::Entered { class, .. } => What::Entered { item: 0, class },
                What::Left { .. } => What::Left { item: 0 },
                What::Loaded { agent, .. } => What::Loaded { item: 0, agent },
                What::Unloaded { .. } => What::Unloaded { item: 0 },
                other => other,
            };
            format!("{:016} {} {what:?}", one.time.nanoseconds(), one.asset)
        })
        .collect();
    said.sort();
    said
}

/// Runs a document without chance for `minutes`, and at every cut goes on from what the
/// log says by then: as the run itself stands, and to what it then did.
fn goes_on_exactly(text: &str, minutes: f64, cuts: impl Iterator<Item = i64>) -> usize {
    let loaded = loaded(text);
    let timestep = loaded.twin.timestep;
    let mut simulation = Simulation::compile(&loaded.twin, &loaded.variables).expect("it runs");
    simulation.record_happenings(true);
    let mut forks = Vec::new();
    let mut all = Vec::new();
    for cut in cuts {
        let at = SimTime::ZERO + SimDuration::from_nanoseconds(cut * timestep.nanoseconds());
        all.extend(told(&mut simulation, at));
        forks.push(simulation.fork());
    }
    all.extend(told(&mut simulation, at(minutes)));
    let opened = OpenedLog {
        loaded,
        log: crate::telemetry::event_log::EventLog::from_happenings(&all),
    };
    let mut on_vehicles = 0;
    for mut fork in forks {
        let time = fork.time();
        let standing = standing(&opened, time);
        let mut again = resumed(&opened.loaded, &standing, 9, 1)
            .unwrap_or_else(|error| panic!("at {time}: {error}"));
        let stands = |simulation: &mut Simulation| {
            let mut happenings = Vec::new();
            simulation.record_happenings(true);
            simulation.take_happenings(&mut happenings);
            on_vehicles += (happenings.iter())
                .filter(|one| matches!(one.what, What::Loaded { .. }))
                .count();
            said(&happenings)
        };
        let [found, expected] = [&mut again, &mut fork].map(stands);
        assert_eq!(found, expected, "as it stands at {time}");
        let found = told(&mut again, at(minutes));
        let [found, expected] =
            [&found, &all].map(|all| said(all.iter().filter(|one| one.time > time)));
        let differs = found
            .iter()
            .zip(&expected)
            .find(|(one, other)| one != other);
        assert_eq!(differs, None, "after {time}");
        assert_eq!(found.len(), expected.len(), "after {time}");
    }
    on_vehicles / 2
}

#[test]
fn vehicles_go_on_from_where_the_log_says_with_what_it_says() {
    // The shelf is the slowest, then the vehicles, then the gate. Before the first item
    // no log says when it comes.
    let cuts = || (20..270).step_by(3);
    assert!(goes_on_exactly(LOOP, 60.0, cuts()) > 20);
    let slow = LOOP.replace(r#""service_time": "30 s""#, r#""service_time": "50 s""#);
    assert!(goes_on_exactly(&slow, 60.0, cuts()) > 20);
    let rare = LOOP.replace(r#""interval_time": "41 s""#, r#""interval_time": "97 s""#);
    assert!(goes_on_exactly(&rare, 60.0, cuts()) > 20);
}

#[test]
fn a_vehicle_in_a_row_goes_on_from_where_the_log_says() {
    let text = YARD
        .replace(r#"timestep: "1 min""#, r#"timestep: "6 s""#)
        .replace(
            r#"parameters: { "interval_time": "2 min" })"#,
            r#"parameters: { "interval_time": "61 s" }, attributes: { "interval_distribution": "Constant" })"#,
        );
    assert!(goes_on_exactly(&text, 60.0, (20..270).step_by(3)) > 20);
    let quick = text.replace(r#""61 s""#, r#""20 s""#);
    assert!(goes_on_exactly(&quick, 60.0, (20..270).step_by(3)) > 20);
}

#[test]
fn a_way_of_which_only_the_loading_is_told_takes_what_is_left_of_it() {
    let loaded = loaded(YARD);
    let find = |id: &str| {
        let place = loaded.twin.assets.iter().position(|asset| asset.id == id);
        place.expect("an asset") as u32
    };
    let (to_store, done) = (find("to_store"), find("done"));
    let second = |second: i64| SimTime::ZERO + SimDuration::from_whole_seconds(second);
    let happened = |time: i64, what: What| Happening {
        time: second(time),
        asset: to_store,
        what,
    };
    let log = crate::telemetry::event_log::EventLog::from_happenings(&[
        happened(0, What::Entered { item: 0, class: 0 }),
        happened(50, What::Loaded { item: 0, agent: 0 }),
    ]);
    let opened = OpenedLog { loaded, log };
    // Taken at one minute: 10 of 20 s of the way are left, and 5 s to unload.
    let standing = standing(&opened, second(60));
    let mut again = resumed(&opened.loaded, &standing, 1, 0).expect("it goes on");
    again.record_happenings(true);
    let found = came_out(&told(&mut again, at(2.0)), done, second(60));
    assert_eq!(found.first(), Some(&second(75)));
}

#[test]
fn vehicles_of_a_plant_with_chance_stand_where_its_log_says() {
    let text = LOOP.replace("\"Constant\"", "\"Exponential\"").replace(
        r#"attributes: { "home": "garage" }"#,
        r#"attributes: { "home": "garage", "loading_distribution": "Exponential", "unloading_distribution": "Exponential" }"#,
    );
    let (_folder, log) = plant(&text, 3);
    let opened = open_log(&log).expect("a log");
    let mut on_vehicles = 0;
    for minutes in 5..170 {
        let time = at(f64::from(minutes));
        let standing = standing(&opened, time);
        let mut resumed = resumed(&opened.loaded, &standing, 1, 0)
            .unwrap_or_else(|error| panic!("at {minutes} min: {error}"));
        resumed.record_happenings(true);
        let mut happenings = Vec::new();
        resumed.take_happenings(&mut happenings);
        for agent in &standing.agents {
            let way = happenings.iter().find_map(|one| match one.what {
                What::Travels {
                    agent: number,
                    from,
                    to,
                    arrives,
                } if one.asset == agent.asset && number == agent.agent => Some((from, to, arrives)),
                _ => None,
            });
            let (from, to, arrives) = way.expect("a place of the vehicle");
            let expected = if agent.arrives > standing.time {
                (agent.from, agent.to, agent.arrives)
            } else {
                (agent.to, agent.to, standing.time)
            };
            assert_eq!((from, to, arrives), expected, "at {minutes} min");
        }
        let loads = |carried: &dyn Fn() -> usize| carried();
        let told = loads(&|| {
            let of_log = standing.items.iter();
            of_log
                .filter(|item| matches!(item.carried, Some(crate::twin::Carried::Loaded { .. })))
                .count()
        });
        let found = (happenings.iter())
            .filter(|one| matches!(one.what, What::Loaded { .. }))
            .count();
        assert_eq!(found, told, "at {minutes} min");
        on_vehicles += told;
        // And it goes on.
        for _ in 0..300 {
            resumed.step().expect("a step");
        }
    }
    assert!(on_vehicles > 50, "{on_vehicles}");
}

#[test]
fn operators_go_on_from_where_the_log_says() {
    let text = r#"(
    format: 1, id: "shop", name: "Shop", version: "1.0.0",
    epoch: "2026-01-05T00:00:00Z", timestep: "6 s",
    forecast: (horizon: "8 h", stride: "1 h", members: 30),
    assets: [
        (id: "gate", kind: "flow.Source", parameters: { "interval_time": "97 s" }, attributes: { "interval_distribution": "Constant" }),
        (id: "yard", kind: "flow.Buffer"),
        (id: "saw", kind: "flow.Machine", parameters: { "service_time": "20 s" }, attributes: { "operators": "people", "waypoint": "here" }),
        (id: "mill", kind: "flow.Machine", parameters: { "service_time": "25 s" }, attributes: { "operators": "people", "waypoint": "there" }),
        (id: "done", kind: "flow.Sink"),
        (id: "people", kind: "flow.ResourcePool", parameters: { "speed": "1 m/s" }, attributes: { "home": "room" }),
        (id: "room", kind: "flow.Waypoint"),
        (id: "here", kind: "flow.Waypoint"),
        (id: "there", kind: "flow.Waypoint"),
        (id: "one", kind: "flow.Aisle", parameters: { "length": "13 m" }),
        (id: "two", kind: "flow.Aisle", parameters: { "length": "17 m" }),
    ],
    links: [
        (from: "gate.out", to: "yard.in"), (from: "yard.out", to: "saw.in"),
        (from: "saw.out", to: "mill.in"), (from: "mill.out", to: "done.in"),
        (from: "one.a", to: "room.aisles"), (from: "one.b", to: "here.aisles"),
        (from: "two.a", to: "here.aisles"), (from: "two.b", to: "there.aisles"),
    ],
)"#;
    goes_on_exactly(text, 60.0, (20..270).step_by(3));
}

#[test]
fn vehicles_that_no_plan_gets_past_each_other_go_on_as_if_alone() {
    let text = YARD
        .replace(
            r#"{ "speed": "1 m/s","#,
            r#"{ "vehicles": "2", "speed": "1 m/s","#,
        )
        .replace(
            r#"(id: "garage", kind: "flow.Waypoint")"#,
            r#"(id: "garage", kind: "flow.Waypoint", parameters: { "capacity": "2" })"#,
        );
    let loaded = loaded(&text);
    let find = |id: &str| {
        let place = loaded.twin.assets.iter().position(|asset| asset.id == id);
        place.expect("an asset") as u32
    };
    let (trucks, to_store, done) = (find("trucks"), find("to_store"), find("done"));
    let second = |second: i64| SimTime::ZERO + SimDuration::from_whole_seconds(second);
    let drives = |time: i64, agent: u16, from: &str, to: &str, arrives: i64| Happening {
        time: second(time),
        asset: trucks,
        what: What::Travels {
            agent,
            from: find(from),
            to: find(to),
            arrives: second(arrives),
        },
    };
    let of_transport = |what: What| Happening {
        time: second(45),
        asset: to_store,
        what,
    };
    // Head-on in an aisle where nobody can give way.
    let happenings = [
        of_transport(What::Entered { item: 0, class: 0 }),
        of_transport(What::Loaded { item: 0, agent: 0 }),
        drives(50, 0, "dock", "store", 70),
        drives(50, 1, "store", "dock", 70),
    ];
    let log = crate::telemetry::event_log::EventLog::from_happenings(&happenings);
    let opened = OpenedLog { loaded, log };
    let standing = standing(&opened, second(60));
    let mut again = resumed(&opened.loaded, &standing, 1, 0).expect("it goes on");
    again.record_happenings(true);
    let found = came_out(&told(&mut again, at(20.0)), done, second(60));
    assert_eq!(found.first(), Some(&second(75)));
    assert!(found.len() > 3, "{found:?}");
}

#[test]
fn ways_that_contradict_each_other_or_the_speed_are_found_with_their_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = folder.path().join("twin.ron");
    std::fs::write(&twin, YARD).expect("written");
    let log = folder.path().join("log.csv");
    let problems = |rows: &str| {
        let text = format!("time,item,asset,event,server,end,from,to\n{rows}");
        std::fs::write(&log, text).expect("written");
        let request = LogRequest {
            twin: twin.clone(),
            log: log.clone(),
            options: Default::default(),
        };
        let opened = open_log(&request).expect("a log");
        let problems = opened.log.problems.iter();
        problems.map(ToString::to_string).collect::<Vec<_>>()
    };
    // 10 and 20 m at 1 m/s; half a second is a matter of rounding, and the first way had
    // begun before.
    let sound = "0,,trucks,travel,0,4,garage,dock\n\
                 0,1,to_store,enter,,,,\n\
                 14,1,to_store,loaded,0,,,\n\
                 14,,trucks,travel,0,33.5,dock,store\n\
                 39,1,to_store,unloaded,0,,,\n\
                 39,,trucks,travel,0,59,store,dock\n";
    assert_eq!(problems(sound), Vec::<String>::new());
    let found = problems(&sound.replace(",0,59,store,dock", ",0,59,garage,dock"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("line 7: agent 0 of `trucks` sets out from `garage`")
            && found[0].contains("ends at `store` (line 5)"),
        "{found:?}"
    );
    let found = problems(&sound.replace(",0,33.5,", ",0,40,"));
    assert!(
        found.len() == 1 && found[0].contains("before it comes there"),
        "{found:?}"
    );
    let found = problems(&sound.replace(",0,59,", ",0,57,"));
    assert!(
        found.len() == 1 && found[0].contains("in 18 s, and needs 20 s at the least"),
        "{found:?}"
    );
    // One that came after the log began, and that nobody loaded.
    let more = "60,2,to_store,enter,,,,\n61,2,to_store,unloaded,0,,,\n";
    let found = problems(&format!("{sound}{more}"));
    assert_eq!(
        found,
        ["line 9: item `2` is unloaded in `to_store` without having been loaded"]
    );
}
