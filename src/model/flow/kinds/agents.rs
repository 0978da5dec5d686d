//! Where vehicles and operators go, the vehicles, and what has items carried.

use super::{
    RandomTime, asset, choice, contingency, count, declaration, inlet, input, name, not_negative,
    outlet, output, passing_outputs,
};
use crate::twin::{Bounds, Causality, Kind, Medium, Port, Shape};

pub(super) fn agents() -> [Kind; 4] {
    [waypoint(), aisle(), fleet(), transport()]
}

fn waypoint() -> Kind {
    Kind {
        name: name::WAYPOINT,
        title: "Waypoint",
        doc: "A place where vehicles and operators pass and stand. No more vehicles than it has \
              room for are ever at it at one time; operators on foot make way.",
        declarations: vec![
            count(
                "capacity",
                1.0,
                "Most vehicles at it at one time. Vehicles that have their home here keep a \
                 place each, also while they are away.",
            ),
            output("occupied", "1", "Vehicles and operators at it."),
        ],
        attributes: Vec::new(),
        ports: vec![Port {
            name: "aisles",
            medium: Medium::Traffic,
            at_least: 0,
            at_most: usize::MAX,
            doc: "The aisles that lead to it.",
        }],
        shape: Shape::Junction,
        contingencies: Vec::new(),
        indicators: Vec::new(),
    }
}

fn aisle() -> Kind {
    let port = |name, doc| Port {
        name,
        medium: Medium::Traffic,
        at_least: 1,
        at_most: 1,
        doc,
    };
    Kind {
        name: name::AISLE,
        title: "Aisle",
        doc: "A way between two waypoints. Vehicles in it all go the same way and keep their \
              order; one that comes the other way waits until it is free.",
        declarations: vec![
            not_negative(
                "length",
                "m",
                0.0,
                "Its length; zero: that of the way between the places of its waypoints, over \
                 the points of its path.",
            ),
            not_negative(
                "speed_limit",
                "m/s",
                0.0,
                "Highest speed in it; zero: no limit.",
            ),
            count("capacity", 1.0, "Most vehicles in it at one time."),
            input(
                "closed",
                0.0,
                Bounds::between(0.0, 1.0),
                "1 while no vehicle is sent through it. Those that are on their way, or have \
                 booked theirs, still go through; operators on foot get past.",
            )
            .with_words(&[(0.0, "open"), (1.0, "closed")]),
            output("occupied", "1", "Vehicles and operators in it."),
            output(
                "passed",
                "1",
                "Vehicles that went through it since the start of the run.",
            ),
        ],
        attributes: vec![choice(
            "direction",
            &["TwoWay", "OneWay"],
            "Whether it is gone both ways, or from `a` to `b` only.",
        )],
        ports: vec![
            port("a", "The waypoint at its one end."),
            port("b", "The waypoint at its other end."),
        ],
        shape: Shape::Connection,
        contingencies: contingency::of_aisle(),
        indicators: Vec::new(),
    }
}

fn fleet() -> Kind {
    let positive = |name, unit, default, doc| {
        declaration(
            Causality::Parameter,
            name,
            unit,
            Some(default),
            Bounds::POSITIVE,
            doc,
        )
    };
    let mut declarations = vec![
        count("vehicles", 1.0, "How many there are."),
        positive("speed", "m/s", 1.0, "Speed at which they go."),
        positive(
            "length",
            "m",
            1.0,
            "Length of a vehicle with the gap to the next: how far it has to be gone from a \
             place before another may come there.",
        ),
        count("capacity", 1.0, "Most items that one carries at a time."),
    ];
    declarations.extend(RandomTime::LOADING.parameters(Some(0.0)));
    declarations.extend(RandomTime::UNLOADING.parameters(Some(0.0)));
    declarations.extend([
        not_negative(
            "running_time",
            "s",
            0.0,
            "Driving time on a full battery; zero: they never have to charge. Standing and \
             handling take nothing from it.",
        ),
        not_negative(
            "charging_time",
            "s",
            0.0,
            "Time to charge an empty battery; a half-full one takes half of it.",
        ),
        declaration(
            Causality::Parameter,
            "charging_threshold",
            "%",
            Some(0.3),
            Bounds::between(0.0, 1.0),
            "What is left in the battery when a vehicle without a task goes to charge. It also \
             goes when what is left would not last for a task.",
        ),
        input(
            "out_of_service",
            0.0,
            Bounds::between(0.0, 1e6),
            "How many of them take no task at present. One under way brings what it has and goes \
             home.",
        ),
        input(
            "speed_factor",
            1.0,
            Bounds::between(0.01, 100.0),
            "What their speed is multiplied by, on ways that begin from now on.",
        ),
        input(
            "charger_out",
            0.0,
            Bounds::between(0.0, 1.0),
            "1 while their charger gives nothing. They go on as long as what is left lasts for a \
             task and for the way to the charger.",
        )
        .with_words(&[(0.0, "works"), (1.0, "out of order")]),
        output(
            "busy",
            "%",
            "Share of time with a task: fetching, loading, carrying, unloading.",
        ),
        output(
            "idle",
            "%",
            "Share of time without a task, at home or on the way there.",
        ),
        output(
            "carrying",
            "%",
            "Share of time with items on it, until it is unloaded.",
        ),
        output(
            "charging",
            "%",
            "Share of time charging or on the way to it.",
        ),
        output(
            "held_up",
            "%",
            "Share of time in which it stood under way until its way was free.",
        ),
        output("distance", "m", "Way gone by all vehicles."),
        output("trips", "1", "Tasks done."),
        output(
            "mean_wait",
            "s",
            "Time from the coming of an item to the start of its loading, on average.",
        ),
        output("waiting", "1", "Items that wait to be loaded."),
        output("battery", "%", "Charge of the batteries on average."),
        output("lowest_battery", "%", "The lowest charge that one had."),
    ]);
    let mut attributes = vec![
        asset(
            "home",
            &[name::WAYPOINT],
            "The waypoint where each vehicle has a place of its own, and where it goes when it \
             has nothing to do.",
        ),
        choice(
            "task_rule",
            &["LongestWaiting", "Nearest", "Priority"],
            "Which task a free vehicle takes: that of the item that came to its pick-up first; \
             the one whose pick-up is the nearest in time, which may leave a far one waiting for \
             ever; that of the item of the highest priority.",
        ),
        asset(
            "charger",
            &[name::WAYPOINT],
            "The waypoint where vehicles charge; home where none is named.",
        ),
    ];
    attributes.extend(RandomTime::LOADING.attributes_of_constant());
    attributes.extend(RandomTime::UNLOADING.attributes_of_constant());
    Kind {
        name: name::FLEET,
        title: "Fleet",
        doc: "Vehicles alike that carry the items of transports. A vehicle that takes a task \
              books its whole way beforehand, at times at which nobody else is in its way: \
              vehicles never collide and never wait for each other in a ring.",
        declarations,
        attributes,
        ports: Vec::new(),
        shape: Shape::Vehicle,
        contingencies: contingency::of_fleet(),
        indicators: Vec::new(),
    }
}

fn transport() -> Kind {
    let mut declarations = vec![
        count(
            "pick_up_places",
            1.0,
            "Places for items that wait to be fetched, those being loaded included.",
        ),
        count(
            "drop_off_places",
            1.0,
            "Places for items that were brought. A vehicle is sent only once a place is kept \
             for what it brings.",
        ),
        output(
            "content",
            "1",
            "Items in it: waiting, on their way, and brought.",
        ),
        output("mean_content", "1", "Items in it on average."),
        output("mean_stay", "s", "Time that items stayed in it on average."),
        output(
            "mean_wait",
            "s",
            "Time from the coming of an item to the start of its loading, on average.",
        ),
        output("waiting", "1", "Items that wait to be loaded."),
    ];
    declarations.extend(passing_outputs());
    Kind {
        name: name::TRANSPORT,
        title: "Transport",
        doc: "Has its items carried by a vehicle of a fleet from one waypoint to another.",
        declarations,
        attributes: vec![
            asset("fleet", &[name::FLEET], "Whose vehicles carry them."),
            asset(
                "pick_up",
                &[name::WAYPOINT],
                "Where items wait to be fetched.",
            ),
            asset("drop_off", &[name::WAYPOINT], "Where they are brought to."),
        ],
        ports: vec![inlet(), outlet("out", "Where items go from the drop-off.")],
        shape: Shape::Slab,
        contingencies: Vec::new(),
        indicators: Vec::new(),
    }
}
