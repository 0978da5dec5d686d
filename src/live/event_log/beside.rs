//! The twin simulated beside the log of the real line.

use std::fmt::Write;
use std::io;
use std::path::Path;

use super::files::{LogRequest, OpenedLog, open_log};
use crate::inference::{AssetAgreement, SideBySide, line_agreement};
use crate::live::error::LiveError;
use crate::live::run::advance_watched;
use crate::live::session::{Session, SessionOptions};
use crate::quantity::{SimTime, Unit, format};
use crate::simulation::Progress;
use crate::telemetry::event_log::{EventLog, Timeline};
use crate::twin::{Happening, Twin, UnitState, write_atomically};

/// A twin beside a log.
#[derive(Clone, Debug)]
pub struct BesideOutcome {
    /// Begin of the time compared.
    pub begin: SimTime,
    /// Its end.
    pub end: SimTime,
    /// What the twin did, as a log.
    pub simulated: EventLog,
    /// What the log says of every asset.
    pub log_timeline: Timeline,
    /// What the twin did with every asset.
    pub twin_timeline: Timeline,
    /// Asset by asset, in the order of the document.
    pub assets: Vec<AssetAgreement>,
    /// Ids of the assets of the document.
    pub ids: Vec<String>,
    /// Number of things that are wrong in the log.
    pub problems: u64,
}

/// Simulates a twin over the time of a log, from empty, and holds it against the log.
///
/// # Errors
/// When the document or the log cannot be used, or the simulation cannot go on.
pub fn beside_log(request: &LogRequest) -> Result<BesideOutcome, LiveError> {
    beside_opened(&open_log(request)?, &Progress::new())
}

/// Simulates a twin over the time of its opened log, from empty, and holds it against
/// the log.
///
/// # Errors
/// When the simulation cannot go on, or was cancelled.
pub fn beside_opened(opened: &OpenedLog, progress: &Progress) -> Result<BesideOutcome, LiveError> {
    let OpenedLog { loaded, log } = opened;
    let (begin, end) = log.span().unwrap_or((SimTime::ZERO, SimTime::ZERO));
    let begin = begin.floor_to(loaded.twin.timestep).unwrap_or(begin);
    let mut session = Session::open(
        loaded,
        None,
        SessionOptions {
            begin: Some(begin),
            end: Some(end + loaded.twin.timestep),
            without_history: true,
            ..SessionOptions::default()
        },
    )?;
    session.record_all_happenings();
    advance_watched(&mut session, end + loaded.twin.timestep, progress)?;
    let (happenings, _) = session.take_happenings();
    Ok(beside(
        &loaded.twin,
        log,
        EventLog::from_happenings(&happenings),
        begin,
        end,
    ))
}

/// Holds what a run did from `begin` to `end` against a log, over the time that both
/// cover. What the twin did before the log begins counts towards what is inside.
///
/// # Errors
/// When they have no time in common.
pub fn beside_run(
    twin: &Twin,
    log: &EventLog,
    happenings: &[Happening],
    begin: SimTime,
    end: SimTime,
) -> Result<BesideOutcome, LiveError> {
    let (first, last) = log.span().unwrap_or((SimTime::ZERO, SimTime::ZERO));
    let both = (begin.max(first), end.min(last));
    if both.0 >= both.1 {
        let instant = |time| twin.epoch.instant(time);
        return Err(LiveError::Request(format!(
            "{} goes from {} to {} and the run from {} to {}: they have no time in common, so that \
             there is nothing to compare; choose a log of that time, or another time",
            log.name,
            instant(first),
            instant(last),
            instant(begin),
            instant(end)
        )));
    }
    let simulated = EventLog::from_happenings(happenings);
    Ok(beside(twin, log, simulated, both.0, both.1))
}

/// Holds what a twin did against a log of the same time, both from `begin` to `end`.
#[must_use]
pub fn beside(
    twin: &Twin,
    log: &EventLog,
    simulated: EventLog,
    begin: SimTime,
    end: SimTime,
) -> BesideOutcome {
    let log_timeline = Timeline::between(log, begin, end);
    let twin_timeline = Timeline::between(&simulated, begin, end);
    BesideOutcome {
        begin,
        end,
        assets: line_agreement(&log_timeline, &twin_timeline),
        ids: twin.assets.iter().map(|asset| asset.id.clone()).collect(),
        problems: log.problem_count,
        simulated,
        log_timeline,
        twin_timeline,
    }
}

/// Heading of the table of a comparison.
const HEADING: [&str; 7] = [
    "asset",
    "quantity",
    "unit",
    "log",
    "twin",
    "difference",
    "half_width_95",
];

impl BesideOutcome {
    /// Id of an asset.
    fn id(&self, asset: &AssetAgreement) -> &str {
        let id = self.ids.get(asset.asset as usize);
        id.map_or("", String::as_str)
    }

    /// Writes the comparison as a table (CSV): asset, quantity, unit, what the log and
    /// what the twin says, and the difference with the half-width of its interval where
    /// there is one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<(), LiveError> {
        Ok(write_atomically(path, |out| {
            let mut table = csv::Writer::from_writer(out);
            table.write_record(HEADING)?;
            for asset in &self.assets {
                let id = self.id(asset);
                let mut row = |quantity: &str, unit: &str, side: &SideBySide, factor: f64| {
                    let figure = |value: f64| (factor * value).to_string();
                    let difference = side.difference.as_ref();
                    let row = [
                        id.to_owned(),
                        quantity.to_owned(),
                        unit.to_owned(),
                        figure(side.logged),
                        figure(side.simulated),
                        difference.map_or_else(String::new, |one| figure(one.mean)),
                        difference.map_or_else(String::new, |one| figure(one.half_width)),
                    ];
                    table.write_record(row).map_err(io::Error::from)
                };
                row("throughput", "1/h", &asset.throughput, 3600.0)?;
                row("inside", "1", &asset.content, 1.0)?;
                if let Some(stay) = &asset.stay {
                    row("time inside", "s", stay, 1.0)?;
                }
                if let Some(requests) = &asset.requests {
                    for (name, unit, number) in requests.numbers() {
                        row(&name, unit.code(), number, unit.from_si(1.0))?;
                    }
                }
                let Some(states) = &asset.states else {
                    continue;
                };
                for state in UnitState::ALL {
                    let share = SideBySide {
                        logged: states.logged[state.number()],
                        simulated: states.simulated[state.number()],
                        difference: None,
                    };
                    let share = match state {
                        UnitState::Working => &states.working,
                        _ => &share,
                    };
                    if share.logged.max(share.simulated) > 0.0 {
                        row(state.word(), "%", share, 100.0)?;
                    }
                }
            }
            table.flush()
        })?)
    }

    /// The comparison as text for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let per_hour = Unit::known("1/h");
        let seconds = Unit::known("s");
        let per_cent = |share: f64| format!("{:.1} %", 100.0 * share);
        if self.problems > 0 {
            // Writing into a string does not fail.
            let _ = writeln!(
                text,
                "{} problems in the log; `counterpart log check` lists them",
                self.problems
            );
        }
        let _ = writeln!(
            text,
            "from {} to {} after the epoch: log | twin | twin minus log, 95 % interval",
            self.begin, self.end
        );
        for asset in &self.assets {
            let id = self.id(asset);
            let side = |side: &SideBySide, shown: &dyn Fn(f64) -> String| {
                let difference = side.difference.as_ref().map_or_else(String::new, |one| {
                    format!(" | {} ± {}", shown(one.mean), shown(one.half_width))
                });
                format!(
                    "{} | {}{difference}",
                    shown(side.logged),
                    shown(side.simulated)
                )
            };
            let rate = |value: f64| format::format_quantity(value, &per_hour, 4);
            let count = |value: f64| format::format_number(value, 3);
            let _ = writeln!(text, "{id}");
            let _ = writeln!(text, "  throughput  {}", side(&asset.throughput, &rate));
            let _ = writeln!(text, "  inside      {}", side(&asset.content, &count));
            if let Some(stay) = &asset.stay {
                let time = |value: f64| format::format_quantity(value, &seconds, 4);
                let _ = writeln!(text, "  time inside {}", side(stay, &time));
            }
            if let Some(requests) = &asset.requests {
                for (name, unit, number) in requests.numbers() {
                    let time = |value: f64| format::format_quantity(value, &unit, 4);
                    let shown: &dyn Fn(f64) -> String = match unit.code() {
                        "%" => &per_cent,
                        _ => &time,
                    };
                    let _ = writeln!(text, "  {name:<11} {}", side(number, shown));
                }
            }
            let Some(states) = &asset.states else {
                continue;
            };
            let source = if states.from_items {
                " (the log tells of no states; an item inside counts as work)"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "  states      agree {} of the time{source}",
                per_cent(states.agreement)
            );
            for state in UnitState::ALL {
                let (logged, simulated) = (
                    states.logged[state.number()],
                    states.simulated[state.number()],
                );
                if state == UnitState::Working {
                    let working = side(&states.working, &per_cent);
                    let _ = writeln!(text, "    {:<18} {working}", state.word());
                } else if logged.max(simulated) > 0.0 {
                    let _ = writeln!(
                        text,
                        "    {:<18} {} | {}",
                        state.word(),
                        per_cent(logged),
                        per_cent(simulated)
                    );
                }
            }
        }
        text
    }
}
