//! Commands that print a secret: when they are run, what they are given, and how they are ended.

use std::fs;

use crate::it::sources::{refused, sends, with_source};
use crate::support::{Sandbox, Server};

/// A source that is a line of `sh`.
fn shell(line: &str) -> String {
    let line = serde_json::Value::from(line).to_string();
    format!("{{ command = [\"/bin/sh\", \"-c\", {line}] }}")
}

fn with_path(tok: Sandbox) -> Sandbox {
    tok.with_path()
}

#[test]
fn a_command_is_run_without_a_shell() {
    let source = "{ command = [\"printf\", \"%s\\n\", \"$HOME; `x` 'y' *\"] }";
    sends(source, Sandbox::with_path, "$HOME; `x` 'y' *");
}

/// Neither standard input of ours nor a second look at the cache: a hit runs nothing.
#[test]
fn a_command_is_run_on_a_miss_only() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2");
    let line = "echo x >> \\\"$HOME/runs\\\"; echo s3cret";
    let tok = with_source(
        &server,
        &format!("{{ command = [\"/bin/sh\", \"-c\", \"{line}\"] }}"),
    );
    let runs = || {
        fs::read_to_string(tok.path("runs"))
            .unwrap_or_default()
            .lines()
            .count()
    };
    tok.run("get p").prints("tok-1\n");
    tok.run("get p").prints("tok-1\n");
    tok.run("get p --cached").prints("tok-1\n");
    assert_eq!(runs(), 1);
    tok.run("get p -f").prints("tok-2\n");
    assert_eq!(runs(), 2);
}

#[test]
fn a_command_that_prints_no_secret_is_an_error() {
    let by_hand = "run it by hand";
    let cases = [
        (
            shell("echo one; echo two"),
            "command `/bin/sh -c …` printed more than one line",
            by_hand,
        ),
        (
            shell("true"),
            "`client_secret`: the output of command `/bin/sh -c true` is empty",
            "an empty value",
        ),
        (
            shell("echo"),
            "the output of command `/bin/sh -c echo` is empty",
            "an empty value",
        ),
        (
            shell("printf '\\377'"),
            "printed text that is not valid UTF-8",
            by_hand,
        ),
        (
            shell("echo s3cret; exit 3"),
            "command `/bin/sh -c …` failed with exit code 3",
            by_hand,
        ),
        (
            shell("echo s3cret; echo 'vault is locked' >&2; exit 1"),
            "failed with exit code 1",
            by_hand,
        ),
        (
            shell("kill -9 $$"),
            "command `/bin/sh -c …` was killed by a signal",
            by_hand,
        ),
        (
            "{ command = [\"/nowhere/op\"] }".to_owned(),
            "command `/nowhere/op` cannot be run: no such file or directory",
            "in `PATH`?",
        ),
        (
            "{ command = [\"~/bin/op\"] }".to_owned(),
            "command `~/bin/op` cannot be run: no such file or directory",
            "no shell reads it",
        ),
    ];
    for (source, words, hint) in cases {
        let outcome = refused(&source, Sandbox::with_path);
        outcome.fails_with(4, words, hint);
        outcome.never_shows("s3cret");
    }
}

#[test]
fn a_command_that_hangs_is_ended_within_its_limit() {
    let tok = with_path(with_source(&Server::unasked(), &shell("exec sleep 50")));
    tok.run("get p --timeout 1s").fails_with(
        4,
        "command `/bin/sh -c …` did not finish within 1s, which all commands of a profile have together",
        "run it by hand",
    );
}

/// An agent that it started holds its standard output.
#[test]
fn a_command_that_leaves_a_child_behind_is_not_waited_for() {
    sends(&shell("sleep 8 & echo s3cret"), with_path, "s3cret");
}

#[test]
fn a_command_that_hangs_is_ended_with_all_that_it_started() {
    if fs::File::open("/dev/tty").is_ok() {
        return; // At a terminal it stays in our group, and the user can end it.
    }
    let source = shell("sleep 50 & echo $! > \"$HOME/child\"; wait");
    let tok = with_path(with_source(&Server::unasked(), &source));
    tok.run("get p --timeout 1s")
        .fails_with(4, "did not finish within 1s", "run it by hand");
    let child = tok.read("child");
    // What is dead and not yet taken off by init is a zombie; on a busy machine it dies a moment after the signal.
    let stat = || fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    let is_over = |stat: String| stat.is_empty() || stat.contains(" Z ");
    let is_ended = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        is_over(stat())
    });
    assert!(is_ended, "{}", stat());
}

#[test]
fn all_commands_of_a_profile_share_one_time_limit() {
    let slow = |what: &str| shell(&format!("sleep 0.7; echo {what}"));
    let keys = format!(
        "{}\nparams = {{ x = {}, y = {} }}",
        slow("a"),
        slow("b"),
        slow("c")
    );
    let tok = with_path(with_source(&Server::unasked(), &keys));
    tok.run("get p --timeout 1s")
        .fails_with(4, "did not finish within 1s", "run it by hand");
}

/// It may be the secret itself: a trace of the shell, a complaint about the line.
#[test]
fn what_a_command_says_beside_its_secret_is_shown_to_nobody() {
    for line in [
        "echo s3cret >&2; exit 1",
        "set -x; echo s3cret; exit 1",
        "echo s3cret >&2; echo a; echo b",
    ] {
        for style in ["", "-vvv", "--error-format json"] {
            let tok = with_path(with_source(&Server::unasked(), &shell(line)));
            let outcome = tok.run(&format!("get p {style}"));
            assert!(
                outcome.code == 4 && !outcome.stderr.contains("s3cret"),
                "{}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn a_command_that_prints_too_much_is_ended() {
    for line in ["cat /dev/zero", "head -c 1048577 /dev/zero | tr '\\0' x"] {
        refused(&shell(line), with_path).fails_with(4, "printed more than 1 MiB", "run it by hand");
    }
    sends(
        &shell("head -c 100000 /dev/zero | tr '\\0' x; echo"),
        with_path,
        &"x".repeat(100_000),
    );
}

/// Neither a file of ours nor a signal that we ignore; and no token, also where a renewal fetches the secret anew.
#[test]
fn a_command_is_given_nothing_of_ours() {
    // What our parent handed over is handed on, as any program does.
    for line in [
        "cd /proc/self/fd && echo *",
        "grep SigIgn /proc/self/status",
    ] {
        let usual = with_path(Sandbox::new()).shell(line).stdout;
        sends(&shell(line), with_path, usual.trim_end());
    }

    let server = Server::start();
    server
        .issues("first-one")
        .with(3600, "\"refresh_token\":\"refresh-one\"");
    server.issue("second-one");
    let tok = with_path(with_source(
        &server,
        &shell("env >> \"$HOME/env\"; cat >> \"$HOME/env\"; echo s3cret"),
    ));
    tok.run("get p").prints("first-one\n");
    tok.run("get p -f").prints("second-one\n");
    let seen = tok.read("env");
    assert!(seen.contains("HOME=") && !seen.contains("-one"), "{seen}");
}

/// As some init systems and job runners start their children: the system would not keep an exit status for them.
#[test]
fn a_command_works_where_the_parent_ignores_sigchld() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = with_path(with_source(&server, &shell("echo s3cret")));
    tok.shell("env --ignore-signal=CHLD $TOK get p")
        .prints("tok-1\n");
}
