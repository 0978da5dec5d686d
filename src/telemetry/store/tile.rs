//! Pre-aggregates of a channel, for plots that show more time than pixels.
//!
//! Time is cut into cells of a power of two nanoseconds, counted from 1970: at
//! level `l` the cell of a time `t` is `t >> l`. Cells of one level join into
//! those of the next without a rest, and a cell means the same in every
//! segment; so buckets made from tiles are those made from the rows, to the
//! bit, and stay where they are while a plot is panned. (Keeping minimum,
//! maximum, first and last of each bucket draws the same line as all the
//! points: Jugel et al., "M4: A Visualization-Oriented Time Series Data
//! Aggregation", VLDB 2014.)

use super::row::{Bytes, Row};
use crate::telemetry::{Disposition, Flag};

/// Rows that a tile of the lowest level stands for on average, at least.
const ROWS_PER_TILE: usize = 128;

/// Levels from one that is kept to the next: cells four times as long.
const STEP: u32 = 2;

/// The highest level: all of time is two cells.
pub(super) const TOP: u32 = 63;

/// What there is to know of the rows of one cell that share a fate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tile {
    /// Whether these are the rows that were kept aside, or those that take part.
    pub aside: bool,
    /// The worst of their flags.
    pub flag: Flag,
    pub count: u64,
    /// Time and sequence of the first and of the last row.
    pub begin: (i64, u64),
    pub end: (i64, u64),
    /// Values of these rows.
    pub first: f64,
    pub last: f64,
    pub minimum: f64,
    pub maximum: f64,
}

/// Bytes of a tile in the catalogue.
const TILE: usize = 1 + 1 + 4 * 8 + 8 + 4 * 8;

impl Tile {
    pub fn of(row: &Row) -> Self {
        Self {
            aside: row.verdict.disposition != Disposition::Accepted,
            flag: row.verdict.flag,
            count: 1,
            begin: row.key(),
            end: row.key(),
            first: row.value,
            last: row.value,
            minimum: row.value,
            maximum: row.value,
        }
    }

    /// Takes the rows of another tile in.
    pub fn join(&mut self, other: &Self) {
        self.flag = self.flag.max(other.flag);
        self.count += other.count;
        if other.begin < self.begin {
            (self.begin, self.first) = (other.begin, other.first);
        }
        if other.end > self.end {
            (self.end, self.last) = (other.end, other.last);
        }
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.aside));
        out.push(self.flag.code());
        out.extend_from_slice(&self.count.to_le_bytes());
        for (time, sequence) in [self.begin, self.end] {
            out.extend_from_slice(&time.to_le_bytes());
            out.extend_from_slice(&sequence.to_le_bytes());
        }
        for value in [self.first, self.last, self.minimum, self.maximum] {
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }

    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Self {
            aside: bytes.u8()? == 1,
            flag: Flag::from_code(bytes.u8()?)?,
            count: bytes.u64()?,
            begin: (bytes.i64()?, bytes.u64()?),
            end: (bytes.i64()?, bytes.u64()?),
            first: bytes.f64()?,
            last: bytes.f64()?,
            minimum: bytes.f64()?,
            maximum: bytes.f64()?,
        })
    }
}

/// The cell of a time.
pub(super) const fn cell(time: i64, level: u32) -> i64 {
    time >> level
}

/// First and last time of a cell.
pub(super) const fn bounds(cell: i64, level: u32) -> (i64, i64) {
    let begin = cell << level;
    (begin, begin | ((1_i64 << level).wrapping_sub(1)))
}

/// The lowest level at which `from` to `to` takes at most `most` cells (at
/// least two are allowed: the middle of all time is a boundary on every level).
pub(super) fn level_for(from: i64, to: i64, most: usize) -> u32 {
    let most = most.max(2) as u128;
    let cells = |level| i128::from(cell(to, level)).abs_diff(i128::from(cell(from, level))) + 1;
    (0..TOP).find(|level| cells(*level) <= most).unwrap_or(TOP)
}

/// The tiles of one level from those of a lower one or from rows, in order.
fn join(tiles: impl Iterator<Item = Tile>, level: u32) -> Vec<Tile> {
    let mut joined: Vec<Tile> = Vec::new();
    // Tiles of one cell stand together, at most one for each fate.
    let mut start = 0;
    for tile in tiles {
        let here = cell(tile.begin.0, level);
        if joined
            .get(start)
            .is_none_or(|one| cell(one.begin.0, level) != here)
        {
            start = joined.len();
        }
        match joined[start..]
            .iter_mut()
            .find(|one| one.aside == tile.aside)
        {
            Some(one) => one.join(&tile),
            None => joined.push(tile),
        }
    }
    joined
}

/// The number of cells that rows in order of time fall into.
fn cells(rows: &[Row], level: u32) -> usize {
    rows.chunk_by(|a, b| cell(a.time, level) == cell(b.time, level))
        .count()
}

/// The tiles of rows in order of time, by level, lowest first.
pub(super) fn pyramid(rows: &[Row]) -> Vec<(u32, Vec<Tile>)> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Vec::new();
    };
    let most = (rows.len() / ROWS_PER_TILE).max(2);
    // By the length of time first; where there are gaps, a lower level will do.
    let mut level = level_for(first.time, last.time, most);
    while level > 0 && cells(rows, level - 1) <= most {
        level -= 1;
    }
    let mut levels = vec![(level, join(rows.iter().map(Tile::of), level))];
    while let Some((below, tiles)) = levels.last()
        && tiles.len() > 4
        && below + STEP < TOP
    {
        let above = below + STEP;
        let tiles = join(tiles.iter().copied(), above);
        levels.push((above, tiles));
    }
    levels
}

/// The bytes of tiles in the catalogue.
pub(super) fn encode(tiles: &[Tile]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(tiles.len() * TILE);
    for tile in tiles {
        tile.put(&mut bytes);
    }
    bytes
}

/// The tiles that [`encode`] wrote; `None` if the bytes are damaged.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Tile>> {
    let (tiles, rest) = bytes.as_chunks::<TILE>();
    if !rest.is_empty() {
        return None;
    }
    tiles
        .iter()
        .map(|tile| Tile::get(&mut Bytes(tile)))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::telemetry::{SourceQuality, Verdict};

    fn row(time: i64, sequence: u64, value: f64, disposition: Disposition) -> Row {
        Row {
            channel: 0,
            time,
            received: time,
            sequence,
            source_sequence: None,
            value,
            quality: SourceQuality::None,
            verdict: Verdict {
                disposition,
                ..Verdict::default()
            },
            revision: 1,
        }
    }

    #[test]
    fn the_level_is_the_lowest_that_has_few_enough_cells() {
        assert_eq!(level_for(0, 7, 8), 0);
        assert_eq!(level_for(0, 8, 8), 1);
        assert_eq!(level_for(i64::MIN, i64::MAX, 4), 62);
        assert_eq!(level_for(i64::MIN, i64::MAX, 2), 63);
        assert_eq!(bounds(-1, 63), (i64::MIN, -1));
        assert_eq!(bounds(0, 63), (0, i64::MAX));
        assert_eq!(bounds(3, 2), (12, 15));
    }

    proptest! {
        #[test]
        fn every_level_of_a_pyramid_is_that_made_from_the_rows(
            mut times in proptest::collection::vec(
                (prop_oneof![0_i64..3_000, -1_000_000_000_000..1_000_000_000_000_i64], any::<bool>()),
                1..900,
            )
        ) {
            times.sort_unstable();
            let rows: Vec<Row> = times
                .iter()
                .enumerate()
                .map(|(place, (time, aside))| {
                    let fate = if *aside { Disposition::Quarantined } else { Disposition::Accepted };
                    row(*time, place as u64 + 1, (place * 7 % 31) as f64, fate)
                })
                .collect();
            let levels = pyramid(&rows);
            prop_assert!(levels[0].1.len() <= 2 * (rows.len() / ROWS_PER_TILE).max(2));
            for (level, tiles) in levels {
                prop_assert_eq!(&tiles, &join(rows.iter().map(Tile::of), level));
                prop_assert_eq!(tiles.iter().map(|tile| tile.count).sum::<u64>(), rows.len() as u64);
                prop_assert_eq!(decode(&encode(&tiles)), Some(tiles));
            }
        }
    }
}
