//! `tok exec` and `tok curl`: a token on its way into a program and a request.

use super::{every_character, issuing};
use crate::support::{Sandbox, Server};

/// A token of `api` is to be had, and so are the usual programs.
fn usual() -> (Server, Sandbox) {
    issuing("tok-1")
}

#[test]
fn exec_hands_over_the_token_and_no_secret() {
    let (_server, tok) = usual();
    let keys =
        "params = { license = { env = \"LICENSE\" } }\nheaders = { X-Key = { env = \"KEY\" } }";
    tok.edit_profiles("client_id", &format!("{keys}\nclient_id"));
    let tok = tok
        .env("LICENSE", "license-1")
        .env("KEY", "key-1")
        .env("KEPT", "kept");
    let outcome = tok.run("exec api=T -- env");
    let names = outcome
        .stdout
        .lines()
        .filter_map(|line| line.split('=').next());
    let mut names: Vec<&str> = names
        .filter(|name| !["PWD", "SHLVL", "_"].contains(name))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "KEPT", "PATH", "T"], "{}", outcome.stderr);
    assert!(outcome.stdout.contains("T=tok-1\n"));
    // Unless the variable is the one that the token is to be in.
    tok.run("exec api=SECRET -- printenv SECRET")
        .prints("tok-1\n");
}

/// A variable of `vars`, and one that every program needs, is not one of the profile's secrets.
#[test]
fn exec_withholds_what_the_profile_takes_from_the_environment() {
    let (_server, mut tok) = usual();
    let keys = "audience = \"${AUDIENCE}\"\nheaders = { X-Key = \"k ${KEY}\", X-User = \"${HOME}\" }\n\
                params = { tenant = \"${TENANT}\" }\nvars = { TENANT = \"acme\" }\nclient_id = { env = \"ID\" }";
    tok.edit_profiles("client_id = \"id\"", keys);
    for name in ["ID", "SECRET", "KEY", "TENANT", "AUDIENCE"] {
        tok.set(name, "value-1");
    }
    let line = "echo ${ID-} ${SECRET-} ${KEY-} $TENANT $AUDIENCE ${HOME:+home}";
    let outcome = tok.run_args(&["exec", "api", "--", "sh", "-c", line]);
    outcome.prints("value-1 value-1 home\n");
}

#[test]
fn exec_takes_the_place_of_the_program_that_called_it() {
    let (_server, tok) = usual();
    // The same process: its number, its arguments as they are, its standard input, its end.
    let line = "sh -c 'echo $$; exec \"$0\" exec api -- sh -c \"echo \\$\\$\"' \"$TOK\"";
    tok.shell(&format!("{line} | uniq | wc -l | tr -d ' '"))
        .prints("1\n");
    let args = ["exec", "api", "--", "printf", "%s|", "a b", "-f", "--", ""];
    tok.run_args(&args).prints("a b|-f|--||");
    tok.run_with("exec api -- cat", "given").prints("given");
    tok.shell("$TOK exec api -- sh -c 'exit 42'").fails(42, "");
    let outcome = tok.shell("$TOK exec api -- sh -c 'kill -TERM $$'; echo $?");
    outcome.prints_and_warns("143\n", "Terminated\n");
}

/// No lock of ours, no cache, no signal that we ignore, no limit: only what `tok` was started with.
#[test]
fn a_program_is_given_no_file_no_signal_and_no_limit_of_ours() {
    let (_server, tok) = usual();
    for line in [
        "cd /proc/self/fd && echo *",
        "grep -E 'SigIgn|SigBlk|CoreDumping' /proc/self/status",
        "ulimit -c",
    ] {
        // Where the test itself runs with the signal ignored, GNU's `env` can put that right.
        let start = "ulimit -S -c 8 2>/dev/null; E='env --default-signal=XFSZ'; $E true 2>/dev/null || E=; $E";
        let usual = tok.shell(&format!("{start} sh -c \"{line}\"")).stdout;
        tok.shell(&format!("{start} $TOK exec api -- sh -c \"{line}\""))
            .prints(&usual);
    }
}

#[test]
fn exec_reports_a_program_that_cannot_be_run() {
    let (_server, tok) = usual();
    let tok = tok.file("plain", "no program");
    let hint = "is it installed, and is its directory in `PATH`?";
    let message = "`no-such-program` is not found";
    tok.run("exec api -- no-such-program")
        .fails_with(127, message, hint);
    let hint = "remove the quotes, so that the arguments are separate, or use `sh -c '…'`";
    let outcome = tok.run_args(&["exec", "api", "--", "ls -l"]);
    outcome.fails_with(127, "`ls -l` is not found", hint);
    let message = "`./plain` cannot be run: permission denied";
    tok.run("exec api -- ./plain").fails_with(126, message, "");
    let outcome = tok.run("exec api --error-format json -- no-such-program");
    assert_eq!(outcome.json_error()["kind"], "unexpected");
    assert_eq!(tok.run("exec api").code, 2);
    assert_eq!(tok.run("exec -- true").code, 2);
    // No token, no program.
    let outcome = tok.run("exec nope -- touch started");
    outcome.fails_with(3, "unknown profile `nope`", "tok list");
    assert!(!tok.path("started").exists());
}

#[test]
fn exec_can_hand_over_the_whole_header_value() {
    let (_server, tok) = usual();
    let outcome = tok.run("exec api --env-header -- printenv ACCESS_TOKEN");
    outcome.prints("Bearer tok-1\n");
    let outcome = tok.run("exec api=T --env-header AUTH -- printenv T AUTH");
    outcome.prints("tok-1\nBearer tok-1\n");
    let outcome = tok.run("exec api --env-header=a-b -- true");
    outcome.fails_with(2, "`a-b` cannot be the name of a variable", "a letter");
    let outcome = tok.run("exec api=A api=B --env-header AUTH -- true");
    outcome.fails_with(2, "needs one profile, not 2", "--env-header");
}

/// The arguments of curl, and the file of its first `-K`.
const CURL: &str = "printf '%s\\n' \"$@\"; for arg; do [ \"$last\" = -K ] && cat \"$arg\" && cat \"$arg\"; last=$arg; done; cat; exit 22";

#[test]
fn curl_gets_the_token_in_no_argument() {
    let (_server, tok) = issuing(&every_character());
    let tok = tok.program("curl", CURL);
    let outcome = tok.run_with("curl api -- -s -d @- https://api.example.com", "data");
    let line = tok.run("get api --format curl").stdout;
    let (args, rest) = outcome
        .stdout
        .split_once("https://api.example.com\n")
        .unwrap();
    let args: Vec<&str> = args.lines().collect();
    let is_right =
        matches!(args[..], ["-K", path, "-s", "-d", "@-"] if path.starts_with("/dev/fd/"));
    assert!(is_right, "{args:?}");
    // It can be read more than once, standard input is the user's, and curl's exit code is the answer.
    assert_eq!(rest, format!("{line}{line}data"));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (22, ""));
}

/// A secret variable that a program was not to see would be seen all the same in a file left behind.
#[test]
fn curl_gets_no_secret_and_nothing_is_left_behind() {
    let (_server, tok) = usual();
    let tok = tok.program("curl", "echo ${SECRET-none}");
    tok.run("curl api -- -s u").prints("none\n");
    for (path, bytes) in tok.files() {
        let holds_token = String::from_utf8_lossy(&bytes).contains("tok-1");
        if path.starts_with(tok.cache_dir()) {
            assert_eq!(Sandbox::mode(&path) & 0o077, 0);
        } else {
            assert!(!holds_token, "{}", path.display());
        }
    }
    let outcome = tok
        .env("PATH", "/nowhere")
        .run("curl api -- -s https://api.example.com");
    outcome.fails_with(127, "`curl` is not found", "PATH");
}
