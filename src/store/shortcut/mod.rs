//! What a plain `tok get PROFILE` found out on the long way, so that the next one need not read the profiles
//! file again: which entry it was, and everything that this answer hangs on.
//!
//! A shortcut says nothing that the long way would not say. It names every variable that was looked up and every
//! file that was read on the way to a fresh token; where one of them has changed since, it is passed over. It
//! holds no token: that stays in its entry, so that `forget` and a renewal mean what they always do. It says where in
//! the entry's file the token stands, and is bound to that file by a checksum over all of it, so that no other token is
//! served by it and no damaged one. Losing it costs a millisecond.

mod layout;

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use self::layout::{Fields, Writing, checksum};
use super::entry::{Entry, Life};
use crate::expiry::{Freshness, MinTtl, Windows};
use crate::host::{Environment, Witness};
use crate::os::{self, FileMark};
use crate::profile::Timing;
use crate::secret::{Secret, WipedBytes};
use crate::store::file::{Bytes, Cache, UNFINISHED};
use crate::time::UnixTime;

/// The end of a shortcut's name, after a hash of program, profiles file and profile.
const SHORTCUT: &str = ".hit";

/// A file must have been left alone for this long before its mark is believed, in nanoseconds: a second change in
/// the same tick of the file system's clock, which is 1 to 10 ms long ([`TICK`]), leaves the same mark.
const SETTLED: u64 = 20_000_000;

/// The longest tick, in nanoseconds: by so much the clock of the file system may be behind.
const TICK: u64 = 10_000_000;

/// What stands between the names of variables that are not set: no name has it.
const BETWEEN: char = '=';

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

/// A file that is not there has an empty mark.
fn write_mark(writing: &mut Writing, mark: Option<FileMark>) {
    writing.number(u64::from(mark.is_some()));
    mark.map_or([0; 5], FileMark::numbers)
        .into_iter()
        .for_each(|number| writing.number(number));
}

fn read_mark(fields: &mut Fields<'_>) -> Option<FileMark> {
    let mut numbers = [0; 5];
    for number in &mut numbers {
        *number = fields.number()?;
    }
    Some(FileMark::from_numbers(numbers))
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
        let mut bytes = [env!("CARGO_PKG_VERSION"), profile, ""]
            .join("\0")
            .into_bytes();
        bytes.extend_from_slice(profiles_file.as_os_str().as_encoded_bytes());
        self.directory()
            .join(format!("{:016x}{SHORTCUT}", checksum(&bytes)))
    }

    /// What a plain `tok get` of this profile would print, the token and a line break, if that is known and nothing
    /// has changed that could change it; `None` wherever there is the least doubt.
    #[must_use]
    pub fn by_shortcut(
        &self,
        profiles_file: &Path,
        profile: &str,
        environment: Environment<'_>,
        now: &dyn Fn() -> UnixTime,
    ) -> Option<Secret<String>> {
        if !self.is_private() {
            return None;
        }
        let bytes = self.bytes_at(&self.shortcut_path(profiles_file, profile))?;
        let mut fields = Fields::of(&bytes)?;
        let entry = fields.text()?;
        let (known, token_at, token_length) = (fields.number()?, fields.size()?, fields.size()?);
        let life = Life::from_numbers([fields.number()?, fields.number()?, fields.number()?]);
        let windows = Windows {
            min_ttl: MinTtl::AtMostATenth(Duration::from_secs(fields.number()?)),
            refresh_before: Duration::from_secs(fields.number()?),
        };
        let salt = fields.text()?;
        for _ in 0..fields.number()? {
            let value = environment.get(fields.text()?)?;
            if mark(salt, value.as_encoded_bytes()) != fields.number()? {
                return None;
            }
        }
        if fields
            .text()?
            .split_terminator(BETWEEN)
            .any(|name| environment.get(name).is_some())
        {
            return None;
        }
        for _ in 0..fields.number()? {
            let path = Path::new(fields.text()?);
            let is_there = fields.number()? == 1;
            let mark = read_mark(&mut fields)?;
            if !is_unchanged(path, is_there.then_some(mark)) {
                return None;
            }
        }
        let found = self.bytes_at(&self.path(entry))?;
        if checksum(&found) != known || life.freshness(windows, now()) != Freshness::Fresh {
            return None;
        }
        let token = std::str::from_utf8(found.get(token_at..)?.get(..token_length)?).ok()?;
        let mut printed = String::with_capacity(token.len() + 1);
        printed.push_str(token);
        printed.push('\n');
        Some(Secret::new(printed))
    }

    fn bytes_at(&self, path: &Path) -> Option<WipedBytes> {
        match self.bytes_of(path) {
            Ok(Bytes::Read(bytes)) => Some(bytes),
            _ => None,
        }
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
        if noted.is_spoilt {
            return;
        }
        if let Some(bytes) = self.shortcut(profiles_file, entry, timing, &noted) {
            let path = self.shortcut_path(profiles_file, &entry.profile);
            let _ = write_settled(&path, &bytes, &noted.files);
        }
    }

    /// The bytes of a shortcut; `None` where it could not be relied on.
    fn shortcut(
        &self,
        profiles_file: &Path,
        entry: &Entry,
        timing: &Timing,
        noted: &Noted,
    ) -> Option<Vec<u8>> {
        // Durations of a profile may have parts of a second, which a shortcut does not keep.
        let is_whole = |duration: Duration| duration.subsec_nanos() == 0;
        if noted
            .variables
            .iter()
            .any(|(name, _)| name.contains(BETWEEN))
        {
            return None;
        }
        let is_known = noted
            .files
            .iter()
            .any(|(path, mark)| path == profiles_file && mark.is_some());
        if !is_known || !is_whole(timing.min_ttl) || !is_whole(timing.refresh_before) {
            return None;
        }
        let key = entry.key.as_str();
        let found = self.bytes_at(&self.path(key))?;
        let stored = Entry::read(&found, Some(key)).ok()?;
        let salt = entry.secrets.salt();
        // Another process may have stored another one meanwhile.
        if salt.is_empty() || stored.secrets.salt() != salt || stored.generation != entry.generation
        {
            return None;
        }
        let mut writing = Writing::new();
        writing.text(key);
        writing.number(checksum(&found));
        let token = stored.access_token.expose().as_bytes();
        // A token with a quote in it is written with an escape, and not found.
        writing.number(
            found
                .windows(token.len())
                .position(|piece| piece == token)? as u64,
        );
        writing.number(token.len() as u64);
        // As the long way saw it, which may have counted `assume_expires_in` anew.
        entry
            .life()
            .numbers()
            .into_iter()
            .for_each(|number| writing.number(number));
        writing.number(timing.min_ttl.as_secs());
        writing.number(timing.refresh_before.as_secs());
        writing.text(salt);
        let set = noted
            .variables
            .iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)));
        writing.number(set.clone().count() as u64);
        for (name, value) in set {
            writing.text(name);
            writing.number(mark(salt, value));
        }
        let mut unset = String::new();
        for (name, _) in noted.variables.iter().filter(|(_, value)| value.is_none()) {
            unset.push_str(name);
            unset.push(BETWEEN);
        }
        writing.text(&unset);
        writing.number(noted.files.len() as u64);
        for (path, mark) in &noted.files {
            writing.text(path.to_str()?);
            write_mark(&mut writing, *mark);
        }
        Some(writing.finish())
    }

    /// How long it takes until the files that were read have settled, by the clock of the file system that has just
    /// stored the entry; at most 30 ms.
    #[must_use]
    pub fn unsettled(&self, entry: &Entry, dependencies: &Dependencies) -> Duration {
        let stored = fs::metadata(self.path(entry.key.as_str())).ok();
        let Some(now) = stored.as_ref().and_then(FileMark::of) else {
            return Duration::ZERO;
        };
        let noted = dependencies.0.borrow();
        let marks = noted.files.iter().filter_map(|(_, mark)| mark.as_ref());
        let youngest = marks.map(|mark| mark.until(&now)).min().unwrap_or(i64::MAX);
        let left = SETTLED.saturating_sub(youngest.max(0).unsigned_abs());
        Duration::from_nanos(if left == 0 { 0 } else { left + TICK })
    }

    /// Deletes the shortcuts to entries that are gone, and those that cannot be read.
    pub fn sweep_shortcuts(&self) {
        for item in fs::read_dir(self.directory())
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = item.path();
            if !item
                .file_name()
                .to_str()
                .is_some_and(|name| name.ends_with(SHORTCUT))
            {
                continue;
            }
            let Some(bytes) = self.bytes_at(&path) else {
                continue;
            };
            let entry = Fields::of(&bytes).and_then(|mut fields| fields.text());
            if !entry.is_some_and(|entry| self.path(entry).exists()) {
                // Another process may have done it.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// Writes a shortcut, without waiting for the disk, if every file that it names had settled by then. Of two
/// processes that are at it one gives up.
fn write_settled(
    path: &Path,
    bytes: &[u8],
    files: &[(PathBuf, Option<FileMark>)],
) -> io::Result<()> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(());
    };
    let unfinished = format!("{UNFINISHED}{}", name.to_string_lossy());
    let mut file = match tempfile::Builder::new()
        .prefix(&unfinished)
        .rand_bytes(0)
        .tempfile_in(directory)
    {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return fs::remove_file(directory.join(&unfinished));
        }
        outcome => outcome?,
    };
    os::set_private(file.as_file())?;
    file.write_all(bytes)?;
    let now = FileMark::of(&file.as_file().metadata()?);
    let has_settled =
        |mark: &FileMark| now.is_some_and(|now| mark.until(&now) >= SETTLED.cast_signed());
    if files
        .iter()
        .filter_map(|(_, mark)| mark.as_ref())
        .all(has_settled)
    {
        file.persist(path).map_err(|error| error.error)?;
    }
    Ok(())
}
