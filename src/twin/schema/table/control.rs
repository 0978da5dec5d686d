//! The table of patterns, curves, controls and rules.

use super::super::{Choice, Part, Value, VariantContent};
use super::leaf::*;

use Value::{Leaf as Single, List, Tuple};
use VariantContent::{Nothing, One, Several};

/// A variable and the value it takes.
static SETTING: Value = Tuple(&[&VARIABLE, &QUANTITY]);

pub(super) static PATTERN: Part = Part {
    name: "Pattern",
    title: "a pattern",
    doc: "Multipliers that follow each other in time and begin again after the last.",
    fields: &[
        required("id", Single(&NAME), "Unique name among the patterns."),
        default("name", Single(&TEXT), "the id", "Name on the screen."),
        required(
            "step",
            Single(&DURATION),
            "How long each value holds; above zero.",
        ),
        default(
            "start",
            Single(&DURATION),
            "`0 s`",
            "How far into the pattern simulation time zero is.",
        ),
        required(
            "values",
            List(&Single(&NUMBER)),
            "The multipliers; at least one.",
        ),
    ],
};

pub(super) static CURVE: Part = Part {
    name: "Curve",
    title: "a curve",
    doc: "One quantity as a function of another, given by points.",
    fields: &[
        required("id", Single(&NAME), "Unique name among the curves."),
        default("name", Single(&TEXT), "the id", "Name on the screen."),
        required(
            "x",
            Single(&UNIT),
            "Unit of the first number of each point; it has to convert to what the attribute wants that names the curve.",
        ),
        required(
            "y",
            Single(&UNIT),
            "Unit of the second number of each point.",
        ),
        required(
            "points",
            List(&Tuple(&[&NUMBER, &NUMBER])),
            "The points, the first numbers rising; at least one.",
        ),
    ],
};

pub(super) static CONTROL: Part = Part {
    name: "Control",
    title: "a control",
    doc: "When something happens, variables take values and keep them until something else sets them.",
    fields: &[
        default(
            "id",
            Single(&NAME),
            "none",
            "Unique name among the controls.",
        ),
        required("when", Value::Choice(&CONDITION), "When it acts."),
        required(
            "set",
            List(&SETTING),
            "The variables it sets, inputs or parameters, each with its value.",
        ),
        default(
            "disabled",
            Single(&TRUTH),
            "`false`",
            "Whether it is kept and does nothing.",
        ),
    ],
};

pub(super) static CONDITION: Choice = Choice {
    name: "Condition",
    title: "a condition",
    example: "At(\"1 h\")",
    doc: "When a control acts.",
    variants: &[
        variant(
            "Above",
            Several(&[&VARIABLE, &QUANTITY]),
            "While the variable is above the value.",
        ),
        variant(
            "Below",
            Several(&[&VARIABLE, &QUANTITY]),
            "While the variable is below the value.",
        ),
        variant(
            "At",
            One(Single(&DURATION)),
            "Once, at a time since the start of the run.",
        ),
        variant(
            "Daily",
            One(Single(&DURATION)),
            "Every day at a time of day, counted from midnight; below 24 h.",
        ),
    ],
};

pub(super) static RULE: Part = Part {
    name: "Rule",
    title: "a rule",
    doc: "Premises, and what is set while they hold and while they do not.",
    fields: &[
        required("id", Single(&NAME), "Unique name among the rules."),
        default("name", Single(&TEXT), "the id", "Name on the screen."),
        default(
            "priority",
            Single(&NUMBER),
            "`0`",
            "Of two rules that set the same variable at the same time, the one of higher priority counts.",
        ),
        required(
            "premises",
            List(&Value::Part(&PREMISE)),
            "What is asked, from first to last. An `And` is asked only where what stands before it holds, and otherwise ends the rule with no; an `Or` is asked only where it does not.",
        ),
        required(
            "then",
            List(&SETTING),
            "What is set while the premises hold.",
        ),
        default(
            "otherwise",
            List(&SETTING),
            "nothing",
            "What is set while they do not.",
        ),
        default(
            "disabled",
            Single(&TRUTH),
            "`false`",
            "Whether it is kept and does nothing.",
        ),
    ],
};

pub(super) static PREMISE: Part = Part {
    name: "Premise",
    title: "a premise",
    doc: "One comparison of a rule.",
    fields: &[
        required(
            "join",
            Value::Choice(&JOIN),
            "How it joins what stands before it; the first is an `If`.",
        ),
        required("of", Value::Choice(&SUBJECT), "What is compared."),
        required("relation", Value::Choice(&RELATION), "How."),
        required(
            "value",
            Single(&QUANTITY),
            "With what; for times a duration such as `6 h`.",
        ),
    ],
};

pub(super) static JOIN: Choice = Choice {
    name: "Join",
    title: "a join",
    example: "If",
    doc: "How a premise joins those before it.",
    variants: &[
        variant("If", Nothing, "The first premise."),
        variant("And", Nothing, "It must hold as well."),
        variant("Or", Nothing, "It is enough that it holds."),
    ],
};

pub(super) static SUBJECT: Choice = Choice {
    name: "Subject",
    title: "a subject",
    example: "Time",
    doc: "What a premise looks at.",
    variants: &[
        variant("Variable", One(Single(&VARIABLE)), "A variable."),
        variant("Time", Nothing, "The time since the start of the run."),
        variant(
            "ClockTime",
            Nothing,
            "The time of day, counted from midnight.",
        ),
    ],
};

pub(super) static RELATION: Choice = Choice {
    name: "Relation",
    title: "a relation",
    example: "Above",
    doc: "How a premise compares.",
    variants: &[
        variant("Below", Nothing, "Less than the value."),
        variant("Above", Nothing, "Greater than the value."),
        variant("Equal", Nothing, "Equal to the value."),
        variant("NotEqual", Nothing, "Other than the value."),
        variant("AtMost", Nothing, "Less than or equal to the value."),
        variant("AtLeast", Nothing, "Greater than or equal to the value."),
    ],
};
