//! Replaces a file as a whole: private from its first moment, on the disk before it gets its name, and never
//! written through a link.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::os;

/// Writes a file of mode 0600 in place of what is there. `unfinished` is the name that it has until it is done,
/// beside its place; what a killed process has left under that name is thrown away, so that no more than one
/// such file can ever stay.
///
/// # Errors
/// Those of the operating system. What was there before is still there.
pub fn replace(path: &Path, unfinished: &str, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, unfinished, bytes, os::set_private)
}

/// As [`replace`], for a file of somebody's own: it keeps its mode, and its owner where that can be had.
///
/// # Errors
/// Those of the operating system. What was there before is still there.
pub fn replace_alike(path: &Path, unfinished: &str, bytes: &[u8], before: &fs::Metadata) -> io::Result<()> {
    replace_by(path, unfinished, bytes, |file| os::set_alike(file, before))
}

fn replace_by(
    path: &Path,
    unfinished: &str,
    bytes: &[u8],
    set_mode: impl FnOnce(&fs::File) -> io::Result<()>,
) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
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
    file.persist(path).map_err(|error| error.error)?;
    os::sync_directory(directory)
}

/// Gives a file its name that a killed process had written whole and private, as [`replace`] would have done next.
///
/// # Errors
/// Those of the operating system.
#[expect(clippy::disallowed_methods, reason = "the one helper that replaces files")]
pub fn complete(path: &Path, unfinished: &Path) -> io::Result<()> {
    os::open_no_follow(unfinished)?.sync_all()?;
    fs::rename(unfinished, path)?;
    path.parent().map_or(Ok(()), os::sync_directory)
}
