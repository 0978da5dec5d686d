//! Valves.

use super::link::{flow_outputs, open};
use super::{
    FOLLOW, choice, contingency, curve, declaration, name, not_negative, notes, output,
    quality_outputs, two_ends,
};
use crate::twin::Causality::{Input, Parameter};
use crate::twin::{Attribute, Bounds, Kind, Shape};

/// What is set on a valve: its unit and what it means.
type Setting = Option<(&'static str, &'static str)>;

fn valve(
    kind: &'static str,
    title: &'static str,
    doc: &'static str,
    setting: Setting,
    curve: Option<Attribute>,
) -> Kind {
    let mut declarations = vec![
        declaration(
            Parameter,
            "diameter",
            "mm",
            None,
            Bounds::POSITIVE,
            "Inner diameter.",
        ),
        not_negative(
            "minor_loss",
            "1",
            0.0,
            "Coefficient of the head lost when it is fully open, in velocity heads.",
        ),
    ];
    if let Some((unit, doc)) = setting {
        declarations.push(declaration(
            Parameter,
            "setting",
            unit,
            Some(0.0),
            Bounds::NONE,
            doc,
        ));
    }
    declarations.push(open(
        2.0,
        "0 shuts it, 1 opens it fully, 2 lets it regulate, whatever the controls say; below zero \
         it follows them.",
    ));
    if let Some((unit, _)) = setting {
        declarations.push(
            declaration(
                Input,
                "setting_command",
                unit,
                Some(FOLLOW),
                Bounds::NONE,
                "Its setting, whatever the controls say; below zero it follows them.",
            )
            .with_words(&[(FOLLOW, "follows its controls")]),
        );
    }
    declarations.push(
        declaration(
            Input,
            "stuck",
            "1",
            Some(0.0),
            Bounds::between(0.0, 2.0),
            "0 while it works, 1 while it is stuck open, 2 while it is stuck closed.",
        )
        .with_words(&[(0.0, "works"), (1.0, "stuck open"), (2.0, "stuck closed")]),
    );
    declarations.extend(flow_outputs());
    declarations.extend([
        output("velocity", "m/s", "Speed of the water, never below zero."),
        output(
            "headloss",
            "m",
            "Head lost in it, in the direction of a to b.",
        ),
    ]);
    if let Some((unit, _)) = setting {
        // The quantity cannot be called `setting` as well: that is the parameter.
        declarations.push(output("actual_setting", unit, "Its setting now."));
    }
    declarations.extend(quality_outputs());
    let mut attributes: Vec<Attribute> = curve.into_iter().collect();
    attributes.push(choice(
        "initial_status",
        &["Active", "Open", "Closed"],
        "Whether it regulates, is fully open or shut at the start of a run.",
    ));
    attributes.extend(notes());
    Kind {
        name: kind,
        title,
        doc,
        declarations,
        attributes,
        contingencies: contingency::of_valve(),
        indicators: Vec::new(),
        ports: two_ends(),
        shape: Shape::Valve,
    }
}

pub(super) fn valves() -> Vec<Kind> {
    vec![
        valve(
            name::PRESSURE_REDUCING_VALVE,
            "Pressure reducing valve",
            "Throttles so that the pressure at end b does not rise above its setting.",
            Some(("m", "Highest pressure at end b.")),
            None,
        ),
        valve(
            name::PRESSURE_SUSTAINING_VALVE,
            "Pressure sustaining valve",
            "Throttles so that the pressure at end a does not fall below its setting.",
            Some(("m", "Lowest pressure at end a.")),
            None,
        ),
        valve(
            name::PRESSURE_BREAKER_VALVE,
            "Pressure breaker valve",
            "Takes a fixed pressure away.",
            Some(("m", "Pressure taken away.")),
            None,
        ),
        valve(
            name::FLOW_CONTROL_VALVE,
            "Flow control valve",
            "Throttles so that the flow does not rise above its setting.",
            Some(("L/s", "Highest flow.")),
            None,
        ),
        valve(
            name::THROTTLE_VALVE,
            "Throttle valve",
            "Loses head in proportion to the velocity head.",
            Some(("1", "Coefficient of the head lost, in velocity heads.")),
            None,
        ),
        valve(
            name::GENERAL_PURPOSE_VALVE,
            "General purpose valve",
            "Loses head by a curve of its own: a turbine, a filter, a backflow preventer.",
            None,
            Some(curve("headloss_curve", "L/s", "m", "Head lost by flow.")),
        ),
        valve(
            name::POSITIONAL_VALVE,
            "Positional control valve",
            "Loses head by how far it is open.",
            Some(("%", "How far it is open.")),
            Some(curve(
                "position_curve",
                "%",
                "%",
                "Flow coefficient, relative to that of the open valve, by how far it is open; \
                 in proportion where none is given.",
            )),
        ),
    ]
}
