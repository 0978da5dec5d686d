//! The data-quality panel: channels by health, and what failed, when and why.

use super::Workbench;
use crate::live::{Health, TelemetryState, VerdictSpan};
use crate::quantity::SimDuration;
use crate::quantity::format::format_quantity;
use crate::telemetry::Rules;

/// One channel's row.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelRow {
    /// Position of the channel in the document.
    pub channel: usize,
    /// Its id.
    pub name: String,
    /// How it is doing.
    pub health: Health,
    /// Why, in words.
    pub why: String,
    /// `99.2 %`, or a dash.
    pub pass_rate: String,
    /// `100 %`, or a dash.
    pub completeness: String,
    /// Time since the last accepted sample, in words.
    pub freshness: String,
    /// Time from measurement to reception, in words.
    pub lag: String,
    /// What failed, when and why.
    pub timeline: Vec<VerdictSpan>,
}

/// One sample kept aside.
#[derive(Clone, Debug, PartialEq)]
pub struct AsideRow {
    /// Names it in commands.
    pub sequence: u64,
    /// Id of the channel.
    pub channel: String,
    /// When it was measured, as a clock time.
    pub time: String,
    /// Its value with its unit.
    pub value: String,
    /// Why it was kept aside.
    pub rules: Rules,
    /// Whether it can be released.
    pub can_release: bool,
}

/// The panel.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityView {
    /// Channels, the worst first.
    pub channels: Vec<ChannelRow>,
    /// First and last instant of the timelines [s].
    pub span: (f64, f64),
    /// Samples kept aside, the newest first.
    pub aside: Vec<AsideRow>,
}

fn percent(part: Option<f64>) -> String {
    part.map_or_else(
        || "–".to_owned(),
        |part| {
            // A channel with a failure never reads 100 %.
            let shown = (part * 1000.0).floor() / 10.0;
            format!("{shown:.1}\u{202f}%")
        },
    )
}

/// A duration as a person says it, to one digit: `0.4 s`, `12 s`, `3 min`.
#[must_use]
pub fn short_duration(duration: SimDuration) -> String {
    let seconds = duration.as_seconds();
    let size = seconds.abs();
    if size < 10.0 {
        format!("{seconds:.1}\u{202f}s")
    } else if size < 120.0 {
        format!("{seconds:.0}\u{202f}s")
    } else if size < 7200.0 {
        format!("{:.0}\u{202f}min", seconds / 60.0)
    } else {
        format!("{:.0}\u{202f}h", seconds / 3600.0)
    }
}

fn duration(duration: Option<SimDuration>) -> String {
    duration.map_or_else(|| "–".to_owned(), short_duration)
}

/// Makes the panel; `None` while nothing is known of any telemetry.
#[must_use]
pub fn view(workbench: &Workbench) -> Option<QualityView> {
    let document = workbench.document.as_ref()?;
    let state: &TelemetryState = workbench.record.telemetry()?;
    let channels = &document.twin().channels;
    let mut rows: Vec<ChannelRow> = state
        .channels
        .iter()
        .filter_map(|quality| {
            Some(ChannelRow {
                channel: quality.channel,
                name: channels.get(quality.channel)?.id.clone(),
                health: quality.health,
                why: quality.why.clone(),
                pass_rate: percent(quality.pass_rate),
                completeness: percent(quality.completeness),
                freshness: duration(state.freshness(quality)),
                lag: duration(quality.lag),
                timeline: quality.timeline.spans().copied().collect(),
            })
        })
        .collect();
    let severity = |health: Health| match health {
        Health::Failing => 0,
        Health::Silent => 1,
        Health::Suspect => 2,
        Health::Unknown => 3,
        Health::Good => 4,
    };
    rows.sort_by_key(|row| (severity(row.health), row.channel));
    let aside = state
        .kept_aside
        .iter()
        .rev()
        .filter_map(|one| {
            let channel = channels.get(one.channel)?;
            Some(AsideRow {
                sequence: one.sequence,
                channel: channel.id.clone(),
                time: document
                    .twin()
                    .epoch
                    .instant(one.time)
                    .strftime("%H:%M:%S")
                    .to_string(),
                value: format_quantity(one.value, &workbench.settings.unit(&channel.unit), 5),
                rules: one.rules,
                can_release: one.in_quarantine,
            })
        })
        .collect();
    let now = workbench.time.now().max(state.clock).as_seconds();
    let begin = rows
        .iter()
        .flat_map(|row| row.timeline.first())
        .map(|span| span.from.as_seconds())
        .fold(now, f64::min);
    Some(QualityView {
        channels: rows,
        span: (begin, now.max(begin + 1.0)),
        aside,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_not_whole_never_reads_as_whole() {
        assert_eq!(percent(Some(1.0)), "100.0\u{202f}%");
        assert_eq!(percent(Some(0.999_99)), "99.9\u{202f}%");
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn durations_are_short() {
        let seconds = |value: f64| SimDuration::from_seconds(value).expect("finite");
        assert_eq!(short_duration(seconds(0.42)), "0.4\u{202f}s");
        assert_eq!(short_duration(seconds(119.0)), "119\u{202f}s");
        assert_eq!(short_duration(seconds(600.0)), "10\u{202f}min");
        assert_eq!(short_duration(seconds(36_000.0)), "10\u{202f}h");
    }
}
