//! A file that is followed as it grows.

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::link::{Link, Stopped};
use super::{Ending, Source, SourceContext, SourceError};
use crate::telemetry::decode::{
    CsvRows, Decoded, Directory, Received, column_mappings, read_parquet,
};
use crate::telemetry::header::ColumnMapping;
use crate::telemetry::position::{FileMark, ReadPosition};
use crate::telemetry::problem::TelemetryProblem;
use crate::telemetry::record_limit::LONGEST_RECORD;
use crate::twin::SourceSettings;

/// Bytes read at a time.
const PIECE: usize = 1 << 16;

/// Bytes at the start of a file by which another one in its place is told.
const BEGINNING: usize = 256;

/// A CSV file, followed as it grows, or a Parquet file, read again when it is
/// replaced.
///
/// A file that is shorter than it was, or begins otherwise, is another one in
/// its place (cut, or rotated) and is read from its start. Where it had been read
/// and stored up to some place before the program was started, reading goes on
/// there, if it is still the same file. Rows that are there
/// when the file is opened count as received when they were measured; later
/// ones when they are read.
pub(super) struct FileSource {
    path: PathBuf,
    name: FileName,
    mappings: Vec<ColumnMapping>,
    /// How far it has been handed on, by this run or the one before.
    position: Option<ReadPosition>,
}

impl FileSource {
    pub(super) fn new(
        path: &str,
        settings: &SourceSettings,
        context: &SourceContext,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            path: context.folder.join(path),
            name: FileName {
                source: settings.id.clone(),
                file: path.to_owned(),
            },
            position: context.positions_of(&settings.id).remove(path),
            mappings: mappings(settings, context)?,
        })
    }
}

/// The bindings as column assignments, after they have been checked.
pub(super) fn mappings(
    settings: &SourceSettings,
    context: &SourceContext,
) -> Result<Vec<ColumnMapping>, SourceError> {
    crate::telemetry::decode::Decoder::new(
        crate::twin::Payload::Csv,
        std::sync::Arc::clone(&context.directory),
        &settings.bindings,
    )?;
    Ok(column_mappings(&settings.bindings))
}

/// Why a file is not read on.
pub(super) enum Stop {
    /// The source is to stop.
    Stopped,
    /// The file cannot be used as it is.
    Problem(String),
}

impl From<Stopped> for Stop {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<TelemetryProblem> for Stop {
    fn from(problem: TelemetryProblem) -> Self {
        Self::Problem(problem.to_string())
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Problem(error.to_string())
    }
}

/// Whether a name is that of a Parquet file.
pub(super) fn is_parquet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

impl Source for FileSource {
    fn run(&mut self, link: &Link) -> Ending {
        let followed = if is_parquet(&self.path) {
            self.follow_parquet(link)
        } else {
            self.follow_csv(link)
        };
        match followed {
            Err(Stop::Problem(problem)) => Ending::Lost(SourceError::File {
                path: self.path.display().to_string(),
                problem,
            }),
            Ok(()) | Err(Stop::Stopped) => Ending::Interrupted,
        }
    }
}

impl FileSource {
    /// Opens the file where reading ended before, or at its start.
    fn open(&mut self, link: &Link) -> Result<CsvFollower, Stop> {
        if let Some(position) = &self.position {
            let mappings = self.mappings.clone();
            let directory = &link.context.directory;
            match CsvFollower::resume(&self.path, mappings, position, directory)? {
                Some(follower) => return Ok(follower),
                None => {
                    let note = replaced_meanwhile(position);
                    link.health.change(|health| health.note(&note));
                }
            }
        }
        self.position = None;
        CsvFollower::open(&self.path, self.mappings.clone())
    }

    fn follow_csv(&mut self, link: &Link) -> Result<(), Stop> {
        let mut follower = self.open(link)?;
        link.connected();
        let mut received = Received::WhenMeasured;
        loop {
            follower.read(&self.name, &mut self.position, link, received)?;
            received = Received::At(link.now());
            link.sleep(link.context.poll)?;
            if follower.is_replaced(&self.path)? {
                // What the old one still holds comes first. A row without an
                // end may be half a row.
                follower.read(&self.name, &mut self.position, link, received)?;
                if follower.rows.is_amid_row() {
                    link.health.change(|health| {
                        let why = "a row that was not finished when its file was cut or replaced";
                        health.drop_counted(1, why.to_owned());
                    });
                }
                link.health.change(|health| {
                    health.note("the file was cut or replaced, and read from its start");
                });
                self.position = None;
                follower = CsvFollower::open(&self.path, self.mappings.clone())?;
            }
            received = Received::At(link.now());
        }
    }

    fn follow_parquet(&mut self, link: &Link) -> Result<(), Stop> {
        let mut received = Received::WhenMeasured;
        let mut before: Option<Signature> = None;
        loop {
            let signature = Signature::of(&std::fs::metadata(&self.path)?);
            if before != Some(signature) {
                link.connected();
                let (name, last) = (&self.name, &mut self.position);
                parquet(&self.path, &self.mappings, name, last, received, link)?;
                before = Some(signature);
            }
            link.sleep(link.context.poll)?;
            received = Received::At(link.now());
        }
    }
}

/// Length and time of change of a file: enough to see that it is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Signature {
    pub(super) length: u64,
    changed: Option<std::time::SystemTime>,
}

impl Signature {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            changed: metadata.modified().ok(),
        }
    }
}

/// Hands on the samples of a whole Parquet file, but for those that were handed
/// on before by `last`.
pub(super) fn parquet(
    path: &Path,
    mappings: &[ColumnMapping],
    name: &FileName,
    last: &mut Option<ReadPosition>,
    received: Received,
    link: &Link,
) -> Result<(), Stop> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mark = FileMark::of(&mut file, length)?;
    file.rewind()?;
    // Of a file that is written anew the end says so: there its contents are listed.
    let before = last.as_ref().filter(|last| Some(last.mark) == mark);
    let mut known = before.map_or(0, |last| last.place);
    let mut handed_on = 0;
    let mut stopped = false;
    let now = link.now();
    link.health
        .change(|health| health.receive(usize::try_from(length).unwrap_or(usize::MAX), now));
    read_parquet(
        file,
        &name_of(path),
        &link.context.directory,
        mappings,
        received,
        &mut |mut decoded| {
            handed_on += decoded.messages.len() as u64;
            let again = known.min(decoded.messages.len() as u64);
            known -= again;
            decoded.messages.drain(..again as usize);
            let mut batch = link.batch(decoded, None);
            let position = mark.map(|mark| name.position(handed_on, 1, mark));
            batch.position = position.clone();
            stopped = link.deliver(batch).is_err();
            if !stopped && known == 0 {
                *last = position;
            }
            !stopped
        },
    )?;
    if stopped { Err(Stop::Stopped) } else { Ok(()) }
}

/// What a file is called where its position is kept.
#[derive(Clone, Debug)]
pub(super) struct FileName {
    pub(super) source: String,
    pub(super) file: String,
}

impl FileName {
    fn position(&self, place: u64, line: u64, mark: FileMark) -> ReadPosition {
        ReadPosition {
            source: self.source.clone(),
            file: self.file.clone(),
            place,
            line,
            mark,
        }
    }
}

/// What is said of a file that was to be read on and is another one now.
pub(super) fn replaced_meanwhile(position: &ReadPosition) -> String {
    format!(
        "`{}` was cut or replaced after it had been read up to line {}, and is read from its \
         start; what the old one held beyond is not known",
        position.file, position.line
    )
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// A CSV file and how far it has been read.
pub(super) struct CsvFollower {
    file: File,
    rows: CsvRows,
    /// The byte that the text given to `rows` would begin at if there were
    /// nothing between the header and the place where reading went on.
    base: u64,
    place: u64,
    beginning: Vec<u8>,
    noted: bool,
}

impl CsvFollower {
    pub(super) fn open(path: &Path, mappings: Vec<ColumnMapping>) -> Result<Self, Stop> {
        Ok(Self {
            file: File::open(path)?,
            rows: CsvRows::new(&name_of(path), mappings),
            base: 0,
            place: 0,
            beginning: Vec::new(),
            noted: false,
        })
    }

    /// Opens a file, reads its header and goes to the place where reading ended
    /// before; `None` where it is no longer the file that was read.
    pub(super) fn resume(
        path: &Path,
        mappings: Vec<ColumnMapping>,
        position: &ReadPosition,
        directory: &Directory,
    ) -> Result<Option<Self>, Stop> {
        let mut follower = Self::open(path, mappings)?;
        if !position.mark.fits(&mut follower.file)? {
            return Ok(None);
        }
        follower.file.rewind()?;
        let mut text = Vec::new();
        let longest = position.place.min(2 * LONGEST_RECORD);
        (&mut follower.file).take(longest).read_to_end(&mut text)?;
        let mut none = Decoded::default();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if follower.rows.has_header() {
                break;
            }
            follower
                .rows
                .push(line, Received::WhenMeasured, directory, &mut none)?;
        }
        if !follower.rows.has_header() {
            return Ok(None);
        }
        text.truncate(BEGINNING);
        follower.beginning = text;
        follower.base = position.place.saturating_sub(follower.rows.whole());
        follower.place = position.place;
        follower.rows.set_line(position.line);
        follower.file.seek(SeekFrom::Start(position.place))?;
        Ok(Some(follower))
    }

    /// The place that the next row begins at, as far as rows have been handed on.
    fn position(&mut self, name: &FileName) -> Result<Option<ReadPosition>, Stop> {
        let at = self.base + self.rows.whole();
        let mark = FileMark::of(&mut self.file, at)?;
        self.file.seek(SeekFrom::Start(self.place))?;
        // A file that was cut meanwhile is found to be another one soon.
        Ok(mark.map(|mark| name.position(at, self.rows.line(), mark)))
    }

    /// Hands on what was decoded, with the place up to which it reaches.
    fn hand_on(
        &mut self,
        decoded: Decoded,
        name: &FileName,
        last: &mut Option<ReadPosition>,
        link: &Link,
    ) -> Result<(), Stop> {
        let mut batch = link.batch(decoded, None);
        if batch.messages.is_empty() {
            return Ok(());
        }
        batch.position = self.position(name)?;
        let position = batch.position.clone();
        link.deliver(batch)?;
        *last = position.or(last.take());
        Ok(())
    }

    /// Reads and hands on what there is; `last` is the position of what was
    /// handed on last.
    pub(super) fn read(
        &mut self,
        name: &FileName,
        last: &mut Option<ReadPosition>,
        link: &Link,
        received: Received,
    ) -> Result<(), Stop> {
        let mut piece = vec![0; PIECE];
        loop {
            let count = self.file.read(&mut piece)?;
            if count == 0 {
                return Ok(());
            }
            let text = &piece[..count];
            if self.beginning.len() < BEGINNING {
                let missing = BEGINNING - self.beginning.len();
                self.beginning
                    .extend_from_slice(&text[..count.min(missing)]);
            }
            self.place += count as u64;
            let now = link.now();
            link.health.change(|health| health.receive(count, now));
            let mut decoded = Decoded::default();
            let pushed = self
                .rows
                .push(text, received, &link.context.directory, &mut decoded);
            self.hand_on(decoded, name, last, link)?;
            pushed?;
            if self.rows.has_header() && !self.noted {
                self.noted = true;
                link.health.change(|health| {
                    for warning in self.rows.warnings() {
                        health.note(warning);
                    }
                });
            }
        }
    }

    /// Takes what stands there without a line end as a row.
    pub(super) fn finish(
        &mut self,
        name: &FileName,
        last: &mut Option<ReadPosition>,
        link: &Link,
        received: Received,
    ) -> Result<(), Stop> {
        let mut decoded = Decoded::default();
        let finished = self
            .rows
            .finish(received, &link.context.directory, &mut decoded);
        self.hand_on(decoded, name, last, link)?;
        match finished {
            // Nothing has been written yet.
            Ok(()) | Err(TelemetryProblem::Empty) => Ok(()),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Whether another file stands at the path now, or this one was cut.
    fn is_replaced(&mut self, path: &Path) -> Result<bool, Stop> {
        let mut there = match File::open(path) {
            Ok(there) => there,
            // Between the two steps of a rotation there is none.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if there.metadata()?.len() < self.place {
            return Ok(true);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let (ours, theirs) = (self.file.metadata()?, there.metadata()?);
            if (ours.dev(), ours.ino()) != (theirs.dev(), theirs.ino()) {
                return Ok(true);
            }
        }
        let mut beginning = vec![0; self.beginning.len()];
        there.read_exact(&mut beginning)?;
        Ok(beginning != self.beginning)
    }
}
