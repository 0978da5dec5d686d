//! Routers.

use super::{WEIGHTS, attribute, choice, declaration, inlet, name, not_negative, passing_outputs};
use crate::twin::{AttributeForm, Bounds, Causality, Kind, Medium, Port, Shape};

const WEIGHT_DOCS: [&str; 8] = [
    "Weight of the first outlet, for a choice by chance.",
    "Weight of the second outlet.",
    "Weight of the third outlet.",
    "Weight of the fourth outlet.",
    "Weight of the fifth outlet.",
    "Weight of the sixth outlet.",
    "Weight of the seventh outlet.",
    "Weight of the eighth outlet.",
];

/// The words for the values of `other_rule`.
const RULES: [(f64, &str); 6] = [
    (-1.0, "its own rule"),
    (0.0, "by chance"),
    (1.0, "in turns"),
    (2.0, "by class"),
    (3.0, "the shortest"),
    (4.0, "the first free"),
];

pub(super) fn router() -> Kind {
    let mut declarations: Vec<_> = WEIGHTS
        .into_iter()
        .zip(WEIGHT_DOCS)
        .map(|(name, doc)| not_negative(name, "1", 1.0, doc))
        .collect();
    declarations.push(
        declaration(
            Causality::Parameter,
            "other_rule",
            "1",
            Some(-1.0),
            Bounds::between(-1.0, 4.0),
            "A rule in place of that of the attribute `rule`, for a what-if: 0 for chance, 1 for \
             turns, 2 for the class, 3 for the shortest, 4 for the first free; below zero: none.",
        )
        .with_words(&RULES),
    );
    declarations.extend(passing_outputs());
    Kind {
        name: name::ROUTER,
        title: "Router",
        doc: "Chooses a way for each item. It holds none: an item stays where it is until the \
              part behind the router takes it. Its outlets are numbered in the order in which \
              the document links them.",
        declarations,
        attributes: vec![
            choice(
                "rule",
                &[
                    "Chance",
                    "Turns",
                    "Class",
                    "Timetable",
                    "Shortest",
                    "FirstFree",
                ],
                "How it chooses: at random by the weights; one outlet after the other; the \
                 outlet of the item's class, counted from zero; the outlet that the timetable \
                 gives, counted from zero; the open outlet with the fewest items behind it; the \
                 first open one. The first four stand by their choice, even where it is \
                 blocked.",
            ),
            attribute(
                "timetable",
                AttributeForm::Pattern,
                None,
                "Numbers of outlets in time, from zero.",
            ),
        ],
        ports: vec![
            inlet(),
            Port {
                name: "out",
                medium: Medium::Items,
                at_least: 1,
                at_most: usize::MAX,
                doc: "The ways.",
            },
        ],
        shape: Shape::Junction,
        contingencies: Vec::new(),
        indicators: Vec::new(),
    }
}
