//! What the sources are doing, for whoever watches.

use crate::live::telemetry_state::{Health, SourceReport};
use crate::telemetry::source::{SourceHandle, SourceState};
use crate::twin::Connection;

/// What a connection is, in words.
pub(super) fn kind(connection: &Connection) -> String {
    match connection {
        Connection::File { path } => format!("file {path}"),
        Connection::Folder { path } => format!("folder {path}"),
        Connection::Mqtt { url, .. } => format!("MQTT broker {url}"),
        Connection::HttpPush { listen, .. } => format!("HTTP on {listen}"),
        Connection::Process { command, .. } => {
            let program = command.first().map_or("", String::as_str);
            let name = std::path::Path::new(program)
                .file_name()
                .map_or(program.into(), std::ffi::OsStr::to_string_lossy);
            format!("program {name}")
        }
    }
}

/// What a source is doing.
pub(super) fn of(source: &SourceHandle, kind: &str) -> SourceReport {
    let health = source.health();
    let last_problem = health
        .undecodable_examples
        .back()
        .map(ToString::to_string)
        .or_else(|| health.dropped_examples.back().cloned())
        .or_else(|| health.failed_acknowledgement_examples.back().cloned())
        .unwrap_or_default();
    SourceReport {
        id: source.id().to_owned(),
        kind: kind.to_owned(),
        health: match &health.state {
            SourceState::Connecting | SourceState::Paused => Health::Unknown,
            SourceState::Connected => Health::Good,
            SourceState::Waiting { .. } => Health::Suspect,
            SourceState::Ended => Health::Silent,
            SourceState::Failed { .. } => Health::Failing,
        },
        doing: health.state.to_string(),
        paused: health.state == SourceState::Paused,
        received: health.received,
        undecodable: health.undecodable + health.dropped,
        last_problem,
        reconnects: health.reconnects,
    }
}
