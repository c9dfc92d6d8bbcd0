//! Windows: files inherit the permissions of the user's profile folder, and a program that is run does not take this
//! process's place.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{CommandOutput, ReadError, RunError, command, home};
use crate::host::{Environment, Sleep};

/// Where programs keep their configuration.
#[must_use]
pub fn config_home(environment: Environment<'_>) -> Option<PathBuf> {
    environment
        .absolute_path("APPDATA")
        .or_else(|| home(environment).map(|home| home.join("AppData\\Roaming")))
}

/// Where programs keep their caches.
#[must_use]
pub fn cache_home(environment: Environment<'_>) -> Option<PathBuf> {
    environment
        .absolute_path("LOCALAPPDATA")
        .or_else(|| home(environment).map(|home| home.join("AppData\\Local")))
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
    if metadata.len() > most {
        return Err(ReadError::TooLarge);
    }
    let capacity = usize::try_from(metadata.len()).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(ReadError::Failed)?;
    if bytes.len() as u64 > most {
        return Err(ReadError::TooLarge);
    }
    Ok(bytes)
}

/// There are no signals and no core dumps.
pub fn protect_process() {}

/// Runs another program with these variables set and those removed, and waits for it.
///
/// # Errors
/// The program cannot be run.
pub fn exec(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> io::Result<u8> {
    let status = command(program, arguments, set, removed).status()?;
    // A code that does not fit into a byte is one of Windows's own: it failed.
    Ok(status
        .code()
        .map_or(1, |code| u8::try_from(code).unwrap_or(1)))
}

/// A file in the user's own temporary folder that a program which is run and waited for can read under this path. It is
/// deleted when it is dropped.
///
/// # Errors
/// Those of the operating system.
pub fn inherited_file(bytes: &[u8]) -> io::Result<(NamedTempFile, PathBuf)> {
    let mut file = tempfile::Builder::new().prefix("tok-").tempfile()?;
    file.write_all(bytes)?;
    let path = file.path().to_owned();
    Ok((file, path))
}

/// The program that a name stands for: the command prompt looks in each directory of `PATH` for the name with each
/// ending of `PATHEXT`, while `CreateProcess` only tries `.exe`.
#[must_use]
pub fn resolve_program(name: &OsStr) -> OsString {
    let variable = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "what Unix's exec does by itself")]
        std::env::var_os(name).unwrap_or_default()
    };
    let path = Path::new(name);
    if path.components().count() > 1 || path.extension().is_some() {
        return name.to_owned();
    }
    let endings = variable("PATHEXT").into_string().unwrap_or_default();
    let endings = if endings.is_empty() {
        ".COM;.EXE;.BAT;.CMD"
    } else {
        &endings
    };
    for folder in std::env::split_paths(&variable("PATH")) {
        for ending in endings.split(';') {
            let mut candidate = folder.join(name).into_os_string();
            candidate.push(ending);
            if Path::new(&candidate).is_file() {
                return candidate;
            }
        }
    }
    name.to_owned()
}

/// How often a file is given its name again, 10 ms apart, where another process has the old one open: that is an error
/// here, and short.
pub const RENAME_ATTEMPTS: u32 = 50;

/// Standard output.
pub struct StandardOutput;

#[expect(
    clippy::disallowed_methods,
    reason = "the stream itself, for main.rs to hand on"
)]
impl io::Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// The sleep of this process, which the system ends without asking.
#[derive(Default)]
pub struct Sleeper;

impl Sleep for Sleeper {
    fn listen(&self) -> io::Result<()> {
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Option<&'static str> {
        thread::sleep(time);
        None
    }
}

/// How often it is checked whether a program has ended that has closed its output.
const TICK: Duration = Duration::from_millis(5);

/// Runs a program and takes what it prints, `most` bytes at the most. Its standard input is empty; its standard error,
/// which may repeat the secret, is dropped.
///
/// # Errors
/// [`RunError`]; the program has been killed then.
pub fn run_with_timeout(
    command: &mut Command,
    most: usize,
    deadline: Instant,
) -> Result<CommandOutput, RunError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().map_err(RunError::NotStarted)?;
    let stdout = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
        let outcome = stdout.map_or(Ok(0), |stdout| {
            stdout.take(most as u64 + 1).read_to_end(&mut bytes)
        });
        // The receiver is gone where the time was up.
        let _ = sender.send(outcome.map(|_| bytes));
    };
    let left = || deadline.saturating_duration_since(Instant::now());
    let outcome = (|| {
        thread::Builder::new()
            .spawn(work)
            .map_err(RunError::Failed)?;
        let printed = receiver
            .recv_timeout(left())
            .map_err(|_| RunError::TimedOut)?;
        let printed = printed.map_err(RunError::Failed)?;
        if printed.len() > most {
            return Err(RunError::TooMuch);
        }
        loop {
            match child.try_wait().map_err(RunError::Failed)? {
                Some(status) => return Ok(CommandOutput { printed, status }),
                None if left().is_zero() => return Err(RunError::TimedOut),
                None => thread::sleep(TICK),
            }
        }
    })();
    if outcome.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    outcome
}
