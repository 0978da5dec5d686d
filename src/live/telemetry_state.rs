//! What is known of the telemetry of a twin in operation, for whoever watches.

use std::sync::Arc;

use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::{Flag, Rules};

/// How a channel or a source is doing. Always shown with its word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// All is well.
    Good,
    /// Something is doubtful.
    Suspect,
    /// It cannot be relied on.
    Failing,
    /// Nothing comes.
    Silent,
}

impl Health {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "waiting",
            Self::Good => "good",
            Self::Suspect => "suspect",
            Self::Failing => "failing",
            Self::Silent => "silent",
        }
    }
}

/// A stretch of time and the worst that was thought of a channel's samples in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VerdictSpan {
    /// First instant.
    pub from: SimTime,
    /// Last instant.
    pub to: SimTime,
    /// The worst flag.
    pub flag: Flag,
    /// Every rule that was broken.
    pub rules: Rules,
    /// Number of samples.
    pub samples: u64,
}

/// The quality of one channel's samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelQuality {
    /// Position of the channel in the document.
    pub channel: usize,
    /// How it is doing.
    pub health: Health,
    /// Why, in words; empty when it is good.
    pub why: String,
    /// Samples judged so far, by flag: good, not evaluated, suspect, fail, missing.
    pub by_flag: [u64; 5],
    /// Part of the samples that passed, 0 to 1; `None` before the first.
    pub pass_rate: Option<f64>,
    /// Part of the expected samples that came, 0 to 1; `None` without a period.
    pub completeness: Option<f64>,
    /// When the last sample was received, by the receiver's clock.
    pub last_received: Option<SimTime>,
    /// Typical time from measurement to reception.
    pub lag: Option<SimDuration>,
    /// Offset of the source's clock from the receiver's, where it can be told.
    pub clock_offset: Option<SimDuration>,
    /// What failed, when and why; oldest first.
    pub timeline: Timeline,
}

/// What was thought of a channel's samples, piece of time by piece of time.
///
/// Only the last piece grows with every sample; the others are shared between
/// all that were told of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// All pieces but the last, oldest first.
    pub past: Arc<[VerdictSpan]>,
    /// The last piece, if there is any.
    pub last: Option<VerdictSpan>,
}

impl Timeline {
    /// All pieces, oldest first.
    pub fn spans(&self) -> impl Iterator<Item = &VerdictSpan> {
        self.past.iter().chain(&self.last)
    }
}

/// A sample that is kept aside.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptAside {
    /// Its place in the order of reception; names it in commands.
    pub sequence: u64,
    /// Position of the channel in the document.
    pub channel: usize,
    /// When it was measured.
    pub time: SimTime,
    /// Its value \[SI].
    pub value: f64,
    /// The rules it broke.
    pub rules: Rules,
    /// Whether it waits for a person to release it.
    pub in_quarantine: bool,
}

/// What a source is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceReport {
    /// Its id in the document.
    pub id: String,
    /// What it is, in words: `MQTT broker at 127.0.0.1:1883`.
    pub kind: String,
    /// How it is doing.
    pub health: Health,
    /// What it is doing, in words: `connected`, `waiting 4 s: connection refused`.
    pub doing: String,
    /// Whether the user has stopped it for a while.
    pub paused: bool,
    /// Messages received.
    pub received: u64,
    /// Messages that could not be understood.
    pub undecodable: u64,
    /// The last of those, with its reason.
    pub last_problem: String,
    /// Times it had to connect again.
    pub reconnects: u64,
}

/// What a publisher is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublisherReport {
    /// Its id in the document.
    pub id: String,
    /// What it is, in words: `MQTT broker mqtt://127.0.0.1:1883, topic twins/tclab`.
    pub kind: String,
    /// How it is doing.
    pub health: Health,
    /// What it is doing, in words: `publishing`, `trying again: …`.
    pub doing: String,
    /// Values and alarms that have arrived.
    pub published: u64,
    /// Values and alarms that wait for it.
    pub waiting: u64,
    /// Values and alarms that never arrived: there were too many of them while it
    /// was away, or they were refused.
    pub dropped: u64,
    /// What was wrong the last time.
    pub last_problem: String,
    /// Times it had to connect again.
    pub reconnects: u64,
}

/// Where samples are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreState {
    /// The folder.
    pub folder: String,
    /// Samples in it.
    pub samples: u64,
    /// Size on the disk \[byte].
    pub bytes: u64,
}

/// The telemetry of a twin in operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TelemetryState {
    /// Channels, in the document's order.
    pub channels: Vec<Arc<ChannelQuality>>,
    /// Samples kept aside, newest last; the oldest are dropped from this list
    /// (not from the store) when there are many.
    pub kept_aside: Arc<[KeptAside]>,
    /// Sources, in the document's order. Empty while a file is replayed.
    pub sources: Vec<SourceReport>,
    /// Publishers, in the document's order. Empty while nothing is published.
    pub publishers: Vec<PublisherReport>,
    /// The store, where there is one.
    pub store: Option<StoreState>,
    /// Time of the receiver's clock.
    pub clock: SimTime,
}

impl TelemetryState {
    /// How long ago, by the receiver's clock, the last sample of a channel came.
    #[must_use]
    pub fn freshness(&self, quality: &ChannelQuality) -> Option<SimDuration> {
        quality.last_received.map(|last| self.clock - last)
    }
}
