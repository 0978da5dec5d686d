//! Rows as the store keeps them, and their bytes in the catalogue.
//!
//! All numbers are little-endian. Each block of bytes ends with the first eight
//! bytes of its BLAKE3 digest, so that a damaged one is found when it is read.

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
const SAMPLE: usize = 4 + 8 + 8 + 1 + 8 + 8 + 1 + 4;
/// Bytes of one verdict.
const VERDICT: usize = 8 + 1 + 4 + 1;
/// Bytes of the digest at the end.
const CHECK: usize = 8;

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let digest = blake3::hash(&bytes);
    bytes.extend_from_slice(&digest.as_bytes()[..CHECK]);
    bytes
}

fn unsealed(bytes: &[u8], width: usize) -> Option<&[u8]> {
    let (content, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
    let digest = blake3::hash(content);
    (digest.as_bytes()[..CHECK] == *check && content.len().is_multiple_of(width)).then_some(content)
}

/// The kind and the code of a quality, as numbers.
fn quality_code(quality: SourceQuality) -> (u8, u32) {
    match quality {
        SourceQuality::None => (0, 0),
        SourceQuality::OpcUa(code) => (1, code),
        SourceQuality::Sparkplug(code) => (2, code as u32),
    }
}

fn quality_of(kind: u8, code: u32) -> Option<SourceQuality> {
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

/// The bytes of samples that have consecutive sequences.
pub(super) fn encode_samples(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * SAMPLE + CHECK);
    for row in rows {
        put_sample(&mut bytes, row);
    }
    sealed(bytes)
}

/// The samples of [`encode_samples`], the first with sequence `first`; `None`
/// if the bytes are damaged.
pub(super) fn decode_samples(bytes: &[u8], first: u64) -> Option<Vec<Row>> {
    let content = unsealed(bytes, SAMPLE)?;
    let (samples, _) = content.as_chunks::<SAMPLE>();
    samples
        .iter()
        .zip(first..)
        .map(|(sample, sequence)| {
            let mut bytes = Bytes(sample);
            let channel = bytes.u32()?;
            let time = bytes.i64()?;
            let received = bytes.i64()?;
            let numbered = bytes.u8()? == 1;
            let source_sequence = bytes.u64()?;
            let value = f64::from_bits(bytes.u64()?);
            let kind = bytes.u8()?;
            Some(Row {
                channel,
                time,
                received,
                sequence,
                source_sequence: numbered.then_some(source_sequence),
                value,
                quality: quality_of(kind, bytes.u32()?)?,
                verdict: Verdict::default(),
                revision: 0,
            })
        })
        .collect()
}

/// The bytes of verdicts.
pub(super) fn encode_verdicts(verdicts: &[(u64, Verdict)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(verdicts.len() * VERDICT + CHECK);
    for (sequence, verdict) in verdicts {
        put_verdict(&mut bytes, *sequence, *verdict);
    }
    sealed(bytes)
}

/// The verdicts of [`encode_verdicts`]; `None` if the bytes are damaged.
pub(super) fn decode_verdicts(bytes: &[u8]) -> Option<Vec<(u64, Verdict)>> {
    let content = unsealed(bytes, VERDICT)?;
    let (verdicts, _) = content.as_chunks::<VERDICT>();
    verdicts
        .iter()
        .map(|verdict| {
            let mut bytes = Bytes(verdict);
            let sequence = bytes.u64()?;
            Some((
                sequence,
                verdict_of(bytes.u8()?, bytes.u32()?, bytes.u8()?)?,
            ))
        })
        .collect()
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
