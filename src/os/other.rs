//! Systems without mode bits: what only Unix can do is left to the system's own rights of the profile folder.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{FileMark, Limits, Space};

pub(super) const CONFIG_BELOW_HOME: &str = "AppData\\Roaming";
pub(super) const CACHE_BELOW_HOME: &str = "AppData\\Local";

pub(super) fn home_without_variable() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned())
}

impl FileMark {
    /// The time of a file's last change can be set by hand here: no mark can be believed.
    #[must_use]
    pub fn of(_metadata: &Metadata) -> Option<Self> {
        None
    }
}

/// Rights are inherited from the user's folder, which others cannot read.
#[must_use]
pub fn is_readable_by_others(_metadata: &Metadata) -> bool {
    false
}

/// See [`is_readable_by_others`].
#[must_use]
pub fn is_open_to_others(_metadata: &Metadata) -> bool {
    false
}

/// See [`is_readable_by_others`].
#[must_use]
pub fn is_ours(_metadata: &Metadata) -> bool {
    true
}

/// See [`is_readable_by_others`].
#[must_use]
pub fn is_writable_by_others(_metadata: &Metadata) -> bool {
    false
}

/// Whether there is a program under this name, as it stands or with its ending.
#[must_use]
pub fn may_execute(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

/// Not to be told here.
///
/// # Errors
/// Always.
pub fn space(_path: &Path) -> io::Result<Space> {
    Err(io::ErrorKind::Unsupported.into())
}

/// There are none that matter.
#[must_use]
pub fn limits() -> Limits {
    Limits {
        open_files: None,
        file_size: None,
        core_dumps: false,
    }
}

/// See [`is_readable_by_others`].
#[must_use]
pub fn is_roots(_metadata: &Metadata) -> bool {
    false
}

/// Not to be told without opening the file.
#[must_use]
pub fn has_other_names(_metadata: &Metadata) -> bool {
    false
}

/// Makes a directory and those above it.
///
/// # Errors
/// Those of the operating system.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Nothing to do.
///
/// # Errors
/// None.
pub fn make_private(_file: &File, _metadata: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Opens a file for reading that is no link.
///
/// # Errors
/// Those of the operating system.
pub fn open_no_follow(path: &Path) -> io::Result<File> {
    if std::fs::symlink_metadata(path)?.file_type().is_symlink() {
        return Err(io::Error::other("is a link"));
    }
    File::open(path)
}

/// Opens nothing: a directory is no file here. Its metadata come from [`std::fs::metadata`].
///
/// # Errors
/// Those of the operating system.
pub fn open_directory(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Opens or makes a lock file.
///
/// # Errors
/// Those of the operating system.
pub fn open_lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Adds to the end of a file.
///
/// # Errors
/// Those of the operating system.
pub fn append_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?
        .write_all(bytes)
}

/// Whether an error says that the path is a link where none is followed.
#[must_use]
pub fn is_link_error(_error: &io::Error) -> bool {
    false
}

/// Nothing to do.
///
/// # Errors
/// None.
pub fn set_private(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Gives an open file the permissions of another.
///
/// # Errors
/// Those of the operating system.
pub fn set_alike(file: &File, other: &Metadata) -> io::Result<()> {
    file.set_permissions(other.permissions())
}

/// Directories cannot be synced here.
///
/// # Errors
/// None.
pub fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether an error says that this file system knows no locks.
#[must_use]
pub fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// See [`is_readable_by_others`].
#[must_use]
pub fn is_meant_for_all(_metadata: &Metadata) -> bool {
    false
}

/// The system's store is asked, by a function.
#[must_use]
pub fn root_certificates() -> Option<(Option<PathBuf>, Vec<PathBuf>)> {
    None
}
