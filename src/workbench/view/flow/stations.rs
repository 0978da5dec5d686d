//! The stations as a list: which holds up the others, and where their time goes.

use crate::model::flow::statistics::{SHARE_QUANTITIES, Utilisation};
use crate::quantity::Unit;
use crate::quantity::format::format_quantity;
use crate::twin::UnitState;
use crate::workbench::view::Workbench;

/// One station.
#[derive(Clone, Debug, PartialEq)]
pub struct StationLine {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Its name.
    pub name: String,
    /// Shares of its time, by the number of the state.
    pub shares: [f64; UnitState::ALL.len()],
    /// Half width of the 95 % interval of its active share, at the present, where
    /// enough is known.
    pub half_width: Option<f64>,
    /// Mean length of its active periods \[s].
    pub active_period: f64,
    /// Overall equipment effectiveness, 0 to 1.
    pub effectiveness: f64,
    /// What it does now.
    pub state: Option<UnitState>,
    /// Whether it is selected.
    pub selected: bool,
}

impl StationLine {
    /// Share of its hours in which it is active: at work, set up or down.
    #[must_use]
    pub fn active(&self) -> f64 {
        let shares = self.shares;
        Utilisation { shares }.active_in_hours()
    }
}

/// The stations at the instant shown, the one that is active for most of its hours,
/// which holds up the others, first.
#[must_use]
pub fn lines(workbench: &Workbench) -> Vec<StationLine> {
    let (Some(document), Some(plan)) = (&workbench.document, &workbench.flow.plan) else {
        return Vec::new();
    };
    let selected = workbench.selection.selected().asset();
    let mut lines: Vec<StationLine> = plan
        .stations()
        .map(|(part, station)| {
            let asset = station.asset;
            let value = |quantity: &str| {
                let variable = document.variables().of_asset(asset, quantity)?;
                workbench
                    .shown_value(variable)
                    .filter(|one| one.is_finite())
            };
            let shown = super::paint::shown(workbench, plan, part);
            StationLine {
                asset,
                name: document.asset_name(asset).to_owned(),
                shares: SHARE_QUANTITIES.map(|name| value(name).unwrap_or(0.0)),
                half_width: workbench
                    .flow
                    .intervals
                    .half_width(part)
                    .filter(|_| workbench.time.is_at_now()),
                active_period: value("active_period").unwrap_or(0.0),
                effectiveness: value("effectiveness").unwrap_or(0.0),
                state: match shown {
                    super::paint::Shown::State(state) => Some(state),
                    _ => None,
                },
                selected: selected == Some(asset),
            }
        })
        .collect();
    lines.sort_by(|one, other| other.active().total_cmp(&one.active()));
    lines
}

/// A duration with the unit that suits its size: `48 s`, `3.2 min`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    let unit = match seconds.abs() {
        size if size >= 5_400.0 => "h",
        size if size >= 100.0 => "min",
        _ => "s",
    };
    format_quantity(seconds, &Unit::known(unit), 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_unit_that_suits_it() {
        assert!(duration(48.0).ends_with('s'));
        assert!(duration(200.0).ends_with("min"));
        assert!(duration(9_000.0).ends_with('h'));
    }
}
