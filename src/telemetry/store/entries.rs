//! What goes into the catalogue and out of it when segments change; each a part
//! of one transaction.

use rusqlite::{Transaction, params};

use super::block::{VerdictRun, encode_verdicts};
use super::catalogue::whole;
use super::row::{Event, Row};
use super::segment::Written;
use super::tile::{self, Tile};

/// Adds a segment that is in its place.
pub(super) fn insert_segment(
    transaction: &Transaction<'_>,
    written: &Written,
) -> rusqlite::Result<()> {
    let record = &written.record;
    transaction.execute(
        "INSERT INTO segment VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            record.number,
            whole(record.first),
            whole(record.last),
            whole(record.bytes),
            record.digest,
            record.content,
            whole(record.revision),
            whole(record.latest),
            record.time_first,
            record.time_last,
        ],
    )?;
    let mut insert = transaction.prepare("INSERT INTO part VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for part in &written.parts {
        insert.execute(params![
            part.channel,
            part.segment,
            whole(part.row),
            whole(part.rows),
            part.time_first,
            part.time_last,
            whole(part.latest),
        ])?;
    }
    insert_tiles(transaction, record.number, &written.tiles)?;
    transaction.execute(
        "UPDATE counter SET next_segment = max(next_segment, ?1)",
        [record.number + 1],
    )?;
    Ok(())
}

/// Adds tiles, or puts them in the place of those of the same level.
pub(super) fn insert_tiles(
    transaction: &Transaction<'_>,
    segment: u32,
    tiles: &[(u32, u32, Vec<Tile>)],
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare("INSERT OR REPLACE INTO tile VALUES (?1, ?2, ?3, ?4)")?;
    for (channel, level, tiles) in tiles {
        insert.execute(params![segment, channel, level, tile::encode(tiles)])?;
    }
    Ok(())
}

/// Adds verdicts on sealed samples.
pub(super) fn insert_events<'row>(
    transaction: &Transaction<'_>,
    events: impl Iterator<Item = (&'row Row, Event)>,
) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare("INSERT OR REPLACE INTO verdict VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for (row, event) in events {
        insert.execute(params![
            row.channel,
            row.time,
            whole(event.sequence),
            whole(event.revision),
            event.verdict.flag.code(),
            event.verdict.rules.bits(),
            event.verdict.disposition as u8,
        ])?;
    }
    Ok(())
}

/// Takes a segment out; its verdicts stay.
pub(super) fn delete_segment(transaction: &Transaction<'_>, number: u32) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM tile WHERE segment = ?1",
        "DELETE FROM part WHERE segment = ?1",
        "DELETE FROM segment WHERE number = ?1",
    ] {
        transaction.execute(sql, [number])?;
    }
    Ok(())
}

/// Adds verdicts on rows that are not sealed.
pub(super) fn insert_hot_verdicts(
    transaction: &Transaction<'_>,
    revision: u64,
    runs: &[VerdictRun],
) -> rusqlite::Result<()> {
    let Some(last) = runs.iter().map(VerdictRun::last).max() else {
        return Ok(());
    };
    transaction.execute(
        "INSERT INTO hot_verdicts VALUES (?1, ?2, ?3)",
        params![whole(revision), whole(last), encode_verdicts(runs)],
    )?;
    Ok(())
}
