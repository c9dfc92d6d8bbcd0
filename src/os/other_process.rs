//! Systems on which no program can take another's place: it runs beside, and its exit code is handed on.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::PathBuf;

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
