//! Unix: what this process takes upon itself, and how another program takes its place.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, FdFlags};
use rustix::stdio::stdout;

/// Has a write to a file that may not grow (`ulimit -f`) fail with an error, where the signal would end the process,
/// and forbids core dumps. A program that this one runs begins with the signal's default.
pub fn protect_process() {
    // Nothing is lost if the system refuses.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
    forbid_core_dumps();
}

/// Turns core dumps off, also those that the system pipes to a program, which no limit keeps it from: they would hold
/// secrets. A program that takes our place begins with its own setting.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn forbid_core_dumps() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // Nothing is lost if the system refuses: then it most likely writes none for us either.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Turns core dumps off: they would hold secrets.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn forbid_core_dumps() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Core);
    let _ = CORE_LIMIT.set(current);
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum,
        },
    );
}

/// The limit that this process was started with, in bytes; `None`: there was none.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
static CORE_LIMIT: std::sync::OnceLock<Option<u64>> = std::sync::OnceLock::new();

/// Puts the limit on core dumps back to what it was, for a program that takes this one's place.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn give_core_dumps_back() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Some(current) = CORE_LIMIT.get().copied() else {
        return;
    };
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current,
            maximum: getrlimit(Resource::Core).maximum,
        },
    );
}

/// Nothing to do: the setting is this program's own, and the next one begins with its own.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn give_core_dumps_back() {}

/// Whether a crash would leave an image of this process's memory behind.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn may_dump_core() -> bool {
    use rustix::process::{DumpableBehavior, dumpable_behavior};
    !matches!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable))
}

/// Whether a crash would leave an image of this process's memory behind.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn may_dump_core() -> bool {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Core).current != Some(0)
}

/// Lets another program take this process's place, with these variables set and those removed. It gets the
/// signals as this process got them.
///
/// # Errors
/// The program cannot be run. Where it can, this does not return.
pub fn become_program(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> io::Result<u8> {
    let mut command = crate::os::command(program, arguments, set, removed);
    give_core_dumps_back();
    Err(command.exec())
}

/// A file in memory that a program which takes this process's place can read under this path, any number of times.
///
/// # Errors
/// Those of the operating system.
pub fn inherited_file(bytes: &[u8]) -> io::Result<(File, PathBuf)> {
    let mut file = anonymous_file()?;
    file.write_all(bytes)?;
    file.rewind()?;
    rustix::io::fcntl_setfd(&file, FdFlags::empty())?;
    let path = PathBuf::from(format!("/dev/fd/{}", file.as_raw_fd()));
    Ok((file, path))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn anonymous_file() -> io::Result<File> {
    use rustix::fs::MemfdFlags;
    Ok(File::from(rustix::fs::memfd_create(
        "tok",
        MemfdFlags::CLOEXEC,
    )?))
}

/// Without files in memory: one that has lost its name before anything is written to it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn anonymous_file() -> io::Result<File> {
    tempfile::tempfile()
}

/// Standard output, written to at once and without a buffer that keeps the token. One that does not wait (`O_NONBLOCK`,
/// which a program at the other end may have set for itself) is waited for.
pub struct StandardOutput;

impl io::Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(stdout(), bytes) {
                Err(Errno::AGAIN) => {
                    let writable = PollFd::from_borrowed_fd(stdout(), PollFlags::OUT);
                    rustix::io::retry_on_intr(|| poll(&mut [writable.clone()], None))?;
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
