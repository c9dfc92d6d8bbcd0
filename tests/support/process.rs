//! Processes that run beside the test, with their output in files, and never outlive their limit.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Outcome;

/// No process takes longer than this, whatever is done to it.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A process under way, in a group of its own.
pub struct Running {
    child: Child,
    stdout: File,
    stderr: File,
    begun: Instant,
    home: String,
    command: String,
}

impl Running {
    /// With this text on standard input.
    pub fn start(mut command: Command, input: &str, home: &str) -> Self {
        let file = || tempfile::tempfile().unwrap();
        let (mut stdin, stdout, stderr) = (file(), file(), file());
        stdin.write_all(input.as_bytes()).unwrap();
        stdin.rewind().unwrap();
        command.stdin(stdin).process_group(0);
        command.stdout(stdout.try_clone().unwrap());
        command.stderr(stderr.try_clone().unwrap());
        Self {
            begun: Instant::now(),
            child: command.spawn().unwrap(),
            stdout,
            stderr,
            home: home.to_owned(),
            command: format!("{:?}", command.get_args().collect::<Vec<_>>()),
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.id()).unwrap()).unwrap();
        let _ = kill_process_group(pid, signal);
    }

    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn finish(self) -> Outcome {
        self.finish_within(LIMIT)
    }

    /// How it ended; it is killed if it is still there after this time.
    pub fn finish_within(mut self, limit: Duration) -> Outcome {
        let mut is_late = false;
        while !self.is_over() {
            if self.begun.elapsed() > limit {
                is_late = true;
                self.signal(Signal::KILL);
                self.child.wait().unwrap();
            }
            thread::sleep(Duration::from_millis(1));
        }
        let took = self.begun.elapsed();
        let status = self.child.wait().unwrap();
        let text = |mut file: &File| {
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Outcome {
            code: status.code().unwrap_or(-1),
            signal: status.signal(),
            stdout: text(&self.stdout),
            stderr: super::normalised(&text(&self.stderr), &self.home),
            took,
            is_late,
            command: self.command.clone(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over() {
            self.signal(Signal::KILL);
            drop(self.child.wait());
        }
    }
}
