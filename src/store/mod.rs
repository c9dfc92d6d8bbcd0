//! The token cache: cache keys, entries, remembered failures, and the [`TokenStore`] trait.
//!
//! [`crate::acquire`] uses the trait only. [`FileStore`] implements it in a directory.

mod cool_down;
mod entry;
mod envelope;
mod file;
mod key;

use std::path::PathBuf;
use std::time::Instant;

use crate::time::UnixTime;

pub use cool_down::{CoolDown, FailureKind};
pub use entry::Entry;
pub use file::{FileStore, Leftover, Probe};
pub use key::{CacheKey, Fingerprints, KeyValue};

/// A store of tokens. Every `key` argument is the digest of a [`CacheKey`].
///
/// Reading takes no lock. Only a [`StoreGuard`] can write. A process takes one on a miss by locking the token, so that
/// of many processes only one fetches it.
pub trait TokenStore {
    /// The entry of a key.
    ///
    /// # Errors
    /// The store cannot be trusted, or the operating system reports an error.
    fn read(&self, key: &str) -> Result<Lookup, StoreError>;

    /// Tries to become the one process that fetches this token; `None` while another process is.
    ///
    /// # Errors
    /// The token cannot be locked, so nothing can be stored.
    fn try_lock(
        &self,
        key: &str,
        lock: LockKind,
    ) -> Result<Option<Box<dyn StoreGuard + '_>>, StoreError>;

    /// A guard that does not hold the lock, to write something that must not wait for it.
    fn without_lock(&self, key: &str) -> Box<dyn StoreGuard + '_>;

    /// Waits until the holder of a lock releases it or dies; `false` if the deadline passes first. Calls `on_slow` once
    /// if that takes longer than a second.
    ///
    /// # Errors
    /// As [`TokenStore::try_lock`].
    fn wait(
        &self,
        key: &str,
        lock: LockKind,
        deadline: Instant,
        on_slow: &dyn Fn(),
    ) -> Result<bool, StoreError>;

    /// The failure that is remembered under this name; `None` also if it cannot be read.
    fn cool_down(&self, name: &str) -> Option<CoolDown>;

    /// Every entry with its key, in no order.
    ///
    /// # Errors
    /// As [`TokenStore::read`].
    fn entries(&self) -> Result<Vec<(String, Lookup)>, StoreError>;

    /// Deletes an entry and its lock files, and returns what was deleted. `is_meant` decides once before the lock is
    /// taken and again under it. `if_locked` says what to do if another process holds the lock.
    ///
    /// # Errors
    /// The operating system reports an error.
    fn remove(
        &self,
        key: &str,
        if_locked: IfLocked,
        is_meant: &dyn Fn(&Lookup) -> bool,
    ) -> Result<Option<Lookup>, StoreError>;

    /// Deletes the remembered failures of a profile, or all of them.
    ///
    /// # Errors
    /// The operating system reports an error.
    fn remove_cool_downs(&self, profile: Option<&str>) -> Result<(), StoreError>;

    /// Deletes entries that expired more than a week ago, failures that are over, lock files without an entry, and files
    /// left by killed processes. An entry with a refresh token stays: the token may still be valid.
    ///
    /// # Errors
    /// The operating system reports an error.
    fn sweep(&self, now: UnixTime) -> Result<(), StoreError>;

    /// Sweeps if the last sweep was more than a day ago. Errors are ignored.
    fn sweep_if_due(&self, now: UnixTime);
}

/// The right to fetch one token and to store it. Dropping it releases the lock; so does the end of the process.
pub trait StoreGuard {
    /// Whether the guard holds the lock, so that no other process can have the same right.
    fn is_exclusive(&self) -> bool;

    /// The entry as it is now: another process may have stored it while this one waited.
    ///
    /// # Errors
    /// As [`TokenStore::read`].
    fn read(&self) -> Result<Lookup, StoreError>;

    /// Stores an entry. Once this returns, a power cut does not lose it.
    ///
    /// An entry that was stored since this guard last read is not replaced: another process may have gone on under
    /// [`LockKind::Bypass`] while this one was stopped, and with many issuers only the latest token is valid.
    ///
    /// # Errors
    /// The operating system reports an error. The previous entry is still there.
    fn store(&self, entry: &Entry) -> Result<Written, StoreError>;

    /// Remembers a failure for other processes.
    ///
    /// # Errors
    /// The operating system reports an error.
    fn remember(&self, name: &str, failure: &CoolDown) -> Result<(), StoreError>;

    /// Forgets a failure.
    fn forget_failure(&self, name: &str);
}

/// The two locks of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    Main,
    /// Taken by a process that has waited too long for the main lock: one such process at a time.
    Bypass,
}

/// What to do with an entry if another process holds its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfLocked {
    Spare,
    Remove,
}

/// The result of storing an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Done,
    /// Nothing was written: another process stored a later entry.
    Overtaken,
}

/// The result of reading an entry.
pub enum Lookup {
    Found(Box<Entry>),
    Absent,
    Unusable(EntryError),
}

/// Why a stored entry is not used. None of these is worth a warning: a new token is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("it is damaged or not a cache entry")]
    Damaged,
    #[error("it was written by a newer version")]
    Newer,
    #[error("it belongs to another token")]
    Foreign,
}

/// The store cannot be used. Tokens are then fetched and not cached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {doing} `{}`: {why}", path.display())]
    System {
        doing: &'static str,
        path: PathBuf,
        why: String,
    },
    /// The directory cannot be trusted.
    #[error("the cache directory `{}` {why}", path.display())]
    Refused { path: PathBuf, why: &'static str },
    /// A file that `tok` did not create has the name of a lock file.
    #[error("the lock file `{}` {why}", path.display())]
    Blocked { path: PathBuf, why: &'static str },
}

impl StoreError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Refused { .. } => {
                "name another directory with `--cache-dir` or in `TOK_CACHE_DIR`".to_owned()
            }
            Self::Blocked { path, .. } => {
                format!("delete `{}`: tok did not create it", path.display())
            }
            Self::System { doing: "read", .. } => {
                "check the owner and permissions of that file; `tok get` replaces it if it can"
                    .to_owned()
            }
            Self::System { .. } => "check the directory's permissions and free space".to_owned(),
        }
    }
}
