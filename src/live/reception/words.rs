//! What happened to the telemetry, in words.

use std::collections::BTreeMap;

use super::Amendment;
use crate::live::notice::{Place, Severity};
use crate::live::telemetry_state::KeptAside;
use crate::quantity::{SimTime, Unit};
use crate::telemetry::Flag;
use crate::telemetry::quality::{Detail, Incident};
use crate::twin::Twin;

/// `1 sample`, `2 samples`: a number of things whose plural ends in `s`.
pub(in crate::live) fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn name(twin: &Twin, channel: usize) -> &str {
    twin.channels
        .get(channel)
        .map_or("an unknown channel", |channel| channel.id.as_str())
}

fn clock(twin: &Twin, time: SimTime) -> String {
    twin.epoch
        .instant(time)
        .strftime("%Y-%m-%d %H:%M:%S UTC")
        .to_string()
}

/// What else is known of an incident, as the end of a sentence; `unit` is that of
/// the channel's observations.
pub(super) fn detail(detail: &Detail, unit: Option<&Unit>) -> String {
    match detail {
        Detail::None => String::new(),
        Detail::Missing { count } => format!(": {} did not come", counted(*count, "sample")),
        Detail::Sequence(gap) => {
            let numbers = counted(gap.count(), "number");
            format!(": {numbers} of the source did not come")
        }
        Detail::Late { by } => format!(": it took {by} to arrive"),
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

/// What happened, to whom, since when.
pub(super) fn of_incident(
    incident: &Incident,
    twin: &Twin,
    unit: Option<&Unit>,
) -> (Severity, String) {
    let channel = name(twin, incident.channel as usize);
    match incident.end {
        Some(end) => (
            Severity::Information,
            format!(
                "{channel}: {} is over: it lasted from {} to {}",
                incident.rule,
                clock(twin, incident.begin),
                clock(twin, end)
            ),
        ),
        None => (
            if incident.flag == Flag::Fail || incident.flag == Flag::Missing {
                Severity::Error
            } else {
                Severity::Warning
            },
            format!(
                "{channel}: {} since {}{}",
                incident.rule,
                clock(twin, incident.begin),
                detail(&incident.detail, unit)
            ),
        ),
    }
}

/// A line for every channel of which samples were released: how many, of when,
/// and what becomes of them.
pub(super) fn of_release(
    released: &[KeptAside],
    amendments: &[Amendment],
    twin: &Twin,
) -> Vec<(Place, String)> {
    let mut by_channel: BTreeMap<usize, (u64, SimTime, SimTime)> = BTreeMap::new();
    for one in released {
        let (count, first, last) = by_channel
            .entry(one.channel)
            .or_insert((0, one.time, one.time));
        *count += 1;
        (*first, *last) = ((*first).min(one.time), (*last).max(one.time));
    }
    by_channel
        .into_iter()
        .map(|(channel, (count, first, last))| {
            let takes_part = amendments
                .iter()
                .find(|amendment| amendment.channel == channel);
            let what = match takes_part {
                Some(amendment) => format!(
                    "the twin is simulated again from {}",
                    clock(twin, amendment.from)
                ),
                None => "that is too long ago for the running session; they take part in later \
                         runs"
                    .to_owned(),
            };
            let when = if first == last {
                format!("of {}", clock(twin, first))
            } else {
                format!("of {} to {}", clock(twin, first), clock(twin, last))
            };
            let text = format!(
                "{}: {} {when} released from quarantine; {what}",
                name(twin, channel),
                counted(count, "sample")
            );
            (Place::Channel(channel), text)
        })
        .collect()
}
