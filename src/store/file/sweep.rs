//! Looking after the cache directory: trying it out, and throwing away what killed processes have left in it.

use std::fs::{self, TryLockError};
use std::path::{Path, PathBuf};

use super::guard::LockKind;
use super::{COOL_DOWN, DIGEST, FileStore, Lookup, StoreError, UNFINISHED, is_digest, system};
use crate::os;
use crate::os::atomic_write::write_private_via;
use crate::store::cool_down::CoolDown;
use crate::time::UnixTime;

/// The beginning of the name of a file with which the directory is tried out.
const PROBE: &str = ".tmp-probe-";

/// An unfinished file of this age was left behind: writing one takes milliseconds.
const LEFT_BEHIND: i64 = 600;

/// What trying the directory out has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Whether the directory is there; if not, what it would be made in was tried.
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
    /// Whether nobody is still writing it. One out of the future was written before the clock was set.
    #[must_use]
    pub fn is_left_behind(&self, now: UnixTime) -> bool {
        self.written_at.since(now).saturating_abs() > LEFT_BEHIND
    }
}

impl FileStore<'_> {
    /// Writes a file as an entry is written, locks it and takes it away again. Where there is no directory yet
    /// none stays behind: it is made, for as long as this takes, in the nearest one above that there is.
    ///
    /// # Errors
    /// What would keep tokens from being cached.
    pub fn probe(&self) -> Result<Probe, StoreError> {
        if self.is_there()? {
            let (written_at, has_locks) = try_out(self.directory(), self.directory())?;
            return Ok(Probe {
                is_there: true,
                directory: self.directory().to_owned(),
                written_at,
                has_locks,
            });
        }
        let above = self
            .directory()
            .ancestors()
            .skip(1)
            .find(|path| path.exists());
        let above = above
            .filter(|path| !path.as_os_str().is_empty())
            .unwrap_or_else(|| Path::new("."));
        let failed = |error: std::io::Error| system("make a directory in", above, &error);
        let scratch = tempfile::Builder::new()
            .prefix(".tok-")
            .tempdir_in(above)
            .map_err(failed)?;
        let (written_at, has_locks) = try_out(scratch.path(), above)?;
        Ok(Probe {
            is_there: false,
            directory: above.to_owned(),
            written_at,
            has_locks,
        })
    }

    /// The lock file of a token, which need not be there.
    #[must_use]
    pub fn lock_path(&self, digest: &str, turn: LockKind) -> PathBuf {
        self.directory().join(format!("{digest}{}", turn.suffix()))
    }

    /// The files that were never finished, those that are being written just now included.
    ///
    /// # Errors
    /// The directory is not to be trusted, or the system refuses.
    pub fn unfinished(&self) -> Result<Vec<Leftover>, StoreError> {
        if !self.is_there()? {
            return Ok(Vec::new());
        }
        let directory = self.directory();
        let failed = |error: std::io::Error| system("read", directory, &error);
        let mut found = Vec::new();
        for item in fs::read_dir(directory).map_err(failed)? {
            let item = item.map_err(failed)?;
            let is_unfinished = item.file_name().to_str().is_some_and(is_unfinished);
            // One that is finished meanwhile has another name now.
            let Some(metadata) = item.metadata().ok().filter(|_| is_unfinished) else {
                continue;
            };
            if let (false, Ok(modified)) = (metadata.is_dir(), metadata.modified()) {
                found.push(Leftover {
                    path: item.path(),
                    written_at: modified.into(),
                });
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// Clears away what killed processes have left: a whole entry that has not got its name gets it, for the refresh
    /// token in it may be the only one that is still good; what else was left behind is deleted, and so are
    /// failures that need not be remembered any more.
    ///
    /// # Errors
    /// As [`Cache::unfinished`], or one cannot be deleted.
    pub fn sweep(&self, now: UnixTime) -> Result<(), StoreError> {
        for leftover in self.unfinished()? {
            let name = leftover
                .path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if let Some(digest) = digest_of(name) {
                // Whoever gets the lock inherits. If somebody else has it, he is still writing.
                _ = self.try_lock(digest, LockKind::Main);
            }
            if leftover.is_left_behind(now) {
                Self::delete(&leftover.path)?;
            }
        }
        self.sweep_failures(now)
    }

    fn sweep_failures(&self, now: UnixTime) -> Result<(), StoreError> {
        if !self.is_there()? {
            return Ok(());
        }
        let failed = |error: std::io::Error| system("read", self.directory(), &error);
        for item in fs::read_dir(self.directory()).map_err(failed)? {
            let name = item.map_err(failed)?.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_suffix(COOL_DOWN)) else {
                continue;
            };
            let is_of_use = |failure: CoolDown| failure.seconds_left(LEFT_BEHIND, now).is_some();
            if is_digest(name) && !self.cool_down(name).is_some_and(is_of_use) {
                Self::delete(&self.cool_down_path(name))?;
            }
        }
        Ok(())
    }

    /// Drops an entry, if what is there by then is still what is meant, and says what that was. It is looked at under
    /// its lock; one that somebody is renewing just now is dropped without, unless it is to be `spared`.
    ///
    /// # Errors
    /// The system refuses.
    pub fn remove(
        &self,
        digest: &str,
        spared: bool,
        is_meant: &dyn Fn(&Lookup) -> bool,
    ) -> Result<Option<Lookup>, StoreError> {
        let guard = match self.try_lock(digest, LockKind::Main) {
            Ok(Some(guard)) => guard,
            Ok(None) if spared => return Ok(None),
            Ok(None) | Err(StoreError::NoLocks { .. }) => self.without_lock(digest),
            Err(error) => return Err(error),
        };
        let found = guard.read()?;
        if !is_meant(&found) {
            return Ok(None);
        }
        guard.remove()?;
        Ok(Some(found))
    }
}

/// Whether a file that is not finished would have this name, or one that an older version kept beside its entries.
fn is_unfinished(name: &str) -> bool {
    let is_old = |hash: &str| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.starts_with(PROBE)
        || digest_of(name).is_some()
        || name.strip_suffix(".hit").is_some_and(is_old)
}

/// The digest in the name of a file that is not finished.
fn digest_of(name: &str) -> Option<&str> {
    name.strip_prefix(UNFINISHED)?
        .get(..DIGEST)
        .filter(|digest| is_digest(digest))
}

/// When the file was written by the file system's clock, and whether it could be locked. Messages name the
/// directory as `shown`: one that was made for this alone is gone when somebody reads them.
fn try_out(directory: &Path, shown: &Path) -> Result<(UnixTime, bool), StoreError> {
    // A killed process leaves a name that is swept like any other.
    let name = format!("{PROBE}{}", std::process::id());
    let path = directory.join(&name);
    let in_directory = |error: &std::io::Error| system("write in", shown, error);
    let outcome = write_private_via(&path, &format!("{name}-new"), &[b'x'; 4096])
        .map_err(|error| in_directory(&error));
    let outcome = outcome.and_then(|()| lock(&path));
    match fs::remove_file(&path) {
        Err(error) if outcome.is_ok() => Err(system("delete in", shown, &error)),
        _ => outcome,
    }
}

fn lock(path: &Path) -> Result<(UnixTime, bool), StoreError> {
    let failed = |error: &std::io::Error| system("open", path, error);
    let file = os::open_lock_file(path).map_err(|error| failed(&error))?;
    let modified = file
        .metadata()
        .and_then(|metadata| metadata.modified())
        .map_err(|error| failed(&error))?;
    let has_locks = match file.try_lock() {
        // Another process with this number, from another container: it has locked it.
        Ok(()) | Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(error)) if os::has_no_locks(&error) => false,
        Err(TryLockError::Error(error)) => return Err(system("lock a file in", path, &error)),
    };
    Ok((modified.into(), has_locks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Log, Warning};
    use crate::os::atomic_write::write_private;

    struct Silent;
    impl Log for Silent {
        fn warn(&self, _warning: Warning) {}
        fn debug(&self, _message: &str) {}
        fn progress(&self, _message: &str) {}
    }

    fn names(directory: &Path) -> Vec<String> {
        let items = fs::read_dir(directory).unwrap();
        items
            .map(|item| item.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_probe_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let absent = FileStore::new(home.path().join("a/b"), &Silent);
        let probe = absent.probe().unwrap();
        assert_eq!(
            (probe.is_there, probe.directory.as_path(), probe.has_locks),
            (false, home.path(), true)
        );
        assert_eq!(names(home.path()), Vec::<String>::new());

        os::make_private_directory(absent.directory()).unwrap();
        assert!(absent.probe().unwrap().is_there);
        assert_eq!(names(absent.directory()), Vec::<String>::new());
    }

    #[test]
    fn only_what_was_left_behind_is_swept() {
        let home = tempfile::tempdir().unwrap();
        let cache = FileStore::new(home.path().join("tok"), &Silent);
        assert_eq!(cache.unfinished().unwrap(), []);
        os::make_private_directory(cache.directory()).unwrap();
        let digest = "0123456789abcdef".repeat(2);
        let torn = format!(".tmp-{digest}-77");
        for name in [torn.as_str(), ".tmp-a", "b.json", "c.lock", "package.json"] {
            write_private(&cache.directory().join(name), b"x").unwrap();
        }
        let found = cache.unfinished().unwrap();
        assert_eq!(found.len(), 1);
        let written_at = found.first().unwrap().written_at;
        for (later, left) in [(0, 1), (600, 1), (-600, 1), (601, 0), (601, 0)] {
            cache.sweep(written_at.plus(later)).unwrap();
            assert_eq!(cache.unfinished().unwrap().len(), left, "{later}");
        }
        let mut left = names(cache.directory());
        left.sort();
        assert_eq!(
            left,
            [
                ".tmp-a",
                &format!("{digest}.lock"),
                "b.json",
                "c.lock",
                "package.json"
            ]
        );
        assert!(
            Leftover {
                path: PathBuf::new(),
                written_at
            }
            .is_left_behind(written_at.plus(-601))
        );
    }
}
