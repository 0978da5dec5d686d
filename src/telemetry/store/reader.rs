//! Reading a store: samples of a time, and overviews for plots.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use super::catalogue::Catalogue;
use super::columns::{PLOTTED, WHOLE};
use super::description::{StoreDescription, Translation};
use super::error::StoreError;
use super::folder::Folder;
use super::hot::Hot;
use super::row::Row;
use super::shared::{Limits, Shared};
use super::snapshot::Snapshot;
use super::tile::{self, Tile};
use crate::quantity::SimTime;
use crate::telemetry::{Flag, Judged};

/// Buckets of one overview, at most.
const MOST_BUCKETS: usize = 1 << 16;

/// Reads a store, also while it is being written. Clones share what they have
/// in memory and may be used on any thread.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) shared: Arc<Shared>,
}

/// Which samples an overview shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    #[default]
    All,
    /// Those that take part.
    Accepted,
    /// Those that were kept aside, held or quarantined.
    KeptAside,
}

impl Selection {
    fn includes(self, aside: bool) -> bool {
        match self {
            Self::All => true,
            Self::Accepted => !aside,
            Self::KeptAside => aside,
        }
    }
}

/// What a plot draws in place of the samples of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Begin of the stretch.
    pub begin: SimTime,
    /// Last nanosecond of the stretch.
    pub end: SimTime,
    /// Time of the first sample in it.
    pub time_first: SimTime,
    /// Time of the last sample in it.
    pub time_last: SimTime,
    /// Value of the first sample \[SI].
    pub first: f64,
    /// Value of the last sample \[SI].
    pub last: f64,
    /// Smallest value \[SI].
    pub minimum: f64,
    /// Largest value \[SI].
    pub maximum: f64,
    /// Number of samples, at least one.
    pub count: u64,
    /// The worst of their flags.
    pub flag: Flag,
}

/// How much a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Samples, those that were dropped by retention not counted.
    pub samples: u64,
    /// Samples that are not sealed yet.
    pub hot: u64,
    /// Segments.
    pub segments: usize,
    /// Bytes of the segments.
    pub bytes: u64,
    /// Bytes of the catalogue, which holds what is not sealed yet, with its log.
    pub hot_bytes: u64,
    /// Highest receive sequence.
    pub sequence: u64,
    /// Highest revision of verdicts.
    pub revision: u64,
}

impl Extent {
    /// What the store takes on the disk \[byte].
    #[must_use]
    pub fn on_disk(&self) -> u64 {
        self.bytes + self.hot_bytes
    }
}

impl Reader {
    /// Opens a store that another process may be writing.
    ///
    /// # Errors
    /// When there is no store, or it is another twin's or of a newer format.
    pub fn open(folder: &Path, description: &StoreDescription) -> Result<Self, StoreError> {
        let folder = Folder::new(folder);
        let catalogue = Catalogue::open_to_read(&folder.catalogue(), &description.twin)?;
        // Channels that the store does not know yet are empty.
        let (translation, _) = Translation::new(description, catalogue.channels()?)?;
        let mut hot = Hot::default();
        {
            let _still = catalogue.still()?;
            hot.follow(&catalogue)?;
        }
        let twin = description.twin.clone();
        let shared = Shared::new(folder, twin, translation, catalogue, hot, true);
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The samples of the channel at a position of the document, from one event
    /// time to another, both included, in order of time and sequence, each with
    /// its verdict: the latest, or that of a snapshot.
    ///
    /// # Errors
    /// When there is no such channel, a segment is damaged, or the snapshot is
    /// not of this store or has lost samples of this time to retention.
    pub fn range(
        &self,
        channel: u32,
        from: SimTime,
        to: SimTime,
        as_of: Option<&Snapshot>,
    ) -> Result<Vec<Judged>, StoreError> {
        let rows = self.rows(channel, from, to, as_of)?;
        let translation = &self.shared.translation;
        Ok(rows
            .iter()
            .map(|row| judged(row, channel, translation))
            .collect())
    }

    pub(super) fn rows(
        &self,
        channel: u32,
        from: SimTime,
        to: SimTime,
        as_of: Option<&Snapshot>,
    ) -> Result<Vec<Row>, StoreError> {
        let shared = &*self.shared;
        let number = shared.translation.number(channel)?;
        let from = shared.translation.calendar_saturating(from);
        let to = shared.translation.calendar_saturating(to);
        let limits = Limits::of(as_of);
        let (hot, sources, events) = shared.look(|hot, catalogue| {
            self.check(as_of, Some((from, to)), hot, catalogue)?;
            let mut sources = Vec::new();
            for (record, part) in catalogue.parts_between(number, from, to)? {
                if record.first <= limits.sequence {
                    sources.push(shared.source(record, part)?);
                }
            }
            let events = catalogue.events_between(number, from, to)?;
            let hot = hot.window(number, from, to, limits.sequence, limits.revision);
            Ok((hot, sources, events))
        })?;
        let mut rows = Vec::new();
        for source in sources {
            rows.append(&mut shared.read(source, (from, to), &WHOLE, &events, limits)?);
        }
        rows.extend_from_slice(&hot);
        // Runs that are in order already, so that this joins them.
        rows.sort_by_key(Row::key);
        Ok(rows)
    }

    /// The samples of a channel for a plot, as at most `buckets` buckets (two
    /// to 65 536) in order of time; a stretch without samples has none.
    ///
    /// The width of all buckets is the same power of two of nanoseconds, and
    /// their bounds do not depend on where the time begins, so that nothing
    /// jumps when a plot is panned. The first and the last bucket may reach
    /// beyond `from` and `to`. No extreme is lost: minimum and maximum are
    /// those of all samples in the stretch.
    ///
    /// # Errors
    /// As [`range`](Self::range).
    pub fn overview(
        &self,
        channel: u32,
        from: SimTime,
        to: SimTime,
        buckets: usize,
        selection: Selection,
        as_of: Option<&Snapshot>,
    ) -> Result<Vec<Bucket>, StoreError> {
        let shared = &*self.shared;
        let number = shared.translation.number(channel)?;
        let from = shared.translation.calendar_saturating(from);
        let to = shared.translation.calendar_saturating(to);
        if to < from {
            return Ok(Vec::new());
        }
        let limits = Limits::of(as_of);
        let level = tile::level_for(from, to, buckets.min(MOST_BUCKETS));
        let window = (
            tile::bounds(tile::cell(from, level), level).0,
            tile::bounds(tile::cell(to, level), level).1,
        );
        let mut joined = Joined::new(window, level, selection);
        let mut sources = Vec::new();
        let mut events = Vec::new();
        shared.look(|hot, catalogue| {
            self.check(as_of, Some(window), hot, catalogue)?;
            joined.clear();
            sources.clear();
            for (record, part) in catalogue.parts_between(number, window.0, window.1)? {
                if record.first > limits.sequence {
                    continue;
                }
                let as_sealed = record.last <= limits.sequence && part.latest <= limits.revision;
                let tiles = match as_sealed {
                    true => tiles(catalogue, record.number, number, level)?,
                    false => None,
                };
                match tiles {
                    Some(tiles) => joined.add(tiles.iter().copied()),
                    None => sources.push(shared.source(record, part)?),
                }
            }
            if !sources.is_empty() {
                events = catalogue.events_between(number, window.0, window.1)?;
            }
            let hot = hot.window(number, window.0, window.1, limits.sequence, limits.revision);
            joined.add(hot.iter().map(Tile::of));
            Ok(())
        })?;
        for source in sources {
            let rows = shared.read(source, window, &PLOTTED, &events, limits)?;
            joined.add(rows.iter().map(Tile::of));
        }
        Ok(joined.buckets(&shared.translation))
    }

    /// How much the store holds.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn extent(&self) -> Result<Extent, StoreError> {
        self.shared.look(|hot, catalogue| {
            let segments = catalogue.segments()?;
            let sealed: u64 = segments
                .iter()
                .map(|segment| segment.last + 1 - segment.first)
                .sum();
            Ok(Extent {
                samples: sealed + hot.len() as u64,
                hot: hot.len() as u64,
                segments: segments.len(),
                bytes: segments.iter().map(|segment| segment.bytes).sum(),
                hot_bytes: self.shared.folder.catalogue_bytes(),
                sequence: hot.counters.sequence,
                revision: hot.counters.revision,
            })
        })
    }

    /// Event times of the first and last sample of a channel, if it has any.
    ///
    /// # Errors
    /// When there is no such channel or the catalogue cannot be read.
    pub fn span(&self, channel: u32) -> Result<Option<(SimTime, SimTime)>, StoreError> {
        let translation = &self.shared.translation;
        let number = translation.number(channel)?;
        self.shared.look(|hot, catalogue| {
            let sealed = catalogue
                .connection
                .query_row(
                    "SELECT min(time_first), max(time_last) FROM part WHERE channel = ?1",
                    [number],
                    |row| {
                        Ok(row
                            .get::<_, Option<i64>>(0)?
                            .zip(row.get::<_, Option<i64>>(1)?))
                    },
                )
                .map_err(|error| catalogue.fail(error))?;
            let both = [sealed, hot.span(number)];
            let first = both.iter().flatten().map(|span| span.0).min();
            let last = both.iter().flatten().map(|span| span.1).max();
            Ok(first
                .zip(last)
                .map(|(first, last)| (translation.sim_time(first), translation.sim_time(last))))
        })
    }
}

/// A row as the rest of the program knows it.
pub(super) fn judged(row: &Row, channel: u32, translation: &Translation) -> Judged {
    Judged {
        sample: translation.sample_of(row, channel),
        verdict: row.verdict,
    }
}

/// The tiles of a part at the highest level that is not above `level`.
fn tiles(
    catalogue: &Catalogue,
    segment: u32,
    channel: u32,
    level: u32,
) -> Result<Option<Vec<Tile>>, StoreError> {
    let bytes: Option<Vec<u8>> = catalogue
        .connection
        .query_row(
            "SELECT tiles FROM tile WHERE segment = ?1 AND channel = ?2 AND level <= ?3 \
             ORDER BY level DESC LIMIT 1",
            params![segment, channel, level],
            |row| row.get(0),
        )
        .optional()
        .map_err(|error| catalogue.fail(error))?;
    bytes
        .map(|bytes| {
            tile::decode(&bytes).ok_or_else(|| {
                catalogue.damaged(format!(
                    "the overview of segment {segment} is not what was written"
                ))
            })
        })
        .transpose()
}

/// Tiles on their way to buckets.
struct Joined {
    window: (i64, i64),
    level: u32,
    selection: Selection,
    cells: Vec<Option<Tile>>,
}

impl Joined {
    fn new(window: (i64, i64), level: u32, selection: Selection) -> Self {
        let last = Self::place(window, level, window.1);
        Self {
            window,
            level,
            selection,
            cells: vec![None; last + 1],
        }
    }

    fn place(window: (i64, i64), level: u32, time: i64) -> usize {
        (tile::cell(time, level).wrapping_sub(tile::cell(window.0, level))) as usize
    }

    fn clear(&mut self) {
        self.cells.fill(None);
    }

    fn add(&mut self, tiles: impl Iterator<Item = Tile>) {
        let (from, to) = self.window;
        for tile in tiles {
            if tile.begin.0 < from || tile.begin.0 > to || !self.selection.includes(tile.aside) {
                continue;
            }
            match &mut self.cells[Self::place(self.window, self.level, tile.begin.0)] {
                Some(joined) => joined.join(&tile),
                empty => *empty = Some(tile),
            }
        }
    }

    fn buckets(self, translation: &Translation) -> Vec<Bucket> {
        self.cells
            .iter()
            .flatten()
            .map(|tile| {
                let (begin, end) = tile::bounds(tile::cell(tile.begin.0, self.level), self.level);
                Bucket {
                    begin: translation.sim_time(begin),
                    end: translation.sim_time(end),
                    time_first: translation.sim_time(tile.begin.0),
                    time_last: translation.sim_time(tile.end.0),
                    first: tile.first,
                    last: tile.last,
                    minimum: tile.minimum,
                    maximum: tile.maximum,
                    count: tile.count,
                    flag: tile.flag,
                }
            })
            .collect()
    }
}
