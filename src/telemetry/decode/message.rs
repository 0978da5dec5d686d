//! What a decoder makes of what a source sent.

use super::super::problem::shortened;
use super::super::sample::{Sample, SourceQuality};
use crate::quantity::SimTime;

/// One reading, or what could not be made into one.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A reading of a channel.
    Reading(Reading),
    /// Something that is no reading, kept aside with its reason.
    Undecodable(Undecodable),
}

impl Message {
    /// The reading, if it is one.
    #[must_use]
    pub fn reading(&self) -> Option<&Reading> {
        match self {
            Self::Reading(reading) => Some(reading),
            Self::Undecodable(_) => None,
        }
    }
}

/// One reading of one channel, before a store has given it its sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Position of the channel in the document.
    pub channel: u32,
    /// When it was measured, by the source's own clock, if the source says so.
    pub time: Option<SimTime>,
    /// When it was received, by the receiver's clock.
    pub received: SimTime,
    /// The value \[SI]; finite.
    pub value: f64,
    /// The number that the source gave it, where it numbers its samples.
    pub source_sequence: Option<u64>,
    /// What the source says of it.
    pub quality: SourceQuality,
    /// Whether the transport says that it may have delivered it before.
    pub redelivered: bool,
}

impl Reading {
    /// The sample that this is, with the sequence its store gives it. Without a
    /// time of its own it was measured when it was received.
    #[must_use]
    pub fn sample(&self, sequence: u64) -> Sample {
        Sample {
            channel: self.channel,
            time: self.time.unwrap_or(self.received),
            received: self.received,
            sequence,
            source_sequence: self.source_sequence,
            value: self.value,
            quality: self.quality,
        }
    }
}

/// A part of a message that is no reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Undecodable {
    /// Where it came from: a topic, a line, a column.
    pub place: String,
    /// When it was received.
    pub received: SimTime,
    /// What was read, cut short.
    pub text: String,
    /// What is wrong with it and what was expected, as the end of a sentence
    /// that begins with the text.
    pub reason: String,
}

impl std::fmt::Display for Undecodable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: `{}` {}", self.place, self.text, self.reason)
    }
}

/// Numbers in a row of numbers that each edge node counts up, from 0 to 255 and
/// again from 0, did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceGap {
    /// Who counts: `group/node`.
    pub node: String,
    /// The number that was due.
    pub expected: u8,
    /// The number that came.
    pub found: u8,
}

impl SequenceGap {
    /// The last number that did not come.
    #[must_use]
    pub const fn last(&self) -> u8 {
        self.found.wrapping_sub(1)
    }

    /// How many did not come, at least: a whole round more cannot be told.
    #[must_use]
    pub const fn count(&self) -> u8 {
        self.found.wrapping_sub(self.expected)
    }
}

impl std::fmt::Display for SequenceGap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { node, expected, .. } = self;
        match self.count() {
            1 => write!(f, "message {expected} of `{node}` did not come"),
            count => write!(
                f,
                "messages {expected} to {} of `{node}` did not come, {count} of them",
                self.last()
            ),
        }
    }
}

/// What has been decoded so far; filled by a decoder, emptied by its user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// Readings and what is none, in the order in which they stand in the payload.
    pub messages: Vec<Message>,
    /// Number of parts that belong to no channel of the twin.
    pub unmatched: u64,
    /// Name of the first part that belongs to no channel.
    pub unmatched_example: Option<String>,
    /// Numbers missing between messages, where the protocol numbers them.
    pub gaps: Vec<SequenceGap>,
    /// Edge nodes, `group/node`, of which something is not known that their
    /// births say: they are to be asked for a new one.
    pub rebirths: Vec<String>,
}

impl Decoded {
    /// Takes a reading.
    pub(super) fn reading(&mut self, reading: Reading) {
        self.messages.push(Message::Reading(reading));
    }

    /// Takes what is none.
    pub(super) fn undecodable(
        &mut self,
        place: &str,
        received: SimTime,
        text: &str,
        reason: impl Into<String>,
    ) {
        self.messages.push(Message::Undecodable(Undecodable {
            place: shortened_to(place, 120),
            received,
            text: shortened(text),
            reason: reason.into(),
        }));
    }

    /// Counts a part that belongs to no channel.
    pub(super) fn unmatched(&mut self, name: &str) {
        self.unmatched += 1;
        if self.unmatched_example.is_none() {
            self.unmatched_example = Some(shortened_to(name, 120));
        }
    }

    /// The readings, in order.
    pub fn readings(&self) -> impl Iterator<Item = &Reading> {
        self.messages.iter().filter_map(Message::reading)
    }

    /// What is no reading, in order.
    pub fn undecodables(&self) -> impl Iterator<Item = &Undecodable> {
        self.messages.iter().filter_map(|message| match message {
            Message::Reading(_) => None,
            Message::Undecodable(undecodable) => Some(undecodable),
        })
    }
}

/// `text` with control characters as escapes, cut after `longest` characters.
fn shortened_to(text: &str, longest: usize) -> String {
    let mut short = String::new();
    for character in text.chars().take(longest) {
        if character.is_control() {
            short.extend(character.escape_default());
        } else {
            short.push(character);
        }
    }
    if text.chars().nth(longest).is_some() {
        short.push('…');
    }
    short
}
