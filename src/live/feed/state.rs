//! What is known of the telemetry, put together for whoever watches.

use super::work::{MOST_LISTED, lasting_rules};
use crate::live::telemetry_state::{
    ChannelQuality, Health, KeptAside, SourceReport, StoreState, TelemetryState, VerdictSpan,
};
use crate::quantity::SimTime;
use crate::telemetry::quality::statistics::{ChannelStatistics, FlagCounts};
use crate::telemetry::quality::{Detail, Incident};
use crate::telemetry::source::{SourceHandle, SourceState};
use crate::telemetry::{ChannelSamples, Flag, Intake, Reason, Rule, Rules, Telemetry};
use crate::twin::{Connection, Twin};

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

/// What else is known of an incident, as the end of a sentence.
pub(super) fn detail_text(detail: &Detail, twin: &Twin, channel: u32) -> String {
    let unit = twin
        .channels
        .get(channel as usize)
        .map(|channel| channel.unit.clone());
    match detail {
        Detail::None => String::new(),
        Detail::Missing { count } => format!(": {count} samples did not come"),
        Detail::Sequence(gap) => format!(": {} numbers of the source did not come", gap.count()),
        Detail::Clock { by } => format!(": the source's clock is off by {by}"),
        Detail::Balance { id, .. } => format!(": balance `{id}` does not close"),
        Detail::Drift { by } => match unit {
            Some(unit) => {
                // A difference has no zero point: 2 K, not -271 degC.
                let shown = unit.difference_from_si(*by);
                format!(
                    ": the sensor reads {shown:+.2} from the model, in {}",
                    unit.symbol()
                )
            }
            None => String::new(),
        },
        Detail::Unit(proposal) => format!(
            ": the numbers fit `{}` better (confidence {:.0} %)",
            proposal.unit.code(),
            proposal.confidence * 100.0
        ),
    }
}

pub(super) fn telemetry_state(
    twin: &Twin,
    intake: &Intake,
    sources: &[SourceHandle],
    kinds: &[String],
    kept_aside: Vec<KeptAside>,
    store: Option<StoreState>,
    clock: SimTime,
) -> TelemetryState {
    TelemetryState {
        channels: (0..twin.channels.len())
            .filter_map(|channel| channel_quality(twin, intake, channel, clock))
            .collect(),
        kept_aside,
        sources: sources
            .iter()
            .zip(kinds)
            .map(|(source, kind)| source_report(source, kind))
            .collect(),
        publishers: Vec::new(),
        store,
        clock,
    }
}

fn channel_quality(
    twin: &Twin,
    intake: &Intake,
    position: usize,
    clock: SimTime,
) -> Option<ChannelQuality> {
    let channel = u32::try_from(position).ok()?;
    let statistics = intake.statistics(channel)?;
    let flags = statistics.flags;
    let lasting = lasting_rules(intake, channel);
    let why = intake
        .lasting()
        .filter(|incident| incident.channel == channel)
        .map(|incident: &Incident| {
            format!(
                "{}{}",
                incident.rule,
                detail_text(&incident.detail, twin, channel)
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    let worst = intake
        .lasting()
        .filter(|incident| incident.channel == channel)
        .map(|incident| incident.flag)
        .max();
    let health = if statistics.received == 0 {
        Health::Unknown
    } else if lasting.contains(Rule::Missing) {
        Health::Silent
    } else {
        match worst {
            Some(Flag::Fail) => Health::Failing,
            Some(Flag::Suspect) => Health::Suspect,
            _ => Health::Good,
        }
    };
    Some(ChannelQuality {
        channel: position,
        health,
        why,
        by_flag: by_flag(flags),
        pass_rate: flags.pass_rate(),
        completeness: intake
            .contract(channel)
            .and_then(|contract| contract.period)
            .and_then(|_| flags.completeness()),
        freshness: statistics.freshness(clock),
        lag: statistics.lag(),
        clock_offset: intake.clock(channel).map(|estimate| estimate.offset),
        timeline: timeline(statistics),
    })
}

fn by_flag(flags: FlagCounts) -> [u64; 5] {
    [
        flags.good,
        flags.not_evaluated,
        flags.suspect,
        flags.fail,
        flags.missing,
    ]
}

/// The worst of each piece of time.
fn timeline(statistics: &ChannelStatistics) -> Vec<VerdictSpan> {
    let width = statistics.over_time.width();
    statistics
        .over_time
        .buckets()
        .map(|bucket| VerdictSpan {
            from: bucket.begin,
            to: bucket.begin.checked_add(width).unwrap_or(SimTime::MAX),
            flag: if bucket.flags.fail > 0 {
                Flag::Fail
            } else if bucket.flags.suspect > 0 {
                Flag::Suspect
            } else if bucket.flags.came() == 0 {
                Flag::Missing
            } else if bucket.flags.good > 0 {
                Flag::Good
            } else {
                Flag::NotEvaluated
            },
            rules: bucket.rules,
            samples: bucket.flags.came(),
        })
        .collect()
}

/// What is known of a file, all of it: it is there before the replay begins.
pub(in crate::live) fn state_of_file(twin: &Twin, telemetry: &Telemetry) -> TelemetryState {
    let channels = telemetry.channels.iter().map(quality_of_file).collect();
    let first_listed = telemetry.rejected.len().saturating_sub(MOST_LISTED);
    let kept_aside = telemetry.rejected[first_listed..]
        .iter()
        .filter_map(|rejected| {
            let channel = rejected.channel?;
            let number: f64 = rejected.value.trim().parse().ok()?;
            Some(KeptAside {
                sequence: rejected.line,
                channel,
                time: rejected.time?,
                value: twin.channels.get(channel)?.unit.to_si(number),
                rules: match &rejected.reason {
                    Reason::OutOfRange { .. } => Rules::NONE.with(Rule::GrossRange),
                    Reason::Duplicate => Rules::NONE.with(Rule::Duplicate),
                    Reason::OutOfOrder => Rules::NONE.with(Rule::OutOfOrder),
                    Reason::Contract { rules } => *rules,
                    _ => return None,
                },
                in_quarantine: false,
            })
        })
        .collect();
    let ends = telemetry
        .channels
        .iter()
        .filter_map(|one| one.statistics.last);
    TelemetryState {
        channels,
        kept_aside,
        sources: Vec::new(),
        publishers: Vec::new(),
        store: None,
        clock: ends.max().unwrap_or(SimTime::ZERO),
    }
}

fn quality_of_file(samples: &ChannelSamples) -> ChannelQuality {
    let statistics = &samples.statistics;
    let flags = statistics.flags;
    let why: Vec<String> = [
        (flags.fail, "failed"),
        (flags.suspect, "are suspect"),
        (flags.missing, "did not come"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    ChannelQuality {
        channel: samples.channel,
        health: if why.is_empty() {
            Health::Good
        } else {
            Health::Suspect
        },
        why: why.join(", "),
        by_flag: by_flag(flags),
        pass_rate: flags.pass_rate(),
        completeness: samples.contract.period.and_then(|_| flags.completeness()),
        freshness: None,
        lag: statistics.lag(),
        clock_offset: None,
        timeline: timeline(statistics),
    }
}

fn source_report(source: &SourceHandle, kind: &str) -> SourceReport {
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
