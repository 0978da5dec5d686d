//! Pumps.

use super::link::{flow_outputs, open};
use super::{
    FOLLOW, choice, contingency, curve, declaration, name, not_negative, notes, output, pattern,
    quality_outputs, two_ends,
};
use crate::twin::Causality::{Input, Parameter, State};
use crate::twin::{Bounds, Indicator, Kind, Measure, Shape};

pub(super) fn pump() -> Kind {
    let mut declarations = vec![
        not_negative(
            "power",
            "kW",
            0.0,
            "Power it gives the water, for a pump without a head curve.",
        ),
        not_negative(
            "speed",
            "1",
            1.0,
            "Speed at the start of a run, relative to that of its curve.",
        ),
        declaration(
            Parameter,
            "energy_price",
            "{currency}/(kW.h)",
            Some(0.0),
            Bounds::NOT_NEGATIVE,
            "Price of its energy; zero: the network's.",
        ),
        declaration(
            Input,
            "available",
            "1",
            Some(1.0),
            Bounds::between(0.0, 1.0),
            "1 while it can run, 0 while it cannot: an outage.",
        )
        .with_words(&[(0.0, "out of order"), (1.0, "can run")]),
        open(
            1.0,
            "1 starts it and 0 stops it, whatever the controls say; below zero it follows them.",
        )
        .with_words(&[
            (FOLLOW, "follows its controls"),
            (0.0, "stopped"),
            (1.0, "started"),
        ]),
        declaration(
            Input,
            "speed_command",
            "1",
            Some(FOLLOW),
            Bounds {
                low: FOLLOW,
                ..Bounds::NOT_NEGATIVE
            },
            "Relative speed, whatever pattern and controls say; below zero it follows them.",
        )
        .with_words(&[(FOLLOW, "follows its controls")]),
        declaration(
            State,
            "energy",
            "kW.h",
            None,
            Bounds::NONE,
            "Electrical energy drawn since the start of the run.",
        ),
    ];
    declarations.extend(flow_outputs());
    declarations.extend([
        output("head_gain", "m", "Head it adds."),
        output("setting", "1", "Relative speed now."),
        output(
            "efficiency",
            "%",
            "Of its electrical power, what the water gets.",
        ),
        output("power_drawn", "kW", "Electrical power drawn."),
        output("cost_rate", "{currency}/h", "Cost of its energy per time."),
    ]);
    declarations.extend(quality_outputs());
    let mut attributes = vec![
        curve(
            "head_curve",
            "L/s",
            "m",
            "Head by flow at full speed. One point stands for a curve through 4/3 of its head at \
             no flow and no head at twice its flow; three points with one at no flow for a power \
             law; others are joined by straight lines.",
        ),
        curve(
            "efficiency_curve",
            "L/s",
            "%",
            "Efficiency by flow; the network's `pump_efficiency` where none is given.",
        ),
        pattern("speed_pattern", "Relative speed in time."),
        pattern("price_pattern", "Multiplies the price of energy in time."),
        choice(
            "initial_status",
            &["Open", "Closed"],
            "Whether it runs at the start of a run.",
        ),
    ];
    attributes.extend(notes());
    Kind {
        name: name::PUMP,
        title: "Pump",
        doc: "Raises the head of the water that flows through it, from end a (suction) to end b. \
              Water does not flow back through it.",
        declarations,
        attributes,
        contingencies: contingency::of_pump(),
        indicators: vec![
            Indicator::of("Energy of pumps", "energy", Measure::Growth, "kW.h"),
            Indicator::of(
                "Cost of their energy",
                "cost_rate",
                Measure::Total,
                "{currency}",
            ),
        ],
        ports: two_ends(),
        shape: Shape::Pump,
    }
}
