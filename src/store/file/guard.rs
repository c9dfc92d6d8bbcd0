//! The guard of one token in a directory, which writes its entry and its failures.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use super::{FileKind, FileStore, UNFINISHED, delete, system};
use crate::os;
use crate::os::atomic_write::{complete, write_private_via};
use crate::store::{
    CoolDown, Entry, LockKind, Lookup, StoreError, StoreGuard, TokenStore as _, Written,
};

/// Distinguishes the unfinished file of a failure from that of an entry.
const COOL_DOWN: &str = "-cool-down";

pub(super) struct FileGuard<'a> {
    store: &'a FileStore<'a>,
    key: String,
    kind: LockKind,
    /// `None`: the guard is not exclusive.
    lock: Option<File>,
    /// The generation of the entry that was read last. If the stored one is higher, another process was faster.
    seen: Cell<u64>,
}

impl<'a> FileGuard<'a> {
    pub(super) fn new(
        store: &'a FileStore<'a>,
        key: &str,
        kind: LockKind,
        lock: Option<File>,
    ) -> Self {
        Self {
            store,
            key: key.to_owned(),
            kind,
            lock,
            seen: Cell::new(u64::MAX),
        }
    }

    /// Cleans up after a killed holder of the main lock: a complete entry that it did not rename yet is renamed; an
    /// incomplete or outdated one is deleted. If that fails, [`StoreGuard::read`] still finds the complete entry.
    pub(super) fn recover(&self) {
        if self.kind != LockKind::Main {
            return;
        }
        let unfinished = self.store.unfinished(&self.key);
        match self.store.read_entry(&unfinished, &self.key) {
            // If the file cannot be read now, leave it to the next holder of the lock.
            Ok(Lookup::Absent) | Err(_) => {}
            Ok(Lookup::Found(found)) if found.generation > self.generation() => {
                let _ = complete(&self.store.path(&self.key), &unfinished);
            }
            Ok(_) => _ = fs::remove_file(&unfinished),
        }
        let _ = fs::remove_file(self.store.directory.join(self.unfinished_name(COOL_DOWN)));
    }

    /// The generation of the stored entry; 0 if it does not exist or cannot be read.
    fn generation(&self) -> u64 {
        match self.store.read(&self.key) {
            Ok(Lookup::Found(current)) => current.generation,
            _ => 0,
        }
    }

    /// The name of a file that is being written. No two processes use the same name at the same time.
    fn unfinished_name(&self, what: &str) -> String {
        let key = &self.key;
        match (&self.lock, self.kind) {
            (None, _) => format!("{UNFINISHED}{key}-{}{what}", std::process::id()),
            (Some(_), LockKind::Main) => format!("{UNFINISHED}{key}{what}"),
            (Some(_), LockKind::Bypass) => format!("{UNFINISHED}{key}-2{what}"),
        }
    }

    /// Deletes the entry.
    pub(super) fn remove(&self) -> Result<(), StoreError> {
        delete(&self.store.unfinished(&self.key))?;
        delete(&self.store.path(&self.key))
    }

    /// Deletes the lock file while the lock is held. Processes that wait for it then create another.
    pub(super) fn remove_lock(self) {
        if let Some(lock) = self.lock {
            // If this fails, a later sweep deletes the file.
            let _ = os::remove_lock_file(lock, &self.store.lock_path(&self.key, self.kind));
        }
    }

    fn cool_down_path(&self, name: &str) -> PathBuf {
        self.store.file(name, FileKind::CoolDown)
    }
}

impl StoreGuard for FileGuard<'_> {
    fn is_exclusive(&self) -> bool {
        self.lock.is_some()
    }

    fn read(&self) -> Result<Lookup, StoreError> {
        let found = self.store.read_latest(&self.key)?;
        self.seen.set(match &found {
            Lookup::Found(entry) => entry.generation,
            Lookup::Absent | Lookup::Unusable(_) => 0,
        });
        Ok(found)
    }

    fn store(&self, entry: &Entry) -> Result<Written, StoreError> {
        let path = self.store.path(&self.key);
        let failed = |error: &io::Error| system("write", &path, error);
        let generation = self.generation();
        if generation > self.seen.get() {
            return Ok(Written::Overtaken);
        }
        let entry = Entry {
            generation: generation + 1,
            ..entry.clone()
        };
        let text = entry
            .write()
            .map_err(|error| failed(&io::Error::other(error)))?;
        write_private_via(&path, &self.unfinished_name(""), text.as_bytes())
            .map_err(|error| failed(&error))?;
        Ok(Written::Done)
    }

    fn remember(&self, name: &str, failure: &CoolDown) -> Result<(), StoreError> {
        let path = self.cool_down_path(name);
        let failed = |error: &io::Error| system("write", &path, error);
        let text = failure
            .write()
            .map_err(|error| failed(&io::Error::other(error)))?;
        write_private_via(&path, &self.unfinished_name(COOL_DOWN), text.as_bytes())
            .map_err(|error| failed(&error))
    }

    fn forget_failure(&self, name: &str) {
        // If this fails, the failure still ends after its cool-down.
        let _ = delete(&self.cool_down_path(name));
    }
}
