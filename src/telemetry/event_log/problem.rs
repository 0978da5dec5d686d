//! What can be wrong with an event log, said for the person who has the file.

use std::fmt;

use crate::quantity::{SimDuration, SimTime};
use crate::twin::{RequestStep, UnitState};

/// Why an event log cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum EventLogError {
    /// The file system failed.
    #[error("it cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// The name says nothing of the format.
    #[error("its name ends in none of `.csv`, `.parquet` and `.xes`, so its format is not known")]
    Format,
    /// There is nothing in it.
    #[error("it is empty; expected a header of column names, then rows")]
    Empty,
    /// A column is missing.
    #[error(
        "it has no column for the {role}; expected one called {expected}, found {found}; say which \
         it is with `--column {role}=NAME`, or under `columns` of the document's `event_log`"
    )]
    Column {
        /// What the column would hold.
        role: &'static str,
        /// Usual names.
        expected: String,
        /// The columns there are.
        found: String,
    },
    /// The table cannot be read on.
    #[error("it cannot be read on: {0}")]
    Table(String),
    /// The XML is broken.
    #[error("line {line}: {problem}")]
    Xml {
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// Nothing of it could be used.
    #[error("none of its {rows} rows can be used; the first: {first}")]
    Nothing {
        /// Rows that were read.
        rows: u64,
        /// What was wrong with the first.
        first: String,
    },
}

impl EventLogError {
    /// Whether the file is something other than an event log.
    #[must_use]
    pub const fn is_no_log(&self) -> bool {
        matches!(self, Self::Column { .. } | Self::Format)
    }
}

/// Something that is wrong in a log, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct LogProblem {
    /// Line of a text, or row of a Parquet file, from 1; 0 where it was not read
    /// from a file.
    pub line: u64,
    /// What is wrong.
    pub kind: LogProblemKind,
}

/// What is wrong in a log.
#[derive(Clone, Debug, PartialEq)]
pub enum LogProblemKind {
    /// A cell cannot be read; the row is left out.
    Cell {
        /// The column.
        column: &'static str,
        /// What it holds, cut short.
        text: String,
        /// What is wrong, as the end of a sentence that begins with the text.
        reason: String,
    },
    /// The row has another number of fields than the header; it is left out.
    FieldCount {
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// The twin has no such asset; the row is left out.
    UnknownAsset {
        /// The name.
        name: String,
        /// What may be meant.
        nearest: Vec<String>,
    },
    /// The row is earlier than the one before it; it is put into its place.
    OutOfOrder {
        /// Its time.
        time: SimTime,
        /// The time of the row before.
        before: SimTime,
    },
    /// An item comes in while it is somewhere else.
    TwoPlaces {
        /// The item.
        item: String,
        /// Where it comes in.
        asset: String,
        /// Where it is.
        other: String,
        /// Line on which it came in there.
        since: u64,
    },
    /// An item leaves where it is not.
    NotThere {
        /// The item.
        item: String,
        /// What it leaves.
        asset: String,
    },
    /// An item is loaded or unloaded in a transport in which it is not.
    NotCarried {
        /// The item.
        item: String,
        /// The transport.
        asset: String,
    },
    /// Something became of a request in a service or a dependency in which it is not.
    NotAsked {
        /// The item.
        item: String,
        /// The service or the dependency.
        asset: String,
        /// What became of it.
        step: RequestStep,
    },
    /// An item is unloaded that no vehicle has loaded.
    NotLoaded {
        /// The item.
        item: String,
        /// The transport.
        asset: String,
    },
    /// An agent sets out from where it has not come to.
    NotThereYet {
        /// The agent.
        agent: u16,
        /// Its asset.
        asset: String,
        /// Where it sets out.
        from: String,
        /// Where its last way ended.
        other: String,
        /// Line on which that stands.
        since: u64,
    },
    /// An agent sets out before it has come there.
    TooEarly {
        /// The agent.
        agent: u16,
        /// Its asset.
        asset: String,
        /// Where it sets out.
        from: String,
        /// When it comes there.
        arrives: SimTime,
        /// Line on which that stands.
        since: u64,
    },
    /// An agent is faster than it can be.
    TooFast {
        /// The agent.
        agent: u16,
        /// Its asset.
        asset: String,
        /// Where it sets out.
        from: String,
        /// Where it goes.
        to: String,
        /// The time it takes by the log.
        took: SimDuration,
        /// The least time it needs.
        least: SimDuration,
    },
    /// An item comes up where none begins.
    FromNowhere {
        /// The item.
        item: String,
        /// Where.
        asset: String,
    },
    /// An item leaves and is never seen again, where none ends.
    Vanishes {
        /// The item.
        item: String,
        /// What it left.
        asset: String,
    },
    /// A server is in two states at once.
    Overlap {
        /// The asset.
        asset: String,
        /// The server.
        server: u16,
        /// The state that begins.
        state: UnitState,
        /// The state that has not ended.
        other: UnitState,
        /// Line on which that began.
        since: u64,
    },
}

impl LogProblemKind {
    /// Whether the row was left out because of it.
    #[must_use]
    pub const fn leaves_out(&self) -> bool {
        matches!(
            self,
            Self::Cell { .. } | Self::FieldCount { .. } | Self::UnknownAsset { .. }
        )
    }
}

impl fmt::Display for LogProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        match &self.kind {
            LogProblemKind::Cell {
                column,
                text,
                reason,
            } => write!(f, "the {column} `{text}` {reason}"),
            LogProblemKind::FieldCount { expected, found } => {
                write!(f, "{found} fields where the header has {expected}")
            }
            LogProblemKind::UnknownAsset { name, nearest } => {
                write!(f, "the twin has no asset `{name}`")?;
                match nearest.as_slice() {
                    [] => write!(
                        f,
                        "; say which is meant with `--asset \"{name}=ID\"`, or under `assets` of \
                         the document's `event_log`"
                    ),
                    names => write!(f, "; is `{}` meant?", names.join("` or `")),
                }
            }
            LogProblemKind::OutOfOrder { time, before } => {
                write!(f, "its time {time} is before {before} of the row above")
            }
            LogProblemKind::TwoPlaces {
                item,
                asset,
                other,
                since,
            } => {
                write!(
                    f,
                    "item `{item}` comes into `{asset}` but is still in `{other}`"
                )?;
                write_line(f, *since)
            }
            LogProblemKind::NotThere { item, asset } => {
                write!(f, "item `{item}` leaves `{asset}`, where it is not")
            }
            LogProblemKind::NotCarried { item, asset } => write!(
                f,
                "item `{item}` is carried by a vehicle of `{asset}`, where it is not"
            ),
            LogProblemKind::NotAsked { item, asset, step } => write!(
                f,
                "item `{item}` is told as `{}` in `{asset}`, where it is not",
                step.word()
            ),
            LogProblemKind::NotLoaded { item, asset } => write!(
                f,
                "item `{item}` is unloaded in `{asset}` without having been loaded"
            ),
            LogProblemKind::NotThereYet {
                agent,
                asset,
                from,
                other,
                since,
            } => {
                write!(
                    f,
                    "agent {agent} of `{asset}` sets out from `{from}`, and its last way ends at \
                     `{other}`"
                )?;
                write_line(f, *since)
            }
            LogProblemKind::TooEarly {
                agent,
                asset,
                from,
                arrives,
                since,
            } => {
                write!(
                    f,
                    "agent {agent} of `{asset}` sets out from `{from}` before it comes there at \
                     {arrives}"
                )?;
                write_line(f, *since)
            }
            LogProblemKind::TooFast {
                agent,
                asset,
                from,
                to,
                took,
                least,
            } => write!(
                f,
                "agent {agent} of `{asset}` goes from `{from}` to `{to}` in {took}, and needs \
                 {least} at the least, by its speed in the document"
            ),
            LogProblemKind::FromNowhere { item, asset } => write!(
                f,
                "item `{item}` appears in `{asset}` without having been in anything before it"
            ),
            LogProblemKind::Vanishes { item, asset } => {
                write!(f, "item `{item}` leaves `{asset}` and is never seen again")
            }
            LogProblemKind::Overlap {
                asset,
                server,
                state,
                other,
                since,
            } => {
                write!(
                    f,
                    "server {server} of `{asset}` is {} while it is {}",
                    state.word(),
                    other.word()
                )?;
                write_line(f, *since)
            }
        }
    }
}

/// The line on which what is meant stands, where it stands on one.
fn write_line(f: &mut fmt::Formatter<'_>, line: u64) -> fmt::Result {
    if line > 0 {
        write!(f, " (line {line})")?;
    }
    Ok(())
}
