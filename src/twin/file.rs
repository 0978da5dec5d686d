//! Writing a file whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be {verb}: {source}; {}", path.display(), advice(source, verb))]
pub struct FileError {
    /// What was tried: `written`, `read`.
    pub verb: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl FileError {
    /// A failure to read `path`.
    #[must_use]
    pub fn read(path: &Path, source: io::Error) -> Self {
        Self {
            verb: "read",
            path: path.to_owned(),
            source,
        }
    }

    /// A failure to write `path`.
    #[must_use]
    pub fn write(path: &Path, source: io::Error) -> Self {
        Self {
            verb: "written",
            path: path.to_owned(),
            source,
        }
    }
}

/// Replaces the file at `path` by what `content` writes, in one step: into a new
/// file beside it, brought to the disk, then renamed over the old one. Whatever
/// happens, `path` holds the old content or the new, never a part.
///
/// Through a link, the file that it leads to is replaced and not the link. A file
/// that is there keeps its permissions. Missing folders are made.
///
/// # Errors
/// When the disk is full, the place cannot be written to, or the file is
/// read-only; the old file then stays, and nothing else is left behind.
pub fn write_atomically(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), FileError> {
    replace(path, content).map_err(|source| FileError::write(path, source))
}

fn replace(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let old_permissions = target
        .metadata()
        .ok()
        .map(|metadata| metadata.permissions());
    if old_permissions
        .as_ref()
        .is_some_and(std::fs::Permissions::readonly)
    {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the file is read-only",
        ));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".counterpart-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What a new file gets, less the mask of the process; a temporary file would
        // otherwise be readable by its owner alone.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let beside = builder.tempfile_in(folder)?;
    let mut writer = BufWriter::new(beside.as_file());
    content(&mut writer)?;
    writer.flush()?;
    drop(writer);
    if let Some(permissions) = old_permissions {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.as_file().sync_all()?;
    beside.persist(&target).map_err(|error| error.error)?;
    // The rename itself reaches the disk with its folder. Systems that cannot open a folder
    // as a file take care of it themselves, and the file is already in place.
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn advice(error: &io::Error, verb: &str) -> &'static str {
    match (error.kind(), verb) {
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => {
            "make room on the disk or save elsewhere"
        }
        (io::ErrorKind::NotFound, "read") => "check the path",
        (_, "read") => "check the file and the permission to read it",
        (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem, _) => {
            "ask for the permission to write there or save elsewhere"
        }
        _ => "check the disk or save elsewhere",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("result.csv");
        write_atomically(&path, |out| out.write_all(b"old")).expect("written");
        let error = write_atomically(&path, |out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .expect_err("the disk is full");
        let text = error.to_string();
        assert!(text.contains("result.csv"), "{text}");
        assert!(text.contains("make room on the disk"), "{text}");
        assert_eq!(std::fs::read(&path).expect("still there"), b"old");
        let left = std::fs::read_dir(folder.path()).expect("listed").count();
        assert_eq!(left, 1);
    }

    #[test]
    fn missing_folders_are_made() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("runs/first/result.csv");
        write_atomically(&path, |out| out.write_all(b"new")).expect("written");
        assert_eq!(std::fs::read(&path).expect("there"), b"new");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_system_says_of_a_full_device_is_understood() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("twin.ron");
        let error = write_atomically(&path, |_| {
            std::fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")?
                .write_all(b"text")
        })
        .expect_err("full");
        assert!(
            error.to_string().contains("make room on the disk"),
            "{error}"
        );
        assert!(!path.exists());
    }
}
