//! The token store in a directory: a JSON file and a lock file for each token, and a JSON file for each remembered
//! failure.

mod directory;
mod guard;
mod lock;
mod name;
mod probe;
mod sweep;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use zeroize::Zeroizing;

use super::{
    CoolDown, Entry, EntryError, IfLocked, LockKind, Lookup, StoreError, StoreGuard, TokenStore,
};
use crate::host::{Environment, Log, Warning};
use crate::os;
use crate::time::UnixTime;
use guard::FileGuard;
use name::{FileKind, UNFINISHED};
pub use probe::{Leftover, Probe};

/// The largest file that is read, in bytes. A reply is at most 1 MiB.
const MAX_FILE_SIZE: u64 = 4 << 20;

/// The cache directory.
pub struct FileStore<'a> {
    directory: PathBuf,
    /// Whether it is the platform's default and not named by the user.
    is_default: bool,
    log: &'a dyn Log,
}

impl<'a> FileStore<'a> {
    /// The store in a directory that the user named. It need not exist yet.
    #[must_use]
    pub fn new(directory: PathBuf, log: &'a dyn Log) -> Self {
        Self {
            directory,
            is_default: false,
            log,
        }
    }

    /// The store in the directory of the flag, of `TOK_CACHE_DIR`, or in the platform's cache directory. `None` if
    /// there is not even a home directory.
    #[must_use]
    pub fn locate(
        flag: Option<&Path>,
        environment: Environment<'_>,
        log: &'a dyn Log,
    ) -> Option<Self> {
        let variable = || {
            environment
                .get("TOK_CACHE_DIR")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(named) = flag.map(Path::to_owned).or_else(variable) {
            return Some(Self::new(named, log));
        }
        let base = environment
            .absolute_path("XDG_CACHE_HOME")
            .or_else(|| os::cache_home(environment))?;
        Some(Self {
            directory: base.join("tok"),
            is_default: true,
            log,
        })
    }

    /// The same store with another log.
    #[must_use]
    pub fn with_log<'b>(&self, log: &'b dyn Log) -> FileStore<'b> {
        FileStore {
            directory: self.directory.clone(),
            is_default: self.is_default,
            log,
        }
    }

    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a key's entry.
    #[must_use]
    pub fn path(&self, key: &str) -> PathBuf {
        self.file(key, FileKind::Entry)
    }

    /// The lock file of a token, which need not exist.
    #[must_use]
    pub fn lock_path(&self, key: &str, lock: LockKind) -> PathBuf {
        self.file(key, FileKind::Lock(lock))
    }

    fn file(&self, key: &str, kind: FileKind) -> PathBuf {
        self.directory.join(format!("{key}{}", kind.suffix()))
    }

    /// The files of the store, with their keys. The directory may contain other files too.
    fn files(&self) -> Result<Vec<(String, FileKind, PathBuf)>, StoreError> {
        if !self.exists()? {
            return Ok(Vec::new());
        }
        let names = os::file_names(&self.directory)
            .map_err(|error| system("read", &self.directory, &error))?;
        let known = names.iter().filter_map(|name| {
            let (key, kind) = FileKind::of(name.to_str()?)?;
            Some((key.to_owned(), kind, self.directory.join(name)))
        });
        Ok(known.collect())
    }

    fn read_entry(&self, path: &Path, key: &str) -> Result<Lookup, StoreError> {
        Ok(match self.read_file(path)? {
            Contents::Absent => Lookup::Absent,
            Contents::Unusable(why) => Lookup::Unusable(why),
            Contents::Bytes(bytes) => Entry::read(&bytes, key)
                .map_or_else(Lookup::Unusable, |entry| Lookup::Found(Box::new(entry))),
        })
    }

    /// The entry, or a later one that a killed holder of the main lock completed but did not rename yet: its refresh
    /// token may be the only valid one.
    fn read_latest(&self, key: &str) -> Result<Lookup, StoreError> {
        let entry = self.read_entry(&self.path(key), key)?;
        let unfinished = self.read_entry(&self.unfinished(key), key);
        Ok(match (&entry, unfinished) {
            (Lookup::Found(entry), Ok(Lookup::Found(later)))
                if later.generation > entry.generation =>
            {
                Lookup::Found(later)
            }
            (Lookup::Absent | Lookup::Unusable(_), Ok(Lookup::Found(later))) => {
                Lookup::Found(later)
            }
            _ => entry,
        })
    }

    /// The file in which the holder of the main lock writes an entry.
    fn unfinished(&self, key: &str) -> PathBuf {
        self.directory.join(format!("{UNFINISHED}{key}"))
    }

    /// Reads a file of the store.
    fn read_file(&self, path: &Path) -> Result<Contents, StoreError> {
        const FOREIGN: Contents = Contents::Unusable(EntryError::Foreign);
        let failed = |error: &io::Error| system("read", path, error);
        let mut file = match os::open_no_follow(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::Absent),
            Err(error) if os::is_link_error(&error) => return Ok(FOREIGN),
            Err(error) => return Err(failed(&error)),
        };
        let metadata = file.metadata().map_err(|error| failed(&error))?;
        if !metadata.is_file() || !os::is_owned_by_us(&metadata) || os::has_hard_links(&metadata) {
            return Ok(FOREIGN);
        }
        if metadata.len() > MAX_FILE_SIZE {
            return Ok(Contents::Unusable(EntryError::Damaged));
        }
        if os::is_open_to_others(&metadata) {
            self.make_private(path, &file, &metadata);
        }
        // Files of the store are replaced as a whole, so the length does not change while it is read.
        let length = usize::try_from(metadata.len()).unwrap_or(0);
        let mut bytes = Zeroizing::new(vec![0; length]);
        match file.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(FOREIGN),
            Err(error) => Err(failed(&error)),
            Ok(()) => Ok(Contents::Bytes(bytes)),
        }
    }
}

impl TokenStore for FileStore<'_> {
    fn read(&self, key: &str) -> Result<Lookup, StoreError> {
        if !self.exists()? {
            return Ok(Lookup::Absent);
        }
        self.read_entry(&self.path(key), key)
    }

    fn try_lock(
        &self,
        key: &str,
        lock: LockKind,
    ) -> Result<Option<Box<dyn StoreGuard + '_>>, StoreError> {
        let guard = lock::try_lock(self, key, lock)?;
        Ok(guard.map(|guard| Box::new(guard) as _))
    }

    fn without_lock(&self, key: &str) -> Box<dyn StoreGuard + '_> {
        Box::new(FileGuard::new(self, key, LockKind::Main, None))
    }

    fn wait(
        &self,
        key: &str,
        lock: LockKind,
        deadline: Instant,
        on_slow: &dyn Fn(),
    ) -> Result<bool, StoreError> {
        lock::wait(self, key, lock, deadline, on_slow)
    }

    fn cool_down(&self, name: &str) -> Option<CoolDown> {
        match self.read_file(&self.file(name, FileKind::CoolDown)) {
            Ok(Contents::Bytes(bytes)) => CoolDown::read(&bytes),
            _ => None,
        }
    }

    fn entries(&self) -> Result<Vec<(String, Lookup)>, StoreError> {
        let mut keys: Vec<String> = self
            .files()?
            .into_iter()
            .filter(|(_, kind, _)| matches!(kind, FileKind::Entry | FileKind::Unfinished))
            .map(|(key, _, _)| key)
            .collect();
        keys.sort();
        keys.dedup();
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            match self.read_latest(&key) {
                Ok(Lookup::Absent) => {}
                Ok(lookup) => found.push((key, lookup)),
                // An unreadable entry must not hide the others.
                Err(error) => self
                    .log
                    .warn(Warning::new(format!("skipping a cached token: {error}"))),
            }
        }
        Ok(found)
    }

    fn remove(
        &self,
        key: &str,
        if_locked: IfLocked,
        is_meant: &dyn Fn(&Lookup) -> bool,
    ) -> Result<Option<Lookup>, StoreError> {
        sweep::remove(self, key, if_locked, is_meant)
    }

    fn remove_cool_downs(&self, profile: Option<&str>) -> Result<(), StoreError> {
        sweep::remove_cool_downs(self, |failure| {
            profile.is_none_or(|profile| failure.is_none_or(|failure| failure.profile == profile))
        })
    }

    fn sweep(&self, now: UnixTime) -> Result<(), StoreError> {
        sweep::sweep(self, now)
    }

    fn sweep_if_due(&self, now: UnixTime) {
        sweep::sweep_if_due(self, now);
    }
}

/// The contents of a path.
enum Contents {
    Absent,
    /// A link, a FIFO, another user's file, a file with hard links, or one that is too large.
    Unusable(EntryError),
    Bytes(Zeroizing<Vec<u8>>),
}

/// Deletes a file that may be gone already.
fn delete(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(system("delete", path, &error))
        }
        _ => Ok(()),
    }
}

fn system(doing: &'static str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::System {
        doing,
        path: path.to_owned(),
        why: os::describe(error),
    }
}
