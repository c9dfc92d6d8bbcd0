//! Systems on which no program can take another's place: it runs beside, and its exit code is handed on.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// There are none to turn off.
pub fn forbid_core_dumps() {}

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
