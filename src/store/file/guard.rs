//! The right to fetch one token. Only a [`Guard`] can write, and only a lock, taken on a miss, hands one out:
//! two processes cannot both think that they are the one that fetches.

use std::cell::Cell;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::{FileStore, Lookup, StoreError, Stored, UNFINISHED, system};
use crate::os;
use crate::os::atomic_write::{complete, remove_abandoned, write_private_via};
use crate::store::cool_down::CoolDown;
use crate::store::entry::Entry;

/// Which of a token's two locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// The usual one.
    Main,
    /// The one for those who go past a holder that hangs, one of them at a time.
    Bypass,
}

impl LockKind {
    /// The end of the lock file's name. It is never deleted: a lock on a deleted file keeps nobody out.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Main => ".lock",
            Self::Bypass => ".lock-2",
        }
    }
}

/// What tells the unfinished file of a failure from that of an entry.
const COOL_DOWN: &str = "-cool-down";

/// How long a waiter pauses where it cannot wait for the lock itself.
const PAUSE: Duration = Duration::from_millis(25);

/// After this long a person wants to know what is waited for.
const SLOW: Duration = Duration::from_secs(1);

impl FileStore<'_> {
    fn lock_file(&self, digest: &str, turn: LockKind) -> Result<(PathBuf, File), StoreError> {
        if !self.is_there()? {
            let directory = self.directory();
            os::make_private_directory(directory)
                .map_err(|error| system("make", directory, &error))?;
        }
        let path = self.lock_path(digest, turn);
        let file = os::open_lock_file(&path).map_err(|error| system("open", &path, &error))?;
        Ok((path, file))
    }

    /// Tries to become the one process that fetches this token; `None` where another is it already.
    ///
    /// # Errors
    /// The lock file cannot be made, or the file system has no locks.
    pub fn try_lock(&self, digest: &str, turn: LockKind) -> Result<Option<Guard<'_>>, StoreError> {
        let (path, file) = self.lock_file(digest, turn)?;
        let outcome = loop {
            match file.try_lock() {
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        match outcome {
            Ok(()) => {
                let mut guard = self.guard(digest, turn, Some(file));
                guard.inherit();
                Ok(Some(guard))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) if os::has_no_locks(&error) => {
                Err(StoreError::NoLocks { path })
            }
            Err(TryLockError::Error(error)) => Err(system("lock", &path, &error)),
        }
    }

    /// The right to write without a lock, for a file system that has none.
    #[must_use]
    pub fn without_lock(&self, digest: &str) -> Guard<'_> {
        self.guard(digest, LockKind::Main, None)
    }

    fn guard(&self, digest: &str, turn: LockKind, lock: Option<File>) -> Guard<'_> {
        let seen = Cell::new(u64::MAX);
        Guard {
            cache: self,
            digest: digest.to_owned(),
            turn,
            lock,
            inherited: None,
            seen,
        }
    }

    /// Waits until whoever holds the lock lets go of it, or dies; `false` where the deadline came first.
    ///
    /// The lock is asked for as one that many can share, so that all who wait are woken at once. The kernel
    /// has no time limit for that, so a thread waits, and this one waits for the thread.
    ///
    /// # Errors
    /// As [`Cache::try_lock`].
    pub fn wait(
        &self,
        digest: &str,
        turn: LockKind,
        deadline: Instant,
        on_slow: &dyn Fn(),
    ) -> Result<bool, StoreError> {
        let (path, file) = self.lock_file(digest, turn)?;
        let (sender, receiver) = mpsc::channel();
        let work = move || {
            let outcome = loop {
                match file.lock_shared() {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    outcome => break outcome.and_then(|()| file.unlock()),
                }
            };
            // Nobody listens any more where the time was up.
            let _ = sender.send(outcome);
        };
        if thread::Builder::new().spawn(work).is_err() {
            thread::sleep(PAUSE);
            return Ok(Instant::now() < deadline);
        }
        let left = || deadline.saturating_duration_since(Instant::now());
        let mut outcome = receiver.recv_timeout(left().min(SLOW));
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
}

/// The right to fetch one token and to store it. The kernel takes it back however the process ends.
pub struct Guard<'a> {
    cache: &'a FileStore<'a>,
    digest: String,
    turn: LockKind,
    lock: Option<File>,
    /// What a killed holder had written whole, where it could not be given its name.
    inherited: Option<Box<Entry>>,
    /// The generation of the entry that was read last: a later one there means that another process was quicker.
    seen: Cell<u64>,
}

/// What became of an entry that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Done,
    /// There is one that was written since this guard last read: it is left as it is.
    Overtaken,
}

impl Guard<'_> {
    /// Looks again: another process may have fetched the token while this one waited for the lock.
    ///
    /// # Errors
    /// As [`Cache::read`].
    pub fn read(&self) -> Result<Lookup, StoreError> {
        let found = match &self.inherited {
            Some(entry) if entry.generation > self.generation() => Lookup::Found(entry.clone()),
            _ => self.cache.read(&self.digest)?,
        };
        self.seen.set(match &found {
            Lookup::Found(entry) => entry.generation,
            Lookup::Absent | Lookup::Unusable(_) => 0,
        });
        Ok(found)
    }

    /// Writes the entry: whole, private and on the disk before it gets its name, and the name too before this
    /// returns. A rotated refresh token must not be lost to a power cut after its token was printed.
    ///
    /// A holder that was stopped while it asked may have been overtaken under the second lock, and one without a lock
    /// by anybody: to many an issuer the later token is the only good one, so it is not replaced by an earlier one.
    ///
    /// # Errors
    /// Those of the operating system. What was there before is still there.
    pub fn store(&self, entry: &Entry) -> Result<Written, StoreError> {
        let path = self.cache.path(&self.digest);
        let failed = |error: &io::Error| system("write", &path, error);
        let generation = self.generation();
        if generation > self.seen.get() {
            return Ok(Written::Overtaken);
        }
        let text = entry
            .write(generation + 1)
            .map_err(|error| failed(&io::Error::other(error)))?;
        write_private_via(&path, &self.unfinished(""), text.as_bytes())
            .map_err(|error| failed(&error))?;
        if self.lock.is_none() {
            // Each process has an unfinished file of its own, and nobody inherits what a killed one has left.
            let own = format!("{UNFINISHED}{}-", self.digest);
            remove_abandoned(&path, &|name| name.starts_with(&own));
        }
        Ok(Written::Done)
    }

    /// Remembers a failure, for all who use the same credentials at the same endpoint, or for this token alone.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn remember(&self, name: &str, cool_down: &CoolDown) -> Stored {
        let path = self.cache.cool_down_path(name);
        let failed = |error: &io::Error| system("write", &path, error);
        let text = cool_down
            .write()
            .map_err(|error| failed(&io::Error::other(error)))?;
        write_private_via(&path, &self.unfinished(COOL_DOWN), text.as_bytes())
            .map_err(|error| failed(&error))
    }

    /// Takes over what a holder that was killed has left. An entry that it had written whole gets its name: the
    /// refresh token in it may be the only one that is still good. What is torn or overtaken is thrown away.
    fn inherit(&mut self) {
        let path = self.cache.path(&self.digest);
        let unfinished = self.cache.directory().join(self.unfinished(""));
        match self.cache.read_file(&unfinished, Some(&self.digest)) {
            // A file that cannot be read now may hold anything: the next holder may be able to tell.
            Ok(Lookup::Absent) | Err(_) => {}
            // A holder that was stopped may have been overtaken by another, under the second lock.
            Ok(Lookup::Found(found)) if found.generation > self.generation() => {
                if complete(&path, &unfinished).is_err() {
                    self.inherited = Some(found);
                }
            }
            Ok(_) => _ = fs::remove_file(&unfinished),
        }
        _ = fs::remove_file(self.cache.directory().join(self.unfinished(COOL_DOWN)));
        // The second turn is rare: what its holder left behind would stay until the next one.
        if self.turn == LockKind::Main
            && self
                .cache
                .directory()
                .join(self.name_of(LockKind::Bypass, ""))
                .exists()
        {
            _ = self.cache.try_lock(&self.digest, LockKind::Bypass);
        }
    }

    /// How often the entry that is there was written; 0 where there is none that can be read.
    fn generation(&self) -> u64 {
        match self.cache.read(&self.digest) {
            Ok(Lookup::Found(current)) => current.generation,
            _ => 0,
        }
    }

    /// Drops the entry.
    ///
    /// # Errors
    /// Those of the operating system; that it is gone already is none.
    pub fn remove(&self) -> Stored {
        if self.inherited.is_some() {
            FileStore::delete(&self.cache.directory().join(self.unfinished("")))?;
        }
        FileStore::delete(&self.cache.path(&self.digest))
    }

    /// The name of a file of this guard's that is not finished: no two processes use the same one at a time.
    fn unfinished(&self, what: &str) -> String {
        match &self.lock {
            Some(_) => self.name_of(self.turn, what),
            None => format!("{UNFINISHED}{}-{}{what}", self.digest, std::process::id()),
        }
    }

    fn name_of(&self, turn: LockKind, what: &str) -> String {
        let turn = if turn == LockKind::Bypass { "-2" } else { "" };
        format!("{UNFINISHED}{}{turn}{what}", self.digest)
    }

    /// Forgets a failure: the credentials are good.
    pub fn forget_failure(&self, name: &str) {
        // One that is not there, or cannot be deleted, runs out by itself.
        let _ = FileStore::delete(&self.cache.cool_down_path(name));
    }
}
