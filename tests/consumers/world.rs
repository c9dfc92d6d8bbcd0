//! A home directory with `tok` in it under all its names, and the server that real programs get their files from.

use std::fs;
use std::path::{Path, PathBuf};

use tok::cli::HELPERS;

use crate::consumers::server::Server;
use crate::support::{Outcome, Sandbox};

pub(crate) struct World {
    sandbox: Sandbox,
    pub(crate) server: Server,
}

impl World {
    /// Profiles `api`, whose token is good at the server, and `bad`, which is refused one. The lines are those of
    /// `[credentials]`; `$URL` and `$HOST` in them are the server. The programs of the first directory beat others.
    pub(crate) fn new(credentials: &str, first: &Path) -> Self {
        let sandbox =
            Sandbox::new().linked_as(HELPERS.iter().map(|(name, _)| *name).chain(["tok"]));
        let server = Server::new(sandbox.path("www"));
        let (bin, first) = (sandbox.path("bin"), first.display());
        let path = format!("{}:{first}:/usr/local/bin:/usr/bin:/bin", bin.display());
        let mut sandbox = sandbox
            .client("api", &server.url("/token"), "")
            .client("bad", &server.url("/token/bad"), "")
            .env("PATH", &path)
            .env("SECRET", "made-up-secret")
            .env("URL", &server.url(""))
            .env("HOST", &server.host());
        sandbox.set("GIT_TERMINAL_PROMPT", "0");
        for name in ["GIT_CONFIG_NOSYSTEM", "CHECKPOINT_DISABLE"] {
            sandbox.set(name, "1");
        }
        fs::create_dir(sandbox.path("www")).unwrap();
        let world = Self { sandbox, server };
        let profiles = world.sandbox.read(".config/tok/profiles.toml");
        let text = format!("{profiles}[credentials]\n{credentials}\n");
        world.write(".config/tok/profiles.toml", &text);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path(name)
    }

    /// A file in the home directory, 0600; `$URL` and `$HOST` are the server.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let text = text.replace("$URL", &self.server.url(""));
        self.sandbox
            .write(name, text.replace("$HOST", &self.server.host()));
    }

    /// Whether a file in the home directory holds this text.
    pub(crate) fn holds(&self, name: &str, text: &str) -> bool {
        fs::read_to_string(self.path(name)).is_ok_and(|found| found.contains(text))
    }

    /// Runs a script in `sh`.
    pub(crate) fn run(&self, script: &str) -> Outcome {
        self.sandbox.script("sh", &format!("set -eu\n{script}"))
    }

    /// Runs a script that must succeed; what it prints.
    pub(crate) fn must(&self, script: &str) -> Result<String, String> {
        let ran = self.run(script);
        if ran.code == 0 {
            Ok(ran.stdout)
        } else {
            Err(format!("{script}\n{ran:#?}"))
        }
    }
}

/// Whether all of these hold.
pub(crate) fn all(claims: &[(&str, bool)]) -> Result<(), String> {
    let wrong = claims.iter().filter(|(_, holds)| !holds);
    let wrong: Vec<_> = wrong.map(|(claim, _)| *claim).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("not so: {}", wrong.join("; ")))
    }
}

/// Where programs of this name are, each once.
pub(crate) fn found(program: &str) -> Vec<PathBuf> {
    let directories = std::env::var("PATH").unwrap_or_default();
    let (mut found, mut known) = (Vec::new(), Vec::new());
    for directory in directories
        .split(':')
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
    {
        let Ok(real) = fs::canonicalize(directory.join(program)) else {
            continue;
        };
        if !known.contains(&real) {
            known.push(real);
            found.push(directory);
        }
    }
    found
}

/// The first block below a heading of `docs/credential-helpers.md`, with these texts in place of those of the page, so
/// that it is the page that is tried.
pub(crate) fn block(heading: &str, replaced: &[(&str, &str)]) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/credential-helpers.md");
    let text = fs::read_to_string(page).unwrap();
    let (_, section) = text
        .split_once(&format!("\n## {heading}\n"))
        .expect("the page has this heading");
    let (_, block) = section
        .split_once("```")
        .and_then(|(_, rest)| rest.split_once('\n'))
        .unwrap();
    let (block, _) = block.split_once("```").unwrap();
    replaced.iter().fold(block.to_owned(), |block, (from, to)| {
        assert!(
            block.contains(from),
            "`{from}` is not in the block of {heading}"
        );
        block.replace(from, to)
    })
}
