//! What every station did over time, as bars.

use super::bottleneck::{Stretch, bottlenecks, shares};
use crate::quantity::SimTime;
use crate::twin::UnitState;
use crate::workbench::view::{Workbench, plot};

/// A bar of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Begin [s].
    pub from: f64,
    /// End [s].
    pub to: f64,
    /// What was done.
    pub state: UnitState,
}

/// Which row of a station this is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Side {
    /// It has one only, that of the run on show.
    #[default]
    Run,
    /// What the event log says, above the row of the twin.
    Log,
    /// What the twin did in the time of the log.
    Twin {
        /// Part of the time in which both do the same, 0 to 1.
        agreement: f64,
    },
}

/// One station.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Its name.
    pub name: String,
    /// Which of the two rows of a station this is, where there are two.
    pub side: Side,
    /// Bars of each of its servers, or where there are too many to be seen the
    /// shares of its states over equal stretches of time.
    pub bars: Bars,
    /// Whether it is selected.
    pub selected: bool,
}

/// How the bars of a row are told.
#[derive(Clone, Debug, PartialEq)]
pub enum Bars {
    /// One by one, for each server.
    Each(Vec<Vec<Bar>>),
    /// Shares of the states in the order of their numbers, over stretches of the
    /// same length one after another.
    Shares(Vec<[f64; UnitState::ALL.len()]>),
}

impl Bars {
    /// The bars of servers with so many changes in all, for a chart of the time `range`
    /// \[s] that is `columns` points wide.
    pub fn of<I: Iterator<Item = (SimTime, SimTime, UnitState)>>(
        changes: usize,
        servers: impl Iterator<Item = I>,
        range: (f64, f64),
        columns: usize,
    ) -> Self {
        if changes <= columns.max(64) {
            let of_server = servers.map(|pieces| {
                let bars = pieces.map(|(from, to, state)| Bar {
                    from: from.as_seconds(),
                    to: to.as_seconds(),
                    state,
                });
                bars.collect()
            });
            return Self::Each(of_server.collect());
        }
        let count = (columns / STRETCH).max(1);
        let mut stretches = vec![[0.0; UnitState::ALL.len()]; count];
        let length = (range.1 - range.0) / count as f64;
        for (begin, end, state) in servers.flatten() {
            spread(
                &mut stretches,
                (begin.as_seconds() - range.0) / length,
                (end.as_seconds() - range.0) / length,
                state,
            );
        }
        for stretch in &mut stretches {
            let whole: f64 = stretch.iter().sum();
            if whole > 0.0 {
                stretch.iter_mut().for_each(|share| *share /= whole);
            }
        }
        Self::Shares(stretches)
    }
}

/// The chart.
#[derive(Clone, Debug, PartialEq)]
pub struct GanttView {
    /// First instant shown [s].
    pub from: f64,
    /// Last instant shown [s].
    pub to: f64,
    /// Now [s].
    pub now: f64,
    /// The instant shown [s].
    pub cursor: f64,
    /// The stations, in document order.
    pub rows: Vec<Row>,
    /// Whether a row above the others tells the bottleneck.
    pub has_ribbon: bool,
    /// The bottleneck over time: begin and end [s], row, whether it is shifting.
    pub bottlenecks: Vec<(f64, f64, usize, bool)>,
    /// The rows by the share of time in which each is the bottleneck.
    pub shares: Vec<(usize, f64)>,
    /// Happenings that came too fast to be kept.
    pub dropped: u64,
}

/// Width of a stretch of shares [points].
const STRETCH: usize = 4;

/// Makes the chart for a drawing of `columns` points; `None` where nothing flows.
#[must_use]
pub fn view(workbench: &Workbench, columns: usize) -> Option<GanttView> {
    let document = workbench.document.as_ref()?;
    let plan = workbench.flow.plan.as_ref()?;
    let history = &workbench.flow.history;
    let (from, to) = plot::range(workbench);
    let now = workbench.time.now();
    let time = |seconds: f64| SimTime::from_seconds(seconds);
    let begin = time(from)?.max(history.begin().unwrap_or(SimTime::ZERO));
    let end = time(to)?.min(now);
    let selected = workbench.selection.selected().asset();
    let stations: Vec<usize> = plan.stations().map(|(part, _)| part).collect();
    let rows = stations
        .iter()
        .map(|part| {
            let asset = plan.parts[*part].asset;
            let tracks = history.tracks(*part);
            let changes: usize = tracks.iter().map(|track| track.count(begin, end)).sum();
            let pieces = tracks.iter().map(|track| track.between(begin, end));
            let bars = Bars::of(changes, pieces, (from, to), columns);
            Row {
                asset,
                name: document.asset_name(asset).to_owned(),
                side: Side::Run,
                bars,
                selected: selected == Some(asset),
            }
        })
        .collect();
    let stretches = if begin < end {
        bottlenecks(plan, history, begin, end)
    } else {
        Vec::new()
    };
    let row_of = |part: usize| stations.iter().position(|one| *one == part);
    Some(GanttView {
        from,
        to,
        now: now.as_seconds(),
        cursor: workbench.time.cursor().as_seconds(),
        rows,
        has_ribbon: true,
        bottlenecks: stretches
            .iter()
            .filter_map(|one: &Stretch| {
                let row = row_of(one.part)?;
                Some((
                    one.from.as_seconds(),
                    one.to.as_seconds(),
                    row,
                    one.shifting,
                ))
            })
            .collect(),
        shares: shares(&stretches, plan.parts.len())
            .into_iter()
            .filter_map(|(part, share)| Some((row_of(part)?, share)))
            .collect(),
        dropped: history.dropped(),
    })
}

/// Adds the time of a state to the stretches that it touches; `from` and `to`
/// count stretches.
fn spread(stretches: &mut [[f64; UnitState::ALL.len()]], from: f64, to: f64, state: UnitState) {
    let from = from.max(0.0);
    let to = to.min(stretches.len() as f64);
    let mut at = from;
    while at < to {
        let stretch = at.floor();
        let end = (stretch + 1.0).min(to);
        if let Some(shares) = stretches.get_mut(stretch as usize) {
            shares[state.number()] += end - at;
        }
        at = end.max(stretch + 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_spread_over_the_stretches_that_it_touches() {
        let mut stretches = vec![[0.0; UnitState::ALL.len()]; 3];
        spread(&mut stretches, 0.5, 2.25, UnitState::Working);
        let working = UnitState::Working.number();
        let found: Vec<f64> = stretches.iter().map(|one| one[working]).collect();
        assert_eq!(found, [0.5, 1.0, 0.25]);
        spread(&mut stretches, -5.0, 99.0, UnitState::Down);
        assert_eq!(stretches[0][UnitState::Down.number()], 1.0);
    }
}
