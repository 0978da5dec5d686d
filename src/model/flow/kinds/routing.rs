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

/// Values of the parameter `other_rule`, which puts a rule in the place of a router's own.
pub mod other_rule {
    use crate::model::flow::network::Rule;

    /// Its own rule.
    pub const NONE: f64 = -1.0;
    /// By the weights.
    pub const CHANCE: f64 = 0.0;
    /// One outlet after the other.
    pub const TURNS: f64 = 1.0;
    /// By the class of the item.
    pub const CLASS: f64 = 2.0;
    /// Where the fewest items are.
    pub const SHORTEST: f64 = 3.0;
    /// The first that has room.
    pub const FIRST_FREE: f64 = 4.0;

    /// The words for them.
    pub(super) const WORDS: [(f64, &str); 6] = [
        (NONE, "its own rule"),
        (CHANCE, "by chance"),
        (TURNS, "in turns"),
        (CLASS, "by class"),
        (SHORTEST, "the shortest"),
        (FIRST_FREE, "the first free"),
    ];

    /// The rule of a value; chances are without weights yet.
    pub(in crate::model::flow) fn rule(value: f64) -> Option<Rule> {
        let is = |one: f64| (value - one).abs() < 0.5;
        let rules = [
            (CHANCE, Rule::Chance(Vec::new())),
            (TURNS, Rule::Turns),
            (CLASS, Rule::Class),
            (SHORTEST, Rule::Shortest),
            (FIRST_FREE, Rule::FirstFree),
        ];
        rules
            .into_iter()
            .find(|(one, _)| is(*one))
            .map(|(_, rule)| rule)
    }
}

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
            Some(other_rule::NONE),
            Bounds::between(other_rule::NONE, other_rule::FIRST_FREE),
            "A rule in place of that of the attribute `rule`, for a what-if: 0 for chance, 1 for \
             turns, 2 for the class, 3 for the shortest, 4 for the first free; below zero: none.",
        )
        .with_words(&other_rule::WORDS),
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
