//! What may befall the assets of a flow: what goes wrong on a floor, and what comes
//! in unasked.
//!
//! Each sets inputs and parameters that the kinds have anyway; what it means for the
//! line follows from there.

use crate::quantity::Unit;
use crate::twin::{Bounds, Contingency, Size};

/// What a share of `default` is, from nothing to all.
fn share(default: f64, doc: &'static str) -> Size {
    Size {
        unit: Unit::known("%"),
        ..number("share", default, Bounds::between(0.0, 1.0), doc)
    }
}

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

pub(super) fn of_fleet() -> Vec<Contingency> {
    vec![
        Contingency::sized(
            "vehicles_out",
            "Vehicles out of service",
            "Some of its vehicles take no task. One under way brings what it has and goes home.",
            "out_of_service",
            number(
                "vehicles",
                1.0,
                Bounds::between(0.0, 1e6),
                "How many take no task.",
            ),
        ),
        Contingency::sized(
            "slow",
            "Slowing down",
            "Its vehicles go at another speed on ways that begin meanwhile: a wet floor, a \
             restriction.",
            "speed_factor",
            number(
                "factor",
                0.5,
                Bounds::between(0.01, 100.0),
                "What their speed is multiplied by: with 0.5 a way takes twice as long.",
            ),
        ),
        Contingency::fixed(
            "charger_out",
            "Charger out of order",
            "Its charger gives nothing. Vehicles go on as long as what is left in them lasts for \
             a task and for the way to the charger, and wait at home afterwards.",
            "charger_out",
            1.0,
        ),
    ]
}

pub(super) fn of_aisle() -> Vec<Contingency> {
    vec![Contingency::fixed(
        "closed",
        "Closing",
        "No vehicle is sent through it; those that have booked their way already still go.",
        "closed",
        1.0,
    )]
}

pub(super) fn of_service() -> Vec<Contingency> {
    vec![
        Contingency::fixed(
            "outage",
            "Outage",
            "It is down: what it was working on fails, and what comes is rejected at once.",
            "down",
            1.0,
        ),
        Contingency::sized(
            "capacity_cut",
            "Cut of capacity",
            "Some of its slots are gone: a server that is lost, a pool of connections that is \
             cut. What is in them is finished first.",
            "slots_lost",
            number(
                "slots lost",
                1.0,
                Bounds::between(0.0, 1e6),
                "How many slots are gone.",
            ),
        ),
        Contingency::sized(
            "slow",
            "Slowing down",
            "It works at another speed: a cold cache, a noisy neighbour. At zero it hangs.",
            "speed",
            number(
                "speed",
                0.5,
                Bounds::between(0.0, 1e3),
                "Speed relative to the given times: 0.5 takes twice as long.",
            ),
        ),
        Contingency::sized(
            "latency",
            "Latency",
            "Its own work on each request takes longer, by as much.",
            "added_latency",
            Size {
                unit: Unit::known("s"),
                ..number(
                    "latency",
                    1.0,
                    Bounds::between(0.0, 1e6),
                    "Time that is added to each request.",
                )
            },
        ),
        Contingency::sized(
            "errors",
            "Errors",
            "Its own work fails on a share of the requests.",
            "failing",
            share(0.2, "Share of requests whose work fails."),
        ),
    ]
}

pub(super) fn of_dependency() -> Vec<Contingency> {
    vec![
        Contingency::fixed(
            "outage",
            "Outage",
            "No attempt reaches the service that is called: a network that is cut.",
            "failing",
            1.0,
        ),
        Contingency::sized(
            "errors",
            "Errors",
            "A share of the attempts fails on the way.",
            "failing",
            share(0.2, "Share of attempts that fail."),
        ),
    ]
}
