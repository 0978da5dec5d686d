//! What may befall the assets of a flow: what goes wrong on a floor, and what comes
//! in unasked.
//!
//! Each sets inputs and parameters that the kinds have anyway; what it means for the
//! line follows from there.

use crate::quantity::Unit;
use crate::twin::{Bounds, Contingency, Size};

fn number(name: &'static str, default: f64, bounds: Bounds, doc: &'static str) -> Size {
    Size {
        name,
        unit: Unit::dimensionless(),
        default: Some(default),
        bounds,
        doc,
        equivalent: None,
    }
}

pub(super) fn of_source() -> Vec<Contingency> {
    vec![
        Contingency::fixed(
            "no_material",
            "No material",
            "Nothing arrives here; what is on its way goes on.",
            "rate_factor",
            0.0,
        )
        .at(),
        Contingency::sized(
            "demand_surge",
            "Demand surge",
            "More arrives than on other days, or less.",
            "rate_factor",
            number(
                "factor",
                2.0,
                Bounds::NOT_NEGATIVE,
                "What the rate of arrivals is multiplied by: 1.3 is three tenths more.",
            ),
        )
        .at(),
        Contingency::sized(
            "rush_order",
            "Rush order",
            "What arrives here goes before all else in buffers that go by priority.",
            "priority",
            number(
                "priority",
                100.0,
                Bounds::between(-1e6, 1e6),
                "Priority of the items that arrive meanwhile; the higher goes first.",
            ),
        )
        .at(),
    ]
}

pub(super) fn of_buffer() -> Vec<Contingency> {
    vec![Contingency::sized(
        "places_lost",
        "Loss of places",
        "A part of its room cannot be used; what is in it stays until it can leave.",
        "capacity",
        number(
            "places left",
            1.0,
            Bounds::between(1.0, 1e6),
            "Places that can still be used.",
        ),
    )]
}

pub(super) fn of_station() -> Vec<Contingency> {
    vec![
        Contingency::fixed(
            "breakdown",
            "Breakdown",
            "It stands still and counts as down; what it was working on is finished later.",
            "broken",
            1.0,
        ),
        Contingency::fixed(
            "stop",
            "Stop",
            "It is held, as for a check or a visit, and counts as out of its hours.",
            "available",
            0.0,
        ),
        Contingency::sized(
            "slow",
            "Slowing down",
            "It works and is set up at another speed.",
            "speed",
            number(
                "speed",
                0.5,
                Bounds::NOT_NEGATIVE,
                "Speed relative to the given times: 0.5 takes twice as long.",
            ),
        ),
    ]
}

pub(super) fn of_sink() -> Vec<Contingency> {
    vec![
        Contingency::fixed(
            "blocked_exit",
            "Blocked exit",
            "Nothing can leave here: a full skip, a lorry that does not come.",
            "shut",
            1.0,
        )
        .at(),
    ]
}

pub(super) fn of_pool() -> Vec<Contingency> {
    vec![
        Contingency::sized(
            "absence",
            "Absence",
            "Some of its units are not there: operators who are ill, a tool that is lent. Who works \
             finishes first.",
            "absent",
            number(
                "units",
                1.0,
                Bounds::between(0.0, 1e6),
                "How many are not there.",
            ),
        )
        .at(),
    ]
}
