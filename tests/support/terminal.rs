//! `tok` at a terminal: what it asks is read off the screen, what is answered is typed.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::process::{Child, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::Sandbox;

/// A terminal: what a person has, and what a program is given.
pub fn open_terminal() -> (File, File) {
    let screen = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let line = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap());
    (screen, line.unwrap())
}

/// A run of `tok` whose standard input and error are a terminal; standard output is not.
pub struct Terminal {
    screen: File,
    child: Child,
    shown: String,
}

impl Terminal {
    pub fn run(sandbox: &Sandbox, line: &str) -> Self {
        Self::run_reading(sandbox, line, None)
    }

    /// As [`Self::run`], with this file as standard input.
    pub fn run_reading(sandbox: &Sandbox, line: &str, stdin: Option<File>) -> Self {
        let (screen, terminal) = open_terminal();
        // What is typed does not show: the screen has what `tok` says and nothing else.
        let mut modes = tcgetattr(&terminal).unwrap();
        modes.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Now, &modes).unwrap();
        let mut command = sandbox.process(line);
        command
            .stdin(stdin.unwrap_or_else(|| terminal.try_clone().unwrap()))
            .stderr(terminal)
            .stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        // The process has its own copies; without ours the screen ends with it.
        drop(command);
        Self {
            screen,
            child,
            shown: String::new(),
        }
    }

    /// Waits until the screen ends with this, then types a line.
    #[track_caller]
    pub fn answer(&mut self, prompt: &str, line: &str) -> &mut Self {
        self.wait_for(prompt);
        self.screen
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
        self
    }

    /// Ctrl-D.
    #[track_caller]
    pub fn end_at(&mut self, prompt: &str) -> &mut Self {
        self.wait_for(prompt);
        self.screen.write_all(b"\x04").unwrap();
        self
    }

    #[track_caller]
    fn wait_for(&mut self, prompt: &str) {
        while !self.shown.ends_with(prompt) {
            assert!(self.read(), "`{prompt}` was not asked:\n{}", self.shown);
        }
    }

    /// Whether there was anything more.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let count = loop {
            match self.screen.read(&mut bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The last one that had the terminal open has gone.
                Err(_) => break 0,
                Ok(count) => break count,
            }
        };
        self.shown
            .push_str(&String::from_utf8_lossy(&bytes[..count]).replace("\r\n", "\n"));
        count > 0
    }

    /// Exit code, standard output, and all that was on the screen.
    pub fn finish(mut self) -> (i32, String, String) {
        while self.read() {}
        let mut stdout = String::new();
        let mut pipe = self.child.stdout.take().unwrap();
        pipe.read_to_string(&mut stdout).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        (code, stdout, std::mem::take(&mut self.shown))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
