//! Replaces a file atomically: writes a temporary file with the final mode, syncs it and renames it. Never writes
//! through a link.

use std::fs::{self, Metadata};
use std::io::{self, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::os;

/// A temporary file older than this was left behind by a killed process.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The pause before a rename is tried again: see [`os::RENAME_ATTEMPTS`].
const RENAME_PAUSE: Duration = Duration::from_millis(10);

/// The end of the temporary name of a user's file: `.NAME.PID.tok`.
const SUFFIX: &str = ".tok";

/// Who may read a new file.
#[derive(Clone, Copy)]
pub enum Mode<'a> {
    /// Its owner alone, whatever the umask.
    Private,
    /// Everybody, as far as the umask lets them.
    Public,
    /// Those who may read this one. Its owner is kept too where that is possible.
    Like(&'a Metadata),
}

/// A file that is written and synced but not renamed yet. Dropping it deletes the file.
pub struct Prepared<'a> {
    file: NamedTempFile,
    path: &'a Path,
}

impl Prepared<'_> {
    /// Replaces what is at the path.
    ///
    /// # Errors
    /// Those of the operating system. What was there before is still there.
    pub fn persist(self) -> io::Result<()> {
        let mut file = self.file;
        for attempt in 1.. {
            let Err(error) = file.persist(self.path) else {
                break;
            };
            let is_open = error.error.kind() == io::ErrorKind::PermissionDenied;
            if !is_open || attempt >= os::RENAME_ATTEMPTS {
                return Err(error.error);
            }
            file = error.file;
            thread::sleep(RENAME_PAUSE);
        }
        os::sync_directory(directory_of(self.path))
    }

    /// Gives the file its name where that is free.
    ///
    /// # Errors
    /// Those of the operating system; there is a file already, which stays.
    pub fn persist_new(self) -> io::Result<()> {
        self.file
            .persist_noclobber(self.path)
            .map_err(|error| error.error)?;
        os::sync_directory(directory_of(self.path))
    }
}

/// Replaces a file by one for its owner alone.
///
/// # Errors
/// Those of the operating system. What was there before is still there.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    prepare(path, bytes, Mode::Private)?.persist()
}

/// Like [`write_private`], with a temporary name that the caller chooses. A file that a killed process left under that
/// name is overwritten, so at most one is left behind.
///
/// # Errors
/// Those of the operating system. What was there before is still there.
pub fn write_private_via(path: &Path, temporary: &str, bytes: &[u8]) -> io::Result<()> {
    prepare_via(path, temporary, bytes, Mode::Private)?.persist()
}

/// Writes a file for this path under a temporary name that no other process uses, and removes what killed processes
/// have left under such names.
///
/// # Errors
/// Those of the operating system.
pub fn prepare<'a>(path: &'a Path, bytes: &[u8], mode: Mode<'_>) -> io::Result<Prepared<'a>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name has 255 bytes at most.
    let prefix = format!(".{}.", name.chars().take(50).collect::<String>());
    let temporary = format!("{prefix}{}{SUFFIX}", std::process::id());
    let prepared = prepare_via(path, &temporary, bytes, mode)?;
    remove_abandoned(prepared.file.path(), &|name| {
        let pid = name
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(SUFFIX));
        pid.is_some_and(|pid| pid.parse::<u32>().is_ok())
    });
    Ok(prepared)
}

fn prepare_via<'a>(
    path: &'a Path,
    temporary: &str,
    bytes: &[u8],
    mode: Mode<'_>,
) -> io::Result<Prepared<'a>> {
    let directory = directory_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(temporary).rand_bytes(0);
    if let Mode::Public = mode {
        os::set_public(&mut builder);
    }
    let mut file = match builder.tempfile_in(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(directory.join(temporary))?;
            builder.tempfile_in(directory)?
        }
        outcome => outcome?,
    };
    match mode {
        // The umask may have taken rights from the owner too.
        Mode::Private => os::set_private(file.as_file())?,
        Mode::Public => {}
        Mode::Like(other) => os::copy_permissions(file.as_file(), other)?,
    }
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(Prepared { file, path })
}

/// Renames a complete file that a killed process did not rename any more.
///
/// # Errors
/// Those of the operating system.
#[expect(
    clippy::disallowed_methods,
    reason = "the one helper that replaces files"
)]
pub fn complete(path: &Path, temporary: &Path) -> io::Result<()> {
    os::open_no_follow(temporary)?.sync_all()?;
    fs::rename(temporary, path)?;
    os::sync_directory(directory_of(path))
}

/// Removes what killed processes have left beside a file that was just written: files of ours with temporary names that
/// are much older by the clock of their file system.
pub fn remove_abandoned(written: &Path, is_temporary: &dyn Fn(&str) -> bool) {
    let modified = |path: &Path| {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata))
    };
    let Some((now, _)) = modified(written) else {
        return;
    };
    for item in fs::read_dir(directory_of(written))
        .into_iter()
        .flatten()
        .flatten()
    {
        if item.file_name().to_str().is_some_and(is_temporary)
            && let Some((at, metadata)) = modified(&item.path())
            && now.duration_since(at).is_ok_and(|age| age > ABANDONED)
            && metadata.is_file()
            && os::is_owned_by_us(&metadata)
        {
            // Another process may be quicker.
            let _ = fs::remove_file(item.path());
        }
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let items = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = items
            .map(|item| item.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_an_old_temporary_file_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let long_ago = SystemTime::UNIX_EPOCH;
        for (name, is_old) in [
            (".token.1.tok", true),
            (".token.2.tok", false),
            (".token.x.tok", true),
        ] {
            let file = NamedTempFile::new_in(&directory).unwrap();
            if is_old {
                file.as_file().set_modified(long_ago).unwrap();
            }
            file.persist(directory.path().join(name)).unwrap();
        }
        write_private(&path, b"one").unwrap();
        assert_eq!(
            names(directory.path()),
            [".token.2.tok", ".token.x.tok", "token"]
        );
    }

    #[test]
    fn what_is_dropped_leaves_everything_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        write_private(&path, b"one").unwrap();
        drop(prepare(&path, b"two", Mode::Private).unwrap());
        let error = prepare(&path, b"two", Mode::Private)
            .unwrap()
            .persist_new()
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(names(directory.path()), ["token"]);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }
}
