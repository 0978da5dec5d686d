//! An incident of a channel as an alarm.

use crate::telemetry::quality::{Detail, Incident};
use crate::telemetry::sink::PublishedAlarm;
use crate::twin::Twin;

/// The alarm that an incident is. Its id is that of the channel with the rule,
/// the same each time that it happens; `text` is what people read.
pub(in crate::live) fn alarm_of(incident: &Incident, twin: &Twin, text: String) -> PublishedAlarm {
    let channel = twin
        .channels
        .get(incident.channel as usize)
        .map_or_else(String::new, |channel| channel.id.clone());
    let reason = incident.rule.to_string();
    let mut id = format!("{channel}.{}", reason.replace(' ', "_"));
    // Several balances may be broken at a time, and all begin with one channel.
    if let Detail::Balance { id: balance, .. } = &incident.detail {
        id.push('.');
        id.push_str(balance);
    }
    PublishedAlarm {
        id,
        time: incident.end.unwrap_or(incident.begin),
        active: incident.end.is_none(),
        channel,
        reason,
        flag: incident.flag,
        text,
    }
}
