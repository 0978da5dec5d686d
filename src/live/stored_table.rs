//! What is in a telemetry store, and a table of it for other programs.

use std::path::{Path, PathBuf};

use super::error::LiveError;
use super::open::load;
use super::stored::{Moment, open_store, store_beside, window_of};
use crate::quantity::{Epoch, SimTime};
use crate::telemetry::sink::{CsvSink, ParquetSink, Publication, PublishedSample, Sink, SinkError};
use crate::telemetry::store::{Extent, Pieces, Reader};
use crate::telemetry::{Disposition, Judged};
use crate::twin::{Channel, LoadedTwin};

/// One channel of a store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredChannel {
    /// Its id.
    pub id: String,
    /// Samples in the store.
    pub samples: u64,
    /// Those of them that take part.
    pub accepted: u64,
    /// Event times of the first and the last.
    pub span: Option<(SimTime, SimTime)>,
}

impl StoredChannel {
    /// Part of the samples that take part, 0 to 1; `None` without any.
    #[must_use]
    pub fn pass_rate(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.accepted as f64 / self.samples as f64)
    }
}

/// What is in a store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreContents {
    /// Its folder.
    pub folder: PathBuf,
    /// How much it holds.
    pub extent: Extent,
    /// The channels of the document, in its order.
    pub channels: Vec<StoredChannel>,
    /// The instant that simulation time zero stands for.
    pub epoch: Epoch,
}

impl StoreContents {
    /// Samples that were there and that retention has dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.extent.sequence.saturating_sub(self.extent.samples)
    }
}

fn open(loaded: &LoadedTwin, store: Option<&Path>) -> Result<(PathBuf, Reader), LiveError> {
    let folder = store.map_or_else(|| store_beside(&loaded.path), Path::to_owned);
    let reader = open_store(loaded, &folder)?;
    Ok((folder, reader))
}

/// Counts what is in the store of a twin; reads all of it.
///
/// # Errors
/// When there is no store, or a part of it cannot be read.
pub fn store_contents(twin: &Path, store: Option<&Path>) -> Result<StoreContents, LiveError> {
    let loaded = load(twin)?;
    let (folder, reader) = open(&loaded, store)?;
    let extent = reader.extent()?;
    let mut channels = Vec::new();
    for (position, channel) in loaded.twin.channels.iter().enumerate() {
        let span = reader.span(position as u32)?;
        let mut one = StoredChannel {
            id: channel.id.clone(),
            samples: 0,
            accepted: 0,
            span,
        };
        if let Some((first, last)) = span {
            reader.replay(position as u32, first, last, None, |judged| {
                one.samples += 1;
                one.accepted += u64::from(judged.verdict.disposition == Disposition::Accepted);
            })?;
        }
        channels.push(one);
    }
    Ok(StoreContents {
        folder,
        extent,
        channels,
        epoch: loaded.twin.epoch,
    })
}

/// What to write into a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableRequest {
    /// The document, or its folder.
    pub twin: PathBuf,
    /// Folder of the store; the one beside the document when absent.
    pub store: Option<PathBuf>,
    /// Ids of channels; all when empty.
    pub channels: Vec<String>,
    /// First event time; that of the first sample when absent.
    pub from: Option<Moment>,
    /// Last event time; that of the last sample when absent.
    pub to: Option<Moment>,
    /// Samples that are kept aside as well.
    pub kept_aside: bool,
    /// The file, `.csv` or `.parquet`.
    pub out: PathBuf,
}

/// How many samples were written, and how many were left out because they are
/// kept aside.
///
/// # Errors
/// When there is no store or no such channel, the file cannot be written, or its
/// name ends in neither `.csv` nor `.parquet`.
pub fn write_stored(request: &TableRequest) -> Result<(u64, u64), LiveError> {
    let loaded = load(&request.twin)?;
    let (_, reader) = open(&loaded, request.store.as_deref())?;
    let epoch = loaded.twin.epoch;
    let channels = chosen(&loaded, &request.channels)?;
    let (from, to) = window_of(&loaded, &reader, request.from, request.to)?;
    let mut sink = table(&request.out, epoch)?;
    let (mut written, mut left_out) = (0, 0);
    let mut pieces = Pieces::new(from, to);
    while let Some((begin, end)) = pieces.next_piece() {
        let mut rows: Vec<Judged> = Vec::new();
        for (position, _) in &channels {
            rows.append(&mut reader.range(*position, begin, end, None)?);
        }
        pieces.had(rows.len());
        let all = rows.len();
        rows.retain(|one| request.kept_aside || one.verdict.disposition == Disposition::Accepted);
        left_out += (all - rows.len()) as u64;
        rows.sort_by_key(|one| (one.sample.time, one.sample.channel, one.sample.sequence));
        let publications: Vec<_> = rows
            .iter()
            .filter_map(|one| publication(one, &channels))
            .collect();
        written += publications.len() as u64;
        sink.publish(&publications).map_err(failed)?;
    }
    sink.flush().map_err(failed)?;
    Ok((written, left_out))
}

fn failed(error: SinkError) -> LiveError {
    LiveError::Request(error.to_string())
}

/// The channels with their positions in the document.
fn chosen<'twin>(
    loaded: &'twin LoadedTwin,
    ids: &[String],
) -> Result<Vec<(u32, &'twin Channel)>, LiveError> {
    let all = &loaded.twin.channels;
    if let Some(unknown) = ids
        .iter()
        .find(|id| all.iter().all(|channel| channel.id != **id))
    {
        let known: Vec<_> = all
            .iter()
            .map(|channel| format!("`{}`", channel.id))
            .collect();
        return Err(LiveError::Request(format!(
            "there is no channel `{unknown}`; the channels are {}",
            known.join(", ")
        )));
    }
    Ok((0..)
        .zip(all)
        .filter(|(_, channel)| ids.is_empty() || ids.contains(&channel.id))
        .collect())
}

fn publication(judged: &Judged, channels: &[(u32, &Channel)]) -> Option<Publication> {
    let sample = &judged.sample;
    let (_, channel) = channels
        .iter()
        .find(|(position, _)| *position == sample.channel)?;
    Some(Publication::Sample(PublishedSample {
        channel: channel.id.clone(),
        time: sample.time,
        received: sample.received,
        value: channel.unit.from_si(sample.value),
        unit: channel.unit.code().to_owned(),
        sequence: sample.source_sequence,
        quality: sample.quality,
    }))
}

fn table(out: &Path, epoch: Epoch) -> Result<Box<dyn Sink>, LiveError> {
    let ending = out.extension().and_then(|ending| ending.to_str());
    match ending {
        Some("csv") => Ok(Box::new(CsvSink::create(out, epoch).map_err(failed)?)),
        Some("parquet") => Ok(Box::new(ParquetSink::create(out, epoch).map_err(failed)?)),
        _ => Err(LiveError::Request(format!(
            "`{}` ends in neither `.csv` nor `.parquet`, which says how it is to be written",
            out.display()
        ))),
    }
}
