//! Files that are none: pipes, devices without an end, directories, too much of everything. Nothing hangs, and what a
//! shell's `<(…)` hands over is read.

use std::fs;

use crate::it::sources::{refused, with_source};
use crate::support::{Sandbox, Server};

fn with_path(tok: Sandbox) -> Sandbox {
    tok.with_path()
}

fn mkfifo(tok: &Sandbox, name: &str) {
    tok.shell(&format!("mkfifo '{}'", tok.path(name).display()))
        .prints("");
}

const FILES: [&str; 2] = [
    "{ file = \"PATH\" }",
    "{ properties = \"PATH\", key = \"k\" }",
];

#[test]
fn a_secret_comes_through_a_pipe() {
    for (source, text) in FILES.into_iter().zip(["s3cret", "k=s3cret"]) {
        let server = Server::start();
        server.issue("tok-1");
        let tok = with_path(with_source(&server, &source.replace("PATH", "~/pipe")));
        mkfifo(&tok, "pipe");
        // In two pieces, the second of which is not there yet when the first is read.
        let line = format!(
            "(printf '%s' {}; sleep 0.2; echo {}) > pipe & $TOK get p",
            &text[..3],
            &text[3..]
        );
        tok.shell(&line).prints("tok-1\n");
        let body: serde_json::Value = serde_json::from_str(&server.request().body).unwrap();
        assert_eq!(body["client_secret"], "s3cret");
    }
}

#[test]
fn a_pipe_into_which_nobody_writes_is_an_error() {
    let tok = with_path(with_source(&Server::unasked(), "{ file = \"~/pipe\" }"));
    mkfifo(&tok, "pipe");
    mkfifo(&tok, "config");
    tok.run("get p").fails_with(
        4,
        "cannot read `[HOME]/pipe`: it is a pipe that no process writes to",
        "",
    );
    tok.run("list --config config").fails(
        3,
        "error: config: cannot be read: it is a pipe that no process writes to\n",
    );
}

#[test]
fn what_has_no_end_and_what_is_no_file_is_refused() {
    let cases = [
        ("/dev/zero", "it is larger than 1 MiB"),
        ("~/large", "it is larger than 1 MiB"),
        ("~/folder", "is a directory"),
    ];
    for (path, words) in cases {
        for source in FILES {
            let prepare = |tok: Sandbox| {
                fs::create_dir(tok.path("folder")).unwrap();
                // A gigabyte, of which nothing is on the disk.
                fs::File::create(tok.path("large"))
                    .unwrap()
                    .set_len(1 << 30)
                    .unwrap();
                tok
            };
            refused(&source.replace("PATH", path), prepare).fails_with(4, words, "");
        }
    }
    for empty in ["{ file = \"/dev/null\" }", "{ value = \"\" }"] {
        refused(empty, |tok| tok).fails_with(4, "is empty", "an empty value");
    }
}

#[test]
fn a_profiles_file_comes_through_a_pipe() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2").issue("tok-3");
    let tok = with_path(Sandbox::with_api(&server));
    mkfifo(&tok, "pipe");
    let file = ".config/tok/profiles.toml";
    tok.shell(&format!(
        "cat {file} > pipe & $TOK get -f api --config pipe"
    ))
    .prints("tok-1\n");
    tok.shell(&format!("cat {file} | $TOK get -f api --config /dev/stdin"))
        .prints("tok-2\n");
    tok.shell(&format!(
        "cat {file} | TOK_CONFIG=/dev/fd/3 $TOK get -f api 3<&0"
    ))
    .prints("tok-3\n");
}

#[test]
fn a_profiles_file_without_an_end_is_refused() {
    let tok = Sandbox::new();
    for command in [
        "list --config /dev/zero",
        "get p --config /dev/zero",
        "config check --config /dev/zero",
    ] {
        tok.run(command)
            .fails(3, "error: /dev/zero: is larger than 8 MiB\n");
    }
    fs::File::create(tok.path("large"))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    tok.run("list --config large")
        .fails(3, "error: large: is larger than 64 MiB\n");
    tok.run("config check --config /dev/null")
        .prints("/dev/null: 0 profiles, all valid\n");
}

#[test]
fn authorities_that_are_no_file_are_refused() {
    let keys = "token_url = \"https://127.0.0.1:1/t\"\nclient_id = \"id\"\nclient_secret = { env = \"PATH\" }\n";
    let by_key = with_path(Sandbox::new()).profile("p", &format!("{keys}ca_file = \"~/ca\""));
    let tok = with_path(Sandbox::new()).profile("p", keys);
    let path = tok.path("ca").display().to_string();
    let by_variable = tok.env("SSL_CERT_FILE", &path);
    for (line, by_key_problem, by_variable_problem) in [
        (
            "ln -s /dev/zero ca",
            "is larger than 16 MiB",
            "is not a regular file",
        ),
        (
            "mkdir ca",
            "cannot be read: is a directory",
            "is a directory",
        ),
        (
            "mkfifo ca",
            "cannot be read: it is a pipe that no process writes to",
            "is not a regular file",
        ),
    ] {
        for tok in [&by_key, &by_variable] {
            tok.shell(&format!("rm -rf ca; {line}")).prints("");
        }
        let message = format!("`ca_file` `[HOME]/ca` {by_key_problem}");
        by_key.run("get p").fails_with(3, &message, "");
        let message = format!("`SSL_CERT_FILE` names `[HOME]/ca`, which {by_variable_problem}");
        by_variable.run("get p").fails_with(7, &message, "unset it");
    }
}
