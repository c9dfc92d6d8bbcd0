//! A world for one test: home directory, environment, token endpoint, and what a run answered.

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

pub const SECRET: &str = "hunter2-s3cret";
pub const TOKEN: &str = "tok-en-value";

/// A home directory, and the variables that are set besides `HOME`.
pub struct Sandbox {
    pub home: TempDir,
    pub environment: Vec<(String, String)>,
}

/// What a run answered.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub findings: Vec<Value>,
}

impl Answer {
    /// The messages of a check in this state.
    pub fn told(&self, check: &str, state: &str) -> Vec<&str> {
        let is_meant = |finding: &&Value| finding["check"] == check && finding["state"] == state;
        self.findings
            .iter()
            .filter(is_meant)
            .map(|finding| finding["message"].as_str().unwrap())
            .collect()
    }

    /// The one finding of this check that is not well: its state, its message, and the hint that belongs to it.
    #[track_caller]
    pub fn trouble(&self, check: &str) -> (&str, &str, &str) {
        let is_trouble = |finding: &&Value| {
            finding["check"] == check && matches!(finding["state"].as_str(), Some("warn" | "fail"))
        };
        let found: Vec<&Value> = self.findings.iter().filter(is_trouble).collect();
        let [one] = found.as_slice() else {
            panic!("not one trouble with {check}: {self:#?}")
        };
        let text = |field: &str| one[field].as_str().unwrap_or_default();
        (text("state"), text("message"), text("hint"))
    }

    /// Nothing is wrong.
    #[track_caller]
    pub fn is_well(&self) {
        let is_well = |finding: &Value| matches!(finding["state"].as_str(), Some("ok" | "skip"));
        assert!(
            self.code == 0 && self.findings.iter().all(is_well),
            "{self:#?}"
        );
    }
}

impl Sandbox {
    pub fn new() -> Self {
        Self {
            home: TempDir::new().unwrap(),
            environment: Vec::new(),
        }
        .env("SECRET", SECRET)
    }

    /// With the profile `api`, asked of this port.
    pub fn api(port: u16) -> Self {
        Self::new().profiles(&format!(
            "[profiles.api]\ntoken_url = \"http://127.0.0.1:{port}/token?key=in-the-query\"\nclient_id = \"id\"\n\
             client_secret = {{ env = \"SECRET\" }}\n"
        ))
    }

    /// With the profile `api`, and its token in the cache.
    pub fn cached() -> Self {
        let server = Server::start(&[&issued(TOKEN)]);
        let sandbox = Self::api(server.port);
        assert_eq!(
            sandbox.tok(&["get", "api"]),
            (0, format!("{TOKEN}\n"), String::new())
        );
        sandbox
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn profiles(self, text: &str) -> Self {
        self.file(".config/tok/profiles.toml", text)
    }

    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        chmod(&path, 0o600);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn cache(&self) -> PathBuf {
        self.path(".cache/tok")
    }

    /// The only file in the cache with this ending.
    pub fn cached_file(&self, ending: &str) -> PathBuf {
        let items = fs::read_dir(self.cache())
            .unwrap()
            .map(|item| item.unwrap().path());
        let found: Vec<PathBuf> = items
            .filter(|path| path.to_str().unwrap().ends_with(ending))
            .collect();
        let [one] = found.as_slice() else {
            panic!("{found:?}")
        };
        one.clone()
    }

    /// Rewrites the only entry, checksum included.
    pub fn edit_entry(&self, edit: impl Fn(&mut Value)) {
        let path = self.cached_file(".json");
        let mut entry =
            serde_json::from_slice::<Value>(&fs::read(&path).unwrap()).unwrap()["entry"].take();
        edit(&mut entry);
        let text = entry.to_string();
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        fs::write(
            path,
            format!("{{\"tok\":1,\"checksum\":\"{hash:016x}\",\"entry\":{text}}}\n"),
        )
        .unwrap();
    }

    pub fn tok(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(crate::support::program());
        command
            .env_clear()
            .env("HOME", self.home.path())
            .envs(self.environment.clone());
        let output = command
            .current_dir(self.home.path())
            .args(args)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(self.home.path().to_str().unwrap(), "~")
        };
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Examines, both ways of writing it, and holds both to what no answer may have in it.
    pub fn doctor(&self, args: &[&str]) -> Answer {
        let (code, text, stderr) = self.tok(&[&["doctor", "--json"], args].concat());
        assert_eq!(stderr, "");
        for secret in [SECRET, TOKEN, "in-the-query"] {
            assert!(!text.contains(secret), "{text}");
        }
        Answer {
            code,
            findings: serde_json::from_str(&text).unwrap(),
        }
    }
}

pub fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

pub fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

pub fn issued(token: &str) -> String {
    let body = format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":3600}}"#);
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Answers once for each reply, and hands out what it was asked.
pub struct Server {
    pub port: u16,
    pub thread: thread::JoinHandle<Vec<String>>,
}

impl Server {
    pub fn start(replies: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let replies: Vec<String> = replies.iter().map(|reply| (*reply).to_owned()).collect();
        let answer = move |reply: String| answer(&listener.accept().unwrap().0, &reply);
        let thread = thread::spawn(move || replies.into_iter().map(answer).collect());
        Self { port, thread }
    }

    pub fn asked(self) -> Vec<String> {
        self.thread.join().unwrap()
    }
}

fn answer(mut stream: &TcpStream, reply: &str) -> String {
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        request.extend_from_slice(&buffer[..count]);
    }
    stream.write_all(reply.as_bytes()).unwrap();
    String::from_utf8(request).unwrap()
}
