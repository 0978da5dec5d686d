//! The files of a store: where they are, and how they get there whole.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// The folder of a store.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

/// Ending of a segment that is being written.
const PARTIAL: &str = "partial";

impl Folder {
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn catalogue(&self) -> PathBuf {
        self.root.join("catalogue.sqlite")
    }

    /// Bytes of the catalogue and of what SQLite keeps beside it.
    pub fn catalogue_bytes(&self) -> u64 {
        let catalogue = self.catalogue();
        let beside = ["", "-wal", "-shm"].into_iter().map(|ending| {
            let mut name = catalogue.clone().into_os_string();
            name.push(ending);
            // One that is not there takes no room.
            fs::metadata(PathBuf::from(name)).map_or(0, |found| found.len())
        });
        beside.sum()
    }

    pub fn segments(&self) -> PathBuf {
        self.root.join("segments")
    }

    /// The file of a segment.
    pub fn segment(&self, number: u32) -> PathBuf {
        self.segments().join(format!("{number:08}.parquet"))
    }

    /// The file of a segment that is being written.
    pub fn partial(&self, number: u32) -> PathBuf {
        self.segments().join(format!("{number:08}.{PARTIAL}"))
    }

    /// Makes the folders that are missing.
    pub fn create(&self) -> Result<(), StoreError> {
        let segments = self.segments();
        fs::create_dir_all(&segments)
            .map_err(|source| StoreError::file("create", &segments, source))?;
        sync_folder(&self.root)
    }

    /// Keeps other writers out until the file that is returned is closed, which
    /// the system does also for a process that is killed.
    pub fn lock(&self) -> Result<File, StoreError> {
        let path = self.root.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| StoreError::file("open", &path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
                path: self.root.clone(),
            }),
            Err(TryLockError::Error(source)) => Err(StoreError::file("lock", &path, source)),
        }
    }

    /// The segments in the folder, whole and partial ones, in order of number.
    /// Files of other names are not the store's and are left alone.
    pub fn list(&self) -> Result<Vec<SegmentName>, StoreError> {
        let folder = self.segments();
        let fail = |source| StoreError::file("list", &folder, source);
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let number = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .filter(|stem| stem.len() == 8 && stem.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|stem| stem.parse().ok());
            let ending = path.extension().and_then(|ending| ending.to_str());
            if let (Some(number), Some(ending @ ("parquet" | PARTIAL))) = (number, ending) {
                found.push(SegmentName {
                    number,
                    partial: ending == PARTIAL,
                    path,
                });
            }
        }
        found.sort_by_key(|name| (name.number, name.partial));
        Ok(found)
    }

    /// Gives a segment that is written and synced its name, for good.
    pub fn publish(&self, number: u32) -> Result<(), StoreError> {
        let (from, to) = (self.partial(number), self.segment(number));
        fs::rename(&from, &to).map_err(|source| StoreError::file("rename", &from, source))?;
        sync_folder(&self.segments())
    }

    /// Removes a segment's file, whatever has become of it.
    pub fn remove(&self, number: u32) -> Result<(), StoreError> {
        remove(&self.segment(number))
    }
}

/// A segment's file in the folder.
#[derive(Clone, Debug)]
pub(super) struct SegmentName {
    pub number: u32,
    pub partial: bool,
    pub path: PathBuf,
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::file("remove", path, source))
        }
        _ => Ok(()),
    }
}

/// Makes sure that names in a folder are on the disk. Only Unix has a way to.
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        File::open(path)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| StoreError::file("sync", path, source))?;
    }
    Ok(())
}
