//! Junctions, demands, reservoirs and tanks.

use super::{
    attribute, choice, contingency, curve, declaration, name, node_port, not_negative, notes,
    output, pattern, quality_outputs,
};
use crate::twin::Causality::{Input, Parameter, State};
use crate::twin::{
    Attribute, AttributeForm, Bounds, Declaration, Indicator, Kind, Measure, Medium, Port, Shape,
};

/// What is put into the water at a node.
fn source_inputs() -> [Declaration; 2] {
    [
        declaration(
            Input,
            "source_quality",
            "mg/L",
            Some(0.0),
            Bounds::NOT_NEGATIVE,
            "Concentration of what is put in here; `source_type` says how it acts.",
        ),
        declaration(
            Input,
            "source_mass",
            "mg/min",
            Some(0.0),
            Bounds::NOT_NEGATIVE,
            "Mass put in here per time, whatever the `source_type`, while water leaves.",
        ),
    ]
}

fn source_attributes() -> [Attribute; 2] {
    [
        attribute(
            "source_type",
            AttributeForm::Choice(&["Concentration", "Mass", "FlowPaced", "Setpoint"]),
            None,
            "How `source_quality` acts: as that of the water that enters from outside, not at all \
             (Mass), added to what leaves, or as the least that leaves. Where it is not said, as \
             Concentration, and at a junction that no water enters from outside as Setpoint.",
        ),
        pattern(
            "source_pattern",
            "Multiplies the source's strength in time.",
        ),
    ]
}

fn initial_quality() -> [Declaration; 2] {
    [
        not_negative(
            "initial_quality",
            "mg/L",
            0.0,
            "Concentration at the start of a run.",
        ),
        not_negative("initial_age", "h", 0.0, "Age at the start of a run."),
    ]
}

/// The pressure at junctions that people draw from: a suction header may have little.
fn where_drawn(title: &'static str, measure: Measure, unit: &'static str) -> Indicator {
    Indicator {
        among: Some("base_demand"),
        ..Indicator::of(title, "pressure", measure, unit)
    }
}

pub(super) fn junction() -> Kind {
    let mut declarations = vec![
        declaration(
            Parameter,
            "elevation",
            "m",
            Some(0.0),
            Bounds::NONE,
            "Height above the datum.",
        ),
        declaration(
            Parameter,
            "base_demand",
            "L/s",
            Some(0.0),
            Bounds::NONE,
            "Water drawn before patterns and factors; below zero where water enters.",
        ),
        not_negative(
            "emitter_coefficient",
            "L/s",
            0.0,
            "Flow out of an emitter (a sprinkler, a leak) at a pressure of 1 m; it grows with \
             the pressure to the power of the network's `emitter_exponent`.",
        ),
    ];
    declarations.extend(initial_quality());
    declarations.extend([
        declaration(
            Input,
            "demand_factor",
            "1",
            Some(1.0),
            Bounds::NOT_NEGATIVE,
            "Multiplies all demand of the junction.",
        ),
        declaration(
            Input,
            "extra_demand",
            "L/s",
            Some(0.0),
            Bounds::NONE,
            "Demand on top of all others: a fire flow, a surge.",
        ),
        declaration(
            Input,
            "leak_coefficient",
            "L/s",
            Some(0.0),
            Bounds::NOT_NEGATIVE,
            "Flow out of a burst or leak at a pressure of 1 m, by the law of emitters.",
        ),
    ]);
    declarations.extend(source_inputs());
    declarations.extend([
        output("head", "m", "Height of the hydraulic grade line."),
        output(
            "pressure",
            "m",
            "Head above the elevation, as a column of the fluid.",
        ),
        output("demand", "L/s", "Consumer demand delivered."),
        output(
            "demand_deficit",
            "L/s",
            "Consumer demand that the pressure does not deliver.",
        ),
        output("emitter_flow", "L/s", "Flow out of the emitter."),
        output(
            "leakage",
            "L/s",
            "Flow lost here: its own leak and its share of leaking pipes.",
        ),
    ]);
    declarations.extend(quality_outputs());
    let mut attributes = vec![
        pattern(
            "demand_pattern",
            "Multiplies the base demand in time; the network's default pattern where none is given.",
        ),
        super::text("demand_category", "Who draws the water."),
    ];
    attributes.extend(source_attributes());
    attributes.extend(notes());
    Kind {
        name: name::JUNCTION,
        title: "Junction",
        doc: "Where pipes meet and water is drawn. The flows that meet here and the water drawn \
              add to zero.",
        declarations,
        attributes,
        contingencies: contingency::of_junction(),
        indicators: vec![
            where_drawn("Lowest customer pressure", Measure::Lowest, "m"),
            where_drawn("Junctions below 10 m", Measure::Below(10.0), "1"),
            where_drawn("Junctions that lose over 5 m", Measure::Loses(5.0), "1"),
            Indicator::of(
                "Water not delivered",
                "demand_deficit",
                Measure::Total,
                "m3",
            ),
            Indicator::of("Water lost", "leakage", Measure::Total, "m3"),
        ],
        ports: vec![
            node_port(),
            Port {
                name: "demands",
                medium: Medium::Signal,
                at_least: 0,
                at_most: usize::MAX,
                doc: "Further categories of demand.",
            },
        ],
        shape: Shape::Junction,
    }
}

pub(super) fn demand() -> Kind {
    Kind {
        name: name::DEMAND,
        title: "Demand",
        doc: "A further category of demand of a junction, with a pattern of its own.",
        declarations: vec![declaration(
            Parameter,
            "base_demand",
            "L/s",
            Some(0.0),
            Bounds::NONE,
            "Water drawn before patterns and factors; below zero where water enters.",
        )],
        attributes: vec![
            pattern(
                "pattern",
                "Multiplies the base demand in time; the network's default pattern where none is given.",
            ),
            super::text("category", "Who draws the water."),
        ],
        contingencies: Vec::new(),
        indicators: Vec::new(),
        ports: vec![Port {
            name: "junction",
            medium: Medium::Signal,
            at_least: 1,
            at_most: 1,
            doc: "The `demands` port of the junction that the water is drawn from.",
        }],
        shape: Shape::Connection,
    }
}

pub(super) fn reservoir() -> Kind {
    let mut declarations = vec![declaration(
        Parameter,
        "head",
        "m",
        None,
        Bounds::NONE,
        "Height of its water surface above the datum, before its pattern.",
    )];
    declarations.extend(initial_quality());
    declarations.extend(source_inputs());
    declarations.extend([
        output(
            "hydraulic_grade",
            "m",
            "Height of its water surface now: `head` times its pattern.",
        ),
        output(
            "inflow",
            "L/s",
            "Flow into it; below zero where it gives water.",
        ),
    ]);
    declarations.extend(quality_outputs());
    let mut attributes = vec![pattern("head_pattern", "Multiplies the head in time.")];
    attributes.extend(source_attributes());
    attributes.extend(notes());
    Kind {
        name: name::RESERVOIR,
        title: "Reservoir",
        doc: "A source or sink whose head is given, whatever flows: a lake, a groundwater well, \
              the connection to another network.",
        declarations,
        attributes,
        contingencies: contingency::of_reservoir(),
        indicators: Vec::new(),
        ports: vec![node_port()],
        shape: Shape::Reservoir,
    }
}

pub(super) fn tank() -> Kind {
    let mut declarations = vec![
        declaration(
            Parameter,
            "elevation",
            "m",
            Some(0.0),
            Bounds::NONE,
            "Height of its bottom above the datum.",
        ),
        not_negative(
            "initial_level",
            "m",
            0.0,
            "Height of the water above the bottom at the start of a run.",
        ),
        not_negative(
            "minimum_level",
            "m",
            0.0,
            "Level at which it gives no more water.",
        ),
        declaration(
            Parameter,
            "maximum_level",
            "m",
            None,
            Bounds::NOT_NEGATIVE,
            "Level at which it takes no more water, or flows over.",
        ),
        not_negative(
            "diameter",
            "m",
            0.0,
            "Diameter of the cylinder, where no volume curve is given.",
        ),
        not_negative(
            "minimum_volume",
            "m3",
            0.0,
            "Volume at the minimum level; zero: that of the cylinder below it.",
        ),
        declaration(
            Parameter,
            "mixing_fraction",
            "1",
            Some(1.0),
            Bounds::between(0.0, 1.0),
            "Part of the volume that takes the flow, for mixing in two compartments.",
        ),
        declaration(
            Parameter,
            "bulk_coefficient",
            "1/d",
            Some(0.0),
            Bounds::NONE,
            "Reaction in the bulk of the water, below zero where it decays; the network's where \
             the document gives none.",
        ),
    ];
    declarations.extend(initial_quality());
    declarations.push(declaration(
        Input,
        "in_service",
        "1",
        Some(1.0),
        Bounds::between(0.0, 1.0),
        "1 while it takes part, 0 while it is shut off for maintenance.",
    ));
    declarations.extend(source_inputs());
    declarations.push(declaration(
        State,
        "level",
        "m",
        None,
        Bounds::NONE,
        "Height of the water above the bottom.",
    ));
    declarations.extend([
        output("head", "m", "Height of its water surface above the datum."),
        output("volume", "m3", "Water in it."),
        output(
            "inflow",
            "L/s",
            "Flow into it; below zero where it gives water.",
        ),
        output(
            "overflow_rate",
            "L/s",
            "Flow over its rim, where it may flow over.",
        ),
        output("fill_time", "h", "Time until it is full at this inflow."),
        output("drain_time", "h", "Time until it is empty at this outflow."),
    ]);
    declarations.extend(quality_outputs());
    let mut attributes = vec![
        curve(
            "volume_curve",
            "m",
            "m3",
            "Volume by level, where it is not a cylinder.",
        ),
        choice(
            "overflow",
            &["No", "Yes"],
            "Whether water flows over when it is full; it takes no more otherwise.",
        ),
        attribute(
            "mixing_model",
            AttributeForm::Choice(&[
                "Mixed",
                "TwoCompartment",
                "FirstInFirstOut",
                "LastInFirstOut",
            ]),
            Some("Mixed"),
            "How water mixes in it.",
        ),
    ];
    attributes.extend(source_attributes());
    attributes.extend(notes());
    Kind {
        name: name::TANK,
        title: "Tank",
        doc: "Stores water. Its level follows from what flows in and out; at its minimum it gives \
              nothing, at its maximum it takes nothing or flows over.",
        declarations,
        attributes,
        contingencies: contingency::of_tank(),
        indicators: vec![Indicator::of(
            "Lowest level of a tank",
            "level",
            Measure::Lowest,
            "m",
        )],
        ports: vec![node_port()],
        shape: Shape::Tank,
    }
}
