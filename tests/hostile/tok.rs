//! The built binary, measured.

use std::fs;
use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::echoes::SECRET;
use crate::server::{Reply, Server};

/// The profile's time limit.
pub const TIMEOUT: Duration = Duration::from_secs(1);

pub struct Tok {
    server: Server,
    dir: tempfile::TempDir,
}

pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    /// The most memory it had, in KiB.
    pub memory: i64,
}

impl Tok {
    pub fn new() -> Self {
        let (server, dir) = (Server::start(), tempfile::tempdir().unwrap());
        let text = format!(
            "[profiles.hostile]\ntoken_url = \"http://127.0.0.1:{}/token\"\nclient_id = \"app\"\n\
             client_secret = {{ env = \"SECRET\" }}\ntimeout = \"{}s\"\nretries = 0\n",
            server.port,
            TIMEOUT.as_secs()
        );
        fs::write(dir.path().join("profiles.toml"), text).unwrap();
        Self { server, dir }
    }

    pub fn get(&self, reply: &Arc<Reply>, args: &[&str]) -> Ran {
        self.server.answers(reply);
        let (stdout, stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let mut command = Command::new(crate::program::program());
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .env("SECRET", SECRET)
            .current_dir(self.dir.path());
        command
            .args(["--config", "profiles.toml", "get", "hostile", "--no-cache"])
            .args(args);
        command.stdin(Stdio::null());
        command
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap());
        let begun = Instant::now();
        let (code, memory) = wait(command.spawn().unwrap().id());
        let text = |mut file: fs::File| {
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Ran {
            code,
            stdout: text(stdout),
            stderr: text(stderr),
            took: begun.elapsed(),
            memory,
        }
    }
}

/// Waits for a child of ours: its exit code, and the most memory that it had. The standard library has no way to
/// the second one.
#[allow(unsafe_code, reason = "wait4 and the structures that it fills")]
fn wait(id: u32) -> (Option<i32>, i64) {
    let mut status = 0;
    // SAFETY: a structure of numbers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both places are ours, and nobody else waits for this child.
    let found = unsafe {
        libc::wait4(
            i32::try_from(id).unwrap(),
            &raw mut status,
            0,
            &raw mut usage,
        )
    };
    assert!(found > 0, "the child is gone");
    let code = libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
    // Bytes on macOS, KiB elsewhere.
    let unit = if cfg!(target_os = "macos") { 1024 } else { 1 };
    (code, usage.ru_maxrss / unit)
}
