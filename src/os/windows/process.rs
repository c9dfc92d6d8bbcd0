//! Windows: processes, the standard streams and sleep. A program that is run does not take this process's place.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::host::Sleep;
use crate::os::{CommandOutput, RunError, command};

/// There are no signals and no core dumps.
pub fn protect_process() {}

/// Runs another program with these variables set and those removed, and waits for it.
///
/// # Errors
/// The program cannot be run.
pub fn exec(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> io::Result<u8> {
    let status = command(program, arguments, set, removed).status()?;
    // A code that does not fit into a byte is one of Windows's own: it failed.
    Ok(status
        .code()
        .map_or(1, |code| u8::try_from(code).unwrap_or(1)))
}

/// A file in the user's own temporary folder that a program which is run and waited for can read under this path. It is
/// deleted when it is dropped.
///
/// # Errors
/// Those of the operating system.
pub fn inherited_file(bytes: &[u8]) -> io::Result<(NamedTempFile, PathBuf)> {
    let mut file = tempfile::Builder::new().prefix("tok-").tempfile()?;
    file.write_all(bytes)?;
    let path = file.path().to_owned();
    Ok((file, path))
}

/// The program that a name stands for: the command prompt looks in each directory of `PATH` for the name with each
/// ending of `PATHEXT`, while `CreateProcess` only tries `.exe`.
#[must_use]
pub fn resolve_program(name: &OsStr) -> OsString {
    let variable = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "what Unix's exec does by itself")]
        std::env::var_os(name).unwrap_or_default()
    };
    let path = Path::new(name);
    if path.components().count() > 1 || path.extension().is_some() {
        return name.to_owned();
    }
    let endings = variable("PATHEXT").into_string().unwrap_or_default();
    let endings = if endings.is_empty() {
        ".COM;.EXE;.BAT;.CMD"
    } else {
        &endings
    };
    for folder in std::env::split_paths(&variable("PATH")) {
        for ending in endings.split(';') {
            let mut candidate = folder.join(name).into_os_string();
            candidate.push(ending);
            if Path::new(&candidate).is_file() {
                return candidate;
            }
        }
    }
    name.to_owned()
}

/// How often a file is given its name again, 10 ms apart, where another process has the old one open: that is an error
/// here, and short.
pub const RENAME_ATTEMPTS: u32 = 50;

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

/// The sleep of this process, which the system ends without asking.
#[derive(Default)]
pub struct Sleeper(());

impl Sleep for Sleeper {
    fn listen(&self) -> io::Result<()> {
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Option<&'static str> {
        thread::sleep(time);
        None
    }
}

/// How often it is checked whether a program has ended that has closed its output.
const TICK: Duration = Duration::from_millis(5);

/// Runs a program and takes what it prints, `most` bytes at the most. Its standard input is empty; its standard error,
/// which may repeat the secret, is dropped.
///
/// # Errors
/// [`RunError`]; the program has been killed then.
pub fn run_with_timeout(
    command: &mut Command,
    most: usize,
    deadline: Instant,
) -> Result<CommandOutput, RunError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().map_err(RunError::NotStarted)?;
    let stdout = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
        let outcome = stdout.map_or(Ok(0), |stdout| {
            stdout.take(most as u64 + 1).read_to_end(&mut bytes)
        });
        // The receiver is gone where the time was up.
        let _ = sender.send(outcome.map(|_| bytes));
    };
    let left = || deadline.saturating_duration_since(Instant::now());
    let outcome = (|| {
        thread::Builder::new()
            .spawn(work)
            .map_err(RunError::Failed)?;
        let printed = receiver
            .recv_timeout(left())
            .map_err(|_| RunError::TimedOut)?;
        let printed = printed.map_err(RunError::Failed)?;
        if printed.len() > most {
            return Err(RunError::TooMuch);
        }
        loop {
            match child.try_wait().map_err(RunError::Failed)? {
                Some(status) => return Ok(CommandOutput { printed, status }),
                None if left().is_zero() => return Err(RunError::TimedOut),
                None => thread::sleep(TICK),
            }
        }
    })();
    if outcome.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    outcome
}
