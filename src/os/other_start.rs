//! The start of the process and its standard streams, where the standard library's ways serve.

use std::ffi::{OsStr, OsString, c_char, c_int};
use std::io;

/// The words of the command line as the C library hands them to `main`.
#[repr(transparent)]
pub struct Argv(*const *const c_char);

/// The words of the command line; those that `main` is given are in another encoding.
#[must_use]
pub fn arguments(_count: c_int, _words: Argv) -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The environment as the C library hands it to `main`.
#[repr(transparent)]
pub struct Envp(*const *const c_char);

impl Envp {
    /// A variable's value; those that `main` is given are in another encoding.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the environment itself, for main.rs to hand on"
    )]
    pub fn get(&self, name: &OsStr) -> Option<OsString> {
        std::env::var_os(name)
    }
}

/// There are no signals.
pub fn begin() {}

/// A handle is no number that the next file would take.
pub fn open_closed_streams() {}

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
