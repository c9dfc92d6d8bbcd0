//! Argv, environment, clock, streams → exit code; nothing else.

// Not by Rust's own start, which does more than is needed: see `os/start.rs`.
#![no_main]

use std::ffi::{OsStr, OsString, c_int};
use std::io::{self, IsTerminal as _, Read};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::time::SystemTime;

use tok::host::{Environment, Host, Terminals};
use tok::os;
use tok::time::UnixTime;

/// Where the program has crashed.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Called by the C library.
#[expect(unsafe_code, reason = "the name by which it calls")]
#[unsafe(no_mangle)]
extern "C" fn main(count: c_int, words: os::Argv, variables: os::Envp) -> c_int {
    os::forbid_core_dumps();
    os::begin();
    // A panic's own words may hold anything. They are not shown; where it happened is.
    panic::set_hook(Box::new(|info| {
        if let Ok(mut place) = PLACE.lock() {
            *place = info.location().map(ToString::to_string);
        }
    }));
    let code = panic::catch_unwind(AssertUnwindSafe(|| {
        run(os::arguments(count, words), &variables)
    }))
    .unwrap_or_else(|_| {
        let place = PLACE.lock().ok().and_then(|mut place| place.take());
        tok::report_crash(&mut stderr(), place.as_deref())
    });
    c_int::from(code)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that takes the standard streams"
)]
fn run(args: Vec<OsString>, variables: &os::Envp) -> u8 {
    let terminals = || Terminals {
        stdin: io::stdin().is_terminal(),
        stdout: io::stdout().is_terminal(),
        stderr: io::stderr().is_terminal(),
    };
    let look_up = |name: &OsStr| variables.get(name);
    let sleeper = os::Sleeper::default();
    let mut host = Host {
        environment: Environment::new(&look_up),
        now: &now,
        sleep: &sleeper,
        stdin: &mut Input,
        stdout: &mut os::StandardOutput,
        stderr: &mut stderr(),
        terminals: &terminals,
    };
    tok::run(args, &mut host)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that takes the standard streams"
)]
fn stderr() -> io::Stderr {
    io::stderr()
}

/// Standard input, whose buffer is made when it is read: a hit has no use for it.
struct Input;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that takes the standard streams"
)]
impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        io::stdin().read(buffer)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the wall clock"
)]
fn now() -> UnixTime {
    SystemTime::now().into()
}
