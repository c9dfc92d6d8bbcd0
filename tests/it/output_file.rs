//! The file that `tok get --output` writes.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use super::formats::sandbox;
use crate::support::{Sandbox, Server};

/// As with curl.
#[test]
fn output_to_a_dash_is_standard_output() {
    let server = Server::start();
    let tok = sandbox(&server);
    tok.run("get api -o -").prints("tok-1\n");
    tok.run("get api -H --output -")
        .prints("Authorization: Bearer tok-1\n");
    assert!(!tok.path("-").exists());
}

#[test]
fn output_is_a_private_file_replaced_as_a_whole() {
    let server = Server::start();
    let tok = sandbox(&server).file("there", "something long that was there before");
    tok.chmod("there", 0o644);
    tok.shell("umask 000; exec $TOK get api -o new").prints("");
    tok.run("get api -H --output there").prints("");
    assert_eq!(tok.read("new"), "tok-1\n");
    assert_eq!(tok.read("there"), "Authorization: Bearer tok-1\n");
    for name in ["new", "there"] {
        assert_eq!(Sandbox::mode(&tok.path(name)), 0o600);
    }
    let names = fs::read_dir(tok.path(""))
        .unwrap()
        .map(|item| item.unwrap().path());
    assert_eq!(
        names
            .filter(|name| name.extension().is_some_and(|end| end == "tok"))
            .count(),
        0
    );
}

/// What a process that was killed while it wrote has left is a token in clear.
#[test]
fn output_removes_unfinished_files_of_killed_processes() {
    let (_server, tok) = Server::issuing("tok-1");
    let all = [
        ".there.123.tok",
        ".there.124.tok",
        ".there.x.tok",
        ".other.123.tok",
        "there.123.tok",
    ];
    let hours_ago = SystemTime::now() - Duration::from_secs(2 * 3600);
    for name in all {
        tok.write(name, "tok-0\n");
        let is_young = name == ".there.124.tok";
        let time = if is_young {
            SystemTime::now()
        } else {
            hours_ago
        };
        let file = fs::File::options().append(true).open(tok.path(name));
        file.unwrap().set_modified(time).unwrap();
    }
    tok.run("get api --output there").prints("");
    let left: Vec<&str> = all
        .into_iter()
        .filter(|name| tok.path(name).exists())
        .collect();
    assert_eq!(left, all[1..]);
}

#[test]
fn output_may_have_the_longest_possible_name() {
    let (_server, tok) = Server::issuing("tok-1");
    let name = "\u{e4}".repeat(127);
    tok.run(&format!("get api --output {name}")).prints("");
    assert_eq!(tok.read(&name), "tok-1\n");
}

/// The old file stays, and the token is not printed instead.
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let server = Server::start();
    let tok = sandbox(&server).file("folder/file", "x").with_path();
    tok.shell("mkfifo pipe").prints("");
    for (file, why) in [
        ("nowhere/file", "no such file or directory"),
        ("folder", "it is not a regular file"),
        ("pipe", "it is not a regular file"),
        ("/dev/null", "it is not a regular file"),
        ("folder/file/x", "not a directory"),
    ] {
        let message = format!("cannot write `{file}`: {why}");
        tok.run(&format!("get api -o {file}"))
            .fails_with(1, &message, "");
    }
}

/// `/dev/stdout` is such a link. It may lead to a regular file, and for root it could be replaced.
#[test]
fn output_does_not_replace_the_link_to_an_open_file() {
    let server = Server::start();
    let tok = sandbox(&server);
    symlink("/dev/fd/1", tok.path("link")).unwrap();
    let outcome = tok.shell("\"$TOK\" get api -o link > out");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    outcome.mentions("cannot write `link`: it is an open file of this process");
    assert_eq!(tok.read("out"), "");
    assert!(fs::symlink_metadata(tok.path("link")).unwrap().is_symlink());
}

/// A planted link is replaced, not followed.
#[test]
fn output_does_not_write_through_a_link() {
    let server = Server::start();
    let tok = sandbox(&server).file("precious", "keep");
    symlink(tok.path("precious"), tok.path("link")).unwrap();
    tok.run("get api -o link").prints("");
    assert_eq!(tok.read("precious"), "keep");
    assert_eq!(tok.read("link"), "tok-1\n");
}
