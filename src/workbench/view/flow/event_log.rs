//! An event log of the line beside its twin: what was read, how far the two are
//! apart, and what comes after the log.

use std::path::PathBuf;
use std::sync::Arc;

use super::gantt::{Bars, GanttView, Row, Side};
use super::stations::duration;
use super::trial::{difference_text, interval, step};
use crate::inference::{RequestAgreement, SideBySide};
use crate::live::event_log::{LogForecast, LogReading, ReadingRequest};
use crate::quantity::format::{format_number_at, with_symbol};
use crate::quantity::{SimTime, Unit};
use crate::telemetry::event_log::{AssetTimeline, Span, Timeline};
use crate::twin::UnitState;
use crate::workbench::view::command::EventLogCommand;
use crate::workbench::view::dock::Pane;
use crate::workbench::view::{Effect, Workbench};

/// A page of the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogPage {
    /// Numbers of log and twin beside each other.
    #[default]
    Comparison,
    /// What stations did in the log and in the twin.
    States,
    /// What is wrong in the log.
    Problems,
    /// What comes after the log.
    Ahead,
}

impl LogPage {
    /// Every page, in the order of their tabs.
    pub const ALL: [Self; 4] = [Self::Comparison, Self::States, Self::Problems, Self::Ahead];
}

/// The simulations from the end of the log.
#[derive(Clone, Debug, Default)]
pub struct AheadState {
    /// The instant to go on from \[s]; the end of the log when absent.
    pub from: Option<f64>,
    /// The part done, 0 to 1, while they run.
    pub running: Option<f64>,
    /// What they came to.
    pub outcome: Option<Arc<LogForecast>>,
    /// Why there is no outcome, in words.
    pub failure: Option<String>,
}

/// A log that is being read and held against the twin.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingState {
    /// What it is called.
    pub title: String,
    /// The part of the simulation done, 0 to 1; zero while the file is read.
    pub done: f64,
}

/// The event log beside the open twin.
#[derive(Clone, Debug, Default)]
pub struct LogState {
    /// What is being read.
    pub running: Option<ReadingState>,
    /// What was read last.
    pub reading: Option<Arc<LogReading>>,
    /// Why nothing was read, in words.
    pub failure: Option<String>,
    /// The page shown.
    pub page: LogPage,
    /// The stretch of time whose states are shown \[s]; all of it when absent.
    pub range: Option<(f64, f64)>,
    /// What comes after the log.
    pub ahead: AheadState,
}

/// A number of log and twin, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct SideText {
    /// In the log.
    pub logged: String,
    /// In the twin.
    pub simulated: String,
    /// Twin minus log with its interval; empty where there is none.
    pub difference: String,
    /// Whether zero lies outside the interval.
    pub is_certain: bool,
}

/// An asset in log and twin, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Its name.
    pub name: String,
    /// Items that leave it per time.
    pub throughput: SideText,
    /// Items inside on average.
    pub content: SideText,
    /// How long an item is inside; none where none leave.
    pub stay: Option<(String, String)>,
    /// Share of the time at work; none of an asset without state.
    pub working: Option<SideText>,
    /// Part of the time in which both do the same, 0 to 1; none of an asset without state.
    pub agreement: Option<f64>,
    /// Shares of states in log and twin, of those that occur.
    pub states: Vec<(UnitState, f64, f64)>,
    /// Whether items had to say the states of the log.
    pub from_items: bool,
    /// How its requests ended, and within what time they were answered: what each number
    /// is, and the number. Empty of an asset without requests.
    pub requests: Vec<(String, SideText)>,
    /// Whether it is selected.
    pub selected: bool,
}

/// What comes out of an end of the line after the log, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct AheadLine {
    /// Name of the asset.
    pub name: String,
    /// Items on average, with the interval of that.
    pub mean: String,
    /// The least and the most of the simulations.
    pub range: String,
    /// What the log says, where it goes on for so long.
    pub logged: Option<usize>,
    /// Why none is expected, or far fewer than usual.
    pub why: Option<String>,
}

impl Workbench {
    /// What reading a log asks, from the twin as it is now; relative paths of the
    /// document start from `folder`.
    #[must_use]
    pub fn reading_request(&self, folder: PathBuf, log: Option<PathBuf>) -> Option<ReadingRequest> {
        let document = self.document.as_ref()?;
        self.flow.plan.as_ref()?;
        Some(ReadingRequest {
            twin: Arc::clone(document.twin()),
            variables: Arc::clone(document.variables()),
            folder,
            log,
        })
    }

    /// Learns how reading a log ended; the panel comes to the front.
    pub fn log_told(&mut self, outcome: Result<LogReading, String>) {
        let log = &mut self.flow.log;
        log.running = None;
        match outcome {
            Ok(reading) => {
                *log = LogState {
                    page: log.page,
                    reading: Some(Arc::new(reading)),
                    ..LogState::default()
                };
            }
            Err(why) => log.failure = Some(why),
        }
        self.layout.reveal(Pane::EventLog);
    }

    /// Learns how the simulations from the end of the log ended.
    pub fn ahead_told(&mut self, outcome: Result<LogForecast, String>) {
        let ahead = &mut self.flow.log.ahead;
        ahead.running = None;
        match outcome {
            Ok(outcome) => {
                ahead.outcome = Some(Arc::new(outcome));
                ahead.failure = None;
            }
            Err(why) => ahead.failure = Some(why),
        }
    }

    /// Whether the twin was edited since it was held against the log.
    #[must_use]
    pub fn log_is_stale(&self) -> bool {
        let (Some(reading), Some(document)) = (&self.flow.log.reading, &self.document) else {
            return false;
        };
        !Arc::ptr_eq(&reading.opened.loaded.twin, document.twin())
            && reading.opened.loaded.twin != *document.twin()
    }

    pub(in crate::workbench::view) fn apply_event_log(
        &mut self,
        command: EventLogCommand,
    ) -> Vec<Effect> {
        let read = |path, or_telemetry| vec![Effect::ReadEventLog { path, or_telemetry }];
        let log = &mut self.flow.log;
        match command {
            EventLogCommand::Open => vec![Effect::ChooseEventLog],
            EventLogCommand::OpenOwn => read(None, false),
            EventLogCommand::OpenAt(path) => read(Some(path), false),
            EventLogCommand::Dropped(path) => read(Some(path), true),
            EventLogCommand::CancelReading => {
                log.running = None;
                vec![Effect::CancelReading]
            }
            EventLogCommand::GoOn => {
                log.page = LogPage::Ahead;
                self.layout.reveal(Pane::EventLog);
                vec![Effect::GoOnFromLog]
            }
            EventLogCommand::CancelGoOn => vec![Effect::CancelGoOn],
            EventLogCommand::ShowAll => {
                log.range = None;
                Vec::new()
            }
            EventLogCommand::GoOnAt(seconds) => {
                log.ahead.from = Some(seconds);
                Vec::new()
            }
            EventLogCommand::Page(page) => {
                log.page = page;
                Vec::new()
            }
            EventLogCommand::Range { from, to } => {
                if let Some(reading) = &log.reading {
                    let outcome = &reading.outcome;
                    let whole = (outcome.begin.as_seconds(), outcome.end.as_seconds());
                    let length = (to - from).min(whole.1 - whole.0);
                    let from = from.clamp(whole.0, whole.1 - length);
                    log.range = Some((from, from + length));
                }
                Vec::new()
            }
        }
    }
}

/// Assets of the log in log and twin, in document order.
#[must_use]
pub fn lines(workbench: &Workbench) -> Vec<LogLine> {
    let (Some(document), Some(reading)) = (&workbench.document, &workbench.flow.log.reading) else {
        return Vec::new();
    };
    let selected = workbench.selection.selected().asset();
    let per_hour = Unit::known("1/h");
    let items = Unit::known("1");
    let per_cent = Unit::known("%");
    let line = |one: &crate::inference::AssetAgreement| {
        let asset = one.asset as usize;
        let states = one.states.as_ref();
        LogLine {
            asset,
            name: document.asset_name(asset).to_owned(),
            throughput: side_text(&one.throughput, &per_hour),
            content: side_text(&one.content, &items),
            stay: (one.stay.as_ref()).map(|one| (duration(one.logged), duration(one.simulated))),
            working: states.map(|one| side_text(&one.working, &per_cent)),
            agreement: states.map(|one| one.agreement),
            states: states.map_or_else(Vec::new, |one| {
                let each = UnitState::ALL.into_iter();
                each.map(|state| {
                    let number = state.number();
                    (state, one.logged[number], one.simulated[number])
                })
                .filter(|(_, logged, simulated)| logged.max(*simulated) > 0.0)
                .collect()
            }),
            from_items: states.is_some_and(|one| one.from_items),
            requests: one.requests.as_ref().map_or_else(Vec::new, request_texts),
            selected: selected == Some(asset),
        }
    };
    reading.outcome.assets.iter().map(line).collect()
}

fn request_texts(requests: &RequestAgreement) -> Vec<(String, SideText)> {
    let numbers = requests.numbers();
    numbers
        .map(|(name, unit, side)| (name, side_text(side, &unit)))
        .collect()
}

fn side_text(side: &SideBySide, unit: &Unit) -> SideText {
    let (logged, simulated) = (unit.from_si(side.logged), unit.from_si(side.simulated));
    let half = side
        .difference
        .as_ref()
        .map_or(0.0, |one| unit.difference_from_si(one.half_width).abs());
    let step = step(half, logged.abs().max(simulated.abs()));
    let text = |value: f64| with_symbol(format_number_at(value, step), &unit.symbol());
    SideText {
        logged: text(logged),
        simulated: text(simulated),
        difference: side
            .difference
            .as_ref()
            .map_or_else(String::new, |one| difference_text(one, unit)),
        is_certain: side
            .difference
            .as_ref()
            .is_some_and(|one| !one.contains(0.0)),
    }
}

/// What stations did, a row of the log above a row of the twin, for a chart that is
/// `columns` points wide.
#[must_use]
pub fn chart(workbench: &Workbench, columns: usize) -> Option<GanttView> {
    let document = workbench.document.as_ref()?;
    let plan = workbench.flow.plan.as_ref()?;
    let log = &workbench.flow.log;
    let reading = log.reading.as_ref()?;
    let outcome = &reading.outcome;
    let whole = (outcome.begin.as_seconds(), outcome.end.as_seconds());
    let (from, to) = log.range.unwrap_or(whole);
    let selected = workbench.selection.selected().asset();
    let mut rows = Vec::new();
    for (part, _) in plan.stations() {
        let asset = plan.parts[part].asset;
        let alike = outcome
            .assets
            .iter()
            .find(|one| one.asset as usize == asset)
            .and_then(|one| one.states.as_ref())
            .map(|one| one.agreement);
        let Some(alike) = alike else { continue };
        let sides = [
            (&outcome.log_timeline, Side::Log),
            (&outcome.twin_timeline, Side::Twin { agreement: alike }),
        ];
        for (timeline, side) in sides {
            rows.push(Row {
                asset,
                name: document.asset_name(asset).to_owned(),
                side,
                bars: bars(timeline, asset, (from, to), columns),
                selected: selected == Some(asset),
            });
        }
    }
    Some(GanttView {
        from,
        to,
        now: to,
        cursor: to,
        rows,
        has_ribbon: false,
        bottlenecks: Vec::new(),
        shares: Vec::new(),
        dropped: 0,
    })
}

fn bars(timeline: &Timeline, asset: usize, range: (f64, f64), columns: usize) -> Bars {
    let nothing = AssetTimeline::default();
    // A document of four billion assets cannot be held.
    let told = timeline.assets.get(&(asset as u32)).unwrap_or(&nothing);
    let servers = told.states(timeline.begin, timeline.end);
    let time =
        |seconds: f64, otherwise: SimTime| SimTime::from_seconds(seconds).unwrap_or(otherwise);
    let begin = time(range.0, timeline.begin);
    let end = time(range.1, timeline.end);
    let seen = |spans: &Vec<Span>| {
        let first = spans.partition_point(|span| span.to <= begin);
        let last = spans.partition_point(|span| span.from < end);
        first..last.max(first)
    };
    let changes = servers.iter().map(|spans| seen(spans).len()).sum();
    let pieces = servers.iter().map(|spans| {
        spans[seen(spans)]
            .iter()
            .map(move |span| (span.from.max(begin), span.to.min(end), span.state))
    });
    Bars::of(changes, pieces, range, columns)
}

/// What comes out after the log; `time` gives an instant for people.
#[must_use]
pub fn ahead(workbench: &Workbench, time: impl Fn(SimTime) -> String) -> Vec<AheadLine> {
    let (Some(document), Some(outcome)) = (&workbench.document, &workbench.flow.log.ahead.outcome)
    else {
        return Vec::new();
    };
    let items = Unit::known("1");
    let line = |one: &crate::live::event_log::Expected| AheadLine {
        name: document
            .asset_position(&one.asset)
            .map_or(one.asset.as_str(), |asset| document.asset_name(asset))
            .to_owned(),
        mean: interval(&one.mean, &items),
        range: format!("{} to {}", one.range.0, one.range.1),
        logged: one.logged,
        why: one.why(|asset| document.asset_name(asset).to_owned(), &time),
    };
    outcome.expected.iter().map(line).collect()
}
