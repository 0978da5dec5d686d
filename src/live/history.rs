//! What the twin did so far, columnar by row.

use crate::quantity::SimTime;
use crate::twin::VariableIndex;

/// Most values kept, over all variables and times: 256 MiB. A run that would
/// hold more keeps every second row, every third and so on.
const MOST_VALUES: usize = 32 << 20;

/// A run of consecutive rows: the values of all variables at some times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Position of the first of them in the history.
    pub first: usize,
    /// Number of variables in a row.
    pub width: usize,
    /// Time of each row.
    pub times: Vec<SimTime>,
    /// Values \[SI], row after row, each in the order of the variable table.
    pub values: Vec<f64>,
}

impl Rows {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The values of one row \[SI], if there is such a row.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<&[f64]> {
        let start = row.checked_mul(self.width)?;
        self.values.get(start..start + self.width)
    }

    /// The values of one variable \[SI], one per row.
    pub fn column(&self, variable: VariableIndex) -> impl Iterator<Item = f64> + '_ {
        let width = self.width.max(1);
        self.values
            .iter()
            .skip(variable.position())
            .step_by(width)
            .copied()
            .take(self.times.len())
    }
}

/// All rows since the session began.
///
/// One row per timestep, unless the session is so long and the twin so large
/// that only every [`History::stride`]-th fits. Of a session whose end is not
/// known every second row is dropped whenever no more would fit.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    rows: Rows,
    /// Most rows kept.
    room: usize,
    stride: u64,
    seen: u64,
    thinnings: u64,
}

impl History {
    /// An empty history of rows of `width` variables, thin enough from the
    /// beginning for `expected` rows to fit.
    pub(super) fn new(width: usize, expected: u64) -> Self {
        Self::with_room(width, expected, (MOST_VALUES / width.max(1)).max(2))
    }

    fn with_room(width: usize, expected: u64, room: usize) -> Self {
        Self {
            rows: Rows {
                width,
                ..Rows::default()
            },
            stride: expected.div_ceil(room as u64).max(1),
            room,
            seen: 0,
            thinnings: 0,
        }
    }

    pub(super) fn push(&mut self, time: SimTime, values: &[f64]) {
        if self.seen.is_multiple_of(self.stride) && self.rows.len() >= self.room {
            self.thin();
        }
        if self.seen.is_multiple_of(self.stride) {
            self.rows.times.push(time);
            self.rows.values.extend_from_slice(values);
        }
        self.seen += 1;
    }

    /// Drops every second row.
    fn thin(&mut self) {
        let width = self.rows.width;
        let kept = self.rows.len().div_ceil(2);
        for row in 1..kept {
            self.rows.times[row] = self.rows.times[2 * row];
            let from = 2 * row * width;
            self.rows
                .values
                .copy_within(from..from + width, row * width);
        }
        self.rows.times.truncate(kept);
        self.rows.values.truncate(kept * width);
        self.stride = self.stride.saturating_mul(2);
        self.thinnings += 1;
    }

    /// How often rows were dropped for want of room: positions of rows from
    /// before are not those of now.
    pub(super) fn thinnings(&self) -> u64 {
        self.thinnings
    }

    pub(super) fn clear(&mut self) {
        self.rows.times.clear();
        self.rows.values.clear();
        self.seen = 0;
    }

    /// How many rows were offered so far, those that were not kept among them.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Takes the rows of another history of the same run in place of its own: of `seen`
    /// rows each `stride`th. Says whether those that this one would have kept are among
    /// them; if not, nothing is done.
    pub(super) fn restore(&mut self, rows: Rows, stride: u64, seen: u64) -> bool {
        if stride == 0 || !self.stride.is_multiple_of(stride) {
            return false;
        }
        let every = usize::try_from(self.stride / stride).unwrap_or(usize::MAX);
        self.clear();
        if every == 1 {
            self.rows = rows;
        } else {
            for row in (0..rows.len()).step_by(every) {
                self.rows.times.push(rows.times[row]);
                let from = row * rows.width;
                let kept = &rows.values[from..from + rows.width];
                self.rows.values.extend_from_slice(kept);
            }
        }
        self.seen = seen;
        true
    }

    /// Forgets what came after `time`, which is `steps` steps after the first row.
    pub(super) fn go_back_to(&mut self, time: SimTime, steps: u64) {
        let kept = self.rows.times.partition_point(|one| *one <= time);
        self.rows.times.truncate(kept);
        self.rows.values.truncate(kept * self.rows.width);
        self.seen = steps + 1;
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Timesteps from one row to the next.
    #[must_use]
    pub fn stride(&self) -> u64 {
        self.stride
    }

    /// Time of each row.
    #[must_use]
    pub fn times(&self) -> &[SimTime] {
        &self.rows.times
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The values of one row \[SI], if there is such a row.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<&[f64]> {
        self.rows.row(row)
    }

    /// The values of one variable \[SI], one per row.
    pub fn column(&self, variable: VariableIndex) -> impl Iterator<Item = f64> + '_ {
        self.rows.column(variable)
    }

    /// A copy of the rows from position `first` on.
    #[must_use]
    pub fn rows_since(&self, first: usize) -> Rows {
        let first = first.min(self.len());
        Rows {
            first,
            width: self.rows.width,
            times: self.rows.times[first..].to_vec(),
            values: self.rows.values[first * self.rows.width..].to_vec(),
        }
    }

    /// The last row at or before `time`, if there is one.
    #[must_use]
    pub fn position_at(&self, time: SimTime) -> Option<usize> {
        self.rows
            .times
            .partition_point(|one| *one <= time)
            .checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::SimDuration;

    fn at(seconds: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_whole_seconds(seconds)
    }

    #[test]
    fn columns_and_rows_are_two_views_of_the_same_values() {
        let mut history = History::new(2, 10);
        history.push(at(0), &[1.0, 2.0]);
        history.push(at(1), &[3.0, 4.0]);
        assert_eq!(history.row(1), Some([3.0, 4.0].as_slice()));
        assert_eq!(history.row(2), None);
        let second: Vec<f64> = history.column(VariableIndex(1)).collect();
        assert_eq!(second, [2.0, 4.0]);
        assert_eq!(history.position_at(at(1)), Some(1));
        assert_eq!(history.position_at(at(-1)), None);
    }

    #[test]
    fn news_are_the_rows_not_seen_yet() {
        let mut history = History::new(1, 10);
        for second in 0..5 {
            history.push(at(second), &[second as f64]);
        }
        let news = history.rows_since(3);
        assert_eq!(news.first, 3);
        assert_eq!(news.values, [3.0, 4.0]);
        assert!(history.rows_since(99).is_empty());
    }

    #[test]
    fn a_run_without_an_end_is_thinned_as_it_grows() {
        let mut history = History::with_room(2, 1, 4);
        for second in 0..11 {
            history.push(at(second), &[second as f64, -(second as f64)]);
            assert!(history.len() <= 4);
        }
        assert_eq!((history.stride(), history.thinnings()), (4, 2));
        assert_eq!(history.times(), [at(0), at(4), at(8)]);
        assert_eq!(history.row(2), Some([8.0, -8.0].as_slice()));
    }

    #[test]
    fn a_run_too_long_for_memory_is_thinned_evenly() {
        let mut history = History::new(1, 3 * (32 << 20));
        assert_eq!(history.stride(), 3);
        for second in 0..7 {
            history.push(at(second), &[0.0]);
        }
        assert_eq!(history.times(), [at(0), at(3), at(6)]);
    }
}
