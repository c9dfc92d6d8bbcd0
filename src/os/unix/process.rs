//! This process: how it is protected, what it writes to, and how another program takes its place.

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
use signal_hook::consts::SIGXFSZ;

use super::core_dumps;

/// Forbids core dumps. And has a write to a file that may not grow (`ulimit -f`) fail with an error, where the signal
/// would end the process: a full quota costs the cache, not the token.
pub fn protect_process() {
    core_dumps::forbid();
    // A handler, unlike an ignored signal, is not inherited by the programs that are run. Nothing is lost if it fails.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

/// Lets another program take this process's place, with these variables set and those removed.
///
/// # Errors
/// The program cannot be run. Where it can, this does not return.
pub fn exec(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> io::Result<u8> {
    core_dumps::restore();
    Err(crate::os::command(program, arguments, set, removed).exec())
}

/// Returns the name unchanged: `exec` searches `PATH` itself.
#[must_use]
pub fn resolve_program(name: &OsStr) -> &OsStr {
    name
}

/// How often to try a rename: an error is final on Unix.
pub const RENAME_ATTEMPTS: u32 = 1;

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
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    Ok(File::from(rustix::fs::memfd_create("tok", flags)?))
}

/// For systems without files in memory: a temporary file that is deleted before anything is written to it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn anonymous_file() -> io::Result<File> {
    tempfile::tempfile()
}

/// Standard output, without a buffer that would keep the token. A pipe that does not wait (`O_NONBLOCK`, which the
/// program at the other end may have set) is waited for.
pub struct StandardOutput;

impl io::Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(stdout(), bytes) {
                Err(Errno::AGAIN) => {
                    let mut writable = [PollFd::from_borrowed_fd(stdout(), PollFlags::OUT)];
                    rustix::io::retry_on_intr(|| poll(&mut writable, None))?;
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
