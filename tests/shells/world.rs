//! A server and a home directory for real programs: the server issues a token with every character that a token can
//! have, and is an API that says what it was sent.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

/// Every character of RFC 6750's tokens and more: 0x21 to 0x7E.
pub(crate) fn token() -> String {
    ('!'..='~').collect()
}

/// What a program did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Did {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) struct World {
    home: TempDir,
    url: String,
}

impl World {
    /// Profiles `api` and `other`, whose tokens are good, and `bad`, which is refused.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(stream));
            }
        });
        let home = tempfile::tempdir().unwrap();
        let profile = |name: &str| {
            format!(
                "[profiles.{name}]\ntoken_url = \"{url}/token/{name}\"\nclient_id = \"id\"\n\
                 client_secret = {{ env = \"SECRET\" }}\n"
            )
        };
        let profiles = home.path().join("profiles.toml");
        fs::write(&profiles, ["api", "other", "bad"].map(profile).concat()).unwrap();
        fs::set_permissions(&profiles, fs::Permissions::from_mode(0o600)).unwrap();
        fs::create_dir(home.path().join("bin")).unwrap();
        symlink(crate::support::program(), home.path().join("bin/tok")).unwrap();
        Self { home, url }
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs a script in a shell; `$URL` is the server.
    pub(crate) fn run(&self, shell: &str, script: &str) -> Did {
        let output = Command::new(shell)
            .args(["-c", script])
            .current_dir(self.home())
            .env_clear()
            .env("HOME", self.home())
            .env(
                "PATH",
                format!("{}/bin:/usr/local/bin:/usr/bin:/bin", self.home().display()),
            )
            .env("TOK_CONFIG", self.home().join("profiles.toml"))
            .env("SECRET", "made-up-secret")
            .env("URL", &self.url)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Did {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// One request, one answer.
fn serve(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut path = String::new();
    let _ = reader.read_line(&mut path);
    let (mut authorization, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim_end().is_empty() {
            break;
        }
        let (name, value) = line.trim_end().split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.clone_into(&mut authorization),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let (status, reply) = answer(
        path.split(' ').nth(1).unwrap_or_default(),
        &authorization,
        &body,
    );
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{reply}",
        reply.len()
    );
}

fn answer(path: &str, authorization: &str, body: &[u8]) -> (&'static str, String) {
    match path {
        "/token/bad" => (
            "401 Unauthorized",
            "{\"error\":\"invalid_client\"}".to_owned(),
        ),
        path if path.starts_with("/token/") => {
            let token = serde_json::Value::from(token());
            (
                "200 OK",
                format!(
                    "{{\"access_token\":{token},\"token_type\":\"Bearer\",\"expires_in\":3600}}"
                ),
            )
        }
        "/refused" => ("403 Forbidden", String::new()),
        // Who can type `ps` at this moment sees no token.
        _ if is_in_an_argument(&token()) => (
            "500 Internal Server Error",
            "the token is in argv\n".to_owned(),
        ),
        _ => (
            "200 OK",
            format!("{authorization}\n{}", String::from_utf8_lossy(body)),
        ),
    }
}

/// Whether a running program has this text in its arguments.
fn is_in_an_argument(text: &str) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(text))
}
