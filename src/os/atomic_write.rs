//! Replaces a file as a whole: private from its first moment, on the disk before it gets its name, and never
//! written through a link.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use crate::os;

/// An unfinished file of this age has no writer any more.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Writes a file of mode 0600 in place of what is there. `unfinished` is the name that it has until it is done,
/// beside its place; what a killed process has left under that name is thrown away, so that no more than one
/// such file can ever stay.
///
/// # Errors
/// Those of the operating system. What was there before is still there.
pub fn replace(path: &Path, unfinished: &str, bytes: &[u8]) -> io::Result<()> {
    persisted(written(path, unfinished, bytes, os::set_private)?, path)
}

/// As [`replace`], for a file of somebody's own: it keeps its mode, and its owner where that can be had. It is asked at
/// the last moment whether the file is still the one that is to be replaced; if not, it stays, and the answer is `false`.
///
/// # Errors
/// Those of the operating system. What was there before is still there.
pub fn replace_alike(
    path: &Path,
    unfinished: &str,
    bytes: &[u8],
    before: &fs::Metadata,
    is_the_same: &mut dyn FnMut() -> io::Result<bool>,
) -> io::Result<bool> {
    let file = written(path, unfinished, bytes, |file| os::set_alike(file, before))?;
    if !is_the_same()? {
        return Ok(false);
    }
    persisted(file, path)?;
    Ok(true)
}

/// As [`replace`], where nothing is there yet.
///
/// # Errors
/// Those of the operating system; something is there by then, which stays.
pub fn create(path: &Path, unfinished: &str, bytes: &[u8]) -> io::Result<()> {
    let file = written(path, unfinished, bytes, os::set_private)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    os::sync_directory(directory_of(path))
}

fn persisted(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map_err(|error| error.error)?;
    os::sync_directory(directory_of(path))
}

/// The file before it gets its name, on the disk.
fn written(
    path: &Path,
    unfinished: &str,
    bytes: &[u8],
    set_mode: impl FnOnce(&fs::File) -> io::Result<()>,
) -> io::Result<tempfile::NamedTempFile> {
    let directory = directory_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(unfinished).rand_bytes(0);
    let mut file = match builder.tempfile_in(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(directory.join(unfinished))?;
            builder.tempfile_in(directory)?
        }
        outcome => outcome?,
    };
    set_mode(file.as_file())?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Throws away what killed processes have left beside a file that was just written: files of ours, by their names not
/// finished, and much older by the clock of their file system.
pub fn drop_abandoned(written: &Path, is_unfinished: &dyn Fn(&str) -> bool) {
    let look =
        |path: &Path| fs::symlink_metadata(path).and_then(|found| Ok((found.modified()?, found)));
    let Ok((now, _)) = look(written) else { return };
    for item in fs::read_dir(directory_of(written))
        .into_iter()
        .flatten()
        .flatten()
    {
        if !item.file_name().to_str().is_some_and(is_unfinished) {
            continue;
        }
        if let Ok((at, found)) = look(&item.path())
            && now.duration_since(at).is_ok_and(|age| age > ABANDONED)
            && found.is_file()
            && os::is_ours(&found)
        {
            // Another process may be quicker.
            _ = fs::remove_file(item.path());
        }
    }
}

/// Gives a file its name that a killed process had written whole and private, as [`replace`] would have done next.
///
/// # Errors
/// Those of the operating system.
#[expect(
    clippy::disallowed_methods,
    reason = "the one helper that replaces files"
)]
pub fn complete(path: &Path, unfinished: &Path) -> io::Result<()> {
    os::open_no_follow(unfinished)?.sync_all()?;
    fs::rename(unfinished, path)?;
    path.parent().map_or(Ok(()), os::sync_directory)
}
