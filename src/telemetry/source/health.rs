//! How a source is doing, for the person who watches it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::super::decode::{Decoded, Message, SequenceGap, Undecodable};
use crate::quantity::{SimDuration, SimTime};

/// Examples kept of each kind of trouble.
const MOST_EXAMPLES: usize = 20;

/// What a source is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SourceState {
    /// It is being reached for the first time, or again.
    #[default]
    Connecting,
    /// It is being read.
    Connected,
    /// The connection is gone; it is tried again after a while.
    Waiting {
        /// How long after the failure.
        retry_in: SimDuration,
        /// What went wrong and what can be done.
        why: String,
    },
    /// Somebody paused it.
    Paused,
    /// There is nothing left to read, or somebody stopped it.
    Ended,
    /// It cannot be read before somebody changes something.
    Failed {
        /// What is wrong and what can be done.
        why: String,
    },
}

impl fmt::Display for SourceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => f.write_str("connecting"),
            Self::Connected => f.write_str("connected"),
            Self::Waiting { retry_in, why } => write!(f, "trying again in {retry_in}: {why}"),
            Self::Paused => f.write_str("paused"),
            Self::Ended => f.write_str("ended"),
            Self::Failed { why } => write!(f, "failed: {why}"),
        }
    }
}

/// How a source is doing: state, counts since it was started, examples of trouble.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceHealth {
    /// What it is doing.
    pub state: SourceState,
    /// Payloads received: messages, requests, pieces of a file.
    pub received: u64,
    /// Bytes of these payloads.
    pub bytes: u64,
    /// Readings decoded.
    pub decoded: u64,
    /// Parts that are no readings.
    pub undecodable: u64,
    /// The last of these.
    pub undecodable_examples: VecDeque<Undecodable>,
    /// Parts that belong to no channel of the twin.
    pub unmatched: u64,
    /// Names of the first different ones.
    pub unmatched_examples: Vec<String>,
    /// Readings and payloads that could not be handed on: over a size limit, or
    /// refused because nobody took them.
    pub dropped: u64,
    /// Why the last ones were.
    pub dropped_examples: VecDeque<String>,
    /// Readings that the transport says it may have delivered before.
    pub redelivered: u64,
    /// Gaps in the numbers of messages, where the protocol numbers them.
    pub gaps: u64,
    /// The last of these.
    pub gap_examples: VecDeque<SequenceGap>,
    /// Requests to edge nodes to say anew what they have and send.
    pub rebirths: u64,
    /// Acknowledgements that could not be given; what they were for comes again.
    pub failed_acknowledgements: u64,
    /// Why the last ones could not.
    pub failed_acknowledgement_examples: VecDeque<String>,
    /// Connections after the first.
    pub reconnects: u64,
    /// When something was last received, by the receiver's clock.
    pub last_message: Option<SimTime>,
    /// What else there is to say, one sentence each.
    pub notes: Vec<String>,
}

impl SourceHealth {
    /// Counts what a decoder has made of a payload.
    pub(super) fn count(&mut self, decoded: &Decoded) {
        for message in &decoded.messages {
            match message {
                Message::Reading(reading) => {
                    self.decoded += 1;
                    self.redelivered += u64::from(reading.redelivered);
                }
                Message::Undecodable(undecodable) => {
                    self.undecodable += 1;
                    keep_last(&mut self.undecodable_examples, undecodable.clone());
                }
            }
        }
        self.unmatched += decoded.unmatched;
        if let Some(name) = &decoded.unmatched_example
            && self.unmatched_examples.len() < MOST_EXAMPLES
            && !self.unmatched_examples.contains(name)
        {
            self.unmatched_examples.push(name.clone());
        }
        self.gaps += decoded.gaps.len() as u64;
        for gap in &decoded.gaps {
            keep_last(&mut self.gap_examples, gap.clone());
        }
    }

    /// Counts a payload.
    pub(super) fn receive(&mut self, bytes: usize, at: SimTime) {
        self.received += 1;
        self.bytes += bytes as u64;
        self.last_message = Some(at);
    }

    /// Counts what could not be handed on.
    pub(super) fn drop_counted(&mut self, count: u64, why: String) {
        self.dropped += count;
        keep_last(&mut self.dropped_examples, why);
    }

    /// Counts an acknowledgement that could not be given.
    pub(super) fn failed_acknowledgement(&mut self, why: String) {
        self.failed_acknowledgements += 1;
        keep_last(&mut self.failed_acknowledgement_examples, why);
    }

    /// Says something once.
    pub(super) fn note(&mut self, text: &str) {
        if self.notes.len() < MOST_EXAMPLES && !self.notes.iter().any(|note| note == text) {
            self.notes.push(text.to_owned());
        }
    }
}

fn keep_last<T>(examples: &mut VecDeque<T>, example: T) {
    if examples.len() == MOST_EXAMPLES {
        examples.pop_front();
    }
    examples.push_back(example);
}

/// The health that a source writes and others read.
#[derive(Debug, Default)]
pub(super) struct HealthCell(Mutex<SourceHealth>);

impl HealthCell {
    pub(super) fn read(&self) -> SourceHealth {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut SourceHealth) -> T) -> T {
        // Whoever panicked while holding it left numbers behind, not broken ones.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
