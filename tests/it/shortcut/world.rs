//! A world of which the whole program can be run in this process: its own home, environment and clock, and a server.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::thread;

use tok::host::{Environment, Host, Terminals};
use tok::os::Sleeper;
use tok::time::UnixTime;

use super::PLAIN;
use crate::support::normalised;

const PROFILE: &str = r#"client_id = "id"
client_secret = { env = "SECRET" }
audience = "${AUDIENCE}"
params = { key = { file = "key.txt" } }
headers = { X-Key = { properties = "x.properties", key = "a" } }
retries = 0
cool_down = "0s"
"#;

/// A home directory, an environment and a clock, and a server that numbers its tokens.
pub(super) struct World {
    home: tempfile::TempDir,
    pub(super) variables: BTreeMap<OsString, OsString>,
    pub(super) now: i64,
    address: String,
    /// Whether the last answer came by the short way, which has no use for terminals.
    pub(super) was_short: Cell<bool>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::issuing("tok-")
    }

    /// The number of a token follows these characters of it.
    pub(super) fn issuing(token: &'static str) -> Self {
        let home = tempfile::Builder::new()
            .prefix("tok-test-")
            .tempdir()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        // It ends with the test's process.
        thread::spawn(move || serve(&listener, token));
        let mut world = Self {
            home,
            variables: BTreeMap::new(),
            now: 1_800_000_000,
            address,
            was_short: Cell::default(),
        };
        world.set(
            "HOME",
            Some(world.home.path().to_str().unwrap().to_owned().as_str()),
        );
        world.set("SECRET", Some("one"));
        world.set("AUDIENCE", Some("a"));
        fs::create_dir_all(world.path(".config/tok")).unwrap();
        world.write("key.txt", Some("one"));
        world.write("x.properties", Some("a = one"));
        world.write_profile("");
        world
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(super) fn set(&mut self, name: &str, value: Option<&str>) {
        self.variables.remove(OsStr::new(name));
        self.variables
            .extend(value.map(|value| (name.into(), value.into())));
    }

    pub(super) fn write(&self, name: &str, text: Option<&str>) {
        let path = self.path(".config/tok").join(name);
        match text {
            Some(text) => {
                fs::write(&path, text).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            }
            None => _ = fs::remove_file(path),
        }
    }

    pub(super) fn write_profile(&self, more: &str) {
        let text = format!(
            "[profiles.api]\ntoken_url = \"http://{}/t\"\n{PROFILE}{more}\n",
            self.address
        );
        self.write("profiles.toml", Some(&text));
    }

    pub(super) fn cached(&self, ending: &str) -> Vec<PathBuf> {
        let items = fs::read_dir(self.path(".cache/tok")).into_iter().flatten();
        let mut found: Vec<_> = items.map(|item| item.unwrap().path()).collect();
        found.retain(|path| path.extension().is_some_and(|found| found == ending));
        found.sort();
        found
    }

    pub(super) fn run(&self, args: &[&str]) -> (u8, String, String) {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let look_up = |name: &OsStr| self.variables.get(name).cloned();
        self.was_short.set(true);
        let mut host = Host {
            environment: Environment::new(&look_up),
            now: &|| UnixTime(self.now),
            sleep: &Sleeper::default(),
            stdin: &mut io::empty(),
            stdout: &mut stdout,
            stderr: &mut stderr,
            terminals: &|| {
                self.was_short.set(false);
                Terminals::default()
            },
        };
        let code = tok::run(args.iter().map(OsString::from), &mut host);
        let home = self.home.path().to_str().unwrap();
        // The worlds differ in place and port, and so in the names of their entries.
        let mut names = self.cached("json");
        names.extend(self.cached("hit"));
        let names: Vec<_> = names
            .iter()
            .map(|path| path.file_stem().unwrap().to_str().unwrap())
            .collect();
        let text = |bytes: Vec<u8>| {
            let text = normalised(&String::from_utf8(bytes).unwrap(), home);
            names
                .iter()
                .fold(text, |text, name| text.replace(name, "[DIGEST]"))
        };
        (code, text(stdout), text(stderr))
    }

    /// The token of a world in which the next plain `tok get` takes the short way.
    #[track_caller]
    pub(super) fn warmed_up(&self) {
        for is_short in [false, true] {
            assert_eq!(self.run(PLAIN), (0, "tok-1\n".to_owned(), String::new()));
            assert_eq!(
                self.was_short.get(),
                is_short,
                "the second time takes the short way"
            );
        }
    }
}

fn serve(listener: &TcpListener, token: &str) {
    for (number, stream) in listener.incoming().enumerate() {
        let mut stream = stream.unwrap();
        let mut asked = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut piece) {
            asked.extend_from_slice(&piece[..count]);
            let text = String::from_utf8_lossy(&asked).to_ascii_lowercase();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                break;
            }
        }
        let body = format!(
            r#"{{"access_token":"{token}{}","expires_in":3600}}"#,
            number + 1
        );
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:";
        let _ = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
    }
}
