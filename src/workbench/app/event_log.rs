//! The event log beside the open twin: read, and gone on from, away from the frame.

use std::path::PathBuf;

use super::Desk;
use super::files::{Errand, LogRefusal};
use super::latest::Latest;
use crate::live::Severity;
use crate::live::event_log::{LogForecast, LogForecastRequest, LogReading};
use crate::quantity::SimTime;
use crate::simulation::Progress;
use crate::workbench::view::command::AppCommand;
use crate::workbench::view::flow::event_log::ReadingState;
use crate::workbench::view::start::title_of;

/// Simulations from the end of a log.
const MEMBERS: u32 = 30;

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct LogErrands {
    /// The log that is read and held against the twin.
    reading: Latest<Progress>,
    /// The look ahead.
    ahead: Latest<Progress>,
}

impl Desk {
    /// Reads an event log and holds the open twin against it.
    pub(super) fn read_event_log(&mut self, path: Option<PathBuf>, or_telemetry: bool) {
        let folder = self.folder.clone().unwrap_or_default();
        let Some(request) = self.workbench.reading_request(folder, path.clone()) else {
            return;
        };
        self.give_up_going_on();
        let (number, progress) = self.log.reading.begin();
        let title = path.as_deref().map(title_of);
        self.workbench.flow.log.running = Some(ReadingState {
            title: title.unwrap_or_else(|| "the log".to_owned()),
            done: 0.0,
        });
        self.errands.start(Errand::ReadLog {
            number,
            request,
            or_telemetry,
            progress,
        });
    }

    /// Learns how reading a log ended.
    pub(super) fn log_read(&mut self, number: u64, outcome: Result<Box<LogReading>, LogRefusal>) {
        if !self.log.reading.ended(number) {
            return;
        }
        match outcome {
            Ok(reading) => self.workbench.log_told(Ok(*reading)),
            Err(LogRefusal::NoLog(path)) => {
                self.workbench.flow.log.running = None;
                self.apply(AppCommand::OpenTelemetryAt(path).into());
            }
            Err(LogRefusal::Unreadable(why)) => {
                let log = &mut self.workbench.log;
                log.say(Severity::Error, "Event log", &why, true);
                self.workbench.log_told(Err(why));
            }
        }
    }

    /// Simulates from the end of the log that was read last.
    pub(super) fn go_on_from_log(&mut self) {
        let Some(reading) = self.workbench.flow.log.reading.clone() else {
            return;
        };
        let (number, progress) = self.log.ahead.begin();
        self.workbench.flow.log.ahead.running = Some(0.0);
        self.errands.start(Errand::GoOnFromLog {
            number,
            reading,
            request: LogForecastRequest {
                members: MEMBERS,
                at: (self.workbench.flow.log.ahead.from).and_then(SimTime::from_seconds),
                ..LogForecastRequest::default()
            },
            progress,
        });
    }

    /// Gives the simulations from the end of the log up; their last outcome stays.
    pub(super) fn give_up_going_on(&mut self) {
        self.log.ahead.give_up();
        self.workbench.flow.log.ahead.running = None;
    }

    /// Tells how far the reading and the simulations are.
    pub(super) fn watch_log(&mut self) {
        let log = &mut self.workbench.flow.log;
        if let (Some(progress), Some(reading)) = (self.log.reading.progress(), &mut log.running) {
            reading.done = progress.fraction();
        }
        if let Some(progress) = self.log.ahead.progress() {
            log.ahead.running = Some(progress.fraction());
        }
    }

    /// Learns how they ended; those that were given up are of no interest.
    pub(super) fn gone_on(&mut self, number: u64, outcome: Result<LogForecast, String>) {
        if self.log.ahead.ended(number) {
            self.workbench.ahead_told(outcome);
        }
    }

    /// Gives the log that is being read up: what comes of it is of no interest.
    pub(super) fn give_up_reading(&mut self) {
        self.log.reading.give_up();
    }

    /// Forgets what is under way: its twin is closed.
    pub(super) fn let_log_go(&mut self) {
        self.give_up_going_on();
        self.give_up_reading();
    }
}
