//! What must be known or done before Rust's own start: the one module with unsafe code.
//!
//! A closed standard stream is opened again on `/dev/null` before `main` runs, so that a token written to a
//! closed standard output would seem to have been written. Only code that runs earlier can tell, and the
//! loader's table of initialisers is the only place for it. `SIGXFSZ`, by which a limit on file sizes (`ulimit
//! -f`) ends a process in the middle of a write, is ignored here too: the write then fails with an error, which
//! costs the cache and not the token.

#![allow(unsafe_code, reason = "the initialiser, and the calls that set a signal")]

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// One bit for each standard stream that was closed when the process started.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// Whether whoever started this process had it ignore `SIGXFSZ`.
static WAS_IGNORED: AtomicBool = AtomicBool::new(false);

#[used]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
static AT_START: extern "C" fn() = at_start;

extern "C" fn at_start() {
    // SAFETY: the numbers are only asked about, and no other code runs yet that could close or open them.
    let streams = [0, 1, 2].map(|stream| unsafe { BorrowedFd::borrow_raw(stream) });
    let mut asked = streams.each_ref().map(|stream| PollFd::new(stream, PollFlags::empty()));
    // Where it fails nothing is known to be closed: a write to one that is fails by itself.
    if poll(&mut asked, Some(&Timespec::default())).is_ok() {
        for (stream, answer) in asked.iter().enumerate() {
            if answer.revents().contains(PollFlags::NVAL) {
                CLOSED.fetch_or(1 << stream, Ordering::Relaxed);
            }
        }
    }
    // SAFETY: ignoring a signal installs no handler, and no other thread runs yet.
    let before = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    WAS_IGNORED.store(before == libc::SIG_IGN, Ordering::Relaxed);
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

/// Whether a standard stream (0, 1 or 2) was closed when the process started.
#[must_use]
pub fn was_closed_at_start(stream: u8) -> bool {
    CLOSED.load(Ordering::Relaxed) & (1 << stream) != 0
}
