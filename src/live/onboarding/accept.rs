//! From what was accepted to a document beside its file.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use super::Onboarding;
use super::first_look::{FirstLook, first_look};
use crate::live::error::LiveError;
use crate::live::open::load;
use crate::model;
use crate::quantity::Epoch;
use crate::simulation::Progress;
use crate::telemetry::infer::{self, Converted};
use crate::telemetry::{self, Telemetry};
use crate::twin::{self, Channel, Layout, TelemetryFile, Twin, write_atomically};

/// What was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The document that was written.
    pub document: PathBuf,
    /// What became of its layout and comments.
    pub layout: Layout,
    /// The telemetry file that the document names now: the file itself where it
    /// stands beside the document, else a copy or a converted one.
    pub telemetry: PathBuf,
    /// How it was converted, where the file itself could not be read.
    pub converted: Option<Converted>,
    /// Ids of the channels that were changed or added.
    pub channels: Vec<String>,
    /// The telemetry as it was read with the new document.
    pub read: Telemetry,
}

/// What was accepted, and the twin beside it.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// The document that was written.
    pub document: PathBuf,
    /// The telemetry file that the document names now.
    pub telemetry: PathBuf,
    /// How it was converted, where the file itself could not be read.
    pub converted: Option<Converted>,
    /// Ids of the channels that were changed or added.
    pub channels: Vec<String>,
    /// Rows that were read.
    pub rows: u64,
    /// Samples that were kept aside.
    pub kept_aside: u64,
    /// The epoch that the document has now, where it was changed.
    pub epoch: Option<Epoch>,
    /// The twin beside it; `None` when it was cancelled.
    pub look: Option<FirstLook>,
}

impl Onboarding {
    /// Channels of the accepted columns, as the document would have them.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        match &self.twin {
            Some(loaded) => infer::channels(&self.inference, &loaded.twin, &loaded.variables),
            None => Vec::new(),
        }
    }

    /// The document with the accepted channels, and the file in front of its
    /// telemetry; nothing is written.
    ///
    /// # Errors
    /// When there is no document, nothing was accepted, or two columns are one
    /// channel.
    pub fn twin_with_channels(&self) -> Result<(Twin, PathBuf), LiveError> {
        let loaded = self.loaded()?;
        let channels = self.channels();
        if channels.is_empty() {
            return Err(LiveError::Request(format!(
                "{}: no column was accepted as a channel of `{}`; accept at least one",
                self.file.display(),
                loaded.twin.id
            )));
        }
        for (position, channel) in channels.iter().enumerate() {
            let twice = |other: &&Channel| other.id == channel.id;
            if let Some(other) = channels[..position].iter().find(twice) {
                return Err(LiveError::Request(format!(
                    "two columns are accepted as channel `{}`; keep one of them",
                    other.id
                )));
            }
        }
        let mut twin = Twin::clone(&loaded.twin);
        if let Some(epoch) = &self.epoch {
            twin.epoch = epoch.value;
        }
        for channel in channels {
            match twin.channels.iter_mut().find(|one| one.id == channel.id) {
                Some(own) => *own = channel,
                None => twin.channels.push(channel),
            }
        }
        // A document names files beside it, so that all can be moved together.
        let folder = absolute(loaded.folder())?;
        let file = absolute(&self.table)?;
        let inside = match file.strip_prefix(&folder) {
            _ if !self.obstacles.is_empty() => {
                let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
                PathBuf::from(format!("{stem}.telemetry.csv"))
            }
            Ok(inside) => inside.to_owned(),
            // What was heard of a broker is new each time.
            Err(_) if self.broker.is_some() => free_name(&folder, &file),
            Err(_) => PathBuf::from(file.file_name().unwrap_or_default()),
        };
        let path = folder.join(&inside);
        if self.obstacles.is_empty() && path != file && path.exists() && !is_same(&path, &file)? {
            return Err(LiveError::Request(format!(
                "{} is there already and would be replaced by {}; rename one of them",
                path.display(),
                self.file.display()
            )));
        }
        let named = inside.display().to_string();
        twin.telemetry.retain(|file| file.path != named);
        let title = match &self.broker {
            Some(overheard) => {
                overheard.bind(self, &mut twin);
                format!("Heard from {}", overheard.request.url)
            }
            None => {
                let name = self.file.file_name().unwrap_or_default();
                name.to_string_lossy().into_owned()
            }
        };
        twin.telemetry
            .insert(0, TelemetryFile { path: named, title });
        Ok((twin, path))
    }

    /// Works the accepted channels into the document, converts the file where it
    /// has to be, brings it beside the document, and reads it. The document is
    /// written last, when all the rest went well, and keeps its comments.
    ///
    /// # Errors
    /// As [`twin_with_channels`](Self::twin_with_channels), when the document
    /// would have errors, or the file cannot be converted or read.
    pub fn accept(&self) -> Result<Accepted, LiveError> {
        let loaded = self.loaded()?;
        let now = std::fs::read_to_string(&loaded.path).map_err(|source| LiveError::File {
            path: loaded.path.clone(),
            source,
            advice: "check the path",
        })?;
        if now != *loaded.source {
            return Err(LiveError::Request(format!(
                "{} was changed meanwhile and would lose that; look at the file again",
                loaded.path.display()
            )));
        }
        let (twin, path) = self.twin_with_channels()?;
        let unwritten = |error: twin::SaveError| LiveError::Request(error.to_string());
        let text = twin::document_text(&twin, Some(&loaded.source)).map_err(unwritten)?;
        let name = loaded.path.display().to_string();
        let checked =
            twin::parse(&text.text, &name, &model::registry()).map_err(LiveError::Document)?;
        let mut converted = None;
        if !self.obstacles.is_empty() {
            converted = Some(self.convert(&twin, &path)?);
        } else if path != absolute(&self.table)? {
            let file = |source| LiveError::File {
                path: self.table.clone(),
                source,
                advice: "check the path and the disk",
            };
            let mut source = File::open(&self.table).map_err(file)?;
            write_atomically(&path, |out| std::io::copy(&mut source, out).map(|_| ()))?;
        }
        let read = telemetry::read_csv(&path, &checked.twin, &checked.variables)
            .map_err(LiveError::Telemetry)?;
        let saved = twin::save(&twin, Some(&loaded.source), &loaded.path).map_err(unwritten)?;
        Ok(Accepted {
            document: loaded.path.clone(),
            layout: saved.layout,
            telemetry: path,
            converted,
            channels: self.channels().into_iter().map(|one| one.id).collect(),
            read,
        })
    }

    /// As [`accept`](Self::accept), and runs the twin beside the data for a first
    /// look. When `progress` is cancelled there is none; the document is written.
    ///
    /// # Errors
    /// As [`accept`](Self::accept), or when the document that was written makes no
    /// simulation.
    pub fn accept_and_look(&self, progress: &Progress) -> Result<Welcome, LiveError> {
        let Accepted {
            document,
            converted,
            channels,
            telemetry,
            read,
            ..
        } = self.accept()?;
        let loaded = load(&document)?;
        let (rows, kept_aside) = (read.rows, read.rejected_count);
        let look = first_look(&loaded, read, progress)?;
        Ok(Welcome {
            document,
            telemetry,
            converted,
            channels,
            rows,
            kept_aside,
            epoch: self.epoch.as_ref().map(|one| one.value),
            look,
        })
    }

    fn convert(&self, twin: &Twin, path: &Path) -> Result<Converted, LiveError> {
        let channels = self.channels();
        let mut outcome = None;
        write_atomically(path, |out: &mut std::io::BufWriter<&File>| {
            let result = infer::convert(&self.table, &self.inference, twin, &channels, &mut *out);
            outcome = Some(result);
            match &outcome {
                Some(Err(error)) => Err(std::io::Error::other(error.to_string())),
                _ => out.flush(),
            }
        })?;
        match outcome {
            Some(result) => Ok(result?),
            None => Ok(Converted::default()),
        }
    }
}

/// A name that no file of the folder has.
fn free_name(folder: &Path, file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = |number: u32| match number {
        1 => PathBuf::from(format!("{stem}.csv")),
        _ => PathBuf::from(format!("{stem}-{number}.csv")),
    };
    (1..)
        .map(name)
        .find(|name| !folder.join(name).exists())
        .unwrap_or_default()
}

/// Whether two files hold the same: then one need not give way to the other.
fn is_same(one: &Path, other: &Path) -> Result<bool, LiveError> {
    let open = |path: &Path| {
        let failed = |source| LiveError::File {
            path: path.to_owned(),
            source,
            advice: "check the path",
        };
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        Ok::<_, LiveError>((BufReader::new(file), length))
    };
    let ((mut one_file, length), (mut other_file, other_length)) = (open(one)?, open(other)?);
    if length != other_length {
        return Ok(false);
    }
    loop {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| LiveError::File {
                path,
                source,
                advice: "check the disk",
            }
        };
        let a = one_file.fill_buf().map_err(failed(one))?;
        let b = other_file.fill_buf().map_err(failed(other))?;
        let count = a.len().min(b.len());
        if count == 0 || a[..count] != b[..count] {
            return Ok(a.len() == b.len());
        }
        one_file.consume(count);
        other_file.consume(count);
    }
}

fn absolute(path: &Path) -> Result<PathBuf, LiveError> {
    path.canonicalize().map_err(|source| LiveError::File {
        path: path.to_owned(),
        source,
        advice: "check the path",
    })
}
