//! What holds for the whole network.

use super::{
    attribute, choice, contingency, declaration, name, not_negative, output, pattern, text,
};
use crate::twin::Causality::{Input, Parameter};
use crate::twin::{Attribute, AttributeForm, Bounds, Declaration, Kind, Shape};

/// An hour \[s].
const HOUR: f64 = 3_600.0;

/// A plain positive number with its default.
fn number(name: &'static str, default: f64, doc: &'static str) -> Declaration {
    not_negative(name, "1", default, doc)
}

fn time(name: &'static str, default: f64, doc: &'static str) -> Declaration {
    not_negative(name, "h", default, doc)
}

fn hydraulic_options() -> Vec<Declaration> {
    vec![
        number(
            "accuracy",
            0.001,
            "Converged when the flow changes of a trial, added, are this part of the flows, added.",
        ),
        number(
            "maximum_trials",
            200.0,
            "Most trials to find the heads of one time.",
        ),
        number(
            "extra_trials",
            10.0,
            "Trials with all statuses held when the others did not suffice, where it goes on then.",
        ),
        not_negative(
            "head_error",
            "m",
            0.0,
            "Largest error in the head loss of a link when converged; zero: not asked.",
        ),
        not_negative(
            "flow_change",
            "L/s",
            0.0,
            "Largest change of a flow in a trial when converged; zero: not asked.",
        ),
        number(
            "check_frequency",
            2.0,
            "Trials between two checks of statuses.",
        ),
        number(
            "maximum_check",
            10.0,
            "Trials after which statuses are no longer checked before convergence.",
        ),
        number(
            "damping_limit",
            0.0,
            "Accuracy at which flow changes begin to be damped; zero: never.",
        ),
        declaration(
            Parameter,
            "kinematic_viscosity",
            "m2/s",
            Some(1.021_933_44e-6),
            Bounds::POSITIVE,
            "Kinematic viscosity of the water; 1.1e-5 ft2/s where the document says nothing.",
        ),
        declaration(
            Parameter,
            "specific_gravity",
            "1",
            Some(1.0),
            Bounds::POSITIVE,
            "Weight of the fluid relative to that of water at 4 Cel.",
        ),
        declaration(
            Parameter,
            "emitter_exponent",
            "1",
            Some(0.5),
            Bounds::POSITIVE,
            "Power of the pressure that the flow of emitters and leaks grows with.",
        ),
        declaration(
            Parameter,
            "minimum_pressure",
            "m",
            Some(0.0),
            Bounds::NONE,
            "Pressure at which demand is no longer delivered, where it depends on pressure.",
        ),
        declaration(
            Parameter,
            "required_pressure",
            "m",
            Some(0.1),
            Bounds::NONE,
            "Pressure at which all demand is delivered, where it depends on pressure.",
        ),
        declaration(
            Parameter,
            "pressure_exponent",
            "1",
            Some(0.5),
            Bounds::POSITIVE,
            "Power of the pressure that the delivered demand grows with between the two.",
        ),
    ]
}

fn times() -> Vec<Declaration> {
    vec![
        time("duration", 0.0, "Length of a run; zero: a single instant."),
        time(
            "hydraulic_step",
            HOUR,
            "Longest time between two hydraulic solutions.",
        ),
        time(
            "quality_step",
            HOUR / 10.0,
            "Time between two steps of water quality.",
        ),
        time(
            "rule_step",
            HOUR / 10.0,
            "Time between two evaluations of the rules inside a hydraulic step.",
        ),
        time(
            "pattern_start",
            0.0,
            "How far into all patterns time zero is, on top of each one's own `start`.",
        ),
        time("report_step", HOUR, "Time between two reported times."),
        time("report_start", 0.0, "The first reported time."),
        time("start_clock", 0.0, "Time of day at time zero."),
    ]
}

/// How the map of an EPANET file lies in the document, for its export.
fn map_options() -> Vec<Declaration> {
    let origin = |name, doc| declaration(Parameter, name, "1", Some(0.0), Bounds::NONE, doc);
    vec![
        origin(
            "map_origin_x",
            "The first number of the map's point at the document's origin.",
        ),
        origin(
            "map_origin_y",
            "The second number of the map's point at the document's origin.",
        ),
        declaration(
            Parameter,
            "map_scale",
            "m",
            Some(1.0),
            Bounds::POSITIVE,
            "Length of one unit of the map; of latitude for a map in degrees.",
        ),
    ]
}

fn quality_options() -> Vec<Declaration> {
    let coefficient =
        |name, unit, doc| declaration(Parameter, name, unit, Some(0.0), Bounds::NONE, doc);
    let order = |name, doc| declaration(Parameter, name, "1", Some(1.0), Bounds::NONE, doc);
    vec![
        number(
            "diffusivity",
            1.0,
            "Molecular diffusivity of the constituent, relative to that of chlorine at 20 Cel.",
        ),
        not_negative(
            "tolerance",
            "mg/L",
            0.01e-3,
            "Difference of concentration that two parcels of water are kept apart for.",
        ),
        not_negative(
            "age_tolerance",
            "h",
            36.0,
            "Difference of age that two parcels of water are kept apart for.",
        ),
        not_negative(
            "share_tolerance",
            "%",
            1e-4,
            "Difference of source share that two parcels of water are kept apart for.",
        ),
        order(
            "bulk_order",
            "Order of the reaction in the bulk of pipes; below zero for the law of Michaelis and \
             Menten.",
        ),
        order(
            "tank_order",
            "Order of the reaction in tanks; below zero for the law of Michaelis and Menten.",
        ),
        declaration(
            Parameter,
            "wall_order",
            "1",
            Some(1.0),
            Bounds::between(0.0, 1.0),
            "Order of the reaction at the wall: 0 or 1.",
        ),
        coefficient(
            "bulk_coefficient",
            "1/d",
            "Of pipes and tanks without one of their own.",
        ),
        coefficient(
            "wall_coefficient",
            "m/d",
            "Of pipes without one of their own, for a `wall_order` of 1.",
        ),
        coefficient(
            "wall_rate",
            "mg/(m2.d)",
            "Of pipes without one of their own, for a `wall_order` of 0.",
        ),
        not_negative(
            "limiting_concentration",
            "mg/L",
            0.0,
            "Concentration that a reaction tends to; zero: none.",
        ),
        declaration(
            Parameter,
            "roughness_reaction_factor",
            "1",
            Some(0.0),
            Bounds::NONE,
            "Relates the wall coefficient of pipes without one of their own to their roughness, in \
             the unit that the EPANET file has for it; zero: not related.",
        ),
    ]
}

/// Where the constituent that is followed came from and where it went.
fn constituent_outputs() -> [Declaration; 5] {
    let mass = |name, doc| output(name, "kg", doc);
    [
        mass(
            "constituent_stored",
            "Constituent in pipes and tanks, where one is followed.",
        ),
        mass(
            "constituent_entered",
            "Constituent that came in since the start.",
        ),
        mass(
            "constituent_left",
            "Constituent that went out since the start.",
        ),
        mass(
            "constituent_decayed",
            "Constituent that decayed since the start; below zero where more was made.",
        ),
        mass(
            "constituent_missing",
            "What is missing from the balance of the constituent: rounding only, unless water \
             flows in circles.",
        ),
    ]
}

fn energy_options() -> Vec<Declaration> {
    vec![
        not_negative(
            "energy_price",
            "{currency}/(kW.h)",
            0.0,
            "Price of energy, in the currency of the twin.",
        ),
        not_negative(
            "demand_charge",
            "{currency}/kW",
            0.0,
            "Price of the highest power drawn.",
        ),
        declaration(
            Parameter,
            "pump_efficiency",
            "%",
            Some(0.75),
            Bounds::between(0.0, 1.0),
            "Efficiency of pumps without a curve of their own.",
        ),
    ]
}

fn attributes() -> Vec<Attribute> {
    let mut attributes = vec![
        choice(
            "headloss",
            &["HazenWilliams", "DarcyWeisbach", "ChezyManning"],
            "The law of friction in pipes.",
        ),
        choice(
            "demand_model",
            &["DemandDriven", "PressureDriven"],
            "Whether demand is drawn whatever the pressure, or depends on it.",
        ),
        choice(
            "unbalanced",
            &["Stop", "Continue"],
            "What is done at a time whose heads are not found within the trials.",
        ),
        choice(
            "backflow",
            &["Yes", "No"],
            "Whether emitters take in water at a pressure below zero.",
        ),
        pattern("default_pattern", "Of demands that name no pattern."),
        choice(
            "quality",
            &["None", "Constituent", "Age", "Trace"],
            "What is followed in the water.",
        ),
        text("constituent", "Name of the constituent followed."),
        choice(
            "epanet_oversights",
            &["Mended", "Kept"],
            "Whether two oversights of EPANET's water quality are kept, for a comparison with its \
             results: pipes with a check valve hold no water, and water that stood before its \
             flow turned lies the wrong way round.",
        ),
        choice(
            "map_unit",
            &["Plane", "Degrees"],
            "Whether the map of the EPANET file is a plane, or longitude and latitude.",
        ),
        attribute(
            "trace_node",
            AttributeForm::Asset { kinds: name::NODES },
            None,
            "The node whose water is traced.",
        ),
        pattern("price_pattern", "Multiplies the price of energy in time."),
        choice(
            "statistic",
            &["None", "Average", "Minimum", "Maximum", "Range"],
            "What EPANET reports of a run in place of its times.",
        ),
        attribute(
            "flow_unit",
            AttributeForm::Choice(&[
                "CFS", "GPM", "MGD", "IMGD", "AFD", "LPS", "LPM", "MLD", "CMH", "CMD", "CMS",
            ]),
            Some("LPS"),
            "The unit of flow of the EPANET file it came from or goes to. EPANET's own factor for \
             it, which is rounded, holds in its results and so in those compared with them.",
        ),
        choice(
            "pressure_unit",
            &["Meters", "PSI", "kPa", "Feet", "Bar"],
            "The unit of pressure of the EPANET file it came from or goes to.",
        ),
        choice(
            "concentration_unit",
            &["mg/L", "ug/L"],
            "The unit of concentration of the EPANET file it came from or goes to.",
        ),
    ];
    attributes.extend([
        text(
            "report",
            "Lines of EPANET's report section, kept for its export.",
        ),
        text(
            "labels",
            "Lines of EPANET's label section, kept for its export.",
        ),
        text(
            "backdrop",
            "Lines of EPANET's backdrop section, kept for its export.",
        ),
        text(
            "unused_options",
            "Lines of EPANET's options that mean nothing here, kept for its export.",
        ),
        text(
            "unused_sections",
            "Sections that EPANET does not know, kept for its export.",
        ),
    ]);
    attributes
}

pub(super) fn network() -> Kind {
    let mut declarations = hydraulic_options();
    declarations.extend(times());
    declarations.extend(quality_options());
    declarations.extend(energy_options());
    declarations.extend(map_options());
    declarations.push(declaration(
        Input,
        "demand_multiplier",
        "1",
        Some(1.0),
        Bounds::NOT_NEGATIVE,
        "Multiplies all demand of the network.",
    ));
    declarations.push(output("demand", "L/s", "All demand of the network."));
    declarations.extend(constituent_outputs());
    Kind {
        name: name::NETWORK,
        title: "Network",
        doc: "Holds for the whole network of water assets: the laws, the options of the solution \
              and the times. A twin with water assets has exactly one.",
        declarations,
        attributes: attributes(),
        contingencies: contingency::of_network(),
        indicators: Vec::new(),
        ports: Vec::new(),
        shape: Shape::Frame,
    }
}
