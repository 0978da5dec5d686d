//! What the what-if changes, in a few lines: the indicators of the twin's kinds
//! under A and B, and the largest difference of each quantity.

use super::{Workbench, short_quantity};
use crate::live::{Difference, IndicatorOutcome};
use crate::quantity::SimTime;
use crate::quantity::format::format_difference;
use crate::twin::VariableIndex;

/// Most differences listed.
const MOST_DIFFERENCES: usize = 6;

/// Digits of a difference that are worth reading.
const DIGITS: usize = 3;

/// What the what-if changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The indicators, changed ones first.
    pub indicators: Vec<IndicatorLine>,
    /// The largest differences, by quantity.
    pub differences: Vec<DifferenceLine>,
}

/// One indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorLine {
    /// What it is: `Lowest pressure`.
    pub title: &'static str,
    /// As things stand, with its unit.
    pub base: String,
    /// Under the what-if, with its unit.
    pub what_if: String,
    /// Whether the two texts differ.
    pub changed: bool,
    /// Where and when it is reached, and how much of the twin it covers; may be empty.
    pub note: String,
    /// Where and when it is reached under the what-if, for an extreme.
    pub target: Option<(VariableIndex, SimTime)>,
}

/// The largest difference of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct DifferenceLine {
    /// Name of the quantity: `pressure`.
    pub quantity: String,
    /// By how much, with its sign and unit.
    pub difference: String,
    /// Where and when: `Fish Market 12, in 3 h`.
    pub place: String,
    /// Values under A and B, and how many assets change.
    pub note: String,
    /// Where it is.
    pub variable: VariableIndex,
    /// When it is.
    pub at: SimTime,
}

/// What the what-if changes; `None` before both forecasts are there.
#[must_use]
pub fn of(workbench: &Workbench) -> Option<Summary> {
    if workbench.what_if.change_set.is_empty() {
        return None;
    }
    let comparison = workbench.record.comparison()?;
    let mut indicators: Vec<IndicatorLine> = comparison
        .indicators
        .iter()
        .map(|outcome| indicator_line(workbench, outcome))
        .collect();
    indicators.sort_by_key(|line| !line.changed);
    let differences = comparison.differences.iter().take(MOST_DIFFERENCES);
    Some(Summary {
        indicators,
        differences: differences
            .filter_map(|difference| difference_line(workbench, difference))
            .collect(),
    })
}

fn indicator_line(workbench: &Workbench, outcome: &IndicatorOutcome) -> IndicatorLine {
    let unit = workbench.settings.unit(&outcome.unit);
    let text = |value: f64| {
        if value.is_finite() {
            short_quantity(value, &unit)
        } else {
            "–".to_owned()
        }
    };
    let (base, what_if) = (text(outcome.base), text(outcome.what_if));
    let mut notes = Vec::new();
    if let Some((variable, at)) = outcome.at {
        notes.push(format!(
            "Under the what-if {}",
            place(workbench, variable, at)
        ));
    }
    let (kept, all) = outcome.assets;
    if kept < all {
        notes.push(format!(
            "Of {kept} of {all} assets, which the forecasts keep"
        ));
    }
    IndicatorLine {
        title: outcome.title,
        changed: base != what_if,
        base,
        what_if,
        note: notes.join("\n"),
        target: outcome.at,
    }
}

fn difference_line(workbench: &Workbench, difference: &Difference) -> Option<DifferenceLine> {
    let document = workbench.document.as_ref()?;
    let variable = document.variable(difference.variable)?;
    let unit = workbench.settings.unit(&variable.unit);
    let by = difference.what_if - difference.base;
    let sign = if by > 0.0 { "+" } else { "" };
    let places = match difference.changed {
        1 => "1 asset changes".to_owned(),
        many => format!("{many} assets change"),
    };
    Some(DifferenceLine {
        quantity: document.quantity_name(difference.variable),
        difference: format!("{sign}{}", format_difference(by, &unit, DIGITS)),
        place: place(workbench, difference.variable, difference.at),
        note: format!(
            "{} in place of {}; {places}",
            short_quantity(difference.what_if, &unit),
            short_quantity(difference.base, &unit)
        ),
        variable: difference.variable,
        at: difference.at,
    })
}

/// `at Fish Market 12, in 3 h`.
fn place(workbench: &Workbench, variable: VariableIndex, at: SimTime) -> String {
    let name = workbench.document.as_ref().and_then(|document| {
        let asset = document.variable(variable)?.asset;
        Some(document.asset_name(asset).to_owned())
    });
    let made_at = workbench.record.forecast().map(|forecast| forecast.made_at);
    let after = made_at.and_then(|made_at| at.checked_since(made_at));
    let when = match after {
        Some(after) if after.is_positive() => format!("in {after}"),
        _ => "now".to_owned(),
    };
    format!("at {}, {when}", name.unwrap_or_default())
}

#[cfg(test)]
pub(in crate::workbench) mod tests {
    use std::sync::Arc;

    use super::super::command::WhatIfCommand;
    use super::super::contingency::offers;
    use super::super::test_support::{bands, running_workbench, snapshot};
    use super::*;
    use crate::live::{Comparison, Forecast};

    /// A running workbench whose what-if lowers the reading of a sensor.
    pub(in crate::workbench) fn compared() -> Workbench {
        let mut workbench = running_workbench();
        let supply = workbench.asset("power_1");
        let offer = offers(&workbench, supply).swap_remove(0);
        workbench.apply(offer.command.into());
        let reading = workbench.variable("sensor_1.reading");
        let mut answer = snapshot(&workbench, 20);
        let base = answer.forecast.clone().expect("a forecast");
        let what_if = Forecast {
            bands: [(reading, bands(&[(20, 303.15), (80, 301.15)]))].into(),
            change_set: workbench.what_if.change_set.clone(),
            ..(*base).clone()
        };
        let variables = Arc::clone(workbench.document.as_ref().expect("open").variables());
        answer.comparison = Comparison::of(&base, &what_if, &variables).map(Arc::new);
        answer.what_if = Some(Arc::new(what_if));
        workbench.receive(&answer);
        workbench
    }

    #[test]
    fn the_summary_says_what_by_how_much_where_and_when() {
        let workbench = compared();
        let summary = of(&workbench).expect("both forecasts are there");
        let [line] = summary.differences.as_slice() else {
            panic!("one quantity changes: {summary:?}");
        };
        assert_eq!(line.quantity, "reading");
        assert!(line.difference.starts_with(['-', '−']), "{line:?}");
        assert!(line.difference.contains("3.00"), "{line:?}");
        assert_eq!(line.place, "at Sensor 1, in 1 min");
        let [highest, lowest] = summary.indicators.as_slice() else {
            panic!("two indicators: {summary:?}");
        };
        assert_eq!(highest.title, "Highest reading");
        assert!(
            highest.changed && highest.base.contains("31"),
            "{highest:?}"
        );
        assert!(
            lowest.changed && lowest.note.contains("in 1 min"),
            "{lowest:?}"
        );
    }

    #[test]
    fn without_a_what_if_there_is_nothing_to_sum_up() {
        let mut workbench = compared();
        workbench.apply(WhatIfCommand::Discard.into());
        assert_eq!(of(&workbench), None);
    }
}
