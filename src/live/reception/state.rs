//! What is known of the channels, put together for whoever watches.

use std::sync::Arc;

use super::words;
use crate::live::telemetry_state::{ChannelQuality, Health, Timeline, VerdictSpan};
use crate::quantity::{SimTime, Unit};
use crate::telemetry::quality::statistics::{FlagCounts, OverTime, TimeBucket};
use crate::telemetry::{Flag, Intake, Rule};

/// Keeps what was told of each channel, and puts together anew what has changed.
///
/// A watcher is told ten times a second, and with many channels most have not
/// changed since: they are the same allocation as before.
#[derive(Clone, Debug, Default)]
pub(super) struct StateKeeper {
    kept: Vec<Kept>,
}

/// What was told of one channel, and when.
#[derive(Clone, Debug)]
struct Kept {
    revision: u64,
    /// State of the timeline's past when it was put together.
    past_revision: u64,
    quality: Arc<ChannelQuality>,
}

impl StateKeeper {
    /// The channels, in the document's order; `units` are those of their
    /// observations.
    pub(super) fn channels(&mut self, units: &[Unit], intake: &Intake) -> Vec<Arc<ChannelQuality>> {
        let channels = 0..u32::try_from(units.len()).unwrap_or(u32::MAX);
        for channel in channels {
            let revision = intake.revision(channel);
            let before = self.kept.get(channel as usize);
            if before.is_some_and(|kept| kept.revision == revision) {
                continue;
            }
            let Some(kept) = Kept::new(units, intake, channel, before) else {
                continue;
            };
            match self.kept.get_mut(channel as usize) {
                Some(place) => *place = kept,
                None => self.kept.push(kept),
            }
        }
        self.kept
            .iter()
            .map(|kept| Arc::clone(&kept.quality))
            .collect()
    }
}

impl Kept {
    fn new(units: &[Unit], intake: &Intake, channel: u32, before: Option<&Self>) -> Option<Self> {
        let statistics = intake.statistics(channel)?;
        let flags = statistics.flags;
        let mut reasons = Vec::new();
        let mut worst = None;
        let mut is_silent = false;
        for incident in intake.lasting_of(channel) {
            let detail = words::detail(&incident.detail, units.get(channel as usize));
            reasons.push(format!("{}{detail}", incident.rule));
            worst = worst.max(Some(incident.flag));
            is_silent |= incident.rule == Rule::Missing;
        }
        let health = if statistics.received == 0 {
            Health::Unknown
        } else if is_silent {
            Health::Silent
        } else {
            match worst {
                Some(Flag::Fail) => Health::Failing,
                Some(Flag::Suspect) => Health::Suspect,
                _ => Health::Good,
            }
        };
        let over_time = &statistics.over_time;
        let past = before
            .filter(|kept| kept.past_revision == over_time.past_revision())
            .map(|kept| Arc::clone(&kept.quality.timeline.past));
        Some(Self {
            revision: intake.revision(channel),
            past_revision: over_time.past_revision(),
            quality: Arc::new(ChannelQuality {
                channel: channel as usize,
                health,
                why: reasons.join("; "),
                by_flag: by_flag(flags),
                pass_rate: flags.pass_rate(),
                completeness: intake
                    .contract(channel)
                    .and_then(|contract| contract.period)
                    .and_then(|_| flags.completeness()),
                last_received: statistics.last_received,
                lag: statistics.lag(),
                clock_offset: intake.clock(channel).map(|estimate| estimate.offset),
                timeline: timeline(over_time, past),
            }),
        })
    }
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

/// The worst of each piece of time. `past` is all but the last piece, where it
/// is known already.
fn timeline(over_time: &OverTime, past: Option<Arc<[VerdictSpan]>>) -> Timeline {
    let mut buckets = over_time.buckets();
    let last = buckets.next_back();
    Timeline {
        past: past.unwrap_or_else(|| buckets.map(|bucket| span(bucket, over_time)).collect()),
        last: last.map(|bucket| span(bucket, over_time)),
    }
}

fn span(bucket: &TimeBucket, over_time: &OverTime) -> VerdictSpan {
    let flags = &bucket.flags;
    VerdictSpan {
        from: bucket.begin,
        to: bucket
            .begin
            .checked_add(over_time.width())
            .unwrap_or(SimTime::MAX),
        flag: if flags.fail > 0 {
            Flag::Fail
        } else if flags.suspect > 0 {
            Flag::Suspect
        } else if flags.came() == 0 {
            Flag::Missing
        } else if flags.good > 0 {
            Flag::Good
        } else {
            Flag::NotEvaluated
        },
        rules: bucket.rules,
        samples: flags.came(),
    }
}
