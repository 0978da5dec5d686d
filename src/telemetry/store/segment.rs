//! One segment: an immutable Parquet file, sorted by channel (in the order of
//! their ids), time and sequence, compressed with zstd, with an index of pages.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelector,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::page_index::RowGroupPageIndex;
use parquet::file::metadata::{KeyValue, PageIndexPolicy, SortingColumn};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::catalogue::{Part, SegmentRecord};
use super::columns::{self, SEQUENCE, TIME, VALUE};
use super::description::KnownChannel;
use super::error::StoreError;
use super::folder::{Folder, remove};
use super::row::{Row, put_sample, put_verdict};
use super::tile::{self, Tile};

/// Rows of a row group.
const ROWS_PER_GROUP: usize = 1 << 17;
/// Rows of a page, the least that is read.
const ROWS_PER_PAGE: usize = 4096;
/// Rows that are turned into columns at once.
const ROWS_PER_BATCH: usize = 1 << 14;

/// A segment that was written and is in its place, for the catalogue.
#[derive(Debug)]
pub(super) struct Written {
    pub record: SegmentRecord,
    pub parts: Vec<Part>,
    /// Channel, level, tiles.
    pub tiles: Vec<(u32, u32, Vec<Tile>)>,
}

/// Hashes what passes through, and counts it.
struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
    count: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..written]);
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// BLAKE3 of samples and verdicts; the rows are to be in order of sequence. It
/// says nothing of how they are stored, so it outlives a compaction.
pub(super) fn content_digest<'row>(rows: impl Iterator<Item = &'row Row>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut bytes = Vec::new();
    for row in rows {
        put_sample(&mut bytes, row);
        put_verdict(&mut bytes, row.sequence, row.verdict);
        if bytes.len() > 1 << 16 {
            hasher.update(&bytes);
            bytes.clear();
        }
    }
    hasher.update(&bytes);
    *hasher.finalize().as_bytes()
}

/// The channels in the order of a segment, that of their ids.
pub(super) fn order(channels: &[KnownChannel]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..channels.len() as u32).collect();
    order.sort_by(|a, b| channels[*a as usize].id.cmp(&channels[*b as usize].id));
    order
}

/// Puts rows in the order of a segment.
pub(super) fn sort(rows: &mut [Row], channels: &[KnownChannel]) {
    let order = order(channels);
    let mut rank = vec![0_u32; channels.len()];
    for (place, number) in order.iter().enumerate() {
        rank[*number as usize] = place as u32;
    }
    rows.sort_unstable_by_key(|row| (rank[row.channel as usize], row.time, row.sequence));
}

/// Writes rows that are in the order of [`sort`] as segment `number`: beside,
/// synced, renamed, the folder synced. `content` is their [`content_digest`].
pub(super) fn write(
    folder: &Folder,
    number: u32,
    rows: &[Row],
    content: [u8; 32],
    twin: &str,
    channels: &[KnownChannel],
) -> Result<Written, StoreError> {
    let partial = folder.partial(number);
    let result = write_file(&partial, number, rows, twin, channels)
        .and_then(|found| folder.publish(number).map(|()| found));
    let (bytes, digest) = match result {
        Ok(found) => found,
        Err(error) => {
            // The first error counts; what is left is removed on opening.
            let _ = remove(&partial);
            return Err(error);
        }
    };
    let mut parts = Vec::new();
    let mut tiles = Vec::new();
    let mut begin = 0;
    for run in rows.chunk_by(|a, b| a.channel == b.channel) {
        let part = part_of(run, number, begin);
        tiles.extend(
            tile::pyramid(run)
                .into_iter()
                .map(|(level, tiles)| (part.channel, level, tiles)),
        );
        parts.push(part);
        begin += run.len() as u64;
    }
    let (first, last) = sequences(rows);
    let latest = parts.iter().map(|part| part.latest).max().unwrap_or(0);
    let record = SegmentRecord {
        number,
        first,
        last,
        bytes,
        digest,
        content,
        revision: latest,
        latest,
        time_first: parts.iter().map(|part| part.time_first).min().unwrap_or(0),
        time_last: parts.iter().map(|part| part.time_last).max().unwrap_or(0),
    };
    Ok(Written {
        record,
        parts,
        tiles,
    })
}

fn part_of(run: &[Row], segment: u32, row: u64) -> Part {
    Part {
        channel: run.first().map_or(0, |row| row.channel),
        segment,
        row,
        rows: run.len() as u64,
        time_first: run.first().map_or(0, |row| row.time),
        time_last: run.last().map_or(0, |row| row.time),
        latest: run.iter().map(|row| row.revision).max().unwrap_or(0),
    }
}

fn sequences(rows: &[Row]) -> (u64, u64) {
    rows.iter().fold((u64::MAX, 0), |(first, last), row| {
        (first.min(row.sequence), last.max(row.sequence))
    })
}

fn write_file(
    path: &Path,
    number: u32,
    rows: &[Row],
    twin: &str,
    channels: &[KnownChannel],
) -> Result<(u64, [u8; 32]), StoreError> {
    let fail = |source: io::Error| StoreError::file("write", path, source);
    let into_io = |error: ParquetError| match error {
        // A full disk is told from other failures by what is inside.
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    };
    let (first, last) = sequences(rows);
    let metadata = [
        ("counterpart.twin", twin.to_owned()),
        ("counterpart.segment", number.to_string()),
        ("counterpart.first_sequence", first.to_string()),
        ("counterpart.last_sequence", last.to_string()),
    ]
    .map(|(key, value)| KeyValue::new(key.to_owned(), value));
    let schema = Arc::new(columns::schema());
    let file = File::create(path).map_err(fail)?;
    let mut out = Hashing {
        inner: BufWriter::with_capacity(1 << 18, &file),
        hasher: blake3::Hasher::new(),
        count: 0,
    };
    let mut writer = ArrowWriter::try_new(
        &mut out,
        Arc::clone(&schema),
        Some(properties(metadata.to_vec())),
    )
    .map_err(|error| fail(into_io(error)))?;
    for rows in rows.chunks(ROWS_PER_BATCH) {
        let batch = columns::batch(rows, channels, &schema)
            .map_err(|error| fail(io::Error::other(error)))?;
        writer.write(&batch).map_err(|error| fail(into_io(error)))?;
    }
    writer.close().map_err(|error| fail(into_io(error)))?;
    out.flush().map_err(fail)?;
    let (count, digest) = (out.count, *out.hasher.finalize().as_bytes());
    drop(out);
    file.sync_all().map_err(fail)?;
    Ok((count, digest))
}

fn properties(metadata: Vec<KeyValue>) -> WriterProperties {
    let ascending = |column_idx| SortingColumn {
        column_idx,
        descending: false,
        nulls_first: false,
    };
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(format!("counterpart {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(metadata))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_data_page_row_count_limit(ROWS_PER_PAGE)
        .set_write_batch_size(ROWS_PER_PAGE)
        .set_sorting_columns(Some(vec![ascending(0), ascending(1), ascending(3)]));
    // A dictionary would have to be read whole for each page, and looked up for
    // each value when it is written; neighbours differ by little or nothing.
    for name in [
        TIME,
        "received",
        SEQUENCE,
        "source_sequence",
        "flag",
        "rules",
        "disposition",
        "revision",
    ] {
        let path = ColumnPath::from(name);
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    builder
        .set_column_dictionary_enabled(ColumnPath::from(VALUE), false)
        .set_column_encoding(ColumnPath::from(VALUE), Encoding::BYTE_STREAM_SPLIT)
        .build()
}

/// A segment whose file was found to be the one that was sealed.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

/// What a file says of itself as a segment.
pub(super) struct Claim {
    pub last: u64,
}

/// What a file says of itself; `None` if it is no segment of the twin.
pub(super) fn claim(path: &Path, twin: &str) -> Option<Claim> {
    let file = File::open(path).ok()?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).ok()?;
    let schema = metadata.schema();
    let text = |key: &str| schema.metadata().get(key).map(|text| text.to_string());
    if text("counterpart.twin")? != twin {
        return None;
    }
    Some(Claim {
        last: text("counterpart.last_sequence")?.parse().ok()?,
    })
}

impl Segment {
    /// Opens a segment and makes sure that every byte is as it was sealed.
    pub fn open(path: &Path, mut file: &File, record: &SegmentRecord) -> Result<Self, StoreError> {
        let length = file
            .metadata()
            .map_err(|source| StoreError::file("read", path, source))?
            .len();
        if length != record.bytes {
            return Err(StoreError::damaged(
                path,
                format!("it has {length} bytes where {} were sealed", record.bytes),
            ));
        }
        let mut hasher = blake3::Hasher::new();
        hasher
            .update_reader(&mut file)
            .map_err(|source| StoreError::file("read", path, source))?;
        if *hasher.finalize().as_bytes() != record.digest {
            return Err(StoreError::damaged(
                path,
                "its bytes are not those that were sealed",
            ));
        }
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::load(file, options)
            .map_err(|error| StoreError::damaged(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            metadata,
        })
    }

    /// First rows of the row groups, and the number of all rows at the end.
    fn groups(&self) -> Vec<u64> {
        let mut begins = vec![0];
        let mut row = 0;
        for group in self.metadata.metadata().row_groups() {
            row += group.num_rows().unsigned_abs();
            begins.push(row);
        }
        begins
    }

    /// The rows of a part that can lie between two times, by the index of
    /// pages: a page more at each end at most.
    pub fn narrow(&self, part: &Part, from: i64, to: i64) -> Range<u64> {
        let range = part.row..part.row + part.rows;
        if part.time_first >= from && part.time_last <= to {
            return range;
        }
        let metadata = self.metadata.metadata();
        let Some(column) = (0..self.metadata.parquet_schema().num_columns())
            .find(|column| self.metadata.parquet_schema().column(*column).name() == TIME)
        else {
            return range;
        };
        let (mut begin, mut end) = (range.start, range.end);
        for (group, bounds) in self.groups().windows(2).enumerate() {
            if bounds[1] <= range.start || bounds[0] >= range.end {
                continue;
            }
            let index = RowGroupPageIndex::new(group, metadata.page_index().cloned());
            let (Some(ColumnIndexMetaData::INT64(times)), Some(pages)) =
                (index.column_index(column), index.page_locations(column))
            else {
                continue;
            };
            for (page, location) in pages.iter().enumerate() {
                let first = bounds[0] + location.first_row_index.unsigned_abs();
                let last = pages.get(page + 1).map_or(bounds[1], |next| {
                    bounds[0] + next.first_row_index.unsigned_abs()
                });
                // A page that holds rows of other channels as well says nothing.
                if first < range.start || last > range.end {
                    continue;
                }
                if times.max_value(page).is_some_and(|latest| *latest < from) {
                    begin = begin.max(last);
                }
                if times.min_value(page).is_some_and(|earliest| *earliest > to) {
                    end = end.min(first);
                }
            }
        }
        begin..end.max(begin)
    }

    /// Reads some columns of some rows, all of one channel.
    pub fn read(
        &self,
        file: File,
        channel: u32,
        rows: Range<u64>,
        columns: &[&str],
    ) -> Result<Vec<Row>, StoreError> {
        let fail = |error: ParquetError| StoreError::damaged(&self.path, error);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let begins = self.groups();
        let groups: Vec<usize> = (0..begins.len() - 1)
            .filter(|group| begins[group + 1] > rows.start && begins[*group] < rows.end)
            .collect();
        let (Some(first), Some(last)) = (groups.first(), groups.last()) else {
            return Err(StoreError::damaged(&self.path, "rows are missing"));
        };
        if begins[last + 1] < rows.end {
            return Err(StoreError::damaged(&self.path, "rows are missing"));
        }
        let count = (rows.end - rows.start) as usize;
        let selection = RowSelection::from(vec![
            RowSelector::skip((rows.start - begins[*first]) as usize),
            RowSelector::select(count),
        ]);
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns.iter().copied());
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(groups)
                .with_row_selection(selection)
                .with_projection(mask)
                .with_batch_size(count.min(ROWS_PER_BATCH))
                .build()
                .map_err(fail)?;
        let mut found = Vec::with_capacity(count);
        for batch in reader {
            let batch = batch.map_err(|error| StoreError::damaged(&self.path, error))?;
            columns::take_rows(&batch, channel, &mut found)
                .map_err(|problem| StoreError::damaged(&self.path, problem))?;
        }
        if found.len() != count {
            return Err(StoreError::damaged(&self.path, "rows are missing"));
        }
        Ok(found)
    }
}

/// A handle to a segment's file. Each reader needs its own, as a handle has
/// one place in the file.
pub(super) fn handle(path: &Path) -> Result<File, StoreError> {
    File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => StoreError::damaged(path, "the file is not there"),
        _ => StoreError::file("open", path, source),
    })
}
