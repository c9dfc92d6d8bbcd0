//! A shell at a terminal, as a person has it: what is typed goes to its line editor, what it shows is read.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How long a shell may be silent before it is taken for one that will say nothing more.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Terminal {
    screen: File,
    child: Child,
    /// What the shell has written, piece by piece, from a thread of its own.
    pieces: Receiver<String>,
    shown: String,
}

impl Terminal {
    /// Starts a program with a terminal of its own, in this home directory.
    pub(crate) fn start(words: &[&str], home: &Path, path: &str) -> Self {
        let screen = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        tcsetwinsize(
            &screen,
            Winsize {
                ws_row: 60,
                ws_col: 160,
                ws_xpixel: 0,
                ws_ypixel: 0,
            },
        )
        .unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap();
        let line = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        // A session with this as its terminal, so that Ctrl-C reaches whoever is in the foreground.
        let mut command = Command::new("setsid");
        command
            .args(["--ctty", "--wait"])
            .args(words)
            .current_dir(home)
            .env_clear();
        command
            .env("HOME", home)
            .env("PATH", path)
            .env("TERM", "xterm")
            .env("SECRET", "made-up-secret");
        command
            .stdin(line.try_clone().unwrap())
            .stdout(line.try_clone().unwrap())
            .stderr(line);
        let child = command.spawn().unwrap();
        drop(command);
        let (sender, pieces) = channel();
        let mut reader = screen.try_clone().unwrap();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender
                    .send(String::from_utf8_lossy(&bytes[..count]).into_owned())
                    .is_err()
                {
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

    /// Waits until these words have been shown, and forgets all up to there; what was shown where they are not.
    pub(crate) fn shows(&mut self, words: &str) -> Result<(), String> {
        loop {
            if let Some((_, after)) = self.shown.split_once(words) {
                self.shown = after.to_owned();
                return Ok(());
            }
            match self.pieces.recv_timeout(PATIENCE) {
                Ok(piece) => self.shown.push_str(&piece),
                Err(_) => return Err(format!("`{words}` was not shown, but {:?}", self.shown)),
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
