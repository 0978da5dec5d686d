//! What the plots show: which variables over which time, thinned to what the
//! screen can hold without losing an extreme.

use super::Workbench;
use super::record::range_with_neighbours;
use super::what_if::Shown;
use crate::live::ForecastInputs;
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::simulation::Bands;
use crate::twin::{Causality, ChannelRole, VariableIndex};

/// The stretch of time that all plots show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Window {
    /// So many seconds before now, and the forecast: it moves along.
    Following {
        /// Length of the past shown [s].
        past: f64,
    },
    /// From the first instant of the run to the end of the forecast.
    All,
    /// What the user chose by dragging and zooming.
    Fixed {
        /// First instant [s].
        from: f64,
        /// Last instant [s].
        to: f64,
    },
}

/// Least past shown at first [s].
const LEAST_PAST: f64 = 900.0;

/// Least and most seconds that a plot shows.
const SHORTEST: f64 = 1e-3;
const LONGEST: f64 = 1e10;

/// What the user chose for the plots.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotState {
    shown: Vec<VariableIndex>,
    /// The stretch of time shown.
    pub window: Window,
    /// Where the plots lie in the window [points: x, y, width, height].
    pub place: Option<[f32; 4]>,
    /// Past that is shown beside now at first [s].
    past: f64,
}

impl Default for PlotState {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            window: Window::Following { past: LEAST_PAST },
            place: None,
            past: LEAST_PAST,
        }
    }
}

impl PlotState {
    /// The plots of a newly opened document: its measurements, then what drives
    /// it. As much of the past is shown as of what is forecast, so that a town
    /// shows its day and a board its minutes.
    #[must_use]
    pub fn showing(shown: Vec<VariableIndex>, horizon: SimDuration) -> Self {
        let past = horizon.as_seconds().max(LEAST_PAST);
        Self {
            shown,
            window: Window::Following { past },
            past,
            ..Self::default()
        }
    }

    /// Shows now again, with as much of the past as at first.
    pub fn follow(&mut self) {
        self.window = Window::Following { past: self.past };
    }

    /// The variables plotted, in order of being added.
    #[must_use]
    pub fn shown(&self) -> &[VariableIndex] {
        &self.shown
    }

    /// Whether a variable is plotted.
    #[must_use]
    pub fn is_shown(&self, variable: VariableIndex) -> bool {
        self.shown.contains(&variable)
    }

    /// Adds a variable, or takes it off.
    pub fn toggle(&mut self, variable: VariableIndex) {
        match self.shown.iter().position(|one| *one == variable) {
            Some(position) => {
                self.shown.remove(position);
            }
            None => self.shown.push(variable),
        }
    }
}

/// The first and last instant shown [s since the epoch].
#[must_use]
pub fn range(workbench: &Workbench) -> (f64, f64) {
    let time = &workbench.time;
    let (begin, now, last) = (
        time.begin().as_seconds(),
        time.now().as_seconds(),
        time.last_shown().as_seconds(),
    );
    match workbench.plots.window {
        // While little has happened the window does not stretch into nothing.
        Window::Following { past } => ((now - past).max(begin), last.max(begin + 1.0)),
        Window::All => (begin, last.max(begin + 1.0)),
        Window::Fixed { from, to } => (from, to),
    }
}

/// The stretch `range` made longer or shorter by `factor` about `centre`.
#[must_use]
pub fn zoomed(range: (f64, f64), centre: f64, factor: f64) -> Window {
    let (from, to) = range;
    let length = ((to - from) * factor).clamp(SHORTEST, LONGEST);
    let fraction = if to > from {
        (centre - from) / (to - from)
    } else {
        0.5
    };
    Window::Fixed {
        from: centre - length * fraction,
        to: centre + length * (1.0 - fraction),
    }
}

/// Quantiles over time, in the shown unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fan {
    /// Instants [s].
    pub times: Vec<f64>,
    /// 5 % quantile.
    pub p05: Vec<f64>,
    /// 25 % quantile.
    pub p25: Vec<f64>,
    /// Median.
    pub p50: Vec<f64>,
    /// 75 % quantile.
    pub p75: Vec<f64>,
    /// 95 % quantile.
    pub p95: Vec<f64>,
}

impl Fan {
    fn new(bands: &Bands, unit: &Unit) -> Self {
        let column = |values: &[f64]| values.iter().map(|one| unit.from_si(*one)).collect();
        Self {
            times: bands.times.iter().map(|one| one.as_seconds()).collect(),
            p05: column(&bands.p05),
            p25: column(&bands.p25),
            p50: column(&bands.p50),
            p75: column(&bands.p75),
            p95: column(&bands.p95),
        }
    }
}

/// A sample that was not believed, in the shown unit.
#[derive(Clone, Debug, PartialEq)]
pub struct RejectedMark {
    /// Its time [s].
    pub time: f64,
    /// Its value; the plot's edge where it was no number.
    pub value: Option<f64>,
    /// Why.
    pub reason: String,
}

/// The mean residual over a short time, in the shown unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResidualBar {
    /// Its first instant [s].
    pub from: f64,
    /// Its last instant [s].
    pub to: f64,
    /// Measured minus twin.
    pub value: f64,
}

/// One variable in a plot. Points are time [s] and value in the shown unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The variable.
    pub variable: VariableIndex,
    /// Position of its asset in the document.
    pub asset: usize,
    /// Name on the screen.
    pub name: String,
    /// Position of its hue among the categories.
    pub hue: usize,
    /// Whether it is an input, which holds its value from step to step.
    pub is_input: bool,
    /// What was measured.
    pub measured: Vec<[f64; 2]>,
    /// What was measured and not believed.
    pub rejected: Vec<RejectedMark>,
    /// What the twin says.
    pub twin: Vec<[f64; 2]>,
    /// The forecast as things stand.
    pub forecast: Option<Fan>,
    /// The forecast under the what-if.
    pub what_if: Option<Fan>,
    /// Warning threshold.
    pub threshold: Option<f64>,
    /// Measured minus twin.
    pub residuals: Vec<ResidualBar>,
    /// Whether it or its asset is selected.
    pub selected: bool,
}

/// Variables of one dimension over time.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotPanel {
    /// The unit shown.
    pub unit: Unit,
    /// The traces.
    pub traces: Vec<Trace>,
    /// Whether all of them are inputs: such a plot may be lower.
    pub is_input: bool,
}

impl PlotPanel {
    /// The trace whose residuals are shown: the selected one, else the first
    /// that has some.
    #[must_use]
    pub fn residual_trace(&self) -> Option<&Trace> {
        let with = || {
            self.traces
                .iter()
                .filter(|trace| !trace.residuals.is_empty())
        };
        with()
            .find(|trace| trace.selected)
            .or_else(|| with().next())
    }
}

/// All plots.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotView {
    /// The plots, in order of their first variable.
    pub panels: Vec<PlotPanel>,
    /// First instant shown [s].
    pub from: f64,
    /// Last instant shown [s].
    pub to: f64,
    /// Now [s].
    pub now: f64,
    /// What the forecast takes for the inputs after now; `None` without one.
    pub forecast_inputs: Option<ForecastInputs>,
    /// The instant shown elsewhere [s].
    pub cursor: f64,
    /// Whether the what-if leads.
    pub what_if_leads: bool,
}

/// Makes the plots, with about `columns` different times each.
#[must_use]
pub fn view(workbench: &Workbench, columns: usize) -> Option<PlotView> {
    let document = workbench.document.as_ref()?;
    let (from, to) = range(workbench);
    let mut panels: Vec<PlotPanel> = Vec::new();
    for (hue, variable) in workbench.plots.shown().iter().enumerate() {
        let Some(description) = document.variable(*variable) else {
            continue;
        };
        let unit = workbench.settings.unit(&description.unit);
        let trace = trace(
            workbench,
            *variable,
            hue,
            &unit,
            (from, to),
            columns.max(16),
        );
        let is_input = trace.is_input;
        // What drives the system has a plot of its own, even in the same unit.
        match panels
            .iter_mut()
            .find(|panel| panel.unit == unit && panel.is_input == is_input)
        {
            Some(panel) => panel.traces.push(trace),
            None => panels.push(PlotPanel {
                unit,
                traces: vec![trace],
                is_input,
            }),
        }
    }
    Some(PlotView {
        panels,
        from,
        to,
        now: workbench.time.now().as_seconds(),
        forecast_inputs: workbench.record.forecast().map(|forecast| forecast.inputs),
        cursor: workbench.time.cursor().as_seconds(),
        what_if_leads: workbench.what_if.shown == Shown::WhatIf,
    })
}

fn trace(
    workbench: &Workbench,
    variable: VariableIndex,
    hue: usize,
    unit: &Unit,
    (from, to): (f64, f64),
    columns: usize,
) -> Trace {
    let mut trace = Trace {
        variable,
        asset: 0,
        name: String::new(),
        hue,
        is_input: false,
        measured: Vec::new(),
        rejected: Vec::new(),
        twin: Vec::new(),
        forecast: None,
        what_if: None,
        threshold: None,
        residuals: Vec::new(),
        selected: false,
    };
    let Some(document) = &workbench.document else {
        return trace;
    };
    let Some(description) = document.variable(variable) else {
        return trace;
    };
    trace.asset = description.asset;
    trace.name = document.variable_name(variable);
    trace.is_input = description.causality == Causality::Input;
    let selected = workbench.selection.selected();
    trace.selected = match selected.variable() {
        Some(one) => one == variable,
        None => selected.asset() == Some(description.asset),
    };
    let record = &workbench.record;
    let (first, last) = (time_of(from), time_of(to));
    let rows = record.rows_between(first, last);
    let twin = rows.filter_map(|row| {
        Some([
            record.times().get(row)?.as_seconds(),
            unit.from_si(record.value(row, variable)?),
        ])
    });
    trace.twin = thinned(twin, from, to, columns);
    if let Some((position, channel)) = document.channel_of(variable) {
        trace.threshold = channel.threshold.as_ref().map(|one| unit.from_si(one.si()));
        trace.rejected = rejected(workbench, document, position, unit, (from, to), columns);
        if channel.role == ChannelRole::Measurement
            && let Some(told) = record.channel(position)
        {
            let samples = range_with_neighbours(&told.times, first, last).filter_map(|one| {
                Some([
                    told.times.get(one)?.as_seconds(),
                    unit.from_si(*told.values.get(one)?),
                ])
            });
            trace.measured = thinned(samples, from, to, columns / 2);
            let residuals =
                range_with_neighbours(&told.residual_times, first, last).filter_map(|one| {
                    let time = told.residual_times.get(one)?.as_seconds();
                    Some([time, unit.difference_from_si(*told.residuals.get(one)?)])
                });
            trace.residuals = bars(residuals, from, to, columns / 4);
        }
    }
    let fan = |forecast: Option<&std::sync::Arc<crate::live::Forecast>>| {
        Some(Fan::new(forecast?.bands.get(&variable)?, unit))
    };
    trace.forecast = fan(record.forecast());
    if !workbench.what_if.change_set.is_empty() {
        trace.what_if = fan(record.what_if());
    }
    trace
}

/// Samples of a channel that were not believed, of those that have arrived by now:
/// the rest has not happened yet. A file brings its own list; beside live sources
/// they are those that are kept aside, and one that is released goes.
fn rejected(
    workbench: &Workbench,
    document: &super::Document,
    channel: usize,
    unit: &Unit,
    (from, to): (f64, f64),
    columns: usize,
) -> Vec<RejectedMark> {
    let to = to.min(workbench.time.now().as_seconds());
    let record = &workbench.record;
    let live = record.telemetry().filter(|_| record.is_live());
    let kept_aside = live
        .into_iter()
        .flat_map(|state| state.kept_aside.iter())
        .filter(|one| one.channel == channel)
        .map(|one| RejectedMark {
            time: one.time.as_seconds(),
            value: Some(unit.from_si(one.value)),
            reason: if one.in_quarantine {
                format!(
                    "{}; in quarantine, to be released in the data quality panel",
                    one.rules
                )
            } else {
                one.rules.to_string()
            },
        });
    let of_file = document
        .data()
        .filter(|_| live.is_none())
        .into_iter()
        .flat_map(|data| &data.rejected)
        .filter(|one| one.channel == channel)
        .map(|one| RejectedMark {
            time: one.time,
            value: one.value.map(|value| unit.from_si(value)),
            reason: one.reason.clone(),
        });
    kept_aside
        .chain(of_file)
        .filter(|one| one.time >= from && one.time <= to)
        .take(columns)
        .collect()
}

fn time_of(seconds: f64) -> SimTime {
    SimTime::from_seconds(seconds).unwrap_or(if seconds < 0.0 {
        SimTime::MIN
    } else {
        SimTime::MAX
    })
}

/// Points in order of time, thinned to the first, lowest, highest and last of
/// each of `columns` equal stretches, so that no extreme is lost.
#[must_use]
pub fn thinned(
    points: impl Iterator<Item = [f64; 2]>,
    from: f64,
    to: f64,
    columns: usize,
) -> Vec<[f64; 2]> {
    let width = (to - from) / columns.max(1) as f64;
    let mut kept: Vec<[f64; 2]> = Vec::new();
    // First, lowest, highest and last, each with its place in the stretch.
    let mut column: Option<(i64, [(usize, [f64; 2]); 4])> = None;
    let mut count = 0;
    let flush = |kept: &mut Vec<[f64; 2]>, mut four: [(usize, [f64; 2]); 4]| {
        four.sort_by_key(|(place, _)| *place);
        let mut last = None;
        for (place, point) in four {
            if last != Some(place) {
                kept.push(point);
            }
            last = Some(place);
        }
    };
    for point in points {
        if !(point[0].is_finite() && point[1].is_finite()) {
            continue;
        }
        let here = if width > 0.0 {
            ((point[0] - from) / width).floor() as i64
        } else {
            0
        };
        let entry = (count, point);
        count += 1;
        match &mut column {
            Some((number, four)) if *number == here => {
                if point[1] < four[1].1[1] {
                    four[1] = entry;
                }
                if point[1] > four[2].1[1] {
                    four[2] = entry;
                }
                four[3] = entry;
            }
            _ => {
                if let Some((_, four)) = column.take() {
                    flush(&mut kept, four);
                }
                column = Some((here, [entry; 4]));
            }
        }
    }
    if let Some((_, four)) = column {
        flush(&mut kept, four);
    }
    kept
}

/// The mean of the values in each of `columns` equal stretches that has some.
#[must_use]
pub fn bars(
    points: impl Iterator<Item = [f64; 2]>,
    from: f64,
    to: f64,
    columns: usize,
) -> Vec<ResidualBar> {
    let width = (to - from) / columns.max(1) as f64;
    if width.is_nan() || width <= 0.0 {
        return Vec::new();
    }
    let mut sums: Vec<(i64, f64, u32)> = Vec::new();
    for [time, value] in points.filter(|[time, value]| time.is_finite() && value.is_finite()) {
        let here = ((time - from) / width).floor() as i64;
        match sums.last_mut() {
            Some((number, sum, count)) if *number == here => {
                *sum += value;
                *count += 1;
            }
            _ => sums.push((here, value, 1)),
        }
    }
    sums.into_iter()
        .map(|(number, sum, count)| ResidualBar {
            from: from + number as f64 * width,
            to: from + (number + 1) as f64 * width,
            value: sum / f64::from(count),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::command::{PlotCommand, WhatIfCommand};
    use super::super::test_support::{running_workbench, snapshot};
    use super::*;

    #[test]
    fn measurements_and_what_drives_the_system_are_plotted_at_first() {
        let workbench = running_workbench();
        let view = view(&workbench, 800).expect("a document is open");
        let names: Vec<Vec<&str>> = view
            .panels
            .iter()
            .map(|panel| {
                panel
                    .traces
                    .iter()
                    .map(|trace| trace.name.as_str())
                    .collect()
            })
            .collect();
        assert_eq!(names, [vec!["Sensor 1 reading"], vec!["Supply 1 command"]]);
        assert!(view.panels[1].is_input);
    }

    #[test]
    fn a_trace_has_points_line_fan_threshold_and_residuals_in_the_shown_unit() {
        let workbench = running_workbench();
        let view = view(&workbench, 800).expect("a document is open");
        let trace = &view.panels[0].traces[0];
        assert_eq!(trace.twin.len(), 21);
        assert!((trace.twin[5][1] - 30.0).abs() < 1e-9);
        assert!((trace.measured[3][1] - 30.5).abs() < 1e-9);
        assert!((trace.residuals[0].value - 0.5).abs() < 1e-9);
        assert_eq!(trace.threshold, Some(70.0));
        let fan = trace.forecast.as_ref().expect("a forecast came");
        assert!(fan.p05[1] < fan.p25[1] && fan.p25[1] < fan.p50[1] && fan.p75[1] < fan.p95[1]);
        assert_eq!(trace.what_if, None);
        assert_eq!(trace.rejected.len(), 1);
        assert_eq!(trace.rejected[0].reason, "above the range");
    }

    #[test]
    fn beside_live_sources_a_released_sample_is_hollow_no_more() {
        use super::super::test_support::{at, snapshot};
        use crate::live::{KeptAside, TelemetryState};
        use crate::telemetry::{Rule, Rules};

        let mut workbench = running_workbench();
        let aside = |sequence, channel, second, in_quarantine| KeptAside {
            sequence,
            channel,
            time: at(second),
            value: 303.15,
            rules: Rules::NONE.with(Rule::GrossRange),
            in_quarantine,
        };
        let mut receive = |kept_aside: Vec<KeptAside>| {
            let mut told = snapshot(&workbench, 20);
            told.is_live = true;
            told.telemetry = Some(std::sync::Arc::new(TelemetryState {
                kept_aside: kept_aside.into(),
                ..TelemetryState::default()
            }));
            workbench.receive(&told);
            let view = view(&workbench, 800).expect("a document is open");
            view.panels[0].traces[0].rejected.clone()
        };
        let (quarantined, of_another, to_come) = (
            aside(1, 1, 5, true),
            aside(2, 0, 6, false),
            aside(3, 1, 900, false),
        );
        let marks = receive(vec![quarantined, of_another.clone(), to_come.clone()]);
        assert_eq!(marks.len(), 1, "its own, and only what has come: {marks:?}");
        assert!((marks[0].time - 5.0).abs() < 1e-9);
        assert!((marks[0].value.expect("a number") - 30.0).abs() < 1e-9);
        assert!(
            marks[0].reason.contains("quarantine"),
            "{}",
            marks[0].reason
        );
        assert_eq!(receive(vec![of_another, to_come]), []);
    }

    #[test]
    fn the_what_if_is_plotted_while_there_is_one() {
        let mut workbench = running_workbench();
        let command = workbench.variable("power_1.command");
        workbench.apply(
            WhatIfCommand::Change {
                variable: command,
                value: 0.8,
            }
            .into(),
        );
        let mut answer = snapshot(&workbench, 20);
        answer.what_if.clone_from(&answer.forecast);
        workbench.receive(&answer);
        let shown = view(&workbench, 800).expect("a document is open");
        assert!(shown.panels[0].traces[0].what_if.is_some());
        workbench.apply(WhatIfCommand::Discard.into());
        let shown = view(&workbench, 800).expect("a document is open");
        assert_eq!(shown.panels[0].traces[0].what_if, None);
    }

    #[test]
    fn the_window_moves_along_until_the_user_takes_hold_of_it() {
        let mut workbench = running_workbench();
        assert_eq!(range(&workbench), (0.0, 80.0));
        workbench.apply(
            PlotCommand::Range {
                from: 5.0,
                to: 15.0,
            }
            .into(),
        );
        assert_eq!(range(&workbench), (5.0, 15.0));
        workbench.apply(PlotCommand::ZoomOut.into());
        let (from, to) = range(&workbench);
        assert!(from < 5.0 && to > 15.0);
        workbench.apply(PlotCommand::Fit.into());
        assert_eq!(range(&workbench), (0.0, 80.0));
    }

    #[test]
    fn zooming_keeps_the_instant_under_the_pointer() {
        let Window::Fixed { from, to } = zoomed((0.0, 100.0), 25.0, 0.5) else {
            panic!("a fixed window");
        };
        assert!((from - 12.5).abs() < 1e-12 && (to - 62.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn thinning_keeps_extremes_ends_and_order(
            values in prop::collection::vec(-100.0_f64..100.0, 1..400),
            columns in 1_usize..50,
        ) {
            let points: Vec<[f64; 2]> =
                values.iter().enumerate().map(|(time, value)| [time as f64, *value]).collect();
            let kept = thinned(points.iter().copied(), 0.0, values.len() as f64, columns);
            prop_assert!(kept.len() <= 4 * columns.max(1) + 4);
            prop_assert!(kept.windows(2).all(|pair| pair[0][0] < pair[1][0]));
            prop_assert_eq!(kept.first(), points.first());
            prop_assert_eq!(kept.last(), points.last());
            let extreme = |of: &[[f64; 2]]| of.iter().fold((f64::MAX, f64::MIN), |(low, high), one| {
                (low.min(one[1]), high.max(one[1]))
            });
            prop_assert_eq!(extreme(&kept), extreme(&points));
        }
    }
}
