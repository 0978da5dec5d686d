//! What may befall the parts of a network.
//!
//! Each is one of the model's inputs under the name that a utility has for it.
//! Openings and flows of bursts are joined by the law of the orifice, with the
//! discharge coefficient of 0.6 that EPANET's leakage has; the flow at other
//! pressures follows the network's `emitter_exponent`.

use super::super::constants::ORIFICE;
use super::name;
use crate::quantity::Unit;
use crate::twin::{Bounds, Contingency, Effect, EffectValue, Equivalent, Need, Size};

/// Substances are put into water only where one is followed.
const CONSTITUENT: Need = Need {
    kind: name::NETWORK,
    attribute: "quality",
    word: "Constituent",
    missing: "no constituent is followed in the water",
};

/// A square centimetre \[m²].
const SQUARE_CENTIMETRE: f64 = 1e-4;

/// Water that leaves through a hole.
fn hole(name: &'static str, title: &'static str, doc: &'static str, opening: f64) -> Contingency {
    Contingency {
        name,
        title,
        joint: "of",
        doc,
        size: Some(Size {
            name: "opening",
            unit: Unit::known("cm2"),
            default: Some(opening),
            bounds: Bounds::NOT_NEGATIVE,
            doc: "Area of the hole; at a pressure of 50 m a square centimetre loses 1.9 L/s.",
            equivalent: Some(Equivalent {
                unit: Unit::known("L/s"),
                per_size: ORIFICE,
                doc: "flow out of it at a pressure of 1 m",
            }),
        }),
        effects: vec![Effect {
            quantity: "leak_coefficient",
            value: EffectValue::PerSize(ORIFICE),
        }],
        needs: None,
    }
}

fn surge(quantity: &'static str, factor: f64, doc: &'static str) -> Contingency {
    Contingency::sized(
        "demand_surge",
        "Demand surge",
        doc,
        quantity,
        Size {
            name: "factor",
            unit: Unit::dimensionless(),
            default: Some(factor),
            bounds: Bounds::NOT_NEGATIVE,
            doc: "What all demand is multiplied by: 1.3 is three tenths more.",
            equivalent: None,
        },
    )
    .at()
}

/// Something put into the water, by mass: it acts whatever flows.
fn injection() -> Contingency {
    Contingency::sized(
        "contamination",
        "Contamination",
        "A substance is put into the water here.",
        "source_mass",
        Size {
            name: "mass rate",
            unit: Unit::known("g/min"),
            default: Some(1e-2 / 60.0),
            bounds: Bounds::NOT_NEGATIVE,
            doc: "Mass put in per time.",
            equivalent: None,
        },
    )
    .at()
    .needing(CONSTITUENT)
}

pub(super) fn of_junction() -> Vec<Contingency> {
    vec![
        Contingency::sized(
            "fire_flow",
            "Fire flow",
            "Firefighters draw water here, on top of all other demand.",
            "extra_demand",
            Size {
                name: "flow",
                unit: Unit::known("L/min"),
                default: Some(1.0 / 60.0),
                bounds: Bounds::NOT_NEGATIVE,
                doc: "What is drawn; 1000 L/min is common for a hydrant.",
                equivalent: None,
            },
        )
        .at(),
        surge(
            "demand_factor",
            2.0,
            "The customers here draw more than they do on other days, or less.",
        ),
        hole(
            "leak",
            "Leak",
            "Water is lost here, the more the higher the pressure.",
            SQUARE_CENTIMETRE,
        )
        .at(),
        injection(),
    ]
}

pub(super) fn of_reservoir() -> Vec<Contingency> {
    vec![
        Contingency::sized(
            "contamination",
            "Contamination",
            "The water of this source holds a substance.",
            "source_quality",
            Size {
                name: "concentration",
                unit: Unit::known("mg/L"),
                default: Some(1e-3),
                bounds: Bounds::NOT_NEGATIVE,
                doc: "Concentration in what the source gives.",
                equivalent: None,
            },
        )
        .needing(CONSTITUENT),
    ]
}

pub(super) fn of_tank() -> Vec<Contingency> {
    vec![
        Contingency::fixed(
            "out_of_service",
            "Outage",
            "It is shut off, as for cleaning: it takes no water and gives none.",
            "in_service",
            0.0,
        ),
        injection(),
    ]
}

pub(super) fn of_pipe() -> Vec<Contingency> {
    vec![
        hole(
            "burst",
            "Burst",
            "It breaks in its middle and loses water, the more the higher the pressure.",
            6.0 * SQUARE_CENTIMETRE,
        ),
        hole(
            "leak",
            "Leak",
            "It loses a little water all the time, the more the higher the pressure.",
            0.5 * SQUARE_CENTIMETRE,
        ),
        Contingency::fixed(
            "closed",
            "Closing",
            "It is shut, whatever its controls say.",
            "open",
            0.0,
        ),
        Contingency::fixed(
            "opened",
            "Opening",
            "It is opened, whatever its controls say.",
            "open",
            1.0,
        ),
    ]
}

pub(super) fn of_pump() -> Vec<Contingency> {
    vec![Contingency::fixed(
        "outage",
        "Outage",
        "It cannot run, whatever its controls say.",
        "available",
        0.0,
    )]
}

pub(super) fn of_valve() -> Vec<Contingency> {
    let fixed = Contingency::fixed;
    vec![
        fixed(
            "stuck_closed",
            "Sticking closed",
            "It stays shut, whatever it is told.",
            "stuck",
            2.0,
        ),
        fixed(
            "stuck_open",
            "Sticking open",
            "It stays fully open and does not regulate, whatever it is told.",
            "stuck",
            1.0,
        ),
        fixed(
            "closed",
            "Closing",
            "It is shut by hand, whatever its controls say.",
            "open",
            0.0,
        ),
    ]
}

pub(super) fn of_network() -> Vec<Contingency> {
    vec![
        surge(
            "demand_multiplier",
            1.3,
            "All customers draw more, as on a hot day, or less.",
        ),
        Contingency::sized(
            "tariff",
            "Tariff",
            "Energy has another price, which the pattern of the day still multiplies; pumps with a \
             price of their own keep it.",
            "energy_price",
            Size {
                name: "price",
                unit: Unit::known("{currency}/(kW.h)"),
                default: None,
                bounds: Bounds::NOT_NEGATIVE,
                doc: "Price of energy, in the currency of the twin.",
                equivalent: None,
            },
        ),
    ]
}
