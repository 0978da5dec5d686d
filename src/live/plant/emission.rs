//! One message that a plant sends.

use crate::quantity::{SimTime, Unit};
use crate::telemetry::SourceQuality;

/// One reading of one channel as it reaches whoever listens.
#[derive(Clone, Debug, PartialEq)]
pub struct Emission {
    /// When it is received, by a clock that is right.
    pub received: SimTime,
    /// When it was measured, by the source's own clock, which may be wrong.
    pub time: SimTime,
    /// Position of the channel in the document.
    pub channel: usize,
    /// The number that is sent. It is meant in `unit`, but a unit that was
    /// changed without a word makes it another's.
    pub value: f64,
    /// The unit that the message says.
    pub unit: Unit,
    /// The number that the source gave the reading, from 1, by channel. A
    /// reading that was lost has one too.
    pub source_sequence: u64,
    /// What the source says of it.
    pub quality: SourceQuality,
}
