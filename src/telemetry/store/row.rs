//! Rows as the store keeps them, and their bytes as digests of content see them.
//!
//! All numbers are little-endian. These were also the bytes of a commit in
//! format 1, which is still read; [`block`](super::block) has those of today.

use crate::telemetry::{Disposition, Flag, Rules, SourceQuality, Verdict};

/// A sample with what is thought of it, in the store's own terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    /// The store's number of the channel.
    pub channel: u32,
    /// Event time \[ns since 1970].
    pub time: i64,
    /// Time of reception \[ns since 1970].
    pub received: i64,
    /// Receive sequence, from 1.
    pub sequence: u64,
    pub source_sequence: Option<u64>,
    /// Value \[SI].
    pub value: f64,
    pub quality: SourceQuality,
    pub verdict: Verdict,
    /// Revision that the verdict was given in; 0 where there is none yet.
    pub revision: u64,
}

/// A verdict on one sample, given in one revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    pub sequence: u64,
    pub revision: u64,
    pub verdict: Verdict,
}

impl Row {
    /// Place in the order of time.
    pub fn key(&self) -> (i64, u64) {
        (self.time, self.sequence)
    }

    /// The verdict that it has, as an event.
    pub fn event(&self) -> Option<Event> {
        (self.revision > 0).then_some(Event {
            sequence: self.sequence,
            revision: self.revision,
            verdict: self.verdict,
        })
    }

    /// Puts the latest verdict of revision `limit` or before in place, of its
    /// own and of `events`, which are others on the same sample.
    pub fn settle(&mut self, events: impl Iterator<Item = Event>, limit: u64) {
        let best = self
            .event()
            .into_iter()
            .chain(events)
            .filter(|event| event.revision <= limit)
            .max_by_key(|event| event.revision);
        (self.verdict, self.revision) = match best {
            Some(event) => (event.verdict, event.revision),
            None => (Verdict::default(), 0),
        };
    }
}

/// The disposition of a number in a file; the number is that of the enum.
const fn disposition_of(code: u8) -> Option<Disposition> {
    match code {
        0 => Some(Disposition::Accepted),
        1 => Some(Disposition::KeptAside),
        2 => Some(Disposition::Quarantined),
        3 => Some(Disposition::Held),
        _ => None,
    }
}

/// Bytes of one sample.
pub(super) const SAMPLE: usize = 4 + 8 + 8 + 1 + 8 + 8 + 1 + 4;
/// Bytes of one verdict.
pub(super) const VERDICT: usize = 8 + 1 + 4 + 1;
/// Bytes of the digest at the end of a block.
pub(super) const CHECK: usize = 8;

/// The rows of a block of format 1, `width` bytes each; `None` if it is none or
/// damaged.
pub(super) fn unsealed_rows(block: &[u8], width: usize) -> Option<std::slice::ChunksExact<'_, u8>> {
    let (content, check) = block.split_last_chunk::<CHECK>()?;
    let digest = blake3::hash(content);
    (digest.as_bytes()[..CHECK] == *check && content.len().is_multiple_of(width))
        .then(|| content.chunks_exact(width))
}

/// The kind and the code of a quality, as numbers.
pub(super) fn quality_code(quality: SourceQuality) -> (u8, u32) {
    match quality {
        SourceQuality::None => (0, 0),
        SourceQuality::OpcUa(code) => (1, code),
        SourceQuality::Sparkplug(code) => (2, code as u32),
    }
}

pub(super) fn quality_of(kind: u8, code: u32) -> Option<SourceQuality> {
    match kind {
        0 => Some(SourceQuality::None),
        1 => Some(SourceQuality::OpcUa(code)),
        2 => Some(SourceQuality::Sparkplug(code as i32)),
        _ => None,
    }
}

/// Adds the bytes of a sample, all but its sequence and verdict.
pub(super) fn put_sample(out: &mut Vec<u8>, row: &Row) {
    let (kind, code) = quality_code(row.quality);
    let mut bytes = [0; SAMPLE];
    bytes[0..4].copy_from_slice(&row.channel.to_le_bytes());
    bytes[4..12].copy_from_slice(&row.time.to_le_bytes());
    bytes[12..20].copy_from_slice(&row.received.to_le_bytes());
    bytes[20] = u8::from(row.source_sequence.is_some());
    bytes[21..29].copy_from_slice(&row.source_sequence.unwrap_or(0).to_le_bytes());
    bytes[29..37].copy_from_slice(&row.value.to_bits().to_le_bytes());
    bytes[37] = kind;
    bytes[38..42].copy_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&bytes);
}

/// Adds the bytes of a verdict.
pub(super) fn put_verdict(out: &mut Vec<u8>, sequence: u64, verdict: Verdict) {
    let mut bytes = [0; VERDICT];
    bytes[0..8].copy_from_slice(&sequence.to_le_bytes());
    bytes[8] = verdict.flag.code();
    bytes[9..13].copy_from_slice(&verdict.rules.bits().to_le_bytes());
    bytes[13] = verdict.disposition as u8;
    out.extend_from_slice(&bytes);
}

/// A verdict from its numbers; `None` if one of them stands for nothing.
pub(super) fn verdict_of(flag: u8, rules: u32, disposition: u8) -> Option<Verdict> {
    Some(Verdict {
        flag: Flag::from_code(flag)?,
        rules: Rules::from_bits(rules),
        disposition: disposition_of(disposition)?,
    })
}

/// Reads numbers one after the other.
pub(super) struct Bytes<'bytes>(pub &'bytes [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub fn i64(&mut self) -> Option<i64> {
        self.take().map(i64::from_le_bytes)
    }

    pub fn f64(&mut self) -> Option<f64> {
        self.u64().map(f64::from_bits)
    }
}
