//! What is shared: settings of the whole flow, working hours, pools of units.

use super::{asset, attribute, contingency, count, declaration, input, name, not_negative, output};
use crate::twin::{AttributeForm, Bounds, Causality, Kind, Shape};

pub(super) fn settings() -> Kind {
    Kind {
        name: name::SETTINGS,
        title: "Settings of the flow",
        doc: "What holds for all flow assets of a twin, and what is counted of all of them. One \
              at most; without it the defaults hold.",
        declarations: vec![
            not_negative(
                "warm_up",
                "s",
                0.0,
                "Time after the start of a run at which counting begins anew.",
            ),
            declaration(
                Causality::Parameter,
                "rate_window",
                "s",
                Some(3600.0),
                Bounds::POSITIVE,
                "Time over which a throughput forgets the past.",
            ),
            declaration(
                Causality::Parameter,
                "seed",
                "1",
                Some(0.0),
                Bounds::between(0.0, 9e15),
                "Seed of the random numbers of a single run; a whole number. The members of an \
                 ensemble take the seed of the ensemble.",
            ),
            declaration(
                Causality::Parameter,
                "most_events",
                "1",
                Some(1e7),
                Bounds::between(1.0, 1e12),
                "Most events in a second of simulated time; a run with more is stopped.",
            ),
            output("population", "1", "Items in the flow."),
            output("mean_population", "1", "Items in the flow on average."),
            output(
                "mean_stay",
                "s",
                "Time that items stayed in the flow on average.",
            ),
            output("throughput", "1/h", "Items that left per time, of late."),
            output(
                "mean_throughput",
                "1/h",
                "Items that left per time, on average.",
            ),
            output("passed", "1", "Items that left."),
            output(
                "littles_law_mismatch",
                "%",
                "How far the mean population is from throughput times stay: a check on the \
                 counts, and on whether the run is long enough.",
            ),
        ],
        attributes: Vec::new(),
        ports: Vec::new(),
        shape: Shape::Frame,
        contingencies: Vec::new(),
        indicators: Vec::new(),
    }
}

pub(super) fn shift_calendar() -> Kind {
    Kind {
        name: name::SHIFT_CALENDAR,
        title: "Shift calendar",
        doc: "Working hours that stations go by.",
        declarations: vec![
            declaration(
                Causality::Parameter,
                "overtime",
                "h",
                Some(0.0),
                Bounds::between(-86_400.0, 86_400.0),
                "How much later each stretch of working hours ends; below zero: earlier. To \
                 whole minutes.",
            ),
            declaration(
                Causality::Parameter,
                "always_open",
                "1",
                Some(0.0),
                Bounds::between(0.0, 1.0),
                "1: they work around the clock, whatever the pattern says.",
            )
            .with_words(&[(0.0, "by its pattern"), (1.0, "around the clock")]),
            output("open", "1", "1 in working hours.")
                .with_words(&[(0.0, "closed"), (1.0, "open")]),
        ],
        attributes: vec![attribute(
            "pattern",
            AttributeForm::Pattern,
            None,
            "Working hours in time: 1 for work, 0 for none.",
        )],
        ports: Vec::new(),
        shape: Shape::Controller,
        contingencies: Vec::new(),
        indicators: Vec::new(),
    }
}

pub(super) fn resource_pool() -> Kind {
    Kind {
        name: name::RESOURCE_POOL,
        title: "Resource pool",
        doc: "Interchangeable units that stations share: operators, repair crews, tools. Who \
              asks first is served first.",
        declarations: vec![
            count("units", 1.0, "How many there are."),
            declaration(
                Causality::Parameter,
                "speed",
                "m/s",
                Some(1.2),
                Bounds::POSITIVE,
                "Speed at which they walk, where they have a home.",
            ),
            input(
                "absent",
                0.0,
                Bounds::between(0.0, 1e6),
                "How many of them are not there at present.",
            ),
            output("busy", "1", "Units in use."),
            output("mean_busy", "1", "Units in use on average."),
            output("waiting", "1", "Requests that wait for units."),
            output("walking", "1", "Units on their way to a station."),
            output(
                "mean_walking",
                "1",
                "Units on their way to a station on average.",
            ),
        ],
        attributes: vec![asset(
            "home",
            &[name::WAYPOINT],
            "The waypoint where they are at first. From there, and from where they worked last, \
             they walk to the waypoint of the station that needs them, the nearest first; \
             without a home they are everywhere at once.",
        )],
        ports: Vec::new(),
        shape: Shape::Person,
        contingencies: contingency::of_pool(),
        indicators: Vec::new(),
    }
}
