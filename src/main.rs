//! Argv, environment, clock, streams → exit code; nothing else.

use std::io::{self, IsTerminal as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use tok::host::{Environment, Host, Terminals};
use tok::time::UnixTime;

#[expect(clippy::disallowed_methods, reason = "this is the one place where the outside world comes in")]
fn main() -> ExitCode {
    tok::os::forbid_core_dumps();
    // A panic's own words may hold anything. They are not shown; where it happened is.
    let place = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&place);
    panic::set_hook(Box::new(move |info| {
        if let Ok(mut place) = noted.lock() {
            *place = info.location().map(ToString::to_string);
        }
    }));
    let (mut stdin, mut open_stdout, mut stderr) = (io::stdin(), io::stdout(), io::stderr());
    let terminals = || Terminals {
        stdin: io::stdin().is_terminal(),
        stdout: io::stdout().is_terminal(),
        stderr: io::stderr().is_terminal(),
    };
    let sleeper = tok::os::Sleeper::default();
    let mut closed_stdout = Closed;
    let stdout: &mut dyn io::Write =
        if tok::os::was_closed_at_start(1) { &mut closed_stdout } else { &mut open_stdout };
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut host = Host {
            environment: Environment::new(&|name| std::env::var_os(name)),
            now: &now,
            sleep: &sleeper,
            stdin: &mut stdin,
            stdout,
            stderr: &mut stderr,
            terminals: &terminals,
        };
        tok::run(std::env::args_os(), &mut host)
    }));
    let code = outcome.unwrap_or_else(|_| {
        let place = place.lock().ok().and_then(|mut place| place.take());
        tok::report_crash(&mut io::stderr(), place.as_deref())
    });
    ExitCode::from(code)
}

/// A standard output that was closed when the process started. Rust opens it again on `/dev/null`, where a token
/// would be lost without a word.
struct Closed;

impl io::Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("it is closed"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
fn now() -> UnixTime {
    SystemTime::now().into()
}
