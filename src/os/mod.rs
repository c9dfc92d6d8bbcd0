//! Code that differs by platform: files and their permissions, processes, signals. Only this folder has `cfg` by
//! platform.

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
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use directories::BaseDirs;
use zeroize::Zeroizing;

use crate::host::Environment;
use crate::text::lower_first;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("it is too large")]
    TooLarge,
    #[error("it is a pipe that no process writes to")]
    NoWriter,
    #[error("it is a pipe that was not written to its end within {seconds}s")]
    TooSlow { seconds: u64 },
    #[error("{}", describe(.0))]
    Failed(io::Error),
}

/// The output of a program, and how it ended.
pub struct CommandOutput {
    pub printed: Zeroizing<Vec<u8>>,
    pub status: ExitStatus,
}

/// Why a program gave no output. It was killed if it was still running.
pub enum RunError {
    NotStarted(io::Error),
    TimedOut,
    /// It printed more than it may.
    TooMuch,
    Failed(io::Error),
}

/// Whether group or others may read a file.
#[must_use]
pub fn is_readable_by_others(metadata: &Metadata) -> bool {
    mode(metadata) & 0o044 != 0
}

/// Whether group or others may write to a file or directory.
#[must_use]
pub fn is_writable_by_others(metadata: &Metadata) -> bool {
    mode(metadata) & 0o022 != 0
}

/// Whether group or others may do anything with a file or directory.
#[must_use]
pub fn is_open_to_others(metadata: &Metadata) -> bool {
    mode(metadata) & 0o077 != 0
}

/// Whether a directory is shared by all users, as `/tmp` is.
#[must_use]
pub fn is_sticky(metadata: &Metadata) -> bool {
    mode(metadata) & 0o1000 != 0
}

/// Reads a file, of whatever kind, to its end. `most`: the most bytes that it may have.
///
/// # Errors
/// [`ReadError`].
pub fn read(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let (file, metadata) = open_to_read(path).map_err(ReadError::Failed)?;
    read_all(&file, &metadata, most)
}

/// Reads a file whose length is known, to its end.
fn read_regular(file: &File, length: u64, most: u64) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    if length > most {
        return Err(ReadError::TooLarge);
    }
    // Large enough for all of it, and for the end to be seen: a vector that grows leaves what it held behind.
    let capacity = usize::try_from(length).unwrap_or(0).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(ReadError::Failed)?;
    if bytes.len() as u64 > most {
        return Err(ReadError::TooLarge);
    }
    Ok(bytes)
}

/// The user's program, with these variables set and those removed.
fn command(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program that `tok exec` and `tok curl` run"
    )]
    let mut command = Command::new(resolve_program(program));
    command
        .args(arguments)
        .envs(set.iter().map(|(name, value)| (name, value)));
    for name in removed {
        command.env_remove(name);
    }
    command
}

/// An error of the operating system in lower case, without its number.
#[must_use]
pub fn describe(error: &io::Error) -> String {
    let text = error.to_string();
    lower_first(text.split(" (os error").next().unwrap_or_default())
}

/// The user's home directory: `$HOME`, else what the platform says.
pub fn home(environment: Environment<'_>) -> Option<PathBuf> {
    environment
        .absolute_path("HOME")
        .or_else(|| Some(BaseDirs::new()?.home_dir().to_owned()))
        .filter(|home| home.is_absolute())
}
