//! A world of its own for `tok`: a temporary home directory, and an environment of its own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use tok::host::{Environment, Host, Terminals};
use tok::os::Sleeper;
use tok::profile::preset::PRESETS;
use tok::time::UnixTime;

use super::providers::{API_KEY_PROPERTIES, ENDPOINTS, VARIABLES};

/// What a run of `tok` came to.
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The home directory and the variables.
pub(crate) struct World {
    home: TempDir,
    variables: BTreeMap<OsString, OsString>,
}

impl World {
    /// An empty home, and the credentials in variables.
    pub(crate) fn new() -> io::Result<Self> {
        let home = TempDir::new()?;
        let credentials = VARIABLES
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let mut variables: BTreeMap<_, _> = credentials.collect();
        variables.insert("HOME".into(), home.path().into());
        Ok(Self { home, variables })
    }

    /// Where everything is.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }

    /// Runs the program in this process, as `main` does, but in this world.
    pub(crate) fn tok(&self, args: &[&str]) -> Ran {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let look_up = |name: &OsStr| self.variables.get(name).cloned();
        let mut host = Host {
            environment: Environment::new(&look_up),
            now: &now,
            sleep: &Sleeper::default(),
            stdin: &mut io::empty(),
            stdout: &mut stdout,
            stderr: &mut stderr,
            terminals: Terminals::default(),
        };
        let code = tok::run(["tok"].iter().chain(args).map(OsString::from), &mut host);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran {
            code,
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }

    /// Writes the profiles file, where `tok` says that it looks for it, and `MetaPack`'s file beside it.
    pub(crate) fn write_profiles(&self, profiles: &str) -> io::Result<()> {
        let path = PathBuf::from(self.tok(&["config", "path"]).stdout.trim_end());
        let directory = path
            .parent()
            .filter(|directory| directory.starts_with(self.home()));
        let directory =
            directory.ok_or_else(|| io::Error::other("the profiles file would be elsewhere"))?;
        fs::create_dir_all(directory)?;
        fs::write(directory.join("apiKey.properties"), API_KEY_PROPERTIES)?;
        fs::write(path, profiles)
    }

    /// A text as it looks from this home.
    pub(crate) fn shown(&self, text: &str) -> String {
        text.replace(&self.home().display().to_string(), "~")
    }
}

fn now() -> UnixTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// One profile of each of these presets: what `tok presets` says to write, and the server's URL.
pub(crate) fn profiles(server: &str, presets: &[&str]) -> String {
    let sections = PRESETS
        .iter()
        .filter(|preset| presets.contains(&preset.name))
        .map(|preset| {
            let url = endpoint(server, preset.name);
            // The variables of a preset are those of its URL, which is another here.
            let credentials = preset
                .credentials()
                .lines()
                .filter(|line| !line.starts_with("vars "));
            let credentials: Vec<&str> = credentials.collect();
            let (name, credentials) = (preset.name, credentials.join("\n"));
            format!(
                "[profiles.{name}]\npreset = \"{name}\"\ntoken_url = \"{url}\"\n{credentials}\n"
            )
        });
    sections.collect()
}

/// Where a preset's token endpoint is on the server.
pub(crate) fn endpoint(server: &str, preset: &str) -> String {
    let path = ENDPOINTS
        .iter()
        .find(|(name, _)| *name == preset)
        .map_or("", |(_, path)| *path);
    format!("{server}{path}")
}
