//! What comes first in the life of the process, and its standard streams: the one module with unsafe code.
//!
//! The C library calls `main` itself. Rust's own start, which would come between, looks at the three standard streams,
//! opens those that are closed, looks for the end of the stack and sets up another one for the report of an overflow:
//! 12 system calls of a hit's 37 with musl, and more with glibc, which reads `/proc/self/maps` for it. What is needed of
//! that is done here, and only where it is needed.

#![allow(
    unsafe_code,
    reason = "what the C library hands over, and the calls that set a signal"
)]

#[cfg(all(target_env = "musl", target_arch = "x86_64"))]
mod entry;

use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::io;
use std::os::fd::IntoRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::stdio::{stderr, stdin, stdout};

/// The words of the command line as the C library hands them to `main`. Nobody else can make one.
#[repr(transparent)]
pub struct Argv(*const *const c_char);

/// The words of the command line.
#[must_use]
pub fn arguments(count: c_int, words: Argv) -> Vec<OsString> {
    let word = |index| {
        // SAFETY: C gives `main` as many pointers to strings, which nobody changes while the process lives.
        let word = unsafe { CStr::from_ptr(*words.0.add(index)) };
        OsStr::from_bytes(word.to_bytes()).to_owned()
    };
    (0..usize::try_from(count).unwrap_or(0)).map(word).collect()
}

/// The environment as the C library hands it to `main`. Nobody else can make one.
#[repr(transparent)]
pub struct Envp(*const *const c_char);

impl Envp {
    /// A variable's value. The standard library locks, copies the name and has the C library look: five times the
    /// instructions, for each of the two dozen names that a hit asks for.
    #[must_use]
    pub fn get(&self, name: &OsStr) -> Option<OsString> {
        let name = name.as_bytes();
        if name.is_empty() || name.iter().any(|byte| matches!(byte, 0 | b'=')) {
            return None;
        }
        let mut next = self.0;
        loop {
            // SAFETY: C ends the list with a null pointer, and before it are strings. Nobody changes them: there is no
            // safe way to, and this is the one module with unsafe code.
            let entry = unsafe { *next.as_ref()? };
            if entry.is_null() {
                return None;
            }
            // SAFETY: a byte is looked at only where all before it are the name's, so that the string goes on.
            let is_at = |index, byte| unsafe { *entry.add(index) }.cast_unsigned() == byte;
            if name
                .iter()
                .enumerate()
                .all(|(index, byte)| is_at(index, *byte))
                && is_at(name.len(), b'=')
            {
                // SAFETY: what follows the sign is the rest of the string.
                let value = unsafe { CStr::from_ptr(entry.add(name.len() + 1)) };
                return Some(OsStr::from_bytes(value.to_bytes()).to_owned());
            }
            // SAFETY: this was not the end of the list.
            next = unsafe { next.add(1) };
        }
    }
}

/// Whether whoever started this process had it ignore `SIGXFSZ`.
static WAS_IGNORED: AtomicBool = AtomicBool::new(false);

/// The same for `SIGPIPE`, which is how systemd starts its services.
static PIPE_WAS_IGNORED: AtomicBool = AtomicBool::new(false);

/// Has writing to a pipe that nobody reads, and to a file that may not grow (`ulimit -f`), fail with an error, which
/// costs the cache and not the token: the signals would end the process.
pub fn begin() {
    #[cfg(all(target_env = "musl", target_arch = "x86_64"))]
    entry::protect();
    // SAFETY: ignoring a signal installs no handler, and no other thread runs yet.
    let (pipe, size) = unsafe {
        (
            libc::signal(libc::SIGPIPE, libc::SIG_IGN),
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN),
        )
    };
    PIPE_WAS_IGNORED.store(pipe == libc::SIG_IGN, Ordering::Relaxed);
    WAS_IGNORED.store(size == libc::SIG_IGN, Ordering::Relaxed);
}

/// Has a program that takes this one's place ignore `SIGPIPE` where this one was told to: the standard library, which
/// cannot know, puts it back to its default.
pub(super) fn keep_ignoring_pipes(command: &mut Command) {
    if PIPE_WAS_IGNORED.load(Ordering::Relaxed) {
        let ignore = || {
            // SAFETY: ignoring a signal installs no handler.
            unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
            Ok(())
        };
        // SAFETY: it is one system call, and touches no memory.
        unsafe { command.pre_exec(ignore) };
    }
}

/// Puts `SIGXFSZ` back to what it was, for a program that takes this one's place: an ignored signal stays ignored.
pub(super) fn give_signal_back() {
    if !WAS_IGNORED.load(Ordering::Relaxed) {
        // SAFETY: the default action installs no handler.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_DFL) };
    }
}

/// Does something with `SIGXFSZ` as it was, for a program that is started: it would inherit that it is ignored.
pub(super) fn with_signal_given_back<T>(work: impl FnOnce() -> T) -> T {
    give_signal_back();
    let outcome = work();
    // SAFETY: ignoring a signal installs no handler.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    outcome
}

/// Whether whoever started this process had it ignore a signal, as `nohup` does: an ignored signal stays ignored.
pub(super) fn is_ignored(signal: i32) -> bool {
    let mut found = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: nothing is set, and what is there is written to a place of the right size.
    let is_known = unsafe { libc::sigaction(signal, std::ptr::null(), found.as_mut_ptr()) } == 0;
    // SAFETY: the call succeeded, so that the place is filled.
    is_known && unsafe { found.assume_init() }.sa_sigaction == libc::SIG_IGN
}

/// Has a signal ring the alarm (`SIGALRM`) after so many seconds, besides whatever else it does.
///
/// # Errors
/// Those of the operating system.
pub(super) fn set_alarm_on(signal: i32, seconds: u32) -> io::Result<()> {
    // SAFETY: POSIX lists `alarm` among what a handler may call.
    let set = move || _ = unsafe { libc::alarm(seconds) };
    // SAFETY: the handler is that one call, which touches no memory.
    unsafe { signal_hook::low_level::register(signal, set) }.map(drop)
}

/// Opens each standard stream that is closed, so that no file which is opened later takes its number: what is meant
/// for the stream would be written there. It can be read, and is empty; writing to it still fails.
pub fn open_closed_streams() {
    let streams = [stdin(), stdout(), stderr()];
    let mut asked = streams
        .each_ref()
        .map(|stream| PollFd::new(stream, PollFlags::empty()));
    if poll(&mut asked, Some(&Timespec::default())).is_err() {
        // So few files may be open that none can be opened.
        return;
    }
    for _ in asked
        .iter()
        .filter(|stream| stream.revents().contains(PollFlags::NVAL))
    {
        let opened = ["/dev/null", "/"]
            .iter()
            .find_map(|path| open(*path, OFlags::RDONLY, Mode::empty()).ok());
        // It stays open as long as the process lives. The lowest free number is taken, and that is the stream's.
        let _ = opened.map(rustix::fd::OwnedFd::into_raw_fd);
    }
}

/// Standard output, written to at once. To the standard library a closed one is written with success; and one that does
/// not wait (`O_NONBLOCK`, which a program at the other end may have set for itself) only as far as there is room. Here
/// it is waited for.
pub struct StandardOutput;

impl io::Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(stdout(), bytes) {
                Err(Errno::BADF) => return Err(io::Error::other("it is closed")),
                Err(Errno::AGAIN) => {
                    match poll(
                        &mut [PollFd::from_borrowed_fd(stdout(), PollFlags::OUT)],
                        None,
                    ) {
                        Ok(_) | Err(Errno::INTR) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
