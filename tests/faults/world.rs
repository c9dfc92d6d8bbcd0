//! A home directory of its own for each check, and processes in it that never outlive their limit.

use std::fs;
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::faults::server::Server;

/// No single process may take longer, whatever is done to it.
pub const LIMIT: Duration = Duration::from_secs(40);

pub const SECRET: &str = "a-made-up-secret";

/// A home directory and the server that its profiles ask.
pub struct World {
    pub dir: tempfile::TempDir,
    pub server: Server,
    pub binary: PathBuf,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    pub late: bool,
}

impl Ran {
    /// The token, where this is a success as it should be.
    pub fn token(&self) -> Option<&str> {
        let token = self.stdout.strip_suffix('\n')?;
        (self.code == Some(0) && !token.contains('\n')).then_some(token)
    }

    /// In one line, for a report.
    pub fn told(&self) -> String {
        let Self {
            code,
            signal,
            stdout,
            stderr,
            took,
            late,
        } = self;
        let stderr = stderr.lines().next().unwrap_or_default();
        format!(
            "code {code:?} signal {signal:?} late {late} {took:?} stdout {stdout:?} stderr {stderr:?}"
        )
    }
}

/// A process under way, with its output in files.
pub struct Running {
    pub child: Child,
    stdout: fs::File,
    stderr: fs::File,
    begun: Instant,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let (stdout, stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        command.stdin(Stdio::null());
        command
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap())
            .process_group(0);
        let begun = Instant::now();
        Self {
            child: command.spawn().unwrap(),
            stdout,
            stderr,
            begun,
        }
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        let _ = kill_process_group(pid, signal);
    }

    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn finish(mut self, limit: Duration) -> Ran {
        let mut late = false;
        while self.child.try_wait().unwrap().is_none() {
            if self.begun.elapsed() > limit {
                late = true;
                self.signal(Signal::KILL);
                self.child.wait().unwrap();
            }
            thread::sleep(Duration::from_millis(1));
        }
        let took = self.begun.elapsed();
        let status = self.child.wait().unwrap();
        let text = |mut file: fs::File| {
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (stdout, stderr) = (text(self.stdout), text(self.stderr));
        Ran {
            code: status.code(),
            signal: status.signal(),
            stdout,
            stderr,
            took,
            late,
        }
    }
}

/// Every file of a cache by its name.
pub type Snapshot = Vec<(String, Vec<u8>)>;

impl World {
    pub fn new(binary: &Path) -> Self {
        // In memory where that can be had: thousands of entries are synced, and no power cut is tried.
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let dir = tempfile::Builder::new()
            .prefix("tok-faults-")
            .tempdir_in(place)
            .unwrap();
        let world = Self {
            dir,
            server: Server::start(),
            binary: binary.to_owned(),
        };
        world.profiles("");
        world
    }

    /// Writes three profiles: a usual one, one beside it, one whose refresh tokens are good once.
    pub fn profiles(&self, more: &str) {
        let url = format!("http://127.0.0.1:{}/token", self.server.port);
        let one = |name: &str, own: &str| {
            format!(
                "[profiles.{name}]\ntoken_url = \"{url}\"\nclient_id = \"{name}\"\n\
                 client_secret = {{ env = \"SECRET\" }}\nstrategy = \"post_form\"\n{own}\n{more}\n"
            )
        };
        let text = [
            one("usual", ""),
            one("beside", ""),
            one("rotating", "renew = \"refresh_token\""),
        ]
        .concat();
        fs::create_dir_all(self.dir.path().join("config/tok")).unwrap();
        fs::write(self.config(), text).unwrap();
    }

    pub fn config(&self) -> PathBuf {
        self.dir.path().join("config/tok/profiles.toml")
    }

    pub fn cache(&self) -> PathBuf {
        self.dir.path().join("cache/tok")
    }

    /// Gives a command the environment of this world.
    pub fn dress(&self, command: &mut Command) {
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .env("XDG_CONFIG_HOME", self.dir.path().join("config"))
            .env("XDG_CACHE_HOME", self.dir.path().join("cache"))
            .env("SECRET", SECRET)
            .current_dir(self.dir.path());
    }

    pub fn tok(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        self.dress(&mut command);
        command.args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Running::start(self.tok(args)).finish(LIMIT)
    }

    pub fn get(&self, profile: &str) -> Ran {
        self.run(&["get", profile])
    }

    /// The name of the one entry's file of a profile.
    pub fn entry(&self, profile: &str) -> Option<PathBuf> {
        let mark = format!("\"profile\":\"{profile}\"");
        self.files().into_iter().find_map(|(name, bytes)| {
            let is_it = is_a(&name, "json") && String::from_utf8_lossy(&bytes).contains(&mark);
            is_it.then(|| self.cache().join(name))
        })
    }

    pub fn files(&self) -> Snapshot {
        let Ok(list) = fs::read_dir(self.cache()) else {
            return Vec::new();
        };
        let mut files: Snapshot = list
            .flatten()
            .filter(|item| item.file_type().is_ok_and(|kind| kind.is_file()))
            .map(|item| {
                (
                    item.file_name().into_string().unwrap(),
                    fs::read(item.path()).unwrap_or_default(),
                )
            })
            .collect();
        files.sort();
        files
    }

    /// Puts a cache back to what it was.
    pub fn restore(&self, files: &Snapshot) {
        let _ = fs::remove_dir_all(self.dir.path().join("cache"));
        if files.is_empty() {
            return;
        }
        fs::create_dir_all(self.cache()).unwrap();
        fs::set_permissions(self.cache(), fs::Permissions::from_mode(0o700)).unwrap();
        for (name, bytes) in files {
            let path = self.cache().join(name);
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    /// Moves the times of a profile's entry, as if the clock had been moved the other way.
    pub fn shift(&self, profile: &str, from: i64, until: i64) {
        let path = self.entry(profile).unwrap();
        let mut whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let entry = whole.get_mut("entry").unwrap();
        for (name, by) in [("requested_at", from), ("expires_at", until)] {
            let at = entry[name].as_i64().unwrap();
            entry[name] = Value::from(at + by);
        }
        fs::write(&path, sealed(entry)).unwrap();
    }

    /// Files with a token in them that others may read.
    pub fn open_to_others(&self) -> Vec<String> {
        let is_open = |name: &String| {
            let metadata = fs::symlink_metadata(self.cache().join(name)).unwrap();
            metadata.permissions().mode() & 0o077 != 0
        };
        let with_tokens = self
            .files()
            .into_iter()
            .filter(|(_, bytes)| !bytes.is_empty());
        with_tokens.map(|(name, _)| name).filter(is_open).collect()
    }
}

/// Whether a file of the cache is of this kind.
pub fn is_a(name: &str, kind: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == kind)
}

/// An entry with its checksum: FNV-1a over the bytes of its value.
pub fn sealed(entry: &Value) -> String {
    let text = entry.to_string();
    let sum = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{{\"tok\":1,\"checksum\":\"{sum:016x}\",\"entry\":{text}}}\n")
}

/// Works through jobs with a world for each worker.
pub fn in_parallel<T: Sync>(
    binary: &Path,
    jobs: &[T],
    prepare: impl Fn(&World) + Sync,
    work: impl Fn(&World, &T) -> Vec<String> + Sync,
) -> Vec<String> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let found = std::sync::Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(2, usize::from) + 1;
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let world = World::new(binary);
                prepare(&world);
                loop {
                    let job = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(job) = jobs.get(job) else { return };
                    let failures = work(&world, job);
                    found.lock().unwrap().extend(failures);
                }
            });
        }
    });
    found.into_inner().unwrap()
}
