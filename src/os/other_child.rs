//! Systems without process groups: running a program for what it prints, for so long and no longer.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{CommandOutput, RunError};

/// How often a program that has closed its output is asked whether it has ended.
const TICK: Duration = Duration::from_millis(5);

/// Runs a program and takes what it prints, `most` bytes at the most. Its standard input is empty; what it says on
/// standard error may hold what it should have printed, and goes nowhere.
///
/// # Errors
/// [`RunError`]; the program is ended then.
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
        // Nobody listens any more where the time was up.
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
