//! A home directory with `tok` in it under all its names, and the server that real programs get their files from.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tok::cli::HELPERS;

use crate::consumers::server::Server;

/// What a script did.
#[derive(Debug)]
pub(crate) struct Did {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) struct World {
    home: TempDir,
    pub(crate) server: Server,
}

impl World {
    /// Profiles `api`, whose token is good at the server, and `bad`, which is refused one. The lines are those of
    /// `[credentials]`; `$URL` and `$HOST` in them are the server.
    pub(crate) fn new(credentials: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("www")).unwrap();
        let server = Server::new(home.path().join("www"));
        let world = Self { home, server };
        let profile = |name: &str, path: &str| {
            format!(
                "[profiles.{name}]\ntoken_url = \"$URL/{path}\"\nclient_id = \"id\"\n\
                 client_secret = {{ env = \"SECRET\" }}\n"
            )
        };
        let profiles = [profile("api", "token"), profile("bad", "token/bad")].concat();
        world.write(
            "profiles.toml",
            &format!("{profiles}[credentials]\n{credentials}\n"),
        );
        fs::create_dir(world.path("bin")).unwrap();
        for name in HELPERS.iter().map(|(name, _)| *name).chain(["tok"]) {
            symlink(crate::support::program(), world.path("bin").join(name)).unwrap();
        }
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A file in the home directory, 0600.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = text
            .replace("$URL", &self.server.url())
            .replace("$HOST", &self.server.host());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Whether a file in the home directory holds this text.
    pub(crate) fn holds(&self, name: &str, text: &str) -> bool {
        fs::read_to_string(self.path(name)).is_ok_and(|found| found.contains(text))
    }

    /// Runs a script in `sh`, with these directories before the usual ones; `$URL` and `$HOST` are the server.
    pub(crate) fn run(&self, script: &str, first: &[&Path]) -> Did {
        let home = self.home.path();
        let first: Vec<String> = first
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let path = [&[format!("{}/bin", home.display())], first.as_slice()]
            .concat()
            .join(":");
        let output = Command::new("sh")
            .args(["-c", &format!("set -eu\n{script}")])
            .current_dir(home)
            .env_clear()
            .env("HOME", home)
            .env("PATH", format!("{path}:/usr/local/bin:/usr/bin:/bin"))
            .env("TOK_CONFIG", home.join("profiles.toml"))
            .env("SECRET", "made-up-secret")
            .env("URL", self.server.url())
            .env("HOST", self.server.host())
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("CHECKPOINT_DISABLE", "1")
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

    /// Runs a script that must succeed; what it prints.
    pub(crate) fn must(&self, script: &str, first: &[&Path]) -> Result<String, String> {
        let did = self.run(script, first);
        if did.code == Some(0) {
            Ok(did.stdout)
        } else {
            Err(format!("{script}\n{did:#?}"))
        }
    }
}

/// Whether all of these hold.
pub(crate) fn all(claims: &[(&str, bool)]) -> Result<(), String> {
    let wrong: Vec<_> = claims
        .iter()
        .filter(|(_, holds)| !holds)
        .map(|(claim, _)| *claim)
        .collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("not so: {}", wrong.join("; ")))
    }
}

/// Where programs of this name are, each once.
pub(crate) fn found(program: &str) -> Vec<PathBuf> {
    let directories = std::env::var("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = Vec::new();
    for directory in directories
        .split(':')
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
    {
        let is_new = |path: &Path| {
            let real = fs::canonicalize(path).ok();
            real.is_some()
                && !found
                    .iter()
                    .any(|other| fs::canonicalize(other.join(program)).ok() == real)
        };
        if is_new(&directory.join(program)) {
            found.push(directory);
        }
    }
    found
}
