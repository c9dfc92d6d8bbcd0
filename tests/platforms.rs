//! The Windows program under Wine: the main job, the cache, locks, handing a token over. Run by `just platforms`, which
//! builds the program and names it in `TOK_WINDOWS`; Wine is the command in `WINE`.
//!
//! TLS by the system's certificates is not tried: Wine 8 lacks what the platform's verifier calls.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests are the outside world"
)]

mod support;

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use support::Server;

/// The user's profile folder of the Wine prefix, emptied of what `tok` keeps there. Wine has one such folder for a
/// prefix, so the tests run one after the other.
struct Windows {
    profile: PathBuf,
}

/// What a run gave, with Windows's line ends made plain.
#[derive(Debug, PartialEq, Eq)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Windows {
    fn new(server: &Server) -> Self {
        let users = PathBuf::from(variable("WINEPREFIX")).join("drive_c/users");
        let folders = fs::read_dir(users)
            .unwrap()
            .map(|item| item.unwrap().path());
        let mut folders = folders.filter(|path| !path.ends_with("Public"));
        let windows = Self {
            profile: folders.next().unwrap(),
        };
        for folder in ["AppData/Roaming/tok", "AppData/Local/tok", "bin"] {
            drop(fs::remove_dir_all(windows.profile.join(folder)));
        }
        let url = server.url("/token");
        windows.write(
            "AppData/Roaming/tok/profiles.toml",
            &format!(
                "[profiles.api]\ntoken_url = \"{url}\"\nclient_id = \"id\"\nclient_secret = {{ env = \"SECRET\" }}\n\
                 [profiles.from-file]\nextends = \"api\"\nclient_secret = {{ file = \"~/secret.txt\" }}\n\
                 [profiles.from-command]\nextends = \"api\"\nclient_secret = {{ command = [\"give-secret\", \"x\"] }}\n"
            ),
        );
        windows.write("secret.txt", "s3cret-value\r\n");
        windows.write("bin/give-secret.cmd", "@echo s3cret-value\r\n");
        windows
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.profile.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A path below the profile folder as Windows writes it.
    fn path(&self, name: &str) -> String {
        let user = self.profile.file_name().unwrap().to_str().unwrap();
        format!("C:\\users\\{user}\\{name}")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(variable("WINE"));
        command
            .arg(variable("TOK_WINDOWS"))
            .args(args)
            .current_dir(&self.profile)
            .env("WINEPATH", self.path("bin"))
            .env("WINEDEBUG", "-all")
            .env("SECRET", "s3cret-value")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    #[track_caller]
    fn prints(&self, args: &[&str], stdout: &str) {
        let found = self.run(args);
        let expected = Ran {
            code: Some(0),
            stdout: stdout.to_owned(),
            stderr: String::new(),
        };
        assert_eq!(found, expected, "tok {}", args.join(" "));
    }

    /// The files of the cache with this ending.
    fn cached(&self, ending: &str) -> usize {
        let folder = self.profile.join("AppData/Local/tok");
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let has_ending = |path: &Path| path.extension().is_some_and(|found| found == ending);
        files.filter(|file| has_ending(&file.path())).count()
    }
}

fn variable(name: &str) -> OsString {
    std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run `just platforms`"))
}

fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn a_token_is_fetched_cached_shown_and_forgotten() {
    let server = Server::start();
    server.issues("one").for_secs(3600);
    let windows = Windows::new(&server);
    windows.prints(&["get", "api"], "one\n");
    windows.prints(&["get", "api"], "one\n");
    assert_eq!(windows.cached("json"), 1);
    windows.prints(&["get", "api", "-H"], "Authorization: Bearer one\n");
    let expiry = windows.run(&["expiry", "api", "--format", "seconds"]);
    let left: i64 = expiry.stdout.trim().parse().unwrap();
    assert!((3000..=3600).contains(&left), "{expiry:?}");
    let list = windows.run(&["list"]);
    assert!(
        list.code == Some(0) && list.stdout.contains("api\tfresh"),
        "{list:?}"
    );
    windows.prints(&["forget", "api"], "api: 1 token\n");
    assert_eq!(windows.cached("json"), 0);
}

fn secrets_come_from_the_users_folder_and_from_scripts() {
    let server = Server::start();
    for token in ["one", "two"] {
        server.issues(token).for_secs(3600);
    }
    let windows = Windows::new(&server);
    windows.prints(&["get", "from-file"], "one\n");
    windows.prints(&["get", "from-command"], "two\n");
    for asked in server.asked() {
        let expected = support::basic("id", "s3cret-value");
        assert_eq!(asked.header("authorization"), Some(expected.as_str()));
    }
}

fn forty_cold_processes_make_one_request() {
    let server = Server::start();
    server.issues("one").for_secs(3600);
    let windows = Windows::new(&server);
    let children: Vec<Child> = (0..40).map(|_| windows.start(&["get", "api"])).collect();
    for child in children {
        let found = ran(child.wait_with_output().unwrap());
        assert_eq!(
            (found.code, found.stdout.as_str()),
            (Some(0), "one\n"),
            "{found:?}"
        );
    }
}

fn a_program_gets_the_token_and_its_exit_code_is_returned() {
    let server = Server::start();
    server.issues("one").for_secs(3600);
    let windows = Windows::new(&server);
    windows.prints(
        &[
            "exec",
            "api",
            "--",
            "cmd",
            "/c",
            "echo %ACCESS_TOKEN%%SECRET%",
        ],
        "one%SECRET%\n",
    );
    let found = windows.run(&["exec", "api", "--", "cmd", "/c", "exit 7"]);
    assert_eq!(found.code, Some(7), "{found:?}");
    let missing = windows.run(&["exec", "api", "--", "no-such-program"]);
    assert_eq!(
        (missing.code, missing.stdout.as_str()),
        (Some(127), ""),
        "{missing:?}"
    );
}

fn powershell_gets_a_line_that_it_can_run() {
    let server = Server::start();
    server.issues("one").for_secs(3600);
    let windows = Windows::new(&server);
    windows.prints(
        &["env", "api", "--shell", "powershell"],
        "$env:ACCESS_TOKEN = 'one'\n",
    );
}

fn a_token_goes_into_a_file_and_back() {
    let server = Server::start();
    for token in ["one", "two"] {
        server.issues(token).for_secs(3600);
    }
    let windows = Windows::new(&server);
    windows.prints(&["get", "api", "-o", "token.txt"], "");
    let written = fs::read_to_string(windows.profile.join("token.txt")).unwrap();
    assert_eq!(written, "one\n");
    let mut child = windows
        .command(&["get", "api", "--rejected"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"one\r\n").unwrap();
    let found = ran(child.wait_with_output().unwrap());
    assert_eq!(
        (found.code, found.stdout.as_str()),
        (Some(0), "two\n"),
        "{found:?}"
    );
}

fn failures_have_their_exit_codes() {
    let server = Server::start();
    server.replies(401, r#"{"error":"invalid_client"}"#);
    let windows = Windows::new(&server);
    for (args, code) in [
        (&["get", "api"][..], 5),
        (&["get", "unknown"], 3),
        (&["expiry", "api"], 11),
        (&["get", "--no-such-flag"], 2),
    ] {
        let found = windows.run(args);
        assert_eq!(
            (found.code, found.stdout.as_str()),
            (Some(code), ""),
            "{args:?}: {found:?}"
        );
    }
    let path = windows.run(&["config", "path"]);
    let expected = windows.path("AppData\\Roaming\\tok\\profiles.toml") + "\n";
    assert_eq!(path.stdout, expected);
}

fn main() {
    let tests: [(&str, fn()); 7] = [
        (
            "a_token_is_fetched_cached_shown_and_forgotten",
            a_token_is_fetched_cached_shown_and_forgotten,
        ),
        (
            "secrets_come_from_the_users_folder_and_from_scripts",
            secrets_come_from_the_users_folder_and_from_scripts,
        ),
        (
            "forty_cold_processes_make_one_request",
            forty_cold_processes_make_one_request,
        ),
        (
            "a_program_gets_the_token_and_its_exit_code_is_returned",
            a_program_gets_the_token_and_its_exit_code_is_returned,
        ),
        (
            "powershell_gets_a_line_that_it_can_run",
            powershell_gets_a_line_that_it_can_run,
        ),
        (
            "a_token_goes_into_a_file_and_back",
            a_token_goes_into_a_file_and_back,
        ),
        (
            "failures_have_their_exit_codes",
            failures_have_their_exit_codes,
        ),
    ];
    for (name, test) in tests {
        test();
        println!("ok    {name}");
    }
    println!("{} passed, 0 failed", tests.len());
}
