//! What differs from one operating system to another; nothing outside this folder has a `cfg`.

#[cfg(target_env = "musl")]
mod allocator;
pub mod atomic_write;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
pub use windows::*;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use zeroize::Zeroizing;

use crate::host::Environment;
use crate::text::lower_first;

/// What is left on a file system for this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    pub bytes: u64,
    /// How many files can still be made; `None` where their number has no limit of its own.
    pub files: Option<u64>,
}

/// What the system lets this process have; `None`: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub open_files: Option<u64>,
    /// Bytes of a file that this process writes.
    pub file_size: Option<u64>,
    /// Whether a crash would leave an image of this process's memory behind.
    pub core_dumps: bool,
}

/// Why a file that somebody named was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It has more bytes than may be.
    #[error("it is too large")]
    TooLarge,
    /// It is a pipe, and nobody has opened it to write.
    #[error("it is a pipe into which nobody writes")]
    NoWriter,
    /// It is a pipe, and whoever writes takes too long.
    #[error("it is a pipe that was not written to its end within {seconds}s")]
    TooSlow { seconds: u64 },
    /// The operating system's words.
    #[error("{}", describe(.0))]
    Failed(io::Error),
}

/// What a program has printed, and how it ended.
pub struct CommandOutput {
    pub printed: Zeroizing<Vec<u8>>,
    pub status: ExitStatus,
}

/// Why a program was not listened to until its end. It has been ended.
pub enum RunError {
    NotStarted(io::Error),
    /// It takes longer than it may.
    TimedOut,
    /// It prints more than it may.
    TooMuch,
    Failed(io::Error),
}

/// What tells a file from what it was before, without reading it. Times are in nanoseconds since 1970. That of the
/// last change cannot be set by hand, and a new mode or owner moves it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileMark {
    device: u64,
    inode: u64,
    size: u64,
    modified_at: i64,
    changed_at: i64,
}

/// Reads a file, of whatever kind, to its end. `most`: the most bytes that it may have.
///
/// # Errors
/// [`ReadError`].
pub fn read(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let (file, metadata) = open_to_read(path).map_err(ReadError::Failed)?;
    read_all(&file, &metadata, most)
}

/// A program with these variables set and those removed.
fn command(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "the user's own program, which takes our place"
    )]
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(set.iter().map(|(name, value)| (name, value)));
    for name in removed {
        command.env_remove(name);
    }
    command
}

/// An error of the operating system in words: lower case, without its number.
#[must_use]
pub fn describe(error: &io::Error) -> String {
    let text = error.to_string();
    lower_first(text.split(" (os error").next().unwrap_or_default())
}

/// The person's home directory: `$HOME` where it is absolute, else what the system's user database says.
#[must_use]
pub fn home(environment: Environment<'_>) -> Option<PathBuf> {
    environment
        .absolute_path("HOME")
        .or_else(home_without_variable)
}

/// Where programs keep their configuration, below the home directory.
#[must_use]
pub fn config_home(environment: Environment<'_>) -> Option<PathBuf> {
    home(environment).map(|home| home.join(CONFIG_BELOW_HOME))
}

/// Where programs keep their caches, below the home directory.
#[must_use]
pub fn cache_home(environment: Environment<'_>) -> Option<PathBuf> {
    home(environment).map(|home| home.join(CACHE_BELOW_HOME))
}
