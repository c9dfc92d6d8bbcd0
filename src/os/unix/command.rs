//! Running a program for what it prints, with a time limit.

use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::SIGCHLD;
use zeroize::Zeroizing;

use crate::os::{CommandOutput, RunError, open_to_read};
use crate::secret::append_wiped;

/// How often to check whether a program that prints nothing has ended.
const TICK: Duration = Duration::from_millis(5);

/// Runs a program and returns its standard output, at most `most` bytes. Its standard input is empty, so that it cannot
/// read ours. Its standard error is discarded, because it may repeat the secret.
///
/// Waits for the program only, not for a process that it leaves behind, such as an agent, which may keep standard output
/// open. Without a terminal the program gets its own process group, so that its children can be killed too. With a
/// terminal it stays in ours, because a background process group is stopped when it asks for a password.
///
/// # Errors
/// [`RunError`]; the program has been killed then.
pub fn run_with_timeout(
    command: &mut Command,
    most: usize,
    deadline: Instant,
) -> Result<CommandOutput, RunError> {
    let has_terminal = open_to_read(Path::new("/dev/tty")).is_ok();
    if !has_terminal {
        command.process_group(0);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // Where our parent has SIGCHLD ignored, the system keeps no exit status; it does where there is a handler.
    let _ = signal_hook::flag::register(SIGCHLD, Arc::default());
    let mut child = command.spawn().map_err(RunError::NotStarted)?;
    let mut printed = Zeroizing::default();
    match wait(&mut child, &mut printed, most, deadline) {
        Ok(status) => Ok(CommandOutput { printed, status }),
        Err(error) => {
            kill(&mut child, !has_terminal);
            Err(error)
        }
    }
}

fn wait(
    child: &mut Child,
    printed: &mut Zeroizing<Vec<u8>>,
    most: usize,
    deadline: Instant,
) -> Result<ExitStatus, RunError> {
    let mut stdout = child.stdout.take();
    if let Some(stdout) = &stdout {
        rustix::io::ioctl_fionbio(stdout, true).map_err(|error| RunError::Failed(error.into()))?;
    }
    loop {
        // In this order: all that it has printed is there when it has ended.
        let status = child.try_wait().map_err(RunError::Failed)?;
        if let Some(open) = stdout.as_mut()
            && take(open, printed, most)?
        {
            stdout = None;
        }
        if let Some(status) = status {
            return Ok(status);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(RunError::TimedOut);
        }
        match &stdout {
            Some(stdout) => wait_for_more(stdout, left.min(TICK)),
            None => thread::sleep(left.min(TICK)),
        }
    }
}

/// Takes what is there; whether that was the end.
fn take(
    stdout: &mut ChildStdout,
    printed: &mut Zeroizing<Vec<u8>>,
    most: usize,
) -> Result<bool, RunError> {
    let mut chunk = Zeroizing::new([0; 4096]);
    loop {
        match stdout.read(&mut *chunk) {
            Ok(0) => return Ok(true),
            Ok(count) if printed.len() + count > most => return Err(RunError::TooMuch),
            Ok(count) => append_wiped(printed, chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(RunError::Failed(error)),
        }
    }
}

fn wait_for_more(stdout: &ChildStdout, time: Duration) {
    let time = Timespec::try_from(time).unwrap_or_default();
    // What goes wrong here is seen when it is read.
    let _ = poll(&mut [PollFd::new(stdout, PollFlags::IN)], Some(&time));
}

fn kill(child: &mut Child, is_group: bool) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (true, Some(group)) = (is_group, pid) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}
