//! Systems without process groups: running a program for what it prints, for so long and no longer.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Heard, Unheard};

/// How often a program that has closed its output is asked whether it has ended.
const TICK: Duration = Duration::from_millis(5);

/// Runs a program and takes what it prints, `most` bytes at the most. Its standard input is empty; what it says on
/// standard error may hold what it should have printed, and goes nowhere.
///
/// # Errors
/// [`Unheard`]; the program is ended then.
pub fn listen_to(command: &mut Command, most: usize, deadline: Instant) -> Result<Heard, Unheard> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().map_err(Unheard::NotStarted)?;
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
            .map_err(Unheard::Failed)?;
        let printed = receiver
            .recv_timeout(left())
            .map_err(|_| Unheard::TimedOut)?;
        let printed = printed.map_err(Unheard::Failed)?;
        if printed.len() > most {
            return Err(Unheard::TooMuch);
        }
        loop {
            match child.try_wait().map_err(Unheard::Failed)? {
                Some(status) => return Ok(Heard { printed, status }),
                None if left().is_zero() => return Err(Unheard::TimedOut),
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
