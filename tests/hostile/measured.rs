//! The built binary, measured.

use std::fs;
use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::hostile::echoes::SECRET;
use crate::hostile::server::{Reply, Server};

/// The profile's time limit.
pub const TIMEOUT: Duration = Duration::from_secs(1);

/// The most memory that the process may ever have, in KiB.
const MEMORY: u32 = 64 * 1024;

pub struct Tok {
    server: Server,
    dir: tempfile::TempDir,
}

pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
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
        // One that wants more memory is ended, or says so.
        let limited = format!("ulimit -d {MEMORY}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command
            .args(["-c", &limited])
            .arg(crate::support::program());
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
        let code = command.status().unwrap().code();
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
        }
    }
}
