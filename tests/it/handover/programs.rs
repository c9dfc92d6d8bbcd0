//! `tok exec` and `tok curl`: a token on its way into a program and a request.

use crate::support::{Sandbox, Server};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{every_character, issuing};

/// Puts a program into a directory that is first in `PATH`.
fn with_program(tok: Sandbox, name: &str, script: &str) -> Sandbox {
    let path = format!("{}:/usr/bin:/bin", tok.path("bin").display());
    let tok = tok
        .file(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"))
        .env("PATH", &path);
    tok.chmod(&format!("bin/{name}"), 0o755);
    tok
}

#[test]
fn exec_hands_over_the_token_and_no_secret() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::new()
        .api(
            &server,
            "params = { license = { env = \"LICENSE\" } }\nheaders = { X-Key = { env = \"KEY\" } }",
        )
        .env("LICENSE", "license-1")
        .env("KEY", "key-1")
        .env("KEPT", "kept")
        .with_path();
    let outcome = tok.run("exec api=T -- env");
    let mut names: Vec<&str> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.split('=').next())
        .collect();
    names.sort_unstable();
    names.retain(|name| !["PWD", "SHLVL", "_"].contains(name));
    assert_eq!(names, ["HOME", "KEPT", "PATH", "T"], "{}", outcome.stderr);
    assert!(outcome.stdout.contains("T=tok-1\n"));
    // Unless the variable is the one that the token is to be in.
    tok.run("exec api=SECRET -- printenv SECRET")
        .prints("tok-1\n");
}

/// A variable of `vars`, and one that every program needs, is not one of the profile's secrets.
#[test]
fn exec_withholds_what_the_profile_takes_from_the_environment() {
    let server = Server::start();
    server.issue("tok-1");
    let url = server.url("/token");
    let keys = format!(
        "token_url = \"{url}\"\nclient_id = {{ env = \"ID\" }}\nclient_secret = {{ env = \"SECRET\" }}\n\
         audience = \"${{AUDIENCE}}\"\nheaders = {{ X-Key = \"k ${{KEY}}\", X-User = \"${{HOME}}\" }}\n\
         params = {{ tenant = \"${{TENANT}}\" }}\nvars = {{ TENANT = \"acme\" }}"
    );
    let mut tok = Sandbox::new().profile("api", &keys).with_path();
    for name in ["ID", "SECRET", "KEY", "TENANT", "AUDIENCE"] {
        tok.set(name, "value-1");
    }
    let line = "echo ${ID-} ${SECRET-} ${KEY-} $TENANT $AUDIENCE ${HOME:+home}";
    tok.run_args(&["exec", "api", "--", "sh", "-c", line])
        .prints("value-1 value-1 home\n");
}

#[test]
fn exec_takes_the_place_of_the_program_that_called_it() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server).with_path();
    // The same process: its number, its arguments as they are, its standard input, its end.
    tok.shell("sh -c 'echo $$; exec \"$0\" exec api -- sh -c \"echo \\$\\$\"' \"$TOK\" | uniq | wc -l | tr -d ' '").prints("1\n");
    tok.run_args(&["exec", "api", "--", "printf", "%s|", "a b", "-f", "--", ""])
        .prints("a b|-f|--||");
    tok.run_with("exec api -- cat", "given").prints("given");
    tok.shell("$TOK exec api -- sh -c 'exit 42'").fails(42, "");
    tok.shell("$TOK exec api -- sh -c 'kill -TERM $$'; echo $?")
        .prints_and_warns("143\n", "Terminated\n");
}

#[test]
fn exec_restores_signals_and_limits() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server).with_path();
    // Where the test itself runs with the signal ignored, GNU's `env` can put that right.
    let start =
        "ulimit -S -c 8 2>/dev/null; E='env --default-signal=XFSZ'; $E true 2>/dev/null || E=; $E ";
    let tok = tok.file(
        "state",
        "ulimit -c\nwhile read -r name value; do\n[ \"$name\" = SigIgn: ] || continue\n\
         digits=${value%??????}; echo \"${digits#?????????}\"\ndone < /proc/self/status\n",
    );
    let ask = "sh state";
    let outside = tok.shell(&format!("{start} {ask}")).stdout;
    tok.shell(&format!("{start} $TOK exec api -- {ask}"))
        .prints(&outside);
}

#[test]
fn exec_reports_a_program_that_cannot_be_run() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server)
        .with_path()
        .file("plain", "no program");
    tok.run("exec api -- no-such-program").fails(
        127,
        "error: `no-such-program` is not found\n\nhint: is it installed, and is its directory in `PATH`?\n",
    );
    tok.run_args(&["exec", "api", "--", "ls -l"]).fails(
        127,
        "error: `ls -l` is not found\n\nhint: remove the quotes, so that the arguments are separate, or use `sh -c '…'`\n",
    );
    tok.run("exec api -- ./plain")
        .fails(126, "error: `./plain` cannot be run: permission denied\n");
    let outcome = tok.run("exec api --error-format json -- no-such-program");
    assert!(
        outcome
            .stderr
            .starts_with("{\"code\":127,\"kind\":\"unexpected\","),
        "{}",
        outcome.stderr
    );
    assert_eq!(tok.run("exec api").code, 2);
    assert_eq!(tok.run("exec -- true").code, 2);
    // No token, no program.
    tok.run("exec nope -- touch started")
        .fails_with(3, "unknown profile `nope`", "tok list");
    assert!(!tok.path("started").exists());
}

#[test]
fn exec_can_hand_over_the_whole_header_value() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server).with_path();
    tok.run("exec api --env-header -- printenv ACCESS_TOKEN")
        .prints("Bearer tok-1\n");
    tok.run("exec api=T --env-header AUTH -- printenv T AUTH")
        .prints("tok-1\nBearer tok-1\n");
    tok.run("exec api --env-header=a-b -- true").fails_with(
        2,
        "`a-b` cannot be the name of a variable",
        "a letter",
    );
    tok.run("exec api=A api=B --env-header AUTH -- true")
        .fails_with(2, "needs one profile, not 2", "--env-header");
}

/// The arguments of curl, and the file of its first `-K`.
const CURL: &str = "printf '%s\\n' \"$@\"; for word; do [ \"$last\" = -K ] && cat \"$word\" && cat \"$word\"; last=$word; done; cat; exit 22";

#[test]
fn curl_gets_the_token_in_no_argument() {
    let server = Server::start();
    let token = every_character();
    let tok = with_program(issuing(&token, &server), "curl", CURL);
    let outcome = tok.run_with("curl api -- -s -d @- https://api.example.com", "data");
    let line = tok.run("get api --format curl").stdout;
    let (words, rest) = outcome
        .stdout
        .split_once("https://api.example.com\n")
        .unwrap();
    let words: Vec<&str> = words.lines().collect();
    assert!(
        matches!(words[..], ["-K", path, "-s", "-d", "@-"] if path.starts_with("/dev/fd/")),
        "{words:?}"
    );
    // It can be read more than once, standard input is the user's, and curl's exit code is the answer.
    assert_eq!(rest, format!("{line}{line}data"));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (22, ""));
}

#[test]
fn curl_gets_no_secret_either() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = with_program(Sandbox::with_api(&server), "curl", "echo ${SECRET-none}");
    tok.run("curl api -- -s u").prints("none\n");
}

#[test]
fn curl_that_is_missing_is_127() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server).env("PATH", "/nowhere");
    tok.run("curl api -- -s https://api.example.com")
        .fails_with(127, "`curl` is not found", "PATH");
}

/// A secret variable that a program was not to see would be seen all the same in a file left behind.
#[test]
fn nothing_is_left_behind() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = with_program(Sandbox::with_api(&server), "curl", "exit 0");
    tok.run("curl api -- -s u").prints("");
    for (path, bytes) in tok.files() {
        let is_ours = path.starts_with(tok.cache_dir());
        assert!(
            is_ours || !String::from_utf8_lossy(&bytes).contains("tok-1"),
            "{}",
            path.display()
        );
        if is_ours {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
        }
    }
}

/// No lock of ours, no cache, no signal that we ignore: only what `tok` was started with.
#[test]
fn a_program_is_given_no_file_and_no_signal_of_ours() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server).with_path();
    for line in [
        "cd /proc/self/fd && echo *",
        "grep -E 'SigIgn|SigBlk|CoreDumping' /proc/self/status",
    ] {
        let usual = tok.shell(line).stdout;
        tok.run_args(&["exec", "api", "--", "/bin/sh", "-c", line])
            .prints(&usual);
    }
}
