//! Windows: permissions are inherited from the user's profile folder, and a program that is run does not take this
//! process's place.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{CommandOutput, FileMark, Limits, ReadError, RunError, Space};
use crate::host::Sleep;

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

/// There are no signals, and no core dumps to turn off.
pub fn protect_process() {}

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

/// Runs another program with these variables set and those removed, and waits for it.
///
/// # Errors
/// The program cannot be run.
pub fn become_program(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> io::Result<u8> {
    let code = super::command(program, arguments, set, removed)
        .status()?
        .code()
        .unwrap_or(1);
    // Codes beyond a byte are Windows's own: what matters is that it failed.
    Ok(u8::try_from(code).unwrap_or(1))
}

/// There is no file here that only a child could read.
///
/// # Errors
/// Always.
pub fn inherited_file(_bytes: &[u8]) -> io::Result<(File, PathBuf)> {
    Err(io::ErrorKind::Unsupported.into())
}

/// How often a program that has closed its output is asked whether it has ended.
const TICK: Duration = Duration::from_millis(5);

/// Runs a program and takes what it prints, `most` bytes at the most. Its standard input is empty; what it says on
/// standard error may hold what it should have printed, and goes nowhere.
///
/// # Errors
/// [`RunError`]; the program is ended then.
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
        // Nobody listens any more where the time was up.
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
    let length = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity((length + 1).max(4096)));
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(ReadError::Failed)?;
    if bytes.len() as u64 > most {
        Err(ReadError::TooLarge)
    } else {
        Ok(bytes)
    }
}

/// The sleep of this process.
#[derive(Default)]
pub struct Sleeper;

impl Sleep for Sleeper {
    fn listen(&self) -> io::Result<()> {
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Option<&'static str> {
        std::thread::sleep(time);
        None
    }
}
