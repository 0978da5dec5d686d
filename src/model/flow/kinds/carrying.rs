//! Where items wait, are carried and leave: buffers, conveyors, sinks.

use super::{
    choice, contingency, declaration, inlet, input, name, not_negative, outlet, output,
    passing_outputs,
};
use crate::twin::{Bounds, Causality, Declaration, Kind, Shape};

fn content_outputs() -> [Declaration; 3] {
    [
        output("content", "1", "Items in it."),
        output("mean_content", "1", "Items in it on average."),
        output("mean_stay", "s", "Time that items stayed in it on average."),
    ]
}

pub(super) fn buffer() -> Kind {
    let mut declarations = vec![not_negative(
        "capacity",
        "1",
        0.0,
        "Most items in it; zero: no limit.",
    )];
    declarations.extend(content_outputs());
    declarations.push(output(
        "fill",
        "%",
        "Items in it, of its capacity; zero where it has no limit.",
    ));
    declarations.extend(passing_outputs());
    Kind {
        name: name::BUFFER,
        title: "Buffer",
        doc: "Where items wait: a queue, a shelf, a waiting room.",
        declarations,
        attributes: vec![choice(
            "discipline",
            &["FirstInFirstOut", "LastInFirstOut", "Priority", "DueDate"],
            "Which item leaves first.",
        )],
        ports: vec![inlet(), outlet("out", "Where its items go.")],
        shape: Shape::Rack,
        contingencies: contingency::of_buffer(),
        indicators: Vec::new(),
    }
}

pub(super) fn conveyor() -> Kind {
    let positive = |name, unit, doc| {
        declaration(
            Causality::Parameter,
            name,
            unit,
            None,
            Bounds::POSITIVE,
            doc,
        )
    };
    let mut declarations = vec![
        positive("length", "m", "Way from its start to its end."),
        positive("speed", "m/s", "Speed at which it carries."),
        positive(
            "item_length",
            "m",
            "Room that an item takes on it, with the gap to the next.",
        ),
    ];
    declarations.extend(content_outputs());
    declarations.extend(passing_outputs());
    declarations.push(output(
        "blocked",
        "%",
        "Share of time in which the item at its end could not leave.",
    ));
    Kind {
        name: name::CONVEYOR,
        title: "Conveyor",
        doc: "Carries items in order, as many as find room on it.",
        declarations,
        attributes: vec![choice(
            "accumulation",
            &["Accumulating", "Stopping"],
            "What happens while the item at its end cannot leave: the others close up behind \
             it, or the conveyor stands still.",
        )],
        ports: vec![inlet(), outlet("out", "Where items go from its end.")],
        shape: Shape::Belt,
        contingencies: Vec::new(),
        indicators: Vec::new(),
    }
}

pub(super) fn sink() -> Kind {
    let mut declarations = passing_outputs().to_vec();
    declarations.extend([
        input(
            "shut",
            0.0,
            Bounds::between(0.0, 1.0),
            "1 while nothing can leave here; what comes waits before it.",
        )
        .with_words(&[(0.0, "open"), (1.0, "shut")]),
        output(
            "mean_stay",
            "s",
            "Time from making to leaving on average: the lead time.",
        ),
        output("late", "1", "Items that came after they were due."),
    ]);
    Kind {
        name: name::SINK,
        title: "Sink",
        doc: "Where items leave.",
        declarations,
        attributes: Vec::new(),
        ports: vec![inlet()],
        shape: Shape::Reservoir,
        contingencies: contingency::of_sink(),
        indicators: Vec::new(),
    }
}
