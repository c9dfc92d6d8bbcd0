//! Unix: permissions are mode bits, a process is replaced by `execve`.

mod command;
mod process;
mod read;
mod signals;

pub use command::run_with_timeout;
pub use process::*;
pub use read::{open_to_read, read_all};
pub use signals::Sleeper;

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Resource;

use super::{FileMark, Limits, Space};

#[cfg(target_os = "macos")]
pub(super) const CONFIG_BELOW_HOME: &str = "Library/Application Support";
#[cfg(target_os = "macos")]
pub(super) const CACHE_BELOW_HOME: &str = "Library/Caches";
#[cfg(not(target_os = "macos"))]
pub(super) const CONFIG_BELOW_HOME: &str = ".config";
#[cfg(not(target_os = "macos"))]
pub(super) const CACHE_BELOW_HOME: &str = ".cache";

/// The mode bits of everybody but the owner.
const OTHERS: u32 = 0o077;

pub(super) fn home_without_variable() -> Option<PathBuf> {
    directories::BaseDirs::new()
        .map(|dirs| dirs.home_dir().to_owned())
        .filter(|home| home.is_absolute())
}

impl FileMark {
    /// The mark of a file; `None` where this system cannot tell.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Option<Self> {
        let nanoseconds = |seconds: i64, rest: i64| {
            seconds
                .checked_mul(1_000_000_000)
                .and_then(|whole| whole.checked_add(rest))
        };
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified_at: nanoseconds(metadata.mtime(), metadata.mtime_nsec())?,
            changed_at: nanoseconds(metadata.ctime(), metadata.ctime_nsec())?,
        })
    }
}

/// Whether group or others may read a file.
#[must_use]
pub fn is_readable_by_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o044 != 0
}

/// Whether anybody but the owner may do anything with a file or directory.
#[must_use]
pub fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & OTHERS != 0
}

/// Whether a directory is one that everybody puts things into, as `/tmp` is: its sticky bit is set.
#[must_use]
pub fn is_meant_for_all(metadata: &Metadata) -> bool {
    metadata.mode() & 0o1000 != 0
}

/// Whether a file or directory belongs to the user who runs this process.
#[must_use]
pub fn is_ours(metadata: &Metadata) -> bool {
    // The user of this process never changes: one call is enough for the three files of a hit.
    static USER: OnceLock<u32> = OnceLock::new();
    metadata.uid() == *USER.get_or_init(|| rustix::process::geteuid().as_raw())
}

/// Whether a file or directory belongs to the system's administrator, who could do anything anyway.
#[must_use]
pub fn is_roots(metadata: &Metadata) -> bool {
    metadata.uid() == 0
}

/// Whether group or others may write to a file or directory.
#[must_use]
pub fn is_writable_by_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o022 != 0
}

/// Whether this process may execute a file.
#[must_use]
pub fn may_execute(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// What is left on the file system of a path.
///
/// # Errors
/// Those of the operating system.
pub fn space(path: &Path) -> io::Result<Space> {
    let found = rustix::fs::statvfs(path)?;
    Ok(Space {
        bytes: found.f_bavail.saturating_mul(found.f_frsize),
        files: (found.f_files > 0).then_some(found.f_favail),
    })
}

/// The limits of this process.
#[must_use]
pub fn limits() -> Limits {
    let limit = |resource| rustix::process::getrlimit(resource).current;
    Limits {
        open_files: limit(Resource::Nofile),
        file_size: limit(Resource::Fsize),
        core_dumps: may_dump_core(),
    }
}

/// Whether a file has a second name somewhere.
#[must_use]
pub fn has_other_names(metadata: &Metadata) -> bool {
    metadata.nlink() > 1
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
        match std::fs::DirBuilder::new().mode(0o700).create(directory) {
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

/// Gives an open file to its owner alone, for reading and writing, whatever the umask made of it.
///
/// # Errors
/// Those of the operating system.
pub fn set_private(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, Mode::RUSR | Mode::WUSR)?)
}

/// Gives an open file the mode of another, and its owner where that can be had.
///
/// # Errors
/// Those of the operating system.
pub fn set_alike(file: &File, other: &Metadata) -> io::Result<()> {
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (other.uid(), other.gid()) {
        // Only the administrator may give files away. Who may not has a file of their own.
        let _ = std::os::unix::fs::fchown(file, Some(other.uid()), Some(other.gid()));
    }
    file.set_permissions(Permissions::from_mode(other.mode() & 0o7777))
}

/// Makes sure that the names in a directory are on the disk.
///
/// # Errors
/// Those of the operating system.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Whether an error says that this file system knows no locks (NFS without its lock daemon).
#[must_use]
pub fn has_no_locks(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    [Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOSYS, Errno::INVAL]
        .iter()
        .any(|known| number == Some(known.raw_os_error()))
}

/// Takes all rights on an open file or directory from everybody but the owner.
///
/// # Errors
/// Those of the operating system.
pub fn make_private(file: &File, metadata: &Metadata) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(metadata.mode() & 0o7777 & !OTHERS))
}

/// Opens a file for reading that must be a file itself, no link; a FIFO does not make this wait.
///
/// # Errors
/// Those of the operating system; a link is `ELOOP`.
pub fn open_no_follow(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    // Not by the standard library: with musl it sets the flag of `O_CLOEXEC` by a second call, on each hit twice.
    let opened = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?;
    Ok(File::from(opened))
}

/// Opens a directory that must be one itself, no link.
///
/// # Errors
/// Those of the operating system; a link is `ELOOP` or `ENOTDIR`.
pub fn open_directory(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::DIRECTORY))
        .open(path)
}

/// Opens or makes a lock file, for the owner alone; never a link.
///
/// # Errors
/// Those of the operating system.
pub fn open_lock_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK))
        .open(path)?;
    if file.metadata()?.mode() & 0o7777 != 0o600 {
        set_private(&file)?;
    }
    Ok(file)
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

/// Where this system keeps the root certificates that it trusts: one file, and directories; `None` where it has no
/// files for them.
#[cfg(not(target_vendor = "apple"))]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
#[must_use]
pub fn root_certificates() -> Option<(Option<PathBuf>, Vec<PathBuf>)> {
    let found = openssl_probe::probe();
    Some((found.cert_file, found.cert_dir))
}

/// The keychain is asked, by a function.
#[cfg(target_vendor = "apple")]
#[must_use]
pub fn root_certificates() -> Option<(Option<PathBuf>, Vec<PathBuf>)> {
    None
}

/// Whether an error says that the path is a link where none is followed.
#[must_use]
pub fn is_link_error(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    number == Some(Errno::LOOP.raw_os_error())
}

#[expect(clippy::cast_possible_wrap, reason = "the flags are small bits")]
fn flags(flags: OFlags) -> i32 {
    flags.bits() as i32
}
