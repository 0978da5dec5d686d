//! Telemetry from a store, with the verdicts that stand there.

use std::sync::Arc;

use super::align::{Aligned, ChannelAligner};
use super::contract::{Aggregating, ChannelContract};
use super::csv::{ChannelSamples, MOST_KEPT, Telemetry, reason_of, rounded};
use super::problem::{Rejected, TelemetryProblem};
use super::quality::statistics::ChannelStatistics;
use super::recording::Recording;
use super::sample::{Disposition, Flag, Judged};
use super::store::{Reader, Snapshot, StoreError};
use crate::quantity::SimTime;
use crate::twin::{ChannelRole, Twin, VariableTable};

/// Samples kept for a replay to hear them one after the other: of more, only
/// what stands on the twin's steps is kept, so that memory stays bounded.
const MOST_HEARD: usize = 2_000_000;

/// What is to be read of a store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoredWindow<'snapshot> {
    /// First event time.
    pub from: SimTime,
    /// Last event time.
    pub to: SimTime,
    /// What was there; what comes later is not seen.
    pub as_of: &'snapshot Snapshot,
}

/// Why a store gives no telemetry.
#[derive(Debug, thiserror::Error)]
pub enum StoredProblem {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A channel cannot be used, which loading a document rules out.
    #[error(transparent)]
    Channel(#[from] TelemetryProblem),
    /// The store has nothing of that time.
    #[error("no channel has a sample that takes part from {from} to {to}; {advice}")]
    Nothing {
        /// First event time that was asked for.
        from: SimTime,
        /// Last event time that was asked for.
        to: SimTime,
        /// What there is, or what to do.
        advice: String,
    },
    /// An input has nothing to drive the model with.
    #[error(
        "input channel `{channel}` has no sample that takes part in this time, so that nothing \
         drives `{variable}`; choose another time, or run without telemetry"
    )]
    NoInput {
        /// Id of the channel.
        channel: String,
        /// What it would drive.
        variable: String,
    },
}

/// Event times of the first and last sample in a store, over all channels.
///
/// # Errors
/// When the catalogue cannot be read.
pub fn stored_span(reader: &Reader, twin: &Twin) -> Result<Option<(SimTime, SimTime)>, StoreError> {
    let mut span: Option<(SimTime, SimTime)> = None;
    for channel in 0..twin.channels.len() {
        if let Some((first, last)) = reader.span(channel as u32)? {
            span = Some(span.map_or((first, last), |(begin, end)| {
                (begin.min(first), end.max(last))
            }));
        }
    }
    Ok(span)
}

/// Reads what a store holds of a time, by the verdicts of a snapshot: what was
/// kept aside, or has been released since, takes part or not as it did then.
///
/// Samples are put on the twin's steps while they are read, by the aggregation
/// of their channel's contract, so that the memory taken follows from the number
/// of steps and not from that of the samples: what comes out is one value a step
/// at most, and its contract says that it is an instant. The digest is of every
/// sample and verdict that was read.
///
/// `name` is for messages.
///
/// # Errors
/// When the store cannot be read, the snapshot is not its own or has lost
/// samples of this time to retention, or there is nothing to use.
pub fn read_store(
    reader: &Reader,
    name: &str,
    twin: &Twin,
    variables: &VariableTable,
    window: StoredWindow<'_>,
) -> Result<Telemetry, StoredProblem> {
    let mut digest = blake3::Hasher::new();
    let mut telemetry = Telemetry {
        name: name.to_owned(),
        digest: String::new(),
        channels: Vec::with_capacity(twin.channels.len()),
        rejected: Vec::new(),
        rejected_count: 0,
        rows: 0,
        ignored_columns: Vec::new(),
        warnings: Vec::new(),
        incidents: Vec::new(),
        recording: Arc::default(),
    };
    let mut heard = Vec::new();
    let mut too_many = false;
    for position in 0..twin.channels.len() {
        let contract = ChannelContract::new(twin, variables, position)?;
        let mut lane = Lane::new(twin, position, contract);
        let content = reader.replay(
            position as u32,
            window.from,
            window.to,
            Some(window.as_of),
            |judged| {
                lane.take(judged, &mut telemetry);
                too_many |= heard.len() == MOST_HEARD;
                if !too_many {
                    heard.push(judged.sample);
                }
            },
        )?;
        digest.update(twin.channels[position].id.as_bytes());
        digest.update(content.as_bytes());
        let samples = lane.finish();
        if samples.statistics.received > 0 {
            telemetry.channels.push(samples);
        }
    }
    telemetry.rejected.sort_by_key(|one| one.line);
    if too_many {
        telemetry.warnings.push(format!(
            "more than {MOST_HEARD} samples: their quality is not shown over time; ask for a \
             shorter time to see it"
        ));
    } else {
        heard.sort_by_key(|sample| sample.sequence);
        let mut recording = Recording::default();
        for sample in &heard {
            recording.push(sample);
        }
        telemetry.recording = Arc::new(recording);
    }
    telemetry.digest = digest.finalize().to_hex().to_string();
    check(reader, twin, window, &telemetry)?;
    for samples in telemetry.channels.iter().filter(|one| one.times.is_empty()) {
        telemetry.warnings.push(format!(
            "channel `{}` has no usable sample",
            twin.channels[samples.channel].id
        ));
    }
    Ok(telemetry)
}

fn check(
    reader: &Reader,
    twin: &Twin,
    window: StoredWindow<'_>,
    telemetry: &Telemetry,
) -> Result<(), StoredProblem> {
    if telemetry.channels.iter().all(|one| one.times.is_empty()) {
        let advice = match stored_span(reader, twin)? {
            _ if telemetry.rejected_count > 0 => {
                format!("all {} samples are kept aside", telemetry.rejected_count)
            }
            None => "the store is empty".to_owned(),
            Some((first, last)) => format!(
                "the store reaches from {} to {}",
                twin.epoch.instant(first),
                twin.epoch.instant(last)
            ),
        };
        return Err(StoredProblem::Nothing {
            from: window.from,
            to: window.to,
            advice,
        });
    }
    // One without any sample at all keeps the value that the document gives it.
    let unusable =
        |samples: &&ChannelSamples| samples.role == ChannelRole::Input && samples.times.is_empty();
    match telemetry.channels.iter().find(unusable) {
        None => Ok(()),
        Some(samples) => {
            let channel = &twin.channels[samples.channel];
            Err(StoredProblem::NoInput {
                channel: channel.id.clone(),
                variable: channel.variable.clone(),
            })
        }
    }
}

/// One channel on its way out of the store.
struct Lane {
    aligner: ChannelAligner,
    judged_by: ChannelContract,
    samples: ChannelSamples,
    /// The worst flag of the samples of the step that is not over.
    flag: Option<Flag>,
}

impl Lane {
    fn new(twin: &Twin, position: usize, contract: ChannelContract) -> Self {
        Self {
            aligner: ChannelAligner::new(&contract, twin.timestep),
            samples: ChannelSamples {
                channel: position,
                variable: contract.variable,
                role: twin.channels[position].role,
                times: Vec::new(),
                values: Vec::new(),
                flags: Vec::new(),
                rejected: 0,
                contract: ChannelContract {
                    aggregation: Aggregating::Instant,
                    ..contract.clone()
                },
                statistics: ChannelStatistics::default(),
            },
            judged_by: contract,
            flag: None,
        }
    }

    fn take(&mut self, judged: &Judged, telemetry: &mut Telemetry) {
        let Judged { sample, verdict } = judged;
        telemetry.rows += 1;
        self.samples.statistics.receives(sample);
        self.samples.statistics.judges(sample, *verdict);
        if verdict.disposition != Disposition::Accepted {
            self.samples.rejected += 1;
            telemetry.rejected_count += 1;
            if telemetry.rejected.len() < MOST_KEPT {
                telemetry.rejected.push(Rejected {
                    channel: Some(self.samples.channel),
                    line: sample.sequence,
                    time: Some(sample.time),
                    value: rounded(self.judged_by.unit.from_si(sample.value)).to_string(),
                    reason: reason_of(sample, *verdict, &self.judged_by),
                });
            }
        }
        let flag = self.flag.max(Some(verdict.flag));
        let samples = &mut self.samples;
        let before = samples.times.len();
        self.aligner.take(judged, |one| add(samples, one, flag));
        self.flag = if samples.times.len() > before {
            None
        } else {
            flag
        };
    }

    fn finish(mut self) -> ChannelSamples {
        let (flag, samples) = (self.flag, &mut self.samples);
        self.aligner.finish(|one| add(samples, one, flag));
        self.samples
    }
}

fn add(samples: &mut ChannelSamples, one: Aligned, flag: Option<Flag>) {
    if samples.times.last() < Some(&one.time) {
        samples.times.push(one.time);
        samples.values.push(one.value);
        samples.flags.push(flag.unwrap_or_default());
    }
}
