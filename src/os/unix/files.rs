//! Files and directories: who owns them, who may use them, and opening them without following a link.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown,
};
use std::path::Path;

use rustix::fs::{Access, Mode, OFlags};
use rustix::io::Errno;

pub(in crate::os) fn mode(metadata: &Metadata) -> u32 {
    metadata.mode()
}

/// Whether a file or directory belongs to the user who runs this process.
#[must_use]
pub fn is_owned_by_us(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Whether a file or directory belongs to the system's administrator.
#[must_use]
pub fn is_owned_by_root(metadata: &Metadata) -> bool {
    metadata.uid() == 0
}

/// Whether a file has a second name somewhere.
#[must_use]
pub fn has_hard_links(metadata: &Metadata) -> bool {
    metadata.nlink() > 1
}

/// Whether this process may execute a file.
#[must_use]
pub fn is_executable(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, Access::EXEC_OK).is_ok()
}

/// Makes a directory, and those above it that are missing, for the owner alone, whatever the umask.
///
/// # Errors
/// Those of the operating system.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .collect();
    for directory in missing.into_iter().rev() {
        match DirBuilder::new().mode(0o700).create(directory) {
            Ok(()) => {
                // The umask may have taken rights from the owner too.
                rustix::fs::chmod(directory, Mode::RWXU)?;
                // What is stored below must not be lost with its directory; where that cannot be had, go on.
                let _ = directory.parent().map(sync_directory);
            }
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes sure that the names in a directory are on the disk.
///
/// # Errors
/// Those of the operating system.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Gives an open file mode 0600, whatever the umask made of it.
pub(in crate::os) fn set_private(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))
}

/// Has a new file be readable and writable as far as the umask allows.
pub(in crate::os) fn set_public(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(0o666));
}

/// Gives an open file the mode of another, and its owner where that is possible.
pub(in crate::os) fn copy_permissions(file: &File, other: &Metadata) -> io::Result<()> {
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (other.uid(), other.gid()) {
        // Only the administrator may give files away. Others have a file of their own.
        let _ = fchown(file, Some(other.uid()), Some(other.gid()));
    }
    file.set_permissions(Permissions::from_mode(other.mode() & 0o7777))
}

/// Takes all rights on an open file or directory from group and others.
///
/// # Errors
/// Those of the operating system.
pub fn make_private(file: &File, metadata: &Metadata) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(metadata.mode() & 0o7700))
}

/// Opens a file for reading that must not be a link; a FIFO does not make this wait.
///
/// # Errors
/// Those of the operating system; see [`is_link_error`].
pub fn open_no_follow(path: &Path) -> io::Result<File> {
    open(path, OFlags::NOFOLLOW)
}

/// Opens a directory that must not be a link.
///
/// # Errors
/// Those of the operating system; see [`is_link_error`].
pub fn open_directory(path: &Path) -> io::Result<File> {
    open(path, OFlags::NOFOLLOW | OFlags::DIRECTORY)
}

/// Opens a file for reading, without waiting for the other end of a pipe.
pub(super) fn open(path: &Path, more: OFlags) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | more;
    let file = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?;
    Ok(File::from(file))
}

/// The names of the files in a directory.
///
/// # Errors
/// Those of the operating system.
pub fn file_names(directory: &Path) -> io::Result<Vec<OsString>> {
    // Not by the standard library, which panics if the directory cannot be closed.
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::new(open_directory(directory)?)? {
        let entry = entry?;
        names.push(OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
    }
    Ok(names)
}

/// Opens or makes a lock file, for the owner alone; never a link.
///
/// # Errors
/// Those of the operating system.
pub fn open_lock_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    let metadata = file.metadata()?;
    // A planted hard link keeps its mode, and so does another user's file.
    let is_planted = has_hard_links(&metadata) || !is_owned_by_us(&metadata);
    if metadata.mode() & 0o7777 != 0o600 && !is_planted {
        set_private(&file)?;
    }
    Ok(file)
}

/// Deletes a lock file whose lock is held, and releases it.
///
/// # Errors
/// Those of the operating system.
pub fn remove_lock_file(file: File, path: &Path) -> io::Result<()> {
    let outcome = std::fs::remove_file(path);
    drop(file);
    outcome
}

/// Whether an open file has been deleted.
#[must_use]
pub fn is_deleted(metadata: &Metadata) -> bool {
    metadata.nlink() == 0
}

/// Adds to the end of a file, in one piece; where there is none, makes one for the owner alone.
///
/// # Errors
/// Those of the operating system.
pub fn append_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?
        .write_all(bytes)
}

/// Whether an error says that this file system knows no locks (NFS without its lock daemon).
#[must_use]
pub fn has_no_locks(error: &io::Error) -> bool {
    let unsupported = [Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOSYS, Errno::INVAL];
    unsupported.iter().any(|errno| is(error, *errno))
}

/// Whether an error says that the path is a link where none is followed.
#[must_use]
pub fn is_link_error(error: &io::Error) -> bool {
    is(error, Errno::LOOP)
}

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}
