//! Windows: files inherit the permissions of the user's profile folder.

#![expect(clippy::unnecessary_wraps, reason = "these can fail on Unix")]

mod process;

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use directories::BaseDirs;
use zeroize::Zeroizing;

pub use process::{
    RENAME_ATTEMPTS, Sleeper, StandardOutput, exec, inherited_file, protect_process,
    resolve_program, run_with_timeout,
};

use super::{ReadError, read_regular};
use crate::host::Environment;

/// Where programs keep their configuration.
#[must_use]
pub fn config_home(environment: Environment<'_>) -> Option<PathBuf> {
    environment
        .absolute_path("APPDATA")
        .or_else(|| Some(BaseDirs::new()?.config_dir().to_owned()))
}

/// Where programs keep their caches.
#[must_use]
pub fn cache_home(environment: Environment<'_>) -> Option<PathBuf> {
    environment
        .absolute_path("LOCALAPPDATA")
        .or_else(|| Some(BaseDirs::new()?.cache_dir().to_owned()))
}

/// There are no mode bits: others have no access to the user's profile folder.
pub(super) fn mode(_metadata: &Metadata) -> u32 {
    0o600
}

/// Not known without unsafe code: see [`mode`].
#[must_use]
pub fn is_owned_by_us(_metadata: &Metadata) -> bool {
    true
}

/// See [`is_owned_by_us`].
#[must_use]
pub fn is_owned_by_root(_metadata: &Metadata) -> bool {
    false
}

/// Not known without opening the file.
#[must_use]
pub fn has_hard_links(_metadata: &Metadata) -> bool {
    false
}

/// Whether there is a program under this path, as it stands or with its ending.
#[must_use]
pub fn is_executable(path: &Path) -> bool {
    let endings = ["com", "exe", "bat", "cmd"];
    path.is_file()
        || endings
            .iter()
            .any(|ending| path.with_extension(ending).is_file())
}

/// Makes a directory and those above it that are missing.
///
/// # Errors
/// Those of the operating system.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// The file system's journal keeps names.
///
/// # Errors
/// None.
pub fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn set_private(_file: &File) -> io::Result<()> {
    Ok(())
}

pub(super) fn set_public(_builder: &mut tempfile::Builder<'_, '_>) {}

pub(super) fn copy_permissions(file: &File, other: &Metadata) -> io::Result<()> {
    file.set_permissions(other.permissions())
}

/// See [`mode`].
///
/// # Errors
/// None.
pub fn make_private(_file: &File, _metadata: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Opens a file for reading that must not be a link.
///
/// # Errors
/// Those of the operating system.
pub fn open_no_follow(path: &Path) -> io::Result<File> {
    if std::fs::symlink_metadata(path)?.file_type().is_symlink() {
        return Err(io::Error::other("is a link"));
    }
    File::open(path)
}

/// Opens a directory.
///
/// # Errors
/// Those of the operating system.
pub fn open_directory(path: &Path) -> io::Result<File> {
    /// Without it a directory cannot be opened (`CreateFileW`).
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    OpenOptions::new()
        .read(true)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
        .open(path)
}

/// The names of the files in a directory.
///
/// # Errors
/// Those of the operating system.
pub fn file_names(directory: &Path) -> io::Result<Vec<OsString>> {
    std::fs::read_dir(directory)?
        .map(|item| Ok(item?.file_name()))
        .collect()
}

/// Opens or makes a lock file, which cannot be deleted while it is open.
///
/// # Errors
/// Those of the operating system.
pub fn open_lock_file(path: &Path) -> io::Result<File> {
    const FILE_SHARE_READ_AND_WRITE: u32 = 3;
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .share_mode(FILE_SHARE_READ_AND_WRITE)
        .open(path)
}

/// Deletes a lock file, unless another process has it open.
///
/// # Errors
/// Those of the operating system.
pub fn remove_lock_file(file: File, path: &Path) -> io::Result<()> {
    drop(file);
    std::fs::remove_file(path)
}

/// See [`open_lock_file`].
#[must_use]
pub fn is_deleted(_metadata: &Metadata) -> bool {
    false
}

/// Adds to the end of a file, which is made where there is none.
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

/// Whether an error says that this file system knows no locks.
#[must_use]
pub fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// Whether an error says that the path is a link where none is followed.
#[must_use]
pub fn is_link_error(_error: &io::Error) -> bool {
    false
}

/// Opens a file to be read by [`read_all`].
///
/// # Errors
/// Those of the operating system.
pub fn open_to_read(path: &Path) -> io::Result<(File, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// Reads a file to its end. `most`: the most bytes that it may have.
///
/// # Errors
/// [`ReadError`].
pub fn read_all(
    file: &File,
    metadata: &Metadata,
    most: u64,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    read_regular(file, metadata.len(), most)
}
