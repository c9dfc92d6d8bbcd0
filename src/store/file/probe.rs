//! Checks for `tok doctor`: whether tokens can be stored in the directory, and which files killed processes have left.

use std::fs::{self, TryLockError};
use std::path::{Path, PathBuf};

use super::name::{FileKind, PROBE};
use super::{FileStore, LockKind, StoreError, lock, system};
use crate::os;
use crate::os::atomic_write::write_private_via;
use crate::time::UnixTime;

/// An unfinished file that is older than this, in seconds, was left behind: writing one takes milliseconds.
pub(super) const LEFT_BEHIND: i64 = 600;

/// The result of testing the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Whether the directory exists; if not, the directory in which it would be created was tested.
    pub is_there: bool,
    /// The directory that was tested.
    pub directory: PathBuf,
    /// When a file was written there, by the file system's clock.
    pub written_at: UnixTime,
    pub has_locks: bool,
}

/// A file that was never finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    pub path: PathBuf,
    pub written_at: UnixTime,
}

impl Leftover {
    /// Whether no process is writing it any more. A time in the future means that the clock was set back.
    #[must_use]
    pub fn is_left_behind(&self, now: UnixTime) -> bool {
        self.written_at.since(now).saturating_abs() > LEFT_BEHIND
    }
}

impl FileStore<'_> {
    /// Writes a file as an entry is written, locks it and deletes it. If the directory does not exist, uses a temporary
    /// directory in the nearest existing parent instead.
    ///
    /// # Errors
    /// The reason why tokens cannot be cached.
    pub fn probe(&self) -> Result<Probe, StoreError> {
        let is_there = self.exists()?;
        if is_there {
            return try_out(&self.directory, self.directory.clone(), is_there);
        }
        self.check_parent()?;
        let mut above = self.directory.ancestors().skip(1);
        let above = above
            .find(|path| path.exists())
            .filter(|path| !path.as_os_str().is_empty())
            .unwrap_or_else(|| Path::new("."));
        let scratch = tempfile::Builder::new()
            .prefix(".tok-")
            .tempdir_in(above)
            .map_err(|error| system("create a directory in", above, &error))?;
        try_out(scratch.path(), above.to_owned(), is_there)
    }

    /// Whether another process holds a lock of this token.
    ///
    /// # Errors
    /// The lock cannot be tried.
    pub fn is_locked(&self, key: &str, lock: LockKind) -> Result<bool, StoreError> {
        lock::is_held(&self.lock_path(key, lock))
    }

    /// The unfinished files, including those that are being written now.
    ///
    /// # Errors
    /// The directory cannot be trusted, or the operating system reports an error.
    pub fn unfinished_files(&self) -> Result<Vec<Leftover>, StoreError> {
        let is_unfinished = |kind| matches!(kind, FileKind::Unfinished | FileKind::Leftover);
        let mut found = Vec::new();
        for (_, kind, path) in self.files()? {
            // A file that was finished meanwhile has another name now.
            if is_unfinished(kind)
                && let Ok(metadata) = fs::symlink_metadata(&path)
                && !metadata.is_dir()
                && let Ok(modified) = metadata.modified()
            {
                let written_at = modified.into();
                found.push(Leftover { path, written_at });
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }
}

/// Messages name the directory `shown`, because a temporary directory is gone when the user reads them.
fn try_out(directory: &Path, shown: PathBuf, is_there: bool) -> Result<Probe, StoreError> {
    // If the process is killed, a later sweep deletes the file by its prefix.
    let name = format!("{PROBE}{}", std::process::id());
    let path = directory.join(&name);
    let outcome = write_private_via(&path, &format!("{name}-new"), &[b'x'; 4096])
        .map_err(|error| system("write in", &shown, &error))
        .and_then(|()| lock_file(&path));
    let deleted = fs::remove_file(&path);
    let (written_at, has_locks) = outcome?;
    deleted.map_err(|error| system("delete in", &shown, &error))?;
    Ok(Probe {
        is_there,
        directory: shown,
        written_at,
        has_locks,
    })
}

/// When the file was written by the file system's clock, and whether it could be locked.
fn lock_file(path: &Path) -> Result<(UnixTime, bool), StoreError> {
    let failed = |error: &std::io::Error| system("open", path, error);
    let file = os::open_lock_file(path).map_err(|error| failed(&error))?;
    let modified = file
        .metadata()
        .and_then(|metadata| metadata.modified())
        .map_err(|error| failed(&error))?;
    let has_locks = match file.try_lock() {
        // A process with the same id in another container may have locked it.
        Ok(()) | Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(error)) if os::has_no_locks(&error) => false,
        Err(TryLockError::Error(error)) => return Err(system("lock a file in", path, &error)),
    };
    Ok((modified.into(), has_locks))
}
