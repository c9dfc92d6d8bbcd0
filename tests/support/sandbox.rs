//! A world of its own for one test: home directory, environment, profiles file.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;
use tok::host::{Environment, Host, Sleep, Terminals};
use tok::time::UnixTime;

use super::{Outcome, Server, normalised};
use crate::support::program;

/// No run takes longer than this, whatever is wrong with it.
const LONGEST: Duration = Duration::from_secs(60);

/// A home directory with a profiles file, and a cleared environment. All of it goes when it is dropped.
pub struct Sandbox {
    home: TempDir,
    environment: Vec<(String, String)>,
}

impl Sandbox {
    pub fn new() -> Self {
        let home = tempfile::Builder::new()
            .prefix("tok-test-")
            .tempdir()
            .unwrap();
        Self {
            home,
            environment: Vec::new(),
        }
    }

    /// A sandbox with the profile `api`: Basic credentials, asked of this server.
    pub fn with_api(server: &Server) -> Self {
        Self::new().api(server, "")
    }

    /// The profile `api` with these lines besides.
    pub fn api(self, server: &Server, more: &str) -> Self {
        let url = server.url("/token");
        self.profile(
            "api",
            &format!(
                "token_url = \"{url}\"\nclient_id = \"id\"\nclient_secret = {{ env = \"SECRET\" }}\n{more}"
            ),
        )
        .env("SECRET", "s3cret-value")
    }

    /// Adds a profile to the profiles file.
    pub fn profile(self, name: &str, keys: &str) -> Self {
        let mut text = fs::read_to_string(self.profiles_file()).unwrap_or_default();
        writeln!(text, "[profiles.{name}]\n{}\n", keys.trim()).unwrap();
        self.profiles(text)
    }

    /// Writes the whole profiles file, readable by its owner alone.
    pub fn profiles(self, text: impl AsRef<[u8]>) -> Self {
        self.write_profiles(text);
        self
    }

    /// As [`Sandbox::profiles`], for a sandbox that is in use.
    pub fn write_profiles(&self, text: impl AsRef<[u8]>) {
        self.write(".config/tok/profiles.toml", text);
    }

    /// Changes the profiles file.
    #[track_caller]
    pub fn edit_profiles(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.profiles_file()).unwrap();
        assert!(text.contains(from), "{from} is not in the profiles file");
        self.write_profiles(text.replace(from, to));
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub fn unset(&mut self, name: &str) {
        self.environment.retain(|(known, _)| known != name);
    }

    /// A file below the home directory, 0600.
    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(name, text);
        self
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.chmod(name, 0o600);
    }

    pub fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The mode bits of a path.
    pub fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn home(&self) -> &str {
        self.home.path().to_str().unwrap()
    }

    pub fn profiles_file(&self) -> PathBuf {
        self.path(".config/tok/profiles.toml")
    }

    pub fn cache_dir(&self) -> PathBuf {
        self.path(".cache/tok")
    }

    /// Runs `tok` with these words.
    pub fn run(&self, words: &str) -> Outcome {
        self.run_with_input(words, "")
    }

    /// Runs `tok` with this on standard input.
    pub fn run_with_input(&self, words: &str, input: &str) -> Outcome {
        let words: Vec<&str> = words.split_whitespace().collect();
        self.run_args_with_input(&words, input)
    }

    /// Runs `tok` with arguments that have spaces in them.
    pub fn run_args(&self, args: &[&str]) -> Outcome {
        self.run_args_with_input(args, "")
    }

    fn run_args_with_input(&self, args: &[&str], input: &str) -> Outcome {
        let mut command = Command::new(program());
        self.output(command.args(args).write_stdin(input), &args.join(" "))
    }

    /// Runs `tok` by the name of a helper, through a link.
    pub fn run_as(&self, name: &str, words: &str, input: &str) -> Outcome {
        let link = self.path("bin").join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        drop(std::os::unix::fs::symlink(program(), &link));
        let mut command = Command::new(link);
        self.output(
            command.args(words.split_whitespace()).write_stdin(input),
            &format!("({name}) {words}"),
        )
    }

    /// Adds lines to `[credentials]`.
    pub fn credentials(self, lines: &str) -> Self {
        let text = fs::read_to_string(self.profiles_file()).unwrap_or_default();
        self.profiles(format!("[credentials]\n{lines}\n\n{text}"))
    }

    /// Runs a line of `sh` in which `"$TOK"` is the program; for umask, redirections and the like.
    pub fn shell(&self, line: &str) -> Outcome {
        let line = line.replace("$TOK", program().to_str().unwrap());
        self.output(Command::new("/bin/sh").args(["-c", &line]), &line)
    }

    fn output(&self, command: &mut Command, words: &str) -> Outcome {
        command
            .env_clear()
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            .timeout(LONGEST);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output: Output = command.output().unwrap();
        Outcome::new(words, output, self.home())
    }

    /// The program as a process of its own, to be started beside others.
    pub fn process(&self, words: &str) -> std::process::Command {
        let mut command = std::process::Command::new(program());
        command
            .args(words.split_whitespace())
            .env_clear()
            .env("HOME", self.home.path());
        command.current_dir(self.home.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program in this process, with a clock and a sleep of the test's own: exit code, standard output and
    /// standard error.
    pub fn run_here(
        &self,
        args: &[&str],
        now: &dyn Fn() -> UnixTime,
        sleep: &dyn Sleep,
    ) -> (u8, String, String) {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let look_up = |name: &OsStr| match name.to_str() {
            Some("HOME") => Some(self.home().into()),
            name => self
                .environment
                .iter()
                .find(|(known, _)| Some(known.as_str()) == name)
                .map(|(_, value)| value.into()),
        };
        let mut host = Host {
            environment: Environment::new(&look_up),
            now,
            sleep,
            stdin: &mut std::io::empty(),
            stdout: &mut stdout,
            stderr: &mut stderr,
            terminals: Terminals::default(),
        };
        let code = tok::run(["tok"].iter().chain(args).map(OsString::from), &mut host);
        let text = |bytes: Vec<u8>| normalised(&String::from_utf8(bytes).unwrap(), self.home());
        (code, text(stdout), text(stderr))
    }

    /// What every file below the home directory holds, by path.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut found, mut folders) = (Vec::new(), vec![self.home.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for item in fs::read_dir(folder).unwrap() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.clone(), fs::read(&path).unwrap()));
                }
            }
        }
        found
    }
}
