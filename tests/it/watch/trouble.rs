//! What goes wrong while a token is watched: told when it changes, the file kept, and tried again.

use std::cell::RefCell;
use std::fs;

use super::day::Day;
use super::{BY_NOW, NOT_YET};
use crate::support::{Answer, Sandbox, Server, free_port};

const WROTE: &str = "api: wrote `[FILE]`, good until [TIME] (in 1h)";

/// Without tries that take real time.
fn sandbox(server: &Server) -> Sandbox {
    Sandbox::new().api(server, "retries = 0")
}

#[test]
fn a_server_that_is_down_is_reported_on_change_and_the_file_stays() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = sandbox(&server);
    let day = Day::new(&tok);
    day.at(NOT_YET - 1, |_| {
        _ = server.answers_times(12, &Answer::json(500, "{}"));
    });
    day.at(3599, |day| assert_eq!(day.file(), "tok-1\n"));
    // Longer than any pause after its end.
    day.at(4200, |day| {
        assert_eq!(day.file(), "tok-1\n", "an expired token is left");
        let asked = server.asked().len();
        assert!((6..=13).contains(&asked), "{asked} requests");
        for _ in asked..13 {
            tok.run("get api --no-cache").fails_with(8, "500", "");
        }
        server.issue("tok-2");
    });
    day.at(4200 + 380, |day| assert_eq!(day.file(), "tok-2\n"));
    day.watch("").ends(&[
        WROTE,
        "warning: the token could not be renewed early: the token endpoint answered 500",
        "hint: the cached one is good until [TIME]",
        "warning: profile `api`: the token endpoint answered 500; `[FILE]` is good until [TIME]; trying again",
        "warning: profile `api`: the token in `[FILE]` has expired; the file is left as it is",
        WROTE,
    ]);
}

/// In the same words.
#[test]
fn a_problem_that_returns_is_reported_again() {
    let server = Server::start();
    let tok = sandbox(&server);
    server.issue("tok-1").replies(500, "{}").issue("tok-2");
    server.replies(500, "{}").issue("tok-3");
    let day = Day::new(&tok);
    day.at(BY_NOW + 100, |day| assert_eq!(day.file(), "tok-2\n"));
    day.at(2 * BY_NOW + 200, |day| assert_eq!(day.file(), "tok-3\n"));
    day.watch("")
        .mentions(&[("could not be renewed early", 2), ("wrote", 3)]);
}

/// While another process tries in vain there is nothing new to tell.
#[test]
fn a_failing_renewal_by_another_process_is_not_reported_again() {
    let server = Server::start();
    server.issue("tok-1").replies(500, "{}").issue("tok-2");
    // So long that the renewal is not tried again before the lock is taken, however early it was.
    let tok = Sandbox::new().api(&server, "retries = 0\ncool_down = \"90s\"");
    let lock = RefCell::new(None);
    let day = Day::new(&tok);
    day.at(BY_NOW + 10, |_| {
        *lock.borrow_mut() = Some(tok.hold_lock());
    });
    // For longer than the failure is remembered.
    day.at(BY_NOW + 120, |day| {
        assert_eq!(day.file(), "tok-1\n");
        lock.borrow_mut().take();
    });
    day.at(BY_NOW + 180, |day| assert_eq!(day.file(), "tok-2\n"));
    day.watch("").ends(&[
        WROTE,
        "warning: the token could not be renewed early: the token endpoint answered 500",
        "hint: the cached one is good until [TIME]",
        WROTE,
    ]);
}

#[test]
fn a_server_that_is_down_at_the_start_is_waited_for() {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/");
    let tok = Sandbox::new().public("api", &url, "");
    let server = Server::start();
    server.issue("tok-1");
    let day = Day::new(&tok);
    day.at(200, |day| {
        assert!(!day.path().exists());
        tok.edit_profiles(&url, &server.url("/"));
    });
    day.at(206, |day| assert_eq!(day.file(), "tok-1\n"));
    day.watch("").ends(&[
        "warning: profile `api`: cannot connect to `127.0.0.1:[PORT]`: connection refused; trying again",
        "hint: nothing listens there: check host and port",
        WROTE,
    ]);
}

#[test]
fn no_request_is_sent_before_retry_after() {
    let server = Server::start();
    server.issues("tok-1").for_secs(7200);
    server.answers(Answer::json(429, "{}").header("retry-after", "1500"));
    let tok = sandbox(&server);
    let day = Day::new(&tok);
    day.at(7200 - 224, |_| assert_eq!(server.asked().len(), 2));
    day.at(7200 - 300 + 1400, |_| {
        assert_eq!(server.asked().len(), 2);
        server.issue("tok-2");
    });
    day.at(7200 + 1700, |day| assert_eq!(day.file(), "tok-2\n"));
    // Early, then stale, then expired.
    day.watch("").mentions(&[("warning: ", 3)]);
}

#[test]
fn errors_that_the_user_must_fix_stop_it_at_startup() {
    let server = Server::start();
    server.reject("invalid_client");
    let tok = sandbox(&server);
    tok.run("watch api -o token")
        .fails_with(5, "invalid_client", "client_id");
    tok.run("watch none -o token")
        .fails_with(3, "`none`", "tok");
    for file in ["-", "/dev/stdout"] {
        let message = format!("`{file}` is not a file that can be replaced");
        tok.run(&format!("watch api -o {file}"))
            .fails_with(2, &message, "`-o FILE`");
    }
    assert_eq!(tok.run("watch api").code, 2);
    assert!(!tok.path("token").exists());
}

#[test]
fn a_file_that_cannot_be_written_stops_it_at_startup() {
    let (_server, tok) = Server::issuing("tok-1");
    let message = "cannot write `nowhere/token`";
    tok.run("watch api -o nowhere/token")
        .fails_with(1, message, "");
    tok.run("watch api -o .config")
        .fails_with(1, "it is not a regular file", "");
}

#[test]
fn a_token_without_an_expiry_cannot_be_kept_fresh_unless_one_is_assumed() {
    let server = Server::start();
    server.issues("tok-1").for_ever();
    let tok = sandbox(&server);
    let ended = Day::new(&tok).watch("");
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    ended.mentions(&[
        ("nothing in the reply says when the token expires, so it", 1),
        ("hint: write `assume_expires_in` in the profile", 2),
    ]);
    assert!(!tok.path("out/token").exists());

    server.issues("tok-2").for_ever().issues("tok-3").for_ever();
    tok.edit_profiles("retries = 0", "retries = 0\nassume_expires_in = \"1h\"");
    let day = Day::new(&tok);
    day.at(BY_NOW, |day| assert_eq!(day.file(), "tok-3\n"));
    day.watch("").ends(&[WROTE, WROTE]);
}

#[test]
fn a_token_that_is_expired_when_it_comes_is_not_written() {
    let server = Server::start();
    server.issues("tok-1").for_secs(0);
    let tok = sandbox(&server);
    let ended = Day::new(&tok).watch("");
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    assert!(!tok.path("out/token").exists());
}

#[test]
fn a_broken_profiles_file_is_reported_once_and_waited_for() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2");
    let tok = sandbox(&server);
    let broken = |_: &Day<'_>| tok.edit_profiles("retries = 0", "retrys = 0");
    let mended = |_: &Day<'_>| tok.edit_profiles("retrys = 0", "retries = 0");
    let day = Day::new(&tok);
    day.at(100, broken);
    day.at(1000, mended);
    day.at(1100, broken);
    day.at(3599, |day| assert_eq!(day.file(), "tok-1\n"));
    // It has expired, and is left where it is.
    day.at(9000, |day| {
        assert_eq!(day.file(), "tok-1\n");
        mended(day);
    });
    day.at(9006, |day| assert_eq!(day.file(), "tok-2\n"));
    day.watch("").mentions(&[
        ("unknown key `retrys`", 2),
        ("the problem is gone", 1),
        ("has expired", 1),
        ("wrote", 2),
        ("error: ", 0),
    ]);
}

#[test]
fn a_directory_that_disappears_is_reported_once_and_filled_again() {
    let (_server, tok) = Server::issuing("tok-1 tok-2");
    let day = Day::new(&tok);
    day.at(100, |_| {
        fs::rename(tok.path("out"), tok.path("gone")).unwrap();
    });
    day.at(1000, |_| fs::create_dir(tok.path("out")).unwrap());
    day.at(1006, |day| {
        assert_eq!(day.file(), "tok-1\n");
        fs::remove_dir_all(tok.path("out")).unwrap();
    });
    // It comes back after a renewal: then with the new token.
    day.at(BY_NOW + 60, |_| {
        fs::create_dir(tok.path("out")).unwrap();
    });
    day.at(BY_NOW + 66, |day| assert_eq!(day.file(), "tok-2\n"));
    let missing =
        "warning: profile `api`: cannot write `[FILE]`: no such file or directory; trying again";
    day.watch("").mentions(&[(missing, 2), ("wrote", 3)]);
}

/// A cache that cannot be written is a warning, and one for all renewals.
#[test]
fn a_lasting_warning_is_given_once() {
    let (_server, tok) = Server::issuing("tok-1 tok-2 tok-3");
    let tok = tok.file("plain", "");
    let cache = tok.path("plain");
    let day = Day::new(&tok);
    day.at(2 * BY_NOW, |day| assert_eq!(day.file(), "tok-3\n"));
    let ended = day.watch(&format!("--cache-dir {}", cache.display()));
    ended.mentions(&[("warning: ", 1), ("is not a directory", 1)]);
}

#[test]
fn a_file_that_changes_all_the_time_does_not_keep_it_awake() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = sandbox(&server);
    let day = Day::new(&tok);
    day.changes_all_the_time(tok.profiles_file());
    day.at(100, |day| assert_eq!(day.file(), "tok-1\n"));
    day.watch("").ends(&[WROTE]);
}

#[test]
fn an_expired_token_is_not_put_back() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = sandbox(&server);
    let day = Day::new(&tok);
    day.at(100, |_| tok.edit_profiles("retries = 0", "retrys = 0"));
    day.at(3590, |day| fs::remove_file(day.path()).unwrap());
    day.at(3596, |day| assert_eq!(day.file(), "tok-1\n"));
    day.at(3601, |day| fs::remove_file(day.path()).unwrap());
    day.at(3607, |day| assert!(!day.path().exists()));
    assert!(!day.watch("").stderr.is_empty());
}
