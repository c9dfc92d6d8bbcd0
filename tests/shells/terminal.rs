//! A shell at a terminal, as a person has it: what is typed goes to its line editor, what it shows is read.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{Sandbox, open_terminal};

/// How long a shell may be silent.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Terminal {
    screen: File,
    child: Child,
    /// What the shell has written, piece by piece, from a thread of its own.
    pieces: Receiver<String>,
    shown: String,
}

impl Terminal {
    /// Starts a program with a terminal of its own, in this home directory.
    pub(crate) fn start(args: &[&str], home: &Sandbox) -> Self {
        let (screen, terminal) = open_terminal();
        let size = Winsize {
            ws_row: 60,
            ws_col: 160,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&screen, size).unwrap();
        // A session with this as its terminal, so that Ctrl-C reaches the program in the foreground.
        let mut command = Command::new("setsid");
        home.dress(&mut command);
        command.args(["--ctty", "--wait"]).args(args);
        command.stdin(terminal.try_clone().unwrap());
        command
            .stdout(terminal.try_clone().unwrap())
            .stderr(terminal);
        let child = command.spawn().unwrap();
        drop(command);
        let (sender, pieces) = channel();
        let mut reader = screen.try_clone().unwrap();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let piece = String::from_utf8_lossy(&bytes[..count]).into_owned();
                if sender.send(piece).is_err() {
                    return;
                }
            }
        });
        Self {
            screen,
            child,
            pieces,
            shown: String::new(),
        }
    }

    /// Types this.
    pub(crate) fn types(&mut self, keys: &str) {
        self.screen.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this has been shown, and forgets all up to there; what was shown where it is not.
    pub(crate) fn shows(&mut self, text: &str) -> Result<(), String> {
        loop {
            if let Some((_, after)) = self.shown.split_once(text) {
                self.shown = after.to_owned();
                return Ok(());
            }
            match self.pieces.recv_timeout(LIMIT) {
                Ok(piece) => self.shown.push_str(&piece),
                Err(_) => return Err(format!("`{text}` was not shown, but {:?}", self.shown)),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
