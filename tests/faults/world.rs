//! A home directory of its own for each check, with three profiles and the server that they ask.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::faults::server::Server;
use crate::support::{Outcome, Running, Sandbox, edit_entry_in};

pub struct World {
    pub sandbox: Sandbox,
    pub server: Server,
}

/// Every file of a cache by its name.
pub type Snapshot = Vec<(String, Vec<u8>)>;

impl World {
    pub fn new() -> Self {
        // In memory: thousands of entries are synced, and no power cut is tried.
        let sandbox = Sandbox::in_memory().env("SECRET", "a-made-up-secret");
        let config = sandbox.profiles_file().display().to_string();
        let world = Self {
            sandbox: sandbox.env("TOK_CONFIG", &config),
            server: Server::start(),
        };
        world.profiles("");
        world
    }

    /// Writes three profiles: a usual one, one beside it, one whose refresh tokens are good once.
    pub fn profiles(&self, more: &str) {
        let url = self.server.url();
        let one = |name: &str, own: &str| {
            format!(
                "[profiles.{name}]\ntoken_url = \"{url}\"\nclient_id = \"{name}\"\n\
                 client_secret = {{ env = \"SECRET\" }}\nstrategy = \"post_form\"\n{own}\n{more}\n"
            )
        };
        let rotating = one("rotating", "renew = \"refresh_token\"");
        self.sandbox
            .write_profiles(one("usual", "") + &one("beside", "") + &rotating);
    }

    pub fn cache(&self) -> PathBuf {
        self.sandbox.cache_dir()
    }

    /// The directory of the cache, as it stands in a line of `strace`.
    pub fn cache_path(&self) -> String {
        self.cache().display().to_string()
    }

    pub fn start(&self, mut command: Command) -> Running {
        self.sandbox.dress(&mut command);
        Running::start(command, "", self.sandbox.home())
    }

    pub fn run(&self, line: &str) -> Outcome {
        self.sandbox.start(line).finish()
    }

    pub fn get(&self, profile: &str) -> Outcome {
        self.run(&format!("get {profile}"))
    }

    /// Puts a token of this profile into the cache.
    pub fn fill(&self, profile: &str) {
        drop(self.get(profile));
    }

    /// Whether a run printed a token that was issued.
    pub fn is_issued(&self, ran: &Outcome) -> bool {
        ran.token()
            .is_some_and(|token| self.server.issued(token).is_some())
    }

    /// The file of a profile's one entry.
    pub fn entry(&self, profile: &str) -> Option<PathBuf> {
        let mark = format!("\"profile\":\"{profile}\"");
        let entries = self.sandbox.entries().into_iter();
        entries
            .into_iter()
            .find(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(&mark)))
    }

    pub fn files(&self) -> Snapshot {
        let Ok(list) = fs::read_dir(self.cache()) else {
            return Vec::new();
        };
        let files = list
            .flatten()
            .filter(|item| item.file_type().is_ok_and(|kind| kind.is_file()));
        let mut files: Snapshot = files
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
        // All of it, so that each run makes the same calls.
        let _ = fs::remove_dir_all(self.sandbox.path(".cache"));
        if files.is_empty() {
            return;
        }
        for (name, bytes) in files {
            self.sandbox.write(&format!(".cache/tok/{name}"), bytes);
        }
        self.sandbox.chmod(".cache/tok", 0o700);
    }

    pub fn clear(&self) {
        self.restore(&Vec::new());
    }

    /// Moves the times of a profile's entry, as if the clock had been moved the other way.
    pub fn shift(&self, profile: &str, from: i64, until: i64) {
        edit_entry_in(&self.entry(profile).unwrap(), |entry| {
            for (name, by) in [("requested_at", from), ("expires_at", until)] {
                entry[name] = (entry[name].as_i64().unwrap() + by).into();
            }
        });
    }

    /// Files with a token in them that other users may read.
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

pub fn holds(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

/// Works through jobs with a world for each worker.
pub fn in_parallel<T: Sync>(
    jobs: &[T],
    prepare: impl Fn(&World) + Sync,
    work: impl Fn(&World, &T) -> Vec<String> + Sync,
) -> Vec<String> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = thread::available_parallelism().map_or(2, usize::from) + 1;
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let world = World::new();
                prepare(&world);
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let failures = work(&world, job);
                    found.lock().unwrap().extend(failures);
                }
            });
        }
    });
    found.into_inner().unwrap()
}
