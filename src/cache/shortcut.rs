//! What a plain `tok get PROFILE` found out on the long way, so that the next one need not read the profiles
//! file again: which entry it was, and everything that this answer hangs on.
//!
//! A shortcut says nothing that the long way would not say. It names every variable that was looked up and every
//! file that was read on the way to a fresh token; where one of them has changed since, it is passed over. It
//! holds no token: that stays in its entry, so that `forget`, a renewal and the checksum mean what they always do.
//! It is bound to one entry by that entry's salt, so that a token which another process fetched with another
//! secret is not served by it. Losing it costs a millisecond.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::entry::{Entry, fnv};
use super::store::{Bytes, Cache, Lookup, UNFINISHED};
use crate::expiry::{Freshness, MinTtl, Windows};
use crate::host::{Environment, Witness};
use crate::os::{self, FileMark};
use crate::profile::Timing;
use crate::time::UnixTime;

/// The end of a shortcut's name, after a hash of program, profiles file and profile.
const SHORTCUT: &str = ".hit";

/// A file must have been left alone for this long before its mark is believed, in nanoseconds: a second change in
/// the same tick of the file system's clock, which is 1 to 10 ms long ([`TICK`]), leaves the same mark.
const SETTLED: u64 = 20_000_000;

/// The longest tick, in nanoseconds: by so much the clock of the file system may be behind.
const TICK: u64 = 10_000_000;

/// A shortcut as it is written. Text is borrowed where it needs no unescaping.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    /// The digest of the entry's key.
    #[serde(borrow)]
    entry: Cow<'a, str>,
    /// The entry's salt: another entry of the same key has another.
    #[serde(borrow)]
    salt: Cow<'a, str>,
    /// As the long way saw it, which may have counted `assume_expires_in` anew.
    expires_at: i64,
    /// `min_ttl` and `refresh_before` of the profile, in seconds.
    windows: (u64, u64),
    /// Name and mark of every variable that was looked up; `None`: it is not set.
    variables: Vec<(Cow<'a, str>, Option<u64>)>,
    /// Path and mark of every file that was read; `None`: it is not there.
    files: Vec<(Cow<'a, str>, Option<FileMark>)>,
}

/// Notes what an answer hangs on.
#[derive(Default)]
pub struct Dependencies(RefCell<Noted>);

#[derive(Default)]
struct Noted {
    variables: Vec<(String, Option<Zeroizing<Vec<u8>>>)>,
    files: Vec<(PathBuf, Option<FileMark>)>,
    /// Something was met that cannot be put down.
    is_spoilt: bool,
}

impl Dependencies {
    /// Whether something was met that no shortcut can stand for.
    #[must_use]
    pub fn are_spoilt(&self) -> bool {
        self.0.borrow().is_spoilt
    }

    /// Forgets which files were read, before they are read again.
    pub fn forget_files(&self) {
        self.0.borrow_mut().files.clear();
    }
}

impl Witness for Dependencies {
    fn variable(&self, name: &str, value: Option<&OsStr>) {
        let mut noted = self.0.borrow_mut();
        // Without it the system's user database is asked, which nobody watches.
        if name == "HOME" && !value.is_some_and(|home| Path::new(home).is_absolute()) {
            noted.is_spoilt = true;
        }
        if !noted.variables.iter().any(|(known, _)| known == name) {
            let value = value.map(|value| value.as_encoded_bytes().to_vec().into());
            noted.variables.push((name.to_owned(), value));
        }
    }

    fn file(&self, path: &Path, metadata: Result<&Metadata, &io::Error>) {
        let mut noted = self.0.borrow_mut();
        // What comes through a pipe cannot be read again, nor told from what comes next.
        match metadata.map(|metadata| FileMark::of(metadata).filter(|_| metadata.is_file())) {
            Ok(Some(mark)) => noted.files.push((path.to_owned(), Some(mark))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                noted.files.push((path.to_owned(), None));
            }
            Ok(None) | Err(_) => noted.is_spoilt = true,
        }
    }
}

/// The mark of a variable's value. The salt keeps equal values from showing as equal in two files.
fn mark(salt: &str, value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(salt.as_bytes());
    hasher.write_u8(0xff);
    hasher.write(value);
    // Fewer bits than a secret has: what is written must not be enough to find the value again.
    hasher.finish() >> 16
}

fn is_unchanged(path: &Path, known: Option<FileMark>) -> bool {
    match (fs::metadata(path), known) {
        (Ok(metadata), Some(mark)) => FileMark::of(&metadata) == Some(mark),
        (Err(error), None) => error.kind() == io::ErrorKind::NotFound,
        _ => false,
    }
}

impl Cache<'_> {
    /// Another version may read profiles, or presets, in another way: it takes a name of its own.
    fn shortcut_path(&self, profiles_file: &Path, profile: &str) -> PathBuf {
        let mut bytes = [env!("CARGO_PKG_VERSION"), profile, ""].join("\0").into_bytes();
        bytes.extend_from_slice(profiles_file.as_os_str().as_encoded_bytes());
        self.directory().join(format!("{:016x}{SHORTCUT}", fnv(&bytes)))
    }

    /// The entry that a plain `tok get` of this profile would serve, if that is known and nothing has changed
    /// that could change it; `None` wherever there is the least doubt.
    #[must_use]
    pub fn by_shortcut(
        &self,
        profiles_file: &Path,
        profile: &str,
        environment: Environment<'_>,
        now: &dyn Fn() -> UnixTime,
    ) -> Option<Box<Entry>> {
        if !self.is_private() {
            return None;
        }
        let Ok(Bytes::Read(bytes)) = self.bytes_of(&self.shortcut_path(profiles_file, profile)) else {
            return None;
        };
        let Written { entry, salt, expires_at, windows, variables, files } =
            serde_json::from_slice(&bytes).ok()?;
        let is_known = files.iter().any(|(path, mark)| Path::new(&**path) == profiles_file && mark.is_some());
        let same_files = files.iter().all(|(path, known)| is_unchanged(Path::new(&**path), *known));
        let is_same = |(name, known): &(Cow<'_, str>, Option<u64>)| {
            environment.get(name).map(|value| mark(&salt, value.as_encoded_bytes())) == *known
        };
        if !is_known || !same_files || !variables.iter().all(is_same) {
            return None;
        }
        let Ok(Lookup::Found(found)) = self.read_file(&self.path(&entry), Some(&entry)) else { return None };
        let (min_ttl, refresh_before) = windows;
        let windows = Windows {
            min_ttl: MinTtl::AtMostATenth(Duration::from_secs(min_ttl)),
            refresh_before: Duration::from_secs(refresh_before),
        };
        let serves = found.profile == profile
            && found.secrets.salt() == salt
            && found.expires_at.0 == expires_at
            && found.freshness(windows, now()) == Freshness::Fresh;
        serves.then_some(found)
    }

    /// Puts a shortcut down, where it can be relied on. That it cannot be written is no trouble.
    pub fn put_shortcut(
        &self,
        profiles_file: &Path,
        entry: &Entry,
        timing: &Timing,
        dependencies: &Dependencies,
    ) {
        let noted = dependencies.0.borrow();
        let salt = entry.secrets.salt();
        // Durations of a profile may have parts of a second, which a shortcut does not keep.
        let is_whole = |duration: Duration| duration.subsec_nanos() == 0;
        if noted.is_spoilt || salt.is_empty() || !is_whole(timing.min_ttl) || !is_whole(timing.refresh_before)
        {
            return;
        }
        let files: Option<Vec<_>> =
            noted.files.iter().map(|(path, mark)| Some((Cow::Borrowed(path.to_str()?), *mark))).collect();
        let Some(files) = files else { return };
        let written = Written {
            entry: entry.key.as_str().into(),
            salt: salt.into(),
            expires_at: entry.expires_at.0,
            windows: (timing.min_ttl.as_secs(), timing.refresh_before.as_secs()),
            variables: noted
                .variables
                .iter()
                .map(|(name, value)| (name.into(), value.as_ref().map(|value| mark(salt, value))))
                .collect(),
            files,
        };
        let Ok(text) = serde_json::to_string(&written) else { return };
        let path = self.shortcut_path(profiles_file, &entry.profile);
        let _ = write_settled(&path, text.as_bytes(), &noted.files);
    }

    /// How long it takes until the files that were read have settled, by the clock of the file system that has just
    /// stored the entry; at most 30 ms.
    #[must_use]
    pub fn unsettled(&self, entry: &Entry, dependencies: &Dependencies) -> Duration {
        let stored = fs::metadata(self.path(entry.key.as_str())).ok();
        let Some(now) = stored.as_ref().and_then(FileMark::of) else { return Duration::ZERO };
        let noted = dependencies.0.borrow();
        let marks = noted.files.iter().filter_map(|(_, mark)| mark.as_ref());
        let youngest = marks.map(|mark| mark.until(&now)).min().unwrap_or(i64::MAX);
        let left = SETTLED.saturating_sub(youngest.max(0).unsigned_abs());
        Duration::from_nanos(if left == 0 { 0 } else { left + TICK })
    }

    /// Deletes the shortcuts to entries that are gone, and those that cannot be read.
    pub fn sweep_shortcuts(&self) {
        for item in fs::read_dir(self.directory()).into_iter().flatten().flatten() {
            let path = item.path();
            if !item.file_name().to_str().is_some_and(|name| name.ends_with(SHORTCUT)) {
                continue;
            }
            let Ok(Bytes::Read(bytes)) = self.bytes_of(&path) else { continue };
            let entry =
                serde_json::from_slice::<Written<'_>>(&bytes).map(|written| self.path(&written.entry));
            if !entry.is_ok_and(|entry| entry.exists()) {
                // Another process may have done it.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// Writes a shortcut, without waiting for the disk, if every file that it names had settled by then. Of two
/// processes that are at it one gives up.
fn write_settled(path: &Path, bytes: &[u8], files: &[(PathBuf, Option<FileMark>)]) -> io::Result<()> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let unfinished = format!("{UNFINISHED}{}", name.to_string_lossy());
    let mut file = match tempfile::Builder::new().prefix(&unfinished).rand_bytes(0).tempfile_in(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return fs::remove_file(directory.join(&unfinished));
        }
        outcome => outcome?,
    };
    os::set_private(file.as_file())?;
    file.write_all(bytes)?;
    let now = FileMark::of(&file.as_file().metadata()?);
    let has_settled = |mark: &FileMark| now.is_some_and(|now| mark.until(&now) >= SETTLED.cast_signed());
    if files.iter().filter_map(|(_, mark)| mark.as_ref()).all(has_settled) {
        file.persist(path).map_err(|error| error.error)?;
    }
    Ok(())
}
