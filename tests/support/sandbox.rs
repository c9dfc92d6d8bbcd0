//! A machine of its own for one test: home directory, environment, profiles file.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{self, Output};

use assert_cmd::Command;
use tempfile::TempDir;
use tok::host::{Environment, Host, Sleep, Terminals};
use tok::time::UnixTime;

use super::{LIMIT, Outcome, Running, Server, normalised, program};

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A home directory with a profiles file, and a cleared environment. All of it goes when it is dropped.
pub struct Sandbox {
    home: TempDir,
    environment: Vec<(String, String)>,
}

impl Sandbox {
    pub fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// In memory where that can be had, for checks that write thousands of entries.
    pub fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        let usual = std::env::temp_dir();
        Self::below(if memory.is_dir() { memory } else { &usual })
    }

    fn below(directory: &Path) -> Self {
        let home = tempfile::Builder::new()
            .prefix("tok-test-")
            .tempdir_in(directory);
        Self {
            home: home.unwrap(),
            environment: Vec::new(),
        }
    }

    /// A sandbox with the profile `api`: Basic credentials, asked of this server.
    pub fn with_api(server: &Server) -> Self {
        Self::new().api(server, "")
    }

    /// The profile `api` with these lines besides.
    pub fn api(self, server: &Server, more: &str) -> Self {
        self.client("api", &server.url("/token"), more)
            .env("SECRET", "s3cret-value")
    }

    /// A profile whose secret is in the variable `SECRET`.
    pub fn client(self, name: &str, url: &str, more: &str) -> Self {
        let secret = "client_secret = { env = \"SECRET\" }";
        self.profile(
            name,
            &format!("token_url = \"{url}\"\nclient_id = \"id\"\n{secret}\n{more}"),
        )
    }

    /// A profile without credentials, which retries nothing.
    pub fn public(self, name: &str, url: &str, more: &str) -> Self {
        let keys = "client_auth = \"none\"\nretries = 0";
        self.profile(name, &format!("token_url = \"{url}\"\n{keys}\n{more}"))
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

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A program in `~/bin`, which is made the first directory of `PATH`.
    pub fn program(self, name: &str, script: &str) -> Self {
        let (file, path) = (
            format!("bin/{name}"),
            format!("{}:{PATH}", self.path("bin").display()),
        );
        let sandbox = self
            .file(&file, format!("#!/bin/sh\n{script}\n"))
            .env("PATH", &path);
        sandbox.chmod(&file, 0o755);
        sandbox
    }

    /// With the usual programs to be found.
    pub fn with_path(self) -> Self {
        self.env("PATH", PATH)
    }

    /// `tok` in `~/bin` by these names.
    pub fn linked_as(self, names: impl IntoIterator<Item = &'static str>) -> Self {
        fs::create_dir_all(self.path("bin")).unwrap();
        for name in names {
            symlink(program(), self.path("bin").join(name)).unwrap();
        }
        let path = format!("{}:{PATH}", self.path("bin").display());
        self.env("PATH", &path)
    }

    /// Runs `tok` with these arguments.
    pub fn run(&self, line: &str) -> Outcome {
        self.run_with(line, "")
    }

    /// Runs `tok` with this on standard input.
    pub fn run_with(&self, line: &str, input: &str) -> Outcome {
        let args: Vec<&str> = line.split_whitespace().collect();
        self.run_args_with_input(&args, input)
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
    pub fn run_as(&self, name: &str, line: &str, input: &str) -> Outcome {
        let helper = self.path("bin").join(name);
        fs::create_dir_all(helper.parent().unwrap()).unwrap();
        drop(symlink(program(), &helper));
        let mut command = Command::new(helper);
        self.output(
            command.args(line.split_whitespace()).write_stdin(input),
            &format!("({name}) {line}"),
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

    fn output(&self, command: &mut Command, shown: &str) -> Outcome {
        command.env_clear().env("HOME", self.home.path());
        command.current_dir(self.home.path()).timeout(LIMIT);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output: Output = command.output().unwrap();
        Outcome::new(shown, output, self.home())
    }

    /// Gives a command this home directory and environment.
    pub fn dress(&self, command: &mut process::Command) {
        command.env_clear().env("HOME", self.home.path());
        command.current_dir(self.home.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }

    /// The program as a process of its own, to be started beside others.
    pub fn process(&self, line: &str) -> process::Command {
        let mut command = process::Command::new(program());
        self.dress(&mut command);
        command.args(line.split_whitespace());
        command
    }

    /// Starts `tok` beside the test.
    pub fn start(&self, line: &str) -> Running {
        self.start_with_input(line, "")
    }

    pub fn start_with_input(&self, line: &str, input: &str) -> Running {
        Running::start(self.process(line), input, self.home())
    }

    /// Runs this many at once.
    pub fn together(&self, count: usize, line: &str) -> Vec<Outcome> {
        let all: Vec<Running> = (0..count).map(|_| self.start(line)).collect();
        all.into_iter().map(Running::finish).collect()
    }

    /// Runs a script in a shell.
    pub fn script(&self, shell: &str, script: &str) -> Outcome {
        let mut command = process::Command::new(shell);
        self.dress(&mut command);
        command.args(["-c", script]);
        Running::start(command, "", self.home()).finish()
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
