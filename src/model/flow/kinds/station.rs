//! What works on items: machines, pools of servers, assemblies, splits,
//! inspections.

use super::{
    ASSEMBLY_INLETS, RandomTime, asset, choice, contingency, count, declaration, inlet, input,
    name, not_negative, outlet, output, passing_outputs,
};
use crate::twin::{Attribute, Bounds, Causality, Declaration, Kind, Medium, Port, Shape};

/// The words for the values of `state`.
const STATES: [(f64, &str); 7] = [
    (0.0, "starved"),
    (1.0, "working"),
    (2.0, "setting up"),
    (3.0, "blocked"),
    (4.0, "down"),
    (5.0, "awaiting an operator"),
    (6.0, "off"),
];

/// What all stations declare, around what each has of its own.
fn station(
    parameters: impl IntoIterator<Item = Declaration>,
    outputs: impl IntoIterator<Item = Declaration>,
) -> Vec<Declaration> {
    let mut declarations = RandomTime::SERVICE.parameters(None).to_vec();
    declarations.extend(parameters);
    declarations.extend(RandomTime::FAILURE.parameters(Some(0.0)));
    declarations.extend(RandomTime::REPAIR.parameters(Some(0.0)));
    declarations.extend([
        count(
            "operators_needed",
            1.0,
            "Units of its pool of operators that each set of items needs.",
        ),
        input(
            "available",
            1.0,
            Bounds::between(0.0, 1.0),
            "1 while it may work; below one half it stands still, and goes on later.",
        )
        .with_words(&[(0.0, "held"), (1.0, "may work")]),
        input(
            "broken",
            0.0,
            Bounds::between(0.0, 1.0),
            "1 while it is broken down, besides the failures of its own: it stands still, counts as \
             down, and goes on later.",
        )
        .with_words(&[(0.0, "in order"), (1.0, "broken down")]),
        input(
            "speed",
            1.0,
            Bounds::NOT_NEGATIVE,
            "Speed of set-up and work relative to the given times; zero: it stands still.",
        ),
        output(
            "state",
            "1",
            "What it does: 0 starved, 1 working, 2 setting up, 3 blocked, 4 down, 5 awaiting \
             an operator, 6 off. Of several servers, the first.",
        )
        .with_words(&STATES),
        output("content", "1", "Items in it."),
        output("mean_content", "1", "Items in it on average."),
        output("mean_stay", "s", "Time that items stayed in it on average."),
    ]);
    declarations.extend(passing_outputs());
    declarations.extend([
        output("working", "%", "Share of time in which it works."),
        output("setting_up", "%", "Share of time in which it is set up."),
        output(
            "starved",
            "%",
            "Share of time in which it has nothing to work on.",
        ),
        output(
            "blocked",
            "%",
            "Share of time in which it waits for room behind it.",
        ),
        output("down", "%", "Share of time in which it has failed."),
        output(
            "awaiting_operator",
            "%",
            "Share of time in which it waits for an operator.",
        ),
        output(
            "off",
            "%",
            "Share of time in which it is out of its hours or held.",
        ),
        output(
            "active_period",
            "s",
            "Mean length of the periods in which it is working, set up or down without a break. \
             The station with the longest is the bottleneck.",
        ),
        output("failures", "1", "How often it failed."),
        output(
            "effectiveness",
            "%",
            "Overall equipment effectiveness: availability × performance × quality, with the \
             mean service time as the ideal cycle.",
        ),
    ]);
    declarations.extend(outputs);
    declarations
}

fn station_attributes() -> Vec<Attribute> {
    let mut attributes = RandomTime::SERVICE.attributes_of_constant().to_vec();
    attributes.extend(RandomTime::FAILURE.attributes());
    attributes.extend(RandomTime::REPAIR.attributes());
    attributes.extend([
        choice(
            "failure_clock",
            &["Operating", "Calendar"],
            "Whether the time to a failure counts the time of work only, or all time.",
        ),
        asset(
            "repair_crew",
            &[name::RESOURCE_POOL],
            "Pool that one unit is taken from for a repair.",
        ),
        asset(
            "operators",
            &[name::RESOURCE_POOL],
            "Pool of the operators that it needs while it is set up and works.",
        ),
        asset(
            "waypoint",
            &[name::WAYPOINT],
            "Where operators and repair crews that walk have to come to.",
        ),
        asset("calendar", &[name::SHIFT_CALENDAR], "Its working hours."),
        choice(
            "at_shift_end",
            &["Finish", "Interrupt"],
            "Whether work that was begun is finished at the end of a shift, or interrupted.",
        ),
    ]);
    attributes
}

fn blocking() -> Attribute {
    choice(
        "blocking",
        &["AfterService", "BeforeService"],
        "Whether it waits for room behind it once its work is done, or before it begins.",
    )
}

pub(super) fn stations() -> [Kind; 5] {
    [machine(), server_pool(), assembly(), split(), inspection()]
}

fn machine() -> Kind {
    let mut parameters = vec![count(
        "batch",
        1.0,
        "Items that it works on at a time; it waits until it has as many.",
    )];
    parameters.extend(RandomTime::SET_UP.parameters(Some(0.0)));
    let mut attributes = station_attributes();
    attributes.extend(RandomTime::SET_UP.attributes_of_constant());
    attributes.push(blocking());
    Kind {
        name: name::MACHINE,
        title: "Machine",
        doc: "Works on one item or batch at a time. It is set up when the class of items \
              changes, fails and is repaired, starves without items and is blocked without room \
              behind it.",
        declarations: station(parameters, []),
        attributes,
        ports: vec![inlet(), outlet("out", "Where finished items go.")],
        shape: Shape::Machine,
        contingencies: contingency::of_station(),
        indicators: Vec::new(),
    }
}

fn server_pool() -> Kind {
    let parameters = [declaration(
        Causality::Parameter,
        "servers",
        "1",
        Some(1.0),
        Bounds::between(1.0, 60_000.0),
        "How many servers there are.",
    )];
    let mut attributes = station_attributes();
    attributes.push(blocking());
    Kind {
        name: name::SERVER_POOL,
        title: "Pool of servers",
        doc: "Several alike that work side by side, each on an item of its own: tellers, beds, \
              parallel machines. Shares of time are averages over them.",
        declarations: station(parameters, []),
        attributes,
        ports: vec![inlet(), outlet("out", "Where finished items go.")],
        shape: Shape::Stalls,
        contingencies: contingency::of_station(),
        indicators: Vec::new(),
    }
}

fn assembly() -> Kind {
    let docs = [
        "Items of the inlet `main` for each assembly.",
        "Items of the inlet `a` for each assembly.",
        "Items of the inlet `b` for each assembly.",
        "Items of the inlet `c` for each assembly.",
    ];
    let parameters = ASSEMBLY_INLETS
        .iter()
        .zip(docs)
        .map(|((_, need), doc)| count(need, 1.0, doc));
    let port = |name, at_least, doc| Port {
        name,
        medium: Medium::Items,
        at_least,
        at_most: usize::MAX,
        doc,
    };
    let mut attributes = station_attributes();
    attributes.push(blocking());
    Kind {
        name: name::ASSEMBLY,
        title: "Assembly",
        doc: "Joins items of two to four inlets to one, which keeps class, priority and age of \
              the first item of `main`.",
        declarations: station(parameters, []),
        attributes,
        ports: vec![
            port("main", 1, "The items that others are joined to."),
            port("a", 1, "The first of the others."),
            port("b", 0, "The second of the others, if there is one."),
            port("c", 0, "The third of the others, if there is one."),
            outlet("out", "Where assembled items go."),
        ],
        shape: Shape::Machine,
        contingencies: contingency::of_station(),
        indicators: Vec::new(),
    }
}

fn split() -> Kind {
    let parameters = [count("pieces", 2.0, "Pieces that each item is split into.")];
    Kind {
        name: name::SPLIT,
        title: "Split",
        doc: "Makes several items of one, alike in class, priority and age: cutting, \
              unpacking.",
        declarations: station(parameters, []),
        attributes: station_attributes(),
        ports: vec![inlet(), outlet("out", "Where the pieces go.")],
        shape: Shape::Machine,
        contingencies: contingency::of_station(),
        indicators: Vec::new(),
    }
}

fn inspection() -> Kind {
    let parameters = [
        declaration(
            Causality::Parameter,
            "defective",
            "%",
            Some(0.0),
            Bounds::between(0.0, 1.0),
            "Share of items found bad.",
        ),
        not_negative(
            "reworks",
            "1",
            1.0,
            "How often an item may be sent to be reworked before it is rejected.",
        ),
    ];
    let outputs = [
        output("bad", "1", "Items found bad."),
        output(
            "rejected_share",
            "%",
            "Of the items that left it, those found bad.",
        ),
    ];
    Kind {
        name: name::INSPECTION,
        title: "Inspection",
        doc: "Tells good items from bad ones. A bad item is sent to be reworked, and rejected \
              once it was reworked as often as it may be.",
        declarations: station(parameters, outputs),
        attributes: station_attributes(),
        ports: vec![
            inlet(),
            outlet("good", "Where good items go."),
            outlet("rework", "Where bad items go that may be reworked."),
            outlet("reject", "Where bad items go that may not."),
        ],
        shape: Shape::Gate,
        contingencies: contingency::of_station(),
        indicators: Vec::new(),
    }
}
