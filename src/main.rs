//! The process: arguments, environment, clock and standard streams in, exit code out.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::SystemTime;

use tok::host::{Environment, Host, Terminals};
use tok::os;
use tok::time::UnixTime;

/// Where the program has crashed.
static CRASH_LOCATION: Mutex<Option<String>> = Mutex::new(None);

fn main() -> ExitCode {
    os::protect_process();
    // A panic's message may hold a secret: only its location is shown.
    panic::set_hook(Box::new(|info| {
        if let Ok(mut location) = CRASH_LOCATION.lock() {
            *location = info.location().map(ToString::to_string);
        }
    }));
    let code = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let location = CRASH_LOCATION
            .lock()
            .ok()
            .and_then(|mut found| found.take());
        tok::report_crash(&mut stderr(), location.as_deref())
    });
    ExitCode::from(code)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the only place that takes the standard streams, the environment and the clock"
)]
fn run() -> u8 {
    let mut host = Host {
        environment: Environment::new(&|name: &OsStr| std::env::var_os(name)),
        now: &|| UnixTime::from(SystemTime::now()),
        sleep: &os::Sleeper::default(),
        stdin: &mut io::stdin(),
        stdout: &mut os::StandardOutput,
        stderr: &mut stderr(),
        terminals: Terminals {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            width: terminal_size::terminal_size().map(|(width, _)| width.0.into()),
        },
    };
    tok::run(std::env::args_os(), &mut host)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the only place that takes the standard streams"
)]
fn stderr() -> io::Stderr {
    io::stderr()
}
