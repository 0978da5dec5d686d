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
/// its place (cut, or rotated) and is read from its start. Rows that are there
/// when the file is opened count as received when they were measured; later
/// ones when they are read.
pub(super) struct FileSource {
    path: PathBuf,
    mappings: Vec<ColumnMapping>,
}

impl FileSource {
    pub(super) fn new(
        path: &str,
        settings: &SourceSettings,
        context: &SourceContext,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            path: context.folder.join(path),
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
    fn follow_csv(&self, link: &Link) -> Result<(), Stop> {
        let mut follower = CsvFollower::open(&self.path, self.mappings.clone())?;
        link.connected();
        let mut received = Received::WhenMeasured;
        loop {
            follower.read(link, received)?;
            received = Received::At(link.now());
            link.sleep(link.context.poll)?;
            if follower.is_replaced(&self.path)? {
                // What the old one still holds comes first. A row without an
                // end may be half a row.
                follower.read(link, received)?;
                if follower.rows.is_amid_row() {
                    link.health.change(|health| {
                        let why = "a row that was not finished when its file was cut or replaced";
                        health.drop_counted(1, why.to_owned());
                    });
                }
                link.health.change(|health| {
                    health.note("the file was cut or replaced, and read from its start");
                });
                follower = CsvFollower::open(&self.path, self.mappings.clone())?;
            }
            received = Received::At(link.now());
        }
    }

    fn follow_parquet(&self, link: &Link) -> Result<(), Stop> {
        let mut received = Received::WhenMeasured;
        let mut before: Option<Signature> = None;
        loop {
            let signature = Signature::of(&std::fs::metadata(&self.path)?);
            if before != Some(signature) {
                link.connected();
                parquet(&self.path, &self.mappings, received, link)?;
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

/// Hands on the samples of a whole Parquet file.
pub(super) fn parquet(
    path: &Path,
    mappings: &[ColumnMapping],
    received: Received,
    link: &Link,
) -> Result<(), Stop> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let name = name_of(path);
    let mut stopped = false;
    let now = link.now();
    link.health
        .change(|health| health.receive(usize::try_from(length).unwrap_or(usize::MAX), now));
    read_parquet(
        file,
        &name,
        &link.context.directory,
        mappings,
        received,
        &mut |decoded| {
            stopped = link.deliver(link.batch(decoded, None)).is_err();
            !stopped
        },
    )?;
    if stopped { Err(Stop::Stopped) } else { Ok(()) }
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// A CSV file and how far it has been read.
pub(super) struct CsvFollower {
    file: File,
    rows: CsvRows,
    place: u64,
    beginning: Vec<u8>,
    noted: bool,
}

impl CsvFollower {
    pub(super) fn open(path: &Path, mappings: Vec<ColumnMapping>) -> Result<Self, Stop> {
        Ok(Self {
            file: File::open(path)?,
            rows: CsvRows::new(&name_of(path), mappings),
            place: 0,
            beginning: Vec::new(),
            noted: false,
        })
    }

    /// How many bytes have been read.
    pub(super) const fn place(&self) -> u64 {
        self.place
    }

    /// Reads and hands on what there is.
    pub(super) fn read(&mut self, link: &Link, received: Received) -> Result<(), Stop> {
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
            link.deliver(link.batch(decoded, None))?;
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
    pub(super) fn finish(&mut self, link: &Link, received: Received) -> Result<(), Stop> {
        let mut decoded = Decoded::default();
        let finished = self
            .rows
            .finish(received, &link.context.directory, &mut decoded);
        link.deliver(link.batch(decoded, None))?;
        match finished {
            // Nothing has been written yet.
            Ok(()) | Err(TelemetryProblem::Empty) => Ok(()),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Reads the header and goes to a place where a row begins; stays at the
    /// start where the header does not end before that place.
    pub(super) fn skip_to(&mut self, place: u64, directory: &Directory) -> Result<(), Stop> {
        let mut text = Vec::new();
        let longest = place.min(LONGEST_RECORD);
        (&mut self.file).take(longest).read_to_end(&mut text)?;
        let mut quoted = false;
        let end = text.iter().position(|byte| {
            quoted ^= *byte == b'"';
            *byte == b'\n' && !quoted
        });
        match end {
            Some(end) => {
                let header = &text[..=end];
                let mut none = Decoded::default();
                self.rows
                    .push(header, Received::WhenMeasured, directory, &mut none)?;
                self.file.seek(SeekFrom::Start(place))?;
                self.place = place;
            }
            None => {
                self.file.rewind()?;
            }
        }
        Ok(())
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
