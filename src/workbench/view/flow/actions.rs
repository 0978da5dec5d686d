//! What a menu offers for a part of a flow: the changes that people ask about
//! first, each answered by replications with an interval.

use crate::model::flow::kinds::{name, other_rule};
use crate::workbench::view::Workbench;
use crate::workbench::view::command::WhatIfCommand;
use crate::workbench::view::contingency::Offer;

/// How a new value follows from the present one.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// One more.
    More,
    /// As many times as much.
    Times(f64),
    /// So much more \[SI], of what may be nothing so far.
    Plus(f64),
    /// This \[SI], where it is another now.
    To(f64),
}

impl Step {
    /// The new value; `None` where nothing would change.
    fn from(self, now: f64) -> Option<f64> {
        match self {
            // Twice nothing is nothing, and of what is without a limit there is no more.
            Self::More => (now > 0.0).then_some(now + 1.0),
            Self::Times(factor) => (now > 0.0).then_some(now * factor),
            Self::Plus(more) => Some(now + more),
            Self::To(value) => ((now - value).abs() > 1e-9).then_some(value),
        }
    }
}

/// Kind, quantity, what the offer is called, what it means, and how the value
/// changes.
const OFFERS: &[(&str, &str, &str, &str, Step)] = &[
    (
        name::BUFFER,
        "capacity",
        "One more place",
        "What one more place in this buffer would bring",
        Step::More,
    ),
    (
        name::BUFFER,
        "capacity",
        "Twice as many places",
        "What a buffer of twice the size would bring",
        Step::Times(2.0),
    ),
    (
        name::SERVER_POOL,
        "servers",
        "One more server",
        "What one more server beside these would bring",
        Step::More,
    ),
    (
        name::RESOURCE_POOL,
        "units",
        "One more unit",
        "What one more of these would bring",
        Step::More,
    ),
    (
        name::CONVEYOR,
        "speed",
        "Twice as fast",
        "What a conveyor of twice the speed would bring",
        Step::Times(2.0),
    ),
    (
        name::SOURCE,
        "rate_factor",
        "10 % more arrivals",
        "What would become of a tenth more items",
        Step::Times(1.1),
    ),
    (
        name::SHIFT_CALENDAR,
        "overtime",
        "An hour longer",
        "What shifts that end an hour later would bring",
        Step::Plus(3_600.0),
    ),
    (
        name::SHIFT_CALENDAR,
        "always_open",
        "Around the clock",
        "What working without a break would bring",
        Step::To(1.0),
    ),
    (
        name::ROUTER,
        "other_rule",
        "In turns",
        "What sending items one way after the other would bring",
        Step::To(other_rule::TURNS),
    ),
    (
        name::ROUTER,
        "other_rule",
        "To the shortest line",
        "What sending items where the fewest wait would bring",
        Step::To(other_rule::SHORTEST),
    ),
];

/// What is offered for every station.
const OF_STATIONS: &[(&str, &str, &str, Step)] = &[
    (
        "speed",
        "Twice as fast",
        "What this station at twice its speed would bring",
        Step::Times(2.0),
    ),
    (
        "speed",
        "10 % faster",
        "What this station a tenth faster would bring",
        Step::Times(1.1),
    ),
    (
        "repair_time",
        "Repaired in half the time",
        "What repairs of half their length would bring",
        Step::Times(0.5),
    ),
];

/// What is offered for an asset of a flow; nothing for any other.
#[must_use]
pub fn offers(workbench: &Workbench, asset: usize) -> Vec<Offer> {
    let Some(document) = &workbench.document else {
        return Vec::new();
    };
    if workbench.flow.plan.is_none() {
        return Vec::new();
    }
    let Some(kind) = document.asset(asset).map(|one| one.kind.as_str()) else {
        return Vec::new();
    };
    let of_stations = OF_STATIONS
        .iter()
        .filter(|_| name::STATIONS.contains(&kind))
        .map(|(quantity, title, doc, step)| (*quantity, *title, *doc, *step));
    OFFERS
        .iter()
        .filter(|one| one.0 == kind)
        .map(|(_, quantity, title, doc, step)| (*quantity, *title, *doc, *step))
        .chain(of_stations)
        .filter_map(|(quantity, title, doc, step)| {
            let variable = document.variables().of_asset(asset, quantity)?;
            let described = document.variable(variable)?;
            let now = workbench
                .record
                .current(variable)
                .or_else(|| document.parameter(variable))
                .unwrap_or(described.initial);
            let value = step.from(now)?;
            (described.bounds.contains(value)).then(|| Offer {
                title: title.to_owned(),
                name: format!("{title} of {}", document.asset_name(asset)),
                doc,
                command: WhatIfCommand::Try { variable, value },
            })
        })
        .collect()
}
