//! Where tokens are kept: which token an entry is for, what it holds, and what a store must be able to do.
//!
//! [`TokenStore`] is the seam: [`crate::acquire`] knows no files. [`FileStore`], a directory, implements it.

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

/// Keeps tokens. A key is the digest of a [`CacheKey`].
///
/// Reading takes no lock. Only a [`StoreGuard`] writes, and only a lock, taken on a miss, hands one out, so that of
/// all processes that miss one fetches.
pub trait TokenStore {
    /// The entry of a key.
    ///
    /// # Errors
    /// The store is not to be trusted, or the system refuses.
    fn read(&self, key: &str) -> Result<Lookup, StoreError>;

    /// Tries to become the one process that fetches this token; `None` while another process is.
    ///
    /// # Errors
    /// There can be no lock, and so nothing can be stored.
    fn try_lock(
        &self,
        key: &str,
        lock: LockKind,
    ) -> Result<Option<Box<dyn StoreGuard + '_>>, StoreError>;

    /// The right to write without the lock, for what must not wait for it.
    fn without_lock(&self, key: &str) -> Box<dyn StoreGuard + '_>;

    /// Waits until the holder of a lock lets go of it or dies; `false` if the deadline comes first. Calls `on_slow`
    /// once if that takes longer than a second.
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

    /// The failure that is remembered under this name; `None` also where it cannot be read.
    fn cool_down(&self, name: &str) -> Option<CoolDown>;

    /// Every entry with its key, in no order.
    ///
    /// # Errors
    /// As [`TokenStore::read`].
    fn entries(&self) -> Result<Vec<(String, Lookup)>, StoreError>;

    /// Drops an entry and its locks if `is_meant` still says so under the lock; the answer is what was dropped. One
    /// that another process is renewing is spared, or dropped without the lock, as `if_locked` says.
    ///
    /// # Errors
    /// The system refuses.
    fn remove(
        &self,
        key: &str,
        if_locked: IfLocked,
        is_meant: &dyn Fn(&Lookup) -> bool,
    ) -> Result<Option<Lookup>, StoreError>;

    /// Drops the failures of a profile, or all of them.
    ///
    /// # Errors
    /// The system refuses.
    fn remove_cool_downs(&self, profile: Option<&str>) -> Result<(), StoreError>;

    /// Drops entries that expired a week ago, failures that are over, locks without an entry, and what killed
    /// processes have left. An entry with a refresh token stays: it may be the only one that is still good.
    ///
    /// # Errors
    /// The system refuses.
    fn sweep(&self, now: UnixTime) -> Result<(), StoreError>;

    /// Sweeps if that was last done more than a day ago. It is never worth an error.
    fn sweep_if_due(&self, now: UnixTime);
}

/// The right to fetch one token and to store it. It ends when this is dropped, or however the process ends.
pub trait StoreGuard {
    /// Whether no other process can have the same right now.
    fn is_exclusive(&self) -> bool;

    /// The entry as it is now: another process may have stored it while this one waited.
    ///
    /// # Errors
    /// As [`TokenStore::read`].
    fn read(&self) -> Result<Lookup, StoreError>;

    /// Stores an entry. Once this returns, a power cut does not lose it: a rotated refresh token is good for one use.
    ///
    /// A holder that was stopped while it fetched may have been overtaken under the other lock. To many an issuer the
    /// later token is the only good one, so an entry that came since this guard last read is not replaced.
    ///
    /// # Errors
    /// The system refuses. What was there before is still there.
    fn store(&self, entry: &Entry) -> Result<Written, StoreError>;

    /// Remembers a failure for other processes.
    ///
    /// # Errors
    /// The system refuses.
    fn remember(&self, name: &str, failure: &CoolDown) -> Result<(), StoreError>;

    /// Forgets a failure.
    fn forget_failure(&self, name: &str);
}

/// Which of a token's two locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    Main,
    /// For processes that go on past a holder that hangs, one at a time.
    Bypass,
}

/// What happens to an entry whose lock another process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfLocked {
    Spare,
    Remove,
}

/// What became of an entry that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Done,
    /// A later entry is there, and stays.
    Overtaken,
}

/// What a look into the store found.
pub enum Lookup {
    Found(Box<Entry>),
    Absent,
    Unusable(EntryError),
}

/// Why an entry that is there is not used. None of these is worth a warning: the token is fetched anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("it is not a cache entry, or a damaged one")]
    Damaged,
    #[error("it was written by a newer version")]
    Newer,
    #[error("it belongs to another token")]
    Foreign,
}

/// What the store cannot do. It costs the cache, never the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {doing} `{}`: {why}", path.display())]
    System {
        doing: &'static str,
        path: PathBuf,
        why: String,
    },
    /// The directory is not to be trusted.
    #[error("the cache directory `{}` {why}", path.display())]
    Refused { path: PathBuf, why: &'static str },
    /// Something that `tok` did not make has the name of a lock file.
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
                format!("delete `{}`: tok did not make it", path.display())
            }
            Self::System { doing: "read", .. } => {
                "check the owner and permissions of that file; `tok get` replaces it if it can"
                    .to_owned()
            }
            Self::System { .. } => "check the directory's permissions and free space".to_owned(),
        }
    }
}
