//! Writing a file whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {verb} `{}`: {source}", path.display())]
pub struct FileError {
    /// What was tried: `write`, `read`.
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
    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        Self {
            verb: "write",
            path: path.to_owned(),
            source,
        }
    }
}

/// Writes a file beside its place, makes sure it is on the disk, and renames
/// it there: whatever happens, `path` holds the old content or the new, never
/// a part. Missing folders are made.
///
/// # Errors
/// When the disk is full or the place cannot be written to; nothing is left
/// behind then.
pub fn write_atomically(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), FileError> {
    let fail = |source| FileError::write(path, source);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(fail)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".counterpart-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file, less what the user's mask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder).map_err(fail)?;
    let mut writer = BufWriter::new(file.as_file());
    content(&mut writer)
        .and_then(|()| writer.flush())
        .map_err(fail)?;
    drop(writer);
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
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
        assert!(error.to_string().contains("result.csv"));
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
}
