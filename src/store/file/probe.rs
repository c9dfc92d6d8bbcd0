//! What `tok doctor` looks at: whether tokens can be stored here, and what killed processes have left.

use std::fs::{self, TryLockError};
use std::path::{Path, PathBuf};

use super::name::{FileKind, PROBE};
use super::{FileStore, LockKind, StoreError, lock, system};
use crate::os;
use crate::os::atomic_write::write_private_via;
use crate::time::UnixTime;

/// An unfinished file of this age was left behind, in seconds: writing one takes milliseconds.
pub(super) const LEFT_BEHIND: i64 = 600;

/// What trying the directory out has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Whether the directory is there; if not, the one in which it would be made was tried.
    pub is_there: bool,
    /// Where a file was written.
    pub directory: PathBuf,
    /// When that was by the file system's clock.
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
    /// Whether no process is writing it any more. One from the future was written before the clock was set.
    #[must_use]
    pub fn is_left_behind(&self, now: UnixTime) -> bool {
        self.written_at.since(now).saturating_abs() > LEFT_BEHIND
    }
}

impl FileStore<'_> {
    /// Writes a file as an entry is written, locks it and deletes it. A directory that does not exist
    /// yet is not left behind: for the time that this takes, one is made in the nearest existing parent.
    ///
    /// # Errors
    /// What would keep tokens from being cached.
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
            .map_err(|error| system("make a directory in", above, &error))?;
        try_out(scratch.path(), above.to_owned(), is_there)
    }

    /// Whether another process holds a lock of this token.
    ///
    /// # Errors
    /// The lock cannot be tried.
    pub fn is_locked(&self, key: &str, lock: LockKind) -> Result<bool, StoreError> {
        lock::is_held(&self.lock_path(key, lock))
    }

    /// The files that were never finished, those that are being written just now included.
    ///
    /// # Errors
    /// The directory is not to be trusted, or the system refuses.
    pub fn unfinished_files(&self) -> Result<Vec<Leftover>, StoreError> {
        let is_unfinished = |kind| matches!(kind, FileKind::Unfinished | FileKind::Leftover);
        let mut found = Vec::new();
        for (_, kind, path) in self.files()? {
            // One that is finished meanwhile has another name now.
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

/// Messages name the directory as `shown`: one that was made for this alone is gone when they are read.
fn try_out(directory: &Path, shown: PathBuf, is_there: bool) -> Result<Probe, StoreError> {
    // A killed process leaves a name that is swept like any other.
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
        // Another process with this number, from another container, may have locked it.
        Ok(()) | Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(error)) if os::has_no_locks(&error) => false,
        Err(TryLockError::Error(error)) => return Err(system("lock a file in", path, &error)),
    };
    Ok((modified.into(), has_locks))
}
