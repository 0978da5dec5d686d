//! Event logs as files beside a twin document.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::live::error::LiveError;
use crate::live::open::load;
use crate::model::flow;
use crate::telemetry::event_log::{EventLog, ItemEnds, LogOptions, read_event_log};
use crate::twin::{Happening, LoadedTwin, Twin, What};

/// Most problems that a text lists.
const MOST_LISTED: usize = 20;

/// A log to be read, and the twin that it belongs to.
#[derive(Clone, Debug, Default)]
pub struct LogRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// The log: CSV, Parquet or XES.
    pub log: PathBuf,
    /// How it names things.
    pub options: LogOptions,
}

impl LogRequest {
    /// The log that comes with a twin's document, read as the document says.
    ///
    /// # Errors
    /// When the document names none.
    pub fn of_twin(loaded: &LoadedTwin) -> Result<Self, LiveError> {
        let Some(file) = &loaded.twin.event_log else {
            return Err(LiveError::Request(format!(
                "no event log is given, and the document of `{}` names none; name a file, or write \
                 `event_log: (file: \"log.csv\")` into the document",
                loaded.twin.id
            )));
        };
        Ok(Self {
            twin: loaded.path.clone(),
            log: loaded.folder().join(&file.file),
            options: LogOptions::of(file),
        })
    }

    /// The log at `log`, or the one that comes with the document where no file is
    /// given. What `options` do not say of the latter, the document does.
    ///
    /// # Errors
    /// When neither names a log, or the document that is to name it has errors.
    pub fn find(twin: &Path, log: Option<&Path>, options: LogOptions) -> Result<Self, LiveError> {
        match log {
            Some(log) => Ok(Self {
                twin: twin.to_owned(),
                log: log.to_owned(),
                options,
            }),
            None => {
                let found = Self::of_twin(&load(twin)?)?;
                Ok(Self {
                    options: options.or(found.options),
                    ..found
                })
            }
        }
    }
}

/// A log beside its twin, checked.
#[derive(Clone, Debug)]
pub struct OpenedLog {
    /// The twin.
    pub loaded: LoadedTwin,
    /// The log, with everything that is wrong in it.
    pub log: EventLog,
}

/// Reads a log and looks for what contradicts itself in it.
///
/// # Errors
/// When the document has errors, has no flow, or the log cannot be read.
pub fn open_log(request: &LogRequest) -> Result<OpenedLog, LiveError> {
    let loaded = load(&request.twin)?;
    let log = read_log(&loaded, &request.log, &request.options)?;
    Ok(OpenedLog { loaded, log })
}

/// The log to hold a twin against that is there already: the file at `path`, or the one
/// that comes with the document where none is given.
///
/// # Errors
/// When the document names no log where it is to, the twin has no flow, or the log
/// cannot be read.
pub fn log_beside(loaded: &LoadedTwin, path: Option<&Path>) -> Result<EventLog, LiveError> {
    match path {
        Some(path) => read_log(loaded, path, &LogOptions::default()),
        None => {
            let request = LogRequest::of_twin(loaded)?;
            read_log(loaded, &request.log, &request.options)
        }
    }
}

/// Reads a log and checks it. Of what `options` do not say, the names count that the
/// document has for the log that comes with it; columns of these names may be missing.
fn read_log(loaded: &LoadedTwin, path: &Path, options: &LogOptions) -> Result<EventLog, LiveError> {
    let twin = &loaded.twin;
    refuse_without_flow(twin)?;
    let own = twin.event_log.as_ref();
    let named = own.map_or_else(LogOptions::default, LogOptions::of_another);
    let log = read_event_log(path, twin, &options.clone().or(named));
    let mut log = log.map_err(|source| LiveError::EventLog {
        path: path.to_owned(),
        source,
    })?;
    log.check(twin, &item_ends(twin));
    let mut times = flow::agents::LeastTimes::of(twin, &loaded.variables);
    log.check_ways(twin, |asset, from, to| {
        times.as_mut()?.least(asset, from, to)
    });
    Ok(log)
}

/// Where items of a twin may begin and end.
fn item_ends(twin: &Twin) -> ItemEnds {
    let ends = flow::item_ends(twin);
    ItemEnds {
        makes: ends.makes,
        takes: ends.takes,
    }
}

/// Refuses a twin in which nothing happens.
pub(in crate::live) fn refuse_without_flow(twin: &Twin) -> Result<(), LiveError> {
    if flow::is_in(twin) {
        return Ok(());
    }
    Err(LiveError::Request(format!(
        "an event log tells of items and machines, and `{}` has none; it needs assets of the kinds \
         `flow.…`",
        twin.id
    )))
}

/// Writes what happened as an event log.
pub(in crate::live) fn write_happenings(
    happenings: &[Happening],
    path: &Path,
    twin: &Twin,
) -> Result<(), LiveError> {
    Ok(EventLog::from_happenings(happenings).write(path, twin)?)
}

impl OpenedLog {
    /// What is in the log and what is wrong with it, for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let log = &self.log;
        let twin = &self.loaded.twin;
        let mut text = String::new();
        let count = |kind: fn(&What) -> bool| {
            let records = log.records.iter();
            records
                .filter(|record| kind(&record.happening.what))
                .count()
        };
        let states = count(|what| matches!(what, What::State { .. }));
        let moves = count(|what| matches!(what, What::Entered { .. } | What::Left { .. }));
        let ways = count(|what| matches!(what, What::Travels { .. }));
        let ways = match ways {
            0 => String::new(),
            ways => format!(", {ways} ways of vehicles and operators"),
        };
        // Writing into a string does not fail.
        let _ = writeln!(
            text,
            "{}: {} rows, {moves} moves of {} items, {states} states{ways}",
            log.name,
            log.rows,
            log.items.len(),
        );
        if let Some((first, last)) = log.span() {
            let instant = |time| twin.epoch.instant(time);
            let _ = writeln!(text, "from {} to {}", instant(first), instant(last));
        }
        if log.problem_count == 0 {
            text.push_str("nothing is wrong with it\n");
            return text;
        }
        let _ = writeln!(text, "{} problems", log.problem_count);
        for problem in log.problems.iter().take(MOST_LISTED) {
            let _ = writeln!(text, "  {problem}");
        }
        let listed = log.problems.len().min(MOST_LISTED) as u64;
        if log.problem_count > listed {
            let _ = writeln!(text, "  and {} more", log.problem_count - listed);
        }
        text
    }
}
