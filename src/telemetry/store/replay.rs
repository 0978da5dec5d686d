//! Reading a long time piece by piece, without holding it whole.

use super::description::saturate;
use super::error::StoreError;
use super::reader::{Reader, judged};
use super::row::{put_sample, put_verdict};
use super::snapshot::Snapshot;
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::Judged;

/// Samples of one piece that are aimed at; what is held in memory is a small
/// multiple of it, however long the time and however dense the samples.
const PIECE: usize = 1 << 16;

/// The first piece \[ns]; the next ones follow from how many samples it had.
const FIRST_PIECE: i64 = 60 * 1_000_000_000;

/// Pieces of a stretch of time that follow on each other, as long as it takes
/// for each to have a certain number of samples.
#[derive(Clone, Debug)]
pub struct Pieces {
    begin: Option<SimTime>,
    to: SimTime,
    /// Length of the next piece \[ns].
    width: i64,
}

impl Pieces {
    /// Pieces from one event time to another, both included.
    #[must_use]
    pub fn new(from: SimTime, to: SimTime) -> Self {
        Self {
            begin: (from <= to).then_some(from),
            to,
            width: FIRST_PIECE,
        }
    }

    /// First and last instant of the next piece; `None` at the end.
    pub fn next_piece(&mut self) -> Option<(SimTime, SimTime)> {
        let begin = self.begin?;
        let end = i128::from(begin.nanoseconds()) + i128::from(self.width);
        let end = SimTime::from_nanoseconds(saturate(end)).min(self.to);
        self.begin = end
            .checked_add(SimDuration::from_nanoseconds(1))
            .filter(|next| *next <= self.to);
        Some((begin, end))
    }

    /// Says how many samples the last piece had.
    pub fn had(&mut self, samples: usize) {
        if samples > 2 * PIECE {
            self.width = (self.width / 2).max(1);
        } else if samples < PIECE / 2 {
            self.width = self.width.saturating_mul(2);
        }
    }
}

impl Reader {
    /// Hands the samples of a channel from one event time to another, both
    /// included, to `take`, in order of time and sequence, each with its latest
    /// verdict or that of a snapshot, and returns the BLAKE3 of them all, 64
    /// hexadecimal digits. It reads one piece of time after the other.
    ///
    /// The digest is of content, like those of a [`Snapshot`]: the same samples
    /// with the same verdicts have the same, however they are stored by then.
    ///
    /// # Errors
    /// As [`range`](Self::range).
    pub fn replay(
        &self,
        channel: u32,
        from: SimTime,
        to: SimTime,
        as_of: Option<&Snapshot>,
        mut take: impl FnMut(&Judged),
    ) -> Result<String, StoreError> {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = Vec::new();
        let mut pieces = Pieces::new(from, to);
        while let Some((begin, end)) = pieces.next_piece() {
            let rows = self.rows(channel, begin, end, as_of)?;
            for row in &rows {
                put_sample(&mut bytes, row);
                put_verdict(&mut bytes, row.sequence, row.verdict);
                take(&judged(row, channel, &self.shared.translation));
            }
            hasher.update(&bytes);
            bytes.clear();
            pieces.had(rows.len());
        }
        Ok(hasher.finalize().to_hex().to_string())
    }
}
