//! Unix: running a program for what it prints, for so long and no longer.

use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use crate::os::{CommandOutput, RunError};

/// How often a program is asked whether it has ended, where nothing else tells.
const TICK: Duration = Duration::from_millis(5);

/// Runs a program and takes what it prints, `most` bytes at the most. Its standard input is empty, so that it cannot eat
/// ours; what it says on standard error may hold what it should have printed, and goes nowhere.
///
/// It has ended when it has ended itself: a process that it left behind (an agent) may keep its standard output open for
/// ever. Where there is no terminal it is in a process group of its own, so that all of it can be ended. Where there is
/// one it stays in ours: a program that asks for a password there would be stopped in any other, and the person who
/// looks on can end all of it.
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
    let is_group = !has_terminal();
    if is_group {
        command.process_group(0);
    }
    // A parent that ignores SIGCHLD would have the system take the exit status away before anyone can ask for it.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGCHLD, Arc::default());
    let child = command.spawn().map_err(RunError::NotStarted)?;
    let mut running = Running {
        child,
        is_group,
        has_ended: false,
    };
    let outcome = running.listen(most, deadline);
    if !running.has_ended {
        running.end();
    }
    outcome
}

/// Whether somebody may be asked for a password.
fn has_terminal() -> bool {
    crate::os::open_to_read(Path::new("/dev/tty")).is_ok()
}

struct Running {
    child: Child,
    is_group: bool,
    has_ended: bool,
}

impl Running {
    fn listen(&mut self, most: usize, deadline: Instant) -> Result<CommandOutput, RunError> {
        let mut stdout = self.child.stdout.take();
        if let Some(stdout) = &stdout {
            rustix::io::ioctl_fionbio(stdout, true)
                .map_err(|error| RunError::Failed(error.into()))?;
        }
        let mut printed = Zeroizing::new(Vec::with_capacity(4096));
        loop {
            // In this order: all that it has printed is there when it has ended.
            let status = self.child.try_wait().map_err(RunError::Failed)?;
            self.has_ended = status.is_some();
            if let Some(open) = stdout.as_mut()
                && take(open, &mut printed, most)?
            {
                stdout = None;
            }
            if let Some(status) = status {
                return Ok(CommandOutput { printed, status });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(RunError::TimedOut);
            }
            match &stdout {
                Some(stdout) => wait_for_more(stdout, left.min(TICK))?,
                None => thread::sleep(left.min(TICK)),
            }
        }
    }

    fn end(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let (true, Some(group)) = (self.is_group, pid) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        // It may have ended by itself meanwhile.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes what is there; whether that was the end.
fn take(
    stdout: &mut ChildStdout,
    printed: &mut Zeroizing<Vec<u8>>,
    most: usize,
) -> Result<bool, RunError> {
    let mut piece = Zeroizing::new([0; 4096]);
    loop {
        match stdout.read(&mut piece[..]) {
            Ok(0) => return Ok(true),
            Ok(count) if printed.len() + count > most => return Err(RunError::TooMuch),
            Ok(count) => {
                if printed.capacity() - printed.len() < count {
                    // A Vec that grows by itself leaves what it held behind in freed memory.
                    let mut larger =
                        Zeroizing::new(Vec::with_capacity(2 * (printed.len() + count)));
                    larger.extend_from_slice(printed);
                    *printed = larger;
                }
                printed.extend(piece.iter().take(count));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(RunError::Failed(error)),
        }
    }
}

fn wait_for_more(stdout: &ChildStdout, time: Duration) -> Result<(), RunError> {
    let time = Timespec::try_from(time).unwrap_or_default();
    match poll(&mut [PollFd::new(stdout, PollFlags::IN)], Some(&time)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(RunError::Failed(error.into())),
    }
}
