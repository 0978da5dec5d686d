//! The bytes of one commit in the catalogue: samples, and verdicts on them.
//!
//! A block is written once, read again only after a restart, and gone when its
//! samples are sealed; so it is made small without much work, because every
//! byte goes to the disk twice (log, then database). Samples stand column by
//! column: neighbours in one column differ by little or nothing, and differences
//! take a byte where the number itself takes eight. Values stand as they are.
//! Verdicts stand as runs: most samples of a commit share one.
//!
//! Numbers are of variable length, seven bits a byte, lowest first, signed ones
//! folded so that small ones are short; differences wrap, so that every number
//! can be written. Each block ends with the first eight bytes of a BLAKE3 digest
//! of what is before, so that a damaged one is found when it is read. Blocks of
//! format 1 had rows of a fixed width and a digest of another kind, by which
//! they are told.

use super::row::{
    Bytes, CHECK, Row, SAMPLE, VERDICT, quality_code, quality_of, unsealed_rows, verdict_of,
};
use crate::telemetry::Verdict;

/// Makes the digests of blocks others than those of the same bytes in format 1.
const CONTEXT: &str = "counterpart telemetry store, block of format 2";

/// Samples that have consecutive sequences and the same verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VerdictRun {
    /// Receive sequence of the first.
    pub first: u64,
    /// How many, at least one.
    pub count: u64,
    pub verdict: Verdict,
}

impl VerdictRun {
    /// Receive sequence of the last.
    pub const fn last(&self) -> u64 {
        self.first + (self.count - 1)
    }
}

/// Verdicts as runs; what follows on each other is joined.
pub(super) fn runs(verdicts: impl IntoIterator<Item = (u64, Verdict)>) -> Vec<VerdictRun> {
    let mut runs: Vec<VerdictRun> = Vec::new();
    for (sequence, verdict) in verdicts {
        match runs.last_mut() {
            Some(run) if run.verdict == verdict && run.first + run.count == sequence => {
                run.count += 1;
            }
            _ => runs.push(VerdictRun {
                first: sequence,
                count: 1,
                verdict,
            }),
        }
    }
    runs
}

/// The digest that stands at the end of a block.
fn check_of(content: &[u8]) -> [u8; CHECK] {
    let digest = blake3::derive_key(CONTEXT, content);
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest[..CHECK]);
    check
}

/// What stands before the digest, if the digest is right.
fn opened(block: &[u8]) -> Option<&[u8]> {
    let (content, check) = block.split_last_chunk::<CHECK>()?;
    (check_of(content) == *check).then_some(content)
}

struct Out(Vec<u8>);

impl Out {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    /// A column of numbers that mostly stay the same, as runs of equal ones.
    fn repeated(&mut self, numbers: impl Iterator<Item = u64>) {
        let mut run: Option<(u64, u64)> = None;
        for number in numbers {
            match &mut run {
                Some((same, count)) if *same == number => *count += 1,
                _ => {
                    if let Some((before, count)) = run.replace((number, 1)) {
                        self.number(count);
                        self.number(before);
                    }
                }
            }
        }
        if let Some((last, count)) = run {
            self.number(count);
            self.number(last);
        }
    }

    fn closed(mut self) -> Vec<u8> {
        let check = check_of(&self.0);
        self.0.extend_from_slice(&check);
        self.0
    }
}

struct In<'block>(Bytes<'block>);

impl In<'_> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.0.u8()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let folded = self.number()?;
        Some((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// What [`Out::repeated`] wrote, for so many rows.
    fn repeated<'rows>(
        &mut self,
        rows: impl Iterator<Item = &'rows mut Row>,
        mut take: impl FnMut(&mut Row, u64) -> Option<()>,
    ) -> Option<()> {
        let (mut left, mut number) = (0, 0);
        for row in rows {
            if left == 0 {
                (left, number) = (self.number()?, self.number()?);
            }
            left = left.checked_sub(1)?;
            take(row, number)?;
        }
        (left == 0).then_some(())
    }
}

/// Whether the source numbers a sample, and the kind of its quality, in one number.
fn form(row: &Row) -> u64 {
    let (kind, _) = quality_code(row.quality);
    u64::from(kind) << 1 | u64::from(row.source_sequence.is_some())
}

/// The bytes of samples that have consecutive sequences; their verdicts are not
/// among them.
pub(super) fn encode_samples(rows: &[Row]) -> Vec<u8> {
    // Five columns of a byte for most samples, and the value.
    let mut out = Out(Vec::with_capacity(rows.len() * 13 + 64));
    out.number(rows.len() as u64);
    let mut before = 0;
    for row in rows {
        out.signed(i64::from(row.channel) - before);
        before = i64::from(row.channel);
    }
    // Of times the difference of differences: zero where they are a step apart,
    // and where several channels share a time.
    let (mut before, mut step) = (0_i64, 0_i64);
    for row in rows {
        let difference = row.time.wrapping_sub(before);
        out.signed(difference.wrapping_sub(step));
        (before, step) = (row.time, difference);
    }
    let mut before = 0;
    for row in rows {
        let lag = row.received.wrapping_sub(row.time);
        out.signed(lag.wrapping_sub(before));
        before = lag;
    }
    out.repeated(rows.iter().map(form));
    let mut before = 0_u64;
    for number in rows.iter().filter_map(|row| row.source_sequence) {
        out.signed(number.wrapping_sub(before) as i64);
        before = number;
    }
    out.repeated(
        rows.iter()
            .map(|row| u64::from(quality_code(row.quality).1)),
    );
    for row in rows {
        out.0.extend_from_slice(&row.value.to_bits().to_le_bytes());
    }
    out.closed()
}

/// The samples of a block, the first with sequence `first`; `None` if the block
/// is damaged.
pub(super) fn decode_samples(block: &[u8], first: u64) -> Option<Vec<Row>> {
    match opened(block) {
        Some(content) => samples_of(content, first),
        None => unsealed_rows(block, SAMPLE)?
            .zip(first..)
            .map(|(bytes, sequence)| fixed_sample(&mut Bytes(bytes), sequence))
            .collect(),
    }
}

fn samples_of(content: &[u8], first: u64) -> Option<Vec<Row>> {
    let mut bytes = In(Bytes(content));
    let count = usize::try_from(bytes.number()?).ok()?;
    // A sample takes more than eight bytes: no count makes this larger than the block.
    if count > content.len() / 8 {
        return None;
    }
    let empty = Row {
        channel: 0,
        time: 0,
        received: 0,
        sequence: 0,
        source_sequence: None,
        value: 0.0,
        quality: Default::default(),
        verdict: Verdict::default(),
        revision: 0,
    };
    let mut rows = vec![empty; count];
    let mut before = 0_i64;
    for (row, sequence) in rows.iter_mut().zip(first..) {
        before = before.checked_add(bytes.signed()?)?;
        row.channel = u32::try_from(before).ok()?;
        row.sequence = sequence;
    }
    let (mut before, mut step) = (0_i64, 0_i64);
    for row in &mut rows {
        step = step.wrapping_add(bytes.signed()?);
        before = before.wrapping_add(step);
        row.time = before;
    }
    let mut before = 0_i64;
    for row in &mut rows {
        before = before.wrapping_add(bytes.signed()?);
        row.received = row.time.wrapping_add(before);
    }
    let mut kinds = Vec::with_capacity(count);
    bytes.repeated(rows.iter_mut(), |row, form| {
        row.source_sequence = (form & 1 == 1).then_some(0);
        kinds.push(u8::try_from(form >> 1).ok()?);
        Some(())
    })?;
    let mut before = 0_u64;
    for number in rows
        .iter_mut()
        .filter_map(|row| row.source_sequence.as_mut())
    {
        before = before.wrapping_add(bytes.signed()? as u64);
        *number = before;
    }
    let mut kinds = kinds.into_iter();
    bytes.repeated(rows.iter_mut(), |row, code| {
        row.quality = quality_of(kinds.next()?, u32::try_from(code).ok()?)?;
        Some(())
    })?;
    for row in &mut rows {
        row.value = bytes.0.f64()?;
    }
    bytes.0.0.is_empty().then_some(rows)
}

/// A sample of format 1.
fn fixed_sample(bytes: &mut Bytes<'_>, sequence: u64) -> Option<Row> {
    let channel = bytes.u32()?;
    let time = bytes.i64()?;
    let received = bytes.i64()?;
    let numbered = bytes.u8()? == 1;
    let source_sequence = bytes.u64()?;
    let value = bytes.f64()?;
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
}

/// The bytes of verdicts.
pub(super) fn encode_verdicts(runs: &[VerdictRun]) -> Vec<u8> {
    let mut out = Out(Vec::with_capacity(runs.len() * 8 + 16));
    out.number(runs.len() as u64);
    let mut due = 0_u64;
    for run in runs {
        out.signed(run.first.wrapping_sub(due) as i64);
        out.number(run.count);
        out.0.push(run.verdict.flag.code());
        out.number(u64::from(run.verdict.rules.bits()));
        out.0.push(run.verdict.disposition as u8);
        due = run.first.wrapping_add(run.count);
    }
    out.closed()
}

/// The verdicts of a block; `None` if it is damaged.
pub(super) fn decode_verdicts(block: &[u8]) -> Option<Vec<VerdictRun>> {
    let Some(content) = opened(block) else {
        let verdicts: Option<Vec<_>> = unsealed_rows(block, VERDICT)?
            .map(|bytes| {
                let mut bytes = Bytes(bytes);
                let sequence = bytes.u64()?;
                let verdict = verdict_of(bytes.u8()?, bytes.u32()?, bytes.u8()?)?;
                Some((sequence, verdict))
            })
            .collect();
        return verdicts.map(runs);
    };
    let mut bytes = In(Bytes(content));
    let count = usize::try_from(bytes.number()?).ok()?;
    if count > content.len() {
        return None;
    }
    let mut found = Vec::with_capacity(count);
    let mut due = 0_u64;
    for _ in 0..count {
        let first = due.wrapping_add(bytes.signed()? as u64);
        let count = bytes.number()?;
        let flag = bytes.0.u8()?;
        let rules = u32::try_from(bytes.number()?).ok()?;
        let verdict = verdict_of(flag, rules, bytes.0.u8()?)?;
        due = first.checked_add(count)?;
        if count == 0 {
            return None;
        }
        found.push(VerdictRun {
            first,
            count,
            verdict,
        });
    }
    bytes.0.0.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::row::{put_sample, put_verdict};
    use super::*;
    use crate::telemetry::{Disposition, Flag, Rules, SourceQuality};

    fn quality() -> impl Strategy<Value = SourceQuality> {
        prop_oneof![
            Just(SourceQuality::None),
            any::<u32>().prop_map(SourceQuality::OpcUa),
            any::<i32>().prop_map(SourceQuality::Sparkplug),
        ]
    }

    fn row() -> impl Strategy<Value = Row> {
        (
            any::<u32>(),
            any::<i64>(),
            any::<i64>(),
            any::<Option<u64>>(),
            any::<u64>(),
            quality(),
        )
            .prop_map(
                |(channel, time, received, source_sequence, bits, quality)| Row {
                    channel,
                    time,
                    received,
                    sequence: 0,
                    source_sequence,
                    value: f64::from_bits(bits),
                    quality,
                    verdict: Verdict::default(),
                    revision: 0,
                },
            )
    }

    /// NaN is no number to compare, so that bits are.
    fn bits(rows: &[Row]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for row in rows {
            put_sample(&mut bytes, row);
            bytes.extend_from_slice(&row.sequence.to_le_bytes());
        }
        bytes
    }

    /// A block as format 1 had it.
    fn fixed(content: Vec<u8>) -> Vec<u8> {
        let digest = blake3::hash(&content);
        let mut block = content;
        block.extend_from_slice(&digest.as_bytes()[..CHECK]);
        block
    }

    fn verdict() -> impl Strategy<Value = Verdict> {
        (0_usize..5, any::<u32>(), 0_usize..4).prop_map(|(flag, rules, fate)| Verdict {
            flag: [
                Flag::Good,
                Flag::NotEvaluated,
                Flag::Suspect,
                Flag::Fail,
                Flag::Missing,
            ][flag],
            rules: Rules::from_bits(rules),
            disposition: [
                Disposition::Accepted,
                Disposition::KeptAside,
                Disposition::Quarantined,
                Disposition::Held,
            ][fate],
        })
    }

    proptest! {
        #[test]
        fn any_samples_read_back_to_the_bit_in_either_format(
            mut rows in proptest::collection::vec(row(), 0..50),
            first in 1_u64..u64::MAX / 2,
            place in any::<prop::sample::Index>(),
            damage in 1_u8..=255,
        ) {
            for (row, sequence) in rows.iter_mut().zip(first..) {
                row.sequence = sequence;
            }
            let mut block = encode_samples(&rows);
            let found = decode_samples(&block, first).expect("it is whole");
            prop_assert_eq!(bits(&found), bits(&rows));

            let mut content = Vec::new();
            for row in &rows {
                put_sample(&mut content, row);
            }
            let found = decode_samples(&fixed(content), first).expect("it is whole");
            prop_assert_eq!(bits(&found), bits(&rows));

            let place = place.index(block.len());
            block[place] ^= damage;
            prop_assert!(decode_samples(&block, first).is_none());
        }

        #[test]
        fn any_verdicts_read_back_in_either_format(
            verdicts in proptest::collection::btree_map(1_u64..2_000, verdict(), 0..200),
        ) {
            let expected = runs(verdicts.iter().map(|(sequence, verdict)| (*sequence, *verdict)));
            prop_assert_eq!(
                expected.iter().map(|run| run.count).sum::<u64>(),
                verdicts.len() as u64
            );
            let block = encode_verdicts(&expected);
            prop_assert_eq!(decode_verdicts(&block), Some(expected.clone()));
            let mut content = Vec::new();
            for (sequence, verdict) in &verdicts {
                put_verdict(&mut content, *sequence, *verdict);
            }
            prop_assert_eq!(decode_verdicts(&fixed(content)), Some(expected));
        }

        #[test]
        fn no_bytes_make_a_block_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let closed = Out(bytes.clone()).closed();
            let _ = decode_samples(&closed, 1);
            let _ = decode_verdicts(&closed);
            let _ = decode_samples(&bytes, 1);
            let _ = decode_verdicts(&bytes);
        }
    }

    #[test]
    fn regular_samples_take_little_more_than_their_values() {
        let rows: Vec<Row> = (0..1000_u64)
            .map(|place| Row {
                channel: (place % 10) as u32,
                time: (place / 10) as i64 * 1_000_000_000,
                received: (place / 10) as i64 * 1_000_000_000 + 20_000_000,
                sequence: place + 1,
                source_sequence: None,
                value: place as f64,
                quality: SourceQuality::None,
                verdict: Verdict::default(),
                revision: 0,
            })
            .collect();
        let bytes = encode_samples(&rows).len();
        assert!(bytes < 13_000, "{bytes}");
    }
}
