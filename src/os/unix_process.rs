//! Unix: what this process takes upon itself, and how another program takes its place.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use rustix::io::FdFlags;
use rustix::process::{Resource, Rlimit};

use super::start;

/// The limit on core dumps that this process was started with.
static CORE_LIMIT: OnceLock<Rlimit> = OnceLock::new();

/// Turns core dumps off: they would hold secrets.
pub fn forbid_core_dumps() {
    let limit = CORE_LIMIT.get_or_init(|| rustix::process::getrlimit(Resource::Core));
    // The upper limit stays, so that a program which takes our place gets its own back.
    let none = Rlimit { current: Some(0), maximum: limit.maximum };
    // Nothing is lost if the system refuses: then it writes none for us either, or the user wants them.
    let _ = rustix::process::setrlimit(Resource::Core, none);
}

/// Lets another program take this process's place, with these variables set and those removed. It gets back what
/// this process had taken from itself: core dumps and the signal of the file size limit.
///
/// # Errors
/// The program cannot be run. Where it can, this does not return.
pub fn become_program(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> io::Result<u8> {
    #[expect(clippy::disallowed_methods, reason = "the user's own program, which takes our place")]
    let mut command = Command::new(program);
    command.args(arguments).envs(set.iter().map(|(name, value)| (name, value)));
    for name in removed {
        command.env_remove(name);
    }
    if let Some(limit) = CORE_LIMIT.get() {
        let _ = rustix::process::setrlimit(Resource::Core, *limit);
    }
    start::give_signal_back();
    let error = command.exec();
    forbid_core_dumps();
    Err(error)
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
    Ok(File::from(rustix::fs::memfd_create("tok", MemfdFlags::CLOEXEC)?))
}

/// Without files in memory: one that has lost its name before anything is written to it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn anonymous_file() -> io::Result<File> {
    tempfile::tempfile()
}
