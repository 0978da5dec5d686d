//! Pipes.

use super::{
    FOLLOW, choice, contingency, declaration, name, not_negative, notes, output, quality_outputs,
    two_ends,
};
use crate::twin::Causality::{Input, Parameter};
use crate::twin::{Bounds, Declaration, Kind, Shape};

/// The input that opens and shuts a link in place of the document's controls.
pub(super) fn open(high: f64, doc: &'static str) -> Declaration {
    declaration(
        Input,
        "open",
        "1",
        Some(FOLLOW),
        Bounds::between(FOLLOW, high),
        doc,
    )
    .with_words(&[
        (FOLLOW, "follows its controls"),
        (0.0, "shut"),
        (1.0, "open"),
        (2.0, "regulates"),
    ])
}

/// What every link tells of the water in it.
pub(super) fn flow_outputs() -> [Declaration; 2] {
    [
        output("flow", "L/s", "Flow from end a to end b."),
        output("status", "1", "0 closed, 1 open, 2 active: it regulates.").with_words(&[
            (0.0, "closed"),
            (1.0, "open"),
            (2.0, "regulates"),
        ]),
    ]
}

pub(super) fn pipe() -> Kind {
    let mut declarations = vec![
        declaration(
            Parameter,
            "length",
            "m",
            None,
            Bounds::POSITIVE,
            "Length of the way the water goes; a drawing may be shorter.",
        ),
        declaration(
            Parameter,
            "diameter",
            "mm",
            None,
            Bounds::POSITIVE,
            "Inner diameter.",
        ),
        declaration(
            Parameter,
            "roughness",
            "1",
            Some(100.0),
            Bounds::POSITIVE,
            "Hazen-Williams coefficient C, or Manning's n where the network computes with \
             Chezy-Manning.",
        ),
        declaration(
            Parameter,
            "roughness_height",
            "mm",
            Some(0.1e-3),
            Bounds::POSITIVE,
            "Height of the wall's roughness, where the network computes with Darcy-Weisbach.",
        ),
        not_negative(
            "minor_loss",
            "1",
            0.0,
            "Coefficient of the head lost at bends and fittings, in velocity heads.",
        ),
        declaration(
            Parameter,
            "bulk_coefficient",
            "1/d",
            Some(0.0),
            Bounds::NONE,
            "Reaction in the bulk of the water, below zero where it decays; the network's where the \
             document gives none. For a `bulk_order` other than 1, per the network's \
             `concentration_unit` to the power of the order less one.",
        ),
        declaration(
            Parameter,
            "wall_coefficient",
            "m/d",
            Some(0.0),
            Bounds::NONE,
            "Reaction at the wall for a `wall_order` of 1, below zero where it decays; the \
             network's where the document gives none.",
        ),
        declaration(
            Parameter,
            "wall_rate",
            "mg/(m2.d)",
            Some(0.0),
            Bounds::NONE,
            "Reaction at the wall for a `wall_order` of 0, below zero where it decays; the \
             network's where the document gives none.",
        ),
        not_negative(
            "leak_area",
            "mm2/hm",
            0.0,
            "Area of leaks along the pipe without pressure, per length.",
        ),
        not_negative(
            "leak_expansion",
            "mm2/(m.hm)",
            0.0,
            "Growth of that area per metre of pressure.",
        ),
        open(
            1.0,
            "1 opens it and 0 shuts it, whatever the controls say; below zero it follows them.",
        ),
        declaration(
            Input,
            "leak_coefficient",
            "L/s",
            Some(0.0),
            Bounds::NOT_NEGATIVE,
            "Flow out of a burst in its middle at a pressure of 1 m, by the law of emitters.",
        ),
    ];
    declarations.extend(flow_outputs());
    declarations.extend([
        output("velocity", "m/s", "Speed of the water, never below zero."),
        output(
            "headloss",
            "m",
            "Head lost along it, in the direction of a to b.",
        ),
        output("leakage", "L/s", "Flow out of its leaks."),
    ]);
    declarations.extend(quality_outputs());
    let mut attributes = vec![
        choice(
            "check_valve",
            &["No", "Yes"],
            "Whether water can only flow from end a to end b.",
        ),
        choice(
            "initial_status",
            &["Open", "Closed"],
            "Whether it is open at the start of a run.",
        ),
    ];
    attributes.extend(notes());
    Kind {
        name: name::PIPE,
        title: "Pipe",
        doc: "Carries water and loses head by friction.",
        declarations,
        attributes,
        contingencies: contingency::of_pipe(),
        indicators: Vec::new(),
        ports: two_ends(),
        shape: Shape::Connection,
    }
}
