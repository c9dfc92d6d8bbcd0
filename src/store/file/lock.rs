//! The locks of a token. The kernel releases them when their holder ends, even if it is killed.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::guard::FileGuard;
use super::{FileStore, LockKind, StoreError, system};
use crate::host::Warning;
use crate::os;

/// How long to pause before trying again if no thread can be started to wait for the lock.
const PAUSE: Duration = Duration::from_millis(25);

/// After this time the user is told that `tok` is waiting.
const SLOW_AFTER: Duration = Duration::from_secs(1);

/// How often a deleted lock file is opened again. Some file systems report a link count of 0 for every file, so that each
/// looks deleted.
const MAX_REOPENS: usize = 5;

/// See [`TokenStore::try_lock`](crate::store::TokenStore::try_lock). On a file system without locks the guard is not
/// exclusive.
pub(super) fn try_lock<'a>(
    store: &'a FileStore<'a>,
    key: &str,
    lock: LockKind,
) -> Result<Option<FileGuard<'a>>, StoreError> {
    let path = store.lock_path(key, lock);
    let mut file = open(store, &path)?;
    for _ in 0..MAX_REOPENS {
        match attempt(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) if os::has_no_locks(&error) => {
                warn_of_no_locks(store, &path);
                return Ok(Some(FileGuard::new(store, key, lock, None)));
            }
            Err(TryLockError::Error(error)) => return Err(system("lock", &path, &error)),
        }
        // The previous holder may have deleted the file, and other processes may be locking a new one.
        if !file.metadata().is_ok_and(|found| os::is_deleted(&found)) {
            break;
        }
        file = open(store, &path)?;
    }
    let guard = FileGuard::new(store, key, lock, Some(file));
    guard.recover();
    Ok(Some(guard))
}

/// Whether another process holds a lock. Creates no lock file.
pub(super) fn is_held(path: &Path) -> Result<bool, StoreError> {
    if !path.exists() {
        return Ok(false);
    }
    let file = os::open_lock_file(path).map_err(|error| open_error(path, &error))?;
    match attempt(&file) {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) if os::has_no_locks(&error) => Ok(false),
        Err(TryLockError::Error(error)) => Err(system("lock", path, &error)),
    }
}

/// See [`TokenStore::wait`](crate::store::TokenStore::wait).
///
/// Waits for a shared lock, so that all waiting processes wake up at once. The kernel offers no timeout for that, so
/// another thread waits for the lock, and this one waits for the thread.
pub(super) fn wait(
    store: &FileStore<'_>,
    key: &str,
    lock: LockKind,
    deadline: Instant,
    on_slow: &dyn Fn(),
) -> Result<bool, StoreError> {
    let path = store.lock_path(key, lock);
    let file = open(store, &path)?;
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        let outcome = loop {
            match file.lock_shared() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        drop(file);
        // The receiver is gone if the deadline has passed.
        let _ = sender.send(outcome);
    };
    if thread::Builder::new().spawn(work).is_err() {
        thread::sleep(PAUSE);
        return Ok(Instant::now() < deadline);
    }
    let left = || deadline.saturating_duration_since(Instant::now());
    let mut outcome = receiver.recv_timeout(left().min(SLOW_AFTER));
    if matches!(outcome, Err(RecvTimeoutError::Timeout)) && !left().is_zero() {
        on_slow();
        outcome = receiver.recv_timeout(left());
    }
    match outcome {
        Ok(Ok(())) => Ok(true),
        Ok(Err(error)) => Err(system("lock", &path, &error)),
        Err(_) => Ok(false),
    }
}

fn open(store: &FileStore<'_>, path: &Path) -> Result<File, StoreError> {
    store.create()?;
    os::open_lock_file(path).map_err(|error| open_error(path, &error))
}

fn open_error(path: &Path, error: &io::Error) -> StoreError {
    let blocked = |why| StoreError::Blocked {
        path: path.to_owned(),
        why,
    };
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => blocked("is not a regular file"),
        Ok(found) if !os::is_owned_by_us(&found) => blocked("belongs to another user"),
        _ => system("open", path, error),
    }
}

fn attempt(file: &File) -> Result<(), TryLockError> {
    loop {
        match file.try_lock() {
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

fn warn_of_no_locks(store: &FileStore<'_>, path: &Path) {
    store.log.warn(
        Warning::new(format!(
            "the file system of `{}` has no locks: processes that start together may each send a request",
            path.display()
        ))
        .hint("name a directory on a local disk with `--cache-dir` or in `TOK_CACHE_DIR`"),
    );
}
